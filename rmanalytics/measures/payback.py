r"""Payback: what of the cost is cash, what would pay for it, and which assumption the answer hangs on.

Unit: the round. Cash that is spent or saved is kept apart from people's time and from gains that nobody can bank; no
return is given without its interval.

References
----------
Briggs A, Sculpher M, Claxton K (2006). Decision Modelling for Health Economic Evaluation. Oxford.
Drummond MF et al. (2015). Methods for the Economic Evaluation of Health Care Programmes. Oxford.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import ndtri

from rmanalytics.measures.costs import NO_COSTS, NO_TANDEMS, _ranges, cost_total
from rmanalytics.measures.units import Floats, check_rows
from rmanalytics.measures.value import TENTH
from rmanalytics.measures.worlds import Measured, Range, total_draws
from rmanalytics.results import Curve, Estimate, NotEstimable

KINDS = ("cash", "time")
NO_CASH = "no cash was spent"
NOBODY_TO_LEARN = "nobody was to learn"
NO_UNCERTAINTY = "the number of leavers avoided has no standard error"
NO_REPLACEMENT_COST = "replacing a leaver costs nothing"

BREAK_EVEN_METHOD = (
    "cost of the round over the cost of replacing one leaver; 95 % of draws from triangular distributions"
)
RETURN_METHOD = (
    "leavers avoided times the cost of replacing one, minus cash spent; mean and 95 % of draws from triangular costs and "
    "a normal number of leavers"
)
RATIO_METHOD = (
    "cash saved minus cash spent, over cash spent; ratio of means and 95 % of draws from triangular costs and a normal "
    "number of leavers"
)
ONE_WAY_METHOD = "one assumption at a time at its low and high end, the others at their most likely value"

GAIN, OTHER_COST, OTHER_GAIN = "gain of a person", "cost of classic training", "gain of classic training"

_Z = float(ndtri(0.975))
_LEAST = 1e-9


def cost_by_kind(
    costs: pd.DataFrame, *, kind: str, rng: np.random.Generator, seed: int, draws: int = 10_000
) -> Estimate | NotEstimable:
    """What the round cost in cash, or in people's time.

    Parameters
    ----------
    costs : DataFrame
        As in `costs.cost_total`, with ``kind``.
    kind : str
        ``cash`` or ``time``.
    rng, seed, draws
        As in `costs.cost_total`.

    Returns
    -------
    Estimate or NotEstimable
        ``cost_by_kind``, unit the currency, group the kind; as `costs.cost_total` otherwise.

    Raises
    ------
    ValueError
        As in `costs.cost_total`, or when the kind is another word.

    Notes
    -----
    *Not estimable when* there are no costs of this kind.

    Examples
    --------
    >>> frame = pd.DataFrame({"item": ["hours", "room"], "kind": ["time", "cash"], "quantity": [100, 2],
    ...                       "unit_cost": [60, 150], "currency": "EUR"})
    >>> cost_by_kind(frame, kind="cash", rng=np.random.default_rng(1), seed=1).value
    300.0
    """
    if kind not in KINDS:
        raise ValueError("kind must be cash or time")
    result = cost_total(costs[costs["kind"] == kind], rng=rng, seed=seed, draws=draws)
    return replace(result, name="cost_by_kind", group=kind)


def break_even_leavers(
    costs: pd.DataFrame, *, replacement: Range, rng: np.random.Generator, seed: int, draws: int = 10_000
) -> Estimate | NotEstimable:
    """How many leavers avoided would pay for the round.

    Parameters
    ----------
    costs : DataFrame
        As in `costs.cost_total`, with ``kind`` (``cash`` or ``time``).
    replacement : Range
        Cost of replacing one leaver: hiring, training, the work not done meanwhile.
    rng, seed, draws
        As in `costs.cost_total`.

    Returns
    -------
    Estimate or NotEstimable
        ``break_even_leavers``, unit ``leavers``; ``extra``: ``cost`` (at its most likely), ``cash_only``: leavers
        avoided that would pay for the cash alone.

    Raises
    ------
    ValueError
        As in `costs.cost_total`.

    Notes
    -----
    *Not estimable when* there are no costs, or replacing a leaver costs nothing. A number to hold against what
    retention can show, not a claim that anybody stayed.

    Examples
    --------
    >>> frame = pd.DataFrame({"item": ["hours", "room"], "kind": ["time", "cash"], "quantity": [100, 2],
    ...                       "unit_cost": [60, 1500], "currency": "EUR"})
    >>> result = break_even_leavers(frame, replacement=Range(low=3000, mode=6000, high=9000),
    ...                             rng=np.random.default_rng(1), seed=1)
    >>> result.value, result.extra["cash_only"]
    (1.5, 0.5)
    """
    name, unit = "break_even_leavers", "leavers"
    if costs.empty or replacement.mode <= 0:
        reason = NO_COSTS if costs.empty else NO_REPLACEMENT_COST
        return NotEstimable(name=name, unit=unit, reason=reason, n=0 if costs.empty else 1)
    total = total_draws(costs, rng=rng, draws=draws) / np.maximum(replacement.draw(rng, draws), _LEAST)
    base = float((costs["quantity"] * costs["unit_cost"]).sum())
    cash = costs[costs["kind"] == "cash"]
    lo, hi = np.quantile(total, [0.025, 0.975])
    value = base / replacement.mode
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=min(value, float(lo)),
        hi=max(value, float(hi)),
        n=1,
        unit_of_analysis="round",
        method=BREAK_EVEN_METHOD,
        draws=draws,
        seed=seed,
        extra={"cost": base, "cash_only": float((cash["quantity"] * cash["unit_cost"]).sum()) / replacement.mode},
    )


def cashable_benefit(
    costs: pd.DataFrame,
    *,
    leavers_avoided: Measured,
    replacement: Range,
    rng: np.random.Generator,
    seed: int,
    draws: int = 10_000,
) -> Estimate | NotEstimable:
    r"""Cash that leavers avoided save, minus cash that the round cost.

    Parameters
    ----------
    costs : DataFrame
        As in `costs.cost_total`, with ``kind``; people's time is left out.
    leavers_avoided : Measured
        How many fewer left than without the programme, and its standard error, from a comparison.
    replacement : Range
        Cash cost of replacing one leaver.
    rng, seed, draws
        As in `costs.cost_total`.

    Returns
    -------
    Estimate or NotEstimable
        ``cashable_benefit``, unit the currency; ``extra``: ``saved``, ``spent`` (means), ``probability`` that it is
        above 0.

    Raises
    ------
    ValueError
        As in `costs.cost_total`.

    Notes
    -----
    *Not estimable when* there are no cash costs, or the number of leavers avoided has no standard error: without one,
    the result would have an interval that leaves out its largest doubt.

    References
    ----------
    Briggs A, Sculpher M, Claxton K (2006). Decision Modelling for Health Economic Evaluation. Oxford.

    Examples
    --------
    >>> frame = pd.DataFrame({"item": ["room"], "kind": ["cash"], "quantity": [2], "unit_cost": [1500], "currency": "EUR"})
    >>> result = cashable_benefit(frame, leavers_avoided=Measured(value=1, se=0.5), seed=1,
    ...                           replacement=Range(low=5000, mode=5000, high=5000), rng=np.random.default_rng(1))
    >>> result.lo < 0 < result.value
    True
    """
    worlds = _cash_worlds(costs, leavers_avoided, replacement, rng, draws)
    if isinstance(worlds, str):
        return NotEstimable(name="cashable_benefit", unit="currency", reason=worlds, n=0)
    saved, spent, currency = worlds
    net = saved - spent
    lo, hi = np.quantile(net, [0.025, 0.975])
    return Estimate(
        name="cashable_benefit",
        unit=currency,
        value=float(net.mean()),
        lo=float(lo),
        hi=float(hi),
        n=1,
        unit_of_analysis="round",
        method=RETURN_METHOD,
        draws=draws,
        seed=seed,
        extra={
            "saved": float(saved.mean()),
            "spent": float(spent.mean()),
            "probability": float((net > 0).mean()),
        },
    )


def cashable_return(
    costs: pd.DataFrame,
    *,
    leavers_avoided: Measured,
    replacement: Range,
    rng: np.random.Generator,
    seed: int,
    draws: int = 10_000,
) -> Estimate | NotEstimable:
    r"""Return on the cash spent: cash saved beyond it, as a share of it.

    Parameters
    ----------
    costs, leavers_avoided, replacement, rng, seed, draws
        As in `cashable_benefit`.

    Returns
    -------
    Estimate or NotEstimable
        ``cashable_return``, unit ``share``: 0 where the cash comes back, −1 where none does, always with its interval.

    Raises
    ------
    ValueError
        As in `costs.cost_total`.

    Notes
    -----
    *Not estimable when* `cashable_benefit` is not. :math:`ar s / ar c - 1`, limits the 2.5 and 97.5 % points of
    :math:`s_i / c_i - 1`.

    References
    ----------
    Briggs A, Sculpher M, Claxton K (2006). Decision Modelling for Health Economic Evaluation. Oxford.

    Examples
    --------
    >>> frame = pd.DataFrame({"item": ["room"], "kind": ["cash"], "quantity": [2], "unit_cost": [1500], "currency": "EUR"})
    >>> result = cashable_return(frame, leavers_avoided=Measured(value=0.6, se=0.5), seed=1,
    ...                          replacement=Range(low=5000, mode=5000, high=5000), rng=np.random.default_rng(1))
    >>> abs(round(result.value, 1)), result.lo < 0 < result.hi
    (0.0, True)
    """
    worlds = _cash_worlds(costs, leavers_avoided, replacement, rng, draws)
    if isinstance(worlds, str):
        return NotEstimable(name="cashable_return", unit="share", reason=worlds, n=0)
    saved, spent, _ = worlds
    each = saved / spent - 1
    lo, hi = np.quantile(each, [0.025, 0.975])
    return Estimate(
        name="cashable_return",
        unit="share",
        value=float(saved.mean() / spent.mean() - 1),
        lo=float(lo),
        hi=float(hi),
        n=1,
        unit_of_analysis="round",
        method=RATIO_METHOD,
        draws=draws,
        seed=seed,
        extra={"saved": float(saved.mean()), "spent": float(spent.mean())},
    )


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

    return _tornado("cost_tornado", str(costs["currency"].iloc[0]), factors, cost, tandems_n, "tandem")


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
        Gain of a person with the programme and with classic training; their ends are the 95 % limits.
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
        factors[name] = (measured.value - _Z * measured.se, measured.value, measured.value + _Z * measured.se)
    factors[OTHER_COST] = (other_cost.low, other_cost.mode, other_cost.high)

    def benefit(values: dict[str, float]) -> float:
        more = values[GAIN] - values[OTHER_GAIN]
        spent = sum(amount for name, amount in values.items() if name not in (GAIN, OTHER_GAIN, OTHER_COST))
        return worth / TENTH * more - (spent / people_n - values[OTHER_COST])

    return _tornado("net_benefit_tornado", str(costs["currency"].iloc[0]), factors, benefit, people_n, "person")


_Factors = dict[str, tuple[float, float, float]]


def _items(costs: pd.DataFrame) -> _Factors:
    """Each item's total cost at its low, most likely and high end."""
    check_rows(costs, ["item", "quantity", "unit_cost", "currency"], key=["item"])
    quantity, *ends = _ranges(costs)
    amounts = zip(*(quantity * end for end in ends), strict=True)
    return {
        str(item): (float(low), float(mode), float(high))
        for item, (low, mode, high) in zip(costs["item"], amounts, strict=True)
    }


