"""Participants against a comparison group."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden
from scipy.stats import t as t_distribution
from score_frames import flipped, instrument, shuffled, two_groups

from rmanalytics.measures.stats.cluster_robust import fit_clustered
from rmanalytics.measures.stats.least_squares import fit_common_slope, fit_own_slopes
from rmanalytics.measures.survey.ancova import (
    adjusted_difference,
    baseline_difference,
    change_score_difference,
    slope_difference,
)
from rmanalytics.measures.survey.scoring import pre_post, scores
from rmanalytics.results import Estimate, NotEstimable

ALL = (adjusted_difference, change_score_difference, baseline_difference, slope_difference)


def estimate(result: Estimate | NotEstimable) -> Estimate:
    assert isinstance(result, Estimate)
    return result


def anorexia() -> tuple[dict, pd.DataFrame]:
    case, folder = golden("ancova_anorexia")
    return case, pd.read_csv(folder / "data.csv").rename(columns={"id": "person_id"})


@pytest.mark.golden
def test_fits_equal_r_with_three_arms() -> None:
    case, data = anorexia()
    groups = ["Cont", "CBT", "FT"]
    names = {"intercept": "(Intercept)", "pre": "prec", "CBT": "gCBT", "FT": "gFT"}
    names |= {"pre:CBT": "prec:gCBT", "pre:FT": "prec:gFT"}
    for fit, key in ((fit_common_slope, "hc3"), (fit_own_slopes, "lin_interacted_hc3")):
        found = fit(data, groups=groups)
        assert found is not None
        for term in found.terms:
            expected = case["expected"][key][names[term]]
            assert close(case, found.value(term), expected["est"])
            assert close(case, found.hc3_se(term), expected["se"])
            t = abs(found.value(term)) / found.hc3_se(term)
            assert close(case, 2 * t_distribution.sf(t, found.residual_df), expected["p"])
    common = fit_common_slope(data, groups=groups)
    own = fit_own_slopes(data, groups=groups)
    assert common is not None
    assert own is not None
    for term in common.terms:
        assert close(case, common.se(term), case["expected"]["hc2"][names[term]]["se"])
    for arm in ("CBT", "FT"):
        limits = case["expected"]["ci_hc3"][f"g{arm}"]
        assert all(close(case, a, b) for a, b in zip(common.hc3_limits(arm), limits, strict=True))
        adjusted = common.value("intercept") + common.value(arm)
        assert close(case, adjusted, case["expected"]["adjusted_means"][arm])
    assert close(case, np.sqrt(common.residual_ss / common.residual_df), case["expected"]["sigma"])
    f = (common.residual_ss - own.residual_ss) / 2 / (own.residual_ss / own.residual_df)
    assert close(case, f, case["expected"]["slope_homogeneity"]["F"])


@pytest.mark.golden
@pytest.mark.parametrize("arm", ["CBT", "FT"])
def test_change_score_difference_equals_r(arm: str) -> None:
    case, data = anorexia()
    names = {arm: "participants", "Cont": "comparison"}
    part = data[data["group"].isin(names)]
    found = estimate(change_score_difference(part.assign(group=part["group"].map(names))))
    expected = case["expected"]["change_score"][arm]["welch"]
    assert close(case, found.value, expected["diff"])
    assert close(case, found.extra["t"], expected["t"])
    assert close(case, found.extra["df"], expected["df"])
    assert close(case, found.p_value, expected["p"])
    assert all(close(case, a, b) for a, b in zip((found.lo, found.hi), expected["ci"], strict=True))


@pytest.mark.golden
def test_adjusted_difference_equals_r_from_the_items_of_a_survey() -> None:
    case, folder = golden("sai_salt_items")
    expected = case["expected"]
    data = pd.read_csv(folder / "data.csv").rename(columns={"id": "person_id"})
    sai = instrument(expected["items"], reverse=expected["reverse_items"], high=4, same_items=False)
    answers = data.melt(id_vars=["person_id", "time", "group"], var_name="item", value_name="value")
    answers["wave"] = answers["time"].map({1: "pre", 2: "post"})
    names = data[["person_id", "group"]].drop_duplicates()
    names["group"] = names["group"].map({"caffeine": "participants", "placebo": "comparison"})
    found = estimate(adjusted_difference(pre_post(scores(answers, sai)).merge(names, on="person_id")))
    ancova = expected["ancova_hc3"]
    assert found.n + (found.n_comparator or 0) == ancova["n"]
    t = found.value / found.extra["hc3_se"]
    values = {
        "difference": found.value,
        "lo": found.extra["hc3_lo"],
        "hi": found.extra["hc3_hi"],
        "p": 2 * t_distribution.sf(abs(t), ancova["df"]),
        "se": found.extra["hc3_se"],
        "t": t,
    }
    assert all(close(case, value, ancova[key]) for key, value in values.items())


def test_errors_are_those_of_clusters_of_one() -> None:
    table = two_groups(7, 12)
    fit = fit_common_slope(table, groups=["comparison", "participants"])
    assert fit is not None
    pre = table["pre"].to_numpy(dtype=float)
    x = np.column_stack([np.ones(19), pre - pre.mean(), table["group"] == "participants"]).astype(float)
    same = fit_clustered(table["post"].to_numpy(dtype=float), x, np.arange(19), terms=fit.terms)
    for ours, theirs in ((fit.estimates, same.estimates), (fit.errors, same.errors), (fit.df, same.df)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_the_check_of_parallel_slopes_is_the_squared_t_of_the_interaction() -> None:
    table = two_groups(12, 15)
    complete = table.assign(g=(table["group"] == "participants").astype(float))
    x = np.column_stack([np.ones(27), complete["pre"], complete["g"], complete["g"] * complete["pre"]])
    y = complete["post"].to_numpy()
    beta, ss, *_ = np.linalg.lstsq(x, y, rcond=None)
    f = beta[3] ** 2 / (ss[0] / 23 * np.linalg.inv(x.T @ x)[3, 3])
    from scipy.stats import f as f_distribution

    assert estimate(adjusted_difference(table)).extra["parallel_slopes_p"] == pytest.approx(f_distribution.sf(f, 1, 23))


def test_standardised_difference_is_in_pooled_deviations_before() -> None:
    found = estimate(adjusted_difference(two_groups(12, 15)))
    ratio = found.extra["g"] / found.value
    assert (found.extra["g_lo"], found.extra["g_hi"]) == pytest.approx((found.lo * ratio, found.hi * ratio))


def test_glass_delta_is_in_deviations_of_the_comparison_group_before() -> None:
    table = two_groups(12, 15)
    found = estimate(adjusted_difference(table))
    deviation = table.loc[table["group"] == "comparison", "pre"].std()
    wanted = [value / deviation for value in (found.value, found.lo, found.hi)]
    assert [found.extra[key] for key in ("glass", "glass_lo", "glass_hi")] == pytest.approx(wanted)


@pytest.mark.parametrize("measure", ALL)
def test_comparison_does_not_depend_on_order_or_on_a_shift(measure) -> None:
    table = two_groups(12, 15)
    one = estimate(measure(table))
    shifted = shuffled(table.assign(pre=table["pre"] + 7, post=table["post"] + 7))
    other = estimate(measure(shifted))
    assert (other.value, other.lo, other.hi) == pytest.approx((one.value, one.lo, one.hi))


@pytest.mark.parametrize("measure", ALL)
def test_exchanging_the_names_of_the_groups_flips_the_sign(measure) -> None:
    table = two_groups(12, 15)
    one, other = estimate(measure(table)), estimate(measure(flipped(table)))
    assert (other.value, other.lo, other.hi) == pytest.approx((-one.value, -one.hi, -one.lo))
    assert (other.n, other.n_comparator) == (one.n_comparator, one.n)


def test_ten_times_the_scale_leaves_g_and_p_alone() -> None:
    table = two_groups(12, 15)
    ten = table.assign(pre=table["pre"] * 10, post=table["post"] * 10)
    one, other = estimate(adjusted_difference(table)), estimate(adjusted_difference(ten))
    assert other.value == pytest.approx(10 * one.value)
    assert (other.p_value, other.extra["g"]) == pytest.approx((one.p_value, one.extra["g"]))
    assert estimate(baseline_difference(ten)).value == pytest.approx(estimate(baseline_difference(table)).value)
    assert estimate(slope_difference(ten)).value == pytest.approx(estimate(slope_difference(table)).value)


@pytest.mark.parametrize("measure", ALL)
def test_one_group_alone_is_not_estimable(measure) -> None:
    table = two_groups(12, 15)
    for group in ("participants", "comparison"):
        result = measure(table[table["group"] == group])
        assert isinstance(result, NotEstimable)
        assert result.because == "complete pairs in one group only"
    empty = measure(table.head(0))
    assert isinstance(empty, NotEstimable)


@pytest.mark.parametrize("measure", ALL)
def test_five_in_a_group_are_not_estimable_and_six_are(measure) -> None:
    few = measure(two_groups(5, 15))
    assert isinstance(few, NotEstimable)
    assert few.because == "fewer than 6 complete pairs in one of the groups"
    assert isinstance(measure(two_groups(6, 6)), Estimate)


@pytest.mark.parametrize("measure", ALL)
def test_incomplete_people_are_counted_not_used(measure) -> None:
    table = two_groups(12, 15)
    table.loc[[0, 1], "post"] = np.nan
    found = estimate(measure(table))
    assert (found.n, found.n_comparator, found.n_excluded) == (10, 15, 2)


@pytest.mark.parametrize("measure", ALL)
def test_a_person_counted_twice_or_in_a_third_group_is_refused(measure) -> None:
    table = two_groups(12, 15)
    with pytest.raises(ValueError, match="more than one row"):
        measure(pd.concat([table, table.tail(1)]))
    with pytest.raises(ValueError, match="group: participants or comparison"):
        measure(table.assign(group="others"))


def test_the_same_score_before_for_everyone_is_not_estimable() -> None:
    table = two_groups(12, 15).assign(pre=3.0)
    for measure, reason in (
        (adjusted_difference, "everyone had the same score before"),
        (slope_difference, "everyone had the same score before"),
        (baseline_difference, "no variation in the scores"),
    ):
        result = measure(table)
        assert isinstance(result, NotEstimable)
        assert result.because == reason


def test_a_group_without_variation_before_has_no_slope_of_its_own() -> None:
    table = two_groups(12, 15)
    table.loc[table["group"] == "participants", "pre"] = 3.0
    assert isinstance(slope_difference(table), NotEstimable)
    assert "lin_difference" not in estimate(adjusted_difference(table)).extra


def test_one_person_who_alone_determines_a_slope_makes_it_not_estimable() -> None:
    table = two_groups(12, 15)
    table.loc[table["group"] == "participants", "pre"] = [3.0] * 11 + [4.0]
    result = slope_difference(table)
    assert isinstance(result, NotEstimable)
    assert result.because == "one person alone determines a part of the fit"


def test_nothing_left_to_explain_is_not_estimable() -> None:
    table = two_groups(12, 15)
    perfect = table.assign(post=table["pre"] + (table["group"] == "participants"))
    for measure in (adjusted_difference, slope_difference, change_score_difference):
        assert isinstance(measure(perfect), NotEstimable)


def test_the_table_is_not_changed() -> None:
    table = two_groups(8, 8)
    before = table.copy(deep=True)
    for measure in ALL:
        measure(table)
    pd.testing.assert_frame_equal(table, before)
