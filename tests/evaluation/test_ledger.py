"""The claims ledger: verdicts and evidence levels follow rules, whatever the data say."""

from __future__ import annotations

import shutil
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from rmanalytics.evaluation import open_study
from rmanalytics.evaluation.claims import Answer, claims
from rmanalytics.evaluation.ledger import evidence_level
from rmanalytics.evaluation.study import Study
from rmanalytics.results import Estimate, NotEstimable

EXAMPLES = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def study() -> Study:
    return open_study(EXAMPLES / "example", "2026H1")


@pytest.fixture(scope="module")
def answers(study: Study) -> dict[str, Answer]:
    return {answer.claim.id: answer for answer in study.ledger}


def test_ledger_answers_every_claim_once_in_order(study: Study) -> None:
    assert [answer.claim.id for answer in study.ledger] == [claim.id for claim in claims()]


def test_claims_have_texts_in_both_languages() -> None:
    text = files("rmanalytics.evaluation").joinpath("claims.toml").read_text(encoding="utf-8")
    for claim in tomllib.loads(text)["claims"]:
        assert set(claim["title"]) == set(claim["needs"]) == {"en", "de"}


def test_measured_claims_carry_estimate_interval_n_and_evidence(answers: dict[str, Answer]) -> None:
    answer = answers["M1"]
    assert isinstance(answer.result, Estimate)
    assert answer.result.lo is not None
    assert answer.result.n_comparator
    assert answer.result.comparator
    assert answer.evidence in range(1, 6)
    assert answer.standardised is not None


def test_unmeasured_claims_name_what_would_answer_them(study: Study) -> None:
    unmeasured = [answer for answer in study.ledger if answer.verdict == "not_measured"]
    assert unmeasured
    assert all(answer.because and answer.claim.needs["en"] for answer in unmeasured)


def test_planted_breach_of_the_reporting_chain_contradicts_the_claim(answers: dict[str, Answer]) -> None:
    assert answers["P2"].verdict == "contradicted"
    assert answers["P2"].values["breaches"] == 1


def test_verdict_is_never_supported_on_the_wrong_side_or_with_no_difference_in_the_interval(study: Study) -> None:
    for answer in study.ledger:
        if answer.verdict == "supported" and answer.result.lo is not None and answer.claim.id[0] in "MJ":
            up = answer.claim.direction == "up"
            assert answer.result.lo > 0 if up else answer.result.hi < 0


def test_primary_outcome_is_tested_alone_and_the_others_are_corrected(answers: dict[str, Answer]) -> None:
    assert answers["M1"].p_adjusted == answers["M1"].result.p_value
    assert answers["M3"].p_adjusted > answers["M3"].result.p_value


def test_declared_families_are_corrected_each_by_itself(answers: dict[str, Answer], tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / "example", tmp_path / "example")
    with (folder / "programme.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[families]]\nname = "seniors"\nclaims = ["M1", "M3", "M4"]\n')
    within = {answer.claim.id: answer for answer in open_study(folder, "2026H1").ledger}
    smaller, larger = sorted(answers[claim].result.p_value for claim in ("M3", "M4"))
    expected = [2 * smaller, max(2 * smaller, larger)]
    assert sorted(within[claim].p_adjusted for claim in ("M3", "M4")) == pytest.approx(expected)
    assert within["M1"].p_adjusted == answers["M1"].p_adjusted
    assert within["M5"].values["claims"] == answers["M5"].values["claims"] - 2


def test_change_without_a_comparison_is_never_supported(answers: dict[str, Answer]) -> None:
    assert answers["C1"].evidence == 1
    assert answers["C1"].verdict == "not_shown"


def test_small_company_gets_suppressed_or_not_shown_rows_and_no_figure_below_five_people() -> None:
    study = open_study(EXAMPLES / "example_small", "2026H1")
    for answer in study.ledger:
        if answer.verdict == "suppressed":
            assert answer.result is None
        elif isinstance(answer.result, Estimate):
            assert answer.result.n >= 5


def test_too_few_pairs_are_not_shown_with_the_reason() -> None:
    study = open_study(EXAMPLES / "example_small", "2026H1")
    refused = [answer for answer in study.ledger if isinstance(answer.result, NotEstimable)]
    assert refused
    assert all(answer.verdict == ("not_shown" if answer.result.n else "not_measured") for answer in refused)
    assert any("fewer than 6" in answer.because for answer in refused)


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        ((False, True, True, True, False), 1),
        ((True, True, False, True, False), 2),
        ((True, False, True, True, False), 2),
        ((True, True, True, False, False), 3),
        ((True, True, True, True, False), 4),
        ((True, True, True, True, True), 5),
    ],
)
def test_evidence_level_follows_from_the_data(facts: tuple[bool, ...], level: int) -> None:
    names = ("compared", "before_after", "comparable", "quasi_random", "randomised")
    assert evidence_level(**dict(zip(names, facts, strict=True))) == level
