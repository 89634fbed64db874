"""Opportunities: roles after the start, rates that allow for spread, and alumni whose wait does not count."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.retention import event_rates as module
from rmanalytics.measures.retention.event_rates import (
    rehire_rate,
    rehire_rate_ratio,
    role_counts,
    role_rate_ratio_spread,
)
from rmanalytics.measures.stats import rates
from rmanalytics.results import Estimate, NotEstimable

UNTIL = date(2026, 6, 30)


def dated(rows, columns):
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(**{c: pd.to_datetime(frame[c]) for c in columns if c.endswith(("_date", "_from"))})


PEOPLE = dated(
    [("a", "2020-01-01", None, None), ("b", "2020-01-01", "2026-03-31", "voluntary")],
    ["person_id", "hire_date", "exit_date", "exit_reason"],
)


def test_roles_count_from_the_day_after_the_start_to_the_end_of_the_following():
    starts = dated(
        [
            ("a", "participants", "2026-01-15", None),
            ("b", "participants", "2026-01-15", None),
            ("a", "comparison", "2025-01-15", "2026-01-15"),
        ],
        ["person_id", "group", "start_date", "stop_date"],
    )
    days = ["2025-01-15", "2025-06-01", "2026-01-15", "2026-01-16", "2026-06-30", "2026-07-01"]
    projects = dated([("a", d) for d in days] + [("b", "2026-03-31"), ("b", "2026-04-01")], ["person_id", "start_date"])
    counts = role_counts(projects, starts, PEOPLE, until=UNTIL)
    assert counts["roles_n"].tolist() == [2, 1, 2]
    assert counts["followed_days"].tolist() == [166, 75, 365]


def counts(own, other, days=365.25):
    rows = [(f"p{i}", "participants", n) for i, n in enumerate(own)] + [
        (f"c{i}", "comparison", n) for i, n in enumerate(other)
    ]
    return pd.DataFrame(rows, columns=["person_id", "group", "roles_n"]).assign(followed_days=days)


def test_the_ratio_is_that_of_roles_over_time():
    table = counts([2, 0, 1, 1, 0, 0, 2], [0, 1, 0, 0, 1, 0, 0, 0])
    table["followed_days"] = np.where(table["group"] == "participants", 200.0, 400.0)
    result = role_rate_ratio_spread(table)
    assert isinstance(result, Estimate)
    assert result.value == pytest.approx((6 / (7 * 200)) / (2 / (8 * 400)))
    assert (result.n, result.n_comparator, result.extra["events"]) == (7, 8, 6)
    assert role_rate_ratio_spread(table.sample(frac=1, random_state=1)) == result


def test_people_who_take_many_roles_are_held_by_the_interval():
    rng, runs, held = np.random.default_rng(2), 300, 0
    for _ in range(runs):
        keen = rng.gamma(0.5, 2.0, 100)
        spread = role_rate_ratio_spread(counts(rng.poisson(keen[:40]), rng.poisson(keen[40:])))
        held += spread.lo <= 1 <= spread.hi
    assert held / runs >= 0.92


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (counts([1] * 5, [1] * 9), module.TOO_FEW_IN_GROUP),
        (counts([1] * 6, [0] * 6), module.NONE_IN_GROUP),
        (counts([1] * 6, [1] * 6, days=0), module.NO_TIME),
        (counts([1] * 6, [1] * 6), module.NO_SPREAD),
    ],
)
def test_where_a_ratio_cannot_be_said_the_reason_stands(table, reason):
    result = role_rate_ratio_spread(table)
    assert isinstance(result, NotEstimable)
    assert result.reason == reason


def alumni(*rows):
    return dated(rows, ["person_id", "exit_date", "involved_from", "rehire_date"])


def test_time_before_the_involvement_counts_as_not_involved():
    table = alumni(
        ("early", "2020-01-01", "2019-06-01", "2021-01-01"),  # involved before the exit: from the exit on
        ("late", "2020-01-01", "2023-01-01", None),
        ("with", "2020-01-01", "2022-01-01", "2022-01-01"),  # involved on the day of the return
        ("never", "2020-01-01", None, "2020-12-31"),
        ("after", "2020-01-01", "2027-01-01", "2028-01-01"),  # nothing of it is known yet
        ("new", "2026-07-15", "2026-07-15", None),
    )
    result = rehire_rate_ratio(table, until=UNTIL)
    assert isinstance(result, Estimate)
    followed = (pd.Timestamp(UNTIL) - pd.Timestamp("2020-01-01")).days
    involved = 366 + (pd.Timestamp(UNTIL) - pd.Timestamp("2023-01-01")).days
    assert result.extra["years"] * module.DAYS_A_YEAR == pytest.approx(involved)
    assert result.extra["years_comparison"] * module.DAYS_A_YEAR == pytest.approx(1096 + 731 + 365 + followed)
    assert (result.extra["events"], result.extra["events_comparison"]) == (1, 2)
    assert (result.n, result.n_comparator) == (2, 4)
    assert rehire_rate(table, until=UNTIL).extra["events"] == 3


def test_counting_the_wait_would_flatter_the_programme_and_is_not_done():
    rng, n = np.random.default_rng(4), 4000
    gone = pd.Timestamp("2016-01-01") + pd.to_timedelta(rng.integers(0, 1000, n), unit="D")
    back = gone + pd.to_timedelta(rng.exponential(2000, n).astype(int) + 1, unit="D")
    asked = gone + pd.to_timedelta(rng.exponential(1500, n).astype(int), unit="D")
    involved = pd.Series(asked).where(asked < back)  # who has come back is no longer an alumnus
    frame = {"person_id": range(n), "exit_date": gone, "involved_from": involved.to_numpy(), "rehire_date": back}
    result = rehire_rate_ratio(pd.DataFrame(frame), until=UNTIL)
    assert result.lo <= 1 <= result.hi
    ever = involved.notna().to_numpy()
    seen = (back <= pd.Timestamp(UNTIL)).astype(int)
    assert seen[ever].mean() < seen[~ever].mean() - 0.1


def test_nobody_followed_has_neither_a_rate_nor_a_ratio():
    assert rehire_rate(alumni(), until=UNTIL).reason == rates.NOBODY_FOLLOWED
    assert rehire_rate_ratio(alumni(("a", "2025-01-01", None, None)), until=UNTIL).reason == rates.NO_TIME


def test_impossible_tables_are_refused():
    with pytest.raises(ValueError, match="before the exit"):
        rehire_rate(alumni(("a", "2025-01-01", None, "2024-01-01")), until=UNTIL)
    with pytest.raises(ValueError, match="group: participants or comparison"):
        role_rate_ratio_spread(counts([1] * 6, [1] * 6).assign(group="others"))
    with pytest.raises(ValueError, match="from 0"):
        role_rate_ratio_spread(counts([1] * 6, [-1] * 6))
