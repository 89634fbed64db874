"""The gate against an attacker who takes everything published together; faults are noticed by what he learns."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import discretion
from benchmarks.discretion import RULES, World, learned, noise, pinned, world

OURS, NOTHING_SHARED, SIX_KEYS, NO_BLUR = RULES[-1], RULES[-2], RULES[-3], RULES[-4]
MOST = (0.29, 0.28, 0.36)
"""Most that may be learned of one answer, of a person's level, and by three who collude (disclosure by simulation)."""


@pytest.fixture(scope="module")
def programmes() -> list[World]:
    """Two programmes of twelve tandems; in the second, one person is what a unit and its remainder leave over."""
    return [world(12, np.random.default_rng(seed)) for seed in (0, 5)]


def seen(rule: discretion.Rule, worlds: list[World]) -> tuple[float, float, float]:
    added = noise(rule, np.random.default_rng(17), 200)
    answer, level = (max(found) for found in zip(*(learned(rule, one, added) for one in worlds), strict=True))
    return answer, level, max(max(learned(rule, one, added, colluders=3)) for one in worlds)


def test_little_is_learned_of_anybody_from_everything_that_is_published(programmes: list[World]) -> None:
    assert all(found <= most for found, most in zip(seen(OURS, programmes), MOST, strict=True))


FAULTS = ((NO_BLUR, 0, 0.9), (NOTHING_SHARED, 1, 0.45), (SIX_KEYS, 0, 0.4))


@pytest.mark.parametrize(("fault", "which", "least"), FAULTS)
def test_a_faulty_gate_is_noticed_by_what_is_learned(
    programmes: list[World], fault: discretion.Rule, which: int, least: float
) -> None:
    assert seen(fault, programmes)[which] >= least > MOST[which]


@pytest.mark.parametrize("insiders", [0, 1, 3])
def test_no_answer_is_pinned_whoever_tells_what_they_know(programmes: list[World], insiders: int) -> None:
    found, tried = pinned(OURS, programmes[0], np.random.default_rng(3), insiders=insiders, scales=1)
    assert found == 0
    assert tried % 2 == 0
    assert tried / 2 + insiders in {len(s) for s in programmes[0].sets}


def test_without_a_blur_insiders_pin_the_others() -> None:
    alone, about = World(np.arange(6), (tuple(range(6)),)), {"insiders": 5, "scales": 1}
    exact = discretion.Rule("exact", discretion.bare, after=5, change=5)
    assert pinned(exact, alone, np.random.default_rng(3), **about) == (2, 2)
    assert pinned(OURS, alone, np.random.default_rng(3), **about) == (0, 2)
