"""Cadence: gaps by hand, medians against a plain bootstrap, and the interval's coverage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.engagement import cadence as module
from rmanalytics.measures.engagement.cadence import cadence, longest_gap, meeting_gaps, meeting_minutes
from rmanalytics.results import Estimate, NotEstimable


def meetings(gaps):
    """Held meetings of tandems, from the days between them."""
    rows = []
    for i, own in enumerate(gaps):
        days = np.concatenate([[0], np.cumsum(own)])
        rows += [(f"t{i:03d}", pd.Timestamp("2026-01-05") + pd.Timedelta(days=int(day))) for day in days]
    return pd.DataFrame(rows, columns=["tandem_id", "held_date"])


def draw(seed=1, draws=500):
    return {"rng": np.random.default_rng(seed), "seed": seed, "draws": draws}


GAPS = [[20, 25], [14, 40, 30], [28], [35, 21, 28, 30], [60, 20], [25, 26, 27]]


def test_gaps_are_days_between_held_meetings_whatever_the_order_of_rows():
    frame = meetings(GAPS)
    lost = pd.concat([frame, pd.DataFrame({"tandem_id": ["t000"], "held_date": [pd.NaT]})])
    found = meeting_gaps(lost.sample(frac=1, random_state=3))
    assert found.groupby("tandem_id")["gap_days"].agg(list).tolist() == GAPS


@pytest.mark.parametrize("measure", [cadence, longest_gap])
def test_medians_equal_a_plain_bootstrap_with_the_same_draws(measure):
    values = [[max(own)] for own in GAPS] if measure is longest_gap else GAPS
    result = measure(meetings(GAPS), **draw(draws=200))
    times = np.random.default_rng(1).multinomial(6, [1 / 6] * 6, size=200)
    plain = [np.median(np.concatenate([own * n for own, n in zip(values, row, strict=True)])) for row in times]
    assert result.value == np.median(np.concatenate(values))
    assert (result.lo, result.hi) == tuple(np.quantile(plain, [0.025, 0.975]))


def test_drawing_in_pieces_changes_nothing(monkeypatch):
    whole = cadence(meetings(GAPS), **draw())
    monkeypatch.setattr(module, "_MOST_CELLS", 100)
    assert cadence(meetings(GAPS), **draw()) == whole


def test_minutes_are_those_of_held_meetings():
    frame = meetings(GAPS).assign(minutes=60.0)
    same = meeting_minutes(frame, **draw())
    assert isinstance(same, NotEstimable)
    assert same.because == "no variation: every value is the same"
    frame.loc[2:4, "minutes"] = [30.0, 90.0, 45.0]
    frame.loc[0, "minutes"] = np.nan
    frame.loc[1, ["held_date", "minutes"]] = [pd.NaT, 5.0]
    assert meeting_minutes(frame, **draw()).value == 60
    assert meeting_minutes(frame, **draw()).extra["values"] == len(frame) - 2


def test_tandems_that_met_once_have_no_cadence():
    result = cadence(meetings([[30]] * 5 + [[]] * 9), **draw())
    assert isinstance(result, NotEstimable)
    assert result.because == "fewer than 6 tandems with two meetings or more"


def test_alike_meetings_within_tandems_widen_the_interval():
    rng = np.random.default_rng(5)
    own = rng.integers(15, 45, 30)
    alike = cadence(meetings([[g] * 5 for g in own]), **draw())
    mixed = cadence(meetings(rng.permutation(np.repeat(own, 5)).reshape(30, 5)), **draw())
    assert isinstance(alike, Estimate)
    assert alike.value == mixed.value
    assert alike.hi - alike.lo > 1.3 * (mixed.hi - mixed.lo)


def test_the_interval_covers_the_median_of_the_population():
    rng, held, runs = np.random.default_rng(6), 0, 150
    for _ in range(runs):
        pace = rng.integers(-6, 7, 34)
        result = cadence(meetings([28 + p + rng.integers(-5, 6, 5) for p in pace]), **draw(draws=300))
        held += result.lo <= 28 <= result.hi
    assert 0.90 <= held / runs <= 1
