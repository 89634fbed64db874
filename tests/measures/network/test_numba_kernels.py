"""Compiled kernels of the null's moments: the same numbers as their numpy twins, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmanalytics.measures.network.nulls import closed_form, numba_kernels
from rmanalytics.measures.network.nulls.closed_form import internal_moments, pair_sums, reverse_ties
from rmanalytics.measures.network.nulls.numba_kernels import compiled, match_reverse

ALWAYS, NEVER = 0, 10**9


def distinct(n: int, ties_n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    keys = np.unique(np.random.default_rng(seed).integers(n * n, size=ties_n))
    source, target = np.divmod(keys, n)
    return source[source != target], target[source != target]


@given(st.integers(2, 40), st.integers(0, 300), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_the_loop_finds_the_ties_back_that_numpy_finds(n: int, ties_n: int, seed: int) -> None:
    source, target = distinct(n, ties_n, seed)
    expected = reverse_ties(n, source, target, large=NEVER)
    assert expected is not None
    found = np.full(len(source), -1, dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=n))])
    assert match_reverse(starts, source, target, found)
    assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("order", [[1, 0, 2], [0, 0, 1]])
def test_ties_out_of_order_or_repeated_are_noticed(order: list[int]) -> None:
    source, target = np.array([0, 1, 1])[order], np.array([1, 0, 2])[order]
    assert reverse_ties(3, source, target, large=NEVER) is None
    starts = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=3))])
    assert not match_reverse(starts, source, target, np.full(3, -1))
    keys = np.unique(np.minimum(source, target) * 3 + np.maximum(source, target), return_counts=True)[1]
    assert pair_sums(3, source, target, None)[2] == (keys**2).sum()


@pytest.mark.skipif(not compiled(), reason="numba is not installed")
def test_the_compiled_loop_equals_its_twin() -> None:
    source, target = distinct(2_000, 300_000, 1)
    compiled_one, twin = (reverse_ties(2_000, source, target, large=large) for large in (ALWAYS, NEVER))
    assert compiled_one is not None
    assert twin is not None
    assert (compiled_one == twin).all()
    assert (twin >= 0).sum() > 1_000
    assert reverse_ties(2_000, source[::-1].copy(), target, large=ALWAYS) is None


@pytest.mark.skipif(not compiled(), reason="numba is not installed")
@pytest.mark.parametrize("kind", ["none", "whole", "any"])
def test_moments_are_the_same_with_and_without_the_compiler(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = distinct(500, 20_000, 2)
    rng = np.random.default_rng(3)
    weight = {"none": None, "whole": rng.integers(1, 9, size=len(source)), "any": rng.random(len(source))}[kind]
    codes = rng.integers(4, size=500)
    found = []
    for loop in (numba_kernels.machine_code, lambda _: None):
        monkeypatch.setattr(closed_form, "LARGE", ALWAYS)
        monkeypatch.setattr(numba_kernels, "machine_code", loop)
        found.append(internal_moments(codes, source, target, weight=weight))
    assert found[0] == found[1]
    shuffled = rng.permutation(len(source))
    again = internal_moments(
        codes, source[shuffled], target[shuffled], weight=None if weight is None else weight[shuffled]
    )
    assert again == pytest.approx(found[0], rel=1e-12)
