"""Payback and tornado: cash apart from time, no return without its interval, and swings that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.value import one_way_sensitivity
from rmanalytics.measures.value import payback as module
from rmanalytics.measures.value.cost_effectiveness import net_benefit
from rmanalytics.measures.value.costs import NO_COSTS, NO_TANDEMS, cost_total
from rmanalytics.measures.value.monte_carlo import Measured, Range
from rmanalytics.measures.value.one_way_sensitivity import cost_tornado, net_benefit_tornado
from rmanalytics.measures.value.payback import break_even_leavers, cashable_benefit, cashable_return, cost_by_kind
from rmanalytics.results import Curve, Estimate, NotEstimable


def costs(*rows):
    frame = pd.DataFrame(rows, columns=["item", "kind", "quantity", "unit_cost", "low", "high"])
    return frame.assign(currency="EUR")


COSTS = costs(
    ("coordination", "time", 100, 60, 50, 85),
    ("kick_off", "cash", 1, 3000, 2000, 5000),
    ("room", "cash", 12, 150, None, None),
)
LEAVER = Range(low=20_000, mode=30_000, high=60_000)


def draw(seed=1, draws=20_000):
    return {"rng": np.random.default_rng(seed), "seed": seed, "draws": draws}


def test_cash_and_time_add_up_to_the_whole_cost():
    parts = [cost_by_kind(COSTS, kind=kind, **draw()) for kind in module.KINDS]
    assert [part.value for part in parts] == [4800, 6000]
    assert sum(part.value for part in parts) == cost_total(COSTS, **draw()).value
    assert [part.group for part in parts] == ["cash", "time"]
    assert cost_by_kind(COSTS[COSTS["kind"] == "cash"], kind="time", **draw()).reason == NO_COSTS
    with pytest.raises(ValueError, match="cash or time"):
        cost_by_kind(COSTS, kind="love", **draw())


def test_break_even_is_cost_over_replacement_with_both_uncertain():
    result = break_even_leavers(COSTS, replacement=LEAVER, **draw())
    assert isinstance(result, Estimate)
    assert result.value == pytest.approx(10_800 / 30_000)
    assert result.extra["cash_only"] == pytest.approx(4800 / 30_000)
    assert (4000 + 5000) / 60_000 < result.lo < result.value < result.hi < (6800 + 8500) / 20_000
    certain = Range(low=30_000, mode=30_000, high=30_000)
    narrower = break_even_leavers(COSTS, replacement=certain, **draw())
    assert narrower.hi - narrower.lo < result.hi - result.lo


def test_what_cannot_break_even_says_why():
    free = Range(low=0, mode=0, high=0)
    assert break_even_leavers(COSTS, replacement=free, **draw()).reason == module.NO_REPLACEMENT_COST
    assert break_even_leavers(COSTS.iloc[:0], replacement=LEAVER, **draw()).reason == NO_COSTS


def cashable(measure, table=COSTS, *, avoided=0.5, se=0.8, seed=1):
    seen = Measured(value=avoided, se=se)
    return measure(table, leavers_avoided=seen, replacement=LEAVER, **draw(seed))


def test_peoples_time_is_in_no_cashable_figure():
    dearer = COSTS.assign(unit_cost=np.where(COSTS["kind"] == "time", 80, COSTS["unit_cost"]))
    for measure in (cashable_benefit, cashable_return):
        assert cashable(measure) == cashable(measure, dearer)


def test_a_return_always_has_an_interval_and_an_uncertain_one_is_wide():
    benefit, share = cashable(cashable_benefit), cashable(cashable_return)
    assert benefit.lo < 0 < benefit.value < benefit.hi
    assert share.lo < 0 < share.value < share.hi
    mean_leaver, mean_spent = 110_000 / 3, 10_000 / 3 + 1800
    assert benefit.value == pytest.approx(0.5 * mean_leaver - mean_spent, rel=0.05)
    assert share.value == pytest.approx(0.5 * mean_leaver / mean_spent - 1, rel=0.05)
    assert 0.5 < benefit.extra["probability"] < 0.75


@pytest.mark.parametrize("measure", [cashable_benefit, cashable_return])
def test_a_return_without_its_doubt_is_not_given(measure):
    result = cashable(measure, se=0.0)
    assert isinstance(result, NotEstimable)
    assert result.reason == module.NO_UNCERTAINTY
    assert cashable(measure, COSTS[COSTS["kind"] == "time"]).reason == module.NO_CASH
    assert cashable(measure, COSTS.iloc[:0]).reason == NO_COSTS


def test_each_bar_is_the_outcome_with_one_factor_at_its_ends_and_the_widest_comes_first():
    result = cost_tornado(COSTS, tandems_n=10)
    assert isinstance(result, Curve)
    points = result.points.set_index("factor")
    assert points.index.tolist() == ["coordination", "kick_off"]
    assert points.loc["coordination"].tolist() == [(5000 + 4800) / 10, (8500 + 4800) / 10, 1080]
    assert points.loc["kick_off"].tolist() == [980, 1280, 1080]
    assert cost_tornado(COSTS, tandems_n=0).reason == NO_TANDEMS
    assert cost_tornado(COSTS.iloc[:0], tandems_n=3).reason == NO_COSTS


def test_the_tornado_of_the_net_benefit_agrees_with_the_worlds_at_its_ends():
    gain, other = Measured(value=0.4, se=0.1), Measured(value=0.2, se=0.05)
    training = Range(low=200, mode=300, high=500)
    about = {"people_n": 34, "gain": gain, "other_cost": training, "other_gain": other, "worth": 80}
    points = net_benefit_tornado(COSTS, **about).points.set_index("factor")
    assert set(points.index) == {
        "coordination",
        "kick_off",
        one_way_sensitivity.GAIN,
        one_way_sensitivity.OTHER_GAIN,
        one_way_sensitivity.OTHER_COST,
    }
    swings = (points["at_high"] - points["at_low"]).abs()
    assert swings.is_monotonic_decreasing
    world = lambda cost, own: pd.DataFrame({"cost": [cost], "gain": [own]})  # noqa: E731
    money = {"worth": 80, "currency": "EUR", "n": 34, "seed": 1}
    for factor, ends in {
        one_way_sensitivity.GAIN: [(10_800 / 34, 0.4 + s * 1.959964 * 0.1, 300, 0.2) for s in (-1, 1)],
        one_way_sensitivity.OTHER_COST: [(10_800 / 34, 0.4, cost, 0.2) for cost in (200, 500)],
        "coordination": [((total + 4800) / 34, 0.4, 300, 0.2) for total in (5000, 8500)],
    }.items():
        found = [net_benefit(world(c, g), world(c0, g0), **money).value for c, g, c0, g0 in ends]
        assert points.loc[factor, ["at_low", "at_high"]].tolist() == pytest.approx(found)
    assert net_benefit_tornado(COSTS, **(about | {"people_n": 0})).reason == one_way_sensitivity.NOBODY_TO_LEARN
