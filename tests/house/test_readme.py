"""The README: short, and what stands in it works as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from run_tools import ROOT

from rmanalytics.__main__ import main
from rmanalytics.terminal.arguments import parser

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md")] + sorted(
    (ROOT / "docs").rglob("*.md")
)


def test_it_has_at_most_120_lines_and_its_first_screen_is_question_picture_and_two_commands() -> None:
    lines = TEXT.splitlines()
    assert len(lines) <= 120
    first = "\n".join(lines[:20])
    assert "?**" in first
    assert "](docs/images/report.png)" in first
    assert "| `make report` | `make test` |" in first


def test_the_programme_and_the_scale_of_the_readme_are_complete(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    programme, scale = [content for kind, content in BLOCKS if kind == "toml"]
    (tmp_path / "programme.toml").write_text(programme, encoding="utf-8")
    (tmp_path / "confidence.toml").write_text(scale, encoding="utf-8")
    columns = re.search(r"`people.csv` \(`([^`]+)`\)", TEXT)
    assert columns is not None
    header = columns[1].replace(" ", "")
    (tmp_path / "people.csv").write_text(f"{header}\nE1,1990,2020-01-01\n", encoding="utf-8")
    assert main(["check", str(tmp_path)]) == 0
    assert "The data can be used" in capsys.readouterr().out
    assert main(["questionnaire", str(tmp_path)]) == 0
    assert "cf2,confidence,New tools make me nervous.,5,Strongly agree" in capsys.readouterr().out


def test_every_command_of_the_readme_is_one() -> None:
    (shell,) = [content for kind, content in BLOCKS if kind == "sh"]
    for line in shell.splitlines():
        words = line.partition("#")[0].split()
        assert words[0] == "rmanalytics"
        parser().parse_args(words[1:])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []
