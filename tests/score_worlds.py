"""Worlds of scores: participants and comparison people over rounds, as light frames whose truth is known.

Nothing here knows the simulator. A residual standard deviation of 0.47 points, 34 against 34, 12 in 100 silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

TRAIT, BEFORE, AFTER = 0.5, 0.33, 0.38
"""Spread between people, and of the answers before and after."""
PLANTED = {"M1": 0.4, "M3": 0.25, "J1": 0.2, "J3": 0.2}


@dataclass(frozen=True, kw_only=True)
class World:
    """How a programme's scores come about.

    Parameters
    ----------
    gain : float
        What the programme adds on average, in the claimed way; ``spread`` is its spread between rounds.
    chosen : str
        ``""`` (by lot), ``low score`` (the answer before, noise included), ``low skill`` or ``high skill`` (the trait).
        Skill also foretells what people gain without any programme: 0.3 points a standard deviation of the trait.
    silent : float
        Share of both groups silent after the round; ``losers``: share of the participants that gained least made
        silent instead.
    units, shock : int, float
        Units of the company; spread of what befalls a unit of participants in a round.
    repeat : float
        Share of the participants who were compared in the round before.
    middle : float
        Mean before; scores are cut to 1–5.
    """

    gain: float = 0.0
    spread: float = 0.0
    n: int = 34
    rounds: int = 4
    chosen: str = ""
    silent: float = 0.12
    losers: float = 0.0
    units: int = 8
    shock: float = 0.0
    repeat: float = 0.0
    middle: float = 3.0


def scores(rng: np.random.Generator, world: World) -> pd.DataFrame:
    """``round_id, person_id, cluster_id, unit_id, group, pre, post`` of a claim, up the claimed way."""
    parts: list[pd.DataFrame] = []
    earlier: Sequence[tuple[str, float]] = ()
    for r in range(world.rounds):
        parts.append(_round(rng, world, r, earlier))
        last = parts[-1]
        compared = last[last["group"] == "comparison"]
        earlier = list(zip(compared["person_id"], compared["trait"], strict=True))
    return pd.concat(parts, ignore_index=True).drop(columns="trait")


def _round(rng: np.random.Generator, world: World, r: int, earlier: Sequence[tuple[str, float]]) -> pd.DataFrame:
    pool = 2 * world.n if not world.chosen else 4 * world.n
    trait = TRAIT * rng.normal(size=pool)
    names = np.array([f"r{r}p{i}" for i in range(pool)], dtype=object)
    again = min(round(world.repeat * world.n), len(earlier))
    for i in range(again):
        names[i], trait[i] = earlier[i]
    pre = world.middle + trait + BEFORE * rng.normal(size=pool)
    key = {"low score": pre, "low skill": trait, "high skill": -trait}.get(world.chosen)
    if key is None:
        treated = np.arange(pool) < world.n
    else:
        order = np.argsort(key + 0.3 * TRAIT * rng.normal(size=pool))
        kept = np.r_[order[: world.n], rng.permutation(order[world.n :])[: world.n]]
        names, trait, pre = names[kept], trait[kept], pre[kept]
        treated = np.arange(2 * world.n) < world.n
    unit = rng.integers(0, world.units, 2 * world.n)
    befallen = world.shock * rng.normal(size=world.units)
    gain = np.where(treated, world.gain + world.spread * rng.normal() + befallen[unit], 0.0)
    own = AFTER * rng.normal(size=2 * world.n)
    post = world.middle + 0.1 * r + trait + gain + own
    silent = rng.random(2 * world.n) < world.silent
    if world.losers:
        worst = np.argsort(np.where(treated, gain + own, np.inf))[: round(world.losers * world.n)]
        silent[worst] = True
    return pd.DataFrame(
        {
            "round_id": f"r{r}",
            "person_id": names,
            "cluster_id": names,
            "unit_id": [f"u{u}" for u in unit],
            "group": np.where(treated, "participants", "comparison"),
            "pre": np.clip(pre, 1, 5),
            "post": np.where(silent, np.nan, np.clip(post, 1, 5)),
            "trait": trait,
        }
    )
