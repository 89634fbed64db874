"""A claim that needs both sides: the smaller standardised gain, in each side's own direction, shown only by both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from score_worlds import World, scores

from rmanalytics.evaluation.claims import Answer, claims
from rmanalytics.evaluation.verdicts.composed import smaller_gain
from rmanalytics.evaluation.verdicts.evidence import Evidence
from rmanalytics.evaluation.verdicts.gates import gates_of_parts
from rmanalytics.evaluation.verdicts.words import decide
from rmanalytics.measures.survey.all_rounds import clustered_difference
from rmanalytics.results import Estimate

CLAIMS = {claim.id: claim for claim in claims()}


def part(claim: str, gain: float, *, stretch: float = 1.0, seed: int = 1) -> Evidence:
    """One side over two rounds; the scale may be stretched, and falls where ``stretch`` is negative."""
    people = scores(np.random.default_rng(seed), World(gain=gain, rounds=2))
    people[["pre", "post"]] *= stretch
    found = clustered_difference(people)
    assert isinstance(found, Estimate)
    counts = {"n": found.n, "n_comparator": found.n_comparator, "units": 8}
    return Evidence(
        claim=CLAIMS[claim], estimate=replace(found, outcome=claim), way=1 if stretch > 0 else -1, smallest_effect=0.2,
        below=2.4, above=2.4, level=3, planned=True, people=people, counts=counts,
    )  # fmt: skip


def together(*parts: Evidence) -> Answer:
    said = gates_of_parts(parts)
    decisions = [decide(one, said) for one in parts]
    binding = min(range(len(parts)), key=lambda i: decisions[i].repeated[0] / parts[i].se)
    decided = decisions[binding]
    answer = Answer(
        claim=CLAIMS["T4"],
        verdict=decided.word,
        result=parts[binding].estimate,
        size=decided.size,
        values=decided.values,
    )
    rounds = [(("a", one.estimate), ("b", one.estimate)) for one in parts]
    return smaller_gain(answer, parts, decisions, rounds, binding=binding)


def test_the_estimate_is_the_smaller_gain_in_standard_deviations_whatever_the_scale() -> None:
    """The juniors' scale has ten times the points, and falls; their gain is the smaller one all the same."""
    seniors, juniors = part("M1", 0.8), part("J3", 0.5, stretch=-10.0, seed=2)
    found = together(seniors, juniors)
    gains = [one.value / float(one.people["pre"].std()) for one in (seniors, juniors)]
    assert gains[1] < gains[0]
    assert juniors.value > seniors.value
    assert found.verdict == "shown"
    assert found.result.value == pytest.approx(gains[1])
    assert (found.result.unit, found.result.side) == ("g", "both")
    assert found.standardised == (found.result.value, *found.repeated)
    assert 0 < found.repeated[0] < found.result.value < found.repeated[1]
    assert 0 < found.size[0] < found.size[1] < found.size[2] < 2 * found.result.value
    assert [name for name, _ in found.by_round] == ["a", "b"]
    assert found.by_round[0][1].value == pytest.approx(gains[1])


def test_one_side_alone_does_not_show_that_both_learn() -> None:
    found = together(part("M1", 0.8), part("J3", 0.0, seed=2))
    assert found.verdict in ("not_shown", "could_not")
    assert found.repeated[0] < 0
    assert found.size is None


def test_a_side_that_loses_points_against_and_its_own_figure_is_told() -> None:
    found = together(part("M1", -0.8), part("J3", 0.6, seed=2))
    assert found.verdict == "points_against"
    assert found.result.value < 0
    assert found.repeated[1] < 0


def test_the_smallest_effect_is_told_in_the_unit_of_the_figure() -> None:
    wide = part("J3", 0.0, stretch=10.0, seed=2)
    found = together(part("M1", 0.8), replace(wide, smallest_effect=20.0))
    assert found.verdict == "not_shown"
    assert found.values["least"] == pytest.approx(20.0 / float(wide.people["pre"].std()))
