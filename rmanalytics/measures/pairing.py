"""Pairing: who may not be paired with whom, and was it kept?

Unit: the tandem. Neither side may stand in the other's management chain, at any depth, on any day of the round; both
agree before the first meeting; and the mentor is the junior.

A day counts as audited only where both chains can be followed to their top. Days on which somebody in a chain has no
position, or on which the manager column runs in a circle, are days that nobody can vouch for: `unaudited_days`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmanalytics.measures.units import check_rows

MENTEE_ABOVE = "the mentee stands in the mentor's management chain"
MENTOR_ABOVE = "the mentor stands in the mentee's management chain"
NO_POSITION = "no position on some day"
CYCLE = "cycle in the manager column"
NO_CONSENT = {"mentor": "no consent of the mentor recorded", "mentee": "no consent of the mentee recorded"}
LATE_CONSENT = {
    "mentor": "a meeting before the consent of the mentor",
    "mentee": "a meeting before the consent of the mentee",
}
MET_AFTER_END = "a meeting after the tandem had ended"
CONSENT_RULES = (*NO_CONSENT.values(), *LATE_CONSENT.values(), MET_AFTER_END)
BREACH_COLUMNS = ("tandem_id", "rule", "first_date", "last_date", "days")

_TOP, _UNKNOWN = -1, -2
_FOUND, _GAP, _CYCLE = 1, 2, 3

Indices = npt.NDArray[np.int64]


def chain_breaches(tandems: pd.DataFrame, positions: pd.DataFrame, *, start: date, end: date) -> pd.DataFrame:
    """Tandems in which one side stands in the other's management chain, with the days on which that held.

    Parameters
    ----------
    tandems : DataFrame
        ``tandem_id`` (each once), ``mentor_id``, ``mentee_id``.
    positions : DataFrame
        ``person_id, start_date, end_date, manager_id``: who reports to whom from a day to a day, both included; a
        missing end is open; a missing manager, or oneself, is the top. Somebody with two positions on a day has both
        managers.
    start, end : date
        First and last day of the audit, both included.

    Returns
    -------
    DataFrame
        ``tandem_id, rule, first_date, last_date, days``, one row a tandem and rule: `MENTEE_ABOVE` or `MENTOR_ABOVE`,
        first and last day in breach and the number of such days. Empty when no breach was found; that means "none"
        only as far as `unaudited_days` is empty too.

    Raises
    ------
    ValueError
        When a column or a tandem's id is missing, a tandem stands twice or pairs a person with themselves, or the
        audit ends before it starts.

    Notes
    -----
    The audit goes from day to day on which any position changes and walks up the chain of all tandems at once: the
    work grows with (changes of day) × (depth of the chains) × tandems, not with the number of people.

    Examples
    --------
    The mentor reports to a lead, who reports to the mentee until the end of January:

    >>> day = pd.to_datetime
    >>> positions = pd.DataFrame({"person_id": ["junior", "lead", "lead", "senior"],
    ...     "manager_id": ["lead", "senior", None, None], "end_date": day([None, "2026-01-31", None, None]),
    ...     "start_date": day(["2020-01-01", "2020-01-01", "2026-02-01", "2020-01-01"])})
    >>> tandems = pd.DataFrame({"tandem_id": ["t1"], "mentor_id": ["junior"], "mentee_id": ["senior"]})
    >>> found = chain_breaches(tandems, positions, start=date(2026, 1, 1), end=date(2026, 6, 30))
    >>> found["rule"].item(), found["days"].item()
    ("the mentee stands in the mentor's management chain", 31)
    """
    audit = _audit(tandems, positions, start, end)
    return pd.concat(
        [
            _days_of(audit, tandems, audit.outcome_mentor == _FOUND, MENTEE_ABOVE),
            _days_of(audit, tandems, audit.outcome_mentee == _FOUND, MENTOR_ABOVE),
        ],
        ignore_index=True,
    )


def unaudited_days(tandems: pd.DataFrame, positions: pd.DataFrame, *, start: date, end: date) -> pd.DataFrame:
    """Tandems whose chains cannot be followed to the top on some day, with the number of such days.

    Parameters
    ----------
    tandems, positions, start, end
        As in `chain_breaches`.

    Returns
    -------
    DataFrame
        Columns as in `chain_breaches`; the rule is `NO_POSITION` (a side, or somebody in a chain, has no position on
        the day) or `CYCLE` (the manager column runs in a circle). A day in breach needs no further audit and is not
        counted.

    Raises
    ------
    ValueError
        As `chain_breaches`.

    Examples
    --------
    >>> positions = pd.DataFrame({"person_id": ["a", "b"], "manager_id": ["gone", None],
    ...     "start_date": pd.to_datetime(["2020-01-01"] * 2), "end_date": pd.to_datetime([None, None])})
    >>> tandems = pd.DataFrame({"tandem_id": ["t1"], "mentor_id": ["a"], "mentee_id": ["b"]})
    >>> unaudited_days(tandems, positions, start=date(2026, 1, 1), end=date(2026, 1, 10))[["rule", "days"]].to_numpy()
    array([['no position on some day', 10]], dtype=object)
    """
    audit = _audit(tandems, positions, start, end)
    open_days = (audit.outcome_mentor != _FOUND) & (audit.outcome_mentee != _FOUND)
    rows = []
    for rule, outcome in ((NO_POSITION, _GAP), (CYCLE, _CYCLE)):
        either = (audit.outcome_mentor == outcome) | (audit.outcome_mentee == outcome)
        rows.append(_days_of(audit, tandems, either & open_days, rule))
    return pd.concat(rows, ignore_index=True)


def consent_breaches(tandems: pd.DataFrame, meetings: pd.DataFrame) -> pd.DataFrame:
    """Tandems that met without the consent of both, or after the tandem had ended.

    Parameters
    ----------
    tandems : DataFrame
        ``tandem_id`` (each once), ``mentor_consent_date``, ``mentee_consent_date`` (missing: none recorded) and
        optionally ``ended_date``.
    meetings : DataFrame
        ``tandem_id, held_date``; rows without a held date are meetings that did not take place.

    Returns
    -------
    DataFrame
        ``tandem_id, rule, first_date, last_date, days``, one row a tandem and rule, each rule named in `CONSENT_RULES`.
        The dates are the first and last meeting in breach, ``days`` the number of days with one. A missing consent is
        listed even if no meeting was held yet: then without dates, 0 days.

    Raises
    ------
    ValueError
        When a column or a tandem's id is missing, or a tandem stands twice.

    Notes
    -----
    A consent of the day of the first meeting is in time; a meeting on the last day of the tandem is within it. Meetings
    of tandems that are not in *tandems* are not looked at.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> tandems = pd.DataFrame({"tandem_id": ["t1"], "mentor_consent_date": day(["2026-01-01"]),
    ...                         "mentee_consent_date": day(["2026-01-20"])})
    >>> meetings = pd.DataFrame({"tandem_id": ["t1", "t1"], "held_date": day(["2026-01-15", "2026-02-15"])})
    >>> consent_breaches(tandems, meetings)[["rule", "days"]].to_numpy().tolist()
    [['a meeting before the consent of the mentee', 1]]
    """
    check_rows(tandems, ["tandem_id", "mentor_consent_date", "mentee_consent_date"], key=["tandem_id"])
    held = meetings.loc[meetings["held_date"].notna(), ["tandem_id", "held_date"]].drop_duplicates()
    joined = held.merge(tandems, on="tandem_id", validate="many_to_one")
    tables = []
    for side in ("mentor", "mentee"):
        consent = f"{side}_consent_date"
        without = tandems.loc[tandems[consent].isna(), "tandem_id"]
        tables.append(_met(held, NO_CONSENT[side]).merge(without, on="tandem_id", how="right"))
        tables[-1] = tables[-1].assign(rule=NO_CONSENT[side], days=tables[-1]["days"].fillna(0).astype("int64"))
        tables.append(_met(joined[joined["held_date"] < joined[consent]], LATE_CONSENT[side]))
    if "ended_date" in tandems:
        tables.append(_met(joined[joined["held_date"] > joined["ended_date"]], MET_AFTER_END))
    return pd.concat(tables, ignore_index=True)[list(BREACH_COLUMNS)]


def pair_gaps(tandems: pd.DataFrame, people: pd.DataFrame, positions: pd.DataFrame, *, on: date) -> pd.DataFrame:
    """By how much the mentee is older, stands higher and has been there longer: is the mentor the junior?

    Parameters
    ----------
    tandems : DataFrame
        ``tandem_id`` (each once), ``mentor_id``, ``mentee_id``.
    people : DataFrame
        ``person_id`` (each once), ``birth_year``, ``hire_date``.
    positions : DataFrame
        ``person_id, start_date, end_date, level``; a larger number is a higher level.
    on : date
        The day that the level is of, such as the first of the round.

    Returns
    -------
    DataFrame
        ``tandem_id, age_gap_years, level_gap, tenure_gap_days``, one row a tandem, mentee minus mentor: positive where
        the mentor is the junior. Missing where a side's figure is not known.

    Raises
    ------
    ValueError
        When a column or key is missing or a key stands twice.

    Notes
    -----
    Ages are differences of birth years; of several positions on the day, the highest level counts.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> people = pd.DataFrame({"person_id": ["a", "b"], "birth_year": [2000, 1970],
    ...                        "hire_date": day(["2025-01-01", "2000-01-01"])})
    >>> positions = pd.DataFrame({"person_id": ["a", "b"], "level": [1, 6], "end_date": day([None, None]),
    ...                           "start_date": day(["2025-01-01", "2000-01-01"])})
    >>> tandems = pd.DataFrame({"tandem_id": ["t1"], "mentor_id": ["a"], "mentee_id": ["b"]})
    >>> pair_gaps(tandems, people, positions, on=date(2026, 1, 1)).to_numpy().tolist()
    [['t1', 30.0, 5.0, 9132.0]]
    """
    check_rows(tandems, ["tandem_id", "mentor_id", "mentee_id"], key=["tandem_id"])
    check_rows(people, ["person_id", "birth_year", "hire_date"], key=["person_id"])
    check_rows(positions, ["person_id", "start_date", "end_date", "level"], key=["person_id", "start_date"])
    today = pd.Timestamp(on)
    now = positions[(positions["start_date"] <= today) & ~(positions["end_date"] < today)]
    facts = people[["person_id", "birth_year", "hire_date"]].merge(
        now.groupby("person_id")["level"].max().reset_index(), on="person_id", how="left"
    )
    pairs = tandems[["tandem_id", "mentor_id", "mentee_id"]]
    for side in ("mentor", "mentee"):
        renamed = facts.rename(columns={c: f"{side}_id" if c == "person_id" else f"{side}_{c}" for c in facts})
        pairs = pairs.merge(renamed, on=f"{side}_id", how="left", validate="many_to_one")
    return pd.DataFrame(
        {
            "tandem_id": pairs["tandem_id"],
            "age_gap_years": (pairs["mentor_birth_year"] - pairs["mentee_birth_year"]).astype("float64"),
            "level_gap": (pairs["mentee_level"] - pairs["mentor_level"]).astype("float64"),
            "tenure_gap_days": (pairs["mentor_hire_date"] - pairs["mentee_hire_date"]).dt.days.astype("float64"),
        }
    )


def _met(held: pd.DataFrame, rule: str) -> pd.DataFrame:
    """First and last meeting and number of days, one row a tandem."""
    table = held.groupby("tandem_id")["held_date"].agg(first_date="min", last_date="max", days="size").reset_index()
    return table.assign(rule=pd.Series([rule] * len(table), dtype="str"))


@dataclass(frozen=True, kw_only=True)
class _Audit:
    """Spans of days without a change, and for each span and tandem how the two walks up ended."""

    first: Indices
    last: Indices
    outcome_mentor: npt.NDArray[np.int8]
    outcome_mentee: npt.NDArray[np.int8]


@dataclass(frozen=True, kw_only=True)
class _Held:
    """Positions that reach into the audit, as arrays of days and of people's numbers."""

    person: Indices
    manager: Indices
    first: Indices
    last: Indices


