"""What a lot lets one conclude: the test by redraws, the interval that it implies, and the effect on those who started.

Unit: one person. Whoever was drawn counts where the lot put them. Statistic: t of ANCOVA on the score before, errors
HC3; interval by inverting the test (doi:10.1111/j.1467-9868.2005.00503.x). A hypothesis takes ``tau`` from everybody
who started; then all figures of a redraw are polynomials in ``tau``, so one pass over the redraws serves them all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from rmanalytics.language.translator import filled, key
from rmanalytics.lot.balanced import Floats
from rmanalytics.lot.redraws import Bools
from rmanalytics.results import CONFIDENCE, Estimate, NotEstimable

METHOD = key("ANCOVA on the score before, groups as drawn; the lot redrawn {redraws} times, t with HC3 errors")
SERVED = key("effect on those who start because of the lot (CACE); the same redraws, their test inverted")
UNBOUNDED = key("effect on those who start because of the lot; the lot changed too little who started to bound it")
TOO_FEW = key("fewer than {least} people with answers before and after in a group that was drawn")
NOBODY = key("the lot did not change who started")
NO_SPREAD = key("the scores do not vary")
LEAST = 6
STEPS = 60
ROUNDS_REDRAWS = 99_999
AT_ONCE = 500
NEVER_FURTHER = 1e6
"""Standard errors from the estimate beyond which an interval counts as unbounded."""


@dataclass(frozen=True, slots=True)
class _Redrawn:
    """t of every redraw as a function of tau: (a − tau·c) / √(v0 − 2·tau·v1 + tau²·v2)."""

    a: Floats
    c: Floats
    v0: Floats
    v1: Floats
    v2: Floats

    def t(self, tau: float) -> Floats:
        top, below = self.a - tau * self.c, self.v0 - 2 * tau * self.v1 + tau * tau * self.v2
        return _ratio(top, below)

    def t_far(self) -> Floats:
        """As tau grows without bound."""
        return _ratio(-self.c, self.v2)


def _ratio(top: Floats, below: Floats) -> Floats:
    wide = np.sqrt(np.maximum(below, 0.0))
    safe = np.where(wide > 0, wide, 1.0)
    ratio: Floats = np.where(wide > 0, top / safe, np.where(np.abs(top) > 0, np.inf, 0.0))
    return ratio


def _redrawn(starts: npt.NDArray[np.float64], pre: Floats, post: Floats, served: Floats) -> _Redrawn:
    return _fitted(starts, np.column_stack([np.ones_like(pre), pre - pre.mean()]), post, served)


def _fitted(starts: npt.NDArray[np.float64], x: Floats, post: Floats, served: Floats) -> _Redrawn:
    left, spread, _ = np.linalg.svd(x, full_matrices=False)
    basis = left[:, spread > 1e-9 * spread.max()]
    own = starts - (starts @ basis) @ basis.T
    rest, moved = (values - basis @ (basis.T @ values) for values in (post, served))
    square = own * own
    size = square.sum(axis=1)
    safe = np.where(size > 1e-9, size, np.inf)[:, None]
    a, c = (own @ values / safe[:, 0] for values in (rest, moved))
    leverage = np.minimum(square / safe + (basis * basis).sum(axis=1), 1 - 1e-9)
    weight = own / (safe * (1 - leverage))
    e0, e1 = weight * (rest - a[:, None] * own), weight * (moved - c[:, None] * own)
    v0, v1, v2 = ((one * other).sum(axis=1) for one, other in ((e0, e0), (e0, e1), (e1, e1)))
    return _Redrawn(a, c, v0, v1, v2)


def _p(observed: float, redrawn: Floats) -> float:
    beyond = int((np.abs(redrawn) >= abs(observed) * (1 - 1e-12)).sum())
    return (1 + beyond) / (1 + len(redrawn))


def by_lot(pre: Floats, post: Floats, start: Bools, bank: Bools) -> Estimate | NotEstimable:
    """Difference after, adjusted for the score before, between those drawn to start and all others.

    Parameters
    ----------
    pre, post : array
        Scores of the people with both.
    start : array of bool
        Whom the lot let start.
    bank : array of bool
        One row a redraw, one column a person.

    Returns
    -------
    Estimate or NotEstimable
        ``adjusted_difference_by_lot`` in scale points; p and interval from the same redraws, so both agree.
    """
    name, unit = "adjusted_difference_by_lot", "scale points"
    n, others = int(start.sum()), int((~start).sum())
    if min(n, others) < LEAST:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW, values={"least": LEAST}, n=n + others)
    own, seen = _redrawn(bank.astype(float), pre, post, start.astype(float)), _seen(pre, post, start, start)
    value, se = float(seen.a[0]), math.sqrt(float(seen.v0[0]))
    lo, hi = (_limit(own, seen, value, se, way) for way in (-1, 1))
    if se <= 0 or lo is None or hi is None:
        return NotEstimable(name=name, unit=unit, reason=NO_SPREAD, n=n + others)
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=lo,
        hi=hi,
        n=n,
        n_comparator=others,
        unit_of_analysis="person",
        method=filled(METHOD, redraws=len(bank)),
        p_value=_p(float(seen.t(0.0)[0]), own.t(0.0)),
        draws=len(bank),
        extra={"se": se},
    )


class RoundsTest:
    """A difference over rounds, tested by drawing each round again by its own lot, and the limits that this implies.

    Parameters
    ----------
    post : array
        Scores after, one entry a person and round.
    covariates : array
        Columns of the model without the group: the score before, and the rounds.
    start : array of bool
        Whom the lots let start.
    banks : sequence of (array of int, array of bool)
        For each round where its people stand in ``post``, and its redraws, one column for each of them.
    draws : int
        Over several rounds redraws are put together at random, so many times; one round's stand as they are.
    """

    def __init__(
        self,
        post: Floats,
        covariates: Floats,
        start: Bools,
        banks: Sequence[tuple[npt.NDArray[np.int64], Bools]],
        *,
        draws: int = ROUNDS_REDRAWS,
        rng: np.random.Generator,
    ) -> None:
        own = start.astype(float)
        whole = len(banks[0][1]) if len(banks) == 1 else draws
        parts = []
        for first in range(0, whole, AT_ONCE):
            count = min(AT_ONCE, whole - first)
            drawn = np.zeros((count, len(post)))
            for at, bank in banks:
                picked = np.arange(first, first + count) if len(banks) == 1 else rng.integers(len(bank), size=count)
                drawn[:, at] = bank[picked]
            parts.append(_fitted(drawn, covariates, post, own))
        self._seen = _fitted(own[None, :], covariates, post, own)
        self._own = _Redrawn(*(np.concatenate([getattr(one, name) for one in parts]) for name in _Redrawn.__slots__))
        self.least = 1 / (1 + whole)
        self.value, self.se = float(self._seen.a[0]), math.sqrt(float(self._seen.v0[0]))

    def p(self, way: int, tau: float = 0.0) -> float:
        """One-sided p of the hypothesis that everybody who started gained ``tau``; way 1 looks for a larger gain."""
        seen = way * float(self._seen.t(tau)[0])
        beyond = int((way * self._own.t(tau) >= seen - 1e-12 * abs(seen)).sum())
        return (1 + beyond) * self.least

    @cached_property
    def z(self) -> float:
        """Normal value with the tail of p, on the side of the estimate."""
        way = 1 if self.value >= 0 else -1
        return way * float(norm.isf(self.p(way)))

    def limit(self, tail: float, way: int) -> float | None:
        """How far down (−1) or up the gain may lie until its p falls to a tail; None where it never does."""
        if self.least > tail:
            return None
        return _edge(lambda tau: self.p(-way, tau) > tail, self.value, self.se, way)


def on_those_who_started(
    pre: Floats, post: Floats, start: Bools, served: Bools, bank: Bools
) -> Estimate | NotEstimable:
    """Complier average causal effect: the difference by lot over the difference in who started.

    Parameters
    ----------
    pre, post, start, bank
        As in `by_lot`.
    served : array of bool
        Who got a tandem.

    Returns
    -------
    Estimate or NotEstimable
        ``effect_on_started``; without limits, saying so in ``method``, where no interval is bounded. ``extra`` holds
        ``started`` and ``crossed``: the share with a tandem of those drawn to start, and of the others.
    """
    name, unit = "effect_on_started", "scale points"
    n, others = int(start.sum()), int((~start).sum())
    if min(n, others) < LEAST:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW, values={"least": LEAST}, n=n + others)
    own, seen = _redrawn(bank.astype(float), pre, post, served.astype(float)), _seen(pre, post, start, served)
    moved = float(seen.c[0])
    if abs(moved) < 1e-9:
        return NotEstimable(name=name, unit=unit, reason=NOBODY, n=n + others)
    value, se = float(seen.a[0]) / moved, math.sqrt(float(seen.v0[0])) / abs(moved)
    bounded = _p(float(seen.t_far()[0]), own.t_far()) <= 1 - CONFIDENCE
    lo, hi = (_limit(own, seen, value, se, way) if bounded else None for way in (-1, 1))
    whole = lo is not None and hi is not None
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=lo if whole else None,
        hi=hi if whole else None,
        n=n,
        n_comparator=others,
        unit_of_analysis="person",
        method=SERVED if whole else UNBOUNDED,
        draws=len(bank),
        extra={"started": float(served[start].mean()), "crossed": float(served[~start].mean())},
    )


def _seen(pre: Floats, post: Floats, start: Bools, served: Bools) -> _Redrawn:
    return _redrawn(start[None, :].astype(float), pre, post, served.astype(float))


def _limit(own: _Redrawn, seen: _Redrawn, value: float, se: float, way: int) -> float | None:
    """Where the test no longer keeps tau, going one way from the estimate; None where it always does."""
    return _edge(lambda tau: _p(float(seen.t(tau)[0]), own.t(tau)) > 1 - CONFIDENCE, value, se, way)


def _edge(kept: Callable[[float], bool], value: float, se: float, way: int) -> float | None:
    inside, outside = value, value + way * 2 * se
    while kept(outside):
        inside, outside = outside, value + 2 * (outside - value)
        if abs(outside - value) > NEVER_FURTHER * max(se, 1e-12):
            return None
    for _ in range(STEPS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if kept(middle) else (inside, middle)
    return inside
