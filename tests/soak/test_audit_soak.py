"""The audit of pairing on small organisations that are clean by construction, but for what was planted in them.

Mentors work in the first divisions, mentees lead in the last ones, so no chain, unit or vacancy of one touches the
other's until something is planted: each breach in a tandem of its own, on days that are known, half of them on a single
day. Around them stand near misses that are no breach. What the audits find must be what was planted, to the day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.pairing.competition import (
    SAME_UNIT,
    SAME_VACANCY,
    TWO_TANDEMS,
    double_breaches,
    unit_breaches,
    vacancy_breaches,
)
from rmanalytics.measures.pairing.consent_and_gaps import (
    CONSENT_RULES,
    LATE_CONSENT,
    MET_AFTER_END,
    NO_CONSENT,
    consent_breaches,
)
from rmanalytics.measures.pairing.rules_on_each_day import (
    CHAIN_RULES,
    MENTEE_ABOVE,
    MENTOR_HIGHER,
    MENTOR_NOT_YOUNGER,
    age_breaches,
    level_breaches,
    paired_chain_days,
)

START, END = date(2026, 1, 1), date(2026, 6, 30)
LAST = 181
SENIOR_LEVEL = 6
COMPETITION_RULES = (SAME_UNIT, SAME_VACANCY, TWO_TANDEMS)
JUNIOR_RULES = (MENTOR_NOT_YOUNGER, MENTOR_HIGHER)
RULES = (*CHAIN_RULES, *CONSENT_RULES, *COMPETITION_RULES, *JUNIOR_RULES)
RUNS = [pytest.param(50, id="reduced"), pytest.param(1000, id="long", marks=pytest.mark.soak)]


@dataclass
class Organisation:
    """Tables as rows; days are numbers from 1, the first day of the round, to `LAST`."""

    rng: np.random.Generator
    positions: list = field(default_factory=list)
    tandems: list = field(default_factory=list)
    meetings: list = field(default_factory=list)
    applications: list = field(default_factory=list)
    born: dict = field(default_factory=dict)
    expected: set = field(default_factory=set)
    people_n: int = 0

    def person(self, unit, level, manager, *, first=-2000):
        self.people_n += 1
        name = f"p{self.people_n}"
        self.positions.append([name, first, None, unit, level, manager])
        self.born[name] = int(self.rng.integers(1960, 1980) if level >= SENIOR_LEVEL else self.rng.integers(1985, 2005))
        return name

    def change(self, person, first, last, **new):
        """A position of some days in between; it must lie within the person's present one."""
        own = next(p for p in self.positions if p[0] == person and p[1] <= first and (p[2] is None or p[2] >= last))
        names = ("unit", "level", "manager")
        values = dict(zip(names, own[3:], strict=True))
        pieces = [
            [person, own[1], first - 1, *own[3:]],
            [person, first, last, *(values | new).values()],
            [person, last + 1, own[2], *own[3:]],
        ]
        self.positions.remove(own)
        self.positions += [piece for piece in pieces if piece[2] is None or piece[1] <= piece[2]]

    def pair(self, mentor, mentee, *, matched=None, ended=None):
        """A tandem that is clean: consents before the match, six meetings or fewer while it lasts."""
        tandem = {
            "tandem_id": f"t{len(self.tandems)}",
            "mentor_id": mentor,
            "mentee_id": mentee,
            "matched_date": int(self.rng.integers(1, 60)) if matched is None else matched,
            "ended_date": ended,
        }
        for side in ("mentor", "mentee"):
            tandem[f"{side}_consent_date"] = tandem["matched_date"] - int(self.rng.integers(0, 20))
        self.tandems.append(tandem)
        days = np.linspace(tandem["matched_date"], ended or LAST, 6).astype(int).tolist()
        self.meetings += [[tandem["tandem_id"], on] for on in sorted(set(days))]
        return tandem

    def stretch(self, tandem):
        """Some days while the two are paired, every other time a single one."""
        first, last = tandem["matched_date"], tandem["ended_date"] or LAST
        a, b = sorted(self.rng.integers(first, last + 1, size=2).tolist())
        return (a, a) if self.rng.random() < 0.5 else (a, b)

    def expect(self, tandem, rule, first, last, days=None):
        days = last - first + 1 if days is None else days
        self.expected.add((tandem["tandem_id"], rule, on(first), on(last), days))

    def days_met(self, tandem):
        return sorted(day for name, day in self.meetings if name == tandem["tandem_id"])


