"""Reach: shares by hand, the ratio's interval against theory and simulation, and the flow."""

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.engagement import reach
from rmanalytics.measures.engagement.reach import composition, recruitment_flow, representation_ratio
from rmanalytics.results import Curve, Estimate, NotEstimable


def pool(*groups):
    """People of groups: (label, participants, eligible)."""
    rows = [(label, int(i < a)) for label, a, b in groups for i in range(b)]
    frame = pd.DataFrame(rows, columns=["unit", "participant"])
    return frame.assign(person_id=[f"p{i}" for i in range(len(frame))])


PEOPLE = pool(("IT", 12, 40), ("Sales", 18, 100), (None, 4, 60))


def test_shares_add_up_and_the_unknown_are_a_group_of_their_own():
    result = composition(PEOPLE.sample(frac=1, random_state=2), attribute="unit")
    assert isinstance(result, Curve)
    points = result.points.set_index("group")
    assert points.index.tolist() == ["IT", "Sales", reach.NOT_KNOWN]
    assert points["participants_n"].tolist() == [12, 18, 4]
    assert points["share"].sum() == points["pool_share"].sum() == pytest.approx(1)
    assert points.loc["IT", "ratio"] == pytest.approx((12 / 34) / (40 / 200))
    assert result.outcome == "unit"


def test_the_curve_and_the_single_ratio_agree():
    points = composition(PEOPLE, attribute="unit").points.set_index("group")
    for group in points.index:
        one = representation_ratio(PEOPLE, attribute="unit", group=group)
        assert isinstance(one, Estimate)
        assert points.loc[group, ["ratio", "lo", "hi"]].tolist() == [one.value, one.lo, one.hi]


def test_in_a_very_large_pool_the_interval_is_that_of_katz_for_independent_shares():
    one = representation_ratio(pool(("IT", 12, 60_000), ("Sales", 22, 140_000)), attribute="unit", group="IT")
    width = 1.959964 * sqrt(1 / 12 - 1 / 34 + 1 / 60_000 - 1 / 200_000)
    assert log(one.hi / one.value) == pytest.approx(width, rel=1e-3)
    assert one.lo == pytest.approx(one.value * exp(-width), rel=1e-3)


def test_at_a_ratio_of_one_the_variance_is_that_of_a_sample_from_a_finite_pool():
    one = representation_ratio(pool(("IT", 20, 40), ("Sales", 30, 60)), attribute="unit", group="IT")
    assert one.value == 1
    assert log(one.hi) == pytest.approx(1.959964 * sqrt(0.6 / 0.4 / 50 * (1 - 50 / 100)), rel=1e-6)


def test_the_ratio_covers_the_truth():
    rng, runs, n, rest, p, p_rest = np.random.default_rng(3), 2000, 34, 160, 0.4, 0.2
    truth = p / ((n * p + rest * p_rest) / (n + rest))
    held = 0
    for _ in range(runs):
        a, b = rng.binomial(n, p), rng.binomial(rest, p_rest)
        _, lo, hi = reach._ratio(a, n, a + b, n + rest)
        held += lo <= truth <= hi
    assert 0.93 <= held / runs <= 0.98


@pytest.mark.parametrize(
    ("people", "group", "reason"),
    [
        (pool(("IT", 5, 40)), "IT", reach.TOO_FEW_TAKE_PART),
        (PEOPLE, "Board", reach.NOBODY_IN_POOL),
        (pool(("IT", 0, 40), ("Sales", 9, 10)), "IT", reach.NOBODY_TAKES_PART),
        (pool(("IT", 6, 6), ("Sales", 9, 9)), "IT", reach.EVERYBODY_TAKES_PART),
        (pool(("IT", 8, 40)), "IT", reach.ONE_GROUP_ALONE),
        (pool(("IT", 8, 8), ("Sales", 0, 10)), "IT", reach.THE_SAME_PEOPLE),
    ],
)
def test_where_no_ratio_can_be_said_the_reason_stands(people, group, reason):
    result = representation_ratio(people, attribute="unit", group=group)
    assert isinstance(result, NotEstimable)
    assert result.reason == reason
    curve = composition(people, attribute="unit")
    if isinstance(curve, Curve) and group in set(curve.points["group"]):
        assert curve.points.set_index("group").loc[group, ["lo", "hi"]].isna().all()


def test_the_flow_counts_who_came_and_who_came_from_the_stage_before():
    people = pd.DataFrame(
        {
            "person_id": range(20),
            "eligible": 1,
            "invited": [1] * 12 + [0] * 8,
            "matched": [1] * 6 + [0] * 6 + [1] * 2 + [0] * 6,
        }
    )
    points = recruitment_flow(people).points
    assert points["stage"].tolist() == ["eligible", "invited", "matched"]
    assert points["n"].tolist() == [20, 12, 8]
    assert points["both_n"].tolist() == [0, 12, 6]
    assert points["share"].tolist()[1:] == [0.6, 0.5]
    assert points["share"].isna().tolist() == [True, False, False]


def test_impossible_tables_are_refused():
    with pytest.raises(ValueError, match="no column of a stage"):
        recruitment_flow(PEOPLE)
    with pytest.raises(ValueError, match="from 0 to 1"):
        recruitment_flow(PEOPLE.assign(invited=2))
    with pytest.raises(ValueError, match="whole numbers from 0 to 1"):
        composition(PEOPLE.assign(participant=3), attribute="unit")
    with pytest.raises(ValueError, match="more than one row"):
        composition(pd.concat([PEOPLE, PEOPLE]), attribute="unit")


def test_the_share_from_the_groups_meant_leaves_out_whose_group_is_unknown():
    mentors = pd.DataFrame({"person_id": range(5), "talent_group": ["trainee", "alumni", "none", "none", None]})
    found = reach.meant_share(mentors, meant=("trainee", "alumni"))
    assert (found.value, found.n, found.n_excluded) == (0.5, 4, 1)
