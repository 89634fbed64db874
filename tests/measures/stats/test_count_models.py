"""Count regressions: against statsmodels, and what clusters do to their errors."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import statsmodels.api as sm

from rmanalytics.measures.stats.count_models import fit_counts


def drawn(seed: int, *, alpha: float, n: int = 120) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.arange(n) % 2, rng.normal(size=n), np.ones(n)])
    exposure = rng.uniform(0.5, 2, n)
    mu = exposure * np.exp(x @ [0.4, 0.3, 0.6])
    rate = mu * rng.gamma(1 / alpha, alpha, n) if alpha else mu
    return rng.poisson(rate).astype(float), exposure, x, np.arange(n)


@pytest.mark.parametrize("alpha", [0.0, 0.8])
def test_quasi_poisson_has_the_estimate_and_dispersion_of_statsmodels(alpha: float) -> None:
    y, exposure, x, cluster = drawn(1, alpha=alpha)
    found = fit_counts(y, exposure, x, cluster, term=0)
    model = sm.GLM(y, x, family=sm.families.Poisson(), exposure=exposure).fit(scale="X2")
    assert found is not None
    assert found.contrast.value == pytest.approx(model.params[0], rel=1e-8)
    assert found.spread == pytest.approx(model.scale, rel=1e-8)


def test_negative_binomial_has_the_estimate_and_spread_of_statsmodels() -> None:
    y, exposure, x, cluster = drawn(2, alpha=0.8)
    found = fit_counts(y, exposure, x, cluster, term=0, nb2=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = sm.NegativeBinomial(y, x, exposure=exposure).fit(disp=0, method="newton", maxiter=200)
    assert found is not None
    assert found.contrast.value == pytest.approx(model.params[0], rel=1e-4)
    assert found.spread == pytest.approx(model.params[-1], rel=1e-3)


def test_counts_without_more_spread_than_poisson_are_poisson() -> None:
    y, exposure, x, cluster = (np.tile([1.0, 2.0, 3.0], 20), np.ones(60), np.ones((60, 1)), np.arange(60))
    found = fit_counts(y, exposure, x, cluster, term=0, nb2=True)
    assert found is not None
    assert found.spread == 0


@pytest.mark.parametrize("nb2", [False, True])
def test_the_error_of_one_mean_is_that_of_the_clusters_totals(*, nb2: bool) -> None:
    """With an intercept alone and clusters of equal size the CR2 error is the classical one of the totals."""
    rng = np.random.default_rng(4)
    y = rng.poisson(np.repeat(rng.gamma(2, 1, 15), 4)).astype(float)
    found = fit_counts(y, np.ones(60), np.ones((60, 1)), np.repeat(np.arange(15), 4), term=0, nb2=nb2)
    totals = y.reshape(15, 4).sum(axis=1)
    assert found is not None
    assert found.contrast.se == pytest.approx(totals.std(ddof=1) / np.sqrt(15) / totals.mean(), rel=1e-6)
    assert found.contrast.df == pytest.approx(14, rel=1e-6)


def test_a_group_without_any_event_has_no_ratio() -> None:
    y = np.array([0.0] * 10 + [1.0, 2, 0, 1, 1, 0, 3, 1, 1, 2])
    x = np.column_stack([np.arange(20) < 10, np.ones(20)]).astype(float)
    assert fit_counts(y, np.ones(20), x, np.arange(20), term=0) is None
