"""MRQAP from people's attributes gives what MRQAP on the table of all pairs gives, for a whole company."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.network.mrqap_of_people import _permuted_t, mrqap_of_people
from rmanalytics.measures.network.qap import dyad_table, mrqap
from rmanalytics.results import Curve, NotEstimable

DRAWS = 400
PREDICTORS = ["same_generation", "same_unit", "level_gap"]


def company(n: int = 40, *, likes: float = 0.0, seed: int = 3) -> tuple[pd.DataFrame, pd.DataFrame]:
    """People of three generations in four units on five levels; ties by unit, and by generation as far as it likes."""
    rng = np.random.default_rng(seed)
    people = pd.DataFrame(
        {
            "person_id": [f"p{i:03d}" for i in range(n)],
            "generation": rng.choice(["x", "y", "z"], n),
            "unit": rng.choice(list("abcd"), n),
            "level": rng.integers(1, 6, n),
        }
    )
    alike = [people[c].to_numpy()[:, None] == people[c].to_numpy()[None, :] for c in ("unit", "generation")]
    chance = 0.05 + 0.15 * alike[0] + likes * alike[1]
    np.fill_diagonal(chance, 0.0)
    source, target = np.nonzero(rng.random((n, n)) < chance)
    ids = people["person_id"].to_numpy()
    return people, pd.DataFrame({"source_id": ids[source], "target_id": ids[target]})


def of_people(people: pd.DataFrame, ties: pd.DataFrame, draws: int = DRAWS) -> Curve:
    found = mrqap_of_people(
        people, ties, same=["generation", "unit"], gap=["level"], rng=np.random.default_rng(1), seed=1, draws=draws
    )
    assert isinstance(found, Curve)
    return found


def of_pairs(people: pd.DataFrame, ties: pd.DataFrame, draws: int = DRAWS) -> Curve:
    dyads = dyad_table(people, ties)
    ends = [people.set_index("person_id").loc[dyads[c]].reset_index(drop=True) for c in ("source_id", "target_id")]
    dyads["same_unit"] = (ends[0]["unit"] == ends[1]["unit"]).astype(float)
    dyads["level_gap"] = (ends[0]["level"] - ends[1]["level"]).abs().astype(float)
    found = mrqap(dyads, outcome="tie", predictors=PREDICTORS, rng=np.random.default_rng(2), seed=2, draws=draws)
    assert isinstance(found, Curve)
    return found


@pytest.mark.parametrize("likes", [0.0, 0.1])
def test_coefficients_intervals_and_t_are_those_of_the_table_of_all_pairs(likes: float) -> None:
    people, ties = company(likes=likes)
    ours, theirs = of_people(people, ties).points, of_pairs(people, ties).points.iloc[1:]
    assert ours["predictor"].tolist() == PREDICTORS
    for column in ("coefficient", "lo", "hi", "t"):
        assert ours[column].to_numpy() == pytest.approx(theirs[column].to_numpy(), rel=1e-9)


def test_p_values_are_those_of_the_table_of_all_pairs_up_to_chance() -> None:
    people, ties = company(likes=0.02)
    ours, theirs = of_people(people, ties, 3000).points, of_pairs(people, ties, 3000).points.iloc[1:]
    error = np.hypot(ours["mc_se"].to_numpy(), theirs["mc_se"].to_numpy())
    assert (np.abs(ours["p_value"].to_numpy() - theirs["p_value"].to_numpy()) < 4 * error + 0.002).all()


def test_each_t_of_moved_people_is_that_of_the_regression_on_all_pairs() -> None:
    people, ties = company(12)
    n = len(people)
    frames = {"same": ["generation", "unit"], "gap": ["level"]}
    kept: list[np.ndarray] = []

    class Kept:
        """Places that people change to, as the function draws them."""

        def permuted(self, x: np.ndarray, axis: int) -> np.ndarray:
            places = np.random.default_rng(7).permuted(x, axis=axis)
            kept.append(places)
            return places

    original = _permuted_t
    seen: list[np.ndarray] = []

    def spy(*args: object, **kwargs: object) -> object:
        for block in original(*args, **kwargs):  # type: ignore[arg-type]
            seen.append(block)
            yield block

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rmanalytics.measures.network.mrqap_of_people._permuted_t", spy)
        mrqap_of_people(people, ties, **frames, rng=Kept(), seed=1, draws=5)  # type: ignore[arg-type]
    known = people.sort_values("person_id")
    off = ~np.eye(n, dtype=bool)
    tables = [known[c].to_numpy()[:, None] == known[c].to_numpy()[None, :] for c in ("generation", "unit")]
    level = known["level"].to_numpy()
    tables = [t.astype(float) for t in tables] + [np.abs(level[:, None] - level[None, :]).astype(float)]
    at = {p: i for i, p in enumerate(known["person_id"])}
    y = np.zeros((n, n))
    for a, b in zip(ties["source_id"], ties["target_id"], strict=True):
        y[at[a], at[b]] = 1.0
    for k in range(3):
        others = np.column_stack([np.ones(off.sum()), *(tables[j][off] for j in range(3) if j != k)])
        x = tables[k][off]
        freed = np.zeros((n, n))
        freed[off] = x - others @ np.linalg.lstsq(others, x, rcond=None)[0]
        for draw, places in enumerate(kept[0]):
            X = np.column_stack([others, freed[np.ix_(places, places)][off]])
            beta, rest, *_ = np.linalg.lstsq(X, y[off], rcond=None)
            df = off.sum() - X.shape[1]
            t = beta[-1] / np.sqrt(np.linalg.inv(X.T @ X)[-1, -1] * rest[0] / df)
            assert seen[0][draw, k] == pytest.approx(t, rel=1e-6, abs=1e-9)


def test_people_without_an_attribute_are_left_out_and_counted() -> None:
    people, ties = company()
    without = people.assign(unit=people["unit"].where(people.index > 3))
    found = of_people(without, ties)
    rest = of_people(people.iloc[4:], ties)
    assert found.points.attrs["excluded_n"] == 4
    assert found.points["coefficient"].tolist() == rest.points["coefficient"].tolist()


def test_neither_the_order_of_rows_nor_the_names_matter() -> None:
    people, ties = company()
    shuffled = of_people(people.sample(frac=1, random_state=1), ties.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(shuffled.points, of_people(people, ties).points)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda p, t: (p.iloc[:5], t), "fewer than 6 people"),
        (lambda p, t: (p, t.iloc[:0]), "no variation"),
        (lambda p, t: (p.assign(generation=p["unit"]), t), "follows from the others"),
        (lambda p, t: (p.assign(unit="one"), t), "follows from the others"),
    ],
)
def test_what_cannot_be_told_has_its_reason(change, reason: str) -> None:
    people, ties = change(*company())
    found = mrqap_of_people(
        people, ties, same=["generation", "unit"], gap=["level"], rng=np.random.default_rng(1), seed=1, draws=20
    )
    assert isinstance(found, NotEstimable)
    assert reason in found.because


@pytest.mark.slow
def test_the_test_holds_its_level_where_generation_does_not_matter() -> None:
    rejected = sum(of_people(*company(30, seed=s), draws=199).points["p_value"].iloc[0] < 0.05 for s in range(300))
    assert 4 <= rejected <= 28  # 15 expected at a level of 0.05
