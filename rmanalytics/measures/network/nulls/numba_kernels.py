"""Loops that a compiler makes fast, each beside a numpy twin that gives the same numbers bit for bit.

numba is imported here alone, and only when a compiled kernel is called for: small networks never wait for a compiler,
and everything works without it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any


@cache
def compiled() -> bool:
    """Whether numba is there (``pip install rmanalytics[large]``)."""
    return find_spec("numba") is not None


@cache
def machine_code(loop: Callable[..., Any]) -> Callable[..., Any] | None:
    """A loop of this module as machine code, kept on disk; None where numba is not installed."""
    if not compiled():
        return None
    numba = import_module("numba")
    made: Callable[..., Any]
    try:
        made = numba.njit(cache=True)(loop)
    except RuntimeError:  # no folder to keep it in
        made = numba.njit(loop)
    return made


def list_triangles(starts: Any, ends: Any, rows: tuple[int, int], mark: Any, found: Any) -> int:
    """Every triangle whose lowest corner is one of the rows; how many there are. Twin: `triangles.by_numpy`.

    Parameters
    ----------
    starts : array of int
        First pair of each person, and the number of pairs.
    ends : array of int
        Higher end of each pair, rising within a person.
    rows : tuple of int
        First person, and the one after the last.
    mark : array of int, one a person
        Zeros, and left as such.
    found : array of int, three columns
        Filled with the pairs of the lowest and middle, lowest and highest, middle and highest corner.
    """
    count = 0
    for low in range(rows[0], rows[1]):
        for pair in range(starts[low], starts[low + 1]):
            mark[ends[pair]] = pair + 1
        for pair in range(starts[low], starts[low + 1]):
            middle = ends[pair]
            for other in range(starts[middle], starts[middle + 1]):
                closing = mark[ends[other]]
                if closing:
                    found[count, 0] = pair
                    found[count, 1] = closing - 1
                    found[count, 2] = other
                    count += 1
        for pair in range(starts[low], starts[low + 1]):
            mark[ends[pair]] = 0
    return count


def count_within_two(starts: Any, ends: Any, seen: Any, within: Any) -> None:
    """Others whom each person reaches in one or two steps. Twin: `visibility.within_two`.

    Parameters
    ----------
    starts, ends : arrays of int
        Where each person's contacts begin, and who they are; each contact on both sides.
    seen : array of int, one a person
        Zeros.
    within : array of int, one a person
        Filled with the counts.
    """
    for person in range(len(within)):
        count = 0
        seen[person] = person + 1
        for first in range(starts[person], starts[person + 1]):
            contact = ends[first]
            if seen[contact] != person + 1:
                seen[contact] = person + 1
                count += 1
            for second in range(starts[contact], starts[contact + 1]):
                other = ends[second]
                if seen[other] != person + 1:
                    seen[other] = person + 1
                    count += 1
        within[person] = count


def match_reverse(starts: Any, source: Any, target: Any, reverse: Any) -> bool:
    """Where the tie back stands, for each tie to a higher number. Twin: `null_moments.reverse_ties`.

    Parameters
    ----------
    starts : array of int
        First tie of each person, and the number of ties.
    source, target : arrays of int
        Ends of each tie.
    reverse : array of int, one a tie
        Filled with positions; left as it is where there is no tie back, and for ties to a lower number.

    Returns
    -------
    bool
        Whether the ties are in rising order and each stands once; if not, ``reverse`` says nothing.
    """
    ahead = starts.copy()
    for tie in range(len(source)):
        one, other = source[tie], target[tie]
        if tie and (one < source[tie - 1] or (one == source[tie - 1] and other <= target[tie - 1])):
            return False
        if one < other:
            at, stop = ahead[other], starts[other + 1]
            while at < stop and target[at] < one:
                at += 1
            ahead[other] = at
            if at < stop and target[at] == one:
                reverse[tie] = at
    return True
