"""A sweep: an id of nobody in every personal column of every table and reader, and nowhere in what comes out.

What is swept follows from the schema and the list of readers: a new column, table or reader is swept with them, and a
reader without a sample fails here.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tomllib
import traceback
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import folders
import pytest
from folders import csv_text
from intake.readers.test_readers import EXPORTS, ICS, MATCHES, SESSIONS, SPELLS, survey
from xlsxwriter import Workbook

from rmanalytics.__main__ import main
from rmanalytics.errors import InputError
from rmanalytics.evaluation.kept import Kept, Shelf
from rmanalytics.evaluation.study import Study
from rmanalytics.intake.bundle import Bundle, read_bundle
from rmanalytics.intake.readers.kinds import KINDS, kind_named
from rmanalytics.intake.schema import TABLES, Column, Table
from rmanalytics.programme.keys import key_folder
from rmanalytics.run.identify import new_key
from rmanalytics.simulate.exports import write_as

ROOT = Path(__file__).parents[3]
MARK = "Qxv7Canary"
PEOPLE, ROWS = 60, 14
TANDEM = {"tandems": 7}
KEYED = '\n[pseudonyms]\nids = "keyed"\n'
DECLARED = folders.PROGRAMME.replace("[programme]\n", '[programme]\nid = "swept"\n') + KEYED


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def rows_of(table: Table) -> list[list[object]]:
    """A table by its declaration alone: every personal cell a canary's."""
    n = PEOPLE if table.name == "people" else TANDEM.get(table.name, ROWS)
    return [[c.name for c in table.columns], *([cell(table, c, row) for c in table.columns] for row in range(n))]


EMPTY = ("exit_reason", "end_date", "ended_date", "rehire_date")
AGAIN = {"rehired_from": f"{MARK}058"}, {"hire_date": "2010-01-01", "exit_date": "2012-12-31"}
"""The last person of people came back: what stands in her or his row, and in that of the earlier employment."""
USUAL = {"birth_year": 1970, "hire_date": "2015-01-01", "start_date": "2015-01-01", "currency": "EUR"}
OTHER_END = ("mentee_id", "target_id", "code", "rater", "manager_id")


