"""Median time stayed: against published values, and read off the curve."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.retention.kaplan_meier import survival_curve
from rmanalytics.measures.retention.median_stay import median_stay
from rmanalytics.results import Curve, Estimate, NotEstimable

FREIREICH = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
"""Weeks of remission under 6-MP (Freireich 1963); the first nine ended in a relapse."""


def spells(days: list[int] | np.ndarray, events: object) -> pd.DataFrame:
    return pd.DataFrame({"person_id": range(len(days)), "time_days": days, "event": events})


def test_published_remissions_have_their_printed_median_and_an_open_upper_limit() -> None:
    found = median_stay(spells(FREIREICH, [1] * 9 + [0] * 12))
    assert isinstance(found, Estimate)
    assert (found.value, found.hi, found.extra["at_least"]) == (23.0, None, 13.0)


def test_the_limits_are_the_days_on_which_the_curves_limits_cross_a_half() -> None:
    rng = np.random.default_rng(2)
    days = rng.exponential(100, 60).round() + 1
    data = spells(days, (rng.random(60) < 0.8).astype(int))
    found, curve = median_stay(data), survival_curve(data)
    assert isinstance(found, Estimate)
    assert isinstance(curve, Curve)
    points = curve.points
    crossed = [points.loc[points[column] < 0.5, "time_days"].min() for column in ("survival", "lo", "hi")]
    assert [found.value, found.lo, found.hi] == crossed


def test_a_curve_that_rests_on_a_half_has_its_median_in_the_middle() -> None:
    found = median_stay(spells([1, 2, 3, 4, 8, 9, 9, 9], [1, 1, 1, 1, 1, 1, 1, 1]))
    assert isinstance(found, Estimate)
    assert found.value == 6.0


def test_where_more_than_half_stayed_there_is_none() -> None:
    found = median_stay(spells([1, 2, 9, 9, 9, 9, 9], [1, 1, 0, 0, 0, 0, 0]))
    assert isinstance(found, NotEstimable)
    assert found.because == "more than half of the group stayed to the end of follow-up"


@pytest.mark.parametrize("n", [0, 5])
def test_few_people_have_none(n: int) -> None:
    assert isinstance(median_stay(spells([3] * n, [1] * n)), NotEstimable)
