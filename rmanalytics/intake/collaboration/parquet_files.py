"""The Parquet files that hold collaboration events: which they are, what they hold by their footers, and their digests.

Unit: one file. Nothing of the rows is read here. This module imports no library but the standard one at its top.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rmanalytics.errors import InputError, Problem
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.strict_toml import candidates_remedy

if TYPE_CHECKING:
    import pyarrow as pa

WHOLE_DIGEST_BYTES = 1 << 30
"""Files up to this size are digested whole; of larger ones the size, the footer and spaced blocks."""
BLOCK_BYTES = 1 << 20
SPACED_BYTES = 1 << 26
MAGIC = b"PAR1"
NEEDED = ("source_id", "target_id", "at")
OPTIONAL = ("kind", "event_id")

TEXT, WHOLE, DAY = "text", "whole number", "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFiles:
    """The files of one programme's events.

    Parameters
    ----------
    paths : tuple of Path
        In order of their names.
    names : tuple of str
        Names relative to the programme's folder.
    kinds : mapping of str to str
        Column to what it holds: ``text``, ``whole number``, ``day`` or the name of a time stamp's type.
    rows : int
        Rows by the footers.
    stamps : tuple
        Size, time of change and number of each file, by which a change while it is read is noticed.
    """

    paths: tuple[Path, ...]
    names: tuple[str, ...]
    kinds: Mapping[str, str]
    rows: int
    stamps: tuple[tuple[int, int, int], ...]


def find_events(folder: Path, declared: Sequence[str]) -> tuple[tuple[str, Path], ...]:
    """Every file of the declared files and folders, with its name in the programme's folder, in order of names.

    Names that begin with ``_`` or ``.`` (such as ``_SUCCESS``) belong to the program that wrote the folder and are not
    read.

    Raises
    ------
    InputError
        RM-E-001 missing, 002 unreadable, 007 no regular file, 009 outside the programme's folder, 110 no file in it,
        111 a file in two of the declared places.
    """
    found: dict[str, Path] = {}
    resolved: set[Path] = set()
    try:
        for name in declared:
            for path in _files_of(folder, name):
                if path.resolve() in resolved:
                    rule = key("a file is named twice, by itself and through its folder or a link")
                    raise _refused("RM-E-111", name, rule, key("name each file or its folder once"))
                resolved.add(path.resolve())
                found[path.relative_to(folder).as_posix()] = path
    except (OSError, ValueError):
        remedy = key("check who may read it")
        raise _refused("RM-E-002", name, key("the events cannot be read"), remedy) from None
    return tuple(sorted(found.items()))


def _files_of(folder: Path, name: str) -> Iterator[Path]:
    top = folder / name
    if not top.exists():
        raise _refused("RM-E-001", name, key("there is no such file or folder"), candidates_remedy(folder, name))
    if top.is_dir():
        paths = sorted(path for path in top.rglob("*") if not _hidden(path.relative_to(top)) and not path.is_dir())
    else:
        paths = [top]
    if not paths:
        remedy = key("put the Parquet files into it, or take the key out")
        raise _refused("RM-E-110", name, key("the folder of events holds no file"), remedy)
    for path in paths:
        shown = path.relative_to(folder).as_posix()
        if not path.resolve().is_relative_to(folder.resolve()):
            rule, remedy = (
                key("the file lies outside the programme's folder"),
                key("copy the file itself into the folder"),
            )
            raise _refused("RM-E-009", shown, rule, remedy)
        if not path.is_file():
            raise _refused("RM-E-007", shown, key("this is no regular file"), key("take it out of the folder"))
        yield path


def _hidden(path: Path) -> bool:
    return any(part.startswith(("_", ".")) for part in path.parts)


def look_into(folder: Path, declared: Sequence[str], *, needs: Sequence[str] = ()) -> EventFiles:
    """Find the files and hold their footers against what events must have.

    Parameters
    ----------
    folder : Path
        The programme's folder.
    declared : sequence of str
        Files and folders that ``[network.events]`` names.
    needs : sequence of str
        Further columns that must be there, because a rule of the programme reads them.

    Raises
    ------
    InputError
        What `find_events` raises, and RM-E-010 no Parquet, 012 no rows, 013 a column is missing, 112 a column of
        another type, 113 files that do not agree.
    """
    problems: list[Problem] = []
    names, paths, stamps, all_kinds, rows = [], [], [], [], 0
    for name, path in find_events(folder, declared):
        stamps.append(stamp_of(path))
        try:
            kinds, count = _footer(name, path, (*NEEDED, *needs))
        except InputError as error:
            problems += error.problems
            continue
        names.append(name)
        paths.append(path)
        all_kinds.append(kinds)
        rows += count
        if kinds != all_kinds[0]:
            rule = key("the columns of the event files are not of the same types")
            problems.append(_problem("RM-E-113", name, rule, key("write all files with the same columns and types")))
    if not problems and not rows:
        problems.append(
            _problem("RM-E-012", names[0], key("the events have no rows"), key("export them again, with their rows"))
        )
    if problems:
        raise InputError(tuple(problems))
    return EventFiles(paths=tuple(paths), names=tuple(names), kinds=all_kinds[0], rows=rows, stamps=tuple(stamps))


def _footer(name: str, path: Path, needed: Sequence[str]) -> tuple[dict[str, str], int]:
    import pyarrow as pa  # noqa: PLC0415  (only where there are events)
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            parquet = file.read(4) == MAGIC and pq.ParquetFile(path)
        if not parquet:
            raise _no_parquet(name)
        with parquet:
            schema, rows = parquet.schema_arrow, parquet.metadata.num_rows
    except (pa.ArrowException, OSError, ValueError):
        raise _no_parquet(name) from None
    problems = []
    kinds: dict[str, str] = {}
    for column in dict.fromkeys((*needed, *OPTIONAL)):
        places = schema.get_all_field_indices(column)
        if len(places) != 1:
            if column in needed or places:
                rule: str = (
                    filled('the column "{column}" is missing', column=column)
                    if not places
                    else filled('the column "{column}" stands twice', column=column)
                )
                remedy: str = filled("write the events with the columns {names}", names=", ".join(needed))
                problems.append(_problem("RM-E-013", name, rule, remedy, column))
            continue
        kind = _kind(column, schema.field(places[0]).type)
        if kind:
            kinds[column] = kind
        else:
            rule = (
                key("the column is neither a day nor a time stamp") if column == "at" else key("the column is not text")
            )
            remedy = key("write it as a date or time stamp") if column == "at" else key("write it as text")
            problems.append(_problem("RM-E-112", name, rule, remedy, column))
    if problems:
        raise InputError(tuple(problems))
    return kinds, int(rows)


def _kind(column: str, found: pa.DataType) -> str:
    """What a column holds, by its Arrow type; empty where it may not hold that."""
    from pyarrow import types  # noqa: PLC0415

    if types.is_dictionary(found):
        found = found.value_type
    if column == "at":
        if types.is_date32(found):
            return DAY
        return f"timestamp {found.unit}{' UTC' if found.tz else ''}" if types.is_timestamp(found) else ""
    if types.is_string(found) or types.is_large_string(found) or types.is_string_view(found):
        return TEXT
    whole = types.is_integer(found) and not types.is_uint64(found) and column != "kind"
    return f"{WHOLE} {found.bit_width}" if whole else ""


def stamp_of(path: Path) -> tuple[int, int, int]:
    """Size, time of change and number of a file."""
    state = path.stat()
    return state.st_size, state.st_mtime_ns, state.st_ino


def event_digest(path: Path) -> str:
    """Digest of one file of events.

    Notes
    -----
    Up to 1 GiB it is the SHA-256 of the file's bytes. Of a larger file it is the SHA-256 of its size, of its Parquet
    footer (schema, sizes, places and statistics of every row group) and of the first MiB of every 64 MiB, with
    ``sampled-`` before it. A change that keeps all of these goes unnoticed.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        if size <= WHOLE_DIGEST_BYTES:
            return hashlib.file_digest(file, "sha256").hexdigest()
        total = hashlib.sha256(str(size).encode())
        file.seek(size - 8)
        footer = int.from_bytes(file.read(8)[:4], "little")
        file.seek(max(size - 8 - footer, 0))
        total.update(file.read())
        for start in range(0, size, SPACED_BYTES):
            file.seek(start)
            total.update(file.read(BLOCK_BYTES))
    return f"sampled-{total.hexdigest()}"


def _no_parquet(name: str) -> InputError:
    remedy = key("write it again as Parquet, or take it out of the folder of events")
    return _refused("RM-E-010", name, key("this is no Parquet file that can be read"), remedy)


def _problem(code: str, name: str, rule: str, remedy: str, column: str = "") -> Problem:
    return Problem(code=code, file=name, rule=rule, remedy=remedy, column=column)


def _refused(code: str, name: str, rule: str, remedy: str) -> InputError:
    return InputError((_problem(code, name, rule, remedy),))
