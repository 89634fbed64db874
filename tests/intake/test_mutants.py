"""Exports spoilt at random end in a refusal or in tables; what may change nothing changes nothing."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from folders import read
from mutants import CANARY, NEUTRAL_BYTES, NEUTRAL_TABLE, mutate

SOURCE = Path(__file__).parents[2] / "data" / "example_small"
SEEDS = 40


@pytest.mark.slow
def test_spoilt_exports_are_refused_or_read_and_no_cell_is_repeated(tmp_path):
    passed = 0
    for seed in range(SEEDS):
        mutant = mutate(SOURCE, tmp_path / str(seed), seed)
        bundle, problems = read(tmp_path / str(seed))
        passed += bundle is not None
        assert not [str(problem) for problem in problems if CANARY in str(problem)], mutant
    assert passed >= 0.3 * SEEDS


@pytest.mark.slow
def test_what_may_change_nothing_changes_nothing(tmp_path):
    before, _ = read(SOURCE)
    assert before is not None
    met = set()
    for seed in range(1000, 1000 + 3 * len({**NEUTRAL_BYTES, **NEUTRAL_TABLE})):
        mutant = mutate(SOURCE, tmp_path / str(seed), seed, neutral=True)
        if mutant.operator in met:
            continue
        met.add(mutant.operator)
        after, problems = read(tmp_path / str(seed))
        assert after is not None, (mutant, problems)
        assert after.accounts == before.accounts
        for name, frame in before.tables.items():
            pd.testing.assert_frame_equal(after.tables[name], frame, obj=f"{mutant}")
    assert len(met) >= len(NEUTRAL_BYTES)
