"""All rounds in one model of people, and what a verdict has to survive."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as t_distribution
from score_frames import flipped, shuffled, two_groups

from rmanalytics.measures.stats.fragility import fragility_number
from rmanalytics.measures.stats.least_squares import fit_common_slope
from rmanalytics.measures.survey.all_rounds import (
    Rows,
    clustered_difference,
    read_rows,
    rounds_contrast,
    rounds_permutation_p,
    silence_tipping_point,
    with_foretold,
)
from rmanalytics.results import Estimate, NotEstimable


def estimate(result: Estimate | NotEstimable) -> Estimate:
    assert isinstance(result, Estimate)
    return result


def two_rounds(n: int, n_comparison: int) -> pd.DataFrame:
    """Two rounds, the same people and so the same clusters in both."""
    rounds = [two_groups(n, n_comparison, seed=seed).assign(round_id=name) for seed, name in ((2, "a"), (12, "b"))]
    people = pd.concat(rounds, ignore_index=True)
    return people.assign(cluster_id=people["person_id"])


def test_one_round_without_shared_people_has_the_difference_of_the_adjusted_fit() -> None:
    table = two_groups(12, 15)
    fit = fit_common_slope(table, groups=["comparison", "participants"])
    assert fit is not None
    found = estimate(clustered_difference(table.assign(round_id="a", cluster_id=table["person_id"])))
    assert found.value == pytest.approx(fit.value("participants"))
    assert found.extra["se"] == pytest.approx(fit.se("participants"), rel=0.15)


def test_order_shift_and_names_do_what_they_should() -> None:
    table = two_rounds(12, 15)
    one = estimate(clustered_difference(table))
    other = estimate(clustered_difference(shuffled(table.assign(pre=table["pre"] + 7, post=table["post"] + 7))))
    assert (other.value, other.lo, other.hi) == pytest.approx((one.value, one.lo, one.hi))
    turned = estimate(clustered_difference(flipped(table)))
    assert (turned.value, turned.lo, turned.hi) == pytest.approx((-one.value, -one.hi, -one.lo))


def test_a_difference_between_rounds_is_not_taken_for_the_programme() -> None:
    table = two_rounds(12, 15)
    later = table["round_id"] == "b"
    moved = table.assign(post=table["post"] + 5 * later)
    assert estimate(clustered_difference(moved)).value == pytest.approx(estimate(clustered_difference(table)).value)


def test_incomplete_rows_are_counted() -> None:
    table = two_rounds(12, 15)
    table.loc[[0, 1], "post"] = np.nan
    found = estimate(clustered_difference(table))
    assert (found.n, found.n_comparator, found.n_excluded) == (12, 15, 2)
    assert (found.extra["pairs"], found.extra["pairs_comparison"]) == (22, 30)
    assert (found.extra["clusters"], found.extra["rounds"]) == (27, 2)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t[t["group"] == "participants"], "complete pairs in one group only"),
        (lambda t: t[(t["group"] == "comparison") | (t.index < 5)], "fewer than 6 complete pairs in one of the groups"),
        (lambda t: t.assign(cluster_id=t["round_id"]), "fewer than 10 clusters of people who belong together"),
        (lambda t: t.assign(pre=3.0), "the groups, rounds and scores before do not determine the difference"),
        (lambda t: t.assign(post=t["pre"]), "the scores before, the round and the group determine every score after"),
    ],
)
def test_what_has_no_answer_says_why(change, reason: str) -> None:
    result = clustered_difference(change(two_rounds(12, 15)))
    assert isinstance(result, NotEstimable)
    assert result.because == reason


def test_a_person_twice_in_a_round_or_without_cluster_is_refused() -> None:
    table = two_rounds(12, 15)
    with pytest.raises(ValueError, match="more than one row"):
        clustered_difference(pd.concat([table, table.head(1)]))
    with pytest.raises(ValueError, match="cluster"):
        clustered_difference(table.assign(cluster_id=None))


def rows_of(seed: int = 1, *, n: int = 20, rounds: int = 3, gain: float = 0.5) -> Rows:
    """Rounds that differ, people who stand in several of them, units, and a gain of the participants."""
    tables = [
        two_groups(n, n, seed=seed + 10 * i, gain=gain).assign(round_id=f"r{i}", post=lambda t, i=i: t["post"] + i)
        for i in range(rounds)
    ]
    table = pd.concat(tables, ignore_index=True)
    return read_rows(table.assign(unit_id=[f"u{i % 8}" for i in range(len(table))]))


def test_the_difference_is_that_of_the_model_centred_within_rounds() -> None:
    rows = rows_of()
    centred = rows.pre - np.array([rows.pre[rows.round == r].mean() for r in range(3)])[rows.round]
    x = np.column_stack([rows.treated, centred, rows.round[:, None] == np.arange(3)]).astype(float)
    found = rounds_contrast(rows)
    assert found.value == pytest.approx(np.linalg.lstsq(x, rows.post, rcond=None)[0][0])
    one = rounds_contrast(rows.keep(rows.round == 0), adjust=False)
    gains = [(rows.post - rows.pre)[(rows.round == 0) & (rows.treated == g)] for g in (True, False)]
    assert one.value == pytest.approx(gains[0].mean() - gains[1].mean())
    assert one.se == pytest.approx(np.sqrt(sum(g.var(ddof=1) / g.size for g in gains)))


def test_units_are_clusters_and_people_without_one_are_left_out() -> None:
    rows = rows_of()
    found = rounds_contrast(rows, by_unit=True)
    assert found.value == pytest.approx(rounds_contrast(rows).value)
    assert found.df < 8
    some = replace(rows, unit=np.where(np.arange(rows.unit.size) < 3, -1, rows.unit))
    assert rounds_contrast(some, by_unit=True).value == pytest.approx(
        rounds_contrast(rows.keep(np.arange(rows.unit.size) >= 3)).value
    )
    assert rounds_contrast(rows.keep(rows.treated)) is None


def test_the_permutation_agrees_with_the_t_test_and_with_the_side() -> None:
    rows = rows_of(gain=0.12, n=34)
    found, rng = rounds_contrast(rows), np.random.default_rng(3)
    p = rounds_permutation_p(rows, draws=19_999, rng=rng)
    assert p == pytest.approx(t_distribution.sf(found.value / found.se, found.df), rel=0.25)
    turned = replace(rows, post=-rows.post, pre=-rows.pre)
    assert rounds_permutation_p(turned, draws=19_999, rng=rng) == pytest.approx(1 - p, abs=0.01)


@pytest.mark.parametrize("adjust", [True, False])
def test_a_verdict_turns_when_enough_people_had_ended_as_foretold(adjust) -> None:
    rows = rows_of(gain=0.25)

    def holds(n: int) -> bool:
        found = rounds_contrast(with_foretold(rows, n, adjust=adjust), adjust=adjust)
        return found.value - 2 * found.se > 0

    n = fragility_number(holds, most=60)
    assert holds(n - 1)
    assert not holds(n)
    assert n == next(i for i in range(61) if not holds(i))
    everybody = rounds_contrast(with_foretold(rows, 60, adjust=False), adjust=False)
    assert everybody.value == pytest.approx(0.0, abs=1e-9)


def test_silence_is_weighed_by_its_share() -> None:
    assert silence_tipping_point(0.1, sigma=1.0, silent_share=0.1) == pytest.approx(1.0)
    assert silence_tipping_point(0.1, sigma=1.0, silent_share=0.0) == math.inf
    assert silence_tipping_point(-0.1, sigma=1.0, silent_share=0.1) < 0
