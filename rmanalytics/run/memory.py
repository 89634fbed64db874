"""Limits of memory: which one holds, whether it was reached, and whether a process turns in circles because of it."""

from __future__ import annotations

import errno
import re
import sys
from pathlib import Path

from rmanalytics.errors import NOTHING_PUBLISHED, RunError

if sys.platform != "win32":
    import resource

_LACKING = re.compile(
    r"out ?of ?memory|cannot allocate memory|unable to allocate|malloc of size|bad_alloc|memory allocation|"
    r"can't start new thread|pthread_create failed|failed to map segment",
    re.IGNORECASE,
)
NEAR_BYTES = 64 << 20
"""A request of this size is refused so near to the limit: what a library of linear algebra asks for is half of it."""
WATCH_SECONDS = 5
LEAST_TICKS, SYSTEM_SHARE = 20, 0.6


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


class Circles:
    """Notices a process that asks for memory again and again, as OpenBLAS does without end where a limit refuses it.

    Such a process stands still just below the limit and spends its time inside the system. Ask once a second.

    Parameters
    ----------
    pid : int
        The process; only Linux tells what is needed.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._seen: list[tuple[int, int, int, int]] = []
        self._limit = -1 if sys.platform == "win32" else resource.getrlimit(resource.RLIMIT_AS)[0]
        self.possible = sys.platform == "linux" and self._limit > 0

    def seen(self) -> bool:
        """Whether it has been so for some seconds now."""
        try:
            inner = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text(encoding="ascii").split()
            text = Path(f"/proc/{inner[0] if inner else self._pid}/stat").read_text(encoding="ascii")
        except OSError:
            return False
        told = text.rpartition(")")[2].split()
        faults, user, system, size = (int(told[at]) for at in (7, 11, 12, 20))
        if self._seen and self._seen[-1][:2] != (size, faults):
            self._seen.clear()
        self._seen.append((size, faults, user, system))
        if len(self._seen) <= WATCH_SECONDS or size < self._limit - NEAR_BYTES:
            return False
        users, systems = user - self._seen[0][2], system - self._seen[0][3]
        return systems >= max(LEAST_TICKS, SYSTEM_SHARE * (users + systems))
