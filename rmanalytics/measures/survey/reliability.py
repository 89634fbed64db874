"""Reliability beyond alpha: how each item goes with the rest, and what one common factor explains.

Unit: the person who answered every item.

References
----------
Cronbach LJ (1951). https://doi.org/10.1007/BF02310555
McDonald RP (1999). Test theory: a unified treatment. https://doi.org/10.4324/9781410601087
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.rows import Floats, drawn_limits, is_constant, noise
from rmanalytics.measures.survey.scoring import INCOMPLETE_ITEMS, alpha_of, complete_answers, correlation, not_scalable
from rmanalytics.results import Curve, Estimate, NotEstimable

FEWER_THAN_THREE_ITEMS = "fewer than three items"
HARDLY_VARIED = "so few people answered otherwise than the rest that no interval can be drawn"
LEAST_DEFINED = 0.95
"""Share of draws that must vary."""
LEAST_UNIQUENESS = 0.005
"""Share of an item's variance that is its own at least, so that one item cannot become the factor."""
MOST_CYCLES = 300
"""Of three steps each. Most matrices need fewer than thirty; a few of a thousand drawn stop a little short."""
DECIMALS = 5
"""Given of omega and its interval: where a likelihood is flat, what follows depends on the processor's kernels."""


@measure
def item_rest_correlations(items: pd.DataFrame) -> Curve | NotEstimable:
    """How each item goes with the rest of its scale; a negative one is probably keyed the wrong way round.

    Parameters
    ----------
    items : DataFrame
        As in `rmanalytics.measures.survey.scoring.cronbach_alpha`.

    Returns
    -------
    Curve or NotEstimable
        Points ``item``, ``item_rest_r`` (NaN where the item or the rest does not vary), ``alpha_without`` (alpha of
        the other items; NaN with two items).

    Raises
    ------
    ValueError
        When a person stands in more than one row.

    *Not estimable when* `cronbach_alpha` is not.

    Notes
    -----
    Pearson correlation of an item with the sum of the others, over the people who answered every item.

    References
    ----------
    Cronbach LJ (1951). https://doi.org/10.1007/BF02310555

    Examples
    --------
    >>> items = pd.DataFrame({"person_id": list("abcdef"), "x": [1, 2, 3, 4, 5, 6], "y": [6, 5, 4, 3, 2, 2]})
    >>> bool((item_rest_correlations(items).points["item_rest_r"] < 0).all())
    True
    """
    x, _ = complete_answers(items)
    refused = not_scalable(x, name="item_rest_correlations", unit="r")
    if refused is not None:
        return refused
    n, k = x.shape
    names = [column for column in items.columns if column != "person_id"]
    rows = []
    for i in range(k):
        others = np.delete(x, i, axis=1)
        rest = others.sum(axis=1)
        flat = is_constant(x[:, i], among=x) or is_constant(rest, among=x)
        r = math.nan if flat else correlation(x[:, i], rest)
        without = math.nan if k == 2 or is_constant(rest, among=x) else alpha_of(others)
        rows.append({"item": names[i], "item_rest_r": r, "alpha_without": without})
    return Curve(
        name="item_rest_correlations",
        unit="r",
        points=pd.DataFrame(rows),
        n=n,
        unit_of_analysis="person",
        method="Pearson correlation of each item with the sum of the others",
    )


@measure
def omega_total(
    items: pd.DataFrame, *, rng: np.random.Generator, seed: int, draws: int = 1000
) -> Estimate | NotEstimable:
    """McDonald's omega: the share of the score's variance that one common factor explains.

    Parameters
    ----------
    items : DataFrame
        As in `rmanalytics.measures.survey.scoring.cronbach_alpha`.
    rng : Generator
        Draws people for the interval.
    seed : int
        Seed that ``rng`` was made from, for the record.
    draws : int
        Bootstrap draws.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``omega``, with a percentile bootstrap interval over people; imprecise below about 100 people. ``extra``:
        ``items_n``.

    Raises
    ------
    ValueError
        When a person stands in more than one row.

    *Not estimable when* there are fewer than three items, fewer than 6 people answered every item, the scores do not
    vary, or so few people differ that 5 of 100 draws have no variation.

    Notes
    -----
    One factor by maximum likelihood (accelerated EM) on the correlations, with loadings l and uniquenesses u of at
    least 0.005: ``ω = (Σ s l)² / ((Σ s l)² + Σ s² u)`` with the items' standard deviations s. It and the ends of
    its interval, rounded outwards, are given to five decimals.

    References
    ----------
    McDonald RP (1999). Test theory: a unified treatment. https://doi.org/10.4324/9781410601087
    Varadhan R, Roland C (2008). https://doi.org/10.1111/j.1467-9469.2007.00585.x

    Examples
    --------
    Three items whose pairwise correlations are all 0.5 load √0.5 each, so ω = 4.5 / (4.5 + 1.5):

    >>> root = np.linalg.cholesky(np.full((3, 3), 0.5) + 0.5 * np.eye(3))
    >>> x = np.linalg.qr(np.random.default_rng(1).normal(size=(9, 4)) - [9, 0, 0, 0])[0]
    >>> x = np.linalg.qr((x - x.mean(axis=0))[:, 1:])[0] @ root.T
    >>> items = pd.DataFrame(x, columns=list("abc")).assign(person_id=range(9))
    >>> round(omega_total(items, rng=np.random.default_rng(2), seed=2, draws=20).value, 4)
    0.75
    """
    x, excluded_n = complete_answers(items)
    name, unit = "omega_total", "omega"
    n, k = x.shape
    if k < 3:
        return NotEstimable(name=name, unit=unit, reason=FEWER_THAN_THREE_ITEMS, n=n)
    refused = not_scalable(x, name=name, unit=unit)
    if refused is not None:
        return refused
    value = float(_omega(np.cov(x.T)[None])[0])
    resampled = x[rng.integers(0, n, size=(draws, n))]
    centred = resampled - resampled.mean(axis=1, keepdims=True)
    varied = centred[(np.abs(centred) > noise(x)).any(axis=(1, 2))]
    drawn = _omega(varied.swapaxes(1, 2) @ varied / (n - 1))
    if len(drawn) < LEAST_DEFINED * draws or is_constant(drawn, among=drawn):
        return NotEstimable(name=name, unit=unit, reason=HARDLY_VARIED, n=n)
    lo, hi = drawn_limits(drawn, value)
    return Estimate(
        name=name,
        unit=unit,
        value=round(value, DECIMALS),
        lo=math.floor(lo * 10**DECIMALS) / 10**DECIMALS,
        hi=math.ceil(hi * 10**DECIMALS) / 10**DECIMALS,
        n=n,
        unit_of_analysis="person",
        method="McDonald's omega of one factor by maximum likelihood, percentile bootstrap interval",
        n_excluded=excluded_n,
        excluded_reason=INCOMPLETE_ITEMS if excluded_n else "",
        draws=len(drawn),
        seed=seed,
        extra={"items_n": float(k)},
    )


