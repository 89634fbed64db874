"""Branding: shares of those who saw the programme mentioned and of the others, before and after, over time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.stats.proportions import share_difference
from rmanalytics.measures.value import branding as module
from rmanalytics.measures.value.branding import exposed_difference, exposed_share, series
from rmanalytics.results import Curve, NotEstimable

COLUMNS = ["date", "metric", "value", "numerator", "denominator", "exposed", "source"]


def table(*rows):
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.assign(date=pd.to_datetime(frame["date"]))


def count(day, numerator, denominator, exposed, source=""):
    return (day, "offers_accepted", None, numerator, denominator, exposed, source)


def quarters(rng: np.random.Generator, *, drift: float, gain: float = 0.0) -> pd.DataFrame:
    """Eight quarters of offers; the share accepted drifts, and mentions become more frequent as time goes on."""
    rows = []
    for at in range(8):
        day, seen = f"{2024 + at // 4}-{1 + 3 * (at % 4):02}-01", 0.15 + 0.1 * at
        for exposed, n in (("yes", round(60 * seen)), ("no", round(60 * (1 - seen)))):
            accepts = 0.45 + drift * at / 7 + gain * (exposed == "yes")
            rows.append(count(day, rng.binomial(n, accepts), n, exposed))
    return table(*rows)


def test_counts_add_up_within_quarter_and_source_and_other_metrics_stay_out():
    data = table(
        count("2026-01-01", 30, 40, "yes", "a"),
        count("2026-02-01", 48, 80, "no", "a"),
        count("2026-04-01", 16, 20, "yes"),
        count("2026-04-01", 10, 20, "no"),
        count("2026-07-01", 5, 10, "yes"),
        ("2026-02-01", "enps", 12.0, None, None, "yes", ""),
    )
    result = exposed_difference(data, metric="offers_accepted")
    assert (result.n, result.n_comparator, result.outcome) == (60, 100, "offers_accepted")
    weights = np.array([40 * 80 / 120, 20 * 20 / 40])
    assert result.value == pytest.approx(float(weights @ [30 / 40 - 48 / 80, 16 / 20 - 10 / 20] / weights.sum()))
    assert (result.extra["quarters"], result.extra["first_quarter"], result.extra["last_quarter"]) == (2, 20261, 20262)
    share = exposed_share(data, metric="offers_accepted", exposed="no")
    assert (share.value, share.group, share.name) == (0.58, "not exposed", "branding_share")


def test_one_quarter_is_not_enough():
    data = table(count("2026-01-01", 30, 40, "yes"), count("2026-02-01", 48, 80, "no"))
    assert exposed_difference(data, metric="offers_accepted").reason == module.ONE_QUARTER


def test_drift_beside_more_mentions_fools_the_pooled_difference_and_not_this():
    naive, ours, planted = [], [], []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        data = quarters(rng, drift=0.3)
        found, counts = exposed_difference(data, metric="offers_accepted"), data.groupby("exposed")
        sums = counts[["numerator", "denominator"]].sum().astype(int)
        naive.append(
            share_difference(*sums.loc["yes"], *sums.loc["no"], name="", unit_of_analysis="", comparator="").lo > 0
        )
        ours.append(found.lo > 0)
        planted.append(exposed_difference(quarters(rng, drift=0.3, gain=0.15), metric="offers_accepted").lo > 0)
    assert np.mean(naive) > 0.15
    assert np.mean(ours) < 0.06
    assert np.mean(planted) > 0.7


def test_everybody_is_counted_once_where_totals_stand_beside_the_parts():
    data = table(
        count("2026-01-01", 5, 10, "yes"),
        count("2026-01-01", 5, 10, "no"),
        count("2026-01-01", 10, 20, "all"),
        count("2026-02-01", 15, 20, None),
    )
    assert series(data, metric="offers_accepted").points["n"].tolist() == [20, 20]


def test_a_metric_without_counts_is_a_series_of_its_values():
    data = table(
        ("2026-02-01", "enps", 12.0, None, None, "all", "pulse"),
        ("2026-01-01", "enps", -3.0, None, None, "all", "pulse"),
    )
    curve = series(data, metric="enps")
    assert isinstance(curve, Curve)
    assert curve.points.to_numpy().tolist() == [["2026-01-01", "pulse", -3.0], ["2026-02-01", "pulse", 12.0]]


def test_without_rows_nothing_is_estimable():
    data = table(count("2026-01-01", 5, 10, "yes"))
    assert exposed_difference(data, metric="offers_accepted").because == "in no stratum are there people of both groups"
    assert exposed_share(data, metric="offers_accepted", exposed="no").reason == module.NO_COUNTS
    assert series(data, metric="absent").reason == module.NO_ROWS
    assert isinstance(series(table(), metric="absent"), NotEstimable)


def test_impossible_tables_are_refused():
    with pytest.raises(ValueError, match="within 0 and its total"):
        series(table(count("2026-01-01", 11, 10, "yes")), metric="offers_accepted")
    with pytest.raises(ValueError, match="missing columns: exposed"):
        series(table().drop(columns="exposed"), metric="offers_accepted")
    with pytest.raises(ValueError, match="yes or no"):
        exposed_share(table(), metric="offers_accepted", exposed="all")
