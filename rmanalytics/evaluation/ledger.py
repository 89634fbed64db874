"""The claims ledger: one answer a claim, by the rules of its row, of the declared plan and of the gates.

Unit: one claim. Comparisons of the plan get a word from all rounds that count; other comparisons are explored, other
claims described or audited; where there is no figure, the state says why. Every rule: ``docs/verdicts.md``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
from scipy.stats import norm

from rmanalytics.evaluation.claims import Answer, Claim, claims
from rmanalytics.evaluation.cohort import respondents
from rmanalytics.evaluation.survey.outcomes import APPLIED
from rmanalytics.evaluation.value.branding import comparable
from rmanalytics.evaluation.verdicts.composed import smaller
from rmanalytics.evaluation.verdicts.declared import check_plan
from rmanalytics.evaluation.verdicts.over_rounds import KNOWN
from rmanalytics.evaluation.verdicts.plan_answers import Judge
from rmanalytics.evaluation.verdicts.together import find, standard_error
from rmanalytics.language.translator import plural
from rmanalytics.measures.rows import Z
from rmanalytics.measures.stats.multiple_testing import benjamini_hochberg
from rmanalytics.results import COMPARISON, PARTICIPANTS, Estimate, NotEstimable, Results

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

MARKED = 0.10
"""Share of false marks among the explored that is put up with."""

NO_DATA = "the data that would answer it are not there"
NOT_AUDITED = "nothing published has been audited yet"
NO_TABLES = "not looked at, for want of {tables}"
TOO_LITTLE = "n = {n}; at least {least} are needed"
EXPLORED = "not in the plan: estimate and interval, no verdict; 1 of 20 such intervals misses"
GAIN_ONLY = "a gain without a comparison"
DESCRIBED = "described: what would be without the programme is not known"
FULL_COUNT = "counted in full: nothing is estimated, so there is no interval"
NO_BREACH = "no breach in {audited} of {tandems} tandems"
BREACHES = plural("{n} of {tandems} tandems is in breach", "{n} of {tandems} tandems are in breach")
AS_FAR = "no breach as far as audited ({audited} of {tandems} tandems)"
PRIMARY_NOT_SHOWN = "the primary claim is not shown"
NO_SPREAD = "the scores of one side before the round do not vary, so its gain has no size in standard deviations"
ALIKE = "both sides see it alike: on average they lie less than {margin} points apart"
APART = "the two sides lie more than {margin} points apart: juniors less seniors {gap}"
ALIKE_OPEN = "whether both sides see it alike, within {margin} points, is open"


def ledger(bundle: Bundle, round_: Round, results: Results, *, planned: bool = True) -> tuple[Answer, ...]:
    """Answer every claim.

    Parameters
    ----------
    bundle, round_ : Bundle, Round
        For the groups, the plan and its receipts.
    results : Results
        Everything that the round's families gave.
    planned : bool
        Whether the plan covers what is asked; it covers no subgroup.

    Raises
    ------
    InputError
        RM-E-141 where the plan makes no sense, RM-E-142 where a receipt is damaged.
    """
    check_plan(bundle.programme)
    alone = judged_by(bundle, round_, results, [claim.id for claim in claims()])
    judge = Judge(bundle, round_) if planned else None
    judged = judge.answers(alone) if judge else {}
    answers = {}
    for row in claims():
        own = bundle.programme.declared.claims.get(row.id, {})
        claim = replace(row, direction=own.get("direction", row.direction))
        answers[claim.id] = judged.get(claim.id) or answer_alone(claim, alone[claim.id], bundle)
        if judge and claim.id in judge.planned:
            own_plan = judge.planned[claim.id]
            answers[claim.id] = replace(answers[claim.id], role=own_plan.role, recorded=own_plan.in_time)
    marked = marks({name: answer for name, answer in answers.items() if answer.verdict == "explored"})
    for name, mark in marked.items():
        answers[name] = replace(answers[name], mark=mark)
    answers["C8"] = _on_the_primary(answers["C8"], answers.get(bundle.programme.declared.primary))
    return tuple(answers.values())


def _of_this_round(claim: Claim, bundle: Bundle, round_: Round, results: Results) -> Estimate | NotEstimable | None:
    """The claim's figure of this round alone; participants' own gain where nobody is compared."""
    outcome = next((one for one in bundle.programme.outcomes if one.claim == claim.id), None)
    if claim.id == KNOWN and (guesses := results.find("accuracy_difference")):
        return guesses[0] if isinstance(guesses[0], Estimate | NotEstimable) else None
    if claim.result == "adjusted_difference":
        if outcome is None:
            return None
        compared = set(respondents(bundle, round_, outcome.side)["group"]) == {PARTICIPANTS, COMPARISON}
        own = replace(claim, outcome=(outcome.instrument,), side=outcome.side)
        if compared:
            return find(own, results)
        gains = results.find("paired_change", outcome=outcome.instrument, side=outcome.side, group=PARTICIPANTS)
        return next((one for one in gains if isinstance(one, Estimate | NotEstimable)), None)
    if claim.result == "branding_difference":
        found = comparable(results, bundle.programme.declared.claims.get(claim.id, {}).get("metric", ""))
        return found if isinstance(found, Estimate | NotEstimable) else None
    return find(claim, results) if claim.result else None


def judged_by(
    bundle: Bundle, round_: Round, results: Results, names: list[str]
) -> dict[str, Estimate | NotEstimable | None]:
    """Each of some claims' figure of this round; of the results only what they rest on is asked for."""
    rows = {claim.id: claim for claim in claims()}

    def turned(name: str) -> Claim:
        own = bundle.programme.declared.claims.get(name, {})
        return replace(rows[name], direction=own.get("direction", rows[name].direction))

    def one(name: str) -> Estimate | NotEstimable | None:
        parts = rows[name].parts
        return (
            weaker([(turned(part), one(part)) for part in parts])
            if parts
            else _of_this_round(rows[name], bundle, round_, results)
        )

    return {name: one(name) for name in names}


