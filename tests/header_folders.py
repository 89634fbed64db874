"""Folders of exports under headers of many companies, with decoys, and which header is which column."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from folders import csv_text

PEOPLE = 40
ITEMS = (
    "Ich probiere neue digitale Werkzeuge gern aus",
    "Ich finde mich in neuen Programmen schnell zurecht",
    "Ich helfe anderen bei digitalen Fragen",
    "Ich arbeite gern mit jüngeren Kolleginnen und Kollegen",
)


def _day(first: date, n: int, form: str) -> str:
    return f"{first + timedelta(days=n):{form}}"


def _id(n: int) -> str:
    return f"{48_211 + 7 * n}"


MAKERS: dict[str, Callable[[int, str], object]] = {
    "id": lambda n, form: _id(n),
    "mail": lambda n, form: f"person{n}@firm.example",
    "boss": lambda n, form: _id(n // 8) if n else "",
    "boss_mail": lambda n, form: f"person{n // 8}@firm.example",
    "name": lambda n, form: f"Nachname {n}",
    "cost": lambda n, form: f"{4_100 + n % 6}",
    "phone": lambda n, form: f"+41 44 555 {n:02d} {n:02d}",
    "born": lambda n, form: _day(date(1962, 3, 4), 331 * n, form),
    "year": lambda n, form: 1962 + n,
    "hired": lambda n, form: _day(date(2004, 1, 1), 190 * n, form),
    "left": lambda n, form: _day(date(2026, 3, 31), 0, form) if n % 13 == 5 else "",
    "reason": lambda n, form: "" if n % 13 != 5 else ("Eigenkündigung", "resignation", "démission")[n % 3],
    "other_day": lambda n, form: _day(date(2025, 6, 1), n, form),
    "unit": lambda n, form: ("Vertrieb", "IT", "Produktion")[n % 3],
    "level": lambda n, form: 1 + n % 5,
    "level_word": lambda n, form: ("Fachkraft", "Teamleiter", "Abteilungsleiterin", "Vorstand")[n % 4],
    "text": lambda n, form: "etwas dazu",
    "step": lambda n, form: "LT 2" if not n else "LT 1" if n < 5 else f"TG {7 + n % 3}",
    "under": lambda n, form: ("Nord", "Süd", "Ost")[n // 8 % 3],
    "site": lambda n, form: ("Ulm", "Aue", "Hof", "Kiel")[n % 4],
    "group_day": lambda n, form: _day(date(2004, 1, 1), 190 * n - (400 if n % 2 else 0), form),
    "trial_day": lambda n, form: _day(date(2004, 1, 1), 190 * n + 180, form),
    "contract_day": lambda n, form: "31.12.2099" if n % 7 == 3 else "",
    "dotted": lambda n, form: _id(30 + n % 3) if n % 3 == 1 else "",
    "partner": lambda n, form: _id(9 + n % 2),
    "matched": lambda n, form: _day(date(2026, 1, 12), n, form),
    "kick_off": lambda n, form: _day(date(2026, 1, 22), 2 * n, form),
    "tandem": lambda n, form: n // 4 + 1,
    "count": lambda n, form: n % 4 + 1,
    "planned": lambda n, form: _day(date(2026, 1, 25), 28 * (n % 4) + n // 4, form),
    "held": lambda n, form: _day(date(2026, 1, 26), 28 * (n % 4) + n // 4, form) if n % 5 else "",
    "entered": lambda n, form: _day(date(2026, 2, 9), 28 * (n % 4) + n // 4, form),
    "happened": lambda n, form: "ja" if n % 5 else "nein",
    "long": lambda n, form: (45, 60, 90)[n % 3],
    "stars": lambda n, form: 1 + n % 5,
}
SURVEY_MAKERS: dict[str, Callable[[int, str, date], object]] = {
    "when": lambda n, form, first: _day(first, n % 9, form),
    "likert": lambda n, form, first: 1 + (3 * n + first.month) % 5,
}


@dataclass(frozen=True, kw_only=True)
class File:
    """A file: header to what its cells are, the truth of the columns needed, rows above, form of days."""

    columns: dict[str, str]
    truth: dict[str, str]
    form: str = "%d.%m.%Y"
    delimiter: str = ";"
    above: tuple[str, ...] = ()
    first: date = date(2026, 1, 5)
    rows: int = PEOPLE
    pairs: bool = False


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A company's folder."""

    name: str
    files: dict[str, File] = field(default_factory=dict)


