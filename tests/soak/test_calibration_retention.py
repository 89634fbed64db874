"""Calibration of retention: how often 95 % intervals hold the truth, with fixed seeds and a truth that is known.

The reduced runs belong to every test run; the long ones are marked. What is expected is the coverage that the method is
known to have, not always 95 %: the normal interval of a restricted mean is somewhat narrow at 34 people.
"""

from __future__ import annotations

from math import exp

import numpy as np
import pandas as pd
import pytest
from soak.bands import COVERAGE, TYPE_I
from soak.worlds import DRAWS, holds, times

from rmanalytics.measures.events import cumulative_incidence, log_rank
from rmanalytics.measures.hazards import hazard_ratio
from rmanalytics.measures.retention import rmst_difference, survival_curve
from rmanalytics.results import Estimate

FAMILY = "Staying: time to an exit"
YEAR = 365.0
FOLLOWED = "followed for 400 to 1,000 days"
FEW_EXITS = "Greenwood's variance is a little small at 34 people, and the normal interval does not make up for it."


def group(rng, n, yearly, label="participants"):
    """Exits at a constant rate, followed for 400 to 1,000 days."""
    leave, follow = rng.exponential(YEAR / yearly, n), rng.uniform(400, 1000, n)
    ids = np.char.add(label[0], np.arange(n).astype(str)).astype(object)
    frame = {"person_id": ids, "group": label, "time_days": np.minimum(leave, follow), "event": leave <= follow}
    return pd.DataFrame(frame).astype({"event": "int64"})


def both(rng, n, n_comparator, yearly, yearly_comparator):
    arms = [group(rng, n, yearly), group(rng, n_comparator, yearly_comparator, "comparison")]
    return pd.concat(arms, ignore_index=True)


def mean_days(yearly):
    """Mean days stayed within the first year at a constant rate."""
    return YEAR / yearly * (1 - exp(-yearly))


# expected: found in 40,000 runs with other seeds
@pytest.mark.parametrize("runs", times(DRAWS))
@pytest.mark.parametrize(
    ("n", "n_comparator", "yearly", "yearly_comparator", "expected"),
    [
        pytest.param(34, 34, 0.25, 0.25, 0.943, id="34-34-equal"),
        pytest.param(34, 34, 0.15, 0.30, 0.941, id="34-34-half-the-rate"),
        pytest.param(34, 150, 0.20, 0.20, 0.920, id="34-150-equal"),
        pytest.param(100, 100, 0.15, 0.30, 0.947, id="100-100-half-the-rate"),
    ],
)
def test_rmst_difference_covers_the_truth(calibrated, runs, n, n_comparator, yearly, yearly_comparator, expected):
    truth = mean_days(yearly) - mean_days(yearly_comparator)
    results = []
    for seed in range(runs):
        rng = np.random.default_rng([seed, n, n_comparator])
        results.append(rmst_difference(both(rng, n, n_comparator, yearly, yearly_comparator), tau=YEAR))
    estimates = [result for result in results if isinstance(result, Estimate)]
    assert len(estimates) > 0.97 * runs
    calibrated(
        [holds(result, truth) for result in estimates],
        measure="rmst_difference",
        quantity=COVERAGE,
        design=f"{n} v {n_comparator}, {yearly:.0%} and {yearly_comparator:.0%} leave a year".replace("%", " %"),
        drop_out=FOLLOWED,
        expected=expected,
        note=FEW_EXITS,
    )


@pytest.mark.parametrize("runs", times(DRAWS))
@pytest.mark.parametrize("n", [34, 100])
def test_the_log_log_interval_of_the_survival_curve_covers_the_truth(calibrated, runs, n):
    held = []
    for seed in range(runs):
        points = survival_curve(group(np.random.default_rng([seed, n]), n, 0.3)).points
        at_a_year = points[points["time_days"] <= YEAR].iloc[-1]
        held.append(bool(at_a_year["lo"] <= exp(-0.3) <= at_a_year["hi"]))
    calibrated(
        held,
        measure="survival_curve",
        quantity=COVERAGE,
        design=f"{n} people, at one year",
        drop_out=FOLLOWED,
        expected=0.952,
    )


@pytest.mark.parametrize("runs", times(DRAWS))
def test_the_log_rank_test_rejects_five_in_a_hundred_without_a_difference(calibrated, runs):
    arms = (both(np.random.default_rng(seed), 34, 34, 0.3, 0.3) for seed in range(runs))
    rejected = [log_rank(rows).p_value < 0.05 for rows in arms]
    calibrated(rejected, measure="log_rank", quantity=TYPE_I, design="34 v 34", drop_out=FOLLOWED)


@pytest.mark.parametrize("runs", times(DRAWS))
def test_the_hazard_ratio_covers_the_truth_where_the_events_budget_allows_it(calibrated, runs):
    held = []
    for seed in range(runs):
        rows = both(np.random.default_rng(seed), 100, 100, 0.3, 0.6)
        rows = rows.assign(entry_days=0.0, participant=(rows["group"] == "participants").astype(int))
        result = hazard_ratio(rows)
        held.append(holds(result, 0.5))
    calibrated(held, measure="hazard_ratio", quantity=COVERAGE, design="100 v 100, ratio 0.5", drop_out=FOLLOWED)


@pytest.mark.parametrize("runs", times(DRAWS))
def test_cumulative_incidence_covers_the_truth_with_competing_exits(calibrated, runs):
    held = []
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        data = group(rng, 60, 0.5)
        reason = np.where(rng.random(60) < 0.6, "voluntary", "retirement")
        data = data.assign(exit_reason=np.where(data["event"] == 1, reason, ""))
        points = cumulative_incidence(data).points
        at_a_year = points[points["time_days"] <= YEAR].iloc[-1]
        held.append(bool(at_a_year["lo"] <= 0.6 * (1 - exp(-0.5)) <= at_a_year["hi"]))
    calibrated(
        held,
        measure="cumulative_incidence",
        quantity=COVERAGE,
        design="60 people, two kinds of exit, at one year",
        drop_out=FOLLOWED,
    )
