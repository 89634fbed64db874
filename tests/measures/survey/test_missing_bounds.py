"""How far those who did not answer could move the adjusted difference."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from score_frames import flipped, shuffled, two_groups

from rmanalytics.measures.survey.ancova import adjusted_difference
from rmanalytics.measures.survey.missing_bounds import (
    adjusted_difference_at_highest,
    adjusted_difference_at_lowest,
)
from rmanalytics.results import Estimate, NotEstimable

ENDS = {"scale_min": 1.0, "scale_max": 5.0}


def estimate(result: Estimate | NotEstimable) -> Estimate:
    assert isinstance(result, Estimate)
    return result


def on_scale(n: int, n_comparison: int) -> pd.DataFrame:
    table = two_groups(n, n_comparison)
    return table.assign(pre=table["pre"].clip(1, 5), post=table["post"].clip(1, 5))


def with_silent(*rows: int) -> pd.DataFrame:
    table = on_scale(12, 15)
    table.loc[list(rows), "post"] = np.nan
    return table


def at_ends(table: pd.DataFrame) -> tuple[float, float]:
    low, high = adjusted_difference_at_lowest(table, **ENDS), adjusted_difference_at_highest(table, **ENDS)
    return estimate(low).value, estimate(high).value


def test_no_other_scores_give_a_lower_or_a_higher_difference() -> None:
    table = with_silent(0, 5, 14, 20)
    # a participant who started far from all others: here the weight has the other sign
    table.loc[0, "pre"] = 5.0
    table.loc[table["group"] == "comparison", "pre"] += 0.4
    table["pre"] = table["pre"].clip(1, 5)
    values = []
    for filled in itertools.product([1.0, 3.0, 5.0], repeat=4):
        whole = table.copy()
        whole.loc[whole["post"].isna(), "post"] = filled
        values.append(estimate(adjusted_difference(whole)).value)
    assert at_ends(table) == pytest.approx((min(values), max(values)))


def test_as_a_rule_the_silent_of_the_two_groups_go_to_opposite_ends() -> None:
    table = with_silent(0, 5, 14)
    low = table.assign(post=table["post"].fillna(table["group"].map({"participants": 1.0, "comparison": 5.0})))
    expected = estimate(adjusted_difference(low))
    found = estimate(adjusted_difference_at_lowest(table, **ENDS))
    assert (found.value, found.lo, found.hi) == pytest.approx((expected.value, expected.lo, expected.hi))
    assert (found.n, found.n_comparator, found.n_excluded, found.extra["filled_n"]) == (12, 15, 0, 3)


def test_without_silence_all_bounds_are_the_difference() -> None:
    table = on_scale(12, 15)
    value = estimate(adjusted_difference(table)).value
    assert at_ends(table) == pytest.approx((value, value))


def test_exchanging_the_groups_exchanges_the_bounds() -> None:
    table = with_silent(0, 5, 14)
    low, high = at_ends(table)
    assert at_ends(flipped(table)) == pytest.approx((-high, -low))
    assert at_ends(shuffled(table)) == pytest.approx((low, high))


def test_people_without_a_score_before_are_left_out_and_counted() -> None:
    table = with_silent(0, 5)
    table.loc[3, "pre"] = np.nan
    table.loc[4, ["pre", "post"]] = np.nan
    found = estimate(adjusted_difference_at_lowest(table, **ENDS))
    assert (found.n, found.n_excluded, found.extra["filled_n"]) == (10, 2, 2)
    assert found.excluded_reason == "without a score before"


def test_bounds_need_an_adjusted_difference() -> None:
    table = with_silent(*range(7))
    result = adjusted_difference_at_lowest(table, **ENDS)
    assert isinstance(result, NotEstimable)
    assert result.because == "fewer than 6 complete pairs in one of the groups"
    assert isinstance(adjusted_difference_at_highest(table.head(0), **ENDS), NotEstimable)


def test_scores_beyond_the_scale_doubles_and_third_groups_are_refused() -> None:
    table = with_silent(0)
    before = table.copy(deep=True)
    with pytest.raises(ValueError, match="beyond the ends"):
        adjusted_difference_at_lowest(table, scale_min=1, scale_max=3)
    for measure in (adjusted_difference_at_lowest, adjusted_difference_at_highest):
        with pytest.raises(ValueError, match="more than one row"):
            measure(pd.concat([table, table.head(1)]), **ENDS)
        with pytest.raises(ValueError, match="group: participants or comparison"):
            measure(table.assign(group="others"), **ENDS)
    pd.testing.assert_frame_equal(table, before)