def write(folder: Path, company: Folder) -> Path:
    """Write the files of a company."""
    folder.mkdir(parents=True)
    for name, file in company.files.items():
        rows = [list(file.columns), *(list(_row(file, n)) for n in range(file.rows))]
        text = "".join(f"{line}\n" for line in file.above) + csv_text(rows, file.delimiter)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _row(file: File, n: int) -> Iterator[object]:
    for kind in file.columns.values():
        if file.pairs and kind in ("mentor", "mentee"):
            yield _id(20 + n if kind == "mentor" else n)
        elif kind == "nr":
            yield n + 1
        elif kind in SURVEY_MAKERS:
            yield SURVEY_MAKERS[kind](n, file.form, file.first)
        else:
            yield MAKERS[kind](n, file.form)


def survey(person: str, when: str, *decoys: tuple[str, str], items: tuple[str, ...] = ITEMS, **more: object) -> File:
    """A wide survey."""
    columns = {person: "id", when: "when", **dict(decoys), **dict.fromkeys(items, "likert")}
    return File(columns=columns, truth={"person_id": person}, rows=24, **more)  # type: ignore[arg-type]


def pairs(columns: dict[str, str], truth: dict[str, str], **more: object) -> File:
    """A list of tandems."""
    return File(columns=columns, truth=truth, rows=10, pairs=True, **more)  # type: ignore[arg-type]


KNOWN = (
    Folder(
        name="german list",
        files={
            "Personal.csv": File(
                columns={
                    "Nachname": "name",
                    "Personal-Nr.": "id",
                    "Geb.-Datum": "born",
                    "Eintrittsdatum": "hired",
                    "Austritt am": "left",
                    "Austrittsgrund": "reason",
                    "Abteilung": "unit",
                    "Hierarchieebene": "level",
                    "Pers.-Nr. Vorgesetzter": "boss",
                    "Kostenstelle": "cost",
                    "Telefon": "phone",
                    "Probezeit bis": "other_day",
                },
                truth={
                    "person_id": "Personal-Nr.",
                    "birth_year": "Geb.-Datum",
                    "hire_date": "Eintrittsdatum",
                    "exit_date": "Austritt am",
                    "exit_reason": "Austrittsgrund",
                    "unit": "Abteilung",
                    "level": "Hierarchieebene",
                    "manager_id": "Pers.-Nr. Vorgesetzter",
                },
            ),
            "Tandems.csv": pairs(
                {
                    "Lfd. Nr.": "nr",
                    "Mentor Personalnummer": "mentor",
                    "Mentee Personalnummer": "mentee",
                    "Gematcht am": "other_day",
                },
                {
                    "tandem_id": "Lfd. Nr.",
                    "mentor_id": "Mentor Personalnummer",
                    "mentee_id": "Mentee Personalnummer",
                    "matched_date": "Gematcht am",
                },
            ),
            "Befragung_vorher.csv": survey("Personalnummer", "Ausgefüllt am", ("Führungskraft Personalnr.", "boss")),
        },
    ),
    Folder(
        name="english snapshots",
        files={
            f"headcount_2026-0{month}.csv": File(
                columns={
                    "Employee Number": "id",
                    "Full Name": "name",
                    "Work Email": "mail",
                    "Manager Email": "boss_mail",
                    "Line Manager ID": "boss",
                    "Department": "unit",
                    "Job Grade": "level",
                    "Cost Center": "cost",
                    "Date of Birth": "born",
                    "Original Start Date": "hired",
                    "Last Promotion Date": "other_day",
                    "Termination Date": "left",
                },
                truth={
                    "person_id": "Employee Number",
                    "manager_id": "Line Manager ID",
                    "unit": "Department",
                    "level": "Job Grade",
                    "birth_year": "Date of Birth",
                    "hire_date": "Original Start Date",
                    "exit_date": "Termination Date",
                },
                form="%Y-%m-%d",
                delimiter=",",
            )
            for month in (1, 2, 3)
        }
        | {
            "pairs.csv": pairs(
                {
                    "Pair ID": "nr",
                    "Mentor Employee ID": "mentor",
                    "Mentee Employee ID": "mentee",
                    "Matched on": "other_day",
                    "Notes": "text",
                },
                {
                    "tandem_id": "Pair ID",
                    "mentor_id": "Mentor Employee ID",
                    "mentee_id": "Mentee Employee ID",
                    "matched_date": "Matched on",
                },
                form="%Y-%m-%d",
                delimiter=",",
            ),
        },
    ),
    Folder(
        name="french list",
        files={
            "personnel.csv": File(
                columns={
                    "Matricule": "id",
                    "Nom": "name",
                    "Date de naissance": "born",
                    "Date d'entrée": "hired",
                    "Date de sortie": "left",
                    "Motif de départ": "reason",
                    "Service": "unit",
                    "Niveau": "level",
                    "Matricule du responsable": "boss",
                    "Centre de coût": "cost",
                    "Téléphone": "phone",
                },
                truth={
                    "person_id": "Matricule",
                    "birth_year": "Date de naissance",
                    "hire_date": "Date d'entrée",
                    "exit_date": "Date de sortie",
                    "exit_reason": "Motif de départ",
                    "unit": "Service",
                    "level": "Niveau",
                    "manager_id": "Matricule du responsable",
                },
            ),
            "questionnaire_avant.csv": survey("Matricule", "Rempli le", ("Matricule du responsable", "boss")),
        },
    ),
    Folder(
        name="titles above, levels in words",
        files={
            "HR Auszug.csv": File(
                columns={
                    "MA-Nr.": "id",
                    "E-Mail": "mail",
                    "E-Mail Vorgesetzte/r": "boss_mail",
                    "Jahrgang": "year",
                    "Angestellt seit": "hired",
                    "Bereich": "unit",
                    "Führungsebene": "level_word",
                    "Führungskraft ID": "boss",
                    "Raum": "cost",
                    "Letzte Änderung": "other_day",
                },
                truth={
                    "person_id": "MA-Nr.",
                    "birth_year": "Jahrgang",
                    "hire_date": "Angestellt seit",
                    "unit": "Bereich",
                    "level": "Führungsebene",
                    "manager_id": "Führungskraft ID",
                },
                above=("HR-Auszug;;", "Stand März;;", ""),
            ),
            "nachher.csv": survey("Ihre MA-Nr.", "Zeitstempel", first=date(2026, 6, 20)),
        },
    ),
)


