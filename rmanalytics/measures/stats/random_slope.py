"""Growth over a series of pulses or follow-ups: how fast the scores of a person change, on average over people.

Unit: the person, each with a level and a slope of their own. Everyone with at least one score is used, which assumes
that who is missing depends on the scores seen only (missing at random), and that growth is a straight line.

References
----------
Laird NM, Ware JH (1982). https://doi.org/10.2307/2529876
Bates D, Mächler M, Bolker B, Walker S (2015). https://doi.org/10.18637/jss.v067.i01
Fai AHT, Cornelius PL (1996). https://doi.org/10.1080/00949659608811740
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize, root
from scipy.stats import t as t_distribution

from rmanalytics.measures.rows import LEAST_PAIRS, Floats, check_rows, noise
from rmanalytics.measures.stats.mixed_model import WITHOUT_ANY, satterthwaite
from rmanalytics.results import Estimate, NotEstimable

INSIDE = "mixed model with random intercept and slope, REML, Satterthwaite t interval"
AT_THE_BOUNDARY = (
    "mixed model with random intercept and slope, REML, their covariance matrix estimated as singular, "
    "Satterthwaite t interval"
)
TOO_SHORT = "fewer than {least} people with three or more scores"
PERFECT_FIT = "a straight line of each person determines every score"

_LEAST_LEFT = 1e-14
_NO_WORSE = 1e-8
_STARTS = ((1.0, 1.0), (0.1, 0.1), (3.0, 0.3), (0.3, 3.0), (10.0, 10.0))


@dataclass(frozen=True, kw_only=True)
class GrowthFit:
    """A fit with a random intercept and slope of each person, by restricted maximum likelihood.

    Parameters
    ----------
    terms : tuple of str
        Names of the columns of the design.
    estimates, errors, df : array
        One number a term; Satterthwaite's degrees of freedom.
    errors_kr, df_kr : array
        Standard errors and degrees of freedom of Kenward and Roger.
    var_intercept, var_slope, cov : float
        Variances of people's intercepts (at time 0) and slopes, and their covariance.
    var_residual : float
        Variance around a person's line.
    reml_criterion : float
        −2 × restricted log-likelihood, as lme4 prints it.
    rank : int
        Rank of the covariance matrix of intercept and slope: 2, or at the boundary 1 (one of them does not vary, or the
        two are perfectly correlated) or 0 (neither varies; least squares with n − p degrees of freedom).
    """

    terms: tuple[str, ...]
    estimates: Floats
    errors: Floats
    df: Floats
    errors_kr: Floats
    df_kr: Floats
    var_intercept: float
    var_slope: float
    cov: float
    var_residual: float
    reml_criterion: float
    rank: int


@dataclass(frozen=True)
class _Profile:
    """What a covariance of intercept and slope, relative to the residual variance, leaves to the rest."""

    coefficients: Floats
    information: Floats
    squares: float
    log_determinant: float
    gradient: Floats


class _Sums:
    """Cross-products of each person's rows: nothing larger than 2 × 2 is inverted for a person.

    The design is made orthonormal, the outcome is what least squares leaves of it, and time has mean 0 and variance 1,
    so that neither where the scores and times begin nor their units touch the arithmetic.
    """

    def __init__(self, y: Floats, x: Floats, time: Floats, person: npt.NDArray[np.int64]) -> None:
        self.n, self.p = len(x), int(x.shape[1])
        if float(np.ptp(time)) <= noise(time):
            raise ValueError("every row stands at the same time")
        self.mean_time, self.sd_time = float(time.mean()), float(time.std())
        q, self.r = np.linalg.qr(x)
        self.start: Floats = np.linalg.solve(self.r, q.T @ y)
        left = y - x @ self.start
        left -= q @ (q.T @ left)
        self.unit = float(np.sqrt(left @ left / self.n)) or 1.0
        z = np.column_stack([np.ones(self.n), (time - self.mean_time) / self.sd_time])
        m = int(person.max()) + 1
        self.zz, self.zx, self.zy = np.zeros((m, 2, 2)), np.zeros((m, 2, self.p)), np.zeros((m, 2))
        np.add.at(self.zz, person, z[:, :, None] * z[:, None, :])
        np.add.at(self.zx, person, z[:, :, None] * q[:, None, :])
        np.add.at(self.zy, person, z * (left / self.unit)[:, None])
        self.yy = float(left @ left) / self.unit**2

    def profile(self, factor: Floats) -> _Profile:
        """Coefficients and likelihood where the relative covariance is ``factor factor'``.

        ``V⁻¹ = I − Z F (I + F'Z'ZF)⁻¹ F'Z'`` for each person (Woodbury). The gradient is that of the criterion in F.
        """
        inner, k, shrunk = self._inverse(factor)
        kx = k @ self.zx
        information = np.eye(self.p) - np.einsum("iap,iaq->pq", self.zx, kx)
        b = np.linalg.solve(information, -np.einsum("iap,ia->p", kx, self.zy))
        rest = self.zy - self.zx @ b
        squares = self.yy + float(b @ b) - float(np.einsum("ia,iab,ib->", rest, k, rest))
        squares = max(squares, _LEAST_LEFT * self.yy)
        vx, vy = shrunk @ self.zx, np.einsum("iab,ib->ia", shrunk, rest)
        slope = (shrunk @ self.zz).sum(axis=0) - np.einsum("iap,ibp->ab", vx @ np.linalg.inv(information), vx)
        slope -= (self.n - self.p) / squares * (vy.T @ vy)
        return _Profile(b, information, squares, float(np.linalg.slogdet(inner)[1].sum()), 2 * slope @ factor)

    def _inverse(self, factor: Floats) -> tuple[Floats, Floats, Floats]:
        """I + F'Z'ZF, its inverse between F and F', and what takes Z' to Z'V⁻¹, of each person."""
        inner = np.eye(factor.shape[1]) + factor.T @ self.zz @ factor
        k = factor @ np.linalg.solve(inner, np.broadcast_to(factor.T, (len(inner), *factor.T.shape)))
        return inner, k, np.eye(2) - self.zz @ k

    def criterion(self, factor: Floats) -> tuple[float, Floats]:
        """−2 × profiled restricted log-likelihood up to a constant, and its gradient."""
        at = self.profile(factor)
        log_v = at.log_determinant + float(np.linalg.slogdet(at.information)[1])
        return log_v + (self.n - self.p) * math.log(at.squares), at.gradient

    def log_likelihood(self, factor: Floats, residual: float) -> float:
        """Restricted log-likelihood, up to a constant."""
        at = self.profile(factor)
        log_v = at.log_determinant + float(np.linalg.slogdet(at.information)[1])
        return -0.5 * (log_v + (self.n - self.p) * math.log(residual) + at.squares / residual)

    def covariance(self, factor: Floats, residual: float) -> Floats:
        """Covariance of the coefficients of the design as it was given."""
        back = np.linalg.inv(self.r)
        inverse = np.linalg.inv(self.profile(factor).information)
        return np.asarray(self.unit**2 * residual * back @ inverse @ back.T, dtype=np.float64)

    def kenward_roger(self, factor: Floats, residual: float) -> tuple[Floats, Floats]:
        """Kenward and Roger's standard errors and degrees of freedom of each coefficient.

        V is linear in the three entries of the covariance of intercept and slope and, as the fourth, in itself: a basis
        of the same space as with the residual variance, and the result does not depend on the basis. In their notation
        ``first`` is P and ``second`` is Q.
        """
        phi = np.linalg.inv(self.profile(factor).information)
        shrunk = self._inverse(factor)[2]
        vx, vz = shrunk @ self.zx, shrunk @ self.zz
        entries = np.array([[[1.0, 0], [0, 0]], [[0, 1], [1, 0]], [[0, 0], [0, 1]]])[:, None]
        ex, ez = entries @ vx, entries @ vz
        first = -np.concatenate([np.einsum("icp,aicq->apq", vx, ex), np.linalg.inv(phi)[None]])
        second, traces = np.empty((4, 4, self.p, self.p)), np.empty((4, 4))
        second[:3, :3] = np.einsum("aicp,icd,bidq->abpq", ex, vz, ex, optimize=True)
        second[3], second[:, 3] = -first, -first
        traces[:3, :3] = np.einsum("aicd,bidc->ab", ez, ez)
        traces[3, :3] = traces[:3, 3] = np.einsum("aicc->a", ez)
        traces[3, 3] = self.n
        through = first @ phi
        information = traces - 2 * np.einsum("pq,abqp->ab", phi, second) + np.einsum("apq,bqp->ab", through, through)
        w = 2 * np.linalg.inv(information)
        bend = np.einsum("ab,abpq->pq", w, second - np.einsum("apq,bqr->abpr", through, first))
        back = np.linalg.inv(self.r)
        v, adjusted = (np.diag(back @ c @ back.T) for c in (phi, phi + 2 * phi @ bend @ phi))
        gradient = np.einsum("jp,apq,jq->aj", back, phi @ through, back)
        errors = self.unit * np.sqrt(residual * adjusted)
        return errors, 2 * v**2 / np.einsum("aj,ab,bj->j", gradient, w, gradient)


