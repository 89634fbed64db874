"""The same lot drawn again and again: who else could have started.

Unit: one redraw. Reserve and those who start for certain stay as they are; surplus and halves are drawn anew by the
procedure of the lot, on a stream of random numbers, for hashes would take hours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from rmanalytics.lot.balanced import CANDIDATES, Facts, Floats, accepted, is_balanced

REDRAWS = 9_999
TOLERANCE = 1e-9
AT_ONCE = 5
"""Redraws that share their surplus, and the sample of halvings of which they are the most alike."""

Bools = npt.NDArray[np.bool_]


def stream_of(seed: str, side: str) -> np.random.Generator:
    """The stream of the redraws, which follows from the seed of the lot."""
    digest = hashlib.sha256(f"{seed}|{side}|redraws".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def redraw(lots: Sequence[int], start: int, facts: Facts, rng: np.random.Generator, *, redraws: int = REDRAWS) -> Bools:
    """Draw the lot of those compared again.

    Parameters
    ----------
    lots : sequence of int
        Lot numbers of everybody who started, waited or was not drawn.
    start : int
        How many of them start.
    facts : mapping of lot number to whole numbers
    rng : Generator
    redraws : int

    Returns
    -------
    array of bool
        One row a redraw, one column a lot number, in the order given: who would have started.
    """
    n, others = len(lots), len(lots) - start
    half = min(start, others)
    surplus = n - 2 * half
    starts = np.zeros((redraws, n), dtype=np.bool_)
    known = np.array([facts[lot] for lot in lots], dtype=np.float64)
    balanced = is_balanced(half)
    for first in range(0, redraws, AT_ONCE if balanced else 1):
        some = starts[first : first + AT_ONCE] if balanced else starts[first : first + 1]
        order = rng.permutation(n)
        some[:, order[:surplus]] = start > others
        halved = order[surplus:]
        if balanced:
            some[:, halved] = _alike(known[halved], half, len(some), rng)
        else:
            some[:, halved[:half]] = True
    return starts


def _alike(known: Floats, half: int, wanted: int, rng: np.random.Generator) -> Bools:
    """Some halves among the acceptable ones of a sample, all of them equally likely."""
    centred = known - known.mean(axis=0)
    centred = centred / np.where(centred.std(axis=0) > 0, centred.std(axis=0), 1.0)
    inverse = np.linalg.pinv(centred.T @ centred, rcond=TOLERANCE, hermitian=True)
    keys = rng.random((wanted * CANDIDATES // accepted(half), len(known)), dtype=np.float32)
    halves = keys < np.partition(keys, half, axis=1)[:, [half]]
    apart = halves @ centred
    distance = np.einsum("bj,bj->b", apart @ inverse, apart)
    chosen: Bools = halves[rng.permutation(np.argpartition(distance, wanted - 1)[:wanted])]
    return chosen


def packed(starts: Bools, lots: Sequence[int]) -> dict[str, str]:
    """Redraws as text, one hexadecimal string a lot number, so that a receipt holds them without facts.

    Examples
    --------
    >>> packed(np.array([[True, False], [True, True]]), [7, 9])
    {'7': 'c0', '9': '40'}
    """
    columns = np.packbits(starts, axis=0).T
    return {str(lot): bytes(column).hex() for lot, column in zip(lots, columns, strict=True)}


def unpacked(bank: Mapping[str, str], lots: Sequence[int], redraws: int) -> Bools:
    """The redraws of some lot numbers again.

    Examples
    --------
    >>> unpacked({"7": "c0", "9": "40"}, [9], 2).ravel().tolist()
    [False, True]
    """
    columns = [np.frombuffer(bytes.fromhex(bank[str(lot)]), dtype=np.uint8) for lot in lots]
    return np.unpackbits(np.array(columns).T, axis=0, count=redraws).astype(np.bool_)
