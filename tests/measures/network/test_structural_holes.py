"""Structural holes and triangles: by hand, against dense matrices, and the compiled loops against their twins."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.network import brokerage, centrality, distances, triangles
from rmanalytics.measures.network import structural_holes as holes
from rmanalytics.measures.network.brokerage import brokerage_counts
from rmanalytics.measures.network.centrality import reach_in_two_steps
from rmanalytics.measures.network.distances import distance_to_top
from rmanalytics.measures.network.nulls import numba_kernels
from rmanalytics.measures.network.nulls.numba_kernels import count_within_two, list_triangles, machine_code
from rmanalytics.measures.network.structural_holes import structural_holes
from rmanalytics.measures.network.triangles import DOWNWARD, UPWARD, by_kernel, by_numpy, pairs_of

MEASURES = ["constraint", "effective_size", "efficiency"]


def network(people_n: int, ties_n: int, *, seed: int, weighted: bool = False) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Random ties with loops, repeated rows and isolates, some of them of a person whom nearly everybody knows."""
    rng = np.random.default_rng(seed)
    ends = rng.integers(people_n * 9 // 10, size=(2, ties_n))
    ends[1, : ties_n // 10] = 0
    ends[1, -5:] = ends[0, -5:]
    people = pd.DataFrame({"person_id": np.arange(people_n), "generation": rng.choice(list("xyz"), people_n)})
    ties = pd.DataFrame({"source_id": ends[0], "target_id": ends[1]})
    ties = pd.concat([ties, ties.iloc[:20]], ignore_index=True)
    return people, ties.assign(weight=rng.gamma(2.0, size=len(ties))) if weighted else ties


def by_matrices(n: int, ties: pd.DataFrame) -> pd.DataFrame:
    """Burt's formulas on full matrices."""
    a = np.zeros((n, n))
    if "weight" in ties.columns:
        np.add.at(a, (ties["source_id"], ties["target_id"]), ties["weight"])
    else:
        a[ties["source_id"], ties["target_id"]] = 1
    np.fill_diagonal(a, 0)
    z = a + a.T
    with np.errstate(invalid="ignore"):
        p, m = z / z.sum(axis=1, keepdims=True), z / z.max(axis=1, keepdims=True)
    p, m = np.nan_to_num(p), np.nan_to_num(m)
    known = z.sum(axis=1) > 0
    table = pd.DataFrame(
        {
            "constraint": (((p + p @ p) * (z > 0)) ** 2).sum(axis=1),
            "effective_size": ((z > 0) * (1 - p @ m.T)).sum(axis=1),
        }
    )
    table["efficiency"] = table["effective_size"] / (z > 0).sum(axis=1).clip(1)
    return table.where(pd.Series(known))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_structural_holes_equal_burts_formulas_on_full_matrices(seed: int, *, weighted: bool) -> None:
    people, ties = network(120, 900, seed=seed, weighted=weighted)
    pd.testing.assert_frame_equal(structural_holes(people, ties)[MEASURES], by_matrices(120, ties), rtol=1e-11)


def test_three_people_who_all_know_each_other_have_one_contact_too_many() -> None:
    people = pd.DataFrame({"person_id": list("abc")})
    ties = pd.DataFrame({"source_id": list("abc"), "target_id": list("bca")})
    table = structural_holes(people, ties)
    # half of the ties to each, and a quarter more by way of the other: 2 * (1/2 + 1/4)^2
    assert table["constraint"].tolist() == pytest.approx([1.125] * 3)
    assert table["effective_size"].tolist() == pytest.approx([1.0] * 3)


def test_equal_weights_are_the_same_as_none_and_a_column_without_values_is_no_column() -> None:
    people, ties = network(60, 300, seed=4)
    distinct = ties.drop_duplicates()
    plain = structural_holes(people, ties)
    pd.testing.assert_frame_equal(structural_holes(people, distinct.assign(weight=2.5)), plain, rtol=1e-12)
    pd.testing.assert_frame_equal(structural_holes(people, ties.assign(weight=np.nan)), plain)


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan, np.inf])
def test_a_weight_that_is_no_number_above_0_is_refused(weight: float) -> None:
    people, ties = network(20, 60, seed=5, weighted=True)
    ties.loc[3, "weight"] = weight
    with pytest.raises(ValueError, match="weight"):
        structural_holes(people, ties)


