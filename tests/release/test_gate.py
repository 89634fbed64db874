"""The gate lets few and coarse numbers out, and none that rests on few people."""

from __future__ import annotations

import json
import re
from itertools import product
from typing import Any

import pytest

from rmanalytics.language.translator import LANGUAGES
from rmanalytics.release import gate
from rmanalytics.release.gate import released
from rmanalytics.report.page import leadership_page

TITLE = {"en": "Digital fitness improves", "de": "Die digitale Fitness nimmt zu"}


def row(**changes: Any) -> dict[str, Any]:
    about = {"name": "adjusted_difference", "quantity": "estimate", "status": "estimated", "group": "", "outcome": "x"}
    numbers = {"value": 0.6543, "lo": 0.2258, "hi": 1.0753, "p_value": 0.00037, "unit": "scale points"}
    return about | numbers | {"n": 28, "n_comparator": 11, "comparator": "waiting list"} | changes


def answer(
    *, verdict: str = "supported", evidence: int | None = 3, claim: str = "M1", **changes: Any
) -> dict[str, Any]:
    about = {"id": claim, "group": "mentee", "title": TITLE, "direction": "up"}
    result = None if changes.get("result", ()) is None else row(**changes)
    told = {"verdict": verdict, "evidence": evidence, "p_adjusted": 0.00368, "standardised": [0.96, 0.33, 1.59]}
    return {"claim": about, "result": result, "reason": "", "values": {}} | told


SCALES = {"digital_fitness": [1, 5]}


def document(*answers: dict[str, Any], tandems: int = 34, language: str = "en", rows: Any = ()) -> dict[str, Any]:
    matched = row(name="tandems_matched", n=tandems, value=tandems, unit="count", n_comparator=None, lo=None, hi=None)
    return {
        "programme": "North",
        "round": "2026H1",
        "language": language,
        "scales": SCALES,
        "results": [matched, *rows],
        "ledger": list(answers),
    }


def text_of(*answers: dict[str, Any], **options: Any) -> list[str]:
    return [statement["text"] for statement in released(document(*answers, **options), k=5)["statements"]]


def test_from_30_people_on_one_decimal_is_told():
    assert text_of(answer(n=31, n_comparator=33)) == [
        "Digital fitness improves: supported in this round. On average about 0.7 points more than on the waiting list."
    ]


def test_from_10_people_on_a_band_of_half_a_point_is_told_in_words():
    small, large = answer(value=0.3876, outcome="digital_fitness"), answer(value=1.21)
    assert text_of(small, answer(), large) == [
        "Digital fitness improves: supported in this round. On average between 0 and half a point more than on the "
        "waiting list, on a scale of 1 to 5.",
        "Digital fitness improves: supported in this round. On average between half a point and one point more than on "
        "the waiting list.",
        "Digital fitness improves: supported in this round. On average between 1.0 and 1.5 points more than on the "
        "waiting list.",
    ]


def test_a_size_that_rounds_to_nothing_is_told_as_less_than_the_smallest_step():
    assert "under 0.1 points more" in text_of(answer(value=0.04, n=60, n_comparator=60))[0]


def test_a_fall_that_was_claimed_reads_less():
    assert "half a point and one point less than" in text_of(answer(value=-0.6543))[0]


def test_a_slope_below_zero_reads_as_more_for_those_who_start_lower():
    text = text_of(answer(value=-0.31, unit="points per point", n=40, n_comparator=40))[0]
    assert "about 0.3 points more than on the waiting list, for each point that somebody started lower." in text


def test_below_10_people_no_number_is_told():
    for n, other in ((9, 40), (40, 9), (5, 5)):
        assert not re.search(r"\d", text_of(answer(n=n, n_comparator=other))[0])


def test_german_has_its_own_words_and_comma():
    assert text_of(answer(outcome="digital_fitness"), answer(n=31, n_comparator=33), language="de") == [
        "Die digitale Fitness nimmt zu: in dieser Runde belegt. Im Mittel zwischen einem halben und einem ganzen Punkt "
        "mehr als auf der Warteliste, auf einer Skala von 1 bis 5.",
        "Die digitale Fitness nimmt zu: in dieser Runde belegt. Im Mittel etwa 0,7 Punkte mehr als auf der Warteliste.",
    ]


def test_shares_come_in_steps_of_five_points_and_days_in_tens_or_months():
    shares = answer(unit="share", value=0.0837, n=80, n_comparator=90)
    assert "about 10 percentage points" in text_of(shares)[0]
    assert "between 5 and 10 percentage points" in text_of(shares | {"result": shares["result"] | {"n": 20}})[0]
    assert "about 20 days" in text_of(answer(unit="days", value=21.7, n=34, n_comparator=34))[0]
    assert "between 0 and 30 days" in text_of(answer(unit="days", value=21.7, n=20, n_comparator=34))[0]


def test_a_scale_that_is_not_known_is_not_named():
    known = document(answer(outcome="digital_fitness"))
    del known["scales"]
    assert "scale" not in released(known, k=5)["statements"][0]["text"]


def test_every_unit_that_is_told_has_its_words_in_every_language():
    assert gate._BANDS.keys() == gate._STEPS.keys()
    for unit, language, n in product(gate._BANDS, LANGUAGES, (20, 40)):
        text = text_of(answer(unit=unit, n=n, n_comparator=n), language=language)[0]
        assert re.search(r"0[.,]7|70|\bhal[fb]|0[.,]5|65|30|10 (days|Tage)", text), text


