"""The claims ledger: one answer a claim, with verdict and evidence level derived by rule.

A claim is *supported* when its estimate lies on the claimed side and its p-value is below 0.05; *contradicted* when
the same holds on the other side; else *not shown*. The outcome that the programme declared as primary before the data
were read is tested alone; all others are Holm-adjusted over the claims that the round measured, within the families
that the programme declared if it declared any. A change seen in
participants alone is a gain that nobody can tell from what would have happened anyway: never *supported*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd
from scipy.stats import norm

from rmanalytics.evaluation.claims import Answer, Claim, Verdict, claims
from rmanalytics.evaluation.cohort import groups, quasi_random, randomised, round_tandems
from rmanalytics.evaluation.comparison.balance import NUMBERS
from rmanalytics.evaluation.survey.outcomes import primary_outcome
from rmanalytics.measures.rows import Z
from rmanalytics.measures.stats.multiple_testing import holm
from rmanalytics.results import COMPARISON, PARTICIPANTS, SIDES, Curve, Estimate, NotEstimable, Results

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

ALPHA = 0.05
BALANCED = 0.25

NO_DATA = "the data that would answer it are not there"
NOT_YET = "this version does not evaluate it yet"
NO_COMPARATOR = "what it would have to be compared with is not there"
TOO_FEW = "fewer than {least} people or tandems: too few to publish"
COUNTED = "counted in full: nothing is estimated, so there is no interval"
GAIN_ONLY = "a gain without a comparison group: what would have happened without the programme is unknown"
EXCLUDES = "the interval excludes no difference, also after correction for {claims} claims"
PRIMARY_EXCLUDES = "the interval excludes no difference; the one outcome declared as primary needs no correction"
PRIMARY_INCLUDES = "no difference remains possible; the one outcome declared as primary needs no correction"
INCLUDES = "no difference remains possible after correction for {claims} claims"
NO_BREACH = "no breach on any day of the round"
BREACHES = "{breaches} of {tandems} tandems are in breach"
UNKNOWN_REST = "no breach found, but {unknown} tandems could not be audited on every day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a claim is judged by: its result, the value of no difference, and how the figure came about."""

    result: Estimate | NotEstimable
    null: float = 0.0
    evidence: int | None = None
    gain_only: bool = False
    audit: bool = False
    primary: bool = False


def ledger(bundle: Bundle, round_: Round, results: Results) -> tuple[Answer, ...]:
    """Answer every claim from the round's results.

    Parameters
    ----------
    bundle, round_ : Bundle, Round
        For the groups and how they came about.
    results : Results
        Everything that the round's families gave.
    """
    measured = _measured(bundle, round_, results)
    p_values = {
        claim: p
        for claim, entry in measured.items()
        if (p := p_value(entry)) is not None and not entry.audit and not entry.gain_only
    }
    tested = pd.Series({claim: p for claim, p in p_values.items() if not measured[claim].primary}, dtype=float)
    adjusted, sizes = dict(p_values), dict.fromkeys(p_values, 0)
    for _, together in tested.groupby(lambda claim: bundle.programme.family_of(str(claim))):
        adjusted |= {str(claim): float(p) for claim, p in holm(together).items()}
        sizes |= dict.fromkeys(map(str, together.index), len(together))
    tandems = round_tandems(bundle, round_)
    few_tandems = tandems is not None and 0 < len(tandems) < bundle.programme.k
    answers = []
    for claim in claims():
        entry = measured.get(claim.id)
        if entry is None:
            answers.append(_unmeasured(claim, results))
        elif _too_few(entry.result, bundle.programme.k, few_tandems=few_tandems):
            answers.append(
                Answer(claim=claim, verdict="suppressed", reason=TOO_FEW, values={"least": bundle.programme.k})
            )
        else:
            answers.append(_answer(claim, entry, adjusted.get(claim.id), sizes.get(claim.id, 0)))
    return tuple(answers)


def p_value(entry: Measured) -> float | None:
    """The result's own p-value; for a share or a ratio the test that its interval inverts; else None."""
    result = entry.result
    if not isinstance(result, Estimate) or result.lo is None:
        return None
    if result.p_value is not None:
        return result.p_value
    if "probability" in result.extra and result.draws:
        smaller = min(result.extra["probability"], 1 - result.extra["probability"])
        return min(1.0, 2 * max(smaller, 1 / result.draws))
    if result.unit == "share" and 0 < entry.null < 1 and result.n:
        n = result.extra.get("effective_n", result.n)
        z = (result.value - entry.null) / math.sqrt(entry.null * (1 - entry.null) / n)
        return float(2 * norm.sf(abs(z)))
    if result.unit == "ratio" and result.lo > 0 and result.hi is not None:
        se = math.log(result.hi / result.lo) / (2 * Z)
        return float(2 * norm.sf(abs(math.log(result.value / entry.null)) / se))
    return None


