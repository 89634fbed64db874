"""The lot itself: who comes first by SHA-256, and halves that are alike in what is known of the people.

Unit: one lot number. The order of candidate *a* is that of SHA-256 of ``seed|side|step|a|lot number``, so a spreadsheet
or ten lines of any language repeat it. Rerandomisation: doi:10.1214/12-AOS1008.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from rmanalytics.lot.sizes import CERTAIN, NOT_DRAWN, RESERVE, START, WAIT, Sizes

CANDIDATES = 10_000
LEAST_SHARE = 100
"""Of the candidates: those whose distance is among so many smallest are acceptable."""
LEAST_DIFFERENT = 1000
"""Different halvings that must be acceptable."""
LEAST_HALF, MOST_HALVED = 8, 300

Facts: TypeAlias = Mapping[int, Sequence[int]]
Order: TypeAlias = Callable[[str, int, Sequence[int]], list[int]]
Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]


def by_hash(seed: str, side: str) -> Order:
    """The order of lot numbers by SHA-256.

    Examples
    --------
    >>> by_hash("7 12", "mentee")("reserve", 0, [1, 2, 3])
    [2, 1, 3]
    """

    def order(step: str, candidate: int, lots: Sequence[int]) -> list[int]:
        start = hashlib.sha256(f"{seed}|{side}|{step}|{candidate}|".encode())

        def key(lot: int) -> bytes:
            one = start.copy()
            one.update(str(lot).encode())
            return one.digest()

        return sorted(lots, key=key)

    return order


def accepted(half: int) -> int:
    """How many of the candidates are acceptable for two halves of this size: 1%, more for small ones.

    Examples
    --------
    >>> accepted(34), accepted(8)
    (100, 1555)
    """
    different = math.comb(2 * half, half) // 2
    return max(LEAST_SHARE, -(-CANDIDATES * LEAST_DIFFERENT // different))


def is_balanced(half: int) -> bool:
    """Whether halves of this size are drawn balanced; a plain lot below, and above, where it balances by itself."""
    return half >= LEAST_HALF and 2 * half <= MOST_HALVED


def draw(order: Order, sizes: Sizes, facts: Facts, certain: Sequence[int] = ()) -> dict[int, str]:
    """Draw the groups of one side; everybody drawn from has the same chance to start.

    Parameters
    ----------
    order : callable
        Step, candidate and lot numbers to their order.
    sizes : Sizes
    facts : mapping of lot number to whole numbers
        Of everybody on the list.
    certain : sequence of int
        Lot numbers of those who start without the lot.

    Returns
    -------
    dict
        Lot number to group.
    """
    groups = dict.fromkeys(certain, CERTAIN)
    lots = sorted(lot for lot in facts if lot not in groups)
    standing_by = order("reserve", 0, lots)[: sizes.reserve]
    groups |= dict.fromkeys(standing_by, RESERVE)
    lots = [lot for lot in lots if lot not in groups]
    others = sizes.wait + sizes.not_drawn
    half = min(sizes.start, others)
    surplus = order("surplus", 0, lots)[: len(lots) - 2 * half]
    groups |= dict.fromkeys(surplus, START if sizes.start > others else NOT_DRAWN)
    halved = [lot for lot in lots if lot not in groups]
    first = halve(order, halved, facts)
    starts = order("start", 0, [0, 1])[0] == 0
    groups |= {lot: START if (lot in first) == starts else NOT_DRAWN for lot in halved}
    compared = sorted(lot for lot, group in groups.items() if group == NOT_DRAWN)
    return groups | dict.fromkeys(order("wait", 0, compared)[: sizes.wait], WAIT)


def halve(order: Order, lots: Sequence[int], facts: Facts) -> set[int]:
    """One half of an even number of people, balanced where there are enough and not too many of them."""
    half = len(lots) // 2
    if not is_balanced(half):
        return set(order("halve", 0, lots)[:half])
    at = {lot: n for n, lot in enumerate(lots)}
    known = np.array([facts[lot] for lot in lots], dtype=np.int64)
    orders = [order("halve", a, lots)[:half] for a in range(CANDIDATES)]
    chosen = np.zeros((CANDIDATES, len(lots)), dtype=np.int64)
    for a, picked in enumerate(orders):
        chosen[a, [at[lot] for lot in picked]] = 1
    apart = distances(2 * (chosen @ known) - known.sum(axis=0), known)
    limit = sorted(apart)[accepted(half) - 1]
    return set(orders[next(a for a, distance in enumerate(apart) if distance <= limit)])


def distances(differences: Ints, known: Ints) -> list[int]:
    """Mahalanobis distances of halves, times the determinant of the scatter: whole numbers, the same in every language.

    Parameters
    ----------
    differences : array
        One row a halving: sum of each fact over one half less that over the other.
    known : array
        One row a person, one column a fact.

    Examples
    --------
    >>> distances(np.array([[0], [-4]]), np.array([[1], [2], [3], [4]]))
    [0, 16]
    """
    kept, weights = scatter_inverse(known)
    pairs = [
        (i, j, weights[m][n] * (1 if m == n else 2)) for m, i in enumerate(kept) for n, j in enumerate(kept) if m <= n
    ]
    return [sum(weight * row[i] * row[j] for i, j, weight in pairs) for row in differences.tolist()]


def scatter_inverse(known: Ints) -> tuple[list[int], list[list[int]]]:
    """Columns that are neither constant nor redundant, and the inverse of their scatter times its determinant.

    Elimination without fractions (Bareiss 1968, doi:10.1090/S0025-5718-1968-0226829-0).

    Examples
    --------
    >>> scatter_inverse(np.array([[1, 2, 5], [2, 4, 5], [3, 6, 5]]))
    ([0], [[1]])
    """
    n, p = known.shape
    sums = known.sum(axis=0)
    scatter = (n * (known.T @ known) - np.outer(sums, sums)).tolist()
    rows = [[*row, *(int(i == j) for j in range(p))] for i, row in enumerate(scatter)]
    before, kept = 1, []
    for k in range(p):
        pivot = rows[k][k]
        if not pivot:
            continue
        own = rows[k]
        for i in range(p):
            if i != k:
                times = rows[i][k]
                rows[i] = [(pivot * a - times * b) // before for a, b in zip(rows[i], own, strict=True)]
        before = pivot
        kept.append(k)
    return kept, [[rows[i][p + j] for j in kept] for i in kept]
