"""Calibration of measurement invariance: how often a step fails where the questionnaire measures the same.

Answers are Likert items of one factor with loadings from .55 to .85, more after than before. Draws without an estimate
(a Heywood case, no maximum) are not counted. With 6 and 10 people it is not estimable, which is held as well.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
import pandas as pd
import pytest
from soak.bands import TYPE_I
from soak.worlds import REDUCED

from rmanalytics.measures.survey.invariance import WAVES, invariance_between_groups, invariance_over_waves
from rmanalytics.results import GROUPS, NotEstimable

FAMILY = "Survey: invariance"
ITEMS = list("abcde")
LOADINGS = np.linspace(0.55, 0.85, len(ITEMS))
DRAWS = 2_000
LIBERAL = "no: liberal"
"""Of the model as a whole, whose chi-square is the one that few people spoil; no sentence rests on it."""
FEW = "answers in fifths and few people: models without an estimate are left out, and with them some that fit badly."


def sizes():
    cases = [pytest.param(34, REDUCED, id="reduced-34")]
    return cases + [pytest.param(n, DRAWS, id=f"long-{n}", marks=pytest.mark.soak) for n in (20, 34)]


def answered(rng, n, *, waves):
    """Answers from 1 to 5: people by waves by items, half of what is an item's own lasting over waves."""
    lasting = rng.normal(size=(n, 1))
    factor = sqrt(0.6) * lasting + sqrt(0.4) * rng.normal(size=(n, waves)) + 0.3 * np.arange(waves)
    own = sqrt(0.3) * rng.normal(size=(n, 1, len(ITEMS))) + sqrt(0.7) * rng.normal(size=(n, waves, len(ITEMS)))
    x = factor[:, :, None] * LOADINGS + np.sqrt(1 - LOADINGS**2) * own
    return np.clip(np.round(3.2 + 0.95 * x), 1, 5)


def over_waves(rng, n):
    x = answered(rng, n, waves=2)
    waves = [
        pd.DataFrame(x[:, i], columns=ITEMS).assign(person_id=range(n), wave=w) for i, w in enumerate(("pre", "post"))
    ]
    return invariance_over_waves(pd.concat(waves, ignore_index=True))


def between_groups(rng, n):
    x = pd.DataFrame(answered(rng, 2 * n, waves=1)[:, 0], columns=ITEMS)
    return invariance_between_groups(x.assign(person_id=range(2 * n), group=np.repeat(GROUPS, n)))


ASKED = {over_waves: "{n} people before and after", between_groups: "{n} v {n}"}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize(("n", "runs"), sizes())
def test_steps_fail_no_more_often_than_they_may(calibrated, asked, n, runs):
    rng = np.random.default_rng([601, n, list(ASKED).index(asked)])
    model, metric, scalar = [], [], []
    for _ in range(runs):
        found = asked(rng, n)
        if isinstance(found, NotEstimable):
            continue
        points = found.points.set_index("step")
        model.append(points.loc["configural", "p_value"] <= 0.05)
        metric.append(points.loc["metric", "difference_p_value"] <= 0.05)
        scalar.append(points.loc["scalar", "difference_p_value"] <= 0.05)
    assert len(model) > 0.4 * runs
    measure = {over_waves: "invariance_over_waves", between_groups: "invariance_between_groups"}[asked]
    data = {"measure": measure, "quantity": TYPE_I, "at_best": True, "note": FEW}
    for step, held in (("one factor", model), ("metric", metric), ("scalar", scalar)):
        design = f"{ASKED[asked].format(n=n)}, five items, {step}"
        calibrated(held, design=design, allowed=LIBERAL if step == "one factor" else "", **data)


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("n", [6, 10])
def test_of_six_and_ten_people_it_is_not_estimable(asked, n):
    assert isinstance(asked(np.random.default_rng(602), n), NotEstimable)


@pytest.mark.parametrize(("apart", "least", "most"), [(0.5, 0.1, 0.55), (1.0, 0.85, 1.0)])
def test_of_34_people_only_a_large_shift_of_one_question_shows(apart, least, most):
    """One question of five moves apart from the others, by half a point or a whole one: power of the last step."""
    rng, found = np.random.default_rng(603), []
    for _ in range(80):
        x = answered(rng, 34, waves=2)
        x[:, 1, 2] = np.clip(x[:, 1, 2] + (rng.random(34) < apart), 1, 5)
        waves = [pd.DataFrame(x[:, i], columns=ITEMS).assign(person_id=range(34), wave=w) for i, w in enumerate(WAVES)]
        told = invariance_over_waves(pd.concat(waves, ignore_index=True))
        if not isinstance(told, NotEstimable):
            found.append(told.points.set_index("step").loc["scalar", "difference_p_value"] <= 0.05)
    assert len(found) > 40
    assert least <= np.mean(found) <= most
