"""What a round of a given size can detect: minimum detectable differences instead of power after the fact.

Unit: the person (``events_needed``: the exit). No data are needed, only numbers of people and a spread.

References
----------
Cohen J (1988). Statistical power analysis for the behavioral sciences, 2nd ed. https://doi.org/10.4324/9780203771587
"""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.stats import f as f_distribution
from scipy.stats import ncf, norm

from rmanalytics.containment import measure
from rmanalytics.results import Estimate, NotEstimable

TOO_FEW_PEOPLE = "fewer than two people in a group"
NO_SOLUTION = "no difference that can be sized has this power"
MOST_SD, RESIDUAL = 1024.0, 1e-6
"""The largest difference looked for, in standard deviations; how near its power must lie to the one asked for."""
NO_SPREAD = "no variation in the scores"


@measure
def minimum_detectable_difference(
    n: int, n_comparator: int, *, sd: float, r: float = 0.0, power: float = 0.8, alpha: float = 0.05, unit: str
) -> Estimate | NotEstimable:
    """Smallest true difference between two groups that a round of this size finds with the given power.

    Parameters
    ----------
    n, n_comparator : int
        People in the two groups.
    sd : float
        Standard deviation of the scores within a group, in ``unit``.
    r : float
        Correlation of pre and post scores; adjustment for pre shrinks the noise by ``√(1 − r²)``.
    power, alpha : float
        Chance to find it, and two-sided level of the test.
    unit : str
        Unit of ``sd`` and of the result.

    Returns
    -------
    Estimate or NotEstimable
        A description, without interval. ``extra``: ``d`` (in standard deviations), ``power``, ``alpha``.

    Raises
    ------
    ValueError
        Unless ``0 < alpha < power < 1`` and ``−1 < r < 1``.

    *Not estimable when* a group has fewer than two people or the scores do not vary.

    Notes
    -----
    The d at which the noncentral t test with ``n + n_comparator − 2`` degrees of freedom has the given power, times
    ``sd √(1 − r²)``.

    References
    ----------
    Borm GF, Fransen J, Lemmens WAJG (2007). https://doi.org/10.1016/j.jclinepi.2007.02.006

    Examples
    --------
    34 people against 34, one standard deviation being one point:

    >>> round(minimum_detectable_difference(34, 34, sd=1.0, unit="scale points").value, 2)
    0.69
    """
    _check_risks(power, alpha)
    if not -1 < r < 1:
        raise ValueError("the correlation must lie between -1 and 1")
    name = "minimum_detectable_difference"
    if min(n, n_comparator) < 2:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_PEOPLE, n=n)
    if not sd > 0:
        return NotEstimable(name=name, unit=unit, reason=NO_SPREAD, n=n)
    solved = _solved(n + n_comparator - 2, n * n_comparator / (n + n_comparator), power=power, alpha=alpha)
    if solved is None:
        return NotEstimable(name=name, unit=unit, reason=NO_SOLUTION, n=n)
    d = solved * math.sqrt(1 - r * r)
    return Estimate(
        name=name,
        unit=unit,
        value=d * sd,
        lo=None,
        hi=None,
        n=n,
        unit_of_analysis="person",
        method="noncentral t test of two groups, adjusted for the score before",
        n_comparator=n_comparator,
        extra={"d": d, "power": power, "alpha": alpha},
    )


