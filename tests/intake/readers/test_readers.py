"""Readers on files that nobody here wrote, and on small exports of each kind written out by hand."""

from __future__ import annotations

from pathlib import Path

import folders
import pandas as pd
import pytest
from folders import PROGRAMME, csv_text, write_minimal

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.bundle import Bundle, read_bundle

FIELD = Path(__file__).parents[4] / "shared" / "field"
KEYED = '\n[pseudonyms]\nids = "keyed"\n'


def programme(*blocks: str) -> str:
    """The minimal declaration as that of nobody real, with more blocks."""
    return PROGRAMME.replace("[programme]\n", '[programme]\nid = "test"\nsimulated = true\n') + "\n" + "\n".join(blocks)


def outcome(folder: Path) -> tuple[Bundle | None, dict[str, Problem]]:
    """What was read, and problems by code."""
    try:
        bundle = read_bundle(folder)
    except InputError as error:
        return None, {problem.code: problem for problem in error.problems}
    return bundle, {problem.code: problem for problem in bundle.problems}


def survey(kind: str, file: str, *lines: str, wave: str = "pre", items: str = "") -> str:
    constants = f'constants = {{ round_id = "2026H1", wave = "{wave}" }}'
    block = "\n".join(["[readers.survey]", f'kind = "{kind}"', f'files = "{file}"', constants, *lines])
    return block + (f"\n[readers.survey.items]\n{items}" if items else "")


def shown(frame: pd.DataFrame) -> list[list[str]]:
    """Rows as texts, missing values empty."""
    return [["" if pd.isna(cell) else str(cell).removesuffix(" 00:00:00") for cell in row] for row in frame.to_numpy()]


def sample(name: str) -> Path:
    path = FIELD / name
    if not path.is_file():
        pytest.skip(f"the sample {name} is not beside the checkout")
    return path


def test_the_sample_of_qualtrics_is_read_as_far_as_it_holds_what_is_needed(tmp_path: Path) -> None:
    """A file of ropensci/qualtRics (MIT): one response, German headers of its meta columns, no person in it."""
    data = sample("qualtrics_sample.csv").read_bytes()
    lines = ('columns = { person_id = "ResponseId" }',)
    text = programme(survey("qualtrics", "q.csv", *lines, items='"Q1" = "own_q1"'))
    folder = write_minimal(tmp_path, programme=text, answers=None)
    (folder / "q.csv").write_bytes(data)
    bundle, found = outcome(folder)
    assert bundle is None
    assert found["RM-Q-048".replace("Q", "E")].file == "q.csv"  # nobody in people has the id of a response
    assert found["RM-N-155"].rule.endswith(": 6")


def test_the_sample_of_viva_gives_its_ties(tmp_path: Path) -> None:
    """A file of microsoft/vivainsights-py (MIT): pairs with scores, the month first."""
    data = sample("viva_p2p_sample.csv").read_text(encoding="utf-8-sig").splitlines()
    head, rows = data[0].split(","), [line.split(",") for line in data[1:]]
    ids = sorted({row[head.index(n)] for row in rows for n in head[:2]})
    people = [["person_id", "birth_year", "hire_date"], *([person, 1980, "2015-01-01"] for person in ids)]
    block = '[readers.viva]\nkind = "viva"\nfiles = "viva.csv"\ndates = "month_first"\n'
    text = programme(block).replace("2026-09-30", "2026-09-30")
    folder = tmp_path / "p"
    write_minimal(folder, programme=text, **dict.fromkeys(folders.TABLES, None) | {"people": people})
    (folder / "viva.csv").write_text("\n".join(data) + "\n", encoding="utf-8")
    bundle = read_bundle(folder)
    ties = bundle.table("ties")
    assert len(ties) == len({tuple(row[:3]) for row in rows})
    assert set(ties["wave_date"].dt.strftime("%m/%d/%Y")) == {row[2] for row in rows}
    at = head.index("Strong_tie_score")
    assert ties["weight"].sum() == pytest.approx(sum(float(row[at]) for row in rows))


def response(*answers: object, person: str = "P001", day: str = "2026-01-18") -> list[object]:
    return [person, day, *answers]