def on(day):
    return date.fromordinal(START.toordinal() + day - 1)


def organisation(rng):
    """One boss, two divisions of mentors and two of mentees, with changes of team that mean nothing."""
    made = Organisation(rng)
    boss = made.person("board", 9, None)
    juniors, seniors = [], []
    for division in range(4):
        head = made.person(f"d{division}", 7, boss)
        leads = [made.person(f"d{division}-{team}", 5, head) for team in range(3)]
        for i in range(10):
            lead = leads[i % 3]
            if division < 2:
                person = made.person(f"d{division}-{i % 3}", 2, lead)
                juniors.append(person)
                if rng.random() < 0.4:  # a summer in another team of the division
                    a = int(rng.integers(60, 80))
                    other = int(rng.integers(3))
                    made.change(person, a, a + 20, unit=f"d{division}-{other}", manager=leads[other])
            else:
                senior = made.person(f"d{division}-s{i}", SENIOR_LEVEL, head)
                made.person(f"d{division}-s{i}", 4, senior)  # a deputy
                seniors.append(senior)
    rng.shuffle(juniors)
    rng.shuffle(seniors)
    for rule in RULES:
        plant(made, rule, juniors, seniors)
    for decoy in (beyond_neighbours, before_the_match, after_the_end, one_after_the_other, colleagues):
        decoy(made, juniors, seniors)
    return made


def plant(made, rule, juniors, seniors):
    """One tandem with one breach."""
    rng = made.rng
    mentor, mentee = juniors.pop(), seniors.pop()
    if rule in (SAME_UNIT, MENTEE_ABOVE, MENTOR_HIGHER):
        # no summer in another team may cut the planted days in two
        rows = [p for p in made.positions if p[0] == mentor]
        rows[0][2] = None
        made.positions = [p for p in made.positions if p[0] != mentor or p is rows[0]]
    ended = int(rng.integers(90, LAST)) if rule == MET_AFTER_END or rng.random() < 0.3 else None
    tandem = made.pair(mentor, mentee, ended=ended)
    first, last = made.stretch(tandem)
    if rule in CHAIN_RULES:
        in_chain(made, tandem, rule, first, last)
    elif rule in CONSENT_RULES:
        in_consents(made, tandem, rule)
    elif rule in COMPETITION_RULES:
        in_competition(made, tandem, rule, first, last, seniors)
    elif rule == MENTOR_HIGHER:
        made.change(mentor, first, last, level=SENIOR_LEVEL + 1)
        made.expect(tandem, rule, first, last)
    else:
        made.born[mentor] = made.born[mentee] - int(rng.integers(0, 3))
        made.expect(tandem, rule, tandem["matched_date"], ended or LAST)


def in_chain(made, tandem, rule, first, last):
    mentor, mentee = tandem["mentor_id"], tandem["mentee_id"]
    if rule == MENTEE_ABOVE:
        deputy = next(p[0] for p in made.positions if p[5] == mentee)
        made.change(mentor, first, last, manager=deputy if made.rng.random() < 0.5 else mentee)
    else:
        made.change(mentee, first, last, manager=mentor)
    made.expect(tandem, rule, first, last)


def in_consents(made, tandem, rule):
    met, ended, rng = made.days_met(tandem), tandem["ended_date"], made.rng
    if rule == MET_AFTER_END:
        days = sorted({ended + 1, ended + int(rng.integers(1, 30))} if rng.random() < 0.5 else {ended + 1})
        made.meetings += [[tandem["tandem_id"], day] for day in days]
    elif rule in NO_CONSENT.values():
        side = "mentor" if rule == NO_CONSENT["mentor"] else "mentee"
        tandem[f"{side}_consent_date"], days = None, met
    else:
        side = "mentor" if rule == LATE_CONSENT["mentor"] else "mentee"
        days = met[: int(rng.integers(1, len(met)))]
        tandem[f"{side}_consent_date"] = days[-1] + 1
    made.expect(tandem, rule, days[0], days[-1], len(days))


def in_competition(made, tandem, rule, first, last, seniors):
    mentor, mentee, rng = tandem["mentor_id"], tandem["mentee_id"], made.rng
    until = tandem["ended_date"] or LAST
    if rule == SAME_UNIT:
        unit = next(p[3] for p in made.positions if p[0] == mentee)
        level = int(rng.integers(5, 8))
        made.change(mentor, first, last, unit=unit, level=level)
        made.expect(tandem, rule, first, last)
        if level > SENIOR_LEVEL:
            made.expect(tandem, MENTOR_HIGHER, first, last)
    elif rule == SAME_VACANCY:
        second = until if first == last else first
        made.applications += [["v", mentor, second], ["v", mentee, second - int(rng.integers(0, 200))]]
        made.expect(tandem, rule, max(second, tandem["matched_date"]), until)
    else:
        other = made.pair(mentor, seniors.pop(), matched=first, ended=last)
        for one in (tandem, other):
            made.expect(one, rule, first, min(last, until))


