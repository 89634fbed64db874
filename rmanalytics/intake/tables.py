"""The file of a declared table as a grid under its own column names: a CSV or Parquet file, or a sheet of a workbook.

Unit: one file. What ``[columns]``, ``[values]`` and ``[files]`` of ``programme.toml`` say of it is applied here, before
any cell is typed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.files import SIZE_LIMIT_BYTES, Source, open_source, read_inside
from rmanalytics.intake.grid import Grid, grid_of_sheet, no_header, other_header, read_grid
from rmanalytics.intake.headers import clean_header
from rmanalytics.intake.marks import NOTHING_TO_DO
from rmanalytics.intake.schema import Table
from rmanalytics.intake.values import clean
from rmanalytics.intake.words import Words
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.programme import Programme
from rmanalytics.programme.sources import PARQUET, WORKBOOKS, Sources, split_sheet

if TYPE_CHECKING:
    from rmanalytics.intake.workbooks.cells import Workbook

HEADER_WITHIN = 30
_PART = r"[0-9]{1,2}"
_YEAR = re.compile(rf"([12][0-9]{{3}})[-/.]{_PART}[-/.]{_PART}(?:[ T].*)?|{_PART}[-/.]{_PART}[-/.]([12][0-9]{{3}})")
PERSONAL = {
    "e-mail address": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "IP address": r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}|(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{0,4}",
    "free text": r".{81,}",
}
"""Columns that nobody needs, known by what most of their cells look like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A grid, the digest of its file, and the file's own problems."""

    grid: Grid
    digest: str


def open_table(programme: Programme, table: Table, reference: str) -> tuple[Opened, ...]:
    """Open what a reference names: one file, or every sheet of a workbook that fits a pattern.

    Raises
    ------
    InputError
        Every problem of the file's shape in one go.
    """
    try:
        return _opened(programme, table, reference)
    except InputError as error:
        from rmanalytics.intake.look.unreadable import with_looks  # noqa: PLC0415  (where something is refused)

        raise with_looks(programme, reference, error) from None


def _opened(programme: Programme, table: Table, reference: str) -> tuple[Opened, ...]:
    file, sheet = split_sheet(reference)
    if file.lower().endswith(PARQUET):
        return (_open_parquet(programme, table, file),)
    if not file.lower().endswith(WORKBOOKS):
        return (_open_csv(programme, table, reference),)
    data = read_inside(programme.folder, file, SIZE_LIMIT_BYTES)
    from rmanalytics.intake.workbooks.cells import Workbook  # noqa: PLC0415  (loads calamine: only where there is one)

    book = Workbook(file, data)
    digest = hashlib.sha256(data).hexdigest()
    found = []
    for number, name in enumerate(book.sheets_named(sheet)):
        grid = _sheet_grid(programme, table, book, name)
        problems = (*(book.problems if not number else ()), *grid.problems)
        found.append(Opened(grid=replace(grid, problems=problems), digest=digest))
    return tuple(found)


def _open_csv(programme: Programme, table: Table, reference: str) -> Opened:
    source = open_source(programme.folder, reference)
    given = programme.sources.of_file(reference)
    known, required = _wanted(table, programme.sources, given.get("constants", {}))
    grid = read_grid(source, known, required, given.get("header_row", 1))
    grid = replace(grid, problems=(*source.problems, *grid.problems))
    return Opened(grid=under_own_names(grid, table, programme.sources, given), digest=source.digest)


def _open_parquet(programme: Programme, table: Table, file: str) -> Opened:
    from rmanalytics.intake.workbooks.parquet import parquet_cells  # noqa: PLC0415  (only where there is one)

    data = read_inside(programme.folder, file, SIZE_LIMIT_BYTES)
    header, columns = parquet_cells(file, data)
    given = programme.sources.of_file(file)
    known, _ = _wanted(table, programme.sources, given.get("constants", {}))
    source = Source(name=file, data=b"", digest="", encoding="utf-8", skip=0, problems=())
    grid = grid_of_sheet(source, header, columns, np.arange(2, len(columns[0].codes) + 2, dtype=np.int64), known)
    digest = hashlib.sha256(data).hexdigest()
    return Opened(grid=under_own_names(grid, table, programme.sources, given), digest=digest)


