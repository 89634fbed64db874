"""What a comparison would have to withstand: an unmeasured cause, and other ways to compute it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from score_worlds import World, scores

from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.verdicts.evidence import Evidence
from rmanalytics.evaluation.verdicts.kinds import passed
from rmanalytics.evaluation.verdicts.sensitivity import Specification, specifications, unmeasured
from rmanalytics.measures.retention.exits_over_rounds import exits_contrast, read_exits
from rmanalytics.measures.stats.sensitivity import e_value
from rmanalytics.measures.stats.stratified_tables import log_rate_ratio, mantel_haenszel_difference
from rmanalytics.measures.survey.all_rounds import clustered_difference
from rmanalytics.measures.survey.level_and_trend import level_and_trend
from rmanalytics.results import Estimate

CLAIMS = {claim.id: claim for claim in claims()}


def evidence(claim: str, estimate: Estimate, *, way: int = 1, **about) -> Evidence:
    given = {"below": 2.0, "above": 2.0, "level": 3, "planned": True, "smallest_effect": 0.2} | about
    return Evidence(claim=CLAIMS[claim], estimate=estimate, way=way, **given)


def of_scores(seed: int = 1, *, way: int = 1, **world) -> Evidence:
    people = scores(np.random.default_rng(seed), World(**{"rounds": 2, "repeat": 0.3, **world}))
    people[["pre", "post"]] *= way
    found = clustered_difference(people)
    assert isinstance(found, Estimate)
    return evidence("M1", found, way=way, people=people, scale=tuple(sorted((way * 1.0, way * 5.0))))


def figure(value: float, unit: str, **extra: float) -> Estimate:
    return Estimate(
        name="f", unit=unit, value=value, lo=-999.0, hi=999.0, n=40, unit_of_analysis="person", method="", extra=extra
    )


def by_choice(found: tuple[Specification, ...]) -> dict[tuple[str, ...], Specification]:
    return {way.choices: way for way in found}


def test_a_stronger_difference_takes_a_stronger_cause_and_one_that_did_not_pass_takes_none() -> None:
    weak, strong = unmeasured(of_scores(gain=0.3)), unmeasured(of_scores(gain=0.8))
    assert 0 < weak["explains"] < weak["explains_all"] < strong["explains_all"] < 1
    assert strong["before_outcome"] > 0.1 > strong["before_group"]
    assert unmeasured(of_scores(gain=0.0)) == {}


def test_a_turned_scale_takes_the_same_cause() -> None:
    one, other = unmeasured(of_scores(gain=0.5)), unmeasured(of_scores(gain=0.5, way=-1))
    assert other == pytest.approx(one)


@pytest.mark.parametrize("strength", [0.9, 1.1])
def test_a_cause_beyond_the_robustness_value_turns_the_verdict_and_one_below_does_not(strength: float) -> None:
    """The cause is made: it explains a given share of the rest of both; with it in the model the boundary is asked."""
    asked = of_scores(gain=0.6, repeat=0.0, silent=0.0, n=60)
    people, share = asked.people, strength * unmeasured(asked)["explains"]
    assert people is not None
    rng, n = np.random.default_rng(3), len(people)
    x = np.column_stack([people["pre"], pd.get_dummies(people["round_id"], dtype=float)])
    d = (people["group"] == "participants").to_numpy(dtype=float)
    y = people["post"].to_numpy()

    def rest(v: np.ndarray, *beside: np.ndarray) -> np.ndarray:
        basis = np.column_stack([x, *beside])
        left = v - basis @ np.linalg.lstsq(basis, v, rcond=None)[0]
        return left / np.linalg.norm(left)

    group, outcome = rest(d), rest(y, d)
    other = rest(rng.normal(size=n), d, y)
    cause = math.sqrt(share) * group + math.sqrt(1 - share) * (
        math.sqrt(share) * outcome + math.sqrt(1 - share) * other
    )
    design = np.column_stack([d, x, cause])
    fit = np.linalg.lstsq(design, y, rcond=None)[0]
    left = y - design @ fit
    error = math.sqrt(left @ left / (n - design.shape[1]) * np.linalg.inv(design.T @ design)[0, 0])
    assert (fit[0] / error > 2.0) == (strength < 1)


def test_counts_take_a_ratio_and_either_group_may_be_first() -> None:
    one = pd.DataFrame({"events": [40], "exposure": [90.0], "events_comparison": [10], "exposure_comparison": [90.0]})
    more = log_rate_ratio(one)
    assert more is not None
    said = unmeasured(evidence("C7", figure(4.0, "rate ratio", se=more.se), strata=one))
    assert said["ratio_all"] == pytest.approx(e_value(4.0))
    assert said["ratio"] == pytest.approx(e_value(math.exp(more.value - 2.0 * more.se)))
    turned = one.rename(columns=lambda name: name.removesuffix("_comparison") + "_comparison" * ("_" not in name))
    less = unmeasured(evidence("C7", figure(0.25, "rate ratio", se=more.se), strata=turned))
    assert less == pytest.approx(said)


def mentions() -> pd.DataFrame:
    """Half say yes within each quarter and source; more yes and more mentions later."""
    rows = [("20261", "a", 10, 20, 100, 200), ("20262", "a", 160, 200, 16, 20), ("20262", "b", 80, 100, 8, 10)]
    return pd.DataFrame(rows, columns=["quarter", "source", "yes", "n", "yes_comparison", "n_comparison"])


def test_shares_are_computed_within_and_all_together_and_the_drift_is_seen() -> None:
    strata = mentions()
    found = mantel_haenszel_difference(strata)
    assert isinstance(found, Estimate)
    ways = by_choice(specifications(evidence("C6", found, strata=strata)))
    assert ways["within quarters and sources", "everybody"].value == pytest.approx(0.0, abs=1e-9)
    assert ways["all thrown together", "everybody"].lo > 0.1
    assert ("within quarters", "without the first") in ways


def test_every_choice_on_silence_start_people_and_errors_is_a_way_and_they_lie_in_order() -> None:
    found = specifications(of_scores(gain=0.5))
    ways = by_choice(found)
    assert len(ways) == len(found)
    assert [way.value for way in found] == sorted(way.value for way in found)
    choices = [{way[i] for way in ways} for i in range(4)]
    assert [len(one) for one in choices[:2]] == [3, 2]
    assert {"everybody", "people in their first round alone"} <= choices[2]
    assert choices[3] == {"errors by person", "errors by unit"}
    main = ways["complete pairs alone", "at equal start", "everybody", "errors by person"]
    asked = of_scores(gain=0.5)
    assert (main.value, main.lo) == pytest.approx((asked.estimate.value, asked.estimate.lo))


def test_silence_of_the_losers_is_seen_by_the_ways_that_fill_it_in() -> None:
    asked = of_scores(2, gain=0.3, losers=0.8, n=60)
    ways = by_choice(specifications(asked))
    complete, worse = (
        next(way for choices, way in ways.items() if choices[0].startswith(name) and choices[1:3] == rest)
        for name, rest in (
            ("complete", ("at equal start", "everybody")),
            ("silent participants", ("at equal start", "everybody")),
        )
    )
    assert worse.value < complete.value - 0.05


def test_where_nobody_is_silent_or_comes_twice_there_are_fewer_ways() -> None:
    ways = by_choice(specifications(of_scores(gain=0.5, silent=0.0, repeat=0.0, middle=2.0)))
    assert {choices[0] for choices in ways} == {"complete pairs alone"}
    assert "people in their first round alone" not in {choices[2] for choices in ways}


def test_exits_are_computed_to_other_horizons() -> None:
    rng = np.random.default_rng(4)
    time = np.r_[rng.uniform(200, 700, 60), rng.uniform(10, 500, 60)]
    table = pd.DataFrame(
        {"round_id": "a", "person_id": range(120), "group": ["participants"] * 60 + ["comparison"] * 60,
         "time_days": np.minimum(time, 400), "event": time < 400}
    )  # fmt: skip
    whole = exits_contrast(read_exits(table, tau=365.0))
    assert whole is not None
    asked = evidence("J7", figure(whole.value, "days", se=whole.se, df=whole.df, tau=365.0), people=table)
    assert passed(asked) is not None
    assert 0 < unmeasured(asked)["explains"] < 1
    ways = by_choice(specifications(asked))
    assert ways["to the horizon", "everybody"].value == pytest.approx(whole.value)
    assert len(ways) == 3


@pytest.mark.parametrize("way", [1, -1])
def test_units_are_told_without_the_one_that_speaks_most_for_it(way) -> None:
    rng = np.random.default_rng(3)
    unit = np.repeat(np.arange(14), 6)
    before = 3 + rng.normal(0, 0.5, unit.size)
    rise = np.where(np.arange(14) < 7, 0.5, 0.1) + rng.normal(0, 0.1, 14)
    score = before + way * rise[unit] + rng.normal(0, 0.3, unit.size)
    about = {"person_id": range(unit.size), "unit": unit, "exposure": 10.0 * (unit < 7), "years": 1.0}
    people = pd.DataFrame({**about, "before": before, "score": score})
    whole = level_and_trend(people, years=1.0)
    assert isinstance(whole, Estimate)
    less = [level_and_trend(people[people["unit"] != one], years=1.0) for one in range(14)]
    weakest = min(less, key=lambda one: way * one.value / one.extra["se"])
    found = {spec.choices[0]: spec.value for spec in specifications(evidence("C2", whole, people=people))}
    wanted = {"everybody": whole.value, "without the unit that speaks most for it": weakest.value}
    assert found == pytest.approx(wanted)
