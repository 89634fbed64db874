"""A script in another language, which knows nothing of ours, draws the same and finds the same p."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import lot_world
import numpy as np
import pytest

from rmanalytics.evaluation.lots.as_drawn import bank_of
from rmanalytics.evaluation.lots.drawn import read_lot
from rmanalytics.intake.schema import TABLES
from rmanalytics.lot.redraw_test import by_lot
from rmanalytics.programme.programme import read_programme
from rmanalytics.results import Estimate

SCRIPT = Path(__file__).parents[2] / "docs" / "check-draw.mjs"
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="no node on this machine")
def test_a_script_for_node_repeats_draw_and_test(tmp_path):
    folder = lot_world.write_world(tmp_path / "world", mentees=24, mentors=9, places=9)
    lot_world.draw_lot(folder)
    lot = read_lot(read_programme(folder, tuple(TABLES)), lot_world.ROUND)
    assert lot is not None
    own = lot.sides["mentee"]
    rng = np.random.default_rng(8)
    pre, noise = rng.normal(3, 1, len(own.compared)), rng.normal(0, 1, len(own.compared))
    lines = [f"{number},{a!r},{b!r}" for number, a, b in zip(own.compared, pre.tolist(), noise.tolist(), strict=True)]
    (tmp_path / "scores.csv").write_text("\n".join(["lot,pre,post", *lines]) + "\n")
    start = np.array([own.groups[number] == "start" for number in own.compared])
    found = by_lot(pre, noise, start, bank_of(own, lot.draw.content, "mentee"))
    assert isinstance(found, Estimate)
    place = folder / "receipts"
    receipts = [place / "2026H2-list-1.json", place / "2026H2-draw-1.json", place / "private" / "2026H2-list-1.json"]
    command = [NODE, SCRIPT, *receipts, place / "private" / "2026H2-draw-1.json", tmp_path / "scores.csv", "mentee"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
    wanted = round(found.p_value * (lot_world.REDRAWS + 1))
    assert said[:3] == ["mentee equal", "mentor equal", f"p {wanted}/{lot_world.REDRAWS + 1}"]
    assert 1 < wanted < lot_world.REDRAWS
