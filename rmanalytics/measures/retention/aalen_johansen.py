"""Leave, move, return: in which state people are, day by day, when they go from one to another and back.

Unit: the person. A person's time is cut into stretches (entry, end] in one state; each ends with the step into another
state or with the last day of follow-up. With one state to go to, the shares are those of Kaplan and Meier.

References
----------
Aalen OO, Johansen S (1978). https://www.jstor.org/stable/4615704
Putter H, Fiocco M, Geskus RB (2007). https://doi.org/10.1002/sim.2712
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit

from rmanalytics.containment import measure
from rmanalytics.measures.retention.risk_sets import TOO_FEW, Spells, first_start
from rmanalytics.measures.retention.spells import first_moves, follow_up
from rmanalytics.measures.rows import LEAST_PEOPLE, Floats, Z, check_rows
from rmanalytics.results import Curve, NotEstimable

SAME, MOVED, LEFT, RETURNED = "same position", "moved", "left", "returned"
STATES = (SAME, MOVED, LEFT, RETURNED)
STILL = ""
"""``to_state`` of a stretch that ended without a step."""
METHOD = "Aalen-Johansen shares of states with infinitesimal jackknife variance and logit interval"

Indices = npt.NDArray[np.int64]
_COLUMNS = ["person_id", "entry_days", "time_days", "from_state", "to_state"]


def state_stretches(
    positions: pd.DataFrame, starts: pd.DataFrame, people: pd.DataFrame, *, until: date
) -> pd.DataFrame:
    """Cut each person's time since the match (or the day of being named) into stretches in one state.

    Parameters
    ----------
    positions : DataFrame
        As in `careers.move_spells`.
    starts : DataFrame
        ``person_id, group, start_date`` and optionally ``stop_date``.
    people : DataFrame
        ``person_id, hire_date, exit_date`` and optionally ``rehired_from``, the former ``person_id`` of somebody who
        has come back.
    until : date
        Day up to which the records are complete.

    Returns
    -------
    DataFrame
        ``person_id, group, entry_days, time_days, from_state, to_state``, one row a stretch. States: `SAME` as on the
        start date, `MOVED` after the first promotion or lateral move, `LEFT` for any reason, `RETURNED` under a new id
        (and `LEFT` again, should it come to that). ``to_state`` is `STILL` where follow-up ended. People without a
        position on the start date are left out: the difference in people counts them.

    Raises
    ------
    ValueError
        As `careers.employment_spells`.

    Notes
    -----
    Of several steps on one day the last counts. Whoever has left is followed on, until ``until`` or ``stop_date``.

    Examples
    --------
    Moved on day 31, left on day 59:

    >>> day = pd.to_datetime
    >>> people = pd.DataFrame({"person_id": ["a"], "hire_date": day(["2020-01-01"]), "exit_date": day(["2026-03-01"])})
    >>> positions = pd.DataFrame({"person_id": ["a", "a"], "level": 2, "unit": ["IT", "HR"],
    ...     "start_date": day(["2020-01-01", "2026-02-01"]), "end_date": day(["2026-01-31", None])})
    >>> starts = pd.DataFrame({"person_id": ["a"], "group": ["participants"], "start_date": day(["2026-01-01"])})
    >>> found = state_stretches(positions, starts, people, until=date(2026, 6, 30))
    >>> found[["time_days", "from_state", "to_state"]].to_numpy().tolist()
    [[31, 'same position', 'moved'], [59, 'moved', 'left'], [180, 'left', '']]
    """
    followed = follow_up(people, starts, until=until)
    moves = first_moves(positions, followed)
    rows = followed.merge(moves[["person_id", "group", "moved_on"]], on=["person_id", "group"], how="inner")
    back = _returns(people).rename(columns={"rehired_from": "person_id"})
    rows = rows.merge(back, on="person_id", how="left")
    rows["returned_on"] = rows["returned_on"].where(rows["returned_on"] > rows["exit_date"])
    rows["left_again_on"] = rows["left_again_on"].where(rows["returned_on"].notna())
    rows["moved_on"] = rows["moved_on"].where(~(rows["moved_on"] > rows["exit_date"]))
    steps = [
        rows[["person_id", "group"]].assign(day=(rows[day] - rows["start_date"]).dt.days, from_state=state, order=order)
        for order, (day, state) in enumerate(
            (
                ("start_date", SAME),
                ("moved_on", MOVED),
                ("exit_date", LEFT),
                ("returned_on", RETURNED),
                ("left_again_on", LEFT),
            )
        )
    ]
    key = ["person_id", "group"]
    ends = rows[key].assign(end_days=(rows["followed_until"] - rows["start_date"]).dt.days)
    long = pd.concat(steps, ignore_index=True).dropna(subset="day").merge(ends, on=key)
    long = long[long["day"] <= long["end_days"]].sort_values([*key, "day", "order"])
    long = long.drop_duplicates([*key, "day"], keep="last", ignore_index=True)
    later = long.groupby(key, sort=False)
    long["time_days"] = later["day"].shift(-1).fillna(long["end_days"]).astype("int64")
    long["to_state"] = later["from_state"].shift(-1).fillna(STILL).astype("str")
    long["entry_days"] = long["day"].astype("int64")
    long = long[long["time_days"] > long["entry_days"]]
    return long[["person_id", "group", *_COLUMNS[1:]]].reset_index(drop=True)


@measure
def state_occupation(stretches: pd.DataFrame, *, states: Sequence[str] = STATES) -> Curve | NotEstimable:
    r"""Share of a group in each state, day by day: Aalen–Johansen.

    Parameters
    ----------
    stretches : DataFrame
        Stretches of one group: ``person_id``, ``entry_days``, ``time_days``, ``from_state``, ``to_state`` (`STILL`
        where follow-up ended), as `state_stretches` makes them. One person's stretches may not overlap.
    states : sequence of str
        All states, in the order of the points.

    Returns
    -------
    Curve or NotEstimable
        ``state_occupation``, unit ``share``; points ``time_days, state, share, lo, hi, se, at_risk_n`` (people in the
        state just before) and ``entered_n`` (who came into it then), one for every state at the start and at every
        distinct end of a stretch. A share of 0 or 1 has limits of 0 or 1.

    Raises
    ------
    ValueError
        When a column is missing, stretches of a person overlap, a time is impossible, or a state is unknown.

    Notes
    -----
    *Not estimable when* fewer than six people are observed after the start, which with late entry is the first time
    with at least five people under observation. :math:`\hat p(t) = \hat p(0) \prod_{t_j \le t} (I + d\hat A(t_j))` with
    :math:`d\hat A_{gh}(t_j) = d_{ghj}/n_{gj}`, several steps on one day taken together. Variance: the sum of each
    person's squared influence, so one person's steps need not be independent of each other; the shares hold also where
    the past of a person matters (Datta and Satten 2001), as long as censoring does not depend on it. Limits on the
    logit scale.

    References
    ----------
    Aalen OO, Johansen S (1978). https://www.jstor.org/stable/4615704
    Datta S, Satten GA (2001). https://doi.org/10.1016/S0167-7152(01)00155-9

    Examples
    --------
    Of six people one moves on day 2, and one of the five others leaves on day 4, everybody followed for 9 days:

    >>> rows = [(p, 0, 9, SAME, STILL) for p in "cdef"] + [("a", 0, 2, SAME, MOVED), ("a", 2, 9, MOVED, STILL),
    ...         ("b", 0, 4, SAME, LEFT), ("b", 4, 9, LEFT, STILL)]
    >>> table = state_occupation(pd.DataFrame(rows, columns=_COLUMNS)).points
    >>> table[table["time_days"] == 9]["share"].round(4).tolist()
    [0.6667, 0.1667, 0.1667, 0.0]
    """
    data = _Stretches.of(stretches, states)
    start = data.start()
    data = data.after(start)
    if data.people_n < LEAST_PEOPLE:
        return NotEstimable(
            name="state_occupation", unit="share", reason=TOO_FEW, n=data.people_n, values={"least": LEAST_PEOPLE}
        )
    times, shares, se, at_risk, entered = _product_integral(data, start, len(states))
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = Z * se / (shares * (1 - shares))
        inside = (shares > 1e-12) & (shares < 1 - 1e-12)
        lo, hi = (np.where(inside, expit(logit(shares) + way * reach), np.round(shares)) for way in (-1, 1))
    points = pd.DataFrame(
        {
            "time_days": np.repeat(times, len(states)),
            "state": list(states) * len(times),
            "share": shares.ravel(),
            "lo": lo.ravel(),
            "hi": hi.ravel(),
            "se": se.ravel(),
            "at_risk_n": at_risk.ravel().astype("int64"),
            "entered_n": entered.ravel().astype("int64"),
        }
    )
    return Curve(
        name="state_occupation",
        unit="share",
        points=points,
        n=data.people_n,
        unit_of_analysis="person",
        method=METHOD,
    )


def _returns(people: pd.DataFrame) -> pd.DataFrame:
    """Of each former id: the day of coming back, and of leaving again."""
    columns = ["rehired_from", "returned_on", "left_again_on"]
    if "rehired_from" not in people:
        nothing = pd.Series(dtype="datetime64[s]")
        return pd.DataFrame({"rehired_from": pd.Series(dtype="str"), "returned_on": nothing, "left_again_on": nothing})
    back = people[people["rehired_from"].notna()].sort_values("hire_date").drop_duplicates("rehired_from")
    return back.rename(columns={"hire_date": "returned_on", "exit_date": "left_again_on"})[columns]


@dataclass(frozen=True, kw_only=True)
class _Stretches:
    """Stretches as arrays: person by number, states by place (to: −1 where follow-up ended)."""

    person: Indices
    entry: Floats
    end: Floats
    origin: Indices
    goal: Indices

    @property
    def people_n(self) -> int:
        return len(np.unique(self.person))

    @classmethod
    def of(cls, stretches: pd.DataFrame, states: Sequence[str]) -> _Stretches:
        check_rows(stretches, _COLUMNS, key=["person_id", "entry_days"])
        ordered = stretches.sort_values(["person_id", "entry_days"])
        entry, end = (ordered[name].to_numpy(dtype="float64") for name in ("entry_days", "time_days"))
        person = pd.factorize(ordered["person_id"])[0].astype(np.int64)
        if not (np.isfinite(entry).all() and np.isfinite(end).all()) or (entry < 0).any() or (entry >= end).any():
            raise ValueError("entry_days must be 0 or more and lie before time_days")
        if ((person[1:] == person[:-1]) & (entry[1:] < end[:-1])).any():
            raise ValueError("a person's stretches overlap")
        places = pd.Index(list(states))
        origin, goal = (places.get_indexer(pd.Index(ordered[name])) for name in ("from_state", "to_state"))
        still = (ordered["to_state"] == STILL).to_numpy(dtype=bool)
        if (origin < 0).any() or ((goal < 0) & ~still).any() or (origin == goal).any():
            raise ValueError("from_state and to_state must be two different states of those named")
        return cls(person=person, entry=entry, end=end, origin=origin.astype(np.int64), goal=goal.astype(np.int64))

    def start(self) -> float:
        """0, or with late entry the first time with enough people under observation."""
        if not len(self.person):
            return 0.0
        people, first = np.unique(self.person, return_index=True)
        last = np.r_[first[1:], len(self.person)] - 1
        entry = self.entry[first]
        whole = Spells(time=self.end[last], event=np.zeros(len(people)), entry=np.where(entry > 0, entry, -np.inf))
        return first_start(whole)

    def after(self, start: float) -> _Stretches:
        """What lies after the start; a stretch that runs over it begins there."""
        keep = self.end > start
        return _Stretches(
            person=np.unique(self.person[keep], return_inverse=True)[1].astype(np.int64),
            entry=np.maximum(self.entry[keep], start),
            end=self.end[keep],
            origin=self.origin[keep],
            goal=self.goal[keep],
        )


def _product_integral(data: _Stretches, start: float, states_n: int) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Times with the start first; and at each, by state: share, standard error, at risk before, entered."""
    times = np.unique(data.end)
    there = data.entry <= start
    shares = np.bincount(data.origin[there], minlength=states_n) / there.sum()
    influence = np.zeros((data.people_n, states_n))
    influence[data.person[there], data.origin[there]] = 1.0
    influence[data.person[there]] -= shares
    influence /= there.sum()
    found = [(shares, np.sqrt((influence**2).sum(axis=0)), np.bincount(data.origin[there], minlength=states_n))]
    entered = [np.zeros(states_n)]
    for time in times:
        active = np.flatnonzero((data.entry < time) & (data.end >= time))
        at_risk = np.bincount(data.origin[active], minlength=states_n)
        moving = active[(data.end[active] == time) & (data.goal[active] >= 0)]
        steps = np.zeros((states_n, states_n))
        np.add.at(steps, (data.origin[moving], data.goal[moving]), 1.0)
        if len(moving):
            hazard = steps / np.maximum(at_risk, 1)[:, None]
            hazard[np.arange(states_n), np.arange(states_n)] = -hazard.sum(axis=1)
            weight = shares / np.maximum(at_risk, 1)
            influence = influence + influence @ hazard
            own = data.origin[active]
            np.add.at(influence, data.person[active], -weight[own, None] * hazard[own])
            mover, origin, goal = data.person[moving], data.origin[moving], data.goal[moving]
            np.add.at(influence, (mover, goal), weight[origin])
            np.add.at(influence, (mover, origin), -weight[origin])
            shares = shares + shares @ hazard
        found.append((shares, np.sqrt((influence**2).sum(axis=0)), at_risk))
        entered.append(steps.sum(axis=0))
    share, se, risk = (np.array(column, dtype="float64") for column in zip(*found, strict=True))
    return np.r_[start, times], np.clip(share, 0.0, 1.0), se, risk, np.array(entered)
