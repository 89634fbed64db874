"""Corrections for several questions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden
from score_frames import shuffled

from rmanalytics.measures.stats.multiple_testing import benjamini_hochberg, holm


@pytest.mark.golden
def test_adjusted_p_values_equal_r() -> None:
    case, folder = golden("mult_bh1995")
    p = pd.read_csv(folder / "data.csv").set_index("i")["p"]
    for correct, key, rejected in ((holm, "holm", "n_reject_holm_05"), (benjamini_hochberg, "bh", "n_reject_bh_05")):
        found = correct(p)
        assert all(close(case, a, b) for a, b in zip(found, case["expected"][key], strict=True))
        assert (found <= 0.05).sum() == case["expected"][rejected]


def test_holm_is_never_below_bh_and_bh_never_below_the_raw_p() -> None:
    p = pd.Series(np.random.default_rng(7).uniform(size=40) ** 2)
    assert (holm(p) >= benjamini_hochberg(p) - 1e-15).all()
    assert (benjamini_hochberg(p) >= p - 1e-15).all()


@pytest.mark.parametrize("correct", [holm, benjamini_hochberg])
def test_questions_without_a_p_value_do_not_count(correct) -> None:
    p = pd.Series({"M1": 0.01, "M3": np.nan, "M4": 0.03})
    found = correct(p)
    assert np.isnan(found["M3"])
    pd.testing.assert_series_equal(found.dropna(), correct(p.dropna()))
    assert correct(pd.Series({"M3": None}, dtype=object)).isna().all()
    assert correct(pd.Series([], dtype=float)).empty


@pytest.mark.parametrize("correct", [holm, benjamini_hochberg])
def test_the_order_of_questions_does_not_matter(correct) -> None:
    p = pd.Series({"M1": 0.01, "M3": 0.2, "M4": 0.03, "J1": 0.04})
    mixed = correct(shuffled(p.to_frame("p"))["p"])
    pd.testing.assert_series_equal(mixed.loc[p.index], correct(p))


def test_impossible_p_values_and_doubled_questions_are_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        holm(pd.Series([1.2]))
    with pytest.raises(ValueError, match="more than once"):
        holm(pd.Series([0.1, 0.2], index=["M1", "M1"]))
