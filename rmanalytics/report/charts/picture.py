"""A figure as a picture for a slide: SVG drawn from the figure's strokes, and PNG of it by an installed browser.

It draws what the charts of this room use: lines, areas, marks, words, bars, shaded cells, hairlines and notes.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from rmanalytics.report.charts.axes import Axis, Plot
from rmanalytics.report.charts.drawing import FONT, INK

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
NO_BROWSER = "No Chromium, Chrome or Edge was found, so an SVG was written instead: {path}"
WIDTH, PAGE_WIDTH, EDGE, SCALE, SECONDS = 740, 668, 14, 2, 120
TITLE_CHARS = 66
_DASHES = {"dash": "7 5", "dot": "2 3"}
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_TAG = re.compile(r"(</?(?:b|span)\b[^>]*>)")


def write_svg(path: Path, figure: Any, *, title: str = "") -> Path:
    """Write a figure as SVG, its title above it, and return the path."""
    path.write_text(svg(figure.to_dict(), title=title)[0], encoding="utf-8")
    return path


def write_png(path: Path, figure: Any, *, title: str = "") -> Path:
    """Write a figure as PNG by an installed browser; without one as SVG, which one line on standard error says."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        written = write_svg(path.with_suffix(".svg"), figure, title=title)
        sys.stderr.write(NO_BROWSER.format(path=written) + "\n")
        return written
    drawn, height = svg(figure.to_dict(), title=title)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "figure.html"
        page.write_text(f'<!doctype html><meta charset="utf-8"><body style="margin:0">{drawn}', encoding="utf-8")
        options = ["--headless", "--disable-gpu", "--hide-scrollbars", f"--force-device-scale-factor={SCALE}"]
        options += [f"--window-size={WIDTH + 2 * EDGE},{height}", f"--user-data-dir={folder}/profile"]
        options += ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        command = [browser, *options, f"--screenshot={path.resolve()}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
    return path


def still(figure: Mapping[str, Any]) -> str:
    """A figure as it stands in a page until a script draws it: as wide as a chart is there, its words beside it."""
    height = int(figure["layout"].get("height", 300))
    drawn = "".join(_drawn(figure, Plot(figure, width=PAGE_WIDTH, top=0)))
    return f'<svg class="still" viewBox="0 0 {PAGE_WIDTH} {height}" aria-hidden="true">{drawn}</svg>'


def svg(figure: Mapping[str, Any], *, title: str = "") -> tuple[str, int]:
    """A figure's strokes as SVG, with its height in pixels.

    Parameters
    ----------
    figure : mapping
        What ``Figure.to_dict()`` gives.
    title : str
        Stands above it.

    Examples
    --------
    >>> stroke = {"type": "scatter", "mode": "markers", "x": [1], "y": [2], "marker": {"size": 8, "color": "#000"}}
    >>> svg({"data": [stroke], "layout": {"height": 100}})[0].count('fill="#000"')
    1
    """
    layout = figure["layout"]
    lines = textwrap.wrap(title, TITLE_CHARS)
    top = 22 * len(lines) + (10 if lines else 0)
    size = f'width="{WIDTH + 2 * EDGE}" height="{(height := int(layout.get("height", 300)) + top + EDGE)}"'
    body = [f'<rect x="{-EDGE}" {size} fill="#ffffff"/>']
    body += [_text(0, 24 + 22 * i, html.escape(line), 17, INK, "start", weight=600) for i, line in enumerate(lines)]
    body += _drawn(figure, Plot(figure, width=WIDTH, top=top))
    alt = html.escape(str(layout.get("meta", {}).get("alt", "")))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-EDGE} 0 {WIDTH + 2 * EDGE} {height}" {size}'
    font = html.escape(FONT.replace('"', "'"))
    return f'{head} role="img" font-family="{font}"><title>{alt}</title>{"".join(body)}</svg>', height


def _drawn(figure: Mapping[str, Any], plot: Plot) -> Iterator[str]:
    layout = figure["layout"]
    for axis in plot.axes:
        yield from _axis(axis, plot)
    for shape in layout.get("shapes", ()):
        (x0, y0), (x1, y1) = (plot.place(shape[f"x{i}"], shape[f"y{i}"], shape["xref"], shape["yref"]) for i in (0, 1))
        yield _line([(x0, y0), (x1, y1)], shape["line"])
    for trace in figure["data"]:
        yield from _TRACES[trace["type"]](trace, plot)
    yield from (_note(note, plot) for note in layout.get("annotations", ()))


