"""The network chapter: measures beside baselines, secondary indicators corrected, nobody drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from block_tools import figures, real, refused, study, text, words
from report_examples import curve, estimate

from rmanalytics.measures.network.change import tie_jaccard
from rmanalytics.measures.network.ei_index import ei_index, mixing_matrix
from rmanalytics.measures.network.ei_parts import cut_ties
from rmanalytics.measures.network.segregation import (
    coleman_homophily,
    freeman_segregation,
    nominal_assortativity,
    within_between_odds,
)
from rmanalytics.measures.network.turnover import tie_turnover
from rmanalytics.report.chapters.network import bridge, segregation
from rmanalytics.report.chapters.network import juniors as people
from rmanalytics.report.chapters.network import turnover as ties
from rmanalytics.results import Curve, Result, Results, about
from rmanalytics.run.cells import _HIDDEN

NOTEBOOK = Path(__file__).parents[3] / "notebooks" / "05_network.ipynb"
COMPARED = {"n": 32, "n_comparator": 28, "comparator": "matched colleagues", "side": "mentor"}


def made(*results: Result, language: str = "en") -> Any:
    found = study(language)
    found.network = Results(results)
    return found


def three_generations(few: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forty old, forty young and a few in between, each naming the next two."""
    names = ["old"] * 40 + ["young"] * 40 + ["between"] * few
    ids = [f"p{i:03d}" for i in range(len(names))]
    frame = pd.DataFrame({"person_id": ids, "generation": names})
    ends = [(ids[i], ids[(i + step) % len(ids)]) for i in range(len(ids)) for step in (1, 2)]
    return frame, pd.DataFrame(ends, columns=["source_id", "target_id"])


def mixing(few: int) -> Curve:
    found = mixing_matrix(*three_generations(few))
    assert isinstance(found, Curve)
    return about(found, group="after")


def test_sizes_of_generations_follow_from_the_ties_expected() -> None:
    assert segregation.sizes_of(mixing(3)) == {"between": 3, "old": 40, "young": 40}
    assert segregation.sizes_of(mixing(1)) == {"between": 1, "old": 40, "young": 40}


def test_a_generation_of_few_people_is_in_no_cell() -> None:
    block = bridge.mixing(made(mixing(4)))
    assert "between: group too small to be shown (k = 5)." in text(block)
    drawn = figures(block)["mixing"]
    assert drawn["layout"]["xaxis"]["ticktext"] == ["old", "young"]
    assert text(block).count("between") == 1  # the sentence
    assert "too small" not in text(bridge.mixing(made(mixing(5))))


def test_who_did_not_answer_is_told_and_is_not_a_person_without_ties() -> None:
    share = estimate("network_answered_share", "share", 0.75, 0.7, 0.8, n=80, group="after")
    assert "Of 80 people asked after the round 20 did not answer." in text(bridge.mixing(made(mixing(9), share)))


def seen(few: int = 9) -> list[Result]:
    frame, network = three_generations(few)
    rng = np.random.default_rng(1)
    found: list[Result] = [
        ei_index(frame, network, rng=rng, seed=1, draws=200),
        freeman_segregation(frame, network),
        within_between_odds(frame, network),
        nominal_assortativity(frame, network),
        coleman_homophily(frame, network),
        cut_ties(frame, network),
    ]
    return [about(result, group="after") for result in found]


def test_every_measure_stands_beside_its_baseline_and_interval() -> None:
    said = text(segregation.segregation(made(*seen())))
    assert "By 4 of 4 measures generations keep to themselves more than chance would give" in said
    assert "E–I index −1: every tie within a generation; 1: every tie between two −0.90 0.18 −0.96 to −0.76" in said
    assert "0: as the number of ties of each would give 0.91 0 0.79 to 0.97" in said
    assert "Preference of between for its own (Coleman)" in said


def test_preferences_of_few_people_are_not_told() -> None:
    assert "Preference of between" not in text(segregation.segregation(made(*seen(4))))


def test_measures_that_do_not_agree_are_counted_and_refusals_read_with_their_reason() -> None:
    index = estimate("ei_index", "index", 0.1, -0.1, 0.3, n=80, extra={"expected": 0.2}, group="after")
    apart = estimate("freeman_segregation", "index", 0.3, 0.2, 0.4, n=80, group="after")
    odds = refused("within_between_odds", "no ties within generations, or none between them", group="after")
    said = text(segregation.segregation(made(index, apart, odds)))
    assert "By 1 of 3 measures generations keep to themselves" in said
    assert "Not estimable: Odds of a tie: no ties within generations, or none between them." in said
    assert "Whether generations keep to themselves more than chance would give is open" in text(
        segregation.segregation(made(index))
    )


