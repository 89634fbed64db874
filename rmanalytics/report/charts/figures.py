"""Charts, and the only module that imports plotly; `charts` draws the round's own ones with what stands here.

A function takes finished numbers and gives a figure without a title: title, subtitle and legend stand in the page.
``layout.meta`` carries the figure's id, its text for those who cannot see it, and ``narrow``: what changes on a phone.
Numbers are rounded to what is drawn and stand as plain lists; nothing else is in the figure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, cast

from plotly.graph_objects import Figure
from plotly.offline import get_plotlyjs, get_plotlyjs_version

from rmanalytics.containment import P, contained
from rmanalytics.language.translator import Translator
from rmanalytics.report.charts import drawing as draw
from rmanalytics.report.charts.drawing import COMP, FAINT, INK, PART, SOFT, TONES, Row, Stroke
from rmanalytics.report.html.markup import failed_part

PLOTLY_MIME = "application/vnd.plotly.v1+json"
ROW, ROW_NARROW, FOOT, LABELS = 38, 50, 30, 190
LINE, NARROW_CHARS = 16, 48
CARTESIAN = Path(__file__).with_name("plotly_js") / "plotly-cartesian.min.js"
CONFIG = {"displayModeBar": False, "responsive": True}


def plotly_js() -> str:
    """The text of plotly.js, to stand once in a page.

    It is the bundle of flat charts that ships here, a third of the whole; the whole one where plotly is of another
    version than that bundle.
    """
    flat = CARTESIAN.read_text(encoding="utf-8")
    return flat if f"v{get_plotlyjs_version()}\n" in flat[:200] else str(get_plotlyjs())


def as_bundle(figure: Figure) -> dict[str, Any]:
    """The figure as a notebook keeps it: data, layout and how it behaves, as plain lists and mappings."""
    return {**figure.to_dict(), "config": CONFIG}


def chart(draw_it: Callable[P, Figure]) -> Callable[P, Figure]:
    """Contain faults of a chart: a sentence stands where it would."""

    @wraps(draw_it)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Figure:
        tr = next(given for given in (*args, *kwargs.values()) if isinstance(given, Translator))
        return contained(draw_it.__name__, lambda: draw_it(*args, **kwargs), lambda: cast("Figure", failed_part(tr)))

    return guarded


def figure(
    data: Sequence[Stroke],
    layout: Stroke,
    tr: Translator,
    *,
    figure_id: str,
    alt: str,
    height: int,
    narrow: Mapping[str, Any] | None = None,
) -> Figure:
    """A figure from strokes: house font, no title, no legend, clear ground, numbers in the language's form."""
    base = {
        "template": {},
        "meta": {"id": figure_id, "alt": alt, "narrow": dict(narrow or {})},
        "height": height,
        "autosize": True,
        "margin": {"l": 8, "r": 8, "t": 8, "b": FOOT},
        "paper_bgcolor": draw.CLEAR,
        "plot_bgcolor": draw.CLEAR,
        "font": {"family": draw.FONT, "size": 13, "color": INK},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "hoverlabel": {"bgcolor": "#fff", "bordercolor": draw.LINE, "font": {"color": INK, "size": 12.5}},
        "separators": draw.separators(tr),
    }
    return Figure(data=list(data), layout=base | layout)


