"""A file as a person sees it: its first rows, the row that looks like the header, the columns and what they may mean.

Unit: one file, or one sheet of a workbook.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.dates import read_dates
from rmanalytics.intake.files import SIZE_LIMIT_BYTES, TEXT_SUFFIXES, read_inside
from rmanalytics.intake.headers import clean_header
from rmanalytics.intake.look.words import meaning, plain
from rmanalytics.intake.readers.qualtrics_json import SUFFIXES, Question, questions_in, responses_in, responses_of
from rmanalytics.intake.readers.raw import LEAST_OF_TABLE, open_raw
from rmanalytics.intake.readers.snapshots import first_day
from rmanalytics.intake.records import TOTAL_WORDS
from rmanalytics.intake.schema import TABLES
from rmanalytics.intake.values import clean
from rmanalytics.language.translator import filled, inside, key
from rmanalytics.programme.sources import PARQUET, SHEET_MARK, SPSS, WORKBOOKS

HEADER_WITHIN = 12
MOST_AHEAD = 35
"""Years of two digits up to this one are of this century."""
MOST_ROWS = 5_000
"""Rows that are looked at."""
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")
_DATE_LIKE = re.compile(r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}([ T].*)?")
_OLD_NAME = re.compile(r"V[0-9]+")
DEFINITION = "definition"
_NO_DAY = re.compile(r"(0?1[./-]0?1[./-]1900|1900-01-01)([ T].*)?")
"""The first day of some calendars, where there is none."""
_FAILED = re.compile(r"#(N/A|NV|[\w/]+[!?])")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(kw_only=True, eq=False)
class Column:
    """One column: its header, what it may mean, how surely, and its cells (the first ones)."""

    header: str
    number: int
    cells: list[str]
    column: str = ""
    sure: float = 0.0
    why: str = ""
    means: dict[str, str] = field(default_factory=dict)
    """What its words stand for, where other columns tell it."""
    asked: tuple[str, ...] = ()
    """The question's texts, where they stand elsewhere than in the header."""

    @property
    def question(self) -> str:
        """What was asked: the header, where no other text says it."""
        return self.asked[0] if self.asked else self.header

    @cached_property
    def filled(self) -> list[str]:
        """The cells that are not empty."""
        return [cell for cell in self.cells if cell]

    @cached_property
    def known(self) -> frozenset[str]:
        """The different cells."""
        return frozenset(self.filled)

    @cached_property
    def days(self) -> list[date | None]:
        """The day of each cell, where most of its cells are days; an open end is none."""
        there = list(dict.fromkeys(self.filled))
        if not there or 2 * sum(bool(_DATE_LIKE.fullmatch(t)) for t in there) < len(there):
            return []
        slashed = [t.replace("/", "-") if re.fullmatch(r"[0-9]{4}/.*", t) else t for t in there]
        slashed = [re.sub(r"^([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}).*$", _slashed(there), t) for t in slashed]
        slashed = [re.sub(r"^([0-9]{1,2})[-.]([0-9]{1,2})[-.]([0-9]{2}|[0-9]{4})$", _in_full, t) for t in slashed]
        days, _, _ = read_dates(
            slashed, np.ones(len(slashed), dtype=bool), since=1900, latest=date(9000, 1, 1), time=False
        )
        day_of = {t: day.item().date() for t, day in zip(there, days, strict=True) if not np.isnat(day)}
        return [day_of.get(cell) for cell in self.cells] if day_of else []

    @cached_property
    def dates(self) -> list[date]:
        """The different days in it."""
        return list(dict.fromkeys(day for day in self.days if day is not None))

    @cached_property
    def numbers(self) -> list[float]:
        """The numbers in it, where all of its filled cells are numbers."""
        there = self.filled
        if not there or not all(_NUMBER.fullmatch(cell) for cell in there):
            return []
        return [float(cell.replace(",", ".")) for cell in there]

    @cached_property
    def emails(self) -> bool:
        """Whether most of its cells are e-mail addresses."""
        there = self.filled
        return bool(there) and 2 * sum(bool(_EMAIL.fullmatch(cell)) for cell in there) > len(there)

    @property
    def distinct(self) -> int:
        """Number of different cells."""
        return len(self.known)


def _in_full(found: re.Match[str]) -> str:
    """A day as ISO; a year of two digits is the last such year that is not far ahead."""
    day, month, year = found[1], found[2], found[3]
    if len(year) == 2:
        year = f"{'20' if int(year) <= MOST_AHEAD else '19'}{year}"
    return f"{year}-{int(month):02d}-{int(day):02d}"


def _slashed(texts: list[str]) -> str:
    """How dates with slashes are put in order: the month first only where a second number is above 12."""
    second = any(int(t.split("/")[1]) > 12 for t in texts if re.match(r"[0-9]{1,2}/[0-9]{1,2}/", t))
    return r"\3-\1-\2" if second else r"\3-\2-\1"