EXPORTS: dict[str, tuple[str, list[list[object]], str]] = {
    "surveymonkey": (
        'columns = { person_id = "Custom Data 1" }',
        [
            ["Respondent ID", "Custom Data 1", "End Date", "How do you see yourself?", "", ""],
            ["", "", "", "One", "Two", "Three"],
            [118, "P001", "01/18/2026 11:30:00 AM", "agree", "disagree", ""],
            [119, "P011", "01/19/2026 01:05:00 PM", "neither", "agree", "agree"],
        ],
        ",",
    ),
    "google forms": (
        'columns = { person_id = "Personnel number" }',
        [
            [
                "Timestamp",
                "Email Address",
                "Personnel number",
                "Please rate [One]",
                "Please rate [Two]",
                "Please rate [Three]",
            ],
            ["1/18/2026 11:30:00", "a@example.org", "P001", "agree", "disagree", ""],
            ["1/19/2026 13:05:00", "b@example.org", "P011", "neither", "agree", "agree"],
        ],
        ",",
    ),
    "limesurvey": (
        "",
        [
            ["id", "submitdate", "lastpage", "token", "own_q1. One", "own_q2. Zwei", "G1[own_q3]", "Anmerkung"],
            [1, "2026-01-18 11:30:00", 2, "P001", "trifft eher zu", "A2", "", "text"],
            [2, "2026-01-19 13:05:00", 2, "P011", "teils, teils", "A4", "A4", ""],
            [3, "", 1, "P012", "A1", "A1", "A1", ""],
        ],
        ";",
    ),
    "wide": (
        'columns = { person_id = "Nr", answered_at = "Datum" }',
        [
            ["Nr", "Datum", "OWN_Q1", "Zwei", "Drei?"],
            ["P001", "18.01.2026", 4, 2, ""],
            ["P011", "19.01.2026", 3, 4, 4],
            ["Gesamt", "", 7, 6, 4],
        ],
        "\t",
    ),
    "qualtrics of old": (
        'columns = { person_id = "ExternalDataReference" }',
        [
            ["V1", "ExternalDataReference", "EndDate", "Finished", "Q1_1", "Q1_2", "Q1_3"],
            ["ResponseID", "ExternalDataReference", "EndDate", "Finished", "Rate - One", "Rate - Two", "Rate - Three"],
            ["R_1", "P001", "2026-01-18 11:30:00", 1, 4, 2, ""],
            ["R_2", "P011", "2026-01-19 13:05:00", 1, 3, 4, 4],
            ["R_3", "P012", "2026-01-19 13:05:00", 0, 3, 4, 4],
        ],
        ",",
    ),
}
KIND_OF = {"google forms": "forms", "qualtrics of old": "qualtrics"}


@pytest.mark.parametrize("name", EXPORTS)
def test_a_small_export_gives_the_answers_that_stand_in_it(tmp_path: Path, name: str) -> None:
    line, rows, delimiter = EXPORTS[name]
    text = programme(survey(KIND_OF.get(name, name), "s.csv", line))
    folder = write_minimal(tmp_path, programme=text, answers=None)
    (folder / "s.csv").write_text(csv_text(rows, delimiter), encoding="utf-8")
    bundle = read_bundle(folder)
    answers = bundle.table("answers")
    wide = answers.pivot_table("value", "person_id", "item", dropna=False, aggfunc="first")
    assert wide.loc["P001"].fillna(0).tolist() == [4, 2, 0]
    assert wide.loc["P011"].tolist() == [3, 4, 4]
    assert len(wide) == 2
    assert sorted(answers["answered_at"].dt.strftime("%Y-%m-%d").unique()) == ["2026-01-18", "2026-01-19"]
    (tally,) = bundle.tallies
    assert sum(tally.counts.values()) == tally.rows
    assert tally.counts["used"] == 2


