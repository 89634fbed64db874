"""Simulated programmes: the same bytes each time, clean tables, and the planted facts are in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from simulated import (
    BESIDE,
    BOUNDS,
    DATA,
    EXAMPLES,
    REVERSE,
    SIMULATED,
    big_example,
    digital,
    on_day,
    programme,
    table,
    truth_of,
)

from rmanalytics.intake.bundle import read_bundle
from rmanalytics.intake.schema import TABLES, Table
from rmanalytics.programme.declared_plan import DEFAULT_OUTCOMES
from rmanalytics.programme.instruments import read_shipped
from rmanalytics.simulate import simulate


def written(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.fixture(scope="module", params=list(EXAMPLES))
def example(request: pytest.FixtureRequest) -> Path:
    return DATA / request.param


@pytest.fixture(scope="module")
def big() -> Mapping[str, Any]:
    return big_example()


# --- the same bytes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_the_example_folders_are_what_simulate_writes(tmp_path: Path, name: str) -> None:
    truth = simulate(tmp_path / "again", **EXAMPLES[name])
    assert written(tmp_path / "again") == written(DATA / name)
    assert truth == truth_of(DATA / name)


def test_another_seed_writes_other_people(tmp_path: Path) -> None:
    for seed in (1, 2):
        simulate(tmp_path / str(seed), seed=seed, rounds=1, tandems=5, employees=60)
    one, two = written(tmp_path / "1"), written(tmp_path / "2")
    assert one["people.csv"] != two["people.csv"]


def test_the_examples_are_small_enough_to_be_kept_in_the_project() -> None:
    sizes = [path.stat().st_size for path in DATA.rglob("*") if path.is_file()]
    assert max(sizes) <= 900_000
    assert sum(sizes) <= 6_000_000


def test_text_files_have_plain_line_ends(example: Path) -> None:
    assert all(b"\r" not in content for content in written(example).values())


# --- clean tables ---------------------------------------------------------------------------------------------------


def test_every_row_passes_the_intake(example: Path) -> None:
    bundle = read_bundle(example)
    assert all(account.used == account.rows > 0 for account in bundle.accounts)
    assert all(problem.file == "truth.json" for problem in bundle.problems)


def test_every_file_obeys_its_declaration(example: Path) -> None:
    people = set(table(example, "people")["person_id"])
    tandems = set(table(example, "tandems")["tandem_id"])
    for name in SIMULATED:
        check_declared(table(example, name), TABLES[name], people, tandems)


def check_declared(frame: pd.DataFrame, declared: Table, people: set[str], tandems: set[str]) -> None:
    assert set(declared.required_columns) <= set(frame.columns)
    assert list(frame.columns) == [c.name for c in declared.columns if c.name in frame]
    assert not frame.duplicated(list(declared.key) or None).any()
    for column in declared.columns:
        if column.name not in frame:
            continue
        there = frame[column.name].dropna()
        assert not column.filled or len(there) == len(frame), column.name
        if column.choices:
            assert set(there) <= set(column.choices)
        if column.kind == "code":
            assert there.astype(str).str.fullmatch(r"[A-Za-z0-9_.-]+").all()
        if column.least is not None:
            assert (there >= column.least).all()
        if column.most is not None:
            assert (there <= column.most).all()
        if column.kind == "whole":
            assert (there == there.round()).all()
        if column.person:
            assert set(there) <= people
        if column.tandem:
            assert set(there) <= tandems
    for first, second in declared.order:
        both = frame.dropna(subset=[first, second])
        assert (both[first] <= both[second]).all()


def test_every_item_answered_is_one_of_an_instrument_and_on_its_scale(example: Path) -> None:
    for name in ("answers", "upward"):
        answers = table(example, name)
        assert set(answers["item"]) <= set(REVERSE)
        low, high = (answers["item"].map({item: pair[end] for item, pair in BOUNDS.items()}) for end in (0, 1))
        assert (answers["value"].isna() | answers["value"].between(low, high)).all()
        assert 0.005 < answers["value"].isna().mean() < 0.03


def test_the_programme_declares_every_outcome_and_every_file(example: Path) -> None:
    declared = programme(example)
    assert declared.outcomes == DEFAULT_OUTCOMES
    assert declared.k == 5
    assert declared.currency == "CHF"
    assert str(declared.rounds[-1].end) == "2026-06-30"
    assert str(declared.data_until) == "2026-09-30"
    truth = truth_of(example)
    assert str(declared.records_from) == truth["records_from"]
    assert declared.language == "en"
    named = {file for name in TABLES for file in declared.tables.get(name, (f"{name}.csv",))}
    assert {path.name for path in example.glob("*.csv")} <= named


def test_the_readme_names_every_column(example: Path) -> None:
    readme = (example / "README.md").read_text(encoding="utf-8")
    full = (DATA / "README.md").read_text(encoding="utf-8")
    for path in example.glob("*.csv"):
        with path.open(encoding="utf-8") as opened:
            header = opened.readline().strip()
        assert header.replace(",", ", ") in readme
        assert all(f"`{column}`" in full for column in header.split(","))


def test_no_day_lies_after_the_exports_end(example: Path) -> None:
    until = pd.Timestamp(programme(example).data_until)
    for name in ("people", "positions", "tandems", "meetings", "answers", "ties", "branding", *BESIDE):
        frame = table(example, name)
        for column in frame.select_dtypes("datetime"):
            assert (frame[column].dropna() <= until).all()


# --- the company ----------------------------------------------------------------------------------------------------


def test_everybody_employed_has_one_position_and_a_chain_to_the_top_on_every_day(example: Path) -> None:
    people, positions = table(example, "people"), table(example, "positions")
    first = truth_of(example)["records_from"]
    for day in pd.date_range(first, "2026-09-30", periods=40).normalize():
        now = on_day(positions, day)
        employed = people[(people["hire_date"] <= day) & ~(people["exit_date"] < day)]
        assert sorted(now["person_id"]) == sorted(employed["person_id"])
        manager = now.set_index("person_id")["manager_id"]
        assert manager.isna().sum() == 1
        above = manager
        for _ in range(5):
            above = above.map(manager)
        assert above.isna().all()


def test_the_company_has_levels_units_moves_and_promotions(big: Mapping[str, Any]) -> None:
    positions = big["positions"].sort_values(["person_id", "start_date"])
    before = positions.groupby("person_id").shift()
    assert set(positions["level"]) == {1, 2, 3, 4, 5, 6}
    assert positions["unit"].nunique() == 8
    assert (positions["level"] > before["level"]).sum() > 300
    assert (
        (positions["level"] == before["level"]) & (positions["unit"] != before["unit"]) & before["unit"].notna()
    ).any()
    assert not (positions["level"] < before["level"]).any()


def test_voluntary_turnover_is_about_twelve_in_a_hundred_and_falls_with_tenure(big: Mapping[str, Any]) -> None:
    people = big["people"]
    assert 0.10 < big["truth"]["company"]["voluntary_turnover_yearly"] < 0.14
    until = people["exit_date"].fillna(pd.Timestamp("2026-09-30"))
    start = people["hire_date"].clip(lower=pd.Timestamp(big["truth"]["records_from"]))
    years, rates = (until - start).dt.days / 365.25, {}
    for name, band in (("short", years < 2), ("long", (start - people["hire_date"]).dt.days > 5 * 365)):
        rates[name] = (people["exit_reason"][band] == "voluntary").sum() / years[band].sum()
    assert rates["short"] > 1.5 * rates["long"]
    assert set(people["exit_reason"].dropna()) >= {"voluntary", "involuntary", "retirement", "transfer"}


def test_four_generations_work_there(big: Mapping[str, Any]) -> None:
    declared = programme(DATA / "example")
    bands = big["people"]["birth_year"].map(declared.generation_of)
    assert bands.notna().all()
    assert bands.nunique() == 4


# --- tandems --------------------------------------------------------------------------------------------------------


def chain(manager: Mapping[str, Any], person: str) -> set[str]:
    found: set[str] = set()
    above = manager.get(person)
    while isinstance(above, str):
        found.add(above)
        above = manager.get(above)
    return found


def breaching_days(positions: pd.DataFrame, tandems: pd.DataFrame, start: str, end: str) -> dict[str, list[str]]:
    """Days on which one side of a tandem stands in the other's chain (lines change on firsts of a month only)."""
    found: dict[str, list[str]] = {}
    for day in pd.date_range(start, end, freq="MS"):
        manager = on_day(positions, day).set_index("person_id")["manager_id"].to_dict()
        for row in tandems.itertuples():
            if row.mentee_id in chain(manager, row.mentor_id) or row.mentor_id in chain(manager, row.mentee_id):
                found.setdefault(str(row.tandem_id), []).append(str(day.date()))
    return found