@pytest.mark.parametrize("weighted", [False, True])
def test_positions_do_not_depend_on_names_or_the_order_of_rows(*, weighted: bool) -> None:
    people, ties = network(80, 500, seed=6, weighted=weighted)
    name = pd.Series(np.random.default_rng(7).permutation(80), index=np.arange(80))
    other_people = people.assign(person_id=people["person_id"].map(name)).sample(frac=1, random_state=1)
    other_ties = ties.assign(source_id=ties["source_id"].map(name), target_id=ties["target_id"].map(name))
    other_ties = other_ties.sample(frac=1, random_state=2)
    for measure in (structural_holes, brokerage_counts, reach_in_two_steps):
        here = measure(people, ties).set_index("person_id")
        there = measure(other_people, other_ties).set_index("person_id").loc[name].set_axis(here.index)
        pd.testing.assert_frame_equal(here, there, rtol=1e-12)


def test_reversed_ties_change_no_structural_hole_and_swap_the_two_ends_of_brokerage() -> None:
    people, ties = network(80, 500, seed=8)
    turned = ties.rename(columns={"source_id": "target_id", "target_id": "source_id"})
    pd.testing.assert_frame_equal(structural_holes(people, turned), structural_holes(people, ties), rtol=1e-12)
    here, there = brokerage_counts(people, ties), brokerage_counts(people, turned)
    swapped = {"representative": "gatekeeper", "gatekeeper": "representative"}
    pd.testing.assert_frame_equal(there.rename(columns=swapped)[here.columns], here)


def test_no_ties_leave_all_structural_holes_missing() -> None:
    people, ties = network(10, 60, seed=9)
    table = structural_holes(people, ties.iloc[:0])
    assert table["contacts_n"].tolist() == [0] * 10
    assert table[MEASURES].isna().to_numpy().all()
    assert brokerage_counts(people, ties.iloc[:0])["total"].tolist() == [0] * 10
    assert structural_holes(people.iloc[:0], ties).empty


def listed(blocks: object) -> list[list[int]]:
    return [list(found) for block in blocks for found in zip(*(pairs.tolist() for pairs in block), strict=True)]  # type: ignore[attr-defined]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triangles, "_BLOCK", 50)
    monkeypatch.setattr(centrality, "_BLOCK_CELLS", 50)
    monkeypatch.setattr(distances, "_MOST_ENDS", 20)
    for module in (holes, brokerage):
        monkeypatch.setattr(module, "_PART", 30)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_loop_that_lists_triangles_equals_its_twin_and_a_walk_over_all_trios(seed: int) -> None:
    people, ties = network(60, 500, seed=seed)
    ends = ties[ties["source_id"] != ties["target_id"]].drop_duplicates().to_numpy()
    pairs = pairs_of(len(people), ends[:, 0], ends[:, 1], None)
    found = listed(by_numpy(pairs))
    assert found == listed(by_kernel(pairs, list_triangles))
    joined = {frozenset(pair) for pair in ends.tolist()}
    trios = {trio for trio in combinations(range(60), 3) if all(frozenset(p) in joined for p in combinations(trio, 2))}
    corners = [(pairs.lower[a], pairs.upper[a], pairs.upper[b]) for a, b, _ in found]
    assert {tuple(sorted(pairs.order[list(trio)].tolist())) for trio in corners} == trios
    assert len(corners) == len(trios)


def test_pairs_keep_the_direction_of_ties() -> None:
    pairs = pairs_of(4, np.array([0, 1, 2, 3]), np.array([1, 0, 1, 1]), np.array([2.0, 3.0, 5.0, 7.0]))
    ways = {
        frozenset(pairs.order[[low, high]].tolist()): (way, weight)
        for low, high, way, weight in zip(pairs.lower, pairs.upper, pairs.ways, pairs.weight, strict=True)
    }
    # person 1 has most ties, so all pairs lead up to them
    assert ways[frozenset({0, 1})] == (UPWARD | DOWNWARD, 5.0)
    assert ways[frozenset({1, 2})] == (UPWARD, 5.0)
    assert ways[frozenset({1, 3})] == (UPWARD, 7.0)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_compiled_measures_equal_those_of_numpy_bit_for_bit(
    seed: int, monkeypatch: pytest.MonkeyPatch, *, weighted: bool
) -> None:
    pytest.importorskip("numba")
    people, ties = network(300, 3000, seed=seed, weighted=weighted)
    plain = [measure(people, ties) for measure in (structural_holes, brokerage_counts, reach_in_two_steps)]
    monkeypatch.setattr(triangles, "LARGE", 0)
    monkeypatch.setattr(centrality, "LARGE", 0)
    assert machine_code(list_triangles) is not None
    for here, measure in zip(plain, (structural_holes, brokerage_counts, reach_in_two_steps), strict=True):
        pd.testing.assert_frame_equal(measure(people, ties), here, check_exact=True)


