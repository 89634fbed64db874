"""Slopes of units: how many units a verdict on the whole company rests on."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from evidence_worlds import CLAIMS, LIMIT, binding, said
from scipy.stats import norm
from scipy.stats import t as t_distribution

from rmanalytics.evaluation.verdicts.checks import SIGNS
from rmanalytics.evaluation.verdicts.evidence import Evidence
from rmanalytics.evaluation.verdicts.gates import gates
from rmanalytics.evaluation.verdicts.kinds import Passed, kind_of, passed
from rmanalytics.evaluation.verdicts.plan_answers import Looked
from rmanalytics.evaluation.verdicts.together import Together
from rmanalytics.evaluation.verdicts.words import decide
from rmanalytics.measures.survey.level_and_trend import level_and_trend
from rmanalytics.results import Estimate

UNITS, WITH = 12, 6


def pulses(lift: np.ndarray, *, seed: int = 4) -> pd.DataFrame:
    """Twelve units of eight, half of them with tandems, whose people rise by what is given for each unit."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(UNITS), 8)
    before = 3 + rng.normal(0, 0.5, unit.size)
    score = before + lift[unit] + rng.normal(0, 0.3, unit.size)
    return pd.DataFrame(
        {"person_id": range(unit.size), "unit": unit, "exposure": 10.0 * (unit < WITH), "before": before,
         "score": score, "years": 1.0}
    )  # fmt: skip


def lifts(more: float, less: float, *, apart: float, seed: int) -> np.ndarray:
    """Of units with tandems and of the others, each unit a little otherwise."""
    return np.where(np.arange(UNITS) < WITH, more, less) + np.random.default_rng(seed).normal(0, apart, UNITS)


def of_units(people: pd.DataFrame, **about) -> Evidence:
    found = level_and_trend(people, years=1.0)
    assert isinstance(found, Estimate)
    given = {"below": LIMIT, "above": LIMIT, "level": 3, "planned": True, "people": people} | about
    counts = {"units": 24, "with": 12, "without": 12}
    return Evidence(claim=CLAIMS["C2"], estimate=found, way=1, smallest_effect=0.05, counts=counts, **given)


def z_of(people: pd.DataFrame) -> float:
    """The weakest sign as a standard normal value."""
    found = level_and_trend(people, years=1.0)
    assert isinstance(found, Estimate)
    return norm.isf(t_distribution.sf(abs(found.value) / found.extra["se"], found.extra["df"]))


def z_without(people: pd.DataFrame) -> pd.Series:
    """The same without each unit by itself."""
    return pd.Series({unit: z_of(people[people["unit"] != unit]) for unit in range(UNITS)})


def test_slopes_of_units_print_how_many_units_it_takes() -> None:
    """The boundary lies between the whole without one unit and without two; turned, it takes as many."""
    people = pulses(lifts(0.5, 0.1, apart=0.05, seed=7))
    first = z_without(people).sort_values()
    less = [first.iloc[0], z_of(people[~people["unit"].isin(first.index[:2])])]
    assert less[1] < less[0]
    for one in (people, people.assign(score=2 * people["before"] - people["score"])):
        evidence = of_units(one, below=sum(less) / 2, above=sum(less) / 2)
        found = said(evidence)
        assert set(found) == {"plan", "design", "least", "signs", "fragility"}
        assert binding(found) == set()
        assert found["fragility"]["values"]["n"] == 2
        kind, side = kind_of(evidence, passed(evidence)), passed(evidence)
        assert kind.most == UNITS
        assert kind.p(side.tail) is None


def test_a_slope_that_one_unit_holds_is_lowered() -> None:
    """The boundary lies between the whole and the whole without its most favourable unit."""
    people = pulses(lifts(0.3, 0.1, apart=0.1, seed=6))
    z = [z_of(people), z_without(people).min()]
    assert z[1] < z[0]
    assert binding(of_units(people, below=sum(z) / 2)) == {"fragility"}