@pytest.mark.parametrize(
    ("block", "code", "column"),
    [
        ('[readers.s]\nkind = "qualtrix"\nfiles = "s.csv"\n', "RM-E-005", "readers.s.kind"),
        ('[readers.s]\nkind = "wide"\nfiles = "s.csv"\nperson = "x"\n', "RM-E-003", "readers.s.person"),
        (survey("wide", "s.csv", 'columns = { person_id = "Nummer" }'), "RM-E-013", "Nummer"),
        (
            survey("wide", "s.csv", 'columns = { person_id = "Nr" }', items='"Q" = "own_q9"'),
            "RM-E-151",
            "readers.survey.items",
        ),
        (
            '[readers.s]\nkind = "wide"\nfiles = "s.csv"\ncolumns = { person_id = "Nr" }\n',
            "RM-E-151",
            "readers.s.round_id",
        ),
        (survey("wide", "nothing*.csv", 'columns = { person_id = "Nr" }'), "RM-E-001", ""),
    ],
)
def test_a_reader_that_is_declared_wrongly_says_so(tmp_path: Path, block: str, code: str, column: str) -> None:
    folder = write_minimal(tmp_path, programme=programme(block), answers=None)
    (folder / "s.csv").write_text(csv_text(EXPORTS["wide"][1]), encoding="utf-8")
    bundle, found = outcome(folder)
    assert bundle is None
    assert found[code].column == column


def test_readers_need_a_word_on_ids(tmp_path: Path) -> None:
    text = programme(survey("wide", "s.csv", 'columns = { person_id = "Nr" }')).replace("simulated = true\n", "")
    folder = write_minimal(tmp_path, programme=text, answers=None)
    bundle, found = outcome(folder)
    assert bundle is None
    assert found["RM-E-005"].column == "pseudonyms.ids"
    assert "keyed" in found["RM-E-005"].remedy


SPELLS = [
    [
        "Personalnummer",
        "Geburtsdatum",
        "Gültig ab",
        "Gültig bis",
        "Abteilung",
        "Ebene",
        "Vorgesetzter",
        "Austrittsgrund",
    ],
    ["P001", "17.05.1990", "01.03.2020", "30.06.2021", "Sales", 1, "P011", ""],
    ["P001", "17.05.1990", "01.07.2021", "31.12.2022", "IT", 2, "P011", "Eigenkündigung"],
    ["P001", "17.05.1990", "01.02.2024", "31.12.9999", "IT", 2, "P011", ""],
    ["P011", "03.04.1966", "01.05.2001", "31.12.9999", "Board", 5, "", ""],
]


def test_spells_become_employments_and_positions(tmp_path: Path) -> None:
    block = '[readers.hr]\nkind = "spells"\nfiles = "hr.csv"\n[values.exit_reason]\n"Eigenkündigung" = "voluntary"\n'
    left_out = dict.fromkeys(folders.TABLES, None)
    folder = write_minimal(tmp_path, programme=programme(block), **left_out)
    (folder / "hr.csv").write_text(csv_text(SPELLS, ";"), encoding="utf-8")
    bundle = read_bundle(folder)
    assert bundle.employments is not None
    jobs = bundle.employments[["person_id", "birth_year", "hire_date", "exit_date", "exit_reason"]]
    assert shown(jobs) == [
        ["P001", "1990.0", "2020-03-01", "2022-12-31", "voluntary"],
        ["P001", "1990.0", "2024-02-01", "", ""],
        ["P011", "1966.0", "2001-05-01", "", ""],
    ]
    assert bundle.table("positions")["start_date"].astype(str).tolist() == [
        "2020-03-01",
        "2021-07-01",
        "2024-02-01",
        "2001-05-01",
    ]


def snapshot(*rows: tuple[str, str, int]) -> str:
    head = ["Mitarbeiternummer", "Geburtsjahr", "Abteilung", "Ebene", "Vorgesetzter"]
    return csv_text([head, *([person, 1980, unit, level, ""] for person, unit, level in rows)])


