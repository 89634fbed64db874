"""What a workbook holds beside its values, found in its XML before any library opens it; nothing is unpacked to disk.

Unit: one workbook. The XML is read in pieces and searched by patterns that need time in proportion to it: compression,
entities, encryption, macros, links to other files, hidden sheets, rows and columns, and, cell by cell, failed formulas,
formulas that were never calculated, and percent and time formats.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.marks import NOTHING_TO_DO
from rmanalytics.language.translator import filled, key

UNPACKED_LIMIT_BYTES = 500_000_000
RATIO_LIMIT = 100
RATIO_FROM_BYTES = 1_000_000
"""Smaller parts may be packed as tightly as they like."""
PARTS_LIMIT = 2_000
REPEAT_LIMIT = 1_048_576
_CHUNK_BYTES = 1 << 22
_TAIL = b"</row>"
_DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"""\b([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*\bhidden=\"(?:1|true)\"[^>]*>")
_COLS = re.compile(rb"<(?:\w+:)?col\b[^>]*\bhidden=\"(?:1|true)\"[^>]*>")
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(/?)>")
_FAILED = re.compile(rb"<(?:\w+:)?c\b([^>]*\bt=\"e\"[^>]*)>")
_FORMULA = re.compile(rb"<(?:\w+:)?c\b([^>]*)><(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)(<(?:\w+:)?v>[^<]|)")
_PLACE = re.compile(rb"([A-Z]{1,3})([0-9]{1,7})")
_LITERAL = re.compile(r'"[^"]*"|\\.|\[(?!(?:h|m|s)+\])[^\]]*\]', re.IGNORECASE)
_BUILT_IN = {9: "percent", 10: "percent", 18: "time", 19: "time", 20: "time", 21: "time", 45: "time", 46: "time"}
_BUILT_IN |= {47: "time"}

Place = tuple[int, int]
"""Row and column, counted from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What stands in a sheet beside its values, by place."""

    failed: frozenset[Place] = frozenset()
    uncalculated: frozenset[Place] = frozenset()
    formats: dict[Place, str] = field(default_factory=dict)
    hidden_rows: int = 0
    hidden_columns: int = 0
    filtered: bool = False


def look_through(name: str, data: bytes) -> tuple[Problem, ...]:
    """Refuse a workbook that is dangerous to open, and warn of what is never used.

    Raises
    ------
    InputError
        RM-E-160 packed too tightly or damaged, 161 entities, 162 encrypted.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            parts = packed.infolist()
            _refuse_bombs(name, parts)
            _refuse_unsafe(name, packed, parts)
            return tuple(_warned(name, parts))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError):
        rule = key("the workbook is damaged, or no workbook")
        raise _refused("RM-E-160", name, rule, key("open it in the spreadsheet program and save it anew")) from None


def _refused(code: str, name: str, rule: str, remedy: str) -> InputError:
    return InputError((Problem(code=code, file=name, rule=rule, remedy=remedy),))


def _refuse_bombs(name: str, parts: list[zipfile.ZipInfo]) -> None:
    whole = sum(part.file_size for part in parts)
    tight = any(p.file_size > RATIO_FROM_BYTES and p.file_size > RATIO_LIMIT * max(p.compress_size, 1) for p in parts)
    if whole > UNPACKED_LIMIT_BYTES or tight or len(parts) > PARTS_LIMIT:
        rule = filled(
            "unpacked the workbook has more than {unpacked_limit_bytes} MB or {ratio_limit} times its size",
            unpacked_limit_bytes=UNPACKED_LIMIT_BYTES // 1_000_000,
            ratio_limit=RATIO_LIMIT,
        )
        raise _refused("RM-E-160", name, rule, key("save the sheet as CSV UTF-8, or delete empty rows and columns"))


def _refuse_unsafe(name: str, packed: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    if any(part.flag_bits & 1 for part in parts):
        raise _encrypted(name)
    for part in parts:
        if not part.filename.lower().endswith((".xml", ".rels", ".vml")):
            continue
        before = b""
        for number, piece in enumerate(_pieces(packed, part)):
            if not number and (piece[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in piece[:200]):
                rule = key("a part of the workbook is written in another encoding than UTF-8")
                raise _refused("RM-E-161", name, rule, key("save it anew in the spreadsheet program"))
            if _DTD.search(before + piece):
                rule = key("the workbook declares entities, which no spreadsheet program writes")
                raise _refused("RM-E-161", name, rule, key("do not open it; ask its sender for a CSV"))
            if part.filename == "META-INF/manifest.xml" and b"encryption-data" in before + piece:
                raise _encrypted(name)
            if part.filename == "content.xml":
                _refuse_repeats(name, before + piece)
            before = piece[-200:]


def _encrypted(name: str) -> InputError:
    return _refused("RM-E-162", name, key("the workbook is protected by a password"), key("save it without one"))


def _refuse_repeats(name: str, text: bytes) -> None:
    """Refuse rows with content that an ods repeats more often than a sheet has rows."""
    for found in re.finditer(rb'number-rows-repeated="([0-9]+)"[^>]*>(.{0,400})', text, re.DOTALL):
        if int(found[1][:12]) > 1_000 and b"office:value" in found[2].partition(b"</table:table-row>")[0]:
            rule = key("the workbook repeats a row with content over and over")
            raise _refused("RM-E-160", name, rule, key("save the sheet as CSV UTF-8"))


def _pieces(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part in pieces, never more than its declared size."""
    with packed.open(part) as stream:
        while piece := stream.read(_CHUNK_BYTES):
            yield piece


def _warned(name: str, parts: list[zipfile.ZipInfo]) -> Iterator[Problem]:
    names = [part.filename.lower() for part in parts]
    if any(found.endswith("vbaproject.bin") or found.startswith("basic/") for found in names):
        rule = key("the workbook has macros, which are never run")
        yield Problem(code="RM-W-160", file=name, rule=rule, remedy=key("nothing to do; save it without macros"))
    if any("externallinks/" in found or found.endswith("connections.xml") for found in names):
        rule = key("the workbook has links to other files or sources, which are never followed")
        remedy = key("nothing to do, if the values are up to date")
        yield Problem(code="RM-W-160", file=name, rule=rule, remedy=remedy)


def inside_of(data: bytes, sheet: str) -> Inside:
    """What stands in one sheet of an xlsx beside its values; nothing of an ods, whose values say it themselves."""
    with zipfile.ZipFile(BytesIO(data)) as packed:
        part = _part_of(packed, sheet)
        if part is None:
            return Inside()
        special = _special_styles(packed)
        return _scan(packed, packed.getinfo(part), special)


def _part_of(packed: zipfile.ZipFile, sheet: str) -> str | None:
    """Name of the part that holds a sheet, by the workbook's relations."""
    names = set(packed.namelist())
    if "xl/workbook.xml" not in names:
        return None
    import html  # noqa: PLC0415  (for names of sheets alone)

    book = packed.read("xl/workbook.xml")
    ids = {}
    for found in re.finditer(rb"<(?:\w+:)?sheet\b([^>]*)>", book):
        given = _attributes(found[1])
        ids[html.unescape(given.get("name", ""))] = next((v for k, v in given.items() if k.endswith(":id")), "")
    links = packed.read("xl/_rels/workbook.xml.rels") if "xl/_rels/workbook.xml.rels" in names else b""
    for found in re.finditer(rb"<(?:\w+:)?Relationship\b([^>]*)>", links):
        given = _attributes(found[1])
        if given.get("Id") == ids.get(sheet):
            target = given.get("Target", "").lstrip("/")
            return next((name for name in (target, f"xl/{target}") if name in names), None)
    return None


def _attributes(text: bytes) -> dict[str, str]:
    return {k.decode(): (a or b).decode("utf-8", "replace") for k, a, b in _ATTRIBUTE.findall(text)}


def _special_styles(packed: zipfile.ZipFile) -> dict[bytes, str]:
    """Numbers of the cell styles that show a percentage or a time without a day."""
    if "xl/styles.xml" not in packed.namelist():
        return {}
    text = packed.read("xl/styles.xml")
    own = {}
    for found in re.finditer(rb"<(?:\w+:)?numFmt\b([^>]*)>", text):
        given = _attributes(found[1])
        own[int(given.get("numFmtId", -1))] = _kind_of_format(given.get("formatCode", ""))
    cells = re.search(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", text, re.DOTALL)
    special = {}
    for number, found in enumerate(re.finditer(rb"<(?:\w+:)?xf\b([^>]*)>", cells[0] if cells else b"")):
        chosen = int(_attributes(found[1]).get("numFmtId", 0))
        kind = own.get(chosen, _BUILT_IN.get(chosen, ""))
        if kind:
            special[str(number).encode()] = kind
    return special


def _kind_of_format(code: str) -> str:
    """``percent``, ``time`` (hours, minutes, seconds and no day), zeros that are shown ahead of a number, or empty.

    Examples
    --------
    >>> [_kind_of_format(code) for code in ("0.0%", "[m]", "h:mm", "dd.mm.yyyy hh:mm", '0 "min"', "00000")]
    ['percent', 'time', 'time', '', '', '00000']
    """
    bare = _LITERAL.sub("", code).lower().partition(";")[0]
    if "%" in bare:
        return "percent"
    if len(bare) > 1 and set(bare) == {"0"}:
        return bare
    timed = set(bare) & set("hs") or "[m" in bare
    return "time" if timed and not set(bare) & set("yd") else ""


def _scan(packed: zipfile.ZipFile, part: zipfile.ZipInfo, special: dict[bytes, str]) -> Inside:
    styled = re.compile(rb"<(?:\w+:)?c\b([^>]*\bs=\"(" + b"|".join(special) + rb")\"[^>]*)>") if special else None
    failed: set[Place] = set()
    uncalculated: set[Place] = set()
    formats: dict[Place, str] = {}
    hidden_rows = hidden_columns = 0
    filtered = False
    rest = b""
    for piece in [*_pieces(packed, part), b""]:
        text = rest + piece
        cut = text.rfind(_TAIL) + len(_TAIL) if piece and _TAIL in text else len(text)
        if not piece or cut < len(text) or _TAIL in text:
            text, rest = text[:cut], text[cut:]
        else:
            rest, text = text, b""
        if b"hidden=" in text:
            hidden_rows += len(_ROW.findall(text))
            hidden_columns += sum(_columns_hidden(found) for found in _COLS.findall(text))
        filtered |= b"autoFilter" in text
        if b't="e"' in text:
            failed.update(filter(None, (_place(found) for found in _FAILED.findall(text))))
        if b"<f" in text or b":f" in text:
            uncalculated.update(filter(None, (_place(cell) for cell, value in _FORMULA.findall(text) if not value)))
        if styled:
            for attributes, style in styled.findall(text):
                place = _place(attributes)
                if place:
                    formats[place] = special[style]
    return Inside(
        failed=frozenset(failed),
        uncalculated=frozenset(uncalculated - failed),
        formats=formats,
        hidden_rows=hidden_rows,
        hidden_columns=hidden_columns,
        filtered=filtered and bool(hidden_rows),
    )


def _columns_hidden(tag: bytes) -> int:
    given = _attributes(tag)
    return min(int(given.get("max", 1)) - int(given.get("min", 1)) + 1, 16_384)


def _place(attributes: bytes) -> Place | None:
    given = re.search(rb'\br="([^"]+)"', attributes)
    found = _PLACE.fullmatch(given[1]) if given else None
    if not found:
        return None
    column = 0
    for letter in found[1]:
        column = 26 * column + letter - 64
    return int(found[2]) - 1, column - 1


def notes_on(name: str, inside: Inside) -> Iterator[Problem]:
    """What a sheet hides: its rows count all the same."""
    if inside.hidden_rows or inside.hidden_columns:
        what = key("{rows} hidden rows and {columns} hidden columns of the sheet were read like the others")
        rule = filled(what, rows=str(inside.hidden_rows), columns=str(inside.hidden_columns))
        remedy = key("delete the rows that do not belong to the data") if inside.filtered else NOTHING_TO_DO
        yield Problem(code="RM-W-161", file=name, rule=rule, remedy=remedy)
