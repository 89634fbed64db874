"""Who was reached: ratios against the company on a logarithmic axis, small groups told nowhere."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from block_tools import figures, real, refused, study, text, words

from rmanalytics.language.translator import translator
from rmanalytics.measures.engagement.reach import composition, meant_share, recruitment_flow, representation_ratio
from rmanalytics.report.chapters.engagement.reach import reach
from rmanalytics.report.charts.delivery import ratio_digits, ratio_line, ratios
from rmanalytics.results import Result, about

TR = translator("en")


def people(groups: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """A pool by unit: of so many people so many take part."""
    rows = [(unit, int(i < inside)) for unit, (inside, pool) in groups.items() for i in range(pool)]
    frame = pd.DataFrame(rows, columns=["unit", "participant"])
    return frame.assign(person_id=[f"p{i}" for i in range(len(frame))])


def by_unit(groups: dict[str, tuple[int, int]], side: str = "mentee") -> Result:
    return about(composition(people(groups), attribute="unit"), side=side)


GROUPS = {"North": (20, 100), "South": (9, 200), "West": (2, 100), "East": (3, 100), "Up": (0, 50)}


@pytest.mark.parametrize("folder", ["example", "example_small"])
def test_a_real_round_of_any_size_has_something_to_say(folder: str) -> None:
    made = reach(real(folder))
    assert text(made)
    figures(made)


def test_nothing_there_reads_not_measured_and_names_the_files() -> None:
    assert "Who was reached: not measured. It takes tandems.csv; people.csv" in text(reach(study()))


def test_too_few_participants_read_with_the_reason() -> None:
    reason = "fewer than {least} participants"
    results: list[Result] = [refused("composition", reason, side="mentee", outcome="unit", values={"least": 6})]
    assert "Who was reached, seniors: not estimable, fewer than 6 participants (n = 3)" in text(
        reach(study(reach=results))
    )


def test_an_attribute_that_could_not_be_compared_is_named_beside_those_that_could() -> None:
    results = [by_unit(GROUPS), refused("composition", "no pool", side="mentee", outcome="generation")]
    assert "Not estimable: Generation: no pool." in text(reach(study(reach=results)))


def flow(side: str, *, matched: int = 30, finished: int = 20, **more: int) -> Result:
    """Of 100 people so many came to each stage."""
    counts = {"eligible": 100, "matched": matched, **more, "finished": finished}
    marks = {stage: [1] * n + [0] * (100 - n) for stage, n in counts.items()}
    return about(recruitment_flow(pd.DataFrame({"person_id": range(100), **marks})), side=side)


def test_the_way_into_the_programme_shows_what_is_not_recorded_as_such() -> None:
    results = [flow("mentee", started=25), flow("mentor", started=25), by_unit(GROUPS)]
    made = reach(study(reach=results))
    assert "Of 60 people matched, 50 met at least once and 40 held all planned meetings" in text(made)
    assert "Not recorded: invited, volunteered. invitations.csv would tell" in text(made)
    trace = figures(made)["recruitment"]["data"][0]
    assert trace["text"][:6] == ["100", "not recorded", "not recorded", "30", "25", "20"]
    assert trace["x"][:6] == [100, 0, 0, 30, 25, 20]
    assert "Seniors all meetings held 20 80% (61 to 91%)" in text(made)


def test_stages_of_few_people_are_counted() -> None:
    made = reach(study(reach=[flow("mentee", matched=9, finished=3), by_unit(GROUPS)]))
    assert figures(made)["recruitment"]["data"][0]["text"][3:] == ["9", "not recorded", "3"]
    assert "Seniors all meetings held 3 33% (" in text(made)


def test_ratios_stand_on_a_logarithmic_axis_that_reads_one_half_one_and_two() -> None:
    figure = figures(reach(study(reach=[by_unit(GROUPS)])))["reach-mentee"]
    axis = figure["layout"]["xaxis"]
    assert axis["type"] == "log"
    assert [t for t in axis["tickvals"] if 0.5 <= t <= 2] == [0.5, 1.0, 2.0]
    assert axis["ticktext"][axis["tickvals"].index(0.5)] == "0.5"
    assert figure["layout"]["shapes"][0]["x0"] == 1.0


def test_groups_of_few_participants_are_neither_drawn_nor_counted() -> None:
    made = reach(study(reach=[by_unit(GROUPS)]))
    said = text(made) + " ".join(words(figures(made)["reach-mentee"]))
    assert "West group too small to be shown (k = 5) 18.2% –" in said
    assert "East group too small to be shown (k = 5)" in said
    drawn = " ".join(words(figures(made)["reach-mentee"]))
    assert "North" in drawn
    assert "West" not in drawn
    assert "East" not in drawn


def test_a_single_small_group_takes_the_next_one_along_so_that_it_cannot_be_worked_out() -> None:
    made = reach(study(reach=[by_unit({"North": (20, 100), "South": (9, 200), "West": (2, 100)})]))
    assert "West group too small to be shown (k = 5)" in text(made)
    assert "South group too small to be shown (k = 5) 50.0% –" in text(made)


def test_a_group_of_which_all_but_few_take_part_is_not_told() -> None:
    made = reach(study(reach=[by_unit({"North": (20, 22), "South": (15, 200), "West": (15, 200)})]))
    assert "North group too small to be shown" in text(made)


def test_a_group_of_which_nobody_takes_part_is_in_the_table_alone() -> None:
    made = reach(study(reach=[by_unit(GROUPS)]))
    assert "Up 0% (0 to 10%) 9.1% 0" in text(made)
    assert "Up" not in " ".join(words(figures(made)["reach-mentee"]))


def test_small_groups_alone_give_a_sentence_and_no_chart() -> None:
    made = reach(study(reach=[by_unit({"North": (3, 90), "South": (4, 90)})]))
    assert "every group is too small to show, or would give a small one away" in text(made)
    assert not figures(made)


def test_the_title_counts_the_groups_that_are_unlike_the_company_and_picks_none() -> None:
    said = text(reach(study(reach=[by_unit(GROUPS)])))
    assert re.search(r"Among the seniors, [12] of \d groups shown are more or less frequent than in the company", said)


def test_no_clear_group_is_said_to_be_so() -> None:
    said = text(reach(study(reach=[by_unit({"North": (10, 100), "South": (11, 100)})])))
    assert "Among the seniors it is open whether a group shown is more or less frequent than in the company" in said


def meant(inside: int, outside: int, *, pool: bool = True) -> list[Result]:
    frame = people({"meant": (inside, 200), "others": (outside, 300)}).rename(columns={"unit": "meant"})
    ratio = representation_ratio(frame, attribute="meant", group="meant")
    mentors = frame[frame["participant"] == 1].rename(columns={"meant": "talent_group"})
    found = [by_unit(GROUPS, "mentor"), about(meant_share(mentors, meant=["meant"]), side="mentor")]
    return [*found, about(ratio, side="mentor")] if pool else found


def test_the_groups_meant_are_told_against_those_who_could_have_taken_part() -> None:
    said = text(reach(study(reach=meant(24, 10))))
    assert "Of the juniors 71% are in the groups that the programme is meant for (trainees, young" in said
    assert "Of those who could have taken part it is 40%: 1.76 times as many (95% interval " in said
    unasked = text(reach(study(reach=meant(24, 10, pool=False))))
    assert "Whether they take part more often than others is not asked: invitations.csv is needed." in unasked


def test_groups_meant_that_could_not_be_compared_read_with_the_reason() -> None:
    refusal = refused("meant_share", "nothing to take a share of", side="mentor")
    said = text(reach(study(reach=[by_unit(GROUPS, "mentor"), refusal])))
    assert "Groups that the programme is meant for: not estimable, nothing to take a share of" in said


@pytest.mark.parametrize(
    ("value", "lo", "hi", "digits"),
    [(2.84, 2.64, 3.06, 2), (0.4, 0.06, 2.6, 1), (5.0, 0.021, 60.0, 2), (1.5, None, None, 2)],
)
def test_a_limit_above_nothing_never_reads_as_nothing(
    value: float, lo: float | None, hi: float | None, digits: int
) -> None:
    assert ratio_digits(value, lo, hi) == digits
    row = ratio_line("group", value, lo, hi, TR)
    assert all(x > 0 for x in (row.value, row.lo, row.hi) if x is not None)


def test_a_dot_is_hollow_where_the_limits_hold_one_before_rounding() -> None:
    rows = [ratio_line("a", 1.7, 1.034, 2.7, TR), ratio_line("b", 1.7, 0.96, 2.7, TR)]
    figure = ratios([("Unit", rows)], TR, figure_id="x", alt="Dots.").to_dict()
    assert figure["data"][1]["marker"]["color"][1] == "#ffffff"
    assert figure["data"][1]["marker"]["color"][0] != "#ffffff"
    low, high = figure["layout"]["xaxis"]["range"]
    assert low < math.log10(0.5) < math.log10(2.7) < high


def test_german_says_numbers_and_words_in_german() -> None:
    results: list[Any] = [by_unit(GROUPS)]
    figure = figures(reach(study("de", reach=results)))["reach-mentee"]
    assert "0,5" in figure["layout"]["xaxis"]["ticktext"]


def test_a_side_alone_says_that_the_other_was_not_measured() -> None:
    said = text(reach(study(reach=[replace(by_unit(GROUPS), side="mentor")])))
    assert "Who was reached, seniors: not measured." in said