def cell(table: Table, column: Column, row: int) -> object:
    survey = "value" in [other.name for other in table.columns]
    wished = next((c.person_if[1] for c in table.columns if c.person_if and c.person_if[0] == column.name), None)
    if table.name == "people" and column.name in ("rehired_from", "hire_date", "exit_date"):
        usual = USUAL["hire_date"] if column.name == "hire_date" else ""
        return {PEOPLE - 1: AGAIN[0], PEOPLE - 2: AGAIN[1]}.get(row, {}).get(column.name, usual)
    if column.name in EMPTY:
        return ""
    if column.personal or column.person_if:
        return f"{MARK}{(row + 10 * (table.name == 'comparison') + 30 * (column.name in OTHER_END)) % PEOPLE:03d}"
    if column.name in USUAL:
        return USUAL[column.name]
    if column.kind == "choice":
        return wished or column.choices[row // 7 % 2 if column.name == "wave" else 0]
    if column.kind == "date":
        return f"2026-03-{1 + row % 28:02d}"
    if column.name == "code":
        return f"{MARK[:2]}{1 + row % 7:02d}{MARK[row % 7]}C"
    if column.kind in ("whole", "number"):
        return row + 1 if column.name == "number" else 1
    named = {"round_id": folders.ROUND, "tandem_id": f"T{row % 7}", "item": folders.ITEMS[row % 3] if survey else ""}
    return named.get(column.name) or f"x{row}"


def sheets_of(without: str = "answers") -> dict[str, list[list[object]]]:
    """All tables by the schema; answers stand under ids or under codes."""
    return {name: rows_of(table) for name, table in TABLES.items() if name != without}


def programme(folder: Path, without: str = "answers", **tables: object) -> Path:
    declared = DECLARED + (folders.CODED if without == "answers" else "")
    return folders.write_minimal(folder, programme=declared, **{**sheets_of(without), without: None, **tables})


def clean(text: str | bytes) -> None:
    """No canary in a text: as it is, in small letters, or as a digest without a key."""
    held = text if isinstance(text, bytes) else text.encode()
    assert MARK.lower().encode() not in held.lower()
    for n in (0, 30):
        for make in (hashlib.md5, hashlib.sha1, hashlib.sha256):
            assert make(f"{MARK}{n:03d}".encode()).hexdigest().encode() not in held


def told(bundle: Bundle) -> str:
    """Everything that a bundle holds, as text."""
    frames = [*bundle.tables.values(), *([] if bundle.employments is None else [bundle.employments])]
    frames += [] if bundle.linked is None else [bundle.linked.people, bundle.linked.uncertain, bundle.linked.account]
    return "".join(frame.to_csv() for frame in frames) + str((bundle.accounts, bundle.problems, bundle.tallies))


PERSONAL = [(t.name, c.name) for t in TABLES.values() for c in t.columns if c.personal or c.person_if]
OTHER = {"answers": "coded_answers"}
"""Which of two tables is left out for the sake of the other."""


def filled(bundle: Bundle, columns: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those columns in which somebody stands."""
    return [(t, c) for t, c in columns if bundle.has(t) and c in bundle.tables[t] and bundle.tables[t][c].any()]


def test_every_personal_column_of_every_table_is_a_pseudonym_inside(tmp_path, capsys) -> None:
    folder = programme(tmp_path / "p")
    bundle = read_bundle(folder)
    clean(told(bundle))
    assert filled(bundle, PERSONAL) == PERSONAL
    under_ids = read_bundle(programme(tmp_path / "q", "coded_answers"))
    clean(told(under_ids))
    assert set(under_ids.table("answers")["person_id"]) <= set(under_ids.table("people")["person_id"])
    wished = bundle.table("wishes")
    assert set(wished["code"]) <= set(bundle.table("people")["person_id"])
    study = Study(bundle, folders.ROUND)
    clean(str(study.results) + str(study.ledger) + str(study.faults))
    for words in (["check"], ["audit", "--round", folders.ROUND], ["results", "--json"], ["status"], ["plan"]):
        main([words[0], str(folder), *words[1:]])
    clean("".join(capsys.readouterr()))


@pytest.mark.parametrize(("table", "column"), PERSONAL)
def test_a_person_nobody_knows_is_named_in_no_message_and_no_traceback(tmp_path, table: str, column: str) -> None:
    rows = rows_of(TABLES[table])
    for number, spoilt in enumerate((f"{MARK} Anna", "", f"{MARK}999")):
        given = {table: folders.column_of(rows, column, lambda _, s=spoilt: s)}
        folder = programme(tmp_path / str(number), OTHER.get(table, "answers"), **given)
        try:
            clean(told(read_bundle(folder)))
        except InputError as error:
            clean("".join(traceback.format_exception(error)) + json.dumps([one.as_dict() for one in error.problems]))


def _survey(name: str, kind: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        line, rows, delimiter = EXPORTS[name]
        _read_by(folder, survey(kind, "s.csv", line), {"s.csv": csv_text(rows, delimiter)}, "answers", "coded_answers")

    return write


def _read_by(folder: Path, block: str, files: dict[str, str], *instead: str) -> None:
    tables = {name: make() for name, make in folders.TABLES.items() if name not in instead}
    folders.write_minimal(folder, programme=DECLARED + block, **{**dict.fromkeys(folders.TABLES), **tables})
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    _mark(folder)


def _mark(folder: Path) -> None:
    """Canaries in place of the ids of all files that are texts."""
    for path in folder.iterdir():
        if path.suffix in (".csv", ".ics") and path.is_file():
            text = path.read_text(encoding="utf-8-sig")
            text = re.sub(r"\bP(?=[0-9]{3,4}\b)", MARK, text)
            names = r"anna|bert|Birthday|Secret|\b[ab](?=@example)"
            path.write_text(re.sub(names, lambda found: MARK + found[0].lower(), text, flags=re.I), encoding="utf-8")


def _exported(kind: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        _example(folder)
        write_as(folder, kind)

    return write


def _example(folder: Path) -> None:
    """The small example with canaries as ids, as a programme of real people."""
    shutil.copytree(ROOT / "data" / "example_small", folder, ignore=shutil.ignore_patterns("receipts", "truth.json"))
    _mark(folder)
    declared = folder / "programme.toml"
    text = declared.read_text(encoding="utf-8").replace('id = "simulated"\nsimulated = true', 'id = "swept"')
    declared.write_text(text, encoding="utf-8")


def _calendar(folder: Path) -> None:
    block = '[pseudonyms.aliases]\nfiles = "mail.csv"\nid = "Nr"\nalias = "E-Mail"\n'
    block += '[readers.c]\nkind = "ical"\nfiles = "c.ics"\n'
    mails = "Nr,E-Mail\nP001,anna@example.org\nP011,bert@example.org\n"
    _read_by(folder, block, {"c.ics": ICS, "mail.csv": mails}, "meetings")


def _spells(folder: Path) -> None:
    block = '[readers.hr]\nkind = "spells"\nfiles = "hr.csv"\n[values.exit_reason]\n"Eigenkündigung" = "voluntary"\n'
    _read_by(folder, block, {"hr.csv": csv_text(SPELLS, ";")}, *folders.TABLES)


def _platform(folder: Path) -> None:
    block = '[readers.t]\nkind = "platform"\ntable = "tandems"\nfiles = "m.csv"\n'
    block += 'constants = { round_id = "2026H1", assignment = "matched" }\n'
    block += '[readers.m]\nkind = "platform"\ntable = "meetings"\nfiles = "s.csv"\n'
    _read_by(folder, block, {"m.csv": csv_text(MATCHES), "s.csv": csv_text(SESSIONS)}, "tandems", "meetings")


def _workbook(folder: Path) -> None:
    """All tables of the schema in one workbook, a sheet each."""
    programme(folder)
    declared = folder / "programme.toml"
    text = '\n[readers.book]\nkind = "workbook"\nfiles = "book.xlsx"\n'
    declared.write_text(declared.read_text(encoding="utf-8") + text, encoding="utf-8")
    _write_book(folder / "book.xlsx", sheets_of())
    for path in folder.glob("*.csv"):
        path.unlink()


def _write_book(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]]) -> None:
    with Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)


SAMPLES: dict[str, Callable[[Path], None]] = {
    "forms": _survey("google forms", "forms"),
    "ical": _calendar,
    "limesurvey": _survey("limesurvey", "limesurvey"),
    "platform": _platform,
    "qualtrics": _survey("qualtrics of old", "qualtrics"),
    "snapshots": _exported("snapshots"),
    "spells": _spells,
    "surveymonkey": _survey("surveymonkey", "surveymonkey"),
    "viva": _exported("viva"),
    "wide": _survey("wide", "wide"),
    "workbook": _workbook,
}
NEVER = {("snapshots", "people", "rehired_from"), ("spells", "people", "rehired_from")}
"""What a reader cannot give: it makes employments of dates."""


def test_every_reader_has_a_sample() -> None:
    assert set(SAMPLES) == set(KINDS)


@pytest.mark.parametrize("kind", SAMPLES)
def test_no_reader_lets_an_id_or_a_name_through(tmp_path, kind: str) -> None:
    folder = tmp_path / "p"
    SAMPLES[kind](folder)
    declared = folder / "programme.toml"
    text = declared.read_text(encoding="utf-8")
    declared.write_text(text if "[pseudonyms]" in text else text + KEYED, encoding="utf-8")
    assert any(MARK.encode() in unpacked for path in folder.rglob("*") for unpacked in bytes_of(path))
    bundle = read_bundle(folder)
    clean(told(bundle))
    given = kind_named(kind).tables
    mine = [(t, c) for t, c in PERSONAL if t in given and (kind, t, c) not in NEVER]
    assert filled(bundle, mine) == mine


def exports_of(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Each text that a reader reads, with a copy of its rows for each column, in which every cell names somebody."""
    declared = tomllib.loads((folder / "programme.toml").read_text(encoding="utf-8"))
    for name in sorted({reader["files"] for reader in declared.get("readers", {}).values()}):
        path = folder / name
        if path.suffix == ".csv":
            text = path.read_text(encoding="utf-8-sig")
            delimiter = max(",;\t", key=text.partition("\n")[0].count)
            rows = list(csv.reader(text.splitlines(), delimiter=delimiter))
            yield (
                path,
                [
                    csv_text([rows[0], *([*r[:n], f"{MARK} Anna", *r[n + 1 :]] for r in rows[1:])], delimiter)
                    for n in range(len(rows[0]))
                ],
            )
        if path.suffix == ".ics":
            text = path.read_text(encoding="utf-8")
            names = sorted({re.split("[:;]", line)[0] for line in text.splitlines() if ":" in line})
            yield path, [re.sub(rf"(?m)^({one}[^:\n]*):.*$", rf"\1:{MARK} Anna", text) for one in names]


QUICK = ("ical", "spells")
"""Kinds that once broke off over a cell that is no day, in a traceback that held it."""


@pytest.mark.parametrize("kind", [pytest.param(k, marks=() if k in QUICK else pytest.mark.soak) for k in SAMPLES])
def test_no_reader_names_anybody_in_a_message_or_a_traceback(tmp_path, kind: str) -> None:
    folder = tmp_path / "p"
    SAMPLES[kind](folder)
    tried = 0
    for path, copies in exports_of(folder):
        whole = path.read_bytes()
        for copy in copies:
            path.write_text(copy, encoding="utf-8")
            tried += 1
            try:
                bundle = read_bundle(folder)
                clean(str((bundle.accounts, bundle.problems, bundle.tallies)))  # a department may have any name
            except InputError as error:
                clean("".join(traceback.format_exception(error)) + json.dumps([p.as_dict() for p in error.problems]))
        path.write_bytes(whole)
    assert tried or kind in ("snapshots", "workbook")


@pytest.mark.soak
@pytest.mark.parametrize(("table", "column"), PERSONAL)
def test_a_workbook_names_nobody_that_it_does_not_know(tmp_path, table: str, column: str) -> None:
    _workbook(tmp_path / "p")
    sheets = sheets_of(OTHER.get(table, "answers"))
    if table in OTHER:
        declared = tmp_path / "p" / "programme.toml"
        declared.write_text(declared.read_text(encoding="utf-8").replace(folders.CODED, ""), encoding="utf-8")
    for spoilt in (f"{MARK} Anna", f"{MARK}999"):
        spoilt_rows = folders.column_of(sheets[table], column, lambda _, s=spoilt: s)
        _write_book(tmp_path / "p" / "book.xlsx", {**sheets, table: spoilt_rows})
        try:
            clean(told(read_bundle(tmp_path / "p")))
        except InputError as error:
            clean("".join(traceback.format_exception(error)) + json.dumps([p.as_dict() for p in error.problems]))


def bytes_of(path: Path) -> Iterator[bytes]:
    """A file's bytes, and those of what is packed in it."""
    if not path.is_file():
        return
    data = path.read_bytes()
    yield data
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            yield from (packed.read(name) for name in packed.namelist())
    if data.startswith(b"%PDF"):
        for found in re.finditer(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
            try:
                yield zlib.decompressobj().decompress(found[1])
            except zlib.error:
                continue


def test_a_new_key_makes_new_pseudonyms_and_old_evaluations_count_no_more(tmp_path) -> None:
    folder = programme(tmp_path / "p")
    shelf = Shelf(folder=tmp_path, code="same")
    before = read_bundle(folder)
    shelf.write(before, folders.ROUND, Kept(families={}))
    assert shelf.read(read_bundle(folder), folders.ROUND) == Kept(families={})
    with pytest.raises(InputError, match="RM-E-158"):
        new_key(folder, terminal=False)
    new_key(folder, terminal=True)
    after = read_bundle(folder)
    assert not set(after.table("people")["person_id"]) & set(before.table("people")["person_id"])
    assert shelf.read(after, folders.ROUND) is None
    assert (key_folder("swept") / "identify.log").read_text(encoding="utf-8").endswith(" a new key\n")
    (folder / "receipts" / "private").mkdir(parents=True)
    (folder / "receipts" / "private" / "2026H1-comparison-1.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="RM-E-198"):
        new_key(folder, terminal=True)
    assert read_bundle(folder).table("people").equals(after.table("people"))


@pytest.mark.soak
def test_no_canary_lies_in_any_file_of_whole_runs_nor_in_what_they_print(tmp_path) -> None:
    """Reports, released files, receipts, history, logs, kept evaluations, notebooks; a run that fails as well."""
    folder = tmp_path / "p"
    _example(folder)
    declared = folder / "programme.toml"
    declared.write_text(declared.read_text(encoding="utf-8") + KEYED, encoding="utf-8")

    def call(*words: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "rmanalytics", *words]
        return subprocess.run(command, capture_output=True, check=False, cwd=tmp_path, timeout=1800)

    said = [call("check", "p"), call("declare", "p", "--round", "2026H1", "--yes"), call("report", "p")]
    assert said[-1].returncode == 0, said[-1].stderr
    (folder / "costs.csv").write_text(f"round_id\n{MARK}\n", encoding="utf-8")
    said += [call("report", "p"), call("status", "p"), call("results", "p")]
    assert said[3].returncode == 2
    for one in said:
        clean(one.stdout + one.stderr)
    written = [path for path in tmp_path.rglob("*") if path.is_file() and not _is_export(path, folder)]
    assert len(written) > 20
    for path in written:
        clean(str(path.relative_to(tmp_path)))
        for data in bytes_of(path):
            clean(data)


def _is_export(path: Path, folder: Path) -> bool:
    return path.parent == folder and path.suffix == ".csv"
