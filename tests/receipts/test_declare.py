"""Freezing a plan: the first receipt, the same again, changes with a reason, lists, anchors; what counts as in time."""

from __future__ import annotations

import json
import re
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from sheets import unworded

from rmanalytics.__main__ import main
from rmanalytics.errors import InputError
from rmanalytics.evaluation import open_study
from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.verdicts.declared import in_time, planned_claims
from rmanalytics.evaluation.verdicts.designs import SideDesign
from rmanalytics.evaluation.verdicts.freeze import freeze
from rmanalytics.evaluation.verdicts.levels import evidence_level
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.receipts.chain import Receipt, read_chain, receipts_of, shown
from rmanalytics.run.declare import declare, receipt_of

SMALL = Path(__file__).parents[2] / "data" / "example_small"
CLAIMS = {claim.id: claim for claim in claims()}
NOW = datetime(2026, 1, 10, 9, tzinfo=UTC)
PLAN = '[declare]\nprimary = "M1"\nkeys = ["M3"]\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small company without receipts, not simulated, with a plan of its own; the key in a home of the test's."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    made = shutil.copytree(SMALL, tmp_path / "company", ignore=shutil.ignore_patterns("receipts"))
    file = made / "programme.toml"
    text = file.read_text(encoding="utf-8").replace("simulated = true\n", "").replace('id = "simulated"', 'id = "own"')
    before, _, _ = text.partition("[declare]")
    file.write_text(before + PLAN, encoding="utf-8")
    return made


def change(folder: Path, old: str, new: str) -> None:
    file = folder / "programme.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_the_first_call_freezes_plan_list_and_state_and_the_second_prints_the_same(folder: Path) -> None:
    plan, listed = declare(folder, "2026H1", now=NOW)
    assert (plan.kind, listed.kind) == ("declared", "comparison")
    fixed = plan.content
    assert {name: row["role"] for name, row in fixed["claims"].items()} == {"M1": "primary", "M3": "key"}
    assert fixed["claims"]["M1"]["smallest_effect"] == "0.2"
    assert (fixed["claims"]["M3"]["direction"], fixed["claims"]["M3"]["side"]) == ("down", "mentee")
    assert fixed["claims"]["M1"]["items"].split()
    assert {"generations", "k", "seed", "tie_kind", "top_levels", "planned_meetings"} <= set(fixed["rules"])
    state = fixed["state"]
    assert 0 < state["post_answered"] <= state["post_expected"]
    assert state["rows_tandems"] == len(read_bundle(folder).table("tandems").query("round_id == '2026H1'"))
    assert {len(digest) for digest in fixed["files"].values()} == {64}
    assert declare(folder, "2026H1", now=NOW + timedelta(days=1))[0] == plan
    assert len(read_chain(folder)) == 2


def test_no_receipt_and_no_sheet_holds_an_id_and_the_private_half_does(folder: Path) -> None:
    declare(folder, "2026H1", now=NOW)
    table = read_bundle(folder).table("comparison")
    mine = table[table["round_id"] == "2026H1"]
    public = "".join(p.read_text(encoding="utf-8") for p in (folder / "receipts").glob("*") if p.is_file())
    assert not [one for one in mine["person_id"] if one in public]
    private = json.loads((folder / "receipts" / "private" / "2026H1-comparison-1.json").read_text(encoding="utf-8"))
    assert sorted(private["mentee"] + private["mentor"]) == sorted(mine["person_id"])
    counted = read_chain(folder)[1].content["people"]
    assert sum(counted.values()) == len(mine)


def test_every_row_of_a_sheet_has_its_words_in_both_languages(folder: Path) -> None:
    change(folder, 'primary = "M1"', 'primary = "M1"\nnote = "agreed"')
    declare(folder, "2026H1", now=NOW, anchor="agreement, page 3")
    chain = read_chain(folder)
    assert {one.kind for one in chain} == {"declared", "comparison", "anchor"}
    assert not {name for one in chain for name in unworded(one)}
    page = (folder / "receipts" / "2026H1-declared-1.html").read_text(encoding="utf-8")
    assert page.index("M1 Die digitale Fitness steigt") < page.index("M3 Die Technikangst sinkt")
    assert not re.search(r"\w=(?![\"])|None|\w\(\w", page.partition("</style>")[2])


def test_a_plan_is_frozen_on_tables_that_lie_in_the_sheets_of_a_workbook(folder: Path) -> None:
    names = ("people", "positions", "tandems", "comparison")
    with pd.ExcelWriter(folder / "hr.xlsx") as book:
        for name in names:
            pd.read_csv(folder / f"{name}.csv", dtype=str).to_excel(book, sheet_name=name, index=False)
            (folder / f"{name}.csv").unlink()
    change(folder, "[tables]\n", "[tables]\n" + "".join(f'{name} = "hr.xlsx#{name}"\n' for name in names))
    fixed = declare(folder, "2026H1", now=NOW)[0].content["files"]
    assert {"hr.xlsx", "answers_2026H1.csv", "programme.toml"} <= set(fixed)
    assert not [name for name in fixed if "#" in name]


