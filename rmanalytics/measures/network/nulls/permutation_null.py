"""Generations dealt out anew over a network that stays as it is: what chance alone would give.

Unit of analysis: the person. Ties are never shuffled one by one: they are not independent. Hundreds of dealings share
one pass over the ties, in chunks that have streams of their own: memory stays bounded whatever the number of draws,
and the result is the same on one processor and on two.

References
----------
Mantel N (1967). https://pubmed.ncbi.nlm.nih.gov/6018555/
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from rmanalytics.measures.network.nulls.bit_counts import WORD, Words, block_rows, column_counts, unpacked
from rmanalytics.measures.network.nulls.closed_form import internal_moments
from rmanalytics.measures.network.nulls.label_permutation import Deck, deal, deck, every_labeling, labelings_n
from rmanalytics.measures.network.ties import Ints

__all__ = ["chunk_rows", "crossing_null", "internal_moments", "labelings_n", "p_of", "tiles"]

MOST_LABELINGS = 200_000
"""Up to this many assignments of the labels all are gone through, and the p-value is exact."""

THREADS = 2
"""Chunks that are worked on at once."""

_CELLS = 1 << 22
_MOST_ROWS = 1024
_PEOPLE_WORDS = 1 << 19
_LEAST_WORDS, _MOST_WORDS = 8, 128
_HUGE = 1 << 24
_SUBSET_COST = 2_000
_WEIGHT_ROWS = 256

Rows = npt.NDArray[np.integer]
Sums = npt.NDArray[Any]
"""Whole numbers where the weights are, else floats."""
Parts = list[tuple[int | float, Ints]]
Planes = Words
"""Bits of the group of each person (rows) in each dealing (columns), one array for each bit."""


def crossing_null(
    codes: Ints,
    source: Ints,
    target: Ints,
    *,
    rng: np.random.Generator,
    draws: int,
    strata: Rows | None = None,
    weight: Sums | None = None,
) -> tuple[Sums, bool]:
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
    strata : array of int, optional
        Stratum of each person: labels are dealt out within each stratum only.
    weight : array of int or float, optional
        Weight of each tie: weights are added up, not ties. Many different weights that are no whole numbers take
        about four times as long.

    Returns
    -------
    tuple
        The counts (or sums of weights, whole numbers where the weights are), and whether they are those of all
        labelings.

    Examples
    --------
    One tie among two old and two young people joins them in four of six labelings, and always if the two sit in
    different strata of one group each:

    >>> codes, one, rng = np.array([0, 0, 1, 1]), np.array([0]), np.random.default_rng(1)
    >>> crossing_null(codes, one, one + 3, rng=rng, draws=9)[0].tolist()
    [1, 1, 0, 0, 1, 1]
    >>> crossing_null(codes, one, one + 3, rng=rng, draws=9, strata=codes)[0].tolist()
    [1]
    """
    cards = deck(codes, strata)
    ends = _in_rows(cards, source, target, strata)
    parts = None if weight is None else weight_parts(weight)

    def crossing(planes: Planes) -> Sums:
        if weight is None:
            return column_counts(len(ends[0]), planes.shape[2], _differ(planes, *ends))
        if parts is None:
            return _weighed(planes, *ends, weight)
        return _subset_sums(planes.shape[2], parts, lambda which: _differ(planes, ends[0][which], ends[1][which]))

    return _over_labelings(cards, crossing, rng=rng, draws=draws)


def _in_rows(cards: Deck, source: Ints, target: Ints, strata: Rows | None) -> tuple[Ints, Ints]:
    return (source, target) if strata is None else (cards.rows[source], cards.rows[target])


def _over_labelings(
    cards: Deck, measure: Callable[[Planes], Sums], *, rng: np.random.Generator, draws: int
) -> tuple[Sums, bool]:
    """A measure of all labelings where they are few, else of random ones, whose chunks have streams of their own."""
    words, chunks = _chunks(cards.people_n, draws)
    if cards.enumerable(MOST_LABELINGS):
        words, _ = _chunks(cards.people_n, cards.labelings_n)
        found = [measure(planes)[:used] for planes, used in every_labeling(cards, words=words)]
        return np.concatenate(found), True
    streams = np.random.SeedSequence(rng.integers(2**32, size=4).tolist()).spawn(chunks)

    def one(stream: np.random.SeedSequence) -> Sums:
        return measure(deal(cards, words=words, rng=np.random.default_rng(stream)))

    if chunks == 1:
        return one(streams[0])[:draws], False
    with ThreadPoolExecutor(THREADS) as pool:
        return np.concatenate(list(pool.map(one, streams)))[:draws], False


