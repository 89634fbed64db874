"""HR snapshots: everybody who is employed on a day; who came, left and moved follows.

One file or sheet a month, or all of them below each other in one, with a column for the day (``columns.day``).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.marks import mask
from rmanalytics.intake.readers.dates import DATES, iso
from rmanalytics.intake.readers.hr import HEADERS, POSITION, Person, Rows, day_before, grids_of, rows_of
from rmanalytics.intake.readers.kind import Asked, Kind, Reading, Tally
from rmanalytics.intake.readers.raw import Raw, open_raw
from rmanalytics.intake.readers.survey import column_of
from rmanalytics.language.translator import filled, key

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januar january janvier",
            "feb februar february février fevrier",
            "mär mar märz maerz march mars",
            "apr april avril",
            "mai may",
            "jun juni june juin",
            "jul juli july juillet",
            "aug august août aout",
            "sep sept september septembre",
            "okt oct oktober october octobre",
            "nov november novembre",
            "dez dec dezember december décembre decembre",
        ),
        start=1,
    )
    for name in names.split()
}
_DAY = re.compile(r"(?<![0-9])(20[0-9]{2})[-_. ]?(0[1-9]|1[0-2])[-_. ]?(0[1-9]|[12][0-9]|3[01])(?![0-9])")
_DOTTED = re.compile(r"(?<![0-9])(0?[1-9]|[12][0-9]|3[01])[-_.](0?[1-9]|1[0-2])[-_.](20[0-9]{2})(?![0-9])")
_MONTH = re.compile(r"(?<![0-9])(20[0-9]{2})[-_. ]?(0[1-9]|1[0-2])(?![0-9])")
_MONTH_YEAR = re.compile(r"(?<![0-9])(0[1-9]|1[0-2])[-_. ](20[0-9]{2})(?![0-9])")
_NAMED = re.compile(r"([A-Za-zäûéÄ]{3,9})[-_. ']*(20[0-9]{2}|2[0-9](?![0-9]))|(20[0-9]{2})[-_. ]*([A-Za-zäûéÄ]{3,9})")


def day_in(name: str) -> date | None:
    """The day that a file's or sheet's name says; of a month its last one.

    Examples
    --------
    >>> [str(day_in(name)) for name in ("HR_2026-01.csv", "Stand 31.03.2026", "hr.xlsx#Januar 2026", "Feb 26", "hr")]
    ['2026-01-31', '2026-03-31', '2026-01-31', '2026-02-28', 'None']
    """
    for part in reversed(name.split("#")):
        try:
            if found := _DAY.search(part):
                return date(int(found[1]), int(found[2]), int(found[3]))
            if found := _DOTTED.search(part):
                return date(int(found[3]), int(found[2]), int(found[1]))
        except ValueError:
            return None
        year_month = None
        if found := _MONTH.search(part):
            year_month = int(found[1]), int(found[2])
        elif found := _MONTH_YEAR.search(part):
            year_month = int(found[2]), int(found[1])
        else:
            for found in _NAMED.finditer(part):
                month = _MONTHS.get((found[1] or found[4]).lower())
                year = int((found[2] or found[3])[-2:]) + 2000
                year_month = (year, month) if month else year_month
        if year_month:
            return date(*year_month, calendar.monthrange(*year_month)[1])
    return None


def first_day(name: str, above: Iterable[str]) -> date | None:
    """The day that a name says, else that of the first title above the header which says one."""
    return next((day for text in (name, *above) if (day := day_in(text))), None)


def _day(raw: Raw) -> date | None:
    return first_day(raw.name, raw.above)


def read(asked: Asked) -> Iterator[Reading]:
    """One reading of all files together."""
    header_row = int(asked.text("header_row", "1"))
    opened = [r for ref in asked.files for r in open_raw(asked.programme.folder, ref, header_row=header_row)]
    if "day" in asked.texts("columns"):
        opened = [part for raw in opened for part in _by_day(asked, raw)]
    columns = [c for c in HEADERS if c not in ("start_date", "end_date")]
    undated = [raw.name for raw in opened if _day(raw) is None]
    if undated:
        rule = key("neither its name nor a title above its header says the day or month")
        remedy = key("name it by its day or month, such as 2026-01")
        raise InputError(tuple(Problem(code="RM-E-154", file=n, rule=rule, remedy=remedy) for n in undated))
    read_rows = sorted(((_day(raw), rows_of(asked, raw, columns)) for raw in opened), key=lambda r: str(r[0]))
    days = [day.isoformat() for day, _ in read_rows if day]
    if len(set(days)) < len(days):
        twice = next(
            rows.name for (_, rows), day, again in zip(read_rows[1:], days[1:], days, strict=False) if day == again
        )
        rule, remedy = key("two snapshots are of the same day"), key("take one of them out")
        raise InputError((Problem(code="RM-E-154", file=twice, rule=rule, remedy=remedy),))
    people, source_row, unknown = _followed(days, [rows for _, rows in read_rows])
    given = {column for _, rows in read_rows for column in rows.columns}
    name = opened[0].name if len(opened) == 1 else f"{read_rows[0][1].name} … {read_rows[-1][1].name}"
    yield Reading(
        grids=dict(grids_of(name, people, source_row, given)),
        tallies=tuple(
            Tally(reader=asked.name, kind="snapshots", file=r.name, rows=sum(r.counts.values()), counts=r.counts)
            for _, r in read_rows
        ),
        problems=(*(p for raw in opened for p in raw.problems), *_unknowable(name, unknown)),
        digests={raw.name.partition("#")[0]: raw.digest for raw in opened},
    )


def _by_day(asked: Asked, raw: Raw) -> Iterator[Raw]:
    """The snapshots that stand below each other in one file, each named by its day; rows without one go with the first.

    Those are empty rows and totals; a row of somebody without a day is refused.
    """
    days = [text.partition(" ")[0] for text in iso(asked, raw.name, raw.texts(column_of(asked, raw, "day")))]
    people = set(rows_of(asked, raw, ["person_id"]).rows)
    lost = [int(row) for row, day in zip(raw.rows, days, strict=True) if not day and int(row) in people]
    if lost:
        rule, remedy = key("a row of a snapshot has no day"), key("export it again with the day in every row")
        first = tuple(lost[:5])
        raise InputError(
            (Problem(code="RM-E-154", file=raw.name, rule=rule, remedy=remedy, rows=first, row_count=len(lost)),)
        )
    for number, day in enumerate(sorted(set(days) - {""})):
        part = raw.kept(mask(one == day or (not one and not number) for one in days))
        yield replace(part, name=f"{raw.name}#{day}", problems=() if number else raw.problems)


def _followed(days: list[str], snapshots: list[Rows]) -> tuple[dict[str, Person], dict[str, int], dict[str, int]]:
    """Employments and positions of everybody, and how many days are only known to lie between two snapshots."""
    people: dict[str, Person] = {}
    source_row: dict[str, int] = {}
    seen: dict[str, int] = {}
    unknown = {"hired": 0, "left": 0, "moved": 0}
    for number, (day, rows) in enumerate(zip(days, snapshots, strict=True)):
        for place, person in enumerate(rows.columns["person_id"]):
            now = {column: texts[place] for column, texts in rows.columns.items()}
            known = people.setdefault(person, Person())
            source_row.setdefault(person, rows.rows[place])
            known.birth_year = known.birth_year or now.get("birth_year", "")
            hired = now.get("hire_date", "")
            again = (person in seen and seen[person] < number - 1) or (
                bool(known.employments)
                and bool(hired)
                and hired > known.employments[-1]["hire_date"]
                and hired > days[seen.get(person, 0)]
            )
            if person not in seen or again:
                if again:
                    _left(known, days[seen[person]], unknown)
                unknown["hired"] += not hired
                known.employments.append({"hire_date": hired or day})
            job = known.employments[-1]
            told = ("exit_date", "exit_reason") if now.get("exit_date", "?") else ()  # no reason where nobody left
            job.update({c: now[c] for c in told if now.get(c)})
            where = {column: now.get(column, "") for column in POSITION}
            last = known.positions[-1] if known.positions and not again else None
            if last is None or any(last[column] != where[column] for column in POSITION):
                start = day
                if last is not None:
                    last["end_date"] = day_before(day)
                    unknown["moved"] += 1
                elif job["hire_date"] <= day and (number == 0 or not again):
                    start = max(job["hire_date"], days[number - 1]) if number else job["hire_date"]
                known.positions.append(where | {"start_date": start, "end_date": ""})
            seen[person] = number
    for person, last_seen in seen.items():
        if last_seen < len(days) - 1:
            _left(people[person], days[last_seen], unknown)
        elif people[person].employments[-1].get("exit_date"):
            people[person].positions[-1]["end_date"] = people[person].employments[-1]["exit_date"]
    return people, source_row, unknown


def _left(known: Person, last_day: str, unknown: dict[str, int]) -> None:
    job = known.employments[-1]
    unknown["left"] += "exit_date" not in job
    job.setdefault("exit_date", last_day)
    known.positions[-1]["end_date"] = max(job["exit_date"], known.positions[-1]["start_date"])


def _unknowable(name: str, unknown: dict[str, int]) -> Iterator[Problem]:
    if any(unknown.values()):
        rule = filled(
            key(
                "snapshots say in which month somebody was hired ({hired}), left ({left}) or moved ({moved}), not on "
                "which day, and nothing of who came and went between two: the last day seen is the day of leaving"
            ),
            **{what: str(number) for what, number in unknown.items()},
        )
        remedy = key("add columns for the days of hiring and leaving, if HR has them")
        yield Problem(code="RM-W-157", file=name, rule=rule, remedy=remedy)


KIND = Kind(
    about="HR snapshots, one file or sheet a month, or all in one with a column for the day",
    tables=("people", "positions"),
    read=read,
    keys={"dates": DATES},
)
