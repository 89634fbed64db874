"""Round trip: the invented programme, written as other tools would, gives the same tidy tables to the cell."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from rmanalytics.intake.bundle import Bundle, read_bundle
from rmanalytics.simulate.exports import EXPORTS, write_as

EXAMPLE = Path(__file__).parents[2] / "data" / "example_small"


@pytest.fixture(scope="module")
def before() -> Bundle:
    return read_bundle(EXAMPLE)


def written(folder: Path, kind: str) -> Bundle:
    shutil.copytree(EXAMPLE, folder)
    assert write_as(folder, kind)
    return read_bundle(folder)


@pytest.mark.parametrize("kind", [kind for kind in EXPORTS if kind not in ("snapshots", "ical", "codes")])
def test_a_tool_s_export_gives_the_same_tables_to_the_cell(tmp_path: Path, before: Bundle, kind: str) -> None:
    after = written(tmp_path / "p", kind)
    for table in EXPORTS[kind][0]:
        pd.testing.assert_frame_equal(after.table(table), before.table(table))
    assert all(sum(tally.counts.values()) == tally.rows for tally in after.tallies)
    if kind == "qualtrics":
        assert {k: sum(t.counts[k] for t in after.tallies) for k in ("previews", "unfinished")} == {
            "previews": len(after.tallies),
            "unfinished": len(after.tallies),
        }
    if kind == "limesurvey":
        assert sum(tally.counts["unfinished"] for tally in after.tallies) == len(after.tallies)


def test_a_calendar_gives_the_same_meetings_but_for_what_it_cannot_say(tmp_path: Path, before: Bundle) -> None:
    after, meetings = written(tmp_path / "p", "ical").table("meetings"), before.table("meetings")
    held = meetings["status"] == "held"
    told = ["tandem_id", "planned_date", "held_date", "minutes"]
    assert len(after) == len(meetings)
    assert (after["status"] == "held").sum() == held.sum()
    ours = after.loc[after["status"] == "held", told].reset_index(drop=True)
    pd.testing.assert_frame_equal(ours, meetings.loc[held, told].reset_index(drop=True))
    assert not after.astype(str).apply(lambda column: column.str.contains("About|Room|One|Two")).any(axis=None)


def test_snapshots_give_the_same_people_and_positions_as_far_as_months_tell(tmp_path: Path, before: Bundle) -> None:
    bundle = written(tmp_path / "p", "snapshots")
    people = bundle.table("people").set_index("person_id")
    was = before.table("people").set_index("person_id").loc[people.index]
    for column in ("birth_year", "hire_date", "exit_date", "exit_reason"):
        pd.testing.assert_series_equal(people[column], was[column])
    ends = pd.date_range("2020-07-31", "2026-09-30", freq="ME")
    for day in ends[::6]:
        pd.testing.assert_frame_equal(on(bundle, day), on(before, day))
    assert any(problem.code == "RM-W-157" for problem in bundle.problems)


def on(bundle: Bundle, day: pd.Timestamp) -> pd.DataFrame:
    """Who is where on a day."""
    positions = bundle.table("positions")
    there = positions[(positions["start_date"] <= day) & ~(positions["end_date"] < day)]
    return there[["person_id", "unit", "level", "manager_id", "job_family"]].reset_index(drop=True)
