"""People drawn anew together with all their ties: how far a measure of the network could have been another.

Unit of analysis: the person. The vertex bootstrap of Snijders and Borgatti; memory stays bounded.

References
----------
Snijders TAB, Borgatti SP (1999). Non-parametric standard errors and tests for network statistics. Connections 22.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rmanalytics.measures.network.dyadic_se import effective_people, grouped_dyad_se
from rmanalytics.measures.network.nulls.permutation_null import chunk_rows, tiles
from rmanalytics.measures.network.ties import Ints, Wave
from rmanalytics.measures.rows import LIMITS, Floats


@dataclass(frozen=True, kw_only=True)
class Dyads:
    """Ties sorted by kind, and how often each pattern of kinds stands on an unordered pair of people.

    Parameters
    ----------
    people_n : int
        People.
    ends : tuple of pairs of arrays
        Source and target of the ties of each kind.
    patterns : array of float, shape (patterns, kinds)
        Ties of each kind that a pair with this pattern has.
    shares : array of float
        Share of all pairs that have each pattern; the rest have no tie.
    """

    people_n: int
    ends: tuple[tuple[Ints, Ints], ...]
    patterns: Floats
    shares: Floats


def dyads(people_n: int, source: Ints, target: Ints, kind: Ints, *, kinds_n: int) -> Dyads:
    """Sort ties by kind and count the patterns of unordered pairs.

    Examples
    --------
    Of the three pairs of three people one has a tie of kind 0 and one of kind 1 in the other direction:

    >>> found = dyads(3, np.array([0, 1]), np.array([1, 0]), np.array([0, 1]), kinds_n=2)
    >>> found.patterns.tolist(), found.shares.round(3).tolist()
    ([[1.0, 1.0]], [0.333])
    """
    keys, pair = np.unique(np.minimum(source, target) * people_n + np.maximum(source, target), return_inverse=True)
    table = np.zeros((len(keys), kinds_n))
    np.add.at(table, (pair, kind), 1.0)
    patterns, count = np.unique(table, axis=0, return_counts=True)
    ends = tuple((source[kind == k], target[kind == k]) for k in range(kinds_n))
    return Dyads(people_n=people_n, ends=ends, patterns=patterns, shares=count / max(math.comb(people_n, 2), 1))


def resampled_people(people_n: int, *, draws: int, rng: np.random.Generator) -> Iterator[Ints]:
    """How often each person is drawn, when as many people as there are are drawn with replacement; in chunks."""
    rows = chunk_rows(people_n)
    for start in range(0, draws, rows):
        k = min(rows, draws - start)
        drawn = rng.integers(people_n, size=(k, people_n)) + people_n * np.arange(k)[:, None]
        yield np.bincount(drawn.ravel(), minlength=k * people_n).reshape(k, people_n).astype(np.int64)


def resampled_ties(times: Ints, pairs: Dyads, *, rng: np.random.Generator) -> Floats:
    r"""Ties of each kind among people drawn anew: the vertex bootstrap.

    Parameters
    ----------
    times : array of int, shape (draws, people)
        How often each person was drawn.
    pairs : Dyads
        The network.
    rng : Generator
        For the pairs of a person with himself.

    Returns
    -------
    array of float, shape (draws, kinds)
        :math:`\sum_{(i,j)} m_i m_j` over the ties of a kind, and for each of the :math:`\sum m_i(m_i-1)/2` pairs of
        one person with himself the ties of a pair drawn from all pairs of the network, with the kinds that it has.
    """
    columns = np.ascontiguousarray(times.T.astype(np.uint8 if times.max() < 16 else np.uint32))
    sums = np.zeros((len(times), len(pairs.ends)))
    for kind, (source, target) in enumerate(pairs.ends):
        for part in tiles(len(source), len(times)):
            product = columns[source[part]] * columns[target[part]]
            sums[:, kind] += np.add.reduce(product, axis=0, dtype=np.uint32)
    selves = (times * (times - 1)).sum(axis=1) // 2
    rest = max(1.0 - float(pairs.shares.sum()), 0.0)
    filled = rng.multinomial(selves, np.append(pairs.shares, rest))[:, :-1]
    return np.asarray(sums + filled @ pairs.patterns, dtype=np.float64)


def resampled_pairs(times: Ints, codes: Ints, *, groups_n: int) -> Floats:
    """Ordered pairs of people of each two groups among people drawn anew, to match `resampled_ties`.

    Returns
    -------
    array of float, shape (draws, groups, groups)
        A person drawn twice is a pair as random as those that `resampled_ties` fills in.

    Examples
    --------
    Everybody drawn once gives the pairs that there are:

    >>> resampled_pairs(np.ones((1, 3), dtype=np.int64), np.array([0, 0, 1]), groups_n=2)[0].tolist()
    [[2.0, 2.0], [2.0, 0.0]]
    """
    n = len(codes)
    member = np.eye(groups_n)[codes]
    sizes, squares = times @ member, (times**2) @ member
    found = sizes[:, :, None] * sizes[:, None, :]
    own = np.arange(groups_n)
    found[:, own, own] -= squares
    people = member.sum(axis=0)
    real = np.outer(people, people) - np.diag(people)
    filled = (squares.sum(axis=1) - n) / (n * (n - 1))
    return np.asarray(found + filled[:, None, None] * real, dtype=np.float64)


def expected_external(net: Wave) -> float:
    """Ties between generations expected under dealt labels, or their weights."""
    sizes = net.sizes
    pairs = int((sizes * (sizes - 1)).sum())
    return net.strength * (1 - pairs / (net.people_n * (net.people_n - 1)))


def external(net: Wave) -> float:
    """Ties between generations, or their weights."""
    return float(net.weight[net.crossing].sum())


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Standard error of the E-I index of one wave or of its change, and the degrees of freedom that go with it."""

    se: float
    df: float


