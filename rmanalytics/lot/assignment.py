"""Who is paired with whom: most tandems first, then the highest total of points; and who or what is in the way.

Unit: one possible pair, a row for the senior and a column for the junior. Points are whole numbers: totals are exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching, min_weight_full_bipartite_matching

from rmanalytics.lot.balanced import Ints
from rmanalytics.lot.redraws import Bools

Points: TypeAlias = npt.NDArray[np.signedinteger]

MOST_DENSE = 500
"""People a side up to which all pairs are weighed; beyond, each senior's best partners and some of a sample first."""
BEST, OF_SAMPLE, SAMPLE = 60, 20, 400
"""Candidates of a row: its best, and the best of a sample, so that what all want alike is not all that is listed."""
BLOCK = 64
"""Rows read at once."""
ONE_PAIR = 10**10
"""What one more tandem is worth: more than all points of any round together."""


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to the best solution when a pair is forced: tandems lost, and points of the total lost."""

    partner: int
    pairs: int
    points: int


def assign(points: Points, legal: Bools) -> Ints:
    """The column of each row, −1 without a partner: most pairs, then most points.

    Parameters
    ----------
    points : array of int
        Of each pair.
    legal : array of bool
        Whether a pair may be.

    Examples
    --------
    >>> assign(np.array([[9, 5], [8, 0]]), np.array([[True, True], [True, False]])).tolist()
    [1, 0]
    """
    if max(points.shape, default=0) > MOST_DENSE:
        return _assign_many(points, legal)
    worth = np.where(legal, ONE_PAIR + points, 0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    found = np.full(len(points), -1, dtype=np.int64)
    kept = legal[rows, columns]
    found[rows[kept]] = columns[kept]
    return found


def _assign_many(points: Points, legal: Bools) -> Ints:
    """The same over lists of candidates, which grow until dual prices prove that no pair outside would do better."""
    n, m = points.shape
    rng = np.random.default_rng(n * m)
    listed, top = _candidates(points, legal, rng), int(points.max()) + 1
    of_row, of_column = np.zeros(n, dtype=np.int64), np.zeros(m, dtype=np.int64)
    while True:
        rows, columns = listed // m, listed % m
        cost = top - points[rows, columns].astype(np.int64)
        found = _over_lists(rows, columns, cost, of_row, of_column)
        of_row, of_column = _prices(found, rows, columns, cost, m)
        missed = _missed(points, legal, top - of_row, of_column, rng)
        if not missed.size:
            return found
        listed = _each_once(listed, missed)
        if (found < 0).any():
            of_row, of_column = np.zeros_like(of_row), np.zeros_like(of_column)


def _over_lists(rows: Ints, columns: Ints, cost: Ints, of_row: Ints, of_column: Ints) -> Ints:
    """The best solution over lists, sooner found by prices of shorter lists.

    Less these prices, costs have the same best solution, provided that no column with a price stays free; else it is
    sought without them. A row without a partner takes a column of its own, dearer than any pair.
    """
    n, m = len(of_row), len(of_column)
    left = np.r_[cost - of_row[rows] - of_column[columns], ONE_PAIR - of_row]
    at = (np.r_[rows, np.arange(n)], np.r_[columns, m + np.arange(n)])
    chosen, partner = min_weight_full_bipartite_matching(csr_array((left + (1 - left.min()), at), shape=(n, m + n)))
    found = np.full(n, -1, dtype=np.int64)
    found[chosen] = np.where(partner < m, partner, -1)
    priced = of_column != 0
    priced[found[found >= 0]] = False
    if priced.any():
        return _over_lists(rows, columns, cost, np.zeros_like(of_row), np.zeros_like(of_column))
    return found


def _candidates(points: Points, legal: Bools, rng: np.random.Generator) -> Ints:
    """Each row's best pairs and the best of a sample, ties by lot: row times columns plus column, sorted."""
    n, m = points.shape
    listed = []
    for first in range(0, n, BLOCK):
        rows = slice(first, first + BLOCK)
        cost = _cost(points[rows], legal[rows], rng)
        sample = rng.integers(m, size=(len(cost), SAMPLE))
        listed += [_best(cost, first, BEST), _best(cost, first, OF_SAMPLE, sample)]
    return _each_once(*listed)


def _cost(gain: Points, wanted: Bools, rng: np.random.Generator) -> npt.NDArray[np.floating]:
    """What is best comes first, what is equally good by lot, what is not wanted never."""
    return np.where(wanted, -gain - rng.random(gain.shape, dtype=np.float32), np.inf)


def _each_once(*listed: Ints) -> Ints:
    """Numbers in order, each once."""
    every: Ints = np.sort(np.concatenate(listed))
    return every[np.flatnonzero(np.diff(every, prepend=-1))]


def _best(cost: npt.NDArray[np.floating], first: int, most: int, of: Ints | None = None) -> Ints:
    """The cheapest pairs of each row of a block that begins with a row: those of a cost below infinity."""
    m = cost.shape[1]
    own = cost if of is None else np.take_along_axis(cost, of, axis=1)
    at = np.argpartition(own, min(most, own.shape[1] - 1), axis=1)[:, :most]
    row, place = np.nonzero(np.take_along_axis(own, at, axis=1) < np.inf)
    columns = at if of is None else np.take_along_axis(of, at, axis=1)
    found: Ints = (first + row) * m + columns[row, place]
    return found


