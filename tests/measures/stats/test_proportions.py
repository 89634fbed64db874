"""Shares and differences of shares."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from golden_data import close, golden

from rmanalytics.measures.stats.proportions import share_difference, wilson_share
from rmanalytics.results import Estimate, NotEstimable


def share(count: int, n: int) -> Estimate:
    result = wilson_share(count, n, name="share", unit_of_analysis="tandem")
    assert isinstance(result, Estimate)
    return result


def difference(k1: int, n1: int, k2: int, n2: int) -> Estimate:
    result = share_difference(k1, n1, k2, n2, name="difference", unit_of_analysis="tandem", comparator="the others")
    assert isinstance(result, Estimate)
    return result


@pytest.mark.golden
def test_wilson_limits_equal_r() -> None:
    case, folder = golden("prop_newcombe1998")
    rows = pd.read_csv(folder / "data.csv")
    for (k, n), limits in zip(rows.itertuples(index=False), case["expected"]["wilson"], strict=True):
        found = share(k, n)
        assert found.value == k / n
        assert all(close(case, a, b) for a, b in zip((found.lo, found.hi), limits, strict=True))


@pytest.mark.golden
def test_newcombe_limits_and_fisher_equal_r() -> None:
    case, folder = golden("prop_newcombe1998")
    rows = pd.read_csv(folder / "two_group.csv")
    expected = case["expected"]
    for row, limits, p in zip(rows.itertuples(index=False), expected["newcombe"], expected["fisher_p"], strict=True):
        found = difference(*row)
        assert close(case, found.value, limits["diff"])
        assert close(case, found.lo, limits["lower"])
        assert close(case, found.hi, limits["upper"])
        assert close(case, found.extra["fisher_p"], p)


@pytest.mark.parametrize("count", [0, 9])
def test_a_share_of_none_or_all_has_an_interval_with_a_width(count: int) -> None:
    found = share(count, 9)
    assert found.lo is not None
    assert found.hi is not None
    assert found.hi - found.lo > 0.2
    assert (found.lo == 0.0) == (count == 0)
    assert (found.hi == 1.0) == (count == 9)


def test_exchanging_the_groups_flips_the_difference() -> None:
    one, other = difference(9, 10, 3, 10), difference(3, 10, 9, 10)
    assert (other.value, other.lo, other.hi) == pytest.approx((-one.value, -one.hi, -one.lo))
    assert other.p_value == pytest.approx(one.p_value)


def test_counting_the_complement_mirrors_the_share() -> None:
    one, other = share(7, 20), share(13, 20)
    assert (other.lo, other.hi) == pytest.approx((1 - one.hi, 1 - one.lo))


def test_interval_and_p_agree_on_every_table_of_six_and_nine() -> None:
    for k1, k2 in itertools.product(range(7), range(10)):
        found = difference(k1, 6, k2, 9)
        assert found.p_value is not None
        assert found.lo is not None
        assert found.hi is not None
        assert (found.p_value < 0.05) == (not found.lo <= 0 <= found.hi), (k1, k2)


def test_p_is_one_without_a_difference_and_falls_with_it() -> None:
    found = [difference(k, 20, 10, 20).p_value for k in range(10, 21)]
    assert found[0] == 1.0
    assert found == sorted(found, reverse=True)
    assert difference(2000, 2000, 0, 2000).p_value == 0.0


def test_a_share_of_nothing_is_not_estimable() -> None:
    assert isinstance(wilson_share(0, 0, name="s", unit_of_analysis="tandem"), NotEstimable)
    for counts in ((0, 0, 1, 2), (1, 2, 0, 0)):
        empty = share_difference(*counts, name="d", unit_of_analysis="tandem", comparator="")
        assert isinstance(empty, NotEstimable)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="within 0 and its total"):
        wilson_share(3, 2, name="s", unit_of_analysis="tandem")
    with pytest.raises(ValueError, match="within 0 and its total"):
        share_difference(1, 2, -1, 2, name="d", unit_of_analysis="tandem", comparator="")
