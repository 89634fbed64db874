"""Who stands behind a claim in its rounds: scores, places in the network, leaders; with them one model of all rounds.

Unit: the person in one round. Records (exits, roles, returns, mentions) stand in `records_over_rounds`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from rmanalytics.evaluation.across_rounds import asked
from rmanalytics.evaluation.claims import Claim
from rmanalytics.evaluation.cohort import comparator_of, groups, respondents, round_tandems
from rmanalytics.evaluation.comparison.balance import known_of
from rmanalytics.evaluation.lots.breaches import held
from rmanalytics.evaluation.lots.dealt import UNIT
from rmanalytics.evaluation.network.of_people import CLOSENESS, standing
from rmanalytics.evaluation.survey import upward_feedback as leaders
from rmanalytics.evaluation.survey.exposure_response import pulses
from rmanalytics.evaluation.survey.guesses import GUESSES, accuracies, accuracy_difference
from rmanalytics.evaluation.survey.linkage import with_uncertain
from rmanalytics.evaluation.survey.outcomes import SLOPES_OF, TASK, answers_of, in_todays_wording, scored_of
from rmanalytics.evaluation.verdicts import records_over_rounds as records
from rmanalytics.evaluation.verdicts.together import Together, complete_pairs, named, of_people
from rmanalytics.measures.rows import looked_up
from rmanalytics.measures.survey.all_rounds import clustered_difference
from rmanalytics.measures.survey.exposure_response import PER_YEAR
from rmanalytics.measures.survey.level_and_trend import PARTS, level_and_trend
from rmanalytics.measures.survey.slopes_over_rounds import slope_over_rounds
from rmanalytics.measures.survey.upward_feedback import leader_scores
from rmanalytics.results import COMPARISON, Estimate, NotEstimable, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.declared_plan import Outcome
    from rmanalytics.programme.programme import Round

OTHER_ITEMS = "this round asked other items than the last one, and no mapping between them is declared"
PULSE = "pulse."
KNOWN, OF_SELF_RATING = "M7", 0.5
"""The claim that guesses answer better, and their smallest effect as a share of that of a self-rating."""
RISE_IN_SLOPES = 2.0
"""The smallest rise of interest in points a year, in smallest slopes of interest: .1 where a slope of .05 matters."""
SOLVED_IN_TASKS = "digital_fitness"
"""The scale whose second source is the tasks that people solve."""

Model = Callable[[pd.DataFrame], Estimate | NotEstimable]


def over_rounds(bundle: Bundle, claim: Claim, rounds: Sequence[str], *, both_sides: bool = False) -> Together:
    """A claim over some rounds.

    Parameters
    ----------
    bundle : Bundle
    claim : Claim
    rounds : sequence of str
        Ids in order, the present one last.
    both_sides : bool
        Whether the claim is a part of one on both sides: people of tandems that share somebody then go together.
    """
    guesses = _guesses(bundle, claim, rounds) if claim.id == KNOWN else None
    if guesses is not None:
        return guesses
    if claim.result in ("adjusted_difference", "slope_difference"):
        slopes = claim.result == "slope_difference"
        wanted = SLOPES_OF if slopes else claim.id
        outcome = next((one for one in bundle.programme.outcomes if one.claim == wanted), None)
        if outcome is None:
            return Together(estimate=None)
        model = slope_over_rounds if slopes else clustered_difference
        return _scales(bundle, outcome, rounds, model, both_sides=both_sides)
    if claim.least == "slope":
        return _units(bundle, claim, rounds)
    if claim.least == "network":
        return _networks(bundle, claim, rounds)
    if claim.result == "leader_adjusted_difference":
        return _leaders(bundle, claim, rounds)
    return records.gathered(bundle, claim, rounds) or Together(estimate=None)


def chained(tandems: pd.DataFrame) -> pd.Series[str]:
    """One person for everybody of the same chain: tandems that share somebody hang together, whichever the side.

    Parameters
    ----------
    tandems : DataFrame
        ``mentor_id, mentee_id``.

    Returns
    -------
    Series
        The first person of the chain, by person.

    Examples
    --------
    Ann coaches Bo and is coached by Cy:

    >>> chained(pd.DataFrame({"mentor_id": ["Ann", "Cy", "Di"], "mentee_id": ["Bo", "Ann", "Ed"]})).to_dict()
    {'Ann': 'Ann', 'Cy': 'Ann', 'Di': 'Di', 'Bo': 'Ann', 'Ed': 'Di'}
    """
    codes, people = pd.factorize(pd.concat([tandems["mentor_id"], tandems["mentee_id"]]))
    n = len(tandems)
    links = coo_array((np.ones(n), (codes[:n], codes[n:])), shape=(people.size, people.size))
    chain = pd.Series(connected_components(links, directed=False)[1], index=people)
    first = pd.Series(people, index=chain.to_numpy()).groupby(level=0).first()
    return pd.Series(first.loc[chain].to_numpy(), index=people)


def _together(bundle: Bundle, rounds: Sequence[str], people: pd.DataFrame) -> pd.DataFrame:
    """The people of a part of a claim on both sides, clustered by chains of tandems."""
    known = [round_tandems(bundle, bundle.programme.round(name)) for name in rounds]
    chain = chained(pd.concat([one for one in known if one is not None]))
    return people.assign(cluster_id=looked_up(people["person_id"], chain).fillna(people["cluster_id"]))


def _scales(
    bundle: Bundle, outcome: Outcome, rounds: Sequence[str], measure: Model, *, both_sides: bool, again: bool = True
) -> Together:
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
        parts.append(_together(bundle, rounds, scored) if both_sides else scored)
        if task is not None and measure is clustered_difference:
            in_tasks = scored_of(bundle, round_, task.name, side, today=True)
            in_tasks[["pre", "post"]] *= 1 if task.direction == instrument.direction else -1
            solved.append(in_tasks.assign(round_id=name, cluster_id=scored["person_id"]))
        kinds.add(comparator_of(members))
    ends = (float(instrument.scale_min), float(instrument.scale_max))
    found = _modelled(parts, kinds, rounds, measure, outcome=outcome.instrument, side=outcome.side)
    second = clustered_difference(pd.concat(solved, ignore_index=True)) if solved else None
    doubtful = None
    if again and bundle.linked is not None and len(bundle.linked.uncertain):
        certain = with_uncertain(bundle)
        doubtful = _scales(certain, outcome, rounds, measure, both_sides=both_sides, again=False).estimate
    return replace(found, scale=ends, second=_known(second), doubtful=_known(doubtful))


def _guesses(bundle: Bundle, claim: Claim, rounds: Sequence[str]) -> Together | None:
    """Accuracy of the seniors' guesses at a junior's answers; None where nobody guessed and was compared."""
    parts, kinds = [], set()
    for name in rounds:
        round_ = bundle.programme.round(name)
        scored = accuracies(bundle, round_)
        if scored is not None:
            parts.append(_placed(bundle, round_, claim.side, scored))
            kinds.add(comparator_of(respondents(bundle, round_, claim.side)))
    if not parts:
        return None
    found = _modelled(parts, kinds, rounds, accuracy_difference, outcome=GUESSES, side=claim.side)
    declared = "smallest_effect" in bundle.programme.declared.claims.get(claim.id, {})
    return replace(found, scale=(-1.0, 1.0), times=1.0 if declared else OF_SELF_RATING)


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


def _units(bundle: Bundle, claim: Claim, rounds: Sequence[str]) -> Together:
    """From the first pulse to the last one; each look has its own last pulse, so rounds are no strata.

    Information is that of the sign which is the weakest at the last look, at each look.
    """
    outcome, looks = claim.outcome[0], list[Estimate]()
    found: Estimate | NotEstimable | None = None
    people, counts, lot, asked = None, dict[str, int](), None, list[str]()
    for name in rounds:
        moved = pulses(bundle, bundle.programme.round(name), outcome.removeprefix(PULSE))
        if moved is None:
            continue
        asked.append(name)
        if isinstance(moved, NotEstimable):
            found = found or moved
            continue
        found, people = level_and_trend(moved, years=moved["years"].iloc[0]), moved
        if isinstance(found, Estimate):
            looks.append(found)
        both = moved.dropna(subset=["before", "score"]).groupby("unit")
        near = both["entered"].any() if "entered" in moved else both["exposure"].max() > 0
        counts = {"units": len(near), "with": int(near.sum()), "without": int((~near).sum())}
        lot = held(bundle, [moved["drawn_in"].iloc[0]], UNIT) if "entered" in moved else None
    if found is not None:
        found = about(found, outcome=outcome, group=claim.subgroup)
    weakest = f"{PARTS[int(looks[-1].extra['weakest'])]}_se" if looks else ""
    return Together(
        estimate=found,
        information=tuple(look.extra[weakest] ** -2 for look in looks),
        times=RISE_IN_SLOPES if looks and looks[-1].unit == PER_YEAR else 1.0,
        rounds=tuple(asked),
        people=people,
        counts=counts,
        lot=lot,
    )


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
