"""What is declared of the lot and of pairing: ``[draw]``, ``[pairing]`` and ``[pairing.wishes]`` in ``programme.toml``.

Unit: one programme. What they mean: ``docs/round-design.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import Any

from rmanalytics.language.translator import filled, key
from rmanalytics.programme.strict_toml import Block, Key

BALANCE_BY = ("age", "tenure", "level", "unit_size", "location")
FULL_SCORE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRule:
    """Places of a round and what the lot does with everybody else; ``places`` is None where no lot is declared."""

    places: int | None = None
    wait: int | None = None
    reserve: int | None = None
    balance_by: tuple[str, ...] = BALANCE_BY


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingRule:
    """What a pair is scored by, in points of 100, and whether the same two may meet again."""

    allow_two_tandems: bool = False
    again: bool = False
    topics: int = 60
    times: int = 25
    site: int = 15
    generation: int = 0
    other_unit: int = 0

    @property
    def points(self) -> dict[str, int]:
        """Points by wish, those without any left out."""
        names = ("topics", "times", "site", "generation", "other_unit")
        return {name: points for name, points in zip(names, astuple(self)[2:], strict=True) if points}


def _points(value: int) -> str | None:
    return None if 0 <= value <= FULL_SCORE else filled("must be 0 to {full_score}", full_score=FULL_SCORE)


def _whole(least: int) -> Key:
    rule = filled("must be {least} or more", least=least)
    return Key(int, check=lambda value: None if value >= least else rule, bounds={"minimum": least})


def _facts(values: list[Any]) -> str | None:
    return (
        None
        if values and set(values) <= set(BALANCE_BY)
        else filled("must be some of {names}", names=", ".join(BALANCE_BY))
    )


_POINTS = Key(int, check=_points, bounds={"minimum": 0, "maximum": FULL_SCORE})
DRAW = Block({"places": _whole(1), "wait": _whole(0), "reserve": _whole(0), "balance_by": Key(list, check=_facts)})
PAIRING = Block(
    {
        "allow_two_tandems": Key(bool),
        "again": Key(bool),
        "wishes": Block(dict.fromkeys(("topics", "times", "site", "generation", "other_unit"), _POINTS)),
    }
)


def draw_rule(data: Mapping[str, Any]) -> DrawRule:
    """The rule of the table ``[draw]``."""
    given = dict(data)
    if "balance_by" in given:
        given["balance_by"] = tuple(given["balance_by"])
    return DrawRule(**given)


def pairing_rule(data: Mapping[str, Any]) -> PairingRule:
    """The rule of the table ``[pairing]``; wishes that are named stand for all that count."""
    given = {name: value for name, value in data.items() if name != "wishes"}
    return PairingRule(**given, **data.get("wishes", {}))


def check_lots(draw: DrawRule, pairing: PairingRule) -> Iterator[tuple[str, str, str]]:
    """What single keys cannot show: key, rule and remedy of each problem."""
    if draw.places is None and draw != DrawRule():
        yield "draw.places", key("a lot is declared without its places"), key("add places = 34 under [draw]")
    if sum(pairing.points.values()) != FULL_SCORE:
        rule = filled("the points of the wishes do not add up to {full_score}", full_score=FULL_SCORE)
        yield "pairing.wishes", rule, key("name all five: topics, times, site, generation, other_unit")
