"""Worlds that fool the naive figure of a claim: how often that is, and how often ours; and that ours finds what is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from soak.verdict_rows import Told, tell
from wrong_worlds import judged, mentions, mixing, series

from rmanalytics.measures.network.change import ei_change
from rmanalytics.measures.network.ei_by_unit import unit_ei_difference
from rmanalytics.measures.survey.guess_accuracy import guess_accuracy
from rmanalytics.results import Estimate

FOOLED = 0.15
Once = Callable[[int], tuple[bool, bool]]
"""For a number of the draw: whether the naive figure shows something, and whether ours does."""


def above(result: object) -> bool:
    return isinstance(result, Estimate) and result.lo is not None and result.lo > 0


def keen(seed: int, *, liked: float) -> tuple[bool, bool]:
    """Who sees the mention accepts more offers; where ``liked``, they like the canteen more as well."""
    table = mentions(seed, offers=0.15, canteen=liked)
    naive, ours = judged(table)[0], judged(table, placebos=["canteen"])[0]
    return naive == "points_for", ours == "points_for"


def ratings(seed: int, *, step: float, control: float) -> tuple[bool, bool]:
    """A rating rises when the programme begins, with all ratings of the site or alone."""
    table, aim = series(seed, step=step, control=control), {"smallest_effect": 0.1, "smallest": 0.1}
    return judged(table, **aim)[0] == "points_for", judged(table, level=3, control="control", **aim)[0] == "shown"


def bridge(seed: int, *, everywhere: float, near: float) -> tuple[bool, bool]:
    """More ties between generations after the round, in the whole company or in units with tandems."""
    drawn = mixing(seed, everywhere=everywhere, near=near)
    whole = ei_change(*drawn[:4], rng=np.random.default_rng(seed), seed=seed)
    return above(whole), above(unit_ei_difference(*drawn))


def knowing(seed: int, *, average: float, own: float) -> tuple[bool, bool]:
    """Seniors move towards what the young answer on average, or towards their own junior; t of the change by itself."""
    rng, n = np.random.default_rng(seed), 34
    profile = rng.uniform(1, 5, 8)
    truth = profile + rng.normal(0, 1, (n, 8))
    moves = (0.0, 0.0), (average, own)
    guesses = [
        3 + by * (profile - 3) + (0.2 + more) * (truth - profile) + rng.normal(0, 0.8, (n, 8)) for by, more in moves
    ]
    raw = [np.array([np.corrcoef(g, t)[0, 1] for g, t in zip(guess, truth, strict=True)]) for guess in guesses]
    net = [accuracy(guess, truth) for guess in guesses]
    return rises(raw), rises(net)


def accuracy(guess: np.ndarray, truth: np.ndarray) -> np.ndarray:
    names, items = [f"{n:02d}" for n in range(len(truth))], [f"i{n}" for n in range(truth.shape[1])]

    def long(values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values, index=names, columns=items).reset_index(names="person_id").melt(
            id_vars="person_id", var_name="item"
        )  # fmt: skip

    told = long(guess)
    return guess_accuracy(told.assign(about_id=told["person_id"]), long(truth))["accuracy"].to_numpy()


def rises(waves: list[np.ndarray]) -> bool:
    change = waves[1] - waves[0]
    return bool(change.mean() > 2.03 * change.std(ddof=1) / np.sqrt(change.size))


WORLDS: dict[str, tuple[str, Once, Once]] = {
    "keen people see mentions and like everything (C6)": (
        "points for, figures that a mention cannot move",
        lambda seed: keen(seed, liked=0.15),
        lambda seed: keen(seed, liked=0.0),
    ),
    "every rating rises as the programme begins (C6)": (
        "shown, against a control series",
        lambda seed: ratings(seed, step=0.0, control=0.4),
        lambda seed: ratings(seed, step=0.4, control=0.0),
    ),
    "the whole company mixes (C1)": (
        "interval above 0, units with tandems against others",
        lambda seed: bridge(seed, everywhere=0.2, near=0.0),
        lambda seed: bridge(seed, everywhere=0.0, near=0.2),
    ),
    "seniors learn what the young are like on average (M7)": (
        "rise, accuracy net of the average junior",
        lambda seed: knowing(seed, average=0.8, own=0.0),
        lambda seed: knowing(seed, average=0.0, own=0.5),
    ),
}


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("many", [pytest.param(4, id="reduced"), pytest.param(200, id="long", marks=pytest.mark.soak)])
def test_a_world_that_fools_the_naive_figure_does_not_fool_ours_which_finds_what_is_there(
    many: int, world: str
) -> None:
    counted, wrong, right = WORLDS[world]
    fooled = np.array([wrong(seed) for seed in range(many)])
    found = np.array([right(1000 + seed) for seed in range(many)])
    about = {"shard": "Wrong measures", "world": world, "draws": many}
    naive = f"{fooled[:, 0].mean():.3f}"
    tell(Told(**about, counted=counted, found=fooled[:, 1].mean(), bound="≤ .05", naive=naive))
    told = f"{found[:, 0].mean():.3f}"
    tell(Told(**about, counted=f"{counted}, where it is so", found=found[:, 1].mean(), bound="≥ .80", naive=told))
    assert fooled[:, 0].mean() >= FOOLED
