"""The guardian of a worker: a small process that ends the worker and all that it started when either side ends.

Linux alone can do all of it; elsewhere the worker ends when its parent's pipe closes, and takes its group along.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import sys
import time
from pathlib import Path

PARENT_DEATH_SIGNAL = 1
MARK = "IPYTHONDIR"
"""Variable of the environment that names the worker's scratch folder; whatever the worker starts inherits it."""

MOST_SWEEPS = 300
"""Sweeps of a hundredth of a second: a process that the system holds cannot be waited for without end."""


def guard(scratch: str) -> None:
    """Become two: the caller goes on in a child that works; this process stays behind as its guardian.

    A stopped guardian is woken when its parent ends, and a worker is killed when its guardian ends, stopped or not.
    Does nothing where the system cannot.
    """
    if sys.platform != "linux":
        return
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:  # an old system
        _at_parents_death(signal.SIGKILL)
        return
    guardian = os.getpid()
    _at_parents_death(signal.SIGCONT)
    worker = os.fork()
    if worker:
        _watch(worker, scratch)
    _at_parents_death(signal.SIGKILL)
    if os.getppid() != guardian:
        os._exit(1)


def _at_parents_death(number: int) -> None:
    ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, number, 0, 0, 0)


def _watch(worker: int, scratch: str) -> None:
    """Wait for the worker's end or the parent's, end all that is left, and end like the worker.

    Its copy of the pipe stays open until then, so that the parent learns of the end and of its kind together.
    """
    poll = select.poll()
    poll.register(0, 0)  # hangs up when the parent's end of the pipe closes
    poll.register(os.pidfd_open(worker), select.POLLIN)
    poll.poll()
    sweep(scratch)
    _, status = os.waitpid(worker, 0)
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) != signal.SIGKILL:
            os._exit(128 + os.WTERMSIG(status))
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def sweep(scratch: str) -> None:
    """Kill every process, in whatever group, that a worker with this scratch folder (or one beginning so) started."""
    if sys.platform != "linux":
        return
    mark = f"\0{MARK}={scratch}".encode()
    for _ in range(MOST_SWEEPS):
        left = [pid for pid in _others() if mark in _environment(pid)]
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if not left:
            return
        time.sleep(0.01)


def _others() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and int(path.name) != os.getpid()]


def _environment(pid: int) -> bytes:
    """The environment of a process that runs; empty for one that ended or belongs to somebody else."""
    try:
        with Path(f"/proc/{pid}/environ").open("rb") as file:
            return b"\0" + file.read()
    except OSError:
        return b""
