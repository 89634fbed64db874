"""Putting a finished report where people find it: whole, or not at all.

A report is written into a staging folder beside its place, made durable, checked, then exchanged with the former one
in one step, so that its place is never empty. Where the file system cannot exchange folders it takes two renames, and
`recover` mends what a run that was killed between the two left behind.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rmanalytics.errors import RmError
from rmanalytics.language.translator import filled
from rmanalytics.programme.declaration import ROUND_ID
from rmanalytics.run.guardian import sweep
from rmanalytics.run.lock import INSIDE, STATE, Access, refuse, unwritable

_STAGING = ".staging-"
_OLD = ".old-"
FILES = ("report.html", "report.xlsx", "results.csv", "results.json", "manifest.json")


def stage(reports: Path, round_id: str) -> Path:
    """Make an empty staging folder for a round, beside the place where the report will lie.

    Raises
    ------
    InputError
        RM-E-090 when the round's place is a link, RM-E-091 when the folder cannot be written.
    """
    place = place_of(reports, round_id)
    if place.is_symlink():
        raise refuse(place, "RM-E-090", filled("the place of the report is a link"), filled("remove the link"))
    if place.exists() and not place.is_dir():
        raise refuse(
            place, "RM-E-090", filled("the place of the report is taken by a file"), filled("move the file away")
        )
    folder = place.parent / f"{_STAGING}{round_id}-{secrets.token_hex(4)}"
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise unwritable(reports) from error
    return folder


def switch_in(staging: Path, reports: Path, round_id: str, access: Access = Access()) -> Path:  # noqa: B008  (frozen)
    """Make a staged report the published one and return its place; the former one goes only after that.

    Raises
    ------
    ValueError
        When a file of the report is missing: a programmer's error.
    """
    missing = [name for name in FILES if not (staging / name).is_file()]
    if missing:
        raise ValueError(f"a staged report lacks {', '.join(missing)}")
    for path in (*staging.iterdir(), staging):
        access.close(path)
        _sync(path)
    place = place_of(reports, round_id)
    old = place.with_name(f"{_OLD}{round_id}")
    if place.exists() and exchange(staging, place):
        old = staging
    else:
        try:
            if place.exists():
                place.rename(old)
            staging.rename(place)
        finally:
            if old.exists() and not place.exists():
                old.rename(place)
    _sync(place.parent)
    shutil.rmtree(old, ignore_errors=True)
    return place


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where system or file system cannot, and nothing was done.

    Notes
    -----
    ``renameat2`` with ``RENAME_EXCHANGE``, Linux 3.15 and newer.
    """
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform == "linux" else None
    if call is None:
        return False
    sys.audit("rmanalytics.exchange", str(one), str(other))
    here, exchanged = -100, 2
    if call(here, os.fsencode(one), here, os.fsencode(other), exchanged) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM):
        return False
    raise OSError(number, os.strerror(number), str(one))


def close_all(reports: Path, access: Access) -> None:
    """Give everything that is published in a reports folder the modes of reports, where an earlier version left more.

    Raises
    ------
    InputError
        RM-E-091 when a file belongs to another account.
    """
    names = ("index.html", "*.failed.json")
    files = [path for folder in published(reports) for path in (folder, *folder.iterdir())]
    try:
        for path in (*files, *(path for name in names for path in (reports / INSIDE).glob(name))):
            access.close(path)
    except OSError as error:
        raise unwritable(reports) from error


def recover(reports: Path) -> None:
    """Bring a reports folder back to whole reports: a former one set aside returns to its empty place.

    Call it with the lock held. Staging folders and scratch of runs that ended early are removed; reports that an
    earlier version left beside the rooms go inside.
    """
    room = reports / INSIDE
    room.mkdir(mode=0o700, exist_ok=True)
    for left in [*_rounds(reports), *reports.glob("*.failed.json"), *reports.glob(f"{_OLD}*")]:
        if not (room / left.name).exists():
            left.rename(room / left.name)
    for left in (*reports.glob("index.html"), *reports.glob(".*.part")):
        left.unlink(missing_ok=True)
    for old in room.glob(f"{_OLD}*"):
        round_id = old.name.removeprefix(_OLD)
        place = room / round_id
        if ROUND_ID.fullmatch(round_id) and not place.exists():
            old.rename(place)
        else:
            shutil.rmtree(old, ignore_errors=True)
    sweep(str(reports.resolve() / STATE / "scratch-"))
    for left in (*reports.glob(f"{_STAGING}*"), *room.glob(f"{_STAGING}*"), *(reports / STATE).glob("scratch-*")):
        shutil.rmtree(left, ignore_errors=True)
    for left in room.glob(".*.part"):
        left.unlink(missing_ok=True)


def published(reports: Path) -> list[Path]:
    """Folders of the published rounds, in order of time."""
    return _rounds(reports / INSIDE)


def _rounds(folder: Path) -> list[Path]:
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if ROUND_ID.fullmatch(path.name) and path.is_dir())


def place_of(reports: Path, round_id: str) -> Path:
    """Where the report of a round lies."""
    return reports / INSIDE / round_id


def write_whole(path: Path, text: str, access: Access = Access()) -> None:  # noqa: B008  (frozen)
    """Write a file so that a reader sees the former or the new text, never a part."""
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    access.close(Path(part))
    Path(part).replace(path)
    _sync(path.parent)


def failure_note(reports: Path, round_id: str) -> Path:
    """Where the note on a failed round lies."""
    return reports / INSIDE / f"{round_id}.failed.json"


def note_failure(
    reports: Path,
    round_id: str,
    error: RmError,
    *,
    at: str,
    access: Access = Access(),  # noqa: B008  (frozen)
) -> None:
    """Leave a note beside the reports: code, time and one line of cause, no value of a cell."""
    note = {"round": round_id, "code": error.code, "at": at, "cause": one_line(error.message)}
    write_whole(failure_note(reports, round_id), json.dumps(note, ensure_ascii=False, indent=1) + "\n", access)


def one_line(message: str) -> str:
    """The first line of a message."""
    first, *more = message.strip().splitlines()
    return f"{first} (and {len(more)} more)" if more else first


def index_entries(reports: Path, staged: Mapping[str, Path] | None = None) -> list[dict[str, Any]]:
    """What the index page lists: each published round's manifest with its folder, and notes on failed ones.

    Rounds that are staged count as published already, from the folder that is given for each.
    """
    found: dict[str, dict[str, Any]] = {}
    staged = staged or {}
    for round_id, folder in ({folder.name: folder for folder in published(reports)} | dict(staged)).items():
        manifest = _load(folder / "manifest.json")
        if manifest:
            found[round_id] = {"round": round_id, "folder": round_id, "failed": None} | _shown(manifest)
    for note in sorted((reports / INSIDE).glob("*.failed.json")):
        failed, round_id = _load(note), note.name.removesuffix(".failed.json")
        if failed and re.fullmatch(ROUND_ID, round_id) and round_id not in staged:
            found.setdefault(round_id, {"round": round_id, "folder": None})["failed"] = failed
    return [found[round_id] for round_id in sorted(found, reverse=True)]


def _shown(manifest: Mapping[str, Any]) -> dict[str, Any]:
    parameters = manifest.get("parameters", {})
    shown = {name: manifest.get(name, "") for name in ("generated_at", "headline")}
    return {"programme": parameters.get("programme", "")} | shown


def _load(path: Path) -> dict[str, Any] | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def _sync(path: Path) -> None:
    """Make a file or folder durable; where the system cannot sync folders (Windows), there is nothing to do."""
    if path.is_dir() and os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
