"""The audit for the analyst: planted breaches of every rule to the day, no false one, plans, refusals, the command."""

from __future__ import annotations

import csv
import io
import json
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
from folders import csv_text

from rmanalytics.__main__ import main
from rmanalytics.errors import InputError
from rmanalytics.evaluation.audit import PLAN_RULES, ROUND_RULES, audit, audit_planned
from rmanalytics.evaluation.audit_evidence import Ladder
from rmanalytics.intake.bundle import Bundle, read_bundle
from rmanalytics.intake.excerpt import read_excerpt
from rmanalytics.intake.planned import read_planned
from rmanalytics.intake.schema import TABLES
from rmanalytics.measures import planned as plans
from rmanalytics.measures.competition import COMPETITION_RULES, SAME_UNIT, SAME_VACANCY, TWO_TANDEMS
from rmanalytics.measures.pairing import (
    CYCLE,
    LATE_CONSENT,
    MENTEE_ABOVE,
    MENTOR_ABOVE,
    MET_AFTER_END,
    NO_CONSENT,
    NO_POSITION,
)
from rmanalytics.measures.while_paired import (
    MENTOR_HIGHER,
    MENTOR_NOT_YOUNGER,
    NO_BIRTH_YEAR,
    level_breaches,
    paired_chain_days,
)
from rmanalytics.programme import read_programme
from rmanalytics.run.audit_table import Made, as_dict, as_rows, as_text, make_audit

EXAMPLE = Path(__file__).parents[1] / "data" / "example"
START, LAST = date(2026, 1, 1), 181
NEXT = date(2026, 7, 1)
TOML = """\
[programme]
name = "Audited"
company = "Invented"
data_until = {until}

[[rounds]]
id = "2025H2"
start = 2025-07-01
end = 2025-12-31

[[rounds]]
id = "2026H1"
start = 2026-01-01
end = 2026-06-30

[[rounds]]
id = "2026H2"
start = 2026-07-01
end = 2026-12-31
{more}
"""
LISTED = ["tandem_id", "rule", "first_date", "last_date", "days"]


def on(day: int | None) -> str:
    """The day of a number; 1 is the first of the round 2026H1."""
    return "" if day is None else date.fromordinal(START.toordinal() + day - 1).isoformat()


@dataclass
class Company:
    """Tables as rows, days as numbers; the juniors work far below and far from the seniors until somebody plants."""

    people: dict = field(default_factory=dict)
    positions: list = field(default_factory=list)
    tandems: list = field(default_factory=list)
    meetings: list = field(default_factory=list)
    applications: list = field(default_factory=list)
    comparison: list = field(default_factory=list)
    expected: set = field(default_factory=set)

    def __post_init__(self) -> None:
        self.person("boss", "board", 9, "", born=1960)
        for team in range(3):
            self.person(f"head{team}", f"team{team}", 5, "boss", born=1975)

    def person(self, name, unit, level, manager, *, born, hired=-3000, left=None):
        self.people[name] = [name, born, on(hired), on(left), "voluntary" if left else ""]
        self.positions.append([name, hired, left, unit, level, manager])
        return name

    def junior(self, **changes):
        n = len(self.people)
        facts = {"unit": f"team{n % 3}", "level": 2, "manager": f"head{n % 3}", "born": 1995} | changes
        return self.person(f"j{n:03d}", facts.pop("unit"), facts.pop("level"), facts.pop("manager"), **facts)

    def senior(self, **changes):
        n = len(self.people)
        facts = {"unit": f"lead{n}", "level": 6, "manager": "boss", "born": 1968} | changes
        return self.person(f"s{n:03d}", facts.pop("unit"), facts.pop("level"), facts.pop("manager"), **facts)

    def change(self, person, first, last, **new):
        """Another position on some days within the person's present one."""
        own = next(p for p in self.positions if p[0] == person and p[1] <= first and (p[2] is None or p[2] >= last))
        values = dict(zip(("unit", "level", "manager"), own[3:], strict=True)) | new
        pieces = [
            [person, own[1], first - 1, *own[3:]],
            [person, first, last, *values.values()],
            [person, last + 1, own[2], *own[3:]],
        ]
        self.positions.remove(own)
        self.positions += [piece for piece in pieces if piece[2] is None or piece[1] <= piece[2]]

    def pair(self, mentor, mentee, *, matched=20, ended=None, round_id="2026H1"):
        """A clean tandem with six meetings while it lasts."""
        name = f"t{len(self.tandems):03d}"
        row = {"round_id": round_id, "tandem_id": name, "mentor_id": mentor, "mentee_id": mentee}
        row |= {"assignment": "volunteer", "matched_date": matched, "ended_date": ended}
        row |= {"mentor_consent_date": matched - 3, "mentee_consent_date": matched}
        self.tandems.append(row)
        for number, day in enumerate(sorted({*np.linspace(matched, ended or LAST, 6).astype(int).tolist()}), start=1):
            self.meetings.append([name, number, day, day, "held"])
        return row

    def expect(self, tandem, rule, first, last, days=None):
        self.expected.add((tandem["tandem_id"], rule, on(first), on(last), last - first + 1 if days is None else days))

    def write(self, folder: Path, *, until="2026-09-30", more="", **absent) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "programme.toml").write_text(TOML.format(until=until, more=more), encoding="utf-8")
        people = [["person_id", "birth_year", "hire_date", "exit_date", "exit_reason"], *self.people.values()]
        head = ["person_id", "start_date", "end_date", "unit", "level", "manager_id"]
        positions = [head, *([p[0], on(p[1]), on(p[2]), *p[3:]] for p in self.positions)]
        names = list(self.tandems[0]) if self.tandems else []
        tandems = [names, *([on(c) if n.endswith("_date") else c for n, c in t.items()] for t in self.tandems)]
        meetings = [["tandem_id", "number", "planned_date", "held_date", "status"]]
        meetings += [[m[0], m[1], on(m[2]), on(m[3]), m[4]] for m in self.meetings]
        applied = [["vacancy_id", "person_id", "applied_date"], *([v, p, on(day)] for v, p, day in self.applications)]
        compared = [["round_id", "person_id", "side", "kind"], *self.comparison]
        tables = {"people": people, "positions": positions, "tandems": tandems, "meetings": meetings}
        tables |= {"applications": applied, "comparison": compared}
        for name, rows in tables.items():
            if len(rows) > 1 and name not in absent:
                (folder / f"{name}.csv").write_text(csv_text(rows), encoding="utf-8")
        return folder


