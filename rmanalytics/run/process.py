"""The worker process as its parent sees it: start, jobs in, events out, end of the whole group.

Both sides talk in lines of JSON. The worker has a session of its own, so nothing that it starts survives it.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from rmanalytics.errors import NOTHING_PUBLISHED, RunError
from rmanalytics.run.guardian import MARK, sweep
from rmanalytics.run.memory import Circles, cgroup_files, memory_ran_out, out_of_memory

COMMAND = (sys.executable, "-P", "-m", "rmanalytics.run.worker")
_LOG_REMEDY = "The details lie in the reports folder, .state/worker.log."


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One report to make: programme, round, day, notebooks, the state folder, where the pages go, a first release."""

    programme: str
    round_id: str
    made_on: str
    state: str
    staging: str
    notebooks: tuple[str, ...]
    release: Mapping[str, Any] | None = None


class Worker:
    """A running worker; use as a context, which ends it however the block ends.

    Parameters
    ----------
    scratch : Path
        A folder for the worker's own use (IPython's profile, working directory), removed by the next run.
    log : Path
        What the worker writes to its standard error; made readable by its owner alone, for tracebacks may quote cells.
    """

    def __init__(self, *, scratch: Path, log: Path) -> None:
        scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._scratch, self._log = scratch, log
        self._killed_before = _killed_for_memory()
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        with private(log) as errors:
            self._process = subprocess.Popen(
                [*COMMAND, str(scratch)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                env=_environment(scratch),
                **_own_group(),
            )
        self._ended = False
        self._pump_thread = threading.Thread(target=self._pump, daemon=True)
        self._pump_thread.start()

    @property
    def ended(self) -> bool:
        """Whether it was ended, or has ended by itself."""
        return self._ended

    @property
    def pid(self) -> int:
        """The worker's process id, which is its group's too."""
        return self._process.pid

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.end()

    def _pump(self) -> None:
        for line in self._out:
            self._lines.put(line)
        self._lines.put(None)

    @property
    def _out(self) -> IO[str]:
        if self._process.stdout is None:
            raise ValueError("the worker was started without a pipe")
        return self._process.stdout

    def events(self, job: Job, *, deadline: float) -> Iterator[dict[str, Any]]:
        """Give the worker a job and yield its events; the last one is ``done`` or ``failed``.

        Raises
        ------
        RunError
            RM-X-002 when the worker dies, RM-X-003 when the deadline (seconds of wall clock) passes, RM-X-007 when a
            limit of memory was reached. The whole group is ended before that.
        """
        until = time.monotonic() + deadline
        self._send(job)
        while True:
            try:
                line = self._next(until)
            except queue.Empty as error:
                self.end()
                rule = f"the report was not ready after {deadline:g} seconds and was stopped"
                remedy = "Fix: give more time with --deadline, or look for what makes the data so large."
                raise RunError("RM-X-003", f"{rule}. {remedy} {NOTHING_PUBLISHED}") from error
            if line is None:
                self.end()
                if self._lacked_memory():
                    raise out_of_memory()
                rule = f"the process that makes the report stopped (status {self._process.returncode})"
                raise RunError("RM-X-002", f"{rule}. {_LOG_REMEDY} {NOTHING_PUBLISHED}")
            event: dict[str, Any] = json.loads(line)
            yield event
            if event["event"] in {"done", "failed"}:
                return

    def _next(self, until: float) -> str | None:
        """The next line, waited for until a time; not for a worker that turns in circles at a limit of memory."""
        circles = Circles(self.pid)
        while circles.possible:
            left = until - time.monotonic()
            with contextlib.suppress(queue.Empty):
                return self._lines.get(timeout=max(0.0, min(1.0, left)))
            if circles.seen():
                self.end()
                raise out_of_memory()
            if left <= 0:
                raise queue.Empty
        return self._lines.get(timeout=max(0.0, until - time.monotonic()))

    def _send(self, job: Job) -> None:
        if self._process.stdin is None:
            raise ValueError("the worker was started without a pipe")
        try:
            self._process.stdin.write(json.dumps(asdict(job)) + "\n")
            self._process.stdin.flush()
        except OSError:
            return  # it is dead: the end of its output says so

    def _lacked_memory(self) -> bool:
        """Whether the worker died of a limit of memory: by its last words, or because the system killed it for that."""
        with contextlib.suppress(OSError):
            if memory_ran_out(RuntimeError(self._log.read_text(encoding="utf-8", errors="replace")[-4000:])):
                return True
        return self._process.returncode == -9 and _killed_for_memory() > self._killed_before

    def end(self) -> None:
        """End the worker and everything that it started; does nothing twice."""
        if self._ended:
            return
        self._ended = True
        _kill_group(self._process)
        self._process.wait()
        sweep(str(self._scratch))
        self._pump_thread.join(timeout=5)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _environment(scratch: Path) -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    return os.environ | {
        "PYTHONPATH": path,
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8",
        MARK: str(scratch),
        "JUPYTER_PLATFORM_DIRS": "1",
        "PLOTLY_RENDERER": "plotly_mimetype",
    }


def _killed_for_memory() -> int:
    """How many processes the system has killed in our control groups because their memory ran out."""
    lines = [line.split() for path in cgroup_files("memory.events") for line in path.read_text("ascii").splitlines()]
    return max((int(line[1]) for line in lines if line[0] == "oom_kill"), default=0)


def _own_group() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _kill_group(process: subprocess.Popen[str]) -> None:
    """Kill a process that nobody has waited for yet, so that its number cannot have passed to another one."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], check=False, capture_output=True)  # noqa: S607
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def private(path: Path) -> IO[str]:
    """Open a file for writing that its owner alone may read, from its first byte on."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
