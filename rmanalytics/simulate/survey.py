"""What people answer: true levels, what the programme moves, and the five-point answers that show it.

Unit: one person's answers at one wave. A true level lies on the answer scale itself; an answer is the level plus the
item's own difficulty, the mood of the day and a whim, cut to the scale and rounded at random so that its expectation
is the level. Who gained little is less likely to answer again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from rmanalytics.programme.instruments import Instrument, read_shipped
from rmanalytics.simulate.company import People
from rmanalytics.simulate.planted import (
    ANXIETY_ON_DIGITAL,
    GAIN_ON_LEVEL,
    ITEM_SD,
    ITEM_SPREAD,
    PLANTED,
    RETAINED_SHARE,
    SCALE_OF,
    SCALES,
    STATE_SD,
    SUBSCALE_GAIN,
    SUBSCALE_SD,
    Bools,
    Days,
    Floats,
    Ints,
)

DIGITAL = SCALE_OF["digital_fitness"]
MISSING = -1
_AGE_YEAR = 2025


@dataclass(slots=True, kw_only=True)
class Block:
    """Answers of some people to one instrument at one wave: people x items, coded as the export shows them."""

    round_id: str
    wave: str
    person: Ints
    items: tuple[str, ...]
    coded: Ints
    answered: Days


@dataclass(slots=True, kw_only=True)
class Screening:
    """The digital answers with which seniors apply; they are their pre measurement as well."""

    people: Ints
    coded: Ints
    score: Floats


@dataclass(slots=True, kw_only=True)
class Change:
    """True change of some people in one round on one scale, in scale points.

    ``own`` happens to everybody (drift included), ``gain`` to participants only; ``expected`` is the gain as the
    expected difference of observed scores.
    """

    scale: int
    people: Ints
    own: Floats
    gain: Floats
    expected: Floats
    answered: Bools


def instruments() -> Mapping[str, Instrument]:
    """The shipped instruments of all simulated scales."""
    return {scale.instrument: read_shipped(scale.instrument) for scale in SCALES}


def level(people: People, gained: Floats, who: Ints, scale: int, half_years: float) -> Floats:
    """True level of people on a scale, so many half-years after the first round began."""
    given = SCALES[scale]
    z = people.traits[who, scale]
    if given.instrument == "technology_anxiety":
        rest = (1 - ANXIETY_ON_DIGITAL**2) ** 0.5
        z = ANXIETY_ON_DIGITAL * people.traits[who, DIGITAL] + rest * z
    age = _AGE_YEAR - people.birth_year[who]
    start: Floats = given.mean + given.per_year * (age - 45) + given.sd * z
    return np.asarray(start + given.drift * half_years + gained[who, scale], dtype=float)


def item_levels(people: People, who: Ints, instrument: Instrument, at: Floats, gain: Floats) -> Floats:
    """Level of each item for each person: item difficulty, the person's leaning to a subscale, the subscale's gain."""
    difficulty = np.linspace(-ITEM_SPREAD, ITEM_SPREAD, len(instrument.items)) if len(instrument.items) > 1 else 0.0
    levels: Floats = at[:, None] + difficulty + np.zeros((who.size, len(instrument.items)))
    if instrument.name != "digital_fitness":
        return levels + gain[:, None]
    names = list(SUBSCALE_GAIN)
    number = np.array([names.index(item.subscale) for item in instrument.items])
    share = np.array(list(SUBSCALE_GAIN.values())) / SCALES[DIGITAL].gain
    leaning = SUBSCALE_SD * people.traits[who, len(SCALES) :]
    leaning = leaning - leaning.mean(axis=1, keepdims=True)
    return np.asarray(levels + leaning[:, number] + gain[:, None] * share[number], dtype=float)


def expected_score(levels: Floats) -> Floats:
    """Expected observed score of each person: the mean over items of a normal value cut to the scale.

    Examples
    --------
    >>> round(float(expected_score(np.array([[3.0, 3.0]]))[0]), 6)
    3.0
    """
    spread = (ITEM_SD**2 + STATE_SD**2) ** 0.5
    low, high = (1 - levels) / spread, (5 - levels) / spread
    density = (np.exp(-(low**2) / 2) - np.exp(-(high**2) / 2)) / (2 * np.pi) ** 0.5
    inside = levels * (ndtr(high) - ndtr(low)) + spread * density
    return np.asarray((ndtr(low) + 5 * (1 - ndtr(high)) + inside).mean(axis=1), dtype=float)


def answer(levels: Floats, instrument: Instrument, rng: np.random.Generator) -> Ints:
    """Five-point answers, reverse-keyed where the item is, some of them missing."""
    people, items = levels.shape
    mood = STATE_SD * rng.standard_normal((people, 1))
    whim = ITEM_SD * rng.standard_normal((people, items))
    value = np.floor(np.clip(levels + mood + whim, 1, 5) + rng.random((people, items)))
    value = np.clip(value, 1, 5).astype(np.int64)
    reverse = np.array([item.reverse for item in instrument.items])
    value = np.where(reverse, instrument.scale_min + instrument.scale_max - value, value)
    return np.where(rng.random((people, items)) < PLANTED.item_missing_share, MISSING, value)


def keyed_score(values: Ints, instrument: Instrument) -> Floats:
    """Mean of the answered items after reverse-keying.

    Examples
    --------
    >>> keyed_score(np.array([[4, 4, 2] * 5]), read_shipped("digital_fitness")).tolist()
    [4.0]
    """
    reverse = np.array([item.reverse for item in instrument.items])
    keyed = np.where(reverse, instrument.scale_min + instrument.scale_max - values, values)
    there = values != MISSING
    return np.asarray(np.where(there, keyed, 0).sum(axis=1) / np.maximum(there.sum(axis=1), 1), dtype=float)


def screen(people: People, gained: Floats, pool: Ints, number: int, rng: np.random.Generator) -> Screening:
    """Digital answers of all eligible seniors before a round."""
    instrument = read_shipped("digital_fitness")
    at = level(people, gained, pool, DIGITAL, number)
    values = answer(item_levels(people, pool, instrument, at, np.zeros(pool.size)), instrument, rng)
    return Screening(people=pool, coded=values, score=keyed_score(values, instrument))


def draw_change(
    people: People,
    gained: Floats,
    who: Ints,
    *,
    takes_part: Bools,
    scale: int,
    number: int,
    rng: np.random.Generator,
) -> Change:
    """True change of participants and comparison people of a round on one scale; moves their lasting level."""
    given = SCALES[scale]
    at = level(people, gained, who, scale, number)
    own = given.change_sd * rng.standard_normal(who.size)
    gain = given.gain + given.gain_sd * rng.standard_normal(who.size)
    if scale == DIGITAL:
        gain = gain + GAIN_ON_LEVEL * (at - at.mean())
    gain = np.where(takes_part, gain, 0.0)
    instrument = read_shipped(given.instrument)
    after = at + given.drift + own
    without = expected_score(item_levels(people, who, instrument, after, np.zeros(who.size)))
    with_gain = expected_score(item_levels(people, who, instrument, after, gain))
    gained[who, scale] += own + RETAINED_SHARE * gain
    return Change(
        scale=scale,
        people=who,
        own=own + given.drift,
        gain=gain,
        expected=with_gain - without,
        answered=np.zeros(who.size, dtype=bool),
    )


def answers_again(change: Change, takes_part: Bools, may: Bools, rng: np.random.Generator) -> Bools:
    """Who answers after the round: those who changed less in the claimed direction drop out more often."""
    total = change.own + change.gain
    missing = np.zeros(total.size)
    for group in (takes_part, ~takes_part):
        if group.sum() > 1:
            z = (total[group] - total[group].mean()) / (total[group].std() or 1.0)
            base = np.log(PLANTED.post_missing_base / (1 - PLANTED.post_missing_base))
            missing[group] = 1 / (1 + np.exp(-(base + PLANTED.post_missing_per_sd * z)))
    return may & (rng.random(total.size) >= missing)
