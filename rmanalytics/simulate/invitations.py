"""Who was asked to take part in a round, who said yes, and who came forward without being asked.

Unit: one person of one side of a round. Everybody who got a place or a place on the waiting list volunteered; some
juniors volunteered and got none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmanalytics.simulate.company import NEVER
from rmanalytics.simulate.planted import PLANTED, Days, Ints
from rmanalytics.simulate.programme_side import Intake

ANSWERS = ("volunteered", "declined")
_SILENT = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitations:
    """One row a person and side; ``answer`` is a number in `ANSWERS`, negative where there was none."""

    round_id: str
    person: Ints
    mentor: Ints
    invited: Days
    answered: Days
    answer: Ints


def invite(intake: Intake, rng: np.random.Generator) -> Invitations:
    """Invitations of both sides of a round, and what became of them."""
    left_over = np.setdiff1d(intake.eligible_mentors, intake.mentors)
    listed = np.concatenate([intake.mentees, intake.waiting]) if intake.lot is None else intake.lot.people
    spare = 0 if intake.lot else min(left_over.size, round(PLANTED.spare_mentors_per_place * intake.mentors.size))
    sides = [
        (0, listed, intake.eligible_mentees),
        (1, np.concatenate([intake.mentors, rng.choice(left_over, spare, replace=False)]), intake.eligible_mentors),
    ]
    parts = [_side(intake, mentor, volunteers, eligible, rng) for mentor, volunteers, eligible in sides]
    person, mentor, invited, answered, answer = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Invitations(
        round_id=intake.span.id, person=person, mentor=mentor, invited=invited, answered=answered, answer=answer
    )


def _side(
    intake: Intake, mentor: int, volunteers: Ints, eligible: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints, Days, Days, Ints]:
    rest = np.setdiff1d(eligible, volunteers)
    asked = rest[rng.random(rest.size) < PLANTED.invited_share]
    declined = rng.random(asked.size) < PLANTED.declined_share
    person = np.concatenate([volunteers, asked])
    answer = np.concatenate([np.zeros(volunteers.size, dtype=np.int64), np.where(declined, 1, _SILENT)])
    unasked = (answer == 0) & (rng.random(person.size) < PLANTED.unasked_share)
    day = intake.span.start - np.timedelta64(PLANTED.invited_days_before, "D")
    came = day + rng.integers(1, 21, size=person.size).astype("timedelta64[D]")
    order = np.argsort(person)
    columns = (
        person,
        np.full(person.size, mentor),
        np.where(unasked, NEVER, day),
        np.where(answer == _SILENT, NEVER, came),
        answer,
    )
    return tuple(column[order] for column in columns)  # type: ignore[return-value]
