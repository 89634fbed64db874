"""A simulated lot: its receipts hold, its truth is what they say, and faults after a draw are counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rmanalytics.evaluation.lots import breaches as names
from rmanalytics.evaluation.lots.breaches import breaches
from rmanalytics.evaluation.lots.drawn import lot_of
from rmanalytics.inspect.receipts import findings
from rmanalytics.intake.bundle import Bundle, read_bundle
from rmanalytics.simulate import simulate
from rmanalytics.simulate.lots import Faults

SMALL = {"seed": 2, "rounds": 2, "tandems": 6, "employees": 200, "draw": True}


@pytest.fixture(scope="module")
def honest(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("lots") / "honest"
    simulate(folder, **SMALL)
    return folder


def found(bundle: Bundle, round_id: str) -> dict[str, int]:
    return {one.rule: one.n for one in breaches(bundle, bundle.programme.round(round_id))}


def test_an_honest_simulation_holds_by_code_that_did_not_write_it(honest) -> None:
    assert findings(honest) == []
    bundle = read_bundle(honest)
    assert found(bundle, "2025H2") == {}
    assert found(bundle, "2026H1") == {names.NOT_DUE: 3}


def test_the_truth_holds_the_groups_of_the_receipts_and_who_waited_starts_first(honest) -> None:
    truth = json.loads((honest / "truth.json").read_text(encoding="utf-8"))["rounds"]
    bundle = read_bundle(honest)
    for round_ in bundle.programme.rounds:
        own = lot_of(bundle, round_).sides["mentee"]
        told = truth[round_.id]["lot"]
        for group in ("certain", "start", "wait", "reserve", "not_drawn"):
            assert own.people(group) == [f"P{number:04d}" for number in told[group]]
    assert set(truth["2025H2"]["lot"]["wait"]) >= set(truth["2026H1"]["lot"]["certain"])


def test_who_stays_away_and_who_is_served_undrawn_are_counted(tmp_path) -> None:
    given = SMALL | {"rounds": 1, "faults": Faults(absent=0.34, crossed=0.34)}
    truth = simulate(tmp_path / "faulty", **given)["rounds"]["2026H1"]["lot"]
    assert (len(truth["absent"]), len(truth["crossed"])) == (2, 1)
    own = found(read_bundle(tmp_path / "faulty"), "2026H1")
    assert (own[names.NO_TANDEM], own[names.SERVED], own[names.SWAPPED]) == (2, 1, 1)
