"""Dealt labels: uniform over all labelings, exact in their sizes, and counted right, against enumeration by hand."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from rmanalytics.measures.network.nulls import label_permutation, permutation_null
from rmanalytics.measures.network.nulls.bit_counts import column_counts, packed, unpacked
from rmanalytics.measures.network.nulls.label_permutation import deal, deck, every_labeling
from rmanalytics.measures.network.nulls.permutation_null import (
    crossing_null,
    internal_moments,
    weight_parts,
)

Array = np.ndarray[Any, Any]


def labels_of(planes: Array, rows: Array) -> Array:
    """Groups, a row a dealing, from bit planes."""
    found = np.zeros((planes.shape[2] * 64, planes.shape[1]), dtype=np.int64)
    for j, plane in enumerate(planes):
        found += unpacked(plane).T.astype(np.int64) << j
    return found[:, rows]


def all_labels(codes: Array, strata: Array | None = None) -> Array:
    """Every labeling, by going through the permutations of each stratum."""
    strata = np.zeros(len(codes), dtype=int) if strata is None else strata
    own = [np.flatnonzero(strata == s) for s in np.unique(strata)]
    choices = [sorted({tuple(p) for p in permutations(codes[members].tolist())}) for members in own]
    found = []
    for chosen in product(*choices):
        labels = np.empty(len(codes), dtype=np.int64)
        for members, values in zip(own, chosen, strict=True):
            labels[members] = values
        found.append(labels)
    return np.array(found)


def random_ties(people_n: int, ties_n: int, *, seed: int) -> tuple[Array, Array]:
    ends = np.random.default_rng(seed).integers(people_n, size=(2, ties_n))
    source, target = ends[:, ends[0] != ends[1]]
    return source, target


CASES = [
    ([0, 0, 0, 1, 1], None),
    ([0, 0, 1, 2, 2, 3], None),
    ([0, 1, 2, 3, 4], None),
    ([0, 0, 0, 0, 0, 0, 1], None),
    ([0, 1, 0, 1, 2, 2, 0, 0], [0, 0, 0, 0, 0, 5, 5, 5]),
    ([0, 1, 0, 1, 0, 1, 2], [1, 1, 0, 0, 2, 2, 2]),
    ([0, 0, 1, 1, 1, 2], [3, 3, 1, 1, 1, 1]),
]
WAYS = {"plane by plane": 0, "one by one": 400}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", range(len(CASES)))
def test_every_labeling_is_equally_likely(case: int, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_permutation, "_SMALL", WAYS[way])
    codes, strata = (None if part is None else np.array(part) for part in CASES[case])
    assert codes is not None
    cards = deck(codes, strata)
    dealt = labels_of(deal(cards, words=1500, rng=np.random.default_rng(100 + case)), cards.rows)
    seen, times = np.unique(dealt, axis=0, return_counts=True)
    expected = all_labels(codes, strata)
    assert seen.tolist() == np.unique(expected, axis=0).tolist()
    each = len(dealt) / len(expected)
    assert chi2.sf(((times - each) ** 2 / each).sum(), len(expected) - 1) > 1e-4


@pytest.mark.parametrize("case", range(len(CASES)))
def test_the_enumeration_meets_every_labeling_once(case: int) -> None:
    codes, strata = (None if part is None else np.array(part) for part in CASES[case])
    assert codes is not None
    cards = deck(codes, strata)
    dealt = np.concatenate([labels_of(planes, cards.rows)[:used] for planes, used in every_labeling(cards, words=1)])
    expected = all_labels(codes, strata)
    assert cards.labelings_n == len(dealt) == len(expected)
    assert np.unique(dealt, axis=0).tolist() == np.unique(expected, axis=0).tolist()


@pytest.mark.parametrize(
    "sizes", [[700, 900], [1, 5000], [3, 40, 3000], [600, 601, 602, 603], [450, 5, 5, 1000, 2, 800, 90]]
)
def test_large_groups_keep_their_sizes_in_every_dealing(sizes: list[int]) -> None:
    codes = np.repeat(np.arange(len(sizes)), sizes)
    cards = deck(codes)
    dealt = labels_of(deal(cards, words=3, rng=np.random.default_rng(1)), cards.rows)
    for group, size in enumerate(sizes):
        assert ((dealt == group).sum(axis=1) == size).all()


def test_large_and_small_strata_keep_their_sizes_in_every_dealing() -> None:
    rng = np.random.default_rng(2)
    strata = np.concatenate([np.full(600, 9), np.full(600, 4), rng.integers(100, 130, 400), [70]])
    codes = rng.integers(5, size=len(strata))
    shuffled = rng.permutation(len(strata))
    strata, codes = strata[shuffled], codes[shuffled]
    cards = deck(codes, strata)
    dealt = labels_of(deal(cards, words=2, rng=rng), cards.rows)
    for s in np.unique(strata):
        for group in range(5):
            due = ((codes == group) & (strata == s)).sum()
            assert ((dealt[:, strata == s] == group).sum(axis=1) == due).all()


def test_members_of_large_groups_are_random_people() -> None:
    codes = np.repeat([0, 1, 2], [500, 300, 200])
    cards = deck(codes)
    dealt = labels_of(deal(cards, words=100, rng=np.random.default_rng(3)), cards.rows)
    for group, share in enumerate([0.5, 0.3, 0.2]):
        times = (dealt == group).sum(axis=0)
        spread = len(dealt) * share * (1 - share)
        assert abs((times - len(dealt) * share) / np.sqrt(spread)).max() < 4.8
        assert times.var() == pytest.approx(spread, rel=0.2)
    together = (dealt[:, 0::2] == dealt[:, 1::2]).mean()
    expected = sum(size * (size - 1) for size in (500, 300, 200)) / (1000 * 999)
    assert together == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize("weights", ["none", "whole", "many whole", "few", "any"])
@pytest.mark.parametrize("strata_n", [1, 3])
def test_random_labelings_have_the_exact_mean_and_variance(weights: str, strata_n: int) -> None:
    rng = np.random.default_rng(4)
    codes, strata = rng.integers(4, size=900), rng.integers(strata_n, size=900)
    source, target = random_ties(900, 3000, seed=5)
    size = len(source)
    weight = {
        "none": None,
        "whole": rng.integers(1, 4, size=size),
        "many whole": rng.integers(1, 5000, size=size),
        "few": rng.choice([0.5, 1.5, 4.0], size=size),
        "any": rng.random(size),
    }[weights]
    total = size if weight is None else weight.sum()
    counts, exact = crossing_null(codes, source, target, rng=rng, draws=4000, strata=strata, weight=weight)
    mean, variance = internal_moments(codes, source, target, strata=strata, weight=weight)
    assert (exact, len(counts)) == (False, 4000)
    assert counts.mean() == pytest.approx(total - mean, abs=4.5 * (variance / 4000) ** 0.5)
    assert counts.var() == pytest.approx(variance, rel=0.12)
    assert counts.dtype == (np.float64 if weights in {"few", "any"} else np.int64)


@pytest.mark.parametrize("weights", ["none", "whole", "many whole", "few", "any"])
@pytest.mark.parametrize("case", range(len(CASES)))
def test_counts_and_moments_equal_those_of_all_labelings(case: int, weights: str) -> None:
    codes, strata = (None if part is None else np.array(part) for part in CASES[case])
    assert codes is not None
    rng = np.random.default_rng(case)
    source, target = random_ties(len(codes), 17, seed=case)
    weight = {
        "none": None,
        "whole": rng.integers(0, 4, size=len(source)),
        "many whole": rng.integers(1, 10**6, size=len(source)),
        "few": rng.choice([0.5, 1.5], size=len(source)),
        "any": rng.random(len(source)),
    }[weights]
    each = np.ones(len(source)) if weight is None else weight
    labels = all_labels(codes, strata)
    expected = ((labels[:, source] != labels[:, target]) * each).sum(axis=1)
    counts, exact = crossing_null(codes, source, target, rng=rng, draws=1, strata=strata, weight=weight)
    assert exact
    np.testing.assert_allclose(np.sort(counts), np.sort(expected), rtol=1e-12)
    mean, variance = internal_moments(codes, source, target, strata=strata, weight=weight)
    assert each.sum() - mean == pytest.approx(expected.mean(), rel=1e-12)
    assert variance == pytest.approx(expected.var(), rel=1e-9, abs=1e-12 * each.sum() ** 2)


def test_weights_all_different_and_many_are_added_up_like_few() -> None:
    rng = np.random.default_rng(6)
    codes, (source, target) = rng.integers(3, size=500), random_ties(500, 4000, seed=7)
    weight = rng.random(len(source))
    assert weight_parts(weight) is None
    own, _ = crossing_null(codes, source, target, rng=np.random.default_rng(1), draws=200, weight=weight)
    whole = np.round(weight * 2**20).astype(np.int64)
    other, _ = crossing_null(codes, source, target, rng=np.random.default_rng(1), draws=200, weight=whole)
    np.testing.assert_allclose(own, other / 2**20, rtol=1e-5)


def test_weights_of_one_equal_no_weights() -> None:
    codes, (source, target) = np.arange(700) % 3, random_ties(700, 2000, seed=8)
    found = [
        crossing_null(codes, source, target, rng=np.random.default_rng(2), draws=300, weight=weight)[0].tolist()
        for weight in (None, np.ones(len(source), dtype=np.int64), np.ones(len(source)))
    ]
    assert found[0] == found[1] == found[2]


@given(st.lists(st.integers(0, 300), max_size=30))
def test_weight_parts_add_up_to_the_weights(values: list[int]) -> None:
    weight = np.array(values, dtype=np.int64)
    total = np.zeros(len(weight), dtype=np.int64)
    for value, who in weight_parts(weight) or []:
        total[who] += int(value)
    assert total.tolist() == values


def test_the_result_does_not_depend_on_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    codes, (source, target) = np.arange(1500) % 4, random_ties(1500, 3000, seed=11)
    found = []
    for threads in (1, 2, 3):
        monkeypatch.setattr(permutation_null, "THREADS", threads)
        found.append(crossing_null(codes, source, target, rng=np.random.default_rng(4), draws=3000)[0].tolist())
    assert found[0] == found[1] == found[2]
    assert len(set(found[0])) > 50


def test_one_generator_gives_other_labelings_the_second_time() -> None:
    codes, (source, target) = np.arange(900) % 2, random_ties(900, 2000, seed=12)
    rng = np.random.default_rng(5)
    first, second = (crossing_null(codes, source, target, rng=rng, draws=200)[0].tolist() for _ in range(2))
    assert first != second


def test_draws_need_not_fill_words() -> None:
    codes, (source, target) = np.arange(900) % 2, random_ties(900, 2000, seed=13)
    for draws in (1, 63, 64, 65, 1025):
        assert len(crossing_null(codes, source, target, rng=np.random.default_rng(6), draws=draws)[0]) == draws


def test_a_stratum_of_one_group_and_no_ties_leave_nothing_to_chance() -> None:
    codes = np.array([0, 0, 1, 1])
    none = np.array([], dtype=np.int64)
    counts, exact = crossing_null(codes, none, none, rng=np.random.default_rng(1), draws=9)
    assert (counts.tolist(), exact) == ([0] * 6, True)
    counts, exact = crossing_null(codes, codes[:1], codes[2:3] + 1, rng=np.random.default_rng(1), draws=9, strata=codes)
    assert (counts.tolist(), exact) == ([1], True)
    assert internal_moments(codes, codes[:1], codes[2:3] + 1, strata=codes) == (0.0, 0.0)


@given(st.integers(1, 300), st.integers(1, 3), st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_bit_sliced_counts_equal_those_of_unpacked_bits(rows_n: int, words: int, seed: int) -> None:
    rows = np.random.default_rng(seed).integers(2**64, size=(rows_n, words), dtype=np.uint64)
    found = column_counts(rows_n, words, lambda part, out: np.copyto(out, rows[part]))
    assert found.tolist() == unpacked(rows).sum(axis=0).tolist()
    assert (packed(unpacked(rows) > 0) == rows).all()


def test_bit_sliced_counts_hold_over_many_blocks() -> None:
    rows = np.random.default_rng(1).integers(2**64, size=(30_000, 8), dtype=np.uint64)
    found = column_counts(len(rows), 8, lambda part, out: np.copyto(out, rows[part]))
    assert found.tolist() == unpacked(rows).sum(axis=0).tolist()