def _sheet_grid(programme: Programme, table: Table, book: Workbook, sheet: str) -> Grid:
    shown = f"{book.name}#{sheet}"
    given = {**programme.sources.of_file(book.name), **programme.sources.of_file(shown)}
    known, required = _wanted(table, programme.sources, given.get("constants", {}))
    cells = book.cells(sheet)
    header_row = given.get("header_row", 1)
    heads = [cells.texts(row) for row in range(min(cells.rows_n, HEADER_WITHIN))]
    matches = [len({clean_header(text) for text in head} & set(known)) for head in heads]
    if header_row > cells.rows_n:
        remedy = (
            filled('correct header_row under [files."{shown}"]', shown=shown)
            if header_row > 1
            else key("export it with its rows")
        )
        raise InputError((Problem(code="RM-E-012", file=shown, rule=key("the sheet has no such row"), remedy=remedy),))
    if header_row == 1 and 2 * matches[0] < len(required) and max(matches) > matches[0]:
        raise InputError((other_header(shown, 1, matches.index(max(matches)) + 1),))
    if header_row <= len(matches) and not matches[header_row - 1]:
        raise InputError((no_header(shown, header_row, required),))
    refuse_merged(shown, cells.merged, header_row)
    columns = [words.below(header_row) for words in cells.columns]
    rows = np.arange(header_row + 1, cells.rows_n + 1, dtype=np.int64)
    source = Source(name=shown, data=b"", digest="", encoding="utf-8", skip=0, problems=())
    grid = grid_of_sheet(source, cells.texts(header_row - 1), columns, rows, known)
    grid = replace(grid, problems=(*cells.problems, *grid.problems))
    return under_own_names(grid, table, programme.sources, given)


def refuse_merged(name: str, merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...], header_row: int) -> None:
    """Refuse cells merged over several rows below the header: only the first holds the value."""
    rows = sorted({start[0] + 1 for start, end in merged if end[0] >= header_row})
    if rows:
        rule = key("cells below the header are merged, so that all but the first are empty")
        remedy = key("unmerge them in the spreadsheet program and fill in the value in each")
        raise InputError(
            (Problem(code="RM-E-164", file=name, rule=rule, remedy=remedy, rows=tuple(rows[:5]), row_count=len(rows)),)
        )


