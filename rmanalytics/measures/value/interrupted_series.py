"""A figure over time, such as a rating or a recommendation score, before the programme began and after.

Unit: the month or wave that the figure stands for. Nobody is compared with anybody: whatever else changed when the
programme began is in the figure too.

References
----------
Newey WK, West KD (1987). https://doi.org/10.2307/1913610
Bernal JL, Cummins S, Gasparrini A (2017). https://doi.org/10.1093/ije/dyw098
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.stats import t as student
from statsmodels.regression.linear_model import OLS

from rmanalytics.containment import measure
from rmanalytics.measures.rows import UPPER, Floats, check_columns, is_constant
from rmanalytics.results import Estimate, NotEstimable

LEAST_BEFORE, LEAST_AFTER = 8, 4
TOO_SHORT = "fewer than {before} points before the programme began, or fewer than {after} after"
NO_CHANGE = "the figure never changed"
METHOD = "interrupted time series with its own level and trend after the start, Newey-West errors, t interval"
NEAR = 1e-9


@measure
def interrupted_series(points: pd.DataFrame, *, start: pd.Timestamp) -> Estimate | NotEstimable:
    r"""How far a figure lay from its earlier trend after the programme began, on average over the time since.

    Parameters
    ----------
    points : DataFrame
        ``date`` (each once) and ``value``.
    start : Timestamp
        Day on which the programme began; points on it count as after.

    Returns
    -------
    Estimate or NotEstimable
        ``branding_interruption``, unit ``value``. ``extra``: ``se``, ``df``, ``lags``, ``before``, ``after`` (points),
        ``placebos`` (days in the time before at which the same was asked) and ``placebos_beyond`` (of them, those whose
        t is at least as far from 0); a figure that moves as much at days without a programme has none from it.

    Raises
    ------
    ValueError
        When a column is missing or a day stands twice.

    Notes
    -----
    *Not estimable when* there are fewer than eight points before or four after, or the figure never changed.
    :math:`y_t = a + bt + 1[t \\ge s](c + dt') + e_t`; the estimate is :math:`c + d\\bar t'` over the points after.
    Bartlett weights up to lag :math:`\\lfloor 4 (n/100)^{2/9} \\rfloor`, t with n − 4 degrees of freedom.

    References
    ----------
    Newey WK, West KD (1987). https://doi.org/10.2307/1913610

    Examples
    --------
    >>> days = pd.date_range("2024-01-01", periods=16, freq="MS")
    >>> noise = np.tile([0.1, -0.1, -0.1, 0.1], 4)
    >>> points = pd.DataFrame({"date": days, "value": 3 + noise + 0.5 * (days >= "2025-01-01")})
    >>> round(interrupted_series(points, start=pd.Timestamp("2025-01-01")).value, 2)
    0.5
    """
    check_columns(points, ("date", "value"))
    used = points.dropna(subset=["value"]).sort_values("date")
    if used["date"].duplicated().any():
        raise ValueError("a day stands twice")
    time = (used["date"] - used["date"].min()).dt.days.to_numpy(dtype="float64") / 365.25 if len(used) else np.zeros(0)
    y, after = used["value"].to_numpy(dtype="float64"), (used["date"] >= start).to_numpy()
    name, unit, n = "branding_interruption", "value", len(used)
    before_n, after_n = int((~after).sum()), int(after.sum())
    if before_n < LEAST_BEFORE or after_n < LEAST_AFTER:
        values = {"before": LEAST_BEFORE, "after": LEAST_AFTER}
        return NotEstimable(name=name, unit=unit, reason=TOO_SHORT, n=n, values=values)
    if is_constant(y, among=y):
        return NotEstimable(name=name, unit=unit, reason=NO_CHANGE, n=n)
    value, se = _shift(time, y, before_n)
    df, lags = n - 4, _lags(n)
    t = value / se if se > NEAR * float(np.ptp(y)) else math.copysign(math.inf, value)
    if math.isinf(t):
        return NotEstimable(name=name, unit=unit, reason=NO_CHANGE, n=n)
    reach = float(student.ppf(UPPER, df)) * se
    placebos = _placebos(time[:before_n], y[:before_n])
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=value - reach,
        hi=value + reach,
        n=n,
        unit_of_analysis="value",
        method=METHOD,
        comparator="the time before",
        p_value=float(2 * student.sf(abs(t), df)),
        extra={
            "se": se,
            "df": float(df),
            "lags": float(lags),
            "before": float(before_n),
            "after": float(after_n),
            "placebos": float(len(placebos)),
            "placebos_beyond": float((np.abs(placebos) >= abs(t)).sum()),
        },
    )


def _lags(n: int) -> int:
    return int(4 * (n / 100) ** (2 / 9))


def _shift(time: Floats, y: Floats, at: int) -> tuple[float, float]:
    """Mean distance from the earlier trend after point ``at``, and its error."""
    after = (np.arange(len(y)) >= at).astype(np.float64)
    since = after * (time - time[at:].mean())
    design = np.column_stack([np.ones(len(y)), time, after, since])
    fit = OLS(y, design).fit(cov_type="HAC", cov_kwds={"maxlags": _lags(len(y)), "use_correction": True})
    return float(fit.params[2]), float(fit.bse[2])


def _placebos(time: Floats, y: Floats) -> Floats:
    """T of the same question at every day before the programme that has enough points on both sides."""
    found = [_shift(time, y, at) for at in range(LEAST_BEFORE, len(y) - LEAST_AFTER + 1)]
    return np.array([value / se for value, se in found if se > NEAR * float(np.ptp(y))], dtype=np.float64)
