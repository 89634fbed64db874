"""Whether a company moved where the programme is: did the same people rise, and more so where there were more tandems?

Unit: the person who takes no part and answered both pulses; errors are clustered on the unit of the company. Able units
have high scores and many tandems, so a slope of levels is found without any effect in 65 of 100 companies, this in 3.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from rmanalytics.containment import measure
from rmanalytics.measures.rows import UPPER, check_rows, noise
from rmanalytics.measures.stats.cluster_robust import fit_clustered
from rmanalytics.measures.survey.exposure_response import (
    FEWEST_FOR_CR2,
    PER_TANDEM,
    PER_YEAR,
    TOO_FEW_UNITS,
    exposure_slope,
    exposure_slope_adjusted,
)
from rmanalytics.results import Estimate, NotEstimable

EVERYBODY_ALIKE = "everybody changed by the same amount"
METHOD = "the weakest of three: mean rise, slope of the change, slope at equal start; CR2 errors by unit, t interval"
PARTS = ("rise", "change", "adjusted")


@measure
def level_and_trend(people: pd.DataFrame, *, years: float) -> Estimate | NotEstimable:
    """The weakest of three signs that a company moved with the programme; all must pass (intersection–union test).

    Parameters
    ----------
    people : DataFrame
        ``person_id``, ``unit`` (of the company), ``exposure`` (tandems per 100 people between the pulses), ``before``,
        ``score`` (the same person at the earlier and the later pulse), NaN where missing; one row a person.
    years : float
        Time between the pulses.

    Returns
    -------
    Estimate or NotEstimable
        ``level_and_trend`` in the unit of the weakest part. ``extra``: ``se``, ``df``, ``units``, ``weakest`` (0 the
        mean rise a year, 1 the slope of the change, 2 the slope at equal start), and of each part of `PARTS` its
        value, ``…_se`` and ``…_df``.

    Raises
    ------
    ValueError
        When a person stands in more than one row.

    *Not estimable when* fewer than ten units have people with both scores, everybody changed by the same amount, or a
    slope is not estimable (`exposure_slope`, `exposure_slope_adjusted`).

    Notes
    -----
    Each part is a one-sided test at the level of the claim; that all pass is less likely than any one, so no
    correction is due. p-value and interval are those of the part with the smallest t, or, where all three fall, of the
    one that falls least.

    References
    ----------
    Berger RL (1982). https://doi.org/10.1080/00401706.1982.10487790

    Examples
    --------
    Ten units of two; who has more tandems near rises more, and on average people rise by 0.6 a year:

    >>> people = pd.DataFrame({"person_id": range(20), "unit": [i // 2 for i in range(20)],
    ...     "exposure": [i // 4 for i in range(20)], "before": [i % 3 for i in range(20)]})
    >>> people["score"] = people["before"] + people["exposure"] / 5 + (people["unit"] % 2) / 5 + 0.1
    >>> round(level_and_trend(people, years=1.0).extra["rise"], 9)
    0.6
    """
    check_rows(people, ["person_id", "unit", "exposure", "before", "score"], key=["person_id"])
    both = people.dropna(subset=["unit", "exposure", "before", "score"])
    change = (both["score"] - both["before"]).to_numpy(dtype=np.float64)
    cluster = pd.factorize(both["unit"])[0].astype(np.int64)
    name, n = "level_and_trend", len(both)
    units_n = int(cluster.max()) + 1 if n else 0
    if units_n < FEWEST_FOR_CR2:
        values = {"least": FEWEST_FOR_CR2}
        return NotEstimable(name=name, unit=PER_TANDEM, reason=TOO_FEW_UNITS, n=n, values=values)
    fit = fit_clustered(change, np.ones((n, 1)), cluster, terms=["rise"])
    rise, se, df = float(fit.estimates[0]), float(fit.errors[0]), float(fit.df[0])
    if se <= noise(change):
        return NotEstimable(name=name, unit=PER_YEAR, reason=EVERYBODY_ALIKE, n=n)
    slopes = (
        exposure_slope(both.assign(score=change), unit=PER_TANDEM),
        exposure_slope_adjusted(both, unit=PER_TANDEM),
    )
    refused = next((one for one in slopes if isinstance(one, NotEstimable)), None)
    if refused is not None:
        return replace(refused, name=name)
    parts = [(rise / years, se / years, df, PER_YEAR)]
    parts += [(s.value, s.extra["se"], s.extra["df"], PER_TANDEM) for s in slopes if isinstance(s, Estimate)]
    t = [value / error for value, error, _, _ in parts]
    weakest = int(np.argmax(t) if max(t) < 0 else np.argmin(t))
    value, error, df, unit = parts[weakest]
    reach = float(student.ppf(UPPER, df)) * error
    told = {part: own[0] for part, own in zip(PARTS, parts, strict=True)}
    told |= {f"{part}_se": own[1] for part, own in zip(PARTS, parts, strict=True)}
    told |= {f"{part}_df": own[2] for part, own in zip(PARTS, parts, strict=True)}
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=value - reach,
        hi=value + reach,
        n=n,
        unit_of_analysis="person",
        method=METHOD,
        n_excluded=len(people) - n,
        excluded_reason="not at both pulses" if len(people) > n else "",
        p_value=float(2 * student.sf(abs(t[weakest]), df)),
        extra={"se": error, "df": df, "units": float(units_n), "weakest": float(weakest), **told},
    )


def most_favourable_units(people: pd.DataFrame, *, years: float, way: int = 1) -> list[Any]:
    """Units in the order of what each by itself takes from the weakest part's t, as a fragility number leaves them out.

    Parameters
    ----------
    people : DataFrame
        As in `level_and_trend`.
    years : float
        As in `level_and_trend`.
    way : int
        1 where a rise is to be turned, −1 where a fall is.

    References
    ----------
    Walsh M et al. (2014). https://doi.org/10.1016/j.jclinepi.2013.10.019

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": range(24), "unit": [i // 2 for i in range(24)],
    ...     "exposure": [i // 4 for i in range(24)], "before": [i % 3 for i in range(24)]})
    >>> people["score"] = people["before"] + people["exposure"] / 5 + (people["unit"] % 2) / 5 + 0.1
    >>> [int(unit) for unit in most_favourable_units(people, years=1.0)[:3]]
    [7, 8, 5]
    """
    units = people["unit"].dropna().unique()

    def left(unit: object) -> float:
        found = level_and_trend(people[people["unit"] != unit], years=years)
        return way * found.value / found.extra["se"] if isinstance(found, Estimate) else -np.inf

    return sorted(units, key=left)


def units_redraw_p(people: pd.DataFrame, *, way: int, draws: int, rng: np.random.Generator) -> float:
    """One-sided p of the weaker slope where a lot gave units their exposure: the exposures are dealt out anew.

    Parameters
    ----------
    people : DataFrame
        As in `level_and_trend`; ``exposure`` is that of the unit's arm.
    way : int
        1 where more exposure should go with a rise, −1 where with a fall.
    draws : int
    rng : Generator

    Notes
    -----
    Statistic: the smaller t of two slopes over units, of the change and of the score less what the score before
    foretells, errors CR0. Exact for the hypothesis that nobody's answers hang on the lot.

    References
    ----------
    Gail MH et al. (1996). https://doi.org/10.1002/(SICI)1097-0258(19960615)15:11<1069::AID-SIM220>3.0.CO;2-Q

    Examples
    --------
    Twenty units of two, ten of them with tandems, whose people rise:

    >>> people = pd.DataFrame({"person_id": range(40), "unit": [i // 2 for i in range(40)],
    ...     "exposure": [float(i >= 20) for i in range(40)], "before": [i % 3 for i in range(40)]})
    >>> people["score"] = people["before"] + people["exposure"] + (people["unit"] % 2) / 5
    >>> units_redraw_p(people, way=1, draws=999, rng=np.random.default_rng(1))
    0.001
    """
    both = people.dropna(subset=["unit", "exposure", "before", "score"])
    before, score = both["before"].to_numpy(dtype=float), both["score"].to_numpy(dtype=float)
    centred = before - before.mean()
    spread = float(centred @ centred)
    slope = float(centred @ score) / spread if spread > 0 else 0.0
    unit = pd.factorize(both["unit"])[0]
    size = np.bincount(unit).astype(float)
    dose = np.bincount(unit, both["exposure"].to_numpy(dtype=float)) / size
    rests = [rest - rest.mean() for rest in (score - before, score - slope * centred)]
    sums = [np.bincount(unit, rest) for rest in rests]
    drawn = np.vstack([dose, rng.permuted(np.broadcast_to(dose, (draws, dose.size)), axis=1)])
    apart = drawn - (drawn @ size / size.sum())[:, None]
    below = apart**2 @ size
    found = []
    for total in sums:
        value = apart @ total / below
        error = np.sqrt((((total - value[:, None] * apart * size) * apart) ** 2).sum(axis=1)) / below
        found.append(way * value / np.maximum(error, 1e-12))
    t = np.minimum(*found) if way > 0 else np.maximum(*found)
    return float((t >= t[0] - 1e-9 * abs(t[0])).sum()) / (1 + draws)
