"""Lots and pairs of people whose ids become pseudonyms: no id lies anywhere, and what is handed out comes back."""

from __future__ import annotations

from pathlib import Path

import lot_world
import pytest

from rmanalytics.evaluation.lots import breaches as names
from rmanalytics.evaluation.lots.breaches import breaches
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.run.draw import draw, draw_arms, verify
from rmanalytics.run.identify import identify
from rmanalytics.run.pair import APPROVED, approve_pairs, propose_pairs
from rmanalytics.terminal import draw_text, pair_text

ROUND, MARK = lot_world.ROUND, "canary"
DICE = {"seed_from": "dice, thrown by the works council"}
TABLES = ("people", "positions", "invitations", "wishes")


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """A programme of real people, its lot drawn, its tandems approved, a sample drawn; and everything that was said."""
    home = tmp_path_factory.mktemp("home")
    folder = lot_world.write_world(tmp_path_factory.mktemp("keyed") / "p", mentees=20, mentors=7, places=7)
    text = (folder / "programme.toml").read_text().replace("simulated = true\n", "")
    (folder / "programme.toml").write_text(text + '\n[pseudonyms]\nids = "keyed"\n')
    for name in TABLES:
        table = (folder / f"{name}.csv").read_text()
        (folder / f"{name}.csv").write_text(table.replace(",S0", f",{MARK}S0").replace(",J0", f",{MARK}J0")
            .replace("\nS0", f"\n{MARK}S0").replace("\nJ0", f"\n{MARK}J0"))  # fmt: skip
    young = folder.parent / "young.csv"
    young.write_text("person_id\n" + "".join(f"{MARK}{one}\n" for one in lot_world.juniors(7)))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Path, "home", lambda: home)
        said = [draw_text.as_text(draw(folder, ROUND, now=lot_world.LISTED, **DICE))]
        said.append(draw_text.as_text(draw(folder, ROUND, now=lot_world.DRAWN, seed=lot_world.SEED)))
        said.append(pair_text.as_text(propose_pairs(folder, ROUND, now=lot_world.DRAWN)))
        given = {"who": "HR lead", "terminal": True, "ask": lambda text: said.append(text) or APPROVED}
        said.append(pair_text.approved(approve_pairs(folder, ROUND, now=lot_world.DRAWN, **given)))
        late = {"now": lot_world.DRAWN}
        said.append(draw_text.as_text(draw_arms(folder, ROUND, young, "asked,not_asked", **DICE, **late)))
        said.append(draw_text.as_text(draw_arms(folder, ROUND, young, "", seed=lot_world.SEED, **late)))
        yield folder, said


def test_no_id_lies_in_a_receipt_a_list_handed_out_a_page_or_on_the_terminal(walked):
    folder, said = walked
    files = [path for path in (folder / "receipts").rglob("*") if path.is_file()]
    assert len(files) > 12
    assert [path.name for path in files if MARK.encode() in path.read_bytes().lower()] == []
    assert MARK not in "\n".join(said).lower()
    assert verify(folder, ROUND) == []


def test_what_is_handed_out_is_read_back_as_the_same_people(walked):
    folder, _ = walked
    private = folder / "receipts" / "private"
    (folder / "tandems.csv").write_bytes((private / f"{ROUND}-tandems.csv").read_bytes())
    (folder / "comparison.csv").write_bytes((private / f"{ROUND}-comparison.csv").read_bytes())
    bundle = read_bundle(folder)
    known = set(bundle.table("people")["person_id"])
    assert set(bundle.table("comparison")["person_id"]) <= known
    assert len(bundle.table("tandems")) == 7
    assert {one.rule for one in breaches(bundle, bundle.programme.round(ROUND))} <= {names.NOT_DUE, names.LATE}
    one = str(bundle.table("comparison")["person_id"].iloc[0])
    assert identify(folder, [one], terminal=True)[0].partition("  ")[2].startswith(MARK)
