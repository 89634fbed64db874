"""Exports that nobody here made: built anew by the facts of public files, each named with its licence, never copied."""

from __future__ import annotations

import tomllib
from pathlib import Path

import folders
import pytest
from folders import PROGRAMME, ROUND, csv_text, write_minimal

from rmanalytics.intake.bundle import read_bundle
from rmanalytics.intake.look.propose import propose

NAMED = PROGRAMME.replace("[programme]\n", '[programme]\nid = "test"\nsimulated = true\n')
PEOPLE = [row[0] for row in folders.people()[1:]]
CANARY = "Canary Surname"


def hr_dataset(folder: Path) -> Path:
    """By the facts of ``HRDataset_v14.csv`` of Huebner and Patalano (CC BY-NC-ND 4.0).

    As chosentribe/sqlhrdataset has it: semicolons; days as year/month/day; units padded with blanks; a reason also for
    who still is there; managers under numbers of their own, which are nobody's EmpID.
    """
    heads = (
        "First_Name;Last_Name;EmpID;MarriedID;EmpStatusID;Salary;Termd;PositionID;Position;State;Zip;DOB;Sex;DateofHire;"
        "DateofTermination;TermReason;EmploymentStatus;Department;ManagerName;ManagerID;RecruitmentSource;Absences"
    )
    rows = []
    for n, person in enumerate(PEOPLE):
        left = (f"2026/05/{1 + n % 28:02d}", "career change") if n > 50 else ("", "N/A-StillEmployed")
        unit = ("Production       ", "IT/IS", "Sales")[n % 3]
        rows.append(
            f"{CANARY}; Given  ;{person};{n % 2};1;{50_000 + n};{int(n > 50)};{14 + n % 9};Sr. DBA;MA;{2100 + n};"
            f"{1960 + n % 40}/0{1 + n % 9}/19;M ;20{10 + n % 12}/07/05;{left[0]};{left[1]};Active;{unit};{CANARY};"
            f"{4 + n % 3};Indeed;{n % 20}"
        )
    folder.mkdir(exist_ok=True)
    (folder / "hr.csv").write_text("\n".join([heads, *rows, ""]), encoding="utf-8")
    return folder


READ_AS = {
    "person_id": "EmpID",
    "birth_year": "DOB",
    "hire_date": "DateofHire",
    "exit_date": "DateofTermination",
    "unit": "Department",
}


def test_hr_data_of_others_are_understood_by_init(tmp_path: Path) -> None:
    made = propose(hr_dataset(tmp_path / "exports"), lambda question, answers, usual: usual)
    (reader,) = tomllib.loads(made.toml)["readers"].values()
    assert reader["kind"] == "spells"
    assert {column: reader["columns"].get(column) for column in READ_AS} == READ_AS
    assert reader["columns"].get("manager_id") is None  # nobody has such a number
    assert CANARY not in made.toml


def test_hr_data_of_others_are_read_as_spells(tmp_path: Path) -> None:
    columns = "\n".join(f'columns.{column} = "{header}"' for column, header in READ_AS.items())
    text = f"""{NAMED}
[readers.hr]
kind = "spells"
files = "hr.csv"
{columns}
columns.start_date = "DateofHire"
columns.end_date = "DateofTermination"
columns.exit_reason = "TermReason"
columns.level = "PositionID"
[values.exit_reason]
"career change" = "voluntary"
"""
    folder = write_minimal(tmp_path, programme=text, people=None, positions=None)
    bundle = read_bundle(hr_dataset(folder))
    people = bundle.table("people")
    assert (len(people), people["exit_reason"].eq("voluntary").sum()) == (len(PEOPLE), len(PEOPLE) - 51)
    assert set(bundle.table("positions")["unit"]) == {"Production", "IT/IS", "Sales"}
    assert CANARY not in "".join(frame.to_csv() for frame in bundle.tables.values())


