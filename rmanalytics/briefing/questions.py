"""What a board may ask, answered from the release alone: a question a row, none whose answer is not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rmanalytics.briefing import titles
from rmanalytics.briefing.company import RETURN, value_said
from rmanalytics.briefing.figures import GROUP_WORDS
from rmanalytics.briefing.told import Told
from rmanalytics.language.translator import key


def questions(told: Told) -> list[tuple[str, str]]:
    """Questions with their answers; none in mid-round, for nothing is counted yet."""
    tr, primary = told.tr, told.primary()
    if told.interim:
        return []
    found = []
    if primary is not None and "n" in primary:
        found.append((tr("Is that a lot?"), " ".join((f"{titles.of(primary, told)}.", *matters(told, primary)))))
        found += [(tr("Did only the keen answer?"), " ".join(said))] if (said := silence(told, primary)) else []
    wrong = [text for verdict, _, text in titles.lines(told) if verdict == "points_against"]
    early = told.get(f"delivery.ended_early.{told.round_id}")
    if early is not None:
        wrong.append(tr("{share} of the tandems ended early.", share=told.value(early)))
    found.append((tr("What went wrong?"), " ".join(f"{text[:1].upper()}{text[1:]}" for text in wrong)))
    if any(told.find(row="brand")):
        planned = next((e for e in told.planned() if e["claim"] == "C6"), None)
        no = tr("Not shown: both groups chose themselves, so what sets them apart may have other reasons.")
        text = f"{titles.of(planned, told)}." if planned else no
        found.append((tr("Does it make us a more attractive employer?"), text))
    staying = next((e for e in told.planned() if e["claim"] == titles.MOST_ASKED), None)
    if staying is not None:
        found.append((tr("Does it keep our juniors?"), f"{titles.of(staying, told)}."))
    if any(told.find(row="money")):
        found.append((tr("Does it pay?"), f"{value_said(told)} {tr(RETURN)}"))
    text = key("Not told: so few tandems in one division would show single people.")
    found.append((tr("How did my division do?"), tr(text)))
    return found


def doubts(told: Told, verdict: Mapping[str, Any]) -> list[str]:
    """What a board asks first: is it a lot, who answered, would the silent turn it."""
    return [*matters(told, verdict), *silence(told, verdict)]


def matters(told: Told, verdict: Mapping[str, Any]) -> list[str]:
    """From which size on an effect was declared to matter."""
    tr, least = told.tr, next(told.find(row="worthwhile", claim=verdict["claim"]), None)
    if least is None:
        return []
    return [tr("Declared to matter: from {size} on.", size=told.size(least["value"], least["unit"]))]


def silence(told: Told, verdict: Mapping[str, Any]) -> list[str]:
    """Who answered, and whether the silent would turn the answer."""
    tr, said = told.tr, []
    answered = [
        told.get(f"answered.{verdict['side']}.{group}.{told.round_id}") if "side" in verdict else None
        for group in GROUP_WORDS
    ]
    if all(answered):
        shares = [told.value(entry) for entry in answered if entry]
        text = key("In this round {own} of the participants answered afterwards and {other} of those compared.")
        said.append(tr(text, own=shares[0], other=shares[1]))
    if silent := next(told.find(row="silent", claim=verdict["claim"]), None):
        holds, turns = (
            key("If those who did not answer had done worse, the answer would hold."),
            key("If those who did not answer had done worse, the answer could turn."),
        )
        if verdict["verdict"] == "points_against":
            holds, turns = (
                key("If those who did not answer had done better, the answer would hold."),
                key("If those who did not answer had done better, the answer could turn."),
            )
        said.append(tr(holds if silent["verdict"] == "holds" else turns))
    return said