def _chunks(people_n: int, draws: int) -> tuple[int, int]:
    """Words of a chunk, and how many chunks; the same on every machine."""
    needed = -(-draws // WORD)
    most = min(max(_PEOPLE_WORDS // people_n, _LEAST_WORDS), _MOST_WORDS, max(_HUGE // people_n, 1))
    chunks = -(-needed // most)
    if needed >= 2 * _LEAST_WORDS:
        chunks += chunks % 2
    return -(-needed // max(chunks, 1)), chunks


def _differ(planes: Planes, source: Ints, target: Ints) -> Callable[[slice, Words], None]:
    """Writes for each tie of a slice in which dealings its ends have different groups."""
    words = planes.shape[2]
    spare = np.empty((2, block_rows(words), words), dtype=np.uint64)

    def fill(part: slice, out: Words) -> None:
        one, other = spare[0, : len(out)], spare[1, : len(out)]
        for j, plane in enumerate(planes):
            left = out if j == 0 else one
            plane.take(source[part], axis=0, out=left, mode="clip")
            plane.take(target[part], axis=0, out=other, mode="clip")
            np.bitwise_xor(left, other, out=left)
            if j:
                np.bitwise_or(out, one, out=out)

    return fill


def weight_parts(weight: Sums) -> Parts | None:
    """Values and who has them, so that the weights are the sum of the values; None where too many would be needed.

    The different weights themselves, or the binary digits of whole numbers where those are fewer.

    Examples
    --------
    >>> [(value, who.tolist()) for value, who in weight_parts(np.array([1, 2, 1, 0]))]
    [(1, [0, 2]), (2, [1])]
    """
    if not len(weight):
        return []
    values, which = np.unique(weight, return_inverse=True)
    whole = np.issubdtype(weight.dtype, np.integer) and bool((values >= 0).all())
    bits = int(values.max(initial=0)).bit_length() if whole else 0
    if whole:
        digits = sum(int(np.count_nonzero(weight & (1 << bit))) for bit in range(bits)) + bits * _SUBSET_COST
        if digits < len(weight) + len(values) * _SUBSET_COST:
            return [(1 << bit, np.flatnonzero(weight & (1 << bit))) for bit in range(bits)]
    elif len(values) * _SUBSET_COST > 10 * len(weight) + 64 * _SUBSET_COST:
        return None
    order = np.argsort(which, kind="stable")
    found = np.split(order, np.cumsum(np.bincount(which))[:-1])
    return [(value, who) for value, who in zip(values.tolist(), found, strict=True) if value]


def _subset_sums(
    words: int,
    parts: Parts,
    filler: Callable[[Ints], Callable[[slice, Words], None]],
) -> Sums:
    whole = all(isinstance(value, int) for value, _ in parts)
    total: Sums = np.zeros(words * WORD, dtype=np.int64 if whole else np.float64)
    for value, who in parts:
        total = total + value * column_counts(len(who), words, filler(who))
    return total


def _weighed(planes: Planes, source: Ints, target: Ints, weight: Sums) -> Sums:
    """Sums of weights by matrix products of unpacked bits: for weights that are all different."""
    words = planes.shape[2]
    rows = min(_WEIGHT_ROWS, block_rows(words))
    fill, tile = _differ(planes, source, target), np.empty((rows, words), dtype=np.uint64)
    total = np.zeros(words * WORD)
    for start in range(0, len(source), rows):
        part = slice(start, min(start + rows, len(source)))
        own = tile[: part.stop - start]
        fill(part, own)
        total += weight[part] @ unpacked(own).astype(np.float64)
    return total


def chunk_rows(people_n: int) -> int:
    """How many draws go into one chunk."""
    return min(max(_CELLS // people_n, 16), _MOST_ROWS)


def tiles(ties_n: int, rows: int) -> Iterator[slice]:
    """Slices of the ties that keep a table of ties by draws small."""
    step = max(_CELLS // rows, 1)
    for start in range(0, ties_n, step):
        yield slice(start, start + step)


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
