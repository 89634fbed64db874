"""Reliable change, counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden
from score_frames import instrument, shuffled, two_groups

from rmanalytics.measures.survey.reliable_change import (
    clinical_cut_off,
    difference_error,
    difference_error_two_spreads,
    reliable_change_variants,
    reliable_fall_share,
    reliable_rise_share,
    rise_out_of_reach_share,
)
from rmanalytics.results import Curve, Estimate, NotEstimable


def estimate(result: Estimate | NotEstimable) -> Estimate:
    assert isinstance(result, Estimate)
    return result


@pytest.mark.golden
def test_reliable_change_equals_the_worked_example_of_jacobson_and_truax() -> None:
    case, folder = golden("rci_jacobson_truax1991")
    row = pd.read_csv(folder / "data.csv").iloc[0]
    expected = case["expected"]
    error = difference_error(row["s_pre"], row["rxx"])
    assert close(case, error, expected["s_diff"])
    assert close(case, (row["post"] - row["pre"]) / error, expected["rc"])
    norms = row[["mean_dysfunctional", "sd_dysfunctional", "mean_functional", "sd_functional"]]
    assert close(case, clinical_cut_off(*norms), expected["cutoff_c"])


@pytest.mark.golden
def test_reliable_change_counts_equal_r() -> None:
    case, folder = golden("rci_sai_salt")
    expected = case["expected"]
    data = pd.read_csv(folder / "data.csv").rename(columns={"id": "person_id"})
    table = data.assign(group=data["group"].map({"caffeine": "participants", "placebo": "comparison"}))
    rise, fall = estimate(reliable_rise_share(table)), estimate(reliable_fall_share(table))
    assert close(case, rise.extra["error"], expected["s_diff"])
    assert close(case, rise.extra["retest_r"], expected["rxx"])
    assert close(case, rise.extra["practice"], expected["chelune"]["practice"])
    assert rise.extra["count"] == expected["chelune"]["n_up"]
    assert fall.extra["count"] == expected["chelune"]["n_down"]
    variants = reliable_change_variants(table)
    assert isinstance(variants, Curve)
    points = variants.points.set_index("variant")
    assert close(case, points.loc["Jacobson-Truax", "least_change"], expected["min_reliable_change"])
    for variant, key in (
        ("practice-adjusted", "chelune"),
        ("Jacobson-Truax", "jacobson_truax"),
        ("Maassen", "maassen"),
    ):
        counts = points.loc[variant, ["rose_n", "fell_n", "same_n"]].tolist()
        assert counts == [expected[key][k] for k in ("n_up", "n_down", "n_none")]
    pre = table.loc[table["group"] == "participants", ["pre", "post"]].dropna()
    found = difference_error_two_spreads(pre["pre"].std(), pre["post"].std(), rise.extra["retest_r"])
    assert close(case, found, expected["maassen"]["s_diff"])


def test_the_same_gain_of_everybody_counts_as_practice() -> None:
    table = two_groups(20, 20, gain=0.0)
    one = estimate(reliable_rise_share(table))
    other = estimate(reliable_rise_share(table.assign(post=table["post"] + 3)))
    assert other.value == one.value
    assert other.extra["practice"] == pytest.approx(one.extra["practice"] + 3)


def test_reversing_the_scale_exchanges_rise_and_fall() -> None:
    table = two_groups(30, 20, gain=0.8)
    turned = shuffled(table.assign(pre=6 - table["pre"], post=6 - table["post"]))
    assert estimate(reliable_rise_share(table)).value == estimate(reliable_fall_share(turned)).value
    assert estimate(reliable_rise_share(table)).value > 0


def test_a_person_near_the_top_cannot_rise_reliably() -> None:
    table = two_groups(20, 20)
    out = estimate(rise_out_of_reach_share(table, instrument(["x"], high=100)))
    assert out.value == 0
    least = estimate(reliable_rise_share(table)).extra["least_change"]
    pre = table.loc[table["group"] == "participants", "pre"]
    near = estimate(rise_out_of_reach_share(table, instrument(["x"], high=4)))
    assert near.value == pytest.approx((pre > 4 - least).mean())


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (two_groups(20, 5), "fewer than 6 complete pairs in one of the groups"),
        (two_groups(20, 0), "complete pairs in one group only"),
        (two_groups(20, 20).assign(pre=3.0), "no variation in the scores"),
        (
            pd.DataFrame(
                {
                    "person_id": range(12),
                    "group": ["participants"] * 6 + ["comparison"] * 6,
                    "pre": [1, 2, 3, 4, 5, 6] * 2,
                    "post": [6, 5, 4, 3, 2, 1] * 2,
                }
            ),
            "the comparison group's scores before and after do not go together",
        ),
    ],
)
def test_reliable_change_needs_a_steady_comparison_group(table: pd.DataFrame, reason: str) -> None:
    top = instrument(["x"])
    results = (
        reliable_rise_share(table),
        reliable_fall_share(table),
        reliable_change_variants(table),
        rise_out_of_reach_share(table, top),
    )
    for result in results:
        assert isinstance(result, NotEstimable)
        assert result.because == reason


def test_incomplete_participants_are_counted_and_doubles_refused() -> None:
    table = two_groups(20, 20)
    table.loc[0, "post"] = np.nan
    assert estimate(reliable_rise_share(table)).n_excluded == 1
    with pytest.raises(ValueError, match="more than one row"):
        reliable_rise_share(pd.concat([table, table.tail(1)]))
    with pytest.raises(ValueError, match="group: participants or comparison"):
        reliable_rise_share(table.assign(group="x"))
