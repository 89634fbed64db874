"""Every possible pair against the rules: what kinds of people give is what the audit says of each pair, one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import lot_world
import numpy as np
import pandas as pd
import pytest

from rmanalytics.evaluation.lots.proposal import propose
from rmanalytics.evaluation.lots.wishes import AGAIN, NO_LANGUAGE, NOT_WITH, WHOLE, Fits, refusals, wishes_of
from rmanalytics.evaluation.pairing import all_pairs
from rmanalytics.evaluation.pairing.all_pairs import forbidden_pairs, pair_breaches
from rmanalytics.intake.bundle import Bundle, read_bundle
from rmanalytics.measures.pairing.rules_for_plans import NOT_EMPLOYED
from rmanalytics.measures.pairing.rules_on_each_day import CHAIN_RULES, UNAUDITED_RULES

OLD, YOUNG = [f"S{n}" for n in range(9)], [f"J{n}" for n in range(7)]
PEOPLE = [*OLD, *YOUNG, *(f"M{n}" for n in range(5))]
ON = date(2026, 7, 20)
AT_ONCE = 50


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Bundle:
    folder = lot_world.write_world(tmp_path_factory.mktemp("all") / "world", mentees=9, mentors=7, places=7)
    tandems = [["round_id", "tandem_id", "mentor_id", "mentee_id", "assignment", "matched_date"]]
    tandems.append([lot_world.NEXT, "T1", "J001", "S001", "matched", "2027-01-20"])
    rows = {
        "tandems": tandems,
        "applications": [["vacancy_id", "person_id", "applied_date"], ["V", "J001", "2026-01-02"]],
    }
    lot_world.write_tables(folder, rows)
    return read_bundle(folder)


def some(rng: np.random.Generator, days: list[str], share: float, size: int) -> pd.Series:
    """Some of the days, and none for the others."""
    return pd.Series(np.where(rng.random(size) < share, rng.choice(days, size), "NaT")).astype("datetime64[s]")


def company(seed: int, name: str) -> dict[str, pd.DataFrame]:
    """A company where everything happens: moves, two positions, gaps, circles, leavers, vacancies, other tandems."""
    rng = np.random.default_rng(seed)
    n, mid = len(PEOPLE), ["2026-07-31", "2026-10-01", "2027-02-01"]
    born = np.where(rng.random(n) < 0.1, np.nan, np.r_[rng.integers(1960, 1985, 9), rng.integers(1980, 2000, 12)])
    hired = some(rng, ["2026-08-10"], 0.1, n).fillna(pd.Timestamp("2010-01-01"))
    people = pd.DataFrame({"person_id": named(PEOPLE, name), "birth_year": born, "hire_date": hired})
    people["exit_date"] = some(rng, mid, 0.1, n)
    rows = []
    for at, person in enumerate(people["person_id"]):
        start = "2010-01-01"
        for _ in range(1 + (rng.random() < 0.4)):
            end = str(rng.choice(mid)) if rng.random() < 0.3 else "NaT"
            above = rng.integers(at, n + 2) if rng.random() < 0.9 else rng.integers(n)
            boss = people["person_id"][above] if above < n else None
            rows.append(
                (person, start, end, f"U{rng.integers(4)}" if rng.random() < 0.9 else None, rng.integers(6), boss)
            )
            start = str(rng.choice([end, "2026-09-01"])) if end != "NaT" else "2026-09-01"
    names = ["person_id", "start_date", "end_date", "unit", "level", "manager_id"]
    positions = pd.DataFrame(rows[: len(rows) - int(rng.integers(2))], columns=names)
    positions = positions.drop_duplicates(["person_id", "start_date"])
    applied = pd.DataFrame({"vacancy_id": rng.choice(["V", "W"], 9), "person_id": rng.choice(people["person_id"], 9)})
    applied = applied.drop_duplicates().assign(applied_date="2026-08-01")
    other = {"mentor_id": rng.choice(YOUNG), "mentee_id": rng.choice(OLD)}
    other = {side: named([one], name)[0] for side, one in other.items()}
    day = rng.choice(["2026-11-01", "2027-01-20"])
    tandems = pd.DataFrame([{"tandem_id": f"T{name}", **other, "matched_date": day}])
    return {"people": people, "positions": positions, "applications": applied, "tandems": tandems}


def named(people: list[str], company: str) -> list[str]:
    return [f"{one}/{company}" for one in people]


def together(world: Bundle, seeds: range) -> Bundle:
    """Companies that know nothing of each other, read at once: that is ten times as fast."""
    made = [company(seed, str(seed)) for seed in seeds]
    tables = {}
    for table in made[0]:
        whole = pd.concat([one[table] for one in made], ignore_index=True)
        empty = world.table(table).iloc[:0]
        whole = whole.reindex(columns=[*empty]).assign(**({"round_id": lot_world.NEXT} if table == "tandems" else {}))
        tables[table] = whole.astype(empty.dtypes)
    return replace(world, tables={**world.tables, **tables})


def one_by_one(bundle: Bundle, seeds: range, on: date) -> dict[str, np.ndarray]:
    """What the audit says of each pair within a company: one row a senior, one column a junior, one sheet a company."""
    at = [(n, i, j) for n in range(len(seeds)) for i in range(len(OLD)) for j in range(len(YOUNG))]
    pairs = pd.DataFrame(
        {
            "tandem_id": [str(n) for n in range(len(at))],
            "mentor_id": [f"{YOUNG[j]}/{seeds[n]}" for n, _, j in at],
            "mentee_id": [f"{OLD[i]}/{seeds[n]}" for n, i, _ in at],
        }
    )
    found = pair_breaches(bundle, bundle.programme.round(lot_world.ROUND), pairs.astype("str"), on=on)
    told = {}
    for rule, own in found.groupby("rule"):
        told[str(rule)] = np.zeros((len(seeds), len(OLD), len(YOUNG)), dtype=bool)
        for n in own["tandem_id"].astype(int):
            told[str(rule)][at[n]] = True
    return told


@pytest.mark.parametrize(
    ("first", "companies", "at_once"),
    [
        pytest.param(0, 9, 3, id="reduced"),
        *(pytest.param(1000 * n, 1000, AT_ONCE, id=f"{n + 1}000", marks=pytest.mark.soak) for n in range(10)),
    ],
)
def test_kinds_of_people_give_what_the_audit_says_of_each_pair(world, first, companies, at_once):
    met: set[str] = set()
    for at, start in enumerate(range(first, first + companies, at_once)):
        seeds, on = range(start, start + at_once), (ON, date(2026, 5, 1), date(2026, 12, 31))[at % 3]
        bundle = together(world, seeds)
        exact, round_ = one_by_one(bundle, seeds, on), bundle.programme.round(lot_world.ROUND)
        old, young = ([one for seed in seeds for one in named(side, str(seed))] for side in (OLD, YOUNG))
        found = {
            rule: within(own[0 : len(old)], seeds)
            for rule, own in forbidden_pairs(bundle, round_, old, young, on=on).items()
        }
        none = np.zeros((len(seeds), len(OLD), len(YOUNG)), dtype=bool)
        told = sum((exact.get(rule, none) for rule in (*CHAIN_RULES, NOT_EMPLOYED)), none)
        for rule in {*exact, *found}:
            same = found.get(rule, none) == exact.get(rule, none)
            assert (same | told if rule in UNAUDITED_RULES else same).all(), (start, rule)
        met |= set(exact)
        assert (np.any([none, *found.values()], axis=0) == np.any([none, *exact.values()], axis=0)).all()
    assert len(met) >= 10


def within(told: np.ndarray, seeds: range) -> np.ndarray:
    """Of all pairs those within a company."""
    shape = (len(seeds), len(OLD), len(seeds), len(YOUNG))
    return np.einsum("aibj->abij", told.reshape(shape))[range(len(seeds)), range(len(seeds))]


def test_what_the_audit_finds_all_the_same_is_forbidden_and_solved_again(world, monkeypatch):
    round_ = world.programme.round(lot_world.ROUND)
    before = propose(world, round_, on=ON)
    one = before.pairs[0]
    real = all_pairs.pair_breaches

    def stricter(bundle: Bundle, round_: object, pairs: pd.DataFrame, *, on: date) -> pd.DataFrame:
        mine = pairs[(pairs["mentor_id"] == one.mentor_id) & (pairs["mentee_id"] == one.mentee_id)]
        return pd.concat([real(bundle, round_, pairs, on=on), mine[["tandem_id"]].assign(rule="planted")])

    monkeypatch.setattr("rmanalytics.evaluation.lots.proposal.pair_breaches", stricter)
    after = {(pair.mentor_id, pair.mentee_id) for pair in propose(world, round_, on=ON).pairs}
    assert len(after) == len(before.pairs)
    assert (one.mentor_id, one.mentee_id) not in after


def test_points_are_those_of_the_declared_wishes_pair_by_pair(world):
    """Worked out anew from the table of wishes, a pair at a time."""
    round_, rng = world.programme.round(lot_world.ROUND), np.random.default_rng(3)
    old, young = lot_world.seniors(9), lot_world.juniors(7)
    rows = world.table("wishes")
    more = [(one, "language", code, 1) for one in (*old, *young[:5]) for code in rng.choice(["de", "fr"], 1)]
    more += [("S003", "not_with", "J002", 1), ("J004", "not_with", "S005", 1), ("J001", "site", "Chur", 1)]
    side = {True: "mentee", False: "mentor"}
    extra = [(lot_world.ROUND, one, side[one in old], *rest) for one, *rest in more]
    wishes = pd.concat([rows, pd.DataFrame(extra, columns=list(rows))], ignore_index=True).astype(rows.dtypes)
    before = world.table("tandems").assign(mentor_id="J006", mentee_id="S007").astype(world.table("tandems").dtypes)
    bundle = replace(world, tables={**world.tables, "wishes": wishes[wishes["person_id"] != "S009"], "tandems": before})
    wished = wishes_of(bundle, round_)
    fits = Fits(bundle, round_, wished, old, young)
    found, told = fits.points(slice(0, 9)), refusals(bundle, round_, wished, old, young)
    place = bundle.table("positions").set_index("person_id")["location"]

    def own(person: str, kind: str) -> dict[str, float]:
        mine = bundle.table("wishes").query("person_id == @person and kind == @kind")
        return dict(zip(mine["code"], mine["weight"].fillna(1), strict=True))

    for i, senior in enumerate(old):
        for j, junior in enumerate(young):
            wanted, offered = own(senior, "topic"), own(junior, "topic")
            got = sum(weight for code, weight in wanted.items() if code in offered)
            points = WHOLE * 60 * got // sum(wanted.values()) if wanted else 0
            points += WHOLE * 25 * min(2, len({*own(senior, "time")} & {*own(junior, "time")})) // 2
            here, there = (set(own(one, "site")) or {place[one]} for one in (senior, junior))
            assert found[i, j] == points + WHOLE * 15 * bool(here & there)
            speak = own(senior, "language"), own(junior, "language")
            assert told[NO_LANGUAGE][i : i + 1][0, j] == (all(speak) and not {*speak[0]} & {*speak[1]})
    assert "Topics:" not in fits.said(8, 0)
    assert "Same site." in fits.said(0, 0) or "Different sites." in fits.said(0, 0)
    for rule, pairs in ((NOT_WITH, [(2, 1), (4, 3)]), (AGAIN, [(6, 5)])):
        assert list(zip(*np.nonzero(told[rule][0:9]), strict=True)) == pairs
