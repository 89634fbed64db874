"""One common factor: what it finds where the truth is known by hand, and where it gives up."""

import numpy as np
import pytest

from rmanalytics.measures.stats.one_factor_model import STEPS, Moments, fit_one_factor, independence_chi2


def made(loading, *, n=100, mean=0.0, variance=1.0):
    loading = np.array(loading)
    covariance = variance * np.outer(loading, loading) + np.diag(1 - loading**2)
    return Moments(n=n, covariance=covariance, mean=1 + loading * mean)


@pytest.mark.parametrize("step", STEPS)
def test_groups_that_obey_the_model_are_fitted_without_rest(step):
    groups = [made([0.8, 0.7, 0.6, 0.5]), made([0.8, 0.7, 0.6, 0.5], n=60, mean=0.4, variance=1.5)]
    fit = fit_one_factor(groups, waves=1, step=step)
    assert fit.proper
    assert fit.chi2 == pytest.approx(0, abs=1e-5)
    assert fit.df == {"configural": 4, "metric": 7, "scalar": 10}[step]
    assert fit.loadings[0] == pytest.approx([0.8, 0.7, 0.6, 0.5], abs=1e-3)


def test_a_loading_and_an_intercept_that_differ_cost_their_own_step():
    base, other = made([0.8, 0.7, 0.6, 0.5]), made([0.4, 0.7, 0.6, 0.5])
    moved = Moments(n=100, covariance=base.covariance, mean=base.mean + np.array([0.5, 0, 0, 0]))
    chi2 = {
        name: [fit_one_factor([base, group], waves=1, step=step).chi2 for step in STEPS]
        for name, group in (("loading", other), ("intercept", moved))
    }
    assert chi2["loading"][1] > 3
    assert chi2["loading"][0] == pytest.approx(0, abs=1e-5)
    assert chi2["intercept"][1] == pytest.approx(0, abs=1e-5)
    assert chi2["intercept"][2] > 5


def test_other_units_of_an_item_leave_the_fit_as_it_was():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(50, 1)) + rng.normal(size=(50, 8))
    stretched = x * [1, 10, 1, 1, 1, 10, 1, 1]
    for step in STEPS:
        one, other = (fit_one_factor([Moments.of(each)], waves=2, step=step) for each in (x, stretched))
        assert other.chi2 == pytest.approx(one.chi2, abs=1e-4)


def test_a_matrix_that_no_factor_makes_is_improper_or_not_fitted():
    r = np.eye(4) * 0.98 + 0.02
    r[0, 1:] = r[1:, 0] = [0.75, 0.55, 0.5]
    fit = fit_one_factor([Moments(n=30, covariance=r, mean=np.zeros(4))], waves=1, step="configural")
    assert fit is None or not fit.proper


def test_items_that_go_with_nothing_cost_nothing():
    assert independence_chi2([Moments(n=30, covariance=np.eye(4), mean=np.zeros(4))]) == (0.0, 6)
