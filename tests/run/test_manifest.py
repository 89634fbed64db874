"""The manifest tells whether a report would come out the same, without giving its inputs away."""

from __future__ import annotations

import hashlib
import json
import stat
import sys
from datetime import date
from pathlib import Path

import pytest
from run_tools import write_notebook, write_programme

from rmanalytics.errors import InputError
from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.programme import read_programme
from rmanalytics.run import due, manifest

KEY = b"k" * 32
TODAY = date(2026, 3, 1)


@pytest.fixture
def made(tmp_path: Path):
    """A programme, a notebook, and the manifest of its report of 2025H1."""
    folder = write_programme(tmp_path / "programme")
    notebook = write_notebook(tmp_path / "06_round_report.ipynb", "1")
    digests = {name: manifest.file_digest(folder / name) for name in ("programme.toml", "people.csv")}
    done = {"programme": "Invented", "seed": 1, "figures": 0, "chapters": [], "digests": digests}
    facts = manifest.build(done, round_id="2025H1", key=KEY, notebooks=[notebook], made_on=TODAY, headline="")
    return read_programme(folder, tuple(TABLES)), notebook, json.loads(json.dumps(facts))


def holds(made, programme=None) -> bool:
    return manifest.still_holds(made[2], programme or made[0], key=KEY, notebooks=[made[1]])


def test_nothing_changed_still_holds(made):
    assert holds(made)


def test_a_changed_input_no_longer_holds(made):
    file = made[0].folder / "people.csv"
    file.write_text(file.read_text(encoding="utf-8") + "E0002,1990,2020-01-01\n", encoding="utf-8")
    assert not holds(made)


def test_a_file_that_is_new_or_gone_no_longer_holds(made):
    (made[0].folder / "ties.csv").write_text("wave_date\n", encoding="utf-8")
    assert not holds(made)
    (made[0].folder / "ties.csv").unlink()
    (made[0].folder / "people.csv").unlink()
    assert not holds(made)


def test_a_changed_notebook_no_longer_holds(made):
    write_notebook(made[1], "2")
    assert not holds(made)


def test_another_version_no_longer_holds(made):
    made[2]["versions"]["scipy"] = "0"
    assert not holds(made)


def test_another_key_no_longer_holds(made):
    assert not manifest.still_holds(made[2], made[0], key=b"x" * 32, notebooks=[made[1]])


def test_digests_cannot_be_computed_without_the_key(made):
    known = hashlib.sha256((made[0].folder / "people.csv").read_bytes()).hexdigest()
    assert known not in json.dumps(made[2])


def test_no_path_stands_in_the_manifest(made):
    assert str(made[0].folder.parent) not in json.dumps(made[2])
    assert made[2]["parameters"] == {"programme": "Invented", "round": "2025H1"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_key_is_made_once_and_read_by_its_owner_alone(tmp_path):
    key = manifest.read_key(tmp_path)
    assert len(key) == 32
    assert manifest.read_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_a_damaged_key_is_refused(tmp_path):
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(InputError, match=r"RM-E-094"):
        manifest.read_key(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"inputs": []}'])
def test_a_manifest_that_cannot_be_read_counts_as_none(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    assert manifest.read(tmp_path) is None


def test_rounds_are_closed_when_they_are_over_and_their_data_complete(made):
    assert due.closed_rounds(made[0], today=TODAY) == ["2025H1", "2025H2"]
    assert due.closed_rounds(made[0], today=date(2025, 12, 31)) == ["2025H1"]
    assert due.latest_closed(made[0], today=date(2025, 12, 31)) == "2025H1"


def test_without_a_closed_round_the_refusal_says_what_to_do(made):
    with pytest.raises(InputError, match=r"RM-E-093 .* or name the round with --round"):
        due.latest_closed(made[0], today=date(2025, 6, 30))


def test_due_are_the_closed_rounds_without_a_report_that_holds(made, tmp_path):
    reports = tmp_path / "reports"
    (reports / "2025H1").mkdir(parents=True)
    (reports / "2025H1" / "manifest.json").write_text(json.dumps(made[2]), encoding="utf-8")
    options = {"key": KEY, "notebooks": [made[1]], "today": TODAY}
    assert due.due_rounds(made[0], reports, **options) == ["2025H2"]
    write_notebook(made[1], "2")
    assert due.due_rounds(made[0], reports, **options) == ["2025H1", "2025H2"]
