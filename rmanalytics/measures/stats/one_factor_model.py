"""One common factor by maximum likelihood, for people measured once or several times and for several groups.

Unit: the person. Covariances and means alone are fitted; what is free and what is equal is asked step by step:
configural, metric (equal loadings), scalar (equal loadings and intercepts).

References
----------
Jöreskog KG (1971). https://doi.org/10.1007/BF02291366
Lee SY, Jennrich RI (1979). https://doi.org/10.1007/BF02293789
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rmanalytics.measures.rows import Floats

STEPS = CONFIGURAL, METRIC, SCALAR = ("configural", "metric", "scalar")
_MOST_STEPS = 40
_CLOSE = 1e-6
_SHORTEST = 1e-4


@dataclass(frozen=True, kw_only=True)
class Moments:
    """What a group's answers say: people, covariances (divided by their number) and means.

    Variables stand wave by wave, in each the items in the same order.
    """

    n: int
    covariance: Floats
    mean: Floats

    @classmethod
    def of(cls, x: Floats) -> Moments:
        """Those of answers, one row a person."""
        return cls(n=len(x), covariance=np.cov(x.T, bias=True), mean=x.mean(axis=0))


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """Where each number of the model stands in its list of parameters, whose last two are a fixed 1 and a fixed 0."""

    free_n: int
    loading: npt.NDArray[np.int64]
    own: npt.NDArray[np.int64]
    band: npt.NDArray[np.int64]
    factor: npt.NDArray[np.int64]
    intercept: npt.NDArray[np.int64]
    level: npt.NDArray[np.int64]

    @property
    def has_means(self) -> bool:
        return bool(self.intercept.size)


@dataclass(frozen=True, kw_only=True)
class FactorFit:
    """A fitted model.

    Parameters
    ----------
    chi2 : float
        People times the discrepancy of maximum likelihood.
    df, covariance_df : int
        Degrees of freedom, of means and covariances and of covariances alone.
    loadings : array
        Of each group by variable.
    covariances, means : array
        Those of each group that the model implies.
    proper : bool
        Whether every item has variance of its own and the factors of several waves do not coincide.
    """

    chi2: float
    df: int
    covariance_df: int
    loadings: Floats
    covariances: Floats
    means: Floats
    proper: bool


def fit_one_factor(groups: Sequence[Moments], *, waves: int, step: str) -> FactorFit | None:
    r"""Fit one factor a wave to every group at once.

    Parameters
    ----------
    groups : sequence of Moments
        One for each group of people; covariances of full rank.
    waves : int
        How often each person answered (1 or 2); the residuals of an item go together over waves.
    step : str
        ``configural``: nothing is equal; ``metric``: an item's loading is the same in every group and wave;
        ``scalar``: its intercept too.

    Returns
    -------
    FactorFit or None
        None where the likelihood's maximum is not reached in 40 steps.

    Notes
    -----
    :math:`\Sigma_g = \Lambda_g \Phi_g \Lambda_g' + \Theta_g`, :math:`\mu_g = \nu_g + \Lambda_g \alpha_g`. The first
    factor has variance 1 and mean 0; the others' variances are free where loadings are equal, their means where
    intercepts are. Fisher scoring is least squares of whitened residuals on the whitened derivatives.

    References
    ----------
    Jöreskog KG (1971). https://doi.org/10.1007/BF02291366

    Examples
    --------
    Three items whose pairwise correlations are all 0.5 load √0.5 each:

    >>> told = Moments(n=50, covariance=np.full((3, 3), 0.5) + 0.5 * np.eye(3), mean=np.zeros(3))
    >>> fit_one_factor([told], waves=1, step="configural").loadings.round(4).tolist()
    [[0.7071, 0.7071, 0.7071]]
    """
    layout, told = _laid_out(len(groups), waves, len(groups[0].mean) // waves, step), _Stacked.of(groups)
    at = _evaluated(layout, told, _start(layout, groups, waves))
    for _ in range(_MOST_STEPS):
        if at is None or (at.state[layout.own] < -told.variance).any():
            return None
        gradient = at.design @ at.residual
        information = at.design @ at.design.T
        information[np.diag_indices_from(information)] *= 1 + 1e-9
        try:
            step_to = np.asarray(np.linalg.solve(information, gradient), dtype=np.float64)
        except np.linalg.LinAlgError:
            return None
        if gradient @ step_to < _CLOSE:
            return _told(layout, at)
        at = _lower(layout, told, at, step_to)
    return None


def independence_chi2(groups: Sequence[Moments]) -> tuple[float, int]:
    """Chi-square and degrees of freedom of items that do not go together at all, means and variances free."""
    chi2 = sum(g.n * (np.log(np.diag(g.covariance)).sum() - np.linalg.slogdet(g.covariance)[1]) for g in groups)
    size = len(groups[0].mean)
    return float(chi2), len(groups) * size * (size - 1) // 2


def _laid_out(groups_n: int, waves: int, items_n: int, step: str) -> _Layout:
    used = 0

    def new(*shape: int) -> npt.NDArray[np.int64]:
        nonlocal used
        size = int(np.prod(shape))
        used += size
        return np.arange(used - size, used).reshape(shape)

    times = (groups_n, waves)
    same = (groups_n, waves, items_n)
    loading = new(*same) if step == CONFIGURAL else np.broadcast_to(new(items_n), same)
    own, band = new(*same), new(groups_n, items_n * (waves - 1))
    intercept = np.broadcast_to(new(items_n), same) if step == SCALAR else np.empty((groups_n, 0), dtype=np.int64)
    between = new(groups_n * (waves - 1))
    variance = new(groups_n * waves - 1) if step != CONFIGURAL else np.full(groups_n * waves - 1, -2)
    level = new(groups_n * waves - 1) if step == SCALAR else np.full(groups_n * waves - 1, -1)
    variance, level = np.append(-2, variance).reshape(times), np.append(-1, level).reshape(times)
    factor = np.empty((groups_n, waves, waves), dtype=np.int64)
    factor[:] = between.reshape(groups_n, 1, waves - 1) if waves > 1 else 0
    factor[:, range(waves), range(waves)] = variance
    flat = (groups_n, waves * items_n)
    return _Layout(
        free_n=used,
        loading=loading.reshape(flat),
        own=own.reshape(flat),
        band=band,
        factor=factor,
        intercept=intercept.reshape(groups_n, -1),
        level=level,
    )


def _start(layout: _Layout, groups: Sequence[Moments], waves: int) -> Floats:
    """The leading principal axis of each wave's correlations, shrunk; equal loadings from the mean of all."""
    state = np.zeros(layout.free_n + 2)
    loadings = []
    for at, group in enumerate(groups):
        items_n = len(group.mean) // waves
        sd = np.sqrt(np.diag(group.covariance))
        for wave in range(waves):
            own = slice(wave * items_n, (wave + 1) * items_n)
            r = group.covariance[own, own] / np.outer(sd[own], sd[own])
            values, vectors = np.linalg.eigh(r)
            axis = vectors[:, -1] * np.sign(vectors[:, -1].sum() + 1e-12)
            share = max((items_n * values[-1] - r.trace()) / (items_n * (items_n - 1)), 0.1)
            correlations = np.clip(np.sqrt(share * items_n) * axis, -0.9, 0.9)
            loadings.append(correlations * sd[own])
            state[layout.own[at, own]] = (1 - correlations**2) * sd[own] ** 2
            state[layout.loading[at, own]] = loadings[-1]
            if layout.has_means:
                state[layout.intercept[at, own]] = groups[0].mean[:items_n]
    if layout.loading[0, 0] == layout.loading[-1, -len(loadings[0])]:
        state[layout.loading[0, : len(loadings[0])]] = np.mean(loadings, axis=0)
    if waves > 1:
        state[layout.factor[:, 0, 1]] = 0.5
    for variance in layout.factor[:, range(waves), range(waves)].ravel():
        state[variance] = 1.0
    state[-2:] = 1.0, 0.0
    return state


