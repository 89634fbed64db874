"""Invented companies whose programme changes nothing in the network, of several shapes, with tandem ties present."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

SHAPES = ("homophilous", "clustered", "skewed")
"""Generations that keep to themselves; units with friends of friends; people with very different numbers of ties."""
YOUNG_SHARE = 0.4


@dataclass(frozen=True)
class World:
    """People, their units, the tandems, and the ties of two waves without the tandems' own."""

    people: pd.DataFrame
    units: np.ndarray
    tandems: pd.DataFrame
    before: pd.DataFrame
    after: pd.DataFrame

    @property
    def after_with_tandems(self) -> pd.DataFrame:
        back = self.tandems.rename(columns={"source_id": "target_id", "target_id": "source_id"})
        return pd.concat([self.after, self.tandems, back])

    @property
    def participants(self) -> pd.DataFrame:
        return pd.DataFrame({"person_id": pd.concat([self.tandems["source_id"], self.tandems["target_id"]])})


def world(
    rng: np.random.Generator,
    *,
    shape: str = "homophilous",
    people_n: int = 150,
    ties_n: int = 350,
    tandems_n: int = 34,
    labels_matter: bool = True,
) -> World:
    """A company of one shape; three ties in five stay, the others are made anew by the same rules.

    Where labels do not matter, nobody looks at generations when making ties: those of `SHAPES` stay in all else.
    """
    ids = np.array([f"p{i:04d}" for i in range(people_n)])
    young = np.arange(people_n) < YOUNG_SHARE * people_n
    units = rng.permutation(np.arange(people_n) % max(people_n // 15, 2))
    openness = rng.normal(0, 0.7 if shape == "homophilous" else 0.4, people_n)
    activity, popularity = (rng.lognormal(0, 1.0 if shape == "skewed" else 0.0, people_n) for _ in range(2))

    def ties(n: int) -> pd.DataFrame:
        many = 24 * n
        source = rng.choice(people_n, many, p=activity / activity.sum())
        target = rng.choice(people_n, many, p=popularity / popularity.sum())
        across = (young[source] != young[target]) & labels_matter
        wish = np.exp(np.clip(openness[source] + openness[target] - 0.7, -3, 1) * across) / np.e
        if shape == "clustered":
            wish = wish * np.where(units[source] == units[target], 1, 0.1)
        kept = np.flatnonzero((rng.random(many) < wish) & (source != target))[:n]
        source, target = source[kept], target[kept]
        if shape == "clustered":
            source, target = _closed(source, target, rng)
        return pd.DataFrame({"source_id": ids[source], "target_id": ids[target]}).drop_duplicates()

    before = ties(ties_n)
    stay = before[rng.random(len(before)) < 0.6]
    pairs = [rng.choice(ids[who], tandems_n, replace=False) for who in (young, ~young)]
    return World(
        people=pd.DataFrame({"person_id": ids, "generation": np.where(young, "young", "old")}),
        units=units,
        tandems=pd.DataFrame({"source_id": pairs[0], "target_id": pairs[1]}),
        before=before,
        after=pd.concat([stay, ties(ties_n - len(stay))]).drop_duplicates(),
    )


def _closed(source: np.ndarray, target: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One tie in four gives way to one that joins somebody with a friend of a friend."""
    order = np.argsort(source, kind="stable")
    starts = source[order]
    first, last = (np.searchsorted(starts, target, side=side) for side in ("left", "right"))
    friend = order[np.minimum(first + (rng.random(len(source)) * (last - first)).astype(np.int64), len(order) - 1)]
    new = (rng.random(len(source)) < 0.25) & (last > first) & (target[friend] != source)
    return source, np.where(new, target[friend], target)