def _tornado(
    name: str,
    unit: str,
    factors: _Factors,
    outcome: Callable[[dict[str, float]], float],
    n: int,
    unit_of_analysis: str,
) -> Curve:
    likely = {factor: ends[1] for factor, ends in factors.items()}
    rows = [
        (factor, outcome(likely | {factor: low}), outcome(likely | {factor: high}), outcome(likely))
        for factor, (low, _, high) in factors.items()
        if low < high
    ]
    rows.sort(key=lambda row: -abs(row[2] - row[1]))
    points = pd.DataFrame(rows, columns=["factor", "at_low", "at_high", "base"]).astype({"factor": "str"})
    return Curve(name=name, unit=unit, points=points, n=n, unit_of_analysis=unit_of_analysis, method=ONE_WAY_METHOD)


def _cash_worlds(
    costs: pd.DataFrame, leavers_avoided: Measured, replacement: Range, rng: np.random.Generator, draws: int
) -> tuple[Floats, Floats, str] | str:
    """Cash saved and cash spent in each world with the currency, or why there are none."""
    if costs.empty:
        return NO_COSTS
    cash = costs[costs["kind"] == "cash"]
    if cash.empty or (cash["quantity"] * cash["unit_cost"]).sum() <= 0:
        return NO_CASH
    if leavers_avoided.se == 0:
        return NO_UNCERTAINTY
    spent = total_draws(cash, rng=rng, draws=draws)
    saved = leavers_avoided.draw(rng, draws) * replacement.draw(rng, draws)
    return saved, spent, str(cash["currency"].iloc[0])
