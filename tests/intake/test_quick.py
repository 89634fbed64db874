"""The quick way through a CSV file gives the cells of the slow one, and leaves alone whatever is out of order."""

from __future__ import annotations

import csv
import io
from datetime import date
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmanalytics.errors import InputError
from rmanalytics.intake import grid
from rmanalytics.intake.files import Source
from rmanalytics.intake.quick import Quick, read_quickly
from rmanalytics.intake.schema import Column
from rmanalytics.intake.values import read_words
from rmanalytics.intake.words import arrow_texts

KNOWN = ("person_id", "unit", "level")
HEADER = "person_id,unit,level\n"


def source(text: str, encoding: str = "utf-8") -> Source:
    return Source(name="f.csv", data=text.encode(encoding), digest="", encoding=encoding, skip=0, problems=())


def quick(text: str, delimiter: str = ",", encoding: str = "utf-8", **limits: int) -> Quick | None:
    limits = {"most_rows": 1_000, "most_columns": 10, "most_characters": 32_000} | limits
    return read_quickly(source(text, encoding), delimiter, 0, **limits)


def rows(made: Quick) -> list[list[str]]:
    columns = [[words.texts[code] for code in words.codes] for words in made.columns]
    return [list(row) for row in zip(*columns, strict=True)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "end"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_quoted_cells_are_read_as_they_stand_and_lines_are_counted(end: str, last: str, encoding: str) -> None:
    text = HEADER + 'a,"North, Süd",1\nb,"two\nlines",2\nc,"say ""so""",\nd,"",4\n\n,x,5'
    made = quick(text.replace("\n", end) + (end if last else ""), encoding=encoding)
    assert made is not None
    assert made.header == list(KNOWN)
    assert rows(made) == [
        ["a", "North, Süd", "1"],
        ["b", f"two{end}lines", "2"],
        ["c", 'say "so"', ""],
        ["d", "", "4"],
        ["", "", ""],
        ["", "x", "5"],
    ]
    assert made.lines.tolist() == [2, 3, 5, 6, 7, 8]


@pytest.mark.parametrize(
    "body",
    [
        'a,"b"c,1\n',
        'a,"b,1\n',
        'a, "b",1\n',
        "\ufeffa,b,1\n",
        "a,b\n",
        "a,b,1,2\n",
        'a,x"y,1\n',
        "a,b,1\n  \nc,d,2\n",
        "a,b\rc,d,1\n",
        f"a,{'x' * 32_001},1\n",
        "",
    ],
)
def test_what_is_out_of_order_is_left_to_the_slow_way(body: str) -> None:
    assert quick(HEADER + body) is None


def test_files_with_too_many_rows_or_columns_are_left_to_the_slow_way() -> None:
    body = "a,b,1\n" * 20
    assert quick(HEADER + body, most_rows=20) is not None
    assert quick(HEADER + body, most_rows=18) is None
    assert quick(HEADER + body, most_columns=2) is None
    assert quick("person_id\na\n") is None


def test_long_cells_are_found_whatever_limit_the_process_has_for_csv() -> None:
    """Another library, or a notebook, may have raised it."""
    before = csv.field_size_limit(10_000_000)
    try:
        assert quick(f"{HEADER}a,{'x' * 32_000},1\n") is not None
        assert quick(f"{HEADER}a,{'x' * 140_000},1\n") is None
        with pytest.raises(InputError, match="RM-E-023"):
            grid.read_grid(source(f"{HEADER}a,{'x' * 140_000},1\n"), KNOWN, KNOWN)
    finally:
        csv.field_size_limit(before)


CELLS = st.text(st.sampled_from("ab12 \",;\n\r\t'üß\u00a0\u2028-"), max_size=6)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=6), st.sampled_from([1, 2]))
def test_what_a_csv_writer_wrote_is_read_back(cells: list[list[str]], quoting: int) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=quoting, lineterminator="\n").writerows([list(KNOWN), *cells])
    made = quick(out.getvalue())
    if made is not None:
        assert rows(made) == cells


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from('ab1,"\n;\r '), max_size=40))
def test_both_ways_find_the_same_cells_lines_and_faults(body: str) -> None:
    made = []
    for way in (read_quickly, lambda *_, **__: None):
        with mock.patch.object(grid, "read_quickly", way):
            try:
                found = grid.read_grid(source(HEADER + body), KNOWN, KNOWN)
            except InputError as error:
                made.append([str(problem) for problem in error.problems])
            else:
                columns = {name: [w.texts[code] for code in w.codes] for name, w in found.columns.items()}
                made.append([columns, found.rows.tolist(), found.lines.tolist(), found.blank.tolist()])
    assert made[0] == made[1]


ODD = st.sampled_from(
    ["P1", "p 1", " P1", "1.0", "2,0", "1e5", "null", "NULL", "#N/A", '="7"', "'8", "ü1", "-x", "", "A" * 70]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ODD, min_size=1, max_size=8, unique=True), st.data(), st.sampled_from(["id", "code", "text"]))
def test_usual_texts_are_read_as_if_each_had_been_looked_at(words: list[str], data: st.DataObject, kind: str) -> None:
    used = np.array(data.draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words))))
    column = Column(name="x", kind=kind, filled=data.draw(st.booleans()))  # type: ignore[arg-type]
    about = {"delimiter": ",", "latest": date(2028, 1, 1)}
    fast = read_words(words, used, column, **about)
    with mock.patch.dict("rmanalytics.intake.values._USUAL", clear=True):
        slow = read_words(arrow_texts(words), used, column, **about)
    assert fast.values.tolist() == slow.values.tolist()
    assert fast.missing.tolist() == slow.missing.tolist()
    told = [[(m.code, m.texts.tolist()) for m in reading.marks if m.texts.any()] for reading in (fast, slow)]
    assert told[0] == told[1]


@pytest.mark.slow
def test_a_large_file_is_parsed_whole() -> None:
    text = HEADER + "".join(f'p{i},"Unit {i % 500}",{i % 9}\n' for i in range(600_000))
    made = quick(text, most_rows=1_000_000)
    assert made is not None
    assert [len(words.texts) for words in made.columns] == [600_000, 500, 9]
