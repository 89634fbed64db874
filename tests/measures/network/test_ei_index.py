"""E-I index: against R, against full enumeration, and what must not change it."""

from __future__ import annotations

import math
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden
from hypothesis import given, settings
from hypothesis import strategies as st

from rmanalytics.measures.network.ei_index import ei_index, ei_null, mixing_matrix
from rmanalytics.measures.network.nulls.permutation_null import crossing_null, internal_moments, labelings_n
from rmanalytics.measures.network.ties import both_directions, symmetrised, tie_counts, wave, without_pairs
from rmanalytics.results import Curve, Estimate, NotEstimable, Result, to_frame


def network(generations: str, ties: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """People a, b, c … with one letter each for the generation (``-`` = unknown), and ties such as ``ab``."""
    people = pd.DataFrame(
        {
            "person_id": [chr(ord("a") + i) for i in range(len(generations))],
            "generation": [None if letter == "-" else letter for letter in generations],
        }
    )
    frame = pd.DataFrame({"source_id": [t[0] for t in ties], "target_id": [t[1] for t in ties]}, dtype="str")
    return people, frame


def index(people: pd.DataFrame, ties: pd.DataFrame, *, seed: int = 1, draws: int = 500) -> Estimate | NotEstimable:
    return ei_index(people, ties, rng=np.random.default_rng(seed), seed=seed, draws=draws, bootstrap_draws=200)


def estimated(result: Result) -> Estimate:
    assert isinstance(result, Estimate)
    return result


def reason(result: Result) -> str:
    assert isinstance(result, NotEstimable)
    return result.because


def krackhardt(folder: Path, kind: str, attribute: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    nodes = pd.read_csv(folder / "nodes.csv")
    nodes["generation"] = np.where(nodes["age"] >= 40, "senior", "junior")
    people = pd.DataFrame({"person_id": nodes["id"], "generation": nodes[attribute].astype("str")})
    ties = pd.read_csv(folder / f"{kind}.csv").set_axis(["source_id", "target_id"], axis=1)
    return people, ties


@pytest.mark.golden
@pytest.mark.parametrize(
    ("key", "kind", "attribute"),
    [
        ("friendship_dept_directed", "friendship", "dept"),
        ("friendship_dept_undirected", "friendship", "dept"),
        ("friendship_generation_directed", "friendship", "generation"),
        ("advice_generation_directed", "advice", "generation"),
    ],
)
def test_ei_index_of_krackhardts_managers_equals_r(key: str, kind: str, attribute: str) -> None:
    case, folder = golden("net_ei_krack")
    expected = case["expected"][key]
    people, ties = krackhardt(folder, kind, attribute)
    if key.endswith("_undirected"):
        ties = symmetrised(ties, rule="either")
    result = estimated(ei_index(people, ties, rng=np.random.default_rng(3), seed=3, draws=40_000, bootstrap_draws=100))
    assert result.method.startswith("E-I index; label permutation test")
    assert close(case, result.value, expected["ei"])
    assert (result.extra["external"], result.extra["internal"]) == (expected["E"], expected["I"])
    assert close(case, result.extra["expected"], expected["expected_exact"])
    tolerance = case["tolerance"]
    assert result.extra["perm_sd"] == pytest.approx(expected["perm_sd"], rel=tolerance["perm_sd_rel"])
    assert result.extra["null_sd"] == pytest.approx(expected["perm_sd"], rel=0.01)
    assert result.extra["perm_mean"] == pytest.approx(expected["expected_exact"], abs=4 * expected["perm_sd"] / 200)
    assert result.extra["p_lower"] == pytest.approx(expected["p_lower"], abs=tolerance["p_abs"])
    assert result.p_value == pytest.approx(expected["p_two_sided_abs"], abs=tolerance["p_abs"])
    assert result.mc_se is not None
    assert result.mc_se == pytest.approx(math.sqrt(result.p_value * (1 - result.p_value) / 40_000))


@pytest.mark.golden
def test_tie_counts_give_the_ei_index_of_each_manager() -> None:
    case, folder = golden("net_ei_krack")
    people, ties = krackhardt(folder, "friendship", "generation")
    counts = tie_counts(people, both_directions(ties))
    own = (2 * counts["cross_out_n"] - counts["out_n"]) / counts["out_n"]
    expected = case["expected"]["node_ei_friendship_generation_undirected"]
    assert all(close(case, value, e) for value, e in zip(own, expected, strict=True))
    assert (counts["cross_n"] == counts["cross_out_n"]).all()


def white(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    people = pd.read_csv(folder / "nodes.csv").set_axis(["person_id", "generation"], axis=1)
    return people, pd.read_csv(folder / "edges.csv").set_axis(["source_id", "target_id"], axis=1)


@pytest.mark.golden
def test_ei_index_of_whites_kinship_equals_the_enumeration_in_r() -> None:
    case, folder = golden("net_ei_exact_white")
    expected = case["expected"]
    people, ties = white(folder)
    result = estimated(index(people, ties))
    assert close(case, result.value, expected["ei"])
    assert close(case, result.extra["expected"], expected["expected_closed_form"])
    assert close(case, result.extra["perm_mean"], expected["expected"])
    assert close(case, result.extra["perm_sd"], expected["sd_population"])
    assert close(case, result.extra["null_sd"], expected["sd_population"])
    assert close(case, result.extra["p_lower"], expected["p_lower"])
    assert result.draws == expected["n_labelings"] == 252
    assert (result.mc_se, result.method) == (
        0.0,
        "E-I index; exact label permutation test about its expectation; dyadic cluster-robust interval",
    )


LETTERS = "abcdefgh"
PAIRS = [a + b for a, b in product(LETTERS[:7], repeat=2)]


@st.composite
def networks(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    generations = draw(st.text(alphabet="xyz", min_size=6, max_size=7))
    letters = LETTERS[: len(generations)]
    possible = [pair for pair in PAIRS if set(pair) <= set(letters)]
    return network(generations, draw(st.lists(st.sampled_from(possible), min_size=1, max_size=20)))


@given(networks())
@settings(max_examples=60, deadline=None)
def test_mean_and_variance_over_all_labelings_equal_the_closed_form(data: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    net = wave(*data)
    if net.ties_n == 0:
        return
    labelings = {tuple(labels) for labels in permutations(net.codes.tolist())}
    counts = [int((np.array(labels)[net.source] == np.array(labels)[net.target]).sum()) for labels in labelings]
    mean, variance = internal_moments(net.codes, net.source, net.target)
    assert mean == pytest.approx(np.mean(counts), abs=1e-12)
    assert variance == pytest.approx(np.var(counts), abs=1e-12)
    sizes = net.sizes
    expected = 1 - 2 * (sizes * (sizes - 1)).sum() / (net.people_n * (net.people_n - 1))
    assert np.mean([1 - 2 * count / net.ties_n for count in counts]) == pytest.approx(expected, abs=1e-12)
    assert labelings_n(sizes) == len(labelings)
    crossing, exact = crossing_null(net.codes, net.source, net.target, rng=np.random.default_rng(0), draws=1)
    assert exact
    assert sorted(net.ties_n - crossing) == sorted(counts)


@given(networks())
@settings(max_examples=40, deadline=None)
def test_row_order_repeated_ties_loops_and_names_change_nothing(data: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    people, ties = data
    first = index(people, ties)
    loops = pd.DataFrame({"source_id": ["a", "b"], "target_id": ["a", "b"]}, dtype="str")
    shuffled = pd.concat([ties, ties.iloc[::-1], loops]).sample(frac=1, random_state=5)
    renamed = people.assign(generation=people["generation"].map({"x": "Baby boomer", "y": "X", "z": "A"}))
    assert index(renamed.sample(frac=1, random_state=4), shuffled) == first


@given(networks())
@settings(max_examples=40, deadline=None)
def test_reversing_all_ties_leaves_index_and_p_value(data: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    people, ties = data
    reverse = ties.rename(columns={"source_id": "target_id", "target_id": "source_id"})
    first, second = index(people, ties), index(people, reverse)
    if isinstance(first, NotEstimable):
        assert first == second
    else:
        assert (estimated(second).value, estimated(second).p_value) == (first.value, first.p_value)


def test_a_person_without_ties_moves_the_expectation_and_not_the_index() -> None:
    people, ties = network("xxxyyy", ["ab", "bc", "de", "ec"])
    more = pd.concat([people, pd.DataFrame({"person_id": ["z"], "generation": ["x"]})])
    without, with_isolate = estimated(index(people, ties)), estimated(index(more, ties))
    assert with_isolate.value == without.value == -0.5
    assert without.extra["expected"] == pytest.approx(1 - 2 * 12 / 30)
    assert with_isolate.extra["expected"] == pytest.approx(1 - 2 * 18 / 42)


def test_ei_index_is_minus_one_without_cross_ties_and_has_no_interval() -> None:
    result = estimated(index(*network("xxxyyy", ["ab", "bc", "de"])))
    assert (result.value, result.lo, result.hi) == (-1.0, None, None)
    assert result.p_value is not None
    assert "excess_lo" not in result.extra


def test_ei_index_is_one_when_all_ties_cross() -> None:
    result = estimated(index(*network("xxxyyy", ["ad", "be", "cf"])))
    assert (result.value, result.lo) == (1.0, None)


@pytest.mark.parametrize(
    ("generations", "ties", "expected"),
    [
        ("xxxyyy", [], "no ties among people of known generation"),
        ("xxxyyy", ["aa"], "no ties among people of known generation"),
        ("xxxxxx", ["ab"], "people of one generation only"),
        ("xxxxxx-", ["ab", "ag"], "people of one generation only"),
        ("xxyyy", ["ab"], "fewer than 6 people of known generation"),
        ("", [], "fewer than 6 people of known generation"),
        ("------", ["ab"], "fewer than 6 people of known generation"),
        ("uvwxyz", ["ab"], "every way to deal out the generations gives the same index"),
        (
            "xxxyyy",
            ["".join(pair) for pair in permutations("abcdef", 2)],
            "every way to deal out the generations gives the same index",
        ),
    ],
)
def test_ei_index_says_why_it_cannot_be_estimated(generations: str, ties: list[str], expected: str) -> None:
    people, frame = network(generations, ties)
    assert reason(index(people, frame)) == expected
    assert reason(ei_null(people, frame, rng=np.random.default_rng(1), seed=1)) == expected
    assert reason(mixing_matrix(people, frame)) == expected


def test_people_of_unknown_generation_are_left_out_with_their_ties_and_counted() -> None:
    known = estimated(index(*network("xxxyyy", ["ab", "bc", "de", "ec"])))
    result = estimated(index(*network("xxxyyy--", ["ab", "bc", "de", "ec", "ag", "gh", "az"])))
    assert (result.n, result.n_excluded, result.excluded_reason) == (6, 2, "generation unknown")
    assert (result.value, result.p_value, result.lo) == (known.value, known.p_value, known.lo)
    assert result.extra["ties_left_out_n"] == 3


def test_a_person_in_two_rows_is_refused() -> None:
    people, ties = network("xxxyyy", ["ab"])
    with pytest.raises(ValueError, match="more than one row"):
        index(pd.concat([people, people]), ties)


def test_ties_without_their_columns_are_refused() -> None:
    people, ties = network("xxxyyy", ["ab"])
    with pytest.raises(ValueError, match="source_id, target_id"):
        index(people, ties.rename(columns={"target_id": "to"}))


def test_arguments_are_not_changed() -> None:
    people, ties = network("xxxyyy-", ["ab", "ab", "aa", "cd"])
    before = people.copy(), ties.copy()
    index(people, ties)
    tie_counts(people, ties)
    without_pairs(ties, ties)
    symmetrised(ties, rule="mutual")
    pd.testing.assert_frame_equal(people, before[0])
    pd.testing.assert_frame_equal(ties, before[1])


def weighted(data: tuple[pd.DataFrame, pd.DataFrame], weight: list[float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    people, ties = data
    return people, ties.assign(weight=np.resize(np.array(weight, dtype="float64"), len(ties)))


@given(networks(), st.lists(st.sampled_from([0.25, 1.0, 1.5, 4.0]), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_weighted_moments_and_p_value_equal_the_enumeration_of_all_labelings(
    data: tuple[pd.DataFrame, pd.DataFrame], weight: list[float]
) -> None:
    people, ties = weighted(data, weight)
    net = wave(people, ties)
    if net.ties_n == 0 or len(net.names) < 2:
        return
    labelings = {tuple(labels) for labels in permutations(net.codes.tolist())}
    crossing = np.array([net.weight[np.array(la)[net.source] != np.array(la)[net.target]].sum() for la in labelings])
    result = index(people, ties)
    if isinstance(result, NotEstimable):
        assert np.ptp(crossing) < 1e-9
        return
    own = net.weight[net.crossing].sum()
    far = np.abs(crossing - crossing.mean()) >= abs(own - crossing.mean()) - 1e-9
    assert result.value == pytest.approx(2 * own / net.strength - 1)
    assert result.extra["expected"] == pytest.approx(2 * crossing.mean() / net.strength - 1)
    assert result.extra["null_sd"] == pytest.approx(2 * crossing.std() / net.strength, abs=1e-7)
    assert result.p_value == pytest.approx(far.mean())


@given(networks())
@settings(max_examples=30, deadline=None)
def test_a_weight_of_one_everywhere_is_the_same_as_none_and_its_size_does_not_matter(
    data: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    people, ties = data[0], data[1].drop_duplicates()
    plain, ones, sevens = (index(people, frame) for frame in (ties, ties.assign(weight=1), ties.assign(weight=7.0)))
    assert ones == plain
    assert index(people, ties.assign(weight=None)) == plain
    if isinstance(plain, Estimate):
        assert estimated(sevens).value == pytest.approx(plain.value)
        assert estimated(sevens).p_value == pytest.approx(plain.p_value)
        if plain.lo is not None:
            assert (estimated(sevens).lo, estimated(sevens).hi) == pytest.approx((plain.lo, plain.hi))


def test_weights_of_repeated_rows_are_added_up_and_a_weighted_tie_is_as_many() -> None:
    people, ties = network("xxxyyy", ["ab", "ab", "ad", "ef"])
    result = estimated(index(people, ties.assign(weight=[1.0, 2.0, 2.0, 1.0])))
    assert (result.extra["external"], result.extra["internal"]) == (2, 4)
    assert result.value == pytest.approx((2 - 4) / 6)
    assert "bootstrap_lo" not in result.extra
    points = mixing_matrix(people, ties.assign(weight=[1.0, 2.0, 2.0, 1.0])).points  # type: ignore[union-attr]
    assert points["observed_n"].tolist() == [3, 2, 0, 1]
    assert points["expected_n"].sum() == pytest.approx(6)


@pytest.mark.parametrize(
    ("weight", "rule"),
    [
        (0.0, "weight: a number above 0"),
        (-1.0, "weight: a number above 0"),
        (np.nan, "weight: a number above 0"),
        (np.inf, "a number is infinite: weight"),
    ],
)
def test_weights_that_are_missing_or_not_above_zero_are_refused(weight: float, rule: str) -> None:
    people, ties = network("xxxyyy", ["ab", "cd"])
    with pytest.raises(ValueError, match=rule):
        index(people, ties.assign(weight=[weight, 1.0]))


def test_a_weighted_null_is_a_histogram_that_adds_up() -> None:
    people, ties = large(60, 300, seed=4)
    rng = np.random.default_rng(1)
    curve = ei_null(people, ties.assign(weight=rng.uniform(0.5, 3, len(ties))), rng=rng, seed=1, draws=500)
    assert isinstance(curve, Curve)
    assert curve.points["density_share"].sum() == pytest.approx(1)
    assert curve.points["ei"].between(-1, 1).all()


def test_the_interval_lies_within_the_bounds_of_the_index_and_is_narrower_than_the_bootstraps() -> None:
    people, ties = large(100, 400, seed=3)
    result = estimated(index(people, ties))
    assert result.lo is not None
    assert result.hi is not None
    assert -1 < result.lo < result.value < result.hi < 1
    assert result.extra["bootstrap_hi"] - result.extra["bootstrap_lo"] > result.hi - result.lo
    assert result.extra["excess_lo"] == pytest.approx(result.lo - result.extra["expected"])


def test_directions_that_become_one_tie_have_the_larger_weight_or_the_smaller() -> None:
    _, ties = network("xxy", ["ab", "ba", "bc", "ab"])
    ties = ties.assign(weight=[1.0, 5.0, 2.0, 1.0])
    assert symmetrised(ties, rule="either")["weight"].tolist() == [5, 2]
    assert symmetrised(ties, rule="mutual")["weight"].tolist() == [2]
    assert both_directions(ties)["weight"].tolist() == [5, 5, 2, 2]


def test_text_ids_of_any_kind_find_their_people() -> None:
    people, ties = network("xxxyyy", ["ab", "bc", "de", "ec", "az"])
    first = index(people, ties)
    as_objects = index(people.astype({"person_id": object}), ties.astype(object))
    numbers = {letter: i for i, letter in enumerate("abcdefz")}
    as_numbers = index(
        people.assign(person_id=people["person_id"].map(numbers)),
        ties.apply(lambda column: column.map(numbers)),
    )
    assert first == as_objects == as_numbers


def large(people_n: int, ties_n: int, *, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    ids = np.array([f"p{i:04d}" for i in range(people_n)])
    people = pd.DataFrame({"person_id": ids, "generation": rng.choice(["x", "y", "z"], people_n, p=[0.5, 0.3, 0.2])})
    ends = rng.integers(people_n, size=(2, ties_n))
    return people, pd.DataFrame({"source_id": ids[ends[0]], "target_id": ids[ends[1]]})


def test_random_labelings_agree_with_the_closed_form_across_chunks() -> None:
    people, ties = large(300, 1500, seed=2)
    result = estimated(index(people, ties, draws=4000))
    assert result.draws == 4000
    assert result.extra["perm_sd"] == pytest.approx(result.extra["null_sd"], rel=0.05)
    assert result.extra["perm_mean"] == pytest.approx(result.extra["expected"], abs=5 * result.extra["null_sd"] / 63)


def test_same_seed_gives_the_same_result_and_seed_and_draws_are_recorded() -> None:
    people, ties = large(100, 400, seed=3)
    first = estimated(index(people, ties, seed=7))
    assert first == index(people, ties, seed=7)
    assert (first.seed, first.draws, first.extra["bootstrap_draws"]) == (7, 500, 200)
    assert first.extra["excess_lo"] < first.extra["excess"] < first.extra["excess_hi"]


def test_null_histogram_adds_up_and_has_the_mean_and_spread_of_the_null() -> None:
    people, ties = large(300, 1500, seed=2)
    curve = ei_null(people, ties, rng=np.random.default_rng(1), seed=1, draws=4000)
    result = estimated(index(people, ties, draws=4000))
    assert isinstance(curve, Curve)
    share, ei = curve.points["density_share"], curve.points["ei"]
    assert share.sum() == pytest.approx(1)
    assert (share * ei).sum() == pytest.approx(result.extra["perm_mean"], abs=0.002)
    assert len(curve.points) <= 60
    assert curve.points.attrs == {"seed": 1, "draws": 4000}
    assert np.ptp(np.diff(ei)) == pytest.approx(0, abs=1e-12)


def test_mixing_matrix_adds_up_to_all_ties_and_to_the_index() -> None:
    people, ties = large(60, 300, seed=4)
    curve = mixing_matrix(people, ties)
    assert isinstance(curve, Curve)
    points, result = curve.points, estimated(index(people, ties))
    own = points["source_group"] == points["target_group"]
    assert points["observed_n"].sum() == result.extra["external"] + result.extra["internal"]
    assert points["expected_n"].sum() == pytest.approx(points["observed_n"].sum())
    assert points.loc[own, "observed_n"].sum() == result.extra["internal"]
    assert 1 - 2 * points.loc[own, "expected_n"].sum() / points["expected_n"].sum() == pytest.approx(
        result.extra["expected"]
    )


def test_mixing_matrix_has_no_ratio_where_nothing_can_be_expected() -> None:
    curve = mixing_matrix(*network("xyyyyy", ["ab", "bc"]))
    assert isinstance(curve, Curve)
    assert curve.points["ratio"].isna().tolist() == [True, False, False, False]
    assert len(to_frame([curve])) == 4 + 4 + 3


def test_without_pairs_takes_out_both_directions_and_keeps_other_columns() -> None:
    _, ties = network("xxyy", ["ac", "ca", "ab", "bd"])
    left = without_pairs(ties.assign(weight=[1, 2, 3, 4]), network("x", ["ca"])[1])
    assert left["weight"].tolist() == [3, 4]
    assert without_pairs(ties, ties.iloc[:0]).equals(ties)
    assert without_pairs(ties.iloc[:0], ties).empty


def test_symmetrised_refuses_another_rule() -> None:
    with pytest.raises(ValueError, match="either or mutual"):
        symmetrised(network("x", ["ab"])[1], rule="all")  # type: ignore[arg-type]


def test_tie_counts_keeps_people_without_ties_and_counts_a_mutual_partner_once() -> None:
    people, ties = network("xxyy", ["ac", "ca", "ab", "ad", "ac"])
    counts = tie_counts(people, ties).set_index("person_id")
    assert counts.loc["a"].tolist() == [3, 1, 2, 1, 2]
    assert counts.loc["b"].tolist() == [0, 1, 0, 0, 0]
    assert counts.loc["d"].tolist() == [0, 1, 0, 1, 1]
