"""The test by redraws: exact by enumeration, agreeing with its interval, and honest where nothing bounds it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import statsmodels.api as sm

from rmanalytics.lot.balanced import accepted, distances
from rmanalytics.lot.redraw_test import RoundsTest, by_lot, on_those_who_started
from rmanalytics.lot.redraws import redraw
from rmanalytics.results import Estimate


def world(n: int, start: int, *, effect: float, seed: int, redraws: int = 999):
    """Scores of people whom a plain lot put into groups, and its redraws."""
    rng = np.random.default_rng(seed)
    drawn = redraw(list(range(n)), start, dict.fromkeys(range(n), (0,)), rng, redraws=redraws + 1)
    pre = rng.normal(3, 1, n)
    return pre, 0.6 * pre + rng.normal(0, 0.8, n) + effect * drawn[0], drawn[0], drawn[1:]


def hc3_t(pre, post, start) -> float:
    fit = sm.OLS(post, np.column_stack([np.ones_like(pre), pre, start])).fit(cov_type="HC3")
    return float(fit.tvalues[2])


def test_the_statistic_is_t_of_ancova_with_hc3_errors():
    pre, post, start, bank = world(20, 8, effect=0.4, seed=1, redraws=60)
    seen = abs(hc3_t(pre, post, start.astype(float)))
    beyond = sum(abs(hc3_t(pre, post, row.astype(float))) >= seen * (1 - 1e-12) for row in bank)
    found = by_lot(pre, post, start, bank)
    assert isinstance(found, Estimate)
    assert found.p_value == pytest.approx((1 + beyond) / 61)
    fit = sm.OLS(post, np.column_stack([np.ones_like(pre), pre, start])).fit(cov_type="HC3")
    assert (found.value, found.extra["se"]) == pytest.approx((fit.params[2], fit.bse[2]))


def test_over_rounds_each_is_drawn_again_by_its_own_lot():
    """One round: the share of its redraws. Two rounds: that of all pairs of redraws, here counted one by one."""
    rounds = [world(n, 8, effect=0.5, seed=n, redraws=40) for n in (16, 20)]
    pre, post, start = (np.concatenate([one[part] for one in rounds]) for part in range(3))
    rounds_of = np.repeat([0.0, 1.0], [16, 20])
    design = np.column_stack([pre, 1 - rounds_of, rounds_of])

    def t(starts) -> float:
        fit = sm.OLS(post, np.column_stack([design, starts])).fit(cov_type="HC3")
        return float(fit.tvalues[3])

    seen = t(start.astype(float))
    every = [t(np.concatenate([one, two]).astype(float)) for one in rounds[0][3] for two in rounds[1][3]]
    wanted = np.mean([one >= seen for one in every])
    banks = [(np.arange(16), rounds[0][3]), (np.arange(16, 36), rounds[1][3])]
    test = RoundsTest(post, design, start, banks, draws=20_000, rng=np.random.default_rng(1))
    found = test.p(1)
    assert found == pytest.approx(wanted, abs=4 * np.sqrt(wanted / 20_000) + 1e-4)
    one, (before, after, drawn, bank) = np.ones((16, 1)), rounds[0]
    alone = RoundsTest(
        after, np.column_stack([before, one]), drawn, [(np.arange(16), bank)], draws=9, rng=np.random.default_rng(1)
    ).p(1)
    beyond = sum(hc3_t(before, after, row.astype(float)) >= hc3_t(before, after, drawn.astype(float)) for row in bank)
    assert alone == (1 + beyond) / 41


def test_over_rounds_limits_and_p_agree_at_every_boundary():
    """A limit lies beyond no difference exactly where p is below its tail; too few redraws for a tail give no limit."""
    outside = 0
    for seed in range(12):
        rounds = [world(n, 10, effect=0.6, seed=seed + n, redraws=300) for n in (20, 24)]
        pre, post, start = (np.concatenate([one[part] for one in rounds]) for part in range(3))
        design = np.column_stack([pre, np.arange(44) < 20, np.arange(44) >= 20])
        banks = [(np.arange(20), rounds[0][3]), (np.arange(20, 44), rounds[1][3])]
        test = RoundsTest(post, design, start, banks, draws=3_000, rng=np.random.default_rng(seed))
        for tail in (0.025, 0.008, 0.001):
            for way in (1, -1):
                limit = test.limit(tail, -way)
                assert (way * limit > 0) is (test.p(way) <= tail)
                outside += way * limit > 0
        assert test.limit(0.0001, -1) is None
        assert (test.z > 0) is (test.value > 0)
        assert test.limit(0.025, -1) < test.value < test.limit(0.025, 1)
    assert 4 < outside < 36


def test_interval_and_p_come_from_the_same_redraws():
    for seed in range(20):
        found = by_lot(*world(24, 12, effect=0.5, seed=seed))
        assert isinstance(found, Estimate)
        assert (found.p_value <= 0.05) is not (found.lo <= 0 <= found.hi)


def test_p_is_that_of_every_acceptable_halving_at_eight_v_eight():
    rng = np.random.default_rng(9)
    facts = {lot: tuple(int(x) for x in rng.integers(0, 100, 2)) for lot in range(16)}
    known = np.array(list(facts.values()))
    every = np.zeros((12870, 16), dtype=bool)
    for row, picked in enumerate(combinations(range(16), 8)):
        every[row, list(picked)] = True
    apart = np.array(distances((2 * every - 1) @ known, known), dtype=float)
    share = accepted(8) / 10_000
    good = every[apart <= np.sort(apart)[int(share * len(every)) - 1]]
    pre = rng.normal(3, 1, 16)
    post = pre + rng.normal(0, 0.5, 16) + 0.5 * good[0]
    exact = by_lot(pre, post, good[0], good[1:])
    drawn = by_lot(pre, post, good[0], redraw(list(facts), 8, facts, rng, redraws=3000))
    assert isinstance(exact, Estimate)
    assert isinstance(drawn, Estimate)
    assert drawn.p_value == pytest.approx(exact.p_value, abs=4 * np.sqrt(exact.p_value * (1 - exact.p_value) / 3000))


def test_no_effect_is_found_in_one_round_in_twenty():
    wrong = 0
    for seed in range(150):
        found = by_lot(*world(20, 10, effect=0.0, seed=seed, redraws=99))
        wrong += isinstance(found, Estimate) and found.p_value <= 0.05
    assert 1 <= wrong <= 18  # 150 draws at 0.05: 7.5, and four standard errors


def test_the_effect_on_those_who_started_is_the_difference_over_the_share_that_the_lot_moved():
    pre, post, start, bank = world(40, 20, effect=0.8, seed=3)
    served = start.copy()
    served[np.flatnonzero(start)[:4]] = False
    served[np.flatnonzero(~start)[:1]] = True
    whole, own = by_lot(pre, post, start, bank), on_those_who_started(pre, post, start, served, bank)
    assert isinstance(whole, Estimate)
    assert isinstance(own, Estimate)
    assert own.extra == {"started": 0.8, "crossed": 0.05}
    assert own.value > whole.value
    assert own.lo < own.value < own.hi
    assert (own.lo > 0) is (whole.lo > 0)
    same = on_those_who_started(pre, post, start, start, bank)
    assert isinstance(same, Estimate)
    assert (same.lo, same.value, same.hi) == pytest.approx((whole.lo, whole.value, whole.hi))


def test_nothing_bounds_the_effect_where_the_lot_hardly_moved_anybody():
    pre, post, start, bank = world(40, 20, effect=0.0, seed=4)
    served = start.copy()
    served[np.flatnonzero(start)[:18]] = False
    found = on_those_who_started(pre, post, start, served, bank)
    assert isinstance(found, Estimate)
    assert (found.lo, found.hi) == (None, None)
    assert "too little" in found.method


def test_too_few_people_and_a_lot_without_effect_on_anybody_are_not_estimable():
    pre, post, start, bank = world(20, 5, effect=0.0, seed=5, redraws=19)
    assert not isinstance(by_lot(pre, post, start, bank), Estimate)
    pre, post, start, bank = world(20, 10, effect=0.0, seed=5, redraws=19)
    assert not isinstance(on_those_who_started(pre, post, start, np.zeros(20, dtype=bool), bank), Estimate)
