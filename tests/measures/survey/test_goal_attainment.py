"""Goals that people set for themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from score_frames import shuffled

from rmanalytics.measures.stats.proportions import wilson_share
from rmanalytics.measures.survey.goal_attainment import (
    goal_attainment,
    goal_scores,
    goals_reached_share,
    goals_reached_share_at_worst,
)
from rmanalytics.results import Estimate, NotEstimable


def estimate(result: Estimate | NotEstimable) -> Estimate:
    assert isinstance(result, Estimate)
    return result


def goals_of(people: int, each: int, *, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = people * each
    return pd.DataFrame(
        {
            "person_id": np.repeat([f"p{i}" for i in range(people)], each),
            "goal_code": np.tile([f"g{i}" for i in range(each)], people),
            "weight": rng.integers(1, 4, n),
            "attained": rng.integers(-2, 3, n).astype(float),
        }
    )


@pytest.mark.parametrize(
    ("attained", "weights", "t"),
    [
        ([1, 1, 1], [1, 1, 1], 50 + 30 / np.sqrt(4.8)),
        ([0, 0], [2, 5], 50.0),
        ([2, -1], [3, 1], 50 + 50 / np.sqrt(0.7 * 10 + 0.3 * 16)),
        ([-2], [4], 30.0),
    ],
)
def test_the_t_score_is_that_of_kiresuk_and_sherman(attained, weights, t: float) -> None:
    goals = pd.DataFrame({"person_id": "a", "goal_code": range(len(attained)), "weight": weights, "attained": attained})
    assert goal_scores(goals)["t_score"].item() == pytest.approx(t)


def test_all_weights_times_three_change_no_score() -> None:
    goals = goals_of(8, 3)
    first, other = goal_scores(goals), goal_scores(goals.assign(weight=goals["weight"] * 3))
    assert other["t_score"].tolist() == pytest.approx(first["t_score"].tolist())


def test_a_goal_without_weight_does_not_count_and_one_without_rating_takes_the_score_away() -> None:
    goals = goals_of(3, 3)
    goals.loc[0, "weight"] = 0
    goals.loc[4, "attained"] = np.nan
    goals.loc[6:, "weight"] = 0
    people = goal_scores(goals).set_index("person_id")
    assert people.loc["p0", ["goals_n", "rated_n"]].tolist() == [2, 2]
    assert people.loc["p0", "t_score"] == pytest.approx(goal_scores(goals.iloc[1:3])["t_score"].item())
    assert people["t_score"].isna().tolist() == [False, True, True]
    assert people.loc["p1", ["goals_n", "rated_n"]].tolist() == [3, 2]


def test_the_mean_is_that_of_the_people_whose_goals_are_all_rated() -> None:
    goals = goals_of(12, 3)
    goals.loc[0, "attained"] = np.nan
    found = estimate(goal_attainment(goals))
    rest = goal_scores(goals)["t_score"].dropna()
    assert found.value == pytest.approx(rest.mean())
    assert (found.n, found.n_excluded, found.extra["goals_n"]) == (11, 1, 33)
    assert found.excluded_reason == "without a rating of each goal"
    half = 2.228139 * rest.std(ddof=1) / np.sqrt(11)
    assert (found.lo, found.hi) == pytest.approx((rest.mean() - half, rest.mean() + half), rel=1e-6)


def test_one_goal_each_makes_the_share_a_plain_wilson_share() -> None:
    goals = goals_of(20, 1)
    reached = int((goals["attained"] >= 0).sum())
    one, plain = estimate(goals_reached_share(goals)), estimate(wilson_share(reached, 20, name="", unit_of_analysis=""))
    assert (one.value, one.lo, one.hi) == pytest.approx((plain.value, plain.lo, plain.hi))


def test_goals_that_go_together_within_a_person_widen_the_interval_to_that_of_the_people() -> None:
    one = goals_of(20, 1)
    copies = pd.concat([one.assign(goal_code=f"g{i}") for i in range(4)])
    first, other = estimate(goals_reached_share(one)), estimate(goals_reached_share(copies))
    assert other.value == pytest.approx(first.value)
    assert other.extra["goals_n"] == 80
    assert (other.lo, other.hi) == pytest.approx((first.lo, first.hi), abs=0.015)


def test_the_effective_number_never_exceeds_the_goals() -> None:
    goals = goals_of(10, 2).assign(attained=[0.0, -1.0] * 10)
    goals.loc[0, "attained"] = -1.0
    assert estimate(goals_reached_share(goals)).extra["effective_n"] == 20


@pytest.mark.parametrize(("attained", "share"), [(1.0, 1.0), (-1.0, 0.0)])
def test_all_or_none_reached_has_the_interval_of_as_many_people(attained: float, share: float) -> None:
    found = estimate(goals_reached_share(goals_of(10, 4).assign(attained=attained)))
    plain = estimate(wilson_share(int(10 * share), 10, name="", unit_of_analysis=""))
    assert (found.value, found.lo, found.hi) == pytest.approx((share, plain.lo, plain.hi))


def test_unrated_goals_are_left_out_or_counted_as_not_reached() -> None:
    goals = goals_of(8, 2).assign(attained=0.0)
    goals.loc[:2, "attained"] = np.nan
    found, worst = estimate(goals_reached_share(goals)), estimate(goals_reached_share_at_worst(goals))
    assert (found.value, found.n, found.n_excluded, found.extra["goals_n"]) == (1.0, 7, 1, 13)
    assert found.excluded_reason == "without a rated goal"
    assert (worst.value, worst.n, worst.n_excluded) == (13 / 16, 8, 0)


def test_order_plays_no_part() -> None:
    goals = goals_of(12, 3)
    for measure in (goal_attainment, goals_reached_share, goals_reached_share_at_worst):
        one, other = estimate(measure(goals)), estimate(measure(shuffled(goals)))
        assert (other.value, other.lo, other.hi) == pytest.approx((one.value, one.lo, one.hi))


@pytest.mark.parametrize(
    ("goals", "measure", "reason"),
    [
        (goals_of(5, 3), goal_attainment, "fewer than 6 people whose goals were all rated"),
        (goals_of(8, 2).assign(attained=1.0), goal_attainment, "everyone attained the same score"),
        (goals_of(5, 3), goals_reached_share, "fewer than 6 people with a rated goal"),
        (goals_of(8, 3).assign(attained=np.nan), goals_reached_share, "fewer than 6 people with a rated goal"),
        (goals_of(8, 3).head(0), goals_reached_share_at_worst, "fewer than 6 people with a rated goal"),
        (goals_of(8, 3).head(0), goal_attainment, "fewer than 6 people whose goals were all rated"),
    ],
)
def test_what_has_no_answer_says_why(goals: pd.DataFrame, measure, reason: str) -> None:
    if measure is goal_attainment and reason.startswith("everyone"):
        goals = goals.assign(weight=1)
    result = measure(goals)
    assert isinstance(result, NotEstimable)
    assert result.because == reason


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: pd.concat([g, g.head(1)]), "more than one row"),
        (lambda g: g.assign(weight=-1), "weight"),
        (lambda g: g.assign(weight=np.nan), "weight"),
        (lambda g: g.assign(attained=3), "whole number"),
        (lambda g: g.assign(attained=0.5), "whole number"),
        (lambda g: g.drop(columns="weight"), "missing columns"),
    ],
)
def test_what_is_not_a_table_of_goals_is_refused(change, message: str) -> None:
    for measure in (goal_scores, goal_attainment, goals_reached_share, goals_reached_share_at_worst):
        with pytest.raises(ValueError, match=message):
            measure(change(goals_of(8, 2)))


def test_the_table_is_not_changed() -> None:
    goals = goals_of(8, 2)
    before = goals.copy(deep=True)
    for measure in (goal_scores, goal_attainment, goals_reached_share, goals_reached_share_at_worst):
        measure(goals)
    pd.testing.assert_frame_equal(goals, before)
