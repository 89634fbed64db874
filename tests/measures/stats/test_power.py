"""What a round can detect."""

from __future__ import annotations

import numpy as np
import pytest
from golden_data import close, golden
from scipy.stats import t as t_distribution

from rmanalytics.measures.stats.power import events_needed, minimum_detectable_change, minimum_detectable_difference
from rmanalytics.results import Estimate, NotEstimable


def value(result: Estimate | NotEstimable) -> float:
    assert isinstance(result, Estimate)
    return result.value


@pytest.mark.golden
def test_minimum_detectable_differences_equal_r() -> None:
    case, _ = golden("power_paired_two")
    expected = case["expected"]
    assert close(case, value(minimum_detectable_change(34, sd=1.0, unit="sd")), expected["mde_34pairs_p80"])
    assert close(case, value(minimum_detectable_change(34, sd=1.0, power=0.9, unit="sd")), expected["mde_34pairs_p90"])
    assert close(case, value(minimum_detectable_difference(34, 34, sd=1.0, unit="sd")), expected["mde_34v34_p80"])
    power = expected["power_34v34_d50"]
    assert value(minimum_detectable_difference(34, 34, sd=1.0, power=power, unit="sd")) == pytest.approx(0.5, rel=1e-4)
    power = expected["power_40pairs_d50"]
    assert value(minimum_detectable_change(40, sd=1.0, power=power, unit="sd")) == pytest.approx(0.5, rel=1e-4)


def test_adjustment_for_the_score_before_makes_smaller_differences_detectable() -> None:
    plain = value(minimum_detectable_difference(34, 34, sd=0.5, unit="scale points"))
    adjusted = value(minimum_detectable_difference(34, 34, sd=0.5, r=0.6, unit="scale points"))
    assert adjusted == pytest.approx(0.8 * plain)
    assert plain == pytest.approx(0.345, abs=1e-3)


def test_unequal_groups_detect_what_the_methods_say() -> None:
    assert value(minimum_detectable_difference(34, 50, sd=1.0, unit="sd")) == pytest.approx(0.630, abs=1e-3)
    assert value(minimum_detectable_difference(50, 34, sd=1.0, unit="sd")) == pytest.approx(0.630, abs=1e-3)


@pytest.mark.parametrize("n", [2, 3, 5, 10, 1000, 10_000])
def test_rounds_from_five_tandems_to_ten_thousand_have_an_answer(n: int) -> None:
    assert value(minimum_detectable_change(n, sd=1.0, unit="sd")) > 0
    found = minimum_detectable_difference(n, n, sd=1.0, unit="sd")
    assert value(found) > value(minimum_detectable_difference(2 * n, 2 * n, sd=1.0, unit="sd"))


def test_too_few_people_or_no_spread_are_not_estimable() -> None:
    assert isinstance(minimum_detectable_difference(1, 30, sd=1.0, unit="sd"), NotEstimable)
    assert isinstance(minimum_detectable_change(1, sd=1.0, unit="sd"), NotEstimable)
    assert isinstance(minimum_detectable_difference(9, 9, sd=0.0, unit="sd"), NotEstimable)
    assert isinstance(minimum_detectable_change(9, sd=0.0, unit="sd"), NotEstimable)


def test_impossible_risks_are_refused() -> None:
    with pytest.raises(ValueError, match="alpha"):
        minimum_detectable_change(9, sd=1.0, power=0.01, unit="sd")
    with pytest.raises(ValueError, match="correlation"):
        minimum_detectable_difference(9, 9, sd=1.0, r=1.0, unit="sd")
    with pytest.raises(ValueError, match="hazard"):
        events_needed(1.0)


def test_retention_needs_more_exits_than_a_round_has() -> None:
    assert events_needed(0.5).value == pytest.approx(65.3, abs=0.1)
    assert events_needed(2.0).value == pytest.approx(events_needed(0.5).value)
    assert events_needed(0.5, share_participants=0.2).value > events_needed(0.5).value


def test_a_difference_found_is_put_back_and_has_the_power_asked_for():
    found = [minimum_detectable_change(12, sd=1.0, alpha=0.001, power=p, unit="x") for p in (0.9, 0.95, 0.99)]
    critical = t_distribution.isf(0.0005, 11)
    rng = np.random.default_rng(4)
    for result, power in zip(found, (0.9, 0.95, 0.99), strict=True):
        drawn = (rng.normal(size=40_000) + result.value * 12**0.5) / np.sqrt(rng.chisquare(11, 40_000) / 11)
        assert (np.abs(drawn) > critical).mean() == pytest.approx(power, abs=0.006)


def test_a_power_that_no_difference_reaches_is_said():
    result = minimum_detectable_change(2, sd=1.0, alpha=1e-9, power=0.99, unit="x")
    assert isinstance(result, NotEstimable)
