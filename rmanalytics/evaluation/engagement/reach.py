"""Who was reached: mentors and mentees beside everybody who was employed when the round began, and how far they came.

Unit of analysis: person.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.containment import block
from rmanalytics.evaluation.cohort import round_tandems
from rmanalytics.evaluation.engagement.delivery import held_per_tandem
from rmanalytics.evaluation.network.waves import people_at
from rmanalytics.measures.engagement import reach as measure
from rmanalytics.measures.rows import looked_up
from rmanalytics.results import SIDES, Result, Results, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

ATTRIBUTES = ("talent_group", "generation", "unit", "location")
MEANT_FOR = ("trainee", "young_professional", "high_potential", "alumni")
MEANT, OTHERS = "meant for the programme", "others"


def reach(bundle: Bundle, round_: Round) -> Results:
    """Composition of each side against the pool, and its flow; empty where the round has no tandems."""
    tandems = round_tandems(bundle, round_)
    if tandems is None or not len(tandems):
        return Results()
    return Results([*_flows(bundle, round_, tandems), *_compositions(bundle, round_, tandems)])


@block
def _flows(bundle: Bundle, round_: Round, tandems: pd.DataFrame) -> Iterator[Result]:
    """People of each side by stage; a stage of which there is no record is left out."""
    came = {"matched": tandems}
    if bundle.has("meetings"):
        counts = held_per_tandem(tandems, bundle.table("meetings"), round_).set_index("tandem_id")
        held, planned = (looked_up(tandems["tandem_id"], counts[column]) for column in ("held", "planned"))
        came |= {"started": tandems[held > 0], "finished": tandems[(held == planned) & (planned > 0)]}
    asked = _invitations(bundle, round_)
    employed = people_at(bundle, pd.Timestamp(round_.start))["person_id"]
    for side in SIDES:
        stages = {"eligible": employed} | {stage: reached[f"{side}_id"] for stage, reached in came.items()}
        if asked is not None:
            own = asked[asked["side"] == side]
            stages["invited"] = own.loc[own["invited_date"].notna(), "person_id"]
            stages["volunteered"] = own.loc[own["answer"] == "volunteered", "person_id"]
        everybody = pd.concat(list(stages.values())).drop_duplicates().reset_index(drop=True)
        marks = {stage: everybody.isin(ids).astype("int64") for stage, ids in stages.items()}
        yield about(measure.recruitment_flow(pd.DataFrame({"person_id": everybody, **marks})), side=side)


def _invitations(bundle: Bundle, round_: Round) -> pd.DataFrame | None:
    """Invitations to the round; None where the programme keeps no record of them for it."""
    if not bundle.has("invitations"):
        return None
    table = bundle.table("invitations")
    own = table[table["round_id"] == round_.id]
    return own if len(own) else None


def pool(bundle: Bundle, round_: Round) -> pd.DataFrame:
    """Everybody employed on the round's first day: ``person_id`` and the attributes."""
    day = pd.Timestamp(round_.start)
    people = people_at(bundle, day)
    known = bundle.people_on(round_.start).set_index("person_id")
    people = people.assign(talent_group=looked_up(people["person_id"], known["talent_group"]))
    if not bundle.has("positions"):
        return people
    positions = bundle.table("positions")
    now = positions[(positions["start_date"] <= day) & ~(positions["end_date"] < day)]
    now = now.sort_values("start_date").drop_duplicates("person_id", keep="last").set_index("person_id")
    return people.assign(**{name: looked_up(people["person_id"], now[name]) for name in ("unit", "location")})


@block
def _compositions(bundle: Bundle, round_: Round, tandems: pd.DataFrame) -> Iterator[Result]:
    people = pool(bundle, round_)
    for side in SIDES:
        own = people.assign(participant=people["person_id"].isin(tandems[f"{side}_id"]).astype("int64"))
        for attribute in ATTRIBUTES:
            if attribute in own and own[attribute].notna().any():
                yield about(measure.composition(own, attribute=attribute), side=side)
        if side == "mentor" and own["talent_group"].notna().any():
            yield about(measure.meant_share(own[own["participant"] == 1], meant=MEANT_FOR), side=side)
            asked = eligible(bundle, round_, side)
            if asked is not None:
                in_pool = own[own["person_id"].isin(asked) | (own["participant"] == 1)]
                meant = in_pool["talent_group"].isin(MEANT_FOR).map({True: MEANT, False: OTHERS})
                ratio = measure.representation_ratio(in_pool.assign(meant=meant), attribute="meant", group=MEANT)
                yield about(ratio, side=side)


def eligible(bundle: Bundle, round_: Round, side: str) -> pd.Series | None:
    """Who could have taken part on a side: asked or came forward, and not marked as ineligible; None if unrecorded."""
    asked = _invitations(bundle, round_)
    if asked is None:
        return None
    own = asked[(asked["side"] == side) & (asked["eligible"] != "no")]
    return own["person_id"] if len(own) else None
