"""Invented scores with a known truth, which several calibrations share."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pandas as pd
import pytest

SD, R, GAIN = 0.7, 0.6, 0.3
SIZES = [(n, share) for n in (10, 20, 34) for share in (0.0, 0.25)]
DRAWS, FEWER = 10_000, 5_000
"""Of cheap measures, and of dear ones."""
REDUCED = 60


def times(draws):
    return [pytest.param(REDUCED, id="reduced"), pytest.param(draws, id="long", marks=pytest.mark.soak)]


def cells(draws):
    """Sizes with and without drop-out: two of them in every run, all of them in the long one."""
    short = [pytest.param(n, left, REDUCED, id=f"reduced-{n}-{left}") for n, left in ((10, 0.25), (34, 0.0))]
    return short + [pytest.param(n, left, draws, id=f"long-{n}-{left}", marks=pytest.mark.soak) for n, left in SIZES]


def sizes(draws):
    short = [pytest.param(n, REDUCED, id=f"reduced-{n}") for n in (10, 34)]
    return short + [pytest.param(n, draws, id=f"long-{n}", marks=pytest.mark.soak) for n in (10, 20, 34)]


def scores(rng, n, *, gain, label):
    """Scores whose spread is the same before and after, correlated as survey scales are."""
    pre = rng.normal(3, SD, n)
    post = 3 + gain + R * (pre - 3) + SD * sqrt(1 - R**2) * rng.normal(size=n)
    return pd.DataFrame({"person_id": [f"{label[0]}{i}" for i in range(n)], "group": label, "pre": pre, "post": post})


def both(rng, n, n_comparison, *, gain):
    """Participants, who gain more, and a comparison group."""
    arms = scores(rng, n, gain=gain, label="participants"), scores(rng, n_comparison, gain=0.0, label="comparison")
    return pd.concat(arms, ignore_index=True)


def likert(table):
    """Means of five answers from 1 to 5: coarse, bounded, full of ties."""
    return table.assign(**{wave: (table[wave] * 5).round().clip(5, 25) / 5 for wave in ("pre", "post")})


def left_at_random(rng, table, share):
    return table.assign(post=table["post"].where(rng.uniform(size=len(table)) >= share))


def left_when_high(rng, table, share):
    """Those who start high answer less often after: the drop-out that adjustment for the score before allows."""
    inclined = 2 * share / (1 + np.exp((3 - table["pre"]) / 0.35))
    return table.assign(post=table["post"].where(rng.uniform(size=len(table)) >= inclined))


def holds(result, truth):
    return bool(result.lo <= truth <= result.hi)


def at_random(share):
    return f"{share:.0%} at random".replace("%", " %") if share else "none"


def when_high(share):
    return f"{share:.0%}, more of those who start high".replace("%", " %") if share else "none"
