"""Costs: what a tandem costs, and a completed one, with the uncertainty that was declared for each item.

Unit: the tandem. The costs are those of one round, counted in full; what is uncertain is declared as a low and a high
unit cost around the most likely one.

References
----------
Briggs A, Sculpher M, Claxton K (2006). Decision Modelling for Health Economic Evaluation, ch. 4.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.engagement.delivery import completed_tandems
from rmanalytics.measures.rows import Floats, check_rows, drawn_limits
from rmanalytics.results import Estimate, NotEstimable

NO_COSTS = "no costs declared"
NO_TANDEMS = "no tandems"
NONE_COMPLETED = "no tandem completed"

WITHOUT_RANGE = "sum of declared costs, no range declared"
WITH_RANGE = (
    "sum of declared costs; 95% of draws from triangular distributions of the declared low, most likely and high"
)


@measure
def cost_total(
    costs: pd.DataFrame, *, rng: np.random.Generator, seed: int, draws: int = 10_000
) -> Estimate | NotEstimable:
    r"""What the round cost.

    Parameters
    ----------
    costs : DataFrame
        ``item`` (each once), ``quantity``, ``unit_cost`` (most likely), ``currency`` and optionally ``low`` and
        ``high``: bounds of the unit cost; an item without them is certain.
    rng : Generator
        Source of the draws.
    seed : int
        The seed it was made from, for the record.
    draws : int
        Number of draws.

    Returns
    -------
    Estimate or NotEstimable
        ``cost_total``, unit the currency. ``value`` is the sum of quantity × unit cost; the interval holds 95% of the
        draws and need not lie evenly about it; no interval where no item has a range. ``extra`` holds ``expected``,
        the mean under the declared ranges, and ``items``.

    Raises
    ------
    ValueError
        When an item stands twice, there is more than one currency, or low ≤ unit cost ≤ high does not hold.

    Notes
    -----
    *Not estimable when* there are no costs. Each item's unit cost is drawn on its own from a triangular
    distribution with the declared low, most likely and high, whose mean is :math:`(low + unit\_cost + high)/3`.

    References
    ----------
    Johnson D (1997). The triangular distribution. https://doi.org/10.1111/1467-9884.00091

    Examples
    --------
    >>> frame = pd.DataFrame({"item": ["hours", "room"], "quantity": [100, 2], "unit_cost": [60, 150],
    ...                       "low": [50, None], "high": [85, None], "currency": "EUR"})
    >>> result = cost_total(frame, rng=np.random.default_rng(1), seed=1)
    >>> result.value, result.extra["expected"], result.unit
    (6300.0, 6800.0, 'EUR')
    """
    return _per(costs, 1, name="cost_total", unit_of_analysis="round", rng=rng, seed=seed, draws=draws)


@measure
def cost_per_tandem(
    costs: pd.DataFrame, tandems_n: int, *, rng: np.random.Generator, seed: int, draws: int = 10_000
) -> Estimate | NotEstimable:
    """What the round cost for each tandem matched.

    Parameters
    ----------
    costs : DataFrame
        As in `cost_total`.
    tandems_n : int
        Tandems matched.
    rng, seed, draws
        As in `cost_total`.

    Returns
    -------
    Estimate or NotEstimable
        ``cost_per_tandem``, unit the currency; as `cost_total` otherwise.

    Raises
    ------
    ValueError
        As in `cost_total`.

    Notes
    -----
    *Not estimable when* there are no costs or no tandems. The total divided by the number of tandems; that number is
    known, so the interval is that of the costs alone.

    References
    ----------
    Johnson D (1997). The triangular distribution. https://doi.org/10.1111/1467-9884.00091

    Examples
    --------
    >>> frame = pd.DataFrame({"item": ["hours"], "quantity": [100], "unit_cost": [60], "currency": "EUR"})
    >>> cost_per_tandem(frame, 12, rng=np.random.default_rng(1), seed=1).value
    500.0
    """
    return _per(costs, tandems_n, name="cost_per_tandem", unit_of_analysis="tandem", rng=rng, seed=seed, draws=draws)


@measure
def cost_per_completed_tandem(
    costs: pd.DataFrame, tandems: pd.DataFrame, *, rng: np.random.Generator, seed: int, draws: int = 10_000
) -> Estimate | NotEstimable:
    """What the round cost, tandems that did not finish included, for each tandem that held every planned meeting.

    Parameters
    ----------
    costs : DataFrame
        As in `cost_total`.
    tandems : DataFrame
        ``tandem_id, planned, held`` of every tandem matched.
    rng, seed, draws
        As in `cost_total`.

    Returns
    -------
    Estimate or NotEstimable
        ``cost_per_completed_tandem``, unit the currency; as `cost_total` otherwise.

    Raises
    ------
    ValueError
        As in `cost_total`, or when a tandem stands twice.

    Notes
    -----
    *Not estimable when* there are no costs or no tandem completed. See `cost_per_tandem`.

    References
    ----------
    Johnson D (1997). The triangular distribution. https://doi.org/10.1111/1467-9884.00091

    Examples
    --------
    >>> frame = pd.DataFrame({"item": ["hours"], "quantity": [100], "unit_cost": [60], "currency": "EUR"})
    >>> tandems = pd.DataFrame({"tandem_id": ["a", "b", "c"], "planned": 6, "held": [6, 6, 1]})
    >>> cost_per_completed_tandem(frame, tandems, rng=np.random.default_rng(1), seed=1).value
    3000.0
    """
    completed, name = completed_tandems(tandems), "cost_per_completed_tandem"
    return _per(costs, completed, name=name, unit_of_analysis="tandem", rng=rng, seed=seed, draws=draws)


def _per(
    costs: pd.DataFrame,
    divisor: int,
    *,
    name: str,
    unit_of_analysis: str,
    rng: np.random.Generator,
    seed: int,
    draws: int,
) -> Estimate | NotEstimable:
    if costs.empty:
        return NotEstimable(name=name, unit="currency", reason=NO_COSTS, n=divisor)
    check_rows(costs, ["item", "quantity", "unit_cost", "currency"], key=["item"])
    if len(set(costs["currency"])) > 1:
        raise ValueError("the costs are in more than one currency")
    unit = str(costs["currency"].iloc[0])
    if divisor <= 0:
        reason = NONE_COMPLETED if name == "cost_per_completed_tandem" else NO_TANDEMS
        return NotEstimable(name=name, unit=unit, reason=reason, n=0)
    quantity, low, mode, high = cost_ranges(costs)
    uncertain = high > low
    expected = float(quantity @ ((low + mode + high) / 3)) / divisor
    value, lo, hi = float(quantity @ mode) / divisor, None, None
    if (uncertain & (quantity > 0)).any():
        drawn = rng.triangular(low[uncertain], mode[uncertain], high[uncertain], size=(draws, int(uncertain.sum())))
        sums = drawn @ quantity[uncertain] + float(quantity[~uncertain] @ mode[~uncertain])
        lo, hi = drawn_limits(sums / divisor, value)
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=lo,
        hi=hi,
        n=divisor,
        unit_of_analysis=unit_of_analysis,
        method=WITHOUT_RANGE if lo is None else WITH_RANGE,
        draws=None if lo is None else draws,
        seed=None if lo is None else seed,
        extra={"expected": expected, "items": float(len(costs))},
    )


def cost_ranges(costs: pd.DataFrame) -> tuple[Floats, Floats, Floats, Floats]:
    """Quantity, low, most likely and high of each item; a missing bound is the most likely value."""
    quantity, mode = _numbers(costs["quantity"]), _numbers(costs["unit_cost"])
    low, high = (
        _numbers(costs[column].astype("float64").fillna(costs["unit_cost"])) if column in costs else mode
        for column in ("low", "high")
    )
    if not (np.isfinite(quantity).all() and np.isfinite(mode).all() and (quantity >= 0).all()):
        raise ValueError("quantity and unit_cost must be numbers, quantity 0 or more")
    if (low > mode).any() or (mode > high).any():
        raise ValueError("an item's range must hold its unit cost: low ≤ unit_cost ≤ high")
    return quantity, low, mode, high


def _numbers(column: pd.Series) -> Floats:
    return np.asarray(column, dtype=np.float64)
