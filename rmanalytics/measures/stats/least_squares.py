"""Least-squares fits of the score after on the score before and the group, with errors robust against unequal spread.

Unit: the person with a score at both times. `rmanalytics.measures.survey.ancova` reads its measures off these fits. The
errors are those of `rmanalytics.measures.stats.cluster_robust` with every person a cluster of one: HC2 with the
degrees of freedom of Bell and McCaffrey, which hold their level with ten people a group, where HC3 with t(n − k) is
cautious.

References
----------
Bell RM, McCaffrey DF (2002). Survey Methodology 28:169-181.
Imbens GW, Kolesár M (2016). https://doi.org/10.1162/REST_a_00552
Lin W (2013). https://doi.org/10.1214/12-AOAS583
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as t_distribution

from rmanalytics.measures.rows import UPPER, Floats, full_rank, noise


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A least-squares fit with heteroscedasticity-consistent errors: terms, estimates, errors, degrees of freedom.

    Parameters
    ----------
    terms : tuple of str
        Names of the columns of the design.
    estimates, errors, df : array
        Coefficient, HC2 error and Bell and McCaffrey's degrees of freedom of each term.
    hc3_errors : array
        HC3 error of each term, to be read with ``residual_df``.
    residual_df : int
        People less terms.
    residual_ss : float
        Sum of squared residuals.
    """

    terms: tuple[str, ...]
    estimates: Floats
    errors: Floats
    df: Floats
    hc3_errors: Floats
    residual_df: int
    residual_ss: float

    def value(self, term: str) -> float:
        """The coefficient of a term."""
        return float(self.estimates[self.terms.index(term)])

    def se(self, term: str) -> float:
        """Its standard error (HC2)."""
        return float(self.errors[self.terms.index(term)])

    def df_of(self, term: str) -> float:
        """Its degrees of freedom."""
        return float(self.df[self.terms.index(term)])

    def limits(self, term: str) -> tuple[float, float]:
        """Its 95% interval."""
        return _limits(self.value(term), self.se(term), self.df_of(term))

    def p_value(self, term: str) -> float:
        """Two-sided p-value of its being zero."""
        return 2 * float(t_distribution.sf(abs(self.value(term)) / self.se(term), self.df_of(term)))

    def hc3_se(self, term: str) -> float:
        """Its HC3 error."""
        return float(self.hc3_errors[self.terms.index(term)])

    def hc3_limits(self, term: str) -> tuple[float, float]:
        """Its 95% interval by HC3 and t with ``residual_df``, as many programs give it."""
        return _limits(self.value(term), self.hc3_se(term), self.residual_df)


def fit_common_slope(scores: pd.DataFrame, *, groups: Sequence[str]) -> Fit | None:
    """Score after on score before (centred at its grand mean) and group, by least squares.

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
        or one person alone determines a coefficient (leverage 1), so that no robust error exists.

    Notes
    -----
    For the coefficient ``c'b``, with ``a = X (X'X)⁻¹ c``, leverages h and residuals e: HC2 ``Σ a² e² / (1 − h)``, HC3
    ``Σ a² e² / (1 − h)²``. Degrees of freedom ``(tr P)² / tr P²`` with ``P = D (I − H) D`` and ``D`` the diagonal of
    ``a / √(1 − h)``: those with which HC2 has the mean and variance of a scaled χ² if all spreads are equal.

    References
    ----------
    Bell RM, McCaffrey DF (2002). Survey Methodology 28:169-181.
    Imbens GW, Kolesár M (2016). https://doi.org/10.1162/REST_a_00552
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
    Errors as in `fit_common_slope`.

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
    starts = np.column_stack([column for name, column in columns.items() if name.startswith("pre")])
    still = np.abs(starts).max(axis=0) <= noise(scores["pre"].to_numpy(dtype=float))  # all start at the grand mean
    if x.shape[0] <= x.shape[1] or still.any() or not full_rank(x):
        return None
    q, r = np.linalg.qr(x)
    leverage = (q**2).sum(axis=1)
    if float(leverage.max()) > 1 - 1e-9:
        return None
    y = scores["post"].to_numpy(dtype=float)
    estimates = np.linalg.solve(r, q.T @ y)
    residual = y - x @ estimates
    weights = q @ np.linalg.inv(r).T  # column c: the weights with which the scores after make coefficient c
    scaled = weights**2 / (1 - leverage)[:, None]
    return Fit(
        terms=tuple(columns),
        estimates=estimates,
        errors=np.sqrt(residual**2 @ scaled),
        df=np.array([_bell_mccaffrey(column, leverage, q) for column in scaled.T]),
        hc3_errors=np.sqrt((residual / (1 - leverage)) ** 2 @ weights**2),
        residual_df=x.shape[0] - x.shape[1],
        residual_ss=float(residual @ residual),
    )


def _bell_mccaffrey(squares: Floats, leverage: Floats, q: Floats) -> float:
    """``(tr P)² / tr P²`` from the squared diagonal of D; H is ``q q'``."""
    trace = float(squares @ (1 - leverage))
    within = q.T @ (squares[:, None] * q)
    return trace**2 / (float(squares**2 @ (1 - 2 * leverage)) + float((within**2).sum()))


def _limits(value: float, se: float, df: float) -> tuple[float, float]:
    reach = float(t_distribution.ppf(UPPER, df)) * se
    return value - reach, value + reach
