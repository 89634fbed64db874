"""Mean and variance of the ties within groups over every way to deal the groups out, in closed form.

Unit of analysis: the person. No draws: the result is the same on every run.

References
----------
Mantel N (1967). https://pubmed.ncbi.nlm.nih.gov/6018555/
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from rmanalytics.measures.network.nulls import numba_kernels
from rmanalytics.measures.network.ties import Ints
from rmanalytics.measures.rows import Floats

LARGE = 200_000
"""From this many ties on a compiled kernel is worth its loading."""

_NOISE = 1e-14

Numbers = npt.NDArray[np.int64] | npt.NDArray[np.float64]


def internal_moments(
    codes: Ints,
    source: Ints,
    target: Ints,
    *,
    weight: Numbers | None = None,
    strata: npt.NDArray[np.integer] | None = None,
) -> tuple[float, float]:
    r"""Exact mean and variance of the ties (or their weight) within groups, over all labelings.

    Parameters
    ----------
    codes : array of int
        Group of each person, 0 and up.
    source, target : arrays of int
        Ends of each tie, two different people.
    weight : array of int or float, optional
        Weight of each tie.
    strata : array of int, optional
        Stratum of each person: labels are dealt out within each stratum only.

    Returns
    -------
    tuple of float
        Mean and variance. The variance of the ties between groups is the same, their mean the rest.

    Notes
    -----
    With :math:`w_p` the weight of the pair :math:`p` (its one tie or both), :math:`s_i` that of person :math:`i`,
    :math:`L` that of all ties, :math:`A_2 = \sum w_p^2`, :math:`A_1 = \sum s_i^2 - 2 A_2` and :math:`q_2, q_3, q_4` the
    chances that the two ends of one pair, of two pairs with a person in common, and of two pairs without one have
    equal labels:
    :math:`\mu = L q_2`, :math:`\sigma^2 = A_2 (q_2 - q_4) + A_1 (q_3 - q_4) + L^2 (q_4 - q_2^2)`. The chances are
    fractions of whole numbers, so nothing cancels. See `stratified_moments` for strata.

    References
    ----------
    Mantel N (1967). https://pubmed.ncbi.nlm.nih.gov/6018555/

    Examples
    --------
    Four people, two of each group, one tie: it lies within a group in one of three labelings.

    >>> mean, variance = internal_moments(np.array([0, 0, 1, 1]), np.array([0]), np.array([1]))
    >>> round(mean, 4), round(variance, 4)
    (0.3333, 0.2222)
    """
    if strata is not None:
        return stratified_moments(codes, source, target, strata=strata, weight=weight)
    n = len(codes)
    total, strengths, twos = pair_sums(n, source, target, weight)
    q2, q3, q4 = chances([int(size) for size in np.bincount(codes)])
    ones = strengths - 2 * twos
    if isinstance(total, int):
        variance = twos * (q2 - q4) + ones * (q3 - q4) + total**2 * (q4 - q2**2)
        return float(total * q2), float(variance)
    parts = twos * float(q2 - q4), ones * float(q3 - q4), total**2 * float(q4 - q2**2)
    return total * float(q2), _noiseless(math.fsum(parts), total)


def _noiseless(variance: float, total: float) -> float:
    return variance if variance > _NOISE * total**2 else 0.0


def chances(sizes: list[int]) -> tuple[Fraction, Fraction, Fraction]:
    """Chances of equal labels at both ends of one pair, of two pairs that share a person, and of two that do not.

    Examples
    --------
    >>> [str(chance) for chance in chances([2, 2])]
    ['1/3', '0', '1/3']
    """
    n = sum(sizes)
    pairs = sum(math.perm(size, 2) for size in sizes)
    squares = sum(math.perm(size, 2) ** 2 for size in sizes)
    both = sum(math.perm(size, 4) for size in sizes) + pairs**2 - squares
    return (
        Fraction(pairs, max(math.perm(n, 2), 1)),
        Fraction(sum(math.perm(size, 3) for size in sizes), max(math.perm(n, 3), 1)),
        Fraction(both, max(math.perm(n, 4), 1)),
    )


def pair_sums(n: int, source: Ints, target: Ints, weight: Numbers | None) -> tuple[Any, Any, Any]:
    """All weights, the squares of each person's and those of each unordered pair's, added up.

    Whole numbers of any size where the weights are.

    Examples
    --------
    >>> pair_sums(3, np.array([0, 1, 1]), np.array([1, 0, 2]), None)
    (3, 14, 5)
    """
    strength = strength_of(n, source, target, weight)
    reverse = reverse_ties(n, source, target)
    if reverse is None:
        return _pair_sums_of_repeated(n, source, target, weight, strength)
    forward = np.flatnonzero(reverse >= 0)
    if weight is None:
        return len(source), int(strength @ strength), len(source) + 2 * len(forward)
    own = weight @ weight + 2 * (weight[forward] @ weight[reverse[forward]])
    found = weight.sum(), strength @ strength, own
    return tuple(int(part) if np.issubdtype(weight.dtype, np.integer) else float(part) for part in found)  # type: ignore[return-value]


def reverse_ties(n: int, source: Ints, target: Ints, *, large: int | None = None) -> Ints | None:
    """Position of the tie back for each tie to a higher number, else -1; None where ties are out of order or repeated.

    Examples
    --------
    >>> reverse_ties(3, np.array([0, 1, 1]), np.array([1, 0, 2])).tolist()
    [1, -1, -1]
    """
    reverse = np.full(len(source), -1, dtype=np.int64)
    if (
        len(source) >= (LARGE if large is None else large)
        and (match := numba_kernels.machine_code(numba_kernels.match_reverse)) is not None
    ):
        starts = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=n))])
        return reverse if match(starts, source, target, reverse) else None
    keys = source * n + target
    if (np.diff(keys) <= 0).any():
        return None
    forward = np.flatnonzero(source < target)
    back = target[forward] * n + source[forward]
    at = np.searchsorted(keys, back)
    there = keys.take(at, mode="clip") == back
    reverse[forward[there]] = at[there]
    return reverse


def returned_n(n: int, source: Ints, target: Ints) -> int:
    """How many ties have one in the other direction; each ordered pair stands once, in rising order.

    Examples
    --------
    >>> returned_n(3, np.array([0, 1, 1]), np.array([1, 0, 2]))
    2
    """
    reverse = reverse_ties(n, source, target)
    if reverse is None:
        raise ValueError("ties: each ordered pair once, in rising order")
    return 2 * int((reverse >= 0).sum())


def _pair_sums_of_repeated(
    n: int, source: Ints, target: Ints, weight: Numbers | None, strength: Numbers
) -> tuple[Any, Any, Any]:
    keys = np.minimum(source, target) * n + np.maximum(source, target)
    if weight is None:
        own = np.unique(keys, return_counts=True)[1]
        return len(source), int(strength @ strength), int(own @ own)
    _, pair = np.unique(keys, return_inverse=True)
    if np.issubdtype(weight.dtype, np.integer):
        own = np.zeros(int(pair.max(initial=-1)) + 1, dtype=np.int64)
        np.add.at(own, pair, weight)
        return int(weight.sum()), int(strength @ strength), int(own @ own)
    own = np.bincount(pair, weight)
    return float(weight.sum()), float(strength @ strength), float(own @ own)


def strength_of(n: int, source: Ints, target: Ints, weight: Numbers | None) -> Numbers:
    """Weight of each person's ties in both directions."""
    if weight is None:
        return np.bincount(source, minlength=n) + np.bincount(target, minlength=n)
    found = np.bincount(source, weight, n) + np.bincount(target, weight, n)
    return found.astype(np.int64) if np.issubdtype(weight.dtype, np.integer) else found


