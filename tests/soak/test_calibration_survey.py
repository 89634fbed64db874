"""Calibration of survey measures: how often 95 % intervals hold the truth, with fixed seeds and a truth that is known.

The reduced runs belong to every test run; the long ones are marked.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from soak.bands import COVERAGE, TYPE_I
from soak.worlds import (
    DRAWS,
    FEWER,
    GAIN,
    SD,
    at_random,
    both,
    cells,
    holds,
    left_at_random,
    left_when_high,
    likert,
    scores,
    sizes,
    times,
    when_high,
)

from rmanalytics.measures.stats.exact_tests import sign_flip, signed_rank
from rmanalytics.measures.survey.ancova import (
    adjusted_difference,
    baseline_difference,
    change_score_difference,
    slope_difference,
)
from rmanalytics.measures.survey.paired_change import paired_change, paired_g_av
from rmanalytics.results import Estimate

FAMILY = "Survey: change and difference"


@pytest.mark.parametrize(("n", "left", "runs"), cells(DRAWS))
def test_intervals_of_change_hold_the_truth(calibrated, n, left, runs):
    rng = np.random.default_rng([101, n, int(100 * left)])
    change, g = [], []
    for _ in range(runs):
        table = left_at_random(rng, scores(rng, n, gain=GAIN, label="participants"), left)
        found = paired_change(table), paired_g_av(table)
        if isinstance(found[0], Estimate):
            change.append(holds(found[0], GAIN))
            g.append(holds(found[1], GAIN / SD))
    assert len(change) > 0.85 * runs
    data = {"quantity": COVERAGE, "design": f"{n} people", "drop_out": at_random(left)}
    calibrated(change, measure="paired_change", **data)
    calibrated(g, measure="paired_g_av", **data)


@pytest.mark.parametrize(("n", "left", "runs"), cells(DRAWS))
def test_intervals_of_the_adjusted_difference_hold_the_truth_in_spite_of_drop_out(calibrated, n, left, runs):
    rng = np.random.default_rng([102, n, int(100 * left)])
    held = []
    for _ in range(runs):
        arms = [
            left_when_high(rng, scores(rng, n, gain=gain, label=label), left)
            for gain, label in ((GAIN, "participants"), (0.0, "comparison"))
        ]
        found = adjusted_difference(pd.concat(arms, ignore_index=True))
        if isinstance(found, Estimate):
            held.append(holds(found, GAIN))
    assert len(held) > 0.75 * runs
    calibrated(
        held,
        measure="adjusted_difference",
        quantity=COVERAGE,
        design=f"{n} v {n}",
        drop_out=when_high(left),
    )


@pytest.mark.parametrize(("n", "left", "runs"), cells(FEWER))
def test_tests_of_change_reject_nothing_more_often_than_they_may(calibrated, n, left, runs):
    rng = np.random.default_rng([103, n, int(100 * left)])
    rejected = {paired_change: [], signed_rank: [], sign_flip: []}
    for _ in range(runs):
        table = left_at_random(rng, likert(scores(rng, n, gain=0.0, label="participants")), left)
        for test, results in rejected.items():
            found = test(table)
            if isinstance(found, Estimate):
                results.append(found.p_value <= 0.05)
    for test, results in rejected.items():
        calibrated(
            results,
            measure=test.__name__,
            quantity=TYPE_I,
            design=f"{n} people, answers in fifths",
            drop_out=at_random(left),
            at_best=test is not paired_change,
        )


@pytest.mark.parametrize(("n", "left", "runs"), cells(FEWER))
def test_tests_of_a_difference_reject_nothing_more_often_than_they_may(calibrated, n, left, runs):
    rng = np.random.default_rng([104, n, int(100 * left)])
    adjusted, welch = [], []
    for _ in range(runs):
        arms = [
            left_when_high(rng, likert(scores(rng, size, gain=0.2, label=label)), left)
            for size, label in ((n, "participants"), (n + n // 2, "comparison"))
        ]
        table = pd.concat(arms, ignore_index=True)
        found = adjusted_difference(table), change_score_difference(table)
        if isinstance(found[0], Estimate):
            adjusted.append(found[0].p_value <= 0.05)
            welch.append(found[1].p_value <= 0.05)
    assert len(adjusted) > 0.75 * runs
    data = {"quantity": TYPE_I, "design": f"{n} v {n + n // 2}, answers in fifths", "drop_out": when_high(left)}
    calibrated(adjusted, measure="adjusted_difference", **data)
    calibrated(welch, measure="change_score_difference", **data)


@pytest.mark.parametrize(("n", "runs"), sizes(FEWER))
def test_the_difference_before_and_that_of_slopes_hold_the_truth(calibrated, n, runs):
    rng = np.random.default_rng([106, n])
    before, slopes, lin = [], [], []
    for _ in range(runs):
        table = both(rng, n, n, gain=GAIN)
        participants = table["group"] == "participants"
        unlike = table.assign(pre=table["pre"].where(~participants, table["pre"] + 0.3 * SD))
        before.append(holds(baseline_difference(unlike), 0.3))
        steeper = table.assign(post=table["post"].where(~participants, table["post"] - 0.3 * (table["pre"] - 3)))
        slopes.append(holds(slope_difference(steeper), -0.3))
        extra = adjusted_difference(table).extra
        lin.append(extra["lin_lo"] <= GAIN <= extra["lin_hi"])
    data = {"quantity": COVERAGE, "design": f"{n} v {n}"}
    calibrated(before, measure="baseline_difference", **data)
    calibrated(slopes, measure="slope_difference", **data)
    calibrated(lin, measure="adjusted_difference (Lin)", **data)


@pytest.mark.parametrize("runs", times(FEWER))
def test_a_gain_of_volunteers_who_started_low_is_no_difference_to_a_comparison_group_chosen_alike(calibrated, runs):
    """Regression to the mean: the one-arm gain finds something nearly always, the adjusted difference does not."""
    rng = np.random.default_rng(105)
    one_arm, two_arms = [], []
    for _ in range(runs):
        arms = []
        for label in ("participants", "comparison"):
            many = scores(rng, 120, gain=0.0, label=label)
            arms.append(many.nsmallest(34, "pre"))
        one_arm.append(paired_change(arms[0]).p_value <= 0.05)
        two_arms.append(adjusted_difference(pd.concat(arms, ignore_index=True)).p_value <= 0.05)
    assert np.mean(one_arm) > 0.8
    calibrated(
        two_arms,
        measure="adjusted_difference",
        quantity=TYPE_I,
        design="34 v 34, the lowest of 120 each",
    )
