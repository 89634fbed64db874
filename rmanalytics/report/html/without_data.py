"""A report shrinks to its data: parts that hold no figure stand together at its end, with what three files would add.

Unit: one part, a heading of a chapter with what stands below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from rmanalytics.containment import CODE
from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.lacking import Lack, most_gained
from rmanalytics.language.translator import Translator, plural
from rmanalytics.report.html.markup import numbers, paragraph, table, text
from rmanalytics.report.words.wording import sentence

if TYPE_CHECKING:
    from rmanalytics.report.page import ChapterLike

NAME = "without_data"
_PART = re.compile(r"(?=<h3[\s>])")
_INTRO = re.compile(r'.*?(?=<style class="rma-style">|<div class="rma">|<div class="chart"|\Z)', re.DOTALL)
_HEADING = re.compile(r"<h3[^>]*>(.*?)</h3>", re.DOTALL)
_ABSENT = re.compile(r'<p class="absent">(.*?)</p>', re.DOTALL)
_NOTHING = re.compile(r'<style class="rma-style">.*?</style>|</?div[^>]*>|\s+', re.DOTALL)
_GAIN = plural(
    "{files} would let {n} more claim be answered.",
    "{files} would let {n} more claims be answered.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A chapter as it stays."""

    name: str
    title: str
    html: str


def folded(chapters: Sequence[ChapterLike]) -> tuple[list[ChapterLike], dict[str, list[str]]]:
    """The chapters without their empty parts, and why those are empty: each reason once, with all that it empties.

    Parameters
    ----------
    chapters : sequence
        As for `rmanalytics.report.page.assemble`.

    Returns
    -------
    tuple of list and dict
        A chapter whose parts are all empty is gone; a part that failed stays where it is.

    Examples
    --------
    >>> part = '<h3>Ties</h3><div class="rma"><p class="absent">Ties: not measured.</p></div>'
    >>> folded([Kept(name="05", title="Bridge", html="<h2>Bridge</h2>" + part)])
    ([], {'not measured.': ['Ties']})
    """
    kept: list[ChapterLike] = []
    why: dict[str, dict[str, None]] = {}
    for chapter in chapters:
        first, *parts = _PART.split(chapter.html)
        found = _INTRO.match(first)
        intro = found[0] if found else ""
        stay = []
        for part in filter(None, (first[len(intro) :], *parts)):
            if _NOTHING.sub("", _HEADING.sub("", _ABSENT.sub("", part))) or CODE in part:
                stay.append(part)
                continue
            for reason in dict.fromkeys(_ABSENT.findall(part)):
                what, _, rest = _plain(reason).partition(": ")
                things = why.setdefault(rest or what, {})
                things[what if rest else chapter.title] = None
        if stay:
            kept.append(Kept(name=chapter.name, title=chapter.title, html=intro + "".join(stay)))
    return kept, {reason: list(things) for reason, things in why.items()}


def shrunk(chapters: Sequence[ChapterLike], lacks: Iterable[Lack], tr: Translator) -> list[ChapterLike]:
    """The chapters that hold something, and behind them one that says what the others lack."""
    kept, why = folded(chapters)
    if not why:
        return kept
    title = tr("Parts without figures, and what would fill them")
    head = Markup("<h2>{}</h2>").format(title)
    rows = [["; ".join(things), reason] for reason, things in why.items()]
    parts = [*_three_files(tuple(lacks), tr), table([text(tr("part")), text(tr("why it is empty"))], rows)]
    html = Markup('{}<div class="rma">{}</div>').format(head, Markup("\n").join(parts))
    return [*kept, Kept(name=NAME, title=title, html=str(html))]


def _three_files(lacks: Sequence[Lack], tr: Translator) -> Iterator[Markup]:
    gains = most_gained(lacks)
    n = sum(len(new) for _, new in gains)
    if not n:
        return
    files = ", ".join(file for file, _ in gains)
    yield paragraph(sentence(tr(_GAIN, files=files, n=n)))
    titles = {claim.id: tr.pick(claim.title) for claim in claims()}
    rows = []
    for file, new in gains:
        needed = [lack.part or tr("the whole table") for lack in lacks if lack.file == file]
        rows.append([tr("{file}: {part}", file=file, part="; ".join(needed)), tr.value(len(new)), _listed(new, titles)])
    yield table([text(tr("what is lacking")), numbers(tr("claims gained")), text(tr("which"))], rows)


def _listed(ids: Iterable[str], titles: dict[str, str]) -> str:
    return "; ".join(f"{one} {titles[one]}" for one in ids) or "–"


def _plain(html: str) -> str:
    return Markup(html).striptags()  # noqa: S704  (only to be stripped)
