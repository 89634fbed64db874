"""The bridge between generations: who is tied to whom, the index against chance, new ties of the juniors."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rmanalytics.language.translator import Translator, key, plural, translator
from rmanalytics.report.chapters.network.juniors import NEEDS, new_ties
from rmanalytics.report.chapters.network.segregation import sizes_of
from rmanalytics.report.charts import delivery, figures, overview
from rmanalytics.report.charts.drawing import row
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, charted, folded, language_of, told
from rmanalytics.report.html.markup import numbers, render, table, text
from rmanalytics.report.words import sentences as words
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import because, curves, estimate, not_estimable
from rmanalytics.report.words.wording import named_interval
from rmanalytics.results import COMPARISON, PARTICIPANTS, Curve, Estimate, Result

if TYPE_CHECKING:
    import pandas as pd

    from rmanalytics.evaluation import Study

__all__ = ["bridge", "mixing", "new_ties", "top"]

WAVES = {
    "before": key("before the round, without tandem ties"),
    "after": key("after the round, without tandem ties"),
    "after, tandem ties counted": key("after the round, tandem ties counted"),
}
TOP = "closeness_to_top"
STEPS_NEEDED = "ties.csv, two waves; positions.csv: level"
TIMES = {"before": key("before"), "after": key("after")}
STANDING = (
    (f"{PARTICIPANTS}, before", "people_without_tandem_n", key("juniors before")),
    (f"{PARTICIPANTS}, after", "people_n", key("juniors after, tandem counted")),
    (f"{PARTICIPANTS}, after", "people_without_tandem_n", key("juniors after, without tandem")),
    (f"{COMPARISON}, before", "people_without_tandem_n", key("comparison before")),
    (f"{COMPARISON}, after", "people_without_tandem_n", key("comparison after")),
)
"""Rows of the distribution: group and wave, which count, words."""


def mixing(study: Study) -> Block:
    """Ties between generations, observed over expected if generation did not matter."""
    tr = translator(language_of(study))
    curve = study.network.curve("mixing_matrix")
    if curve is None or not len(curve.points):
        first = next(iter(not_estimable(study.network.find("mixing_matrix"))), None)
        return absent(tr("Ties between generations"), first, tr, needs=NEEDS)
    small = [name for name, people in sizes_of(curve).items() if people < study.programme.k]
    curve = replace(curve, points=_without(curve.points, small))
    if not len(curve.points):
        return told(_withheld(small, study.programme.k, tr))
    title = _mixing_title(curve, tr)
    alt = tr("Table of ties between generations, observed over expected. {title}.", title=title)
    chart = overview.mixing(curve, tr, figure_id="mixing", alt=alt)
    subtitle = tr(
        "Ties observed over ties expected if generation did not matter, below: observed / expected. Rows name "
        "columns; tandem ties taken out; {n} people",
        n=curve.n,
    )
    rows = [
        [
            str(p["source_group"]),
            str(p["target_group"]),
            tr.value(int(p["observed_n"])),
            tr.number(float(p["expected_n"]), 1),
            "–" if not math.isfinite(float(p["ratio"])) else tr.number(float(p["ratio"]), 2),
        ]
        for p in curve.points.to_dict("records")
    ]
    columns = [
        text(tr("names")),
        text(tr("is named")),
        numbers(tr("observed")),
        numbers(tr("expected")),
        numbers(tr("observed over expected")),
    ]
    block = charted(title, subtitle, chart, table(columns, rows), tr)
    return block + told(_withheld(small, study.programme.k, tr), _silent(study, tr))


def _silent(study: Study, tr: Translator) -> str:
    """How many of those asked after the round did not answer, where that was recorded."""
    answered = estimate(study.network, "network_answered_share", group="after")
    if answered is None:
        return ""
    silent = answered.n - round(answered.value * answered.n)
    return tr(
        "Of {asked} people asked after the round {silent} did not answer. They and their ties are left out: whoever "
        "did not answer is not a person without ties.",
        asked=answered.n,
        silent=silent,
    )


def _without(points: pd.DataFrame, small: Collection[str]) -> pd.DataFrame:
    few = points["source_group"].isin(small) | points["target_group"].isin(small)
    return points[~few].reset_index(drop=True)


def _withheld(small: Collection[str], k: int, tr: Translator) -> str:
    if not small:
        return ""
    return f"{', '.join(small)}: {tr('group too small to be shown (k = {k})', k=k)}."


def _mixing_title(curve: Curve, tr: Translator) -> str:
    points = curve.points
    cross = points[(points["source_group"] != points["target_group"]) & (points["expected_n"] > 0)]
    observed, expected = float(cross["observed_n"].sum()), float(cross["expected_n"].sum())
    if not expected:
        return tr("Ties between generations")
    ratio = tr.number(observed / expected, 2)
    return tr("Between different generations there are {ratio} times as many ties as chance would give", ratio=ratio)


def bridge(study: Study) -> Block:
    """The E–I index against its null distribution, before and after, with and without tandem ties."""
    tr = translator(language_of(study))
    after = estimate(study.network, "ei_index", group="after")
    if after is None:
        first = next(iter(not_estimable(study.network.find("ei_index"))), None)
        return absent(tr("The index of ties between generations"), first, tr, needs=NEEDS)
    null = study.network.curve("ei_null", group="after")
    rows: list[tuple[str, Result]] = [
        (tr(label), r) for group, label in WAVES.items() for r in study.network.find("ei_index", group=group)[:1]
    ]
    change = next(iter(study.network.find("ei_change")), None)
    if change is not None:
        rows.append((tr("change from before to after"), change))
    by_unit = [
        (tr("the same, units with tandems less units without"), r) for r in study.network.find("unit_ei_difference")
    ]
    rows += by_unit
    numbers_table = tables.estimates(rows, tr, first=tr("E–I index"), p_values=True)
    block: Block = []
    if null is not None and len(null.points):
        title = _bridge_title(after, tr)
        alt = tr("Area of the index if generation did not matter, and the observed value. {title}.", title=title)
        chart = overview.null_distribution(null, after, tr, figure_id="ei-null", alt=alt)
        subtitle = tr(
            "E–I index after the round, tandem ties taken out: −1 all ties within generations, 1 all between; grey: "
            "{draws} ways to deal out the generations; {n} people",
            draws=after.draws or 0,
            n=null.n,
        )
        block += charted(title, subtitle, chart, numbers_table, tr)
    else:
        block.append(numbers_table)
    return block + _change(change, tr)


def _bridge_title(after: Estimate, tr: Translator) -> str:
    expected = after.extra.get("expected")
    if expected is None:
        return tr("The index of ties between generations after the round")
    value = wording.bare(after.value, "index", wording.digits_of(after), tr)
    words_for = {"value": value, "expected": tr.number(expected, wording.digits_of(after))}
    if after.p_value is None or after.p_value >= 0.05:
        return tr("The index of {value} cannot be told from the {expected} that chance would give", **words_for)
    if after.value < expected:
        return tr("Generations keep to themselves more than chance would give: {value} against {expected}", **words_for)
    return tr("Generations mix more than chance would give: {value} against {expected}", **words_for)


def _change(change: Result | None, tr: Translator) -> Block:
    if isinstance(change, Estimate):
        said = tr(
            "From before to after the index moved by {value} ({interval}). The company as a whole has nothing to be "
            "compared with, so this is a change and no more.",
            value=wording.value_text(change, tr),
            interval=named_interval(change, tr),
        )
        return told(said)
    reasons = not_estimable([change]) if change is not None else []
    return told(*(tr("The change over the round is not estimable: {reason}.", reason=because(r, tr)) for r in reasons))


def top(study: Study) -> Block:
    """How near the juniors are to top management in the network, tandem ties taken out, and in how many steps."""
    tr = translator(language_of(study))
    what = tr("Closeness to the top")
    result = next(iter(study.network.find("tie_difference", outcome=TOP)), None)
    if not isinstance(result, Estimate):
        return absent(what, result, tr, needs=STEPS_NEEDED) + _distribution(study, tr) + _steps(study, tr)
    title = words.compared(what, result, tr)
    alt = tr("Dot with interval of the difference in closeness to the top. {title}.", title=title)
    chart = figures.forest([row(result, tr("closeness at equal start"), tr)], tr, figure_id="top", alt=alt)
    subtitle = tr(
        "Closeness: 1 over 1 plus the steps to the nearest person at the top, without the own tandem; after "
        "the round at equal start, participants minus comparison group, 95% interval; {n} people",
        n=wording.n_text(result, tr),
    )
    listed = tables.estimates([(what, result)], tr, first=tr("closeness at equal start"), p_values=True)
    return charted(title, subtitle, chart, listed, tr) + _distribution(study, tr) + _steps(study, tr)


def _distribution(study: Study, tr: Translator) -> Block:
    """How many juniors stand how many steps from the top, before and after, as a grid."""
    known = {curve.group: curve for curve in curves(study.network, "steps_to_top")}
    lines = [
        (tr(label), known[group], column)
        for group, column, label in STANDING
        if group in known and len(known[group].points)
    ]
    if f"{PARTICIPANTS}, after" not in known:
        return []
    steps = sorted({int(step) for _, curve, _ in lines for step in curve.points["steps"]})
    cells = []
    for _, curve, column in lines:
        people = dict(zip((int(s) for s in curve.points["steps"]), (int(n) for n in curve.points[column]), strict=True))
        counts = [people.get(step, 0) for step in steps]
        every = max(sum(counts), 1)
        cells.append([(tr.value(n), n / every) for n in counts])
    if not any(shade for line in cells for _, shade in line):
        return []
    title = _distribution_title(lines, tr)
    alt = tr("Grid of people by steps to the top, before and after. {title}.", title=title)
    columns = [tr(plural("{n} step", "{n} steps"), n=step) for step in steps]
    chart = delivery.grid(
        [label for label, _, _ in lines], columns, cells, tr, figure_id="steps-to-top", alt=alt, high=34
    )
    subtitle = tr(
        "People by number of steps to the nearest person at the top, ties followed either way; {n} juniors and {other} "
        "of the comparison group after the round",
        n=_people(known, PARTICIPANTS),
        other=_people(known, COMPARISON),
    )
    return [render("caption.html", title=title, subtitle=subtitle, legend=()), chart]


def _people(known: Mapping[str, Curve], group: str) -> int:
    curve = known.get(f"{group}, after")
    return curve.n if curve is not None else 0


def _distribution_title(lines: Sequence[tuple[str, Curve, str]], tr: Translator) -> str:
    """Where most juniors stand: before, after with the tandem's tie, after without it."""
    most = [_most(curve, column) for _, curve, column in lines if curve.group.startswith(PARTICIPANTS)]
    if len(most) != len(TIMES) + 1 or None in most:
        return tr("Steps of the juniors to the top")
    before, counted, without = most
    return tr(
        "Steps of the juniors to the top: {before} for most before the round; after it {counted} with their tandem "
        "and {without} without",
        before=before,
        counted=counted,
        without=without,
    )


def _most(curve: Curve, column: str) -> int | None:
    """The number of steps that most people stand away."""
    counts = [int(n) for n in curve.points[column]]
    if not counts:
        return None
    return int(curve.points["steps"].iloc[counts.index(max(counts))])


def _steps(study: Study, tr: Translator) -> Block:
    """Juniors by steps to the top, before and after, with their tandem's tie and without."""
    known = curves(study.network, "steps_to_top")
    rows = []
    for curve in known:
        group, _, wave = curve.group.partition(", ")
        steps = [int(n) for n in curve.points["steps"]]
        columns = ("people_n", "people_without_tandem_n")
        cells = [[tr.value(int(n)) for n in curve.points[column]] for column in columns]
        for i, step in enumerate(steps):
            about = [wording.group_name(group, tr), tr(TIMES.get(wave, wave))] if i == 0 else ["", ""]
            rows.append([*about, tr.value(step), cells[0][i], cells[1][i]])
    if not rows:
        return []
    heads = [
        text(tr("group")),
        text(tr("when")),
        numbers(tr("steps to the top")),
        numbers(tr("people, tandem tie counted")),
        numbers(tr("people, tandem tie taken out")),
    ]
    return folded(tr("Steps to the top"), table(heads, rows))
