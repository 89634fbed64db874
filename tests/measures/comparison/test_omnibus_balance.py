"""All values before, taken together."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.comparison.omnibus_balance import omnibus_balance
from rmanalytics.results import NotEstimable

SCALES = [f"s{i}" for i in range(8)]


def people(rng: np.random.Generator, *, n: int = 34, shift: float = 0.0, rounds: int = 1) -> pd.DataFrame:
    tables = []
    for r in range(rounds):
        common = rng.normal(size=(2 * n, 1))
        scores = 3 + r + 0.6 * (common + rng.normal(size=(2 * n, 8)))
        scores[:n, 0] += shift
        frame = pd.DataFrame(scores, columns=SCALES)
        group = ["participants"] * n + ["comparison"] * n
        tables.append(
            frame.assign(round_id=f"r{r}", person_id=range(2 * n), group=group, unit=rng.choice(list("abc"), 2 * n))
        )
    return pd.concat(tables, ignore_index=True)


def test_one_value_is_the_permutation_test_of_the_means() -> None:
    rng = np.random.default_rng(1)
    table = people(rng, n=6)
    seen = abs(table["s0"][:6].mean() - table["s0"][6:].mean())
    total = table["s0"].sum()
    every = [
        abs(table["s0"][list(c)].sum() / 6 - (total - table["s0"][list(c)].sum()) / 6)
        for c in combinations(range(12), 6)
    ]
    found = omnibus_balance(table, values=["s0"], rng=rng, draws=20_000)
    assert found.p_value == pytest.approx(np.mean(np.array(every) >= seen - 1e-12), abs=0.02)


def test_it_is_the_mahalanobis_distance_and_does_not_depend_on_the_scale() -> None:
    rng = np.random.default_rng(2)
    table = people(rng, shift=1.0)
    found = omnibus_balance(table, values=SCALES, rng=np.random.default_rng(3))
    d = table[SCALES][:34].mean() - table[SCALES][34:].mean()
    covariance = np.cov(table[SCALES].to_numpy().T, ddof=0)
    assert found.value == pytest.approx(np.sqrt(d @ np.linalg.solve(covariance, d)))
    other = omnibus_balance(table.assign(s0=table["s0"] * 100 - 7), values=SCALES, rng=np.random.default_rng(3))
    assert (other.value, other.p_value) == pytest.approx((found.value, found.p_value))
    assert found.p_value < 0.01
    assert found.extra["rank"] == 8


def test_an_honest_lot_is_flagged_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(4)
    flagged = [
        omnibus_balance(people(rng, n=20, rounds=2), values=[*SCALES, "unit"], rng=rng, draws=199).p_value < 0.05
        for _ in range(200)
    ]
    assert np.mean(flagged) == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 200))


def test_missing_values_and_values_that_follow_from_others_do_no_harm() -> None:
    rng = np.random.default_rng(5)
    table = people(rng, rounds=2)
    table.loc[[1, 40], "s1"] = np.nan
    found = omnibus_balance(table.assign(twice=2 * table["s2"], same=1.0), values=[*SCALES, "twice", "same"], rng=rng)
    assert found.extra["rank"] == 8


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t[t["group"] == "comparison"], "one group only"),
        (lambda t: t[(t["group"] == "comparison") | (t.index < 5)], "fewer than 6"),
        (lambda t: t.assign(s0=3.0), "varies"),
    ],
)
def test_what_has_no_answer_says_why(change, reason) -> None:
    found = omnibus_balance(change(people(np.random.default_rng(6))), values=["s0"], rng=np.random.default_rng(7))
    assert isinstance(found, NotEstimable)
    assert reason in found.because
