"""How far one wave's ties between generations lie from what group sizes alone would give, in closed form.

Unit: the tie. No draws: the mean and variance of the label permutation null are exact.
"""

from __future__ import annotations

import math

import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.network.ei_index import NO_TIES, ONE_GENERATION, TOO_FEW_PEOPLE, moments
from rmanalytics.measures.network.ties import UNKNOWN_GENERATION, wave
from rmanalytics.measures.network.vertex_bootstrap import expected_external, external
from rmanalytics.measures.rows import LEAST_PEOPLE
from rmanalytics.results import Estimate, NotEstimable

CLOSED_FORM = "E-I index less its expectation, with the exact standard deviation of dealt labels"


@measure
def ei_excess(people: pd.DataFrame, ties: pd.DataFrame) -> Estimate | NotEstimable:
    r"""E-I index less its expectation under dealt labels.

    Parameters
    ----------
    people : DataFrame
        ``person_id`` (each once), ``generation`` (missing = unknown).
    ties : DataFrame
        ``source_id``, ``target_id``, directed; optional ``weight`` above 0, by which each tie counts then.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``index``, without an interval; negative when the generations keep to themselves. ``extra``: ``index``,
        ``expected``, ``null_sd`` and ``ties`` (ordered pairs).

    Notes
    -----
    Not estimable when there are fewer than six people, one generation only, or no ties.
    :math:`EI - E_0` with :math:`E_0 = 1 - 2\sum_g n_g(n_g-1)/(N(N-1))`; comparable between waves whose groups have
    other sizes.

    References
    ----------
    Krackhardt D, Stern RN (1988). https://doi.org/10.2307/2786835

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["old"] * 3 + ["young"] * 3})
    >>> ties = pd.DataFrame({"source_id": list("abde"), "target_id": list("bcec")})
    >>> round(ei_excess(people, ties).value, 6)
    -0.7
    """
    net = wave(people, ties)
    name, unit = "ei_excess", "index"
    if net.people_n < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_PEOPLE, n=net.people_n, values={"least": LEAST_PEOPLE})
    if len(net.names) < 2:
        return NotEstimable(name=name, unit=unit, reason=ONE_GENERATION, n=net.people_n)
    if net.ties_n == 0:
        return NotEstimable(name=name, unit=unit, reason=NO_TIES, n=net.people_n)
    index = 2 * external(net) / net.strength - 1
    expected = 2 * expected_external(net) / net.strength - 1
    variance = moments(net)[1]
    return Estimate(
        name=name,
        unit=unit,
        value=index - expected,
        lo=None,
        hi=None,
        n=net.people_n,
        unit_of_analysis="person",
        method=CLOSED_FORM,
        n_excluded=net.unknown_n,
        excluded_reason=UNKNOWN_GENERATION if net.unknown_n else "",
        extra={
            "index": index,
            "expected": expected,
            "null_sd": 2 * math.sqrt(variance) / net.strength,
            "ties": float(net.ties_n),
        },
    )
