"""The pages: one file each, everything inside, nothing asked of any other place.

`assemble` makes a round's report from the chapters that notebooks gave, `index_page` lists the rounds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from markupsafe import Markup

from rmanalytics.evaluation.lacking import lacking
from rmanalytics.language.translator import Translator, key, translator
from rmanalytics.report.charts.figures import plotly_js
from rmanalytics.report.charts.picture import still
from rmanalytics.report.html import without_data
from rmanalytics.report.html.markup import render, stylesheet
from rmanalytics.report.html.reading_aids import figures, named_tables
from rmanalytics.report.words import wording
from rmanalytics.report.words.findings import headline, kicker

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

RESTRICTED = key("Restricted: HR analysis, not to be passed on")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
POLICY_WITHOUT_SCRIPTS = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = re.compile(r'<style class="rma-style">.*?</style>\s*', re.DOTALL)
_ANCHOR = re.compile(r'<a class="anchor-link"[^>]*>.*?</a>', re.DOTALL)
_SUBHEAD = re.compile(r"<h3[^>]*>(.*?)</h3>", re.DOTALL)
_HEAD = re.compile(r"<h2[^>]*>.*?</h2>", re.DOTALL)
_FRONT = re.compile(r'<h1 class="headline">(.*?)</h1>', re.DOTALL)
_CHART = re.compile(r'<div class="chart"')
_NOT_ID = re.compile(r"[^A-Za-z0-9_-]+")


class ChapterLike(Protocol):
    """What a chapter must tell: the notebook's name, the title for the contents, and its HTML."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def html(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A chapter: name, title and HTML."""

    name: str
    title: str
    html: str


