"""How many tandems judge their relationship good on both sides, and whether the two sides see it alike.

Unit: the tandem. A mean over both sides hides a junior at 2 beside a senior at 5; a tandem counts here only where both
of its people answer at or above a point that was fixed beforehand.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import t as student

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LEAST_PEOPLE, UPPER, check_rows, is_constant
from rmanalytics.measures.stats.proportions import wilson_share
from rmanalytics.results import SIDES, Estimate, NotEstimable

ONE_SIDE = "without answers of both"
TOO_FEW = "fewer than {least} tandems or people in a class with a score"
NO_SPREAD = "all answers are equal"
EQUIVALENCE_TAIL = 0.05
"""Error of each of the two one-sided tests of equivalence: their interval is one of 90%."""


@measure
def both_at_point_share(tandems: pd.DataFrame, *, point: float, margin: float) -> Estimate | NotEstimable:
    """Share of tandems in which both sides stand at or above a point of the scale.

    Parameters
    ----------
    tandems : DataFrame
        ``tandem_id`` (each once), ``mentor``, ``mentee`` (scale points, NaN where not answered).
    point : float
        Point of the scale, fixed before the answers are seen.
    margin : float
        Largest mean distance of the sides, in scale points, that still counts as seeing it alike.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``share``, Wilson interval. ``extra``: ``count``, ``point``, ``margin``, ``silent`` (share without an
        answer on the side where it is larger); ``gap``, ``gap_lo``, ``gap_hi``: mean of mentor less mentee with its
        90% interval, where at least six tandems have both and their distances vary.

    Raises
    ------
    ValueError
        When a tandem stands in more than one row.

    *Not estimable when* in no tandem both sides have answered.

    Notes
    -----
    The sides are equivalent at 5% where the 90% interval lies inside ``±margin`` (two one-sided tests).

    References
    ----------
    Schuirmann DJ (1987). https://doi.org/10.1007/BF01068419

    Examples
    --------
    Juniors at 2 beside seniors at 5: a mean of 3.5, and no tandem at eye level.

    >>> tandems = pd.DataFrame({"tandem_id": range(4), "mentor": [2, 2, 2, 4], "mentee": [5, 5, 5, 5]})
    >>> both_at_point_share(tandems, point=4, margin=0.5).value
    0.25
    """
    check_rows(tandems, ["tandem_id", *SIDES], key=["tandem_id"])
    scores = tandems[list(SIDES)].astype("float64")
    both = scores.dropna()
    left = len(tandems) - len(both)
    found = wilson_share(
        int((both >= point - 1e-9).all(axis=1).sum()),
        len(both),
        name="both_at_point_share",
        unit_of_analysis="tandem",
        n_excluded=left,
        excluded_reason=ONE_SIDE if left else "",
    )
    if isinstance(found, NotEstimable):
        return found
    apart = (both["mentor"] - both["mentee"]).to_numpy()
    extra = {"point": point, "margin": margin, "silent": float(scores.isna().mean().max())}
    if len(apart) >= LEAST_PEOPLE and not is_constant(apart, among=both.to_numpy().ravel()):
        reach = float(student.isf(EQUIVALENCE_TAIL, len(apart) - 1) * apart.std(ddof=1)) / math.sqrt(len(apart))
        middle = float(apart.mean())
        extra |= {"gap": middle, "gap_lo": middle - reach, "gap_hi": middle + reach}
    return replace(found, extra={**found.extra, **extra})


@measure
def class_difference(tandems: pd.DataFrame, trained: pd.DataFrame) -> Estimate | NotEstimable:
    """Mean judgement of tandems less that of people in a class who answered the same items.

    Parameters
    ----------
    tandems : DataFrame
        As in `both_at_point_share`; a tandem counts with the mean of its two people.
    trained : DataFrame
        ``person_id`` (each once), ``score``.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``scale points``. ``extra``: ``se``, ``df``.

    Raises
    ------
    ValueError
        When a tandem or a person stands in more than one row.

    *Not estimable when* fewer than six tandems, or people in the class, have a score, or no score varies.

    Notes
    -----
    Welch's interval. One time point and nobody drawn by lot: a comparison, never an effect.

    References
    ----------
    Welch BL (1947). https://doi.org/10.1093/biomet/34.1-2.28

    Examples
    --------
    >>> tandems = pd.DataFrame({"tandem_id": range(6), "mentor": [4, 5, 4, 5, 4, 5], "mentee": [4, 5, 4, 5, 4, 5]})
    >>> trained = pd.DataFrame({"person_id": range(6), "score": [3, 4, 3, 4, 3, 4]})
    >>> class_difference(tandems, trained).value
    1.0
    """
    check_rows(tandems, ["tandem_id", *SIDES], key=["tandem_id"])
    check_rows(trained, ["person_id", "score"], key=["person_id"])
    first = tandems[list(SIDES)].astype("float64").dropna().mean(axis=1).to_numpy()
    second = trained["score"].dropna().to_numpy(dtype=np.float64)
    n, n_comparator = len(first), len(second)
    if min(n, n_comparator) < LEAST_PEOPLE:
        values = {"least": LEAST_PEOPLE}
        return NotEstimable(
            name="class_difference", unit="scale points", reason=TOO_FEW, n=n + n_comparator, values=values
        )
    parts = [float(one.var(ddof=1)) / len(one) for one in (first, second)]
    if all(is_constant(one, among=np.concatenate([first, second])) for one in (first, second)):
        return NotEstimable(name="class_difference", unit="scale points", reason=NO_SPREAD, n=n + n_comparator)
    se = math.sqrt(sum(parts))
    df = sum(parts) ** 2 / (parts[0] ** 2 / (n - 1) + parts[1] ** 2 / (n_comparator - 1))
    value = float(first.mean() - second.mean())
    reach = float(student.ppf(UPPER, df)) * se
    return Estimate(
        name="class_difference",
        unit="scale points",
        value=value,
        lo=value - reach,
        hi=value + reach,
        n=n,
        n_comparator=n_comparator,
        comparator="classic training",
        unit_of_analysis="tandem",
        method="difference of means, Welch t interval",
        p_value=float(2 * student.sf(abs(value / se), df)),
        extra={"se": se, "df": df},
    )
