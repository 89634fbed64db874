"""What the tandems were about and what came of it: variety of the topics, where they arrived, changes.

Only the code of a topic is known. Units with few tandems stand together, so that no cell is about a single tandem.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rmanalytics.language.translator import Translator, key, plural, translator
from rmanalytics.report.chapters.engagement.course import in_words
from rmanalytics.report.charts import delivery, figures
from rmanalytics.report.charts.drawing import row
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, charted, folded, language_of, told
from rmanalytics.report.html.markup import numbers, table, text
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import because, found, hidden
from rmanalytics.report.words.wording import named_interval, value_text
from rmanalytics.results import Curve, Estimate, NotEstimable, Result

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

STATUSES = {"proposed": key("not decided on"), "adopted": key("adopted"), "rejected": key("rejected")}
OUTCOMES = {
    "initiating_share": key("tandems from which a change came"),
    "adopted_share": key("changes adopted, of all proposed"),
}
SHADES = {"none": 0.0, "few": 0.12, "least": 0.25}
"""Shades of no meeting, of too few tandems to tell, and of the fewest meetings that are told; the most is 1."""


def variety(study: Study) -> Block:
    """How varied the topics were, and how much of the catalogue was covered."""
    tr, results = translator(language_of(study)), study.engagement
    entropy, coverage = found(results, "topic_entropy"), found(results, "topic_coverage")
    on_catalogue = found(results, "catalogue_meeting_share")
    evenness = found(results, "topic_evenness")
    what = tr("Variety of the topics")
    if entropy is None and coverage is None:
        return absent(what, None, tr, needs="meetings.csv: topic_code")
    change = found(results, "catalogue_change")
    labels = (
        (tr("variety"), entropy),
        (tr("evenness"), evenness),
        (tr("meetings on the catalogue"), on_catalogue),
        (tr("against the first round"), change),
    )
    listed = [(label, r) for label, r in labels if r is not None]
    block = told(_covered(coverage, tr), _varied(entropy, tr))
    if isinstance(evenness, Estimate):
        block += told(
            tr(
                "Used as evenly as can be is 100 per cent; here it is {value} ({interval}).",
                value=value_text(evenness, tr),
                interval=named_interval(evenness, tr),
            )
        )
    if not any(isinstance(r, Estimate) for _, r in listed):
        return block
    return block + folded(tr("Show the numbers"), tables.estimates(listed, tr, first=what))


def _covered(coverage: Result | None, tr: Translator) -> str:
    if isinstance(coverage, NotEstimable):
        reason = because(coverage, tr)
        return tr("How much of the catalogue was covered is not estimable: {reason}.", reason=reason)
    if not isinstance(coverage, Estimate):
        return tr("How much of a catalogue was covered is not measured: the programme declares no topics.")
    said = tr(
        "Of {catalogue} topics of the catalogue {covered} were met about by at least one tandem.",
        catalogue=round(coverage.extra.get("catalogue", 0)),
        covered=round(coverage.extra.get("covered", 0)),
    )
    outside = round(coverage.extra.get("outside", 0))
    further = plural("{n} further topic is not in it.", "{n} further topics are not in it.")
    return f"{said} {tr(further, n=outside)}" if outside else said


def _varied(entropy: Result | None, tr: Translator) -> str:
    if isinstance(entropy, NotEstimable):
        return tr("How varied the topics were is not estimable: {reason}.", reason=because(entropy, tr))
    if not isinstance(entropy, Estimate):
        return ""
    return tr(
        "The {topics} topics in use are as varied as {even} used equally often would be: {value} bits ({interval}).",
        topics=round(entropy.extra.get("topics", 0)),
        even=tr.number(entropy.extra.get("evenly_used", 2**entropy.value), 1),
        value=wording.bare(entropy.value, entropy.unit, wording.digits_of(entropy), tr),
        interval=named_interval(entropy, tr),
    )


def where(study: Study) -> Block:
    """Which topics were met about in which units; units with few tandems stand together."""
    tr, k = translator(language_of(study)), study.programme.k
    curve = study.engagement.curve("topics_by_unit")
    what = tr("Topics by unit")
    if curve is None or not len(curve.points):
        needs = "meetings.csv: topic_code; positions.csv: unit"
        return absent(what, found(study.engagement, "topics_by_unit"), tr, needs=needs)
    units, cells = _together(curve, k, tr)
    topics = sorted(cells, key=lambda topic: (-sum(n for n, _ in cells[topic]), topic))
    if len(units) < 2:
        return told(tr("{what}: too few units have {k} tandems or more, so nothing is broken down.", what=what, k=k))
    most = max((n for topic in topics for n, tandems in cells[topic] if tandems >= k), default=0)
    words = {topic: _cells(cells[topic], most, k, tr) for topic in topics}
    names = [tr(topic.replace("_", " ")) for topic in topics]
    everywhere = sum(all(n for n, _ in cells[topic]) for topic in topics)
    if everywhere == len(topics):
        title = tr("Every topic was met about in every unit shown")
    elif everywhere:
        shared = plural(
            "{n} of {of} topics was met about in every unit shown",
            "{n} of {of} topics were met about in every unit shown",
        )
        title = tr(shared, n=everywhere, of=len(topics))
    else:
        title = tr("Each topic shown was met about in some units and not in others")
    alt = tr("Grid of meetings by topic and unit. {title}.", title=title)
    chart = delivery.grid(names, units, [words[t] for t in topics], tr, figure_id="topics-by-unit", alt=alt)
    subtitle = tr(
        "Meetings held by topic and unit of the senior; {n} tandems. A dash: group too small to be shown (k = {k}), "
        "or its number would give one away. Units with few tandems stand together.",
        n=curve.n,
        k=k,
    )
    rows = [[name, *(said for said, _ in words[topic])] for name, topic in zip(names, topics, strict=True)]
    listed = table([text(tr("topic")), *(numbers(unit) for unit in units)], rows)
    return charted(title, subtitle, chart, listed, tr)


def _together(curve: Curve, k: int, tr: Translator) -> tuple[list[str], dict[str, list[tuple[int, int]]]]:
    """Units to show, those with few tandems as one, and for each topic (meetings, tandems) unit by unit.

    A unit has at least as many tandems as met about its most frequent topic.
    """
    points = curve.points
    least = points.groupby("unit")["tandems_n"].max()
    small = set(least.index[hidden(least.astype("int64").to_list(), k)]) | set(least.index[least == 0])
    other = tr("other units ({n})", n=len(small))
    name = points["unit"].where(~points["unit"].isin(small), other)
    sums = points.assign(unit=name).groupby(["topic", "unit"])[["meetings_n", "tandems_n"]].sum()
    units = sorted(set(name) - {other}) + ([other] if small else [])
    cells = {
        str(topic): [(int(sums.loc[(topic, u), "meetings_n"]), int(sums.loc[(topic, u), "tandems_n"])) for u in units]
        for topic in dict.fromkeys(points["topic"])
    }
    return units, cells


def _cells(counts: list[tuple[int, int]], most: int, k: int, tr: Translator) -> list[tuple[str, float]]:
    """Words and shade of each cell of a topic."""
    told_of = []
    for (n, _), hide in zip(counts, hidden([tandems for _, tandems in counts], k), strict=True):
        if not n:
            told_of.append(("", SHADES["none"]))
        elif hide:
            told_of.append(("–", SHADES["few"]))
        else:
            told_of.append((tr.value(n), SHADES["least"] + (1 - SHADES["least"]) * n / most))
    return told_of


def initiatives(study: Study) -> Block:
    """Changes of processes and structures that came out of the tandems, and what became of them."""
    tr = translator(language_of(study))
    rows = [(tr(label), r) for name, label in OUTCOMES.items() if (r := found(study.engagement, name)) is not None]
    curve = study.engagement.curve("initiatives_by_status")
    if not rows and curve is None:
        needs = "initiatives.csv: initiative_id, tandem_id, status"
        return absent(tr("Changes that came out of the tandems"), None, tr, needs=needs)
    drawn = [(label, r) for label, r in rows if isinstance(r, Estimate)]
    listed = tables.estimates(rows, tr, first=tr("what came out"))
    said = _by_status(curve, tr)
    first = next((r for _, r in drawn if r.name == "initiating_share"), None)
    if first is None:
        return [listed, *said]
    title = tr(
        "A change came out of {share} of the tandems ({interval})",
        share=value_text(first, tr),
        interval=named_interval(first, tr),
    )
    alt = tr("Dots with intervals of the shares. {title}.", title=title)
    marks = [row(r, label, tr) for label, r in drawn]
    chart = figures.forest(marks, tr, figure_id="initiatives", alt=alt, reference=None)
    subtitle = tr("Shares, per cent, 95% intervals; {n} tandems", n=first.n)
    return charted(title, subtitle, chart, listed, tr) + _adopted(study, tr) + said


def _adopted(study: Study, tr: Translator) -> Block:
    """Changes adopted for every ten tandems."""
    rate = found(study.engagement, "adopted_rate")
    if not isinstance(rate, Estimate):
        return []
    text = key("For every ten tandems {value} changes were adopted ({interval}); {undecided} are not decided on.")
    digits, undecided = wording.digits_of(rate), round(rate.extra["undecided"])
    return told(tr(text, value=tr.number(rate.value, digits), interval=named_interval(rate, tr), undecided=undecided))


def _by_status(curve: Curve | None, tr: Translator) -> Block:
    if curve is None:
        return []
    if not curve.n:
        return told(tr("No change was recorded."))
    states = curve.points.to_dict("records")
    rows = [(in_words(STATUSES, p["status"], tr), tr.value(int(p["initiatives_n"]))) for p in states]
    return [tables.counts((tr("what became of them"), tr("changes")), rows)]
