"""The audit for the analyst: planted breaches of every rule to the day, no false one, plans, refusals, the command."""

from __future__ import annotations

import csv
import io
import json
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
from rmanalytics.evaluation.pairing.audit import PLAN_RULES, ROUND_RULES, audit, audit_planned
from rmanalytics.evaluation.pairing.audit_evidence import Ladder
from rmanalytics.intake.bundle import Bundle, read_bundle
from rmanalytics.intake.planned import read_planned
from rmanalytics.intake.schema import TABLES
from rmanalytics.measures.pairing import rules_for_plans as plans
from rmanalytics.measures.pairing.competition import SAME_UNIT, SAME_VACANCY, TWO_TANDEMS
from rmanalytics.measures.pairing.consent_and_gaps import CONSENT_RULES, LATE_CONSENT, MET_AFTER_END, NO_CONSENT
from rmanalytics.measures.pairing.rules_on_each_day import (
    CYCLE,
    MENTEE_ABOVE,
    MENTOR_ABOVE,
    MENTOR_HIGHER,
    MENTOR_NOT_YOUNGER,
    NO_BIRTH_YEAR,
    NO_POSITION,
    level_breaches,
    paired_chain_days,
)
from rmanalytics.programme.programme import read_programme
from rmanalytics.terminal.audit_text import Made, as_dict, as_rows, as_text, make_audit

EXAMPLE = Path(__file__).parents[2] / "data" / "example"
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
RUNS = [pytest.param(12, id="reduced"), pytest.param(1000, id="long", marks=pytest.mark.soak)]


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
    bundle = read_bundle(folder, only=TABLES)
    return audit(bundle, bundle.programme.round(round_id), on=day)


def plan(folder: Path, rows, *, day: date = date(2026, 6, 20), head=("tandem_id", "mentor_id", "mentee_id")):
    """An audit of planned tandems of 2026H2."""
    file = folder / "plan.txt"
    file.write_text(csv_text([head, *rows]), encoding="utf-8")
    bundle = read_bundle(folder, only=TABLES)
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
    company.pair(mentor, company.senior(), matched=-100, ended=-1, round_id="2025H2")
    both = company.junior(), company.senior()
    company.pair(*both, ended=120)
    company.applications += [["w", both[0], 10], ["w", both[1], 121]]
    company.pair(company.junior(level=6, unit="alone"), company.senior())


@pytest.mark.parametrize("runs", RUNS)
def test_every_planted_breach_of_a_round_is_listed_to_the_day_and_no_other(tmp_path, runs):
    for seed in range(runs):
        rng = np.random.default_rng([seed, 4])
        company = Company()
        for rule in (*ROUND_RULES, *ROUND_RULES):
            plant(company, rule, rng)
        near_misses(company)
        found = audited(company.write(tmp_path / "p"))
        assert listed(found.breaches) == company.expected, seed
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


@pytest.mark.parametrize("round_id", ["2024H2", "2025H1", "2025H2", "2026H1"])
def test_the_example_programme_lists_its_planted_breaches_and_nothing_else(round_id):
    truth = json.loads((EXAMPLE / "truth.json").read_text(encoding="utf-8"))["rounds"][round_id]["breaches"]
    bundle = read_bundle(EXAMPLE, only=TABLES)
    found = audit(bundle, bundle.programme.round(round_id), on=date(2026, 9, 30))
    families = {"chain": (MENTEE_ABOVE, MENTOR_ABOVE), "consent": CONSENT_RULES, "vacancy": (SAME_VACANCY,)}
    counted = {name: int(found.breaches["rule"].isin(rules).sum()) for name, rules in families.items()}
    assert counted == truth
    assert len(found.breaches) == sum(truth.values())
    assert len(found.unaudited) == 0


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


WHOLE = ("2026-07-01", "2026-12-31", 184)
FIRST = (NEXT - START).days + 1
"""The number of the first day of 2026H2."""


