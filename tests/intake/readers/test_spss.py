"""Surveys as SPSS writes them: questions by their labels, answers by value labels or numbers, missing values empty."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from folders import PROGRAMME, ROUND, write_minimal

from rmanalytics.errors import InputError
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.intake.look.propose import propose
from rmanalytics.intake.readers.raw import open_raw

QUESTIONS = ["I feel sure.", "I belong here.", "I speak up."]
READER = """
[readers.s]
kind = "wide"
files = "s.sav"
columns = {{ person_id = "Staff number" }}
constants = {{ round_id = "{round}", wave = "pre" }}
{more}
[readers.s.items]
v1 = "own_q1"
"I belong here." = "own_q2"
v3 = "own_q3"
"""


def save(folder: Path) -> Path:
    """Three people: v1 has a label for each value, v2 at its ends alone, v3 a value that SPSS keeps as missing."""
    frame = pd.DataFrame(
        {
            "pnr": ["P001", "P002", "P011"],
            "v1": [1.0, 5.0, 1.0],
            "v2": [1.0, 3.0, 5.0],
            "v3": [2.0, 99.0, 4.0],
            "day": [date(2026, 1, 12)] * 3,
        }
    )
    ends = {1: "trifft gar nicht zu", 5: "trifft völlig zu"}
    pyreadstat.write_sav(
        frame,
        str(folder / "s.sav"),
        column_labels=["Staff number", *QUESTIONS, ""],
        variable_value_labels={"v1": ends, "v2": ends},
        missing_ranges={"v3": [99]},
    )
    return folder


def declared(folder: Path, more: str = "") -> Path:
    named = PROGRAMME.replace("[programme]\n", '[programme]\nid = "test"\nsimulated = true\n')
    write_minimal(folder, programme=named + READER.format(round=ROUND, more=more), answers=None)
    return save(folder)


@pytest.mark.parametrize("more", ["", "labels = false"])
def test_answers_are_read_by_labels_or_numbers(tmp_path: Path, more: str) -> None:
    answers = read_bundle(declared(tmp_path, more)).table("answers").pivot_table("value", "person_id", "item")
    assert answers["own_q1"].tolist() == [1, 5, 1]
    assert answers["own_q2"].tolist() == [1, 3, 5]
    assert answers["own_q3"].dropna().to_dict() == {"P001": 2, "P011": 4}


def test_labels_and_days_are_those_of_the_file(tmp_path: Path) -> None:
    (raw,) = open_raw(save(tmp_path), "s.sav")
    assert raw.heads == [["pnr", "v1", "v2", "v3", "day"], ["Staff number", *QUESTIONS, ""]]
    assert raw.texts(1) == ["trifft gar nicht zu", "trifft völlig zu", "trifft gar nicht zu"]
    assert (raw.texts(2), raw.texts(3)) == (["1", "3", "5"], ["2", "", "4"])
    assert raw.texts(4) == ["2026-01-12"] * 3


def test_init_looks_into_it(tmp_path: Path) -> None:
    (one,) = propose(save(tmp_path), lambda question, answers, usual: usual).seen
    assert [c.header for c in one.columns] == ["Staff number", *QUESTIONS, "day"]
    assert (one.rows, one.trouble) == (3, "")


@pytest.mark.parametrize("data", [b"$FL2@(#) SPSS DATA FILE", b"$FL3" + bytes(500)])
def test_a_damaged_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "s.sav").write_bytes(data)
    with pytest.raises(InputError, match=r"RM-E-010 s\.sav: this is no SPSS file.*save it as CSV"):
        open_raw(tmp_path, "s.sav")


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(InputError, match=r"RM-E-010 s\.sav: .*not installed.*pip install .rmanalytics\[spss\]"):
        open_raw(save_bytes(tmp_path), "s.sav")


def save_bytes(folder: Path) -> Path:
    (folder / "s.sav").write_bytes(b"$FL2@(#) SPSS DATA FILE")
    return folder
