"""Rates of project roles by regression of the counts, beside the ratio that a verdict rests on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from score_frames import shuffled

from rmanalytics.measures.retention.rates_over_rounds import role_rate_alternatives, role_rate_ratio_over_rounds
from rmanalytics.results import Curve, Estimate, NotEstimable


def roles(seed: int, *, rounds: int, ratio: float = 2.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    parts = []
    for number in range(rounds):
        group = np.repeat(["participants", "comparison"], 20)
        days = rng.integers(200, 400, 40)
        rate = np.where(group == "participants", ratio, 1.0) * rng.gamma(2, 0.5, 40) * (1 + number)
        people = [f"{g[0]}{n % 20:02d}" for n, g in enumerate(group)]
        counts = rng.poisson(rate * days / 365.25)
        parts.append(pd.DataFrame({"round_id": f"r{number}", "person_id": people, "group": group, "roles_n": counts,
                                   "followed_days": days}))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def test_in_one_round_quasi_poisson_is_the_ratio_of_the_rates() -> None:
    table = roles(1, rounds=1)
    found, usual = role_rate_alternatives(table), role_rate_ratio_over_rounds(table)
    assert isinstance(found, Curve)
    assert isinstance(usual, Estimate)
    assert found.points.loc[0, "value"] == pytest.approx(usual.value)
    assert found.points.loc[0, "spread"] == pytest.approx(usual.extra["dispersion"])
    assert ((found.points["lo"] < found.points["value"]) & (found.points["value"] < found.points["hi"])).all()


def test_over_rounds_rounds_are_held_and_people_counted_once_in_any_order() -> None:
    table = roles(2, rounds=3)
    found, again = role_rate_alternatives(table), role_rate_alternatives(shuffled(table))
    assert isinstance(found, Curve)
    assert isinstance(again, Curve)
    pd.testing.assert_frame_equal(found.points, again.points)
    assert found.n == 40
    assert (found.points["df"] < 40).all()
    assert found.points["value"].between(1.2, 3.2).all()


def test_where_there_is_no_ratio_there_is_no_regression() -> None:
    table = roles(3, rounds=2)
    none = table.assign(roles_n=np.where(table["group"] == "comparison", 0, table["roles_n"]))
    assert isinstance(role_rate_alternatives(none), NotEstimable)
    empty = role_rate_alternatives(table.assign(roles_n=np.where(table["round_id"] == "r1", 0, table["roles_n"])))
    assert isinstance(empty, NotEstimable)
    assert empty.because == "nobody took up a role in one of the rounds"
