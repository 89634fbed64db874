"""What became of the juniors' own place in the network: who names them, whom they know, between whom they stand.

Changes from the wave before to the one after, participants minus comparison group, tandem ties taken out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from rmanalytics.language.translator import Translator, key, translator
from rmanalytics.report.charts import figures
from rmanalytics.report.charts.drawing import Row, row
from rmanalytics.report.html.blocks import Block, absent, charted, folded, language_of, told
from rmanalytics.report.html.markup import numbers, paragraph, table, text
from rmanalytics.report.words import sentences as words
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import because, clear, curves, found, not_estimable
from rmanalytics.report.words.wording import named_interval
from rmanalytics.results import Curve, Estimate, NotEstimable, Result

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

NEEDS = "ties.csv: wave_date, source_id, target_id, kind; people.csv: birth_year"


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One number about a junior's place.

    Parameters
    ----------
    words, title : str
        English texts: its line, and what a title calls it where that is shorter.
    main : bool
        Whether it answers a claim; others are secondary.
    unit : str
        What it is counted in; each unit has a chart of its own.
    """

    words: str
    title: str = ""
    main: bool = False
    unit: str = "people"


VISIBILITY = {
    "in_degree": Indicator(words=key("colleagues who name them"), main=True),
    "eigenvector_rank": Indicator(
        words=key("place by the standing of those who name them"), title=key("place in the network"), unit="rank"
    ),
}
SIZE = {
    "cross_generation_ties": Indicator(words=key("ties to other generations beyond the tandem"), main=True),
    "degree": Indicator(words=key("people they are tied to")),
    "effective_size": Indicator(words=key("effective size (contacts without overlap)")),
    "two_steps": Indicator(words=key("people reached in two steps"), unit="two steps"),
    "constraint": Indicator(words=key("constraint"), unit="index"),
}
ROLES = {
    "gatekeeper": Indicator(words=key("from another generation to their own"), unit="chains"),
    "representative": Indicator(words=key("from their own generation to another"), unit="chains"),
    "liaison": Indicator(words=key("between two other generations"), unit="chains"),
    "itinerant": Indicator(words=key("within another generation"), unit="chains"),
    "coordinator": Indicator(words=key("within their own generation"), unit="chains"),
}
COUNTED_IN = {
    "people": key(
        "After the round at equal start, participants minus comparison group, people for each junior, 95% intervals; "
        "tandem ties taken out; {n} people"
    ),
    "two steps": key(
        "People reached directly or through one between after the round at equal start, participants minus comparison "
        "group, 95% interval; tandem ties taken out; {n} people"
    ),
    "rank": key(
        "Share of colleagues who stand lower after the round at equal start, participants minus comparison group, "
        "percentage points, 95% interval; tandem ties taken out; {n} people"
    ),
    "index": key(
        "Burt's constraint after the round at equal start, participants minus comparison group, 95% interval; higher "
        "when a junior's few contacts know each other; tandem ties taken out; {n} people"
    ),
    "chains": key(
        "Chains through a junior after the round at equal start, participants minus comparison group, 95% intervals; "
        "tandem ties taken out; {n} people"
    ),
}
AROUND = {
    "participants": key("participants"),
    "1": key("one step away"),
    "2": key("two steps away"),
    "3 or more": key("farther, or no way"),
}
UNITS = (key("contacts"), key("chains"))
"""Units of results that titles and tables write out."""
LEVEL = 0.05


def visibility(study: Study) -> Block:
    """Whether the juniors became better known than their comparison people."""
    tr = translator(language_of(study))
    return indicators(study, VISIBILITY, tr, figure_id="visibility", what=tr("Visibility of the juniors"))


def new_ties(study: Study) -> Block:
    """Whether the juniors' network grew, above all towards other generations."""
    tr = translator(language_of(study))
    return indicators(study, SIZE, tr, figure_id="new-ties", what=tr("New ties of the juniors"))


def brokerage(study: Study) -> Block:
    """Between whom the juniors stand, by role, against their comparison people."""
    tr = translator(language_of(study))
    what = tr("Juniors between others")
    block = indicators(study, ROLES, tr, figure_id="brokerage", what=what)
    shown = curves(study.network, "chains_through")
    if not shown or not any(isinstance(r, Estimate) for name in ROLES for r in _found(study, name)):
        return block
    meant = tr(
        "A chain: somebody names the junior, the junior names somebody else, and the first does not name the last. "
        "Such a junior stands between two people who have no tie of their own."
    )
    heads = [text(tr("chains through a junior")), *(numbers(wording.group_name(c.group, tr)) for c in shown)]
    means = [dict(zip(c.points["role"], c.points["mean_n"], strict=True)) for c in shown]
    rows = [
        [tr(role.words), *(tr.number(float(mean[name]), 1) for mean in means)]
        for name, role in ROLES.items()
        if all(name in mean for mean in means)
    ]
    after = folded(tr("Chains after the round, mean of a junior"), table(heads, rows))
    return told(meant) + block + after + _expected(study, tr)


