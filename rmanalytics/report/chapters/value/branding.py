"""Around the round: employer branding, and all rounds side by side."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from rmanalytics.briefing.figures import METRICS
from rmanalytics.language.translator import NBSP, Translator, key, translator
from rmanalytics.report.charts import figures
from rmanalytics.report.charts.drawing import row
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, charted, language_of, told
from rmanalytics.report.html.markup import numbers, table, text
from rmanalytics.report.html.other_methods import other_methods
from rmanalytics.report.words import sentences as words
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import (
    because,
    curves,
    estimate,
    found,
    not_estimable,
    outcome_title,
    primary,
    scale_range,
)
from rmanalytics.report.words.wording import named_interval
from rmanalytics.results import Curve, Estimate, Result

if TYPE_CHECKING:
    import pandas as pd

    from rmanalytics.evaluation import Study


MENTION = {"exposed": key("mention seen"), "not exposed": key("mention not seen")}


def branding(study: Study) -> Block:
    """What those who saw the programme mentioned do, against those who did not, and each metric over time."""
    tr = translator(language_of(study))
    if not len(study.branding):
        return absent(
            tr("Employer branding"), None, tr, needs="branding.csv: date, metric, numerator, denominator, exposed"
        )
    block: Block = _exposed(study, tr)
    block += _interrupted(study, tr)
    for curve in curves(study.branding, "branding_series"):
        block += _series(curve, tr)
    refused = not_estimable(study.branding)
    listed = [tr("{what}: {reason}", what=metric_name(r.outcome, tr), reason=because(r, tr)) for r in refused]
    return block + (told(tr("Not estimable: {list}.", list="; ".join(listed))) if listed else [])


def metric_name(metric: str, tr: Translator) -> str:
    """A metric's code in words."""
    return tr(METRICS.get(metric.lower(), wording.sentence(metric.replace("_", " "))))


