"""Change from before to after in one group."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden
from score_frames import instrument, paired, shuffled

from rmanalytics.measures.survey.paired_change import (
    improved_share,
    paired_change,
    paired_g_av,
    unchanged_share,
    worse_share,
)
from rmanalytics.measures.survey.scoring import cronbach_alpha, keyed_items, pre_post, scores
from rmanalytics.results import Estimate, NotEstimable

ALL = (paired_change, paired_g_av, improved_share, unchanged_share, worse_share)


def estimate(result: Estimate | NotEstimable) -> Estimate:
    assert isinstance(result, Estimate)
    return result


def assert_equals_r(case: dict, effect: dict, table: pd.DataFrame) -> None:
    change, g = estimate(paired_change(table)), estimate(paired_g_av(table))
    found = {
        "n": change.n,
        "mean_diff": change.value,
        "ci_diff": [change.lo, change.hi],
        "p": change.p_value,
        "g_av": g.value,
        "d_av_ci_algina_keselman": [g.lo, g.hi],
        "g_av_ci_algina_keselman": [g.extra["lo_times_j"], g.extra["hi_times_j"]],
        "J": g.extra["j"],
        "g_z_ci_nct": [g.extra["g_z_lo"], g.extra["g_z_hi"]],
        **{key: change.extra[key] for key in ("mean_pre", "mean_post", "sd_pre", "sd_post", "sd_diff", "r", "t", "df")},
        "g_glass_pre": g.extra["glass"],
        **{key: g.extra[key] for key in ("d_av", "d_z", "g_z", "d_rm")},
    }
    for key, value in found.items():
        pairs = zip(value, effect[key], strict=True) if isinstance(value, list) else [(value, effect[key])]
        assert all(close(case, a, b) for a, b in pairs), key


@pytest.mark.golden
def test_change_equals_r_on_the_sleep_data() -> None:
    case, folder = golden("paired_sleep")
    assert_equals_r(
        case, case["expected"]["effect"], pd.read_csv(folder / "data.csv").rename(columns={"id": "person_id"})
    )


@pytest.mark.golden
@pytest.mark.parametrize("arm", ["caffeine", "placebo"])
def test_change_equals_r_on_a_survey_with_ties(arm: str) -> None:
    case, folder = golden("paired_sai_salt")
    data = pd.read_csv(folder / "data.csv").rename(columns={"id": "person_id"})
    assert_equals_r(case, case["expected"][arm]["effect"], data[data["group"] == arm])
    tests = case["expected"][arm]["tests"]
    for share, key in ((improved_share, "n_pos"), (unchanged_share, "n_zero"), (worse_share, "n_neg")):
        assert estimate(share(data[data["group"] == arm])).extra["count"] == tests[key]


@pytest.mark.golden
def test_change_equals_r_from_the_items_of_a_survey() -> None:
    case, folder = golden("sai_salt_items")
    expected = case["expected"]
    data = pd.read_csv(folder / "data.csv").rename(columns={"id": "person_id"})
    sai = instrument(expected["items"], reverse=expected["reverse_items"], high=4, same_items=False)
    answers = data.melt(id_vars=["person_id", "time", "group"], var_name="item", value_name="value")
    answers["wave"] = answers["time"].map({1: "pre", 2: "post"})
    scored = scores(answers, sai)
    groups = data[["person_id", "group"]].drop_duplicates()
    for wave in ("pre", "post"):
        rows = scored[scored["wave"] == wave].merge(groups, on="person_id")
        for arm, part in rows.groupby("group"):
            valid = part["score"].dropna()
            assert len(valid) == expected[wave][arm]["n"]
            assert close(case, valid.mean(), expected[wave][arm]["mean"])
            assert close(case, valid.std(), expected[wave][arm]["sd"])
        keyed = keyed_items(answers, sai)
        alpha = estimate(cronbach_alpha(keyed[keyed["wave"] == wave].drop(columns="wave")))
        assert alpha.n == expected[f"alpha_{wave}"]["n"]
        assert close(case, alpha.value, expected[f"alpha_{wave}"]["alpha"])
    wide = pre_post(scored).merge(groups, on="person_id")
    for arm, part in wide.groupby("group"):
        assert_equals_r(case, expected["paired"][arm], part)


def test_headline_g_is_not_the_one_for_power() -> None:
    g = estimate(paired_g_av(paired(20)))
    assert g.value != pytest.approx(g.extra["g_z"], abs=0.05)


@pytest.mark.parametrize("measure", ALL)
def test_change_does_not_depend_on_the_order_of_rows(measure) -> None:
    table = paired(12)
    assert estimate(measure(shuffled(table))).value == pytest.approx(estimate(measure(table)).value)


@pytest.mark.parametrize("measure", ALL)
def test_change_does_not_change_when_everybody_scores_higher(measure) -> None:
    table = paired(12)
    one = estimate(measure(table))
    other = estimate(measure(table.assign(pre=table["pre"] + 100, post=table["post"] + 100)))
    assert (other.value, other.lo, other.hi) == pytest.approx((one.value, one.lo, one.hi))


def test_ten_times_the_scale_is_ten_times_the_change_and_the_same_g_and_p() -> None:
    table = paired(12)
    ten = table.assign(pre=table["pre"] * 10, post=table["post"] * 10)
    one, other = estimate(paired_change(table)), estimate(paired_change(ten))
    assert (other.value, other.lo, other.hi) == pytest.approx((10 * one.value, 10 * one.lo, 10 * one.hi))
    assert other.p_value == pytest.approx(one.p_value)
    assert estimate(paired_g_av(ten)).value == pytest.approx(estimate(paired_g_av(table)).value)


def test_exchanging_before_and_after_flips_the_sign() -> None:
    table = paired(12)
    turned = table.rename(columns={"pre": "post", "post": "pre"})
    for measure in (paired_change, paired_g_av):
        one, other = estimate(measure(table)), estimate(measure(turned))
        assert (other.value, other.lo, other.hi) == pytest.approx((-one.value, -one.hi, -one.lo))
    assert estimate(improved_share(table)).value == estimate(worse_share(turned)).value


def test_the_three_shares_add_up_to_one_even_with_rounding_noise() -> None:
    table = pd.DataFrame({"person_id": range(6), "pre": [0.1 + 0.2, 1, 2, 3, 4, 5], "post": [0.3, 2, 3, 3, 3, 5]})
    values = [estimate(share(table)).value for share in (improved_share, unchanged_share, worse_share)]
    assert values == pytest.approx([2 / 6, 3 / 6, 1 / 6])


@pytest.mark.parametrize("measure", ALL)
@pytest.mark.parametrize("n", [0, 1, 5])
def test_fewer_than_six_pairs_are_not_estimable(measure, n: int) -> None:
    result = measure(paired(n))
    assert isinstance(result, NotEstimable)
    assert (result.n, result.because) == (n, "fewer than 6 complete pairs")


@pytest.mark.parametrize("measure", ALL)
def test_six_pairs_are_estimable_and_the_incomplete_are_counted(measure) -> None:
    table = paired(8)
    table.loc[0, "post"] = np.nan
    table.loc[1, "pre"] = np.nan
    result = estimate(measure(table))
    assert (result.n, result.n_excluded, result.excluded_reason) == (6, 2, "without a score at both times")


@pytest.mark.parametrize("measure", ALL)
def test_nobody_answered_is_not_estimable(measure) -> None:
    result = measure(paired(9).assign(pre=np.nan, post=np.nan))
    assert isinstance(result, NotEstimable)
    assert result.n == 0


@pytest.mark.parametrize("measure", [paired_change, paired_g_av])
def test_the_same_change_of_everybody_is_not_estimable(measure) -> None:
    table = paired(9)
    result = measure(table.assign(post=table["pre"] + 0.3))
    assert isinstance(result, NotEstimable)
    assert result.because == "every complete pair changed by the same amount"


def test_correlation_is_left_out_where_the_scores_before_do_not_vary() -> None:
    assert "r" not in estimate(paired_change(paired(9).assign(pre=3.0))).extra


@pytest.mark.parametrize("measure", ALL)
def test_a_person_counted_twice_is_refused(measure) -> None:
    table = paired(9)
    with pytest.raises(ValueError, match="more than one row"):
        measure(pd.concat([table, table.head(1)]))
    with pytest.raises(ValueError, match="missing columns"):
        measure(table.drop(columns="person_id"))


def test_squared_paired_t_is_the_f_of_a_blocked_analysis_of_variance() -> None:
    table = paired(12)
    both = np.stack([table["pre"], table["post"]], axis=1)
    people, times = both.mean(axis=1, keepdims=True), both.mean(axis=0, keepdims=True)
    rest = both - people - times + both.mean()
    f = 12 * np.sum((times - both.mean()) ** 2) / (np.sum(rest**2) / 11)
    assert estimate(paired_change(table)).extra["t"] ** 2 == pytest.approx(f)
