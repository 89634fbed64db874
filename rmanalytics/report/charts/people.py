"""Charts of people's ways: states over months, differences in days under headings, balance before and after matching.

Drawn with `figures`. Single steps are not drawn; shares are read at marked months.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rmanalytics.language.translator import NBSP, Translator
from rmanalytics.report.charts import drawing as draw
from rmanalytics.report.charts.drawing import FAINT, INK, PART, SOFT, TEXT_TONES, TONES, Row, Stroke
from rmanalytics.report.charts.figures import Figure, chart, figure, labelled_rows

PANEL, GAP = 168, 74
"""Height of a panel, and what lies between two: the months and the numbers still followed."""
_FILLS = {
    "part": ("rgba(11,95,165,0.16)", "rgba(11,95,165,0.42)", "rgba(11,95,165,0.95)", "rgba(11,95,165,0.66)"),
    "comp": ("rgba(138,147,157,0.20)", "rgba(138,147,157,0.48)", "rgba(91,100,112,0.95)", "rgba(91,100,112,0.68)"),
}
"""Areas from the bottom up, told apart by how dark they are."""
_APART = 12.0
"""Least distance of two labels beside the areas, per cent of the panel."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One group's shares: of each state, from the bottom up, at the marked months.

    ``followed`` are the words for the numbers still followed, one a month; empty where none is known.
    """

    title: str
    tone: str
    states: tuple[str, ...]
    shares: tuple[tuple[float, ...], ...]
    followed: tuple[str, ...]


@chart
def ways(panels: Sequence[Panel], months: Sequence[int], tr: Translator, *, figure_id: str, alt: str) -> Figure:
    """Shares of states over months as areas that fill a panel, one panel a group, numbers still followed below."""
    data: list[Stroke] = []
    notes: list[Stroke] = []
    shapes: list[Stroke] = []
    layout: Stroke = {}
    narrow: Stroke = {"margin.r": 104}
    height = len(panels) * (PANEL + GAP) + 34
    inner = height - 12
    for i, panel in enumerate(panels):
        end = "" if i == 0 else str(i + 1)
        top = 1 - (22 + i * (PANEL + GAP)) / inner
        span = [round(top - PANEL / inner, 4), round(top, 4)]
        axes = {"xaxis": f"x{end}", "yaxis": f"y{end}"}
        base = [0.0] * len(months)
        places = []
        for j, (state, shares) in enumerate(zip(panel.states, panel.shares, strict=True)):
            upper = [round(low + 100 * share, 1) for low, share in zip(base, shares, strict=True)]
            area = draw.line([*months, *reversed(months)], [*upper, *reversed(base)], "#ffffff", 1)
            hover = {"fill": "toself", "fillcolor": _FILLS[panel.tone][j % 4], "hoverinfo": "skip"}
            data.append(area | hover | axes)
            places.append(((base[-1] + upper[-1]) / 2, state, tr.share(shares[-1])))
            base = upper
        for height_at, state, share in _spread(places):
            narrow[f"annotations[{len(notes)}].text"] = f"{draw.wrapped(state, 10)}{NBSP}<b>{share}</b>"
            words = f"{draw.safe(state)}{NBSP}<b>{share}</b>"
            label = draw.note(months[-1], height_at, words, TEXT_TONES[panel.tone], size=12.5)
            place = {"xref": f"x{end}", "yref": f"y{end}", "xanchor": "left", "xshift": 8, "align": "left"}
            notes.append(label | place)
        head = draw.note(0, span[1], f"<b>{draw.safe(panel.title)}</b>", TEXT_TONES[panel.tone])
        edge = {"xref": "paper", "yref": "paper", "xanchor": "left", "xshift": -46}
        notes.append(head | edge | {"yanchor": "bottom", "yshift": 2})
        below = draw.note(0, span[0], draw.safe(tr("still followed")), SOFT, size=11.5)
        notes.append(below | edge | {"yanchor": "top", "yshift": -20})
        for month, words in zip(months, panel.followed, strict=True):
            if words and month in _ticks(months) and month > 0:
                at = {"xref": f"x{end}", "yref": "paper", "yanchor": "top", "yshift": -20}
                notes.append(draw.note(month, span[0], draw.safe(words), SOFT, size=11.5) | at)
        shapes.append(draw.level(0, INK) | {"xref": f"x{end}", "yref": f"y{end}", "x1": months[-1]})
        layout[f"xaxis{end}"] = draw.axis() | {
            "tickvals": _ticks(months),
            "range": [0, months[-1]],
            "showgrid": False,
            "anchor": f"y{end}",
        }
        layout[f"yaxis{end}"] = draw.axis() | {
            "domain": span,
            "range": [0, 100],
            "tickvals": [0, 50, 100],
            "ticktext": [tr.share(tick / 100) for tick in (0, 50, 100)],
            "anchor": f"x{end}",
        }
    foot = draw.note(0, 0, draw.safe(tr("months since the match")), SOFT, size=12)
    notes.append(foot | {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"})
    longest = max(len(state) for panel in panels for state in panel.states) + 6
    margin = {"l": 50, "r": min(24 + 7 * longest, 210), "t": 6, "b": 6}
    layout |= {"annotations": notes, "shapes": shapes, "margin": margin}
    return figure(data, layout, tr, figure_id=figure_id, alt=alt, height=height, narrow=narrow)


def _ticks(months: Sequence[int]) -> list[int]:
    return list(months[:: max(1, math.ceil(len(months) / 7))])


def _spread(labels: Sequence[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    """Labels from the bottom up, moved apart where they would touch, none outside the panel."""
    placed: list[float] = []
    for y, _, _ in labels:
        placed.append(max(y, placed[-1] + _APART) if placed else max(y, 4.0))
    most = 96.0
    for i in range(len(placed) - 1, -1, -1):
        placed[i] = min(placed[i], most)
        most = placed[i] - _APART
    return [(round(y, 1), state, share) for y, (_, state, share) in zip(placed, labels, strict=True)]


@chart
def differences(
    groups: Sequence[tuple[str, Sequence[Row]]], tr: Translator, *, figure_id: str, alt: str, foot: str
) -> Figure:
    """Differences as dots with intervals about zero, under headings; hollow where the interval holds zero.

    ``groups`` are (heading, rows) in order; ``foot`` says what the axis measures.
    """
    labels: list[tuple[str, float]] = []
    placed: list[tuple[Row, float]] = []
    y = 0.0
    for heading, rows in groups:
        labels.append((draw.bold(heading), y))
        y -= 1
        for row in rows:
            labels.append((draw.bold(row.label) if row.strong else draw.wrapped(row.label), y))
            placed.append((row, y))
            y -= 1
    data: list[Stroke] = []
    for tone in dict.fromkeys(row.tone for row, _ in placed):
        mine = [(row, at) for row, at in placed if row.tone == tone]
        marker = {
            "size": [12 if row.strong else 10 for row, _ in mine],
            "color": ["#ffffff" if row.holds(0.0) else TONES[tone] for row, _ in mine],
            "symbol": ["diamond" if row.diamond else "circle" for row, _ in mine],
            "line": {"color": TONES[tone], "width": 2},
        }
        data.append(draw.segments([(row.lo, row.hi, at) for row, at in mine], TONES[tone]))
        said = [draw.said(row, tr) for row, _ in mine]
        data.append(draw.points([row.value for row, _ in mine], [at for _, at in mine], marker, said))
    data.append(
        draw.words_at(
            [row.value if row.hi is None else max(row.hi, row.value) for row, _ in placed],
            [at for _, at in placed],
            [row.text for row, _ in placed],
        )
    )
    ends = [0.0, *(v for row, _ in placed for v in (row.lo, row.hi, row.value) if v is not None)]
    low, high = min(ends), max(ends)
    width = (high - low) or 1.0
    title = {"text": draw.safe(foot), "font": {"size": 12, "color": SOFT}, "standoff": 2}
    layout = {
        "xaxis": draw.axis() | {"range": [low - 0.04 * width, high + 0.38 * width], "nticks": 6, "title": title},
        "yaxis": draw.no_axis(y + 0.2, 0.6),
        "shapes": [draw.upright(0.0, INK)],
    }
    return labelled_rows(data, layout, labels, tr, figure_id=figure_id, alt=alt)


@chart
def closer(
    rows: Sequence[tuple[str, float, float]], tr: Translator, *, figure_id: str, alt: str, guide: float
) -> Figure:
    """Distances of two groups before (hollow) and after matching (filled), a line a trait: (label, before, after)."""
    places = [float(len(rows) - 1 - i) for i in range(len(rows))]
    before = [round(value, 2) for _, value, _ in rows]
    after = [round(value, 2) for _, _, value in rows]
    open_dot = {"size": 10, "color": "#ffffff", "line": {"color": PART, "width": 2}}
    data = [
        draw.segments(
            [(min(b, a), max(b, a), y) for b, a, y in zip(before, after, places, strict=True)], FAINT["part"]
        ),
        draw.points(before, places, open_dot),
        draw.points(after, places, {"size": 10, "color": PART}),
        draw.words_at(
            [max(b, a) for b, a in zip(before, after, strict=True)],
            places,
            [f"{tr.number(b, 2)} → {tr.number(a, 2)}" for b, a in zip(before, after, strict=True)],
        ),
    ]
    most = max(*before, *after, guide)
    dotted = draw.upright(guide, SOFT) | {"line": {"color": SOFT, "width": 1, "dash": "dot"}}
    layout = {
        "xaxis": draw.axis() | {"range": [0, most * 1.35], "nticks": 6},
        "yaxis": draw.no_axis(-0.6, len(rows) - 0.4),
        "shapes": [draw.upright(0, INK), dotted],
    }
    labels = [(draw.wrapped(label), y) for (label, _, _), y in zip(rows, places, strict=True)]
    return labelled_rows(data, layout, labels, tr, figure_id=figure_id, alt=alt)
