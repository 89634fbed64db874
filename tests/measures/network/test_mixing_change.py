"""The change of ties between two groups over chance: by hand, against its own matrices, and where nothing changed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.network import mixing_change as module
from rmanalytics.measures.network.ei_index import mixing_matrix
from rmanalytics.measures.network.mixing_change import mixing_change
from rmanalytics.results import Curve, Estimate, NotEstimable

AGES = np.array(["young", "middle", "old"], dtype=object)
FAR = ("young", "old")


def waves(seed: int, n: int = 120, *, closer: float = 1.0) -> tuple[pd.DataFrame, ...]:
    """Two waves of one network whose ties turn over; a tenth is away at each; young and old come closer by a factor."""
    rng = np.random.default_rng(seed)
    band, liked = rng.integers(0, 3, n), rng.lognormal(0, 0.4, n)
    apart = np.abs(band[:, None] - band[None, :])
    chance = 0.04 * np.outer(liked, liked) * np.choose(apart, [1.5, 0.9, 0.5])
    first = rng.random((n, n)) < chance
    second = np.where(rng.random((n, n)) < 0.6, first, rng.random((n, n)) < chance * np.where(apart == 2, closer, 1))
    ids, tables = np.array([f"p{i:03}" for i in range(n)]), []
    for ties in (first, second):
        np.fill_diagonal(ties, val=0)
        there = rng.random(n) < 0.9
        source, target = np.nonzero(ties & there[:, None] & there)
        people = pd.DataFrame({"person_id": ids[there], "generation": AGES[band[there]]})
        tables += [people, pd.DataFrame({"source_id": ids[source], "target_id": ids[target]})]
    return tuple(tables)


def ratio(people: pd.DataFrame, ties: pd.DataFrame) -> float:
    found = mixing_matrix(people, ties)
    assert isinstance(found, Curve)
    cells = found.points.set_index(["source_group", "target_group"]).loc[[FAR, FAR[::-1]]]
    return float(cells["observed_n"].sum() / cells["expected_n"].sum())


def estimated(tables: tuple[pd.DataFrame, ...], groups: tuple[str, str] = FAR) -> Estimate:
    found = mixing_change(*tables, groups=groups)
    assert isinstance(found, Estimate)
    return found


def test_it_is_the_difference_of_the_cells_that_the_matrices_show_in_either_order_of_groups_and_rows() -> None:
    tables = waves(1)
    found = estimated(tables)
    cells = ratio(*tables[:2]), ratio(*tables[2:])
    assert (found.extra["before"], found.extra["after"]) == pytest.approx(cells)
    assert found.value == pytest.approx(cells[1] - cells[0])
    assert found.n == len({*tables[0]["person_id"], *tables[2]["person_id"]})
    turned = estimated(tuple(table.sample(frac=1, random_state=3) for table in tables), FAR[::-1])
    assert (turned.value, turned.lo, turned.hi) == pytest.approx((found.value, found.lo, found.hi))
    back = estimated((*tables[2:], *tables[:2]))
    assert (back.lo, back.hi) == pytest.approx((-(found.hi or 0), -(found.lo or 0)))


def test_without_a_change_0_lies_in_the_interval_and_beyond_it_where_the_two_come_closer() -> None:
    still = [estimated(waves(seed)) for seed in range(24)]
    assert sum(not (e.lo or 0) <= 0 <= (e.hi or 0) for e in still) <= 4
    spread = np.std([e.value for e in still], ddof=1)
    assert 0.7 < np.mean([e.extra["se"] for e in still]) / spread < 1.5
    assert all((estimated(waves(seed, closer=3.0)).lo or 0) > 0 for seed in range(3))


def test_nothing_is_told_without_ties_without_one_of_the_groups_or_where_nothing_varies() -> None:
    people, ties, *after = waves(1)
    gone = people[people["generation"] != "old"]
    for tables, reason in (
        ((people, ties[:0], *after), module.NO_TIES_AT_A_WAVE),
        ((gone, ties, *after), module.NOT_OF_BOTH),
        ((people, ties, people, ties), module.SAME_NETWORK),
    ):
        found = mixing_change(*tables, groups=FAR)
        assert isinstance(found, NotEstimable)
        assert found.reason == reason
