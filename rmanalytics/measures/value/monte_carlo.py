"""Possible worlds: what is uncertain about costs and gains, declared and drawn.

Unit: the person who was to learn. A table of draws has one row for each possible world: ``cost`` for a person, ``gain``
of a person in standard deviations of the scale. Costs are triangular between their declared bounds, gains normal with
the standard error that the evaluation found.

References
----------
Briggs A, Sculpher M, Claxton K (2006). Decision Modelling for Health Economic Evaluation. Oxford.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rmanalytics.measures.rows import Floats, check_rows
from rmanalytics.measures.value.costs import NO_COSTS, cost_ranges


@dataclass(frozen=True, kw_only=True)
class Range:
    """A declared amount: lowest, most likely and highest, drawn from the triangular distribution between them."""

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and 0 <= self.low <= self.mode <= self.high):
            raise ValueError("a range must be 0 ≤ low ≤ mode ≤ high")

    @property
    def mean(self) -> float:
        """The expected amount."""
        return (self.low + self.mode + self.high) / 3

    def draw(self, rng: np.random.Generator, draws: int) -> Floats:
        """Amounts of so many possible worlds."""
        if self.low == self.high:
            return np.full(draws, float(self.mode))
        return rng.triangular(self.low, self.mode, self.high, size=draws)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """An estimate with its standard error, drawn from the normal distribution about it."""

    value: float
    se: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and math.isfinite(self.se) and self.se >= 0):
            raise ValueError("an estimate needs a finite value and a standard error of 0 or more")

    def draw(self, rng: np.random.Generator, draws: int) -> Floats:
        """Values of so many possible worlds."""
        return rng.normal(self.value, self.se, size=draws)


def programme_draws(
    costs: pd.DataFrame, *, people_n: int, gain: Measured, rng: np.random.Generator, draws: int = 10_000
) -> pd.DataFrame:
    """Possible worlds of the programme: what it cost for each person who was to learn, and what a person gained.

    Parameters
    ----------
    costs : DataFrame
        The round's costs as in `costs.cost_total`: ``item, quantity, unit_cost, currency``, optionally ``low, high``.
    people_n : int
        People who were to learn: all mentees matched, not those who finished.
    gain : Measured
        Gain of a person in standard deviations, and its standard error; of a comparison, not of a one-arm change.
    rng : Generator
        Source of the draws.
    draws : int
        Number of possible worlds.

    Returns
    -------
    DataFrame
        ``cost, gain``, one row for each world.

    Raises
    ------
    ValueError
        When there are no costs or people, an item stands twice, or a bound does not hold its unit cost.

    Examples
    --------
    >>> frame = pd.DataFrame({"item": ["hours"], "quantity": [100], "unit_cost": [60], "currency": "EUR"})
    >>> programme_draws(frame, people_n=12, gain=Measured(value=0.5, se=0), rng=np.random.default_rng(1), draws=2)
        cost  gain
    0  500.0   0.5
    1  500.0   0.5
    """
    if people_n <= 0:
        raise ValueError("there must be people who were to learn")
    cost = total_draws(costs, rng=rng, draws=draws) / people_n
    return pd.DataFrame({"cost": cost, "gain": gain.draw(rng, draws)})


def total_draws(costs: pd.DataFrame, *, rng: np.random.Generator, draws: int) -> Floats:
    """What all items together cost in so many possible worlds.

    Parameters
    ----------
    costs : DataFrame
        As in `costs.cost_total`.
    rng : Generator
        Source of the draws.
    draws : int
        Number of possible worlds.

    Returns
    -------
    array of float

    Raises
    ------
    ValueError
        When there are no costs, an item stands twice, there is more than one currency, or a bound does not hold its
        unit cost.

    Examples
    --------
    >>> frame = pd.DataFrame({"item": ["hours"], "quantity": [100], "unit_cost": [60], "currency": "EUR"})
    >>> total_draws(frame, rng=np.random.default_rng(1), draws=2)
    array([6000., 6000.])
    """
    if costs.empty:
        raise ValueError(NO_COSTS)
    check_rows(costs, ["item", "quantity", "unit_cost", "currency"], key=["item"])
    if len(set(costs["currency"])) > 1:
        raise ValueError("the costs are in more than one currency")
    total = np.zeros(draws)
    for quantity, low, mode, high in zip(*cost_ranges(costs), strict=True):
        total += quantity * Range(low=float(low), mode=float(mode), high=float(high)).draw(rng, draws)
    return total


def option_draws(*, cost: Range, gain: Measured, rng: np.random.Generator, draws: int = 10_000) -> pd.DataFrame:
    """Possible worlds of something else that the money could buy, such as classic training.

    Parameters
    ----------
    cost : Range
        Cost for a person.
    gain : Measured
        Gain of a person in standard deviations, and its standard error, from own or published figures.
    rng : Generator
        Source of the draws.
    draws : int
        Number of possible worlds.

    Returns
    -------
    DataFrame
        ``cost, gain``, one row for each world.

    Examples
    --------
    >>> training = Range(low=400, mode=400, high=400)
    >>> option_draws(cost=training, gain=Measured(value=0.2, se=0), rng=np.random.default_rng(1), draws=1)
        cost  gain
    0  400.0   0.2
    """
    return pd.DataFrame({"cost": cost.draw(rng, draws), "gain": gain.draw(rng, draws)})
