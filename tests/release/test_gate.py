"""The gate lets words out from 25 people a side, few and coarse numbers, and nothing that one person could move."""

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
SCALES = {"digital_fitness": [1, 5]}
IN_TIME, LATE = ({"name": "plan", "passed": passed, "reason": "", "values": {}} for passed in (True, False))


def row(**changes: Any) -> dict[str, Any]:
    about = {"name": "adjusted_difference", "quantity": "estimate", "status": "estimated", "group": "", "outcome": "x"}
    numbers = {"value": 0.6543, "lo": 0.2258, "hi": 1.0753, "p_value": 0.00037, "unit": "scale points"}
    return about | numbers | {"n": 114, "n_comparator": 121, "comparator": "waiting list"} | changes


def answer(
    verdict: str = "shown", *, role: str = "primary", claim: str = "M1", kind: str = "comparison", **changes: Any
):
    about = {"id": claim, "group": "mentee", "title": TITLE, "direction": "up", "type": kind}
    result = None if changes.get("result", ()) is None else row(**changes)
    size = [0.2234, 0.3414, 0.4567] if verdict == "shown" else None
    told = {"verdict": verdict, "role": role, "evidence": 4, "size": size, "repeated": [0.21, 0.52]}
    return {"claim": about, "result": result, "gates": [IN_TIME] if role else [], "reason": "", "values": {}} | told


def document(*answers: dict[str, Any], tandems: int = 34, language: str = "en", rows: Any = ()) -> dict[str, Any]:
    matched = row(name="tandems_matched", n=tandems, value=tandems, unit="count", n_comparator=None, lo=None, hi=None)
    about = {"programme": "North", "round": "2026H1", "language": language, "scales": SCALES}
    return about | {"results": [matched, *rows], "ledger": list(answers)}


def text_of(*answers: dict[str, Any], **options: Any) -> list[str]:
    return [statement["text"] for statement in released(document(*answers, **options), k=5)["statements"]]


def test_a_claim_that_is_shown_is_told_with_the_near_end_rounded_towards_nothing_and_the_middle():
    assert text_of(answer(outcome="digital_fitness")) == [
        "Digital fitness improves: shown. The change goes further than on the waiting list: by at least 0.2 points, "
        "most likely about 0.3 points, on a scale of 1 to 5."
    ]


def test_german_has_its_own_words_and_comma():
    assert text_of(answer(), language="de") == [
        "Die digitale Fitness nimmt zu: gezeigt. Die Veränderung geht weiter als auf der Warteliste: mindestens 0,2 "
        "Punkte, am wahrscheinlichsten etwa 0,3 Punkte."
    ]


@pytest.mark.parametrize("near", [0.0999, 0.0, -0.4])
def test_a_near_end_that_rounds_to_nothing_leaves_the_size_open(near):
    told = answer() | {"size": [near, 0.1, 0.3]}
    assert text_of(told) == [
        "Digital fitness improves: shown. The change goes further than on the waiting list; how much further cannot be "
        "said yet."
    ]


@pytest.mark.parametrize(
    ("unit", "size", "near", "about"),
    [
        ("share", [0.0837, 0.131, 0.2], "5 percentage points", "15 percentage points"),
        ("days", [21.7, 30.2, 50.0], "21 days", "30 days"),
        ("rate ratio", [1.34, 1.62, 2.0], "1.30 times as often", "1.60 times as often"),
    ],
)
def test_every_unit_has_its_step(unit, size, near, about):
    text = text_of(answer(unit=unit) | {"size": size})[0]
    assert f"at least {near}, most likely about {about}" in text


def test_every_unit_that_is_told_has_its_words_in_every_language():
    for unit, language in product(gate.STEPS, LANGUAGES):
        assert re.search(r"\d", text_of(answer(unit=unit) | {"size": [2.0, 3.0, 4.0]}, language=language)[0])


@pytest.mark.parametrize("changes", [{"unit": "furlongs"}, {"comparator": "the neighbours"}])
def test_what_the_gate_does_not_know_is_told_without_a_number(changes):
    assert text_of(answer(**changes)) == ["Digital fitness improves: shown."]


@pytest.mark.parametrize(
    "verdict", ["shown", "points_for", "points_against", "not_shown", "could_not", "not_estimable"]
)
@pytest.mark.parametrize("sizes", [(24, 40), (40, 24), (5, 5)])
def test_below_25_people_on_a_side_every_claim_reads_alike_whatever_came_out(verdict, sizes):
    few = answer(verdict, n=sizes[0], n_comparator=sizes[1])
    withheld = answer("withheld", result=None)
    assert released(document(few), k=5) == released(document(withheld), k=5)
    assert released(document(few), k=5)["words"] == {"too_few": ["Digital fitness improves"]}


