"""Faults at random moments: nothing half published, nothing lost, no process left, and the next call right.

A reduced form runs with every test; the long one is a shard of ``make soak`` and writes docs/faults.md.
"""

from __future__ import annotations

import random
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from fault_tools import PATIENCE, end_all, gone, kill, limited, marks, run, spoil, start, tidy, wait_for, workers_of
from run_tools import ROOT, environment, write_notebooks, write_programme

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which processes a run has left")
PAGE = ROOT / "docs" / "faults.md"
CHILD = "import subprocess\np = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
HEAD = """\
# Faults

Written by the long form of `tests/run/test_faults.py` (a shard of `make soak`). Each run is begun over a report that
was published before, and meets its fault. *Held* counts the runs after which the published report was whole (the former
one or the new one, never a part), no process of the run was left, and the next call ended well and left nothing but
reports. A reduced form runs with every test.

| fault | runs | held | on |
|---|---:|---:|---|
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder with a programme, notebooks, and a report that was published before."""
    write_programme(tmp_path / "programme")
    write_notebooks(tmp_path / "notebooks")
    assert run(tmp_path, "report", "programme", mark="before").returncode == 0
    yield tmp_path
    end_all()


def held(place: Path, mark: str, *, absent: bool = False) -> None:
    """What must hold after any fault; ``absent`` where a report may have lost its place until the next call."""
    assert workers_of(place) == []
    if not absent or (place / "reports" / "inside" / "2025H2").exists():
        assert len(marks(place)) == 1
    write_notebooks(place / "notebooks")
    after = run(place, "report", "programme", mark=mark)
    assert after.returncode == 0, after.stderr
    assert marks(place) == {mark}
    assert tidy(place)


def note(fault: str, runs: int, *, long: bool) -> None:
    """Put a fault's row into the page, in place of its former one."""
    if not long:
        return
    rows = PAGE.read_text(encoding="utf-8").splitlines()[len(HEAD.splitlines()) :] if PAGE.exists() else []
    rows = [row for row in rows if row and not row.startswith(f"| {fault} |")]
    rows.append(f"| {fault} | {runs} | {runs} | {datetime.now(UTC).date().isoformat()} |")
    PAGE.write_text(HEAD + "".join(f"{row}\n" for row in sorted(rows)), encoding="utf-8")


def kill_at_random(place: Path, rng: random.Random) -> None:
    running = start(place, "report", "programme", mark="killed")
    wait_for(lambda: list((place / "reports" / "inside").glob(".staging*")) or running.poll() is not None)
    try:
        running.wait(timeout=rng.uniform(0.0, 2.5))
    except subprocess.TimeoutExpired:
        children = psutil.Process(running.pid).children(recursive=True)
        kill(rng.choice([running.pid, *(child.pid for child in children)]))
        if rng.random() < 0.5:
            kill(running.pid)
    running.communicate(timeout=PATIENCE)


def stopped_worker(place: Path, rng: random.Random) -> None:
    """A worker and its guardian that stand still, with a child in a session of its own, and a parent that is killed."""
    pid = place / f"pid{rng.random()}"
    told = f"open({str(pid)!r}, 'w').write(str(p.pid))\nimport time\ntime.sleep(600)"
    spoil(place, CHILD + told, name="06_round_report")
    running = start(place, "report", "programme")
    wait_for(lambda: pid.exists() and pid.read_text())
    children = psutil.Process(running.pid).children(recursive=True)
    assert len(children) == 3
    for child in children:
        if child.pid != int(pid.read_text()):
            child.suspend()
    kill(running.pid)
    running.communicate(timeout=PATIENCE)
    assert all(gone(child.pid) for child in children)


def child_of_its_own(place: Path, rng: random.Random) -> None:
    pid = place / f"pid{rng.random()}"
    spoil(place, CHILD + f"open({str(pid)!r}, 'w').write(str(p.pid))")
    assert run(place, "report", "programme", mark="child").returncode in (0, 3)
    assert gone(int(pid.read_text()))


def deadline(place: Path, rng: random.Random) -> None:
    spoil(place, CHILD + "import time\ntime.sleep(600)", name="06_round_report")
    done = run(place, "report", "programme", "--deadline", str(round(rng.uniform(0.5, 4), 1)))
    assert (done.returncode, "RM-X-003" in done.stderr) == (4, True)


def memory(place: Path, rng: random.Random) -> None:
    spoil(place, "import numpy as np\nkept = [np.ones(50_000_000) for _ in range(40)]", name="06_round_report")
    done = limited(place, rng.randint(250, 1200))
    assert done.returncode == 4, done.stderr
    assert re.search(r"RM-X-007 the memory ran out \(the limit of the process, ulimit -[vd]: [0-9]+ MB\)", done.stderr)


