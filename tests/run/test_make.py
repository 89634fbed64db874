"""From the call to the published folder, with stand-ins for the other rooms: failures, locks, deadlines, kills."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_tools import PATIENCE, end_all, gone, limited, marks, run, spoil, start, tidy, wait_for, worker_of
from run_tools import write_notebooks, write_programme

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
SHOW = "from IPython.display import display, HTML\n"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder with a programme and notebooks; what a test starts ends with it."""
    write_programme(tmp_path / "programme")
    write_notebooks(tmp_path / "notebooks")
    yield tmp_path
    end_all()


def test_a_report_is_published_and_the_last_line_says_where(place):
    done = run(place, "report", "programme", mark="one")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("Invented, 2025H2: reports/inside/2025H2/report.html (")
    assert "2025H2: chapter 8 of 8, data check" in done.stderr
    assert marks(place) == {"one"}
    assert tidy(place)
    assert (place / "reports" / "inside" / "index.html").is_file()


def test_no_executed_notebook_and_no_path_lies_in_the_reports(place):
    run(place, "report", "programme")
    files = [path for path in (place / "reports").rglob("*") if path.is_file()]
    assert not [path for path in files if path.suffix == ".ipynb"]
    assert not [path for path in files if str(place).encode() in path.read_bytes()]


def test_a_failing_cell_leaves_the_last_report_and_a_note(place):
    run(place, "report", "programme", mark="good")
    spoil(place, "raise ValueError('Anna Muster')")
    done = run(place, "report", "programme", mark="bad")
    assert done.returncode == 4
    assert done.stderr.splitlines()[-2] == (
        "RM-X-001 notebook 04_retention, cell 3: ValueError. Nothing was published."
    )
    assert "Anna Muster" not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    note = json.loads((place / "reports" / "inside" / "2025H2.failed.json").read_text(encoding="utf-8"))
    assert (note["code"], note["cause"]) == (
        "RM-X-001",
        "notebook 04_retention, cell 3: ValueError. Nothing was published.",
    )
    log = place / "reports" / ".state" / "last_error.log"
    assert "Anna Muster" in log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o777 == 0o600
    assert marks(place) == {"good"}
    assert tidy(place)
    write_notebooks(place / "notebooks")
    assert run(place, "report", "programme", mark="again").returncode == 0
    assert not (place / "reports" / "inside" / "2025H2.failed.json").exists()
    assert marks(place) == {"again"}


@pytest.mark.parametrize(
    ("source", "finding"),
    [
        (SHOW + "display(HTML('<p>E0001</p>'))", "an id of a person or a path of this machine stands in the text"),
        (SHOW + "display(HTML('<p>' + programme))", "an id of a person or a path of this machine stands in the text"),
        (SHOW + "display(HTML('<img src=\"https://example.org/a.png\">'))", "<img src> leads outside the page"),
        (SHOW + "display(HTML('<div class=\"chart\"></div>'))", "9 figures in the page, 8 were drawn"),
    ],
)
def test_a_page_that_must_not_go_out_is_refused(place, source, finding):
    node = "from IPython.display import display\ndisplay({'application/vnd.plotly.v1+json': {}}, raw=True)\n"
    spoil(place, node + source)
    done = run(place, "report", "programme")
    assert done.returncode == 3, done.stderr
    assert f"RM-S-001 the finished page must not go out: report.html: {finding}" in done.stderr
    assert "E0001" not in done.stderr
    assert not (place / "reports" / "inside" / "2025H2").exists()
    assert tidy(place)


def test_a_refused_input_names_its_problem(place):
    (place / "programme" / "programme.toml").write_text("[programme]\n", encoding="utf-8")
    done = run(place, "report", "programme", "--json")
    assert done.returncode == 2
    assert "RM-E-004 programme.toml" in done.stderr
    assert json.loads(done.stdout)["made"][0]["problems"][0]["code"] == "RM-E-004"


def test_an_unknown_round_is_refused_with_the_rounds_there_are(place):
    done = run(place, "report", "programme", "--round", "2024H1")
    assert done.returncode == 2
    assert "use one of: 2025H1, 2025H2, 2099H1" in done.stderr


def test_a_frozen_notebook_is_stopped_at_the_deadline_with_all_it_started(place):
    pid = place / "pid"
    start_child = "import subprocess, time\np = subprocess.Popen(['sleep', '600'])\n"
    spoil(place, start_child + f"open({str(pid)!r}, 'w').write(str(p.pid))\ntime.sleep(600)")
    for deadline in ("3", "20", "100"):  # long enough for the notebook to be reached, however busy the machine
        done = run(place, "report", "programme", "--deadline", deadline)
        assert done.returncode == 4
        assert f"RM-X-003 the report was not ready after {deadline} seconds and was stopped" in done.stderr
        if pid.exists():
            break
    assert gone(int(pid.read_text()))
    assert tidy(place)


