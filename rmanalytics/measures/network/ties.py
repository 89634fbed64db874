"""Ties of one wave: who is in the network, which ties count, and what each person has.

Unit of analysis: the person; a tie is an ordered pair. Loops are dropped, repeated ties count once, people without
ties stay. People of unknown generation are left out together with their ties, and counted. A person who was not
asked is not a person without ties: leave those who did not answer out of ``people``.

References
----------
Wasserman S, Faust K (1994). Social Network Analysis. https://doi.org/10.1017/CBO9780511815478
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmanalytics.measures.units import check_rows

Ints = npt.NDArray[np.int64]

ENDS = ["source_id", "target_id"]
UNKNOWN_GENERATION = "generation unknown"


@dataclass(frozen=True, kw_only=True)
class Wave:
    """One network, indexed: the same people and ties give the same arrays, in whatever order the rows came.

    Parameters
    ----------
    ids : Index
        Person ids of known generation, sorted.
    names : tuple of str
        Generations, in order of their first person.
    codes : array of int, one a person
        Position of the person's generation in ``names``.
    source, target : arrays of int, one a tie
        Positions in ``ids``, sorted, each ordered pair once.
    unknown_n : int
        People left out because their generation is unknown.
    left_out_n : int
        Rows of ties that name somebody who is not in ``ids``.
    """

    ids: pd.Index
    names: tuple[str, ...]
    codes: Ints
    source: Ints
    target: Ints
    unknown_n: int
    left_out_n: int

    @property
    def people_n(self) -> int:
        """People of known generation."""
        return len(self.ids)

    @property
    def ties_n(self) -> int:
        """Ordered pairs with a tie."""
        return len(self.source)

    @property
    def sizes(self) -> Ints:
        """People in each generation."""
        return np.bincount(self.codes, minlength=len(self.names)).astype(np.int64)

    @property
    def crossing(self) -> npt.NDArray[np.bool_]:
        """Whether each tie joins two generations."""
        return np.asarray(self.codes[self.source] != self.codes[self.target], dtype=np.bool_)


def wave(people: pd.DataFrame, ties: pd.DataFrame) -> Wave:
    """Index people and ties of one wave.

    Parameters
    ----------
    people : DataFrame
        ``person_id`` (each once) and ``generation`` (missing = unknown).
    ties : DataFrame
        ``source_id``, ``target_id``.

    Raises
    ------
    ValueError
        When a column is missing, or a person has no id or stands twice.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": ["b", "a", "c"], "generation": ["young", "old", None]})
    >>> ties = pd.DataFrame({"source_id": ["a", "a", "b", "a"], "target_id": ["b", "b", "b", "c"]})
    >>> indexed = wave(people, ties)
    >>> indexed.names, indexed.ties_n, indexed.unknown_n, indexed.left_out_n
    (('old', 'young'), 1, 1, 1)
    """
    check_rows(people, ["person_id", "generation"], key=["person_id"])
    known = people.loc[people["generation"].notna(), ["person_id", "generation"]].sort_values("person_id")
    ids = pd.Index(known["person_id"])
    codes, names = pd.factorize(known["generation"])
    source, target, left_out_n = positions(ids, ties)
    return Wave(
        ids=ids,
        names=tuple(str(name) for name in names),
        codes=codes.astype(np.int64),
        source=source,
        target=target,
        unknown_n=len(people) - len(known),
        left_out_n=left_out_n,
    )


def positions(ids: pd.Index, ties: pd.DataFrame) -> tuple[Ints, Ints, int]:
    """Positions of both ends of each tie, loops and repetitions taken out; and rows that name somebody else.

    Examples
    --------
    >>> ties = pd.DataFrame({"source_id": ["b", "a", "a"], "target_id": ["a", "a", "z"]})
    >>> source, target, left_out_n = positions(pd.Index(["a", "b"]), ties)
    >>> source.tolist(), target.tolist(), left_out_n
    ([1], [0], 1)
    """
    _check_ends(ties)
    ends = [ids.get_indexer(pd.Index(ties[column])).astype(np.int64) for column in ENDS]
    inside = (ends[0] >= 0) & (ends[1] >= 0)
    pairs = np.unique((ends[0] * len(ids) + ends[1])[inside & (ends[0] != ends[1])])
    source, target = np.divmod(pairs, max(len(ids), 1))
    return source, target, int((~inside).sum())


def symmetrised(ties: pd.DataFrame, *, rule: Literal["either", "mutual"]) -> pd.DataFrame:
    """Undirected ties: one row for each pair of people, its ends in the order of their ids.

    Parameters
    ----------
    ties : DataFrame
        ``source_id``, ``target_id``, directed.
    rule : {"either", "mutual"}
        Whether one of the two has to name the other, or both.

    Returns
    -------
    DataFrame
        ``source_id``, ``target_id``; loops and repetitions taken out.

    Examples
    --------
    >>> ties = pd.DataFrame({"source_id": ["b", "a", "c"], "target_id": ["a", "b", "a"]})
    >>> symmetrised(ties, rule="either").to_numpy().tolist()
    [['a', 'b'], ['a', 'c']]
    >>> symmetrised(ties, rule="mutual").to_numpy().tolist()
    [['a', 'b']]
    """
    if rule not in {"either", "mutual"}:
        raise ValueError("rule: either or mutual")
    directed = _distinct(ties)
    forward = directed["source_id"] < directed["target_id"]
    first = directed["source_id"].where(forward, directed["target_id"])
    second = directed["target_id"].where(forward, directed["source_id"])
    ordered = pd.DataFrame({"source_id": first, "target_id": second})
    if rule == "mutual":
        ordered = ordered[ordered.duplicated()]
    return ordered.drop_duplicates().sort_values(ENDS, ignore_index=True)


def both_directions(ties: pd.DataFrame) -> pd.DataFrame:
    """Each tie and its reverse: an undirected network in the form that measures of directed ties read.

    Examples
    --------
    >>> both_directions(pd.DataFrame({"source_id": ["a"], "target_id": ["b"]})).to_numpy().tolist()
    [['a', 'b'], ['b', 'a']]
    """
    reverse = ties[ENDS].rename(columns={"source_id": "target_id", "target_id": "source_id"})
    return _distinct(pd.concat([ties[ENDS], reverse[ENDS]])).sort_values(ENDS, ignore_index=True)


def without_pairs(ties: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Ties that no programme imposed: the pairs are taken out in both directions.

    Parameters
    ----------
    ties : DataFrame
        ``source_id``, ``target_id`` and any further columns.
    pairs : DataFrame
        ``source_id``, ``target_id`` of pairs to take out: mentor and mentee of each tandem.

    Returns
    -------
    DataFrame
        The other rows of ``ties``, in their order.

    Notes
    -----
    A tandem joins two generations by design. Counted as an outcome, the programme would prove itself.

    Examples
    --------
    >>> ties = pd.DataFrame({"source_id": ["a", "b", "a"], "target_id": ["b", "a", "c"]})
    >>> without_pairs(ties, pd.DataFrame({"source_id": ["b"], "target_id": ["a"]})).to_numpy().tolist()
    [['a', 'c']]
    """
    _check_ends(ties)
    imposed = pd.MultiIndex.from_frame(both_directions(pairs))
    return ties.loc[~pd.MultiIndex.from_frame(ties[ENDS]).isin(imposed)].reset_index(drop=True)


