"""Pairs: proposed with reasons, changed only within the rules, approved by a person at a terminal."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import lot_world
import pytest

from rmanalytics.errors import InputError
from rmanalytics.evaluation.lots.proposal import Pair, Proposal
from rmanalytics.evaluation.pairing.audit import audit_planned
from rmanalytics.evaluation.study import Study
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.intake.planned import read_planned
from rmanalytics.report.chapters.comparison.lot import lot
from rmanalytics.report.html.pairs_page import pairs_page
from rmanalytics.run.pair import approve_pairs, change_pairs, file_of, propose_pairs
from rmanalytics.terminal.pair_text import as_text

ROUND, NOW = lot_world.ROUND, lot_world.LISTED


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    """Nine of each side; a junior in the way of two seniors, and two who do not want each other."""
    folder = lot_world.write_world(tmp_path_factory.mktemp("pair") / "world", mentees=9, mentors=9, places=9)
    positions = (folder / "positions.csv").read_text().replace(",V0,2,,", ",V0,2,S001,", 2)
    (folder / "positions.csv").write_text(positions)
    with (folder / "wishes.csv").open("a") as opened:
        opened.write(f"{ROUND},S002,mentee,not_with,J003,\n{ROUND},J004,mentor,not_with,S005,\n")
    return folder


@pytest.fixture
def copy(world, tmp_path) -> Path:
    return Path(shutil.copytree(world, tmp_path / "copy"))


def wishes(folder: Path, pair: Pair) -> tuple[int, int]:
    """Weight of the senior's topics that the junior offers, and of all of them, from the file itself."""
    with (folder / "wishes.csv").open(encoding="utf-8") as opened:
        table = [row for row in csv.DictReader(opened) if row["kind"] == "topic"]
    offered = {row["code"] for row in table if row["person_id"] == pair.mentor_id}
    own = {row["code"]: int(row["weight"]) for row in table if row["person_id"] == pair.mentee_id}
    return sum(weight for code, weight in own.items() if code in offered), sum(own.values())


def test_the_page_is_in_the_language_of_the_programme(copy):
    file = copy / "programme.toml"
    file.write_text(file.read_text().replace("[programme]", '[programme]\nlanguage = "de"', 1))
    with (copy / "wishes.csv").open("a") as opened:
        opened.writelines(f"{ROUND},S00{n},mentee,not_with,J00{m},\n" for n in (6, 7) for m in range(1, 9))
    proposal = propose_pairs(copy, ROUND, now=NOW)
    page = file_of(copy, ROUND).with_name(f"{ROUND}-pairs.html").read_text(encoding="utf-8")
    assert '<html lang="de">' in page
    assert "Themen: " in page
    assert "An 170 Tagen steht nichts im Weg." in page
    english = ("Topics", "in common", "Nothing", "share", "Alternatives", " and ", " of ")
    assert not [word for word in english if word in page]
    said = as_text(proposal, "de")
    assert "von 100 Punkten" in said
    assert "Im Weg: " in said
    assert not [word for word in (*english, "points") if word in said]
    with pytest.raises(EOFError):
        approve_pairs(copy, ROUND, now=NOW, who="HR", terminal=True, ask=refuse)
    assert "Jüngere teilen sich 7 mögliche Ältere" in proposal.in_the_way[0]


def refuse(text: str) -> str:
    """At the question of an approval in German."""
    assert text.endswith("Tandems genehmigen? ja eintippen: ")
    assert " und " in text
    raise EOFError


def test_a_page_of_many_has_an_index_and_the_terminal_tells_the_first():
    pairs = tuple(
        Pair(tandem_id=f"T-{n:03d}", mentor_id=f"J{n}", mentee_id=f"S{n}", points=9, reasons="") for n in range(250)
    )
    proposal = Proposal(round_id=ROUND, pairs=pairs)
    page = pairs_page(proposal, "en")
    assert page.count("<article id=") == 250
    assert [page.count(f'href="#{pair.tandem_id}"') for pair in pairs[::50]] == [1, 0, 1, 0, 1]
    said = as_text(proposal)
    assert "… and 150 tandems more" in said
    assert "T-100" not in said
    assert "250 tandems, 2,250 points." in said
    assert "<nav>" not in pairs_page(Proposal(round_id=ROUND, pairs=pairs[:100]), "en")


def test_nobody_who_waits_or_is_unknown_is_put_into_a_tandem(copy):
    one = propose_pairs(copy, ROUND, now=NOW).pairs[0]
    for pair in (("J999", one.mentee_id), (one.mentee_id, one.mentor_id), (one.mentor_id, one.mentor_id)):
        assert refused(lambda pair=pair: change_pairs(copy, ROUND, now=NOW, put=pair)) == "RM-E-179"


