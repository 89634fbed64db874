"""Calibration of shares, reliability and the two people of a tandem.

Counts come in steps: the coverage of an interval for a share is no smooth figure. What is expected of Wilson's and
Newcombe's is worked out exactly from the binomial distribution.
"""

from __future__ import annotations

from functools import cache
from math import log, sqrt

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from soak.bands import CAUTIOUS, COVERAGE, TYPE_I
from soak.worlds import DRAWS, SD, holds, sizes

from rmanalytics.measures.engagement.delivery import first_meeting_delay, held_share
from rmanalytics.measures.stats.means import scale_mean
from rmanalytics.measures.stats.proportions import share_difference, wilson_share
from rmanalytics.measures.survey.apim import dyadic_icc, rest_correlation, side_difference
from rmanalytics.measures.survey.scoring import cronbach_alpha
from rmanalytics.results import Estimate

FAMILY = "Shares, scales, tandems"
SHARE, OTHER = 0.7, 0.5
STEPS = "shares of few people come in steps; coverage at one share lies above or below by what the steps leave."
SPREAD = "how unlike tandems are is itself estimated, from ten tandems too high more often than too low."


@cache
def wilson(count, n):
    return wilson_share(count, n, name="completion_share", unit_of_analysis="tandem")


@cache
def newcombe(count, count_comparator, n):
    return share_difference(
        count, n, count_comparator, n, name="share_difference", unit_of_analysis="person", comparator=""
    )


@pytest.mark.parametrize(("n", "runs"), [case for case in sizes(DRAWS) if case.id != "reduced-34"])
def test_intervals_of_shares_hold_the_truth(calibrated, n, runs):
    rng = np.random.default_rng([301, n])
    first, second = rng.binomial(n, SHARE, runs).tolist(), rng.binomial(n, OTHER, runs).tolist()
    exact = sum(float(binom.pmf(count, n, SHARE)) * holds(wilson(count, n), SHARE) for count in range(n + 1))
    one = [holds(wilson(count, n), SHARE) for count in first]
    two = [holds(newcombe(*counts, n), SHARE - OTHER) for counts in zip(first, second, strict=True)]
    data = {"quantity": COVERAGE, "note": STEPS}
    calibrated(one, measure="wilson_share", design=f"{n} tandems, share {SHARE}", expected=exact, **data)
    calibrated(
        two,
        measure="share_difference",
        design=f"{n} v {n}, shares {SHARE} and {OTHER}",
        expected=exact_newcombe(n),
        **data,
    )


@pytest.mark.parametrize(("n", "runs"), sizes(DRAWS))
def test_intervals_of_shares_hold_the_truth_on_average_over_all_shares(calibrated, n, runs):
    rng = np.random.default_rng([303, n])
    shares = rng.random(runs)
    held = [holds(wilson(int(rng.binomial(n, share)), n), share) for share in shares]
    calibrated(held, measure="wilson_share", quantity=COVERAGE, design=f"{n} tandems, any share alike")


@cache
def exact_newcombe(n):
    chances = [binom.pmf(np.arange(n + 1), n, share) for share in (SHARE, OTHER)]
    return sum(
        float(chances[0][i] * chances[1][j]) * holds(newcombe(i, j, n), SHARE - OTHER)
        for i in range(n + 1)
        for j in range(n + 1)
        if chances[0][i] * chances[1][j] > 1e-12
    )


@pytest.mark.parametrize(("n", "runs"), sizes(DRAWS))
def test_tests_of_two_equal_shares_reject_no_more_often_than_they_may(calibrated, n, runs):
    rng = np.random.default_rng([302, n])
    pairs = zip(rng.binomial(n, SHARE, runs).tolist(), rng.binomial(n, SHARE, runs).tolist(), strict=True)
    rejected = [newcombe(*counts, n).p_value <= 0.05 for counts in pairs]
    calibrated(
        rejected,
        measure="share_difference",
        quantity=TYPE_I,
        design=f"{n} v {n}, both shares {SHARE}",
        at_best=True,
    )


