"""The manifest tells whether a report would come out the same, without giving its inputs away."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from folders import PROGRAMME, write_minimal
from run_tools import write_notebook, write_programme

from rmanalytics.__main__ import main
from rmanalytics.errors import EXIT_INPUT_REFUSED, InputError
from rmanalytics.intake.door import KEY_FILE
from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.keys import key_folder, key_of
from rmanalytics.programme.programme import read_programme
from rmanalytics.programme.sources import KEYED
from rmanalytics.run import code, due, history, manifest
from rmanalytics.run.code import code_of, file_digest
from rmanalytics.terminal.status_text import as_text

KEY = b"k" * 32
TODAY = date(2026, 3, 1)


@pytest.fixture
def made(tmp_path: Path):
    """A programme, a notebook, and a published report of 2025H1."""
    folder = write_programme(tmp_path / "programme")
    notebook = write_notebook(tmp_path / "06_round_report.ipynb", "1")
    programme = read_programme(folder, tuple(TABLES))
    publish_report(programme, tmp_path / "reports", "2025H1", notebook)
    return programme, notebook, tmp_path / "reports"


def publish_report(programme, reports: Path, round_id: str, notebook: Path) -> None:
    place = reports / "inside" / round_id
    place.mkdir(parents=True, exist_ok=True)
    (place / "report.html").write_text("page", encoding="utf-8")
    digests = {name: file_digest(programme.folder / name) for name in ("programme.toml", "people.csv")}
    digests |= manifest.key_digest(programme)
    done = {"programme": "Invented", "seed": 1, "figures": 0, "chapters": [], "digests": digests}
    done["shape"] = {"declaration": {}}
    about = {"round_id": round_id, "key": KEY, "code": code_of([notebook]), "made_on": TODAY, "headline": ""}
    facts = manifest.build(done, files=[place / "report.html"], **about)
    (place / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")


def stands(made, *, today: date = TODAY, key: bytes = KEY) -> dict[str, due.Standing]:
    programme, notebook, reports = made
    found = due.standings(programme, reports, key=key, code=code_of([notebook]), today=today)
    return {one.round_id: one for one in found}


def first(made, **given) -> tuple[str, tuple[str, ...]]:
    one = stands(made, **given)["2025H1"]
    return one.state, one.why


def test_what_holds_is_current_and_what_lacks_is_due_since_the_round_ended(made):
    found = stands(made)
    assert {name: one.state for name, one in found.items()} == {"2025H1": "current", "2025H2": "due", "2099H1": "open"}
    assert (found["2025H2"].since, found["2025H2"].days(TODAY)) == (date(2026, 1, 1), 59)
    assert found["2025H1"].days(TODAY) == found["2099H1"].days(TODAY) == 0


def test_a_changed_new_or_lost_input_is_due_and_named(made):
    file = made[0].folder / "people.csv"
    file.write_text(file.read_text(encoding="utf-8") + "E0002,1990,2020-01-01\n", encoding="utf-8")
    (made[0].folder / "ties.csv").write_text("wave_date\n", encoding="utf-8")
    assert first(made) == ("due", ("people.csv has changed", "ties.csv has changed"))
    file.unlink()
    assert first(made) == ("due", ("people.csv has changed", "ties.csv has changed"))


@pytest.mark.parametrize("spoil", [Path.unlink, lambda key: key.write_bytes(b"j" + key.read_bytes()[1:])])
def test_another_key_of_the_pseudonyms_or_none_makes_a_report_due(made, tmp_path, monkeypatch, spoil):
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    programme = replace(made[0], id="keyed", sources=replace(made[0].sources, ids=KEYED))
    key_of("keyed", KEY_FILE, make=True)
    publish_report(programme, made[2], "2025H1", made[1])
    keyed = (programme, *made[1:])
    assert first(keyed) == ("current", ())
    spoil(key_folder("keyed") / KEY_FILE)
    assert first(keyed) == ("due", ("pseudonyms.key has changed",))


@pytest.mark.parametrize("spoil", ["cut", "gone", "touched"])
def test_a_published_file_that_was_cut_or_lost_is_damage(made, spoil):
    page = made[2] / "inside" / "2025H1" / "report.html"
    if spoil == "gone":
        page.unlink()
    else:
        page.write_text("pag" if spoil == "cut" else "pagE", encoding="utf-8")
    assert first(made) == ("damaged", (f"report.html {'is missing' if spoil == 'gone' else 'has changed'}",))


def test_a_manifest_that_was_lost_or_edited_is_damage(made):
    path = made[2] / "inside" / "2025H1" / "manifest.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(facts | {"seed": 2}), encoding="utf-8")
    assert first(made) == ("damaged", ("manifest.json has changed",))
    path.unlink()
    assert first(made) == ("damaged", ("manifest.json is missing or cannot be read",))
    assert first(made, key=b"x" * 32)[0] == "damaged"


def test_one_byte_of_a_package_file_is_other_code(made, tmp_path, monkeypatch):
    copy = tmp_path / "package"
    shutil.copytree(code.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code, "PACKAGE", copy)
    assert first(made) == ("current", ())
    file = copy / "measures" / "rows.py"
    file.write_bytes(file.read_bytes() + b"\n")
    assert first(made) == ("other code", ("the package has changed",))


def test_one_version_of_what_the_package_needs_is_other_code(made, monkeypatch):
    found = code.versions()
    assert {"rmanalytics", "python", "numpy", "scipy", "jinja2", "markupsafe"} <= set(found)
    assert not {"pytest", "ruff", "igraph"} & set(found)
    monkeypatch.setattr(code, "versions", lambda: found | {"markupsafe": "0"})
    assert first(made) == ("other code", ("version of markupsafe",))


def test_one_notebook_is_other_code(made):
    write_notebook(made[1], "2")
    assert first(made) == ("other code", ("notebook 06_round_report",))


def test_a_round_that_is_over_waits_for_its_data_and_says_which_table(tmp_path):
    folder = write_minimal(
        tmp_path / "programme", programme=PROGRAMME.replace("2026-09-30", "2026-06-30"), meetings=None
    )
    one = due.standings(
        read_programme(folder, tuple(TABLES)), tmp_path, key=KEY, code=code_of([]), today=date(2026, 8, 1)
    )[0]
    assert (one.state, one.since) == ("waiting", date(2026, 7, 16))
    assert one.why[0] == "data_until is 2026-06-30, the round ended on 2026-07-15"
    assert "people ends on 2026-05-31" in one.why
    assert not one.wanted(datetime(2026, 8, 1, tzinfo=UTC))


def test_how_a_round_stands_is_told_in_the_language_of_its_programme(made, tmp_path):
    programme, notebook, reports = made
    german = replace(programme, language="de"), notebook, reports
    failed(german, "2026-02-01", "2026-02-02", "2026-02-03")
    told = {name: str(one) for name, one in stands(german).items()}
    assert told["2025H1"] == f"{programme.name}, 2025H1: aktuell"
    assert told["2025H2"] == (
        f"{programme.name}, 2025H2: 3 Mal gescheitert (RM-E-037) seit 2026-01-01, nächster Versuch nach 2026-02-04 "
        "04:30 UTC oder wenn Daten oder Programmcode sich ändern: es gibt keinen Bericht"
    )
    (reports / "inside" / "2025H1" / "report.html").unlink()
    assert str(stands(german)["2025H1"]).endswith("beschädigt: report.html fehlt")
    about = {"folder": "p", "reports": reports, "language": "de", "today": TODAY}
    one = due.Status(**about, standings=tuple(stands(german).values()), last_run=history.read(reports / ".state")[-1])
    text = as_text([one], overdue_days=1)
    assert "(überfällig: 59 Tage)" in text
    assert "letzter Lauf 2026-02-03T05:30:00+00:00: 2025H2 gescheitert RM-E-037" in text


def test_a_refusal_of_a_report_is_told_in_the_language_of_its_programme(tmp_path, capsys):
    folder = write_minimal(tmp_path / "programme", programme=f'language = "de"\n{PROGRAMME}', meetings=[["x"]])
    assert main(["report", str(folder), "--reports", str(tmp_path / "reports"), "--quiet"]) == EXIT_INPUT_REFUSED
    said = capsys.readouterr().err
    assert "Abhilfe: " in said
    assert "Fix: " not in said


def failed(made, *days: str, of: str | None = None) -> due.Standing:
    programme, notebook, reports = made
    state = reports / ".state"
    state.mkdir(exist_ok=True)
    of = of or manifest.fingerprint(manifest.input_digests(programme), code_of([notebook]), key=KEY)
    about = {"round": "2025H2", "outcome": "failed", "code": "RM-E-037", "exit": 2, "of": of}
    for day in days:
        history.append(state, {"at": f"{day}T05:30:00+00:00"} | about)
    return stands(made)["2025H2"]


def test_failures_are_counted_and_from_the_third_on_the_next_try_waits(made):
    one = failed(made, "2026-02-01", "2026-02-02")
    assert (one.state, one.failures, one.code, one.exit_code, one.next_try) == ("failed", 2, "RM-E-037", 2, None)
    assert one.wanted(datetime(2026, 2, 2, 5, 31, tzinfo=UTC))
    one = failed(made, "2026-02-03")
    assert not one.wanted(datetime(2026, 2, 4, 4, 29, tzinfo=UTC))
    assert one.wanted(datetime(2026, 2, 4, 4, 30, tzinfo=UTC))
    assert "failed 3 times (RM-E-037) since 2026-01-01, next try after 2026-02-04 04:30 UTC" in str(one)
    assert failed(made, *(f"2026-02-{day:02}" for day in range(4, 11))).next_try == datetime(
        2026, 2, 17, 4, 30, tzinfo=UTC
    )


def test_failures_with_other_data_or_code_do_not_count(made):
    assert failed(made, "2026-02-01", "2026-02-02", of="other").state == "due"


def test_the_history_keeps_every_line_and_survives_a_cut_one(tmp_path):
    history.append(tmp_path, {"round": "1"})
    with (tmp_path / "history.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"round": "cu')
    history.append(tmp_path, {"round": "2"})
    assert [line["round"] for line in history.read(tmp_path)] == ["1", "2"]


def test_the_day_that_closes_a_round_is_that_of_the_programmes_zone(made):
    moment = datetime(2026, 1, 1, 3, tzinfo=UTC)
    assert replace(made[0], timezone="America/New_York").today(moment) == date(2025, 12, 31)
    assert replace(made[0], timezone="Asia/Tokyo").today(datetime(2025, 12, 31, 15, tzinfo=UTC)) == date(2026, 1, 1)


def test_digests_cannot_be_computed_without_the_key(made):
    known = hashlib.sha256((made[0].folder / "people.csv").read_bytes()).hexdigest()
    text = (made[2] / "inside" / "2025H1" / "manifest.json").read_text(encoding="utf-8")
    assert known not in text
    assert str(made[0].folder.parent) not in text


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_key_is_made_once_and_read_by_its_owner_alone(tmp_path):
    key = manifest.read_key(tmp_path)
    assert len(key) == 32
    assert manifest.read_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_a_damaged_key_is_refused(tmp_path):
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(InputError, match=r"RM-E-094"):
        manifest.read_key(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"inputs": []}'])
def test_a_manifest_that_cannot_be_read_counts_as_none(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    assert manifest.read(tmp_path) is None


def test_rounds_are_closed_when_they_are_over_and_their_data_complete(made):
    assert due.closed_rounds(made[0], today=TODAY) == ["2025H1", "2025H2"]
    assert due.closed_rounds(made[0], today=date(2025, 12, 31)) == ["2025H1"]
    assert due.latest_closed(made[0], today=date(2025, 12, 31)) == "2025H1"


def test_without_a_closed_round_the_refusal_says_what_to_do(made):
    with pytest.raises(InputError, match=r"RM-E-093 .* or name the round with --round"):
        due.latest_closed(made[0], today=date(2025, 6, 30))
