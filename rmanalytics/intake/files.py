"""Opening a file safely and finding out how its text is encoded.

Unit: one file of the programme's folder. Nothing is parsed here; what is not plain text is refused by its first bytes.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.marks import NOTHING_TO_DO
from rmanalytics.language.translator import filled, inside, key
from rmanalytics.programme.strict_toml import candidates_remedy

SIZE_LIMIT_BYTES = 2_000_000_000
TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
DATA_SUFFIXES = (*TEXT_SUFFIXES, ".xlsx", ".xlsm", ".xls", ".ods", ".parquet", ".sav", ".feather", ".pkl", ".pickle")

SPSS = key("an SPSS file")
FROM_SPSS = key("in SPSS, save it as CSV (File, Save as, with value labels in place of values) and name that")
AS_READER = filled("declare a reader of the kind wide for it; or, {other}", other=inside(FROM_SPSS))
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", key("a spreadsheet or zip archive")),
    (b"\xd0\xcf\x11\xe0", key("an old or password-protected spreadsheet")),
    (b"PAR1", key("a Parquet file without its suffix")),
    (b"$FL2", SPSS),
    (b"$FL3", SPSS),
    (b"ARROW1", key("a Feather file")),
    (b"\x1f\x8b", key("a gzip archive")),
    (b"BZh", key("a bzip2 archive")),
    (b"\xfd7zXZ", key("an xz archive")),
    (b"7z\xbc\xaf", key("a 7z archive")),
    (b"\x28\xb5\x2f\xfd", key("a zstd archive")),
    (b"%PDF", key("a PDF")),
    (b"SQLite format 3", key("a database")),
    (b"\x89HDF", key("an HDF file")),
)
_HEAD, _NOTHING = 4096, b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_MARKUP = re.compile(rb"\s*(<!doctype|<html|<\?xml|<table)", re.IGNORECASE)
_LETTERS = "A-Za-zÀ-ÖØ-öø-ÿ"
# In a file that another code page wrote, cp1252 shows these signs inside or at the start of words.
_WRONG_CODE_PAGE = re.compile(
    f"[{_LETTERS}][€‚ƒ„…†‡ˆ‰Š‹ŒŽ“”•˜™š›œžŸ][{_LETTERS}]|[ƒ†‡ˆ‰˜™][{_LETTERS}]|[À-ÖØ-öø-ÿ]{{3}}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The bytes of one file, their digest, and how to read them as text."""

    name: str
    data: bytes
    digest: str
    encoding: str
    skip: int
    problems: tuple[Problem, ...]


def open_source(folder: Path, name: str) -> Source:
    """Read one file of a folder, whole, after every check that needs no parsing.

    Parameters
    ----------
    folder : Path
        The programme's folder; a file that lies outside it, also by a link, is refused.
    name : str
        File name relative to the folder, as declared.

    Raises
    ------
    InputError
        RM-E-001 missing, 002 unreadable, 007 no file, 008 too large, 009 outside the folder, 010 another format,
        011 empty, 020 unknown code page, 022 NUL bytes.
    """
    data = read_inside(folder, name, SIZE_LIMIT_BYTES)
    kind = _foreign_kind(Path(name).suffix.lower(), data)
    if kind:
        rule = filled("this is {kind}; tables are read from CSV, xlsx, ods and Parquet", kind=inside(kind))
        remedy = key("save the table as CSV (UTF-8) or xlsx and name that")
        raise _refused("RM-E-010", name, rule, AS_READER if kind == SPSS else remedy)
    if not data[:_HEAD].strip(_NOTHING) and not data.strip(_NOTHING):
        raise _refused("RM-E-011", name, key("the file is empty"), key("export it again, with its header and rows"))
    encoding, skip, problems = _encoding(name, data)
    return Source(
        name=name,
        data=data,
        digest=hashlib.sha256(data).hexdigest(),
        encoding=encoding,
        skip=skip,
        problems=problems,
    )


