"""Measurement invariance: against lavaan, on planted shifts, and not estimable where a model carries nothing."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.stats.one_factor_model import STEPS, Moments, fit_one_factor
from rmanalytics.measures.survey.invariance import (
    invariance_between_groups,
    invariance_over_waves,
    noncentral_limits,
)
from rmanalytics.results import Curve, NotEstimable

LAVAAN = Path(__file__).parent / "lavaan"
VALUES = pd.read_csv(LAVAAN / "values.csv")
ASKED = {"waves": invariance_over_waves, "groups": invariance_between_groups}


@pytest.fixture
def answers():
    return {name: pd.read_csv(LAVAAN / f"{name}.csv", dtype={"person_id": "str"}) for name in ASKED}


@pytest.mark.parametrize("name", ASKED)
def test_every_step_agrees_with_lavaan(answers, name):
    points = ASKED[name](answers[name]).points.set_index("step")
    theirs = VALUES[VALUES["data"] == name].set_index("step")
    assert points["df"].tolist() == theirs["df"].tolist()
    assert points["chi2"].to_numpy() == pytest.approx(theirs["chi2"].to_numpy(), abs=1e-4)
    for index in ("cfi", "rmsea", "srmr"):
        assert points[index].to_numpy() == pytest.approx(theirs[index].to_numpy(), abs=2e-5)


def test_limits_of_rmsea_agree_with_lavaan(answers):
    people = {name: len(answers[name]) / (2 if name == "waves" else 1) for name in ASKED}
    for row in VALUES.to_dict("records"):
        scale = (1 if row["data"] == "waves" else 2) / people[row["data"]] / row["df"]
        limits = np.sqrt(np.array(noncentral_limits(row["chi2"], row["df"], (0.05, 0.95))) * scale)
        assert limits == pytest.approx([row["rmsea_lo90"], row["rmsea_hi90"]], abs=1e-6)


def test_a_question_that_moved_alone_fails_the_scalar_step_and_no_other(answers):
    p = invariance_over_waves(answers["waves"]).points.set_index("step")["difference_p_value"]
    assert np.isnan(p["configural"])
    assert p["metric"] > 0.05
    assert p["scalar"] < 0.001


def test_other_order_of_people_and_names_changes_nothing(answers):
    told = invariance_over_waves(answers["waves"]).points
    mixed = answers["waves"].sample(frac=1, random_state=3).rename(columns={"a": "z"})
    pd.testing.assert_frame_equal(invariance_over_waves(mixed).points, told)


def test_people_with_a_gap_and_people_of_one_wave_are_left_out(answers):
    waves = answers["waves"].astype({"a": float})
    whole = invariance_over_waves(waves[waves["person_id"] > "2"])
    gaps = waves.assign(a=waves["a"].where((waves["person_id"] > "2") | (waves["wave"] == "post")))
    assert invariance_over_waves(gaps).n == whole.n < 40
    pd.testing.assert_frame_equal(invariance_over_waves(gaps).points, whole.points)


def refusals(waves):
    few = waves[waves["person_id"].isin(waves["person_id"].unique()[:17])]
    return {
        "fewer than 4 items": waves.drop(columns=["d", "e"]),
        "17 complete answers; a model of so many items takes 18": few,
        "an item that all answered alike": waves.assign(c=3),
        "an item that follows from the others": waves.assign(e=waves["a"]),
    }


@pytest.mark.parametrize("reason", refusals(pd.read_csv(LAVAAN / "waves.csv")))
def test_not_estimable_says_why(answers, reason):
    found = invariance_over_waves(refusals(answers["waves"])[reason])
    assert isinstance(found, NotEstimable)
    assert found.because == reason


def test_items_of_noise_are_not_estimable_or_without_a_word_of_certainty():
    rng = np.random.default_rng(5)
    kinds = []
    for _ in range(10):
        x = pd.DataFrame(rng.integers(1, 6, (60, 4)), columns=list("abcd"))
        found = invariance_between_groups(x.assign(person_id=range(60), group=["participants", "comparison"] * 30))
        kinds.append(type(found))
        if isinstance(found, Curve):
            assert found.points[["chi2", "df", "p_value", "rmsea_hi"]].notna().all(axis=None)
        else:
            assert "one factor" in found.because
    assert NotEstimable in kinds


def test_each_step_fits_no_better_than_the_one_before(answers):
    x = answers["groups"]
    groups = [Moments.of(x.loc[x["group"] == g, list("abcdef")].to_numpy(dtype=float)) for g in x["group"].unique()]
    chi2 = [fit_one_factor(groups, waves=1, step=step).chi2 for step in STEPS]
    assert chi2 == sorted(chi2)
