"""Exports of survey tools whose people made up a code in place of an id: linked before to after, and forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest
from folders import csv_text, write_minimal
from intake.readers.test_readers import EXPORTS, KIND_OF, outcome, programme

CODES = {"P001": ("AN 07 BE 12", "AN07BE12"), "P011": ("mi-31-zü-90", "MI 31 ZU 91")}
"""As typed before and after, the second with one typing error."""
LINKAGE = "\n".join(
    ["[linkage]"]
    + [f'[[linkage.parts]]\nkind = "{kind}"\nlength = 2\nask = "?"' for kind in ("letters", "day", "letters", "digits")]
).replace('kind = "day"\nlength = 2', 'kind = "day"')


def block(name: str, kind: str, wave: str, code: str, columns: str = "") -> str:
    constants = f'constants = {{ round_id = "2026H1", wave = "{wave}", side = "mentee", group = "participant" }}'
    lines = [f"[readers.{wave}]", f'kind = "{kind}"', f'files = "{wave}.csv"', f"code = {code}", constants, columns]
    return "\n".join(lines)


def written(folder: Path, blocks: list[str], files: dict[str, str]) -> Path:
    write_minimal(folder, programme=programme(*blocks, LINKAGE), answers=None)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", EXPORTS)
def test_codes_of_every_survey_tool_are_linked_and_forgotten(tmp_path: Path, name: str) -> None:
    line, rows, delimiter = EXPORTS[name]
    person = next(n for n in range(len(rows[0])) if any(row[n] == "P001" for row in rows))
    dates = line.replace(f'person_id = "{rows[0][person]}", ', "") if "answered_at" in line else ""
    texts = {
        f"{wave}.csv": csv_text([[CODES.get(cell, ("", ""))[at] or cell for cell in row] for row in rows], delimiter)
        for at, wave in enumerate(("pre", "post"))
    }
    blocks = [block(name, KIND_OF.get(name, name), wave, f'"{rows[0][person]}"', dates) for wave in ("pre", "post")]
    bundle, problems = outcome(written(tmp_path / "p", blocks, texts))
    assert bundle is not None, problems
    account = bundle.linked.account.iloc[0]
    assert (account["before"], account["after"], account["exact"] + account["near"] + account["uncertain"]) == (2, 2, 2)
    answers = bundle.table("answers")
    assert set(answers["item"]) == {"own_q1", "own_q2", "own_q3"}
    assert answers["person_id"].str.fullmatch(r"code-0000\d").all()
    assert not any(code.replace(" ", "") in answers.to_csv().replace(" ", "") for own in CODES.values() for code in own)


def test_parts_that_were_asked_one_by_one_make_one_code(tmp_path: Path) -> None:
    head = ["Mutter", "Tag", "Ort", "Telefon", "OWN_Q1", "Zwei", "Drei"]
    rows = {
        "pre.csv": [head, ["An", "7", "Bern", "12", 4, 2, 3], ["mi", "31", "zü", "90", 3, 4, 4]],
        "post.csv": [head, ["an", "07", "be", "12", 5, 4, 3], ["Mi", 31, "Zü", "90", 4, 4, 5]],
    }
    rows["pre.csv"][1][2] = "be"
    parts = '["Mutter", "Tag", "Ort", "Telefon"]'
    folder = written(
        tmp_path / "p",
        [block("wide", "wide", wave, parts) for wave in ("pre", "post")],
        {name: csv_text(table) for name, table in rows.items()},
    )
    bundle, problems = outcome(folder)
    assert bundle is not None, problems
    assert bundle.linked.account.iloc[0]["exact"] == 2
    wrong = folder / "programme.toml"
    wrong.write_text(wrong.read_text().replace('"Telefon"', '"Handy"'))
    assert outcome(folder)[1]["RM-E-013"].column == "Handy"