def test_forms_of_others_are_read(tmp_path: Path) -> None:
    """By the header that ``bin/add_attachments.py`` of acl-org/acl-anthology (Apache-2.0) gives of a Microsoft form.

    The ninth column is a row of a Likert grid, as such exports write it: the question, its sign, a dot, the row.
    """
    meta = ["ID", "Start time", "Completion time", "Email", "Name"]
    heads = [*meta, "Staff ID", "For corrections, please explain.", "Your name", "How far do you agree?.Q one", "Q two"]
    start, end = "2026-01-18 18:01:00", "2026-01-18 18:02:00"
    rows = [
        [n, start, end, "anonymous", CANARY, person, "because, and so on", CANARY, 1 + n % 5, 5]
        for n, person in enumerate([*folders.MENTORS, *folders.MENTEES])
    ]
    text = f"""{NAMED}
[readers.f]
kind = "forms"
files = "f.csv"
columns = {{ person_id = "Staff ID" }}
constants = {{ round_id = "{ROUND}", wave = "pre" }}
[readers.f.items]
"Q one" = "own_q1"
"Q two" = "own_q2"
"""
    folder = write_minimal(tmp_path, programme=text, answers=None)
    (folder / "f.csv").write_text(csv_text([heads, *rows]), encoding="utf-8")
    bundle = read_bundle(folder)
    answers = bundle.table("answers").pivot_table("value", "person_id", "item")
    assert answers["own_q1"].tolist() == [1 + n % 5 for n in range(len(rows))]
    assert answers["own_q2"].eq(5).all()
    assert CANARY not in "".join(frame.to_csv() for frame in bundle.tables.values())


EVENT = """BEGIN:VEVENT
DTSTART:20260304T181500Z
DTEND:20260304T190000Z
DTSTAMP:20260301T175945Z
UID:{n}79fs7pkqvht9m5igs0vjv1sfra@google.com
CREATED:20260301T175920Z
LAST-MODIFIED:20260301T175928Z
SEQUENCE:0
STATUS:CONFIRMED
SUMMARY:{subject}
TRANSP:OPAQUE
BEGIN:VALARM
ACTION:EMAIL
ATTENDEE:mailto:{alarmed}
TRIGGER:-P0DT0H15M0S
DESCRIPTION:This is an event reminder
SUMMARY:{alarm}
END:VALARM
END:VEVENT
"""


def test_a_calendar_of_google_is_read_and_its_alarms_are_not(tmp_path: Path) -> None:
    """By the facts of ``alarm_google_future.ics`` of collective/icalendar (BSD-2-Clause), from Google Calendar 70.9054.

    An alarm has a subject and an attendee of its own: neither says whose meeting it is.
    """
    first, second = (row[1] for row in folders.tandems()[1:3])
    head = (
        f"BEGIN:VCALENDAR\nPRODID:-//Google Inc//Google Calendar 70.9054//EN\nVERSION:2.0\nMETHOD:PUBLISH\n"
        f"X-WR-CALNAME:{CANARY}\nX-WR-TIMEZONE:Europe/London\n"
    )
    events = [
        EVENT.format(n=1, subject=f"{first} with alarms", alarmed="canary@example.org", alarm=second),
        EVENT.format(n=2, subject="private", alarmed="canary@example.org", alarm=first),
    ]
    text = f'{NAMED}\n[readers.c]\nkind = "ical"\nfiles = "c.ics"\n'
    folder = write_minimal(tmp_path, programme=text, meetings=None)
    (folder / "c.ics").write_text(head + "".join(events) + "END:VCALENDAR\n", encoding="utf-8", newline="\r\n")
    bundle = read_bundle(folder)
    meetings = bundle.table("meetings")
    assert meetings["tandem_id"].tolist() == [first]
    assert meetings["minutes"].tolist() == [45]
    assert "anary" not in meetings.to_csv()


def test_the_older_form_of_qualtrics_with_a_comma_at_its_end_is_read(tmp_path: Path) -> None:
    """By the facts of ``sample_legacy.csv`` of ropensci/qualtRics (MIT): each row ends with a comma."""
    places = ["LocationLatitude", "LocationLongitude", "LocationAccuracy", ""]
    named = ["ResponseID", "ResponseSet", "Name", "ExternalDataReference", "EmailAddress", "IPAddress", "Status"]
    heads = [
        [*(f"V{n}" for n in range(1, 11)), "Q1", "Q2", *places],
        [*named, "StartDate", "EndDate", "Finished", "This is a choice.", "This is free text.", *places],
    ]
    start, end = "2026-01-18 08:28:09", "2026-01-18 08:28:48"
    where = ["47.115097045898", "7.2315979003906", -1, ""]
    rows = [
        [f"R_{n}", "Standard-Antwortsatz", CANARY, person, "", "192.0.2.66", 0, start, end, 1, 2, CANARY, *where]
        for n, person in enumerate([*folders.MENTORS, *folders.MENTEES])
    ]
    text = f"""{NAMED}
[readers.q]
kind = "qualtrics"
files = "q.csv"
columns = {{ person_id = "ExternalDataReference" }}
constants = {{ round_id = "{ROUND}", wave = "pre" }}
items = {{ Q1 = "own_q1" }}
"""
    folder = write_minimal(tmp_path, programme=text, answers=None)
    (folder / "q.csv").write_text(csv_text([*heads, *rows]), encoding="utf-8")
    bundle = read_bundle(folder)
    assert bundle.table("answers")["value"].tolist() == [2] * len(rows)
    assert CANARY not in "".join(frame.to_csv() for frame in bundle.tables.values())


