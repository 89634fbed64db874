"""Verdicts and states in words: one sentence an answer, with the size that may be said.

Unit: one claim. What was not asked or not estimable is never told as *no*.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rmanalytics.evaluation.claims import COMPARISON_WORDS, STATES
from rmanalytics.language.translator import Translator, key, plural
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import estimate, goes_down, outcome_title
from rmanalytics.report.words.sentences import RATIOS, amount, beside
from rmanalytics.report.words.wording import size_text
from rmanalytics.results import Estimate

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study
    from rmanalytics.evaluation.claims import Answer

WORDS = {
    "shown": key("shown"),
    "points_for": key("points for"),
    "points_against": key("points against"),
    "not_shown": key("not shown"),
    "could_not": key("could not have told"),
    "explored": key("explored"),
    "described": key("described"),
    "kept": key("kept"),
    "broken": key("broken"),
    "not_audited": key("not audited"),
    "not_asked": key("not asked"),
    "not_estimable": key("not estimable"),
}
"""Every verdict and state, in the order in which they are counted."""
TARGETS = {
    "at_target": key("at or above target"),
    "below_target": key("below target"),
    "open": key("target open"),
}
MARKS = {
    "worth_declaring": key("worth declaring in the next round"),
    "worth_watching": key("worth watching in the next round"),
}
LATE = key("The plan was not recorded before the answers came, so nothing counts as shown.")
BROKEN = key("The chain of receipts is broken, so nothing counts as recorded or shown until it is restored.")
_SOURCES = {
    "adjusted_difference": key("by their own account"),
    "slope_difference": key("by their own account"),
    "leader_adjusted_difference": key("rated by others"),
    "tie_difference": key("as colleagues name them"),
}
_RECORDS = key("from the records")


def told(answer: Answer, tr: Translator) -> str:
    """The word of an answer, with target or mark where there is one."""
    extra = TARGETS.get(answer.target) or MARKS.get(answer.mark)
    word = tr(WORDS[answer.verdict])
    return tr("{word}, {extra}", word=word, extra=tr(extra)) if extra else word


def reason(answer: Answer, tr: Translator) -> str:
    """Why, in the reader's language; an effect in it with the unit of the result."""
    values = dict(answer.values)
    if isinstance(answer.result, Estimate) and isinstance(values.get("least"), float):
        values["least"] = size_text(_at(answer.result, values["least"]), tr)
    return tr(answer.reason, **values)


def _at(result: Estimate, value: float) -> Estimate:
    """The result with another value, for its unit and decimals; limits are drawn out to hold it."""
    if result.lo is None or result.hi is None:
        return replace(result, value=value)
    return replace(result, value=value, lo=min(result.lo, value), hi=max(result.hi, value))


def level(answer: Answer, tr: Translator) -> str:
    """The evidence level and what it follows from; empty where there is none."""
    if answer.evidence is None:
        return ""
    said = tr("evidence level {level} of 5", level=answer.evidence)
    return f"{said}: {tr(answer.level_reason, **answer.level_values)}" if answer.level_reason else said


def level_said(answer: Answer | None, tr: Translator) -> str:
    """`level` as a sentence of its own."""
    said = level(answer, tr) if answer else ""
    return f"{wording.sentence(said)}." if said else ""


def source(answer: Answer, tr: Translator) -> str:
    """Whose account it is."""
    if _by_guesses(answer):
        return tr("guesses held against the juniors' own answers")
    if answer.claim.id == "M7":
        return tr("they say that they know")
    return tr(_SOURCES.get(answer.claim.result or "adjusted_difference", _RECORDS))


def _by_guesses(answer: Answer) -> bool:
    return isinstance(answer.result, Estimate) and answer.result.name == "accuracy_difference"


def size(answer: Answer, result: Estimate, tr: Translator) -> str:
    """*by at least …, most likely about …*: from the selection-corrected interval, never the raw estimate."""
    if answer.size is None:
        return ""
    low, middle, high = (size_text(_at(result, value), tr) for value in answer.size)
    if answer.size[0] > (1.0 if result.unit in RATIOS else 0.0):
        return tr("by at least {low}, most likely about {middle}", low=low, middle=middle)
    return tr("how much more cannot be said yet, at most {high}", high=high)


def on_rounds(answer: Answer, tr: Translator) -> str:
    """*after 4 rounds*."""
    return tr(plural("after {n} round", "after {n} rounds"), n=max(len(answer.rounds), 1))


def sentence(answer: Answer, study: Study, tr: Translator) -> str:
    """The sentence that an answer gives, by its word."""
    result, title = answer.result, tr.quoted(tr.pick(answer.claim.title))
    if answer.verdict in COMPARISON_WORDS and isinstance(result, Estimate):
        return _compared(answer, result, study, tr)
    if answer.verdict in STATES or not isinstance(result, Estimate):
        return tr("{title}: {word}; {reason}.", title=title, word=tr(WORDS[answer.verdict]), reason=reason(answer, tr))
    if answer.verdict in ("kept", "broken", "not_audited"):
        return wording.sentence(reason(answer, tr)) + "."
    said = wording.sentence(tr("{amount}; {word}.", amount=amount(result, tr), word=told(answer, tr)))
    if "equivalence" in answer.claim.gates:
        return f"{said} {wording.sentence(reason(answer, tr))}."
    against = {"catalogue_meeting_share": "catalogue_change", "ei_change": "unit_ei_difference"}.get(result.name, "")
    beside_it = estimate(study.results, against) if against else None
    return f"{said} {wording.sentence(amount(beside_it, tr))}." if beside_it else said


