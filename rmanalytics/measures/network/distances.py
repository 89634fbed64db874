"""How many steps a person is from the top, and whether the way leads through a tandem.

Unit of analysis: the person.

References
----------
Wasserman S, Faust K (1994). Social Network Analysis. https://doi.org/10.1017/CBO9780511815478
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from rmanalytics.measures.network.ties import Ints, positions
from rmanalytics.measures.rows import Floats, check_rows

_MOST_ENDS = 1 << 20

Flags = npt.NDArray[np.bool_]
Ends = Ints | npt.NDArray[np.int32]


def distance_to_top(
    people: pd.DataFrame, ties: pd.DataFrame, pairs: pd.DataFrame, *, top: Collection[Hashable]
) -> pd.DataFrame:
    """Steps from each person to the nearest person at the top, with the tandem ties and without them.

    Parameters
    ----------
    people : DataFrame
        ``person_id``, each once.
    ties : DataFrame
        ``source_id``, ``target_id``; followed in either direction, as word travels.
    pairs : DataFrame
        ``source_id``, ``target_id`` of the tandems, taken out for the second distance.
    top : collection of person ids
        Top management. Those who are not in ``people`` are passed over.

    Returns
    -------
    DataFrame
        One row a person, by id: ``person_id``, ``steps``, ``steps_without_pairs`` (0 at the top, missing where no
        way leads there), ``closeness`` and ``closeness_without_pairs`` (1 / (1 + steps), 0 where no way leads
        there): the number to average and to compare, since it exists for everybody.

    Raises
    ------
    ValueError
        When a column is missing or a person stands twice.

    Notes
    -----
    Not estimable when no way leads to the top, or nobody is there: the steps are missing then, and the closeness is 0.

    A mentor whose mentee is at the top is one step away because the programme put them together. What remains
    without the pairs is what the mentor has gained beyond that.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": list("abcd")})
    >>> ties = pd.DataFrame({"source_id": list("aba"), "target_id": list("bcc")})
    >>> tandems = pd.DataFrame({"source_id": ["a"], "target_id": ["c"]})
    >>> distance_to_top(people, ties, tandems, top=["c"])[["steps", "steps_without_pairs"]].to_numpy().tolist()
    [[1.0, 2.0], [1.0, 1.0], [0.0, 0.0], [nan, nan]]
    """
    check_rows(people, ["person_id"], key=["person_id"])
    ids = pd.Index(people["person_id"]).sort_values()
    found = ids.get_indexer(pd.Index(list(top)))
    goals = np.unique(found[found >= 0]).astype(np.int64)
    source, target = (end.astype(np.int32) for end in positions(ids, ties)[:2])
    free = ~_imposed(len(ids), source, target, *positions(ids, pairs)[:2])
    frame = pd.DataFrame({"person_id": ids})
    for column, ends in (("", (source, target)), ("_without_pairs", (source[free], target[free]))):
        steps = walk(len(ids), *ends, goals).steps(len(ids))
        frame[f"steps{column}"] = steps
        frame[f"closeness{column}"] = np.nan_to_num(1 / (1 + steps))
    return frame[["person_id", "steps", "steps_without_pairs", "closeness", "closeness_without_pairs"]]


def _imposed(n: int, source: Ends, target: Ends, first: Ints, second: Ints) -> Flags:
    """Which ties join two people who are a pair, in either direction."""
    member = np.zeros(n, dtype=bool)
    member[first] = member[second] = True
    found = member[source] & member[target]
    some = np.flatnonzero(found)
    one, other = source[some].astype(np.int64), target[some].astype(np.int64)
    pairs = np.concatenate([first * n + second, second * n + first])
    found[some] = np.isin(one * n + other, pairs)
    return found


@dataclass(frozen=True, kw_only=True)
class Walk:
    """A walk over a network that goes level by level from where it starts, along ties in either direction.

    Parameters
    ----------
    order : array of int
        People as the walk comes to them, each once.
    before : array of int
        For each of them, the place in ``order`` of the one whom the walk came from; -1 where it starts.
    bounds : array of int
        Places in ``order`` where the levels begin, and the number of all reached.
    """

    order: Ints
    before: Ints
    bounds: Ints

    def steps(self, n: int) -> Floats:
        """Fewest ties between each of n people and the start; missing for those not reached."""
        steps = np.full(n, np.nan)
        steps[self.order] = np.repeat(np.arange(len(self.bounds) - 1), np.diff(self.bounds))
        return steps


def walk(n: int, source: Ends, target: Ends, start: Ints) -> Walk:
    """Go from people to all whom ties join to them, and on from there.

    Parameters
    ----------
    n : int
        People.
    source, target : array of int
        Ends of each tie.
    start : array of int
        Where the walk begins, each once.

    Examples
    --------
    >>> found = walk(4, np.array([1, 2]), np.array([0, 1]), np.array([0]))
    >>> found.order.tolist(), found.before.tolist(), found.steps(4).tolist()
    ([0, 1, 2], [-1, 0, 1], [0.0, 1.0, 2.0, nan])
    """
    onward = [_neighbours(n, source, target), _neighbours(n, target, source)]
    reached, place = np.zeros(n, dtype=bool), np.empty(n, dtype=np.int64)
    orders, befores, bounds = [start], [np.full(len(start), -1)], [0, len(start)]
    reached[start] = True
    while bounds[-1] > bounds[-2]:
        people, came = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        for starts, ends in onward:
            for part in _parts(np.diff(starts)[orders[-1]]):
                first, last = starts[orders[-1][part]], starts[orders[-1][part] + 1]
                lengths = (last - first).astype(np.int64)
                tie = np.repeat(first - (np.cumsum(lengths) - lengths), lengths) + np.arange(int(lengths.sum()))
                new = np.flatnonzero(~reached[ends[tie]])
                place[ends[tie[new]]] = new
                new = new[place[ends[tie[new]]] == new]
                person = ends[tie[new]].astype(np.int64)
                reached[person] = True
                people.append(person)
                came.append(np.repeat(np.arange(part.start, part.stop), lengths)[new] + bounds[-2])
        orders.append(np.concatenate(people))
        befores.append(np.concatenate(came))
        bounds.append(bounds[-1] + len(orders[-1]))
    return Walk(order=np.concatenate(orders), before=np.concatenate(befores), bounds=np.array(bounds[:-1]))


def _parts(lengths: Ints) -> Iterator[slice]:
    """Slices of people who have a bounded number of ties together."""
    work = np.concatenate([[0], np.cumsum(lengths)])
    start = 0
    while start < len(lengths):
        stop = max(int(np.searchsorted(work, work[start] + _MOST_ENDS, side="right")) - 1, start + 1)
        yield slice(start, stop)
        start = stop


def _neighbours(n: int, source: Ends, target: Ends) -> tuple[Ints, Ints]:
    """Whom each person's ties lead to: where they begin in the second array."""
    ends = source.astype(np.int32, copy=False), target.astype(np.int32, copy=False)
    matrix = csr_array((np.ones(len(source), dtype=bool), ends), shape=(n, n))
    return matrix.indptr, matrix.indices