def test_digests_of_data_follow_the_data_and_need_the_key(folder: Path) -> None:
    first = declare(folder, "2026H1", now=NOW)[0].content["files"]
    with (folder / "costs.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    change(folder, 'keys = ["M3"]', 'keys = ["M3", "J1"]')
    second = declare(folder, "2026H1", now=NOW, amend="J1 added")[0].content["files"]
    assert {name for name in first if first[name] != second.get(name)} <= {"costs.csv", "programme.toml"}
    shutil.rmtree(folder.parent / "home")
    change(folder, 'keys = ["M3", "J1"]', 'keys = ["M3"]')
    third = declare(folder, "2026H1", now=NOW, amend="J1 left out")[0]
    assert third.content["files"] == {}
    assert third.sequence == len(read_chain(folder)) == 4


def test_a_change_is_refused_with_its_keys_until_a_reason_is_given(folder: Path) -> None:
    declare(folder, "2026H1", now=NOW)
    change(folder, 'primary = "M1"\nkeys = ["M3"]', 'primary = "M3"\nkeys = ["M1"]')
    with pytest.raises(InputError) as error:
        declare(folder, "2026H1", now=NOW)
    (problem,) = error.value.problems
    assert problem.code == "RM-E-143"
    assert "claims.M1.role: primary → key" in problem.rule
    assert "claims.M3.role: key → primary" in problem.rule
    assert "--amend" in problem.remedy
    again = declare(folder, "2026H1", now=NOW, amend="M3 matters more")[0]
    assert (again.number, again.content["reason"]) == (2, "M3 matters more")
    assert again.content["state"]["post_answered"] > 0
    first = json.loads((folder / "receipts" / "2026H1-declared-1.json").read_text(encoding="utf-8"))
    assert first["content"]["claims"]["M1"]["role"] == "primary"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("k = 5", "k = 6", "rules.k: 5 → 6"),
        ("planned_meetings = 6", "planned_meetings = 5", "rules.planned_meetings: 6 → 5"),
        (PLAN, PLAN + "[declare.M1]\nsmallest_effect = 0.3\n", "claims.M1.smallest_effect: 0.2 → 0.3"),
        (PLAN, PLAN + "[declare.J7]\nhorizon_days = 180\n", "claims.J7.horizon_days: – → 180"),
        (PLAN, PLAN.replace("[declare]\n", '[declare]\nnote = "later"\n'), "note: – → later"),
    ],
)
def test_everything_that_the_evaluation_reads_is_frozen(folder: Path, old: str, new: str, said: str) -> None:
    declare(folder, "2026H1", now=NOW)
    change(folder, old, new)
    with pytest.raises(InputError, match="RM-E-143") as error:
        declare(folder, "2026H1", now=NOW)
    assert said in error.value.problems[0].rule


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [(PLAN, "", "nothing is declared"), ('id = "own"\n', "", "no id")],
)
def test_without_plan_or_id_nothing_is_frozen(folder: Path, old: str, new: str, said: str) -> None:
    change(folder, old, new)
    with pytest.raises(InputError, match=said) as error:
        declare(folder, "2026H1", now=NOW)
    assert error.value.problems[0].code == "RM-E-145"
    assert read_chain(folder) == ()


def test_the_list_is_frozen_again_on_demand_and_the_place_of_a_digest_is_noted(folder: Path) -> None:
    plan, _ = declare(folder, "2026H1", now=NOW)
    again = declare(folder, "2026H1", now=NOW, comparison=True)
    assert [one.name for one in again] == ["2026H1-declared-1.json", "2026H1-comparison-2.json"]
    noted = declare(folder, "2026H1", now=NOW, anchor="agreement, page 3")[-1]
    assert (noted.kind, noted.content) == ("anchor", {"of": plan.digest, "where": "agreement, page 3"})
    assert "agreement, page 3" in (folder / "receipts" / "2026H1-anchor-1.html").read_text(encoding="utf-8")


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["rmanalytics", *words])
    return main(list(words))


def test_the_command_prints_the_digest_and_says_yes_or_no(folder, monkeypatch, capsys) -> None:
    assert run(monkeypatch, "declare", str(folder), "--round", "2026H1") == 0
    said = capsys.readouterr().out
    plan = read_chain(folder)[0]
    assert shown(plan.digest) in said
    assert "own clock" in said
    assert run(monkeypatch, "declare", str(folder), "--verify", shown(plan.digest).upper()) == 0
    assert "Yes: receipts/2026H1-declared-1.json" in capsys.readouterr().out
    assert run(monkeypatch, "declare", str(folder), "--verify", "0" * 64) != 0
    assert "No:" in capsys.readouterr().out
    last = read_chain(folder)[-1]
    (folder / "receipts" / last.name).unlink()
    assert receipt_of(folder, last.digest) is None


# what counts as in time


def receipt(content: dict, *, day: str, round_id: str = "2026H1", kind: str = "declared", at: int = 1) -> Receipt:
    written = datetime.fromisoformat(f"{day}T09:00").replace(tzinfo=UTC)
    return Receipt(
        name=f"{round_id}-{kind}-{at}.json", round_id=round_id, kind=kind, number=at, sequence=at, written=written,
        digest=f"{at:064x}", simulated=False, content=content,
    )  # fmt: skip