# near misses


def beyond_neighbours(made, juniors, seniors):
    """In one unit, but two levels apart."""
    tandem = made.pair(juniors.pop(), seniors.pop())
    unit = next(p[3] for p in made.positions if p[0] == tandem["mentee_id"])
    made.positions.append([tandem["mentor_id"], 58, 170, unit, 4, next(p[0] for p in made.positions if p[5] is None)])


def before_the_match(made, juniors, seniors):
    """In one unit until the day before the match; consents on the day of the first meeting."""
    tandem = made.pair(juniors.pop(), seniors.pop(), matched=50)
    unit = next(p[3] for p in made.positions if p[0] == tandem["mentee_id"])
    made.change(tandem["mentor_id"], -5, 49, unit=unit, level=6)
    tandem["mentor_consent_date"] = tandem["mentee_consent_date"] = made.days_met(tandem)[0]


def after_the_end(made, juniors, seniors):
    """Applied for one vacancy, the second of them on the day after the end; the last meeting on the day of the end."""
    tandem = made.pair(juniors.pop(), seniors.pop(), ended=120)
    made.applications += [["w", tandem["mentor_id"], 10], ["w", tandem["mentee_id"], 121]]


def one_after_the_other(made, juniors, seniors):
    """A second tandem from the day after the end of the first."""
    first = made.pair(juniors.pop(), seniors.pop(), ended=80)
    made.pair(first["mentor_id"], seniors.pop(), matched=81)


def colleagues(made, juniors, seniors):
    """Both applied, but for different vacancies; the mentor's manager is the mentee's until the round starts."""
    tandem = made.pair(juniors.pop(), seniors.pop())
    made.applications += [["x", tandem["mentor_id"], 10], ["y", tandem["mentee_id"], 10]]
    made.change(tandem["mentor_id"], -100, 0, manager=tandem["mentee_id"])


def table(rows, columns):
    frame = pd.DataFrame(rows, columns=columns)
    days = {
        c: pd.Timestamp(START) + pd.to_timedelta(frame[c].astype("float64") - 1, unit="D")
        for c in columns
        if c.endswith("_date")
    }
    return frame.assign(**days)


def audited(made):
    """Every row that the audits return, and the tables of days that nobody can vouch for."""
    pairs = table([list(t.values()) for t in made.tandems], list(made.tandems[0]))
    held = table(made.positions, ["person_id", "start_date", "end_date", "unit", "level", "manager_id"])
    met = table(made.meetings, ["tandem_id", "held_date"])
    applied = table(made.applications, ["vacancy_id", "person_id", "applied_date"])
    born = pd.DataFrame(list(made.born.items()), columns=["person_id", "birth_year"])
    when = {"start": START, "end": END}
    chain = paired_chain_days(pairs, held, **when)
    of_chain = chain["rule"].isin(CHAIN_RULES)
    rows = pd.concat(
        [
            chain[of_chain],
            consent_breaches(pairs, met),
            unit_breaches(pairs, held, **when),
            vacancy_breaches(pairs, applied, **when),
            double_breaches(pairs, **when),
            level_breaches(pairs, held, **when),
            age_breaches(pairs, born, **when),
        ]
    )
    rows = rows.assign(first=rows["first_date"].dt.date, last=rows["last_date"].dt.date)
    found = set(rows[["tandem_id", "rule", "first", "last", "days"]].itertuples(index=False, name=None))
    return found, chain[~of_chain]


@pytest.mark.parametrize("runs", RUNS)
def test_every_planted_breach_is_found_to_the_day_and_no_other(runs):
    single = 0
    for seed in range(runs):
        made = organisation(np.random.default_rng([seed, 4]))
        found, unaudited = audited(made)
        assert {"missed": made.expected - found, "false": found - made.expected} == {"missed": set(), "false": set()}, (
            seed
        )
        assert {rule for _, rule, *_ in found} == set(RULES)
        assert unaudited.empty
        single += sum(days == 1 for *_, days in made.expected)
    assert single > 2 * runs
