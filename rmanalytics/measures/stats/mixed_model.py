"""People measured at several waves, some of them not at all: the difference of changes with a random person.

Unit: the person. Everyone with at least one score is used, which assumes that who is missing depends on the scores seen
only (missing at random).

References
----------
Laird NM, Ware JH (1982). https://doi.org/10.2307/2529876
Fai AHT, Cornelius PL (1996). https://doi.org/10.1080/00949659608811740
Kuznetsova A, Brockhoff PB, Christensen RHB (2017). https://doi.org/10.18637/jss.v082.i13
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.stats import t as t_distribution

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LEAST_PAIRS, UPPER, Floats, check_rows, noise
from rmanalytics.results import PARTICIPANTS, Estimate, NotEstimable

TOO_FEW_AT_A_WAVE = "fewer than {least} people of a group at one of the waves"
NOBODY_TWICE = "nobody has a score at both waves"
PERFECT_FIT = "the person, the wave and the group determine every score"
WITHOUT_ANY = "without any score"
RANDOM_PERSON = "mixed model with a random person, REML, Satterthwaite t interval"

_LARGEST_RATIO = 12.0
"""Logarithm of the largest ratio of the person's variance to the residual one."""


@dataclass(frozen=True, kw_only=True)
class MixedFit:
    """A fit with a random intercept of each person, by restricted maximum likelihood.

    Parameters
    ----------
    terms : tuple of str
        Names of the columns of the design.
    estimates, errors, df : array
        One number a term; Satterthwaite's degrees of freedom.
    var_person, var_residual : float
        Variance between people, and within.
    log_likelihood : float
        Restricted log-likelihood.
    """

    terms: tuple[str, ...]
    estimates: Floats
    errors: Floats
    df: Floats
    var_person: float
    var_residual: float
    log_likelihood: float


class _Data:
    """Rows, and what the restricted likelihood is at given variances.

    Subtracting from each row a part of its person's mean makes the rows uncorrelated with equal variance.
    """

    def __init__(self, y: Floats, x: Floats, person: npt.NDArray[np.int64]) -> None:
        self.n, self.p = len(x), int(x.shape[1])
        self.person = person
        self.size = np.bincount(person).astype(float)
        self.y, self.x = y, x
        self.mean_y = np.bincount(person, weights=y) / self.size
        self.mean_x = np.zeros((self.size.size, self.p))
        np.add.at(self.mean_x, person, x)
        self.mean_x /= self.size[:, None]

    def solve(self, ratio: float) -> tuple[Floats, Floats, float]:
        """Coefficients, information and residual sum of squares in units of the residual variance."""
        part = (1 - 1 / np.sqrt(1 + self.size * ratio))[self.person]
        x = self.x - part[:, None] * self.mean_x[self.person]
        y = self.y - part * self.mean_y[self.person]
        information = np.asarray(x.T @ x, dtype=np.float64)
        b = np.asarray(np.linalg.solve(information, x.T @ y), dtype=np.float64)
        rest = y - x @ b
        return b, information, float(rest @ rest)

    def log_likelihood(self, var_person: float, var_residual: float) -> float:
        """Restricted log-likelihood."""
        ratio = var_person / var_residual
        _, information, squares = self.solve(ratio)
        log_v = (self.n - self.p) * math.log(2 * math.pi * var_residual) + float(np.log1p(self.size * ratio).sum())
        return -0.5 * (log_v + float(np.linalg.slogdet(information)[1]) + squares / var_residual)

    def residual_variance(self, ratio: float) -> float:
        """Residual variance at a given ratio of the person's variance to it."""
        return self.solve(ratio)[2] / (self.n - self.p)

    def covariance(self, var_person: float, var_residual: float) -> Floats:
        """Covariance of the coefficients."""
        information = self.solve(var_person / var_residual)[1]
        return np.asarray(var_residual * np.linalg.inv(information), dtype=np.float64)


