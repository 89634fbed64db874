"""The command line teaches, refuses in words, and ends with an exit code that a machine can read."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from threading import Event

import pytest
from run_tools import ROOT, call, environment, write_notebooks, write_programme

from rmanalytics import __version__
from rmanalytics.__main__ import main, next_step
from rmanalytics.errors import EXITS
from rmanalytics.run.progress import Progress

COMMANDS = ("check", "report", "due", "results", "plan", "claims", "questionnaire", "migrate", "doctor", "simulate")


def said(capsys, *arguments: str) -> tuple[int | str | None, str, str]:
    try:
        code: int | str | None = main(arguments)
    except SystemExit as stop:
        code = stop.code
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_alone_it_shows_what_it_can_do_and_the_next_step(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, _ = said(capsys)
    assert code == 0
    assert all(f"rmanalytics {command} " in out for command in COMMANDS)
    assert out.splitlines()[-1].startswith("Next: there is no programme in this folder yet; try an invented one:")


def test_the_next_step_depends_on_where_one_stands(tmp_path):
    write_programme(tmp_path / "ours")
    assert next_step(tmp_path) == "there is a programme in this folder: rmanalytics check ours"
    assert next_step(tmp_path / "ours") == "this folder is a programme: rmanalytics check ."


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_shows_examples_and_exit_codes(capsys, command):
    code, out, _ = said(capsys, command, "--help")
    assert code == 0
    assert re.search(rf"^examples:\n  rmanalytics {command}\b", out, re.MULTILINE)
    assert all(f"  {code:<5}{meaning}\n" in out for code, meaning in EXITS.items())


def test_the_exit_codes_have_one_home_and_the_table_of_the_schedule_says_the_same():
    import rmanalytics.errors as errors

    codes = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    assert codes == set(EXITS) == {0, 1, 2, 3, 4, 5, 6, 75, 130, 143}
    assert set(errors.SEVERITY) == codes - {130, 143}
    lines = (ROOT / "docs" / "scheduling.md").read_text(encoding="utf-8").splitlines()
    table = {int(line.split("|")[1]): line.split("|")[2].strip() for line in lines if re.match(r"\| \d+ \|", line)}
    assert table == EXITS


def test_version(capsys):
    assert said(capsys, "--version")[:2] == (0, f"rmanalytics {__version__}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("report",),
        ("report", "x", "--round", "../../x"),
        ("report", "x", "--round", "2025H1", "--all"),
        ("report", "x", "--deadline", "0"),
        ("report", "x", "--deadline", "nan"),
        ("results", "x", "--csv", "--json"),
        ("plan", "x", "--tandems", "0"),
        ("plan", "x", "--rounds", "some"),
        ("plan", "x", "--difference", "-0.3"),
        ("plan", "x", "--difference", "inf"),
        ("simulate", "x", "--tandems", "many"),
    ],
)
def test_a_wrong_call_is_refused_with_2(capsys, arguments):
    code, out, err = said(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith("rmanalytics")


@pytest.mark.parametrize("command", ["check", "report", "due", "results", "plan"])
def test_a_missing_programme_is_refused_in_words(capsys, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    code, _, err = said(capsys, command, "nowhere")
    assert code == 2
    assert err.startswith("RM-E-001 nowhere: the programme's folder does not exist.")
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_is_told_to_machines_too(capsys, tmp_path):
    code, out, _ = said(capsys, "check", str(tmp_path / "nowhere"), "--json")
    assert code == 2
    assert json.loads(out)["problems"][0]["code"] == "RM-E-001"


def test_a_folder_with_content_is_never_simulated_into(capsys, tmp_path):
    (tmp_path / "mine").write_text("", encoding="utf-8")
    code, _, err = said(capsys, "simulate", str(tmp_path))
    assert code == 2
    assert "is not empty" in err


def test_an_unexpected_error_is_one_line_and_a_log(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    import rmanalytics.terminal.results_text

    def fail(*_args: object, **_options: object) -> None:
        raise KeyError("Anna Muster")

    monkeypatch.setattr(rmanalytics.terminal.results_text, "numbers_of", fail)
    code, out, err = said(capsys, "results", "x")
    assert (code, out) == (4, "")
    log = Path("reports/.state/last_error.log")
    assert err == f"RM-X-009 the call failed: KeyError. Nothing was published. The details lie in {log}.\n"
    assert "Anna Muster" in log.read_text(encoding="utf-8")


def test_results_of_a_report_are_read_from_it(tmp_path):
    write_programme(tmp_path / "programme")
    env = environment(write_notebooks(tmp_path / "notebooks"))
    assert call("report", "programme", env=env, cwd=tmp_path).returncode == 0
    document = tmp_path / "reports" / "inside" / "2025H2" / "results.json"
    data = json.loads(document.read_text(encoding="utf-8"))
    data["generated_at"] = "2000-01-01"
    document.write_text(json.dumps(data), encoding="utf-8")
    done = call("results", "programme", "--json", env=env, cwd=tmp_path)
    assert json.loads(done.stdout)["generated_at"] == "2000-01-01"
    other = call("results", "programme", "--round", "2025H1", "--json", env=env, cwd=tmp_path)
    assert json.loads(other.stdout)["round"] == "2025H1"
    csv = call("results", "programme", "--csv", env=env, cwd=tmp_path).stdout
    assert csv.splitlines()[1].startswith("held_share,,,'=1+1,estimate")


def test_a_plan_before_anything_was_measured_says_what_it_assumes(capsys, tmp_path):
    folder = str(write_programme(tmp_path / "programme"))
    code, out, err = said(capsys, "plan", folder, "--tandems", "20", "--difference", "0.3")
    assert (code, err) == (0, "")
    assert "ASSUMED, NOT MEASURED" in out
    assert "0.7 points (17.5% of the answer scale)" in out
    assert "20 tandems; people for comparison: 20 beside the mentees" in out
    assert "that find 0.3 scale points, drop-out added" in out
    document = json.loads(said(capsys, "plan", folder, "--json", "--claim", "M1")[1])
    assert [one["claim"]["id"] for one in document["claims"]] == ["M1"]
    assert document["claims"][0]["measured"] is False


def test_a_plan_for_a_claim_that_is_not_sized_is_refused_in_words(capsys, tmp_path):
    folder = str(write_programme(tmp_path / "programme"))
    assert said(capsys, "plan", folder, "--claim", "C1")[::2] == (
        2,
        "RM-E-130 C1 is not sized: no round has measured it.\n",
    )
    code, out, err = said(capsys, "plan", folder, "--claim", "Z9")
    assert (code, out) == (2, "")
    assert err.startswith('RM-E-130 There is no claim that is sized "Z9". There are: P1, M1, ')


def test_progress_on_a_pipe_is_plain_lines():
    pipe = io.StringIO()
    with Progress(pipe) as progress:
        progress.report("North, 2025H2")
        progress.chapter("2025H2", "03_survey_change", 3, 8)
    first, second = pipe.getvalue().splitlines()
    assert first == "North, 2025H2: reading the data"
    assert second.startswith("2025H2: chapter 3 of 8, survey change (")


class Told(io.StringIO):
    """A stream that says when it was written to; a terminal, or none."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.terminal, self.written = terminal, Event()

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> int:
        self.written.set()
        return super().write(text)


