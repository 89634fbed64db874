"""Median time stayed: the day on which half of a group is gone, with an interval read off the curve's own limits.

Unit: the person.

References
----------
Brookmeyer R, Crowley J (1982). https://doi.org/10.2307/2530286
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.retention.kaplan_meier import KM_METHOD, survival_curve
from rmanalytics.results import Estimate, NotEstimable

NOT_REACHED = "more than half of the group stayed to the end of follow-up"


@measure
def median_stay(spells: pd.DataFrame) -> Estimate | NotEstimable:
    """Day by which half of a group has had the event.

    Parameters
    ----------
    spells : DataFrame
        As in `survival_curve`.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``days``; without interval where the curve's upper limit never comes down to a half. ``extra``: ``events``,
        ``at_least`` (the lower limit in any case).

    Raises
    ------
    ValueError
        As `survival_curve`.

    *Not estimable when* fewer than six people are observed, or more than half stayed to the end of follow-up.

    Notes
    -----
    The first day on which the curve lies at or below 1/2 (midway to the next event where it is exactly 1/2); the limits
    are the days on which its log-log limits do so.

    References
    ----------
    Brookmeyer R, Crowley J (1982). https://doi.org/10.2307/2530286

    Examples
    --------
    >>> spells = pd.DataFrame({"person_id": list("abcdefg"), "time_days": [1, 2, 3, 4, 5, 6, 7], "event": 1})
    >>> median_stay(spells).value
    4.0
    """
    curve = survival_curve(spells)
    if isinstance(curve, NotEstimable):
        return replace(curve, name="median_stay", unit="days")
    points = curve.points
    value = _first_half(points["time_days"], points["survival"])
    if value is None:
        return NotEstimable(name="median_stay", unit="days", reason=NOT_REACHED, n=curve.n, group=curve.group)
    least = _first_half(points["time_days"], points["lo"].fillna(0.0)) or value
    hi = _first_half(points["time_days"], points["hi"].ffill())
    return Estimate(
        name="median_stay",
        unit="days",
        value=value,
        lo=None if hi is None else least,
        hi=hi,
        n=curve.n,
        unit_of_analysis="person",
        method=KM_METHOD,
        group=curve.group,
        extra={"events": float(points["events_n"].sum()), "at_least": least},
    )


def _first_half(days: pd.Series, share: pd.Series) -> float | None:
    """First day at or below a half; midway to the next lower one where it is a half."""
    t, s = days.to_numpy(dtype=float), share.to_numpy(dtype=float)
    reached = np.flatnonzero(s < 0.5 + 1e-9)
    if not reached.size:
        return None
    lower = np.flatnonzero(s < 0.5 - 1e-9)
    if abs(s[reached[0]] - 0.5) <= 1e-9 and lower.size:
        return float((t[reached[0]] + t[lower[0]]) / 2)
    return float(t[reached[0]])