def evidence_level(
    *, compared: bool, before_after: bool, comparable: bool, quasi_random: bool, randomised: bool
) -> int:
    """Maryland Scientific Methods Scale by rule (1 to 5).

    Examples
    --------
    >>> evidence_level(compared=True, before_after=True, comparable=True, quasi_random=False, randomised=False)
    3
    """
    if not compared:
        return 1
    if randomised:
        return 5
    if not (before_after and comparable):
        return 2
    return 4 if quasi_random else 3


def _too_few(result: Estimate | NotEstimable, k: int, *, few_tandems: bool) -> bool:
    if few_tandems:
        return True
    counts = [result.n]
    if isinstance(result, Estimate) and result.n_comparator is not None:
        counts.append(result.n_comparator)
    return any(0 < count < k for count in counts)


def _answer(claim: Claim, entry: Measured, p_adjusted: float | None, family: int) -> Answer:
    result = entry.result
    if isinstance(result, NotEstimable):
        return Answer(
            claim=claim,
            verdict="not_shown" if result.n else "not_measured",
            result=result,
            reason=result.reason,
            values=result.values,
        )
    if entry.audit:
        return _audit(claim, result)
    verdict: Verdict = "not_shown"
    reason = PRIMARY_INCLUDES if entry.primary else INCLUDES
    if entry.gain_only:
        reason = GAIN_ONLY
    elif result.lo is None:
        verdict = "supported" if (result.value > entry.null) == (claim.direction == "up") else "contradicted"
        reason = COUNTED
    elif p_adjusted is not None and p_adjusted < ALPHA:
        up = result.value > entry.null
        verdict = "supported" if up == (claim.direction == "up") else "contradicted"
        reason = PRIMARY_EXCLUDES if entry.primary else EXCLUDES
    return Answer(
        claim=claim,
        verdict=verdict,
        result=result,
        evidence=entry.evidence,
        p_adjusted=p_adjusted,
        standardised=_standardised(result),
        reason=reason,
        values={"claims": family},
    )


def _audit(claim: Claim, result: Estimate) -> Answer:
    breached = int(result.value)
    verdict: Verdict = "contradicted" if breached else ("not_shown" if result.n_excluded else "supported")
    reason = BREACHES if breached else (UNKNOWN_REST if result.n_excluded else NO_BREACH)
    values = {"breaches": breached, "tandems": result.n, "unknown": result.n_excluded}
    return Answer(claim=claim, verdict=verdict, result=result, reason=reason, values=values)


def _standardised(result: Estimate) -> tuple[float, float, float] | None:
    numbers = [result.extra.get(name) for name in ("g", "g_lo", "g_hi")]
    if result.unit == "scale points" and all(number is not None for number in numbers):
        return tuple(numbers)  # type: ignore[return-value]
    return None


_NOT_YET = ("P5", "P8")


def _unmeasured(claim: Claim, results: Results) -> Answer:
    if claim.id == "C8" and results.find("cost_per_tandem"):
        return Answer(claim=claim, verdict="not_measured", reason=NO_COMPARATOR)
    reason = NOT_YET if claim.id in _NOT_YET else NO_DATA
    return Answer(claim=claim, verdict="not_measured", reason=reason)


def judged_by(
    bundle: Bundle, round_: Round, results: Results, names: list[str]
) -> dict[str, Estimate | NotEstimable | None]:
    """What each of some claims is judged by; of the results only what they rest on is asked for."""
    look, rows = _Look(bundle, round_, results), {claim.id: claim for claim in claims()}
    found: dict[str, Estimate | NotEstimable | None] = {}
    for name in names:
        parts = {part: entry for part in rows[name].parts if (entry := look.entry(rows[part], {})) is not None}
        asked = rows[name].result or rows[name].parts
        found[name] = entry.result if asked and (entry := look.entry(rows[name], parts)) is not None else None
    return found


def _measured(bundle: Bundle, round_: Round, results: Results) -> dict[str, Measured]:
    """What each claim is judged by, as its row says, in the order of the rows; composed claims after their parts."""
    look = _Look(bundle, round_, results)
    entries: dict[str, Measured] = {}
    for claim in sorted(claims(), key=lambda claim: claim.design in ("parts", "primary")):
        if (entry := look.entry(claim, entries)) is not None:
            entries[claim.id] = entry
    order = [claim.id for claim in claims()]
    return dict(sorted(entries.items(), key=lambda item: order.index(item[0])))


