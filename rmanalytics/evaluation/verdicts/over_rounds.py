"""Who stands behind a claim in its rounds: scores, places in the network, leaders; with them one model of all rounds.

Unit: the person in one round. Records (exits, roles, returns, mentions) stand in `records_over_rounds`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.evaluation.across_rounds import asked
from rmanalytics.evaluation.claims import Claim
from rmanalytics.evaluation.cohort import comparator_of, groups, respondents
from rmanalytics.evaluation.comparison.balance import known_of
from rmanalytics.evaluation.network.of_people import CLOSENESS, standing
from rmanalytics.evaluation.survey import upward_feedback as leaders
from rmanalytics.evaluation.survey.linkage import with_uncertain
from rmanalytics.evaluation.survey.outcomes import SLOPES_OF, TASK, answers_of, in_todays_wording, scored_of
from rmanalytics.evaluation.verdicts import records_over_rounds as records
from rmanalytics.evaluation.verdicts.together import Together, complete_pairs, named, of_people, stratified
from rmanalytics.measures.rows import looked_up
from rmanalytics.measures.survey.all_rounds import clustered_difference
from rmanalytics.measures.survey.slopes_over_rounds import slope_over_rounds
from rmanalytics.measures.survey.upward_feedback import leader_scores
from rmanalytics.results import COMPARISON, Estimate, NotEstimable, Results

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.declared_plan import Outcome
    from rmanalytics.programme.programme import Round

OTHER_ITEMS = "this round asked other items than the last one, and no mapping between them is declared"
SOLVED_IN_TASKS = "digital_fitness"
"""The scale whose second source is the tasks that people solve."""

Model = Callable[[pd.DataFrame], Estimate | NotEstimable]


def over_rounds(bundle: Bundle, claim: Claim, rounds: Sequence[str], of_round: Callable[[str], Results]) -> Together:
    """A claim over some rounds.

    Parameters
    ----------
    bundle : Bundle
    claim : Claim
    rounds : sequence of str
        Ids in order, the present one last.
    of_round : callable
        Everything that a round's families gave.
    """
    if claim.result in ("adjusted_difference", "slope_difference"):
        slopes = claim.result == "slope_difference"
        wanted = SLOPES_OF if slopes else claim.id
        outcome = next((one for one in bundle.programme.outcomes if one.claim == wanted), None)
        if outcome is None:
            return Together(estimate=None)
        return _scales(bundle, outcome, rounds, slope_over_rounds if slopes else clustered_difference)
    if claim.least == "network":
        return _networks(bundle, claim, rounds)
    if claim.result == "leader_adjusted_difference":
        return _leaders(bundle, claim, rounds)
    gathered = records.gathered(bundle, claim, rounds)
    return stratified(claim, rounds, of_round) if gathered is None else gathered


def _scales(bundle: Bundle, outcome: Outcome, rounds: Sequence[str], measure: Model, *, again: bool = True) -> Together:
    instrument = bundle.programme.instruments[outcome.instrument]
    if not bundle.has("answers"):
        return Together(estimate=None)
    task = bundle.programme.instruments[TASK] if outcome.instrument == SOLVED_IN_TASKS else None
    parts, solved, kinds = [], [], set()
    last = asked(answers_of(bundle, bundle.programme.round(rounds[-1])), instrument)
    for name in rounds:
        round_, side = bundle.programme.round(name), outcome.side
        members = respondents(bundle, round_, side)
        own = in_todays_wording(bundle.programme, answers_of(bundle, round_), instrument)
        if not len(members) or asked(own, instrument) != last:
            continue
        scored = _placed(bundle, round_, side, scored_of(bundle, round_, instrument.name, side, today=True))
        parts.append(scored)
        if task is not None and measure is clustered_difference:
            in_tasks = scored_of(bundle, round_, task.name, side, today=True)
            solved.append(in_tasks.assign(round_id=name, cluster_id=scored["person_id"]))
        kinds.add(comparator_of(members))
    ends = (float(instrument.scale_min), float(instrument.scale_max))
    found = _modelled(parts, kinds, rounds, measure, outcome=outcome.instrument, side=outcome.side)
    second = clustered_difference(pd.concat(solved, ignore_index=True)) if solved else None
    doubtful = None
    if again and bundle.linked is not None and len(bundle.linked.uncertain):
        doubtful = _scales(with_uncertain(bundle), outcome, rounds, measure, again=False).estimate
    return replace(found, scale=ends, second=_known(second), doubtful=_known(doubtful))


def _known(result: Estimate | NotEstimable | None) -> Estimate | None:
    return result if isinstance(result, Estimate) else None


def _placed(bundle: Bundle, round_: Round, side: str, scored: pd.DataFrame) -> pd.DataFrame:
    """People with their round, their unit on its first day, and themselves as cluster."""
    known = known_of(bundle, round_, side).set_index("person_id")["unit"]
    unit = looked_up(scored["person_id"], known)
    return scored.assign(round_id=round_.id, cluster_id=scored["person_id"], unit_id=unit)


def _modelled(
    parts: list[pd.DataFrame], kinds: set[str], rounds: Sequence[str], measure: Model, *, outcome: str, side: str
) -> Together:
    """One model of the people of all rounds; nothing where nobody is compared."""
    if not parts or not any((part["group"] == COMPARISON).any() for part in parts):
        return Together(estimate=None)
    people = pd.concat(parts, ignore_index=True)
    against = next(iter(kinds)) if len(kinds) == 1 else ""
    found = of_people(people, rounds, lambda rows: named(measure(rows), against, outcome=outcome, side=side))
    return replace(found, counts=complete_pairs(people))


def _networks(bundle: Bundle, claim: Claim, rounds: Sequence[str]) -> Together:
    """Ties after, at equal ties before; the network least answered of all rounds counts."""
    indicator, parts, kinds, waves = claim.outcome[0], [], set(), []
    for name in rounds:
        round_ = bundle.programme.round(name)
        seen = standing(bundle, round_, claim.side, indicator)
        if seen is not None and len(seen.people):
            parts.append(seen.people.assign(round_id=name, cluster_id=seen.people["person_id"]))
            kinds.add(comparator_of(groups(bundle, round_, claim.side)))
            waves.append(seen)
    unit = "closeness" if indicator == CLOSENESS else "ties"

    def measure(rows: pd.DataFrame) -> Estimate | NotEstimable:
        return replace(clustered_difference(rows), unit=unit)

    found = _modelled(parts, kinds, rounds, measure, outcome=indicator, side=claim.side)
    if found.people is None:
        return found
    counts = {**found.counts, "answered": min(one.answered for one in waves)}
    compared = found.people.loc[found.people["group"] == COMPARISON, "post"]
    if indicator != CLOSENESS:
        return replace(found, counts=counts)
    return replace(found, counts=counts | {"top": min(one.top for one in waves)}, times=float(compared.mean()))


def _leaders(bundle: Bundle, claim: Claim, rounds: Sequence[str]) -> Together:
    """Each leader's mean of raters, the leader being the unit and the cluster."""
    instrument = bundle.programme.instruments[leaders.INSTRUMENT]
    parts, kinds = [], set()
    for name in rounds if bundle.has("upward") else ():
        round_ = bundle.programme.round(name)
        ratings = leaders.leader_ratings(bundle, round_)
        if len(ratings):
            members = groups(bundle, round_, claim.side)
            scored = leader_scores(ratings).rename(columns={"leader_id": "person_id"})
            parts.append(_placed(bundle, round_, claim.side, scored[["person_id", "group", "pre", "post"]]))
            kinds.add(comparator_of(members))

    def measure(rows: pd.DataFrame) -> Estimate | NotEstimable:
        found = clustered_difference(rows)
        return replace(found, unit_of_analysis="leader") if isinstance(found, Estimate) else found

    found = _modelled(parts, kinds, rounds, measure, outcome=leaders.INSTRUMENT, side=claim.side)
    return replace(found, scale=(float(instrument.scale_min), float(instrument.scale_max)))
