"""A script in another language, which knows nothing of ours, draws the same and finds the same p."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import lot_world
import numpy as np
import pytest

from rmanalytics.evaluation.lots.as_drawn import bank_of
from rmanalytics.evaluation.lots.drawn import groups_text, read_lot
from rmanalytics.intake.schema import TABLES
from rmanalytics.lot.balanced import by_hash, draw
from rmanalytics.lot.redraw_test import by_lot
from rmanalytics.lot.sizes import sizes
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


@pytest.mark.skipif(NODE is None, reason="no node on this machine")
def test_a_script_for_node_repeats_ten_draws_bit_by_bit(tmp_path):
    """Sides of all shapes: as many starters as others, more, fewer; plain and balanced; some who start for certain."""
    rng, seed = np.random.default_rng(11), "3 9 14 27 30 33"
    lists: dict[str, Any] = {}
    draws: dict[str, Any] = {}
    private: dict[str, Any] = {}
    shapes = (
        (16, 8, 0),
        (40, 12, 3),
        (24, 14, 0),
        (9, 3, 1),
        (30, 12, 0),
        (12, 6, 0),
        (21, 10, 2),
        (8, 5, 0),
        (50, 10, 0),
        (18, 9, 1),
    )
    for n, (volunteers, places, first) in enumerate(shapes):
        side, own = f"side {n}", sizes(volunteers, certain=first, places=places)
        facts = {lot: tuple(map(int, rng.integers(0, 9, 3))) for lot in range(1, volunteers + 1)}
        certain = tuple(range(1, first + 1))
        lists[side], private[side] = own.as_dict(), []
        draws[side] = groups_text(draw(by_hash(seed, side), own, facts, certain))
        private[side] = [{"lot": lot, "certain": int(lot in certain), "facts": facts[lot]} for lot in facts]
    documents = ({"content": {"sides": lists}}, {"content": {"seed": seed, "groups": draws}}, private)
    files = [tmp_path / f"{n}.json" for n in range(3)]
    for file, document in zip(files, documents, strict=True):
        file.write_text(json.dumps(document))
    said = subprocess.run([NODE, SCRIPT, *files], capture_output=True, text=True, check=True).stdout.splitlines()
    assert said == [f"side {n} equal" for n in range(10)]
    draws["side 0"]["start"], draws["side 0"]["wait"] = draws["side 0"]["wait"], draws["side 0"]["start"]
    files[1].write_text(json.dumps(documents[1]))
    private_alone = {"side 0": private["side 0"]}
    files[2].write_text(json.dumps(private_alone))
    said = subprocess.run([NODE, SCRIPT, *files], capture_output=True, text=True, check=True).stdout.splitlines()
    assert said == ["side 0 NOT EQUAL"]


def test_the_script_has_thirty_lines():
    assert len(SCRIPT.read_text(encoding="utf-8").splitlines()) <= 30
