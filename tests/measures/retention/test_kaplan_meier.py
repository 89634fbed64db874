"""Retention: golden curves and areas, the rule for the horizon, late entry, and immortal time."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden

from rmanalytics.measures.retention import kaplan_meier
from rmanalytics.measures.retention.kaplan_meier import rmst, rmst_difference, survival_curve
from rmanalytics.measures.retention.spells import (
    employment_spells,
    followed_starts,
    naive_hire_spells,
    promotion_spells,
    refuse_immortal_time,
)
from rmanalytics.results import Curve, Estimate, NotEstimable

JOB_COLUMNS = {"month": "time_days", "left": "event"}


def spells(time, event, group="participants", **more):
    ids = [f"p{i}" for i in range(len(time))]
    return pd.DataFrame({"person_id": ids, "group": group, "time_days": time, "event": event, **more})


def two_arms(first, second):
    return pd.concat([first.assign(group="participants"), second.assign(group="comparison")], ignore_index=True)


def random_spells(seed, n=40):
    rng = np.random.default_rng(seed)
    leave, follow = rng.exponential(300, n).round() + 1, rng.integers(60, 400, n)
    return spells(np.minimum(leave, follow), leave <= follow)


def job_retention():
    case, folder = golden("km_cox_job_retention")
    data = pd.read_csv(folder / "data.csv").rename(columns=JOB_COLUMNS)
    return case, data.assign(person_id=[f"p{i}" for i in range(len(data))])


@pytest.mark.golden
@pytest.mark.parametrize("gender", ["F", "M"])
def test_survival_curve_equals_r_with_log_log_limits(gender):
    case, data = job_retention()
    expected = case["expected"]["km_gender_loglog"][gender]
    rows = data[data["gender"] == gender]
    curve = survival_curve(rows[["person_id", "time_days", "event"]])
    assert isinstance(curve, Curve)
    points = curve.points.set_index("time_days").loc[expected["time"]]
    assert points["at_risk_n"].tolist() == expected["n_risk"]
    assert points["events_n"].tolist() == expected["n_event"]
    for column, key in (("survival", "surv"), ("lo", "lower"), ("hi", "upper"), ("se", "se_greenwood")):
        assert all(close(case, x, e) for x, e in zip(points[column], expected[key], strict=True))


@pytest.mark.golden
def test_rmst_difference_equals_r_on_job_retention():
    case, data = job_retention()
    expected = case["expected"]["rmst12_high_minus_nothigh"]
    high = case["expected"]["logrank_sentiment"]["observed"][0]
    group = np.where(data["sentiment"] >= 7, "participants", "comparison")
    assert data.loc[group == "participants", "event"].sum() == high
    check_rmst(case, rmst_difference(data.assign(group=group), tau=expected["tau"]), expected)


@pytest.mark.golden
def test_rmst_difference_and_its_standard_error_equal_r_on_pbc():
    case, folder = golden("rmst_pbc")
    data = pd.read_csv(folder / "data.csv").rename(columns={"id": "person_id", "time": "time_days", "status": "event"})
    expected = case["expected"]["rmst"]
    data["group"] = data["arm"].map({1: "participants", 0: "comparison"})
    check_rmst(case, rmst_difference(data, tau=expected["tau"]), expected)
    one_arm = rmst(data[data["arm"] == 0], tau=expected["tau"])
    mean, se = case["expected"]["survival_pkg_rmean"]["arm0"].values()
    assert close(case, one_arm.value, mean)
    assert close(case, one_arm.extra["se"], se)


def check_rmst(case, result, expected):
    assert isinstance(result, Estimate)
    found = {
        "rmst1": result.extra["rmst_participants"],
        "se1": result.extra["se_participants"],
        "rmst0": result.extra["rmst_comparison"],
        "se0": result.extra["se_comparison"],
        "diff": result.value,
        "se_diff": result.extra["se"],
        "z": result.extra["z"],
        "p": result.p_value,
    }
    assert [key for key, value in found.items() if not close(case, value, expected[key])] == []
    assert close(case, result.lo, expected["ci"][0])
    assert close(case, result.hi, expected["ci"][1])


@pytest.mark.golden
@pytest.mark.parametrize("sex", [1, 2])
def test_survival_curve_with_late_entry_equals_r_on_channing_house(sex):
    case, folder = golden("lefttrunc_channing")
    data = pd.read_csv(folder / "data.csv").rename(
        columns={"obs": "person_id", "age": "time_days", "death": "event", "ageentry": "entry_days"}
    )
    data = data[(data["time_days"] > data["entry_days"]) & (data["gender"] == sex)]
    expected = case["expected"]["km_conditional_68y"][str(sex)]
    points = survival_curve(data.drop(columns="gender"), start_days=816).points
    for i, time in enumerate(expected["time"]):
        now = points[points["time_days"] <= time].iloc[-1]
        for column, key in (("survival", "surv"), ("lo", "lower"), ("hi", "upper"), ("se", "se_greenwood")):
            assert close(case, now[column], expected[key][i]), (time, column)


def test_survival_curve_without_censoring_is_the_empirical_share_left():
    data = spells([1, 2, 2, 5, 8, 9, 9], [1] * 7)
    points = survival_curve(data).points
    left = [(data["time_days"] > t).mean() for t in points["time_days"]]
    assert points["survival"].to_numpy() == pytest.approx(left)
    assert points.iloc[-1][["lo", "hi"]].isna().all()


def test_survival_curve_starts_at_0_with_everybody_and_knows_its_group():
    curve = survival_curve(random_spells(3))
    assert curve.points.iloc[0].to_dict() == {
        "time_days": 0.0,
        "survival": 1.0,
        "lo": 1.0,
        "hi": 1.0,
        "at_risk_n": 40,
        "events_n": 0,
        "se": 0.0,
    }
    assert (curve.group, curve.n) == ("participants", 40)


@pytest.mark.parametrize("seed", range(5))
def test_row_order_and_a_later_start_of_time_change_nothing(seed):
    data = random_spells(seed)
    shuffled = data.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(survival_curve(data).points, survival_curve(shuffled).points)
    months = data.assign(time_days=data["time_days"] / 30)
    assert survival_curve(months).points["survival"].tolist() == survival_curve(data).points["survival"].tolist()


@pytest.mark.parametrize("seed", range(5))
def test_rmst_is_additive_in_the_horizon(seed):
    data = random_spells(seed)
    points = survival_curve(data).points
    days = np.arange(0, 150)
    at = np.searchsorted(points["time_days"], days, side="right") - 1
    assert rmst(data, tau=150).value == pytest.approx(points["survival"].to_numpy()[at].sum())


@pytest.mark.parametrize("seed", range(5))
def test_swapping_the_groups_turns_the_sign_of_rmst_difference(seed):
    first, second = random_spells(seed), random_spells(seed + 100)
    here, there = rmst_difference(two_arms(first, second)), rmst_difference(two_arms(second, first))
    assert (here.value, here.lo, here.hi) == pytest.approx((-there.value, -there.hi, -there.lo))
    assert here.p_value == pytest.approx(there.p_value)


def test_limits_of_small_groups_never_lie_beyond_what_the_horizon_allows():
    few = spells([200] * 5 + [365] * 5, [1] * 5 + [0] * 5)
    many = spells([1] * 5 + [365] * 5, [1] * 5 + [0] * 5)
    result = rmst_difference(two_arms(few, many), tau=365)
    assert result.method == kaplan_meier.SMALL_TAU_DECLARED
    assert result.value == pytest.approx(5 * (364 - 165) / 10)
    assert -365 < result.lo < 0 < result.hi < 365


@pytest.mark.parametrize("seed", range(8))
def test_the_p_value_of_small_groups_is_below_five_in_a_hundred_exactly_where_the_interval_leaves_out_zero(seed):
    rng = np.random.default_rng(seed)
    quick = spells(np.ceil(rng.exponential(150 + 40 * seed, 30)), [1] * 30)
    slow = spells(np.ceil(rng.exponential(320, 30)), [1] * 30)
    result = rmst_difference(two_arms(slow, quick))
    assert (result.lo <= 0 <= result.hi) == (result.p_value >= 0.05)


def test_from_a_hundred_people_a_group_on_the_interval_is_the_normal_one():
    data = two_arms(random_spells(1, n=100), random_spells(2, n=100))
    result = rmst_difference(data)
    assert result.method == kaplan_meier.TAU_BY_RULE
    assert result.hi - result.value == pytest.approx(1.959964 * result.extra["se"])
    smaller = rmst_difference(data.iloc[1:])
    assert smaller.method == kaplan_meier.SMALL_TAU_BY_RULE
    assert smaller.hi - smaller.lo == pytest.approx(result.hi - result.lo, rel=0.05)


def test_the_horizon_is_the_shorter_follow_up_with_five_at_risk_and_is_recorded():
    long = spells([2] * 5 + [*range(11, 21)], [1] * 5 + [0] * 10)
    short = spells(range(1, 11), [1] * 5 + [0] * 5)
    result = rmst_difference(two_arms(long, short))
    assert result.extra["tau"] == 6  # 6, 7, 8, 9 and 10 are still there
    assert result.extra["tau_by_rule"] == 1
    assert result.method == kaplan_meier.SMALL_TAU_BY_RULE
    assert result.extra["events_comparison"] == 5
    assert (result.n, result.n_comparator) == (15, 10)


def test_late_entry_starts_where_five_people_are_under_observation():
    data = spells([9, 12, 15, 15, 15, 15, 15], [1, 1, 0, 0, 0, 0, 0], entry_days=[8, 2, 3, 4, 5, 6, 7])
    points = survival_curve(data).points
    assert points["time_days"].tolist() == [6, 9, 12, 15]
    assert points["at_risk_n"].tolist() == [5, 7, 6, 5]
    assert points["survival"].round(6).tolist() == [1, round(6 / 7, 6), round(5 / 7, 6), round(5 / 7, 6)]


def test_entry_at_the_origin_changes_nothing():
    data = random_spells(1)
    with_entry = data.assign(entry_days=0)
    pd.testing.assert_frame_equal(survival_curve(data).points, survival_curve(with_entry).points)


@pytest.mark.parametrize(
    ("first", "second", "tau", "reason"),
    [
        (spells([9] * 5, [1] * 5), spells([9] * 9, [1] * 9), None, kaplan_meier.TOO_FEW_IN_GROUP),
        (spells([], []), spells([9] * 9, [1] * 9), None, kaplan_meier.TOO_FEW_IN_GROUP),
        (spells([5, *[9] * 8], [1] + [0] * 8), spells([9] * 9, [0] * 9), None, kaplan_meier.NO_EVENTS_IN_GROUP),
        (random_spells(1), random_spells(2), 5000, kaplan_meier.BEYOND_FOLLOW_UP),
        (spells([0] * 9, [0] * 9), spells([9] * 9, [0] * 9), None, kaplan_meier.TOO_FEW_AT_RISK),
    ],
)
def test_rmst_difference_is_not_estimable_and_says_why(first, second, tau, reason):
    result = rmst_difference(two_arms(first, second), tau=tau)
    assert isinstance(result, NotEstimable)
    assert result.reason == reason
    assert result.because


def test_small_groups_and_groups_without_events_have_no_area():
    assert rmst(spells([9] * 5, [1] * 5), tau=5).reason == kaplan_meier.TOO_FEW
    assert rmst(spells([9] * 8, [0] * 8), tau=5).reason == kaplan_meier.NO_EVENTS
    assert rmst(spells([9] * 8, [1] * 8), tau=10).reason == kaplan_meier.BEYOND_FOLLOW_UP
    assert survival_curve(spells([], [])).reason == kaplan_meier.TOO_FEW
    assert isinstance(survival_curve(spells([9] * 6, [0] * 6)), Curve)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pd.concat([spells([1], [1])] * 8), "more than one row"),
        (spells([-1] + [3] * 7, [1] * 8), "time_days"),
        (spells([float("nan")] + [3] * 7, [1] * 8), "time_days"),
        (spells([3] * 8, [2] * 8), "event"),
        (spells([3] * 8, [1] * 8, entry_days=[3] * 8), "entry_days"),
        (two_arms(random_spells(1), random_spells(2)), "more than one group"),
    ],
)
def test_impossible_spells_are_refused(data, words):
    with pytest.raises(ValueError, match=words):
        survival_curve(data)


def test_rmst_difference_refuses_other_groups_twice_the_same_person_and_a_senseless_horizon():
    data = random_spells(1)
    with pytest.raises(ValueError, match="participants or comparison"):
        rmst_difference(data.assign(group="treated"))
    with pytest.raises(ValueError, match="more than one row"):
        rmst_difference(two_arms(pd.concat([data, data]), data))
    assert isinstance(rmst_difference(two_arms(data, data)), Estimate)  # first comparison, then participant
    with pytest.raises(ValueError, match="tau"):
        rmst_difference(two_arms(data, data), tau=-1)


def test_arguments_are_left_as_they_were():
    data = two_arms(random_spells(1), random_spells(2))
    before = data.copy(deep=True)
    rmst_difference(data)
    pd.testing.assert_frame_equal(data, before)


# from dates to spells


def people_table(rows):
    frame = pd.DataFrame(rows, columns=["person_id", "hire_date", "exit_date", "exit_reason"])
    return frame.assign(hire_date=pd.to_datetime(frame["hire_date"]), exit_date=pd.to_datetime(frame["exit_date"]))


def starts_table(rows):
    frame = pd.DataFrame(rows, columns=["person_id", "group", "start_date", "stop_date"])
    return frame.assign(start_date=pd.to_datetime(frame["start_date"]), stop_date=pd.to_datetime(frame["stop_date"]))


PEOPLE = people_table(
    [
        ("stays", "2020-01-01", None, None),
        ("resigns", "2020-01-01", "2026-02-01", "voluntary"),
        ("retires", "2020-01-01", "2026-02-01", "retirement"),
        ("unknown", "2020-01-01", "2026-02-01", None),
        ("later", "2020-01-01", "2026-09-01", "voluntary"),
        ("before", "2020-01-01", "2025-12-01", "voluntary"),
        ("new", "2026-03-01", None, None),
    ]
)
UNTIL = date(2026, 7, 1)


def test_employment_spells_run_from_the_match_and_end_by_exit_stop_or_the_records():
    ids = ["stays", "resigns", "retires", "unknown", "later"]
    starts = starts_table([(i, "participants", "2026-01-01", None) for i in ids])
    starts = pd.concat(
        [
            starts,
            starts_table(
                [
                    ("resigns", "comparison", "2025-07-01", "2026-01-01"),
                    ("stays", "comparison", "2025-07-01", "2026-01-01"),
                ]
            ),
        ]
    )
    found = employment_spells(PEOPLE, starts, until=UNTIL)
    assert found["time_days"].tolist() == [181, 31, 31, 31, 181, 184, 184]
    assert found["event"].tolist() == [0, 1, 0, 0, 0, 0, 0]
    assert found["exit_reason"].tolist() == ["", "voluntary", "retirement", "unknown", "", "", ""]
    both = employment_spells(PEOPLE, starts, until=UNTIL, reasons=("voluntary", "retirement"))
    assert both["event"].sum() == 2


@pytest.mark.parametrize("person", ["before", "new", "nobody"])
def test_whoever_is_not_employed_at_the_start_is_refused_and_named_by_followed_starts(person):
    starts = starts_table([("stays", "participants", "2026-01-01", None), (person, "participants", "2026-01-01", None)])
    with pytest.raises(ValueError, match="not employed"):
        employment_spells(PEOPLE, starts, until=UNTIL)
    kept = followed_starts(PEOPLE, starts, until=UNTIL)
    assert kept["person_id"].tolist() == ["stays"]
    assert len(employment_spells(PEOPLE, kept, until=UNTIL)) == 1


def test_starts_after_the_records_stops_before_the_start_and_doubles_are_refused():
    with pytest.raises(ValueError, match="after the records"):
        employment_spells(PEOPLE, starts_table([("stays", "participants", "2026-07-02", None)]), until=UNTIL)
    with pytest.raises(ValueError, match="stop_date"):
        employment_spells(PEOPLE, starts_table([("stays", "comparison", "2026-01-02", "2026-01-01")]), until=UNTIL)
    twice = starts_table([("stays", "participants", day, None) for day in ("2025-01-01", "2026-01-01")])
    with pytest.raises(ValueError, match="more than one row"):
        employment_spells(PEOPLE, twice, until=UNTIL)


def test_promotion_spells_wait_for_a_level_above_that_of_the_start():
    rows = [
        ("rises", "2020-01-01", "2026-03-31", 2),
        ("rises", "2026-04-01", None, 3),
        ("moves", "2020-01-01", "2026-03-31", 2),
        ("moves", "2026-04-01", None, 2),
        ("rose", "2020-01-01", "2025-12-31", 2),
        ("rose", "2026-01-01", None, 3),
        ("leaves", "2020-01-01", None, 2),
        ("leaves", "2026-04-01", None, 3),
        ("blank", "2026-02-01", None, 3),
    ]
    positions = pd.DataFrame(rows, columns=["person_id", "start_date", "end_date", "level"])
    positions = positions.assign(
        start_date=pd.to_datetime(positions["start_date"]), end_date=pd.to_datetime(positions["end_date"])
    )
    ids = ["rises", "moves", "rose", "leaves", "blank"]
    staff = people_table(
        [
            (i, "2020-01-01", "2026-02-01" if i == "leaves" else None, "voluntary" if i == "leaves" else None)
            for i in ids
        ]
    )
    starts = starts_table([(i, "participants", "2026-01-01", None) for i in ids])
    found = promotion_spells(positions, starts, staff, until=UNTIL).set_index("person_id")
    assert found["time_days"].to_dict() == {"rises": 90, "moves": 181, "rose": 181, "leaves": 31}
    assert found["event"].to_dict() == {"rises": 1, "moves": 0, "rose": 0, "leaves": 0}


def test_a_fixed_flag_from_the_hire_date_is_refused_with_what_to_do():
    starts = starts_table([("stays", "participants", "2026-01-01", None), ("new", "comparison", "2026-05-01", None)])
    hired = PEOPLE.rename(columns={"hire_date": "origin_date"})[["person_id", "origin_date"]]
    with pytest.raises(ValueError, match="Let time run from the match"):
        refuse_immortal_time(starts, hired)
    with pytest.raises(ValueError, match="landmark_spells"):
        refuse_immortal_time(starts, hired)
    matched = starts.rename(columns={"start_date": "origin_date"})[["person_id", "origin_date"]]
    refuse_immortal_time(starts, matched)
    with pytest.raises(ValueError, match="no origin"):
        refuse_immortal_time(starts, matched[matched["person_id"] != "stays"])


@pytest.mark.golden
def test_the_heart_transplant_flag_is_refused():
    _, folder = golden("cox_timedep_heart")
    naive = pd.read_csv(folder / "naive.csv")
    zero = pd.Timestamp("1970-01-01")
    origins = pd.DataFrame({"person_id": naive["id"], "origin_date": zero})
    treated = naive[naive["transplant"] == 1]
    waited = pd.to_timedelta(treated["wait"].to_numpy(), unit="D")
    starts = pd.DataFrame({"person_id": treated["id"], "start_date": zero + waited})
    with pytest.raises(ValueError, match="split each person's time at the match"):
        refuse_immortal_time(starts, origins)


def company_without_an_effect(rng, n=400, share=0.5):
    """Everybody hired on one day leaves at the same rate; half are matched on a random day if still there."""
    zero = pd.Timestamp("2022-01-01")
    leave = rng.exponential(700, n)
    until = zero + pd.Timedelta(days=1000)
    exits = zero + pd.to_timedelta(np.ceil(leave), unit="D")
    known = pd.Series(exits).where(exits <= until)
    people = pd.DataFrame({"person_id": [f"p{i}" for i in range(n)], "hire_date": zero, "exit_date": known})
    people["exit_reason"] = np.where(known.notna(), "voluntary", None)
    named = zero + pd.to_timedelta(rng.integers(30, 500, n), unit="D")
    group = np.where(rng.random(n) < share, "participants", "comparison")
    starts = pd.DataFrame({"person_id": people["person_id"], "group": group, "start_date": named})
    return people, followed_starts(people, starts, until=until.date()), until.date()


def test_without_an_effect_time_from_the_match_shows_none_and_time_from_the_hire_date_shows_one():
    runs, covered, naive_above, naive_values = 60, 0, 0, []
    for seed in range(runs):
        people, starts, until = company_without_an_effect(np.random.default_rng(seed))
        right = rmst_difference(employment_spells(people, starts, until=until))
        covered += right.lo <= 0 <= right.hi
        matched = starts.loc[starts["group"] == "participants", "person_id"].tolist()
        naive = rmst_difference(naive_hire_spells(people, matched, until=until))
        naive_above += naive.lo > 0
        naive_values.append(naive.value)
    assert covered >= 53  # nominal 57 of 60; fewer than 53 would be beyond chance
    assert naive_above >= 55
    assert np.mean(naive_values) > 60  # days of apparent retention that nobody caused
