"""What the round cost: in all, for each tandem, for each tandem that held every planned meeting.

Unit of analysis: tandem.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rmanalytics.evaluation.cohort import round_tandems
from rmanalytics.evaluation.engagement.delivery import held_per_tandem
from rmanalytics.measures.value import costs as measure
from rmanalytics.results import Result, Results

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

STREAM = 20


def costs(bundle: Bundle, round_: Round) -> Results:
    """All cost results of a round; empty where no cost of the round is declared."""
    if not bundle.has("costs"):
        return Results()
    table = bundle.table("costs")
    table = table[table["round_id"] == round_.id]
    if not len(table):
        return Results()
    seed = bundle.programme.seed

    def rng() -> np.random.Generator:
        return np.random.default_rng([seed, STREAM])

    items: list[Result] = [measure.cost_total(table, rng=rng(), seed=seed)]
    tandems = round_tandems(bundle, round_)
    if tandems is not None and len(tandems):
        items.append(measure.cost_per_tandem(table, len(tandems), rng=rng(), seed=seed))
        if bundle.has("meetings"):
            meetings = bundle.table("meetings")
            per_tandem = held_per_tandem(tandems, meetings[meetings["tandem_id"].isin(tandems["tandem_id"])], round_)
            items.append(measure.cost_per_completed_tandem(table, per_tandem, rng=rng(), seed=seed))
    return Results(items)
