"""Three people who all have ties to each other: found once each, for the measures that rest on them.

Unit: the pair of people, whichever way its ties go. Each pair leads from the person with fewer ties to the one with
more, so that a person whom everybody knows costs no more than others: at most pairs to the power of 1.5 steps.

References
----------
Latapy M (2008). Main-memory triangle computations. https://doi.org/10.1016/j.tcs.2008.07.017
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rmanalytics.measures.network.nulls.numba_kernels import list_triangles, machine_code
from rmanalytics.measures.network.ties import Ints
from rmanalytics.measures.rows import Floats

UPWARD, DOWNWARD = 1, 2
LARGE = 500_000
"""From this many pairs on a kernel is worth loading, which takes about half a second."""

_BLOCK = 1 << 20
_SIEVE_BITS = 27

Small = npt.NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Pairs of people with a tie, each once, sorted; people are numbered from fewest ties to most.

    Parameters
    ----------
    order : array of int, one a person
        Position of the person who has this number.
    starts : array of int
        First pair of each person, and the number of pairs.
    lower, upper : arrays of int, one a pair
        Numbers of both ends, the lower first.
    ways : array of int, one a pair
        1 for a tie from the lower to the upper, 2 for one from the upper to the lower, 3 for both.
    weight : array of float, one a pair
        Weights of its ties in both directions together; their number where ties have no weights.
    """

    order: Ints
    starts: Ints
    lower: Small
    upper: Small
    ways: npt.NDArray[np.uint8]
    weight: Floats


def pairs_of(n: int, source: Ints, target: Ints, weight: Floats | None) -> Pairs:
    """Pairs from directed ties, each ordered pair once and no loops.

    Examples
    --------
    >>> pairs = pairs_of(3, np.array([0, 1, 2]), np.array([1, 0, 0]), None)
    >>> pairs.order.tolist(), pairs.lower.tolist(), pairs.upper.tolist(), pairs.weight.tolist()
    ([2, 1, 0], [0, 1], [2, 2], [1.0, 2.0])
    """
    return pairs_by_key(*keys_of(n, source, target), weight)


def keys_of(n: int, source: Ints, target: Ints) -> tuple[Ints, Ints]:
    """People from fewest ties to most, and a number for each tie that tells its pair and its direction."""
    order = np.argsort(np.bincount(source, minlength=n) + np.bincount(target, minlength=n), kind="stable")
    number = np.empty(n, dtype=np.int32)
    number[order] = np.arange(n, dtype=np.int32)
    first, second = number[source], number[target]
    key = np.minimum(first, second).astype(np.int64)
    key *= n
    key += np.maximum(first, second)
    key *= 2
    key += first > second
    return order, key


def pairs_by_key(order: Ints, key: Ints, weight: Floats | None) -> Pairs:
    """Pairs from the keys of ties, which are used up, so that not all is in memory at once."""
    n = len(order)
    if weight is None:
        key.sort()
    else:
        sorter = np.argsort(key, kind="stable")
        key, weight = key[sorter], weight[sorter]
    ways = (key & 1).astype(np.uint8)
    ways += UPWARD
    key >>= 1
    new = np.ones(len(key), dtype=bool)
    np.not_equal(key[1:], key[:-1], out=new[1:])
    heads = np.flatnonzero(new)
    if len(heads):
        ways = np.add.reduceat(ways, heads, dtype=np.uint8)
        weight = None if weight is None else np.add.reduceat(weight, heads)
    del heads
    key = key[new]
    lower = (key // max(n, 1)).astype(np.int32)
    key %= max(n, 1)
    starts = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(lower, minlength=n), out=starts[1:])
    return Pairs(
        order=order,
        starts=starts,
        lower=lower,
        upper=key.astype(np.int32),
        ways=ways,
        weight=(ways - (ways >> 1)).astype(np.float64) if weight is None else weight,
    )


def triangles(pairs: Pairs) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Triangles in blocks: their pairs of lowest and middle, lowest and highest, middle and highest corner.

    Each triangle comes once, in the order of its lowest, then its middle, then its highest corner, whether compiled
    or not.

    Examples
    --------
    >>> pairs = pairs_of(4, np.array([0, 1, 2, 3]), np.array([1, 2, 0, 0]), None)
    >>> [[pair.tolist() for pair in corners] for corners in triangles(pairs)]
    [[[1], [2], [3]]]
    """
    kernel = machine_code(list_triangles) if len(pairs.upper) >= LARGE else None
    yield from by_numpy(pairs) if kernel is None else by_kernel(pairs, kernel)


def by_kernel(pairs: Pairs, kernel: Callable[..., int]) -> Iterator[tuple[Ints, Ints, Ints]]:
    """`triangles` by the loop of `list_triangles`."""
    mark = np.zeros(len(pairs.order), dtype=np.int32)
    for rows, most in _blocks(pairs):
        found = np.empty((most, 3), dtype=np.int64)
        count = kernel(pairs.starts, pairs.upper, (rows.start, rows.stop), mark, found)
        yield found[:count, 0], found[:count, 1], found[:count, 2]


def by_numpy(pairs: Pairs) -> Iterator[tuple[Ints, Ints, Ints]]:
    """`triangles` in whole arrays: each two pairs in a row, sieved, then looked up among the pairs.

    The sieve has a place for each pair and lets few others through, so that hardly anything is looked up in vain.
    """
    n, starts = len(pairs.order), pairs.starts
    key = pairs.lower * np.int64(n) + pairs.upper
    mask = (1 << min(_SIEVE_BITS, (16 * len(key)).bit_length())) - 1
    sieve = np.zeros(mask + 1, dtype=bool)
    sieve[key & mask] = True
    for rows, _ in _blocks(pairs):
        begin = starts[rows.start]
        middle = pairs.upper[begin : starts[rows.stop]]
        lengths = starts[middle + 1] - starts[middle]
        shift = starts[middle] - (np.cumsum(lengths) - lengths)
        first = np.repeat(np.arange(len(middle)), lengths)
        other = shift[first] + np.arange(len(first))
        closing = pairs.lower[begin + first] * np.int64(n) + pairs.upper[other]
        maybe = np.flatnonzero(sieve[closing & mask])
        place = np.searchsorted(key, closing[maybe])
        there = key[np.minimum(place, len(key) - 1)] == closing[maybe]
        maybe = maybe[there]
        yield begin + first[maybe], place[there], other[maybe]


def _blocks(pairs: Pairs) -> Iterator[tuple[slice, int]]:
    """Rows that lead to a bounded number of two pairs in a row, and how many those are."""
    starts, n = pairs.starts, len(pairs.order)
    onward = np.zeros(len(pairs.upper) + 1, dtype=np.int64)
    np.cumsum(np.diff(starts).astype(np.int32)[pairs.upper], out=onward[1:])
    work = onward[starts]
    del onward
    start = 0
    while start < n:
        stop = max(int(np.searchsorted(work, work[start] + _BLOCK, side="right")) - 1, start + 1)
        if work[stop] > work[start]:
            yield slice(start, stop), int(work[stop] - work[start])
        start = stop