def test_without_numba_large_networks_are_measured_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    people, ties = network(100, 900, seed=3)
    plain = [measure(people, ties) for measure in (structural_holes, brokerage_counts, reach_in_two_steps)]
    for module in (triangles, centrality):
        monkeypatch.setattr(module, "LARGE", 0)
        monkeypatch.setattr(module, "machine_code", lambda loop: None)
    for here, measure in zip(plain, (structural_holes, brokerage_counts, reach_in_two_steps), strict=True):
        pd.testing.assert_frame_equal(measure(people, ties), here, check_exact=True)


def test_where_machine_code_cannot_be_kept_it_is_made_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Numba:
        @staticmethod
        def njit(loop: object = None, *, cache: bool = False) -> object:
            if cache:
                raise RuntimeError("cannot cache function")
            return loop

    def here() -> int:
        return 1

    monkeypatch.setattr(numba_kernels, "compiled", lambda: True)
    monkeypatch.setattr(numba_kernels, "import_module", lambda name: Numba)
    assert numba_kernels.machine_code(here) is here


@pytest.mark.usefixtures("small_blocks")
def test_the_loop_that_counts_two_steps_equals_its_twin_and_the_squared_matrix() -> None:
    people, ties = network(90, 200, seed=11)
    a = np.zeros((90, 90), dtype=np.int64)
    a[ties["source_id"], ties["target_id"]] = 1
    either = ((a + a.T) > 0) & ~np.eye(90, dtype=bool)
    reached = (either.astype(int) @ either.astype(int) + either > 0) & ~np.eye(90, dtype=bool)
    table = reach_in_two_steps(people, ties)
    assert table["reach_two_steps_n"].tolist() == reached.sum(axis=1).tolist()
    assert table["contacts_n"].tolist() == either.sum(axis=1).tolist()
    starts = np.concatenate([[0], np.cumsum(either.sum(axis=1))])
    within = np.empty(90, dtype=np.int64)
    count_within_two(starts, np.nonzero(either)[1], np.zeros(90, dtype=np.int64), within)
    assert within.tolist() == reached.sum(axis=1).tolist()


@pytest.mark.parametrize("weighted", [False, True])
def test_work_in_small_parts_gives_the_same_numbers(request: pytest.FixtureRequest, *, weighted: bool) -> None:
    people, ties = network(90, 400, seed=12, weighted=weighted)
    tandems = ties.iloc[:10]

    def to_top(people: pd.DataFrame, ties: pd.DataFrame) -> pd.DataFrame:
        return distance_to_top(people, ties, tandems, top=[1, 2])

    measures = (structural_holes, brokerage_counts, reach_in_two_steps, to_top)
    whole = [measure(people, ties) for measure in measures]
    request.getfixturevalue("small_blocks")
    for here, measure in zip(whole, measures, strict=True):
        pd.testing.assert_frame_equal(measure(people, ties), here, rtol=1e-12)


def test_a_person_whom_everybody_knows_costs_few_steps() -> None:
    n = 20_000
    star = pairs_of(n, np.arange(1, n), np.zeros(n - 1, dtype=np.int64), None)
    assert np.diff(star.starts).max() == 1
    assert listed(by_numpy(star)) == []
    people = pd.DataFrame({"person_id": np.arange(n)})
    ties = pd.DataFrame({"source_id": np.arange(1, n), "target_id": 0})
    assert structural_holes(people, ties)["effective_size"].tolist() == [n - 1.0] + [1.0] * (n - 1)
