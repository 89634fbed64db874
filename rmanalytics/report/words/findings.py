"""The first screen in words: one sentence that answers, facts, findings with the strongest evidence first, limits.

Every sentence follows by rule from the ledger of claims and the results; an outcome of any kind has its words.
What was not shown is never called absent, and a gain without a comparison group never more than a gain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rmanalytics.language.translator import Translator, key
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import because, estimate, found, outcome_title, primary
from rmanalytics.report.words.sentences import amount, beside
from rmanalytics.report.words.wording import named_interval, size_text, value_text
from rmanalytics.results import Estimate, NotEstimable

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study
    from rmanalytics.evaluation.claims import Answer

MOST_FINDINGS = 7
EXITS_NEEDED = 65
_RANK = {"supported": 0, "contradicted": 0, "not_shown": 1, "suppressed": 2, "not_measured": 3}
VERDICTS = {
    "supported": key("supported"),
    "not_shown": key("not shown"),
    "contradicted": key("contradicted"),
    "not_measured": key("not measured"),
    "suppressed": key("withheld: too few people"),
}


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
    headline: str
    answer: str
    facts: tuple[Fact, ...]
    findings: tuple[Finding, ...]
    limits: tuple[str, ...]


def front(study: Study, tr: Translator) -> Front:
    """The first screen of a round."""
    return Front(
        kicker=kicker(study, tr),
        headline=headline(study, tr),
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


def headline(study: Study, tr: Translator) -> str:
    """The one sentence that answers: the primary outcome, then whether juniors stay."""
    first = _primary_clause(study, tr)
    second = _staying_clause(_answer(study, "J7"), tr)
    return tr("{first}; {second}", first=first, second=second) if second else first


def _answer(study: Study, claim: str) -> Answer | None:
    return next((answer for answer in study.ledger if answer.claim.id == claim), None)


def _primary_answer(study: Study) -> Answer | None:
    claim = next((o.claim for o in study.programme.outcomes if o.primary), "")
    return _answer(study, claim)


def _primary_clause(study: Study, tr: Translator) -> str:
    outcome, side = primary(study)
    answer = _primary_answer(study)
    if answer is None:
        return tr("What this round shows, claim by claim")
    scale, people = outcome_title(study, outcome, tr), wording.about_side(side, tr)
    words = {"scale": scale, "people": people}
    inner = {"scale": tr.inner(scale), "people": people}
    result = answer.result
    if answer.verdict == "suppressed":
        return tr("Too few {people} took part to say in public what changed", people=people)
    if not isinstance(result, Estimate):
        return tr("Whether {scale} of the {people} changed cannot be told from this round", **inner)
    if result.n_comparator is None:
        return _alone_clause(result, words, inner, tr)
    than = beside(result, tr)
    if answer.verdict in ("supported", "contradicted"):
        if result.value > 0:
            return tr("{scale} of the {people} rose more {than}", than=than, **words)
        return tr("{scale} of the {people} fell more, or rose less, {than}", than=than, **words)
    return tr("Whether {scale} of the {people} changed more {than} is still open", than=than, **inner)


def _alone_clause(result: Estimate, words: dict[str, str], inner: dict[str, str], tr: Translator) -> str:
    if result.lo is None or result.hi is None or result.lo <= 0 <= result.hi:
        return tr("Whether {scale} of the {people} changed is open, and there is no comparison group", **inner)
    if result.value > 0:
        return tr("{scale} of the {people} rose, but without a comparison group nobody can say why", **words)
    return tr("{scale} of the {people} fell, but without a comparison group nobody can say why", **words)


def _staying_clause(answer: Answer | None, tr: Translator) -> str:
    if answer is None or answer.verdict == "not_measured":
        return tr("whether juniors stay longer was not measured")
    if answer.verdict == "supported":
        return tr("juniors stayed longer than those they are compared with")
    if answer.verdict == "contradicted":
        return tr("juniors stayed less long than those they are compared with")
    return tr("whether juniors stay longer is still open")


def answer_text(study: Study, tr: Translator) -> str:
    """The paragraph under the headline: the primary figure, then how all claims fared."""
    sentences = [_primary_sentence(study, tr)]
    counts = {verdict: sum(a.verdict == verdict for a in study.ledger) for verdict in VERDICTS}
    judged = counts["supported"] + counts["not_shown"] + counts["contradicted"]
    if judged:
        sentences.append(
            tr(
                "Of {all} claims {judged} could be judged: {supported} supported, {not_shown} not shown, "
                "{contradicted} contradicted. The other {rest} were not measured or rest on too few people.",
                all=len(study.ledger),
                judged=judged,
                supported=counts["supported"],
                not_shown=counts["not_shown"],
                contradicted=counts["contradicted"],
                rest=len(study.ledger) - judged,
            )
        )
    else:
        sentences.append(tr("No claim could be judged from the data of this round."))
    return " ".join(part for part in sentences if part)


def _primary_sentence(study: Study, tr: Translator) -> str:
    outcome, side = primary(study)
    answer = _primary_answer(study)
    if answer is None:
        return tr("No primary outcome is declared, so no single figure answers for the round.")
    if answer.verdict == "suppressed":
        return wording.sentence(tr(answer.reason, **answer.values)) + "."
    scale, people = tr.inner(outcome_title(study, outcome, tr)), wording.about_side(side, tr)
    result = answer.result
    if not isinstance(result, Estimate):
        reason = because(result, tr) if isinstance(result, NotEstimable) else tr(answer.reason, **answer.values)
        return tr(
            "For {scale} of the {people} there is no figure: {reason}.", scale=scale, people=people, reason=reason
        )
    values = {
        "n": result.n,
        "other": result.n_comparator,
        "people": people,
        "scale": scale,
        "size": size_text(result, tr),
        "interval": named_interval(result, tr, turned=result.value < 0),
    }
    if result.n_comparator is None:
        if result.value < 0:
            return tr(
                "In {scale} the {n} {people} measured twice lost {size} ({interval}). There is no comparison group, "
                "so what would have happened without the programme is unknown.",
                **values,
            )
        return tr(
            "In {scale} the {n} {people} measured twice gained {size} ({interval}). There is no comparison group, "
            "so what would have happened without the programme is unknown.",
            **values,
        )
    than = beside(result, tr)
    if result.value < 0:
        return tr(
            "After the round the {n} {people} measured twice stood {size} lower in {scale} {than} ({other} people), "
            "starting values taken into account ({interval}).",
            than=than,
            **values,
        )
    return tr(
        "After the round the {n} {people} measured twice stood {size} higher in {scale} {than} ({other} people), "
        "starting values taken into account ({interval}).",
        than=than,
        **values,
    )


def facts(study: Study, tr: Translator) -> list[Fact]:
    """Four or five numbers that place the round, as far as they are there."""
    found_facts: list[Fact] = []

    def add(result: Estimate | None, what: str, value: str = "") -> None:
        if result is not None:
            found_facts.append(Fact(value=value or value_text(result, tr), what=what))

    matched = estimate(study.engagement, "tandems_matched")
    if matched is not None:
        add(matched, tr("tandems matched"), wording.fewer_than(matched.value, study.programme.k, tr))
    held = estimate(study.engagement, "held_mean")
    if held is not None:
        of = tr("{held} of {planned}", held=tr.number(held.value, 1), planned=study.round.planned_meetings)
        add(held, tr("meetings held by a tandem"), of)
    add(estimate(study.engagement, "completion_share"), tr("of tandems held all meetings"))
    audits = [estimate(study.pairing, name) for name in ("chain_breaches", "consent_breaches")]
    known = [audit for audit in audits if audit is not None]
    if known:
        total = sum(int(audit.value) for audit in known)
        what = tr("breach of pairing rules") if total == 1 else tr("breaches of pairing rules")
        found_facts.append(Fact(value=tr.value(total), what=what))
    add(estimate(study.costs, "cost_per_completed_tandem"), tr("per tandem that held all meetings"))
    return found_facts[:5]


def ordered(answers: tuple[Answer, ...]) -> list[Answer]:
    """Answers by how much they say: shown before not shown, then evidence, then how unlikely by chance."""
    return sorted(
        (a for a in answers if isinstance(a.result, Estimate)),
        key=lambda a: (_RANK[a.verdict], -(a.evidence or 0), 1.0 if a.p_adjusted is None else a.p_adjusted),
    )


def findings(study: Study, tr: Translator) -> list[Finding]:
    """Up to seven findings, strongest evidence first; the primary outcome is always among them."""
    chosen = [a for a in ordered(study.ledger) if a.verdict != "suppressed" and not _audit(a)]
    first = _primary_answer(study)
    kept = chosen[:MOST_FINDINGS]
    if first is not None and first in chosen and first not in kept:
        kept = [*kept[:-1], first]
    breached = [a for a in study.ledger if _audit(a) and a.verdict == "contradicted"]
    kept = [*kept[: MOST_FINDINGS - len(breached)], *breached]
    return [finding(answer, tr) for answer in kept]


def _audit(answer: Answer) -> bool:
    return isinstance(answer.result, Estimate) and answer.result.unit == "count" and answer.result.lo is None


def finding(answer: Answer, tr: Translator) -> Finding:
    """One answer as a sentence."""
    result = answer.result
    if not isinstance(result, Estimate):
        raise TypeError("only an answer with an estimate makes a finding")
    return Finding(
        lead=tr.pick(answer.claim.title),
        text=_sentence(answer, result, tr),
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
        parts.append(tr("evidence level {level} of 5", level=answer.evidence))
    return ", ".join(parts)


def _sentence(answer: Answer, result: Estimate, tr: Translator) -> str:
    if _audit(answer):
        return wording.sentence(tr(answer.reason, **answer.values)) + "."
    words = amount(result, tr)
    if answer.verdict == "supported":
        return tr("Supported: {amount}.", amount=words)
    if answer.verdict == "contradicted":
        return tr("Contradicted: {amount}.", amount=words)
    if answer.reason:
        return tr("Not shown: {amount}; {reason}.", amount=words, reason=tr(answer.reason, **answer.values))
    return tr("Not shown: {amount}.", amount=words)


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
        sentences.append(_exits(events, study.programme.k, tr))
    elif isinstance(staying, NotEstimable):
        sentences.append(tr("Staying could not be compared: {reason}.", reason=because(staying, tr)))
    gains = [a for a in study.ledger if isinstance(a.result, Estimate) and a.result.name == "paired_change"]
    if gains:
        sentences.append(
            tr(
                "{n} claims rest on the participants alone: a gain, and no more, because nobody else was asked.",
                n=len(gains),
            )
        )
    unmeasured = sum(a.verdict == "not_measured" for a in study.ledger)
    if unmeasured:
        sentences.append(
            tr("{n} claims were not measured; the next chapter names the file that would answer each.", n=unmeasured)
        )
    return sentences or [tr("Every claim was measured; whether the round was large enough stands beside each.")]


def _exits(events: list[int], k: int, tr: Translator) -> str:
    """How few exits there were; the sum is told only where it gives no group's small count away."""
    if any(0 < count < k for count in events):
        first = tr("Fewer than {k} people of one of the groups left of their own will.", k=k)
    else:
        first = tr("{exits} people left of their own will in both groups together.", exits=sum(events))
    needed = tr(
        "To see a halved risk of leaving takes about {needed} exits, so one round can hardly show that juniors stay.",
        needed=EXITS_NEEDED,
    )
    return f"{first} {needed}"
