r"""Groups dealt out at random to the people of a network, 64 dealings in one machine word.

Unit: the person. A group is written in bits, a plane of words for each bit. Every plane is split off the former ones:
first each person gets a random bit whose chance is close to the share that is due, then randomly drawn people of
whatever class is too large are turned over until the sizes are exact.

This is a uniform draw from all labelings of these sizes. Random bits of one chance are exchangeable: given how many
there are, every set of people is equally likely to have them. Turning over random members of the larger class keeps
that (no step knows who is who), and the uniform draw is the only exchangeable one whose sizes are fixed.

References
----------
Mantel N (1967). https://pubmed.ncbi.nlm.nih.gov/6018555/
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from rmanalytics.measures.network.nulls.bit_counts import WORD, Words, column_counts, packed
from rmanalytics.measures.network.ties import Ints

_SMALL = 400
"""Up to this many people of a stratum are dealt their groups one after the other."""
_TILE = 1 << 14
_MOST_BITS = 16
_MOST_AT_ONCE = 1 << 20
_BIT_COST, _TURN_COST = 0.05, 50.0

_ALL = np.uint64(2**64 - 1)


@dataclass(frozen=True, kw_only=True)
class Block:
    """People in one stratum, or in several small ones of one size.

    Parameters
    ----------
    start : int
        Row of the first one, in the order of the deck.
    people : int
        People in each stratum.
    sizes : array of int, shape (strata, groups)
        Groups of each stratum.
    """

    start: int
    people: int
    sizes: Ints

    @property
    def stop(self) -> int:
        """Row after the last one."""
        return self.start + self.people * len(self.sizes)

    @property
    def settled(self) -> bool:
        """Whether there is one group only, so that nothing is left to chance."""
        return bool((self.sizes > 0).sum(axis=1).max(initial=0) < 2)


@dataclass(frozen=True, kw_only=True)
class Deck:
    """What is dealt: the people of each stratum side by side, and the groups that they have among them.

    Parameters
    ----------
    rows : array of int, one a person
        Row of each person.
    codes : array of int, one a row
        Group.
    groups_n : int
        Groups.
    blocks : tuple of Block
        Rows that are dealt together.
    """

    rows: Ints
    codes: Ints
    groups_n: int
    blocks: tuple[Block, ...]

    @property
    def people_n(self) -> int:
        """People."""
        return len(self.codes)

    @property
    def planes_n(self) -> int:
        """Bits of a group's number."""
        return max((self.groups_n - 1).bit_length(), 1)

    @cached_property
    def labelings_n(self) -> int:
        """In how many ways the groups can be dealt out, each stratum on its own."""
        return math.prod(labelings_n(sizes) for sizes in self._unsettled())

    def enumerable(self, most: int) -> bool:
        """Whether there are at most so many labelings; their number is not worked out where it is huge."""
        logarithm = 0.0
        for sizes in self._unsettled():
            logarithm += math.lgamma(sizes.sum() + 1) - sum(math.lgamma(size + 1) for size in sizes.tolist())
            if logarithm > math.log(max(most, 1)) + 1:
                return False
        return self.labelings_n <= most

    def _unsettled(self) -> Iterator[Ints]:
        for block in self.blocks:
            if not block.settled:
                yield from block.sizes


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