@pytest.mark.parametrize("way", [1, -1])
def test_units_that_a_lot_drew_are_drawn_again(way) -> None:
    people = pulses(way * lifts(0.5, 0.1, apart=0.0, seed=1)).assign(entered=1)
    evidence = of_units(people)
    p = kind_of(evidence, Passed(way, LIMIT)).p(0.01)
    assert p == pytest.approx(1 / math.comb(UNITS, WITH), abs=0.002)
    assert kind_of(evidence, Passed(-way, LIMIT)).p(0.01) > 0.9
    if way > 0:
        assert said(evidence)["lock"]["values"]["p"] == pytest.approx(p, abs=0.002)


def signed(*, people: float, more: float, chosen_low: float = 0.0) -> pd.DataFrame:
    """Everybody moves by ``people``, units with tandems by ``more`` beside; ``chosen_low`` parts them at the start."""
    table = pulses(lifts(people + more, people, apart=0.05, seed=7))
    near = table["unit"] < WITH
    return table.assign(before=table["before"] - chosen_low * near, score=table["score"] - chosen_low * near)


@pytest.mark.parametrize(
    ("people", "side", "binds"),
    [
        (signed(people=0.3, more=0.4), 1, set()),
        (signed(people=-0.3, more=-0.4), -1, set()),
        (signed(people=0.3, more=-0.4), -1, {"signs"}),  # units with tandems rose less, and the mean rose
        (signed(people=-0.7, more=0.5), -1, {"signs"}),  # the mean fell, and less near tandems
    ],
)
def test_all_three_signs_must_point_the_same_way_up_or_down(people, side, binds) -> None:
    evidence = of_units(people)
    assert passed(evidence) == Passed(side, LIMIT)
    found = gates(evidence)
    assert {gate.name for gate in found if gate.passed is not True} == binds
    assert {gate.name: gate.reason for gate in found}["signs"] == (SIGNS if binds else "")
    assert decide(evidence, found).word == ("could_not" if binds else "shown" if side > 0 else "points_against")
    looked = looked_at(evidence, information=(1.0,))
    assert looked.passes(0.025, side) is not bool(binds)
    assert not looked.passes(0.025, -side)


def looked_at(evidence: Evidence, *parts: Looked, information: tuple[float, ...]) -> Looked:
    """At its first look."""
    planned = SimpleNamespace(claim=evidence.claim, looks_before=0)
    together = Together(estimate=evidence.estimate, information=information)
    return Looked(planned=planned, together=together, way=evidence.way, smallest_effect=0.1, parts=parts)


@pytest.mark.parametrize(("seniors", "juniors"), [(0.5, 0.5), (0.5, 0.2), (-0.27, 0.5), (-0.29, 0.5), (0.5, -0.29)])
def test_a_claim_of_both_sides_needs_both_and_either_side_contradicts_it_at_half_the_alpha(seniors, juniors) -> None:
    """Errors of .12: .27 points lost are 2.25 of them, between the boundaries 2.10 and 2.37; .29 are 2.42."""
    parts = [looked_at(normal(claim, value), information=(1.0,)) for claim, value in (("M1", seniors), ("J3", juniors))]
    whole = looked_at(normal("T4", min(seniors, juniors)), *parts, information=(1.0,))
    assert whole.passes(0.045, 1) == (min(seniors, juniors) > 0.3)
    assert whole.passes(0.045, -1) == (min(seniors, juniors) < -0.28)
    assert any(part.passes(0.045, -1) for part in parts) == (min(seniors, juniors) < 0)


def normal(claim: str, value: float) -> Evidence:
    estimate = Estimate(
        name="d", unit="scale points", value=value, lo=value - 0.2, hi=value + 0.2, n=34, unit_of_analysis="person",
        method="", extra={"se": 0.12},
    )  # fmt: skip
    return Evidence(claim=CLAIMS[claim], estimate=estimate, way=1, smallest_effect=0.2, below=LIMIT, above=LIMIT)
