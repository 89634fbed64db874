"""Behind a mean: people who changed by more than error explains, single questions, exact tests beside the t test.

Counts of people only; nobody is ranked.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from rmanalytics.language.translator import Translator, key, translator
from rmanalytics.measures.survey.reliable_change import EXPECTED_SHARE
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, folded, language_of, titled
from rmanalytics.report.html.markup import numbers, paragraph, table, text
from rmanalytics.report.words import sentences as words
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import (
    because,
    curves,
    estimate,
    found,
    goes_down,
    item_texts,
    not_estimable,
    outcome_title,
    wholes,
)
from rmanalytics.results import GROUPS, PARTICIPANTS, Estimate

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

VARIANTS = {
    "practice-adjusted": key("practice taken off (used above)"),
    "Jacobson-Truax": key("no practice taken off (Jacobson and Truax)"),
    "Maassen": key("spread may differ before and after (Maassen)"),
}
TESTS = {
    "paired_change": key("t test"),
    "signed_rank": key("signed ranks"),
    "signed_rank_pratt": key("signed ranks, no change counted"),
    "sign_flip": key("sign flips"),
}
ALPHA = 0.05


def persons(study: Study, side: str) -> Block:
    """Reliable change of a side's people, scale by scale; below, folded: yardsticks, questions, exact tests."""
    tr = translator(language_of(study))
    scales = [o for o in wholes(study, side) if study.survey.find("reliable_rise_share", outcome=o, side=side)]
    block = _reliable(study, side, scales, tr) if scales else []
    block += _variants(study, side, scales, tr) + _questions(study, side, tr) + _exact(study, side, tr)
    people = wording.about_side(side, tr)
    what = tr("Single people and single questions, {people}", people=people)
    return block or absent(what, None, tr, needs="answers.csv: pre, post")


def _reliable(study: Study, side: str, scales: list[str], tr: Translator) -> Block:
    people = wording.about_side(side, tr)
    rises = {o: found(study.survey, "reliable_rise_share", outcome=o, side=side) for o in scales}
    known = {o: r for o, r in rises.items() if isinstance(r, Estimate)}
    what = tr("People who changed by more than error explains, {people}", people=people)
    if not known:
        return absent(what, next(iter(rises.values())), tr)
    rows = []
    beyond, untold = [], len(rises) - len(known)
    for outcome, rise in known.items():
        fall = estimate(study.survey, "reliable_fall_share", outcome=outcome, side=side)
        hoped = fall if goes_down(study, outcome) else rise
        if hoped is None or hoped.lo is None:
            untold += 1
        elif hoped.lo > EXPECTED_SHARE:
            beyond.append(tr.inner(outcome_title(study, outcome, tr)))
        least = rise.extra.get("least_change")
        rows.append(
            [
                outcome_title(study, outcome, tr),
                tables.share_cell(rise, tr),
                tables.share_cell(fall, tr),
                "–" if least is None else tr.number(least, 1),
                tr.value(rise.n),
            ]
        )
    said = (
        tr(
            "More {people} changed the hoped way than chance would give in {scales}",
            people=people,
            scales=tr(" and ").join(beyond),
        )
        if beyond
        else tr("Whether more {people} changed the hoped way than chance would give is open", people=people)
        if untold < len(rises)
        else what
    )
    title = words.but_for(said, untold, tr)
    heads = [
        text(tr("scale")),
        numbers(tr("risen by more than error and practice explain")),
        numbers(tr("fallen by more than that")),
        numbers(tr("smallest rise that counts, scale points")),
        numbers(tr("n")),
    ]
    subtitle = tr(
        "Share of people measured twice, per cent with 95% interval; if nobody changed, {share} would be expected in "
        "each direction",
        share=tr.share(EXPECTED_SHARE, 1),
    )
    down = [outcome_title(study, o, tr) for o in known if goes_down(study, o)]
    if down:
        subtitle += ". " + tr("Hoped to fall: {scales}", scales=", ".join(down))
    return titled(title, subtitle, table(heads, rows))


