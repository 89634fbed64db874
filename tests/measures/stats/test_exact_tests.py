"""Exact tests of change."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden
from score_frames import paired, shuffled

from rmanalytics.measures.stats.exact_tests import sign_flip, signed_rank, signed_rank_pratt
from rmanalytics.measures.survey.paired_change import paired_change
from rmanalytics.results import Estimate, NotEstimable

ALL = (signed_rank, signed_rank_pratt, sign_flip)


def estimate(result: Estimate | NotEstimable) -> Estimate:
    assert isinstance(result, Estimate)
    return result


def changes(d: list[float], *, start: float = 1.0) -> pd.DataFrame:
    pre = np.full(len(d), start)
    return pd.DataFrame({"person_id": [f"p{i}" for i in range(len(d))], "pre": pre, "post": pre + np.array(d)})


@pytest.mark.golden
@pytest.mark.parametrize(
    ("case_id", "arm"), [("paired_sleep", ""), ("paired_sai_salt", "caffeine"), ("paired_sai_salt", "placebo")]
)
def test_exact_tests_equal_r_with_ties_and_zeros(case_id: str, arm: str) -> None:
    case, folder = golden(case_id)
    data = pd.read_csv(folder / "data.csv").rename(columns={"id": "person_id"})
    expected = (case["expected"][arm] if arm else case["expected"])["tests"]
    table = data[data["group"] == arm] if arm else data
    rank, pratt, flip = (estimate(test(table)) for test in ALL)
    found = {
        "n": rank.n,
        "n_zero": rank.extra["same_n"],
        "n_pos": rank.extra["rose_n"],
        "n_neg": rank.extra["fell_n"],
        "V_plus": rank.extra["v_plus"],
        "V_minus": rank.extra["v_minus"],
        "matched_rank_biserial": rank.value,
        "p_wilcoxon_exact_dropzeros": rank.p_value,
        "p_wilcoxon_exact_pratt_coin": pratt.p_value,
        "p_signflip_permutation_exact": flip.p_value,
    }
    assert all(close(case, value, expected[key]) for key, value in found.items())
    assert rank.p_value == pytest.approx(expected["p_wilcoxon_exact_dropzeros"], rel=1e-12)


def test_exact_p_values_equal_the_count_over_all_signs() -> None:
    d = np.array([1, 1, 2, -2, 3, 4, -1, 5, 5, 2.5])
    table = changes(list(d))
    from scipy.stats import rankdata

    signs = np.array(list(itertools.product([-1, 1], repeat=d.size)))
    for test, sizes in ((signed_rank, rankdata(np.abs(d))), (sign_flip, np.abs(d))):
        observed = abs((np.sign(d) * sizes).sum())
        share = (np.abs(signs @ sizes) >= observed - 1e-9).mean()
        assert estimate(test(table)).p_value == pytest.approx(share, rel=1e-12)


def test_float_noise_does_not_break_ties() -> None:
    clean = changes([0.25, 0.25, 0.5, -0.25, 0.5, 0.75, 0.0])
    noisy = clean.assign(pre=clean["pre"] + 0.1 + 0.2, post=clean["post"] + 0.3)
    for test in ALL:
        assert estimate(test(noisy)).p_value == pytest.approx(estimate(test(clean)).p_value, rel=1e-12)


@pytest.mark.parametrize("test", ALL)
def test_order_scale_and_direction_change_no_p_value(test) -> None:
    table = changes([1, 2, -1, 3, 0, 2, 1, -2, 4])
    p = estimate(test(table)).p_value
    assert estimate(test(shuffled(table))).p_value == pytest.approx(p)
    assert estimate(test(table.assign(pre=table["pre"] * 10, post=table["post"] * 10))).p_value == pytest.approx(p)
    turned = estimate(test(table.rename(columns={"pre": "post", "post": "pre"})))
    assert turned.p_value == pytest.approx(p)
    assert turned.value == pytest.approx(-estimate(test(table)).value)


def test_pratt_equals_wilcoxon_without_zeros() -> None:
    table = changes([1, 2, -1, 3, 2, 1, -2, 4])
    assert estimate(signed_rank(table)).p_value == estimate(signed_rank_pratt(table)).p_value


def test_the_sign_flip_test_agrees_with_the_t_test_on_many_people() -> None:
    table = paired(250, gain=0.05)
    rounded = table.assign(pre=table["pre"].round(1), post=table["post"].round(1))
    assert estimate(sign_flip(rounded)).p_value == pytest.approx(estimate(paired_change(rounded)).p_value, rel=0.05)
    assert "enumerated" in estimate(sign_flip(rounded)).method


@pytest.mark.parametrize("test", ALL)
def test_above_three_hundred_changes_the_normal_approximation_is_close_and_named(test) -> None:
    rng = np.random.default_rng(6)
    d = rng.integers(-4, 6, 300).astype(float)
    d[d == 0] = 1
    exact = estimate(test(changes(list(d), start=10)))
    large = estimate(test(changes([*d, 1.0], start=10)))
    assert "normal approximation" in large.method
    assert "normal approximation" not in exact.method
    assert np.log(large.p_value) == pytest.approx(np.log(exact.p_value), rel=0.08)


@pytest.mark.parametrize("test", ALL)
def test_five_pairs_or_no_change_are_not_estimable(test) -> None:
    few = test(changes([1, 2, 3, 4, 5]))
    assert isinstance(few, NotEstimable)
    assert few.because == "fewer than 6 complete pairs"
    same = test(changes([0.0] * 8))
    assert isinstance(same, NotEstimable)
    assert same.because == "nobody's score changed"
    assert isinstance(test(changes([])), NotEstimable)


def test_changes_without_a_common_step_have_no_sign_flip_test_but_ranks() -> None:
    table = paired(12)
    assert isinstance(sign_flip(table), NotEstimable)
    assert isinstance(signed_rank(table), Estimate)


@pytest.mark.parametrize("test", ALL)
def test_a_person_counted_twice_is_refused(test) -> None:
    table = changes([1, 2, 3, 4, 5, 6])
    with pytest.raises(ValueError, match="more than one row"):
        test(pd.concat([table, table.head(1)]))
