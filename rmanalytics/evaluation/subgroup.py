"""A subgroup: the same study on people of one side who satisfy a condition, as if the other people's rows were deleted.

Unit: one person of one side in one round. A tandem stays when its person of that side stays, and its partner with it;
people of tandems that went are gone altogether, for they would be counted as if they had taken no part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.errors import EXIT_INPUT_REFUSED, RmError, known_side, unknown
from rmanalytics.evaluation.claims import Answer
from rmanalytics.evaluation.cohort import groups
from rmanalytics.evaluation.ledger import ledger
from rmanalytics.evaluation.network.waves import people_at
from rmanalytics.evaluation.study import Study
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import key
from rmanalytics.programme.subgroups import CONDITIONS, HELD, covariates_of
from rmanalytics.results import COMPARISON, PARTICIPANTS, SIDES, Results

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

TOO_SMALL = "group too small to be shown (k = {k})"
NOT_FOR_SUBGROUPS = "not meaningful for a subgroup, whose people are only a part of what it speaks of"
LEFT_OUT = {
    "network": key("a network without the other people is another network"),
    "pairing": key("the rules of pairing are audited for all tandems at once"),
    "reach": key("who was reached is asked of everybody employed"),
    "company": key("the pulse survey speaks of the whole company"),
    "branding": key("employer branding has no people of the programme in it"),
    "costs": key("costs are those of the round, not of some of its people"),
    "value": key("costs are those of the round, not of some of its people"),
    "across": key("earlier rounds had other people on other units"),
}
"""Families that a subgroup has no results of, and why."""

Wanted = str | int | Collection[str | int]


class SubgroupError(RmError):
    """What was asked for is withheld from a subgroup, or not meaningful for one; ``why`` to be translated."""

    exit_code = EXIT_INPUT_REFUSED

    def __init__(self, message: str, why: str = "") -> None:
        super().__init__("RM-E-132", message)
        self.why = why


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Who is in a subgroup: side, attribute to allowed values, and how many of the round's people satisfy it.

    ``counts`` holds for participants and comparison how many are in and how many there are.
    """

    side: str
    values: Mapping[str, tuple[str, ...]]
    counts: Mapping[str, tuple[int, int]]

    def __str__(self) -> str:
        told = ", ".join(f"{name} {' or '.join(values)}" for name, values in self.values.items())
        numbers = ", ".join(f"{n} of {of} {group}" for group, (n, of) in self.counts.items() if of)
        return f"{self.side}s of {told} ({numbers})"


class Subgroup(Study):
    """The study of a subgroup: engagement, and the survey and retention of its side.

    Parameters
    ----------
    bundle : Bundle
        As if the other people's rows were deleted.
    round_id : str
    condition : Condition
    """

    def __init__(self, bundle: Bundle, round_id: str, condition: Condition) -> None:
        super().__init__(bundle, round_id)
        self.condition = condition

    @cached_property
    def survey(self) -> Results:
        """What changed for the side."""
        return self._own(super().survey)

    @cached_property
    def retention(self) -> Results:
        """Staying and promotion, where the side is the mentors'."""
        return self._own(super().retention)

    @cached_property
    def results(self) -> Results:
        """Every result that is meaningful for a subgroup."""
        return self.engagement + self.survey + self.retention

    @cached_property
    def ledger(self) -> tuple[Answer, ...]:
        """An answer to every claim: none has a verdict, for a subgroup stands in no plan."""
        return tuple(
            replace(answer, reason=NOT_FOR_SUBGROUPS, values={}) if answer.verdict == "not_asked" else answer
            for answer in ledger(self.bundle, self.round, self.results, planned=False)
        )

    def _own(self, results: Results) -> Results:
        return Results(result for result in results if result.side in (self.condition.side, "both"))


def _refusing(family: str) -> property:
    def refuse(_: Subgroup) -> Results:
        raise SubgroupError(f"{family} is not shown for a subgroup: {LEFT_OUT[family]}.", LEFT_OUT[family])

    return property(refuse)


for _family in LEFT_OUT:
    setattr(Subgroup, _family, _refusing(_family))


