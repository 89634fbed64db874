"""In brief, and all claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rmanalytics.language.translator import translator
from rmanalytics.report.charts.intervals import symbol
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, language_of
from rmanalytics.report.html.markup import render
from rmanalytics.report.words import findings as words

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study


def front(study: Study) -> Block:
    """First screen: the sentence that answers, facts, findings, what the round could not have shown."""
    tr = translator(language_of(study))
    title = tr("What this round could not have shown.")
    return [render("front.html", front=words.front(study, tr), limits_title=title, symbol=symbol)]


def claims(study: Study) -> Block:
    """Every claim, answered."""
    return [tables.claims_matrix(study, translator(language_of(study)))]
