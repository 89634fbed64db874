"""How small a difference a design finds: people, rounds put together, people who serve in several of them.

Unit: the person, for `share_found` the tandem or person asked. No data are needed, only numbers of people and a spread;
`rmanalytics.evaluation.plan.next_round` takes these from a programme's rounds.

References
----------
Borm GF, Fransen J, Lemmens WAJG (2007). https://doi.org/10.1016/j.jclinepi.2007.02.006
Donner A, Klar N (2000). Design and analysis of cluster randomization trials in health research. Arnold.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2, norm, t

from rmanalytics.measures.rows import LEAST_PAIRS, Floats

POWER = 0.8
ALPHA = 0.05
LEAST_POOLED = 3
MOST_TANDEMS = 5000


@dataclass(frozen=True, kw_only=True)
class Sharing:
    """How far the rounds of a programme share people.

    Parameters
    ----------
    rows_per_person : float
        Rows of the same person over all measured rounds, as an average row sees it: ``Σ m² / Σ m``.
    rounds : int
        Rounds that this was counted over, 2 or more.
    icc : float
        Correlation of what the analysis leaves unexplained, between two rounds of the same person, 0 to 1.
    """

    rows_per_person: float
    rounds: int
    icc: float

    def design_effect(self, rounds: int) -> float:
        """By how much rounds put together hold less than as many rounds of other people.

        Notes
        -----
        ``1 + (m − 1) icc``, m growing by the same amount with every further round. It takes shared people to stand in
        the same group each time; one who waits first and takes part later costs less.

        References
        ----------
        Donner A, Klar N (2000). Design and analysis of cluster randomization trials in health research. Arnold.

        Examples
        --------
        Four rounds in which a person's row meets one other of the same person, correlated 0.3:

        >>> Sharing(rows_per_person=2.0, rounds=4, icc=0.3).design_effect(4)
        1.3
        >>> Sharing(rows_per_person=2.0, rounds=4, icc=0.3).design_effect(1)
        1.0
        """
        met = (self.rows_per_person - 1) / (self.rounds - 1) * (rounds - 1)
        return 1 + met * self.icc


def difference_found(
    n: int,
    n_comparator: int,
    *,
    sd: float,
    rounds: int = 1,
    sharing: Sharing | None = None,
    alpha: float = ALPHA,
) -> float | None:
    """Smallest true difference between two groups that some rounds of this size find.

    Parameters
    ----------
    n, n_comparator : int
        People analysed in each group of one round.
    sd : float
        Standard deviation that the analysis leaves unexplained (for an adjusted difference, ``sigma`` of its fit).
    rounds : int
        Rounds put together.
    sharing : Sharing, optional
        None where rounds share nobody.
    alpha : float
        Two-sided level of the test.

    Returns
    -------
    float or None
        In the unit of ``sd``; None where a group has fewer than 6 people (in one round, or in all that one model takes
        together), for then nothing is tested, and for two rounds that share nobody, which are not pooled.

    Notes
    -----
    The standard error ``sd √(1/n + 1/n_comparator)`` times the noncentrality at which a t test has 80% power.
    Where rounds share people, one model of everybody: as one round with ``rounds n / (1 + (m − 1) icc)`` people. Else
    rounds are pooled by Hartung and Knapp: a t test with ``rounds − 1`` degrees of freedom, the same true difference in
    every round. Equal to `rmanalytics.measures.stats.power.minimum_detectable_difference` for one round.

    References
    ----------
    Borm GF, Fransen J, Lemmens WAJG (2007). https://doi.org/10.1016/j.jclinepi.2007.02.006

    Examples
    --------
    >>> round(difference_found(34, 34, sd=1.0), 2)
    0.69

    Pooling three rounds of other people finds less than one round, for two degrees of freedom are few:

    >>> round(difference_found(34, 34, sd=1.0, rounds=3), 2)
    0.79
    """
    if min(n, n_comparator) * (rounds if sharing else 1) < LEAST_PAIRS:
        return None
    error = sd * math.sqrt(1 / n + 1 / n_comparator)
    if rounds > 1 and sharing is None:
        if rounds < LEAST_POOLED:
            return None
        return error / math.sqrt(rounds) * noncentrality(rounds - 1, alpha=alpha)
    times = rounds / sharing.design_effect(rounds) if sharing else 1.0
    return error / math.sqrt(times) * noncentrality((n + n_comparator) * times - 2, alpha=alpha)


def adjusted_found(
    n: int,
    n_comparator: int,
    *,
    sd: float,
    rounds: int = 1,
    sharing: Sharing | None = None,
    alpha: float = ALPHA,
) -> float | None:
    """Smallest true difference adjusted for the score before that some rounds of this size find.

    Parameters
    ----------
    n, n_comparator, rounds, sharing, alpha
        As in `difference_found`.
    sd : float
        Standard deviation that the adjustment leaves unexplained.

    Returns
    -------
    float or None
        As `difference_found`.

    Notes
    -----
    `difference_found` times ``√(1 + 1/(N − 4))``, N people in the model: groups are never quite alike in the score
    before, which costs the adjustment this much of its precision on average. docs/calibration.md shows the power.

    References
    ----------
    Borm GF, Fransen J, Lemmens WAJG (2007). https://doi.org/10.1016/j.jclinepi.2007.02.006

    Examples
    --------
    >>> round(adjusted_found(34, 34, sd=1.0), 3)
    0.695
    """
    plain = difference_found(n, n_comparator, sd=sd, rounds=rounds, sharing=sharing, alpha=alpha)
    if plain is None:
        return None
    people = (n + n_comparator) * (1 if rounds > 1 and sharing is None else rounds)
    return plain * math.sqrt(1 + 1 / (people - 4))


def mean_found(
    n: int,
    *,
    sd: float,
    rounds: int = 1,
    sharing: Sharing | None = None,
    alpha: float = ALPHA,
) -> float | None:
    """Smallest true distance of a mean from a fixed value that some rounds of this size find.

    Parameters
    ----------
    n : int
        Units analysed in one round: people, their changes, or tandems.
    sd : float
        Their standard deviation.
    rounds, sharing, alpha
        As in `difference_found`; rounds that share nobody simply add up.

    Returns
    -------
    float or None
        In the unit of ``sd``; None with fewer than 6 units.

    Notes
    -----
    As `rmanalytics.measures.stats.power.minimum_detectable_change`, with ``rounds n / (1 + (m − 1) icc)`` units.

    Examples
    --------
    >>> round(mean_found(34, sd=1.0), 3)
    0.495
    """
    if n * rounds < LEAST_PAIRS:
        return None
    units = _units(n, rounds, sharing)
    return sd / math.sqrt(units) * noncentrality(units - 1, alpha=alpha)


def share_found(
    n: int,
    *,
    null: float,
    above: bool,
    rounds: int = 1,
    sharing: Sharing | None = None,
    alpha: float = ALPHA,
) -> float | None:
    """Smallest true distance of a share from a fixed one that some rounds of this size find.

    Parameters
    ----------
    n : int
        People or tandems of one round.
    null : float
        The share it is tested against, between 0 and 1.
    above : bool
        Whether the true share is looked for above or below it.
    rounds, sharing, alpha
        As in `mean_found`.

    Returns
    -------
    float or None
        A difference of shares; None where even a share of 1 (or 0) would not be found, or with fewer than 6 units.

    Notes
    -----
    Normal approximation of the score test: ``|p − p₀| = z₁₋α/₂ √(p₀ q₀ / n) + z_power √(p q / n)``.

    References
    ----------
    Fleiss JL, Levin B, Paik MC (2003). Statistical methods for rates and proportions, 3rd ed.
    https://doi.org/10.1002/0471445428

    Examples
    --------
    Whether most of 34 tandems completed can be told if 73% do:

    >>> round(share_found(34, null=0.5, above=True), 2)
    0.23
    """
    if n * rounds < LEAST_PAIRS:
        return None
    units = _units(n, rounds, sharing)
    z, z_power = float(norm.isf(alpha / 2)), float(norm.ppf(POWER))

    def short_of(distance: float) -> float:
        share = null + distance if above else null - distance
        spread = math.sqrt(max(share * (1 - share), 0.0) / units)
        return distance - z * math.sqrt(null * (1 - null) / units) - z_power * spread

    most = 1 - null if above else null
    return float(brentq(short_of, 0.0, most)) if short_of(most) >= 0 else None


def tandems_needed(found: Callable[[int], float | None], difference: float) -> int | None:
    """Fewest tandems with which a design finds a difference.

    Parameters
    ----------
    found : callable
        The smallest difference found with a number of tandems; it falls as they grow.
    difference : float
        The difference to be found.

    Returns
    -------
    int or None
        None when `MOST_TANDEMS` are not enough.

    Examples
    --------
    >>> tandems_needed(lambda n: difference_found(n, n, sd=1.0), 0.5)
    64
    """

    def enough(tandems: int) -> bool:
        least = found(tandems)
        return least is not None and least <= difference

    if not enough(MOST_TANDEMS):
        return None
    too_few, many = 0, MOST_TANDEMS
    while many - too_few > 1:
        middle = (too_few + many) // 2
        too_few, many = (too_few, middle) if enough(middle) else (middle, many)
    return many


@lru_cache(maxsize=4096)
def noncentrality(df: float, *, alpha: float = ALPHA) -> float:
    """True difference in standard errors at which a two-sided t test has 80% power.

    Parameters
    ----------
    df : float
        Degrees of freedom of the test, above 0.
    alpha : float
        Two-sided level of the test.

    Notes
    -----
    Solves ``E[Φ(δ − c s) + Φ(−δ − c s)] = 0.8`` with ``s² ~ χ²(df) / df`` and the critical value c, by quadrature
    over s: scipy's noncentral t is undefined for few degrees of freedom and strict levels, which solvers built on it
    pass over in silence.

    References
    ----------
    Cohen J (1988). https://doi.org/10.4324/9780203771587

    Examples
    --------
    With many degrees of freedom, 1.96 + 0.84:

    >>> round(noncentrality(1e6), 2)
    2.8
    """
    critical = float(t.isf(alpha / 2, df))
    nodes, weights = _quadrature()
    reach = critical * np.sqrt(chi2.ppf((nodes + 1) / 2, df) / df)

    def short_of(delta: float) -> float:
        found = norm.cdf(delta - reach) + norm.cdf(-delta - reach)
        return float(weights @ found) / 2 - POWER

    most = critical * math.sqrt(float(chi2.ppf((1 + POWER) / 2, df)) / df) + 5
    return float(brentq(short_of, 0.0, most))


@lru_cache(maxsize=1)
def _quadrature() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(200)
    return nodes, weights


def _units(n: int, rounds: int, sharing: Sharing | None) -> float:
    return rounds * n / (sharing.design_effect(rounds) if sharing else 1.0)
