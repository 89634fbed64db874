"""What fools a naive figure, planted: every one can be switched on alone, leaves the rest as it was, and is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from simulated import REVERSE, table, truth_of

import rmanalytics as rm
from rmanalytics.errors import UnknownNameError
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.simulate import simulate
from rmanalytics.simulate.plants import NAMES, Plants

TOUCHED = {
    "branding_drift": "branding",
    "fewest_ties": "comparison",
    "late_lists": "comparison",
    "unserved": "comparison",
    "renamed_units": "positions",
}
SIZES = {"renamed_units": 0.8, "silent_losers": 0.3, "late_lists": 0.3, "fewest_ties": 0.5, "unserved": 1.0}


def made(folder: Path, **plants: float) -> Path:
    simulate(folder, seed=8, rounds=2, tandems=20, employees=300, plants=Plants(**plants))
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("plain"))


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.csv")}


@pytest.mark.parametrize("name", NAMES)
def test_a_plant_touches_its_own_table_alone_is_told_and_passes_the_intake(
    plain: Path, tmp_path: Path, name: str
) -> None:
    size = SIZES.get(name, 0.4)
    folder = made(tmp_path, **{name: size})
    before, after = bytes_of(plain), bytes_of(folder)
    changed = {file for file in before if before[file] != after[file]}
    assert changed
    assert {file.partition("_")[0].removesuffix(".csv") for file in changed} == {TOUCHED.get(name, "answers")}
    assert truth_of(folder)["plants"] == {**dict.fromkeys(NAMES, 0.0), name: size}
    assert all(account.used == account.rows for account in read_bundle(folder).accounts)


def scores(folder: Path, items: str, wave: str, *, keyed: bool = True) -> pd.Series:
    rows = table(folder, "answers").dropna(subset=["value"])
    rows = rows[(rows["wave"] == wave) & rows["item"].str.startswith(items)]
    value = rows["value"].where(~rows["item"].map(REVERSE).astype(bool) | (not keyed), 6 - rows["value"])
    return value.groupby([rows["round_id"], rows["person_id"]]).mean()


def moved(plain: Path, folder: Path, items: str, wave: str = "post", *, keyed: bool = True) -> tuple[float, float]:
    """By how much the mentees' scores differ from those of the plain programme, and those of the waiting list."""
    gaps = (scores(folder, items, wave, keyed=keyed) - scores(plain, items, wave, keyed=keyed)).dropna()
    part = gaps.index.isin(pd.MultiIndex.from_frame(table(plain, "tandems")[["round_id", "mentee_id"]]))
    return float(gaps[part].mean()), float(gaps[~part].mean())


def test_demand_and_contamination_move_the_one_group_or_the_other(plain: Path, tmp_path: Path) -> None:
    hoped = made(tmp_path / "demand", demand=0.4)
    assert moved(plain, hoped, "df") == pytest.approx((0.36, 0), abs=0.05)  # cut at 5
    assert moved(plain, hoped, "ta")[0] == pytest.approx(-0.36, abs=0.06)
    assert moved(plain, hoped, "df", "pre") == (0, 0)
    assert moved(plain, made(tmp_path / "spread", contamination=0.3), "df") == pytest.approx((0, 0.3), abs=0.05)


def test_yes_saying_goes_by_the_ticks_and_not_by_what_they_mean(plain: Path, tmp_path: Path) -> None:
    folder = made(tmp_path, yes_saying=0.4)
    assert moved(plain, folder, "df", keyed=False) == pytest.approx((0.4, 0), abs=0.05)
    assert abs(moved(plain, folder, "df")[0]) < 0.36


def test_who_rose_least_is_silent_and_who_rose_most_is_struck_off(plain: Path, tmp_path: Path) -> None:
    rise = (scores(plain, "df", "post") - scores(plain, "df", "pre")).dropna()
    tandems, listed = table(plain, "tandems"), table(plain, "comparison")
    silent = made(tmp_path / "silent", silent_losers=0.3)
    mine = rise[rise.index.isin(pd.MultiIndex.from_frame(tandems[["round_id", "mentee_id"]]))]
    kept = mine.index.isin(scores(silent, "df", "post").index)
    for round_id in ("2025H2", "2026H1"):
        own = mine.index.get_level_values(0) == round_id
        assert mine[own & ~kept].max() <= mine[own & kept].min()
        assert (own & ~kept).sum() == int(0.3 * own.sum())
    late = table(made(tmp_path / "late", late_lists=0.3), "comparison")
    gone = pd.MultiIndex.from_frame(listed[["round_id", "person_id"]]).difference(
        pd.MultiIndex.from_frame(late[["round_id", "person_id"]])
    )
    assert rise.reindex(gone).mean() > rise[~rise.index.isin(gone)].mean() + 0.2
    assert set(late.loc[late["side"] == "mentee", "matched_date"].dt.strftime("%m-%d")) <= {"06-30", "12-31"}


def test_a_renamed_unit_moves_nobody_and_an_unserved_list_holds_nobody_with_a_later_place(
    plain: Path, tmp_path: Path
) -> None:
    before = table(plain, "positions")
    after = table(made(tmp_path / "named", renamed_units=0.8), "positions")
    new = after[after["unit"].str.endswith(" 2")]
    assert len(set(new["start_date"])) == 1
    assert len(after) == len(before) + len(new) > len(before) + 10
    listed = table(made(tmp_path / "unserved", unserved=1.0), "comparison")
    waiting = set(listed.loc[listed["side"] == "mentee", "person_id"])
    assert not waiting & set(table(plain, "tandems")["mentee_id"])


def test_drift_and_able_units_have_the_size_that_was_asked_for(plain: Path, tmp_path: Path) -> None:
    offers = table(made(tmp_path / "drift", branding_drift=0.3), "branding")
    offers = offers[(offers["metric"] == "offer_acceptance") & (offers["date"] >= "2025-07-01")]
    sums = offers.groupby(offers["date"] < "2026-04-01")[["numerator", "denominator"]].sum()
    assert sums["denominator"].min() > 10
    able = made(tmp_path / "able", able_units=0.4)
    gaps = (scores(able, "lc", "pulse") - scores(plain, "lc", "pulse")).dropna()
    assert abs(gaps.mean()) < 0.4
    assert np.abs(gaps).max() > 0.3


def test_an_unknown_plant_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match='did you mean "demand"'):
        rm.simulate(tmp_path / "x", plants={"demnd": 0.3})
