"""`check`: what cannot be answered and why, what changed since the last report, and the page with its list of rows."""

from __future__ import annotations

import csv
import json
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

import folders
import pytest
from folders import PROGRAMME, column_of, write_minimal

import rmanalytics as rm
from rmanalytics import shipped
from rmanalytics.__main__ import main
from rmanalytics.errors import InputError
from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.evaluate import evaluate
from rmanalytics.evaluation.lacking import lacking
from rmanalytics.intake.bundle import Bundle, read_bundle
from rmanalytics.intake.schema import TABLES
from rmanalytics.results import Estimate
from rmanalytics.run import cells, manifest
from rmanalytics.run.changes import shape_of, since_report
from rmanalytics.run.code import Code, code_of

DATA = Path(__file__).parents[2] / "data" / "example"
OF_RECORDS = {"C5": "initiatives", "C6": "branding", "C7": "alumni", "M2": "goals", "J9": "projects"}


@pytest.fixture(scope="module")
def example() -> Bundle:
    return read_bundle(DATA)


def without(bundle: Bundle, table: str, column: str = "") -> Bundle:
    """The bundle as it is read where a table, or a column of it, is not supplied."""
    tables, headed = dict(bundle.tables), dict(bundle.headed)
    if column:
        headed[table] = tuple(name for name in headed[table] if name != column)
        tables[table] = tables[table].assign(**{column: None})
    else:
        del tables[table], headed[table]
    return replace(bundle, tables=MappingProxyType(tables), headed=headed)


def lost(bundle: Bundle) -> dict[str, set[str]]:
    return {f"{one.file} {one.part}".strip(): set(one.claims) for one in lacking(bundle)}


@pytest.mark.parametrize("table", OF_RECORDS.values())
def test_what_is_said_to_be_lost_is_what_the_evaluation_loses(example: Bundle, table: str) -> None:
    cut, round_id = without(example, table), example.programme.rounds[-1].id
    expected = lost(cut)[f"{table}.csv"]
    found = evaluate(cut, round_id, claims=OF_RECORDS)
    assert {name for name, one in found.items() if not isinstance(one, Estimate)} == expected & set(OF_RECORDS)
    assert expected


def test_columns_scales_waves_and_keys_are_named(example: Bundle) -> None:
    assert set(lost(example)) == {""}  # what no file can give
    assert lost(without(example, "meetings", "topic_code")) == lost(example) | {"meetings.csv topic_code": {"C4"}}
    answers = example.tables["answers"]
    scale = {item.id for item in example.programme.instruments["technology_anxiety"].items}
    for gone, part in (
        (answers["item"].isin(scale), "technology_anxiety"),
        (answers["item"].isin(scale) & (answers["wave"] == "post"), "technology_anxiety, post"),
    ):
        cut = replace(example, tables=MappingProxyType({**example.tables, "answers": answers[~gone]}))
        assert lost(cut) == lost(example) | {f"answers.csv {part}": {"M3"}}


def test_what_costs_most_claims_stands_first(tmp_path: Path) -> None:
    found = lacking(read_bundle(write_minimal(tmp_path / "p", ties=None, tandems=None, meetings=None, answers=None)))
    counts = [len(one.claims) for one in found]
    assert counts == sorted(counts, reverse=True)
    assert found[0].file == "tandems.csv"
    assert {file for one in found if (file := one.file)} - {f"{name}.csv" for name in TABLES} == {"programme.toml"}
    assert {name for one in found for name in one.claims} <= {claim.id for claim in claims()}


def reported(folder: Path, reports: Path, code: Code) -> None:
    """A report of the folder as it is now, as far as its manifest goes."""
    bundle, place = read_bundle(folder), reports / "inside" / "2026H1"
    place.mkdir(parents=True)
    (reports / ".state").mkdir()
    done = {"seed": 1, "figures": 0, "chapters": [], "digests": bundle.digests, "shape": shape_of(bundle)}
    about = {"round_id": "2026H1", "key": manifest.read_key(reports / ".state"), "code": code, "headline": ""}
    facts = manifest.build(done | {"programme": bundle.programme.name}, **about, made_on=date(2026, 8, 1), files=[])
    (place / manifest.NAME).write_text(json.dumps(facts), encoding="utf-8")


