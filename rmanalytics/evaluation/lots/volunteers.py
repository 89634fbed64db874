"""Who may be drawn: volunteers of a round with a possible partner, what the lot balances, and who was promised a place.

Unit: one person of one side.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rmanalytics.evaluation.comparison.balance import covariates
from rmanalytics.evaluation.lots.drawn import lot_of
from rmanalytics.evaluation.pairing.all_pairs import forbidden_pairs
from rmanalytics.lot.forbidden import allowed, blocks
from rmanalytics.lot.sizes import WAIT
from rmanalytics.results import SIDES

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round


def volunteers(bundle: Bundle, round_: Round, *, on: date) -> dict[str, list[str]]:
    """Ids by side, sorted: those of `came` who have a partner whom no rule forbids."""
    people = came(bundle, round_)
    mentees, mentors = people["mentee"], people["mentor"]
    forbidden = forbidden_pairs(bundle, round_, mentees, mentors, on=on) if mentors and mentees else {}
    free = {"mentee": np.zeros(len(mentees), dtype=np.bool_), "mentor": np.zeros(len(mentors), dtype=np.bool_)}
    for rows in blocks(len(mentees)):
        legal = allowed(forbidden.values(), rows, len(mentors))
        free["mentee"][rows] = legal.any(axis=1)
        free["mentor"] |= legal.any(axis=0)
    return {side: [people[side][n] for n in np.flatnonzero(free[side])] for side in SIDES}


def came(bundle: Bundle, round_: Round) -> dict[str, list[str]]:
    """Ids by side, sorted: who volunteered and is employed when the round begins.

    Whoever volunteered on both sides stands on none: one person cannot be drawn twice.
    """
    every = {side: _came(bundle, round_, side) for side in SIDES}
    both = every[SIDES[0]] & every[SIDES[1]]
    return {side: sorted(people - both) for side, people in every.items()}


def _came(bundle: Bundle, round_: Round, side: str) -> set[str]:
    if not bundle.has("invitations"):
        return set()
    invited = bundle.table("invitations")
    mine = (invited["round_id"] == round_.id) & (invited["side"] == side) & (invited["answer"] == "volunteered")
    people = bundle.people_on(round_.start)
    there = people[~(people["exit_date"] < pd.Timestamp(round_.start))]["person_id"]
    return set(invited.loc[mine, "person_id"]) & set(there)


def promised(bundle: Bundle, round_: Round, side: str) -> set[str]:
    """Who waited in the round before, by its lot or, where none was drawn, by its waiting list."""
    order = list(bundle.programme.rounds)
    at = order.index(round_)
    if not at:
        return set()
    before = order[at - 1]
    lot = lot_of(bundle, before)
    if lot is not None:
        own = lot.sides.get(side)
        return set(own.people(WAIT)) if own else set()
    if not bundle.has("comparison"):
        return set()
    compared = bundle.table("comparison")
    mine = (compared["round_id"] == before.id) & (compared["side"] == side) & (compared["kind"] == "waiting_list")
    return set(compared.loc[mine, "person_id"])


def facts(bundle: Bundle, round_: Round, people: list[str], balance_by: tuple[str, ...]) -> dict[str, list[int]]:
    """Whole numbers by person: year of birth, day of hiring, level, size of the unit, place of work; no answer.

    What is not known of a person is the middle of the others'.
    """
    start = pd.Timestamp(round_.start)
    members = pd.DataFrame({"person_id": people, "group": "", "start_date": start})
    known = covariates(bundle, members)
    hired = members["person_id"].map(bundle.people_on(round_.start, members).set_index("person_id")["hire_date"])
    columns: dict[str, pd.Series] = {}
    for name in balance_by:
        if name == "age":
            columns[name] = known["birth_year"]
        elif name == "tenure":
            columns[name] = (start - hired).dt.days
        elif name == "level":
            columns[name] = known["level"]
        elif name == "unit_size":
            columns[name] = known["unit"].map(_unit_sizes(bundle, start))
        else:
            places = sorted(known["location"].dropna().unique())
            columns |= {f"{name} {place}": (known["location"] == place).astype("int64") for place in places[1:]}
    whole = {
        name: column.fillna(column.median()).fillna(0).astype("int64").tolist() for name, column in columns.items()
    }
    return {person: [column[n] for column in whole.values()] for n, person in enumerate(people)}


def _unit_sizes(bundle: Bundle, day: pd.Timestamp) -> pd.Series:
    if not bundle.has("positions"):
        return pd.Series(dtype="int64")
    held = bundle.table("positions")
    on_day = held[(held["start_date"] <= day) & ~(held["end_date"] < day)]
    return on_day.groupby("unit")["person_id"].nunique()
