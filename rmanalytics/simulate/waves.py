"""The survey of a round: who is asked what and when.

Unit: one round. Mentees and their waiting list, mentors and their matched people are asked before and after; both
sides of a tandem also about each other, after; mentees and waiting list once more ten weeks later about digital
fitness; a sample of everybody else in the middle of the round (pulse).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from rmanalytics.programme.instruments import read_shipped
from rmanalytics.simulate.company import Company, People
from rmanalytics.simulate.delivery import Ends
from rmanalytics.simulate.planted import (
    PLANTED,
    PULSE_ITEMS,
    PULSE_PEOPLE,
    RETAINED_SHARE,
    SCALE_OF,
    SCALES,
    Bools,
    Days,
    Floats,
    Ints,
)
from rmanalytics.simulate.programme_side import Intake
from rmanalytics.simulate.survey import (
    DIGITAL,
    Block,
    Change,
    answer,
    answers_again,
    draw_change,
    item_levels,
    level,
)

_FOLLOW_UP_DAYS = 70


@dataclass(slots=True, kw_only=True)
class Asked:
    """All answers of a round and the true changes behind them; ``changes`` by instrument.

    ``*_levels`` hold the true item levels of digital fitness of mentees and waiting list, in this order.
    """

    blocks: list[Block]
    changes: dict[str, Change]
    takes_part: dict[str, Bools] = field(default_factory=dict)
    pre_levels: Floats = field(default_factory=lambda: np.empty((0, 0)))
    post_levels: Floats = field(default_factory=lambda: np.empty((0, 0)))
    follow_up_levels: Floats = field(default_factory=lambda: np.empty((0, 0)))


def ask_round(
    company: Company, intake: Intake, ends: Ends, gained: Floats, *, number: int, rng: np.random.Generator
) -> Asked:
    """Draw the answers before and after, of the tandems about each other, and the pulse."""
    people, span = company.people, intake.span
    asked = Asked(blocks=[], changes={})
    post_day = {}
    for side, participants, comparison in (
        ("mentee", intake.mentees, intake.waiting),
        ("mentor", intake.mentors, intake.controls),
    ):
        who = np.concatenate([participants, comparison])
        takes_part = np.arange(who.size) < participants.size
        asked.takes_part[side] = takes_part
        asked.blocks += _before(people, gained, intake, who, side=side, takes_part=takes_part, number=number, rng=rng)
        before = {scale: level(people, gained, who, scale, number) for scale in _scales(side)}
        changes = {
            scale: draw_change(people, gained, who, takes_part=takes_part, scale=scale, number=number, rng=rng)
            for scale in _scales(side)
        }
        day = span.end - rng.integers(1, 15, size=who.size).astype("timedelta64[D]")
        may = _still_here(people, who, day)
        lost = np.zeros(who.size, dtype=bool)
        lost[: participants.size] = ends.early & (rng.random(participants.size) < PLANTED.lost_with_early_end)
        answered = answers_again(next(iter(changes.values())), takes_part, may & ~lost, rng)
        post_day[side] = np.where(answered[: participants.size], day[: participants.size], np.datetime64("NaT", "D"))
        for scale, change in changes.items():
            change.answered = answered
            instrument = read_shipped(SCALES[scale].instrument)
            levels = item_levels(people, who, instrument, before[scale] + change.own, change.gain)
            values = answer(levels, instrument, rng)
            asked.blocks.append(
                _block(span.id, "post", who, items=instrument.item_ids, values=values, day=day, answers=answered)
            )
            asked.changes[instrument.name] = change
            if scale == DIGITAL:
                lasting = before[scale] + change.own + 0.5 * SCALES[scale].drift
                asked.pre_levels = item_levels(people, who, instrument, before[scale], np.zeros(who.size))
                asked.post_levels = levels
                asked.follow_up_levels = item_levels(people, who, instrument, lasting, RETAINED_SHARE * change.gain)
    asked.blocks += _about_each_other(intake, post_day["mentor"], post_day["mentee"], rng)
    asked.blocks += _pulse(company, gained, intake, number, rng)
    return asked


def ask_again(people: People, intake: Intake, asked: Asked, placed_next: Ints, rng: np.random.Generator) -> Block:
    """Digital fitness ten weeks after the round, of those who are still there and not placed in the next round."""
    who = np.concatenate([intake.mentees, intake.waiting])
    day = intake.span.end + (_FOLLOW_UP_DAYS + rng.integers(0, 14, size=who.size)).astype("timedelta64[D]")
    answers = _still_here(people, who, day) & ~np.isin(who, placed_next) & (rng.random(who.size) < 0.85)
    instrument = read_shipped("digital_fitness")
    values = answer(asked.follow_up_levels, instrument, rng)
    return _block(intake.span.id, "follow_up", who, items=instrument.item_ids, values=values, day=day, answers=answers)


def _scales(side: str) -> list[int]:
    return [number for number, scale in enumerate(SCALES) if scale.side == side]


def _still_here(people: People, who: Ints, day: Days) -> Bools:
    leaves = people.exit_date[who]
    return np.asarray(np.isnat(leaves) | (leaves >= day), dtype=bool)


def _block(
    round_id: str, wave: str, who: Ints, *, items: tuple[str, ...], values: Ints, day: Days, answers: Bools
) -> Block:
    return Block(
        round_id=round_id, wave=wave, person=who[answers], items=items, coded=values[answers], answered=day[answers]
    )


def _before(
    people: People,
    gained: Floats,
    intake: Intake,
    who: Ints,
    *,
    side: str,
    takes_part: Bools,
    number: int,
    rng: np.random.Generator,
) -> list[Block]:
    day = intake.span.start + rng.integers(0, 13, size=who.size).astype("timedelta64[D]")
    silent = np.where(takes_part, PLANTED.pre_missing_participants, PLANTED.pre_missing_comparison)
    answers = rng.random(who.size) >= silent
    blocks = []
    extra = [SCALE_OF["mentor_wanted"]] if side == "mentor" else []
    for scale in _scales(side) + extra:
        instrument = read_shipped(SCALES[scale].instrument)
        if scale == DIGITAL:
            row = np.searchsorted(intake.screening.people, who)
            values = intake.screening.coded[row]
        else:
            at = level(people, gained, who, scale, number)
            values = answer(item_levels(people, who, instrument, at, np.zeros(who.size)), instrument, rng)
        blocks.append(
            _block(intake.span.id, "pre", who, items=instrument.item_ids, values=values, day=day, answers=answers)
        )
    return blocks


def _about_each_other(intake: Intake, mentor_day: Days, mentee_day: Days, rng: np.random.Generator) -> list[Block]:
    """The tandem scale: a part that both share and a part of each; mentors feel a little less at eye level."""
    instrument = read_shipped("tandem_relationship")
    means = {
        "trust_respect": PLANTED.relationship_mean_trust,
        "eye_level": PLANTED.relationship_mean_eye_level,
        "safety": PLANTED.relationship_mean_safety,
    }
    base = np.array([means[item.subscale] for item in instrument.items])
    eye = np.array([item.subscale == "eye_level" for item in instrument.items])
    shared = PLANTED.relationship_tandem_sd * rng.standard_normal((intake.mentors.size, 1))
    blocks = []
    for who, day, gap in (
        (intake.mentors, mentor_day, PLANTED.relationship_mentor_gap),
        (intake.mentees, mentee_day, 0.0),
    ):
        own = PLANTED.relationship_person_sd * rng.standard_normal((who.size, 1))
        values = answer(base + gap * eye + shared + own, instrument, rng)
        blocks.append(
            _block(
                intake.span.id, "post", who, items=instrument.item_ids, values=values, day=day, answers=~np.isnat(day)
            )
        )
    return blocks


def _pulse(company: Company, gained: Floats, intake: Intake, number: int, rng: np.random.Generator) -> list[Block]:
    people = company.people
    taken = np.concatenate([intake.mentors, intake.mentees, intake.waiting, intake.controls])
    free = np.setdiff1d(company.seats.holder, taken)
    who = np.sort(rng.permutation(free)[: min(PULSE_PEOPLE, company.seats.holder.size // 3)])
    day = intake.span.start + rng.integers(95, 110, size=who.size).astype("timedelta64[D]")
    here = (people.hire_date[who] <= day) & _still_here(people, who, day)
    blocks = []
    for name in ("learning_climate", "digital_fitness"):
        instrument = read_shipped(name)
        at = level(people, gained, who, SCALE_OF[name], number + 0.5)
        values = answer(item_levels(people, who, instrument, at, np.zeros(who.size)), instrument, rng)
        items = instrument.item_ids
        if name == "digital_fitness":
            values = values[:, [items.index(item) for item in PULSE_ITEMS]]
            items = PULSE_ITEMS
        blocks.append(_block(intake.span.id, "pulse", who, items=items, values=values, day=day, answers=here))
    return blocks