def _exposed(study: Study, tr: Translator) -> Block:
    differences = study.branding.estimates("branding_difference")
    if not differences:
        return []
    differences.sort(key=lambda d: -d.value)
    rows = [row(d, metric_name(d.outcome, tr), tr) for d in differences]
    first = differences[0]
    title = words.compared(metric_name(first.outcome, tr), first, tr)
    alt = tr("Dots with intervals of the difference by metric. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id="branding-difference", alt=alt)
    subtitle = tr(
        "Share among those who saw the programme mentioned minus share among those who did not, percentage points, "
        "95% intervals; {n} people",
        n=wording.n_text(first, tr),
    )
    shares: list[tuple[str, Result]] = [
        (f"{metric_name(r.outcome, tr)}, {tr(MENTION[r.group])}", r) for r in study.branding.estimates("branding_share")
    ]
    listed: list[tuple[str, Result]] = [(metric_name(d.outcome, tr), d) for d in differences]
    table_of = tables.estimates(listed + shares, tr, first=tr("metric"), p_values=True)
    note = tr("Who sees a mention is not decided by lot, so this compares and does not prove.")
    period = tr(
        "Compared within {quarters} quarters and sources, {first} to {last}; without that it would be {pooled}.",
        quarters=int(first.extra.get("quarters", 0)),
        first=_quarter(first.extra.get("first_quarter", 0)),
        last=_quarter(first.extra.get("last_quarter", 0)),
        pooled=wording.value_text(replace(first, value=first.extra.get("pooled", first.value)), tr),
    )
    return charted(title, subtitle, chart, table_of, tr) + told(period, note)


def _quarter(code: float) -> str:
    return f"{int(code) // 10}{NBSP}Q{int(code) % 10}"


def _interrupted(study: Study, tr: Translator) -> Block:
    """Finished figures such as a rating: how far they lay from their earlier trend since the programme began."""
    found = study.branding.estimates("branding_interruption")
    if not found:
        return []
    listed: list[tuple[str, Result]] = [(metric_name(r.outcome, tr), r) for r in found]
    said = [
        tr(
            "{what}: {value} from its earlier trend since the programme began ({interval}); asked at {placebos} other "
            "days before it, it lay as far {beyond} times.",
            what=metric_name(r.outcome, tr),
            value=wording.bare(r.value, r.unit, wording.digits_of(r), tr),
            interval=named_interval(r, tr),
            placebos=int(r.extra["placebos"]),
            beyond=int(r.extra["placebos_beyond"]),
        )
        for r in found
    ]
    return [*told(*said), tables.estimates(listed, tr, first=tr("metric"), p_values=True)]


def _series(curve: Curve, tr: Translator) -> Block:
    name = metric_name(curve.outcome, tr)
    if "share" in curve.points:
        return _one_series(curve.points, f"branding-{curve.outcome}", name, tr)
    block: Block = []
    sources = list(dict.fromkeys(str(source) for source in curve.points["source"])) if "source" in curve.points else []
    if len(sources) < 2:
        return _one_series(curve.points, f"branding-{curve.outcome}", name, tr)
    for number, source in enumerate(sources, start=1):
        mine = curve.points[curve.points["source"].astype("str") == source]
        block += _one_series(mine, f"branding-{curve.outcome}-{number}", f"{name} ({source})", tr)
    return block


def _one_series(points: pd.DataFrame, figure_id: str, name: str, tr: Translator) -> Block:
    column = "share" if "share" in points else "value"
    known = points[points[column].notna()]
    if len(known) < 2:
        return told(tr("{metric}: too few days for a series.", metric=name))
    scale, suffix = (100, tr.percent) if column == "share" else (1, "")
    has = {"lo", "hi"} <= set(known.columns)
    values = [
        (float(p[column]) * scale, float(p["lo"]) * scale if has else None, float(p["hi"]) * scale if has else None)
        for p in known.to_dict("records")
    ]
    labels = [_month(str(day), tr) for day in known["date"]]
    digits = 0 if all(abs(v - round(v)) < 1e-9 for v, _, _ in values) or column == "share" else 1
    start, end = (tr.number(values[i][0], digits) + suffix for i in (0, -1))
    title = tr(
        "{metric}: from {start} in {first} to {end} in {last}",
        metric=name,
        start=start,
        end=end,
        first=labels[0],
        last=labels[-1],
    )
    alt = tr("Series in time. {title}.", title=title)
    chart = figures.over_time(labels, values, tr, figure_id=figure_id, alt=alt, digits=digits, suffix=suffix)
    rows = [
        [str(day), tr.number(value, digits), _limits(lo, hi, digits, tr)]
        for day, (value, lo, hi) in zip(known["date"], values, strict=True)
    ]
    columns = [text(tr("date")), numbers(tr("per cent") if suffix else tr("value")), numbers(tr("95% interval"))]
    subtitle = tr("Share of everybody counted, 95% intervals") if suffix else tr("Value as delivered, no interval")
    return charted(title, subtitle, chart, table(columns, rows), tr)


def _limits(lo: float | None, hi: float | None, digits: int, tr: Translator) -> str:
    if lo is None or hi is None:
        return "–"
    return tr("{lo} to {hi}", lo=tr.number(lo, digits), hi=tr.number(hi, digits))


def _month(day: str, tr: Translator) -> str:
    when = date.fromisoformat(day)
    return f"{tr.month(when.month)}{NBSP}{when.year}"


def across(study: Study) -> Block:
    """The primary outcome, completion and the bridge, round by round."""
    tr = translator(language_of(study))
    block = _primary(study, tr) + _completion(study, tr) + _bridge(study, tr)
    return block or absent(tr("Rounds side by side"), None, tr, needs="answers.csv, meetings.csv")


def _primary(study: Study, tr: Translator) -> Block:
    outcome, _ = primary(study)
    rounds = study.across.estimates("adjusted_difference")
    if not outcome or not rounds:
        return []
    rows = [row(r, wording.round_name(r.group), tr, strong=r.group == study.round.id) for r in rounds]
    listed: list[tuple[str, Result]] = [(wording.round_name(r.group), r) for r in rounds]
    scale = outcome_title(study, outcome, tr)
    together = estimate(study.across, "clustered_difference")
    if together is not None:
        label = tr("all rounds together")
        rows.append(row(together, label, tr, strong=True, diamond=True))
        listed.append((label, together))
        title = tr(
            "{scale}: {value} over all {n} rounds ({interval})",
            scale=scale,
            value=wording.value_text(together, tr),
            n=len(rounds),
            interval=named_interval(together, tr),
        )
    else:
        title = tr("{scale}, round by round", scale=scale)
    alt = tr("Dots with intervals, one row a round. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id="across-primary", alt=alt)
    subtitle = tr(
        "Adjusted difference after each round, scale points {range}, 95% intervals; {n} rounds",
        range=scale_range(study, outcome),
        n=len(rounds),
    )
    check = estimate(study.across, "pooled_difference")
    listed += [(tr("all rounds, random effects as a check"), check)] if check is not None else []
    numbers_table = tables.estimates(listed, tr, first=tr("round"), p_values=True)
    others = other_methods(found(study.across, "pooled_alternatives"), tr)
    return charted(title, subtitle, chart, numbers_table, tr) + told(*_together(study, together, tr)) + others


def _together(study: Study, together: Estimate | None, tr: Translator) -> list[str]:
    """Whom the last row holds, and what may be said of the next round."""
    refused = not_estimable(study.across.find("clustered_difference"))
    sentences = [tr("Not taken together: {reason}.", reason=because(r, tr)) for r in refused]
    if together is not None and {"clusters", "rounds"} <= set(together.extra):
        sentences.append(
            tr(
                "The last row is one model of everybody: {n} participations against {other} in the comparison group "
                "over {rounds} rounds, {people} people, each of whom counts as one cluster.",
                n=int(together.extra["pairs"]),
                other=int(together.extra["pairs_comparison"]),
                rounds=int(together.extra["rounds"]),
                people=int(together.extra["clusters"]),
            )
        )
    expected = estimate(study.across, "next_round_difference")
    if expected is not None and expected.lo is not None and expected.hi is not None:
        told = {"lo": tr.number(expected.lo, 2), "hi": tr.number(expected.hi, 2)}
        sentences.append(
            tr("If the next round is one like these, its true difference lies between {lo} and {hi} (95%).", **told)
        )
    return sentences


def _completion(study: Study, tr: Translator) -> Block:
    shares = study.across.estimates("completion_share")
    if len(shares) < 2:
        return []
    rows = [row(r, wording.round_name(r.group), tr, strong=r.group == study.round.id) for r in shares]
    title = tr(
        "{share} of tandems held all meetings in {round}, {before} the round before",
        share=wording.value_text(shares[-1], tr),
        round=wording.round_name(shares[-1].group),
        before=wording.value_text(shares[-2], tr),
    )
    alt = tr("Dots with intervals, one row a round. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id="across-completion", alt=alt)
    listed: list[tuple[str, Result]] = [(wording.round_name(r.group), r) for r in shares]
    subtitle = tr("Share of tandems matched that held every planned meeting, per cent, 95% intervals")
    return charted(title, subtitle, chart, tables.estimates(listed, tr, first=tr("round")), tr)


def _bridge(study: Study, tr: Translator) -> Block:
    excess = study.across.estimates("ei_excess")
    if len(excess) < 2:
        return []
    labels = [_month(r.group, tr) for r in excess]
    title = tr(
        "Ties between generations against chance: {first} in {start}, {last} in {end}",
        first=wording.value_text(excess[0], tr),
        start=labels[0],
        last=wording.value_text(excess[-1], tr),
        end=labels[-1],
    )
    alt = tr("Series in time. {title}.", title=title)
    chart = figures.over_time(labels, [(r.value, r.lo, r.hi) for r in excess], tr, figure_id="ei-over-waves", alt=alt)
    listed: list[tuple[str, Result]] = [(label, r) for label, r in zip(labels, excess, strict=True)]
    subtitle = tr("E–I index minus what group sizes alone give, tandem ties taken out; 0: as chance would give")
    return charted(title, subtitle, chart, tables.estimates(listed, tr, first=tr("wave")), tr)
