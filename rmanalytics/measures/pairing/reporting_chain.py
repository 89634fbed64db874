"""The chain of management: how a walk up from each side of a tandem ends, on every day of an audit.

Unit: the tandem. A day counts as audited only where both chains can be followed to their top. Days on which somebody in
a chain has no position, or on which the manager column runs in a circle, are days that nobody can vouch for.

The audit goes from day to day on which any position changes and walks up the chain of all tandems at once: the work
grows with (changes of day) × (depth of the chains) × tandems, not with the number of people.

References
----------
Brent RP (1980). https://doi.org/10.1007/BF01933190
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmanalytics.measures.pairing.breach_days import Indices, day_number, day_numbers
from rmanalytics.measures.rows import check_rows

FOUND, GAP, CIRCLE = 1, 2, 3
"""How a walk ends, other than at the top."""

_TOP, _UNKNOWN = -1, -2


@dataclass(frozen=True, kw_only=True)
class Walks:
    """How the walks up from both sides of each tandem ended, on each span of days without a change.

    Parameters
    ----------
    first, last : array of int, shape (spans,)
        First and last day of each span, as day numbers.
    from_mentor, from_mentee : array of int, shape (spans, tandems)
        0 at the top, `FOUND` at the other side, `GAP` at somebody without a position, `CIRCLE` where managers run in a
        circle.
    """

    first: Indices
    last: Indices
    from_mentor: npt.NDArray[np.int8]
    from_mentee: npt.NDArray[np.int8]


@dataclass(frozen=True, kw_only=True)
class _Held:
    """Positions that reach into the audit, as arrays of days and of people's numbers."""

    person: Indices
    manager: Indices
    first: Indices
    last: Indices


def walk_chains(tandems: pd.DataFrame, positions: pd.DataFrame, *, start: date, end: date) -> Walks:
    """Walk up from both sides of each tandem, on every day of an audit.

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

    Raises
    ------
    ValueError
        When a column or a tandem's id is missing, a tandem stands twice or pairs a person with themselves, or the
        audit ends before it starts.

    Examples
    --------
    The mentor reports to the mentee until the end of January:

    >>> day = pd.to_datetime
    >>> positions = pd.DataFrame({"person_id": ["junior", "junior", "senior"], "manager_id": ["senior", None, None],
    ...     "start_date": day(["2020-01-01", "2026-02-01", "2020-01-01"]), "end_date": day(["2026-01-31", None, None])})
    >>> tandems = pd.DataFrame({"tandem_id": ["t1"], "mentor_id": ["junior"], "mentee_id": ["senior"]})
    >>> walks = walk_chains(tandems, positions, start=date(2026, 1, 1), end=date(2026, 6, 30))
    >>> (walks.last - walks.first + 1).tolist(), (walks.from_mentor == FOUND).tolist()
    ([31, 150], [[True], [False]])
    """
    check_rows(tandems, ["tandem_id", "mentor_id", "mentee_id"], key=["tandem_id"])
    check_rows(positions, ["person_id", "start_date", "end_date", "manager_id"], key=["person_id", "start_date"])
    if (tandems["mentor_id"] == tandems["mentee_id"]).any():
        raise ValueError("a tandem pairs a person with themselves")
    first_day, last_day = day_number(start), day_number(end)
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
    return Walks(first=firsts, last=lasts, from_mentor=outcome_mentor, from_mentee=outcome_mentee)


def _number_people(
    tandems: pd.DataFrame, positions: pd.DataFrame, first_day: int, last_day: int
) -> tuple[_Held, Indices, Indices, int]:
    """Numbers for people instead of ids; positions outside the audit are left out."""
    first = day_numbers(positions["start_date"], np.iinfo(np.int64).max)
    last = day_numbers(positions["end_date"], last_day)
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
    """How each walk up from a start ends: 0 at the top, else `FOUND` at the target, `GAP` or `CIRCLE`.

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
        outcome[walker[found]], outcome[walker[gap]], outcome[walker[circle]] = FOUND, GAP, CIRCLE
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
            return FOUND
        elif above < 0:
            gap |= above == _UNKNOWN
        elif above in on_path:
            circle = True
        elif above not in done:
            on_path.add(above)
            path.append((above, iter(several.get(above, [int(manager[above])]))))
    if gap:
        return GAP
    return CIRCLE if circle else 0