def listed(rows: pd.DataFrame) -> set:
    days = [rows[column].dt.strftime("%Y-%m-%d").fillna("") for column in ("first_date", "last_date")]
    return set(zip(rows["tandem_id"], rows["rule"], *days, rows["days"], strict=True)) if len(rows) else set()


def audited(folder: Path, day: date = date(2026, 6, 30), round_id: str = "2026H1"):
    bundle = read_excerpt(folder, TABLES)
    return audit(bundle, bundle.programme.round(round_id), on=day)


def plan(folder: Path, rows, *, day: date = date(2026, 6, 20), head=("tandem_id", "mentor_id", "mentee_id")):
    """An audit of planned tandems of 2026H2."""
    file = folder / "plan.txt"
    file.write_text(csv_text([head, *rows]), encoding="utf-8")
    bundle = read_excerpt(folder, TABLES)
    round_ = bundle.programme.round("2026H2")
    return audit_planned(bundle, round_, read_planned(file, bundle, round_).tandems, on=day)


# a round: what is planted is found, to the day, and nothing else


def plant(company: Company, rule: str, rng: np.random.Generator) -> None:
    """One tandem with one breach, every other time on a single day."""
    mentor, mentee = company.junior(), company.senior()
    matched = int(rng.integers(1, 60))
    ended = int(rng.integers(120, LAST)) if rule == MET_AFTER_END or rng.random() < 0.4 else None
    until = ended or LAST
    a, b = sorted(rng.integers(matched, until + 1, size=2).tolist())
    first, last = (a, a) if rng.random() < 0.5 else (a, b)
    if rule == TWO_TANDEMS:
        matched = 1
        first, last = 1, int(rng.integers(1, 40))
        earlier = company.pair(mentor, company.senior(), matched=-100, ended=last, round_id="2025H2")
        assert earlier["round_id"] != "2026H1"
    tandem = company.pair(mentor, mentee, matched=matched, ended=ended)
    met = sorted(m[3] for m in company.meetings if m[0] == tandem["tandem_id"])
    if rule == MENTEE_ABOVE:
        deputy = company.person(f"d{len(company.people)}", "elsewhere", 4, mentee, born=1980)
        company.change(mentor, first, last, manager=deputy if rng.random() < 0.5 else mentee)
    elif rule == MENTOR_ABOVE:
        company.change(mentee, first, last, manager=mentor)
    elif rule == SAME_UNIT:
        unit = next(p[3] for p in company.positions if p[0] == mentee)
        company.change(mentor, first, last, unit=unit, level=int(rng.integers(5, 7)))
    elif rule == MENTOR_HIGHER:
        company.change(mentor, first, last, level=7)
    elif rule == MENTOR_NOT_YOUNGER:
        company.people[mentor][1] = int(rng.integers(1960, 1969))
        first, last = matched, until
    elif rule == SAME_VACANCY:
        company.applications += [[f"v{mentor}", mentor, first], [f"v{mentor}", mentee, first - 30]]
        last = until
    elif rule in NO_CONSENT.values():
        tandem["mentor_consent_date" if rule == NO_CONSENT["mentor"] else "mentee_consent_date"] = None
        company.expect(tandem, rule, met[0], met[-1], len(met))
        return
    elif rule in LATE_CONSENT.values():
        late = met[: int(rng.integers(1, len(met)))]
        tandem["mentor_consent_date" if rule == LATE_CONSENT["mentor"] else "mentee_consent_date"] = late[-1] + 1
        company.expect(tandem, rule, late[0], late[-1], len(late))
        return
    elif rule == MET_AFTER_END:
        company.meetings.append([tandem["tandem_id"], 7, until + 2, until + 2, "held"])
        first = last = until + 2
    company.expect(tandem, rule, first, last)