def stratified_moments(
    codes: Ints,
    source: Ints,
    target: Ints,
    *,
    strata: npt.NDArray[np.integer],
    weight: Numbers | None = None,
) -> tuple[float, float]:
    r"""`internal_moments` where labels are dealt out within strata.

    Notes
    -----
    A person's label is an indicator vector :math:`x_i` with mean :math:`p_{s(i)}`, covariance :math:`\Sigma_s` and,
    for two people of a stratum, covariance :math:`-\Sigma_s/(n_s-1)`; strata are independent. With
    :math:`z_i = x_i - p_{s(i)}` a tie between strata counts
    :math:`z_i'z_j + p_t'x_i + p_s'x_j - p_s'p_t`. So the variance is the sum over strata of those of the ties within,
    of the linear part :math:`\sum x_i'b_i` and twice their covariance, and over pairs of strata of
    :math:`\operatorname{tr}(\Sigma_s\Sigma_t)\frac{n_s n_t}{(n_s-1)(n_t-1)}
    (\sum w^2 - \sum_i r_i^2/n_t - \sum_j r_j^2/n_s + W^2/(n_s n_t))` with :math:`r` the weight of a person to the
    other stratum and :math:`W` that between the two; all other covariances are zero.

    Examples
    --------
    Two strata with one of each group: the tie between them lies within a group in one of two cases.

    >>> ends = np.array([0]), np.array([2])
    >>> stratified_moments(np.array([0, 1, 0, 1]), *ends, strata=np.array([0, 0, 1, 1]))
    (0.5, 0.25)
    """
    net = _Strata(codes, strata)
    w = np.ones(len(source)) if weight is None else weight.astype(np.float64)
    within = net.of[source] == net.of[target]
    inner = _Inner(net, source[within], target[within], w[within])
    across = _pairs(len(codes), source[~within], target[~within], w[~within])
    shift, between = _linear(net, *across), _between(net, *across)
    mean = inner.mean + float(across[2] @ net.agreement(net.of[across[0]], net.of[across[1]]))
    variance = inner.variance + net.variance_of(shift) + 2 * inner.covariance(shift) + between
    return mean, _noiseless(variance, float(w.sum()))