def meetings(columns: dict[str, str], truth: dict[str, str], **more: object) -> File:
    """A list of meetings, four a tandem."""
    return File(columns=columns, truth=truth, rows=40, **more)  # type: ignore[arg-type]


_LIST = ("id", "born", "hired", "left", "reason", "under", "step", "boss")
_NAMED = ("person_id", "birth_year", "hire_date", "exit_date", "exit_reason", "unit", "level", "manager_id")
_MET = {"tandem": "tandem_id", "count": "number", "planned": "planned_date", "held": "held_date"}
_MET |= {"happened": "status", "long": "minutes"}
_PAIR = {"nr": "tandem_id", "mentor": "mentor_id", "mentee": "mentee_id", "matched": "matched_date"}


def _truth(columns: dict[str, str], named: dict[str, str]) -> dict[str, str]:
    return {named[kind]: header for header, kind in columns.items() if kind in named}


def _told_by_cells(name: str, people: dict[str, str], two: dict[str, str], met: dict[str, str], form: str) -> Folder:
    """A folder of which only the cells tell the columns."""
    return Folder(
        name=name,
        files={
            "a.csv": File(columns=people, truth=_truth(people, dict(zip(_LIST, _NAMED, strict=True))), form=form),
            "b.csv": pairs(two, _truth(two, _PAIR), form=form),
            "c.csv": meetings(met, _truth(met, _MET), form=form),
        },
    )


