"""The bridge between generations: ties before and after the round, tandem ties taken out.

Unit of analysis: tie for the index, person for changes of single people's ties.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rmanalytics.evaluation.cohort import comparator_of, groups
from rmanalytics.measures import network as measure
from rmanalytics.results import Curve, Estimate, NotEstimable, Result, Results, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme import Round


BEFORE, AFTER = "before", "after"
COUNTED = "after, tandem ties counted"
DRAWS = 10_000
STEPS = "juniors by number of steps to top management in the network, with their tandem's tie and without"
NO_SECOND_WAVE = "ties of one wave only; a change needs a wave before and one after the round"
NO_COMPARISON = "no comparison group for this side"


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


def network(bundle: Bundle, round_: Round) -> Results:
    """All network results of a round; empty where there are no ties of the declared kind."""
    days = waves(bundle, round_)
    if not days:
        return Results()
    seed = bundle.programme.seed
    items: list[Result] = []
    seen: dict[str, tuple[pd.DataFrame, pd.DataFrame]] = {}
    pairs = tandem_pairs(bundle, max(days.values()))
    for label, day in days.items():
        people, ties = people_at(bundle, day), ties_at(bundle, day)
        beyond = measure.without_pairs(ties, pairs)
        seen[label] = (people, beyond)
        items.append(about(_ei(people, beyond, seed, 1), group=label))
        if label == AFTER:
            items.append(about(measure.ei_null(people, beyond, rng=_rng(seed, 1), seed=seed, draws=DRAWS), group=label))
            items.append(about(measure.mixing_matrix(people, beyond), group=label))
            if len(beyond) < len(ties):
                items.append(about(_ei(people, ties, seed, 2), group=COUNTED))
    if BEFORE in seen and AFTER in seen:
        items.append(measure.ei_change(*seen[BEFORE], *seen[AFTER], rng=_rng(seed, 3), seed=seed))
        items += _mentors(bundle, round_, seen, seed)
        items += _reach_of_the_top(bundle, round_, days, seed)
    else:
        items.append(NotEstimable(name="ei_change", unit="index", reason=NO_SECOND_WAVE, n=1))
    return Results(items)


def people_at(bundle: Bundle, day: pd.Timestamp) -> pd.DataFrame:
    """Everyone employed on a day with their generation: ``person_id, generation``; isolates stay."""
    people = bundle.table("people")
    there = people[(people["hire_date"] <= day) & ~(people["exit_date"] <= day)]
    bands = bundle.programme.generations
    generation = pd.Series(pd.NA, index=there.index, dtype="str")
    for band in bands:
        generation[there["birth_year"].between(band.first, band.last)] = band.name
    return pd.DataFrame({"person_id": there["person_id"], "generation": generation}).reset_index(drop=True)


def ties_at(bundle: Bundle, day: pd.Timestamp) -> pd.DataFrame:
    """Ties of the declared kind of the wave of a day: ``source_id, target_id``."""
    ties = bundle.table("ties")
    mine = (ties["wave_date"] == day) & (ties["kind"] == bundle.programme.tie_kind)
    return ties.loc[mine, ["source_id", "target_id"]].reset_index(drop=True)


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


def _ei(people: pd.DataFrame, ties: pd.DataFrame, seed: int, stream: int) -> Estimate | NotEstimable:
    return measure.ei_index(people, ties, rng=_rng(seed, stream), seed=seed, draws=DRAWS)


def _rng(seed: int, stream: int) -> np.random.Generator:
    return np.random.default_rng([seed, stream])


def _mentors(
    bundle: Bundle, round_: Round, seen: dict[str, tuple[pd.DataFrame, pd.DataFrame]], seed: int
) -> list[Result]:
    """Change of juniors' ties beyond the tandem against their comparison people, present at both waves."""
    members = groups(bundle, round_, "mentor")
    counts = {label: measure.tie_counts(*frames).set_index("person_id") for label, frames in seen.items()}
    both = members[members["person_id"].isin(counts[BEFORE].index) & members["person_id"].isin(counts[AFTER].index)]
    items: list[Result] = []
    for stream, (outcome, column) in enumerate((("cross_generation_ties", "cross_n"), ("in_degree", "in_n")), start=4):
        change = both["person_id"].map(counts[AFTER][column]) - both["person_id"].map(counts[BEFORE][column])
        frame = pd.DataFrame({"person_id": both["person_id"], "group": both["group"], "change": change})
        items.append(about(_difference(frame, members, seed, stream), outcome=outcome, side="mentor"))
    return items