def fit_random_slope(
    y: Floats, x: Floats, z_time: Floats, person: npt.NDArray[np.int64], *, terms: Sequence[str]
) -> GrowthFit:
    """Restricted maximum likelihood of a model with a random intercept and slope of each person, correlated.

    Parameters
    ----------
    y : array
        Outcome, not determined by straight lines of the people.
    x : array
        Design of full column rank.
    z_time : array
        Time of each row, in the unit that the variance of the slopes shall have; some people have three or more.
    person : array of int
        Person of each row, numbered from 0.
    terms : sequence of str
        Names of the columns of ``x``.

    Returns
    -------
    GrowthFit
        ``rank`` says whether the estimate lies at the boundary.

    Raises
    ------
    ValueError
        When every row stands at the same time.

    Notes
    -----
    ``y = X β + Z b + e``, Z the columns 1 and time, ``b ~ N(0, σ² F F')``. The likelihood is profiled down to the three
    entries of the triangular F, and maximised from several starts with its exact gradient; one column of F, or none,
    is preferred where it is no worse. Degrees of freedom are `rmanalytics.measures.stats.mixed_model.satterthwaite`
    in F and σ², at the boundary in what is left of F. Kenward and Roger's use the expected information in the entries
    of σ² F F' and σ², at the boundary too; without gaps, at the same times and off the boundary the two agree.

    References
    ----------
    Bates D, Mächler M, Bolker B, Walker S (2015). https://doi.org/10.18637/jss.v067.i01
    Kenward MG, Roger JH (1997). https://doi.org/10.2307/2533558
    Kuznetsova A, Brockhoff PB, Christensen RHB (2017). https://doi.org/10.18637/jss.v082.i13

    Examples
    --------
    Balanced: the mean slope is the mean of the people's own slopes 1, 2, 3 and 6, with the error of such a mean,
    √(14/3/4), and 3 degrees of freedom.

    >>> time, person = np.tile([-1.0, 0, 1], 4), np.repeat(np.arange(4), 3)
    >>> y = np.array([1.0, 2, 3, 6])[person] * time + np.repeat([0.0, 2, 5, 3], 3) + np.tile([0.1, -0.2, 0.1], 4)
    >>> fit = fit_random_slope(y, np.column_stack([np.ones(12), time]), time, person, terms=["mean", "slope"])
    >>> round(float(fit.estimates[1]), 3), round(float(fit.errors[1]), 3), round(float(fit.df[1]), 2), fit.rank
    (3.0, 1.08, 3.0, 2)
    """
    sums = _Sums(y, x, z_time, person)
    factor = _best_factor(sums)
    at = sums.profile(factor)
    free = sums.n - sums.p
    residual = at.squares / free
    var_residual = residual * sums.unit**2
    from_zero = np.array([[1.0, -sums.mean_time / sums.sd_time], [0.0, 1 / sums.sd_time]])
    between = var_residual * from_zero @ factor @ factor.T @ from_zero.T
    errors_kr, df_kr = sums.kenward_roger(factor, residual)
    log_x = 2 * float(np.log(np.abs(np.diag(sums.r))).sum())
    criterion = sums.criterion(factor)[0] + free * (1 + math.log(2 * math.pi * sums.unit**2 / free)) + log_x
    return GrowthFit(
        terms=tuple(terms),
        estimates=sums.start + sums.unit * np.linalg.solve(sums.r, at.coefficients),
        errors=np.sqrt(np.diag(sums.covariance(factor, residual))),
        df=_degrees_of_freedom(sums, factor, residual),
        errors_kr=errors_kr,
        df_kr=df_kr,
        var_intercept=float(between[0, 0]),
        var_slope=float(between[1, 1]),
        cov=float(between[0, 1]),
        var_residual=var_residual,
        reml_criterion=criterion,
        rank=factor.shape[1],
    )


