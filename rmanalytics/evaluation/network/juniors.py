"""What became of the juniors' own networks beyond the tandem, against people they are compared with.

Unit of analysis: person, present at both waves. One indicator answers each claim (`MAIN`); the others are secondary
and carry in ``extra["p_holm"]`` their p-value after Holm's correction over all secondary ones of the juniors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.containment import block
from rmanalytics.evaluation.cohort import comparator_of, groups
from rmanalytics.evaluation.network.waves import AFTER, BEFORE, DRAWS, Seen, stream, top_people
from rmanalytics.measures.network.brokerage import brokerage_counts
from rmanalytics.measures.network.centrality import eigenvector_rank, reach_in_two_steps
from rmanalytics.measures.network.change import tie_difference
from rmanalytics.measures.network.distances import distance_to_top
from rmanalytics.measures.network.spillover import neighbour_change, neighbour_difference
from rmanalytics.measures.network.structural_holes import structural_holes
from rmanalytics.measures.network.ties import tie_counts
from rmanalytics.measures.rows import looked_up
from rmanalytics.measures.stats.multiple_testing import holm
from rmanalytics.results import PARTICIPANTS, SIDES, Curve, Estimate, NotEstimable, Result, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

SIDE = "mentor"
CLOSENESS = "closeness_to_top"
SPREAD_DRAWS = 499
MAIN = {"cross_generation_ties": 4, "in_degree": 5, CLOSENESS: 6}
"""Indicators that answer a claim each, and the stream of chance of each."""
SECONDARY = {
    "degree": 7,
    "effective_size": 8,
    "constraint": 9,
    "eigenvector_rank": 10,
    "two_steps": 16,
    "coordinator": 11,
    "itinerant": 12,
    "representative": 13,
    "gatekeeper": 14,
    "liaison": 15,
}
UNITS = {"effective_size": "contacts", "constraint": "index", "eigenvector_rank": "share", "two_steps": "contacts"}
ROLES = ("coordinator", "itinerant", "representative", "gatekeeper", "liaison")
STEPS = "juniors by number of steps to top management in the network, with their tandem's tie and without"
NO_COMPARISON = "no comparison group for this side"
NO_CONTACTS = "no contacts at one of the waves"
CHAINS = "mean number of open chains through a junior, tandem ties taken out"


@block
def juniors(bundle: Bundle, round_: Round, before: Seen, after: Seen, pairs: pd.DataFrame) -> list[Result]:
    """Changes of the juniors' ties, of their place in the network and of their way to the top."""
    members = groups(bundle, round_, SIDE)
    seed = bundle.programme.seed
    first, second = _standing(before), _standing(after)
    items: list[Result] = []
    for outcome, number in (MAIN | SECONDARY).items():
        if outcome in first and outcome in second:
            frame = at_both(members, first[outcome], second[outcome])
            items.append(about(_difference(frame, members, outcome, seed, number), outcome=outcome, side=SIDE))
    items = _corrected(items)
    items += _broker_means(members, second)
    return items + _way_to_the_top(bundle, members, {BEFORE: before, AFTER: after}, pairs, seed)


@block
def spread(bundle: Bundle, round_: Round, before: Seen, after: Seen) -> list[Result]:
    """Ties between generations of the people around the tandems, by their distance from one before the round."""
    taking_part = pd.concat([groups(bundle, round_, side) for side in SIDES])
    ids = taking_part.loc[taking_part["group"] == PARTICIPANTS, ["person_id"]].drop_duplicates()
    if not len(ids):
        return []
    seed = bundle.programme.seed
    frames = (before.people, before.ties, after.people, after.ties, ids)
    return [
        neighbour_change(*frames, rng=stream(seed, 23), seed=seed, draws=SPREAD_DRAWS),
        neighbour_difference(*frames, rng=stream(seed, 24), seed=seed, draws=SPREAD_DRAWS),
    ]


def at_both(members: pd.DataFrame, before: pd.Series[float], after: pd.Series[float]) -> pd.DataFrame:
    """``person_id, group, pre, post`` of everybody of the groups who is in both waves."""
    both = members[members["person_id"].isin(before.index) & members["person_id"].isin(after.index)]
    pre, post = (looked_up(both["person_id"], wave) for wave in (before, after))
    return both[["person_id", "group"]].assign(pre=pre, post=post)


