"""What a lot finds by how many wait: sizes of the groups by hand, and only where the promise can be kept."""

from __future__ import annotations

from types import SimpleNamespace

import lot_world
import pytest

from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.plan.designs import Design
from rmanalytics.evaluation.plan.next_round import plan
from rmanalytics.evaluation.plan.waiting import by_waiting, volunteers_of
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.programme.lots import DrawRule
from rmanalytics.terminal.plan_text import as_text

M1 = next(claim for claim in claims() if claim.id == "M1")
ONE = {"unit": "scale points", "spread": 0.5, "per_tandem": 0.3, "per_comparison": 0.8}
DESIGN = Design(claim=M1, kind="adjusted", compared_side=SimpleNamespace(), **ONE)


def test_who_waits_takes_places_from_the_next_lot_and_is_compared() -> None:
    found = by_waiting(DESIGN, DrawRule(places=34), 60, rounds=1, level=0.016)
    assert [(one.wait, one.start, one.compared) for one in found] == [
        (8, 26, 30),
        (11, 23, 33),
        (17, 17, 39),
        (22, 12, 44),
        (28, 6, 50),
    ]
    assert [one.cell.n for one in found] == [20, 18, 13, 9, 4]
    assert all(one.cell.alone < one.cell.corrected for one in found[:3])
    assert found[-1].cell.alone is None
    assert by_waiting(DESIGN, DrawRule(places=34), 20, rounds=1, level=0.016) == ()


@pytest.mark.parametrize("places", [18, 8])
def test_the_plan_tells_it_where_places_are_declared(tmp_path, places) -> None:
    folder = lot_world.write_world(tmp_path / "world", places=places)
    assert volunteers_of(read_bundle(folder), "mentee") == 40
    found = plan(folder, measured=())
    told = as_text(found)
    assert [one.wait for one in found.waiting] == ([8, 9, 12] if places == 18 else [])
    assert ("with 40 new volunteers a round" in told) == (places == 18)