def read_inside(folder: Path, name: str, limit: int) -> bytes:
    """The bytes of a regular file inside a folder.

    Raises
    ------
    InputError
        RM-E-001, 002, 007, 008 or 009.
    """
    path = folder / name
    try:
        if not path.exists():
            raise _refused("RM-E-001", name, key("the file does not exist"), candidates_remedy(folder, name))
        if not path.resolve().is_relative_to(folder.resolve()):
            raise _refused(
                "RM-E-009",
                name,
                key("the file lies outside the programme's folder"),
                key("copy the file itself into the folder"),
            )
        if not path.is_file():
            what = key("a folder") if path.is_dir() else key("no regular file")
            raise _refused(
                "RM-E-007", name, filled("this is {what}, not a file", what=inside(what)), key("name the file itself")
            )
        if path.stat().st_size > limit:
            rule = filled("the file is larger than {limit} MB", limit=limit // 1_000_000)
            raise _refused("RM-E-008", name, rule, key("split it, for instance by round, and list the parts"))
        return path.read_bytes()
    except (OSError, ValueError):
        raise _refused(
            "RM-E-002",
            name,
            key("the file cannot be read"),
            key("check who may read it and that no program has it open"),
        ) from None


def _refused(code: str, name: str, rule: str, remedy: str, line: int = 0) -> InputError:
    lines = (line,) if line else ()
    return InputError((Problem(code=code, file=name, rule=rule, remedy=remedy, lines=lines),))


def _foreign_kind(suffix: str, data: bytes) -> str:
    if _PICKLE.match(data) or suffix in (".pkl", ".pickle", ".joblib"):
        return key("a Python pickle, which can run code when it is read")
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if _MARKUP.match(data[:200]):
        return key("a web page or XML")
    return "" if suffix in TEXT_SUFFIXES else key("no .csv, .tsv or .txt file")


def _encoding(name: str, data: bytes) -> tuple[str, int, tuple[Problem, ...]]:
    """Encoding, bytes to skip at the start, and what was normalised."""
    wide = _wide_encoding(data)
    if wide:
        try:
            zeros = data.decode(wide).find("\0")
        except UnicodeDecodeError:
            rule = key("the file begins like UTF-16 but is not UTF-16 throughout")
            raise _refused("RM-E-020", name, rule, key("save it again as CSV UTF-8")) from None
        if zeros >= 0:
            raise _binary(name)
        note = Problem(
            code="RM-N-061",
            file=name,
            rule=key("the text is UTF-16 and was read as such"),
            remedy=key("nothing to do; CSV UTF-8 avoids this note"),
        )
        return wide, 0, (note,)
    if b"\0" in data:
        raise _binary(name, data[: data.index(b"\0")].count(b"\n") + 1)
    skip = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return "cp1252", skip, (_as_cp1252(name, data, line),)
    if not skip:
        return "utf-8", 0, ()
    rule = key("the file begins with a byte-order mark, which was left out")
    return "utf-8", 3, (Problem(code="RM-N-060", file=name, rule=rule, remedy=NOTHING_TO_DO),)


def _wide_encoding(data: bytes) -> str:
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = data[:4000]
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if odd > 0.3 * len(start) and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even > 0.3 * len(start) and odd == 0 else ""


def _as_cp1252(name: str, data: bytes, line: int) -> Problem:
    remedy = key("save the file again as CSV UTF-8")
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _refused("RM-E-020", name, key("the text is neither UTF-8 nor Windows-1252"), remedy, line) from None
    wrong = _WRONG_CODE_PAGE.search(text)
    if wrong:
        line = text.count("\n", 0, wrong.start()) + 1
        rule = key("the text is not UTF-8, and read as Windows-1252 its letters do not fit either")
        raise _refused("RM-E-020", name, rule, remedy, line)
    return Problem(
        code="RM-N-062",
        file=name,
        lines=(line,),
        rule=key("the text is not UTF-8; its umlauts were read as Windows-1252"),
        remedy=key("compare a name with umlauts in the report; CSV UTF-8 avoids this note"),
    )


def _binary(name: str, line: int = 0) -> InputError:
    return _refused(
        "RM-E-022",
        name,
        key("the file holds NUL bytes and is no plain text"),
        key("export it again as CSV UTF-8"),
        line,
    )
