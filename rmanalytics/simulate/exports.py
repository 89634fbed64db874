"""The invented programme as other tools would write it, to try the reading of their exports before real ones come.

Unit: one programme's folder. A kind replaces the tables that such a tool would hold by its export, and adds the reader
to ``programme.toml``. Layouts follow the vendors' documentation; nothing here is shared with the readers.
"""

from __future__ import annotations

import calendar
import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from rmanalytics.errors import RunError, unknown
from rmanalytics.intake.bundle import Bundle, read_bundle
from rmanalytics.simulate.codes import write_coded

NO_WRITER = "the extra office, which writes workbooks, is not installed: run pip install 'rmanalytics[office]'"
Rows = list[list[Any]]


def write_as(folder: Path, kind: str) -> tuple[str, ...]:
    """Write a programme's tables as a tool would, in place of them.

    Parameters
    ----------
    folder : Path
        An invented programme.
    kind : str
        One of `EXPORTS`.

    Returns
    -------
    tuple of str
        The files written.

    Raises
    ------
    UnknownNameError
        RM-E-130 for a kind that there is not.
    RunError
        RM-X-004 where a workbook is asked for and what writes it is not installed.
    """
    if kind not in EXPORTS:
        raise unknown("kind of export", kind, EXPORTS)
    tables, write = EXPORTS[kind]
    bundle = read_bundle(folder)
    for table in tables:
        for name in bundle.programme.tables.get(table, (f"{table}.csv",)):
            (folder / name).unlink(missing_ok=True)
    declared = list(write(folder, bundle))
    path = folder / "programme.toml"
    text = path.read_text(encoding="utf-8")
    for table in tables:
        text = re.sub(rf"^{table} = (?:\[[^\]]*\]|\"[^\"]*\")\n", "", text, flags=re.MULTILINE)
    path.write_text(text.rstrip() + "\n\n" + "\n".join(block for _, block in declared), encoding="utf-8")
    return tuple(file for file, _ in declared)


def _reader(name: str, kind: str, file: str, lines: Sequence[str] = ()) -> str:
    return "\n".join([f"[readers.{name}]", f'kind = "{kind}"', f'files = "{file}"', *lines, ""])


def _write_csv(path: Path, rows: Rows, *, delimiter: str = ",") -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)


