"""What seniors think that juniors answer: participants of their own mentor, those who wait of a matched junior.

Unit: one senior at one wave. Before the round nobody knows much; who met a junior for half a year knows her or him
better, not what the young are like on average.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from rmanalytics.programme.instruments import read_shipped
from rmanalytics.simulate.planted import PLANTED, Floats, Ints
from rmanalytics.simulate.programme_side import Intake
from rmanalytics.simulate.survey import MISSING
from rmanalytics.simulate.waves import Asked

GUESSED = ("felt_appreciation", "mentor_skills")
ITEMS = tuple(item for name in GUESSED for item in read_shipped(name).item_ids)
WAVES = ("pre", "post")


@dataclass(slots=True, kw_only=True)
class Guesses:
    """Guesses of a round by wave: who guesses, about whom, and people x items as the export shows them."""

    round_id: str
    person: dict[str, Ints] = field(default_factory=dict)
    about: dict[str, Ints] = field(default_factory=dict)
    coded: dict[str, Ints] = field(default_factory=dict)

    def tell(self) -> dict[str, int]:
        """Guesses at whole questionnaires, by wave."""
        return {wave: int(self.person[wave].size) for wave in WAVES}


def guess(intake: Intake, asked: Asked, rng: np.random.Generator) -> Guesses:
    """Guesses of every senior who answered, about a junior who answered at the same wave."""
    made = Guesses(round_id=intake.span.id)
    others = rng.choice(intake.controls, intake.waiting.size) if intake.controls.size else intake.waiting[:0]
    seniors = np.concatenate([intake.mentees, intake.waiting[: others.size]])
    about = np.concatenate([intake.mentors, others])
    for wave in WAVES:
        juniors, truth = _answers(asked, wave)
        here = np.isin(seniors, _asked(asked, wave, "digital_fitness")) & np.isin(about, juniors)
        met = (np.flatnonzero(here) < intake.mentees.size) & (wave == "post")
        average = np.nan_to_num(np.nanmean(truth, axis=0), nan=3.0) if juniors.size else np.full(len(ITEMS), 3.0)
        own = np.where(np.isnan(truth), average, truth)[np.searchsorted(juniors, about[here])] - average
        known = PLANTED.guess_knowledge + PLANTED.guess_gain * met
        said = 3 + known[:, None] * own + PLANTED.guess_sd * rng.standard_normal(own.shape)
        made.person[wave], made.about[wave] = seniors[here], about[here]
        made.coded[wave] = np.clip(np.rint(said), 1, 5).astype(np.int64)
    return made


def _answers(asked: Asked, wave: str) -> tuple[Ints, Floats]:
    """Juniors who answered at a wave, sorted, and their answers as they were given; NaN where one was left out."""
    blocks = [
        next(b for b in asked.blocks if b.wave == wave and b.items[0] in read_shipped(n).item_ids) for n in GUESSED
    ]
    order = np.argsort(blocks[0].person)
    coded = np.concatenate([block.coded for block in blocks], axis=1)[order]
    return blocks[0].person[order], np.where(coded == MISSING, np.nan, coded)


def _asked(asked: Asked, wave: str, instrument: str) -> Ints:
    items = read_shipped(instrument).item_ids
    return next(block.person for block in asked.blocks if block.wave == wave and block.items == items)
