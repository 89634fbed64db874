"""Whole programmes at the edges: each thing alone, and every two states of two things together; no figure fails."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest
from edge_programmes import FACTORS, SIZE, alone, pairs, told, write

from rmanalytics.errors import EXIT_DONE, EXIT_INPUT_REFUSED

CASES = (*alone(), *pairs())
BLOCKS, EVERY_REPORT = 24, 12

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    return tmp_path_factory.getbasetemp().parent / "bases"


def test_every_two_states_of_two_things_occur_together():
    met = {frozenset(two) for case in pairs() for two in itertools.combinations(case.items(), 2)}
    for a, b in itertools.combinations(FACTORS, 2):
        for x, y in itertools.product(FACTORS[a], FACTORS[b]):
            assert frozenset({(a, x), (b, y)}) in met
    assert sum(case["language"] == "de" for case in pairs()) >= 20


@pytest.mark.parametrize("block", range(BLOCKS))
def test_no_figure_fails(block, tmp_path, bases):
    shown = 0
    for number, case in enumerate(CASES[block::BLOCKS]):
        became, faults = told(case, write(case, tmp_path / str(number), bases))
        assert faults == [], case
        shown += became == "shown"
    assert shown >= 3


@pytest.mark.parametrize("case", pairs()[::EVERY_REPORT], ids=lambda case: case[SIZE])
def test_whole_report(case, tmp_path, bases):
    folder = write(case, tmp_path / "programme", bases)
    command = [sys.executable, "-m", "rmanalytics", "report", str(folder), "--reports", str(tmp_path / "reports")]
    run = subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=900, check=False)
    assert run.returncode in {EXIT_DONE, EXIT_INPUT_REFUSED}, (case, run.stderr[-2000:])
    assert "Traceback" not in run.stderr
