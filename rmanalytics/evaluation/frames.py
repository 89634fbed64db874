"""The tidy tables that measures eat: scores, items, spells, and the people and ties of a wave of the network.

Unit of analysis: person. What the round's own evaluation computes from is given here, for the analyst's own questions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from rmanalytics.errors import known_side, unknown
from rmanalytics.evaluation.cohort import respondents
from rmanalytics.evaluation.network.waves import seen_at, tandem_pairs, waves
from rmanalytics.evaluation.retention import moves
from rmanalytics.evaluation.retention.staying import cohort_starts
from rmanalytics.evaluation.survey.outcomes import outcome_scores
from rmanalytics.measures.retention.spells import employment_spells, move_spells
from rmanalytics.measures.survey import scoring
from rmanalytics.results import SIDES

if TYPE_CHECKING:
    from rmanalytics.evaluation.study import Study
    from rmanalytics.programme.instruments import Instrument

EVENTS = {"retention": (), **moves.OUTCOMES}


class Network(NamedTuple):
    """One wave: ``people`` (``person_id, generation``) and ``ties`` beyond the tandems (``source_id, target_id``)."""

    people: pd.DataFrame
    ties: pd.DataFrame


def scores(study: Study, instrument: str, *, side: str = "") -> pd.DataFrame:
    """Scale scores before and after: ``person_id, group, pre, post``; NaN where there is no score."""
    declared, subscale, side = _asked(study, instrument, side)
    return outcome_scores(_answers(study), respondents(study.bundle, study.round, side), declared, subscale)


def items(study: Study, instrument: str, *, side: str = "", wave: str = "pre") -> pd.DataFrame:
    """Keyed answers at one wave: ``person_id`` and a column an item; NaN where not answered."""
    declared, subscale, side = _asked(study, instrument, side)
    answers = _answers(study)
    known = list(dict.fromkeys(answers["wave"]))
    if wave not in known:
        raise unknown("wave", wave, known)
    own = answers["person_id"].isin(respondents(study.bundle, study.round, side)["person_id"]) & (
        answers["wave"] == wave
    )
    return scoring.keyed_items(answers[own], declared, subscale=subscale).drop(columns="wave")


def spells(study: Study, event: str = "retention") -> pd.DataFrame:
    """Days from the match to an event, a row a person: mentors and those they are compared with."""
    if event not in EVENTS:
        raise unknown("event", event, EVENTS)
    bundle, until = study.bundle, study.programme.data_until
    starts, people = cohort_starts(bundle, study.round), bundle.table("people")
    if event == "retention":
        return employment_spells(people, starts, until=until)
    _needs(study, "positions")
    return move_spells(bundle.table("positions"), starts, people, until=until, kinds=EVENTS[event])


def network(study: Study, wave: str = "after") -> Network:
    """People who answered and ties beyond the tandems, at the wave before the round or the one after it."""
    _needs(study, "ties")
    bundle = study.bundle
    days = waves(bundle, study.round)
    if wave not in days:
        raise unknown("wave of the network", wave, days)
    seen = seen_at(bundle, days[wave], tandem_pairs(bundle, max(days.values())))
    return Network(seen.people, seen.ties)


def _asked(study: Study, outcome: str, side: str) -> tuple[Instrument, str, str]:
    """Instrument, subscale and side that were asked for; the side that declares the outcome unless one was named."""
    known = study.programme.instruments
    name, _, subscale = outcome.partition(".")
    if name not in known:
        raise unknown("instrument", name, known)
    if subscale and subscale not in known[name].subscales:
        raise unknown(f"subscale of {name}", subscale, known[name].subscales)
    declared = [o.side for o in study.programme.outcomes if o.instrument == name]
    return known[name], subscale, known_side(side or next(iter(declared), SIDES[0]))


def _answers(study: Study) -> pd.DataFrame:
    _needs(study, "answers")
    answers = study.bundle.table("answers")
    return answers[answers["round_id"] == study.round.id]


def _needs(study: Study, table: str) -> None:
    if not study.bundle.has(table):
        raise unknown("table", table, study.bundle.tables)
