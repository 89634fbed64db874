"""What a file seems to be, and which of its columns is which: once their columns are settled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from rmanalytics.intake.headers import clean_header
from rmanalytics.intake.look.evidence import LEAST_PEOPLE, SURE, Known, decoy, ids_of_people, unfit
from rmanalytics.intake.look.files import Column, Seen
from rmanalytics.intake.look.pairs import settle_meetings, settle_pairs
from rmanalytics.intake.look.people import settle_people
from rmanalytics.intake.look.words import plain
from rmanalytics.intake.readers.survey import spelt
from rmanalytics.language.translator import filled, key

LEAST_ITEMS = 3
MOST_LABELS = 11
SURVEY_MARKS = {
    "limesurvey": {"submitdate", "lastpage", "datum abgeschickt", "date submitted", "last page", "letzte seite"}
    | {"date de soumission", "derniere page"},
    "surveymonkey": {"respondent id", "collector id"},
    "forms": {"start time", "completion time", "startzeit", "fertigstellungszeit", "heure de debut", "heure de fin"},
    "viva": {"primary collaborator person id", "secondary collaborator person id"},
}
_GOOGLE = ("timestamp", "zeitstempel", "horodateur")


def read_folder(seen: Sequence[Seen], known: Known) -> None:
    """Settle the columns of every file: people first, then pairs of them, then what happened to the pairs.

    In a table under its own headers nothing is guessed.
    """
    unfit(seen)
    known.ids |= ids_of_people(seen)
    known.months = {one.day for one in seen if one.day}
    for settled in (settle_people, settle_pairs, settle_meetings):
        for one in seen:
            settled(one, known)
    for column in (column for one in seen if one.own for column in one.columns):
        column.column, column.sure, column.why = clean_header(column.header), 1.0, ""


def people_known(seen: Sequence[Seen]) -> Known:
    """Ids of the HR files, and what all files say together; the columns of each are settled by it."""
    known = Known()
    read_folder(seen, known)
    for one in seen:
        about = {c.column for c in one.columns if c.sure >= SURE}
        person = id_column(one)
        if person is not None and about & {"hire_date", "unit", "level", "birth_year"} and "mentor_id" not in about:
            known.ids |= person.known
    return known


def id_column(one: Seen) -> Column | None:
    """The column of ids of an HR file: of those whose header says so the one with most different cells."""
    found = [c for c in one.columns if c.column == "person_id"]
    return max(found, key=lambda c: (c.sure, c.distinct), default=None)


def same_people(one: Seen, other: Seen) -> bool:
    """Whether two lists have the same headers and mostly the same people."""
    mine, theirs = id_column(one), id_column(other)
    if mine is None or theirs is None or [c.header for c in one.columns] != [c.header for c in other.columns]:
        return False
    return 2 * len(mine.known & theirs.known) > mine.distinct


def email_column(one: Seen) -> Column | None:
    """The column of people's own e-mail addresses, not the manager's."""
    found = [c for c in one.columns if c.emails and not decoy(c)]
    return max(found, key=lambda c: (c.column == "email", c.distinct), default=None)


def recognise(one: Seen, known: Known) -> None:
    """Say what a file seems to be and why, and settle its columns."""
    if one.seems or one.trouble:
        return
    heads = {plain(text) for c in one.columns for text in (c.header, c.header.partition(". ")[0])}
    about = {c.column for c in one.columns if c.sure >= 0.7}
    questions = [c for c in one.columns if item_of(c, known)]
    if found := next((kind for kind, marks in SURVEY_MARKS.items() if len(marks & heads) > 1), ""):
        first, second = sorted(SURVEY_MARKS[found] & heads)[:2]
        one.seems, one.why = found, filled("it has the columns {first} and {second}", first=first, second=second)
    elif one.columns and plain(one.columns[0].header) in _GOOGLE:
        one.seems, one.why = "forms", key("its first column is a time stamp")
    elif {"mentor_id", "mentee_id"} <= about:
        one.seems, one.why = "tandems", key("it has a mentor and a mentee in each row")
    elif "tandem_id" in about and about & {"held_date", "planned_date", "status", "minutes"}:
        one.seems, one.why = "meetings", key("it has tandems with days or a status")
    elif {"item", "value"} <= about:
        one.seems, one.why = "answers", key("it has an item and a value in each row")
    elif id_column(one) and about & {"hire_date", "unit", "level", "birth_year"} and len(questions) < LEAST_ITEMS:
        _recognise_hr(one, about, known)
    elif len(questions) >= LEAST_ITEMS or (_person(one, known) and len(likert(one, known)) >= LEAST_ITEMS):
        one.seems = "wide"
        one.why = filled(
            "{n} of its columns are questions answered on a scale", n=len(questions) or len(likert(one, known))
        )
    else:
        one.why = key("none of its columns says what it is")


def _recognise_hr(one: Seen, about: set[str], known: Known) -> None:
    person = id_column(one)
    repeated = person is not None and person.distinct < len(person.filled)
    day = _stacked(one, person) if repeated and person is not None else None
    if day is not None:
        day.column, day.sure, day.why = "day", 1.0, key("everybody stands in it once on each of its days")
        one.day = max(day.dates)
        one.seems, one.why = "snapshots", key("everybody stands in it once on each day of a column")
    elif one.day is not None and not repeated and ("exit_date" not in about or len(known.months) > 1):
        one.seems, one.why = "snapshots", filled("everybody stands in it once, on {day}", day=str(one.day))
    elif {"start_date", "end_date"} <= about and about & {"unit", "level"}:
        one.seems, one.why = "spells", key("people stand in it with a first and a last day")
    elif "hire_date" in about and about & {"unit", "level", "manager_id"}:
        one.seems, one.why = "list", key("everybody stands in it with the day of hiring and a place in the company")
    elif "hire_date" in about:
        one.seems, one.why = "people", key("everybody stands in it with the day of hiring")
    else:
        one.why = key("people stand in it, but no day of hiring and no month in its name")


def _stacked(one: Seen, person: Column) -> Column | None:
    """The column of days of snapshots that stand below each other: few days, on each of them everybody at most once."""
    able = [c for c in one.columns if c.days and 2 <= len(c.dates) <= one.rows / LEAST_PEOPLE]
    both = [(c, len(set(zip(person.cells, c.cells, strict=True)))) for c in able]
    return next((c for c, different in both if different == one.rows and None not in c.days), None)


def _person(one: Seen, known: Known) -> Column | None:
    return person_in(one, known)[0]


def person_in(one: Seen, known: Known) -> tuple[Column | None, list[Column]]:
    """The column that says whose row it is, and others that might: known ids or addresses, no manager's."""
    able = []
    for column in one.columns:
        share = known.share(column)
        other = column.column == "manager_id" or decoy(column)
        if other or (share < 0.5 and not (column.column == "person_id" and not known.ids)):
            continue
        unique = column.distinct / max(len(column.filled), 1)
        able.append((share + unique + column.sure * (column.column == "person_id"), column))
        column.why = filled("{n}% of its cells are known people", n=round(100 * share))
    able.sort(key=lambda one: -one[0])
    return (able[0][1] if able else None), [column for score, column in able[1:] if score > able[0][0] - 0.3]


