"""`init`: what files are, which column is which among decoys, and that nothing is overwritten or shown."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from header_folders import KNOWN, TOOLS, UNSEEN, File, Folder, pairs, write

from rmanalytics.intake.bundle import read_bundle
from rmanalytics.intake.look.propose import propose
from rmanalytics.intake.look.show import told


def usual(question: str, answers: tuple[str, ...], told: str) -> str:
    """Asks nobody."""
    return told


def mapped(text: str, file: str, every: dict[str, Any]) -> dict[str, str]:
    """Column to header as a written programme.toml maps a file."""
    data = tomllib.loads(text)
    for table, files in data.get("tables", {}).items():
        if file in files:
            return {
                c: next(h for h in given if h in every)
                for c, given in data["columns"][table].items()
                if set(given) & set(every)
            }
    for reader in data.get("readers", {}).values():
        files = [reader["files"]] if isinstance(reader["files"], str) else reader["files"]
        if file in files:
            return dict(reader.get("columns", {}))
    return {}


def score(folder: Path, company: Folder) -> tuple[int, int, int, int]:
    """Needed columns, those found, those wrong, and questions asked."""
    made = propose(write(folder, company), usual)
    needed = right = wrong = 0
    for name, file in company.files.items():
        found = mapped(made.toml, name, file.columns)
        needed += len(file.truth)
        right += sum(found.get(column) == header for column, header in file.truth.items())
        wrong += sum(header != file.truth.get(column) for column, header in found.items() if column in file.truth)
        wrong += sum(column not in file.truth and column not in EXTRA for column in found)
    return needed, right, wrong, made.questions


EXTRA = {"answered_at", "start_date", "end_date"}
"""Columns that follow from those needed: when somebody answered, the first and last day of a spell."""


@pytest.mark.parametrize("company", [*KNOWN, *UNSEEN, *TOOLS], ids=lambda one: one.name)
def test_needed_columns_are_found_among_decoys(tmp_path: Path, company: Folder) -> None:
    needed, right, wrong, questions = score(tmp_path / "exports", company)
    assert right == needed
    assert wrong == 0
    assert questions <= 5


def test_own_questions_become_a_scale_to_look_through(tmp_path: Path) -> None:
    made = propose(write(tmp_path / "exports", KNOWN[0]), usual)
    (name, text), *_ = made.scales.items()
    scale = tomllib.loads(text)
    assert len(scale["items"]) == 4
    assert (scale["scale"]["min"], scale["scale"]["max"]) == (1, 5)
    assert any(name in line for line in made.unsure)
    assert "Nachname 1" not in "\n".join(told(made)) + made.toml


def lines_of(folder: Path, **files: File) -> tuple[str, list[str]]:
    """What is written of a folder, and what is left to decide."""
    company = Folder(name="one", files={f"{name}.csv": file for name, file in files.items()})
    made = propose(write(folder, company), usual)
    return made.toml, made.unsure


HR = File(
    columns={"Nr": "id", "geboren": "born", "Eintritt": "hired", "Stufe": "step", "Sparte": "under", "Chef Nr": "boss"},
    truth={},
)


def test_steps_of_several_kinds_are_put_in_order_by_who_leads(tmp_path: Path) -> None:
    """*LT 1* is above *TG 9*, whatever the numbers say; the owner is asked to look at it."""
    toml, unsure = lines_of(tmp_path / "exports", hr=HR)
    steps = tomllib.loads(toml)["values"]["level"]
    assert [steps[name] for name in ("TG 7", "TG 8", "TG 9", "LT 1", "LT 2")] == ["1", "2", "3", "4", "5"]
    assert any("values.level" in line for line in unsure)


def test_headers_against_the_ages_of_a_pair_are_doubted(tmp_path: Path) -> None:
    columns = {"Paar": "nr", "Mentee": "mentor", "Mentor": "mentee", "gematcht am": "matched"}
    _, unsure = lines_of(tmp_path / "exports", hr=HR, pairs=pairs(columns, {}))
    assert any("swapped" in line for line in unsure)


def test_days_with_slashes_go_through_a_reader_with_the_order_that_the_file_shows(tmp_path: Path) -> None:
    columns = {"Pair": "nr", "Mentor": "mentor", "Mentee": "mentee", "Match date": "matched"}
    toml, _ = lines_of(tmp_path / "exports", hr=HR, pairs=pairs(columns, {}, form="%m/%d/%Y"))
    reader = tomllib.loads(toml)["readers"]["pairs"]
    assert (reader["kind"], reader["table"], reader["dates"]) == ("platform", "tandems", "month_first")


def test_a_survey_with_a_first_and_a_last_minute_is_no_list_of_people(tmp_path: Path) -> None:
    columns = {"Beginn": "when", "Ende": "when", "Nr": "id", **{f"Frage {n}": "likert" for n in range(4)}}
    toml, _ = lines_of(tmp_path / "exports", hr=HR, vorher=File(columns=columns, truth={}, rows=24))
    assert tomllib.loads(toml)["readers"]["vorher"]["kind"] == "wide"


def hand_made(folder: Path, **files: str) -> Path:
    """A folder of CSV files from their lines."""
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name.replace('_', ' ')}.csv").write_text(text, encoding="utf-8")
    return folder


def people_list(title: str, *, people: int = 12) -> str:
    rows = [
        f"{10_200 + 17 * n};1.{1 + n % 9}.{1970 + n};1.2.{2005 + n};{'AB'[n % 2]};FS{1 + n % 3}" for n in range(people)
    ]
    return "\n".join([title, "", "Pers.-Nr.;Geb.dat.;Eintritt per;OE;FS", *rows, ""])


@pytest.mark.parametrize(
    "files",
    [
        {"MA_Jan_26": people_list("Liste"), "MA_Feb_26": people_list("Liste")},
        {"MA_1": people_list("Bestand per 31.01.2026"), "MA_2": people_list("Bestand per 28.02.2026")},
    ],
    ids=["year of two digits in the name", "day in the title above the header"],
)
def test_months_are_told_by_names_and_titles(
    tmp_path: Path, files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    made = propose(hand_made(tmp_path / "exports", **files), usual)
    (tmp_path / "exports" / "programme.toml").write_text(made.toml, encoding="utf-8")
    data = tomllib.loads(made.toml)
    assert [r["kind"] for r in data["readers"].values()] == ["snapshots"]
    assert (str(data["programme"]["data_until"]), data["programme"]["language"]) == ("2026-02-28", "de")
    assert len(read_bundle(tmp_path / "exports", only=[]).table("people")) == 12


def test_the_same_people_in_two_files_without_a_month_are_taken_once_and_said(tmp_path: Path) -> None:
    files = {"Liste_alt": people_list("Liste"), "Liste_neu": people_list("Liste")}
    made = propose(hand_made(tmp_path / "exports", **files), usual)
    assert [r["files"] for r in tomllib.loads(made.toml)["readers"].values()] == ["Liste alt.csv"]
    assert any("Liste neu.csv: left out" in line and "2026-01" in line for line in made.unsure)


def survey_of(*questions: str, answers: tuple[str, ...], first: str) -> str:
    rows = [
        f"{first};{10_200 + 17 * n};" + ";".join(answers[(n + k) % len(answers)] for k in range(len(questions)))
        for n in range(12)
    ]
    return "\n".join([";".join(["Zeitstempel", "Ihre Pers.-Nr.", *questions]), *rows, ""])


def test_a_question_has_the_answers_of_all_surveys(tmp_path: Path) -> None:
    """A step that nobody ticked before or after makes no other scale; one that nobody ever ticked is named."""
    asked = ("Ich bin sicher im Umgang damit.", "Ich weiss, was Junge bewegt.")
    steps = ("Stimme gar nicht zu", "Stimme eher nicht zu", "Stimme eher zu", "Stimme voll zu")
    files = {
        "Liste": people_list("Liste"),
        "vorher": survey_of(*asked, answers=steps[:3], first="12.01.2026"),
        "nachher": survey_of(*asked, "Ich empfehle das Programm weiter.", answers=steps[1:], first="12.06.2026"),
    }
    made = propose(hand_made(tmp_path / "exports", **files), usual)
    (scale,) = (tomllib.loads(text) for text in made.scales.values())
    assert [item["text"]["de"] for item in scale["items"]] == [*asked, "Ich empfehle das Programm weiter."]
    assert scale["scale"]["labels"]["de"] == [*steps[:2], "teils, teils", *steps[2:]]


@pytest.mark.parametrize("company", [*KNOWN, *UNSEEN[::4]], ids=lambda one: one.name)
def test_what_init_says_and_writes_is_all_in_one_language(tmp_path: Path, company: Folder) -> None:
    """The same lines in English and German: no comment, question, finding or doubt is told alike in both."""
    asked: dict[str, list[str]] = {}
    made = {}
    folder = write(tmp_path / "exports", company)
    for language in ("en", "de"):

        def ask(question: str, answers: tuple[str, ...], told: str, language: str = language) -> str:
            asked.setdefault(language, []).append(question)
            return told

        made[language] = propose(folder, ask, language)
    texts = {
        language: [line.partition("# ")[2] for text in (one.toml, *one.scales.values()) for line in text.splitlines()]
        for language, one in made.items()
    }
    alike = [a for a, b in zip(texts["en"], texts["de"], strict=True) if a == b and " " in a and " = " not in a]
    assert not alike
    said = [list(told(made[language])) for language in ("en", "de")]
    assert not [a for a, b in zip(*said, strict=True) if a == b]
    assert not set(asked["en"]) & set(asked["de"])
    assert made["de"].language == tomllib.loads(made["de"].toml)["programme"]["language"] == "de"


def test_a_table_under_its_own_headers_is_taken_as_it_is(tmp_path: Path) -> None:
    """Nothing is guessed of what is ours already; under another name it is declared, under its own it needs no line."""
    files = {
        "comparison": "round_id,person_id,side,kind\n2026H1,P9,mentee,waiting_list\n",
        "ties 2025": "wave_date,source_id,target_id,kind\n2025-12-31,P1,P2,advice\n",
        "alumni": "person_id,exit_date\nP9,2025-03-01\n",
    }
    made = propose(hand_made(tmp_path / "exports", **files), usual)
    assert {one.seems: one.own for one in made.seen} == {"alumni": True, "comparison": True, "ties": True}
    assert tomllib.loads(made.toml)["tables"] == {"ties": ["ties 2025.csv"]}
    assert not {"columns", "readers"} & set(tomllib.loads(made.toml))


def test_round_and_wave_in_a_name_are_believed(tmp_path: Path) -> None:
    asked = ("Ich bin sicher im Umgang damit.", "Ich weiss, was Junge bewegt.")
    text = survey_of(*asked, answers=("Stimme eher zu", "Stimme voll zu"), first="09.09.2025")
    files = {"Liste": people_list("Liste"), "2025H1_follow_up": text, "2025H2_pre": text.replace("09.09.", "02.08.")}
    readers = tomllib.loads(propose(hand_made(tmp_path / "exports", **files), usual).toml)["readers"]
    assert readers["2025h1_follow_up"]["constants"] == {"round_id": "2025H1", "wave": "follow_up"}
    assert readers["2025h2_pre"]["constants"] == {"round_id": "2025H2", "wave": "pre"}


PAIRS = "Mentor PersNr;Mentee PersNr;Gematcht am\n" + "".join(
    f"{10_200 + 17 * (11 - n)};{10_200 + 17 * n};{12 + n}.01.2026\n" for n in range(4)
)


def test_pairs_that_nothing_numbers_get_an_id_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in whatever order they stand; no number of a person is in it."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = hand_made(tmp_path / "exports", Liste=people_list("Liste"), Paare=PAIRS)
    (folder / "programme.toml").write_text(propose(folder, usual).toml, encoding="utf-8")
    first = read_bundle(folder, only=["people", "tandems"]).table("tandems").set_index("mentor_id")["tandem_id"]
    head, *rows = PAIRS.splitlines()
    (folder / "Paare.csv").write_text("\n".join([head, *reversed(rows), ""]), encoding="utf-8")
    again = read_bundle(folder, only=["people", "tandems"]).table("tandems").set_index("mentor_id")["tandem_id"]
    assert first.to_dict() == again.to_dict()
    assert first.is_unique
    assert first.str.fullmatch(r"t[a-z2-7]{12}").all()


def test_notes_within_and_below_a_list_are_no_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    lines = people_list("Liste").splitlines()
    text = "\n".join([*lines[:6], "Standort Bern;;;;", *lines[6:], "", "* ohne Lernende; ;;;", ""])
    folder = hand_made(tmp_path / "exports", Liste=text, Paare=PAIRS)
    made = propose(folder, usual)
    assert [one.rows for one in made.seen] == [12, 4]
    (folder / "programme.toml").write_text(made.toml, encoding="utf-8")
    bundle = read_bundle(folder, only=["people", "tandems"])
    assert (len(bundle.table("people")), len(bundle.table("tandems"))) == (12, 4)
    assert dict(bundle.tallies[0].counts) == {"used": 12, "notes": 2, "empty": 1}


def test_another_table_below_and_failed_formulas_are_said(tmp_path: Path) -> None:
    below = "\n;;;;\nExterne;;;;\nNr;Firma;;;\n1;Zeit AG;;;\n2;Zeit AG;;;\n"
    text = people_list("Liste").replace(";A;", ";#REF!;").rstrip() + below
    made = propose(hand_made(tmp_path / "exports", Liste=text), usual)
    assert (made.seen[0].rows, made.seen[0].seems) == (12, "list")
    assert [line.partition(": ")[2].partition(" ")[0] for line in made.unsure[:2]] == ["from", "formulas"]
    assert "row 17 on" in made.unsure[0]


def test_where_nothing_says_when_a_round_began_the_next_one_is_proposed_and_doubted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rmanalytics.intake.look.propose.today", lambda: date(2031, 3, 3))
    made = propose(hand_made(tmp_path / "exports", Liste=people_list("Liste")), usual)
    assert [one["id"] for one in tomllib.loads(made.toml)["rounds"]] == ["2031H1"]
    assert any("no file says when one began" in line for line in made.unsure)
