"""How good the scales are: whether their questions hang together, and whether there is room to move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from rmanalytics.language.translator import Translator, plural, translator
from rmanalytics.report.chapters.survey.invariance import invariance
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, folded, language_of, told
from rmanalytics.report.html.markup import numbers, paragraph, table, text
from rmanalytics.report.words import sentences as words
from rmanalytics.report.words.lookup import (
    because,
    curves,
    estimate,
    found,
    goes_down,
    item_texts,
    not_estimable,
    outcome_title,
)
from rmanalytics.results import Estimate

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

WAVES = ("pre", "post")
CROWDED = 0.15
FEW_PEOPLE = 30
_ROOMY = plural(
    "In the {n} scale shown at most 15% of the participants stood at an end before the round",
    "In each of the {n} scales shown at most 15% of the participants stood at an end before the round",
)
_REACHED = plural(
    "On the {n} scale shown at most 15% started so high that a rise could not count as more than error",
    "On each of the {n} scales shown at most 15% started so high that a rise could not count as more than error",
)


def scale_quality(study: Study) -> Block:
    """Alpha and omega, questions that run against their scale, and people at an end of a scale."""
    tr = translator(language_of(study))
    outcomes = list(dict.fromkeys(r.outcome for r in study.survey.find("cronbach_alpha")))
    if not outcomes:
        return absent(tr("Quality of the scales"), None, tr, needs="answers.csv: item, value")
    heads = [
        text(tr("Questions of a scale hang together, 0 to 1 (95% interval)")),
        numbers(tr("alpha before")),
        numbers(tr("alpha after")),
        numbers(tr("omega before")),
        numbers(tr("omega after")),
        numbers(tr("n")),
    ]
    block: Block = [table(heads, [_coefficients(study, outcome, tr) for outcome in outcomes])]
    block += _against(study, outcomes, tr) + invariance(study, outcomes, tr)
    return block + _ends(study, outcomes, tr) + _reach(study, outcomes, tr)


def _coefficients(study: Study, outcome: str, tr: Translator) -> list[str]:
    results = [
        found(study.survey, name, outcome=outcome, group=wave)
        for name in ("cronbach_alpha", "omega_total")
        for wave in WAVES
    ]
    cells = []
    for result in results:
        if isinstance(result, Estimate):
            cells.append(tables.with_limits(result, tr))
        else:
            cells.append("; ".join(because(a, tr) for a in not_estimable([result] if result else [])) or "–")
    n = max((result.n for result in results if result is not None), default=0)
    return [outcome_title(study, outcome, tr), *cells, tr.value(n)]


def _against(study: Study, outcomes: list[str], tr: Translator) -> Block:
    """Questions that go against the rest of their scale, and every correlation folded.

    Of fewer than 30 people no question is suspected: with so few, some run against their scale by chance.
    """
    suspects: list[str] = []
    parts: list[Markup] = []
    judged = 0
    for outcome in outcomes:
        shown = {
            wave: curve
            for wave in WAVES
            for curve in curves(study.survey, "item_rest_correlations", outcome=outcome, group=wave)
        }
        if not shown:
            continue
        texts = item_texts(study, outcome, tr)
        at = {
            wave: {str(p["item"]): float(p["item_rest_r"]) for p in c.points.to_dict("records")}
            for wave, c in shown.items()
        }
        lowest = {item: min(r[item] for r in at.values() if item in r) for r in at.values() for item in r}
        ordered = sorted(lowest, key=lambda item: lowest[item])
        if max(curve.n for curve in shown.values()) >= FEW_PEOPLE:
            judged += 1
            for item in ordered:
                if lowest[item] < 0:
                    value = tr.number(lowest[item], 2)
                    suspects.append(f"{tr.quoted(texts.get(item, item))} ({value})")
        rows = [
            [texts.get(item, item), *(tr.number(at[w][item], 2) if item in at.get(w, {}) else "–" for w in WAVES)]
            for item in ordered
        ]
        heads = [text(outcome_title(study, outcome, tr)), numbers(tr("before")), numbers(tr("after"))]
        parts.append(table(heads, rows))
    if not parts:
        return []
    note = tr("Correlation of each question with the sum of the others of its scale, lowest first.")
    below = folded(tr("Every question and the rest of its scale"), paragraph(note, kind="note"), *parts)
    return _suspected(suspects, judged, len(outcomes) - judged, tr) + below


def _suspected(suspects: list[str], judged: int, untold: int, tr: Translator) -> Block:
    if not judged:
        few = tr(
            "With fewer than {n} people it cannot be told whether a question runs against its scale.", n=FEW_PEOPLE
        )
        return told(few)
    if not suspects:
        alone = plural(
            "In the {n} scale with enough answers every question runs with the rest",
            "In the {n} scales with enough answers every question runs with the rest",
        )
        return told(words.but_for(tr(alone, n=judged), untold, tr) + ".")
    warning = tr(
        "Runs against the rest of its scale, so a missing reverse key is to be suspected: {list}.",
        list="; ".join(suspects),
    )
    return [paragraph(warning, kind="caution")]


def _ends(study: Study, outcomes: list[str], tr: Translator) -> Block:
    """Participants at an end of a scale before: in words where more than 15% are, the table folded."""
    rows, crowded, untold = [], [], 0
    for outcome in outcomes:
        shares = [found(study.survey, name, outcome=outcome) for name in ("floor_share", "ceiling_share")]
        known = [share for share in shares if isinstance(share, Estimate)]
        untold += len(known) < len(shares)
        if not known:
            continue
        rows.append(
            [
                outcome_title(study, outcome, tr),
                *(tables.share_cell(share, tr) for share in shares),
                tr.value(max(share.n for share in known)),
            ]
        )
        if any(share.value > CROWDED for share in known):
            crowded.append(outcome_title(study, outcome, tr))
    if not rows:
        return []
    shown_n = len(outcomes) - untold
    said = (
        tr("More than 15% stand at an end, with little room to move: {list}", list=", ".join(crowded))
        if crowded
        else tr(_ROOMY, n=shown_n)
    )
    said = words.but_for(said, untold, tr) + "."
    heads = [
        text(tr("Participants at an end of the scale before")),
        numbers(tr("at the lowest answer")),
        numbers(tr("at the highest answer")),
        numbers(tr("n")),
    ]
    return told(said) + folded(tr("People at an end of each scale"), table(heads, rows))


def _reach(study: Study, outcomes: list[str], tr: Translator) -> Block:
    """People who started so high that no rise of theirs could count as more than error."""
    rows, many, untold = [], [], 0
    for outcome in outcomes:
        share = estimate(study.survey, "rise_out_of_reach_share", outcome=outcome)
        if goes_down(study, outcome):
            continue
        if share is None:
            untold += bool(study.survey.find("rise_out_of_reach_share", outcome=outcome))
            continue
        rows.append([outcome_title(study, outcome, tr), tables.share_cell(share, tr), tr.value(share.n)])
        if share.value > CROWDED:
            scale = outcome_title(study, outcome, tr)
            many.append(tr("{scale} ({value})", scale=scale, value=tr.share(share.value)))
    if not rows:
        return []
    said = (
        tr(
            "On these scales many participants started so high that no rise of theirs could count as more than error: "
            "{list}",
            list=", ".join(many),
        )
        if many
        else tr(_REACHED, n=len(rows) - untold)
    )
    said = words.but_for(said, untold, tr) + "."
    heads = [text(tr("A rise beyond error is out of reach")), numbers(tr("of the participants")), numbers(tr("n"))]
    return told(said) + folded(tr("For whom a rise beyond error is out of reach"), table(heads, rows))
