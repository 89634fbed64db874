"""The report as a workbook says what the page says, in typed cells, and nothing in it becomes a formula."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import python_calamine

from rmanalytics.report.html.read_back import number_of, read_back
from rmanalytics.report.html.workbook import Head, write_sheets
from rmanalytics.report.spreadsheet import MEANING, write_report
from rmanalytics.results import COLUMNS

PAGE = (
    '<h2 id="x">Title¶</h2><p>Said, and <span class="keys"><span>blue</span><span>red</span></span>more.</p>'
    "<p><span>a</span><span>b</span> c</p>"
    "<table><thead><tr><th>side</th><th>n</th></tr></thead><tr><td>=1+1</td><td>{n}</td></tr>"
    "<tr><td>juniors</td><td>fewer than 5</td></tr></table>"
    '<div class="chart"><script type="application/json">{{"p": "<p>no</p>"}}</script></div><p>After.</p>'
)


@dataclass
class Chapter:
    name: str
    title: str
    html: str


def read(path: Path) -> dict[str, list[list[object]]]:
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@pytest.mark.parametrize(("language", "n", "last"), [("en", "1,204", "Definitions"), ("de", "1204", "Begriffe")])
def test_a_chapter_is_a_sheet_in_reading_order(tmp_path: Path, language: str, n: str, last: str) -> None:
    row = dict.fromkeys(COLUMNS) | {"name": "x", "value": 0.5, "n": 3, "reason": "=cmd"}
    chapters = [Chapter(name="01", title="Title", html=PAGE.format(n=n))]
    sheets = read(write_report(tmp_path / "report.xlsx", chapters, [row], language=language))
    assert next(iter(sheets)) == "Title"
    assert list(sheets)[-1] == last
    assert sheets["Title"] == [
        ["Title", ""],
        ["Said, and more.", ""],
        ["a, b c", ""],
        ["side", "n"],
        ["=1+1", 1204.0],
        ["juniors", "fewer than 5"],
        ["", ""],
        ["After.", ""],
    ]
    numbers, definitions = list(sheets.values())[1:]
    assert numbers[0] == list(COLUMNS)
    assert dict(zip(numbers[0], numbers[1], strict=True))["value"] == 0.5
    assert numbers[1][-1] == "=cmd"
    assert [row[0] for row in definitions[1:]] == list(COLUMNS)


def test_every_column_has_a_meaning() -> None:
    assert tuple(MEANING) == COLUMNS


def test_no_formula_and_the_same_bytes(tmp_path: Path) -> None:
    rows = [Head(("=1",)), ("=1+1", "+2", "-3", "@x", 4, None, "\x0b<&")]
    one = write_sheets(tmp_path / "1.xlsx", {"A/B": rows, "a b": rows, "x" * 40: rows, "x" * 41: rows, "": rows})
    two = write_sheets(tmp_path / "2.xlsx", {"A/B": rows, "a b": rows, "x" * 40: rows, "x" * 41: rows, "": rows})
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as book:
        assert all(b"<f" not in book.read(name) for name in book.namelist() if "sheet" in name and "styles" not in name)
    sheets = read(one)
    assert list(sheets) == ["A B", "a b 2", "x" * 31, "x" * 29 + " 2", "Sheet"]
    long = write_sheets(tmp_path / "3.xlsx", {"Who took part, and the programme": rows})
    assert list(read(long)) == ["Who took part, and the…"]
    assert sheets["A B"][1] == ["=1+1", "+2", "-3", "@x", 4.0, "", "<&"]


def test_texts_of_a_legend_and_of_scripts_are_no_sentence() -> None:
    said, tables = read_back(PAGE.format(n="1"))
    assert said == ["Title", "Said, and more.", "a, b c", "After."]
    assert tables[0].columns.tolist() == ["side", "n"]


@pytest.mark.parametrize(
    ("text", "marks", "number"),
    [("−1.204,5", ",.", -1204.5), ("1’204.5", ".’", 1204.5), ("+3", ".,", 3), ("3 of 4", ".,", None), ("", ".,", None)],
)
def test_what_a_cell_is(text: str, marks: str, number: float | None) -> None:
    assert number_of(text, marks) == number


def test_a_head_without_words_keeps_its_column() -> None:
    """The table of claims of a programme without a plan has no axis: an empty cell stands in its head."""
    html = "<table><thead><tr><th>a</th><td></td><th>c</th></tr></thead><tr><td>x</td><td>y</td><td>z</td></tr></table>"
    (table,) = read_back(html)[1]
    assert (list(table.columns), table.iloc[0].tolist()) == (["a", "", "c"], ["x", "y", "z"])
