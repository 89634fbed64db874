"""What a breach rests on, in words that name columns and dates, so that the analyst finds the rows.

Unit: one row of the dated list. Ids of people stand here only where the columns do not suffice: in a chain of managers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from rmanalytics.measures.pairing import competition, consent_and_gaps, rules_for_plans, rules_on_each_day
from rmanalytics.measures.pairing.breach_days import SIDE_IDS
from rmanalytics.measures.rows import among, looked_up

COLUMNS = {
    "tandem_id": "str",
    "rule": "str",
    "evidence": "str",
    "first_date": "datetime64[s]",
    "last_date": "datetime64[s]",
    "days": "int64",
}
TOLD_OTHERS = 3
TOLD_STEPS = 6
_GAP, _CYCLE = "gap", "cycle"
_Stand = tuple[Any, Any, tuple[str, str]]
"""First and last day in a tandem, its table and id."""


@dataclass(frozen=True)
class Sources:
    """The tables that the audit looked into.

    Parameters
    ----------
    tandems : DataFrame
        The audited ones: ids, consent dates, ``ended_date``; ``own_first`` and ``own_last``, the days of each.
    people, positions, applications, comparison : DataFrame
        As known on the day of the audit; empty where there is no such table.
    running : DataFrame
        Tandems other than the audited ones, with their ``own_first`` and ``own_last``.
    """

    tandems: pd.DataFrame
    people: pd.DataFrame
    positions: pd.DataFrame
    applications: pd.DataFrame
    comparison: pd.DataFrame
    running: pd.DataFrame

    @cached_property
    def ladder(self) -> Ladder:
        """The managers of everybody, to climb."""
        return Ladder(self.positions)


def with_evidence(found: pd.DataFrame, sources: Sources) -> pd.DataFrame:
    """The dated list with a column ``evidence``, sorted by tandem, first day and rule.

    Parameters
    ----------
    found : DataFrame
        ``tandem_id, rule, first_date, last_date, days``.
    sources : Sources
        Where the words are taken from.
    """
    if not len(found):
        return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in COLUMNS.items()})
    rows = found.merge(sources.tandems, on="tandem_id", how="left", validate="many_to_one")
    parts = [part.assign(evidence=_WORDS[str(rule)](part, sources)) for rule, part in rows.groupby("rule", sort=False)]
    told = pd.concat(parts)[list(COLUMNS)].astype(COLUMNS)
    return told.sort_values(["tandem_id", "first_date", "rule"], na_position="last", ignore_index=True)


class Ladder:
    """Who stands above whom on a day.

    Parameters
    ----------
    positions : DataFrame
        ``person_id, start_date, end_date, manager_id``.
    """

    def __init__(self, positions: pd.DataFrame) -> None:
        codes, ids = pd.factorize(positions["person_id"])
        rows = positions.iloc[codes.argsort(kind="stable")]
        self._number = pd.Index(ids)
        self._edges = np.concatenate([[0], np.bincount(codes, minlength=len(ids)).cumsum()])
        self._from = rows["start_date"].to_numpy()
        self._to = rows["end_date"].fillna(pd.Timestamp.max.as_unit("s")).to_numpy()
        self._manager = rows["manager_id"].to_numpy(dtype=object)

    def above(self, person: str, day: pd.Timestamp) -> list[str] | None:
        """Managers of a person on a day, none at the top; None without a position."""
        if person not in self._number:
            return None
        number = self._number.get_loc(person)
        rows = slice(self._edges[number], self._edges[number + 1])
        on = day.to_datetime64()
        held = (self._from[rows] <= on) & (on <= self._to[rows])
        if not held.any():
            return None
        return [m for m in self._manager[rows][held] if isinstance(m, str) and m != person]

    def path(self, start: str, target: str, day: pd.Timestamp) -> list[str]:
        """The shortest way up from one person to another, both included; empty where there is none."""
        below = {start: ""}
        queue = [start]
        for person in queue:
            if person == target:
                way = [person]
                while below[way[-1]]:
                    way.append(below[way[-1]])
                return way[::-1]
            for manager in self.above(person, day) or []:
                if manager not in below:
                    below[manager] = person
                    queue.append(manager)
        return []

    def trouble(self, start: str, day: pd.Timestamp) -> tuple[str, str]:
        """The first person above a start who has no position, or who comes round again; and which of the two."""
        first = self.above(start, day)
        if first is None:
            return start, _GAP
        path = [(start, iter(first))]
        on_path, done = {start}, {start}
        circle = ""
        while path:
            person, rest = path[-1]
            manager = next(rest, None)
            if manager is None:
                on_path.discard(person)
                path.pop()
            elif manager in on_path:
                circle = circle or manager
            elif manager not in done:
                managers = self.above(manager, day)
                if managers is None:
                    return manager, _GAP
                on_path.add(manager)
                done.add(manager)
                path.append((manager, iter(managers)))
        return (circle, _CYCLE) if circle else ("", "")


def _iso(day: Any) -> str:
    return pd.Timestamp(day).date().isoformat()


def _chain(below: str, top: str) -> Callable[[pd.DataFrame, Sources], list[str]]:
    def words(rows: pd.DataFrame, sources: Sources) -> list[str]:
        told = []
        for start, target, day in zip(rows[below], rows[top], rows["first_date"], strict=True):
            way = sources.ladder.path(start, target, day)
            if len(way) > TOLD_STEPS + 1:
                way = [*way[: TOLD_STEPS - 1], "…", way[-1]]
            steps = " → ".join([f"{way[0]} ({below})", *way[1:-1], f"{way[-1]} ({top})"])
            told.append(f"positions.manager_id on {_iso(day)}: {steps}")
        return told

    return words


def _unaudited(kind: str) -> Callable[[pd.DataFrame, Sources], list[str]]:
    def words(rows: pd.DataFrame, sources: Sources) -> list[str]:
        told = []
        for mentor, mentee, day in zip(*(rows[c] for c in SIDE_IDS), rows["first_date"], strict=True):
            found = [(*sources.ladder.trouble(start, day), start) for start in (mentor, mentee)]
            side = SIDE_IDS[[what for _, what, _ in found].index(kind)]
            person, _, start = found[SIDE_IDS.index(side)]
            who = side if person == start else f"{person}, above {side}"
            if kind == _GAP:
                told.append(f"positions has no row for {who}, on {_iso(day)}")
            else:
                told.append(f"positions.manager_id runs in a circle at {who}, on {_iso(day)}")
        return told

    return words


def _same_unit(rows: pd.DataFrame, sources: Sources) -> list[str]:
    both = _held_on_first(rows, sources, ["unit", "level"])
    near = (both["level_mentor"] - both["level_mentee"]).abs() <= competition.LEVELS_APART
    both = both[(both["unit_mentor"] == both["unit_mentee"]) & near]
    facts = _by_tandem(both)
    return [
        f'positions.unit on {_iso(day)}: "{facts[t]["unit_mentor"]}" for both; positions.level {_both_levels(facts[t])}'
        for t, day in zip(rows["tandem_id"], rows["first_date"], strict=True)
    ]


def _levels(rows: pd.DataFrame, sources: Sources) -> list[str]:
    both = _held_on_first(rows, sources, ["level"])
    facts = _by_tandem(both.groupby("tandem_id")[["level_mentor", "level_mentee"]].max().reset_index())
    return [
        f"positions.level on {_iso(day)}: {_both_levels(facts[t])}"
        for t, day in zip(rows["tandem_id"], rows["first_date"], strict=True)
    ]


def _both_levels(fact: Mapping[str, Any]) -> str:
    return f"{fact['level_mentor']:g} (mentor), {fact['level_mentee']:g} (mentee)"


def _by_tandem(rows: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """The first row of each tandem."""
    records = rows.drop_duplicates("tandem_id").to_dict("records")
    return {str(record["tandem_id"]): {str(column): value for column, value in record.items()} for record in records}


def _held_on_first(rows: pd.DataFrame, sources: Sources, columns: list[str]) -> pd.DataFrame:
    """Each row with what the two held on its first day, in all pairs of their positions."""
    both = rows[["tandem_id", *SIDE_IDS, "first_date"]]
    positions = sources.positions[among(sources.positions["person_id"], pd.concat([both[side] for side in SIDE_IDS]))]
    for side in ("mentor", "mentee"):
        held = positions[["person_id", "start_date", "end_date", *columns]]
        held = held.rename(columns={column: f"{column}_{side}" for column in columns})
        both = both.merge(held, left_on=f"{side}_id", right_on="person_id")
        there = (both["start_date"] <= both["first_date"]) & ~(both["end_date"] < both["first_date"])
        both = both[there].drop(columns=["person_id", "start_date", "end_date"])
    return both


def _vacancy(rows: pd.DataFrame, sources: Sources) -> list[str]:
    applied = sources.applications[["vacancy_id", "person_id", "applied_date"]].dropna()
    both = (
        rows[["tandem_id", *SIDE_IDS]]
        .merge(applied, left_on="mentor_id", right_on="person_id")
        .merge(applied, left_on=["mentee_id", "vacancy_id"], right_on=["person_id", "vacancy_id"], suffixes=("", "_2"))
    )
    both = both.assign(since=both[["applied_date", "applied_date_2"]].max(axis=1)).sort_values(["since", "vacancy_id"])
    facts = _by_tandem(both)
    return [
        f"applications.vacancy_id {facts[t]['vacancy_id']}: applied_date {_iso(facts[t]['applied_date'])} (mentor), "
        f"{_iso(facts[t]['applied_date_2'])} (mentee)"
        for t in rows["tandem_id"]
    ]


def _consent(side: str) -> Callable[[pd.DataFrame, Sources], list[str]]:
    def words(rows: pd.DataFrame, sources: Sources) -> list[str]:  # noqa: ARG001
        column = f"{side}_date" if side == "ended" else f"{side}_consent_date"
        said = rows[column].map(lambda day: "is empty" if pd.isna(day) else _iso(day))
        met = rows["first_date"].map(
            lambda day: "no meeting held yet" if pd.isna(day) else f"meetings.held_date from {_iso(day)}"
        )
        return [f"tandems.{column} {when}; {then}" for when, then in zip(said, met, strict=True)]

    return words


def _age(rows: pd.DataFrame, sources: Sources) -> list[str]:
    born = _of_people(rows, sources, "birth_year")
    gaps = (born["mentee_id"] - born["mentor_id"]).astype("int64")
    return [
        "people.birth_year is the same for both"
        if not gap
        else f"people.birth_year of mentor_id lies {gap} year{'s' if gap > 1 else ''} before that of mentee_id"
        for gap in gaps
    ]


def _no_birth_year(rows: pd.DataFrame, sources: Sources) -> list[str]:
    missing = {side: born.isna() for side, born in _of_people(rows, sources, "birth_year").items()}
    return [f"people.birth_year is empty for {_named(cells)}" for cells in zip(*missing.values(), strict=True)]


def _unknown(rows: pd.DataFrame, sources: Sources) -> list[str]:
    missing = [~among(rows[side], sources.people["person_id"]) for side in SIDE_IDS]
    return [f"not in people: {_named(cells)}" for cells in zip(*missing, strict=True)]


def _named(cells: Iterable[bool]) -> str:
    return " and ".join(side for side, told in zip(SIDE_IDS, cells, strict=True) if told)


def _absent(rows: pd.DataFrame, sources: Sources) -> list[str]:
    hired, left = _of_people(rows, sources, "hire_date"), _of_people(rows, sources, "exit_date")
    told = []
    for n, (first, last) in enumerate(zip(rows["own_first"], rows["own_last"], strict=True)):
        words = [
            f"hire_date of {side} is {_iso(hired[side].iloc[n])}" for side in SIDE_IDS if hired[side].iloc[n] > first
        ]
        words += [
            f"exit_date of {side} is {_iso(left[side].iloc[n])}" for side in SIDE_IDS if left[side].iloc[n] < last
        ]
        told.append("people: " + ", ".join(words))
    return told


def _of_people(rows: pd.DataFrame, sources: Sources, column: str) -> dict[str, pd.Series]:
    """A column of people for both sides of each row."""
    own = sources.people[among(sources.people["person_id"], pd.concat([rows[side] for side in SIDE_IDS]))]
    values = own.set_index("person_id")[column]
    return {side: looked_up(rows[side], values) for side in SIDE_IDS}


def _serves(rows: pd.DataFrame, sources: Sources) -> list[str]:
    serving = sources.comparison.groupby("person_id")["round_id"].agg(lambda rounds: ", ".join(sorted(set(rounds))))
    told = []
    for people in zip(*(rows[side] for side in SIDE_IDS), strict=True):
        there = [f"{side}, round_id {serving[p]}" for side, p in zip(SIDE_IDS, people, strict=True) if p in serving]
        told.append("comparison.person_id is " + "; ".join(there))
    return told


def _also(word: str, *tables: str) -> Callable[[pd.DataFrame, Sources], list[str]]:
    def words(rows: pd.DataFrame, sources: Sources) -> list[str]:
        stands = _stands(sources, tables)
        told = []
        own = rows[["tandem_id", "own_first", "own_last", *SIDE_IDS]]
        for tandem, first, last, *people in own.itertuples(index=False, name=None):
            here = ("tandems", tandem)
            also = [_others(stands[person], here, first, last) for person in people]
            said = [f"{side} also in {word} {names}" for side, names in zip(SIDE_IDS, also, strict=True) if names]
            told.append("tandems: " + "; ".join(said))
        return told

    return words


def _stands(sources: Sources, tables: tuple[str, ...]) -> Mapping[str, list[_Stand]]:
    """First and last day in each tandem, by person."""
    stands: dict[str, list[_Stand]] = defaultdict(list)
    for table in tables:
        frame: pd.DataFrame = getattr(sources, table)
        for side in SIDE_IDS:
            columns = frame[[side, "own_first", "own_last", "tandem_id"]]
            for person, first, last, tandem in columns.itertuples(index=False, name=None):
                stands[person].append((first, last, (table, tandem)))
    return stands


def _others(stands: list[_Stand], here: tuple[str, str], first: Any, last: Any) -> str:
    """The first tandems that stand on one of these days, other than the one itself."""
    names: list[str] = []
    for begin, end, there in stands:
        if there != here and begin <= last and end >= first:
            if len(names) == TOLD_OTHERS:
                return ", ".join([*names, "…"])
            names.append(there[1])
    return ", ".join(names)


_WORDS: Mapping[str, Callable[[pd.DataFrame, Sources], list[str]]] = {
    rules_on_each_day.MENTEE_ABOVE: _chain("mentor_id", "mentee_id"),
    rules_on_each_day.MENTOR_ABOVE: _chain("mentee_id", "mentor_id"),
    rules_on_each_day.NO_POSITION: _unaudited(_GAP),
    rules_on_each_day.CYCLE: _unaudited(_CYCLE),
    **{consent_and_gaps.NO_CONSENT[side]: _consent(side) for side in ("mentor", "mentee")},
    **{consent_and_gaps.LATE_CONSENT[side]: _consent(side) for side in ("mentor", "mentee")},
    consent_and_gaps.MET_AFTER_END: _consent("ended"),
    competition.SAME_UNIT: _same_unit,
    competition.SAME_VACANCY: _vacancy,
    competition.TWO_TANDEMS: _also("tandem", "tandems", "running"),
    rules_on_each_day.MENTOR_NOT_YOUNGER: _age,
    rules_on_each_day.MENTOR_HIGHER: _levels,
    rules_on_each_day.NO_BIRTH_YEAR: _no_birth_year,
    rules_for_plans.UNKNOWN_PERSON: _unknown,
    rules_for_plans.NOT_EMPLOYED: _absent,
    rules_for_plans.TWO_PLANNED: _also("planned tandem", "tandems"),
    rules_for_plans.ALREADY_PAIRED: _also("tandem", "running"),
    rules_for_plans.IN_COMPARISON: _serves,
}
