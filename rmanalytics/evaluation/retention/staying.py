"""Staying and moving on: juniors of the round against their comparison people, from the day of the match.

Unit of analysis: person. Time zero is the match for both groups; before it nobody is a participant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rmanalytics.containment import block
from rmanalytics.evaluation.cohort import comparator_of, counts_by_lot, groups, kept, round_tandems
from rmanalytics.evaluation.retention import moves
from rmanalytics.measures.comparison.risk_set_matching import risk_set_matches
from rmanalytics.measures.retention import event_rates, hazard_ratios, risk_sets
from rmanalytics.measures.retention import kaplan_meier as measure
from rmanalytics.measures.retention.rates_over_rounds import role_rate_alternatives
from rmanalytics.measures.retention.spells import (
    employment_spells,
    followed_starts,
    naive_hire_spells,
    refuse_immortal_time,
)
from rmanalytics.measures.rows import looked_up
from rmanalytics.results import COMPARISON, PARTICIPANTS, SIDES, Estimate, NotEstimable, Result, Results, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Programme, Round

SIDE = "mentor"
STREAM = 50
EXIT_KINDS = {
    "voluntary": ("voluntary",),
    "retirement": ("retirement",),
    "other": ("involuntary", "end_of_contract", "transfer", "death", "other", "unknown"),
}
NO_PARTICIPANTS = "no tandems in this round"


def retention(bundle: Bundle, round_: Round) -> Results:
    """All results on staying and promotion."""
    until = bundle.programme.data_until
    items: list[Result] = list(_everyone(bundle.table("people"), bundle.programme))
    starts = cohort_starts(bundle, round_)
    people = bundle.people_on(round_.start, starts)
    present = set(starts["group"])
    if PARTICIPANTS not in present:
        items.append(
            NotEstimable(
                name="rmst_difference", unit="days", reason=NO_PARTICIPANTS, n=0, outcome="retention", side=SIDE
            )
        )
        return Results(items)
    against = comparator_of(starts)
    spells = cohort_spells(bundle, round_)
    items += moves.contrast(spells, against, "retention")
    items += _exits(spells)
    if bundle.has("positions"):
        items += moves.moves(bundle, starts, against)
    items += moves.from_landmark(starts, spells, against)
    items += moves.over_rounds(_by_round(bundle, round_))
    balance = moves.balance_of_matches(bundle, starts) if _has_own_matches(bundle, round_) else None
    items += [] if balance is None else [balance]
    items += _opportunities(bundle, starts, against)
    items += _hazard(bundle, round_)
    naive = naive_hire_spells(people, set(starts.loc[starts["group"] == PARTICIPANTS, "person_id"]), until=until)
    found = measure.rmst_difference(naive)
    items.append(about(replace(found, name="naive_rmst_difference"), outcome="retention", side=SIDE, group="naive"))
    return Results(items)


@kept
def cohort_spells(bundle: Bundle, round_: Round) -> pd.DataFrame:
    """Time from the start to an exit of everybody in `cohort_starts`, as `employment_spells` gives it."""
    starts = cohort_starts(bundle, round_)
    return employment_spells(bundle.people_on(round_.start, starts), starts, until=bundle.programme.data_until)


@kept
def cohort_starts(bundle: Bundle, round_: Round) -> pd.DataFrame:
    """Juniors and their comparison people: ``person_id, group, start_date, stop_date, kind``, employed on that day.

    A comparison person who later gets a tandem is followed up to that day only; one who had a tandem before is no
    comparison and is left out. A participant whose time would run before the match is refused. Where a lot was drawn,
    time runs from its day for both groups, and a tandem of the round itself moves nobody.
    """
    members = with_matches(bundle, groups(bundle, round_, SIDE))
    tandems, drawn = round_tandems(bundle, round_), counts_by_lot(bundle, round_, SIDE)
    if tandems is not None and len(tandems) and not drawn:
        matched = (
            tandems.groupby(f"{SIDE}_id")["matched_date"].min().rename_axis("person_id").reset_index(name="start_date")
        )
        origins = members.loc[members["group"] == PARTICIPANTS, ["person_id", "start_date"]]
        refuse_immortal_time(matched, origins.set_axis(["person_id", "origin_date"], axis=1))
    if bundle.has("tandems"):
        every = bundle.table("tandems")
        joined = _first_tandem(every[every["round_id"] != round_.id] if drawn else every)
        first = looked_up(members["person_id"], joined)
        compared = members["group"] == COMPARISON
        members = members.assign(stop_date=first.where(compared & (first > members["start_date"])))
        members = members[~(compared & (first <= members["start_date"]))]
    else:
        members = members.assign(stop_date=pd.Series(pd.NaT, index=members.index, dtype="datetime64[s]"))
    people = bundle.people_on(round_.start, members)
    return followed_starts(people, members, until=bundle.programme.data_until).reset_index(drop=True)


def with_matches(bundle: Bundle, members: pd.DataFrame) -> pd.DataFrame:
    """The groups as given, or, where the programme names no comparison people, with matches found in the data.

    One colleague for each participant, on level and unit, hire date and age on the day of the match, never a present or
    earlier participant.
    """
    if set(members["group"]) != {PARTICIPANTS} or not bundle.has("positions", "tandems"):
        return members
    tandems = bundle.table("tandems")
    sides = [tandems[[f"{side}_id", "matched_date"]].set_axis(["person_id", "matched_date"], axis=1) for side in SIDES]
    matches = risk_set_matches(
        members[["person_id", "start_date"]].set_axis(["person_id", "matched_date"], axis=1),
        bundle.people_on(bundle.programme.data_until, members),
        bundle.table("positions"),
        pd.concat(sides, ignore_index=True),
        rng=np.random.default_rng([bundle.programme.seed, STREAM]),
    )
    found = matches[["person_id", "matched_date"]].set_axis(["person_id", "start_date"], axis=1)
    return pd.concat([members, found.assign(group=COMPARISON, kind="matched")], ignore_index=True)


def _has_own_matches(bundle: Bundle, round_: Round) -> bool:
    """Whether the comparison people were found in the data, for want of any that the programme names."""
    return set(groups(bundle, round_, SIDE)["group"]) == {PARTICIPANTS} and bundle.has("positions", "tandems")


def _by_round(bundle: Bundle, round_: Round) -> dict[str, tuple[pd.DataFrame, str]]:
    """Spells of both groups in every round that ended by the end of this one, and what each is compared with."""
    found = {}
    for declared in bundle.programme.rounds:
        starts = cohort_starts(bundle, declared) if declared.end <= round_.end else pd.DataFrame()
        if len(starts):
            found[declared.id] = (cohort_spells(bundle, declared), comparator_of(starts))
    return found


def _first_tandem(tandems: pd.DataFrame) -> pd.Series[Any]:
    """Day of each person's first match, on either side."""
    sides = [tandems[[f"{side}_id", "matched_date"]].set_axis(["person_id", "day"], axis=1) for side in SIDES]
    return pd.concat(sides).groupby("person_id")["day"].min()


