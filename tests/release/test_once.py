"""Once: whoever is left out, wherever a run is killed and whatever is deleted, a round has one version outside."""

from __future__ import annotations

import gc
import json
import stat
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from left_out import changed_by_leaving_out
from release_worlds import release

from rmanalytics.errors import InputError
from rmanalytics.run import outside, publish
from rmanalytics.run.lock import INSIDE, OUTSIDE, Access

ROUND, DAY = "2026H1", date(2026, 10, 1)
SMALL = Path(__file__).resolve().parents[2] / "data" / "example_small"
WATCHED = {outside.__file__, publish.__file__}


class Killed(BaseException):
    """What nobody can catch for long: each further line of the run raises it again."""


@contextmanager
def killed(at: int) -> Iterator[list[int]]:
    """End a run before the line of that number, as a kill would: no handler of the run gets further."""
    lines = [0]

    def trace(frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        if frame.f_code.co_filename not in WATCHED:
            return None
        lines[0] += event == "line"
        if lines[0] > at:
            raise Killed
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lines
    except Killed:
        pass
    finally:
        sys.settrace(before)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rendered without a process, printed by nobody: what is tried here is the order of the steps."""

    def stage(folder: Path, _: Path, released: bytes, **__: Any) -> None:
        folder.mkdir(parents=True)
        for name in (outside.NAME, outside.INDEX, "briefing.en.html"):
            (folder / name).write_bytes(released)

    monkeypatch.setattr(outside, "stage", stage)
    monkeypatch.setattr(outside, "printed", lambda _: True)
    monkeypatch.setattr(outside, "look_through", lambda *_, **__: None)


def run(reports: Path, version: int) -> bytes:
    """The steps of a run that would release a version of its own, were the round not released already."""
    found = outside.published(reports, ROUND)
    data = found or json.dumps(release("shown") | {"contact": f"version {version}"}).encode()
    folder = outside.prepared(reports, ROUND, data, (), salt="")
    if found is None:
        outside.record(reports, ROUND, data, {"a": (1, 2)}, on=DAY)
    if folder is not None:
        outside.finished(reports, ROUND, folder, on=DAY, access=Access())
    return data


def whole(reports: Path, data: bytes) -> None:
    """Record, copy, file and register agree, and nothing is left over."""
    assert [one["sha256"] for one in outside.records(reports)] == [sha256(data).hexdigest()]
    copy, place = reports / INSIDE / outside.COPIES, reports / OUTSIDE
    assert [path.name for path in copy.iterdir()] == [ROUND]
    assert (copy / ROUND / outside.NAME).read_bytes() == (place / ROUND / outside.NAME).read_bytes() == data
    assert {path.name for path in place.iterdir()} == {ROUND, outside.INDEX, outside.REGISTER}
    assert len(outside.read_register(reports)) == len(json.loads(data)["sentences"])


def test_a_run_that_is_killed_at_any_line_never_leaves_two_versions(tmp_path: Path, quick: None) -> None:
    (tmp_path / "calm" / INSIDE).mkdir(parents=True)
    with killed(sys.maxsize) as lines:
        run(tmp_path / "calm", 1)
    whole(tmp_path / "calm", run(tmp_path / "calm", 2))
    assert lines[0] >= 100
    kept = set()
    for at in range(lines[0]):
        reports = tmp_path / str(at)
        (reports / INSIDE).mkdir(parents=True)
        with warnings.catch_warnings(action="ignore", category=ResourceWarning):  # a killed run closes no file
            with killed(at):
                run(reports, 1)
            gc.collect(0)
        lying = reports / OUTSIDE / ROUND / outside.NAME
        before = lying.read_bytes() if lying.is_file() else None
        data = run(reports, 2)
        assert before in (None, data)
        whole(reports, data)
        kept.add(json.loads(data)["contact"])
    assert kept == {"version 1", "version 2"}


def test_what_is_deleted_is_restored_or_stops_the_run(tmp_path: Path, quick: None) -> None:
    (tmp_path / INSIDE).mkdir()
    data = run(tmp_path, 1)
    file = tmp_path / OUTSIDE / ROUND / outside.NAME
    file.unlink()
    assert run(tmp_path, 2) == data == file.read_bytes()
    record = tmp_path / INSIDE / outside.RECORDS
    kept = record.read_text(encoding="utf-8")
    record.unlink()
    with pytest.raises(InputError, match="RM-E-183"):
        run(tmp_path, 2)
    file.unlink()
    with pytest.raises(InputError, match="RM-E-183"):
        run(tmp_path, 2)
    record.write_text(kept, encoding="utf-8")
    assert run(tmp_path, 2) == data
    file.write_bytes(data + b" ")
    with pytest.raises(InputError, match="RM-E-183"):
        run(tmp_path, 2)


def test_modes_of_what_lies_inside_and_outside(tmp_path: Path, quick: None) -> None:
    (tmp_path / INSIDE).mkdir(mode=0o700)
    run(tmp_path, 1)

    def modes(room: Path, *, folders: bool) -> set[int]:
        return {stat.S_IMODE(path.stat().st_mode) for path in room.rglob("*") if path.is_dir() == folders}

    assert (modes(tmp_path / INSIDE, folders=True), modes(tmp_path / INSIDE, folders=False)) == ({0o700}, {0o600})
    assert (modes(tmp_path / OUTSIDE, folders=True), modes(tmp_path / OUTSIDE, folders=False)) == ({0o750}, {0o640})


def test_whoever_is_left_out_what_was_published_is_repeated_to_the_byte() -> None:
    assert changed_by_leaving_out(SMALL, ROUND, "2025H2") == (10, [])
