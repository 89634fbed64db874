"""Landmark analysis: those still there on one day, grouped by what they had become by then.

Unit: the person. Time runs from one origin for everybody; whoever has left or is no longer followed by the landmark day
is out, and whoever joins later counts as they stood on that day. Nothing that happens after the day decides on a group,
so nobody's waiting counts for the programme. `rmst_difference`, `survival_curve`, `log_rank` and `hazard_ratio` take
what `landmark_spells` gives.

References
----------
Anderson JR, Cain KC, Gelber RD (1983). https://doi.org/10.1200/JCO.1983.1.11.710
van Houwelingen HC (2007). https://doi.org/10.1111/j.1467-9469.2006.00529.x
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from rmanalytics.measures.retention.risk_sets import read_spells
from rmanalytics.measures.rows import check_rows
from rmanalytics.results import COMPARISON, PARTICIPANTS


def landmark_spells(spells: pd.DataFrame, joins: pd.DataFrame, *, landmark_days: float) -> pd.DataFrame:
    """Spells from the landmark day on, of those still there, by whether they took part by then.

    Parameters
    ----------
    spells : DataFrame
        ``person_id`` (each once), ``time_days``, ``event``, optionally ``entry_days``, and any covariates. Time runs
        from one origin for everybody, such as the hire date or the first day of a round.
    joins : DataFrame
        ``person_id`` (each once), ``joined_days`` from the same origin to the match, of everybody who ever took part.
    landmark_days : float
        The landmark day, from the same origin, declared before the data are seen.

    Returns
    -------
    DataFrame
        The columns of *spells*, with ``time_days`` from the landmark day on, ``entry_days`` 0, ``group``
        (``participants``: matched on or before the landmark day; else ``comparison``) and ``participant`` (1 or 0).
        Whoever left or was no longer followed by the landmark day, or was not yet under observation, is not in it: the
        difference in rows counts them.

    Raises
    ------
    ValueError
        When a person stands twice, a participant has no spell, a day is missing or impossible, or the landmark is not a
        number of days of 0 or more.

    Notes
    -----
    Kept when entry ≤ landmark < end. The estimate is about people who last until the landmark day, and about having
    joined by then: whoever joins later stays in the comparison, which draws the two groups together. A later landmark
    has more participants and fewer people; so declare it, and do not look for the best.

    References
    ----------
    Anderson JR, Cain KC, Gelber RD (1983). https://doi.org/10.1200/JCO.1983.1.11.710

    Examples
    --------
    On day 30 "a" has been matched, "b" will be later, "c" is gone:

    >>> spells = pd.DataFrame({"person_id": ["a", "b", "c"], "time_days": [90, 80, 20], "event": [1, 0, 1]})
    >>> joins = pd.DataFrame({"person_id": ["a", "b"], "joined_days": [10, 50]})
    >>> found = landmark_spells(spells, joins, landmark_days=30)
    >>> found[["person_id", "group", "time_days", "event"]].to_numpy().tolist()
    [['a', 'participants', 60.0, 1], ['b', 'comparison', 50.0, 0]]
    """
    if not math.isfinite(landmark_days) or landmark_days < 0:
        raise ValueError("landmark_days must be a number of days of 0 or more")
    data = read_spells(spells)
    check_rows(joins, ["person_id", "joined_days"], key=["person_id"])
    if joins["joined_days"].isna().any() or not joins["person_id"].isin(spells["person_id"]).all():
        raise ValueError("a participant has no joined_days or no spell")
    joined = spells[["person_id"]].merge(joins, on="person_id", how="left")["joined_days"].to_numpy(dtype="float64")
    participant = joined <= landmark_days
    moved = spells.assign(
        time_days=data.time - landmark_days,
        entry_days=0.0,
        participant=participant.astype("int64"),
        group=np.where(participant, PARTICIPANTS, COMPARISON),
    )
    return moved[(data.time > landmark_days) & (data.entry <= landmark_days)].reset_index(drop=True)
