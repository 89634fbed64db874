"""A Qualtrics survey's definition beside its export, and responses as JSON; what a number means is read from there."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import folders
import pytest
from folders import PROGRAMME, ROUND, csv_text, write_minimal

from rmanalytics.errors import InputError
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.intake.look.propose import propose
from rmanalytics.intake.readers.qualtrics_json import questions_in

NAMED = PROGRAMME.replace("[programme]\n", '[programme]\nid = "test"\nsimulated = true\n')
PEOPLE = [*folders.MENTORS, *folders.MENTEES]
SCALE = ["strongly disagree", "disagree", "neither", "agree", "strongly agree", "n/a"]


def definition(
    *, recodes: list[int], texts: list[str] = SCALE, rows: tuple[str, ...] = ("One", "Two", "Three")
) -> bytes:
    """By the facts of ``qsfTestContent`` in libsp/data_test.go of fflewddur/sp (MIT), an export of Qualtrics of 2019.

    A grid has rows under Choices and answers under Answers, both by number; tags of rows; recodes and names of answers;
    answers kept out of analysis; a net promoter's choices are a list; *Language* is an empty list; a question in the
    trash has the tag of one that is not.
    """
    grid = {
        "QuestionText": "How far do you <b>agree</b>?",
        "DataExportTag": "Q5",
        "QuestionType": "Matrix",
        "Selector": "Likert",
        "SubSelector": "SingleAnswer",
        "Choices": {str(n): {"Display": text} for n, text in enumerate(rows, start=1)},
        "ChoiceOrder": [str(n) for n in range(1, len(rows) + 1)],
        "Language": [],
        "Answers": {str(n): {"Display": text} for n, text in enumerate(texts, start=1)},
        "AnswerOrder": list(range(1, len(texts) + 1)),
        "ChoiceDataExportTags": {"1": "statement1", "2": "statement2"},
        "AnalyzeChoices": {str(n): "No" for n, text in enumerate(texts, start=1) if text == "n/a"},
        "RecodeValues": {str(n): str(code) for n, code in enumerate(recodes, start=1)},
        "VariableNaming": {"1": "scale1"},
    }
    promoter = {
        "QuestionText": "Recommend?",
        "DataExportTag": "Q15",
        "Choices": [{"Display": str(n)} for n in range(11)],
    }
    trash = {"QuestionText": "Old", "DataExportTag": "Q5", "Choices": {"1": {"Display": "yes"}}}
    asked = {"QID5": grid, "QID15": promoter, "QID2": trash}
    blocks = [{"Type": "Default"}, {"Type": "Trash", "BlockElements": [{"Type": "Question", "QuestionID": "QID2"}]}]
    elements: list[dict[str, Any]] = [
        {"Element": "BL", "PrimaryAttribute": "Survey Blocks", "Payload": blocks},
        {"Element": "QC", "PrimaryAttribute": "Survey Question Count", "Payload": None},
        *({"Element": "SQ", "PrimaryAttribute": number, "Payload": payload} for number, payload in asked.items()),
    ]
    return json.dumps({"SurveyEntry": {"SurveyLanguage": "EN"}, "SurveyElements": elements}).encode()


def export(answers: list[object], names: tuple[str, ...] = ("statement1", "statement2", "Q5_3")) -> str:
    """Three header rows and a response of each person, all with these answers; no text of a question in any header."""
    meta = ["RecordedDate", "Status", "Finished", "ExternalReference"]
    ids = [
        json.dumps({"ImportId": one})
        for one in ("recordedDate", "status", "finished", "ref", "QID5_1", "QID5_2", "QID5_3")
    ]
    rows = [["2026-01-18 11:30:00", 0, 1, person, *answers] for person in PEOPLE]
    return csv_text([[*meta, *names], [*meta, "a", "b", "c"], ids, *rows])


def declared(folder: Path, *, answers: list[object], recodes: list[int], more: str = "", **how: Any) -> Path:
    text = f"""{NAMED}
