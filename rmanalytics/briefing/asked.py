"""What is asked of the leadership: decisions, declared or proposed by rule, each with what it costs and by when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rmanalytics.briefing.slide import Slide
from rmanalytics.briefing.told import Told, round_name
from rmanalytics.language.translator import key, plural

BY = {"starts": key("before {day}")} | dict.fromkeys(("declared", "ends", "valid"), key("by {day}"))
WHY = {
    "starts": key("Round {round} begins on {day}"),
    "ends": key("Round {round} ends on {day}"),
    "valid": key("These figures hold until {day}"),
}
"""By when a decision is asked for, and what that day is, by what it follows from; a declared one speaks for itself."""
DRAW = key("Draw the places of the next round by lot among those who apply")
DRAW_AGAIN = key("Let the lot decide again who starts in the next round")
NO_COST = key("No extra cost")
NOT_RECORDED = key("What a round costs was not recorded")
PRICE = plural(
    "{currency} {ends} for {n} more round, working time included",
    "{currency} {ends} for {n} more rounds, working time included",
)
LOTTERY = 5
"""The level of evidence that only a lot reaches."""
MOST_DECISIONS = 3


def _asked(told: Told, texts: Mapping[str, str]) -> str:
    """A text on the day by which decisions are asked for; empty where no day is known."""
    asked = told.document.get("decide") or {}
    if asked.get("because") not in texts:
        return ""
    about = {"round": round_name(asked["round"])} if "round" in asked else {}
    return told.tr(texts[asked["because"]], day=told.day(asked["by"]), **about)


def _joined(parts: Iterable[str]) -> str:
    return " · ".join(part for part in parts if part)


def _terms(told: Told, cost: str = "") -> str:
    """What a decision costs, as far as it is known, and by when it is asked for."""
    text = _joined((cost, _asked(told, BY)))
    return text[:1].upper() + text[1:]


def decisions(told: Told) -> Slide:
    """What next: the decisions that the programme declares, else what the evaluation proposes."""
    tr = told.tr
    owner = told.filled(told.document.get("owner", ""))
    known = [_asked(told, WHY), tr("Responsible: {owner}", owner=owner) if owner else ""]
    declared = [told.filled(text) for text in told.document["decisions"]]
    if declared:
        own = tuple((text, tr("Programme team"), _terms(told)) for text in declared)
        return Slide(
            section=tr("What next"),
            title=tr("Decisions needed"),
            points=own,
            source=_joined(known),
            notes=tr("Declared by the programme team."),
        )
    source = tr("Decisions are proposed by the evaluation; without drawing lots level 4 is the best")
    return Slide(
        section=tr("What next"),
        title=tr("Decisions needed"),
        points=tuple(_proposed(told)[:MOST_DECISIONS]),
        source=_joined([source, *known]),
        notes=tr(
            "These follow from what could not be told, by rule. The programme team may put its own in their place."
        ),
    )


def _proposed(told: Told) -> list[tuple[str, str, str]]:
    """What the evaluation proposes, the most urgent first: what to do, why, and its terms."""
    tr, free = told.tr, _terms(told, told.tr(NO_COST))
    points: list[tuple[str, str, str]] = []
    broken, undeclared = told.document.get("chain_broken"), told.unrecorded or not told.planned()
    if broken:
        points.append((tr("Restore the chain of receipts"), told.unrecorded, _terms(told)))
    if any(told.find(row="audit", verdict="broken")):
        who = tr("HR knows whom it concerns, and nobody else needs to; this does not wait for a meeting.")
        points.append((tr("Pair anew where a rule is broken"), who, tr("No extra cost · at once")))
    if undeclared and not broken:
        why = tr("What is declared afterwards is never shown.")
        points.append((tr("Declare the plan before the first answer of the next round"), why, free))
    drawn = any(entry.get("level") == LOTTERY for entry in told.planned())
    why = tr("Drawing lots is fair, and nothing else reaches level 5; the others start in the next round.")
    points.append((tr(DRAW_AGAIN if drawn else DRAW), why, free))
    more = [e for e in told.find(row="info") if told.missing(e["claim"])]
    if more:
        entry = min(more, key=lambda e: told.missing(e["claim"]))
        about = {"n": entry["needed"], "claim": told.subject({"claim": entry["claim"]})}
        cost, price = told.get(f"money.missing.{told.round_id}"), ""
        if cost:
            price = tr(PRICE, n=told.missing(entry["claim"]), currency=cost["unit"], ends=told.ends(cost))
        elif not any(told.find(row="money")):
            price = tr(NOT_RECORDED)
        why = tr("With fewer rounds that question stays open.")
        points.append((tr("Plan for {n} rounds in all, to answer: {claim}", **about), why, _terms(told, price)))
    if not undeclared:
        why = tr("A claim that is changed starts again at nothing.")
        points.append((tr("Keep the plan of claims as it is, so that the rounds add up"), why, free))
    return points
