"""Whether those gain more who start lower, over all rounds: the difference of the groups' slopes of after on before.

Unit: the person in one round; the cluster is the person. In `Rows` the scores after alone are turned to the claimed
way, so that up is the claimed way of the slope.

References
----------
Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004
Smithson M, Verkuilen J (2006). https://doi.org/10.1037/1082-989X.11.1.54
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import logit
from scipy.stats import t as t_distribution

from rmanalytics.containment import measure
from rmanalytics.measures.rows import (
    INCOMPLETE_PAIR,
    LEAST_PAIRS,
    ONE_GROUP,
    TOO_FEW_IN_GROUP,
    UPPER,
    Floats,
    full_rank,
    noise,
)
from rmanalytics.measures.stats.cluster_robust import Contrast, fit_clustered
from rmanalytics.measures.stats.permutation import freedman_lane_p
from rmanalytics.measures.survey.all_rounds import NO_SOLUTION, PERFECT_FIT, Rows, read_rows
from rmanalytics.results import COMPARISON, PARTICIPANTS, Estimate, NotEstimable


def _centred(rows: Rows) -> Floats:
    """Scores before, less their round's mean."""
    means: Floats = np.array([rows.pre[rows.round == code].mean() for code in np.unique(rows.round)])
    centred: Floats = rows.pre - means[np.searchsorted(np.unique(rows.round), rows.round)]
    return centred


def _reduced(rows: Rows) -> Floats:
    """Columns of the model without the interaction."""
    return np.column_stack([rows.treated.astype(np.float64), _centred(rows), rows.covariates[:, 1:]])


def slope_contrast(rows: Rows) -> Contrast | None:
    """Slope of after on before among participants less that in the comparison group.

    Returns
    -------
    Contrast or None
        None where the rows do not determine it.

    Notes
    -----
    γ of ``post = a_round + b pre + δ [participant] + γ pre [participant] + e``, the score before centred within its
    round, CR2 errors by person.

    References
    ----------
    Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    >>> one = {"round": np.zeros(8, dtype=int), "person": np.arange(8), "unit": np.zeros(8, dtype=int)}
    >>> rows = Rows(pre=np.tile([1.0, 2, 3, 4], 2), post=np.array([2.0, 2, 3, 3, 1, 2, 3, 5]),
    ...             treated=np.arange(8) < 4, **one)
    >>> round(slope_contrast(rows).value, 9)
    -0.9
    """
    reduced = _reduced(rows)
    x = np.column_stack([reduced[:, 0] * reduced[:, 1], reduced])
    if len(x) <= x.shape[1] or not full_rank(x):
        return None
    return fit_clustered(rows.post, x, rows.person, terms=[str(i) for i in range(x.shape[1])]).contrast(0)


def slope_permutation_p(rows: Rows, *, draws: int, rng: np.random.Generator) -> float:
    """One-sided p of the difference of slopes: residuals of the model of one slope shuffled within rounds.

    References
    ----------
    Freedman D, Lane D (1983). https://doi.org/10.1080/07350015.1983.10509354

    Examples
    --------
    >>> one = {"round": np.zeros(12, dtype=int), "person": np.arange(12), "unit": np.zeros(12, dtype=int)}
    >>> pre, treated = np.tile(np.arange(6.0), 2), np.arange(12) < 6
    >>> rows = Rows(pre=pre, post=pre * treated, treated=treated, **one)
    >>> slope_permutation_p(rows, draws=4999, rng=np.random.default_rng(1)) < 0.01
    True
    """
    reduced = _reduced(rows)
    return freedman_lane_p(rows.post, reduced, reduced[:, 0] * reduced[:, 1], rows.round, draws=draws, rng=rng)


def with_one_slope(rows: Rows, n: int) -> Rows:
    """The rows with n participants' value after on the comparison group's line, those first that speak most for it.

    Examples
    --------
    >>> one = {"round": np.zeros(8, dtype=int), "person": np.arange(8), "unit": np.zeros(8, dtype=int)}
    >>> rows = Rows(pre=np.tile([1.0, 2, 3, 4], 2), post=np.array([1.0, 2, 3, 9, 1, 2, 3, 4]),
    ...             treated=np.arange(8) < 4, **one)
    >>> with_one_slope(rows, 1).post.round(9).tolist()
    [1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 4.0]
    """
    x, others = rows.covariates, ~rows.treated
    line = x @ np.linalg.lstsq(x[others], rows.post[others], rcond=None)[0]
    speaks = np.where(rows.treated, (rows.post - line) * _centred(rows), -np.inf)
    changed = np.argsort(-speaks, kind="stable")[:n]
    post = rows.post.copy()
    post[changed] = line[changed]
    return replace(rows, post=post)


