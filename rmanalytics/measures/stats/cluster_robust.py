"""People who belong together: a mentor who serves in several rounds, the members of a team.

Unit: the person in one round; the cluster is what ties several of them together. Errors are those of Bell and McCaffrey
(CR2) with Satterthwaite's degrees of freedom, which hold for few clusters where the usual ones do not.

References
----------
Bell RM, McCaffrey DF (2002). Survey Methodology 28:169-181.
Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rmanalytics.measures.rows import Floats

LEAST_CLUSTERS = 10
TOO_FEW_CLUSTERS = "fewer than {least} clusters of people who belong together"


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """One estimate over all rounds, whatever made it: value, standard error, degrees of freedom (infinite: normal).

    Parameters
    ----------
    value, se, df : float
    sigma : float
        Residual standard deviation; 0 where there is none.
    """

    value: float
    se: float
    df: float
    sigma: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ClusterFit:
    """Least squares with cluster-robust (CR2) errors: terms, estimates, standard errors, degrees of freedom.

    Parameters
    ----------
    terms : tuple of str
        Names of the columns of the design.
    estimates, errors, df : array
        One number a term.
    sigma : float
        Residual standard deviation.
    """

    terms: tuple[str, ...]
    estimates: Floats
    errors: Floats
    df: Floats
    sigma: float

    def contrast(self, term: int) -> Contrast:
        """One of the estimates."""
        value, se, df = (float(column[term]) for column in (self.estimates, self.errors, self.df))
        return Contrast(value=value, se=se, df=df, sigma=self.sigma)


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
    starts = np.flatnonzero(np.r_[True, np.diff(cluster[order]) != 0])
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
        errors=np.sqrt(np.maximum(np.diag(m @ meat @ m), 0.0)),
        df=df,
        sigma=float(np.sqrt(residual @ residual / max(1, y.size - x.shape[1]))),
    )


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
