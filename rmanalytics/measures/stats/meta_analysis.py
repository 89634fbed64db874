"""Several rounds side by side: how far they differ, what the next one may bring, and random effects as a check.

Unit: the round. A verdict rests on the model of people (`rmanalytics.measures.survey.all_rounds`), not on these.

References
----------
Paule RC, Mandel J (1982). https://doi.org/10.6028/jres.087.022
Hartung J, Knapp G (2001). https://doi.org/10.1002/sim.791
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtr
from scipy.stats import chi2
from scipy.stats import t as t_distribution

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LOWER, UPPER, Floats, Z, check_rows, is_constant
from rmanalytics.results import Curve, Estimate, NotEstimable

LEAST_ROUNDS = 5
_GRID = 400
TOO_FEW_ROUNDS = "fewer than {least} rounds with an estimate"
SAME_ROUNDS = "every round has the same estimate"
FIXED, LAIRD = "fixed effect", "DerSimonian-Laird"
REML, REML_KNAPP = "REML", "REML, Hartung-Knapp interval"
WITHOUT_ESTIMATE = "rounds without an estimate"


@measure
def pooled_difference(rounds: pd.DataFrame) -> Estimate | NotEstimable:
    """Mean of the rounds' differences, the rounds being allowed to differ truly.

    Parameters
    ----------
    rounds : DataFrame
        ``round_id``, ``value`` (adjusted difference), ``se`` (its standard error, same unit), one row a round; a round
        without estimate has NaN.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``scale points``, the interval never narrower than that of fixed effects. ``extra``: ``se``, ``tau2``
        (variance between rounds) with ``tau2_lo`` and ``tau2_hi``, ``q`` (heterogeneity) and ``q_p``, ``i2``,
        ``hk_lo``, ``hk_hi`` (the Hartung-Knapp interval as it is).

    Raises
    ------
    ValueError
        When a round stands in more than one row or a standard error is not positive.

    *Not estimable when* fewer than 5 rounds have an estimate, or all estimates are the same.

    Notes
    -----
    ``τ²`` solves ``Σ wᵢ (yᵢ − μ)² = k − 1`` with ``wᵢ = 1/(seᵢ² + τ²)``, 0 where there is no positive solution
    (Paule and Mandel); its limits by Q-profile. ``μ ± max(t_{k−1} √(Σ wᵢ(yᵢ−μ)² / ((k−1) Σ wᵢ)), 1.96 / √Σ seᵢ⁻²)``:
    Hartung and Knapp's, where it is not narrower than the fixed one.

    References
    ----------
    Paule RC, Mandel J (1982). https://doi.org/10.6028/jres.087.022
    Hartung J, Knapp G (2001). https://doi.org/10.1002/sim.791
    Viechtbauer W (2007). https://doi.org/10.1002/sim.2514

    Examples
    --------
    Five rounds of equal precision: the mean of 1 to 5, with their own standard error 1/√2.

    >>> rounds = pd.DataFrame({"round_id": list("abcde"), "value": [1.0, 2.0, 3.0, 4.0, 5.0], "se": 0.5})
    >>> pooled = pooled_difference(rounds)
    >>> round(pooled.value, 9), round(pooled.extra["se"] ** 2, 9)
    (3.0, 0.5)
    """
    check_rows(rounds, ["round_id", "value", "se"], key=["round_id"])
    known = rounds[["value", "se"]].dropna()
    y, variances = known["value"].to_numpy(dtype=float), known["se"].to_numpy(dtype=float) ** 2
    if (known["se"] <= 0).any():
        raise ValueError("a standard error is not positive")
    name, unit, k = "pooled_difference", "scale points", y.size
    if k < LEAST_ROUNDS:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_ROUNDS, n=k, values={"least": LEAST_ROUNDS})
    if is_constant(y, among=y):
        return NotEstimable(name=name, unit=unit, reason=SAME_ROUNDS, n=k)
    tau2 = _tau2(y, variances, target=k - 1)
    weights = 1 / (variances + tau2)
    mean = float(weights @ y / weights.sum())
    scale = _q(tau2, y, variances) / (k - 1)
    se = math.sqrt(scale / float(weights.sum()))
    quantile = float(t_distribution.ppf(UPPER, k - 1))
    fixed_se = 1 / math.sqrt(float((1 / variances).sum()))
    reach = max(quantile * se, Z * fixed_se)
    p_value = 2 * max(float(t_distribution.sf(abs(mean) / se, k - 1)), float(ndtr(-abs(mean) / fixed_se)))
    q = _q(0.0, y, variances)
    typical = (k - 1) * float((1 / variances).sum()) / float((1 / variances).sum() ** 2 - (1 / variances**2).sum())
    return Estimate(
        name=name,
        unit=unit,
        value=mean,
        lo=mean - reach,
        hi=mean + reach,
        n=k,
        unit_of_analysis="round",
        method="random effects of rounds, Paule-Mandel, Hartung-Knapp interval, never narrower than fixed effects",
        n_excluded=len(rounds) - k,
        excluded_reason=WITHOUT_ESTIMATE if len(rounds) > k else "",
        p_value=p_value,
        extra={
            "se": se,
            "tau2": tau2,
            "tau2_lo": _tau2(y, variances, target=float(chi2.ppf(UPPER, k - 1))),
            "tau2_hi": _tau2(y, variances, target=float(chi2.ppf(LOWER, k - 1))),
            "q": q,
            "q_p": float(chi2.sf(q, k - 1)),
            "i2": tau2 / (tau2 + typical),
            "hk_lo": mean - quantile * se,
            "hk_hi": mean + quantile * se,
        },
    )


@measure
def pooled_alternatives(rounds: pd.DataFrame) -> Curve | NotEstimable:
    """The rounds put together in every usual way: one truth, and rounds that differ, by three estimates of how far.

    Parameters
    ----------
    rounds : DataFrame
        As in `pooled_difference`.

    Returns
    -------
    Curve or NotEstimable
        Points ``method, value, se, lo, hi, tau2``: fixed effect, DerSimonian-Laird and REML with the normal interval,
        REML with that of Hartung and Knapp.

    Raises
    ------
    ValueError
        As `pooled_difference`.

    *Not estimable when* `pooled_difference` is not.

    Notes
    -----
    ``τ²`` of DerSimonian and Laird is ``(Q − k + 1) / (Σw − Σw²/Σw)`` with ``w = se⁻²``; of REML the highest point of
    ``−½ Σ ln(se² + τ²) − ½ ln Σ w − ½ Q(τ²)``; neither below 0.

    References
    ----------
    DerSimonian R, Laird N (1986). https://doi.org/10.1016/0197-2456(86)90046-2
    Viechtbauer W (2005). https://doi.org/10.3102/10769986030003261

    Examples
    --------
    >>> rounds = pd.DataFrame({"round_id": list("abcde"), "value": [1.0, 2.0, 3.0, 4.0, 5.0], "se": 0.5})
    >>> pooled_alternatives(rounds).points["tau2"].round(6).tolist()
    [0.0, 2.25, 2.25, 2.25]
    """
    usual = pooled_difference(rounds)
    if isinstance(usual, NotEstimable):
        return replace(usual, name="pooled_alternatives")
    known = rounds[["value", "se"]].dropna()
    y, variances = known["value"].to_numpy(dtype=float), known["se"].to_numpy(dtype=float) ** 2
    w, k = 1 / variances, y.size
    laird = max(0.0, (_q(0.0, y, variances) - k + 1) / float(w.sum() - (w**2).sum() / w.sum()))
    reml = _reml(y, variances)
    rows = []
    for way, tau2, knapp in ((FIXED, 0.0, False), (LAIRD, laird, False), (REML, reml, False), (REML_KNAPP, reml, True)):
        weights = 1 / (variances + tau2)
        mean, se = float(weights @ y / weights.sum()), 1 / math.sqrt(float(weights.sum()))
        if knapp:
            se *= math.sqrt(_q(tau2, y, variances) / (k - 1))
        reach = (float(t_distribution.ppf(UPPER, k - 1)) if knapp else Z) * se
        rows.append((way, mean, se, mean - reach, mean + reach, tau2))
    return Curve(
        name="pooled_alternatives",
        unit="scale points",
        points=pd.DataFrame(rows, columns=["method", "value", "se", "lo", "hi", "tau2"]),
        n=k,
        unit_of_analysis="round",
        method="rounds put together in the usual ways",
    )


@dataclass(frozen=True, slots=True)
class Prediction:
    """Where the true difference of the next round is expected, and what is known of how far rounds differ.

    Parameters
    ----------
    lo, middle, hi : float
        95% interval, and the median.
    tau : float
        Posterior mean of the standard deviation between rounds.
    """

    lo: float
    middle: float
    hi: float
    tau: float


def predicted_difference(values: Floats, errors: Floats, *, scale: float) -> Prediction:
    """True difference of a next round, rounds differing by a standard deviation with a half-normal prior.

    Parameters
    ----------
    values, errors : array
        Adjusted difference and standard error of each round, same unit; one round is enough.
    scale : float
        Of the prior of tau: half the smallest effect of interest.

    Raises
    ------
    ValueError
        When a standard error or the scale is not positive.

    Notes
    -----
    ``p(τ | y) ∝ exp(−τ²/2s²) ∏ √wᵢ exp(−Q(τ)/2) / √Σwᵢ`` on a grid of τ up to 6 scales (the mean has a flat prior);
    for each τ the next round is normal about ``μ(τ)`` with variance ``τ² + 1/Σw``; limits of their mixture.

    References
    ----------
    Röver C (2020). https://doi.org/10.18637/jss.v093.i06

    Examples
    --------
    >>> found = predicted_difference(np.array([0.3, 0.3]), np.array([0.1, 0.1]), scale=0.1)
    >>> round(found.lo, 2), round(found.hi, 2)
    (0.04, 0.56)
    """
    if not (errors > 0).all() or scale <= 0:
        raise ValueError("a standard error, or the scale, is not positive")
    tau = (np.arange(_GRID) + 0.5) * 6 * scale / _GRID
    w = 1 / (errors**2 + tau[:, None] ** 2)
    total = w.sum(axis=1)
    mean = (w @ values) / total
    q = (w * (values - mean[:, None]) ** 2).sum(axis=1)
    log = -0.5 * ((tau / scale) ** 2 + q + np.log(total) - np.log(w).sum(axis=1))
    chance = np.exp(log - log.max())
    chance /= chance.sum()
    spread = np.sqrt(tau**2 + 1 / total)
    low, high = float((mean - 10 * spread).min()), float((mean + 10 * spread).max())
    limits = [
        float(brentq(lambda x, share=share: float(chance @ ndtr((x - mean) / spread)) - share, low, high))
        for share in (LOWER, 0.5, UPPER)
    ]
    return Prediction(limits[0], limits[1], limits[2], float(chance @ tau))


def _q(tau2: float, y: Floats, variances: Floats) -> float:
    weights = 1 / (variances + tau2)
    mean = float(weights @ y / weights.sum())
    return float(weights @ (y - mean) ** 2)


def _reml(y: Floats, variances: Floats) -> float:
    """The variance between rounds that maximises the restricted likelihood."""

    def loss(tau2: float) -> float:
        total = variances + tau2
        return float(np.log(total).sum() + np.log((1 / total).sum()) + _q(tau2, y, variances))

    above = 10 * float(((y - y.mean()) ** 2).sum())
    found = float(minimize_scalar(loss, bounds=(0.0, above), method="bounded", options={"xatol": 1e-12 * above}).x)
    return found if loss(found) < loss(0.0) - 1e-12 else 0.0


def _tau2(y: Floats, variances: Floats, *, target: float) -> float:
    """Where the heterogeneity statistic, which falls as tau² rises, meets its target; 0 where it lies below already."""
    if _q(0.0, y, variances) <= target:
        return 0.0
    above = float(np.sum((y - y.mean()) ** 2)) / target + float(variances.max())
    root = brentq(lambda tau2: _q(tau2, y, variances) - target, 0.0, above, xtol=1e-14 * above, rtol=1e-13)
    return float(root)
