"""The claims ledger on the examples: every claim once, words by the plan, states that never count as no."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import pytest

from rmanalytics.errors import InputError
from rmanalytics.evaluation import open_study
from rmanalytics.evaluation.claims import AUDIT_WORDS, COMPARISON_WORDS, STATES, Answer, claims
from rmanalytics.evaluation.study import Study
from rmanalytics.evaluation.verdicts.declared import check_plan
from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.programme import read_programme
from rmanalytics.results import Estimate, NotEstimable

EXAMPLES = Path(__file__).parents[2] / "data"
PLAN = '[declare]\nprimary = "M1"\nkeys = ["M3", "J1", "J3", "J7"]\n'


@pytest.fixture(scope="module")
def study() -> Study:
    return open_study(EXAMPLES / "example", "2026H1")


@pytest.fixture(scope="module")
def answers(study: Study) -> dict[str, Answer]:
    return by_id(study.ledger)


@pytest.fixture(scope="module")
def small() -> tuple[Answer, ...]:
    return open_study(EXAMPLES / "example_small", "2026H1").ledger


def by_id(ledger: Iterable[Answer]) -> dict[str, Answer]:
    return {answer.claim.id: answer for answer in ledger}


def test_ledger_answers_every_claim_once_in_order(study: Study) -> None:
    assert [answer.claim.id for answer in study.ledger] == [claim.id for claim in claims()]


def test_claims_have_texts_in_both_languages() -> None:
    text = files("rmanalytics.evaluation").joinpath("claims.toml").read_text(encoding="utf-8")
    for claim in tomllib.loads(text)["claims"]:
        assert set(claim["title"]) == set(claim["needs"]) == {"en", "de"}


def test_words_are_those_of_the_type(study: Study) -> None:
    allowed = {"comparison": {*COMPARISON_WORDS, "explored"}, "description": {"described"}, "audit": set(AUDIT_WORDS)}
    for answer in study.ledger:
        assert answer.verdict in allowed[answer.claim.type] | set(STATES)


def test_only_claims_of_the_plan_have_a_verdict_and_a_repeated_interval(study: Study) -> None:
    planned = {answer.claim.id for answer in study.ledger if answer.role}
    assert planned == {"M1", "M3", "J1", "J3", "J7"}
    assert {a.claim.id for a in study.ledger if a.verdict in COMPARISON_WORDS} <= planned
    assert all((a.repeated is not None) == (a.claim.id in planned) for a in study.ledger)


def test_a_verdict_rests_on_all_rounds_and_one_round_alone_has_none(answers: dict[str, Answer]) -> None:
    answer = answers["M1"]
    assert isinstance(answer.result, Estimate)
    assert isinstance(answer.this_round, Estimate)
    assert [name for name, _ in answer.by_round] == ["2024H2", "2025H1", "2025H2", "2026H1"]
    assert answer.look == 4
    assert answer.result.n > 3 * answer.this_round.n
    assert answer.evidence in range(1, 6)


def test_repeated_intervals_are_wider_than_ordinary_ones_and_agree_with_the_word(study: Study) -> None:
    for answer in study.ledger:
        if answer.repeated is None or not isinstance(answer.result, Estimate):
            continue
        lo, hi = answer.repeated
        assert lo < answer.result.lo
        assert answer.result.hi < hi
        down = answer.claim.direction == "down"
        if answer.verdict in ("shown", "points_for"):
            assert (hi < 0) if down else (lo > 0)


def test_a_breach_of_the_reporting_chain_breaks_the_rule(answers: dict[str, Answer]) -> None:
    assert answers["P2"].verdict == "broken"
    assert answers["P2"].values["n"] == 1


def test_what_nobody_audited_is_not_kept(answers: dict[str, Answer]) -> None:
    assert answers["P5"].verdict == "not_audited"


def test_a_rule_is_not_kept_where_the_table_that_could_show_a_breach_is_missing(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / "example_small", tmp_path / "p")
    (folder / "applications.csv").unlink()
    answer = by_id(open_study(folder, "2026H1").ledger)["P3"]
    assert answer.verdict == "not_audited"
    assert answer.because == "not looked at, for want of applications"


def test_states_have_a_reason_and_name_what_would_answer(study: Study, small: tuple[Answer, ...]) -> None:
    for answer in (*study.ledger, *small):
        if answer.verdict in STATES:
            assert answer.because
            assert answer.claim.needs["en"]
        if isinstance(answer.result, NotEstimable):
            assert answer.verdict == "not_estimable"


def changed(tmp_path: Path, old: str, new: str) -> Path:
    folder = shutil.copytree(EXAMPLES / "example_small", tmp_path / "p")
    file = folder / "programme.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ('[declare]\nprimary = "M1"\nkeys = ["M3", "M4", "M5", "J1", "J3"]\n', "at most 4 key claims"),
        ('[declare]\nprimary = "M1"\nkeys = ["M3", "M3"]\n', "claim M3 is declared twice"),
        ('[declare]\nprimary = "M1"\nkeys = ["M1"]\n', "claim M1 is declared twice"),
        ('[declare]\nkeys = ["M1"]\n', "no primary one"),
        ('[declare]\nprimary = "C5"\n', "claim C5 compares nobody"),
        ('[declare]\nprimary = "M8"\n', "M8 may be a key claim only"),
        (
            '[declare]\nprimary = "M1"\n[declare.M3]\ninstrument = "digital_fitness"\n',
            "declared down, its instrument up",
        ),
        ('[declare]\nprimary = "M1"\n[declare.M1]\ndirection = "down"\n', "declared down, its instrument up"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(tmp_path: Path, plan: str, said: str) -> None:
    programme = read_programme(changed(tmp_path, PLAN, plan), tuple(TABLES))
    with pytest.raises(InputError, match=said) as error:
        check_plan(programme)
    assert {problem.code for problem in error.value.problems} == {"RM-E-141"}


def test_without_a_plan_nothing_has_a_verdict(tmp_path: Path) -> None:
    ledger = open_study(changed(tmp_path, PLAN, ""), "2026H1").ledger
    assert not [a for a in ledger if a.role or a.verdict in COMPARISON_WORDS]


def test_a_plan_that_changed_since_its_receipt_is_never_more_than_points_for(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / "example", tmp_path / "p")
    file = folder / "programme.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(PLAN, '[declare]\nprimary = "M3"\nkeys = ["M1"]\n'), encoding="utf-8")
    moved = by_id(open_study(folder, "2026H1").ledger)
    assert {moved[claim].verdict for claim in ("M1", "M3")} <= {"points_for", "could_not"}
    assert {gate.name for gate in moved["M1"].gates if not gate.passed} >= {"plan"}
