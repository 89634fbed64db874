"""What was released, as the briefing reads it: entries by id, their numbers as they are written, nothing computed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rmanalytics.errors import InputError, Problem
from rmanalytics.language.translator import NBSP, Translator, filled, key, plural, translator

NAME, NOTES, INDEX = "released.json", "released-notes.json", "index.html"
SCHEMA = 1
KINDS = ("html", "pptx", "figures", "facts", "pdf")
"""Kinds of files of a briefing."""
VERDICTS = {
    "shown": key("shown"),
    "points_for": key("points for"),
    "points_against": key("points against"),
    "not_shown": key("not shown"),
    "could_not": key("could not have told"),
    "too_few": key("too few people to be told"),
    "not_asked": key("not asked"),
    "described": key("described"),
    "kept": key("kept"),
    "broken": key("broken"),
    "not_audited": key("not audited"),
    "not_yet": key("no verdict yet"),
    "holds": key("the answer holds"),
    "turns": key("the answer could turn"),
}
DIGITS = {"days": 0, "rate ratio": 2, "ratio": 2, "index": 2}
UNITS = {
    "scale points": plural("{n} point", "{n} points"),
    "points per point": plural("{n} point", "{n} points"),
    "g": plural("{n} standard deviation", "{n} standard deviations"),
    "ties": plural("{n} tie", "{n} ties"),
    "days": plural("{n} day", "{n} days"),
    "share": plural("{n} percentage point", "{n} percentage points"),
    "rate ratio": key("{n} times as often"),
    "ratio": key("{n} times as often"),
}
LATE = key("The plan was not recorded before the answers came, so nothing counts as shown.")
BROKEN = key("The chain of receipts is broken, so nothing counts as recorded or shown until it is restored.")
WHOLE = ("tandems", "people", "claims", "rounds")
PEOPLE = {"mentee": key("seniors"), "mentor": key("juniors")}


@dataclass(frozen=True, slots=True)
class Told:
    """A release in one language.

    Parameters
    ----------
    document : mapping
        What ``released.json`` holds.
    tr : Translator
        The language.
    """

    document: Mapping[str, Any]
    tr: Translator

    @property
    def round_id(self) -> str:
        """The round that the release is about."""
        return str(self.document["round"])

    @property
    def rounds(self) -> list[str]:
        """That round and those before it, in order of time."""
        return [one["id"] for one in self.document["rounds"]]

    @property
    def over(self) -> str:
        """All rounds together; the round's own id where it is the only one."""
        return "all" if len(self.rounds) > 1 else self.round_id

    @property
    def coming(self) -> Mapping[str, str]:
        """The round that has no verdict yet, and its last day; empty where there is none."""
        found: Mapping[str, str] = self.document.get("next") or {}
        return found

    @property
    def interim(self) -> bool:
        """Whether that is the round itself: nothing of it is told but what was planned."""
        return self.coming.get("id") == self.round_id

    def find(self, **about: Any) -> Iterator[Mapping[str, Any]]:
        """Entries with some fields, in their order."""
        for entry in self.document["entries"]:
            if all(entry.get(name) == value for name, value in about.items()):
                yield entry

    def get(self, name: str) -> Mapping[str, Any] | None:
        """The entry of an id."""
        return next(self.find(id=name), None)

    def planned(self) -> list[Mapping[str, Any]]:
        """Verdicts of the plan's claims, the primary first, the others in the order of the claims."""
        order = list(self.document["claims"])
        return sorted(self.find(row="verdict"), key=lambda e: (e["role"] != "primary", order.index(e["claim"])))

    @property
    def unrecorded(self) -> str:
        """Why the plan does not count as recorded, as a sentence; empty where it does."""
        if self.document.get("chain_broken"):
            return self.tr(BROKEN)
        return "" if all(entry.get("recorded", True) for entry in self.planned()) else self.tr(LATE)

    def primary(self) -> Mapping[str, Any] | None:
        """The verdict of the primary claim."""
        return next((entry for entry in self.planned() if entry["role"] == "primary"), None)

    def effect(self, claim: str) -> Mapping[str, Any] | None:
        """The size of a claim over all rounds that the plan covers."""
        return self.get(f"effect.{claim}.all.{self.round_id}")

    def missing(self, claim: str) -> int:
        """Rounds that are missing until a claim can be answered; 0 where more rounds are not what it takes."""
        entry = self.get(f"info.{claim}.{self.round_id}") or {}
        return max(int(entry["needed"] - entry["gathered"]), 0) if "needed" in entry else 0

    def of(self, claim: str, *verdicts: str) -> bool:
        """Whether a claim of the plan has one of some verdicts."""
        return any(entry["verdict"] in verdicts for entry in self.find(row="verdict", claim=claim))

    def subject(self, entry: Mapping[str, Any], *, inner: bool = False) -> str:
        """What an entry is about: a scale and whose, or the claim in its own words; inside a sentence, if so."""
        title = self.document["scales"].get(entry.get("scale"))
        if title and "side" in entry:
            scale = self.tr.pick(title)
            if inner:
                scale = self.tr.quoted(scale) if self.tr.german else scale[:1].lower() + scale[1:]
            return self.tr("{scale} of the {people}", scale=scale, people=self.tr(PEOPLE[entry["side"]]))
        return self.title(entry)

    def title(self, entry: Mapping[str, Any]) -> str:
        """The shortest name of what an entry is about."""
        scale = self.document["scales"].get(entry.get("scale"))
        return self.tr.pick(scale or self.document["claims"][entry["claim"]])

    def words(self, code: str) -> str:
        """A code of the programme, such as a topic, in words."""
        text = self.tr(code.replace("_", " "))
        return text[:1].upper() + text[1:]

    def number(self, value: float, unit: str) -> str:
        """A number as it is written on a mark, without its unit but for per cent and times."""
        if unit == "share":
            return self.tr.number(100 * value, 0)
        if unit == "times chance":
            return f"{self.tr.number(value, 1)}{NBSP}×"
        whole = unit.isupper() or unit in WHOLE or (unit == "key figure" and float(value).is_integer())
        return self.tr.number(value, 0 if whole else DIGITS.get(unit, 1))

    def value(self, entry: Mapping[str, Any]) -> str:
        """An entry's value as it is written."""
        text = self.number(entry["value"], entry["unit"])
        return f"{text}{self.tr.percent}" if entry["unit"] == "share" else text

    def ends(self, entry: Mapping[str, Any]) -> str:
        """Both ends of an entry as they are written."""
        low, high = (self.number(entry[end], entry["unit"]) for end in ("lo", "hi"))
        low = low.removesuffix(f"{NBSP}×")
        return self.tr("{lo} to {hi}", lo=low, hi=high)

    def size(self, value: float, unit: str) -> str:
        """A size with its unit, as a sentence has it."""
        return self.tr(UNITS[unit], n=self.number(value, unit))

    def filled(self, text: str) -> str:
        """The team's words with figures and days as they are written."""
        found = {
            e["id"]: self.value(e) if "value" in e else self.ends(e) for e in self.find() if {"value", "lo"} & set(e)
        }
        text = re.sub(r"\{([^{}]+)\}", lambda id_: found.get(id_[1], self.word("too_few")), text)
        return re.sub(r"\b\d{4}-\d{2}-\d{2}\b", lambda day: self.day(day[0]), text)

    def word(self, verdict: str) -> str:
        """A verdict in words."""
        return self.tr(VERDICTS[verdict])

    def day(self, text: str) -> str:
        """A day of the release in the language's form."""
        return self.tr.day(date.fromisoformat(text))


