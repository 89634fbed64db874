"""Slopes of units: how many units a verdict on the whole company rests on."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from scipy.stats import t as t_distribution

from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.verdicts.evidence import Evidence
from rmanalytics.evaluation.verdicts.gates import gates
from rmanalytics.evaluation.verdicts.kinds import kind_of, passed
from rmanalytics.measures.survey.level_and_trend import level_and_trend, without_units
from rmanalytics.results import Estimate

CLAIM = next(claim for claim in claims() if claim.id == "C2")
LIMIT = 2.409


def said(evidence: Evidence) -> dict[str, dict]:
    return {gate.name: asdict(gate) for gate in gates(evidence)}


def binding(evidence: Evidence) -> set[str]:
    return {name for name, gate in said(evidence).items() if gate["passed"] is not True}


def pulses(lift: np.ndarray, *, seed: int = 4) -> pd.DataFrame:
    """Twenty-four units of eight, half of them with tandems, whose people rise by what is given for each unit."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(24), 8)
    before = 3 + rng.normal(0, 0.5, unit.size)
    score = before + lift[unit] + rng.normal(0, 0.3, unit.size)
    return pd.DataFrame(
        {"person_id": range(unit.size), "unit": unit, "exposure": 10.0 * (unit < 12), "before": before, "score": score,
         "years": 1.0}
    )  # fmt: skip


def of_units(people: pd.DataFrame, **about) -> Evidence:
    found = level_and_trend(people, years=1.0)
    assert isinstance(found, Estimate)
    given = {"below": LIMIT, "above": LIMIT, "level": 3, "planned": True, "people": people} | about
    counts = {"units": 24, "with": 12, "without": 12}
    return Evidence(claim=CLAIM, estimate=found, way=1, smallest_effect=0.05, counts=counts, **given)


@pytest.mark.parametrize("way", [1, -1])
def test_slopes_of_units_print_how_many_units_it_takes(way) -> None:
    """Of twelve units that gain alike several have to go; turned, it takes as many."""
    rng = np.random.default_rng(5)
    lift = np.where(np.arange(24) < 12, 0.5, 0.1) + rng.normal(0, 0.05, 24)
    evidence = of_units(pulses(way * lift))
    found = said(evidence)
    assert set(found) == {"plan", "design", "least", "fragility"}
    assert binding(evidence) == set()
    assert found["fragility"]["values"]["n"] > 3
    people = evidence.people
    kind, side = kind_of(evidence, passed(evidence)), passed(evidence)
    turns = found["fragility"]["values"]["n"]
    assert not side.by(kind.after(turns))
    assert side.by(kind.after(turns - 1))
    assert without_units(people, 2, years=1.0, way=way)["unit"].nunique() == 22


def test_a_slope_that_one_unit_holds_is_lowered() -> None:
    """The boundary lies between the whole and the whole without its most favourable unit."""
    lift = np.where(np.arange(24) < 12, 0.3, 0.1) + np.random.default_rng(6).normal(0, 0.1, 24)
    people = pulses(lift)
    whole, less = (level_and_trend(one, years=1.0) for one in (people, without_units(people, 1, years=1.0)))
    z = [norm.isf(t_distribution.sf(one.value / one.extra["se"], one.extra["df"])) for one in (whole, less)]
    assert z[1] < z[0]
    assert binding(of_units(people, below=sum(z) / 2)) == {"fragility"}
    assert binding(of_units(people, below=z[1] - 0.01)) == set()
    others = [level_and_trend(people[people["unit"] != unit], years=1.0) for unit in range(24)]
    assert min(one.value / one.extra["se"] for one in others) == pytest.approx(less.value / less.extra["se"])
