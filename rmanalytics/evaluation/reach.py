"""Who was reached: mentors and mentees beside everybody who was employed when the round began.

Unit of analysis: person.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.evaluation.cohort import SIDES, round_tandems
from rmanalytics.evaluation.network import people_at
from rmanalytics.measures import reach as measure
from rmanalytics.results import Result, Results, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme import Round

ATTRIBUTES = ("talent_group", "generation", "unit", "location")
MEANT_FOR = ("trainee", "young_professional", "high_potential", "alumni")
MEANT, OTHERS = "meant for the programme", "others"


def reach(bundle: Bundle, round_: Round) -> Results:
    """Composition of each side against the pool; empty where the round has no tandems."""
    tandems = round_tandems(bundle, round_)
    if tandems is None or not len(tandems):
        return Results()
    return Results(_compositions(bundle, round_, tandems))


def pool(bundle: Bundle, round_: Round) -> pd.DataFrame:
    """Everybody employed on the round's first day: ``person_id`` and the attributes."""
    day = pd.Timestamp(round_.start)
    people = people_at(bundle, day)
    known = bundle.table("people").set_index("person_id")
    people = people.assign(talent_group=people["person_id"].map(known["talent_group"]))
    if not bundle.has("positions"):
        return people
    positions = bundle.table("positions")
    now = positions[(positions["start_date"] <= day) & ~(positions["end_date"] < day)]
    now = now.sort_values("start_date").drop_duplicates("person_id", keep="last").set_index("person_id")
    return people.assign(**{name: people["person_id"].map(now[name]) for name in ("unit", "location")})


def _compositions(bundle: Bundle, round_: Round, tandems: pd.DataFrame) -> Iterator[Result]:
    people = pool(bundle, round_)
    for side in SIDES:
        own = people.assign(participant=people["person_id"].isin(tandems[f"{side}_id"]).astype("int64"))
        for attribute in ATTRIBUTES:
            if attribute in own and own[attribute].notna().any():
                yield about(measure.composition(own, attribute=attribute), side=side)
        if side == "mentor" and own["talent_group"].notna().any():
            meant = own["talent_group"].isin(MEANT_FOR).map({True: MEANT, False: OTHERS})
            ratio = measure.representation_ratio(own.assign(meant=meant), attribute="meant", group=MEANT)
            yield about(ratio, side=side)