@block
def _exits(spells: pd.DataFrame) -> Iterator[Result]:
    """Kinds of exit that compete, per group, and the log-rank test of voluntary ones."""
    for group, rows in spells.groupby("group", sort=False):
        for kind, reasons in EXIT_KINDS.items():
            curve = risk_sets.cumulative_incidence(rows, reasons=reasons)
            yield about(curve, outcome=f"exit.{kind}", side=SIDE, group=str(group))
    if spells["group"].nunique() == 2:
        yield about(risk_sets.log_rank(spells), outcome="retention", side=SIDE)


@block
def _opportunities(bundle: Bundle, starts: pd.DataFrame, against: str) -> Iterator[Result]:
    """Project roles of both groups, and former employees who come back."""
    until = bundle.programme.data_until
    people = bundle.people_on(until, starts)
    if bundle.has("projects") and starts["group"].nunique() == 2:
        counts = event_rates.role_counts(bundle.table("projects"), starts, people, until=until)
        found = event_rates.role_rate_ratio_spread(counts)
        found = replace(found, comparator=against) if isinstance(found, Estimate) else found
        yield about(found, outcome="project_roles", side=SIDE)
        yield about(role_rate_alternatives(counts.assign(round_id="")), outcome="project_roles", side=SIDE)
    if bundle.has("alumni"):
        alumni = bundle.table("alumni")
        yield event_rates.rehire_rate_ratio(alumni, until=until)
        yield event_rates.rehire_rate(alumni, until=until)


@block
def _hazard(bundle: Bundle, round_: Round) -> Iterator[Result]:
    """Hazard of leaving while a mentor against while none, all rounds so far: time since hire, adjusted for age."""
    people, programme = bundle.table("people"), bundle.programme
    spells = _tenure(people, programme)
    if not len(spells) or not bundle.has("tandems"):
        return
    facts = people.set_index("person_id")
    tandems = bundle.table("tandems")
    tandems = tandems[tandems["matched_date"] <= pd.Timestamp(round_.end)]
    first = tandems.groupby("mentor_id")["matched_date"].min()
    joined = first.reindex(spells["person_id"]).dropna()
    days = (joined - facts["hire_date"].reindex(joined.index)).dt.days
    joins = pd.DataFrame({"person_id": joined.index, "joined_days": days.to_numpy()})
    rows = hazard_ratios.participation_rows(spells, joins[joins["joined_days"] >= 0])
    rows = rows.assign(birth_year=looked_up(rows["person_id"], facts["birth_year"]).astype("float64"))
    adjust = ["birth_year"] if rows["birth_year"].notna().all() else []
    yield about(hazard_ratios.hazard_ratio(rows, adjust=adjust), outcome="retention", side=SIDE)
    yield about(hazard_ratios.hazard_alternatives(rows, adjust=adjust), outcome="retention", side=SIDE)
    yield about(hazard_ratios.proportional_hazards_check(rows, adjust=adjust), outcome="retention", side=SIDE)


@block
def _everyone(people: pd.DataFrame, programme: Programme) -> list[Result]:
    """Tenure of all people in the export, voluntary exits, from the day they were hired."""
    spells = _tenure(people, programme)
    return [about(measure.survival_curve(spells), outcome="tenure", group="everyone")] if len(spells) else []


def _tenure(people: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    """Everybody's spell from the day they were hired.

    Whoever was hired before the records start enters late: those who left before are not in the export.
    """
    until = programme.data_until
    starts = people.loc[people["hire_date"] < pd.Timestamp(until), ["person_id", "hire_date"]]
    starts = starts.rename(columns={"hire_date": "start_date"}).assign(group="everyone")
    spells = employment_spells(people, followed_starts(people, starts, until=until), until=until)
    if programme.records_from is None:
        return spells
    hired = looked_up(spells["person_id"], people.set_index("person_id")["hire_date"])
    entry = (pd.Timestamp(programme.records_from) - hired).dt.days.clip(lower=0)
    spells = spells.assign(entry_days=entry)
    return spells[spells["time_days"] > spells["entry_days"]]
