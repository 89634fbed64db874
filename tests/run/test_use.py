"""The log of use: a line for every command that reads people's data, and a chain that shows whatever was done to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from run_tools import call, environment, write_notebooks, write_programme

import rmanalytics as rm
from rmanalytics.__main__ import COMMANDS, main
from rmanalytics.errors import InputError
from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.programme import Programme, read_programme
from rmanalytics.run import use
from rmanalytics.terminal.people_data import NOTED

TOLD = {"check", "report", "due", "results", "plan", "falsify", "audit", "init"}
"""Commands that go through the front door, which writes the line."""
READ_NOBODY = {
    "status": "says when files end, and nothing of people",
    "brief": "reads a release",
    "verify": "reads sentences",
    "scan": "reads what lies outside",
    "claims": "reads the package",
    "questionnaire": "reads the declaration",
    "migrate": "reads the declaration",
    "council": "reads the declaration",
    "doctor": "reads the declaration",
    "simulate": "nobody is in it",
}


def programme_of(folder: Path) -> Programme:
    return read_programme(folder, tuple(TABLES))


def logged(folder: Path) -> list[tuple[str, str, str]]:
    return [(one["command"], one["round"], one["outcome"]) for one in use.read(programme_of(folder))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_programme(tmp_path / "ours")


@pytest.fixture
def five(folder: Path) -> Path:
    for _ in range(5):
        main(["check", str(folder)])
    return folder


def test_every_command_is_known_to_read_people_or_not():
    assert TOLD | set(NOTED) | set(READ_NOBODY) == set(COMMANDS)
    assert not (TOLD | set(NOTED)) & set(READ_NOBODY)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("check",), ("check", "", "done")),
        (("results", "--round", "2025H1"), ("results", "2025H1", "RM-E-046")),
        (("plan",), ("plan", "", "RM-E-046")),
        (("falsify",), ("falsify", "", "RM-E-046")),
        (("audit", "--round", "2025H1"), ("audit", "2025H1", "RM-E-046")),
        (("declare", "--round", "2025H1"), ("declare", "2025H1", "RM-E-046")),
        (("draw", "--round", "2025H1"), ("draw", "2025H1", "RM-E-145")),
        (("pair", "--round", "2025H1"), ("pair", "2025H1", "RM-E-046")),
        (("identify", "p123"), ("identify", "", "RM-E-158")),
    ],
    ids=lambda given: given[0],
)
def test_a_command_leaves_a_line_with_its_outcome_and_nothing_of_a_person(folder, arguments, line, capsys):
    if line[2] == "RM-E-046":
        (folder / "people.csv").write_text("person_id,birth_year,hire_date\nE0001,x,x\n", encoding="utf-8")
    name, *rest = arguments
    main([name, str(folder), *rest])
    assert logged(folder)[-1] == line, capsys.readouterr()
    text = (folder / use.NAME).read_text(encoding="utf-8")
    assert "E0001" not in text
    assert str(folder) not in text
    assert "p123" not in text
    assert (folder / use.NAME).stat().st_mode & 0o777 == 0o600


def test_a_report_and_opening_a_round_leave_a_line_each(tmp_path):
    folder = write_programme(tmp_path / "programme")
    env = environment(write_notebooks(tmp_path / "notebooks"))
    assert call("report", "programme", env=env, cwd=tmp_path).returncode == 0
    assert logged(folder) == [("report", "2025H2", "done")]
    rm.open(folder, "2025H1")
    assert logged(folder)[1:] == [("open", "2025H1", "done")]


def test_init_leaves_a_line(tmp_path):
    (tmp_path / "people.csv").write_text("person_id,birth_year,hire_date\na1b2c3d4,1990,2020-01-01\n", encoding="utf-8")
    assert main(["init", str(tmp_path), "--yes"]) == 0
    assert logged(tmp_path) == [("init", "", "done")]


def test_nobody_is_in_a_simulated_programme(tmp_path):
    rm.simulate(tmp_path / "demo", rounds=1, tandems=5, employees=60)
    rm.check(tmp_path / "demo")
    assert not (tmp_path / "demo" / use.NAME).exists()


def test_other_data_give_another_digest(folder):
    rm.check(folder)
    with (folder / "people.csv").open("a", encoding="utf-8") as file:
        file.write("E0002,1991,2020-01-01\n")
    rm.check(folder)
    first, second = use.read(programme_of(folder))
    assert first["data"] != second["data"]
    assert second["previous"] == use._digest((folder / use.NAME).read_bytes().splitlines()[0])


def changed(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1].replace(b'"done"', b'"other"'), *lines[2:]]


TAMPERED = {
    "changed": (changed, "line 2: it is not the line that line 3 follows"),
    "last one changed": (
        lambda lines: [*lines[:-1], lines[-1].replace(b'"done"', b'"other"')],
        "line 5: this account wrote another one there",
    ),
    "removed": (lambda lines: [*lines[:2], *lines[3:]], "line 3: it says that it is line 4"),
    "first one removed": (lambda lines: lines[1:], "line 1: it says that it is line 2"),
    "swapped": (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "line 2: it says that it is line 3"),
    "end cut": (lambda lines: lines[:-2], "line 5: this account wrote another one there, or the end is cut"),
    "all cut": (lambda lines: [], "line 5: this account wrote another one there, or the end is cut"),
    "not a line": (lambda lines: [*lines[:3], b"{", *lines[4:]], "line 4: it cannot be read"),
}


@pytest.mark.parametrize(("tamper", "said"), TAMPERED.values(), ids=list(TAMPERED))
def test_whatever_is_done_to_the_log_is_named_by_its_line(five, capsys, tamper, said):
    assert main(["status", str(five), "--log", "--verify"]) == 0
    assert "as it was written (5 lines)" in capsys.readouterr().out
    log = five / use.NAME
    log.write_bytes(b"".join(line + b"\n" for line in tamper(log.read_bytes().splitlines())))
    assert main(["status", str(five), "--log", "--verify"]) == 1
    assert said in capsys.readouterr().out
    assert main(["check", str(five)]) == 0  # the next line does not close the gap
    capsys.readouterr()
    assert main(["status", str(five), "--verify", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["programmes"][0]["broken"]


def test_a_line_taken_out_is_told_once_however_long_the_log_is(five):
    log, programme = five / use.NAME, programme_of(five)
    for _ in range(20):
        use.append(programme, {"command": "check"})
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:2] + lines[3:]))
    assert use.broken(programme) == ["line 3: it says that it is line 4: a line is missing, or out of place"]
    log.write_bytes(b"".join([*lines[:7], lines[8], lines[7], *lines[9:]]))
    assert [one.partition(":")[0] for one in use.broken(programme)] == ["line 8", "line 9", "line 9"]


def test_a_damaged_memory_of_the_end_is_told_and_not_made_good_by_the_next_line(five):
    programme = programme_of(five)
    use._anchor(programme).write_text("no number", encoding="ascii")
    for _ in range(2):
        assert [one for one in use.broken(programme) if "what this account remembers of the log is damaged" in one]
        use.append(programme, {"command": "check"})


def test_an_account_that_wrote_nothing_says_that_it_cannot_see_a_cut_end(five, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "other")
    assert main(["status", str(five), "--log", "--verify"]) == 0
    assert "a cut end would not be seen from here" in capsys.readouterr().out
    assert use.broken(programme_of(five)) == []


def test_the_log_is_printed_line_by_line(five, capsys):
    assert main(["status", str(five), "--log"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert f"account {os.getuid()}  check  done  data " in lines[-1]


def test_two_at_once_write_two_lines_of_one_chain(folder):
    programme = programme_of(folder)
    threads = [threading.Thread(target=use.append, args=(programme, {"command": "check"})) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(use.read(programme)) == 6
    assert use.broken(programme) == []
    last = (folder / use.NAME).read_bytes().splitlines()[-1]
    assert use._read_anchor(use._anchor(programme)) == (6, use._digest(last))


def test_two_runs_at_once_write_one_chain(folder):
    command = [sys.executable, "-m", "rmanalytics", "check", str(folder)]
    runs = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [run.wait() for run in runs] == [0, 0]
    assert logged(folder) == [("check", "", "done")] * 2
    assert use.broken(programme_of(folder)) == []


def no_log(folder: Path) -> None:
    """A folder stands where the log would lie, which no account can write over."""
    (folder / use.NAME).mkdir()


def test_a_log_that_cannot_be_written_is_said_and_the_answer_given(folder, capsys):
    no_log(folder)
    assert main(["check", str(folder)]) == 0
    assert capsys.readouterr().err.startswith("RM-E-200 log-of-use.jsonl: the log of use cannot be written. Fix: ")


def test_nobody_is_identified_without_a_line(folder, capsys, monkeypatch):
    no_log(folder)
    monkeypatch.setattr("rmanalytics.run.identify.identify", lambda *_args, **_options: pytest.fail("it was answered"))
    assert main(["identify", str(folder), "p123"]) == 2
    assert "RM-E-200" in capsys.readouterr().err


def test_a_stopped_call_leaves_a_line_too(folder):
    def stop() -> None:
        with use.used(folder, "check"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    assert logged(folder) == [("check", "", "stopped")]


def test_a_line_cut_by_a_full_disk_is_closed_and_named(folder):
    rm.check(folder)
    log = folder / use.NAME
    log.write_bytes(log.read_bytes()[:-20])
    rm.check(folder)
    assert use.broken(programme_of(folder))[0] == "line 1: it cannot be read"


def test_an_outcome_that_must_be_written_refuses_where_it_cannot_be(folder):
    no_log(folder)

    def act() -> None:
        with use.used(folder, "erase", must=True):
            pytest.fail("it was done")

    with pytest.raises(InputError, match="RM-E-200"):
        act()


@pytest.mark.parametrize("what", ["folder", "unreadable"])
def test_a_log_that_is_there_and_cannot_be_read_is_told_and_stops_no_run(five, capsys, monkeypatch, what):
    log = five / use.NAME
    if what == "folder":
        log.unlink()
        log.mkdir()
    else:
        read = Path.read_bytes

        def refuse(path: Path) -> bytes:
            if path == log:
                raise PermissionError
            return read(path)

        monkeypatch.setattr(Path, "read_bytes", refuse)
    for verify in ((), ("--verify",)):
        assert main(["status", str(five), "--log", *verify]) == 1
        assert "log-of-use.jsonl: it cannot be read" in capsys.readouterr().out
    assert main(["check", str(five)]) == 0
    assert "RM-E-200" in capsys.readouterr().err


def test_a_log_that_is_gone_is_not_called_whole_without_saying_who_would_see_it(five, capsys, monkeypatch, tmp_path):
    (five / use.NAME).unlink()
    assert main(["status", str(five), "--log"]) == 0
    assert "not as it was written; --verify says where" in capsys.readouterr().out
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "other")
    assert main(["status", str(five), "--log", "--verify"]) == 0
    assert "a cut end would not be seen from here" in capsys.readouterr().out


def test_in_german_the_log_is_told_in_german(five, capsys):
    toml = five / "programme.toml"
    lines = [line for line in toml.read_text().splitlines() if not line.startswith("language")]
    toml.write_text("\n".join(lines).replace("[programme]\n", '[programme]\nlanguage = "de"\n'))
    assert main(["status", str(five), "--log"]) == 0
    assert f"Konto {os.getuid()}  check  fertig  Daten " in capsys.readouterr().out
    log = five / use.NAME
    log.write_bytes(b"".join(changed(log.read_bytes().splitlines(keepends=True))))
    assert main(["status", str(five), "--log", "--verify"]) == 1
    assert "Zeile 2: Sie ist nicht die Zeile, an die Zeile 3 anschließt" in capsys.readouterr().out
