"""The wild cluster bootstrap."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.linear_model import OLS

from rmanalytics.measures.stats.exact_tests import sign_flip
from rmanalytics.measures.stats.wild_bootstrap import wild_cluster_test
from rmanalytics.results import Estimate


def company(clusters: int, *, seed: int = 1, slope: float = 0.2, each: int = 6):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, each + 1, clusters)
    cluster = np.repeat(np.arange(clusters), sizes)
    dose = rng.uniform(0, 4, clusters)[cluster]
    before = rng.normal(size=cluster.size)
    y = 3 + slope * dose + 0.5 * before + rng.normal(0, 0.3, clusters)[cluster] + rng.normal(0, 0.5, cluster.size)
    return y, np.column_stack([dose, before, np.ones(cluster.size)]), cluster


def by_refitting(y, x, cluster, null: float, signs) -> float:
    """The p-value as one writes it: impose the null, turn the residuals, refit, compare t."""
    part = OLS(y - null * x[:, 0], x[:, 1:]).fit()

    def t(outcome) -> float:
        fit = OLS(outcome, x).fit(cov_type="cluster", cov_kwds={"groups": cluster})
        return abs((fit.params[0] - null) / fit.bse[0])

    seen = t(y)
    turned = [t(part.fittedvalues + null * x[:, 0] + w[cluster] * part.resid) for w in signs]
    return float(np.mean(np.array(turned) >= seen * (1 - 1e-9)))


def test_p_value_and_limits_are_those_of_refitting_every_pattern() -> None:
    y, x, cluster = company(7)
    found = wild_cluster_test(y, x, cluster, column=0, rng=np.random.default_rng(1))
    signs = [np.array(w) for w in itertools.product([1.0, -1.0], repeat=7)]
    assert (found.draws, found.enumerated) == (128, True)
    assert found.value == pytest.approx(OLS(y, x).fit().params[0])
    assert found.p_value == by_refitting(y, x, cluster, 0.0, signs)
    for limit, outwards in ((found.lo, -1), (found.hi, 1)):
        assert limit is not None
        assert by_refitting(y, x, cluster, limit - outwards * 1e-6, signs) > 0.05
        assert by_refitting(y, x, cluster, limit + outwards * 1e-6, signs) <= 0.05


def test_a_mean_of_single_rows_is_the_sign_flip_test() -> None:
    d = np.array([1.0, 2, -1, 3, 2, 2, 0.5, -0.5, 1, 2, 3])
    found = wild_cluster_test(d, np.ones((11, 1)), np.arange(11), column=0, rng=np.random.default_rng(1))
    exact = sign_flip(pd.DataFrame({"person_id": range(11), "pre": 0.0, "post": d}))
    assert isinstance(exact, Estimate)
    assert found.p_value == pytest.approx(exact.p_value)


@pytest.mark.parametrize("clusters", [12, 13])
def test_drawn_patterns_agree_with_all_of_them(clusters: int) -> None:
    y, x, cluster = company(clusters, slope=0.05)
    drawn = wild_cluster_test(y, x, cluster, column=0, rng=np.random.default_rng(2), draws=19_999)
    assert (drawn.enumerated, drawn.draws) == ((True, 4096) if clusters == 12 else (False, 19_999))
    signs = np.random.default_rng(3).choice([1.0, -1.0], (300, clusters))
    again = by_refitting(y, x, cluster, 0.0, signs)
    assert abs(drawn.p_value - again) < 4 * np.sqrt(again * (1 - again) / 300)
    extreme = drawn.p_value * (drawn.draws + (not drawn.enumerated))
    assert extreme == pytest.approx(round(extreme), abs=1e-6)


def test_the_value_tested_is_inside_the_interval_when_p_is_above_five_per_cent() -> None:
    for seed in range(12):
        y, x, cluster = company(8, seed=seed, slope=0.1)
        found = wild_cluster_test(y, x, cluster, column=0, rng=np.random.default_rng(1))
        assert found.lo is not None
        assert found.hi is not None
        assert found.lo < found.value < found.hi
        if found.p_value > 0.05:
            assert found.lo <= 0 <= found.hi


def test_shift_scale_and_order_do_what_they_should() -> None:
    y, x, cluster = company(8)
    one = wild_cluster_test(y, x, cluster, column=0, rng=np.random.default_rng(1))
    rows = np.random.default_rng(5).permutation(y.size)
    names = np.random.default_rng(6).permutation(8)
    other = wild_cluster_test(10 * y[rows] + 3, x[rows], names[cluster[rows]], column=0, rng=np.random.default_rng(1))
    assert (other.value, other.lo, other.hi) == pytest.approx((10 * one.value, 10 * one.lo, 10 * one.hi))
    assert other.p_value == one.p_value


def test_five_clusters_have_an_interval_without_end() -> None:
    y, x, cluster = company(5)
    found = wild_cluster_test(y, x, cluster, column=0, rng=np.random.default_rng(1))
    assert (found.lo, found.hi) == (None, None)
    assert found.p_value >= 1 / 16
    with pytest.raises(ValueError, match="two clusters"):
        wild_cluster_test(y, x, cluster * 0, column=0, rng=np.random.default_rng(1))