def test_an_export_of_surveymonkey_with_ends_of_lines_of_old_is_read(tmp_path: Path) -> None:
    """By the facts of ``star-wars-survey/StarWars.csv`` of fivethirtyeight/data (CC BY 4.0).

    From SurveyMonkey: a question stands over the first of its rows alone, *Response* below one without rows; lines end
    with a carriage return.
    """
    heads = [
        ["RespondentID", "Have you seen any?", "Please state whether you view the following favorably.", "", "", "Age"],
        ["", "Response", "Han", "Luke", "Leia", "Response"],
    ]
    rows = [[person, "Yes", 1 + n % 5, 2, "", "18-29"] for n, person in enumerate([*folders.MENTORS, *folders.MENTEES])]
    text = f"""{NAMED}
[readers.s]
kind = "surveymonkey"
files = "s.csv"
columns = {{ person_id = "RespondentID" }}
constants = {{ round_id = "{ROUND}", wave = "pre" }}
items = {{ Han = "own_q1", Luke = "own_q2", Leia = "own_q3" }}
"""
    folder = write_minimal(tmp_path, programme=text, answers=None)
    (folder / "s.csv").write_text(csv_text([*heads, *rows]), encoding="utf-8", newline="\r")
    answers = read_bundle(folder).table("answers").pivot_table("value", "person_id", "item")
    assert answers["own_q1"].tolist() == [1 + n % 5 for n in range(len(rows))]
    assert answers["own_q2"].eq(2).all()


LIME_HEADS = {
    "texts, German": (
        ["Antwort ID", "Datum Abgeschickt", "Letzte Seite", "Start-Sprache", "Zufallsstartwert", "Zugangscode"],
        "Wie sehr stimmst du zu?   [{text}]",
    ),
    "codes and texts": (
        [
            *("id. Response ID", "submitdate. Date submitted", "lastpage. Last page", "startlanguage. Start language"),
            *("seed. Seed", "token. Access code"),
        ],
        "G1[SQ00{n}]. How far do you agree?   [{text}]",
    ),
}


@pytest.mark.parametrize("form", LIME_HEADS)
def test_an_anonymised_survey_of_limesurvey_is_read(tmp_path: Path, form: str) -> None:
    """By the facts of ``src/results-survey926142.csv`` of TobiasAubert/SportundUmwelt (no licence stated).

    All cells are quoted but those that were never shown; every response has the same day, of 1980; who did not submit
    has no day and no page; a line of a multiple choice that was not shown says N/A. Codes and texts together are the
    vendor's third form of headers, as many public scripts expect it (``submitdate. Date submitted``).
    """
    meta, asked = LIME_HEADS[form]
    questions = [asked.format(n=n, text=text) for n, text in enumerate(("One", "Two", "Three"), start=1)]
    heads = [*meta, *questions, "Sportart", "Hürden [Distanz]"]
    lines = [",".join(f'"{head}"' for head in heads)]
    for n, person in enumerate(PEOPLE[:20]):
        cells = ["1980-01-01 00:00:00", 1, "de", 1_937_220_374, person, 1 + n % 5, 2, "", CANARY, "Ja"]
        lines.append(",".join(f'"{cell}"' for cell in (n + 2, *cells)))
        lines.append(f'"{n + 100}",,,"de","{n}","{PEOPLE[30]}",,,,,"N/A"')
    text = f"""{NAMED}
[readers.l]
kind = "limesurvey"
files = "l.csv"
constants = {{ round_id = "{ROUND}", wave = "pre" }}
"""
    folder = write_minimal(tmp_path, programme=text, answers=None)
    (folder / "l.csv").write_text("\n".join([*lines, ""]), encoding="utf-8-sig")
    bundle = read_bundle(folder)
    answers = bundle.table("answers")
    assert answers.loc[answers["item"] == "own_q1", "value"].tolist() == [1 + n % 5 for n in range(20)]
    assert answers["answered_at"].isna().all()
    assert dict(bundle.tallies[0].counts) == {"used": 20, "unfinished": 20}
    assert CANARY not in answers.to_csv()
    made = propose(_exports(tmp_path, folder), lambda question, answers, usual: usual)
    (reader,) = tomllib.loads(made.toml)["readers"].values()
    assert (reader["kind"], reader["constants"]["round_id"]) == ("limesurvey", "2026H1")