def planted_plan(company: Company) -> list:
    """Ten planned tandems, nine of them with a fault, and one of two people whom nobody knows."""
    juniors, seniors = [company.junior() for _ in range(9)], [company.senior() for _ in range(10)]
    own = next(p for p in company.positions if p[0] == juniors[0])
    own[5] = seniors[0]
    company.change(juniors[1], FIRST + 10, FIRST + 10, unit=f"lead{int(seniors[1][1:])}", level=5)
    company.change(juniors[2], FIRST, FIRST + 1, level=8)
    company.people[juniors[3]][1] = 1950
    company.people[seniors[4]][3:] = [on(FIRST + 99), "retirement"]
    next(p for p in company.positions if p[0] == seniors[4])[2] = FIRST + 99
    company.comparison.append(["2026H2", juniors[5], "mentor", "matched"])
    company.applications += [["v", juniors[6], 100], ["v", seniors[6], FIRST + 183]]
    company.pair(juniors[7], company.senior(), matched=150, ended=FIRST)
    rows = [[f"n{i}", juniors[i], seniors[i]] for i in range(9)]
    return [*rows, ["n9", juniors[8], seniors[9]], ["x0", "nobody", "noone"]]


def test_planted_faults_of_a_plan_are_listed_with_their_days(company, tmp_path):
    rows = planted_plan(company)
    found = plan(company.write(tmp_path / "p", until="2026-06-30"), rows, day=date(2026, 6, 30))
    assert listed(found.breaches) == {
        ("n0", MENTEE_ABOVE, *WHOLE),
        ("n1", SAME_UNIT, "2026-07-11", "2026-07-11", 1),
        ("n2", MENTOR_HIGHER, "2026-07-01", "2026-07-02", 2),
        ("n3", MENTOR_NOT_YOUNGER, *WHOLE),
        ("n4", plans.NOT_EMPLOYED, "2026-10-09", "2026-12-31", 84),
        ("n5", plans.IN_COMPARISON, *WHOLE),
        ("n6", SAME_VACANCY, "2026-12-31", "2026-12-31", 1),
        ("n7", plans.ALREADY_PAIRED, "2026-07-01", "2026-07-01", 1),
        ("n8", plans.TWO_PLANNED, *WHOLE),
        ("n9", plans.TWO_PLANNED, *WHOLE),
        ("x0", plans.UNKNOWN_PERSON, *WHOLE),
    }
    assert len(found.unaudited) == 0
    evidence = found.breaches.set_index("tandem_id")["evidence"]
    assert evidence["n4"] == "people: exit_date of mentee_id is 2026-10-08"
    assert evidence["n5"] == "comparison.person_id is mentor_id, round_id 2026H2"
    assert evidence["n7"] == "tandems: mentor_id also in tandem t003"
    assert evidence["n8"] == "tandems: mentor_id also in planned tandem n9"
    assert evidence["x0"] == "not in people: mentor_id and mentee_id"


def test_nothing_that_came_after_the_day_of_planning_counts(company, tmp_path):
    rows = planted_plan(company)
    found = plan(company.write(tmp_path / "p", until="2026-12-31"), rows, day=date(2026, 6, 30))
    known = {"n0", "n3", "n5", "n8", "n9", "x0"}
    assert {row[0] for row in listed(found.breaches) if row[1] != plans.ALREADY_PAIRED} == known
    # the end of the tandem that still runs was not known on the day either: it counts to the end of its round
    assert plans.ALREADY_PAIRED not in set(found.breaches["rule"])
    later = plan(tmp_path / "p", rows, day=date(2026, 7, 11))
    assert later.first == date(2026, 7, 11)
    assert ("n1", SAME_UNIT, "2026-07-11", "2026-12-31", 174) in listed(later.breaches)


def test_a_planned_pair_that_was_matched_in_its_round_is_not_in_its_own_way(company, tmp_path):
    mentor, mentee = company.junior(), company.senior()
    company.pair(mentor, mentee, matched=FIRST + 5, ended=FIRST + 20, round_id="2026H2")
    folder = company.write(tmp_path / "p", until="2026-07-31")
    rows = [["n0", mentor, mentee]]
    assert plan(folder, rows, day=date(2026, 7, 1)).in_breach_n == 0
    other = plan(folder, [["n0", mentor, company.tandems[0]["mentee_id"]]], day=date(2026, 7, 31))
    assert listed(other.breaches) == set()
    early = plan(folder, [["n0", mentor, company.tandems[0]["mentee_id"]]], day=date(2026, 7, 10))
    assert {row[1] for row in listed(early.breaches)} == {plans.ALREADY_PAIRED}