def _variants(study: Study, side: str, scales: list[str], tr: Translator) -> Block:
    """The counts by three yardsticks."""
    rows = []
    for outcome in scales:
        for curve in curves(study.survey, "reliable_change_variants", outcome=outcome, side=side):
            for point in curve.points.to_dict("records"):
                variant = str(point["variant"])
                ways = (tr.value(int(point[name])) for name in ("rose_n", "fell_n", "same_n"))
                least = tr.number(float(point["least_change"]), 1)
                rows.append([outcome_title(study, outcome, tr), tr(VARIANTS.get(variant, variant)), *ways, least])
    if not rows:
        return []
    heads = [
        text(tr("scale")),
        text(tr("yardstick")),
        numbers(tr("risen")),
        numbers(tr("fallen")),
        numbers(tr("neither")),
        numbers(tr("change beyond practice that counts")),
    ]
    return folded(tr("Whether the yardstick matters"), table(heads, rows))


def _questions(study: Study, side: str, tr: Translator) -> Block:
    """Every question of every scale, largest rise first: change among participants."""
    parts = [part for outcome in wholes(study, side) for part in [_scale_questions(study, side, outcome, tr)] if part]
    if not parts:
        return []
    note = tr(
        "Change of the participants alone, question by question, scale points; p after Benjamini and Hochberg within "
        "the scale. A place to look, not a finding. Questions marked as turned count the other way round."
    )
    return folded(tr("Every question"), paragraph(note, kind="note"), *parts)


def _scale_questions(study: Study, side: str, outcome: str, tr: Translator) -> Markup:
    texts = item_texts(study, outcome, tr)
    rows = []
    for curve in curves(study.survey, "item_changes", outcome=outcome, side=side):
        for point in curve.points.sort_values("change", ascending=False).to_dict("records"):
            limits = [float(point[name]) for name in ("change", "lo", "hi")]
            if not all(math.isfinite(number) for number in limits):
                continue
            change, lo, hi = (tr.number(number, 2) for number in limits)
            n, p = tr.value(int(point["n"])), tr.p(float(point["p_adjusted"]))
            item = str(point["item"])
            rows.append([texts.get(item, item), change, tr("{lo} to {hi}", lo=lo, hi=hi), n, p])
    if not rows:
        return Markup("")
    heads = [text(outcome_title(study, outcome, tr)), numbers(tr("change")), numbers(tr("95% interval"))]
    return table([*heads, numbers(tr("n")), numbers(tr("p, corrected"))], rows)


def _exact(study: Study, side: str, tr: Translator) -> Block:
    """p-values of exact tests beside the t test, group by group, and whether they say the same."""
    rows: list[list[str]] = []
    agreeing = 0
    reasons: dict[str, None] = {}
    for outcome in wholes(study, side):
        for group in GROUPS:
            about = {"outcome": outcome, "side": side, "group": group}
            tests = {name: found(study.survey, name, **about) for name in TESTS}
            values = {n: r.p_value for n, r in tests.items() if isinstance(r, Estimate) and r.p_value is not None}
            main = values.get("paired_change")
            if main is None or len(values) < 2:
                continue
            reasons |= dict.fromkeys(because(r, tr) for r in not_estimable([t for t in tests.values() if t]))
            agreeing += all((p < ALPHA) == (main < ALPHA) for p in values.values())
            n = max(r.n for r in tests.values() if isinstance(r, Estimate))
            cells = [tr.p(values[name]) if name in values else "–" for name in TESTS]
            label = outcome_title(study, outcome, tr) if group == PARTICIPANTS else ""
            rows.append([label, wording.group_name(group, tr), *cells, tr.value(n)])
    if not rows:
        return []
    said = tr(
        "In {same} of {all} cases every exact test says the same as the t test at the 5 per cent level.",
        same=agreeing,
        all=len(rows),
    )
    dashes = tr("A dash: {reasons}.", reasons="; ".join(reasons)) if reasons else ""
    heads = [text(tr("p-values, change from before to after")), text(tr("group"))]
    heads += [numbers(tr(label)) for label in TESTS.values()] + [numbers(tr("n"))]
    return folded(tr("Exact tests as a check"), paragraph(f"{said} {dashes}", kind="note"), table(heads, rows))