@dataclass(frozen=True, kw_only=True)
class _Stacked:
    """Moments of all groups, one beside the other."""

    n: Floats
    covariance: Floats
    mean: Floats
    variance: Floats
    log_determinant: Floats

    @classmethod
    def of(cls, groups: Sequence[Moments]) -> _Stacked:
        covariance = np.stack([group.covariance for group in groups])
        return cls(
            n=np.array([float(group.n) for group in groups]),
            covariance=covariance,
            mean=np.stack([group.mean for group in groups]),
            variance=np.diagonal(covariance, axis1=1, axis2=2),
            log_determinant=np.linalg.slogdet(covariance)[1],
        )


@dataclass(frozen=True, kw_only=True)
class _At:
    """The model at some parameters: its chi-square, what it implies, and whitened residuals with their derivatives."""

    state: Floats
    chi2: float
    covariance: Floats
    mean: Floats
    design: Floats
    residual: Floats


def _lower(layout: _Layout, told: _Stacked, at: _At, step_to: Floats) -> _At | None:
    """The model where the step leads, or half of it, and so on, until it fits better; None where it never does."""
    length = 1.0
    while length > _SHORTEST:
        ahead = at.state.copy()
        ahead[: layout.free_n] += length * step_to
        moved = _evaluated(layout, told, ahead)
        if moved is not None and moved.chi2 < at.chi2:
            return moved
        length /= 2
    return None


