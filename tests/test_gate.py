"""The gate lets few and coarse numbers out, and none that rests on few people."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

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


def document(*answers: dict[str, Any], tandems: int = 34, language: str = "en", rows: Any = ()) -> dict[str, Any]:
    matched = row(name="tandems_matched", n=tandems, value=tandems, unit="count", n_comparator=None, lo=None, hi=None)
    return {
        "programme": "North",
        "round": "2026H1",
        "language": language,
        "results": [matched, *rows],
        "ledger": list(answers),
    }


def text_of(*answers: dict[str, Any], **options: Any) -> list[str]:
    return [statement["text"] for statement in released(document(*answers, **options), k=5)["statements"]]


def test_from_30_people_on_one_decimal_is_told():
    assert text_of(answer(n=31, n_comparator=33)) == [
        "Digital fitness improves: supported in this round. Difference to the comparison group: about 0.7 scale points."
    ]


def test_from_10_people_on_a_band_of_half_a_point_is_told():
    assert text_of(answer()) == [
        "Digital fitness improves: supported in this round. Difference to the comparison group: "
        "between 0.5 and 1.0 scale points."
    ]


def test_below_10_people_no_number_is_told():
    for n, other in ((9, 40), (40, 9), (5, 5)):
        assert not re.search(r"\d", text_of(answer(n=n, n_comparator=other))[0])


def test_german_has_its_own_words_and_comma():
    assert text_of(answer(), language="de") == [
        "Die digitale Fitness nimmt zu: in dieser Runde belegt. Unterschied zur Vergleichsgruppe: "
        "0,5 bis 1,0 Skalenpunkte."
    ]


def test_shares_come_in_steps_of_five_points_and_days_in_tens_or_months():
    shares = answer(unit="share", value=0.0837, n=80, n_comparator=90)
    assert "about 10 percentage points" in text_of(shares)[0]
    assert "between 5 and 10 percentage points" in text_of(shares | {"result": shares["result"] | {"n": 20}})[0]
    assert "about 20 days" in text_of(answer(unit="days", value=21.7, n=34, n_comparator=34))[0]
    assert "up to 30 days" in text_of(answer(unit="days", value=21.7, n=20, n_comparator=34))[0]


def test_a_unit_that_the_gate_does_not_know_is_told_without_a_number():
    assert not re.search(r"\d", text_of(answer(unit="furlongs", n=100, n_comparator=100))[0])


@pytest.mark.parametrize("changes", [{"n": 4}, {"n_comparator": 4}, {"n": 4, "n_comparator": None}, {"result": None}])
def test_nothing_of_fewer_than_k_people_goes_out(changes):
    page = released(document(answer(**changes)), k=5)
    assert (page["statements"], page["not_shown"]) == ([], [])


def test_a_larger_k_is_kept():
    assert released(document(answer(n_comparator=11)), k=12)["statements"] == []


@pytest.mark.parametrize("tandems", [0, 4])
def test_a_round_of_fewer_than_k_tandems_tells_nothing(tandems):
    share = row(name="branding_share", unit="share", group="exposed", n=100, n_comparator=None)
    page = released(document(answer(), tandems=tandems, rows=[share]), k=5)
    assert (page["statements"], page["not_shown"], page["branding"]) == ([], [], [])
    assert page["notes"] == ["Too few people or tandems took part for any figure to be told."]


def test_without_a_count_of_tandems_nothing_goes_out():
    without = document(answer()) | {"results": []}
    assert released(without, k=5)["statements"] == []


def test_k_below_five_is_refused():
    with pytest.raises(ValueError, match=r"5 or more"):
        released(document(), k=4)


@pytest.mark.parametrize(("verdict", "evidence"), [("not_shown", 5), ("supported", 1), ("contradicted", 1)])
def test_only_supported_claims_with_a_comparison_become_statements(verdict, evidence):
    page = released(document(answer(verdict=verdict, evidence=evidence)), k=5)
    assert (page["statements"], page["not_shown"]) == ([], ["Digital fitness improves"])


def test_an_audit_of_a_rule_is_neither_a_claim_that_may_nor_one_that_may_not_be_said():
    page = released(document(answer(evidence=None)), k=5)
    assert (page["statements"], page["not_shown"]) == ([], [])
    assert page["notes"][0].startswith("Whether the rules of pairing were kept")


def test_data_that_point_against_a_claim_are_told():
    page = released(document(answer(verdict="contradicted")), k=5)
    assert "The data of this round point against: Digital fitness improves." in page["notes"]


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
