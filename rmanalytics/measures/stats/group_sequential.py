"""One claim looked at once a round: how far out its estimate must lie, look by look, and alpha split over a plan.

Unit: one look. Boundaries are for one direction; the other direction has its own, of the same size.

References
----------
Lan KKG, DeMets DL (1983). https://doi.org/10.1093/biomet/70.3.659
Armitage P, McPherson CK, Rowe BC (1969). https://doi.org/10.2307/2343787
Maurer W, Bretz F (2013). https://doi.org/10.1080/19466315.2013.807748
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, stdtrit

from rmanalytics.measures.rows import Floats

LEFT = 0.6
"""Share of what is left of alpha that stays for later looks."""
PRIMARY_ALPHA, KEYS_ALPHA = 0.020, 0.005
TOTAL_ALPHA = PRIMARY_ALPHA + KEYS_ALPHA
LEAST_GAIN = 1e-3
"""Information that a look must add, as a share of what there was."""
_FAR = 8.0
"""Standard deviations below which no part of a path counts."""


def spent(alpha: float, look: int) -> float:
    """Alpha spent up to a look, the first being 1: ``α (1 − 0.6^k)``.

    Examples
    --------
    >>> [round(spent(0.025, look), 6) for look in (1, 2)]
    [0.01, 0.016]
    """
    return alpha * (1 - LEFT**look)


def boundaries(information: Sequence[float], *, alpha: float) -> Floats:
    """Standard normal value that the estimate in standard errors must pass at each look.

    Parameters
    ----------
    information : sequence of float
        1/SE² at each look, cumulative (for exits: variance of the log-rank sum).
    alpha : float
        One-sided, for all looks together.

    Returns
    -------
    array
        One boundary a look. A look without gain of information spends nothing and has the boundary of the one before.

    Raises
    ------
    ValueError
        For an information that is not positive, or alpha outside 0 to 0.5.

    Notes
    -----
    ``P(Z_1 < c_1, …, Z_{k−1} < c_{k−1}, Z_k ≥ c_k) = α (0.6^{k−1} − 0.6^k)``, the density of the path below the
    boundaries being carried from look to look by numerical integration.

    References
    ----------
    Armitage P, McPherson CK, Rowe BC (1969). https://doi.org/10.2307/2343787
    Lan KKG, DeMets DL (1983). https://doi.org/10.1093/biomet/70.3.659

    Examples
    --------
    >>> boundaries([1, 2.3, 2.9, 4], alpha=0.025).round(3).tolist()
    [2.326, 2.408, 2.404, 2.551]
    """
    if not 0 < alpha < 0.5 or not all(math.isfinite(i) and i > 0 for i in information):
        raise ValueError("information must be positive, alpha between 0 and 0.5")
    found: list[float] = []
    path: tuple[float, ...] = ()
    for i in information:
        if not path or i > path[-1] * (1 + LEAST_GAIN):
            path = (*path, i)
        found.append(_look(alpha, tuple(j / path[0] for j in path)).boundary)
    return np.array(found)


def small_sample_boundary(c: float, df: float) -> float:
    """The t value whose tail is as small as the normal one beyond a boundary.

    Examples
    --------
    >>> round(small_sample_boundary(1.959964, 10), 4)
    2.2281
    """
    return -float(stdtrit(df, ndtr(-c)))


@dataclass(frozen=True, slots=True)
class Share:
    """A claim's alpha at present, and whether its estimate passes the boundary that goes with it."""

    alpha: float
    passed: bool


def graphical_split(
    primary: Callable[[float], bool] | None, keys: Mapping[str, Callable[[float], bool]]
) -> tuple[Share, dict[str, Share]]:
    """Alpha of the primary and the key claims of a plan, one direction.

    Parameters
    ----------
    primary : callable or None
        Whether the primary passes its boundary at a given alpha; None where it was not measured.
    keys : mapping of str to callable
        The same for each key claim, those not measured included (they never pass).

    Returns
    -------
    tuple of Share and dict of str to Share
        Of the primary, and of each key.

    Notes
    -----
    Primary .020, keys together .005 by Holm. What the primary passes with goes to the keys (Holm at .025), what all
    keys pass with to the primary (.025).

    References
    ----------
    Maurer W, Bretz F (2013). https://doi.org/10.1080/19466315.2013.807748

    Examples
    --------
    >>> main, others = graphical_split(lambda a: True, {"M3": lambda a: a > 0.01, "J1": lambda a: False})
    >>> main.alpha, others["M3"]
    (0.02, Share(alpha=0.0125, passed=True))
    """
    own = _holm(keys, KEYS_ALPHA)
    alpha = TOTAL_ALPHA if all(key.passed for key in own.values()) else PRIMARY_ALPHA
    main = Share(alpha, primary is not None and primary(alpha))
    return main, _holm(keys, TOTAL_ALPHA) if main.passed else own


def _holm(keys: Mapping[str, Callable[[float], bool]], total: float) -> dict[str, Share]:
    """Keys that pass share the alpha with which the last of them did, the others what is left for them."""
    left = dict(keys)
    while passing := [key for key, passes in left.items() if passes(total / len(left))]:
        left = {key: passes for key, passes in left.items() if key not in passing}
    last = total / (len(left) + 1)
    return {key: Share(total / len(left), passed=False) if key in left else Share(last, passed=True) for key in keys}


@dataclass(frozen=True, slots=True)
class _Look:
    """A look's boundary on the scale of the score (z √information), and the density of the paths still below it."""

    boundary: float
    edge: float
    density: Callable[[Floats], Floats]


@lru_cache(maxsize=4096)
def _look(alpha: float, path: tuple[float, ...]) -> _Look:
    k, root = len(path), math.sqrt(path[-1])
    share = spent(alpha, k) - spent(alpha, k - 1)
    if k == 1:
        first = -float(ndtri(share))
        return _Look(first, first * root, lambda s: _normal(s, root))
    before, step, sd = _look(alpha, path[:-1]), math.sqrt(path[-1] - path[-2]), math.sqrt(path[-2])
    n = max(60, math.ceil(5 * (before.edge + _FAR * sd) / min(step, sd)))
    x, w = _legendre(n)
    half = (before.edge + _FAR * sd) / 2
    nodes = before.edge - (1 - x) * half
    chances = w * half * before.density(nodes)

    def missing(c: float) -> float:
        return float(chances @ ndtr((nodes - c * root) / step)) - share

    c = float(brentq(missing, 0.0, 12.0, xtol=1e-12))
    return _Look(c, c * root, lambda s: np.asarray(_normal(s[:, None] - nodes, step) @ chances, dtype=np.float64))


def _normal(x: Floats, sd: float) -> Floats:
    return np.asarray(np.exp(-0.5 * (x / sd) ** 2) / (sd * math.sqrt(2 * math.pi)), dtype=np.float64)


@lru_cache(maxsize=256)
def _legendre(n: int) -> tuple[Floats, Floats]:
    x, w = np.polynomial.legendre.leggauss(n)
    return np.asarray(x), np.asarray(w)
