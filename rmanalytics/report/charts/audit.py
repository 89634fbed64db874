"""Charts of the audit and of the way into the programme: rules by month, people by stage. Drawn with `figures`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rmanalytics.language.translator import Translator
from rmanalytics.report.charts import drawing as draw
from rmanalytics.report.charts.delivery import grid
from rmanalytics.report.charts.drawing import INK, PART, SOFT, Stroke
from rmanalytics.report.charts.figures import ROW, Figure, chart, labelled_rows
from rmanalytics.results import Curve

_FAINTEST = 0.25
"""Shade of a cell with the fewest breaches, so that it can be told from one without."""


def month_names(months: Sequence[str], tr: Translator) -> list[str]:
    """Months such as ``2026-01`` as readers write them, the year where it is not the same throughout."""
    days = [date.fromisoformat(f"{month}-01") for month in months]
    one_year = len({day.year for day in days}) == 1
    return [tr.month(day.month) + ("" if one_year else f" {day.year}") for day in days]


@chart
def audit_months(curve: Curve, rules: Sequence[tuple[str, str]], tr: Translator, *, figure_id: str, alt: str) -> Figure:
    """Tandems in breach by rule and month, a cell each; ``rules`` are (name in the curve, words) in order."""
    counts = curve.points.set_index(["rule", "month"])["tandems_n"].astype("int64").to_dict()
    months = list(dict.fromkeys(str(month) for month in curve.points["month"]))
    most = max([1, *counts.values()])

    def cell(count: int) -> tuple[str, float]:
        return tr.value(count), _FAINTEST + (1 - _FAINTEST) * count / most if count else 0.0

    cells = [[cell(int(counts[name, month])) for month in months] for name, _ in rules]
    words = [label for _, label in rules]
    return grid(words, month_names(months, tr), cells, tr, figure_id=figure_id, alt=alt, high=38)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage of the way into the programme and how many came to it; None where that is not recorded."""

    label: str
    count: int | None


@chart
def funnel(sides: Sequence[tuple[str, Sequence[Stage]]], tr: Translator, *, figure_id: str, alt: str) -> Figure:
    """People by stage as bars from zero, a stage without a record as words alone; ``sides`` are (title, stages)."""
    labels: list[tuple[str, float]] = []
    placed: list[tuple[Stage, float]] = []
    y = 0.0
    for title, stages in sides:
        labels.append((draw.bold(title), round(y, 2)))
        y -= 0.85
        for stage in stages:
            labels.append((draw.wrapped(stage.label, 20), round(y, 2)))
            placed.append((stage, round(y, 2)))
            y -= 0.72
        y -= 0.3
    shown = [stage.count or 0 for stage, _ in placed]
    bars: Stroke = {
        "type": "bar",
        "orientation": "h",
        "x": shown,
        "y": [at for _, at in placed],
        "width": 0.4,
        "marker": {"color": PART},
        "text": [draw.safe(_said(stage, tr)) for stage, _ in placed],
        "textposition": "outside",
        "constraintext": "none",
        "textfont": {"size": 12.5, "color": [SOFT if stage.count is None else INK for stage, _ in placed]},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }
    layout = {
        "xaxis": draw.no_axis(0, max([*shown, 1]) * 1.14),
        "yaxis": draw.no_axis(y + 0.7, 0.5),
        "shapes": [draw.upright(0, INK)],
    }
    height = round((-y - 0.2) * ROW) + 24
    return labelled_rows([bars], layout, labels, tr, figure_id=figure_id, alt=alt, height=height, left=150)


def _said(stage: Stage, tr: Translator) -> str:
    return tr("not recorded") if stage.count is None else tr.value(stage.count)
