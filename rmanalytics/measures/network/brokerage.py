"""Who stands between others: brokerage within and between generations.

Unit of analysis: the person. Chains are counted by whole arrays; those that a tie closes are found as triangles.

References
----------
Gould RV, Fernandez RM (1989). Structures of mediation. https://doi.org/10.2307/270949
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import permutations, product

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.network.ei_index import not_estimable
from rmanalytics.measures.network.ties import Ints, Wave, wave
from rmanalytics.measures.network.triangles import (
    DOWNWARD,
    UPWARD,
    Pairs,
    Small,
    keys_of,
    pairs_by_key,
    pairs_of,
    triangles,
)
from rmanalytics.measures.rows import Floats
from rmanalytics.results import Curve, NotEstimable

ROLES = ("coordinator", "itinerant", "representative", "gatekeeper", "liaison")
EVERY_ROLE = set(range(len(ROLES)))
GOULD_FERNANDEZ = "Gould-Fernandez brokerage against independent ties of the same density"

_PART = 1 << 21

Flags = npt.NDArray[np.bool_]


def brokerage_counts(people: pd.DataFrame, ties: pd.DataFrame) -> pd.DataFrame:
    r"""Open chains through each person, by the generations they join.

    Parameters
    ----------
    people : DataFrame
        ``person_id``, ``generation``.
    ties : DataFrame
        ``source_id``, ``target_id``, directed.

    Returns
    -------
    DataFrame
        One row a person of known generation, by id: ``person_id`` and the number of chains a → b → c without a → c
        in which the person is b: ``coordinator`` (all of one generation), ``itinerant`` (a and c of one, b of
        another), ``representative`` (a and b of one), ``gatekeeper`` (b and c of one), ``liaison`` (three
        generations) and ``total``.

    References
    ----------
    Gould RV, Fernandez RM (1989). https://doi.org/10.2307/270949

    Examples
    --------
    Old a asks old b, who asks young c: b represents the old.

    >>> people = pd.DataFrame({"person_id": list("abc"), "generation": ["old", "old", "young"]})
    >>> ties = pd.DataFrame({"source_id": list("ab"), "target_id": list("bc")})
    >>> brokerage_counts(people, ties).loc[1, "representative"].item()
    1
    """
    net = wave(people, ties)
    ids, counts = net.ids, _all_chains(net)
    keys, codes = keys_of(net.people_n, net.source, net.target), net.codes
    del net
    counts -= _shut_chains(pairs_by_key(*keys, None), codes)
    frame = pd.DataFrame(counts, columns=list(ROLES))
    frame.insert(0, "person_id", ids)
    frame["total"] = counts.sum(axis=1)
    return frame


@measure
def brokerage_roles(people: pd.DataFrame, ties: pd.DataFrame) -> Curve | NotEstimable:
    r"""Brokerage in the whole network, against what ties without any preference would give.

    Parameters
    ----------
    people, ties : DataFrame
        As in `brokerage_counts`.

    Returns
    -------
    Curve or NotEstimable
        ``points``, one row a role and one for ``total``: ``role``, ``observed_n``, ``expected_n``, ``sd_n`` and ``z``
        (missing where the role cannot occur).

    Notes
    -----
    Not estimable when `ei_index` is not. Expectation and variance are exact for independent ties of the density
    found, given the sizes of the generations. The variances that Gould and Fernandez print, and that R's sna
    returns, leave out terms for all roles but ``itinerant`` and ``liaison`` (two chains on the same three people
    that exclude each other; ties that one chain needs and another forbids) and are too large; a simulation in the
    tests shows it. So ``z`` is larger here than there.

    References
    ----------
    Gould RV, Fernandez RM (1989). https://doi.org/10.2307/270949

    Examples
    --------
    Six people, 6 of 30 ordered pairs tied, density 0.2: each generation of three has 6 possible chains, so
    2 * 6 * 0.2 * 0.2 * 0.8 = 0.384 coordinators are expected.

    >>> people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["old"] * 3 + ["young"] * 3})
    >>> ties = pd.DataFrame({"source_id": list("abcdef"), "target_id": list("bcdefa")})
    >>> brokerage_roles(people, ties).points["expected_n"].round(3).tolist()[0]
    0.384
    """
    net = wave(people, ties)
    refused = not_estimable(net, name="brokerage_roles", unit="count")
    if refused is not None:
        return refused
    pairs = pairs_of(net.people_n, net.source, net.target, None)
    observed = (_all_chains(net) - _shut_chains(pairs, net.codes)).sum(axis=0)
    density = net.ties_n / (net.people_n * (net.people_n - 1))
    sizes = net.sizes.tolist()
    moments = [_chain_moments(sizes, density, roles=roles) for roles in [*({k} for k in range(len(ROLES))), EVERY_ROLE]]
    points = pd.DataFrame(moments, columns=["expected_n", "sd_n"])
    points.insert(0, "role", [*ROLES, "total"])
    points.insert(1, "observed_n", np.append(observed, observed.sum()))
    points["z"] = (points["observed_n"] - points["expected_n"]) / points["sd_n"].where(points["sd_n"] > 0)
    return Curve(
        name="brokerage_roles",
        unit="count",
        points=points,
        n=net.people_n,
        unit_of_analysis="person",
        method=GOULD_FERNANDEZ,
    )


def _role(start: int, broker: int, end: int) -> int:
    """Position in `ROLES` of a chain through three generations."""
    if start == end:
        return 0 if broker == start else 1
    if broker == start:
        return 2
    return 3 if broker == end else 4


def _all_chains(net: Wave) -> Ints:
    """Pairs of a tie in and a tie out of each person (rows) in each role (columns)."""
    n, groups_n, codes = net.people_n, len(net.names), net.codes
    into, out = (np.zeros((n, groups_n), dtype=np.int64) for _ in range(2))
    for start in range(0, net.ties_n, _PART):
        source, target = net.source[start : start + _PART], net.target[start : start + _PART]
        into += np.bincount(target * groups_n + codes[source], minlength=n * groups_n).reshape(n, groups_n)
        out += np.bincount(source * groups_n + codes[target], minlength=n * groups_n).reshape(n, groups_n)
    person = np.arange(n)
    into_own, out_own = into[person, codes], out[person, codes]
    into_other, out_other = into.sum(axis=1) - into_own, out.sum(axis=1) - out_own
    same = np.einsum("ij,ij->i", into, out) - into_own * out_own
    return np.column_stack(
        [into_own * out_own, same, into_own * out_other, into_other * out_own, into_other * out_other - same]
    )


def _shut_chains(pairs: Pairs, codes: Ints) -> Ints:
    """Chains that come back to their start, and those that a tie closes: people by roles."""
    n, code = len(pairs.order), codes[pairs.order]
    shut = np.zeros(n * len(ROLES), dtype=np.int64)
    both_ways = np.flatnonzero(pairs.ways == UPWARD | DOWNWARD)
    for start in range(0, len(both_ways), _PART):
        part = both_ways[start : start + _PART]
        lower, upper = pairs.lower[part], pairs.upper[part]
        _count(shut, code, lower, upper, lower)
        _count(shut, code, upper, lower, upper)
    for corners, ties in _closed(pairs):
        for start, broker, end in permutations(range(3)):
            chain = ties[start, broker] & ties[broker, end] & ties[start, end]
            _count(shut, code, *(corners[corner][chain] for corner in (start, broker, end)))
    by_person = np.empty((n, len(ROLES)), dtype=np.int64)
    by_person[pairs.order] = shut.reshape(n, len(ROLES))
    return by_person


def _closed(pairs: Pairs) -> Iterator[tuple[tuple[Small, Small, Small], dict[tuple[int, int], Flags]]]:
    """Triangles in blocks: their three corners, and which of them have a tie from one corner to another."""
    for low_middle, low_high, middle_high in triangles(pairs):
        corners = pairs.lower[low_middle], pairs.upper[low_middle], pairs.upper[low_high]
        ties = {}
        for one, other, pair in ((0, 1, low_middle), (0, 2, low_high), (1, 2, middle_high)):
            ties[one, other] = (pairs.ways[pair] & UPWARD) > 0
            ties[other, one] = (pairs.ways[pair] & DOWNWARD) > 0
        yield corners, ties


def _count(counts: Ints, code: Ints, start: Small, broker: Small, end: Small) -> None:
    """Add one chain for each start, broker and end to the broker's count of its role."""
    at = code[broker]
    first, last = code[start] == at, code[end] == at
    same = code[start] == code[end]
    role = np.where(same, np.where(first, 0, 1), np.where(first, 2, np.where(last, 3, 4)))
    np.add.at(counts, broker * len(ROLES) + role, 1)


