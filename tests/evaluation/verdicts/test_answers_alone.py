"""A claim outside the plan, from synthetic results: explored, described, audited, or a state."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from rmanalytics.evaluation import claims as rows
from rmanalytics.evaluation import ledger
from rmanalytics.programme.declared_plan import DeclaredPlan
from rmanalytics.results import Estimate, NotEstimable


def claim(name: str) -> rows.Claim:
    return next(one for one in rows.claims() if one.id == name)


def figure(value: float = 0.3, lo: float | None = 0.1, hi: float | None = 0.5, **changes: object) -> Estimate:
    about = {"name": "r", "unit": "share", "n": 40, "unit_of_analysis": "person", "method": "m"}
    return Estimate(value=value, lo=lo, hi=hi, **{**about, **changes})


def bundle(*tables: str, **own: dict[str, object]):
    programme = SimpleNamespace(declared=DeclaredPlan(claims=own))
    return SimpleNamespace(programme=programme, has=lambda name: name in tables)


def alone(name: str, result: Estimate | NotEstimable | None, *tables: str, **own: dict[str, object]) -> rows.Answer:
    return ledger.answer_alone(claim(name), result, bundle(*tables, **own))


@pytest.mark.parametrize("one", rows.claims(), ids=lambda one: one.id)
def test_every_claim_from_a_synthetic_result(one: rows.Claim) -> None:
    extra = {"margin": 0.5} if "equivalence" in one.gates else {}
    result = figure(n=100, n_comparator=100, p_value=0.2, extra=extra)
    nothing, refused = alone(one.id, None, *one.tables), NotEstimable(name="r", unit="u", reason="why", n=3)
    expected = {"comparison": "explored", "description": "described", "audit": "kept"}[one.type]
    if one.type == "audit":
        result = figure(0.0, None, None, unit="count")
        assert nothing.verdict == alone(one.id, refused, *one.tables).verdict == "not_audited"
    else:
        assert nothing.verdict == "not_asked"
        assert alone(one.id, refused).verdict == "not_estimable"
        assert alone(one.id, refused).because == "why"
    assert alone(one.id, result, *one.tables).verdict == expected


def test_explored_has_estimate_and_interval_and_no_verdict() -> None:
    answer = alone("M4", figure(n_comparator=40, p_value=0.001))
    assert (answer.verdict, answer.p_value, answer.evidence, answer.repeated) == ("explored", 0.001, None, None)


def test_a_gain_without_a_comparison_is_explored_at_level_1_and_never_marked() -> None:
    answer = alone("M4", figure(name="paired_change", p_value=0.0001))
    assert (answer.verdict, answer.evidence, answer.p_value) == ("explored", 1, None)
    assert answer.because == "a gain without a comparison"


@pytest.mark.parametrize(
    ("name", "target", "lo", "hi", "said"),
    [
        ("P1", 0.8, 0.8, 0.9, "at_target"),
        ("P1", 0.8, 0.79, 0.9, "open"),
        ("P1", 0.8, 0.7, 0.8, "open"),
        ("P1", 0.8, 0.7, 0.79, "below_target"),
        ("P1", None, 0.7, 0.79, ""),
    ],
)
def test_a_description_is_held_against_the_target_that_the_plan_declares(name, target, lo, hi, said) -> None:
    own = {name: {"target": target}} if target is not None else {}
    assert alone(name, figure((lo + hi) / 2, lo, hi), **own).target == said


def test_a_description_with_too_little_is_not_estimable() -> None:
    assert alone("P7", figure(n=19)).verdict == "not_estimable"
    assert alone("P7", figure(n=20)).verdict == "described"
    assert alone("P7", figure(n=19)).because == "n = 19; at least 20 are needed"


@pytest.mark.parametrize(
    ("value", "n", "unknown", "tables", "word", "because"),
    [
        (0, 34, 0, ("positions", "applications"), "kept", "no breach in 34 of 34 tandems"),
        (2, 34, 0, ("positions", "applications"), "broken", "2 of 34 tandems are in breach"),
        (1, 30, 4, ("positions",), "broken", "1 of 34 tandems is in breach"),
        (0, 30, 4, ("positions", "applications"), "kept", "no breach as far as audited (30 of 34 tandems)"),
        (0, 0, 34, ("positions", "applications"), "not_audited", "no breach as far as audited (0 of 34 tandems)"),
        (0, 34, 0, ("positions",), "not_audited", "not looked at, for want of applications"),
    ],
)
def test_audits(value, n, unknown, tables, word, because) -> None:
    answer = alone("P3", figure(value, None, None, unit="count", n=n, n_excluded=unknown), *tables)
    assert (answer.verdict, answer.because) == (word, because)


def test_nothing_published_was_audited() -> None:
    assert alone("P5", None).because == "nothing published has been audited yet"
    assert alone("P2", None, "positions").because == "the data that would answer it are not there"


def explored(**found: tuple[str, float, float]) -> dict[str, str]:
    answers = {
        key: alone(name, figure(value, -9.0, 9.0, unit="scale points", n_comparator=40, p_value=p))
        for key, (name, value, p) in found.items()
    }
    return ledger.marks(answers)


def test_marks_are_bh_at_ten_per_cent_each_way_by_itself() -> None:
    assert explored(a=("M4", 0.5, 0.01), b=("M4", 0.1, 0.9)) == {"a": "worth_declaring"}
    assert explored(a=("M4", -0.5, 0.01), b=("M4", 0.1, 0.9)) == {"a": "worth_watching"}
    assert explored(a=("M3", -0.5, 0.01)) == {"a": "worth_declaring"}
    assert explored(a=("M4", 0.5, 0.2)) == {"a": "worth_declaring"}  # one-sided .10
    assert explored(a=("M4", 0.5, 0.21)) == {}
    assert explored(a=("M4", 0.5, 0.2), b=("M4", 0.5, 0.5)) == {}


def test_a_ratio_without_a_p_value_is_tested_by_its_interval() -> None:
    ratio = figure(2.0, 1.0, 4.0, unit="rate ratio")
    assert ledger.p_value(ratio, claim("J9")) == pytest.approx(0.05, abs=0.0005)
    assert ledger.p_value(figure(2.0, None, None, unit="rate ratio"), claim("J9")) is None
    assert ledger.p_value(figure(2.0, 0.0, 4.0, unit="rate ratio"), claim("J9")) is None
    assert ledger.p_value(figure(p_value=0.3), claim("M4")) == 0.3


def part(name: str, value: float, se: float = 0.1, **changes: object) -> tuple[rows.Claim, Estimate]:
    extra = {"se": se, "g": 2 * value, "g_lo": -9.0, "g_hi": 9.0}
    return claim(name), figure(value, -9.0, 9.0, unit="scale points", n_comparator=40, extra=extra, **changes)


def test_both_sides_learn_is_as_strong_as_its_weaker_side_each_in_its_own_way() -> None:
    worse, better = part("M1", -1.6), part("J3", 1.2)
    assert ledger.weaker([worse, better]).value == ledger.weaker([better, worse]).value == -3.2
    assert ledger.weaker([part("M3", -1.6), better]).value == 2.4
    strong, weak = part("M1", 1.6, 1.0, p_value=0.1), part("J3", 1.2, p_value=0.001)
    assert (ledger.weaker([strong, weak]).value, ledger.weaker([strong, weak]).p_value) == (2.4, 0.1)
    assert ledger.weaker([(claim("M1"), None), better]) is None
    assert ledger.weaker([part("M1", 1.6), (claim("J3"), figure(n_comparator=None))]) is None


def test_value_for_money_rests_on_the_primary_being_shown() -> None:
    c8 = alone("C8", figure(300.0, 100.0, 500.0, unit="CHF"))
    primary = alone("M1", figure(n_comparator=40))
    for verdict in ("points_for", "not_shown", "could_not", "points_against"):
        said = ledger._on_the_primary(c8, rows.Answer(claim=primary.claim, verdict=verdict))
        assert (said.verdict, said.because) == ("not_estimable", "the primary claim is not shown")
    assert ledger._on_the_primary(c8, None).verdict == "not_estimable"
    assert ledger._on_the_primary(c8, rows.Answer(claim=primary.claim, verdict="shown")) is c8
    refused = alone("C8", None)
    assert ledger._on_the_primary(refused, None) is refused


def test_standard_deviations_stand_only_where_the_result_carries_all_three() -> None:
    whole = {"g": 0.5, "g_lo": 0.1, "g_hi": 0.9}
    assert ledger.standardised(figure(unit="scale points", extra=whole)) == (0.5, 0.1, 0.9)
    assert ledger.standardised(figure(unit="share", extra=whole)) is None
    assert ledger.standardised(figure(unit="scale points", extra={"g": 0.5})) is None
