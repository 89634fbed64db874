"""Generations dealt out anew over a network that stays as it is: what chance alone would give.

Unit of analysis: the person. Ties are never shuffled one by one: they are not independent. Work goes in chunks, so
memory stays bounded whatever the number of draws.

References
----------
Mantel N (1967). https://pubmed.ncbi.nlm.nih.gov/6018555/
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, islice

import numpy as np
import numpy.typing as npt

from rmanalytics.measures.network.ties import Ints

MOST_LABELINGS = 200_000
"""Up to this many assignments of the labels all are gone through, and the p-value is exact."""

_CELLS = 1 << 22
_MOST_ROWS = 1024

Labels = npt.NDArray[np.integer]


def labelings_n(sizes: Ints) -> int:
    """In how many ways labels can be dealt out, with the size of each group as it is.

    Examples
    --------
    Ten people, five of each: the binomial coefficient of 10 over 5.

    >>> labelings_n(np.array([5, 5]))
    252
    """
    count, people = 1, 0
    for size in sizes.tolist():
        people += size
        count *= math.comb(people, size)
    return count


def crossing_null(
    codes: Ints, source: Ints, target: Ints, *, rng: np.random.Generator, draws: int
) -> tuple[Ints, bool]:
    """Ties between groups under dealt labels: for every labeling where they are few, else for random ones.

    Parameters
    ----------
    codes : array of int
        Group of each person, 0 and up.
    source, target : arrays of int
        Ends of each tie.
    rng : Generator
        Not used where all labelings are gone through.
    draws : int
        Random labelings, where there are more than `MOST_LABELINGS`.

    Returns
    -------
    tuple
        The counts, and whether they are those of all labelings.
    """
    small = codes.astype(np.min_scalar_type(int(codes.max())))
    rows = chunk_rows(len(codes))
    exact = labelings_n(np.bincount(codes)) <= MOST_LABELINGS
    dealt = _all_labelings(small, rows=rows) if exact else _drawn_labelings(small, draws=draws, rng=rng, rows=rows)
    return np.concatenate([_crossing(labels, source, target) for labels in dealt]), exact


def chunk_rows(people_n: int) -> int:
    """How many draws go into one chunk."""
    return min(max(_CELLS // people_n, 16), _MOST_ROWS)


def _drawn_labelings(codes: Labels, *, draws: int, rng: np.random.Generator, rows: int) -> Iterator[Labels]:
    for start in range(0, draws, rows):
        yield rng.permuted(np.broadcast_to(codes, (min(rows, draws - start), len(codes))), axis=1)


def _all_labelings(codes: Labels, *, rows: int) -> Iterator[Labels]:
    groups, sizes = np.unique(codes, return_counts=True)
    order = np.argsort(sizes, kind="stable")
    small, largest = order[:-1], groups[order[-1]]
    pattern = np.repeat(groups[small], sizes[small])
    places = _placements(tuple(range(len(codes))), sizes[small].tolist())
    while batch := list(islice(places, rows)):
        labels = np.full((len(batch), len(codes)), largest)
        if len(pattern):
            np.put_along_axis(labels, np.array(batch), np.broadcast_to(pattern, (len(batch), len(pattern))), axis=1)
        yield labels


def _placements(free: tuple[int, ...], sizes: list[int]) -> Iterator[tuple[int, ...]]:
    """Every way to give each group its places among the free ones, one group after the other."""
    if not sizes:
        yield ()
        return
    for chosen in combinations(free, sizes[0]):
        left = tuple(place for place in free if place not in chosen) if len(sizes) > 1 else ()
        for rest in _placements(left, sizes[1:]):
            yield chosen + rest


def _crossing(labels: Labels, source: Ints, target: Ints) -> Ints:
    columns = np.ascontiguousarray(labels.T)
    counts = np.zeros(len(labels), dtype=np.int64)
    for part in tiles(len(source), len(labels)):
        differ = columns[source[part]] != columns[target[part]]
        counts += np.add.reduce(differ.view(np.uint8), axis=0, dtype=np.uint32)
    return counts


def tiles(ties_n: int, rows: int) -> Iterator[slice]:
    """Slices of the ties that keep a table of ties by draws small."""
    step = max(_CELLS // rows, 1)
    for start in range(0, ties_n, step):
        yield slice(start, start + step)


def internal_moments(codes: Ints, source: Ints, target: Ints) -> tuple[float, float]:
    r"""Exact mean and variance of the number of ties within groups, over all labelings.

    Parameters
    ----------
    codes : array of int
        Group of each person, 0 and up; at least four people.
    source, target : arrays of int
        Ends of each tie.

    Returns
    -------
    tuple of float
        Mean and variance.

    Notes
    -----
    With :math:`w_p` the ties (1 or 2) of the pair :math:`p`, :math:`s_i` those of person :math:`i`, :math:`L` all
    ties, :math:`A_2 = \sum w_p^2`, :math:`A_1 = \sum s_i^2 - 2 A_2`, :math:`A_0 = L^2 - A_1 - A_2` and
    :math:`q_2, q_3, q_4` the chances that the two ends of one pair, of two pairs with a person in common, and of two
    pairs without one have equal labels:
    :math:`\mu = L q_2`, :math:`\sigma^2 = A_2 q_2 + A_1 q_3 + A_0 q_4 - \mu^2`. Whole numbers throughout, so nothing
    cancels.

    References
    ----------
    Mantel N (1967). https://pubmed.ncbi.nlm.nih.gov/6018555/

    Examples
    --------
    Four people, two of each group, one tie: it lies within a group in one of three labelings.

    >>> mean, variance = internal_moments(np.array([0, 0, 1, 1]), np.array([0]), np.array([1]))
    >>> round(mean, 4), round(variance, 4)
    (0.3333, 0.2222)
    """
    n = len(codes)
    sizes = [int(size) for size in np.bincount(codes)]
    within = np.unique(np.minimum(source, target) * n + np.maximum(source, target), return_counts=True)[1]
    strength = np.bincount(source, minlength=n) + np.bincount(target, minlength=n)
    total, twos = len(source), int((within**2).sum())
    ones = int((strength**2).sum()) - 2 * twos
    pairs = sum(math.perm(size, 2) for size in sizes)
    squares = sum(math.perm(size, 2) ** 2 for size in sizes)
    both = sum(math.perm(size, 4) for size in sizes) + pairs**2 - squares
    q2 = Fraction(pairs, math.perm(n, 2))
    q3 = Fraction(sum(math.perm(size, 3) for size in sizes), math.perm(n, 3))
    q4 = Fraction(both, math.perm(n, 4))
    mean = total * q2
    variance = twos * q2 + ones * q3 + (total**2 - ones - twos) * q4 - mean**2
    return float(mean), float(variance)


def p_of(extreme_n: int, draws: int, *, exact: bool) -> tuple[float, float]:
    """A p-value and its Monte-Carlo standard error: exact share of all labelings, or (1 + extreme) / (1 + draws).

    Examples
    --------
    >>> p_of(0, 99, exact=False)[0], p_of(8, 252, exact=True)[1]
    (0.01, 0.0)
    """
    if exact:
        return extreme_n / draws, 0.0
    p = (1 + extreme_n) / (1 + draws)
    return p, math.sqrt(p * (1 - p) / draws)
