"""How people left and what opened up: kinds of exit, the hazard while a mentor, project roles, former employees.

A ratio of two rates is read against 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rmanalytics.language.translator import Translator, key, translator
from rmanalytics.report.charts import delivery
from rmanalytics.report.charts.delivery import gone_by, ratio_digits, ratio_row
from rmanalytics.report.charts.drawing import MONTH_DAYS, marks
from rmanalytics.report.charts.figures import Figure
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, charted, folded, language_of, told
from rmanalytics.report.html.markup import numbers, table, text
from rmanalytics.report.html.other_methods import other_methods
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import clear, curves, estimate, found
from rmanalytics.report.words.wording import named_interval
from rmanalytics.results import COMPARISON, GROUPS, PARTICIPANTS, Curve, Estimate, Result

if TYPE_CHECKING:
    from markupsafe import Markup

    from rmanalytics.evaluation import Study

KINDS = {
    "exit.voluntary": (key("of their own will"), key("Within {horizon} months {shares} left of their own will")),
    "exit.retirement": (key("retirement"), key("Within {horizon} months {shares} retired")),
    "exit.other": (key("other reasons"), key("Within {horizon} months {shares} left for other reasons")),
}
"""Kinds of exit, and what a title says of each, by outcome."""
OF_GROUP = {
    PARTICIPANTS: key("{share} of the participants"),
    COMPARISON: key("{share} of the comparison group"),
}
TERMS = {
    "participant": key("being a mentor"),
    "birth_year": key("year of birth"),
    "all": key("all together"),
}
EVENTS = key("events")
"""Unit of the log-rank test, which tables write out."""
NEEDS = "people.csv: hire_date, exit_date, exit_reason; comparison.csv"


def kinds_of_exit(study: Study) -> Block:
    """Shares that left of their own will, retired or left for other reasons, month by month, the kinds competing."""
    tr = translator(language_of(study))
    made = {kind: _by_group(study, kind) for kind in KINDS}
    lines = [curve for groups in made.values() for curve in groups]
    if not lines:
        return absent(tr("Kinds of exit"), _refusal(study), tr, needs=NEEDS)
    block: Block = []
    for kind, groups in made.items():
        if groups and (kind == "exit.voluntary" or any(entered(c) for c in groups)):
            block += _drawn(kind, groups, tr)
    horizon = max(math.floor(min(float(c.points["time_days"].max()) for c in lines) / MONTH_DAYS), 1)
    block.append(_kinds_table(made, horizon, tr))
    note = tr(
        "Whoever left for one reason can no longer leave for another, so the kinds compete, and their shares add up."
    )
    return block + told(note) + _log_rank(study, tr)


def _refusal(study: Study) -> Result | None:
    return next((r for kind in KINDS for r in study.retention.find("cumulative_incidence", outcome=kind)), None)


def _by_group(study: Study, kind: str) -> list[Curve]:
    by_group = {c.group: c for c in curves(study.retention, "cumulative_incidence", outcome=kind)}
    return [by_group[group] for group in GROUPS if group in by_group]


def entered(curve: Curve) -> int:
    """How many had what a `cumulative_incidence` curve counts."""
    return int(curve.points["events_n"].sum())


def _drawn(kind: str, groups: Sequence[Curve], tr: Translator) -> Block:
    months = marks(max(float(curve.points["time_days"].max()) for curve in groups))
    read = [gone_by(curve, months) for curve in groups]
    shares = [
        tr(OF_GROUP.get(curve.group, OF_GROUP[COMPARISON]), share=tr.share(points[-1][1]))
        for curve, points in zip(groups, read, strict=True)
    ]
    title = tr(KINDS[kind][1], horizon=months[-1], shares=tr(" and ").join(shares))
    alt = tr("Lines of the shares that have left by month since the match. {title}.", title=title)
    chart = delivery.incidence(groups, tr, figure_id=f"incidence-{kind.partition('.')[2]}", alt=alt)
    subtitle = tr(
        "Juniors who have left since the match, other kinds of exit competing, bands: 95% intervals; {n} people",
        n=tr(" and ").join(tr.value(curve.n) for curve in groups),
    )
    heads = [numbers(tr("months since the match"))]
    for curve in groups:
        heads += [numbers(wording.group_name(curve.group, tr)), numbers(tr("95% interval"))]
    rows = [
        [tr.value(month), *(cell for points in read for cell in cells(points[i], tr))] for i, month in enumerate(months)
    ]
    exits = tr("Exits of this kind: {list}.", list=_exits_of(groups, tr))
    return charted(title, subtitle, chart, table(heads, rows), tr) + told(exits)


def _exits_of(groups: Sequence[Curve], tr: Translator) -> str:
    return "; ".join(f"{wording.group_name(c.group, tr)} {tr.value(entered(c))}" for c in groups)


def cells(point: tuple[int, float, float | None, float | None], tr: Translator) -> list[str]:
    """A share and its limits, in words."""
    _, share, lo, hi = point
    limits = tr("{lo} to {hi}", lo=tr.share(lo), hi=tr.share(hi)) if lo is not None and hi is not None else "–"
    return [tr.share(share), limits]


def _kinds_table(made: Mapping[str, Sequence[Curve]], horizon: int, tr: Translator) -> Markup:
    """Every kind of exit of both groups at the last month that both were followed to."""
    present = [group for group in GROUPS if any(c.group == group for groups in made.values() for c in groups)]
    heads = [text(tr("left within {horizon} months", horizon=horizon))]
    heads += [numbers(wording.group_name(group, tr)) for group in present]
    rows = []
    for kind, groups in made.items():
        by_group = {curve.group: curve for curve in groups}
        rows.append([tr(KINDS[kind][0]), *(_at(by_group.get(group), horizon, tr) for group in present)])
    return table(heads, rows)


def _at(curve: Curve | None, month: int, tr: Translator) -> str:
    if curve is None:
        return "–"
    share, limits = cells(gone_by(curve, [month])[0], tr)
    return share if limits == "–" else tr("{value} ({limits})", value=share, limits=limits)


def _log_rank(study: Study, tr: Translator) -> Block:
    """Exits beyond those that one common rate would give, over the whole follow-up."""
    result = found(study.retention, "log_rank")
    what = tr("Exits of their own will over the whole follow-up, both groups compared")
    if not isinstance(result, Estimate):
        return absent(what, result, tr, needs="comparison.csv")
    holds = not clear(result)
    less = result.value < 0
    words = {
        "size": wording.bare(abs(result.value), result.unit, wording.digits_of(result), tr),
        "interval": named_interval(result, tr, turned=less),
    }
    template = (
        key("Among the participants there were {size} exits fewer than one common rate would give ({interval}).")
        if less
        else key("Among the participants there were {size} exits more than one common rate would give ({interval}).")
    )
    apart = tr("The interval holds zero, so the rates of the two groups cannot be told apart.") if holds else ""
    row = [(tr("exits of the participants beyond those expected"), result)]
    listed = tables.estimates(row, tr, first=tr("log-rank test"), p_values=True)
    return told(tr(template, **words), apart) + folded(tr("Show the numbers"), listed)


def hazard(study: Study) -> Block:
    """Hazard of leaving while a mentor against while none, and whether their ratio is the same at all times."""
    tr = translator(language_of(study))
    what = tr("Hazard of leaving while a mentor")
    ratio = found(study.retention, "hazard_ratio")
    if not isinstance(ratio, Estimate):
        return absent(what, ratio, tr, needs="people.csv, tandems.csv")
    said = {"ratio": _ratio(ratio, tr), "interval": named_interval(ratio, tr)}
    if _clear(ratio):
        title = tr("While mentors, people leave at {ratio} times the rate of others ({interval})", **said)
    else:
        title = tr(
            "Whether people leave at another rate while mentors is open: {ratio} times that of others ({interval})",
            **said,
        )
    chart = _one(ratio, tr("hazard while a mentor ÷ while none"), title, "hazard-ratio", tr)
    subtitle = tr(
        "Hazard ratio of exits of their own will, 95% interval, time since hire, all rounds so far; {n} people with "
        "time as a mentor, {other} with time as none",
        n=ratio.n,
        other=ratio.n_comparator or 0,
    )
    listed = tables.estimates([(what, ratio)], tr, first=tr("Cox model"), p_values=True)
    note = tr(
        "Before the match a mentor's time counts as that of others, so that the wait for it is not credited to the "
        "programme. Who becomes a mentor is chosen: the ratio compares, and does not say why."
    )
    ordered = (
        tr(
            "Of two people, the one with the higher hazard by the model left first in {share} of the pairs "
            "(concordance; half would be chance).",
            share=tr.share(ratio.extra["concordance"]),
        )
        if "concordance" in ratio.extra
        else ""
    )
    block = charted(title, subtitle, chart, listed, tr) + told(note, ordered) + _proportional(study, tr)
    return block + other_methods(found(study.retention, "hazard_alternatives"), tr)


def _proportional(study: Study, tr: Translator) -> Block:
    result = found(study.retention, "proportional_hazards_check")
    if not isinstance(result, Curve):
        return absent(tr("Whether the ratio is the same at all times"), result, tr)
    points = result.points.to_dict("records")
    own = next((p for p in points if p["term"] == "participant"), None)
    sentence = ""
    if own is not None:
        sentence = (
            tr("The ratio changes with the time since hire, so one figure for all times says too little.")
            if own["p_value"] < 0.05
            else tr("Whether the ratio changes with the time since hire is open: a change could hide.")
        )
    rows = [
        [
            tr(TERMS.get(str(p["term"]), str(p["term"]).replace("_", " "))),
            tr.number(float(p["chi_square"]), 2),
            tr.value(int(p["df"])),
            tr.p(float(p["p_value"])),
        ]
        for p in points
    ]
    heads = [
        text(tr("part of the model")),
        numbers(tr("chi-square")),
        numbers(tr("degrees of freedom")),
        numbers(tr("p")),
    ]
    return told(sentence) + folded(tr("The check of a constant ratio"), table(heads, rows))


def _clear(ratio: Estimate) -> bool:
    """Whether the interval leaves out 1."""
    return ratio.lo is not None and ratio.hi is not None and not ratio.lo <= 1 <= ratio.hi


def _ratio(ratio: Estimate, tr: Translator) -> str:
    return tr.number(ratio.value, ratio_digits(ratio.value, ratio.lo, ratio.hi))


def _one(ratio: Estimate, label: str, title: str, figure_id: str, tr: Translator) -> Figure:
    """A single ratio against 1."""
    alt = tr("Dot with interval of the ratio, on an axis about 1. {title}.", title=title)
    return delivery.ratios([("", [ratio_row(ratio, label, tr)])], tr, figure_id=figure_id, alt=alt)


def project_roles(study: Study) -> Block:
    """How often juniors took up project roles after the match, against the comparison group."""
    tr = translator(language_of(study))
    what = tr("Project roles of the juniors")
    ratio = found(study.retention, "role_rate_ratio_spread")
    if not isinstance(ratio, Estimate):
        return absent(what, ratio, tr, needs="projects.csv: person_id, start_date; comparison.csv")
    said = {"ratio": _ratio(ratio, tr), "interval": named_interval(ratio, tr)}
    if _clear(ratio):
        title = tr(
            "Juniors took up {ratio} times as many project roles a year as the comparison group ({interval})", **said
        )
    else:
        title = tr(
            "Whether juniors took up more or fewer project roles is open: {ratio} times as many ({interval})", **said
        )
    chart = _one(ratio, tr("roles a year ÷ comparison group's"), title, "project-roles", tr)
    subtitle = tr(
        "Ratio of the rates of new project roles after the match, 95% interval; {n} people; against {comparator}",
        n=wording.n_text(ratio, tr),
        comparator=tr(ratio.comparator),
    )
    listed = tables.estimates([(what, ratio)], tr, first=tr("rate ratio"), p_values=True)
    rates = _rates(ratio, (tr("participants"), tr("comparison group")), tr("new roles"), tr)
    others = other_methods(found(study.retention, "role_rate_alternatives"), tr)
    return charted(title, subtitle, chart, listed + rates, tr) + others


def _rates(ratio: Estimate, labels: tuple[str, str], counted: str, tr: Translator) -> Markup:
    """Events, years under observation and their rate, for both sides of a ratio."""
    sides = [(ratio.extra[f"events{end}"], ratio.extra[f"years{end}"]) for end in ("", "_comparison")]
    rows = [
        [label, tr.value(int(events)), tr.number(years, 0), tr.number(100 * events / years, 1)]
        for label, (events, years) in zip(labels, sides, strict=True)
    ]
    heads = [text(tr("group")), numbers(counted), numbers(tr("person-years"))]
    return table([*heads, numbers(tr("per 100 years of a person"))], rows)


def former_employees(study: Study) -> Block:
    """How often former employees come back, while involved in the programme and while not."""
    tr = translator(language_of(study))
    what = tr("Former employees who come back")
    ratio, rate = found(study.retention, "rehire_rate_ratio"), estimate(study.retention, "rehire_rate")
    overall = _overall(rate, tr)
    if not isinstance(ratio, Estimate):
        return absent(what, ratio, tr, needs="alumni.csv: exit_date, involved_from, rehire_date") + overall
    said = {"ratio": _ratio(ratio, tr), "interval": named_interval(ratio, tr)}
    if _clear(ratio):
        title = tr(
            "Former employees came back {ratio} times as often while involved in the programme ({interval})", **said
        )
    else:
        title = tr("Whether involved former employees come back more often is open: {ratio} times ({interval})", **said)
    chart = _one(ratio, tr("rate while involved ÷ while not"), title, "rehires", tr)
    subtitle = tr(
        "Ratio of the rates of coming back, exact 95% interval; {n} people with time involved, {other} with time not "
        "involved",
        n=ratio.n,
        other=ratio.n_comparator or 0,
    )
    listed = tables.estimates([(what, ratio)], tr, first=tr("rate ratio"), p_values=True)
    rates = _rates(ratio, (tr("while involved"), tr("while not involved")), tr("came back"), tr)
    note = tr("Who becomes involved is not chosen by lot: the ratio compares, and does not say why.")
    return charted(title, subtitle, chart, listed + rates, tr) + overall + told(note)


def _overall(rate: Estimate | None, tr: Translator) -> Block:
    if rate is None:
        return []
    return told(
        tr(
            "Of a hundred former employees {rate} come back in a year ({interval}); {n} people were followed.",
            rate=wording.bare(rate.value, rate.unit, wording.digits_of(rate), tr),
            interval=named_interval(rate, tr),
            n=rate.n,
        )
    )