@measure
def minimum_detectable_change(
    n: int, *, sd: float, power: float = 0.8, alpha: float = 0.05, unit: str
) -> Estimate | NotEstimable:
    """Smallest true mean change that this many complete pairs find with the given power.

    Parameters
    ----------
    n : int
        Complete pairs.
    sd : float
        Standard deviation of the *changes*, in ``unit`` (``sd_diff`` of `paired_change`).
    power, alpha : float
        Chance to find it, and two-sided level of the test.
    unit : str
        Unit of ``sd`` and of the result.

    Returns
    -------
    Estimate or NotEstimable
        A description, without interval. ``extra``: ``d`` (in standard deviations of change), ``power``, ``alpha``.

    Raises
    ------
    ValueError
        Unless ``0 < alpha < power < 1``.

    *Not estimable when* there are fewer than two pairs or the changes do not vary.

    Notes
    -----
    The d at which the noncentral paired t test with ``n − 1`` degrees of freedom has the given power, times ``sd``.

    References
    ----------
    Cohen J (1988). https://doi.org/10.4324/9780203771587

    Examples
    --------
    34 pairs, the changes having a standard deviation of one point:

    >>> round(minimum_detectable_change(34, sd=1.0, unit="scale points").value, 3)
    0.495
    """
    _check_risks(power, alpha)
    name = "minimum_detectable_change"
    if n < 2:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_PEOPLE, n=n)
    if not sd > 0:
        return NotEstimable(name=name, unit=unit, reason=NO_SPREAD, n=n)
    d = _solved(n - 1, n, power=power, alpha=alpha)
    if d is None:
        return NotEstimable(name=name, unit=unit, reason=NO_SOLUTION, n=n)
    return Estimate(
        name=name,
        unit=unit,
        value=d * sd,
        lo=None,
        hi=None,
        n=n,
        unit_of_analysis="person",
        method="noncentral paired t test",
        extra={"d": d, "power": power, "alpha": alpha},
    )


@measure
def events_needed(
    hazard_ratio: float, *, share_participants: float = 0.5, power: float = 0.8, alpha: float = 0.05
) -> Estimate:
    """Exits that a log-rank test needs before it finds a given hazard ratio.

    Parameters
    ----------
    hazard_ratio : float
        Positive and not 1.
    share_participants : float
        Share of participants among the people followed up.
    power, alpha : float
        Chance to find it, and two-sided level of the test.

    Returns
    -------
    Estimate
        Unit ``count``, not rounded up, without interval; ``n`` is 0, for no data are used.

    Raises
    ------
    ValueError
        Unless ``0 < alpha < power < 1``, the share lies between 0 and 1, and the hazard ratio is positive and not 1.

    Notes
    -----
    ``(z₁₋α/₂ + z_power)² / (q (1 − q) (ln HR)²)`` with the share of participants q.

    References
    ----------
    Schoenfeld DA (1983). https://doi.org/10.2307/2531021

    Examples
    --------
    Half the exits, in equal groups: (1.96 + 0.84)² / (0.25 · 0.48) is about 65.

    >>> round(events_needed(0.5).value)
    65
    """
    _check_risks(power, alpha)
    if not 0 < share_participants < 1 or not hazard_ratio > 0 or hazard_ratio == 1:
        raise ValueError("the share must lie between 0 and 1; the hazard ratio must be positive and not 1")
    z = float(norm.isf(alpha / 2)) + float(norm.ppf(power))
    value = z**2 / (share_participants * (1 - share_participants) * math.log(hazard_ratio) ** 2)
    return Estimate(
        name="events_needed",
        unit="count",
        value=value,
        lo=None,
        hi=None,
        n=0,
        unit_of_analysis="person",
        method="Schoenfeld's formula for the log-rank test",
        extra={"hazard_ratio": hazard_ratio, "power": power, "alpha": alpha},
    )


def _solved(df: int, n: float, *, power: float, alpha: float) -> float | None:
    """The standardised difference with the given power of a two-sided t test; None where none up to `MOST_SD` has it.

    By the noncentral F distribution of t², whose tail stays a number where that of the noncentral t does not; put back,
    for a solver may stop at a place that has another power.
    """
    critical = float(f_distribution.isf(alpha, 1, df))

    def missing(d: float) -> float:
        return float(ncf.sf(critical, 1, df, d * d * n)) - power

    high = 0.125
    while missing(high) < 0 and high < MOST_SD:
        high *= 2
    if not missing(high) >= 0:
        return None
    d = float(brentq(missing, 0.0, high, xtol=1e-12))
    return d if abs(missing(d)) < RESIDUAL else None


def _check_risks(power: float, alpha: float) -> None:
    if not 0 < alpha < power < 1:
        raise ValueError("alpha must lie above 0 and below power, power below 1")