def test_days_of_a_plan_may_be_given_in_the_file(company, tmp_path):
    mentor, mentee = company.junior(), company.senior()
    company.change(mentor, FIRST + 30, FIRST + 40, manager=mentee)
    folder = company.write(tmp_path / "p", until="2026-06-30")
    head = ("tandem_id", "mentor_id", "mentee_id", "matched_date", "ended_date", "round_id")
    rows = [["n0", mentor, mentee, on(FIRST + 35), on(FIRST + 35), ""], ["n1", mentor, mentee, "", on(FIRST), "2026H2"]]
    found = plan(folder, rows, head=head, day=date(2026, 6, 30))
    assert listed(found.breaches) == {("n0", MENTEE_ABOVE, on(FIRST + 35), on(FIRST + 35), 1)}


def test_ids_that_a_spreadsheet_changed_are_mended_or_refused_not_called_unknown(company, tmp_path):
    company.person("00123", "apart", 6, "boss", born=1970)
    company.person("456", "team0", 2, "head0", born=1995)
    folder = company.write(tmp_path / "p")
    assert plan(folder, [["n0", "456.0", company.tandems[0]["mentee_id"]]]).in_breach_n == 0
    with pytest.raises(InputError, match=r'RM-E-035 plan.txt, row 2, column "mentee_id"'):
        plan(folder, [["n0", "456", "123"]])


def test_all_problems_of_a_file_come_at_once_and_none_quotes_a_cell(company, tmp_path):
    folder = company.write(tmp_path / "p")
    head = ("tandem_id", "mentor_id", "mentee_id", "matched_date", "assignment")
    mentor, mentee = company.tandems[0]["mentor_id"], company.tandems[0]["mentee_id"]
    rows = [[f"n{i}", mentor, mentee, "", ""] for i in range(8)]
    rows += [["same", "Muster", "Muster", "", ""], ["x1", "Frau Muster", mentee, "", ""]]
    rows += [["x2", mentor, mentee, "Muster", ""], ["x3", mentor, mentee, "", "Muster"]]
    with pytest.raises(InputError) as refused:
        plan(folder, rows, head=head)
    codes = {problem.code for problem in refused.value.problems}
    assert {"RM-E-032", "RM-E-041", "RM-E-043", "RM-E-042"} <= codes
    assert "Muster" not in str(refused.value)
    assert not any("Muster" in str(problem.as_dict()) for problem in refused.value.problems)


def test_a_row_that_is_no_tandem_is_kept_out_and_said(company, tmp_path):
    rows = [[f"n{i}", company.junior(), company.senior()] for i in range(30)]
    rows[4][1] = ""
    folder = company.write(tmp_path / "p")
    (folder / "plan.txt").write_text(csv_text([["tandem_id", "mentor_id", "mentee_id"], *rows]), encoding="utf-8")
    made = make_audit(folder, "2026H2", today=date(2026, 6, 20), plan=folder / "plan.txt")
    assert (made.left_out_n, made.audit.tandems_n) == (1, 29)
    assert [problem.code for problem in made.problems] == ["RM-Q-040"]
    assert "Rows that cannot be read as a tandem and are not audited: 1" in as_text(made)


def test_rows_of_another_round_are_left_out_and_said(company, tmp_path):
    folder = company.write(tmp_path / "p")
    row = [company.junior(), company.senior()]
    folder = company.write(tmp_path / "p")
    head = ["tandem_id", "mentor_id", "mentee_id", "round_id"]
    rows = [head, ["n0", *row, "2026H2"], ["n1", *row, "2026H1"], ["n2", *row, "2031H1"]]
    (folder / "plan.txt").write_text(csv_text(rows), encoding="utf-8")
    made = make_audit(folder, "2026H2", today=date(2026, 6, 20), plan=folder / "plan.txt")
    assert made.audit.tandems_n == 1
    assert {problem.code for problem in made.problems} == {"RM-W-092", "RM-W-097"}
    problem = next(p for p in made.problems if p.code == "RM-W-097")
    page = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
    assert str(problem).partition(": ")[2] in page


