"""Who sat where on any day: all positions of a simulated company, looked up by date.

Unit: one person in one position, from a day to a day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmanalytics.simulate.company import NEVER, Company
from rmanalytics.simulate.planted import Bools, Days, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """All spells by person and day; ``end`` is missing where a spell lasts, ``manager`` is -1 at the top."""

    who: Ints
    start: Days
    end: Days
    seat: Ints
    manager: Ints

    @classmethod
    def of(cls, company: Company) -> Roster:
        """The closed spells of a company and the open ones."""
        spells = company.spells
        open_ = np.flatnonzero(spells.seat >= 0)
        current = (open_, spells.start[open_], np.full(open_.size, NEVER), spells.seat[open_], spells.manager[open_])
        who, start, end, seat, manager = (np.concatenate(parts) for parts in zip(*spells.blocks, current, strict=True))
        order = np.lexsort((start, who))
        return cls(who=who[order], start=start[order], end=end[order], seat=seat[order], manager=manager[order])

    def on(self, day: np.datetime64) -> Roster:
        """The spells that run on a day: one for each person employed."""
        there: Bools = (self.start <= day) & (np.isnat(self.end) | (self.end >= day))
        return Roster(
            who=self.who[there],
            start=self.start[there],
            end=self.end[there],
            seat=self.seat[there],
            manager=self.manager[there],
        )