def _wanted(table: Table, sources: Sources, constants: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Headers to look for, and those that must be there."""
    given = sources.columns.get(table.name, {})
    named = {column: tuple(clean_header(name) for name in names) for column, names in given.items()}
    own = tuple(c.name for c in table.columns if c.name not in named)
    required = tuple(named.get(name, (name,))[0] for name in table.required_columns if name not in constants)
    return (*own, *(name for names in named.values() for name in names)), required


def under_own_names(grid: Grid, table: Table, sources: Sources, given: Mapping[str, object]) -> Grid:
    """The grid with the table's own column names, declared values put in, and constants added.

    Raises
    ------
    InputError
        RM-E-013 where a declared header is not in the file, RM-E-150 where a constant stands for a column that is.
    """
    meant, shown, wrong = _found_headers(grid, table, sources)
    notes = [p for p in grid.problems if p.code != "RM-N-065" or not any(f'"{name}"' in p.rule for name in meant)]
    renamed = {name: meant.get(name, name) for name in grid.columns if name in meant or name not in shown}
    columns = {new: grid.columns[name] for name, new in renamed.items()}
    headers = {new: shown.get(new, grid.headers[name]) for name, new in renamed.items()}
    if "birth_year" in shown:
        columns["birth_year"], cut = _years(columns["birth_year"])
        if cut:
            rule = key("of dates of birth the year alone was read")
            notes.append(_note("RM-N-151", grid, headers["birth_year"], rule))
    constants = given.get("constants", {})
    for column, value in constants.items() if isinstance(constants, Mapping) else ():
        if column in columns:
            rule = key("a constant is declared for a column that the file has")
            remedy = filled('take it out of [files."{file}"], or the column out of the file', file=grid.name)
            wrong.append(Problem(code="RM-E-150", file=grid.name, rule=rule, remedy=remedy, column=column))
        elif any(c.name == column for c in table.columns):
            headers[column] = column
            columns[column] = Words.of(np.zeros(len(grid.rows), dtype=np.int32), (value,))
    if wrong:
        raise InputError((*wrong, *notes))
    for column in [c.name for c in table.columns if c.name in columns]:
        words = sources.values.get(f"{table.name}.{column}", sources.values.get(column))
        if words:
            columns[column], changed = put_in(columns[column], words)
            if changed:
                rule = key("cells were read by the words that programme.toml declares under [values]")
                notes.append(_note("RM-N-150", grid, headers[column], rule))
    notes += _personal(grid, {name for name in columns if name not in {c.name for c in table.columns}})
    return replace(
        grid,
        headers=headers,
        columns=columns,
        problems=tuple(notes),
        leave_out_totals=bool(given.get("leave_out_totals", False)),
    )


def _found_headers(grid: Grid, table: Table, sources: Sources) -> tuple[dict[str, str], dict[str, str], list[Problem]]:
    """Cleaned header to the column it is declared for, column to header as declared, and what is missing."""
    wrong: list[Problem] = []
    meant: dict[str, str] = {}
    shown: dict[str, str] = {}
    for column, names in sources.columns.get(table.name, {}).items():
        there = next((name for name in names if clean_header(name) in grid.columns), None)
        if there is not None:
            meant[clean_header(there)], shown[column] = column, there
        elif any(c.name == column and c.required for c in table.columns) and column not in grid.columns:
            rule, remedy = (
                key("the column is missing"),
                filled("correct its header under [columns.{table}]", table=table.name),
            )
            wrong.append(Problem(code="RM-E-013", file=grid.name, rule=rule, remedy=remedy, column=names[0]))
    return meant, shown, wrong


def _note(code: str, grid: Grid, column: str, rule: str) -> Problem:
    return Problem(code=code, file=grid.name, rule=filled(rule), remedy=NOTHING_TO_DO, column=column)


def put_in(words: Words, declared: Mapping[str, str]) -> tuple[Words, bool]:
    """The column with declared words put in, capitals and spaces levelled; and whether there were any."""
    small = {clean(said).casefold(): meant for said, meant in declared.items()}
    texts = [small.get(clean(text).casefold(), text) for text in words.texts]
    return recoded(words, texts), texts != list(words.texts)


def recoded(words: Words, texts: list[str]) -> Words:
    """The column with other texts for its distinct ones, of which some may now be the same."""
    book: dict[str, int] = {}
    codes = np.array([book.setdefault(text, len(book)) for text in texts] or [0], dtype=np.int32)
    return Words.of(codes[words.codes], tuple(book) or ("",)) if len(words.codes) else words


def _years(words: Words) -> tuple[Words, bool]:
    found = [_YEAR.fullmatch(clean(text)) for text in words.texts]
    texts = [(match[1] or match[2]) if match else text for match, text in zip(found, words.texts, strict=True)]
    return recoded(words, texts), any(found)


def _personal(grid: Grid, unread: set[str]) -> Iterator[Problem]:
    """Columns of personal data that were left out unread, by what their cells look like."""
    for name in unread:
        words = grid.columns.get(name)
        what = kind_of_personal(words) if words is not None else ""
        if what:
            rule = filled(key("a column of personal data ({what}) was left out unread"), what=what)
            remedy = key("leave it out of the export")
            yield Problem(code="RM-N-152", file=grid.name, rule=rule, remedy=remedy, column=grid.headers[name])


def kind_of_personal(words: Words, sample: int = 200) -> str:
    """What personal data most of a column's cells look like; empty where they look like none."""
    texts = [text for text in (clean(text) for text in words.texts[:sample]) if text]
    for what, pattern in PERSONAL.items():
        if texts and 2 * sum(re.fullmatch(pattern, text) is not None for text in texts) > len(texts):
            return what
    return ""
