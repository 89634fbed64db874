r"""Value: what a gain costs, against what else could be had for the money, with everything uncertain drawn together.

Unit: the person who was to learn. Each option (the programme, classic training) is a table of possible worlds as
`worlds` draws them. A gain stays a gain: nothing here turns it into money, save a worth that the reader names.

References
----------
Briggs A, Sculpher M, Claxton K (2006). Decision Modelling for Health Economic Evaluation. Oxford.
Fenwick E, O'Brien BJ, Briggs A (2004). Cost-effectiveness acceptability curves. https://doi.org/10.1002/hec.903
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LIMITS, LOWER, Floats, check_rows, drawn_limits, is_constant
from rmanalytics.results import Curve, Estimate, NotEstimable

TENTH = 0.1

GAIN_MAY_BE_NONE = "a gain of nothing or less is within its interval, so a cost for it has no upper limit"
CLASSIC_TRAINING = "classic training"

RATIO_METHOD = "mean cost over mean gain; 95% of draws from triangular costs and a normal gain"
DIFFERENCE_METHOD = "mean and 95% of draws from triangular costs and normal gains"
PLANE_METHOD = "draws from triangular costs and normal gains"
ACCEPTABILITY_METHOD = "share of draws in which the additional gain is worth more than it costs"

MORE_FOR_LESS = "gains more, costs less"
MORE_FOR_MORE = "gains more, costs more"
LESS_FOR_LESS = "gains less, costs less"
LESS_FOR_MORE = "gains less, costs more"
QUADRANTS = (MORE_FOR_LESS, MORE_FOR_MORE, LESS_FOR_LESS, LESS_FOR_MORE)


@measure
def cost_per_tenth_sd(option: pd.DataFrame, *, currency: str, n: int, seed: int) -> Estimate | NotEstimable:
    r"""What it costs for one person to gain a tenth of a standard deviation.

    Parameters
    ----------
    option : DataFrame
        ``cost, gain`` as `worlds.programme_draws` or `worlds.option_draws` make them.
    currency : str
        Of the costs.
    n : int
        People the gain was measured in.
    seed : int
        Seed of the draws, for the record.

    Returns
    -------
    Estimate or NotEstimable
        ``cost_per_tenth_sd``, unit the currency; ``extra``: ``cost``, ``gain`` (means), ``no_gain_share`` (draws).

    Notes
    -----
    *Not estimable when* 2.5% of the draws or more gain nothing: a tenth of nothing has no price.
    :math:`\bar c / (10\,\bar g)`, limits the 2.5 and 97.5% points of :math:`c_i / (10\,g_i)`, with worlds without a
    gain as dearer than all others.

    References
    ----------
    Briggs A, Fenn P (1998). https://doi.org/10.1002/(SICI)1099-1050(199812)7:8<723::AID-HEC392>3.0.CO;2-O

    Examples
    --------
    600 for a gain of 0.4 standard deviations, four tenths:

    >>> option = pd.DataFrame({"cost": [500.0, 600.0, 700.0] * 14, "gain": [0.4] * 42})
    >>> round(cost_per_tenth_sd(option, currency="EUR", n=34, seed=1).value, 9)
    150.0
    """
    cost, gain = _pair(option)
    without = float((gain <= 0).mean())
    if without >= LOWER or gain.mean() <= 0:
        return NotEstimable(name="cost_per_tenth_sd", unit=currency, reason=GAIN_MAY_BE_NONE, n=n)
    each = np.sort(np.where(gain > 0, TENTH * cost / np.where(gain > 0, gain, 1.0), np.inf))
    # points that exist among the draws: between a number and infinity there is no middle
    lo, hi = np.quantile(each, LIMITS, method="inverted_cdf")
    value = TENTH * float(cost.mean() / gain.mean())
    return Estimate(
        name="cost_per_tenth_sd",
        unit=currency,
        value=value,
        lo=min(float(lo), value),
        hi=max(float(hi), value),
        n=n,
        unit_of_analysis="person",
        method=RATIO_METHOD,
        exact=is_constant(each, among=each),  # nothing was declared uncertain
        draws=len(option),
        seed=seed,
        extra={"cost": float(cost.mean()), "gain": float(gain.mean()), "no_gain_share": without},
    )


@measure
def incremental_cost(
    programme: pd.DataFrame, comparator: pd.DataFrame, *, currency: str, n: int, seed: int
) -> Estimate:
    """What the programme costs for a person more than the comparator.

    Parameters
    ----------
    programme, comparator : DataFrame
        ``cost, gain``, a row for each world, equally many.
    currency, n, seed
        As in `cost_per_tenth_sd`.

    Returns
    -------
    Estimate
        ``incremental_cost``, unit the currency.

    Raises
    ------
    ValueError
        When the two do not have the same number of draws.

    Examples
    --------
    >>> here, there = (pd.DataFrame({"cost": [c] * 9, "gain": [g] * 9}) for c, g in ((600.0, 0.4), (400.0, 0.2)))
    >>> incremental_cost(here, there, currency="EUR", n=34, seed=1).value
    200.0
    """
    more, _ = _differences(programme, comparator)
    return _interval(more, name="incremental_cost", unit=currency, n=n, seed=seed)


@measure
def incremental_gain(programme: pd.DataFrame, comparator: pd.DataFrame, *, n: int, seed: int) -> Estimate:
    """What a person gains more than with the comparator, in standard deviations.

    Parameters
    ----------
    programme, comparator, n, seed
        As in `incremental_cost`.

    Returns
    -------
    Estimate
        ``incremental_gain``, unit ``standard deviations``.

    Raises
    ------
    ValueError
        As in `incremental_cost`.

    Examples
    --------
    >>> here, there = (pd.DataFrame({"cost": [c] * 9, "gain": [g] * 9}) for c, g in ((600.0, 0.5), (400.0, 0.25)))
    >>> incremental_gain(here, there, n=34, seed=1).value
    0.25
    """
    _, more = _differences(programme, comparator)
    return _interval(more, name="incremental_gain", unit="standard deviations", n=n, seed=seed)


@measure
def net_benefit(
    programme: pd.DataFrame, comparator: pd.DataFrame, *, worth: float, currency: str, n: int, seed: int
) -> Estimate:
    r"""What a person's additional gain is worth beyond its additional cost, at a worth that the reader names.

    Parameters
    ----------
    programme, comparator, currency, n, seed
        As in `incremental_cost`.
    worth : float
        What a tenth of a standard deviation, gained by one person, is worth.

    Returns
    -------
    Estimate
        ``net_benefit``, unit the currency; ``extra``: ``worth``, ``probability`` that it is above 0.

    Raises
    ------
    ValueError
        As in `incremental_cost`.

    Notes
    -----
    :math:`10\,\lambda\,\Delta g - \Delta c`. It has an interval wherever costs and gains have one, also where a ratio
    of the two has none.

    References
    ----------
    Stinnett AA, Mullahy J (1998). https://doi.org/10.1177/0272989X98018002S09

    Examples
    --------
    Two tenths more, each worth 150, for 200 more:

    >>> here, there = (pd.DataFrame({"cost": [c] * 9, "gain": [g] * 9}) for c, g in ((600.0, 0.4), (400.0, 0.2)))
    >>> round(net_benefit(here, there, worth=150, currency="EUR", n=34, seed=1).value, 6)
    100.0
    """
    dearer, more = _differences(programme, comparator)
    benefit = worth / TENTH * more - dearer
    result = _interval(benefit, name="net_benefit", unit=currency, n=n, seed=seed)
    return replace(result, extra={"worth": float(worth), "probability": float((benefit > 0).mean())})


@measure
def incremental_plane(programme: pd.DataFrame, comparator: pd.DataFrame, *, n: int, shown: int = 400) -> Curve:
    """Some possible worlds as points of the cost-effectiveness plane.

    Parameters
    ----------
    programme, comparator, n
        As in `incremental_cost`.
    shown : int
        Most worlds to show: the first ones, which are as random as any.

    Returns
    -------
    Curve
        ``incremental_plane``, unit the standard deviation; points ``gain_difference, cost_difference``.

    Raises
    ------
    ValueError
        As in `incremental_cost`.

    Examples
    --------
    >>> here, there = (pd.DataFrame({"cost": [c] * 9, "gain": [g] * 9}) for c, g in ((600.0, 0.5), (400.0, 0.25)))
    >>> incremental_plane(here, there, n=34, shown=1).points.to_numpy().tolist()
    [[0.25, 200.0]]
    """
    dearer, more = _differences(programme, comparator)
    points = pd.DataFrame({"gain_difference": more[:shown], "cost_difference": dearer[:shown]})
    return _curve("incremental_plane", "standard deviations", points, n, PLANE_METHOD)


@measure
def plane_quadrants(programme: pd.DataFrame, comparator: pd.DataFrame, *, n: int) -> Curve:
    """Share of the possible worlds in each quarter of the cost-effectiveness plane.

    Parameters
    ----------
    programme, comparator, n
        As in `incremental_cost`.

    Returns
    -------
    Curve
        ``plane_quadrants``, unit ``share``; points ``quadrant`` (text, `QUADRANTS` in order), ``share``.

    Raises
    ------
    ValueError
        As in `incremental_cost`.

    Examples
    --------
    >>> here, there = (pd.DataFrame({"cost": [c] * 9, "gain": [g] * 9}) for c, g in ((600.0, 0.4), (400.0, 0.2)))
    >>> plane_quadrants(here, there, n=34).points["share"].tolist()
    [0.0, 1.0, 0.0, 0.0]
    """
    dearer, more = _differences(programme, comparator)
    kinds = [(more > 0) & (dearer <= 0), (more > 0) & (dearer > 0), (more <= 0) & (dearer <= 0)]
    shares = [float(kind.mean()) for kind in [*kinds, (more <= 0) & (dearer > 0)]]
    points = pd.DataFrame({"quadrant": list(QUADRANTS), "share": shares})
    return _curve("plane_quadrants", "share", points, n, PLANE_METHOD)


@measure
def acceptability_curve(
    programme: pd.DataFrame, comparator: pd.DataFrame, *, thresholds: Sequence[float], n: int
) -> Curve:
    r"""How probable it is that the programme is the better buy, for each worth of a tenth of a standard deviation.

    Parameters
    ----------
    programme, comparator, n
        As in `incremental_cost`.
    thresholds : sequence of float
        What a tenth of a standard deviation, gained by one person, may be worth.

    Returns
    -------
    Curve
        ``acceptability_curve``, unit ``share``; points ``threshold, probability, mc_se``.

    Raises
    ------
    ValueError
        As in `incremental_cost`.

    Notes
    -----
    Share of draws with :math:`10\,\lambda\,\Delta g > \Delta c`. It need not rise with the worth, nor start at 0.

    References
    ----------
    Fenwick E, O'Brien BJ, Briggs A (2004). https://doi.org/10.1002/hec.903

    Examples
    --------
    Two tenths more for 200 more: worth it from 100 a tenth on.

    >>> here, there = (pd.DataFrame({"cost": [c] * 9, "gain": [g] * 9}) for c, g in ((600.0, 0.4), (400.0, 0.2)))
    >>> acceptability_curve(here, there, thresholds=[50, 150], n=34).points["probability"].tolist()
    [0.0, 1.0]
    """
    dearer, more = _differences(programme, comparator)
    worth = np.asarray(thresholds, dtype=np.float64)
    probability = np.array([float((each / TENTH * more > dearer).mean()) for each in worth])
    points = pd.DataFrame(
        {
            "threshold": worth,
            "probability": probability,
            "mc_se": np.sqrt(probability * (1 - probability) / len(more)),
        }
    )
    return _curve("acceptability_curve", "share", points, n, ACCEPTABILITY_METHOD)


def _pair(option: pd.DataFrame) -> tuple[Floats, Floats]:
    check_rows(option, ["cost", "gain"], key=[])
    if option.empty or option[["cost", "gain"]].isna().any(axis=None):
        raise ValueError("an option without draws, or a draw without its cost or gain")
    return option["cost"].to_numpy(dtype="float64"), option["gain"].to_numpy(dtype="float64")


def _differences(programme: pd.DataFrame, comparator: pd.DataFrame) -> tuple[Floats, Floats]:
    """Additional cost and additional gain in each world."""
    if len(programme) != len(comparator):
        raise ValueError("the two options need the same number of draws")
    (cost, gain), (other_cost, other_gain) = _pair(programme), _pair(comparator)
    return cost - other_cost, gain - other_gain


def _interval(values: Floats, *, name: str, unit: str, n: int, seed: int) -> Estimate:
    mean = float(values.mean())
    lo, hi = drawn_limits(values, mean)
    return Estimate(
        name=name,
        unit=unit,
        value=mean,
        lo=lo,
        hi=hi,
        n=n,
        unit_of_analysis="person",
        method=DIFFERENCE_METHOD,
        comparator=CLASSIC_TRAINING,
        draws=len(values),
        seed=seed,
        exact=is_constant(values, among=values),  # nothing was declared uncertain
    )


def _curve(name: str, unit: str, points: pd.DataFrame, n: int, method: str) -> Curve:
    return Curve(name=name, unit=unit, points=points, n=n, unit_of_analysis="person", method=method)
