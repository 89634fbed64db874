"""Figures drawn as SVG: inside a page in per cent and em, so that text keeps its size at any width; alone in pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup, escape

from rmanalytics.briefing.figures import Bar, Figure

PART, COMP, AGAINST, LIGHT, INK, SOFT, EDGE = (
    "#0072B2",
    "#767676",
    "#C24E00",
    "#9CC5E0",
    "#1b1f24",
    "#555e69",
    "#4d7fa3",
)
FILLS = {
    "solid": f'fill="{PART}"',
    "light": f'fill="{LIGHT}" stroke="{EDGE}" stroke-width="1"',
    "outlined": f'fill="#fff" stroke="{SOFT}" stroke-width="1.5"',
    "dotted": f'fill="#fff" stroke="{SOFT}" stroke-width="1.5" stroke-dasharray="3 3"',
    "hatched": f'fill="url(#hatch)" stroke="{AGAINST}" stroke-width="1.5"',
    "grey": f'fill="{COMP}"',
}
HATCH = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="6" height="6" fill="#fff"/><rect width="3" height="6" fill="{AGAINST}"/></pattern></defs>'
)
SHADES = {"more": LIGHT, "even": "#eef1f4", "fewer": "#ffffff"}


def _ring(colour: str, more: str = "") -> str:
    return f'<circle cx="8" cy="8" r="6" fill="none" stroke="{colour}" stroke-width="2" {more}/>'


def _path(strokes: str, colour: str, width: float = 1.8) -> str:
    return f'<path d="{strokes}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _box(fill: str, colour: str) -> str:
    return f'<rect x="2" y="2" width="12" height="12" fill="{fill}" stroke="{colour}" stroke-width="2"/>'


_TICK = "M4.5 8.2l2.4 2.4 4.6-5"
SIGNS = {
    "shown": f'<circle cx="8" cy="8" r="7" fill="{PART}"/>' + _path(_TICK, "#fff"),
    "points_for": _ring(PART) + f'<circle cx="8" cy="8" r="2" fill="{PART}"/>',
    "points_against": f'<path d="M8 1.5L15 14H1z" fill="{AGAINST}"/>' + _path("M5 10h6", "#fff"),
    "not_shown": _ring(SOFT),
    "could_not": _ring(SOFT, 'stroke-dasharray="2.4 2.4"'),
    "described": _box("none", SOFT) + _path("M5 6h6M5 10h6", SOFT, 1.4),
    "kept": _box(INK, INK) + _path(_TICK, "#fff"),
    "broken": _box("none", AGAINST) + _path("M5 5l6 6M11 5l-6 6", AGAINST, 2),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where marks lie: across in per cent or pixels, down in em or pixels."""

    x: Callable[[float], str]
    y: Callable[[float], str]


def fluid() -> Place:
    """Across in per cent of the width, down in em."""
    return Place(lambda share: f"{100 * share:.2f}%", lambda em: f"{em:.2f}em")


def fixed(left: float, width: float, top: float, em: float = 16.0) -> Place:
    """Both in pixels, from a corner."""
    return Place(lambda share: f"{left + width * share:.1f}", lambda rows: f"{top + em * rows:.1f}")


def sign(verdict: str) -> Markup:
    """The sign of a verdict: its shape tells it apart without colour."""
    inner = SIGNS.get(verdict, SIGNS["could_not"])
    return Markup(f'<svg class="ic" viewBox="0 0 16 16" aria-hidden="true">{inner}</svg>')  # noqa: S704


def share(figure: Figure, value: float) -> float:
    """Where a value lies on the axis of a figure, from 0 to 1."""
    return (value - figure.low) / ((figure.high - figure.low) or 1.0)


def bar(figure: Figure, row: Bar, place: Place) -> str:
    """The strokes of one row of bars: the line at 0, where any row has a bar, and the bar."""
    zero, any_bar = share(figure, 0.0), any(one.lo is not None for one in figure.bars)
    parts = [_line(place, (zero, zero, -0.45, 1.95), INK)] if any_bar else []
    if row.lo is not None and row.hi is not None:
        left, right = (share(figure, end) for end in (row.lo, row.hi))
        wide = place.x(max(right - left, 0.004)) if place.x(0.0).endswith("%") else f"{_px(place, left, right):.1f}"
        box = f'x="{place.x(left)}" y="{place.y(0.35)}" width="{wide}" height="{_height(place, 0.8)}"'
        parts.append(f"<rect {box} {FILLS[row.style]}/>")
    return "".join(parts)