def deck(codes: Ints, strata: npt.NDArray[np.integer] | None = None) -> Deck:
    """Put the people of each stratum side by side, strata of one size too.

    Examples
    --------
    Two strata, of two and of one:

    >>> found = deck(np.array([0, 1, 1]), np.array([7, 3, 7]))
    >>> found.rows.tolist(), found.codes.tolist(), found.labelings_n
    ([1, 0, 2], [1, 0, 1], 2)
    """
    n, groups_n = len(codes), int(codes.max(initial=0)) + 1
    stratum = np.zeros(n, dtype=np.int64) if strata is None else np.unique(strata, return_inverse=True)[1]
    count = int(stratum.max(initial=-1)) + 1
    sizes = np.bincount(stratum * groups_n + codes, minlength=count * groups_n).reshape(count, groups_n)
    people, mixed = sizes.sum(axis=1), (sizes > 0).sum(axis=1) > 1
    by_size = np.lexsort((np.arange(count), people, mixed))
    rank = np.empty(count, dtype=np.int64)
    rank[by_size] = np.arange(count)
    order = np.argsort(rank[stratum], kind="stable")
    rows = np.empty(n, dtype=np.int64)
    rows[order] = np.arange(n)
    return Deck(
        rows=rows,
        codes=codes[order],
        groups_n=groups_n,
        blocks=tuple(_blocks(sizes[by_size], people[by_size], mixed[by_size])),
    )


def _blocks(sizes: Ints, people: Ints, mixed: npt.NDArray[np.bool_]) -> Iterator[Block]:
    start = first = 0
    while first < len(people):
        alike = int(np.searchsorted(mixed, mixed[first], side="right"))
        last = first + int(np.searchsorted(people[first:alike], people[first], side="right"))
        if mixed[first] and people[first] > _SMALL:
            last = first + 1
        block = Block(start=start, people=int(people[first]), sizes=sizes[first:last])
        yield block
        start, first = block.stop, last


def deal(cards: Deck, *, words: int, rng: np.random.Generator) -> Words:
    """Deal ``64 * words`` times.

    Returns
    -------
    array of uint64, shape (planes, people, words)
        Bits of each person's group, lowest plane first; people in the order of ``cards.rows``.
    """
    planes = np.empty((cards.planes_n, cards.people_n, words), dtype=np.uint64)
    for block in cards.blocks:
        own = planes[:, block.start : block.stop]
        if block.settled:
            own[:] = _constant(cards.codes[block.start : block.stop], cards.planes_n)[:, :, None]
        elif block.people <= _SMALL:
            _one_by_one(own, block, rng=rng)
        else:
            _plane_by_plane(own, block.sizes[0], rng=rng)
    return planes


def members(planes: Words, code: int, among: Words | np.uint64 = _ALL) -> Words:
    """The bits of those people alone whose planes spell this number."""
    found = among
    for j, plane in enumerate(planes):
        found = found & (plane if (code >> j) & 1 else ~plane)
    return np.asarray(found, dtype=np.uint64)


def _constant(codes: Ints, planes_n: int) -> Words:
    bits = (codes >> np.arange(planes_n)[:, None]) & 1
    return np.asarray(np.where(bits, _ALL, np.uint64(0)), dtype=np.uint64)


