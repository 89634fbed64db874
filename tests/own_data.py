"""A folder as somebody in HR would put it together by hand: two Forms workbooks, an HR workbook, a calendar."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from xlsxwriter import Workbook

from rmanalytics.intake.bundle import Bundle, read_bundle

EXAMPLE = Path(__file__).parents[1] / "data" / "example_small"
ROUND = "2026H1"
MONTHS = pd.date_range("2025-12-31", "2026-09-30", freq="ME")
NAMES = ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November")
PERSONAL = ("Meier-Canary", "@canary.example", "079 555 01 00", "Vertraulich")
"""What may never be found again."""


def number(person: str) -> str:
    """A staff number for an id of the example."""
    return f"{70_000 + int(person[1:])}"


def mail(person: str) -> str:
    return f"vorname.{person.lower()}@canary.example"


def write_own_data(folder: Path) -> Bundle:
    """Write the folder; returns the tables that it was made from."""
    folder.mkdir(parents=True, exist_ok=True)
    bundle = read_bundle(EXAMPLE)
    _hr(folder / "Personalliste.xlsx", bundle)
    for wave, file in (("pre", "Befragung vorher.xlsx"), ("post", "Befragung nachher.xlsx")):
        _forms(folder / file, bundle, wave)
    _calendar(folder / "Termine.ics", bundle)
    return bundle


def _hr(path: Path, bundle: Bundle) -> None:
    people, positions = bundle.table("people").set_index("person_id"), bundle.table("positions")
    head = [
        "Name",
        "Personalnummer",
        "",
        "Geburtsdatum",
        "Eintritt",
        "Austritt",
        "Austrittsgrund",
        "Abteilung",
        "Ebene",
    ]
    head += ["Personalnummer Vorgesetzte/r", "Kostenstelle", "Telefon", "E-Mail", "Letztes Mitarbeitergespräch"]
    with Workbook(str(path), {"default_date_format": "dd.mm.yyyy"}) as book:
        for day in MONTHS:
            name = f"{(*NAMES, 'Dezember')[day.month - 1]} {day.year}"
            sheet = book.add_worksheet(name)
            sheet.merge_range(0, 0, 0, 8, f"Personalbestand, Stichtag {day:%d.%m.%Y}")
            sheet.write(1, 0, "Vertraulich")
            sheet.write_row(2, 0, head)
            there = positions[(positions["start_date"] <= day) & ~(positions["end_date"] < day)]
            row = 3
            for spell in there.itertuples():
                one = people.loc[spell.person_id]
                left = not pd.isna(one.exit_date) and one.exit_date <= MONTHS[-1]
                said = {"voluntary": "Eigenkündigung", "retirement": "Pensionierung"}.get(
                    str(one.exit_reason), "Sonstiges"
                )
                manager = "" if pd.isna(spell.manager_id) else int(number(spell.manager_id))
                cells: list[Any] = [f"Meier-Canary {row}", int(number(spell.person_id)), ""]
                cells += [datetime(int(one.birth_year), 5, 17), one.hire_date.to_pydatetime()]  # noqa: DTZ001
                cells += [one.exit_date.to_pydatetime() if left else "", said if left else ""]
                cells += [spell.unit, f"Stufe {int(spell.level)}", manager, 4_100 + row % 7, "079 555 01 00"]
                sheet.write_row(row, 0, [*cells, mail(spell.person_id), datetime(2025, 11, 1 + row % 28)])  # noqa: DTZ001
                row += 1
            sheet.write_row(row, 0, ["Gesamt", len(there)])
        sheet = book.add_worksheet("Tandems")
        sheet.merge_range(0, 0, 0, 3, "Tandems der Runde")
        sheet.write_row(2, 0, ["Nr.", "Mentor (Pers.-Nr.)", "Mentee (Pers.-Nr.)", "Gematcht am", "Bemerkung"])
        tandems = bundle.table("tandems")
        for row, pair in enumerate(tandems[tandems["round_id"] == ROUND].itertuples(), start=3):
            cells = [
                row - 2,
                int(number(pair.mentor_id)),
                int(number(pair.mentee_id)),
                pair.matched_date.to_pydatetime(),
            ]
            sheet.write_row(row, 0, [*cells, "Vertraulich"])


def _forms(path: Path, bundle: Bundle, wave: str) -> None:
    answers = bundle.table("answers")
    scales = ("digital_fitness", "felt_appreciation", "openness_to_change")
    texts = {
        i.id: (i.text["de"], s.labels.get("de"), s.scale_min)
        for n in scales
        for s in [bundle.programme.instruments[n]]
        for i in s.items
    }
    ours = answers[(answers["round_id"] == ROUND) & (answers["wave"] == wave) & answers["item"].isin(texts)]
    wide = ours.pivot_table("value", "person_id", "item", aggfunc="first")
    days = ours.groupby("person_id")["answered_at"].first()
    with Workbook(str(path), {"default_date_format": "dd.mm.yyyy hh:mm"}) as book:
        sheet = book.add_worksheet("Sheet1")
        head = ["ID", "Startzeit", "Fertigstellungszeit", "E-Mail", "Name", "Bitte geben Sie Ihre Personalnummer an"]
        sheet.write_row(0, 0, [*head, *(texts[item][0] for item in wide.columns), "Möchten Sie noch etwas sagen?"])
        for row, (person, values) in enumerate(wide.iterrows(), start=1):
            day = days[person].to_pydatetime() + timedelta(hours=9, minutes=row % 50)
            cells: list[Any] = [row, day, day, "anonymous", "", int(number(str(person)))]
            for item, value in values.items():
                _, labels, least = texts[str(item)]
                cells.append("" if pd.isna(value) else labels[int(value) - least] if labels else int(value))
            sheet.write_row(row, 0, [*cells, "Vertraulich: es war gut. " * 5])


def _calendar(path: Path, bundle: Bundle) -> None:
    tandems = bundle.table("tandems").set_index("tandem_id")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Mail//DE"]
    meetings = bundle.table("meetings")
    for meeting in meetings[meetings["tandem_id"].str.startswith(ROUND)].itertuples():
        pair = tandems.loc[meeting.tandem_id]
        day = meeting.held_date if meeting.status == "held" else meeting.planned_date
        begin = day.to_pydatetime() + timedelta(hours=14)
        minutes = 60 if pd.isna(meeting.minutes) else int(meeting.minutes)
        lines += ["BEGIN:VEVENT", f"UID:{meeting.tandem_id}-{meeting.number}", "SUMMARY:Vertraulich Meier-Canary"]
        lines += [f"ORGANIZER;CN=Meier-Canary:mailto:{mail(pair.mentor_id)}"]
        lines += [f"ATTENDEE;CN=Meier-Canary:MAILTO:{mail(pair.mentee_id).upper()}"]
        lines += [f"DTSTART;TZID=Europe/Zurich:{begin:%Y%m%dT%H%M%S}", f"DURATION:PT{minutes}M"]
        lines += [f"STATUS:{'CONFIRMED' if meeting.status == 'held' else 'CANCELLED'}", "END:VEVENT"]
    lines += [
        "BEGIN:VEVENT",
        "UID:x",
        "DTSTART;VALUE=DATE:20260301",
        "SUMMARY:Ferien",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    path.write_text("\r\n".join(lines), encoding="utf-8", newline="")
