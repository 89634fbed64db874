"""Self-generated codes: what ``[linkage]`` in ``programme.toml`` says of their parts, and how sure a link must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from rmanalytics.language.translator import filled, key
from rmanalytics.programme.strict_toml import Block, Key

LETTERS, DIGITS, DAY = KINDS = ("letters", "digits", "day")
LEAST_CODES = 100_000
"""Fewest codes that a declaration must allow: with fewer, strangers share one too often among the people of a round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a code: kind, length in signs, weight of an error in it, and the question that asks for it."""

    kind: str
    length: int = 2
    weight: float = 1.0
    ask: str = ""

    @property
    def possible(self) -> int:
        """How many values it can have."""
        return 31 if self.kind == DAY else (26 if self.kind == LETTERS else 10) ** self.length


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage:
    """How answers under codes are linked, before to after.

    Parameters
    ----------
    parts : tuple of Part
        In the order in which they stand in a code.
    tolerance : float
        Largest distance of two codes of one person: typing errors (a sign put in, left out or replaced, or two
        neighbours swapped), each times the weight of its part.
    certainty : float
        Least probability of a link that the results rest on; a less probable one is shown beside.
    """

    parts: tuple[Part, ...]
    tolerance: float = 1.0
    certainty: float = 0.99


def linkage_of(data: Mapping[str, Any]) -> Linkage | None:
    """What ``[linkage]`` declares; None where it is absent."""
    return Linkage(**{**data, "parts": tuple(Part(**one) for one in data["parts"])}) if data else None


def check_linkage(linkage: Linkage | None) -> Iterator[tuple[str, str, str]]:
    """What single keys cannot show: key, rule and remedy of each problem."""
    if linkage is None:
        return
    for number, part in enumerate(linkage.parts, start=1):
        if part.kind == DAY and part.length != 2:
            yield f"linkage.parts[{number}].length", key("a day has two digits"), key("take the length out")
    if prod(part.possible for part in linkage.parts) < LEAST_CODES:
        rule = filled(
            "the code is too short: its parts allow fewer than {least} codes, and strangers would share one",
            least=LEAST_CODES,
        )
        yield "linkage.parts", rule, key("ask for one or two parts more")


def _within(least: float, most: float) -> Key:
    def check(value: float) -> str | None:
        return (
            None
            if least <= value <= most
            else filled("must be {least} to {most}", least=f"{least:g}", most=f"{most:g}")
        )

    return Key(float, check=check, bounds={"minimum": least, "maximum": most})


LINKAGE = Block(
    {
        "parts": Block(
            {
                "kind": Key(
                    str,
                    required=True,
                    check=lambda value: (
                        None if value in KINDS else filled("must be one of {names}", names=", ".join(KINDS))
                    ),
                    bounds={"enum": list(KINDS)},
                ),
                "length": Key(
                    int,
                    check=lambda value: None if 1 <= value <= 8 else key("must be 1 to 8"),
                    bounds={"minimum": 1, "maximum": 8},
                ),
                "weight": _within(0.5, 10),
                "ask": Key(str),
            },
            many=True,
            required=True,
        ),
        "tolerance": _within(0, 3),
        "certainty": _within(0.9, 0.9999),
    }
)
