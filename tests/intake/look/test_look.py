"""`init`: what files are, which column is which among decoys, and that nothing is overwritten or shown."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from header_folders import KNOWN, UNSEEN, File, Folder, pairs, write

from rmanalytics.intake.look.propose import propose, told


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
    made = propose(write(folder, company), lambda question, answers, usual: usual)
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


@pytest.mark.parametrize("company", [*KNOWN, *UNSEEN], ids=lambda one: one.name)
def test_needed_columns_are_found_among_decoys(tmp_path: Path, company: Folder) -> None:
    needed, right, wrong, questions = score(tmp_path / "exports", company)
    assert right == needed
    assert wrong == 0
    assert questions <= 5


def test_own_questions_become_a_scale_to_look_through(tmp_path: Path) -> None:
    made = propose(write(tmp_path / "exports", KNOWN[0]), lambda question, answers, usual: usual)
    (name, text), *_ = made.scales.items()
    scale = tomllib.loads(text)
    assert len(scale["items"]) == 4
    assert (scale["scale"]["min"], scale["scale"]["max"]) == (1, 5)
    assert any(name in line for line in made.unsure)
    assert "Nachname 1" not in "\n".join(told(made)) + made.toml


def lines_of(folder: Path, **files: File) -> tuple[str, list[str]]:
    """What is written of a folder, and what is left to decide."""
    company = Folder(name="one", files={f"{name}.csv": file for name, file in files.items()})
    made = propose(write(folder, company), lambda question, answers, usual: usual)
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
