"""Bootstrap intervals of a change, for one group or many."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import bootstrap
from score_frames import paired, shuffled

from rmanalytics.measures.stats.bootstrap import group_changes_bca, group_g_avs_bca, paired_change_bca, paired_g_av_bca
from rmanalytics.measures.stats.effect_sizes import hedges_j
from rmanalytics.measures.survey.paired_change import paired_change, paired_g_av
from rmanalytics.results import Estimate, NotEstimable

BOTH = (paired_change_bca, paired_g_av_bca)


def estimate(result: Estimate | NotEstimable) -> Estimate:
    assert isinstance(result, Estimate)
    return result


def one(measure, table: pd.DataFrame, *, seed: int = 4, draws: int = 10_000):
    return measure(table, rng=np.random.default_rng(seed), seed=seed, draws=draws)


def likert(n: int, *, seed: int = 5) -> pd.DataFrame:
    """Means of five items, with many ties."""
    rng = np.random.default_rng(seed)
    pre = rng.integers(8, 20, n) / 5
    return pd.DataFrame({"person_id": range(n), "pre": pre, "post": pre + rng.integers(-2, 6, n) / 5})


def change(pre, post, axis=-1):
    return (post - pre).mean(axis=axis)


def g_av(pre, post, axis=-1):
    sd = np.sqrt((pre.var(axis=axis, ddof=1) + post.var(axis=axis, ddof=1)) / 2)
    return hedges_j(pre.shape[axis] - 1) * change(pre, post, axis) / sd


@pytest.mark.parametrize("table", [paired(34), likert(34), paired(12, seed=7)], ids=["34", "34 tied", "12"])
@pytest.mark.parametrize(("measure", "statistic"), [(paired_change_bca, change), (paired_g_av_bca, g_av)])
def test_limits_are_those_of_scipy_within_monte_carlo_error(measure, statistic, table: pd.DataFrame) -> None:
    data = (table["pre"].to_numpy(), table["post"].to_numpy())
    peer = bootstrap(
        data,
        statistic,
        paired=True,
        vectorized=True,
        n_resamples=60_000,
        batch=5_000,
        method="BCa",
        rng=np.random.default_rng(9),
    ).confidence_interval
    found = estimate(one(measure, table, draws=60_000))
    assert found.value == pytest.approx(statistic(*data))
    for ours, theirs, error in ((found.lo, peer.low, "mc_se_lo"), (found.hi, peer.high, "mc_se_hi")):
        # both sides are drawn; a tied distribution has steps of a fifth of a point over n
        assert ours is not None
        step = 0.2 / len(table) if statistic is change else 0.0
        assert abs(ours - theirs) <= 4 * math.sqrt(2) * found.extra[error] + 1.01 * step


@pytest.mark.parametrize(("measure", "statistic"), [(paired_change_bca, change), (paired_g_av_bca, g_av)])
def test_the_acceleration_is_that_of_leaving_out_each_person(measure, statistic) -> None:
    table = paired(15, seed=8)
    pre, post = table["pre"].to_numpy(), table["post"].to_numpy()
    left = np.array([statistic(np.delete(pre, i), np.delete(post, i)) for i in range(15)])
    away = left.mean() - left
    expected = (away**3).sum() / (6 * (away**2).sum() ** 1.5)
    assert estimate(one(measure, table)).extra["acceleration"] == pytest.approx(expected)


def test_the_values_are_those_of_the_measures_that_they_check() -> None:
    table = paired(20)
    assert estimate(one(paired_change_bca, table)).value == pytest.approx(estimate(paired_change(table)).value)
    assert estimate(one(paired_g_av_bca, table)).value == pytest.approx(estimate(paired_g_av(table)).value)


@pytest.mark.parametrize(
    ("single", "many"), [(paired_change_bca, group_changes_bca), (paired_g_av_bca, group_g_avs_bca)]
)
def test_a_group_among_many_of_its_size_has_the_interval_it_has_alone(single, many) -> None:
    tables = [likert(20, seed=seed) for seed in range(70)]
    together = pd.concat([table.assign(group=f"g{i}") for i, table in enumerate(tables)])
    found = one(many, together)
    assert [result.group for result in found] == [f"g{i}" for i in range(70)]
    for i in (0, 63, 64, 69):
        alone, among = estimate(one(single, tables[i])), estimate(found[i])
        assert (among.value, among.lo, among.hi) == pytest.approx((alone.value, alone.lo, alone.hi), rel=1e-12)
        assert among.name == alone.name


def test_groups_of_several_sizes_come_back_in_order_of_appearance_with_their_counts() -> None:
    frames = [likert(12), likert(8), likert(12, seed=6), likert(4)]
    table = pd.concat([frame.assign(group=name) for frame, name in zip(frames, "zbay", strict=True)])
    table.loc[(table["group"] == "z") & (table["person_id"] < 2), "post"] = np.nan
    z, b, a, y = one(group_changes_bca, table)
    assert [result.group for result in (z, b, a, y)] == list("zbay")
    assert (estimate(z).n, estimate(z).n_excluded, estimate(b).n, estimate(a).n) == (10, 2, 8, 12)
    assert isinstance(y, NotEstimable)
    assert y.because == "fewer than 6 complete pairs"
    again = one(group_changes_bca, table)
    assert [result.lo for result in again[:3]] == [result.lo for result in (z, b, a)]


@pytest.mark.parametrize("measure", BOTH)
def test_the_interval_covers_the_value_and_follows_a_shift_and_a_scale(measure) -> None:
    table = paired(34)
    first = estimate(one(measure, table))
    assert first.lo < first.value < first.hi
    moved = estimate(one(measure, table.assign(pre=table["pre"] + 7, post=table["post"] + 7)))
    assert (moved.value, moved.lo, moved.hi) == pytest.approx((first.value, first.lo, first.hi))
    ten = 10 if measure is paired_change_bca else 1
    wide = estimate(one(measure, table.assign(pre=table["pre"] * 10, post=table["post"] * 10)))
    assert (wide.value, wide.lo, wide.hi) == pytest.approx((ten * first.value, ten * first.lo, ten * first.hi))


@pytest.mark.parametrize("measure", BOTH)
def test_order_changes_no_more_than_the_draws_do(measure) -> None:
    table = paired(34)
    first, other = estimate(one(measure, table)), estimate(one(measure, shuffled(table)))
    assert other.value == pytest.approx(first.value)
    assert abs(other.lo - first.lo) < 6 * first.extra["mc_se_lo"]


def test_seed_and_draws_are_recorded_and_give_the_same_again() -> None:
    first, again = (estimate(one(paired_g_av_bca, likert(34), draws=2_000)) for _ in range(2))
    assert (first.draws, first.seed) == (2_000, 4)
    assert first == again


@pytest.mark.parametrize("measure", BOTH)
def test_what_has_no_interval_says_why(measure) -> None:
    few = one(measure, paired(5))
    assert isinstance(few, NotEstimable)
    assert few.because == "fewer than 6 complete pairs"
    assert isinstance(one(measure, paired(34).head(0)), NotEstimable)
    table = likert(12)
    same = one(measure, table.assign(post=table["pre"] + 0.4))
    assert isinstance(same, NotEstimable)
    assert same.because == "every complete pair changed by the same amount"


def test_too_many_resamples_without_variation_are_not_estimable() -> None:
    table = pd.DataFrame({"person_id": range(6), "pre": [3.0] * 6, "post": [4.0] * 5 + [5.0]})
    result = one(paired_g_av_bca, table)
    assert isinstance(result, NotEstimable)
    assert result.because == "too many resamples have no variation"


def test_few_resamples_without_variation_are_left_out_and_counted() -> None:
    found = estimate(one(paired_g_av_bca, paired(6, seed=3), draws=60_000))
    assert 0 < found.extra["draws_left_out"] < 60


@pytest.mark.parametrize("measure", BOTH)
def test_doubles_and_few_draws_are_refused_and_the_table_is_not_changed(measure) -> None:
    table = paired(12)
    before = table.copy(deep=True)
    one(measure, table)
    pd.testing.assert_frame_equal(table, before)
    with pytest.raises(ValueError, match="more than one row"):
        one(measure, pd.concat([table, table.head(1)]))
    with pytest.raises(ValueError, match="1000 or more"):
        one(measure, table, draws=999)
