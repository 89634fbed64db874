"""Competition: the audits against a walk from day to day, single days and near misses, and a large company."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmanalytics.measures.pairing.breach_days import BREACH_COLUMNS
from rmanalytics.measures.pairing.competition import (
    SAME_UNIT,
    SAME_VACANCY,
    TWO_TANDEMS,
    double_breaches,
    unit_breaches,
    vacancy_breaches,
)

START, END = date(2026, 1, 1), date(2026, 1, 20)
PEOPLE = ("a", "b", "c", "d", "e")


def day(number):
    return pd.NaT if number is None else pd.Timestamp(START) + timedelta(days=number - 1)


def table(rows, columns):
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(**{c: pd.to_datetime(frame[c]) for c in columns if c.endswith("_date")})


def tandems(*rows):
    """Rows of mentor, mentee, and the numbers of the first and last day together (1 is the first of the audit)."""
    rows = [(f"t{i}", a, b, day(first), day(last)) for i, (a, b, first, last) in enumerate(rows)]
    return table(rows, ["tandem_id", "mentor_id", "mentee_id", "matched_date", "ended_date"])


def positions(*rows):
    rows = [(person, day(first), day(last), unit, level) for person, first, last, unit, level in rows]
    return table(rows, ["person_id", "start_date", "end_date", "unit", "level"])


def applications(*rows):
    return table([(v, person, day(on)) for v, person, on in rows], ["vacancy_id", "person_id", "applied_date"])


def found(breaches):
    breaches = breaches.assign(first=breaches["first_date"].dt.date, last=breaches["last_date"].dt.date)
    return set(breaches[["tandem_id", "rule", "first", "last", "days"]].itertuples(index=False, name=None))


def audit(pairs, held, applied):
    when = {"start": START, "end": END}
    parts = unit_breaches(pairs, held, **when), vacancy_breaches(pairs, applied, **when), double_breaches(pairs, **when)
    return set().union(*map(found, parts))


def audit_by_hand(pairs, held, applied):
    """The same, asking every question of every pair on every day."""
    hits = {}
    all_tandems, spells, asked_for = (list(frame.itertuples()) for frame in (pairs, held, applied))
    for today in pd.date_range(START, END):
        together = [t for t in all_tandems if not (t.matched_date > today or t.ended_date < today)]
        here = [p for p in spells if p.start_date <= today and not p.end_date < today]
        for t in together:
            mine, theirs = ([p for p in here if p.person_id == side] for side in (t.mentor_id, t.mentee_id))
            asked = [
                {r.vacancy_id for r in asked_for if r.person_id == side and r.applied_date <= today}
                for side in (t.mentor_id, t.mentee_id)
            ]
            rules = {
                SAME_UNIT: any(p.unit == q.unit and abs(p.level - q.level) <= 1 for p in mine for q in theirs),
                SAME_VACANCY: bool(asked[0] & asked[1]),
                TWO_TANDEMS: any(
                    {t.mentor_id, t.mentee_id} & {o.mentor_id, o.mentee_id}
                    for o in together
                    if o.tandem_id != t.tandem_id
                ),
            }
            for rule in (rule for rule, broken in rules.items() if broken):
                hits.setdefault((t.tandem_id, rule), []).append(today.date())
    return {(*key, min(days), max(days), len(days)) for key, days in hits.items()}


DAYS = st.integers(-4, 25)


@st.composite
def companies(draw):
    """Five people, two units, positions that overlap or leave gaps, tandems that share people."""
    pairs = draw(st.lists(st.tuples(st.permutations(PEOPLE), DAYS | st.none(), DAYS | st.none()), max_size=6))
    held = []
    for person in PEOPLE:
        for first in draw(st.lists(DAYS, max_size=3, unique=True)):
            last = draw(st.none() | st.integers(first, first + 12))
            held.append((person, first, last, draw(st.sampled_from(("IT", "Sales"))), draw(st.integers(1, 4))))
    key = st.tuples(st.sampled_from(("v", "w")), st.sampled_from(PEOPLE))
    applied = [(*k, draw(DAYS)) for k in draw(st.lists(key, max_size=6, unique=True))]
    ordered = [(p[0], p[1], a, b) for p, a, b in pairs if a is None or b is None or a <= b]
    return tandems(*ordered), positions(*held), applications(*applied)


@settings(max_examples=35, deadline=None)
@given(companies())
def test_the_audits_equal_a_walk_from_day_to_day(company):
    assert audit(*company) == audit_by_hand(*company)


@settings(max_examples=8, deadline=None)
@given(companies(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_the_sides_do_not_matter(company, random):
    pairs, held, applied = company
    mixed = [frame.sample(frac=1, random_state=random.randrange(1000)) for frame in company]
    turned = pairs.rename(columns={"mentor_id": "mentee_id", "mentee_id": "mentor_id"})
    assert audit(*mixed) == audit(pairs, held, applied) == audit(turned, held, applied)


def test_a_conflict_of_one_day_is_found_and_dated():
    held = positions(
        ("a", -90, 9, "IT", 3), ("a", 10, 10, "Sales", 3), ("a", 11, None, "IT", 3), ("b", -90, None, "Sales", 4)
    )
    pairs = tandems(("a", "b", 1, None))
    tenth = date(2026, 1, 10)
    assert found(unit_breaches(pairs, held, start=START, end=END)) == {("t0", SAME_UNIT, tenth, tenth, 1)}


def test_near_misses_are_no_breach():
    held = positions(
        ("a", -90, None, "IT", 3), ("b", -90, None, "IT", 5),  # two levels apart
        ("c", -90, 4, "IT", 4), ("c", 5, None, "Sales", 4),  # left the unit on the day before the match
    )  # fmt: skip
    pairs = tandems(("a", "b", 1, None), ("a", "c", 5, 9), ("d", "c", 10, 12))
    assert unit_breaches(pairs, held, start=START, end=END).empty
    applied = applications(("v", "a", 3), ("v", "c", 10), ("w", "b", 4), ("x", "a", 4))
    assert vacancy_breaches(pairs, applied, start=START, end=END).empty
    assert double_breaches(tandems(("a", "b", 1, 9), ("a", "c", 10, None)), start=START, end=END).empty


def test_days_with_two_reasons_are_counted_once():
    held = positions(("a", -9, 10, "IT", 3), ("a", 5, 14, "IT", 4), ("b", -9, None, "IT", 4))
    result = unit_breaches(tandems(("a", "b", None, None)), held, start=START, end=END)
    assert result["days"].tolist() == [14]


def test_a_vacancy_counts_from_the_later_application_to_the_end_of_the_tandem():
    pairs = tandems(("a", "b", 3, 12), ("c", "b", 13, None))
    applied = applications(("v", "a", -60), ("v", "b", -50), ("v", "c", 15))
    assert found(vacancy_breaches(pairs, applied, start=START, end=END)) == {
        ("t0", SAME_VACANCY, date(2026, 1, 3), date(2026, 1, 12), 10),
        ("t1", SAME_VACANCY, date(2026, 1, 15), date(2026, 1, 20), 6),
    }


def test_somebody_on_both_sides_stands_in_two_tandems_too():
    pairs = tandems(("a", "b", 1, 10), ("b", "c", 8, 20), ("d", "e", 1, 20))
    breaches = double_breaches(pairs, start=START, end=END)
    assert breaches[["tandem_id", "days"]].to_numpy().tolist() == [["t0", 3], ["t1", 3]]
    assert set(breaches["rule"]) < {SAME_UNIT, SAME_VACANCY, TWO_TANDEMS}


def test_planned_tandems_without_dates_are_audited_for_the_whole_time():
    planned = tandems(("a", "b", None, None), ("a", "c", None, None))[["tandem_id", "mentor_id", "mentee_id"]]
    assert double_breaches(planned, start=START, end=END)["days"].tolist() == [20, 20]


def test_no_tandems_no_positions_and_no_applications_are_empty_tables_with_the_columns():
    when = {"start": START, "end": END}
    for pairs in (tandems(), tandems(("a", None, 1, None))):
        results = [
            unit_breaches(pairs, positions(("a", 1, None, "IT", 2)), **when),
            vacancy_breaches(pairs, applications(), **when),
            double_breaches(pairs, **when),
        ]
        assert [list(r.columns) for r in results] == [list(BREACH_COLUMNS)] * 3
        assert all(r.empty for r in results)


def test_impossible_audits_are_refused():
    pairs = tandems(("a", "b", 1, None))
    with pytest.raises(ValueError, match="before it starts"):
        double_breaches(pairs, start=END, end=START)
    with pytest.raises(ValueError, match="more than one row"):
        double_breaches(pd.concat([pairs, pairs]), start=START, end=END)
    with pytest.raises(ValueError, match="missing columns: level"):
        unit_breaches(pairs, positions().drop(columns="level"), start=START, end=END)


@pytest.mark.slow
def test_ten_thousand_tandems_in_300_000_people_are_audited():
    rng = np.random.default_rng(1)
    n = 300_000
    ids = np.char.add("p", np.arange(n).astype(str)).astype(object)
    spell = pd.DataFrame(
        {"person_id": ids, "unit": rng.integers(0, 9000, n).astype(str), "level": rng.integers(1, 8, n)}
    )
    spell["start_date"], spell["end_date"] = pd.Timestamp("2020-01-01"), pd.Timestamp("2026-03-31")
    later = spell.assign(
        start_date=pd.Timestamp("2026-04-01"),
        end_date=pd.NaT,
        unit=spell["unit"].sample(frac=1, random_state=1).to_numpy(),
    )
    held = pd.concat([spell, later], ignore_index=True).astype({"person_id": "str", "unit": "str"})
    applied = pd.DataFrame(
        {
            "vacancy_id": rng.integers(0, 20_000, n).astype(str),
            "person_id": ids,
            "applied_date": pd.Timestamp("2026-02-01"),
        }
    ).astype({"person_id": "str"})
    pairs = ids[rng.permutation(n)[:20_000]].reshape(-1, 2)
    pairs[5000:5100, 0] = "placeholder"  # one id in a hundred tandems
    many = tandems(*[(a, b, 1, None) for a, b in pairs]).astype({"mentor_id": "str", "mentee_id": "str"})
    when = {"start": date(2026, 1, 1), "end": date(2026, 6, 30)}
    results = [
        unit_breaches(many, held, **when),
        vacancy_breaches(many, applied, **when),
        double_breaches(many, **when),
    ]
    assert len(results[2]) == 100