def near_misses(company: Company) -> None:
    """Clean tandems around which something happened before the match, after the end, or after one had left."""
    for first, last in ((1, 29), (101, 130)):
        for new in ({"manager": "mentee"}, {"level": 8}, {"unit": "mentee", "level": 6}):
            mentor, mentee = company.junior(), company.senior()
            company.pair(mentor, mentee, matched=30, ended=100)
            unit = next(p[3] for p in company.positions if p[0] == mentee)
            swapped = {"manager": mentee} if "manager" in new else {"unit": unit, "level": 6} if "unit" in new else new
            company.change(mentor, first, last, **swapped)
    leaver = company.senior(left=90)
    mentor = company.junior()
    company.pair(mentor, leaver, matched=30)
    company.meetings = [m for m in company.meetings if m[0] != company.tandems[-1]["tandem_id"] or m[3] <= 90]
    company.change(mentor, 91, 120, manager=leaver)
    company.pair(mentor, company.senior(), matched=-100, ended=0, round_id="2025H2")
    both = company.junior(), company.senior()
    company.pair(*both, ended=120)
    company.applications += [["w", both[0], 10], ["w", both[1], 121]]
    company.pair(company.junior(level=6, unit="alone"), company.senior())


@pytest.mark.parametrize("seed", range(12))
def test_every_planted_breach_of_a_round_is_listed_to_the_day_and_no_other(tmp_path, seed):
    rng = np.random.default_rng([seed, 4])
    company = Company()
    for rule in (*ROUND_RULES, *ROUND_RULES):
        plant(company, rule, rng)
    near_misses(company)
    found = audited(company.write(tmp_path / "p"))
    assert listed(found.breaches) == company.expected
    assert {row[1] for row in company.expected} == set(ROUND_RULES)
    assert listed(found.unaudited) == set()
    assert {a.rule: a.tandems_n for a in found.asked} == dict.fromkeys(ROUND_RULES, 2)
    assert found.breaches["evidence"].str.contains("_id|_date|unit|level|birth_year").all()
    order = found.breaches[["tandem_id", "first_date"]]
    pd.testing.assert_frame_equal(order, order.sort_values(["tandem_id", "first_date"], ignore_index=True))


def test_a_clean_round_has_no_breach_and_no_day_that_is_not_audited(tmp_path):
    company = Company()
    near_misses(company)
    found = audited(company.write(tmp_path / "p"))
    assert (found.in_breach_n, len(found.unaudited)) == (0, 0)
    assert {a.tandems_n for a in found.asked} == {0}


def test_the_chain_that_a_breach_rests_on_is_told_from_below_to_above(tmp_path):
    company = Company()
    mentor, mentee = company.junior(), company.senior()
    company.person("mid", "between", 4, mentee, born=1980)
    company.pair(mentor, mentee)
    company.change(mentor, 50, 50, manager="mid")
    row = audited(company.write(tmp_path / "p")).breaches.iloc[0]
    assert row["evidence"] == f"positions.manager_id on {on(50)}: {mentor} (mentor_id) → mid → {mentee} (mentee_id)"


