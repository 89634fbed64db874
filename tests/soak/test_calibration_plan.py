"""Calibration of `rmanalytics plan`: the smallest difference that it names is found four times in five.

The tests are those of the report, on data that have just that difference.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from soak.bands import POWER
from soak.worlds import DRAWS, FEWER, REDUCED, SD, R, both, scores, times

from rmanalytics.evaluation.plan.sizing import Sharing, adjusted_found, difference_found, mean_found, share_found
from rmanalytics.evaluation.plan.sizing_exits import hazard_ratio_found
from rmanalytics.measures.retention.risk_sets import log_rank
from rmanalytics.measures.stats.meta_analysis import pooled_difference
from rmanalytics.measures.survey.all_rounds import clustered_difference
from rmanalytics.measures.survey.ancova import adjusted_difference
from rmanalytics.measures.survey.paired_change import paired_change

FAMILY = "The plan: smallest differences"
UNEXPLAINED = SD * sqrt(1 - R**2)
SIZES = [pytest.param(28, 30, 0.05, REDUCED, id="reduced-28-30")]
SIZES += [
    pytest.param(*cell, FEWER, id=f"long-{cell[0]}-{cell[1]}-{cell[2]:.3f}", marks=pytest.mark.soak)
    for cell in ((14, 15, 0.05), (28, 30, 0.05), (28, 30, 0.05 / 24), (42, 45, 0.05), (56, 60, 0.05))
]
STEPS = "shares of few people come in steps, and their test is approximate."
LOG_RANK = "Schoenfeld's formula is for many exits and for groups that stay of equal size."


@pytest.mark.parametrize(("n", "n_comparison", "level", "runs"), SIZES)
def test_an_adjusted_difference_of_the_planned_size_is_found(calibrated, n, n_comparison, level, runs):
    rng = np.random.default_rng([401, n, int(10_000 * level)])
    difference = adjusted_found(n, n_comparison, sd=UNEXPLAINED, alpha=level)
    found = [adjusted_difference(both(rng, n, n_comparison, gain=difference)).p_value < level for _ in range(runs)]
    calibrated(
        found,
        measure="adjusted_difference",
        quantity=POWER,
        design=f"{n} v {n_comparison} analysed, level {level:.4f}",
    )


@pytest.mark.parametrize("runs", times(DRAWS))
def test_a_gain_of_the_planned_size_is_found(calibrated, runs):
    rng = np.random.default_rng(402)
    gain = mean_found(28, sd=SD * sqrt(2 * (1 - R)))
    found = [paired_change(scores(rng, 28, gain=gain, label="participants")).p_value < 0.05 for _ in range(runs)]
    calibrated(found, measure="paired_change", quantity=POWER, design="28 people")


@pytest.mark.parametrize("runs", times(DRAWS))
@pytest.mark.parametrize(("n", "null"), [(34, 0.5), (62, 2 / 3), (400, 0.5)])
def test_a_share_of_the_planned_size_is_found(calibrated, n, null, runs):
    share = null + share_found(n, null=null, above=True)
    counts = np.arange(n + 1)
    rejects = np.abs(counts / n - null) / sqrt(null * (1 - null) / n) > 1.959964
    drawn = np.random.default_rng([403, n]).binomial(n, share, runs)
    calibrated(
        rejects[drawn].tolist(),
        measure="share_found",
        quantity=POWER,
        design=f"{n} tandems or people, {share:.2f} against {null:.2f}",
        expected=float(binom.pmf(counts, n, share) @ rejects),
        note=STEPS,
    )


@pytest.mark.parametrize("runs", times(FEWER))
def test_rounds_that_share_people_find_at_least_the_planned_difference(calibrated, runs):
    """Half of the people of a round come again in the next, in the same group: what the plan takes all to do."""
    rng = np.random.default_rng(404)
    rounds, n, icc = 4, 28, 0.3
    ids = np.concatenate([np.arange(k * n // 2, k * n // 2 + n) for k in range(rounds)])
    met = pd.Series(ids).value_counts()
    sharing = Sharing(rows_per_person=float((met**2).sum() / met.sum()), rounds=rounds, icc=icc)
    difference = adjusted_found(n, n, sd=UNEXPLAINED, rounds=rounds, sharing=sharing)
    found = []
    for _ in range(runs):
        arms = []
        for sign, group in ((1, "participants"), (0, "comparison")):
            lasting = rng.normal(size=ids.max() + 1)[ids]
            pre = rng.normal(3, SD, ids.size)
            noise = sqrt(icc) * lasting + sqrt(1 - icc) * rng.normal(size=ids.size)
            post = 3 + R * (pre - 3) + sign * difference + UNEXPLAINED * noise
            arms.append(
                pd.DataFrame({"person_id": [f"{group[0]}{i}" for i in ids], "group": group, "pre": pre, "post": post})
            )
        table = pd.concat(arms, ignore_index=True)
        table = table.assign(round_id=np.tile(np.repeat(np.arange(rounds), n), 2), cluster_id=table["person_id"])
        found.append(clustered_difference(table).p_value < 0.05)
    calibrated(
        found,
        measure="clustered_difference",
        quantity=POWER,
        design=f"{n} v {n} in each of {rounds} rounds, half of them again, ICC {icc}",
        at_best=True,
    )


@pytest.mark.parametrize("runs", times(DRAWS))
@pytest.mark.parametrize("rounds", [5, 6])
def test_rounds_that_share_nobody_find_the_planned_difference(calibrated, rounds, runs):
    rng = np.random.default_rng([405, rounds])
    difference = difference_found(28, 30, sd=UNEXPLAINED, rounds=rounds)
    se = UNEXPLAINED * sqrt(1 / 28 + 1 / 30)
    found = []
    for _ in range(runs):
        frame = pd.DataFrame({"round_id": range(rounds), "value": rng.normal(difference, se, rounds), "se": se})
        found.append(pooled_difference(frame).p_value < 0.05)
    calibrated(
        found,
        measure="pooled_difference",
        quantity=POWER,
        design=f"28 v 30 in each of {rounds} rounds of other people",
    )


@pytest.mark.parametrize("runs", times(FEWER))
def test_so_many_exits_find_the_hazard_ratio(calibrated, runs):
    """People are followed until 65 of both groups have left."""
    rng = np.random.default_rng(406)
    ratio, exits, n = hazard_ratio_found(65, share_participants=0.5), 65, 200
    found = []
    for _ in range(runs):
        leave = np.concatenate([rng.exponential(1 / ratio, n), rng.exponential(1.0, n)]) * 3650
        last = np.sort(leave)[exits - 1]
        frame = pd.DataFrame(
            {
                "person_id": range(2 * n),
                "group": np.repeat(["participants", "comparison"], n),
                "time_days": np.minimum(leave, last),
                "event": (leave <= last).astype(int),
            }
        )
        found.append(log_rank(frame).p_value < 0.05)
    calibrated(
        found,
        measure="log_rank",
        quantity=POWER,
        design=f"{exits} exits of {n} v {n}, hazard ratio {ratio:.2f}",
        note=LOG_RANK,
    )
