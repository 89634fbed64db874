"""Which column of a list of people is which, by headers and by what `evidence` finds in the cells.

Unit: one file or sheet, beside what the other files of its folder say.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from rmanalytics.intake.look.evidence import (
    LEAST_PEOPLE,
    MOSTLY,
    SURE,
    Fit,
    Known,
    above,
    alike,
    before,
    decoy,
    filled_with,
    fits,
    follows,
    order_of_steps,
    past,
    people_in,
    says_the_same,
    settle,
    shared_under,
    tells_apart,
    years,
)
from rmanalytics.intake.look.files import Column, Seen
from rmanalytics.intake.look.pairs import pair_of
from rmanalytics.intake.look.scales import today
from rmanalytics.intake.look.words import choice, plain
from rmanalytics.language.translator import key

_MANAGER = re.compile(
    r"\b(manager|vorges\w*|fuehrungskraft|fk|leitung|supervisor|superieur|responsable|reports to|n 1|chef)\b"
)
_OTHER_BOSS = re.compile(r"\b(fachl\w*|fonctionnel\w*|dotted|matri\w+|functional|stellvertret\w*|deputy|hr|hrbp|rh)\b")
_GROUP_ENTRY = re.compile(
    r"\b(konzern\w*|group\w*|groupe|orig\w*|continuous|ancien\w*|zugehoerigkeit|first|adjusted)\b"
)
_OLDEST, _YOUNGEST, _LONG_DAYS, _LEAST_SPAN, _LEAST_AGE = 1930, 2012, 1500, 366, 14
_MOST_STEPS, _HIGHEST, _LEAST_TOLD, _OFTEN = 15, 20, 0.4, 0.2


def settle_people(one: Seen, known: Known) -> None:
    """A list of people: whose row it is, who is above, days of birth, hiring and leaving, group and step."""
    if one.rows < LEAST_PEOPLE or pair_of(one, known) or one.of("item") is not None:
        return
    inside = [c for c in people_in(one, known) if len(c.filled) >= MOSTLY * one.rows]
    most = max((c.distinct for c in inside), default=0)
    person = (
        settle(
            one,
            "person_id",
            [
                (fits(c, "person_id") + 0.8 * (c.distinct == most), c, key("found again in other columns"))
                for c in inside
            ],
        )
        if inside
        else None
    )
    if person is None and not known.ids:
        person = _named_person(one)
    if person is None:
        return
    free = [c for c in one.columns if c is not person and c.filled]
    known.emails |= {
        cell.casefold() for c in free if c.emails and not decoy(c) and c.distinct == one.rows for cell in c.known
    }
    scored = [c for c in free if c.numbers and max(c.numbers) <= 10 and c.distinct > 1]
    spell = _spell(one, person, free)
    born = settle(one, "birth_year", _born(one, free))
    entries = [c for c in free if c is not born and c not in spell]
    hired = settle(one, "hire_date", _hired(one, entries, born), ahead=0.0)
    headed = {c.column for c in one.columns if c.sure >= SURE} & {"unit", "level"}
    if not (born or hired or spell or headed) or (len(scored) >= 3 and not (born and hired)):
        return
    for column in free:
        known.born |= (
            {} if column is not born else {p: y for p, y in zip(person.cells, _years_of(column), strict=True) if y}
        )
    boss = settle(one, "manager_id", _bosses(one, person, [c for c in free if not c.days], known))
    rest = [c for c in free if c not in (born, hired, boss, *spell)]
    reasons = [c for c in rest if not c.days and not c.numbers and c.distinct <= 30]
    gone = [
        c
        for c in rest
        if c.days
        and (c.column == "exit_date" or len(c.filled) < one.rows / 2)
        and past(c, today())
        and not (hired and before(c, hired))
    ]
    said = [c for c in reasons if sum(bool(choice("exit_reason", t)) for t in c.known) >= 0.6 * c.distinct]
    left = settle(
        one,
        "exit_date",
        [
            (
                fits(c, "exit_date")
                + 0.8 * fits(c, "end_date")
                + 0.4 * any(filled_with(c, r) for r in reasons)
                + (0.35 if decoy(c) else 0.7) * (len(gone) == 1 or any(filled_with(c, r) for r in said)),
                c,
                key("few have one"),
            )
            for c in gone
        ],
    )
    beside = [c for c in reasons if left and filled_with(c, left) and len(c.filled) < one.rows / 2]
    asked = dict.fromkeys((*said, *beside, *[c for c in reasons if fits(c, "exit_reason")]))
    why = key("its words are reasons for leaving") if said else key("filled where there is a last day")
    fit = [
        (fits(c, "exit_reason") + 0.7 * (c in said) + 0.6 * (c in beside) + 0.15 * (beside == [c]), c, why)
        for c in asked
    ]
    settle(one, "exit_reason", fit)
    _groups(one, person, boss, [c for c in rest if c is not left and c.column not in ("exit_reason", "exit_date")])


def _named_person(one: Seen) -> Column | None:
    """Where nothing comes again: the column that a header names, else the only number that tells all rows apart."""
    found = [c for c in one.columns if c.column == "person_id"]
    if found:
        return max(found, key=lambda c: (c.sure, c.distinct))
    if not {c.column for c in one.columns if c.sure >= SURE} & {
        "hire_date",
        "unit",
        "level",
        "birth_year",
        "manager_id",
    }:
        return None
    ends = re.compile(r"(nummer|nr|no|number|id|matricule|code)$")
    able = [
        c
        for c in one.columns
        if ends.search(plain(c.header)) and c.distinct == one.rows and not c.days and not c.emails
    ]
    return settle(one, "person_id", [(SURE, c, key("all different")) for c in able if not decoy(c)])


def _spell(one: Seen, person: Column, free: list[Column]) -> tuple[Column, ...]:
    """First and last day of a row, where people stand in several rows: each begins the day after the one before."""
    if person.distinct == len(person.filled):
        return ()
    full = [c for c in free if c.days and len(c.filled) >= MOSTLY * one.rows]
    for first in full:
        for last in (c for c in free if c.days and c is not first and before(first, c)):
            by: dict[str, list[tuple[int, int]]] = defaultdict(list)
            for who, a, b in zip(person.cells, first.days, last.days, strict=True):
                if a:
                    by[who].append((a.toordinal(), b.toordinal() if b else 0))
            joins = [
                y[0] - x[1] == 1 for rows in by.values() for x, y in zip(sorted(rows), sorted(rows)[1:], strict=False)
            ]
            if joins and sum(joins) >= 0.6 * len(joins):
                settle(one, "start_date", [(1.0, first, key("each begins the day after the one before"))])
                settle(one, "end_date", [(1.0, last, key("each ends the day before the next"))])
                return first, last
    return ()


def _born(one: Seen, free: list[Column]) -> Iterable[Fit]:
    for column in free:
        found = years(column)
        if (
            len(column.filled) < MOSTLY * one.rows
            or not found
            or not (_OLDEST <= min(found) <= max(found) <= _YOUNGEST)
        ):
            continue
        later = [c for c in free if c.days and c is not column and min(years(c)) - min(found) >= _LEAST_AGE]
        wide = max(found) - min(found) >= 10 and min(found) < today().year - 35
        yield (
            fits(column, "birth_year") + (0.75 if wide and (later or not column.days) and not decoy(column) else 0.1),
            column,
            key("years in which people of working age were born"),
        )


def _hired(one: Seen, free: list[Column], born: Column | None) -> Iterable[Fit]:
    """A day that everybody has, over many years; of two that are often the same the later, of the company."""
    able = [c for c in free if c.days and len(c.filled) >= MOSTLY * one.rows and past(c, today())]
    able = [c for c in able if not any(follows(o, c) for o in able if o is not c)]
    able = [c for c in able if fits(c, "hire_date") or (max(c.dates) - min(c.dates)).days > _LEAST_SPAN]
    if born and born.days:
        able = [c for c in able if before(born, c)]
    spans = {c: (max(c.dates) - min(c.dates)).days for c in able}
    widest, several = max(spans.values(), default=0), sum(span > _LONG_DAYS for span in spans.values()) > 1
    for column, span in spans.items():
        head = max(fits(column, "hire_date"), 0.8 * fits(column, "start_date"))
        wide = span > _LONG_DAYS
        earlier = [alike(o, column) for o in able if o is not column and before(o, column)]
        rank = 0.25 * sum(1 if share >= _OFTEN else -1 for share in earlier)
        group = several and bool(_GROUP_ENTRY.search(plain(column.header)))
        value = 0.6 * wide * (not decoy(column)) + 0.15 * (span == widest)
        yield head + value + rank - 0.5 * group, column, key("everybody has one, over many years")


def _bosses(one: Seen, person: Column, free: list[Column], known: Known) -> Iterable[Fit]:
    """Who is above: ids of people here that lead up to few at the top, and not the one of another line."""
    for column in free:
        again = len(column.known & (known.ids or person.known)) >= MOSTLY * column.distinct
        if not again or not 1 < column.distinct < len(column.filled):
            head = fits(column, "manager_id")
            if head and not known.ids and not column.emails and not any(" " in cell for cell in column.filled):
                yield head, column, ""
            continue
        text = plain(column.header)
        score = 0.35 + 0.45 * (above(person, column) >= MOSTLY) + 0.4 * bool(_MANAGER.search(text))
        yield (
            score + 0.2 * (len(column.filled) >= MOSTLY * one.rows) - 0.5 * bool(_OTHER_BOSS.search(text)),
            column,
            key("ids of people here, up to those at the top"),
        )


def _groups(one: Seen, person: Column, boss: Column | None, rest: list[Column]) -> None:
    """The step is the group that tells who leads; the unit is a group in words that people under one manager share."""
    leads = [cell in (boss.known if boss else ()) for cell in person.cells]
    rest = [c for c in rest if boss is None or not says_the_same(c, boss)]
    full = [c for c in rest if not c.days and not c.emails and len(c.filled) >= MOSTLY * one.rows and c.distinct > 1]
    told = {c: tells_apart(c, leads) if c.distinct <= _MOST_STEPS and not decoy(c) else 0.0 for c in full}
    small = [
        c
        for c in full
        if not decoy(c)
        and c.distinct <= _MOST_STEPS
        and c.numbers
        and 0 <= min(c.numbers) <= max(c.numbers) <= _HIGHEST
    ]
    lead, few = key("who leads stands on its upper steps"), key("a few steps")
    able = [c for c in full if fits(c, "level") or told[c] >= _LEAST_TOLD or c in small]
    value = {
        c: max((0.45 + 0.4 * told[c]) * (told[c] >= _LEAST_TOLD), 0.35 * (c in small) * (1 + (len(small) == 1)))
        for c in able
    }
    level = settle(
        one, "level", [(fits(c, "level") + value[c], c, lead if told[c] >= _LEAST_TOLD else few) for c in able]
    )
    if level is not None:
        level.means = order_of_steps(level, leads)
    words = [c for c in full if c is not level and not c.numbers and c.distinct <= max(one.rows / 3, 3)]
    words = [c for c in words if fits(c, "unit") or (c.sure < SURE and not decoy(c))]
    shared = {c: shared_under(c, boss) if boss else 0.0 for c in words}
    most = max(shared.values(), default=0.0)
    settle(
        one,
        "unit",
        [
            (
                fits(c, "unit") + 0.35 + 0.4 * (len(words) == 1 or shared[c] == most > _OFTEN),
                c,
                key("a few groups") if shared[c] < _OFTEN else key("shared under one manager"),
            )
            for c in words
        ],
    )


def _years_of(column: Column) -> list[int]:
    if column.days:
        return [day.year if day else 0 for day in column.days]
    return [int(cell) if cell.isdigit() else 0 for cell in column.cells]
