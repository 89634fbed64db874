"""How strong something that nobody measured would have to be to explain a difference away.

Unit: one estimate. Neither number says that there is such a thing; both say what it would take.

References
----------
Cinelli C, Hazlett C (2020). https://doi.org/10.1111/rssb.12348
VanderWeele TJ, Ding P (2017). https://doi.org/10.7326/M16-2607
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from rmanalytics.measures.rows import Floats
from rmanalytics.measures.stats.cluster_robust import Contrast


def robustness_value(t: float, dof: float, *, critical: float = 0.0) -> float:
    r"""Share of the rest of both the exposure and the outcome that it would have to explain.

    Parameters
    ----------
    t, dof : float
        Of the regression's coefficient; ``dof`` more than 1.
    critical : float
        The t below which a difference does not count, with dof - 1 degrees of freedom; 0 asks what it takes to
        explain all of the difference.

    Returns
    -------
    float
        0 where the difference does not count to begin with.

    Notes
    -----
    With :math:`f = |t|/\sqrt{\nu} - c/\sqrt{\nu - 1}`: :math:`(\sqrt{f^4 + 4f^2} - f^2)/2`. Where a thing that explains
    the outcome could do with less, that: :math:`(t^2/\nu - k^2)/(1 + t^2/\nu)` with :math:`k = c/\sqrt{\nu - 1}`.

    References
    ----------
    Cinelli C, Hazlett C (2020). https://doi.org/10.1111/rssb.12348

    Examples
    --------
    The authors' own example, Darfur:

    >>> round(robustness_value(4.18445, 783), 5), round(robustness_value(4.18445, 783, critical=1.96302), 5)
    (0.13878, 0.07626)
    """
    seen, least = abs(t) / math.sqrt(dof), critical / math.sqrt(dof - 1)
    f = seen - least
    if f <= 0:
        return 0.0
    if least > 0 and seen > 1 / least:
        return (seen**2 - least**2) / (1 + seen**2)
    return (math.sqrt(f**4 + 4 * f**2) - f**2) / 2


def partial_r2(y: Floats, x: Floats, beside: Floats) -> float:
    """Share of what is left of ``y`` beside other columns that one more column explains; 0 where nothing is left.

    Examples
    --------
    >>> y, x, ones = np.array([1.0, 2, 3, 3]), np.array([0.0, 1, 1, 2]), np.ones((4, 1))
    >>> round(partial_r2(y, x, ones), 9) == round(float(np.corrcoef(y, x)[0, 1] ** 2), 9)
    True
    """
    rest = [v - beside @ np.linalg.lstsq(beside, v, rcond=None)[0] for v in (y, x)]
    squares = [float(one @ one) for one in rest]
    return float(rest[0] @ rest[1]) ** 2 / (squares[0] * squares[1]) if min(squares) > 0 else 0.0


def e_value(ratio: float) -> float:
    r"""Ratio of risks by which it would have to go with both the exposure and the outcome to explain a ratio of risks.

    Notes
    -----
    :math:`R + \sqrt{R(R - 1)}` for a ratio of at least 1, its inverse below. A ratio of rates of a rare event is read
    as one of risks.

    References
    ----------
    VanderWeele TJ, Ding P (2017). https://doi.org/10.7326/M16-2607

    Examples
    --------
    The authors' own example, smoking and lung cancer; and a limit that holds 1:

    >>> round(e_value(10.73), 2), e_value(1.0)
    (20.95, 1.0)
    """
    up = max(ratio, 1 / ratio)
    return up + math.sqrt(up * (up - 1))


def log_risk_ratio(strata: pd.DataFrame) -> Contrast | None:
    r"""Logarithm of the ratio of two shares over strata.

    Parameters
    ----------
    strata : DataFrame
        ``yes``, ``n``, ``yes_comparison``, ``n_comparison``, one row a stratum that holds both groups.

    Returns
    -------
    Contrast or None
        None where a group has no "yes".

    Notes
    -----
    Mantel and Haenszel's ratio :math:`\sum a n_0/N \big/ \sum b n_1/N`, variance of its logarithm
    :math:`\sum ((a+b) n_1 n_0 - abN)/N^2` over the product of both sums.

    References
    ----------
    Greenland S, Robins JM (1985). https://doi.org/10.2307/2530643

    Examples
    --------
    >>> one = pd.DataFrame({"yes": [8], "n": [10], "yes_comparison": [4], "n_comparison": [10]})
    >>> found = log_risk_ratio(one)
    >>> round(math.exp(found.value), 9), round(found.se**2, 9) == round(1 / 8 - 1 / 10 + 1 / 4 - 1 / 10, 9)
    (2.0, True)
    """
    columns = ["yes", "n", "yes_comparison", "n_comparison"]
    a, n1, b, n0 = strata[columns].to_numpy(dtype=np.float64).T
    total = n1 + n0
    up, down = float((a * n0 / total).sum()), float((b * n1 / total).sum())
    if up <= 0 or down <= 0:
        return None
    variance = float((((a + b) * n1 * n0 - a * b * total) / total**2).sum()) / (up * down)
    return Contrast(value=math.log(up / down), se=math.sqrt(variance), df=math.inf)
