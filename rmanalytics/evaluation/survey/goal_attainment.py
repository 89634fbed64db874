"""Whether people reached the goals that they set themselves.

Unit of analysis: person (the mentee who set them).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rmanalytics.evaluation.cohort import groups
from rmanalytics.measures.survey import goal_attainment as measure
from rmanalytics.results import PARTICIPANTS, Result, Results, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

SIDE = "mentee"


def goals(bundle: Bundle, round_: Round) -> Results:
    """Goal attainment of the round's mentees; empty where no goals are recorded."""
    if not bundle.has("goals"):
        return Results()
    members = groups(bundle, round_, SIDE)
    own = members.loc[members["group"] == PARTICIPANTS, "person_id"]
    table = bundle.table("goals")
    table = table[(table["round_id"] == round_.id) & table["person_id"].isin(own)]
    if not len(table):
        return Results()
    found: list[Result] = [
        measure.goal_attainment(table),
        measure.goals_reached_share(table),
        measure.goals_reached_share_at_worst(table),
    ]
    return Results(about(result, outcome="goals", side=SIDE) for result in found)
