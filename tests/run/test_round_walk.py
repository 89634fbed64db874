"""docs/round-design.md: its commands run in their order on an invented company, and say what the page says."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import lot_world
import pytest

from rmanalytics import __main__ as command_line
from rmanalytics.errors import InputError
from rmanalytics.run.draw import draw
from rmanalytics.terminal import before_round
from rmanalytics.terminal.draw_text import as_text

PAGE = (Path(__file__).parents[2] / "docs" / "round-design.md").read_text(encoding="utf-8")
DAYS = {"declare": 1, "--seed-from": 1, "--seed": 6, "--verify": 6, "pair": 8}


def steps() -> list[tuple[list[str], list[str]]]:
    """Each command of the page with the lines that it is said to print."""
    found: list[tuple[list[str], list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ rmanalytics "):
                found.append((shlex.split(line)[2:], []))
            else:
                found[-1][1].append(line)
    return found


def test_the_page_is_a_round_from_invitation_to_report(tmp_path, monkeypatch, capsys):
    folder = lot_world.write_world(tmp_path / "company", mentees=40, mentors=18, places=18)
    toml = (folder / "programme.toml").read_text().replace("simulated = true\n", "")
    (folder / "programme.toml").write_text(toml)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    for arguments, lines in steps():
        day = next((n for name, n in DAYS.items() if name in arguments), 1)
        moment = datetime(2026, 7, 1, 9, tzinfo=UTC) + timedelta(days=day - 1)

        class Clock(datetime):
            @classmethod
            def now(cls, tz=None, moment=moment):
                return moment

        monkeypatch.setattr(before_round, "datetime", Clock)
        if arguments[0] == "audit":
            lot_world.write_after(folder)
        assert command_line.main(arguments) == 0, arguments
        said = capsys.readouterr().out
        missing = [line for line in lines if line not in said]
        assert not missing, f"{' '.join(arguments)} does not say {missing}:\n{said}"
    assert len(steps()) == 8


def test_a_list_keeps_the_source_that_it_was_committed_with_and_a_lot_once_drawn_is_told_again(tmp_path, monkeypatch):
    """A source named later would count for nothing, so it is refused and not passed over."""
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = lot_world.write_world(tmp_path / "company", mentees=9, mentors=4, places=4)
    toml = (folder / "programme.toml").read_text().replace("simulated = true\n", "")
    (folder / "programme.toml").write_text(toml)
    listed = draw(folder, lot_world.ROUND, now=lot_world.LISTED)
    with pytest.raises(InputError, match=r"RM-E-174.*no source of the seed.*--anchor"):
        draw(folder, lot_world.ROUND, now=lot_world.LISTED, seed_from=lot_world.SOURCE)
    assert draw(folder, lot_world.ROUND, now=lot_world.LISTED) == listed
    drawn = draw(folder, lot_world.ROUND, now=lot_world.DRAWN, seed=lot_world.SEED)
    assert draw(folder, lot_world.ROUND, now=lot_world.DRAWN) == drawn
    assert "rmanalytics declare PROGRAMME --round 2026H2" in as_text(listed, declared=False)
    assert "declare" not in as_text(listed)