def _audit(tandems: pd.DataFrame, positions: pd.DataFrame, start: date, end: date) -> _Audit:
    check_rows(tandems, ["tandem_id", "mentor_id", "mentee_id"], key=["tandem_id"])
    check_rows(positions, ["person_id", "start_date", "end_date", "manager_id"], key=["person_id", "start_date"])
    if (tandems["mentor_id"] == tandems["mentee_id"]).any():
        raise ValueError("a tandem pairs a person with themselves")
    first_day, last_day = _day(start), _day(end)
    if last_day < first_day:
        raise ValueError("the audit ends before it starts")
    held, mentors, mentees, people_n = _number_people(tandems, positions, first_day, last_day)
    changes = np.concatenate([held.first, held.last + 1])
    firsts = np.unique(np.concatenate([[first_day], changes[(changes > first_day) & (changes <= last_day)]]))
    lasts = np.concatenate([firsts[1:] - 1, [last_day]])
    shape = (len(firsts), len(tandems))
    outcome_mentor, outcome_mentee = np.zeros(shape, dtype=np.int8), np.zeros(shape, dtype=np.int8)
    start_nodes, targets = np.concatenate([mentors, mentees]), np.concatenate([mentees, mentors])
    for span, (manager, others) in enumerate(_managers_by_span(held, firsts, people_n)):
        outcome = _walk_up(start_nodes, targets, manager, others)
        outcome_mentor[span], outcome_mentee[span] = outcome[: len(tandems)], outcome[len(tandems) :]
    return _Audit(first=firsts, last=lasts, outcome_mentor=outcome_mentor, outcome_mentee=outcome_mentee)