def test_a_programme_of_people_alone_is_asked_what_it_can_tell(company, tmp_path):
    rows = [["n0", company.junior(born=1950), company.senior()], ["n1", "nobody", company.senior()]]
    absent = dict.fromkeys(("positions", "tandems", "meetings", "applications", "comparison"))
    found = plan(company.write(tmp_path / "p", **absent), rows)
    assert {row[:2] for row in listed(found.breaches)} == {("n0", MENTOR_NOT_YOUNGER), ("n1", plans.UNKNOWN_PERSON)}
    assert {a.rule: a.reason for a in found.asked}[plans.ALREADY_PAIRED] == "there is no tandems table"
    assert sum(a.tandems_n is None for a in found.asked) == 7


def test_a_comparison_of_an_earlier_round_is_free_for_a_tandem(company, tmp_path):
    junior, senior = company.junior(), company.senior()
    company.comparison += [["2026H1", senior, "mentee", "waiting_list"], ["2025H2", junior, "mentor", "matched"]]
    folder = company.write(tmp_path / "p", until="2026-07-31")
    assert plan(folder, [["n0", junior, senior]], day=date(2026, 6, 20)).first == NEXT
    assert plan(folder, [["n0", junior, senior]], day=date(2026, 6, 20)).in_breach_n == 0


# refusals


def test_a_round_that_has_not_begun_and_a_wrong_day_are_refused_in_words(company, tmp_path):
    folder = company.write(tmp_path / "p", until="2026-06-30")
    page = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
    with pytest.raises(InputError) as early:
        audited(folder, round_id="2026H2")
    assert early.value.code == "RM-E-057"
    assert str(early.value.problems[0]) in page
    with pytest.raises(InputError, match=r'RM-E-058 programme.toml, column "programme.data_until"'):
        audited(folder, date(2026, 7, 1))
    with pytest.raises(InputError, match=r'RM-E-058 programme.toml, column "rounds": round 2026H2 has ended'):
        plan(folder, [["n0", "a", "b"]], day=date(2027, 1, 1))


def test_a_round_without_tandems_says_so(company, tmp_path):
    folder = company.write(tmp_path / "p")
    assert "There is no tandem of this round to audit" in as_text(make_audit(folder, "2025H2", today=START))
    none = company.write(tmp_path / "q", tandems=None, meetings=None)
    assert make_audit(none, "2026H1", today=date(2026, 3, 1)).audit.tandems_n == 0


# the parts


def test_an_excerpt_reads_what_it_is_asked_for_as_the_whole_bundle_has_it():
    whole, part = read_bundle(EXAMPLE), read_bundle(EXAMPLE, only=("tandems", "positions"))
    assert set(part.tables) == {"people", "tandems", "positions"}
    for name, table in part.tables.items():
        pd.testing.assert_frame_equal(table, whole.table(name))
    assert set(part.accounts) <= set(whole.accounts)
    assert dict(part.digests).items() <= dict(whole.digests).items()


@pytest.mark.parametrize("seed", range(40))
def test_days_while_paired_equal_a_walk_from_day_to_day(seed):
    rng = np.random.default_rng(seed)
    start, end = date(2026, 1, 1), date(2026, 1, 12)
    ids = [f"p{i}" for i in range(6)]

    def day(number):
        return pd.Timestamp(start) + pd.Timedelta(days=int(number))

    held = []
    for person in ids:
        at = -3
        while at < 14:
            until = at + int(rng.integers(0, 8))
            if rng.random() < 0.85:
                held.append([person, day(at), day(until), int(rng.integers(1, 4)), rng.choice([*ids, None])])
            at = max(at + 1, until + int(rng.integers(0, 3)))  # at times two positions on a day, or none
    held = pd.DataFrame(held, columns=["person_id", "start_date", "end_date", "level", "manager_id"])
    held = held.drop_duplicates(["person_id", "start_date"]).astype({"person_id": "str", "manager_id": "str"})
    pairs = pd.DataFrame(
        [
            [f"t{i}", *rng.choice(ids, 2, replace=False), day(rng.integers(-3, 8)), day(rng.integers(4, 15))]
            for i in range(6)
        ],
        columns=["tandem_id", "mentor_id", "mentee_id", "matched_date", "ended_date"],
    )
    expected: dict = {}
    ladder = Ladder(held)
    for row in pairs.itertuples():
        for today in pd.date_range(max(row.matched_date, day(0)), min(row.ended_date, day(11))):
            up = [ladder.path(*who, today) for who in ((row.mentor_id, row.mentee_id), (row.mentee_id, row.mentor_id))]
            rules = [rule for rule, way in zip((MENTEE_ABOVE, MENTOR_ABOVE), up, strict=True) if way]
            if not rules:
                kinds = {ladder.trouble(who, today)[1] for who in (row.mentor_id, row.mentee_id)}
                rules = [rule for rule, kind in ((NO_POSITION, "gap"), (CYCLE, "cycle")) if kind in kinds]
            now = held[(held["start_date"] <= today) & (held["end_date"] >= today)].groupby("person_id")["level"].max()
            if row.mentor_id in now and row.mentee_id in now and now[row.mentor_id] > now[row.mentee_id]:
                rules.append(MENTOR_HIGHER)
            for rule in rules:
                expected.setdefault((row.tandem_id, rule), []).append(f"{today:%Y-%m-%d}")
    found = pd.concat([f(pairs, held, start=start, end=end) for f in (paired_chain_days, level_breaches)])
    assert listed(found) == {(*key, days[0], days[-1], len(days)) for key, days in expected.items()}