def sent(number: signal.Signals, code: int) -> Callable[[Path, random.Random], None]:
    def fault(place: Path, rng: random.Random) -> None:
        running = start(place, "report", "programme", mark="stopped", seconds="5")
        wait_for(lambda: list((place / "reports" / "inside").glob(".staging*")))
        try:
            running.wait(timeout=rng.uniform(0.0, 2.5))
        except subprocess.TimeoutExpired:
            running.send_signal(number)
        _, told = running.communicate(timeout=PATIENCE)
        assert running.returncode in (code, 0)
        assert "Traceback" not in told

    return fault


def full_disk(place: Path, rng: random.Random) -> None:
    """A file system of its own for the reports, filled up to some kilobytes before the run."""
    if subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this account may not mount a file system of its own")
    size = rng.choice([0, 4, 16])
    script = f"""
        mount -t tmpfs -o size=300k none small || exit 90
        run() {{ {sys.executable} -m rmanalytics report programme --reports small/reports; }}
        FAKE_MARK=good run || exit 91
        head -c 1000000 /dev/zero > small/filler 2>/dev/null
        [ {size} = 0 ] || truncate -s -{size}K small/filler
        FAKE_MARK={"x" * 100_000} run; echo "code $?"
        cat small/reports/inside/2025H2.failed.json; echo; grep -c good small/reports/inside/2025H2/report.html
        rm small/filler; FAKE_MARK=after run; echo "then $?"; ls -A small/reports small/reports/inside
    """
    (place / "small").mkdir(exist_ok=True)
    command = ["unshare", "-rm", "sh", "-c", script]
    done = subprocess.run(
        command, env=environment(place / "notebooks"), cwd=place, capture_output=True, text=True, check=False
    )
    assert "code 4" in done.stdout, done.stdout + done.stderr
    assert "no space left on device" in done.stderr.lower()
    assert '"code": "RM-X-009"' in done.stdout, done.stdout
    assert "\n1\n" in done.stdout
    assert "then 0" in done.stdout
    left = {line for line in done.stdout.split("then 0\n")[1].split() if not line.endswith(":")}
    assert left == {".state", "inside", "outside", "2025H2", "index.html", "released", "releases.jsonl"}


FAULTS: dict[str, tuple[Callable[[Path, random.Random], None], int, int]] = {
    "kill -9 of any process at a random moment": (kill_at_random, 8, 200),
    "worker stopped, parent killed": (stopped_worker, 1, 10),
    "child in a session of its own": (child_of_its_own, 1, 10),
    "deadline passes": (deadline, 1, 10),
    "limit of memory": (memory, 1, 10),
    "Ctrl-C at a random moment": (sent(signal.SIGINT, 130), 2, 10),
    "SIGTERM at a random moment": (sent(signal.SIGTERM, 143), 1, 10),
    "full disk": (full_disk, 1, 10),
}


def suffer(place: Path, fault: str, *, long: bool, seed: int) -> None:
    action, few, many = FAULTS[fault]
    rng = random.Random(seed)
    for number in range(many if long else few):
        action(place, rng)
        held(place, str(number))
    note(fault, many, long=long)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_nothing_half_done(place, fault):
    suffer(place, fault, long=False, seed=20261129)


@pytest.mark.soak
@pytest.mark.parametrize("fault", FAULTS)
def test_many_faults_leave_nothing_half_done(place, fault):
    suffer(place, fault, long=True, seed=20261130)


STEPS = {
    "kill -9 before each step that touches the folder": {},
    "the same, on a file system that cannot exchange folders": {"no_exchange": "1"},
}


def before_steps(place: Path, *, first: int, each: int, **fakes: str) -> list[str]:
    """Kill a run before every n-th step that touches the reports folder; the steps, in words."""
    told: list[str] = []
    number, folder = first, str(place / "reports")
    while True:
        one = run(place, "report", "programme", mark=f"k{number}", kill_at_step=str(number), kill_in=folder, **fakes)
        if one.returncode == 0:
            return told
        assert one.returncode == -signal.SIGKILL, one.stderr
        told.append(one.stderr.splitlines()[-1])
        held(place, str(number), absent=bool(fakes))
        number += each


@pytest.mark.slow
@pytest.mark.parametrize("fault", STEPS)
def test_a_kill_before_a_step_loses_nothing(place, fault):
    assert len(before_steps(place, first=3, each=11, **STEPS[fault])) >= 3


@pytest.mark.soak
@pytest.mark.parametrize("fault", STEPS)
def test_a_kill_before_every_step_loses_nothing(place, fault):
    steps = before_steps(place, first=1, each=1, **STEPS[fault])
    assert any("exchange" in step or STEPS[fault] for step in steps)
    assert len(steps) >= 30
    note(fault, len(steps), long=True)


def test_the_page_tells_of_faults_that_are_tested():
    rows = re.findall(r"^\| ([^|]+) \| (\d+) \| (\d+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for name, _, _ in rows} <= {*FAULTS, *STEPS}
    assert all(runs == kept for _, runs, kept in rows)
