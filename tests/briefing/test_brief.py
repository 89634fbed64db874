"""The command: it takes a programme, its reports or a release, and tells what is planned before there is a verdict."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from folders import PROGRAMME, write_minimal
from release_worlds import release

from rmanalytics.__main__ import main
from rmanalytics.briefing.asked import DRAW, DRAW_AGAIN, decisions
from rmanalytics.briefing.deck import deck
from rmanalytics.briefing.told import Told
from rmanalytics.errors import ReleaseError
from rmanalytics.inspect.outside import scan
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import LANGUAGES, translator
from rmanalytics.programme.programme import Programme, read_programme
from rmanalytics.release.figures import Gate
from rmanalytics.release.interim import interim
from rmanalytics.release.records import places
from rmanalytics.release.team import catalogue_of
from rmanalytics.run import brief as asked
from rmanalytics.run import outside
from rmanalytics.run.lock import OUTSIDE
from rmanalytics.run.stores import store_of

DECLARE = "Declare the plan before the first answer of the next round"

PLAN = "[draw]\nplaces = 34\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A programme in the middle of its first round, with nothing but its declaration."""
    monkeypatch.setenv("RMANALYTICS_BROWSER", "")
    made = write_minimal(tmp_path / "programme", programme=f"{PROGRAMME}\n{PLAN}")
    for table in made.glob("*.csv"):
        table.unlink()
    own = read_programme(made, tuple(TABLES)).rounds[0]
    monkeypatch.setattr(Programme, "today", lambda *_: own.start + timedelta(days=60))
    return made


def test_before_the_first_release_a_programme_tells_its_plan_and_no_verdict(
    folder: Path, tmp_path: Path, capsys
) -> None:
    nowhere, board = str(tmp_path / "none"), tmp_path / "board"
    assert main(["brief", str(folder), "--reports", nowhere]) == 2
    assert "name a folder with --to" in capsys.readouterr().err
    assert main(["brief", str(folder), "--reports", nowhere, "--to", str(board), "--languages", "en,de"]) == 0
    page = (board / "briefing.en.html").read_text(encoding="utf-8").replace("\u00a0", " ")
    assert "no verdict yet, due after" in page
    assert "no data were read" in page
    assert "<dt>tandems planned</dt><dd>34</dd>" in page
    assert scan(board) == []
    assert not list((board / "snippets").glob("*"))


