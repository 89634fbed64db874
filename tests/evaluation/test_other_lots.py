"""Lots over offers, units and a sample of people: read from receipts, to level 5 where they held, each breach named."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import lot_world
import numpy as np
import pandas as pd
import pytest

from rmanalytics.evaluation.claims import Answer
from rmanalytics.evaluation.lots import breaches as names
from rmanalytics.evaluation.lots.arms import commit_arms, reveal_arms
from rmanalytics.evaluation.lots.breaches import breaches
from rmanalytics.evaluation.lots.dealt import OF, arms_lots
from rmanalytics.evaluation.network.bridge import DRAWN, changes
from rmanalytics.evaluation.study import Study
from rmanalytics.evaluation.verdicts.freeze import freeze, state_of
from rmanalytics.evaluation.verdicts.plan_answers import Judge
from rmanalytics.inspect.receipts import findings
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.measures.stats.stratified_tables import difference_over_entries, entries_redraw_p
from rmanalytics.measures.survey.level_and_trend import units_redraw_p
from rmanalytics.programme.programme import read_programme
from rmanalytics.report.chapters.comparison.lot import lot as lot_block
from rmanalytics.report.words.sentences import BESIDE
from rmanalytics.terminal.audit_text import as_text, make_audit

ROUND, NEXT = lot_world.ROUND, lot_world.NEXT
OFFERS = [f"offer {n:02d}" for n in range(40)]
UNITS = [f"U{n:02d}" for n in range(24)]
JANUARY = datetime(2027, 1, 4, 9, tzinfo=UTC)


def deal_out(
    folder: Path, round_id: str, of: str, entries: list[str], arms: list[str], now: datetime
) -> dict[str, int]:
    """Commit and draw; arm by entry."""
    programme = read_programme(folder, ("people",))
    given = {"of": of, "key": lot_world.KEY, "now": now, "package": lot_world.PACKAGE, "simulated": True}
    source = f"Lotto of {now.date().replace(day=now.day + 1)}"
    commit_arms(programme, programme.round(round_id), entries, arms, seed_from=source, **given)
    given["now"] = now.replace(day=now.day + 2)
    reveal_arms(programme, programme.round(round_id), seed=lot_world.SEED, **given)
    bundle = read_bundle(folder)
    return arms_lots(bundle, bundle.programme.round(round_id))[of].of_entry


def declare(folder: Path, round_id: str, now: datetime) -> None:
    bundle = read_bundle(folder)
    round_ = bundle.programme.round(round_id)
    given = {"key": lot_world.KEY, "now": now, "package": lot_world.PACKAGE, "simulated": True}
    freeze(bundle.programme, round_, compared=None, state=state_of(bundle, round_), files={}, **given)


def planned(folder: Path, claim: str, more: str = "") -> None:
    path = folder / "programme.toml"
    text = path.read_text(encoding="utf-8").replace('primary = "M1"', f'primary = "{claim}"')
    path.write_text(text.replace("[meetings]", f"{more}\n[meetings]"), encoding="utf-8")


def counted(arm: Mapping[str, int], *, seed: int = 2, effect: float = 0.35) -> list[list[object]]:
    rng = np.random.default_rng(seed)
    head = ["date", "metric", "value", "numerator", "denominator", "exposed", "source"]
    rows = [
        ["2026-09-01", "offers", "", int(rng.binomial(9, 0.35 + effect * (at == 0))), 9, "no" if at else "yes", offer]
        for offer, at in arm.items()
    ]
    return [head, *rows]


@pytest.fixture(scope="module")
def offers(tmp_path_factory) -> Path:
    folder = lot_world.write_world(tmp_path_factory.mktemp("offers") / "world", mentees=8, mentors=8, places=8)
    planned(folder, "C6", '[declare.C6]\nmetric = "offers"\n')
    declare(folder, ROUND, lot_world.LISTED)
    arm = deal_out(folder, ROUND, "source", OFFERS, ["mention", "none"], lot_world.LISTED)
    lot_world.write_tables(folder, {"branding": counted(arm)})
    return folder


def judged(folder: Path, round_id: str) -> Answer:
    bundle = read_bundle(folder)
    claim = bundle.programme.declared.primary
    return Judge(bundle, bundle.programme.round(round_id)).answers({claim: None})[claim]


def told(folder: Path, round_id: str) -> str:
    return "".join(map(str, lot_block(Study(read_bundle(folder), round_id))))


def lock_of(answer) -> float:
    return next(float(asdict(gate)["values"]["p"]) for gate in answer.gates if gate.name == "lock")


def rules(folder: Path, round_id: str = ROUND) -> dict[str, tuple[str, int]]:
    bundle = read_bundle(folder)
    return {one.rule: (one.side, one.n) for one in breaches(bundle, bundle.programme.round(round_id))}


def test_offers_that_a_lot_gave_the_mention_reach_level_five(offers):
    answer = judged(offers, ROUND)
    assert (answer.evidence, answer.verdict) == (5, "shown")
    assert 0 < lock_of(answer) < 0.001
    assert "40 offers out: mention 20, none 20." in told(offers, ROUND)
    assert rules(offers) == {}


def test_without_its_receipts_a_mention_goes_together_with_the_figure_at_most(offers, tmp_path):
    folder = copied(offers, tmp_path)
    for path in (folder / "receipts").glob("*-draw-*.json"):
        path.unlink()
    answer = judged(folder, ROUND)
    assert answer.verdict == "not_estimable"  # of no offer are there people with and without the mention


def copied(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def test_offers_count_in_the_arm_that_the_lot_gave_them(offers, tmp_path):
    """Five offers without the mention, against the lot: counted where drawn, and named."""
    folder = copied(offers, tmp_path)
    path = folder / "branding.csv"
    text = path.read_text(encoding="utf-8").replace(",yes,", ",no,", 5)
    path.write_text(text, encoding="utf-8")
    answer = judged(folder, ROUND)
    before = judged(offers, ROUND)
    assert answer.result.value == before.result.value
    assert rules(folder) == {names.OTHERWISE: (OF["source"], 5)}
    assert answer.evidence == 5
    assert names.OTHERWISE in as_text(make_audit(folder, ROUND))


@pytest.mark.parametrize("damaged", ["", "[]", '{"arms":[{"id":"x"}]}'])
def test_a_list_of_offers_that_is_gone_or_damaged_is_named(offers, tmp_path, damaged):
    folder = copied(offers, tmp_path)
    half = next((folder / "receipts" / "private").glob("*-list-*.json"))
    half.write_text(damaged, encoding="utf-8")
    if not damaged:
        half.unlink()
    assert rules(folder) == {names.NO_PRIVATE: (OF["source"], 1)}
    assert names.NO_PRIVATE in as_text(make_audit(folder, ROUND))
    assert names.NO_PRIVATE in told(folder, ROUND)
    assert findings(folder, lot_world.KEY)


def test_a_second_draw_of_offers_is_level_four_and_an_edited_one_is_found(offers, tmp_path):
    folder = copied(offers, tmp_path)
    programme = read_programme(folder, ("people",))
    given = {"key": lot_world.KEY, "now": lot_world.DRAWN, "package": lot_world.PACKAGE, "simulated": True}
    again = {"of": "source", "again": "a slip", "seed": "2 4 6 8 10 12"}
    reveal_arms(programme, programme.round(ROUND), **again, **given)
    answer = judged(folder, ROUND)
    assert (answer.evidence, answer.level_reason) == (4, names.DRAWN_AGAIN)
    assert findings(folder, lot_world.KEY) == []


@pytest.fixture(scope="module")
def units(tmp_path_factory) -> Path:
    """Twenty-four units of eight; eight enter in the first half-year of 2027, the others wait."""
    folder = lot_world.write_world(tmp_path_factory.mktemp("units") / "world", mentees=8, mentors=8, until="2027-08-31")
    planned(folder, "C2")
    people = {f"{unit}-{n}": unit for unit in UNITS for n in range(8)}
    with (folder / "people.csv").open("a") as opened:
        opened.writelines(f"{person},1975,2015-01-01,\n" for person in people)
    with (folder / "positions.csv").open("a") as opened:
        opened.writelines(f"{person},2015-01-01,,{unit},3,,Bern\n" for person, unit in people.items())
    declare(folder, NEXT, JANUARY)
    arm = deal_out(folder, NEXT, "unit", UNITS, ["first", "second", "third"], JANUARY)
    entered = [unit for unit, at in arm.items() if at == 0]
    tandems = [["round_id", "tandem_id", "mentor_id", "mentee_id", "assignment", "matched_date"]]
    tandems += [
        [NEXT, f"T{n:02d}", f"{unit}-0", f"{unit}-1", "matched", "2027-01-20"] for n, unit in enumerate(entered)
    ]
    rng = np.random.default_rng(8)
    rows = [["round_id", "wave", "person_id", "item", "value", "answered_at"]]
    for person, unit in people.items():
        level = rng.normal(2.8, 0.4)
        for round_id, day, gain in ((ROUND, "2026-12-10", 0.0), (NEXT, "2027-06-10", 0.25 + 0.9 * (unit in entered))):
            for item in ("df01", "df02", "df03"):
                value = int(np.clip(np.rint(level + gain + rng.normal(0, 0.6)), 1, 5))
                rows.append([round_id, "pulse", person, item, value, day])
    lot_world.write_tables(folder, {"tandems": tandems, "answers": rows})
    return folder


def test_units_that_enter_in_the_order_of_a_lot_reach_level_five(units):
    answer = judged(units, NEXT)
    assert (answer.evidence, answer.verdict) == (5, "shown")
    assert lock_of(answer) < 0.01
    assert answer.result.n == 24 * 8  # everybody, those in tandems too
    assert "24 units out: first 8, second 8, third 8." in told(units, NEXT)
    assert rules(units, NEXT) == {}


def test_tandems_of_units_that_wait_are_named_and_the_units_stay_where_they_were_drawn(units, tmp_path):
    folder = copied(units, tmp_path)
    waits = next(unit for unit, at in arm_of(folder).items() if at == 2)
    with (folder / "tandems.csv").open("a") as opened:
        opened.write(f"{NEXT},T99,{waits}-0,{waits}-1,matched,2027-01-20\n")
    assert rules(folder, NEXT) == {names.OTHERWISE: (OF["unit"], 1)}


def test_ties_between_generations_are_compared_where_the_lot_put_the_units_and_not_where_tandems_came(units, tmp_path):
    """Twelve units enter by lot, whose people come to know the other generation; tandems came to two others."""
    folder = copied(units, tmp_path)
    text = (folder / "people.csv").read_text(encoding="utf-8")
    for unit in UNITS:
        for n in range(4):
            text = text.replace(f"{unit}-{n},1975", f"{unit}-{n},1998")
    (folder / "people.csv").write_text(text, encoding="utf-8")
    arm = deal_out(folder, ROUND, "unit", UNITS, ["first", "second"], lot_world.LISTED)
    rng = np.random.default_rng(4)
    ties: list[list[object]] = [["wave_date", "kind", "source_id", "target_id"]]
    for day, gain in (("2026-07-01", 0.0), ("2027-01-10", 0.6)):
        for unit, at in arm.items():
            for n in range(8):
                other = n ^ 4 if rng.random() < 0.2 + gain * (at == 0) else n ^ 1
                ties.append([day, "advice", f"{unit}-{n}", f"{unit}-{other}"])
    waits = [unit for unit, at in arm.items() if at == 1][:2]
    with (folder / "tandems.csv").open("a") as opened:
        opened.writelines(f"{ROUND},T9{n},{unit}-0,{unit}-5,matched,2026-07-20\n" for n, unit in enumerate(waits))
    lot_world.write_tables(folder, {"ties": ties})
    bundle = read_bundle(folder)
    found = next(one for one in changes(bundle, bundle.programme.round(ROUND)) if one.name == "unit_ei_difference")
    assert (found.n, found.n_comparator, found.comparator) == (12, 12, DRAWN)
    assert found.lo > 0.5
    assert DRAWN in BESIDE
    assert rules(folder)[names.OTHERWISE] == (OF["unit"], 2)


def arm_of(folder: Path) -> dict[str, int]:
    bundle = read_bundle(folder)
    return arms_lots(bundle, bundle.programme.round(NEXT))["unit"].of_entry


def test_a_lot_after_the_first_pulse_alone_decides(units, tmp_path):
    """Drawn before the first pulse was over, the pulse is no start, and the exposure stays the one that came about."""
    folder = copied(units, tmp_path)
    (folder / "programme.toml").write_text(
        (folder / "programme.toml").read_text().replace("end = 2026-12-31", "end = 2027-01-07")
    )
    answer = judged(folder, NEXT)
    assert answer.evidence <= 2


def test_a_sample_of_the_young_names_those_whom_its_list_left_out(tmp_path):
    folder = lot_world.write_world(tmp_path / "world", mentees=4, mentors=12, places=4)
    bundle = read_bundle(folder)
    young = sorted(bundle.table("people").query("birth_year > 1991")["person_id"])
    arm = deal_out(folder, ROUND, "person_id", young[:-2], ["asked", "not_asked"], lot_world.LISTED)
    assert abs(sum(at == 0 for at in arm.values()) - len(arm) / 2) < 1
    assert rules(folder) == {names.UNASKED: (OF["person_id"], 2)}


def test_the_redrawn_lot_holds_its_error_and_finds_an_effect() -> None:
    """Offers of very unequal size, units that differ: no effect passes 5 of 100 times, an effect nearly always."""
    rng = np.random.default_rng(3)
    size = rng.integers(1, 40, 24)
    taste, beyond, found = rng.beta(2, 2, 24), 0, 0
    entries = pd.DataFrame({"round_id": ["a"] * 12 + ["b"] * 12, "entry": range(24), "n": size})
    for n in range(200):
        dealt = np.concatenate([rng.permutation(12) < 6, rng.permutation(12) < 6])
        yes = rng.binomial(size, taste)
        own = entries.assign(drawn=dealt, yes=yes)
        beyond += entries_redraw_p(own, draws=199, rng=rng) <= 0.05
        if n < 20:
            most = own.assign(yes=np.where(dealt, np.maximum(yes, size - 1), yes))
            found += entries_redraw_p(most, draws=199, rng=rng) <= 0.05
    assert 2 <= beyond <= 20
    assert found >= 18
    assert difference_over_entries(own).extra["entries"] == 24
    assert "six" not in difference_over_entries(own.head(6)).reason


def test_units_drawn_again_hold_their_error_where_able_units_rise_anyway() -> None:
    rng = np.random.default_rng(4)
    unit = np.repeat(np.arange(24), 6)
    able = rng.normal(0, 0.3, 24)
    beyond = 0
    for _ in range(200):
        before = 3 + able[unit] + rng.normal(0, 0.4, unit.size)
        drawn = rng.permutation(24) < 8
        people = pd.DataFrame({"person_id": range(unit.size), "unit": unit, "exposure": 9.0 * drawn[unit]})
        people = people.assign(before=before, score=before + able[unit] + rng.normal(0, 0.4, unit.size))
        beyond += units_redraw_p(people, way=1, draws=199, rng=rng) <= 0.05
    assert beyond <= 20


@pytest.fixture(scope="module")
def asked(tmp_path_factory) -> tuple[Path, dict[str, int]]:
    """Of everybody young half are drawn; of those who applied nearly all want a mentor, of the others few."""
    folder = lot_world.write_world(tmp_path_factory.mktemp("sample") / "world", mentees=4, mentors=160, places=4)
    bundle = read_bundle(folder)
    young = sorted(bundle.table("people").query("birth_year > 1991")["person_id"])
    return folder, deal_out(folder, ROUND, "person_id", young, ["asked", "not_asked"], lot_world.LISTED)


def wish(folder: Path, wanting: Mapping[str, bool]) -> Answer:
    rows: list[list[object]] = [["round_id", "wave", "person_id", "item", "value", "answered_at"]]
    rows += [[ROUND, "pulse", person, "mw1", 5 if wants else 2, "2026-10-01"] for person, wants in wanting.items()]
    lot_world.write_tables(folder, {"answers": rows})
    study = Study(read_bundle(folder), ROUND)
    return next(one for one in study.ledger if one.claim.id == "C9")


def test_a_drawn_sample_answers_for_all_the_young_and_keen_ones_outside_it_do_not_count(asked, tmp_path) -> None:
    folder, arm = asked
    folder = copied(folder, tmp_path)
    planned(folder, "M1", "[declare.C9]\ntarget = 0.5\n")
    drawn = [person for person, at in arm.items() if at == 0]
    keen = {person: True for person, at in arm.items() if at == 1}
    told_ = wish(folder, keen | {person: n % 4 == 0 for n, person in enumerate(drawn)})
    assert told_.verdict == "described"
    assert told_.result.n == len(drawn)
    assert abs(told_.result.value - 0.25) < 0.02
    assert told_.target == "below_target"
    some = wish(folder, keen | dict.fromkeys(drawn[: len(drawn) // 2 - 1], True))
    assert (some.verdict, f"of {len(drawn)} people drawn" in some.because) == ("not_estimable", True)
    enough = wish(folder, keen | dict.fromkeys(drawn[: len(drawn) // 2 + 1], True))
    assert (enough.verdict, enough.target) == ("described", "at_target")
