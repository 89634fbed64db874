"""Who names whom dealt out anew, while everybody names as many and is named by as many as before.

Unit of analysis: the tie. Popular and busy people stay so: what is left is whether ties keep to generations more than
the number of ties of each person explains.

References
----------
Fosdick BK, Larremore DB, Nishimura J, Ugander J (2018). Configuring random graph models with fixed degree sequences.
https://doi.org/10.1137/16M1087175
Besag J, Clifford P (1989). Generalized Monte Carlo significance tests. https://doi.org/10.1093/biomet/76.4.633
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr

from rmanalytics.containment import measure
from rmanalytics.measures.network.ei_index import index_limits, not_estimable
from rmanalytics.measures.network.nulls.permutation_null import p_of
from rmanalytics.measures.network.ties import UNKNOWN_GENERATION, Ints, Wave, wave
from rmanalytics.measures.network.vertex_bootstrap import index_spread
from rmanalytics.results import Estimate, NotEstimable

NO_REWIRING = "no two ties can exchange their ends"
SAME_AFTER_REWIRING = "every network with these numbers of ties has the same index"
REWIRED = "E-I index less that of networks in which everybody has as many ties; test by exchange of tie ends"
CONFIGURED = "E-I index less that of networks in which everybody has as many ties; test in closed form"

SWEEPS = 12
"""Rounds of exchanges between the network and each draw: every tie is put up for exchange about ten times."""
MOST_WORK = 2_000_000
"""Draws times ties that are gone through; fewer draws where there are more ties."""
LEAST_DRAWS = 199
MOST_TIES = MOST_WORK // LEAST_DRAWS
"""Ties up to which ends are exchanged one by one; above, the closed form of the configuration model."""

_OFFERED = 0.9
_CELLS = 1 << 15
_NOISE = 1e-9

Ties = npt.NDArray[np.uint64]
_HALF, _ROW, _ONE, _TWO = np.uint64(22), np.uint64(44), np.uint64(1), np.uint64(2)
_TARGET = np.uint64((1 << 22) - 1)
"""A tie is one number: its target, its source and the network that it belongs to, 22, 22 and 20 bits."""
_MOST_ROWS = 1 << 12


@measure
def ei_degree_null(
    people: pd.DataFrame, ties: pd.DataFrame, *, rng: np.random.Generator, seed: int, draws: int = 1_000
) -> Estimate | NotEstimable:
    r"""E-I index less what it would be by chance, given how many people each person names and is named by.

    Parameters
    ----------
    people : DataFrame
        ``person_id`` (each once) and ``generation`` (missing = unknown).
    ties : DataFrame
        ``source_id``, ``target_id``, directed; loops are dropped, repeated rows count once, weights are passed over.
    rng : Generator
        Source of chance.
    seed : int
        Its seed, for the record.
    draws : int
        Networks drawn, at most: no more than 2 million ties in all draws together are gone through.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``index``: below 0 where the generations keep to themselves more than the numbers of ties explain.
        ``p_value`` two-sided. ``extra``: ``index``, ``expected`` (mean of the drawn networks), ``expected_mc_se`` (its
        Monte-Carlo error), ``null_sd``, ``configuration_expected`` and ``configuration_sd`` (closed form), ``moved``
        (share of ties that a draw has and the network has not), ``p_lower``.

    Raises
    ------
    ValueError
        When a column is missing or a person stands twice.

    Notes
    -----
    Not estimable when `ei_index` is not, or when no exchange changes the index.

    Two ties a→b, c→d become a→d, c→b where that makes no loop and no tie that exists (double edge swap). Ties are
    paired at random and all pairs exchange at once; pairs that would be in each other's way wait. The walk is as
    likely one way as back, so all networks that it reaches are equally likely. It goes 12 rounds from the network to
    one that nobody looks at, and from there 12 rounds to each draw: then network and draws are exchangeable, and
    :math:`p = (1 + \#extreme)/(1 + draws)` holds however fast the walk mixes (Besag and Clifford). Some numbers of
    ties allow networks that only the reversal of a directed triangle reaches; it leaves every tie between
    generations one, so the index knows no difference.

    Above 10,000 ties the closed form takes over: with :math:`a_g, b_g` the ties that start and end in a generation,
    the number within generations is that of a random matching, with mean :math:`\sum a_g b_g/L`, its exact variance,
    and the loops :math:`\sum_i out_i in_i / L` taken off; p is that of a normal deviate, without draws.

    The interval is that of `ei_index` less the expectation.

    References
    ----------
    Fosdick BK, Larremore DB, Nishimura J, Ugander J (2018). https://doi.org/10.1137/16M1087175
    Besag J, Clifford P (1989). https://doi.org/10.1093/biomet/76.4.633
    Hoeffding W (1951). A combinatorial central limit theorem. https://doi.org/10.1214/aoms/1177729545

    Examples
    --------
    Each of six people names one and is named by one. Of the 265 ways to do so the mean has 3.6 of 6 ties across:

    >>> people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["old"] * 3 + ["young"] * 3})
    >>> ties = pd.DataFrame({"source_id": list("abcdef"), "target_id": list("bcaefd")})
    >>> result = ei_degree_null(people, ties, rng=np.random.default_rng(1), seed=1, draws=4000)
    >>> result.extra["index"], abs(result.extra["expected"] - 0.2) < 0.03
    (-1.0, True)
    """
    net = wave(people, ties)
    name, unit = "ei_degree_null", "index"
    refused = not_estimable(net, name=name, unit=unit)
    if refused is not None:
        return refused
    total, crossing = net.ties_n, int(net.crossing.sum())
    mean, sd = configured_internal(net)
    index = 2 * crossing / total - 1
    extra = {
        "index": index,
        "configuration_expected": 1 - 2 * mean / total,
        "configuration_sd": 2 * sd / total,
    }
    drawn_n = None
    mc_se = None
    if total > MOST_TIES:
        if sd == 0:
            return NotEstimable(name=name, unit=unit, reason=SAME_AFTER_REWIRING, n=net.people_n)
        expected, spread = extra["configuration_expected"], extra["configuration_sd"]
        p, p_lower = 2 * float(ndtr(-abs(index - expected) / spread)), float(ndtr((index - expected) / spread))
    else:
        drawn_n = max(min(draws, MOST_WORK // total), 1)
        counts, moved = rewired_crossing(net, rng=rng, draws=drawn_n)
        if moved == 0:
            return NotEstimable(name=name, unit=unit, reason=NO_REWIRING, n=net.people_n)
        if len(np.unique(counts)) == 1 and counts[0] == crossing:
            return NotEstimable(name=name, unit=unit, reason=SAME_AFTER_REWIRING, n=net.people_n)
        middle = float(counts.mean())
        expected, spread = 2 * middle / total - 1, 2 * float(counts.std()) / total
        far = np.abs(counts - middle) >= abs(crossing - middle) - _NOISE
        p, mc_se = p_of(int(far.sum()), drawn_n, exact=False)
        p_lower, _ = p_of(int((counts <= crossing).sum()), drawn_n, exact=False)
        extra |= {"expected_mc_se": spread / math.sqrt(drawn_n), "moved": moved}
    extra |= {"expected": expected, "null_sd": spread, "p_lower": p_lower}
    lo, hi = index_limits(net, index_spread((net,)))
    return Estimate(
        name=name,
        unit=unit,
        value=index - expected,
        lo=None if lo is None else lo - expected,
        hi=None if hi is None else hi - expected,
        n=net.people_n,
        unit_of_analysis="person",
        method=CONFIGURED if drawn_n is None else REWIRED,
        n_excluded=net.unknown_n,
        excluded_reason=UNKNOWN_GENERATION if net.unknown_n else "",
        p_value=p,
        draws=drawn_n,
        seed=None if drawn_n is None else seed,
        mc_se=mc_se,
        extra=extra,
    )


def configured_internal(net: Wave) -> tuple[float, float]:
    """Mean and standard deviation of the ties within generations when starts and ends of ties are matched at random.

    Loops are taken off the mean in first order; repeated ties are not.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["old"] * 3 + ["young"] * 3})
    >>> ties = pd.DataFrame({"source_id": list("abcdef"), "target_id": list("bcaefd")})
    >>> mean, sd = configured_internal(wave(people, ties))
    >>> round(mean, 3), round(sd, 3)
    (2.4, 1.342)
    """
    groups, total = len(net.names), net.ties_n
    out = np.bincount(net.codes[net.source], minlength=groups)
    into = np.bincount(net.codes[net.target], minlength=groups)
    degree_out = np.bincount(net.source, minlength=net.people_n)
    degree_in = np.bincount(net.target, minlength=net.people_n)
    within = float(out @ into) / total
    loops = float(degree_out @ degree_in) / total
    mean = (within - loops) * total / (total - loops) if loops < total else within
    # a matching is a permutation of the ends: Hoeffding's variance of the sum of 1 where both groups are the same
    score = np.eye(groups)
    centred = score - (into / total)[:, None] - (out / total)[None, :] + within / total
    variance = float((np.outer(out, into) * centred**2).sum()) / max(total - 1, 1)
    return mean, math.sqrt(max(variance, 0.0))


def rewired_crossing(net: Wave, *, rng: np.random.Generator, draws: int) -> tuple[Ints, float]:
    """Ties between generations in networks where everybody has as many ties, and the share of ties that are new."""
    tied, ends = np.unique(np.concatenate([net.source, net.target]), return_inverse=True)
    codes, total = net.codes[tied], net.ties_n
    known = packed(ends[:total], ends[total:])
    hub = known[None, :]
    for _ in range(SWEEPS):
        hub = exchanged(hub, rng=rng)
    rows = min(max(_CELLS // total, 1), _MOST_ROWS)
    counts: list[Ints] = []
    new = 0.0
    for start in range(0, draws, rows):
        drawn = np.repeat(hub, min(rows, draws - start), axis=0)
        for _ in range(SWEEPS):
            drawn = exchanged(drawn, rng=rng)
        source, target = unpacked(drawn)
        counts.append((codes[source] != codes[target]).sum(axis=1))
        new += 1 - float(np.isin(drawn[0], known).mean())
    return np.concatenate(counts).astype(np.int64), new / len(counts)


def packed(source: Ints, target: Ints) -> Ties:
    """One number for each tie.

    Examples
    --------
    >>> [ends.tolist() for ends in unpacked(packed(np.array([1, 2]), np.array([3, 0])))]
    [[1, 2], [3, 0]]
    """
    return (source.astype(np.uint64) << _HALF) | target.astype(np.uint64)


def unpacked(ties: Ties) -> tuple[Ints, Ints]:
    """Both ends of each tie."""
    return (ties >> _HALF).astype(np.int64), (ties & _TARGET).astype(np.int64)


def exchanged(ties: Ties, *, rng: np.random.Generator) -> Ties:
    """One round of exchanges in each of several networks (rows): ties in pairs, all pairs at once.

    A pair exchanges its targets unless a coin says no, a loop would come about, or a tie that it has or would get is
    one that another pair of the same network has or might get. That rule reads the same from the network that comes
    out of it, so the round is as likely as its reverse. Ties are looked up by a hash that every round salts anew;
    two ties that share a place by accident wait for another round.

    Examples
    --------
    Two ties can only exchange their ends, or not:

    >>> rng = np.random.default_rng(1)
    >>> start = packed(np.array([[0, 2]]), np.array([[1, 3]]))
    >>> drawn = {tuple(unpacked(np.sort(exchanged(start, rng=rng)))[1].ravel().tolist()) for _ in range(20)}
    >>> sorted(drawn)
    [(1, 3), (3, 1)]
    """
    rows, total = ties.shape
    half = total // 2
    if half == 0:
        return ties
    ties = rng.permuted(ties, axis=1)
    first, second = ties[:, :half].ravel(), ties[:, half : 2 * half].ravel()
    a, b, c, d = first >> _HALF, first & _TARGET, second >> _HALF, second & _TARGET
    offered = rng.random(len(first), dtype=np.float32) < _OFFERED
    offered &= (a != c) & (b != d) & (a != d) & (c != b)
    chosen = np.flatnonzero(offered)
    swapped = (a[chosen] << _HALF) | d[chosen], (c[chosen] << _HALF) | b[chosen]
    bits = max((rows * total - 1).bit_length() + 4, 4)
    salt, shift = rng.integers(1 << 63, dtype=np.uint64) * _TWO + _ONE, np.uint64(64 - bits)
    row = np.repeat(np.arange(rows, dtype=np.uint64) << _ROW, half)
    pair = np.arange(rows * half, dtype=np.int32)
    held = [((one | row) * salt) >> shift for one in (first, second)]
    wanted = [((one | row[chosen]) * salt) >> shift for one in swapped]
    claims = [(held[0], pair), (held[1], pair), (wanted[0], pair[chosen]), (wanted[1], pair[chosen])]
    if total > 2 * half:
        alone = ties[:, -1] | (np.arange(rows, dtype=np.uint64) << _ROW)
        claims.append(((alone * salt) >> shift, np.full(rows, -2, dtype=np.int32)))
    owner = np.empty(1 << bits, dtype=np.int32)
    for place, claimant in claims:
        owner[place] = claimant
    for place in [place[owner[place] != claimant] for place, claimant in claims]:
        owner[place] = -1
    mine = pair[chosen]
    free = np.logical_and.reduce(
        [owner[place] == mine for place in (held[0][chosen], held[1][chosen], wanted[0], wanted[1])]
    )
    moved = chosen[free]
    first[moved], second[moved] = swapped[0][free], swapped[1][free]
    ties[:, :half], ties[:, half : 2 * half] = first.reshape(rows, half), second.reshape(rows, half)
    return ties
