"""All rounds up to this one, side by side: the primary outcome, completion, the bridge.

Unit of analysis: round. The people of all rounds stand in one model, with errors that know who stands in it twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.containment import block
from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.cohort import comparator_of, respondents, round_tandems
from rmanalytics.evaluation.engagement.delivery import held_per_tandem
from rmanalytics.evaluation.network.waves import seen_at, tandem_pairs
from rmanalytics.evaluation.survey.outcomes import WAVES, answers_of, in_todays_wording, scored_of
from rmanalytics.measures.engagement.delivery import completion_share
from rmanalytics.measures.network.ei_excess import ei_excess
from rmanalytics.measures.stats.meta_analysis import pooled_alternatives, pooled_difference, predicted_difference
from rmanalytics.measures.survey.all_rounds import clustered_difference
from rmanalytics.measures.survey.ancova import adjusted_difference
from rmanalytics.results import Estimate, NotEstimable, Result, Results, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.instruments import Instrument
    from rmanalytics.programme.programme import Round

LEAST_ROUNDS = 2
SMALLEST = 0.2
TOO_FEW_ROUNDS = "fewer than {least} rounds with an estimate"
OTHER_ITEMS = "this round asked other items than the last one, and no mapping between them is declared"
EXPECTED = "prediction interval of a next round, half-normal prior of the spread between rounds"


def across(bundle: Bundle, round_: Round) -> Results:
    """Results of every round that ended by the end of this one."""
    rounds = [declared for declared in bundle.programme.rounds if declared.end <= round_.end]
    items: list[Result] = []
    items += _primary(bundle, rounds)
    items += _completion(bundle, rounds)
    items += _bridge(bundle, round_)
    return Results(items)


@block
def _primary(bundle: Bundle, rounds: list[Round]) -> Iterator[Result]:
    outcome = bundle.programme.main_outcome
    if outcome is None or not bundle.has("answers"):
        return
    instrument = bundle.programme.instruments[outcome.instrument]
    today = asked(answers_of(bundle, rounds[-1]), instrument)
    rows: list[dict[str, object]] = []
    seen: list[pd.DataFrame] = []
    for declared in rounds:
        members = respondents(bundle, declared, outcome.side)
        if not len(members):
            continue
        own = in_todays_wording(bundle.programme, answers_of(bundle, declared), instrument)
        scored = scored_of(bundle, declared, instrument.name, outcome.side, today=True)
        result: Result = adjusted_difference(scored)
        if asked(own, instrument) != today:
            result = NotEstimable(name=result.name, unit="scale points", reason=OTHER_ITEMS, n=len(members))
        if isinstance(result, Estimate):
            result = replace(result, comparator=comparator_of(members))
            rows.append({"round_id": declared.id, "value": result.value, "se": result.extra["se"]})
            seen.append(scored.assign(round_id=declared.id, cluster_id=scored["person_id"]))
        yield about(result, outcome=outcome.instrument, side=outcome.side, group=declared.id)
    smallest = next(claim.smallest_effect for claim in claims() if claim.id == outcome.claim)
    for result in _together(rows, seen, smallest or SMALLEST):
        yield about(result, outcome=outcome.instrument, side=outcome.side)


def asked(answers: pd.DataFrame, instrument: Instrument) -> set[str]:
    """Items of an instrument that somebody answered before or after a round."""
    return set(answers.loc[answers["wave"].isin(WAVES), "item"]) & set(instrument.item_ids)


@block
def _together(rows: list[dict[str, object]], seen: list[pd.DataFrame], smallest: float) -> Iterator[Result]:
    """One model of everybody, what it foretells of the next round, and random effects of rounds as a check."""
    name, unit = "clustered_difference", "scale points"
    if len(rows) < LEAST_ROUNDS:
        yield NotEstimable(name=name, unit=unit, reason=TOO_FEW_ROUNDS, n=len(rows), values={"least": LEAST_ROUNDS})
        return
    together, rounds = clustered_difference(pd.concat(seen, ignore_index=True)), pd.DataFrame(rows)
    yield together
    if isinstance(together, Estimate):
        values, errors = (rounds[column].to_numpy(dtype="float64") for column in ("value", "se"))
        expected = predicted_difference(values, errors, scale=smallest / 2)
        yield replace(
            together,
            name="next_round_difference",
            value=expected.middle,
            lo=expected.lo,
            hi=expected.hi,
            p_value=None,
            method=EXPECTED,
            extra={"tau": expected.tau, "rounds": float(len(rows))},
        )
    yield pooled_difference(rounds)
    yield pooled_alternatives(rounds)


@block
def _completion(bundle: Bundle, rounds: list[Round]) -> Iterator[Result]:
    if not bundle.has("meetings"):
        return
    for declared in rounds:
        tandems = round_tandems(bundle, declared)
        if tandems is not None and len(tandems):
            per_tandem = held_per_tandem(tandems, _meetings_of(bundle, tandems), declared)
            yield about(completion_share(per_tandem), group=declared.id)


def _meetings_of(bundle: Bundle, tandems: pd.DataFrame) -> pd.DataFrame:
    meetings = bundle.table("meetings")
    return meetings[meetings["tandem_id"].isin(tandems["tandem_id"])]


@block
def _bridge(bundle: Bundle, round_: Round) -> Iterator[Result]:
    """E–I beyond what group sizes alone give, wave by wave, tandem ties taken out."""
    if not bundle.has("ties"):
        return
    ties = bundle.table("ties")
    ties = ties[ties["kind"] == bundle.programme.tie_kind]
    last = ties.loc[ties["wave_date"] >= pd.Timestamp(round_.end), "wave_date"].min()
    days = [day for day in sorted(ties["wave_date"].unique()) if pd.isna(last) or day <= last]
    if not days:
        return
    pairs = tandem_pairs(bundle, days[-1])
    for day in days:
        wave = seen_at(bundle, day, pairs)
        yield about(ei_excess(wave.people, wave.ties), group=pd.Timestamp(day).strftime("%Y-%m-%d"))
