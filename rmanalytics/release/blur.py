"""The blur ``blur-1``: whole milli-steps from a secret key, the same for a set and a question whenever it is asked.

A step is a quarter of the scale's range. Half of a score's blur belongs to the set of people and is the same for all
scales, so that averaging many scales does not take it off. Nothing here knows a result; the key never leaves.
"""

from __future__ import annotations

import hmac
import json
import math
from collections.abc import Mapping, Sequence
from hashlib import sha256

VERSION = "blur-1"
MOST = 2000
"""Most milli-steps of either half of a score's blur: together never more than 4 steps of one person."""
MOST_COUNT = 2
COARSE = ((5, 9, 0.5), (10, 24, 0.2), (25, 10**9, 0.1))
"""From and to how many people a mean is shown in which steps (of a scale of four steps)."""


def part(key: bytes, *about: object, most: int = MOST) -> int:
    """One part of a blur: a whole number from ``-most`` to ``most``, from key and what it is about alone.

    Examples
    --------
    >>> people = [f"P000{n}" for n in range(1, 6)]
    >>> part(bytes(range(32)), "set", "2026H1", "level_after", people)
    -1365
    """
    text = json.dumps([VERSION, *about], ensure_ascii=False, separators=(",", ":"))
    drawn = int.from_bytes(hmac.new(key, text.encode(), sha256).digest()[:16], "big")
    return drawn % (2 * most + 1) - most


def milli_steps(score: float, low: float, high: float) -> int:
    """A person's scale score in whole milli-steps from the scale's minimum, so that a finer grid leaves no trace.

    Examples
    --------
    >>> milli_steps(3.6, 1, 5)
    2600
    """
    return round(4000 * (score - low) / (high - low))


def blurred_sum(
    key: bytes, values: Mapping[str, int], *, round_id: str, kind: str, scale: str, direction: str = "up"
) -> int:
    """The sum over a set of people, blurred.

    Parameters
    ----------
    key : bytes
        The programme's key.
    values : mapping of person to int
        Milli-steps of each member: of a level, or of a change.
    round_id, kind, scale : str
        What is asked: ``kind`` is ``level_before``, ``level_after`` or ``change``.
    direction : str
        ``down`` where the scale is meant to fall: its set's half then counts the other way.

    Examples
    --------
    >>> people = dict(zip([f"P000{n}" for n in range(1, 6)], (2600, 2267, 3000, 1933, 2733)))
    >>> about = {"round_id": "2026H1", "kind": "level_after", "scale": "digital_fitness"}
    >>> blurred_sum(bytes(range(32)), people, **about)
    9532
    """
    members = sorted(values)
    own = part(key, "own", round_id, kind, scale, members)
    shared = part(key, "set", round_id, kind, members)
    return sum(values.values()) + own + (-shared if direction == "down" else shared)


def mean_shown(total: int, n: int, *, low: float, high: float, change: bool = False) -> float:
    """A blurred sum as the mean that is shown: within the scale, in steps as coarse as the set is small.

    Examples
    --------
    >>> mean_shown(9532, 5, low=1, high=5)
    3.0
    """
    value = (high - low) * total / n / 4000
    least, most = (low - high, high - low) if change else (low, high)
    value = min(max(value if change else low + value, least), most)
    return min(max(nearest(value, grid(n, low, high)), least), most) + 0.0


def grid(n: int, low: float, high: float) -> float:
    """The grid of points on which a mean over so many people is shown: whole tenths, since one decimal is written.

    Examples
    --------
    >>> grid(25, 1, 5), grid(25, 1, 4), grid(5, 1, 4)
    (0.1, 0.1, 0.4)
    """
    coarse = next(part for first, last, part in COARSE if first <= n <= last)
    return math.ceil(round(10 * coarse * (high - low) / 4, 9)) / 10


def nearest(value: float, grid: float) -> float:
    """The nearest multiple of a step; half-way goes to the even one."""
    return round(round(round(value / grid, 9)) * grid, 6) + 0.0


def down(value: float, grid: float) -> float:
    """The next multiple of a step that is not above a value."""
    return round(math.floor(round(value / grid, 9)) * grid, 6) + 0.0


def count_shown(key: bytes, count: int, members: Sequence[str], *, round_id: str, question: str) -> float:
    """A share as it is shown: the count blurred by at most two, then in steps of five points.

    Examples
    --------
    >>> people = [f"P000{n}" for n in range(1, 6)]
    >>> part(bytes(range(32)), "count", "2026H1", "all_meetings", people, most=2)
    -1
    """
    n = len(members)
    blur = part(key, "count", round_id, question, sorted(members), most=MOST_COUNT)
    return nearest(min(max(count + blur, 0), n) / n, 0.05)
