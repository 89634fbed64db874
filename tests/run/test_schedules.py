"""The units of docs/schedules: executed, or validated as their scheduler would; what is not is marked so."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
import sys
import types
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml
from run_tools import ROOT, environment, write_notebooks, write_programme

from rmanalytics.terminal.arguments import parser

UNITS = ROOT / "docs" / "schedules"
PROGRAM, PROGRAMME, REPORTS = "/opt/rmanalytics/bin/rmanalytics", "/srv/mentoring/north", "/srv/reports"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins need POSIX")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A programme, and a program of the name that the units call."""
    write_programme(tmp_path / "north")
    write_notebooks(tmp_path / "notebooks")
    program = tmp_path / "rmanalytics"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m rmanalytics "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


def execute(place: Path, command: str, *, shell: str = "sh", **more: str) -> subprocess.CompletedProcess[str]:
    for known, here in ((PROGRAM, place / "rmanalytics"), (PROGRAMME, place / "north"), (REPORTS, place / "reports")):
        command = command.replace(known, str(here))
    env = environment(place / "notebooks") | more
    return subprocess.run([shell, "-c", command], env=env, cwd=place, capture_output=True, text=True, check=False)


def is_a_right_call(command: str) -> bool:
    """Whether a command line is one that the program takes."""
    program, *arguments = shlex.split(command, posix="\\" not in command)
    return program.strip('"').endswith(("rmanalytics", "rmanalytics.exe")) and bool(parser().parse_args(arguments))


def test_the_lines_of_cron_run_and_are_silent_where_all_goes_well(place):
    lines = [x for x in (UNITS / "crontab").read_text(encoding="utf-8").splitlines() if re.match(r"[0-9]", x)]
    commands = [line.split(maxsplit=5)[5] for line in lines]
    assert [len(line.split(maxsplit=5)[:5]) for line in lines] == [5, 5]
    late = execute(place, commands[1])
    assert (late.returncode, late.stdout) == (0, "")
    assert "overdue" in late.stderr
    for command in commands:
        done = execute(place, command)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (place / "reports" / "inside" / "2025H2" / "report.html").is_file()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_takes_the_units(place):
    for name in ("rmanalytics.service", "rmanalytics.timer", "rmanalytics-failed.service"):
        text = (UNITS / name).read_text(encoding="utf-8")
        (place / name).write_text(text.replace(PROGRAM, str(place / "rmanalytics")), encoding="utf-8")
    command = ["systemd-analyze", "verify", *map(str, sorted(place.glob("rmanalytics*.*")))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if "rmanalytics" in line]
    assert told == []
    calendar = re.search(r"OnCalendar=(.+)", (UNITS / "rmanalytics.timer").read_text(encoding="utf-8"))
    assert calendar is not None
    subprocess.run(["systemd-analyze", "calendar", calendar[1]], check=True, capture_output=True)


def test_the_service_of_systemd_has_limits_and_says_when_it_fails(place):
    text = (UNITS / "rmanalytics.service").read_text(encoding="utf-8")
    keys = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    assert {"OnFailure", "MemoryMax", "TimeoutStartSec", "UMask"} <= set(keys)
    assert keys["SuccessExitStatus"] == "75"
    assert execute(place, keys["ExecStart"]).returncode == 0


def test_the_steps_of_github_actions_run(place):
    flow = yaml.safe_load((UNITS / "github-actions.yml").read_text(encoding="utf-8"))
    steps = flow["jobs"]["due"]["steps"]
    here = {"RMANALYTICS": str(place / "rmanalytics"), "PROGRAMME": str(place / "north")}
    for step in steps:
        done = execute(place, step["run"], shell="bash", REPORTS=str(place / "reports"), **here)
        assert done.returncode == 0, done.stderr
    locked = "rmanalytics() { return 75; }; export -f rmanalytics; RMANALYTICS=rmanalytics\n"
    done = execute(place, locked + steps[0]["run"], shell="bash", PROGRAMME="x", REPORTS="y")
    assert (done.returncode, "another run is at work" in done.stdout) == (0, True)


def test_the_task_of_airflow_skips_where_another_run_is_at_work(place, monkeypatch):
    """Airflow itself is not run here: a stand-in takes what the file declares."""
    given: dict[str, object] = {}

    class Dag:
        def __init__(self, **about: object) -> None:
            given.update(about)

        def __enter__(self) -> Dag:
            return self

        def __exit__(self, *_: object) -> None:
            return

    for name in ("airflow", "airflow.operators", "airflow.operators.bash"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setattr(sys.modules["airflow"], "DAG", Dag, raising=False)
    bash = sys.modules["airflow.operators.bash"]
    monkeypatch.setattr(bash, "BashOperator", lambda **about: given.update(about), raising=False)
    source = (UNITS / "airflow_dag.py").read_text(encoding="utf-8")
    exec(compile(ast.parse(source), "airflow_dag.py", "exec"), {})
    assert (given["skip_on_exit_code"], given["max_active_runs"]) == (75, 1)
    assert execute(place, str(given["bash_command"])).returncode == 0


def test_the_task_of_windows_is_well_formed_and_its_call_is_right():
    """Windows itself is not run here."""
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    task = ET.parse(UNITS / "windows-task.xml").getroot()
    found = {name: task.findtext(f".//t:{name}", namespaces=space) for name in ("Command", "Arguments")}
    assert is_a_right_call(f'"{found["Command"]}" {found["Arguments"]}')
    assert task.findtext(".//t:MultipleInstancesPolicy", namespaces=space) == "IgnoreNew"


def test_the_page_names_every_unit_and_says_which_were_not_run():
    page = (ROOT / "docs" / "scheduling.md").read_text(encoding="utf-8")
    assert {path.name for path in UNITS.iterdir()} <= set(re.findall(r"schedules/([\w.\-]+)", page))
    assert page.count("not run here") == 2
