"""Pairing: the best by brute force, exact changes of the total, and the smallest set of people or rules in the way."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest

from rmanalytics.lot import assignment
from rmanalytics.lot.assignment import alternatives, assign, in_the_way, smallest_lifting


def worlds(count: int, most: int):
    rng = np.random.default_rng(1)
    for _ in range(count):
        n, m = rng.integers(1, most + 1, 2)
        yield rng.integers(0, 60, (n, m)), rng.random((n, m)) < rng.choice([0.3, 0.5, 0.9])


def total(points, chosen) -> tuple[int, int]:
    made = [(row, column) for row, column in enumerate(chosen) if column >= 0]
    return len(made), int(sum(points[at] for at in made))


def best(points, legal) -> tuple[int, int]:
    n, m = points.shape
    columns = [*range(m), *[-1] * max(0, n - m)]
    every = (dict(enumerate(order)) for order in permutations(columns, n))
    made = ([at for at in one.items() if at[1] >= 0 and legal[at]] for one in every)
    return max((len(one), int(sum(points[at] for at in one))) for one in made)


def test_most_tandems_then_most_points_as_by_brute_force():
    for points, legal in worlds(120, 6):
        chosen = assign(points, legal)
        assert all(legal[row, column] for row, column in enumerate(chosen) if column >= 0)
        assert total(points, chosen) == best(points, legal)


def test_lists_of_candidates_grow_until_they_are_as_good_as_all_pairs(monkeypatch):
    rng = np.random.default_rng(3)
    for name, value in (("BEST", 5), ("OF_SAMPLE", 3), ("SAMPLE", 9), ("BLOCK", 7)):
        monkeypatch.setattr(assignment, name, value)
    for round_ in range(120):
        n, m = rng.integers(1, 50, 2)
        kinds = rng.integers(0, 900, (3, 3))[rng.integers(0, 3, n)][:, rng.integers(0, 3, m)]
        popular = rng.integers(0, 500, m) + rng.integers(0, 50, (n, m))
        points = [rng.integers(0, 1000, (n, m)), popular, 10 * rng.integers(0, 4, (n, m)), kinds][round_ % 4]
        legal = rng.random((n, m)) < rng.choice([0.0, 0.05, 0.2, 0.7, 1.0])
        whole = total(points, assign(points, legal))
        with monkeypatch.context() as lists:
            lists.setattr(assignment, "MOST_DENSE", 0)
            chosen = assign(points, legal)
        assert all(legal[row, column] for row, column in enumerate(chosen) if column >= 0)
        assert total(points, chosen) == whole


def test_alternatives_tell_the_exact_change_of_the_total():
    for points, legal in worlds(60, 5):
        chosen = assign(points, legal)
        now = total(points, chosen)
        for row, options in enumerate(alternatives(points, legal, chosen, most=99)):
            assert {one.partner for one in options} == set(np.flatnonzero(legal[row])) - {chosen[row]}
            for one in options:
                rest = legal.copy()
                rest[row] = False
                rest[:, one.partner] = False
                pairs, sum_ = total(points, assign(points, rest))
                changed = (now[0] - pairs - 1, now[1] - sum_ - int(points[row, one.partner]))
                assert (one.pairs, one.points) == changed


def test_people_in_the_way_are_a_smallest_set():
    for points, legal in worlds(80, 6):
        chosen = assign(points, legal)
        for rows, columns in in_the_way(legal, chosen):
            assert set(np.flatnonzero(legal[rows].any(axis=0))) == set(columns)
            assert len(columns) == len(rows) - 1
            for left_out in rows:
                fewer = [row for row in rows if row != left_out]
                assert legal[fewer].any(axis=0).sum() >= len(fewer)


def test_the_fewest_rules_whose_lifting_pairs_all():
    rng = np.random.default_rng(5)
    for _ in range(40):
        broken = {name: rng.random((4, 4)) < 0.4 for name in ("a", "b", "c")}
        found = smallest_lifting(broken, ["a", "b", "c"])
        enough = []
        for size in range(4):
            for lifted in combinations(("a", "b", "c"), size):
                legal = ~np.any(
                    [broken[rule] for rule in broken if rule not in lifted] or [np.zeros((4, 4), bool)], axis=0
                )
                if best(np.zeros((4, 4), dtype=int), legal)[0] == 4:
                    enough.append(lifted)
        assert found == (enough[0] if enough else None)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    points, legal = rng.permutation(49).reshape(7, 7) * 7, np.ones((7, 7), dtype=bool)
    order = rng.permutation(7)
    assert list(assign(points, legal)[order]) == list(assign(points[order], legal))