def _standing(wave: Seen) -> pd.DataFrame:
    """Every indicator of every person at a wave, by person."""
    counts = tie_counts(wave.people, wave.ties).set_index("person_id")
    known = wave.people[wave.people["person_id"].isin(counts.index)]
    holes = structural_holes(known, wave.ties).set_index("person_id")
    chains = brokerage_counts(known, wave.ties).set_index("person_id")
    frame = pd.DataFrame(
        {
            "cross_generation_ties": counts["cross_n"],
            "in_degree": counts["in_n"],
            "degree": holes["contacts_n"],
            "effective_size": holes["effective_size"].fillna(0.0),
            "constraint": holes["constraint"],
        }
    )
    named = eigenvector_rank(known, wave.ties)
    if not isinstance(named, NotEstimable):
        frame["eigenvector_rank"] = named.set_index("person_id")["rank_share"]
    frame["two_steps"] = reach_in_two_steps(known, wave.ties).set_index("person_id")["reach_two_steps_n"]
    of_three = wave.people["generation"].nunique() > 2
    return frame.join(chains[[role for role in ROLES if of_three or role != "liaison"]])


def _difference(
    frame: pd.DataFrame, members: pd.DataFrame, outcome: str, seed: int, number: int
) -> Estimate | NotEstimable:
    unit = UNITS.get(outcome, "chains" if outcome in ROLES else "ties")
    if frame["group"].nunique() < 2:
        return NotEstimable(name="tie_difference", unit=unit, reason=NO_COMPARISON, n=len(frame))
    found = replace(tie_difference(frame, rng=stream(seed, number), seed=seed, draws=DRAWS), unit=unit)
    if isinstance(found, NotEstimable):
        return found
    reason = NO_CONTACTS if found.n_excluded else ""
    return replace(found, comparator=comparator_of(members), excluded_reason=reason)


def _corrected(items: list[Result]) -> list[Result]:
    """The secondary ones with their p-value after Holm's correction over all of them."""
    tested = {r.outcome: r.p_value for r in items if isinstance(r, Estimate) and r.outcome in SECONDARY}
    adjusted: Mapping[str, float] = {str(k): float(p) for k, p in holm(pd.Series(tested, dtype="float64")).items()}
    return [
        replace(r, extra=dict(r.extra) | {"p_holm": adjusted[r.outcome]})
        if isinstance(r, Estimate) and r.outcome in tested
        else r
        for r in items
    ]


@block
def _broker_means(members: pd.DataFrame, standing: pd.DataFrame) -> Iterator[Result]:
    """How many open chains run through a junior of each group after the round, by role."""
    roles = [role for role in ROLES if role in standing]
    for group, rows in members.groupby("group", sort=False):
        there = standing[standing.index.isin(rows["person_id"])]
        points = pd.DataFrame({"role": roles, "mean_n": [float(there[role].mean()) for role in roles]})
        if len(there):
            yield Curve(
                name="chains_through",
                unit="chains",
                points=points,
                n=len(there),
                unit_of_analysis="person",
                method=CHAINS,
                side=SIDE,
                group=str(group),
            )


@block
def _way_to_the_top(
    bundle: Bundle, members: pd.DataFrame, seen: dict[str, Seen], pairs: pd.DataFrame, seed: int
) -> list[Result]:
    """Change of closeness to top management, tandem ties taken out, and the steps that people stand away."""
    if not bundle.has("positions"):
        return []
    near: dict[str, pd.DataFrame] = {}
    items: list[Result] = []
    for label, wave in seen.items():
        top = top_people(bundle, wave.day)
        if not top & set(wave.everyone["person_id"]):
            return []
        steps = distance_to_top(wave.everyone[["person_id"]], wave.all_ties, pairs, top=top)
        steps = steps[steps["person_id"].isin(wave.people["person_id"])]  # others did not say whom they know
        near[label] = steps.set_index("person_id")
        items += [about(curve, group=f"{group}, {label}") for group, curve in _steps(members, near[label])]
    frame = at_both(members, *(near[label]["closeness_without_pairs"] for label in (BEFORE, AFTER)))
    found = _difference(frame, members, CLOSENESS, seed, MAIN[CLOSENESS])
    items.append(about(replace(found, unit="closeness"), outcome=CLOSENESS, side=SIDE))
    return items


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
                side=SIDE,
            ),
        )