def fit_random_intercept(y: Floats, x: Floats, person: npt.NDArray[np.int64], *, terms: Sequence[str]) -> MixedFit:
    """Restricted maximum likelihood of a model with a random intercept of each person.

    Parameters
    ----------
    y : array
        Outcome.
    x : array
        Design of full column rank.
    person : array of int
        Person of each row, numbered from 0.
    terms : sequence of str
        Names of the columns of ``x``.

    Returns
    -------
    MixedFit
        ``var_person`` is the covariance of two scores of a person, and may be negative.

    Notes
    -----
    The likelihood is profiled down to the ratio of the covariance within a person to the residual variance, above −1/m
    for m scores of a person: who moves against the others makes it negative, and cutting it at 0 would make the
    interval of a change too narrow (it rejects 11 of 100 true null hypotheses at a correlation of −.6). Degrees of
    freedom of a coefficient with variance v: ``2 v² / (g' A g)``, g the gradient of v in the two variances, A the
    inverse of the observed information.

    References
    ----------
    Fai AHT, Cornelius PL (1996). https://doi.org/10.1080/00949659608811740

    Examples
    --------
    Balanced: the mean of three people measured twice has the error of the mean of three person means.

    >>> y, person = np.array([1.0, 2, 4, 5, 9, 8]), np.array([0, 0, 1, 1, 2, 2])
    >>> fit = fit_random_intercept(y, np.ones((6, 1)), person, terms=["mean"])
    >>> round(float(fit.errors[0]), 3), round(float(fit.df[0]), 2)
    (2.028, 2.0)
    """
    data = _Data(y, x, person)

    least = -1 / float(data.size.max())

    def criterion(log_above: float) -> float:
        ratio = least + math.exp(log_above)
        residual = data.residual_variance(ratio)
        return -data.log_likelihood(ratio * residual, residual)

    found = minimize_scalar(
        criterion, bounds=(-_LARGEST_RATIO, _LARGEST_RATIO), method="bounded", options={"xatol": 1e-11}
    )
    ratio = least + math.exp(float(found.x))
    residual = data.residual_variance(ratio)
    between = ratio * residual
    return MixedFit(
        terms=tuple(terms),
        estimates=data.solve(ratio)[0],
        errors=np.sqrt(np.diag(data.covariance(between, residual))),
        df=_degrees_of_freedom(data, between, residual),
        var_person=between,
        var_residual=residual,
        log_likelihood=data.log_likelihood(between, residual),
    )


@measure
def mixed_difference(waves: pd.DataFrame) -> Estimate | NotEstimable:
    """Difference of the two groups' changes, people with a score at one wave only included.

    Parameters
    ----------
    waves : DataFrame
        ``person_id``, ``group`` (``participants`` or ``comparison``), ``pre``, ``post`` (scale points, NaN where there
        is no score), one row a person.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``scale points``, participants minus comparison; ``n`` counts people with at least one score. ``extra``:
        ``se``, ``df``, ``var_person``, ``var_residual``, ``icc``, ``complete_n``.

    Raises
    ------
    ValueError
        When a person stands in more than one row, or for another group.

    *Not estimable when* a group has fewer than 6 scores at one of the waves, nobody has a score at both, or nothing is
    left to explain.

    Notes
    -----
    ``score = a + b [post] + c [participant] + δ [post][participant] + person + e``, restricted maximum likelihood, t
    with Satterthwaite's degrees of freedom. With complete pairs δ and its t are those of the pooled t test of
    the changes.

    References
    ----------
    Laird NM, Ware JH (1982). https://doi.org/10.2307/2529876
    Kuznetsova A, Brockhoff PB, Christensen RHB (2017). https://doi.org/10.18637/jss.v082.i13

    Examples
    --------
    Participants gain 2 on average, the others 1:

    >>> waves = pd.DataFrame({"person_id": range(12), "group": ["comparison"] * 6 + ["participants"] * 6,
    ...     "pre": [1, 3, 5, 2, 4, 6] * 2, "post": [2, 4, 6, 2, 5, 8] + [3, 5, 7, 3, 6, 9]})
    >>> round(mixed_difference(waves).value, 9)
    1.0
    """
    check_rows(waves, ["person_id", "group", "pre", "post"], key=["person_id"])
    seen = waves[waves[["pre", "post"]].notna().any(axis=1)]
    is_participant = (seen["group"] == PARTICIPANTS).to_numpy()
    n, name, unit = int(is_participant.sum()), "mixed_difference", "scale points"
    counts = [
        int(seen.loc[side, wave].notna().sum())
        for side in (is_participant, ~is_participant)
        for wave in ("pre", "post")
    ]
    if min(counts) < LEAST_PAIRS:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_AT_A_WAVE, n=n, values={"least": LEAST_PAIRS})
    scores: Floats = seen[["pre", "post"]].to_numpy(dtype=np.float64)
    if not np.asarray(~np.isnan(scores).any(axis=1)).any():
        return NotEstimable(name=name, unit=unit, reason=NOBODY_TWICE, n=n)
    fit = fit_waves(scores, is_participant)
    if fit is None:
        return NotEstimable(name=name, unit=unit, reason=PERFECT_FIT, n=n)
    unseen = len(waves) - len(seen)
    found = difference_of_changes(fit, scores, is_participant, wave=1, name=name)
    return replace(found, n_excluded=unseen, excluded_reason=WITHOUT_ANY if unseen else "")


def fit_waves(scores: Floats, is_participant: npt.NDArray[np.bool_]) -> MixedFit | None:
    """Fit of wave, group and their product, with a random intercept of each person.

    Parameters
    ----------
    scores : array of people by waves
        Scale points, NaN where there is no score; the first wave is the one the others are compared with.
    is_participant : array of bool
        Group of each person.

    Returns
    -------
    MixedFit or None
        Terms: intercept, the later waves, participant, and the product of each later wave with participant. None where
        person, wave and group determine every score, so that no residual is left.

    Examples
    --------
    >>> scores = np.array([[1.0, 2], [3, 5], [2, 5], [4, 6]])
    >>> fit = fit_waves(scores, np.array([False, False, True, True]))
    >>> round(float(fit.estimates[3]), 9)
    1.0
    """
    later = range(1, scores.shape[1])
    person, wave = np.nonzero(~np.isnan(scores))
    y, inside = scores[person, wave], is_participant[person].astype(float)
    at_wave = (wave[:, None] == np.asarray(later)).astype(float)
    x = np.column_stack([np.ones(y.size), at_wave, inside, at_wave * inside[:, None]])
    data = _Data(y, x, np.unique(person, return_inverse=True)[1].astype(np.int64))
    within_x, within_y = x - data.mean_x[data.person], y - data.mean_y[data.person]
    rest = within_y - within_x @ np.linalg.lstsq(within_x, within_y)[0]
    if float(np.abs(rest).max()) <= noise(y):
        return None
    terms = ["intercept", *(f"wave {w}" for w in later), "participant", *(f"difference {w}" for w in later)]
    return fit_random_intercept(y, x, data.person, terms=terms)


