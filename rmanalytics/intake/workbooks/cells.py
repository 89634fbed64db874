"""The cells of a sheet as texts: values by python-calamine, what it leaves out by our own look into the XML.

Unit: one sheet. Percentages are the numbers that they show, times without a day are minutes, days are ISO, and a
formula that failed or was never calculated is marked as such.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fnmatch import fnmatchcase
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.marks import NOTHING_TO_DO
from rmanalytics.intake.words import Words
from rmanalytics.intake.workbooks.safety import Inside, Place, inside_of, look_through, notes_on
from rmanalytics.language.translator import filled, key

MOST_COLUMNS = 400
FAILED = "#ERROR!"
"""What stands for a formula without a value; the intake refuses it where the column is read."""
_CHUNK_ROWS = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """All cells of a sheet, from its first row: one ``Words`` a column, and what was noted."""

    sheet: str
    columns: list[Words]
    rows_n: int
    merged: tuple[tuple[Place, Place], ...]
    problems: tuple[Problem, ...]

    def texts(self, row: int) -> list[str]:
        """The texts of one row, counted from 0."""
        return [words.distinct[int(words.codes[row])].as_py() for words in self.columns]


class Workbook:
    """An opened workbook.

    Parameters
    ----------
    name : str
        File name, for messages.
    data : bytes
        Its bytes.

    Raises
    ------
    InputError
        RM-E-160 to 162, see `look_through`.
    """

    def __init__(self, name: str, data: bytes) -> None:
        self.name, self.data = name, data
        self.problems = look_through(name, data)
        try:
            self._book = CalamineWorkbook.from_filelike(BytesIO(data))
        except (CalamineError, OSError, ValueError):
            rule, remedy = (
                key("the workbook cannot be read"),
                key("open it in the spreadsheet program and save it anew"),
            )
            raise InputError((Problem(code="RM-E-160", file=name, rule=rule, remedy=remedy),)) from None
        sheets = [s for s in self._book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
        self.sheets = tuple(s.name for s in sheets if s.visible == SheetVisibleEnum.Visible)
        self.hidden = tuple(s.name for s in sheets if s.visible != SheetVisibleEnum.Visible)

    def sheets_named(self, wanted: str) -> tuple[str, ...]:
        """The visible sheets that fit a name or a pattern; the only filled one where no name is given.

        Raises
        ------
        InputError
            RM-E-163 where several sheets are filled and none is named, or the named one is hidden or not there.
        """
        if wanted in self.sheets:
            return (wanted,)
        full = tuple(name for name in self.sheets if self._book.get_sheet_by_name(name).end is not None)
        if not wanted and len(full) == 1:
            return full
        fits = tuple(name for name in full if fnmatchcase(name, wanted))
        if fits and set(wanted) & set("*?"):
            return fits
        if wanted:
            rule = key("the sheet is hidden, and hidden sheets are never read")
            rule = rule if wanted in self.hidden else key("the workbook has no such sheet")
        else:
            rule = filled("the workbook has {n} filled sheets, and none is named", n=len(full))
        remedy = filled('name one of them, as in "{name}#{full}"', name=self.name, full=(full or ("Sheet1",))[0])
        raise InputError((Problem(code="RM-E-163", file=self.name, rule=rule, remedy=remedy),))

    def cells(self, sheet: str) -> Cells:
        """The cells of a visible sheet, as texts.

        Raises
        ------
        InputError
            RM-E-008 for too many columns, 160 where it cannot be read.
        """
        found = self._book.get_sheet_by_name(sheet)
        shown = f"{self.name}#{sheet}"
        inside = inside_of(self.data, sheet)
        special = _by_column(inside)
        ends = [(row, number) for number, marked in special.items() for row, kind in marked.items() if kind == "failed"]
        ends += [found.end] if found.end is not None else []
        if not ends:
            return Cells(sheet=sheet, columns=[], rows_n=0, merged=(), problems=())
        height, width = max(row for row, _ in ends) + 1, max(number for _, number in ends) + 1
        if width > MOST_COLUMNS:
            rule = filled("the sheet has more than {most_columns} columns", most_columns=MOST_COLUMNS)
            remedy = key("delete the columns beside the data, empty formatted ones too")
            raise InputError((Problem(code="RM-E-008", file=shown, rule=rule, remedy=remedy),))
        left = found.start[1] if found.start else 0
        books: list[dict[str, int]] = [{} for _ in range(width)]
        known: list[dict[Any, int]] = [{} for _ in range(width)]
        codes: list[list[NDArray[np.int32]]] = [[] for _ in range(width)]
        read = 0
        rows = itertools.chain(found.iter_rows() if found.end is not None else (), itertools.repeat([]))
        while chunk := list(itertools.islice(rows, min(_CHUNK_ROWS, height - read))):
            padded = [[""] * left + row for row in chunk] if left else chunk
            whole = [row + [""] * (width - len(row)) if len(row) < width else row for row in padded]
            for number, column in enumerate(zip(*whole, strict=True)):
                marked = special.get(number, {})
                here = [row for row in marked if read <= row < read + len(chunk)] if marked else []
                coded = _coded(column, books[number], known[number])
                for row in here:
                    value = column[row - read]
                    word = _special(value, marked[row], _text(value))
                    coded[row - read] = books[number].setdefault(word, len(books[number]))
                codes[number].append(coded)
            read += len(chunk)
        columns = [
            Words.of(np.concatenate([np.zeros(0, dtype=np.int32), *c]), tuple(b))
            for b, c in zip(books, codes, strict=True)
        ]
        notes = [*notes_on(shown, inside), *_format_notes(shown, inside)]
        merged = tuple(found.merged_cell_ranges or ())
        return Cells(sheet=sheet, columns=columns, rows_n=read, merged=merged, problems=tuple(notes))


def _by_column(inside: Inside) -> dict[int, dict[int, str]]:
    found: dict[int, dict[int, str]] = {}
    for places, kind in ((inside.failed, "failed"), (inside.uncalculated, "failed")):
        for row, column in places:
            found.setdefault(column, {})[row] = kind
    for (row, column), kind in inside.formats.items():
        found.setdefault(column, {}).setdefault(row, kind)
    return found


def _coded(column: Sequence[Any], book: dict[str, int], known: dict[Any, int]) -> NDArray[np.int32]:
    """Codes of cells by their texts; each value is put into words once, however often it stands."""
    if bool in set(map(type, column)):  # true would be taken for 1
        words = [_text(value) for value in column]
        for word in dict.fromkeys(words):
            book.setdefault(word, len(book))
        return np.fromiter(map(book.__getitem__, words), dtype=np.int32, count=len(words))
    for value in dict.fromkeys(column):
        if value not in known:
            known[value] = book.setdefault(_text(value), len(book))
    return np.fromiter(map(known.__getitem__, column), dtype=np.int32, count=len(column))


def _special(value: Any, kind: str, text: str) -> str:
    """The text of a cell that failed, or whose format says what its number means."""
    if kind == "failed":
        return FAILED
    if kind == "percent" and isinstance(value, float):
        return _number(round(value * 100, 10))
    if kind.startswith("0") and isinstance(value, float) and value >= 0 and value.is_integer():
        return str(int(value)).zfill(len(kind))
    if kind == "time":
        if isinstance(value, time):
            value = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
        if isinstance(value, float):
            value = timedelta(days=value)
        if isinstance(value, timedelta):
            return _number(round(value.total_seconds() / 60, 6))
    return text


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time | timedelta):
        return str(value)
    return str(value)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) <= 2**53 else repr(value)


def _format_notes(name: str, inside: Inside) -> Iterator[Problem]:
    kinds = {"zeros" if kind.startswith("0") else kind for kind in inside.formats.values()}
    for kind, rule in (
        ("zeros", key("numbers shown with zeros ahead were read as they are shown: 00123 is not 123")),
        ("percent", key("cells shown as percentages were read as the numbers that they show: 85% is 85")),
        ("time", key("cells shown as hours and minutes were read as minutes")),
    ):
        if kind in kinds:
            yield Problem(code="RM-N-160", file=name, rule=filled(rule), remedy=NOTHING_TO_DO)
