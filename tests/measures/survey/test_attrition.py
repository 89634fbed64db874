"""Who did not answer after."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from score_frames import flipped, paired, shuffled, two_groups

from rmanalytics.measures.stats.proportions import share_difference
from rmanalytics.measures.survey.ancova import baseline_difference
from rmanalytics.measures.survey.attrition import (
    answered_share_difference,
    completer_difference,
    completer_difference_by_group,
)
from rmanalytics.results import Estimate, NotEstimable


def estimate(result: Estimate | NotEstimable) -> Estimate:
    assert isinstance(result, Estimate)
    return result


def with_drop_out(n: int, left: int) -> pd.DataFrame:
    table = paired(n)
    table.loc[: left - 1, "post"] = np.nan
    return table


def test_completers_are_compared_as_two_groups_are() -> None:
    table = two_groups(12, 15)
    one = estimate(baseline_difference(table))
    stayed = table["group"] == "participants"
    other = estimate(completer_difference(shuffled(table.assign(post=table["post"].where(stayed)))))
    assert (other.value, other.lo, other.hi) == pytest.approx((one.value, one.lo, one.hi))
    assert (other.n, other.n_comparator) == (12, 15)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (with_drop_out(20, 0), "nobody with a score before lacks one after"),
        (with_drop_out(20, 5), "fewer than 6 people who answered after, or fewer than 6 who did not"),
        (with_drop_out(20, 8).assign(pre=3.0), "no variation in the scores"),
    ],
)
def test_completers_that_cannot_be_compared_say_why(table: pd.DataFrame, reason: str) -> None:
    result = completer_difference(table)
    assert isinstance(result, NotEstimable)
    assert result.because == reason


def test_people_without_a_score_before_are_counted_and_doubles_refused() -> None:
    table = with_drop_out(20, 8)
    table.loc[19, "pre"] = np.nan
    assert estimate(completer_difference(table)).n_excluded == 1
    with pytest.raises(ValueError, match="more than one row"):
        completer_difference(pd.concat([table, table.head(1)]))


def test_each_group_is_compared_with_its_own_drop_outs() -> None:
    table = two_groups(20, 15)
    table.loc[:7, "post"] = np.nan
    table.loc[20:25, "post"] = np.nan
    found = completer_difference_by_group(shuffled(table))
    assert [result.group for result in found] == ["participants", "comparison"]
    for result, group in zip(found, ("participants", "comparison"), strict=True):
        alone = estimate(completer_difference(table[table["group"] == group]))
        assert estimate(result).value == pytest.approx(alone.value)
    assert [(estimate(r).n, estimate(r).n_comparator) for r in found] == [(12, 8), (9, 6)]


def test_the_difference_of_shares_answered_is_newcombes() -> None:
    table = two_groups(20, 15)
    table.loc[:7, "post"] = np.nan
    table.loc[20, "post"] = np.nan
    table.loc[21, "pre"] = np.nan
    found = estimate(answered_share_difference(table))
    plain = estimate(share_difference(12, 20, 13, 14, name="", unit_of_analysis="", comparator=""))
    assert (found.value, found.lo, found.hi, found.p_value) == (plain.value, plain.lo, plain.hi, plain.p_value)
    assert (found.n, found.n_comparator, found.n_excluded) == (20, 14, 1)
    turned = estimate(answered_share_difference(flipped(table)))
    assert (turned.value, turned.lo, turned.hi) == pytest.approx((-found.value, -found.hi, -found.lo))
    alone = answered_share_difference(table[table["group"] == "participants"])
    assert isinstance(alone, NotEstimable)
    assert alone.because == "nothing to take a share of"


def test_a_third_group_is_refused() -> None:
    table = two_groups(12, 12)
    for measure in (completer_difference_by_group, answered_share_difference):
        with pytest.raises(ValueError, match="group: participants or comparison"):
            measure(table.assign(group="others"))
        with pytest.raises(ValueError, match="more than one row"):
            measure(pd.concat([table, table.head(1)]))