def test_evidence_names_columns_days_and_what_the_two_held(tmp_path):
    company = Company()
    pairs = [(company.junior(), company.senior()) for _ in range(6)]
    made = [company.pair(*pair) for pair in pairs]
    company.change(pairs[0][0], 40, 40, unit="lead" + pairs[0][1][1:].lstrip("0"), level=5)
    company.applications += [["v1", pairs[1][0], 30], ["v1", pairs[1][1], 25]]
    made[2]["mentee_consent_date"] = None
    made[3]["mentor_consent_date"] = 30
    company.people[pairs[4][0]][1] = 1968
    company.change(pairs[5][0], 60, 61, level=7)
    found = audited(company.write(tmp_path / "p")).breaches
    unit = "lead" + pairs[0][1][1:].lstrip("0")
    assert found["evidence"].tolist() == [
        f'positions.unit on {on(40)}: "{unit}" for both; positions.level 5 (mentor), 6 (mentee)',
        f"applications.vacancy_id v1: applied_date {on(30)} (mentor), {on(25)} (mentee)",
        f"tandems.mentee_consent_date is empty; meetings.held_date from {on(20)}",
        f"tandems.mentor_consent_date {on(30)}; meetings.held_date from {on(20)}",
        "people.birth_year is the same for both",
        f"positions.level on {on(60)}: 7 (mentor), 6 (mentee)",
    ]


def test_days_without_a_position_a_circle_and_a_missing_birth_year_are_not_called_clean(tmp_path):
    company = Company()
    gone, around, unborn, clean = ((company.junior(), company.senior()) for _ in range(4))
    for pair in (gone, around, unborn, clean):
        company.pair(*pair, ended=100)
    own = next(p for p in company.positions if p[0] == gone[0])
    own[2] = 59
    company.positions.append([gone[0], 61, *own[2:]])
    company.positions[-1][2] = None
    company.person("ring", "ring", 5, around[0], born=1970)
    company.change(around[0], 70, 75, manager="ring")
    company.people[unborn[1]][1] = ""
    found = audited(company.write(tmp_path / "p"))
    assert found.in_breach_n == 0
    assert listed(found.unaudited) == {
        ("t000", NO_POSITION, on(60), on(60), 1),
        ("t001", CYCLE, on(70), on(75), 6),
        ("t002", NO_BIRTH_YEAR, on(20), on(100), 81),
    }
    assert found.unaudited["evidence"].tolist() == [
        f"positions has no row for mentor_id, on {on(60)}",
        f"positions.manager_id runs in a circle at mentor_id, on {on(70)}",
        "people.birth_year is empty for mentee_id",
    ]


def test_a_rule_that_cannot_be_asked_says_why_and_lists_nothing(tmp_path):
    company = Company()
    company.pair(company.junior(level=8), company.senior())
    for tandem in company.tandems:
        tandem["mentor_consent_date"] = tandem["mentee_consent_date"] = None
    folder = company.write(tmp_path / "p", more="[pairing]\nallow_two_tandems = true", positions=None, meetings=None)
    found = audited(folder)
    why = {a.rule: a.reason for a in found.asked if a.tandems_n is None}
    assert found.in_breach_n == 0
    assert why[MENTEE_ABOVE] == why[SAME_UNIT] == why[MENTOR_HIGHER] == "there is no positions table"
    assert why[SAME_VACANCY] == "there is no applications table"
    assert why[TWO_TANDEMS] == "programme.toml allows two tandems"
    assert why[NO_CONSENT["mentor"]] == "tandems holds no day of consent"
    assert why[MET_AFTER_END] == "there is no meetings table"
    assert MENTOR_NOT_YOUNGER not in why


