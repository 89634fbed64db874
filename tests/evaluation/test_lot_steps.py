"""What is next before a round: told where it is undone, silent where it is done or far away."""

from __future__ import annotations

from datetime import date

import lot_world
import pytest

from rmanalytics.evaluation.study import Study
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.receipts.chain import append
from rmanalytics.receipts.steps import steps, undone
from rmanalytics.report.show import Show


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return read_bundle(
        lot_world.write_world(
            tmp_path_factory.mktemp("steps") / "world", mentees=3, mentors=3, places=3, until="2026-07-10"
        )
    )


def test_undone_steps_are_told_before_the_round_alone(bundle):
    programme = bundle.programme
    assert undone(programme, date(2026, 7, 14)) == (
        "2026H2 starts in 1 day and nothing is declared",
        "2026H2 starts in 1 day and no lot is drawn",
        "2026H2 starts in 1 day and no tandems are approved",
    )
    assert undone(programme, date(2026, 7, 15)) == ()
    assert undone(programme, date(2026, 1, 1)) == ()


def test_the_start_shows_the_way_of_the_round_and_what_is_next(bundle):
    given = {"round_id": lot_world.ROUND, "now": lot_world.LISTED, "package": lot_world.PACKAGE, "simulated": True}
    programme = bundle.programme
    append(programme.folder, kind="declared", content={"claims": {}}, **given)
    found = steps(programme, programme.round(lot_world.ROUND))
    assert [(one.command, one.done) for one in found] == [("declare", date(2026, 7, 1)), ("draw", None), ("pair", None)]
    told = undone(programme, date(2026, 7, 10))
    assert [one.rpartition(" and ")[2] for one in told] == ["no lot is drawn", "no tandems are approved"]
    table = Show(Study(bundle, lot_world.ROUND)).start().tables[0]
    assert list(table["step"])[1:4] == ["rmanalytics declare", "rmanalytics draw", "rmanalytics pair"]
    assert list(table["next"])[:5] == ["", "", "until 15 July 2026", "", ""]
    assert list(table["state"])[2:4] == ["not done", "not done"]


def test_what_was_not_done_in_time_is_not_next(tmp_path):
    folder = lot_world.write_world(tmp_path / "late", mentees=3, mentors=3, places=3, until="2026-08-01")
    table = Show(Study(read_bundle(folder), lot_world.ROUND)).start().tables[0]
    assert list(table["state"])[1:4] == ["not done", "not done in time", "not done in time"]
    assert list(table["next"])[1:3] == ["until 31 December 2026", ""]
