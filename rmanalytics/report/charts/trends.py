"""Lines whose axis need not start at zero: means over time, and what rounds of other sizes could find."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rmanalytics.language.translator import Translator
from rmanalytics.report.charts import drawing as draw
from rmanalytics.report.charts.drawing import FAINT, INK, PART, SOFT, Stroke
from rmanalytics.report.charts.figures import Figure, chart, figure
from rmanalytics.report.charts.overview import cut

Point = tuple[float, float | None, float | None]
"""A value with its limits, None where there are none."""


@chart
def means(
    labels: Sequence[str],
    at: Sequence[float],
    values: Sequence[Point],
    tr: Translator,
    *,
    figure_id: str,
    alt: str,
    ends: tuple[float, float],
) -> Figure:
    """Means over time with their intervals, each labelled; ``ends`` are those of the answer scale.

    The axis holds what is drawn and half a point at least; a mark says that it does not start at the scale's end.
    """
    drawn = [tuple(None if v is None else round(v, 2) for v in point) for point in values]
    dotted = [float(point[0] or 0.0) for point in drawn]
    known = [(x, p[1], p[2]) for x, p in zip(at, drawn, strict=True) if p[1] is not None and p[2] is not None]
    bars = draw.line(draw.broken([(x, x) for x, _, _ in known]), draw.broken([(a, b) for _, a, b in known]), PART, 2)
    hover = [draw.safe(f"{label}: {tr.number(value, 2)}") for label, value in zip(labels, dotted, strict=True)]
    data = [
        draw.line(list(at), dotted, FAINT["part"], 1.4) | {"hoverinfo": "skip"},
        bars | {"hoverinfo": "skip"},
        draw.points(list(at), dotted, {"size": 9, "color": PART}, hover),
    ]
    every = [v for point in drawn for v in point if v is not None]
    middle, reach = (max(every) + min(every)) / 2, max((max(every) - min(every)) * 0.62, 0.25)
    low, high = max(middle - reach, ends[0]), min(middle + reach, ends[1])
    notes = [
        draw.note(x, value, f"<b>{tr.number(value, 2)}</b>", PART)
        | {"xanchor": "left", "xshift": 7, "yanchor": "bottom"}
        for x, value in zip(at, dotted, strict=True)
    ]
    if low > ends[0]:
        notes.append(cut(tr, tr.number(low, 1)))
    width = (max(at) - min(at)) or 1.0
    layout = {
        "xaxis": draw.plain_axis()
        | {
            "tickvals": list(at),
            "ticktext": [draw.safe(label) for label in labels],
            "range": [min(at) - 0.08 * width, max(at) + 0.16 * width],
        },
        "yaxis": draw.axis() | {"range": [low, high], "nticks": 5},
        "annotations": notes,
        "margin": {"l": 38, "r": 4, "t": 10, "b": 46},
    }
    return figure(data, layout, tr, figure_id=figure_id, alt=alt, height=230)


@chart
def detectable(
    sizes: Sequence[int],
    differences: Sequence[float],
    tr: Translator,
    *,
    figure_id: str,
    alt: str,
    here: tuple[float, float] | None,
    here_label: str,
) -> Figure:
    """The smallest difference that rounds of so many people a group find, from zero; ``here`` is this round."""
    heights = [round(value, 3) for value in differences]
    hover = [draw.safe(f"n = {n}: {tr.number(value, 2)}") for n, value in zip(sizes, heights, strict=True)]
    marker = {"size": 7, "color": "#ffffff", "line": {"color": SOFT, "width": 1.6}}
    data: list[Stroke] = [
        draw.line(list(sizes), heights, SOFT, 1.8) | {"hoverinfo": "skip"},
        draw.points(list(sizes), heights, marker, hover),
    ]
    notes: list[Stroke] = []
    top, most = max(heights), float(max(sizes))
    if here is not None:
        n, value = round(here[0], 1), round(here[1], 3)
        top, most = max(top, value), max(most, n)
        data.append(draw.points([n], [value], {"size": 12, "color": PART}))
        words = f"<b>{draw.wrapped(here_label, 22)}</b>"
        look = {"xanchor": "left", "xshift": 10, "yanchor": "bottom", "yshift": 4, "align": "left"}
        notes.append(draw.note(n, value, words, PART) | look)
    title = {"text": draw.safe(tr("people measured twice in each group")), "font": {"size": 12, "color": SOFT}}
    step = next(s for s in (10, 20, 25, 50, 100, 250, 500, 1000, 10_000) if most / s <= 7 or s == 10_000)
    layout = {
        "xaxis": draw.axis()
        | {
            "range": [0, most * 1.04],
            "tickvals": list(range(0, math.ceil(most) + 1, step)),
            "showgrid": False,
            "title": title | {"standoff": 4},
        },
        "yaxis": draw.axis() | {"range": [0, top * 1.08], "nticks": 6},
        "annotations": notes,
        "shapes": [draw.level(0, INK)],
        "margin": {"l": 38, "r": 6, "t": 10, "b": 48},
    }
    return figure(data, layout, tr, figure_id=figure_id, alt=alt, height=280)