@pytest.mark.parametrize("verdict", ["points_for", "points_against", "not_shown", "could_not"])
def test_from_25_people_on_each_side_the_word_is_that_of_hr_without_a_number(verdict):
    page = released(document(answer(verdict, n=25, n_comparator=25)), k=5)
    assert page["words"] == {verdict: ["Digital fitness improves"]}
    assert page["statements"] == []


def test_not_estimable_is_told_as_could_not_have_told():
    both = [released(document(answer(verdict)), k=5) for verdict in ("not_estimable", "could_not")]
    assert both[0] == both[1]


@pytest.mark.parametrize("verdict", ["explored", "described", "not_asked"])
def test_what_is_outside_the_plan_stays_inside(verdict):
    page = released(document(answer(verdict, role="")), k=5)
    assert (page["statements"], page["words"], page["planned"]) == ([], {}, False)


@pytest.mark.parametrize(
    ("verdict", "word"),
    [("kept", "kept"), ("broken", "broken"), ("not_audited", "not_audited"), ("withheld", "not_audited")],
)
def test_audits_have_a_word_and_never_how_many(verdict, word):
    breach = answer(verdict, role="", kind="audit", value=3, n=34) | {"values": {"breaches": 3, "tandems": 34}}
    page = released(document(breach), k=5)
    assert page["audits"] == [{"claim": "Digital fitness improves", "word": word}]
    assert "34" not in json.dumps(page)


def test_no_evidence_level_goes_out_for_one_person_can_move_it():
    pages = [released(document(answer() | {"evidence": level}), k=5) for level in (3, 4)]
    assert pages[0] == pages[1]
    assert "evidence" not in json.dumps(pages[0])


def test_a_plan_that_was_not_recorded_in_time_is_the_first_note():
    late = answer("points_for") | {"gates": [LATE]}
    assert released(document(late), k=5)["notes"][0].startswith("The plan was not recorded")
    assert released(document(answer("shown", role="")), k=5)["notes"][0].startswith("The plan was not recorded")
    assert not released(document(answer()), k=5)["notes"][0].startswith("The plan was not recorded")


@pytest.mark.parametrize("tandems", [0, 4])
def test_a_round_of_fewer_than_k_tandems_tells_nothing(tandems):
    page = released(document(answer(), tandems=tandems), k=5)
    assert (page["statements"], page["words"], page["branding"]) == ([], {}, [])
    assert page["notes"] == ["Too few people or tandems took part for any figure to be shown."]


def test_without_a_count_of_tandems_nothing_goes_out():
    assert released(document(answer()) | {"results": []}, k=5)["statements"] == []


def test_k_below_five_is_refused():
    with pytest.raises(ValueError, match=r"5 or more"):
        released(document(), k=4)


def test_no_raw_number_interval_p_value_or_count_leaves_the_gate():
    text = json.dumps(released(document(answer()), k=5))
    for raw in ("0.65", "0.22", "0.34", "0.456", "0.52", "1.07", "0.0003", "114", "121"):
        assert raw not in text
    assert released(document(answer()), k=5)["statements"][0]["n"] == 110


BRANDING = [
    row(name="branding_share", unit="share", group=group, n=n, n_comparator=None, value=0.638, lo=0.495, hi=0.76)
    for group, n in (("exposed", 47), ("not exposed", 29))
]


@pytest.mark.parametrize("verdict", ["points_for", "not_shown", "could_not", "explored"])
def test_there_is_no_pair_of_bars_for_a_claim_that_is_not_shown(verdict):
    said = answer(verdict, claim="C6", role="" if verdict == "explored" else "key")
    assert released(document(said, rows=BRANDING), k=5)["branding"] == []


def test_branding_shares_of_a_claim_that_is_shown_come_coarse_and_of_thirty_or_more():
    said = answer(claim="C6", unit="share") | {"size": [0.1, 0.2, 0.3]}
    (only,) = released(document(said, rows=BRANDING), k=5)["branding"]
    assert (only["value"], only["lo"], only["hi"], only["n"]) == (0.65, 0.45, 0.8, 45)


def test_the_page_is_drawn_from_what_the_gate_gives():
    audits = [answer(word, role="", kind="audit", claim="P2") for word in ("kept", "not_audited")]
    others = [
        answer(word, role="key") for word in ("points_for", "points_against", "not_shown", "could_not", "withheld")
    ]
    for language in LANGUAGES:
        html = leadership_page(released(document(answer(), *others, *audits, language=language), k=5))
        assert "0.65" not in html
        assert "{" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