def test_a_comparator_that_the_gate_does_not_know_is_told_without_a_number():
    assert text_of(answer(comparator="the neighbours")) == ["Digital fitness improves: supported in this round."]


def test_a_unit_that_the_gate_does_not_know_is_told_without_a_number():
    assert not re.search(r"\d", text_of(answer(unit="furlongs", n=100, n_comparator=100))[0])


@pytest.mark.parametrize("changes", [{"n": 4}, {"n_comparator": 4}, {"n": 4, "n_comparator": None}, {"result": None}])
def test_nothing_of_fewer_than_k_people_goes_out(changes):
    page = released(document(answer(**changes)), k=5)
    assert (page["statements"], page["not_shown"], page["own_view"]) == ([], [], [])


def test_a_larger_k_is_kept():
    assert released(document(answer(n_comparator=11)), k=12)["statements"] == []


@pytest.mark.parametrize("tandems", [0, 4])
def test_a_round_of_fewer_than_k_tandems_tells_nothing(tandems):
    share = row(name="branding_share", unit="share", group="exposed", n=100, n_comparator=None)
    page = released(document(answer(), tandems=tandems, rows=[share]), k=5)
    assert (page["statements"], page["not_shown"], page["branding"]) == ([], [], [])
    assert page["notes"] == ["Too few people or tandems took part for any figure to be shown."]


def test_without_a_count_of_tandems_nothing_goes_out():
    without = document(answer()) | {"results": []}
    assert released(without, k=5)["statements"] == []


def test_k_below_five_is_refused():
    with pytest.raises(ValueError, match=r"5 or more"):
        released(document(), k=4)


@pytest.mark.parametrize(
    ("verdict", "evidence", "where"),
    [
        ("not_shown", 5, "not_shown"),
        ("not_shown", 1, "not_shown"),
        ("supported", 1, "own_view"),
        ("contradicted", 3, "against"),
    ],
)
def test_only_supported_claims_with_a_comparison_become_statements(verdict, evidence, where):
    page = released(document(answer(verdict=verdict, evidence=evidence)), k=5)
    lists = {name: page[name] for name in ("statements", "own_view", "against", "not_shown") if page[name]}
    assert lists == {where: ["Digital fitness improves"]}


def test_what_participants_deny_is_told_as_their_view():
    page = released(document(answer(verdict="contradicted", evidence=1)), k=5)
    assert page["against"] == ["Digital fitness improves (as the participants see it)"]


def test_statements_stand_by_the_strength_of_their_evidence():
    page = released(document(answer(evidence=2), answer(evidence=4), answer(evidence=3)), k=5)
    assert [statement["evidence"] for statement in page["statements"]] == [4, 3, 2]


def test_an_audit_of_a_rule_is_neither_a_claim_that_may_nor_one_that_may_not_be_said():
    page = released(document(answer(evidence=None)), k=5)
    assert (page["statements"], page["not_shown"]) == ([], [])
    assert page["notes"][0].startswith("Whether the rules of pairing were kept")


@pytest.mark.parametrize("verdict", ["supported", "contradicted", "not_shown"])
def test_no_list_names_a_claim_of_fewer_than_k_people(verdict):
    page = released(document(answer(verdict=verdict, evidence=1, n=4, n_comparator=None)), k=5)
    assert [page[name] for name in ("statements", "own_view", "against", "not_shown")] == [[], [], [], []]


def test_suppressed_and_unmeasured_claims_cannot_be_told_apart():
    suppressed = answer(verdict="suppressed", result=None)
    unmeasured = answer(verdict="not_measured", result=None)
    assert released(document(suppressed), k=5) == released(document(unmeasured), k=5)


def test_no_raw_number_interval_p_value_or_count_leaves_the_gate():
    text = json.dumps(released(document(answer()), k=5))
    for raw in ("0.65", "0.22", "1.07", "0.0003", "0.0036", "0.96", "28", "11"):
        assert raw not in text
    assert released(document(answer()), k=5)["statements"][0]["n"] == 30


def test_two_values_of_one_band_give_the_same_page():
    assert released(document(answer(value=0.51)), k=5) == released(document(answer(value=0.99, p_value=0.01)), k=5)


def test_branding_shares_come_coarse_and_only_of_ten_or_more():
    rows = [
        row(name="branding_share", unit="share", group=group, n=n, n_comparator=None, value=0.638, lo=0.495, hi=0.76)
        for group, n in (("exposed", 47), ("not exposed", 12), ("exposed", 9))
    ]
    first, second = released(document(rows=rows), k=5)["branding"]
    assert (first["value"], first["lo"], first["hi"], first["n"]) == (0.65, 0.45, 0.8, 45)
    assert "lo" not in second
    assert second["n"] == 10


def test_the_page_is_drawn_from_what_the_gate_gives():
    share = row(name="branding_share", unit="share", group="exposed", n=47, n_comparator=None, value=0.638)
    for language in ("en", "de"):
        html = leadership_page(released(document(answer(), rows=[share], language=language), k=5))
        assert "0.65" not in html
        assert "28" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