def figure_html(bundle: Mapping[str, Any]) -> str:
    """A plotly figure, as a notebook keeps it, as a place that the page draws into.

    Parameters
    ----------
    bundle : mapping
        ``data`` and ``layout``; ``layout.meta`` holds ``id`` and ``alt``.

    Examples
    --------
    >>> figure_html({"data": [], "layout": {"meta": {"id": "x", "alt": "Nothing <drawn>."}}})[:66]
    '<div class="chart" role="img" aria-label="Nothing &lt;drawn&gt;." '
    """
    meta = bundle["layout"].get("meta") or {}
    spec = {"data": bundle["data"], "layout": bundle["layout"]}
    text = json.dumps(spec, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(sign, escaped)
    height = int(bundle["layout"].get("height") or 0)
    return str(
        Markup(
            '<div class="chart" role="img" aria-label="{}" data-figure-id="{}" style="min-height:{}px">'
            '{}<script type="application/json">{}</script></div>'
        ).format(meta.get("alt", ""), meta.get("id", ""), height, *map(Markup, (still(spec), text)))  # escaped above
    )


def assemble(chapters: Sequence[ChapterLike], study: Study) -> str:
    """A round's report in one file.

    Parameters
    ----------
    chapters : sequence
        In order; each with ``name``, ``title`` and ``html``, figures already turned by `figure_html`.
    study : Study
        For the language, the title, the programme and the dates.
    """
    tr = translator(study.programme.language)
    links: list[dict[str, Any]] = []
    sections = []
    for chapter in chapters:
        section, found = _section(chapter)
        sections.append(section)
        links += found
    text = named_tables(figures("\n".join(sections)))
    headed = _FRONT.search(text) is not None
    round_name = wording.round_name(study.round.id)
    return str(
        render(
            "page.html",
            language=tr.language,
            policy=POLICY,
            restricted=tr(RESTRICTED),
            title=f"{study.programme.name} · {round_name} · {tr(RESTRICTED)}",
            short=f"{study.programme.name} · {round_name}",
            skip=tr("Skip to the report"),
            contents=tr("Contents"),
            page_css=stylesheet("page.css"),
            blocks_css=stylesheet("blocks.css"),
            links=links,
            headed=headed,
            kicker=kicker(study, tr),
            headline="" if headed else headline(study, tr),
            chapters=Markup(text),  # noqa: S704  (made by our own blocks and nbconvert)
            plotly=Markup(plotly_js()) if _CHART.search(text) else "",  # noqa: S704  (the library's own text)
            script=stylesheet("page.js"),
            without_scripts=tr("Without scripts the charts are still pictures. Every chart has its numbers below it."),
            made=_made(study, tr),
        )
    )


def shrunk(chapters: Sequence[ChapterLike], study: Study) -> list[ChapterLike]:
    """The chapters as far as they hold something, and one for all that they do not."""
    return without_data.shrunk(chapters, lacking(study.bundle), translator(study.programme.language))


def headline_of(html: str) -> str:
    """The headline that stands in a page or chapter, as plain text; empty where there is none."""
    found = _FRONT.search(html)
    return Markup(found[1]).unescape() if found else ""  # noqa: S704  (only to be unescaped)


def _made(study: Study, tr: Translator) -> str:
    return tr("For HR and the programme team. Data up to {until}.", until=study.programme.data_until)


def _section(chapter: ChapterLike) -> tuple[str, list[dict[str, Any]]]:
    """A chapter with ids on its headings, and the links that lead there; none is skipped below the headline."""
    anchor = "c-" + _NOT_ID.sub("-", chapter.name)
    html = _ANCHOR.sub("", _STYLE.sub("", chapter.html))
    level = 3
    if _FRONT.search(html):
        html, level = _HEAD.sub("", html, count=1), 2
    links = [{"id": anchor, "title": chapter.title, "sub": False}]

    def numbered(match: re.Match[str]) -> str:
        title = Markup(match[1]).striptags()  # noqa: S704  (only to be stripped)
        links.append({"id": f"{anchor}-{len(links)}", "title": title, "sub": True})
        return f'<h{level} id="{links[-1]["id"]}">{match[1]}</h{level}>'

    return f'<section id="{anchor}">\n{_SUBHEAD.sub(numbered, html)}\n</section>', links


def index_page(entries: Sequence[Mapping[str, Any]], *, language: str) -> str:
    """The list of rounds, latest first as given.

    Parameters
    ----------
    entries : sequence of mappings
        ``round``, ``folder`` (None where there is no report), ``programme``, ``generated_at`` (ISO day), ``headline``
        and ``failed`` (None, or a mapping with ``code``, ``at`` and ``cause``); all but ``round`` may be left out.
    language : str
        ``en``, ``de`` or ``de-CH``.
    """
    tr = translator(language)
    programmes = sorted({str(e["programme"]) for e in entries if e.get("programme")})
    return str(
        render(
            "index.html",
            language=language,
            policy=POLICY_WITHOUT_SCRIPTS,
            restricted=tr(RESTRICTED),
            title=tr("Evaluation reports"),
            kicker=" · ".join(programmes),
            page_css=stylesheet("page.css"),
            blocks_css=stylesheet("blocks.css"),
            entries=[_entry(e, tr) for e in entries],
        )
    )


def _entry(entry: Mapping[str, Any], tr: Translator) -> dict[str, Any]:
    folder, failed = entry.get("folder"), entry.get("failed")
    name = wording.round_name(str(entry["round"]))
    made = _day(str(entry.get("generated_at") or ""), tr)
    return {
        "round": tr("Round {round}", round=name),
        "period": entry.get("period", ""),
        "headline": entry.get("headline")
        or (tr("Report of the round {round}", round=name) if folder else tr("No report yet")),
        "link": f"{folder}/report.html" if folder else "",
        "made": tr("made on {day}", day=made) if made else "",
        "failed": tr(
            "The last run failed on {day}: {cause} ({code})",
            day=_day(str(failed.get("at", "")), tr),
            cause=failed.get("cause", ""),
            code=failed.get("code", ""),
        )
        if failed
        else "",
    }


def _day(text: str, tr: Translator) -> str:
    try:
        return tr.day(date.fromisoformat(text[:10]))
    except ValueError:
        return text
