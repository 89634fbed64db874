"""Estimates in words: rounded by the width of their interval, with the unit of a reader."""

from __future__ import annotations

import pytest

from rmanalytics.language.translator import translator
from rmanalytics.report.words import wording
from rmanalytics.results import Estimate


def difference(value: float, lo: float, hi: float, unit: str = "scale points") -> Estimate:
    return Estimate(
        name="adjusted_difference",
        unit=unit,
        value=value,
        lo=lo,
        hi=hi,
        n=31,
        n_comparator=33,
        unit_of_analysis="person",
        method="",
    )


@pytest.mark.parametrize(
    ("lo", "hi", "text"), [(0.15, 0.69, "0.15 to 0.69"), (-0.8, 1.6, "−0.8 to 1.6"), (0.4012, 0.4493, "0.40 to 0.45")]
)
def test_interval_is_rounded_by_its_width(lo: float, hi: float, text: str) -> None:
    assert wording.interval_text(difference((lo + hi) / 2, lo, hi), translator("en")) == text


def test_interval_is_named_and_turned_with_the_size_of_a_fall() -> None:
    fall = difference(-0.31, -0.57, -0.05)
    assert wording.size_text(fall, translator("en")) == "0.31 scale points"
    assert wording.named_interval(fall, translator("en"), turned=True) == "95% interval 0.05 to 0.57"
    assert wording.named_interval(fall, translator("de"), turned=True) == "95\u2011%\u2011Intervall 0,05 bis 0,57"


def test_share_differences_are_percentage_points_and_shares_per_cent() -> None:
    tr = translator("en")
    assert wording.value_text(difference(0.13, 0.03, 0.23, "share"), tr) == "13 percentage points"
    share = Estimate(
        name="unchanged_share",
        unit="share",
        value=0.647,
        lo=0.479,
        hi=0.785,
        n=34,
        unit_of_analysis="tandem",
        method="",
    )
    assert wording.value_text(share, tr) == "65%"
