"""Applications for vacancies in the house, and roles in projects.

Unit: one application of one person, one project role of one person. Project roles come to everybody at one rate, to
mentors at a higher one from the day after their first round on (the planted rate ratio). The two sides of a tandem
never apply for the same vacancy, but in the one breach that is planted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rmanalytics.simulate.company import CHIEF, STAFF, Company
from rmanalytics.simulate.delivery import Ends
from rmanalytics.simulate.planted import PLANTED, Bools, Calendar, Days, Floats, Ints
from rmanalytics.simulate.programme_side import Intake
from rmanalytics.simulate.roster import Roster

ROLES = ("member", "expert", "work_package_lead", "project_lead")
_ROLE_SHARE = (0.60, 0.16, 0.14, 0.10)
_VACANT_LEVEL_SHARE = (0.45, 0.35, 0.14, 0.06)
_EMPLOYEES_PER_PROJECT = 40
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Applications:
    """One row an application: number of the vacancy (in order of time), person, day."""

    vacancy: Ints
    person: Ints
    day: Days
    planted_n: int = 0

    def tell(self) -> dict[str, Any]:
        """Counts of vacancies and applications."""
        return {"vacancies": int(np.unique(self.vacancy).size), "applications": self.vacancy.size}


@dataclass(frozen=True, slots=True, kw_only=True)
class Projects:
    """One row a role: person, year and number of the project, number of the role, day it was taken up."""

    person: Ints
    year: Ints
    number: Ints
    role: Ints
    day: Days
    truth: dict[str, Any]


def apply_for_vacancies(
    company: Company,
    roster: Roster,
    dates: Calendar,
    intakes: list[Intake],
    *,
    breach: tuple[Intake, Ends] | None,
    rng: np.random.Generator,
) -> Applications:
    """Applications since the first round began, by people of the vacancy's level or the one below.

    In the round of ``breach`` one tandem that lasted to its end applies for one vacancy.
    """
    parts: list[tuple[Ints, Ints, Days]] = []
    known = 0
    for month in range(dates.rounds[0].first_month, dates.months.size):
        now = roster.on(dates.months[month])
        level = company.seats.level[now.seat]
        vacancies = int(rng.poisson(PLANTED.vacancies_monthly_per_employee * now.who.size))
        wanted = STAFF + 1 + rng.choice(len(_VACANT_LEVEL_SHARE), p=_VACANT_LEVEL_SHARE, size=vacancies)
        applicants = 1 + rng.poisson(1.5, size=vacancies)
        for at in range(STAFF + 1, CHIEF):
            pool = now.who[(level == at) | (level == at - 1)]
            vacant = np.repeat(known + np.flatnonzero(wanted == at), applicants[wanted == at])
            chosen = pool[rng.integers(0, pool.size, size=vacant.size)]
            day = dates.months[month] + rng.integers(0, 28, size=vacant.size).astype("timedelta64[D]")
            parts.append((vacant, chosen, day))
        known += vacancies
    vacancy, person, day = (np.concatenate(column) for column in zip(*parts, strict=True))
    _, first = np.unique(vacancy * (int(person.max(initial=0)) + 1) + person, return_index=True)
    vacancy, person, day = vacancy[first], person[first], day[first]
    kept = ~_against_the_partner(vacancy, person, intakes)
    vacancy, person, day = vacancy[kept], person[kept], day[kept]
    planted = 0
    if breach is not None:
        pair, when = _rivals(*breach)
        planted = int(pair.size > 0)
        vacancy = np.concatenate([vacancy, np.full(pair.size, known)])
        person, day = np.concatenate([person, pair]), np.concatenate([day, when])
    opened = np.full(known + 1, dates.data_until)
    np.minimum.at(opened, vacancy, day)
    rank = np.empty(known + 1, dtype=np.int64)
    rank[np.argsort(opened, kind="stable")] = np.arange(known + 1)
    order = np.lexsort((person, day, rank[vacancy]))
    _, number = np.unique(rank[vacancy][order], return_inverse=True)
    return Applications(vacancy=number + 1, person=person[order], day=day[order], planted_n=planted)


def _against_the_partner(vacancy: Ints, person: Ints, intakes: list[Intake]) -> Bools:
    """Applications of mentors for a vacancy that a mentee of theirs applied for."""
    wide = 1 + max(int(person.max(initial=0)), *(int(i.mentees.max()) for i in intakes))
    codes = vacancy * wide + person
    against = np.zeros(vacancy.size, dtype=bool)
    for intake in intakes:
        mentor = np.isin(person, intake.mentors)
        order = np.argsort(intake.mentors)
        at = order[np.searchsorted(intake.mentors[order], person[mentor])]
        against[mentor] |= np.isin(vacancy[mentor] * wide + intake.mentees[at], codes)
    return against


def _rivals(intake: Intake, ends: Ends) -> tuple[Ints, Days]:
    """Both sides of the last tandem that ran its whole round, and two days in the middle of it."""
    lasting = np.flatnonzero(~ends.early & (np.arange(intake.mentors.size) != intake.planted_breach))[-1:]
    pair = np.concatenate([intake.mentors[lasting], intake.mentees[lasting]])
    middle = intake.span.start + 100 * _DAY
    return pair, np.full(pair.size, middle) + (np.arange(pair.size) * 3).astype("timedelta64[D]")


def take_roles(
    roster: Roster, dates: Calendar, intakes: list[Intake], *, people: int, rng: np.random.Generator
) -> Projects:
    """Project roles from a year before the first round on; how often one takes them differs between people."""
    free_from = _after_first_round(intakes, people)
    activity = rng.gamma(4.0, 0.25, size=people)
    who: list[Ints] = []
    day: list[Days] = []
    roles_n, years = np.zeros(2), np.zeros(2)
    for month in range(max(dates.rounds[0].first_month - 12, 0), dates.months.size):
        start = dates.months[month]
        now = roster.on(start).who
        served = free_from[now] <= start
        ratio = np.where(served, PLANTED.project_rate_ratio, 1.0)
        count = rng.poisson(PLANTED.project_roles_yearly / 12 * activity[now] * ratio)
        length = int((dates.month_ends[month] - start).astype(int)) + 1
        mine = np.repeat(now, count)
        who.append(mine)
        day.append(start + rng.integers(0, length, size=mine.size).astype("timedelta64[D]"))
        for group, members in enumerate((served, ~served)):
            roles_n[group] += count[members].sum()
            years[group] += members.sum() / 12
    person, taken = np.concatenate(who), np.concatenate(day)
    projects = max(3, roster.on(dates.months[-1]).who.size // _EMPLOYEES_PER_PROJECT)
    number = rng.integers(1, projects + 1, size=person.size)
    role = rng.choice(len(ROLES), p=_ROLE_SHARE, size=person.size)
    year = taken.astype("datetime64[Y]").astype(np.int64) + 1970
    rows = np.unique(np.column_stack([taken.astype(np.int64), person, year, number, role]), axis=0)
    return Projects(
        person=rows[:, 1],
        year=rows[:, 2],
        number=rows[:, 3],
        role=rows[:, 4],
        day=rows[:, 0].astype("datetime64[D]"),
        truth=_tell_roles(roles_n, years),
    )


def _after_first_round(intakes: list[Intake], people: int) -> Days:
    """The day after the first round that each person served as mentor; a day far away for all others."""
    free_from: Days = np.full(people, np.datetime64("9000-01-01", "D"))
    for intake in intakes:
        free_from[intake.mentors] = np.minimum(free_from[intake.mentors], intake.span.end + _DAY)
    return free_from


def _tell_roles(roles_n: Floats, years: Floats) -> dict[str, Any]:
    """Roles and person-years of mentors after their first round, and of everybody else; the ratio of the rates."""
    rate = roles_n / np.maximum(years, 1e-9)
    return {
        "rate_ratio_planted": PLANTED.project_rate_ratio,
        "mentor_roles_after_round": int(roles_n[0]),
        "mentor_years_after_round": float(years[0]),
        "other_roles": int(roles_n[1]),
        "other_years": float(years[1]),
        "rate_ratio": float(rate[0] / rate[1]) if years[0] and rate[1] else None,
    }
