"""What was recorded beforehand: in time or late, where it was laid down, and every change of a plan."""

from __future__ import annotations

from datetime import UTC, datetime

import lot_world
import pytest

from rmanalytics.evaluation.study import Study
from rmanalytics.evaluation.verdicts.freeze import freeze
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.report.show import Show

ROUND = lot_world.ROUND


@pytest.fixture
def world(tmp_path):
    return lot_world.write_world(tmp_path / "world", mentees=3, mentors=3, places=3, until="2027-01-31")


def declare(folder, *, day: str, answered: int = 0, **given) -> None:
    programme = read_bundle(folder).programme
    now = datetime.fromisoformat(f"{day}T09:00").replace(tzinfo=UTC)
    state = {"post_answered": answered, "post_expected": 6}
    about = {"compared": None, "state": state, "files": {}, "key": b"k", "package": lot_world.PACKAGE}
    freeze(programme, programme.round(ROUND), now=now, simulated=True, **about, **given)


def shown(folder):
    return Show(Study(read_bundle(folder), ROUND)).recorded()


def test_without_a_receipt_nothing_counts(world) -> None:
    assert "Nothing was declared before the answers: nothing counts as shown." in str(shown(world))


def test_a_plan_in_time_says_what_was_in_and_where_its_digest_lies(world) -> None:
    declare(world, day="2026-07-01", anchor="agreement, page 3")
    said = str(shown(world))
    assert "Declared on 1 July 2026, when 0 of 6 answers after the round were in; laid down in: agreement" in said
    assert len(shown(world).tables) == 2


def test_a_late_plan_and_every_change_are_told(world) -> None:
    declare(world, day="2027-01-10", answered=5)
    file = world / "programme.toml"
    file.write_text(file.read_text().replace('primary = "M1"', 'primary = "M3"'))
    block = shown(world)
    assert "after 5 of 6 answers after the round: nothing counts as shown" in str(block)
    assert list(block.tables[1]["changed on"]) == ["today"] * len(block.tables[1])
    declare(world, day="2027-01-12", answered=6, amend="M3 came out better")
    changed = shown(world).tables[1]
    assert set(changed["changed on"]) == {"12 January 2027"}
    assert set(changed["reason"]) == {"M3 came out better"}
    assert "primary claim → –" in set(changed["from → to"])
    assert {"M1: role", "M3: role"} <= set(changed["what"])
