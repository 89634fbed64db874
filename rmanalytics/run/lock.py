"""One run at a time: the lock of a reports folder, and what makes a folder fit to be one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from rmanalytics.errors import InputError, LockedError, Problem

STATE = ".state"


def refuse(folder: Path, code: str, rule: str, remedy: str) -> InputError:
    """The refusal of a reports folder, as one problem."""
    return InputError((Problem(code=code, file=folder.name or "reports", rule=rule, remedy=remedy),))


def prepare(reports: Path) -> Path:
    """Make the reports folder and its state folder; returns the state folder, readable by its owner alone.

    Raises
    ------
    InputError
        RM-E-090 for a symbolic link (a report could land elsewhere), RM-E-091 when the folder cannot be written.
    """
    state = reports / STATE
    for folder in (reports, state):
        if folder.is_symlink():
            raise refuse(folder, "RM-E-090", "the reports folder is a link", "name the folder that it leads to")
    try:
        reports.mkdir(parents=True, exist_ok=True)
        state.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise unwritable(reports) from error
    if not (os.access(reports, os.W_OK | os.X_OK) and os.access(state, os.W_OK | os.X_OK)):
        raise unwritable(reports)
    return state


def unwritable(reports: Path) -> InputError:
    """The refusal of a folder that cannot be written."""
    rule = "the reports folder cannot be written"
    return refuse(reports, "RM-E-091", rule, "name a folder in which you may write, and look for free space")


@contextlib.contextmanager
def locked(state: Path) -> Iterator[None]:
    """Hold the lock of a reports folder; the system lets go of it when the process ends, however it ends.

    Raises
    ------
    LockedError
        At once when another run holds it.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415  (only a run needs it)

    lock = FileLock(state / "lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        message = "another run is making reports in this folder. Fix: wait for it to end, then call again."
        raise LockedError("RM-L-001", message) from error
    try:
        yield
    finally:
        lock.release()
