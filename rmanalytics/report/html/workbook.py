"""Tables as a workbook that a spreadsheet opens: a sheet a table, texts as texts, never as formulas."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


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
    numbers = range(1, len(tables) + 1)
    sheets = "".join(f'<sheet name="Table {i}" sheetId="{i}" r:id="rId{i}"/>' for i in numbers)
    links = "".join(_link(i, "worksheet", f"worksheets/sheet{i}.xml") for i in numbers)
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for i in numbers
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{_TYPE}.sheet.main+xml"/>{kinds}</Types>',
        "_rels/.rels": _links(_link(1, "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _links(links),
    }
    parts |= {f"xl/worksheets/sheet{i}.xml": _sheet(table) for i, table in zip(numbers, tables, strict=True)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, _HEAD + text)
    return path


def _link(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'


def _links(links: str) -> str:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'


def _sheet(table: pd.DataFrame) -> str:
    rows = [list(table.columns), *table.to_numpy(dtype=object).tolist()]
    body = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'


def _cell(value: object) -> str:
    if value is None or value != value or value is pd.NA:  # noqa: PLR0124  (nan)
        return "<c/>"
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'
