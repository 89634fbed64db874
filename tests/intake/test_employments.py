"""A person who comes twice is one person with two employments, and each question has the one of its day."""

from __future__ import annotations

from datetime import date

import folders
import pandas as pd
from folders import write_minimal

from rmanalytics.evaluation.network.waves import people_at
from rmanalytics.evaluation.retention.staying import cohort_starts
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.measures.retention.spells import employment_spells

RETURNER = folders.MENTORS[0]


def came_back(folder):
    """The first mentor resigns in March and is hired again in August, on one id."""
    rows = folders.people()
    rows[1][3:] = ["2026-03-31", "voluntary"]
    rows.append([RETURNER, rows[1][1], "2026-08-01", "", ""])
    return read_bundle(write_minimal(folder, people=rows))


def test_the_table_has_one_row_a_person_and_every_employment_is_kept(tmp_path):
    bundle = came_back(tmp_path)
    people = bundle.table("people").set_index("person_id")
    assert people.index.is_unique
    assert str(people.loc[RETURNER, "hire_date"])[:10] == "2026-08-01"
    assert bundle.employments is not None
    assert (bundle.employments["person_id"] == RETURNER).sum() == 2
    assert sum(account.used for account in bundle.accounts if account.table == "people") == len(bundle.employments)


def test_each_day_has_its_employment(tmp_path):
    bundle = came_back(tmp_path)
    days = ("2026-02-01", "2026-05-01", "2026-09-01")
    there = [RETURNER in set(people_at(bundle, pd.Timestamp(day))["person_id"]) for day in days]
    assert there == [True, False, True]


def test_who_left_after_the_match_has_left_though_she_came_back(tmp_path):
    bundle = came_back(tmp_path)
    round_ = bundle.programme.rounds[0]
    starts = cohort_starts(bundle, round_)
    spells = employment_spells(bundle.people_on(round_.start, starts), starts, until=bundle.programme.data_until)
    (own,) = spells[spells["person_id"] == RETURNER].itertuples()
    assert (own.time_days, own.event) == (70, 1)


def test_nobody_twice_changes_nothing(tmp_path):
    bundle = read_bundle(write_minimal(tmp_path))
    assert bundle.employments is None
    pd.testing.assert_frame_equal(bundle.people_on(date(2026, 1, 1)), bundle.table("people"))
