"""Figures that records answer: tandems and people, meetings, topics, who was reached, answered, stayed, moved up.

Unit: one set of people or tandems, decided by membership alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from rmanalytics.evaluation.cohort import by_codes, groups, round_tandems
from rmanalytics.evaluation.engagement.delivery import held_per_tandem
from rmanalytics.evaluation.engagement.reach import MEANT_FOR, eligible, pool
from rmanalytics.measures.retention.renamed_units import without_renames
from rmanalytics.measures.retention.spells import PROMOTION, first_moves
from rmanalytics.release.figures import Entry, Gate, people, span
from rmanalytics.results import GROUPS, PARTICIPANTS, SIDES

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Programme, Round

MOST_TOPICS = 10


def delivery(bundle: Bundle, round_: Round, gate: Gate) -> Iterator[Entry]:
    """Tandems and people of a round; the shares of tandems that held every meeting, met on a topic, ended early."""
    tandems = round_tandems(bundle, round_)
    if tandems is None or not gate.catalogue.enough("tandems", len(tandems)):
        return
    yield gate.entry(f"tandems.{round_.id}", "tandems", round=round_.id, value=people(len(tandems)), unit="tandems")
    for side in SIDES:
        yield from _people(side, tandems[f"{side}_id"], gate, f"people.{side}.{round_.id}", round=round_.id)
    about = {"round_id": round_.id}
    if bundle.has("meetings"):
        meetings = bundle.table("meetings")
        meetings = meetings[meetings["tandem_id"].isin(tandems["tandem_id"])]
        held = held_per_tandem(tandems, meetings, round_)
        every = held.set_index("tandem_id").pipe(lambda own: own["held"] >= own["planned"])
        name = f"delivery.all_meetings.{round_.id}"
        yield from gate.share(name, "delivery", every, question="all_meetings", what="all_meetings", **about)
        yield from _topics(bundle, round_, tandems, meetings, gate)
    early = tandems.set_index("tandem_id")["ended_date"] < pd.Timestamp(round_.end)
    name = f"delivery.ended_early.{round_.id}"
    yield from gate.share(name, "delivery", early, question="ended_early", what="ended_early", **about)


def places(programme: Programme, round_: Round, gate: Gate) -> Iterator[Entry]:
    """How many tandems were planned, as the lot's places declare it."""
    if programme.draw.places is not None and gate.catalogue.least("places") is not None:
        value = programme.draw.places
        yield gate.entry(f"places.{round_.id}", "places", round=round_.id, value=value, unit="tandems")


def _people(side: str, ids: pd.Series[str], gate: Gate, name: str, **about: Any) -> Iterator[Entry]:
    """People of a side who took part, each once."""
    if gate.catalogue.enough("people", n := ids.nunique()):
        yield gate.entry(name, "people", side=side, value=people(n), unit="people", **about)


def _topics(
    bundle: Bundle, round_: Round, tandems: pd.DataFrame, meetings: pd.DataFrame, gate: Gate
) -> Iterator[Entry]:
    """The shares of tandems that met about each topic of the programme's own list, in its order."""
    met = meetings[(meetings["status"] == "held") & meetings["topic_code"].notna()]
    for topic in bundle.programme.topics[:MOST_TOPICS] if len(met) else ():
        about = tandems["tandem_id"].isin(met.loc[met["topic_code"] == topic, "tandem_id"])
        yes, name = about.set_axis(tandems["tandem_id"]), f"topics.{topic}"
        yield from gate.share(f"{name}.{round_.id}", "topics", yes, round_id=round_.id, question=name, topic=topic)


def together(bundle: Bundle, rounds: Sequence[Round], gate: Gate) -> Iterator[Entry]:
    """Tandems and people of all rounds together; who took part more than once counts once."""
    made = [own for one in rounds if (own := round_tandems(bundle, one)) is not None]
    counts = [len(own) for own in made]
    names = [one.id for one in rounds]
    if gate.catalogue.enough("tandems", sum(counts)) and max(counts) < sum(counts):
        name = f"tandems.{span(names)}"
        yield gate.entry(name, "tandems", rounds=names, value=people(sum(counts)), unit="tandems")
        for side in SIDES:
            ids = pd.concat([own[f"{side}_id"] for own in made])
            yield from _people(side, ids, gate, f"people.{side}.{span(names)}", rounds=names)