@pytest.fixture(scope="module")
def bundle():
    return read_bundle(SMALL)


def test_post_answers_in_or_dated_before_make_a_receipt_late(bundle) -> None:
    round_ = bundle.programme.round("2026H1")
    nobody, some = {"state": {"post_answered": 0}}, {"state": {"post_answered": 12}}
    assert in_time(receipt(nobody, day="2026-01-10"), bundle, round_, CLAIMS["M1"])
    assert not in_time(receipt(some, day="2026-01-10"), bundle, round_, CLAIMS["M1"])
    answers = bundle.table("answers")
    mine = answers[(answers["round_id"] == "2026H1") & (answers["wave"] == "post")]
    last = round_.end
    if "answered_at" in mine and mine["answered_at"].notna().any():
        last = min(last, mine["answered_at"].min().date())
    assert not in_time(receipt(nobody, day=last.isoformat()), bundle, round_, CLAIMS["M1"])
    before = (last - timedelta(days=1)).isoformat()
    assert in_time(receipt(nobody, day=before), bundle, round_, CLAIMS["M1"])


def test_records_have_until_the_last_day_of_the_round(bundle) -> None:
    round_ = bundle.programme.round("2026H1")
    some = {"state": {"post_answered": 12}}
    assert in_time(receipt(some, day="2026-06-29"), bundle, round_, CLAIMS["J7"])
    assert not in_time(receipt(some, day="2026-06-30"), bundle, round_, CLAIMS["J7"])


def chain_of(bundle, *changes: dict | None) -> list[Receipt]:
    """A receipt a round that fixes today's plan, with what is changed of M1; None: no receipt."""
    frozen = {name: one.content["claims"] for name, one in zip("x", receipts_of(bundle.programme), strict=False)}["x"]
    found = []
    for at, (round_, own) in enumerate(zip(bundle.programme.rounds, changes, strict=True), start=1):
        if own is not None:
            content = {"claims": {**frozen, "M1": {**frozen["M1"], **own}}, "state": {"post_answered": 0}}
            day = round_.start.isoformat()
            found.append(receipt(content, day=day, round_id=round_.id, at=at))
    return found


@pytest.mark.parametrize(
    ("changes", "rounds", "in_time_", "before"),
    [
        (({}, {}), ("2025H2", "2026H1"), True, 0),
        ((None, {}), ("2026H1",), True, 0),
        (({}, None), ("2025H2", "2026H1"), False, 0),
        ((None, None), ("2025H2", "2026H1"), False, 0),
        (({"role": "key"}, {}), ("2026H1",), True, 1),
        (({"smallest_effect": "0.1"}, {}), ("2026H1",), True, 1),
        *(
            (({name: "other"}, {}), ("2026H1",), True, 1)
            for name in ("direction", "instrument", "instrument_digest", "side")
        ),
        (({}, {"direction": "down"}), ("2025H2", "2026H1"), False, 0),
        (({}, {"instrument_digest": "other"}), ("2025H2", "2026H1"), False, 0),
    ],
)
def test_rounds_that_count_and_looks_that_are_spent(bundle, changes, rounds, in_time_, before) -> None:
    found = planned_claims(bundle, bundle.programme.round("2026H1"), chain_of(bundle, *changes))["M1"]
    assert (found.rounds, found.in_time, found.looks_before) == (rounds, in_time_, before)
    assert found.changed == ("2026H1" if before else "")


def test_simulated_receipts_count_in_a_simulated_programme_alone(folder: Path) -> None:
    programme = read_bundle(folder).programme
    round_ = programme.round("2026H1")
    package = {"version": "1", "digest": "1"}
    state = {"post_answered": 0, "post_expected": 10}
    given = {"compared": None, "state": state, "files": {}, "key": b"k", "now": NOW, "package": package}
    freeze(programme, round_, simulated=True, **given)
    assert receipts_of(read_bundle(folder).programme) == ()
    change(folder, 'id = "own"\n', 'id = "own"\nsimulated = true\n')
    assert len(receipts_of(read_bundle(folder).programme)) == 1


def test_what_was_declared_late_is_at_most_points_for_and_says_so(folder: Path) -> None:
    declare(folder, "2026H1", now=NOW)
    ledger = open_study(folder, "2026H1").ledger
    answer = next(one for one in ledger if one.claim.id == "M1")
    assert answer.verdict in ("points_for", "could_not", "not_estimable")
    gate = next((gate for gate in answer.gates if gate.name == "plan"), None)
    assert gate is None or gate.passed is False


def test_words_in_a_column_are_no_lot_and_no_waiting_list(bundle) -> None:
    """``random`` and ``waiting_list`` have no effect on the level without their receipt."""
    rounds = [bundle.programme.round("2026H1")]
    side = SideDesign(bundle, rounds, "mentee", [])
    typed = side.of_claim(CLAIMS["M1"], None)
    assert (typed.drawn, typed.listed, typed.waiting) == (False, False, False)
    assert evidence_level(typed, CLAIMS["M1"])[0] <= 2
