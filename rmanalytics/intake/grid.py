"""From the text of a CSV file to a grid of cells, each distinct cell text of a column kept once.

Unit: one file. Separator, quoting and the shape of the rows are settled here; what the cells mean is not. A column is
stored as codes into its distinct words, so that every later check looks at a word once, however often it stands. A file
that is in order is parsed at once (`quick`); any other one record by record, so that a message can say where.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmanalytics.errors import LISTED, InputError, Problem
from rmanalytics.intake.files import Source
from rmanalytics.intake.headers import clean_header, shown_header
from rmanalytics.intake.marks import NOTHING_TO_DO
from rmanalytics.intake.quick import read_quickly
from rmanalytics.intake.words import Words, ascii_only, empty, lengths, settled
from rmanalytics.language.translator import filled, key

ROW_LIMIT = 20_000_000
CELL_LIMIT_CHARACTERS = 32_000
COLUMN_LIMIT = 200
DELIMITERS = {",": key("comma"), ";": key("semicolon"), "\t": key("tab"), "|": key("vertical bar")}

_CHUNK_ROWS = 4_000
_SEP_LINE = re.compile(r'\ufeff?"?sep=([,;\t|])"?\r?\n?', re.IGNORECASE)
# UTF-8 read as Windows-1252 and saved again ("Ã¼" for "ü"), or letters already lost.
_MOJIBAKE = re.compile("[ÂÃ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€|\ufffd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The cells of one file under their cleaned headers.

    Parameters
    ----------
    name : str
        File name.
    headers : mapping of str to str
        Cleaned header to the header as it stands in the file.
    columns : mapping of str to Words
        Cleaned header to column.
    rows, lines : array of int
        Row as a spreadsheet shows it (the header is row 1), and line of the file where the row begins.
    blank : array of bool
        Rows without any content.
    delimiter : str
        The separator found.
    problems : tuple of Problem
        What was normalised.
    leave_out_totals : bool
        Whether rows of totals are left out, as declared, and not refused.
    """

    name: str
    headers: dict[str, str]
    columns: dict[str, Words]
    rows: NDArray[np.int64]
    lines: NDArray[np.int64]
    blank: NDArray[np.bool_]
    delimiter: str
    problems: tuple[Problem, ...]
    leave_out_totals: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    header: list[str]
    columns: list[Words]
    blank: NDArray[np.bool_]
    short: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    long: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    spare_delimiters: int = 0
    last_line: int = 0
    lines: NDArray[np.int64] | None = None


def read_grid(source: Source, known: tuple[str, ...], required: tuple[str, ...], header_row: int = 1) -> Grid:
    """Parse one CSV file.

    Parameters
    ----------
    source : Source
        The opened file.
    known, required : tuple of str
        Column names of the table and those that a file must have; the separator and the header row are told by them.
    header_row : int
        Row of the header; what stands above it is left out.

    Raises
    ------
    InputError
        Every problem of the file's shape in one go.
    """
    delimiter, skip_lines, problems = _dialect(source, known, required, header_row)
    cells = _read_cells(source, delimiter, skip_lines)
    last = _last_filled(cells.blank)
    rows = np.arange(1 + header_row, last + 1 + header_row, dtype=np.int64)
    place = _Place(source.name, rows, _start_lines(source, delimiter, skip_lines, cells, last))
    refused = _ragged(source, cells, place) if last else []
    return _assembled(source, cells, place, known=known, delimiter=delimiter, refused=refused, problems=problems)


def grid_of_sheet(source: Source, header: list[str], columns: list[Words], rows: NDArray[np.int64], known: Any) -> Grid:
    """A grid from the cells of a spreadsheet below its header; its rows are its lines.

    Raises
    ------
    InputError
        Every problem of the sheet's shape in one go.
    """
    cells = _Cells(header=header, columns=columns, blank=_blank(columns, len(rows)))
    place = _Place(source.name, rows[: _last_filled(cells.blank)], rows[: _last_filled(cells.blank)])
    return _assembled(source, cells, place, known=known, delimiter=",", refused=[], problems=[])


def _last_filled(blank: NDArray[np.bool_]) -> int:
    return int(np.flatnonzero(~blank)[-1]) + 1 if not blank.all() else 0


