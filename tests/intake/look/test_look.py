"""`init`: what files are, which column is which among decoys, and that nothing is overwritten or shown."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from header_folders import KNOWN, Folder, write

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


@pytest.mark.parametrize("company", KNOWN, ids=lambda one: one.name)
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
