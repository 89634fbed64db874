"""The round's own charts: means before and after, staying, the calendar, the bridge. Drawn with `figures`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from rmanalytics.language.translator import NBSP, Translator
from rmanalytics.report.charts import drawing as draw
from rmanalytics.report.charts.drawing import BANDS, COMP, INK, PART, SOFT, TEXT_TONES, TONES, Stroke
from rmanalytics.report.charts.figures import ROW, Figure, chart, figure, labelled_rows
from rmanalytics.report.words.wording import bare, digits_of, group_name
from rmanalytics.results import Curve, Estimate

_SHAPES = {"part": "circle", "comp": "square"}


@chart
def slopes(
    changes: Sequence[Estimate], tr: Translator, *, figure_id: str, alt: str, ends: tuple[float, float]
) -> Figure:
    """Means before and after, a line a group; the bar at its end is the interval of the group's change.

    ``changes`` are `paired_change` results with ``mean_pre`` and ``mean_post``; ``ends`` those of the answer scale.
    """
    data: list[Stroke] = []
    notes: list[Stroke] = []
    drawn: list[float] = []
    for i, change in enumerate(sorted(changes, key=lambda c: -c.extra["mean_post"])):
        tone = draw.tone_of(change.group)
        pre, post = round(change.extra["mean_pre"], 2), round(change.extra["mean_post"], 2)
        drawn += [pre, post]
        if change.lo is not None and change.hi is not None:
            limits = [round(change.extra["mean_pre"] + limit, 2) for limit in (change.lo, change.hi)]
            drawn += limits
            place = round(1 + 0.012 * (i - 0.5), 3)
            data.append(draw.line([place, place], limits, TONES[tone], 2) | {"hoverinfo": "skip"})
        dash = "solid" if tone == "part" else "dash"
        data.append(draw.line([0, 1], [pre, post], TONES[tone], 2.6) | {"hoverinfo": "skip"})
        data[-1]["line"] = data[-1]["line"] | {"dash": dash}
        data.append(draw.points([0, 1], [pre, post], {"size": 10, "color": TONES[tone], "symbol": _SHAPES[tone]}))
        name = draw.wrapped(group_name(change.group, tr), 12)
        words = f"<b>{name}</b><br>{tr.number(pre, 2)} → {tr.number(post, 2)}"
        look = {"xanchor": "left", "xshift": 12, "align": "left", "yanchor": "bottom" if i == 0 else "top"}
        notes.append(draw.note(1, post, words, TEXT_TONES[tone]) | look)
    low, high = min(drawn), max(drawn)
    spare = max(0.12 * (high - low), 0.15)
    low, high = max(low - spare, ends[0]), min(high + spare, ends[1])
    if low > ends[0]:
        notes.append(cut(tr, tr.number(low, 1)))
    layout = {
        "xaxis": draw.plain_axis()
        | {"range": [-0.05, 1.62], "tickvals": [0, 1], "ticktext": [tr("before"), tr("after")]},
        "yaxis": draw.axis() | {"range": [low, high], "nticks": 5},
        "annotations": notes,
        "margin": {"l": 38, "r": 4, "t": 12, "b": 46},
    }
    longest = max(len(part) for c in changes for part in draw.wrapped(group_name(c.group, tr), 12).split("<br>"))
    share = min((7.6 * max(longest, 11) + 16) / 280, 0.6)
    narrow = {"xaxis.range": [-0.05, round((1 + 0.05 * share) / (1 - share), 2)]}
    return figure(data, layout, tr, figure_id=figure_id, alt=alt, height=310, narrow=narrow)


def cut(tr: Translator, value: str) -> Stroke:
    """The mark that an axis does not start where its scale does."""
    text = draw.safe(tr("the axis starts at {value}", value=value))
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": 0, "xanchor": "left", "yanchor": "top", "yshift": -24}
    return draw.note(0, 0, f"≈{NBSP}{text}", SOFT, size=11.5) | place | {"xshift": -34}


@chart
def survival(groups: Sequence[Curve], tr: Translator, *, figure_id: str, alt: str) -> Figure:
    """Shares at marked months, a line a group with its interval as a band; numbers still followed below.

    Single steps are not drawn.
    """
    months = draw.marks(max(float(curve.points["time_days"].max()) for curve in groups))
    read = [(curve, draw.read_at(curve, months)) for curve in groups]
    data: list[Stroke] = []
    notes: list[Stroke] = []
    lowest = 1.0
    for i, (curve, points) in enumerate(sorted(read, key=lambda pair: -pair[1][-1][1])):
        tone = draw.tone_of(curve.group)
        band = [(m, lo, hi) for m, _, lo, hi, _ in points if lo is not None and hi is not None]
        lowest = min([lowest, *(lo for _, lo, _ in band), *(p[1] for p in points)])
        outline = [round(100 * lo, 1) for _, lo, _ in band] + [round(100 * hi, 1) for _, _, hi in reversed(band)]
        around = [m for m, _, _ in band] + [m for m, _, _ in reversed(band)]
        data.append(
            draw.line(around, outline, draw.CLEAR, 0)
            | {"fill": "toself", "fillcolor": BANDS[tone], "hoverinfo": "skip"}
        )
        name = group_name(curve.group, tr)
        shares = [round(100 * share, 1) for _, share, _, _, _ in points]
        data.append(draw.line(months, shares, TONES[tone], 2.4) | {"hoverinfo": "skip"})
        data[-1]["line"] = data[-1]["line"] | {"dash": "solid" if tone == "part" else "dash"}
        hover = [draw.safe(f"{name}: {tr.share(share / 100)}") for share in shares]
        data.append(draw.points(months, shares, {"size": 7, "color": TONES[tone], "symbol": _SHAPES[tone]}, hover))
        words = f"<b>{draw.safe(name)}</b> {tr.share(shares[-1] / 100)}"
        look = {"xanchor": "right", "yanchor": "bottom" if i == 0 else "top", "yshift": 5 if i == 0 else -5}
        height = shares[round(0.6 * (len(shares) - 1))] if i == 0 else shares[-1]
        notes.append(draw.note(months[-1], height, words, TEXT_TONES[tone]) | look)
    floor = 50 if lowest > 0.55 else 0
    levels = list(range(floor, 101, 25))
    notes += _at_risk(read, months, tr)
    if floor:
        notes.append(cut(tr, tr.share(floor / 100)) | {"yshift": 0, "yanchor": "bottom", "xshift": 4})
    title = {"text": draw.safe(tr("months since the match")), "font": {"size": 12, "color": SOFT}, "standoff": 2}
    layout = {
        "xaxis": draw.axis()
        | {
            "tickvals": _ticks(months),
            "range": [-0.02 * months[-1], months[-1] * 1.03],
            "showgrid": False,
            "title": title,
        },
        "yaxis": draw.axis()
        | {"range": [floor, 103], "tickvals": levels, "ticktext": [tr.share(tick / 100) for tick in levels]},
        "annotations": notes,
        "margin": {"l": 50, "r": 10, "t": 8, "b": 52 + 36 * len(groups)},
        "shapes": [draw.level(floor, INK)],
    }
    return figure(data, layout, tr, figure_id=figure_id, alt=alt, height=320 + 36 * len(groups))


def _ticks(months: Sequence[int]) -> list[int]:
    return list(months[:: max(1, math.ceil(len(months) / 7))])


def _at_risk(read: Sequence[tuple[Curve, Sequence[Any]]], months: Sequence[int], tr: Translator) -> list[Stroke]:
    notes = []
    for number, (curve, points) in enumerate(read):
        down = -52 - 36 * number
        colour = TEXT_TONES[draw.tone_of(curve.group)]
        heading = tr("still followed, {group}", group=group_name(curve.group, tr))
        below = {"yref": "paper", "yanchor": "top"}
        left = {"xref": "paper", "xanchor": "left", "xshift": -44, "yshift": down}
        notes.append(draw.note(0, 0, draw.safe(heading), colour, size=11.5) | below | left)
        for month, _, _, _, at_risk in points:
            if month in _ticks(months) and at_risk is not None:
                notes.append(draw.note(month, 0, str(at_risk), SOFT, size=11.5) | below | {"yshift": down - 14})
    return notes


@chart
def flow(
    sides: Sequence[tuple[str, Sequence[tuple[str, str, int]]]], tr: Translator, *, figure_id: str, alt: str
) -> Figure:
    """People at each stage as bars from zero: ``sides`` are (title, rows of stage, group and count)."""
    labels: list[tuple[str, float]] = []
    bars: dict[str, list[tuple[float, int]]] = {"part": [], "comp": []}
    y = 0.0
    for title, entries in sides:
        labels.append((draw.bold(title), round(y, 2)))
        y -= 0.85
        for stage in dict.fromkeys(stage for stage, _, _ in entries):
            mine = [(group, n) for own, group, n in entries if own == stage]
            for i, (group, n) in enumerate(mine):
                bars[draw.tone_of(group)].append((round(y - 0.4 * i, 2), n))
            labels.append((draw.wrapped(stage, 20), round(y - 0.2 * (len(mine) - 1), 2)))
            y -= 0.4 * (len(mine) - 1) + 0.72
        y -= 0.3
    most = max((n for entries in bars.values() for _, n in entries), default=1)
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "x": [n for _, n in entries],
            "y": [place for place, _ in entries],
            "width": 0.31,
            "marker": {"color": TONES[tone]},
            "text": [draw.safe(tr.value(n)) for _, n in entries],
            "textposition": "outside",
            "constraintext": "none",
            "textfont": {"size": 12.5, "color": INK},
            "hoverinfo": "skip",
            "cliponaxis": False,
        }
        for tone, entries in bars.items()
        if entries
    ]
    layout = {
        "xaxis": draw.no_axis(0, most * 1.12),
        "yaxis": draw.no_axis(y + 0.7, 0.5),
        "shapes": [draw.upright(0, INK)],
        "barmode": "overlay",
    }
    height = round((-y - 0.2) * ROW) + 24
    return labelled_rows(data, layout, labels, tr, figure_id=figure_id, alt=alt, height=height, left=138)


@chart
def calendar(curve: Curve, tr: Translator, *, figure_id: str, alt: str) -> Figure:
    """Meetings held a week as a strip, one cell a week, its count in it."""
    weeks = [date.fromisoformat(str(week)) for week in curve.points["week"]]
    held = [int(n) for n in curve.points["held_n"]]
    months = [i for i, week in enumerate(weeks) if i == 0 or week.month != weeks[i - 1].month]
    if len(months) > 1 and months[1] - months[0] < 2:
        months = months[1:]
    hover = [
        tr(
            "{start} to {end}: {n} held",
            start=tr.day(w, year=False),
            end=tr.day(w + timedelta(days=6), year=False),
            n=n,
        )
        for w, n in zip(weeks, held, strict=True)
    ]
    data = [
        {
            "type": "heatmap",
            "x": list(range(len(weeks))),
            "y": [0],
            "z": [held],
            "zmin": 0,
            "zmax": max(*held, 1),
            "colorscale": [[0, "#eef1f4"], [1, "#4a90cb"]],
            "showscale": False,
            "xgap": 2,
            "text": [[str(n) if n else "" for n in held]],
            "texttemplate": "%{text}",
            "textfont": {"size": 11, "color": INK},
            "hovertext": [[draw.safe(words) for words in hover]],
            "hoverinfo": "text",
        }
    ]
    ticktext = [draw.safe(tr.month(weeks[i].month)) for i in months]
    layout = {
        "xaxis": draw.plain_axis() | {"tickvals": months, "ticktext": ticktext},
        "yaxis": {"visible": False, "fixedrange": True},
        "margin": {"l": 2, "r": 2, "t": 4, "b": 26},
    }
    return figure(data, layout, tr, figure_id=figure_id, alt=alt, height=84)


@chart
def mixing(curve: Curve, tr: Translator, *, figure_id: str, alt: str) -> Figure:
    """Ties observed over expected between generations: rows name columns."""
    names = list(dict.fromkeys(str(g) for g in curve.points["source_group"]))
    cells = {(str(p["source_group"]), str(p["target_group"])): p for p in curve.points.to_dict("records")}
    grid = [[cells.get((a, b), {}) for b in names] for a in names]
    at = list(range(len(names)))
    ticks = {"tickvals": at, "ticktext": [draw.wrapped(name, 11) for name in names]}
    data = [
        {
            "type": "heatmap",
            "x": at,
            "y": at,
            "z": [[_shade(cell) for cell in cells_of] for cells_of in grid],
            "zmin": -2,
            "zmax": 2,
            "colorscale": [[0, "#e8b48f"], [0.5, "#f5f7f9"], [1, "#7db3de"]],
            "showscale": False,
            "xgap": 2,
            "ygap": 2,
            "text": [[_cell(cell, tr) for cell in cells_of] for cells_of in grid],
            "texttemplate": "%{text}",
            "textfont": {"size": 13, "color": INK},
            "hoverinfo": "skip",
        }
    ]
    layout = {
        "xaxis": draw.plain_axis() | ticks | {"side": "top"},
        "yaxis": draw.plain_axis() | ticks | {"autorange": "reversed"},
        "margin": {"l": 82, "r": 4, "t": 44, "b": 4},
    }
    return figure(data, layout, tr, figure_id=figure_id, alt=alt, height=56 + 62 * len(names))


def _known(cell: Mapping[Any, Any], name: str) -> float | None:
    value = cell.get(name)
    return None if value is None or math.isnan(float(value)) or math.isinf(float(value)) else float(value)


def _shade(cell: Mapping[Any, Any]) -> float | None:
    ratio = _known(cell, "ratio")
    return None if ratio is None else round(max(min(math.log2(max(ratio, 0.01)), 2.0), -2.0), 2)


def _cell(cell: Mapping[Any, Any], tr: Translator) -> str:
    ratio, observed, expected = (_known(cell, name) for name in ("ratio", "observed_n", "expected_n"))
    if ratio is None or observed is None or expected is None:
        return "–"
    below = tr("{observed} / {expected}", observed=round(observed), expected=tr.number(expected, 0))
    return (
        f"<b>{tr.number(ratio, 2 if ratio < 0.1 else 1)}</b><br><span style='font-size:11px'>{draw.safe(below)}</span>"
    )


@chart
def null_distribution(curve: Curve, observed: Estimate, tr: Translator, *, figure_id: str, alt: str) -> Figure:
    """The index if generation did not matter (area), and the one observed with its interval."""
    x = [round(float(v), 3) for v in curve.points["ei"]]
    y = [round(float(v), 4) for v in curve.points["density_share"]]
    digits, top = max(digits_of(observed), 2), max(y)
    place, height = round(observed.value, digits), 0.5 * top
    data = [draw.line(x, y, COMP, 1.2) | {"fill": "tozeroy", "fillcolor": BANDS["comp"], "hoverinfo": "skip"}]
    ends = [*x, place]
    if observed.lo is not None and observed.hi is not None:
        lo, hi = round(observed.lo, digits), round(observed.hi, digits)
        ends += [lo, hi]
        data.append(draw.segments([(lo, hi, height)], PART))
    data.append(draw.line([place, place], [0, height], PART, 2.4) | {"hoverinfo": "skip"})
    data.append(draw.points([place], [height], {"size": 11, "color": PART}))
    seen = tr("observed {value}", value=bare(observed.value, observed.unit, digits, tr))
    notes = [draw.note(place, height, f"<b>{draw.safe(seen)}</b>", PART) | {"yanchor": "bottom", "yshift": 9}]
    expected = observed.extra.get("expected")
    if expected is not None:
        words = tr("if generation did not matter {value}", value=bare(expected, "index", digits, tr))
        notes.append(
            draw.note(round(expected, digits), top, draw.safe(words), SOFT)
            | {"yanchor": "bottom", "yshift": 4, "xanchor": "right" if expected > observed.value else "left"}
        )
    low, high = min(ends), max(ends)
    spare = 0.2 * ((high - low) or 1.0)
    layout = {
        "xaxis": draw.axis() | {"range": [low - spare, high + spare], "nticks": 6, "showgrid": False},
        "yaxis": draw.no_axis(0, top * 1.3),
        "annotations": notes,
        "shapes": [draw.level(0, INK)],
    }
    return figure(data, layout, tr, figure_id=figure_id, alt=alt, height=240)