def test_check_names_rows_columns_declaration_and_code_that_changed(tmp_path: Path) -> None:
    code, folder, reports = code_of(cells.notebooks(shipped.notebooks())), tmp_path / "p", tmp_path / "reports"
    write_minimal(folder)
    assert since_report(read_bundle(folder), reports) is None
    reported(folder, reports, code)
    same = since_report(read_bundle(folder), reports)
    assert same is not None
    assert (same.round_id, same.changes) == ("2026H1", ())
    meetings = [[*row, "topic_code" if n == 0 else "ai"] for n, row in enumerate(folders.meetings()[:-1])]
    costs = column_of(folders.costs(), "quantity", lambda n: int(str(n)) + 1)
    programme = PROGRAMME.replace("data_until = 2026-09-30", "data_until = 2026-10-31")
    write_minimal(folder, meetings=meetings, costs=costs, branding=None, programme=programme)
    (folder / "branding.csv").unlink()
    since = since_report(read_bundle(folder), reports)
    assert since is not None
    assert since.changes == (
        "branding.csv is gone; it had 12 rows",
        "meetings.csv: 21 rows then, 20 now",
        "meetings: new columns: topic_code",
        "costs.csv: other content",
        "programme.toml: programme.data_until",
    )
    made = manifest.read(reports / "inside" / "2026H1")
    assert made is not None
    made["code"]["versions"]["numpy"] = "0"
    (reports / "inside" / "2026H1" / manifest.NAME).write_text(json.dumps(made), encoding="utf-8")
    since = since_report(read_bundle(folder), reports)
    assert since is not None
    assert since.changes[-1] == "version of numpy"
    assert "2026-09-30" not in json.dumps(made)
    assert str(rm.check(folder, reports=reports)).count("version of numpy") == 1


def test_the_page_says_what_the_terminal_says_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    folder, page = tmp_path / "p", tmp_path / "check.html"
    programme = PROGRAMME.replace("[programme]", '[programme]\nlanguage = "de"')
    write_minimal(folder, programme=programme, ties=[*folders.ties(), ["2026-01-15", "P001", "P001", "advice"]])
    told = rm.check(folder, html=page, reports=tmp_path / "none")
    text = page.read_text(encoding="utf-8")
    assert "Die Daten sind brauchbar" in text
    assert "ties.csv" in text
    assert "RM-N-076" in text
    for one in told.document["lacking"]:
        assert one["part"] in text
    assert not any(person in text for person in (*folders.MENTORS, *folders.MENTEES))
    assert {stat.S_IMODE(path.stat().st_mode) for path in (page, tmp_path / "check-rows.csv")} == {0o600}


def test_a_refused_folder_has_its_page_with_every_row_that_is_meant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = column_of(folders.people(), "hire_date", lambda _: "some Tuesday")
    write_minimal(tmp_path / "p", people=people)
    page = tmp_path / "check.html"
    assert main(["check", str(tmp_path / "p"), "--html", str(page)]) == 2
    assert "RM-E-043" in capsys.readouterr().err
    text, rows = (
        page.read_text(encoding="utf-8"),
        list(csv.DictReader((tmp_path / "check-rows.csv").read_text().splitlines())),
    )
    assert "must be mended" in text
    assert "costs.csv" in text  # what could be read has its account
    assert [int(row["row"]) for row in rows if row["code"] == "RM-E-043"] == list(range(2, len(people) + 1))
    assert "Tuesday" not in text + str(rows)
    with pytest.raises(InputError):
        rm.check(tmp_path / "p")


def test_a_german_programme_is_checked_in_german(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    german = PROGRAMME.replace("[programme]\n", '[programme]\nlanguage = "de"\n')
    folder = str(write_minimal(tmp_path / "p", programme=german))
    assert main(["check", folder]) == 0
    said = capsys.readouterr().out
    assert "Die Daten sind verwendbar. Als Nächstes: rmanalytics report" in said
    assert [word for word in ("used", "rows", "lacking", "Fix:") if word in said] == []
    (tmp_path / "p" / "people.csv").write_text("person_id,hire_date\n", encoding="utf-8")
    assert main(["check", folder]) == 2
    said = capsys.readouterr().err
    assert "Abhilfe: " in said
    assert said.rstrip().endswith("Nichts wurde veröffentlicht.")
    (tmp_path / "p" / "programme.toml").write_text(german + "\ncolour = 3\n[rounds", encoding="utf-8")
    assert main(["check", folder]) == 2
    assert "das ist kein gültiges TOML" in capsys.readouterr().err
