"""What readers of HR exports share: columns of a person's row, employments and positions that follow from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from rmanalytics.intake.dates import read_dates
from rmanalytics.intake.grid import Grid
from rmanalytics.intake.marks import mask
from rmanalytics.intake.readers.dates import iso
from rmanalytics.intake.readers.kind import Asked
from rmanalytics.intake.readers.raw import Raw, grid_of
from rmanalytics.intake.readers.survey import EMPTY, NOTE, TOTAL, USED, column_of
from rmanalytics.intake.records import TOTAL_WORDS
from rmanalytics.intake.tables import put_in
from rmanalytics.intake.values import clean
from rmanalytics.language.translator import filled, inside

HEADERS = {
    "person_id": (
        "person_id",
        "Personalnummer",
        "Pers.-Nr.",
        "PersNr",
        "Personnel Number",
        "Employee ID",
        "User/Employee ID",
        "Matricule",
        "Mitarbeiternummer",
        "Mitarbeiter-ID",
    ),
    "unit": (
        "unit",
        "Abteilung",
        "Organisationseinheit",
        "OrgEinheit",
        "Department",
        "Supervisory Organization",
        "Bereich",
        "Service",
        "Unité",
    ),
    "level": ("level", "Ebene", "Stufe", "Job Level", "Management Level", "Grade", "Hierarchieebene", "Niveau"),
    "manager_id": (
        "manager_id",
        "Vorgesetzter",
        "Vorgesetzte/r",
        "Manager ID",
        "Manager",
        "Supervisor",
        "Personalnummer Vorgesetzter",
        "Manager User Sys ID",
        "Matricule du responsable",
    ),
    "birth_year": (
        "birth_year",
        "Geburtsjahr",
        "Geburtsdatum",
        "Date of Birth",
        "Birth Date",
        "Year of Birth",
        "Date de naissance",
        "Année de naissance",
    ),
    "hire_date": (
        "hire_date",
        "Eintritt",
        "Eintrittsdatum",
        "Hire Date",
        "Original Start Date",
        "Start of Employment",
        "Date d'entrée",
        "Date d'embauche",
    ),
    "exit_date": ("exit_date", "Austritt", "Austrittsdatum", "Termination Date", "Exit Date", "Date de sortie"),
    "exit_reason": ("exit_reason", "Austrittsgrund", "Termination Reason", "Motif de sortie"),
    "job_family": ("job_family", "Job Family", "Stellenfamilie"),
    "location": ("location",),
    "start_date": (
        "start_date",
        "Gültig ab",
        "Gültig von",
        "Beginn",
        "Effective Start Date",
        "Start Date",
        "Effective Date",
        "Valable dès",
    ),
    "end_date": ("end_date", "Gültig bis", "Ende", "Effective End Date", "End Date", "Valable jusqu'au"),
}
NO_END = "1900-01-01"
"""What some systems write where nobody has left: the first day of their calendar."""
POSITION = ("unit", "level", "manager_id", "job_family", "location")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of one export that count: columns as texts, days as ISO (an open end is empty)."""

    name: str
    columns: dict[str, list[str]]
    rows: list[int]
    counts: dict[str, int]


