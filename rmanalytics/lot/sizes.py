"""How many people each group of a lot gets, and whether a seed is hard enough to guess.

Unit: one side of a round, or one list.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

CERTAIN, START, WAIT, RESERVE, NOT_DRAWN = GROUPS = ("certain", "start", "wait", "reserve", "not_drawn")
LEAST_BITS = 20
LEAST_EVALUATED = 6
"""Fewest people who start, and who do not, with whom a lot is evaluated."""
RESERVE_SHARE, LEAST_RESERVE = 0.1, 2
LOTTO = 42
"""Numbers of the smallest lotto of six; larger ones are harder to guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """People of a side by group; ``start`` are drawn, ``certain`` start without the lot."""

    certain: int
    start: int
    wait: int
    reserve: int
    not_drawn: int

    @property
    def drawn_from(self) -> int:
        """People whom the lot decides about."""
        return self.start + self.wait + self.reserve + self.not_drawn

    @property
    def evaluated(self) -> bool:
        """Whether enough people start and do not start by lot to compare them."""
        return min(self.start, self.wait + self.not_drawn) >= LEAST_EVALUATED

    def as_dict(self) -> dict[str, int]:
        """As a receipt holds it."""
        return asdict(self)


def sizes(volunteers: int, *, certain: int, places: int, wait: int | None = None, reserve: int | None = None) -> Sizes:
    """Groups of one side.

    Parameters
    ----------
    volunteers : int
        Everybody on the list, those who start for certain among them.
    certain : int
        Promised a place in the last round; at most ``places``.
    places : int
        Tandems that can start.
    wait, reserve : int, optional
        Half of the places, and a tenth of them but at least 2, unless given.

    Examples
    --------
    >>> sizes(71, certain=0, places=34)
    Sizes(certain=0, start=34, wait=17, reserve=4, not_drawn=16)
    >>> sizes(20, certain=0, places=34)
    Sizes(certain=0, start=20, wait=0, reserve=0, not_drawn=0)
    """
    if certain > places:
        raise ValueError("more people were promised a place than there are places")
    drawn_from = volunteers - certain
    start = min(places - certain, drawn_from)
    standing_by = max(LEAST_RESERVE, math.ceil(RESERVE_SHARE * places)) if reserve is None else reserve
    standing_by = min(standing_by, drawn_from - start)
    rest = drawn_from - start - standing_by
    waiting = min(places // 2 if wait is None else wait, rest)
    return Sizes(certain=certain, start=start, wait=waiting, reserve=standing_by, not_drawn=rest - waiting)


def bits(seed: str) -> float:
    """How many bits a seed holds at least: dice, numbers of a lotto, else digits and letters.

    Examples
    --------
    >>> bits("7 12 23 31 38 41") > 20, bits("1 6 2 3 3 5 4 1") > 20, bits("1 2 3") > 20
    (True, True, False)
    """
    words = seed.split()
    if all(re.fullmatch("[1-6]", word) for word in words):
        return len(words) * math.log2(6)
    numbers = {int(word) for word in words if re.fullmatch("[0-9]{1,2}", word)}
    if len(numbers) == len(words):
        return math.log2(math.comb(LOTTO, min(len(numbers), LOTTO // 2)))
    return sum(math.log2(10) if sign.isdigit() else 1 for sign in seed if sign.isalnum())


def plain_seed(seed: str) -> str:
    """A seed as it enters the lot: one blank between its words.

    Examples
    --------
    >>> plain_seed(" 7  12 ")
    '7 12'
    """
    return " ".join(seed.split())


def counted(groups: Mapping[int, str]) -> dict[str, int]:
    """People by group.

    Examples
    --------
    >>> counted({1: "start", 2: "wait"})["start"]
    1
    """
    return {name: sum(group == name for group in groups.values()) for name in GROUPS}
