"""People who belong together: a mentor who serves in several rounds, the members of a team.

Unit: the person in one round; the cluster is what ties several of them together. Errors are those of Bell and McCaffrey
(CR2) with Satterthwaite's degrees of freedom, which hold for few clusters where the usual ones do not.

References
----------
Bell RM, McCaffrey DF (2002). Survey Methodology 28:169-181.
Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t as t_distribution

from rmanalytics.measures.rows import (
    INCOMPLETE_PAIR,
    LEAST_PAIRS,
    ONE_GROUP,
    TOO_FEW_IN_GROUP,
    Floats,
    check_rows,
    noise,
)
from rmanalytics.measures.survey.ancova import COMPARISON, PARTICIPANTS
from rmanalytics.results import Estimate, NotEstimable

LEAST_CLUSTERS = 10
TOO_FEW_CLUSTERS = "fewer than {least} clusters of people who belong together"
NO_SOLUTION = "the groups, rounds and scores before do not determine the difference"
PERFECT_FIT = "the scores before, the round and the group determine every score after"


@dataclass(frozen=True, kw_only=True)
class ClusterFit:
    """Least squares with cluster-robust (CR2) errors: terms, estimates, standard errors, degrees of freedom.

    Parameters
    ----------
    terms : tuple of str
        Names of the columns of the design.
    estimates, errors, df : array
        One number a term.
    residual_ss : float
        Sum of squared residuals.
    """

    terms: tuple[str, ...]
    estimates: Floats
    errors: Floats
    df: Floats
    residual_ss: float


def fit_clustered(y: Floats, x: Floats, cluster: npt.NDArray[np.int64], *, terms: Sequence[str]) -> ClusterFit:
    """Least squares with CR2 errors and Satterthwaite's degrees of freedom.

    Parameters
    ----------
    y : array
        Outcome.
    x : array
        Design of full column rank.
    cluster : array of int
        Cluster of each row, numbered from 0.
    terms : sequence of str
        Names of the columns of ``x``.

    Returns
    -------
    ClusterFit
        The working model has equal variances and no correlation.

    Notes
    -----
    ``M Σ X_g' A_g e_g e_g' A_g X_g M`` with ``M = (X'X)⁻¹`` and ``A_g = (I − H_gg)^(−1/2)``; with
    ``P_gh = δ_gh u_g'u_g − w_g' M w_h``, ``u_g = A_g X_g M c`` and ``w_g = X_g' u_g``, degrees of freedom
    ``(tr P)² / Σ P_gh²``.

    References
    ----------
    Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    Clusters of one are HC2: the mean has its usual error and n − 1 degrees of freedom.

    >>> fit = fit_clustered(np.array([1.0, 2, 3, 4]), np.ones((4, 1)), np.arange(4), terms=["mean"])
    >>> round(float(fit.errors[0]), 4), round(float(fit.df[0]), 9)
    (0.6455, 3.0)
    """
    m: Floats = np.asarray(np.linalg.inv(x.T @ x), dtype=np.float64)
    estimates = m @ x.T @ y
    residual = y - x @ estimates
    order = np.argsort(cluster, kind="stable")
    starts = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    sizes = np.diff(starts, append=order.size)
    scores, squares, reached = [], [], []
    for size in np.unique(sizes):
        rows = order[starts[sizes == size][:, None] + np.arange(size)]
        x_g, turned = x[rows], x[rows].transpose(0, 2, 1)
        adjusted = _inverse_root(np.eye(size) - x_g @ m @ turned) @ x_g
        scores.append(np.einsum("gsp,gs->gp", adjusted, residual[rows]))
        u = adjusted @ m
        squares.append((u * u).sum(axis=1))
        reached.append(turned @ u)
    score, d, w = np.concatenate(scores), np.concatenate(squares), np.concatenate(reached)
    meat = score.T @ score
    df = np.array([_satterthwaite(d[:, i], w[:, :, i], m) for i in range(x.shape[1])])
    return ClusterFit(
        terms=tuple(terms),
        estimates=np.asarray(estimates, dtype=np.float64),
        errors=np.sqrt(np.diag(m @ meat @ m)),
        df=df,
        residual_ss=float(residual @ residual),
    )


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
        Unit ``scale points``, participants minus comparison. ``extra``: ``se``, ``df``, ``clusters``, ``rounds``.

    Raises
    ------
    ValueError
        When a person stands twice in a round, a cluster is missing, or for another group.

    *Not estimable when* one group is absent, a group has fewer than 6 complete pairs, there are fewer than 10 clusters,
    the design does not determine the difference, or nothing is left to explain.

    Notes
    -----
    ``post = a_round + b pre + δ [participant] + e`` by least squares, CR2 errors by cluster, t with Satterthwaite's
    degrees of freedom. Takes the place of pooling where rounds share people.

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
    if people["cluster_id"].isna().any() or not people["group"].isin([PARTICIPANTS, COMPARISON]).all():
        raise ValueError("a row has no cluster, or a group is neither participants nor comparison")
    complete = people[columns].dropna()
    sizes = [int((complete["group"] == group).sum()) for group in (PARTICIPANTS, COMPARISON)]
    clusters, name, unit = int(complete["cluster_id"].nunique()), "clustered_difference", "scale points"
    if min(sizes) == 0:
        return NotEstimable(name=name, unit=unit, reason=ONE_GROUP, n=sizes[0])
    if min(sizes) < LEAST_PAIRS:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_IN_GROUP, n=sizes[0], values={"least": LEAST_PAIRS})
    if clusters < LEAST_CLUSTERS:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_CLUSTERS, n=clusters, values={"least": LEAST_CLUSTERS})
    y, x, terms = _design(complete)
    largest = np.abs(x).max(axis=0)
    scaled = x / np.where(largest > 0, largest, 1.0)
    if len(y) <= x.shape[1] or np.linalg.matrix_rank(scaled, tol=1e-8) < x.shape[1]:
        return NotEstimable(name=name, unit=unit, reason=NO_SOLUTION, n=sizes[0])
    fit = fit_clustered(y, x, pd.factorize(complete["cluster_id"])[0].astype(np.int64), terms=terms)
    value, se, df = (float(a[0]) for a in (fit.estimates, fit.errors, fit.df))
    if math.sqrt(fit.residual_ss / len(y)) <= noise(y) or not se > 0:
        return NotEstimable(name=name, unit=unit, reason=PERFECT_FIT, n=sizes[0])
    reach = float(t_distribution.ppf(0.975, df)) * se
    excluded_n = len(people) - len(complete)
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=value - reach,
        hi=value + reach,
        n=sizes[0],
        unit_of_analysis="person",
        method="analysis of covariance over rounds, CR2 errors by cluster, Satterthwaite t interval",
        n_excluded=excluded_n,
        excluded_reason=INCOMPLETE_PAIR if excluded_n else "",
        n_comparator=sizes[1],
        p_value=2 * float(t_distribution.sf(abs(value) / se, df)),
        extra={"se": se, "df": df, "clusters": float(clusters), "rounds": float(complete["round_id"].nunique())},
    )


def _design(complete: pd.DataFrame) -> tuple[Floats, Floats, list[str]]:
    y: Floats = complete["post"].to_numpy(dtype=np.float64)
    pre: Floats = complete["pre"].to_numpy(dtype=np.float64)
    rounds = sorted(complete["round_id"].unique())
    columns = [(complete["group"] == PARTICIPANTS).to_numpy(dtype=float), pre - pre.mean()]
    columns += [(complete["round_id"] == round_id).to_numpy(dtype=float) for round_id in rounds]
    return y, np.column_stack(columns), [PARTICIPANTS, "pre", *rounds]


def _inverse_root(symmetric: Floats) -> Floats:
    """Symmetric square roots of the generalised inverses of a stack of matrices."""
    values, vectors = np.linalg.eigh(symmetric)
    root = np.where(values > 1e-10, 1 / np.sqrt(np.maximum(values, 1e-10)), 0.0)
    return np.asarray((vectors * root[:, None, :]) @ vectors.transpose(0, 2, 1), dtype=np.float64)


def _satterthwaite(d: Floats, w: Floats, m: Floats) -> float:
    crossed = w @ m
    own = (crossed * w).sum(axis=1)
    trace = float((d - own).sum())
    inner = crossed.T @ w
    squares = float(d @ d) - 2 * float(d @ own) + float(np.trace(inner @ inner))
    return trace**2 / squares
