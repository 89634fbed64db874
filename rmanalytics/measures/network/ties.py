"""Ties of one wave: who is in the network, which ties count, and what each person has.

Unit of analysis: the person; a tie is an ordered pair. Loops are dropped, repeated ties count once, people without
ties stay. People of unknown generation are left out together with their ties, and counted. A person who was not
asked is not a person without ties: leave those who did not answer out of ``people``.

Ties may carry a ``weight`` above 0 (meetings, messages); the weights of repeated rows of one ordered pair are added up.
A column without any value counts as no column. Where two directions become one tie, it has the larger weight of the
two, and the smaller one where both are asked for: a weight of 1 everywhere is the same as none.

References
----------
Wasserman S, Faust K (1994). Social Network Analysis. https://doi.org/10.1017/CBO9780511815478
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmanalytics.measures.rows import Floats, check_rows, places

Ints = npt.NDArray[np.int64]

ENDS = ["source_id", "target_id"]
WEIGHT = "weight"
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
    weight : array of float, one a tie
        Weight of each tie; 1 where the ties have none.
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
    weight: Floats
    unknown_n: int
    left_out_n: int

    @property
    def weighted(self) -> bool:
        """Whether some tie counts otherwise than once."""
        return bool((self.weight != 1).any())

    @property
    def units(self) -> Ints | Floats | None:
        """Weights as the null distributions read them: whole numbers where they are, None where every tie is one."""
        if not self.weighted:
            return None
        whole = (self.weight == np.floor(self.weight)).all()
        return self.weight.astype(np.int64) if whole else self.weight

    @property
    def strength(self) -> float:
        """Weights of all ties together; their number where they have none."""
        return float(self.weight.sum())

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
        ``source_id``, ``target_id``; optional ``weight`` above 0.

    Raises
    ------
    ValueError
        When a column is missing, a person has no id or stands twice, or a weight is missing or not above 0.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": ["b", "a", "c"], "generation": ["young", "old", None]})
    >>> ties = pd.DataFrame({"source_id": ["a", "a", "b", "a"], "target_id": ["b", "b", "b", "c"]})
    >>> indexed = wave(people, ties)
    >>> indexed.names, indexed.ties_n, indexed.unknown_n, indexed.left_out_n
    (('old', 'young'), 1, 1, 1)
    >>> wave(people, ties.assign(weight=[2.0, 1.0, 0.5, 1.0])).weight.tolist()
    [3.0]
    """
    check_rows(people, ["person_id", "generation"], key=["person_id"])
    known = people.loc[people["generation"].notna(), ["person_id", "generation"]].sort_values("person_id")
    ids = pd.Index(known["person_id"])
    codes, names = pd.factorize(known["generation"])
    source, target, weight, left_out_n = weighted_positions(ids, ties)
    return Wave(
        ids=ids,
        names=tuple(str(name) for name in names),
        codes=codes.astype(np.int64),
        source=source,
        target=target,
        weight=weight,
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
    source, target, _, left_out_n = weighted_positions(ids, ties)
    return source, target, left_out_n


def weighted_positions(ids: pd.Index, ties: pd.DataFrame) -> tuple[Ints, Ints, Floats, int]:
    """As `positions`, with the weight of each ordered pair: the sum over its rows, or 1 where ties have no weights.

    Examples
    --------
    >>> ties = pd.DataFrame({"source_id": ["b", "b"], "target_id": ["a", "a"], "weight": [2, 3]})
    >>> weighted_positions(pd.Index(["a", "b"]), ties)[2].tolist()
    [5.0]
    """
    _check_ends(ties)
    ends = [places(ids, ties[column]) for column in ENDS]
    inside = (ends[0] >= 0) & (ends[1] >= 0)
    kept = inside & (ends[0] != ends[1])
    keys = (ends[0] * len(ids) + ends[1])[kept]
    if has_weights(ties):
        pairs, place = np.unique(keys, return_inverse=True)
        added: Floats = np.bincount(place, ties[WEIGHT].to_numpy(dtype="float64")[kept], len(pairs)).astype(np.float64)
    else:
        pairs = distinct(keys)
        added = np.ones(len(pairs))
    source, target = np.divmod(pairs, max(len(ids), 1))
    return source, target, added, int((~inside).sum())


def stands(asked: Ints, keys: Ints) -> npt.NDArray[np.bool_]:
    """Which of the numbers asked for stand among the keys, which are in order.

    Examples
    --------
    >>> stands(np.array([4, 1, 9]), np.array([1, 3, 4])).tolist()
    [True, True, False]
    """
    if len(keys) == 0:
        return np.zeros(len(asked), dtype=np.bool_)
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.asarray(keys[place] == asked, dtype=np.bool_)


def distinct(keys: Ints) -> Ints:
    """Each number once, in order; by sorting, which takes a tenth of the time of hashing.

    Examples
    --------
    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ordered = np.sort(keys)
    new = np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)]
    return np.asarray(ordered[new], dtype=np.int64)


def either_way(net: Wave) -> Wave:
    """The network in which two people are tied, both ways, when either names the other; with the larger weight.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": ["a", "b", "c"], "generation": ["old", "young", "old"]})
    >>> ties = pd.DataFrame({"source_id": ["a", "b", "c"], "target_id": ["b", "a", "b"], "weight": [1, 3, 2]})
    >>> net = either_way(wave(people, ties))
    >>> net.source.tolist(), net.target.tolist(), net.weight.tolist()
    ([0, 1, 1, 2], [1, 0, 2, 1], [3.0, 3.0, 2.0, 2.0])
    """
    n = max(net.people_n, 1)
    keys = np.concatenate([net.source * n + net.target, net.target * n + net.source])
    weight = np.tile(net.weight, 2)
    order = np.argsort(keys, kind="stable")
    keys, weight = keys[order], weight[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])
    source, target = np.divmod(keys[first], n)
    return replace(
        net, source=source, target=target, weight=np.maximum.reduceat(weight, first) if len(first) else weight
    )


def has_weights(ties: pd.DataFrame) -> bool:
    """Whether ties carry weights; refuses weights that are missing here and there, or not above 0.

    Examples
    --------
    >>> has_weights(pd.DataFrame({"source_id": ["a"], "target_id": ["b"], "weight": [None]}))
    False
    """
    if WEIGHT not in ties.columns or ties[WEIGHT].isna().all():
        return False
    values = ties[WEIGHT].to_numpy(dtype="float64", na_value=np.nan)
    if not (np.isfinite(values) & (values > 0)).all():
        raise ValueError("weight: a number above 0 in every row, or in none")
    return True


def symmetrised(ties: pd.DataFrame, *, rule: Literal["either", "mutual"]) -> pd.DataFrame:
    """Undirected ties: one row for each pair of people, its ends in the order of their ids.

    Parameters
    ----------
    ties : DataFrame
        ``source_id``, ``target_id``, directed; optional ``weight``.
    rule : {"either", "mutual"}
        Whether one of the two has to name the other, or both.

    Returns
    -------
    DataFrame
        ``source_id``, ``target_id``; loops and repetitions taken out. With ``weight`` where the ties have one: the
        larger of the two directions (``either``) or the smaller (``mutual``).

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
    ordered = directed.assign(source_id=first, target_id=second)
    both = ordered.duplicated(ENDS, keep=False)
    if rule == "mutual":
        ordered = ordered[both]
    if WEIGHT in ordered.columns:
        # the first of each pair is kept: the larger weight, or the smaller
        ordered = ordered.sort_values(WEIGHT, ascending=rule == "mutual", kind="stable")
    return ordered.drop_duplicates(ENDS).sort_values(ENDS, ignore_index=True)


def both_directions(ties: pd.DataFrame) -> pd.DataFrame:
    """Each tie and its reverse: an undirected network in the form that measures of directed ties read.

    Where ties have a ``weight``, both directions get the larger of the two.

    Examples
    --------
    >>> both_directions(pd.DataFrame({"source_id": ["a"], "target_id": ["b"]})).to_numpy().tolist()
    [['a', 'b'], ['b', 'a']]
    """
    directed = _distinct(ties)
    columns = list(directed.columns)
    reverse = directed.rename(columns={"source_id": "target_id", "target_id": "source_id"})[columns]
    both = pd.concat([directed, reverse])
    if WEIGHT in columns:
        both = both.sort_values(WEIGHT, ascending=False, kind="stable")
    return both.drop_duplicates(ENDS).sort_values(ENDS, ignore_index=True)


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
    imposed = both_directions(pairs[ENDS])
    # only ties of two people who are in some pair have to be looked up
    near = ties["source_id"].isin(imposed["source_id"]) & ties["target_id"].isin(imposed["source_id"])
    out = near.to_numpy(copy=True)
    out[out] = pd.MultiIndex.from_frame(ties.loc[near, ENDS]).isin(pd.MultiIndex.from_frame(imposed))
    return ties.loc[~out].reset_index(drop=True)


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
    pairs = distinct(first * net.people_n + second)
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
    """Ties without loops and repetitions; weights of repeated rows are added up."""
    _check_ends(ties)
    weighted = has_weights(ties)
    ends = ties[[*ENDS, WEIGHT] if weighted else ENDS].dropna()
    ends = ends.loc[ends["source_id"] != ends["target_id"]]
    if weighted:
        return ends.groupby(ENDS, as_index=False, sort=False)[[WEIGHT]].sum()
    return ends.drop_duplicates()
