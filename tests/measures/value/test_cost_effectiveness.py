"""Value: draws against the distributions they come from, the plane, acceptability, and prices that do not exist."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, triang

from rmanalytics.measures.value import cost_effectiveness as module
from rmanalytics.measures.value.cost_effectiveness import (
    QUADRANTS,
    acceptability_curve,
    cost_per_tenth_sd,
    incremental_cost,
    incremental_gain,
    incremental_plane,
    net_benefit,
    plane_quadrants,
)
from rmanalytics.measures.value.monte_carlo import Measured, Range, option_draws, programme_draws, total_draws
from rmanalytics.results import Estimate, NotEstimable

DRAWS = 200_000


def costs(*rows):
    frame = pd.DataFrame(rows, columns=["item", "quantity", "unit_cost", "low", "high"])
    return frame.assign(currency="EUR", kind="time")


COSTS = costs(("hours", 100, 60, 50, 85), ("room", 2, 150, None, None))
TRAINING = {"cost": Range(low=90, mode=120, high=200), "gain": Measured(value=0.2, se=0.1)}


def programme(gain=0.5, se=0.1, draws=DRAWS, seed=1):
    rng = np.random.default_rng(seed)
    return programme_draws(COSTS, people_n=34, gain=Measured(value=gain, se=se), rng=rng, draws=draws)


def training(draws=DRAWS, seed=2):
    return option_draws(**TRAINING, rng=np.random.default_rng(seed), draws=draws)


ABOUT = {"currency": "EUR", "n": 34, "seed": 1}


def test_the_draws_have_the_declared_distributions():
    worlds = programme()
    hours = triang(10 / 35, loc=50, scale=35)
    assert worlds["cost"].mean() == pytest.approx((300 + 100 * hours.mean()) / 34, rel=2e-3)
    found = np.quantile(worlds["cost"], [0.025, 0.5, 0.975])
    assert found == pytest.approx((300 + 100 * hours.ppf([0.025, 0.5, 0.975])) / 34, rel=3e-3)
    assert (worlds["gain"].mean(), worlds["gain"].std()) == pytest.approx((0.5, 0.1), rel=1e-2)
    assert np.corrcoef(worlds["cost"], worlds["gain"])[0, 1] == pytest.approx(0, abs=0.01)


def test_the_same_seed_draws_the_same_worlds():
    pd.testing.assert_frame_equal(programme(draws=50), programme(draws=50))
    assert not programme(draws=50).equals(programme(draws=50, seed=9))


def test_a_certain_cost_for_an_uncertain_gain_has_the_limits_of_the_gain():
    worlds = pd.DataFrame({"cost": 600.0, "gain": np.random.default_rng(1).normal(0.4, 0.05, DRAWS)})
    result = cost_per_tenth_sd(worlds, **ABOUT)
    assert isinstance(result, Estimate)
    assert result.value == pytest.approx(150, rel=1e-3)
    assert (result.lo, result.hi) == pytest.approx((60 / (0.4 + 1.96 * 0.05), 60 / (0.4 - 1.96 * 0.05)), rel=5e-3)
    assert (result.draws, result.seed, result.unit) == (DRAWS, 1, "EUR")


@pytest.mark.parametrize(("gain", "se"), [(0.2, 0.11), (0.0, 0.1), (-0.3, 0.1)])
def test_a_gain_that_may_be_none_has_no_price(gain, se):
    result = cost_per_tenth_sd(programme(gain, se, draws=20_000), **ABOUT)
    assert isinstance(result, NotEstimable)
    assert result.reason == module.GAIN_MAY_BE_NONE


def test_a_few_worlds_without_a_gain_count_as_the_dearest():
    result = cost_per_tenth_sd(programme(0.25, 0.11), **ABOUT)
    assert 0 < result.extra["no_gain_share"] < 0.025
    assert np.isfinite(result.hi)
    assert result.hi > 5 * result.value


def test_differences_add_the_variances_of_both_options():
    gain = incremental_gain(programme(), training(), n=34, seed=1)
    assert gain.value == pytest.approx(0.3, abs=2e-3)
    assert gain.hi - gain.lo == pytest.approx(2 * 1.96 * np.sqrt(0.02), rel=1e-2)
    cost = incremental_cost(programme(), training(), **ABOUT)
    assert cost.value == pytest.approx((300 + 100 * 65) / 34 - 410 / 3, rel=1e-2)
    assert cost.lo < cost.value < cost.hi
    assert cost.comparator == module.CLASSIC_TRAINING


def test_acceptability_is_the_normal_probability_where_costs_are_certain():
    rng = np.random.default_rng(3)
    here = pd.DataFrame({"cost": 600.0, "gain": rng.normal(0.4, 0.1, DRAWS)})
    there = pd.DataFrame({"cost": 400.0, "gain": rng.normal(0.2, 0.1, DRAWS)})
    thresholds = [0, 50, 100, 200, 1000]
    points = acceptability_curve(here, there, thresholds=thresholds, n=34).points
    needed = np.array([np.inf, *(200 / (10 * worth) for worth in thresholds[1:])])
    expected = norm.sf(needed, 0.2, np.sqrt(0.02))
    assert points["probability"].to_numpy() == pytest.approx(expected, abs=5e-3)
    assert (points["mc_se"] <= 0.5 / np.sqrt(DRAWS)).all()
    assert points.loc[0, "probability"] == 0
    for worth, probability in zip(thresholds, points["probability"], strict=True):
        assert net_benefit(here, there, worth=worth, **ABOUT).extra["probability"] == probability


def test_the_quadrants_hold_every_world_once_and_agree_with_the_plane():
    here, there = programme(0.3, 0.2, draws=400), training(draws=400)
    shares = plane_quadrants(here, there, n=34).points.set_index("quadrant")["share"]
    assert shares.index.tolist() == list(QUADRANTS)
    assert shares.sum() == pytest.approx(1)
    plane = incremental_plane(here, there, n=34).points
    assert len(plane) == 400
    more = (plane["gain_difference"] > 0) & (plane["cost_difference"] > 0)
    assert more.mean() == shares[module.MORE_FOR_MORE]
    assert len(incremental_plane(here, there, n=34, shown=50).points) == 50


def test_the_interval_of_the_price_covers_the_truth():
    rng, held, priced, truth = np.random.default_rng(4), 0, 0, 0.1 * 200 / 0.5
    for _ in range(400):
        seen = Measured(value=float(rng.normal(0.5, 0.1)), se=0.1)
        worlds = option_draws(cost=Range(low=200, mode=200, high=200), gain=seen, rng=rng, draws=2000)
        result = cost_per_tenth_sd(worlds, **ABOUT)
        if isinstance(result, Estimate):
            priced += 1
            held += result.lo <= truth <= result.hi
    assert priced > 390
    assert held / priced >= 0.92


@pytest.mark.parametrize(
    ("ends", "words"), [((5, 4, 6), "range"), ((1, 2, 1.5), "range"), ((-1, 2, 3), "range"), ((0, 0, np.inf), "range")]
)
def test_impossible_ranges_are_refused(ends, words):
    with pytest.raises(ValueError, match=words):
        Range(low=ends[0], mode=ends[1], high=ends[2])


def test_impossible_options_are_refused():
    with pytest.raises(ValueError, match="standard error"):
        Measured(value=0.1, se=-1)
    with pytest.raises(ValueError, match="same number of draws"):
        incremental_gain(programme(draws=5), training(draws=6), n=34, seed=1)
    with pytest.raises(ValueError, match="people"):
        programme_draws(COSTS, people_n=0, gain=Measured(value=1, se=1), rng=np.random.default_rng(1))
    with pytest.raises(ValueError, match="no costs"):
        total_draws(COSTS.iloc[:0], rng=np.random.default_rng(1), draws=3)
    with pytest.raises(ValueError, match="currency"):
        total_draws(COSTS.assign(currency=["EUR", "CHF"]), rng=np.random.default_rng(1), draws=3)
