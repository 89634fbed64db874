"""The ledger from synthetic results: which figure answers a claim, and who is asked for a word."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from rmanalytics.evaluation import claims as rows
from rmanalytics.evaluation import ledger
from rmanalytics.programme.declared_plan import DeclaredPlan, Outcome
from rmanalytics.results import Estimate, NotEstimable, Results

CLAIMS = {claim.id: claim for claim in rows.claims()}
PLAN = DeclaredPlan(primary="M1", claims={"M4": {"direction": "down"}, "C6": {"metric": "offers"}})
SCALES = (Outcome(claim="M1", instrument="digital_fitness", side="mentee"),)
BOTH = ("participants", "comparison")


def figure(name: str, value: float = 0.3, **changes: object) -> Estimate:
    about = {"lo": value - 0.2, "hi": value + 0.2, "unit": "scale points", "n": 40, "unit_of_analysis": "person"}
    return Estimate(name=name, value=value, method="m", **{**about, **changes})


def scale(value: float = 0.3, outcome: str = "digital_fitness", side: str = "mentee", **changes: object) -> Estimate:
    sd = {"g": 2 * value, "g_lo": 2 * value - 0.4, "g_hi": 2 * value + 0.4}
    about = {"n_comparator": 40, "p_value": 0.004, "outcome": outcome, "side": side, "extra": {"se": 0.1, **sd}}
    return figure("adjusted_difference", value, **{**about, **changes})


def whole(*results: Estimate, groups: tuple[str, ...] = BOTH, judge=None, planned=False):
    """Every answer, by claim; the judge answers nothing unless one is given, and is asked unless told not to be."""
    programme = SimpleNamespace(outcomes=SCALES, declared=PLAN)
    bundle = SimpleNamespace(programme=programme, has=lambda *_: True)
    with (
        patch.object(ledger, "check_plan"),
        patch.object(ledger, "respondents", return_value={"group": groups}),
        patch.object(ledger, "Judge", judge or judging()),
    ):
        found = ledger.ledger(
            bundle, SimpleNamespace(id="r2"), Results(results), **({} if planned else {"planned": False})
        )
    assert [answer.claim.id for answer in found] == list(CLAIMS)
    return {answer.claim.id: answer for answer in found}


def judging(**verdicts: str):
    """A judge that gives some claims a word."""

    class Judging:
        def __init__(self, bundle, round_) -> None:
            assert round_.id == "r2"
            self.planned = {"M1": SimpleNamespace(role="primary", in_time=False)}

        def answers(self, alone):
            return {name: rows.Answer(claim=CLAIMS[name], verdict=word) for name, word in verdicts.items()}

    return Judging


def test_the_judge_answers_the_plan_and_no_subgroup() -> None:
    judge = judging(M1="not_shown")
    assert whole(scale(), judge=judge)["M1"].verdict == "explored"
    answers = whole(scale(), judge=judge, planned=True)
    assert answers["M1"].verdict == "not_shown"
    assert answers["M3"].verdict == "not_asked"
    assert {name: (a.role, a.recorded) for name, a in answers.items() if a.role} == {"M1": ("primary", False)}
    unasked = whole(judge=judging(), planned=True)["M1"]
    assert (unasked.verdict, unasked.role) == ("not_asked", "primary")


def test_a_direction_that_the_plan_declares_is_the_claims() -> None:
    answers = whole()
    assert (answers["M4"].claim.direction, CLAIMS["M4"].direction) == ("down", "up")
    assert answers["M5"].claim.direction == "up"


def test_marks_are_for_the_explored_alone() -> None:
    assert whole(scale())["M1"].mark == "worth_declaring"
    described = figure("completion_share", 0.9, unit="share", p_value=0.001, extra={})
    assert whole(described)["P1"].mark == ""


@pytest.mark.parametrize(("word", "verdict"), [("shown", "described"), ("points_for", "not_estimable")])
def test_value_for_money_rests_on_the_word_of_the_primary(word, verdict) -> None:
    benefit = figure(CLAIMS["C8"].result, 300.0, unit="CHF", outcome=(*CLAIMS["C8"].outcome, "")[0])
    assert whole(benefit, judge=judging(M1=word), planned=True)["C8"].verdict == verdict


def test_the_outcome_of_the_programme_answers_a_claim_on_scales() -> None:
    assert whole(scale(0.4), scale(0.1, outcome="allyship"))["M1"].result.value == 0.4
    assert whole(scale(0.4, outcome="allyship"))["M1"].verdict == "not_asked"
    assert whole(scale(0.4, side="mentor"))["M1"].verdict == "not_asked"
    assert whole(scale(0.4, outcome="allyship"))["M4"].verdict == "not_asked", "no outcome is declared for it"


def test_guesses_held_against_true_answers_come_before_what_people_say_they_know() -> None:
    known = figure("accuracy_difference", 0.2, unit="correlation", n_comparator=40, side="mentee")
    assert whole(scale(0.4), known)["M7"].result == known
    assert whole(scale(0.4), known)["M1"].result.value == 0.4
    refused = NotEstimable(name="accuracy_difference", unit="correlation", reason="why", n=9)
    assert whole(refused)["M7"].reason == "why"


def test_where_nobody_is_compared_the_participants_own_gain_is_explored() -> None:
    about = {"outcome": "digital_fitness", "side": "mentee", "group": "participants", "p_value": 0.01}
    gain = figure("paired_change", 0.2, **about)
    alone = whole(scale(), gain, replace(gain, group="comparison"), groups=("participants",))["M1"]
    assert (alone.result.value, alone.evidence, alone.reason) == (0.2, 1, ledger.GAIN_ONLY)
    assert whole(scale(), gain)["M1"].result.name == "adjusted_difference"
    assert whole(scale(), groups=("participants",))["M1"].verdict == "not_asked"
    refused = NotEstimable(name="paired_change", unit="u", reason="why", n=9, **{k: about[k] for k in list(about)[:3]})
    assert whole(refused, groups=("participants",))["M1"].verdict == "not_estimable"


def test_the_employer_brand_is_the_metric_of_the_plan() -> None:
    share = figure("branding_difference", 0.1, unit="share", outcome="offers", n_comparator=40)
    assert whole(share, replace(share, value=0.2, outcome="visits"))["C6"].result.value == 0.1
    assert whole(replace(share, outcome="visits"))["C6"].verdict == "not_asked"


def test_a_composed_claim_is_its_weaker_part() -> None:
    programme = SimpleNamespace(
        declared=PLAN, outcomes=(*SCALES, Outcome(claim="J3", instrument="self_efficacy", side="mentor"))
    )
    bundle = SimpleNamespace(programme=programme)
    results = Results([scale(0.4), scale(0.3, outcome="self_efficacy", side="mentor")])
    with patch.object(ledger, "respondents", return_value={"group": BOTH}):
        found = ledger.judged_by(bundle, SimpleNamespace(id="r"), results, ["T4", "M1", "P1"])
    assert (found["T4"].value, found["T4"].unit, found["M1"].value, found["P1"]) == (0.6, "g", 0.4, None)
    programme.declared = replace(PLAN, claims={"J3": {"direction": "down"}})
    with patch.object(ledger, "respondents", return_value={"group": BOTH}):
        found = ledger.judged_by(bundle, SimpleNamespace(id="r"), results, ["T4"])
    assert found["T4"].value == -0.6


def test_parts_are_turned_and_not_stretched() -> None:
    up, down = (CLAIMS["M1"], scale(0.3)), (CLAIMS["M3"], scale(-0.5))
    for parts in ([up, down], [down, up]):
        found = ledger.weaker(parts)
        assert (found.value, found.unit, found.side) == (0.6, "g", "both")
        assert (found.lo, found.hi) == pytest.approx((0.2, 1.0))
    assert ledger.weaker([(CLAIMS["M1"], scale(0.5)), (CLAIMS["M3"], scale(0.3))]).value == -0.6
    assert ledger.weaker([]) is None


def test_a_composed_claim_is_the_smaller_gain_in_standard_deviations_with_the_weakest_p() -> None:
    """0.2 points of a narrow scale are more than 0.3 of a wide one; the p is that of the part that speaks least."""
    narrow = scale(0.2, p_value=0.04, extra={"se": 0.1, "g": 0.8, "g_lo": 0.1, "g_hi": 1.5})
    wide = scale(0.3, p_value=0.001, extra={"se": 0.05, "g": 0.3, "g_lo": 0.2, "g_hi": 0.4})
    found = ledger.weaker([(CLAIMS["M1"], narrow), (CLAIMS["J3"], wide)])
    assert (found.value, found.lo, found.hi, found.p_value, found.unit) == (0.3, 0.1, 0.4, 0.04, "g")
    flat = scale(0.3, extra={"se": 0.1})
    refused = ledger.weaker([(CLAIMS["M1"], narrow), (CLAIMS["J3"], flat)])
    assert (refused.name, refused.unit, refused.reason) == ("smaller_gain", "g", ledger.NO_SPREAD)


def test_a_result_in_standard_deviations_is_its_own_standardised_value() -> None:
    own = figure("smaller_gain", 0.3, unit="g")
    assert ledger.standardised(own) == (0.3, pytest.approx(0.1), 0.5)
    assert ledger.standardised(replace(own, lo=None, hi=None)) is None
    assert ledger.standardised(replace(own, unit="days")) is None


def bundle_of(**own: dict[str, object]):
    return SimpleNamespace(programme=SimpleNamespace(declared=DeclaredPlan(claims=own)), has=lambda *_: False)


def test_only_a_gain_of_participants_is_a_gain() -> None:
    one_sided = ledger.answer_alone(CLAIMS["M4"], figure("r", p_value=0.01), bundle_of())
    assert (one_sided.p_value, one_sided.evidence, one_sided.reason) == (0.01, None, ledger.EXPLORED)
    compared = ledger.answer_alone(CLAIMS["M4"], figure("paired_change", p_value=0.01, n_comparator=9), bundle_of())
    assert (compared.p_value, compared.evidence) == (0.01, None)


@pytest.mark.parametrize("n", [0, 1, 19])
def test_a_description_of_fewer_than_its_row_asks_for_is_none(n) -> None:
    answer = ledger.answer_alone(CLAIMS["P7"], figure("r", n=n), bundle_of())
    assert (answer.verdict, answer.values) == ("not_estimable", {"n": n, "least": 20})


def eye_level(gap: tuple[float, float] | None, lo: float = 0.6, hi: float = 0.9, target: float | None = 0.5):
    ends = {} if gap is None else {"gap_lo": gap[0], "gap_hi": gap[1], "gap": 0.1234}
    share = figure("r", (lo + hi) / 2, lo=lo, hi=hi, unit="share", extra={"margin": 0.5, **ends})
    own = {} if target is None else {"T2": {"target": target}}
    return ledger.answer_alone(CLAIMS["T2"], share, bundle_of(**own))


@pytest.mark.parametrize(
    ("gap", "reason", "targets"),
    [
        ((-0.3, 0.4), ledger.ALIKE, ("at_target", "open", "below_target")),
        ((0.6, 0.9), ledger.APART, ("below_target",) * 3),
        ((-0.9, -0.6), ledger.APART, ("below_target",) * 3),
        ((0.2, 0.9), ledger.ALIKE_OPEN, ("open", "open", "below_target")),
        ((-0.9, 0.2), ledger.ALIKE_OPEN, ("open", "open", "below_target")),
        ((-0.5, 0.4), ledger.ALIKE_OPEN, ("open", "open", "below_target")),
        ((-0.4, 0.5), ledger.ALIKE_OPEN, ("open", "open", "below_target")),
        ((0.5, 0.9), ledger.ALIKE_OPEN, ("open", "open", "below_target")),
        ((-0.9, -0.5), ledger.ALIKE_OPEN, ("open", "open", "below_target")),
        (None, ledger.ALIKE_OPEN, ("open", "open", "below_target")),
    ],
)
def test_eye_level_needs_the_share_and_that_both_sides_see_it_alike(gap, reason, targets) -> None:
    shares = ((0.6, 0.9), (0.3, 0.5), (0.2, 0.4))
    found = [eye_level(gap, *limits) for limits in shares]
    assert tuple(one.target for one in found) == targets
    assert {one.reason for one in found} == {reason}


def test_what_is_said_beside_eye_level() -> None:
    assert eye_level((-0.3, 0.4)).values == {"target": 0.5, "margin": 0.5, "gap": 0.12}
    assert eye_level((-0.3, 0.4), target=None).values == {"margin": 0.5, "gap": 0.12}
    share = figure("r", 0.5, unit="share")
    assert ledger.described(CLAIMS["P1"], share, None).reason == ledger.DESCRIBED
    assert ledger.described(CLAIMS["P1"], replace(share, lo=None, hi=None), None).reason == ledger.FULL_COUNT


@pytest.mark.parametrize(
    ("target", "said"), [(0.2, "at_target"), (0.15, "open"), (0.1, "open"), (0.05, "below_target")]
)
def test_a_target_from_above(target, said) -> None:
    down = replace(CLAIMS["P1"], direction="down")
    assert ledger.against_target(down, figure("r", 0.15, lo=0.1, hi=0.2), target) == said


def test_what_an_audit_counts() -> None:
    breaches = figure("r", 0.0, lo=None, hi=None, unit="count", n=30, n_excluded=4)
    missing = ledger.audited(CLAIMS["P3"], breaches, ["positions", "applications"])
    assert missing.values == {"n": 0, "tandems": 34, "audited": 0, "tables": "positions, applications"}
    assert ledger.audited(CLAIMS["P3"], None, ["positions"]).values == {"tables": "positions"}


def test_marks_turn_about_the_null_of_the_claim() -> None:
    about = {"n_comparator": 40, "p_value": 0.01}

    def mark(name: str, value: float, **changes: object) -> dict[str, str]:
        result = figure("r", value, **{**about, **changes})
        return ledger.marks({"x": rows.Answer(claim=CLAIMS[name], verdict="explored", result=result, p_value=0.01)})

    assert mark("J9", 0.8, unit="rate ratio") == {"x": "worth_watching"}
    assert mark("J9", 1.2, unit="rate ratio") == {"x": "worth_declaring"}
    assert mark("M4", 0.0005) == {"x": "worth_declaring"}
    untested = rows.Answer(claim=CLAIMS["M4"], verdict="explored", result=figure("r"))
    assert ledger.marks({"x": untested}) == {}


def test_the_p_value_of_a_ratio_by_its_interval() -> None:
    ratio = figure("r", 2.0, lo=0.5, hi=8.0, unit="rate ratio")
    assert ledger.p_value(ratio, CLAIMS["J9"]) == pytest.approx(0.3271, abs=1e-4)