def round_name(round_id: str) -> str:
    """``2026 H1``, its two halves kept together."""
    return f"{round_id[:4]}{NBSP}{round_id[4:]}"


def read(path: Path) -> dict[str, Any]:
    """A release as it was published.

    Raises
    ------
    InputError
        RM-E-181 when there is none, or it is none; RM-E-182 when it says what its own verdict does not allow.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        whole = document["schema"] == SCHEMA and isinstance(document["entries"], list)
    except (OSError, ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        rule, remedy = (
            filled("there is no release that can be read"),
            filled("make the round's report, which releases it once"),
        )
        raise InputError((Problem(code="RM-E-181", file=NAME, rule=rule, remedy=remedy),))
    wrong = [why for entry in document["entries"] if (why := _unsayable(entry))]
    wrong += [why for sentence in document.get("sentences", ()) if (why := _false(sentence, document))]
    if wrong:
        remedy = filled("restore released.json from its copy in the analyst's room")
        raise InputError(
            tuple(Problem(code="RM-E-182", file=NAME, rule=rule, remedy=remedy) for rule in dict.fromkeys(wrong))
        )
    return _without_struck(document, path.with_name(NOTES))


def _without_struck(document: Mapping[str, Any], notes: Path) -> dict[str, Any]:
    """A release without the figures that were struck since, and the sentences that say them."""
    struck = {one["id"]: one["date"] for one in json.loads(notes.read_bytes())} if notes.is_file() else {}
    entries = [entry for entry in document["entries"] if entry["id"] not in struck]
    sentences = [one for one in document.get("sentences", ()) if not struck.keys() & set(one["entries"])]
    gone = [entry | {"struck": struck[entry["id"]]} for entry in document["entries"] if entry["id"] in struck]
    return dict(document) | {"entries": entries, "sentences": sentences, "struck": gone}


def _unsayable(entry: Mapping[str, Any]) -> str:
    """Why an entry says more than its verdict allows; empty where it does not."""
    near = entry.get("near_end")
    if near is None:
        return ""
    if entry.get("verdict") not in ("shown", "points_against"):
        return f"the size of claim {entry.get('claim')} is told although it is neither shown nor points against"
    far = max(abs(entry["lo"]), abs(entry["hi"]))
    return f"the near end of claim {entry.get('claim')} lies beyond its interval" if near > far else ""


def _false(sentence: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """Why a sentence may not be said; empty for one that follows from its entries."""
    entries = {entry["id"]: entry for entry in document["entries"]}
    for name in sentence["entries"]:
        entry = entries.get(name)
        if entry is None or (entry["row"] == "effect" and entry.get("verdict") != "shown"):
            return f"sentence {sentence['id']} says an effect that is not shown"
        if entry["row"] == "effect":
            for language, text in sentence["text"].items():
                told = Told(document, translator(language))
                if told.size(entry["near_end"], entry["unit"]) not in text:
                    return f"sentence {sentence['id']} says another size than its near end"
    return ""