def _prices(found: Ints, rows: Ints, columns: Ints, cost: Ints, m: int) -> tuple[Ints, Ints]:
    """Dual prices of the best solution over lists: no listed pair costs less than its two prices together.

    The price of a column is the shortest way by which it could be freed (Bellman and Ford): 0 for a free one.
    """
    own = np.full(len(found), ONE_PAIR)
    taken = columns == found[rows]
    own[rows[taken]] = cost[taken]
    order = np.argsort(columns, kind="stable")
    ends, starts = np.unique(columns[order], return_index=True)
    by_row, dearer = rows[order], (cost - own[rows])[order]
    # The last place holds rows without a partner, whose own column is free to anybody: its price stays 0.
    price, before = np.zeros(m + 1, dtype=np.int64), None
    while before is None or (price != before).any():
        before = price.copy()
        price[ends] = np.minimum(price[ends], np.minimum.reduceat(dearer + price[found[by_row]], starts))
    return own - price[found], price[:m]


def _missed(points: Points, legal: Bools, worth: Ints, price: Ints, rng: np.random.Generator) -> Ints:
    """Legal pairs that would do better than the dual prices say, some of each row; none proves the solution best."""
    m = points.shape[1]
    found = [np.empty(0, dtype=np.int64)]
    for first in range(0, len(points), BLOCK):
        rows = slice(first, first + BLOCK)
        gain = points[rows] - worth[rows, None] + price
        better = legal[rows] & (gain > 0)
        if better.any():
            own = np.flatnonzero(better.any(axis=1))
            at = _best(_cost(gain[own], better[own], rng), 0, OF_SAMPLE)
            found.append((first + own[at // m]) * m + at % m)
    return np.concatenate(found)


def alternatives(points: Ints, legal: Bools, chosen: Ints, *, most: int = 3) -> list[list[Change]]:
    """For each row the best other partners, with the exact change of the total when the rest is solved anew.

    Shortest ways of exchange between the rows of the best solution (Floyd and Warshall) give all of them at once.

    Examples
    --------
    >>> points, legal = np.array([[9, 5], [8, 6]]), np.ones((2, 2), dtype=bool)
    >>> alternatives(points, legal, assign(points, legal))[0]
    [Change(partner=1, pairs=0, points=2)]
    """
    n, m = points.shape
    size = n + m
    worth = np.zeros((size, size), dtype=np.int64)
    worth[:n, :m] = np.where(legal, ONE_PAIR + points, 0)
    partner = np.empty(size, dtype=np.int64)
    partner[:n] = np.where(chosen >= 0, chosen, m + np.arange(n))
    free = np.setdiff1d(np.arange(size), partner[:n])
    partner[n:] = free
    owner = np.argsort(partner)
    lost = worth[np.arange(size), partner][:, None] - worth[:, partner]
    shortest = lost.copy()
    for through in range(size):
        np.minimum(shortest, shortest[:, [through]] + shortest[[through]], out=shortest)
    found = []
    for row in range(n):
        options = []
        for column in np.flatnonzero(legal[row]):
            if column != chosen[row]:
                k = owner[column]
                whole = int(lost[row, k] + shortest[k, row])
                pairs = -(-(whole - ONE_PAIR // 2) // ONE_PAIR)
                options.append(Change(int(column), int(pairs), int(whole - pairs * ONE_PAIR)))
        found.append(sorted(options, key=lambda one: (one.pairs, one.points, one.partner))[:most])
    return found


def in_the_way(legal: Bools, chosen: Ints) -> list[tuple[list[int], list[int]]]:
    """Groups of rows that share too few columns: for each row without a partner the people who hold all it could have.

    Alternating search from the row finds a set of s rows that have s − 1 columns between them, none of which can be
    left out (Hall 1935, doi:10.1112/jlms/s1-10.37.26).

    Examples
    --------
    >>> legal = np.array([[True, False], [True, False], [False, True]])
    >>> in_the_way(legal, assign(np.zeros((3, 2), dtype=int), legal))
    [([0, 1], [0])]
    """
    owner = {int(column): row for row, column in enumerate(chosen) if column >= 0}
    found = []
    for start in np.flatnonzero(chosen < 0):
        rows, columns, left = {int(start)}, set(), [int(start)]
        free = False
        while left:
            for column in map(int, np.flatnonzero(legal[left.pop()])):
                if column in columns:
                    continue
                columns.add(column)
                if column not in owner:
                    free = True
                elif owner[column] not in rows:
                    rows.add(owner[column])
                    left.append(owner[column])
        if not free and (sorted(rows), sorted(columns)) not in found:
            found.append((sorted(rows), sorted(columns)))
    return found


def smallest_lifting(broken: Mapping[str, Bools], kinds: Sequence[str]) -> tuple[str, ...] | None:
    """The fewest rules of some kinds whose lifting pairs everybody of the smaller side; None where none does.

    Parameters
    ----------
    broken : mapping of str to array of bool
        By rule, which pairs it forbids.
    kinds : sequence of str
        Rules that may be lifted.

    Examples
    --------
    >>> broken = {"language": np.array([[True, True], [False, False]]), "chain": np.zeros((2, 2), dtype=bool)}
    >>> smallest_lifting(broken, ["language"])
    ('language',)
    """
    shape = next(iter(broken.values())).shape
    for size in range(len(kinds) + 1):
        for lifted in combinations(kinds, size):
            forbidden = np.zeros(shape, dtype=np.bool_)
            for rule, pairs in broken.items():
                forbidden |= pairs & (rule not in lifted)
            if pairs_n(~forbidden) == min(shape):
                return lifted
    return None


def pairs_n(legal: npt.NDArray[np.bool_]) -> int:
    """Most pairs that can be made."""
    return int((maximum_bipartite_matching(csr_array(legal.astype(np.int8)), perm_type="column") >= 0).sum())
