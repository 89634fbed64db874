"""Hostile and odd workbooks, made here: what is refused before a library opens them, and how their cells are read."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from xlsxwriter import Workbook as Writer

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.workbooks.cells import FAILED, Workbook

SHEET = "xl/worksheets/sheet1.xml"
Fill = Callable[[Any, Any], object]


def made(fill: Fill, options: dict[str, Any] | None = None) -> bytes:
    """An xlsx whose first sheet *A* was filled."""
    buffer = io.BytesIO()
    book = Writer(buffer, options or {})
    fill(book, book.add_worksheet("A"))
    book.close()
    return buffer.getvalue()


def column(book: Any, sheet: Any, *cells: Any, form: str = "") -> None:
    """Cells below each other in column A, the header first."""
    style = book.add_format({"num_format": form}) if form else None
    sheet.write(0, 0, "head")
    for row, cell in enumerate(cells, start=1):
        sheet.write(row, 0, cell, style)


def plain(book: Any, sheet: Any) -> None:
    column(book, sheet, "a", "b")


def texts(data: bytes, name: str = "A") -> list[str]:
    """The texts of column A below the header."""
    found = Workbook("f.xlsx", data).cells(name)
    return [found.columns[0].texts[code] for code in found.columns[0].codes[1:]]


def changed(data: bytes, part: str, change: Callable[[bytes], bytes], **added: bytes) -> bytes:
    """The same archive with one part changed and others added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info.filename, change(content) if info.filename == part else content)
        for name, content in added.items():
            new.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return buffer.getvalue()


def problems(data: bytes) -> dict[str, Problem]:
    """Problems by code, refused or not."""
    try:
        book = Workbook("f.xlsx", data)
        found = [*book.problems, *book.cells(book.sheets_named("")[0]).problems]
    except InputError as error:
        found = list(error.problems)
    return {problem.code: problem for problem in found}


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]>'
ODS_MIME = b"application/vnd.oasis.opendocument.spreadsheet"


def declared(text: bytes) -> bytes:
    return ENTITIES + text.partition(b"?>")[2]


def utf16(text: bytes) -> bytes:
    return text.decode().encode("utf-16")


def encrypted(data: bytes) -> bytes:
    """Every part marked as encrypted, in both places where an archive says so."""
    flagged = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(mark), data):
            flagged[found.start() + offset] |= 1
    return bytes(flagged)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "no archive": (lambda: b"PK\x03\x04 and nothing", "RM-E-160"),
    "cut off": (lambda: made(plain)[:-200], "RM-E-160"),
    "zeros packed a thousand to one": (
        lambda: changed(made(plain), SHEET, lambda t: t.replace(b"</worksheet>", b" " * 3_000_000 + b"</worksheet>")),
        "RM-E-160",
    ),
    "a big part that nobody reads": (
        lambda: changed(made(plain), "", bytes, xl__media__a_DOT_bin=bytes(4_000_000)),
        "RM-E-160",
    ),
    "thousands of parts": (
        lambda: changed(made(plain), "", bytes, **{f"x{n}": b"" for n in range(2_100)}),
        "RM-E-160",
    ),
    "sheet with entities": (lambda: changed(made(plain), SHEET, declared), "RM-E-161"),
    "strings with entities": (lambda: changed(made(plain), "xl/sharedStrings.xml", declared), "RM-E-161"),
    "relations with entities": (lambda: changed(made(plain), "xl/_rels/workbook.xml.rels", declared), "RM-E-161"),
    "a part in UTF-16": (lambda: changed(made(plain), SHEET, utf16), "RM-E-161"),
    "encrypted parts": (lambda: encrypted(made(plain)), "RM-E-162"),
    "no sheet in it": (
        lambda: changed(made(plain), "xl/workbook.xml", lambda t: t.replace(b"<sheet ", b"<other ")),
        "RM-E-163",
    ),
    "an ods that is encrypted": (
        lambda: ods({"META-INF/manifest.xml": b"<m:manifest xmlns:m='m'><m:encryption-data/></m:manifest>"}),
        "RM-E-162",
    ),
    "an ods that repeats a filled row without end": (
        lambda: ods(
            {"content.xml": ods_rows('<table:table-row table:number-rows-repeated="1048000">{cell}</table:table-row>')}
        ),
        "RM-E-160",
    ),
    "macros": (lambda: changed(made(plain), "", bytes, xl__vbaProject_DOT_bin=b"code"), "RM-W-160"),
    "links to other files": (
        lambda: changed(made(plain), "", bytes, xl__externalLinks__externalLink1_DOT_xml=b"<e/>"),
        "RM-W-160",
    ),
    "connections to a database": (lambda: changed(made(plain), "", bytes, xl__connections_DOT_xml=b"<c/>"), "RM-W-160"),
    "hidden rows": (lambda: made(lambda b, s: (plain(b, s), s.set_row(1, None, None, {"hidden": True}))), "RM-W-161"),
    "hidden columns": (
        lambda: made(lambda b, s: (plain(b, s), s.set_column(1, 3, 5, None, {"hidden": True}))),
        "RM-W-161",
    ),
    "several filled sheets": (lambda: made(lambda b, s: (plain(b, s), plain(b, b.add_worksheet("B")))), "RM-E-163"),
    "too many columns": (lambda: made(lambda b, s: (plain(b, s), s.write(1, 500, "x"))), "RM-E-008"),
}


