"""A block of a chapter: paragraphs, tables and figures in order, ready to be shown in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from rmanalytics.language.translator import Translator
from rmanalytics.report.charts.figures import Figure
from rmanalytics.report.html.markup import details, paragraph, render
from rmanalytics.report.words.lookup import because
from rmanalytics.results import NotEstimable, Result

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

Block = list[Markup | Figure]
"""HTML and plotly figures, in reading order."""


def language_of(study: Study) -> str:
    """The language of the programme's readers."""
    return study.programme.language


def charted(
    title: str,
    subtitle: str,
    chart: Figure,
    numbers: Markup,
    tr: Translator,
    *,
    legend: Sequence[tuple[str, str]] = (),
) -> Block:
    """A figure with its title that says the finding, measure, unit and n below, and its numbers folded.

    ``legend`` are (tone, words) of marks that no label on the chart names.
    """
    caption = render("caption.html", title=title, subtitle=subtitle, legend=legend)
    return [caption, chart, details(tr("Show the numbers"), numbers)]


def titled(title: str, subtitle: str, content: Markup) -> Block:
    """A table with its title that says the finding, and measure, unit and n below, as a figure has them."""
    return [render("caption.html", title=title, subtitle=subtitle, legend=()), content]


def folded(summary: str, *content: Markup) -> Block:
    """Content under a line that says what it is; nothing where there is no content."""
    return [details(summary, Markup("").join(content))] if content else []


def told(*sentences: str) -> Block:
    """Sentences as one paragraph; empty ones are left out."""
    joined = " ".join(sentence for sentence in sentences if sentence)
    return [paragraph(joined)] if joined else []


def absent(what: str, result: Result | None, tr: Translator, *, needs: str = "") -> Block:
    """Why there is nothing to show: the reason of the result, or what data it takes."""
    if isinstance(result, NotEstimable):
        text = tr("{what}: not estimable, {reason} (n = {n}).", what=what, reason=because(result, tr), n=result.n)
    elif needs:
        text = tr("{what}: not measured. It takes {needs}.", what=what, needs=needs)
    else:
        text = tr("{what}: not measured.", what=what)
    return [paragraph(text, kind="absent")]