@pytest.mark.parametrize(("n", "runs"), sizes(DRAWS))
def test_the_share_of_meetings_held_and_the_first_delay_hold_the_truth(calibrated, n, runs):
    rng = np.random.default_rng([303, n])
    meetings, delays = [], []
    matched = pd.Series(pd.Timestamp("2026-01-01"), index=range(n))
    for _ in range(runs):
        own = rng.beta(0.8 * 5, 0.2 * 5, n)
        held = rng.binomial(6, own)
        found = held_share(pd.DataFrame({"tandem_id": range(n), "planned": 6, "held": held}))
        if isinstance(found, Estimate):
            meetings.append(holds(found, 0.8))
        first = matched + pd.to_timedelta(np.floor(rng.exponential(20, n)), unit="D")
        days = pd.DataFrame({"tandem_id": range(n), "matched_date": matched, "first_held_date": first})
        delays.append(holds(first_meeting_delay(days), np.floor(20 * log(2))))
    calibrated(
        meetings,
        measure="held_share",
        quantity=COVERAGE,
        design=f"{n} tandems of six meetings, unlike each other",
        allowed=CAUTIOUS,
        note=SPREAD,
    )
    calibrated(
        delays,
        measure="first_meeting_delay",
        quantity=COVERAGE,
        design=f"{n} tandems, whole days",
        at_best=True,
    )


@pytest.mark.parametrize(("n", "runs"), sizes(DRAWS))
def test_alpha_and_the_mean_of_a_scale_hold_the_truth(calibrated, n, runs):
    rng = np.random.default_rng([304, n])
    items, r = 5, 0.4
    alpha = items * r / (1 + (items - 1) * r)
    reliable, means = [], []
    for _ in range(runs):
        own = rng.normal(size=(n, 1)) * sqrt(r)
        answers = own + rng.normal(size=(n, items)) * sqrt(1 - r)
        found = cronbach_alpha(pd.DataFrame(answers).assign(person_id=range(n)))
        reliable.append(holds(found, alpha))
        scored = pd.DataFrame({"unit_id": range(n), "score": 3.2 + SD * own[:, 0]})
        means.append(holds(scale_mean(scored, reference=3.0), 3.2))
    calibrated(
        reliable, measure="cronbach_alpha", quantity=COVERAGE, design=f"{n} people, {items} items, alpha {alpha:.2f}"
    )
    calibrated(means, measure="scale_mean", quantity=COVERAGE, design=f"{n} tandems")


@pytest.mark.parametrize(("n", "runs"), sizes(DRAWS))
def test_how_alike_and_how_far_apart_the_two_of_a_tandem_are_holds_the_truth(calibrated, n, runs):
    rng = np.random.default_rng([305, n])
    icc, gap, unrelated = [], [], []
    for _ in range(runs):
        shared, own = rng.normal(size=(n, 1)), rng.normal(size=(n, 2))
        answers = sqrt(0.3) * shared + sqrt(0.7) * own
        pairs = pd.DataFrame({"tandem_id": range(n), "mentor": answers[:, 0], "mentee": answers[:, 1]})
        icc.append(holds(dyadic_icc(pairs), 0.3))
        gap.append(holds(side_difference(pairs), 0.0))
        strangers = pd.DataFrame({"tandem_id": range(n), "mentor": own[:, 0], "mentee": own[:, 1]})
        unrelated.append(dyadic_icc(strangers).p_value <= 0.05)
    calibrated(icc, measure="dyadic_icc", quantity=COVERAGE, design=f"{n} tandems, ICC 0.3")
    calibrated(unrelated, measure="dyadic_icc", quantity=TYPE_I, design=f"{n} tandems of strangers")
    calibrated(gap, measure="side_difference", quantity=COVERAGE, design=f"{n} tandems, ICC 0.3")


@pytest.mark.parametrize(("n", "runs"), sizes(DRAWS))
def test_what_is_left_of_both_sides_holds_the_truth(calibrated, n, runs):
    rng, alike, held = np.random.default_rng([310, n]), 0.5, []
    for _ in range(runs):
        before, shared = rng.normal(size=(2, n)), rng.normal(size=n)
        after = 0.5 * before + 0.2 * before[::-1] + sqrt(alike) * shared + sqrt(1 - alike) * rng.normal(size=(2, n))
        columns = {"mentor_pre": before[0], "mentee_pre": before[1], "mentor_post": after[0], "mentee_post": after[1]}
        held.append(holds(rest_correlation(pd.DataFrame({"tandem_id": range(n), **columns})), alike))
    calibrated(held, measure="rest_correlation", quantity=COVERAGE, design=f"{n} tandems, correlation {alike}")