def _omega(covariances: Floats) -> Floats:
    """Omega of each covariance matrix of a stack; an item without variance in one of them counts for nothing there."""
    sd = np.sqrt(np.einsum("dii->di", covariances))
    sd = np.where(sd > 1e-9 * sd.max(axis=1, keepdims=True), sd, 0.0)
    safe = np.where(sd > 0, sd, 1.0)
    r = covariances / (safe[:, :, None] * safe[:, None, :])
    k = r.shape[1]
    r[:, range(k), range(k)] = 1.0
    leading = np.linalg.eigh(r)[1][:, :, -1]
    start = 0.7 * leading * np.sign(leading.sum(axis=1, keepdims=True) + 1e-12) * math.sqrt(k)
    start = np.clip(start, -0.95, 0.95) * (1 - 0.01 * np.arange(k) / k)
    loading, own = _one_factor(np.ascontiguousarray(r.transpose(1, 2, 0)), np.stack([start.T, 1 - start.T**2]))
    common = (sd.T * loading).sum(axis=0) ** 2
    omega: Floats = common / (common + (sd.T**2 * own).sum(axis=0))
    return omega


def _one_factor(r: Floats, state: Floats) -> Floats:
    """Loadings and uniquenesses (2 by items by matrices) of correlations (items by items by matrices), from a start.

    Two steps of EM say how far to go on in their direction (SQUAREM); where that fits worse, they stand alone. A start
    that treats no two items alike keeps rounding from deciding between solutions that mirror each other.
    """
    found, at = state.copy(), np.arange(r.shape[2])
    for cycle in range(MOST_CYCLES):
        first = _em_step(r, state)
        second = _em_step(r, first)
        step, bend = first - state, second - 2 * first + state
        lengths = [np.sqrt((moved**2).sum(axis=(0, 1))) for moved in (step, bend)]
        far = np.maximum(lengths[0] / np.maximum(lengths[1], 1e-150), 1.0)
        loading, own = state + 2 * far * step + far**2 * bend
        ahead = _em_step(r, np.stack([np.clip(loading, -1, 1), np.clip(own, LEAST_UNIQUENESS, 1)]))
        state = np.where(_misfit(r, ahead) <= _misfit(r, second) + 1e-12, ahead, second)
        found[:, :, at] = state
        if cycle % 4 == 3:
            moving = np.abs(second[0] - first[0]).max(axis=0) > 1e-9
            if not moving.any():
                break
            at, state, r = at[moving], state.compress(moving, axis=2), r.compress(moving, axis=2)
    return found


def _em_step(r: Floats, state: Floats) -> Floats:
    loading, own = state
    weight = loading / own
    weight /= 1 + (loading * weight).sum(axis=0)
    with_factor = np.einsum("ijd,jd->id", r, weight)
    better = with_factor / (1 + (weight * (with_factor - loading)).sum(axis=0))
    return np.stack([better, np.maximum(1 - better * with_factor, LEAST_UNIQUENESS)])


def _misfit(r: Floats, state: Floats) -> Floats:
    """Twice the negative log-likelihood for each person, but for a constant."""
    loading, own = state
    weight = loading / own
    communal = 1 + (loading * weight).sum(axis=0)
    explained = (weight * np.einsum("ijd,jd->id", r, weight)).sum(axis=0) / communal
    misfit: Floats = np.log(own).sum(axis=0) + np.log(communal) + (1 / own).sum(axis=0) - explained
    return misfit
