"""Exits over all rounds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from scipy.stats import t as t_distribution
from statsmodels.duration.survfunc import survdiff

from rmanalytics.measures.retention import kaplan_meier
from rmanalytics.measures.retention.exits_over_rounds import (
    Exits,
    exits_contrast,
    exits_over_rounds,
    exits_permutation_p,
    log_rank_scores,
    log_rank_variance,
    read_exits,
    with_leavers,
)
from rmanalytics.measures.retention.kaplan_meier import rmst_difference
from rmanalytics.measures.retention.risk_sets import log_rank
from rmanalytics.measures.stats.fragility import fragility_number
from rmanalytics.results import Estimate, NotEstimable


def spells(
    rng: np.random.Generator, *, n: int = 34, rounds: int = 3, ratio: float = 1.0, rate: float = 0.4
) -> pd.DataFrame:
    tables = []
    for r in range(rounds):
        group = np.repeat(["participants", "comparison"], n)
        left = rng.exponential(365 / (rate * np.where(group == "participants", ratio, 1.0) * (1 + r)))
        followed = rng.integers(300, 600, 2 * n)
        time = np.ceil(np.minimum(left, followed))
        people = [f"{r}{i}" for i in range(2 * n)]
        tables.append(
            pd.DataFrame(
                {"round_id": f"r{r}", "person_id": people, "group": group, "time_days": time, "event": left < followed}
            )
        )
    return pd.concat(tables, ignore_index=True)


@pytest.mark.parametrize("seed", [1, 2])
def test_sum_and_variance_are_those_of_the_stratified_log_rank_test(seed) -> None:
    table = spells(np.random.default_rng(seed), ratio=0.6)
    exits = read_exits(table, tau=900.0)
    z = log_rank_scores(exits)[exits.treated].sum() / np.sqrt(log_rank_variance(exits))
    chi2, _ = survdiff(table["time_days"], table["event"].astype(int), table["group"], strata=table["round_id"])
    assert z**2 == pytest.approx(chi2)


def test_one_round_has_the_difference_of_the_areas() -> None:
    table = spells(np.random.default_rng(3), rounds=1, ratio=0.5)
    found = exits_contrast(read_exits(table, tau=300.0))
    known = rmst_difference(table.drop(columns="round_id"), tau=300.0)
    assert found.value == pytest.approx(known.value)
    assert found.se == pytest.approx((known.hi - known.lo) / (2 * norm.ppf(0.975)), rel=0.1)


def test_without_an_effect_the_permutation_is_uniform_and_with_one_it_finds_it() -> None:
    rng = np.random.default_rng(4)
    p = [exits_permutation_p(read_exits(spells(rng), tau=365.0), draws=199, rng=rng) for _ in range(400)]
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 400))
    strong = read_exits(spells(rng, ratio=0.3), tau=365.0)
    assert exits_permutation_p(strong, draws=1999, rng=rng) < 0.01
    assert exits_contrast(strong).value > 0


def test_one_exit_against_one_convinces_nobody_but_the_areas() -> None:
    """Day 179 among participants, day 20 among the others."""
    group = np.repeat(["participants", "comparison"], 34)
    time, event = np.full(68, 365.0), np.zeros(68, dtype=bool)
    time[0], time[34], event[[0, 34]] = 179, 20, True
    table = pd.DataFrame({"round_id": "a", "person_id": range(68), "group": group, "time_days": time, "event": event})
    exits = read_exits(table, tau=400.0)
    assert exits_permutation_p(exits, draws=1999, rng=np.random.default_rng(5)) > 0.2


def test_leavers_are_added_until_the_verdict_turns() -> None:
    exits = read_exits(spells(np.random.default_rng(6), ratio=0.3), tau=365.0)

    def holds(n: int) -> bool:
        found = exits_contrast(with_leavers(exits, n))
        return found.value - 2 * found.se > 0

    stayers = int((~exits.event & exits.treated).sum())
    n = fragility_number(holds, most=stayers)
    assert 1 < n <= stayers
    assert n == next(i for i in range(stayers + 1) if not holds(i))
    assert (
        with_leavers(exits, 3, among_participants=False).event[~exits.treated].sum()
        == exits.event[~exits.treated].sum() + 3
    )


def test_the_horizon_cuts_and_counts_who_is_still_there() -> None:
    table = spells(np.random.default_rng(7), rounds=2)
    exits = read_exits(table, tau=200.0)
    assert exits.time.max() == 200
    assert not exits.event[exits.time == 200].any()
    kept = table[table["time_days"] >= 200].groupby(["round_id", "group"]).size()
    order = [[(r, g) for g in ("participants", "comparison")] for r in ("r0", "r1")]
    assert exits.at_horizon.tolist() == [[kept[cell] for cell in row] for row in order]


def test_nobody_leaving_or_a_group_missing_is_no_contrast() -> None:
    table = spells(np.random.default_rng(8))
    assert exits_contrast(read_exits(table.assign(event=False), tau=365.0)) is None
    assert exits_contrast(read_exits(table[table["group"] == "comparison"], tau=365.0)) is None
    assert isinstance(read_exits(table, tau=365.0), Exits)


def test_the_result_says_its_horizon_and_how_many_left() -> None:
    table = spells(np.random.default_rng(9), ratio=0.5)
    found, exits = exits_over_rounds(table, tau=250.0), read_exits(table, tau=250.0)
    assert isinstance(found, Estimate)
    assert (found.extra["tau"], found.extra["events"], found.extra["rounds"]) == (250.0, exits.event.sum(), 3)
    assert found.lo < found.value < found.hi
    assert found.p_value == pytest.approx(2 * t_distribution.sf(found.value / found.extra["se"], found.extra["df"]))
    nobody = exits_over_rounds(table.assign(event=False), tau=250.0)
    assert isinstance(nobody, NotEstimable)
    assert nobody.because == "no event before the horizon"


def arm(time, event):
    return pd.DataFrame({"person_id": range(len(time)), "time_days": time, "event": event})


def arms(first, second):
    return pd.concat([first.assign(group="participants"), second.assign(group="comparison")], ignore_index=True)


def test_one_exit_against_two_holds_zero_as_the_ranks_do():
    stayed = [294] * 33
    first, second = arm([293, *stayed], [1] + [0] * 33), arm([1, 5, *stayed[1:]], [1, 1] + [0] * 32)
    data = arms(first, second)
    result = rmst_difference(data, tau=294)
    assert result.method == kaplan_meier.FEW_EVENTS
    assert result.p_value == pytest.approx(log_rank(data).p_value)
    z = norm.isf(result.p_value / 2)
    assert result.lo == pytest.approx(result.value * (1 - 1.959964 / z), rel=1e-6)
    assert -294 < result.lo < 0 < result.value < result.hi < 294


def test_ranks_that_point_the_other_way_have_the_last_word():
    """Two exits at the very end against one on the first day: fewer days lost, and more people."""
    early, late = arm([1, *[100] * 39], [1] + [0] * 39), arm([97, 98, *[100] * 38], [1, 1] + [0] * 38)
    result = rmst_difference(arms(late, early), tau=100)
    assert result.value > 0
    assert (result.p_value, result.lo < 0 < result.hi) == (1.0, True)


@pytest.mark.parametrize("seed", range(40))
def test_with_few_exits_the_interval_leaves_out_zero_exactly_where_the_log_rank_test_does(seed):
    """Also an exit after the horizon is none."""
    rng = np.random.default_rng(seed)
    many, few = (np.r_[np.ceil(rng.uniform(1, 130, n)), [150.0] * (30 - n)] for n in ((8, 3), (7, 1), (9, 0))[seed % 3])
    data = arms(arm(few, few < 150), arm(many, many < 150))
    result, cut = (
        rmst_difference(data, tau=100),
        data.assign(time_days=data["time_days"].clip(upper=100), event=data["event"] * (data["time_days"] < 100)),
    )
    assert (result.lo <= 0 <= result.hi) == (result.p_value >= 0.05)
    if result.method == kaplan_meier.FEW_EVENTS and result.value > 0:
        assert result.p_value in (1.0, pytest.approx(log_rank(cut).p_value))


def test_exits_in_one_group_alone_have_the_interval_of_the_permutation_log_rank_test():
    data = arms(arm([100] * 20, [0] * 20), arm([*range(1, 12), *[100] * 9], [1] * 11 + [0] * 9))
    result = rmst_difference(data, tau=100)
    over = exits_over_rounds(data.assign(round_id="a"), tau=100)
    assert (result.value, result.lo, result.hi) == pytest.approx((over.value, over.lo, over.hi))
    assert (result.method, "df" in result.extra) == (over.method, False)
    late = data.assign(entry_days=np.r_[5.0, np.zeros(39)])
    assert rmst_difference(late, tau=100).reason == kaplan_meier.NO_EVENTS_IN_GROUP
