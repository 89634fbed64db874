"""Sentences for outside, each made from entries of a release by rule: nobody types one.

*Shown* gives an effect with its near end; *described* gives counts and shares of one group, without "than" or
"because". Not shown, against, and could not have told give no sentence.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from rmanalytics.language.translator import Translator, key, plural, translator

THAN = {
    "": key("than in the comparison group"),
    "waiting list": key("than on the waiting list"),
    "volunteers whom the lot did not let start": key("than among volunteers whom the lot did not let start"),
    "volunteers who did not start": key("than among volunteers who did not start"),
    "matched colleagues": key("than among matched colleagues"),
    "waiting list and matched colleagues": key("than on the waiting list and among matched colleagues"),
    "colleagues outside the programme": key("than among colleagues outside the programme"),
    "people who did not see the programme mentioned": key("than among people who did not see the programme mentioned"),
}
SIZES = {
    "scale points": plural("{n} point", "{n} points"),
    "points per point": plural("{n} point", "{n} points"),
    "g": plural("{n} standard deviation", "{n} standard deviations"),
    "ties": plural("{n} tie", "{n} ties"),
    "days": plural("{n} day", "{n} days"),
    "share": plural("{n} percentage point", "{n} percentage points"),
    "rate ratio": key("{n} times as often"),
    "ratio": key("{n} times as often"),
}
DIGITS = {"days": 0, "share": 0, "rate ratio": 2, "ratio": 2}
HALVES = {"1": key("In the first half of {year}"), "2": key("In the second half of {year}")}
PEOPLE = {"mentee": key("seniors"), "mentor": key("juniors")}


def size(value: float, unit: str, tr: Translator) -> str:
    """A size with its unit."""
    return tr(SIZES[unit], n=tr.number(100 * value if unit == "share" else value, DIGITS.get(unit, 1)))


def scale_of(claim: Mapping[str, Any], document: Mapping[str, Any], tr: Translator) -> str:
    """What a claim is about: a scale and whose; empty for a claim that rests on no scale."""
    title = document["scales"].get(claim.get("scale"))
    if not title:
        return ""
    return tr("{scale} of the {people}", scale=tr.pick(title), people=tr(PEOPLE[claim["side"]]))


def sentences(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sentences that a release allows: ``id, claim, entries, text`` by language, ``valid_until``.

    Parameters
    ----------
    document : mapping
        A release without its sentences.
    """
    found = []
    for name, entries in _allowed(document):
        text = {language: _text(entries, document, translator(language)) for language in document["languages"]}
        told = {"claim": name, "entries": [entry["id"] for entry in entries], "text": text}
        found.append({"id": _id(document["round"], name, entries), **told, "valid_until": document["valid_until"]})
    return found


def _id(round_id: str, name: str, entries: list[Mapping[str, Any]]) -> str:
    told = [{k: v for k, v in entry.items() if k != "evidence"} for entry in entries]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"RM-{round_id}-{name}-{hashlib.sha256(text.encode()).hexdigest()[:4]}"


def _allowed(document: Mapping[str, Any]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """Each sentence's claim (or P1 for the programme itself) with the entries that it says."""
    by_id = {entry["id"]: entry for entry in document["entries"]}
    tandems = [by_id[name] for r in document["rounds"] if (name := f"tandems.{r['id']}") in by_id]
    if tandems:
        yield "P1", [tandems[-1], *_some(by_id.get(f"delivery.all_meetings.{document['round']}"))]
    for entry in document["entries"]:
        if entry["row"] == "effect" and entry.get("role") and entry["verdict"] == "shown" and "near_end" in entry:
            yield entry["claim"], [entry]


def _some(entry: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    return [] if entry is None else [entry]


def _text(entries: list[Mapping[str, Any]], document: Mapping[str, Any], tr: Translator) -> str:
    entry = entries[0]
    if entry["row"] == "effect":
        return _effect(entry, document, tr)
    about = {"n": entry["value"], "half": tr(HALVES[document["round"][-1]], year=document["round"][:4])}
    about["company"] = inner_name(str(document["company"]), tr)
    if len(entries) == 1:
        return tr("{half}, about {n} tandems of a junior and a senior worked together at {company}.", **about)
    text = key(
        "{half}, about {n} tandems of a junior and a senior worked together at {company}; about {share} of them held "
        "every planned meeting."
    )
    return tr(text, share=tr.share(entries[1]["value"]), **about)


def inner_name(name: str, tr: Translator) -> str:
    """A company's name in mid-sentence: one that begins with an article has a small letter, in German its quotes.

    Examples
    --------
    >>> [inner_name("A company by the sea", translator(language)) for language in ("en", "de")]
    ['a company by the sea', '„A company by the sea“']
    >>> inner_name("Example Works", translator("en"))
    'Example Works'
    """
    article = name.partition(" ")[0].lower()
    if tr.german:
        return tr.quoted(name) if article in ("a", "an", "the", "der", "die", "das", "ein", "eine") else name
    return name[:1].lower() + name[1:] if article in ("a", "an", "the") else name


def _effect(entry: Mapping[str, Any], document: Mapping[str, Any], tr: Translator) -> str:
    about = {"near": size(entry["near_end"], entry["unit"], tr), "than": tr(THAN[entry["comparator"]])}
    what = scale_of(entry, document, tr)
    if what:
        low, high = entry["scale_ends"]
        text = key("In the programme, {what} fell by at least {near} more {than}, on a scale of {low} to {high}.")
        if entry["direction"] != "down":
            text = key("In the programme, {what} rose by at least {near} more {than}, on a scale of {low} to {high}.")
        inner = what if tr.german else what[:1].lower() + what[1:]
        return tr(text, what=inner, low=low, high=high, **about)
    title = tr.pick(document["claims"][entry["claim"]])
    return tr("{title}: in the programme by at least {near} more {than}.", title=title, **about)


def register(
    document: Mapping[str, Any], before: list[dict[str, Any]], *, on: date
) -> tuple[list[dict[str, Any]], list[str]]:
    """Lines that a release adds to the register of sentences, and the ids that have to come off every page.

    Parameters
    ----------
    document : mapping
        The release.
    before : list of dict
        The register so far; it only grows.
    on : date
        The day of publication.

    Returns
    -------
    lines : list of dict
        ``date, id, claim, state`` (``valid``, ``replaced``, ``withdrawn``), with ``text`` and ``valid_until`` of a new
        sentence, ``by`` the id that replaces one, ``because`` of a withdrawal.
    off : list of str
        Ids of sentences that no longer hold.
    """
    standing = states(before)
    new = {one["id"]: one for one in document["sentences"]}
    lines: list[dict[str, Any]] = []
    off = []
    by_claim = {one["claim"]: one["id"] for one in document["sentences"]}
    for name, state in standing.items():
        if state["state"] != "valid" or name in new or state["round"] > document["round"]:
            continue
        by = by_claim.get(state["claim"])
        told: dict[str, Any] = (
            {"state": "replaced", "by": by} if by else {"state": "withdrawn", "because": "verdict changed"}
        )
        lines.append({"date": on.isoformat(), "id": name, "claim": state["claim"], **told})
        off.append(name)
    for name, one in new.items():
        if name not in standing:
            told = {"text": one["text"], "valid_until": one["valid_until"], "round": document["round"]}
            lines.append({"date": on.isoformat(), "id": name, "claim": one["claim"], "state": "valid", **told})
    return lines, off


def states(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """How each sentence of a register stands by its last line, with what its first line told."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        found[line["id"]] = {**found.get(line["id"], {}), **line}
    return found
