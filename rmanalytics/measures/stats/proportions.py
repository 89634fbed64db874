"""Shares and differences of shares, with intervals that hold for small numbers.

Unit: whatever was counted; the caller names it.

References
----------
Wilson EB (1927). https://doi.org/10.1080/01621459.1927.10502953
Newcombe RG (1998). https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I
"""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import fisher_exact
from statsmodels.stats.proportion import proportion_confint

from rmanalytics.containment import measure
from rmanalytics.measures.rows import Z, check_parts
from rmanalytics.results import Estimate, NotEstimable

NOBODY = "nothing to take a share of"
FARTHEST = 37.0
"""In standard errors: beyond it no p-value is above 0."""


@measure
def wilson_share(
    count: int, n: int, *, name: str, unit_of_analysis: str, n_excluded: int = 0, excluded_reason: str = ""
) -> Estimate | NotEstimable:
    """A share with the Wilson interval, which stays inside 0 to 1 and has a width even at 0 of n.

    Parameters
    ----------
    count : int
        Units that have the property.
    n : int
        All units.
    name : str
        Name of the result.
    unit_of_analysis : str
        What was counted: ``person``, ``tandem`` …
    n_excluded, excluded_reason : int, str
        Units left out of ``n``, and why.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``share``. ``extra``: ``count``.

    Raises
    ------
    ValueError
        When the count is negative or exceeds ``n``.

    *Not estimable when* ``n`` is 0.

    Notes
    -----
    Limits are the roots in π of ``(p − π)² = z² π (1 − π) / n``; units are taken as independent.

    References
    ----------
    Wilson EB (1927). https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    Newcombe's example, 81 of 263:

    >>> share = wilson_share(81, 263, name="completion_share", unit_of_analysis="tandem")
    >>> round(share.lo, 4), round(share.hi, 4)
    (0.2553, 0.3662)
    """
    check_parts(count, n)
    if n == 0:
        return NotEstimable(name=name, unit="share", reason=NOBODY, n=0)
    lo, hi = proportion_confint(count, n, method="wilson")
    return Estimate(
        name=name,
        unit="share",
        value=count / n,
        lo=0.0 if count == 0 else float(lo),
        hi=1.0 if count == n else float(hi),
        n=n,
        unit_of_analysis=unit_of_analysis,
        method="Wilson score interval",
        n_excluded=n_excluded,
        excluded_reason=excluded_reason,
        extra={"count": float(count)},
    )


@measure
def share_difference(
    count: int,
    n: int,
    count_comparator: int,
    n_comparator: int,
    *,
    name: str,
    unit_of_analysis: str,
    comparator: str,
) -> Estimate | NotEstimable:
    """Difference of two shares of different units, with Newcombe's interval and the p-value that belongs to it.

    Parameters
    ----------
    count, n : int
        Units with the property, and all units.
    count_comparator, n_comparator : int
        The same of the group that is subtracted.
    name : str
        Name of the result.
    unit_of_analysis : str
        What was counted.
    comparator : str
        What is subtracted, in words.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``share``; positive where the first share is higher. ``extra``: ``share``, ``share_comparator``,
        ``fisher_p`` (Fisher's exact test, which is stricter).

    Raises
    ------
    ValueError
        When a count is negative or exceeds its ``n``.

    *Not estimable when* one of the groups is empty.

    Notes
    -----
    Hybrid score interval (Newcombe's method 10): ``δ − √((p₁−l₁)² + (u₂−p₂)²)`` to ``δ + √((u₁−p₁)² + (p₂−l₂)²)``
    with the Wilson limits ``l, u`` of each share. The p-value is the level at which this interval ends at 0: it is
    below .05 exactly where the interval leaves 0 out. Of 100 comparisons of 10 v 10 to 60 v 60 equal shares 0 to 5.5
    do so, of 6 v 6 up to 6.8.

    References
    ----------
    Newcombe RG (1998). https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I

    Examples
    --------
    Newcombe's example, 56 of 70 against 48 of 80:

    >>> difference = share_difference(56, 70, 48, 80, name="completion", unit_of_analysis="tandem", comparator="2025H2")
    >>> round(difference.value, 4), round(difference.lo, 4), round(difference.hi, 4)
    (0.2, 0.0524, 0.3339)
    """
    check_parts([count, count_comparator], [n, n_comparator])
    if n == 0 or n_comparator == 0:
        return NotEstimable(name=name, unit="share", reason=NOBODY, n=n)
    share, share_comparator = count / n, count_comparator / n_comparator
    counts = (count, n, count_comparator, n_comparator)
    lo, hi = _newcombe(*counts, Z)
    table = [[count, count_comparator], [n - count, n_comparator - count_comparator]]
    return Estimate(
        name=name,
        unit="share",
        value=share - share_comparator,
        lo=lo,
        hi=hi,
        n=n,
        unit_of_analysis=unit_of_analysis,
        method="Newcombe hybrid score interval, p-value from the same",
        comparator=comparator,
        n_comparator=n_comparator,
        p_value=_newcombe_p(*counts),
        extra={"share": share, "share_comparator": share_comparator, "fisher_p": float(fisher_exact(table).pvalue)},
    )


def _newcombe(count: int, n: int, count_comparator: int, n_comparator: int, z: float) -> tuple[float, float]:
    """Newcombe's limits, z standard errors of a share away."""
    difference = count / n - count_comparator / n_comparator
    below, above = [], []
    for k, size in ((count, n), (count_comparator, n_comparator)):
        share, weight = k / size, 1 / (1 + z * z / size)
        middle = weight * (share + z * z / (2 * size))
        half = weight * z * math.sqrt(share * (1 - share) / size + (z / (2 * size)) ** 2)
        below.append(share - middle + half)
        above.append(middle + half - share)
    return (
        max(-1.0, difference - math.hypot(below[0], above[1])),
        min(1.0, difference + math.hypot(above[0], below[1])),
    )


def _newcombe_p(count: int, n: int, count_comparator: int, n_comparator: int) -> float:
    """Two-sided level at which Newcombe's interval ends at no difference."""
    if count * n_comparator == count_comparator * n:
        return 1.0
    higher = count * n_comparator > count_comparator * n

    def end(z: float) -> float:
        lo, hi = _newcombe(count, n, count_comparator, n_comparator, z)
        return lo if higher else -hi

    return 0.0 if end(FARTHEST) > 0 else float(2 * ndtr(-brentq(end, 0.0, FARTHEST)))
