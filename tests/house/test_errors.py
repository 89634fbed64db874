"""Messages for people: their shape, and that every code of the source stands in docs/errors.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from intake_cases import CASES, outcome

from rmanalytics.errors import InputError, Problem

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"RM-[A-Z]-[0-9]{3}")
PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
ENTRY = re.compile(r"^\*\*(`RM-.*?`)\*\* (.+)\n\n    (.+)$", re.MULTILINE)


def in_source() -> set[str]:
    """Codes of the source, with the E that a Q becomes."""
    found = set()
    for path in (ROOT / "rmanalytics").rglob("*.py"):
        found |= set(CODE.findall(path.read_text(encoding="utf-8")))
    return found | {code.replace("-Q-", "-E-") for code in found}


def documented() -> dict[str, tuple[str, str]]:
    """Code to meaning and example."""
    return {code: (meaning, example) for codes, meaning, example in ENTRY.findall(PAGE) for code in CODE.findall(codes)}


def test_every_code_of_the_source_stands_in_the_page_and_no_other():
    assert in_source() == set(documented())


def test_every_code_has_meaning_example_and_remedy():
    for code, (meaning, example) in documented().items():
        assert len(meaning) > 10, code
        assert CODE.match(example), code
        assert "Fix: " in example or "*What to do:*" in meaning, code


def test_examples_of_the_page_are_what_the_program_says():
    examples = {example for _, example in documented().values()}
    problems = [problem for case in CASES for problem in outcome(case)[1]]
    said, met = {str(problem) for problem in problems}, {problem.code for problem in problems}
    invented = {example for example in examples - said if example[:8] in met}
    assert invented == set()


def test_message_gives_code_file_row_line_column_rule_count_rows_remedy_and_consequence():
    problem = Problem(
        code="RM-E-014",
        file="survey.csv",
        column="Q7_trust",
        rule="value outside 1-5",
        remedy="correct the rows",
        rows=(17, 22, 41),
        lines=(20, 25, 44),
        row_count=3,
    )
    assert str(InputError((problem,))) == (
        'RM-E-014 survey.csv, row 17 (line 20 in the file), column "Q7_trust": value outside 1-5. '
        "3 rows affected: 17, 22, 41. Fix: correct the rows. Nothing was published."
    )


def test_more_than_five_rows_are_counted_and_not_listed():
    problem = Problem(code="RM-E-014", file="f.csv", rule="x", remedy="y", rows=tuple(range(2, 9)), row_count=7)
    assert "7 rows affected: 2, 3, 4, 5, 6, …." in str(problem)
    assert problem.as_dict()["rows"] == [2, 3, 4, 5, 6]


def test_line_alone_is_given_where_a_file_has_no_rows():
    assert str(Problem(code="RM-E-002", file="programme.toml", rule="no TOML", remedy="mend", lines=(3,))) == (
        "RM-E-002 programme.toml, line 3: no TOML. Fix: mend."
    )


def test_refusal_says_every_refused_problem_and_leaves_out_the_notes():
    problems = tuple(
        Problem(code=code, file=f"{code[3]}{n}.csv", rule="r", remedy="m")
        for n, code in enumerate(("RM-N-063", "RM-E-011", "RM-W-093", "RM-E-012"))
    )
    error = InputError(problems)
    assert [p.code for p in error.refused] == ["RM-E-011", "RM-E-012"]
    assert error.code == "RM-E-011"
    assert error.exit_code == 2
    assert str(error).count("\n") == 1
    assert "N0.csv" not in str(error)


@pytest.mark.parametrize(
    ("letter", "effect"), [("E", "refused"), ("Q", "quarantined"), ("N", "normalised"), ("W", "warned")]
)
def test_letter_of_the_code_says_the_effect(letter, effect):
    assert Problem(code=f"RM-{letter}-001", file="f", rule="r", remedy="m").effect == effect
