"""The whole company by its distance to the programme: dose and response over units, and the trend of a pulse survey.

Unit: the person who takes no part; people of one unit of the company go together, and errors are clustered on it. The
dose comes from `rmanalytics.measures.survey.exposure`. Units that have more tandems differ in other ways too, and
people talk across units: what is found here goes with the dose and need not come from it.

References
----------
Bell RM, McCaffrey DF (2002). Survey Methodology 28:169-181.
Cameron AC, Gelbach JB, Miller DL (2008). https://doi.org/10.1162/rest.90.3.414
Roodman D, MacKinnon JG, Nielsen MØ, Webb MD (2019). https://doi.org/10.1177/1536867X19830877
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t as t_distribution

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LEAST_PEOPLE, UPPER, Floats, check_rows, full_rank, noise
from rmanalytics.measures.stats.cluster_robust import fit_clustered
from rmanalytics.measures.stats.wild_bootstrap import DRAWS, wild_cluster_test
from rmanalytics.results import Curve, Estimate, NotEstimable

PER_TANDEM = "points per tandem per 100 people"
PER_STEP = "points per step"
PER_YEAR = "points per year"
FEWEST_FOR_CR2 = 10
LEAST_WAVES = 3

TOO_FEW_UNITS = "fewer than {least} units of the company with a score"
SAME_EXPOSURE = "the exposure does not vary"
FEW_UNITS_DIFFER = "only one unit differs from the others in exposure"
NO_END = "with so few units the interval has no end"
NO_SOLUTION = "the exposure cannot be told from the score before"
PERFECT_FIT = "nothing but the exposure tells the units apart"
TOO_FEW_WAVES = "fewer than {least} waves"
NO_SCORE = "nobody has a score"
INCOMPLETE = "without a score, a unit or an exposure"

TREND_CR2 = "least squares on time, CR2 errors by unit, Satterthwaite t interval"
TREND_WILD = "least squares on time, wild cluster bootstrap by unit with every pattern of signs"
CR2 = "least squares on the exposure, CR2 errors by unit, Satterthwaite t interval"
WILD_ENUMERATED = "least squares on the exposure, wild cluster bootstrap by unit with every pattern of signs"
WILD_DRAWN = "least squares on the exposure, wild cluster bootstrap by unit with random signs"

_DAYS_A_YEAR = 365.25


@dataclass(frozen=True, kw_only=True)
class _Table:
    """Rows to fit, the coefficient asked for in the first column, and what the result says of them."""

    y: Floats
    x: Floats
    cluster: npt.NDArray[np.int64]
    name: str
    unit: str
    n: int
    excluded_n: int
    extra: dict[str, float]

    @property
    def units_n(self) -> int:
        return int(self.cluster.max()) + 1 if self.cluster.size else 0

    def estimate(self, value: float, lo: float, hi: float, p_value: float, *, method: str) -> Estimate:
        return Estimate(
            name=self.name,
            unit=self.unit,
            value=value,
            lo=lo,
            hi=hi,
            n=self.n,
            unit_of_analysis="person",
            method=method,
            n_excluded=self.excluded_n,
            excluded_reason=INCOMPLETE if self.excluded_n else "",
            p_value=p_value,
            extra={"units": float(self.units_n), **self.extra},
        )


@measure
def exposure_slope(people: pd.DataFrame, *, unit: str) -> Estimate | NotEstimable:
    """How much higher the scores are for each step of exposure.

    Parameters
    ----------
    people : DataFrame
        ``person_id``, ``unit`` (of the company), ``exposure``, ``score`` (scale points), NaN where missing; one row a
        person who takes no part.
    unit : str
        Unit of the slope, `PER_TANDEM` or `PER_STEP`.

    Returns
    -------
    Estimate or NotEstimable
        ``n`` counts people. ``extra``: ``units``, ``exposure_sd``, and with ten units or more ``se``, ``df``. Below ten
        units interval and p-value are those of the wild cluster bootstrap, and ``draws`` counts its patterns of signs.

    Raises
    ------
    ValueError
        When a person stands in more than one row.

    *Not estimable when* there are fewer than 6 units, the exposure does not vary or only one unit differs from the
    others in it, nothing else tells the units apart, or with so few units the interval has no end.

    Notes
    -----
    ``score = a + b exposure + e`` by least squares. Errors are CR2 by unit with Satterthwaite's degrees of freedom;
    below ten units the restricted wild cluster bootstrap (Rademacher) with every pattern of signs, the interval being
    the values that its test does not reject (`rmanalytics.measures.stats.wild_bootstrap`).

    References
    ----------
    Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004
    Cameron AC, Gelbach JB, Miller DL (2008). https://doi.org/10.1162/rest.90.3.414

    Examples
    --------
    Ten units of two people, two units at each exposure, one high and one low; they rise by one half a step:

    >>> people = pd.DataFrame({"person_id": range(20), "unit": [i // 2 for i in range(20)],
    ...     "exposure": [i // 4 for i in range(20)], "score": [i // 4 / 2 + i // 2 % 2 for i in range(20)]})
    >>> round(exposure_slope(people, unit=PER_TANDEM).value, 9)
    0.5
    """
    table = _sound(people, ["exposure"], name="exposure_slope", unit=unit)
    return table if isinstance(table, NotEstimable) else _fitted(table)


@measure
def exposure_slope_adjusted(people: pd.DataFrame, *, unit: str) -> Estimate | NotEstimable:
    """As `exposure_slope`, between people whose score (or whose unit's mean) was the same before.

    Parameters
    ----------
    people : DataFrame
        As in `exposure_slope`, and ``before``: the person's own score at an earlier pulse, or the mean of the unit
        where pulses are not linked.
    unit : str
        As in `exposure_slope`.

    Returns
    -------
    Estimate or NotEstimable
        As in `exposure_slope`.

    Raises
    ------
    ValueError
        As in `exposure_slope`.

    *Not estimable when* `exposure_slope` is not, or the exposure cannot be told from the score before.

    Notes
    -----
    ``score = a + b exposure + c before + e``, otherwise as in `exposure_slope`. Takes out that units with more tandems
    may have started elsewhere, not that they may have been on another course.

    References
    ----------
    Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": range(20), "unit": [i // 2 for i in range(20)],
    ...     "exposure": [i // 4 for i in range(20)], "before": [i % 2 for i in range(20)]})
    >>> people["score"] = people["exposure"] / 2 + people["before"] + people["unit"] % 2
    >>> round(exposure_slope_adjusted(people, unit=PER_TANDEM).value, 9)
    0.5
    """
    table = _sound(people, ["exposure", "before"], name="exposure_slope_adjusted", unit=unit)
    return table if isinstance(table, NotEstimable) else _fitted(table)


@measure
def pulse_means(pulse: pd.DataFrame) -> Curve | NotEstimable:
    """Mean of a pulse survey at each wave.

    Parameters
    ----------
    pulse : DataFrame
        As in `pulse_trend`.

    Returns
    -------
    Curve or NotEstimable
        Points ``time_days``, ``mean``, ``lo``, ``hi`` (missing below 6 units, or where no unit differs), ``n``,
        ``units_n``; unit ``scale points``.

    Raises
    ------
    ValueError
        As in `pulse_trend`.

    *Not estimable when* there is no score.

    Notes
    -----
    t intervals with CR2 errors by unit and Satterthwaite's degrees of freedom.

    References
    ----------
    Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    >>> pulse = pd.DataFrame({"person_id": list("ab"), "unit": ["x", "y"], "time_days": 0, "score": [3.0, 4.0]})
    >>> pulse_means(pulse).points["mean"].tolist()
    [3.5]
    """
    complete, home = _pulse(pulse)
    if complete.empty:
        return NotEstimable(name="pulse_means", unit="scale points", reason=NO_SCORE, n=0)
    points = []
    for time, rows in complete.assign(home=home).groupby("time_days", sort=True):
        cluster = pd.factorize(rows["home"])[0].astype(np.int64)
        score: Floats = rows["score"].to_numpy(dtype=np.float64)
        units_n = int(cluster.max()) + 1
        lo, hi = math.nan, math.nan
        if units_n >= LEAST_PEOPLE:
            fit = fit_clustered(score, np.ones((score.size, 1)), cluster, terms=["mean"])
            if float(fit.errors[0]) > noise(score):
                reach = float(t_distribution.ppf(UPPER, float(fit.df[0])) * fit.errors[0])
                lo, hi = float(score.mean()) - reach, float(score.mean()) + reach
        points.append((time, float(score.mean()), lo, hi, score.size, units_n))
    return Curve(
        name="pulse_means",
        unit="scale points",
        points=pd.DataFrame(points, columns=["time_days", "mean", "lo", "hi", "n", "units_n"]),
        n=int(complete["person_id"].nunique()),
        unit_of_analysis="person",
        method="means with CR2 errors by unit, Satterthwaite t interval",
    )


@measure
def pulse_trend(pulse: pd.DataFrame) -> Estimate | NotEstimable:
    """How much the mean of a pulse survey rises a year.

    Parameters
    ----------
    pulse : DataFrame
        ``person_id``, ``unit`` (of the company), ``time_days`` (day of the wave, from any origin), ``score`` (scale
        points), NaN where missing; one row a person and wave. A person who moves stays with the unit of the first
        pulse.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``points per year``, ``n`` people. ``extra``: ``units``, ``waves``, ``answers_n``, and with ten units or
        more ``se``, ``df``.

    Raises
    ------
    ValueError
        When a person stands twice in a wave.

    *Not estimable when* there are fewer than 3 waves or 6 units, or nothing but time tells the units apart.

    Notes
    -----
    ``score = a + b time + e`` with intervals as in `exposure_slope`. A trend of the whole company has no comparison
    group: what else happened in these years is in it.

    References
    ----------
    Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004
    Cameron AC, Gelbach JB, Miller DL (2008). https://doi.org/10.1162/rest.90.3.414

    Examples
    --------
    Ten people, each in a unit of their own, rise by 0.1 from year to year on average:

    >>> pulse = pd.DataFrame([(p, p, 365.25 * w, 3 + w / 10 + (p * w % 5 == 1) - (p * w % 5 == 4))
    ...     for p in range(10) for w in range(3)], columns=["person_id", "unit", "time_days", "score"])
    >>> round(pulse_trend(pulse).value, 9)
    0.1
    """
    complete, home = _pulse(pulse)
    name = "pulse_trend"
    waves = int(complete["time_days"].nunique())
    people_n = int(complete["person_id"].nunique())
    if waves < LEAST_WAVES:
        return NotEstimable(name=name, unit=PER_YEAR, reason=TOO_FEW_WAVES, n=people_n, values={"least": LEAST_WAVES})
    years: Floats = complete["time_days"].to_numpy(dtype=np.float64) / _DAYS_A_YEAR
    table = _Table(
        y=complete["score"].to_numpy(dtype=np.float64),
        x=np.column_stack([years - years.mean(), np.ones(years.size)]),
        cluster=pd.factorize(home)[0].astype(np.int64),
        name=name,
        unit=PER_YEAR,
        n=people_n,
        excluded_n=int(pulse["person_id"].nunique()) - people_n,
        extra={"waves": float(waves), "answers_n": float(len(complete))},
    )
    refused = _too_little(table)
    found = refused if refused is not None else _fitted(table)
    if isinstance(found, Estimate):
        return replace(found, method=TREND_CR2 if found.method == CR2 else TREND_WILD)
    return found


def _pulse(pulse: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series[Any]]:
    """Complete rows, and the unit of each person's first pulse."""
    check_rows(pulse, ["person_id", "unit", "score"], key=["person_id", "time_days"])
    complete = pulse[["person_id", "unit", "time_days", "score"]].dropna().sort_values("time_days", kind="stable")
    return complete, complete.groupby("person_id", sort=False)["unit"].transform("first")


def _sound(people: pd.DataFrame, columns: Sequence[str], *, name: str, unit: str) -> _Table | NotEstimable:
    """Rows to fit, or why there is no slope."""
    check_rows(people, ["person_id", "unit", "score", *columns], key=["person_id"])
    given = people[["score", *columns]].to_numpy(dtype=np.float64, na_value=np.nan)
    home, _ = pd.factorize(people["unit"])
    complete = (home >= 0) & ~np.isnan(given).any(axis=1)
    score, values, home = given[complete, 0], given[complete, 1:], home[complete]
    exposure: Floats = values[:, columns.index("exposure")]
    if not exposure.size or np.ptp(exposure) <= noise(exposure):
        return NotEstimable(name=name, unit=unit, reason=SAME_EXPOSURE, n=exposure.size)
    table = _Table(
        y=score,
        x=np.column_stack([values - values.mean(axis=0), np.ones(exposure.size)]),
        cluster=pd.factorize(home)[0].astype(np.int64),
        name=name,
        unit=unit,
        n=exposure.size,
        excluded_n=len(people) - exposure.size,
        extra={"exposure_sd": float(exposure.std(ddof=1))},
    )
    refused = _too_little(table)
    if refused is not None:
        return refused
    least, most = np.full(table.units_n, np.inf), np.full(table.units_n, -np.inf)
    np.minimum.at(least, table.cluster, exposure)
    np.maximum.at(most, table.cluster, exposure)
    alike = np.unique(least[least == most], return_counts=True)[1]
    if table.units_n - alike.max(initial=0) < 2:
        return NotEstimable(name=name, unit=unit, reason=FEW_UNITS_DIFFER, n=table.n)
    return table


def _too_little(table: _Table) -> NotEstimable | None:
    reason, values = "", dict[str, int]()
    if table.units_n < LEAST_PEOPLE:
        reason, values = TOO_FEW_UNITS, {"least": LEAST_PEOPLE}
    elif not full_rank(table.x):
        reason = NO_SOLUTION
    else:
        rest = table.y - table.x @ np.linalg.lstsq(table.x, table.y)[0]
        if math.sqrt(float(rest @ rest) / rest.size) <= noise(table.y):
            reason = PERFECT_FIT
    return NotEstimable(name=table.name, unit=table.unit, reason=reason, n=table.n, values=values) if reason else None


def _fitted(table: _Table) -> Estimate | NotEstimable:
    """The first coefficient, with the interval that the number of units allows."""
    if table.units_n < FEWEST_FOR_CR2:
        return _wild(table, rng=np.random.default_rng(0), seed=None, draws=DRAWS)
    fit = fit_clustered(table.y, table.x, table.cluster, terms=[str(i) for i in range(table.x.shape[1])])
    value, se, df = (float(a[0]) for a in (fit.estimates, fit.errors, fit.df))
    if not se > noise(table.y) / max(float(np.abs(table.x[:, 0]).max()), 1e-300):
        return NotEstimable(name=table.name, unit=table.unit, reason=PERFECT_FIT, n=table.n)
    reach = float(t_distribution.ppf(UPPER, df)) * se
    p_value = 2 * float(t_distribution.sf(abs(value) / se, df))
    found = table.estimate(value, value - reach, value + reach, p_value, method=CR2)
    return replace(found, extra={**found.extra, "se": se, "df": df})


def _wild(table: _Table, *, rng: np.random.Generator, seed: int | None, draws: int) -> Estimate | NotEstimable:
    test = wild_cluster_test(table.y, table.x, table.cluster, column=0, rng=rng, draws=draws)
    if test.lo is None or test.hi is None:
        return NotEstimable(name=table.name, unit=table.unit, reason=NO_END, n=table.n)
    method = WILD_ENUMERATED if test.enumerated else WILD_DRAWN
    found = table.estimate(test.value, test.lo, test.hi, test.p_value, method=method)
    if test.enumerated:
        return replace(found, draws=test.draws)
    return replace(found, draws=test.draws, seed=seed, mc_se=math.sqrt(test.p_value * (1 - test.p_value) / test.draws))
