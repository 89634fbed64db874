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


def front(study: Study) -> Block:
    """First screen: the sentence that answers, facts, findings, what could not have been shown; then the rounds."""
    tr = translator(language_of(study))
    title = tr("What this round could not have shown.")
    first = render("front.html", front=words.front(study, tr), limits_title=title, symbol=symbol)
    return [first, *_rounds(study, tr)]


def _rounds(study: Study, tr: Translator) -> Block:
    """The strip of rounds of the primary claim, all rounds together last: the verdict's own interval."""
    answer = words.primary_answer(study)
    if answer is None or not isinstance(answer.result, Estimate) or answer.repeated is None:
        return []
    lo, hi = answer.repeated
    together = replace(answer.result, lo=lo, hi=hi)
    label = tr("all rounds together")
    listed: list[tuple[str, Result]] = [(wording.round_name(name), one) for name, one in answer.by_round]
    rows = [row(one, wording.round_name(name), tr) for name, one in answer.by_round]
    rows.append(row(together, label, tr, strong=True, diamond=True))
    title = tr("{title}: round by round, and all rounds together", title=tr.pick(answer.claim.title))
    alt = tr("Dots with intervals, one row a round. {title}.", title=title)
    subtitle = tr(
        "A round alone has its ordinary 95% interval and no verdict; all rounds together have the interval that may "
        "be read after every round"
    )
    chart = figures.forest(rows, tr, figure_id="rounds-together", alt=alt)
    return charted(title, subtitle, chart, tables.estimates([*listed, (label, together)], tr, first=tr("round")), tr)


def claims(study: Study) -> Block:
    """Every claim, answered."""
    return [tables.claims_matrix(study, translator(language_of(study)))]