def where(study: Study, *, side: str = "", **conditions: Wanted) -> Subgroup:
    """The same study on people of one side who satisfy every condition.

    Parameters
    ----------
    study : Study
    side : str
        ``mentee`` or ``mentor``; that of the primary outcome unless given.
    **conditions : str, int or several
        ``unit``, ``level``, ``job_family``, ``location`` (position on the round's first day), ``generation``,
        ``talent_group`` or a covariate that ``[[subgroups]]`` names: a value, or several of which one is enough.

    Raises
    ------
    UnknownNameError
        RM-E-130 for another side, condition or value, with the nearest ones.
    SubgroupError
        RM-E-132 where the group, or what it leaves over, has fewer than k people.
    """
    bundle, round_ = study.bundle, study.round
    main = bundle.programme.main_outcome
    side = known_side(side or (main.side if main else SIDES[0]))
    if not conditions:
        raise unknown("condition", "", CONDITIONS)
    facts = _facts(bundle, round_)
    values = {name: _values(facts, name, wanted) for name, wanted in conditions.items()}
    satisfied = pd.Series(data=True, index=facts.index)
    for name, allowed in values.items():
        satisfied &= facts[name].isin(allowed)
    inside = set(facts.index[satisfied])
    counts = _counts(groups(bundle, round_, side), inside, bundle.programme.k)
    condition = Condition(side=side, values=MappingProxyType(values), counts=MappingProxyType(counts))
    return Subgroup(_without_others(bundle, inside, side), round_.id, condition)


def _facts(bundle: Bundle, round_: Round) -> pd.DataFrame:
    """What each person was on the round's first day, a row a person; of those hired later, what they were first."""
    people = bundle.table("people").set_index("person_id")
    day = pd.Timestamp(round_.start)
    everybody = people_at(bundle, day).set_index("person_id")["generation"]
    bands = bundle.programme.generations
    generation = pd.Series(pd.NA, index=people.index, dtype="str")
    for band in bands:
        generation[people["birth_year"].between(band.first, band.last)] = band.name
    facts = pd.DataFrame({"generation": everybody.reindex(people.index).fillna(generation)})
    for name in ("talent_group", *covariates_of(bundle.programme.subgroups)):
        if name in people:
            facts[name] = people[name]
    if bundle.has("positions"):
        positions = bundle.table("positions").sort_values("start_date", kind="stable")
        by_then = positions[positions["start_date"] <= day].drop_duplicates("person_id", keep="last")
        first = positions[~positions["person_id"].isin(by_then["person_id"])].drop_duplicates("person_id")
        held = pd.concat([by_then, first]).set_index("person_id").reindex(people.index)
        for name in HELD:
            if name in held:
                facts[name] = held[name].astype("Int64").astype("str") if name == "level" else held[name]
    return facts


def _values(facts: pd.DataFrame, name: str, wanted: Wanted) -> tuple[str, ...]:
    there = [str(column) for column in facts if facts[column].notna().any()]
    if name not in there:
        raise unknown("condition", name, there)
    known = sorted(facts[name].dropna().unique())
    asked = [wanted] if isinstance(wanted, str | int) else list(wanted)
    for value in asked:
        if str(value) not in known:
            raise unknown(name.replace("_", " "), value, known)
    return tuple(map(str, asked))


def _counts(members: pd.DataFrame, inside: set[str], k: int) -> dict[str, tuple[int, int]]:
    """People of each group in the subgroup and at all; refused where a group or its remainder is below k."""
    counts = {}
    for group in (PARTICIPANTS, COMPARISON):
        own = members.loc[members["group"] == group, "person_id"]
        n, of = int(own.isin(inside).sum()), len(own)
        if of and (n < k or 0 < of - n < k):
            raise SubgroupError(f"{TOO_SMALL.format(k=k)}: {group}, or those whom it leaves over.")
        counts[group] = (n, of)
    return counts


def _without_others(bundle: Bundle, inside: set[str], side: str) -> Bundle:
    """The bundle without the rows of other people, and with no manager where that was one of them."""
    kept = set(inside)
    tables = dict(bundle.tables)
    if bundle.has("tandems"):
        tandems = bundle.table("tandems")
        stays = tandems[f"{side}_id"].isin(inside)
        ends = ["mentor_id", "mentee_id"]
        kept -= set(tandems.loc[~stays, ends].to_numpy().ravel())
        kept |= set(tandems.loc[stays, ends].to_numpy().ravel())
        tables["tandems"] = tandems[stays]
    for name, table in tables.items():
        tables[name] = _rows_of(table, name, kept, tables.get("tandems")).reset_index(drop=True)
    every = bundle.employments
    if every is not None:
        every = every[every["person_id"].isin(kept)].reset_index(drop=True)
        every = every if len(every) > len(tables["people"]) else None
    return replace(bundle, tables=MappingProxyType(tables), employments=every)


def _rows_of(table: pd.DataFrame, name: str, kept: Iterable[str], tandems: pd.DataFrame | None) -> pd.DataFrame:
    declared = TABLES[name].columns
    for column in declared:
        if column.name == "manager_id":
            table = table.assign(manager_id=table["manager_id"].where(table["manager_id"].isin(kept)))
        elif column.person or (name == "people" and column.name == "person_id"):
            table = table[table[column.name].isin(kept)]
        elif column.tandem and tandems is not None:
            table = table[table[column.name].isin(tandems["tandem_id"])]
    return table
