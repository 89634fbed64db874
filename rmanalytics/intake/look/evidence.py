"""What cells say a column is: ids that come again in other files, the order of days, groups, steps, who is above whom.

Unit: one folder. A header weighs in and never stands against the cells: a column of days is no mentor. Where two
columns fit alike, none is taken and each is left to be decided.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from statistics import median

from rmanalytics.intake.look.files import Column, Seen
from rmanalytics.intake.look.words import DECOYS, plain
from rmanalytics.intake.schema import TABLES

SURE, PERHAPS, AHEAD = 0.7, 0.5, 0.15
"""How surely a column must fit to be taken, to be named as one that might, and how far before the next."""
MOSTLY = 0.9
LEAST_PEOPLE = 5
LONGEST_ID, MOST_LEVELS = 24, 99
_APART, _NEARLY = 0.1, 0.4
CONSENT = re.compile(r"\b(einwillig\w*|einverstaend\w*|zustimm\w*|consent\w*|agreed|accord|consentement)\b")
_DAYS = frozenset(c.name for t in TABLES.values() for c in t.columns if c.kind == "date") | {"birth_year"}
_IDS = frozenset(c.name for t in TABLES.values() for c in t.columns if c.kind == "id")


Fit = tuple[float, Column, str]
"""How well a column fits, and why."""


@dataclass(slots=True, kw_only=True)
class Known:
    """What files say together: people's ids, addresses and years of birth, tandems, days in names, known items."""

    ids: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    born: dict[str, int] = field(default_factory=dict)
    tandems: set[str] = field(default_factory=set)
    months: set[date] = field(default_factory=set)
    items: dict[str, str] = field(default_factory=dict)

    def share(self, column: Column) -> float:
        """Share of different cells that are the id or the address of somebody known."""
        cells = column.known
        known = sum(cell in self.ids or cell.casefold() in self.emails for cell in cells)
        return known / len(cells) if cells else 0.0


def decoy(column: Column) -> bool:
    """Whether a header speaks of another thing than the columns that are looked for."""
    return bool(DECOYS.search(plain(column.header)))


def fits(column: Column, *names: str) -> float:
    """How surely a header names one of these columns."""
    return column.sure if column.column in names else 0.0


def settle(one: Seen, name: str, able: Iterable[Fit], ahead: float = AHEAD) -> Column | None:
    """Give a column its name where one fits surely and better than any other; the others that fit might be it."""
    ranked = sorted((found for found in able if found[0] >= PERHAPS), key=lambda found: -found[0])
    for column in one.columns:
        if column.column == name and column.filled:
            column.column, column.sure = "", 0.0
    for score, column, why in ranked[1:]:
        if score > ranked[0][0] - _NEARLY and column.sure < SURE:
            column.column, column.sure, column.why = name, PERHAPS, why
    if not ranked:
        return None
    score, column, why = ranked[0]
    clear = score >= SURE and all(score - other[0] >= ahead for other in ranked[1:])
    column.column, column.sure, column.why = name, max(SURE, min(score, 1.0)) if clear else PERHAPS, why
    return column if clear else None


def unfit(seen: Iterable[Seen]) -> None:
    """Headers that their cells contradict say nothing: a day that is none, an id that is a day."""
    for one in seen:
        for column in one.columns:
            days = bool(column.days) or not column.filled
            numbers = column.column == "birth_year" and column.numbers
            if (column.column in _DAYS and not days and not numbers) or (
                column.column in _IDS and column.filled and days
            ):
                column.column, column.sure = "", 0.0


def ids_of_people(seen: Sequence[Seen]) -> set[str]:
    """The ids of a list of people: all different there, and found again in more columns than those of any other."""
    able = [(one, c) for one in seen if one.rows >= LEAST_PEOPLE for c in one.columns if _like_ids(c)]
    keys = [(one, c) for one, c in able if c.distinct == len(c.filled) == one.rows and not counts_up(c)]
    best: tuple[float, Column | None] = (0.0, None)
    for _, key in keys:
        again = sum(len(c.known & key.known) >= MOSTLY * c.distinct for _, c in able if c is not key and c.distinct > 1)
        score = again + 2 * fits(key, "person_id") - 2 * decoy(key)
        if score >= 1 and (score, key.distinct) > (best[0], best[1].distinct if best[1] else 0):
            best = score, key
    if best[1] is None:
        return set()
    found = set(best[1].known)
    for _, key in keys:
        if plain(key.header) == plain(best[1].header) or 2 * len(key.known & found) >= len(key.known):
            found |= key.known
    return found


def _like_ids(column: Column) -> bool:
    cells = column.known
    short = bool(cells) and all(len(cell) <= LONGEST_ID and " " not in cell for cell in cells)
    return short and not column.days and not column.emails and any(any(c.isdigit() for c in cell) for cell in cells)


def counts_up(column: Column) -> bool:
    """Whether a column only counts its rows."""
    return column.numbers == [float(n) for n in range(1, len(column.filled) + 1)]


def people_in(one: Seen, known: Known) -> list[Column]:
    """Columns whose cells are ids of people; where there are none, those with their addresses."""
    able = [c for c in one.columns if c.filled and not c.days]
    ids = [c for c in able if len(c.known & known.ids) >= MOSTLY * c.distinct]
    return ids or [c for c in able if known.share(c) >= MOSTLY]


def before(first: Column, last: Column) -> bool:
    """Whether no day of a column lies after that of another in the same row, and some lie before it."""
    both = [(a, b) for a, b in zip(first.days, last.days, strict=True) if a and b]
    return bool(both) and all(a <= b for a, b in both) and any(a < b for a, b in both)


