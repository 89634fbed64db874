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
        What the programme adds on average, in the claimed way; ``spread`` is its spread between rounds, ``personal``
        that between people of a world with ``losers``.
    chosen : str
        ``""`` (by lot), ``low score`` (the answer before, noise included), ``low skill`` or ``high skill`` (the trait).
    silent : float
        Share of both groups silent after the round; ``losers``: of the 30% of the participants that gained least, the
        share that is silent instead.
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
    personal: float = 0.2
    units: int = 8
    shock: float = 0.0
    repeat: float = 0.0
    middle: float = 3.0


Round = dict[str, np.ndarray]


def scores(rng: np.random.Generator, world: World) -> pd.DataFrame:
    """``round_id, person_id, cluster_id, unit_id, group, pre, post`` of a claim, up the claimed way."""
    return frame(rounds_of(rng, world))


def frame(rounds: Sequence[Round]) -> pd.DataFrame:
    """Rounds as the table that a gate reads."""
    parts = [
        pd.DataFrame(
            {
                "round_id": f"r{r}",
                "person_id": one["person"],
                "cluster_id": one["person"],
                "unit_id": [f"u{unit}" for unit in one["unit"]],
                "group": np.where(one["treated"], "participants", "comparison"),
                "pre": one["pre"],
                "post": one["post"],
            }
        )
        for r, one in enumerate(rounds)
    ]
    return pd.concat(parts, ignore_index=True)


def rounds_of(rng: np.random.Generator, world: World) -> list[Round]:
    """The rounds as arrays: ``person, treated, unit, pre, post`` (NaN where silent), ``gain`` (the true one)."""
    found: list[Round] = []
    for r in range(world.rounds):
        found.append(_round(rng, world, r, found[-1] if found else None))
    return found


def _round(rng: np.random.Generator, world: World, r: int, last: Round | None) -> Round:
    pool, many = 4 * world.n if world.chosen else 2 * world.n, 2 * world.n
    trait, names = TRAIT * rng.normal(size=pool), 10_000 * r + np.arange(pool)
    again = min(round(world.repeat * world.n), world.n) if last is not None else 0
    if last is not None and again:
        names[:again], trait[:again] = (last[name][~last["treated"]][:again] for name in ("person", "trait"))
    pre = world.middle + trait + BEFORE * rng.normal(size=pool)
    key = {"low score": pre, "low skill": trait, "high skill": -trait}.get(world.chosen)
    if key is not None:
        order = np.argsort(key + 0.3 * TRAIT * rng.normal(size=pool))
        kept = np.r_[order[: world.n], rng.permutation(order[world.n :])[: world.n]]
        names, trait, pre = names[kept], trait[kept], pre[kept]
    treated, unit = np.arange(many) < world.n, rng.integers(0, world.units, many)
    true = world.gain + world.spread * rng.normal()
    gain = np.where(treated, true + world.shock * rng.normal(size=world.units)[unit], 0.0)
    lost = np.zeros(many, dtype=bool)
    if world.losers:
        personal = world.personal * rng.normal(size=many)
        gain = gain + np.where(treated, personal, 0.0)
        lost = treated & (personal <= np.quantile(personal[treated], 0.3))
    own = AFTER * rng.normal(size=many)
    post = np.clip(world.middle + 0.1 * r + trait + gain + own, 1, 5)
    silent = rng.random(many) < world.silent
    silent = silent | (lost & (rng.random(many) < world.losers))
    return {
        "person": names,
        "trait": trait,
        "treated": treated,
        "unit": unit,
        "pre": np.clip(pre, 1, 5),
        "post": np.where(silent, np.nan, post),
        "gain": np.full(many, true),
    }
