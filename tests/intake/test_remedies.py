"""Every remedy of the door is tried: who does what the message says is rid of the problem."""

from __future__ import annotations

from pathlib import Path

import pytest
from folders import read
from intake_cases import CASES, Case, outcome
from intake_remedies import REMEDIES

from rmanalytics.errors import Problem
from rmanalytics.language.translator import translator

MOST_TURNS = 3
"""Readings until nothing is refused any more: what a refusal hid is told by the next one."""
FOLLOWS = ("RM-E-082", "RM-Q-048")
"""Codes that go by themselves with the problem that they follow from."""


def wrong(problems: tuple[Problem, ...]) -> dict[tuple[str, str, str], Problem]:
    """What is refused or set aside, once for each place."""
    bad = [p for p in problems if p.effect in ("refused", "quarantined")]
    shape = [p for p in bad if p.code == "RM-E-024"]  # what cells say under wrong headers is nothing to mend
    causes = shape or [p for p in bad if p.code not in FOLLOWS] or [p for p in bad if p.code != "RM-E-082"]
    return {(p.code, p.file, p.column): p for p in causes}


MEANT = [one for one in CASES if any(code[3] in "EQ" for code in one.codes)]


@pytest.mark.parametrize("case", MEANT, ids=lambda case: case.name.replace(" ", "-"))
def test_doing_what_the_message_says_rids_of_the_problem(case: Case, tmp_path: Path) -> None:
    case.write(tmp_path / "p")
    bundle, problems = outcome(case)
    for _ in range(MOST_TURNS):
        before = wrong(problems)
        for (code, _, _), problem in before.items():
            REMEDIES[code](tmp_path / "p", problem)
        bundle, problems = read(tmp_path / "p")
        assert not set(before) & set(wrong(problems)), [str(p) for p in problems]
        if not wrong(problems):
            break
    assert bundle is not None, [str(p) for p in problems]
    assert not wrong(problems), [str(p) for p in problems]


def test_every_code_that_refuses_or_sets_aside_has_a_tried_remedy() -> None:
    met = {p.code for case in CASES for p in outcome(case)[1] if p.effect in ("refused", "quarantined")}
    assert met - set(REMEDIES) - set(FOLLOWS) == set()
    told_next = {"RM-E-152"}  # by the reader that the first remedy declares
    assert set(REMEDIES) - set(FOLLOWS) - met == told_next


def test_every_message_is_said_in_german() -> None:
    tr = translator("de")
    found = [p for case in CASES for p in outcome(case)[1]]
    assert {said for p in found for said in (p.rule, p.remedy) if said and tr(said) == str(said)} == set()