def test_pairing_rules_are_broken_only_where_it_was_planted(example: Path) -> None:
    truth = truth_of(example)
    positions, tandems = table(example, "positions"), table(example, "tandems")
    for declared in programme(example).rounds:
        mine = tandems[tandems["round_id"] == declared.id]
        found = breaching_days(positions, mine, str(declared.start), str(declared.end))
        missing = mine[["mentor_consent_date", "mentee_consent_date"]].isna().any(axis=1).sum()
        told = truth["rounds"][declared.id]["breaches"]
        assert (told["chain"], told["consent"]) == (len(found), missing)
        assert all(days[0] > str(mine["matched_date"].max().date()) for days in found.values())


def test_the_big_example_has_one_breach_of_each_kind_and_the_small_one_none(big: Mapping[str, Any]) -> None:
    breaches = [r["breaches"] for r in big["truth"]["rounds"].values()]
    assert [b["chain"] for b in breaches] == [0, 0, 0, 1]
    assert [b["consent"] for b in breaches] == [0, 0, 1, 0]
    assert [b["vacancy"] for b in breaches] == [0, 1, 0, 0]
    small = truth_of(DATA / "example_small")
    assert all(set(r["breaches"].values()) == {0} for r in small["rounds"].values())


def test_nobody_is_matched_who_is_not_employed_on_that_day(example: Path) -> None:
    people, tandems, comparison = (table(example, name) for name in ("people", "tandems", "comparison"))
    people = people.set_index("person_id")
    matched = comparison[comparison["side"] == "mentor"]
    for who, day in (
        (tandems["mentor_id"], tandems["matched_date"]),
        (tandems["mentee_id"], tandems["matched_date"]),
        (matched["person_id"], matched["matched_date"]),
    ):
        own = people.loc[who]
        assert (own["hire_date"].to_numpy() <= day.to_numpy()).all()
        assert not (own["exit_date"].to_numpy() < day.to_numpy()).any()


