"""Pairs that a rule forbids, some rows at a time: by kinds of people, or one by one; as a table they are too many.

Unit: one possible pair, a row for the senior and a column for the junior.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from rmanalytics.lot.balanced import Ints
from rmanalytics.lot.redraws import Bools

T = TypeVar("T")

BLOCK = 32
"""Rows read at once."""


@dataclass(frozen=True, slots=True)
class ByKind:
    """Pairs forbidden by what kind a row is of; ``columns`` has a row for each kind."""

    kind: Ints
    columns: Bools

    def __getitem__(self, rows: slice | Ints) -> Bools:
        """The same for some rows: which columns are forbidden."""
        return self.columns[self.kind[rows]]


@dataclass(frozen=True, slots=True)
class ByPair:
    """Single pairs: those of a row stand in ``column`` from ``first[row]`` to ``first[row + 1]``."""

    first: Ints
    column: Ints
    columns_n: int

    def __getitem__(self, rows: slice | Ints) -> Bools:
        """The same for some rows: which columns are forbidden."""
        first, last = self.first[:-1][rows], self.first[1:][rows]
        block = np.zeros((len(first), self.columns_n), dtype=np.bool_)
        for row, one, end in zip(block, first, last, strict=True):
            row[self.column[one:end]] = True
        return block


Forbidden: TypeAlias = Bools | ByKind | ByPair


def by_pair(rows: Ints, columns: Ints, shape: tuple[int, int]) -> ByPair:
    """Single pairs that are forbidden.

    Examples
    --------
    >>> by_pair(np.array([1]), np.array([0]), (2, 2))[0:2].tolist()
    [[False, False], [True, False]]
    """
    order = np.argsort(rows, kind="stable")
    return ByPair(np.searchsorted(rows[order], np.arange(shape[0] + 1)), columns[order], shape[1])


def blocks(rows_n: int) -> Iterator[slice]:
    """Rows in blocks."""
    return (slice(first, min(first + BLOCK, rows_n)) for first in range(0, rows_n, BLOCK))


def by_blocks(work: Callable[[slice], T], rows_n: int) -> list[T]:
    """What a function makes of each block of rows, in order, on every core: numpy lets go of Python's lock.

    Products of tables keep to one thread meanwhile: theirs and these would wait for each other.

    Examples
    --------
    >>> by_blocks(lambda rows: rows.stop, 2 * BLOCK + 1)
    [32, 64, 65]
    """
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, blocks(rows_n)))


def allowed(broken: Iterable[Forbidden], rows: slice | Ints, columns_n: int) -> Bools:
    """Pairs of a block of rows that no rule forbids."""
    n = rows.stop - rows.start if isinstance(rows, slice) else len(rows)
    legal = np.ones((n, columns_n), dtype=np.bool_)
    for one in broken:
        legal &= ~one[rows]
    return legal
