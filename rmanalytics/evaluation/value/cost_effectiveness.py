"""What the gain cost, and against what: classic training, a worth that the programme declares, leavers avoided.

Unit of analysis: person who was to learn (the mentee). Declared figures are ranges, measured ones have their standard
error; cash and people's time are kept apart, and no return is given without its interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rmanalytics.containment import block
from rmanalytics.evaluation.cohort import round_tandems
from rmanalytics.measures.rows import Z
from rmanalytics.measures.value import cost_effectiveness as measure
from rmanalytics.measures.value import one_way_sensitivity, payback
from rmanalytics.measures.value.monte_carlo import Measured, Range, option_draws, programme_draws
from rmanalytics.results import COMPARISON, PARTICIPANTS, NotEstimable, Result, Results

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round, Value

STREAM = 60
NO_GAIN = "no adjusted difference of the primary outcome to price"
THRESHOLDS = tuple(step / 4 for step in range(17))


def value(bundle: Bundle, round_: Round, survey: Results, retention: Results) -> Results:
    """All results on value; empty where no cost of the round is declared."""
    tandems = round_tandems(bundle, round_)
    if not bundle.has("costs") or tandems is None or not len(tandems):
        return Results()
    costs = bundle.table("costs")
    costs = costs[costs["round_id"] == round_.id]
    if not len(costs):
        return Results()
    return Results(
        [
            *_spent(bundle, costs, len(tandems)),
            *_gained(bundle, costs, len(tandems), survey),
            *_leavers(bundle, costs, retention),
        ]
    )


@block
def _spent(bundle: Bundle, costs: pd.DataFrame, tandems_n: int) -> Iterator[Result]:
    for stream, kind in enumerate(("cash", "time")):
        yield payback.cost_by_kind(costs, kind=kind, rng=_rng(bundle, stream), seed=bundle.programme.seed)
    yield one_way_sensitivity.cost_tornado(costs, tandems_n=tandems_n)


@block
def _gained(bundle: Bundle, costs: pd.DataFrame, people_n: int, survey: Results) -> Iterator[Result]:
    """Price of the gain, and the comparison with classic training where that is declared."""
    currency, seed, declared = str(costs["currency"].iloc[0]), bundle.programme.seed, bundle.programme.value
    gain = _gain(bundle, survey)
    if gain is None:
        yield NotEstimable(name="cost_per_tenth_sd", unit=currency, reason=NO_GAIN, n=0)
        return
    known, n = gain
    programme = programme_draws(costs, people_n=people_n, gain=known, rng=_rng(bundle, 2))
    yield measure.cost_per_tenth_sd(programme, currency=currency, n=n, seed=seed)
    if declared.training_cost is None:
        return
    low, mode, high = declared.training_cost
    other_cost = Range(low=low, mode=mode, high=high)
    other_gain = Measured(value=declared.training_gain, se=declared.training_gain_se)
    training = option_draws(cost=other_cost, gain=other_gain, rng=_rng(bundle, 3))
    yield measure.incremental_cost(programme, training, currency=currency, n=n, seed=seed)
    yield measure.incremental_gain(programme, training, n=n, seed=seed)
    yield measure.incremental_plane(programme, training, n=n)
    yield measure.plane_quadrants(programme, training, n=n)
    if declared.worth is not None:
        yield measure.net_benefit(programme, training, worth=declared.worth, currency=currency, n=n, seed=seed)
        thresholds = [declared.worth * share for share in THRESHOLDS]
        yield measure.acceptability_curve(programme, training, thresholds=thresholds, n=n)
        yield one_way_sensitivity.net_benefit_tornado(
            costs,
            people_n=people_n,
            gain=known,
            other_cost=other_cost,
            other_gain=other_gain,
            worth=declared.worth,
        )


@block
def _leavers(bundle: Bundle, costs: pd.DataFrame, retention: Results) -> Iterator[Result]:
    """Leavers avoided that would pay for the round, and what those measured save."""
    declared: Value = bundle.programme.value
    if declared.replacement_cost is None:
        return
    low, mode, high = declared.replacement_cost
    replacement, seed = Range(low=low, mode=mode, high=high), bundle.programme.seed
    yield payback.break_even_leavers(costs, replacement=replacement, rng=_rng(bundle, 4), seed=seed)
    avoided = _avoided(retention)
    if avoided is not None:
        for stream, benefit in enumerate((payback.cashable_benefit, payback.cashable_return), start=5):
            yield benefit(costs, leavers_avoided=avoided, replacement=replacement, rng=_rng(bundle, stream), seed=seed)


def _gain(bundle: Bundle, survey: Results) -> tuple[Measured, int] | None:
    """The primary outcome's gain, positive the way that its instrument says is better."""
    outcome = bundle.programme.main_outcome
    if outcome is None or outcome.side != "mentee":
        return None
    for found in survey.estimates("adjusted_difference", outcome=outcome.instrument, side=outcome.side):
        if "g" in found.extra:
            se = (found.extra["g_hi"] - found.extra["g_lo"]) / (2 * Z)
            way = -1 if bundle.programme.instruments[outcome.instrument].direction == "down" else 1
            return Measured(value=way * found.extra["g"], se=se), found.n
    return None


def _avoided(retention: Results) -> Measured | None:
    """Leavers avoided among the juniors: difference of the survival curves at the horizon, times people."""
    horizon = retention.estimates("rmst_difference", outcome="retention", side="mentor")
    curves = {g: retention.curve("survival_curve", outcome="retention", group=g) for g in (PARTICIPANTS, COMPARISON)}
    if not horizon or any(curve is None for curve in curves.values()):
        return None
    at = {}
    for group, curve in curves.items():
        points = curve.points[curve.points["time_days"] <= horizon[0].extra["tau"]]  # type: ignore[union-attr]
        at[group] = (float(points["survival"].iloc[-1]), float(points["se"].iloc[-1]))
    n = horizon[0].n
    difference = at[PARTICIPANTS][0] - at[COMPARISON][0]
    return Measured(value=n * difference, se=n * math.hypot(at[PARTICIPANTS][1], at[COMPARISON][1]))


def _rng(bundle: Bundle, stream: int) -> np.random.Generator:
    return np.random.default_rng([bundle.programme.seed, STREAM + stream])