def test_the_mentor_is_the_younger_and_stands_lower_and_outside_the_unit(example: Path) -> None:
    people, tandems, positions = (table(example, name) for name in ("people", "tandems", "positions"))
    birth = people.set_index("person_id")["birth_year"]
    assert (tandems["mentor_id"].map(birth) > tandems["mentee_id"].map(birth)).all()
    for row in tandems.itertuples():
        now = on_day(positions, row.matched_date).set_index("person_id")
        assert now.loc[row.mentor_id, "level"] < now.loc[row.mentee_id, "level"]
        assert now.loc[row.mentor_id, "unit"] != now.loc[row.mentee_id, "unit"]


def test_one_person_has_one_part_in_a_round(example: Path) -> None:
    tandems, comparison = table(example, "tandems"), table(example, "comparison")
    parts = pd.concat(
        [
            tandems[["round_id", "mentor_id"]].set_axis(["round_id", "person_id"], axis=1),
            tandems[["round_id", "mentee_id"]].set_axis(["round_id", "person_id"], axis=1),
            comparison[["round_id", "person_id"]],
        ]
    )
    assert not parts.duplicated().any()
    assert not tandems["mentee_id"].duplicated().any()


def test_matched_people_had_never_been_mentors_and_resemble_them(big: Mapping[str, Any]) -> None:
    tandems, comparison = big["tandems"], big["comparison"]
    matched = comparison[comparison["side"] == "mentor"]
    first = tandems.groupby("mentor_id")["matched_date"].min()
    assert not (matched["person_id"].map(first) <= matched["matched_date"]).any()
    hired = big["people"].set_index("person_id")["hire_date"]
    for round_id, mine in matched.groupby("round_id"):
        mentors = tandems.loc[tandems["round_id"] == round_id, "mentor_id"].map(hired)
        assert abs((mine["person_id"].map(hired).mean() - mentors.mean()).days) < 120


