"""The pages: one file each, everything inside, nothing asked of any other place.

`assemble` makes a round's report from the chapters that notebooks gave, `index_page` lists the rounds and
`leadership_page` is the one page for the board, made from released figures alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from markupsafe import Markup

from rmanalytics.language.translator import Translator, key, translator
from rmanalytics.report.chapters.value.branding import metric_name
from rmanalytics.report.charts import intervals
from rmanalytics.report.charts.figures import plotly_js
from rmanalytics.report.charts.intervals import symbol
from rmanalytics.report.html.markup import render, stylesheet
from rmanalytics.report.words import wording
from rmanalytics.report.words.findings import headline, kicker
from rmanalytics.report.words.verdicts import WORDS

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

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
            '<script type="application/json">{}</script></div>'
        ).format(meta.get("alt", ""), meta.get("id", ""), height, Markup(text))  # noqa: S704  (signs are escaped above)
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
    text = "".join(section["html"] for section in sections)
    headed = _FRONT.search(text) is not None
    round_name = wording.round_name(study.round.id)
    return str(
        render(
            "page.html",
            language=tr.language,
            policy=POLICY,
            title=f"{study.programme.name} · {round_name}",
            short=f"{study.programme.name} · {round_name}",
            contents=tr("Contents"),
            page_css=stylesheet("page.css"),
            blocks_css=stylesheet("blocks.css"),
            links=links,
            headed=headed,
            kicker=kicker(study, tr),
            headline="" if headed else headline(study, tr),
            chapters=sections,
            figures=_CHART.search(text) is not None,
            plotly=Markup(plotly_js()) if _CHART.search(text) else "",  # noqa: S704  (the library's own text)
            script=stylesheet("page.js"),
            without_scripts=tr("The charts need scripts. Every chart has its numbers below it."),
            made=_made(study, tr),
        )
    )


def headline_of(html: str) -> str:
    """The headline that stands in a page or chapter, as plain text; empty where there is none."""
    found = _FRONT.search(html)
    return Markup(found[1]).unescape() if found else ""  # noqa: S704  (only to be unescaped)


def _made(study: Study, tr: Translator) -> str:
    return tr(
        "For HR and the programme team: not for passing on. Data up to {until}.", until=study.programme.data_until
    )


def _section(chapter: ChapterLike) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A chapter with ids on its headings, and the links that lead there."""
    anchor = "c-" + _NOT_ID.sub("-", chapter.name)
    html = _ANCHOR.sub("", _STYLE.sub("", chapter.html))
    if _FRONT.search(html):
        html = _HEAD.sub("", html, count=1)
    links = [{"id": anchor, "title": chapter.title, "sub": False}]

    def numbered(match: re.Match[str]) -> str:
        title = Markup(match[1]).striptags()  # noqa: S704  (only to be stripped)
        links.append({"id": f"{anchor}-{len(links)}", "title": title, "sub": True})
        return f'<h3 id="{links[-1]["id"]}">{match[1]}</h3>'

    html = _SUBHEAD.sub(numbered, html)
    return {"id": anchor, "html": Markup(html)}, links  # noqa: S704  (made by our own blocks and nbconvert)


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
            title=tr("Evaluation reports"),
            kicker=" · ".join(programmes),
            page_css=stylesheet("page.css"),
            blocks_css=stylesheet("blocks.css"),
            leadership=tr("page for the leadership"),
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
        "leadership": f"{folder}/leadership.html" if folder else "",
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


OUTSIDE = {
    "points_against": (key("The data point against"), key("To be looked into by the programme team.")),
    "points_for": (
        key("Points for"),
        key("People who took part do better; whether the programme is the reason is not known."),
    ),
    "not_shown": (key("Not shown"), key("An effect that would have mattered is ruled out.")),
    "could_not": (key("Cannot be told yet"), key("Neither an effect nor its absence: it takes more people or rounds.")),
    "too_few": (key("Too few people to be told"), key("From 25 people on each side there is a word.")),
}
"""Heading and note of each word but *shown*, in the order of the page."""
SIGNS = {"too_few": "withheld"}


