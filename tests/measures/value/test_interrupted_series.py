"""A figure before and after the programme began: its earlier trend goes on, and days without one are asked too."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols

from rmanalytics.measures.value import interrupted_series as module
from rmanalytics.measures.value.interrupted_series import interrupted_series
from rmanalytics.results import Estimate, NotEstimable

START = pd.Timestamp("2025-01-01")


def points(rng: np.random.Generator, *, trend: float = 0.0, jump: float = 0.0, n: int = 36) -> pd.DataFrame:
    days = pd.date_range("2023-01-01", periods=n, freq="MS")
    years = np.arange(n) / 12
    return pd.DataFrame({"date": days, "value": 3 + trend * years + jump * (days >= START) + rng.normal(0, 0.1, n)})


def shift(frame: pd.DataFrame) -> Estimate:
    found = interrupted_series(frame, start=START)
    assert isinstance(found, Estimate)
    return found


def test_estimate_and_error_are_those_of_newey_and_west() -> None:
    frame = points(np.random.default_rng(1), trend=0.2, jump=0.3)
    found = shift(frame)
    years = (frame["date"] - frame["date"].min()).dt.days / 365.25
    after = (frame["date"] >= START).astype(float)
    model = ols("value ~ t + a + b", frame.assign(t=years, a=after, b=after * (years - years[after > 0].mean())))
    fit = model.fit(cov_type="HAC", cov_kwds={"maxlags": int(found.extra["lags"]), "use_correction": True})
    assert (found.value, found.extra["se"]) == pytest.approx((fit.params["a"], fit.bse["a"]))
    assert (found.extra["before"], found.extra["after"], found.extra["df"]) == (24, 12, 32)


def test_a_trend_alone_is_no_effect_and_a_jump_is_found() -> None:
    naive, ours, planted = [], [], []
    for seed in range(120):
        rng = np.random.default_rng(seed)
        frame = points(rng, trend=0.2)
        before, after = (frame.loc[(frame["date"] >= START) == late, "value"] for late in (False, True))
        naive.append(after.mean() - before.mean() > 2 * np.sqrt(before.var() / len(before) + after.var() / len(after)))
        ours.append(shift(frame).lo > 0)
        planted.append(shift(points(rng, trend=0.2, jump=0.4)).lo > 0)
    assert np.mean(naive) > 0.9
    assert np.mean(ours) < 0.12
    assert np.mean(planted) > 0.8


def test_a_figure_that_jumps_at_any_day_is_seen_to() -> None:
    frame = points(np.random.default_rng(3), n=40)
    restless = frame.assign(value=frame["value"] + np.repeat([0.0, 1.0, 0.0, 1.0, 0.0], 8))
    found = shift(restless)
    assert found.extra["placebos"] == 24 - 8 - 4 + 1
    assert found.extra["placebos_beyond"] > 0


@pytest.mark.parametrize(
    ("first", "n", "reason"),
    [(17, 36, module.TOO_SHORT), (0, 27, module.TOO_SHORT), (16, 28, "")],
)
def test_it_takes_eight_points_before_and_four_after(first: int, n: int, reason: str) -> None:
    found = interrupted_series(points(np.random.default_rng(1), n=n).iloc[first:], start=START)
    assert (found.reason if isinstance(found, NotEstimable) else "") == reason


def test_what_never_changes_and_days_that_stand_twice() -> None:
    frame = points(np.random.default_rng(1))
    same = interrupted_series(frame.assign(value=3.0), start=START)
    assert isinstance(same, NotEstimable)
    assert same.reason == module.NO_CHANGE
    with pytest.raises(ValueError, match="twice"):
        interrupted_series(pd.concat([frame, frame]), start=START)
