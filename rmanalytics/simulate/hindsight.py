"""What self-report before and after cannot show alone: the earlier self judged in hindsight, and tasks to be solved.

Unit: one person's answers at one wave. Asked of mentees and their waiting list. Participants have learnt what they did
not know, so in hindsight they put their earlier selves lower (the planted response shift); the others do not. A task
is solved the more likely, the higher the true digital fitness of the day, whatever a person thinks of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit

from rmanalytics.programme.instruments import read_shipped
from rmanalytics.simulate.planted import PLANTED, Bools, Floats, Ints
from rmanalytics.simulate.programme_side import Intake
from rmanalytics.simulate.survey import MISSING, Block, Change, answer, expected_score
from rmanalytics.simulate.waves import Asked

_SELF_REPORT = "digital_fitness"
_TASK = "digital_task"


def ask_beside(intake: Intake, asked: Asked, rng: np.random.Generator) -> list[Block]:
    """The earlier self in hindsight (wave ``then``), and the tasks before and after, of those who answered anyway."""
    who = np.concatenate([intake.mentees, intake.waiting])
    instrument = read_shipped(_SELF_REPORT)
    first, last = (_answered(asked, wave, instrument.item_ids) for wave in ("pre", "post"))
    before, after = (np.flatnonzero(np.isin(who, block.person)) for block in (first, last))
    then = asked.pre_levels[after] + _shift(asked)[after, None]
    tasks = read_shipped(_TASK).item_ids
    blocks = [
        Block(
            round_id=last.round_id,
            wave="then",
            person=last.person,
            items=instrument.item_ids,
            coded=answer(then, instrument, rng),
            answered=last.answered,
        )
    ]
    for block, levels in ((first, asked.pre_levels[before]), (last, asked.post_levels[after])):
        solved = (rng.random((block.person.size, len(tasks))) < _chance(levels)).astype(np.int64)
        left_out = rng.random(solved.shape) < PLANTED.item_missing_share
        blocks.append(
            Block(
                round_id=block.round_id,
                wave=block.wave,
                person=block.person,
                items=tasks,
                coded=np.where(left_out, MISSING, solved),
                answered=block.answered,
            )
        )
    return blocks


def tell_beside(asked: Asked) -> dict[str, Any]:
    """The true response shift in expected scale points, and the true share of tasks solved, of those who answered."""
    part, change = asked.takes_part["mentee"], asked.changes[_SELF_REPORT]
    shift = expected_score(asked.pre_levels + _shift(asked)[:, None]) - expected_score(asked.pre_levels)
    told: dict[str, Any] = {"then": {}, "digital_task": {}}
    for group, members in (("participants", part), ("comparison", ~part)):
        there = members & change.answered
        told["then"][group] = {"n": int(there.sum()), "response_shift": _mean(shift[there])}
        told["digital_task"][group] = {
            "pre_share": _mean(_chance(asked.pre_levels[there])),
            "post_share": _mean(_chance(asked.post_levels[there])),
            "gain": _task_gain(asked, change, there),
        }
    return told


def _answered(asked: Asked, wave: str, items: tuple[str, ...]) -> Block:
    return next(block for block in asked.blocks if block.wave == wave and block.items == items)


def _shift(asked: Asked) -> Floats:
    part = asked.takes_part["mentee"]
    return np.where(part, PLANTED.response_shift_participants, PLANTED.response_shift_comparison)


def _chance(levels: Floats) -> Floats:
    """Chance of each person to solve each task: logistic in the true level, from the easiest task to the hardest."""
    tasks = len(read_shipped(_TASK).items)
    difficulty = np.linspace(-PLANTED.task_spread, PLANTED.task_spread, tasks)
    at = PLANTED.task_slope * (levels.mean(axis=1) - PLANTED.task_centre)
    return np.asarray(expit(at[:, None] - difficulty), dtype=float)


def _task_gain(asked: Asked, change: Change, there: Bools) -> float | None:
    """Share of tasks solved thanks to the programme: after it, less what the person would have solved without it."""
    without = asked.post_levels[there] - change.gain[there, None]
    return _mean(_chance(asked.post_levels[there]) - _chance(without))


def _mean(values: Floats | Ints) -> float | None:
    return float(np.mean(values)) if values.size else None
