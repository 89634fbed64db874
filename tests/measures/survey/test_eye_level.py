"""Both sides at or above a point: a mean of two sides hides what a share of tandems shows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind
from statsmodels.stats.weightstats import DescrStatsW

from rmanalytics.measures.survey.eye_level import both_at_point_share, class_difference
from rmanalytics.results import Estimate, NotEstimable


def tandems(mentor: list[float], mentee: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"tandem_id": range(len(mentor)), "mentor": mentor, "mentee": mentee})


def share(frame: pd.DataFrame, point: float = 4.0) -> Estimate:
    found = both_at_point_share(frame, point=point, margin=0.5)
    assert isinstance(found, Estimate)
    return found


def test_juniors_at_2_beside_seniors_at_5_are_no_tandem_at_eye_level() -> None:
    found = share(tandems([2, 2, 2, 2.5, 2, 2], [5, 5, 5, 5, 5, 4.5]))
    assert found.value == 0
    assert found.extra["gap_hi"] < -0.5


def test_the_point_itself_counts_and_one_silent_side_leaves_the_tandem_out() -> None:
    found = share(tandems([4, 4, 3.9, np.nan, 5], [4, 5, 5, 5, np.nan]))
    assert (found.value, found.n, found.n_excluded) == (2 / 3, 3, 2)
    assert found.extra["silent"] == pytest.approx(0.2)
    assert "gap" not in found.extra
    nobody = both_at_point_share(tandems([np.nan], [4]), point=4, margin=0.5)
    assert isinstance(nobody, NotEstimable)


def test_the_distance_has_the_interval_of_two_one_sided_tests() -> None:
    rng = np.random.default_rng(1)
    frame = tandems(list(rng.normal(4, 0.5, 20)), list(rng.normal(4, 0.5, 20)))
    found = share(frame)
    lo, hi = DescrStatsW(frame["mentor"] - frame["mentee"]).tconfint_mean(alpha=0.10)
    assert (found.extra["gap_lo"], found.extra["gap_hi"]) == pytest.approx((lo, hi))


def test_a_class_is_compared_as_welch_does() -> None:
    rng = np.random.default_rng(2)
    frame = tandems(list(rng.normal(4, 0.5, 12)), list(rng.normal(4, 0.5, 12)))
    trained = pd.DataFrame({"person_id": range(15), "score": rng.normal(3.5, 0.9, 15)})
    found = class_difference(frame, trained)
    assert isinstance(found, Estimate)
    other = ttest_ind(frame[["mentor", "mentee"]].mean(axis=1), trained["score"], equal_var=False)
    assert found.p_value == pytest.approx(other.pvalue)
    assert (found.lo, found.hi) == pytest.approx(tuple(other.confidence_interval()))
    assert isinstance(class_difference(frame, trained.head(5)), NotEstimable)
    assert isinstance(class_difference(frame.assign(mentor=4, mentee=4), trained.assign(score=3.0)), NotEstimable)
