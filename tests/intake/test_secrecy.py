"""No cell value stands in a message, whatever is wrong; and what is wrong is refused clearly, without a traceback."""

from __future__ import annotations

import json
import traceback
from pathlib import Path

import folders
import pytest
from folders import csv_text, write_minimal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rmanalytics.errors import InputError
from rmanalytics.intake.bundle import Bundle, read_bundle

CANARY = "Qxv7Canary"
QUICK = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SNIPPETS = (
    *('"', ",", "\n", "\r", ";", "\t", "\0", "\x1b[31m", "ü", "\u202e", "\ufffd", "Ã¼", "", '""', "'", "\\", "\ufeff"),
    *("9" * 40, "-1", "1e400", "nan", "inf", "00001", "1.0", "1,5", "1.000", "46115", "٣", "😀", "NULL", "Total"),
    *("9999-12-31", "0000-00-00", "99991231", "20260231", "2026-01-01T25:61", "2026-1-5"),
    *("=1+1", "<script>", "{{7*7}}", "../../x"),
)
REST = ("people", "tandems")


def small(folder: Path, table: str, content: object) -> Path:
    """A folder with the table and those it refers to only."""
    absent = dict.fromkeys(name for name in folders.TABLES if name not in (*REST, table))
    return write_minimal(folder, **{**absent, table: content})  # type: ignore[arg-type]


def said(folder: Path) -> tuple[Bundle | None, str]:
    """The bundle, or None, and everything that was said about the folder, the traceback included."""
    try:
        bundle = read_bundle(folder)
    except InputError as error:
        details = json.dumps([problem.as_dict() for problem in error.problems])
        trace = "".join(traceback.format_exception(error))
        return None, "\n".join([str(error), repr(error), details, trace, *map(str, error.problems)])
    return bundle, "\n".join(str(problem) + json.dumps(problem.as_dict()) for problem in bundle.problems)


CELLS = [(table, column) for table, make in folders.TABLES.items() for column in map(str, make()[0])]


@pytest.mark.parametrize(("table", "column"), CELLS, ids=lambda name: name)
def test_a_name_in_any_cell_is_never_repeated(tmp_path, table, column):
    rows = folders.TABLES[table]()
    for number, spoilt in enumerate(
        (
            folders.spoilt(rows, (1, column, f"{CANARY} Anna")),
            folders.spoilt(rows, (2, column, CANARY)),
            folders.column_of(rows, column, lambda cell: f"{CANARY}-{cell}"),
        )
    ):
        _, text = said(small(tmp_path / str(number), table, spoilt))
        assert CANARY not in text


@pytest.mark.parametrize("table", folders.TABLES)
def test_a_name_is_not_repeated_when_the_header_is_missing_or_the_row_is_broken(tmp_path, table):
    rows = folders.TABLES[table]()
    named = folders.spoilt(rows, (1, str(rows[0][0]), CANARY))
    for number, text in enumerate(
        (
            csv_text(named[1:]),
            csv_text([named[1], named[0], *named[2:]]),
            csv_text(named).replace(CANARY, f'"{CANARY}'),
            csv_text(named).replace(CANARY, f"{CANARY},{CANARY}"),
            csv_text(named) + CANARY,
            csv_text(named).replace(CANARY, f"{CANARY}\0"),
        )
    ):
        bundle, message = said(small(tmp_path / str(number), table, text))
        assert bundle is None
        assert CANARY not in message
        if number == 0:
            assert "RM-E-024" in message


@QUICK
@given(data=st.data())
def test_any_damage_is_read_or_refused_and_every_row_accounted_for(tmp_path, data):
    folder = write_minimal(tmp_path)
    name = data.draw(
        st.sampled_from([*(f"{table}.csv" for table in folders.TABLES), "programme.toml", "confidence.toml"])
    )
    content = (folder / name).read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content)))
        cut = data.draw(st.integers(0, 25))
        content = content[:at] + data.draw(st.sampled_from(SNIPPETS)) + content[at + cut :]
    (folder / name).write_text(content, encoding="utf-8", newline="")
    bundle, text = said(folder)
    assert bundle is not None or "Nothing was published." in text
    for account in bundle.accounts if bundle else ():
        assert account.used + account.quarantined + account.excluded == account.rows


@QUICK
@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path, data):
    bundle, text = said(small(tmp_path, "costs", data))
    assert bundle is None
    assert text.startswith("RM-E-0")


@QUICK
@given(cell=st.text(st.characters(min_codepoint=33, max_codepoint=0x24F), min_size=9, max_size=40))
def test_no_text_in_an_answer_is_repeated(tmp_path, cell):
    """A cell that happens to be a word which is said of every cell is none that is repeated."""

    def said_of(cell: str) -> str:
        answers = folders.spoilt(folders.answers(), (1, "value", cell), (2, "item", cell), (3, "person_id", cell))
        return said(small(tmp_path, "answers", answers))[1]

    text = said_of(cell)
    assert cell not in text or cell in said_of(CANARY)
