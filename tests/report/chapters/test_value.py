"""What the gain is worth its money: told with intervals, cash apart from time, and why where it cannot be told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from block_tools import figures, real, refused, study, text, words
from report_examples import curve, estimate

from rmanalytics.measures.value import cost_effectiveness, one_way_sensitivity, payback
from rmanalytics.measures.value.monte_carlo import Measured, Range, option_draws, programme_draws
from rmanalytics.programme.programme import Value
from rmanalytics.report.chapters.value import cost_effectiveness as chapter
from rmanalytics.results import Curve, Result

BLOCKS = (
    chapter.price_of_gain,
    chapter.hangs_on,
    chapter.against_training,
    chapter.acceptability,
    chapter.break_even,
    chapter.cash_and_time,
)
COSTS = pd.DataFrame(
    {
        "item": ["mentor_time", "room"],
        "kind": ["time", "cash"],
        "quantity": [300.0, 10.0],
        "unit_cost": [60.0, 150.0],
        "low": [50.0, 100.0],
        "high": [85.0, 200.0],
        "currency": "CHF",
    }
)
GAIN, OTHER_GAIN = Measured(value=0.5, se=0.1), Measured(value=0.25, se=0.08)
OTHER_COST = Range(low=400, mode=500, high=700)
LEAVER = Range(low=5000, mode=8000, high=12000)


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def worlds() -> tuple[pd.DataFrame, pd.DataFrame]:
    return (
        programme_draws(COSTS, people_n=30, gain=GAIN, rng=rng()),
        option_draws(cost=OTHER_COST, gain=OTHER_GAIN, rng=np.random.default_rng(8)),
    )


def whole() -> list[Result]:
    here, there = worlds()
    many = {"currency": "CHF", "n": 30, "seed": 7}
    return [
        *(payback.cost_by_kind(COSTS, kind=kind, rng=rng(), seed=7) for kind in ("cash", "time")),
        one_way_sensitivity.cost_tornado(COSTS, tandems_n=30),
        cost_effectiveness.cost_per_tenth_sd(here, **many),
        cost_effectiveness.incremental_cost(here, there, **many),
        cost_effectiveness.incremental_gain(here, there, n=30, seed=7),
        cost_effectiveness.plane_quadrants(here, there, n=30),
        cost_effectiveness.net_benefit(here, there, worth=150, **many),
        cost_effectiveness.acceptability_curve(here, there, thresholds=[0, 50, 100, 150, 200], n=30),
        one_way_sensitivity.net_benefit_tornado(
            COSTS, people_n=30, gain=GAIN, other_cost=OTHER_COST, other_gain=OTHER_GAIN, worth=150
        ),
        payback.break_even_leavers(COSTS, replacement=LEAVER, rng=rng(), seed=7),
        *(
            back(COSTS, leavers_avoided=Measured(value=1, se=0.8), replacement=LEAVER, rng=rng(), seed=7)
            for back in (payback.cashable_benefit, payback.cashable_return)
        ),
    ]


def declared(found: Any) -> Any:
    """The same study, of a programme that declares what classic training costs."""
    found.programme = replace(found.programme, value=Value(training_cost=(400.0, 500.0, 700.0)))
    return found


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("folder", ["example", "example_small"])
def test_a_real_round_of_any_size_has_something_to_say(block: Any, folder: str) -> None:
    made = block(real(folder))
    assert text(made)
    figures(made)


@pytest.mark.parametrize("block", BLOCKS)
def test_what_is_not_there_reads_not_measured_and_says_what_it_takes(block: Any) -> None:
    assert "not measured. It takes " in text(block(study()))


@pytest.mark.parametrize("block", BLOCKS)
def test_every_figure_and_sentence_is_there_in_german_too(block: Any) -> None:
    english, german = block(study(value=whole())), block(study("de", value=whole()))
    assert figures(english).keys() == figures(german).keys()


def test_the_price_of_the_gain_stands_with_its_interval_or_with_the_reason_why_it_has_none() -> None:
    said = text(chapter.price_of_gain(study(value=whole())))
    assert "the programme spent CHF 140 (95% interval" in said
    none = refused("cost_per_tenth_sd", "a gain of nothing or less is within its interval", unit="CHF")
    said = text(chapter.price_of_gain(study(value=[none])))
    assert "not estimable, a gain of nothing or less is within its interval" in said


def test_a_tornado_has_the_widest_swing_first_and_its_bars_about_the_base() -> None:
    made = chapter.hangs_on(study(value=whole()))
    figure = figures(made)["cost-tornado"]
    low, high = figure["data"][0], figure["data"][1]
    assert low["base"] == high["base"] == figure["layout"]["shapes"][0]["x0"] == 650
    assert low["x"] == [-100, -20]
    assert high["x"] == [250, 20]
    assert "The cost of a tandem hangs most on this: mentor time, from CHF 550 to CHF 900" in text(made)


def test_an_assumption_that_turns_the_answer_round_has_its_numbers_on_the_outer_sides() -> None:
    figure = figures(chapter.hangs_on(study(value=whole())))["net-benefit-tornado"]
    left = [t for t in figure["data"] if t.get("textposition") == "middle left"]
    right = [t for t in figure["data"] if t.get("textposition") == "middle right"]
    base = figure["layout"]["shapes"][0]["x0"]
    assert all(x <= base for trace in left for x in trace["x"])
    assert all(x >= base for trace in right for x in trace["x"])
    assert sum(len(t["x"]) for t in (*left, *right)) == 2 * len(figure["layout"]["annotations"][:-1])


def test_an_assumption_too_small_to_see_is_in_the_table_alone() -> None:
    points = {"factor": ["hours", "stamp"], "at_low": [500.0, 999.99], "at_high": [1500.0, 1000.01], "base": 1000.0}
    made = chapter.hangs_on(study(value=[curve("cost_tornado", points, unit="CHF")]))
    assert "stamp" in text(made)
    assert "stamp" not in " ".join(words(figures(made)["cost-tornado"]))


def test_without_a_range_there_is_nothing_to_vary() -> None:
    flat = one_way_sensitivity.cost_tornado(COSTS.drop(columns=["low", "high"]), tandems_n=30)
    assert "no assumption has a range" in text(chapter.hangs_on(study(value=[flat])))


def test_the_plane_is_told_by_its_fullest_quarter_and_every_quarter_stands_in_it() -> None:
    made = chapter.against_training(study(value=whole()))
    assert "of the possible worlds people gain more than with classic training, for more" in text(made)
    figure = figures(made)["cost-gain-plane"]["data"][0]
    shares = [float(cell.strip("\xa0%")) for line in figure["text"] for cell in line]
    assert sum(shares) == pytest.approx(100, abs=2)
    assert figure["z"][0][1] == max(shade for line in figure["z"] for shade in line)


@pytest.mark.parametrize(
    ("cost", "gain", "said"),
    [
        ((-240, -830, 320), (0.48, -0.08, 1.02), "Both intervals hold zero."),
        ((-240, -330, -120), (0.48, -0.08, 1.02), "The interval of the gain holds zero."),
        ((240, -30, 420), (-0.48, -0.8, -0.02), "The interval of the cost holds zero."),
    ],
)
def test_differences_are_told_more_or_less_and_which_interval_holds_zero(
    cost: tuple[float, float, float], gain: tuple[float, float, float], said: str
) -> None:
    results: list[Result] = [
        estimate("incremental_cost", "CHF", *cost),
        estimate("incremental_gain", "standard deviations", *gain),
        curve("plane_quadrants", {"quadrant": list(cost_effectiveness.QUADRANTS), "share": [0.7, 0.2, 0.1, 0.0]}),
    ]
    block = text(chapter.against_training(study(value=results)))
    assert said in block
    assert ("costs CHF 240 less" in block) or ("costs CHF 200 less" in block) or ("costs CHF 240 more" in block)


def bought(*chances: float) -> Curve:
    worths = [100.0 * i for i in range(len(chances))]
    return curve("acceptability_curve", {"threshold": worths, "probability": list(chances), "mc_se": 0.001})


@pytest.mark.parametrize(
    ("chances", "said"),
    [
        (
            (0.1, 0.3, 0.6, 0.8),
            "From CHF 200 for a tenth of a standard deviation on, the programme is probably the better buy",
        ),
        (
            (0.1, 0.2, 0.3),
            "Up to CHF 200 for a tenth of a standard deviation, classic training is as good a buy or better",
        ),
        ((0.7, 0.9, 0.96), "up to CHF 200, the programme is the better buy in 70 to 96% of the possible worlds"),
        (
            (0.9, 0.6, 0.4),
            "Only up to CHF 100 for a tenth of a standard deviation is the programme probably the better buy",
        ),
    ],
)
def test_the_acceptability_curve_says_from_which_worth_on(chances: tuple[float, ...], said: str) -> None:
    made = chapter.acceptability(study(value=[bought(*chances)]))
    assert said in text(made)
    figure = figures(made)["acceptability"]
    assert figure["data"][0]["y"] == [round(100 * chance, 1) for chance in chances]
    assert figure["layout"]["yaxis"]["range"][0] == 0


def test_the_net_benefit_stands_at_the_worth_that_was_declared() -> None:
    said = text(chapter.acceptability(study(value=whole())))
    assert "At the declared worth of CHF 150 a tenth, the net benefit of a person is CHF" in said
    assert "a gain is not money" in said


@pytest.mark.parametrize("block", [chapter.against_training, chapter.acceptability])
def test_a_gain_without_a_price_is_the_reason_where_training_is_declared(block: Any) -> None:
    none = refused("cost_per_tenth_sd", "no adjusted difference of the primary outcome to price", unit="CHF")
    assert "not estimable, no adjusted difference" in text(block(declared(study(value=[none]))))
    assert "It takes programme.toml" in text(block(study(value=[none])))


def test_break_even_is_a_number_to_hold_against_and_no_claim() -> None:
    said = text(chapter.break_even(study(value=whole())))
    assert "2.4 leavers avoided would pay for the whole round (95% interval" in said
    assert "0.2 would pay for the cash alone" in said
    assert "not a claim that anybody stayed" in said


def test_cash_is_kept_apart_from_time_and_no_return_stands_without_its_interval() -> None:
    said = text(chapter.cash_and_time(study(value=whole())))
    assert "8% of what the round cost was cash, the rest people's time" in said
    assert "Whether the cash comes back is open: CHF" in said
    assert "What nobody can bank is not in these sums" in said
    share = said.partition("the same as a share of the cash spent")[2]
    assert " to " in share.split(" 1 ")[0]


def test_a_return_that_cannot_be_estimated_reads_with_its_reason() -> None:
    spent = [payback.cost_by_kind(COSTS, kind=kind, rng=rng(), seed=7) for kind in ("cash", "time")]
    none = refused("cashable_benefit", "the number of leavers avoided has no standard error", unit="currency")
    said = text(chapter.cash_and_time(study(value=[*spent, none])))
    assert "What comes back in cash: not estimable, the number of leavers avoided has no standard error" in said
    assert "What comes back in cash: not measured. It takes programme.toml" in text(
        chapter.cash_and_time(study(value=spent))
    )


@pytest.mark.parametrize(
    ("ends", "said"), [((10.0, 90.0), "brought back more cash"), ((-90.0, -10.0), "brought back less cash")]
)
def test_a_clear_return_says_whether_more_or_less_came_back(ends: tuple[float, float], said: str) -> None:
    spent = [payback.cost_by_kind(COSTS, kind="cash", rng=rng(), seed=7)]
    back = estimate("cashable_benefit", "CHF", sum(ends) / 2, *ends)
    assert said in text(chapter.cash_and_time(study(value=[*spent, back])))