def test_who_waits_at_a_terminal_is_told_for_how_long_and_it_goes_away():
    stream = Told(terminal=True)
    with Progress(stream).waiting("reading exports", after=0.0):
        assert stream.written.wait(60)
    assert stream.getvalue().startswith("\rreading exports … ")
    assert stream.getvalue().endswith("\r\x1b[K")


def test_nobody_is_told_on_a_pipe_when_quiet_or_once_it_was_ended():
    pipe, quiet, ended = Told(terminal=False), Told(terminal=True), Told(terminal=True)
    with Progress(pipe).waiting("reading exports", after=0.0):
        pass
    with Progress(quiet, quiet=True).waiting("reading exports", after=0.0):
        pass
    with Progress(ended).waiting("reading exports", after=600.0) as stop:
        stop()
    assert [one.getvalue() for one in (pipe, quiet, ended)] == ["", "", ""]


def test_progress_on_a_terminal_is_a_bar_with_the_chapter_that_goes_away():
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    with Progress(terminal) as progress:
        progress.report("North, 2025H2")
        progress.chapter("2025H2", "03_survey_change", 3, 8)
        progress.chapter("2025H2", "04_retention", 4, 8)
    assert "2025H2 survey change" in terminal.getvalue()
    assert "2/8" in terminal.getvalue()
    assert terminal.getvalue().rstrip(" ").endswith("\r")
