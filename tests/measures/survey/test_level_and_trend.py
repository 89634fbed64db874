"""Able units have high scores and many tandems: a slope of levels is fooled by them, three signs together are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.survey.exposure_response import PER_TANDEM, exposure_slope
from rmanalytics.measures.survey.level_and_trend import PARTS, level_and_trend
from rmanalytics.results import Estimate, NotEstimable


def company(rng: np.random.Generator, *, able: float = 0.0, rise: float = 0.0, gain: float = 0.0) -> pd.DataFrame:
    """30 units of 12 people; half have tandems, units that are able more."""
    level = rng.normal(0, 0.4, 30)
    exposure = np.maximum(0, rng.normal(0, 3, 30) + able * level)
    unit = np.repeat(np.arange(30), 12)
    own = rng.normal(3, 0.5, unit.size) + level[unit]
    before = own + rng.normal(0, 0.4, unit.size)
    score = own + rise + gain * exposure[unit] + rng.normal(0, 0.1, 30)[unit] + rng.normal(0, 0.4, unit.size)
    columns = {"person_id": range(unit.size), "unit": unit, "exposure": exposure[unit]}
    return pd.DataFrame({**columns, "before": before, "score": score})


def test_able_units_fool_the_slope_of_levels_and_not_the_three_signs() -> None:
    naive, ours, planted = [], [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        able = company(rng, able=8, rise=0.1)
        naive.append(exposure_slope(able, unit=PER_TANDEM).lo > 0)
        ours.append(level_and_trend(able, years=0.5).lo > 0)
        planted.append(level_and_trend(company(rng, able=8, rise=0.1, gain=0.1), years=0.5).lo > 0)
    assert np.mean(naive) > 0.5
    assert np.mean(ours) < 0.08
    assert np.mean(planted) > 0.8


def test_the_figure_is_that_of_the_part_with_the_smallest_t() -> None:
    found = level_and_trend(company(np.random.default_rng(1), gain=0.2), years=0.5)
    assert isinstance(found, Estimate)
    t = [found.extra[part] / found.extra[f"{part}_se"] for part in PARTS]
    weakest = int(np.argmin(t))
    assert found.extra["weakest"] == weakest
    assert found.value == found.extra[PARTS[weakest]]
    assert found.value / found.extra["se"] == pytest.approx(min(t))


def test_a_company_in_which_units_with_tandems_rise_while_all_fall_is_not_told_to_rise() -> None:
    found = level_and_trend(company(np.random.default_rng(2), rise=-0.6, gain=0.1), years=0.5)
    assert isinstance(found, Estimate)
    assert found.extra["change"] > 2 * found.extra["change_se"]
    assert (found.extra["weakest"], found.unit) == (0, "points per year")
    assert found.hi is not None
    assert found.hi < 0


def test_people_of_one_pulse_are_counted_and_few_units_refused() -> None:
    frame = company(np.random.default_rng(3))
    frame.loc[:4, "before"] = np.nan
    found = level_and_trend(frame, years=1)
    assert isinstance(found, Estimate)
    assert (found.n, found.n_excluded) == (355, 5)
    assert isinstance(level_and_trend(frame[frame["unit"] < 9], years=1), NotEstimable)
    assert isinstance(level_and_trend(frame.assign(score=frame["before"] + 1), years=1), NotEstimable)
