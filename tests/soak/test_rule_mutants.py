"""The tests of the verdicts notice what is changed in their rules: at least 95 of 100 mutants, the others listed."""

from __future__ import annotations

import os
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from soak.rule_mutants import noticed, of_module, of_rows, suite_of

from rmanalytics.evaluation import claims, ledger
from rmanalytics.evaluation.verdicts import gates, least, levels, words
from rmanalytics.measures.stats import group_sequential

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[2]
SUITE = ["test_rows", "test_words", "test_answers_alone", "test_checks", "test_group_sequential"]
FEWEST, LEAST_NOTICED = 600, 0.95


def test_mutants_of_the_rules_are_noticed() -> None:
    for folder in ("evaluation/verdicts", "measures/stats"):
        sys.path.insert(0, str(ROOT / "tests" / folder))
    suite = suite_of(SUITE)
    suite()
    text = files("rmanalytics.evaluation").joinpath("claims.toml").read_text(encoding="utf-8")
    modules = (words, levels, ledger, gates, least, group_sequential)
    mutants = [*of_rows(claims, text), *(one for module in modules for one in of_module(module))]
    survivors = [one for one in mutants if not noticed(one, suite)]
    if os.environ.get("RMANALYTICS_CALIBRATION"):
        share = f"{len(mutants) - len(survivors)} of {len(mutants)} mutants noticed."
        rows = [f"| {one.where} | {one.what} |" for one in survivors]
        page = ["# Mutants of the rules of verdicts", "", share, "", "| where | survivor |", "|---|---|", *rows, ""]
        (ROOT / "docs" / "mutants.md").write_text("\n".join(page), encoding="utf-8")
    assert len(mutants) >= FEWEST
    assert len(survivors) <= (1 - LEAST_NOTICED) * len(mutants), [(one.where, one.what) for one in survivors]
