"""Goals that each person set for themselves, and how far they got: goal attainment scaling.

Unit: the person; the goals of one person go together. Attainment is whole: −2 much less than expected, 0 as expected,
+2 much more. It speaks of what people expected of themselves, without a comparison group.

References
----------
Kiresuk TJ, Sherman RE (1968). https://doi.org/10.1007/BF01530764
Turner-Stokes L (2009). https://doi.org/10.1177/0269215508101742
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import t as t_distribution

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LEAST_PEOPLE, UPPER, Floats, Z, check_rows
from rmanalytics.measures.stats.cluster_robust import fit_clustered
from rmanalytics.measures.stats.means import scale_mean
from rmanalytics.results import Estimate, NotEstimable

AS_EXPECTED = 50.0
"""T score of somebody who reached every goal as expected."""
CORRELATION = 0.3
"""Correlation between the goals of one person that Kiresuk and Sherman assume."""

TOO_FEW_RATED = "fewer than {least} people whose goals were all rated"
TOO_FEW_WITH_GOALS = "fewer than {least} people with a rated goal"
SAME_SCORE = "everyone attained the same score"
GOAL_NOT_RATED = "without a rating of each goal"
NO_GOAL_RATED = "without a rated goal"

_COLUMNS = ("person_id", "goal_code", "weight", "attained")


def goal_scores(goals: pd.DataFrame) -> pd.DataFrame:
    r"""T score of each person's goals.

    Parameters
    ----------
    goals : DataFrame
        ``person_id``, ``goal_code``, ``weight`` (0 or more), ``attained`` (−2 … 2, NaN where it was not rated), one row
        a goal of a person.

    Returns
    -------
    DataFrame
        One row a person, in order of appearance: ``person_id``, ``t_score`` (missing where a goal that counts was not
        rated, or none counts), ``goals_n`` (goals that count, weight above 0), ``rated_n``.

    Raises
    ------
    ValueError
        When a goal of a person stands in more than one row, a weight is missing or negative, or an attainment is not a
        whole number from −2 to 2.

    Notes
    -----
    ``T = 50 + 10 Σ wₖ xₖ / √((1 − ρ) Σ wₖ² + ρ (Σ wₖ)²)`` with ρ = 0.3. A person with an unrated goal has no T score,
    since goals go unrated more often where they were not reached.

    References
    ----------
    Kiresuk TJ, Sherman RE (1968). https://doi.org/10.1007/BF01530764

    Examples
    --------
    Two goals of equal weight, both one step above what was expected: 50 + 20 / √2.6.

    >>> goals = pd.DataFrame({"person_id": "a", "goal_code": ["g1", "g2"], "weight": 1, "attained": 1})
    >>> round(goal_scores(goals)["t_score"].item(), 4)
    62.4035
    """
    _check(goals)
    table = goals[list(_COLUMNS)].assign(
        counts=goals["weight"] > 0,
        rated=(goals["weight"] > 0) & goals["attained"].notna(),
        square=goals["weight"] ** 2,
        moved=goals["weight"] * goals["attained"],
    )
    sums = table.groupby("person_id", sort=False)[["weight", "square", "moved", "counts", "rated"]].sum()
    spread = ((1 - CORRELATION) * sums["square"] + CORRELATION * sums["weight"] ** 2) ** 0.5
    whole = (sums["rated"] == sums["counts"]) & (sums["counts"] > 0)
    return pd.DataFrame(
        {
            "person_id": sums.index,
            "t_score": (AS_EXPECTED + 10 * sums["moved"] / spread.where(spread > 0)).where(whole).to_numpy(dtype=float),
            "goals_n": sums["counts"].to_numpy(dtype=np.int64),
            "rated_n": sums["rated"].to_numpy(dtype=np.int64),
        }
    )


@measure
def goal_attainment(goals: pd.DataFrame) -> Estimate | NotEstimable:
    """Mean T score, against 50, which is what people expected of themselves.

    Parameters
    ----------
    goals : DataFrame
        As in `goal_scores`.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``T points``; the p-value is about 50. ``extra``: ``reference``, ``sd``, ``t``, ``df``, ``goals_n``.

    Raises
    ------
    ValueError
        As in `goal_scores`.

    *Not estimable when* fewer than 6 people have all their goals rated, or all of them the same T score.

    Notes
    -----
    ``T̄ ± t_{.975, n−1} s / √n``. Goals set too low lift it: read it with who set them.

    References
    ----------
    Kiresuk TJ, Sherman RE (1968). https://doi.org/10.1007/BF01530764

    Examples
    --------
    One goal each: T is 50 + 10 times the attainment, here 40, 50, 60, 40, 50, 60.

    >>> goals = pd.DataFrame({"person_id": list("abcdef"), "goal_code": "g", "weight": 1,
    ...                       "attained": [-1, 0, 1, -1, 0, 1]})
    >>> goal_attainment(goals).value
    50.0
    """
    people = goal_scores(goals)
    found = scale_mean(
        people.rename(columns={"person_id": "unit_id", "t_score": "score"}),
        reference=AS_EXPECTED,
        unit_of_analysis="person",
    )
    name, unit = "goal_attainment", "T points"
    if isinstance(found, NotEstimable):
        few = found.n < LEAST_PEOPLE
        reason, values = (TOO_FEW_RATED, {"least": LEAST_PEOPLE}) if few else (SAME_SCORE, {})
        return NotEstimable(name=name, unit=unit, reason=reason, n=found.n, values=values)
    goals_n = people.loc[people["t_score"].notna(), "goals_n"].sum()
    return replace(
        found,
        name=name,
        unit=unit,
        method="mean of goal attainment T scores with t interval, tested against 50",
        excluded_reason=GOAL_NOT_RATED if found.n_excluded else "",
        extra={**found.extra, "goals_n": float(goals_n)},
    )


@measure
def goals_reached_share(goals: pd.DataFrame) -> Estimate | NotEstimable:
    """Share of the rated goals that were reached, as expected or better.

    Parameters
    ----------
    goals : DataFrame
        As in `goal_scores`; the weights play no part.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``share`` of goals, ``n`` people with a rated goal. ``extra``: ``goals_n``, ``reached_n``,
        ``effective_n`` (independent goals that would tell as much), ``df``.

    Raises
    ------
    ValueError
        As in `goal_scores`.

    *Not estimable when* fewer than 6 people have a rated goal.

    Notes
    -----
    Wilson's interval at the effective number of goals, ``m / deff · (t_{m−1} / t_ν)²`` and at most m, with m goals,
    ``deff = (m − 1) SE² / (p (1 − p))``, SE the CR2 error of the mean with people as clusters, and the 97.5% quantiles
    of t with m − 1 and with Satterthwaite's ν degrees of freedom. Where all or none were reached the effective number
    is that of people.

    References
    ----------
    Korn EL, Graubard BI (1998). Survey Methodology 24:193-201.
    Dean N, Pagano M (2015). https://doi.org/10.1093/jssam/smv024
    Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    Six people with a goal each: the effective number is 6, and the interval is Wilson's of 3 of 6.

    >>> goals = pd.DataFrame({"person_id": list("abcdef"), "goal_code": "g", "weight": 1,
    ...                       "attained": [-1, 0, 1, -1, 0, -2]})
    >>> found = goals_reached_share(goals)
    >>> round(found.extra["effective_n"], 9), round(found.lo, 4), round(found.hi, 4)
    (6.0, 0.1876, 0.8124)
    """
    _check(goals)
    rated = goals[goals["attained"].notna()]
    silent = goals["person_id"].nunique() - rated["person_id"].nunique()
    return _reached(rated, silent, name="goals_reached_share")


@measure
def goals_reached_share_at_worst(goals: pd.DataFrame) -> Estimate | NotEstimable:
    """Share of all goals that were reached, as if none of the unrated ones was.

    Parameters
    ----------
    goals : DataFrame
        As in `goals_reached_share`.

    Returns
    -------
    Estimate or NotEstimable
        As in `goals_reached_share`; nobody is left out.

    Raises
    ------
    ValueError
        As in `goal_scores`.

    *Not estimable when* fewer than 6 people have a goal.

    Notes
    -----
    The lower bound of the share, whatever the reason for not rating.

    References
    ----------
    Manski CF (1990). https://www.jstor.org/stable/2006592

    Examples
    --------
    >>> goals = pd.DataFrame({"person_id": list("abcdef"), "goal_code": "g", "weight": 1,
    ...                       "attained": [0, 0, 1, -1, None, None]})
    >>> goals_reached_share_at_worst(goals).value
    0.5
    """
    _check(goals)
    return _reached(goals, 0, name="goals_reached_share_at_worst")


def _check(goals: pd.DataFrame) -> None:
    check_rows(goals, _COLUMNS, key=["person_id", "goal_code"])


def _reached(goals: pd.DataFrame, silent: int, *, name: str) -> Estimate | NotEstimable:
    person = pd.factorize(goals["person_id"])[0].astype(np.int64)
    people_n = int(person.max()) + 1 if person.size else 0
    if people_n < LEAST_PEOPLE:
        values = {"least": LEAST_PEOPLE}
        return NotEstimable(name=name, unit="share", reason=TOO_FEW_WITH_GOALS, n=people_n, values=values)
    reached: Floats = np.asarray(goals["attained"] >= 0, dtype=np.float64)
    share, goals_n = float(reached.mean()), reached.size
    fit = fit_clustered(reached, np.ones((goals_n, 1)), person, terms=["share"])
    variance, df = float(fit.errors[0]) ** 2, float(fit.df[0])
    effective_n = float(people_n)
    if variance > 1e-15:
        wider = float(t_distribution.ppf(UPPER, df) / t_distribution.ppf(UPPER, goals_n - 1)) ** 2
        design = (goals_n - 1) * variance / (share * (1 - share))
        effective_n = min(goals_n / (design * wider), float(goals_n))
    lo, hi = _wilson(share, effective_n)
    return Estimate(
        name=name,
        unit="share",
        value=share,
        lo=min(lo, share),
        hi=max(hi, share),
        n=people_n,
        unit_of_analysis="person",
        method="share of goals, Wilson interval at the effective number of goals, people as clusters (CR2)",
        n_excluded=silent,
        excluded_reason=NO_GOAL_RATED if silent else "",
        extra={
            "goals_n": float(goals_n),
            "reached_n": float(reached.sum()),
            "effective_n": effective_n,
            "df": df,
        },
    )


def _wilson(share: float, n: float) -> tuple[float, float]:
    part = Z**2 / n
    middle = (share + part / 2) / (1 + part)
    reach = math.sqrt(share * (1 - share) * part + part**2 / 4) / (1 + part)
    return max(0.0, middle - reach), min(1.0, middle + reach)
