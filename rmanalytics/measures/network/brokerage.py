"""Who stands between others: structural holes and brokerage between generations.

Unit of analysis: the person. Matrices stay sparse, and products of them go in blocks of rows.

References
----------
Burt RS (1992). Structural Holes: The Social Structure of Competition. ISBN 978-0-674-84371-4
Gould RV, Fernandez RM (1989). Structures of mediation. https://doi.org/10.2307/270949
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import permutations, product
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from rmanalytics.measures.network.mixing import not_estimable
from rmanalytics.measures.network.ties import Ints, positions, wave
from rmanalytics.measures.units import Floats, check_rows
from rmanalytics.results import Curve, NotEstimable

ROLES = ("coordinator", "itinerant", "representative", "gatekeeper", "liaison")
EVERY_ROLE = set(range(len(ROLES)))
GOULD_FERNANDEZ = "Gould-Fernandez brokerage against independent ties of the same density"

_BLOCK_CELLS = 1 << 21


def structural_holes(people: pd.DataFrame, ties: pd.DataFrame) -> pd.DataFrame:
    r"""Burt's constraint and effective size: whether a person's contacts know each other already.

    Parameters
    ----------
    people : DataFrame
        ``person_id``, each once.
    ties : DataFrame
        ``source_id``, ``target_id``, directed; for undirected ties give `both_directions` of them.

    Returns
    -------
    DataFrame
        One row a person, by id: ``person_id``, ``contacts_n`` (people tied in either direction), ``constraint``,
        ``effective_size`` and ``efficiency`` (effective size by contact); missing for people without contacts.

    Raises
    ------
    ValueError
        When a column is missing or a person stands twice.

    Notes
    -----
    With :math:`z_{ij} = a_{ij} + a_{ji}`, :math:`p_{ij} = z_{ij}/\sum_k z_{ik}` and
    :math:`m_{jq} = z_{jq}/\max_k z_{jk}`: constraint :math:`\sum_j (p_{ij} + \sum_q p_{iq} p_{qj})^2` over contacts,
    effective size :math:`\sum_j [1 - \sum_q p_{iq} m_{jq}]`.

    References
    ----------
    Burt RS (1992). Structural Holes: The Social Structure of Competition. ISBN 978-0-674-84371-4

    Examples
    --------
    The middle of a star of three: each contact is a third of the ties and none knows another; 3 * (1/3)^2 = 1/3.

    >>> people = pd.DataFrame({"person_id": list("abcd")})
    >>> ties = pd.DataFrame({"source_id": list("aaa"), "target_id": list("bcd")})
    >>> middle = structural_holes(people, ties).iloc[0]
    >>> middle[["constraint", "effective_size"]].astype("float64").round(4).tolist()
    [0.3333, 3.0]
    """
    check_rows(people, ["person_id"], key=["person_id"])
    ids = pd.Index(people["person_id"]).sort_values()
    source, target, _ = positions(ids, ties)
    n = len(ids)
    z = _matrix(n, np.concatenate([source, target]), np.concatenate([target, source]))
    contacts, total, most = np.diff(z.indptr), z.sum(axis=1), _row_maxima(z)
    p, m = _scaled(z, total), _scaled(z, most)
    reached, redundant = np.zeros(n), np.zeros(n)
    for rows in _blocks(z):
        mine = _rows_of(z, rows)
        through = (p[rows] @ p).multiply(mine)
        reached[rows] = (p[rows] + through).power(2).sum(axis=1)
        redundant[rows] = (p[rows] @ m.T).multiply(mine).sum(axis=1)
    size = contacts - redundant
    known = contacts > 0
    return pd.DataFrame(
        {
            "person_id": ids,
            "contacts_n": contacts.astype(np.int64),
            "constraint": np.where(known, reached, np.nan),
            "effective_size": np.where(known, size, np.nan),
            "efficiency": np.divide(size, contacts, out=np.full(n, np.nan), where=known),
        }
    )


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
    counts = _open_chains(net.people_n, net.source, net.target, net.codes, groups_n=len(net.names))
    frame = pd.DataFrame(counts, columns=list(ROLES))
    frame.insert(0, "person_id", net.ids)
    frame["total"] = counts.sum(axis=1)
    return frame


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
    observed = _open_chains(net.people_n, net.source, net.target, net.codes, groups_n=len(net.names)).sum(axis=0)
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


def _open_chains(n: int, source: Ints, target: Ints, codes: Ints, *, groups_n: int) -> Ints:
    """Open chains through each person (rows) in each role (columns).

    Chains from a group to a group are the product of ties in and out, less those that come back to their start, less
    those that a tie closes.
    """
    into = np.zeros((n, groups_n), dtype=np.int64)
    out = np.zeros((n, groups_n), dtype=np.int64)
    np.add.at(into, (target, codes[source]), 1)
    np.add.at(out, (source, codes[target]), 1)
    chains = into[:, :, None] * out[:, None, :]
    ties = _matrix(n, source, target)
    back = ties.multiply(ties.T).tocsr()
    own = range(groups_n)
    member = np.eye(groups_n)[codes]
    chains[:, own, own] -= np.rint(back @ member).astype(np.int64)
    for group in range(groups_n):
        of_group = _matrix(n, source[codes[source] == group], target[codes[source] == group])
        starts = of_group.T.tocsr()
        for rows in _blocks(starts):
            closed = (starts[rows] @ ties).multiply(ties[rows])
            chains[rows, group, :] -= np.rint(closed @ member).astype(np.int64)
    role = np.array([[[_role(a, b, c) for c in own] for a in own] for b in own])
    counts = np.zeros((n, len(ROLES)), dtype=np.int64)
    for k in range(len(ROLES)):
        counts[:, k] = np.where(role[codes] == k, chains, 0).sum(axis=(1, 2))
    return counts


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


def _matrix(n: int, rows: Ints, columns: Ints) -> Any:
    return csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))


def _row_maxima(z: Any) -> Floats:
    return np.asarray(z.max(axis=1).toarray(), dtype=np.float64).ravel() if z.nnz else np.zeros(z.shape[0])


def _scaled(z: Any, by: Floats) -> Any:
    """Each row divided by its number."""
    scaled = z.copy()
    scaled.data = z.data / np.repeat(by, np.diff(z.indptr))
    return scaled


def _rows_of(z: Any, rows: slice) -> Any:
    """Where a block of rows has entries, as ones."""
    found = z[rows].copy()
    found.data = np.ones_like(found.data)
    return found


def _blocks(matrix: Any) -> Iterator[slice]:
    """Blocks of rows whose product with the matrix stays small: entries by the longest row at most."""
    n = matrix.shape[0]
    lengths: npt.NDArray[np.int64] = np.diff(matrix.indptr).astype(np.int64)
    work = np.cumsum(lengths * max(int(lengths.mean()) if n else 1, 1) + 1)
    start = 0
    while start < n:
        reach = (work[start - 1] if start else 0) + _BLOCK_CELLS
        stop = max(int(np.searchsorted(work, reach)), start + 1)
        yield slice(start, stop)
        start = stop