def answered_in(one: Seen) -> Column | None:
    """The column of days on which a survey was answered: by its header, else the last of those in a response."""
    named = one.of("answered_at")
    if named is not None and named.days:
        return named
    able = [c for c in one.columns if len(c.dates) and len(c.filled) > one.rows / 2 and not decoy(c)]
    return max(able, key=lambda c: (sorted(c.dates)[len(c.dates) // 2], c.number), default=None)


def item_of(column: Column, known: Known) -> str:
    """The item that a question is; empty where it is none."""
    parts = re.search(r"\[([^\]]+)\]\s*$", column.header)
    names = [column.header, *([parts[1]] if parts else []), column.header.partition(". ")[2], *column.asked]
    names += [asked.rpartition(" - ")[2] for asked in column.asked]
    return next((known.items[spelt(name)] for name in names if spelt(name) in known.items), "")


def likert(one: Seen, known: Known) -> list[Column]:
    """Questions on a scale that are no known item: whole numbers of a short range, or few labels that come again."""
    found = []
    for column in one.columns:
        if one.seems == "qualtrics" and not column.asked:
            continue
        if column.sure >= SURE or item_of(column, known) or not column.filled or len(column.header) < 2:
            continue
        numbers = column.numbers
        short = bool(numbers) and all(n == int(n) and 0 <= n <= 10 for n in numbers)
        if (short and 2 <= column.distinct < len(column.filled) and not decoy(column)) or (
            not numbers and not column.dates and 2 <= column.distinct <= MOST_LABELS and one.rows > 2 * column.distinct
        ):
            found.append(column)
    return found


def half_year(day: date) -> str:
    """The round that begins next to a day: a month ahead decides.

    Examples
    --------
    >>> half_year(date(2026, 1, 20)), half_year(date(2025, 12, 15)), half_year(date(2026, 6, 10))
    ('2026H1', '2026H1', '2026H2')
    """
    ahead = date.fromordinal(day.toordinal() + 31)
    return f"{ahead.year}H{1 if ahead.month <= 6 else 2}"


def bounds(round_id: str) -> tuple[date, date]:
    """First and last day of a half-year."""
    year = int(round_id[:4])
    return (date(year, 1, 1), date(year, 6, 30)) if round_id.endswith("1") else (date(year, 7, 1), date(year, 12, 31))
