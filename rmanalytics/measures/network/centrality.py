"""Visibility: who is asked, who is asked by those who are asked, and how many people one reaches in two steps.

Unit of analysis: the person. What is told is a person's place among the others: a share that can be averaged and
compared between waves of other sizes.

References
----------
Bonacich P (1972). Factoring and weighting approaches to status scores. https://doi.org/10.1080/0022250X.1972.9989806
Bonacich P (1987). Power and centrality: a family of measures. https://doi.org/10.1086/228631
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, eye_array
from scipy.sparse.csgraph import connected_components

from rmanalytics.measures.network.nulls.numba_kernels import count_within_two, machine_code
from rmanalytics.measures.network.ties import Ints, positions, weighted_positions
from rmanalytics.measures.network.triangles import LARGE
from rmanalytics.measures.rows import Floats, check_rows
from rmanalytics.results import NotEstimable

LEAST_NODES = 2

TOO_FEW_PEOPLE = "fewer than {least} people in the network"
NOBODY_NAMED = "no ties among the people of the network"
NO_CIRCLE = "no way along the ties leads back to where it began"
NOT_SETTLED = "the scores did not settle: two parts of the network weigh the same, or nearly so"

_MOST_ROUNDS = 2_000
_WINDOW = 5
_PRECISION = 1e-10
_STILL = 1e-15
_DECIMALS = 9
_SHIFT = 0.25
_BLOCK_CELLS = 1 << 21


def eigenvector_rank(people: pd.DataFrame, ties: pd.DataFrame) -> pd.DataFrame | NotEstimable:
    r"""Each person's place by eigenvector centrality: being named by people who are themselves named.

    Parameters
    ----------
    people : DataFrame
        ``person_id``, each once.
    ties : DataFrame
        ``source_id`` (who names), ``target_id`` (who is named), directed; optional ``weight`` above 0. For undirected
        ties give `both_directions` of them.

    Returns
    -------
    DataFrame or NotEstimable
        One row a person, by id: ``person_id``, ``score`` (1 for the highest) and ``rank_share``: the share of the
        other people who score less, those who score the same counting a half. Scores count as the same up to nine
        decimals.

    Raises
    ------
    ValueError
        When a column is missing, a person stands twice, or a weight is missing or not above 0.

    Notes
    -----
    Not estimable when there are fewer than two people or no ties, when no way along the ties leads back to where it
    began (every score would be 0), or when the scores do not settle within 2,000 rounds.

    The score is the non-negative solution of :math:`\lambda x_j = \sum_i w_{ij} x_i` for the largest
    :math:`\lambda`, on the directed network as it is: no damping, no ties added (that would be PageRank or Katz).
    So it belongs to the part of the network, strongly connected, that has the largest :math:`\lambda`, and to those
    whom this part leads to; all others score 0, and are tied for the lowest place. Where several parts have the same
    :math:`\lambda`, the score is what repeated summing gives when everybody starts equal. Found by power iteration
    of :math:`W^\top + sI`, the shift :math:`s` a quarter of the growth: it converges on two-sided networks too.

    References
    ----------
    Bonacich P (1972). https://doi.org/10.1080/0022250X.1972.9989806
    Bonacich P (1987). https://doi.org/10.1086/228631

    Examples
    --------
    A star whose middle and three points name each other: :math:`\lambda = \sqrt 3`, each point scores
    :math:`1/\sqrt 3`. The middle is above all others; each point is above nobody and level with two of three.

    >>> people = pd.DataFrame({"person_id": list("abcd")})
    >>> ties = pd.DataFrame({"source_id": list("aaabcd"), "target_id": list("bcdaaa")})
    >>> table = eigenvector_rank(people, ties)
    >>> table["score"].round(4).tolist(), table["rank_share"].round(4).tolist()
    ([1.0, 0.5774, 0.5774, 0.5774], [1.0, 0.3333, 0.3333, 0.3333])
    """
    ids = _ids(people)
    source, target, weight, _ = weighted_positions(ids, ties)
    name = "eigenvector_rank"
    refused = _refused(len(ids), len(source), name=name)
    if refused is not None:
        return refused
    # rows are the people named, so that a product sums over those who name them
    named = csr_array((weight, (target.astype(np.int32), source.astype(np.int32))), shape=(len(ids), len(ids)))
    if connected_components(named, directed=True, connection="strong", return_labels=False) == len(ids):
        return NotEstimable(name=name, unit="share", reason=NO_CIRCLE, n=len(ids))
    score = _settled(named)
    if score is None:
        return NotEstimable(name=name, unit="share", reason=NOT_SETTLED, n=len(ids))
    return pd.DataFrame({"person_id": ids, "score": score, "rank_share": _rank_share(score)})


def reach_in_two_steps(people: pd.DataFrame, ties: pd.DataFrame) -> pd.DataFrame:
    r"""How many people one reaches directly, and through one person between.

    Parameters
    ----------
    people, ties : DataFrame
        As in `eigenvector_rank`; ties are followed in either direction, as word travels, weights are not looked at.

    Returns
    -------
    DataFrame
        One row a person, by id: ``person_id``, ``contacts_n`` (one step) and ``reach_two_steps_n`` (one or two steps,
        each person once and oneself not).

    Raises
    ------
    ValueError
        When a column is missing or a person stands twice.

    Notes
    -----
    Not estimable when somebody was not asked: leave them out of ``people``. A person without ties reaches 0.
    With :math:`N(i)` the contacts of :math:`i`: :math:`|N(i) \cup \bigcup_{j \in N(i)} N(j) \setminus \{i\}|`.

    References
    ----------
    Wasserman S, Faust K (1994). Social Network Analysis. https://doi.org/10.1017/CBO9780511815478

    Examples
    --------
    A chain a - b - c - d: a reaches b and c, b reaches all.

    >>> people = pd.DataFrame({"person_id": list("abcd")})
    >>> ties = pd.DataFrame({"source_id": list("abc"), "target_id": list("bcd")})
    >>> reach_in_two_steps(people, ties)["reach_two_steps_n"].tolist()
    [2, 3, 3, 2]
    """
    ids = _ids(people)
    source, target, _ = positions(ids, ties)
    n = len(ids)
    ends = [np.concatenate(pair).astype(np.int32) for pair in ((source, target), (target, source))]
    either = csr_array((np.ones(len(ends[0]), dtype=bool), (ends[0], ends[1])), shape=(n, n))
    kernel = machine_code(count_within_two) if len(source) >= LARGE else None
    if kernel is None:
        within = within_two(either)
    else:
        within = np.empty(n, dtype=np.int64)
        kernel(either.indptr, either.indices, np.zeros(n, dtype=np.int32), within)
    return pd.DataFrame(
        {"person_id": ids, "contacts_n": np.diff(either.indptr).astype(np.int64), "reach_two_steps_n": within}
    )


def within_two(either: Any) -> Ints:
    """Others within two steps of each person, from a symmetric matrix of booleans: twin of `count_within_two`."""
    near = csr_array(either + eye_array(either.shape[0], dtype=bool, format="csr"))
    counts = [np.diff((near[rows] @ near).indptr) - 1 for rows in _blocks(near)]
    return np.concatenate([np.zeros(0, dtype=np.int64), *counts]).astype(np.int64)


def _blocks(matrix: Any) -> Iterator[slice]:
    """Rows that together have a bounded number of entries in the rows they point to."""
    n, lengths = matrix.shape[0], np.diff(matrix.indptr).astype(np.int64)
    work = np.concatenate([[0], np.cumsum(lengths[matrix.indices])])[matrix.indptr]
    start = 0
    while start < n:
        stop = max(int(np.searchsorted(work, work[start] + _BLOCK_CELLS, side="right")) - 1, start + 1)
        yield slice(start, stop)
        start = stop


def _ids(people: pd.DataFrame) -> pd.Index:
    check_rows(people, ["person_id"], key=["person_id"])
    ids: pd.Index = pd.Index(people["person_id"]).sort_values()
    return ids


def _refused(people_n: int, ties_n: int, *, name: str) -> NotEstimable | None:
    if people_n < LEAST_NODES:
        values = {"least": LEAST_NODES}
        return NotEstimable(name=name, unit="share", reason=TOO_FEW_PEOPLE, n=people_n, values=values)
    if ties_n == 0:
        return NotEstimable(name=name, unit="share", reason=NOBODY_NAMED, n=people_n)
    return None


def _settled(named: Any) -> Floats | None:
    """Scores that summing anew leaves as they are, the highest 1; None when they do not settle."""
    score = np.ones(named.shape[0])
    moves: list[float] = []
    for _ in range(_MOST_ROUNDS):
        summed: Floats = named @ score
        summed += _SHIFT * (summed.sum() / score.sum()) * score
        summed /= summed.max()
        moves.append(float(np.abs(summed - score).max()))
        score = summed
        if moves[-1] <= _STILL:
            return score
        if len(moves) > _WINDOW:
            # what is still to come: a geometric series at the pace of the last rounds
            pace = (moves[-1] / moves[-1 - _WINDOW]) ** (1 / _WINDOW)
            if pace < 1 and moves[-1] * pace / (1 - pace) < _PRECISION:
                return score
    return None


def _rank_share(values: Floats) -> Floats:
    """Share of the others who have less, those who have the same counting a half."""
    _, place, counts = np.unique(np.round(values, _DECIMALS), return_inverse=True, return_counts=True)
    below = np.cumsum(counts) - counts
    share: Floats = (below + (counts - 1) / 2)[place] / (len(values) - 1)
    return share
