"""Staying and moving on: curves from the day of the match, days stayed, the naive figure beside the right one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from rmanalytics.language.translator import Translator, key, translator
from rmanalytics.measures.retention.median_stay import NOT_REACHED
from rmanalytics.report.charts import figures, overview
from rmanalytics.report.charts.drawing import MONTH_DAYS, marks, read_at, row
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, charted, language_of, told
from rmanalytics.report.html.markup import numbers, table, text
from rmanalytics.report.words import sentences as words
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import because, clear, curves, estimate, found
from rmanalytics.report.words.wording import named_interval
from rmanalytics.results import GROUPS, Curve, Estimate, NotEstimable

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

NEEDS = "people.csv: hire_date, exit_date, exit_reason; comparison.csv"


def survival(study: Study) -> Block:
    """Who stayed: the two curves, and the difference in days."""
    tr = translator(language_of(study))
    subtitle = key("Juniors not left of their own will since the match, bands: 95% intervals; {n} people")
    return _followed(study, "retention", tr("Staying"), subtitle, tr, needs=NEEDS)


def promotion(study: Study) -> Block:
    """Who was promoted: the share not yet promoted, and the difference in days."""
    tr = translator(language_of(study))
    subtitle = key("Juniors not yet promoted since the match, bands: 95% intervals; {n} people")
    needs = "positions.csv: person_id, start_date, level; comparison.csv"
    return _followed(study, "promotion", tr("Promotion"), subtitle, tr, needs=needs)


def _followed(study: Study, outcome: str, what: str, subtitle: str, tr: Translator, *, needs: str) -> Block:
    lines = {c.group: c for c in curves(study.retention, "survival_curve", outcome=outcome)}
    drawn = [lines[group] for group in GROUPS if group in lines]
    difference = found(study.retention, "rmst_difference", outcome=outcome)
    block: Block = []
    if drawn:
        title = _title(outcome, what, difference, tr)
        n = tr(" and ").join(tr.value(curve.n) for curve in drawn)
        alt = tr("Curves of the shares by month since the match. {title}.", title=title)
        chart = overview.survival(drawn, tr, figure_id=f"survival-{outcome}", alt=alt)
        block += charted(title, tr(subtitle, n=n), chart, _curve_table(drawn, tr), tr)
    else:
        first = found(study.retention, "survival_curve", outcome=outcome) or difference
        return absent(what, first, tr, needs=needs)
    if isinstance(difference, Estimate):
        block += _difference(study, outcome, difference, tr)
    else:
        block += absent(tr("Difference between the groups"), difference, tr, needs="comparison.csv")
    return block


def _title(outcome: str, what: str, difference: object, tr: Translator) -> str:
    if isinstance(difference, NotEstimable):
        return tr("{what} of the juniors; the difference between the groups is not estimable", what=what)
    if not isinstance(difference, Estimate):
        return tr("{what} of the juniors, without a comparison", what=what)
    horizon = round(difference.extra.get("tau", 0.0) / MONTH_DAYS)
    turned = difference.value < 0
    holds = not clear(difference)
    interval = named_interval(difference, tr, turned=turned)
    if outcome == "promotion":
        if holds:
            template = key("Whether juniors were promoted sooner or later within {horizon} months is open")
        else:
            template = (
                key("Within {horizon} months juniors were promoted sooner {than}")
                if turned
                else key("Within {horizon} months juniors were promoted later {than}")
            )
        return tr(template, horizon=horizon, than=words.beside(difference, tr))
    if holds:
        return tr(
            "Within {horizon} months juniors stayed {size} {way}; whether the groups differ is open ({interval})",
            horizon=horizon,
            size=wording.size_text(difference, tr),
            way=tr("less") if turned else tr("more"),
            interval=interval or tr("without an interval"),
        )
    template = (
        key("Within {horizon} months juniors stayed {size} less {than} ({interval})")
        if turned
        else key("Within {horizon} months juniors stayed {size} more {than} ({interval})")
    )
    size, than = wording.size_text(difference, tr), words.beside(difference, tr)
    return tr(template, horizon=horizon, size=size, than=than, interval=interval)


def _curve_table(drawn: list[Curve], tr: Translator) -> Markup:
    months = marks(max(float(c.points["time_days"].max()) for c in drawn))
    columns = [numbers(tr("months since the match"))]
    for curve in drawn:
        name = wording.group_name(curve.group, tr)
        columns += [numbers(name), numbers(tr("95% interval")), numbers(tr("still followed"))]
    read = [read_at(curve, months) for curve in drawn]
    rows = []
    for i, month in enumerate(months):
        cells = [tr.value(month)]
        for points in read:
            _, share, lo, hi, at_risk = points[i]
            limits = tr("{lo} to {hi}", lo=tr.share(lo), hi=tr.share(hi)) if lo is not None and hi is not None else "–"
            cells += [tr.share(share), limits, "–" if at_risk is None else tr.value(at_risk)]
        rows.append(cells)
    return table(columns, rows)


def _difference(study: Study, outcome: str, difference: Estimate, tr: Translator) -> Block:
    extra = difference.extra
    rows = [(tr("days without the event, participants minus comparison group"), difference)]
    block: Block = [
        tables.estimates(rows, tr, first=tr("up to {days} days", days=round(extra.get("tau", 0.0))), p_values=True)
    ]
    events = {e.group: e for e in study.retention.estimates("events", outcome=outcome)}
    if set(GROUPS) <= set(events):
        cells = [
            (
                wording.group_name(g, tr),
                tr.value(int(events[g].value)),
                tr.value(events[g].n),
                _half(study, outcome, g, tr),
            )
            for g in GROUPS
        ]
        head = tr("left of their own will") if outcome == "retention" else tr("promoted")
        block.append(
            table(
                [text(tr("group")), numbers(head), numbers(tr("people")), numbers(tr("day by which half were gone"))],
                cells,
            )
        )
    if outcome == "retention":
        note = tr(
            "Other exits (retirement, end of contract, transfer) end the follow-up without counting. A comparison "
            "person who later gets a tandem is followed up to that day."
        )
        block += told(note)
    return block


def _half(study: Study, outcome: str, group: str, tr: Translator) -> str:
    """Median day with its interval, or from when on where that is open upwards; else the reason why there is none."""
    median = found(study.retention, "median_stay", outcome=outcome, group=group)
    if isinstance(median, NotEstimable):
        return tr("not reached") if median.reason == NOT_REACHED else because(median, tr)
    if not isinstance(median, Estimate):
        return "–"
    if median.hi is None:
        return tr("{day} (from {least} on)", day=round(median.value), least=round(median.extra["at_least"]))
    return tables.with_limits(median, tr)


def naive_retention(study: Study) -> Block:
    """Three ways to read the same people: from the match, from a landmark day, and, wrongly, from the hire date."""
    tr = translator(language_of(study))
    naive = found(study.retention, "naive_rmst_difference")
    right = estimate(study.retention, "rmst_difference", outcome="retention")
    landmark = estimate(study.retention, "landmark_rmst_difference")
    if not isinstance(naive, Estimate):
        return absent(tr("The naive figure"), naive, tr, needs=NEEDS)
    told_of = [] if right is None else [(tr("from the match, both groups alike"), right)]
    told_of += [] if landmark is None else [(tr("from the day of the last match, those still there"), landmark)]
    told_of += [(tr("from the hire date (naive)"), naive)]
    looks: dict[int, dict[str, Any]] = {id(right): {"strong": True}, id(naive): {"tone": "warn"}}
    rows = [row(result, label, tr, **looks.get(id(result), {})) for label, result in told_of]
    title = tr(
        "Counted from the hire date the difference would seem to be {naive}, which says nothing about the programme",
        naive=wording.value_text(naive, tr),
    )
    alt = tr("Dots with intervals of the figures. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id="naive-retention", alt=alt)
    subtitle = tr("Difference in days stayed, participants minus others, 95% intervals; horizons differ")
    why = tr(
        "To become a participant one must first have stayed until the match: those days cannot be lost, and counted "
        "from the hire date they are credited to the programme."
    )
    day = tr(
        "A landmark day does without them too: it takes those who are there when the last pair is matched, and asks "
        "nothing of the time before."
    )
    block = charted(title, subtitle, chart, tables.estimates(told_of, tr, first=tr("figure")), tr)
    return block + told(why, day if landmark is not None else "")
