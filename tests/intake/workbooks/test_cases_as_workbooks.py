"""Every badness of a table, written into a workbook: the same codes, columns, rows and counts as from the CSV."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from folders import PROGRAMME, Rows, read, write_minimal
from intake_cases import CASES, Case, outcome
from xlsxwriter import Workbook

from rmanalytics.errors import Problem

TOLD_MORE = {"cell far too long"}
"""The parser of CSV gives up before it knows the column and the rows; in a sheet they are told."""


def sheets_of(case: Case) -> dict[str, Rows]:
    """The tables of a case that can be written into a sheet; CSV texts and bytes cannot."""
    given = case.write.keywords if isinstance(case.write, partial) and case.write.func is write_minimal else {}
    return {name: rows for name, rows in given.items() if name != "programme" and isinstance(rows, list)}


def write(folder: Path, case: Case) -> None:
    """The folder of a case, with one workbook in place of each of its own tables."""
    sheets = sheets_of(case)
    given = {**case.write.keywords, **dict.fromkeys(sheets)}  # type: ignore[attr-defined]
    named = "".join(f'{name} = "{name}.xlsx#{name}"\n' for name in sheets)
    text = given.pop("programme", PROGRAMME)
    write_minimal(folder, programme=f"{text.replace('.csv', '.xlsx')}\n[tables]\n{named}", **given)
    for name, rows in sheets.items():
        with Workbook(str(folder / f"{name}.xlsx")) as book:
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(number, column, cell)
                    else:
                        sheet.write_number(number, column, cell)  # type: ignore[arg-type]


def facts(problems: tuple[Problem, ...], tables: set[str]) -> Iterator[tuple[object, ...]]:
    """What must be the same: code, table, column, rows and count of each problem of the tables."""
    for one in problems:
        table = one.file.partition("#")[0].partition(".")[0]
        if table in tables:
            yield one.code, table, one.column, one.rows, one.row_count


@pytest.mark.parametrize(
    "case", [case for case in CASES if sheets_of(case)], ids=lambda case: case.name.replace(" ", "-")
)
def test_a_badness_in_a_sheet_is_told_as_in_a_csv(case: Case) -> None:
    tables = set(sheets_of(case))
    bundle, of_csv = outcome(case)
    with tempfile.TemporaryDirectory() as parent:
        write(Path(parent) / "p", case)
        same, of_workbook = read(Path(parent) / "p")
    assert (same is None) == (bundle is None), [str(p) for p in of_workbook]
    if case.name in TOLD_MORE:
        assert {one.code for one in of_workbook} == {one.code for one in of_csv}
    else:
        assert sorted(facts(of_workbook, tables)) == sorted(facts(of_csv, tables))
