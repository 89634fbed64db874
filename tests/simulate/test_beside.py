"""Tables beside the main story: answers in hindsight, tasks, upward feedback, careers, initiatives, alumni."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from simulated import DATA, EXAMPLES, REVERSE, big_example, digital, on_day, programme, table, truth_of

from rmanalytics.simulate.planted import STREAMS, stream


@pytest.fixture(scope="module", params=list(EXAMPLES))
def example(request: pytest.FixtureRequest) -> Path:
    return DATA / request.param


@pytest.fixture(scope="module")
def big() -> Mapping[str, Any]:
    return big_example()


# --- the survey beside ------------------------------------------------------------------------------------------------


def test_participants_put_their_earlier_selves_lower_and_the_others_do_not(big: Mapping[str, Any]) -> None:
    told = [r["then"] for r in big["truth"]["rounds"].values()]
    assert all(t["comparison"]["response_shift"] == 0 for t in told)
    assert np.mean([t["participants"]["response_shift"] for t in told]) == pytest.approx(-0.15, abs=0.015)
    shift = digital(big).assign(shift=lambda s: s["then"] - s["pre"]).groupby("group")["shift"].mean()
    assert shift["participants"] - shift["comparison"] == pytest.approx(-0.15, abs=0.15)


def test_tasks_are_solved_by_the_digitally_fit_and_more_often_after_the_programme(big: Mapping[str, Any]) -> None:
    solved = digital(big, "dt")
    both = digital(big).merge(solved, on=["round_id", "person_id"], suffixes=("", "_task"))
    assert both["post"].corr(both["post_task"]) > 0.3
    change = solved.assign(change=solved["post"] - solved["pre"]).groupby("group")["change"].mean()
    told = np.mean([r["digital_task"]["participants"]["gain"] for r in big["truth"]["rounds"].values()])
    assert 0.08 < told < 0.13
    assert change["participants"] - change["comparison"] == pytest.approx(told, abs=0.08)


def test_seniors_guess_at_juniors_who_answered_and_those_in_tandems_know_theirs_better(big: Mapping[str, Any]) -> None:
    guesses, answers = big["guesses"], big["answers"]
    asked = ["round_id", "wave", "about_id", "item"]
    both = guesses.merge(answers.rename(columns={"person_id": "about_id"}), on=asked, suffixes=("", "_own"))
    assert len(both) == len(guesses)
    told = {(r, w): n for r, one in big["truth"]["rounds"].items() for w, n in one["guesses"].items()}
    assert guesses.groupby(["round_id", "wave"])["person_id"].nunique().to_dict() == told
    both = both.dropna(subset=["value_own"])
    own = both["value_own"] - both.groupby(["round_id", "wave", "item"])["value_own"].transform("mean")
    pairs = set(map(tuple, big["tandems"][["round_id", "mentee_id", "mentor_id"]].to_numpy()))
    tandem = [row in pairs for row in both[["round_id", "person_id", "about_id"]].itertuples(index=False, name=None)]
    after = np.array(tandem) & (both["wave"] == "post")
    slopes = [np.polyfit(own[rows], both.loc[rows, "value"], 1)[0] for rows in (after, ~after)]
    planted = big["truth"]["planted"]["parameters"]
    known = planted["guess_knowledge"]
    assert slopes == pytest.approx([known + planted["guess_gain"], known], abs=0.05)


# --- what the own team says, careers, alumni ------------------------------------------------------------------------


def test_leaders_are_rated_by_three_to_seven_of_their_own_reports(example: Path) -> None:
    upward, positions = table(example, "upward"), table(example, "positions")
    tandems, comparison = table(example, "tandems"), table(example, "comparison")
    raters = upward.groupby(["round_id", "wave", "leader_id"])["rater"].nunique()
    assert raters.between(3, 7).all()
    for declared in programme(example).rounds:
        may = set(tandems.loc[tandems["round_id"] == declared.id, "mentee_id"])
        may |= set(
            comparison.loc[(comparison["round_id"] == declared.id) & (comparison["side"] == "mentee"), "person_id"]
        )
        for wave, day in (("pre", declared.start), ("post", declared.end)):
            reports = on_day(positions, pd.Timestamp(day))["manager_id"].value_counts()
            mine = (
                raters.loc[declared.id, wave] if (declared.id, wave) in raters.index.droplevel(2) else raters.iloc[:0]
            )
            assert set(mine.index) <= may
            assert (mine <= reports.reindex(mine.index)).all()
        assert set(raters.loc[declared.id, "post"].index) <= set(raters.loc[declared.id, "pre"].index)


def test_a_token_is_one_rater_of_one_leader_in_one_round_and_tells_no_order(big: Mapping[str, Any]) -> None:
    upward = big["upward"]
    assert upward["rater"].str.fullmatch(r"r[0-9a-f]{10}").all()
    assert not upward[["rater", "round_id", "leader_id"]].drop_duplicates()["rater"].duplicated().any()
    ratings = upward.drop_duplicates(["round_id", "wave", "leader_id", "rater"])
    assert ratings.groupby(["round_id", "wave", "leader_id"])["rater"].agg(lambda r: r.is_monotonic_increasing).all()
    again = ratings.groupby("rater")["wave"].nunique()
    assert 0.5 < (again == 2).mean() < 0.8


def test_leaders_gain_in_the_eyes_of_their_team_as_planted(big: Mapping[str, Any]) -> None:
    upward = big["upward"]
    keyed = upward.assign(keyed=upward["value"].where(~upward["item"].map(REVERSE), 6 - upward["value"]))
    raters = keyed.groupby(["round_id", "leader_id", "wave", "rater"])["keyed"].mean().reset_index()
    wide = raters.pivot_table("keyed", ["round_id", "leader_id"], "wave", aggfunc="mean").dropna()
    inside = set(zip(big["tandems"]["round_id"], big["tandems"]["mentee_id"], strict=True))
    part = np.array([pair in inside for pair in wide.index])
    told = big["truth"]["rounds"].values()
    for group, members in (("participants", part), ("comparison", ~part)):
        assert sum(r["upward"][group]["leaders_both"] for r in told) == members.sum()
    gains = np.array([[r["upward"]["participants"][k] for k in ("gain", "leaders_both")] for r in told])
    realised = np.average(gains[:, 0], weights=gains[:, 1])
    assert realised == pytest.approx(0.15, abs=0.03)
    change = (wide["post"] - wide["pre"]).to_numpy()
    assert change[part].mean() - change[~part].mean() == pytest.approx(realised, abs=0.12)


def test_the_two_sides_of_a_tandem_never_want_the_same_job_but_where_it_was_planted(example: Path) -> None:
    truth = truth_of(example)
    tandems, applications = table(example, "tandems"), table(example, "applications")
    wanted = applications.groupby("person_id")["vacancy_id"].agg(set).to_dict()
    shared = [
        row.round_id
        for row in tandems.itertuples()
        if wanted.get(row.mentor_id, set()) & wanted.get(row.mentee_id, set())
    ]
    assert sorted(shared) == [r for r, told in truth["rounds"].items() for _ in range(told["breaches"]["vacancy"])]
    assert truth["applications"] == {
        "vacancies": applications["vacancy_id"].nunique(),
        "applications": len(applications),
    }


def test_applicants_and_people_in_projects_are_employed_on_that_day(example: Path) -> None:
    people = table(example, "people").set_index("person_id")
    for name, column in (("applications", "applied_date"), ("projects", "start_date")):
        frame = table(example, name)
        own = people.loc[frame["person_id"]]
        assert (own["hire_date"].to_numpy() <= frame[column].to_numpy()).all()
        assert not (own["exit_date"].to_numpy() < frame[column].to_numpy()).any()


def test_mentors_take_up_more_project_roles_from_the_day_after_their_first_round(big: Mapping[str, Any]) -> None:
    told, ends = big["truth"]["projects"], {r.id: pd.Timestamp(r.end) for r in programme(DATA / "example").rounds}
    first = big["tandems"]["round_id"].map(ends).groupby(big["tandems"]["mentor_id"]).min()
    after = big["projects"]["start_date"] > big["projects"]["person_id"].map(first)
    assert told["mentor_roles_after_round"] == after.sum()
    assert told["other_roles"] == (~after).sum()
    assert told["rate_ratio_planted"] == 1.3
    assert told["rate_ratio"] == pytest.approx(1.3, abs=0.4)


def test_initiatives_come_after_a_meeting_and_are_counted_in_the_truth(example: Path) -> None:
    truth = truth_of(example)
    initiatives, meetings = table(example, "initiatives"), table(example, "meetings")
    first = meetings.groupby("tandem_id")["held_date"].min()
    assert (initiatives["proposed_date"] > initiatives["tandem_id"].map(first)).all()
    rounds = initiatives["tandem_id"].str[:6]
    for round_id, told in truth["rounds"].items():
        counts = initiatives.loc[rounds == round_id, "status"].value_counts().to_dict()
        assert {fate: n for fate, n in told["initiatives"].items() if n} == counts


def test_alumni_are_those_who_left_and_nobody_joins_after_coming_back(example: Path) -> None:
    truth = truth_of(example)["alumni"]
    people, alumni = table(example, "people").set_index("person_id"), table(example, "alumni")
    own = people.loc[alumni["person_id"]]
    assert (own["exit_date"].to_numpy() == alumni["exit_date"].to_numpy()).all()
    assert set(own["exit_reason"]) <= {"voluntary", "end_of_contract"}
    assert not (alumni["involved_from"] > alumni["rehire_date"]).any()
    assert not (alumni["exit_date"] >= alumni[["involved_from", "rehire_date"]].min(axis=1)).any()
    assert (alumni["involved_from"].dropna() > pd.Timestamp(programme(example).rounds[0].start)).all()
    joined, back = alumni["involved_from"].notna(), alumni["rehire_date"].notna()
    assert (truth["alumni"], truth["involved"]) == (len(alumni), joined.sum())
    assert (truth["returns_involved"], truth["returns_not_involved"]) == ((joined & back).sum(), (~joined & back).sum())


def test_each_table_beside_the_story_has_a_generator_of_its_own() -> None:
    draws = {
        (name, number): tuple(stream(5, name, number).integers(0, 1 << 40, size=4))
        for name in STREAMS
        for number in (0, 1)
    }
    assert len(set(draws.values())) == len(draws)
    assert tuple(np.random.default_rng(5).integers(0, 1 << 40, size=4)) not in draws.values()