def test_a_worker_that_dies_is_told_and_the_next_round_gets_a_new_one(place):
    spoil(place, "import os\nif round_id == '2025H1':\n    os._exit(9)")
    spoil(place, "1", name="06_round_report")
    done = run(place, "due", "programme")
    assert done.returncode == 4
    assert "Invented 2025H1: RM-X-002 the process that makes the report stopped (status 9)" in done.stderr
    assert "RM-S-001" not in done.stderr
    assert not (place / "reports" / "inside" / "2025H1").exists()
    assert (place / "reports" / "inside" / "2025H2" / "report.html").is_file()


def test_output_written_to_the_descriptor_does_not_disturb_the_worker(place):
    spoil(place, "import os\nos.write(1, b'{\"event\": \"done\"}\\n')\nos.write(2, b'x')")
    assert run(place, "report", "programme").returncode == 0


def test_due_makes_what_is_missing_then_nothing(place):
    first = run(place, "due", "programme")
    assert first.returncode == 0
    assert [line.partition(" (")[0] for line in first.stdout.splitlines()] == [
        "Invented, 2025H1: reports/inside/2025H1/report.html",
        "Invented, 2025H2: reports/inside/2025H2/report.html",
    ]
    second = run(place, "due", "programme")
    assert (second.returncode, second.stderr) == (0, "")
    assert second.stdout == "Nothing is due: every closed round has its report in reports.\n"
    people = place / "programme" / "people.csv"
    people.write_text(people.read_text(encoding="utf-8") + "E0002,1990,2020-01-01\n", encoding="utf-8")
    assert len(run(place, "due", "programme").stdout.splitlines()) == 2


def test_due_goes_on_after_a_programme_that_is_refused(place):
    write_programme(place / "other", name="Other")
    (place / "programme" / "programme.toml").write_text("=", encoding="utf-8")
    done = run(place, "due", "programme", "other")
    assert done.returncode == 2
    assert len(done.stdout.splitlines()) == 2
    assert (place / "reports" / "other" / "inside" / "2025H2" / "report.html").is_file()
    assert len(done.stderr.splitlines()) == 1 + 2 * 9


def test_two_programmes_never_share_a_reports_folder(place):
    assert run(place, "report", "programme", mark="first").returncode == 0
    write_programme(place / "other", name="Other")
    done = run(place, "report", "other", "--reports", "reports")
    assert done.returncode == 2
    assert "RM-E-092" in done.stderr
    assert marks(place) == {"first"}
    (place / "x").mkdir()
    (place / "other").rename(place / "x" / "programme")
    assert "RM-E-095" in run(place, "due", "programme", "x/programme").stderr


def test_a_second_run_is_told_at_once_that_another_is_at_work(place):
    first = start(place, "report", "programme", seconds="600")
    wait_for(lambda: list((place / "reports" / "inside").glob(".staging*")))
    done = run(place, "report", "programme")
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=PATIENCE)
    assert done.returncode == 75
    assert done.stderr.startswith("RM-L-001 another run is making reports in this folder")


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_leaves_nothing_half_made(place, sent, code):
    run(place, "report", "programme", mark="good")
    running = start(place, "report", "programme", seconds="600", mark="bad")
    worker = worker_of(running)
    wait_for(lambda: list((place / "reports" / "inside").glob(".staging*/results.json")))
    running.send_signal(sent)
    _, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == code
    assert err.splitlines()[-1] == "Stopped. The reports made before are as they were."
    assert gone(worker)
    assert tidy(place)
    assert marks(place) == {"good"}


@pytest.mark.parametrize("module", ["argparse", "rmanalytics.terminal.arguments", "tqdm", "rmanalytics.run.make"])
def test_a_hasty_interrupt_shows_no_traceback(place, module):
    done = run(place, "report", "programme", interrupt_at=module)
    assert "Traceback" not in done.stderr
    assert done.returncode in ((130, 0) if module == "tqdm" else (130,))


@pytest.mark.parametrize("megabytes", [300, 1200])
def test_a_limit_of_memory_is_named(place, megabytes):
    spoil(place, "import numpy as np\nkept = [np.ones(50_000_000) for _ in range(40)]", name="06_round_report")
    done = limited(place, megabytes)
    assert done.returncode == 4
    assert "RM-X-007 the memory ran out (the limit of the process, ulimit -v" in done.stderr
    assert "Traceback" not in done.stderr