def _expected(study: Study, tr: Translator) -> Block:
    """Chains of the whole company by role, against ties without any preference."""
    curve = study.network.curve("brokerage_roles", group="after")
    if curve is None:
        return []
    points = [p for p in curve.points.to_dict("records") if str(p["role"]) in ROLES]
    rows = [
        [
            tr(ROLES[str(p["role"])].words),
            tr.value(int(p["observed_n"])),
            tr.number(float(p["expected_n"]), 0),
            "–" if not p["expected_n"] else tr.number(float(p["observed_n"]) / float(p["expected_n"]), 2),
        ]
        for p in points
    ]
    heads = [
        text(tr("chains in the whole company")),
        numbers(tr("observed")),
        numbers(tr("expected")),
        numbers(tr("observed over expected")),
    ]
    note = tr(
        "Expected: as many ties, dealt out without regard to generation, among all {n} people. Where generations keep "
        "to themselves, chains within a generation are more than expected and chains between two others fewer.",
        n=curve.n,
    )
    return folded(tr("Chains in the whole company"), table(heads, rows), paragraph(note))


def _found(study: Study, outcome: str) -> list[Result]:
    return study.network.find("tie_difference", outcome=outcome)[:1]


def indicators(study: Study, asked: Mapping[str, Indicator], tr: Translator, *, figure_id: str, what: str) -> Block:
    """A chart for each unit that the indicators are counted in, with the numbers of its indicators."""
    results = {name: r for name in asked for r in _found(study, name)}
    shown = {name: r for name, r in results.items() if isinstance(r, Estimate)}
    if not shown:
        return absent(what, next(iter(not_estimable(results.values())), None), tr, needs=NEEDS)
    block: Block = []
    for number, unit in enumerate(dict.fromkeys(asked[name].unit for name in shown)):
        mine = {name: r for name, r in shown.items() if asked[name].unit == unit}
        refused_n = sum(asked[name].unit == unit for name in results) - len(mine)
        title = words.but_for(_title(mine, asked, what, tr), refused_n, tr)
        rows = [row(r, tr(asked[name].words), tr, strong=asked[name].main) for name, r in mine.items()]
        alt = tr("Dots with intervals of the difference at equal start. {title}.", title=title)
        own_id = figure_id if number == 0 else f"{figure_id}-{number + 1}"
        chart = figures.forest(rows, tr, figure_id=own_id, alt=alt)
        first = next(iter(mine.values()))
        subtitle = tr(COUNTED_IN[unit], n=wording.n_text(first, tr))
        block += charted(title, subtitle, chart, _listed(mine, asked, tr), tr)
    if any("p_holm" in r.extra for r in shown.values()):
        block += told(
            tr(
                "The indicator in bold answers the claim and is corrected with the other claims. The others are "
                "secondary: their last column is corrected for the number of secondary ones."
            )
            if any(asked[name].main for name in shown)
            else tr("All of these are secondary: the last column of the numbers is corrected for their number.")
        )
    said = [
        tr("{what}: {reason}", what=tr(asked[name].words), reason=because(refused, tr))
        for name, r in results.items()
        for refused in not_estimable([r])
    ]
    return block + (told(tr("Not estimable: {list}.", list="; ".join(said))) if said else [])


def _title(mine: Mapping[str, Estimate], asked: Mapping[str, Indicator], what: str, tr: Translator) -> str:
    """The main indicator, or the one there is; of several secondary ones those that hold after their correction."""
    main = next((name for name in mine if asked[name].main), None)
    if main is not None:
        return words.compared(wording.sentence(tr(asked[main].words)), mine[main], tr)
    firm = [name for name, r in mine.items() if clear(r) and r.extra.get("p_holm", 1.0) < LEVEL]
    if len(mine) == 1:
        name, result = next(iter(mine.items()))
        own = wording.sentence(tr(asked[name].title or asked[name].words))
        if clear(result) and not firm:
            return tr("{what}: the difference is open once corrected for the number of questions", what=own)
        return words.compared(own, result, tr)
    if not firm:
        return tr("{what}: whether the groups differ is open", what=what)
    listed = "; ".join(
        tr("more {role}", role=tr(asked[name].words))
        if mine[name].value > 0
        else tr("fewer {role}", role=tr(asked[name].words))
        for name in firm
    )
    return tr("{what}: {list}", what=what, list=listed)


def _listed(results: Mapping[str, Estimate], asked: Mapping[str, Indicator], tr: Translator) -> Markup:
    """Indicators as rows: main or secondary, value, interval, n, p, and p after the correction."""
    heads = [
        text(tr("change")),
        numbers(tr("participants")),
        numbers(tr("comparison group")),
        numbers(tr("difference")),
        numbers(tr("95% interval")),
        numbers(tr("n")),
        numbers(tr("p")),
        numbers(tr("p, corrected")),
    ]
    rows = []
    for name, result in results.items():
        rank = tr("answers the claim") if asked[name].main else tr("secondary")
        label = Markup('{}<br><span class="n">{}</span>').format(tr(asked[name].words), rank)
        rows.append([label, *_cells(result, tr)])
    return table(heads, rows)


