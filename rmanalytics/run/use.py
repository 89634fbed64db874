"""The log of use: who read a programme's data, by which command, when, with what outcome. Chained, only added to.

Unit: one call, one line of ``log-of-use.jsonl`` in the programme's folder. A line names an account by its number and
the data by one digest over all files; it holds nothing of a person in the data. The last line is remembered in the
user's own folder, so that a cut end is seen. Whoever owns both can make a fresh log: only a copy held by others shows
that.
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rmanalytics.errors import InputError, Problem, RmError
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.keys import key_folder
from rmanalytics.programme.programme import Programme, read_programme
from rmanalytics.run.lock import Access, access_of
from rmanalytics.run.manifest import input_digests

NAME = "log-of-use.jsonl"
LOCK = ".log-of-use.lock"
BEGUN, DONE, FAILED, STOPPED = "begun", "done", "failed", "stopped"
_state = {"muted": False}


@dataclass(slots=True)
class Use:
    """A use that goes on; ``outcome`` may be set to the code of an error that is not raised."""

    outcome: str = DONE


def mute() -> None:
    """Write nothing from this process: for a worker, whose parent writes the line."""
    _state["muted"] = True


@contextlib.contextmanager
def used(folder: str | Path, command: str, round_id: str = "", *, must: bool = False) -> Iterator[Use]:
    """Write down a use of a programme's data when it ends, however it ends.

    Parameters
    ----------
    folder : str or Path
        The programme's folder. Without a readable ``programme.toml`` no data are read and nothing is written; nor for a
        simulated programme, in which there is nobody.
    command, round_id : str
        What was asked.
    must : bool
        Whether nothing may happen that is not in the log: a line is then written before, too.

    Raises
    ------
    InputError
        RM-E-200 where the log cannot be written and must be. Else that is said on standard error.
    """
    use = Use()
    programme = None if _state["muted"] else _programme(Path(folder))
    if programme is None:
        yield use
        return
    about = {"command": command, "round": round_id, "data": data_digest(programme)}
    if must:
        append(programme, about | {"outcome": BEGUN})
    try:
        yield use
    except BaseException as error:
        stopped = FAILED if isinstance(error, Exception) else STOPPED
        _end(programme, about | {"outcome": error.code if isinstance(error, RmError) else stopped}, must=False)
        raise
    _end(programme, about | {"outcome": use.outcome}, must=must)


def _end(programme: Programme, line: dict[str, str], *, must: bool) -> None:
    try:
        append(programme, line)
    except InputError as error:
        if must:
            raise
        sys.stderr.write(f"{error.problems[0]}\n")


def _programme(folder: Path) -> Programme | None:
    try:
        found = read_programme(folder, tuple(TABLES))
    except RmError:
        return None
    return None if found.simulated else found


def data_digest(programme: Programme) -> str:
    """One digest of all files that a programme is read from."""
    return hashlib.sha256(json.dumps(input_digests(programme), sort_keys=True).encode()).hexdigest()


def account() -> str:
    """The account of this system by its number; a digest of its name where accounts have none.

    Examples
    --------
    >>> account() == account()
    True
    """
    if hasattr(os, "getuid"):
        return str(os.getuid())
    return hashlib.sha256(getpass.getuser().encode()).hexdigest()[:12]


def append(programme: Programme, about: dict[str, str]) -> None:
    """Add a line; where the end that this account has seen is gone, the line shows the gap instead of closing it.

    Raises
    ------
    InputError
        RM-E-200 where the line cannot be written.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415  (only where something is written)

    path, seen = programme.folder / NAME, _anchor(programme)
    try:
        access = access_of(programme.group)
        lock = programme.folder / LOCK
        with FileLock(lock, timeout=10):
            _open_to(lock, access)
            lines = _lines(path)
            number, digest = _number(lines), _digest(lines[-1]) if lines else ""
            known = _read_anchor(seen)
            if known and not _stands(known, lines):
                number, digest = known
            line = {
                **about,
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "by": account(),
                "n": number + 1,
                "previous": digest,
                "version": version("rmanalytics"),
            }
            data = json.dumps(line, ensure_ascii=False, sort_keys=True).encode()
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
                file.write(b"\n" * _cut(path) + data + b"\n")
                file.flush()
                os.fsync(file.fileno())
            _open_to(path, access)
            if known or not seen.exists():  # a damaged memory is left, for it says that something was done to it
                _remember(seen, number + 1, _digest(data))
    except (OSError, Timeout, InputError) as error:
        rule, remedy = (
            filled("the log of use cannot be written"),
            filled("give this account the right to write it, and look for space"),
        )
        raise InputError((Problem(code="RM-E-200", file=NAME, rule=rule, remedy=remedy),)) from error


