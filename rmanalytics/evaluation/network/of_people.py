"""One indicator of people's own networks at the waves before and after a round, tandem pairs taken out of both.

Unit: the person in one round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.evaluation.cohort import groups
from rmanalytics.evaluation.comparison.balance import known_of
from rmanalytics.evaluation.network.waves import (
    AFTER,
    BEFORE,
    Seen,
    asked_at,
    seen_at,
    tandem_pairs,
    top_people,
    waves,
)
from rmanalytics.measures.network.distances import distance_to_top
from rmanalytics.measures.network.ties import tie_counts
from rmanalytics.measures.rows import looked_up

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

COUNTED = {"in_degree": "in_n", "cross_generation_ties": "cross_n"}
CLOSENESS = "closeness_to_top"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where people of both groups stood before and after a round.

    Parameters
    ----------
    people : DataFrame
        ``person_id, group, unit_id, pre, post``; a wave at which somebody was not seen is missing.
    answered : int
        Per cent of those who belonged to the network both times who answered both times, rounded down.
    top : int
        People on the top levels who were seen, at the wave that had fewer of them; 0 where nobody asked for them.
    """

    people: pd.DataFrame
    answered: int
    top: int = 0


def standing(bundle: Bundle, round_: Round, side: str, indicator: str) -> Standing | None:
    """The people of a side with one indicator before and after.

    Returns
    -------
    Standing or None
        None without a wave before and one after, or without people at the top where closeness to them is asked.
    """
    days = waves(bundle, round_)
    if set(days) != {BEFORE, AFTER}:
        return None
    pairs = tandem_pairs(bundle, max(days.values()))
    seen = {label: seen_at(bundle, day, pairs) for label, day in days.items()}
    members = groups(bundle, round_, side)
    told: dict[str, pd.Series[float]] = {}
    top = 0
    for label, wave in seen.items():
        if indicator == CLOSENESS:
            there = top_people(bundle, wave.day) & set(wave.everyone["person_id"]) if bundle.has("positions") else set()
            if not there:
                return None
            top = min(top, len(there)) if top else len(there)
            steps = distance_to_top(wave.everyone[["person_id"]], wave.all_ties, pairs, top=there)
            steps = steps[steps["person_id"].isin(wave.people["person_id"])]
            told[label] = steps.set_index("person_id")["closeness_without_pairs"]
        else:
            told[label] = tie_counts(wave.people, wave.ties).set_index("person_id")[COUNTED[indicator]]
    people = members[["person_id", "group"]].assign(
        unit_id=looked_up(members["person_id"], known_of(bundle, round_, side).set_index("person_id")["unit"]),
        pre=looked_up(members["person_id"], told[BEFORE]).astype("float64"),
        post=looked_up(members["person_id"], told[AFTER]).astype("float64"),
    )
    return Standing(people=people, answered=_answered_both(bundle, seen), top=top)


def _answered_both(bundle: Bundle, seen: dict[str, Seen]) -> int:
    """Where nobody recorded who answered, whoever named somebody counts as having answered."""
    there = set.intersection(*(set(wave.everyone["person_id"]) for wave in seen.values()))
    for wave in seen.values():
        asked = asked_at(bundle, wave.day)
        if len(asked):
            there &= set(asked["person_id"])
    said = set(there)
    for wave in seen.values():
        recorded = len(asked_at(bundle, wave.day)) > 0
        said &= set(wave.people["person_id"] if recorded else wave.all_ties["source_id"])
    return 100 * len(said) // len(there) if there else 0
