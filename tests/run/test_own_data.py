"""A folder put together by hand becomes a report without a line of code or TOML: init, check, report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from own_data import PERSONAL, ROUND, number, write_own_data

import rmanalytics as rm
from rmanalytics.errors import InputError
from rmanalytics.intake.bundle import Bundle, read_bundle


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Bundle, str]:
    """The folder after `init`, what it was made from, and what was told."""
    root = tmp_path_factory.mktemp("own")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(root / "home"))
        truth = write_own_data(root / "exports")
        return root, truth, rm.init(root / "exports").text


@pytest.fixture
def home(world: tuple[Path, Bundle, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(world[0] / "home"))
    return world[0]


def test_check_finds_the_same_people_tandems_meetings_and_answers(world: tuple[Path, Bundle, str], home: Path) -> None:
    _, truth, told = world
    met: dict[str, str] = {}
    bundle = read_bundle(home / "exports", met=met)
    assert "ist vermutlich" in told  # the headers are German
    tandems = truth.table("tandems").query("round_id == @ROUND")
    pairs = {(number(t.mentor_id), number(t.mentee_id)) for t in tandems.itertuples()}
    ours = bundle.table("tandems")
    assert {(met[t.mentor_id], met[t.mentee_id]) for t in ours.itertuples()} == pairs
    held = truth.table("meetings").query("tandem_id.str.startswith(@ROUND) and status == 'held'")
    assert (bundle.table("meetings")["status"] == "held").sum() == len(held)
    answers = bundle.table("answers").assign(person_id=lambda a: a["person_id"].map(met))
    was = truth.table("answers").assign(person_id=lambda a: a["person_id"].map(number))
    both = answers.merge(was, on=["round_id", "wave", "person_id", "item"], suffixes=("", "_was"))
    assert len(both) == len(answers) > 300
    assert both["value"].equals(both["value_was"])
    kept = "".join(table.to_csv() for table in bundle.tables.values())
    assert [canary for canary in (*PERSONAL, *map(number, truth.table("people")["person_id"])) if canary in kept] == []


def test_init_never_overwrites(home: Path) -> None:
    before = (home / "exports" / "programme.toml").read_bytes()
    with pytest.raises(InputError, match="not overwritten"):
        rm.init(home / "exports")
    assert (home / "exports" / "programme.toml").read_bytes() == before


@pytest.mark.slow
def test_report_is_made_and_holds_no_canary(home: Path) -> None:
    rm.report(home / "exports", ROUND, reports=home / "reports", quiet=True)
    (folder,) = (home / "reports" / "inside").glob(f"{ROUND}*")
    page = (folder / "report.html").read_text(encoding="utf-8")
    results = (folder / "results.json").read_text(encoding="utf-8")
    assert json.loads(results)
    people = [number(f"P{n:04d}") for n in range(1, 141)]
    assert [canary for canary in (*PERSONAL, *people) if canary in results or f">{canary}<" in page] == []
