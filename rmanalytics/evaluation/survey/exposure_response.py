"""The whole company in its pulse survey: is the score higher where the programme is nearer?

Unit of analysis: person who takes no part; errors are clustered on the unit of the company. Units differ in more than
the programme, so a slope compares and does not prove.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.containment import block
from rmanalytics.evaluation.lots.dealt import units_lot
from rmanalytics.evaluation.network.waves import ENDS, ties_at, waves
from rmanalytics.measures.rows import looked_up
from rmanalytics.measures.survey import exposure as dose
from rmanalytics.measures.survey import exposure_response, scoring
from rmanalytics.measures.survey.exposure_response import PER_TANDEM
from rmanalytics.measures.survey.level_and_trend import level_and_trend
from rmanalytics.results import NotEstimable, Result, Results, about

if TYPE_CHECKING:
    from rmanalytics.evaluation.lots.dealt import ArmsLot
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.instruments import Instrument
    from rmanalytics.programme.programme import Round

DIGITAL = "digital_fitness"
LEARNING = "learning_climate"
LEAST_PULSES = 2
ONE_PULSE = "fewer than {least} pulses up to this round"
BY_TANDEMS, BY_DISTANCE = "tandems in the unit", "distance to a participant"


def company(bundle: Bundle, round_: Round) -> Results:
    """Dose–response and trend of the pulse survey; empty without pulse answers, positions or tandems."""
    if not bundle.has("answers", "positions", "tandems"):
        return Results()
    answers = bundle.table("answers")
    pulse = answers[answers["wave"] == "pulse"]
    items: list[Result] = []
    for name in (DIGITAL, LEARNING):
        instrument = _asked(bundle.programme.instruments[name], pulse)
        if instrument is None:
            continue
        scored = _scores(bundle, pulse, instrument)
        found = [*_slopes(bundle, round_, scored), *_trend(bundle, round_, scored), *_moved(bundle, round_, scored)]
        items += [about(result, outcome=f"pulse.{name}") for result in found]
    return Results(items)


def pulse_scores(bundle: Bundle, round_: Round, name: str) -> pd.Series[float] | None:
    """Scores of a round's pulse on one instrument by person; None where the pulse does not ask it."""
    answers = bundle.table("answers")
    pulse = answers[answers["wave"] == "pulse"]
    instrument = _asked(bundle.programme.instruments[name], pulse)
    if instrument is None:
        return None
    own = pulse[pulse["round_id"] == round_.id]
    return scoring.scores(own, instrument).dropna(subset=["score"]).set_index("person_id")["score"]


def units_at(bundle: Bundle, day: pd.Timestamp) -> pd.DataFrame:
    """Everybody with a position on a day: ``person_id, unit``."""
    positions = bundle.table("positions")
    now = positions[(positions["start_date"] <= day) & ~(positions["end_date"] < day)]
    return now.sort_values("start_date").drop_duplicates("person_id", keep="last")[["person_id", "unit"]]


def _asked(instrument: Instrument, pulse: pd.DataFrame) -> Instrument | None:
    """The instrument with those items alone that the pulse survey asked."""
    asked = set(pulse["item"])
    items = tuple(item for item in instrument.items if item.id in asked)
    return replace(instrument, items=items) if items else None


