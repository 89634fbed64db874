"""Standardised mean differences: Hedges' small-sample factor and limits from the noncentral t distribution.

Unit: the person, or the pair of scores of one person.

References
----------
Hedges LV (1981). https://doi.org/10.3102/10769986006002107
Steiger JH, Fouladi RT (1997). Noncentrality interval estimation. In: What if there were no significance tests?
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.stats import nct, norm

from rmanalytics.measures.rows import Floats, is_constant


def hedges_j(df: float) -> float:
    """Hedges' exact factor that takes the small-sample bias out of a standardised difference.

    Parameters
    ----------
    df : float
        Degrees of freedom of the standard deviation, above 1.

    Returns
    -------
    float
        ``J(m) = Γ(m/2) / (√(m/2) Γ((m−1)/2))``.

    References
    ----------
    Hedges LV (1981). https://doi.org/10.3102/10769986006002107

    Examples
    --------
    With two degrees of freedom it is ``1 / √π``:

    >>> round(hedges_j(2), 6)
    0.56419
    """
    return math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2) - 0.5 * math.log(df / 2))


def noncentrality_limits(t: float, df: float) -> tuple[float, float]:
    """The noncentralities under which an observed t lies at the two tails, 2.5% each, of its distribution.

    Parameters
    ----------
    t : float
        Observed t statistic.
    df : float
        Its degrees of freedom.

    Returns
    -------
    tuple of float
        Lower and upper noncentrality.

    References
    ----------
    Cumming G, Finch S (2001). https://doi.org/10.1177/0013164401614002

    Examples
    --------
    At t = 0 the limits lie evenly about 0, and are those of the normal distribution:

    >>> [round(limit, 4) for limit in noncentrality_limits(0.0, 9)]
    [-1.96, 1.96]
    """
    tail = 0.025
    reach = float(norm.isf(tail)) * math.sqrt(1 + t * t / (2 * df))

    def excess(noncentrality: float, probability: float) -> float:
        return float(nct.cdf(t, df, noncentrality)) - probability

    # the brackets stay near the limits: far out, the library's distribution function returns nan
    lo = brentq(excess, t - 1.5 * reach, t - 0.5 * reach, args=(1 - tail,), xtol=1e-12)
    hi = brentq(excess, t + 0.5 * reach, t + 1.5 * reach, args=(tail,), xtol=1e-12)
    return float(lo), float(hi)


def pooled_sd(first: Floats, second: Floats) -> float:
    """Standard deviation within two groups together; exactly 0 where neither varies by more than rounding.

    Parameters
    ----------
    first, second : array
        Scores of the groups, together more than two.

    Returns
    -------
    float
        ``√(((n₁−1) s₁² + (n₂−1) s₂²) / (n₁+n₂−2))``.

    Examples
    --------
    >>> pooled_sd(np.array([1.0, 3.0]), np.array([2.0, 4.0]))
    1.4142135623730951
    """
    both = np.concatenate([first, second])
    if is_constant(first, among=both) and is_constant(second, among=both):
        return 0.0
    squares = sum(float(((part - part.mean()) ** 2).sum()) for part in (first, second))
    return math.sqrt(squares / (both.size - 2))


def two_group_g(first: Floats, second: Floats) -> tuple[float, float, float]:
    """Hedges' g of two groups that vary, first minus second, with limits from the noncentral t.

    Parameters
    ----------
    first, second : array
        Scores of the groups.

    Returns
    -------
    tuple of float
        g and its 95% limits.

    Notes
    -----
    ``J(n−2) (x̄₁ − x̄₂) / s_pooled``; the noncentrality of t divided by ``√(n₁ n₂ / n)``.

    References
    ----------
    Hedges LV (1981). https://doi.org/10.3102/10769986006002107

    Examples
    --------
    One point apart, pooled variance 0.8, J(10) = 0.9228:

    >>> before = np.array([1.0, 2, 3, 1, 2, 3])
    >>> round(two_group_g(before + 1, before)[0], 4)
    1.0317
    """
    n = first.size + second.size
    d = float(first.mean() - second.mean()) / pooled_sd(first, second)
    root = math.sqrt(first.size * second.size / n)
    j = hedges_j(n - 2)
    lo, hi = noncentrality_limits(d * root, n - 2)
    return j * d, j * lo / root, j * hi / root
