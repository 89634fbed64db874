"""One run at a time: the lock of a reports folder, who may read it, and what makes a folder fit to be one."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rmanalytics.errors import InputError, LockedError, Problem
from rmanalytics.language.translator import filled

STATE, INSIDE, OUTSIDE = ".state", "inside", "outside"
"""Rooms of a reports folder: the run's own, the analyst's, and what is for everybody."""
RESERVE, RESERVE_BYTES = "reserve", 32_768
"""Room on the disk that is kept for the note on a full one."""


def refuse(folder: Path, code: str, rule: str, remedy: str) -> InputError:
    """The refusal of a reports folder, as one problem."""
    return InputError((Problem(code=code, file=folder.name or "reports", rule=rule, remedy=remedy),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may read reports: their owner alone, or a group of the system too (its number)."""

    group: int | None = None

    def outward(self) -> Access:
        """The same for what is for everybody: the account's own group may read it where none is declared."""
        own = self.group is None and os.name == "posix"
        return Access(group=os.getegid()) if own else self

    def close(self, path: Path) -> None:
        """Give a file or folder the modes of reports: 0600 or 0700, with a group 0640 or 0750; nothing on Windows."""
        if os.name != "posix":
            return
        state = path.lstat()
        mode = (0o700 if stat.S_ISDIR(state.st_mode) else 0o600) | (0 if self.group is None else 0o040)
        mode |= 0o010 if self.group is not None and stat.S_ISDIR(state.st_mode) else 0
        if self.group is not None and state.st_gid != self.group:
            os.chown(path, -1, self.group, follow_symlinks=False)
        if stat.S_IMODE(state.st_mode) != mode and not stat.S_ISLNK(state.st_mode):
            path.chmod(mode)


def access_of(group: str) -> Access:
    """Who may read the reports of a programme, by the name of the group that it declares (empty: nobody else).

    Raises
    ------
    InputError
        RM-E-096 for a group that this system does not have, or that this account may not give files to.
    """
    if not group:
        return Access()
    rule, remedy = (
        filled("the group of [reports] does not exist on this system"),
        filled("name a group of this system, or none"),
    )
    if sys.platform == "win32":
        raise refuse(Path("programme.toml"), "RM-E-096", rule, remedy)
    import grp  # noqa: PLC0415  (not on Windows)

    try:
        number = grp.getgrnam(group).gr_gid
    except KeyError:
        raise refuse(Path("programme.toml"), "RM-E-096", rule, remedy) from None
    if os.geteuid() and number not in (os.getegid(), *os.getgroups()):
        rule = filled("this account is not in the group of [reports], and may not give files to it")
        raise refuse(Path("programme.toml"), "RM-E-096", rule, filled("have the account added to the group"))
    return Access(group=number)


def prepare(reports: Path, access: Access = Access()) -> Path:
    """Make the reports folder and its state folder; returns the state folder, readable by its owner alone.

    A state folder that others could read is closed to them, with the files in it.

    Raises
    ------
    InputError
        RM-E-090 for a symbolic link (a report could land elsewhere), RM-E-091 when the folder cannot be written,
        RM-E-097 when others can read the state folder and it cannot be closed to them.
    """
    state = reports / STATE
    for folder in (reports, state, reports / INSIDE):
        if folder.is_symlink():
            raise refuse(
                folder, "RM-E-090", filled("the reports folder is a link"), filled("name the folder that it leads to")
            )
    try:
        if not reports.exists():
            reports.mkdir(parents=True, exist_ok=True)
            access.outward().close(reports)
        for room in (state, reports / INSIDE):
            room.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise unwritable(reports) from error
    if not (os.access(reports, os.W_OK | os.X_OK) and os.access(state, os.W_OK | os.X_OK)):
        raise unwritable(reports)
    _close_state(state)
    access.close(reports / INSIDE)
    with contextlib.suppress(OSError), (state / RESERVE).open("xb") as file:
        file.write(bytes(RESERVE_BYTES))
    return state


def with_reserve(state: Path, write: Callable[[], None]) -> bool:
    """Write something that must not be lost; on a full disk the room that was kept for it is used. Whether it was."""
    for last in (False, True):
        try:
            write()
        except OSError:
            if last:
                return False
            (state / RESERVE).unlink(missing_ok=True)
        else:
            return True
    return False


def _close_state(state: Path) -> None:
    try:
        for path in (state, *(path for path in state.iterdir() if path.is_file())):
            if path.is_symlink() or stat.S_IMODE(path.lstat().st_mode) & 0o077:
                Access().close(path)
    except OSError as error:
        rule, remedy = (
            filled("others may read the folder .state"),
            filled("have its owner close it: chmod -R go= .state"),
        )
        raise refuse(state.parent, "RM-E-097", rule, remedy) from error


def unwritable(reports: Path) -> InputError:
    """The refusal of a folder that cannot be written."""
    rule = filled("the reports folder cannot be written")
    return refuse(reports, "RM-E-091", rule, filled("name a folder in which you may write, and look for free space"))


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
