"""A report is published whole or not at all, and a folder that was left half-way is mended."""

from __future__ import annotations

import grp
import json
import os
import stat
import sys
from pathlib import Path

import pytest

from rmanalytics.errors import InputError, LockedError, RunError
from rmanalytics.run import lock, publish
from rmanalytics.run.export import as_csv, plain


def staged(reports: Path, text: str, round_id: str = "2025H1") -> Path:
    folder = publish.stage(reports, round_id)
    for name in publish.FILES:
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def shown(reports: Path, round_id: str = "2025H1") -> set[str]:
    return {path.read_text(encoding="utf-8") for path in (reports / "inside" / round_id).iterdir()}


def test_a_second_report_takes_the_place_of_the_first(tmp_path):
    for text in ("first", "second"):
        assert publish.switch_in(staged(tmp_path, text), tmp_path, "2025H1") == tmp_path / "inside" / "2025H1"
        assert shown(tmp_path) == {text}
    assert [path.name for path in (tmp_path / "inside").iterdir()] == ["2025H1"]


def test_a_report_that_lacks_a_file_is_never_switched_in(tmp_path):
    publish.switch_in(staged(tmp_path, "good"), tmp_path, "2025H1")
    folder = staged(tmp_path, "bad")
    (folder / "results.csv").unlink()
    with pytest.raises(ValueError, match=r"results\.csv"):
        publish.switch_in(folder, tmp_path, "2025H1")
    assert shown(tmp_path) == {"good"}


def test_a_failed_second_rename_brings_the_former_report_back(tmp_path, monkeypatch):
    monkeypatch.setattr(publish, "exchange", lambda _one, _other: False)
    publish.switch_in(staged(tmp_path, "good"), tmp_path, "2025H1")
    folder = staged(tmp_path, "new")
    rename = Path.rename

    def failing(self, target):
        if self == folder:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(KeyboardInterrupt):
        publish.switch_in(folder, tmp_path, "2025H1")
    assert shown(tmp_path) == {"good"}


def test_recovery_returns_a_report_that_was_set_aside(tmp_path):
    publish.switch_in(staged(tmp_path, "good"), tmp_path, "2025H1")
    staged(tmp_path, "half")
    (tmp_path / "inside" / "2025H1").rename(tmp_path / "inside" / ".old-2025H1")
    publish.recover(tmp_path)
    assert [path.name for path in (tmp_path / "inside").iterdir()] == ["2025H1"]
    assert shown(tmp_path) == {"good"}


def test_recovery_drops_a_former_report_whose_successor_is_in_place(tmp_path):
    publish.switch_in(staged(tmp_path, "old"), tmp_path, "2025H1")
    (tmp_path / "inside" / "2025H1").rename(tmp_path / "inside" / ".old-2025H1")
    staged(tmp_path, "new").rename(tmp_path / "inside" / "2025H1")
    publish.recover(tmp_path)
    assert [path.name for path in (tmp_path / "inside").iterdir()] == ["2025H1"]
    assert shown(tmp_path) == {"new"}


def test_reports_of_an_earlier_version_go_inside_at_the_first_run(tmp_path):
    publish.switch_in(staged(tmp_path, "good"), tmp_path, "2025H1")
    (tmp_path / "inside" / "2025H1").rename(tmp_path / "2025H1")
    staged(tmp_path, "old", "2025H2").rename(tmp_path / ".old-2025H2")
    for name in ("index.html", "2026H1.failed.json"):
        (tmp_path / name).write_text("text", encoding="utf-8")
    publish.recover(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]
    assert {path.name for path in (tmp_path / "inside").iterdir()} == {"2025H1", "2025H2", "2026H1.failed.json"}
    assert (shown(tmp_path), shown(tmp_path, "2025H2")) == ({"good"}, {"old"})


def test_recovery_leaves_what_is_not_ours(tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "other").mkdir()
    publish.recover(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"notes.txt", "other", "inside"}


def test_a_linked_reports_folder_is_refused(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "reports").symlink_to(tmp_path / "real")
    with pytest.raises(InputError, match=r"RM-E-090 reports: the reports folder is a link"):
        lock.prepare(tmp_path / "reports")
    assert list((tmp_path / "real").iterdir()) == []


def test_a_linked_place_of_a_round_is_refused(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "2025H1").symlink_to(tmp_path.parent)
    with pytest.raises(InputError, match=r"RM-E-090"):
        publish.stage(tmp_path, "2025H1")


