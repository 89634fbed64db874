"""What the own reports say about a leader before and after a round.

Unit: one rater's answers about one leader at one wave. Mentees and people on the waiting list are rated who have three
direct reports or more at the start; three to seven of these answer, most of them again at the end. A token stands for
one rater of one leader in one round and says nothing else: nobody can be followed from round to round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rmanalytics.programme.instruments import read_shipped
from rmanalytics.simulate.planted import ITEM_SPREAD, PLANTED, RETAINED_SHARE, Bools, Floats, Ints, stream
from rmanalytics.simulate.programme_side import Intake
from rmanalytics.simulate.roster import Roster
from rmanalytics.simulate.survey import answer, expected_score

INSTRUMENT = "upward_leadership"
WAVES = ("pre", "post")
_TOKEN_BITS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Upward:
    """Ratings of one round, one row a rater and wave (``wave`` is a number in `WAVES`), and the truth behind them."""

    round_id: str
    wave: Ints
    leader: Ints
    token: Ints
    coded: Ints
    truth: dict[str, Any]


def rate_leaders(roster: Roster, intakes: list[Intake], *, people: int, seed: int) -> list[Upward]:
    """Ratings of all rounds; a leader's own level lasts from round to round."""
    level = PLANTED.upward_mean + PLANTED.upward_leader_sd * stream(seed, "upward").standard_normal(people)
    rated = []
    for number, intake in enumerate(intakes, start=1):
        rated.append(_rate_round(roster, intake, level, stream(seed, "upward", number)))
    return rated


def _rate_round(roster: Roster, intake: Intake, level: Floats, rng: np.random.Generator) -> Upward:
    """Ratings of one round; moves the leaders' levels."""
    leaders = np.concatenate([intake.mentees, intake.waiting])
    part = np.arange(leaders.size) < intake.mentees.size
    own = PLANTED.upward_change_sd * rng.standard_normal(leaders.size)
    gain = np.where(part, PLANTED.upward_gain + PLANTED.upward_gain_sd * rng.standard_normal(leaders.size), 0.0)
    first = _raters(roster.on(intake.span.start), leaders, np.empty((0, 2), dtype=np.int64), rng)
    last = _raters(roster.on(intake.span.end), np.intersect1d(leaders, first[:, 0]), first, rng)
    pairs, pair = np.unique(np.concatenate([first, last]), axis=0, return_inverse=True)
    pair = pair.ravel()
    view = PLANTED.upward_rater_sd * rng.standard_normal(len(pairs))
    token = rng.integers(0, 1 << _TOKEN_BITS, size=len(pairs))
    wave = np.repeat([0, 1], [len(first), len(last)])
    order = np.lexsort((token[pair], pairs[pair, 0], wave))
    wave, pair = wave[order], pair[order]
    sorted_ = np.argsort(leaders)
    row = sorted_[np.searchsorted(leaders[sorted_], pairs[pair, 0])]
    instrument = read_shipped(INSTRUMENT)
    without = level[leaders[row]] + view[pair] + wave * own[row]
    spread = np.linspace(-ITEM_SPREAD, ITEM_SPREAD, len(instrument.items))
    levels = (without + wave * gain[row])[:, None] + spread
    expected = expected_score(levels) - expected_score(without[:, None] + spread)
    level[leaders] += own + RETAINED_SHARE * gain
    return Upward(
        round_id=intake.span.id,
        wave=wave,
        leader=leaders[row],
        token=token[pair],
        coded=answer(levels, instrument, rng),
        truth=_tell(row, wave, part=part, own=own, expected=expected),
    )


def _raters(now: Roster, leaders: Ints, earlier: Ints, rng: np.random.Generator) -> Ints:
    """Pairs of leader and rater on a day, those who rated before first; none for a leader with too few."""
    leads = np.isin(now.manager, leaders)
    team = np.column_stack([now.manager[leads], now.who[leads]])
    wide = int(now.who.max()) + 1
    again = np.isin(team[:, 0] * wide + team[:, 1], earlier[:, 0] * wide + earlier[:, 1])
    silent = again & (rng.random(len(team)) >= PLANTED.upward_rater_again)
    draw = rng.random(len(team)) - again
    most = rng.integers(PLANTED.upward_least_raters, PLANTED.upward_most_raters + 1, size=wide)
    team, draw = team[~silent], draw[~silent]
    team = team[np.lexsort((draw, team[:, 0]))]
    place = np.arange(len(team)) - np.searchsorted(team[:, 0], team[:, 0], side="left")
    team = team[place < most[team[:, 0]]]
    enough = np.bincount(team[:, 0], minlength=wide) >= PLANTED.upward_least_raters
    return np.asarray(team[enough[team[:, 0]]], dtype=np.int64)


def _tell(row: Ints, wave: Ints, *, part: Bools, own: Floats, expected: Floats) -> dict[str, Any]:
    """Leaders rated, raters a leader, and the true change of leaders rated twice, in expected scale points."""
    counts = np.stack([np.bincount(row[wave == number], minlength=part.size) for number in (0, 1)])
    twice = (counts > 0).all(axis=0)
    gains = np.bincount(row[wave == 1], expected[wave == 1], minlength=part.size) / np.maximum(counts[1], 1)
    told: dict[str, Any] = {"gain_planted": PLANTED.upward_gain}
    for group, members in (("participants", part), ("comparison", ~part)):
        both = members & twice
        told[group] = {
            "leaders_pre": int((members & (counts[0] > 0)).sum()),
            "leaders_post": int((members & (counts[1] > 0)).sum()),
            "leaders_both": int(both.sum()),
            "raters_mean": float(counts[:, both].mean()) if both.any() else None,
            "gain": float(gains[both].mean()) if both.any() else None,
            "own": float(own[both].mean()) if both.any() else None,
        }
    return told


def token_words(tokens: Ints) -> list[str]:
    """Tokens as the export shows them.

    Examples
    --------
    >>> token_words(np.array([255]))
    ['r00000000ff']
    """
    return [f"r{token:010x}" for token in tokens]
