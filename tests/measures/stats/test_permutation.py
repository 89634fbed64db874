"""Groups dealt out anew, against every way to deal them out."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import barnard_exact, boschloo_exact, fisher_exact, norm

from rmanalytics.measures.stats.fragility import fragility_number
from rmanalytics.measures.stats.permutation import draws_for, freedman_lane_p, permuted_sums, stratified_p, upper_p
from rmanalytics.measures.stats.stratified_tables import exact_rates_p, exact_shares_p, mantel_haenszel_difference
from rmanalytics.results import NotEstimable


def test_shuffled_within_strata_every_sum_is_as_likely_as_by_enumeration() -> None:
    values, stratum = np.array([1.0, 2, 4, 8, 16, 32, 64]), np.array([0, 0, 0, 1, 1, 1, 1])
    treated = np.array([1.0, 0, 0, 1, 1, 0, 0])
    every = [values[i] + values[[*pair]].sum() for i, pair in product(range(3), combinations(range(3, 7), 2))]
    drawn = permuted_sums(values, treated[:, None], stratum, draws=36_000, rng=np.random.default_rng(1))[:, 0]
    found, counts = np.unique(drawn, return_counts=True)
    assert found.tolist() == sorted(every)
    assert np.abs(counts - 2000).max() < 5 * np.sqrt(2000)
    p = stratified_p(values, treated, stratum, draws=36_000, rng=np.random.default_rng(2))
    assert p == pytest.approx(np.mean(np.array(every) >= values @ treated), abs=0.01)


def test_freedman_lane_of_a_plain_comparison_is_the_permutation_t_test() -> None:
    rng = np.random.default_rng(4)
    y, treated = rng.normal(size=10), np.repeat([0.0, 1.0], 5)
    every = [y[[*chosen]].sum() for chosen in combinations(range(10), 5)]
    expected = np.mean(np.array(every) >= y @ treated - 1e-12)
    p = freedman_lane_p(y, np.ones((10, 1)), treated, np.zeros(10, dtype=int), draws=40_000, rng=rng)
    assert p == pytest.approx(expected, abs=0.012)


def test_freedman_lane_keeps_its_level_beside_a_covariate_that_differs() -> None:
    rng, stratum = np.random.default_rng(5), np.repeat([0, 1], 20)
    treated, rejected = np.tile([0.0, 1.0], 20), 0
    for _ in range(600):
        pre = rng.normal(size=40) + treated
        x = np.column_stack([pre, stratum == 0, stratum == 1]).astype(float)
        y = pre + stratum + rng.exponential(size=40)
        rejected += freedman_lane_p(y, x, treated, stratum, draws=199, rng=rng) <= 0.05
    assert rejected / 600 == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 600))


def test_draws_go_with_the_tail() -> None:
    assert draws_for(norm.sf(2.409)) == 19_999
    assert draws_for(norm.sf(3.9)) == int(np.ceil(20 / norm.sf(3.9)))
    assert upper_p(np.zeros(99), 1.0) == 0.01


def table(*rows: tuple[int, int, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["yes", "n", "yes_comparison", "n_comparison"])


def test_one_stratum_is_boschloo_and_several_are_conditional() -> None:
    one = table((15, 20, 8, 20))
    expected = boschloo_exact([[15, 8], [5, 12]], alternative="greater").pvalue
    assert exact_shares_p(one) == pytest.approx(expected)
    assert expected <= fisher_exact([[15, 8], [5, 12]], alternative="greater").pvalue
    assert expected == pytest.approx(barnard_exact([[15, 8], [5, 12]], alternative="greater").pvalue, rel=0.3)
    empty = table((15, 20, 8, 20), (0, 5, 0, 5))
    assert exact_shares_p(empty) == pytest.approx(fisher_exact([[15, 8], [5, 12]], alternative="greater").pvalue)


def test_the_conditional_test_of_several_strata_equals_enumeration() -> None:
    strata, seen, total = table((3, 4, 1, 5), (2, 3, 1, 3)), 5, 0.0
    chances: dict[int, float] = {}
    ways = [[sum(i < n for i in c) for c in combinations(range(n + m), k)] for n, m, k in ((4, 5, 4), (3, 3, 3))]
    for a, b in product(*ways):
        chances[a + b] = chances.get(a + b, 0) + 1
        total += 1
    assert exact_shares_p(strata) == pytest.approx(sum(v for k, v in chances.items() if k >= seen) / total)


def test_rates_condition_on_the_events_of_each_stratum() -> None:
    strata = pd.DataFrame(
        {"events": [3, 2], "exposure": [10.0, 30.0], "events_comparison": [1, 2], "exposure_comparison": [30.0, 10.0]}
    )
    rng = np.random.default_rng(6)
    drawn = rng.binomial(4, 0.25, 400_000) + rng.binomial(4, 0.75, 400_000)
    assert exact_rates_p(strata) == pytest.approx((drawn >= 5).mean(), abs=0.004)


def test_the_difference_over_strata_holds_the_truth_and_is_not_fooled_by_them() -> None:
    rng, held, z = np.random.default_rng(7), 0, []
    base, n, m = np.array([0.2, 0.5, 0.7]), np.array([30, 20, 8]), np.array([8, 20, 30])
    for _ in range(1500):
        found = mantel_haenszel_difference(
            pd.DataFrame(
                {"yes": rng.binomial(n, base + 0.1), "n": n, "yes_comparison": rng.binomial(m, base), "n_comparison": m}
            )
        )
        held += found.lo <= 0.1 <= found.hi
        z.append((found.value - 0.1) / found.extra["se"])
    assert held / 1500 == pytest.approx(0.95, abs=0.022)
    assert np.mean(z) == pytest.approx(0, abs=0.1)
    assert np.std(z) == pytest.approx(1, abs=0.07)


def test_shares_without_both_groups_or_answers_are_not_estimable() -> None:
    for strata, reason in ((table((3, 4, 0, 0)), "both groups"), (table((4, 4, 3, 3)), "same answer")):
        found = mantel_haenszel_difference(strata)
        assert isinstance(found, NotEstimable)
        assert reason in found.because


@pytest.mark.parametrize("turns", [1, 2, 3, 7, 8, 20, 21])
def test_the_fragility_number_is_the_first_change_that_turns(turns) -> None:
    asked: list[int] = []

    def holds(n: int) -> bool:
        asked.append(n)
        return n < turns

    assert fragility_number(holds, most=20) == turns
    assert all(1 <= n <= 20 for n in asked)
