"""The quick way to the cells of a file whose quotation and shape are in order.

Unit: one file. Whatever is out of order (a stray quotation mark, a row too short or too long, too many rows, a long
cell) is left to `grid`, which reads record by record and says where; so both ways give the same cells, and only one of
them finds fault.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from rmanalytics.intake.files import Source
from rmanalytics.intake.words import Words, longest

_BLOCK_BYTES = 1 << 22
_MARK = b"\xef\xbb\xbf"
"""A byte-order mark, which the parser would take off the first cell."""
_QUOTE, _FEED, _RETURN = b'"'[0], b"\n"[0], b"\r"[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quick:
    """Header and columns of a file, and the line on which each row begins."""

    header: list[str]
    columns: list[Words]
    lines: NDArray[np.int64]


def read_quickly(
    source: Source, delimiter: str, skip_lines: int, *, most_rows: int, most_columns: int, most_characters: int
) -> Quick | None:
    """The cells of a file, or None where it must be read record by record.

    Parameters
    ----------
    source : Source
        The opened file.
    delimiter : str
        Its separator.
    skip_lines : int
        Lines above the header.
    most_rows, most_columns, most_characters : int
        A file that may have more, or longer cells, is left alone.
    """
    data, start = _as_utf8(source)
    if len(data) > most_rows and data.count(b"\n", start) > most_rows + skip_lines + 1:
        return None
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return None
    for _ in range(skip_lines):
        start = data.find(b"\n", start) + 1
    body = data.find(b"\n", start) + 1
    header = _header(data[start:body], delimiter) if body else []
    if not 2 <= len(header) <= most_columns or body == len(data) or data.startswith(_MARK, body):
        return None
    text = np.frombuffer(data, dtype=np.uint8)[body:]
    quotes = np.flatnonzero(text == _QUOTE) if data.find(b'"', body) >= 0 else np.zeros(0, dtype=np.int64)
    if not _in_order(text, quotes, ord(delimiter)):
        return None
    table = _parsed(pa.py_buffer(data).slice(body), delimiter, len(header), several_lines=len(quotes) > 0)
    if table is None:
        return None
    columns = []
    for column in table.unify_dictionaries().combine_chunks().columns:
        held = column.chunk(0)
        if longest(held.dictionary) > most_characters:
            return None
        columns.append(Words(held.indices.to_numpy(), held.dictionary))
    lines = _start_lines(text, quotes, table.num_rows) + 2 + skip_lines
    return Quick(header=header, columns=columns, lines=lines)


def _as_utf8(source: Source) -> tuple[bytes, int]:
    """The text in UTF-8, and where it begins."""
    if source.encoding == "utf-8":
        return source.data, source.skip
    return source.data[source.skip :].decode(source.encoding).encode("utf-8"), 0


def _header(line: bytes, delimiter: str) -> list[str]:
    try:
        rows = list(csv.reader([line.decode("utf-8")], delimiter=delimiter, strict=True))
    except csv.Error:
        return []
    return rows[0]


def _in_order(text: NDArray[np.uint8], quotes: NDArray[np.int64], delimiter: int) -> bool:
    """Whether each quotation mark opens a cell, closes it, or is one of two inside a quoted cell."""
    if not len(quotes):
        return True
    if len(quotes) % 2:
        return False
    ends = np.zeros(256, dtype=bool)
    ends[[delimiter, _FEED, _RETURN]] = True
    opening, closing = quotes[::2], quotes[1::2]
    doubled = np.concatenate([[False], opening[1:] == closing[:-1] + 1])
    starts = (opening == 0) | ends[text[np.maximum(opening - 1, 0)]]
    after = np.minimum(closing + 1, len(text) - 1)
    stops = (closing == len(text) - 1) | ends[text[after]] | np.append(doubled[1:], False)
    return bool((starts | doubled).all() and stops.all())


def _parsed(body: pa.Buffer, delimiter: str, width: int, *, several_lines: bool) -> pa.Table | None:
    names = [f"c{number}" for number in range(width)]
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(body),
            read_options=pa.csv.ReadOptions(column_names=names, block_size=_BLOCK_BYTES),
            parse_options=pa.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=several_lines, ignore_empty_lines=False
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string())), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    return table if table.num_rows else None


def _start_lines(text: NDArray[np.uint8], quotes: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """Lines above each row, the first of them 0."""
    if not len(quotes):
        return np.arange(rows, dtype=np.int64)
    feeds = np.flatnonzero(text == _FEED)
    ends = np.flatnonzero(np.searchsorted(quotes, feeds) % 2 == 0)
    if len(ends) == len(feeds):
        return np.arange(rows, dtype=np.int64)
    return np.concatenate([[0], ends + 1])[:rows]
