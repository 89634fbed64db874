"""The tests of the verdicts notice what is changed in their rules: at least 95 of 100 mutants, the others listed."""

from __future__ import annotations

import os
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from soak.rule_mutants import noticed, of_module, of_rows, suite_of

from rmanalytics.evaluation import claims, ledger
from rmanalytics.evaluation.verdicts import checks, gates, kinds, least, levels, words
from rmanalytics.measures.stats import group_sequential, permutation

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[2]
QUICK = ["test_rows", "test_words", "test_answers_alone"]
RULES = [*QUICK, "test_checks"]
"""Tests of the rows, words and gates; what makes a boundary has tests of its own."""
DRAWS = 4_999
"""Of each permutation test, in place of four times as many."""
EQUIVALENT = {
    ("if repeated[0] > 0:", "Gt → GtE"): "a limit is never exactly 0",
    ("if repeated[1] < 0:", "Lt → LtE"): "a limit is never exactly 0",
}
"""Why a survivor says the same as the rule, by its line and what was changed."""
FEWEST, LEAST_NOTICED = 600, 0.95


def test_mutants_of_the_rules_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("evaluation/verdicts", "measures/stats"):
        sys.path.insert(0, str(ROOT / "tests" / folder))
    monkeypatch.setattr(permutation, "LEAST_DRAWS", DRAWS)
    quick, rules, boundaries = suite_of(QUICK), suite_of(RULES), suite_of(["test_group_sequential"])
    rules()
    boundaries()
    text = files("rmanalytics.evaluation").joinpath("claims.toml").read_text(encoding="utf-8")
    modules = (words, levels, ledger, gates, least, checks, kinds)
    judged = [(one, quick) for one in of_rows(claims, text)]
    judged += [(one, rules) for module in modules for one in of_module(module)]
    judged += [(one, boundaries) for one in of_module(group_sequential)]
    mutants, survivors = [one for one, _ in judged], [one for one, suite in judged if not noticed(one, suite)]
    if os.environ.get("RMANALYTICS_CALIBRATION"):
        share = f"{len(mutants) - len(survivors)} of {len(mutants)} mutants noticed."
        why = [EQUIVALENT.get((one.code, one.what), "") for one in survivors]
        told = [f"equivalent because {reason}" if reason else "not noticed" for reason in why]
        rows = [f"| {one.where} | {one.what} | {said} |" for one, said in zip(survivors, told, strict=True)]
        page = [
            "# Mutants of the rules of verdicts",
            "",
            share,
            "",
            "| where | survivor | why |",
            "|---|---|---|",
            *rows,
            "",
        ]
        (ROOT / "docs" / "mutants.md").write_text("\n".join(page), encoding="utf-8")
    assert len(mutants) >= FEWEST
    assert len(survivors) <= (1 - LEAST_NOTICED) * len(mutants), [(one.where, one.what) for one in survivors]
