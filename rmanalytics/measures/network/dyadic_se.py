"""Standard errors that know that ties sharing a person are not independent.

Unit of analysis: the pair of people. No draws: the result is the same on every run.

References
----------
Aronow PM, Samii C, Assenova VA (2015). Cluster-robust variance estimation for dyadic data.
https://doi.org/10.1093/pan/mpv018
Carter AV, Schnepel KT, Steigerwald DG (2017). Asymptotic behavior of a t-test robust to cluster heterogeneity.
https://doi.org/10.1162/REST_a_00639
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtr, stdtrit

from rmanalytics.measures.network.nulls.closed_form import reverse_ties
from rmanalytics.measures.network.ties import Ints
from rmanalytics.measures.rows import UPPER, Floats, Z

_NOISE = 1e-12


def dyad_robust_se(people_n: int, source: Ints, target: Ints, influence: Floats) -> float | None:
    r"""Standard error of a network statistic from what each tie adds to it.

    Parameters
    ----------
    people_n : int
        People.
    source, target : arrays of int
        Ends of the ties.
    influence : array of float
        First-order change of the statistic through each tie; adds up to 0 over the network.

    Returns
    -------
    float or None
        :math:`\sqrt{\sum_i S_i^2 - \sum_d \phi_d^2}`, with :math:`\phi_d` the sum over the ties of an unordered pair
        and :math:`S_i` the sum over the pairs of a person. None where that is not positive.

    Examples
    --------
    Pairs ab and bc with 0.3, pair de with -0.6. Persons: 0.3, 0.6, 0.3, -0.6, -0.6; 1.26 - 0.54 = 0.72:

    >>> round(dyad_robust_se(5, np.array([0, 1, 3]), np.array([1, 2, 4]), np.array([0.3, 0.3, -0.6])) ** 2, 6)
    0.72
    """
    person = np.bincount(source, influence, people_n) + np.bincount(target, influence, people_n)
    variance = float(person @ person) - pair_squares(people_n, source, target, influence)
    return math.sqrt(variance) if variance > _NOISE else None


def grouped_dyad_se(codes: Ints, source: Ints, target: Ints, influence: Floats) -> float | None:
    r"""Standard error of a network statistic, the sizes of the groups as given.

    Parameters
    ----------
    codes : array of int, one a person
        Group of each person, 0 and up.
    source, target : arrays of int
        Ends of the ties.
    influence : array of float
        First-order change of the statistic through each tie.

    Returns
    -------
    float or None
        None where nothing varies.

    Notes
    -----
    What an ordered pair of people of two groups adds on average, tied or not, is taken off first: it is due to the
    sizes of the groups, which are given. With :math:`\phi_d` the rest of an unordered pair, :math:`S_i` the sum over
    the pairs of a person, :math:`n` people and :math:`G` groups the variance is
    :math:`\max(\tfrac{n}{n-G}\sum_i S_i^2 - \sum_d \phi_d^2,\ \sum_d \phi_d^2)`: ties of one person count as
    dependent, and never as less varied than if they were independent.

    Examples
    --------
    Six people of two groups, one tie within each and one between them: the shares of pairs are taken off.

    >>> codes = np.array([0, 0, 0, 1, 1, 1])
    >>> se = grouped_dyad_se(codes, np.array([0, 3, 0]), np.array([1, 4, 3]), np.array([-1.0, -1.0, 2.0]) / 3)
    >>> round(se, 3)
    0.737
    """
    n, groups = len(codes), int(codes.max()) + 1
    sizes = np.bincount(codes, minlength=groups)
    pairs = np.outer(sizes, sizes) - np.diag(sizes)
    sums = np.bincount(codes[source] * groups + codes[target], influence, groups**2).reshape(groups, groups)
    mean = np.divide(sums, pairs, out=np.zeros((groups, groups)), where=pairs > 0)
    both = mean + mean.T
    usual = (both * (sizes - np.eye(groups))).sum(axis=1)
    person = np.bincount(source, influence, n) + np.bincount(target, influence, n) - usual[codes]
    # each pair's square about what it adds on average, pairs without a tie too
    tied = pair_squares(n, source, target, influence) - 2 * float(both.ravel() @ sums.ravel())
    dyads = tied + float((pairs * both**2).sum()) / 2
    variance = max(float(person @ person) * n / max(n - groups, 1) - dyads, dyads)
    return math.sqrt(variance) if variance > _NOISE**2 else None


def pair_squares(people_n: int, source: Ints, target: Ints, influence: Floats) -> float:
    """What each unordered pair adds, squared and added up.

    Examples
    --------
    Both ties of a pair count together: (0.3 + 0.3)² + 0.6².

    >>> round(pair_squares(5, np.array([0, 1, 3]), np.array([1, 0, 4]), np.array([0.3, 0.3, -0.6])), 6)
    0.72
    """
    reverse = reverse_ties(people_n, source, target)
    if reverse is not None:
        forward = np.flatnonzero(reverse >= 0)
        return float(influence @ influence + 2 * (influence[forward] @ influence[reverse[forward]]))
    keys = np.minimum(source, target) * people_n + np.maximum(source, target)
    order = np.argsort(keys)
    keys = keys[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])
    pair = np.add.reduceat(influence[order], first) if len(first) else influence
    return float(pair @ pair)


def effective_people(strength: Floats) -> float:
    r"""How many people with equal shares of the ties would tell as much: :math:`(\sum s_i)^2/\sum s_i^2`.

    Examples
    --------
    >>> effective_people(np.array([2.0, 2.0, 2.0])), effective_people(np.array([6.0, 1.0, 1.0])) < 2
    (3.0, True)
    """
    return float(strength.sum()) ** 2 / float((strength**2).sum())


def quantile(df: float) -> float:
    """The number of standard errors from the middle to a 95% limit, Student's t."""
    return float(stdtrit(max(df, 1.0), UPPER))


def two_sided_p(ratio: float, df: float) -> float:
    """Chance of a t as far from 0.

    Examples
    --------
    >>> round(two_sided_p(-2.0, 10.0), 4)
    0.0734
    """
    return float(2 * stdtr(max(df, 1.0), -abs(ratio)))


def normal_limits(value: float, se: float | None) -> tuple[float | None, float | None]:
    """95% limits, or none without a standard error.

    Examples
    --------
    >>> normal_limits(0.0, None)
    (None, None)
    """
    if se is None:
        return None, None
    return value - Z * se, value + Z * se


def share_limits(value: float, se: float | None, *, quantile: float = Z) -> tuple[float | None, float | None]:
    """95% limits of a share by way of its log-odds, so that they stay between 0 and 1.

    Examples
    --------
    >>> lo, hi = share_limits(0.5, 0.1)
    >>> round(lo, 3), round(hi, 3)
    (0.313, 0.687)
    """
    if se is None or not 0 < value < 1:
        return None, None
    middle, reach = math.log(value / (1 - value)), quantile * se / (value * (1 - value))
    lo, hi = (1 / (1 + math.exp(-end)) for end in (middle - reach, middle + reach))
    return lo, hi


def correlation_limits(value: float, se: float | None) -> tuple[float | None, float | None]:
    """95% limits of a correlation by way of its inverse hyperbolic tangent, so that they stay between -1 and 1.

    Examples
    --------
    >>> lo, hi = correlation_limits(0.0, 0.1)
    >>> round(lo, 3), round(hi, 3)
    (-0.194, 0.194)
    """
    if se is None or not -1 < value < 1:
        return None, None
    middle, reach = math.atanh(value), Z * se / (1 - value**2)
    return math.tanh(middle - reach), math.tanh(middle + reach)
