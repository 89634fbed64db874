"""Pairing: the best by brute force, exact changes of the total, and the smallest set of people or rules in the way."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest

from rmanalytics.lot import assignment, forbidden
from rmanalytics.lot.assignment import alternatives, assign, in_the_way, smallest_lifting
from rmanalytics.lot.forbidden import ByKind, by_pair


def worlds(count: int, most: int):
    rng = np.random.default_rng(1)
    for _ in range(count):
        n, m = rng.integers(1, most + 1, 2)
        yield np.where(rng.random((n, m)) < rng.choice([0.3, 0.5, 0.9]), rng.integers(0, 60, (n, m)), -1)


def total(points, chosen) -> tuple[int, int]:
    made = [(row, column) for row, column in enumerate(chosen) if column >= 0]
    return len(made), int(sum(points[at] for at in made))


def best(points) -> tuple[int, int]:
    n, m = points.shape
    columns = [*range(m), *[-1] * max(0, n - m)]
    every = (dict(enumerate(order)) for order in permutations(columns, n))
    made = ([at for at in one.items() if at[1] >= 0 and points[at] >= 0] for one in every)
    return max((len(one), int(sum(points[at] for at in one))) for one in made)


def test_most_tandems_then_most_points_as_by_brute_force():
    for points in worlds(120, 7):
        chosen = assign(points).partner
        assert all(points[row, column] >= 0 for row, column in enumerate(chosen) if column >= 0)
        assert total(points, chosen) == best(points)


def test_lists_of_candidates_grow_until_they_are_as_good_as_all_pairs(monkeypatch):
    rng = np.random.default_rng(3)
    for name, value in (("BEST", 5), ("OF_SAMPLE", 3), ("SAMPLE", 9)):
        monkeypatch.setattr(assignment, name, value)
    monkeypatch.setattr(forbidden, "BLOCK", 7)
    for round_ in range(120):
        n, m = rng.integers(1, 50, 2)
        kinds = rng.integers(0, 900, (3, 3))[rng.integers(0, 3, n)][:, rng.integers(0, 3, m)]
        popular = rng.integers(0, 500, m) + rng.integers(0, 50, (n, m))
        points = [rng.integers(0, 1000, (n, m)), popular, 10 * rng.integers(0, 4, (n, m)), kinds][round_ % 4]
        points = np.where(rng.random((n, m)) < rng.choice([0.0, 0.05, 0.2, 0.7, 1.0]), points, -1)
        whole = assign(points)
        with monkeypatch.context() as lists:
            lists.setattr(assignment, "MOST_DENSE", 0)
            found = assign(points)
        assert all(points[row, column] >= 0 for row, column in enumerate(found.partner) if column >= 0)
        assert total(points, found.partner) == total(points, whole.partner)
        exactly = alternatives(points, assignment.Assigned(found.partner), most=99)
        for row, options in enumerate(alternatives(points, found)):
            assert len(options) == min(3, len(exactly[row]))
            lost = {one.partner: (one.pairs, one.points) for one in exactly[row]}
            assert all((one.pairs, one.points) <= lost[one.partner] and not one.exact for one in options)


@pytest.mark.parametrize("shape", [(500, 500), (500, 380), (380, 500)])
def test_lists_are_as_good_as_all_pairs_of_500_a_side(monkeypatch, shape):
    rng = np.random.default_rng(sum(shape))
    wanted, offered = rng.integers(0, 3, (shape[0], 5)), rng.random((5, shape[1])) < 0.3
    groups = rng.integers(0, 9, shape[0])[:, None] == rng.integers(0, 9, shape[1])
    for worth, legal in ((wanted @ offered, 0.7), (rng.integers(0, 100_000, shape), 0.02), (50 * groups, 0.3)):
        points = np.where(rng.random(shape) < legal, worth, -1)
        whole = assign(points)
        with monkeypatch.context() as lists:
            lists.setattr(assignment, "MOST_DENSE", 0)
            found = assign(points)
        assert whole.prices is None
        assert total(points, found.partner) == total(points, whole.partner)


def test_alternatives_tell_the_exact_change_of_the_total():
    for points in worlds(60, 5):
        chosen = assign(points)
        now = total(points, chosen.partner)
        for row, options in enumerate(alternatives(points, chosen, most=99)):
            assert {one.partner for one in options} == set(np.flatnonzero(points[row] >= 0)) - {chosen.partner[row]}
            for one in options:
                rest = points.copy()
                rest[row] = rest[:, one.partner] = -1
                pairs, sum_ = total(points, assign(rest).partner)
                changed = (now[0] - pairs - 1, now[1] - sum_ - int(points[row, one.partner]))
                assert (one.pairs, one.points) == changed


def test_people_in_the_way_are_a_smallest_set():
    for points in worlds(80, 6):
        legal = points >= 0
        for rows, columns in in_the_way(points, assign(points).partner):
            assert set(np.flatnonzero(legal[rows].any(axis=0))) == set(columns)
            assert len(columns) == len(rows) - 1
            for left_out in rows:
                fewer = [row for row in rows if row != left_out]
                assert legal[fewer].any(axis=0).sum() >= len(fewer)


def as_rows(table, how: int):
    """The same pairs as a table, by kinds of rows, or one by one."""
    return (table, ByKind(np.arange(len(table)), table), by_pair(*np.nonzero(table), table.shape))[how % 3]


def test_the_fewest_rules_whose_lifting_pairs_all():
    rng = np.random.default_rng(5)
    for n in range(60):
        shape = (4, 4 - n % 2) if n % 3 else (3, 4)
        broken = {name: rng.random(shape) < 0.4 for name in ("a", "b", "c")}
        rows = {name: as_rows(table, at + n) for at, (name, table) in enumerate(broken.items())}
        chosen = assign(np.where(np.any(list(broken.values()), axis=0), -1, 0)).partner
        kinds = ("a", "b", "c")[: 1 + n % 3]
        found = smallest_lifting(rows, kinds, chosen, shape[1])
        enough = []
        for size in range(len(kinds) + 1):
            for lifted in combinations(kinds, size):
                left = [broken[rule] for rule in broken if rule not in lifted] or [np.zeros(shape, bool)]
                if best(np.where(np.any(left, axis=0), -1, 0))[0] == min(shape):
                    enough.append(lifted)
        assert found == (enough[0] if enough else None)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    points, order = rng.permutation(49).reshape(7, 7) * 7, rng.permutation(7)
    assert list(assign(points).partner[order]) == list(assign(points[order]).partner)