class _Strata:
    """Sizes and shares of the groups in each stratum."""

    def __init__(self, codes: Ints, strata: npt.NDArray[np.integer]) -> None:
        self.of = np.unique(strata, return_inverse=True)[1]
        self.count, groups = int(self.of.max(initial=-1)) + 1, int(codes.max(initial=0)) + 1
        self.sizes = np.bincount(self.of * groups + codes, minlength=self.count * groups).reshape(self.count, groups)
        self.people = self.sizes.sum(axis=1).astype(np.float64)
        self.shares = self.sizes / self.people[:, None]
        self.scale = np.divide(self.people, self.people - 1, out=np.zeros(self.count), where=self.people > 1)

    def agreement(self, first: Ints, second: Ints) -> Floats:
        """Chance that people of two different strata have equal labels."""
        return np.asarray((self.shares[first] * self.shares[second]).sum(axis=1), dtype=np.float64)

    def variance_of(self, shift: Floats) -> float:
        """Variance of the sum of ``shift[i, label of i]``."""
        total = np.stack([np.bincount(self.of, column, self.count) for column in shift.T], axis=1)
        centred = shift - (total / self.people[:, None])[self.of]
        shares = self.shares[self.of]
        own = (shares * centred**2).sum(axis=1) - (shares * centred).sum(axis=1) ** 2
        return float(own @ self.scale[self.of])


class _Inner:
    """Ties within strata: mean, variance, and covariance with a sum over people."""

    def __init__(self, net: _Strata, source: Ints, target: Ints, weight: Floats) -> None:
        self.net = net
        n = len(net.of)
        first, _, pair_weight = _pairs(n, source, target, weight)
        own = net.of[source]
        self.total = np.bincount(own, weight, net.count)
        self.strength = np.bincount(source, weight, n) + np.bincount(target, weight, n)
        twos = np.bincount(net.of[first], pair_weight**2, net.count)
        ones = np.bincount(net.of, self.strength**2, net.count) - 2 * twos
        used = np.flatnonzero(self.total)
        self.mean = self.variance = 0.0
        self._chance = np.zeros(net.count)
        for s in used.tolist():
            q2, q3, q4 = chances(net.sizes[s].tolist())
            self._chance[s] = float(q2)
            self.mean += self.total[s] * float(q2)
            square = self.total[s] ** 2
            self.variance += math.fsum((twos[s] * float(q2 - q4), ones[s] * float(q3 - q4), square * float(q4 - q2**2)))

    def covariance(self, shift: Floats) -> float:
        """With the sum of ``shift[i, label of i]``."""
        net = self.net
        pairs = np.maximum(net.people * (net.people - 1), 1)
        member = net.sizes * (net.sizes - 1) / pairs[:, None] - self._chance[:, None] * net.shares
        other = np.divide(
            -2 * member, net.people[:, None] - 2, out=np.zeros_like(member), where=net.people[:, None] > 2
        )
        total = 0.0
        for g, column in enumerate(shift.T):
            near = np.bincount(net.of, self.strength * column, net.count)
            everyone = np.bincount(net.of, column, net.count)
            total += float((member[:, g] - other[:, g]) @ near + other[:, g] @ (everyone * self.total))
        return total


def _pairs(n: int, source: Ints, target: Ints, weight: Floats) -> tuple[Ints, Ints, Floats]:
    """Unordered pairs and their weight."""
    keys, pair = np.unique(np.minimum(source, target) * n + np.maximum(source, target), return_inverse=True)
    first, second = np.divmod(keys, n)
    return first, second, _sums(pair, weight, len(keys))


def _sums(which: Ints, weight: Floats, count: int) -> Floats:
    return np.asarray(np.bincount(which, weight, count), dtype=np.float64)


def _linear(net: _Strata, first: Ints, second: Ints, weight: Floats) -> Floats:
    """What each label of each person adds on average through the ties to other strata."""
    n, groups = len(net.of), net.sizes.shape[1]
    found = np.empty((n, groups))
    for g in range(groups):
        share = net.shares[:, g]
        found[:, g] = np.bincount(first, weight * share[net.of[second]], n)
        found[:, g] += np.bincount(second, weight * share[net.of[first]], n)
    return found


def _between(net: _Strata, first: Ints, second: Ints, weight: Floats) -> float:
    """Variance of the ties between strata beyond what either end adds by itself."""
    swap = net.of[first] > net.of[second]
    first, second = np.where(swap, second, first), np.where(swap, first, second)
    cells, cell = np.unique(net.of[first] * net.count + net.of[second], return_inverse=True)
    s, t = np.divmod(cells, net.count)

    def squares(ends: Ints) -> Floats:
        keys, which = np.unique(cell * len(net.of) + ends, return_inverse=True)
        sums = np.bincount(which, weight, len(keys))
        return _sums(keys // len(net.of), np.square(sums, dtype=np.float64), len(cells))

    total, people = np.bincount(cell, weight, len(cells)), net.people
    left = np.bincount(cell, weight**2, len(cells)) - squares(first) / people[t] - squares(second) / people[s]
    left += total**2 / (people[s] * people[t])
    p, q = net.shares[s], net.shares[t]
    trace = (p * q).sum(axis=1) - (p**2 * q).sum(axis=1) - (p * q**2).sum(axis=1) + (p * q).sum(axis=1) ** 2
    return float((trace * net.scale[s] * net.scale[t]) @ left)