def tie_counts(people: pd.DataFrame, ties: pd.DataFrame) -> pd.DataFrame:
    """Ties of each person, all and those that join two generations.

    Parameters
    ----------
    people : DataFrame
        ``person_id``, ``generation``.
    ties : DataFrame
        ``source_id``, ``target_id``, directed.

    Returns
    -------
    DataFrame
        One row for each person of known generation: ``person_id``, ``out_n`` (people named), ``in_n`` (people who
        name this person), ``cross_out_n``, ``cross_in_n`` (of them in another generation) and ``cross_n`` (people
        of another generation joined in either direction, each once). People without ties have zeros.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": ["a", "b", "c"], "generation": ["old", "young", "old"]})
    >>> ties = pd.DataFrame({"source_id": ["a", "b", "a"], "target_id": ["b", "a", "c"]})
    >>> tie_counts(people, ties).to_numpy().tolist()[0]
    ['a', 2, 1, 1, 1, 1]
    """
    net = wave(people, ties)
    crossing = net.crossing
    first, second = np.minimum(net.source, net.target)[crossing], np.maximum(net.source, net.target)[crossing]
    pairs = np.unique(first * net.people_n + second)
    partners = np.concatenate(np.divmod(pairs, max(net.people_n, 1)))

    def count(ends: Ints) -> Ints:
        return np.bincount(ends, minlength=net.people_n).astype(np.int64)

    return pd.DataFrame(
        {
            "person_id": net.ids,
            "out_n": count(net.source),
            "in_n": count(net.target),
            "cross_out_n": count(net.source[crossing]),
            "cross_in_n": count(net.target[crossing]),
            "cross_n": count(partners),
        }
    )


def _check_ends(ties: pd.DataFrame) -> None:
    if not set(ENDS) <= set(ties.columns):
        raise ValueError(f"missing columns: ties need {', '.join(ENDS)}")


def _distinct(ties: pd.DataFrame) -> pd.DataFrame:
    _check_ends(ties)
    ends = ties[ENDS].dropna()
    return ends.loc[ends["source_id"] != ends["target_id"]].drop_duplicates()
