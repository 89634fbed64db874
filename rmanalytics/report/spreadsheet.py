"""The report as a workbook: a sheet a chapter, one of all numbers, one of what their columns mean.

Unit: one round. It says what the page says, in typed cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rmanalytics.language.translator import key, translator
from rmanalytics.report.charts.drawing import separators
from rmanalytics.report.html.read_back import in_order, number_of
from rmanalytics.report.html.workbook import Head, Row, rows_of, write_sheets
from rmanalytics.results import COLUMNS

if TYPE_CHECKING:
    from rmanalytics.report.page import ChapterLike

MEANING = {
    "name": key("what is estimated, by the name of its measure"),
    "outcome": key("the scale or other thing that it is about"),
    "side": key("mentor or mentee"),
    "group": key("the group of people; for a point of a curve also which point"),
    "quantity": key("estimate: the result itself; another word: a further number of the same fit; [i]: a point"),
    "status": key("estimated, or not_estimable with its reason"),
    "value": key("the number"),
    "lo": key("lower limit of the interval"),
    "hi": key("upper limit of the interval"),
    "confidence": key("confidence of the interval"),
    "interval": key("ordinary; repeated: holds at every look; selection_corrected: allows for a choice among several"),
    "unit": key("unit of the number"),
    "n": key("how many it rests on"),
    "unit_of_analysis": key("what n counts"),
    "n_excluded": key("how many are left out"),
    "excluded_reason": key("why they are left out"),
    "comparator": key("what it is compared with"),
    "n_comparator": key("how many those are"),
    "p_value": key("two-sided, unless the method says otherwise"),
    "method": key("the method in words"),
    "draws": key("number of random draws"),
    "seed": key("seed of the draws"),
    "mc_se": key("standard error of p_value, from the number of draws"),
    "reason": key("why there is no estimate"),
}


def write_report(
    path: Path, chapters: Sequence[ChapterLike], numbers: Sequence[Mapping[str, Any]], *, language: str
) -> Path:
    """Write ``report.xlsx``.

    Parameters
    ----------
    path : Path
        The file, written over.
    chapters : sequence
        As for `rmanalytics.report.page.assemble`; texts and tables follow one another as on the page.
    numbers : sequence of mapping
        The rows of ``results.json``.
    language : str
        ``en``, ``de`` or ``de-CH``.
    """
    tr = translator(language)
    marks = separators(tr)
    every = [Head(COLUMNS), *([row[name] for name in COLUMNS] for row in numbers)]
    meaning = [Head((tr("column"), tr("meaning"))), *([name, tr(MEANING[name])] for name in COLUMNS)]
    sheets = {f"{chapter.title}": list(_rows(chapter, marks)) for chapter in chapters}
    return write_sheets(path, {**sheets, tr("All numbers"): every, tr("Definitions"): meaning})


def _rows(chapter: ChapterLike, marks: str) -> Iterator[Row]:
    """A chapter's texts and tables one below the other."""
    yield Head((chapter.title,))
    for item in in_order(chapter.html, separators=marks):
        if not isinstance(item, str):
            heads, *rows = rows_of(item)
            yield heads
            for row in rows:
                yield [cell if not isinstance(cell, str) else _typed(cell, marks) for cell in row]
            yield ()
        elif item != chapter.title:
            yield (item,)


def _typed(cell: str, marks: str) -> object:
    number = number_of(cell, marks)
    return cell if number is None else number
