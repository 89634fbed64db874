"""Made-up frames of scores that the tests of measures share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rmanalytics.programme.instruments import Instrument, Item


def instrument(
    items: Sequence[str], *, reverse: Sequence[str] = (), low: int = 1, high: int = 5, same_items: bool = True
) -> Instrument:
    """An instrument with these items."""
    return Instrument(
        name="scale",
        title={},
        version="1",
        scale_min=low,
        scale_max=high,
        labels={},
        items=tuple(Item(id=i, text={}, reverse=i in reverse) for i in items),
        subscales={},
        direction="up",
        min_answered_share=0.8,
        same_items=same_items,
        source="",
        licence="",
    )


def paired(n: int, *, seed: int = 1, gain: float = 0.4) -> pd.DataFrame:
    """Scores before and after of n people."""
    rng = np.random.default_rng(seed)
    pre = rng.normal(3, 0.6, n)
    return pd.DataFrame({"person_id": [f"p{i}" for i in range(n)], "pre": pre, "post": pre + rng.normal(gain, 0.4, n)})


def two_groups(n: int, n_comparison: int, *, seed: int = 2, gain: float = 0.4) -> pd.DataFrame:
    """Scores of participants, who gain, and of a comparison group, which does not."""
    first = paired(n, seed=seed, gain=gain).assign(group="participants")
    second = paired(n_comparison, seed=seed + 1, gain=0.0).assign(group="comparison")
    second["person_id"] = [f"c{i}" for i in range(n_comparison)]
    return pd.concat([first, second], ignore_index=True)


def flipped(scores: pd.DataFrame) -> pd.DataFrame:
    """The same people with the two group names exchanged."""
    other = {"participants": "comparison", "comparison": "participants"}
    return scores.assign(group=scores["group"].map(other))


def shuffled(frame: pd.DataFrame, *, seed: int = 3) -> pd.DataFrame:
    """The same rows in another order."""
    return frame.sample(frac=1, random_state=seed)