def _chain_moments(sizes: list[int], density: float, *, roles: set[int]) -> tuple[float, float]:
    """Mean and standard deviation of the number of open chains of some roles, for independent ties."""

    def counts(start: int, broker: int, end: int) -> bool:
        return _role(start, broker, end) in roles

    groups = range(len(sizes))
    chance = density**2 * (1 - density)
    mean = variance = 0.0
    for chain in product(groups, repeat=3):
        if not counts(*chain):
            continue
        number = _triples(sizes, chain)
        mean += number * chance
        for order in permutations(range(3)):
            if counts(*(chain[i] for i in order)):
                variance += number * (_both(order, density) - chance**2)
    for first, second in product(groups, repeat=2):
        pairs = sizes[first] * (sizes[second] - (first == second))
        thirds = np.array([sizes[g] - (g == first) - (g == second) for g in groups], dtype=np.float64)
        legs = [
            np.array([counts(first, second, g) for g in groups]) * thirds,
            np.array([counts(g, first, second) for g in groups]) * thirds,
        ]
        closing = np.array([counts(first, g, second) for g in groups]) * thirds
        needs = sum(_distinct(one, other, thirds) for one, other in product(legs, repeat=2))
        mixed = 2 * sum(_distinct(leg, closing, thirds) for leg in legs)
        forbids = _distinct(closing, closing, thirds)
        variance += pairs * (
            needs * density**3 * (1 - density) ** 3 - mixed * chance**2 + forbids * density**5 * (1 - density)
        )
    return mean, math.sqrt(max(variance, 0.0))


def _triples(sizes: list[int], chain: tuple[int, ...]) -> int:
    """Ordered triples of different people of these groups."""
    number, left = 1, list(sizes)
    for group in chain:
        number *= max(left[group], 0)
        left[group] -= 1
    return number


def _both(order: tuple[int, ...], density: float) -> float:
    """Chance that the chain 0 → 1 → 2 and the same people in another order are open chains at once."""
    needed = {(0, 1), (1, 2), (order[0], order[1]), (order[1], order[2])}
    forbidden = {(0, 2), (order[0], order[2])}
    if needed & forbidden:
        return 0.0
    return float(density ** len(needed) * (1 - density) ** len(forbidden))


def _distinct(one: Floats, other: Floats, thirds: Floats) -> float:
    """Pairs of different people, one from each of two counts by group of the same people."""
    shared = np.divide(one * other, thirds, out=np.zeros_like(thirds), where=thirds > 0)
    return float(one.sum() * other.sum() - shared.sum())
