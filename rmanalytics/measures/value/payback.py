r"""Payback: what of the cost is cash, what would pay for it, and what comes back.

Unit: the round. Cash that is spent or saved is kept apart from people's time and from gains that nobody can bank; no
return is given without its interval.

References
----------
Briggs A, Sculpher M, Claxton K (2006). Decision Modelling for Health Economic Evaluation. Oxford.
Drummond MF et al. (2015). Methods for the Economic Evaluation of Health Care Programmes. Oxford.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.rows import Floats, drawn_limits, is_constant
from rmanalytics.measures.value.costs import NO_COSTS, cost_total
from rmanalytics.measures.value.monte_carlo import Measured, Range, total_draws
from rmanalytics.results import Estimate, NotEstimable

KINDS = ("cash", "time")
NO_CASH = "no cash was spent"
NO_UNCERTAINTY = "the number of leavers avoided has no standard error"
NO_REPLACEMENT_COST = "replacing a leaver costs nothing"

BREAK_EVEN_METHOD = (
    "cost of the round over the cost of replacing one leaver; 95% of draws from triangular distributions"
)
RETURN_METHOD = (
    "leavers avoided times the cost of replacing one, minus cash spent; mean and 95% of draws from triangular costs "
    "and a normal number of leavers"
)
RATIO_METHOD = (
    "cash saved minus cash spent, over cash spent; ratio of means and 95% of draws from triangular costs and a normal "
    "number of leavers"
)
_LEAST = 1e-9


@measure
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


@measure
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
    value = base / replacement.mode
    lo, hi = drawn_limits(total, value)
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=lo,
        hi=hi,
        n=1,
        unit_of_analysis="round",
        method=BREAK_EVEN_METHOD,
        exact=is_constant(total, among=total),  # nothing was declared uncertain
        draws=draws,
        seed=seed,
        extra={"cost": base, "cash_only": float((cash["quantity"] * cash["unit_cost"]).sum()) / replacement.mode},
    )


@measure
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
    >>> frame = pd.DataFrame({"item": ["room"], "kind": ["cash"], "quantity": [2], "unit_cost": [1500],
    ...                       "currency": "EUR"})
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
    value = float(net.mean())
    lo, hi = drawn_limits(net, value)
    return Estimate(
        name="cashable_benefit",
        unit=currency,
        value=value,
        lo=lo,
        hi=hi,
        n=1,
        unit_of_analysis="round",
        method=RETURN_METHOD,
        exact=is_constant(net, among=net),  # neither costs nor what replacing costs
        draws=draws,
        seed=seed,
        extra={
            "saved": float(saved.mean()),
            "spent": float(spent.mean()),
            "probability": float((net > 0).mean()),
        },
    )


@measure
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
    *Not estimable when* `cashable_benefit` is not. :math:`\bar s / \bar c - 1`, limits the 2.5 and 97.5% points of
    :math:`s_i / c_i - 1`.

    References
    ----------
    Briggs A, Sculpher M, Claxton K (2006). Decision Modelling for Health Economic Evaluation. Oxford.

    Examples
    --------
    >>> frame = pd.DataFrame({"item": ["room"], "kind": ["cash"], "quantity": [2], "unit_cost": [1500],
    ...                       "currency": "EUR"})
    >>> result = cashable_return(frame, leavers_avoided=Measured(value=0.6, se=0.5), seed=1,
    ...                          replacement=Range(low=5000, mode=5000, high=5000), rng=np.random.default_rng(1))
    >>> abs(round(result.value, 1)), result.lo < 0 < result.hi
    (0.0, True)
    """
    worlds = _cash_worlds(costs, leavers_avoided, replacement, rng, draws)
    if isinstance(worlds, str):
        return NotEstimable(name="cashable_return", unit="share", reason=worlds, n=0)
    saved, spent, _ = worlds
    value = float(saved.mean() / spent.mean() - 1)
    lo, hi = drawn_limits(saved / spent - 1, value)
    return Estimate(
        name="cashable_return",
        unit="share",
        value=value,
        lo=lo,
        hi=hi,
        n=1,
        unit_of_analysis="round",
        method=RATIO_METHOD,
        exact=is_constant(saved / spent, among=saved / spent),
        draws=draws,
        seed=seed,
        extra={"saved": float(saved.mean()), "spent": float(spent.mean())},
    )


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
