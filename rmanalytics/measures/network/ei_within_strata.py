"""Do the generations keep to themselves more than the units they work in explain?

Unit of analysis: the person. Generations are dealt out anew within each unit, site or level only: what sits in
different places by design is not counted as a preference.

References
----------
Krackhardt D, Stern RN (1988). Informal networks and organizational crises. https://doi.org/10.2307/2786835
Good P (2005). Permutation, Parametric and Bootstrap Tests of Hypotheses. https://doi.org/10.1007/b138696
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.network.dyadic_se import effective_people, grouped_dyad_se, quantile
from rmanalytics.measures.network.ei_index import NO_TIES, ONE_GENERATION
from rmanalytics.measures.network.nulls.closed_form import internal_moments
from rmanalytics.measures.network.nulls.permutation_null import crossing_null, p_of
from rmanalytics.measures.network.ties import Ints, Wave, wave
from rmanalytics.measures.network.vertex_bootstrap import expected_external, external, strength_of
from rmanalytics.measures.rows import LEAST_PEOPLE, Floats, check_rows
from rmanalytics.results import Estimate, NotEstimable

TOO_FEW_PLACED = "fewer than {least} people of known generation and stratum"
NO_MIXED_STRATUM = "no stratum has ties and people of two generations"
UNKNOWN_PLACE = "generation or stratum unknown"
RANDOM_WITHIN = "E-I index less that of generations dealt out within strata; permutation test; dyadic interval"
ALL_WITHIN = "E-I index less that of generations dealt out within strata; exact permutation test; dyadic interval"

_NOISE = 1e-9


@measure
def ei_within_strata(
    people: pd.DataFrame, ties: pd.DataFrame, *, rng: np.random.Generator, seed: int, draws: int = 10_000
) -> Estimate | NotEstimable:
    r"""E-I index less what it would be if generations did not matter within units, sites or levels.

    Parameters
    ----------
    people : DataFrame
        ``person_id`` (each once), ``generation`` and ``stratum``: the unit, site or level (missing = unknown).
    ties : DataFrame
        ``source_id``, ``target_id``, directed; optional ``weight`` above 0 (see `ei_index`).
    rng : Generator
        Source of chance.
    seed : int
        Its seed, for the record.
    draws : int
        Random labelings; where at most 200,000 exist, all are gone through instead.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``index``: below 0 where the generations keep to themselves more than their strata explain.
        ``p_value`` two-sided. ``extra``: ``index``, ``expected`` (generations dealt out within strata),
        ``expected_freely`` (dealt out among all), ``explained`` (the one less the other: what the strata explain),
        ``perm_mean``, ``perm_sd``, ``null_sd`` (exact), ``p_lower``, ``strata_n``, ``mixed_strata_n`` (with people of
        two generations), ``se``, ``df``.

    Raises
    ------
    ValueError
        When a column is missing, a person stands twice, or a weight is missing or not above 0.

    Notes
    -----
    Not estimable with fewer than six people of known generation and stratum, one generation, no ties among them, or
    when no labeling within strata changes the index: each stratum has one generation, or no ties.

    Expected is the mean over all labelings within strata: a tie within stratum :math:`s` crosses with chance
    :math:`1 - \sum_g n_{sg}(n_{sg}-1)/(n_s(n_s-1))`, one between :math:`s` and :math:`t` with
    :math:`1 - \sum_g n_{sg} n_{tg}/(n_s n_t)`. The interval treats ties of one person as dependent, and the strata
    and the sizes of the generations as given.

    References
    ----------
    Krackhardt D, Stern RN (1988). https://doi.org/10.2307/2786835

    Examples
    --------
    Two units; in each of them two old and two young people, and the old name each other. Dealt out within units a
    tie crosses in two of three cases: -1 - (2 * 2/3 - 1) = -1.3333.

    >>> people = pd.DataFrame({"person_id": list("abcdefgh"), "generation": ["old", "old", "young", "young"] * 2,
    ...                        "stratum": ["east"] * 4 + ["west"] * 4})
    >>> ties = pd.DataFrame({"source_id": list("abef"), "target_id": list("bafe")})
    >>> result = ei_within_strata(people, ties, rng=np.random.default_rng(1), seed=1)
    >>> round(result.value, 4), round(result.p_value, 4)
    (-1.3333, 0.1111)
    """
    check_rows(people, ["person_id", "generation", "stratum"], key=["person_id"])
    name, unit = "ei_within_strata", "index"
    placed = people[people["stratum"].notna() & people["generation"].notna()]
    net = wave(placed, ties)
    n = net.people_n
    if n < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_PLACED, n=n, values={"least": LEAST_PEOPLE})
    if len(net.names) < 2:
        return NotEstimable(name=name, unit=unit, reason=ONE_GENERATION, n=n)
    if net.ties_n == 0:
        return NotEstimable(name=name, unit=unit, reason=NO_TIES, n=n)
    strata = _strata(net, placed)
    internal, variance = internal_moments(net.codes, net.source, net.target, weight=net.units, strata=strata)
    chance = _crossing_chance(net, strata)
    if ((chance < _NOISE) | (chance > 1 - _NOISE)).all():
        return NotEstimable(name=name, unit=unit, reason=NO_MIXED_STRATUM, n=n)
    counts, exact = crossing_null(
        net.codes, net.source, net.target, rng=rng, draws=draws, strata=strata, weight=net.units
    )
    total, crossing = net.strength, external(net)
    mean = total - float(internal)
    noise = _NOISE * total
    p, mc_se = p_of(int((np.abs(counts - mean) >= abs(crossing - mean) - noise).sum()), len(counts), exact=exact)
    p_lower, _ = p_of(int((counts <= crossing + noise).sum()), len(counts), exact=exact)
    index, expected = 2 * crossing / total - 1, 2 * mean / total - 1
    freely = 2 * expected_external(net) / total - 1
    null = 2 * counts / total - 1
    strata_n = int(strata.max()) + 1
    kinds = np.bincount(np.unique(strata * len(net.names) + net.codes) // len(net.names), minlength=strata_n)
    extra = {
        "index": index,
        "expected": expected,
        "expected_freely": freely,
        "explained": expected - freely,
        "perm_mean": float(null.mean()),
        "perm_sd": float(null.std()),
        "null_sd": 2 * max(variance, 0.0) ** 0.5 / total,
        "p_lower": p_lower,
        "strata_n": float(strata_n),
        "mixed_strata_n": float((kinds > 1).sum()),
    }
    lo = hi = None
    value = index - expected
    beyond = net.crossing - chance
    influence = 2 * net.weight * (beyond - (net.weight * beyond).sum() / total) / total
    se = grouped_dyad_se(net.codes, net.source, net.target, influence) if 0 < crossing < total else None
    if se is not None:
        strength = strength_of(net)
        extra |= {"se": se, "df": effective_people(strength) - 1}
        half = quantile(extra["df"]) * se
        lo, hi = value - half, value + half
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=lo,
        hi=hi,
        n=n,
        unit_of_analysis="person",
        method=ALL_WITHIN if exact else RANDOM_WITHIN,
        n_excluded=len(people) - n,
        excluded_reason=UNKNOWN_PLACE if len(people) > n else "",
        p_value=p,
        draws=len(counts),
        seed=seed,
        mc_se=mc_se,
        extra=extra,
    )


def _strata(net: Wave, placed: pd.DataFrame) -> Ints:
    """Stratum of each person of the network, as a number."""
    of = placed.set_index("person_id")["stratum"].reindex(net.ids)
    return pd.factorize(of, sort=True)[0].astype(np.int64)


def _crossing_chance(net: Wave, strata: Ints) -> Floats:
    """Chance that each tie joins two generations when they are dealt out within strata."""
    groups = len(net.names)
    sizes = np.bincount(strata * groups + net.codes, minlength=(int(strata.max()) + 1) * groups)
    table = sizes.reshape(-1, groups).astype(np.float64)
    people = table.sum(axis=1)
    one, other = strata[net.source], strata[net.target]
    between = (table / people[:, None])[one]
    between *= (table / people[:, None])[other]
    pairs = people * (people - 1)
    within = np.divide((table * (table - 1)).sum(axis=1), pairs, out=np.ones(len(people)), where=pairs > 0)
    return np.asarray(1 - np.where(one == other, within[one], between.sum(axis=1)), dtype=np.float64)
