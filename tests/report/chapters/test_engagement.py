"""How the tandems went: said with numbers where there are enough, with the reason where not, never about one tandem."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest
from block_tools import figures, real, refused, study, text, words
from report_examples import curve, estimate

from rmanalytics.measures.engagement.course import ending_incidence, tandem_survival
from rmanalytics.measures.engagement.early_warning import harm_signs
from rmanalytics.measures.engagement.topics import topics_by_unit
from rmanalytics.report.chapters.engagement import course
from rmanalytics.report.chapters.engagement import topics as knowledge
from rmanalytics.results import Curve, Estimate, Result

BLOCKS = (
    course.rhythm,
    course.lasting,
    course.harm,
    course.audit,
    knowledge.variety,
    knowledge.where,
    knowledge.initiatives,
)
FEW = {"values": {"least": 6}}
TANDEM = {"n": 34, "unit_of_analysis": "tandem"}


def ended(*meetings_held: int, reason: str = "no_time", going: int = 24) -> pd.DataFrame:
    """Tandems that ended after so many of six meetings, and others that held all six."""
    held = [*meetings_held, *[6] * going]
    reasons = [*[reason] * len(meetings_held), *[""] * going]
    ids = [f"t{i}" for i in range(len(held))]
    return pd.DataFrame({"tandem_id": ids, "planned": 6, "held": held, "end_reason": reasons})


def survival(*meetings_held: int, **more: Any) -> list[Result]:
    frame = ended(*meetings_held, **more)
    return [tandem_survival(frame), ending_incidence(frame)]


def cancelled(cancelled_n: int) -> Estimate:
    extra = {"planned": 204.0, "cancelled": float(cancelled_n), "dispersion": 1.0, "df": 33.0}
    value = cancelled_n / 204
    return estimate("cancelled_share", "share", value, value / 2, min(2 * value, 1), extra=extra, **TANDEM)


def kinds(*tandems_n: int) -> Curve:
    statuses = ["cancelled", "missed", "moved"][: len(tandems_n)]
    points = {
        "status": statuses,
        "called_off_by": "not stated",
        "meetings_n": [3 * n for n in tandems_n],
        "tandems_n": list(tandems_n),
    }
    return curve("cancellations", points)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("folder", ["example", "example_small"])
def test_a_real_round_of_any_size_has_something_to_say(block: Any, folder: str) -> None:
    made = block(real(folder))
    assert text(made)
    figures(made)


@pytest.mark.parametrize("block", BLOCKS)
def test_what_is_not_there_reads_not_measured_and_names_its_file(block: Any) -> None:
    said = text(block(study()))
    assert "not measured. It takes " in said
    assert ".csv" in said


def test_rhythm_says_the_median_with_its_interval_and_draws_days_alone() -> None:
    results = [
        estimate("cadence", "days", 24, 23, 25, **TANDEM),
        estimate("longest_gap", "days", 28, 27, 31, **TANDEM),
        estimate("meeting_minutes", "minutes", 65, 60, 70, **TANDEM),
        cancelled(28),
    ]
    made = course.rhythm(study(engagement=results))
    assert "within 24 days (95% interval 23 to 25)" in text(made)
    assert "took 65 minutes or longer (95% interval 60 to 70)" in text(made)
    assert "Of 204 planned meetings 28 were called off or missed" in text(made)
    assert figures(made)["rhythm"]["data"][1]["x"] == [24, 28]


def test_rhythm_of_few_tandems_reads_with_its_reason_and_no_chart() -> None:
    reason = "fewer than {least} tandems with two meetings or more"
    made = course.rhythm(study(engagement=[refused("cadence", reason, unit="days", **FEW)]))
    assert "not estimable, fewer than 6 tandems with two meetings or more (n = 3)" in text(made)
    assert not figures(made)


def test_kinds_of_cancellation_are_counted_openly() -> None:
    said = text(course.rhythm(study(engagement=[cancelled(50), kinds(9, 2, 7)])))
    assert "called off, by whom is not stated 27 9" in said
    assert "missed, by whom is not stated 6 2" in said


def test_the_course_of_the_tandems_ends_with_the_share_that_came_to_the_last_meeting() -> None:
    made = course.lasting(study(engagement=survival(0, 1, 2, 3, 4, 5)))
    assert "80% of the tandems came to meeting number 6 (95% interval 61 to 90%)" in text(made)
    assert figures(made)["tandem-survival"]["data"][2]["y"] == [100.0, 97.0, 93.0, 90.0, 87.0, 83.0, 80.0]


def test_tandems_that_are_all_still_on_their_way_have_no_curve() -> None:
    assert "still on its way" in text(course.lasting(study(engagement=survival())))


def test_each_reason_for_ending_stands_with_its_share() -> None:
    said = text(course.lasting(study(engagement=survival(0, 1, 2, 3, 4, 5))))
    assert "no time 20% 10% to 39%" in said
    frame = pd.concat([ended(0, 1, 2, 3), ended(1, 2, reason="no_fit", going=0).assign(tandem_id=["x", "y"])])
    said = text(course.lasting(study(engagement=[tandem_survival(frame), ending_incidence(frame)])))
    assert "no fit" in said
    assert "no time" in said


def broken(**counts: list[int]) -> Curve:
    """Tandems in breach in the first months of a year, by rule."""
    rows = [(rule, f"2026-0{i + 1}", n, 30) for rule, ns in counts.items() for i, n in enumerate(ns)]
    return curve(
        "audit_timeline", pd.DataFrame(rows, columns=["rule", "month", "tandems_n", "paired_n"]).to_dict("list")
    )


def rules(**counts: int) -> list[Estimate]:
    return [estimate(name, "count", float(n), None, None, **TANDEM) for name, n in counts.items()]


def test_breaches_stand_month_by_month() -> None:
    results = [
        *rules(chain_breaches=8, consent_breaches=0),
        broken(chain_breaches=[0, 7, 3], consent_breaches=[0, 0, 0]),
    ]
    made = course.audit(study(pairing=results))
    assert "In 2 of 3 months at least one tandem was in breach of a rule (Feb, Mar)" in text(made)
    trace = figures(made)["audit-months"]["data"][0]
    assert trace["text"] == [["0", "7", "3"], ["0", "0", "0"]]
    assert trace["z"][0][0] == 0 < trace["z"][0][2] < trace["z"][0][1]
    assert "Mar 30 3 0" in text(made)


def test_without_a_breach_there_are_no_months_to_show() -> None:
    made = course.audit(study(pairing=[*rules(chain_breaches=0), broken(chain_breaches=[0, 0])]))
    assert not figures(made)
    assert "Every rule that could be audited held" in text(made)


def harmed(low: int) -> Curve:
    frame = ended(going=20)
    scores = pd.DataFrame(
        {"tandem_id": frame["tandem_id"], "side": "mentor", "score": [2.0] * low + [4.0] * (20 - low)}
    )
    return harm_signs(frame, scores, least_score=3.0, most_apart=1.5)


def test_a_sign_of_harm_is_counted_with_its_interval() -> None:
    said = text(course.harm(study(engagement=[harmed(1)])))
    assert "the junior's score lies below the threshold 1 20 5% (1 to 24%)" in said
    said = text(course.harm(study(engagement=[harmed(6)])))
    assert re.search(r"Of \d signs looked for, 1 were seen in some tandem", said)
    assert "6 20 30% (15 to 52%)" in said
    assert "No tandem shows a sign" in text(course.harm(study(engagement=[harmed(0)])))


def test_the_audit_counts_each_rule_and_says_what_a_missing_one_takes() -> None:
    results: list[Result] = [
        estimate("chain_breaches", "count", 2, **TANDEM),
        estimate("consent_breaches", "count", 0, n_excluded=3, excluded_reason="birth year missing", **TANDEM),
    ]
    said = text(course.audit(study(pairing=results)))
    assert "1 of 2 rules did not hold throughout: neither in the other's reporting chain" in said
    assert "neither in the other's reporting chain 2 34 reporting chain at any depth" in said
    assert "3 could not be audited: birth year missing" in said
    assert "nobody in two tandems at once – not audited It takes programme.toml" in said


def test_an_audit_without_a_breach_says_that_every_rule_held() -> None:
    said = text(course.audit(study(pairing=[estimate("double_breaches", "count", 0, **TANDEM)])))
    assert "Every rule that could be audited held in every tandem audited" in said


def by_unit(cells: dict[str, dict[str, int]]) -> Result:
    """Meetings from tandems that each met once about one topic: unit, topic, number of tandems."""
    rows = [(f"{u}-{t}-{i}", u, t) for u, topics in cells.items() for t, n in topics.items() for i in range(n)]
    frame = pd.DataFrame(rows, columns=["tandem_id", "unit", "topic_code"])
    return topics_by_unit(frame[["tandem_id", "topic_code"]], frame[["tandem_id", "unit"]])


def test_units_with_few_tandems_stand_together_and_no_small_cell_is_told() -> None:
    result = by_unit(
        {
            "North": {"ai": 9, "law": 3},
            "South": {"ai": 6, "law": 7},
            "West": {"ai": 3, "law": 1},
            "East": {"ai": 3, "law": 0},
        }
    )
    made = knowledge.where(study(engagement=[result]))
    figure = figures(made)["topics-by-unit"]
    assert figure["layout"]["xaxis"]["ticktext"] == ["North", "South", "other units<br>(2)"]
    assert figure["data"][0]["text"] == [["9", "6", "6"], ["–", "–", "–"]]
    assert "West" not in text(made)


def test_one_small_unit_takes_the_next_one_along() -> None:
    result = by_unit({"North": {"ai": 9}, "South": {"ai": 6}, "Up": {"ai": 7}, "West": {"ai": 2}})
    figure = figures(knowledge.where(study(engagement=[result])))["topics-by-unit"]
    assert figure["layout"]["xaxis"]["ticktext"] == ["North", "Up", "other units<br>(2)"]


def test_topics_of_small_units_alone_are_not_broken_down() -> None:
    made = knowledge.where(study(engagement=[by_unit({"North": {"ai": 3}, "South": {"law": 4}})]))
    assert "too few units have 5 tandems or more" in text(made)
    assert not figures(made)


def test_variety_says_coverage_and_how_many_even_topics_it_is_like() -> None:
    extra = {"topics": 11.0, "evenly_used": 10.7, "plug_in": 3.4, "meetings": 176.0}
    covered = {"covered": 9.0, "catalogue": 11.0, "outside": 2.0}
    results: list[Result] = [
        estimate("topic_entropy", "bits", 3.42, 3.36, 3.52, extra=extra, **TANDEM),
        estimate("topic_coverage", "share", 9 / 11, extra=covered, **TANDEM),
        estimate("topic_evenness", "share", 0.97, 0.95, 0.99, **TANDEM),
    ]
    said = text(knowledge.variety(study(engagement=results)))
    assert "Of 11 topics of the catalogue 9 were met about by at least one tandem. 2 further topics" in said
    assert "as varied as 10.7 used equally often would be: 3.42 bits (95% interval 3.36 to 3.52)" in said


def test_variety_without_a_catalogue_says_so() -> None:
    said = text(knowledge.variety(study(engagement=[refused("topic_entropy", "fewer than {least} tandems", **FEW)])))
    assert "the programme declares no topics" in said
    assert "How varied the topics were is not estimable: fewer than 6 tandems." in said


def changes(proposed: int, adopted: int, rejected: int) -> Curve:
    counts = [proposed, adopted, rejected]
    points = {"status": ["proposed", "adopted", "rejected"], "initiatives_n": counts, "tandems_n": counts}
    return curve("initiatives_by_status", points, n=sum(counts))


def test_changes_are_told_by_status() -> None:
    results: list[Result] = [
        changes(8, 12, 0),
        estimate("initiating_share", "share", 0.5, 0.34, 0.66, extra={"count": 17.0}, **TANDEM),
        estimate("adopted_share", "share", 1.0, 0.76, 1.0, n=12, extra={"count": 12.0}),
    ]
    made = knowledge.initiatives(study(engagement=results))
    assert "A change came out of 50% of the tandems (95% interval 34 to 66%)" in text(made)
    assert "not decided on 8 adopted 12 rejected 0" in text(made)
    assert "initiatives" in figures(made)


def test_a_real_round_names_no_tandem() -> None:
    ids = set(real("example").bundle.table("tandems")["tandem_id"])
    for block in BLOCKS:
        made = block(real("example"))
        said = text(made) + " ".join(word for figure in figures(made).values() for word in words(figure))
        assert not [i for i in ids if i in said]
