"""Whether a scale measures the same before and after, and in both groups after: asked of every declared outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rmanalytics.containment import block
from rmanalytics.measures.rows import places
from rmanalytics.measures.stats.multiple_testing import holm
from rmanalytics.measures.survey import invariance as measured
from rmanalytics.results import Curve, Result, about

if TYPE_CHECKING:
    from rmanalytics.programme.instruments import Instrument

NAMES = OVER_WAVES, BETWEEN_GROUPS = ("invariance_over_waves", "invariance_between_groups")


@block
def same_measure(keyed: pd.DataFrame, members: pd.DataFrame, instrument: Instrument) -> Iterator[Result]:
    """Invariance over the waves of all who answered both, and between the groups after the round.

    A scale of four or more subscales is asked by their means, for the model is one of a single factor.
    """
    at = places(pd.Index(members["person_id"]), keyed["person_id"])
    answers, group = _by_part(keyed, instrument)[at >= 0], members["group"].to_numpy(dtype=object)[at[at >= 0]]
    yield measured.invariance_over_waves(answers)
    after = answers["wave"].to_numpy(dtype=object) == "post"
    beside = answers[after].drop(columns="wave").assign(group=group[after])
    yield about(measured.invariance_between_groups(beside), group="post")


def _by_part(keyed: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    if len(instrument.subscales) < measured.LEAST_ITEMS:
        return keyed
    x = {item.id: keyed[item.id].to_numpy() for item in instrument.items}
    of = {name: [x[item.id] for item in instrument.items_of(name)] for name in instrument.subscales}
    return keyed[["person_id", "wave"]].assign(**{name: np.mean(items, axis=0) for name, items in of.items()})


def adjusted(results: Sequence[Result]) -> list[Result]:
    """All results, those of invariance with ``p_adjusted``: the step's p-value after Holm over all steps of a round."""
    asked = {i: result for i, result in enumerate(results) if isinstance(result, Curve) and result.name in NAMES}
    if not asked:
        return list(results)
    p = holm(pd.concat({i: curve.points["difference_p_value"] for i, curve in asked.items()}))
    changed = {i: replace(c, points=c.points.assign(p_adjusted=p.xs(i).to_numpy())) for i, c in asked.items()}
    return [changed.get(i, result) for i, result in enumerate(results)]