@dataclass(slots=True, kw_only=True)
class Seen:
    """One file or sheet.

    Parameters
    ----------
    name : str
        Reference, as ``programme.toml`` names it.
    header_row : int
        Row of the header, 1 for the first.
    columns : list of Column
        Columns with a header or content.
    day : date
        Day that its name, or a title above the header, says.
    rows : int
        Rows below the header that are filled.
    heads : list of list of str
        The rows down to the header and two more.
    totals : bool
        Whether a row of totals stands below the data.
    seems : str
        What it is: a table or the kind of a reader; empty where it cannot be told.
    why : str
        Why.
    trouble : str
        Why it cannot be read as it is.
    doubts : list of str
        What its owner has to look at.
    asks : tuple of Question
        What a survey's definition says.
    own : bool
        Whether it is a table under its own headers.
    definition : str
        The file that defines its survey.
    """

    name: str
    header_row: int = 1
    day: date | None = None
    columns: list[Column] = field(default_factory=list)
    rows: int = 0
    heads: list[list[str]] = field(default_factory=list)
    totals: bool = False
    seems: str = ""
    why: str = ""
    trouble: str = ""
    doubts: list[str] = field(default_factory=list)
    asks: tuple[Question, ...] = ()
    own: bool = False
    definition: str = ""

    def of(self, column: str) -> Column | None:
        """The column that most surely is one of ours."""
        found = [c for c in self.columns if c.column == column]
        return max(found, key=lambda c: c.sure, default=None)

    def headed(self, *names: str) -> Column | None:
        """The column with one of these headers."""
        wanted = {plain(name) for name in names}
        return next((c for c in self.columns if plain(c.header) in wanted), None)


def look_at(folder: Path) -> list[Seen]:
    """Every file of a folder that may hold data, each sheet of a workbook by itself; in order of names."""
    found: list[Seen] = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        small = path.suffix.lower()
        if not path.is_file() or any(part.startswith((".", "~")) for part in Path(name).parts):
            continue
        if small in (*WORKBOOKS, *TEXT_SUFFIXES, *SPSS, *SUFFIXES, PARQUET):
            found += seen_in(folder, name)
        elif small == ".ics":
            found.append(Seen(name=name, seems="ical", why=key("it is a calendar")))
        elif small in (".xls", ".gz", ".zip"):
            found.append(Seen(name=name, trouble=key("files of this kind are not looked into: save it as CSV or xlsx")))
    return found


def seen_in(folder: Path, name: str) -> Iterator[Seen]:
    """A file as it looks, or each sheet of a workbook."""
    try:
        if name.lower().endswith(SUFFIXES):
            yield _json(folder, name)
            return
        for reference, rows in _rows(folder, name):
            if any(any(cell for cell in row) for row in rows):
                yield _headed(reference, rows)
    except InputError as error:
        yield Seen(name=name, trouble=_trouble(error.refused[0]))


def _trouble(found: Problem) -> str:
    return filled("{where}: {what}", where=inside(found.rule), what=inside(found.remedy))


def _json(folder: Path, name: str) -> Seen:
    """What Qualtrics writes as JSON: responses, or the definition of a survey."""
    data = read_inside(folder, name, SIZE_LIMIT_BYTES)
    if responses_of(data) is not None:
        raw = responses_in(folder, name)
        seen = _headed(name, [raw.heads[0], *map(list, zip(*map(raw.texts, range(len(raw.columns))), strict=True))])
        seen.seems, seen.why, seen.own = "qualtrics", key("it holds responses of Qualtrics as JSON"), False
        for column in seen.columns:
            column.asked = (column.header,) if column.header.startswith("QID") else ()
        return seen
    asks = questions_in(data)
    if not asks:
        return Seen(name=name, trouble=key("files of this kind are not looked into: save it as CSV or xlsx"))
    return Seen(name=name, seems=DEFINITION, asks=asks, why=key("it says what a Qualtrics survey asked"))


def _rows(folder: Path, name: str) -> Iterator[tuple[str, list[list[str]]]]:
    """The first rows of a file, or of each visible sheet, as texts."""
    if not name.lower().endswith(WORKBOOKS):
        yield name, _text_rows(folder, name)
        return
    from rmanalytics.intake.workbooks.cells import Workbook  # noqa: PLC0415  (loads calamine: only where there is one)

    book = Workbook(name, read_inside(folder, name, SIZE_LIMIT_BYTES))
    for sheet in book.sheets:
        cells = book.cells(sheet)
        columns = [[words.texts[code] for code in words.codes[:MOST_ROWS]] for words in cells.columns]
        yield f"{name}{SHEET_MARK}{sheet}", [list(map(clean, row)) for row in zip(*columns, strict=True)]


def _text_rows(folder: Path, name: str) -> list[list[str]]:
    for header_row in range(1, HEADER_WITHIN + 1):  # title rows above a table have fewer cells than it
        try:
            (raw,) = open_raw(folder, name, header_row=header_row)
        except InputError as error:
            if error.code != "RM-E-015" or header_row == HEADER_WITHIN:
                raise
            continue
        columns = [[words.texts[code] for code in words.codes[:MOST_ROWS]] for words in raw.columns]
        above = [([*raw.above, *[""] * len(columns)])[: len(columns)]] * (header_row - 1)
        body = [list(map(clean, row)) for row in zip(*columns, strict=True)]
        names = [label or name for name, label in zip(raw.heads[0], raw.heads[-1], strict=True)]
        return [*above, list(map(clean, names)), *body]
    return []