def answered(bundle: Bundle, round_: Round, gate: Gate) -> Iterator[Entry]:
    """Who answered afterwards, of each group of a side."""
    if not bundle.has("answers") or by_codes(bundle, round_):
        return
    answers = bundle.table("answers")
    after = answers[(answers["round_id"] == round_.id) & (answers["wave"] == "post")]["person_id"]
    for side in SIDES:
        members = groups(bundle, round_, side)
        for group in GROUPS:
            own = members.loc[members["group"] == group, "person_id"]
            yes = pd.Series(own.isin(after).to_numpy(), index=own.to_numpy())
            about = {"round_id": round_.id, "question": f"answered.{side}.{group}", "side": side, "group": group}
            yield from gate.share(f"answered.{side}.{group}.{round_.id}", "answered", yes, **about)


def staying(bundle: Bundle, round_: Round, gate: Gate) -> Iterator[Entry]:
    """Still in the company after 12 and after 24 months, of each group of a side; never a curve."""
    exits = bundle.table("people").drop_duplicates("person_id", keep="last").set_index("person_id")["exit_date"]
    for side in SIDES:
        members = groups(bundle, round_, side).set_index("person_id")
        for months in _passed(bundle, round_):
            for group in GROUPS:
                own = members[members["group"] == group]
                until = own["start_date"] + pd.DateOffset(months=months)
                there = ~(exits.reindex(own.index) < until)
                about: dict[str, Any] = {"round_id": round_.id, "side": side, "group": group, "months": months}
                name = f"staying.{side}.{group}.{months}"
                yield from gate.share(f"{name}.{round_.id}", "staying", there, question=name, **about)


def moving_up(bundle: Bundle, round_: Round, gate: Gate) -> Iterator[Entry]:
    """On a higher level than at the start after 12 and after 24 months, of each group of a side."""
    if not bundle.has("positions"):
        return
    positions = without_renames(bundle.table("positions"))
    for side, months in ((side, months) for side in SIDES for months in _passed(bundle, round_)):
        members = groups(bundle, round_, side)
        for group in GROUPS:
            own = first_moves(positions, members[members["group"] == group], kinds=(PROMOTION,))
            own = own.merge(members, on=["person_id", "group"]).drop_duplicates("person_id").set_index("person_id")
            yes = own["moved_on"] <= own["start_date"] + pd.DateOffset(months=months)
            about: dict[str, Any] = {"round_id": round_.id, "side": side, "group": group, "months": months}
            name = f"moving_up.{side}.{group}.{months}"
            yield from gate.share(f"{name}.{round_.id}", "moving_up", yes, question=name, **about)


def _passed(bundle: Bundle, round_: Round) -> list[int]:
    """Of 12 and 24 months after a round's end, those that have passed."""
    until = pd.Timestamp(bundle.programme.data_until)
    return [months for months in (12, 24) if pd.Timestamp(round_.end) + pd.DateOffset(months=months) <= until]


def reach(bundle: Bundle, round_: Round, gate: Gate) -> Iterator[Entry]:
    """The share of juniors from the groups that the programme is meant for, beside those who could have taken part."""
    tandems, asked = round_tandems(bundle, round_), eligible(bundle, round_, "mentor")
    known = pool(bundle, round_).drop_duplicates("person_id").set_index("person_id")["talent_group"].dropna()
    if tandems is None or not len(known):
        return
    for group, ids in ((PARTICIPANTS, tandems["mentor_id"]), ("eligible", asked)):
        own = known[known.index.isin(ids)].isin(MEANT_FOR) if ids is not None else known[:0].astype("bool")
        about = {"round_id": round_.id, "question": f"reach.{group}", "side": "mentor", "group": group}
        yield from gate.share(f"reach.mentor.{group}.{round_.id}", "reach", own, **about)
