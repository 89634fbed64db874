"""Positions of people: structural holes, brokerage, distance to the top, turnover of ties; against R and by hand."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden

from rmanalytics.measures.network.brokerage import ROLES, brokerage_counts, brokerage_roles
from rmanalytics.measures.network.change import tie_jaccard
from rmanalytics.measures.network.distances import distance_to_top
from rmanalytics.measures.network.structural_holes import structural_holes
from rmanalytics.measures.network.ties import both_directions
from rmanalytics.results import Curve, Estimate, NotEstimable

R_ROLES = dict(zip(("w_I", "w_O", "b_IO", "b_OI", "b_O", "t"), (*ROLES, "total"), strict=True))


def ties_of(path: Path) -> pd.DataFrame:
    return pd.read_csv(path).set_axis(["source_id", "target_id"], axis=1)


def random_ties(people_n: int, ties_n: int, *, seed: int) -> pd.DataFrame:
    ends = np.random.default_rng(seed).integers(people_n, size=(2, ties_n))
    return pd.DataFrame({"source_id": ends[0], "target_id": ends[1]})


@pytest.mark.golden
@pytest.mark.parametrize("key", ["directed", "undirected"])
def test_constraint_and_effective_size_equal_r(key: str) -> None:
    case, folder = golden("net_burt_krack")
    people = pd.read_csv(folder / "nodes.csv")[["id"]].set_axis(["person_id"], axis=1)
    ties = ties_of(folder / "friendship.csv")
    table = structural_holes(people, ties if key == "directed" else both_directions(ties))
    for column, values in case["expected"][key].items():
        assert all(close(case, value, e) for value, e in zip(table[column], values, strict=True))


def test_structural_holes_of_many_people_equal_the_formula_on_dense_matrices() -> None:
    n = 150
    ties = random_ties(n, 900, seed=1)
    table = structural_holes(pd.DataFrame({"person_id": np.arange(n + 1)}), ties)
    a = np.zeros((n + 1, n + 1))
    a[ties["source_id"], ties["target_id"]] = 1
    np.fill_diagonal(a, 0)
    z = a + a.T
    with np.errstate(invalid="ignore"):
        p, m = z / z.sum(axis=1, keepdims=True), z / z.max(axis=1, keepdims=True)
    p, m = np.nan_to_num(p), np.nan_to_num(m)
    constraint = (((p + p @ p) * (z > 0)) ** 2).sum(axis=1)
    size = ((z > 0) * (1 - p @ m.T)).sum(axis=1)
    known = z.sum(axis=1) > 0
    assert table.loc[known, "constraint"].to_numpy() == pytest.approx(constraint[known])
    assert table.loc[known, "effective_size"].to_numpy() == pytest.approx(size[known])
    assert table.loc[~known, ["constraint", "effective_size", "efficiency"]].isna().to_numpy().all()
    assert table.loc[n, "contacts_n"] == 0


def brokerage_case(folder: Path, key: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    kind, attribute = key.split("_")
    nodes = pd.read_csv(folder / "nodes.csv")
    nodes["generation"] = np.where(nodes["age"] >= 40, "senior", "junior")
    people = pd.DataFrame({"person_id": nodes["id"], "generation": nodes[attribute].astype("str")})
    return people, ties_of(folder / f"{kind}.csv")


@pytest.mark.golden
@pytest.mark.parametrize("key", ["advice_dept", "advice_generation", "friendship_generation"])
def test_brokerage_of_each_manager_and_its_expectation_equal_r(key: str) -> None:
    case, folder = golden("net_brokerage_krack")
    expected = case["expected"][key]
    people, ties = brokerage_case(folder, key)
    counts, curve = brokerage_counts(people, ties), brokerage_roles(people, ties)
    assert isinstance(curve, Curve)
    points = curve.points.set_index("role")
    for theirs, ours in R_ROLES.items():
        assert counts[ours].tolist() == expected["raw_node"][theirs]
        assert points.loc[ours, "observed_n"] == expected["raw_group"][theirs]
        assert close(case, points.loc[ours, "expected_n"], expected["exp_group"][theirs])


def omitted_covariances(role: str, sizes: list[int], density: float) -> float:
    """What the printed variances leave out: 0 for itinerant and liaison."""
    n, pairs = sum(sizes), density**4 * (1 - density) ** 2
    if role == "coordinator":
        return sum(2 * g * (g - 1) * (g - 2) for g in sizes) * pairs
    if role == "total":
        return 2 * n * (n - 1) * (n - 2) * pairs
    if role in {"representative", "gatekeeper"}:
        return sum(g * (g - 1) * (n - g) * (1 + 2 * (g - 2)) for g in sizes) * pairs
    return 0.0


@pytest.mark.golden
@pytest.mark.parametrize("key", ["advice_dept", "advice_generation", "friendship_generation"])
def test_brokerage_variances_equal_those_of_r_with_the_terms_that_r_leaves_out(key: str) -> None:
    case, folder = golden("net_brokerage_krack")
    expected = case["expected"][key]
    people, ties = brokerage_case(folder, key)
    curve = brokerage_roles(people, ties)
    assert isinstance(curve, Curve)
    points = curve.points.set_index("role")
    sizes, density = people["generation"].value_counts().tolist(), len(ties) / (21 * 20)
    for theirs, ours in R_ROLES.items():
        printed = np.sqrt(points.loc[ours, "sd_n"] ** 2 + omitted_covariances(ours, sizes, density))
        assert close(case, printed, expected["sd_group"][theirs])
        if expected["z_group"][theirs] is None:
            assert np.isnan(points.loc[ours, "z"])
        else:
            z = (points.loc[ours, "observed_n"] - points.loc[ours, "expected_n"]) / printed
            assert close(case, z, expected["z_group"][theirs])


def test_brokerage_moments_are_those_of_simulated_independent_ties() -> None:
    rng, n, density, draws = np.random.default_rng(3), 12, 0.3, 4000
    codes = np.repeat([0, 1, 2], [5, 4, 3])
    people = pd.DataFrame({"person_id": np.arange(n), "generation": codes.astype("str")})
    own = codes[:, None] == codes[None, :]
    drawn = []
    for _ in range(draws):
        a = (rng.random((n, n)) < density) & ~np.eye(n, dtype=bool)
        open_ends = ~a & ~np.eye(n, dtype=bool)
        within, across = (a & own).astype(int), (a & ~own).astype(int)
        drawn.append(
            [
                (within @ within)[open_ends].sum(),
                (across @ across)[open_ends & own].sum(),
                (within @ across)[open_ends].sum(),
                (across @ within)[open_ends].sum(),
                (across @ across)[open_ends & ~own].sum(),
                (a.astype(int) @ a.astype(int))[open_ends].sum(),
            ]
        )
    ties_n = round(density * n * (n - 1))
    pairs = np.array(list(permutations(range(n), 2)))[:ties_n]
    curve = brokerage_roles(people, pd.DataFrame(pairs, columns=["source_id", "target_id"]))
    assert isinstance(curve, Curve)
    assert curve.points["sd_n"].to_numpy() == pytest.approx(np.std(drawn, axis=0), rel=0.06)
    assert curve.points["expected_n"].to_numpy() == pytest.approx(np.mean(drawn, axis=0), rel=0.03)


def test_brokerage_counts_equal_a_walk_over_all_chains() -> None:
    n = 40
    rng = np.random.default_rng(5)
    people = pd.DataFrame({"person_id": np.arange(n), "generation": rng.choice(list("xyz"), n)})
    ties = random_ties(n, 250, seed=6)
    pairs = {(s, t) for s, t in ties.to_numpy().tolist() if s != t}
    group = people["generation"].tolist()
    expected = np.zeros((n, 5), dtype=int)
    for a, b in pairs:
        for c in range(n):
            if c != a and (b, c) in pairs and (a, c) not in pairs:
                g, h, k = group[a], group[b], group[c]
                role = (0 if g == h else 1) if g == k else 2 if g == h else 3 if h == k else 4
                expected[b, role] += 1
    assert brokerage_counts(people, ties)[list(ROLES)].to_numpy().tolist() == expected.tolist()


def test_brokerage_of_one_generation_is_not_estimable() -> None:
    people = pd.DataFrame({"person_id": np.arange(8), "generation": "x"})
    result = brokerage_roles(people, random_ties(8, 20, seed=1))
    assert isinstance(result, NotEstimable)


def distances(people_n: int, ties: list[str], tandems: list[str], top: list[str]) -> pd.DataFrame:
    people = pd.DataFrame({"person_id": [chr(ord("a") + i) for i in range(people_n)]})

    def frame(pairs: list[str]) -> pd.DataFrame:
        return pd.DataFrame({"source_id": [p[0] for p in pairs], "target_id": [p[1] for p in pairs]}, dtype="str")

    return distance_to_top(people, frame(ties), frame(tandems), top=top).set_index("person_id")


def test_a_tandem_with_the_top_is_one_step_and_taken_out_of_the_second_distance() -> None:
    table = distances(6, ["ab", "bc", "cd", "ad", "ef"], ["da"], ["d"])
    assert table["steps"].tolist()[:4] == [1, 2, 1, 0]
    assert table["steps_without_pairs"].tolist()[:4] == [3, 2, 1, 0]
    assert table.loc[["e", "f"], "steps"].isna().all()
    assert table["closeness"].tolist() == [0.5, 1 / 3, 0.5, 1, 0, 0]


def test_distance_is_to_the_nearest_of_the_top_and_unknown_ones_are_passed_over() -> None:
    table = distances(7, ["ab", "bc", "cd", "de", "ef", "fg"], [], ["a", "g", "z"])
    assert table["steps"].tolist() == [0, 1, 2, 3, 2, 1, 0]


@pytest.mark.parametrize("top", [["z"], []])
def test_nobody_of_the_top_in_the_network_leaves_all_distances_missing(top: list[str]) -> None:
    table = distances(3, ["ab"], [], top)
    assert table["steps"].isna().all()
    assert (table["closeness"] == 0).all()


@pytest.mark.golden
def test_turnover_of_colemans_boys_equals_r() -> None:
    case, folder = golden("net_change_coleman")
    expected = case["expected"]
    people = pd.DataFrame({"person_id": range(1, 74)})
    result = tie_jaccard(people, ties_of(folder / "fall.csv"), ties_of(folder / "spring.csv"))
    assert isinstance(result, Estimate)
    extra = result.extra
    assert close(case, result.value, expected["jaccard"])
    assert result.lo is not None
    assert result.hi is not None
    assert 0 < result.lo < result.value < result.hi < 1
    for key in ("kept", "dissolved", "created", "hamming", "persistence"):
        assert close(case, extra[key], expected[key])
    assert close(case, extra["graph_correlation"], expected["gcor"])
    for i, when in enumerate(("before", "after")):
        assert close(case, extra[f"density_{when}"], expected["density"][i])
        assert close(case, extra[f"reciprocity_{when}"], expected["reciprocity_arc"][i])


def test_turnover_without_ties_or_people_is_not_estimable() -> None:
    none = random_ties(8, 5, seed=1).iloc[:0]
    people = pd.DataFrame({"person_id": np.arange(8)})
    result = tie_jaccard(people, none, none)
    assert isinstance(result, NotEstimable)
    assert result.because == "no ties at either wave"
    few = tie_jaccard(people.iloc[:5], none, none)
    assert isinstance(few, NotEstimable)
    assert few.because == "fewer than 6 people"


def test_the_same_ties_twice_have_a_jaccard_of_one_without_an_interval() -> None:
    ties = random_ties(8, 20, seed=1)
    result = tie_jaccard(pd.DataFrame({"person_id": np.arange(8)}), ties, ties.iloc[::-1])
    assert isinstance(result, Estimate)
    assert (result.value, result.lo) == (1.0, None)
    assert result.extra["graph_correlation"] == pytest.approx(1)
    assert result.extra["persistence"] == 1