def test_about_a_quarter_of_the_mentors_serve_in_several_rounds(big: Mapping[str, Any]) -> None:
    retention = big["truth"]["retention"]
    times = big["tandems"]["mentor_id"].value_counts()
    assert retention["mentors"] == len(times)
    assert retention["mentors_in_several_rounds"] == (times > 1).sum()
    assert 0.18 < (times > 1).mean() < 0.32


def test_about_three_in_four_tandems_hold_all_six_meetings(big: Mapping[str, Any]) -> None:
    held = big["meetings"][big["meetings"]["status"] == "held"].groupby("tandem_id").size()
    held = held.reindex(big["tandems"]["tandem_id"], fill_value=0)
    completed = sum(r["completed_all_meetings"] for r in big["truth"]["rounds"].values())
    assert completed == (held == 6).sum()
    assert 0.70 < (held == 6).mean() < 0.83


def test_meetings_lie_in_the_round_and_none_after_an_early_end(example: Path) -> None:
    meetings = table(example, "meetings").merge(table(example, "tandems"), on="tandem_id")
    held = meetings[meetings["status"] == "held"]
    ends = {r.id: pd.Timestamp(r.end) for r in programme(example).rounds}
    assert (meetings["held_date"].notna() == (meetings["status"] == "held")).all()
    assert (held["held_date"] > held["matched_date"]).all()
    assert (held["held_date"] <= held["round_id"].map(ends)).all()
    assert not (held["held_date"] > held["ended_date"]).any()
    assert (meetings["ended_date"].notna() == meetings["end_reason"].notna()).all()


def test_the_waiting_list_can_be_placed_in_the_next_round(big: Mapping[str, Any]) -> None:
    waiting = big["comparison"][big["comparison"]["kind"] == "waiting_list"]
    placed = big["tandems"][big["tandems"]["assignment"] == "waiting_list"]
    rounds = list(big["truth"]["rounds"])
    for before, after in pairwise(rounds):
        mine = set(placed.loc[placed["round_id"] == after, "mentee_id"])
        assert mine
        assert mine <= set(waiting.loc[waiting["round_id"] == before, "person_id"])


# --- the survey -----------------------------------------------------------------------------------------------------


def test_whoever_got_a_place_or_waits_had_volunteered_and_nobody_answers_before_being_asked() -> None:
    tables = big_example()
    asked = tables["invitations"]
    said = asked[asked["answer"] == "volunteered"].set_index(["round_id", "side", "person_id"]).index
    for side in ("mentor", "mentee"):
        placed = tables["tandems"][["round_id", f"{side}_id"]].assign(side=side)
        assert placed.set_index(["round_id", "side", f"{side}_id"]).index.isin(said).all()
    waiting = tables["comparison"].query("kind == 'waiting_list'")
    assert waiting.set_index(["round_id", "side", "person_id"]).index.isin(said).all()
    assert (asked["answered_date"] > asked["invited_date"])[
        asked[["answered_date", "invited_date"]].notna().all(axis=1)
    ].all()
    assert 0.05 < asked.loc[asked["answer"] == "volunteered", "invited_date"].isna().mean() < 0.2


def test_less_digital_seniors_take_part_and_wait(big: Mapping[str, Any]) -> None:
    scores = digital(big)
    for round_id, told in big["truth"]["rounds"].items():
        eligible = told["digital_pre"]["eligible_mean"]
        mine = scores[scores["round_id"] == round_id]
        for group in ("participants", "comparison"):
            assert mine.loc[mine["group"] == group, "pre"].mean() < eligible - 0.2


