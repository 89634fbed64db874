"""Rates: exact limits against the tails they are made of, known tables, and coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, poisson

from rmanalytics.measures.stats import rates
from rmanalytics.measures.stats.rates import rate_ratio, yearly_rate
from rmanalytics.results import Estimate, NotEstimable

ABOUT = {"name": "r", "unit_of_analysis": "person", "comparator": "others", "n": 9, "n_comparator": 9}


@pytest.mark.parametrize("events", [0, 1, 4, 17, 60])
def test_the_limits_of_a_rate_put_the_observed_count_at_the_tails(events):
    result = yearly_rate(events, 250.0, name="r", unit_of_analysis="person", n=9)
    assert poisson.cdf(events, result.hi * 2.5) == pytest.approx(0.025)
    assert (result.lo == 0) if events == 0 else (poisson.sf(events - 1, result.lo * 2.5) == pytest.approx(0.025))


@pytest.mark.parametrize(("events", "other"), [(0, 4), (3, 9), (12, 5), (40, 40)])
def test_the_limits_of_a_ratio_put_the_observed_count_at_the_tails(events, other):
    years, years_other = 70.0, 110.0
    result = rate_ratio(events, years, other, years_other, **ABOUT)
    chance = lambda ratio: ratio * years / (ratio * years + years_other)  # noqa: E731
    assert binom.cdf(events, events + other, chance(result.hi)) == pytest.approx(0.025)
    if events:
        assert binom.sf(events - 1, events + other, chance(result.lo)) == pytest.approx(0.025)
        turned = rate_ratio(other, years_other, events, years, **ABOUT)
        assert (turned.lo, turned.hi) == pytest.approx((1 / result.hi, 1 / result.lo))
        assert turned.p_value == pytest.approx(result.p_value)
    else:
        assert (result.value, result.lo) == (0, 0)


def test_the_ratio_of_a_textbook_table():
    # breast cancer after fluoroscopy (Rothman, Modern Epidemiology): 41 in 28,010 person-years against 15 in 19,017
    result = rate_ratio(41, 28_010, 15, 19_017, **ABOUT)
    assert result.value == pytest.approx(1.86, abs=0.005)
    assert (round(result.lo, 2), round(result.hi, 1)) == (1.01, 3.6)


def test_the_ratio_covers_the_truth_at_least_as_often_as_it_says():
    rng, held, known = np.random.default_rng(1), 0, 0
    for _ in range(1000):
        result = rate_ratio(int(rng.poisson(8)), 40.0, int(rng.poisson(10)), 100.0, **ABOUT)
        if isinstance(result, Estimate):
            known += 1
            held += result.lo <= 2 <= result.hi
    assert held / known >= 0.94


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((3, 0.0, 2, 10.0), rates.NO_TIME),
        ((0, 5.0, 0, 10.0), rates.NO_EVENTS),
        ((3, 5.0, 0, 10.0), rates.NONE_IN_COMPARATOR),
    ],
)
def test_where_no_ratio_exists_the_reason_stands(arguments, reason):
    result = rate_ratio(*arguments, **ABOUT)
    assert isinstance(result, NotEstimable)
    assert result.reason == reason


def test_nobody_followed_has_no_rate_and_negative_counts_are_refused():
    assert yearly_rate(0, 0.0, name="r", unit_of_analysis="person", n=0).reason == rates.NOBODY_FOLLOWED
    with pytest.raises(ValueError, match="negative"):
        yearly_rate(-1, 5.0, name="r", unit_of_analysis="person", n=1)
    with pytest.raises(ValueError, match="negative"):
        rate_ratio(1, -5.0, 1, 5.0, **ABOUT)


@pytest.mark.parametrize("events", [(1, 1.0, 3, 0.25), (0, 2.0, 4, 1.0), (6, 1.0, 1, 1.0), (2, 1.0, 2, 1.0)])
def test_interval_and_p_value_of_a_rate_ratio_say_the_same(events):
    about = {"name": "r", "unit_of_analysis": "person", "comparator": "", "n": 1, "n_comparator": 1}
    result = rate_ratio(*events, **about)
    assert (result.p_value < 0.05) == (not result.lo <= 1 <= result.hi)