def index_spread(nets: tuple[Wave, ...]) -> Spread | None:
    """How far the E-I index of one wave, or its change from the first wave to the second, may be off by chance.

    Ties of one person, at both waves, count as dependent, the sizes of the generations as given; the degrees of
    freedom are those of as many people with equal shares of the ties. None where nothing varies: at a wave that all
    ties cross the generations or none does, or where two waves are the same.
    """
    people_n = nets[0].people_n
    parts, strength = [], np.zeros(people_n)
    for i, net in enumerate(nets):
        share = external(net) / net.strength
        if not 0 < share < 1:
            return None
        sign = 1.0 if i == len(nets) - 1 else -1.0
        parts.append(sign * 2 * net.weight * (net.crossing - share) / net.strength)
        strength += strength_of(net) / net.strength
    source = np.concatenate([net.source for net in nets])
    target = np.concatenate([net.target for net in nets])
    se = grouped_dyad_se(_joint_codes(nets), source, target, np.concatenate(parts))
    return None if se is None else Spread(se=se, df=effective_people(strength) - 1)


def strength_of(net: Wave) -> Floats:
    """Ties of each person in both directions, or their weights."""
    ends = np.concatenate([net.source, net.target])
    return np.bincount(ends, np.tile(net.weight, 2), net.people_n).astype(np.float64)


def _joint_codes(nets: tuple[Wave, ...]) -> Ints:
    """Groups of people who have the same generation as each other at every wave."""
    joint = nets[0].codes
    for net in nets[1:]:
        joint = joint * len(net.names) + net.codes
    return np.unique(joint, return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True, kw_only=True)
class IndexSample:
    """The E-I index and its excess over its expectation, one array of draws for each wave, weights left aside."""

    index: tuple[Floats, ...]
    excess: tuple[Floats, ...]


BOOTSTRAP_DRAWS = 2_000
MOST_CELLS = 100_000_000
"""Draws times ties up to which people are drawn anew: at 2,000 draws 50,000 ties."""


def worth_resampling(nets: tuple[Wave, ...], *, draws: int) -> bool:
    """Whether people are drawn anew: where ties have no weights, and not for more than `MOST_CELLS`."""
    return 0 < draws * sum(net.ties_n for net in nets) <= MOST_CELLS and not any(net.weighted for net in nets)


def resampled_index(nets: tuple[Wave, ...], *, rng: np.random.Generator, draws: int) -> IndexSample | None:
    """The index and its excess at each wave when people are drawn anew; None when ties vanish from too many draws."""
    source = np.concatenate([net.source for net in nets])
    target = np.concatenate([net.target for net in nets])
    kind = np.concatenate([2 * i + net.crossing.astype(np.int64) for i, net in enumerate(nets)])
    network = dyads(nets[0].people_n, source, target, kind, kinds_n=2 * len(nets))
    ties: list[Floats] = []
    within: list[list[Floats]] = [[] for _ in nets]
    for times in resampled_people(network.people_n, draws=draws, rng=rng):
        ties.append(resampled_ties(times, network, rng=rng))
        for i, net in enumerate(nets):
            within[i].append(_within_share(times, net.codes, groups_n=len(net.names)))
    counts = np.concatenate(ties)
    seen = np.all([counts[:, 2 * i] + counts[:, 2 * i + 1] > 0 for i in range(len(nets))], axis=0)
    if seen.mean() < 0.95:
        return None
    index, excess = [], []
    for i in range(len(nets)):
        internal, external = counts[seen, 2 * i], counts[seen, 2 * i + 1]
        value = (external - internal) / (external + internal)
        index.append(value)
        excess.append(value - (1 - 2 * np.concatenate(within[i])[seen]))
    return IndexSample(index=tuple(index), excess=tuple(excess))


def _within_share(times: Ints, codes: Ints, *, groups_n: int) -> Floats:
    pairs = resampled_pairs(times, codes, groups_n=groups_n)
    return np.asarray(np.trace(pairs, axis1=1, axis2=2) / pairs.sum(axis=(1, 2)), dtype=np.float64)


def limits(values: Floats) -> tuple[float, float]:
    """The middle 95% of the draws."""
    lo, hi = np.quantile(values, LIMITS)
    return float(lo), float(hi)
