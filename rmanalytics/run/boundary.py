"""The edge of a process or a task: whatever ends the work inside is kept, so that no traceback reaches a person."""

from __future__ import annotations

import errno
import re
import sys
import traceback
from pathlib import Path
from types import TracebackType

from rmanalytics.errors import NOTHING_PUBLISHED, RmError, RunError

_LACKING = re.compile(
    r"out ?of ?memory|cannot allocate memory|unable to allocate|malloc of size|bad_alloc|can't start new thread",
    re.IGNORECASE,
)


class DetailedError(RunError):
    """An error with ``details``, a traceback for the log that only the owner may read."""

    def __init__(self, code: str, message: str, details: str) -> None:
        super().__init__(code, message)
        self.details = details


class Boundary:
    """A context that holds back errors; ``error`` is then one of ours, ``details`` the traceback for the log.

    An error that is not ours is named by its kind, never by its message, which may quote a cell. What a person or
    the system asks for (an interrupt, an exit) passes through.

    Examples
    --------
    >>> with Boundary() as edge:
    ...     int("a name")
    >>> edge.error.message
    'the call failed: ValueError. Nothing was published.'
    """

    def __init__(self) -> None:
        self.error: RmError | None = None
        self.cause: Exception | None = None
        self.details = ""

    def __enter__(self) -> Boundary:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> bool:
        if not isinstance(error, Exception):
            return False
        self.cause = error
        known = error.details if isinstance(error, DetailedError) else ""
        self.details = known or "".join(traceback.format_exception(error))
        self.error = error if isinstance(error, RmError) else _unexpected(error)
        return True


def _unexpected(error: Exception) -> RunError:
    kind = type(error).__name__
    if memory_ran_out(error):
        return out_of_memory()
    if isinstance(error, OSError) and error.strerror:
        kind = f"{kind}, {error.strerror.lower()}"
    return RunError("RM-X-009", f"the call failed: {kind}. {NOTHING_PUBLISHED}")


def memory_ran_out(error: BaseException) -> bool:
    """Whether an error, or what caused it, says that there was no memory left, in the words of any library."""
    seen: BaseException | None = error
    while seen is not None:
        lacking = isinstance(seen, OSError) and seen.errno == errno.ENOMEM
        if lacking or isinstance(seen, MemoryError) or _LACKING.search(f"{type(seen).__name__} {seen}"):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def out_of_memory() -> RunError:
    """The error of a run that reached a limit of memory, which is named."""
    remedy = "Fix: give the run more memory, or make the data smaller."
    return RunError("RM-X-007", f"the memory ran out ({memory_limit()}). {remedy} {NOTHING_PUBLISHED}")


def memory_limit() -> str:
    """The limit of memory that holds for this process, in words; the machine's own where none is set."""
    if sys.platform == "win32":
        return "the machine's memory"
    import resource  # noqa: PLC0415  (not on Windows)

    for name, number in (("ulimit -v", resource.RLIMIT_AS), ("ulimit -d", resource.RLIMIT_DATA)):
        soft = resource.getrlimit(number)[0]
        if soft != resource.RLIM_INFINITY:
            return f"the limit of the process, {name}: {soft // 1_000_000} MB"
    for path in cgroup_files("memory.max"):
        text = path.read_text(encoding="ascii").strip()
        if text.isdigit():
            return f"the limit of the control group, memory.max: {int(text) // 1_000_000} MB"
    return "the machine's memory"


def cgroup_files(name: str) -> list[Path]:
    """Files of a name in the control groups (version 2) that this process is in, the innermost first."""
    try:
        groups = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    top = Path("/sys/fs/cgroup")
    inner = top / next((line[3:].strip("/") for line in groups if line.startswith("0::")), "")
    folders = [folder for folder in (inner, *inner.parents) if folder.is_relative_to(top)]
    return [folder / name for folder in folders if (folder / name).is_file()]
