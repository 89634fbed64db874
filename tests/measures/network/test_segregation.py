"""Segregation and assortativity: against R and against printed values, and what must not change them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden

from rmanalytics.measures.network.ei_index import ei_index
from rmanalytics.measures.network.segregation import (
    coleman_homophily,
    freeman_segregation,
    nominal_assortativity,
    within_between_odds,
)
from rmanalytics.measures.network.segregation import (
    numeric_assortativity as permuted_assortativity,
)
from rmanalytics.measures.network.ties import both_directions, symmetrised
from rmanalytics.results import Curve, Estimate, NotEstimable, Result


def numeric_assortativity(people: pd.DataFrame, ties: pd.DataFrame, *, draws: int = 19, seed: int = 1) -> Result:
    return permuted_assortativity(people, ties, rng=np.random.default_rng(seed), seed=seed, draws=draws)


MEASURES = [freeman_segregation, within_between_odds, nominal_assortativity]


def estimated(result: Result) -> Estimate:
    assert isinstance(result, Estimate)
    return result


def reason(result: Result) -> str:
    assert isinstance(result, NotEstimable)
    return result.because


def read(path: Path, *names: str) -> pd.DataFrame:
    return pd.read_csv(path).iloc[:, : len(names)].set_axis(list(names), axis=1)


def ties_of(path: Path) -> pd.DataFrame:
    return read(path, "source_id", "target_id")


def index_value(people: pd.DataFrame, ties: pd.DataFrame) -> float:
    result = ei_index(people, ties, rng=np.random.default_rng(1), seed=1, draws=10, bootstrap_draws=10)
    return estimated(result).value


@pytest.mark.golden
def test_classroom_equals_r() -> None:
    case, folder = golden("net_segregation_published")
    expected = case["expected"]["classroom"]["netseg"]
    people, ties = (
        read(folder / "classroom_nodes.csv", "person_id", "generation"),
        ties_of(folder / "classroom_edges.csv"),
    )
    curve = coleman_homophily(people, ties)
    assert isinstance(curve, Curve)
    homophily = curve.points.set_index("generation")["homophily"]
    assert all(close(case, homophily[group], value) for group, value in expected["coleman"].items())
    assert close(case, estimated(freeman_segregation(people, ties)).value, expected["freeman"])
    assert close(case, estimated(within_between_odds(people, ties)).value, expected["orwg_directed"])
    assert close(case, index_value(people, ties), expected["ei_directed"])
    assert close(case, index_value(people, symmetrised(ties, rule="either")), expected["ei_undirected"])


@pytest.mark.golden
def test_colemans_table_gives_the_printed_homophily() -> None:
    case, folder = golden("net_segregation_published")
    table = pd.read_csv(folder / "coleman1958.csv").set_index("ego")
    people = pd.DataFrame(
        {
            "person_id": [f"{ego}{i}" for ego, n in table["n"].items() for i in range(n)],
            "generation": np.repeat(table.index, table["n"]),
        }
    )
    rows = []
    for ego in table.index:
        for alter in table.index:
            rows += [(f"{ego}{i}", f"{alter}{(i + 1) % 20}") for i in range(table.loc[ego, f"to_{alter}"])]
    curve = coleman_homophily(people, pd.DataFrame(rows, columns=["source_id", "target_id"]))
    assert isinstance(curve, Curve)
    assert curve.points["out_n"].tolist() == [60, 40]
    for value, expected in zip(curve.points["homophily"], case["expected"]["coleman1958_exact"], strict=True):
        assert close(case, value, expected)


@pytest.mark.golden
def test_newmans_catania_table_gives_the_printed_assortativity() -> None:
    case, folder = golden("net_segregation_published")
    table = read(folder / "catania.csv", "source", "target", "n")
    couples = table.loc[table.index.repeat(table["n"])].reset_index(drop=True)
    ties = pd.DataFrame({"source_id": [f"m{i}" for i in couples.index], "target_id": [f"f{i}" for i in couples.index]})
    people = pd.DataFrame(
        {
            "person_id": pd.concat([ties["source_id"], ties["target_id"]]),
            "generation": pd.concat([couples["source"], couples["target"]]),
        }
    )
    assert close(case, estimated(nominal_assortativity(people, ties)).value, case["expected"]["catania_assort"])
    assert close(case, index_value(people, ties), case["expected"]["catania_ei"])


@pytest.mark.golden
def test_whites_kinship_equals_r() -> None:
    case, folder = golden("net_ei_exact_white")
    people, ties = read(folder / "nodes.csv", "person_id", "generation"), ties_of(folder / "edges.csv")
    assert close(case, estimated(freeman_segregation(people, ties)).value, case["expected"]["freeman"])
    value = estimated(nominal_assortativity(people, both_directions(ties))).value
    assert close(case, value, case["expected"]["assortativity_nominal"])


@pytest.mark.golden
def test_assortativity_of_krackhardts_managers_equals_r() -> None:
    case, folder = golden("net_assort_krack")
    expected = case["expected"]
    nodes = pd.read_csv(folder / "nodes.csv").rename(columns={"id": "person_id"})
    nodes["seniority"] = np.where(nodes["age"] >= 40, "senior", "junior")
    friendship, advice = ties_of(folder / "friendship.csv"), ties_of(folder / "advice.csv")
    either = both_directions(friendship)

    def nominal(attribute: str, ties: pd.DataFrame) -> float:
        people = nodes[["person_id", attribute]].set_axis(["person_id", "generation"], axis=1)
        return estimated(nominal_assortativity(people, ties)).value

    def numeric(attribute: str, ties: pd.DataFrame) -> float:
        people = nodes[["person_id", attribute]].set_axis(["person_id", "value"], axis=1)
        return estimated(numeric_assortativity(people, ties)).value

    found = {
        "friend_dept_dir": nominal("dept", friendship),
        "friend_dept_und": nominal("dept", either),
        "friend_generation_und": nominal("seniority", either),
        "friend_age_dir": numeric("age", friendship),
        "friend_age_und": numeric("age", either),
        "friend_tenure_dir": numeric("tenure", friendship),
        "advice_age_dir": numeric("age", advice),
        "advice_level_dir": nominal("level", advice),
    }
    assert found.keys() == expected.keys()
    assert all(close(case, value, expected[key]) for key, value in found.items())


@pytest.mark.golden
def test_assortativity_of_school_friends_equals_r_and_the_book() -> None:
    case, folder = golden("net_assort_schoolfriends")
    expected = case["expected"]
    nodes = pd.read_csv(folder / "nodes.csv").rename(columns={"id": "person_id"})
    edges = pd.read_csv(folder / "edges.csv").set_axis(["source_id", "target_id", "type"], axis=1)
    facebook = both_directions(edges.loc[edges["type"] == "facebook"])
    reported = edges.loc[edges["type"] == "reported"]
    assert (len(facebook) / 2, len(reported)) == (expected["n_edges_fb"], expected["n_edges_rp"])
    for attribute in ("class", "gender"):
        people = nodes[["person_id", attribute]].set_axis(["person_id", "generation"], axis=1)
        people = people.fillna({"generation": "not given"})
        for name, ties in (("fb", facebook), ("rp", reported)):
            result = estimated(nominal_assortativity(people, ties))
            assert close(case, result.value, expected[f"{name}_{attribute}"])
            if (name, attribute) == ("fb", "class"):
                assert close(case, result.extra["modularity"], expected["fb_modularity_class"])
    degree = facebook["source_id"].value_counts().rename_axis("person_id").rename("value").reset_index()
    assert close(case, estimated(numeric_assortativity(degree, facebook)).value, expected["fb_degree"])


def random_network(seed: int, *, groups: str = "xyz") -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({"person_id": np.arange(60), "generation": rng.choice(list(groups), 60)})
    ends = rng.integers(60, size=(2, 300))
    return people, pd.DataFrame({"source_id": ends[0], "target_id": ends[1]})


@pytest.mark.parametrize("measure", MEASURES)
def test_row_order_repeated_ties_and_names_of_groups_change_nothing(
    measure: Callable[[pd.DataFrame, pd.DataFrame], Result],
) -> None:
    people, ties = random_network(1)
    first = estimated(measure(people, ties))
    renamed = people.assign(generation=people["generation"].map({"x": "C", "y": "A", "z": "B"})).iloc[::-1]
    second = estimated(measure(renamed, pd.concat([ties, ties]).sample(frac=1, random_state=2)))
    assert (second.value, second.lo, second.hi) == pytest.approx((first.value, first.lo, first.hi))
    assert first.lo is not None
    assert first.hi is not None
    assert first.lo < first.value < first.hi


@pytest.mark.parametrize("measure", MEASURES)
def test_people_of_unknown_generation_are_counted(measure: Callable[[pd.DataFrame, pd.DataFrame], Result]) -> None:
    people, ties = random_network(1)
    people.loc[:2, "generation"] = None
    result = estimated(measure(people, ties))
    assert (result.n, result.n_excluded, result.excluded_reason) == (57, 3, "generation unknown")


@pytest.mark.parametrize("measure", [*MEASURES, coleman_homophily])
def test_one_generation_is_not_estimable(measure: Callable[[pd.DataFrame, pd.DataFrame], Result]) -> None:
    assert reason(measure(*random_network(1, groups="x"))) == "people of one generation only"


def test_all_measures_agree_on_the_direction() -> None:
    people, ties = random_network(1)
    generation = people.set_index("person_id")["generation"]
    own = generation[ties["source_id"]].to_numpy() == generation[ties["target_id"]].to_numpy()
    kept = ties[own | (np.arange(len(ties)) % 3 == 0)]
    assert estimated(freeman_segregation(people, kept)).value > 0
    assert estimated(nominal_assortativity(people, kept)).value > 0
    assert estimated(within_between_odds(people, kept)).value > 1
    curve = coleman_homophily(people, kept)
    assert isinstance(curve, Curve)
    assert (curve.points["homophily"] > 0).all()


def test_freeman_is_not_cut_off_at_zero() -> None:
    people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["x"] * 3 + ["y"] * 3})
    ties = pd.DataFrame({"source_id": list("abc"), "target_id": list("def")})
    assert estimated(freeman_segregation(people, ties)).value == pytest.approx(1 - 30 / 18)


def test_odds_without_a_contrast_are_not_estimable() -> None:
    people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["x"] * 3 + ["y"] * 3})
    across = pd.DataFrame({"source_id": list("abc"), "target_id": list("def")})
    assert reason(within_between_odds(people, across)) == "no ties within generations, or none between them"
    within = pd.DataFrame(
        [(a, b) for group in ("abc", "def") for a in group for b in group if a != b] + [("a", "d")],
        columns=["source_id", "target_id"],
    )
    expected = "every pair within generations is tied, or every pair between them"
    assert reason(within_between_odds(people, within)) == expected


def test_assortativity_with_all_ends_in_one_generation_is_not_estimable() -> None:
    people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["x"] * 3 + ["y"] * 3})
    ties = pd.DataFrame({"source_id": list("ab"), "target_id": list("bc")})
    assert reason(nominal_assortativity(people, ties)) == "all ties start or end in one generation"


@pytest.mark.parametrize(
    ("values", "ties_n", "expected"),
    [
        ([1, 2, 3, 4, 5, np.nan], 3, "fewer than 6 people with a value"),
        ([1, 1, 1, 1, 1, 1], 3, "no variation in the values at one end of the ties"),
        ([1, 2, 3, 4, 5, 6], 0, "no ties among people with a value"),
    ],
)
def test_numeric_assortativity_says_why_it_cannot_be_estimated(values: list[float], ties_n: int, expected: str) -> None:
    people = pd.DataFrame({"person_id": list("abcdef"), "value": values})
    ties = pd.DataFrame({"source_id": list("abc"), "target_id": list("bcd")}).iloc[:ties_n]
    assert reason(numeric_assortativity(people, ties)) == expected


@pytest.mark.parametrize("measure", [freeman_segregation, nominal_assortativity])
def test_a_weighted_tie_counts_as_often_as_its_weight_says(
    measure: Callable[[pd.DataFrame, pd.DataFrame], Result],
) -> None:
    people, ties = random_network(1)
    plain = estimated(measure(people, ties))
    sevens = estimated(measure(people, ties.drop_duplicates().assign(weight=7.0)))
    assert (sevens.value, sevens.lo, sevens.hi) == pytest.approx((plain.value, plain.lo, plain.hi))
    generation = people.set_index("person_id")["generation"]
    own = generation[ties["source_id"]].to_numpy() == generation[ties["target_id"]].to_numpy()
    assert estimated(measure(people, ties.assign(weight=np.where(own, 3.0, 1.0)))).value > plain.value + 0.1


def test_weighted_assortativity_is_that_of_the_weighted_correlation() -> None:
    people, ties = random_network(1)
    ties = ties[ties["source_id"] != ties["target_id"]].drop_duplicates()
    values = people.assign(value=np.random.default_rng(2).normal(40, 10, 60)).drop(columns="generation")
    weight = np.random.default_rng(3).integers(1, 4, len(ties)).astype("float64")
    of = values.set_index("person_id")["value"]
    table = np.cov(of[ties["source_id"]], of[ties["target_id"]], aweights=weight, ddof=0)
    wanted = table[0, 1] / np.sqrt(table[0, 0] * table[1, 1])
    found = estimated(numeric_assortativity(values, ties.assign(weight=weight)))
    assert found.value == pytest.approx(wanted)


def test_weighted_homophily_and_odds_follow_their_rules() -> None:
    people = pd.DataFrame({"person_id": list("abcdefgh"), "generation": ["x"] * 4 + ["y"] * 4})
    ties = pd.DataFrame({"source_id": list("abcd"), "target_id": list("bcde"), "weight": [1.0, 1.0, 4.0, 2.0]})
    curve = coleman_homophily(people, ties)
    assert isinstance(curve, Curve)
    assert curve.points["homophily"][0] == pytest.approx((6 - 8 * 3 / 7) / (8 - 8 * 3 / 7))
    plain, weighted = within_between_odds(people, ties.drop(columns="weight")), within_between_odds(people, ties)
    assert plain == weighted


def test_numeric_assortativity_does_not_change_with_the_unit_of_the_values() -> None:
    people, ties = random_network(1)
    values = people.assign(value=np.random.default_rng(2).normal(40, 10, 60)).drop(columns="generation")
    first = estimated(numeric_assortativity(values, ties))
    second = estimated(numeric_assortativity(values.assign(value=values["value"] * 12 - 3), ties))
    assert (second.value, second.lo, second.hi) == pytest.approx((first.value, first.lo, first.hi))


def test_the_permutation_null_of_numeric_assortativity_is_every_way_to_deal_the_values_out() -> None:
    values = np.array([20.0, 25, 31, 38, 46, 60])
    people = pd.DataFrame({"person_id": list("abcdef"), "value": values})
    ties = pd.DataFrame({"source_id": list("aabcde"), "target_id": list("bcddff")})
    source, target = (ties[end].map("abcdef".index).to_numpy() for end in ("source_id", "target_id"))
    every = [np.corrcoef(v[source], v[target])[0, 1] for v in (values[list(o)] for o in permutations(range(6)))]
    found = estimated(numeric_assortativity(people, ties, draws=4_000))
    far = np.abs(np.array(every) - np.mean(every)) >= abs(found.value - np.mean(every)) - 1e-12
    assert found.extra["expected"] == pytest.approx(np.mean(every), abs=0.03)
    assert found.p_value == pytest.approx(far.mean(), abs=0.035)
