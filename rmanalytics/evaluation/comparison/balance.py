"""How alike participants and comparison people were before the round: age, tenure, level, unit, place.

Unit of analysis: person.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.containment import block
from rmanalytics.evaluation.cohort import groups, kept
from rmanalytics.measures.comparison.balance import balance_table
from rmanalytics.measures.rows import looked_up
from rmanalytics.results import SIDES, Result, Results, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

NUMBERS = ("birth_year", "tenure_years", "level")
LEVELS = ("unit", "location", "talent_group")
DAYS_A_YEAR = 365.25


def balance(bundle: Bundle, round_: Round) -> Results:
    """A balance table for each side that has a comparison group; empty without one."""
    return Results(_tables(bundle, round_))


@block
def _tables(bundle: Bundle, round_: Round) -> Iterator[Result]:
    for side in SIDES:
        members = groups(bundle, round_, side)
        if members["group"].nunique() < 2:
            continue
        known = known_of(bundle, round_, side)
        names = [name for name in (*NUMBERS, *LEVELS) if known[name].notna().any()]
        yield about(balance_table(known, covariates=names), side=side)


@kept
def known_of(bundle: Bundle, round_: Round, side: str) -> pd.DataFrame:
    """`covariates` of the groups of a round's side."""
    return covariates(bundle, groups(bundle, round_, side))


def covariates(bundle: Bundle, members: pd.DataFrame) -> pd.DataFrame:
    """What is known of each person on the start date of the row: ``person_id, group`` and the covariates."""
    people = bundle.people_on(bundle.programme.data_until, members).set_index("person_id")
    tenure = members["start_date"] - looked_up(members["person_id"], people["hire_date"])
    known = members[["person_id", "group"]].assign(
        birth_year=looked_up(members["person_id"], people["birth_year"]),
        tenure_years=tenure.dt.days / DAYS_A_YEAR,
        talent_group=looked_up(members["person_id"], people["talent_group"]),
    )
    if not bundle.has("positions"):
        return known.assign(level=float("nan"), unit=None, location=None)
    held = bundle.table("positions").merge(members[["person_id", "start_date"]], on="person_id", suffixes=("", "_on"))
    on_day = (held["start_date"] <= held["start_date_on"]) & ~(held["end_date"] < held["start_date_on"])
    held = held[on_day].sort_values("start_date").drop_duplicates("person_id", keep="last").set_index("person_id")
    for name in ("level", "unit", "location"):
        known[name] = looked_up(members["person_id"], held[name])
    return known.assign(level=known["level"].astype("float64"))
