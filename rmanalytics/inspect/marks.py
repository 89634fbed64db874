"""Where the marks of a picture lie: recomputed from its own axis, each must lie at a released number of its figure.

Plain Python alone; pictures are read as text, by the shapes that a briefing draws.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

_TEXT = re.compile(r'<text x="([\d.]+)%?" y="([\d.]+)(?:em)?"([^>]*)>([^<]*)</text>')
_GRID = re.compile(r'<line x1="[\d.]+%?" x2="[\d.]+%?" y1="([\d.]+)(?:em)?" y2="\1(?:em)?" stroke="#dfe3e8"')
_BAR = re.compile(r'<rect x="(-?[\d.]+)%?" y="[\d.]+(?:em)?" width="([\d.]+)%?" height="([\d.]+)(?:em)?"([^>]*)>')
_DOT = re.compile(r'<circle cx="(-?[\d.]+)%?" cy="(-?[\d.]+)(?:em)?"')
_FAR, _UNEVEN = 0.006, 0.03
"""How far a mark may lie from its number, in shares of the axis; how far columns may be from one height a unit."""
Numbers = Callable[[str], Iterator[float]]


def astray(kind: str, drawn: str, allowed: Sequence[float], numbers: Numbers) -> bool:
    """Whether a mark lies where no released number of its figure would put it.

    Parameters
    ----------
    kind : str
        ``bars``, ``lines`` or ``columns``.
    drawn : str
        The figure's markup.
    allowed : sequence of float
        Numbers of its entries; a bar that is cut at 0 may begin there.
    numbers : callable
        Reads the numbers of a text.
    """
    if kind == "columns":
        return _columns(drawn, numbers)
    ticks = [
        (float(x), float(y), value)
        for x, y, look, text in _TEXT.findall(drawn)
        if 'class="ax"' in look
        and ("middle" in look) == (kind == "bars")
        and (value := next(numbers(text), None)) is not None
    ]
    if kind == "lines":
        rows = sorted({float(y) for y in _GRID.findall(drawn)}, reverse=True)
        places = list(zip(rows, sorted(value for *_, value in ticks), strict=False))
        at = [float(y) for _, y in _DOT.findall(drawn)]
        across = sorted({float(x) for x, _ in _DOT.findall(drawn)})
        steps = [right - left for left, right in pairwise(across)]
        if steps and max(steps) - min(steps) > _UNEVEN * max(steps):
            return True
    else:
        places = [(x, value) for x, _, value in ticks]
        at = [end for x, wide, *_ in _BAR.findall(drawn) for end in (float(x), float(x) + float(wide))]
    if len(places) < 2:
        return bool(at) and bool(ticks)
    (first, low), (last, high) = min(places), max(places)
    scale = (high - low) / (last - first)
    found = [low + (one - first) * scale for one in at]
    return any(all(abs(one - number) > _FAR * abs(high - low) for number in (*allowed, 0.0)) for one in found)


def _columns(drawn: str, numbers: Numbers) -> bool:
    """Whether the heights of columns are not as their numbers: one height a unit."""
    heights = [float(high) for *_, high, look in _BAR.findall(drawn) if "dasharray" not in look]
    values = [
        value
        for *_, look, text in _TEXT.findall(drawn)
        if "middle" in look and 'class="ax"' not in look and (value := next(numbers(text), None)) is not None
    ]
    each = [high / value for high, value in zip(heights, values, strict=False) if value]
    return len(heights) != len(values) or (bool(each) and max(each) - min(each) > _UNEVEN * max(each))