class _Look:
    """Finds the result of a claim's row among a round's results, with its evidence level."""

    def __init__(self, bundle: Bundle, round_: Round, results: Results) -> None:
        self.results = results
        self.outcomes = {outcome.claim: outcome for outcome in bundle.programme.outcomes}
        self.main = primary_outcome(bundle)
        self.members = {side: groups(bundle, round_, side) for side in SIDES}
        self.chance = randomised(bundle, round_)

    def entry(self, claim: Claim, entries: dict[str, Measured]) -> Measured | None:
        """What the claim is judged by; None where it is not measured."""
        if claim.design == "parts":
            return _both(*(entries.get(part) for part in claim.parts))
        if claim.result == "adjusted_difference":
            return self._outcome(claim)
        if claim.result == "slope_difference":
            return self._slope(claim)
        about = {"side": claim.side} if claim.design == "alone" and claim.side else {}
        about |= {"group": claim.subgroup} if claim.subgroup else {}
        found = (_first(self.results, claim.result, outcome=name, **about) for name in claim.outcome)
        result = (
            next((one for one in found if one is not None), None)
            if claim.outcome
            else _first(self.results, claim.result, **about)
        )
        if result is None:
            return None
        null = claim.null
        if not isinstance(null, float):
            null = result.extra[null] if isinstance(result, Estimate) else 0.0
        return Measured(
            result=result,
            null=null,
            evidence=self._level(claim, entries),
            gain_only=claim.design == "gain",
            audit=claim.design == "audit",
        )

    def _level(self, claim: Claim, entries: dict[str, Measured]) -> int | None:
        if claim.design == "audit":
            return None
        if claim.design in ("alone", "gain"):
            return 1
        if claim.design == "cross-section":
            return 2
        if claim.design == "primary":
            return entries["M1"].evidence if "M1" in entries else None
        return _people_level(self.members[claim.side], self.results, claim.side, chance=self.chance)

    def _outcome(self, claim: Claim) -> Measured | None:
        outcome = self.outcomes.get(claim.id)
        if outcome is None:
            return None
        name, side = outcome.instrument, outcome.side
        if set(self.members[side]["group"]) == {PARTICIPANTS, COMPARISON}:
            level = _survey_level(self.members[side], self.results, name, side, chance=self.chance)
            result = _first(self.results, claim.result, outcome=name, side=side)
            return None if result is None else Measured(result=result, evidence=level, primary=outcome == self.main)
        result = _first(self.results, "paired_change", group=PARTICIPANTS, outcome=name, side=side)
        return None if result is None else Measured(result=result, evidence=1, gain_only=True)

    def _slope(self, claim: Claim) -> Measured | None:
        main = self.main
        if main is None or set(self.members[main.side]["group"]) != {PARTICIPANTS, COMPARISON}:
            return None
        result = _first(self.results, claim.result, outcome=main.instrument, side=main.side)
        level = _survey_level(self.members[main.side], self.results, main.instrument, main.side, chance=self.chance)
        return None if result is None else Measured(result=result, evidence=level)


def _both(mentee: Measured | None, mentor: Measured | None) -> Measured | None:
    """Both sides learn when the weaker of the two differences shows it (intersection-union test)."""
    if mentee is None or mentor is None or mentee.gain_only or mentor.gain_only:
        return None
    p_values = [p_value(mentee), p_value(mentor)]
    if None in p_values:
        weaker = mentee if p_values[0] is None else mentor
    else:
        weaker = max(mentee, mentor, key=lambda entry: p_value(entry) or 0.0)
    levels = [level for level in (mentee.evidence, mentor.evidence) if level is not None]
    return replace(weaker, evidence=min(levels, default=None), primary=False)


def _first(results: Results, name: str, **about: str) -> Estimate | NotEstimable | None:
    return next((found for found in results.find(name, **about) if not isinstance(found, Curve)), None)


def _people_level(members: pd.DataFrame, results: Results, side: str, *, chance: bool) -> int:
    """Evidence level where people are followed from the same day and no score before says how alike they were.

    They count as comparable when age, tenure and level lie close together.
    """
    table = results.curve("balance_table", side=side)
    comparable = False
    if table is not None:
        numbers = table.points[table.points["covariate"].isin(NUMBERS)]["difference_sd"]
        comparable = len(numbers) == len(NUMBERS) and bool((numbers.abs() <= BALANCED).all())
    return evidence_level(
        compared=True,
        before_after=True,
        comparable=comparable,
        quasi_random=quasi_random(members),
        randomised=chance,
    )


def _survey_level(members: pd.DataFrame, results: Results, outcome: str, side: str, *, chance: bool) -> int:
    balance = results.estimates("baseline_difference", outcome=outcome, side=side)
    return evidence_level(
        compared=True,
        before_after=True,
        comparable=bool(balance) and abs(balance[0].value) <= BALANCED,
        quasi_random=quasi_random(members),
        randomised=chance,
    )