UNSEEN = (
    _told_by_cells(
        "german, unseen",
        {
            "Arbeitnehmer": "id",
            "Anzeige": "name",
            "GD": "born",
            "Konzern seit": "group_day",
            "Haus seit": "hired",
            "Erprobung": "trial_day",
            "befristet": "contract_day",
            "Abgang": "left",
            "Abgangsart": "reason",
            "Einsatz": "site",
            "Sparte": "under",
            "Eingruppierung": "step",
            "zuständig": "boss",
            "fachlich zuständig": "dotted",
            "Personalbetreuung": "partner",
            "KST": "cost",
        },
        {"Kürzel": "nr", "Nachwuchs": "mentor", "Leitung": "mentee", "vereint": "matched", "Auftakt": "kick_off"},
        {
            "Kürzel": "tandem",
            "wievieltes": "count",
            "verabredet": "planned",
            "erfolgt": "held",
            "erfasst": "entered",
            "kam zustande": "happened",
            "Länge": "long",
            "Sterne": "stars",
        },
        "%d.%m.%Y",
    ),
    _told_by_cells(
        "english, unseen",
        {
            "Ref": "id",
            "Known as": "name",
            "Came into the world": "born",
            "Appointed": "hired",
            "Separation": "left",
            "Cause": "reason",
            "School": "under",
            "Campus": "site",
            "Spine": "step",
            "Head": "boss",
            "Ledger": "cost",
            "Ext": "phone",
        },
        {"Couple": "nr", "Early career": "mentor", "Professor": "mentee", "Partnered": "matched"},
        {"Couple": "tandem", "Diarised": "planned", "Happened": "held", "Went ahead?": "happened", "How long": "long"},
        "%d/%m/%Y",
    ),
)


def list_of(truth: dict[str, str], columns: dict[str, str], **more: object) -> File:
    """A list of people: the columns needed by their headers, in the order of `truth`, then decoys."""
    kinds = {
        "person_id": "id",
        "birth_year": "born",
        "hire_date": "hired",
        "exit_date": "left",
        "exit_reason": "reason",
        "unit": "unit",
        "level": "level",
        "manager_id": "boss",
    }
    named = {header: kinds[column] for column, header in truth.items()}
    return File(columns=named | columns, truth=truth, **more)  # type: ignore[arg-type]


TOOLS = (
    Folder(
        name="infotypes of SAP",
        files={
            "PA0001.csv": list_of(
                {"person_id": "PERNR", "birth_year": "GBDAT", "hire_date": "EINTR", "exit_date": "AUSTR"}
                | {"exit_reason": "MASSG", "unit": "ORGEH_TXT", "level": "TRFGR", "manager_id": "PERNR_VG"},
                {"MANDT": "site", "ENAME": "name", "KOSTL": "cost", "AEDTM": "other_day", "TELNR": "phone"},
            ),
            "Tandems.csv": pairs(
                {"PERNR Junior (Mentor)": "mentor", "PERNR Senior (Mentee)": "mentee", "Angemeldet": "other_day"}
                | {"Erstes Treffen": "kick_off", "Zugeteilt am": "matched"},
                {"mentor_id": "PERNR Junior (Mentor)", "mentee_id": "PERNR Senior (Mentee)"}
                | {"matched_date": "Zugeteilt am"},
            ),
        },
    ),
    Folder(
        name="BambooHR",
        files={
            "Employee Report.csv": list_of(
                {"person_id": "Employee #", "birth_year": "Birth Date", "hire_date": "Hire Date"}
                | {"exit_date": "Termination Date", "exit_reason": "Termination Reason", "level": "Job Level"}
                | {"manager_id": "Supervisor EE #"},
                {"Department": "unit", "Division": "site", "Original Hire Date": "group_day", "Work Email": "mail"}
                | {"Supervisor email": "boss_mail", "Last Changed": "other_day", "Mobile Phone": "phone"},
                form="%Y-%m-%d",
                delimiter=",",
            ),
            "pairings.csv": pairs(
                {"Pairing": "nr", "Reverse mentor EE #": "mentor", "Leader EE #": "mentee", "Paired": "matched"}
                | {"First session": "kick_off"},
                {"tandem_id": "Pairing", "mentor_id": "Reverse mentor EE #", "mentee_id": "Leader EE #"}
                | {"matched_date": "Paired"},
                form="%Y-%m-%d",
                delimiter=",",
            ),
        },
    ),
)
"""Headers of two systems: technical names; two columns that may be the unit, of which none is taken."""
