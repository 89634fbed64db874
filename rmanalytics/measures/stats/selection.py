"""How large an effect may be called that is spoken of because a test was passed.

Unit: one estimate. An estimate that is only seen when it lies far out is too large on average; its interval must know.

References
----------
Zhong H, Prentice RL (2008). https://doi.org/10.1093/biostatistics/kxn001
Jennison C, Turnbull BW (1989). https://doi.org/10.1111/j.2517-6161.1989.tb01433.x
"""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtri_exp
from scipy.stats import t as t_distribution

from rmanalytics.measures.rows import LOWER, UPPER
from rmanalytics.measures.stats.group_sequential import small_sample_boundary

LEVELS = (LOWER, 0.5, UPPER)


def repeated_interval(value: float, se: float, df: float, *, below: float, above: float) -> tuple[float, float]:
    """Interval that may be read at every look, and excludes the null exactly when a boundary is passed.

    Parameters
    ----------
    value, se, df : float
        Estimate, standard error, degrees of freedom (infinite for a normal one).
    below, above : float
        Present boundaries of the claim (standard normal): of the upward direction, which gives the lower limit, and of
        the downward one.

    Returns
    -------
    tuple of float
        Lower and upper limit: ``value − t(below) se``, ``value + t(above) se``.

    References
    ----------
    Jennison C, Turnbull BW (1989). https://doi.org/10.1111/j.2517-6161.1989.tb01433.x

    Examples
    --------
    >>> repeated_interval(1.0, 0.1, math.inf, below=2.0, above=3.0)
    (0.8, 1.3)
    """
    low, high = (c if math.isinf(df) else small_sample_boundary(c, df) for c in (below, above))
    return value - low * se, value + high * se


def selection_corrected(value: float, se: float, df: float, *, boundary: float) -> tuple[float, float, float]:
    """Limits and middle of an effect that is spoken of because its estimate passed a boundary.

    Parameters
    ----------
    value, se, df : float
        Estimate less the null, standard error, degrees of freedom; either direction.
    boundary : float
        Standard normal value that was passed. For a key of R shown out of m: that of local alpha ``a/(m − R + 1)``.

    Returns
    -------
    tuple of float
        Lower limit, middle (median unbiased), upper limit, in the unit of ``value``.

    Raises
    ------
    ValueError
        When the estimate lies within the boundary.

    Notes
    -----
    With z the normal value whose tail is that of ``value/se`` in t, the m that solve
    ``Φ(m − z) / Φ(m − c) = .025, .5, .975``, times se.

    References
    ----------
    Zhong H, Prentice RL (2008). https://doi.org/10.1093/biostatistics/kxn001

    Examples
    --------
    Far beyond the boundary it is the ordinary interval:

    >>> [round(x, 2) for x in selection_corrected(-8.0, 1.0, math.inf, boundary=2.0)]
    [-9.96, -8.0, -6.04]
    """
    z = -float(ndtri_exp(t_distribution.logsf(abs(value) / se, df)))
    if z <= boundary:
        raise ValueError("the estimate lies within the boundary")

    def solve(share: float) -> float:
        def missing(m: float) -> float:
            return float(log_ndtr(m - z) - log_ndtr(m - boundary)) - math.log(share)

        lo, hi = boundary - 1.0, z + 3.0
        while missing(lo) > 0:
            lo -= 2 * (z - lo)
        return float(brentq(missing, lo, hi, xtol=1e-10))

    limits = [math.copysign(1.0, value) * solve(share) * se for share in LEVELS]
    return (limits[0], limits[1], limits[2]) if value > 0 else (limits[2], limits[1], limits[0])