def test_snapshots_tell_joiners_leavers_moves_and_people_who_come_back(tmp_path: Path) -> None:
    folder = write_minimal(
        tmp_path,
        programme=programme('[readers.hr]\nkind = "snapshots"\nfiles = "hr_*.csv"\n'),
        **dict.fromkeys(folders.TABLES, None),
    )
    months = {
        "hr_2026-01.csv": [("A", "Sales", 1), ("B", "Sales", 1), ("C", "IT", 2)],
        "hr_2026-02.csv": [("A", "Sales", 1), ("C", "IT", 3), ("D", "IT", 1)],
        "hr_2026-03.csv": [("A", "IT", 1), ("B", "Sales", 1), ("C", "IT", 3)],
    }
    for name, rows in months.items():
        (folder / name).write_text(snapshot(*rows), encoding="utf-8")
    bundle, found = outcome(folder)
    assert bundle is not None
    assert bundle.employments is not None
    jobs = bundle.employments[["person_id", "hire_date", "exit_date"]].pipe(shown)
    assert jobs == [
        ["A", "2026-01-31", ""],
        ["B", "2026-01-31", "2026-01-31"],
        ["B", "2026-03-31", ""],
        ["C", "2026-01-31", ""],
        ["D", "2026-02-28", "2026-02-28"],
    ]
    spells = bundle.table("positions")[["person_id", "start_date", "end_date", "unit"]]
    assert shown(spells[spells["person_id"] == "A"]) == [
        ["A", "2026-01-31", "2026-03-30", "Sales"],
        ["A", "2026-03-31", "", "IT"],
    ]
    assert "hired (5), left (2) or moved (2)" in found["RM-W-157"].rule
    assert {tally.file: tally.rows for tally in bundle.tallies} == dict.fromkeys(months, 3)


