"""Columns under other names, declared values and constants, files by pattern, sheets of workbooks."""

from __future__ import annotations

from pathlib import Path

import folders
import pytest
from folders import PROGRAMME, csv_text, write_minimal
from intake_cases import LIMESURVEY, QUALTRICS

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.bundle import Bundle, read_bundle
from rmanalytics.intake.readers.kinds import KINDS

GERMAN = """
[columns.people]
person_id = "Personalnummer"
birth_year = ["Geb.-Datum", "Geburtsdatum"]
hire_date = "Eintritt"
exit_date = "Austritt"
exit_reason = "Grund"

[values.exit_reason]
"Eigenkündigung" = "voluntary"

[tables]
people = "personal*.csv"
"""


def german_people() -> list[list[object]]:
    """The people as a German HR system writes them, with columns that nobody needs."""
    rows: list[list[object]] = [
        ["Nachname", "Personalnummer", "Geburtsdatum", "Eintritt", "Austritt", "Grund", "E-Mail"]
    ]
    for person, year, hired, left, reason in folders.people()[1:]:
        said = {"voluntary": "Eigenkündigung "}.get(str(reason), reason)
        rows.append(["Meier", person, f"17.05.{year}", hired, left, said, f"{person}@example.org"])
    return rows


def outcome(folder: Path) -> tuple[Bundle | None, dict[str, Problem]]:
    """What was read, and problems by code."""
    try:
        bundle = read_bundle(folder)
    except InputError as error:
        return None, {problem.code: problem for problem in error.problems}
    return bundle, {problem.code: problem for problem in bundle.problems}


def test_columns_values_and_files_by_pattern_give_the_same_people(tmp_path: Path) -> None:
    plain = read_bundle(write_minimal(tmp_path / "plain"))
    folder = write_minimal(tmp_path / "german", programme=PROGRAMME + GERMAN, people=None)
    rows = german_people()
    for number, part in enumerate((rows[1:20], rows[20:])):
        (folder / f"personal_{number}.csv").write_text(csv_text([rows[0], *part], ";"), encoding="utf-8")
    bundle, found = outcome(folder)
    assert bundle is not None
    assert bundle.table("people").equals(plain.table("people"))
    assert {"RM-N-150", "RM-N-151", "RM-N-152", "RM-W-090"} <= set(found)
    assert found["RM-N-152"].column == "E-Mail"
    assert "personal_0.csv" in bundle.digests


@pytest.mark.parametrize(
    ("old", "new", "where", "remedy"),
    [
        ("[columns.people]", "[columns.peeple]", "columns.peeple", 'did you mean "people"'),
        ('hire_date = "Eintritt"', 'hire_day = "Eintritt"', "columns.people.hire_day", 'did you mean "hire_date"'),
        (
            "[values.exit_reason]",
            "[values.people.exit_raison]",
            "values.people.exit_raison",
            'did you mean "exit_reason"',
        ),
        ('exit_date = "Austritt"', 'exit_date = "Eintritt"', "columns.people", "give each column its own"),
    ],
)
def test_names_that_do_not_exist_are_refused_with_the_nearest(
    tmp_path: Path, old: str, new: str, where: str, remedy: str
) -> None:
    write_minimal(tmp_path, programme=PROGRAMME + GERMAN.replace(old, new), people=None)
    (tmp_path / "personal.csv").write_text(csv_text(german_people()), encoding="utf-8")
    bundle, found = outcome(tmp_path)
    assert bundle is None
    assert (found["RM-E-005"].column, found["RM-E-005"].remedy) == (where, remedy)


def test_a_declared_header_that_is_missing_is_named(tmp_path: Path) -> None:
    text = PROGRAMME + GERMAN.replace('"Eintritt"', '"Eintrittstag"')
    write_minimal(tmp_path, programme=text, people=None)
    (tmp_path / "personal.csv").write_text(csv_text(german_people()), encoding="utf-8")
    bundle, found = outcome(tmp_path)
    assert bundle is None
    assert found["RM-E-013"].column == "Eintrittstag"
    assert "[columns.people]" in found["RM-E-013"].remedy


def test_a_pattern_that_fits_nothing_is_a_missing_file(tmp_path: Path) -> None:
    write_minimal(tmp_path, programme=PROGRAMME + GERMAN, people=None)
    bundle, found = outcome(tmp_path)
    assert bundle is None
    assert found["RM-E-001"].file == "personal*.csv"


CONSTANTS = """
[files."answers*.csv"]
constants = { round_id = "2026H1" }
"""


def test_a_constant_stands_in_every_row_and_never_for_a_column_that_is_there(tmp_path: Path) -> None:
    plain = read_bundle(write_minimal(tmp_path / "plain"))
    cut = [row[1:] for row in folders.answers()]
    bundle, _ = outcome(write_minimal(tmp_path / "cut", programme=PROGRAMME + CONSTANTS, answers=cut))
    assert bundle is not None
    assert bundle.table("answers").equals(plain.table("answers"))
    bundle, found = outcome(write_minimal(tmp_path / "whole", programme=PROGRAMME + CONSTANTS))
    assert bundle is None
    assert found["RM-E-150"].column == "round_id"