def _axis(axis: Axis, plot: Plot) -> Iterator[str]:
    look = axis.look.get("tickfont", {})
    for at, label in axis.ticks:
        x, y = (at, plot.bottom) if axis.across else (plot.left, at)
        if axis.look.get("showgrid", True):
            ends = (
                [(at, axis.other[0]), (at, axis.other[1])]
                if axis.across
                else [(axis.other[0], at), (axis.other[1], at)]
            )
            yield _line(ends, {"color": axis.look.get("gridcolor", "#e3e6ea"), "width": 1})
        size, colour = look.get("size", 12), look.get("color", INK)
        if axis.across:
            above = axis.look.get("side") == "top"
            y = (
                axis.other[1] - 8 - (size * 1.25 * label.count("<br>") if above else 0)
                if above
                else axis.other[0] + size + 5
            )
            yield _words(x, y, label, size, colour, "middle")
        else:
            y += size * 0.35 - size * 0.62 * label.count("<br>")
            yield _words(axis.other[0] - 6, y, label, size, colour, "end")
    title = axis.look.get("title", {})
    if isinstance(title, Mapping) and title.get("text"):
        middle = (axis.ends[0] + axis.ends[1]) / 2
        foot = axis.other[0] + 31 + title.get("standoff", 0)
        yield _words(middle, foot, title["text"], 12, title["font"]["color"], "middle")


def _scatter(trace: Mapping[str, Any], plot: Plot) -> Iterator[str]:
    places = plot.places(trace)
    mode = trace.get("mode", "lines")
    if trace.get("fill"):
        drawn = [place for place in places if place is not None]
        if trace["fill"] == "tozeroy" and drawn:
            zero = plot.of(trace, "y").at(0)
            drawn = [(drawn[0][0], zero), *drawn, (drawn[-1][0], zero)]
        yield f'<path d="{_path(drawn)}Z" fill="{trace["fillcolor"]}" stroke="none"/>' if drawn else ""
    if "lines" in mode and trace.get("line", {}).get("width", 2):
        yield from (_line(piece, trace["line"]) for piece in _pieces(places))
    for i, place in enumerate(places):
        if place is None:
            continue
        if "markers" in mode:
            yield _mark(place, trace["marker"], i)
        if "text" in mode:
            yield _beside(place, _at(trace["text"], i), _at(trace["textposition"], i), trace["textfont"])


def _bars(trace: Mapping[str, Any], plot: Plot) -> Iterator[str]:
    level = trace.get("orientation") == "h"
    along, across = ("x", "y") if level else ("y", "x")
    length, place = plot.of(trace, along), plot.of(trace, across)
    for i, (value, at) in enumerate(zip(trace[along], trace[across], strict=True)):
        base = _at(trace.get("base", 0), i) or 0
        half = (_at(trace.get("width", 0.8), i)) / 2
        a, b = sorted((length.at(base), length.at(base + (value or 0))))
        c, d = sorted((place.at(at - half), place.at(at + half)))
        x, y, w, h = (a, c, b - a, d - c) if level else (c, a, d - c, b - a)
        colour = _at(trace["marker"]["color"], i)
        yield f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" fill="{colour}"/>'
        if trace.get("text") is not None:
            where = (x + w, y + h / 2) if level else (x + w / 2, y)
            yield _beside(where, _at(trace["text"], i), "middle right" if level else "top center", trace["textfont"])


def _cells(trace: Mapping[str, Any], plot: Plot) -> Iterator[str]:
    across, down = plot.of(trace, "x"), plot.of(trace, "y")
    font = trace.get("textfont", {"size": 12, "color": INK})
    for j, y in enumerate(trace["y"]):
        for i, x in enumerate(trace["x"]):
            left, right = sorted((across.at(x - 0.5), across.at(x + 0.5)))
            high, low = sorted((down.at(y - 0.5), down.at(y + 0.5)))
            value = trace["z"][j][i]
            colour = "#ffffff" if value is None else _shade(value, trace)
            size = f'width="{right - left - 2:.1f}" height="{low - high - 2:.1f}"'
            yield f'<rect x="{left + 1:.1f}" y="{high + 1:.1f}" {size} fill="{colour}"/>'
            label = str(trace["text"][j][i])
            y_text = (high + low) / 2 + font["size"] * (0.35 - 0.62 * label.count("<br>"))
            yield _words((left + right) / 2, y_text, label, font["size"], font["color"], "middle")


_TRACES = {"scatter": _scatter, "bar": _bars, "heatmap": _cells}