def on_pairs(coefficient: float, half: float, p: float) -> Curve:
    names = ["(intercept)", "same_generation", "same_unit", "level_gap"]
    points = pd.DataFrame(
        {
            "predictor": names,
            "coefficient": [0.001, coefficient, 0.014, 0.0],
            "lo": [0.0, coefficient - half, 0.008, -0.001],
            "hi": [0.002, coefficient + half, 0.02, 0.001],
            "t": 1.0,
            "p_value": [0.9, p, 0.001, 0.9],
            "mc_se": 0.001,
        }
    )
    points.attrs = {"people_n": 126}
    return Curve(
        name="mrqap",
        unit="coefficient",
        points=points,
        n=15750,
        unit_of_analysis="dyad",
        method="made by hand",
        group="after",
    )


@pytest.mark.parametrize(
    ("coefficient", "p", "said"),
    [
        (0.0072, 0.001, "Also with unit and level held people of one generation name each other more: 7.2 ties more"),
        (0.0072, 0.2, "Whether people of one generation name each other more, unit and level held, is open: 7.2 ties"),
        (-0.0072, 0.001, "With unit and level held people of one generation name each other less: −7.2 ties"),
    ],
)
def test_generation_beside_unit_and_level_is_told_in_ties_of_a_thousand_pairs(
    coefficient: float, p: float, said: str
) -> None:
    block = ties.on_pairs(made(on_pairs(coefficient, 0.002, p)))
    assert said in text(block)
    assert "126 people" in text(block)
    assert "p =" not in text(block)
    assert "on-pairs" in figures(block)


def test_too_many_people_for_all_their_pairs_is_a_reason() -> None:
    reason = "more than {most} people: a test on all their pairs would take too long"
    said = text(ties.on_pairs(made(refused("mrqap", reason, values={"most": 150}, group="after"))))
    assert "not estimable, more than 150 people" in said


def test_ties_that_stayed_are_told_within_generations_and_between_them() -> None:
    frame, network = three_generations(9)
    after = network.iloc[:-30]
    stayed = tie_turnover(frame, network, frame, after)
    alike = tie_jaccard(frame, network, after)
    block = ties.turnover(made(stayed, alike))
    assert "Of the ties before the round 86% stayed within generations and 33% between them" in text(block)
    assert "Of all ties of either wave 83% stand at both" in text(block)
    assert "hardly show one network" not in text(block)
    assert len(figures(block)["turnover"]["data"][1]["x"]) == 3


def change(outcome: str, value: float, half: float, unit: str = "ties", **more: Any) -> Result:
    extra = {"mean_participants": value, "mean_comparison": 0.0} | more.pop("extra", {})
    ends = (value - half, value + half)
    return estimate("tie_difference", unit, value, *ends, outcome=outcome, p_value=0.01, extra=extra, **COMPARED | more)


def test_the_main_indicator_gives_the_title_and_the_secondary_ones_their_corrected_p() -> None:
    main = change("cross_generation_ties", 0.9, 0.6)
    degree = change("degree", 1.5, 1.0, extra={"p_holm": 0.08})
    tight = change("constraint", -0.05, 0.02, unit="index", extra={"p_holm": 0.6})
    block = people.new_ties(made(main, degree, tight))
    said = text(block)
    assert "Ties to other generations beyond the tandem: 0.9 ties more than among matched colleagues" in said
    assert "people they are tied to secondary 1.5 0.0 1.5 0.5 to 2.5 32 v 28 0.010 0.08" in said
    assert "beyond the tandem answers the claim 0.9 0.0 0.9 0.3 to 1.5 32 v 28 0.010 –" in said
    assert "Constraint: the difference is open once corrected for the number of questions" in said
    assert set(figures(block)) == {"new-ties", "new-ties-2"}


def test_roles_that_hold_after_their_correction_make_the_title() -> None:
    firm = change("gatekeeper", 3.0, 1.0, unit="chains", extra={"p_holm": 0.01})
    loose = change("liaison", 1.0, 0.5, unit="chains", extra={"p_holm": 0.3})
    assert "Juniors between others: more from another generation to their own" in text(
        people.brokerage(made(firm, loose))
    )
    other = change("itinerant", 0.2, 0.5, unit="chains", extra={"p_holm": 1.0})
    assert "Juniors between others: whether the groups differ is open" in text(people.brokerage(made(loose, other)))


