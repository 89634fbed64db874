"""Who is paired with whom: most tandems first, then the highest total of points; and who or what is in the way.

Unit: one possible pair, a row for the senior and a column for the junior. Points are whole numbers: totals are exact.
A pair of negative points may not be.
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
from rmanalytics.lot.forbidden import BLOCK, ByKind, Forbidden, blocks, by_blocks
from rmanalytics.lot.redraws import Bools

Points: TypeAlias = npt.NDArray[np.signedinteger]
Bits: TypeAlias = npt.NDArray[np.uint8]

MOST_DENSE = 500
"""People a side up to which all pairs are weighed; beyond, everybody's best partners and some of a sample first."""
BEST, OF_SAMPLE, SAMPLE = 50, 20, 400
"""Candidates of a row or column: its best, and the best of a sample, so that not only what all want alike is listed."""
NEARLY = 20
"""Where few pairs would do better, lists grow by those within this part of the most points too: once is enough."""
ONE_PAIR = 10**10
"""What one more tandem is worth: more than all points of any round together."""


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to the best solution when a pair is forced: tandems lost, and points of the total lost.

    Where it is not ``exact``, at least that much is lost.
    """

    partner: int
    pairs: int
    points: int
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Assigned:
    """The column of each row, −1 without a partner; of many rows with the dual prices that prove it the best."""

    partner: Ints
    prices: tuple[Ints, Ints] | None = None


def assign(points: Points) -> Assigned:
    """Who is paired with whom: most pairs, then most points.

    Parameters
    ----------
    points : array of int
        Of each pair; negative where it may not be.

    Examples
    --------
    >>> assign(np.array([[9, 5], [8, -1]])).partner.tolist()
    [1, 0]
    """
    if max(points.shape, default=0) > MOST_DENSE:
        found, worth, price = _assign_many(points)
        return Assigned(found, (worth, price))
    rows, columns = linear_sum_assignment(_worth(points), maximize=True)
    found = np.full(len(points), -1, dtype=np.int64)
    kept = points[rows, columns] >= 0
    found[rows[kept]] = columns[kept]
    return Assigned(found)


def _worth(points: Points) -> Ints:
    return np.where(points < 0, 0, ONE_PAIR + points.astype(np.int64))


def _assign_many(points: Points) -> tuple[Ints, Ints, Ints]:
    """The same over lists of candidates, which grow until dual prices prove that no pair outside would do better.

    The column of each row; what a row is worth, and the price of a column: no pair has more points than the first less
    the second.
    """
    n, m = points.shape
    if n > m:
        # The side on which somebody must stay alone stands in columns: there a free one is soon found.
        found, worth, price = _assign_many(points.T)
        return _owners(found, n), -price, -worth
    rng = np.random.default_rng(n * m)
    of_columns, of_rows = _candidates(points.T, rng), _candidates(points, rng)
    listed = _each_once(of_rows, of_columns % n * m + of_columns // n)
    top = int(points.max()) + 1
    of_row, of_column = np.zeros(n, dtype=np.int64), np.zeros(m, dtype=np.int64)
    while True:
        rows, columns = listed // m, listed % m
        cost = top - points[rows, columns].astype(np.int64)
        found = _over_lists(rows, columns, cost, of_row, of_column)
        of_row, of_column = _prices(found, rows, columns, cost, m)
        missed = _missed(points, top - of_row, of_column, rng)
        if not missed.size:
            return found, top - of_row, of_column
        if n // 100 < missed.size < n:
            missed = _missed(points, top - of_row - top // NEARLY, of_column, rng)
        listed = _each_once(listed, missed)


def _over_lists(rows: Ints, columns: Ints, cost: Ints, of_row: Ints, of_column: Ints) -> Ints:
    """The best solution over lists.

    Where everybody is taken, costs less any prices have the same best solution: those of shorter lists find it sooner.
    Else a row may stay alone in a column of its own, dearer than any pair, and no prices are used.
    """
    n, m = len(of_row), len(of_column)
    graph = csr_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(n, m))
    if n == m == (maximum_bipartite_matching(graph, perm_type="column") >= 0).sum():
        at_row, at_column, left, shape = rows, columns, cost - of_row[rows] - of_column[columns], (n, m)
    else:
        at_row, at_column = np.r_[rows, np.arange(n)], np.r_[columns, m + np.arange(n)]
        left, shape = np.r_[cost, np.full(n, ONE_PAIR)], (n, m + n)
    graph = csr_array((left + (1 - left.min()), (at_row, at_column)), shape=shape)
    chosen, partner = min_weight_full_bipartite_matching(graph)
    found = np.full(n, -1, dtype=np.int64)
    found[chosen] = np.where(partner < m, partner, -1)
    return found


def _candidates(points: Points, rng: np.random.Generator) -> Ints:
    """Each row's best pairs and the best of a sample, ties by lot: row times columns plus column, sorted."""
    m = points.shape[1]
    lot = rng.random((BLOCK, 2 * m), dtype=np.float32)
    of_block = rng.spawn(-(-len(points) // BLOCK))

    def listed(rows: slice) -> Ints:
        own = of_block[rows.start // BLOCK]
        first = int(own.integers(m))
        cost = _cost(points[rows], points[rows] >= 0, lot[: rows.stop - rows.start, first : first + m])
        sample = own.integers(m, size=(len(cost), SAMPLE))
        return np.concatenate([_best(cost, rows.start, BEST), _best(cost, rows.start, OF_SAMPLE, sample)])

    return _each_once(*by_blocks(listed, len(points)))


def _cost(gain: Points, wanted: Bools, lot: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """What is best comes first, what is equally good by lot, what is not wanted never."""
    return np.where(wanted, -gain.astype(np.float32) - lot, np.float32(np.inf))


def _each_once(*listed: Ints) -> Ints:
    """Numbers in order, each once."""
    every: Ints = np.sort(np.concatenate(listed))
    return every[np.flatnonzero(np.diff(every, prepend=-1))]


def _best(cost: npt.NDArray[np.float32], first: int, most: int, of: Ints | None = None) -> Ints:
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


def _missed(points: Points, worth: Ints, price: Ints, rng: np.random.Generator) -> Ints:
    """Pairs that would do better than the dual prices say, some of each row; none proves the solution best."""
    m = points.shape[1]
    found = [np.empty(0, dtype=np.int64)]
    for rows in blocks(len(points)):
        gain = points[rows] - worth[rows, None] + price
        better = (points[rows] >= 0) & (gain > 0)
        if better.any():
            own = np.flatnonzero(better.any(axis=1))
            lot = rng.random((len(own), m), dtype=np.float32)
            at = _best(_cost(gain[own], better[own], lot), 0, OF_SAMPLE)
            found.append((rows.start + own[at // m]) * m + at % m)
    return np.concatenate(found)


def alternatives(points: Points, assigned: Assigned, *, most: int = 3) -> list[list[Change]]:
    """For each row the best other partners, with the exact change of the total when the rest is solved anew.

    Of many rows by dual prices: at least that much is lost.

    Examples
    --------
    >>> points = np.array([[9, 5], [8, 6]])
    >>> alternatives(points, assign(points))[0]
    [Change(partner=1, pairs=0, points=2, exact=True)]
    """
    if assigned.prices is None:
        return _exact(points, assigned.partner, most)
    worth, price = assigned.prices

    def changes(rows: slice) -> list[list[Change]]:
        lost = np.where(points[rows] < 0, np.inf, worth[rows, None] - points[rows] - price)
        every = np.arange(len(lost))
        lost[every, assigned.partner[rows]] = np.where(assigned.partner[rows] < 0, lost[:, -1], np.inf)
        own: list[list[Change]] = [[] for _ in every]
        for _ in range(most):
            column = lost.argmin(axis=1)
            for row in np.flatnonzero(lost[every, column] < np.inf):
                own[row].append(_change(int(column[row]), int(lost[row, column[row]]), exact=False))
            lost[every, column] = np.inf
        return own

    return [own for block in by_blocks(changes, len(points)) for own in block]


def _change(partner: int, lost: int, *, exact: bool = True) -> Change:
    pairs = -(-(lost - ONE_PAIR // 2) // ONE_PAIR)
    return Change(partner, pairs, lost - pairs * ONE_PAIR, exact)


def _exact(points: Points, chosen: Ints, most: int) -> list[list[Change]]:
    """The same for few rows, where everything else is solved anew.

    Shortest ways of exchange between the rows of the best solution (Floyd and Warshall) give all of them at once.
    """
    n, m = points.shape
    size = n + m
    worth = np.zeros((size, size), dtype=np.int64)
    worth[:n, :m] = _worth(points)
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
        for column in np.flatnonzero(points[row] >= 0):
            if column != chosen[row]:
                k = owner[column]
                options.append(_change(int(column), int(lost[row, k] + shortest[k, row])))
        found.append(sorted(options, key=lambda one: (one.pairs, one.points, one.partner))[:most])
    return found


def in_the_way(points: Points, chosen: Ints) -> list[tuple[list[int], list[int]]]:
    """Groups of rows that share too few columns: for each row without a partner the people who hold all it could have.

    Alternating search from the row finds a set of s rows that have s − 1 columns between them, none of which can be
    left out (Hall 1935, doi:10.1112/jlms/s1-10.37.26).

    Examples
    --------
    >>> points = np.array([[0, -1], [0, -1], [-1, 0]])
    >>> in_the_way(points, assign(points).partner)
    [([0, 1], [0])]
    """
    owner, alone = _owners(chosen, points.shape[1]), np.flatnonzero(chosen < 0)
    near = _reached(points, owner, alone, np.arange(points.shape[1]))
    found: list[tuple[list[int], list[int]]] = []
    for start in alone:
        columns = _reached(points, owner, np.array([start]), near)
        rows = np.r_[start, owner[columns]]
        group = np.sort(rows).tolist(), columns.tolist()
        if (rows >= 0).all() and group not in found:
            found.append(group)
    return found


def _reached(points: Points, owner: Ints, rows: Ints, columns: Ints) -> Ints:
    """Which of some columns alternating ways from some rows reach."""
    unseen, asked = columns, 0
    while asked < len(rows) and unseen.size:
        block = rows[asked : asked + BLOCK]
        asked += len(block)
        new = (points[np.ix_(block, unseen)] >= 0).any(axis=0)
        owners, unseen = owner[unseen[new]], unseen[~new]
        rows = np.r_[rows, owners[owners >= 0]]
    found: Ints = np.setdiff1d(columns, unseen)
    return found


def _owners(chosen: Ints, columns_n: int) -> Ints:
    """The row of each column, −1 for a free one."""
    owner = np.full(columns_n, -1, dtype=np.int64)
    owner[chosen[chosen >= 0]] = np.flatnonzero(chosen >= 0)
    return owner


def smallest_lifting(
    broken: Mapping[str, Forbidden], kinds: Sequence[str], chosen: Ints, columns_n: int
) -> tuple[str, ...] | None:
    """The fewest rules of some kinds whose lifting pairs everybody of the smaller side; None where none does.

    Parameters
    ----------
    broken : mapping of str to Forbidden
        By rule, which pairs it forbids.
    kinds : sequence of str
        Rules that may be lifted.
    chosen : array of int
        The column of each row in some solution that breaks no rule.
    columns_n : int
        Columns there are.

    Examples
    --------
    >>> broken = {"language": np.array([[True, True], [False, False]]), "chain": np.zeros((2, 2), dtype=bool)}
    >>> smallest_lifting(broken, ["language"], np.array([-1, 0]), 2)
    ('language',)
    """
    asked = [one for one in kinds if one in broken]
    if not asked and (chosen >= 0).sum() < min(len(chosen), columns_n):
        return None
    barred = {rule: _packed(one, len(chosen), columns_n) for rule, one in broken.items()}

    def without(lifted: Sequence[str]) -> bool:
        left = [one for rule, one in barred.items() if rule not in lifted]
        return _all_paired(left, chosen, columns_n)

    if not without(asked):
        return None
    fewest = (lifted for size in range(len(asked) + 1) for lifted in combinations(asked, size))
    return next((lifted for lifted in fewest if without(lifted)), None)


def _packed(broken: Forbidden, rows_n: int, columns_n: int) -> Bits:
    """Forbidden pairs, eight to a byte."""
    if isinstance(broken, ByKind):
        return np.packbits(broken.columns, axis=1)[broken.kind]
    packed = np.empty((rows_n, -(-columns_n // 8)), dtype=np.uint8)
    for rows in blocks(rows_n):
        packed[rows] = np.packbits(broken[rows], axis=1)
    return packed


def _all_paired(broken: Sequence[Bits], chosen: Ints, columns_n: int) -> bool:
    """Whether everybody of the smaller side gets a partner where some rules alone forbid pairs."""
    found, owner = chosen.copy(), _owners(chosen, columns_n)
    barred = np.zeros((len(chosen), -(-columns_n // 8)), dtype=np.uint8)
    for one in broken:
        barred |= one
    while (found >= 0).sum() < min(len(found), columns_n):
        if not _one_more(barred, found, owner):
            return False
    return True


def _one_more(barred: Bits, found: Ints, owner: Ints) -> bool:
    """Make one more pair by an alternating way from a row without a partner, where there is one."""
    came, unseen = np.full(len(owner), -1, dtype=np.int64), np.ones(len(owner), dtype=np.bool_)
    left = np.flatnonzero(found < 0)
    while left.size:
        rows, left = left[:BLOCK], left[BLOCK:]
        legal = unseen & (np.unpackbits(barred[rows], axis=1, count=len(owner)) == 0)
        new = np.flatnonzero(legal.any(axis=0))
        unseen[new], came[new] = False, rows[legal[:, new].argmax(axis=0)]
        free = new[owner[new] < 0]
        if free.size:
            column = int(free[0])
            while column >= 0:
                row = int(came[column])
                owner[column], found[row], column = row, column, int(found[row])
            return True
        left = np.r_[owner[new], left]
    return False
