"""Agreement of several raters on the same targets: the six intraclass correlations.

Unit: the target (a leader whom several colleagues rate).

References
----------
Shrout PE, Fleiss JL (1979). https://doi.org/10.1037/0033-2909.86.2.420
McGraw KO, Wong SP (1996). https://doi.org/10.1037/1082-989X.1.1.30
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LEAST_PAIRS, NO_VARIATION, UPPER, Floats, check_rows, is_constant
from rmanalytics.results import Curve, NotEstimable

TOO_FEW_TARGETS = "fewer than {least} targets with every rating"
TOO_FEW_RATERS = "fewer than two raters"
NO_ERROR = "the raters agree perfectly"


@measure
def intraclass_correlations(ratings: pd.DataFrame) -> Curve | NotEstimable:
    """How far raters agree on targets, in the six forms of Shrout and Fleiss.

    Parameters
    ----------
    ratings : DataFrame
        ``target_id`` and one column a rater (scale points, NaN where not rated), one row a target.

    Returns
    -------
    Curve or NotEstimable
        Points ``form``, ``icc``, ``lo``, ``hi``, ``f``, ``df1``, ``df2``. Forms: ``ICC(1,1)`` other raters for each
        target; ``ICC(A,1)`` the same raters, absolute agreement; ``ICC(C,1)`` the same raters, consistency; with ``k``
        in place of 1, the mean of all raters.

    Raises
    ------
    ValueError
        When a target stands in more than one row.

    *Not estimable when* there are fewer than two raters, fewer than 6 targets have every rating, the targets do not
    differ, or the raters agree perfectly.

    Notes
    -----
    From the mean squares of a two-way analysis of variance; F intervals. Targets lacking a rating are left out.

    References
    ----------
    Shrout PE, Fleiss JL (1979). https://doi.org/10.1037/0033-2909.86.2.420
    McGraw KO, Wong SP (1996). https://doi.org/10.1037/1082-989X.1.1.30

    Examples
    --------
    The example of Shrout and Fleiss, six targets and four judges:

    >>> ratings = pd.DataFrame({"target_id": range(6), "a": [9, 6, 8, 7, 10, 6], "b": [2, 1, 4, 1, 5, 2],
    ...                         "c": [5, 3, 6, 2, 6, 4], "d": [8, 2, 8, 6, 9, 7]})
    >>> intraclass_correlations(ratings).points["icc"].round(2).tolist()
    [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]
    """
    check_rows(ratings, ["target_id"], key=["target_id"])
    x: Floats = ratings.drop(columns="target_id").dropna().to_numpy(dtype=np.float64)
    n, k = x.shape
    name, unit = "intraclass_correlations", "icc"
    if k < 2:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_RATERS, n=n)
    if n < LEAST_PAIRS:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_TARGETS, n=n, values={"least": LEAST_PAIRS})
    if is_constant(x.mean(axis=1), among=x.ravel()):
        return NotEstimable(name=name, unit=unit, reason=NO_VARIATION, n=n)
    centred = x - x.mean(axis=0)
    if is_constant((centred - centred.mean(axis=1, keepdims=True)).ravel(), among=x.ravel()):
        return NotEstimable(name=name, unit=unit, reason=NO_ERROR, n=n)
    return Curve(
        name=name,
        unit=unit,
        points=pd.DataFrame(_forms(x)),
        n=n,
        unit_of_analysis="person",
        method="intraclass correlations by two-way analysis of variance, F intervals",
    )


def _forms(x: Floats) -> list[dict[str, str | float]]:
    n, k = x.shape
    rows, columns = x.mean(axis=1, keepdims=True), x.mean(axis=0, keepdims=True)
    ms_target = k * float(((rows - x.mean()) ** 2).sum()) / (n - 1)
    ms_rater = n * float(((columns - x.mean()) ** 2).sum()) / (k - 1)
    ms_error = float(((x - rows - columns + x.mean()) ** 2).sum()) / ((n - 1) * (k - 1))
    ms_within = float(((x - rows) ** 2).sum()) / (n * (k - 1))
    df1, df_within, df_error = n - 1, n * (k - 1), (n - 1) * (k - 1)

    def quantile(first: float, second: float) -> float:
        return float(f_distribution.ppf(UPPER, first, second))

    f_one, f_two = ms_target / ms_within, ms_target / ms_error
    one = (f_one / quantile(df1, df_within), f_one * quantile(df_within, df1))
    two = (f_two / quantile(df1, df_error), f_two * quantile(df_error, df1))
    absolute = (ms_target - ms_error) / (ms_target + (k - 1) * ms_error + k * (ms_rater - ms_error) / n)
    ratio = ms_rater / ms_error
    a, b = k * absolute * ratio, n * (1 + (k - 1) * absolute) - k * absolute
    v = (k - 1) * (n - 1) * (a + b) ** 2 / ((n - 1) * (k * absolute * ratio) ** 2 + b**2)
    f_lo, f_hi = quantile(df1, v), quantile(v, df1)
    weight = k * ms_rater + (k * n - k - n) * ms_error
    lo = n * (ms_target - f_lo * ms_error) / (f_lo * weight + n * ms_target)
    hi = n * (f_hi * ms_target - ms_error) / (weight + n * f_hi * ms_target)
    single = [
        ("ICC(1,1)", (f_one - 1) / (f_one + k - 1), *((f - 1) / (f + k - 1) for f in one), f_one, df_within),
        ("ICC(A,1)", absolute, lo, hi, f_two, df_error),
        ("ICC(C,1)", (f_two - 1) / (f_two + k - 1), *((f - 1) / (f + k - 1) for f in two), f_two, df_error),
    ]
    mean = [
        ("ICC(1,k)", 1 - 1 / f_one, *(1 - 1 / f for f in one), f_one, df_within),
        (
            "ICC(A,k)",
            (ms_target - ms_error) / (ms_target + (ms_rater - ms_error) / n),
            *(k * r / (1 + (k - 1) * r) for r in (lo, hi)),
            f_two,
            df_error,
        ),
        ("ICC(C,k)", 1 - 1 / f_two, *(1 - 1 / f for f in two), f_two, df_error),
    ]
    return [
        {"form": form, "icc": icc, "lo": low, "hi": high, "f": f, "df1": float(df1), "df2": float(df2)}
        for form, icc, low, high, f, df2 in single + mean
    ]