def _number_people(
    tandems: pd.DataFrame, positions: pd.DataFrame, first_day: int, last_day: int
) -> tuple[_Held, Indices, Indices, int]:
    """Numbers for people instead of ids; positions outside the audit are left out."""
    first = _days(positions["start_date"], np.iinfo(np.int64).max)
    last = _days(positions["end_date"], last_day)
    inside = (first <= last_day) & (last >= first_day) & (first <= last)
    rows = positions[inside]
    columns = [rows["person_id"], rows["manager_id"], tandems["mentor_id"], tandems["mentee_id"]]
    codes, ids = pd.factorize(pd.concat([column.astype("str") for column in columns], ignore_index=True))
    edges = np.cumsum([len(column) for column in columns])[:-1]
    person, manager, mentors, mentees = np.split(codes.astype(np.int64), edges)
    held = _Held(
        person=person,
        manager=np.where((manager < 0) | (manager == person), _TOP, manager),
        first=np.maximum(first[inside], first_day),
        last=np.minimum(last[inside], last_day),
    )
    # a side without an id gets the number of nobody's position, the last one
    nobody = len(ids)
    return held, np.where(mentors < 0, nobody, mentors), np.where(mentees < 0, nobody, mentees), nobody + 1


def _managers_by_span(held: _Held, firsts: Indices, people_n: int) -> Iterator[tuple[Indices, dict[int, list[int]]]]:
    """For each span: everybody's manager, and all managers of those who have several different ones."""
    for first in firsts:
        active = (held.first <= first) & (first <= held.last)
        person, above = held.person[active], held.manager[active]
        manager = np.full(people_n, _UNKNOWN, dtype=np.int64)
        manager[person] = above
        several: dict[int, list[int]] = {}
        for at in np.flatnonzero(above != manager[person]):
            several.setdefault(int(person[at]), [int(manager[person[at]])]).append(int(above[at]))
        yield manager, several