def test_those_who_wait_regress_to_the_mean_and_participants_gain_more(big: Mapping[str, Any]) -> None:
    change = digital(big).assign(change=lambda s: s["post"] - s["pre"]).groupby("group")["change"].mean()
    assert change["comparison"] > 0.08
    assert change["participants"] - change["comparison"] == pytest.approx(0.4, abs=0.12)


def test_realised_gains_lie_about_the_planted_ones(big: Mapping[str, Any]) -> None:
    planted = big["truth"]["planted"]["scales"]
    assert planted["generational_understanding"]["gain"] == 0
    for instrument in {outcome.instrument for outcome in DEFAULT_OUTCOMES}:
        gains = [r["changes"][instrument]["gain"] for r in big["truth"]["rounds"].values()]
        assert np.mean(gains) == pytest.approx(planted[instrument]["gain"], abs=0.04)


def test_who_gained_little_drops_out_more_often(big: Mapping[str, Any]) -> None:
    told = [r["changes"]["digital_fitness"] for r in big["truth"]["rounds"].values()]
    all_of = [t["gain"] + t["own_participants"] for t in told]
    answered = [t["gain_answered"] + t["own_participants_answered"] for t in told]
    assert np.mean(answered) > np.mean(all_of)
    missing = [r["post_missing_share"]["mentee"]["participants"] for r in big["truth"]["rounds"].values()]
    assert 0.08 < np.mean(missing) < 0.17


def test_waves_ask_whom_they_should(big: Mapping[str, Any]) -> None:
    answers, tandems = big["answers"], big["tandems"]
    inside = set(tandems["mentor_id"]) | set(tandems["mentee_id"])
    assert set(answers.loc[answers["item"].str.startswith("tr"), "person_id"]) <= inside
    assert set(answers.loc[answers["item"].str.startswith("tr"), "wave"]) == {"post"}
    follow_up = answers[answers["wave"] == "follow_up"]
    assert set(follow_up["item"]) == set(read_shipped("digital_fitness").item_ids)
    pulse = answers[answers["wave"] == "pulse"]
    assert set(pulse["item"]) == {"lc1", "lc2", "lc3", "lc4", "df01", "df04", "df10"}
    assert pulse.groupby("round_id")["person_id"].nunique().between(220, 250).all()
    assert set(answers["wave"]) == {"pre", "post", "then", "follow_up", "pulse"}
    then = answers[answers["wave"] == "then"]
    assert set(then["item"]) == set(read_shipped("digital_fitness").item_ids)
    tasks = answers[answers["item"].isin(read_shipped("digital_task").item_ids)]
    assert set(tasks["wave"]) == {"pre", "post"}
    fitness = answers[answers["item"].str.startswith("df")]
    for wave, asked in (
        ("then", then),
        ("pre", tasks[tasks["wave"] == "pre"]),
        ("post", tasks[tasks["wave"] == "post"]),
    ):
        like = fitness[fitness["wave"] == ("post" if wave == "then" else wave)]
        key = ["round_id", "person_id", "answered_at"]
        assert_same_rows(asked[key].drop_duplicates(), like[key].drop_duplicates())


def assert_same_rows(one: pd.DataFrame, other: pd.DataFrame) -> None:
    keys = list(one.columns)
    pd.testing.assert_frame_equal(
        one.sort_values(keys).reset_index(drop=True), other.sort_values(keys).reset_index(drop=True)
    )


def test_nobody_answers_after_leaving_or_before_being_hired(example: Path) -> None:
    people = table(example, "people").set_index("person_id")
    answers = table(example, "answers")
    own = people.loc[answers["person_id"]]
    assert (own["hire_date"].to_numpy() <= answers["answered_at"].to_numpy()).all()
    assert not (own["exit_date"].to_numpy() < answers["answered_at"].to_numpy()).any()


# --- ties, branding, truth ------------------------------------------------------------------------------------------


