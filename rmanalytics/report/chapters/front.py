"""In brief, and all claims."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rmanalytics.language.translator import Translator, translator
from rmanalytics.report.charts import figures
from rmanalytics.report.charts.drawing import row
from rmanalytics.report.charts.intervals import symbol
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, charted, language_of
from rmanalytics.report.html.markup import render
from rmanalytics.report.words import findings as words
from rmanalytics.report.words import wording
from rmanalytics.results import Estimate, Result

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study
    from rmanalytics.evaluation.claims import Answer


def front(study: Study) -> Block:
    """First screen: the sentence that answers, facts, findings, what could not have been shown; then the rounds."""
    tr = translator(language_of(study))
    title = tr("What this round could not have shown.")
    first = render("front.html", front=words.front(study, tr), limits_title=title, symbol=symbol)
    return [first, *_rounds(study, tr)]


def _rounds(study: Study, tr: Translator) -> Block:
    """The strip of rounds of the primary claim, all rounds together last: the verdict's own interval."""
    answer = words.primary_answer(study)
    return [] if answer is None or answer.repeated is None else over_rounds(answer, tr)


def over_rounds(answer: Answer, tr: Translator) -> Block:
    """A claim's rounds and all of them together as dots with intervals; its one figure where no round is told alone."""
    if not isinstance(answer.result, Estimate):
        return []
    lo, hi = answer.repeated or (answer.result.lo, answer.result.hi)
    together, claim = replace(answer.result, lo=lo, hi=hi), answer.claim
    if answer.by_round:
        label = tr("all rounds together")
        title = tr("{title}: round by round, and all rounds together", title=tr.pick(claim.title))
        subtitle = tr(
            "A round alone has its ordinary 95% interval and no verdict; all rounds together have the interval that "
            "may be read after every round"
        )
    else:
        label, title = claim.id, tr.pick(claim.title)
        subtitle = tr(
            "{unit}, 95% interval; {n}", unit=wording.unit_head(together, tr), n=wording.counted(together, tr)
        )
    listed: list[tuple[str, Result]] = [(wording.round_name(name), one) for name, one in answer.by_round]
    rows = [row(one, wording.round_name(name), tr) for name, one in answer.by_round]
    rows.append(row(together, label, tr, strong=True, diamond=bool(answer.by_round)))
    alt = (
        tr("Dots with intervals, one row a round. {title}.", title=title)
        if answer.by_round
        else tr("Dot with interval. {title}.", title=title)
    )
    null = claim.null if claim.null is None or together.unit != "share" else 100 * claim.null
    figure_id = "rounds-together" if answer.by_round else f"claim-{claim.id}"
    chart = figures.forest(rows, tr, figure_id=figure_id, alt=alt, reference=null)
    return charted(title, subtitle, chart, tables.estimates([*listed, (label, together)], tr, first=tr("round")), tr)


def claims(study: Study) -> Block:
    """Every claim, answered."""
    return [tables.claims_matrix(study, translator(language_of(study)))]
