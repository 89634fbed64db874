r"""Rates: events over time under observation, and ratios of two of them, exact for small numbers.

Unit: whatever has the events; the caller names it. Events are taken to come one by one and independently: where a few
people have most of them, the interval is too narrow.

References
----------
Garwood F (1936). https://doi.org/10.1093/biomet/28.3-4.437
Przyborowski J, Wilenski H (1940). https://doi.org/10.1093/biomet/31.3-4.313
"""

from __future__ import annotations

from scipy.stats import beta, binom, chi2

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LOWER, UPPER
from rmanalytics.results import Estimate, NotEstimable

NO_TIME = "nobody was followed in one of the groups"
NOBODY_FOLLOWED = "nobody was followed"
NO_EVENTS = "no event in either group"
NONE_IN_COMPARATOR = "no event among those it is compared with"

RATIO_METHOD = "ratio of two Poisson rates, exact interval and test given the total number of events"
RATE_METHOD = "Poisson rate with exact interval"


@measure
def yearly_rate(events: int, years: float, *, name: str, unit_of_analysis: str, n: int) -> Estimate | NotEstimable:
    r"""Events for each hundred years that people were followed.

    Parameters
    ----------
    events : int
        Number of events.
    years : float
        Time under observation, all people together.
    name, unit_of_analysis : str
        What the result is about.
    n : int
        People followed.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``per 100 person-years``; ``extra``: ``events``, ``years``.

    Raises
    ------
    ValueError
        When a count or a time is negative.

    Notes
    -----
    *Not estimable when* nobody was followed. Garwood's limits of x events in t years:
    :math:`\chi^2_{.025, 2x} / 2t` to :math:`\chi^2_{.975, 2x+2} / 2t`.

    References
    ----------
    Garwood F (1936). https://doi.org/10.1093/biomet/28.3-4.437

    Examples
    --------
    The limits of one event are 0.0253 and 5.5716:

    >>> result = yearly_rate(1, 10.0, name="rehire_rate", unit_of_analysis="person", n=5)
    >>> result.value, round(result.lo, 3), round(result.hi, 2)
    (10.0, 0.253, 55.72)
    """
    if events < 0 or years < 0:
        raise ValueError("counts and times cannot be negative")
    if years == 0:
        return NotEstimable(name=name, unit="per 100 person-years", reason=NOBODY_FOLLOWED, n=n)
    return Estimate(
        name=name,
        unit="per 100 person-years",
        value=100 * events / years,
        lo=50 * float(chi2.ppf(LOWER, 2 * events)) / years if events else 0.0,
        hi=50 * float(chi2.ppf(UPPER, 2 * events + 2)) / years,
        n=n,
        unit_of_analysis=unit_of_analysis,
        method=RATE_METHOD,
        extra={"events": float(events), "years": years},
    )


@measure
def rate_ratio(
    events: int,
    years: float,
    events_comparator: int,
    years_comparator: float,
    *,
    name: str,
    unit_of_analysis: str,
    comparator: str,
    n: int,
    n_comparator: int,
) -> Estimate | NotEstimable:
    r"""Ratio of two Poisson rates with the exact interval given the total number of events.

    Parameters
    ----------
    events, years : int, float
        Events and time of the group.
    events_comparator, years_comparator : int, float
        The same of those it is compared with.
    name, unit_of_analysis, comparator : str
        What the result is about.
    n, n_comparator : int
        People on both sides.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``rate ratio``; two-sided exact p-value; ``extra``: ``events, years, rate`` and the same with
        ``_comparison``.

    Raises
    ------
    ValueError
        When a count or a time is negative.

    Notes
    -----
    *Not estimable when* one of the times is 0, or there is no event on the comparator's side. Given x + y events, x is
    binomial with chance :math:`\pi = \rho t_1/(\rho t_1 + t_0)`; Clopper and Pearson's limits of π, solved for ρ; the
    p-value is the smallest level at which they leave out a ratio of 1, twice the smaller tail.

    References
    ----------
    Przyborowski J, Wilenski H (1940). https://doi.org/10.1093/biomet/31.3-4.313
    Clopper CJ, Pearson ES (1934). https://doi.org/10.1093/biomet/26.4.404

    Examples
    --------
    Seven events against three in equal times; the limits of 7 of 10 are 0.3475 and 0.9333:

    >>> result = rate_ratio(7, 1.0, 3, 1.0, name="r", unit_of_analysis="person", comparator="", n=1, n_comparator=1)
    >>> round(result.value, 4), round(result.lo, 3), round(result.hi, 2)
    (2.3333, 0.533, 13.98)
    """
    if min(events, events_comparator) < 0 or min(years, years_comparator) < 0:
        raise ValueError("counts and times cannot be negative")
    if min(years, years_comparator) == 0:
        return NotEstimable(name=name, unit="rate ratio", reason=NO_TIME, n=n + n_comparator)
    if events_comparator == 0:
        reason = NONE_IN_COMPARATOR if events else NO_EVENTS
        return NotEstimable(name=name, unit="rate ratio", reason=reason, n=n + n_comparator)
    total, odds = events + events_comparator, years_comparator / years
    lo = float(beta.ppf(LOWER, events, events_comparator + 1)) if events else 0.0
    hi = float(beta.ppf(UPPER, events + 1, events_comparator))
    chance = years / (years + years_comparator)
    tail = min(binom.cdf(events, total, chance), binom.sf(events - 1, total, chance))
    return Estimate(
        name=name,
        unit="rate ratio",
        value=(events / years) / (events_comparator / years_comparator),
        lo=odds * lo / (1 - lo),
        hi=odds * hi / (1 - hi),
        n=n,
        unit_of_analysis=unit_of_analysis,
        method=RATIO_METHOD,
        comparator=comparator,
        n_comparator=n_comparator,
        p_value=min(1.0, 2 * float(tail)),
        extra={
            "events": float(events),
            "years": years,
            "rate": events / years,
            "events_comparison": float(events_comparator),
            "years_comparison": years_comparator,
            "rate_comparison": events_comparator / years_comparator,
        },
    )
