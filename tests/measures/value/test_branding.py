"""Branding: shares of those who saw the programme mentioned and of the others, before and after, over time."""

from __future__ import annotations

import pandas as pd
import pytest
from golden_data import close, golden

from rmanalytics.measures.value import branding as module
from rmanalytics.measures.value.branding import exposed_difference, exposed_share, series
from rmanalytics.results import Curve, NotEstimable

COLUMNS = ["date", "metric", "value", "numerator", "denominator", "exposed", "source"]


def table(*rows):
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.assign(date=pd.to_datetime(frame["date"]))


def count(day, numerator, denominator, exposed, source=""):
    return (day, "offers_accepted", None, numerator, denominator, exposed, source)


@pytest.mark.golden
def test_exposed_difference_equals_r_on_newcombes_examples():
    case, folder = golden("prop_newcombe1998")
    for row, expected in zip(
        pd.read_csv(folder / "two_group.csv").itertuples(), case["expected"]["newcombe"], strict=True
    ):
        data = table(count("2026-01-01", row.k1, row.n1, "yes"), count("2026-01-01", row.k2, row.n2, "no"))
        result = exposed_difference(data, metric="offers_accepted")
        assert close(case, result.value, expected["diff"])
        assert close(case, result.lo, expected["lower"])
        assert close(case, result.hi, expected["upper"])


def test_days_and_sources_add_up_and_other_metrics_stay_out():
    data = table(
        count("2026-01-01", 30, 40, "yes", "a"),
        count("2026-01-01", 10, 10, "yes", "b"),
        count("2026-02-01", 16, 20, "yes"),
        count("2026-02-01", 48, 80, "no"),
        ("2026-02-01", "enps", 12.0, None, None, "yes", ""),
    )
    result = exposed_difference(data, metric="offers_accepted")
    assert (result.n, result.n_comparator, result.outcome) == (70, 80, "offers_accepted")
    assert round(result.value, 10) == 0.2
    share = exposed_share(data, metric="offers_accepted", exposed="no")
    assert (share.value, share.group, share.name) == (0.6, "not exposed", "branding_share")


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
    assert exposed_difference(data, metric="offers_accepted").reason == module.NO_COUNTS
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
