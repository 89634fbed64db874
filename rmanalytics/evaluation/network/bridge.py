"""The bridge between generations: ties before and after the round, tandem ties taken out.

Unit of analysis: tie for the index, person for changes of single people's ties.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from rmanalytics.containment import block
from rmanalytics.evaluation.cohort import round_tandems
from rmanalytics.evaluation.lots.dealt import UNIT, arms_lots
from rmanalytics.evaluation.network.juniors import juniors, spread
from rmanalytics.evaluation.network.segregation import beside_the_obvious, on_pairs, segregation, turnover
from rmanalytics.evaluation.network.waves import (
    AFTER,
    BEFORE,
    DRAWS,
    Seen,
    held_at,
    seen_at,
    stream,
    tandem_pairs,
    waves,
)
from rmanalytics.measures.network.change import ei_change
from rmanalytics.measures.network.ei_by_unit import unit_ei_difference
from rmanalytics.measures.network.ei_index import ei_index, ei_null, mixing_matrix
from rmanalytics.results import Estimate, NotEstimable, Result, Results, about

if TYPE_CHECKING:
    import pandas as pd

    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

COUNTED = "after, tandem ties counted"
DRAWN = "units that the lot let wait"
NO_SECOND_WAVE = "ties of one wave only; a change needs a wave before and one after the round"


def network(bundle: Bundle, round_: Round) -> Results:
    """All network results of a round; empty where there are no ties of the declared kind."""
    seen, seed = _seen(bundle, round_), bundle.programme.seed
    items: list[Result] = []
    for label, wave in seen.items():
        items += [about(share, group=label) for share in (wave.answered,) if share is not None]
        items.append(about(_ei(wave.people, wave.ties, seed, 1), group=label))
        items += [about(result, group=label) for result in segregation(bundle, wave)]
        if wave.weighted is not None:
            weighted = _ei(wave.people, wave.weighted, seed, 4)
            items.append(about(replace(weighted, name="ei_index_weighted"), group=label))
        if label == AFTER:
            items += _against_chance(wave, seed)
            items += [about(result, group=label) for result in beside_the_obvious(bundle, wave)]
            items.append(about(on_pairs(bundle, wave), group=label))
    return Results([*items, *changes(bundle, round_, seen)])


@block
def changes(bundle: Bundle, round_: Round, seen: dict[str, Seen] | None = None) -> Iterator[Result]:
    """What changed from the wave before to the wave after: the index, single ties, the juniors' networks."""
    seen = _seen(bundle, round_) if seen is None else seen
    if BEFORE in seen and AFTER in seen:
        before, after, seed = seen[BEFORE], seen[AFTER], bundle.programme.seed
        yield ei_change(before.people, before.ties, after.people, after.ties, rng=stream(seed, 3), seed=seed)
        yield from _by_unit(bundle, round_, before, after)
        yield from turnover(before, after)
        yield from juniors(bundle, round_, before, after, tandem_pairs(bundle, max(waves(bundle, round_).values())))
        yield from spread(bundle, round_, before, after)
    elif seen:
        yield NotEstimable(name="ei_change", unit="index", reason=NO_SECOND_WAVE, n=1)


def _by_unit(bundle: Bundle, round_: Round, before: Seen, after: Seen) -> Iterator[Result]:
    """Units with a tandem of the round against units without, as people stood at the wave before.

    Where a lot decided which units enter in the round, those on its list as drawn: the first arm against the others.
    """
    tandems = round_tandems(bundle, round_)
    if tandems is None or not bundle.has("positions"):
        return
    units = held_at(bundle, before.day)["unit"].dropna().rename_axis("person_id").reset_index()
    near = units.loc[units["person_id"].isin({*tandems["mentor_id"], *tandems["mentee_id"]}), "unit"]
    units, lot = units.assign(tandem=units["unit"].isin(set(near))), arms_lots(bundle, round_).get(UNIT)
    if lot is not None:
        arm = units["unit"].map(lot.of_entry)
        units = units[arm.notna()].assign(tandem=arm == 0)
    found = unit_ei_difference(before.people, before.ties, after.people, after.ties, units)
    yield replace(found, comparator=DRAWN) if lot is not None and isinstance(found, Estimate) else found


def _seen(bundle: Bundle, round_: Round) -> dict[str, Seen]:
    """The waves around a round, tandem ties taken out; none without ties of the declared kind."""
    days = waves(bundle, round_)
    pairs = tandem_pairs(bundle, max(days.values())) if days else None
    return {} if pairs is None else {label: seen_at(bundle, day, pairs) for label, day in days.items()}


@block
def _against_chance(wave: Seen, seed: int) -> list[Result]:
    """The index under dealt generations, who names whom, and the index that counting tandem ties would give."""
    items: list[Result] = [
        about(ei_null(wave.people, wave.ties, rng=stream(seed, 1), seed=seed, draws=DRAWS), group=AFTER),
        about(mixing_matrix(wave.people, wave.ties), group=AFTER),
    ]
    if len(wave.ties) < len(wave.all_ties):
        items.append(about(_ei(wave.people, wave.all_ties, seed, 2), group=COUNTED))
    return items


def _ei(people: pd.DataFrame, ties: pd.DataFrame, seed: int, number: int) -> Estimate | NotEstimable:
    return ei_index(people, ties, rng=stream(seed, number), seed=seed, draws=DRAWS)
