"""Exits, promotions and moves over all rounds: the size in days, the stratified log-rank test, and what they survive.

Unit: the person in one round, from the day of the match; the stratum is the round, the cluster the person.

References
----------
Mantel N (1966). Cancer Chemotherapy Reports 50:163-170.
Miettinen O (1976). https://doi.org/10.1093/oxfordjournals.aje.a112225
Andersen PK, Hansen MG, Klein JP (2004). https://doi.org/10.1007/s10985-004-4771-0
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri, stdtr, stdtrit

from rmanalytics.measures.retention.risk_sets import Spells, log_rank
from rmanalytics.measures.retention.rmst_over_rounds import METHOD, pseudo_values
from rmanalytics.measures.rows import LOWER, UPPER, Floats, Z
from rmanalytics.measures.stats.cluster_robust import Contrast, fit_clustered
from rmanalytics.measures.stats.permutation import LEAST_DRAWS, Codes, stratified_p
from rmanalytics.results import PARTICIPANTS, Estimate, NotEstimable

NO_EVENT = "no event before the horizon"
NO_INTERVAL = "people of one group alone have the event, and dealing the groups out anew does not tell them apart"
ONE_ARM_SEED = 1
ONE_ARM = "difference of Kaplan-Meier areas, events in one group alone; interval from the permutation log-rank test"


@dataclass(frozen=True, kw_only=True)
class Exits:
    """Spells of all rounds as arrays, one entry a person and round.

    Parameters
    ----------
    time : array
        Days from the match to the event, or as long as the person was followed; cut at the horizon.
    event, treated : array of bool
    round, person : array of int
        Codes.
    tau : float
        Horizon in days.
    """

    time: Floats
    event: npt.NDArray[np.bool_]
    treated: npt.NDArray[np.bool_]
    round: Codes
    person: Codes
    tau: float

    @property
    def at_horizon(self) -> npt.NDArray[np.int64]:
        """For each round, participants and comparison people still followed at the horizon."""
        kept = self.time >= self.tau
        arms = [kept & (self.treated == group) for group in (True, False)]
        return np.array([[int((arm & (self.round == code)).sum()) for arm in arms] for code in np.unique(self.round)])


def read_exits(spells: pd.DataFrame, *, tau: float) -> Exits:
    """Spells as arrays, cut at the horizon: later events do not count.

    Parameters
    ----------
    spells : DataFrame
        ``round_id``, ``person_id``, ``group``, ``time_days``, ``event``.
    tau : float

    Examples
    --------
    >>> spells = pd.DataFrame({"round_id": "a", "person_id": ["p", "q"], "group": "comparison", "time_days": [9, 400],
    ...                        "event": [1, 1]})
    >>> read_exits(spells, tau=365.0).event.tolist()
    [True, False]
    """
    time = spells["time_days"].to_numpy(dtype=np.float64)
    return Exits(
        time=np.minimum(time, tau),
        event=spells["event"].to_numpy(dtype=bool) & (time < tau),
        treated=(spells["group"] == PARTICIPANTS).to_numpy(dtype=bool),
        round=pd.factorize(spells["round_id"], sort=True)[0].astype(np.int64),
        person=pd.factorize(spells["person_id"])[0].astype(np.int64),
        tau=tau,
    )


def exits_contrast(exits: Exits) -> Contrast | None:
    """Mean days without the event up to the horizon, participants minus comparison, over all rounds.

    Returns
    -------
    Contrast or None
        None where nobody has the event, or a group of a round is empty.

    Notes
    -----
    Pseudo-values of each group of a round, regressed on round and participation, CR2 errors by person.

    References
    ----------
    Andersen PK, Hansen MG, Klein JP (2004). https://doi.org/10.1007/s10985-004-4771-0

    Examples
    --------
    >>> few = {"round": np.zeros(4, dtype=int), "person": np.arange(4), "treated": np.arange(4) < 2, "tau": 10.0}
    >>> exits_contrast(Exits(time=np.array([10.0, 8, 4, 8]), event=np.array([False, True, True, True]), **few)).value
    3.0
    """
    codes = np.unique(exits.round)
    values = np.zeros(exits.time.size)
    for code in codes:
        for group in (True, False):
            own = (exits.round == code) & (exits.treated == group)
            if not own.any():
                return None
            event, entry = exits.event[own].astype(np.float64), np.full(own.sum(), -np.inf)
            spells = Spells(time=exits.time[own], event=event, entry=entry)
            values[own] = pseudo_values(spells, exits.tau)
    x = np.column_stack([exits.treated, exits.round[:, None] == codes]).astype(np.float64)
    if not exits.event.any() or len(x) <= x.shape[1] + 1:
        return None
    return fit_clustered(values, x, exits.person, terms=[str(i) for i in range(x.shape[1])]).contrast(0)


def exits_over_rounds(spells: pd.DataFrame, *, tau: float) -> Estimate | NotEstimable:
    """The same difference as a result, for a horizon that was fixed beforehand; one round is enough.

    Parameters
    ----------
    spells : DataFrame
        As in `read_exits`.
    tau : float
        Horizon in days; every group of every round has to hold people who were followed so long.

    Returns
    -------
    Estimate or NotEstimable
        ``rmst_over_rounds``, unit ``days``; ``n`` and ``n_comparator`` count people, each once. ``extra``: ``tau``,
        ``se``, ``df`` (absent where normal), ``rounds``, ``events``, ``spells`` and ``spells_comparison`` (people in
        rounds).

    *Not estimable when* nobody has the event before the horizon, a group of a round is empty, or one group alone has
    the event and `one_arm_contrast` finds no distance.

    References
    ----------
    Andersen PK, Hansen MG, Klein JP (2004). https://doi.org/10.1007/s10985-004-4771-0

    Examples
    --------
    >>> spells = pd.DataFrame({"round_id": "a", "person_id": list("pqrs"), "time_days": [9, 8, 4, 8],
    ...                        "event": [0, 1, 1, 1], "group": ["participants"] * 2 + ["comparison"] * 2})
    >>> exits_over_rounds(spells, tau=9.0).value
    2.5
    """
    exits = read_exits(spells, tau=tau)
    found, name = exits_contrast(exits), "rmst_over_rounds"
    n, n_comparator = (int(np.unique(exits.person[exits.treated == group]).size) for group in (True, False))
    if found is None or not found.se > 0:
        return NotEstimable(name=name, unit="days", reason=NO_EVENT, n=n)
    alone = np.unique(exits.treated[exits.event]).size == 1
    if alone:
        found = one_arm_contrast(exits, found.value)
        if found is None:
            return NotEstimable(name=name, unit="days", reason=NO_INTERVAL, n=n)
    reach = float(stdtrit(found.df, UPPER)) * found.se
    return Estimate(
        name=name,
        unit="days",
        value=found.value,
        lo=found.value - reach,
        hi=found.value + reach,
        n=n,
        unit_of_analysis="person",
        method=ONE_ARM if alone else METHOD,
        n_comparator=n_comparator,
        p_value=2 * float(stdtr(found.df, -abs(found.value) / found.se)),
        draws=LEAST_DRAWS if alone else None,
        seed=ONE_ARM_SEED if alone else None,
        extra={"tau": tau, "se": found.se}
        | ({} if alone else {"df": found.df})
        | {"rounds": float(np.unique(exits.round).size), "events": float(exits.event.sum())}
        | {"spells": float(exits.treated.sum()), "spells_comparison": float((~exits.treated).sum())},
    )


def one_arm_contrast(exits: Exits, value: float) -> Contrast | None:
    """The difference where one group alone has the event: the error that the permutation log-rank test gives it.

    Returns
    -------
    Contrast or None
        Normal. None where both groups have the event, the test gives no distance from 0, or the error would exceed the
        horizon.

    Notes
    -----
    A curve that stays at 1 has no variance of its own. Test-based: the interval at any level ends at 0 exactly where
    the test has that p, ``se = |Δ| / z`` with z the normal value of half the two-sided p.

    References
    ----------
    Miettinen O (1976). https://doi.org/10.1093/oxfordjournals.aje.a112225

    Examples
    --------
    >>> few = {"round": np.zeros(8, dtype=int), "person": np.arange(8), "treated": np.arange(8) > 3, "tau": 99.0}
    >>> exits = Exits(time=np.array([1.0, 2, 3, 4, 99, 99, 99, 99]), event=np.arange(8) < 4, **few)
    >>> round(one_arm_contrast(exits, 96.5).se)
    44
    """
    if np.unique(exits.treated[exits.event]).size != 1:
        return None
    rng = np.random.default_rng(ONE_ARM_SEED)
    towards = exits if value > 0 else replace(exits, treated=~exits.treated)
    p = min(1.0, exits_permutation_p(towards, draws=LEAST_DRAWS, rng=rng))
    z = -float(ndtri(p))
    return Contrast(value=value, se=abs(value) / z, df=np.inf) if 0 < abs(value) < z * exits.tau else None


def rank_p(spells: pd.DataFrame, difference: float, horizon: float) -> float:
    """Two-sided p of the log-rank test up to a horizon; 1 where it says nothing, or the other way than a difference.

    Examples
    --------
    >>> spells = pd.DataFrame({"person_id": range(12), "group": ["participants", "comparison"] * 6,
    ...                        "time_days": [9, 4] + [9] * 10, "event": [0, 1] + [0] * 10})
    >>> round(rank_p(spells, 5 / 6, 9.0), 3), rank_p(spells, -1.0, 9.0)
    (0.317, 1.0)
    """
    day = spells["time_days"]
    found = log_rank(spells.assign(time_days=day.clip(upper=horizon), event=spells["event"].where(day < horizon, 0)))
    if not isinstance(found, Estimate) or (found.value < 0) != (difference > 0):
        return 1.0
    return float(found.p_value or 0.0)


def with_ranks(limits: tuple[float, float], value: float, p: float, *, most: float) -> tuple[float, float]:
    """Limits of a difference that leave out 0 exactly where a test by ranks has a p below 5%.

    Parameters
    ----------
    limits : tuple of float
        As its own error gives them; kept where the test agrees with them.
    value : float
    p : float
        Two-sided, of the test; 1 where it points the other way.
    most : float
        As far as a difference can go.

    Notes
    -----
    Test-based where the two disagree: ``Δ ± 1.96 |Δ| / z`` with z the normal value of half of p. Where the ranks do not
    tell the groups apart both limits reach at least so far; where they do, the limit next to 0 alone is moved.

    References
    ----------
    Miettinen O (1976). https://doi.org/10.1093/oxfordjournals.aje.a112225

    Examples
    --------
    >>> [round(x, 1) for x in with_ranks((2.0, 40.0), 20.0, 0.5, most=365.0)]
    [-38.1, 78.1]
    """
    lo, hi = limits
    z = -float(ndtri(p / 2))
    reach = Z * abs(value) / z if z * most > abs(value) else most
    if p < 2 * LOWER:
        return (max(lo, value - reach), hi) if value > 0 else (lo, min(hi, value + reach))
    if lo <= 0 <= hi:
        return lo, hi
    return max(min(lo, value - reach), -most), min(max(hi, value + reach), most)


def log_rank_scores(exits: Exits) -> Floats:
    """Events foretold less events seen, a person: their sum over participants is the log-rank sum, up where they stay.

    Notes
    -----
    ``Σ_{t_j ≤ t} d_j/n_j − event`` within the round.

    Examples
    --------
    >>> few = {"round": np.zeros(2, dtype=int), "person": np.arange(2), "treated": np.arange(2) < 1, "tau": 10.0}
    >>> log_rank_scores(Exits(time=np.array([10.0, 4]), event=np.array([False, True]), **few)).tolist()
    [0.5, -0.5]
    """
    scores = np.zeros(exits.time.size)
    for code in np.unique(exits.round):
        own = exits.round == code
        days, at_risk, events, _ = _risk(exits, own)
        hazard = np.r_[0.0, np.cumsum(events / at_risk)]
        scores[own] = hazard[np.searchsorted(days, exits.time[own], side="right")] - exits.event[own]
    return scores


def log_rank_variance(exits: Exits) -> float:
    """Variance of the stratified log-rank sum: the information that exits carry.

    References
    ----------
    Mantel N (1966). Cancer Chemotherapy Reports 50:163-170.

    Examples
    --------
    >>> few = {"round": np.zeros(2, dtype=int), "person": np.arange(2), "treated": np.arange(2) < 1, "tau": 10.0}
    >>> log_rank_variance(Exits(time=np.array([10.0, 4]), event=np.array([False, True]), **few))
    0.25
    """
    total = 0.0
    for code in np.unique(exits.round):
        _, n, d, own = _risk(exits, exits.round == code)
        left = np.where(n > 1, (n - d) / np.maximum(n - 1, 1), 0.0)
        total += float((d * left * own / n * (1 - own / n)).sum())
    return total


def exits_permutation_p(exits: Exits, *, draws: int, rng: np.random.Generator) -> float:
    """One-sided p of the stratified log-rank sum, groups dealt out anew within rounds; up: participants stay.

    Examples
    --------
    >>> few = {"round": np.zeros(8, dtype=int), "person": np.arange(8), "treated": np.arange(8) > 3, "tau": 99.0}
    >>> exits = Exits(time=np.array([1.0, 2, 3, 4, 99, 99, 99, 99]), event=np.arange(8) < 4, **few)
    >>> round(exits_permutation_p(exits, draws=4999, rng=np.random.default_rng(1)), 2)
    0.01
    """
    treated = exits.treated.astype(np.float64)
    return stratified_p(log_rank_scores(exits), treated, exits.round, draws=draws, rng=rng)


def with_leavers(exits: Exits, n: int, *, among_participants: bool = True) -> Exits:
    """The spells with n stayers of a group made leavers on the median day on which people left.

    Examples
    --------
    >>> few = {"round": np.zeros(3, dtype=int), "person": np.arange(3), "treated": np.arange(3) < 2, "tau": 9.0}
    >>> exits = Exits(time=np.array([9.0, 9, 4]), event=np.array([False, False, True]), **few)
    >>> with_leavers(exits, 1).time.tolist()
    [4.0, 9.0, 4.0]
    """
    stayers = np.flatnonzero(~exits.event & (exits.treated == among_participants))[:n]
    time, event = exits.time.copy(), exits.event.copy()
    time[stayers] = np.minimum(time[stayers], np.median(exits.time[exits.event]))
    event[stayers] = True
    return replace(exits, time=time, event=event)


def _risk(exits: Exits, which: npt.NDArray[np.bool_]) -> tuple[Floats, Floats, Floats, Floats]:
    """Days with events; people at risk then, events, participants at risk."""
    time, event, treated = exits.time[which], exits.event[which], exits.treated[which]
    days, counts = np.unique(time[event], return_counts=True)
    ends, own = np.sort(time), np.sort(time[treated])
    at_risk = (ends.size - np.searchsorted(ends, days)).astype(np.float64)
    return days, at_risk, counts.astype(np.float64), (own.size - np.searchsorted(own, days)).astype(np.float64)
