"""Moving on: internal moves, the picture of leave, move and return, a landmark beside the match, all rounds together.

Unit of analysis: person. Time zero is the match for both groups, but for the landmark analysis, which counts from the
day of the round's last match.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.containment import block
from rmanalytics.evaluation.comparison.balance import LEVELS, NUMBERS, covariates
from rmanalytics.measures.comparison.balance import matching_balance
from rmanalytics.measures.retention import risk_sets
from rmanalytics.measures.retention import spells as measure
from rmanalytics.measures.retention.aalen_johansen import state_occupation, state_stretches
from rmanalytics.measures.retention.kaplan_meier import rmst_difference, survival_curve
from rmanalytics.measures.retention.landmark import landmark_spells
from rmanalytics.measures.retention.median_stay import median_stay
from rmanalytics.measures.retention.renamed_units import without_renames
from rmanalytics.measures.retention.rmst_over_rounds import rmst_over_rounds
from rmanalytics.results import COMPARISON, PARTICIPANTS, SIDES, Estimate, NotEstimable, Result, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle

SIDE = "mentor"
OUTCOMES = {"promotion": (measure.PROMOTION,), "lateral_move": (measure.LATERAL,), "career_move": measure.MOVES}
"""Moves that each outcome counts; the last is any of them, whichever comes first."""
NO_COMPARISON = "no comparison group for this side"
GONE = "gone, or not yet there, on the landmark day"


@block
def moves(bundle: Bundle, starts: pd.DataFrame, against: str) -> Iterator[Result]:
    """Time to a promotion, to a lateral move, and to the first of both, exits competing; and the states over time."""
    until = bundle.programme.data_until
    people, positions = bundle.people_on(until, starts), without_renames(bundle.table("positions"))
    for outcome, kinds in OUTCOMES.items():
        spells = measure.move_spells(positions, starts, people, until=until, kinds=kinds)
        yield from contrast(spells, against, outcome)
        for group, rows in spells.groupby("group", sort=False):
            curve = risk_sets.cumulative_incidence(rows, reasons=kinds)
            yield about(curve, outcome=f"move.{outcome}", side=SIDE, group=str(group))
    stretches = state_stretches(positions, starts, people, until=until)
    for group, rows in stretches.groupby("group", sort=False):
        yield about(state_occupation(rows), outcome="career", side=SIDE, group=str(group))


@block
def contrast(spells: pd.DataFrame, against: str, outcome: str) -> Iterator[Result]:
    """Curves and counts of each group, and the difference in days."""
    for group, rows in spells.groupby("group", sort=False):
        yield about(survival_curve(rows), outcome=outcome, side=SIDE, group=str(group))
        yield about(median_stay(rows), outcome=outcome, side=SIDE, group=str(group))
        yield _events(rows, outcome, str(group))
    if set(spells["group"]) == {PARTICIPANTS, COMPARISON}:
        yield about(_against(rmst_difference(spells), against), outcome=outcome, side=SIDE)
    else:
        found = NotEstimable(name="rmst_difference", unit="days", reason=NO_COMPARISON, n=len(spells))
        yield about(found, outcome=outcome, side=SIDE)


@block
def from_landmark(starts: pd.DataFrame, spells: pd.DataFrame, against: str) -> Iterator[Result]:
    """The same people from the day of the round's last match: who is still there, by whether they were matched by then.

    Parameters
    ----------
    starts, spells : DataFrame
        Starts of both groups, and their spells in the same order.
    against : str
        What the comparison group is.
    """
    if starts["group"].nunique() < 2 or starts["person_id"].duplicated().any():
        return
    origin = starts["start_date"].min()
    since = (starts["start_date"] - origin).dt.days.to_numpy()
    shifted = spells[["person_id", "event"]].assign(
        time_days=spells["time_days"].to_numpy() + since, entry_days=since.astype("float64")
    )
    shifted = shifted[shifted["time_days"] > shifted["entry_days"]]
    matched = starts.assign(joined_days=since)[starts["group"] == PARTICIPANTS]
    joins = matched.loc[matched["person_id"].isin(shifted["person_id"]), ["person_id", "joined_days"]]
    day = float(matched["joined_days"].max())
    kept = landmark_spells(shifted, joins, landmark_days=day)
    found = _against(rmst_difference(kept), against)
    if isinstance(found, Estimate):
        out = len(starts) - len(kept)
        extra = dict(found.extra) | {"landmark_days": day}
        found = replace(found, n_excluded=out, excluded_reason=GONE if out else "", extra=extra)
    named = replace(found, name="landmark_rmst_difference")
    yield about(named, outcome="retention", side=SIDE, group="landmark")


@block
def over_rounds(by_round: dict[str, tuple[pd.DataFrame, str]]) -> Iterator[Result]:
    """Staying in each round, and all rounds in one model that knows who stands in it twice.

    Parameters
    ----------
    by_round : dict
        Spells of both groups and what the comparison group is, by round id, in order.
    """
    both = {name: pair for name, pair in by_round.items() if pair[0]["group"].nunique() == 2}
    if len(both) < 2:
        return
    for name, (spells, against) in both.items():
        found = replace(_against(rmst_difference(spells), against), name="round_rmst_difference")
        yield about(found, outcome="retention", side=SIDE, group=name)
    together = pd.concat([spells.assign(round_id=name) for name, (spells, _) in both.items()], ignore_index=True)
    kinds = {against for _, against in both.values()}
    against = kinds.pop() if len(kinds) == 1 else ""
    yield about(_against(rmst_over_rounds(together), against), outcome="retention", side=SIDE)


def balance_of_matches(bundle: Bundle, starts: pd.DataFrame) -> Result | None:
    """How alike the groups were before and after matching: everybody who might have been chosen, and who was.

    Before: everybody employed on the day of the round's first match who had not taken part by then. None without
    matches.
    """
    matched = starts[starts["group"] == COMPARISON]
    taking_part = starts[starts["group"] == PARTICIPANTS]
    if not len(matched) or not len(taking_part):
        return None
    day = taking_part["start_date"].min()
    people, tandems = bundle.people_on(day), bundle.table("tandems")
    earlier = tandems[tandems["matched_date"] <= day]
    involved = set(taking_part["person_id"]).union(*(set(earlier[f"{side}_id"]) for side in SIDES))
    employed = (people["hire_date"] <= day) & ~(people["exit_date"] <= day)
    pool = people.loc[employed & ~people["person_id"].isin(involved | set(matched["person_id"])), ["person_id"]]
    pool = pool.assign(group=COMPARISON, start_date=day)
    kept = starts[["person_id", "group", "start_date"]].drop_duplicates("person_id")
    before = covariates(bundle, pd.concat([kept, pool], ignore_index=True))
    after = before[before["person_id"].isin(kept["person_id"])]
    names = [name for name in (*NUMBERS, *LEVELS) if before[name].notna().any()]
    return about(matching_balance(before, after, covariates=names), side=SIDE)


def _against(found: Estimate | NotEstimable, against: str) -> Estimate | NotEstimable:
    return replace(found, comparator=against) if isinstance(found, Estimate) else found


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