def filled_with(column: Column, other: Column) -> bool:
    """Whether two columns are filled in the same rows."""
    rows = [(bool(a), bool(b)) for a, b in zip(column.cells, other.cells, strict=True)]
    return any(a for a, _ in rows) and sum(a == b for a, b in rows) >= MOSTLY * len(rows)


def says_the_same(column: Column, other: Column) -> bool:
    """Whether two columns tell the same rows apart, as a manager's id and name do."""
    pairs = {(a, b) for a, b in zip(column.cells, other.cells, strict=True) if a and b}
    return len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}) > 1 and filled_with(column, other)


def tells_apart(column: Column, marked: Sequence[bool]) -> float:
    """Share of the variation of a mark that the groups of a column explain (correlation ratio): 0 none, 1 all."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for cell, mark in zip(column.cells, marked, strict=True):
        groups[cell].append(mark)
    mean = sum(marked) / max(len(marked), 1)
    total = sum((mark - mean) ** 2 for mark in marked)
    between = sum(len(marks) * (sum(marks) / len(marks) - mean) ** 2 for marks in groups.values())
    return between / total if total else 0.0


def above(person: Column, boss: Column) -> float:
    """Share of people whose way up ends at one of the few at the top, without a circle; 0 where all report to them."""
    way = {p: b for p, b in zip(person.cells, boss.cells, strict=True) if p}
    tops: Counter[str] = Counter()
    deep = 0
    for start in way:
        at, steps = start, 0
        while way.get(at) and way[at] != at and way[at] in way and steps <= len(way):
            at, steps = way[at], steps + 1
        if steps <= len(way) and (not way.get(at) or way[at] == at or way[at] not in way):
            tops[at] += 1
            deep = max(deep, steps)
    return sum(n for _, n in tops.most_common(3)) / max(len(way), 1) if deep > 1 else 0.0


def alike(column: Column, other: Column) -> float:
    """Share of rows in which two columns of days say the same."""
    both = [a == b for a, b in zip(column.days, other.days, strict=True) if a and b]
    return sum(both) / max(len(both), 1)


def shared_under(column: Column, boss: Column) -> float:
    """How much more people under one manager share a group than people do at all."""
    under: dict[str, Counter[str]] = defaultdict(Counter)
    for group, who in zip(column.cells, boss.cells, strict=True):
        under[who][group] += 1
    together = sum(groups.most_common(1)[0][1] for groups in under.values())
    return (together - Counter(column.cells).most_common(1)[0][1]) / max(len(column.cells), 1)


def order_of_steps(column: Column, leads: Sequence[bool]) -> dict[str, str]:
    """Steps as numbers from the lowest, where their own numbers would not say so; empty where they do.

    Steps of one kind (``E5``, ``E7``) go by their numbers, turned round where who leads has the small ones. Kinds
    (``E``, ``AT``) go by the share of people who lead; where that does not tell two of them apart, each step is open.
    Numbers that are no steps (150, 170) are counted through.
    """
    kinds: dict[str, list[tuple[int, str]]] = defaultdict(list)
    of_kind: dict[str, list[bool]] = defaultdict(list)
    for step in column.known:
        number = re.search(r"[0-9]+", step)
        kinds[re.sub(r"[0-9]+", "", step).strip().casefold()].append((int(number[0]) if number else 0, step))
    numbered = any(step.isdigit() or re.search(r"[0-9]", step) for step in column.known)
    marks = [
        (re.sub(r"[0-9]+", "", cell).strip().casefold(), cell, lead)
        for cell, lead in zip(column.cells, leads, strict=True)
        if cell
    ]
    if not numbered:
        return {}
    for kind, _, lead in marks:
        of_kind[kind].append(lead)
    share = {kind: sum(found) / len(found) for kind, found in of_kind.items()}
    ranked = sorted(kinds, key=lambda kind: share[kind])
    if any(share[b] - share[a] < _APART for a, b in pairwise(ranked)):
        return dict.fromkeys(column.known, "")
    if len(ranked) == 1:
        place = {step: n for n, step in kinds[ranked[0]]}
        high = max(place.values()) > MOST_LEVELS
        place = {step: n for n, (_, step) in enumerate(sorted(kinds[ranked[0]]), start=1)} if high else place
        means = [[place[cell] for _, cell, lead in marks if lead is wanted] for wanted in (True, False)]
        if not all(means) or sum(means[0]) / len(means[0]) >= sum(means[1]) / len(means[1]):
            return {step: str(n) for step, n in place.items()} if high else {}
        return {step: str(max(place.values()) + min(place.values()) - n) for step, n in place.items()}
    steps = [step for kind in ranked for _, step in sorted(kinds[kind])]
    return {step: str(n) for n, step in enumerate(steps, start=1)}


def near(column: Column, other: Column) -> float:
    """Median days between two columns of days in the same row; infinite where they never stand together."""
    apart = [abs((a - b).days) for a, b in zip(column.days, other.days, strict=True) if a and b]
    return float(median(apart)) if apart else float("inf")


def follows(first: Column, last: Column) -> bool:
    """Whether one column only follows from another, the same few days later in every row: the end of a probation."""
    apart = [(b - a).days for a, b in zip(first.days, last.days, strict=True) if a and b]
    return len(apart) >= LEAST_PEOPLE and len(set(apart)) <= max(4, len(apart) / 10) and min(apart) > 0


def years(column: Column) -> list[int]:
    """Years of a column of days or of years; empty where it is neither."""
    if column.days:
        return [day.year for day in column.dates]
    numbers = column.numbers
    return [int(n) for n in numbers] if numbers and all(n == int(n) and 1900 <= n <= 2100 for n in numbers) else []


def past(column: Column, day: date) -> bool:
    """Whether most of its days lie before a day."""
    return bool(column.dates) and sorted(column.dates)[len(column.dates) // 2] <= day
