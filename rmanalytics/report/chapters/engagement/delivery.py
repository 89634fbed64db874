"""The programme as delivered: meetings, topics, how the two of a tandem differ, costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rmanalytics.language.translator import Translator, key, plural, translator
from rmanalytics.report.charts import figures, overview
from rmanalytics.report.charts.drawing import row
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, charted, language_of, told
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import estimate, found
from rmanalytics.report.words.wording import named_interval, value_text
from rmanalytics.results import Curve

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

GAPS = {
    "junior_mentor_share": key("mentor the younger of the two"),
    "age_gap": key("age, senior minus junior"),
    "level_gap": key("level, senior minus junior"),
}
DELIVERY = {
    "held_share": key("planned meetings held"),
    "held_mean": key("meetings held by a tandem"),
    "completion_share": key("tandems that held all planned meetings"),
    "ended_early_share": key("tandems that ended early"),
    "first_meeting_delay": key("from the match to the first meeting"),
}
COSTS = {
    "cost_total": key("the whole round"),
    "cost_per_tandem": key("per tandem matched"),
    "cost_per_completed_tandem": key("per tandem that held all meetings"),
}


def meetings(study: Study) -> Block:
    """When tandems met, how many meetings they held, how soon, and why some ended."""
    tr = translator(language_of(study))
    results = study.engagement
    if not results.find("held_mean") and not results.find("held_share"):
        return absent(tr("Meetings"), None, tr, needs="meetings.csv: tandem_id, number, status, held_date")
    rows = [(tr(label), r) for name, label in DELIVERY.items() if (r := found(results, name)) is not None]
    block: Block = []
    block += _calendar(results.curve("calendar"), tr)
    block += _by_number(results.curve("meetings_by_number"), tr)
    block += _distribution(study, tr)
    block.append(tables.estimates(rows, tr, first=tr("Delivery")))
    return block + _endings(study, tr)


def _calendar(curve: Curve | None, tr: Translator) -> Block:
    if curve is None:
        return []
    held = [int(n) for n in curve.points["held_n"]]
    quiet = sum(n == 0 for n in held)
    meetings = tr(plural("{n} meeting", "{n} meetings"), n=sum(held))
    weeks = tr(plural("{n} week", "{n} weeks"), n=len(held))
    title = tr("{meetings} in {weeks}, {quiet} of them without any", meetings=meetings, weeks=weeks, quiet=quiet)
    alt = tr("Strip of weeks shaded by meetings held. {title}.", title=title)
    chart = overview.calendar(curve, tr, figure_id="calendar", alt=alt)
    numbers = tables.counts(
        (tr("week from"), tr("meetings held")),
        [(str(week), tr.value(n)) for week, n in zip(curve.points["week"], held, strict=True)],
    )
    return charted(title, tr("Meetings held each week; {n} tandems", n=curve.n), chart, numbers, tr)


def _by_number(curve: Curve | None, tr: Translator) -> Block:
    if curve is None or not len(curve.points):
        return []
    number = [int(n) for n in curve.points["number"]]
    held = [int(n) for n in curve.points["held_n"]]
    shares = (curve.points["held_n"] / curve.points["planned_n"]).to_list()
    said = [tr.share(share) for share in shares]
    words = {"last": number[-1], "first": said[0], "end": said[-1]}
    if not all(math.isfinite(share) for share in shares):
        title = tr("Tandems that held each meeting")
    elif shares[-1] < shares[0] - 0.03:
        title = tr("{first} of tandems held the first meeting, {end} meeting number {last}", **words)
    else:
        title = tr("{first} of tandems held the first meeting and {end} meeting number {last}", **words)
    chart = figures.dots(
        [tr("meeting {number}", number=n) for n in number],
        [round(100 * share, 1) for share in shares],
        said,
        tr,
        figure_id="meetings-by-number",
        alt=tr("Dots of the share of tandems that held each meeting. {title}.", title=title),
        most=100,
        suffix=tr.percent,
    )
    numbers = tables.counts(
        (tr("meeting"), tr("held, of {n} tandems matched", n=curve.n)),
        [(tr.value(n), tr.value(count)) for n, count in zip(number, held, strict=True)],
    )
    subtitle = tr("Share of the {n} tandems matched that held each planned meeting", n=curve.n)
    return charted(title, subtitle, chart, numbers, tr)


def _distribution(study: Study, tr: Translator) -> Block:
    curve = study.engagement.curve("held_distribution")
    if curve is None or not len(curve.points):
        return []
    counts = [int(n) for n in curve.points["tandems_n"]]
    words = [tr.value(n) for n in counts]
    labels = [tr.value(int(held)) for held in curve.points["held"]]
    mean = estimate(study.engagement, "held_mean")
    if mean is not None:
        interval = named_interval(mean, tr)
        title = tr(
            "A tandem held {mean} of {planned} planned meetings on average ({interval})",
            mean=wording.bare(mean.value, mean.unit, wording.digits_of(mean), tr),
            planned=study.round.planned_meetings,
            interval=interval,
        )
    else:
        title = tr("Meetings held by each tandem")
    chart = figures.columns(
        labels,
        counts,
        words,
        tr,
        figure_id="held-distribution",
        alt=tr("Bars of tandems by number of meetings held. {title}.", title=title),
    )
    subtitle = tr("Tandems by number of meetings held; {n} tandems matched", n=curve.n)
    numbers = tables.counts((tr("meetings held"), tr("tandems")), list(zip(labels, words, strict=True)))
    return charted(title, subtitle, chart, numbers, tr)


def _endings(study: Study, tr: Translator) -> Block:
    curve = study.engagement.curve("end_reasons")
    if curve is None:
        return told(tr("No tandem ended before the round did."))
    reasons = [tr(str(reason).replace("_", " ")) for reason in curve.points["reason"]]
    shown = [tr.value(int(n)) for n in curve.points["tandems_n"]]
    return [tables.counts((tr("reason for ending early"), tr("tandems")), list(zip(reasons, shown, strict=True)))]


def topics(study: Study) -> Block:
    """What the meetings were about, by topic code."""
    tr = translator(language_of(study))
    curve = study.engagement.curve("topics")
    if curve is None or not len(curve.points):
        return absent(tr("Topics"), None, tr, needs="meetings.csv: topic_code")
    points = curve.points.sort_values(["meetings_n", "topic"], ascending=[False, True])
    names = [tr(str(topic).replace("_", " ")) for topic in points["topic"]]
    counts = [int(n) for n in points["meetings_n"]]
    shown = [tr.value(n) for n in counts]
    title = tr(
        "{n} topics came up in {total} meetings",
        n=len(names),
        total=sum(counts),
    )
    chart = figures.dots(
        names,
        counts,
        shown,
        tr,
        figure_id="topics",
        alt=tr("Dots of meetings by topic. {title}.", title=title),
        most=max(counts),
    )
    numbers = tables.counts((tr("topic"), tr("meetings")), list(zip(names, shown, strict=True)))
    return charted(title, tr("Meetings held by topic; {n} tandems", n=curve.n), chart, numbers, tr)


def pairing(study: Study) -> Block:
    """How the two of a tandem differ in age and level."""
    tr = translator(language_of(study))
    gaps = [(tr(label), r) for name, label in GAPS.items() if (r := found(study.pairing, name)) is not None]
    if not gaps:
        return absent(tr("The two of a tandem"), None, tr, needs="tandems.csv, positions.csv, people.csv: birth_year")
    age = estimate(study.pairing, "age_gap")
    if age is None:
        return [tables.estimates(gaps, tr, first=tr("the two of a tandem"))]
    younger = tr("In a tandem the mentor is {gap} younger on average", gap=wording.size_text(age, tr))
    older = tr("In a tandem the mentor is {gap} older on average", gap=wording.size_text(age, tr))
    title = younger if age.value > 0 else older
    chart = figures.forest(
        [row(age, tr("age, senior minus junior"), tr)],
        tr,
        figure_id="age-gap",
        alt=tr("Dot with interval of the age gap. {title}.", title=title),
    )
    subtitle = tr("Mean difference in years of birth, 95% interval; {n}", n=wording.counted(age, tr))
    return charted(title, subtitle, chart, tables.estimates(gaps, tr, first=tr("the two of a tandem")), tr)


def costs(study: Study) -> Block:
    """What the round cost, per tandem and per tandem that held all meetings."""
    tr = translator(language_of(study))
    rows = [(tr(label), r) for name, label in COSTS.items() if (r := found(study.costs, name)) is not None]
    each = estimate(study.costs, "cost_per_completed_tandem")
    if not rows:
        return absent(tr("Costs"), None, tr, needs="costs.csv: item, quantity, unit_cost, low, high, currency")
    block: Block = []
    if each is not None:
        interval = named_interval(each, tr)
        said = tr("A tandem that held all its meetings cost {value}", value=value_text(each, tr))
        block += told((f"{said} ({interval})" if interval else said) + ".")
    block.append(tables.estimates(rows, tr, first=tr("Costs")))
    return block + told(tr("Whether that is little or much needs the cost of another way to the same gain beside it."))
