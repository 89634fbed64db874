"""Where a person still stands: every byte of a file read as text, also inside archives, workbooks, Parquet, notebooks.

Unit: one file. A file that cannot be looked into counts as one that may hold somebody.
"""

from __future__ import annotations

import bz2
import gzip
import html
import io
import lzma
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
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
_CLOSED = (b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x28\xb5\x2f\xfd")
_TOKENS = re.compile(r"[^\W_]+")
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
        self._names = {_plain(one): frozenset(_TOKENS.findall(_plain(one))) for one in names if one.strip()}

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
        there = set(_TOKENS.findall(text))
        near = [name for name, tokens in self._names.items() if tokens <= there]
        return sum(len(re.findall(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", text)) for name in near)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _texts(name: str, data: bytes) -> Iterator[list[str]]:
    """Each text of a file in all its forms; the file's name is one."""
    yield [_plain(name)]
    if data.startswith(_CLOSED):
        raise ClosedError(name)
    for magic, unpack in _UNPACK:
        if data.startswith(magic):
            try:
                inner = unpack(data)
            except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
                raise ClosedError(name) from error
            yield from _texts(name.rpartition(".")[0] or name, inner)
            return
    if data.startswith(b"PK\x03\x04"):
        yield from _members(name, data)
    elif data.startswith(b"PAR1"):
        yield [_plain(text) for text in [_parquet(name, data)]]
    else:
        yield from (_forms(text, deep=not name.endswith(_TABLES)) for text in _decoded(data))


def _members(name: str, data: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            yield [_plain(package.comment.decode("utf-8", "ignore"))]
            for info in package.infolist():
                inner = name if name.endswith(_TABLES) else info.filename
                yield from _texts(inner, package.read(info))
                yield [_plain(info.filename)]
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError) as error:
        raise ClosedError(name) from error


def _parquet(name: str, data: bytes) -> str:
    """Every value of every column, and the file's own notes, one a line."""
    import pyarrow as pa  # noqa: PLC0415  (only where there are such files)
    from pyarrow import parquet  # noqa: PLC0415

    try:
        file = parquet.ParquetFile(io.BytesIO(data))
        notes = [str(file.metadata.metadata), str(file.schema_arrow)]
        lines = [str(value) for part in file.iter_batches() for column in part.columns for value in column.to_pylist()]
    except (pa.ArrowException, OSError) as error:
        raise ClosedError(name) from error
    return "\n".join((*notes, *lines))


def _decoded(data: bytes) -> Iterator[str]:
    """Bytes as texts of every usual encoding that they may be in."""
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:4096]
    for code in ("utf-16-le", "utf-16-be") if wide else ():
        yield data.decode(code, "ignore")
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
