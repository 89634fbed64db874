"""The Cox model as a fit on arrays: counting-process rows, tied events after Efron, Newton's method in numpy.

Unit: one row, a stretch of a person's time (entry, end] in which nothing about them changes. `hazards` asks the
questions; here stands only the arithmetic.

References
----------
Cox DR (1972). https://doi.org/10.1111/j.2517-6161.1972.tb00899.x
Efron B (1977). https://doi.org/10.1080/01621459.1977.10480613
Grambsch PM, Therneau TM (1994). https://doi.org/10.1093/biomet/81.3.515
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from rmanalytics.measures.rows import Floats

NOT_INDEPENDENT = "the covariates are linearly dependent"
NOT_FINITE = "the hazard ratio has no finite estimate"

_MOST_STEPS = 50
_FURTHEST = 20.0

Indices = npt.NDArray[np.int64]


class NoFiniteEstimateError(ValueError):
    """The likelihood has no maximum, as when one of the groups has no event."""


class DependentCovariatesError(ValueError):
    """A covariate is constant or follows from the others."""


@dataclass(frozen=True, kw_only=True)
class CoxFit:
    """A fitted Cox model.

    ``covariance`` is the inverse information; ``covariance_robust`` that of Lin and Wei, summed over clusters;
    ``log_likelihood`` of no coefficients and of the fitted ones; ``score_test`` that of no coefficients.
    """

    coefficients: Floats
    covariance: Floats
    covariance_robust: Floats
    log_likelihood: tuple[float, float]
    score_test: float
    events: int


def fit_cox(
    time: Floats,
    event: Floats,
    covariates: Floats,
    *,
    entry: Floats | None = None,
    cluster: Indices | None = None,
    breslow: bool = False,
) -> CoxFit:
    r"""Fit a Cox model to counting-process rows, tied events after Efron.

    Parameters
    ----------
    time : array, shape (rows,)
        End of each row.
    event : array, shape (rows,)
        1 where the event happened at the end, else 0.
    covariates : array, shape (rows, coefficients)
        Covariates that hold from entry to end.
    entry : array, optional
        A row is at risk at t when entry < t ≤ time; by default from the origin.
    cluster : array of int, optional
        Rows of one cluster (a person) are summed in the robust variance; by default every row by itself.
    breslow : bool
        Tied events after Breslow instead: each of them against the whole risk set.

    Returns
    -------
    CoxFit

    Raises
    ------
    DependentCovariatesError, NoFiniteEstimateError
        When there is nothing to estimate.
    ValueError
        When an entry does not lie before the end, or no event happened.

    Notes
    -----
    Newton's method on :math:`\ell(\beta) = \sum_k \left[\sum_{i \in D_k} x_i'\beta - \sum_{l=0}^{d_k-1} \ln\left(
    \sum_{i \in R_k} e^{x_i'\beta} - \tfrac{l}{d_k} \sum_{i \in D_k} e^{x_i'\beta}\right)\right]` with the events
    :math:`D_k` and the risk set :math:`R_k` at the k-th event time. One step costs one pass over the rows for each
    coefficient, whatever the number of event times.

    References
    ----------
    Breslow N (1974). https://doi.org/10.2307/2529620
    Efron B (1977). https://doi.org/10.1080/01621459.1977.10480613
    Lin DY, Wei LJ (1989). https://doi.org/10.1080/01621459.1989.10478874

    Examples
    --------
    Ends 1, 2, 3, 4 in groups 1, 0, 1, 0: the likelihood r² / ((r+1)² (r+2)) is highest where r² − r − 4 = 0, at
    (1 + √17) / 2.

    >>> fit = fit_cox(np.array([1.0, 2, 3, 4]), np.ones(4), np.array([[1.0], [0], [1], [0]]))
    >>> round(float(np.exp(fit.coefficients[0])), 4)
    2.5616
    """
    problem = _Problem.of(time, event, covariates, entry)
    if breslow:
        problem = replace(problem, fraction=np.zeros_like(problem.fraction))
    null = problem.at(np.zeros(covariates.shape[1]))
    beta, state = problem.maximise()
    covariance = np.linalg.inv(state.information)
    influence = covariance @ problem.score_residuals(state)
    if cluster is not None:
        influence = np.stack([np.bincount(cluster, row) for row in influence])
    undo = 1 / problem.scale
    return CoxFit(
        coefficients=beta * undo,
        covariance=covariance * np.outer(undo, undo),
        covariance_robust=influence @ influence.T * np.outer(undo, undo),
        log_likelihood=(null.log_likelihood, state.log_likelihood),
        score_test=float(null.score @ null.step()),
        events=len(problem.repeat),
    )


def fit_exact(time: Floats, event: Floats, covariates: Floats, *, entry: Floats | None = None) -> tuple[Floats, Floats]:
    r"""The Cox model of time in whole days, tied events being truly at once: coefficients and their covariance.

    Parameters
    ----------
    time, event, covariates, entry
        As in `fit_cox`.

    Returns
    -------
    tuple of array
        Coefficients, and the inverse information.

    Raises
    ------
    DependentCovariatesError, NoFiniteEstimateError, ValueError
        As `fit_cox`.

    Notes
    -----
    Of everybody at risk at :math:`t_k` exactly :math:`d_k` have the event: :math:`\ell(\beta) = \sum_k [
    \sum_{i \in D_k} x_i'\beta - \ln e_{d_k}(e^{x'\beta})]` with the elementary
    symmetric sums :math:`e_d` over the risk set, row by row with their derivatives. ``coxph(ties = "exact")`` in R.

    References
    ----------
    Gail MH, Lubin JH, Rubinstein LV (1981). https://doi.org/10.1093/biomet/68.3.703

    Examples
    --------
    Two of four at once, one of each group: every pair is one of r² + 4r + 1 ways, which is highest at r = 1.

    >>> beta, _ = fit_exact(np.array([1.0, 1, 2, 2]), np.array([1.0, 1, 0, 0]), np.array([[1.0], [0], [1], [0]]))
    >>> round(float(np.exp(beta[0])), 9)
    1.0
    """
    problem = _Problem.of(time, event, covariates, entry)
    tied = np.bincount(problem.own, minlength=len(problem.times))
    beta, state = np.zeros(len(problem.x)), problem.at_once(np.zeros(len(problem.x)), tied)
    for _ in range(_MOST_STEPS):
        level, score, information = state
        if not np.isfinite(level) or np.linalg.eigvalsh(information)[0] < 1e-9 or np.abs(beta).max() > _FURTHEST:
            break
        step = np.linalg.solve(information, score)
        if np.abs(step).max() < 1e-10:
            undo = 1 / problem.scale
            return beta * undo, np.linalg.inv(information) * np.outer(undo, undo)
        state = problem.at_once(beta + step, tied)
        while state[0] < level - 1e-9 and np.abs(step).max() > 1e-12:
            step = step / 2
            state = problem.at_once(beta + step, tied)
        beta = beta + step
    raise NoFiniteEstimateError(NOT_FINITE)


def schoenfeld_tests(
    time: Floats,
    event: Floats,
    covariates: Floats,
    *,
    terms: Sequence[Sequence[int]],
    entry: Floats | None = None,
) -> list[tuple[float, int, float]]:
    r"""Chi-square, degrees of freedom and p of the score test for coefficients that change with time, for each term.

    Parameters
    ----------
    time, event, covariates, entry
        As in `fit_cox`.
    terms : sequence of sequence of int
        Columns of *covariates* that are tested together.

    Returns
    -------
    list of tuple
        Chi-square, degrees of freedom and p, in the order of the terms.

    Raises
    ------
    DependentCovariatesError, NoFiniteEstimateError, ValueError
        As `fit_cox`.

    Notes
    -----
    The score test of :math:`\beta(t) = \beta + \theta\,g(t)` at θ = 0, with :math:`g(t) = 1 - \hat S(t-)` from the
    Kaplan–Meier curve of all rows, as ``cox.zph`` of R's *survival* has done it since version 3.

    References
    ----------
    Grambsch PM, Therneau TM (1994). https://doi.org/10.1093/biomet/81.3.515

    Examples
    --------
    >>> tests = schoenfeld_tests(np.array([1.0, 2, 3, 4]), np.ones(4), np.array([[1.0], [0], [1], [0]]), terms=[[0]])
    >>> tests[0][1]
    1
    """
    problem = _Problem.of(time, event, covariates, entry)
    _, state = problem.maximise()
    transform = problem.left_continuous_failure()
    transform = transform - transform[problem.repeat].mean()
    score, first, second = problem.against_time(state, transform)
    p = len(problem.x)
    results = []
    for term in terms:
        columns = np.r_[np.arange(p), p + np.asarray(term)]
        whole = np.block([[state.information, first], [first, second]])[np.ix_(columns, columns)]
        gradient = np.r_[np.zeros(p), score[list(term)]]
        statistic = float(gradient @ np.linalg.solve(whole, gradient))
        results.append((statistic, len(term), float(chdtrc(len(term), statistic))))
    return results


@dataclass(frozen=True, kw_only=True)
class _State:
    """The likelihood at one value of the coefficients, and the pieces that further sums are made of."""

    log_likelihood: float
    score: Floats
    information: Floats
    weight: Floats
    hazard: Floats
    mean: Floats
    inverse: Floats

    def step(self) -> Floats:
        """Newton's step, where the likelihood is curved in every direction."""
        if np.linalg.eigvalsh(self.information)[0] < 1e-9:
            raise NoFiniteEstimateError(NOT_FINITE)
        return np.asarray(np.linalg.solve(self.information, self.score))


@dataclass(frozen=True, kw_only=True)
class _Problem:
    """Rows as arrays, covariates standardised, one a line of ``x``.

    Row i is in the risk sets first[i] … last[i]-1; each event has one entry in ``repeat``, the number of its time.
    """

    x: Floats
    scale: Floats
    event: npt.NDArray[np.bool_]
    first: Indices
    last: Indices
    own: Indices
    repeat: Indices
    fraction: Floats
    times: Floats

    @classmethod
    def of(cls, time: Floats, event: Floats, covariates: Floats, entry: Floats | None) -> _Problem:
        happened = event == 1
        times = np.unique(time[happened])
        if len(times) == 0:
            raise ValueError("no event happened")
        if entry is not None and (entry >= time).any():
            raise ValueError("an entry must lie before the end")
        x = covariates - covariates.mean(axis=0)
        scale = x.std(axis=0)
        if (scale <= 1e-9 * np.abs(covariates).max(axis=0)).any():
            raise DependentCovariatesError(NOT_INDEPENDENT)
        x = np.ascontiguousarray((x / scale).T)
        if np.linalg.eigvalsh(x @ x.T / x.shape[1])[0] < 1e-9:
            raise DependentCovariatesError(NOT_INDEPENDENT)
        last = np.searchsorted(times, time, side="right")
        own = last[happened] - 1
        tied = np.bincount(own, minlength=len(times))
        repeat = np.repeat(np.arange(len(times)), tied)
        place = np.arange(len(repeat)) - np.repeat(np.cumsum(tied) - tied, tied)
        return cls(
            x=x,
            scale=scale,
            event=happened,
            first=np.zeros_like(last) if entry is None else np.searchsorted(times, entry, side="right"),
            last=last,
            own=own,
            repeat=repeat,
            fraction=place / tied[repeat],
            times=times,
        )

    def maximise(self) -> tuple[Floats, _State]:
        """The coefficients with the highest likelihood, by Newton's method with halved steps where it overshoots."""
        beta = np.zeros(len(self.x))
        state = self.at(beta)
        for _ in range(_MOST_STEPS):
            step = state.step()
            candidate = self.at(beta + step)
            while candidate.log_likelihood < state.log_likelihood - 1e-9 and np.abs(step).max() > 1e-12:
                step = step / 2
                candidate = self.at(beta + step)
            beta, state = beta + step, candidate
            if np.abs(beta).max() > _FURTHEST:
                break
            if np.abs(step).max() < 1e-10:
                return beta, state
        raise NoFiniteEstimateError(NOT_FINITE)

    def at(self, beta: Floats) -> _State:
        """Likelihood, score and information at a value of the coefficients."""
        predictor = beta @ self.x
        weight = np.exp(predictor - predictor.max())
        weighted = self.x * weight
        denominator = self._thinned(weight)
        mean = np.stack([self._thinned(row) for row in weighted]) / denominator
        inverse = 1 / denominator
        hazard = self.hazards(inverse, np.ones(len(inverse)))
        return _State(
            log_likelihood=float((predictor[self.event] - predictor.max()).sum() - np.log(denominator).sum()),
            score=self.x[:, self.event].sum(axis=1) - weighted @ hazard,
            information=(weighted * hazard) @ self.x.T - mean @ mean.T,
            weight=weight,
            hazard=hazard,
            mean=mean,
            inverse=inverse,
        )

    def at_once(self, beta: Floats, tied: Indices) -> tuple[float, Floats, Floats]:
        """Likelihood, score and information where tied events happen at once."""
        predictor = beta @ self.x
        weight = np.exp(predictor - predictor.max())
        value, first, second = self._sums_at_once(weight, tied)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            mean = first / value[:, None]
            spread = (second / value[:, None, None]).sum(axis=0) - mean.T @ mean
            level = float((predictor[self.event] - predictor.max()).sum() - np.log(value).sum())
        return level, self.x[:, self.event].sum(axis=1) - mean.sum(axis=0), np.nan_to_num(spread)

    def _sums_at_once(self, weight: Floats, tied: Indices) -> tuple[Floats, Floats, Floats]:
        """Elementary symmetric sums of as many as have the event at each time, with their two derivatives.

        Where one alone has it the sum is that over the risk set; else it grows row by row.
        """
        wx = self.x * weight
        value, first = self._at_risk(weight), np.stack([self._at_risk(row) for row in wx], axis=-1)
        second = np.stack([[self._at_risk(a * b) for b in self.x] for a in wx]).transpose(2, 0, 1)
        several = np.flatnonzero(tied > 1)
        if not len(several):
            return value, first, second
        e, p = np.zeros((len(several), int(tied.max()) + 1)), len(self.x)
        de, dde = np.zeros((*e.shape, p)), np.zeros((*e.shape, p, p))
        e[:, 0] = 1
        begins, ends = np.searchsorted(several, self.first), np.searchsorted(several, self.last)
        for row in np.flatnonzero(begins < ends):
            at, w, x = slice(begins[row], ends[row]), weight[row], self.x[:, row]
            was, grown = e[at, :-1], de[at, :-1]
            cross = grown[..., None] * x
            dde[at, 1:] += w * (dde[at, :-1] + cross + cross.swapaxes(-1, -2) + was[..., None, None] * np.outer(x, x))
            de[at, 1:] += w * (grown + was[..., None] * x)
            e[at, 1:] += w * was
        own = np.arange(len(several)), tied[several]
        value[several], first[several], second[several] = e[own], de[own], dde[own]
        return value, first, second

    def _at_risk(self, values: Floats) -> Floats:
        """Sums over everybody at risk at each time."""
        size = len(self.times) + 1
        steps = np.bincount(self.first, values, minlength=size) - np.bincount(self.last, values, minlength=size)
        return np.asarray(np.cumsum(steps)[:-1], dtype=np.float64)

    def hazards(self, inverse: Floats, factor: Floats) -> Floats:
        """For each row: the increments of the baseline hazard while it is at risk, each times a factor."""
        increments = np.bincount(self.repeat, factor * inverse, minlength=len(self.times))
        total = np.concatenate([[0.0], np.cumsum(increments)])
        sums: Floats = total[self.last] - total[self.first]
        spared = np.bincount(self.repeat, factor * self.fraction * inverse, minlength=len(self.times))
        sums[self.event] -= spared[self.own]
        return sums

    def score_residuals(self, state: _State) -> Floats:
        """Each row's part of the score, from which the robust variance is made."""
        expected = np.stack([self.hazards(state.inverse, row) for row in state.mean])
        residuals: Floats = state.weight * (expected - self.x * state.hazard)
        tied = np.bincount(self.own, minlength=len(self.times))
        means = np.stack([np.bincount(self.repeat, row) / tied for row in state.mean])
        residuals[:, self.event] += self.x[:, self.event] - means[:, self.own]
        return residuals

    def left_continuous_failure(self) -> Floats:
        """One minus the Kaplan–Meier curve of everybody just before each event time."""
        tied = np.bincount(self.own, minlength=len(self.times))
        begins = np.bincount(self.first, minlength=len(self.times) + 1)
        ends = np.bincount(self.last, minlength=len(self.times) + 1)
        at_risk = np.cumsum((ends - begins)[::-1])[::-1][1:]
        return np.asarray(np.r_[0.0, 1 - np.cumprod(1 - tied / at_risk)[:-1]], dtype=np.float64)

    def against_time(self, state: _State, transform: Floats) -> tuple[Floats, Floats, Floats]:
        """Score of a coefficient that grows with a function of time, and its information with and without itself."""
        factor = transform[self.repeat]
        weighted = self.x * state.weight
        hazard = self.hazards(state.inverse, factor)
        score = self.x[:, self.event] @ transform[self.own] - weighted @ hazard
        first = (weighted * hazard) @ self.x.T - (state.mean * factor) @ state.mean.T
        squared = self.hazards(state.inverse, factor**2)
        second = (weighted * squared) @ self.x.T - (state.mean * factor**2) @ state.mean.T
        return score, first, second

    def _thinned(self, values: Floats) -> Floats:
        """Sum over the risk set of each event, a part of its tied events taken out as Efron does."""
        length = len(self.times) + 1
        ends, begins = np.bincount(self.last, values, length), np.bincount(self.first, values, length)
        at_risk = np.cumsum((ends - begins)[::-1])[::-1][1:]
        dying = np.bincount(self.own, values[self.event], length - 1)
        return np.asarray(at_risk[self.repeat] - self.fraction * dying[self.repeat])
