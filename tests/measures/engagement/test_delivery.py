"""Engagement: the quasi-binomial model against R, exact medians, and what cannot be said."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden
from scipy.special import stdtr

from rmanalytics.measures.engagement import delivery
from rmanalytics.measures.engagement.delivery import (
    completed_tandems,
    completion_share,
    first_meeting_delay,
    fit_quasi_binomial,
    held_mean,
    held_share,
)
from rmanalytics.results import Estimate, NotEstimable


def tandems(held, planned=6):
    return pd.DataFrame({"tandem_id": [f"t{i}" for i in range(len(held))], "planned": planned, "held": held})


@pytest.mark.golden
def test_quasi_binomial_fit_equals_r_on_cbpp():
    case, folder = golden("engage_kofn_cbpp")
    data = pd.read_csv(folder / "data.csv")
    expected = case["expected"]
    design = np.column_stack([np.ones(len(data))] + [(data["period"] == p).astype(float) for p in (2, 3, 4)])
    fit = fit_quasi_binomial(data["incidence"].to_numpy(float), data["size"].to_numpy(float), design)
    t = fit.coefficients / fit.standard_errors
    p = 2 * stdtr(fit.df, -np.abs(t))
    for found, key in ((fit.coefficients, "coef"), (fit.standard_errors, "se_quasi"), (t, "t"), (p, "p")):
        assert all(close(case, x, e) for x, e in zip(found, expected[key].values(), strict=True)), key
    binomial = fit.standard_errors / np.sqrt(fit.dispersion)
    assert all(close(case, x, e) for x, e in zip(binomial, expected["se_binomial"].values(), strict=True))
    assert close(case, fit.dispersion, expected["dispersion_pearson"])
    assert close(case, fit.deviance, expected["deviance"])
    assert fit.df == expected["df_resid"]


def test_held_share_is_the_pooled_share_with_the_closed_form_of_its_spread():
    data = tandems([6, 5, 6, 2, 0, 6, 4], [6, 6, 6, 6, 3, 8, 6])
    result = held_share(data)
    share = 29 / 41
    pearson = ((data["held"] - data["planned"] * share) ** 2 / (data["planned"] * share * (1 - share))).sum() / 6
    assert result.value == pytest.approx(share)
    assert result.extra["dispersion"] == pytest.approx(pearson)
    assert result.extra["se_log_odds"] == pytest.approx(np.sqrt(pearson / (41 * share * (1 - share))))
    assert 0 < result.lo < share < result.hi < 1
    assert (result.n, result.unit_of_analysis) == (7, "tandem")


def test_tandems_that_meet_all_or_nothing_widen_the_interval():
    alike, apart = held_share(tandems([3, 4, 2, 3, 3, 3])), held_share(tandems([6, 6, 6, 0, 0, 0]))
    assert alike.value == apart.value == 0.5
    assert apart.hi - apart.lo > 2 * (alike.hi - alike.lo)


def test_tandems_without_a_planned_meeting_are_counted_as_excluded():
    data = tandems([6, 5, 4, 3, 6, 6, 0], [6, 6, 6, 6, 6, 6, 0])
    for result in (held_share(data), completion_share(data)):
        assert (result.n, result.n_excluded, result.excluded_reason) == (6, 1, "no meeting planned")
    assert completion_share(data).value == 0.5
    assert completed_tandems(data) == 3
    assert held_mean(data).n == 7


@pytest.mark.parametrize("held", [[], [6], [6, 5, 4, 3, 2]])
def test_fewer_than_six_tandems_are_too_few(held):
    for result in (held_share(tandems(held)), held_mean(tandems(held))):
        assert isinstance(result, NotEstimable)
        assert result.because == "fewer than 6 tandems"


@pytest.mark.parametrize("held", [[6] * 8, [0] * 8, [3] * 8])
def test_without_a_spread_between_tandems_there_is_no_interval(held):
    assert held_share(tandems(held)).reason == delivery.ALL_ALIKE
    assert held_mean(tandems(held)).reason == delivery.SAME_COUNT
    assert isinstance(completion_share(tandems(held)), Estimate)


@pytest.mark.parametrize(
    "data",
    [
        pd.concat([tandems([6, 5, 4])] * 2),
        tandems([7, 5, 4, 3, 2, 1]),
        tandems([-1, 5, 4, 3, 2, 1]),
        tandems([None, 5, 4, 3, 2, 1]),
        tandems([6] * 6).drop(columns="planned"),
    ],
)
def test_impossible_tables_are_refused(data):
    for measure in (held_share, held_mean, completion_share):
        with pytest.raises(
            ValueError, match=r"held: |within 0 and its total|planned: |more than one row|missing columns"
        ):
            measure(data)


def test_a_fit_that_cannot_be_made_is_refused():
    group = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    with pytest.raises(ValueError, match="does not converge"):
        fit_quasi_binomial(np.array([1.0, 2, 3, 6, 6, 6]), np.full(6, 6.0), group)
    with pytest.raises(ValueError, match="more units"):
        fit_quasi_binomial(np.array([1.0]), np.array([6.0]), np.ones((1, 1)))
    with pytest.raises(ValueError, match="within 0"):
        fit_quasi_binomial(np.array([7.0, 1]), np.array([6.0, 6]), np.ones((2, 1)))


@pytest.mark.parametrize("seed", range(3))
def test_row_order_changes_nothing(seed):
    data = tandems(np.random.default_rng(seed).integers(0, 7, 34))
    shuffled = data.sample(frac=1, random_state=seed)
    for measure in (held_share, held_mean, completion_share):
        here, there = measure(data), measure(shuffled)
        assert (here.value, here.lo, here.hi) == pytest.approx((there.value, there.lo, there.hi))


def delays(days):
    matched = pd.Timestamp("2026-01-01")
    first = [matched + pd.Timedelta(days=d) if d is not None else pd.NaT for d in days]
    ids = [f"t{i}" for i in range(len(days))]
    return pd.DataFrame({"tandem_id": ids, "matched_date": matched, "first_held_date": pd.to_datetime(first)})


@pytest.mark.parametrize("n", [6, 7, 9, 34, 35])
def test_median_delay_has_the_exact_ranks_of_the_binomial(n):
    result = first_meeting_delay(delays(list(range(1, n + 1))))
    tails = [sum(Fraction(comb(n, b), 2**n) for b in range(r)) for r in range(n)]
    rank = max(r for r in range(1, n) if tails[r] <= Fraction(1, 40))
    assert (result.lo, result.hi) == (rank, n + 1 - rank)
    assert result.value == (n + 1) / 2
    assert result.extra["level_exact"] == pytest.approx(1 - 2 * float(tails[rank]))


def test_a_tandem_that_has_not_met_waits_longest():
    met = first_meeting_delay(delays([*range(1, 13), 99, 99]))
    unmet = first_meeting_delay(delays([*range(1, 13), None, None]))
    assert (unmet.value, unmet.lo, unmet.hi) == (met.value, met.lo, met.hi)
    assert unmet.extra["not_met"] == 2


def test_too_many_unmet_or_too_few_tandems_have_no_median_delay():
    assert first_meeting_delay(delays([1, 2, 3, 4, 5, None])).reason == delivery.TOO_MANY_UNMET
    assert first_meeting_delay(delays([1, 2, 3])).reason == delivery.TOO_FEW


def test_tandems_without_a_match_date_are_counted_as_excluded():
    data = delays(list(range(8)))
    data.loc[0, "matched_date"] = pd.NaT
    result = first_meeting_delay(data)
    assert (result.n, result.n_excluded, result.excluded_reason) == (7, 1, "no match date")
