"""Before a round: which of declare, draw and pair are done, what is next, and until when.

Unit: one round. Nothing here declares, draws or pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from rmanalytics.language.translator import filled, inside, plural
from rmanalytics.receipts.chain import broken, receipts_of

if TYPE_CHECKING:
    from rmanalytics.programme.programme import Programme, Round

DECLARE, DRAW, PAIR = "declare", "draw", "pair"
KINDS = {DECLARE: "declared", DRAW: "draw", PAIR: "pairs"}
UNDONE = {
    DECLARE: plural(
        "{round} starts in {n} day and nothing is declared", "{round} starts in {n} days and nothing is declared"
    ),
    DRAW: plural("{round} starts in {n} day and no lot is drawn", "{round} starts in {n} days and no lot is drawn"),
    PAIR: plural(
        "{round} starts in {n} day and no tandems are approved",
        "{round} starts in {n} days and no tandems are approved",
    ),
}
SOON_DAYS = 60


@dataclass(frozen=True, slots=True)
class Step:
    """One step before a round: its command, the day it was done (None: not yet), and the day until which it counts."""

    command: str
    done: date | None
    until: date


def steps(programme: Programme, round_: Round) -> tuple[Step, ...]:
    """The steps of a round that its programme takes: a lot and tandems only where ``[draw]`` has places."""
    own = [one for one in receipts_of(programme) if one.round_id == round_.id]
    wanted = (DECLARE,) if programme.draw.places is None else (DECLARE, DRAW, PAIR)
    found = []
    for command in wanted:
        days = [one.written.date() for one in own if one.kind == KINDS[command]]
        found.append(Step(command, days[-1] if days else None, round_.end if command == DECLARE else round_.start))
    return tuple(found)


def undone(programme: Programme, today: date) -> tuple[str, ...]:
    """What is still to do for rounds that start soon, as in ``2027H1 starts in 21 days and nothing is declared``.

    What breaks the chain of receipts stands before it.
    """
    told: list[str] = [
        filled("{file}: {rule}; {remedy}", file=one.file, rule=inside(one.rule), remedy=inside(one.remedy))
        for one in broken(programme.folder)
    ]
    for one in programme.rounds:
        left = (one.start - today).days
        if programme.declared.primary and 0 < left <= SOON_DAYS:
            told += [
                filled(UNDONE[step.command], round=one.id, n=left)
                for step in steps(programme, one)
                if step.done is None
            ]
    return tuple(told)
