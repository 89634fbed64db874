"""The bridge between generations: who is tied to whom, the index against chance, new ties of the juniors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rmanalytics.report import amounts as words
from rmanalytics.report import charts, figures, tables, wording
from rmanalytics.report.blocks import Block, absent, charted, folded, language_of, told
from rmanalytics.report.drawing import row
from rmanalytics.report.lookup import because, curves, estimate, hidden, not_estimable
from rmanalytics.report.markup import numbers, table, text
from rmanalytics.report.wording import Translator, key, named_interval, translator
from rmanalytics.results import Curve, Estimate, Result

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

NEEDS = "ties.csv: wave_date, source_id, target_id, kind; people.csv: birth_year"
WAVES = {
    "before": key("before the round, without tandem ties"),
    "after": key("after the round, without tandem ties"),
    "after, tandem ties counted": key("after the round, tandem ties counted"),
}
TOP = "closeness_to_top"
STEPS_NEEDED = "ties.csv, two waves; positions.csv: level"
TIMES = {"before": key("before"), "after": key("after")}
TIES = {
    "cross_generation_ties": key("ties to other generations beyond the tandem"),
    "in_degree": key("colleagues who name them"),
}


def mixing(study: Study) -> Block:
    """Ties between generations, observed over expected if generation did not matter."""
    tr = translator(language_of(study))
    curve = study.network.curve("mixing_matrix")
    if curve is None or not len(curve.points):
        first = next(iter(not_estimable(study.network.find("mixing_matrix"))), None)
        return absent(tr("Ties between generations"), first, tr, needs=NEEDS)
    title = _mixing_title(curve, tr)
    alt = tr("Table of ties between generations, observed over expected. {title}.", title=title)
    chart = charts.mixing(curve, tr, figure_id="mixing", alt=alt)
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
    return charted(title, subtitle, chart, table(columns, rows), tr)


def _mixing_title(curve: Curve, tr: Translator) -> str:
    points = curve.points
    cross = points[(points["source_group"] != points["target_group"]) & (points["expected_n"] > 0)]
    observed, expected = float(cross["observed_n"].sum()), float(cross["expected_n"].sum())
    if not expected:
        return tr("Ties between generations")
    ratio = tr.number(observed / expected, 2)
    if observed < expected:
        return tr(
            "Ties between different generations are rarer than chance would give: {ratio} times as many", ratio=ratio
        )
    return tr(
        "Ties between different generations are not rarer than chance would give: {ratio} times as many", ratio=ratio
    )


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
    numbers_table = tables.estimates(rows, tr, first=tr("E–I index"), p_values=True)
    block: Block = []
    if null is not None and len(null.points):
        title = _bridge_title(after, tr)
        alt = tr("Area of the index if generation did not matter, and the observed value. {title}.", title=title)
        chart = charts.null_distribution(null, after, tr, figure_id="ei-null", alt=alt)
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
    if after.p_value is not None and after.p_value >= 0.05:
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


def new_ties(study: Study) -> Block:
    """Change of the juniors' ties beyond the tandem, against their comparison people."""
    tr = translator(language_of(study))
    results = [r for outcome in TIES for r in study.network.find("change_difference", outcome=outcome)]
    shown = [r for r in results if isinstance(r, Estimate)]
    if not shown:
        first = next(iter(not_estimable(results)), None)
        return absent(tr("New ties of the juniors"), first, tr, needs=NEEDS)
    rows = [row(r, tr(TIES[r.outcome]), tr) for r in shown]
    first_of = shown[0]
    title = words.compared(wording.sentence(tr(TIES[first_of.outcome])), first_of, tr)
    alt = tr("Dots with intervals of the difference in new ties. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id="new-ties", alt=alt)
    subtitle = tr(
        "Change from before to after, participants minus comparison group, ties a person, 95 % intervals; {n} people",
        n=wording.n_text(first_of, tr),
    )
    listed: list[tuple[str, Result]] = [(tr(TIES[r.outcome]), r) for r in results]
    return charted(title, subtitle, chart, tables.estimates(listed, tr, first=tr("ties"), p_values=True), tr)


def top(study: Study) -> Block:
    """How near the juniors are to top management in the network, tandem ties taken out, and in how many steps."""
    tr = translator(language_of(study))
    what = tr("Closeness to the top")
    result = next(iter(study.network.find("change_difference", outcome=TOP)), None)
    if not isinstance(result, Estimate):
        return absent(what, result, tr, needs=STEPS_NEEDED) + _steps(study, tr)
    title = words.compared(what, result, tr)
    alt = tr("Dot with interval of the difference in closeness to the top. {title}.", title=title)
    chart = figures.forest([row(result, tr("change in closeness"), tr)], tr, figure_id="top", alt=alt)
    subtitle = tr(
        "Closeness: 1 over 1 plus the steps to the nearest person at the top, without the own tandem; change from "
        "before to after, participants minus comparison group, 95 % interval; {n} people",
        n=wording.n_text(result, tr),
    )
    listed = tables.estimates([(what, result)], tr, first=tr("change in closeness"), p_values=True)
    return charted(title, subtitle, chart, listed, tr) + _steps(study, tr)


def _steps(study: Study, tr: Translator) -> Block:
    """Juniors by steps to the top, before and after, with their tandem's tie and without; small counts withheld."""
    k = study.programme.k
    known = curves(study.network, "steps_to_top")
    rows = []
    for curve in known:
        group, _, wave = curve.group.partition(", ")
        steps = [int(n) for n in curve.points["steps"]]
        cells = []
        for column in ("people_n", "people_without_tandem_n"):
            counts = [int(n) for n in curve.points[column]]
            shown = zip(counts, hidden(counts, k), strict=True)
            cells.append([tr("fewer than {k}", k=k) if 0 < n < k else "–" if h else tr.value(n) for n, h in shown])
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
