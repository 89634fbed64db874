"""Leave, move, return: stretches from dates, and shares that are Kaplan-Meier and Aalen-Johansen where those apply."""

from __future__ import annotations

from datetime import date
from math import exp

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.retention.aalen_johansen import (
    LEFT,
    MOVED,
    RETURNED,
    SAME,
    STATES,
    STILL,
    state_occupation,
    state_stretches,
)
from rmanalytics.measures.retention.kaplan_meier import survival_curve
from rmanalytics.measures.retention.risk_sets import TOO_FEW, cumulative_incidence
from rmanalytics.results import Curve

COLUMNS = ["person_id", "entry_days", "time_days", "from_state", "to_state"]
UNTIL = date(2026, 7, 1)


def stretches(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def random_exits(seed, n=60, reasons=("", "voluntary", "retirement")):
    rng = np.random.default_rng(seed)
    time, reason = rng.integers(1, 30, n), rng.choice(reasons, n)
    frame = pd.DataFrame({"person_id": [f"p{i}" for i in range(n)], "time_days": time, "exit_reason": reason})
    return frame.assign(event=(reason != "").astype(int))


def as_stretches(exits):
    frame = exits.assign(from_state=SAME, to_state=exits["exit_reason"])
    return (frame if "entry_days" in frame else frame.assign(entry_days=0))[COLUMNS]


def share(curve, state):
    return curve.points[curve.points["state"] == state].reset_index(drop=True)


@pytest.mark.parametrize("seed", range(5))
def test_with_one_way_out_the_share_still_there_is_kaplan_meier(seed):
    exits = random_exits(seed, reasons=("", "voluntary"))
    curve = state_occupation(as_stretches(exits), states=(SAME, "voluntary"))
    assert isinstance(curve, Curve)
    there, expected = share(curve, SAME), survival_curve(exits).points
    assert there["time_days"].tolist() == expected["time_days"].tolist()
    assert there["share"].to_numpy() == pytest.approx(expected["survival"].to_numpy())
    assert there["at_risk_n"].tolist() == expected["at_risk_n"].tolist()


@pytest.mark.parametrize("seed", range(5))
def test_with_late_entry_it_is_the_kaplan_meier_curve_from_the_same_start(seed):
    exits = random_exits(seed, reasons=("", "voluntary"))
    exits["entry_days"] = np.floor(exits["time_days"] * np.random.default_rng(seed).random(len(exits)))
    there = share(state_occupation(as_stretches(exits), states=(SAME, "voluntary")), SAME)
    expected = survival_curve(exits).points
    assert there["time_days"].tolist() == expected["time_days"].tolist()
    assert there["share"].to_numpy() == pytest.approx(expected["survival"].to_numpy())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("reason", ["voluntary", "retirement"])
def test_with_competing_exits_share_and_standard_error_are_those_of_the_cumulative_incidence(seed, reason):
    exits = random_exits(seed)
    curve = state_occupation(as_stretches(exits), states=(SAME, "voluntary", "retirement"))
    left, expected = share(curve, reason), cumulative_incidence(exits, reasons=(reason,)).points
    assert left["share"].to_numpy() == pytest.approx(expected["incidence"].to_numpy())
    assert left["se"].to_numpy() == pytest.approx(expected["se"].to_numpy())
    assert left["entered_n"].tolist() == expected["events_n"].tolist()


def journeys(seed, n=40, *, moves=0.01, leaves=0.006, returns=0.004, follow=(60, 200)):
    """People who move, leave and come back at constant rates; days in whole numbers, so that many are tied."""
    rng, rows = np.random.default_rng(seed), []
    rates = {SAME: {MOVED: moves, LEFT: leaves}, MOVED: {LEFT: leaves}, LEFT: {RETURNED: returns}}
    rates[RETURNED] = {LEFT: leaves}
    for i in range(n):
        state, day, end = SAME, 0, int(rng.integers(*follow))
        while day < end:
            waits = {goal: max(1, int(np.ceil(rng.exponential(1 / rate)))) for goal, rate in rates[state].items()}
            goal = min(waits, key=lambda name: waits[name])
            if day + waits[goal] > end:
                rows.append((f"p{i}", day, end, state, STILL))
                break
            rows.append((f"p{i}", day, day + waits[goal], state, goal))
            state, day = goal, day + waits[goal]
    return stretches(*rows)


@pytest.mark.parametrize("seed", range(5))
def test_shares_add_up_to_one_and_row_order_changes_nothing(seed):
    data = journeys(seed)
    curve = state_occupation(data)
    assert curve.points.groupby("time_days")["share"].sum().to_numpy() == pytest.approx(1)
    assert (curve.points["lo"] <= curve.points["share"] + 1e-12).all()
    assert (curve.points["share"] <= curve.points["hi"] + 1e-12).all()
    turned = state_occupation(data.sample(frac=1, random_state=seed))
    pd.testing.assert_frame_equal(curve.points, turned.points)


@pytest.mark.parametrize("seed", range(3))
def test_without_censoring_it_is_the_share_of_people_in_the_state(seed):
    data = journeys(seed, follow=(150, 151))
    points = state_occupation(data).points
    for day in (30, 90, 149):
        inside = data[(data["entry_days"] <= day) & (data["time_days"] > day)]
        found = points[points["time_days"] <= day].groupby("state", sort=False).last()["share"]
        seen = inside["from_state"].value_counts(normalize=True)
        assert [found[s] for s in STATES] == pytest.approx([seen.get(s, 0.0) for s in STATES])
        n = data["person_id"].nunique()
        se = points[points["time_days"] <= day].groupby("state", sort=False).last()["se"]
        assert se.to_numpy() == pytest.approx(np.sqrt(found * (1 - found) / n).to_numpy())


@pytest.mark.parametrize("seed", range(2))
def test_the_variance_is_the_sum_of_squared_changes_when_one_person_weighs_more(seed):
    """The influence of a person, by brute force: weigh them a little more and see what the shares do."""
    data = journeys(seed, n=15)
    ids, small = sorted(set(data["person_id"])), 1e-6
    base = weighted_shares(data, dict.fromkeys(ids, 1.0))
    changes = [(weighted_shares(data, dict.fromkeys(ids, 1.0) | {i: 1 + small}) - base) / small for i in ids]
    points = state_occupation(data).points
    last = points[points["time_days"] == points["time_days"].max()]
    assert last["share"].to_numpy() == pytest.approx(base)
    assert last["se"].to_numpy() == pytest.approx(np.sqrt(np.sum(np.square(changes), axis=0)), abs=1e-5)


def weighted_shares(data, weights):
    """A plain twin of the estimator, with a weight for each person."""
    weight = data["person_id"].map(weights)
    shares = np.array([1.0, 0, 0, 0])
    for time in np.unique(data["time_days"]):
        active = data[(data["entry_days"] < time) & (data["time_days"] >= time)]
        step = np.eye(4)
        for row, w in zip(active.itertuples(), weight[active.index], strict=True):
            if row.time_days == time and row.to_state != STILL:
                at_risk = weight[active.index[active["from_state"] == row.from_state]].sum()
                here, there = STATES.index(row.from_state), STATES.index(row.to_state)
                step[here, there] += w / at_risk
                step[here, here] -= w / at_risk
        shares = shares @ step
    return shares


def test_shares_of_many_people_are_those_of_the_process():
    data = journeys(7, n=4000, follow=(100, 400))
    points = state_occupation(data).points
    at = points[points["time_days"] <= 100].groupby("state", sort=False).last()
    assert at.loc[SAME, "share"] == pytest.approx(exp(-0.016 * 100), abs=0.03)
    assert at.loc[SAME, "lo"] < at.loc[SAME, "share"] < at.loc[SAME, "hi"]


def test_few_people_are_not_estimable_and_impossible_stretches_are_refused():
    few = stretches(*[(i, 0, 9, SAME, LEFT) for i in "abcde"])
    result = state_occupation(few)
    assert (result.reason, result.n) == (TOO_FEW, 5)
    assert state_occupation(stretches()).n == 0
    for rows, words in (
        ([("a", 0, 9, SAME, SAME)], "two different states"),
        ([("a", 0, 9, SAME, "on leave")], "two different states"),
        ([("a", 0, 9, SAME, MOVED), ("a", 5, 12, MOVED, STILL)], "overlap"),
        ([("a", 9, 9, SAME, STILL)], "before time_days"),
        ([("a", -1, 9, SAME, STILL)], "before time_days"),
    ):
        with pytest.raises(ValueError, match=words):
            state_occupation(stretches(*rows))


# from dates to stretches


def staff(rows):
    frame = pd.DataFrame(rows, columns=["person_id", "hire_date", "exit_date", "rehired_from"])
    return frame.assign(hire_date=pd.to_datetime(frame["hire_date"]), exit_date=pd.to_datetime(frame["exit_date"]))


def held(rows):
    frame = pd.DataFrame(rows, columns=["person_id", "start_date", "end_date", "unit", "level"])
    return frame.assign(start_date=pd.to_datetime(frame["start_date"]), end_date=pd.to_datetime(frame["end_date"]))


def starting(ids, group="participants", stop=None):
    frame = pd.DataFrame({"person_id": ids, "group": group, "start_date": pd.Timestamp("2026-01-01")})
    return frame.assign(stop_date=pd.Timestamp(stop) if stop else pd.NaT)


PEOPLE = staff(
    [
        ("stays", "2020-01-01", None, None),
        ("rises", "2020-01-01", None, None),
        ("back", "2020-01-01", "2026-02-01", None),
        ("again", "2026-04-01", "2026-06-01", "back"),
        ("away", "2020-01-01", "2026-03-02", None),
        ("other", "2020-01-01", None, "somebody"),
    ]
)
POSITIONS = held(
    [(i, "2020-01-01", None, "IT", 2) for i in ("stays", "back", "other")]
    + [("rises", "2020-01-01", "2026-01-31", "IT", 2), ("rises", "2026-02-01", None, "IT", 3)]
    + [("away", "2020-01-01", "2026-03-01", "IT", 2), ("away", "2026-03-02", None, "HR", 2)]
)


def paths(found):
    return {
        person: list(zip(rows["time_days"], rows["from_state"], rows["to_state"], strict=True))
        for person, rows in found.groupby("person_id")
    }


def test_stretches_follow_people_through_moves_exits_and_returns_under_a_new_id():
    found = paths(
        state_stretches(POSITIONS, starting(["stays", "rises", "back", "away", "other"]), PEOPLE, until=UNTIL)
    )
    assert found["stays"] == [(181, SAME, STILL)]
    assert found["other"] == [(181, SAME, STILL)]
    assert found["rises"] == [(31, SAME, MOVED), (181, MOVED, STILL)]
    assert found["back"] == [(31, SAME, LEFT), (90, LEFT, RETURNED), (151, RETURNED, LEFT), (181, LEFT, STILL)]
    assert found["away"] == [(60, SAME, LEFT), (181, LEFT, STILL)]  # moved and left on one day: the last counts


def test_a_stop_date_ends_the_follow_up_and_a_person_may_stand_in_both_groups():
    starts = pd.concat([starting(["back"], "comparison", "2026-03-01"), starting(["back", "rises"])])
    found = state_stretches(POSITIONS, starts, PEOPLE, until=UNTIL)
    mine = found[found["group"] == "comparison"]
    assert paths(mine) == {"back": [(31, SAME, LEFT), (59, LEFT, STILL)]}
    assert len(found[found["group"] == "participants"]) == 6


def test_people_without_a_position_are_left_out_and_tables_without_returns_are_taken():
    found = state_stretches(
        POSITIONS[POSITIONS["person_id"] != "stays"],
        starting(["stays", "back"]),
        PEOPLE.drop(columns="rehired_from"),
        until=UNTIL,
    )
    assert paths(found) == {"back": [(31, SAME, LEFT), (181, LEFT, STILL)]}