def _one_by_one(planes: Words, block: Block, *, rng: np.random.Generator) -> None:
    """Each person in turn takes one of the labels that are left; all strata of a size and all dealings at once."""
    planes_n, _, words = planes.shape
    strata, groups = block.sizes.shape
    step = max(_MOST_AT_ONCE // (words * WORD), 1)
    for first in range(0, strata, step):
        sizes = block.sizes[first : first + step]
        own = planes[:, first * block.people : (first + len(sizes)) * block.people]
        upto = np.cumsum(sizes, axis=1)[:, :-1].T.astype(np.uint16)
        left = np.repeat(upto[:, :, None], words * WORD, axis=2)
        for place in range(block.people):
            drawn = rng.integers(block.people - place, size=left.shape[1:], dtype=np.uint16)
            label = np.zeros(drawn.shape, dtype=np.min_scalar_type(groups))
            for which in range(len(left)):
                below = drawn < left[which]
                left[which] -= below
                label += ~below
            for j in range(planes_n):
                own[j, place :: block.people] = packed((label >> j) & 1 > 0)


@dataclass(frozen=True, kw_only=True)
class _Split:
    """One plane's bit among people whose higher bits are the same: how many get it, and with what chance at first."""

    prefix: int
    people: int
    ones: int
    chance: int
    bits: int


def _splits(sizes: Ints, plane: int) -> list[_Split]:
    half = 1 << plane
    people = int(sizes.sum())
    found = []
    for first in range(0, len(sizes), 2 * half):
        zeros, ones = int(sizes[first : first + half].sum()), int(sizes[first + half : first + 2 * half].sum())
        chance, bits = _chance(zeros + ones, ones, people)
        found.append(_Split(prefix=first // (2 * half), people=zeros + ones, ones=ones, chance=chance, bits=bits))
    return found


def _chance(people: int, ones: int, among: int) -> tuple[int, int]:
    """Numerator and bits of the binary fraction that makes random bits and corrections cheapest together."""
    if ones in {0, people}:
        return int(ones > 0), 0
    best = (math.inf, 0, 0)
    for bits in range(_MOST_BITS + 1):
        for chance in {(ones << bits) // people, -((-ones << bits) // people)}:
            if bits and not chance % 2:
                continue
            share = chance / (1 << bits)
            gap, sd = people * share - ones, math.sqrt(people * share * (1 - share))
            over = max(gap, 0.0) if sd == 0 else gap * _below(gap / sd) + sd * _density(gap / sd)
            turns = max(over, 0.0) * among / ones + max(over - gap, 0.0) * among / (people - ones)
            best = min(best, (bits * among * _BIT_COST + turns * _TURN_COST, chance, bits))
    return best[1], best[2]


def _below(z: float) -> float:
    return (1 + math.erf(z / math.sqrt(2))) / 2


def _density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _plane_by_plane(planes: Words, sizes: Ints, *, rng: np.random.Generator) -> None:
    planes_n, people_n, words = planes.shape
    step = max(_TILE // words, 1)
    for plane in range(planes_n - 1, -1, -1):
        splits = [split for split in _splits(sizes, plane) if split.people]
        higher = planes[plane + 1 :]
        for start in range(0, people_n, step):
            part = slice(start, start + step)
            planes[plane, part] = _random_bits(higher[:, part], splits, rng=rng, shape=planes[plane, part].shape)
        for split in splits:
            if 0 < split.ones < split.people:
                _correct(planes[plane], higher, split, rng=rng)


def _random_bits(higher: Words, splits: list[_Split], *, rng: np.random.Generator, shape: tuple[int, ...]) -> Words:
    """Independent bits, each with the chance of the person's split: the same random words serve all of them."""
    most = max(split.bits for split in splits)
    bits = [np.full(shape, _ALL if split.chance else np.uint64(0)) for split in splits]
    for place in range(most):
        random = rng.integers(0, 2**64, size=shape, dtype=np.uint64)
        for own, split in zip(bits, splits, strict=True):
            turn = place - (most - split.bits)
            if turn == 0:
                np.copyto(own, random)
            elif turn > 0:
                combine = np.bitwise_or if (split.chance >> turn) & 1 else np.bitwise_and
                combine(own, random, out=own)
    total = np.zeros(shape, dtype=np.uint64)
    for own, split in zip(bits, splits, strict=True):
        total |= members(higher, split.prefix, own)
    return total


def _correct(plane: Words, higher: Words, split: _Split, *, rng: np.random.Generator) -> None:
    """Turn over random members of the larger class, dealing by dealing, until the size is exact."""
    people_n, words = plane.shape

    def ones(part: slice, out: Words) -> None:
        np.copyto(out, members(higher[:, part], split.prefix, plane[part]))

    surplus = column_counts(people_n, words, ones) - split.ones
    excess = surplus > 0
    short = np.abs(surplus)
    share = np.where(excess, split.ones, split.people - split.ones) / people_n
    lanes_n = words * WORD
    kind = np.uint32 if people_n * lanes_n < 2**32 else np.uint64
    tests = [(plane.reshape(-1), excess)]
    tests += [(other.reshape(-1), np.full(lanes_n, bool((split.prefix >> j) & 1))) for j, other in enumerate(higher)]
    lanes = np.flatnonzero(short)
    while len(lanes):
        wanted = np.maximum(short[lanes], (short[lanes] / (2 * share[lanes])).astype(np.int64))
        tries = np.minimum(wanted, max(_MOST_AT_ONCE // len(lanes), 1))
        lane = np.repeat(lanes.astype(kind), tries)
        place = rng.integers(people_n, size=len(lane), dtype=kind)
        place *= kind(lanes_n)
        place += lane
        for words_of, wanted_bit in tests:
            bits = (words_of.take(place >> 6) >> (place & 63)) & 1
            matches = bits.astype(np.bool_) == wanted_bit.take(lane)
            place, lane = place[matches], lane[matches]
        place = _distinct(place)
        lane = place % kind(lanes_n)
        found = np.bincount(lane, minlength=lanes_n)
        fits = found <= short
        place = place[fits.take(lane)]
        np.bitwise_xor.at(tests[0][0], place >> 6, np.uint64(1) << (place & 63).astype(np.uint64))
        short -= np.where(fits, found, 0)
        lanes = lanes[short[lanes] > 0]


def _distinct(keys: npt.NDArray[Any]) -> npt.NDArray[Any]:
    keys = np.sort(keys)
    return np.asarray(keys[np.diff(keys, prepend=~keys[:1]) != 0])


def every_labeling(cards: Deck, *, words: int) -> Iterator[tuple[Words, int]]:
    """All labelings, ``64 * words`` at a time, as planes like those of `deal`, and how many of them are in use."""
    tables = [_table(block, i) for block in cards.blocks if not block.settled for i in range(len(block.sizes))]
    most = _constant(cards.codes, cards.planes_n)
    for table in tables:
        most[:, table.start : table.stop] = _constant(np.array([table.largest]), cards.planes_n)
    lanes_n, total = words * WORD, cards.labelings_n
    for start in range(0, total, lanes_n):
        planes = np.repeat(most[:, :, None], words, axis=2)
        which = np.arange(start, min(start + lanes_n, total))
        for table in tables:
            which, place = np.divmod(which, len(table.places))
            _put(planes, table, place)
        yield planes, min(lanes_n, total - start)


@dataclass(frozen=True, kw_only=True)
class _Table:
    """Every way to place the smaller groups of one stratum: rows of people, and the group that goes there."""

    start: int
    stop: int
    largest: int
    pattern: Ints
    places: Ints


def _table(block: Block, which: int) -> _Table:
    sizes = block.sizes[which]
    order = np.argsort(sizes, kind="stable")
    start = block.start + which * block.people
    places = list(_placements(tuple(range(start, start + block.people)), sizes[order[:-1]].tolist()))
    return _Table(
        start=start,
        stop=start + block.people,
        largest=int(order[-1]),
        pattern=np.repeat(order[:-1], sizes[order[:-1]]),
        places=np.array(places, dtype=np.int64),
    )


def _placements(free: tuple[int, ...], sizes: list[int]) -> Iterator[tuple[int, ...]]:
    """Every way to give each group its places among the free ones, one group after the other."""
    if not sizes:
        yield ()
        return
    for chosen in combinations(free, sizes[0]):
        left = tuple(place for place in free if place not in chosen) if len(sizes) > 1 else ()
        for rest in _placements(left, sizes[1:]):
            yield chosen + rest


def _put(planes: Words, table: _Table, place: Ints) -> None:
    words = planes.shape[2]
    lane = np.arange(len(place))[:, None]
    bit = np.uint64(1) << (lane % WORD).astype(np.uint64)
    for j, plane in enumerate(planes):
        differs = ((table.pattern ^ table.largest) >> j) & 1 > 0
        where = table.places[place][:, differs] * words + lane // WORD
        np.bitwise_xor.at(plane.reshape(-1), where, np.broadcast_to(bit, where.shape))
