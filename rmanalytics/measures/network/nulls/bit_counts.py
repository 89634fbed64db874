"""How many of very many rows have each bit set: 64 columns in one machine word, added up without unpacking.

Unit: the bit. Rows come in blocks; a block of carries takes the place of two blocks of half its weight (the carry-save
adders of Harley and Seal), so a row costs five operations on words, and only a few rows a weight are ever unpacked.

References
----------
Muła W, Kurz N, Lemire D (2018). Faster population counts using AVX2 instructions. https://doi.org/10.1093/comjnl/bxx046
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from rmanalytics.measures.network.ties import Ints

Words = npt.NDArray[np.uint64]

WORD = 64
_BLOCK = 1 << 13
"""Words in a block: what one addition works on stays in the processor's cache."""
_FEW = 8


def block_rows(words: int) -> int:
    """How many rows of so many words go into one block."""
    return max(_BLOCK // words, 1)


def column_counts(rows_n: int, words: int, fill: Callable[[slice, Words], None]) -> Ints:
    """In how many rows each of the ``64 * words`` bits is set.

    Parameters
    ----------
    rows_n : int
        Rows in all.
    words : int
        Words a row.
    fill : function
        Writes the rows of a slice into the array that it is given, of the same length.

    Examples
    --------
    >>> rows = np.array([[5], [1], [3]], dtype=np.uint64)
    >>> column_counts(3, 1, lambda part, out: np.copyto(out, rows[part]))[:4].tolist()
    [3, 1, 1, 0]
    """
    block = block_rows(words)
    adders = Adders(block, words)
    for start in range(0, rows_n, block):
        slot, stop = adders.slot(), min(start + block, rows_n)
        fill(slice(start, stop), slot[: stop - start])
        slot[stop - start :] = 0
        adders.push()
    return adders.counts()


class Adders:
    """One sum and up to two waiting blocks for each power of two; two waiting blocks are added as they come together.

    Parameters
    ----------
    block : int
        Rows of a block.
    words : int
        Words of a row.
    """

    def __init__(self, block: int, words: int) -> None:
        self._shape = (block, words)
        self._spare = np.empty(self._shape, dtype=np.uint64)
        self._levels: list[Words] = []
        self._waiting: list[int] = []

    def slot(self, level: int = 0) -> Words:
        """Where the next block of this weight is to be written."""
        if level == len(self._levels):
            self._levels.append(np.zeros((3, *self._shape), dtype=np.uint64))
            self._waiting.append(0)
        return np.asarray(self._levels[level][1 + self._waiting[level]])

    def push(self, level: int = 0) -> None:
        """Take the block that was written into the slot."""
        self._waiting[level] += 1
        if self._waiting[level] == 2:
            _add(*self._levels[level], carry=self.slot(level + 1), spare=self._spare)
            self._waiting[level] = 0
            self.push(level + 1)

    def counts(self) -> Ints:
        """What all blocks add up to, for each bit."""
        total = np.zeros(self._shape[1] * WORD, dtype=np.int64)
        carried: list[Words] = []
        for level, blocks in enumerate(self._levels):
            rows = np.concatenate([*carried, *blocks[: 1 + self._waiting[level]]])
            rows, carried = _condensed(rows)
            total += _unpacked(rows) << level
        weight = len(self._levels)
        while carried:
            rows, carried = _condensed(np.concatenate(carried))
            total += _unpacked(rows) << weight
            weight += 1
        return total


def _add(first: Words, second: Words, third: Words, *, carry: Words, spare: Words) -> None:
    """Add three bits: the sum takes the place of the first, the carry has a place of its own."""
    np.bitwise_xor(first, second, out=spare)
    np.bitwise_and(first, second, out=carry)
    np.bitwise_xor(spare, third, out=first)
    np.bitwise_and(spare, third, out=spare)
    np.bitwise_or(carry, spare, out=carry)


def _condensed(rows: Words) -> tuple[Words, list[Words]]:
    """A few rows and carries of twice their weight that add up to the same as all the rows."""
    carried = []
    while (third := len(rows) // 3) and len(rows) > _FEW:
        carry, spare = np.empty_like(rows[:third]), np.empty_like(rows[:third])
        _add(*(rows[i * third : (i + 1) * third] for i in range(3)), carry=carry, spare=spare)
        carried.append(carry)
        rows = np.concatenate([rows[:third], rows[3 * third :]])
    return rows, carried


def unpacked(rows: Words) -> npt.NDArray[np.uint8]:
    """Each bit as a number, 0 or 1, least significant bit of the first word first.

    Examples
    --------
    >>> unpacked(np.array([[6]], dtype=np.uint64))[0, :4].tolist()
    [0, 1, 1, 0]
    """
    return np.unpackbits(np.ascontiguousarray(rows.astype("<u8")).view(np.uint8), axis=-1, bitorder="little")


def packed(bits: npt.NDArray[np.bool_]) -> Words:
    """Bits as words, 64 of the last axis in each: the reverse of `unpacked`.

    Examples
    --------
    >>> packed(np.arange(64) == 2).tolist()
    [4]
    """
    return np.packbits(bits, axis=-1, bitorder="little").view("<u8").astype(np.uint64)


def _unpacked(rows: Words) -> Ints:
    return np.asarray(unpacked(rows).sum(axis=0), dtype=np.int64)
