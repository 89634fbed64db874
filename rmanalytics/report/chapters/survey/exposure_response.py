"""The whole company in its pulse survey: its course over the rounds, and where the programme is nearer."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING

from rmanalytics.language.translator import NBSP, Translator, key, translator
from rmanalytics.report.charts import figures, trends
from rmanalytics.report.charts.drawing import row
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, charted, language_of, told
from rmanalytics.report.html.markup import numbers, paragraph, table, text
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import (
    because,
    clear,
    curves,
    estimate,
    found,
    not_estimable,
    outcome_title,
    scale_range,
)
from rmanalytics.report.words.wording import named_interval
from rmanalytics.results import Curve, Result

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

PULSE = "pulse."
NEAR = {
    "tandems in the unit": (
        key("Where there are more tandems, {scale} in the pulse survey is higher"),
        key("Where there are more tandems, {scale} in the pulse survey is lower"),
        key("Whether {scale} is higher where there are more tandems is open"),
        key(
            "Points for each tandem more per 100 people of the unit, scale points {range}, 95% intervals; {n} people "
            "in {units} units who take no part"
        ),
        "exposure-tandems",
    ),
    "distance to a participant": (
        key("Farther from a participant {scale} in the pulse survey is higher"),
        key("Farther from a participant {scale} in the pulse survey is lower"),
        key("Whether {scale} is higher nearer to a participant is open"),
        key(
            "Points for each step farther from a participant in the network, scale points {range}, 95% intervals; {n} "
            "people in {units} units who take no part"
        ),
        "exposure-distance",
    ),
}
"""By how exposure is counted: titles for a slope above, below and around zero, subtitle, figure id."""


def company(study: Study) -> Block:
    """Means of the pulse survey by round, slopes on tandems and distance, and what they cannot show."""
    tr = translator(language_of(study))
    if not len(study.company):
        needs = "answers.csv: wave pulse; positions.csv: unit; tandems.csv"
        return absent(tr("The pulse survey"), None, tr, needs=needs)
    block: Block = []
    for curve in curves(study.company, "pulse_means"):
        block += _course(study, curve, tr)
    slopes = [b for group in NEAR for b in _slopes(study, group, tr)]
    refused = not_estimable(study.company)
    listed = dict.fromkeys(
        tr("{scale}: {reason}", scale=_scale(study, r.outcome, tr), reason=because(r, tr)) for r in refused
    )
    block += slopes
    if listed:
        block += told(tr("Not estimable: {list}.", list="; ".join(listed)))
    warning = tr(
        "Units differ in more than the programme: who leads them, whom they hire, where it was let in first. A slope "
        "compares places and a trend compares years; neither shows that the programme made the difference, nor that it "
        "made none."
    )
    return [*block, paragraph(warning, kind="caution")]


def _scale(study: Study, outcome: str, tr: Translator) -> str:
    return outcome_title(study, outcome.removeprefix(PULSE), tr)


def _course(study: Study, curve: Curve, tr: Translator) -> Block:
    """Means of the whole company, a pulse a round."""
    k = study.programme.k
    points = [p for p in curve.points.to_dict("records") if int(p["n"]) >= k]
    scale = _scale(study, curve.outcome, tr)
    if len(points) < 2:
        return told(tr("{scale}: fewer than two pulses with enough answers.", scale=scale))
    origin = min(r.end for r in study.programme.rounds)
    labels = [_month(origin + timedelta(days=float(p["time_days"])), tr) for p in points]
    values = [(float(p["mean"]), *_limits(float(p["lo"]), float(p["hi"]))) for p in points]
    trend = estimate(study.company, "pulse_trend", outcome=curve.outcome)
    words = {
        "scale": tr.inner(scale),
        "first": tr.number(values[0][0], 2),
        "last": tr.number(values[-1][0], 2),
        "start": labels[0],
        "end": labels[-1],
    }
    if trend is None:
        title = tr("The whole company, {scale}: {first} in {start}, {last} in {end}", **words)
    else:
        title = tr(
            "The whole company, {scale}: {first} in {start}, {last} in {end}; {trend} a year ({interval})",
            trend=wording.bare(trend.value, trend.unit, wording.digits_of(trend), tr),
            interval=named_interval(trend, tr),
            **words,
        )
    name = curve.outcome.removeprefix(PULSE)
    lowest, highest = (float(v) for v in (scale_range(study, name) or "1–5").split("–"))
    chart = trends.means(
        labels,
        [float(p["time_days"]) for p in points],
        values,
        tr,
        figure_id=f"pulse-{name}",
        alt=tr("Series in time. {title}.", title=title),
        ends=(lowest, highest),
    )
    subtitle = tr(
        "Mean of the pulse survey, scale points {range}, 95% intervals; {n} people in all",
        range=scale_range(study, name),
        n=curve.n,
    )
    rows = [
        [label, tr.number(value, 2), _interval(lo, hi, tr), tr.value(int(p["n"]))]
        for label, (value, lo, hi), p in zip(labels, values, points, strict=True)
    ]
    content = table([text(tr("pulse")), numbers(tr("mean")), numbers(tr("95% interval")), numbers(tr("n"))], rows)
    tested = found(study.company, "pulse_trend", outcome=curve.outcome)
    if tested is not None:
        content += tables.estimates([(scale, tested)], tr, first=tr("rise a year"), p_values=True)
    return charted(title, subtitle, chart, content, tr)


def _limits(lo: float, hi: float) -> tuple[float | None, float | None]:
    return (lo, hi) if math.isfinite(lo) and math.isfinite(hi) else (None, None)


def _interval(lo: float | None, hi: float | None, tr: Translator) -> str:
    return "–" if lo is None or hi is None else tr("{lo} to {hi}", lo=tr.number(lo, 2), hi=tr.number(hi, 2))


def _month(day: date, tr: Translator) -> str:
    return f"{tr.month(day.month)}{NBSP}{day.year}"


def _slopes(study: Study, group: str, tr: Translator) -> Block:
    known = study.company.estimates("exposure_slope", group=group)
    if not known:
        return []
    above, below, open_, subtitle, figure_id = NEAR[group]
    first = next((r for r in known if clear(r)), known[0])
    template = open_ if not clear(first) else above if first.value > 0 else below
    title = tr(template, scale=tr.inner(_scale(study, first.outcome, tr)))
    rows = [row(r, _scale(study, r.outcome, tr), tr) for r in known]
    alt = tr("Dots with intervals of the slopes on exposure. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id=figure_id, alt=alt)
    told_of = tr(
        subtitle,
        range=scale_range(study, first.outcome.removeprefix(PULSE)),
        n=first.n,
        units=int(first.extra.get("units", 0)),
    )
    listed: list[tuple[str, Result]] = [(_scale(study, r.outcome, tr), r) for r in known]
    return charted(title, told_of, chart, tables.estimates(listed, tr, first=tr("slope"), p_values=True), tr)