def test_refused_indicators_are_told() -> None:
    none = refused("tie_difference", "no comparison group for this side", outcome="in_degree")
    assert "not estimable, no comparison group" in text(people.visibility(made(none)))
    rank = refused("tie_difference", "no comparison group for this side", outcome="eigenvector_rank")
    both = text(people.visibility(made(change("in_degree", 0.9, 0.6), rank)))
    assert "Not estimable: place by the standing of those who name them: no comparison group for this side." in both


def around(few: int) -> Curve:
    points = {
        "distance": ["participants", "1", "2", "3 or more"],
        "people_n": [60, few, 800, 3],
        "mean_change": [0.4, 0.5, 0.1, float("nan")],
        "lo": [0.1, 0.2, 0.0, float("nan")],
        "hi": [0.7, 0.8, 0.2, float("nan")],
        "expected_change": [0.2, 0.1, 0.1, float("nan")],
        "p_value": [0.2, 0.01, 0.9, float("nan")],
    }
    return curve("neighbour_change", points, unit="ties", n=900)


def test_what_surrounds_the_tandems_is_described_and_never_called_an_effect() -> None:
    beyond = estimate("neighbour_difference", "ties", 0.4, 0.1, 0.7, n=90, n_comparator=803, p_value=0.004)
    block = people.spread(made(around(90), beyond))
    said = text(block)
    assert "Around the tandems ties to other generations grew by 0.40 ties more than farther away" in said
    assert "it does not show that the tandems changed them" in said
    assert "effect" not in said
    assert "one step away 90 0.50 0.20 to 0.80 0.10 0.010" in said
    squares = figures(block)["spread"]["data"][2]
    assert squares["x"] == [0.2, 0.1, 0.1]
    open_ = estimate("neighbour_difference", "ties", 0.4, 0.1, 0.7, n=90, n_comparator=803, p_value=0.2)
    assert "is open: 0.40 ties" in text(people.spread(made(around(90), open_)))


def test_distances_of_few_people_are_not_drawn() -> None:
    block = people.spread(made(around(4)))
    assert "one step away" not in text(block)
    assert figures(block)["spread"]["data"][1]["x"] == [0.4, 0.1]


def steps(group: str, counted: list[int], without: list[int]) -> Curve:
    points = {"steps": [1, 2, 3, 4], "people_n": counted, "people_without_tandem_n": without}
    return curve("steps_to_top", points, n=sum(counted), side="mentor", group=group)


def test_the_distribution_of_steps_names_the_most_frequent_one_and_no_mean() -> None:
    block = bridge.top(
        made(
            steps("participants, before", [2, 14, 15, 3], [2, 14, 15, 3]),
            steps("participants, after", [5, 17, 9, 1], [2, 13, 16, 1]),
        )
    )
    assert "3 for most before the round; after it 2 with their tandem and 3 without" in text(block)
    cells = figures(block)["steps-to-top"]["data"][0]["text"]
    assert cells == [
        ["2", "14", "15", "3"],
        ["5", "17", "9", "1"],
        ["2", "13", "16", "1"],
    ]


def test_the_drawing_has_groups_for_nodes_and_says_that_it_is_not_published() -> None:
    block = segregation.generations(made(mixing(4)))
    drawn = figures(block)["generations"]
    nodes = drawn["data"][-1]
    assert len(nodes["x"]) == 2
    assert "between" not in " ".join(words(drawn)).replace("between two", "")
    assert "not part of the published report" in text(block)
    assert not any(person in json.dumps(drawn) for person in ("p000", "p079"))


def test_the_cells_that_draw_it_are_left_out_of_the_page() -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    at = next(i for i, cell in enumerate(cells) if "".join(cell["source"]) == "study.show.generations()")
    assert all(_HIDDEN & set(cell["metadata"]["tags"]) for cell in cells[at - 1 : at + 1])
    assert "".join(cells[at - 1]["source"]).startswith("## ")


BLOCKS = (
    bridge.mixing,
    bridge.bridge,
    bridge.new_ties,
    bridge.top,
    segregation.segregation,
    segregation.generations,
    ties.on_pairs,
    ties.turnover,
    people.visibility,
    people.brokerage,
    people.spread,
)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.__name__)
def test_nothing_there_reads_not_measured(block: Any) -> None:
    assert "not measured. It takes ties.csv" in text(block(made()))


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["example", "example_small"])
def test_a_real_round_names_nobody_and_gives_every_figure_once(folder: str) -> None:
    found = real(folder)
    ids = set(found.bundle.table("people")["person_id"])
    shown: list[str] = []
    for block in BLOCKS:
        made_now = block(found)
        shown += figures(made_now)
        said = text(made_now) + json.dumps(figures(made_now))
        assert not any(person in said for person in ids)
    assert len(shown) == len(set(shown))
