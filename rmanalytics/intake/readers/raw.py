"""The cells of any export as texts, before it is known which of its rows are headers: CSV, a sheet, Parquet.

Unit: one file, or one sheet of a workbook.
"""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.files import SIZE_LIMIT_BYTES, open_source, read_inside
from rmanalytics.intake.grid import Grid
from rmanalytics.intake.headers import clean_header
from rmanalytics.intake.tables import refuse_merged
from rmanalytics.intake.words import Words, empty
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.sources import PARQUET, SHEET_MARK, SPSS, WORKBOOKS, split_sheet

DELIMITERS = ",;\t|"
ROW_LIMIT = 1_000_000
LEAST_OF_TABLE = 3
"""Columns from which on a row with one filled cell can be a note."""
_HEAD_ROWS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """All cells below the header rows, and those rows.

    Parameters
    ----------
    name : str
        File name, with the sheet of a workbook.
    digest : str
        SHA-256 of the file.
    heads : list of list of str
        The header rows, from the first one.
    columns : list of Words
        The columns below them.
    rows : array of int
        Row of each as a spreadsheet shows it.
    problems : tuple of Problem
        What was normalised or warned of.
    above : tuple of str
        Titles above the header.
    """

    name: str
    digest: str
    heads: list[list[str]]
    columns: list[Words]
    rows: NDArray[np.int64]
    problems: tuple[Problem, ...]
    above: tuple[str, ...] = ()

    @property
    def header(self) -> list[str]:
        """The first header row, as compared."""
        return [clean_header(text) for text in self.heads[0]]

    def at(self, *names: str) -> int | None:
        """Number of the first column with one of these headers; None where there is none."""
        header = self.header
        return next((header.index(clean_header(name)) for name in names if clean_header(name) in header), None)

    def texts(self, number: int | None) -> list[str]:
        """All texts of a column; empty ones where there is none."""
        if number is None:
            return [""] * len(self.rows)
        words = self.columns[number]
        return [words.texts[code] for code in words.codes]

    def kept(self, rows: NDArray[np.bool_]) -> Raw:
        """The same with some rows alone."""
        columns = [Words(words.codes[rows], words.distinct) for words in self.columns]
        return replace(self, columns=columns, rows=self.rows[rows])

    @property
    def notes(self) -> NDArray[np.bool_]:
        """Rows that are a note below or within a table: words in one cell, and nothing in the others."""
        filled: NDArray[np.bool_] = np.array([~words.rows_with(empty(words.distinct)) for words in self.columns])
        alone: NDArray[np.bool_] = (filled.sum(axis=0) == 1) & (len(self.columns) >= LEAST_OF_TABLE)
        for row in np.flatnonzero(alone):
            words = self.columns[int(filled[:, row].argmax())]
            alone[row] = " " in words.texts[words.codes[row]].strip()
        return alone

    @property
    def blank(self) -> NDArray[np.bool_]:
        """Rows without any content."""
        found = np.ones(len(self.rows), dtype=bool)
        for words in self.columns:
            found &= words.rows_with(empty(words.distinct))
        return found


def open_raw(
    folder: Path, reference: str, *, header_row: int = 1, header_rows: int = 1, labels: bool = True
) -> tuple[Raw, ...]:
    """The cells of a file; of a workbook one for each sheet that the reference names.

    Parameters
    ----------
    folder : Path
        The programme's folder.
    reference : str
        File name, of a workbook with its sheet or a pattern of sheets.
    header_row, header_rows : int
        The first header row, and how many there are.
    labels : bool
        Whether an SPSS file's values are told by their labels.

    Raises
    ------
    InputError
        Every problem of the file's shape.
    """
    file, sheet = split_sheet(reference)
    if file.lower().endswith(PARQUET):
        return (_open_parquet(folder, file, header_rows),)
    if file.lower().endswith(SPSS):
        return (_open_spss(folder, file, labels=labels),)
    if not file.lower().endswith(WORKBOOKS):
        return (_open_text(folder, file, header_row, header_rows),)
    from rmanalytics.intake.workbooks.cells import Workbook  # noqa: PLC0415  (loads calamine: only where there is one)

    data = read_inside(folder, file, SIZE_LIMIT_BYTES)
    book = Workbook(file, data)
    found = []
    for number, name in enumerate(book.sheets_named(sheet)):
        cells = book.cells(name)
        shown = f"{file}{SHEET_MARK}{name}"
        below = header_row + header_rows - 1
        if cells.rows_n <= below:
            raise _refused(
                "RM-E-012", shown, key("the sheet has a header but no rows"), key("export it again with its rows")
            )
        refuse_merged(shown, cells.merged, below)
        found.append(
            Raw(
                name=shown,
                digest=hashlib.sha256(data).hexdigest(),
                heads=[cells.texts(row) for row in range(header_row - 1, below)],
                columns=[words.below(below) for words in cells.columns],
                rows=np.arange(below + 1, cells.rows_n + 1, dtype=np.int64),
                problems=(*(book.problems if not number else ()), *cells.problems),
                above=_filled(cells.texts(row) for row in range(header_row - 1)),
            )
        )
    return tuple(found)


