"""Calibration of the lot: equal chances, the redraw test and its interval, the effect on those who start.

A round is one draw out of a bank of redraws, tested by the others: all of them come from the lot's own procedure. Facts
go with the scores, so balance matters; one bank serves fifty rounds with scores of their own.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations

import lot_world
import numpy as np
import pytest
from scipy.stats import chi2
from soak.bands import CAUTIOUS, COVERAGE, TYPE_I

from rmanalytics.evaluation.lots import breaches as names
from rmanalytics.evaluation.lots.breaches import breaches
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.lot.balanced import LEAST_DIFFERENT, by_hash, draw
from rmanalytics.lot.redraw_test import by_lot, on_those_who_started
from rmanalytics.lot.redraws import AT_ONCE, redraw
from rmanalytics.lot.sizes import Sizes
from rmanalytics.results import Estimate

FAMILY = "The lot"
ROUNDS, DRAWS, HASHED, A_BANK = 2_000, 2_000, 100, 50
SHAPES = [(34, 34), (34, 17), (34, 6), (10, 10)]
INVERTED = "the interval of an effect on those who start leaves out what any of two tests leaves out."
long = pytest.mark.soak


def facts(n, seed):
    """Year of birth, tenure, level and size of the unit."""
    rng = np.random.default_rng([seed, n])
    columns = rng.integers(1955, 1975, n), rng.integers(90, 9000, n), rng.integers(3, 7, n), rng.integers(5, 90, n)
    return {lot: tuple(int(value) for value in row) for lot, row in enumerate(zip(*columns, strict=True), start=1)}


def unlike(counts, draws, share):
    """Chi-square p of counts of those who started, all of whom had the same chance."""
    n = len(counts)
    far = ((counts - draws * share) ** 2).sum() / (draws * share * (1 - share)) * (n - 1) / n
    return float(chi2.sf(far, n - 1))


def acceptable_by_enumeration(known):
    """Joint chances of two people to start over the acceptable halves, and how far they lie from the plain lot's."""
    n, pairs = len(known), np.triu_indices(len(known), 1)
    chosen = np.array(list(combinations(range(n), n // 2)), dtype=np.int8)
    halves = np.zeros((len(chosen), n), dtype=np.float32)
    np.put_along_axis(halves, chosen.astype(np.int64), 1, axis=1)
    table = np.array(list(known.values()), dtype=np.float64)
    table -= table.mean(axis=0)
    apart = halves @ table
    distance = np.einsum("bi,ij,bj->b", apart, np.linalg.inv(table.T @ table), apart)
    some = halves[np.argsort(distance)[: 2 * LEAST_DIFFERENT]]
    exact = (some.T @ some / len(some))[pairs]
    plain = n // 2 * (n // 2 - 1) / (n * (n - 1))
    return exact, float(np.abs(exact - plain).mean())


@long
@pytest.mark.parametrize(("start", "others"), SHAPES)
def test_chances_are_equal_on_a_stream_and_by_hash(start, others):
    known, n = facts(start + others, 1), start + others
    drawn = redraw(list(known), start, known, np.random.default_rng([1, n]), redraws=AT_ONCE * DRAWS)[::AT_ONCE]
    assert unlike(drawn.sum(axis=0), DRAWS, start / n) > 0.001
    plain = start * (start - 1) / (n * (n - 1))
    joint = [float((drawn[:, a] & drawn[:, b]).mean()) for a, b in combinations(range(n), 2)]
    if (start, others) == (10, 10):
        # Balance itself moves them by more: the joint chances must be those of all acceptable halves, by enumeration.
        exact, mean = acceptable_by_enumeration(known)
        assert 0.02 < mean < 0.03
        assert np.mean(np.abs(np.array(joint) - exact)) < 0.01
    else:
        assert np.mean(np.abs(np.array(joint) - plain)) < 0.02
    own = Sizes(certain=0, start=start, wait=others, reserve=0, not_drawn=0)
    counts = np.zeros(n)
    for number in range(HASHED):
        groups = draw(by_hash(f"{number} 12 23 31 38 41", "mentee"), own, known)
        counts += [groups[lot] == "start" for lot in known]
    assert unlike(counts, HASHED, start / n) > 0.001


@cache
def bank(start, others, number, redraws):
    known = facts(start + others, 100 + number)
    drawn = redraw(list(known), start, known, np.random.default_rng([2, number]), redraws=redraws + 1)
    values = np.array(list(known.values()), dtype=float)
    return drawn, (values - values.mean(axis=0)) / values.std(axis=0)


def rounds(runs, start, others, *, seed, redraws=999):
    """Rounds: scores before, what comes after without the programme, and the groups and other draws of the same lot."""
    rng = np.random.default_rng([seed, start, others])
    for number in range(runs):
        drawn, known = bank(start, others, number // A_BANK, redraws)
        mine = int(rng.integers(len(drawn)))
        level = known @ [-0.3, 0.2, 0.1, 0.1]
        pre = level + rng.normal(size=len(known))
        post = 0.6 * pre + 0.3 * level + rng.normal(0, 0.8, len(known))
        yield rng, pre, post, drawn[mine], np.delete(drawn, mine, axis=0)


def coarse(values):
    """Seven steps, a third of the people at the lowest one."""
    return np.clip(np.round(2 * values + 1), 0, 6) / 2


WORLDS = ["plain", "at the floor", "a fifth silent", "unlike effects"]


@pytest.mark.parametrize(
    ("start", "others", "world", "runs"),
    [pytest.param(10, 10, "plain", 60, id="reduced")]
    + [pytest.param(34, 34, world, ROUNDS, id=f"34-34-{world}", marks=long) for world in WORLDS]
    + [pytest.param(34, others, "plain", ROUNDS, id=f"34-{others}", marks=long) for others in (17, 6)],
)
def test_the_redraw_test_rejects_nothing_once_in_twenty_and_its_interval_holds_the_truth(
    calibrated, start, others, world, runs
):
    wrong, held = [], []
    for rng, pre, post, drawn, others_drawn in rounds(runs, start, others, seed=3):
        effect = rng.normal(0.5, 0.5, len(pre)) if world == "unlike effects" else np.full(len(pre), 0.5)
        kept = rng.uniform(size=len(pre)) >= 0.2 if world == "a fifth silent" else np.ones(len(pre), dtype=bool)
        before, after, moved = pre, post, post + effect * drawn
        if world == "at the floor":
            before, after = coarse(pre), coarse(post)
            moved = after + 0.5 * drawn
        null = by_lot(before[kept], after[kept], drawn[kept], others_drawn[:, kept])
        found = by_lot(before[kept], moved[kept], drawn[kept], others_drawn[:, kept])
        if isinstance(null, Estimate) and isinstance(found, Estimate):
            wrong.append(null.p_value <= 0.05)
            held.append(found.lo <= 0.5 <= found.hi)
    about = {"measure": "by_lot", "design": f"{start} v {others}, {world}"}
    calibrated(wrong, quantity=TYPE_I, **about)
    calibrated(held, quantity=COVERAGE, **about)


@pytest.mark.parametrize(
    ("absent", "runs"),
    [pytest.param(0.25, 60, id="reduced")]
    + [pytest.param(a, ROUNDS, id=f"long-{a}", marks=long) for a in (0.1, 0.25, 0.4)],
)
def test_the_interval_of_the_effect_on_those_who_start_holds_it(calibrated, absent, runs):
    held = []
    for rng, pre, post, drawn, others in rounds(runs, 20, 20, seed=4, redraws=499):
        away = rng.uniform(size=len(pre)) < absent  # who would not come, drawn or not; they start lower
        served = drawn & ~away
        found = on_those_who_started(pre, post - 0.4 * away + 0.5 * served, drawn, served, others)
        if isinstance(found, Estimate):
            held.append(found.lo is None or found.lo <= 0.5 <= found.hi)
    about = {"measure": "on_those_who_started", "design": f"20 v 20, {absent:.0%} never start", "note": INVERTED}
    calibrated(held, quantity=COVERAGE, allowed=CAUTIOUS, **about)


@long
def test_balance_makes_the_estimate_surer_and_hardly_any_fact_differs():
    sds = {}
    for balanced in (True, False):
        values = []
        for number in range(400):
            known = facts(51, 7)
            given = known if balanced else dict.fromkeys(known, (0,))
            drawn = redraw(list(known), 34, given, np.random.default_rng([5, number]), redraws=1)[0]
            table = np.array(list(known.values()), dtype=float)
            post = ((table - table.mean(axis=0)) / table.std(axis=0)) @ [-0.4, 0.4, 0.3, 0.3]
            post = post + np.random.default_rng([6, number]).normal(0, 0.5, 51)
            values.append(post[drawn].mean() - post[~drawn].mean())
        sds[balanced] = np.std(values)
    assert sds[True] <= 0.94 * sds[False]
    known = np.array(list(facts(68, 8).values()), dtype=float)
    scaled = (known - known.mean(axis=0)) / known.std(axis=0)
    drawn = redraw(list(range(1, 69)), 34, facts(68, 8), np.random.default_rng(7), redraws=1000)
    far = [np.abs(scaled[row].mean(axis=0) - scaled[~row].mean(axis=0)).max() > 0.25 for row in drawn]
    assert np.mean(far) <= 0.05


@pytest.mark.parametrize("runs", [pytest.param(2, id="reduced"), pytest.param(200, id="long", marks=long)])
def test_honest_rounds_raise_nothing(tmp_path, runs):
    for number in range(runs):
        folder = lot_world.write_world(tmp_path / str(number), mentees=18 + number % 7, mentors=7, places=7)
        lot_world.draw_lot(folder, seed=f"{number} 12 23 31 38 41")
        lot_world.write_after(folder, seed=number)
        bundle = read_bundle(folder)
        found = {one.rule for one in breaches(bundle, bundle.programme.round(lot_world.ROUND))}
        assert found <= {names.NOT_DUE, names.LATE}
