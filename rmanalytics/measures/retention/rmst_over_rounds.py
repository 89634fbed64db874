"""Staying over several rounds in one model, for people who stand in more than one.

Unit: the person in one round; the cluster is the person. Whoever was compared in one round and takes part in the next
gives time to both groups, so the rounds are not independent and may not be pooled as if they were.

References
----------
Andersen PK, Hansen MG, Klein JP (2004). https://doi.org/10.1007/s10985-004-4771-0
Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from rmanalytics.containment import measure
from rmanalytics.measures.retention.risk_sets import (
    LEAST_AT_RISK,
    TOO_FEW_IN_GROUP,
    Spells,
    last_supported,
    read_arms,
    risk_sets,
)
from rmanalytics.measures.rows import LEAST_PEOPLE, UPPER, Floats, check_rows
from rmanalytics.measures.stats.cluster_robust import LEAST_CLUSTERS, TOO_FEW_CLUSTERS, fit_clustered
from rmanalytics.results import Estimate, NotEstimable

LEAST_EVENTS = 10
"""Fewest events in both groups together from which on a difference in days is trusted without the log-rank test."""
NO_EVENTS_IN_GROUP = "no event before the horizon in one of the groups"
TOO_FEW_EVENTS = "fewer than {least} exits before the horizon: not enough to tell"
TOO_FEW_ROUNDS = "fewer than {least} rounds"
LEAST_ROUNDS = 2
TOO_FEW_AT_RISK = "fewer than {least} people at risk in one of the groups of a round"
METHOD = (
    "difference of areas under the Kaplan-Meier curves over all rounds, from pseudo-values with a mean for each round, "
    "cluster-robust errors (CR2) by person, t interval with Satterthwaite's degrees of freedom"
)


@measure
def rmst_over_rounds(spells: pd.DataFrame) -> Estimate | NotEstimable:
    r"""Difference in mean days without the event, participants minus comparison, over several rounds.

    Parameters
    ----------
    spells : DataFrame
        ``round_id``, ``person_id`` (once in each group of a round at most), ``group``, ``time_days``, ``event``.

    Returns
    -------
    Estimate or NotEstimable
        ``rmst_over_rounds``, unit ``days``; ``n`` and ``n_comparator`` count people. ``extra``: ``tau``, ``se``,
        ``df``, ``t``, ``rounds`` and ``shared`` (people who stand in more than one row).

    Raises
    ------
    ValueError
        When a column is missing, a person stands twice in a group of a round, or a time is impossible.

    Notes
    -----
    *Not estimable when* there are fewer than two rounds, a group of a round has fewer than six people or five at risk,
    there are fewer than ten people or ten events in all, or one side has no event before the horizon. The horizon is
    the shortest of all groups' longest follow-up with at least five people at risk, so the last round decides. Each
    pseudo-value is the group's area plus n times their influence on it (the infinitesimal jackknife); it is regressed
    on round and participation. In one round without people lost to follow-up it is Welch's comparison of the days lived
    through.

    References
    ----------
    Andersen PK, Hansen MG, Klein JP (2004). https://doi.org/10.1007/s10985-004-4771-0

    Examples
    --------
    >>> few = pd.DataFrame({"round_id": ["a"], "person_id": ["p"], "group": ["comparison"], "time_days": [9],
    ...                     "event": [0]})
    >>> rmst_over_rounds(few).because
    'fewer than 2 rounds'
    """
    check_rows(spells, ["round_id", "person_id", "group", "time_days", "event"], key=["round_id", "person_id", "group"])
    by_round = {str(name): rows for name, rows in spells.groupby("round_id", sort=True)}
    arms = {name: read_arms(rows) for name, rows in by_round.items()}
    every = [arm for pair in arms.values() for arm in pair]

    def refuse(reason: str, **values: int) -> NotEstimable:
        n = int(spells["person_id"].nunique())
        return NotEstimable(name="rmst_over_rounds", unit="days", reason=reason, n=n, values=values)

    if len(arms) < LEAST_ROUNDS:
        return refuse(TOO_FEW_ROUNDS, least=LEAST_ROUNDS)
    if min(len(arm) for arm in every) < LEAST_PEOPLE:
        return refuse(TOO_FEW_IN_GROUP, least=LEAST_PEOPLE)
    if spells["person_id"].nunique() < LEAST_CLUSTERS:
        return refuse(TOO_FEW_CLUSTERS, least=LEAST_CLUSTERS)
    tau = min(last_supported(arm) for arm in every)
    if tau <= 0:
        return refuse(TOO_FEW_AT_RISK, least=LEAST_AT_RISK)
    exits = [
        sum(int(((arm.event == 1) & (arm.time < tau)).sum()) for arm in side)
        for side in zip(*arms.values(), strict=True)
    ]
    if min(exits) == 0:
        return refuse(NO_EVENTS_IN_GROUP)
    if sum(exits) < LEAST_EVENTS:
        return refuse(TOO_FEW_EVENTS, least=LEAST_EVENTS)
    values = np.concatenate([pseudo_values(arm, tau) for arm in every])
    ordered = [rows[rows["group"] == label] for rows in by_round.values() for label in ("participants", "comparison")]
    rows = pd.concat(ordered, ignore_index=True)
    participant = (rows["group"] == "participants").to_numpy(dtype="float64")
    rounds = pd.get_dummies(rows["round_id"]).to_numpy(dtype="float64")
    person = pd.factorize(rows["person_id"])[0].astype(np.int64)
    terms = ["participant", *by_round]
    fit = fit_clustered(values, np.column_stack([participant, rounds]), person, terms=terms)
    value, se, df = (float(column[0]) for column in (fit.estimates, fit.errors, fit.df))
    people = rows.groupby("group")["person_id"].nunique()
    reach = float(stdtrit(df, UPPER)) * se
    return Estimate(
        name="rmst_over_rounds",
        unit="days",
        value=value,
        lo=value - reach,
        hi=value + reach,
        n=int(people["participants"]),
        unit_of_analysis="person",
        method=METHOD,
        n_comparator=int(people["comparison"]),
        p_value=float(2 * stdtr(df, -abs(value / se))),
        extra={
            "tau": tau,
            "se": se,
            "df": df,
            "t": value / se,
            "rounds": float(len(arms)),
            "shared": float((rows["person_id"].value_counts() > 1).sum()),
        },
    )


def pseudo_values(spells: Spells, tau: float) -> Floats:
    """Each person's share in the area under the group's curve up to a horizon; their mean is that area.

    Parameters
    ----------
    spells : Spells
        Of one group, without late entry.
    tau : float
        Horizon in days.

    Examples
    --------
    With everybody followed to the horizon they are the days lived through within it:

    >>> import numpy as np
    >>> data = Spells(time=np.array([4.0, 10, 10]), event=np.array([1.0, 0, 0]), entry=np.full(3, -np.inf))
    >>> pseudo_values(data, 8.0)
    array([4., 8., 8.])
    """
    sets = risk_sets(spells)
    inside = sets.time < tau
    time, events, at_risk = sets.time[inside], sets.events[inside], sets.at_risk[inside]
    survival = np.cumprod(1 - events / at_risk)
    pieces = np.r_[1.0, survival] * np.diff(np.r_[0.0, time, tau])
    after = np.cumsum(pieces[::-1])[::-1][1:]
    # where everybody has left, nothing lies after and nobody has influence
    factor = np.where(events < at_risk, after / np.maximum(at_risk - events, 1), 0.0)
    passed = np.r_[0.0, np.cumsum(factor * events / at_risk)][np.searchsorted(time, spells.time, side="right")]
    left = (spells.event == 1) & (spells.time < tau)
    own = np.r_[factor, 0.0][np.minimum(np.searchsorted(time, spells.time), len(time))]
    return np.asarray(pieces.sum() + len(spells) * (passed - np.where(left, own, 0.0)), dtype=np.float64)
