"""Standard errors that know that ties sharing a person are not independent.

Unit of analysis: the pair of people. No draws: the result is the same on every run.

References
----------
Aronow PM, Samii C, Assenova VA (2015). Cluster-robust variance estimation for dyadic data.
https://doi.org/10.1093/pan/mpv018
"""

from __future__ import annotations

import math

import numpy as np

from rmanalytics.measures.network.ties import Ints
from rmanalytics.measures.units import Floats

_NORMAL = 1.959963984540054
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
    keys = np.minimum(source, target) * people_n + np.maximum(source, target)
    _, pair = np.unique(keys, return_inverse=True)
    person = np.bincount(source, influence, people_n) + np.bincount(target, influence, people_n)
    variance = float((person**2).sum() - (np.bincount(pair, influence) ** 2).sum())
    return math.sqrt(variance) if variance > _NOISE else None


def normal_limits(value: float, se: float | None) -> tuple[float | None, float | None]:
    """95 % limits, or none without a standard error.

    Examples
    --------
    >>> normal_limits(0.0, None)
    (None, None)
    """
    if se is None:
        return None, None
    return value - _NORMAL * se, value + _NORMAL * se


def share_limits(value: float, se: float | None) -> tuple[float | None, float | None]:
    """95 % limits of a share by way of its log-odds, so that they stay between 0 and 1.

    Examples
    --------
    >>> lo, hi = share_limits(0.5, 0.1)
    >>> round(lo, 3), round(hi, 3)
    (0.313, 0.687)
    """
    if se is None or not 0 < value < 1:
        return None, None
    middle, reach = math.log(value / (1 - value)), _NORMAL * se / (value * (1 - value))
    lo, hi = (1 / (1 + math.exp(-end)) for end in (middle - reach, middle + reach))
    return lo, hi


def correlation_limits(value: float, se: float | None) -> tuple[float | None, float | None]:
    """95 % limits of a correlation by way of its inverse hyperbolic tangent, so that they stay between -1 and 1.

    Examples
    --------
    >>> lo, hi = correlation_limits(0.0, 0.1)
    >>> round(lo, 3), round(hi, 3)
    (-0.194, 0.194)
    """
    if se is None or not -1 < value < 1:
        return None, None
    middle, reach = math.atanh(value), _NORMAL * se / (1 - value**2)
    return math.tanh(middle - reach), math.tanh(middle + reach)
