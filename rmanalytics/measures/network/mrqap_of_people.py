"""Do ties follow from what two people have in common: MRQAP for a whole company, without a row for every pair.

Unit of analysis: the dyad, an ordered pair of people. What explains a tie here is made of people's attributes (the
same unit, levels apart), so that people who change places need counts of attributes, not tables of pairs.

References
----------
Dekker D, Krackhardt D, Snijders TAB (2007). Sensitivity of MRQAP tests to collinearity and autocorrelation
conditions. https://doi.org/10.1007/s11336-007-9016-1
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.network.nulls.permutation_null import p_of
from rmanalytics.measures.network.qap import DEPENDENT, MRQAP, PERFECT, SAME_FOR_ALL, TOO_FEW_PEOPLE
from rmanalytics.measures.network.ties import Ints, positions
from rmanalytics.measures.rows import LEAST_PEOPLE, Floats, Z, check_rows
from rmanalytics.results import Curve, NotEstimable

_CELLS = 1 << 20
_NOISE = 1e-9


@dataclass(frozen=True)
class Likeness:
    """One predictor: the code of each person, and the value for every two codes."""

    codes: Ints
    table: Floats


@measure
def mrqap_of_people(
    people: pd.DataFrame,
    ties: pd.DataFrame,
    *,
    same: Sequence[str],
    gap: Sequence[str],
    rng: np.random.Generator,
    seed: int,
    draws: int = 2_000,
) -> Curve | NotEstimable:
    r"""Regression of ties on what two people have in common, over all ordered pairs of people.

    Parameters
    ----------
    people : DataFrame
        ``person_id`` (each once) and the columns named; people with a missing value are left out, and counted.
    ties : DataFrame
        ``source_id``, ``target_id``, directed; loops are dropped, repeated rows count once.
    same : sequence of str
        Columns of groups; the predictor ``same_<column>`` is 1 where two people are of one group.
    gap : sequence of str
        Columns of numbers with few values; the predictor ``<column>_gap`` is how far apart two people are.
    rng, seed
        Source of chance, and its seed for the record.
    draws : int
        Times that people change places; the same places for every predictor.

    Returns
    -------
    Curve or NotEstimable
        ``points``, one row a predictor: ``predictor``, ``coefficient`` (ties for each pair, by unit of the
        predictor), ``lo``, ``hi`` (missing where no variance can be had), ``t``, ``p_value`` (two-sided), ``mc_se``.
        ``points.attrs``: ``people_n``, ``ties_n``, ``excluded_n``, ``intercept``, ``seed``, ``draws``.

    Raises
    ------
    ValueError
        When a column is missing, or a person stands twice.

    Notes
    -----
    Not estimable with fewer than six people, without variation in ties, when a predictor follows from the others, or
    when they explain the ties without rest. The numbers are those of `mrqap` on all pairs: double semi-partialling,
    where each predictor is freed of the others, the people of the rest change places, and :math:`t` is taken anew.
    With :math:`C` the counts of (attribute a of who comes, attribute b of whose place it is), the product of a moved
    predictor with another is :math:`\sum (C^\top F_a C) \circ F_b`, less the pairs of people with themselves.

    References
    ----------
    Dekker D, Krackhardt D, Snijders TAB (2007). https://doi.org/10.1007/s11336-007-9016-1

    Examples
    --------
    Ties of one generation in 2 of 12 pairs, of two in 1 of 18: the coefficient is 2/12 - 1/18.

    >>> people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["old"] * 3 + ["young"] * 3})
    >>> ties = pd.DataFrame({"source_id": list("abd"), "target_id": list("bca")})
    >>> curve = mrqap_of_people(people, ties, same=["generation"], gap=[], rng=np.random.default_rng(1), seed=1)
    >>> curve.points["coefficient"].round(4).tolist()
    [0.1111]
    """
    columns = [*same, *gap]
    check_rows(people, ["person_id", *columns], key=["person_id"])
    known = people.dropna(subset=columns).sort_values("person_id")
    n, pairs = len(known), len(known) * (len(known) - 1)
    name, unit = "mrqap", "coefficient"
    if n < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_PEOPLE, n=pairs, values={"least": LEAST_PEOPLE})
    source, target, _ = positions(pd.Index(known["person_id"]), ties)
    if len(source) in (0, pairs):
        return NotEstimable(name=name, unit=unit, reason=SAME_FOR_ALL, n=pairs)
    likes = [_same(known[column]) for column in same] + [_gap(known[column]) for column in gap]
    places = np.arange(n)[None, :]
    between = _products(likes, places)[0]
    sums = np.array([_sum(like) for like in likes])
    gram = np.block([[np.array([[float(pairs)]]), sums[None, :]], [sums[:, None], between]])
    with_ties = np.concatenate([[float(len(source))], _with_ties(likes, places, source, target)[0]])
    if np.linalg.matrix_rank(gram / np.outer(*[np.sqrt(np.maximum(np.diag(gram), 1.0))] * 2)) < len(gram):
        return NotEstimable(name=name, unit=unit, reason=DEPENDENT, n=pairs)
    inverse = np.linalg.inv(gram)
    coefficient = inverse @ with_ties
    rest = float(len(source) - coefficient @ with_ties)
    if rest <= _NOISE * len(source) * (1 - len(source) / pairs):
        return NotEstimable(name=name, unit=unit, reason=PERFECT, n=pairs)
    df = pairs - len(gram)
    t = coefficient / np.sqrt(np.diag(inverse) * rest / df)
    se = _robust_se(likes, coefficient, inverse, source, target)
    drawn = np.concatenate(list(_permuted_t(likes, gram, with_ties, source, target, rng=rng, draws=draws)))
    tests = [
        p_of(int((np.abs(drawn[:, k]) >= abs(t[k + 1]) - _NOISE).sum()), draws, exact=False) for k in range(len(likes))
    ]
    points = pd.DataFrame(
        {
            "predictor": [*(f"same_{column}" for column in same), *(f"{column}_gap" for column in gap)],
            "coefficient": coefficient[1:],
            "lo": (coefficient - Z * se)[1:],
            "hi": (coefficient + Z * se)[1:],
            "t": t[1:],
            "p_value": [p for p, _ in tests],
            "mc_se": [error for _, error in tests],
        }
    )
    points.attrs = {
        "people_n": n,
        "ties_n": len(source),
        "excluded_n": len(people) - n,
        "intercept": float(coefficient[0]),
        "seed": seed,
        "draws": draws,
    }
    return Curve(name=name, unit=unit, points=points, n=pairs, unit_of_analysis="dyad", method=MRQAP)


def _same(column: pd.Series[str]) -> Likeness:
    codes, names = pd.factorize(column)
    return Likeness(codes.astype(np.int64), np.eye(len(names)))


def _gap(column: pd.Series[float]) -> Likeness:
    values, codes = np.unique(column.to_numpy(dtype="float64"), return_inverse=True)
    return Likeness(codes.astype(np.int64), np.abs(values[:, None] - values[None, :]))


def _sum(like: Likeness) -> float:
    """The predictor added up over all ordered pairs of different people."""
    count = np.bincount(like.codes, minlength=len(like.table)).astype(np.float64)
    return float(count @ like.table @ count - count @ np.diag(like.table))


def _products(likes: Sequence[Likeness], places: Ints) -> Floats:
    """Moved predictor a times predictor b, added up over the pairs: one table for each row of places."""
    draws = len(places)
    found = np.empty((draws, len(likes), len(likes)))
    for a, moved in enumerate(likes):
        comes = moved.codes[places]
        own = np.diag(moved.table)[comes]
        for b, fixed in enumerate(likes):
            shape = (draws, len(moved.table), len(fixed.table))
            cell = (np.arange(draws)[:, None] * shape[1] + comes) * shape[2] + fixed.codes
            counts = np.bincount(cell.ravel(), minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)
            through = np.einsum("rab,ac,rcd->rbd", counts, moved.table, counts, optimize=True)
            found[:, a, b] = (through * fixed.table).sum(axis=(1, 2)) - own @ np.diag(fixed.table)[fixed.codes]
    return found


def _with_ties(likes: Sequence[Likeness], places: Ints, source: Ints, target: Ints) -> Floats:
    """Each moved predictor added up over the ties, one row for each row of places."""
    found = np.empty((len(places), len(likes)))
    for a, moved in enumerate(likes):
        comes = moved.codes[places]
        width = len(moved.table)
        found[:, a] = moved.table.ravel()[comes[:, source] * width + comes[:, target]].sum(axis=1)
    return found


def _permuted_t(
    likes: Sequence[Likeness],
    gram: Floats,
    with_ties: Floats,
    source: Ints,
    target: Ints,
    *,
    rng: np.random.Generator,
    draws: int,
) -> Iterator[Floats]:
    """The t of each predictor when the people of its rest, freed of the other predictors, have changed places."""
    n, ties_n, df = len(likes[0].codes), len(source), gram[0, 0] - len(gram)
    rows = max(_CELLS // max(n, ties_n), 1)
    free = [_freed(gram, with_ties, k) for k in range(1, len(gram))]
    for start in range(0, draws, rows):
        places = rng.permuted(np.broadcast_to(np.arange(n), (min(rows, draws - start), n)), axis=1)
        moved = np.zeros((len(places), len(gram), len(gram)))
        moved[:, 0, :], moved[:, :, 0] = gram[0], gram[0]
        moved[:, 1:, 1:] = _products(likes, places)
        along = np.column_stack([np.full(len(places), float(ties_n)), _with_ties(likes, places, source, target)])
        found = np.empty((len(places), len(likes)))
        for k, (weights, others, inverse, size, rest) in enumerate(free):
            # the freed predictor is a sum of predictors with these weights, and moves as they do
            beside = np.einsum("a,rab->rb", weights, moved)[:, others]
            left = size - np.einsum("ra,ab,rb->r", beside, inverse, beside)
            shared = along @ weights - beside @ (inverse @ with_ties[others])
            r = np.divide(shared, np.sqrt(np.maximum(left * rest, 0.0)), out=np.zeros(len(left)), where=left > _NOISE)
            found[:, k] = r * np.sqrt(df / np.maximum(1 - r**2, _NOISE))
        yield found


def _freed(gram: Floats, with_ties: Floats, k: int) -> tuple[Floats, npt.NDArray[np.intp], Floats, float, float]:
    """Predictor k freed of the others: its weights, the others, their inverse, its size, and what ties keep of them."""
    others = np.delete(np.arange(len(gram)), k)
    inverse = np.asarray(np.linalg.inv(gram[np.ix_(others, others)]), dtype=np.float64)
    weights: Floats = np.zeros(len(gram))
    weights[k] = 1.0
    weights[others] = -inverse @ gram[others, k]
    size = float(weights @ gram @ weights)
    rest = float(with_ties[0] - with_ties[others] @ inverse @ with_ties[others])
    return weights, others, inverse, size, rest


def _robust_se(likes: Sequence[Likeness], coefficient: Floats, inverse: Floats, source: Ints, target: Ints) -> Floats:
    """Standard errors that treat all pairs of one person as dependent; missing where negative."""
    n, k = len(likes[0].codes), len(coefficient)
    person, dyads = np.zeros((n, k)), np.zeros((k, k))
    rows = max(_CELLS // (n * k), 1)
    for start in range(0, n, rows):
        block = np.arange(start, min(start + rows, n))
        x = np.stack([np.ones((len(block), n)), *(f.table[f.codes[block]][:, f.codes] for f in likes)], axis=2)
        rest = -2 * (x @ coefficient)
        for first, second in ((source, target), (target, source)):
            mine = (first >= block[0]) & (first <= block[-1])
            np.add.at(rest, (first[mine] - start, second[mine]), 1.0)
        rest[np.arange(len(block)), block] = 0.0
        scores = (x * rest[:, :, None]).reshape(-1, k)
        person[block] = scores.reshape(len(block), n, k).sum(axis=1)
        dyads += scores.T @ scores / 2
    variance = np.diag(inverse @ (person.T @ person - dyads) @ inverse)
    return np.sqrt(np.where(variance > 0, variance, np.nan))
