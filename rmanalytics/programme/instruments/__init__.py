"""Instruments: the scales a survey asks, described in TOML files beside this module or in the programme's folder.

One instrument is a set of items on one answer scale; its subscales are named groups of its items. Item ids are
unique over all instruments of a programme.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from rmanalytics.errors import InputError, Problem
from rmanalytics.language.translator import key
from rmanalytics.programme.strict_toml import Block, Key, read_strict

RETEST = 0.6
"""Test–retest reliability of a scale whose file declares none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question: id (the column name in an export), texts by language, whether it is reverse-keyed, its subscale."""

    id: str
    text: Mapping[str, str]
    reverse: bool = False
    subscale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A scale and its rules of scoring.

    Parameters
    ----------
    name : str
        Identifier, the file's name without ending.
    title : mapping of language to str
        Name for readers.
    version : str
        Version of the wording; a change needs a mapping before rounds are compared.
    scale_min, scale_max : int
        Ends of the answer scale; reverse keys are ``scale_min + scale_max - x``, never from observed data.
    labels : mapping of language to tuple of str
        Labels of the answers from ``scale_min`` upwards.
    items : tuple of Item
        All items; empty for a licensed scale whose text the company must supply.
    subscales : mapping of name to mapping of language to str
        Names of subscales for readers.
    direction : str
        Claimed direction of change: ``up`` or ``down``.
    min_answered_share : float
        Least share of answered items for a score (methods: 0.8).
    same_items : bool
        Whether a person's two waves are scored on the items answered at both.
    source, licence : str
        Where it comes from and what may be done with it.
    retest : float
        Correlation of two answers of the same people with nothing in between (test–retest reliability), 0.6 where the
        file declares none. No verdict rests on it: it sizes what is planned before anything was measured, and takes a
        difference before off the difference of changes that is released.
    """

    name: str
    title: Mapping[str, str]
    version: str
    scale_min: int
    scale_max: int
    labels: Mapping[str, tuple[str, ...]]
    items: tuple[Item, ...]
    subscales: Mapping[str, Mapping[str, str]]
    direction: str
    min_answered_share: float
    same_items: bool
    source: str
    licence: str
    retest: float = RETEST

    @property
    def item_ids(self) -> tuple[str, ...]:
        """Ids of all items, in the questionnaire's order."""
        return tuple(item.id for item in self.items)

    @property
    def digest(self) -> str:
        """SHA-256 of what is asked and how it is scored, whatever the order within the file.

        Examples
        --------
        >>> from dataclasses import replace
        >>> asked = read_shipped("technology_anxiety")
        >>> asked.digest == replace(asked, source="a book").digest, asked.digest == replace(asked, version="2").digest
        (True, False)
        """
        items = [[one.id, dict(one.text), one.reverse, one.subscale] for one in self.items]
        asked = [self.version, self.direction, self.scale_min, self.scale_max, dict(self.labels), items]
        scored = [self.min_answered_share, self.same_items]
        return hashlib.sha256(json.dumps([asked, scored], sort_keys=True).encode()).hexdigest()

    def items_of(self, subscale: str) -> tuple[Item, ...]:
        """Items of one subscale; the whole instrument for the empty name."""
        return tuple(item for item in self.items if subscale in ("", item.subscale))


_TEXTS = Block({"en": Key(str, required=True), "de": Key(str)}, required=True)
_FILE = Block(
    {
        "title": _TEXTS,
        "version": Key(str, required=True),
        "direction": Key(
            str, required=True, check=lambda v: None if v in ("up", "down") else key('must be "up" or "down"')
        ),
        "source": Key(str, required=True),
        "licence": Key(str, required=True),
        "retest": Key(float, check=lambda v: None if 0 < v < 1 else key("must lie between 0 and 1")),
        "scale": Block(
            {
                "min": Key(int, required=True),
                "max": Key(int, required=True),
                "labels": Block({"en": Key(list), "de": Key(list)}),
            },
            required=True,
        ),
        "scoring": Block(
            {
                "min_answered_share": Key(
                    float, check=lambda v: None if 0 < v <= 1 else key("must lie between 0 and 1")
                ),
                "same_items": Key(bool),
            }
        ),
        "subscales": Block({"id": Key(str, required=True), "title": _TEXTS}, many=True),
        "items": Block(
            {
                "id": Key(str, required=True),
                "text": Block({"en": Key(str), "de": Key(str)}),
                "reverse": Key(bool),
                "subscale": Key(str),
            },
            many=True,
        ),
    }
)


def shipped() -> tuple[str, ...]:
    """Names of the instruments that come with the package."""
    return tuple(sorted(p.name.removesuffix(".toml") for p in files(__name__).iterdir() if p.name.endswith(".toml")))


def read_instrument(path: Path) -> Instrument:
    """Read one instrument file.

    Raises
    ------
    InputError
        Every problem of the file in one go.
    """
    data = read_strict(path, _FILE)
    problems = _check_sense(data, path.name)
    if problems:
        raise InputError(tuple(problems))
    scoring = data.get("scoring", {})
    return Instrument(
        name=path.stem,
        title=data["title"],
        version=data["version"],
        scale_min=data["scale"]["min"],
        scale_max=data["scale"]["max"],
        labels={language: tuple(labels) for language, labels in data["scale"].get("labels", {}).items()},
        items=tuple(
            Item(id=i["id"], text=i.get("text", {}), reverse=i.get("reverse", False), subscale=i.get("subscale", ""))
            for i in data.get("items", [])
        ),
        subscales={s["id"]: s["title"] for s in data.get("subscales", [])},
        direction=data["direction"],
        min_answered_share=scoring.get("min_answered_share", 0.8),
        same_items=scoring.get("same_items", True),
        source=data["source"],
        licence=data["licence"],
        retest=data.get("retest", RETEST),
    )


@cache
def read_shipped(name: str) -> Instrument:
    """Read an instrument that comes with the package; once a process.

    Examples
    --------
    >>> read_shipped("digital_fitness").scale_max
    5
    """
    return read_instrument(Path(str(files(__name__).joinpath(f"{name}.toml"))))


def _check_sense(data: dict[str, Any], file: str) -> list[Problem]:
    found: list[tuple[str, str, str]] = []
    scale = data["scale"]
    if scale["min"] >= scale["max"]:
        found.append(("scale.min", "the lowest answer is not below the highest", "correct scale.min or scale.max"))
    steps = scale["max"] - scale["min"] + 1
    for language, labels in scale.get("labels", {}).items():
        if len(labels) != steps:
            found.append(
                (
                    f"scale.labels.{language}",
                    f"the scale has {steps} steps, the labels have another number",
                    "give one label a step",
                )
            )
    ids = [item["id"] for item in data.get("items", [])]
    found += [
        ("items", f'the item id "{i}" stands twice', "give each item its own id")
        for i in sorted({i for i in ids if ids.count(i) > 1})
    ]
    known = {s["id"] for s in data.get("subscales", [])}
    for item in data.get("items", []):
        if item.get("subscale") and item["subscale"] not in known:
            found.append(
                (
                    "items.subscale",
                    f'item "{item["id"]}" names a subscale that is not declared',
                    "declare it under [[subscales]]",
                )
            )
    return [Problem(code="RM-E-005", file=file, column=c, rule=r, remedy=m) for c, r, m in found]
