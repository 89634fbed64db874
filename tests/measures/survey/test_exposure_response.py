"""The whole company by its distance to the programme."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from score_frames import shuffled

from rmanalytics.measures.stats.cluster_robust import fit_clustered
from rmanalytics.measures.stats.wild_bootstrap import wild_cluster_test
from rmanalytics.measures.survey.exposure import participant_distance, unit_exposure
from rmanalytics.measures.survey.exposure_response import (
    PER_STEP,
    PER_TANDEM,
    exposure_slope,
    exposure_slope_adjusted,
    pulse_means,
    pulse_trend,
)
from rmanalytics.results import Curve, Estimate, NotEstimable


def estimate(result: Curve | Estimate | NotEstimable) -> Estimate:
    assert isinstance(result, Estimate)
    return result


def reason(result: Curve | Estimate | NotEstimable) -> str:
    assert isinstance(result, NotEstimable)
    return result.because


def company(units: int, *, slope: float = 0.1, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(units), rng.integers(4, 12, units))
    dose, level = rng.uniform(0, 8, units), rng.normal(0, 0.3, units)
    before = 3 + level[unit] + rng.normal(0, 0.6, unit.size)
    return pd.DataFrame(
        {
            "person_id": [f"p{i}" for i in range(unit.size)],
            "unit": [f"u{u}" for u in unit],
            "exposure": dose[unit],
            "before": before,
            "score": 0.5 * before + 1.5 + slope * dose[unit] + rng.normal(0, 0.4, unit.size),
        }
    )


def test_ten_units_or_more_have_cr2_errors() -> None:
    people = company(14)
    x = np.column_stack([people["exposure"], people["before"], np.ones(len(people))])
    cluster = pd.factorize(people["unit"])[0]
    for columns, measure in (([0, 2], exposure_slope), ([0, 1, 2], exposure_slope_adjusted)):
        fit = fit_clustered(people["score"].to_numpy(), x[:, columns], cluster, terms=["a", "b", "c"][: len(columns)])
        found = estimate(measure(people, unit=PER_TANDEM))
        assert (found.value, found.extra["se"], found.extra["df"]) == pytest.approx(
            (fit.estimates[0], fit.errors[0], fit.df[0])
        )
        assert (found.n, found.extra["units"], found.unit, found.draws) == (len(people), 14, PER_TANDEM, None)


def test_fewer_than_ten_units_have_the_wild_bootstrap_with_every_pattern() -> None:
    people = company(8)
    found = estimate(exposure_slope(people, unit=PER_STEP))
    x = np.column_stack([people["exposure"], np.ones(len(people))])
    test = wild_cluster_test(
        people["score"].to_numpy(), x, pd.factorize(people["unit"])[0], column=0, rng=np.random.default_rng(1)
    )
    assert (found.value, found.lo, found.hi, found.p_value) == pytest.approx(
        (test.value, test.lo, test.hi, test.p_value)
    )
    assert (found.draws, found.seed, found.mc_se, found.unit) == (256, None, None, PER_STEP)
    assert "se" not in found.extra
    assert "every pattern" in found.method


@pytest.mark.parametrize("units", [8, 14])
def test_order_shift_and_scale_do_what_they_should(units: int) -> None:
    people = company(units)
    one = estimate(exposure_slope_adjusted(people, unit=PER_TANDEM))
    moved = people.assign(score=10 * people["score"] + 3, exposure=people["exposure"] + 5, before=people["before"] - 2)
    other = estimate(exposure_slope_adjusted(shuffled(moved), unit=PER_TANDEM))
    assert (other.value, other.lo, other.hi) == pytest.approx((10 * one.value, 10 * one.lo, 10 * one.hi))
    assert other.p_value == pytest.approx(one.p_value)


def test_incomplete_people_are_counted() -> None:
    people = company(12)
    people.loc[0, "score"] = people.loc[1, "exposure"] = np.nan
    people.loc[2, "unit"] = None
    found = estimate(exposure_slope(people, unit=PER_TANDEM))
    assert (found.n, found.n_excluded) == (len(people) - 3, 3)
    assert found.excluded_reason == "without a score, a unit or an exposure"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda p: p.assign(exposure=2.0), "the exposure does not vary"),
        (lambda p: p.head(0), "the exposure does not vary"),
        (lambda p: p.assign(score=np.nan), "the exposure does not vary"),
        (lambda p: p[p["unit"].isin(["u0", "u1", "u2", "u3", "u4"])], "fewer than 6 units of the company with a score"),
        (lambda p: p.assign(exposure=(p["unit"] == "u3") * 5.0), "only one unit differs from the others in exposure"),
        (lambda p: p.assign(score=3 + p["exposure"] / 10), "nothing but the exposure tells the units apart"),
    ],
)
@pytest.mark.parametrize("units", [8, 14])
def test_what_has_no_slope_says_why(change, expected: str, units: int) -> None:
    people = change(company(units))
    assert reason(exposure_slope(people, unit=PER_TANDEM)) == expected


def test_an_exposure_that_is_the_score_before_cannot_be_told_from_it() -> None:
    people = company(12)
    result = exposure_slope_adjusted(people.assign(before=2 * people["exposure"] + 1), unit=PER_TANDEM)
    assert reason(result) == "the exposure cannot be told from the score before"


def test_an_interval_without_end_is_not_estimable() -> None:
    dose = np.repeat([0.0, 4.0, 2.0, 2.0, 2.0, 2.0], 8)
    people = pd.DataFrame({"person_id": range(48), "unit": np.repeat(list("abcdef"), 8), "exposure": dose})
    people["score"] = np.random.default_rng(1).normal(3, 1, 48)
    assert reason(exposure_slope(people, unit=PER_TANDEM)) == "with so few units the interval has no end"


def test_a_person_in_two_rows_is_refused_and_the_table_is_not_changed() -> None:
    people = company(12)
    before = people.copy(deep=True)
    for measure in (exposure_slope, exposure_slope_adjusted):
        measure(people, unit=PER_TANDEM)
        with pytest.raises(ValueError, match="more than one row"):
            measure(pd.concat([people, people.head(1)]), unit=PER_TANDEM)
    pd.testing.assert_frame_equal(people, before)


def pulse(units: int, waves: int, *, seed: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    people = company(units, seed=seed)[["person_id", "unit"]]
    frames = []
    for wave in range(waves):
        asked = people[rng.random(len(people)) < 0.8]
        score = 3 + 0.1 * wave + rng.normal(0, 0.5, len(asked))
        frames.append(asked.assign(time_days=183 * wave, score=score))
    return pd.concat(frames, ignore_index=True)


def test_the_trend_is_the_slope_over_years_clustered_on_units() -> None:
    table = pulse(14, 4)
    x = np.column_stack([table["time_days"] / 365.25, np.ones(len(table))])
    fit = fit_clustered(table["score"].to_numpy(), x, pd.factorize(table["unit"])[0], terms=["a", "b"])
    found = estimate(pulse_trend(table))
    assert (found.value, found.extra["se"], found.extra["df"]) == pytest.approx(
        (fit.estimates[0], fit.errors[0], fit.df[0])
    )
    assert (found.extra["waves"], found.extra["answers_n"], found.n) == (4, len(table), table["person_id"].nunique())
    later = estimate(pulse_trend(shuffled(table.assign(time_days=table["time_days"] + 1000))))
    assert (later.value, later.lo, later.hi) == pytest.approx((found.value, found.lo, found.hi))


def test_few_units_have_a_trend_with_the_wild_bootstrap() -> None:
    assert estimate(pulse_trend(pulse(7, 4))).draws == 128


def test_a_person_who_moves_stays_with_the_unit_of_the_first_pulse() -> None:
    table = pulse(12, 4)
    mover = table["person_id"] == table["person_id"].iloc[0]
    moved = table.assign(unit=table["unit"].mask(mover & (table["time_days"] > 0), "u9"))
    assert estimate(pulse_trend(shuffled(moved))) == estimate(pulse_trend(shuffled(table)))


def test_the_means_of_the_waves_have_intervals_by_unit() -> None:
    table = pulse(12, 3)
    result = pulse_means(table)
    assert isinstance(result, Curve)
    means = table.groupby("time_days")["score"].mean()
    assert result.points["time_days"].tolist() == [0, 183, 366]
    assert result.points["mean"].tolist() == pytest.approx(means.tolist())
    assert (result.points["lo"] < result.points["mean"]).all()
    assert (result.points["hi"] - result.points["mean"]).tolist() == pytest.approx(
        (result.points["mean"] - result.points["lo"]).tolist()
    )
    assert result.points["n"].sum() == len(table)
    few = pulse_means(pulse(4, 3))
    assert isinstance(few, Curve)
    assert few.points[["lo", "hi"]].isna().to_numpy().all()


def test_pulses_that_have_no_answer_say_why() -> None:
    assert reason(pulse_trend(pulse(12, 2))) == "fewer than 3 waves"
    assert reason(pulse_trend(pulse(12, 4).head(0))) == "fewer than 3 waves"
    assert reason(pulse_trend(pulse(5, 4))) == "fewer than 6 units of the company with a score"
    assert reason(pulse_means(pulse(12, 4).assign(score=np.nan))) == "nobody has a score"
    table = pulse(12, 3)
    for measure in (pulse_trend, pulse_means):
        with pytest.raises(ValueError, match="more than one row"):
            measure(pd.concat([table, table.head(1)]))


def test_tandems_are_counted_once_in_each_unit_that_has_a_member() -> None:
    people = pd.DataFrame({"person_id": list("abcdefgh"), "unit": ["x"] * 4 + ["y"] * 3 + [None]})
    tandems = pd.DataFrame({"tandem_id": [1, 2, 3], "mentor_id": ["a", "a", "c"], "mentee_id": ["b", "e", "nobody"]})
    found = unit_exposure(people, tandems).set_index("person_id")["exposure"]
    assert list(found.index) == ["d", "f", "g", "h"]
    assert found["d"] == 75
    assert found["f"] == pytest.approx(100 / 3)
    assert np.isnan(found["h"])
    none = unit_exposure(people, tandems.head(0))
    assert none["exposure"].dropna().tolist() == [0.0] * 7
    with pytest.raises(ValueError, match="more than one row"):
        unit_exposure(people, pd.concat([tandems, tandems.head(1)]))


def test_distance_is_to_the_nearest_participant_and_missing_without_a_way() -> None:
    people = pd.DataFrame({"person_id": list("abcdef"), "unit": "x"})
    ties = pd.DataFrame({"source_id": list("acb"), "target_id": list("bbd")})
    found = participant_distance(people, ties, participants=["a", "e"]).set_index("person_id")["exposure"]
    assert list(found.index) == list("bcdf")
    assert found[list("bcd")].tolist() == [1, 2, 2]
    assert np.isnan(found["f"])
    nobody = participant_distance(people, ties, participants=[])
    assert list(nobody["person_id"]) == list("abcdef")
    assert nobody["exposure"].isna().all()
