"""Staying and moving on: juniors of the round against their comparison people, from the day of the match.

Unit of analysis: person. Time zero is the match for both groups; before it nobody is a participant.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from rmanalytics.evaluation.cohort import COMPARISON, PARTICIPANTS, SIDES, comparator_of, groups
from rmanalytics.measures import retention as measure
from rmanalytics.measures.careers import followed_starts
from rmanalytics.results import Estimate, NotEstimable, Result, Results, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme import Programme, Round

SIDE = "mentor"
NO_COMPARISON = "no comparison group for this side"
NO_PARTICIPANTS = "no tandems in this round"


def retention(bundle: Bundle, round_: Round) -> Results:
    """All results on staying and promotion."""
    people = bundle.table("people")
    until = bundle.programme.data_until
    items: list[Result] = list(_everyone(people, bundle.programme))
    starts = cohort_starts(bundle, round_)
    present = set(starts["group"])
    if PARTICIPANTS not in present:
        items.append(
            NotEstimable(
                name="rmst_difference", unit="days", reason=NO_PARTICIPANTS, n=0, outcome="retention", side=SIDE
            )
        )
        return Results(items)
    against = comparator_of(starts)
    spells = measure.employment_spells(people, starts, until=until)
    items += _contrast(spells, against, "retention")
    if bundle.has("positions"):
        promotions = measure.promotion_spells(bundle.table("positions"), starts, people, until=until)
        items += _contrast(promotions, against, "promotion")
    naive = measure.naive_hire_spells(
        people, set(starts.loc[starts["group"] == PARTICIPANTS, "person_id"]), until=until
    )
    found = measure.rmst_difference(naive)
    items.append(about(replace(found, name="naive_rmst_difference"), outcome="retention", side=SIDE, group="naive"))
    return Results(items)


def cohort_starts(bundle: Bundle, round_: Round) -> pd.DataFrame:
    """Juniors and their comparison people: ``person_id, group, start_date, stop_date, kind``, employed on that day.

    A comparison person who later gets a tandem is followed up to that day only; one who had a tandem before is no
    comparison and is left out.
    """
    members = groups(bundle, round_, SIDE)
    if bundle.has("tandems"):
        joined = _first_tandem(bundle.table("tandems"))
        first = pd.to_datetime(members["person_id"].map(joined))
        compared = members["group"] == COMPARISON
        members = members.assign(stop_date=first.where(compared & (first > members["start_date"])))
        members = members[~(compared & (first <= members["start_date"]))]
    else:
        members = members.assign(stop_date=pd.Series(pd.NaT, index=members.index, dtype="datetime64[s]"))
    return followed_starts(bundle.table("people"), members, until=bundle.programme.data_until).reset_index(drop=True)


def _first_tandem(tandems: pd.DataFrame) -> pd.Series[Any]:
    """Day of each person's first match, on either side."""
    sides = [tandems[[f"{side}_id", "matched_date"]].set_axis(["person_id", "day"], axis=1) for side in SIDES]
    return pd.concat(sides).groupby("person_id")["day"].min()


def _contrast(spells: pd.DataFrame, against: str, outcome: str) -> list[Result]:
    items: list[Result] = []
    for group, rows in spells.groupby("group", sort=False):
        items.append(about(measure.survival_curve(rows), outcome=outcome, side=SIDE, group=str(group)))
        items.append(_events(rows, outcome, str(group)))
    if set(spells["group"]) == {PARTICIPANTS, COMPARISON}:
        found = measure.rmst_difference(spells)
        if isinstance(found, Estimate):
            found = replace(found, comparator=against)
    else:
        found = NotEstimable(name="rmst_difference", unit="days", reason=NO_COMPARISON, n=len(spells))
    items.append(about(found, outcome=outcome, side=SIDE))
    return items


def _events(rows: pd.DataFrame, outcome: str, group: str) -> Estimate:
    return Estimate(
        name="events",
        unit="count",
        value=float(rows["event"].sum()),
        lo=None,
        hi=None,
        n=len(rows),
        unit_of_analysis="person",
        method="people with the event in follow-up",
        outcome=outcome,
        side=SIDE,
        group=group,
    )


def _everyone(people: pd.DataFrame, programme: Programme) -> list[Result]:
    """Tenure of all people in the export, voluntary exits, from the day they were hired.

    Whoever was hired before the records start enters the curve late: those who left before are not in the export.
    """
    until = programme.data_until
    starts = people.loc[people["hire_date"] < pd.Timestamp(until), ["person_id", "hire_date"]]
    if not len(starts):
        return []
    starts = starts.rename(columns={"hire_date": "start_date"}).assign(group="everyone")
    starts = followed_starts(people, starts, until=until)
    spells = measure.employment_spells(people, starts, until=until)
    if programme.records_from is not None:
        hired = spells["person_id"].map(people.set_index("person_id")["hire_date"])
        entry = (pd.Timestamp(programme.records_from) - hired).dt.days.clip(lower=0)
        spells = spells.assign(entry_days=entry)[spells["time_days"] > entry]
    return [about(measure.survival_curve(spells), outcome="tenure", group="everyone")]