def _px(place: Place, left: float, right: float) -> float:
    return max(float(place.x(right)) - float(place.x(left)), 2.0)


def _height(place: Place, em: float) -> str:
    first, last = place.y(0.0), place.y(em)
    return last if last.endswith("em") else f"{float(last) - float(first):.1f}"


def _line(place: Place, ends: tuple[float, float, float, float], colour: str, more: str = "") -> str:
    x1, x2, y1, y2 = ends
    at = f'x1="{place.x(x1)}" x2="{place.x(x2)}" y1="{place.y(y1)}" y2="{place.y(y2)}"'
    return f'<line {at} stroke="{colour}" {more}/>'


def _text(place: Place, x: float, y: float, text: str, more: str = "") -> str:
    down = place.y(y / 0.86) if SMALL in more and place.x(0.0).endswith("%") else place.y(y)  # em is the text's own
    return f'<text x="{place.x(x)}" y="{down}" {more}>{escape(text)}</text>'


def ticks(figure: Figure, place: Place) -> str:
    """The axis beneath rows of bars."""
    marks = [
        _line(place, (share(figure, at), share(figure, at), 0.0, 0.3), SOFT)
        + _text(place, share(figure, at), 1.3, text, 'text-anchor="middle" class="ax" fill="#555e69"')
        for at, text in figure.ticks
    ]
    return "".join(marks)


SMALL = 'class="ax"'
TALL, HIGH = 11.0, 8.0
"""Heights of lines and of columns."""


