"""The mean of a scale at one time point, against the middle of its answer scale.

Unit of analysis: whatever ``unit_id`` names (person or tandem). A reaction, never evidence of change.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.stats import t as student

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LEAST_PEOPLE, UPPER, Floats, check_rows, is_constant
from rmanalytics.results import Estimate, NotEstimable

TOO_FEW = "fewer than {least} complete answers"
NO_SPREAD = "all answers are equal"


@measure
def scale_mean(scores: pd.DataFrame, *, reference: float, unit_of_analysis: str = "tandem") -> Estimate | NotEstimable:
    r"""Mean of a scale with its t interval, tested against a reference such as the scale's middle.

    Parameters
    ----------
    scores : DataFrame
        ``unit_id`` (each once) and ``score``; a missing score is counted as excluded.
    reference : float
        The value that the p-value is about, declared before the data are seen.
    unit_of_analysis : str
        What one row is.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``scale points``; ``extra`` holds ``reference``, ``sd``, ``t`` and ``df``.

    Raises
    ------
    ValueError
        When a column is missing, or a unit of analysis or one row for each.

    Notes
    -----
    Not estimable when fewer than six units have a score or all scores are equal.
    :math:`\bar x \pm t_{.975, n-1}\, s/\sqrt n`.

    Examples
    --------
    >>> frame = pd.DataFrame({"unit_id": list("abcdef"), "score": [3, 4, 4, 4, 4, 5]})
    >>> result = scale_mean(frame, reference=3)
    >>> result.value, round(result.lo, 3)
    (4.0, 3.336)
    """
    check_rows(scores, ["unit_id", "score"], key=["unit_id"])
    values: Floats = scores["score"].dropna().to_numpy(dtype=np.float64)
    n = len(values)
    name, unit = "scale_mean", "scale points"
    if n < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW, n=n, values={"least": LEAST_PEOPLE})
    sd = float(values.std(ddof=1))
    if is_constant(values, among=values):
        return NotEstimable(name=name, unit=unit, reason=NO_SPREAD, n=n)
    mean, se = float(values.mean()), sd / math.sqrt(n)
    half = float(student.ppf(UPPER, n - 1)) * se
    statistic = (mean - reference) / se
    return Estimate(
        name=name,
        unit=unit,
        value=mean,
        lo=mean - half,
        hi=mean + half,
        n=n,
        unit_of_analysis=unit_of_analysis,
        method="mean with t interval",
        n_excluded=len(scores) - n,
        excluded_reason="no score",
        p_value=float(2 * student.sf(abs(statistic), n - 1)),
        extra={"reference": float(reference), "sd": sd, "t": statistic, "df": float(n - 1)},
    )