@chart
def labelled_rows(
    data: Sequence[Stroke],
    layout: Stroke,
    labels: Sequence[tuple[str, float]],
    tr: Translator,
    *,
    figure_id: str,
    alt: str,
    height: int = 0,
    left: int = LABELS,
) -> Figure:
    """Rows with their words at the left; on a phone the words move above their row and the chart gets the width."""
    notes = [
        draw.note(0, y, text, INK) | {"xref": "paper", "xanchor": "left", "xshift": -left, "align": "left"}
        for text, y in labels
    ]
    narrow: dict[str, Any] = {}
    if not height:
        height = ROW * len(labels) + FOOT + 12
        above = [draw.rewrapped(text, NARROW_CHARS) for text, _ in labels]
        tall = LINE if any("<br>" in text for text in above) else 0
        narrow = {"height": (ROW_NARROW + tall) * len(labels) + FOOT + 20, "margin.l": 4, "margin.t": 18 + tall}
        for i, text in enumerate(above):
            lift = 18 + (LINE // 2 if "<br>" in text else 0)
            narrow |= {f"annotations[{i}].xshift": 0, f"annotations[{i}].yshift": lift, f"annotations[{i}].text": text}
    placed = {"annotations": [*notes, *layout.get("annotations", [])], "margin": {"l": left, "r": 8, "t": 6, "b": FOOT}}
    return figure(data, layout | placed, tr, figure_id=figure_id, alt=alt, height=height, narrow=narrow)


@chart
def forest(
    rows: Sequence[Row],
    tr: Translator,
    *,
    figure_id: str,
    alt: str,
    reference: float | None = 0.0,
    guides: Sequence[float] = (),
) -> Figure:
    """Dots with intervals, a line each, in the order given; hollow where the interval holds the reference.

    ``guides`` are further upright hairlines, such as the bounds of a tolerable imbalance.
    """
    places = [float(len(rows) - 1 - i) for i in range(len(rows))]
    placed = list(zip(rows, places, strict=True))
    data: list[Stroke] = []
    for tone in dict.fromkeys(r.tone for r in rows):
        dots = [(r, y) for r, y in placed if r.tone == tone and not r.diamond]
        data.append(draw.segments([(r.lo, r.hi, y) for r, y in dots], TONES[tone]))
        marker = {
            "size": [12 if r.strong else 10 for r, _ in dots],
            "color": ["#ffffff" if r.holds(reference) else TONES[tone] for r, _ in dots],
            "line": {"color": TONES[tone], "width": 2},
        }
        data.append(
            draw.points([r.value for r, _ in dots], [y for _, y in dots], marker, [draw.said(r, tr) for r, _ in dots])
        )
    data += [draw.diamond(r, y) for r, y in placed if r.diamond]
    for i, (tone, shape) in enumerate((("part", "circle"), ("comp", "square"))):
        own = [(r.own[i], round(y - 0.28, 2)) for r, y in placed]
        seen = [(x, y) for x, y in own if x is not None]
        if seen:
            marker = {"size": 7, "color": FAINT[tone], "symbol": shape}
            data.append(draw.points([x for x, _ in seen], [y for _, y in seen], marker))
    data.append(
        draw.words_at([r.value if r.hi is None else max(r.hi, r.value) for r in rows], places, [r.text for r in rows])
    )
    ends = [v for r in rows for v in (r.lo, r.hi, r.value, *r.own) if v is not None]
    ends += [] if reference is None else [reference]
    layout: Stroke = {
        "xaxis": draw.axis() | {"range": draw.padded([*ends, *guides]), "nticks": 6},
        "yaxis": draw.no_axis(-0.6, len(rows) - 0.4),
        "shapes": [_dotted(x) for x in guides],
    }
    if reference is not None:
        layout["shapes"].append(draw.upright(reference, INK))
    labels = [draw.bold(r.label) if r.strong else draw.wrapped(r.label) for r in rows]
    return labelled_rows(data, layout, list(zip(labels, places, strict=True)), tr, figure_id=figure_id, alt=alt)


def _dotted(x: float) -> Stroke:
    return draw.upright(x, COMP) | {"line": {"color": COMP, "width": 1, "dash": "dot"}}


@chart
def dots(
    labels: Sequence[str],
    values: Sequence[float | None],
    texts: Sequence[str],
    tr: Translator,
    *,
    figure_id: str,
    alt: str,
    most: float,
    suffix: str = "",
    guides: Sequence[float] = (),
) -> Figure:
    """Counts or shares as dots on a stem from zero; a hidden count (None) has words and no dot.

    ``guides`` are further upright hairlines.
    """
    places = [float(len(labels) - 1 - i) for i in range(len(labels))]
    shown = [(v, y) for v, y in zip(values, places, strict=True) if v is not None]
    data = [
        draw.segments([(0, v, y) for v, y in shown], FAINT["part"], width=1.4),
        draw.points([v for v, _ in shown], [y for _, y in shown], {"size": 10, "color": PART}),
        draw.words_at([v or 0 for v in values], places, texts),
    ]
    layout = {
        "xaxis": draw.axis() | {"range": [0, most * 1.16], "nticks": 6, "ticksuffix": suffix},
        "yaxis": draw.no_axis(-0.6, len(labels) - 0.4),
        "shapes": [draw.upright(0, INK), *(_dotted(x) for x in guides)],
    }
    words = [(draw.wrapped(label), y) for label, y in zip(labels, places, strict=True)]
    return labelled_rows(data, layout, words, tr, figure_id=figure_id, alt=alt)


@chart
def columns(
    labels: Sequence[str],
    values: Sequence[int | None],
    texts: Sequence[str],
    tr: Translator,
    *,
    figure_id: str,
    alt: str,
) -> Figure:
    """Counts of an ordered breakdown as bars from zero; a hidden count (None) has words and no bar."""
    at = [float(i) for i in range(len(labels))]
    most = max([v for v in values if v is not None], default=1) or 1
    heights = [v or 0 for v in values]
    data = [
        {"type": "bar", "x": at, "y": heights, "marker": {"color": PART}, "width": 0.62, "hoverinfo": "skip"},
        draw.words_at(at, heights, texts, "top center") | {"textfont": {"size": 12, "color": INK}},
    ]
    layout = {
        "xaxis": draw.plain_axis()
        | {"tickvals": at, "ticktext": [draw.safe(x) for x in labels], "range": [-0.6, len(labels) - 0.4]},
        "yaxis": draw.no_axis(0, most * 1.2),
        "shapes": [draw.level(0, INK)],
    }
    return figure(data, layout, tr, figure_id=figure_id, alt=alt, height=210)


@chart
def over_time(
    labels: Sequence[str],
    values: Sequence[tuple[float, float | None, float | None]],
    tr: Translator,
    *,
    figure_id: str,
    alt: str,
    digits: int = 2,
    suffix: str = "",
) -> Figure:
    """A series with intervals from zero, a dot a time, the last one labelled."""
    at = [float(i) for i in range(len(labels))]
    drawn = [tuple(None if v is None else round(v, digits) for v in point) for point in values]
    dotted = [float(point[0] or 0.0) for point in drawn]
    known = [(x, p[1], p[2]) for x, p in zip(at, drawn, strict=True) if p[1] is not None and p[2] is not None]
    bars = draw.line(draw.broken([(x, x) for x, _, _ in known]), draw.broken([(a, b) for _, a, b in known]), PART, 2)
    hover = [draw.safe(f"{label}: {tr.number(v, digits)}{suffix}") for label, v in zip(labels, dotted, strict=True)]
    data = [
        draw.line(at, list(dotted), FAINT["part"], 1.4) | {"hoverinfo": "skip"},
        bars | {"hoverinfo": "skip"},
        draw.points(at, dotted, {"size": 9, "color": PART}, hover),
    ]
    ends = [0.0, *(v for point in drawn for v in point if v is not None)]
    low, high = min(ends), max(ends)
    spare = 0.08 * ((high - low) or 1.0)
    every = max(1, math.ceil(len(labels) / 6))
    ticks = [int(x) for x in at[::-1][::every][::-1]]
    last = f"<b>{tr.number(dotted[-1], digits)}{suffix}</b>"
    layout = {
        "xaxis": draw.plain_axis()
        | {
            "tickvals": ticks,
            "ticktext": [draw.safe(labels[i]) for i in ticks],
            "range": [-0.4, len(at) - 1 + max(0.13 * len(at), 0.6)],
        },
        "yaxis": draw.axis()
        | {"range": [low - (spare if low < 0 else 0), high + spare], "nticks": 5, "ticksuffix": suffix},
        "shapes": [draw.level(0, INK)],
        "annotations": [draw.note(at[-1], dotted[-1], last, PART) | {"xanchor": "left", "xshift": 8}],
        "margin": {"l": 50, "r": 10, "t": 8, "b": FOOT},
    }
    return figure(data, layout, tr, figure_id=figure_id, alt=alt, height=230)


__all__ = [
    "SOFT",
    "Figure",
    "Row",
    "as_bundle",
    "columns",
    "dots",
    "figure",
    "forest",
    "labelled_rows",
    "over_time",
    "plotly_js",
]
