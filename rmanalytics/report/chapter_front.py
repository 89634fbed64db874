"""In brief, all claims, who took part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rmanalytics.report import charts, figures, tables, wording
from rmanalytics.report import findings as words
from rmanalytics.report.blocks import Block, absent, charted, language_of, told
from rmanalytics.report.drawing import row
from rmanalytics.report.intervals import symbol
from rmanalytics.report.lookup import COMPARISON, PARTICIPANTS, SIDES, curves, estimate, outcome_title
from rmanalytics.report.markup import numbers as number_column
from rmanalytics.report.markup import render, table, text
from rmanalytics.report.wording import Translator, key, translator
from rmanalytics.results import Curve

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

STAGES = {
    "matched": key("in the group"),
    "pre": key("answered before"),
    "post": key("answered after"),
    "analysed": key("answered both"),
}
BALANCE_BOUND = 0.25


def front(study: Study) -> Block:
    """First screen: the sentence that answers, facts, findings, what the round could not have shown."""
    tr = translator(language_of(study))
    title = tr("What this round could not have shown.")
    return [render("front.html", front=words.front(study, tr), limits_title=title, symbol=symbol)]


def claims(study: Study) -> Block:
    """Every claim, answered."""
    return [tables.claims_matrix(study, translator(language_of(study)))]


def who_took_part(study: Study) -> Block:
    """From the group to those analysed, by side, and how alike the groups were before."""
    tr = translator(language_of(study))
    flows = {(c.side, c.group): c for c in curves(study.survey, "flow")}
    if not flows:
        return absent(tr("Who took part"), None, tr, needs="tandems.csv, answers.csv")
    return _flow(flows, study.programme.k, tr) + _balance(study, tr)


def _flow(flows: dict[tuple[str, str], Curve], k: int, tr: Translator) -> Block:
    sides = []
    for side in SIDES:
        entries: list[tuple[str, str, int]] = []
        for group in (PARTICIPANTS, COMPARISON):
            curve = flows.get((side, group))
            if curve is not None:
                stages = zip(curve.points["stage"], curve.points["n"], strict=True)
                entries += [(tr(STAGES.get(str(s), str(s))), group, int(n)) for s, n in stages]
        if entries:
            sides.append((wording.side_label(side, tr), entries))
    said = []
    for side in SIDES:
        mine = flows.get((side, PARTICIPANTS))
        if mine is not None and len(mine.points):
            kept, of = int(mine.points["n"].iloc[-1]), mine.n
            if kept >= k:
                said.append(tr("{kept} of {of} {people}", kept=kept, of=of, people=wording.about_side(side, tr)))
    title = (
        tr("{who} answered both before and after", who=tr(" and ").join(said))
        if said
        else tr("Fewer than {k} people of a side answered both before and after", k=k)
    )
    alt = tr("Bars of people by stage. {title}.", title=title)
    numbers = table(
        [text(tr("side")), text(tr("stage")), text(tr("group")), number_column(tr("people"))],
        [
            (side, stage, wording.group_name(group, tr), wording.fewer_than(n, k, tr))
            for side, entries in sides
            for stage, group, n in entries
        ],
    )
    chart = charts.flow(sides, tr, figure_id="who-took-part", alt=alt, k=k)
    subtitle = tr("People by stage, both groups")
    groups = {group for _, group in flows}
    legend = [("part", tr("participants"))]
    legend += [("comp", tr("comparison group"))] if COMPARISON in groups else []
    return charted(title, subtitle, chart, numbers, tr, legend=legend)


def _balance(study: Study, tr: Translator) -> Block:
    found = [
        (outcome_title(study, o.instrument, tr), wording.side_label(o.side, tr), result)
        for o in study.programme.outcomes
        for result in study.survey.estimates("baseline_difference", outcome=o.instrument, side=o.side)
    ]
    if not found:
        return told(
            tr("There is no comparison group with answers before, so how alike the groups were cannot be shown.")
        )
    found.sort(key=lambda entry: -abs(entry[2].value))
    apart = [entry for entry in found if abs(entry[2].value) > BALANCE_BOUND]
    if apart:
        title = tr(
            "Before the round the groups were apart most in {scale}: {size}",
            scale=tr.inner(found[0][0]),
            size=wording.size_text(found[0][2], tr),
        )
    else:
        title = tr("Before the round the groups were alike on every scale")
    rows = [row(result, f"{scale} ·{wording.NBSP}{people}", tr) for scale, people, result in found]
    alt = tr("Dots with intervals of the differences before the round. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id="balance", alt=alt, guides=(-BALANCE_BOUND, BALANCE_BOUND))
    subtitle = tr(
        "Participants minus comparison group before the round, standard deviations, 95 % intervals; {n} people. Beyond "
        "the dotted lines adjusting means extrapolating.",
        n=wording.n_text(found[0][2], tr),
    )
    numbers = tables.estimates([(f"{s} ·{wording.NBSP}{p}", r) for s, p, r in found], tr, first=tr("scale"))
    return charted(title, subtitle, chart, numbers, tr) + _missing(study, tr)


def _missing(study: Study, tr: Translator) -> Block:
    outcome = next((o for o in study.programme.outcomes if o.primary), None)
    if outcome is None:
        return []
    main = estimate(study.survey, "adjusted_difference", outcome=outcome.instrument, side=outcome.side)
    if main is None or not main.n_excluded:
        return []
    return told(
        tr(
            "{n} people of both groups are missing from the primary comparison ({reason}).",
            n=wording.fewer_than(main.n_excluded, study.programme.k, tr),
            reason=tr(main.excluded_reason),
        )
    )