def _scores(bundle: Bundle, pulse: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """``round_id, person_id, score`` of every pulse."""
    parts = []
    for declared in bundle.programme.rounds:
        own = pulse[pulse["round_id"] == declared.id]
        scored = scoring.scores(own, instrument)[["person_id", "score"]]
        parts.append(scored.assign(round_id=declared.id))
    return pd.concat(parts, ignore_index=True)


@block
def _slopes(bundle: Bundle, round_: Round, scored: pd.DataFrame) -> Iterator[Result]:
    scores = scored.loc[scored["round_id"] == round_.id, ["person_id", "score"]]
    if not len(scores):
        return
    day = pd.Timestamp(min(round_.end, bundle.programme.data_until))
    people = units_at(bundle, day)
    tandems = bundle.table("tandems")
    tandems = tandems[tandems["matched_date"] <= day]
    if not len(tandems):
        return
    exposed = dose.unit_exposure(people, tandems).merge(scores, on="person_id", how="inner")
    yield about(exposure_response.exposure_slope(exposed, unit=exposure_response.PER_TANDEM), group=BY_TANDEMS)
    days = waves(bundle, round_)
    if days:
        participants = set(tandems["mentor_id"]) | set(tandems["mentee_id"])
        ties = ties_at(bundle, max(days.values()))[ENDS]
        near = dose.participant_distance(people, ties, participants=participants & set(people["person_id"]))
        near = near.merge(scores, on="person_id", how="inner")
        yield about(exposure_response.exposure_slope(near, unit=exposure_response.PER_STEP), group=BY_DISTANCE)


@block
def _moved(bundle: Bundle, round_: Round, scored: pd.DataFrame) -> Iterator[Result]:
    people = _pulses(bundle, round_, scored)
    if isinstance(people, NotEstimable):
        yield about(people, group=BY_TANDEMS)
    else:
        yield about(level_and_trend(people, years=people["years"].iloc[0]), group=BY_TANDEMS)


def pulses(bundle: Bundle, round_: Round, name: str) -> pd.DataFrame | NotEstimable | None:
    """Who answered the first pulse or this round's, on one instrument, taking no part; None where it was not asked.

    Where a lot decided when units enter, everybody who was in a listed unit when it was drawn, and each with the
    tandems of an average unit of the same arm.

    Returns
    -------
    DataFrame, NotEstimable or None
        ``person_id, unit, exposure`` (tandems in between per 100 people)``, before, score, years``; by lot also
        ``entered`` (whether the unit's arm has entered) and ``drawn_in`` (the round of the lot).
    """
    if not bundle.has("answers", "positions", "tandems"):
        return None
    answers = bundle.table("answers")
    pulse = answers[answers["wave"] == "pulse"]
    instrument = _asked(bundle.programme.instruments[name], pulse)
    return None if instrument is None else _pulses(bundle, round_, _scores(bundle, pulse, instrument))


def _pulses(bundle: Bundle, round_: Round, scored: pd.DataFrame) -> pd.DataFrame | NotEstimable:
    """The same people at the first pulse and at this one, and how many tandems came to their units in between."""
    held = [one for one in bundle.programme.rounds if one.end <= round_.end and (scored["round_id"] == one.id).any()]
    if len(held) < LEAST_PULSES or held[-1].id != round_.id:
        values = {"least": LEAST_PULSES}
        return NotEstimable(name="level_and_trend", unit=PER_TANDEM, reason=ONE_PULSE, n=len(held), values=values)
    first, day = held[0], pd.Timestamp(min(round_.end, bundle.programme.data_until))
    tandems = bundle.table("tandems")
    between = tandems[(tandems["matched_date"] > pd.Timestamp(first.end)) & (tandems["matched_date"] <= day)]
    taking_part = set(tandems["mentor_id"]) | set(tandems["mentee_id"])
    drawn = units_lot(bundle, first, round_)
    if drawn is None:
        people = dose.unit_exposure(units_at(bundle, day), between)
        people = people[~people["person_id"].isin(taking_part)]
    else:
        people = _as_drawn(units_at(bundle, pd.Timestamp(drawn[0].draw.written.date())), between, *drawn)
    own = {one.id: scored[scored["round_id"] == one.id].set_index("person_id")["score"] for one in (first, round_)}
    people = people.assign(
        before=looked_up(people["person_id"], own[first.id]),
        score=looked_up(people["person_id"], own[round_.id]),
        years=(round_.end - first.end).days / 365.25,
    )
    people = people[people[["before", "score"]].notna().any(axis=1)]
    if not len(people):
        return NotEstimable(name="level_and_trend", unit=PER_TANDEM, reason=exposure_response.NO_SCORE, n=0)
    return people


def _as_drawn(people: pd.DataFrame, tandems: pd.DataFrame, lot: ArmsLot, entered: int) -> pd.DataFrame:
    """People of units on the list of a lot, each with the mean exposure of the unit's arm."""
    of_unit = dose.unit_exposure(people, tandems).drop_duplicates("unit").set_index("unit")["exposure"]
    people = people.assign(arm=people["unit"].map(lot.of_entry)).dropna(subset=["arm"])
    exposure = looked_up(people["unit"], of_unit).groupby(people["arm"]).transform("mean")
    people = people.assign(exposure=exposure, entered=people["arm"] < entered, drawn_in=lot.draw.round_id)
    return people.drop(columns="arm").reset_index(drop=True)


@block
def _trend(bundle: Bundle, round_: Round, scored: pd.DataFrame) -> Iterator[Result]:
    rounds = [declared for declared in bundle.programme.rounds if declared.end <= round_.end]
    parts = []
    for declared in rounds:
        own = scored.loc[scored["round_id"] == declared.id, ["person_id", "score"]]
        units = units_at(bundle, pd.Timestamp(declared.end))
        days = (declared.end - rounds[0].end).days
        parts.append(own.merge(units, on="person_id", how="left").assign(time_days=float(days)))
    pulse = pd.concat(parts, ignore_index=True)
    if len(pulse):
        yield exposure_response.pulse_means(pulse)
        yield exposure_response.pulse_trend(pulse)
