"""Small drawings inside text and tables: a dot with its interval, and a short series, as inline SVG.

Unit: one row. Numbers stand beside them in words; the drawing carries them as its label for those who cannot see it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH, HEIGHT = 220, 22
_EDGE = 8.0


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A common axis of many rows: from ``lo`` to ``hi`` with a line at 0."""

    lo: float
    hi: float

    def x(self, value: float) -> float:
        """Place of a value in the drawing; beyond the ends it is the end."""
        share = (min(max(value, self.lo), self.hi) - self.lo) / (self.hi - self.lo)
        return round(_EDGE + share * (WIDTH - 2 * _EDGE), 1)


def common_axis(intervals: Sequence[tuple[float, float, float]]) -> Axis:
    """An axis that holds all intervals and is alike on both sides of 0, but never wider than 2.

    Examples
    --------
    >>> common_axis([(0.54, 0.19, 0.89), (-0.1, -0.45, 0.2)]).hi
    1.0
    """
    furthest = max((abs(v) for interval in intervals for v in interval), default=1.0)
    end = min(max(math.ceil(furthest * 2) / 2, 0.5), 2.0)
    return Axis(lo=-end, hi=end)


def dot_interval(
    value: float, lo: float | None, hi: float | None, *, axis: Axis, tone: str, label: str, filled: bool = True
) -> Markup:
    """A dot with its interval on a common axis.

    Parameters
    ----------
    value, lo, hi : float
        Point and limits; limits beyond the axis end in an arrow head.
    axis : Axis
        The axis of all rows.
    tone : str
        ``part`` (strong), ``comp`` (grey) or ``warn``.
    label : str
        The numbers in words.
    filled : bool
        A hollow dot says that the interval holds zero, also in greyscale.
    """
    middle = HEIGHT / 2
    parts = [Markup('<line class="zero" x1="{0}" x2="{0}" y1="0" y2="{1}"/>').format(axis.x(0.0), HEIGHT)]
    if lo is not None and hi is not None:
        parts.append(
            Markup('<line class="ci {}" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
                tone, axis.x(lo), axis.x(hi), middle, middle
            )
        )
        if lo < axis.lo:
            parts.append(_arrow(axis.x(axis.lo), middle, -1, tone))
        if hi > axis.hi:
            parts.append(_arrow(axis.x(axis.hi), middle, 1, tone))
    hollow = "" if filled else " hollow"
    parts.append(Markup('<circle class="{}{}" cx="{}" cy="{}" r="4.4"/>').format(tone, hollow, axis.x(value), middle))
    return _svg(parts, label, "ci")


def axis_head(axis: Axis, labels: Sequence[tuple[float, str]], *, label: str) -> Markup:
    """The axis' numbers for a table's head."""
    parts = [
        Markup('<text x="{}" y="15" text-anchor="{}">{}</text>').format(
            axis.x(value) + (_EDGE if i == len(labels) - 1 else 0), "end" if i == len(labels) - 1 else "middle", text
        )
        for i, (value, text) in enumerate(labels)
    ]
    return _svg(parts, label, "ci axis")


def series(values: Sequence[tuple[float, float | None, float | None]], *, label: str) -> Markup:
    """A short series in time from zero up, its interval as a band, its last point as a dot."""
    height = 64
    top = max((v for point in values for v in point if v is not None), default=0.0) or 1.0
    step = (WIDTH - 2 * _EDGE) / max(len(values) - 1, 1)
    places = [(round(_EDGE + i * step, 1), point) for i, point in enumerate(values)]

    def y(value: float) -> float:
        return round(height - 4 - value / top * (height - 10), 1)

    parts = [Markup('<line class="base" x1="0" x2="{0}" y1="{1}" y2="{1}"/>').format(WIDTH, height - 4)]
    band = [(x, lo, hi) for x, (_, lo, hi) in places if lo is not None and hi is not None]
    if len(band) > 1:
        outline = [f"{x},{y(hi)}" for x, _, hi in band] + [f"{x},{y(lo)}" for x, lo, _ in reversed(band)]
        parts.append(Markup('<polygon class="band part" points="{}"/>').format(" ".join(outline)))
    line = " ".join(f"{x},{y(value)}" for x, (value, _, _) in places)
    parts.append(Markup('<polyline class="part" points="{}"/>').format(line))
    if places:
        x, (value, _, _) = places[-1]
        parts.append(Markup('<circle class="part" cx="{}" cy="{}" r="4"/>').format(x, y(value)))
    return _svg(parts, label, "series", height=height)


def evidence_ticks(level: int | None, label: str) -> Markup:
    """Five ticks, as many filled as the evidence level."""
    marks = Markup("").join(Markup('<i class="on"></i>') if i < (level or 0) else Markup("<i></i>") for i in range(5))
    return Markup('<span class="lvl" role="img" aria-label="{}" title="{}">{}</span>').format(label, label, marks)


_DOT = '<circle class="soft" cx="7" cy="7" r="2.4"/>'
_LINE = '<line class="soft" x1="2.5" x2="11.5" y1="7" y2="7"/>'
_SQUARE = '<rect class="soft hollow" x="2.5" y="2.5" width="9" height="9"/>'
_CROSS = '<path class="on" d="M4.6 4.6l4.8 4.8m0-4.8l-4.8 4.8"/>'
_SYMBOLS = {
    "shown": '<circle class="part" cx="7" cy="7" r="6"/><path class="on" d="M4 7.2l2.1 2.1 4-4.6"/>',
    "points_for": '<circle class="part hollow" cx="7" cy="7" r="5.2"/><circle class="part" cx="7" cy="7" r="2"/>',
    "points_against": f'<path class="warn" d="M7 1l6.2 11.4H.8z"/>{_CROSS}',
    "not_shown": '<circle class="soft hollow" cx="7" cy="7" r="5.2"/>',
    "could_not": '<circle class="soft hollow" cx="7" cy="7" r="5.2" stroke-dasharray="2 2"/>',
    "explored": _DOT,
    "described": f'<circle class="soft hollow" cx="7" cy="7" r="5.2"/>{_DOT}',
    "kept": f'{_SQUARE}<path class="soft hollow" d="M4 7.2l2.1 2.1 4-4.6"/>',
    "broken": f'<rect class="warn" x="1.5" y="1.5" width="11" height="11"/>{_CROSS}',
    "not_audited": _SQUARE,
    "not_asked": _LINE,
    "not_estimable": f'{_LINE}<line class="soft" x1="7" x2="7" y1="2.5" y2="11.5"/>',
}


def symbol(verdict: str) -> Markup:
    """The verdict's sign: its shape says it, not its colour alone; the word stands beside it."""
    return Markup('<svg class="sign" width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">{}</svg>').format(
        Markup(_SYMBOLS[verdict])  # noqa: S704  (our own drawing)
    )


def _arrow(x: float, y: float, way: int, tone: str) -> Markup:
    points = f"{x + 5 * way},{y} {x - 2 * way},{y - 4} {x - 2 * way},{y + 4}"
    return Markup('<polygon class="{}" points="{}"/>').format(tone, points)


def _svg(parts: Sequence[Markup], label: str, kind: str, *, height: int = HEIGHT) -> Markup:
    return Markup('<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        kind, WIDTH, height, label, Markup("").join(parts)
    )