def test_a_file_in_the_place_of_the_reports_folder_is_refused(tmp_path):
    (tmp_path / "reports").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"RM-E-091"):
        lock.prepare(tmp_path / "reports")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_state_folder_is_its_owners_alone(tmp_path):
    state = lock.prepare(tmp_path / "reports")
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_the_lock_refuses_a_second_run_at_once(tmp_path):
    state = lock.prepare(tmp_path / "reports")
    with lock.locked(state), pytest.raises(LockedError) as refused, lock.locked(state):
        pass
    assert refused.value.exit_code == 75
    with lock.locked(state):
        pass


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_reports_are_their_owners_alone_or_a_groups_wherever_they_lie(tmp_path):
    publish.switch_in(staged(tmp_path, "text"), tmp_path, "2025H1")
    publish.write_whole(tmp_path / "inside" / "index.html", "text")
    files = [*(tmp_path / "inside" / "2025H1").iterdir(), tmp_path / "inside" / "index.html"]
    assert {mode(path) for path in files} == {0o600}
    assert mode(tmp_path / "inside" / "2025H1") == 0o700
    group = lock.access_of(grp.getgrgid(os.getegid()).gr_name)
    publish.close_all(tmp_path, group)
    assert {mode(path) for path in files} == {0o640}
    assert mode(tmp_path / "inside" / "2025H1") == 0o750
    (tmp_path / "inside" / "2025H1" / "results.csv").chmod(0o666)
    publish.close_all(tmp_path, lock.Access())
    assert {mode(path) for path in files} == {0o600}
    with pytest.raises(InputError, match="RM-E-096"):
        lock.access_of("no-such-group")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_an_open_state_folder_is_closed_or_refused(tmp_path, monkeypatch):
    state = lock.prepare(tmp_path / "reports")
    (state / "key").write_bytes(b"k")
    (state / "key").chmod(0o644)
    state.chmod(0o755)
    lock.prepare(tmp_path / "reports")
    assert (mode(state), mode(state / "key")) == (0o700, 0o600)
    state.chmod(0o755)

    def not_ours(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "chmod", not_ours)
    with pytest.raises(InputError, match="RM-E-097"):
        lock.prepare(tmp_path / "reports")


@pytest.mark.skipif(sys.platform != "linux", reason="renameat2 is of Linux")
def test_a_published_report_is_exchanged_in_one_step(tmp_path, monkeypatch):
    publish.switch_in(staged(tmp_path, "first"), tmp_path, "2025H1")
    monkeypatch.setattr(Path, "rename", None)
    publish.switch_in(staged(tmp_path, "second"), tmp_path, "2025H1")
    assert shown(tmp_path) == {"second"}
    assert [path.name for path in (tmp_path / "inside").iterdir()] == ["2025H1"]


def test_on_a_full_disk_the_reserve_makes_room_for_what_must_not_be_lost(tmp_path):
    state = lock.prepare(tmp_path / "reports")

    def write() -> None:
        if (state / lock.RESERVE).exists():
            raise OSError(28, "No space left on device")
        (state / "note").write_text("note", encoding="utf-8")

    assert lock.with_reserve(state, write)
    assert (state / "note").exists()
    lock.prepare(tmp_path / "reports")
    assert (state / lock.RESERVE).stat().st_size == lock.RESERVE_BYTES


def test_a_note_on_a_failure_holds_one_line_of_cause(tmp_path):
    (tmp_path / "inside").mkdir()
    publish.note_failure(tmp_path, "2025H1", RunError("RM-X-002", "first\nsecond\nthird"), at="2026-01-01T00:00:00")
    note = json.loads((tmp_path / "inside" / "2025H1.failed.json").read_text(encoding="utf-8"))
    assert note == {"round": "2025H1", "code": "RM-X-002", "at": "2026-01-01T00:00:00", "cause": "first (and 2 more)"}


@pytest.mark.parametrize("live", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", '=HYPERLINK("http://x")'])
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(live):
    assert as_csv([{"a": live}], ["a"]).splitlines(keepends=True)[1].lstrip('"').startswith("'")


def test_numbers_stay_numbers_in_csv():
    assert as_csv([{"a": -1.5, "b": None, "c": "text"}], ["a", "b", "c"]) == "a,b,c\r\n-1.5,,text\r\n"


def test_missing_numbers_become_null():
    import numpy as np

    assert [plain(x) for x in (float("nan"), np.float64(0.5), np.int64(3), 31.0, float("inf"), "x", None, True)] == [
        None, 0.5, 3, 31, None, "x", None, True,
    ]  # fmt: skip
