"""What the lot of ``[draw]`` finds, by how many people wait: who waits starts without a lot in the next round.

Unit: one number of people who wait, in every round from the second on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rmanalytics.evaluation.lots.volunteers import promised
from rmanalytics.evaluation.plan.designs import Cell, Design
from rmanalytics.lot.sizes import LEAST_EVALUATED, sizes

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.lots import DrawRule

FEWEST = 8
"""Fewest people who wait that are worth sizing."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """People who wait, start by lot and are compared in a round, and the smallest difference that this finds."""

    wait: int
    start: int
    compared: int
    cell: Cell


def volunteers_of(bundle: Bundle, side: str) -> int:
    """New volunteers of the last round that has any, those left out who waited before it; 0 without invitations."""
    if not bundle.has("invitations"):
        return 0
    table = bundle.table("invitations")
    came = table[(table["side"] == side) & (table["answer"] == "volunteered")]
    for one in reversed(bundle.programme.rounds):
        people = set(came.loc[came["round_id"] == one.id, "person_id"])
        if people:
            return len(people - promised(bundle, one, side))
    return 0


def by_waiting(design: Design, rule: DrawRule, volunteers: int, *, rounds: int, level: float) -> tuple[Waiting, ...]:
    """Each number of people who wait that places and volunteers allow, from `FEWEST` to all.

    Parameters
    ----------
    design : Design
        Of the primary claim; who starts by lot is taken to answer as those compared do.
    rule : DrawRule
    volunteers : int
        New ones in each round.
    rounds, level
        As in `Design.cell`.
    """
    places = rule.places or 0
    found: list[Waiting] = []
    if design.per_comparison is None:
        return ()
    drawn = replace(design, per_tandem=design.per_comparison)
    wanted = {FEWEST, places // 3, rule.wait or places // 2, 2 * places // 3, places - LEAST_EVALUATED}
    for wait in sorted(one for one in wanted if FEWEST <= one <= places - LEAST_EVALUATED):
        own = sizes(volunteers + wait, certain=wait, places=places, wait=wait, reserve=rule.reserve)
        if own.wait == wait and own.evaluated:
            compared = own.wait + own.not_drawn
            cell = drawn.cell(own.start, rounds, comparison=compared, level=level)
            found.append(Waiting(wait=wait, start=own.start, compared=compared, cell=cell))
    return tuple(found)
