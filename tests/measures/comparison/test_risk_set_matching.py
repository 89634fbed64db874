"""Matching: who may be chosen on a day, who is nearest, a plain twin, and balance before and after."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.comparison.balance import matching_balance
from rmanalytics.measures.comparison.risk_set_matching import LEVEL, LEVEL_AND_UNIT, NEIGHBOUR, risk_set_matches
from rmanalytics.measures.retention.spells import employment_spells
from rmanalytics.results import Curve

DAY = "2026-01-15"


def people(*rows):
    """Rows of id, birth year, hired, gone, unit, level: one position from hire to exit."""
    frame = pd.DataFrame(rows, columns=["person_id", "birth_year", "hire_date", "exit_date", "unit", "level"])
    frame = frame.assign(hire_date=pd.to_datetime(frame["hire_date"]), exit_date=pd.to_datetime(frame["exit_date"]))
    held = frame[["person_id", "unit", "level"]].assign(start_date=frame["hire_date"], end_date=pd.NaT)
    return frame[["person_id", "birth_year", "hire_date", "exit_date"]], held


def matched(*rows):
    frame = pd.DataFrame(rows, columns=["person_id", "matched_date"])
    return frame.assign(matched_date=pd.to_datetime(frame["matched_date"]))


def match(taking_part, table, involved=None, *, seed=1, each=1):
    everybody = taking_part if involved is None else involved
    return risk_set_matches(taking_part, *table, everybody, rng=np.random.default_rng(seed), each=each)


ME = ("me", 1998, "2023-01-01", None, "IT", 2)
FAR = ("far", 1975, "2001-01-01", None, "IT", 2)


@pytest.mark.parametrize(
    ("other", "when"),
    [
        (("x", 1998, "2026-01-16", None, "IT", 2), None),  # hired the day after
        (("x", 1998, "2023-01-01", DAY, "IT", 2), None),  # gone on the day
        (("x", 1998, "2023-01-01", None, "IT", 2), DAY),  # matched on the day
        (("x", 1998, "2023-01-01", None, "IT", 2), "2024-01-01"),  # matched before
    ],
)
def test_who_is_not_there_or_takes_part_already_is_never_chosen(other, when):
    involved = matched(("me", DAY), *([("x", when)] if when else []))
    found = match(matched(("me", DAY)), people(ME, FAR, other), involved)
    assert found["person_id"].tolist() == ["far"]


def test_who_will_take_part_later_may_be_chosen_and_stops_on_that_day():
    later = ("later", 1998, "2023-01-02", None, "IT", 2)
    involved = matched(("me", DAY), ("later", "2026-07-15"), ("later", "2027-01-15"))
    found = match(matched(("me", DAY)), people(ME, FAR, later), involved)
    assert found["person_id"].tolist() == ["later"]
    assert found["stop_date"].tolist() == [pd.Timestamp("2026-07-15")]
    assert match(matched(("me", DAY)), people(ME, FAR))["stop_date"].isna().tolist() == [True]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([("near", 1998, "2023-02-01", None, "HR", 2), FAR], ("far", LEVEL_AND_UNIT)),
        ([("near", 1998, "2023-02-01", None, "HR", 2), ("x", 1975, "2001-01-01", None, "HR", 2)], ("near", LEVEL)),
        ([("up", 1998, "2023-02-01", None, "IT", 3), ("x", 1998, "2023-01-01", None, "IT", 4)], ("up", NEIGHBOUR)),
        ([("x", 1998, "2023-01-01", None, "IT", 4)], None),
    ],
)
def test_level_and_unit_come_first_then_level_then_a_neighbouring_level(others, expected):
    found = match(matched(("me", DAY)), people(ME, *others))
    assert [tuple(row) for row in found[["person_id", "exact_on"]].to_numpy()] == ([expected] if expected else [])


def test_the_level_of_the_day_counts_the_highest_of_several():
    table = people(ME, ("x", 1998, "2023-01-01", None, "IT", 2), ("y", 1970, "2000-01-01", None, "IT", 2))
    above = pd.DataFrame(
        {"person_id": ["x"], "unit": ["IT"], "level": [4], "start_date": pd.to_datetime(["2026-01-10"])}
    )
    above["end_date"] = pd.to_datetime(["2026-01-20"])
    held = pd.concat([table[1], above], ignore_index=True)
    assert match(matched(("me", DAY)), (table[0], held))["person_id"].tolist() == ["y"]
    assert match(matched(("me", "2026-01-21")), (table[0], held))["person_id"].tolist() == ["x"]


def company(seed, n=400):
    rng = np.random.default_rng(seed)
    hired = pd.Timestamp("2010-01-01") + pd.to_timedelta(rng.integers(0, 5800, n), unit="D")
    gone = pd.Series(hired + pd.to_timedelta(rng.integers(200, 9000, n), unit="D")).where(rng.random(n) < 0.4)
    frame = pd.DataFrame(
        {
            "person_id": [f"p{i:04d}" for i in range(n)],
            "birth_year": np.where(rng.random(n) < 0.05, np.nan, rng.integers(1960, 2003, n)),
            "hire_date": hired,
            "exit_date": gone.to_numpy(),
        }
    )
    held = frame[["person_id"]].assign(
        start_date=frame["hire_date"],
        end_date=pd.NaT,
        unit=rng.choice(["IT", "HR", "Sales"], n),
        level=rng.integers(1, 6, n),
    )
    young = frame[(frame["hire_date"] < "2024-01-01") & frame["exit_date"].isna() & (frame["birth_year"] > 1985)]
    some = young.sample(50, random_state=seed)["person_id"].tolist()
    dates = np.repeat(["2024-07-15", "2025-01-15", "2025-07-15"], [10, 10, 10])
    taking_part = matched(*zip(some[:30], dates, strict=True))
    return taking_part, (frame, held), pd.concat([taking_part, matched(*[(p, "2026-01-15") for p in some[30:]])])


@pytest.mark.parametrize("seed", range(4))
def test_every_choice_obeys_the_rules_and_no_nearer_person_was_free(seed):
    taking_part, (frame, held), involved = company(seed)
    found = match(taking_part, (frame, held), involved, each=2)
    facts = frame.merge(held, on="person_id").set_index("person_id")
    first = involved.groupby("person_id")["matched_date"].min()
    assert not found["person_id"].duplicated().any()
    assert found.groupby("matched_to").size().max() == 2
    assert found["matched_date"].tolist() == found["matched_to"].map(first).tolist()
    used: set[str] = set()
    for row in found.itertuples():
        me, other = facts.loc[row.matched_to], facts.loc[row.person_id]
        there = facts[
            (facts["hire_date"] <= row.matched_date)
            & ~(facts["exit_date"] <= row.matched_date)
            & ~(facts.index.map(first) <= row.matched_date)
            & ~facts.index.isin(list(used))
        ]
        assert row.person_id in there.index
        exact = there[(there["level"] == me["level"]) & (there["unit"] == me["unit"])]
        level = there[there["level"] == me["level"]]
        tier = exact if len(exact) else level if len(level) else there[(there["level"] - me["level"]).abs() == 1]
        assert row.exact_on == (LEVEL_AND_UNIT if len(exact) else LEVEL if len(level) else NEIGHBOUR)
        assert row.person_id in tier.index
        nearer = (tier["hire_date"] - me["hire_date"]).abs() < abs(other["hire_date"] - me["hire_date"])
        nearer &= (tier["birth_year"] - me["birth_year"]).abs() < abs(other["birth_year"] - me["birth_year"])
        assert not nearer.any()
        used.add(row.person_id)


def test_the_same_seed_gives_the_same_people_whatever_the_order_of_rows():
    taking_part, table, involved = company(1)
    once = match(taking_part, table, involved)
    mixed = [frame.sample(frac=1, random_state=3) for frame in (taking_part, *table, involved)]
    again = match(mixed[0], tuple(mixed[1:3]), mixed[3])
    pd.testing.assert_frame_equal(once, again)


def test_matching_balances_what_it_matches_on():
    taking_part, (frame, held), involved = company(2, n=3000)
    facts = frame.merge(held, on="person_id")
    facts["hired"] = (facts["hire_date"] - pd.Timestamp("2000-01-01")).dt.days
    found = match(taking_part, (frame, held), involved)
    assert len(found) == len(taking_part)
    facts["group"] = np.where(facts["person_id"].isin(taking_part["person_id"]), "participants", "comparison")
    kept = facts[facts["person_id"].isin([*found["person_id"], *taking_part["person_id"]])]
    result = matching_balance(facts, kept, covariates=["hired", "birth_year", "level", "unit"])
    assert isinstance(result, Curve)
    whole = result.points[result.points["level"] == ""].set_index(["stage", "covariate"])["difference_sd"].abs()
    assert whole["before"]["birth_year"] > 0.5
    assert whole["after"].max() < 0.1


def test_the_choices_make_spells_from_one_origin():
    taking_part, (frame, held), involved = company(3)
    frame = frame.assign(exit_reason="voluntary")
    found = match(taking_part, (frame, held), involved)
    both = pd.concat(
        [
            taking_part.rename(columns={"matched_date": "start_date"}).assign(group="participants"),
            found.rename(columns={"matched_date": "start_date"}).assign(group="comparison"),
        ]
    )[["person_id", "group", "start_date", "stop_date"]]
    spells = employment_spells(frame, both, until=date(2026, 9, 30))
    assert len(spells) == len(both)
    assert (spells["time_days"] > 0).all()


def test_people_without_a_position_are_neither_matched_nor_chosen():
    frame, held = people(ME, FAR)
    assert match(matched(("me", DAY)), (frame, held[held["person_id"] == "far"])).empty
    assert match(matched(("me", DAY)), (frame, held[held["person_id"] == "me"])).empty
    empty = match(matched(), (frame, held))
    assert empty.columns.tolist() == ["person_id", "matched_to", "matched_date", "stop_date", "exact_on"]


def test_impossible_tables_are_refused():
    table = people(ME, FAR)
    with pytest.raises(ValueError, match="not among the people"):
        match(matched(("stranger", DAY)), table)
    with pytest.raises(ValueError, match="more than one row"):
        match(matched(("me", DAY), ("me", "2026-07-01")), table)


@pytest.mark.slow
def test_ten_thousand_participants_are_matched_in_a_company_of_300_000():
    taking_part, (frame, held), _ = company(1, n=300_000)
    some = frame[frame["exit_date"].isna() & (frame["hire_date"] < "2024-01-01")].sample(10_000, random_state=1)
    many = matched(*[(person, "2024-07-15") for person in some["person_id"]])
    found = match(many, (frame, held.assign(unit=np.random.default_rng(1).integers(0, 900, len(held)).astype(str))))
    assert len(found) == 10_000
    assert len(taking_part) == 30