def ods(parts: dict[str, bytes]) -> bytes:
    """An archive that says it is an ods."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", ODS_MIME)
        for name, content in {"content.xml": ods_rows("{cell}"), **parts}.items():
            book.writestr(name, content)
    return buffer.getvalue()


def ods_rows(rows: str) -> bytes:
    """The content of an ods with one sheet."""
    cell = '<table:table-cell office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell>'
    names = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    body = rows.replace("{cell}", cell)
    body = body if body.startswith("<table:table-row") else f"<table:table-row>{body}</table:table-row>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="A">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    ).encode()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_odd_workbook_gets_its_code(name: str) -> None:
    make, code = HOSTILE[name]
    found = problems(make())
    assert code in found
    assert "f.xlsx" in found[code].file


def test_a_hidden_sheet_is_never_read_and_a_pattern_takes_the_visible_ones() -> None:
    def fill(book: Any, sheet: Any) -> None:
        plain(book, sheet)
        hidden, very = book.add_worksheet("H"), book.add_worksheet("V")
        for one in (hidden, very):
            plain(book, one)
        hidden.hide()
        very.very_hidden()
        plain(book, book.add_worksheet("B 2026"))

    book = Workbook("f.xlsx", made(fill))
    assert (book.sheets, book.hidden) == (("A", "B 2026"), ("H", "V"))
    assert book.sheets_named("*") == ("A", "B 2026")
    assert book.sheets_named("B*") == ("B 2026",)
    for name in ("H", "V"):
        with pytest.raises(InputError, match="hidden sheets are never read"):
            book.sheets_named(name)


def formula(cached: Any) -> bytes:
    return made(lambda b, s: (s.write(0, 0, "head"), s.write_formula(1, 0, "=1+1", None, cached)))


def without_value(data: bytes) -> bytes:
    return changed(data, SHEET, lambda text: re.sub(rb"<v>[^<]*</v>", b"", text))


VALUES: dict[str, tuple[Callable[[], bytes], list[str]]] = {
    "texts": (lambda: made(lambda b, s: column(b, s, "a", " b ", "007")), ["a", " b ", "007"]),
    "whole and other numbers": (
        lambda: made(lambda b, s: column(b, s, 3, 2.5, 1e15, -0.1)),
        ["3", "2.5", "1000000000000000", "-0.1"],
    ),
    "numbers stored as text": (
        lambda: made(lambda b, s: [s.write_string(n, 0, t) for n, t in enumerate(("h", "12"))]),
        ["12"],
    ),
    "true and false": (lambda: made(lambda b, s: column(b, s, True, False)), ["true", "false"]),  # noqa: FBT003
    "days": (lambda: made(lambda b, s: column(b, s, date(2026, 3, 4), form="dd.mm.yyyy")), ["2026-03-04"]),
    "days shown with two-digit years": (
        lambda: made(lambda b, s: column(b, s, date(2026, 3, 4), form="d.m.yy")),
        ["2026-03-04"],
    ),
    "days of 1904": (
        lambda: made(lambda b, s: column(b, s, date(2026, 3, 4), form="yyyy-mm-dd"), {"date_1904": True}),
        ["2026-03-04"],
    ),
    "moments": (
        lambda: made(lambda b, s: column(b, s, datetime(2026, 3, 4, 9, 30), form="dd.mm.yyyy hh:mm")),  # noqa: DTZ001
        ["2026-03-04 09:30:00"],
    ),
    "a day stored as a number": (lambda: made(lambda b, s: column(b, s, 46115)), ["46115"]),
    "numbers with zeros ahead": (lambda: made(lambda b, s: column(b, s, 123, 4567, form="00000")), ["00123", "04567"]),
    "percentages": (lambda: made(lambda b, s: column(b, s, 0.85, 1, form="0%")), ["85", "100"]),
    "percentages with a digit": (lambda: made(lambda b, s: column(b, s, 0.071, form="0.0%")), ["7.1"]),
    "minutes of a length": (lambda: made(lambda b, s: column(b, s, timedelta(minutes=75), form="[h]:mm")), ["75"]),
    "minutes of a clock": (lambda: made(lambda b, s: column(b, s, 1 / 24, form="h:mm")), ["60"]),
    "minutes as minutes": (lambda: made(lambda b, s: column(b, s, 1 / 48, form="[m]")), ["30"]),
    "a unit in the format is no time": (lambda: made(lambda b, s: column(b, s, 45, form='0 "min"')), ["45"]),
    "a formula's value": (lambda: formula(2), ["2"]),
    "a formula that failed": (lambda: formula("#REF!"), [FAILED]),
    "a formula that was never calculated": (lambda: without_value(formula(2)), [FAILED]),
    "a sheet that begins further down": (lambda: made(lambda b, s: s.write(3, 2, "x")), ["", "", ""]),
    "a name with an ampersand": (lambda: made(lambda b, s: column(b, s, "R&D", "<b>")), ["R&D", "<b>"]),
    "a formula as text": (lambda: made(lambda b, s: s.write_string(1, 0, '=HYPERLINK("x")')), ['=HYPERLINK("x")']),
}


@pytest.mark.parametrize("name", VALUES)
def test_cells_are_read_as_what_they_are(name: str) -> None:
    make, expected = VALUES[name]
    assert texts(make()) == expected


def test_percentages_and_times_are_noted_and_merged_cells_known() -> None:
    data = made(lambda b, s: (column(b, s, 0.5, form="0%"), s.merge_range(3, 0, 5, 0, "m")))
    assert "RM-N-160" in problems(data)
    assert Workbook("f.xlsx", data).cells("A").merged == (((3, 0), (5, 0)),)


def test_many_rows_are_read_in_pieces() -> None:
    def fill(book: Any, sheet: Any) -> None:
        column(book, sheet, *(n % 7 for n in range(9_000)))
        sheet.write(8_500, 0, 0.25, book.add_format({"num_format": "0%"}))

    found = texts(made(fill))
    assert len(found) == 9_000
    assert found[8_499] == "25"
    assert [found[0], found[8_998]] == ["0", str(8_998 % 7)]