[readers.q]
kind = "qualtrics"
files = "q.csv"
definition = "q.qsf"
constants = {{ round_id = "{ROUND}", wave = "pre" }}
{more}"""
    write_minimal(folder, programme=text, answers=None)
    (folder / "q.csv").write_text(export(answers), encoding="utf-8")
    (folder / "q.qsf").write_bytes(definition(recodes=recodes, **how))
    return folder


@pytest.mark.parametrize(
    ("recodes", "texts", "cells", "values"),
    [
        ([1, 2, 3, 4, 5, 6], SCALE, [4, 2, 6], [4, 2]),  # as Qualtrics counts them itself
        ([23, 24, 25, 26, 27, 99], SCALE, [26, 24, 99], [4, 2]),  # recodes that have grown with the survey
        ([5, 4, 3, 2, 1, -9], SCALE, [2, 4, -9], [4, 2]),  # turned round: the text decides
        ([1, 2, 3, 4, 5, 6], SCALE, ["agree", "disagree", "n/a"], [4, 2]),
        (
            [1, 2, 3, 4, 5, 6],
            ["nein", "eher nein", "mittel", "eher ja", "ja", "n/a"],
            ["eher ja", "eher nein", 6],
            [4, 2],
        ),
    ],
)
def test_what_a_number_means_stands_in_the_definition(
    tmp_path: Path, recodes: list[int], texts: list[str], cells: list[object], values: list[int]
) -> None:
    bundle = read_bundle(declared(tmp_path, answers=cells, recodes=recodes, texts=texts))
    answers = bundle.table("answers").pivot_table("value", "person_id", "item")
    assert answers["own_q1"].tolist() == [values[0]] * len(PEOPLE)
    assert answers["own_q2"].tolist() == [values[1]] * len(PEOPLE)
    assert "own_q3" not in answers  # kept out of analysis by the survey's owner
    told = [str(p.rule) for p in bundle.problems if p.code == "RM-N-156"]
    assert told == [f"answers that the survey's definition keeps out of analysis were read as missing: {len(PEOPLE)}"]


def test_a_change_of_the_definition_is_a_change_of_what_was_read(tmp_path: Path) -> None:
    folder = declared(tmp_path, answers=[26, 24, 99], recodes=[23, 24, 25, 26, 27, 99])
    first = read_bundle(folder)
    (folder / "q.qsf").write_bytes(definition(recodes=[27, 26, 25, 24, 23, 99]))
    second = read_bundle(folder)
    assert first.digests["q.csv"] == second.digests["q.csv"]
    assert first.digests["q.qsf"] != second.digests["q.qsf"]
    assert not [p for p in second.problems if p.code == "RM-W-093"]  # it is read


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"{}", "is no definition"),
        (b"[" * 100_000, "is no definition"),
        (definition(recodes=[1], rows=()), "none of the"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, data: bytes, rule: str) -> None:
    folder = declared(tmp_path, answers=[1, 2, 3], recodes=[1])
    (folder / "q.qsf").write_bytes(data)
    with pytest.raises(InputError, match=f"RM-E-151 programme.toml.*readers.q.definition.*{rule}"):
        read_bundle(folder)


def schema() -> bytes:
    """By the vendor's description of *response-schema*: questions under their import ids, answers as constants."""
    answers = [{"const": 20 + n, "label": text} for n, text in enumerate(SCALE, start=1)]
    one = {"dataType": "question", "type": "number", "oneOf": answers}
    values: dict[str, Any] = {
        f"QID5_{n}": one | {"description": f"Rate - {text}", "exportTag": f"Q5_{n}"}
        for n, text in enumerate(("One", "Two", "Three"), start=1)
    }
    values["finished"] = {"dataType": "metadata", "description": "Finished", "exportTag": "Finished", "type": "number"}
    return json.dumps({"result": {"properties": {"values": {"type": "object", "properties": values}}}}).encode()


def responses() -> bytes:
    """By the vendor's description of a response: values and labels by import id, days in UTC."""
    meta = {"endDate": "2026-01-18T19:26:18Z", "recordedDate": "2026-01-18T19:26:18.487Z", "ipAddress": "192.0.2.66"}
    given = [
        {
            "responseId": f"R_{n}",
            "values": meta
            | {"status": int(n == 1), "finished": int(n != 2), "externalDataReference": person}
            | {"QID5_1": 24, "QID5_2": 22, "QID5_1_DO": ["1", "2"]},
            "labels": {"QID5_1": "agree"},
        }
        for n, person in enumerate(PEOPLE)
    ]
    return json.dumps({"responses": given}).encode()


def test_responses_as_json_are_read_by_their_schema(tmp_path: Path) -> None:
    folder = declared(tmp_path, answers=[], recodes=[])
    text = (folder / "programme.toml").read_text().replace("q.csv", "q.json").replace("q.qsf", "schema.json")
    for name, data in {"programme.toml": text.encode(), "q.json": responses(), "schema.json": schema()}.items():
        (folder / name).write_bytes(data)
    (folder / "q.csv").unlink()
    bundle = read_bundle(folder)
    answers = bundle.table("answers")
    assert set(answers["person_id"]) == set(PEOPLE[:1] + PEOPLE[3:])  # but a preview and an unfinished one
    assert answers.groupby("item")["value"].first().to_dict() == {"own_q1": 4, "own_q2": 2}
    assert set(answers["answered_at"].dt.date.astype(str)) == {"2026-01-18"}
    (tally,) = [one for one in bundle.tallies if one.file == "q.json"]
    assert dict(tally.counts) == {"used": 12, "previews": 1, "unfinished": 1}


def test_init_finds_the_definition_and_what_it_says(tmp_path: Path) -> None:
    """Two surveys, two definitions: each gets its own; questions and the order of answers in words are from there."""
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "people.csv").write_text(csv_text(folders.people()), encoding="utf-8")
    texts = ["kaum", "hmm", "so lala", "schon", "sehr"]
    rows = ("Ich traue mich.", "Ich sage es.", "Ich gehe hin.")
    (folder / "b.qsf").write_bytes(definition(recodes=[1, 2, 3, 4, 5], texts=texts, rows=rows))
    (folder / "a.qsf").write_bytes(definition(recodes=[1, 2, 3], rows=()))
    cells = [[texts[(n + k) % 4] for k in range(3)] for n in range(len(PEOPLE))]
    lines = export([]).splitlines()
    filled = [f"{line},{','.join(cells[n])}" for n, line in enumerate(lines[3:])]
    (folder / "vorher.csv").write_text("\n".join([*lines[:3], *filled, ""]), encoding="utf-8")
    made = propose(folder, lambda question, answers, usual: usual)
    (reader,) = tomllib.loads(made.toml)["readers"].values()
    assert (reader["kind"], reader["definition"]) == ("qualtrics", "b.qsf")
    assert reader["columns"] == {"person_id": "ExternalReference"}
    (scale,) = map(tomllib.loads, made.scales.values())
    assert next(iter(scale["scale"]["labels"].values())) == texts
    assert [item["text"]["en"] for item in scale["items"]] == list(rows)
    assert reader["items"] == {"statement1": "own_1_1", "statement2": "own_1_2", "Q5_3": "own_1_3"}
    (folder / "programme.toml").write_text(made.toml, encoding="utf-8")


def test_no_definition_has_no_questions() -> None:
    for data in (b"", b"null", b'{"SurveyElements": 1}', b'{"properties": {"values": {"properties": []}}}'):
        assert questions_in(data) == ()
