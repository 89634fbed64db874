"""By which yardstick people judge themselves: answers given before, answers about before given afterwards, tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rmanalytics.language.translator import Translator, key, translator
from rmanalytics.report.charts import figures
from rmanalytics.report.charts.drawing import row, tone_of
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, charted, language_of, told
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import clear, estimate, found, outcome_title, scale_range
from rmanalytics.report.words.wording import named_interval
from rmanalytics.results import GROUPS, PARTICIPANTS, Estimate, Result

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

MEASURES = {
    "change_from_pretest": key("{group}: since the answers before"),
    "change_from_then_test": key("{group}: since before as seen afterwards"),
    "response_shift": key("{group}: shift of the yardstick"),
}
TASK = key("{group}: in tasks that were done")
NEEDS = "answers.csv: wave then"


def response_shift(study: Study) -> Block:
    """Change since the true and the retrospective pretest, side by side and per group; neither replaces the other."""
    tr = translator(language_of(study))
    asked = list(dict.fromkeys((r.outcome, r.side) for r in study.survey.find("change_from_then_test")))
    if not asked:
        return absent(tr("A second look at the time before"), None, tr, needs=NEEDS)
    block: Block = []
    for outcome, side in asked:
        block += _outcome(study, outcome, side, tr)
    return block


def _outcome(study: Study, outcome: str, side: str, tr: Translator) -> Block:
    about = {"outcome": outcome, "side": side}
    known: list[tuple[str, Estimate]] = []
    listed: list[tuple[str, Result]] = []
    for group in GROUPS:
        name = wording.sentence(wording.group_name(group, tr))
        for measure, label in MEASURES.items():
            result = found(study.survey, measure, group=group, **about)
            if result is not None:
                listed.append((tr(label, group=name), result))
                known += [(tr(label, group=name), result)] if isinstance(result, Estimate) else []
        task = found(study.survey, "task_change", group=group, **about)
        if task is not None:
            listed.append((tr(TASK, group=name), task))
    scale = outcome_title(study, outcome, tr)
    if not known:
        first = listed[0][1] if listed else found(study.survey, "change_from_then_test", **about)
        return absent(tr("A second look at the time before, {scale}", scale=tr.inner(scale)), first, tr)
    rows = [row(r, label, tr, tone=tone_of(r.group), strong=r.name == "change_from_pretest") for label, r in known]
    own = {m: estimate(study.survey, m, group=PARTICIPANTS, **about) for m in MEASURES}
    title = _title(scale, own["change_from_pretest"], own["change_from_then_test"], tr)
    alt = tr("Dots with intervals of the change by two yardsticks, both groups. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id=f"yardstick-{outcome}", alt=alt)
    subtitle = tr(
        "Change to after the round, scale points {range}, 95% intervals; {n} people who answered all three times",
        range=scale_range(study, outcome),
        n=tr(" and ").join(tr.value(r.n) for _, r in known if r.name == "change_from_pretest"),
    )
    content = tables.estimates(listed, tr, first=scale, p_values=True)
    return charted(title, subtitle, chart, content, tr) + told(*_said(own["response_shift"], tr))


def _title(scale: str, pretest: Estimate | None, then: Estimate | None, tr: Translator) -> str:
    if pretest is None or then is None:
        return tr("{scale}, by two yardsticks", scale=scale)
    return tr(
        "{scale}: participants changed by {first} since their answers before, by {second} since before as they see it "
        "now",
        scale=scale,
        first=wording.bare(pretest.value, pretest.unit, wording.digits_of(pretest), tr),
        second=wording.bare(then.value, then.unit, wording.digits_of(then), tr),
    )


def _said(shift: Estimate | None, tr: Translator) -> list[str]:
    sentences = []
    if shift is not None:
        turned = shift.value < 0
        words = {"size": wording.size_text(shift, tr), "interval": named_interval(shift, tr, turned=turned)}
        if not clear(shift):
            sentences.append(
                tr(
                    "Whether participants judge their former selves by another yardstick than they did then is open "
                    "({value}, {interval}).",
                    value=wording.value_text(shift, tr),
                    interval=named_interval(shift, tr),
                )
            )
        elif turned:
            sentences.append(
                tr(
                    "Asked afterwards, participants put their former selves {size} lower than then ({interval}).",
                    **words,
                )
            )
        else:
            sentences.append(
                tr(
                    "Asked afterwards, participants put their former selves {size} higher than then ({interval}).",
                    **words,
                )
            )
    sentences.append(
        tr("The claim is judged by the answers given before; the other figure stands beside it and never replaces it.")
    )
    return sentences
