"""Exact tests of change that hold for few people and many ties, as a check on the t interval.

Unit: the person with a score at both times. The distribution is enumerated, given the sizes of the changes observed:
each change is as likely up as down if nothing happened.

References
----------
Wilcoxon F (1945). https://doi.org/10.2307/3001968
Pratt JW (1959). https://doi.org/10.1080/01621459.1959.10501526
Hollander M, Wolfe DA, Chicken E (2013). https://doi.org/10.1002/9781119196037
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm, rankdata

from rmanalytics.containment import measure
from rmanalytics.measures.rows import INCOMPLETE_PAIR, LEAST_PAIRS, TOO_FEW_PAIRS, Floats, complete_pairs, noise
from rmanalytics.results import Estimate, NotEstimable

Whole = npt.NDArray[np.int64]

NOBODY_CHANGED = "nobody's score changed"
NO_COMMON_STEP = "the changes are not multiples of one step of the scale"
MOST_EXACT = 300
"""Most changes of which the distribution is enumerated; above it the normal approximation is as good."""
FINEST_STEP = 1000
"""Most steps that one scale point may be divided into (a mean of 20 items has 20)."""


@measure
def signed_rank(scores: pd.DataFrame) -> Estimate | NotEstimable:
    """Whether rises outweigh falls in ranks (Wilcoxon), people without change left out of the test.

    Parameters
    ----------
    scores : DataFrame
        ``person_id``, ``pre``, ``post`` (scale points, NaN where there is no score), one row a person.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``rank-biserial``: (V⁺ − V⁻)/(V⁺ + V⁻), 1 where everybody rose, −1 where everybody fell; a check, without
        interval of its own. The p-value is exact with ties and zeros up to 300 changes (``method`` says so).
        ``extra``: ``v_plus``, ``v_minus``, ``rose_n``, ``fell_n``, ``same_n``.

    Raises
    ------
    ValueError
        When a person stands in more than one row.

    *Not estimable when* there are fewer than 6 complete pairs, or nobody's score changed.

    Notes
    -----
    Mid-ranks of the sizes of the changes, zeros dropped; the distribution of V⁺ over all 2ⁿ signs by dynamic
    programming over doubled mid-ranks. Changes that differ by rounding alone are tied.

    References
    ----------
    Wilcoxon F (1945). https://doi.org/10.2307/3001968
    Kerby DS (2014). https://doi.org/10.2466/11.IT.3.1

    Examples
    --------
    Six rises: p is 2 of the 64 ways to set six signs.

    >>> scores = pd.DataFrame({"person_id": list("abcdef"), "pre": 1, "post": [2, 3, 4, 5, 6, 7]})
    >>> signed_rank(scores).value, signed_rank(scores).p_value == 2 / 64
    (1.0, True)
    """
    d, grain, excluded_n = _changes(scores)
    moved = d[d != 0]
    return _rank_result(d, moved, _doubled_ranks(moved, grain=grain), excluded_n=excluded_n, name="signed_rank")


@measure
def signed_rank_pratt(scores: pd.DataFrame) -> Estimate | NotEstimable:
    """As `signed_rank`, the people without change ranked too before they are left out (Pratt).

    Parameters
    ----------
    scores : DataFrame
        As in `signed_rank`.

    Returns
    -------
    Estimate or NotEstimable
        As in `signed_rank`.

    Raises
    ------
    ValueError
        As in `signed_rank`.

    *Not estimable when* `signed_rank` is not.

    Notes
    -----
    The sensitivity analysis to `signed_rank` where many scores stayed the same.

    References
    ----------
    Pratt JW (1959). https://doi.org/10.1080/01621459.1959.10501526

    Examples
    --------
    >>> scores = pd.DataFrame({"person_id": list("abcdef"), "pre": 1, "post": [2, 3, 4, 5, 6, 1]})
    >>> signed_rank_pratt(scores).p_value == 2 / 32
    True
    """
    d, grain, excluded_n = _changes(scores)
    moved = d != 0
    ranks = _doubled_ranks(d, grain=grain)[moved]
    return _rank_result(d, d[moved], ranks, excluded_n=excluded_n, name="signed_rank_pratt")


@measure
def sign_flip(scores: pd.DataFrame) -> Estimate | NotEstimable:
    """Mean change with an exact permutation test: as if each person's change could as well have gone the other way.

    Parameters
    ----------
    scores : DataFrame
        As in `signed_rank`.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``scale points``; a check on `rmanalytics.measures.survey.paired_change.paired_change`, whose interval
        stands. The p-value is exact up to 300 changes (``method`` says so). ``extra``: ``steps_per_point``.

    Raises
    ------
    ValueError
        When a person stands in more than one row.

    *Not estimable when* there are fewer than 6 complete pairs, nobody's score changed, or the changes are not multiples
    of a common step (a thousandth of a point or coarser).

    Notes
    -----
    The distribution of Σ d over all 2ⁿ signs by dynamic programming over whole steps.

    References
    ----------
    Fisher RA (1935). The design of experiments. Oliver and Boyd.

    Examples
    --------
    >>> scores = pd.DataFrame({"person_id": list("abcdef"), "pre": 1, "post": [2, 2, 2, 2, 2, 2.5]})
    >>> sign_flip(scores).p_value == 2 / 64, sign_flip(scores).extra["steps_per_point"]
    (True, 2.0)
    """
    d, _, excluded_n = _changes(scores)
    name, unit, n = "sign_flip", "scale points", d.size
    refused = _refused(d, name=name, unit=unit)
    if refused is not None:
        return refused
    steps = _steps_per_point(d)
    if steps is None:
        return NotEstimable(name=name, unit=unit, reason=NO_COMMON_STEP, n=n)
    whole = np.rint(d[d != 0] * steps).astype(np.int64)
    exact = whole.size <= MOST_EXACT
    return Estimate(
        name=name,
        unit=unit,
        value=float(d.mean()),
        lo=None,
        hi=None,
        n=n,
        unit_of_analysis="person",
        method=(
            "sign-flip permutation test of the mean, enumerated"
            if exact
            else "sign-flip permutation test of the mean, normal approximation"
        ),
        n_excluded=excluded_n,
        excluded_reason=INCOMPLETE_PAIR if excluded_n else "",
        p_value=_two_sided(np.abs(whole), whole > 0, exact=exact),
        extra={"steps_per_point": float(steps)},
    )


def _changes(scores: pd.DataFrame) -> tuple[Floats, float, int]:
    """Changes of the complete pairs, 0 where rounding alone; the size of rounding; how many people are left out."""
    complete, excluded_n = complete_pairs(scores)
    if not len(complete):
        return np.empty(0), 0.0, excluded_n
    grain = noise(complete)
    d = complete[:, 1] - complete[:, 0]
    d[np.abs(d) <= grain] = 0.0
    return d, grain, excluded_n


def _doubled_ranks(d: Floats, *, grain: float) -> Whole:
    """Twice the mid-ranks of the sizes, whole numbers; sizes within rounding of each other are tied."""
    size = np.abs(d)
    order = np.argsort(size, kind="stable")
    tied = np.empty(d.size)
    tied[order] = np.cumsum(np.diff(size[order], prepend=0.0) > grain)
    doubled: Whole = np.rint(2 * np.asarray(rankdata(tied), dtype=float)).astype(np.int64)
    return doubled


def _rank_result(d: Floats, moved: Floats, doubled: Whole, *, excluded_n: int, name: str) -> Estimate | NotEstimable:
    n = d.size
    refused = _refused(d, name=name, unit="rank-biserial")
    if refused is not None:
        return refused
    plus, minus = int(doubled[moved > 0].sum()), int(doubled[moved < 0].sum())
    exact = moved.size <= MOST_EXACT
    return Estimate(
        name=name,
        unit="rank-biserial",
        value=(plus - minus) / (plus + minus),
        lo=None,
        hi=None,
        n=n,
        unit_of_analysis="person",
        method=(
            "Wilcoxon signed ranks, exact distribution with ties"
            if exact
            else "Wilcoxon signed ranks, normal approximation with ties"
        ),
        n_excluded=excluded_n,
        excluded_reason=INCOMPLETE_PAIR if excluded_n else "",
        p_value=_two_sided(doubled, moved > 0, exact=exact),
        extra={
            "v_plus": plus / 2,
            "v_minus": minus / 2,
            "rose_n": float((moved > 0).sum()),
            "fell_n": float((moved < 0).sum()),
            "same_n": float(n - moved.size),
        },
    )


def _refused(d: Floats, *, name: str, unit: str) -> NotEstimable | None:
    n = d.size
    if n < LEAST_PAIRS:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_PAIRS, n=n, values={"least": LEAST_PAIRS})
    if not d.any():
        return NotEstimable(name=name, unit=unit, reason=NOBODY_CHANGED, n=n)
    return None


def _steps_per_point(d: Floats) -> int | None:
    for steps in range(1, FINEST_STEP + 1):
        if np.abs(d * steps - np.rint(d * steps)).max() < 1e-6:
            return steps
    return None


def _two_sided(weights: Whole, positive: npt.NDArray[np.bool_], *, exact: bool) -> float:
    """Chance, over all signs, that the positive sum lies as far from its middle as the one observed."""
    total, observed = int(weights.sum()), int(weights[positive].sum())
    far = abs(2 * observed - total)
    if not exact:
        return 2 * float(norm.sf(far / math.sqrt(float((weights.astype(float) ** 2).sum()))))
    chance = np.zeros(total + 1)
    chance[0] = 1.0
    reached = 0
    for weight in weights.tolist():
        chance[: reached + weight + 1] /= 2
        chance[weight : reached + weight + 1] += chance[: reached + 1].copy()
        reached += weight
    sums = np.arange(total + 1)
    return min(1.0, float(chance[np.abs(2 * sums - total) >= far].sum()))
