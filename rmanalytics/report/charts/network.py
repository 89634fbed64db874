"""The network of generations as a drawing: groups are nodes, nobody is drawn. For the analyst's room alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rmanalytics.language.translator import Translator, plural
from rmanalytics.report.charts import drawing as draw
from rmanalytics.report.charts.drawing import COMP, INK, PART, SOFT, Stroke
from rmanalytics.report.charts.figures import Figure, chart, figure

_NODE = (34.0, 78.0)
_MOST_WIDTH = 9.0
_BEND = 0.13
_REACH = 1.62


@chart
def generations(
    sizes: Mapping[str, int],
    ratios: Mapping[tuple[str, str], float],
    tr: Translator,
    *,
    figure_id: str,
    alt: str,
) -> Figure:
    """Generations as discs on a circle, their ties as bent arrows from those who name to those who are named.

    Parameters
    ----------
    sizes : mapping of str to int
        People of each generation, in order; the area of the disc.
    ratios : mapping of (str, str) to float
        Ties observed over expected, from and to; the width of the arrow, and the number beside it. Arrows of more
        ties than expected are blue, others grey; a generation's ties within itself stand in its disc.
    """
    names = list(sizes)
    at = dict(zip(names, _circle(len(names)), strict=True))
    most = max(sizes.values(), default=1)
    across = {n: _NODE[0] + (_NODE[1] - _NODE[0]) * math.sqrt(sizes[n] / most) for n in names}
    data: list[Stroke] = []
    notes: list[Stroke] = []
    for (source, target), ratio in ratios.items():
        if source == target:
            continue
        colour = PART if ratio > 1 else COMP
        path = _bent(at[source], at[target])
        data.append(
            draw.line([x for x, _ in path], [y for _, y in path], colour, round(_width(ratio), 1))
            | {"hoverinfo": "skip", "opacity": 0.55}
        )
        notes.append(_label(path, ratio, tr))
    centres = [at[n] for n in names]
    marker = {"size": [round(across[n], 1) for n in names], "color": "#ffffff", "line": {"color": INK, "width": 1.4}}
    data.append(draw.points([x for x, _ in centres], [y for _, y in centres], marker))
    for name in names:
        x, y = at[name]
        own = ratios.get((name, name))
        if own is not None:
            notes.append(draw.note(x, y, f"<b>{tr.number(own, 1)}</b>", INK))
        label = f"<b>{draw.safe(name)}</b><br>{draw.safe(tr(plural('{n} person', '{n} people'), n=sizes[name]))}"
        away = round(across[name] / 2 + 6)
        below = y < 0
        notes.append(
            draw.note(x, y, label, INK, size=12.5)
            | {"yanchor": "top" if below else "bottom", "yshift": -away if below else away}
        )
    layout = {
        "xaxis": draw.no_axis(-_REACH, _REACH),
        "yaxis": draw.no_axis(-_REACH, _REACH),
        "annotations": notes,
        "margin": {"l": 4, "r": 4, "t": 4, "b": 4},
    }
    return figure(data, layout, tr, figure_id=figure_id, alt=alt, height=460)


def _circle(n: int) -> list[tuple[float, float]]:
    """Places on a circle, the first at the upper left, clockwise."""
    turns = [math.pi * (0.75 - 2 * i / max(n, 1)) for i in range(n)]
    return [(round(math.cos(t), 3), round(math.sin(t), 3)) for t in turns]


def _bent(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    """A curve from a place to a place that leaves room for the one back."""
    (x0, y0), (x1, y1) = start, end
    middle = ((x0 + x1) / 2 - _BEND * (y1 - y0), (y0 + y1) / 2 + _BEND * (x1 - x0))
    points = []
    for i in range(13):
        t = i / 12
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
        points.append(
            (round(a * x0 + b * middle[0] + c * x1, 3), round(a * y0 + b * middle[1] + c * y1, 3)),
        )
    return points


def _label(path: Sequence[tuple[float, float]], ratio: float, tr: Translator) -> Stroke:
    """The ratio on its curve, nearer to those who name, with an arrow in its way."""
    (x, y), (before, after) = path[4], (path[3], path[5])
    turn = math.degrees(math.atan2(after[1] - before[1], after[0] - before[0]))
    arrow = "→↗↑↖←↙↓↘"[round(turn / 45) % 8]
    text = f"{tr.number(ratio, 2 if ratio < 0.1 else 1)}&nbsp;{arrow}"
    return draw.note(x, y, text, SOFT if ratio <= 1 else PART, size=12) | {"bgcolor": "rgba(255,255,255,0.85)"}


def _width(ratio: float) -> float:
    return max(min(4 * ratio, _MOST_WIDTH), 0.6)
