"""Calibration of models of several waves, several rounds and people who come again."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pandas as pd
import pytest
from soak.bands import COVERAGE, TYPE_I
from soak.worlds import DRAWS, FEWER, GAIN, REDUCED, SD, R, both, cells, holds, left_when_high, sizes, when_high

from rmanalytics.measures.stats.meta_analysis import pooled_difference
from rmanalytics.measures.stats.mixed_model import mixed_difference
from rmanalytics.measures.survey.all_rounds import clustered_difference
from rmanalytics.results import Estimate

FAMILY = "Survey: several waves, several rounds"
ROUNDS, ICC = 4, 0.4
POOLED = [pytest.param(5, 0.05, REDUCED, id="reduced-5-0.05")]
POOLED += [
    pytest.param(k, tau2, DRAWS, id=f"long-{k}-{tau2}", marks=pytest.mark.soak)
    for k in (5, 6, 8)
    for tau2 in (0.0, 0.05)
]


@pytest.mark.parametrize(("n", "left", "runs"), cells(FEWER))
def test_the_mixed_difference_holds_the_truth_where_those_who_start_high_leave(calibrated, n, left, runs):
    rng = np.random.default_rng([201, n, int(100 * left)])
    held = []
    for _ in range(runs):
        table = left_when_high(rng, both(rng, n, n, gain=GAIN), left)
        found = mixed_difference(table)
        if isinstance(found, Estimate):
            held.append(holds(found, GAIN))
    assert len(held) > 0.6 * runs
    calibrated(held, measure="mixed_difference", quantity=COVERAGE, design=f"{n} v {n}", drop_out=when_high(left))


def several_rounds(rng, n, *, gain):
    """The same people in every round, always in the same group: what makes ordinary errors far too small."""
    people = 2 * n
    group = np.repeat(["participants", "comparison"], n)
    lasting = rng.normal(size=people) * sqrt(ICC)
    rounds = []
    for number in range(ROUNDS):
        pre = rng.normal(3, SD, people)
        noise = lasting + rng.normal(size=people) * sqrt(1 - ICC)
        post = 3 + R * (pre - 3) + gain * (group == "participants") + SD * sqrt(1 - R**2) * noise
        rounds.append(
            pd.DataFrame(
                {"round_id": f"r{number}", "person_id": np.arange(people), "group": group, "pre": pre, "post": post}
            )
        )
    table = pd.concat(rounds, ignore_index=True)
    return table.assign(cluster_id=table["person_id"])


@pytest.mark.parametrize(("n", "runs"), sizes(FEWER))
def test_people_in_every_round_do_not_make_the_difference_too_sure(calibrated, n, runs):
    rng = np.random.default_rng([202, n])
    held, rejected = [], []
    for _ in range(runs):
        noise = several_rounds(rng, n, gain=0.0)
        found = clustered_difference(noise)
        rejected.append(found.p_value <= 0.05)
        held.append(holds(found, 0.0))
    data = {"measure": "clustered_difference", "design": f"{n} v {n} in each of {ROUNDS} rounds, ICC {ICC}"}
    calibrated(held, quantity=COVERAGE, **data)
    calibrated(rejected, quantity=TYPE_I, **data)


@pytest.mark.parametrize(("k", "tau2", "runs"), POOLED)
def test_the_pooled_difference_holds_the_truth(calibrated, k, tau2, runs):
    rng = np.random.default_rng([203, k, int(100 * tau2)])
    se = np.linspace(0.15, 0.25, k)
    held = []
    for _ in range(runs):
        values = rng.normal(GAIN, np.sqrt(se**2 + tau2))
        held.append(holds(pooled_difference(pd.DataFrame({"round_id": range(k), "value": values, "se": se})), GAIN))
    calibrated(
        held,
        measure="pooled_difference",
        quantity=COVERAGE,
        design=f"{k} rounds, variance between them {tau2:g}",
        at_best=True,
    )
