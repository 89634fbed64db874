"""A round that a lot decided: groups as drawn, level 5 by its receipts alone, every breach by its name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import lot_world
import numpy as np
import pytest
from scipy.special import ndtr

from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.cohort import NOT_STARTED, groups
from rmanalytics.evaluation.lots import breaches as names
from rmanalytics.evaluation.lots.breaches import breaches, why_not_five
from rmanalytics.evaluation.lots.proposal import starters
from rmanalytics.evaluation.study import Study
from rmanalytics.evaluation.verdicts.designs import SideDesign, redrawn
from rmanalytics.evaluation.verdicts.freeze import freeze, state_of
from rmanalytics.evaluation.verdicts.gates import BROKEN, LATE
from rmanalytics.evaluation.verdicts.over_rounds import over_rounds
from rmanalytics.inspect.receipts import findings
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.language.translator import translator
from rmanalytics.measures.stats.group_sequential import boundaries
from rmanalytics.receipts.chain import canonical
from rmanalytics.receipts.steps import undone
from rmanalytics.report.chapters.comparison.lot import lot
from rmanalytics.report.show import Show
from rmanalytics.report.words.findings import front
from rmanalytics.terminal.audit_text import as_text, make_audit

ROUND = lot_world.ROUND


def declare(folder: Path, now: datetime) -> None:
    bundle = read_bundle(folder)
    round_ = bundle.programme.round(ROUND)
    given = {"key": lot_world.KEY, "now": now, "package": lot_world.PACKAGE, "simulated": True}
    freeze(bundle.programme, round_, compared=None, state=state_of(bundle, round_), files={}, **given)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    """A lot, declared before, drawn once and kept."""
    folder = lot_world.write_world(tmp_path_factory.mktemp("lots") / "world", until="2027-08-31")
    declare(folder, lot_world.LISTED)
    lot_world.draw_lot(folder)
    lot_world.write_after(folder)
    return folder


@pytest.fixture
def copy(drawn, tmp_path) -> Path:
    return Path(shutil.copytree(drawn, tmp_path / "copy"))


def found(folder: Path) -> dict[str, int]:
    bundle = read_bundle(folder)
    return {one.rule: one.n for one in breaches(bundle, bundle.programme.round(ROUND)) if one.side in ("", "mentee")}


def test_an_honest_round_reaches_level_five_and_is_shown(drawn):
    study = Study(read_bundle(drawn), ROUND)
    answer = next(one for one in study.ledger if one.claim.id == "M1")
    assert (answer.evidence, answer.verdict) == (5, "shown")
    assert found(drawn).keys() <= {names.OWED}
    assert study.faults == []
    lock = next(gate for gate in answer.gates if gate.name == "lock")
    assert lock.values["p"] * (lot_world.REDRAWS + 1) == pytest.approx(1)  # none of the round's own redraws is beyond
    side = SideDesign(study.bundle, [study.round], "mentee", ())
    together = over_rounds(study.bundle, answer.claim, [ROUND])
    test, tail = (
        redrawn(together.people, side.banks, np.random.default_rng()),
        ndtr(-boundaries((1.0,), alpha=0.025)[0]),
    )
    assert answer.repeated == pytest.approx((test.limit(tail, -1), test.limit(tail, 1)))
    by_lot = study.lot.get("adjusted_difference_by_lot", side="mentee")
    assert by_lot.lo < answer.result.value < by_lot.hi
    assert (by_lot.n, by_lot.n_comparator) == (18, 20)
    said = str(Show(study).lot())
    assert "18 of 40" in said
    assert "Juniors: there were places for all 18, so no lot was needed." in said
    assert lot_world.SOURCE in said
    assert "Drawn once; by this computer’s own clock." in said.replace("&#39;", "’").replace("'", "’")
    rows = Show(study).lot().tables[0]
    assert set(rows.loc[rows["side"] == "Juniors", "group"]) == {"start, for there were places for all"}
    assert "start by lot" in set(rows.loc[rows["side"] == "Seniors", "group"])
    first = front(study, translator("en"))
    assert first.headline.startswith("After 1 round it is shown that")
    assert first.answer.startswith("Evidence level 5 of 5: the tool drew the lot.")


def test_without_its_receipts_the_same_company_reads_points_for_at_most(copy):
    shutil.rmtree(copy / "receipts")
    study = Study(read_bundle(copy), ROUND)
    answer = next(one for one in study.ledger if one.claim.id == "M1")
    assert answer.verdict == "points_for"
    assert answer.evidence <= 3
    assert answer.result.comparator == NOT_STARTED  # a word in a table is no lot
    first = front(study, translator("de"))
    assert first.headline.count("nicht festgehalten") == 1
    assert " mehr als bei Freiwilligen, die nicht begannen (nach eigener Angabe)" in first.headline
    assert first.next_time == (
        "Für die nächste Runde: vor der ersten Antwort rmanalytics declare aufrufen. "
        "Das Los entscheiden lassen, wer beginnt (rmanalytics draw)."
    )
    assert first.answer.startswith("Evidenzstufe 2 von 5: ")
    assert found(copy) == {names.TYPED: 18}


def test_people_count_where_the_lot_put_them_whoever_came(copy):
    start = lot_world.people_of(copy, "mentee", "start")
    wait = lot_world.people_of(copy, "mentee", "wait")
    text = (copy / "tandems.csv").read_text()
    for gone, came in zip(start[:2], wait[:2], strict=True):
        text = text.replace(gone, came)
    (copy / "tandems.csv").write_text(text)
    bundle = read_bundle(copy)
    assert {problem.code for problem in bundle.problems} == {"RM-W-103"}
    members = groups(bundle, bundle.programme.round(ROUND), "mentee")
    assert set(members.loc[members["group"] == "participants", "person_id"]) == set(start)
    own = found(copy)
    assert (own[names.NO_TANDEM], own[names.SERVED], own[names.SWAPPED]) == (2, 2, 2)
    study = Study(bundle, ROUND)
    effect = study.lot.get("effect_on_started", side="mentee")
    assert effect.extra == pytest.approx({"started": 16 / 18, "crossed": 2 / 20})
    assert why_not_five(bundle, bundle.programme.round(ROUND), "mentee") == ""


def chain_cut(folder: Path) -> None:
    (folder / "receipts" / f"{ROUND}-declared-1.json").unlink()


def receipt_damaged(folder: Path) -> None:
    path = folder / "receipts" / f"{ROUND}-declared-1.json"
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1])


def plan_edited(folder: Path) -> None:
    """Another primary claim, in the canonical form of a receipt."""
    edit(folder / "receipts" / f"{ROUND}-declared-1.json", '"smallest_effect":"0.2"', '"smallest_effect":"0.1"')


@pytest.mark.parametrize("damage", [chain_cut, receipt_damaged, plan_edited])
def test_a_broken_chain_stops_no_report_and_is_named_wherever_somebody_looks(copy, damage):
    damage(copy)
    bundle = read_bundle(copy)
    round_ = bundle.programme.round(ROUND)
    assert names.BROKEN in found(copy)
    assert why_not_five(bundle, round_, "mentee") == names.BROKEN
    study = Study(bundle, ROUND)
    answer = next(one for one in study.ledger if one.claim.id == "M1")
    assert (answer.evidence, answer.verdict, answer.level_reason) == (4, "points_for", names.BROKEN)
    assert next(gate.reason for gate in answer.gates if gate.name == "plan") == BROKEN
    assert any((table == names.BROKEN).any(axis=None) for table in Show(study).lot().tables)
    first = front(study, translator("en"))
    assert first.headline.startswith("The chain of receipts is broken")
    assert first.answer.startswith("Evidence level 4 of 5: the chain of receipts is broken")
    assert undone(bundle.programme, round_.end)[0].startswith("receipts/2026H2-")
    assert names.BROKEN in as_text(make_audit(copy, ROUND))
    unasked = replace(answer, verdict="not_asked", result=None, gates=())
    vars(study)["ledger"] = tuple(unasked if one is answer else one for one in study.ledger)
    assert front(study, translator("en")).headline.startswith("The chain of receipts is broken")
    assert front(study, translator("en")).next_time == ""


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.chmod(0o600)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def list_changed(folder: Path) -> None:
    path = folder / "receipts" / "private" / f"{ROUND}-list-1.json"
    document = json.loads(path.read_text())
    rows = document["mentee"]
    rows[0]["facts"], rows[1]["facts"] = [9999, *rows[1]["facts"][1:]], rows[0]["facts"]
    for n, row in enumerate(rows[2:12]):
        row["facts"] = [n * 37 % 100, *row["facts"][1:]]
    path.write_text(json.dumps(document, sort_keys=True, separators=(",", ":")))


def private_gone(folder: Path) -> None:
    (folder / "receipts" / "private" / f"{ROUND}-list-1.json").unlink()


def comparison_thinned(folder: Path) -> None:
    lines = (folder / "comparison.csv").read_text().splitlines()
    (folder / "comparison.csv").write_text("\n".join([lines[0], *lines[4:]]) + "\n")


def outsider(folder: Path) -> None:
    edit(folder / "people.csv", "S001,", "X999,1960,2015-03-01,\nS001,")
    starter = lot_world.people_of(folder, "mentee", "start")[0]
    edit(folder / "tandems.csv", starter, "X999")


def waiting_unserved(folder: Path) -> None:
    lines = (folder / "tandems.csv").read_text()
    served = lot_world.people_of(folder, "mentee", "wait")[:-2]
    rows = [
        f"{lot_world.NEXT},N{n},{one},{two},waiting_list,2027-01-20"
        for n, (one, two) in enumerate(zip(lot_world.people_of(folder, "mentor", "start"), served, strict=False))
    ]
    (folder / "tandems.csv").write_text(lines + "\n".join(rows) + "\n")


def quiet(folder: Path) -> None:
    """A second draw is kept, and the receipt of the first one goes."""
    lot_world.draw_again(folder)
    (folder / "receipts" / f"{ROUND}-draw-1.json").unlink()


def groups_edited(folder: Path) -> None:
    """Two who start and two who wait change places in the receipt."""
    path = folder / "receipts" / f"{ROUND}-draw-1.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    own = document["content"]["groups"]["mentee"]
    start, wait = own["start"].split(), own["wait"].split()
    own["start"], own["wait"] = " ".join([*wait[:2], *start[2:]]), " ".join([*start[:2], *wait[2:]])
    path.chmod(0o600)
    path.write_bytes(canonical(document))


def reserve_from_waiting(folder: Path) -> None:
    """A starter falls out, and one who waits takes the place."""
    gone, came = (lot_world.people_of(folder, "mentee", group)[0] for group in ("start", "wait"))
    edit(folder / "tandems.csv", gone, came)


def swapped(folder: Path) -> None:
    """Two who start never come, and two who wait are served in their place; the rows say so."""
    text = (folder / "tandems.csv").read_text(encoding="utf-8")
    start, wait = (lot_world.people_of(folder, "mentee", group) for group in ("start", "wait"))
    for gone, came in zip(start[:2], wait[:2], strict=True):
        text = text.replace(gone, came)
    (folder / "tandems.csv").write_text(text, encoding="utf-8")


def no_shows(folder: Path) -> None:
    """Three who start hold no meeting and have no tandem."""
    lines = (folder / "tandems.csv").read_text(encoding="utf-8").splitlines()
    (folder / "tandems.csv").write_text("\n".join(lines[:-3]) + "\n", encoding="utf-8")


def drawn_openly_again(folder: Path) -> None:
    lot_world.draw_again(folder)


def seed_tried(folder: Path) -> None:
    """A seed that nobody named beforehand, on a list that nobody else keeps: it may be the best of a thousand."""
    shutil.rmtree(folder / "receipts")
    declare(folder, lot_world.LISTED)
    lot_world.draw_lot(folder, source="")


def clock_set_back(folder: Path) -> None:
    """The plan is recorded after the draw, with the clock at a day before the list."""
    shutil.rmtree(folder / "receipts")
    lot_world.draw_lot(folder)
    declare(folder, datetime(2026, 6, 1, 9, tzinfo=UTC))


def primary_moved(folder: Path) -> None:
    edit(folder / "programme.toml", 'primary = "M1"', 'primary = "M3"')


def declared_late(folder: Path) -> None:
    """The plan is recorded when answers after the round are in."""
    shutil.rmtree(folder / "receipts")
    lot_world.draw_lot(folder)
    declare(folder, datetime(2026, 12, 28, 9, tzinfo=UTC))


def test_late_volunteers_stand_by_and_break_nothing(copy):
    outsider(copy)
    with (copy / "positions.csv").open("a") as opened:
        opened.write("X999,2015-03-01,,U0,5,,Bern\n")
    with (copy / "invitations.csv").open("a") as opened:
        opened.write(f"{ROUND},X999,mentee,2026-05-01,2026-07-03,volunteered\n")
    bundle = read_bundle(copy)
    round_ = bundle.programme.round(ROUND)
    assert names.OUTSIDE not in found(copy)
    assert "X999" in starters(bundle, round_, on=round_.start, reserve=True)["mentee"]


PLANTS: dict[str, tuple[Callable[[Path], None], str, int, str]] = {
    "list changed": (list_changed, names.CHANGED, 1, "4"),
    "receipt edited": (groups_edited, names.CHANGED, 1, "4"),
    "second draw kept quiet": (quiet, names.BROKEN, 1, "4"),
    "private half gone": (private_gone, names.NO_PRIVATE, 1, "4"),
    "comparison thinned": (comparison_thinned, names.NOT_COMPARED, 3, "4"),
    "chain cut": (chain_cut, names.BROKEN, 1, "4"),
    "two starters and two waiting swapped": (swapped, names.SWAPPED, 2, "5"),
    "no-shows": (no_shows, names.NO_TANDEM, 3, "5"),
    "second draw": (drawn_openly_again, names.DRAWN_AGAIN, 2, "4"),
    "seed tried a thousand times": (seed_tried, names.NO_SOURCE, 1, "4"),
    "clock set back between receipts": (clock_set_back, names.CLOCK, 1, "4"),
    "from outside": (outsider, names.OUTSIDE, 1, "5"),
    "reserve taken from the waiting": (reserve_from_waiting, names.SERVED, 1, "5"),
    "promises not kept": (waiting_unserved, names.OWED, 2, "5"),
    "primary moved": (primary_moved, names.PLAN_CHANGED, 11, "5"),
    "answers before the plan": (declared_late, LATE, 1, "5"),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_each_breach_is_found_named_and_counted_in_report_audit_and_level(copy, plant):
    change, rule, n, wanted = PLANTS[plant]
    change(copy)
    bundle = read_bundle(copy)
    round_ = bundle.programme.round(ROUND)
    own = [one for one in breaches(bundle, round_) if one.side in ("", "mentee") and one.rule != names.NOT_DUE]
    assert {one.rule: one.n for one in own}[rule] == n
    assert ("4" if why_not_five(bundle, round_, "mentee") else "5") == wanted
    tables = Show(Study(bundle, ROUND)).lot().tables
    assert any((table == rule).any(axis=None) for table in tables)
    assert f"  {rule}: " in as_text(make_audit(copy, ROUND))


@pytest.mark.parametrize("plant", ["primary moved", "answers before the plan"])
def test_a_plan_that_was_not_the_recorded_one_shows_nothing(copy, plant):
    PLANTS[plant][0](copy)
    study = Study(read_bundle(copy), ROUND)
    answers = [one for one in study.ledger if one.role == "primary"]
    assert [one.verdict for one in answers if one.verdict == "shown"] == []
    said = front(study, translator("en")).next_time
    assert said == "For the next round: run rmanalytics declare before the first answer."  # a lot was drawn already


def test_a_second_draw_and_a_seed_out_of_nowhere_keep_a_round_at_level_four(tmp_path):
    folder = lot_world.write_world(tmp_path / "world", mentees=20, mentors=7, places=7)
    lot_world.draw_lot(folder, source="")
    assert names.NO_SOURCE in found(folder)
    lot_world.draw_again(folder)
    assert found(folder)[names.DRAWN_AGAIN] == 2
    bundle = read_bundle(folder)
    design = SideDesign(bundle, [bundle.programme.round(ROUND)], "mentee", ())
    claim = next(one for one in claims() if one.id == "M1")
    assert design.of_claim(claim, None).lot_breach == names.DRAWN_AGAIN


def test_a_list_that_others_keep_needs_no_source_of_the_seed_and_the_report_says_who_keeps_it(tmp_path):
    folder = lot_world.write_world(tmp_path / "world", mentees=20, mentors=7, places=7)
    lot_world.draw_lot(folder, source="", anchor="git 3f2a")
    assert names.NO_SOURCE not in found(folder)
    said = str(lot(Study(read_bundle(folder), ROUND)))
    assert "Drawn once; laid down in: git 3f2a." in said
    assert "own clock" not in said


def test_another_key_of_the_receipts_is_named_and_is_no_changed_list(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    folder = real_world(tmp_path / "programme")
    own = Path.home() / ".config" / "rmanalytics" / "lots" / "receipts.key"

    def found(key: bytes) -> set[str]:
        own.write_bytes(key)
        bundle = read_bundle(folder)
        return {one.rule for one in names.breaches(bundle, bundle.programme.round(lot_world.ROUND))}

    right, other = found(lot_world.KEY), found(b"another key of thirty-two bytes!")
    assert other - right == {names.OTHER_KEY}
    assert not right & {names.OTHER_KEY, names.CHANGED}
    assert names.OTHER_KEY in names.LOWERING
    half = next((folder / "receipts" / "private").glob("*-list-1.json"))
    half.write_bytes(half.read_bytes().replace(b'"certain":0', b'"certain":1', 1))
    assert names.CHANGED in found(lot_world.KEY)


SHAPES: dict[str, Callable[[dict[str, list[object]]], object]] = {
    "no lot number": lambda half: half["mentee"][0].pop("lot"),
    "a lot number as text": lambda half: half["mentee"][0].update(lot="1"),
    "a lot number that is not whole": lambda half: half["mentee"][0].update(lot=1.5),
    "an id that is a number": lambda half: half["mentee"][0].update(id=5),
    "no id": lambda half: half["mentee"][0].pop("id"),
    "no facts": lambda half: half["mentee"][0].pop("facts"),
    "facts as text": lambda half: half["mentee"][0].update(facts="12"),
    "nobody certain": lambda half: half["mentee"][0].pop("certain"),
    "a text for a row": lambda half: half["mentee"].__setitem__(0, "S001"),
    "a text for a side": lambda half: half.update(mentee="S001"),
    "a side gone": lambda half: half.pop("mentee"),
    "a side more": lambda half: half.update(more=[]),
    "all gone": lambda half: half.clear(),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_list_in_another_form_is_named_and_stops_nothing(ours, shape, monkeypatch):
    folder, half, written = ours
    monkeypatch.setattr(Path, "home", lambda: folder.parent / "home")
    document = json.loads(written)
    SHAPES[shape](document)
    half.write_text(json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    for key in (lot_world.KEY, None):
        assert findings(folder, key) or (key is None and shape == "no id"), "that a name is gone, the key alone tells"
    bundle = read_bundle(folder)
    found = {one.rule for one in names.breaches(bundle, bundle.programme.round(lot_world.ROUND))}
    assert found & {names.NO_PRIVATE, names.CHANGED}


def test_redraws_that_were_changed_are_a_changed_draw(ours, monkeypatch):
    folder, half, written = ours
    monkeypatch.setattr(Path, "home", lambda: folder.parent / "home")
    half.write_bytes(written)
    bank = next((folder / "receipts" / "private").glob("*-draw-1.json"))
    document = json.loads(bank.read_bytes())
    kept = document["redraws"]["mentee"]
    first, second = sorted(kept)[:2]
    for changed in ({first: kept[second], second: kept[first]}, {first: "zz"}):
        document["redraws"]["mentee"] = kept | changed
        bank.write_text(json.dumps(document, sort_keys=True, separators=(",", ":")), encoding="utf-8")
        bundle = read_bundle(folder)
        found = {one.rule for one in names.breaches(bundle, bundle.programme.round(lot_world.ROUND))}
        assert (names.CHANGED in found) is (changed != {first: "zz"}), "in no form that was written they are not used"


@pytest.fixture(scope="module")
def ours(tmp_path_factory) -> tuple[Path, Path, bytes]:
    """A programme that is not simulated with a lot and its key, the private half of the list, and its bytes."""
    place = tmp_path_factory.mktemp("ours")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Path, "home", lambda: place / "home")
        folder = real_world(place / "programme")
    half = next((folder / "receipts" / "private").glob("*-list-1.json"))
    return folder, half, half.read_bytes()


def real_world(folder: Path) -> Path:
    """A programme that is not simulated, with a lot; its key lies in the user's home."""
    lot_world.write_world(folder)
    declared = folder / "programme.toml"
    text = declared.read_text(encoding="utf-8").replace("simulated = true\n", "")
    declared.write_text(f'{text}\n[pseudonyms]\nids = "keyed"\n', encoding="utf-8")
    lot_world.draw_lot(folder, simulated=False)
    own = Path.home() / ".config" / "rmanalytics" / "lots" / "receipts.key"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_bytes(lot_world.KEY)
    own.chmod(0o600)
    return folder
