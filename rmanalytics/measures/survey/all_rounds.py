"""All rounds in one model of people: the difference that a verdict rests on, and what it has to survive.

Unit: the person in one round; the cluster is the person, who may stand in several. The estimand is the average over the
rounds held, not over rounds that might be.

References
----------
Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004
Lord FM (1967). https://doi.org/10.1037/h0025105
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t as t_distribution

from rmanalytics.containment import measure
from rmanalytics.measures.rows import (
    INCOMPLETE_PAIR,
    LEAST_PAIRS,
    ONE_GROUP,
    TOO_FEW_IN_GROUP,
    UPPER,
    Floats,
    check_rows,
    full_rank,
    noise,
)
from rmanalytics.measures.stats.cluster_robust import (
    LEAST_CLUSTERS,
    TOO_FEW_CLUSTERS,
    Contrast,
    fit_clustered,
)
from rmanalytics.measures.stats.permutation import Codes, freedman_lane_p
from rmanalytics.results import COMPARISON, PARTICIPANTS, Estimate, NotEstimable

NO_SOLUTION = "the groups, rounds and scores before do not determine the difference"
PERFECT_FIT = "the scores before, the round and the group determine every score after"
SILENT_WORSE = 0.5
"""Residual standard deviations by which every silent participant is taken to have ended worse."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Complete pairs of all rounds, one entry a person and round.

    Parameters
    ----------
    post, pre : array
        Turned so that up is the claimed way.
    treated : array of bool
    round, person, unit : array of int
        Codes; ``unit`` is -1 where it is not known.
    """

    post: Floats
    pre: Floats
    treated: npt.NDArray[np.bool_]
    round: Codes
    person: Codes
    unit: Codes

    def keep(self, which: npt.NDArray[np.bool_]) -> Rows:
        """Some of the rows."""
        return Rows(**{name: values[which] for name, values in vars(self).items()})

    @property
    def covariates(self) -> Floats:
        """Columns of the model without the group: the value before, and the rounds."""
        dummies = (self.round[:, None] == np.unique(self.round)).astype(np.float64)
        before = self.pre - self.pre.mean() if self.pre.size else self.pre
        return np.column_stack([before, dummies])


def read_rows(people: pd.DataFrame, *, sign: float = 1.0) -> Rows:
    """The complete pairs of a table as arrays.

    Parameters
    ----------
    people : DataFrame
        ``round_id``, ``person_id``, ``group``, ``pre``, ``post`` and, where known, ``unit_id``.
    sign : float
        -1 where the claimed way is down.

    Examples
    --------
    >>> table = pd.DataFrame({"round_id": "a", "person_id": ["p", "q"], "group": "comparison", "pre": [1.0, 2],
    ...                       "post": [1.0, None]})
    >>> read_rows(table, sign=-1).post.tolist()
    [-1.0]
    """
    pre, post = (sign * people[wave].to_numpy(dtype=np.float64, na_value=np.nan) for wave in ("pre", "post"))
    both = ~np.isnan(pre) & ~np.isnan(post)
    unit = people["unit_id"][both] if "unit_id" in people else None
    return Rows(
        post=post[both],
        pre=pre[both],
        treated=(people["group"] == PARTICIPANTS).to_numpy(dtype=bool, na_value=False)[both],
        round=pd.factorize(people["round_id"][both], sort=True)[0].astype(np.int64),
        person=pd.factorize(people["person_id"][both])[0].astype(np.int64),
        unit=np.full(both.sum(), -1) if unit is None else pd.factorize(unit)[0].astype(np.int64),
    )


def rounds_contrast(rows: Rows, *, adjust: bool = True, by_unit: bool = False) -> Contrast | None:
    """Difference of the groups over all rounds.

    Parameters
    ----------
    rows : Rows
    adjust : bool
        Whether the value before is in the model (analysis of covariance); else the difference of the changes.
    by_unit : bool
        Whether errors are clustered by unit instead of person; people without a known unit are left out.

    Returns
    -------
    Contrast or None
        None where the rows do not determine it.

    Notes
    -----
    ``post = a_round + b pre + δ [participant] + e``, or ``post − pre = a_round + δ [participant] + e``; CR2 errors.

    References
    ----------
    Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    >>> one = {"round": np.zeros(6, dtype=int), "person": np.arange(6), "unit": np.zeros(6, dtype=int)}
    >>> rows = Rows(post=np.array([2.0, 3, 5, 1, 3, 3]), pre=np.ones(6), treated=np.arange(6) < 3, **one)
    >>> round(rounds_contrast(rows, adjust=False).value, 9)
    1.0
    """
    if by_unit:
        rows = rows.keep(rows.unit >= 0)
    covariates = rows.covariates if adjust else rows.covariates[:, 1:]
    x = np.column_stack([rows.treated.astype(np.float64), covariates])
    if len(x) <= x.shape[1] or not full_rank(x):
        return None
    y = rows.post if adjust else rows.post - rows.pre
    fit = fit_clustered(y, x, rows.unit if by_unit else rows.person, terms=[str(i) for i in range(x.shape[1])])
    return fit.contrast(0)


def rounds_permutation_p(rows: Rows, *, draws: int, rng: np.random.Generator) -> float:
    """One-sided p of the adjusted difference, groups dealt out anew within rounds (Freedman and Lane).

    References
    ----------
    Freedman D, Lane D (1983). https://doi.org/10.1080/07350015.1983.10509354

    Examples
    --------
    >>> one = {"round": np.zeros(8, dtype=int), "person": np.arange(8), "unit": np.zeros(8, dtype=int)}
    >>> rows = Rows(post=np.arange(8.0), pre=np.tile([0.0, 1], 4), treated=np.arange(8) > 3, **one)
    >>> rounds_permutation_p(rows, draws=4999, rng=np.random.default_rng(1)) < 0.03
    True
    """
    treated = rows.treated.astype(np.float64)
    return freedman_lane_p(rows.post, rows.covariates, treated, rows.round, draws=draws, rng=rng)


def silence_tipping_point(limit: float, *, sigma: float, silent_share: float) -> float:
    """By how many residual SD worse the silent participants would have to have ended for the limit to reach the null.

    Parameters
    ----------
    limit : float
        Limit of the repeated interval nearer to the null, less the null.
    sigma : float
        Residual standard deviation.
    silent_share : float
        Participants without a complete pair, of all participants.

    Returns
    -------
    float
        A verdict survives where it exceeds `SILENT_WORSE`; infinite where nobody is silent.

    Examples
    --------
    >>> silence_tipping_point(0.12, sigma=0.6, silent_share=0.25)
    0.8
    """
    return limit / (sigma * silent_share) if silent_share > 0 else math.inf


def with_foretold(rows: Rows, n: int, *, adjust: bool = True) -> Rows:
    """The rows with n participants' value after set to what the comparison group foretells, most favourable first.

    Parameters
    ----------
    rows : Rows
    n : int
    adjust : bool
        Whether the comparison group's line foretells (value before and round), else its mean gain in the round.

    Examples
    --------
    >>> one = {"round": np.zeros(6, dtype=int), "person": np.arange(6), "unit": np.zeros(6, dtype=int)}
    >>> rows = Rows(post=np.array([2.0, 3, 7, 1, 2, 3]), pre=np.array([1.0, 2, 3] * 2), treated=np.arange(6) < 3, **one)
    >>> with_foretold(rows, 1).post.round(9).tolist()
    [2.0, 3.0, 3.0, 1.0, 2.0, 3.0]
    """
    others = ~rows.treated
    x, known = (rows.covariates, 0.0) if adjust else (rows.covariates[:, 1:], rows.pre)
    line = known + x @ np.linalg.lstsq(x[others], (rows.post - known)[others], rcond=None)[0]
    gain = np.where(rows.treated, rows.post - line, -np.inf)
    changed = np.argsort(-gain, kind="stable")[:n]
    post = rows.post.copy()
    post[changed] = line[changed]
    return replace(rows, post=post)


@measure
def clustered_difference(people: pd.DataFrame) -> Estimate | NotEstimable:
    """Adjusted difference over several rounds in which some people serve more than once.

    Parameters
    ----------
    people : DataFrame
        ``round_id``, ``person_id``, ``cluster_id`` (the mentor, or the person, that rows share), ``group``
        (``participants`` or ``comparison``), ``pre``, ``post`` (scale points, NaN where there is no score), one row a
        person and round.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``scale points``, participants minus comparison; ``n`` and ``n_comparator`` count people, each once.
        ``extra``: ``se``, ``df``, ``clusters``, ``rounds``, ``pairs`` and ``pairs_comparison`` (people in rounds).

    Raises
    ------
    ValueError
        When a person stands twice in a round, a cluster is missing, or for another group.

    *Not estimable when* one group is absent, a group has fewer than 6 complete pairs, there are fewer than 10 clusters,
    the design does not determine the difference, or nothing is left to explain.

    Notes
    -----
    ``post = a_round + b pre + δ [participant] + e`` by least squares, CR2 errors by cluster, t with Satterthwaite's
    degrees of freedom. The value before is centred within its round by the rounds' own means.

    References
    ----------
    Bell RM, McCaffrey DF (2002). Survey Methodology 28:169-181.
    Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    Two rounds of the same 12 people; participants end one point higher:

    >>> one = pd.DataFrame({"person_id": range(12), "group": ["comparison"] * 6 + ["participants"] * 6,
    ...     "pre": [1, 2, 3, 1, 2, 3] * 2, "post": [1, 2, 3, 2, 3, 2] + [2, 3, 4, 3, 4, 3]})
    >>> people = pd.concat([one.assign(round_id="2025H2"), one.assign(round_id="2026H1")])
    >>> round(clustered_difference(people.assign(cluster_id=people["person_id"])).value, 9)
    1.0
    """
    columns = ["round_id", "person_id", "cluster_id", "group", "pre", "post"]
    check_rows(people, columns, key=["round_id", "person_id"])
    if people["cluster_id"].isna().any():
        raise ValueError("a row has no cluster")
    rows = read_rows(people[columns].assign(person_id=people["cluster_id"]))
    sizes = [int(rows.treated.sum()), int((~rows.treated).sum())]
    clusters, name, unit = int(rows.person.max(initial=-1)) + 1, "clustered_difference", "scale points"
    if min(sizes) == 0:
        return NotEstimable(name=name, unit=unit, reason=ONE_GROUP, n=sizes[0])
    if min(sizes) < LEAST_PAIRS:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_IN_GROUP, n=sizes[0], values={"least": LEAST_PAIRS})
    if clusters < LEAST_CLUSTERS:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_CLUSTERS, n=clusters, values={"least": LEAST_CLUSTERS})
    found = rounds_contrast(rows)
    if found is None:
        return NotEstimable(name=name, unit=unit, reason=NO_SOLUTION, n=sizes[0])
    value, se, df = found.value, found.se, found.df
    if found.sigma <= noise(rows.post) or not se > 0:
        return NotEstimable(name=name, unit=unit, reason=PERFECT_FIT, n=sizes[0])
    reach = float(t_distribution.ppf(UPPER, df)) * se
    excluded_n = len(people) - sum(sizes)
    pairs = people["pre"].notna() & people["post"].notna()
    sides = [pairs & (people["group"] == one) for one in (PARTICIPANTS, COMPARISON)]
    counted = [int(people.loc[side, "person_id"].nunique()) for side in sides]
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=value - reach,
        hi=value + reach,
        n=counted[0],
        unit_of_analysis="person",
        method="analysis of covariance over rounds, CR2 errors by cluster, Satterthwaite t interval",
        n_excluded=excluded_n,
        excluded_reason=INCOMPLETE_PAIR if excluded_n else "",
        n_comparator=counted[1],
        p_value=2 * float(t_distribution.sf(abs(value) / se, df)),
        extra={
            "se": se,
            "df": df,
            "clusters": float(clusters),
            "rounds": float(rows.round.max() + 1),
            "pairs": float(sizes[0]),
            "pairs_comparison": float(sizes[1]),
        },
    )
