"""Remedies of what is refused beyond the tables' cells: readers, workbooks, Parquet, events; each is done as said."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import folders
import pandas as pd
import pytest
from event_tools import EVENTS, PEOPLE, WAVES, change, declared, events, write_anew
from folders import ROUND, csv_text, read
from intake_remedies import export_again
from xlsxwriter import Workbook

from rmanalytics.errors import Problem
from rmanalytics.language.translator import translator

Mend = Callable[[Path, Problem], object]
COSTS = '\n[tables]\ncosts = "costs.xlsx"\n'


def workbook(folder: Path, *sheets: str) -> None:
    declared(folder, COSTS, costs=None)
    with Workbook(str(folder / "costs.xlsx")) as book:
        for name in sheets:
            for number, row in enumerate(folders.costs()):
                book.add_worksheet(name) if not number else None
                book.get_worksheet_by_name(name).write_row(number, 0, row)


def with_entities(folder: Path) -> None:
    workbook(folder, "A")
    path = folder / "costs.xlsx"
    with zipfile.ZipFile(path) as old:
        parts = {info.filename: old.read(info) for info in old.infolist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "a">]>' + parts[sheet].partition(b"?>")[2]
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)


def locked(folder: Path) -> None:
    workbook(folder, "A")
    data = bytearray((folder / "costs.xlsx").read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(mark), bytes(data)):
            data[found.start() + offset] |= 1
    (folder / "costs.xlsx").write_bytes(data)


def parquet_costs(folder: Path, *, lists: bool) -> None:
    declared(folder, COSTS.replace("xlsx", "parquet"), costs=None)
    frame = pd.DataFrame(folders.costs()[1:], columns=folders.costs()[0])
    frame["unit"] = [[unit] for unit in frame["unit"]] if lists else frame["unit"]
    frame.to_parquet(folder / "costs.parquet")


def wide(folder: Path, constants: str, item: str = "own_q1") -> None:
    block = f'\n[readers.s]\nkind = "wide"\nfiles = "s.csv"\ncolumns = {{ person_id = "Nr" }}\n{constants}'
    declared(folder, f'{block}[readers.s.items]\n"Q" = "{item}"\n', answers=None)
    rows = [["Nr", "Q", *folders.ITEMS[1:]], *([person, 3, 2, 4] for person in PEOPLE)]
    (folder / "s.csv").write_text(csv_text(rows), encoding="utf-8")


def constants(folder: Path, problem: Problem) -> None:
    """Each absent column as a constant, as the message says."""
    assert "[readers.s.constants]" in problem.remedy
    change(folder, "[readers.s.items]", f'[readers.s.constants]\nround_id = "{ROUND}"\nwave = "pre"\n[readers.s.items]')


def snapshots(folder: Path, *names: str) -> None:
    declared(folder, '\n[readers.hr]\nkind = "snapshots"\nfiles = "hr*.csv"\n', people=None, positions=None)
    heads = ["Personalnummer", "Geburtsjahr", "Eintritt", "Abteilung", "Ebene", "Vorgesetzter"]
    rows = [heads, *([row[0], row[1], row[2], "A", 2, ""] for row in folders.people()[1:])]
    for name in names:
        (folder / name).write_text(csv_text(rows), encoding="utf-8")


def calendar(folder: Path) -> None:
    declared(folder, '\n[readers.cal]\nkind = "ical"\nfiles = "c.ics"\n', meetings=None)
    tandems = [row[1] for row in folders.tandems()[1:]]
    events = (
        f"BEGIN:VEVENT\r\nUID:{n}\r\nDTSTART:20260211T100000Z\r\nDTEND:20260211T110000Z\r\nSUMMARY:Chat\r\nEND:VEVENT\r\n"
        for n, _ in enumerate(tandems)
    )
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{''.join(events)}END:VCALENDAR\r\n"
    (folder / "c.ics").write_text(text, encoding="utf-8", newline="")


def ids_in_subjects(folder: Path, problem: Problem) -> None:
    path = folder / problem.file
    tandems = iter([row[1] for row in folders.tandems()[1:]])
    path.write_text(re.sub("SUMMARY:Chat", lambda _: f"SUMMARY:{next(tandems)}", path.read_text()), newline="")


def aliases(folder: Path) -> None:
    declared(
        folder, '\n[pseudonyms]\nids = "as_given"\n[pseudonyms.aliases]\nfiles = "m.csv"\nid = "id"\nalias = "mail"\n'
    )
    (folder / "m.csv").write_text(csv_text([["id", "mail"], ["P001", "a@x.example"], ["P002", "A@x.example"]]))


def own_alias(folder: Path, problem: Problem) -> None:
    rows = [line.split(",") for line in (folder / problem.file).read_text().splitlines()]
    rows[problem.rows[0] - 1][1] = "b@x.example"
    (folder / problem.file).write_text(csv_text(rows))


def of_two_types(folder: Path) -> None:
    events(folder, "2025-09-01", "2026-05-04")
    frame = pd.read_parquet(folder / "events" / "a.parquet")
    frame.assign(at=frame["at"].dt.date).to_parquet(folder / "events" / "b.parquet")


def from_two_sources(folder: Path) -> None:
    waves = sorted({row[0] for row in folders.TABLES["ties"]()[1:]})
    days = [f"{pd.Timestamp(wave) - pd.Timedelta(days=20):%Y-%m-%d}" for wave in waves]
    events(folder, *days, toml=f'{EVENTS}kind = "advice"\nwaves = [{", ".join(waves)}]\n')


CASES: dict[str, tuple[str, Callable[[Path], object], Mend]] = {
    "a column of lists": (
        "RM-E-112",
        lambda folder: parquet_costs(folder, lists=True),
        lambda folder, _: parquet_costs(folder, lists=False),
    ),
    "nothing says which round": ("RM-E-151", lambda folder: wide(folder, ""), constants),
    "an item of no instrument": (
        "RM-E-151",
        lambda folder: wide(folder, f'constants = {{ round_id = "{ROUND}", wave = "pre" }}\n', "own_q9"),
        lambda folder, problem: change(folder, '"own_q9"', f'"{folders.ITEMS[0]}"'),
    ),
    "a snapshot without a day": (
        "RM-E-154",
        lambda folder: snapshots(folder, "hr.csv"),
        lambda folder, problem: (folder / problem.file).rename(
            folder / f"hr {re.findall(r'20..-..', problem.remedy)[0]}.csv"
        ),
    ),
    "a calendar of nobody": ("RM-E-156", calendar, ids_in_subjects),
    "one address of two people": ("RM-E-157", aliases, own_alias),
    "entities in a workbook": ("RM-E-161", with_entities, export_again),
    "a locked workbook": ("RM-E-162", locked, lambda folder, _: workbook(folder, "A")),
    "several sheets": (
        "RM-E-163",
        lambda folder: workbook(folder, "A", "B"),
        lambda folder, problem: change(folder, '"costs.xlsx"', re.findall(r'"[^"]+"', problem.remedy)[0]),
    ),
    "an empty folder of events": ("RM-E-110", events, write_anew),
    "events named twice": (
        "RM-E-111",
        lambda folder: events(
            folder,
            "2025-09-01",
            "2026-05-04",
            toml=EVENTS.replace('"events"', '["events", "events/a.parquet"]') + WAVES,
        ),
        lambda folder, _: change(folder, '["events", "events/a.parquet"]', '"events"'),
    ),
    "events of two types": ("RM-E-113", of_two_types, write_anew),
    "a wave without events": ("RM-E-115", lambda folder: events(folder, "2026-05-04"), write_anew),
    "a wave from two sources": (
        "RM-E-116",
        from_two_sources,
        lambda folder, _: change(folder, 'kind = "advice"', 'kind = "collaboration"'),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_doing_what_the_message_says_rids_of_the_problem(tmp_path: Path, case: str) -> None:
    code, write, mend = CASES[case]
    write(tmp_path)
    _, problems = read(tmp_path)
    refused = [problem for problem in problems if problem.effect == "refused"]
    assert [problem.code for problem in refused if problem.code != "RM-E-082"] == [code], refused
    tr = translator("de")
    assert tr(refused[0].rule) != refused[0].rule
    assert tr(refused[0].remedy) != refused[0].remedy
    mend(tmp_path, refused[0])
    bundle, problems = read(tmp_path)
    assert bundle is not None, [str(problem) for problem in problems]
