"""Simulated programmes with known truth: the right analyses find it, the naive ones do not."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory

import pytest

from rmanalytics.evaluation.cohort import groups
from rmanalytics.evaluation.network.waves import people_at, tandem_pairs, ties_at, waves
from rmanalytics.evaluation.retention.staying import retention
from rmanalytics.evaluation.survey.outcomes import outcome_scores
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.measures.network.ei_excess import ei_excess
from rmanalytics.measures.network.ties import without_pairs
from rmanalytics.measures.survey.ancova import adjusted_difference
from rmanalytics.measures.survey.paired_change import paired_change
from rmanalytics.results import Estimate, Result
from rmanalytics.simulate import simulate

pytestmark = pytest.mark.slow

SEEDS = range(100, 130)


@dataclass(frozen=True)
class Run:
    """What one simulated round gave, beside its truth."""

    difference: Estimate
    difference_true: float
    gain: Estimate
    gain_true: float
    days: Result
    days_landmark: Result
    days_naive: Result
    until_move: Result
    bridge: float
    bridge_counted: float


@cache
def runs() -> tuple[Run, ...]:
    found = []
    for seed in SEEDS:
        with TemporaryDirectory() as place:
            folder = Path(place) / "programme"
            simulate(folder, seed=seed, rounds=1, tandems=34, employees=700)
            truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
            bundle = read_bundle(folder)
        (round_,) = bundle.programme.rounds
        answers = bundle.table("answers")
        instrument = bundle.programme.instruments["digital_fitness"]
        scored = outcome_scores(answers, groups(bundle, round_, "mentee"), instrument)
        own = scored[scored["group"] == "participants"].drop(columns="group")
        difference, gain = adjusted_difference(scored), paired_change(own)
        stayed = retention(bundle, round_)
        day = waves(bundle, round_)["after"]
        people, ties = people_at(bundle, day), ties_at(bundle, day)
        beyond = ei_excess(people, without_pairs(ties, tandem_pairs(bundle, day)))
        counted = ei_excess(people, ties)
        assert isinstance(beyond, Estimate)
        assert isinstance(counted, Estimate)
        assert isinstance(difference, Estimate)
        assert isinstance(gain, Estimate)
        changes = truth["rounds"][round_.id]["changes"]["digital_fitness"]
        found.append(
            Run(
                difference=difference,
                difference_true=changes["difference_answered"],
                gain=gain,
                gain_true=changes["gain_answered"],
                days=stayed.get("rmst_difference", outcome="retention"),
                days_landmark=stayed.get("landmark_rmst_difference"),
                days_naive=stayed.get("naive_rmst_difference"),
                until_move=stayed.get("rmst_difference", outcome="career_move"),
                bridge=beyond.value,
                bridge_counted=counted.value,
            )
        )
    return tuple(found)


def standard_errors_off(errors: list[float]) -> float:
    return mean(errors) / (stdev(errors) / math.sqrt(len(errors)))


def test_adjusted_difference_recovers_the_planted_difference() -> None:
    errors = [run.difference.value - run.difference_true for run in runs()]
    assert abs(standard_errors_off(errors)) < 3


def test_interval_of_the_adjusted_difference_covers_the_truth_at_its_rate() -> None:
    covered = sum(run.difference.lo <= run.difference_true <= run.difference.hi for run in runs())
    assert covered >= len(SEEDS) - 5  # fewer than 25 of 30 happen once in 500 times at a rate of 0.95


def test_ungated_gain_of_the_selected_is_biased_by_regression_to_the_mean() -> None:
    errors = [run.gain.value - run.gain_true for run in runs()]
    assert standard_errors_off(errors) > 3


def test_naive_retention_from_the_hire_date_is_biased_upward_where_the_right_one_is_not() -> None:
    naive = [run.days_naive.value for run in runs() if isinstance(run.days_naive, Estimate)]
    right = [run.days for run in runs() if isinstance(run.days, Estimate)]
    assert len(naive) > 20
    assert len(right) > 10
    assert mean(naive) / (stdev(naive) / math.sqrt(len(naive))) > 5
    excluding = [result for result in right if result.lo > 15 or result.hi < 0]
    assert len(excluding) <= 3  # the planted hazard ratio of 0.8 is worth some days of about 250, not more
    assert mean(naive) > 10 * abs(mean([result.value for result in right]))


def test_the_landmark_analysis_agrees_with_the_match_where_the_naive_one_does_not() -> None:
    pairs = [
        (run.days, run.days_landmark, run.days_naive)
        for run in runs()
        if all(isinstance(result, Estimate) for result in (run.days, run.days_landmark, run.days_naive))
    ]
    assert len(pairs) > 10
    assert all(abs(landmark.value - right.value) < 0.25 * (right.hi - right.lo) for right, landmark, _ in pairs)
    assert mean([naive.value for _, _, naive in pairs]) > 10 * abs(mean([landmark.value for _, landmark, _ in pairs]))


def test_no_effect_on_moves_is_planted_and_the_interval_of_days_until_a_move_holds_zero_at_its_rate() -> None:
    found = [run.until_move for run in runs() if isinstance(run.until_move, Estimate)]
    assert len(found) > 10
    excluding = sum(not result.lo <= 0 <= result.hi for result in found)
    assert excluding <= 5  # more than 5 of 30 happen once in 300 times at a rate of 0.05


def test_counting_tandem_ties_would_make_the_generations_look_closer_every_time() -> None:
    assert all(run.bridge_counted > run.bridge for run in runs())
