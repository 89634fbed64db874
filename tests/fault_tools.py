"""Runs of the command line with stand-ins for the other rooms, and what must hold of them whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
from run_tools import call, environment, write_notebook

from rmanalytics.run.publish import FILES

PATIENCE = 300.0
"""Seconds that a state is waited for on a machine that is kept busy by something else."""
_started: list[subprocess.Popen[str]] = []


def run(place: Path, *arguments: str, **fakes: str) -> subprocess.CompletedProcess[str]:
    return call(*arguments, env=environment(place / "notebooks", **fakes), cwd=place)


def spoil(place: Path, source: str, *, name: str = "04_retention") -> None:
    write_notebook(place / "notebooks" / f"{name}.ipynb", source)


def marks(place: Path, round_id: str = "2025H2") -> set[str]:
    """What the pages of a published report were marked with; every file must be there."""
    folder = place / "reports" / "inside" / round_id
    assert {path.name for path in folder.iterdir()} == set(FILES)
    pages = [(folder / name).read_text(encoding="utf-8") for name in ("report.html",)]
    return {page.partition("<title>")[2].partition("</title>")[0] for page in pages}


def tidy(place: Path) -> bool:
    """Whether nothing but reports, the index and the state is in the reports folder."""
    names = {path.name for path in (place / "reports" / "inside").iterdir()}
    state = {path.name for path in (place / "reports" / ".state").iterdir()}
    return not any(name.startswith((".staging", ".old", ".part")) for name in names) and not any(
        name.startswith("scratch") for name in state
    )


def limited(place: Path, megabytes: int) -> subprocess.CompletedProcess[str]:
    """A run that may use no more memory than that."""
    command = f"ulimit -v {megabytes * 1000}; exec {sys.executable} -m rmanalytics report programme --deadline 100"
    env = environment(place / "notebooks")
    return subprocess.run(["sh", "-c", command], env=env, cwd=place, capture_output=True, text=True, check=False)


def workers_of(place: Path) -> list[int]:
    """Processes that a run in the place has left, waited for until they are gone."""

    def left() -> list[int]:
        mark, found = f"IPYTHONDIR={place}".encode(), []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                found += [int(path.parent.name)] if mark in path.read_bytes() else []
            except OSError:
                continue
        return found

    try:
        wait_for(lambda: not left())
    except AssertionError:
        return left()
    return []


def start(place: Path, *arguments: str, **fakes: str) -> subprocess.Popen[str]:
    """A run that goes on beside the test; `end_all` ends it whatever becomes of the test."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background inherits none
    running = subprocess.Popen(
        [sys.executable, "-m", "rmanalytics", *arguments],
        env=environment(place / "notebooks", **fakes),
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    _started.append(running)
    return running


def end_all() -> None:
    """End every run that a test has started and that still goes on."""
    while _started:
        running = _started.pop()
        if running.poll() is None:
            running.kill()
            running.communicate()


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def worker_of(running: subprocess.Popen[str]) -> int:
    wait_for(lambda: psutil.Process(running.pid).children())
    return psutil.Process(running.pid).children()[0].pid


def wait_for(condition) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        wait_for(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
    return True
