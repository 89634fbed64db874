"""Corrections for asking several questions at once.

Unit: one declared question. Questions without a p-value (not estimable) do not count.

References
----------
Holm S (1979). https://www.jstor.org/stable/4615733
Benjamini Y, Hochberg Y (1995). https://doi.org/10.1111/j.2517-6161.1995.tb02031.x
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests

from rmanalytics.measures.rows import Floats


def holm(p_values: pd.Series[float]) -> pd.Series[float]:
    """Holm's step-down correction: the chance of any false finding in the family stays below the level.

    Parameters
    ----------
    p_values : Series
        One p-value a question, NaN where there is none; the index names the questions.

    Returns
    -------
    Series
        Adjusted p-values with the same index, NaN where there was none.

    Raises
    ------
    ValueError
        When a question stands twice or a p-value lies outside 0 to 1.

    Notes
    -----
    Sorted upwards: ``max over j ≤ i of min(1, (m − j + 1) p_j)``, m the number of p-values present.

    References
    ----------
    Holm S (1979). https://www.jstor.org/stable/4615733

    Examples
    --------
    >>> holm(pd.Series({"M1": 0.01, "M3": 0.03, "M4": None})).round(9).tolist()
    [0.02, 0.03, nan]
    """

    def step_down(p: Floats) -> Floats:
        adjusted: Any = multipletests(p, method="holm")[1]
        return np.asarray(adjusted, dtype=float)

    return _adjusted(p_values, step_down)


def benjamini_hochberg(p_values: pd.Series[float]) -> pd.Series[float]:
    """Benjamini and Hochberg's correction: the expected share of false findings stays below the level.

    Parameters
    ----------
    p_values : Series
        As in `holm`. For exploratory tables of items; claims go through `holm`.

    Returns
    -------
    Series
        As in `holm`.

    Raises
    ------
    ValueError
        As in `holm`.

    Notes
    -----
    Sorted upwards: ``min over j ≥ i of min(1, m p_j / j)``.

    References
    ----------
    Benjamini Y, Hochberg Y (1995). https://doi.org/10.1111/j.2517-6161.1995.tb02031.x

    Examples
    --------
    >>> benjamini_hochberg(pd.Series({"M1": 0.01, "M3": 0.03, "M4": None})).round(9).tolist()
    [0.02, 0.03, nan]
    """
    return _adjusted(p_values, lambda p: np.asarray(false_discovery_control(p), dtype=float))


def _adjusted(p_values: pd.Series[float], correct: Callable[[Floats], Floats]) -> pd.Series[float]:
    if p_values.index.has_duplicates:
        raise ValueError("a question stands in the family more than once")
    p: Floats = np.asarray(p_values.to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)
    present = ~np.isnan(p)
    if ((p[present] < 0) | (p[present] > 1)).any():
        raise ValueError("a p-value lies outside 0 to 1")
    adjusted = np.full(p.size, np.nan)
    if present.any():
        adjusted[present] = correct(p[present])
    return pd.Series(adjusted, index=p_values.index, name="p_adjusted")
