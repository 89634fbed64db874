"""What a first visit needs: claims, a questionnaire, a form that editors know, a file moved to it, and the doctor."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
import tomllib
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
from folders import PROGRAMME, write_minimal
from run_tools import ROOT

from rmanalytics import shipped
from rmanalytics.__main__ import main
from rmanalytics.errors import InputError, RunError, UnknownNameError
from rmanalytics.evaluation.claims import claims
from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.declaration import SCHEMA
from rmanalytics.programme.migrate import STEPS, migrated
from rmanalytics.programme.programme import read_programme
from rmanalytics.results import Results
from rmanalytics.run.export import results_document
from rmanalytics.terminal import doctor, json_schema
from rmanalytics.terminal.questionnaire import asked_of

EXAMPLE = ROOT / "data" / "example_small"


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_claim_is_listed_with_what_it_needs(capsys, language):
    code, out, _ = said(capsys, "claims", "--language", language)
    assert code == 0
    assert all(f"{c.id:<4}{c.title[language]}\n      {c.needs[language]}\n" in out for c in claims())
    _, as_json_, _ = said(capsys, "claims", "--language", language, "--json")
    assert [row["claim"] for row in json.loads(as_json_)["claims"]] == [c.id for c in claims()]


def test_the_questionnaire_asks_every_item_of_a_sides_outcomes_with_every_answer(capsys):
    _, out, _ = said(capsys, "questionnaire", str(EXAMPLE), "--side", "mentor")
    rows = list(csv.DictReader(io.StringIO(out)))
    programme = read_programme(EXAMPLE, tuple(TABLES))
    scales = [programme.instruments[o.instrument] for o in programme.outcomes if o.side == "mentor"]
    wanted = [(i.id, v) for s in scales for i in s.items for v in range(s.scale_min, s.scale_max + 1)]
    assert [(row["item"], int(row["value"])) for row in rows] == wanted
    assert all(row["text"] and row["label"] for row in rows)
    assert "reverse" not in out


def test_seniors_are_asked_what_the_junior_answers_to_the_mentors_own_items(tmp_path, capsys):
    own, guessed = (
        list(csv.DictReader(io.StringIO(said(capsys, "questionnaire", str(EXAMPLE), *extra)[1])))
        for extra in (("--side", "mentor"), ("--guesses",))
    )
    assert [(row["item"], row["value"]) for row in guessed] == [(row["item"], row["value"]) for row in own]
    asked = "What do you think the junior named to you answers: “{text}”"
    assert [row["text"] for row in guessed] == [asked.format(**row) for row in own]
    text = (EXAMPLE / "programme.toml").read_text(encoding="utf-8")
    folder = write_minimal(tmp_path, programme=text.replace('language = "en"', 'language = "de-CH"'))
    _, out, _ = said(capsys, "questionnaire", str(folder), "--guesses")
    assert "die Juniorin oder der Junior" in out


def test_the_questionnaire_is_in_the_language_of_the_programme(tmp_path, capsys):
    text = (EXAMPLE / "programme.toml").read_text(encoding="utf-8")
    folder = write_minimal(tmp_path, programme=text.replace('language = "en"', 'language = "de-CH"'))
    _, out, _ = said(capsys, "questionnaire", str(folder), "--scale", "felt_appreciation")
    assert 'fa1,felt_appreciation,"Was ich weiß, wird in dieser Firma geschätzt.",1' in out


def test_the_word_file_holds_every_item_with_its_id_and_a_box_for_each_answer(tmp_path, capsys):
    from docx import Document

    file = tmp_path / "form.docx"
    code, out, _ = said(capsys, "questionnaire", str(EXAMPLE), "--scale", "digital_fitness", "--to", str(file))
    assert (code, out.startswith(f"{file}: ")) == (0, True)
    scale = read_programme(EXAMPLE, tuple(TABLES)).instruments["digital_fitness"]
    (table,) = Document(str(file)).tables
    assert [row.cells[0].text for row in table.rows][1:] == list(scale.item_ids)
    assert table.rows[0].cells[2].text == scale.labels["en"][0]
    assert {cell.text for row in table.rows[1:] for cell in row.cells[2:]} == {"☐"}


def test_without_the_extra_a_word_file_is_refused_with_the_line_that_installs_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "docx", None)
    code, _, err = said(capsys, "questionnaire", str(EXAMPLE), "--to", str(tmp_path / "form.docx"))
    assert code == 2
    assert "RM-E-120" in err
    assert "pip install 'rmanalytics[office]'" in err
    assert not (tmp_path / "form.docx").exists()


@pytest.mark.parametrize(("side", "scales", "rule"), [
    ("mentor", (), "no outcome is declared for mentor"),
    ("mentee", ("digital_fitnes",), 'no scale "digital_fitnes": did you mean "digital_fitness"'),
    ("mentee", ("wics",), "comes without its items"),
])  # fmt: skip
def test_scales_that_cannot_be_asked_are_refused(tmp_path, side, scales, rule):
    programme = read_programme(write_minimal(tmp_path), tuple(TABLES))
    with pytest.raises((InputError, UnknownNameError), match=rule):
        asked_of(programme, side=side, scales=scales)


def test_the_json_schema_beside_the_docs_is_that_of_the_declaration():
    made = "make it anew: python -m rmanalytics.terminal.json_schema >docs/programme.schema.json"
    assert (ROOT / "docs" / "programme.schema.json").read_text(encoding="utf-8") == json_schema.as_text(), made


def plain(text: str) -> dict:
    return json.loads(json.dumps(tomllib.loads(text), default=str))


def test_the_json_schema_takes_what_the_reader_takes_and_refuses_what_it_refuses():
    schema = json_schema.json_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    checker = jsonschema.Draft7Validator(schema)
    text = (EXAMPLE / "programme.toml").read_text(encoding="utf-8")
    assert list(checker.iter_errors(plain(text))) == []
    for right, wrong in (
        ("k = 5", "k = 4"),
        ('"mentee"', '"senior"'),
        ("name =", "nam ="),
        ("[[rounds]]", "[[round]]"),
    ):
        assert list(checker.iter_errors(plain(text.replace(right, wrong)))), wrong


def test_migrate_writes_the_form_keeps_comments_and_says_what_changed(tmp_path, capsys):
    old = "# ours\n" + PROGRAMME.replace("[programme]\n", "[programme]   # who\n")
    folder = write_minimal(tmp_path, programme=old)
    code, out, _ = said(capsys, "migrate", str(folder))
    assert (code, out.splitlines()[0]) == (0, f"[programme] says its form: schema = {SCHEMA}")
    new = (folder / "programme.toml").read_text(encoding="utf-8")
    assert new == old.replace("[programme]   # who\n", f"[programme]   # who\nschema = {SCHEMA}\n")
    assert (folder / "programme.toml.old").read_text(encoding="utf-8") == old
    assert read_programme(folder, tuple(TABLES)).name == "Reverse mentoring"
    _, again, _ = said(capsys, "migrate", str(folder))
    assert again.startswith("Nothing to change")


def test_a_later_step_changes_the_text_and_its_number_once():
    def renames(text: str) -> tuple[str, list[str]]:
        return text.replace("firm =", "company ="), ["firm is called company"]

    text, told = migrated('[programme]\nschema = 1\nfirm = "Ours"\n', (*STEPS, renames))
    assert text == '[programme]\nschema = 2\ncompany = "Ours"\n'
    assert told == ["firm is called company", "[programme] says its form: schema = 2"]
    assert migrated(text, (*STEPS, renames)) == (text, [])


def test_there_is_a_step_to_every_form():
    assert len(STEPS) == SCHEMA


@pytest.mark.parametrize("text", ["=", "name = 1\n", f"[programme]\nschema = {SCHEMA + 1}\n"])
def test_what_cannot_be_migrated_is_refused_and_left(tmp_path, capsys, text):
    (tmp_path / "programme.toml").write_text(text, encoding="utf-8")
    code, _, err = said(capsys, "migrate", str(tmp_path))
    assert (code, "RM-E-00" in err) == (2, True)
    assert [(p.name, p.read_text(encoding="utf-8")) for p in tmp_path.iterdir()] == [("programme.toml", text)]


def test_a_file_of_a_newer_form_is_refused_with_the_remedy(tmp_path):
    folder = write_minimal(tmp_path, programme=PROGRAMME.replace("[programme]\n", "[programme]\nschema = 99\n"))
    with pytest.raises(InputError, match="install a newer one"):
        read_programme(folder, tuple(TABLES))


def test_the_examples_and_the_results_say_their_form():
    assert all(tomllib.loads((ROOT / f"data/{name}/programme.toml").read_text(encoding="utf-8"))["programme"]["schema"]
               == SCHEMA for name in ("example", "example_small"))  # fmt: skip
    programme = SimpleNamespace(name="Ours", language="en", instruments={})
    study = SimpleNamespace(programme=programme, round=SimpleNamespace(id="2026H1"), results=Results([]), ledger=())
    assert results_document(study, generated_at=date(2026, 7, 1))["schema"] == SCHEMA


def test_the_doctor_finds_nothing_to_mend_here(tmp_path, capsys):
    code, out, _ = said(capsys, "doctor", str(EXAMPLE), "--reports", str(tmp_path / "reports"))
    assert (code, out.splitlines()[-1]) == (0, "Nothing that is needed is missing.")
    assert not (tmp_path / "reports").exists()


def test_the_doctor_names_what_a_programme_with_events_lacks_and_how_to_get_it(tmp_path, monkeypatch, capsys):
    events = '\n[network.events]\nfiles = "events"\nwaves = [2026-06-30]\n'
    folder = write_minimal(tmp_path, programme=PROGRAMME + events)
    there = doctor.metadata.version

    def version(name: str) -> str:
        if name == "duckdb":
            raise doctor.metadata.PackageNotFoundError(name)
        return there(name)

    monkeypatch.setattr(doctor.metadata, "version", version)
    alone = {f.thing: f for f in doctor.examine((), tmp_path)}
    assert not alone["extra events (collaboration events)"].bad
    code, out, _ = said(capsys, "doctor", str(folder))
    assert code == 2
    assert re.search(r"^! extra events .* missing +duckdb missing\n +pip install .*'rmanalytics\[events\]'$", out, re.M)


def test_the_doctor_says_too_old_and_too_new(monkeypatch, tmp_path):
    given = {"pandas": "2.3.0", "plotly": "8.0"}
    there = doctor.metadata.version
    monkeypatch.setattr(doctor.metadata, "version", lambda name: given.get(name) or there(name))
    plain = next(f for f in doctor.examine((), tmp_path) if f.thing == "plain package")
    assert (plain.state, plain.found, plain.bad) == ("too old", "pandas too old, plotly too new", True)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_the_doctor_says_where_it_may_not_write(tmp_path):
    tmp_path.chmod(0o500)
    assert doctor._writable(tmp_path / "reports").bad


def test_the_doctor_calls_a_folder_below_a_file_no_place_to_write(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert doctor._writable(tmp_path / "file").bad


def test_the_example_is_found_by_the_list_of_installed_files_where_there_is_no_checkout(tmp_path, monkeypatch):
    place = tmp_path / "share" / "rmanalytics" / "example"
    place.mkdir(parents=True)
    (place / "programme.toml").write_text("", encoding="utf-8")

    class Listed(shipped.metadata.PackagePath):
        def locate(self) -> Path:
            return tmp_path / Path(*self.parts[-4:])

    monkeypatch.setattr(shipped, "_CHECKOUT", tmp_path / "nowhere")
    monkeypatch.setattr(shipped.metadata, "files", lambda _: [Listed("../../share/rmanalytics/example/programme.toml")])
    assert shipped.example() == place
    monkeypatch.setattr(shipped.metadata, "files", lambda _: None)
    with pytest.raises(RunError, match="RM-X-004"):
        shipped.notebooks()
