"""A company month by month: a tree of seats, people who are hired, move, are promoted and leave.

Unit: one month of one company. Exits fall on month ends and hires, moves and changes of manager on firsts of the
month, so every employed person has a seat, a manager and a chain up to the top on every day. A reporting line stays
inside a unit below the top: only a promotion to the top seat or a move into another unit changes whose chain it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from rmanalytics.simulate.planted import PLANTED, TRAITS, Bools, Calendar, Days, Floats, Ints

CHIEF, UNIT_HEAD, DEPARTMENT_HEAD, TEAM, PROFESSIONAL, STAFF = 6, 5, 4, 3, 2, 1
LEVELS = (CHIEF, UNIT_HEAD, DEPARTMENT_HEAD, TEAM, PROFESSIONAL, STAFF)
LEAST_EMPLOYEES = 40
REASONS = ("voluntary", "involuntary", "retirement", "end_of_contract", "transfer", "death", "other")
TALENTS = ("none", "trainee", "young_professional", "high_potential")
UNIT_NAMES = ("Operations", "Sales", "Research", "Logistics", "Finance", "IT", "Marketing", "People and Culture")
LOCATIONS = ("Zürich", "Bern", "Basel", "Genève", "Lugano")
JOB_FAMILIES = ("engineering", "commercial", "service", "administration", "analysis")
NEVER = np.datetime64("NaT", "D")
_AGE_AT_START = {6: (55, 3), 5: (52, 5), 4: (49, 6), 3: (48, 9), 2: (43, 11), 1: (32, 10)}
_AGE_AT_HIRE = {6: (53, 3), 5: (49, 5), 4: (45, 6), 3: (42, 9), 2: (35, 9), 1: (26, 6)}
_INTERNAL_SHARE = {6: 0.7, 5: 0.75, 4: 0.75, 3: 0.7, 2: 0.5}


@dataclass(slots=True)
class Seats:
    """The tree: one seat is one job; ``parent`` is a seat number (-1 at the top), ``holder`` a person number."""

    level: Ints
    unit: Ints
    parent: Ints
    location: Ints
    family: Ints
    holder: Ints
    unit_names: tuple[str, ...]

    def chain_has(self, above: int) -> Bools:
        """Whether each seat has the seat ``above`` somewhere over it."""
        found = np.zeros(self.parent.size, dtype=bool)
        at = self.parent.copy()
        while (at >= 0).any():
            found |= at == above
            at = np.where(at >= 0, self.parent[at], -1)
        return found


@dataclass(slots=True)
class People:
    """Everybody who was employed at some time since the records began, in order of entry."""

    birth_year: Ints
    hire_date: Days
    exit_date: Days
    exit_reason: Ints
    talent: Ints
    seat: Ints
    level_since: Ints
    top_level: Ints
    mentor_since: Days
    locked: Bools
    traits: Floats

    @property
    def count(self) -> int:
        """Number of people so far."""
        return self.birth_year.size

    def append(self, other: People) -> None:
        """Add people at the end."""
        for name in self.__slots__:
            setattr(self, name, np.concatenate([getattr(self, name), getattr(other, name)]))


@dataclass(slots=True)
class Spells:
    """Positions over time: closed spells in blocks, and the open one of each person."""

    blocks: list[tuple[Ints, Days, Days, Ints, Ints]] = field(default_factory=list)
    start: Days = field(default_factory=lambda: np.empty(0, dtype="datetime64[D]"))
    seat: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    manager: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def close(self, who: Ints, last: Days) -> None:
        """End the open spell of these people."""
        self.blocks.append((who, self.start[who], last, self.seat[who], self.manager[who]))
        self.seat[who] = -1


@dataclass(slots=True)
class Company:
    """The state of the company in one month."""

    seats: Seats
    people: People
    spells: Spells
    month: int = 0


def unit_names(count: int) -> tuple[str, ...]:
    """Names of so many units; numbered from the ninth on."""
    rows = [UNIT_NAMES[i % 8] + (f" {i // 8 + 1}" if i >= 8 else "") for i in range(count)]
    return tuple(rows)


def build_seats(employees: int, rng: np.random.Generator) -> Seats:
    """The tree of a company: one chief, unit heads, department heads, team leads and senior experts, the rest.

    Raises
    ------
    ValueError
        If the company is too small for five levels.
    """
    if employees < LEAST_EMPLOYEES:
        raise ValueError(f"a company of {employees} employees is too small to simulate; give {LEAST_EMPLOYEES} or more")
    units = int(np.clip(employees // 150, 3, 400))
    departments = max(units, round(0.025 * employees))
    seniors = max(departments, round(0.22 * employees))
    leads = max(departments, round(0.45 * seniors))
    rest = employees - 1 - units - departments - seniors
    professionals = round(0.45 * rest)
    level = np.repeat(np.array(LEVELS), [1, units, departments, seniors, professionals, rest - professionals])
    first = np.cumsum([0, 1, units, departments, seniors])
    weights = np.linspace(1.5, 0.6, units)
    parent = np.full(employees, -1, dtype=np.int64)
    parent[1 : first[2]] = 0
    spread = rng.choice(units, size=departments - units, p=weights / weights.sum())
    parent[first[2] : first[3]] = first[1] + np.concatenate([np.arange(units), spread])
    spread = rng.integers(0, departments, size=seniors - departments)
    parent[first[3] : first[4]] = first[2] + np.concatenate([np.arange(departments), spread])
    parent[first[4] :] = first[3] + rng.integers(0, leads, size=rest)
    unit = np.zeros(employees, dtype=np.int64)
    location = np.zeros(employees, dtype=np.int64)
    unit[1 : first[2]] = np.arange(units)
    location[first[2] : first[3]] = rng.integers(0, len(LOCATIONS), size=departments)
    for low, high in ((first[2], first[3]), (first[3], first[4]), (first[4], employees)):
        unit[low:high] = unit[parent[low:high]]
        if low > first[2]:
            location[low:high] = location[parent[low:high]]
    return Seats(
        level=level.astype(np.int64),
        unit=unit,
        parent=parent,
        location=location,
        family=rng.integers(0, len(JOB_FAMILIES), size=employees),
        holder=np.full(employees, -1, dtype=np.int64),
        unit_names=unit_names(units),
    )


def found_company(employees: int, dates: Calendar, rng: np.random.Generator) -> Company:
    """A staffed company on the day the records begin."""
    seats = build_seats(employees, rng)
    people = _newcomers(seats, np.arange(employees), dates, 0, rng)
    ages = np.array([_AGE_AT_START[level] for level in range(1, 7)], dtype=float)[seats.level - 1]
    year = _year(dates.months[0])
    age = np.clip(np.rint(rng.normal(ages[:, 0], ages[:, 1])), 18, 63).astype(np.int64)
    people.birth_year = year - age
    tenure = np.minimum(rng.exponential(4.0 + 1.2 * seats.level) * 12, (age - 18) * 12).astype(np.int64)
    people.hire_date = (dates.months[0].astype("datetime64[M]") - tenure).astype("datetime64[D]")
    people.level_since = -np.minimum(tenure, rng.integers(0, 48, size=employees))
    people.talent = _talents(age, seats.level, rng)
    seats.holder = np.arange(employees)
    company = Company(seats=seats, people=people, spells=Spells())
    record_positions(company, dates)
    return company


def begin_month(company: Company, dates: Calendar, rng: np.random.Generator) -> None:
    """Fill vacancies on the first and move some people; `record_positions` then writes down who sits where."""
    if company.month:
        _fill_vacancies(company, dates, rng)
        _swap_seats(company, rng)
        if company.month % 6 == 3:
            _move_teams(company.seats, rng)


def end_month(company: Company, dates: Calendar, rng: np.random.Generator) -> None:
    """Let people leave on the last day of the month, and turn the page of the calendar."""
    seats, people = company.seats, company.people
    last = dates.month_ends[company.month]
    who = seats.holder
    tenure = (last - people.hire_date[who]).astype(float) / 365.25
    yearly = PLANTED.voluntary_floor + PLANTED.voluntary_early * np.exp(-tenure / PLANTED.voluntary_decay_years)
    stay = (1 - yearly) ** (1 / 12)
    mentors = ~np.isnat(people.mentor_since[who])
    stay = np.where(mentors, stay**PLANTED.retention_hazard_ratio, stay)
    age = _year(last) - people.birth_year[who]
    trainee = (people.talent[who] == TALENTS.index("trainee")) & (tenure > 1) & (tenure < 2.5)
    hazards = [
        1 - stay,
        np.full(who.size, 0.012 / 12),
        np.select([age >= 65, age >= 63], [0.3, 0.03], 0.0),
        np.where(trainee, 0.008, 0.0),
        np.full(who.size, 0.003 / 12),
        np.full(who.size, 0.001 / 12),
        np.full(who.size, 0.003 / 12),
    ]
    reason = _first_below(rng.random(who.size), np.cumsum(hazards, axis=0))
    gone = np.flatnonzero(reason < len(REASONS))
    leavers = who[gone]
    people.exit_date[leavers] = last
    people.exit_reason[leavers] = reason[gone]
    people.seat[leavers] = -1
    company.spells.close(leavers, np.full(leavers.size, last))
    seats.holder[gone] = -1
    company.month += 1


def record_positions(company: Company, dates: Calendar) -> None:
    """Close the spells of those whose seat or manager changed and open new ones from this month on."""
    seats, people, spells = company.seats, company.people, company.spells
    missing = people.count - spells.seat.size
    if missing:
        spells.start = np.concatenate([spells.start, np.full(missing, NEVER)])
        spells.seat = np.concatenate([spells.seat, np.full(missing, -1)])
        spells.manager = np.concatenate([spells.manager, np.full(missing, -1)])
    who = seats.holder
    manager = np.where(seats.parent >= 0, who[seats.parent], -1)
    changed = (spells.seat[who] != np.arange(who.size)) | (spells.manager[who] != manager)
    number = np.flatnonzero(changed)
    movers = who[number]
    day = dates.months[company.month]
    moved = movers[spells.seat[movers] >= 0]
    if moved.size:
        spells.close(moved, np.full(moved.size, day - np.timedelta64(1, "D")))
    spells.start[movers] = day
    spells.seat[movers] = number
    spells.manager[movers] = manager[number]
    people.seat[movers] = number
    people.top_level[movers] = np.maximum(people.top_level[movers], seats.level[number])


def swap(company: Company, one: Ints, other: Ints) -> None:
    """Let the holders of two lists of seats change places."""
    holder = company.seats.holder
    holder[one], holder[other] = holder[other], holder[one]


def match_by_group(wanted: Ints, offered: Ints, rng: np.random.Generator) -> Ints:
    """For each wanted group the number of an offer of the same group, at random and each once; -1 where none is left.

    Examples
    --------
    >>> match_by_group(np.array([7, 7, 8]), np.array([8, 7]), np.random.default_rng(1)).tolist()
    [1, -1, 0]
    """
    if not wanted.size or not offered.size:
        return np.full(wanted.size, -1, dtype=np.int64)
    shuffled = rng.permutation(offered.size)
    offers = shuffled[np.argsort(offered[shuffled], kind="stable")]
    groups = offered[offers]
    order = np.argsort(wanted, kind="stable")
    sought = wanted[order]
    rank = np.arange(sought.size) - np.searchsorted(sought, sought, side="left")
    place = np.searchsorted(groups, sought, side="left") + rank
    inside = place < np.searchsorted(groups, sought, side="right")
    found = np.full(wanted.size, -1, dtype=np.int64)
    found[order[inside]] = offers[place[inside]]
    return found


def _fill_vacancies(company: Company, dates: Calendar, rng: np.random.Generator) -> None:
    seats, people = company.seats, company.people
    for level in LEVELS[:-1]:
        vacant = np.flatnonzero((seats.holder < 0) & (seats.level == level))
        vacant = vacant[rng.random(vacant.size) < _INTERNAL_SHARE[level]]
        below = np.flatnonzero((seats.holder >= 0) & (seats.level == level - 1))
        ready = company.month - people.level_since[seats.holder[below]] >= 12
        if level == CHIEF:
            ready &= ~people.locked[seats.holder[below]]
        below = below[ready]
        anywhere = level == CHIEF
        wanted = np.zeros(vacant.size, dtype=np.int64) if anywhere else seats.unit[vacant]
        offered = np.zeros(below.size, dtype=np.int64) if anywhere else seats.unit[below]
        chosen = match_by_group(wanted, offered, rng)
        filled, source = vacant[chosen >= 0], below[chosen[chosen >= 0]]
        promoted = seats.holder[source]
        seats.holder[source] = -1
        seats.holder[filled] = promoted
        people.level_since[promoted] = company.month
    vacant = np.flatnonzero(seats.holder < 0)
    seats.holder[vacant] = people.count + np.arange(vacant.size)
    people.append(_newcomers(seats, vacant, dates, company.month, rng))


def _newcomers(seats: Seats, where: Ints, dates: Calendar, month: int, rng: np.random.Generator) -> People:
    n = where.size
    level = seats.level[where]
    ages = np.array([_AGE_AT_HIRE[number] for number in range(1, 7)], dtype=float)[level - 1]
    age = np.clip(np.rint(rng.normal(ages[:, 0], ages[:, 1])), 18, 60).astype(np.int64)
    return People(
        birth_year=_year(dates.months[month]) - age,
        hire_date=np.full(n, dates.months[month]),
        exit_date=np.full(n, NEVER),
        exit_reason=np.full(n, -1, dtype=np.int64),
        talent=_talents(age, level, rng),
        seat=where.astype(np.int64),
        level_since=np.full(n, month, dtype=np.int64),
        top_level=level.copy(),
        mentor_since=np.full(n, NEVER),
        locked=np.zeros(n, dtype=bool),
        traits=rng.standard_normal((n, TRAITS)),
    )


def _talents(age: Ints, level: Ints, rng: np.random.Generator) -> Ints:
    draw = rng.random(age.size)
    young = (age <= 32) & (level <= PROFESSIONAL)
    kinds = [
        young & (age <= 25) & (draw < 0.35),
        young & (draw < 0.60),
        (age <= 38) & (draw > 0.90),
    ]
    return np.select(kinds, [1, 2, 3], 0).astype(np.int64)


def _swap_seats(company: Company, rng: np.random.Generator) -> None:
    """Moves to another unit on the same level: pairs change places."""
    seats = company.seats
    free = np.flatnonzero((seats.level <= TEAM) & ~company.people.locked[seats.holder])
    some = rng.permutation(free)[: rng.binomial(free.size, 0.005)]
    some = some[np.argsort(seats.level[some], kind="stable")]
    one, other = some[: some.size // 2 * 2 : 2], some[1::2]
    apart = (seats.level[one] == seats.level[other]) & (seats.unit[one] != seats.unit[other])
    swap(company, one[apart], other[apart])


def _move_teams(seats: Seats, rng: np.random.Generator) -> None:
    """A small reorganisation: some teams get another department head of their unit."""
    teams = np.flatnonzero(seats.level == TEAM)
    teams = teams[rng.random(teams.size) < 0.04]
    heads = np.flatnonzero(seats.level == DEPARTMENT_HEAD)
    heads = heads[np.argsort(seats.unit[heads], kind="stable")]
    first = np.searchsorted(seats.unit[heads], seats.unit[teams], side="left")
    size = np.searchsorted(seats.unit[heads], seats.unit[teams], side="right") - first
    seats.parent[teams] = heads[first + (rng.random(teams.size) * size).astype(np.int64)]


def _first_below(draw: Floats, bounds: Floats) -> Ints:
    """Number of the first bound that lies above each draw; the number of bounds where none does."""
    return np.asarray((draw >= bounds).sum(axis=0), dtype=np.int64)


def _year(day: np.datetime64) -> int:
    return int(day.astype("datetime64[Y]").astype(int)) + 1970
