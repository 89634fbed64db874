"""The lot: equal chances exactly, alike halves, the same draw by code that did not write it, and refusals."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from itertools import combinations
from pathlib import Path

import lot_world
import numpy as np
import pytest
from scipy.stats import chisquare
from sheets import unworded

from rmanalytics.errors import InputError
from rmanalytics.evaluation.lots.arms import commit_arms, reveal_arms
from rmanalytics.evaluation.lots.dealt import deal
from rmanalytics.evaluation.lots.drawing import commit, day_in, reveal
from rmanalytics.inspect.receipts import draw as drawn_by_others
from rmanalytics.inspect.receipts import findings
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.lot.balanced import CANDIDATES, accepted, by_hash, distances, draw
from rmanalytics.lot.redraws import AT_ONCE, packed, redraw, unpacked
from rmanalytics.lot.sizes import LEAST_BITS, bits, sizes
from rmanalytics.programme.programme import read_programme
from rmanalytics.receipts.chain import Receipt, read_chain
from rmanalytics.run.draw import draw_arms, first_column

SEEDS = ("7 12 23 31 38 41", "1 2 3 4 5 6 1 2", "3 9 14 27 30 33")


def facts(n: int, seed: int = 1) -> dict[int, tuple[int, ...]]:
    rng = np.random.default_rng(seed)
    columns = (rng.integers(1955, 1975, n), rng.integers(90, 9000, n), rng.integers(3, 7, n), rng.integers(0, 2, n))
    return {lot: tuple(int(value) for value in row) for lot, row in enumerate(zip(*columns, strict=True), start=1)}


@pytest.mark.parametrize(
    ("volunteers", "certain", "places", "wait"), [(71, 0, 34, None), (46, 5, 34, None), (30, 0, 10, 3)]
)
def test_sizes_add_up_and_nobody_waits_for_the_study_where_there_are_places(volunteers, certain, places, wait):
    own = sizes(volunteers, certain=certain, places=places, wait=wait)
    assert own.certain + own.drawn_from == volunteers
    assert own.certain + own.start == min(places, volunteers)
    assert sizes(places, certain=0, places=places).wait == 0


def test_more_promises_than_places_are_refused():
    with pytest.raises(ValueError, match="promised"):
        sizes(40, certain=11, places=10)


@pytest.mark.parametrize("n", [40, 20])
def test_code_that_did_not_write_the_lot_draws_the_same(n):
    own, known = sizes(n, certain=2, places=12, wait=6), facts(n)
    rows = [{"lot": lot, "facts": row, "certain": int(lot in (3, 5))} for lot, row in known.items()]
    groups = draw(by_hash(SEEDS[0], "mentee"), own, known, (3, 5))
    assert groups == drawn_by_others(SEEDS[0], "mentee", own.as_dict(), rows)
    assert {name: Counter(groups.values())[name] for name in own.as_dict()} == own.as_dict()


def test_distances_are_those_of_mahalanobis_whatever_columns_say_twice():
    known = np.array(list(facts(16).values()))
    more = np.column_stack([known, known[:, 0] + 2 * known[:, 1], np.full(16, 7)])
    rng = np.random.default_rng(2)
    chosen = np.array([rng.permutation([1] * 8 + [0] * 8) for _ in range(50)])
    apart = (2 * chosen - 1) @ known
    inverse = np.linalg.inv(np.cov(known.T))
    wanted = np.einsum("ij,jk,ik->i", apart, inverse, apart)
    for columns in (known, more):
        found = np.array(distances((2 * chosen - 1) @ columns, columns), dtype=float)
        np.testing.assert_allclose(found / found.sum(), wanted / wanted.sum(), rtol=1e-9)


def test_at_least_a_thousand_halvings_are_acceptable():
    assert accepted(34) == CANDIDATES // 100
    assert accepted(8) / CANDIDATES * 6435 >= 1000


@pytest.mark.parametrize(("start", "others"), [(17, 17), (20, 10), (12, 6)])
def test_everybody_has_the_same_chance_to_start(start, others):
    known = facts(start + others)
    drawn = redraw(list(known), start, known, np.random.default_rng(4), redraws=3000)
    assert set(drawn.sum(axis=1)) == {start}
    counts = drawn[::AT_ONCE].sum(axis=0)  # one of those that share their surplus
    # one person's count varies less than Poisson, so the bound is on the safe side
    assert chisquare(counts).pvalue > 0.001
    assert np.abs(counts / (3000 / AT_ONCE) - start / (start + others)).max() < 0.09


def test_joint_chances_are_those_of_a_plain_lot_on_average():
    known = facts(24)
    drawn = redraw(list(known), 12, known, np.random.default_rng(5), redraws=4000)
    joint = [float((drawn[:, a] & drawn[:, b]).mean()) for a, b in combinations(range(24), 2)]
    assert abs(np.mean(joint) - 12 / 24 * 11 / 23) < 0.001
    assert np.mean(np.abs(np.array(joint) - 12 / 24 * 11 / 23)) < 0.02


def test_balanced_halves_are_alike_in_every_fact():
    known = facts(68)
    values = np.array(list(known.values()), dtype=float)
    drawn = redraw(list(known), 34, known, np.random.default_rng(6), redraws=200)
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)
    apart = np.abs(np.array([scaled[row].mean(axis=0) - scaled[~row].mean(axis=0) for row in drawn])).max(axis=1)
    assert (apart > 0.25).mean() <= 0.05


def test_redraws_are_kept_as_text_and_read_again():
    rng = np.random.default_rng(3)
    bank = rng.random((21, 5)) < 0.5
    assert np.array_equal(unpacked(packed(bank, [4, 1, 9, 2, 7]), [9, 4], 21), bank[:, [2, 0]])


@pytest.mark.parametrize(("seed", "enough"), [(SEEDS[0], True), (SEEDS[1], True), ("1 2 3", False), ("12", False)])
def test_a_seed_holds_twenty_bits(seed, enough):
    assert (bits(seed) >= LEAST_BITS) is enough


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    folder = lot_world.write_world(tmp_path_factory.mktemp("lot") / "world")
    lot_world.draw_lot(folder)
    return folder


@pytest.fixture
def copy(drawn, tmp_path) -> Path:
    return Path(shutil.copytree(drawn, tmp_path / "copy"))


def refused(call) -> set[str]:
    with pytest.raises(InputError) as error:
        call()
    return {problem.code for problem in error.value.problems}


def test_what_was_drawn_is_found_to_be_what_was_drawn(drawn):
    assert findings(drawn, lot_world.KEY) == []


def test_public_halves_and_sheets_name_nobody(drawn):
    ids = [*lot_world.seniors(40), *lot_world.juniors(18)]
    for path in (drawn / "receipts").glob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert not [one for one in ids if one in text], path.name


def test_the_sheet_tells_chances_and_groups_in_both_languages(drawn):
    page = (drawn / "receipts" / f"{lot_world.ROUND}-draw-1.html").read_text(encoding="utf-8")
    for said in ("18 of 40", "18 von 40", lot_world.SEED, "beginnen durch das Los", "start by lot", lot_world.SOURCE):
        assert said in page


def test_the_hand_out_names_those_who_do_not_start(drawn):
    lines = (drawn / "receipts" / "private" / f"{lot_world.ROUND}-comparison.csv").read_text().splitlines()
    waiting = lot_world.people_of(drawn, "mentee", "wait")
    assert {line.split(",")[1] for line in lines if ",mentee,waiting_list," in line} == set(waiting)
    assert len(lines) == 1 + 20


def test_a_changed_list_and_changed_redraws_are_found(copy):
    for name, old, new in (("list", '"certain":0', '"certain":1'), ("draw", "ff", "fe")):
        path = copy / "receipts" / "private" / f"2026H2-{name}-1.json"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = " ".join(findings(copy, lot_world.KEY))
    assert "not the one that was committed" in found
    assert "the redraws are not those" in found


def test_another_key_is_named_and_nobody_is_said_to_have_changed_anything(copy):
    (found,) = findings(copy, b"another key of thirty-two bytes!")
    assert "the key of the receipts is not the one" in found
    path = copy / "receipts" / "private" / "2026H2-list-1.json"
    private = json.loads(path.read_text(encoding="utf-8"))
    first, second = private["mentee"][:2]
    first["id"], second["id"] = second["id"], first["id"]
    path.write_text(json.dumps(private, sort_keys=True, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    (found,) = findings(copy, lot_world.KEY)
    assert "not the one that was committed" in found


@pytest.mark.parametrize(("name", "said"), [("list", "cannot be drawn again"), ("draw", "the redraws are not those")])
def test_a_private_half_that_is_cut_is_named(copy, name, said):
    path = copy / "receipts" / "private" / f"2026H2-{name}-1.json"
    path.write_bytes(path.read_bytes()[:-40])
    (found,) = findings(copy, lot_world.KEY)
    assert said in found
    assert path.name in found


def test_a_receipt_that_says_another_group_is_found(copy):
    path = copy / "receipts" / "2026H2-draw-1.json"
    document = json.loads(path.read_text())
    groups = document["content"]["groups"]["mentee"]
    first, last = groups["start"].split()[0], groups["wait"].split()[0]
    groups["start"] = groups["start"].replace(first, last, 1)
    groups["wait"] = groups["wait"].replace(last, first, 1)
    path.chmod(0o600)
    path.write_text(json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")))
    assert any("side mentee" in one for one in findings(copy, lot_world.KEY))


def test_a_cut_chain_is_found(copy):
    (copy / "receipts" / "2026H2-list-1.json").unlink()
    assert findings(copy, lot_world.KEY) != []


def again(folder: Path, **change):
    programme = read_programme(folder, ("wishes", "invitations", "people", "positions"))
    given = {"seed": lot_world.SEED, "key": lot_world.KEY, "now": lot_world.DRAWN, "package": lot_world.PACKAGE}
    return reveal(programme, programme.round(lot_world.ROUND), **{**given, "redraws": 99, **change})


def test_a_second_draw_needs_a_reason_and_a_new_list_is_refused(copy):
    assert refused(lambda: again(copy)) == {"RM-E-173"}
    text = (
        (copy / "invitations.csv")
        .read_text()
        .replace("S001,mentee,2026-05-01,2026-05-20,volunteered", "S001,mentee,2026-05-01,2026-05-20,declined")
    )
    (copy / "invitations.csv").write_text(text)
    bundle = read_bundle(copy)
    given = {"key": lot_world.KEY, "now": lot_world.LISTED, "package": lot_world.PACKAGE}
    assert refused(lambda: commit(bundle, bundle.programme.round(lot_world.ROUND), **given)) == {"RM-E-174"}


def test_a_list_that_was_changed_is_not_drawn_from(copy):
    path = copy / "receipts" / "private" / "2026H2-list-1.json"
    path.write_text(path.read_text().replace('"certain":0', '"certain":1', 1))
    assert refused(lambda: again(copy, again="a try")) == {"RM-E-174"}


def test_seeds_that_are_early_short_or_without_list_are_refused(copy, tmp_path):
    assert refused(lambda: again(copy, again="x", now=lot_world.LISTED)) == {"RM-E-172"}
    assert refused(lambda: again(copy, again="x", seed="1 2 3")) == {"RM-E-175"}
    fresh = lot_world.write_world(tmp_path / "fresh")
    assert refused(lambda: again(fresh)) == {"RM-E-171"}
    bundle = read_bundle(fresh)
    given = {"key": lot_world.KEY, "now": lot_world.DRAWN, "package": lot_world.PACKAGE, "seed_from": lot_world.SOURCE}
    assert refused(lambda: commit(bundle, bundle.programme.round(lot_world.ROUND), **given)) == {"RM-E-172"}


def test_days_are_read_in_both_languages():
    assert {
        str(day_in(text)) for text in ("2026-12-05", "of 5 December 2026", "vom 5. Dezember 2026", "5.12.2026")
    } == {"2026-12-05"}
    assert day_in("dice, thrown by the works council") is None


def test_arms_are_dealt_in_equal_parts_with_equal_chances(copy):
    order = Counter(
        arm for n in range(300) for arm in [deal(by_hash(f"{n} seed", "arms"), range(1, 8), ("a", "b", "c"))[7]]
    )
    assert chisquare(list(order.values())).pvalue > 0.001
    programme = read_programme(copy, ("people",))
    round_ = programme.round(lot_world.ROUND)
    given = {"key": lot_world.KEY, "now": lot_world.DRAWN, "package": lot_world.PACKAGE}
    ids = [f"offer {n}" for n in range(9)]
    commit_arms(programme, round_, ids, ["mention", "none"], **given)
    receipt = reveal_arms(programme, round_, seed=lot_world.SEED, **given)
    assert not {name for one in read_chain(programme.folder) for name in unworded(one)}
    assert receipt.content["people"] == {"mention": 5, "none": 4} or receipt.content["people"] == {
        "mention": 4,
        "none": 5,
    }
    rows = (copy / "receipts" / "private" / "2026H2-arms-2.csv").read_text().splitlines()
    assert sorted(row.split(",")[0] for row in rows[1:]) == ids
    assert findings(copy, lot_world.KEY) == []
    for wrong in ((["a"], ["x", "y"]), (["a", "a", "b"], ["x", "y"]), (["a", "b"], ["x", "x"]), ([], ["x", "y"])):
        assert refused(lambda wrong=wrong: commit_arms(programme, round_, *wrong, **given)) == {"RM-E-170"}


@pytest.mark.parametrize(
    ("text", "head", "entries"),
    [
        ("unit\nMarketing\nSales\n", "unit", ["Marketing", "Sales"]),
        ('unit;note\n"Sales, north";x\n"Sales\nsouth";x\n\n', "unit", ["Sales, north", "Sales\nsouth"]),
        ("\n\nperson_id\tnote\nP1\tx\n", "person_id", ["P1"]),
        ("unit\n", "unit", []),
    ],
)
def test_a_list_is_read_whatever_parts_its_columns_and_lines(tmp_path, text, head, entries):
    (tmp_path / "list.csv").write_text(text, encoding="utf-8-sig")
    assert first_column(tmp_path / "list.csv") == (head, entries)


def test_lots_with_arms_have_every_guard_of_the_lot_of_people(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    folder = lot_world.write_world(tmp_path / "world", mentees=8, mentors=8)
    program, given = folder / "programme.toml", {"now": lot_world.LISTED}
    program.write_text(program.read_text().replace("simulated = true\n", ""))

    def listed(head: str, *entries: str) -> Path:
        path = tmp_path / f"{head}.csv"
        path.write_text("\n".join([f"{head};note", *(f"{one};x" for one in entries)]) + "\n", encoding="cp1252")
        return path

    def dealt(entries: Path | None, arms: str = "", **more: object) -> Receipt:
        return draw_arms(folder, lot_world.ROUND, entries, arms, **{**given, **more})

    offers = listed("source", *"äbcdefgh")
    assert refused(lambda: dealt(None, seed=lot_world.SEED)) == {"RM-E-171"}
    assert refused(lambda: dealt(offers, "x,y", seed_from="Lotto of 1 July 2026")) == {"RM-E-172"}
    first = dealt(offers, "x,y", seed_from=lot_world.SOURCE)
    assert first.content["entries_n"] == 8
    assert dealt(offers, "x,y", seed_from=lot_world.SOURCE) == first
    for changed in ((offers, "x,y,z"), (listed("source", *"abcdefgh"), "x,y"), (listed("source", *"äbc"), "x,y")):
        assert refused(lambda changed=changed: dealt(*changed, seed_from=lot_world.SOURCE)) == {"RM-E-174"}
    assert refused(lambda: dealt(listed("source", *"äbcdefgh"), "x,y", seed_from="dice")) == {"RM-E-174"}
    assert refused(lambda: dealt(None, seed="1 2 3", now=lot_world.DRAWN)) == {"RM-E-175"}
    assert refused(lambda: dealt(None, seed=lot_world.SEED)) == {"RM-E-172"}
    drawn = dealt(None, seed=lot_world.SEED, now=lot_world.DRAWN)
    assert dealt(offers, "x,y", seed_from=lot_world.SOURCE) == drawn
    assert refused(lambda: dealt(None, seed="2 4 6 8 10 12", now=lot_world.DRAWN)) == {"RM-E-173"}
    outside = (listed("person_id", "S001", "J001"), listed("person_id", "J004", "nobody"), listed("unit", "U1", "U99"))
    for entries in outside:
        with pytest.raises(InputError, match=r"1 (people|units)") as error:
            dealt(entries, "x,y")
        assert "U99" not in str(error.value)
    assert {problem.code for problem in error.value.problems} == {"RM-E-170"}
    assert len(list((folder / "receipts").glob("*.json"))) == 2
