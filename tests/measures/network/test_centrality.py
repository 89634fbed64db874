"""Visibility, and the parts of the bridge between generations: by hand, against matrices and by brute force."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from rmanalytics.measures.network.centrality import eigenvector_rank, reach_in_two_steps
from rmanalytics.measures.network.ei_index import ei_index
from rmanalytics.measures.network.ei_parts import cut_ties, ei_by_group
from rmanalytics.results import Curve, Estimate, NotEstimable


def frames(ties: str, people: str = "", generations: str = "") -> tuple[pd.DataFrame, pd.DataFrame]:
    """People of one letter each, ties as ``"ab bc"``."""
    pairs = ties.split()
    names = people or "".join(sorted(set("".join(pairs))))
    generation = list(generations) or ["x"] * len(names)
    return (
        pd.DataFrame({"person_id": list(names), "generation": generation}),
        pd.DataFrame({"source_id": [p[0] for p in pairs], "target_id": [p[1] for p in pairs]}, dtype="str"),
    )


def network(people_n: int, ties_n: int, *, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({"person_id": np.arange(people_n), "generation": rng.choice(list("xyz"), people_n)})
    ends = rng.integers(people_n, size=(2, ties_n))
    return people, pd.DataFrame({"source_id": ends[0], "target_id": ends[1]})


def scores(people: pd.DataFrame, ties: pd.DataFrame) -> pd.DataFrame:
    table = eigenvector_rank(people, ties)
    assert isinstance(table, pd.DataFrame)
    return table


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_eigenvector_scores_are_the_leading_eigenvector_of_who_is_named(seed: int, *, weighted: bool) -> None:
    n = 40
    people, ties = network(n, 200, seed=seed)
    if weighted:
        ties["weight"] = np.random.default_rng(seed).gamma(2.0, size=len(ties))
    a = np.zeros((n, n))
    if weighted:
        np.add.at(a, (ties["source_id"], ties["target_id"]), ties["weight"])
    else:
        a[ties["source_id"], ties["target_id"]] = 1
    np.fill_diagonal(a, 0)
    values, vectors = np.linalg.eig(a.T)
    leading = np.abs(vectors[:, np.argmax(values.real)].real)
    assert scores(people, ties)["score"].to_numpy() == pytest.approx(leading / leading.max(), abs=1e-8)


def test_a_ring_and_a_two_sided_network_settle() -> None:
    ring = scores(*frames("ab bc cd da"))
    assert ring["score"].tolist() == pytest.approx([1] * 4)
    assert ring["rank_share"].tolist() == [0.5] * 4
    path = scores(*frames("ab ba bc cb"))
    assert path["score"].tolist() == pytest.approx([0.5**0.5, 1, 0.5**0.5])


def test_people_who_lead_into_the_heaviest_part_score_nothing_and_those_it_leads_to_score() -> None:
    # a names the trio b, c, d, who name each other; d names e, whom nobody else names
    table = scores(*frames("ab bc cb cd dc bd db de", people="abcdef")).set_index("person_id")
    assert table["score"].to_dict() == pytest.approx({"a": 0, "b": 1, "c": 1, "d": 1, "e": 0.5, "f": 0}, abs=1e-9)
    # e is above the two who score nothing; they are level with each other
    assert table["rank_share"].to_dict() == pytest.approx({"a": 0.1, "b": 0.8, "c": 0.8, "d": 0.8, "e": 0.4, "f": 0.1})


def test_of_two_parts_the_heavier_one_takes_all_and_equal_ones_share() -> None:
    heavier = scores(*frames("ab ba cd dc de ed ce ec"))
    assert heavier["score"].tolist() == pytest.approx([0, 0, 1, 1, 1], abs=1e-9)
    equal = scores(*frames("ab ba cd dc", people="abcde"))
    assert equal["score"].tolist() == pytest.approx([1, 1, 1, 1, 0], abs=1e-9)


@pytest.mark.parametrize(
    ("people", "ties", "reason"),
    [
        ("a", "", "fewer than 2 people in the network"),
        ("abc", "", "no ties among the people of the network"),
        ("abc", "aa bb", "no ties among the people of the network"),
        ("abc", "ab bc ac", "no way along the ties leads back to where it began"),
    ],
)
def test_eigenvector_rank_is_not_estimable(people: str, ties: str, reason: str) -> None:
    result = eigenvector_rank(*frames(ties, people=people))
    assert isinstance(result, NotEstimable)
    assert result.because == reason


def test_two_equal_parts_in_a_chain_do_not_settle() -> None:
    # the growth of the second part never stops: the eigenvalue is double and has one eigenvector only
    result = eigenvector_rank(*frames("ab ba bc cd dc"))
    assert isinstance(result, NotEstimable)
    assert result.because == "the scores did not settle: two parts of the network weigh the same, or nearly so"


def test_ranks_do_not_depend_on_names_rows_or_repetitions() -> None:
    people, ties = network(60, 300, seed=4)
    name = pd.Series(np.random.default_rng(5).permutation(60), index=np.arange(60))
    other_people = people.assign(person_id=people["person_id"].map(name)).sample(frac=1, random_state=1)
    other_ties = ties.assign(source_id=ties["source_id"].map(name), target_id=ties["target_id"].map(name))
    other_ties = pd.concat([other_ties, other_ties.iloc[:50]]).sample(frac=1, random_state=2)
    here = eigenvector_rank(people, ties).set_index("person_id")  # type: ignore[union-attr]
    there = eigenvector_rank(other_people, other_ties).set_index("person_id").loc[name].set_axis(here.index)  # type: ignore[union-attr]
    pd.testing.assert_frame_equal(here, there, rtol=1e-8, atol=1e-12)


def test_reach_counts_each_person_once_and_not_oneself() -> None:
    table = reach_in_two_steps(*frames("ab ba bc ca cd de", people="abcdef")).set_index("person_id")
    assert table["contacts_n"].to_dict() == {"a": 2, "b": 2, "c": 3, "d": 2, "e": 1, "f": 0}
    assert table["reach_two_steps_n"].to_dict() == {"a": 3, "b": 3, "c": 4, "d": 4, "e": 2, "f": 0}
    assert reach_in_two_steps(*frames("", people="ab"))["reach_two_steps_n"].tolist() == [0, 0]


@pytest.mark.parametrize("weighted", [False, True])
def test_the_index_of_the_network_is_the_weighted_mean_of_those_of_generations(*, weighted: bool) -> None:
    people, ties = network(50, 300, seed=7)
    if weighted:
        ties["weight"] = np.random.default_rng(8).gamma(2.0, size=len(ties))
    whole = ei_index(people, ties, rng=np.random.default_rng(1), seed=1, draws=100, bootstrap_draws=50)
    assert isinstance(whole, Estimate)
    group = ei_by_group(people, ties)
    assert isinstance(group, Curve)
    assert np.average(group.points["observed"], weights=group.points["ties_n"]) == pytest.approx(whole.value)


def test_feasible_range_holds_every_network_with_the_same_ties_given_and_got() -> None:
    rng = np.random.default_rng(9)
    for seed in range(12):
        people, ties = network(9, 25, seed=seed)
        label = [0, 0, 0, 0, 1, 1, 1, 2, 2]
        people["generation"] = ["xyz"[g] for g in label]
        pairs = [(s, t) for s, t in ties.drop_duplicates().to_numpy().tolist() if s != t]
        curve = ei_by_group(people, pd.DataFrame(pairs, columns=["source_id", "target_id"]))
        assert isinstance(curve, Curve)
        lowest, highest = curve.points["lowest"].to_numpy(), curve.points["highest"].to_numpy()
        for _ in range(300):
            i, j = rng.choice(len(pairs), 2, replace=False)
            (a, b), (c, d) = pairs[i], pairs[j]
            if a in {c, d} or b in {c, d} or (a, d) in pairs or (c, b) in pairs:
                continue
            pairs[i], pairs[j] = (a, d), (c, b)
            ends = np.array(
                [(label[s], label[s] != label[t]) for s, t in pairs]
                + [(label[t], label[s] != label[t]) for s, t in pairs]
            )
            observed = np.array([2 * ends[ends[:, 0] == g, 1].mean() - 1 for g in range(3)])
            assert (observed >= lowest - 1e-12).all()
            assert (observed <= highest + 1e-12).all()


def test_feasible_range_is_told_where_sizes_force_ties_across() -> None:
    # the only z must tie with others; the five x give one tie each, and may keep them all
    people, ties = frames("ab bc cd de ea fa", people="abcdef", generations="xxxxxz")
    curve = ei_by_group(people, ties)
    assert isinstance(curve, Curve)
    points = curve.points.set_index("generation")
    assert points.loc["z", ["lowest", "highest", "observed"]].tolist() == [1.0, 1.0, 1.0]
    assert points.loc["x", "lowest"] == pytest.approx(2 * 1 / 11 - 1)
    weighted = ei_by_group(people, ties.assign(weight=2.0))
    assert isinstance(weighted, Curve)
    assert weighted.points[["lowest", "highest"]].isna().to_numpy().all()


def test_ei_by_group_is_not_estimable_when_the_index_is_not() -> None:
    for people, ties in (frames("ab", people="abcdef"), frames("", people="abcdef", generations="xxxyyy")):
        assert isinstance(ei_by_group(people, ties), NotEstimable)


def cut_by_removal(n: int, pairs: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """Pairs whose removal leaves more parts than there are."""

    def parts(left: list[tuple[int, int]]) -> int:
        rows, columns = np.array(left, dtype=np.int64).reshape(-1, 2).T
        return int(connected_components(csr_array((np.ones(len(left)), (rows, columns)), shape=(n, n)))[0])

    return {pair for pair in pairs if parts([other for other in pairs if other != pair]) > parts(pairs)}


@pytest.mark.parametrize("seed", range(30))
def test_cut_ties_are_those_whose_removal_leaves_more_parts(seed: int) -> None:
    n = 25
    people, ties = network(n, int(np.random.default_rng(seed).integers(12, 45)), seed=seed)
    generation = people["generation"].tolist()
    pairs = sorted({(min(s, t), max(s, t)) for s, t in ties.to_numpy().tolist() if s != t})
    expected = cut_by_removal(n, pairs)
    crossing = {pair for pair in pairs if generation[pair[0]] != generation[pair[1]]}
    result = cut_ties(people, ties)
    assert isinstance(result, Estimate)
    assert result.extra["cut_n"] == len(expected)
    assert result.extra["cross_cut_n"] == len(expected & crossing)
    assert (result.extra["ties_n"], result.n) == (len(pairs), len(crossing))
    both = pd.concat([ties, ties.rename(columns={"source_id": "target_id", "target_id": "source_id"})])
    assert cut_ties(people.sample(frac=1, random_state=seed), both.sample(frac=1, random_state=seed)) == result


def test_a_long_chain_is_all_cut_ties_and_closed_to_a_ring_has_none() -> None:
    n = 3_000
    people = pd.DataFrame({"person_id": np.arange(n), "generation": np.where(np.arange(n) % 2, "x", "y")})
    chain = pd.DataFrame({"source_id": np.arange(n - 1), "target_id": np.arange(1, n)})
    result = cut_ties(people, chain)
    assert isinstance(result, Estimate)
    assert (result.value, result.extra["cut_n"]) == (1.0, n - 1)
    ring = cut_ties(people, pd.concat([chain, pd.DataFrame({"source_id": [n - 1], "target_id": [0]})]))
    assert isinstance(ring, Estimate)
    assert (ring.value, ring.extra["cut_n"]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("ties", "people", "generations", "reason"),
    [
        ("ab", "abc", "xyx", "fewer than 6 people of known generation"),
        ("ab", "abcdef", "xxxxxx", "people of one generation only"),
        ("ab", "abcdef", "xxxyyy", "no ties between generations"),
        ("", "abcdef", "xxxyyy", "no ties between generations"),
    ],
)
def test_cut_ties_are_not_estimable(ties: str, people: str, generations: str, reason: str) -> None:
    result = cut_ties(*frames(ties, people=people, generations=generations))
    assert isinstance(result, NotEstimable)
    assert result.because == reason