def test_rows_above_the_header_and_totals_are_read_as_declared(tmp_path: Path) -> None:
    plain = read_bundle(write_minimal(tmp_path / "plain"))
    rows = folders.costs()
    text = "Costs of the round\n\n" + csv_text([*rows, ["Total", *[""] * (len(rows[0]) - 1)]])
    folder = write_minimal(tmp_path / "titled", costs=None)
    (folder / "costs.csv").write_text(text, encoding="utf-8")
    bundle, found = outcome(folder)
    assert bundle is None
    assert 'add header_row = 3 under [files."costs.csv"]' in found["RM-E-024"].remedy
    (folder / "programme.toml").write_text(PROGRAMME + '\n[files."costs.csv"]\nheader_row = 3\n', encoding="utf-8")
    bundle, found = outcome(folder)
    assert bundle is None
    assert 'leave_out_totals = true under [files."costs.csv"]' in found["RM-E-027"].remedy
    declared = PROGRAMME + '\n[files."costs.csv"]\nheader_row = 3\nleave_out_totals = true\n'
    (folder / "programme.toml").write_text(declared, encoding="utf-8")
    bundle, found = outcome(folder)
    assert bundle is not None
    assert bundle.table("costs").equals(plain.table("costs"))
    assert found["RM-N-153"].row_count == 1
    assert found["RM-N-153"].rows == (6,)


def listed(*heads: str) -> str:
    """A list of people under headers of another system."""
    days = [
        (f"P{n:03d}", f"1{n}.05.1980", f"1{n}.09.2015", ("Vertrieb", "IT", "Recht")[n % 3], 1 + n % 3) for n in range(9)
    ]
    return csv_text([heads, *days], ";")


STAFF = ("Personalnummer", "Geburtsdatum", "Eintritt", "Abteilung", "Ebene")
LOOKS = {
    "qualtrics": ("answers", "answers.csv", QUALTRICS, "responses: 1, questions: 1"),
    "limesurvey": ("answers", "answers.csv", LIMESURVEY, "responses: 1, questions: 0"),
    "surveymonkey": (
        "answers",
        "monkey.csv",
        "Respondent ID,Collector ID,Start Date,One,Two\n,,,Response,Response\n7,8,01/18/2026,4,5\n",
        "responses: 1, questions: 2",
    ),
    "forms": ("answers", "f.csv", "Start time,Completion time,One\n1/18/2026 9:00,1/18/2026 9:05,4\n", "questions: 1"),
    "wide": ("answers", "w.csv", "Staff number,One,Two,Three\nP011,4,5,2\nP012,3,3,3\n", "responses: 2, questions: 3"),
    "viva": ("ties", "v.csv", "PrimaryCollaborator_PersonId,SecondaryCollaborator_PersonId\na,b\n", "rows: 1"),
    "snapshots": ("people", "staff_2026-01.csv", listed(*STAFF), "rows: 9"),
    "spells": ("people", "staff.csv", listed(*STAFF), "rows: 9"),
    "platform": ("meetings", "m.csv", "Match ID,Meeting date,Meeting status\nT01,2026-02-11,Completed\n", "rows: 1"),
    "ical": ("meetings", "c.ics", "BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n", "a calendar"),
}
"""Of each kind a table that is declared by mistake, its file, and what is seen in it."""


@pytest.mark.parametrize("kind", LOOKS)
def test_the_refusal_of_an_export_says_what_it_looks_like_and_the_lines_that_read_it(tmp_path: Path, kind: str) -> None:
    table, file, text, counted = LOOKS[kind]
    write_minimal(tmp_path, programme=f'{PROGRAMME}\n[tables]\n{table} = "{file}"\n', **{table: None})
    (tmp_path / file).write_text(text, encoding="utf-8")
    refused = outcome(tmp_path)[1]["RM-E-010" if kind == "ical" else "RM-E-024"]
    assert f"this looks like an export of the kind {kind}: " in refused.rule
    assert counted in refused.rule
    assert f'] kind = "{kind}", files = "{file}"' in refused.remedy
    assert "init" in refused.remedy
    assert "P011" not in str(refused)


def test_every_kind_of_reader_is_recognised_in_a_refusal() -> None:
    assert set(LOOKS) == set(KINDS) - {"workbook"}  # whose sheets are read as tables


def test_a_list_of_a_table_under_other_headers_is_told_by_its_columns(tmp_path: Path) -> None:
    text = "Mentor Nr.,Mentee Nr.,Zugeteilt am\n" + "".join(f"P00{n},P01{n},2026-01-1{n}\n" for n in range(1, 8))
    refused = outcome(write_minimal(tmp_path, tandems=text))[1]["RM-E-024"]
    assert "a list of tandems under other headers" in refused.rule
    assert "[columns.tandems] mentor_id = " in refused.remedy


def test_the_lines_of_a_refusal_read_the_file(tmp_path: Path) -> None:
    folder = write_minimal(tmp_path / "p", answers="id,submitdate,lastpage,startlanguage,q1\n1,,2,de,4\n")
    kind = "limesurvey"
    (folder / "answers.csv").rename(folder / "before.csv")
    lines = f'kind = "{kind}"\nfiles = "before.csv"\ncolumns = {{ person_id = "q1" }}\nconstants = {{ wave = "pre" }}\n'
    with (folder / "programme.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[pseudonyms]\nids = "keyed"\n\n[readers.before]\n{lines}')
    assert "RM-E-024" not in outcome(folder)[1]