def on_logits(people: pd.DataFrame, *, scale_min: float, scale_max: float) -> pd.DataFrame:
    """Scores as logits of their share of the scale, on which no end is near.

    Notes
    -----
    ``logit((s (N − 1) + 1/2) / N)``, s the share of the scale and N the scores of the wave.

    References
    ----------
    Smithson M, Verkuilen J (2006). https://doi.org/10.1037/1082-989X.11.1.54

    Examples
    --------
    >>> people = pd.DataFrame({"pre": [1.0, 5.0], "post": [3.0, 3.0]})
    >>> on_logits(people, scale_min=1, scale_max=5).round(3).to_numpy().tolist()
    [[-1.099, 0.0], [1.099, 0.0]]
    """
    told = {}
    for wave in ("pre", "post"):
        share = (people[wave] - scale_min) / (scale_max - scale_min)
        many = max(int(share.notna().sum()), 1)
        told[wave] = logit((share * (many - 1) + 0.5) / many)
    return people.assign(**told)


@measure
def slope_over_rounds(people: pd.DataFrame) -> Estimate | NotEstimable:
    """Difference of the slopes of after on before over several rounds, participants minus comparison.

    Parameters
    ----------
    people : DataFrame
        As in `rmanalytics.measures.survey.all_rounds.clustered_difference`.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``points per point``; ``extra``: ``se``, ``df``, ``rounds``, ``pairs``, ``pairs_comparison``.

    *Not estimable when* a group has fewer than 6 complete pairs, the design does not determine the slopes, or nothing
    is left to explain.

    References
    ----------
    Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    >>> people = pd.DataFrame({"round_id": "a", "person_id": range(12), "cluster_id": range(12),
    ...     "group": ["comparison"] * 6 + ["participants"] * 6, "pre": [1, 1, 2, 2, 3, 3] * 2,
    ...     "post": [1, 2, 2, 3, 3, 4] + [3, 4, 3, 4, 3, 4]})
    >>> round(slope_over_rounds(people).value, 9)
    -1.0
    """
    complete = people.dropna(subset=["pre", "post"])
    sizes = [int((complete["group"] == group).sum()) for group in (PARTICIPANTS, COMPARISON)]
    name, unit = "slope_over_rounds", "points per point"
    if min(sizes) < LEAST_PAIRS:
        reason, values = (TOO_FEW_IN_GROUP, {"least": LEAST_PAIRS}) if min(sizes) else (ONE_GROUP, {})
        return NotEstimable(name=name, unit=unit, reason=reason, n=sizes[0], values=values)
    rows = read_rows(complete.assign(person_id=complete["cluster_id"]))
    found = slope_contrast(rows)
    if found is None:
        return NotEstimable(name=name, unit=unit, reason=NO_SOLUTION, n=sizes[0])
    if found.sigma <= noise(rows.post) or not found.se > 0:
        return NotEstimable(name=name, unit=unit, reason=PERFECT_FIT, n=sizes[0])
    reach, counted = float(t_distribution.ppf(UPPER, found.df)) * found.se, complete.groupby("group")["person_id"]
    people_n, excluded_n = counted.nunique(), len(people) - len(complete)
    return Estimate(
        name=name,
        unit=unit,
        value=found.value,
        lo=found.value - reach,
        hi=found.value + reach,
        n=int(people_n[PARTICIPANTS]),
        unit_of_analysis="person",
        method="interaction of group and score before over rounds, CR2 errors by cluster, Satterthwaite t interval",
        n_excluded=excluded_n,
        excluded_reason=INCOMPLETE_PAIR if excluded_n else "",
        n_comparator=int(people_n[COMPARISON]),
        p_value=2 * float(t_distribution.sf(abs(found.value) / found.se, found.df)),
        extra={
            "se": found.se,
            "df": found.df,
            "rounds": float(complete["round_id"].nunique()),
            "pairs": float(sizes[0]),
            "pairs_comparison": float(sizes[1]),
        },
    )