def rows_of(asked: Asked, raw: Raw, columns: Iterable[str]) -> Rows:
    """Read the columns of an export that there are, and leave out empty rows, totals and notes.

    Raises
    ------
    InputError
        RM-E-151 where there is no column of ids.
    """
    numbers = {column: column_of(asked, raw, column, *HEADERS[column]) for column in columns}
    if numbers["person_id"] is None:
        how = filled("name its header under [readers.{reader}.columns]", reader=asked.name)
        raise asked.refused("columns.person_id", filled("no column of ids was found in {file}", file=raw.name), how)
    first = [clean(text).casefold().rstrip(":. ") for text in raw.texts(0)]
    ids = [clean(text) for text in raw.texts(numbers["person_id"])]
    blank = raw.blank
    totals = [f in TOTAL_WORDS or i.casefold().rstrip(":. ") in TOTAL_WORDS for f, i in zip(first, ids, strict=True)]
    each = zip(blank, totals, raw.notes, strict=True)
    fates = [EMPTY if b else TOTAL if t else NOTE if n else USED for b, t, n in each]
    live = mask(fate == USED for fate in fates)
    used = raw.kept(live)
    found = {}
    for column, number in numbers.items():
        if number is None:
            continue
        words = used.columns[number]
        said = asked.programme.sources.values.get(column)
        texts = [clean(text) for text in (put_in(words, said)[0] if said else words).texts]
        if column in ("birth_year", "hire_date", "exit_date", "start_date", "end_date"):
            texts = days_of(asked, raw, column, texts, year=column == "birth_year")
        codes = (put_in(words, said)[0] if said else words).codes
        found[column] = [texts[code] for code in codes]
    counts = {fate: fates.count(fate) for fate in dict.fromkeys((USED, *fates))}
    return Rows(name=raw.name, columns=found, rows=[int(n) for n in used.rows], counts=counts)


def days_of(asked: Asked, raw: Raw, column: str, texts: list[str], *, year: bool) -> list[str]:
    """Distinct texts of a column of days as ISO; an open end is empty, years of birth stay years."""
    texts = iso(asked, raw.name, texts)
    present = mask(bool(text) and not (year and text.isdigit() and len(text) == 4) for text in texts)
    if not present.any():
        return texts
    days, open_end, marks = read_dates(texts, present, since=1900, latest=date(9998, 12, 31), time=False)
    wrong = [found for found in marks if found.code.startswith("RM-E") and found.texts.any()]
    if wrong:
        raise asked.refused(
            f"columns.{column}", filled("{rule} ({file})", rule=inside(wrong[0].rule), file=raw.name), wrong[0].remedy
        )
    made = np.datetime_as_string(days, unit="D")
    if column in ("exit_date", "end_date"):
        open_end = open_end | (made == NO_END)
    return [
        text if not p or (np.isnat(d) and not o) else "" if o else str(m)[: 4 if year else 10]
        for text, p, d, o, m in zip(texts, present, days, open_end, made, strict=True)
    ]


@dataclass(slots=True, kw_only=True)
class Person:
    """What is known of one person, in order of time."""

    birth_year: str = ""
    employments: list[dict[str, str]] = field(default_factory=list)
    positions: list[dict[str, str]] = field(default_factory=list)


def grids_of(
    name: str, people: dict[str, Person], source_row: dict[str, int], given: set[str]
) -> Iterator[tuple[str, Grid]]:
    """The tables *people* and *positions*; a position without a unit is none."""
    rows = [(person, known, job) for person, known in people.items() for job in known.employments]
    columns = {"person_id": [person for person, *_ in rows], "birth_year": [known.birth_year for _, known, _ in rows]}
    for column in ("hire_date", "exit_date", "exit_reason"):
        columns[column] = [job.get(column, "") for *_, job in rows]
    yield "people", grid_of(name, columns, [source_row[person] for person, *_ in rows])
    spells = [(person, spell) for person, known in people.items() for spell in known.positions]
    if "unit" in given and spells:
        wanted = [c for c in POSITION if c in given or c in ("level", "manager_id")]
        columns = {"person_id": [person for person, _ in spells]}
        columns |= {c: [spell.get(c, "") for _, spell in spells] for c in ("start_date", "end_date", *wanted)}
        yield "positions", grid_of(name, columns, [source_row[person] for person, _ in spells])


def day_before(day: str) -> str:
    """The day before; what is no day stays, so that the rules of the table name its row.

    Examples
    --------
    >>> day_before("2026-03-01"), day_before("soon")
    ('2026-02-28', 'soon')
    """
    try:
        return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    except ValueError:
        return day
