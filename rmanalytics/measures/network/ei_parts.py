"""Where the bridge between generations stands: E-I index of each person and generation, and ties that alone hold it.

Unit of analysis: the person, and the pair of people for `cut_ties`.

References
----------
Krackhardt D, Stern RN (1988). Informal networks and organizational crises. https://doi.org/10.2307/2786835
Tarjan RE (1974). A note on finding the bridges of a graph. https://doi.org/10.1016/0020-0190(74)90003-9
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from rmanalytics.containment import measure
from rmanalytics.measures.network.distances import Flags, walk
from rmanalytics.measures.network.ei_index import ONE_GENERATION, TOO_FEW_PEOPLE, not_estimable
from rmanalytics.measures.network.ties import UNKNOWN_GENERATION, Ints, Wave, wave
from rmanalytics.measures.network.triangles import Small
from rmanalytics.measures.rows import LEAST_PEOPLE, Floats
from rmanalytics.results import Curve, Estimate, NotEstimable

NO_CROSS_TIES = "no ties between generations"

BY_GROUP = "E-I index of each generation's tie ends, beside its expectation under dealt labels and its feasible range"
CUT = "share of the pairs tied between generations whose removal would disconnect the network"


@measure
def ei_by_group(people: pd.DataFrame, ties: pd.DataFrame) -> Curve | NotEstimable:
    r"""E-I index of each generation, its expectation, and how low and high it could be.

    Parameters
    ----------
    people, ties : DataFrame
        As in `ei_by_person`.

    Returns
    -------
    Curve or NotEstimable
        Unit ``index``; ``points``, one row a generation in the order of their names: ``generation``, ``people_n``,
        ``ties_n`` (ends of ties, or their weights, at people of this generation), ``cross_n`` (of ties to others),
        ``observed`` (missing without ties), ``expected``, ``lowest`` and ``highest`` (missing without ties, and where
        ties have weights).

    Raises
    ------
    ValueError
        As `ei_by_person`.

    Notes
    -----
    Not estimable when `ei_index` is not. With :math:`E_g` of :math:`D_g` ends across: :math:`2 E_g / D_g - 1`;
    expected under dealt labels :math:`2 (N - n_g)/(N - 1) - 1`. The mean weighted by :math:`D_g` is `ei_index`.

    The feasible range keeps how many ties each person gives and gets. With :math:`I` ties within the generation the
    index is :math:`1 - 4I/D_g`, and :math:`I` is bounded by what its people can give and get among :math:`n_g - 1`
    others, and by what the rest can take up. No network goes beyond; not every one reaches the ends.

    References
    ----------
    Krackhardt D, Stern RN (1988). https://doi.org/10.2307/2786835

    Examples
    --------
    Three old people, three young; a tie among the old, one among the young, one from old to young. Of 3 ends at the
    old 1 is across, 2/3 - 1 = -1/3, and 3 of 5 others are young, 6/5 - 1 = 0.2 is expected. Two old people give a tie
    and one gets one: at most one tie can be among them, so -1/3 is as low as it goes.

    >>> people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["old"] * 3 + ["young"] * 3})
    >>> ties = pd.DataFrame({"source_id": list("acd"), "target_id": list("bde")})
    >>> points = ei_by_group(people, ties).points
    >>> points[["observed", "expected", "lowest", "highest"]].round(3).to_numpy().tolist()
    [[-0.333, 0.2, -0.333, 1.0], [-0.333, 0.2, -0.333, 1.0]]
    """
    net = wave(people, ties)
    refused = not_estimable(net, name="ei_by_group")
    if refused is not None:
        return refused
    all_ties, cross = (_sums(net.codes, own, len(net.names)) for own in _own_ties(net))
    lowest, highest = _feasible(net)
    points = pd.DataFrame(
        {
            "generation": pd.array(list(net.names), dtype="str"),
            "people_n": net.sizes,
            "ties_n": all_ties if net.weighted else all_ties.astype(np.int64),
            "cross_n": cross if net.weighted else cross.astype(np.int64),
            "observed": _index(cross, all_ties),
            "expected": 2 * (net.people_n - net.sizes) / (net.people_n - 1) - 1,
            "lowest": lowest,
            "highest": highest,
        }
    )
    return Curve(
        name="ei_by_group",
        unit="index",
        points=points.sort_values("generation", ignore_index=True),
        n=net.people_n,
        unit_of_analysis="person",
        method=BY_GROUP,
    )


@measure
def cut_ties(people: pd.DataFrame, ties: pd.DataFrame) -> Estimate | NotEstimable:
    r"""Ties between generations that alone hold parts of the network together.

    Parameters
    ----------
    people, ties : DataFrame
        As in `ei_by_person`. Two people with a tie in either direction are one pair; weights are not looked at.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``share``: of the pairs tied between generations, those whose removal would leave two people without any
        way to each other who have one now. n pairs between generations; no interval, for the network is described as
        it is. ``extra``: ``cross_n``, ``cross_cut_n``, ``ties_n`` and ``cut_n`` (all pairs, and all cut ties).

    Raises
    ------
    ValueError
        As `ei_by_person`.

    Notes
    -----
    Not estimable when there are fewer than six people of known generation, one generation only, or no ties between
    generations. A bridge that many ties carry has few cut ties: a high share says that it hangs on single people.

    On a tree that spans the network, with people numbered so that everybody below a person comes next, a tie of the
    tree is a cut tie if no other tie leads from below it to a number outside (Tarjan). Exact, in time linear in ties.

    References
    ----------
    Tarjan RE (1974). https://doi.org/10.1016/0020-0190(74)90003-9

    Examples
    --------
    Three old people who all know each other, three young likewise, and one tie between them: it is the bridge.

    >>> people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["old"] * 3 + ["young"] * 3})
    >>> ties = pd.DataFrame({"source_id": list("abcdefc"), "target_id": list("bcaefdd")})
    >>> result = cut_ties(people, ties)
    >>> result.value, result.extra["cut_n"], result.extra["ties_n"]
    (1.0, 1.0, 7.0)
    """
    net = wave(people, ties)
    name, unit, n = "cut_ties", "share", net.people_n
    if n < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_PEOPLE, n=n, values={"least": LEAST_PEOPLE})
    if len(net.names) < 2:
        return NotEstimable(name=name, unit=unit, reason=ONE_GENERATION, n=n)
    codes, unknown_n = net.codes, net.unknown_n
    first, second = _once(n, net.source, net.target)
    del net
    crossing = codes[first] != codes[second]
    cross_n = int(crossing.sum())
    if cross_n == 0:
        return NotEstimable(name=name, unit=unit, reason=NO_CROSS_TIES, n=n)
    cut = _cut(n, first, second)
    cross_cut_n = int((cut & crossing).sum())
    return Estimate(
        name=name,
        unit=unit,
        value=cross_cut_n / cross_n,
        lo=None,
        hi=None,
        n=cross_n,
        unit_of_analysis="tie",
        method=CUT,
        n_excluded=unknown_n,
        excluded_reason=UNKNOWN_GENERATION if unknown_n else "",
        extra={
            "cross_n": float(cross_n),
            "cross_cut_n": float(cross_cut_n),
            "ties_n": float(len(first)),
            "cut_n": float(cut.sum()),
        },
    )


def _own_ties(net: Wave) -> tuple[Floats, Floats]:
    """Ties that each person gives or gets, and those of them that join two generations; or their weights."""
    weights = net.weight, np.where(net.crossing, net.weight, 0.0)
    all_ties, cross = (
        _sums(net.source, weight, net.people_n) + _sums(net.target, weight, net.people_n) for weight in weights
    )
    return all_ties, cross


def _sums(at: Ints, values: Floats, n: int) -> Floats:
    return np.asarray(np.bincount(at, values, n), dtype=np.float64)


def _index(cross: Floats, all_ties: Floats) -> Floats:
    share: Floats = np.divide(cross, all_ties, out=np.full(len(cross), np.nan), where=all_ties > 0)
    return 2 * share - 1


def _feasible(net: Wave) -> tuple[Floats, Floats]:
    """Lowest and highest index of each generation for the ties that each person gives and gets."""
    groups, codes, sizes = len(net.names), net.codes, net.sizes
    if net.weighted:
        return np.full(groups, np.nan), np.full(groups, np.nan)
    given, got = (np.bincount(ends, minlength=net.people_n) for ends in (net.source, net.target))
    rest = net.people_n - sizes
    ends = np.bincount(codes, given + got, groups)
    # what each person can have within the own generation at most, and what cannot go elsewhere
    within = [np.bincount(codes, np.minimum(own, sizes[codes] - 1), groups) for own in (given, got)]
    left = [np.bincount(codes, np.maximum(own - rest[codes], 0), groups) for own in (given, got)]
    most, least = np.minimum(*within), np.maximum(*left)
    for g in range(groups):
        outside = codes != g
        taken = [np.minimum(own[outside], sizes[g]).sum() for own in (got, given)]
        here = [own[~outside].sum() for own in (given, got)]
        least[g] = max(least[g], here[0] - taken[0], here[1] - taken[1])
        among_rest = min(np.minimum(own[outside], max(rest[g] - 1, 0)).sum() for own in (given, got))
        most[g] = min(most[g], among_rest - net.ties_n + ends[g])
    share = [np.divide(ties, ends, out=np.full(groups, np.nan), where=ends > 0) for ties in (most, least)]
    return 1 - 4 * share[0], 1 - 4 * share[1]


def _once(n: int, source: Ints, target: Ints) -> tuple[Small, Small]:
    """Each pair of people with a tie in either direction once, sorted."""
    key = np.minimum(source, target)
    key *= n
    key += np.maximum(source, target)
    key.sort()
    new = np.ones(len(key), dtype=bool)
    np.not_equal(key[1:], key[:-1], out=new[1:])
    key = key[new]
    first = (key // n).astype(np.int32)
    key %= n
    return first, key.astype(np.int32)


def _cut(n: int, first: Small, second: Small) -> Flags:
    """Which of the pairs, each once, are cut ties."""
    tree = walk(n, first, second, _one_of_each_part(n, first, second))
    place = np.empty(n, dtype=np.int32)
    place[tree.order] = np.arange(n, dtype=np.int32)
    # from here on people are known by their place in the walk, where those before come first
    above, bounds = tree.before, tree.bounds
    below = np.ones(n, dtype=np.int64)
    for level in reversed(range(1, len(bounds) - 1)):
        span = slice(bounds[level], bounds[level + 1])
        np.add.at(below, above[span], below[span])
    number = _numbers(above, below, bounds)
    one, other = place[first], place[second]
    in_tree = (above[other] == one) | (above[one] == other)
    lowest, highest = number.copy(), number.copy()
    for a, b in ((one[~in_tree], other[~in_tree]), (other[~in_tree], one[~in_tree])):
        np.minimum.at(lowest, a, number[b])
        np.maximum.at(highest, a, number[b])
    for level in reversed(range(1, len(bounds) - 1)):
        span = slice(bounds[level], bounds[level + 1])
        np.minimum.at(lowest, above[span], lowest[span])
        np.maximum.at(highest, above[span], highest[span])
    alone = (above >= 0) & (lowest >= number) & (highest < number + below)
    child = np.where(above[other] == one, other, one)
    cut: Flags = in_tree & alone[child]
    return cut


def _one_of_each_part(n: int, first: Small, second: Small) -> Ints:
    matrix = csr_array((np.ones(len(first), dtype=bool), (first, second)), shape=(n, n))
    _, part = connected_components(matrix, directed=False)
    return np.unique(part, return_index=True)[1]


def _numbers(above: Ints, below: Ints, bounds: Ints) -> Ints:
    """Numbers that run through everybody below a person before going on to the next."""
    siblings = np.argsort(above, kind="stable")
    before = np.empty(len(above), dtype=np.int64)
    before[siblings] = np.cumsum(below[siblings]) - below[siblings]
    mother = above[siblings]
    heads = np.flatnonzero(np.append(True, mother[1:] != mother[:-1]))
    eldest = np.empty(len(above), dtype=np.int64)
    eldest[siblings] = np.repeat(siblings[heads], np.diff(np.append(heads, len(above))))
    number = before - before[eldest]
    for level in range(1, len(bounds) - 1):
        span = slice(bounds[level], bounds[level + 1])
        number[span] += number[above[span]] + 1
    return number
