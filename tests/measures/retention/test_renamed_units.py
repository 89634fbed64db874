"""A new name of a unit is no move of its people; people who leave a unit one by one have moved."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from rmanalytics.measures.retention.renamed_units import without_renames
from rmanalytics.measures.retention.spells import LATERAL, move_spells

DAY = pd.Timestamp("2026-03-01")


def positions(moves: list[tuple[str, str | None]], *, unit: str = "IT", later: str = "Digital") -> pd.DataFrame:
    """Everybody sits in ``unit`` from 2025 on; who has a day goes to ``later`` on it."""
    rows = []
    for person, day in moves:
        gone = pd.Timestamp(day) if day else None
        rows.append((person, pd.Timestamp("2025-01-01"), gone - pd.Timedelta(days=1) if gone else None, unit, 2))
        if gone:
            rows.append((person, gone, None, later, 2))
    frame = pd.DataFrame(rows, columns=["person_id", "start_date", "end_date", "unit", "level"])
    return frame.assign(end_date=pd.to_datetime(frame["end_date"]))


def lateral_n(frame: pd.DataFrame) -> int:
    ids = frame["person_id"].unique()
    hired = pd.Timestamp("2024-01-01")
    people = pd.DataFrame({"person_id": ids, "hire_date": hired, "exit_date": pd.NaT, "exit_reason": None})
    people["exit_date"] = pd.to_datetime(people["exit_date"])
    starts = pd.DataFrame({"person_id": ids, "group": "participants", "start_date": pd.Timestamp("2025-07-01")})
    return int(move_spells(frame, starts, people, until=date(2026, 12, 31), kinds=(LATERAL,))["event"].sum())


@pytest.mark.parametrize(
    ("moves", "naive", "moved"),
    [
        ([(f"p{i}", "2026-03-01") for i in range(8)], 8, 0),
        ([(f"p{i}", f"2026-03-{1 + 4 * i:02}") for i in range(7)] + [("p9", None)], 7, 0),
        ([(f"p{i}", f"2026-{3 + i:02}-01") for i in range(6)] + [("p9", None)], 6, 6),
        ([(f"p{i}", "2026-03-01") for i in range(3)] + [(f"q{i}", None) for i in range(5)], 3, 3),
        ([("a", "2026-03-01"), ("b", "2026-03-01")], 2, 2),
    ],
    ids=["all at once", "within a month", "one by one", "fewer than half", "a unit of two"],
)
def test_half_a_unit_within_31_days_is_a_rename(moves: list[tuple[str, str | None]], naive: int, moved: int) -> None:
    frame = positions(moves)
    assert lateral_n(frame) == naive
    assert lateral_n(without_renames(frame)) == moved


def test_a_unit_may_be_renamed_twice_and_order_of_rows_does_not_matter() -> None:
    frame = positions([(f"p{i}", "2026-03-01") for i in range(5)])
    again = frame[frame["unit"] == "Digital"].assign(unit="Data", start_date=pd.Timestamp("2026-06-01"))
    frame.loc[frame["unit"] == "Digital", "end_date"] = pd.Timestamp("2026-05-31")
    whole = pd.concat([frame, again], ignore_index=True)
    assert set(without_renames(whole)["unit"]) == {"Data"}
    turned = without_renames(whole.iloc[::-1]).sort_index()
    pd.testing.assert_frame_equal(turned, without_renames(whole))


def test_whoever_moves_later_under_the_new_name_has_moved() -> None:
    frame = positions([(f"p{i}", "2026-03-01") for i in range(5)])
    frame.loc[frame["person_id"].eq("p0") & frame["unit"].eq("Digital"), "end_date"] = pd.Timestamp("2026-08-31")
    moved = pd.DataFrame(
        {"person_id": ["p0"], "start_date": pd.Timestamp("2026-09-01"), "unit": ["Sales"], "level": [2]}
    )
    assert lateral_n(without_renames(pd.concat([frame, moved], ignore_index=True))) == 1


def test_a_column_that_is_missing_is_refused() -> None:
    with pytest.raises(ValueError, match="unit"):
        without_renames(positions([("a", None)]).drop(columns="unit"))