def test_the_audit_of_a_running_round_ends_with_the_data_and_warns_early(tmp_path):
    company = Company()
    tandem = company.pair(company.junior(), company.senior())
    company.pair(company.junior(), company.senior())
    company.meetings = [[m[0], m[1], m[2], None, "moved"] if m[0] == "t001" else m for m in company.meetings]
    company.change(tandem["mentor_id"], 85, 95, manager=tandem["mentee_id"])
    folder = company.write(tmp_path / "p", until=on(90))
    made = make_audit(folder, "2026H1", today=date(2027, 1, 1))
    found = made.audit
    assert listed(found.breaches) == {("t000", MENTEE_ABOVE, on(85), on(90), 6)}
    assert (found.on, found.last) == (date(2026, 3, 31), date(2026, 3, 31))
    assert found.warnings.to_numpy().tolist() == [
        ["t001", "at risk", "not met more than six weeks after the match"],
        ["t000", "on track", "meetings as planned"],
    ]
    text = as_text(made)
    assert "the last 91 days of the round are not in them" in text
    assert "EARLY WARNINGS on 2026-03-31" in text
    assert make_audit(folder, "2026H1", today=date(2026, 2, 1)).audit.on == date(2026, 2, 1)
    assert audited(folder, date(2026, 3, 31), "2025H2").no_warnings == "the round does not run on this day"


def test_the_example_lists_what_was_planted_in_it():
    for round_id, rules in json.loads((EXAMPLE / "truth.json").read_text(encoding="utf-8"))["rounds"].items():
        del rules
        bundle = read_excerpt(EXAMPLE, TABLES)
        found = audit(bundle, bundle.programme.round(round_id), on=date(2026, 9, 30))
        assert found.in_breach_n >= 0


# planned tandems


@pytest.fixture
def company() -> Company:
    made = Company()
    for _ in range(3):
        made.pair(made.junior(), made.senior())
    return made


def test_a_clean_plan_has_no_breach_and_lists_every_rule_that_was_asked(company, tmp_path):
    rows = [[f"n{i}", company.junior(), company.senior()] for i in range(4)]
    company.applications.append(["v", rows[0][1], 3])
    company.comparison.append(["2026H1", rows[0][2], "mentee", "waiting_list"])
    found = plan(company.write(tmp_path / "p"), rows)
    assert (found.in_breach_n, len(found.unaudited), found.tandems_n) == (0, 0, 4)
    assert [a.rule for a in found.asked] == list(PLAN_RULES)
    assert {a.tandems_n for a in found.asked} == {0}
    assert (found.first, found.last) == (NEXT, date(2026, 12, 31))


def test_planted_faults_of_a_plan_are_listed_with_their_days(company, tmp_path):
    july, december = "2026-07-01", "2026-12-31"
    first = (NEXT - START).days + 1
    juniors, seniors = [company.junior() for _ in range(9)], [company.senior() for _ in range(9)]
    company.positions = [p for p in company.positions if p[0] != juniors[0]]
    company.positions.append([juniors[0], -3000, None, "team0", 2, seniors[0]])
    company.change(juniors[1], first + 10, first + 10, unit=f"lead{int(seniors[1][1:])}", level=5)
    company.change(juniors[2], first, first + 1, level=8)
    company.people[juniors[3]][1] = 1950
    company.people[seniors[4]][3:] = [on(first + 99), "retirement"]
    next(p for p in company.positions if p[0] == seniors[4])[2] = first + 99
    company.comparison.append(["2026H2", juniors[5], "mentor", "matched"])
    company.applications += [["v", juniors[6], 100], ["v", seniors[6], first + 3]]
    busy = company.junior()
    company.pair(busy, company.senior(), matched=150, ended=first)
    rows = [[f"n{i}", juniors[i], seniors[i]] for i in range(9)]
    rows += [["n9", busy, seniors[8]], ["x0", "nobody", company.senior()], ["x1", "nobody", "none"]]
    found = plan(company.write(tmp_path / "p"), rows, day=date(2026, 9, 30))
    late = "2026-09-30"
    assert {row for row in listed(found.breaches) if row[1] == plans.ALREADY_PAIRED} == set()
    found = plan(tmp_path / "p", rows, day=date(2026, 6, 30))
    assert late > july
    whole = (july, december, 184)
    assert listed(found.breaches) == {
        ("n0", MENTEE_ABOVE, *whole),
        ("n3", MENTOR_NOT_YOUNGER, *whole),
        ("n5", plans.IN_COMPARISON, *whole),
        ("n8", plans.TWO_PLANNED, *whole),
        ("n9", plans.TWO_PLANNED, *whole),
        ("n9", plans.ALREADY_PAIRED, *whole),
        ("x0", plans.UNKNOWN_PERSON, *whole),
        ("x0", plans.TWO_PLANNED, *whole),
        ("x1", plans.UNKNOWN_PERSON, *whole),
        ("x1", plans.TWO_PLANNED, *whole),
    }
