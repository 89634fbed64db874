r"""Tornado: which assumption the answer hangs on, one at a time.

Unit: the tandem, or the person who was to learn. Each factor goes to the low and the high end of what was declared or
measured, while the others stay at their most likely value; what moves together is seen in `value` alone.

References
----------
Briggs A, Sculpher M, Claxton K (2006). Decision Modelling for Health Economic Evaluation. Oxford.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.rows import Z, check_rows
from rmanalytics.measures.value.cost_effectiveness import TENTH
from rmanalytics.measures.value.costs import NO_COSTS, NO_TANDEMS, cost_ranges
from rmanalytics.measures.value.monte_carlo import Measured, Range
from rmanalytics.results import Curve, NotEstimable

NOBODY_TO_LEARN = "nobody was to learn"
ONE_WAY_METHOD = "one assumption at a time at its low and high end, the others at their most likely value"

GAIN = "gain of a person"
OTHER_COST = "cost of classic training"
OTHER_GAIN = "gain of classic training"


@measure
def cost_tornado(costs: pd.DataFrame, *, tandems_n: int) -> Curve | NotEstimable:
    """Which item the cost of a tandem hangs on: each at the low and the high end of its range.

    Parameters
    ----------
    costs : DataFrame
        As in `costs.cost_total`.
    tandems_n : int
        Tandems matched.

    Returns
    -------
    Curve or NotEstimable
        ``cost_tornado``, unit the currency; points ``factor`` (text: the item), ``at_low, at_high, base``, the item
        with the widest range first; items without a range are left out.

    Raises
    ------
    ValueError
        As in `costs.cost_total`.

    Notes
    -----
    *Not estimable when* there are no costs or no tandems. One at a time: what moves together is not seen here.

    Examples
    --------
    >>> frame = pd.DataFrame({"item": ["hours", "room"], "quantity": [100, 2], "unit_cost": [60, 150],
    ...                       "low": [50, 100], "high": [85, 150], "currency": "EUR"})
    >>> cost_tornado(frame, tandems_n=10).points.to_numpy().tolist()
    [['hours', 530.0, 880.0, 630.0], ['room', 620.0, 630.0, 630.0]]
    """
    if costs.empty or tandems_n <= 0:
        reason = NO_COSTS if costs.empty else NO_TANDEMS
        return NotEstimable(name="cost_tornado", unit="currency", reason=reason, n=0)
    factors = _items(costs)

    def cost(values: dict[str, float]) -> float:
        return sum(values.values()) / tandems_n

    return Curve(
        name="cost_tornado",
        unit=str(costs["currency"].iloc[0]),
        points=_swings(factors, cost),
        n=tandems_n,
        unit_of_analysis="tandem",
        method=ONE_WAY_METHOD,
    )


@measure
def net_benefit_tornado(
    costs: pd.DataFrame,
    *,
    people_n: int,
    gain: Measured,
    other_cost: Range,
    other_gain: Measured,
    worth: float,
) -> Curve | NotEstimable:
    r"""Which assumption the answer hangs on: the net benefit of a person with each at its low and its high end.

    Parameters
    ----------
    costs : DataFrame
        As in `costs.cost_total`.
    people_n : int
        People who were to learn.
    gain, other_gain : Measured
        Gain of a person with the programme and with classic training; their ends are the 95% limits.
    other_cost : Range
        Cost of classic training for a person.
    worth : float
        What a tenth of a standard deviation, gained by one person, is worth.

    Returns
    -------
    Curve or NotEstimable
        ``net_benefit_tornado``, unit the currency; points as in `cost_tornado`; the factors are the items, `GAIN`,
        `OTHER_COST` and `OTHER_GAIN`.

    Raises
    ------
    ValueError
        As in `costs.cost_total`.

    Notes
    -----
    *Not estimable when* there are no costs or no people. See `value.net_benefit`, here at the most likely values.

    Examples
    --------
    A gain of 0.4 ± 0.196 for 600 against 0.2 for 400, a tenth worth 150: 10 · 150 · 0.196 = 294 either way.

    >>> frame = pd.DataFrame({"item": ["hours"], "quantity": [100], "unit_cost": [60], "currency": "EUR"})
    >>> curve = net_benefit_tornado(frame, people_n=10, gain=Measured(value=0.4, se=0.1), worth=150,
    ...     other_cost=Range(low=400, mode=400, high=400), other_gain=Measured(value=0.2, se=0))
    >>> curve.points.round(1).to_numpy().tolist()
    [['gain of a person', -194.0, 394.0, 100.0]]
    """
    if costs.empty or people_n <= 0:
        reason = NO_COSTS if costs.empty else NOBODY_TO_LEARN
        return NotEstimable(name="net_benefit_tornado", unit="currency", reason=reason, n=0)
    factors = _items(costs)
    for name, measured in ((GAIN, gain), (OTHER_GAIN, other_gain)):
        factors[name] = (measured.value - Z * measured.se, measured.value, measured.value + Z * measured.se)
    factors[OTHER_COST] = (other_cost.low, other_cost.mode, other_cost.high)

    def benefit(values: dict[str, float]) -> float:
        more = values[GAIN] - values[OTHER_GAIN]
        spent = sum(amount for name, amount in values.items() if name not in (GAIN, OTHER_GAIN, OTHER_COST))
        return worth / TENTH * more - (spent / people_n - values[OTHER_COST])

    return Curve(
        name="net_benefit_tornado",
        unit=str(costs["currency"].iloc[0]),
        points=_swings(factors, benefit),
        n=people_n,
        unit_of_analysis="person",
        method=ONE_WAY_METHOD,
    )


_Factors = dict[str, tuple[float, float, float]]


def _items(costs: pd.DataFrame) -> _Factors:
    """Each item's total cost at its low, most likely and high end."""
    check_rows(costs, ["item", "quantity", "unit_cost", "currency"], key=["item"])
    quantity, *ends = cost_ranges(costs)
    amounts = zip(*(quantity * end for end in ends), strict=True)
    return {
        str(item): (float(low), float(mode), float(high))
        for item, (low, mode, high) in zip(costs["item"], amounts, strict=True)
    }


def _swings(factors: _Factors, outcome: Callable[[dict[str, float]], float]) -> pd.DataFrame:
    """The outcome with each factor at its low and high end, the widest swing first."""
    likely = {factor: ends[1] for factor, ends in factors.items()}
    rows = [
        (factor, outcome(likely | {factor: low}), outcome(likely | {factor: high}), outcome(likely))
        for factor, (low, _, high) in factors.items()
        if low < high
    ]
    rows.sort(key=lambda row: -abs(row[2] - row[1]))
    return pd.DataFrame(rows, columns=["factor", "at_low", "at_high", "base"]).astype({"factor": "str"})
