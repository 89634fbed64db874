"""Costs: sums that can be checked by hand, and ranges that are as wide as they were declared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.value import costs as module
from rmanalytics.measures.value.costs import cost_per_completed_tandem, cost_per_tandem, cost_total


def items(*rows, currency="EUR"):
    frame = pd.DataFrame(rows, columns=["item", "quantity", "unit_cost", "low", "high"])
    return frame.assign(currency=currency)


def draw(seed=1):
    return {"rng": np.random.default_rng(seed), "seed": seed}


COSTS = items(("hours", 100, 60, 50, 85), ("room", 2, 150, None, None))


def test_cost_total_adds_up_and_keeps_its_seed():
    result = cost_total(COSTS, **draw())
    assert (result.value, result.unit, result.seed, result.draws) == (6300, "EUR", 1, 10_000)
    assert result.extra["expected"] == 6800
    again = cost_total(COSTS, **draw())
    assert (result.lo, result.hi) == (again.lo, again.hi)


def test_the_range_of_one_item_is_that_of_the_triangular_distribution():
    result = cost_total(COSTS, rng=np.random.default_rng(3), seed=3, draws=400_000)
    low = 50 + np.sqrt(0.025 * 35 * 10)  # the distribution function up to the mode is (x-50)²/(35·10)
    high = 85 - np.sqrt(0.025 * 35 * 25)
    assert result.lo == pytest.approx(300 + 100 * low, rel=1e-3)
    assert result.hi == pytest.approx(300 + 100 * high, rel=1e-3)


def test_costs_per_tandem_and_per_completed_one_share_the_total():
    tandems = pd.DataFrame({"tandem_id": list("abcd"), "planned": [6, 6, 6, 0], "held": [6, 6, 1, 0]})
    total, each = cost_total(COSTS, **draw()), cost_per_tandem(COSTS, 4, **draw())
    done = cost_per_completed_tandem(COSTS, tandems, **draw())
    assert (each.value, done.value) == (total.value / 4, total.value / 2)
    assert (each.lo, done.hi) == pytest.approx((total.lo / 4, total.hi / 2))
    assert (each.n, done.n) == (4, 2)


def test_certain_costs_have_no_interval():
    result = cost_per_tandem(items(("room", 2, 150, None, None)), 3, **draw())
    assert (result.value, result.lo, result.hi, result.method) == (100, None, None, module.WITHOUT_RANGE)
    assert result.draws is None
    bare = items(("room", 2, 150, None, None)).drop(columns=["low", "high"])
    assert cost_per_tandem(bare, 3, **draw()).value == 100


def test_without_costs_or_tandems_there_is_nothing_to_divide():
    tandems = pd.DataFrame({"tandem_id": ["a"], "planned": [6], "held": [5]})
    assert cost_total(items(), **draw()).reason == module.NO_COSTS
    assert cost_per_tandem(COSTS, 0, **draw()).reason == module.NO_TANDEMS
    assert cost_per_completed_tandem(COSTS, tandems, **draw()).reason == module.NONE_COMPLETED


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (items(("a", 1, 60, 61, 70)), "range"),
        (items(("a", 1, 60, 50, 55)), "range"),
        (items(("a", -1, 60, 50, 70)), "quantity"),
        (items(("a", 1, 60, None, None), ("a", 1, 60, None, None)), "more than one row"),
        (items(("a", 1, 60, None, None), ("b", 1, 60, None, None), currency=["EUR", "CHF"]), "currency"),
    ],
)
def test_impossible_costs_are_refused(table, words):
    with pytest.raises(ValueError, match=words):
        cost_total(table, **draw())
