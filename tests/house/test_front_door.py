"""The front door: its names, its page, its worked examples, and refusals that name the nearest."""

from __future__ import annotations

import doctest
import inspect
import sys
from pathlib import Path

import api_page
import pytest

import rmanalytics as rm
from rmanalytics.api.told import Told
from rmanalytics.errors import UnknownNameError
from rmanalytics.measures import ANALYST

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.md"))


def test_the_page_says_what_the_docstrings_say():
    assert api_page.PAGE.read_text(encoding="utf-8") == api_page.page(), "run: python tests/api_page.py"


def test_every_name_has_a_docstring_with_an_example():
    things = {f"rm.{name}": getattr(rm, name) for name in rm.__all__ if name != "measures"}
    things |= {f"rm.measures.{name}": getattr(rm.measures, name) for name in ANALYST}
    things |= {f"{k.__name__}.{n}": m for k in api_page.CLASSES if k is not Told for n, m in api_page.members(k)}
    bare = {name for name, thing in things.items() if ">>> " not in (inspect.getdoc(thing) or "")}
    assert bare - {"Study.programme", "Study.round"} == set()


def test_there_are_at_most_forty_measures_for_the_analyst():
    assert len(ANALYST) <= 40
    assert dir(rm.measures) == sorted(ANALYST)


def test_a_room_of_the_same_name_does_not_hide_a_function():

    assert inspect.isfunction(rm.report)
    assert inspect.isfunction(rm.simulate)
    assert sys.modules["rmanalytics.report"].__name__ == "rmanalytics.report"


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_worked_example_runs_and_needs_no_other_import(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if "import " in line and line.startswith(">>>")] == [
        ">>> import rmanalytics as rm"
    ]
    plain = text.replace("```python", "").replace("```", "")
    test = doctest.DocTestParser().get_doctest(plain, {"__name__": "example"}, path.name, str(path), 0)
    said: list[str] = []
    failed = doctest.DocTestRunner().run(test, out=said.append)
    assert failed.attempted > 4
    assert failed.failed == 0, "".join(said)


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        (lambda study: study.claim("M99"), 'There is no claim "M99"'),
        (lambda study: study.results["adjusted_diference"], 'did you mean "adjusted_difference"'),
        (lambda study: study.results["adjusted_difference", "digital_fittness"], 'did you mean "digital_fitness"'),
        (lambda study: study.results["adjusted_difference", "digital_fitness", "senior"], 'did you mean "mentee"'),
        (lambda study: study.tables["answer"], 'did you mean "answers"'),
        (lambda study: study.scores("digital_fitnes"), 'did you mean "digital_fitness"'),
        (lambda study: study.scores("digital_fitness", side="junior"), 'did you mean "mentor"'),
        (lambda study: study.items("digital_fitness", wave="poste"), 'did you mean "post"'),
        (lambda study: study.spells("retension"), 'did you mean "retention"'),
        (lambda study: study.network("afterwards"), 'did you mean "after"'),
    ],
)
def test_a_wrong_name_is_refused_with_the_nearest(wrong, near):
    with pytest.raises(UnknownNameError) as refused:
        wrong(rm.open(rm.example(), "2026H1"))
    assert near in str(refused.value)


@pytest.mark.parametrize(("owner", "name", "near"), [(rm, "opn", "open"), (rm.measures, "ancvoa", "ancova")])
def test_a_name_that_the_door_lacks_is_refused_with_the_nearest(owner, name, near):
    with pytest.raises(AttributeError, match=f'did you mean "{near}"'):
        getattr(owner, name)
