"""What is read is what was digested: a folder that changes while it is read is read again, or refused, never mixed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from folders import people, tandems, write_minimal

from rmanalytics.errors import InputError
from rmanalytics.evaluation.study import hold_study, open_study
from rmanalytics.intake import bundle, tables
from rmanalytics.intake.bundle import read_bundle


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "PAUSE_SECONDS", 0)


def meddle(monkeypatch: pytest.MonkeyPatch, change, *, times: int) -> list[str]:
    """Change something whenever the table of tandems has just been opened, that many times."""
    opened: list[str] = []
    real = tables.open_source

    def opening(folder: Path, name: str):
        source = real(folder, name)
        if name == "tandems.csv":
            opened.append(name)
            if len(opened) <= times:
                change(len(opened))
        return source

    monkeypatch.setattr(tables, "open_source", opening)
    return opened


def grow(path: Path):
    def change(number: int) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"P9{number:02},1990,2020-01-01,,\n")

    return change


def test_a_file_that_grew_while_it_was_read_is_read_again(tmp_path, monkeypatch):
    folder = write_minimal(tmp_path / "p")
    opened = meddle(monkeypatch, grow(folder / "people.csv"), times=1)
    found = read_bundle(folder)
    assert len(opened) == 2
    assert "P901" in set(found.table("people")["person_id"])
    for name, digest in found.digests.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_a_file_that_keeps_changing_is_refused(tmp_path, monkeypatch):
    folder = write_minimal(tmp_path / "p")
    meddle(monkeypatch, grow(folder / "people.csv"), times=99)
    with pytest.raises(InputError, match=r"RM-E-098 people\.csv: the file changed while it was read"):
        read_bundle(folder)


def test_a_change_that_leaves_size_and_time_as_they_were_is_seen(tmp_path, monkeypatch):
    folder = write_minimal(tmp_path / "p")
    monkeypatch.setattr(bundle, "stamps_of", lambda _folder: {})
    path = folder / "people.csv"
    old = path.read_text(encoding="utf-8")
    meddle(monkeypatch, lambda n: path.write_text(old.replace("P060,", f"P06{n},"), encoding="utf-8"), times=1)
    found = read_bundle(folder)
    assert "P061" in set(found.table("people")["person_id"])


def test_half_a_file_is_read_again_before_anything_is_refused(tmp_path, monkeypatch):
    folder = write_minimal(tmp_path / "p")
    whole = (folder / "meetings.csv").read_bytes()
    (folder / "meetings.csv").write_bytes(whole[: len(whole) - 7])
    meddle(monkeypatch, lambda _n: (folder / "meetings.csv").write_bytes(whole), times=1)
    assert len(read_bundle(folder).table("meetings")) == 21


def test_the_settings_are_those_that_were_digested(tmp_path, monkeypatch):
    folder = write_minimal(tmp_path / "p")
    path = folder / "programme.toml"
    old = path.read_text(encoding="utf-8")
    meddle(monkeypatch, lambda _n: path.write_text(old.replace('"Example"', '"Other"'), encoding="utf-8"), times=1)
    found = read_bundle(folder)
    assert found.programme.company == "Other"
    assert found.digests["programme.toml"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_all_chapters_of_a_report_see_the_same_data(tmp_path):
    folder = write_minimal(tmp_path / "p")
    held = hold_study(folder, "2026H1")
    rows = people()
    write_minimal(folder, people=[*rows, ["P999", 1990, "2020-01-01", "", ""]], tandems=tandems())
    assert open_study(folder, "2026H1") is held
    assert "P999" in set(hold_study(folder, "2026H1").bundle.table("people")["person_id"])
