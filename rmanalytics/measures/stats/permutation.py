"""Groups dealt out anew within strata: the second lock on a verdict, which assumes no distribution.

Unit: one row (a person in a round); a stratum is a round. p-values are one-sided, for the upward direction.

References
----------
Freedman D, Lane D (1983). https://doi.org/10.1080/07350015.1983.10509354
Phipson B, Smyth GK (2010). https://doi.org/10.2202/1544-6115.1585
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from rmanalytics.measures.rows import Floats

LEAST_DRAWS = 19_999
DRAWS_IN_TAIL = 20
_BLOCK = 4_000_000
"""Numbers shuffled at once."""

Codes = npt.NDArray[np.int64]


def draws_for(tail: float) -> int:
    """Draws that a comparison with a tail probability needs: 19,999, and 20 expected beyond it.

    Examples
    --------
    >>> draws_for(0.01), draws_for(0.0001)
    (19999, 200000)
    """
    return max(LEAST_DRAWS, math.ceil(DRAWS_IN_TAIL / tail))


def permuted_sums(values: Floats, weights: Floats, stratum: Codes, *, draws: int, rng: np.random.Generator) -> Floats:
    """Weighted sums of values that are shuffled within their strata.

    Parameters
    ----------
    values : array
        One a row.
    weights : array
        One row as ``values``, a column a sum.
    stratum : array of int
    draws : int
    rng : Generator

    Returns
    -------
    array
        A row a draw, a column a sum.

    Examples
    --------
    >>> rng, strata, weights = np.random.default_rng(1), np.array([0, 0, 1]), np.array([[1.0], [0], [1]])
    >>> sums = permuted_sums(np.array([1.0, 2, 5]), weights, strata, draws=50, rng=rng)
    >>> sorted(set(sums[:, 0].tolist()))
    [6.0, 7.0]
    """
    parts = [np.flatnonzero(stratum == code) for code in np.unique(stratum)]
    found = np.zeros((draws, weights.shape[1]))
    step = max(1, _BLOCK // len(values))
    for start in range(0, draws, step):
        stop = min(draws, start + step)
        for rows in parts:
            shuffled = rng.permuted(np.broadcast_to(values[rows], (stop - start, rows.size)), axis=1)
            found[start:stop] += shuffled @ weights[rows]
    return found


def upper_p(drawn: Floats, seen: float) -> float:
    """Share of draws at least as large as what was seen, which counts as one of them.

    Examples
    --------
    >>> upper_p(np.array([1.0, 2, 3]), 3.0)
    0.5
    """
    return (1 + int((drawn >= seen - 1e-9 * max(1.0, abs(seen))).sum())) / (1 + len(drawn))


def stratified_p(values: Floats, treated: Floats, stratum: Codes, *, draws: int, rng: np.random.Generator) -> float:
    """Chance that the treated have so large a sum of values, groups being dealt out anew within strata.

    Parameters
    ----------
    values : array
        Such as log-rank scores.
    treated : array
        1 or 0.
    stratum, draws, rng
        As in `permuted_sums`.

    References
    ----------
    Phipson B, Smyth GK (2010). https://doi.org/10.2202/1544-6115.1585

    Examples
    --------
    >>> values, treated = np.arange(6.0), np.array([0.0, 0, 0, 1, 1, 1])
    >>> round(stratified_p(values, treated, np.zeros(6, dtype=int), draws=20_000, rng=np.random.default_rng(1)), 2)
    0.05
    """
    drawn = permuted_sums(values, treated[:, None], stratum, draws=draws, rng=rng)[:, 0]
    return upper_p(drawn, float(values @ treated))


def freedman_lane_p(
    y: Floats, covariates: Floats, treated: Floats, stratum: Codes, *, draws: int, rng: np.random.Generator
) -> float:
    """Permutation test of a group in a regression: residuals of the model without it are shuffled within strata.

    Parameters
    ----------
    y : array
        Outcome.
    covariates : array
        Columns of the model without the group, those of the strata included.
    treated : array
        1 or 0.
    stratum, draws, rng
        As in `permuted_sums`.

    Returns
    -------
    float
        One-sided p of the group's t.

    Notes
    -----
    t grows with the partial correlation, so ``e*'g / √(|e*|² − |Q'e*|²)`` stands for it: ``e*`` the shuffled residuals,
    ``g`` the part of the group that the covariates (basis Q) do not explain.

    References
    ----------
    Freedman D, Lane D (1983). https://doi.org/10.1080/07350015.1983.10509354

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> y, treated, one = np.arange(8.0), np.repeat([0.0, 1.0], 4), np.ones((8, 1))
    >>> round(freedman_lane_p(y, one, treated, np.zeros(8, dtype=int), draws=20_000, rng=rng), 3)
    0.014
    """
    basis = np.linalg.qr(covariates)[0]
    residual = y - basis @ (basis.T @ y)
    own = treated - basis @ (basis.T @ treated)
    weights = np.column_stack([own, basis])
    ratio = _partial(float(residual @ residual))
    drawn = permuted_sums(residual, weights, stratum, draws=draws, rng=rng)
    return upper_p(ratio(drawn), float(ratio((residual @ weights)[None, :])[0]))


def _partial(total: float) -> Callable[[Floats], Floats]:
    def ratio(sums: Floats) -> Floats:
        left = np.maximum(total - (sums[:, 1:] ** 2).sum(axis=1), 1e-12 * total)
        return np.asarray(sums[:, 0] / np.sqrt(left), dtype=np.float64)

    return ratio
