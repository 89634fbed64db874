"""Every possible pair of two sides against the rules of pairing, by the audit's own functions.

Unit: one possible pair. A rule is asked once of each two kinds of people whom it cannot tell apart, or of those pairs
alone that it could concern: people of one unit, applicants for one vacancy, people and those above them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from rmanalytics.evaluation.pairing import audit
from rmanalytics.evaluation.pairing.as_known import (
    ID,
    Tables,
    as_known,
    employed,
    near,
    paired,
    tables_of,
    with_ends,
)
from rmanalytics.lot.balanced import Ints
from rmanalytics.lot.forbidden import ByKind, Forbidden, by_pair
from rmanalytics.measures.pairing import rules_for_plans
from rmanalytics.measures.pairing.breach_days import SIDE_IDS

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

Ask: TypeAlias = Callable[[pd.DataFrame], pd.DataFrame]
NOBODY = ""
"""Stands for a partner of whom a rule has nothing to say; no id is empty."""


def pair_breaches(bundle: Bundle, round_: Round, pairs: pd.DataFrame, *, on: date) -> pd.DataFrame:
    """Rules that forbid pairs, each pair by itself, as things stand on a day.

    Parameters
    ----------
    bundle, round_, on
        As in `rmanalytics.evaluation.pairing.audit.audit_planned`.
    pairs : DataFrame
        ``tandem_id`` (each once), ``mentor_id``, ``mentee_id``; one person may stand in many.

    Returns
    -------
    DataFrame
        ``tandem_id, rule``, each once. Days that nobody can vouch for are among the rules.
    """
    rules = _Rules(bundle, round_, pd.unique(pd.concat([pairs[side] for side in SIDE_IDS])).tolist(), on)
    found = [ask(pairs) for ask in (rules.absent, rules.taken, *map(rules.of, rules.by_name))]
    every = pd.concat([part[[ID, "rule"]] for part in found if len(part)] or [pd.DataFrame({ID: [], "rule": []})])
    return every[~every["rule"].isin(rules.not_asked)].drop_duplicates(ignore_index=True)


def forbidden_pairs(
    bundle: Bundle, round_: Round, mentees: Sequence[str], mentors: Sequence[str], *, on: date
) -> dict[str, Forbidden]:
    """By rule the pairs that it forbids, mentees in rows and mentors in columns: those that `pair_breaches` would give.

    Days that nobody can vouch for are told of a person, and so of all her or his pairs.
    """
    rules = _Rules(bundle, round_, [*mentees, *mentors], on)
    both = _Sides(mentees, mentors, rules)
    found: dict[str, Forbidden] = {}
    found |= both.by_person(rules.absent) | both.by_person(rules.taken)
    found |= both.by_kind(rules.of(audit.AGE), rules.born)
    if audit.CHAIN in rules.by_name:
        found |= both.by_pair(rules.of(audit.CHAIN), _one_above(rules, both)) | both.by_person(rules.of(audit.CHAIN))
        found |= both.by_kind(rules.of(audit.LEVEL), rules.held(["level"]))
        units = rules.tables["positions"][["person_id", "unit"]]
        found |= both.by_kind(rules.of(audit.UNIT), rules.held(["unit", "level"]), units)
    if audit.VACANCY in rules.by_name:
        vacancies = rules.tables["applications"][["person_id", "vacancy_id"]]
        found |= both.by_kind(rules.of(audit.VACANCY), rules.applied, vacancies)
    return {rule: pairs for rule, pairs in found.items() if rule not in rules.not_asked}


class _Rules:
    """The rules of the audit, each asked of pairs by itself, and what it can tell people apart by."""

    def __init__(self, bundle: Bundle, round_: Round, people: Sequence[str], on: date) -> None:
        programme = bundle.programme
        first, last = max(round_.start, on), round_.end
        self.days = {"start": first, "end": last}
        everybody = pd.DataFrame(dict.fromkeys(SIDE_IDS, pd.Series(people, dtype="str")))
        tables = near(as_known(tables_of(bundle, audit.PLAN_TABLES), on, programme), first, last, everybody)
        self.tables: Tables = _with_nobody(tables, first)
        self.people = tables["people"]
        self.by_name = audit.pair_rules(self.tables)
        running = with_ends(tables["tandems"], self.people, programme)
        self._running = paired(running[running["round_id"] != round_.id])
        self._round = round_.id
        self.not_asked = audit.not_asked(bundle, tables)

    def of(self, name: str) -> Ask:
        """A rule that makes two people unfit for each other, on the days on which both are employed."""
        return lambda pairs: self.by_name[name](paired(employed(self._planned(pairs), self.people)), **self.days)

    def absent(self, pairs: pd.DataFrame) -> pd.DataFrame:
        """Who is not employed on some day."""
        return rules_for_plans.absent_people(self._planned(pairs), self.people, **self.days)

    def taken(self, pairs: pd.DataFrame) -> pd.DataFrame:
        """Who stands in a tandem of another round."""
        return rules_for_plans.already_paired(paired(self._planned(pairs)), self._running, **self.days)

    @cached_property
    def born(self) -> pd.DataFrame:
        """What tells people apart by age: birth year and days of employment; a row a person."""
        start, end = (pd.Timestamp(day) for day in self.days.values())
        own = self.people.drop_duplicates("person_id").set_index("person_id")
        return pd.DataFrame(
            {
                "birth_year": own["birth_year"],
                "hired": own["hire_date"].where(own["hire_date"] > start),
                "left": own["exit_date"].where(own["exit_date"] < end),
            }
        )

    def held(self, columns: list[str]) -> pd.DataFrame:
        """What tells people apart by some columns of their positions, with days of employment; a row a person."""
        start, end = (pd.Timestamp(day) for day in self.days.values())
        own = self.tables["positions"].sort_values(["person_id", "start_date"])
        spell = own[columns].assign(
            first=own["start_date"].where(own["start_date"] > start), last=own["end_date"].where(own["end_date"] < end)
        )
        code = spell.groupby(list(spell), dropna=False).ngroup()
        code, at = code.set_axis(own["person_id"]), own.groupby("person_id").cumcount().to_numpy()
        return self.born[["hired", "left"]].assign(**{f"held {n}": code[at == n] for n in range(at.max() + 1)})

    @cached_property
    def applied(self) -> pd.DataFrame:
        """What tells people apart by their applications, with days of employment; a row a person."""
        own = self.tables["applications"].sort_values(["person_id", "vacancy_id"])
        day = own["applied_date"].where(~(own["applied_date"] <= pd.Timestamp(self.days["start"])))
        known = own[["vacancy_id"]].assign(day=day, dated=own["applied_date"].notna())
        code = known.groupby(list(known), dropna=False).ngroup()
        every: dict[str, str] = {}
        for person, one in zip(own["person_id"].tolist(), code.tolist(), strict=True):
            every[person] = f"{every.get(person, '')} {one}"
        return self.born[["hired", "left"]].assign(applied=pd.Series(every, dtype="str"))

    def _planned(self, pairs: pd.DataFrame) -> pd.DataFrame:
        first, last = (pd.Timestamp(day) for day in self.days.values())
        return pairs.assign(round_id=self._round, own_first=first, own_last=last)


@dataclass(frozen=True)
class _Sides:
    """The two sides of all pairs: mentees in rows, mentors in columns."""

    mentees: Sequence[str]
    mentors: Sequence[str]
    rules: _Rules

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.mentees), len(self.mentors)

    def by_person(self, ask: Ask) -> dict[str, Forbidden]:
        """A rule that concerns one person: asked of everybody with nobody."""
        people = [*self.mentees, *self.mentors]
        alone = [NOBODY] * len(people)
        rows, columns = self.shape
        found = ask(_pairs([*alone[:rows], *self.mentors], [*self.mentees, *alone[rows:]]))
        told: dict[str, Forbidden] = {}
        for rule, own in found.groupby("rule"):
            of = np.zeros(rows + columns, dtype=np.bool_)
            of[own[ID].astype("int64")] = True
            told[str(rule)] = ByKind(
                of[:rows].astype(np.int64), np.array([of[rows:], np.ones(columns, dtype=np.bool_)])
            )
        return told

    def by_kind(self, ask: Ask, known: pd.DataFrame, near: pd.DataFrame | None = None) -> dict[str, Forbidden]:
        """A rule asked of one pair of each two kinds of people; with ``near`` of those who share its second column."""
        kind = known.reindex([*self.mentees, *self.mentors])
        code = kind.groupby(list(kind), dropna=False).ngroup().to_numpy().astype(np.int64)
        (of_row, seniors), (of_column, juniors) = _kinds(code[: len(self.mentees)]), _kinds(code[len(self.mentees) :])
        mentees, mentors = [self.mentees[n] for n in seniors], [self.mentors[n] for n in juniors]
        at = np.indices((len(mentees), len(mentors))).reshape(2, -1)
        if near is not None:
            at = self.sharing(near, mentees, mentors)
        found = ask(_pairs([mentors[n] for n in at[1]], [mentees[n] for n in at[0]]))
        told: dict[str, Forbidden] = {}
        for rule, own in found.groupby("rule"):
            table = np.zeros((len(mentees), len(mentors)), dtype=np.bool_)
            table[tuple(at[:, own[ID].astype("int64")])] = True
            told[str(rule)] = ByKind(of_row, table[:, of_column])
        return told

    def by_pair(self, ask: Ask, at: Ints) -> dict[str, Forbidden]:
        """A rule asked of some pairs, given as rows and columns."""
        found = ask(_pairs([self.mentors[n] for n in at[1]], [self.mentees[n] for n in at[0]]))
        told: dict[str, Forbidden] = {}
        for rule, own in found.groupby("rule"):
            rows, columns = at[:, own[ID].astype("int64")]
            told[str(rule)] = by_pair(rows, columns, self.shape)
        return told

    @staticmethod
    def sharing(table: pd.DataFrame, mentees: Sequence[str], mentors: Sequence[str]) -> Ints:
        """Rows and columns of pairs that have a value of the second column in common."""
        rows, columns = (
            table.assign(at=table["person_id"].map({person: n for n, person in enumerate(own)})).dropna()
            for own in (mentees, mentors)
        )
        both = rows.merge(columns, on=table.columns[1], suffixes=("", "_column"))
        return both[["at", "at_column"]].drop_duplicates().astype("int64").to_numpy().T


def _one_above(rules: _Rules, both: _Sides) -> Ints:
    """Rows and columns of pairs of whom one could stand above the other on some day."""
    mentees, mentors = both.mentees, both.mentors
    positions = rules.tables["positions"].dropna(subset=["manager_id"])
    edges = positions[["person_id", "manager_id"]].drop_duplicates()
    at = {person: n for n, person in enumerate([*mentees, *mentors])}
    ways = pd.DataFrame({"start": range(len(at)), "person_id": list(at)})
    seen = ways
    while len(ways):
        ways = ways.merge(edges, on="person_id")[["start", "manager_id"]].set_axis(["start", "person_id"], axis=1)
        ways = pd.concat([seen, ways.drop_duplicates()]).drop_duplicates().iloc[len(seen) :]
        seen = pd.concat([seen, ways])
    above = seen.assign(end=seen["person_id"].map(at)).dropna(subset=["end"]).astype({"end": "int64"})
    row, column = (above[["start", "end"]].agg(how, axis=1).to_numpy() for how in ("min", "max"))
    apart = (row < len(mentees)) & (column >= len(mentees))
    found: Ints = np.unique(np.array([row[apart], column[apart] - len(mentees)]), axis=1)
    return found


def _with_nobody(tables: Tables, first: date) -> Tables:
    """The tables with nobody at the top of a company of her or his own."""
    positions = tables["positions"]
    if not len(positions):
        return tables
    own = positions.iloc[[0]].assign(person_id=NOBODY, manager_id=NOBODY, start_date=pd.Timestamp(first), end_date=None)
    own = own.astype(positions.dtypes.to_dict())
    return {**tables, "positions": pd.concat([positions, own], ignore_index=True)}


def _pairs(mentors: Sequence[str], mentees: Sequence[str]) -> pd.DataFrame:
    """Pairs by number."""
    columns = {ID: np.arange(len(mentors)).astype(str), "mentor_id": mentors, "mentee_id": mentees}
    return pd.DataFrame({name: pd.Series(values, dtype="str") for name, values in columns.items()})


def _kinds(code: Ints) -> tuple[Ints, Ints]:
    """The kind of each person, and the first person of each kind."""
    _, first, kind = np.unique(code, return_index=True, return_inverse=True)
    return kind, first
