"""How the tandems went: rhythm, cancellations, endings, signs of harm; topics and what came out of them.

Unit of analysis: tandem. Dates and counts alone, never content; single tandems are for the programme team.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rmanalytics.containment import block
from rmanalytics.evaluation.cohort import by_codes, round_tandems
from rmanalytics.evaluation.survey.exposure_response import units_at
from rmanalytics.measures.engagement import cadence, early_warning, initiatives, topics
from rmanalytics.measures.engagement import course as tandem_course
from rmanalytics.measures.rows import looked_up
from rmanalytics.measures.survey import scoring
from rmanalytics.results import SIDES, Estimate, Result

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

STREAM = 40
RELATIONSHIP, SAFETY = "tandem_relationship", "safety"
MOST_APART = 1.5


@block
def course(bundle: Bundle, round_: Round, tandems: pd.DataFrame, meetings: pd.DataFrame) -> Iterator[Result]:
    """Rhythm and endings of the round's tandems, and how many show a sign of harm."""
    seed = bundle.programme.seed
    for stream, measure in enumerate((cadence.cadence, cadence.longest_gap, cadence.meeting_minutes), start=STREAM):
        yield measure(meetings, rng=np.random.default_rng([seed, stream]), seed=seed)
    yield tandem_course.cancelled_share(meetings)
    yield tandem_course.cancellations(meetings)
    known = min(round_.end, bundle.programme.data_until)
    went = tandem_course.tandem_course(tandems, meetings, planned=round_.planned_meetings, until=known)
    yield tandem_course.tandem_survival(went)
    yield tandem_course.ending_incidence(went)
    yield from _harm(bundle, round_, tandems, meetings, went)


@block
def knowledge(bundle: Bundle, round_: Round, tandems: pd.DataFrame, held: pd.DataFrame) -> Iterator[Result]:
    """Topics met about, against the declared catalogue, and changes that came out of the tandems."""
    seed, catalogue = bundle.programme.seed, bundle.programme.topics
    rng = np.random.default_rng([seed, STREAM + 10])
    yield topics.topic_entropy(held, rng=rng, seed=seed)
    if catalogue:
        yield topics.topic_coverage(held, catalogue=catalogue)
        on_it = topics.catalogue_meeting_share(held, catalogue=catalogue, k=bundle.programme.k)
        yield on_it
        yield from _against_first(bundle, round_, on_it)
        yield topics.topic_evenness(held, catalogue=catalogue, rng=rng, seed=seed)
    if bundle.has("positions"):
        units = units_at(bundle, pd.Timestamp(round_.start)).set_index("person_id")["unit"]
        of_mentee = pd.DataFrame({"tandem_id": tandems["tandem_id"], "unit": looked_up(tandems["mentee_id"], units)})
        yield topics.topics_by_unit(held, of_mentee, catalogue=catalogue)
    if bundle.has("initiatives"):
        own = bundle.table("initiatives")
        own = own[own["tandem_id"].isin(tandems["tandem_id"])]
        yield initiatives.initiatives_by_status(own)
        yield initiatives.initiating_share(tandems, own)
        yield initiatives.adopted_share(own)
        yield initiatives.adopted_rate(tandems, own)


@block
def _against_first(bundle: Bundle, round_: Round, now: Result) -> Iterator[Result]:
    """The catalogue's share of this round's meetings against that of the first round, by the same catalogue."""
    first = bundle.programme.rounds[0]
    tandems = round_tandems(bundle, first)
    if first == round_ or tandems is None or not isinstance(now, Estimate):
        return
    meetings = bundle.table("meetings")
    held = meetings[meetings["tandem_id"].isin(tandems["tandem_id"]) & (meetings["status"] == "held")]
    then = topics.catalogue_meeting_share(held, catalogue=bundle.programme.topics, k=bundle.programme.k)
    if isinstance(then, Estimate):
        yield topics.catalogue_change(now, then)


def early_warnings(bundle: Bundle, round_: Round, on: date) -> pd.DataFrame:
    """For the programme team in the middle of a round: state of each tandem, from dates and counts alone.

    Returns
    -------
    DataFrame
        ``tandem_id, state, reason``; empty where there are no tandems or meetings.
    """
    tandems = round_tandems(bundle, round_)
    if tandems is None or not len(tandems) or not bundle.has("meetings"):
        return pd.DataFrame({"tandem_id": [], "state": [], "reason": []})
    meetings = bundle.table("meetings")
    meetings = meetings[meetings["tandem_id"].isin(tandems["tandem_id"])]
    meetings = meetings.assign(held_date=meetings["held_date"].where(meetings["status"] == "held"))
    return early_warning.early_warning(tandems, meetings, on=on)


@block
def _harm(
    bundle: Bundle, round_: Round, tandems: pd.DataFrame, meetings: pd.DataFrame, went: pd.DataFrame
) -> Iterator[Result]:
    """Early closures and low or one-sided safety, as counts; below the middle of the scale counts as low."""
    instrument = bundle.programme.instruments.get(RELATIONSHIP)
    if instrument is None or not bundle.has("answers") or by_codes(bundle, round_):
        return
    answers = bundle.table("answers")
    after = answers[(answers["round_id"] == round_.id) & (answers["wave"] == "post")]
    scored = scoring.scores(after, instrument, subscale=SAFETY).set_index("person_id")["score"]
    felt = [tandems[["tandem_id"]].assign(side=side, score=looked_up(tandems[f"{side}_id"], scored)) for side in SIDES]
    middle = (instrument.scale_min + instrument.scale_max) / 2
    yield early_warning.harm_signs(
        went,
        pd.concat(felt, ignore_index=True),
        least_score=middle,
        most_apart=MOST_APART,
        meetings=meetings if meetings["called_off_by"].notna().any() else None,
    )