def difference_of_changes(
    fit: MixedFit, scores: Floats, is_participant: npt.NDArray[np.bool_], *, wave: int, name: str
) -> Estimate:
    """One later wave's term of `fit_waves` as a result: participants' change minus that of the others.

    Parameters
    ----------
    fit : MixedFit
        From `fit_waves` of the same ``scores`` and ``is_participant``, everyone with at least one score.
    wave : int
        Column of the later wave.
    name : str
        Name of the result.

    Examples
    --------
    >>> scores, inside = np.array([[1.0, 2], [3, 5], [2, 5], [4, 6]]), np.array([False, False, True, True])
    >>> found = difference_of_changes(fit_waves(scores, inside), scores, inside, wave=1, name="change")
    >>> round(found.value, 9), found.extra["complete_n"]
    (1.0, 4.0)
    """
    term, n = scores.shape[1] + wave, int(is_participant.sum())
    value, se, df = (float(a[term]) for a in (fit.estimates, fit.errors, fit.df))
    reach = float(t_distribution.ppf(UPPER, df)) * se
    return Estimate(
        name=name,
        unit="scale points",
        value=value,
        lo=value - reach,
        hi=value + reach,
        n=n,
        unit_of_analysis="person",
        method=RANDOM_PERSON,
        n_comparator=len(scores) - n,
        p_value=2 * float(t_distribution.sf(abs(value) / se, df)),
        extra={
            "se": se,
            "df": df,
            "var_person": fit.var_person,
            "var_residual": fit.var_residual,
            "icc": fit.var_person / (fit.var_person + fit.var_residual),
            "complete_n": float((~np.isnan(scores[:, [0, wave]])).all(axis=1).sum()),
        },
    )


def _degrees_of_freedom(data: _Data, between: float, residual: float) -> Floats:
    free = float(data.n - data.p)
    room = between + residual / float(data.size.max())  # how far the covariance may fall
    return satterthwaite(
        lambda at: data.log_likelihood(float(at[0]), float(at[1])),
        lambda at: data.covariance(float(at[0]), float(at[1])),
        at=np.array([between, residual]),
        step=1e-4 * np.array([room, min(residual, room)]),
        free=free,
    )


def satterthwaite(
    log_likelihood: Callable[[Floats], float],
    covariance: Callable[[Floats], Floats],
    *,
    at: Floats,
    step: Floats,
    free: float,
) -> Floats:
    """Degrees of freedom of every coefficient, by central differences in the parameters of the variance.

    Parameters
    ----------
    log_likelihood, covariance : callable
        Restricted log-likelihood, and covariance of the coefficients, at given parameters.
    at : array
        Parameters that make the likelihood largest.
    step : array
        Steps of the differences.
    free : float
        Degrees of freedom of a coefficient whose variance does not depend on the parameters.

    Returns
    -------
    array
        ``2 v² / (g' A g)``: v the variance of the coefficient, g its gradient, A the inverse observed information.
        The same for any smooth choice of parameters.

    References
    ----------
    Fai AHT, Cornelius PL (1996). https://doi.org/10.1080/00949659608811740

    Examples
    --------
    The mean of five independent scores has 4; of the likelihood only what depends on the variance s is needed:

    >>> satterthwaite(lambda s: -2 * np.log(s[0]) - 2 / s[0], lambda s: np.diag(s) / 5,
    ...               at=np.ones(1), step=np.full(1, 1e-4), free=0.0).round(5).tolist()
    [4.0]
    """
    k, e = at.size, np.diag(step)
    v = np.diag(covariance(at))
    gradient = np.empty((v.size, k))
    hessian = np.empty((k, k))

    def value(shift: Floats) -> float:
        return log_likelihood(at + shift)

    for i in range(k):
        gradient[:, i] = np.diag(covariance(at + e[i]) - covariance(at - e[i])) / (2 * step[i])
        for j in range(i + 1):
            corners = value(e[i] + e[j]) - value(e[i] - e[j]) - value(e[j] - e[i]) + value(-e[i] - e[j])
            hessian[i, j] = hessian[j, i] = -corners / (4 * step[i] * step[j])
    spread = np.einsum("pi,ij,pj->p", gradient, np.linalg.inv(hessian), gradient)
    return np.where(spread > 0, 2 * v**2 / np.where(spread > 0, spread, 1.0), free)
