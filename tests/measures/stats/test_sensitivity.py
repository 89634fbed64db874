"""What something unmeasured would have to do: published figures, and worlds in which it is there."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.stats.sensitivity import e_value, log_risk_ratio, partial_r2, robustness_value


def test_robustness_values_are_those_that_the_authors_print() -> None:
    """Darfur (sensemakr's vignette): estimate .097319, error .023257, 783 degrees of freedom."""
    t = 0.0973158 / 0.0232565
    assert robustness_value(t, 783) == pytest.approx(0.13878, abs=2e-5)
    assert robustness_value(t, 783, critical=1.96300) == pytest.approx(0.07626, abs=2e-5)


def test_what_does_not_count_to_begin_with_needs_nothing_to_explain_it() -> None:
    assert robustness_value(1.5, 60, critical=2.0) == 0.0
    assert robustness_value(-3.0, 60) == robustness_value(3.0, 60) > robustness_value(2.0, 60) > 0


def test_where_all_of_the_outcome_is_explained_less_of_the_group_will_do() -> None:
    """Few degrees of freedom and a t far beyond: the extreme case of the formula, still below 1."""
    assert robustness_value(12.0, 6, critical=2.571) == pytest.approx((24 - 2.571**2 / 5) / 25)


@pytest.mark.parametrize("seed", range(5))
def test_a_cause_as_strong_as_the_robustness_value_explains_all(seed: int) -> None:
    """A column that explains exactly that share of the rest of both, the same way, takes the coefficient to nothing."""
    rng = np.random.default_rng(seed)
    n, ones = 80, np.ones((80, 1))
    d = rng.normal(size=n)
    y = 0.5 * d + rng.normal(size=n)
    left = [v - v.mean() for v in (d, y)]
    slope = float(left[0] @ left[1] / (left[0] @ left[0]))
    rest = left[1] - slope * left[0]
    f2 = float(slope**2 * (left[0] @ left[0]) / (rest @ rest))
    share = robustness_value(math.sqrt(f2 * (n - 2)), n - 2)
    unit = [left[0] / np.linalg.norm(left[0]), rest / np.linalg.norm(rest)]
    noise = rng.normal(size=n)
    for v in (ones[:, 0] / math.sqrt(n), *unit):
        noise -= (noise @ v) * v
    noise /= np.linalg.norm(noise)
    given = math.sqrt(share)  # correlation with the group; with the rest of the outcome, beside the group, as well
    cause = given * unit[0] + math.sqrt(1 - share) * (given * unit[1] + math.sqrt(1 - share) * noise)
    assert partial_r2(d, cause, ones) == pytest.approx(share)
    assert partial_r2(y, cause, np.column_stack([ones, d])) == pytest.approx(share)
    held = np.linalg.lstsq(np.column_stack([ones, d, cause]), y, rcond=None)[0]
    assert held[1] == pytest.approx(0.0, abs=1e-9)


def test_e_values_are_those_that_the_authors_print() -> None:
    """Smoking and lung cancer 10.73 (lower limit 8.02); a protective ratio is turned."""
    assert e_value(10.73) == pytest.approx(20.95, abs=0.005)
    assert e_value(8.02) == pytest.approx(15.52, abs=0.005)
    assert e_value(0.5) == e_value(2.0)
    assert e_value(1.0) == 1.0


def test_a_cause_as_strong_as_the_e_value_makes_the_ratio_out_of_nothing() -> None:
    """The bound is sharp: everybody exposed has the cause, 1 in E of the others, and the cause multiplies risk by E."""
    for ratio in (1.3, 2.0, 5.0):
        strength = e_value(ratio)
        exposed, others = 0.01 * strength, 0.01 * (1 / strength * strength + 1 - 1 / strength)
        assert exposed / others == pytest.approx(ratio)


def test_a_ratio_of_risks_is_taken_within_strata() -> None:
    """In each stratum twice the share; thrown together it would be another ratio."""
    strata = pd.DataFrame({"yes": [10, 80], "n": [100, 100], "yes_comparison": [10, 4], "n_comparison": [200, 10]})
    found = log_risk_ratio(strata)
    assert found is not None
    assert math.exp(found.value) == pytest.approx(2.0)
    assert (90 / 200) / (14 / 210) > 6
    assert log_risk_ratio(strata.assign(yes_comparison=0)) is None