def _compared(answer: Answer, result: Estimate, study: Study, tr: Translator) -> str:
    title, than, whose = tr.quoted(tr.pick(answer.claim.title)), beside(result, tr), source(answer, tr)
    when, much = on_rounds(answer, tr), size(answer, result, tr)
    if answer.verdict == "shown":
        return _shown(answer, result, study, tr) + _of_rounds(answer, result, tr)
    values = {"title": title, "than": than, "when": when, "size": much, "source": whose}
    if answer.verdict == "points_for":
        text = key(
            "{title}: {when} the data speak for it, {size} more {than} ({source}); whether the programme is the reason "
            "is not known."
        )
        said = tr(text, **values)
        if answer.role != "primary" or answer.bound != "plan":  # else the first sentence of the page says it
            said = tr("{said}: {reason}.", said=said.removesuffix("."), reason=reason(answer, tr))
        return said + _of_rounds(answer, result, tr)
    if answer.verdict == "points_against":
        text = key(
            "{title}: {when} the data point the opposite way from what was hoped, {size} more {than} ({source}); the "
            "programme team is to look into it."
        )
        return tr(text, **values) + _of_rounds(answer, result, tr)
    if answer.verdict == "not_shown":
        return tr("{title}: not shown {when}; {reason}.", title=title, when=when, reason=reason(answer, tr))
    return tr("{title}: cannot be told yet {when}; {reason}.", title=title, when=when, reason=reason(answer, tr))


def _of_rounds(answer: Answer, result: Estimate, tr: Translator) -> str:
    """Said where rounds differ by more than chance, or the last one alone points the other way than all together."""
    null = answer.claim.null or 0.0
    last = answer.by_round[-1][1].value if answer.by_round else result.value
    differ = " " + tr("The rounds differ by more than chance.") if answer.rounds_differ else ""
    turned = (last - null) * (result.value - null) < 0
    return differ + (" " + tr("The last round alone points the other way.") if turned else "")


def _shown(answer: Answer, result: Estimate, study: Study, tr: Translator) -> str:
    values = {
        "when": wording.sentence(on_rounds(answer, tr)),
        "than": beside(result, tr),
        "size": size(answer, result, tr),
        "source": source(answer, tr),
    }
    if answer.claim.result != "adjusted_difference" or answer.claim.parts or _by_guesses(answer):
        return tr("{when} it is shown: {title}, {size} {than} ({source}).", title=tr.pick(answer.claim.title), **values)
    values |= {
        "scale": tr.inner(outcome_title(study, result.outcome, tr)),
        "people": wording.about_side(result.side, tr),
    }
    if goes_down(study, result.outcome):
        return tr("{when} it is shown that {scale} of the {people} falls more {than}: {size} ({source}).", **values)
    return tr("{when} it is shown that {scale} of the {people} rises more {than}: {size} ({source}).", **values)


def plan_account(study: Study, tr: Translator) -> str:
    """How the claims of the plan fared; empty without a plan."""
    mine = [answer for answer in study.ledger if answer.role]
    if not mine:
        return ""
    beforehand = plural("Of {n} claim planned beforehand: {list}.", "Of {n} claims planned beforehand: {list}.")
    named = plural(
        "Of {n} claim of a plan not recorded beforehand: {list}.",
        "Of {n} claims of a plan not recorded beforehand: {list}.",
    )
    return tr(
        beforehand if all(answer.recorded for answer in mine) else named,
        n=len(mine),
        list=_counts([answer.verdict for answer in mine], COMPARISON_WORDS, tr),
    )


def rest_account(study: Study, tr: Translator) -> str:
    """The other claims by type; with the plan's account they add up to all."""
    verdicts = [answer.verdict for answer in study.ledger if not answer.role]
    audits = _counts([v for v in verdicts if v in ("kept", "broken", "not_audited")], (), tr)
    others = _counts([v for v in verdicts if v not in ("kept", "broken", "not_audited")], (), tr)
    parts = [others, tr("rules: {list}", list=audits)] if audits else [others]
    return wording.sentence("; ".join(part for part in parts if part)) + "."


def _counts(verdicts: list[str], always: tuple[str, ...], tr: Translator) -> str:
    """Each word with its count, those of ``always`` also where it is 0."""
    shown = [(word, verdicts.count(word)) for word in WORDS if word in always or word in verdicts]
    return ", ".join(tr("{n} {word}", n=n, word=tr(WORDS[word])) for word, n in shown)
