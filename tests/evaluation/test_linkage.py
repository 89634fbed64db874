"""Answers under codes, evaluated: nobody's tandem is known, and what rests on links is told with and without doubt."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pandas as pd
import pytest

from rmanalytics.evaluation.cohort import BY_CODES, respondents
from rmanalytics.evaluation.study import Study
from rmanalytics.evaluation.survey.linkage import with_uncertain
from rmanalytics.evaluation.survey.outcomes import contrasts
from rmanalytics.intake.bundle import Bundle, read_bundle
from rmanalytics.language.translator import translator
from rmanalytics.report.chapters.survey.linkage import linked
from rmanalytics.results import COMPARISON, PARTICIPANTS, NotEstimable, Results
from rmanalytics.simulate import simulate
from rmanalytics.simulate.exports import write_as

ROUND = "2026H1"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, Bundle]:
    """One programme with answers under ids, and under codes."""
    folder = tmp_path_factory.mktemp("codes") / "p"
    simulate(folder, seed=5, rounds=1, tandems=24, employees=300)
    coded = folder.with_name("coded")
    shutil.copytree(folder, coded)
    write_as(coded, "codes")
    return read_bundle(folder), read_bundle(coded)


@pytest.fixture(scope="module")
def study(both: tuple[Bundle, Bundle]) -> Study:
    bundle = both[1]
    assert bundle.linked is not None
    people, answers = bundle.linked.people, bundle.table("answers")
    post = set(answers.loc[answers["wave"] == "post", "person_id"])
    mine = people[(people["side"] == "mentee") & (people["kind"] == "participant")]
    alone = mine.loc[~mine["person_id"].isin(post), "person_id"].iloc[0]
    stray = sorted(post - set(people["person_id"]))[0]
    doubt = pd.DataFrame({"round_id": [ROUND], "person_id": [alone], "other_id": [stray]}, dtype="str")
    return Study(replace(bundle, linked=replace(bundle.linked, uncertain=doubt)), ROUND)


def test_the_people_under_codes_are_as_many_as_those_who_answered(both: tuple[Bundle, Bundle]) -> None:
    plain, coded = both
    round_ = coded.programme.round(ROUND)
    answered = plain.table("answers")
    before = set(answered.loc[answered["wave"] == "pre", "person_id"])
    for side in ("mentee", "mentor"):
        for group in (PARTICIPANTS, COMPARISON):
            known, under = (respondents(one, round_, side) for one in both)
            there = known[(known["group"] == group) & known["person_id"].isin(before)]
            assert 0.85 * len(there) <= (under["group"] == group).sum() <= len(there)


def test_every_linked_answer_is_the_person_s_own(both: tuple[Bundle, Bundle]) -> None:
    waves = [
        {person: tuple(rows.sort_values("item")["value"].fillna(0)) for person, rows in own.groupby("person_id")}
        for one in both
        for own in (one.table("answers")[one.table("answers")["wave"] == wave] for wave in ("pre", "post"))
    ]
    true = {(waves[0][person], waves[1][person]) for person in waves[0].keys() & waves[1].keys()}
    found = [(waves[2][person], waves[3][person]) for person in waves[2].keys() & waves[3].keys()]
    assert len(found) >= 0.75 * len(true)
    assert sum(pair in true for pair in found) >= 0.99 * len(found)


def test_what_needs_a_tandem_says_why_it_is_not_there(study: Study) -> None:
    for name in ("both_at_point_share", "actor_partner"):
        results = study.survey.find(name)
        assert results
        assert all(isinstance(one, NotEstimable) and one.reason == BY_CODES for one in results)


def test_results_stand_without_and_with_the_uncertain_match(study: Study) -> None:
    points = study.survey.find("with_uncertain_matches")[0].points.set_index(["result", "outcome", "side", "of"])
    change = points.loc[("paired_change", "digital_fitness", "mentee", PARTICIPANTS)]
    assert change["n_with"] == change["n"] + 1
    again = Results(contrasts(with_uncertain(study.bundle), study.round, "digital_fitness", "mentee"))
    whole = again.get("paired_change", group=PARTICIPANTS)
    assert change["value_with"] == whole.value
    text = " ".join(map(str, linked(study, translator("de"))))
    assert "1 Zuordnung ist weniger sicher" in text
    assert linked(Study(replace(study.bundle, linked=None), ROUND), translator("en")) == []
