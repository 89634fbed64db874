"""The employer brand: figures that a mention cannot move, earlier days, and a control series catch what fools it."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from wrong_worlds import judged, mentions, series, together

from rmanalytics.evaluation.verdicts import records_over_rounds as records
from rmanalytics.results import NotEstimable


def test_a_mention_that_moves_offers_and_nothing_else_points_for_it() -> None:
    word, bound, said = judged(mentions(1, offers=0.15, canteen=0.0), placebos=["canteen"])
    assert (word, bound, said["placebo"].passed) == ("points_for", "design", True)


def test_keen_people_who_see_mentions_and_like_everything_are_caught_by_what_a_mention_cannot_move() -> None:
    """The naive figure is the same as in an honest world; salaries cannot have been moved by a mention."""
    table = mentions(2, offers=0.15, salary=0.15)
    assert judged(table)[0] == "points_for"
    word, bound, said = judged(table, placebos=["salary"])
    assert (word, bound, asdict(said["placebo"])["values"]["moved"]) == ("could_not", "placebo", 1)


def test_a_placebo_that_was_not_counted_is_no_passed_one_and_the_other_way_is_no_alarm() -> None:
    table = mentions(3, offers=0.15, canteen=-0.15)
    assert judged(table, placebos=["canteen"])[2]["placebo"].passed is True
    word, bound, said = judged(table, placebos=["canteen", "nothing"])
    assert (word, bound, said["placebo"].passed) == ("could_not", "placebo", None)


def test_a_step_of_the_rating_alone_is_found_with_and_without_a_control_series() -> None:
    table, aim = series(4, step=0.4), {"smallest_effect": 0.1, "smallest": 0.1}
    word, bound, said = judged(table, **aim)
    assert (word, bound, said["placebo_dates"].passed) == ("points_for", "design", True)
    assert "within_quarters" not in said
    assert judged(table, level=3, control="control", **aim)[:2] == ("shown", "")
    assert together(table, control="control", smallest_effect=0.1).counts["controlled"] == 1


def test_what_moves_every_rating_is_no_work_of_the_programme() -> None:
    table, aim = series(5, step=0.0, control=0.4), {"smallest_effect": 0.1, "smallest": 0.1}
    assert judged(table, **aim)[0] == "points_for", "the naive series is fooled"
    assert judged(table, level=3, control="control", **aim)[0] in ("not_shown", "could_not")


def test_a_series_that_moves_as_far_without_a_programme_cannot_tell() -> None:
    table = series(6, step=1.3, drift=0.6)
    word, bound, said = judged(table[table["metric"] == "offers"], smallest_effect=0.1, smallest=0.1)
    assert asdict(said["placebo_dates"])["values"]["beyond"] > 1
    assert (word, bound) == ("could_not", "placebo_dates")


@pytest.mark.parametrize(
    ("change", "declared", "reason"),
    [
        (lambda t: t, {}, records.NO_SMALLEST),
        (lambda t: t, {"smallest_effect": 0.1, "control": "elsewhere"}, records.NO_CONTROL),
        (lambda t: t.assign(source=["a", "b"] * (len(t) // 2)), {"smallest_effect": 0.1}, records.SOURCES),
    ],
)
def test_a_series_that_the_plan_leaves_open_is_refused_with_the_reason(change, declared, reason) -> None:
    found = together(change(series(7, step=0.4)), **declared).estimate
    assert isinstance(found, NotEstimable)
    assert found.reason == reason


def test_a_series_too_short_is_not_estimable() -> None:
    short = series(8, step=0.4)
    short = short[short["date"] >= "2024-08-01"]
    assert isinstance(together(short, smallest_effect=0.1).estimate, NotEstimable)