def _open_parquet(folder: Path, file: str, header_rows: int) -> Raw:
    """A Parquet file has one header, its columns' names; further header rows of a survey are rows of it."""
    from rmanalytics.intake.workbooks.parquet import parquet_cells  # noqa: PLC0415  (only where there is one)

    data = read_inside(folder, file, SIZE_LIMIT_BYTES)
    header, columns = parquet_cells(file, data)
    above = header_rows - 1
    body = [words.below(above) for words in columns]
    heads = [[words.texts[words.codes[row]] for words in columns] for row in range(above)]
    rows = np.arange(2 + above, len(columns[0].codes) + 2, dtype=np.int64)
    digest = hashlib.sha256(data).hexdigest()
    return Raw(name=file, digest=digest, heads=[header, *heads], columns=body, rows=rows, problems=())


def _open_spss(folder: Path, file: str, *, labels: bool) -> Raw:
    """An SPSS file has two headers, its variables' names and labels; no row of a spreadsheet is counted for them."""
    from rmanalytics.intake.readers.spss import spss_cells  # noqa: PLC0415  (only where there is one)

    data = read_inside(folder, file, SIZE_LIMIT_BYTES)
    heads, columns = spss_cells(file, data, labels=labels)
    words = [words_of(texts) for texts in columns]
    rows = np.arange(1, len(columns[0]) + 1, dtype=np.int64)
    digest = hashlib.sha256(data).hexdigest()
    return Raw(name=file, digest=digest, heads=heads, columns=words, rows=rows, problems=())


def _open_text(folder: Path, file: str, header_row: int, header_rows: int) -> Raw:
    source = open_source(folder, file)
    text = source.data[source.skip :].decode(source.encoding).lstrip("\ufeff")
    delimiter, text = _delimiter(text)
    try:
        records = list(itertools.islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), ROW_LIMIT + 9))
    except csv.Error:
        rule = key("a quotation mark is opened and not closed where the cell ends")
        raise _refused("RM-E-017", file, rule, key("close it, and double every quotation mark inside a cell")) from None
    below = header_row + header_rows - 1
    if len(records) > ROW_LIMIT + below:
        raise _refused(
            "RM-E-008",
            file,
            filled("the file has more than {row_limit} rows", row_limit=ROW_LIMIT),
            key("split it, for instance by round"),
        )
    heads, body = records[header_row - 1 : below], records[below:]
    if not any(any(cell.strip() for cell in row) for row in body):
        raise _refused("RM-E-012", file, key("the file has a header but no rows"), key("export it again with its rows"))
    width = max(len(head) for head in heads)
    long = [n for n, row in enumerate(body) if len(row) > width and any(cell.strip() for cell in row[width:])]
    if long:
        rule, remedy = key("the row has more cells than the header"), key("export the file again")
        rows = tuple(n + below + 1 for n in long[:5])
        raise InputError(
            (Problem(code="RM-E-015", file=file, rule=rule, remedy=remedy, rows=rows, row_count=len(long)),)
        )
    padded = [(row + [""] * (width - len(row)))[:width] for row in body]
    return Raw(
        name=file,
        digest=source.digest,
        heads=[(head + [""] * (width - len(head)))[:width] for head in heads],
        columns=[words_of(column) for column in zip(*padded, strict=True)],
        rows=np.arange(below + 1, below + 1 + len(body), dtype=np.int64),
        problems=source.problems,
        above=_filled(records[: header_row - 1]),
    )


def _filled(rows: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(cell for row in rows for cell in row if cell.strip())


def _delimiter(text: str) -> tuple[str, str]:
    """The separator under which the first rows have most cells in common, and the text below a ``sep=`` line."""
    first, _, rest = text.partition("\n")
    if first.strip().strip('"').lower().startswith("sep="):
        return first.strip().strip('"')[4:5] or ",", rest
    best, most = ",", 0
    for delimiter in DELIMITERS:
        try:
            rows = list(itertools.islice(csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=delimiter), 30))
        except csv.Error:
            continue
        widths = [len(row) for row in rows if row]
        usual = max(set(widths), key=widths.count, default=0)
        cells = usual * widths.count(usual)
        if usual > 1 and cells > most:
            best, most = delimiter, cells
    return best, text


def _refused(code: str, name: str, rule: str, remedy: str) -> InputError:
    return InputError((Problem(code=code, file=name, rule=rule, remedy=remedy),))


def words_of(texts: Sequence[str]) -> Words:
    """A column from its texts."""
    book: dict[str, int] = {}
    codes = np.fromiter((book.setdefault(text, len(book)) for text in texts), dtype=np.int32, count=len(texts))
    return Words.of(codes, tuple(book))


def grid_of(name: str, columns: dict[str, list[str]], rows: Sequence[int], problems: Sequence[Problem] = ()) -> Grid:
    """A grid from columns of texts, and for each row the row of the export that it comes from."""
    numbers = np.array(rows, dtype=np.int64)
    return Grid(
        name=name,
        headers={column: column for column in columns},
        columns={column: words_of(texts) for column, texts in columns.items()},
        rows=numbers,
        lines=numbers,
        blank=np.zeros(len(numbers), dtype=bool),
        delimiter=",",
        problems=tuple(problems),
    )
