"""Counts of people followed for different times: log-linear models whose errors hold for people who belong together.

Unit: the row (a person in one round); the cluster is what ties several rows together.

References
----------
McCullagh P, Nelder JA (1989). Generalized Linear Models. https://doi.org/10.1201/9780203753736
Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from rmanalytics.measures.rows import Floats
from rmanalytics.measures.stats.cluster_robust import Contrast, fit_clustered

_MOST_STEPS = 100
_WIDEST = 20.0


@dataclass(frozen=True, kw_only=True)
class CountFit:
    """A count regression: the logarithm of a rate ratio with its error, and how far counts spread beyond Poisson.

    Parameters
    ----------
    contrast : Contrast
        Coefficient asked for, CR2 error and Satterthwaite's degrees of freedom.
    spread : float
        Pearson's dispersion (quasi-Poisson), or the variance of the rates in units of their square (NB2).
    """

    contrast: Contrast
    spread: float


def fit_counts(
    counts: Floats, exposure: Floats, x: Floats, cluster: npt.NDArray[np.int64], *, term: int, nb2: bool = False
) -> CountFit | None:
    r"""Log-linear regression of counts on a design, quasi-Poisson or negative binomial (NB2), with CR2 errors.

    Parameters
    ----------
    counts, exposure : array
        Events, and time followed (above 0), one a row.
    x : array
        Design of full column rank, with its intercept or strata.
    cluster : array of int
        Cluster of each row, numbered from 0.
    term : int
        Column whose coefficient is asked for.
    nb2 : bool
        Whether the variance is :math:`\mu + \alpha\mu^2` instead of :math:`\phi\mu`.

    Returns
    -------
    CountFit or None
        None where the likelihood has no maximum, as when all of a stratum or group have no event.

    Notes
    -----
    :math:`\ln\mu = \ln t + x'\beta` by Fisher scoring. At the maximum this is least squares of
    :math:`\sqrt w\,(x'\beta + (y-\mu)/\mu)` on :math:`\sqrt w\,x` with :math:`w = \mu^2 / V(\mu)`, whose CR2 errors are
    those of `fit_clustered`. α of NB2 maximises the profile likelihood; 0 where that falls from there.

    References
    ----------
    Cameron AC, Trivedi PK (2013). Regression analysis of count data. https://doi.org/10.1017/CBO9781139013567

    Examples
    --------
    Rates 2 and 1 a year:

    >>> x = np.column_stack([np.ones(8), [1] * 4 + [0] * 4])
    >>> fit = fit_counts(np.array([1.0, 3, 2, 2, 0, 1, 1, 2]), np.ones(8), x, np.arange(8), term=1)
    >>> round(math.exp(fit.contrast.value), 9)
    2.0
    """
    alpha = 0.0
    if nb2:
        log_alpha = minimize_scalar(
            lambda a: -_profile(counts, exposure, x, math.exp(a)), bounds=(-12.0, 5.0), method="bounded"
        ).x
        alpha = math.exp(float(log_alpha))
        if _profile(counts, exposure, x, alpha) <= _profile(counts, exposure, x, 0.0) + 1e-6:
            alpha = 0.0
    beta = _scored(counts, exposure, x, alpha)
    if beta is None:
        return None
    mu = exposure * np.exp(x @ beta)
    root = np.sqrt(mu / (1 + alpha * mu))
    fit = fit_clustered(root * (x @ beta + (counts - mu) / mu), root[:, None] * x, cluster, terms=["x"] * x.shape[1])
    pearson = float(((counts - mu) ** 2 / mu).sum()) / (len(counts) - x.shape[1])
    return CountFit(contrast=fit.contrast(term), spread=alpha if nb2 else pearson)


def _scored(counts: Floats, exposure: Floats, x: Floats, alpha: float) -> Floats | None:
    beta = np.linalg.lstsq(x, np.log((counts + counts.mean()) / exposure + 1e-12))[0]
    for _ in range(_MOST_STEPS):
        mu = exposure * np.exp(np.clip(x @ beta, -_WIDEST, _WIDEST))
        w = mu / (1 + alpha * mu)
        step = np.linalg.lstsq(x * np.sqrt(w)[:, None], np.sqrt(w) * (counts - mu) / mu)[0]
        beta = beta + step
        if np.abs(x @ beta).max() > _WIDEST:
            return None
        if np.abs(step).max() < 1e-11:
            return np.asarray(beta, dtype=np.float64)
    return None


def _profile(counts: Floats, exposure: Floats, x: Floats, alpha: float) -> float:
    """Log-likelihood of NB2 at its best coefficients for a spread, constants left out; Poisson at 0."""
    beta = _scored(counts, exposure, x, alpha)
    if beta is None:
        return -math.inf
    mu = exposure * np.exp(x @ beta)
    if alpha == 0:
        return float((counts * np.log(mu) - mu).sum())
    r = 1 / alpha
    return float(
        (gammaln(counts + r) - gammaln(r) - counts * math.log(r) - (counts + r) * np.log1p(alpha * mu)).sum()
        + (counts * np.log(mu)).sum()
    )
