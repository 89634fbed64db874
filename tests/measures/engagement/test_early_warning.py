"""Watch: each rule of the early warning, that it knows nothing of the days to come, and signs of harm."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmanalytics.measures.engagement import early_warning as watch
from rmanalytics.measures.engagement.early_warning import early_warning, harm_signs

MATCHED = date(2026, 1, 5)


def tables(plan, held, *, ended=None, status=None):
    """One tandem: days after the match on which meetings are planned and held (None: not held)."""
    day = lambda n: pd.NaT if n is None else pd.Timestamp(MATCHED + timedelta(days=n))  # noqa: E731
    tandems = pd.DataFrame({"tandem_id": ["t"], "matched_date": [day(0)], "ended_date": [day(ended)]})
    meetings = pd.DataFrame(
        {
            "tandem_id": "t",
            "number": range(1, len(plan) + 1),
            "planned_date": [day(n) for n in plan],
            "held_date": [day(n) for n in held],
        }
    ).astype({"planned_date": "datetime64[s]", "held_date": "datetime64[s]"})
    if status:
        meetings["status"] = status
    return tandems.astype({"matched_date": "datetime64[s]", "ended_date": "datetime64[s]"}), meetings


def state(after, plan, held, **more):
    found = early_warning(*tables(plan, held, **more), on=MATCHED + timedelta(days=after))
    return tuple(found[["state", "reason"]].iloc[0]) if len(found) else None


PLAN = [14, 42, 70, 98, 126, 154]
NONE = [None] * 6


@pytest.mark.parametrize(
    ("after", "plan", "held", "expected"),
    [
        (10, PLAN, NONE, ("on track", watch.AS_PLANNED)),
        (14, PLAN, [14, *NONE[1:]], ("on track", watch.AS_PLANNED)),
        (15, PLAN, NONE, ("check in", watch.ONE_BEHIND)),
        (22, [30, *PLAN[1:]], NONE, ("check in", watch.NOT_MET_THREE_WEEKS)),
        (43, PLAN, NONE, ("at risk", watch.NOT_MET_SIX_WEEKS)),
        (75, PLAN, [20, *NONE[1:]], ("at risk", watch.TWO_BEHIND)),
        (75, PLAN, [20, 60, *NONE[2:]], ("check in", watch.ONE_BEHIND)),
        (84, [14, 100, 120, 130, 140, 150], [20, *NONE[1:]], ("at risk", watch.SILENT_NINE_WEEKS)),
        (63, [14, 100, 120, 130, 140, 150], [20, *NONE[1:]], ("check in", watch.SILENT_SIX_WEEKS)),
        (160, PLAN, PLAN, ("on track", watch.ALL_HELD)),
        (100, [14, 42, 70, None, None, None], [14, 42, 70, None, None, None], ("check in", watch.NO_NEXT_DATE)),
    ],
)
def test_each_rule_speaks_when_it_should(after, plan, held, expected):
    assert state(after, plan, held) == expected


def test_a_meeting_called_off_in_advance_is_no_date_to_look_forward_to():
    held = [14, 42, *NONE[2:]]
    assert state(50, PLAN, held, status=["held", "held", *["cancelled"] * 4]) == ("check in", watch.NO_NEXT_DATE)
    assert state(50, PLAN, held, status=["held", "held", "moved", *["cancelled"] * 3]) == ("on track", watch.AS_PLANNED)


def test_tandems_that_have_ended_or_are_not_yet_matched_are_not_listed():
    assert state(50, PLAN, NONE, ended=50) is None
    assert state(50, PLAN, NONE, ended=51) is not None
    assert state(-1, PLAN, NONE) is None


def test_a_tandem_without_a_row_of_meetings_is_listed():
    tandems, meetings = tables(PLAN, NONE)
    found = early_warning(tandems, meetings.iloc[:0], on=MATCHED + timedelta(days=60))
    assert found["reason"].tolist() == [watch.NOT_MET_SIX_WEEKS]


DAYS = st.lists(st.integers(1, 180), min_size=6, max_size=6, unique=True).map(sorted)


@settings(max_examples=60, deadline=None)
@given(DAYS, DAYS, st.integers(0, 180), st.none() | st.integers(1, 180))
def test_nothing_that_becomes_known_later_counts(plan, held, after, ended):
    if ended is not None and ended <= after:
        return
    known = [n if n <= after else None for n in held]
    assert state(after, plan, held, ended=ended) == state(after, plan, known)


def course(*rows):
    frame = pd.DataFrame(rows, columns=["held", "end_reason"])
    return frame.assign(tandem_id=[f"t{i}" for i in range(len(frame))], planned=6)


def scores(*rows):
    return pd.DataFrame(rows, columns=["tandem_id", "side", "score"])


def test_signs_of_harm_are_counted_among_those_of_whom_they_are_known():
    table = scores(
        ("t0", "mentor", 2.0), ("t0", "mentee", 4.5), ("t1", "mentor", 4.0), ("t1", "mentee", 4.0),
        ("t2", "mentor", np.nan), ("t2", "mentee", 1.5), ("elsewhere", "mentor", 1.0),
    )  # fmt: skip
    called = pd.DataFrame(
        {
            "tandem_id": ["t0"] * 4 + ["t1"] * 3 + ["t2"] * 2,
            "status": ["cancelled"] * 4 + ["cancelled", "missed", "held"] + ["cancelled"] * 2,
            "called_off_by": ["mentee", "mentee", "mentee", "mentor"] + ["mentor"] * 5,
        }
    )
    ended = course((2, "no_fit"), (3, "no_fit"), (0, ""))
    points = harm_signs(ended, table, least_score=2.5, most_apart=2, meetings=called).points.set_index("sign")
    assert points[["tandems_n", "known_n"]].to_dict("index") == {
        watch.ENDED_SOON: {"tandems_n": 1, "known_n": 3},
        watch.JUNIOR_LOW: {"tandems_n": 1, "known_n": 2},
        watch.SENIOR_LOW: {"tandems_n": 1, "known_n": 3},
        watch.FAR_APART: {"tandems_n": 1, "known_n": 2},
        watch.ONE_SIDED: {"tandems_n": 1, "known_n": 1},
    }
    assert (points["lo"] <= points["share"]).all()
    assert (points["share"] <= points["hi"]).all()


def test_without_scores_the_share_is_missing_and_the_count_is_of_none():
    points = harm_signs(course((6, "")), scores(), least_score=2.5, most_apart=2).points.set_index("sign")
    assert points.loc[watch.JUNIOR_LOW, "known_n"] == 0
    assert points.loc[watch.JUNIOR_LOW, ["share", "lo", "hi"]].isna().all()


def test_two_scores_of_one_side_are_refused():
    with pytest.raises(ValueError, match="more than one row"):
        harm_signs(course((6, "")), scores(("t0", "mentor", 1), ("t0", "mentor", 2)), least_score=2, most_apart=2)