def _reach_of_the_top(bundle: Bundle, round_: Round, days: dict[str, pd.Timestamp], seed: int) -> list[Result]:
    """Change of juniors' closeness to top management, tandem ties taken out, against their comparison people."""
    if not bundle.has("positions"):
        return []
    pairs = tandem_pairs(bundle, max(days.values()))
    members = groups(bundle, round_, "mentor")
    near: dict[str, pd.DataFrame] = {}
    items: list[Result] = []
    for label, day in days.items():
        people = people_at(bundle, day)[["person_id"]]
        top = top_people(bundle, day)
        if not top & set(people["person_id"]):
            return []
        near[label] = measure.distance_to_top(people, ties_at(bundle, day), pairs, top=top).set_index("person_id")
        items += [about(steps, group=f"{group}, {label}") for group, steps in _steps(members, near[label])]
    both = members[members["person_id"].isin(near[BEFORE].index) & members["person_id"].isin(near[AFTER].index)]
    change = both["person_id"].map(near[AFTER]["closeness_without_pairs"]) - both["person_id"].map(
        near[BEFORE]["closeness_without_pairs"]
    )
    frame = pd.DataFrame({"person_id": both["person_id"], "group": both["group"], "change": change})
    found = _difference(frame, members, seed, 6)
    items.append(about(replace(found, unit="closeness"), outcome="closeness_to_top", side="mentor"))
    return items


def top_people(bundle: Bundle, day: pd.Timestamp) -> set[str]:
    """People on the highest levels held on a day."""
    positions = bundle.table("positions")
    now = positions[(positions["start_date"] <= day) & ~(positions["end_date"] < day)]
    levels = np.sort(now["level"].unique())[-bundle.programme.top_levels :]
    return set(now.loc[now["level"].isin(levels), "person_id"])


def _steps(members: pd.DataFrame, near: pd.DataFrame) -> Iterator[tuple[str, Curve]]:
    """How many people of each group stand how many steps from the top, with the tandem ties and without."""
    for group, rows in members.groupby("group", sort=False):
        there = near[near.index.isin(rows["person_id"])]
        counts = {column: there[column].value_counts().sort_index() for column in ("steps", "steps_without_pairs")}
        steps = sorted(set().union(*(set(count.index) for count in counts.values())))
        points = pd.DataFrame(
            {
                "steps": [int(step) for step in steps],
                "people_n": [int(counts["steps"].get(step, 0)) for step in steps],
                "people_without_tandem_n": [int(counts["steps_without_pairs"].get(step, 0)) for step in steps],
            }
        )
        yield (
            str(group),
            Curve(
                name="steps_to_top",
                unit="count",
                points=points,
                n=len(there),
                unit_of_analysis="person",
                method=STEPS,
                side="mentor",
            ),
        )


def _difference(frame: pd.DataFrame, members: pd.DataFrame, seed: int, stream: int) -> Estimate | NotEstimable:
    if frame["group"].nunique() < 2:
        return NotEstimable(name="change_difference", unit="ties", reason=NO_COMPARISON, n=len(frame))
    found = measure.change_difference(frame, rng=_rng(seed, stream), seed=seed, draws=DRAWS)
    return replace(found, comparator=comparator_of(members)) if isinstance(found, Estimate) else found