def test_every_tandem_has_ties_in_both_directions_in_the_wave_after_its_round(example: Path) -> None:
    people = table(example, "people").set_index("person_id")
    tandems, ties = table(example, "tandems"), table(example, "ties")
    advice = ties[ties["kind"] == "advice"]
    for declared in programme(example).rounds:
        day = pd.Timestamp(declared.end)
        now = advice[advice["wave_date"] == day]
        pairs = set(zip(now["source_id"], now["target_id"], strict=True))
        for row in tandems[tandems["round_id"] == declared.id].itertuples():
            left = people.loc[[row.mentor_id, row.mentee_id], "exit_date"] < day
            if not left.any():
                assert {(row.mentor_id, row.mentee_id), (row.mentee_id, row.mentor_id)} <= pairs


def test_ties_join_people_employed_on_the_day_of_the_wave(example: Path) -> None:
    people, ties = table(example, "people").set_index("person_id"), table(example, "ties")
    assert not (ties["source_id"] == ties["target_id"]).any()
    for end in ("source_id", "target_id"):
        own = people.loc[ties[end]]
        assert (own["hire_date"].to_numpy() <= ties["wave_date"].to_numpy()).all()
        assert not (own["exit_date"].to_numpy() < ties["wave_date"].to_numpy()).any()


def test_there_is_a_wave_before_the_first_round_and_one_after_each(example: Path) -> None:
    rounds = programme(example).rounds
    days = [rounds[0].start - pd.Timedelta(days=1), *(r.end for r in rounds)]
    assert sorted(table(example, "ties")["wave_date"].unique()) == [pd.Timestamp(day) for day in days]


def test_advice_prefers_the_own_generation_and_unit_and_is_about_four_a_person(big: Mapping[str, Any]) -> None:
    declared = programme(DATA / "example")
    band = big["people"].set_index("person_id")["birth_year"].map(declared.generation_of)
    advice = big["ties"][big["ties"]["kind"] == "advice"]
    first = advice[advice["wave_date"] == advice["wave_date"].min()]
    assert len(first) / 1200 == pytest.approx(4, abs=0.4)
    same = first["source_id"].map(band).to_numpy() == first["target_id"].map(band).to_numpy()
    shares = band.value_counts(normalize=True)
    assert same.mean() > (shares**2).sum() + 0.15
    unit = on_day(big["positions"], first["wave_date"].iloc[0]).set_index("person_id")["unit"]
    assert (first["source_id"].map(unit).to_numpy() == first["target_id"].map(unit).to_numpy()).mean() > 0.5


def test_offers_are_accepted_more_often_by_those_who_saw_the_programme(big: Mapping[str, Any]) -> None:
    offers = big["branding"][big["branding"]["metric"] == "offer_acceptance"]
    sums = offers.groupby("exposed")[["numerator", "denominator"]].sum()
    share = sums["numerator"] / sums["denominator"]
    assert set(share.index) == {"yes", "no"}
    assert share["yes"] > share["no"]
    assert (offers["numerator"] <= offers["denominator"]).all()
    assert set(big["branding"]["metric"]) == {"offer_acceptance", "applications", "enps"}


def test_costs_have_a_range_about_the_likely_value(example: Path) -> None:
    costs = table(example, "costs")
    assert (costs["low"] <= costs["unit_cost"]).all()
    assert (costs["unit_cost"] <= costs["high"]).all()
    assert set(costs["currency"]) == {"CHF"}
    assert set(costs["kind"]) == {"cash", "time"}


def test_the_truth_names_no_person(example: Path) -> None:
    assert not re.search(r"P\d{4}|\d{4}H\d-\d", (example / "truth.json").read_text(encoding="utf-8"))


