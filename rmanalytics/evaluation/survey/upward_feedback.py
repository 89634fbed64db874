"""Leadership as the mentees' own reports see it, beside leaders of the comparison group.

Unit of analysis: leader; raters are nested in leaders and stay anonymous.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.evaluation.cohort import comparator_of, groups
from rmanalytics.measures.survey import scoring
from rmanalytics.measures.survey import upward_feedback as measure
from rmanalytics.results import Estimate, Result, Results, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

SIDE = "mentee"
INSTRUMENT = "upward_leadership"


def upward(bundle: Bundle, round_: Round) -> Results:
    """Differences in upward feedback; empty where there is none for the round."""
    if not bundle.has("upward"):
        return Results()
    ratings = leader_ratings(bundle, round_)
    if not len(ratings):
        return Results()
    against = comparator_of(groups(bundle, round_, SIDE))
    found: list[Result] = [
        measure.leader_adjusted_difference(ratings),
        measure.leader_change_difference(ratings),
        measure.rater_change_difference(ratings),
    ]
    return Results(about(_compared(result, against), outcome=INSTRUMENT, side=SIDE) for result in found)


def leader_ratings(bundle: Bundle, round_: Round) -> pd.DataFrame:
    """One row a leader, rater and wave: ``leader_id, rater, wave, score, group``."""
    instrument = bundle.programme.instruments[INSTRUMENT]
    members = groups(bundle, round_, SIDE).rename(columns={"person_id": "leader_id"})[["leader_id", "group"]]
    table = bundle.table("upward")
    mine = (table["round_id"] == round_.id) & table["item"].isin(instrument.item_ids)
    table = table[mine & table["leader_id"].isin(members["leader_id"])]
    pairs = table[["leader_id", "rater"]].drop_duplicates().reset_index(drop=True)
    pairs["person_id"] = [f"rater {number}" for number in range(len(pairs))]
    answers = table.merge(pairs, on=["leader_id", "rater"])[["person_id", "wave", "item", "value"]]
    scored = scoring.scores(answers, instrument)[["person_id", "wave", "score"]]
    return scored.merge(pairs, on="person_id").merge(members, on="leader_id").drop(columns="person_id")


def _compared(result: Result, against: str) -> Result:
    return replace(result, comparator=against) if isinstance(result, Estimate) else result
