"""Slopes of units: how many units a verdict on the whole company rests on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from evidence_worlds import CLAIMS, LIMIT, binding, said
from scipy.stats import norm
from scipy.stats import t as t_distribution

from rmanalytics.evaluation.verdicts.evidence import Evidence
from rmanalytics.evaluation.verdicts.kinds import Passed, kind_of, passed
from rmanalytics.measures.survey.level_and_trend import level_and_trend, most_favourable_units
from rmanalytics.results import Estimate


def pulses(lift: np.ndarray, *, seed: int = 4) -> pd.DataFrame:
    """Sixteen units of eight, half of them with tandems, whose people rise by what is given for each unit."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(16), 8)
    before = 3 + rng.normal(0, 0.5, unit.size)
    score = before + lift[unit] + rng.normal(0, 0.3, unit.size)
    return pd.DataFrame(
        {"person_id": range(unit.size), "unit": unit, "exposure": 10.0 * (unit < 8), "before": before, "score": score,
         "years": 1.0}
    )  # fmt: skip


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


@pytest.mark.parametrize("way", [1, -1])
def test_slopes_of_units_print_how_many_units_it_takes(way) -> None:
    """The boundary lies between the whole without two units and without three; turned, it takes as many."""
    lift = np.where(np.arange(16) < 8, 0.5, 0.1) + np.random.default_rng(7).normal(0, 0.05, 16)
    people = pulses(way * lift)
    order = most_favourable_units(people, years=1.0, way=way)
    less = [z_of(people[~people["unit"].isin(order[:n])]) for n in (2, 3)]
    assert less[1] < less[0]
    evidence = of_units(people, below=sum(less) / 2, above=sum(less) / 2)
    found = said(evidence)
    assert set(found) == {"plan", "design", "least", "fragility"}
    assert binding(evidence) == set()
    assert found["fragility"]["values"]["n"] == 3
    kind, side = kind_of(evidence, passed(evidence)), passed(evidence)
    assert not side.by(kind.after(3))
    assert side.by(kind.after(2))
    assert kind.most == 16
    assert kind.p(side.tail) is None


def test_a_slope_that_one_unit_holds_is_lowered() -> None:
    """The boundary lies between the whole and the whole without its most favourable unit."""
    lift = np.where(np.arange(16) < 8, 0.3, 0.1) + np.random.default_rng(6).normal(0, 0.1, 16)
    people = pulses(lift)
    first = most_favourable_units(people, years=1.0)[0]
    z = [z_of(people), z_of(people[people["unit"] != first])]
    assert z[1] < z[0]
    assert binding(of_units(people, below=sum(z) / 2)) == {"fragility"}
    assert binding(of_units(people, below=z[1] - 0.01)) == set()
    assert min(z_of(people[people["unit"] != unit]) for unit in range(16)) == pytest.approx(z[1])


@pytest.mark.parametrize("way", [1, -1])
def test_units_that_a_lot_drew_are_drawn_again(way) -> None:
    lift = np.where(np.arange(16) < 8, 0.5, 0.1)
    people = pulses(way * lift).assign(entered=1)
    evidence = of_units(people)
    lock = said(evidence)["lock"]
    assert lock["passed"] is True
    assert lock["values"]["p"] < 0.001
    assert kind_of(evidence, Passed(-way, LIMIT)).p(0.01) > 0.9
