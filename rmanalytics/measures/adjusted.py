"""Least-squares fits of the score after on the score before and the group, with HC3 errors.

Unit: the person with a score at both times. `rmanalytics.measures.comparison` reads its measures off these fits.

References
----------
Long JS, Ervin LH (2000). https://doi.org/10.1080/00031305.2000.10474549
Lin W (2013). https://doi.org/10.1214/12-AOAS583
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as t_distribution
from statsmodels.regression.linear_model import OLS

from rmanalytics.measures.units import Floats


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A least-squares fit with heteroscedasticity-consistent (HC3) errors: terms, estimates, covariance, t quantile.

    Parameters
    ----------
    terms : tuple of str
        Names of the columns of the design.
    estimates : array
        One coefficient a term.
    covariance : array
        HC3 covariance of the coefficients.
    df : float
        Residual degrees of freedom.
    residual_ss : float
        Sum of squared residuals.
    """

    terms: tuple[str, ...]
    estimates: Floats
    covariance: Floats
    df: float
    residual_ss: float

    def value(self, term: str) -> float:
        """The coefficient of a term."""
        return float(self.estimates[self.terms.index(term)])

    def se(self, term: str) -> float:
        """Its standard error."""
        i = self.terms.index(term)
        return math.sqrt(float(self.covariance[i, i]))

    def limits(self, term: str) -> tuple[float, float]:
        """Its 95 % interval."""
        reach = float(t_distribution.ppf(0.975, self.df)) * self.se(term)
        return self.value(term) - reach, self.value(term) + reach

    def p_value(self, term: str) -> float:
        """Two-sided p-value of its being zero."""
        return 2 * float(t_distribution.sf(abs(self.value(term)) / self.se(term), self.df))


def fit_common_slope(scores: pd.DataFrame, *, groups: Sequence[str]) -> Fit | None:
    """Score after on score before (centred at its grand mean) and group, by least squares with HC3 errors.

    Parameters
    ----------
    scores : DataFrame
        ``group``, ``pre``, ``post``, complete.
    groups : sequence of str
        The reference group first; every other gets a term of its name.

    Returns
    -------
    Fit or None
        Terms ``intercept``, ``pre`` and the groups. None where the design has no unique solution
        or one person alone determines a coefficient (leverage 1), so that HC3 does not exist.

    Notes
    -----
    HC3: ``(X'X)⁻¹ X' diag(e²/(1−h)²) X (X'X)⁻¹``.

    References
    ----------
    Long JS, Ervin LH (2000). https://doi.org/10.1080/00031305.2000.10474549

    Examples
    --------
    >>> scores = pd.DataFrame({"group": ["a", "a", "a", "b", "b", "b"], "pre": [1, 2, 3, 1, 2, 3],
    ...                        "post": [1, 3, 2, 2, 4, 3]})
    >>> round(fit_common_slope(scores, groups=["a", "b"]).value("b"), 9)
    1.0
    """
    return _fit(_design(scores, groups), scores)


def fit_own_slopes(scores: pd.DataFrame, *, groups: Sequence[str]) -> Fit | None:
    """As `fit_common_slope`, the slope on the score before being each group's own (Lin's interacted model).

    Parameters
    ----------
    scores, groups
        As in `fit_common_slope`.

    Returns
    -------
    Fit or None
        Terms as in `fit_common_slope`, and ``pre:`` with the name of each group but the reference. A group's own term
        is its difference at the grand mean of the scores before.

    Notes
    -----
    HC3 as in `fit_common_slope`.

    References
    ----------
    Lin W (2013). https://doi.org/10.1214/12-AOAS583

    Examples
    --------
    >>> scores = pd.DataFrame({"group": ["a"] * 4 + ["b"] * 4, "pre": [1, 2, 3, 2] * 2,
    ...                        "post": [1, 2, 3, 4, 3, 4, 3, 2]})
    >>> round(fit_own_slopes(scores, groups=["a", "b"]).value("pre:b"), 9)
    -1.0
    """
    columns = _design(scores, groups)
    interactions = {f"pre:{group}": columns[group] * columns["pre"] for group in groups[1:]}
    return _fit(columns | interactions, scores)


def _design(scores: pd.DataFrame, groups: Sequence[str]) -> dict[str, Floats]:
    pre, label = scores["pre"].to_numpy(dtype=float), scores["group"].to_numpy()
    columns = {"intercept": np.ones(pre.size), "pre": pre - pre.mean()}
    return columns | {group: (label == group).astype(float) for group in groups[1:]}


def _fit(columns: dict[str, Floats], scores: pd.DataFrame) -> Fit | None:
    x = np.column_stack(list(columns.values()))
    size = float(np.abs(scores["pre"]).max())
    if x.shape[0] <= x.shape[1] or np.ptp(columns["pre"]) <= 1e-9 * size:
        return None
    if np.linalg.matrix_rank(x / np.abs(x).max(axis=0), tol=1e-8) < x.shape[1]:
        return None
    q, _ = np.linalg.qr(x)
    if float((q**2).sum(axis=1).max()) > 1 - 1e-9:
        return None
    fit: Any = OLS(scores["post"].to_numpy(dtype=float), x).fit(cov_type="HC3", use_t=True)
    return Fit(
        terms=tuple(columns),
        estimates=np.asarray(fit.params, dtype=float),
        covariance=np.asarray(fit.cov_params(), dtype=float),
        df=float(fit.df_resid),
        residual_ss=float(fit.ssr),
    )
