"""Every block of code in the docs: run, read as what it says to be, or marked as output (``text``)."""

from __future__ import annotations

import doctest
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from run_tools import ROOT

from rmanalytics.terminal.arguments import parser

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^ *```(.*?)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
PROGRAMS = {"rmanalytics", "make", "pip", "conda", "python", "git"}
RUN_ELSEWHERE = {"examples", "claims"}
"""Folders whose pages are run one by one: in tests/house/test_front_door.py and in test_claims.py."""


def blocks(kind: str) -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for found, content in FENCE.findall(page.read_text(encoding="utf-8")):
            if found.strip() == kind:
                yield page.relative_to(ROOT).as_posix(), content


def test_every_block_says_what_it_is() -> None:
    kinds = {found.strip() for page in PAGES for found, _ in FENCE.findall(page.read_text(encoding="utf-8"))}
    assert kinds <= {"python", "toml", "console", "sh", "text"}


def commands() -> Iterator[tuple[str, str]]:
    for page, content in [*blocks("console"), *blocks("text")]:
        yield from ((page, line[2:]) for line in content.splitlines() if line.startswith("$ "))
    for page, content in blocks("sh"):
        yield from ((page, line) for line in content.splitlines() if line.strip() and not line.startswith("#"))


def test_every_command_of_a_block_is_one_with_its_options() -> None:
    told = list(commands())
    assert len(told) > 10
    for page, line in told:
        program, *words = shlex.split(line, comments=True)
        assert program in PROGRAMS, f"{page}: {line}"
        if program == "rmanalytics":
            try:
                parser().parse_args(words)
            except SystemExit as refused:
                pytest.fail(f"{page}: {line}: exit {refused.code}")


@pytest.mark.parametrize("page", sorted({name for name, _ in blocks("toml")}))
def test_every_block_of_toml_can_be_read(page: str) -> None:
    assert all(tomllib.loads(content) for name, content in blocks("toml") if name == page)


@pytest.mark.parametrize(
    "page", sorted({name for name, _ in blocks("python") if not RUN_ELSEWHERE & set(Path(name).parts)})
)
def test_every_block_of_python_is_a_session_and_runs(page: str) -> None:
    text = "".join(content for name, content in blocks("python") if name == page)
    test = doctest.DocTestParser().get_doctest(text, {"__name__": "example"}, page, page, 0)
    said: list[str] = []
    run = doctest.DocTestRunner().run(test, out=said.append)
    assert (run.attempted > 0, run.failed) == (True, 0), "".join(said)
