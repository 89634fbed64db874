"""The waves of the network around a round: who was there, who named whom, and which pairs the programme made.

Unit: the person and the tie of one wave.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rmanalytics.measures.network.ties import without_pairs
from rmanalytics.measures.stats.proportions import wilson_share
from rmanalytics.results import Estimate

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

BEFORE, AFTER = "before", "after"
DRAWS = 10_000
ENDS = ["source_id", "target_id"]
ANSWERED = "network_answered_share"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One wave.

    Parameters
    ----------
    day : Timestamp
        Its day.
    people : DataFrame
        ``person_id, generation`` of everybody who answered; everybody employed where nobody recorded who did.
    everyone : DataFrame
        The same of everybody employed.
    ties, all_ties : DataFrame
        ``source_id, target_id``, beyond the tandems and all.
    weighted : DataFrame or None
        ``ties`` with their ``weight``; None where not every tie has one, or all have the same.
    answered : Estimate or None
        Share of those asked who answered; None where nobody recorded it.
    """

    day: pd.Timestamp
    people: pd.DataFrame
    everyone: pd.DataFrame
    ties: pd.DataFrame
    all_ties: pd.DataFrame
    weighted: pd.DataFrame | None
    answered: Estimate | None


def seen_at(bundle: Bundle, day: pd.Timestamp, pairs: pd.DataFrame) -> Seen:
    """The wave of a day, with the pairs taken out of its ties and those who did not answer out of its people."""
    ties, everyone = ties_at(bundle, day), people_at(bundle, day)
    asked = asked_at(bundle, day)
    people, answered = everyone, None
    if len(asked):
        there = asked[asked["person_id"].isin(everyone["person_id"])]
        said_yes = there.loc[there["answered"] == "yes", "person_id"]
        people = everyone[everyone["person_id"].isin(said_yes)].reset_index(drop=True)
        if len(there):
            share = wilson_share(len(people), len(there), name=ANSWERED, unit_of_analysis="person")
            answered = share if isinstance(share, Estimate) else None
    beyond = without_pairs(ties, pairs)
    weight = beyond["weight"].to_numpy(dtype="float64")
    told = weight.size > 0 and bool(weight.min() < weight.max())  # nan where one is missing: not below itself
    return Seen(
        day=day,
        people=people,
        everyone=everyone,
        ties=beyond[ENDS],
        all_ties=ties[ENDS],
        weighted=beyond if told else None,
        answered=answered,
    )


def asked_at(bundle: Bundle, day: pd.Timestamp) -> pd.DataFrame:
    """Who was asked for ties of the declared kind at the wave of a day: ``person_id, answered``; empty if unknown."""
    if not bundle.has("network_survey"):
        return pd.DataFrame({"person_id": pd.Series(dtype="str"), "answered": pd.Series(dtype="str")})
    asked = bundle.table("network_survey")
    mine = (asked["wave_date"] == day) & (asked["kind"].isna() | (asked["kind"] == bundle.programme.tie_kind))
    return asked.loc[mine, ["person_id", "answered"]].drop_duplicates("person_id").reset_index(drop=True)


def stream(seed: int, number: int) -> np.random.Generator:
    """The source of chance of one result, so that no result depends on which others were asked for."""
    return np.random.default_rng([seed, number])


def waves(bundle: Bundle, round_: Round) -> dict[str, pd.Timestamp]:
    """Days of the wave before the round and of the one after it, as far as there are such.

    The wave before is the last one on or before the first day, the wave after the first one on or after the last
    day; where neither exists, the latest wave at all counts as ``after``.
    """
    if not bundle.has("ties"):
        return {}
    ties = bundle.table("ties")
    dates = pd.DatetimeIndex(ties.loc[ties["kind"] == bundle.programme.tie_kind, "wave_date"]).unique().sort_values()
    found = {}
    early = dates[dates <= pd.Timestamp(round_.start)]
    late = dates[dates >= pd.Timestamp(round_.end)]
    if len(early):
        found[BEFORE] = early[-1]
    if len(late):
        found[AFTER] = late[0]
    if not found and len(dates):
        found[AFTER] = dates[-1]
    return found


def people_at(bundle: Bundle, day: pd.Timestamp) -> pd.DataFrame:
    """Everyone employed on a day with their generation: ``person_id, generation``; isolates stay."""
    people = bundle.people_on(day)
    there = people[(people["hire_date"] <= day) & ~(people["exit_date"] <= day)]
    bands = bundle.programme.generations
    generation = pd.Series(pd.NA, index=there.index, dtype="str")
    for band in bands:
        generation[there["birth_year"].between(band.first, band.last)] = band.name
    return pd.DataFrame({"person_id": there["person_id"], "generation": generation}).reset_index(drop=True)


def ties_at(bundle: Bundle, day: pd.Timestamp) -> pd.DataFrame:
    """Ties of the declared kind of the wave of a day: ``source_id, target_id, weight`` (missing where not given).

    A weight of 0 is no tie.
    """
    ties = bundle.table("ties")
    mine = (ties["wave_date"] == day) & (ties["kind"] == bundle.programme.tie_kind) & (ties["weight"] != 0)
    return ties.loc[mine, [*ENDS, "weight"]].reset_index(drop=True)


def tandem_pairs(bundle: Bundle, day: pd.Timestamp) -> pd.DataFrame:
    """Pairs of every tandem matched up to a day: ``source_id, target_id``.

    The same pairs are taken out of every wave that is compared; else a tie that two people had before they became a
    tandem would count before and not after.
    """
    if not bundle.has("tandems"):
        return pd.DataFrame({"source_id": pd.Series(dtype="str"), "target_id": pd.Series(dtype="str")})
    tandems = bundle.table("tandems")
    made = tandems[tandems["matched_date"] <= day]
    return made[["mentor_id", "mentee_id"]].set_axis(["source_id", "target_id"], axis=1).reset_index(drop=True)


def held_at(bundle: Bundle, day: pd.Timestamp) -> pd.DataFrame:
    """The position that each person holds on a day: ``unit``, ``level`` by ``person_id``; empty without positions."""
    if not bundle.has("positions"):
        return pd.DataFrame({"unit": pd.Series(dtype="str"), "level": pd.Series(dtype="float64")})
    positions = bundle.table("positions")
    now = positions[(positions["start_date"] <= day) & ~(positions["end_date"] < day)]
    latest = now.sort_values("start_date").drop_duplicates("person_id", keep="last")
    return latest.set_index("person_id")[["unit", "level"]]


def top_people(bundle: Bundle, day: pd.Timestamp) -> set[str]:
    """People on the highest levels held on a day."""
    positions = bundle.table("positions")
    now = positions[(positions["start_date"] <= day) & ~(positions["end_date"] < day)]
    levels = np.sort(now["level"].unique())[-bundle.programme.top_levels :]
    return set(now.loc[now["level"].isin(levels), "person_id"])