def leadership_page(released: Mapping[str, Any]) -> str:
    """The one page for the board: what may be said, what points against, what cannot be told, whether the rules held.

    Parameters
    ----------
    released : mapping
        What `rmanalytics.release.gate.released` lets out.
    """
    tr = translator(str(released["language"]))
    statements = [{"text": s["text"], "note": _statement_note(s, tr)} for s in released["statements"]]
    round_name = wording.round_name(str(released["round"]))
    audits = [
        {"text": tr("{title}: {word}", title=a["claim"], word=tr(WORDS[a["word"]])), "symbol": symbol(a["word"])}
        for a in released["audits"]
    ]
    lists = [
        {
            "kind": word,
            "head": tr(head),
            "note": tr(note),
            "symbol": symbol(SIGNS.get(word, word)),
            "texts": released["words"][word],
        }
        for word, (head, note) in OUTSIDE.items()
        if word in released["words"]
    ]
    loud = [tr("Rule broken: {title}.", title=a["claim"]) for a in released["audits"] if a["word"] == "broken"]
    return str(
        render(
            "leadership.html",
            language=tr.language,
            policy=POLICY_WITHOUT_SCRIPTS,
            page_css=stylesheet("page.css"),
            blocks_css=stylesheet("blocks.css"),
            own_css=stylesheet("leadership.css"),
            kicker=f"{released['programme']} · {round_name}",
            title=_remembered(released, round_name, tr),
            loud=loud,
            heads={
                "may": tr("May be said, word for word"),
                "nothing": tr("Nothing may be said outside yet."),
                "branding": tr("Employer branding"),
                "audits": tr("Rules of the programme"),
                "notes": tr("Notes"),
            },
            statements=statements,
            branding=[_branding(b, tr) for b in released["branding"]],
            lists=lists,
            audits=audits,
            notes=[tr("No name, no group of few, no ranking of people or tandems."), *released["notes"]],
        )
    )


def _remembered(released: Mapping[str, Any], round_name: str, tr: Translator) -> str:
    """The sentence to remember: what is shown, at most two claims by their own words; else what the page cannot say."""
    claims = [str(s["claim"]) for s in released["statements"]]
    if not claims and not released["planned"]:
        return tr("After the round {round}: no plan was declared, so nothing counts as shown", round=round_name)
    if not claims:
        return tr("After the round {round} no claim is shown yet", round=round_name)
    shown = "; ".join(claim if tr.german else tr.inner(claim) for claim in claims[:2])
    if len(claims) > 2:
        return tr("Shown by {round}: {claims}; and {n} more", round=round_name, claims=shown, n=len(claims) - 2)
    return tr("Shown by {round}: {claims}", round=round_name, claims=shown)


def _statement_note(statement: Mapping[str, Any], tr: Translator) -> str:
    parts = [tr("at least {n} people on each side", n=statement["n"])]
    if statement["comparator"]:
        parts.append(tr("compared with: {comparator}", comparator=tr(str(statement["comparator"]))))
    return " · ".join(parts)


def _shown(value: Any, unit: str, tr: Translator) -> str:
    if not isinstance(value, int | float):
        return str(value)
    return tr.share(value) if unit == "share" else tr.value(value)


def _branding(entry: Mapping[str, Any], tr: Translator) -> dict[str, Any]:
    unit = str(entry.get("unit", "share"))
    lo, hi, value = entry.get("lo"), entry.get("hi"), entry.get("value", "")
    note = []
    if lo is not None and hi is not None:
        low = tr.number(100 * lo, 0) if unit == "share" and isinstance(lo, int | float) else _shown(lo, unit, tr)
        limits = tr("{lo} to {hi}", lo=low, hi=_shown(hi, unit, tr))
        note.append(tr("{level}% interval {limits}", level=95, limits=limits))
    if entry.get("n"):
        note.append(tr("n = {n}", n=entry["n"]))
    series = [p for p in entry.get("series", ()) if isinstance(_point(p), int | float)]
    drawing, span = Markup(""), None
    if len(series) > 1:
        points = [(float(_point(p)), p.get("lo"), p.get("hi")) for p in series]
        ends = [_shown(points[i][0], unit, tr) for i in (0, -1)]
        label = tr("From {start} to {end}", start=ends[0], end=ends[1])
        drawing = intervals.series(points, label=label)
        span = [f"{_month(str(series[i].get('date', '')), tr)}: {ends[i]}" for i in (0, -1)]
    elif unit == "share" and all(isinstance(x, int | float) for x in (value, lo, hi)):
        axis = intervals.Axis(lo=0.0, hi=1.0)
        drawing = intervals.dot_interval(value, lo, hi, axis=axis, tone="part", label=_shown(value, unit, tr))
        span = [tr.share(0.0), tr.share(1.0)]
    return {
        "title": _branding_title(entry, tr),
        "value": _shown(value, unit, tr),
        "note": " · ".join(note),
        "drawing": drawing,
        "span": span,
    }


def _branding_title(entry: Mapping[str, Any], tr: Translator) -> str:
    metric, group = metric_name(str(entry.get("metric", "")), tr), entry.get("group")
    if group == "exposed":
        return tr("{metric}, people who saw the programme mentioned", metric=metric)
    if group == "not exposed":
        return tr("{metric}, other people", metric=metric)
    return tr(str(entry["title"])) if entry.get("title") else metric


def _point(point: Mapping[str, Any]) -> Any:
    return point.get("value", point.get("share"))


def _month(text: str, tr: Translator) -> str:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return text
    return f"{tr.month(day.month)} {day.year}"
