"""Shares and differences of shares, with intervals that hold for small numbers.

Unit: whatever was counted; the caller names it.

References
----------
Wilson EB (1927). https://doi.org/10.1080/01621459.1927.10502953
Newcombe RG (1998). https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I
"""

from __future__ import annotations

from scipy.stats import boschloo_exact, fisher_exact
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from rmanalytics.containment import measure
from rmanalytics.results import Estimate, NotEstimable

NOBODY = "nothing to take a share of"
LARGEST_BOSCHLOO = 200
"""Most units in both groups together for Boschloo's test; above it Fisher's, which then differs little."""


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
    _check_count(count, n)
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
    """Difference of two shares of different units, with Newcombe's interval.

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
        Unit ``share``; positive where the first share is higher. The p-value is Boschloo's exact test up to 200 units
        in all, Fisher's above (``method`` says which). ``extra``: ``share``, ``share_comparator``, ``fisher_p``.

    Raises
    ------
    ValueError
        When a count is negative or exceeds its ``n``.

    *Not estimable when* one of the groups is empty.

    Notes
    -----
    Hybrid score interval (Newcombe's method 10): ``δ − √((p₁−l₁)² + (u₂−p₂)²)`` to ``δ + √((u₁−p₁)² + (p₂−l₂)²)``
    with the Wilson limits ``l, u`` of each share.

    References
    ----------
    Newcombe RG (1998). https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I
    Boschloo RD (1970). https://doi.org/10.1111/j.1467-9574.1970.tb00104.x

    Examples
    --------
    Newcombe's example, 56 of 70 against 48 of 80:

    >>> difference = share_difference(56, 70, 48, 80, name="completion", unit_of_analysis="tandem", comparator="2025H2")
    >>> round(difference.value, 4), round(difference.lo, 4), round(difference.hi, 4)
    (0.2, 0.0524, 0.3339)
    """
    _check_count(count, n)
    _check_count(count_comparator, n_comparator)
    if n == 0 or n_comparator == 0:
        return NotEstimable(name=name, unit="share", reason=NOBODY, n=n)
    share, share_comparator = count / n, count_comparator / n_comparator
    lo, hi = confint_proportions_2indep(
        count, n, count_comparator, n_comparator, method="newcomb", compare="diff", correction=False
    )
    table = [[count, count_comparator], [n - count, n_comparator - count_comparator]]
    fisher_p = float(fisher_exact(table).pvalue)
    small = n + n_comparator <= LARGEST_BOSCHLOO
    return Estimate(
        name=name,
        unit="share",
        value=share - share_comparator,
        lo=max(-1.0, float(lo)),
        hi=min(1.0, float(hi)),
        n=n,
        unit_of_analysis=unit_of_analysis,
        method=(
            "Newcombe hybrid score interval, Boschloo exact test"
            if small
            else "Newcombe hybrid score interval, Fisher exact test"
        ),
        comparator=comparator,
        n_comparator=n_comparator,
        p_value=float(boschloo_exact(table).pvalue) if small else fisher_p,
        extra={"share": share, "share_comparator": share_comparator, "fisher_p": fisher_p},
    )


def _check_count(count: int, n: int) -> None:
    if not 0 <= count <= n:
        raise ValueError("a count is negative or exceeds its total")