def rows(folder: Path) -> list[dict[str, str]]:
    with file_of(folder, ROUND).open(encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def refused(call) -> str:
    with pytest.raises(InputError) as error:
        call()
    return error.value.problems[0].code


def test_a_proposal_breaks_no_rule_that_the_audit_finds_and_no_wish(copy):
    proposal = propose_pairs(copy, ROUND, now=NOW)
    assert len(proposal.pairs) == 9
    bundle = read_bundle(copy)
    plan = read_planned(file_of(copy, ROUND), bundle, bundle.programme.round(ROUND)).tandems
    assert len(audit_planned(bundle, bundle.programme.round(ROUND), plan, on=NOW.date()).breaches) == 0
    made = {(one.mentee_id, one.mentor_id) for one in proposal.pairs}
    assert not made & {("S002", "J003"), ("S005", "J004")}
    assert all(len(one.alternatives) == 3 and "Topics:" in one.reasons for one in proposal.pairs)
    page = file_of(copy, ROUND).with_name(f"{ROUND}-pairs.html").read_text()
    assert all(one.mentor_id in page for one in proposal.pairs)
    assert "<script" not in page
    assert "http" not in page


def test_the_order_of_the_tables_decides_nothing(copy):
    before = propose_pairs(copy, ROUND, now=NOW)
    for name in ("people", "positions", "invitations", "wishes"):
        head, *rest = (copy / f"{name}.csv").read_text().splitlines()
        (copy / f"{name}.csv").write_text("\n".join([head, *reversed(rest)]) + "\n")
    assert propose_pairs(copy, ROUND, now=NOW).pairs == before.pairs


def test_who_shares_too_few_partners_is_named(copy):
    with (copy / "wishes.csv").open("a") as opened:
        for senior in ("S006", "S007"):
            opened.writelines(f"{ROUND},{senior},mentee,not_with,J00{n},\n" for n in range(1, 9))
    proposal = propose_pairs(copy, ROUND, now=NOW)
    assert len(proposal.pairs) == 8
    told = " ".join(proposal.in_the_way)
    assert "share 1 possible" in told or "share 7 possible" in told
    assert "not with each other" in told
    assert "In the way:" in as_text(proposal)


def test_who_may_be_paired_with_nobody_is_named_and_others_stand_once(copy):
    with (copy / "wishes.csv").open("a") as opened:
        for junior in ("J001", "J002"):
            opened.writelines(f"{ROUND},{junior},mentor,not_with,S{n:03d},\n" for n in range(1, 41))
        for junior in ("J003", "J004", "J005"):
            opened.writelines(f"{ROUND},{junior},mentor,not_with,S{n:03d},\n" for n in range(2, 41))
    told = " ".join(propose_pairs(copy, ROUND, now=NOW).in_the_way)
    assert told.count("these 2 juniors: J00") == 1
    assert "3 juniors share 1 possible seniors" in told


def test_changes_are_audited_recorded_and_never_override_a_rule(copy):
    proposal = propose_pairs(copy, ROUND, now=NOW)
    own = {one.mentee_id: one for one in proposal.pairs}
    other = next(one for one in proposal.pairs if one.mentee_id != "S009")
    assert refused(lambda: change_pairs(copy, ROUND, now=NOW, put=("J004", "S005"))) == "RM-E-179"
    assert refused(lambda: change_pairs(copy, ROUND, now=NOW, part="T99")) == "RM-E-179"
    changed = change_pairs(copy, ROUND, now=NOW, part=own["S009"].tandem_id, by="HR", why="ill")
    assert len(changed.pairs) == 8
    put = change_pairs(copy, ROUND, now=NOW, put=(own["S009"].mentor_id, "S009"), by="HR", why="well again")
    again = next(one for one in put.pairs if one.mentee_id == "S009")
    assert (again.status, again.by, again.why) == ("changed", "HR", "well again")
    assert {row["status"] for row in rows(copy)} == {"proposed", "changed"}
    assert other.tandem_id in {row["tandem_id"] for row in rows(copy)}


def test_an_approval_needs_a_person_and_a_fresh_proposal(copy):
    asked: list[str] = []

    def say(answer: str, *, terminal: bool = True):
        return approve_pairs(
            copy, ROUND, now=NOW, who="HR lead", terminal=terminal, ask=lambda text: asked.append(text) or answer
        )

    assert refused(lambda: say("yes")) == "RM-E-171"
    proposal = propose_pairs(copy, ROUND, now=NOW)
    assert refused(lambda: say("yes", terminal=False)) == "RM-E-177"
    assert say("no") is None
    assert not (copy / "receipts" / "private" / f"{ROUND}-tandems.csv").exists()
    receipt = say(" Yes ")
    counts = {name: receipt.content[name] for name in ("n", "as_proposed", "changed", "who")}
    assert counts == {"n": 9, "as_proposed": 9, "changed": 0, "who": "HR lead"}
    met = [wishes(copy, one) for one in proposal.pairs]
    assert receipt.content["topics_met"] == 1000 * sum(got for got, _ in met) // sum(of for _, of in met)
    assert 0 < receipt.content["topics_by_lot"] < receipt.content["topics_met"]
    told = "".join(map(str, lot(Study(read_bundle(copy), ROUND))))
    assert "9 tandems approved: 9 as proposed, 0 changed by a person." in told
    assert "of the wished topics are offered by the partner (by lot among legal pairs:" in told
    assert all(one.mentor_id in asked[-1] for one in proposal.pairs)
    written = (copy / "receipts" / "private" / f"{ROUND}-tandems.csv").read_text().splitlines()
    assert len(written) == 10
    sheet = (copy / "receipts" / f"{ROUND}-pairs-1.html").read_text(encoding="utf-8")
    assert "HR lead" in sheet
    assert not [one for one in proposal.pairs if one.mentor_id in sheet]
    assert refused(lambda: propose_pairs(copy, ROUND, now=NOW)) == "RM-E-190"


def test_a_proposal_that_a_move_made_illegal_is_stale(copy):
    proposal = propose_pairs(copy, ROUND, now=NOW)
    one = proposal.pairs[0]
    text = (copy / "positions.csv").read_text().splitlines()
    moved = [line if not line.startswith(one.mentor_id) else _under(line, one.mentee_id) for line in text]
    (copy / "positions.csv").write_text("\n".join(moved) + "\n")
    wanted = {"who": "HR", "terminal": True, "ask": lambda _: "yes"}
    assert refused(lambda: approve_pairs(copy, ROUND, now=NOW, **wanted)) == "RM-E-176"


def _under(line: str, manager: str) -> str:
    cells = line.split(",")
    cells[5] = manager
    return ",".join(cells)
