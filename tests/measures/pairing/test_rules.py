"""Pairing: the walk up the chain against a walk by hand, day by day; consent; who is the junior."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmanalytics.measures.pairing import consent_and_gaps
from rmanalytics.measures.pairing.breach_days import BREACH_COLUMNS
from rmanalytics.measures.pairing.consent_and_gaps import consent_breaches, pair_gaps
from rmanalytics.measures.pairing.rules_on_each_day import (
    CYCLE,
    MENTEE_ABOVE,
    MENTOR_ABOVE,
    NO_POSITION,
    paired_chain_days,
)

START, END = date(2026, 1, 1), date(2026, 1, 20)


def positions(*rows):
    frame = pd.DataFrame(rows, columns=["person_id", "start_date", "end_date", "manager_id"])
    return frame.assign(
        start_date=pd.to_datetime(frame["start_date"]),
        end_date=pd.to_datetime(frame["end_date"]),
        person_id=frame["person_id"].astype("str"),
        manager_id=frame["manager_id"].astype("str"),
    )


def tandems(*rows):
    frame = pd.DataFrame(rows, columns=["mentor_id", "mentee_id"])
    return frame.assign(tandem_id=[f"t{i}" for i in range(len(frame))])


def audit(pairs, held, start=START, end=END):
    """Everything found, as a set that can be compared."""
    found = paired_chain_days(pairs, held, start=start, end=end)
    found = found.assign(first=found["first_date"].dt.date, last=found["last_date"].dt.date)
    return set(found[["tandem_id", "rule", "first", "last", "days"]].itertuples(index=False, name=None))


def audit_by_hand(pairs, held, start=START, end=END):
    """The same with a dict a day and a walk up it."""
    days = {}
    for day in pd.date_range(start, end):
        above = {}
        for row in held.itertuples():
            if row.start_date <= day and not row.end_date < day:
                top = pd.isna(row.manager_id) or row.manager_id == row.person_id
                above.setdefault(row.person_id, set()).add(None if top else row.manager_id)
        for row in pairs.itertuples():
            up = climb(above, row.mentor_id, row.mentee_id), climb(above, row.mentee_id, row.mentor_id)
            rules = set()
            if "found" in up:
                rules |= {rule for end_, rule in zip(up, (MENTEE_ABOVE, MENTOR_ABOVE), strict=True) if end_ == "found"}
            else:
                rules |= {NO_POSITION} if "gap" in up else set()
                rules |= {CYCLE} if "circle" in up else set()
            for rule in rules:
                days.setdefault((row.tandem_id, rule), []).append(day.date())
    return {(*key, min(found), max(found), len(found)) for key, found in days.items()}


def climb(above, person, target, seen=()):
    if person not in above:
        return "gap"
    ends = set()
    for manager in above[person]:
        if manager is None:
            continue
        if manager == target:
            ends.add("found")
        elif manager in (*seen, person):
            ends.add("circle")
        else:
            ends.add(climb(above, manager, target, (*seen, person)))
    return next((end for end in ("found", "gap", "circle") if end in ends), "top")


@st.composite
def organisations(draw):
    """Few people, many changes: gaps, overlaps, circles, managers whom nobody knows."""
    people = [f"p{i}" for i in range(draw(st.integers(2, 7)))]
    managers = st.one_of(st.none(), st.sampled_from([*people, "stranger"]))
    rows = []
    for person in people:
        starts = draw(st.lists(st.integers(-4, 18), min_size=0, max_size=3, unique=True))
        for begin in starts:
            length = draw(st.one_of(st.none(), st.integers(0, 12)))
            first = pd.Timestamp(START) + pd.Timedelta(days=begin)
            last = None if length is None else first + pd.Timedelta(days=length)
            rows.append((person, first, last, draw(managers)))
    pairs = draw(st.lists(st.permutations(people).map(lambda p: tuple(p[:2])), min_size=1, max_size=4))
    return tandems(*pairs), positions(*rows)


@settings(max_examples=120, deadline=None)
@given(organisations())
def test_the_audit_equals_a_walk_by_hand_day_by_day(organisation):
    pairs, held = organisation
    assert audit(pairs, held) == audit_by_hand(pairs, held)


@pytest.mark.parametrize("seed", range(6))
def test_the_audit_equals_a_walk_by_hand_in_deep_organisations(seed):
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(60):
        change = pd.Timestamp(START) + pd.Timedelta(days=int(rng.integers(1, 18)))
        for first, last in ((pd.Timestamp("2020-01-01"), change - pd.Timedelta(days=1)), (change, None)):
            manager = None if i == 0 else f"p{rng.integers(max(0, i - 4), i + (rng.random() < 0.02) * 3 + 1) % 60}"
            rows.append((f"p{i}", first, last, manager))
    pairs = tandems(*[tuple(f"p{k}" for k in rng.choice(60, 2, replace=False)) for _ in range(80)])
    assert audit(pairs, positions(*rows)) == audit_by_hand(pairs, positions(*rows))


CHAIN = [("a", "2020-01-01", None, "b"), ("b", "2020-01-01", None, "c"), ("c", "2020-01-01", None, None)]


def test_a_breach_is_found_at_any_depth_and_on_either_side():
    found = audit(tandems(("a", "c"), ("c", "a"), ("a", "b")), positions(*CHAIN))
    whole = (date(2026, 1, 1), date(2026, 1, 20), 20)
    assert found == {
        ("t0", MENTEE_ABOVE, *whole),
        ("t1", MENTOR_ABOVE, *whole),
        ("t2", MENTEE_ABOVE, *whole),
    }


def test_colleagues_under_one_manager_are_no_breach():
    held = positions(*CHAIN, ("d", "2020-01-01", None, "b"))
    assert audit(tandems(("a", "d")), held) == set()


def test_a_breach_of_one_day_is_found_and_dated():
    held = positions(
        ("a", "2020-01-01", "2026-01-09", "x"),
        ("a", "2026-01-10", "2026-01-10", "b"),
        ("a", "2026-01-11", None, "x"),
        ("b", "2020-01-01", None, None),
        ("x", "2020-01-01", None, None),
    )
    day = date(2026, 1, 10)
    assert audit(tandems(("a", "b")), held) == {("t0", MENTEE_ABOVE, day, day, 1)}


def test_a_circle_in_the_manager_column_ends_the_walk_and_is_named():
    held = positions(("a", "2020-01-01", None, "b"), ("b", "2020-01-01", None, "a"), ("c", "2020-01-01", None, None))
    assert {row[1] for row in audit(tandems(("a", "c")), held)} == {CYCLE}
    assert {row[1] for row in audit(tandems(("a", "b")), held)} == {
        MENTEE_ABOVE,
        MENTOR_ABOVE,
    }


def test_the_top_may_be_their_own_manager():
    held = positions(("a", "2020-01-01", None, "boss"), ("boss", "2020-01-01", None, "boss"))
    assert audit(tandems(("a", "boss")), held) == {("t0", MENTEE_ABOVE, date(2026, 1, 1), date(2026, 1, 20), 20)}


def test_days_without_a_position_are_unknown_not_clean():
    held = positions(("a", "2020-01-01", "2026-01-05", None), ("b", "2020-01-01", None, None))
    assert audit(tandems(("a", "b")), held) == {("t0", NO_POSITION, date(2026, 1, 6), date(2026, 1, 20), 15)}
    nobody = audit(tandems(("a", None)), held)
    assert nobody == {("t0", NO_POSITION, date(2026, 1, 1), date(2026, 1, 20), 20)}


def test_no_tandems_and_no_positions_are_empty_tables_with_the_columns():
    found = paired_chain_days(tandems(), positions(*CHAIN), start=START, end=END)
    assert found.columns.tolist() == list(BREACH_COLUMNS)
    assert found.empty
    found = paired_chain_days(tandems(("a", "b")), positions(), start=START, end=END)
    assert found[["rule", "days"]].to_numpy().tolist() == [[NO_POSITION, 20]]


def test_impossible_audits_are_refused():
    with pytest.raises(ValueError, match="themselves"):
        paired_chain_days(tandems(("a", "a")), positions(*CHAIN), start=START, end=END)
    with pytest.raises(ValueError, match="before it starts"):
        paired_chain_days(tandems(("a", "b")), positions(*CHAIN), start=END, end=START)
    with pytest.raises(ValueError, match="missing columns: manager_id"):
        paired_chain_days(tandems(("a", "b")), positions(*CHAIN).drop(columns="manager_id"), start=START, end=END)


@pytest.mark.slow
def test_ten_thousand_tandems_in_300_000_people_are_audited():
    rng = np.random.default_rng(1)
    n = 300_000
    ids = np.array([f"p{i:06d}" for i in range(n)], dtype=object)
    boss = np.where(np.arange(n) > 0, (np.arange(n) - 1) // 8, -1)
    move = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(1, 181, n), unit="D")
    moved_to = np.where(rng.random(n) < 0.1, rng.integers(0, 5000, n), boss)
    first = pd.DataFrame({"person_id": ids, "start_date": pd.Timestamp("2020-01-01"), "manager_id": boss})
    first["end_date"] = move - pd.Timedelta(days=1)
    second = pd.DataFrame({"person_id": ids, "start_date": move, "end_date": pd.NaT, "manager_id": moved_to})
    held = pd.concat([first, second], ignore_index=True)
    held["manager_id"] = [ids[i] if i >= 0 else None for i in held["manager_id"]]
    held = held.astype({"person_id": "str", "manager_id": "str"})
    chosen = 1 + rng.permutation(n - 1)[:20_000].reshape(-1, 2)
    chosen[:100, 1] = boss[chosen[:100, 0]]  # a hundred juniors with their own manager
    pairs = ids[chosen]
    many = tandems(*map(tuple, pairs))
    found = paired_chain_days(many, held, start=date(2026, 1, 1), end=date(2026, 6, 30))
    assert set(many["tandem_id"][:100]) <= set(found.loc[found["rule"] == MENTEE_ABOVE, "tandem_id"])


# consent


def agreed(*rows):
    columns = ["tandem_id", "mentor_consent_date", "mentee_consent_date", "ended_date"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(**{column: pd.to_datetime(frame[column]) for column in columns[1:]})


def held_on(*rows):
    frame = pd.DataFrame(rows, columns=["tandem_id", "held_date"])
    return frame.assign(held_date=pd.to_datetime(frame["held_date"]))


def test_consent_in_time_and_meetings_within_the_tandem_are_no_breach():
    meetings = held_on(("t", "2026-01-10"), ("t", "2026-03-01"), ("t", None))
    assert consent_breaches(agreed(("t", "2026-01-10", "2026-01-01", "2026-03-01")), meetings).empty
    assert consent_breaches(agreed(("t", "2026-01-10", "2026-01-01", None)), held_on()).empty


def test_each_breach_of_consent_is_named_and_dated():
    table = agreed(
        ("late", "2026-01-01", "2026-02-02", None),
        ("none", None, "2026-01-01", None),
        ("ended", "2026-01-01", "2026-01-01", "2026-01-31"),
        ("quiet", "2026-01-01", None, None),
    )
    days = ("2026-01-10", "2026-02-01", "2026-02-10")
    meetings = held_on(*[(t, day) for t in ("late", "none", "ended") for day in days])
    found = consent_breaches(table, meetings).set_index("tandem_id")
    assert found["rule"].to_dict() == {
        "late": consent_and_gaps.LATE_CONSENT["mentee"],
        "none": consent_and_gaps.NO_CONSENT["mentor"],
        "ended": consent_and_gaps.MET_AFTER_END,
        "quiet": consent_and_gaps.NO_CONSENT["mentee"],
    }
    assert found["days"].to_dict() == {"late": 2, "none": 3, "ended": 2, "quiet": 0}
    assert found["first_date"].dt.date.to_dict() == {
        "late": date(2026, 1, 10),
        "none": date(2026, 1, 10),
        "ended": date(2026, 2, 1),
        "quiet": pd.NaT,
    }
    assert set(found["rule"]) <= set(consent_and_gaps.CONSENT_RULES)


def test_two_meetings_of_a_day_are_one_day_in_breach():
    meetings = held_on(("t", "2026-01-10"), ("t", "2026-01-10"))
    assert consent_breaches(agreed(("t", None, "2026-01-01", None)), meetings)["days"].tolist() == [1]


# who is the junior

PEOPLE = pd.DataFrame(
    {
        "person_id": ["young", "old", "blank"],
        "birth_year": [2000.0, 1970.0, None],
        "hire_date": pd.to_datetime(["2025-01-01", "2000-01-01", "2025-01-01"]),
    }
)


def test_gaps_are_mentee_minus_mentor_joined_by_id_and_missing_where_unknown():
    held = positions(
        ("old", "2000-01-01", "2025-12-31", None),
        ("old", "2026-01-01", None, None),
        ("young", "2025-01-01", None, None),
    ).assign(level=[5, 6, 1])
    pairs = tandems(("young", "old"), ("old", "young"), ("blank", "old"), ("stranger", "old"))
    gaps = pair_gaps(pairs, PEOPLE, held.sample(frac=1, random_state=1), on=date(2026, 1, 1))
    assert gaps["tandem_id"].tolist() == ["t0", "t1", "t2", "t3"]
    assert gaps["age_gap_years"].tolist()[:2] == [30, -30]
    assert gaps["level_gap"].tolist()[:2] == [5, -5]
    assert gaps["tenure_gap_days"].tolist()[:2] == [9132, -9132]
    assert gaps["age_gap_years"].isna().tolist() == [False, False, True, True]
    assert gaps["level_gap"].isna().tolist() == [False, False, True, True]
    before = pair_gaps(pairs, PEOPLE, held, on=date(2025, 12, 31))
    assert before["level_gap"].iloc[0] == 4
