"""Who takes part: applications of seniors, places, mentors, pairs, and the people they are compared with.

Unit: one round. Less digital seniors apply more often (judged by the very answers that are their pre measurement, so
both places and waiting list regress to the mean alike); places go in the order of application, which has nothing to do
with the scores. A mentor must be employed on the day of the match: whoever left before never becomes one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmanalytics.lot.sizes import WAIT
from rmanalytics.simulate.company import (
    CHIEF,
    PROFESSIONAL,
    TALENTS,
    TEAM,
    Company,
    swap,
)
from rmanalytics.simulate.lots import MATCH_DAY, Faults, SeniorLot, draw_seniors, facts_of
from rmanalytics.simulate.planted import PLANTED, Bools, Days, Floats, Ints, Span
from rmanalytics.simulate.survey import Screening, screen

MENTEE_LEAST_AGE = 40
MENTEE_MOST_AGE = 61
MENTOR_MOST_AGE = 34
COMPARISON_MOST_AGE = 37
_WITHIN_DAYS = 365
_TRIES = 25


@dataclass(slots=True, kw_only=True)
class Intake:
    """Who is in a round (person numbers), when, and the answers that the seniors applied with."""

    span: Span
    mentors: Ints
    mentees: Ints
    matched: Days
    from_waiting_list: Bools
    waiting: Ints
    controls: Ints
    controls_matched: Days
    eligible_mentees: Ints
    eligible_mentors: Ints
    repeat_mentors: int
    eligible_mean_pre: float
    screening: Screening
    planted_breach: int = -1
    """Number of the tandem whose mentor is moved under the mentee, -1 for none."""
    lot: SeniorLot | None = None
    """Of the seniors, where one was drawn; ``waiting`` is then everybody compared without a tandem."""
    mentor_facts: tuple[tuple[int, ...], ...] = ()


@dataclass(slots=True)
class Memory:
    """What earlier rounds left behind, by person number."""

    was_mentee: Bools
    was_mentor: Bools
    was_control: Bools
    waits: Bools

    def grow(self, count: int) -> None:
        """Make room for people who were hired since."""
        for name in self.__slots__:
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros(count - old.size, dtype=bool)]))

    @classmethod
    def empty(cls) -> Memory:
        """Nothing happened yet."""
        return cls(*(np.zeros(0, dtype=bool) for _ in range(4)))


def open_round(
    company: Company,
    memory: Memory,
    gained: Floats,
    span: Span,
    *,
    number: int,
    tandems: int,
    rng: np.random.Generator,
    lots: tuple[int, Faults] | None = None,
) -> Intake:
    """Choose mentees, waiting list, mentors and comparison people of a round and pair the tandems.

    Raises
    ------
    ValueError
        If the company has fewer seniors or juniors than tandems are asked for.
    """
    people, seats = company.people, company.seats
    memory.grow(people.count)
    year = int(str(span.start)[:4])
    here = np.sort(seats.holder)
    level, unit = seats.level[people.seat], seats.unit[people.seat]
    age = year - people.birth_year
    old = (age >= MENTEE_LEAST_AGE) & (age <= MENTEE_MOST_AGE)
    seniors = here[(level[here] >= TEAM) & (level[here] < CHIEF) & old[here]]
    talent = people.talent > TALENTS.index("none")
    young = here[(level[here] <= PROFESSIONAL) & talent[here]]
    juniors = young[age[young] <= MENTOR_MOST_AGE]
    _refuse_too_few(tandems, seniors.size, juniors.size, here.size)

    fresh = seniors[~memory.was_mentee[seniors]]
    pool = fresh if fresh.size >= tandems else seniors
    if lots:
        pool = np.union1d(pool, here[memory.waits[here]])
    screening = screen(people, gained, pool, number, rng)
    for _ in range(_TRIES):
        applicants = pool[_applicants(screening, pool, memory, tandems, rng)]
        lot = None
        if lots:
            lot = _drawn(company, screening, applicants, memory, span=span, number=number, places=tandems, lots=lots)
        places, waiting = (lot.served, lot.unserved) if lot else (applicants[:tandems], applicants[tandems:])
        chosen = _choose_mentors(juniors, unit, unit[places], memory, tandems=tandems, rng=rng)
        if chosen.size == tandems:
            break
    else:
        raise ValueError(
            f"{tandems} tandems a round do not fit this company: too few juniors work outside the units of the mentees"
        )
    waiting = waiting if lot else waiting[~memory.was_mentee[waiting]]
    repeats = int(memory.was_mentor[chosen].sum())
    mentors = _pair(chosen, unit[chosen], unit[places], rng)
    matched = span.start + rng.integers(MATCH_DAY if lot else 13, 27, size=tandems).astype("timedelta64[D]")
    memory.was_mentor[mentors] = True
    others = young[(age[young] <= COMPARISON_MOST_AGE) & ~memory.was_mentor[young]]
    paired, controls = _match_controls(company, mentors, others, memory)

    from_waiting_list = memory.waits[places].copy()
    memory.was_mentee[places] = True
    memory.was_control[controls] = True
    memory.waits[:] = False
    memory.waits[np.setdiff1d(lot.of(WAIT), lot.crossed) if lot else waiting] = True
    people.locked[:] = False
    people.locked[mentors] = True
    people.locked[places] = True
    people.mentor_since[mentors] = np.fmin(people.mentor_since[mentors], matched)
    return Intake(
        span=span,
        mentors=mentors,
        mentees=places,
        matched=matched,
        from_waiting_list=from_waiting_list,
        waiting=waiting,
        controls=controls,
        controls_matched=matched[paired],
        eligible_mentees=pool,
        eligible_mentors=juniors,
        repeat_mentors=repeats,
        eligible_mean_pre=float(screening.score.mean()),
        screening=screening,
        lot=lot,
        mentor_facts=facts_of(company, mentors, span) if lot else (),
    )


def _drawn(
    company: Company,
    screening: Screening,
    applicants: Ints,
    memory: Memory,
    *,
    span: Span,
    number: int,
    places: int,
    lots: tuple[int, Faults],
) -> SeniorLot:
    """The lot among those who apply and those who waited."""
    waited = screening.people[memory.waits[screening.people]]
    listed = np.union1d(applicants, waited)
    score = dict(zip(screening.people.tolist(), screening.score.tolist(), strict=True))
    first, (seed, faults) = np.isin(listed, waited), lots
    return draw_seniors(
        company, listed, first, score, span=span, places=places, number=number, seed=seed, faults=faults
    )


def plant_chain_breach(company: Company, intake: Intake) -> None:
    """Move one mentor, in the middle of the round, to a seat that stands under the own mentee.

    The first tandem for which the company has such a seat is taken; the person who held it gets the mentor's seat.
    """
    seats, people = company.seats, company.people
    seat = np.full(people.count, -1)
    seat[seats.holder] = np.arange(seats.holder.size)
    for number, (mentor, mentee) in enumerate(zip(intake.mentors, intake.mentees, strict=True)):
        at, above = int(seat[mentor]), int(seat[mentee])
        if at < 0 or above < 0:
            continue
        under = seats.chain_has(above) & (seats.level == seats.level[at]) & ~people.locked[seats.holder]
        if under.any():
            swap(company, np.array([at]), np.flatnonzero(under)[:1])
            intake.planted_breach = number
            return


def _refuse_too_few(tandems: int, seniors: int, juniors: int, employees: int) -> None:
    old = f"level {TEAM} or above, {MENTEE_LEAST_AGE} to {MENTEE_MOST_AGE} years"
    young = f"below level {TEAM}, {MENTOR_MOST_AGE} years or younger, in a talent group"
    for have, who in (
        (seniors, f"seniors who could be mentees ({old})"),
        (juniors, f"juniors who could be mentors ({young})"),
    ):
        if have < tandems:
            raise ValueError(
                f"{tandems} tandems a round do not fit a company of {employees} employees: it has {have} {who}"
            )


def _applicants(screening: Screening, pool: Ints, memory: Memory, tandems: int, rng: np.random.Generator) -> Ints:
    """Numbers of the applicants within the pool, in the order of their application."""
    spread = float(screening.score.std()) or 1.0
    wish = PLANTED.selection_slope * (screening.score - screening.score.mean()) / spread
    wish = wish + 1.5 * memory.waits[pool] - 50.0 * memory.was_mentee[pool]
    wish = wish - np.log(-np.log(rng.random(pool.size)))
    wanted = min(pool.size, round(PLANTED.applicants_per_place * tandems))
    chosen = np.argsort(-wish, kind="stable")[:wanted]
    if (~memory.was_mentee[pool]).sum() < tandems:
        return chosen
    return rng.permutation(chosen)


def _choose_mentors(
    juniors: Ints, unit: Ints, mentee_units: Ints, memory: Memory, *, tandems: int, rng: np.random.Generator
) -> Ints:
    """Mentors of a round, some of them again; no unit may hold more than can be paired with other units.

    Fewer than were asked for where the units of these mentees leave no choice.
    """
    shuffled = rng.permutation(juniors)
    again, fresh = shuffled[memory.was_mentor[shuffled]], shuffled[~memory.was_mentor[shuffled]]
    repeats = min(again.size, round(PLANTED.repeat_mentor_share * tandems))
    line = np.concatenate([again[:repeats], fresh, again[repeats:]])
    order = np.argsort(unit[line], kind="stable")
    sought = unit[line][order]
    rank = np.empty(line.size, dtype=np.int64)
    rank[order] = np.arange(line.size) - np.searchsorted(sought, sought, side="left")
    room = tandems - np.bincount(mentee_units, minlength=int(unit.max()) + 1)
    return np.asarray(line[rank < room[unit[line]]][:tandems])


def _pair(mentors: Ints, mentor_unit: Ints, mentee_unit: Ints, rng: np.random.Generator) -> Ints:
    """Mentors in the order of the mentees, at random but never two of one unit (an exchange always resolves it)."""
    order = rng.permutation(mentors.size)
    mentors, units = mentors[order], mentor_unit[order]
    for one in np.flatnonzero(units == mentee_unit):
        if units[one] == mentee_unit[one]:
            other = np.flatnonzero((mentee_unit != units[one]) & (units != mentee_unit[one]))[0]
            mentors[[one, other]] = mentors[[other, one]]
            units[[one, other]] = units[[other, one]]
    return mentors


def _match_controls(company: Company, mentors: Ints, others: Ints, memory: Memory) -> tuple[Ints, Ints]:
    """For each mentor the unused person of the same unit and level with the nearest hire date; then looser.

    Returns the numbers of the mentors that got one, and the people.
    """
    people, seats = company.people, company.seats
    hired = people.hire_date.astype(np.int64)
    level, unit = seats.level[people.seat], seats.unit[people.seat]
    found = np.full(mentors.size, -1, dtype=np.int64)
    unused = others[~memory.was_control[others]]
    for pool, same_unit, within in (
        (unused, True, _WITHIN_DAYS),
        (unused, False, _WITHIN_DAYS),
        (others, False, _WITHIN_DAYS),
        (others, False, 3 * _WITHIN_DAYS),
    ):
        open_ = np.flatnonzero(found < 0)
        left = pool[~np.isin(pool, found)]
        if not open_.size or not left.size:
            continue
        group = level * (int(unit.max()) + 1) + (unit if same_unit else 0)
        found[open_] = _nearest(
            group[mentors[open_]],
            hired[mentors[open_]],
            left,
            pool_group=group[left],
            pool_at=hired[left],
            within=within,
        )
    got = np.flatnonzero(found >= 0)
    return got, found[got]


def _nearest(group: Ints, at: Ints, pool: Ints, *, pool_group: Ints, pool_at: Ints, within: int) -> Ints:
    """Nearest pool member of the same group by ``at``, each once, not further than ``within``; -1 without one."""
    found = np.full(group.size, -1, dtype=np.int64)
    wide = 1 << 24
    order = np.argsort(pool_group * wide + pool_at, kind="stable")
    pool, keys = pool[order], (pool_group * wide + pool_at)[order]
    key = group * wide + at
    while pool.size:
        open_ = np.flatnonzero(found < 0)
        right = np.minimum(np.searchsorted(keys, key[open_]), pool.size - 1)
        left = np.maximum(right - 1, 0)
        far_left, far_right = np.abs(keys[left] - key[open_]), np.abs(keys[right] - key[open_])
        best = np.where(far_left <= far_right, left, right)
        fits = np.minimum(far_left, far_right) <= within
        taken, first = np.unique(best[fits], return_index=True)
        if not taken.size:
            break
        found[open_[fits][first]] = pool[taken]
        keep = np.ones(pool.size, dtype=bool)
        keep[taken] = False
        pool, keys = pool[keep], keys[keep]
    return found