def _open_to(path: Path, access: Access) -> None:
    """Its owner may write it, and the declared group of the reports."""
    if os.name == "posix" and path.stat().st_uid == os.getuid():
        if access.group is not None:
            os.chown(path, -1, access.group)
        path.chmod(0o600 if access.group is None else 0o660)


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except FileNotFoundError:
        return []


def _cut(path: Path) -> bool:
    """Whether the file ends within a line."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        return size > 0 and file.read(1) != b"\n"


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _anchor(programme: Programme) -> Path:
    place = hashlib.sha256(str(programme.folder.resolve()).encode()).hexdigest()[:16]
    return key_folder(programme.id or place) / f"log-of-use-{place}.anchor"


def _read_anchor(path: Path) -> tuple[int, str] | None:
    """Number and digest of the last line that this account has written; None where it has written none."""
    try:
        number, digest = path.read_text(encoding="ascii").split()
        return int(number), digest
    except (OSError, ValueError):
        return None


def _remember(path: Path, number: int, digest: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.write_text(f"{number} {digest}\n", encoding="ascii")
    part.replace(path)


def _stands(known: tuple[int, str], lines: list[bytes]) -> bool:
    """Whether the line that is remembered is there; where, the numbers of the lines say."""
    return known[1] in map(_digest, lines)


def _number(lines: list[bytes]) -> int:
    """The number that the last line gives itself; how many lines there are where it gives none."""
    try:
        return int(json.loads(lines[-1])["n"])
    except (IndexError, ValueError, TypeError, KeyError, OverflowError):
        return len(lines)


def read(programme: Programme) -> list[dict[str, Any]]:
    """The lines of the log that can be read, the oldest first.

    Raises
    ------
    OSError
        Where the file is there and cannot be read.
    """
    found = []
    for line in _lines(programme.folder / NAME):
        with contextlib.suppress(ValueError):
            found.append(json.loads(line))
    return [one for one in found if isinstance(one, dict)]


def broken(programme: Programme) -> list[str]:
    """Where the log is not as it was written, each place once, by its line; empty where it is whole.

    A changed line shows in the one after it, a line taken out or put elsewhere in its number, a cut end in what this
    account remembers.

    Raises
    ------
    OSError
        Where the file is there and cannot be read.
    """
    found: list[str] = []
    digest, last = "", 0
    lines = _lines(programme.folder / NAME)
    for number, line in enumerate(lines, start=1):
        try:
            told = json.loads(line)
            n, previous = told["n"], told["previous"]
        except (ValueError, TypeError, KeyError):
            found.append(filled("line {number}: it cannot be read", number=number))
            n = last + 1
        else:
            if n not in (last + 1, number):
                text = key("line {number}: it says that it is line {n}: a line is missing, or out of place")
                found.append(filled(text, number=number, n=n))
            elif previous != digest:
                text = key("line {before}: it is not the line that line {number} follows")
                found.append(filled(text, before=number - 1, number=number))
        digest, last = _digest(line), n if isinstance(n, int) else last + 1
    seen = _anchor(programme)
    known = _read_anchor(seen)
    if known and not _stands(known, lines):
        text = key("line {number}: this account wrote another one there, or the end is cut")
        found.append(filled(text, number=known[0]))
    if not known and seen.exists():
        found.append(filled("{file}: what this account remembers of the log is damaged", file=seen.name))
    return found


def anchored(programme: Programme) -> bool:
    """Whether this account remembers a line, so that a cut end would be seen."""
    return _read_anchor(_anchor(programme)) is not None