def weaker(parts: Sequence[tuple[Claim, Estimate | NotEstimable | None]]) -> Estimate | NotEstimable | None:
    """Of a composed claim the smaller standardised gain, each part in its own claimed way; one that is missing first.

    The p-value is that of the part that speaks least for it.
    """
    tests: list[tuple[float, float | None]] = []
    compared, gains = [], []
    for claim, result in parts:
        if not isinstance(result, Estimate):
            return result
        if result.n_comparator is None:
            return None
        way = -1 if claim.direction == "down" else 1
        known = standardised(result)
        if known is None:
            return NotEstimable(name="smaller_gain", unit="g", reason=NO_SPREAD, n=result.n)
        tests.append((way * result.value / standard_error(result), result.p_value))
        compared.append(result)
        lo, hi = sorted((way * known[1], way * known[2]))
        gains.append((way * known[0], lo, hi))
    return replace(smaller(compared, gains), p_value=min(tests)[1]) if compared else None


def answer_alone(claim: Claim, result: Estimate | NotEstimable | None, bundle: Bundle) -> Answer:
    """The answer to a claim outside the plan, from the round's figure: explored, described, audited, or a state."""
    if claim.type == "audit":
        return audited(claim, result, [name for name in claim.tables if not bundle.has(name)])
    if result is None:
        return Answer(claim=claim, verdict="not_asked", reason=NO_DATA)
    if isinstance(result, NotEstimable):
        return Answer(
            claim=claim, verdict="not_estimable", result=result, reason=result.reason, values=dict(result.values)
        )
    if claim.type == "comparison":
        gain = result.n_comparator is None and result.name == "paired_change"
        return Answer(
            claim=claim,
            verdict="explored",
            result=result,
            this_round=result,
            evidence=1 if gain else None,
            p_value=None if gain else p_value(result, claim),
            standardised=standardised(result),
            reason=GAIN_ONLY if gain else EXPLORED,
        )
    own = bundle.programme.declared.claims.get(claim.id, {})
    return described(claim, result, None if result.group == APPLIED else own.get("target"))


def described(claim: Claim, result: Estimate, target: float | None) -> Answer:
    """A figure with its interval, held against the plan's target where it declares one."""
    counted = result.extra.get(claim.least, result.n)
    if counted < claim.least_n:
        values = {"n": int(counted), "least": claim.least_n}
        return Answer(claim=claim, verdict="not_estimable", result=result, reason=TOO_LITTLE, values=values)
    return Answer(
        claim=claim,
        verdict="described",
        result=result,
        this_round=result,
        target=against_target(claim, result, target),
        standardised=standardised(result),
        reason=equivalence(result) if "equivalence" in claim.gates else FULL_COUNT if result.lo is None else DESCRIBED,
        values={**({} if target is None else {"target": target}), **_apart(result)},
    )


def _apart(result: Estimate) -> dict[str, float]:
    return {name: round(result.extra[name], 2) for name in ("margin", "gap") if name in result.extra}


