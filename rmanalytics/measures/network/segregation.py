"""How far groups keep to themselves: Coleman, Freeman, odds of a tie, assortativity.

Unit of analysis: the person; intervals treat two ties of one person as dependent. Above their point of no preference
(0, for odds 1) groups keep to themselves, where the E-I index lies below its expectation.

References
----------
Bojanowski M, Corten R (2014). Measuring segregation in social networks. https://doi.org/10.1016/j.socnet.2014.04.001
Newman MEJ (2003). Mixing patterns in networks. https://doi.org/10.1103/PhysRevE.67.026126
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.network.dyadic_se import (
    correlation_limits,
    dyad_robust_se,
    grouped_dyad_se,
    normal_limits,
    quantile,
)
from rmanalytics.measures.network.ei_index import mixing_counts, not_estimable
from rmanalytics.measures.network.nulls.permutation_null import p_of
from rmanalytics.measures.network.ties import (
    UNKNOWN_GENERATION,
    Ints,
    Wave,
    either_way,
    wave,
    weighted_positions,
)
from rmanalytics.measures.network.vertex_bootstrap import external, index_spread
from rmanalytics.measures.rows import LEAST_PEOPLE, Floats, check_rows, is_constant
from rmanalytics.results import Curve, Estimate, NotEstimable

NO_CONTRAST = "no ties within generations, or none between them"
ALL_TIED = "every pair within generations is tied, or every pair between them"
TOO_FEW_VALUES = "fewer than {least} people with a value"
NO_TIES_OF_VALUES = "no ties among people with a value"
SAME_VALUES = "no variation in the values at one end of the ties"
NO_VALUE = "no value"
ONE_GROUP_OF_ENDS = "all ties start or end in one generation"

COLEMAN = "Coleman homophily of each generation, against ties expected from its size"
FREEMAN = "Freeman segregation, undirected ties; dyadic cluster-robust interval"
ODDS = "odds of a tie within generations over odds between; dyadic cluster-robust interval on the log scale"
NOMINAL = "nominal assortativity; dyadic cluster-robust interval"
NUMERIC = "numeric assortativity (correlation over the ends of ties); dyadic cluster-robust interval"


@measure
def coleman_homophily(people: pd.DataFrame, ties: pd.DataFrame) -> Curve | NotEstimable:
    r"""How far each generation prefers its own: 1 when it names only its own, 0 as by chance, -1 never its own.

    Parameters
    ----------
    people : DataFrame
        ``person_id``, ``generation``.
    ties : DataFrame
        ``source_id``, ``target_id``, directed; optional ``weight`` above 0, by which each tie counts then.

    Returns
    -------
    Curve or NotEstimable
        ``points``, one row a generation in the order of names: ``generation``, ``people_n``, ``out_n`` (ties that
        start in it, or their weights), ``within_n``, ``expected_n`` and ``homophily`` (missing where it has no ties,
        or cannot differ from what is expected).

    Notes
    -----
    Not estimable when `ei_index` is not. Expected :math:`e_g = out_g (n_g - 1)/(N - 1)`;
    :math:`(m_{gg} - e_g)/(out_g - e_g)` above it, :math:`(m_{gg} - e_g)/e_g` below. Coleman's paper puts
    :math:`n_g/N` for the chance, which counts ties of people to themselves.

    References
    ----------
    Coleman JS (1958). Relational analysis. https://doi.org/10.17730/humo.17.4.q5604m676260q8n7

    Examples
    --------
    Four old people name each other three times and a young one once: of 4 ties 4 * 3 / 7 = 1.714 are expected, so
    (3 - 1.714) / (4 - 1.714) = 0.5625.

    >>> people = pd.DataFrame({"person_id": list("abcdefgh"), "generation": ["old"] * 4 + ["young"] * 4})
    >>> ties = pd.DataFrame({"source_id": list("abcd"), "target_id": list("bcde")})
    >>> coleman_homophily(people, ties).points["homophily"].round(4).tolist()
    [0.5625, nan]
    """
    net = wave(people, ties)
    refused = not_estimable(net, name="coleman_homophily")
    if refused is not None:
        return refused
    table, sizes = mixing_counts(net), net.sizes
    out, within = table.sum(axis=1), np.diag(table)
    expected = out * (sizes - 1) / (net.people_n - 1)
    room = np.where(within >= expected, out - expected, expected)
    homophily = np.divide(within - expected, room, out=np.full(len(sizes), np.nan), where=room > 0)
    points = pd.DataFrame(
        {
            "generation": np.array(net.names, dtype=object),
            "people_n": sizes,
            "out_n": out if net.weighted else out.astype(np.int64),
            "within_n": within if net.weighted else within.astype(np.int64),
            "expected_n": expected,
            "homophily": homophily,
        }
    ).sort_values("generation", ignore_index=True)
    return Curve(
        name="coleman_homophily",
        unit="index",
        points=points,
        n=net.people_n,
        unit_of_analysis="person",
        method=COLEMAN,
    )


@measure
def freeman_segregation(people: pd.DataFrame, ties: pd.DataFrame) -> Estimate | NotEstimable:
    r"""Share of the expected ties between generations that is not there; below 0 where there are more.

    Parameters
    ----------
    people : DataFrame
        ``person_id``, ``generation``.
    ties : DataFrame
        ``source_id``, ``target_id``; two people are tied when either names the other. With a column ``weight`` each
        tie counts by the larger weight of its two directions.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``index``, 1 without any tie between generations. ``extra``: ``external``, ``expected_external``
        (ties, or their weights), ``ties``.

    Notes
    -----
    Not estimable when `ei_index` is not. :math:`(E[C] - C)/E[C]` with
    :math:`E[C] = L (N^2 - \sum n_g^2)/(N(N-1))`; not cut off at 0.

    References
    ----------
    Freeman LC (1978). Segregation in social networks. https://doi.org/10.1177/004912417800600401

    Examples
    --------
    One of four ties joins the generations, 4 * 18 / 30 = 2.4 were expected: 1 - 1 / 2.4.

    >>> people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["old"] * 3 + ["young"] * 3})
    >>> ties = pd.DataFrame({"source_id": list("abde"), "target_id": list("bcec")})
    >>> round(freeman_segregation(people, ties).value, 4)
    0.5833
    """
    net = either_way(wave(people, ties))
    refused = not_estimable(net, name="freeman_segregation")
    if refused is not None:
        return refused
    chance = 1 - float((net.sizes * (net.sizes - 1)).sum()) / (net.people_n * (net.people_n - 1))
    share = external(net) / net.strength
    value = 1 - share / chance
    lo = hi = None
    spread = index_spread((net,))
    if spread is not None:
        half = quantile(spread.df) * spread.se / (2 * chance)
        lo, hi = value - half, value + half
    return Estimate(
        name="freeman_segregation",
        unit="index",
        value=value,
        lo=lo,
        hi=hi,
        n=net.people_n,
        unit_of_analysis="person",
        method=FREEMAN,
        n_excluded=net.unknown_n,
        excluded_reason=UNKNOWN_GENERATION if net.unknown_n else "",
        extra={
            "external": share * net.strength / 2,
            "expected_external": chance * net.strength / 2,
            "ties": net.ties_n / 2,
        },
    )


@measure
def within_between_odds(people: pd.DataFrame, ties: pd.DataFrame) -> Estimate | NotEstimable:
    r"""How many times higher the odds of a tie are within a generation than between two (ORWG).

    Parameters
    ----------
    people : DataFrame
        ``person_id``, ``generation``.
    ties : DataFrame
        ``source_id``, ``target_id``, directed; weights are passed over, since odds are of tie and no tie.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``odds ratio``, 1 where generations make no difference. ``extra``: ``within``, ``between`` (ties),
        ``within_pairs``, ``between_pairs`` (ordered pairs of people), ``log_se`` where there is an interval.

    Notes
    -----
    Not estimable when `ei_index` is not, when no tie is within generations or none between, or when all pairs of
    either kind are tied. :math:`\frac{w/(W-w)}{b/(B-b)}` over ordered pairs. Ties of one person, and the two ties of
    a pair, count as dependent in the interval.

    References
    ----------
    Bojanowski M, Corten R (2014). https://doi.org/10.1016/j.socnet.2014.04.001

    Examples
    --------
    3 of 12 pairs within are tied, 1 of 18 between: (3 / 9) / (1 / 17) = 5.67.

    >>> people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["old"] * 3 + ["young"] * 3})
    >>> ties = pd.DataFrame({"source_id": list("abde"), "target_id": list("bcec")})
    >>> round(within_between_odds(people, ties).value, 2)
    5.67
    """
    name, unit = "within_between_odds", "odds ratio"
    net = wave(people, ties)
    refused = not_estimable(net, name=name, unit=unit)
    if refused is not None:
        return refused
    between = int(net.crossing.sum())
    within, n = net.ties_n - between, net.people_n
    within_pairs = int((net.sizes * (net.sizes - 1)).sum())
    between_pairs = n * (n - 1) - within_pairs
    if min(within, between) == 0:
        return NotEstimable(name=name, unit=unit, reason=NO_CONTRAST, n=n)
    if within == within_pairs or between == between_pairs:
        return NotEstimable(name=name, unit=unit, reason=ALL_TIED, n=n)
    value = within * (between_pairs - between) / ((within_pairs - within) * between)
    se = _log_odds_se(net, ties=(within, between), pairs=(within_pairs, between_pairs))
    lo, hi = normal_limits(math.log(value), se)
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=None if lo is None else math.exp(lo),
        hi=None if hi is None else math.exp(hi),
        n=n,
        unit_of_analysis="person",
        method=ODDS,
        n_excluded=net.unknown_n,
        excluded_reason=UNKNOWN_GENERATION if net.unknown_n else "",
        extra={
            "within": float(within),
            "between": float(between),
            "within_pairs": float(within_pairs),
            "between_pairs": float(between_pairs),
        }
        | ({} if se is None else {"log_se": se}),
    )


def _log_odds_se(net: Wave, *, ties: tuple[int, int], pairs: tuple[int, int]) -> float | None:
    """As `dyad_robust_se`, with the pairs that have no tie: each takes the share of ties of its kind off."""
    n, kind = net.people_n, net.crossing.astype(np.int64)
    share = np.array(ties) / np.array(pairs)
    weight = np.array([1.0, -1.0]) / (np.array(pairs) * share * (1 - share))
    own = 2 * (net.sizes[net.codes] - 1)
    untied = np.stack([own, 2 * (n - 1) - own]) * (share * weight)[:, None]
    given = weight[kind]
    person = np.bincount(net.source, given, n) + np.bincount(net.target, given, n) - untied.sum(axis=0)
    keys = np.minimum(net.source, net.target) * n + np.maximum(net.source, net.target)
    _, first, count = np.unique(keys, return_index=True, return_counts=True)
    tied = ((count - 2 * share[kind[first]]) * weight[kind[first]]) ** 2
    empty = np.array(pairs) / 2 - np.bincount(kind[first], minlength=2)
    dyads = float(tied.sum() + (empty * (2 * share * weight) ** 2).sum())
    variance = float((person**2).sum()) - dyads
    return math.sqrt(variance) if variance > 0 else None


@measure
def nominal_assortativity(people: pd.DataFrame, ties: pd.DataFrame) -> Estimate | NotEstimable:
    r"""How much more ties stay within generations than the ends of the ties alone would give: 1 when all do.

    Parameters
    ----------
    people : DataFrame
        ``person_id``, ``generation``.
    ties : DataFrame
        ``source_id``, ``target_id``, directed; for undirected ties give `both_directions` of them. Optional
        ``weight`` above 0, by which each tie counts then.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``r``. ``extra``: ``within_share``, ``expected_share`` and ``modularity``, the one less the other.

    Notes
    -----
    Not estimable when `ei_index` is not, or when all ties start and end in one generation.
    :math:`(\sum e_{gg} - \sum a_g b_g)/(1 - \sum a_g b_g)` with :math:`e` the shares of ties between generations,
    :math:`a, b` their sums over rows and columns.

    References
    ----------
    Newman MEJ (2003). https://doi.org/10.1103/PhysRevE.67.026126

    Examples
    --------
    Three of four ties within; of their starts and ends 0.5 * 0.75 + 0.5 * 0.25 = 0.5 would be by chance.

    >>> people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["old"] * 3 + ["young"] * 3})
    >>> ties = pd.DataFrame({"source_id": list("abde"), "target_id": list("bcec")})
    >>> nominal_assortativity(people, ties).value
    0.5
    """
    name, unit = "nominal_assortativity", "r"
    net = wave(people, ties)
    refused = not_estimable(net, name=name, unit=unit)
    if refused is not None:
        return refused
    shares = mixing_counts(net) / net.strength
    out, into = shares.sum(axis=1), shares.sum(axis=0)
    within, chance = float(np.trace(shares)), float(out @ into)
    if 1 - chance < 1e-12:
        return NotEstimable(name=name, unit=unit, reason=ONE_GROUP_OF_ENDS, n=net.people_n)
    value = (within - chance) / (1 - chance)
    start, end = net.codes[net.source], net.codes[net.target]
    moves = (~net.crossing - within) / (1 - chance)
    moves += (into[start] + out[end] - 2 * chance) * (within - 1) / (1 - chance) ** 2
    influence = moves * net.weight / net.strength
    lo, hi = correlation_limits(value, grouped_dyad_se(net.codes, net.source, net.target, influence))
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=lo,
        hi=hi,
        n=net.people_n,
        unit_of_analysis="person",
        method=NOMINAL,
        n_excluded=net.unknown_n,
        excluded_reason=UNKNOWN_GENERATION if net.unknown_n else "",
        extra={"within_share": within, "expected_share": chance, "modularity": within - chance},
    )


@measure
def numeric_assortativity(
    people: pd.DataFrame, ties: pd.DataFrame, *, rng: np.random.Generator, seed: int, draws: int = 999
) -> Estimate | NotEstimable:
    r"""Correlation of a number (age, tenure) over the two ends of ties.

    Parameters
    ----------
    people : DataFrame
        ``person_id`` (each once) and ``value`` (missing = left out, with the person's ties).
    ties : DataFrame
        ``source_id``, ``target_id``, directed; for undirected ties give `both_directions` of them. Optional
        ``weight`` above 0, by which each tie counts then.
    rng, seed, draws : Generator, int, int
        Source, seed and number of the ways in which the values are dealt out anew.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``r``; ``extra``: ``ties``, ``expected`` (mean where values are dealt out at random). The p-value is
        two-sided: draws at least as far from ``expected``.

    Raises
    ------
    ValueError
        When a column is missing or a person stands twice.

    Notes
    -----
    Not estimable with fewer than six people with a value, no ties among them, or equal values at all starts or all
    ends. Pearson's correlation of the values at start and end, over ties.

    References
    ----------
    Newman MEJ (2003). https://doi.org/10.1103/PhysRevE.67.026126

    Examples
    --------
    Everybody names somebody ten years older:

    >>> people = pd.DataFrame({"person_id": list("abcdef"), "value": [20, 30, 40, 50, 60, 70]})
    >>> ties = pd.DataFrame({"source_id": list("abcde"), "target_id": list("bcdef")})
    >>> round(numeric_assortativity(people, ties, rng=np.random.default_rng(1), seed=1).value, 6)
    1.0
    """
    name, unit = "numeric_assortativity", "r"
    check_rows(people, ["person_id", "value"], key=["person_id"])
    known = people.dropna(subset=["value"]).sort_values("person_id")
    n, values = len(known), known["value"].to_numpy(dtype="float64")
    if n < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_VALUES, n=n, values={"least": LEAST_PEOPLE})
    source, target, weight, _ = weighted_positions(pd.Index(known["person_id"]), ties)
    if len(source) == 0:
        return NotEstimable(name=name, unit=unit, reason=NO_TIES_OF_VALUES, n=n)
    start, end = values[source], values[target]
    if is_constant(start, among=values) or is_constant(end, among=values):
        return NotEstimable(name=name, unit=unit, reason=SAME_VALUES, n=n)
    weight = weight / weight.sum()
    x, y = (_standardised(ends, weight) for ends in (start, end))
    value = float((x * y * weight).sum())
    influence = (x * y - value * (x**2 + y**2) / 2) * weight
    lo, hi = correlation_limits(value, dyad_robust_se(n, source, target, influence))
    null = np.array([_dealt(rng.permutation(values), source, target, weight) for _ in range(draws)])
    expected = float(null.mean())
    p, mc_se = p_of(int((np.abs(null - expected) >= abs(value - expected) - 1e-12).sum()), draws, exact=False)
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=lo,
        hi=hi,
        n=n,
        unit_of_analysis="person",
        method=NUMERIC,
        n_excluded=len(people) - n,
        excluded_reason=NO_VALUE if len(people) > n else "",
        p_value=p,
        draws=draws,
        seed=seed,
        mc_se=mc_se,
        extra={"ties": float(len(source)), "expected": expected},
    )


def _dealt(values: Floats, source: Ints, target: Ints, weight: Floats) -> float:
    """The correlation of values dealt out anew; 0 where those at one end are all alike."""
    ends = values[source], values[target]
    if any(is_constant(end, among=values) for end in ends):
        return 0.0
    x, y = (_standardised(end, weight) for end in ends)
    return float((x * y * weight).sum())


def _standardised(values: Floats, weight: Floats) -> Floats:
    centred = values - (values * weight).sum()
    return np.asarray(centred / math.sqrt(float((centred**2 * weight).sum())), dtype=np.float64)
