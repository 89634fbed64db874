"""Tables: escaped, aligned, every claim answered, reasons where there is no number."""

from __future__ import annotations

import re

import pytest
import report_examples as examples
from markupsafe import Markup

from rmanalytics.report import chapter_data, chapter_delivery, findings, intervals, tables
from rmanalytics.report.lookup import hidden
from rmanalytics.report.markup import numbers, table, text
from rmanalytics.report.wording import translator

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
    signs = {verdict: str(intervals.symbol(verdict)) for verdict in findings.VERDICTS}
    shapes = {re.sub(r'class="[^"]*"', "", sign) for sign in signs.values()}
    assert len(shapes) == len(signs)


def test_evidence_is_told_to_those_who_cannot_see_it() -> None:
    html = intervals.evidence_ticks(3, "evidence level 3 of 5")
    assert html.count('class="on"') == 3
    assert 'aria-label="evidence level 3 of 5"' in html


def test_unmeasured_claims_name_what_would_measure_them() -> None:
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


def test_data_quality_adds_up_and_names_no_value() -> None:
    html = words("".join(str(piece) for piece in chapter_data.data_quality(examples.full())))
    assert "27,141 rows were read" in html
    assert "RM-Q-014" in html


def test_small_counts_of_tandems_are_not_in_the_delivery_tables() -> None:
    html = words("".join(str(p) for p in chapter_delivery.meetings(examples.full()) if isinstance(p, Markup)))
    assert "<5" in html.replace("&lt;", "<")
    assert "Fewer than 5 tandems ended early" in html


@pytest.mark.parametrize("make", [examples.full, examples.one_arm, examples.tiny, examples.empty])
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_first_screen_reads_for_any_outcome(make, language) -> None:
    front = findings.front(make(language), translator(language))
    assert front.headline
    assert not front.headline.endswith(".")
    assert front.answer.endswith(".")
    assert front.limits
    everything = " ".join([front.headline, front.answer, *front.limits, *(f.text for f in front.findings)])
    assert "{" not in everything
    assert "±" not in everything
    assert "no effect" not in everything


def test_findings_come_with_the_strongest_evidence_first() -> None:
    study = examples.full()
    levels = [a.evidence for a in findings.ordered(study.ledger) if a.verdict == "supported" and a.evidence]
    assert levels == sorted(levels, reverse=True)
    found = findings.findings(study, TR)
    assert 5 <= len(found) <= 7
    assert found[0].lead == "Digital fitness improves"
    assert "31 v 33 people, waiting list, evidence level 4 of 5" in found[0].note


def test_headline_of_a_full_round() -> None:
    assert findings.headline(examples.full(), TR) == (
        "Digital fitness of the seniors rose more than on the waiting list; whether juniors stay longer is still open"
    )


def test_a_gain_without_comparison_is_never_called_an_effect() -> None:
    study = examples.one_arm()
    front = findings.front(study, TR)
    everything = " ".join([front.headline, front.answer, *front.limits, *(f.text for f in front.findings)])
    assert "without a comparison group nobody can say why" in front.headline
    assert "effect" not in everything


def test_few_exits_of_one_group_do_not_follow_from_a_sum() -> None:
    front = findings.front(examples.full(), TR)
    assert any("Fewer than 5 people of one of the groups" in sentence for sentence in front.limits)
    assert not any("23" in sentence for sentence in front.limits)