def _headed(name: str, rows: list[list[str]]) -> Seen:
    """The header row is the one whose cells most look like headers: known words, texts, all different, data below."""
    ids = next((n for n, row in enumerate(rows[:HEADER_WITHIN]) if any('"ImportId"' in cell for cell in row)), 0)
    if ids >= 2:  # three header rows of Qualtrics: names, texts, import ids
        return _of_qualtrics(name, rows, ids - 2, ids)
    if len(rows) > 2 and sum(bool(_OLD_NAME.fullmatch(cell)) for cell in rows[0]) >= 5 and "ResponseID" in rows[1]:
        return _of_qualtrics(name, rows, 0, 1)
    scores = []
    for row in rows[:HEADER_WITHIN]:
        cells = [cell for cell in row if cell]
        known = sum(meaning(cell)[1] for cell in cells)
        texts = sum(not _NUMBER.fullmatch(cell) and not _DATE_LIKE.fullmatch(cell) for cell in cells)
        scores.append((3 * known + texts) * (len(set(cells)) == len(cells)) - 2 * (len(cells) - texts))
    at = int(np.argmax([score - 0.01 * place for place, score in enumerate(scores)]))
    head, body, doubts = rows[at], *_body(rows, at)
    totals = [row for row in body if any(cell.casefold().rstrip(":. ") in TOTAL_WORDS for cell in row[:3])]
    kept = [row for row in body if row not in totals]
    columns = []
    for number, header in enumerate(head):
        cells = ["" if _NO_DAY.fullmatch(row[number]) else row[number] for row in kept]
        if header or any(cells):
            columns.append(Column(header=header, number=number, cells=cells))
    for column in columns:
        column.column, column.sure = meaning(column.header)
    table = _own_table(name, columns)
    return Seen(
        name=name,
        seems=table,
        why=key("its headers are those of this table") if table else "",
        own=bool(table),
        header_row=at + 1,
        day=first_day(name, (cell for row in rows[:at] for cell in row if cell)),
        columns=columns,
        rows=len(kept),
        heads=rows[max(at, 0) : at + 3],
        totals=bool(totals),
        doubts=doubts,
    )


def _body(rows: list[list[str]], at: int) -> tuple[list[list[str]], list[str]]:
    """The rows of the table below a header, without notes and what stands below it; and what its owner should know."""
    width = sum(map(bool, rows[at]))
    sizes = [sum(map(bool, row)) for row in rows[at + 1 :]]
    doubts: list[str] = []
    for end in (n for n, size in enumerate(sizes) if not size and n):
        if (below := [size for size in sizes[end:] if size > 1]) and 2 * max(below) <= width:
            told = key("from row {row} on stands another table: put it on a sheet or file of its own")
            doubts.append(filled(told, row=str(at + end + 3)))
            sizes = sizes[:end]
            break
    body = rows[at + 1 : at + 1 + len(sizes)]
    each = zip(sizes, body, strict=True)
    alone = [size == 1 and width >= LEAST_OF_TABLE and any(" " in cell for cell in row) for size, row in each]
    if failed := sum(bool(_FAILED.fullmatch(cell)) for row in body for cell in row):
        told = key("formulas that failed or were never calculated: {n}; open the file in its program and save it")
        doubts.append(filled(told, n=failed))
    return [row for row, size, note in zip(body, sizes, alone, strict=True) if size and not note], doubts


def _own_table(name: str, columns: Sequence[Column]) -> str:
    """The table of which a file has every required column, and no header of another; its name decides among several."""
    heads = {clean_header(column.header) for column in columns}
    able = [
        table.name
        for table in TABLES.values()
        if heads >= set(table.required_columns) and heads <= {column.name for column in table.columns}
    ]
    named = [table for table in able if Path(name).name.partition(".")[0].casefold().startswith(table)]
    return max(named or able, key=lambda table: len(TABLES[table].required_columns), default="")


def _of_qualtrics(name: str, rows: list[list[str]], at: int, last: int) -> Seen:
    """An export of Qualtrics: columns by their names, or by the second row where a name says nothing."""
    heads, body = rows[at : last + 1], [row for row in rows[last + 1 :] if any(row)]
    columns = []
    for number, (header, text, mark) in enumerate(zip(heads[0], heads[1], heads[-1], strict=True)):
        old = bool(_OLD_NAME.fullmatch(header))
        asks = '"QID' in mark if last - at > 1 else not old
        column, sure = ("", 0.0) if asks else max(meaning(header), meaning(text), key=lambda one: one[1])
        cells = [row[number] for row in body]
        asked = (text,) if asks else ()
        columns.append(
            Column(header=text if old else header, number=number, cells=cells, column=column, sure=sure, asked=asked)
        )
    why = key("its third header row has import ids") if last - at > 1 else key("its first header row counts columns")
    return Seen(name=name, header_row=at + 1, columns=columns, rows=len(body), heads=heads, seems="qualtrics", why=why)
