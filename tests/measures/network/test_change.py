"""What changed between two waves: mixing over its expectation, and ties of participants against others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols

from rmanalytics.measures.network import change as module
from rmanalytics.measures.network.change import ei_change, tie_difference
from rmanalytics.measures.network.ei_index import ei_index
from rmanalytics.results import Estimate, NotEstimable


def random_network(people_n: int, ties_n: int, *, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    ids = np.array([f"p{i:04d}" for i in range(people_n)])
    people = pd.DataFrame({"person_id": ids, "generation": rng.choice(["x", "y"], people_n)})
    ends = rng.integers(people_n, size=(2, ties_n))
    return people, pd.DataFrame({"source_id": ids[ends[0]], "target_id": ids[ends[1]]})


def change(before: tuple[pd.DataFrame, pd.DataFrame], after: tuple[pd.DataFrame, pd.DataFrame]) -> Estimate:
    result = ei_change(*before, *after, rng=np.random.default_rng(1), seed=1, draws=300)
    assert isinstance(result, Estimate)
    return result


def excess(people: pd.DataFrame, ties: pd.DataFrame) -> float:
    result = ei_index(people, ties, rng=np.random.default_rng(1), seed=1, draws=10, bootstrap_draws=10)
    assert isinstance(result, Estimate)
    return result.extra["excess"]


def test_a_network_in_which_nothing_changed_is_no_certain_zero() -> None:
    people, ties = random_network(40, 200, seed=1)
    result = ei_change(people, ties, people, ties, rng=np.random.default_rng(1), seed=1)
    assert isinstance(result, NotEstimable)
    assert result.reason == module.SAME_NETWORK


def test_change_is_the_difference_of_the_excesses_of_those_at_both_waves() -> None:
    people, before = random_network(40, 200, seed=1)
    after = random_network(40, 200, seed=2)[1]
    joined = pd.concat([people, pd.DataFrame({"person_id": ["new"], "generation": ["x"]})])
    left = people.iloc[1:]
    result = change((people, before), (joined.iloc[1:], after))
    assert result.value == pytest.approx(excess(left, after) - excess(left, before))
    assert (result.n, result.n_excluded, result.excluded_reason) == (
        39,
        2,
        "not at both waves with a known generation",
    )
    assert result.lo is not None
    assert result.hi is not None
    assert result.lo < result.value < result.hi


def test_change_turns_its_sign_when_the_waves_are_swapped() -> None:
    people, before = random_network(40, 200, seed=1)
    after = random_network(40, 200, seed=2)[1]
    forward, backward = change((people, before), (people, after)), change((people, after), (people, before))
    assert forward.value == pytest.approx(-backward.value)


def test_interval_and_p_value_say_the_same_and_do_not_depend_on_chance() -> None:
    people, before = random_network(40, 200, seed=1)
    for seed in range(2, 12):
        after = random_network(40, 200, seed=seed)[1]
        result = change((people, before), (people, after))
        assert result.lo is not None
        assert result.hi is not None
        assert result.p_value is not None
        assert (result.p_value <= 0.05) == (result.lo > 0 or result.hi < 0)
        again = ei_change(people, before, people, after, rng=np.random.default_rng(9), seed=9, draws=0)
        assert isinstance(again, Estimate)
        assert (again.value, again.lo, again.hi, again.p_value) == (result.value, result.lo, result.hi, result.p_value)
        assert result.extra["bootstrap_lo"] < result.value < result.extra["bootstrap_hi"]
        assert "bootstrap_lo" not in again.extra


def test_a_weight_of_one_everywhere_changes_nothing_and_a_heavier_tie_does() -> None:
    people, before = random_network(40, 200, seed=1)
    before, after = before.drop_duplicates(), random_network(40, 200, seed=2)[1].drop_duplicates()
    plain = change((people, before), (people, after))
    ones = change((people, before.assign(weight=1.0)), (people, after.assign(weight=1)))
    sevens = change((people, before.assign(weight=7.0)), (people, after))
    assert ones == plain
    assert (sevens.value, sevens.lo, sevens.hi) == pytest.approx((plain.value, plain.lo, plain.hi))
    generation = people.set_index("person_id")["generation"]
    across = (generation[after["source_id"]].to_numpy() != generation[after["target_id"]].to_numpy()) * 2.0 + 1
    assert change((people, before), (people, after.assign(weight=across))).value > plain.value


def test_a_company_whose_generations_change_in_size_is_held_against_each_waves_expectation() -> None:
    people, ties = random_network(60, 300, seed=1)
    older = people.assign(generation=np.where(np.arange(60) < 20, "x", people["generation"]))
    result = change((people, ties), (older, ties))
    assert result.extra["expected_before"] != result.extra["expected_after"]
    assert result.value == pytest.approx(excess(older, ties) - excess(people, ties))
    assert result.lo is not None
    assert result.lo < result.value


def test_row_order_does_not_matter() -> None:
    people, before = random_network(40, 200, seed=1)
    after = random_network(40, 200, seed=2)[1]
    shuffled = change(
        (people.sample(frac=1, random_state=1), before.iloc[::-1]), (people.iloc[::-1], pd.concat([after, after]))
    )
    assert shuffled == change((people, before), (people, after))


@pytest.mark.parametrize(
    ("people_n", "ties_n", "reason"),
    [
        (5, 10, "fewer than 6 people of known generation at both waves"),
        (20, 0, "no ties among people present at both waves, at one of the waves"),
        (20, 1, "at one of the waves all ties join two generations, or none does"),
    ],
)
def test_change_says_why_it_cannot_be_estimated(people_n: int, ties_n: int, reason: str) -> None:
    people, ties = random_network(people_n, 60, seed=3)
    people["generation"] = ["x", "y"] * (people_n // 2) + ["x"] * (people_n % 2)
    few = ties[ties["source_id"] != ties["target_id"]].iloc[:ties_n]
    result = ei_change(people, few, people, ties, rng=np.random.default_rng(1), seed=1)
    assert isinstance(result, NotEstimable)
    assert result.because == reason


def test_change_of_one_generation_is_not_estimable() -> None:
    people, ties = random_network(20, 60, seed=3)
    alike = people.assign(generation="x")
    result = ei_change(people, ties, alike, ties, rng=np.random.default_rng(1), seed=1)
    assert isinstance(result, NotEstimable)
    assert result.because == "people of one generation only"


def standing(pre: list[float], post: list[float], n: int) -> pd.DataFrame:
    """The first ``n`` take part."""
    groups = ["participants"] * n + ["comparison"] * (len(pre) - n)
    return pd.DataFrame({"person_id": [f"p{i:02}" for i in range(len(pre))], "group": groups, "pre": pre, "post": post})


def difference(frame: pd.DataFrame, *, draws: int = 4000) -> Estimate | NotEstimable:
    return tie_difference(frame, rng=np.random.default_rng(1), seed=1, draws=draws)


def drawn(seed: int, *, fewest: bool = False, effect: float = 0.0) -> pd.DataFrame:
    """34 of 100 juniors take part; ties come and go by chance."""
    rng = np.random.default_rng(seed)
    liked = rng.gamma(4, 1, 100)
    pre, post = rng.poisson(liked), rng.poisson(liked)
    order = np.argsort(pre + rng.random(100)) if fewest else rng.permutation(100)
    post[order[:34]] += rng.poisson(effect, 34)
    return standing(pre[order].tolist(), post[order].tolist(), 34)


def test_difference_at_equal_start_is_that_of_the_regression() -> None:
    frame = drawn(2, effect=1)
    result = difference(frame)
    assert isinstance(result, Estimate)
    fit = ols("post ~ pre + C(group, Treatment('comparison'))", data=frame).fit(cov_type="HC2")
    assert result.value == pytest.approx(fit.params.iloc[1])
    assert result.extra["se"] == pytest.approx(fit.bse.iloc[1])
    assert (result.n, result.n_comparator, result.draws, result.seed) == (34, 66, 4000, 1)
    plain = ols("post ~ pre + C(group, Treatment('comparison'))", data=frame).fit()
    assert result.p_value == pytest.approx(plain.pvalues.iloc[1], abs=0.01)


def test_choosing_those_with_fewest_ties_makes_changes_differ_and_not_this() -> None:
    naive, ours = [], []
    for seed in range(60):
        found = difference(drawn(seed, fewest=True), draws=199)
        assert isinstance(found, Estimate)
        naive.append(found.extra["change_lo"] > 0)
        ours.append(found.p_value is not None and found.p_value < 0.05 and found.value > 0)
    assert np.mean(naive) > 0.4
    assert np.mean(ours) < 0.1


def test_a_planted_gain_is_found() -> None:
    found = [difference(drawn(seed, effect=2), draws=199) for seed in range(20)]
    assert np.mean([isinstance(one, Estimate) and one.lo is not None and one.lo > 0 for one in found]) > 0.8


def test_row_order_does_not_matter_and_people_of_one_wave_are_counted() -> None:
    frame = drawn(3)
    frame.loc[3, "post"] = np.nan
    result, turned = difference(frame), difference(frame.iloc[::-1])
    assert isinstance(result, Estimate)
    assert isinstance(turned, Estimate)
    assert turned.value == pytest.approx(result.value)
    assert turned.p_value == result.p_value
    assert (result.n, result.n_excluded, result.excluded_reason) == (33, 1, "not at both waves")


@pytest.mark.parametrize(
    ("pre", "n", "reason"),
    [
        ([1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 6], 5, "fewer than 6 complete pairs in one of the groups"),
        ([2] * 12, 6, "everyone had the same score before"),
    ],
)
def test_difference_says_why_it_cannot_be_estimated(pre: list[float], n: int, reason: str) -> None:
    result = difference(standing(pre, [*range(len(pre))], n))
    assert isinstance(result, NotEstimable)
    assert result.because == reason


def test_a_group_of_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match="group"):
        difference(drawn(1).replace({"comparison": "others"}))
