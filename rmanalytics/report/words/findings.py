"""The first screen in words: what was broken or points against, the plan's primary claim, the accounts, the limits.

Every sentence follows by rule from the ledger of claims; ``docs/verdicts.md`` says which rule makes which sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rmanalytics.evaluation.lots.drawn import lot_of
from rmanalytics.evaluation.pairing.rules import RULES
from rmanalytics.language.translator import Translator, key, plural
from rmanalytics.receipts.chain import broken
from rmanalytics.report.words import verdicts, wording
from rmanalytics.report.words.lookup import because, estimate, found, outcome_title, primary
from rmanalytics.report.words.wording import value_text
from rmanalytics.results import Estimate, NotEstimable

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study
    from rmanalytics.evaluation.claims import Answer

MOST_DESCRIBED = 4
EXITS_NEEDED = 65
NO_PLAN = key("No primary claim is declared.")
NAME_AND_DECLARE = key(
    "For the next round: name the primary claim under [declare] in programme.toml, and run rmanalytics declare before "
    "the first answer."
)
DECLARE = key("For the next round: run rmanalytics declare before the first answer.")
LET_DRAW = key("Let the lot decide who starts (rmanalytics draw).")


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A number that places the round, and what it is."""

    value: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A claim's answer in a sentence: what it is about, the sentence, and n, comparator and evidence in small."""

    lead: str
    text: str
    note: str
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Front:
    """Everything on the first screen."""

    kicker: str
    loud: tuple[str, ...]
    headline: str
    next_time: str
    answer: str
    facts: tuple[Fact, ...]
    findings: tuple[Finding, ...]
    limits: tuple[str, ...]


def front(study: Study, tr: Translator) -> Front:
    """The first screen of a round."""
    return Front(
        kicker=kicker(study, tr),
        loud=tuple(loud(study, tr)),
        headline=headline(study, tr),
        next_time=next_time(study, tr),
        answer=answer_text(study, tr),
        facts=tuple(facts(study, tr)),
        findings=tuple(findings(study, tr)),
        limits=tuple(limits(study, tr)),
    )


def kicker(study: Study, tr: Translator) -> str:
    """Programme, round and dates in one line."""
    return tr(
        "{programme} · {company} · round {round}, {period}",
        programme=study.programme.name,
        company=study.programme.company,
        round=wording.round_name(study.round.id),
        period=tr.period(study.round.start, study.round.end),
    )


def loud(study: Study, tr: Translator) -> list[str]:
    """A broken rule, and what points against a claim: each a line of its own, above everything else."""
    lines = []
    for answer in study.ledger:
        if answer.verdict == "broken":
            lines.append(
                tr(
                    "Rule broken: {title}; {reason}.",
                    title=tr.quoted(tr.pick(answer.claim.title)),
                    reason=_why(answer, tr),
                )
            )
        elif answer.verdict == "points_against":
            lines.append(verdicts.sentence(answer, study, tr))
    return lines


def _why(answer: Answer, tr: Translator) -> str:
    return verdicts.reason(answer, tr)


def primary_answer(study: Study) -> Answer | None:
    """The answer to the plan's primary claim."""
    return next((answer for answer in study.ledger if answer.role == "primary"), None)


def headline(study: Study, tr: Translator) -> str:
    """The first sentence: the verdict of the primary claim; before it, where that is so, that no plan was recorded."""
    answer = primary_answer(study)
    if answer is None:
        return f"{tr(verdicts.LATE)} {tr(NO_PLAN)}"
    said = verdicts.sentence(answer, study, tr)
    if answer.recorded:
        return said
    return f"{tr(verdicts.BROKEN if broken(study.programme.folder) else verdicts.LATE)} {said}"


def next_time(study: Study, tr: Translator) -> str:
    """How the next round's plan is recorded; empty where this one's was, or where its chain is to be restored."""
    answer = primary_answer(study)
    done = answer is not None and (answer.recorded or broken(study.programme.folder))
    if done:
        return ""
    said = tr(NAME_AND_DECLARE if answer is None else DECLARE)
    return said if lot_of(study.bundle, study.round) else f"{said} {tr(LET_DRAW)}"