def _walk_up(start: Indices, target: Indices, manager: Indices, several: dict[int, list[int]]) -> npt.NDArray[np.int8]:
    """How each walk up from a start ends: 0 at the top, else `_FOUND` at the target, `_GAP` or `_CYCLE`.

    A circle is seen as Brent (1980) does: each walker remembers a place, renewed after 1, 2, 4, … steps.
    """
    outcome = np.zeros(len(start), dtype=np.int8)
    branching = np.zeros(len(manager), dtype=bool)
    branching[list(several)] = True
    walker, here, remembered = np.arange(len(start)), start, start
    steps, renew_after = 0, 1
    while len(walker):
        if several:
            for at in np.flatnonzero(branching[here]):
                outcome[walker[at]] = _search(int(start[walker[at]]), int(target[walker[at]]), manager, several)
            on = ~branching[here]
            walker, here, remembered = walker[on], here[on], remembered[on]
        here = manager[here]
        found, gap = here == target[walker], here == _UNKNOWN
        circle = (here == remembered) & ~found
        outcome[walker[found]], outcome[walker[gap]], outcome[walker[circle]] = _FOUND, _GAP, _CYCLE
        on = ~(found | circle) & (here >= 0)
        walker, here, remembered = walker[on], here[on], remembered[on]
        steps += 1
        if steps == renew_after:
            remembered, steps, renew_after = here, 0, 2 * renew_after
    return outcome


def _search(start: int, target: int, manager: Indices, several: dict[int, list[int]]) -> int:
    """The same for one walk through people with several managers: a depth-first search."""
    on_path, done = {start}, set()
    gap = circle = False
    path = [(start, iter(several.get(start, [int(manager[start])])))]
    while path:
        person, rest = path[-1]
        above = next(rest, None)
        if above is None:
            on_path.discard(person)
            done.add(person)
            path.pop()
        elif above == target:
            return _FOUND
        elif above < 0:
            gap |= above == _UNKNOWN
        elif above in on_path:
            circle = True
        elif above not in done:
            on_path.add(above)
            path.append((above, iter(several.get(above, [int(manager[above])]))))
    if gap:
        return _GAP
    return _CYCLE if circle else 0


def _days_of(audit: _Audit, tandems: pd.DataFrame, mask: npt.NDArray[np.bool_], rule: str) -> pd.DataFrame:
    """One row for each tandem with a span in the mask: first day, last day, number of days."""
    hit = np.flatnonzero(mask.any(axis=0))
    chosen = mask[:, hit]
    first = audit.first[chosen.argmax(axis=0)]
    last = audit.last[len(mask) - 1 - chosen[::-1].argmax(axis=0)]
    return pd.DataFrame(
        {
            "tandem_id": tandems["tandem_id"].to_numpy()[hit],
            "rule": pd.Series([rule] * len(hit), dtype="str"),
            "first_date": first.astype("datetime64[D]").astype("datetime64[s]"),
            "last_date": last.astype("datetime64[D]").astype("datetime64[s]"),
            "days": (audit.last - audit.first + 1) @ chosen,
        }
    )


def _day(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _days(dates: pd.Series, missing: int) -> Indices:
    """Days since 1970; a missing date becomes the number given."""
    days = dates.to_numpy(dtype="datetime64[D]").astype(np.int64)
    return np.where(dates.isna().to_numpy(), missing, days)
