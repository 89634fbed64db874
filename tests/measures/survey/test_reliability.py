"""What one common factor explains."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden
from score_frames import shuffled

from rmanalytics.measures.survey.reliability import _em_step, _misfit, _one_factor, omega_total
from rmanalytics.measures.survey.scoring import cronbach_alpha
from rmanalytics.results import Estimate, NotEstimable


def omega(items: pd.DataFrame, *, draws: int = 50) -> Estimate:
    result = omega_total(items, rng=np.random.default_rng(1), seed=1, draws=draws)
    assert isinstance(result, Estimate)
    return result


def made(n: int, *, loadings: tuple[float, ...] = (0.8, 0.7, 0.6, 0.7), seed: int = 15) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=n)
    own = [np.sqrt(1 - load**2) * rng.normal(size=n) for load in loadings]
    columns = {f"i{j}": load * factor + own[j] for j, load in enumerate(loadings)}
    return pd.DataFrame(columns).assign(person_id=[f"p{i}" for i in range(n)])


@pytest.mark.golden
@pytest.mark.parametrize("scale", ["agree", "conscientious", "extraversion", "neuroticism", "openness"])
def test_omega_equals_r(scale: str) -> None:
    case, folder = golden("omega_bfi")
    keys = golden("scoring_bfi")[0]["expected"]["scales"][scale]["items"]
    data = pd.read_csv(folder / "data.csv")
    items = pd.DataFrame({k.lstrip("-"): 7 - data[k[1:]] if k[0] == "-" else data[k] for k in keys})
    found = omega(items.assign(person_id=items.index), draws=20)
    assert close(case, found.value, case["expected"]["scales"][scale]["omega_total_cov"])
    assert found.n == case["expected"]["scales"][scale]["n"]


def test_the_interval_covers_the_truth_and_narrows_with_people() -> None:
    loadings = np.array([0.8, 0.7, 0.6, 0.7])
    truth = loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum())
    small, large = omega(made(34), draws=300), omega(made(800), draws=300)
    for found in (small, large):
        assert found.lo < truth < found.hi
    assert large.hi - large.lo < 0.5 * (small.hi - small.lo)


def test_omega_equals_alpha_where_items_are_alike_and_is_higher_where_not() -> None:
    rng = np.random.default_rng(16)
    common = rng.normal(size=5000)
    alike = pd.DataFrame({f"i{j}": common + rng.normal(size=5000) for j in range(4)}).assign(person_id=range(5000))
    for items, gap in ((alike, 0.0), (made(5000, loadings=(0.9, 0.8, 0.3, 0.3)), 0.0535)):
        alpha = cronbach_alpha(items)
        assert isinstance(alpha, Estimate)
        assert omega(items, draws=5).value - alpha.value == pytest.approx(gap, abs=0.012)


def test_order_and_scale_leave_omega_alone_and_the_seed_repeats_the_interval() -> None:
    items = made(40)
    numbers = items.drop(columns="person_id") * 10 + 3
    one = omega(items)
    assert omega(shuffled(numbers.assign(person_id=items["person_id"]))).value == pytest.approx(one.value, abs=1e-8)
    assert (omega(items).lo, omega(items).hi) == (one.lo, one.hi)
    assert (one.draws, one.seed) == (50, 1)


def test_a_small_sample_with_coarse_answers_draws_without_warning() -> None:
    items = made(8)
    coarse = items.drop(columns="person_id").round().clip(-1, 1).assign(i3=[0] * 7 + [1], person_id=items["person_id"])
    found = omega(coarse, draws=300)
    assert 0 <= found.lo <= found.hi <= 1


def test_omega_is_given_to_the_decimals_that_do_not_depend_on_the_processor() -> None:
    rng = np.random.default_rng(4)
    found = omega(pd.DataFrame(rng.normal(size=(40, 4)), columns=list("abcd")).assign(person_id=range(40)))
    assert found.lo is not None
    assert found.hi is not None
    assert (found.value, found.lo, found.hi) == (round(found.value, 5), round(found.lo, 5), round(found.hi, 5))


def test_items_almost_alike_leave_the_interval_a_width() -> None:
    rng = np.random.default_rng(5)
    same = rng.normal(size=(40, 1)) + 1e-3 * rng.normal(size=(40, 4))
    found = omega(pd.DataFrame(same, columns=list("abcd")).assign(person_id=range(40)))
    assert found.lo is not None
    assert found.hi is not None
    assert found.lo <= found.value <= found.hi
    assert found.lo < found.hi


def test_too_little_has_no_omega() -> None:
    for items, reason in (
        (made(20).drop(columns=["i0", "i1"]), "fewer than three items"),
        (made(5), "fewer than 6 people with every item answered"),
        (made(9).assign(i0=1, i1=1, i2=1, i3=1), "no variation in the scores"),
    ):
        result = omega_total(items, rng=np.random.default_rng(1), seed=1)
        assert isinstance(result, NotEstimable)
        assert result.because == reason


def test_every_drawn_omega_is_at_the_optimum_however_slowly_plain_steps_would_come_there() -> None:
    rng = np.random.default_rng(4)
    x = np.rint(made(9).drop(columns="person_id").to_numpy() * 2)
    r = np.stack([np.corrcoef((x + 0.01 * rng.normal(size=x.shape))[rng.integers(0, 9, 9)].T) for _ in range(40)])
    start = np.stack([np.full((4, 40), 0.5), np.full((4, 40), 0.75)])
    r = r.transpose(1, 2, 0)
    found = _one_factor(r, start)
    plain = start
    for _ in range(6000):
        plain = _em_step(r, plain)
    assert (_misfit(r, found) <= _misfit(r, plain) + 1e-6).all()
    assert (_misfit(r, plain) - _misfit(r, found) < 1e-6).mean() > 0.9