def _cells(result: Estimate, tr: Translator) -> list[str]:
    digits = wording.digits_of(result)
    own = [result.extra.get(f"mean_{group}") for group in ("participants", "comparison")]
    holm = result.extra.get("p_holm")
    return [
        *("–" if mean is None else wording.bare(mean, result.unit, digits, tr) for mean in own),
        wording.bare(result.value, result.unit, digits, tr),
        wording.interval_text(result, tr, bare_limits=True) or "–",
        wording.n_text(result, tr),
        "–" if result.p_value is None else tr.p(result.p_value),
        "–" if holm is None else tr.p(holm),
    ]


def spread(study: Study) -> Block:
    """Ties between generations of the people around the tandems, by steps to the nearest participant."""
    tr, k = translator(language_of(study)), study.programme.k
    what = tr("Ties of the people around the tandems")
    curve, beyond = found(study.network, "neighbour_change"), found(study.network, "neighbour_difference")
    if not isinstance(curve, Curve):
        return absent(what, curve, tr, needs="ties.csv, two waves; tandems.csv")
    points = [p for p in curve.points.to_dict("records") if p["people_n"] >= k and math.isfinite(p["mean_change"])]
    rows = [_around(p, tr) for p in points]
    if not rows:
        return told(f"{what}: {tr('group too small to be shown (k = {k})', k=k)}.")
    title = _around_title(beyond, tr) if isinstance(beyond, Estimate) else what
    alt = tr("Dots with intervals of the change in ties by distance from a participant. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id="spread", alt=alt)
    subtitle = tr(
        "Change of ties to other generations from before to after, people for each person, 95% intervals; by steps to "
        "the nearest participant before the round; tandem ties taken out; {n} people",
        n=curve.n,
    )
    heads = [
        text(tr("distance from a participant")),
        numbers(tr("n")),
        numbers(tr("change")),
        numbers(tr("95% interval")),
        numbers(tr("if others had taken part")),
        numbers(tr("p")),
    ]
    listed = table(heads, [_around_cells(p, tr) for p in points])
    legend = [("comp", tr("change if others like the participants had taken part"))]
    warning = tr(
        "People who know each other change together, and who stands near a tandem is not chosen by lot. So this "
        "describes the surroundings of the tandems; it does not show that the tandems changed them. Where ties spread "
        "from participants to comparison people, every difference between the two groups comes out too small."
    )
    block = charted(title, subtitle, chart, listed, tr, legend=legend)
    if isinstance(beyond, NotEstimable):
        block += absent(tr("Neighbours against people farther away"), beyond, tr)
    return [*block, paragraph(warning, kind="caution")]


def _around_title(beyond: Estimate, tr: Translator) -> str:
    """Neighbours against people farther away, beyond what other participants would give."""
    firm = clear(beyond) and beyond.p_value is not None and beyond.p_value < LEVEL
    turned = firm and beyond.value < 0
    said = {"interval": named_interval(beyond, tr, turned=turned)}
    if not firm:
        return tr(
            "Whether ties to other generations grew more around the tandems than farther away is open: {value} "
            "({interval})",
            value=wording.value_text(beyond, tr),
            **said,
        )
    template = (
        key("Around the tandems ties to other generations grew by {size} less than farther away ({interval})")
        if turned
        else key("Around the tandems ties to other generations grew by {size} more than farther away ({interval})")
    )
    return tr(template, size=wording.size_text(beyond, tr), **said)


def _around(point: Mapping[Any, Any], tr: Translator) -> Row:
    value, lo, hi, expected = (float(point[name]) for name in ("mean_change", "lo", "hi", "expected_change"))
    return Row(
        label=tr(AROUND[str(point["distance"])]),
        value=round(value, 2),
        lo=round(lo, 2),
        hi=round(hi, 2),
        text=tr.number(value, 2),
        own=(None, round(expected, 2) if math.isfinite(expected) else None),
        limits=(lo, hi),
    )


def _around_cells(point: Mapping[Any, Any], tr: Translator) -> list[str]:
    expected, p = float(point["expected_change"]), float(point["p_value"])
    return [
        tr(AROUND[str(point["distance"])]),
        tr.value(int(point["people_n"])),
        tr.number(float(point["mean_change"]), 2),
        tr("{lo} to {hi}", lo=tr.number(float(point["lo"]), 2), hi=tr.number(float(point["hi"]), 2)),
        tr.number(expected, 2) if math.isfinite(expected) else "–",
        tr.p(p) if math.isfinite(p) else "–",
    ]