ICS = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1
DTSTART;TZID=Europe/Berlin:20260210T100000
DTEND;TZID=Europe/Berlin:20260210T110000
RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=5
EXDATE;TZID=Europe/Berlin:20260224T100000
SUMMARY:Secret talk with Anna
DESCRIPTION:Nobody reads this
ORGANIZER;CN=Anna:mailto:anna@example.org
ATTENDEE;CN=Bert:mailto:BERT@example.org
END:VEVENT
BEGIN:VEVENT
UID:1
RECURRENCE-ID;TZID=Europe/Berlin:20260310T100000
DTSTART;TZID=Europe/Berlin:20260312T160000
DTEND;TZID=Europe/Berlin:20260312T163000
ORGANIZER:mailto:anna@example.org
ATTENDEE:mailto:bert@example.org
END:VEVENT
BEGIN:VEVENT
UID:1
RECURRENCE-ID;TZID=Europe/Berlin:20260324T100000
DTSTART;TZID=Europe/Berlin:20260324T100000
DTEND;TZID=Europe/Berlin:20260324T110000
STATUS:CANCELLED
ORGANIZER:mailto:anna@example.org
ATTENDEE:mailto:bert@example.org
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:20260301T090000Z
DURATION:PT45M
SUMMARY:T02 second tandem
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART;VALUE=DATE:20260301
SUMMARY:Birthday
END:VEVENT
END:VCALENDAR
"""


def test_a_calendar_gives_repeated_moved_and_cancelled_meetings_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    aliases = '[pseudonyms.aliases]\nfiles = "mail.csv"\nid = "Nr"\nalias = "E-Mail"\n'
    text = programme('[pseudonyms]\nids = "keyed"\n', aliases, '[readers.c]\nkind = "ical"\nfiles = "c.ics"\n')
    folder = write_minimal(tmp_path / "p", programme=text, meetings=None)
    (folder / "c.ics").write_text(ICS.replace("\n", "\r\n"), encoding="utf-8", newline="")
    (folder / "mail.csv").write_text("Nr,E-Mail\nP001,anna@example.org\nP011,Bert@Example.org\n", encoding="utf-8")
    bundle, found = outcome(folder)
    assert bundle is not None
    meetings = bundle.table("meetings")
    rows = meetings[["tandem_id", "planned_date", "held_date", "status", "minutes"]].pipe(shown)
    assert rows == [
        ["T01", "2026-02-10", "2026-02-10", "held", "60.0"],
        ["T01", "2026-03-10", "2026-03-12", "held", "30.0"],
        ["T01", "2026-03-24", "", "cancelled", ""],
        ["T01", "2026-04-07", "2026-04-07", "held", "60.0"],
        ["T02", "2026-03-01", "2026-03-01", "held", "45.0"],
    ]
    assert found["RM-W-158"].rule.endswith(": 1")
    kept = str([frame.to_csv() for frame in bundle.tables.values()]) + str(bundle.problems)
    for canary in ("anna", "bert", "Secret", "Birthday", "P001", "P011"):
        assert canary not in kept


def test_ids_become_the_same_pseudonyms_in_every_table_and_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    plain = read_bundle(write_minimal(tmp_path / "plain"))
    text = PROGRAMME.replace("[programme]\n", '[programme]\nid = "test"\n') + KEYED
    folder = write_minimal(tmp_path / "p", programme=text)
    met: dict[str, str] = {}
    bundle = read_bundle(folder, met=met)
    again = read_bundle(folder)
    key = tmp_path / "home" / ".config" / "rmanalytics" / "test" / "pseudonyms.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(met) == len(plain.table("people"))
    for name, table in bundle.tables.items():
        assert again.table(name).equals(table)
        assert len(table) == len(plain.table(name))
        assert not table.isin(set(met.values())).any(axis=None), name
    named = bundle.table("tandems").assign(who=lambda t: t["mentor_id"].map(met))
    assert named["who"].tolist() == plain.table("tandems")["mentor_id"].tolist()
    assert all(token.isalnum() and not token[0].isdigit() for token in met)


@pytest.mark.parametrize("look", ["{n}", "P{n:04}", "meier{n}", "AB19{n}"])
def test_ids_that_only_look_like_pseudonyms_are_not_passed(tmp_path: Path, look: str) -> None:
    people = [
        ["person_id", "birth_year", "hire_date"],
        *([look.format(n=n), 1980, "2015-01-01"] for n in range(10, 60)),
    ]
    text = PROGRAMME + '\n[pseudonyms]\nids = "as_given"\n'
    folder = write_minimal(tmp_path, programme=text, **dict.fromkeys(folders.TABLES, None) | {"people": people})
    bundle, found = outcome(folder)
    assert bundle is None
    assert "keyed" in found["RM-E-155"].remedy


def test_tokens_of_a_machine_are_passed_as_given(tmp_path: Path) -> None:
    ids = [f"{n * 2654435761 % 2**32:08x}c0ffee" for n in range(1, 60)]
    people = [["person_id", "birth_year", "hire_date"], *([one, 1980, "2015-01-01"] for one in ids)]
    text = PROGRAMME + '\n[pseudonyms]\nids = "as_given"\n'
    folder = write_minimal(tmp_path, programme=text, **dict.fromkeys(folders.TABLES, None) | {"people": people})
    assert set(read_bundle(folder).table("people")["person_id"]) == set(ids)


MATCHES = [
    ["Connection ID", "Mentor Employee ID", "Mentor Email", "Mentee Employee ID", "Match Date", "Status"],
    ["C1", "P001", "a@example.org", "P011", "01/20/2026", "Active"],
    ["C2", "P002", "b@example.org", "P012", "01/21/2026", "Active"],
]
SESSIONS = [
    ["Connection ID", "Session Date", "Session Status", "Duration (minutes)"],
    ["C1", "02/28/2026", "Completed", 60],
    ["C1", "02/14/2026", "Cancelled", ""],
    ["C2", "02/15/2026", "No show", ""],
    ["C2", "10/15/2026", "Scheduled", ""],
]


def test_a_platform_s_matches_and_sessions_become_tandems_and_meetings(tmp_path: Path) -> None:
    constants = 'constants = { round_id = "2026H1", assignment = "matched" }\n'
    text = programme(
        f'[readers.t]\nkind = "platform"\ntable = "tandems"\nfiles = "matches.csv"\n{constants}',
        '[readers.m]\nkind = "platform"\ntable = "meetings"\nfiles = "sessions.csv"\n',
    )
    folder = write_minimal(tmp_path, programme=text, tandems=None, meetings=None)
    (folder / "matches.csv").write_text(csv_text(MATCHES), encoding="utf-8")
    (folder / "sessions.csv").write_text(csv_text(SESSIONS), encoding="utf-8")
    bundle = read_bundle(folder)
    assert bundle.table("tandems")["mentor_id"].tolist() == ["P001", "P002"]
    rows = bundle.table("meetings")[["tandem_id", "number", "planned_date", "status"]].pipe(shown)
    assert rows == [
        ["C1", "1", "2026-02-14", "cancelled"],
        ["C1", "2", "2026-02-28", "held"],
        ["C2", "1", "2026-02-15", "missed"],
    ]
    assert bundle.tallies[1].counts["upcoming"] == 1
