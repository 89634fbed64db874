"""How many steps a person is from the top, and whether the way leads through a tandem.

Unit of analysis: the person.

References
----------
Wasserman S, Faust K (1994). Social Network Analysis. https://doi.org/10.1017/CBO9780511815478
"""

from __future__ import annotations

from collections.abc import Collection, Hashable

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from rmanalytics.measures.network.ties import Ints, positions, without_pairs
from rmanalytics.measures.units import Floats, check_rows


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
        When a column is missing, a person stands twice or ``top`` is empty.

    Notes
    -----
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
    if not len(top):
        raise ValueError("top: name at least one person")
    ids = pd.Index(people["person_id"]).sort_values()
    found = ids.get_indexer(pd.Index(list(top)))
    goals = np.unique(found[found >= 0]).astype(np.int64)
    frame = pd.DataFrame({"person_id": ids})
    for column, used in (("", ties), ("_without_pairs", without_pairs(ties, pairs))):
        source, target, _ = positions(ids, used)
        steps = _steps(len(ids), source, target, goals)
        frame[f"steps{column}"] = steps
        frame[f"closeness{column}"] = np.nan_to_num(1 / (1 + steps))
    return frame[["person_id", "steps", "steps_without_pairs", "closeness", "closeness_without_pairs"]]


def _steps(n: int, source: Ints, target: Ints, goals: Ints) -> Floats:
    """Fewest ties to any goal: a walk over the network from one point that is tied to all goals."""
    ends = np.concatenate([source, target, np.full(len(goals), n)])
    others = np.concatenate([target, source, goals])
    graph = csr_array((np.ones(len(ends)), (ends, others)), shape=(n + 1, n + 1))
    order, before = breadth_first_order(graph, n, directed=True, return_predecessors=True)
    rank = np.empty(n + 1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    parent = rank[before[order[1:]]]
    level = np.zeros(len(order), dtype=np.int64)
    first, depth = 1, 0
    while first < len(order):
        # the walk goes level by level, so the ranks of parents do not fall
        last = 1 + int(np.searchsorted(parent, first, side="left"))
        depth += 1
        level[first:last] = depth
        first = last
    steps = np.full(n + 1, np.nan)
    steps[order] = level - 1.0
    return steps[:n]
