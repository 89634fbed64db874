"""Which ties stayed, went and came between two waves, within generations and between them.

Unit of analysis: the tie, an ordered pair of people present at both waves.

References
----------
Snijders TAB, van de Bunt GG, Steglich CEG (2010). Introduction to stochastic actor-based models for network dynamics.
https://doi.org/10.1016/j.socnet.2009.02.004
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.network.change import (
    NO_TIES_AT_ALL,
    NOT_AT_BOTH,
    TOO_FEW_AT_BOTH,
    TOO_LITTLE_IN_COMMON,
    present_at_both,
)
from rmanalytics.measures.network.dyadic_se import dyad_robust_se, share_limits
from rmanalytics.measures.network.ties import Ints, distinct, stands, wave
from rmanalytics.measures.rows import LEAST_PEOPLE, Floats, among, check_rows
from rmanalytics.results import Curve, NotEstimable

TURNOVER = "ties that stayed, went and came, by kind; dyadic cluster-robust intervals of persistence"
ALL_TIES, WITHIN, BETWEEN = "all", "within", "between"


@measure
def tie_turnover(
    people_before: pd.DataFrame, ties_before: pd.DataFrame, people_after: pd.DataFrame, ties_after: pd.DataFrame
) -> Curve | NotEstimable:
    r"""Ties that stayed, went and came from one wave to the next: all, within generations, and between them.

    Parameters
    ----------
    people_before, people_after : DataFrame
        ``person_id``, ``generation`` at each wave. Only people of known generation at both waves are used; whether a
        tie is within or between goes by their generation at the wave before.
    ties_before, ties_after : DataFrame
        ``source_id``, ``target_id``, directed; weights are passed over. Take imposed ties out first: see
        `without_pairs`.

    Returns
    -------
    Curve or NotEstimable
        ``points``, rows ``all``, ``within``, ``between``: ``kind``, ``before_n``, ``after_n``, ``kept_n``,
        ``dissolved_n``, ``created_n`` (ties), ``persistence`` (kept of those before; missing without any), ``lo``,
        ``hi`` of it, ``jaccard`` (kept of those at either wave) and ``created_share`` (of the ordered pairs that had
        no tie). ``points.attrs``: ``excluded_n`` (people not at both waves), ``too_different`` (whether the Jaccard
        index of all ties lies below 0.3: too little in common to model how one network grew out of the other).

    Raises
    ------
    ValueError
        When a column is missing or a person stands twice.

    Notes
    -----
    Not estimable when fewer than six people of known generation are present at both waves, or without any tie.
    Persistence is higher for ties that were noticed for long: ties that one survey misses by accident look dissolved
    or created.

    References
    ----------
    Snijders TAB, van de Bunt GG, Steglich CEG (2010). https://doi.org/10.1016/j.socnet.2009.02.004

    Examples
    --------
    Of two ties within, one stays; one between comes:

    >>> people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["old"] * 3 + ["young"] * 3})
    >>> before = pd.DataFrame({"source_id": ["a", "b"], "target_id": ["b", "c"]})
    >>> after = pd.DataFrame({"source_id": ["a", "a"], "target_id": ["b", "d"]})
    >>> curve = tie_turnover(people, before, people, after)
    >>> curve.points[["kept_n", "dissolved_n", "created_n"]].to_numpy().tolist()
    [[1, 1, 1], [1, 1, 0], [0, 0, 1]]
    """
    for people in (people_before, people_after):
        check_rows(people, ["person_id", "generation"], key=["person_id"])
    name, unit = "tie_turnover", "count"
    both = people_before[among(people_before["person_id"], present_at_both(people_before, people_after))]
    first, second = wave(both, ties_before), wave(both, ties_after)
    n = first.people_n
    if n < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_AT_BOTH, n=n, values={"least": LEAST_PEOPLE})
    before, after = (net.source * n + net.target for net in (first, second))
    either = distinct(np.concatenate([before, after]))
    if len(either) == 0:
        return NotEstimable(name=name, unit=unit, reason=NO_TIES_AT_ALL, n=n)
    source, target = np.divmod(either, n)
    had, has = (stands(either, keys) for keys in (before, after))
    crosses = first.codes[source] != first.codes[target]
    pairs = n * (n - 1)
    within_pairs = int((first.sizes * (first.sizes - 1)).sum())
    rows = [
        {"kind": kind} | _row(n, source[of], target[of], had[of], has[of], pairs_n=pairs_n)
        for kind, of, pairs_n in (
            (ALL_TIES, np.ones(len(either), dtype=np.bool_), pairs),
            (WITHIN, ~crosses, within_pairs),
            (BETWEEN, crosses, pairs - within_pairs),
        )
    ]
    points = pd.DataFrame(rows)
    everybody = pd.concat([people_before["person_id"], people_after["person_id"]]).nunique()
    different = bool((had & has).mean() < TOO_LITTLE_IN_COMMON)
    points.attrs = {"excluded_n": everybody - n, "excluded_reason": NOT_AT_BOTH, "too_different": different}
    return Curve(name=name, unit=unit, points=points, n=n, unit_of_analysis="person", method=TURNOVER)


def _row(
    n: int,
    source: Ints,
    target: Ints,
    had: np.typing.NDArray[np.bool_],
    has: np.typing.NDArray[np.bool_],
    *,
    pairs_n: int,
) -> dict[str, float | int | None]:
    before, after, kept = int(had.sum()), int(has.sum()), int((had & has).sum())
    lo = hi = persistence = None
    if before:
        persistence = kept / before
        influence: Floats = (has[had] - persistence) / before
        lo, hi = share_limits(persistence, dyad_robust_se(n, source[had], target[had], influence))
    return {
        "before_n": before,
        "after_n": after,
        "kept_n": kept,
        "dissolved_n": before - kept,
        "created_n": after - kept,
        "persistence": np.nan if persistence is None else persistence,
        "lo": np.nan if lo is None else lo,
        "hi": np.nan if hi is None else hi,
        "jaccard": kept / len(had) if len(had) else np.nan,
        "created_share": (after - kept) / (pairs_n - before) if pairs_n > before else np.nan,
    }
