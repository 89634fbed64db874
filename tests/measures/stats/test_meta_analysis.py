"""Several rounds together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden
from scipy.stats import halfnorm, norm
from score_frames import shuffled

from rmanalytics.measures.stats.meta_analysis import pooled_alternatives, pooled_difference, predicted_difference
from rmanalytics.results import Curve, Estimate, NotEstimable


def estimate(result: Estimate | NotEstimable) -> Estimate:
    assert isinstance(result, Estimate)
    return result


def rounds(values: list[float], ses: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"round_id": [f"20{20 + i}H1" for i in range(len(values))], "value": values, "se": ses})


@pytest.mark.golden
@pytest.mark.parametrize("case_id", ["meta_bcg", "meta_small_k_normand"])
def test_pooling_equals_r(case_id: str) -> None:
    case, folder = golden(case_id)
    data = pd.read_csv(folder / "data.csv")
    expected, hk = case["expected"], case["expected"]["PM_hk"]
    found = estimate(pooled_difference(rounds(list(data["yi"]), list(np.sqrt(data["vi"])))))
    assert found.extra["tau2"] == pytest.approx(expected["PM_tau2_exact_root"], rel=1e-9)
    assert found.n == expected["k"]
    pairs = [
        (found.value, hk["est"]),
        (found.extra["se"], hk["se"]),
        (found.extra["hk_lo"], hk["lower"]),
        (found.extra["hk_hi"], hk["upper"]),
        (found.p_value, hk["p"]),
        (found.extra["q"], expected["Q"]),
        (found.extra["q_p"], expected["Q_p"]),
        (found.extra["i2"] * 100, hk["I2"]),
        (found.extra["tau2_lo"], expected["tau2_ci_qprofile"][0]),
        (found.extra["tau2_hi"], expected["tau2_ci_qprofile"][1]),
    ]
    for value, wanted in pairs:
        assert close(case, value, wanted)


@pytest.mark.golden
@pytest.mark.parametrize("case_id", ["meta_bcg", "meta_small_k_normand"])
def test_the_usual_ways_to_pool_equal_r(case_id: str) -> None:
    case, folder = golden(case_id)
    data = pd.read_csv(folder / "data.csv")
    found = pooled_alternatives(rounds(list(data["yi"]), list(np.sqrt(data["vi"]))))
    assert isinstance(found, Curve)
    ways = ("fixed", "DL_z", "REML_z", "REML_hk")
    for way, row in zip(ways, found.points.itertuples(), strict=True):
        expected = case["expected"][way]
        pairs = {"est": row.value, "se": row.se, "lower": row.lo, "upper": row.hi, "tau2": row.tau2}
        assert all(close(case, value, expected[name]) for name, value in pairs.items()), way


def test_rounds_that_do_not_differ_have_no_variance_between_them_in_any_way() -> None:
    found = pooled_alternatives(rounds([0.50, 0.51, 0.49, 0.5, 0.5], [0.2, 0.1, 0.4, 0.2, 0.2]))
    assert isinstance(found, Curve)
    assert (found.points["tau2"] == 0).all()
    assert len(set(found.points["value"])) == 1
    assert isinstance(pooled_alternatives(rounds([0.1, 0.2], [0.1, 0.1])), NotEstimable)


def test_rounds_that_agree_better_than_chance_have_the_interval_of_one_truth() -> None:
    values, errors = [0.50, 0.51, 0.49, 0.5, 0.5], [0.2, 0.1, 0.4, 0.2, 0.2]
    found = estimate(pooled_difference(rounds(values, errors)))
    weights = np.array(errors) ** -2.0
    assert found.extra["tau2"] == 0
    assert found.value == pytest.approx(np.average(values, weights=weights))
    assert found.hi - found.value == pytest.approx(1.959964 / np.sqrt(weights.sum()), rel=1e-6)
    assert found.extra["hk_hi"] < found.hi


def test_pooling_does_not_depend_on_order_and_scales_with_the_unit() -> None:
    table = rounds([0.2, 0.9, 0.4, 0.5, 0.1], [0.2, 0.1, 0.3, 0.2, 0.2])
    one = estimate(pooled_difference(table))
    other = estimate(pooled_difference(shuffled(table.assign(value=table["value"] * 10, se=table["se"] * 10))))
    assert (other.value, other.lo, other.hi) == pytest.approx((10 * one.value, 10 * one.lo, 10 * one.hi))
    assert other.extra["tau2"] == pytest.approx(100 * one.extra["tau2"])
    assert other.p_value == pytest.approx(one.p_value)


def test_rounds_that_differ_have_the_interval_of_hartung_and_knapp() -> None:
    found = estimate(pooled_difference(rounds([0.2, 0.9, 0.4, -0.3, 0.6], [0.1] * 5)))
    assert (found.lo, found.hi) == (found.extra["hk_lo"], found.extra["hk_hi"])


def test_fewer_than_five_rounds_are_not_pooled() -> None:
    table = rounds([0.2, 0.9, 0.4, 0.1, np.nan], [0.1, 0.1, 0.1, 0.1, np.nan])
    result = pooled_difference(table)
    assert isinstance(result, NotEstimable)
    assert (result.n, result.because) == (4, "fewer than 5 rounds with an estimate")
    assert isinstance(pooled_difference(table.head(0)), NotEstimable)


def test_rounds_without_an_estimate_are_counted() -> None:
    found = estimate(pooled_difference(rounds([0.2, 0.9, 0.4, 0.1, 0.2, np.nan], [0.1] * 5 + [np.nan])))
    assert (found.n, found.n_excluded) == (5, 1)


def test_identical_rounds_are_not_estimable() -> None:
    assert isinstance(pooled_difference(rounds([0.2] * 5, [0.1] * 5)), NotEstimable)


def test_a_round_twice_or_without_error_is_refused() -> None:
    table = rounds([0.2, 0.9, 0.4], [0.1, 0.1, 0.0])
    with pytest.raises(ValueError, match="not positive"):
        pooled_difference(table)
    with pytest.raises(ValueError, match="more than one row"):
        pooled_difference(pd.concat([table, table]))


@pytest.mark.parametrize("values", [[0.3], [0.3, 0.1], [0.5, -0.2, 0.3, 0.4]])
def test_the_prediction_is_the_posterior_by_another_integration(values) -> None:
    """Against the joint density of mean, spread and next round, summed over a plain grid."""
    y, se, scale = np.array(values), np.full(len(values), 0.12), 0.1
    found = predicted_difference(y, se, scale=scale)
    tau, mu = np.linspace(1e-4, 0.6, 300), np.linspace(-1.5, 2.0, 1401)
    density = halfnorm.pdf(tau, scale=scale)[:, None] * np.prod(
        norm.pdf(y[:, None, None], mu, np.sqrt(se[:, None, None] ** 2 + tau[:, None] ** 2)), axis=0
    )
    for limit, share in ((found.lo, 0.025), (found.hi, 0.975)):
        below = norm.cdf(limit, mu, tau[:, None])
        assert (density * below).sum() / density.sum() == pytest.approx(share, abs=2e-3)
    assert found.tau == pytest.approx((density * tau[:, None]).sum() / density.sum(), rel=0.01)


@pytest.mark.parametrize("tau", [0.0, 0.06])
def test_the_prediction_holds_the_next_round(tau) -> None:
    rng, held = np.random.default_rng(9), 0
    for _ in range(1000):
        truth, se = 0.2 + tau * rng.normal(size=5), np.full(4, 0.1)
        found = predicted_difference(truth[:4] + se * rng.normal(size=4), se, scale=0.1)
        held += found.lo <= truth[4] <= found.hi
    assert held / 1000 >= 0.93 - 2 * np.sqrt(0.93 * 0.07 / 1000)


def test_a_prediction_without_a_scale_or_an_error_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        predicted_difference(np.array([0.1]), np.array([0.0]), scale=0.1)
    with pytest.raises(ValueError, match="positive"):
        predicted_difference(np.array([0.1]), np.array([0.1]), scale=0.0)


def test_rounds_that_agree_by_luck_are_no_more_certain_than_their_own_errors_allow():
    values = [0.30, 0.31, 0.29, 0.31, 0.29]
    pooled = pooled_difference(pd.DataFrame({"round_id": list("abcde"), "value": values, "se": 0.2}))
    se = 0.2 / 5**0.5
    assert (pooled.lo, pooled.hi) == (pytest.approx(0.30 - 1.959964 * se), pytest.approx(0.30 + 1.959964 * se))
    assert pooled.p_value == pytest.approx(2 * norm.sf(0.30 / se))