def answer_text(study: Study, tr: Translator) -> str:
    """The primary claim's evidence level and why; the plan's account, then the rest by type, all claims in all."""
    accounts = verdicts.plan_account(study, tr), verdicts.rest_account(study, tr)
    return " ".join(part for part in (verdicts.level_said(primary_answer(study), tr), *accounts) if part)


def facts(study: Study, tr: Translator) -> list[Fact]:
    """Four or five numbers that place the round, as far as they are there."""
    found_facts: list[Fact] = []

    def add(result: Estimate | None, what: str, value: str = "") -> None:
        if result is not None:
            found_facts.append(Fact(value=value or value_text(result, tr), what=what))

    matched = estimate(study.engagement, "tandems_matched")
    if matched is not None:
        add(matched, tr("tandems matched"), tr.value(int(matched.value)))
    held = estimate(study.engagement, "held_mean")
    if held is not None:
        of = tr("{held} of {planned}", held=tr.number(held.value, 1), planned=study.round.planned_meetings)
        add(held, tr("meetings held by a tandem"), of)
    add(estimate(study.engagement, "completion_share"), tr("of tandems held all meetings"))
    audits = [estimate(study.pairing, name) for name in RULES]
    known = [audit for audit in audits if audit is not None]
    if known:
        total = sum(int(audit.value) for audit in known)
        what = tr(plural("breach of pairing rules", "breaches of pairing rules"), n=total)
        found_facts.append(Fact(value=tr.value(total), what=what))
    add(estimate(study.costs, "cost_per_completed_tandem"), tr("per tandem that held all meetings"))
    return found_facts[:5]


def findings(study: Study, tr: Translator) -> list[Finding]:
    """The key claims in the plan's order, then what is described; the primary claim stands in the first sentence."""
    keys = [answer for answer in study.ledger if answer.role == "key" and answer.verdict != "points_against"]
    described = [a for a in study.ledger if a.verdict == "described" and isinstance(a.result, Estimate)]
    with_target = sorted(described, key=lambda answer: not answer.target)
    return [finding(answer, study, tr) for answer in [*keys, *with_target[:MOST_DESCRIBED]]]


def finding(answer: Answer, study: Study, tr: Translator) -> Finding:
    """One answer as a sentence."""
    lead = tr.quoted(tr.pick(answer.claim.title))
    text = verdicts.sentence(answer, study, tr)
    return Finding(
        lead=lead,
        text=wording.sentence(text.removeprefix(f"{lead}: ")),
        note=note(answer, tr),
        verdict=answer.verdict,
    )


def note(answer: Answer, tr: Translator) -> str:
    """How many, compared with whom, and the evidence level."""
    result = answer.result
    parts = []
    if isinstance(result, Estimate):
        parts.append(wording.counted(result, tr))
        if result.comparator:
            parts.append(tr(result.comparator))
    if answer.evidence is not None:
        parts.append(verdicts.level(answer, tr))
    return ", ".join(parts)


def limits(study: Study, tr: Translator) -> list[str]:
    """What this round could not have shown: the smallest difference it could see, exits, what has no comparison."""
    outcome, side = primary(study)
    sentences = []
    least = estimate(study.survey, "minimum_detectable_difference", outcome=outcome, side=side) if outcome else None
    if least is not None:
        sentences.append(
            tr(
                "With {n} against {other} {people}, a difference in {scale} below {size} would have been missed "
                "in more than one of five rounds like this one.",
                n=least.n,
                other=least.n_comparator or 0,
                people=tr("people"),
                scale=tr.inner(outcome_title(study, outcome, tr)),
                size=value_text(least, tr),
            )
        )
    staying = found(study.retention, "rmst_difference", outcome="retention")
    events = [int(e.value) for e in study.retention.estimates("events", outcome="retention")]
    if isinstance(staying, Estimate) and events:
        sentences.append(_exits(events, tr))
    elif isinstance(staying, NotEstimable):
        sentences.append(tr("Staying could not be compared: {reason}.", reason=because(staying, tr)))
    return sentences or [tr("Whether the round was large enough stands beside each claim.")]


def _exits(events: list[int], tr: Translator) -> str:
    """How few exits there were."""
    first = tr("{exits} people left of their own will in both groups together.", exits=sum(events))
    needed = tr(
        "To see a halved risk of leaving takes about {needed} exits, so one round can hardly show that juniors stay.",
        needed=EXITS_NEEDED,
    )
    return f"{first} {needed}"
