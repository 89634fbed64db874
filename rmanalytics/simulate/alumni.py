"""Former employees: who stays in touch with the programme, and who comes back.

Unit: one person who left of their own will or at the end of a contract. From the first round on alumni join the
programme's circle at a steady rate; from that day on the planted hazard of coming back is a multiple of the others'.
Whoever comes back before joining is never involved, so "ever involved" has immortal time in it, as in a real register.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rmanalytics.simulate.company import NEVER, REASONS, People
from rmanalytics.simulate.planted import PLANTED, Bools, Calendar, Days, Floats, Ints

_YEAR_DAYS = 365.25
_REASONS = [REASONS.index(reason) for reason in ("voluntary", "end_of_contract")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alumni:
    """One row a former employee; days are missing where it did not happen until the exports end."""

    person: Ints
    left: Days
    involved: Days
    back: Days
    truth: dict[str, Any]


def follow_alumni(people: People, dates: Calendar, rng: np.random.Generator) -> Alumni:
    """Everybody who left since the records began, followed until the exports end."""
    person = np.flatnonzero(np.isin(people.exit_reason, _REASONS) & (people.exit_date < dates.data_until))
    left = people.exit_date[person]
    seen = (dates.data_until - left).astype(float)
    wait = np.maximum((dates.rounds[0].start - left).astype(float), 1.0)
    joins = np.ceil(wait + _YEAR_DAYS / PLANTED.alumni_involved_yearly * rng.standard_exponential(person.size))
    alone = PLANTED.rehire_yearly / _YEAR_DAYS
    drawn = rng.standard_exponential(person.size) / alone
    comes = np.ceil(np.where(drawn < joins, drawn, joins + (drawn - joins) / PLANTED.rehire_hazard_ratio))
    involved = (joins < comes) & (joins <= seen)
    returns = comes <= seen
    return Alumni(
        person=person,
        left=left,
        involved=np.where(involved, left + np.minimum(joins, seen).astype("timedelta64[D]"), NEVER),
        back=np.where(returns, left + np.minimum(comes, seen).astype("timedelta64[D]"), NEVER),
        truth=_tell(np.minimum(comes, seen), np.where(involved, joins, np.inf), returns),
    )


def _tell(until: Floats, joins: Floats, returns: Bools) -> dict[str, Any]:
    """Returns and person-years before and after joining, and the ratio of their rates."""
    inside = np.isfinite(joins)
    years = np.array([np.where(inside, until - joins, 0.0).sum(), np.minimum(until, joins).sum()]) / _YEAR_DAYS
    count = np.array([(returns & inside).sum(), (returns & ~inside).sum()])
    rate = count / np.maximum(years, 1e-9)
    return {
        "hazard_ratio_planted": PLANTED.rehire_hazard_ratio,
        "alumni": until.size,
        "involved": int(inside.sum()),
        "returns_involved": int(count[0]),
        "returns_not_involved": int(count[1]),
        "years_involved": float(years[0]),
        "years_not_involved": float(years[1]),
        "rate_ratio": float(rate[0] / rate[1]) if years[0] > 0 and count[1] else None,
    }
