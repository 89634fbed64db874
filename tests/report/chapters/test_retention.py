"""How people left and what opened up: ratios against 1, kinds of exit, reasons where there are none."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from block_tools import figures, real, refused, study, text, words
from report_examples import estimate

from rmanalytics.language.translator import translator
from rmanalytics.measures.retention.median_stay import median_stay
from rmanalytics.measures.retention.risk_sets import cumulative_incidence, log_rank
from rmanalytics.report.chapters.retention import exits, staying
from rmanalytics.results import Curve, Result, about

BLOCKS = (exits.kinds_of_exit, exits.hazard, exits.project_roles, exits.former_employees)
FEW_EVENTS = "fewer than {least} events in one of the groups: read the mean days stayed instead"
ABOUT = {"outcome": "retention", "side": "mentor"}


def followed(group: str, voluntary: int, retired: int, other: int, n: int = 40) -> pd.DataFrame:
    """A year of so many people, of whom these left, one every five days."""
    reasons = ["voluntary"] * voluntary + ["retirement"] * retired + ["death"] * other
    days = [30 + 5 * i for i in range(len(reasons))]
    ids = [f"{group}{i}" for i in range(n)]
    return pd.DataFrame(
        {
            "person_id": ids,
            "group": group,
            "time_days": [*days, *[365] * (n - len(days))],
            "exit_reason": [*reasons, *[""] * (n - len(reasons))],
        }
    )


KINDS = {"exit.voluntary": ("voluntary",), "exit.retirement": ("retirement",), "exit.other": ("death",)}


def incidences(*groups: pd.DataFrame) -> list[Result]:
    made: list[Result] = [
        about(cumulative_incidence(frame, reasons=reasons), outcome=kind, side="mentor", group=frame["group"].iloc[0])
        for frame in groups
        for kind, reasons in KINDS.items()
    ]
    if len(groups) == 2:
        spells = pd.concat(groups)
        spells = spells.assign(event=(spells["exit_reason"] == "voluntary").astype("int64"))
        made.append(about(log_rank(spells), **ABOUT))
    return made


BOTH = (followed("participants", 6, 0, 0), followed("comparison", 12, 7, 3))


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


def test_exits_of_ones_own_will_are_told_for_both_groups_at_the_last_month() -> None:
    made = exits.kinds_of_exit(study(retention=incidences(*BOTH)))
    title = "Within 11 months 15% of the participants and 30% of the comparison group left of their own will"
    assert title in text(made)
    figure = figures(made)["incidence-voluntary"]
    lines = [t for t in figure["data"] if t["mode"] == "lines" and t["line"]["width"] > 1]
    assert [line["y"][-1] for line in lines] == [30.0, 15.0]
    assert lines[1]["line"]["color"] == "#0b5fa5"
    assert figure["layout"]["yaxis"]["range"][0] == 0


def test_kinds_of_exit_are_read_at_months_so_that_no_single_step_shows() -> None:
    made = exits.kinds_of_exit(study(retention=incidences(*BOTH)))
    for figure in figures(made).values():
        assert all(len(t["x"]) <= 26 for t in figure["data"])


def test_one_group_alone_is_told_and_the_comparison_named_as_missing() -> None:
    said = text(exits.kinds_of_exit(study(retention=incidences(BOTH[0]))))
    assert "Within 11 months 15% of the participants left of their own will" in said
    assert "both groups compared: not measured. It takes comparison.csv." in said


def test_kinds_of_exit_of_few_people_read_with_the_reason() -> None:
    refusal = refused(
        "cumulative_incidence", "fewer than {least} people", outcome="exit.voluntary", values={"least": 6}
    )
    assert "Kinds of exit: not estimable, fewer than 6 people (n = 3)" in text(
        exits.kinds_of_exit(study(retention=[refusal]))
    )


@pytest.mark.parametrize(
    ("value", "lo", "hi", "said"),
    [
        (-6.2, -11.0, -1.4, "6.2 exits fewer than one common rate would give (95% interval 1.4 to 11.0)."),
        (6.2, 1.4, 11.0, "6.2 exits more than one common rate would give (95% interval 1.4 to 11.0)."),
        (
            1.1,
            -3.0,
            5.2,
            "1.1 exits more than one common rate would give (95% interval −3.0 to 5.2). The interval holds",
        ),
    ],
)
def test_the_log_rank_test_is_told_in_exits(value: float, lo: float, hi: float, said: str) -> None:
    result = estimate("log_rank", "events", value, lo, hi, n=40, n_comparator=40, p_value=0.2, **ABOUT)
    results = [r for r in incidences(*BOTH) if r.name != "log_rank"]
    block = text(exits.kinds_of_exit(study(retention=[*results, result])))
    assert said in block
    assert "p =" not in block


def cox(value: float, lo: float, hi: float) -> Result:
    return estimate("hazard_ratio", "hazard ratio", value, lo, hi, n=106, n_comparator=2456, p_value=0.9, **ABOUT)


def check(p_value: float) -> Curve:
    points = {
        "term": ["participant", "birth_year", "all"],
        "chi_square": [0.1, 0.2, 0.3],
        "df": [1, 1, 2],
        "p_value": [p_value, 0.9, 0.9],
    }
    return Curve(
        name="proportional_hazards_check",
        unit="chi-square",
        points=pd.DataFrame(points),
        n=2456,
        unit_of_analysis="person",
        method="made by hand",
        **ABOUT,
    )


def test_a_hazard_ratio_whose_interval_holds_one_is_open() -> None:
    made = exits.hazard(study(retention=[cox(1.03, 0.63, 1.68), check(0.76)]))
    assert "Whether people leave at another rate while mentors is open: 1.0 times that of others" in text(made)
    assert "Whether the ratio changes with the time since hire is open" in text(made)
    assert figures(made)["hazard-ratio"]["data"][1]["marker"]["color"] == ["#ffffff"]


def test_a_clear_hazard_ratio_says_how_many_times() -> None:
    said = text(exits.hazard(study(retention=[cox(0.6, 0.41, 0.88), check(0.01)])))
    assert "While mentors, people leave at 0.60 times the rate of others (95% interval 0.41 to 0.88)" in said
    assert "The ratio changes with the time since hire" in said
    assert "being a mentor 0.10 1 0.010" in said


def test_a_hazard_ratio_with_too_few_events_says_what_the_events_allow() -> None:
    refusal = refused("hazard_ratio", FEW_EVENTS, values={"least": 10}, unit="hazard ratio", **ABOUT)
    made = exits.hazard(study(retention=[refusal]))
    assert "not estimable, fewer than 10 events in one of the groups: read the mean days stayed instead" in text(made)
    assert not figures(made)


def rates(name: str, value: float, lo: float, hi: float, events: float, other: float, **more: Any) -> Result:
    extra = {"events": events, "years": 22.0, "rate": events / 22}
    extra |= {"events_comparison": other, "years_comparison": 21.0, "rate_comparison": other / 21}
    return estimate(name, "rate ratio", value, lo, hi, n=34, n_comparator=34, p_value=0.4, extra=extra, **more)


def test_project_roles_are_told_as_a_ratio_with_the_rates_beside_it() -> None:
    result = rates("role_rate_ratio_spread", 0.69, 0.27, 1.73, 9, 12, comparator="matched colleagues")
    made = exits.project_roles(study(retention=[result]))
    assert "Whether juniors took up more or fewer project roles is open: 0.7 times as many" in text(made)
    assert "participants 9 22 40.9 comparison group 12 21 57.1" in text(made)
    assert "against matched colleagues" in text(made)
    assert "project-roles" in figures(made)


def test_few_roles_are_counted() -> None:
    said = text(exits.project_roles(study(retention=[rates("role_rate_ratio_spread", 0.3, 0.1, 0.9, 3, 12)])))
    assert "Juniors took up 0.30 times as many project roles a year as the comparison group" in said
    assert "participants 3 22 13.6 comparison group 12 21 57.1" in said


def returns(events: int) -> Result:
    extra = {"events": float(events), "years": 158.0}
    value = 100 * events / 158
    return estimate("rehire_rate", "per 100 person-years", value, value / 2, value * 2, n=60, extra=extra)


def test_former_employees_are_told_with_the_warning_that_nobody_drew_lots() -> None:
    ratio = rates("rehire_rate_ratio", 2.4, 1.2, 4.3, 14, 73)
    made = exits.former_employees(study(retention=[ratio, returns(20)]))
    assert "Former employees came back 2.4 times as often while involved in the programme" in text(made)
    assert "Of a hundred former employees 13 come back in a year" in text(made)
    assert "not chosen by lot" in text(made)
    assert "rate while involved" in " ".join(words(figures(made)["rehires"]))


@pytest.mark.parametrize(("lo", "hi"), [(0.0, 2.1), (0.0, 0.4)])
def test_a_ratio_of_nothing_stands_at_the_left_end_of_its_axis(lo: float, hi: float) -> None:
    made = exits.former_employees(study(retention=[rates("rehire_rate_ratio", 0.0, lo, hi, 0, 14), returns(14)]))
    drawn = figures(made)["rehires"]
    axis = drawn["layout"]["xaxis"]
    at = drawn["data"][1]["x"][0]
    assert 0 < at == drawn["data"][0]["x"][0]
    assert 10 ** axis["range"][0] <= at < axis["tickvals"][-1]
    assert "0 to" in text(made)


def test_other_ways_to_compute_a_ratio_are_folded_below_it() -> None:
    points = pd.DataFrame({"method": ["Efron's ties", "Breslow's ties"], "value": [0.8, 0.81], "lo": 0.5, "hi": 1.3})
    ways = Curve(name="hazard_alternatives", unit="hazard ratio", points=points, n=140, unit_of_analysis="person",
                 method="x", **ABOUT)  # fmt: skip
    ratio = estimate("hazard_ratio", "hazard ratio", 0.8, 0.5, 1.3, n=70, n_comparator=70, extra={"concordance": 0.53},
                     **ABOUT)  # fmt: skip
    said = text(exits.hazard(study(retention=[ratio, ways])))
    assert "left first in 53% of the pairs" in said
    assert said.index("Other methods") < said.index("Cox model, ties after Efron") < said.index("ties after Breslow")
    assert "Other methods" not in text(exits.hazard(study(retention=[ratio])))


@pytest.mark.parametrize(("hi", "told"), [(310.0, "240 (180 to 310)"), (None, "240 (from 180 on)")])
def test_the_day_by_which_half_were_gone_has_its_interval_or_its_lower_end(hi: float | None, told: str) -> None:
    about = {"outcome": "retention", "side": "mentor", "group": "participants"}
    median = estimate("median_stay", "days", 240, None if hi is None else 180.0, hi, extra={"at_least": 180.0}, **about)
    tr = translator("en")
    assert staying._half(study(retention=[median]), "retention", "participants", tr) == told


@pytest.mark.parametrize(
    ("left", "told"),
    [([300.0] * 2 + [400.0] * 8, "not reached"), ([300.0] * 3, "fewer than 6 people"), (None, "–")],
)
def test_a_half_that_was_not_reached_is_another_thing_than_too_few_people(left: list[float] | None, told: str) -> None:
    spells = [] if left is None else [{"person_id": n, "time_days": t, "event": t < 365} for n, t in enumerate(left)]
    medians = [about(median_stay(pd.DataFrame(spells)), outcome="retention", group="participants")] if spells else []
    said = staying._half(study(retention=medians), "retention", "participants", translator("en"))
    assert said == told