def _assembled(
    source: Source,
    cells: _Cells,
    place: _Place,
    *,
    known: tuple[str, ...],
    delimiter: str,
    refused: list[Problem],
    problems: list[Problem],
) -> Grid:
    last = len(place.rows)
    if not last:
        rule = key("the file has a header but no rows")
        raise InputError(
            (_problem(source, "RM-E-012", rule, key("export it again with its rows, or take the file out")),)
        )
    columns = [Words(words.codes[:last], words.distinct) for words in cells.columns]
    refused += _bad_cells(source, cells.header, columns, place)
    headers, kept, notes = _headers(source, cells.header, columns, known)
    refused += [p for p in notes if p.effect == "refused"]
    problems += [p for p in notes if p.effect != "refused"]
    if refused:
        raise InputError((*refused, *problems))
    return Grid(
        name=source.name,
        headers=headers,
        columns=kept,
        rows=place.rows,
        lines=place.lines,
        blank=cells.blank[:last],
        delimiter=delimiter,
        problems=tuple(problems),
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the rows of a file stand."""

    name: str
    rows: NDArray[np.int64]
    lines: NDArray[np.int64]


def _problem(source: Source, code: str, rule: str, remedy: str, *, line: int = 0, column: str = "") -> Problem:
    return Problem(code=code, file=source.name, rule=rule, remedy=remedy, column=column, lines=(line,) if line else ())


def _text(source: Source) -> io.TextIOWrapper:
    buffer = io.BytesIO(source.data)
    buffer.seek(source.skip)
    return io.TextIOWrapper(buffer, encoding=source.encoding, newline="")


def _dialect(
    source: Source, known: tuple[str, ...], required: tuple[str, ...], header_row: int
) -> tuple[str, int, list[Problem]]:
    """Separator, lines to skip before the header, and notes."""
    with _text(source) as text:
        head = text.read(100_000)
    sep = _SEP_LINE.match(head)
    notes = []
    if sep:
        head = head[sep.end() :]
        rule = key('the first line names the separator ("sep=") and was left out')
        notes.append(_problem(source, "RM-N-064", rule, NOTHING_TO_DO))
    scores = {}
    for delimiter in (sep.group(1),) if sep else DELIMITERS:
        first_rows = []
        try:
            rows = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
            first_rows = list(itertools.islice(rows, header_row - 1, header_row + 29))
        except csv.Error:
            if not first_rows:
                first_rows = [head.split("\n", 1)[0].split(delimiter)]
        matches = [len({clean_header(cell) for cell in row} & set(known)) for row in first_rows] or [0]
        scores[delimiter] = (matches[0], max(matches), len(first_rows[0]) if first_rows else 0, matches)
    best = max(scores, key=lambda candidate: scores[candidate][:3])
    at_top, anywhere, _, matches = scores[best]
    if 2 * at_top < len(required) and anywhere > at_top:
        raise InputError((other_header(source.name, header_row, matches.index(anywhere) + header_row),))
    if not at_top:
        raise InputError((no_header(source.name, header_row, required),))
    if best != ",":
        rule = filled("the separator is a {mark}", mark=filled(DELIMITERS[best]))
        notes.append(_problem(source, "RM-N-063", rule, NOTHING_TO_DO))
    return best, header_row - 1 + bool(sep), notes


def other_header(name: str, wanted: int, row: int) -> Problem:
    """The header stands in another row than the one that was looked at."""
    rule = filled("the header is not in row {wanted}; row {row} looks like it", wanted=str(wanted), row=str(row))
    remedy = filled(
        'delete the rows above the header, or add header_row = {row} under [files."{name}"]', row=str(row), name=name
    )
    return Problem(code="RM-E-024", file=name, rule=rule, remedy=remedy)


def no_header(name: str, wanted: int, required: tuple[str, ...]) -> Problem:
    """The row that was looked at is no header, and no other one looks like it."""
    rule = filled("row {header_row} holds none of the column names", header_row=str(wanted))
    remedy = filled("let row 1 be the header, with the columns {names}", names=", ".join(required))
    return Problem(code="RM-E-024", file=name, rule=rule, remedy=remedy)


def _read_cells(source: Source, delimiter: str, skip_lines: int) -> _Cells:
    most = {"most_rows": ROW_LIMIT, "most_columns": COLUMN_LIMIT, "most_characters": CELL_LIMIT_CHARACTERS}
    quick = read_quickly(source, delimiter, skip_lines, **most)
    if quick is not None:
        return _Cells(
            header=quick.header,
            columns=quick.columns,
            blank=_blank(quick.columns, len(quick.lines)),
            lines=quick.lines,
        )
    reader = csv.reader(_text(source), delimiter=delimiter, strict=True)
    for _ in range(skip_lines):
        next(reader, None)
    try:
        return _collect(source, reader)
    except csv.Error as error:
        raise InputError((_broken(source, delimiter, str(error)),)) from None


def _collect(source: Source, reader: Iterator[list[str]]) -> _Cells:
    header = next(reader, [])
    width = len(header)
    if width > COLUMN_LIMIT:
        rule = filled("the file has more than {column_limit} columns", column_limit=COLUMN_LIMIT)
        raise InputError((_problem(source, "RM-E-008", rule, key("export the columns of the table only")),))
    books: list[dict[str, int]] = [{} for _ in header]
    codes: list[list[NDArray[np.int32]]] = [[] for _ in header]
    short: list[int] = []
    long: list[int] = []
    spare = read = 0
    while chunk := list(itertools.islice(reader, _CHUNK_ROWS)):
        if set(map(len, chunk)) != {width}:
            for position, row in enumerate(chunk):
                if len(row) > width:
                    spare += len(row) == width + 1 and not row[-1]
                    long.append(read + position)
                elif len(row) < width and "".join(row).strip():
                    short.append(read + position)
                chunk[position] = (row + [""] * (width - len(row)))[:width]
        read += len(chunk)
        if read > ROW_LIMIT:
            rule = filled("the file has more than {row_limit} rows", row_limit=ROW_LIMIT)
            raise InputError((_problem(source, "RM-E-008", rule, key("split it, for instance by round")),))
        for book, coded, column in zip(books, codes, zip(*chunk, strict=True), strict=True):
            for word in dict.fromkeys(column):
                book.setdefault(word, len(book))
            coded.append(np.fromiter(map(book.__getitem__, column), dtype=np.int32, count=len(column)))
    columns = [
        Words.of(np.concatenate([np.zeros(0, dtype=np.int32), *coded]), tuple(book))
        for book, coded in zip(books, codes, strict=True)
    ]
    return _Cells(
        header=header,
        columns=columns,
        blank=_blank(columns, read),
        short=np.array(short, dtype=np.int64),
        long=np.array(long, dtype=np.int64),
        spare_delimiters=spare,
        last_line=getattr(reader, "line_num", 0),
    )


def _blank(columns: list[Words], rows: int) -> NDArray[np.bool_]:
    """Rows without any content."""
    blank = np.ones(rows, dtype=bool)
    for words in columns:
        blank &= words.rows_with(empty(words.distinct))
    return blank


def _broken(source: Source, delimiter: str, reason: str) -> Problem:
    """Where a record could not be parsed: the line on which it began."""
    reader = csv.reader(_text(source), delimiter=delimiter, strict=True)
    begun = 1
    while True:
        try:
            if next(reader, None) is None:
                break
        except csv.Error:
            break
        begun = reader.line_num + 1
    several_lines = reader.line_num - begun > 0
    if "field larger" in reason and not several_lines:
        rule: str = filled(
            "a cell holds more than {cell_limit_characters} characters", cell_limit_characters=CELL_LIMIT_CHARACTERS
        )
        return _problem(source, "RM-E-023", rule, key("shorten the cell or take the column out"), line=begun)
    if "end of data" in reason or "field larger" in reason or "expected after" in reason:
        rule = key("a quotation mark is opened and not closed where the cell ends")
        remedy = key("close the quotation mark, and double every quotation mark inside a cell")
        return _problem(source, "RM-E-017", rule, remedy, line=begun)
    rule = key("from this line on the file is not valid CSV")
    return _problem(source, "RM-E-017", rule, key("export it again as CSV UTF-8"), line=begun)


def _start_lines(source: Source, delimiter: str, skip_lines: int, cells: _Cells, last: int) -> NDArray[np.int64]:
    """Line of the file on which each row begins."""
    if cells.lines is not None:
        return cells.lines[:last]
    records = 1 + len(cells.blank) + skip_lines
    if cells.last_line == records:
        return np.arange(2 + skip_lines, last + 2 + skip_lines, dtype=np.int64)
    reader = csv.reader(_text(source), delimiter=delimiter, strict=True)
    ends = np.fromiter((reader.line_num for _ in reader), dtype=np.int64, count=records)
    return ends[skip_lines : skip_lines + last] + 1


def _ragged(source: Source, cells: _Cells, place: _Place) -> list[Problem]:
    found = []
    short, long = cells.short, cells.long
    filled_n = int((~cells.blank).sum())
    if cells.spare_delimiters == len(long) == filled_n:
        long = long[:0]
    if len(short) and short[-1] == len(place.rows) - 1 and not source.data.rstrip(b"\0").endswith((b"\n", b"\r")):
        rule = key("the file ends in the middle of this row")
        remedy = key("export it again; the file was cut off")
        found.append(_at(place, "RM-E-016", short[-1:], rule=rule, remedy=remedy))
        short = short[:-1]
    ragged = np.sort(np.concatenate([short, long]))
    if len(ragged):
        rule = key("the row has more or fewer cells than the header")
        remedy = key("put cells that hold the separator into quotation marks, or export the file again")
        found.append(_at(place, "RM-E-015", ragged, rule=rule, remedy=remedy))
    return found


def _at(place: _Place, code: str, positions: NDArray[np.int64], *, rule: str, remedy: str, column: str = "") -> Problem:
    return Problem(
        code=code,
        file=place.name,
        rule=rule,
        remedy=remedy,
        column=column,
        rows=tuple(int(n) for n in place.rows[positions[:LISTED]]),
        lines=tuple(int(n) for n in place.lines[positions[:LISTED]]),
        row_count=len(positions),
    )


def _bad_cells(source: Source, header: list[str], columns: list[Words], place: _Place) -> list[Problem]:
    """Cells that are too long, and letters that an earlier export destroyed."""
    found = []
    if any(_MOJIBAKE.search(text) for text in header):
        rule = key("the header has broken letters (UTF-8 that was read as another encoding)")
        found.append(_problem(source, "RM-E-021", rule, key("export it again as CSV UTF-8; do not repair by hand")))
    for number, (text, words) in enumerate(zip(header, columns, strict=True), start=1):
        column = shown_header(text, number)
        long = lengths(words.distinct) > CELL_LIMIT_CHARACTERS
        broken = settled(words.distinct, ~ascii_only(words.distinct), _MOJIBAKE.search)
        for code, marked, rule, remedy in (
            (
                "RM-E-023",
                long,
                filled(
                    "a cell holds more than {cell_limit_characters} characters",
                    cell_limit_characters=CELL_LIMIT_CHARACTERS,
                ),
                key("shorten the cell or take the column out"),
            ),
            (
                "RM-E-021",
                broken,
                key("letters are broken (UTF-8 that was read as another encoding, or replacement signs)"),
                key("export it again as CSV UTF-8; do not repair by hand"),
            ),
        ):
            positions = np.flatnonzero(words.rows_with(marked))
            if len(positions):
                found.append(_at(place, code, positions, rule=rule, remedy=remedy, column=column))
    return found


def _headers(
    source: Source, header: list[str], columns: list[Words], known: tuple[str, ...]
) -> tuple[dict[str, str], dict[str, Words], list[Problem]]:
    """Columns by cleaned header; unnamed, repeated and cleaned headers as problems."""
    headers: dict[str, str] = {}
    kept: dict[str, Words] = {}
    notes = []
    for number, (text, words) in enumerate(zip(header, columns, strict=True), start=1):
        clean, column = clean_header(text), shown_header(text, number)
        if not clean:
            code, rule, remedy = (
                ("RM-N-066", key("an unnamed column is empty and was left out"), NOTHING_TO_DO)
                if empty(words.distinct).all()
                else (
                    "RM-E-019",
                    key("a column with content has no name"),
                    key("name it in the header row, or take it out"),
                )
            )
            notes.append(_problem(source, code, rule, remedy, column=f"no. {number}"))
        elif clean in kept:
            rule = key("two columns have the same name (capitals, spaces and hyphens are not told apart)")
            notes.append(_problem(source, "RM-E-018", rule, key("rename or remove one of them"), column=column))
        else:
            headers[clean], kept[clean] = column, words
            if clean != text and clean in known:
                notes.append(
                    _problem(
                        source,
                        "RM-N-065",
                        filled('the column was read as "{name}"', name=clean),
                        NOTHING_TO_DO,
                        column=column,
                    )
                )
    return headers, kept, notes
