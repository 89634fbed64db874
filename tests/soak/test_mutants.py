"""Two thousand spoilt exports, 1,400 through door and evaluation, 600 to the report: none brings anything down."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from folders import read
from mutants import CANARY, mutate

from rmanalytics.errors import EXIT_DONE, EXIT_INPUT_REFUSED
from rmanalytics.evaluation import open_study

FAMILY = "Mutants"
SOURCE = Path(__file__).parents[2] / "data" / "example_small"
LAST = "2026H1"
COMPUTATION_FAILED = "the computation failed"

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("block", range(28))
def test_door_and_evaluation(block, tmp_path):
    passed = 0
    for seed in range(50 * block, 50 * block + 50):
        folder = tmp_path / str(seed)
        mutant = mutate(SOURCE, folder, seed)
        bundle, problems = read(folder)
        assert not [str(problem) for problem in problems if CANARY in str(problem)], mutant
        passed += bundle is not None
        if bundle is not None and LAST in {r.id for r in bundle.programme.rounds}:
            frame = open_study(folder, LAST).results.to_frame()
            assert not frame["reason"].astype(str).str.contains(COMPUTATION_FAILED).any(), mutant
    assert passed >= 15


@pytest.mark.parametrize("block", range(30))
def test_whole_report(block, tmp_path):
    for seed in range(10_000 + 20 * block, 10_020 + 20 * block):
        folder = tmp_path / str(seed)
        mutant = mutate(SOURCE, folder, seed)
        command = [sys.executable, "-m", "rmanalytics", "report", str(folder), "--reports", str(tmp_path / f"r{seed}")]
        run = subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=600, check=False)
        assert run.returncode in {EXIT_DONE, EXIT_INPUT_REFUSED}, (mutant, run.stderr[-2000:])
        assert CANARY not in run.stderr, mutant
        assert "Traceback" not in run.stderr, mutant
        if run.returncode == EXIT_DONE:
            assert json.loads(run.stdout), mutant
