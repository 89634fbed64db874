"""A Parquet file as a table of texts: every value as a CSV would write it, so that the same rules read both.

Unit: one file. Sizes are judged by its footer before anything is unpacked; objects, bytes, lists and structures are no
cells and are refused, and nothing in a file can run.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import types

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.files import SIZE_LIMIT_BYTES
from rmanalytics.intake.grid import COLUMN_LIMIT, ROW_LIMIT
from rmanalytics.intake.words import Words
from rmanalytics.language.translator import filled, key


def parquet_cells(name: str, data: bytes) -> tuple[list[str], list[Words]]:
    """Headers and columns of a Parquet file.

    Parameters
    ----------
    name : str
        File name, for messages.
    data : bytes
        Its bytes.

    Raises
    ------
    InputError
        RM-E-008 too large, 010 no Parquet file, 012 without rows, 112 a column that holds no cells.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        footer, schema = file.metadata, file.schema_arrow
        unpacked = sum(footer.row_group(group).total_byte_size for group in range(footer.num_row_groups))
        if footer.num_rows > ROW_LIMIT or len(schema) > COLUMN_LIMIT or unpacked > SIZE_LIMIT_BYTES:
            rule: str = filled(
                "the file has more than {row_limit} rows, {column_limit} columns or {size_limit_bytes} MB",
                row_limit=ROW_LIMIT,
                column_limit=COLUMN_LIMIT,
                size_limit_bytes=SIZE_LIMIT_BYTES // 1_000_000,
            )
            raise _refused("RM-E-008", name, rule, key("split it, for instance by round, and list the parts"))
        if not footer.num_rows:
            raise _refused("RM-E-012", name, key("the file has no rows"), key("export it again with its rows"))
        odd = [field.name for field in schema if not _is_cell(_plain(field.type))]
        if odd:
            rule, remedy = key("the column holds no text, number or day"), key("write it as text, or take it out")
            raise InputError(
                tuple(Problem(code="RM-E-112", file=name, rule=rule, remedy=remedy, column=one) for one in odd)
            )
        table = file.read()
    except (pa.ArrowException, OSError, ValueError):
        rule = key("this is no Parquet file that can be read")
        raise _refused("RM-E-010", name, rule, key("write it again as Parquet, or save it as CSV (UTF-8)")) from None
    return table.column_names, [_words(column) for column in table.columns]


def _plain(found: pa.DataType) -> pa.DataType:
    return found.value_type if types.is_dictionary(found) else found


def _is_cell(found: pa.DataType) -> bool:
    text = types.is_string(found) or types.is_large_string(found) or types.is_string_view(found)
    number = types.is_integer(found) or types.is_floating(found) or types.is_decimal(found)
    day = types.is_date(found) or types.is_timestamp(found)
    return bool(text or number or day or types.is_boolean(found) or types.is_null(found))


def _words(column: pa.ChunkedArray) -> Words:
    """Codes and distinct texts of a column; what is missing is an empty text."""
    values = column.cast(_plain(column.type)).combine_chunks()
    coded = values.dictionary_encode() if not types.is_null(values.type) else None
    if coded is None:
        return Words.of(np.zeros(len(values), dtype=np.int32), ("",))
    texts = ["" if text is None else text for text in _texts(coded.dictionary).to_pylist()]
    book: dict[str, int] = {}
    place = np.array([book.setdefault(text, len(book)) for text in [*texts, ""]], dtype=np.int32)
    codes = pc.fill_null(coded.indices, len(texts)).to_numpy(zero_copy_only=False)
    return Words.of(place[codes], tuple(book))


def _texts(values: pa.Array) -> pa.Array:
    """Distinct values as texts: days as ISO, times of day only where there are any, whole numbers without a point."""
    kind = values.type
    if types.is_timestamp(kind):
        seconds = pc.floor_temporal(values, unit="second").cast(pa.timestamp("s", tz=kind.tz))
        there = seconds.drop_null()
        if kind.tz is None and pc.all(pc.equal(pc.floor_temporal(there, unit="day"), there)).as_py():
            return seconds.cast(pa.date32()).cast(pa.string())
        return pc.strftime(
            seconds.cast(pa.timestamp("s", tz=kind.tz and "UTC")), f"%Y-%m-%dT%H:%M:%S{'Z' if kind.tz else ''}"
        )
    if types.is_date(kind):
        return values.cast(pa.date32()).cast(pa.string())
    if types.is_floating(kind) or types.is_decimal(kind):
        numbers = [None if n is None or n != n else n for n in values.to_pylist()]  # noqa: PLR0124  (no number)
        return pa.array(
            [None if n is None else f"{n:f}" if types.is_decimal(kind) else _number(n) for n in numbers], pa.string()
        )
    return values.cast(pa.string())


def _number(value: float) -> str:
    return str(int(value)) if value == value // 1 and abs(value) < 1e15 else repr(value)


def _refused(code: str, name: str, rule: str, remedy: str) -> InputError:
    return InputError((Problem(code=code, file=name, rule=rule, remedy=remedy),))
