"""Retention: how long people stay, from an origin that is the same for both groups.

Unit: the person. Time runs in days from the match (or from the day a comparison person was named), never from the
hire date: whoever became a participant had to stay until the match, and that time must not count for the programme.

References
----------
Kaplan EL, Meier P (1958). https://doi.org/10.1080/01621459.1958.10501452
Royston P, Parmar MKB (2013). Restricted mean survival time. https://doi.org/10.1186/1471-2288-13-152
Suissa S (2008). Immortal time bias. https://doi.org/10.1093/aje/kwm324
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, stdtr, stdtrit

from rmanalytics.containment import measure
from rmanalytics.measures.retention.exits_over_rounds import ONE_ARM, one_arm_contrast, rank_p, read_exits, with_ranks
from rmanalytics.measures.retention.risk_sets import (
    RiskSets,
    Spells,
    first_start,
    last_supported,
    read_arms,
    read_spells,
    risk_sets,
)
from rmanalytics.measures.retention.rmst_over_rounds import LEAST_EVENTS, NO_EVENTS_IN_GROUP
from rmanalytics.measures.rows import LEAST_PEOPLE, UPPER, Floats, Z
from rmanalytics.results import Curve, Estimate, NotEstimable

LARGE = 100
"""From so many people in each group on, the difference of areas has the normal interval."""

TOO_FEW = "fewer than {least} people"
TOO_FEW_IN_GROUP = "fewer than {least} people in one of the groups"
TOO_FEW_AT_RISK = "fewer than {least} people at risk in one of the groups"
NO_EVENTS = "no event before the horizon"
BEYOND_FOLLOW_UP = "the horizon lies beyond the last common follow-up"

KM_METHOD = "Kaplan-Meier with Greenwood variance and log-log interval"
RMST_METHOD = "area under the Kaplan-Meier curve up to a horizon declared beforehand, normal interval"
TAU_DECLARED = "difference of areas under the Kaplan-Meier curves up to a horizon declared beforehand, normal interval"
TAU_BY_RULE = (
    "difference of areas under the Kaplan-Meier curves, normal interval; horizon by rule: "
    "the shorter of the groups' longest follow-up with at least five people at risk"
)
SMALL_TAU_DECLARED = (
    "difference of areas under the Kaplan-Meier curves up to a horizon declared beforehand, interval for small groups "
    "from each group's logit limits"
)
SMALL_TAU_BY_RULE = (
    "difference of areas under the Kaplan-Meier curves, interval for small groups from each group's logit limits; "
    "horizon by rule: the shorter of the groups' longest follow-up with at least five people at risk"
)
FEW_EVENTS = (
    "difference of areas under the Kaplan-Meier curves, interval of few events: it leaves out zero where the log-rank "
    "test does"
)


@measure
def survival_curve(spells: pd.DataFrame, *, start_days: float | None = None) -> Curve | NotEstimable:
    r"""Share of a group that has not had the event, day by day: Kaplan–Meier.

    Parameters
    ----------
    spells : DataFrame
        Spells of one group: ``person_id`` (each once), ``time_days``, ``event``; optionally ``entry_days`` (late
        entry) and ``group`` (one label, which becomes the curve's group).
    start_days : float, optional
        Where the curve starts with survival 1; later shares are conditional on having lasted until then. By default
        0 or, with late entry, the first time with at least five people under observation.

    Returns
    -------
    Curve or NotEstimable
        ``survival_curve``, unit ``share``; points ``time_days, survival, lo, hi, at_risk_n, events_n, se``, the first
        at the start with survival 1, then one for every distinct end of a spell. ``lo``, ``hi`` and the standard error
        are missing where the curve has come down to 0; before the first event the limits are 1.

    Raises
    ------
    ValueError
        When a person stands twice, the spells are of more than one group, or a time is impossible.

    Notes
    -----
    *Not estimable when* fewer than six people are observed after the start.
    :math:`\hat S(t) = \prod_{t_j \le t} (1 - d_j/n_j)`; Greenwood
    :math:`\hat\sigma^2(t) = \sum d_j / (n_j (n_j - d_j))`; limits
    :math:`\hat S^{\exp(\pm 1.96\,\hat\sigma / \ln \hat S)}`. Censoring must not depend on the chance of the event.

    References
    ----------
    Kaplan EL, Meier P (1958). https://doi.org/10.1080/01621459.1958.10501452

    Examples
    --------
    Six people, one leaves on day 2 and one on day 4, of those four still followed then (one was censored on day 3):
    5/6, then 5/6 × 3/4.

    >>> frame = pd.DataFrame({"person_id": list("abcdef"), "time_days": [2, 3, 4, 9, 9, 9],
    ...                       "event": [1, 0, 1, 0, 0, 0]})
    >>> survival_curve(frame).points["survival"].round(4).tolist()
    [1.0, 0.8333, 0.8333, 0.625, 0.625]
    """
    group = _only_group(spells)
    data = read_spells(spells)
    start = first_start(data) if start_days is None else float(start_days)
    observed = _after(data, start)
    if len(observed) < LEAST_PEOPLE:
        return NotEstimable(
            name="survival_curve",
            unit="share",
            reason=TOO_FEW,
            n=len(observed),
            values={"least": LEAST_PEOPLE},
            group=group,
        )
    sets = risk_sets(observed)
    survival, variance = _kaplan_meier(sets)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = survival * np.sqrt(variance)
        reach = Z * np.sqrt(variance) / np.log(survival)
        lo, hi = survival ** np.exp(-reach), survival ** np.exp(reach)
    lo, hi = (np.where(survival == 1, 1.0, np.where(survival == 0, np.nan, limit)) for limit in (lo, hi))
    at_start = float((observed.entry <= start).sum())
    points = pd.DataFrame(
        {
            "time_days": np.r_[start, sets.time],
            "survival": np.r_[1.0, survival],
            "lo": np.r_[1.0, lo],
            "hi": np.r_[1.0, hi],
            "at_risk_n": np.r_[at_start, sets.at_risk].astype("int64"),
            "events_n": np.r_[0.0, sets.events].astype("int64"),
            "se": np.r_[0.0, se],
        }
    )
    return Curve(
        name="survival_curve",
        unit="share",
        points=points,
        n=len(observed),
        unit_of_analysis="person",
        method=KM_METHOD,
        group=group,
    )


@measure
def rmst(spells: pd.DataFrame, *, tau: float) -> Estimate | NotEstimable:
    r"""Mean days without the event within a horizon: the area under the survival curve.

    Parameters
    ----------
    spells : DataFrame
        Spells of one group, as in `survival_curve`.
    tau : float
        Horizon in days, declared before the data are seen.

    Returns
    -------
    Estimate or NotEstimable
        ``rmst``, unit ``days``; ``extra`` holds ``tau``, ``se``, ``events`` (before the horizon) and ``start`` (0
        without late entry).

    Raises
    ------
    ValueError
        As in `survival_curve`, or when ``tau`` is not above 0.

    Notes
    -----
    *Not estimable when* there are fewer than six people, the horizon lies beyond the last follow-up, or there is no
    event before it. :math:`\hat\mu = \int_0^\tau \hat S(t)\,dt`,
    :math:`\widehat{Var} = \sum_{t_j \le \tau} A_j^2\, d_j / (n_j (n_j - d_j))` with
    :math:`A_j = \int_{t_j}^\tau \hat S(t)\,dt`.

    References
    ----------
    Royston P, Parmar MKB (2013). https://doi.org/10.1186/1471-2288-13-152

    Examples
    --------
    Six people followed for 10 days, one leaves on day 4: 4 + 6 × 5/6 = 9 days.

    >>> frame = pd.DataFrame({"person_id": list("abcdef"), "time_days": [4] + [10] * 5, "event": [1] + [0] * 5})
    >>> result = rmst(frame, tau=10)
    >>> result.value, round(result.extra["se"], 4)
    (9.0, 0.9129)
    """
    _check_tau(tau)
    group = _only_group(spells)
    data = read_spells(spells)
    start = first_start(data)
    observed = _after(data, start)

    def refuse(reason: str, **values: int) -> NotEstimable:
        return NotEstimable(name="rmst", unit="days", reason=reason, n=len(observed), values=values, group=group)

    if len(observed) < LEAST_PEOPLE:
        return refuse(TOO_FEW, least=LEAST_PEOPLE)
    if tau > observed.time.max() or tau <= start:
        return refuse(BEYOND_FOLLOW_UP)
    value, variance, events = _area(observed, start, tau)
    if variance == 0:
        return refuse(NO_EVENTS)
    se = math.sqrt(variance)
    return Estimate(
        name="rmst",
        unit="days",
        value=value,
        lo=value - Z * se,
        hi=value + Z * se,
        n=len(observed),
        unit_of_analysis="person",
        method=RMST_METHOD,
        n_excluded=len(data) - len(observed),
        excluded_reason="not observed after the start" if len(observed) < len(data) else "",
        group=group,
        extra={"tau": float(tau), "se": se, "events": float(events), "start": start},
    )


@measure
def rmst_difference(spells: pd.DataFrame, *, tau: float | None = None) -> Estimate | NotEstimable:
    r"""Difference in mean days without the event within a horizon, participants minus comparison.

    The headline contrast for small groups: it needs no proportional hazards and reads as days stayed.

    Parameters
    ----------
    spells : DataFrame
        ``person_id`` (once in each group at most), ``group`` (``participants`` or ``comparison``), ``time_days``,
        ``event`` and optionally ``entry_days``.
    tau : float, optional
        Horizon in days, declared beforehand. By default the rule: the shorter of the groups' longest follow-up with
        at least five people at risk.

    Returns
    -------
    Estimate or NotEstimable
        ``rmst_difference``, unit ``days``; ``extra`` holds ``tau``, ``tau_by_rule`` (1 or 0), ``se`` (Greenwood),
        ``z``, in small groups ``df``, ``rmst_participants``, ``rmst_comparison``, ``se_participants``,
        ``se_comparison``, ``events_participants``, ``events_comparison`` (before the horizon) and ``start`` (0
        without late entry).

    Raises
    ------
    ValueError
        When a person stands twice in a group, a group has another name, or a time is impossible.

    Notes
    -----
    *Not estimable when* a group has fewer than six people, fewer than five are at risk, a declared horizon lies beyond
    the last common follow-up, nobody has the event before it, or one group alone has it and people enter late or
    `one_arm_contrast` finds no distance. That contrast is the interval where one group alone has the event. With fewer
    than ten events in all p-value and interval follow the log-rank test (`with_ranks`): one exit late against two early
    gives p = .00002 by days, .55 by ranks.
    From 100 people in each group on :math:`\hat\mu_1 - \hat\mu_0 \pm 1.96 \sqrt{\widehat{Var}_1 + \widehat{Var}_0}`,
    see `rmst`. In smaller groups few exits make that too narrow (it held the truth in 92 of 100 simulated rounds of 34
    against 150 people): there each group gets limits :math:`l, u` on the logit scale of :math:`\hat\mu/\tau`, with a t
    quantile with Welch–Satterthwaite's degrees of freedom, and the difference gets
    :math:`\hat\Delta - \sqrt{(\hat\mu_1 - l_1)^2 + (u_0 - \hat\mu_0)^2}` and
    :math:`\hat\Delta + \sqrt{(u_1 - \hat\mu_1)^2 + (\hat\mu_0 - l_0)^2}` (Zou and Donner), which held it in 94 to 96,
    early, late and constant exits alike. The p-value belongs to the interval. The two groups are taken as independent.

    References
    ----------
    Royston P, Parmar MKB (2013). https://doi.org/10.1186/1471-2288-13-152
    Zou GY, Donner A (2008). https://doi.org/10.1002/sim.3095

    Examples
    --------
    Twelve against twelve people over 10 days; five leave on day 7 (8.75 days), five on day 4 (7.5 days):

    >>> frame = pd.DataFrame({"person_id": range(24), "group": ["participants"] * 12 + ["comparison"] * 12,
    ...                       "time_days": [7] * 5 + [10] * 7 + [4] * 5 + [10] * 7, "event": ([1] * 5 + [0] * 7) * 2})
    >>> result = rmst_difference(frame)
    >>> result.value, result.extra["tau"]
    (1.25, 10.0)
    """
    if tau is not None:
        _check_tau(tau)
    arms = read_arms(spells)
    start = max(first_start(arm) for arm in arms)
    observed = tuple(_after(arm, start) for arm in arms)
    n, n_comparator = (len(arm) for arm in observed)

    def refuse(reason: str, **values: int) -> NotEstimable:
        return NotEstimable(name="rmst_difference", unit="days", reason=reason, n=n + n_comparator, values=values)

    if min(n, n_comparator) < LEAST_PEOPLE:
        return refuse(TOO_FEW_IN_GROUP, least=LEAST_PEOPLE)
    horizon = min(last_supported(arm) for arm in observed) if tau is None else float(tau)
    if horizon <= start:
        return refuse(TOO_FEW_AT_RISK, least=5)
    if horizon > min(arm.time.max() for arm in observed):
        return refuse(BEYOND_FOLLOW_UP)
    (value_1, variance_1, events_1), (value_0, variance_0, events_0) = (_area(arm, start, horizon) for arm in observed)
    difference, se = value_1 - value_0, math.sqrt(variance_1 + variance_0)
    one_arm = variance_1 == 0 or variance_0 == 0
    small, df = min(n, n_comparator) < LARGE and not one_arm, 0.0
    method = ONE_ARM if one_arm else _METHODS[small, tau is None]
    if one_arm:
        told = se > 0 and not any(arm.delayed for arm in arms)
        exits = read_exits(spells.assign(round_id=""), tau=horizon) if told else None
        alone = one_arm_contrast(exits, difference) if exits is not None else None
        if alone is None:
            return refuse(NO_EVENTS_IN_GROUP)
        se = alone.se
    areas = [
        _Area(value=value, variance=variance, n=len(arm), most=horizon - start)
        for value, variance, arm in zip((value_1, value_0), (variance_1, variance_0), observed, strict=True)
    ]
    if small:
        lo, hi, p_value, df = _small_interval(*areas)
    else:
        lo, hi, p_value = difference - Z * se, difference + Z * se, float(2 * ndtr(-abs(difference / se)))
    if events_1 + events_0 < LEAST_EVENTS and not one_arm:
        p_value, method = rank_p(spells, difference, horizon), FEW_EVENTS
        lo, hi = with_ranks((lo, hi), difference, p_value, most=horizon - start)
    excluded = sum(len(arm) for arm in arms) - n - n_comparator
    return Estimate(
        name="rmst_difference",
        unit="days",
        value=difference,
        lo=lo,
        hi=hi,
        n=n,
        unit_of_analysis="person",
        method=method,
        n_excluded=excluded,
        excluded_reason="not observed after the start" if excluded else "",
        n_comparator=n_comparator,
        p_value=p_value,
        extra=({"df": df} if small else {})
        | {
            "tau": horizon,
            "tau_by_rule": float(tau is None),
            "se": se,
            "z": difference / se,
            "rmst_participants": value_1,
            "rmst_comparison": value_0,
            "se_participants": math.sqrt(variance_1),
            "se_comparison": math.sqrt(variance_0),
            "events_participants": float(events_1),
            "events_comparison": float(events_0),
            "start": start,
        },
    )


@dataclass(frozen=True, kw_only=True)
class _Area:
    """Area under one group's curve, its Greenwood variance, the people, and the largest area there could be."""

    value: float
    variance: float
    n: int
    most: float

    def limits(self, quantile: float) -> tuple[float, float]:
        """Limits on the logit scale of the share of the largest area."""
        share = self.value / self.most
        se = math.sqrt(self.variance) / self.most / (share * (1 - share))
        middle = math.log(share / (1 - share))
        lo, hi = (self.most / (1 + math.exp(min(-(middle + way * quantile * se), 700))) for way in (-1, 1))
        return lo, hi


def _small_interval(first: _Area, second: _Area) -> tuple[float, float, float, float]:
    """Limits of the difference of two areas in small groups, the p-value that they invert, degrees of freedom."""
    areas = (first, second)
    df = sum(area.variance for area in areas) ** 2 / sum(area.variance**2 / (area.n - 1) for area in areas)
    difference = first.value - second.value

    def reach(quantile: float) -> tuple[float, float]:
        (l1, u1), (l0, u0) = first.limits(quantile), second.limits(quantile)
        return math.hypot(first.value - l1, u0 - second.value), math.hypot(u1 - first.value, second.value - l0)

    below, above = reach(float(stdtrit(df, UPPER)))
    towards_zero = 0 if difference > 0 else 1
    low, high = 0.0, 1.0
    while reach(high)[towards_zero] < abs(difference) and high < 1e6:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if reach(middle)[towards_zero] < abs(difference) else (low, middle)
    return difference - below, difference + above, float(2 * stdtr(df, -high)), df


_METHODS = {
    (True, True): SMALL_TAU_BY_RULE,
    (True, False): SMALL_TAU_DECLARED,
    (False, True): TAU_BY_RULE,
    (False, False): TAU_DECLARED,
}
"""By whether a group is small, and whether the horizon was set by the rule."""


def _check_tau(tau: float) -> None:
    if not math.isfinite(tau) or tau <= 0:
        raise ValueError("tau must be a number of days above 0")


def _only_group(spells: pd.DataFrame) -> str:
    """The one label of the group column, or nothing without that column."""
    if "group" not in spells or spells.empty:
        return ""
    if len(set(spells["group"])) > 1:
        raise ValueError("the spells are of more than one group: choose one")
    return str(spells["group"].iloc[0])


def _after(spells: Spells, start: float) -> Spells:
    """The spells from the start on: who was gone by then is out, who had entered by then enters at the start."""
    if start <= 0:
        return spells
    keep = spells.time > start
    return Spells(time=spells.time[keep], event=spells.event[keep], entry=np.maximum(spells.entry[keep], start))


def _kaplan_meier(sets: RiskSets) -> tuple[Floats, Floats]:
    """Survival after each time, and Greenwood's sum up to it (infinite once everybody at risk is gone)."""
    with np.errstate(divide="ignore"):
        terms = np.where(sets.events > 0, sets.events / (sets.at_risk * (sets.at_risk - sets.events)), 0.0)
    survival = np.cumprod(1 - sets.events / sets.at_risk).astype("float64")
    return survival, np.cumsum(terms)


def _area(spells: Spells, start: float, tau: float) -> tuple[float, float, int]:
    """Area under the curve from start to tau, its variance, and the events until tau."""
    sets = risk_sets(spells)
    survival, _ = _kaplan_meier(sets)
    inside = sets.time < tau
    edges = np.r_[start, sets.time[inside], tau]
    pieces = np.r_[1.0, survival[inside]] * np.diff(edges)
    after = np.cumsum(pieces[::-1])[::-1][1:]
    d, n = sets.events[inside], sets.at_risk[inside]
    alive = after > 0
    variance = float(np.sum(after[alive] ** 2 * d[alive] / (n[alive] * (n[alive] - d[alive]))))
    return float(pieces.sum()), variance, int(sets.events[sets.time <= tau].sum())
