"""Landmark analysis: the golden hazard ratio, who is kept and in which group, and no credit for waiting."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden

from rmanalytics.measures.retention.hazard_ratios import hazard_ratio
from rmanalytics.measures.retention.kaplan_meier import rmst_difference
from rmanalytics.measures.retention.landmark import landmark_spells
from rmanalytics.measures.retention.spells import naive_hire_spells
from rmanalytics.results import Estimate


def spells(rows):
    return pd.DataFrame(rows, columns=["person_id", "time_days", "event"])


def joins(rows):
    return pd.DataFrame(rows, columns=["person_id", "joined_days"])


@pytest.mark.golden
def test_the_hazard_ratio_from_the_landmark_equals_r_on_the_heart_transplants():
    case, folder = golden("cox_timedep_heart")
    expected = case["expected"]["landmark30"]
    naive = pd.read_csv(folder / "naive.csv").rename(
        columns={"id": "person_id", "futime": "time_days", "fustat": "event", "wait": "joined_days"}
    )
    treated = naive.loc[naive["transplant"] == 1, ["person_id", "joined_days"]]
    rows = landmark_spells(naive[["person_id", "time_days", "event", "age"]], treated, landmark_days=30)
    assert (len(rows), rows["participant"].sum()) == (expected["n_landmark"], expected["n_tx"])
    result = hazard_ratio(rows)
    assert isinstance(result, Estimate)
    found = expected["coef"]["tx30"]
    assert close(case, result.value, found["hr"])
    assert close(case, result.extra["log_hazard"], found["coef"])
    assert close(case, result.extra["se"], found["se"])
    assert close(case, result.p_value, found["p"])
    assert close(case, result.lo, found["hr_ci"][0])
    assert close(case, result.hi, found["hr_ci"][1])


def test_groups_are_decided_on_the_day_and_time_runs_from_it():
    data = spells([("now", 90, 1), ("later", 80, 0), ("never", 70, 1), ("on the day", 60, 0)])
    found = landmark_spells(data, joins([("now", 0), ("later", 31), ("on the day", 30)]), landmark_days=30)
    assert found["group"].tolist() == ["participants", "comparison", "comparison", "participants"]
    assert found["time_days"].tolist() == [60, 50, 40, 30]
    assert found["entry_days"].eq(0).all()


def test_whoever_is_gone_by_the_day_or_not_yet_there_is_out():
    data = spells([("gone", 30, 1), ("unseen", 20, 0), ("new", 90, 0), ("there", 90, 0)])
    data = data.assign(entry_days=[0, 0, 31, 30])
    assert landmark_spells(data, joins([]), landmark_days=30)["person_id"].tolist() == ["there"]


def test_row_order_and_later_joiners_change_nothing_and_arguments_stay():
    rng = np.random.default_rng(1)
    data = spells([(f"p{i}", t, int(t % 2)) for i, t in enumerate(rng.integers(1, 200, 60))])
    joined = joins([(f"p{i}", 5 * i) for i in range(40)])
    before = data.copy(deep=True), joined.copy(deep=True)
    found = landmark_spells(data, joined, landmark_days=50).set_index("person_id").sort_index()
    turned = landmark_spells(data[::-1], joined[joined["joined_days"] <= 50], landmark_days=50)
    pd.testing.assert_frame_equal(found, turned.set_index("person_id").sort_index())
    pd.testing.assert_frame_equal(data, before[0])
    pd.testing.assert_frame_equal(joined, before[1])


@pytest.mark.parametrize(
    ("data", "joined", "day", "words"),
    [
        (spells([("a", 5, 1)]), joins([("b", 1)]), 2, "no spell"),
        (spells([("a", 5, 1)]), joins([("a", None)]), 2, "no joined_days"),
        (spells([("a", 5, 1), ("a", 6, 1)]), joins([]), 2, "more than one row"),
        (spells([("a", 5, 1)]), joins([]), -1, "landmark_days"),
        (spells([("a", 5, 1)]), joins([]), float("nan"), "landmark_days"),
    ],
)
def test_impossible_tables_and_days_are_refused(data, joined, day, words):
    with pytest.raises(ValueError, match=words):
        landmark_spells(data, joined, landmark_days=day)


def staff_hired_on_one_day(rng, n=400):
    """Everybody leaves at the same rate; half would be matched on a random day, if still there."""
    leave, named = np.ceil(rng.exponential(700, n)), rng.integers(30, 500, n)
    ends = np.minimum(leave, 1000)
    data = spells(list(zip((f"p{i}" for i in range(n)), ends, (leave <= 1000).astype(int), strict=True)))
    matched = (rng.random(n) < 0.5) & (named < ends)
    return data, joins(list(zip(data.loc[matched, "person_id"], named[matched], strict=True)))


def test_without_an_effect_the_landmark_analysis_shows_none_where_the_naive_one_shows_one():
    runs, covered, above = 60, 0, 0
    zero = pd.Timestamp("2022-01-01")
    for seed in range(runs):
        data, joined = staff_hired_on_one_day(np.random.default_rng(seed))
        right = rmst_difference(landmark_spells(data, joined, landmark_days=365))
        covered += right.lo <= 0 <= right.hi
        left = zero + pd.to_timedelta(data["time_days"], unit="D")
        people = data.assign(hire_date=zero, exit_date=left.where(data["event"] == 1), exit_reason="voluntary")
        ever = joined["person_id"].tolist()
        naive = rmst_difference(naive_hire_spells(people, ever, until=date(2024, 9, 27)))
        above += naive.lo > 0
    assert covered >= 53  # nominal 57 of 60; fewer than 53 would be beyond chance
    assert above >= 55