def _factor(theta: Floats) -> Floats:
    """A 2 × r factor from its free entries: none, one column (2), or a lower triangle (3)."""
    if theta.size == 3:
        return np.array([[theta[0], 0.0], [theta[1], theta[2]]])
    return theta.reshape(2, theta.size // 2)


def _entries(factor: Floats) -> Floats:
    return np.asarray(factor[np.tril_indices(2, m=2)] if factor.shape[1] == 2 else factor.ravel(), dtype=np.float64)


def _best_factor(sums: _Sums) -> Floats:
    """The factor of the lowest criterion, with as few columns as are no worse."""

    def criterion(theta: Floats) -> tuple[float, Floats]:
        value, gradient = sums.criterion(_factor(theta))
        return value, _entries(gradient)

    def lowest(starts: list[Floats]) -> tuple[float, Floats]:
        runs = [minimize(criterion, start, jac=True, method="BFGS", options={"gtol": 1e-6}) for start in starts]
        best = min(runs, key=lambda run: float(run.fun))
        polished = root(lambda theta: criterion(theta)[1], best.x, options={"xtol": 1e-12}).x
        value = criterion(polished)[0]
        if value > best.fun + _NO_WORSE:
            return float(best.fun), np.asarray(best.x, dtype=np.float64)
        return value, np.asarray(polished, dtype=np.float64)

    nothing = sums.criterion(np.zeros((2, 0)))[0]
    one, column = lowest([np.array([a, sign * b]) for a, b in ((1.0, 0.1), (0.1, 1.0), (1.0, 1.0)) for sign in (1, -1)])
    beside = np.array([*column, max(0.1, 0.1 * float(np.abs(column).max()))])
    two, triangle = lowest([beside, *(np.array([a, 0.0, c]) for a, c in _STARTS)])
    least = min(nothing, one, two)
    if nothing <= least + _NO_WORSE:
        return np.zeros((2, 0))
    return _factor(column if one <= least + _NO_WORSE else triangle)


def _degrees_of_freedom(sums: _Sums, factor: Floats, residual: float) -> Floats:
    free = float(sums.n - sums.p)
    theta = _entries(factor)
    if theta.size == 0:
        return np.full(sums.p, free)
    size = np.maximum(np.abs(theta), 0.01 * np.abs(theta).max())
    return satterthwaite(
        lambda at: sums.log_likelihood(_factor(at[:-1]), float(at[-1])),
        lambda at: sums.covariance(_factor(at[:-1]), float(at[-1])),
        at=np.array([*theta, residual]),
        step=1e-3 * np.array([*size, residual]),
        free=free,
    )


def mean_slope(scores: pd.DataFrame) -> Estimate | NotEstimable:
    """Mean growth of the scores per unit of time, people with gaps in their series included.

    Parameters
    ----------
    scores : DataFrame
        ``person_id``, ``time`` (a number, in the unit of the result), ``score`` (NaN where there is none), one row a
        person and time.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``points per unit of time``; ``n`` counts people with at least one score. ``method`` says where the
        variances lie at the boundary. ``extra``: ``se``, ``df``, ``intercept`` (mean score at time 0),
        ``intercept_se``, ``intercept_df``, ``var_intercept``, ``var_slope``, ``cov``, ``var_residual``,
        ``reml_criterion``, ``rank`` (see `GrowthFit`), ``scores_n``, ``series_n`` (people with three or more scores),
        and ``se_kr``, ``df_kr``, ``p_kr`` of Kenward and Roger as a check.

    Raises
    ------
    ValueError
        When a person stands twice at a time, or a row has no time.

    *Not estimable when* fewer than 6 people have three or more scores, or a straight line of each person determines
    every score.

    Notes
    -----
    ``score = a + b time + a_person + b_person time + e``, restricted maximum likelihood, t of b with Satterthwaite's
    degrees of freedom. With the same times and no gaps, b is the mean of the people's own least-squares slopes and,
    where the variances are not at the boundary, its t is the one-sample t of these slopes. It is the growth of those
    observed, with no comparison: a gain, not what the programme did. A straight line is assumed; times that lie far
    apart with growth that levels off need `rmanalytics.measures.survey.follow_up.wave_differences`.

    References
    ----------
    Laird NM, Ware JH (1982). https://doi.org/10.2307/2529876
    Kuznetsova A, Brockhoff PB, Christensen RHB (2017). https://doi.org/10.18637/jss.v082.i13

    Examples
    --------
    Six people with slopes 0, 1, 2, 3, 4 and 8, whose mean is 3 and the error of that mean √(8/6):

    >>> time, person = np.tile([0.0, 1, 2], 6), np.repeat(np.arange(6), 3)
    >>> score = np.array([0.0, 1, 2, 3, 4, 8])[person] * time + np.tile([0.1, -0.2, 0.1], 6) + person % 3
    >>> found = mean_slope(pd.DataFrame({"person_id": person, "time": time, "score": score}))
    >>> round(found.value, 6), round(found.extra["se"], 4), round(found.extra["df"], 3)
    (3.0, 1.1547, 5.0)
    """
    check_rows(scores, ["person_id", "time", "score"], key=["person_id", "time"])
    seen = scores[scores["score"].notna()].sort_values(["person_id", "time"])
    person, people = pd.factorize(seen["person_id"])
    n, name, unit = len(people), "mean_slope", "points per unit of time"
    series = int((np.bincount(person, minlength=1) >= 3).sum())
    if series < LEAST_PAIRS:
        return NotEstimable(name=name, unit=unit, reason=TOO_SHORT, n=n, values={"least": LEAST_PAIRS})
    y, time = seen["score"].to_numpy(dtype=np.float64), seen["time"].to_numpy(dtype=np.float64)
    if _determined(y, time, person):
        return NotEstimable(name=name, unit=unit, reason=PERFECT_FIT, n=n)
    x = np.column_stack([np.ones(y.size), time])
    fit = fit_random_slope(y, x, time, person.astype(np.int64), terms=["intercept", "time"])
    value, se, df, se_kr, df_kr = (float(a[1]) for a in (fit.estimates, fit.errors, fit.df, fit.errors_kr, fit.df_kr))
    reach = float(t_distribution.ppf(0.975, df)) * se
    unseen = int(scores["person_id"].nunique()) - n
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=value - reach,
        hi=value + reach,
        n=n,
        unit_of_analysis="person",
        method=INSIDE if fit.rank == 2 else AT_THE_BOUNDARY,
        n_excluded=unseen,
        excluded_reason=WITHOUT_ANY if unseen else "",
        p_value=2 * float(t_distribution.sf(abs(value) / se, df)),
        extra={
            "se": se,
            "df": df,
            "intercept": float(fit.estimates[0]),
            "intercept_se": float(fit.errors[0]),
            "intercept_df": float(fit.df[0]),
            "var_intercept": fit.var_intercept,
            "var_slope": fit.var_slope,
            "cov": fit.cov,
            "var_residual": fit.var_residual,
            "reml_criterion": fit.reml_criterion,
            "rank": float(fit.rank),
            "se_kr": se_kr,
            "df_kr": df_kr,
            "p_kr": 2 * float(t_distribution.sf(abs(value) / se_kr, df_kr)),
            "scores_n": float(y.size),
            "series_n": float(series),
        },
    )


def _determined(y: Floats, time: Floats, person: npt.NDArray[np.int64]) -> bool:
    """Whether straight lines of the people leave nothing."""
    size = np.bincount(person)
    dy = y - (np.bincount(person, weights=y) / size)[person]
    dt = time - (np.bincount(person, weights=time) / size)[person]
    spread = np.bincount(person, weights=dt**2)
    slope = np.bincount(person, weights=dt * dy) / np.where(spread > 0, spread, 1.0)
    return float(np.abs(dy - slope[person] * dt).max()) <= noise(y)