def _write_xlsx(path: Path, sheets: dict[str, Rows]) -> None:
    try:
        from xlsxwriter import Workbook  # noqa: PLC0415  (an extra)
    except ImportError:
        raise RunError("RM-X-004", NO_WRITER) from None
    with Workbook(str(path), {"strings_to_formulas": False, "default_date_format": "dd.mm.yyyy"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, ["" if cell is None else cell for cell in row])


def _responses(bundle: Bundle) -> Iterator[tuple[str, str, list[str], Any, Any]]:
    """Round, wave, items, answers with one row a person, and the day of each person's answers."""
    everything: Any = bundle.table("answers")
    for (round_id, wave), answers in everything.groupby(["round_id", "wave"]):
        wide = answers.pivot_table("value", "person_id", "item", aggfunc="first", dropna=False)
        days = answers.groupby("person_id")["answered_at"].first().reindex(wide.index)
        yield str(round_id), str(wave), list(wide.columns), wide, days


def _texts(bundle: Bundle, items: list[str], language: str) -> list[str]:
    known = {item.id: item.text for scale in bundle.programme.instruments.values() for item in scale.items}
    return [known[item].get(language) or known[item]["en"] for item in items]


def _label(bundle: Bundle, item: str, value: float) -> str | int:
    """The label of an answer where the scale has labels, else its number."""
    scale = next(s for s in bundle.programme.instruments.values() if item in s.item_ids)
    labels = scale.labels.get("en")
    return labels[int(value) - scale.scale_min] if labels else int(value)


def _constants(round_id: str, wave: str, *more: str) -> list[str]:
    return [*more, f'constants = {{ round_id = "{round_id}", wave = "{wave}" }}']


def _items(name: str, codes: dict[str, str]) -> list[str]:
    return [f"[readers.{name}.items]", *(f"{json.dumps(code)} = {json.dumps(item)}" for code, item in codes.items())]


def _qualtrics(folder: Path, bundle: Bundle) -> Iterator[tuple[str, str]]:
    meta = {
        "StartDate": ("Start Date", "startDate"),
        "EndDate": ("End Date", "endDate"),
        "Status": ("Response Type", "status"),
        "IPAddress": ("IP Address", "ipAddress"),
        "Progress": ("Progress", "progress"),
        "Finished": ("Finished", "finished"),
        "RecordedDate": ("Recorded Date", "recordedDate"),
        "ResponseId": ("Response ID", "_recordId"),
        "RecipientEmail": ("Recipient Email", "recipientEmail"),
        "ExternalReference": ("External Data Reference", "externalDataReference"),
        "LocationLatitude": ("Location Latitude", "locationLatitude"),
    }
    for round_id, wave, items, wide, days in _responses(bundle):
        codes = {f"Q{n}": item for n, item in enumerate(items, start=1)}
        rows: Rows = [
            [*meta, *codes, "Q99"],
            [*(text for text, _ in meta.values()), *_texts(bundle, items, "en"), "What else would you like to say?"],
            [json.dumps({"ImportId": code}) for _, code in meta.values()]
            + [json.dumps({"ImportId": f"QID{n}"}) for n in range(1, len(items) + 2)],
        ]
        for number, (person, answers) in enumerate(wide.iterrows(), start=1):
            day = f"{days[person]:%Y-%m-%d} 10:00:00"
            cells = ["" if pd.isna(v) else _label(bundle, item, v) for item, v in answers.items()]
            head = [day, day, "IP Address", "192.0.2.1", 100, "True", day, f"R_{number:05d}", f"{person}@example.org"]
            rows.append([*head, person, "47.1", *cells, "It was good. " * 9])
        first = rows[3]
        rows.append([first[0], first[1], "Survey Preview", *first[3:9], "", *first[10:]])
        rows.append([*first[:4], 40, "False", *first[6:9], "nobody", *first[10:]])
        name, file = f"{wave}_{round_id}", f"qualtrics_{round_id}_{wave}.csv"
        _write_csv(folder / file, rows)
        yield file, _reader(name, "qualtrics", file, [*_constants(round_id, wave), *_items(name, codes)])


def _limesurvey(folder: Path, bundle: Bundle) -> Iterator[tuple[str, str]]:
    for round_id, wave, items, wide, days in _responses(bundle):
        head = ["id", "submitdate", "lastpage", "startlanguage", "seed", "token", "startdate", "datestamp", "ipaddr"]
        rows: Rows = [[*head, *(f"G{n // 9}[{item}]" for n, item in enumerate(items))]]
        for number, (person, answers) in enumerate(wide.iterrows(), start=1):
            day = f"{days[person]:%Y-%m-%d} 09:30:00"
            cells = ["" if pd.isna(value) else f"A{int(value)}" for value in answers]
            rows.append([number, day, 3, "de", 12345, person, day, day, "192.0.2.2", *cells])
        rows.append([len(rows), "", 1, "de", 12345, "nobody", day, day, "192.0.2.2", *["A1"] * len(items)])
        name, file = f"{wave}_{round_id}", f"limesurvey_{round_id}_{wave}.csv"
        _write_csv(folder / file, rows)
        yield file, _reader(name, "limesurvey", file, _constants(round_id, wave))


def _forms(folder: Path, bundle: Bundle) -> Iterator[tuple[str, str]]:
    for round_id, wave, items, wide, days in _responses(bundle):
        asked = _texts(bundle, items, "de")
        pairs = zip(asked, items, strict=True)
        questions = [text if asked.count(text) == 1 else f"{text} [{item}]" for text, item in pairs]
        rows: Rows = [["ID", "Startzeit", "Fertigstellungszeit", "E-Mail", "Name", "Ihre Kennung", *questions]]
        for number, (person, answers) in enumerate(wide.iterrows(), start=1):
            day = days[person].to_pydatetime() + timedelta(hours=11)
            cells = ["" if pd.isna(v) else _label(bundle, item, v) for item, v in answers.items()]
            rows.append([number, day, day, f"{person}@example.org", f"Name {number}", person, *cells])
        name, file = f"{wave}_{round_id}", f"forms_{round_id}_{wave}.xlsx"
        _write_xlsx(folder / file, {"Sheet1": rows})
        known = dict(zip(questions, items, strict=True))
        lines = _constants(round_id, wave, 'columns = { person_id = "Ihre Kennung" }')
        yield file, _reader(name, "forms", file, [*lines, *_items(name, known)])


def _viva(folder: Path, bundle: Bundle) -> Iterator[tuple[str, str]]:
    ties: Any = bundle.table("ties")
    head = ["PrimaryCollaborator_PersonId", "SecondaryCollaborator_PersonId", "MetricDate", "Strong_tie_score"]
    for kind, some in ties.groupby("kind"):
        rows: Rows = [[*head, "Strong_tie_type"]]
        for tie in some.itertuples():
            day = f"{tie.wave_date:%m/%d/%Y}"
            rows.append([tie.source_id, tie.target_id, day, "" if pd.isna(tie.weight) else f"{tie.weight:e}", 1])
        file = f"viva_{kind}.csv"
        _write_csv(folder / file, rows)
        yield file, _reader(f"viva_{kind}", "viva", file, [f'tie_kind = "{kind}"', 'dates = "month_first"'])


def _snapshots(folder: Path, bundle: Bundle) -> Iterator[tuple[str, str]]:
    positions: Any = bundle.table("positions")
    people: Any = bundle.table("people").set_index("person_id")
    until = bundle.programme.data_until
    first = bundle.programme.records_from or positions["start_date"].min().date()
    head = ["Personalnummer", "Geburtsdatum", "Eintritt", "Austritt", "Grund", "Talentgruppe", "Abteilung", "Ebene"]
    sheets: dict[str, Rows] = {}
    for day in _month_ends(first, until):
        rows: Rows = [[*head, "Vorgesetzte/r", "Stellenfamilie"]]
        there = positions[(positions["start_date"] <= pd.Timestamp(day)) & ~(positions["end_date"] < pd.Timestamp(day))]
        for spell in there.itertuples():
            one = people.loc[spell.person_id]
            left = one.exit_date if one.exit_date <= pd.Timestamp(until) else pd.NaT
            cells = [spell.person_id, date(int(one.birth_year), 5, 17), one.hire_date.date()]
            cells += ["" if pd.isna(left) else left.date(), "" if pd.isna(left) else one.exit_reason, one.talent_group]
            cells += [spell.unit, int(spell.level), "" if pd.isna(spell.manager_id) else spell.manager_id]
            rows.append(["" if pd.isna(cell) else cell for cell in [*cells, spell.job_family]])
        sheets[f"{day:%Y-%m}"] = rows
    _write_xlsx(folder / "hr.xlsx", sheets)
    lines = ['columns = { exit_reason = "Grund" }']
    yield "hr.xlsx", _reader("hr", "snapshots", "hr.xlsx#*", lines)


def _month_ends(first: date, last: date) -> Iterator[date]:
    day = first
    while True:
        day = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        if day > last:
            return
        yield day
        day += timedelta(days=1)


def _ical(folder: Path, bundle: Bundle) -> Iterator[tuple[str, str]]:
    tandems: Any = bundle.table("tandems").set_index("tandem_id")
    meetings: Any = bundle.table("meetings")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Calendar//EN"]
    for meeting in meetings.itertuples():
        planned = meeting.planned_date if not pd.isna(meeting.planned_date) else meeting.held_date
        pair = tandems.loc[meeting.tandem_id]
        held = meeting.held_date if meeting.status == "held" else planned
        begin = datetime.combine(held.date(), datetime.min.time()) + timedelta(hours=14)
        end = begin + timedelta(minutes=60 if pd.isna(meeting.minutes) else int(meeting.minutes))
        uid = f"UID:{meeting.tandem_id}-{meeting.number}@example.org"
        who = [f"ORGANIZER;CN=One:mailto:{pair.mentor_id}", f"ATTENDEE;CN=Two:mailto:{pair.mentee_id}"]
        state = "CONFIRMED" if meeting.status == "held" else "CANCELLED"
        body = ["SUMMARY:About people", "LOCATION:Room 7", "DESCRIPTION:Nobody is to read this"]
        times = [f"DTSTART:{begin:%Y%m%dT%H%M%S}", f"DTEND:{end:%Y%m%dT%H%M%S}", f"STATUS:{state}"]
        if held != planned:
            first = datetime.combine(planned.date(), datetime.min.time()) + timedelta(hours=14)
            series = [f"DTSTART:{first:%Y%m%dT%H%M%S}", "DURATION:PT1H"]
            lines += ["BEGIN:VEVENT", uid, *who, *body, *series, "END:VEVENT"]
            times.append(f"RECURRENCE-ID:{first:%Y%m%dT%H%M%S}")
        lines += ["BEGIN:VEVENT", uid, *who, *body, *times, "END:VEVENT"]
    text = "\r\n".join([*lines, "END:VCALENDAR", ""])
    (folder / "calendar.ics").write_text(text, encoding="utf-8", newline="")
    yield "calendar.ics", _reader("calendar", "ical", "calendar.ics")


def _workbook(folder: Path, bundle: Bundle) -> Iterator[tuple[str, str]]:
    sheets: dict[str, Rows] = {}
    for name in WORKBOOK_TABLES:
        table = bundle.table(name)
        rows: Rows = [
            [cell.date() if isinstance(cell, pd.Timestamp) else "" if pd.isna(cell) else cell for cell in row]
            for row in table.itertuples(index=False)
        ]
        sheets[name] = [list(table.columns), *rows]
    _write_xlsx(folder / "programme.xlsx", sheets)
    yield "programme.xlsx", _reader("tables", "workbook", "programme.xlsx")


WORKBOOK_TABLES = ("people", "positions", "tandems", "comparison", "meetings", "costs")
EXPORTS: dict[str, tuple[tuple[str, ...], Callable[[Path, Bundle], Iterator[tuple[str, str]]]]] = {
    "codes": (("answers",), write_coded),
    "forms": (("answers",), _forms),
    "ical": (("meetings",), _ical),
    "limesurvey": (("answers",), _limesurvey),
    "qualtrics": (("answers",), _qualtrics),
    "snapshots": (("people", "positions"), _snapshots),
    "viva": (("ties",), _viva),
    "workbook": (WORKBOOK_TABLES, _workbook),
}
"""Each kind, the tables that it replaces, and what writes it."""
