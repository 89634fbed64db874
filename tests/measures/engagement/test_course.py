"""The course of the tandems: survival by meeting, reasons that compete, and what was called off."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmanalytics.measures.engagement import course as module
from rmanalytics.measures.engagement.course import (
    cancellations,
    cancelled_share,
    ending_incidence,
    tandem_course,
    tandem_survival,
)
from rmanalytics.results import Curve, Estimate, NotEstimable

END = date(2026, 6, 30)


def course(*rows, planned=6):
    frame = pd.DataFrame(rows, columns=["held", "end_reason"])
    return frame.assign(tandem_id=[f"t{i}" for i in range(len(frame))], planned=planned)


def tables(*rows):
    """Tandems of (days held, day ended, reason); days are numbers from the first of January."""
    day = lambda n: pd.NaT if n is None else pd.Timestamp("2026-01-01") + pd.Timedelta(days=n)  # noqa: E731
    tandems = pd.DataFrame(
        [(f"t{i}", day(ended), reason) for i, (_, ended, reason) in enumerate(rows)],
        columns=["tandem_id", "ended_date", "end_reason"],
    )
    meetings = pd.DataFrame(
        [(f"t{i}", number, day(n)) for i, (days, *_) in enumerate(rows) for number, n in enumerate(days, start=1)],
        columns=["tandem_id", "number", "held_date"],
    )
    return (
        tandems.astype({"ended_date": "datetime64[s]", "end_reason": "str"}),
        meetings.astype({"held_date": "datetime64[s]"}),
    )


def test_the_course_counts_what_was_held_and_keeps_the_reason_of_those_that_ended_short():
    days = [10, 40, 70, 100, 130, 160]
    tandems, meetings = tables(
        (days, None, None),
        (days, 170, "new_role"),
        (days[:2], 60, "no_fit"),
        ([10, None], 90, None),
        ([], 300, "later"),
    )
    result = tandem_course(tandems, meetings, planned=6, until=END)
    assert result["held"].tolist() == [6, 6, 2, 1, 0]
    assert result["end_reason"].tolist() == ["", "", "no_fit", module.NOT_STATED, ""]


def test_in_the_middle_of_the_round_nothing_is_known_of_its_end():
    days = [10, 40, 70, 100, 130, 160]
    tandems, meetings = tables((days, None, None), (days[:3], 99, "no_fit"))
    result = tandem_course(tandems, meetings, planned=6, until=date(2026, 3, 1))
    assert result["held"].tolist() == [2, 2]
    assert result["end_reason"].tolist() == ["", ""]


def by_hand(frame, number):
    """Share that reaches a meeting, one factor a meeting."""
    share = 1.0
    for j in range(1, number + 1):
        reached = int((frame["held"] >= j).sum())
        lost = int(((frame["held"] == j - 1) & (frame["end_reason"] != "")).sum())
        share *= 1 - lost / (reached + lost) if reached + lost else 1
    return share


ROWS = st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["", "no_fit", "no_time"])), min_size=6, max_size=40)


@settings(max_examples=30, deadline=None)
@given(ROWS)
def test_survival_is_the_product_over_meetings_and_the_reasons_add_up_to_the_rest(rows):
    frame = course(*[(held, "" if held == 6 else reason) for held, reason in rows])
    survival, endings = tandem_survival(frame), ending_incidence(frame)
    assert isinstance(survival, Curve)
    assert isinstance(endings, Curve)
    points = survival.points.set_index("number")
    assert points.index.tolist() == list(range(7))
    for number in range(7):
        lost = points.loc[number, "ended_n"]
        assert lost == ((frame["held"] == number - 1) & (frame["end_reason"] != "")).sum()
        if number:
            assert points.loc[number, "at_risk_n"] == (frame["held"] >= number).sum() + lost
        shares = endings.points.loc[endings.points["number"] == number, "incidence"].sum()
        assert points.loc[number, "survival"] + shares == pytest.approx(1)
        assert points.loc[number, "survival"] == pytest.approx(by_hand(frame, number))


def test_without_an_ending_every_tandem_lasts_and_no_reason_is_shown():
    frame = course(*[(6, "")] * 8)
    assert tandem_survival(frame).points["survival"].tolist() == [1.0] * 7
    assert ending_incidence(frame).points.empty


def test_limits_are_missing_where_no_tandem_is_left():
    points = tandem_survival(course(*[(1, "no_fit")] * 6)).points
    assert points["survival"].tolist() == [1, 1, 0, 0, 0, 0, 0]
    assert points["lo"].isna().tolist() == [False, False, True, True, True, True, True]


def test_a_few_tandems_have_no_curve():
    for measure in (tandem_survival, ending_incidence):
        result = measure(course(*[(6, "")] * 5))
        assert isinstance(result, NotEstimable)
        assert result.because == "fewer than 6 tandems"


def test_impossible_courses_are_refused():
    with pytest.raises(ValueError, match="within 0 and its total"):
        tandem_survival(course(*[(7, "")] * 6))
    with pytest.raises(ValueError, match="more than one row"):
        tandem_survival(pd.concat([course((1, "")), course((2, ""))]))


def meetings(statuses, called_off_by=None):
    rows = [(f"t{i}", n, s) for i, own in enumerate(statuses) for n, s in enumerate(own, start=1)]
    frame = pd.DataFrame(rows, columns=["tandem_id", "number", "status"])
    return frame if called_off_by is None else frame.assign(called_off_by=called_off_by)


def test_the_share_called_off_is_pooled_and_wider_where_it_gathers_in_some_tandems():
    spread = cancelled_share(
        meetings([["cancelled", "held", "held"]] * 3 + [["missed", "held", "moved"]] * 2 + [["held"] * 3])
    )
    gathered = cancelled_share(meetings([["cancelled"] * 3, ["missed", "cancelled", "held"]] + [["held"] * 3] * 4))
    assert isinstance(spread, Estimate)
    assert isinstance(gathered, Estimate)
    assert spread.value == gathered.value == pytest.approx(5 / 18)
    assert gathered.hi - gathered.lo > 1.5 * (spread.hi - spread.lo)
    assert spread.extra["cancelled"] == 5
    assert cancelled_share(meetings([["held"]] * 6)).reason == module.NEVER_CANCELLED


def test_cancellations_are_counted_by_status_and_by_side_where_that_is_stated():
    table = meetings([["cancelled", "cancelled", "moved"], ["held", "cancelled", "missed"]])
    points = cancellations(table.assign(called_off_by=["mentor", "mentor", None, None, "mentee", None])).points
    assert points.to_numpy().tolist() == [
        ["cancelled", "mentee", 1, 1],
        ["cancelled", "mentor", 2, 1],
        ["missed", module.NOT_STATED, 1, 1],
        ["moved", module.NOT_STATED, 1, 1],
    ]
    assert cancellations(table).points["called_off_by"].unique().tolist() == [module.NOT_STATED]
    assert cancellations(meetings([["held"]])).points.empty


def test_measures_do_not_change_their_tables():
    frame, table = course(*[(3, "no_fit"), (6, "")] * 4), meetings([["cancelled", "held"]] * 8)
    kept = frame.copy(), table.copy()
    tandem_survival(frame), ending_incidence(frame), cancelled_share(table), cancellations(table)
    pd.testing.assert_frame_equal(frame, kept[0])
    pd.testing.assert_frame_equal(table, kept[1])
    assert np.all(frame["held"] <= frame["planned"])
