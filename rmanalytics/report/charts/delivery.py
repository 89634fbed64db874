"""Charts of the course, the reach, the exits and the value: ratios, grids, shares over months, tornado. With `figures`.

A ratio has a logarithmic axis, so that twice and half lie equally far from 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rmanalytics.language.translator import NBSP, Translator
from rmanalytics.report.charts import drawing as draw
from rmanalytics.report.charts.drawing import BANDS, FAINT, INK, PART, SOFT, TEXT_TONES, TONES, Row, Stroke
from rmanalytics.report.charts.figures import Figure, chart, figure, labelled_rows
from rmanalytics.report.words.wording import digits_for, group_name
from rmanalytics.results import Curve, Estimate

_SHAPES = {"part": "circle", "comp": "square"}
_PALE, _DEEP = "#f1f4f7", "#7db3de"
_MOST_TICKS = 7
_MOST_DIGITS = 4


def ratio_digits(value: float, lo: float | None, hi: float | None) -> int:
    """Decimals of a ratio and its limits: as the interval's width allows, and enough that none reads 0.

    Examples
    --------
    >>> ratio_digits(2.84, 2.64, 3.06), ratio_digits(0.38, 0.056, 2.59), ratio_digits(5.1, 0.021, 60.0)
    (2, 1, 2)
    """
    digits = max(digits_for("ratio", value, lo, hi), 0)
    least = min(x for x in (value, lo) if x is not None)
    while digits < _MOST_DIGITS and least > 0 and round(least, digits) == 0:
        digits += 1
    return digits


def ratio_row(ratio: Estimate, label: str, tr: Translator) -> Row:
    """A line for an estimate that is a ratio."""
    return ratio_line(label, ratio.value, ratio.lo, ratio.hi, tr)


def ratio_line(
    label: str, value: float, lo: float | None, hi: float | None, tr: Translator, *, strong: bool = False
) -> Row:
    """A line for a ratio and its limits, rounded to what is drawn."""
    digits = ratio_digits(value, lo, hi)
    return Row(
        label=label,
        value=round(value, digits),
        lo=None if lo is None else round(lo, digits),
        hi=None if hi is None else round(hi, digits),
        text=tr.number(value, digits),
        strong=strong,
        limits=None if lo is None or hi is None else (lo, hi),
    )


@chart
def ratios(groups: Sequence[tuple[str, Sequence[Row]]], tr: Translator, *, figure_id: str, alt: str) -> Figure:
    """Ratios as dots with intervals on a logarithmic axis, under headings; hollow where the interval holds 1.

    ``groups`` are (heading, rows) in order; an empty heading has no line of its own. What is 0 has no place on
    such an axis and stands at its left end; the number beside it says so.
    """
    labels: list[tuple[str, float]] = []
    placed: list[tuple[Row, float]] = []
    y = 0.0
    for heading, rows in groups:
        if heading:
            labels.append((draw.bold(heading), y))
            y -= 1
        for row in rows:
            labels.append((draw.bold(row.label) if row.strong else draw.wrapped(row.label), y))
            placed.append((row, y))
            y -= 1
    marker = {
        "size": [12 if row.strong else 10 for row, _ in placed],
        "color": ["#ffffff" if row.holds(1.0) else TONES[row.tone] for row, _ in placed],
        "line": {"color": [TONES[row.tone] for row, _ in placed], "width": 2},
    }
    hover = [draw.said(row, tr) for row, _ in placed]
    numbers = (x for row, _ in placed for x in (row.lo, row.hi, row.value))
    ends = [1.0, *(x for x in numbers if x is not None and x > 0)]
    floor = min(*ends, 0.5) / 2
    placed = [(_above(row, floor), at) for row, at in placed]
    ends += [floor] * any(floor in (row.lo, row.value) for row, _ in placed)
    low, high = math.log2(min(ends)), math.log2(max(ends))
    low, high = min(low, -1.0), max(high, 1.0)
    data = [
        draw.segments([(row.lo, row.hi, at) for row, at in placed], PART),
        draw.points([row.value for row, _ in placed], [at for _, at in placed], marker, hover),
        draw.words_at(
            [row.value if row.hi is None else max(row.hi, row.value) for row, _ in placed],
            [at for _, at in placed],
            [row.text for row, _ in placed],
        ),
    ]
    width = high - low
    span = [round((low - 0.05 * width) * math.log10(2), 3), round((high + 0.2 * width) * math.log10(2), 3)]
    ticks = _powers(low, high)
    layout: Stroke = {
        "xaxis": draw.axis()
        | {
            "type": "log",
            "range": span,
            "tickvals": ticks,
            "ticktext": [tr.number(tick, max(0, -round(math.log2(tick)))) for tick in ticks],
        },
        "yaxis": draw.no_axis(y + 0.4, 0.6),
        "shapes": [draw.upright(1.0, INK)],
    }
    return labelled_rows(data, layout, labels, tr, figure_id=figure_id, alt=alt)


def _above(row: Row, least: float) -> Row:
    """The row with what is 0 moved to the least number that the axis shows."""
    if min(x for x in (row.value, row.lo, row.hi) if x is not None) > 0:
        return row
    lo, hi = (None if x is None else max(x, least) for x in (row.lo, row.hi))
    return replace(row, value=max(row.value, least), lo=lo, hi=hi)


def _powers(low: float, high: float) -> list[float]:
    """Powers of two within the limits (as logarithms to the base 2), 1 among them."""
    first, last = math.ceil(low), math.floor(high)
    step = max(1, math.ceil((last - first + 1) / _MOST_TICKS))
    return [2.0**power for power in range(first, last + 1) if power % step == 0]


@chart
def grid(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Sequence[tuple[str, float]]],
    tr: Translator,
    *,
    figure_id: str,
    alt: str,
    high: int = 30,
) -> Figure:
    """A table of cells shaded from 0 to 1, rows named at the left and columns above; each cell is (words, shade)."""
    across, down = list(range(len(columns))), list(range(len(rows)))
    data = [
        {
            "type": "heatmap",
            "x": across,
            "y": down,
            "z": [[round(shade, 2) for _, shade in line] for line in cells],
            "zmin": 0,
            "zmax": 1,
            "colorscale": [[0, _PALE], [1, _DEEP]],
            "showscale": False,
            "xgap": 2,
            "ygap": 2,
            "text": [[draw.safe(words) for words, _ in line] for line in cells],
            "texttemplate": "%{text}",
            "textfont": {"size": 12.5, "color": INK},
            "hoverinfo": "skip",
        }
    ]
    heads = [draw.wrapped(column, 12) for column in columns]
    left = min(24 + 7 * max(len(part) for row in rows for part in draw.wrapped(row, 24).split("<br>")), 190)
    top = 18 + 16 * max(head.count("<br>") + 1 for head in heads)
    layout = {
        "xaxis": draw.plain_axis() | {"tickvals": across, "ticktext": heads, "side": "top"},
        "yaxis": draw.plain_axis()
        | {"tickvals": down, "ticktext": [draw.wrapped(row, 24) for row in rows], "autorange": "reversed"},
        "margin": {"l": left, "r": 4, "t": top, "b": 4},
    }
    narrow = {}
    if len(columns) > 3:
        longest = max(len(column) for column in columns)
        narrow = {"xaxis.tickangle": -90, "xaxis.ticktext": [draw.safe(column) for column in columns]}
        narrow |= {"margin.t": 16 + 8 * longest, "height": 20 + 8 * longest + high * len(rows)}
    height = top + 4 + high * len(rows)
    return figure(data, layout, tr, figure_id=figure_id, alt=alt, height=height, narrow=narrow)


@dataclass(frozen=True, kw_only=True)
class Swing:
    """A bar of a tornado: the answer with one assumption at its low and at its high end."""

    label: str
    at_low: float
    at_high: float
    text_low: str
    text_high: str


@chart
def tornado(
    swings: Sequence[Swing], tr: Translator, *, base: float, base_text: str, figure_id: str, alt: str
) -> Figure:
    """The answer with one assumption at a time at its ends, as bars about the answer with all at their likeliest.

    An assumption whose ends cannot be told from the base as rounded has no bar and no row.
    """
    swings = [swing for swing in swings if (swing.at_low, swing.at_high) != (base, base)]
    places = [float(len(swings) - 1 - i) for i in range(len(swings))]
    data: list[Stroke] = []
    for tone, ends in (
        (FAINT["comp"], [swing.at_low for swing in swings]),
        (PART, [swing.at_high for swing in swings]),
    ):
        bar = {"type": "bar", "orientation": "h", "base": base, "y": places, "width": 0.36, "hoverinfo": "skip"}
        data.append(bar | {"x": [round(end - base, 4) for end in ends], "marker": {"color": tone}})
    for end in ("low", "high"):
        for side, place in (("left", "middle left"), ("right", "middle right")):
            mine = [(s, y) for s, y in zip(swings, places, strict=True) if _side(s, end, base) == side]
            spots = [s.at_low if end == "low" else s.at_high for s, _ in mine]
            texts = [s.text_low if end == "low" else s.text_high for s, _ in mine]
            words = draw.words_at(spots, [y for _, y in mine], texts, place)
            gap = NBSP * 2
            words["text"] = [f"{gap}{draw.safe(t)}{gap}" for t in texts]
            data.append(words)
    every = [base, *(x for s in swings for x in (s.at_low, s.at_high))]
    low, high = min(every), max(every)
    spare = 0.22 * ((high - low) or 1.0)
    along = (base - low) / ((high - low) or 1.0)
    anchor = "left" if along < 0.3 else "right" if along > 0.7 else "center"
    layout = {
        "xaxis": draw.axis() | {"range": [low - spare, high + spare], "nticks": 5, "tickformat": ",.0f"},
        "yaxis": draw.no_axis(-0.6, len(swings) + 0.05),
        "shapes": [draw.upright(base, INK)],
        "barmode": "overlay",
        "annotations": [
            draw.note(base, len(swings) - 0.38, f"<b>{draw.safe(base_text)}</b>", INK, size=12.5)
            | {"yanchor": "bottom", "xanchor": anchor, "bgcolor": "#ffffff"}
        ],
    }
    labels = [(draw.wrapped(s.label), y) for s, y in zip(swings, places, strict=True)]
    return labelled_rows(data, layout, labels, tr, figure_id=figure_id, alt=alt)


def _side(swing: Swing, end: str, base: float) -> str:
    """On which side of the base an end lies, so that its number stands outside the bar."""
    own, other = (swing.at_low, swing.at_high) if end == "low" else (swing.at_high, swing.at_low)
    return "left" if own < base or (own == base and other > base) else "right"


@chart
def incidence(groups: Sequence[Curve], tr: Translator, *, figure_id: str, alt: str) -> Figure:
    """Shares that have left by marked months, a line a group with its interval as a band; single steps are not drawn.

    ``groups`` are `cumulative_incidence` curves.
    """
    months = draw.marks(max(float(curve.points["time_days"].max()) for curve in groups))
    read = [(curve, gone_by(curve, months)) for curve in groups]
    data: list[Stroke] = []
    notes: list[Stroke] = []
    top = 10.0
    for i, (curve, points) in enumerate(sorted(read, key=lambda pair: -pair[1][-1][1])):
        tone = draw.tone_of(curve.group)
        band = [(m, 100 * lo, 100 * hi) for m, _, lo, hi in points if lo is not None and hi is not None]
        shares = [round(100 * share, 1) for _, share, _, _ in points]
        top = max([top, *shares, *(hi for _, _, hi in band)])
        outline = [round(lo, 1) for _, lo, _ in band] + [round(hi, 1) for _, _, hi in reversed(band)]
        around = [m for m, _, _ in band] + [m for m, _, _ in reversed(band)]
        area = {"fill": "toself", "fillcolor": BANDS[tone], "hoverinfo": "skip"}
        data.append(draw.line(around, outline, draw.CLEAR, 0) | area)
        data.append(draw.line(months, shares, TONES[tone], 2.4) | {"hoverinfo": "skip"})
        data[-1]["line"] = data[-1]["line"] | {"dash": "solid" if tone == "part" else "dash"}
        name = group_name(curve.group, tr)
        hover = [draw.safe(f"{name}: {tr.share(share / 100)}") for share in shares]
        data.append(draw.points(months, shares, {"size": 7, "color": TONES[tone], "symbol": _SHAPES[tone]}, hover))
        look = {"xanchor": "right", "yanchor": "bottom" if i == 0 else "top", "yshift": 6 if i == 0 else -6}
        words = f"<b>{draw.safe(name)}</b> {tr.share(shares[-1] / 100)}"
        notes.append(draw.note(months[-1], shares[-1], words, TEXT_TONES[tone]) | look)
    title = {"text": draw.safe(tr("months since the match")), "font": {"size": 12, "color": SOFT}, "standoff": 2}
    every = max(1, math.ceil(len(months) / 7))
    layout = {
        "xaxis": draw.axis()
        | {"tickvals": list(months[::every]), "range": [-0.02 * months[-1], months[-1] * 1.03]}
        | {"showgrid": False, "title": title},
        "yaxis": draw.axis() | {"range": [0, 1.08 * top], "nticks": 5, "ticksuffix": tr.percent},
        "annotations": notes,
        "shapes": [draw.level(0, INK)],
        "margin": {"l": 50, "r": 10, "t": 8, "b": 48},
    }
    return figure(data, layout, tr, figure_id=figure_id, alt=alt, height=280)


def gone_by(curve: Curve, months: Sequence[int]) -> list[tuple[int, float, float | None, float | None]]:
    """A `cumulative_incidence` curve at months: month, share gone, limits; without limits before the first exit."""
    as_read = replace(curve, points=curve.points.rename(columns={"incidence": "survival"}))
    return [
        (month, share, lo if share > 0 else None, hi if share > 0 else None)
        for month, share, lo, hi, _ in draw.read_at(as_read, months)
    ]


@chart
def probability(
    worths: Sequence[float], shares: Sequence[float], tr: Translator, *, currency: str, figure_id: str, alt: str
) -> Figure:
    """How probable something is at each worth, from 0 to 100 per cent, with a dotted line at one half."""
    heights = [round(100 * share, 1) for share in shares]
    hover = [
        draw.safe(f"{currency}{NBSP}{tr.number(worth, 0)}: {tr.share(share)}")
        for worth, share in zip(worths, shares, strict=True)
    ]
    last, levels = f"<b>{tr.share(shares[-1])}</b>", [0, 25, 50, 75, 100]
    half = draw.level(50, SOFT) | {"line": {"color": SOFT, "width": 1, "dash": "dot"}}
    width = (max(worths) - min(worths)) or 1.0
    title = {"text": draw.safe(tr("worth of a tenth of a standard deviation, {currency}", currency=currency))}
    layout = {
        "xaxis": draw.axis()
        | {"range": [min(worths) - 0.02 * width, max(worths) + 0.17 * width], "nticks": 6, "tickformat": ",.0f"}
        | {"showgrid": False, "title": title | {"font": {"size": 12, "color": SOFT}, "standoff": 2}},
        "yaxis": draw.axis()
        | {"range": [0, 104], "tickvals": levels, "ticktext": [tr.share(tick / 100) for tick in levels]},
        "annotations": [draw.note(worths[-1], heights[-1], last, PART) | {"xanchor": "left", "xshift": 8}],
        "shapes": [draw.level(0, INK), half],
        "margin": {"l": 50, "r": 10, "t": 10, "b": 48},
    }
    data = [
        draw.line(list(worths), heights, PART, 2.4) | {"hoverinfo": "skip"},
        draw.points(list(worths), heights, {"size": 7, "color": PART}, hover),
    ]
    return figure(data, layout, tr, figure_id=figure_id, alt=alt, height=260)