# --- refusals and size ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"seed": 1, "rounds": 1, "tandems": 60, "employees": 100}, "seniors who could be mentees"),
        ({"seed": 1, "rounds": 1, "tandems": 260, "employees": 1200}, "do not fit"),
        ({"seed": 1, "rounds": 1, "tandems": 2, "employees": 10}, "too small to simulate"),
        ({"seed": 1, "rounds": 0, "tandems": 5, "employees": 60}, "rounds"),
        ({"seed": 1, "rounds": 21, "tandems": 5, "employees": 60}, "rounds"),
        ({"seed": 1, "rounds": 1, "tandems": 0, "employees": 60}, "at least one tandem"),
        ({"seed": -1, "rounds": 1, "tandems": 5, "employees": 60}, "seed"),
    ],
)
def test_numbers_that_cannot_work_are_refused_and_nothing_is_written(
    tmp_path: Path, arguments: dict[str, int], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        simulate(tmp_path / "none", **arguments)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("seed", range(6))
def test_five_tandems_work_in_sixty_employees(tmp_path: Path, seed: int) -> None:
    truth = simulate(tmp_path, seed=seed, rounds=2, tandems=5, employees=60)
    assert [r["tandems"] for r in truth["rounds"].values()] == [5, 5]
    assert all(account.used == account.rows for account in read_bundle(tmp_path).accounts)


@pytest.mark.slow
def test_a_thousand_tandems_show_every_planted_number(tmp_path: Path) -> None:
    truth = simulate(tmp_path, seed=7, rounds=2, tandems=1000, employees=40_000)
    planted, told = truth["planted"], list(truth["rounds"].values())
    for instrument in {outcome.instrument for outcome in DEFAULT_OUTCOMES}:
        gains = [r["changes"][instrument]["gain"] for r in told]
        assert np.mean(gains) == pytest.approx(planted["scales"][instrument]["gain"], abs=0.025)
    assert np.mean([r["completed_all_meetings"] / r["tandems"] for r in told]) == pytest.approx(0.775, abs=0.03)
    assert np.mean([r["post_missing_share"]["mentee"]["participants"] for r in told]) == pytest.approx(0.12, abs=0.025)
    extra = [r["network"]["new_cross_generation_ties_per_mentor"] for r in told]
    assert np.mean(extra) == pytest.approx(planted["parameters"]["new_cross_ties_per_mentor"], abs=0.05)
    assert truth["company"]["voluntary_turnover_yearly"] == pytest.approx(0.12, abs=0.01)
    assert told[1]["mentors_again"] == 300
    upward = [r["upward"]["participants"]["gain"] for r in told]
    assert np.mean(upward) == pytest.approx(planted["parameters"]["upward_gain"], abs=0.015)
    shifts = [r["then"]["participants"]["response_shift"] for r in told]
    assert np.mean(shifts) == pytest.approx(planted["parameters"]["response_shift_participants"], abs=0.01)
    big = {name: table(tmp_path, name) for name in ("answers", "tandems")}
    hindsight = digital(big).assign(shift=lambda s: s["then"] - s["pre"]).groupby("group")["shift"].mean()
    assert hindsight["participants"] - hindsight["comparison"] == pytest.approx(np.mean(shifts), abs=0.045)
    assert truth["projects"]["rate_ratio"] == pytest.approx(1.3, abs=0.1)
    assert truth["alumni"]["rate_ratio"] == pytest.approx(2.0, abs=0.4)
    fates = [r["initiatives"] for r in told]
    adopted, rejected = (sum(f[fate] for f in fates) for fate in ("adopted", "rejected"))
    assert adopted / (adopted + rejected) == pytest.approx(0.6, abs=0.1)
    people, tandems, comparison = (table(tmp_path, name) for name in ("people", "tandems", "comparison"))
    people = people.set_index("person_id")
    first = tandems.groupby("mentor_id")["matched_date"].min()
    matched = comparison[comparison["side"] == "mentor"].groupby("person_id")["matched_date"].min()
    ratio = exit_rate(people, first, first) / exit_rate(people, matched, first)
    assert ratio == pytest.approx(planted["parameters"]["retention_hazard_ratio"], abs=0.15)


def exit_rate(people: pd.DataFrame, start: pd.Series, mentor_from: pd.Series) -> float:
    """Voluntary exits a person-day from a start on; comparison people count until they become mentors themselves."""
    own = people.loc[start.index]
    until = own["exit_date"].fillna(pd.Timestamp("2026-09-30"))
    becomes = mentor_from.reindex(start.index)
    censored = (becomes > start) & (becomes < until)
    exits = (own["exit_reason"] == "voluntary") & ~censored
    return float(exits.sum() / (until.mask(censored, becomes) - start).dt.days.sum())
