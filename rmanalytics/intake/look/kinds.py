"""What a file seems to be, and which of its columns is which: by headers first, then by what the cells say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from rmanalytics.intake.look.files import Column, Seen
from rmanalytics.intake.look.words import DECOYS, choice, plain
from rmanalytics.intake.readers.snapshots import day_in
from rmanalytics.intake.readers.survey import spelt

LEAST_ITEMS = 3
MOSTLY = 0.9
LEAST_PEOPLE = 5
_MANAGER = re.compile(
    r"\b(manager|vorgesetzt\w*|fuehrungskraft|supervisor|superieur|responsable|reports to|n 1|chef)\b"
)
MOST_LABELS = 11
SURVEY_MARKS = {
    "limesurvey": {"submitdate", "lastpage", "datum abgeschickt", "date submitted", "last page", "letzte seite"},
    "surveymonkey": {"respondent id", "collector id"},
    "forms": {"start time", "completion time", "startzeit", "fertigstellungszeit", "heure de debut", "heure de fin"},
    "viva": {"primary collaborator person id", "secondary collaborator person id"},
}
_GOOGLE = ("timestamp", "zeitstempel", "horodateur")


@dataclass(slots=True, kw_only=True)
class Known:
    """What other files say: ids of people, their e-mail addresses, and questions that are items."""

    ids: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    items: dict[str, str] = field(default_factory=dict)

    def share(self, column: Column) -> float:
        """Share of different cells that are the id or the address of somebody known."""
        cells = set(column.filled)
        known = sum(cell in self.ids or cell.casefold() in self.emails for cell in cells)
        return known / len(cells) if cells else 0.0


def people_known(seen: Iterable[Seen]) -> Known:
    """Ids and addresses of the HR files."""
    known = Known()
    for one in seen:
        infer(one)
        about = {c.column for c in one.columns}
        if not about & {"hire_date", "unit", "level", "birth_year"} or {"mentor_id", "mentee_id"} <= about:
            continue
        person = id_column(one)
        if person is not None:
            known.ids |= set(person.filled)
            address = email_column(one)
            known.emails |= {cell.casefold() for cell in address.filled} if address else set()
    return known


def id_column(one: Seen) -> Column | None:
    """The column of ids of an HR file: of those whose header says so the one with most different cells."""
    found = [c for c in one.columns if c.column == "person_id"]
    return max(found, key=lambda c: (c.sure, c.distinct), default=None)


def email_column(one: Seen) -> Column | None:
    """The column of people's own e-mail addresses, not the manager's."""
    found = [c for c in one.columns if c.emails and not DECOYS.search(plain(c.header))]
    return max(found, key=lambda c: (c.column == "email", c.distinct), default=None)


def infer(one: Seen) -> None:
    """Settle columns by their cells, where headers do not; each such column says so beside it.

    Ids that another column of the same list names again are those of people and their managers. Else a header is needed
    for whatever could be another thing: a second date, a number beside the staff number.
    """
    free = [c for c in one.columns if c.sure < 0.7 and c.filled and not DECOYS.search(plain(c.header))]
    about = {c.column for c in one.columns if c.sure >= 0.7}
    if {"mentor_id", "mentee_id"} <= about:
        if "matched_date" not in about:
            begun = [c for c in one.columns if c.column == "start_date" and c.dates]
            _settle(begun or [c for c in free if c.dates], "matched_date", "its only day")
        return
    short = [c for c in free if c.numbers and max(c.numbers) <= 10 and c.distinct > 1]
    if len(short) >= LEAST_ITEMS:  # questions of a survey
        return
    _people_and_managers(one)
    about = {c.column for c in one.columns if c.sure >= 0.7}
    if not about & {"hire_date", "unit", "level", "birth_year", "manager_id"} or one.rows < LEAST_PEOPLE:
        return
    person = id_column(one)
    free = [c for c in free if c is not person and c.sure < 0.7]
    if person is None:
        numbered = [c for c in free if re.search(r"(nummer|nr|no|number|id|matricule|code)$", plain(c.header))]
        different = [c for c in numbered if c.distinct == len(c.filled) == one.rows and not c.dates and not c.emails]
        _settle(different, "person_id", "all different")
    full = [c for c in free if c.dates and len(c.filled) >= MOSTLY * one.rows]
    few = [c for c in free if c.dates and len(c.filled) < one.rows / 2]
    words = [c for c in free if not c.dates and not c.numbers and not c.emails and c.filled]
    groups = [c for c in words if 2 <= c.distinct <= one.rows / 3 and len(c.filled) >= MOSTLY * one.rows]
    steps = [c for c in free if c.numbers and 2 <= c.distinct <= 12 and max(c.numbers) <= 20 and min(c.numbers) >= 0]
    said = [c for c in words if sum(bool(choice("exit_reason", t)) for t in set(c.filled)) >= 0.6 * c.distinct]
    born = [c for c in full if max(c.dates).year <= 2012 and min(c.dates).year < 1985]
    hired = [c for c in full if c not in born and (max(c.dates) - min(c.dates)).days > 1500]
    for column, able, why in (
        ("exit_reason", said, "its words are reasons for leaving"),
        ("birth_year", born, "days of birth, by their years"),
        ("hire_date", hired, "everybody has one, over many years"),
        ("exit_date", few, "few have one"),
        ("unit", [c for c in groups if c not in said], "a few groups"),
        ("level", steps, "a few steps"),
    ):
        if column not in about:
            _settle(able, column, why)


def _people_and_managers(one: Seen) -> None:
    """The column of ids of people, and that of their managers, which names some of the same ids again."""
    able = [c for c in one.columns if c.filled and c.distinct == len(c.filled) == one.rows and not c.dates]
    found = []
    for ids in [c for c in able if not c.emails]:
        known = set(ids.filled)
        for boss in one.columns:
            fewer = boss is not ids and 1 < boss.distinct < len(boss.filled) and len(boss.filled) >= one.rows / 2
            if fewer and len(known & set(boss.filled)) >= MOSTLY * boss.distinct and not _counts_up(ids):
                found.append((ids, boss))
    named = [pair for pair in found if _MANAGER.search(plain(pair[1].header))]
    pairs = named or found
    if len({id(ids) for ids, _ in pairs}) != 1:
        return
    ids = pairs[0][0]
    for column in one.columns:
        if column.column in ("person_id", "manager_id") or _MANAGER.search(plain(column.header)):
            column.column, column.sure, column.why = "", 0.0, ""
    ids.column, ids.sure, ids.why = "person_id", 1.0, "all different, and some are named again as managers"
    _settle([boss for _, boss in pairs], "manager_id", "its cells are ids of people here")


def _counts_up(column: Column) -> bool:
    """Whether a column only counts its rows."""
    return column.numbers == [float(n) for n in range(1, len(column.filled) + 1)]


def _settle(able: list[Column], column: str, why: str) -> None:
    """One column that fits is taken; of several each may be it."""
    for one in able:
        one.column, one.sure, one.why = column, 0.7 if len(able) == 1 else 0.5, why


def recognise(one: Seen, known: Known) -> None:
    """Say what a file seems to be and why, and settle its columns."""
    if one.seems or one.trouble:
        return
    _other_side(one, known)
    heads = {plain(c.header) for c in one.columns}
    about = {c.column for c in one.columns if c.sure >= 0.7}
    questions = [c for c in one.columns if item_of(c, known)]
    if len(one.heads) > 2 and any("ImportId" in cell for cell in one.heads[2]):
        one.seems, one.why = "qualtrics", "its third header row has import ids"
    elif found := next((kind for kind, marks in SURVEY_MARKS.items() if len(marks & heads) > 1), ""):
        one.seems, one.why = found, "it has the columns " + " and ".join(sorted(SURVEY_MARKS[found] & heads)[:2])
    elif one.columns and plain(one.columns[0].header) in _GOOGLE:
        one.seems, one.why = "forms", "its first column is a time stamp"
    elif {"mentor_id", "mentee_id"} <= about:
        one.seems, one.why = "tandems", "it has a mentor and a mentee in each row"
        if one.of("tandem_id") is None:
            _numbered(one)
    elif "tandem_id" in about and about & {"held_date", "planned_date", "status", "minutes"}:
        one.seems, one.why = "meetings", "it has tandems with days or a status"
    elif {"item", "value"} <= about:
        one.seems, one.why = "answers", "it has an item and a value in each row"
    elif id_column(one) and about & {"hire_date", "unit", "level", "birth_year"} and len(questions) < LEAST_ITEMS:
        _recognise_hr(one, about)
    elif len(questions) >= LEAST_ITEMS or (_person(one, known) and len(likert(one, known)) >= LEAST_ITEMS):
        one.seems = "wide"
        one.why = f"{len(questions) or len(likert(one, known))} of its columns are questions answered on a scale"
    else:
        one.why = "none of its columns says what it is"


def _other_side(one: Seen, known: Known) -> None:
    """Where one side of a pair is named, the only other column of known people is the other side."""
    sides = {c.column: c for c in one.columns if c.column in ("mentor_id", "mentee_id") and c.sure >= 0.7}
    if len(sides) != 1:
        return
    ((side, own),) = sides.items()
    apart = [c for c in one.columns if c.filled and not set(c.filled) & set(own.filled)]
    able = [c for c in apart if known.share(c) >= MOSTLY and not DECOYS.search(plain(c.header))]
    _settle(able, "mentee_id" if side == "mentor_id" else "mentor_id", f"known people beside the {side[:-3]}")
    infer(one)


def _recognise_hr(one: Seen, about: set[str]) -> None:
    person = id_column(one)
    repeated = person is not None and person.distinct < len(person.filled)
    if day_in(one.name) is not None and not repeated:
        one.seems, one.why = "snapshots", f"everybody stands in it once, and its name says {day_in(one.name)}"
    elif {"start_date", "end_date"} <= about and about & {"unit", "level"}:
        one.seems, one.why = "spells", "people stand in it with a first and a last day"
    elif {"hire_date", "unit", "level"} <= about:
        one.seems, one.why = "list", "everybody stands in it with the day of hiring, unit and level"
    elif "hire_date" in about:
        one.seems, one.why = "people", "everybody stands in it with the day of hiring"
    else:
        one.why = "people stand in it, but no day of hiring and no month in its name"


def _numbered(one: Seen) -> None:
    """A column of different numbers beside a pair names the tandem."""
    for column in one.columns:
        numbered = re.fullmatch(r"(lfd )?(nr|no|number|nummer|id|numero|n)", plain(column.header))
        if numbered and column.distinct == one.rows:
            column.column, column.sure, column.why = "tandem_id", 0.7, "all different, beside a pair"
            return


def _person(one: Seen, known: Known) -> Column | None:
    return person_in(one, known)[0]


def person_in(one: Seen, known: Known) -> tuple[Column | None, list[Column]]:
    """The column that says whose row it is, and others that might: known ids or addresses, no manager's."""
    able = []
    for column in one.columns:
        share = known.share(column)
        decoy = column.column == "manager_id" or bool(DECOYS.search(plain(column.header)))
        if decoy or (share < 0.5 and not (column.column == "person_id" and not known.ids)):
            continue
        unique = column.distinct / max(len(column.filled), 1)
        able.append((share + unique + column.sure * (column.column == "person_id"), column))
        column.why = f"{share:.0%} of its cells are known people"
    able.sort(key=lambda one: -one[0])
    return (able[0][1] if able else None), [column for score, column in able[1:] if score > able[0][0] - 0.3]


def item_of(column: Column, known: Known) -> str:
    """The item that a question is; empty where it is none."""
    parts = re.search(r"\[([^\]]+)\]\s*$", column.header)
    names = [column.header, *([parts[1]] if parts else []), column.header.partition(". ")[2]]
    return next((known.items[spelt(name)] for name in names if spelt(name) in known.items), "")


def likert(one: Seen, known: Known) -> list[Column]:
    """Questions on a scale that are no known item: whole numbers of a short range, or few labels that come again."""
    found = []
    for column in one.columns:
        if column.column or item_of(column, known) or not column.filled or len(column.header) < 2:
            continue
        numbers = column.numbers
        short = bool(numbers) and all(n == int(n) and 0 <= n <= 10 for n in numbers)
        if (short and column.distinct >= 2 and not DECOYS.search(plain(column.header))) or (
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
