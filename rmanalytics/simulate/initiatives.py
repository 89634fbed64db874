"""Changes in the company that came out of a tandem, and what became of them.

Unit: one initiative. It is proposed some days after a meeting, and decided on after a while: adopted with the planted
share, else rejected. What is not yet decided when the exports end is still *proposed*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmanalytics.simulate.delivery import Meetings
from rmanalytics.simulate.planted import PLANTED, Days, Ints

FATES = ("proposed", "adopted", "rejected")
_MOST_DAYS_AFTER_MEETING = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Initiatives:
    """One row an initiative of a round: number of the tandem within it, day, what became of it."""

    tandem: Ints
    proposed: Days
    fate: Ints

    def tell(self) -> dict[str, int]:
        """Number of initiatives of each fate."""
        return {fate: int((self.fate == number).sum()) for number, fate in enumerate(FATES)}


def propose(meetings: Meetings, data_until: np.datetime64, rng: np.random.Generator) -> Initiatives:
    """A few initiatives of the tandems of a round that met; at least one where any of them did."""
    met = np.flatnonzero(meetings.held_n > 0)
    count = rng.poisson(PLANTED.initiatives_per_tandem, size=met.size)
    if met.size and not count.any():
        count[rng.integers(0, met.size)] = 1
    tandem = np.repeat(met, count)
    held = meetings.status[tandem] == 0
    chosen = np.argmax(np.where(held, rng.random(held.shape), -1.0), axis=1)
    after = rng.integers(1, _MOST_DAYS_AFTER_MEETING + 1, size=tandem.size).astype("timedelta64[D]")
    proposed = np.minimum(meetings.held[tandem, chosen] + after, data_until)
    takes = PLANTED.initiative_days_to_decision * rng.standard_exponential(tandem.size)
    decided = proposed + np.ceil(takes).astype("timedelta64[D]") <= data_until
    adopted = rng.random(tandem.size) < PLANTED.initiative_adopted_share
    fate = np.where(decided, np.where(adopted, 1, 2), 0)
    order = np.lexsort((tandem, proposed))
    return Initiatives(tandem=tandem[order], proposed=proposed[order], fate=fate[order])
