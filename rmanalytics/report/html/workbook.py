"""Tables as a workbook that a spreadsheet opens: texts as texts, never as formulas; same tables, same bytes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TypeVar
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pandas as pd

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
LONGEST = 31
"""Characters of a sheet's name."""
_FONT = '<sz val="11"/><name val="Calibri"/>'
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font>{_FONT}</font><font><b/>{_FONT}</font></fonts>'
    '<fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/>'
    '<xf fontId="1" applyFont="1"/></cellXfs></styleSheet>'
)
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

Row = Sequence[object]
To = TypeVar("To", Path, BytesIO)


class Head(tuple[object, ...]):
    """A row of heads, or of a title."""

    __slots__ = ()


def write_workbook(path: Path, tables: Sequence[pd.DataFrame]) -> Path:
    """Write tables as an Office Open XML workbook (ECMA-376) and return its path.

    Parameters
    ----------
    path : Path
        The file, written over.
    tables : sequence of DataFrame
        One a sheet; missing cells are empty.

    Raises
    ------
    ValueError
        When there is no table.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_workbook(Path(folder) / "a.xlsx", [pd.DataFrame({"n": [1]})]).suffix
    '.xlsx'
    """
    if not tables:
        raise ValueError("there is no table to write")
    return write_sheets(path, {f"Table {i}": rows_of(table) for i, table in enumerate(tables, start=1)})


def rows_of(table: pd.DataFrame) -> list[Row]:
    """A table as rows of a sheet, its heads first."""
    return [Head(table.columns), *table.to_numpy(dtype=object).tolist()]


def write_sheets(path: To, sheets: Mapping[str, Iterable[Row]]) -> To:
    """Write rows of cells as a workbook and return its path.

    Parameters
    ----------
    path : Path or BytesIO
        The file, written over; or where its bytes go.
    sheets : mapping of str to iterable of rows
        By the sheet's title, which is cut to what a spreadsheet takes; a `Head` is bold.
    """
    names = _names(sheets)
    numbers = range(1, len(names) + 1)
    listed = "".join(f'<sheet name={quoteattr(n)} sheetId="{i}" r:id="rId{i}"/>' for i, n in enumerate(names, start=1))
    links = "".join(_link(i, "worksheet", f"worksheets/sheet{i}.xml") for i in numbers)
    links += _link(len(names) + 1, "styles", "styles.xml")
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for i in numbers
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{_TYPE}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
        f"{kinds}</Types>",
        "_rels/.rels": _links(_link(1, "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _links(links),
        "xl/styles.xml": _STYLES,
    }
    parts |= {f"xl/worksheets/sheet{i}.xml": _sheet(rows) for i, rows in enumerate(sheets.values(), start=1)}
    with zipfile.ZipFile(path, "w") as book:
        for name, text in parts.items():
            book.writestr(zipfile.ZipInfo(name), _HEAD + text, zipfile.ZIP_DEFLATED)
    return path


def _names(titles: Iterable[str]) -> list[str]:
    """Names of sheets: short enough, none of those that a spreadsheet refuses, none twice."""
    found: list[str] = []
    for title in titles:
        plain = " ".join(re.sub(r"[\[\]:*?/\\']", " ", title).split()) or "Sheet"
        short = plain if len(plain) <= LONGEST else plain[:LONGEST].rsplit(" ", 1)[0].rstrip(",:;–") + "…"
        tries = (short[: LONGEST - len(end)].rstrip() + end for end in ("", *(f" {i}" for i in range(2, 1000))))
        found.append(next(name for name in tries if name.casefold() not in {one.casefold() for one in found}))
    return found


def _link(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'


def _links(links: str) -> str:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'


def _sheet(rows: Iterable[Row]) -> str:
    body = "".join(f"<row>{''.join(_cell(value, bold=isinstance(row, Head)) for value in row)}</row>" for row in rows)
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><cols><col min="1" max="1" '
        f'width="36" customWidth="1"/><col min="2" max="30" width="18" customWidth="1"/></cols><sheetData>{body}'
        '</sheetData><pageSetup orientation="landscape" fitToHeight="0"/></worksheet>'
    )


def _cell(value: object, *, bold: bool = False) -> str:
    if value is None or value != value or value is pd.NA:  # noqa: PLR0124  (nan)
        return "<c/>"
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return f"<c><v>{value}</v></c>"
    style = ' s="1"' if bold else ""
    text = escape(_UNWRITABLE.sub("", str(value)))
    return f'<c t="inlineStr"{style}><is><t xml:space="preserve">{text}</t></is></c>'
