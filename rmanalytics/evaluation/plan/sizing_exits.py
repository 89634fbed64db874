"""How few exits a design finds, and how many rounds of people have to be followed until there are so many.

Unit: the person followed from a match on.

References
----------
Schoenfeld DA (1983). https://doi.org/10.2307/2531021
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from rmanalytics.evaluation.plan.sizing import ALPHA, POWER
from rmanalytics.measures.stats.power import events_needed

MOST_ROUNDS = 60


def hazard_ratio_found(events: float, *, share_participants: float) -> float:
    """The hazard ratio below 1 nearest to 1 that so many exits find (its inverse is as easy to find).

    Parameters
    ----------
    events : float
        Exits in both groups, above 0.
    share_participants : float
        Share of participants among the people followed.

    Notes
    -----
    Schoenfeld's formula solved for the hazard ratio.

    References
    ----------
    Schoenfeld DA (1983). https://doi.org/10.2307/2531021

    Examples
    --------
    >>> round(hazard_ratio_found(65.3, share_participants=0.5), 2)
    0.5
    """
    for_one_log = events_needed(1 / math.e, share_participants=share_participants, power=POWER, alpha=ALPHA).value
    return math.exp(-math.sqrt(for_one_log / events))


@dataclass(frozen=True, kw_only=True)
class Followed:
    """People followed from their match on: what has happened, and what goes on.

    Parameters
    ----------
    events : int
        Exits (or promotions) so far, in both groups.
    at_risk, at_risk_comparison : float
        People still followed.
    joining, joining_comparison : float
        People whom a further round adds who were not followed before.
    rate : float
        Events per person and year without the programme.
    lost : float
        Ends of follow-up for another reason, per person and year.
    years : float
        Time from one round to the next.
    """

    events: int
    at_risk: float
    at_risk_comparison: float
    joining: float
    joining_comparison: float
    rate: float
    lost: float
    years: float

    def expected_events(self, rounds: int, hazard_ratio: float) -> float:
        """Events by the end of so many further rounds.

        Notes
        -----
        Constant rates; a round's people are followed from its start; participants have ``hazard_ratio`` times the rate.

        Examples
        --------
        Ten people of each group, a tenth leaving a year, followed for one round of half a year:

        >>> people = Followed(events=0, at_risk=0, at_risk_comparison=0, joining=10, joining_comparison=10,
        ...                   rate=0.1, lost=0.0, years=0.5)
        >>> round(people.expected_events(1, 1.0), 3)
        0.975
        """
        participants = self._expected(self.at_risk, self.joining, self.rate * hazard_ratio, rounds)
        return (
            self.events
            + participants
            + self._expected(self.at_risk_comparison, self.joining_comparison, self.rate, rounds)
        )

    def rounds_until(self, needed: float, hazard_ratio: float) -> int | None:
        """Further rounds until so many events are expected; None when not within `MOST_ROUNDS`."""
        enough = (r for r in range(MOST_ROUNDS + 1) if self.expected_events(r, hazard_ratio) >= needed)
        return next(enough, None)

    def _expected(self, present: float, joining: float, rate: float, rounds: int) -> float:
        ending = rate + self.lost
        if ending <= 0:
            return 0.0
        left, ends = -math.expm1(-ending * self.years), 0.0
        for _ in range(rounds):
            ends += (present + joining) * left
            present = (present + joining) * (1 - left)
        return ends * rate / ending
