"""How much the generations mix: the E-I index against what chance alone would give, and its change.

Unit of analysis: the person. The index of a network without any preference is not 0 but depends on the sizes of the
generations, so every result carries that expectation and the excess over it.

References
----------
Krackhardt D, Stern RN (1988). Informal networks and organizational crises. https://doi.org/10.2307/2786835
Snijders TAB, Borgatti SP (1999). Non-parametric standard errors and tests for network statistics. Connections 22.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rmanalytics.measures.network.permutation import crossing_null, internal_moments, p_of
from rmanalytics.measures.network.resampling import expected_external, index_se, limits, resampled_index
from rmanalytics.measures.network.ties import UNKNOWN_GENERATION, Wave, wave
from rmanalytics.results import Curve, Estimate, NotEstimable

LEAST_PEOPLE = 6
BOOTSTRAP_DRAWS = 2_000
MOST_BINS = 60

TOO_FEW_PEOPLE = "fewer than {least} people of known generation"
ONE_GENERATION = "people of one generation only"
NO_TIES = "no ties among people of known generation"
NO_CHOICE = "every way to deal out the generations gives the same index"

RANDOM_LABELS = "E-I index; label permutation test about its expectation; vertex bootstrap interval of people"
ALL_LABELS = "E-I index; exact label permutation test about its expectation; vertex bootstrap interval of people"
HISTOGRAM = "distribution of the E-I index over dealt labels"
EXPECTED_MIXING = "ties between generations against those expected under dealt labels"

_NOISE = 1e-9


def ei_index(
    people: pd.DataFrame,
    ties: pd.DataFrame,
    *,
    rng: np.random.Generator,
    seed: int,
    draws: int = 10_000,
    bootstrap_draws: int = BOOTSTRAP_DRAWS,
) -> Estimate | NotEstimable:
    r"""E-I index: ties between generations less ties within, as a share of all ties.

    -1 when nobody has a tie to another generation, +1 when all ties join two generations.

    Parameters
    ----------
    people : DataFrame
        ``person_id`` (each once) and ``generation`` (missing = unknown). People without ties belong in it, people who
        were not asked do not.
    ties : DataFrame
        ``source_id``, ``target_id``, directed; for undirected ties see `symmetrised`. Loops are dropped, repeated
        rows count once.
    rng : Generator
        Source of chance.
    seed : int
        Seed that ``rng`` was made with, for the record.
    draws : int
        Random labelings for the p-value; where at most 200,000 labelings exist, all are gone through instead.
    bootstrap_draws : int
        Samples of people for the interval.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``index``; n people; ``p_value`` two-sided about the expectation. ``lo`` and ``hi`` are missing when no
        tie joins two generations, or all do: resampling cannot show ties that it never saw. ``extra``: ``expected``,
        ``excess`` (value - expected), ``excess_lo``, ``excess_hi`` (where there is an interval), ``external``,
        ``internal`` (ties), ``perm_mean``, ``perm_sd`` (of the labelings gone through), ``null_sd`` (exact),
        ``p_lower`` (that the generations keep to themselves this much by chance), ``ties_left_out_n`` (rows naming
        somebody outside ``people`` or of unknown generation), ``bootstrap_draws`` and ``dyad_se`` (see below).

    Raises
    ------
    ValueError
        When a column is missing or a person stands twice.

    Notes
    -----
    Not estimable when there are no ties, fewer than six people, one generation only, or when every labeling gives
    the same index.

    :math:`EI = (E - I)/(E + I)` with expectation :math:`E_0 = 1 - 2\sum_g n_g(n_g-1)/(N(N-1))` under dealt labels:
    the network stays as it is, the generations are dealt out anew. :math:`p = (1 + \#extreme)/(1 + draws)`, or the
    exact share where all labelings are gone through.

    The interval draws people anew, with all their ties. It is too wide, by up to :math:`\sqrt 3`, where ties come about
    one by one: a pair is weighted by the product of two counts. ``extra["dyad_se"]`` is the standard error that treats
    ties of one person as dependent and counts each pair once (Aronow, Samii and Assenova); missing where not positive.

    References
    ----------
    Krackhardt D, Stern RN (1988). https://doi.org/10.2307/2786835
    Snijders TAB, Borgatti SP (1999). Non-parametric standard errors and tests for network statistics. Connections 22.
    Aronow PM, Samii C, Assenova VA (2015). https://doi.org/10.1093/pan/mpv018

    Examples
    --------
    Three old and three young people; one tie between generations, three within: (1 - 3) / 4 = -0.5. Of the 30
    ordered pairs 12 lie within a generation, so 1 - 2 * 12 / 30 = 0.2 is expected.

    >>> people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["old"] * 3 + ["young"] * 3})
    >>> ties = pd.DataFrame({"source_id": list("abde"), "target_id": list("bcec")})
    >>> result = ei_index(people, ties, rng=np.random.default_rng(1), seed=1)
    >>> result.value, round(result.extra["expected"], 6)
    (-0.5, 0.2)
    """
    net = wave(people, ties)
    refused = not_estimable(net, name="ei_index")
    if refused is not None:
        return refused
    external, total = int(net.crossing.sum()), net.ties_n
    counts, exact = crossing_null(net.codes, net.source, net.target, rng=rng, draws=draws)
    mean = expected_external(net)
    p, mc_se = p_of(int((np.abs(counts - mean) >= abs(external - mean) - _NOISE).sum()), len(counts), exact=exact)
    p_lower, _ = p_of(int((counts <= external).sum()), len(counts), exact=exact)
    null = 2 * counts / total - 1
    value, expected = 2 * external / total - 1, 2 * mean / total - 1
    extra = {
        "expected": expected,
        "excess": value - expected,
        "external": float(external),
        "internal": float(total - external),
        "perm_mean": float(null.mean()),
        "perm_sd": float(null.std()),
        "null_sd": 2 * internal_moments(net.codes, net.source, net.target)[1] ** 0.5 / total,
        "p_lower": p_lower,
        "ties_left_out_n": float(net.left_out_n),
    }
    lo = hi = None
    se = index_se((net,))
    if se is not None:
        extra["dyad_se"] = se
    if 0 < external < total:
        sample = resampled_index((net,), rng=rng, draws=bootstrap_draws)
        if sample is not None:
            lo, hi = limits(sample.index[0])
            extra["excess_lo"], extra["excess_hi"] = limits(sample.excess[0])
            extra["bootstrap_draws"] = float(len(sample.index[0]))
    return Estimate(
        name="ei_index",
        unit="index",
        value=value,
        lo=lo,
        hi=hi,
        n=net.people_n,
        unit_of_analysis="person",
        method=ALL_LABELS if exact else RANDOM_LABELS,
        n_excluded=net.unknown_n,
        excluded_reason=UNKNOWN_GENERATION if net.unknown_n else "",
        p_value=p,
        draws=len(counts),
        seed=seed,
        mc_se=mc_se,
        extra=extra,
    )


def ei_null(
    people: pd.DataFrame, ties: pd.DataFrame, *, rng: np.random.Generator, seed: int, draws: int = 10_000
) -> Curve | NotEstimable:
    """The E-I index that dealt-out generations give on the same network: a histogram to hold the index against.

    Parameters
    ----------
    people, ties, rng, seed, draws
        As in `ei_index`; the same generator gives the same labelings.

    Returns
    -------
    Curve or NotEstimable
        ``points``: ``ei`` (middle of a bin), ``density_share`` (share of labelings in the bin; they add up to 1).
        The bins are equally wide and cut between possible values. ``points.attrs`` holds ``seed`` and ``draws``.

    Notes
    -----
    Not estimable when `ei_index` is not.

    Examples
    --------
    One tie among six people of two equal generations joins them in 18 of 30 ordered pairs:

    >>> people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["old"] * 3 + ["young"] * 3})
    >>> ties = pd.DataFrame({"source_id": ["a"], "target_id": ["b"]})
    >>> curve = ei_null(people, ties, rng=np.random.default_rng(1), seed=1)
    >>> curve.points.round(3).to_numpy().tolist()
    [[-1.0, 0.4], [1.0, 0.6]]
    """
    net = wave(people, ties)
    refused = not_estimable(net, name="ei_null")
    if refused is not None:
        return refused
    counts, _ = crossing_null(net.codes, net.source, net.target, rng=rng, draws=draws)
    first, last = int(counts.min()), int(counts.max())
    width = -(-(last - first + 1) // MOST_BINS)
    density = np.bincount((counts - first) // width) / len(counts)
    middle = first + width * np.arange(len(density)) + (width - 1) / 2
    points = pd.DataFrame({"ei": 2 * middle / net.ties_n - 1, "density_share": density})
    points.attrs = {"seed": seed, "draws": len(counts)}
    return Curve(
        name="ei_null", unit="share", points=points, n=net.people_n, unit_of_analysis="person", method=HISTOGRAM
    )


def mixing_matrix(people: pd.DataFrame, ties: pd.DataFrame) -> Curve | NotEstimable:
    r"""Ties from each generation to each, against those expected if nobody preferred any.

    Parameters
    ----------
    people, ties : DataFrame
        As in `ei_index`.

    Returns
    -------
    Curve or NotEstimable
        ``points``, one row for each ordered pair of generations in the order of their names: ``source_group``,
        ``target_group``, ``observed_n``, ``expected_n`` and ``ratio`` (missing where none can be expected).

    Notes
    -----
    Not estimable when `ei_index` is not. Expected under dealt labels:
    :math:`L\, n_g n_h / (N(N-1))`, within a generation :math:`L\, n_g (n_g - 1) / (N(N-1))`.

    References
    ----------
    Newman MEJ (2003). Mixing patterns in networks. https://doi.org/10.1103/PhysRevE.67.026126

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["old"] * 3 + ["young"] * 3})
    >>> ties = pd.DataFrame({"source_id": list("abd"), "target_id": list("bde")})
    >>> mixing_matrix(people, ties).points["expected_n"].round(2).tolist()
    [0.6, 0.9, 0.9, 0.6]
    """
    net = wave(people, ties)
    refused = not_estimable(net, name="mixing_matrix", unit="count")
    if refused is not None:
        return refused
    groups = len(net.names)
    observed = np.bincount(net.codes[net.source] * groups + net.codes[net.target], minlength=groups**2)
    sizes = net.sizes
    pairs = (np.outer(sizes, sizes) - np.diag(sizes)).ravel()
    expected = net.ties_n * pairs / (net.people_n * (net.people_n - 1))
    names = np.array(net.names, dtype=object)
    points = pd.DataFrame(
        {
            "source_group": np.repeat(names, groups),
            "target_group": np.tile(names, groups),
            "observed_n": observed.astype(np.int64),
            "expected_n": expected,
            "ratio": np.divide(observed, expected, out=np.full(groups**2, np.nan), where=expected > 0),
        }
    )
    points = points.sort_values(["source_group", "target_group"], ignore_index=True)
    return Curve(
        name="mixing_matrix",
        unit="count",
        points=points,
        n=net.people_n,
        unit_of_analysis="person",
        method=EXPECTED_MIXING,
    )


def not_estimable(net: Wave, *, name: str, unit: str = "index") -> NotEstimable | None:
    """Why nothing can be said about how the generations mix; None where something can."""
    n = net.people_n
    if n < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_PEOPLE, n=n, values={"least": LEAST_PEOPLE})
    if len(net.names) < 2:
        return NotEstimable(name=name, unit=unit, reason=ONE_GENERATION, n=n)
    if net.ties_n == 0:
        return NotEstimable(name=name, unit=unit, reason=NO_TIES, n=n)
    if internal_moments(net.codes, net.source, net.target)[1] == 0:
        return NotEstimable(name=name, unit=unit, reason=NO_CHOICE, n=n)
    return None
