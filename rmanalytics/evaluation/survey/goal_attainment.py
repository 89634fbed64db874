"""Whether people reached the goals that they set themselves, as somebody else or they themselves rate it.

Unit of analysis: person (the mentee who set them). Whose rating is not recorded counts as one's own.
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
BY_OTHERS, BY_SELF = "goals.by_others", "goals.by_self"


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
    measures = (measure.goal_attainment, measure.goals_reached_share, measure.goals_reached_share_at_worst)
    by_self = table["rated_by"].isna() | (table["rated_by"] == "self")
    found: list[Result] = []
    for outcome, rated in ((BY_OTHERS, table[~by_self]), (BY_SELF, table[by_self])):
        if len(rated):
            once = rated.drop_duplicates(["person_id", "goal_code"])
            found += [about(ask(once), outcome=outcome, side=SIDE) for ask in measures]
    return Results(found)