# for people, spreadsheets and machines


@pytest.fixture
def breach(tmp_path) -> Path:
    company = Company()
    tandem = company.pair(company.junior(), company.senior())
    company.pair(company.junior(), company.senior())
    company.change(tandem["mentor_id"], 50, 59, manager=tandem["mentee_id"])
    return company.write(tmp_path / "p")


def said(capsys, *arguments: str) -> tuple[int | str | None, str, str]:
    try:
        code: int | str | None = main(["audit", *arguments])
    except SystemExit as stop:
        code = stop.code
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_the_table_is_aligned_and_ends_with_the_counts(breach, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = said(capsys, str(breach), "--round", "2026H1")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == ["Audited, 2026H1: audit of 2 tandems", "Days audited: 2026-01-01 to 2026-06-30 (181 days)"]
    assert lines[3:6] == [
        "BREACHES: 1 of 2 tandems",
        "tandem      first day   last day     days  rule",
        "t000        2026-02-19  2026-02-28     10  the mentee stands in the mentor's management chain",
    ]
    assert lines[-1] == "a meeting after the tandem had ended                             0"
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


def test_a_breach_ends_with_1_only_where_that_is_asked_for(breach, capsys):
    assert said(capsys, str(breach), "--round", "2026H1", "--strict")[0] == 1
    assert said(capsys, str(breach), "--round", "2025H2", "--strict")[0] == 0


def test_csv_and_json_hold_the_same_lists(breach, capsys):
    arguments = (str(breach), "--round", "2026H1", "--on", "2026-03-20")
    rows = list(csv.DictReader(io.StringIO(said(capsys, *arguments, "--csv")[1])))
    document = json.loads(said(capsys, *arguments, "--json")[1])
    assert [row["list"] for row in rows] == ["breach", "early warning", "early warning"]
    assert rows[0]["evidence"] == document["breaches"][0]["evidence"]
    assert document["breaches"][0] | {"days": "10", "list": "breach"} == rows[0]
    assert rows[1]["first_date"] == document["on"] == "2026-03-20"
    assert document["early_warnings"][0].keys() == {"tandem_id", "state", "reason"}
    assert (document["tandems"], document["tandems_in_breach"]) == (2, 1)
    assert {rule["rule"] for rule in document["rules"]} == set(ROUND_RULES)


def test_a_plan_from_the_command_line(breach, capsys, tmp_path):
    file = tmp_path / "pairs.csv"
    file.write_text("tandem_id,mentor_id,mentee_id\n=x,boss,head1\nn1,head1,boss\n", encoding="utf-8")
    code, out, err = said(capsys, str(breach), "--round", "2026H2", "--planned", str(file), "--on", "2026-06-30")
    assert code == 2
    assert err.startswith('RM-E-041 pairs.csv, row 2, column "tandem_id": ')
    file.write_text("tandem_id,mentor_id,mentee_id\nn0,boss,head1\nn1,t,Boss\n", encoding="utf-8")
    code, out, err = said(capsys, str(breach), "--round", "2026H2", "--planned", str(file), "--on", "2026-06-30")
    assert (code, err) == (0, "")
    assert "audit of 2 planned tandems" in out
    assert "As things stand on 2026-06-30" in out
    assert "EARLY WARNINGS" not in out


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (("--round", "2026H1", "--planned", "none.csv"), "RM-E-001 none.csv: the file does not exist."),
        (("--round", "2099H1"), 'RM-E-006 programme.toml, column "rounds": '),
        ((), "usage: "),
        (("--round", "2026H1", "--on", "31.3.2026"), "usage: "),
        (("--round", "2026H1", "--csv", "--json"), "usage: "),
    ],
)
def test_a_wrong_call_is_refused_with_2(breach, capsys, arguments, start):
    code, out, err = said(capsys, str(breach), *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(start)


def test_help_says_what_the_exit_code_means(capsys):
    code, out, _ = said(capsys, "--help")
    assert code == 0
    assert "The exit code is 0 also where breaches were found, 1 with --strict." in out


def test_lists_are_empty_and_not_missing_where_nothing_was_found(company, tmp_path):
    made = make_audit(company.write(tmp_path / "p"), "2026H1", today=date(2026, 12, 1))
    assert as_rows(made) == []
    document = as_dict(made)
    assert (document["breaches"], document["not_audited"], document["early_warnings"]) == ([], [], None)


@pytest.mark.slow
def test_ten_thousand_planned_tandems_in_300_000_people_are_audited(tmp_path):
    rng = np.random.default_rng(1)
    n = 300_000
    ids = np.array([f"p{i:06d}" for i in range(n)], dtype=object)
    boss = np.where(np.arange(n) > 0, (np.arange(n) - 1) // 8, -1)
    positions = pd.DataFrame(
        {
            "person_id": ids,
            "start_date": pd.Timestamp("2020-01-01"),
            "end_date": pd.NaT,
            "unit": np.char.add("u", (np.arange(n) // 30).astype(str)),
            "level": 7 - np.log(np.arange(n) + 1).astype(int) // 2,
            "manager_id": [ids[i] if i >= 0 else None for i in boss],
        }
    ).astype(
        {
            "person_id": "str",
            "manager_id": "str",
            "unit": "str",
            "start_date": "datetime64[s]",
            "end_date": "datetime64[s]",
        }
    )
    people = pd.DataFrame(
        {"person_id": ids, "birth_year": rng.integers(1960, 2005, n), "hire_date": pd.Timestamp("2020-01-01")}
    )
    people = people.assign(exit_date=pd.NaT).astype(
        {"person_id": "str", "hire_date": "datetime64[s]", "exit_date": "datetime64[s]"}
    )
    (tmp_path / "programme.toml").write_text(TOML.format(until="2026-06-30", more=""), encoding="utf-8")
    bundle = Bundle(
        programme=read_programme(tmp_path, tuple(TABLES)),
        tables=MappingProxyType({"people": people, "positions": positions}),
        accounts=(),
        problems=(),
        digests={},
    )
    chosen = rng.permutation(n)[:20_000]
    pairs = pd.DataFrame(ids[chosen].reshape(-1, 2), columns=["mentor_id", "mentee_id"])
    pairs.loc[:99, "mentee_id"] = ids[boss[chosen[:200:2]]]  # a hundred juniors with their own manager
    pairs.loc[5000:5999, "mentor_id"] = "placeholder"
    for column in TABLES["tandems"].columns:
        if column.name not in pairs:
            pairs[column.name] = pd.Series(dtype="datetime64[s]" if column.kind == "date" else "str", index=pairs.index)
    pairs = pairs.assign(tandem_id=[f"n{i}" for i in range(len(pairs))], round_id="2026H2")
    found = audit_planned(
        bundle,
        bundle.programme.round("2026H2"),
        pairs.astype({"mentor_id": "str", "mentee_id": "str"}),
        on=date(2026, 6, 30),
    )
    counts = {a.rule: a.tandems_n for a in found.asked}
    assert counts[MENTEE_ABOVE] >= 100
    assert counts[plans.UNKNOWN_PERSON] == 1000 <= counts[plans.TWO_PLANNED]
    assert len(as_text(Made(audit=found, accounts=(), problems=()))) > 10_000
