"""One claim over the rounds that count: the estimate a verdict rests on, its information at each look, its people.

Unit: the person in one round. The estimand is the average over the rounds held.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd
from scipy.stats import norm

from rmanalytics.evaluation.across_rounds import asked
from rmanalytics.evaluation.claims import Claim
from rmanalytics.evaluation.cohort import comparator_of, groups
from rmanalytics.evaluation.comparison.balance import known_of
from rmanalytics.evaluation.retention.staying import cohort_spells, cohort_starts
from rmanalytics.evaluation.survey.outcomes import TASK, answers_of, in_todays_wording, scored_of
from rmanalytics.evaluation.verdicts.least import FEWEST_AT_RISK
from rmanalytics.measures.retention.exits_over_rounds import exits_over_rounds, log_rank_variance, read_exits
from rmanalytics.measures.rows import Z, looked_up
from rmanalytics.measures.survey.all_rounds import clustered_difference
from rmanalytics.results import COMPARISON, PARTICIPANTS, Curve, Estimate, NotEstimable, Results, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.declared_plan import Outcome

OTHER_ITEMS = "this round asked other items than the last one, and no mapping between them is declared"
NOT_FOLLOWED = "in no round were {least} people of both groups followed for {days} days"
NO_ROUND = "no round that counts has an estimate"
SOLVED_IN_TASKS = "digital_fitness"
"""The scale whose second source is the tasks that people solve."""
HORIZON_DAYS = 365


@dataclass(frozen=True, kw_only=True)
class Together:
    """A claim over its rounds.

    Parameters
    ----------
    estimate : Estimate or NotEstimable or None
        ``extra`` holds ``se`` and, where finite, ``df``; None where no round has measured it.
    information : tuple of float
        1/SE² at each look, cumulative.
    by_round : tuple of (str, Estimate)
        Each round alone.
    people, scale, counts, second
        As in `rmanalytics.evaluation.verdicts.evidence.Evidence`.
    """

    estimate: Estimate | NotEstimable | None
    information: tuple[float, ...] = ()
    by_round: tuple[tuple[str, Estimate], ...] = ()
    people: pd.DataFrame | None = None
    scale: tuple[float, float] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    second: Estimate | None = None


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
    if claim.result == "adjusted_difference":
        outcome = next((one for one in bundle.programme.outcomes if one.claim == claim.id), None)
        return _scales(bundle, outcome, rounds) if outcome else Together(estimate=None)
    if claim.result == "rmst_difference" and claim.outcome == ("retention",):
        return _exits(bundle, claim, rounds)
    return _stratified(claim, rounds, of_round)


def _scales(bundle: Bundle, outcome: Outcome, rounds: Sequence[str]) -> Together:
    instrument = bundle.programme.instruments[outcome.instrument]
    if not bundle.has("answers"):
        return Together(estimate=None)
    task = bundle.programme.instruments[TASK] if outcome.instrument == SOLVED_IN_TASKS else None
    parts, solved, kinds = [], [], set()
    last = asked(answers_of(bundle, bundle.programme.round(rounds[-1])), instrument)
    for name in rounds:
        round_, side = bundle.programme.round(name), outcome.side
        members = groups(bundle, round_, side)
        own = in_todays_wording(bundle.programme, answers_of(bundle, round_), instrument)
        if not len(members) or asked(own, instrument) != last:
            continue
        scored = scored_of(bundle, round_, instrument.name, side, today=True)
        known = known_of(bundle, round_, side).set_index("person_id")["unit"]
        unit = looked_up(scored["person_id"], known)
        scored = scored.assign(round_id=name, cluster_id=scored["person_id"], unit_id=unit)
        parts.append(scored)
        if task is not None:
            in_tasks = scored_of(bundle, round_, task.name, side, today=True)
            solved.append(in_tasks.assign(round_id=name, cluster_id=scored["person_id"]))
        kinds.add(comparator_of(members))
    if not parts or not any((part["group"] == COMPARISON).any() for part in parts):
        return Together(estimate=None)
    people = pd.concat(parts, ignore_index=True)
    against = kinds.pop() if len(kinds) == 1 else ""

    def model(rows: pd.DataFrame) -> Estimate | NotEstimable:
        return _named(clustered_difference(rows), against, outcome=outcome.instrument, side=outcome.side)

    ends = (float(instrument.scale_min), float(instrument.scale_max))
    found = _looks(people, rounds, model)
    counts = {**_complete(people), "units": int(people["unit_id"].nunique())}
    second = clustered_difference(pd.concat(solved, ignore_index=True)) if solved else None
    seen = second if isinstance(second, Estimate) else None
    return replace(found, people=people, scale=ends, counts=counts, second=seen)


def _named(found: Estimate | NotEstimable, against: str, *, outcome: str, side: str) -> Estimate | NotEstimable:
    told = about(found, outcome=outcome, side=side)
    return replace(told, comparator=against) if isinstance(told, Estimate) else told


def _complete(people: pd.DataFrame) -> dict[str, int]:
    complete = people.dropna(subset=["pre", "post"])["group"]
    return {"n": int((complete == PARTICIPANTS).sum()), "n_comparator": int((complete == COMPARISON).sum())}


def _looks(
    people: pd.DataFrame, rounds: Sequence[str], model: Callable[[pd.DataFrame], Estimate | NotEstimable]
) -> Together:
    """The model of all rounds, what it knew at each look, and each round alone."""
    present = [name for name in rounds if (people["round_id"] == name).any()]
    information, alone = [], []
    estimate: Estimate | NotEstimable | None = None
    for at, name in enumerate(present, start=1):
        estimate = model(people[people["round_id"].isin(present[:at])])
        if isinstance(estimate, Estimate):
            information.append(standard_error(estimate) ** -2)
        own = estimate if at == 1 else model(people[people["round_id"] == name])
        if isinstance(own, Estimate):
            alone.append((name, own))
    return Together(estimate=estimate, information=tuple(information), by_round=tuple(alone))


def _exits(bundle: Bundle, claim: Claim, rounds: Sequence[str]) -> Together:
    parts, kinds = [], set()
    for name in rounds:
        round_ = bundle.programme.round(name)
        starts = cohort_starts(bundle, round_)
        if starts["group"].nunique() < 2:
            continue
        parts.append(cohort_spells(bundle, round_).assign(round_id=name))
        kinds.add(comparator_of(starts))
    if not parts:
        return Together(estimate=None)
    people = pd.concat(parts, ignore_index=True)
    own = bundle.programme.declared.claims.get(claim.id, {})
    tau = float(own.get("horizon_days", HORIZON_DAYS))
    present = [name for name in rounds if _at_horizon(people[people["round_id"] == name], tau) >= FEWEST_AT_RISK]
    about_it = {"outcome": "retention", "side": claim.side}
    if not present:
        values = {"days": int(tau), "least": FEWEST_AT_RISK}
        refused = NotEstimable(name="rmst_over_rounds", unit="days", reason=NOT_FOLLOWED, n=len(people), values=values)
        return Together(estimate=about(refused, **about_it))
    people = people[people["round_id"].isin(present)].reset_index(drop=True)
    against = kinds.pop() if len(kinds) == 1 else ""

    def model(rows: pd.DataFrame) -> Estimate | NotEstimable:
        return _named(exits_over_rounds(rows, tau=tau), against, **about_it)

    found = _looks(people, present, model)
    exits = read_exits(people, tau=tau)
    looks = [read_exits(people[people["round_id"].isin(present[:at])], tau=tau) for at in range(1, len(present) + 1)]
    counts = {
        "events": int(exits.event.sum()),
        "n": int(exits.treated.sum()),
        "n_comparator": int((~exits.treated).sum()),
        "at_risk": _at_horizon(people, tau),
    }
    known = tuple(variance for look in looks if (variance := log_rank_variance(look)) > 0)
    return replace(found, people=people, counts=counts, information=known if found.information else ())


def _at_horizon(people: pd.DataFrame, tau: float) -> int:
    """People of the smaller group who were followed to the horizon without the event."""
    kept = people.loc[people["time_days"] >= tau, "group"]
    return min(int((kept == group).sum()) for group in (PARTICIPANTS, COMPARISON))


def _stratified(claim: Claim, rounds: Sequence[str], of_round: Callable[[str], Results]) -> Together:
    """Rounds as strata, weighted by their information: the average over the rounds held."""
    found = [(name, result) for name in rounds if (result := find(claim, of_round(name))) is not None]
    alone = [(name, one) for name, one in found if isinstance(one, Estimate) and one.lo is not None]
    if not alone:
        return Together(estimate=found[-1][1] if found else None)
    log = alone[0][1].unit.endswith("ratio")
    values = [math.log(one.value) if log else one.value for _, one in alone]
    weights = [standard_error(one) ** -2 for _, one in alone]
    information = tuple(sum(weights[:at]) for at in range(1, len(weights) + 1))
    value, se = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights), sum(weights) ** -0.5
    last = alone[-1][1]
    if len(alone) == 1:
        pooled = replace(last, extra={**last.extra, "se": se})
    else:
        back = math.exp if log else float
        pooled = replace(
            last,
            value=back(value),
            lo=back(value - Z * se),
            hi=back(value + Z * se),
            n=sum(one.n for _, one in alone),
            n_comparator=sum(one.n_comparator or 0 for _, one in alone),
            p_value=float(2 * norm.sf(abs(value) / se)),
            method=f"{last.method}; rounds as strata, weighted by information",
            extra={"se": se, "rounds": float(len(alone))},
        )
    counts = {"n": pooled.n, "n_comparator": pooled.n_comparator or 0}
    counts |= {name: int(pooled.extra[name]) for name in ("events", "units") if name in pooled.extra}
    return Together(estimate=pooled, information=information, by_round=tuple(alone), counts=counts)


def find(claim: Claim, results: Results) -> Estimate | NotEstimable | None:
    """The result that a claim's row names, among those of a round; the first outcome that is there counts."""
    fixed = (
        {"side": claim.side}
        if claim.side == "both" or claim.result in ("adjusted_difference", "slope_difference")
        else {}
    )
    fixed |= {"group": claim.subgroup} if claim.subgroup else {}
    wanted: Iterable[dict[str, str]] = [{**fixed, "outcome": one} for one in claim.outcome] or [fixed]
    for keys in wanted:
        for result in results.find(claim.result, **keys):
            if not isinstance(result, Curve):
                return result
    return None


def standard_error(estimate: Estimate) -> float:
    """Standard error on the scale that is tested; from the interval where the result does not carry it."""
    if "se" in estimate.extra:
        return float(estimate.extra["se"])
    if estimate.lo is None or estimate.hi is None:
        raise ValueError(f"{estimate.name}: an interval is needed")
    width = math.log(estimate.hi / estimate.lo) if estimate.unit.endswith("ratio") else estimate.hi - estimate.lo
    return float(width / (2 * Z))
