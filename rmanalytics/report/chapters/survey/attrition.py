"""Who is missing: how many did not answer after, and what their silence could have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rmanalytics.language.translator import NBSP, Translator, key, translator
from rmanalytics.report.chapters.survey.linkage import linked
from rmanalytics.report.charts import figures
from rmanalytics.report.charts.drawing import row
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, charted, folded, language_of, told
from rmanalytics.report.html.markup import numbers, table, text
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import (
    because,
    clear,
    estimate,
    found,
    goes_down,
    outcome_title,
    primary,
    scale_range,
    wholes,
)
from rmanalytics.results import GROUPS, SIDES, Estimate, NotEstimable, Result

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

ANSWERED, ALIKE = "adjusted_difference", "mixed_difference"
LOWEST, HIGHEST = "adjusted_difference_at_lowest", "adjusted_difference_at_highest"
WHAT_IF = {
    ANSWERED: key("as answered"),
    ALIKE: key("if those who did not answer are like those who did"),
    LOWEST: key("if every missing answer pulled the difference down"),
    HIGHEST: key("if every missing answer pulled it up"),
}


def missing(study: Study) -> Block:
    """What if those who did not answer had: the primary outcome as a figure, every other scale folded."""
    tr = translator(language_of(study))
    outcome, side = primary(study)
    if not outcome:
        side = next((s for s in SIDES if wholes(study, s)), "mentee")
        outcome = next(iter(wholes(study, side)), "")
    about = {"outcome": outcome, "side": side}
    results = {name: r for name in WHAT_IF if (r := found(study.survey, name, **about)) is not None}
    known = {name: r for name, r in results.items() if isinstance(r, Estimate)}
    scale = outcome_title(study, outcome, tr) if outcome else ""
    what = tr("What those who did not answer could change")
    block: Block = []
    note = ""
    if ANSWERED in known and len(known) > 1:
        rows = [row(r, tr(WHAT_IF[name]), tr, strong=name == ANSWERED) for name, r in known.items()]
        title = _title(scale, known, tr)
        alt = tr("Dots with intervals of the difference under four assumptions. {title}.", title=title)
        chart = figures.forest(rows, tr, figure_id="missing", alt=alt)
        subtitle = tr(
            "{scale}: adjusted difference after the round, scale points {range}, 95% intervals; {n} people answered "
            "both times",
            scale=scale,
            range=scale_range(study, outcome),
            n=wording.n_text(known[ANSWERED], tr),
        )
        listed = tables.estimates(
            [(tr(WHAT_IF[name]), r) for name, r in results.items()], tr, first=tr("what if"), p_values=True
        )
        block += charted(title, subtitle, chart, listed, tr)
        note = tr("Nothing was filled in: the last two rows are the ends of what is possible, not what is likely.")
    else:
        first = next((r for r in results.values() if isinstance(r, NotEstimable)), None)
        block += absent(what, first, tr, needs="answers.csv: pre, post; comparison.csv")
    block += told(_silent(study, outcome, side, tr), note)
    return block + _every_scale(study, tr) + _stayed(study, tr) + linked(study, tr)


def _title(scale: str, known: dict[str, Estimate], tr: Translator) -> str:
    main, inner = known[ANSWERED], tr.inner(scale)
    against = known.get(LOWEST if main.value > 0 else HIGHEST)
    alike = known.get(ALIKE)
    if not clear(main) and (alike is None or not clear(alike)):
        return tr("{scale}: the difference is open, with those who did not answer and without them", scale=scale)
    if clear(main) and against is not None and clear(against) and (against.value > 0) == (main.value > 0):
        return tr("The difference in {scale} stands whatever the missing answers would have been", scale=inner)
    if clear(main) and alike is not None and clear(alike) and against is not None:
        return tr(
            "The difference in {scale} stands if the missing are like the others, but not if all had answered against",
            scale=inner,
        )
    if clear(main) and alike is not None and clear(alike):
        return tr("The difference in {scale} stands if the missing are like the others", scale=inner)
    return tr("The difference in {scale} hangs on those who did not answer", scale=inner)


def _silent(study: Study, outcome: str, side: str, tr: Translator) -> str:
    """How many of those with a score before have none after, group by group."""
    share = estimate(study.survey, "answered_share_difference", outcome=outcome, side=side)
    if share is None or share.n_comparator is None or not {"share", "share_comparator"} <= set(share.extra):
        return ""
    gone = [
        round((1 - share.extra[name]) * n) for name, n in (("share", share.n), ("share_comparator", share.n_comparator))
    ]
    return tr(
        "Of {n} participants with a score before, {gone} have none after; of {other} people of the comparison group, "
        "{gone_other}.",
        n=share.n,
        gone=gone[0],
        other=share.n_comparator,
        gone_other=gone[1],
    )


def _every_scale(study: Study, tr: Translator) -> Block:
    rows = []
    for side in SIDES:
        for outcome in wholes(study, side):
            results = [found(study.survey, name, outcome=outcome, side=side) for name in WHAT_IF]
            if any(isinstance(r, Estimate) for r in results):
                label = f"{outcome_title(study, outcome, tr)} ·{NBSP}{wording.side_label(side, tr)}"
                if goes_down(study, outcome):
                    label = tr("{scale} (hoped to fall)", scale=label)
                rows.append([label, *(_cell(r, tr) for r in results)])
    if not rows:
        return []
    heads = [text(tr("adjusted difference, scale points (95% interval)"))]
    heads += [numbers(tr(label)) for label in WHAT_IF.values()]
    return folded(tr("Every scale"), table(heads, rows))


def _cell(result: Result | None, tr: Translator) -> str:
    return tables.with_limits(result, tr) if isinstance(result, Estimate) else "–"


def _stayed(study: Study, tr: Translator) -> Block:
    """Where those who answered after started, beside those who did not."""
    rows: list[tuple[str, Result]] = []
    reasons: dict[str, None] = {}
    for side in SIDES:
        for outcome in wholes(study, side):
            for group in GROUPS:
                about = {"outcome": outcome, "side": side, "group": group}
                result = found(study.survey, "completer_difference", **about)
                name = f"{outcome_title(study, outcome, tr)}, {wording.side_label(side, tr)}"
                label = tr("{scale}: {group}", scale=name, group=wording.group_name(group, tr))
                if isinstance(result, Estimate):
                    rows.append((label, result))
                elif isinstance(result, NotEstimable):
                    reasons[because(result, tr)] = None
    if rows:
        first = tr("started higher than those who did not answer after")
        return folded(tr("Where the missing had started"), tables.estimates(rows, tr, first=first))
    if reasons:
        return told(tr("Where the missing had started cannot be compared: {reasons}.", reasons="; ".join(reasons)))
    return []