def _shade(value: float, trace: Mapping[str, Any]) -> str:
    share = min(max((value - trace["zmin"]) / ((trace["zmax"] - trace["zmin"]) or 1), 0), 1)
    stops = trace["colorscale"]
    (a, low), (b, high) = next(pair for pair in pairwise(stops) if share <= pair[1][0])
    part = (share - a) / ((b - a) or 1)
    mixed = [round(int(low[i : i + 2], 16) * (1 - part) + int(high[i : i + 2], 16) * part) for i in (1, 3, 5)]
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _mark(place: tuple[float, float], marker: Mapping[str, Any], i: int) -> str:
    x, y = place
    r = _at(marker.get("size", 6), i) / 2
    shape = _at(marker.get("symbol", "circle"), i)
    paths = {
        "square": f"M{x - r:.1f},{y - r:.1f}h{2 * r}v{2 * r}h{-2 * r}Z",
        "diamond": f"M{x:.1f},{y - 1.3 * r:.1f}l{1.3 * r},{1.3 * r}l{-1.3 * r},{1.3 * r}l{-1.3 * r},{-1.3 * r}Z",
    }
    round_ = f"M{x - r:.1f},{y:.1f}a{r},{r} 0 1,0 {2 * r},0a{r},{r} 0 1,0 {-2 * r},0Z"
    edge = marker.get("line", {})
    stroke = f' stroke="{_at(edge["color"], i)}" stroke-width="{edge.get("width", 1)}"' if edge.get("color") else ""
    return f'<path d="{paths.get(shape, round_)}" fill="{_at(marker.get("color", INK), i)}"{stroke}/>'


def _note(note: Mapping[str, Any], plot: Plot) -> str:
    x, y = plot.place(note["x"], note["y"], note.get("xref", "x"), note.get("yref", "y"))
    size, colour = note["font"].get("size", 13), note["font"].get("color", INK)
    closest = "left" if note["x"] < 1 / 3 else "right" if note["x"] > 2 / 3 else "center"
    anchor = note.get("xanchor") or (closest if note.get("xref") == "paper" else "center")
    extra = note["text"].count("<br>")
    lift = {"top": 1.0, "bottom": -0.25 - 1.25 * extra}.get(note.get("yanchor", "middle"), 0.35 - 0.62 * extra)
    x, y = x + note.get("xshift", 0), y - note.get("yshift", 0) + lift * size
    return _words(x, y, note["text"], size, colour, _ANCHORS.get(anchor, "middle"))


def _beside(place: tuple[float, float], text: object, position: str, font: Mapping[str, Any]) -> str:
    x, y = place
    size = font.get("size", 12)
    vertical, _, level = position.partition(" ")
    anchor = {"right": "start", "left": "end"}.get(level, "middle")
    y += {"top": -6.0, "bottom": size + 4.0}.get(vertical, size * 0.35)
    x += {"right": 4, "left": -4}.get(level, 0)
    return _words(x, y, str(text), size, font.get("color", INK), anchor)


def _words(x: float, y: float, markup: str, size: float, colour: Any, anchor: str) -> str:  # noqa: PLR0917
    """Text with line breaks and bold parts, as the charts mark them up; what it says is escaped already."""
    lines, bold = [], False
    for line in markup.split("<br>"):
        lines.append("<b>" * bold + line)
        bold = lines[-1].count("<b>") > lines[-1].count("</b>")
    return "".join(_text(x, y + 1.25 * size * i, line, size, colour, anchor) for i, line in enumerate(lines) if line)


def _text(x: float, y: float, line: str, size: float, colour: Any, anchor: str, weight: int = 400) -> str:  # noqa: PLR0917
    parts, bold, small = [], False, False
    for part in _TAG.split(line):
        if _TAG.fullmatch(part):
            bold = part == "<b>" or (bold and part != "</b>")
            small = part.startswith("<span") or (small and part != "</span>")
        elif part:
            part = html.escape(html.unescape(part), quote=False)  # noqa: PLW2901  (the entities of XML alone)
            look = ' font-weight="600"' * bold + f' font-size="{0.85 * size:.1f}"' * small
            parts.append(f"<tspan{look}>{part}</tspan>" if look else part)
    look = "" if anchor == "start" else f' text-anchor="{anchor}"'
    look += f' font-weight="{weight}"' if weight != 400 else ""
    space = ' xml:space="preserve"' if line != " ".join(line.split()) else ""
    said = f'font-size="{size}" fill="{colour}"{look}{space}'
    return f'<text x="{x:.1f}" y="{y:.1f}" {said}>{"".join(parts)}</text>'


def _line(places: Sequence[tuple[float, float]], look: Mapping[str, Any]) -> str:
    dash = _DASHES.get(look.get("dash", "solid"))
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    drawn = f'd="{_path(places)}" fill="none" stroke="{look.get("color", INK)}" stroke-width="{look.get("width", 1)}"'
    return f"<path {drawn}{dashed}/>"


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _pieces(places: Sequence[tuple[float, float] | None]) -> Iterator[list[tuple[float, float]]]:
    piece: list[tuple[float, float]] = []
    for place in (*places, None):
        if place is not None:
            piece.append(place)
        elif piece:
            yield piece
            piece = []


def _at(value: Any, i: int) -> Any:
    return value[i] if isinstance(value, list | tuple) else value
