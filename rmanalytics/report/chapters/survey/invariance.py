"""Whether a questionnaire measures the same before and after, and in both groups: a sentence, and the steps folded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from rmanalytics.language.translator import Translator, key, plural
from rmanalytics.report.html.blocks import Block, folded, told
from rmanalytics.report.html.markup import numbers, paragraph, table, text
from rmanalytics.report.words.lookup import because, curves, not_estimable, outcome_title
from rmanalytics.results import Curve

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

LEVEL = 0.05
OVER_WAVES, BETWEEN_GROUPS = "invariance_over_waves", "invariance_between_groups"
_WHAT = {OVER_WAVES: key("before and after"), BETWEEN_GROUPS: key("both groups after the round")}
_UNLIKE = {
    OVER_WAVES: key("The questionnaire does not measure the same before and after: {scale}, {why} (p = {p})."),
    BETWEEN_GROUPS: key("The questionnaire does not measure the same in both groups: {scale}, {why} (p = {p})."),
}
_WHY = {
    "metric": key("its questions go with the whole to another degree"),
    "scalar": key("some questions moved apart from the others"),
}
_STEPS = {
    "configural": key("one factor"),
    "metric": key("equal loadings"),
    "scalar": key("equal intercepts too"),
}
_NOTHING = plural(
    "In the {n} comparison that could be made nothing shows that a questionnaire measures otherwise before and after, "
    "or in one of the groups; of so few people only large shifts would.",
    "In the {n} comparisons that could be made nothing shows that a questionnaire measures otherwise before and after, "
    "or in one of the groups; of so few people only large shifts would.",
)


def unlike(study: Study, outcomes: Sequence[str], tr: Translator, *, side: str = "") -> Block:
    """A caution for each scale that does not measure the same, by the first step that fails."""
    said = []
    for name, words in _UNLIKE.items():
        for curve in _asked(study, name, outcomes, side):
            points = curve.points.to_dict("records")
            failed = next((p for p in points if p["p_adjusted"] <= LEVEL), None)
            if failed is not None:
                scale, p = outcome_title(study, curve.outcome, tr), tr.p(failed["p_adjusted"])
                said.append(tr(words, scale=scale, why=tr(_WHY[str(failed["step"])]), p=p))
    if not said:
        return []
    said.append(
        tr("So part of the figure may be how the questions are taken, not what they ask. No verdict rests on this.")
    )
    return [paragraph(" ".join(said), kind="caution")]


def invariance(study: Study, outcomes: Sequence[str], tr: Translator) -> Block:
    """The cautions, or that there are none, and every step folded, with the reason where there is no model."""
    steps = [(name, curve) for name in _UNLIKE for curve in _asked(study, name, outcomes, "")]
    refused = [
        tr(
            "{scale} ({what}): {reason}",
            scale=outcome_title(study, result.outcome, tr),
            what=tr(_WHAT[name]),
            reason=because(result, tr),
        )
        for name in _UNLIKE
        for result in not_estimable(study.survey.find(name))
        if result.outcome in outcomes
    ]
    if not steps and not refused:
        return []
    block = unlike(study, outcomes, tr)
    if steps and not block:
        block = told(tr(_NOTHING, n=len(steps)))
    parts = [_table(study, steps, tr)] if steps else []
    if refused:
        parts.append(paragraph(tr("Not estimable: {list}.", list="; ".join(refused))))
    note = tr(
        "One factor by maximum likelihood. χ² as it is; p-values with Swain's correction for few people, those of a "
        "step against the one before after Holm over all such tests of the round."
    )
    return block + folded(tr("Measurement invariance, step by step"), paragraph(note, kind="note"), *parts)


def _asked(study: Study, name: str, outcomes: Sequence[str], side: str) -> list[Curve]:
    return [c for c in curves(study.survey, name) if c.outcome in outcomes and side in {"", c.side}]


def _table(study: Study, steps: Sequence[tuple[str, Curve]], tr: Translator) -> Markup:
    heads = [
        text(tr("Scale")),
        text(tr("Step")),
        numbers(tr("n")),
        numbers(tr("chi-square")),
        numbers(tr("degrees of freedom")),
        numbers(tr("p of the model")),
        numbers(tr("p of the step")),
        numbers(tr("CFI")),
        numbers(tr("change of CFI")),
        numbers(tr("RMSEA (95% interval)")),
        numbers(tr("SRMR")),
    ]
    rows = []
    for name, curve in steps:
        scale = tr("{scale}, {what}", scale=outcome_title(study, curve.outcome, tr), what=tr(_WHAT[name]))
        for i, p in enumerate(curve.points.to_dict("records")):
            limits = tr("{lo} to {hi}", lo=tr.number(p["rmsea_lo"], 2), hi=tr.number(p["rmsea_hi"], 2))
            rows.append(
                [
                    "" if i else scale,
                    tr(_STEPS[str(p["step"])]),
                    "" if i else tr.value(curve.n),
                    tr.number(p["chi2"], 1),
                    tr.value(p["df"]),
                    tr.p(p["p_value"]),
                    tr.p(p["p_adjusted"]) if i else "–",
                    tr.number(p["cfi"], 3),
                    tr.number(p["cfi_change"], 3) if i else "–",
                    f"{tr.number(p['rmsea'], 2)} ({limits})",
                    tr.number(p["srmr"], 3),
                ]
            )
    return table(heads, rows)
