"""A page a claim: what follows from the rules is what they say, and each example runs."""

from __future__ import annotations

import doctest
import functools
import re
from collections.abc import Callable
from pathlib import Path

import claim_pages
import pytest
from run_tools import ROOT

import rmanalytics as rm
from rmanalytics.evaluation.claims import Claim, claims
from rmanalytics.evaluation.verdicts import checks, gates, least

NAMES = {
    name
    for module in (checks, gates, least)
    for name in re.findall(r'name="(\w+)"', Path(module.__file__).read_text("utf-8"))
} | {gate for claim in claims() for gate in claim.gates}


@pytest.fixture(scope="module")
def opened() -> Callable[..., object]:
    """The example's study, opened once for all pages."""
    return functools.cache(rm.open)


def test_the_pages_are_there_and_their_heads_and_lists_are_made_from_the_rules() -> None:
    pages = claim_pages.pages()
    assert {path for path in pages if path.suffix == ".md"} >= set((ROOT / "docs" / "claims").rglob("*.md"))
    stale = [path.name for path, text in pages.items() if not path.exists() or path.read_text("utf-8") != text]
    assert stale == [], "run: python tests/claim_pages.py"


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.id)
def test_a_page_says_what_answers_how_it_fools_and_what_catches_it(claim: Claim) -> None:
    text = claim_pages.page_of(claim).read_text("utf-8")
    assert re.findall("^## (.*)$", text, re.MULTILINE) == ["What answers it", "How it can fool", "Example"]
    fooled = text.partition("## How it can fool")[2].partition("## Example")[0]
    assert fooled.count("* **") >= 2
    caught = NAMES & set(re.findall(r"`(\w+)`", fooled))
    assert caught >= set(claim.gates) - {"second_source"}
    assert caught or claim.type != "comparison"


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.id)
def test_the_example_of_a_page_runs(
    claim: Claim, opened: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rm, "open", opened)
    path = claim_pages.page_of(claim)
    session = "".join(re.findall(r"^```python\n(.*?)^```$", path.read_text("utf-8"), re.MULTILINE | re.DOTALL))
    test = doctest.DocTestParser().get_doctest(session, {"__name__": "example"}, claim.id, str(path), 0)
    said: list[str] = []
    run = doctest.DocTestRunner().run(test, out=said.append)
    assert (run.attempted > 1, run.failed) == (True, 0), "".join(said)
