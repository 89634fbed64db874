"""Tables: escaped, aligned, every claim answered, reasons where there is no number."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest
import report_examples as examples
from markupsafe import Markup

from rmanalytics.evaluation.ledger import audited
from rmanalytics.evaluation.verdicts.evidence import Gate
from rmanalytics.evaluation.verdicts.sensitivity import Specification
from rmanalytics.language.translator import translator
from rmanalytics.report.chapters import data
from rmanalytics.report.chapters.comparison import balance
from rmanalytics.report.chapters.engagement import delivery
from rmanalytics.report.chapters.network import bridge
from rmanalytics.report.chapters.survey import (
    attrition,
    both_sides,
    goal_attainment,
    outcomes,
    reliability,
    reliable_change,
    response_shift,
)
from rmanalytics.report.chapters.value import branding
from rmanalytics.report.charts import intervals
from rmanalytics.report.html import tables
from rmanalytics.report.html.markup import numbers, table, text
from rmanalytics.report.html.read_back import read_back
from rmanalytics.report.words import findings, verdicts
from rmanalytics.report.words.lookup import hidden
from rmanalytics.results import SIDES, Estimate, NotEstimable, Results

TR = translator("en")


def words(html: str) -> str:
    return " ".join(Markup(re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)).striptags().split())


def test_cells_are_escaped_and_templates_in_them_are_not_run() -> None:
    html = table([text("name"), numbers("n")], [["<script>alert(1)</script>{{7*7}}", "3"]])
    assert "<script>" not in html
    assert "{{7*7}}" in html


def test_numbers_are_set_right() -> None:
    html = table([text("name"), numbers("n")], [["a", "3"]])
    assert '<td class="r">3</td>' in html


def test_a_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="cells"):
        table([text("name")], [["a", "b"]])


@pytest.mark.parametrize("make", [examples.full, examples.one_arm, examples.tiny, examples.empty])
def test_every_claim_stands_in_the_matrix(make) -> None:
    study = make()
    html = words(tables.claims_matrix(study, TR))
    assert all(answer.claim.title["en"] in html for answer in study.ledger)


def test_a_claim_that_should_fall_is_drawn_to_the_right_when_it_fell() -> None:
    html = tables.claims_matrix(examples.full(), TR)
    row = re.search(r"Technology anxiety falls.*?</tr>", html, re.DOTALL)
    assert row is not None
    assert 'aria-label="0.40, 0.06 to 0.73"' in row[0]
    assert "−0.31 scale points" in row[0]


def test_verdicts_have_words_and_a_shape_of_their_own() -> None:
    signs = {verdict: str(intervals.symbol(verdict)) for verdict in verdicts.WORDS}
    shapes = {re.sub(r'class="[^"]*"', "", sign) for sign in signs.values()}
    assert len(shapes) == len(signs)


def test_evidence_is_told_to_those_who_cannot_see_it() -> None:
    html = intervals.evidence_ticks(3, "evidence level 3 of 5")
    assert html.count('class="on"') == 3
    assert 'aria-label="evidence level 3 of 5"' in html


def test_claims_that_were_not_asked_name_what_would_answer_them() -> None:
    html = words(tables.claims_matrix(examples.empty(), TR))
    assert "It takes goals.csv" in html


def test_an_estimate_table_gives_the_reason_where_there_is_no_number() -> None:
    study = examples.tiny()
    html = words(tables.estimates([("Digital fitness", study.survey.find("paired_change")[0])], TR, first="scale"))
    assert "not estimable: fewer than 6 complete pairs" in html


def test_units_stand_in_the_head_where_all_rows_share_one() -> None:
    shares = [("a", examples.estimate("completion_share", "share", 0.647, 0.479, 0.785))]
    html = words(tables.estimates(shares, TR, first="what"))
    assert "estimate, per cent" in html
    assert "48 to 78" in html


def test_an_interval_beyond_the_axis_ends_in_an_arrow() -> None:
    axis = intervals.Axis(lo=-1, hi=1)
    inside = intervals.dot_interval(0.2, -0.1, 0.5, axis=axis, tone="part", label="")
    beyond = intervals.dot_interval(0.2, -3.0, 4.0, axis=axis, tone="part", label="")
    assert "polygon" not in inside
    assert beyond.count("polygon") == 2


def test_hidden_counts_cannot_be_had_by_taking_away() -> None:
    assert hidden([20, 3, 9], 5) == [False, True, True]
    assert hidden([3, 2, 30], 5) == [True, True, False]
    assert hidden([0, 10], 5) == [False, False]


def said(block: list) -> str:
    html = "".join(str(piece) for piece in block if isinstance(piece, Markup))
    return words(html.replace("<", " <")).replace("\u00a0", " ")


def with_survey(study, **changes):
    """The study with some results of its survey, by name, changed."""
    results = [replace(r, **changes[r.name]) if r.name in changes else r for r in study.survey]
    return replace(study, survey=Results(results))


def test_the_matrix_says_what_a_verdict_rests_on_and_prints_the_gate_that_bound_it() -> None:
    study = examples.full()
    html = words(tables.claims_matrix(study, TR))
    assert "a verdict from all rounds together" in html
    lock = Gate(name="lock", passed=False, reason="p = {p}", values={"p": 0.2})
    bound = replace(next(a for a in study.ledger if a.claim.id == "M3"), gates=(lock,))
    told = words(tables.claims_matrix(replace(study, ledger=(bound,)), TR)).replace("\u00a0", " ")
    assert "Something else stands in the way: p = 0.20." in told


@pytest.mark.parametrize("verdict", ["could_not", "not_estimable"])
def test_why_a_planned_claim_has_no_better_word_stands_once_beneath_it_or_in_its_row(verdict: str) -> None:
    study = examples.full()
    answer = replace(next(a for a in study.ledger if a.claim.id == "M3"), verdict=verdict, reason="too few came")
    html = str(tables.claims_matrix(replace(study, ledger=(answer,)), TR))
    assert html.lower().count("too few came") == 1
    assert ('class="why"' in html) == (verdict == "not_estimable")
    assert ("Too few came." in html) == (verdict == "could_not")


def test_the_matrix_folds_away_what_a_claim_passed_with_what_would_turn_it() -> None:
    study = examples.full()
    passed = (
        Gate(name="silence", passed=True, values={"tipping": 1.24, "silent": 0.1}),
        Gate(name="lock", passed=True, values={"p": 0.00004}),
        Gate(name="fragility", passed=True, values={"n": 7}),
        Gate(name="ceiling", passed=True, values={"share": 0.1}),
    )
    answer = replace(next(a for a in study.ledger if a.claim.id == "M3"), gates=passed, bound="units")
    html = str(tables.claims_matrix(replace(study, ledger=(answer,)), TR))
    assert "<details" in html
    told = words(html).replace("\u00a0", " ")
    assert "ended 1.24 standard deviations further the other way than expected" in told
    assert "confirms it (p at most 0.0001)" in told
    assert "7 people, events or units the other way" in told
    assert "10 % of the participants" in told or "10% of the participants" in told
    assert "A better answer needs people from more units." in told
    nobody = replace(answer, gates=(Gate(name="silence", passed=True, values={"tipping": math.inf}),), bound="")
    told = words(tables.claims_matrix(replace(study, ledger=(nobody,)), TR))
    assert "no participant is silent" in told
    assert "A better answer needs" not in told


def test_provenance_prints_no_fingerprint() -> None:
    html = said(data.provenance(examples.full()))
    assert "manifest.json, made with a key" in html
    assert "0f0f" not in html


def test_reliable_change_counts_openly_and_names_what_chance_gives() -> None:
    html = said(reliable_change.persons(examples.full(), "mentee"))
    assert "2.5% would be expected in each direction" in html
    assert "Digital fitness 26% (14 to 43%) " in html
    assert "More seniors changed the hoped way than chance would give in digital fitness" in html
    assert "In 10 of 10 cases every exact test says the same" in html
    assert "A dash: the changes are not multiples of one step of the scale." in html


def test_questions_stand_in_their_words_largest_rise_first() -> None:
    study = examples.full()
    html = said(reliable_change.persons(study, "mentor"))
    first, *_, last = study.programme.instruments["felt_appreciation"].items
    assert html.index(last.text["en"]) < html.index(first.text["en"])
    assert "(turned)" in html


def test_few_people_of_a_unit_are_withheld_and_so_is_what_would_give_them_away() -> None:
    html = said(balance.balance(examples.full()))
    assert "Finance 59% 60% 0.00" in html
    assert "Sales group too small to be shown (k = 5) 25% – –" in html
    assert "IT – 15% – –" in html
    assert "year of birth 1974 1977 −0.43 0.077" not in html
    assert "year of birth 1974 1977 −0.43 0.080" in html


def test_who_is_missing_says_whether_the_difference_hangs_on_them() -> None:
    study = examples.full()
    assert "stands if the missing are like the others, but not if all had answered against" in said(
        attrition.missing(study)
    )
    firm = with_survey(study, adjusted_difference_at_lowest={"value": 0.2, "lo": 0.05, "hi": 0.4})
    assert "stands whatever the missing answers would have been" in said(attrition.missing(firm))
    assert "Of 33 participants with a score before, 2 have none after" in said(attrition.missing(study))


def test_two_yardsticks_stand_side_by_side_and_neither_replaces_the_other() -> None:
    html = said(response_shift.response_shift(examples.full()))
    assert "changed by 0.47 since their answers before, by 0.81 since before as they see it now" in html
    assert "put their former selves 0.34 scale points lower than then" in html
    assert "never replaces it" in html
    assert "in tasks that were done" in html


def test_goals_are_told_with_unrated_ones_beside_them() -> None:
    html = said(goal_attainment.goals(examples.full()))
    assert "Seniors reached 84% of the goals" in html
    assert "unrated ones counted as not reached 70" in html
    assert "56.2" in html


def test_the_distance_at_eye_level_gives_the_title_of_the_tandem() -> None:
    html = said(both_sides.tandem(examples.full()))
    assert "Meeting as equals: juniors stand 0.46 scale points lower than their seniors" in html


def test_sides_that_answer_different_scales_are_said_to() -> None:
    html = said(both_sides.both_learn(examples.full()))
    assert "The two sides answer different scales" in html
    assert "sides told apart against sides alike 11.3 4 26 0.020" in html


def test_a_question_against_its_scale_is_suspected_only_of_enough_people() -> None:
    study = examples.full()
    question = study.programme.instruments["technology_anxiety"].items[0].text["en"]
    html = said(reliability.scale_quality(study))
    assert f"a missing reverse key is to be suspected: “{question}” (−0.20)." in html
    assert "More than 15% stand at an end, with little room to move: Skills as a mentor, Attitude toward" in html
    roomy = said(reliability.scale_quality(with_survey(study, ceiling_share={"value": 0.03, "lo": 0.0})))
    assert "shown at most 15% of the participants stood at an end before the round" in roomy
    few = said(reliability.scale_quality(with_survey(study, item_rest_correlations={"n": 9})))
    assert "suspected" not in few
    assert "With fewer than 30 people" in few


def test_a_scale_that_measures_otherwise_after_is_named_beside_its_figure_and_where_scales_are_judged() -> None:
    study = examples.full()
    second = study.programme.outcomes[1]
    scale = study.programme.instruments[second.instrument].title["en"]
    caution = f"The questionnaire does not measure the same before and after: {scale}, some questions moved apart"
    assert caution in said(reliability.scale_quality(study))
    assert caution in said(outcomes.changes(study, second.side))
    assert "Measurement invariance, step by step" in said(reliability.scale_quality(study))
    other = next(side for side in SIDES if side != second.side)
    assert "does not measure the same" not in said(outcomes.changes(study, other))


def test_scales_out_of_reach_leave_out_those_that_should_fall() -> None:
    html = said(reliability.scale_quality(examples.full()))
    reach = html[html.index("On these scales many") :]
    assert "Digital fitness (29" in reach
    assert "Unease with technology" not in reach


def test_steps_to_the_top_are_counted_openly() -> None:
    html = said(bridge.top(examples.full()))
    assert "participants before 1 2 0 2 20 14 3 12 20" in html


def test_all_rounds_stand_together_in_one_model_with_their_numbers() -> None:
    study = examples.full()
    html = said(branding.across(study))
    assert "0.37 scale points over all 5 rounds" in html
    assert "all rounds together 0.37 0.25 to 0.48 114 v 123" in html
    assert "all rounds, random effects as a check 0.29 0.14 to 0.44" in html
    assert "114 participations against 123 in the comparison group over 5 rounds, 164 people" in html
    assert "its true difference lies between 0.14 and 0.60 (95%)" in html
    reason = "fewer than {least} rounds with an estimate"
    refused = NotEstimable(name="clustered_difference", unit="scale points", n=1, reason=reason, values={"least": 2})
    alone = [r for r in study.across if not r.name.endswith("_difference") or r.name == "adjusted_difference"]
    html = said(branding.across(replace(study, across=Results([*alone, refused]))))
    assert "Not taken together: fewer than 2 rounds with an estimate." in html


def test_data_quality_adds_up_and_names_no_value() -> None:
    html = words("".join(str(piece) for piece in data.data_quality(examples.full())))
    assert "with 27,141 rows." in html
    assert "RM-Q-014" in html


def test_counts_of_tandems_stand_openly_in_the_delivery_tables() -> None:
    html = words("".join(str(p) for p in delivery.meetings(examples.full()) if isinstance(p, Markup)))
    assert "time2" in html
    assert "left company1" in html


@pytest.mark.parametrize("make", [examples.full, examples.one_arm, examples.tiny, examples.empty])
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_first_screen_reads_for_any_outcome(make, language) -> None:
    front = findings.front(make(language), translator(language))
    assert front.headline.endswith(".")
    assert front.answer.endswith(".")
    assert front.limits
    everything = " ".join([front.headline, front.answer, *front.limits, *(f.text for f in front.findings)])
    assert "{" not in everything
    assert "±" not in everything
    assert "no effect" not in everything


def test_findings_are_the_keys_of_the_plan_and_then_what_is_described() -> None:
    found = findings.findings(examples.full(), TR)
    assert [one.lead for one in found[:2]] == [
        "“Technology anxiety falls”",
        "“Juniors gain professional and personal skills”",
    ]
    assert {one.verdict for one in found[2:]} == {"described"}
    assert "31 v 33 people, waiting list, evidence level 4 of 5" in found[0].note


def test_headline_of_a_full_round_is_the_verdict_of_the_primary_with_its_size() -> None:
    assert findings.headline(examples.full(), TR).replace("\u00a0", " ") == (
        "After 1 round it is shown that digital fitness of the seniors rises more than on the waiting list: by at "
        "least 0.21 scale points, most likely about 0.38 scale points (by their own account)."
    )


def test_without_a_receipt_the_first_sentence_begins_with_that() -> None:
    study = examples.full()
    late = Gate(name="plan", passed=False, reason="late")
    changed = {"verdict": "points_for", "gates": (late,), "recorded": False}
    answers = [replace(a, **changed) if a.role == "primary" else a for a in study.ledger]
    first = findings.front(replace(study, ledger=tuple(answers)), TR)
    assert first.headline.startswith("The plan was not recorded before the answers came, so nothing counts as shown.")
    assert first.next_time.endswith("answer. Let the lot decide who starts (rmanalytics draw).")
    assert "claims of a plan not recorded beforehand: " in first.answer
    assert not findings.front(study, TR).next_time
    nothing = replace(study, ledger=tuple(replace(a, role="") for a in study.ledger))
    assert "No primary claim is declared." in findings.headline(nothing, TR)
    assert findings.next_time(nothing, TR).startswith("For the next round: name the primary claim under [declare]")


@pytest.mark.parametrize("make", [examples.full, examples.one_arm, examples.tiny, examples.empty])
def test_the_accounts_add_up_to_all_claims(make) -> None:
    text = re.sub(r"Evidence level \d of 5|Of \d+ claims planned", "", findings.answer_text(make(), TR))
    assert sum(map(int, re.findall(r"(\d+) ", text))) == 38


def test_a_broken_rule_and_what_points_against_stand_above_everything() -> None:
    study = examples.full()
    answers = [
        replace(a, verdict="points_against")
        if a.claim.id == "M3"
        else audited(a.claim, counted(2), [])
        if a.claim.id == "P2"
        else a
        for a in study.ledger
    ]
    front = findings.front(replace(study, ledger=tuple(answers)), TR)
    assert len(front.loud) == 2
    assert front.loud[0].startswith(
        "Rule broken: “Nobody is paired with someone in their own reporting chain”; 2 of 31"
    )
    assert "the opposite way from what was hoped" in front.loud[1]
    assert "Technology anxiety falls" not in {one.lead for one in front.findings}


def counted(breaches: int) -> Estimate:
    return examples.estimate("chain_breaches", "count", breaches)


def test_a_gain_without_comparison_is_never_called_an_effect() -> None:
    front = findings.front(examples.one_arm(), TR)
    everything = " ".join([front.headline, front.answer, *front.limits, *(f.text for f in front.findings)])
    assert "shown that" not in everything
    assert " effect" not in everything


@pytest.mark.parametrize("study", [examples.full(), examples.empty()])
def test_the_table_of_claims_is_read_back_with_or_without_an_interval_drawn(study: Any) -> None:
    _, (claims,) = read_back(str(tables.claims_matrix(study, translator("en"))))
    assert claims.columns[0] == "Claim"
    assert len(claims) > 9


def test_what_something_unmeasured_would_have_to_explain_stands_beside_and_other_ways_are_folded_away() -> None:
    study = examples.full()
    ways = [
        Specification(choices=("at equal start", "everybody"), value=-0.3, lo=-0.5, hi=-0.1),
        Specification(choices=("changes compared", "everybody"), value=-0.1, lo=-0.4, hi=0.2),
    ]
    beside = {"explains": 0.12, "explains_all": 0.3, "before_group": 0.01, "before_outcome": 0.4}
    answer = next(a for a in study.ledger if a.claim.id == "M3")
    answer = replace(answer, result=replace(answer.result, value=-0.3), unmeasured=beside, specifications=tuple(ways))
    html = str(tables.claims_matrix(replace(study, ledger=(answer,)), TR))
    told = words(html).replace("\u00a0", " ")
    assert "would have to explain 12" in told
    assert "the value before explains 1" in told
    assert "2 ways to compute it" in told
    assert "on the side of the estimate in 1" in told
    assert "changes compared, everybody: −0.1" in told
    assert html.index("<details") < html.index("changes compared")
    ratio = replace(answer, unmeasured={"ratio": 1.4, "ratio_all": 2.5}, specifications=tuple(ways[:1]))
    told = words(tables.claims_matrix(replace(study, ledger=(ratio,)), TR))
    assert "1.4 times as often" in told
    assert "ways to compute" not in told


def test_topics_stand_against_the_first_round_and_the_bridge_against_units_without_tandems() -> None:
    """The description comes first, what it is held against after it; without that, nothing is added."""
    study = examples.full()
    about = {"n": 20, "unit_of_analysis": "tandem", "method": "m"}
    share = Estimate(name="catalogue_meeting_share", unit="share", value=0.8, lo=0.7, hi=0.9, **about)
    then = {"comparator": "the first round", "n_comparator": 18}
    change = Estimate(name="catalogue_change", unit="share", value=0.3, lo=0.16, hi=0.44, **about, **then)
    moved = Estimate(name="ei_change", unit="index", value=0.1, lo=0.05, hi=0.15, **about)
    near = {"comparator": "units without tandems", "n_comparator": 11}
    units = Estimate(name="unit_ei_difference", unit="index", value=-0.02, lo=-0.09, hi=0.05, **about, **near)
    study = replace(study, engagement=Results([share, change]), network=Results([moved, units]))
    answers = {one.claim.id: one for one in study.ledger}
    for claim, result, added in (("C4", share, "than in the first round"), ("C1", moved, "less than in units without")):
        answer = replace(answers[claim], verdict="described", result=result, reason="", target="")
        told = verdicts.sentence(answer, study, TR)
        assert added in told
        bare = replace(study, engagement=Results([share]), network=Results([moved]))
        assert verdicts.sentence(answer, bare, TR) in told