def equivalence(result: Estimate) -> str:
    """Whether the two sides see it alike: `ALIKE` or `APART` by the 90% interval of their distance, else open."""
    margin = result.extra["margin"]
    lo, hi = result.extra.get("gap_lo", -math.inf), result.extra.get("gap_hi", math.inf)
    return ALIKE if -margin < lo and hi < margin else APART if lo > margin or hi < -margin else ALIKE_OPEN


def against_target(claim: Claim, result: Estimate, target: float | None) -> str:
    """``at_target`` where the interval lies at or beyond it, ``below_target`` wholly short of it, else ``open``.

    A share of tandems at eye level is at its target only where both sides also see it alike. Empty without a target.
    """
    if target is None or result.lo is None or result.hi is None:
        return ""
    if "equivalence" in claim.gates and (alike := equivalence(result)) != ALIKE:
        return "below_target" if alike == APART or result.hi < target else "open"
    near, far = (result.lo, result.hi) if claim.direction != "down" else (-result.hi, -result.lo)
    wanted = target if claim.direction != "down" else -target
    return "at_target" if near >= wanted else "below_target" if far < wanted else "open"


def audited(claim: Claim, result: Estimate | NotEstimable | None, missing: list[str]) -> Answer:
    """Kept, broken or not audited, from a full count."""
    if not isinstance(result, Estimate):
        reason = NO_TABLES if missing else NOT_AUDITED if not claim.result else NO_DATA
        return Answer(claim=claim, verdict="not_audited", reason=reason, values={"tables": ", ".join(missing)})
    breaches, tandems = int(result.value), result.n + result.n_excluded
    values: dict[str, Any] = {"n": breaches, "tandems": tandems, "audited": result.n}
    if breaches:
        return Answer(claim=claim, verdict="broken", result=result, reason=BREACHES, values=values)
    if missing or not result.n:
        reason, values = NO_TABLES if missing else AS_FAR, values | {"tables": ", ".join(missing), "audited": 0}
        return Answer(claim=claim, verdict="not_audited", result=result, reason=reason, values=values)
    return Answer(
        claim=claim, verdict="kept", result=result, reason=AS_FAR if result.n_excluded else NO_BREACH, values=values
    )


def _on_the_primary(answer: Answer, primary: Answer | None) -> Answer:
    """Value for money rests on the primary claim being shown."""
    shown = primary is not None and primary.verdict == "shown"
    if "primary_shown" not in answer.claim.gates or answer.verdict != "described" or shown:
        return answer
    return Answer(claim=answer.claim, verdict="not_estimable", result=answer.result, reason=PRIMARY_NOT_SHOWN)


def marks(explored: Mapping[str, Answer]) -> dict[str, str]:
    """Explored claims worth declaring, or worth watching, in the next round: each way by itself (q = .10)."""
    found: dict[str, str] = {}
    for way, mark in ((1, "worth_declaring"), (-1, "worth_watching")):
        one_sided = {}
        for name, answer in explored.items():
            if answer.p_value is not None and isinstance(answer.result, Estimate):
                beyond = answer.result.value - (answer.claim.null or 0.0)
                claimed = (beyond if answer.claim.direction != "down" else -beyond) * way > 0
                one_sided[name] = answer.p_value / 2 if claimed else 1 - answer.p_value / 2
        if one_sided:
            adjusted = benjamini_hochberg(pd.Series(one_sided, dtype=float))
            found |= {str(name): mark for name, q in adjusted.items() if q <= MARKED}
    return found


def p_value(result: Estimate, claim: Claim) -> float | None:
    """The result's own two-sided p-value; for a ratio the test that its interval inverts; else None."""
    if result.lo is None or result.hi is None:
        return None
    if result.p_value is not None:
        return result.p_value
    if result.unit.endswith("ratio") and result.lo > 0 and claim.null:
        se = math.log(result.hi / result.lo) / (2 * Z)
        return float(2 * norm.sf(abs(math.log(result.value / claim.null)) / se))
    return None


def standardised(result: Estimate) -> tuple[float, float, float] | None:
    """Value and limits in standard deviations, where the result carries them."""
    if result.unit == "g" and result.lo is not None and result.hi is not None:
        return result.value, result.lo, result.hi
    g, lo, hi = (result.extra.get(name) for name in ("g", "g_lo", "g_hi"))
    return (g, lo, hi) if result.unit == "scale points" and None not in (g, lo, hi) else None  # type: ignore[return-value]