def test_due_keeps_the_page_of_a_round_in_its_middle_until_it_is_over(
    folder: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = tmp_path / "reports"
    place, own = reports / OUTSIDE / outside.INTERIM, read_programme(folder, tuple(TABLES)).rounds[0]
    call = ["due", str(folder), "--reports", str(reports)]
    assert main(call) == 0
    assert f"no verdict yet, due after {own.end}" in capsys.readouterr().err
    made = {path: path.stat().st_mtime_ns for path in place.rglob("*") if path.is_file()}
    assert {place / "briefing.en.html", place / "slides.en.html", place / "released.json"} <= set(made)
    assert place.parent.stat().st_mode & 0o777 == place.stat().st_mode & 0o777 == 0o750
    assert all(path.stat().st_mode & 0o777 == 0o640 for path in made)
    assert all(store_of(path.relative_to(reports).as_posix()) for path in reports.rglob("*"))
    assert main(call) == 0
    assert {path: path.stat().st_mtime_ns for path in made} == made
    assert "no verdict yet" not in capsys.readouterr().err
    assert outside.published(reports, own.id) is None
    assert main(["brief", str(reports), "--strike", f"places.{own.id}"]) == 2
    declared = folder / "programme.toml"
    declared.write_text(declared.read_text(encoding="utf-8").replace("places = 34", "places = 36"), encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(outside, "look_through", found_something)
        assert main(call) == 3
    assert "RM-S-002" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in made} == made
    assert [path.name for path in place.parent.iterdir()] == [outside.INTERIM]
    monkeypatch.setattr(Programme, "today", lambda *_: own.end + timedelta(days=1))
    main(call)
    assert not place.exists()


def found_something(*_: object, **__: object) -> None:
    raise ReleaseError("RM-S-002", "what would lie outside must not go out")


def test_a_round_in_its_middle_is_asked_for_by_its_id_when_others_are_released(folder: Path, tmp_path: Path) -> None:
    released = tmp_path / "reports" / OUTSIDE / "2020H1" / "released.json"
    released.parent.mkdir(parents=True)
    released.write_text(json.dumps(release("shown")), encoding="utf-8")
    own, board = read_programme(folder, tuple(TABLES)).rounds[0], tmp_path / "board"
    call = ["brief", str(folder), "--reports", str(tmp_path / "reports"), "--to", str(board), "--languages", "en"]
    assert main([*call, "--round", own.id, "--only", "html"]) == 0
    assert "no verdict yet, due after" in (board / "briefing.en.html").read_text(encoding="utf-8").replace(
        "\u00a0", " "
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_of_a_round_under_way_are_short_in_every_language(folder: Path, language: str) -> None:
    programme = read_programme(folder, tuple(TABLES))
    told = Told(interim(programme, programme.rounds[0]), translator(language))
    assert [0 < len(slide.title) <= 110 for slide in deck(told)] == [True]


def test_places_that_were_planned_stand_outlined_over_the_tandems_that_started(folder: Path) -> None:
    programme = read_programme(folder, tuple(TABLES))
    gate = Gate(catalogue=catalogue_of(programme), key=b"")
    round_ = replace(programme.rounds[0], id="2026H1")
    assert [entry["value"] for entry in places(programme, round_, gate)] == [34]
    left = catalogue_of(SimpleNamespace(leadership=SimpleNamespace(leave_out=("places",))))  # type: ignore[arg-type]
    assert not list(places(programme, round_, Gate(catalogue=left, key=b"")))
    figure = deck(Told(release("shown"), translator("en")))[0].figures[0]
    assert [(line.style, line.points[-1].text) for line in figure.lines] == [("participants", "35"), ("planned", "40")]
    assert "40" in figure.note


@pytest.mark.parametrize("where", ["programme", "reports", "release"])
def test_a_released_round_is_rendered_from_programme_reports_or_release(
    folder: Path, tmp_path: Path, where: str
) -> None:
    reports = tmp_path / "reports"
    place = reports / OUTSIDE / "2026H1" / "released.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(release("shown")), encoding="utf-8")
    source = {"programme": folder, "reports": reports, "release": place}[where]
    given = ["brief", str(source), "--reports", str(reports), "--only", "html", "--to", str(tmp_path / "to")]
    assert main(given) == 0
    assert (tmp_path / "to" / "slides.en.html").is_file()


def test_without_the_extra_office_a_line_says_what_to_install(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(asked, "available", lambda: False)
    monkeypatch.setattr(asked, "find_spec", lambda _: None)
    place = tmp_path / "released.json"
    place.write_text(json.dumps(release("shown")), encoding="utf-8")
    assert main(["brief", str(place), "--only", "html"]) == 0
    assert not capsys.readouterr().err
    assert main(["brief", str(place), "--only", "pptx"]) == 2
    assert "pip install 'rmanalytics[office]'" in capsys.readouterr().err
    room = tmp_path / OUTSIDE
    room.mkdir()
    line = {
        "id": "RM-2026H1-M1-0000",
        "state": "valid",
        "text": {"en": "x"},
        "valid_until": "2027-01-31",
        "claim": "M1",
    }
    (room / "sentences.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    (tmp_path / "deck.pdf").write_bytes(b"%PDF-1.7")
    assert main(["verify", str(tmp_path / "deck.pdf"), "--reports", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "RM-E-120" in said
    assert "pip install 'rmanalytics[office]'" in said


@pytest.mark.parametrize("broken", [True, False])
def test_only_a_broken_rule_is_to_be_put_right(*, broken: bool) -> None:
    told = Told(release("could_not", broken=broken), translator("en"))
    texts = [text for text, *_ in decisions(told).points]
    assert ("Pair anew where a rule is broken" in texts) is broken


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("level", "recorded"), [(5, True), (2, False), (4, True)])
def test_a_plan_that_was_not_recorded_is_to_be_declared_whatever_else_is_open(level, recorded, language) -> None:
    """And a programme that draws already is not told to begin with it."""
    document = release("could_not", broken=True)
    for entry in document["entries"]:
        if entry["row"] == "verdict":
            entry |= {"level": level, "recorded": recorded}
    tr = translator(language)
    texts = [text for text, *_ in decisions(Told(document, tr)).points]
    assert (tr(DECLARE) in texts) is not recorded
    assert (tr(DRAW_AGAIN) in texts, tr(DRAW) in texts) == (level == 5, level != 5)
