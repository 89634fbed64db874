"""Where a person still stands: every byte of a file as text, also inside archives, workbooks, tables of other programs.

Unit: one file. A file that cannot be looked into counts as one that may hold somebody.
"""

from __future__ import annotations

import bz2
import gzip
import html
import io
import lzma
import re
import sqlite3
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import unquote

from rmanalytics.inspect.normal import readings

DEEP_BYTES = 4_000_000
"""Largest text in which base64, hex and the like are unpacked too; tables of people are larger, and hold none."""
SHORT_DIGITS = 6
"""Numbers of fewer digits cannot be told from other numbers where figures stand; there they are not looked for."""
_TABLES = (".csv", ".tsv", ".parquet", ".xlsx", ".xlsm", ".ods")
_UNPACK: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
    (b"\x1f\x8b", gzip.decompress),
    (b"BZh", bz2.decompress),
    (b"\xfd7zXZ\x00", lzma.decompress),
)
_CLOSED = (b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18")
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
_START = 4096
"""Bytes by which a text of wide signs is told from what is no text."""
_ESCAPES = re.compile(r"\\u([0-9a-fA-F]{4})")


class ClosedError(Exception):
    """A file that cannot be looked into."""


class Wanted:
    """Names of some people in every spelling that is looked for.

    Parameters
    ----------
    names : iterable of str
        Ids, pseudonyms, e-mail addresses.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = dict.fromkeys(_plain(one) for one in names if one.strip())

    def without_short_numbers(self) -> Wanted:
        """The same without numbers that are too short to be told from other numbers."""
        return Wanted(one for one in self._names if not (one.isdigit() and len(one) < SHORT_DIGITS))

    def count(self, name: str, data: bytes) -> int:
        r"""How often they stand in a file, or in its name.

        Raises
        ------
        ClosedError
            Where it cannot be looked into.

        Examples
        --------
        >>> Wanted(["P-17"]).count("x.txt.gz", gzip.compress("id;p-17\n".encode("utf-16")))
        1
        >>> Wanted(["17"]).count("x.txt", b"170 people, 0.17, id 17")
        2
        """
        return sum(max(map(self._in, forms), default=0) for forms in _texts(name, data))

    def _in(self, text: str) -> int:
        near = (name for name in self._names if name in text)
        return sum(len(re.findall(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", text)) for name in near)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _texts(name: str, data: bytes, *, loose: bool = False) -> Iterator[list[str]]:
    """Each text of a file in all its forms; the file's name is one. ``loose`` takes any bytes for text."""
    yield [_plain(name)]
    if data.startswith(_CLOSED):
        raise ClosedError(name)
    for magic, unpack in _UNPACK:
        if data.startswith(magic):
            with _looking_into(name):
                inner = unpack(data)
            yield from _texts(name.rpartition(".")[0] or name, inner, loose=loose)
            return
    for magic, read in _READ:
        if data.startswith(magic):
            with _looking_into(name):
                lines = read(data)
            yield [_plain(lines)]
            return
    if data.startswith(b"PK\x03\x04"):
        yield from _members(name, data)
    elif data[257:262] == b"ustar":
        yield from _archived(name, data)
    elif (plain := _inflated(data)) is not None:
        yield from _texts(name, plain, loose=True)
    else:
        loose = loose or data.startswith(_PICTURES) or name.endswith(".pyc")
        yield from (_forms(text, deep=not name.endswith(_TABLES)) for text in _decoded(name, data, loose=loose))


@contextmanager
def _looking_into(name: str) -> Iterator[None]:
    """Whatever a library says of a file that is cut, encrypted or none of its own: it cannot be looked into."""
    try:
        yield
    except Exception as error:
        raise ClosedError(name) from error


def _members(name: str, data: bytes) -> Iterator[list[str]]:
    """Every member of an archive; parts of an Office file that are no text hold settings and pictures."""
    with _looking_into(name), zipfile.ZipFile(io.BytesIO(data)) as package:
        yield [_plain(package.comment.decode("utf-8", "ignore"))]
        loose = not {"[Content_Types].xml", "mimetype"}.isdisjoint(package.namelist())
        for info in package.infolist():
            inner = name if name.endswith(_TABLES) else info.filename
            yield from _texts(inner, package.read(info), loose=loose)
            yield [_plain(info.filename)]


def _archived(name: str, data: bytes) -> Iterator[list[str]]:
    with _looking_into(name), tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for info in archive:
            file = archive.extractfile(info)
            yield from _texts(info.name, file.read() if file else b"")


def _inflated(data: bytes) -> bytes | None:
    """What a zlib stream holds, such as an object of Git; None where it is none."""
    if not (data[:1] == b"x" and int.from_bytes(data[:2], "big") % 31 == 0):
        return None
    try:
        return zlib.decompress(data)
    except zlib.error:
        return None


def _parquet(data: bytes) -> str:
    """Every value of every column, and the file's own notes, one a line."""
    from pyarrow import parquet  # noqa: PLC0415  (only where there are such files)

    file = parquet.ParquetFile(io.BytesIO(data))
    notes = [str(file.metadata.metadata), str(file.schema_arrow)]
    return "\n".join((*notes, *(line for part in file.iter_batches() for line in _lines(part))))


def _arrow(data: bytes) -> str:
    from pyarrow import ipc  # noqa: PLC0415  (as above)

    file = ipc.open_file(io.BytesIO(data))
    lines = (line for n in range(file.num_record_batches) for line in _lines(file.get_batch(n)))
    return "\n".join((str(file.schema), *lines))


def _lines(part: Any) -> Iterator[str]:
    return (str(value) for column in part.columns for value in column.to_pylist())


def _database(data: bytes) -> str:
    """All rows of an SQLite file as it dumps them, and its bytes, for what was deleted there and lies there still."""
    with closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(data)
        return "\n".join((*base.iterdump(), data.decode("latin-1")))


def _spss(data: bytes) -> str:
    from rmanalytics.intake.readers.spss import spss_cells  # noqa: PLC0415  (an extra)

    heads, columns = spss_cells("", data, labels=False)
    return "\n".join(cell for column in (*heads, *columns) for cell in column)


def _pdf(data: bytes) -> str:
    from rmanalytics.run.brief import pdf_text  # noqa: PLC0415  (an extra)

    text = pdf_text(data)
    if text is None:
        raise ClosedError
    return f"{text}\n{data.decode('latin-1')}"


_READ: tuple[tuple[bytes, Callable[[bytes], str]], ...] = (
    (b"PAR1", _parquet),
    (b"ARROW1", _arrow),
    (b"SQLite format 3", _database),
    (b"$FL", _spss),
    (b"%PDF-", _pdf),
)


def _decoded(name: str, data: bytes, *, loose: bool) -> Iterator[str]:
    """Bytes as texts of every usual encoding that they may be in; bytes that are no text cannot be looked into."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\x00" in data or marked:
        zeros = [data[at:_START:2].count(0) for at in (0, 1)]
        if not (loose or marked or (min(zeros) == 0 and max(zeros) > 0.3 * len(data[:_START]))):
            raise ClosedError(name)
        yield from (data.decode(code, "ignore") for code in ("utf-32", "utf-16-le", "utf-16-be"))
    try:
        yield data.decode("utf-8")
    except UnicodeDecodeError:
        yield data.decode("cp1252", "replace")


def _forms(text: str, *, deep: bool) -> list[str]:
    """One text as it stands, with its escapes resolved, and, where that is wanted, with what is packed inside it."""
    found = [_plain(text)]
    loose = (
        _ESCAPES.sub(lambda one: chr(int(one[1], 16)), html.unescape(text)) if "\\u" in text or "&" in text else text
    )
    loose = unquote(loose, errors="replace") if "%" in loose else loose
    if loose != text:
        found.append(_plain(loose))
    if deep and len(text) < DEEP_BYTES:
        found += readings(text)
    return found