def _evaluated(layout: _Layout, told: _Stacked, state: Floats) -> _At | None:
    """None where the implied covariances are none."""
    groups_n, waves = layout.level.shape
    size = layout.loading.shape[1]
    items_n, rows, every = size // waves, np.arange(size), np.arange(groups_n)[:, None]
    first, second = rows[:items_n], rows[items_n:]
    factor_of = rows // items_n
    loading = np.zeros((groups_n, size, waves))
    loading[:, rows, factor_of] = state[layout.loading]
    with_factor = loading @ state[layout.factor]
    covariance = with_factor @ loading.transpose(0, 2, 1)
    covariance[:, rows, rows] += state[layout.own]
    if waves > 1:
        covariance[:, first, second] += state[layout.band]
        covariance[:, second, first] += state[layout.band]
    mean = told.mean
    if layout.has_means:
        mean = state[layout.intercept] + (loading @ state[layout.level][:, :, None])[:, :, 0]
    try:
        root = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return None
    white = np.linalg.inv(root)
    columns = white.transpose(0, 2, 1)
    off = told.mean - mean
    spread = white @ (told.covariance + off[:, :, None] * off[:, None, :]) @ columns
    log_ratio = 2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1) - told.log_determinant
    chi2 = told.n @ (log_ratio + np.diagonal(spread, axis1=1, axis2=2).sum(axis=1) - size)

    d = np.zeros((layout.free_n + 2, groups_n, size, size))
    common = (white @ with_factor).transpose(0, 2, 1)
    crossed = columns[:, :, :, None] * common[:, factor_of, None, :]
    crossed += crossed.transpose(0, 1, 3, 2)
    factors = (white @ loading).transpose(0, 2, 1)
    for wave in range(waves):
        own = slice(wave * items_n, (wave + 1) * items_n)
        d[layout.loading[:, own], every] += crossed[:, own]
        for other in range(waves):
            d[layout.factor[:, wave, other], every[:, 0]] += factors[:, wave, :, None] * factors[:, other, None, :]
    d[layout.own, every] += columns[:, :, :, None] * columns[:, :, None, :]
    if waves > 1:
        together = columns[:, first, :, None] * columns[:, second, None, :]
        d[layout.band, every] += together + together.transpose(0, 1, 3, 2)
    weight = np.sqrt(told.n / 2)[:, None, None]
    design = (weight * d[: layout.free_n]).reshape(layout.free_n, -1)
    residual = (weight * (spread - np.eye(size))).ravel()
    if layout.has_means:
        design = np.hstack([design, _means_moved(layout, told, state, columns, factors)])
        residual = np.append(residual, np.sqrt(told.n)[:, None] * (white @ off[:, :, None])[:, :, 0])
    return _At(state=state, chi2=float(chi2), covariance=covariance, mean=mean, design=design, residual=residual)


def _means_moved(layout: _Layout, told: _Stacked, state: Floats, columns: Floats, factors: Floats) -> Floats:
    """Derivatives of the whitened means, parameters by groups and variables."""
    groups_n, waves = layout.level.shape
    every, items_n = np.arange(groups_n)[:, None], layout.loading.shape[1] // waves
    m = np.zeros((layout.free_n + 2, groups_n, layout.loading.shape[1]))
    for wave in range(waves):
        own = slice(wave * items_n, (wave + 1) * items_n)
        m[layout.loading[:, own], every] += state[layout.level][:, wave, None, None] * columns[:, own]
        m[layout.intercept[:, own], every] += columns[:, own]
        m[layout.level[:, wave], every[:, 0]] += factors[:, wave]
    moved: Floats = (np.sqrt(told.n)[:, None] * m[: layout.free_n]).reshape(layout.free_n, -1)
    return moved


def _told(layout: _Layout, at: _At) -> FactorFit:
    (groups_n, waves), size = layout.level.shape, layout.loading.shape[1]
    mean_free = size // waves + groups_n * waves - 1 if layout.has_means else groups_n * size
    covariance_free = layout.free_n - (mean_free if layout.has_means else 0)
    covariance_df = groups_n * size * (size + 1) // 2 - covariance_free
    own, band = at.state[layout.own], at.state[layout.band]
    apart = waves == 1 or (band**2 < own[:, : size // waves] * own[:, size // waves :]).all()
    return FactorFit(
        chi2=max(at.chi2, 0.0),
        df=covariance_df + groups_n * size - mean_free,
        covariance_df=covariance_df,
        loadings=at.state[layout.loading],
        covariances=at.covariance,
        means=at.mean,
        proper=bool((own > 0).all() and apart and (np.linalg.eigvalsh(at.state[layout.factor]) > 0).all()),
    )
