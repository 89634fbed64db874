"""Events in time: risk sets with late entry, the log-rank test, and shares of competing exits.

Unit: one person's spell, from a day to the event or to the last day it is known not to have happened.
A person who enters late counts from after the entry day: entry < day ≤ end.

References
----------
Klein JP, Moeschberger ML (2003). Survival Analysis. https://doi.org/10.1007/b97377
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import chdtrc

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LEAST_PEOPLE, Floats, Z, check_rows
from rmanalytics.results import COMPARISON, PARTICIPANTS, Curve, Estimate, NotEstimable

LEAST_AT_RISK = 5

TOO_FEW = "fewer than {least} people"
TOO_FEW_IN_GROUP = "fewer than {least} people in one of the groups"
NO_EVENT = "no event"

DIGITS = 9
"""Of days: times that differ by less are the same."""
_MOST_DAYS = 100_000
"""Whole days up to here are counted in one pass, without sorting."""


@dataclass(frozen=True, kw_only=True)
class Spells:
    """A table of spells as arrays, checked: end, whether the event ended it, and entry (minus infinity: no delay)."""

    time: Floats
    event: Floats
    entry: Floats

    def __len__(self) -> int:
        return len(self.time)

    @property
    def delayed(self) -> bool:
        """Whether anybody enters after the origin."""
        return bool(np.isfinite(self.entry).any())


@dataclass(frozen=True, kw_only=True)
class RiskSets:
    """For each distinct end of a spell: how many were at risk, had the event, and were censored."""

    time: Floats
    at_risk: Floats
    events: Floats
    censored: Floats


def read_spells(spells: pd.DataFrame) -> Spells:
    """Take a table of spells apart, and refuse what no risk set can be made of.

    Parameters
    ----------
    spells : DataFrame
        ``person_id`` (each once), ``time_days`` (from the origin), ``event`` (1 or True where the event ended the
        spell) and optionally ``entry_days`` (0 or missing: under observation from the origin).

    Returns
    -------
    Spells

    Raises
    ------
    ValueError
        When a column or a value is missing, a person stands twice, a time is negative, an event is not 0 or 1, or
        an entry does not lie before the end.

    Examples
    --------
    >>> read_spells(pd.DataFrame({"person_id": ["a", "b"], "time_days": [3, 5], "event": [True, False]})).event
    array([1., 0.])
    """
    check_rows(spells, ["person_id", "time_days", "event"], key=["person_id"])
    time = spells["time_days"].to_numpy(dtype="float64").round(DIGITS)
    event = spells["event"].to_numpy(dtype="float64")
    entry = np.full(len(time), -np.inf)
    if "entry_days" in spells:
        given = spells["entry_days"].to_numpy(dtype="float64")
        entry = np.where(given > 0, given, -np.inf)
        if (entry >= time).any():
            raise ValueError("entry_days must lie before time_days")
    return Spells(time=time, event=event, entry=entry)


def read_arms(spells: pd.DataFrame) -> tuple[Spells, Spells]:
    """Take the spells of participants and comparison apart, as `read_spells` does.

    Parameters
    ----------
    spells : DataFrame
        As in `read_spells`, with ``group`` (``participants`` or ``comparison``); a person may stand once in each group.

    Returns
    -------
    tuple of Spells
        Participants, comparison.

    Raises
    ------
    ValueError
        As in `read_spells`, and when a group has another name.

    Examples
    --------
    >>> frame = pd.DataFrame({"person_id": ["a", "a"], "group": ["comparison", "participants"], "time_days": [3, 5],
    ...                       "event": [0, 1]})
    >>> [len(arm) for arm in read_arms(frame)]
    [1, 1]
    """
    check_rows(spells, ["group"], key=[])
    masks = [(spells["group"] == label).to_numpy(dtype=bool) for label in (PARTICIPANTS, COMPARISON)]
    if "person_id" not in spells or spells["person_id"].duplicated().any():
        return read_spells(spells[masks[0]]), read_spells(spells[masks[1]])
    both = read_spells(spells)
    rows = [np.flatnonzero(mask) for mask in masks]
    first, second = (Spells(time=both.time[r], event=both.event[r], entry=both.entry[r]) for r in rows)
    return first, second


def risk_sets(spells: Spells) -> RiskSets:
    """The risk set at every distinct end of a spell.

    Parameters
    ----------
    spells : Spells
        From `read_spells`.

    Returns
    -------
    RiskSets
        ``at_risk`` counts those with entry < time ≤ end, the ones who leave at that time included.

    Examples
    --------
    Three people, ends at 3, 5 and 5; the second enters after day 3:

    >>> frame = pd.DataFrame({"person_id": list("abc"), "time_days": [3, 5, 5], "event": [1, 1, 0],
    ...                       "entry_days": [0, 3, 0]})
    >>> sets = risk_sets(read_spells(frame))
    >>> sets.at_risk, sets.events
    (array([2., 2.]), array([1., 1.]))
    """
    times, where = _distinct(spells.time)
    leaving = np.bincount(where, minlength=len(times)).astype("float64")
    events: Floats = np.bincount(where, weights=spells.event, minlength=len(times)).astype("float64")
    at_risk = np.cumsum(leaving[::-1])[::-1]
    if spells.delayed:
        entries = np.sort(spells.entry)
        at_risk = at_risk - (len(entries) - np.searchsorted(entries, times, side="left"))
    return RiskSets(time=times, at_risk=at_risk, events=events, censored=leaving - events)


def first_start(spells: Spells) -> float:
    """The first time after which at least `LEAST_AT_RISK` people are under observation; 0 without late entry.

    A survival curve with late entry is conditional on having lasted until then: before it, one exit among one or
    two people would drive the whole curve to 0. Infinite when there never are as many.

    Examples
    --------
    >>> frame = pd.DataFrame({"person_id": list("abcdef"), "time_days": [9] * 6, "event": [0] * 6,
    ...                       "entry_days": [1, 2, 3, 4, 5, 6]})
    >>> first_start(read_spells(frame))
    5.0
    """
    if not spells.delayed:
        return 0.0
    entries, ends = np.sort(np.maximum(spells.entry, 0.0)), np.sort(spells.time)
    candidates = np.unique(entries)
    inside = np.searchsorted(entries, candidates, side="right") - np.searchsorted(ends, candidates, side="right")
    enough = candidates[inside >= LEAST_AT_RISK]
    return float(enough[0]) if len(enough) else float("inf")


def last_supported(spells: Spells) -> float:
    """The largest end of a spell at which at least `LEAST_AT_RISK` people are still at risk; minus infinity if none.

    Examples
    --------
    >>> frame = pd.DataFrame({"person_id": list("abcdef"), "time_days": [1, 2, 3, 4, 5, 6], "event": [0] * 6})
    >>> last_supported(read_spells(frame))
    2.0
    """
    sets = risk_sets(spells)
    enough = sets.time[sets.at_risk >= LEAST_AT_RISK]
    return float(enough[-1]) if len(enough) else float("-inf")


@measure
def log_rank(spells: pd.DataFrame) -> Estimate | NotEstimable:
    r"""Test whether participants and comparison have the event at the same rate at all times.

    Parameters
    ----------
    spells : DataFrame
        ``person_id`` (once in each group at most), ``group`` (``participants`` or ``comparison``), ``time_days``,
        ``event`` and optionally ``entry_days``.

    Returns
    -------
    Estimate or NotEstimable
        ``log_rank``, unit ``events``: events of the participants beyond those expected if both groups had one rate,
        with the interval that the variance under equal rates gives; ``extra`` holds ``chi_square``, ``observed``,
        ``expected`` (of the participants), ``observed_comparison``, ``expected_comparison`` and ``variance``.

    Raises
    ------
    ValueError
        When a person stands twice in a group, a group has another name, or a time is impossible.

    Notes
    -----
    *Not estimable when* a group has fewer than six people or no event happened while both were at risk.
    :math:`U = \sum_j (d_{1j} - d_j n_{1j}/n_j)`,
    :math:`V = \sum_j d_j \frac{n_{1j} n_{0j} (n_j - d_j)}{n_j^2 (n_j - 1)}`, :math:`\chi^2 = U^2/V` with one degree of
    freedom. Strong against rates in a constant ratio, blind to curves that cross.

    References
    ----------
    Mantel N (1966). Cancer Chemotherapy Reports 50, 163–170.
    Peto R, Peto J (1972). https://doi.org/10.2307/2344317

    Examples
    --------
    Six against six people; the only event is a participant's: 1 − 6/12 = 0.5 events beyond the expected.

    >>> frame = pd.DataFrame({"person_id": list("abcdefghijkl"), "group": ["participants"] * 6 + ["comparison"] * 6,
    ...                       "time_days": [4] + [10] * 11, "event": [1] + [0] * 11})
    >>> result = log_rank(frame)
    >>> result.value, result.extra["chi_square"]
    (0.5, 1.0)
    """
    arms = read_arms(spells)
    n, n_comparator = len(arms[0]), len(arms[1])
    sets = [risk_sets(arm) for arm in arms]

    def refuse(reason: str, **values: int) -> NotEstimable:
        return NotEstimable(name="log_rank", unit="events", reason=reason, n=n + n_comparator, values=values)

    if min(n, n_comparator) < LEAST_PEOPLE:
        return refuse(TOO_FEW_IN_GROUP, least=LEAST_PEOPLE)
    times = np.unique(np.concatenate([one.time[one.events > 0] for one in sets]))
    d1, d0 = (_at(one.time, one.events, times) for one in sets)
    n1, n0 = (_at_risk(arm, one, times) for arm, one in zip(arms, sets, strict=True))
    d, at_risk = d1 + d0, n1 + n0
    expected = float(np.sum(d * n1 / at_risk))
    variance = float(np.sum(d * n1 * n0 * (at_risk - d) / (at_risk**2 * np.maximum(at_risk - 1, 1))))
    if variance == 0:
        return refuse(NO_EVENT)
    excess, se = float(d1.sum()) - expected, math.sqrt(variance)
    return Estimate(
        name="log_rank",
        unit="events",
        value=excess,
        lo=excess - Z * se,
        hi=excess + Z * se,
        n=n,
        unit_of_analysis="person",
        method="log-rank test, interval from the variance under equal rates",
        n_comparator=n_comparator,
        p_value=float(chdtrc(1, excess**2 / variance)),
        extra={
            "chi_square": excess**2 / variance,
            "observed": float(d1.sum()),
            "expected": expected,
            "observed_comparison": float(d0.sum()),
            "expected_comparison": float(d.sum()) - expected,
            "variance": variance,
        },
    )


@measure
def cumulative_incidence(spells: pd.DataFrame, *, reasons: Collection[str] = ("voluntary",)) -> Curve | NotEstimable:
    r"""Share of a group that has left for one of the reasons, day by day, while others leave for other reasons.

    Parameters
    ----------
    spells : DataFrame
        Spells of one group: ``person_id`` (each once), ``time_days``, ``exit_reason`` (empty: still there) and
        optionally ``entry_days``.
    reasons : collection of str
        Exit reasons that are counted; every other one competes.

    Returns
    -------
    Curve or NotEstimable
        ``cumulative_incidence``, unit ``share``; points ``time_days, incidence, lo, hi, at_risk_n, events_n, se``, the
        first at the start with 0. Before the first event the limits are 0; they are missing where all have left for it.

    Raises
    ------
    ValueError
        When a person stands twice or a time is impossible.

    Notes
    -----
    *Not estimable when* there are fewer than six people. Aalen–Johansen:
    :math:`\hat F(t) = \sum_{t_j \le t} \hat S(t_j-)\, d_{kj}/n_j` with the survival from all reasons; one minus a
    Kaplan–Meier curve that censors the other reasons would be too high. Infinitesimal jackknife variance, the sum of
    each person's squared influence; limits on the complementary log-log scale.

    References
    ----------
    Aalen OO, Johansen S (1978). https://www.jstor.org/stable/4615704

    Examples
    --------
    Six people: one retires on day 2, one of the remaining five resigns on day 4: 5/6 × 1/5.

    >>> frame = pd.DataFrame({"person_id": list("abcdef"), "time_days": [2, 4, 9, 9, 9, 9],
    ...                       "exit_reason": ["retirement", "voluntary", "", "", "", ""]})
    >>> round(float(cumulative_incidence(frame).points["incidence"].iloc[-1]), 4)
    0.1667
    """
    left = spells["exit_reason"].fillna("") != ""
    data = read_spells(spells.assign(event=left.astype("int64")))
    if len(data) < LEAST_PEOPLE:
        return NotEstimable(
            name="cumulative_incidence", unit="share", reason=TOO_FEW, n=len(data), values={"least": LEAST_PEOPLE}
        )
    counted = np.asarray(spells["exit_reason"].isin(list(reasons)), dtype=np.float64)
    sets = risk_sets(data)
    cause = _at(data.time, counted, sets.time)
    _, incidence = _incidence(sets, cause)
    se = np.sqrt(_jackknife_variance(data, counted, sets, cause))
    inside = (incidence > 0) & (incidence < 1 - 1e-12)
    survival = np.where(inside, 1 - incidence, 0.5)
    reach = Z * se / (survival * np.log(survival))
    lo, hi = (
        np.select([inside, incidence == 0], [1 - survival ** np.exp(sign * reach), 0.0], np.nan) for sign in (1, -1)
    )
    points = pd.DataFrame(
        {
            "time_days": np.r_[0.0, sets.time],
            "incidence": np.r_[0.0, incidence],
            "lo": np.r_[0.0, lo],
            "hi": np.r_[0.0, hi],
            "at_risk_n": np.r_[float(np.isinf(data.entry).sum()), sets.at_risk].astype("int64"),
            "events_n": np.r_[0.0, cause].astype("int64"),
            "se": np.r_[0.0, se],
        }
    )
    return Curve(
        name="cumulative_incidence",
        unit="share",
        points=points,
        n=len(data),
        unit_of_analysis="person",
        method="Aalen-Johansen with infinitesimal jackknife variance and complementary log-log interval",
    )


def _at(own: Floats, values: Floats, times: Floats) -> Floats:
    """Values that belong to some times, laid out on a sorted set of times that holds all of theirs that count."""
    where = np.searchsorted(times, own)
    inside = where < len(times)
    inside[inside] = times[where[inside]] == own[inside]
    return np.bincount(where[inside], values[inside], len(times)).astype("float64")


def _at_risk(spells: Spells, sets: RiskSets, times: Floats) -> Floats:
    """Number at risk at any times: entered before, not yet ended."""
    there = np.cumsum((sets.events + sets.censored)[::-1])[::-1]
    at_risk = np.r_[there, 0.0][np.searchsorted(sets.time, times, side="left")]
    if spells.delayed:
        at_risk = at_risk - (len(spells) - np.searchsorted(np.sort(spells.entry), times, side="left"))
    return np.asarray(at_risk, dtype=np.float64)


def _distinct(values: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """The distinct values in order, and the place of each value among them, as `numpy.unique` gives them.

    Whole days within a few centuries are counted instead of sorted: the same result in a tenth of the time.
    """
    if values.size and values.max() < _MOST_DAYS:
        days = values.astype(np.int64)
        if (days == values).all():
            seen = np.bincount(days) > 0
            return np.flatnonzero(seen).astype("float64"), (np.cumsum(seen) - 1)[days]
    times, where = np.unique(values, return_inverse=True)
    return times, where.astype(np.int64)


def _incidence(sets: RiskSets, cause: Floats) -> tuple[Floats, Floats]:
    """Share still there just before each time, and share gone for the reason by then."""
    before = np.r_[1.0, np.cumprod(1 - sets.events / sets.at_risk)[:-1]]
    return before, np.cumsum(before * cause / sets.at_risk)


def _jackknife_variance(spells: Spells, counted: Floats, sets: RiskSets, cause: Floats) -> Floats:
    """Sum of the squared influences of all people on the incidence, at each time.

    The influence of one person on F(t) is u − F(t) v, with u and v that do not depend on t once the spell has ended;
    so running sums of u², u v and v² give every time at once.
    """
    before, incidence = _incidence(sets, cause)
    hazard, n = sets.events / sets.at_risk, sets.at_risk
    with np.errstate(divide="ignore"):
        c = np.where(hazard < 1, 1 / (1 - hazard), 0.0)
    p = np.cumsum((before * cause / n + incidence * c * hazard) / n)
    q = np.cumsum(c * hazard / n)
    end = np.searchsorted(sets.time, spells.time)
    start = np.searchsorted(sets.time, spells.entry, side="right")
    p_start, q_start = (np.r_[0.0, total][start] for total in (p, q))
    left = spells.event == 1
    u = left * (incidence * c / n)[end] + counted * (before / n)[end] - (p[end] - p_start)
    v = left * (c / n)[end] - (q[end] - q_start)

    def ended(values: Floats) -> Floats:
        return np.cumsum(np.bincount(end, values, len(n)))

    def there(values: Floats) -> Floats:
        """Sum over those who have entered before a time and end after it."""
        entered = np.cumsum(np.bincount(start, values, len(n) + 1)[:-1])
        return np.asarray(entered - ended(values))

    f = incidence
    gone = ended(u * u) - 2 * f * ended(u * v) + f * f * ended(v * v)
    common = p - f * q
    waiting = (
        there(np.ones(len(u))) * common**2
        - 2 * common * (there(p_start) - f * there(q_start))
        + there(p_start**2)
        - 2 * f * there(p_start * q_start)
        + f * f * there(q_start**2)
    )
    return np.maximum(gone + waiting, 0.0)