def _exports(tmp_path: Path, folder: Path) -> Path:
    """The survey beside people and tandems, without a declaration."""
    exports = tmp_path / "exports"
    exports.mkdir()
    for name in ("l.csv", "people.csv", "tandems.csv"):
        (exports / name).write_bytes((folder / name).read_bytes())
    return exports


def stacked(folder: Path) -> Path:
    """By what public scripts say of ``MFG10YearTerminationData.csv`` (no copy was seen): a row a person and year.

    Days as month/day/year with an hour; who has not left has 1/1/1900; who leaves has a last row in that year, with a
    reason; a reason *Not Applicable* for all others; typing errors in the reasons.
    """
    heads = (
        "EmployeeID,recorddate_key,birthdate_key,orighiredate_key,terminationdate_key,age,length_of_service,city_name,"
        "department_name,job_title,store_name,gender_short,termreason_desc,termtype_desc,STATUS_YEAR,STATUS"
    )
    rows = []
    for year in (2023, 2024, 2025):
        for n, person in enumerate(PEOPLE):
            left = {1: 2024, 2: 2025}.get(n, 2030)
            if year > left or (n == 3 and year == 2023):
                continue
            gone = ("6/30/" + str(year), "Resignaton") if year == left else ("1/1/1900", "Not Applicable")
            hired = "5/1/2024" if n == 3 else f"{1 + n % 12}/28/{2004 + n % 15}"
            unit = "Meats" if n == 4 and year > 2023 else ("Produce", "Dairy", "Bakery")[n % 3]
            rows.append(
                f"{person},12/31/{year} 0:00,1/3/{1960 + n % 35},{hired},{gone[0]},{40 + n % 9},{n},Vancouver,{unit},"
                f"Clerk,{30 + n % 5},F,{gone[1]},Voluntary,{year},ACTIVE"
            )
    folder.mkdir(exist_ok=True)
    (folder / "hr.csv").write_text("\n".join([heads, *rows, ""]), encoding="utf-8")
    return folder


def test_snapshots_below_each_other_are_read_by_the_column_of_their_day(tmp_path: Path) -> None:
    text = f"""{NAMED}
[readers.hr]
kind = "snapshots"
files = "hr.csv"
dates = "month_first"
columns = {{ person_id = "EmployeeID", day = "recorddate_key", birth_year = "birthdate_key", unit = "department_name" }}
[values.exit_reason]
"Resignaton" = "voluntary"
"""
    more = 'hire_date = "orighiredate_key", exit_date = "terminationdate_key", exit_reason = "termreason_desc", '
    more += 'level = "store_name", unit ='
    folder = write_minimal(tmp_path, programme=text.replace("unit =", more), people=None, positions=None)
    bundle = read_bundle(stacked(folder))
    people = bundle.table("people").set_index("person_id")
    left = people["exit_date"].dropna().astype(str).to_dict()
    assert left == {PEOPLE[1]: "2024-06-30", PEOPLE[2]: "2025-06-30"}
    assert str(people.loc[PEOPLE[3], "hire_date"].date()) == "2024-05-01"
    moved = bundle.table("positions").query("person_id == @PEOPLE[4]")
    assert moved["unit"].tolist() == ["Dairy", "Meats"]
    assert [one.rows for one in bundle.tallies] == [len(PEOPLE) - 1, len(PEOPLE), len(PEOPLE) - 1]


def test_init_knows_snapshots_below_each_other(tmp_path: Path) -> None:
    made = propose(stacked(tmp_path / "exports"), lambda question, answers, usual: usual)
    (reader,) = tomllib.loads(made.toml)["readers"].values()
    assert (reader["kind"], reader["dates"]) == ("snapshots", "month_first")
    columns = reader["columns"]
    assert (columns["day"], columns["person_id"]) == ("recorddate_key", "EmployeeID")
    assert (columns["hire_date"], columns["birth_year"]) == ("orighiredate_key", "birthdate_key")
