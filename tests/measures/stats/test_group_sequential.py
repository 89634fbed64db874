"""Looks, boundaries, the split of alpha, and what may be said of size after a test was passed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm
from scipy.stats import t as t_distribution

from rmanalytics.measures.stats.group_sequential import (
    boundaries,
    graphical_split,
    small_sample_boundary,
    spent,
)
from rmanalytics.measures.stats.selection import repeated_interval, selection_corrected

GOLDEN = {
    0.025: [2.326, 2.388, 2.464, 2.555, 2.655, 2.760, 2.869, 2.980],
    0.020: [2.409, 2.475, 2.553, 2.644, 2.743, 2.848, 2.955, 3.065],
    0.0125: [2.576, 2.650, 2.731, 2.822, 2.920, 3.022, 3.128, 3.234],
    0.00625: [2.807, 2.890, 2.973, 3.064, 3.160, 3.259, 3.361, 3.464],
    0.005: [2.878, 2.963, 3.047, 3.137, 3.233, 3.332, 3.432, 3.534],
    0.00125: [3.291, 3.383, 3.469, 3.558, 3.649, 3.743, 3.838, 3.934],
}


@pytest.mark.parametrize(("alpha", "expected"), GOLDEN.items())
def test_boundaries_of_equal_information(alpha, expected) -> None:
    assert boundaries(range(1, 9), alpha=alpha) == pytest.approx(expected, abs=5.1e-4)


@pytest.mark.parametrize("information", [[1, 2.3, 2.9, 4], [3, 3.05, 9], [1, 30], [5, 5.01, 5.02], [1, 9, 1000]])
def test_chance_of_passing_by_each_look_is_what_was_spent(information) -> None:
    """Against the multivariate normal distribution of the looks, integrated by another method."""
    c, info = boundaries(information, alpha=0.02), np.asarray(information, dtype=float)
    covariance = np.sqrt(np.minimum.outer(info, info) / np.maximum.outer(info, info))
    for k in range(2, info.size + 1):
        below = multivariate_normal(cov=covariance[:k, :k], allow_singular=True, seed=1, abseps=1e-6, maxpts=200_000)
        assert 1 - below.cdf(c[:k]) == pytest.approx(spent(0.02, k), abs=2e-5)


def test_simulated_paths_pass_as_often_as_was_spent() -> None:
    rng, info = np.random.default_rng(5), np.array([1, 2.3, 2.9, 4])
    score = rng.normal(size=(400_000, 4)) * np.sqrt(np.diff(info, prepend=0))
    z = score.cumsum(axis=1) / np.sqrt(info)
    rate = (z >= boundaries(info, alpha=0.025)).any(axis=1).mean()
    assert rate == pytest.approx(spent(0.025, 4), abs=4 * math.sqrt(0.022 / 400_000))


def test_a_look_without_gain_spends_nothing() -> None:
    once, with_idle = boundaries([1, 2], alpha=0.02), boundaries([1, 1, 0.9, 2], alpha=0.02)
    assert with_idle.tolist() == [once[0], once[0], once[0], once[1]]
    assert boundaries([10, 20], alpha=0.02) == pytest.approx(once)
    assert boundaries([1, 1.001], alpha=0.02).tolist() == [once[0]] * 2
    assert boundaries([1, 1.0011], alpha=0.02)[1] != once[0]
    assert boundaries([10, 20, 30], alpha=0.02).tolist() == boundaries([1, 2, 3], alpha=0.02).tolist()


@pytest.mark.parametrize("bad", [([0.0, 1], 0.02), ([1, math.inf], 0.02), ([1], 0.0), ([1], 0.5)])
def test_impossible_looks_are_refused(bad) -> None:
    with pytest.raises(ValueError, match="information"):
        boundaries(bad[0], alpha=bad[1])


def passes(least_alpha):
    return lambda alpha: alpha >= least_alpha


@pytest.mark.parametrize(
    ("primary", "keys", "expected"),
    [
        # (least alpha of the primary, of the keys) → primary's (alpha, passed), the keys'
        (0.02, [0.0126, 0.5], [(0.02, True), (0.0125, False), (0.0125, False)]),
        (0.02, [0.0125, 0.02], [(0.02, True), (0.025, True), (0.025, True)]),
        (0.021, [0.0025, 0.005], [(0.025, True), (0.025, True), (0.025, True)]),
        (0.021, [0.0026, 0.0026], [(0.02, False), (0.0025, False), (0.0025, False)]),
        (0.021, [0.0025, 0.0051], [(0.02, False), (0.0025, True), (0.005, False)]),
        (None, [0.001, 0.001], [(0.025, False), (0.005, True), (0.005, True)]),
        (0.021, [], [(0.025, True)]),
        (0.02, [0.025 / 4, 0.025 / 3, 0.5, 0.5], [(0.02, True)] + [(0.025 / 3, True)] * 2 + [(0.0125, False)] * 2),
    ],
)
def test_alpha_goes_where_the_plan_says(primary, keys, expected) -> None:
    main, others = graphical_split(
        None if primary is None else passes(primary), {f"K{i}": passes(least) for i, least in enumerate(keys)}
    )
    found = [main, *others.values()]
    assert [(share.alpha, share.passed) for share in found] == [(pytest.approx(a), p) for a, p in expected]


def test_the_split_keeps_any_false_verdict_below_its_alpha() -> None:
    rng = np.random.default_rng(6)
    p = norm.sf(rng.normal(size=(20_000, 5)))
    false = 0
    for row in p:
        main, keys = graphical_split(passes(row[0]), {str(i): passes(x) for i, x in enumerate(row[1:])})
        false += main.passed or any(key.passed for key in keys.values())
    assert 0.015 < false / 20_000 < 0.025 + 3 * math.sqrt(0.025 / 20_000)


def test_small_samples_compare_tails() -> None:
    assert t_distribution.sf(small_sample_boundary(2.5, 7.5), 7.5) == pytest.approx(norm.sf(2.5))
    low, high = repeated_interval(1.0, 0.5, 8, below=2.0, above=2.5)
    assert t_distribution.sf((1.0 - low) / 0.5, 8) == pytest.approx(norm.sf(2.0))
    assert t_distribution.sf((high - 1.0) / 0.5, 8) == pytest.approx(norm.sf(2.5))


@pytest.mark.parametrize(("z", "c"), [(2.5, 2.41), (3.0, 2.41), (2.43, 2.41), (6.0, 3.0)])
def test_limits_solve_the_conditional_tail(z, c) -> None:
    """Against the density of a normal value known to lie beyond the boundary, integrated numerically."""
    for m, share in zip(selection_corrected(z, 1.0, math.inf, boundary=c), (0.025, 0.5, 0.975), strict=True):
        tails = [quad(density, low, max(z, m) + 10, args=(m, c), limit=200)[0] for low in (z, c)]
        assert tails[0] / tails[1] == pytest.approx(share, rel=1e-6)


def density(x, m, c):
    """Of a normal value with mean m, scaled by that at c."""
    return math.exp((c * c - x * x) / 2 + m * (x - c))


@pytest.mark.parametrize("truth", [0.5, 1.5, 2.5, 4.0])
def test_of_those_who_pass_all_but_one_in_twenty_limits_hold_the_truth(truth) -> None:
    rng, c = np.random.default_rng(7), 2.409
    z = truth + rng.normal(size=400_000)
    z = z[z > c][:3000]
    found = np.array([selection_corrected(x, 1.0, math.inf, boundary=c) for x in z])
    assert ((found[:, 0] <= truth) & (truth <= found[:, 2])).mean() == pytest.approx(0.95, abs=0.016)
    assert (found[:, 1] <= truth).mean() == pytest.approx(0.5, abs=0.037)


def test_direction_unit_and_degrees_of_freedom() -> None:
    up = selection_corrected(3.0, 1.0, 12, boundary=2.0)
    assert selection_corrected(-30.0, 10.0, 12, boundary=2.0) == pytest.approx([-10 * x for x in up[::-1]])
    z = norm.isf(t_distribution.sf(3.0, 12))
    assert up == pytest.approx(selection_corrected(z, 1.0, math.inf, boundary=2.0))
    with pytest.raises(ValueError, match="within"):
        selection_corrected(1.9, 1.0, math.inf, boundary=2.0)