def lines(figure: Figure, place: Place) -> str:
    """Series over places on an axis: dots, a line between them, the last number and the name where it ends."""
    names = list(dict.fromkeys(point.at for line in figure.lines for point in line.points))
    if figure.unit in ("share", "key figure"):
        names.sort(key=lambda name: (name[-4:], name[:2]))
    last = max(len(names) - 1, 1)
    where = {name: 0.09 + 0.66 * i / last for i, name in enumerate(names)}

    def down(value: float) -> float:
        return 0.6 + TALL * (1 - share(figure, value))

    parts = [
        _line(place, (0.07, 0.77, down(at), down(at)), "#dfe3e8")
        + _text(place, 0.0, down(at) + 0.35, text, 'class="ax" fill="#555e69"')
        for at, text in figure.ticks
    ]
    ends: list[tuple[float, str, str, str]] = []
    begun = {line.style == "participants": line.points[0].value for line in figure.lines}
    above = max(begun, key=lambda ours: (begun[ours], ours), default=True)
    for line in figure.lines:
        own = line.style == "participants"
        colour, dash = (PART, "") if own else (COMP, 'stroke-dasharray="5 3"')
        for one, other in zip(line.points, line.points[1:], strict=False):
            if names.index(other.at) - names.index(one.at) > 1:
                continue  # too few people in between: a gap, as in PowerPoint
            ends_of = where[one.at], where[other.at], down(one.value), down(other.value)
            parts.append(_line(place, ends_of, colour, f'stroke-width="2.5" {dash}'))
        for point in line.points:
            at = f'cx="{place.x(where[point.at])}" cy="{place.y(down(point.value))}"'
            fill = colour if own else "#fff"
            parts.append(f'<circle {at} r="5" fill="{fill}" stroke="{colour}" stroke-width="2"/>')
        first, final = line.points[0], line.points[-1]
        ends.append((down(final.value), line.name, final.text, colour))
        if len(line.points) == 2:
            shift = -0.7 if own == above and down(first.value) > 1.5 else 1.6
            parts.append(_text(place, where[first.at], down(first.value) + shift, first.text, 'text-anchor="middle"'))
    ends.sort()
    for i, (high, name, text, colour) in enumerate(ends):
        apart = 0.0 if len(ends) < 2 or abs(ends[0][0] - ends[1][0]) >= 2.4 else (-1.0 if i == 0 else 1.2)
        look = f'class="strong" fill="{colour if colour == PART else SOFT}" font-weight="600"'
        parts.append(_text(place, 0.785, high + apart, name, look))
        parts.append(_text(place, 0.785, high + apart + 1.1, text, 'font-weight="600"'))
    every = max(1, -(-len(names) // 4))
    for i, name in enumerate(names):
        if (len(names) - 1 - i) % every == 0 or len(names) <= 6:
            parts.append(_text(place, where[name], TALL + 2.0, name, 'text-anchor="middle" class="ax" fill="#555e69"'))
    return "".join(parts)


def columns(figure: Figure, place: Place) -> str:
    """A column a round, the number above it, the round beneath."""
    points = figure.lines[0].points
    n, tall, parts = max(len(points), 2), HIGH, []
    planned = {point.at: point.value for line in figure.lines[1:] for point in line.points}
    for i, point in enumerate(points):
        middle, high = (i + 0.5) / n, tall * point.value / (figure.high or 1.0)
        wide = min(0.62 / n, 0.2)
        left = place.x(middle - wide / 2)
        width = place.x(wide) if left.endswith("%") else f"{_px(place, middle - wide / 2, middle + wide / 2):.1f}"
        look = FILLS["solid" if point.strong else "light"]
        top = place.y(1.4 + tall - high)
        parts.append(f'<rect x="{left}" y="{top}" width="{width}" height="{_height(place, high)}" {look}/>')
        if point.at in planned:
            rise = tall * planned[point.at] / (figure.high or 1.0)
            about = f'x="{left}" y="{place.y(1.4 + tall - rise)}" width="{width}" height="{_height(place, rise)}"'
            parts.append(f'<rect {about} fill="none" stroke="{INK}" stroke-dasharray="4 3"/>')
        weight = 'font-weight="600"' if point.strong else 'fill="#555e69"'
        inside = planned.get(point.at, 0.0) > point.value
        colour = 'fill="#fff" font-weight="600"' if inside and point.strong else weight
        up = 2.7 if inside else 1.0
        parts.append(_text(place, middle, up + tall - high, point.text, f'text-anchor="middle" {colour}'))
        parts.append(_text(place, middle, tall + 2.7, point.at, f'text-anchor="middle" class="ax" {weight}'))
    return _line(place, (0.0, 1.0, 1.4 + tall, 1.4 + tall), INK) + "".join(parts)


def alone(figure: Figure) -> str:
    """A figure as a file of its own, 960 pixels wide; empty for one that is a table of words."""
    if figure.kind in ("table", "ladder"):
        return ""
    width, y, parts = (
        960.0,
        64.0,
        [_text(fixed(20, 920, 0), 0.0, 2.0, figure.title, 'font-weight="600" font-size="18"')],
    )
    if figure.kind == "bars":
        for row in figure.bars:
            if row.head:
                parts.append(_text(fixed(20, 920, y), 0.0, 1.0, row.head, 'font-weight="600"'))
                y += 26
            place = fixed(330, 400, y)
            parts.append(_text(fixed(20, 920, y), 0.0, 1.1, row.label))
            parts.append(bar(figure, row, place))
            parts.append(_text(fixed(750, 200, y), 0.0, 1.1, " · ".join(t for t in (row.text, row.note) if t)))
            y += 26
        parts.append(ticks(figure, fixed(330, 400, y)))
        y += 34
    elif figure.kind == "matrix":
        for i, cells in enumerate((figure.head, *figure.rows)):
            for j, cell in enumerate(cells):
                text, shade = cell if isinstance(cell, tuple) else (cell, "")
                place = fixed(20 + 180 * j, 172, y)
                if shade:
                    edge = 'stroke-dasharray="4 3"' if shade == "fewer" else ""
                    box = f'x="{place.x(0)}" y="{place.y(0)}" width="172" height="38"'
                    parts.append(f'<rect {box} fill="{SHADES[shade]}" stroke="{INK}" {edge}/>')
                parts.append(_text(place, 0.04, 1.5, text, 'font-weight="600"' if shade else 'fill="#555e69"'))
            y += 44 if i else 30
    else:
        draw, tall = (columns, HIGH + 4) if figure.kind == "columns" else (lines, 14.0)
        parts.append(draw(figure, fixed(20, 920, y)))
        y += tall * 16
    if figure.note:
        parts.append(_text(fixed(20, 920, y), 0.0, 1.2, figure.note, 'fill="#555e69" font-size="14"'))
        y += 24
    body = "".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{y + 12:.0f}" role="img" '
        f'font-family="Helvetica,Arial,sans-serif" font-size="16" fill="{INK}">'
        f'<title>{escape(figure.title)}</title>{HATCH}<rect width="100%" height="100%" fill="#fff"/>{body}</svg>\n'
    )
