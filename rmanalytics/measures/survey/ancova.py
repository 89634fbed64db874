"""Participants against a comparison group, before and after: the only survey measures that speak of the programme.

Unit: the person with a score at both times. Differences are always participants minus comparison.

References
----------
Senn S (2006). https://doi.org/10.1002/sim.2682
Lin W (2013). https://doi.org/10.1214/12-AOAS583
Imbens GW, Kolesár M (2016). https://doi.org/10.1162/REST_a_00552
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.stats import t as t_distribution
from scipy.stats import ttest_ind

from rmanalytics.containment import measure
from rmanalytics.measures.rows import (
    INCOMPLETE_PAIR,
    LEAST_PAIRS,
    NO_VARIATION,
    ONE_GROUP,
    SAME_CHANGE,
    SAME_CHANGE_IN_GROUP,
    TOO_FEW_IN_GROUP,
    Floats,
    before_and_after,
    check_rows,
    is_constant,
)
from rmanalytics.measures.stats.effect_sizes import hedges_j, pooled_sd, two_group_g
from rmanalytics.measures.stats.least_squares import Fit, fit_common_slope, fit_own_slopes
from rmanalytics.results import COMPARISON, PARTICIPANTS, Estimate, NotEstimable

SAME_BASELINE = "everyone had the same score before"
PERFECT_FIT = "the scores before and the group determine every score after"
LEVERAGE = "one person alone determines a part of the fit"

_GROUPS = (COMPARISON, PARTICIPANTS)
_COLUMNS = ("person_id", "group", "pre", "post")


@measure
def adjusted_difference(scores: pd.DataFrame) -> Estimate | NotEstimable:
    """Difference after the round between people who started at the same score (analysis of covariance).

    Parameters
    ----------
    scores : DataFrame
        ``person_id``, ``group`` (``participants`` or ``comparison``), ``pre``, ``post`` (scale points, NaN where there
        is no score), one row a person.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``scale points``, participants minus comparison, ``comparator`` left empty. ``extra``: ``se``, ``df``,
        ``t``, ``sigma`` (residual standard deviation), ``hc3_se``, ``hc3_lo``, ``hc3_hi`` (see below),
        ``mean_participants`` and ``mean_comparison`` (adjusted, at the grand mean before), ``g``, ``g_lo``, ``g_hi``
        (in pooled standard deviations before, times J), and where each group's scores before vary
        ``parallel_slopes_p``, ``lin_difference``, ``lin_lo``, ``lin_hi``.

    Raises
    ------
    ValueError
        When a person stands in more than one row, or for another group.

    *Not estimable when* one group is absent, a group has fewer than 6 complete pairs, all scores before are the same,
    one person alone determines a part of the fit, or nothing is left to explain.

    Notes
    -----
    ``post = a + b (pre − mean) + δ [participant] + e`` by least squares; HC2 errors and t with Bell and McCaffrey's
    degrees of freedom. HC3 errors with t(n − 3), which many programs give, are in ``extra``: with ten people a group
    their 95% intervals hold the truth 96 times in 100 and find less. δ answers: of two people with the same score
    before, by how much does the participant end higher? In groups that were not drawn by lot it may differ from
    `change_score_difference` (Lord's paradox); read both. The check of parallel slopes is the F test of the
    interaction; ``lin_`` is the difference at the grand mean with the slopes free. g takes the standard deviation as
    known.

    References
    ----------
    Senn S (2006). https://doi.org/10.1002/sim.2682
    Lin W (2013). https://doi.org/10.1214/12-AOAS583
    Bell RM, McCaffrey DF (2002). Survey Methodology 28:169-181.
    Imbens GW, Kolesár M (2016). https://doi.org/10.1162/REST_a_00552
    Long JS, Ervin LH (2000). https://doi.org/10.1080/00031305.2000.10474549

    Examples
    --------
    Same scores before; after, each participant lies one point above their counterpart:

    >>> scores = pd.DataFrame({"person_id": range(12), "group": ["comparison"] * 6 + ["participants"] * 6,
    ...     "pre": [1, 2, 3, 1, 2, 3] * 2, "post": [1, 2, 3, 2, 3, 2] + [2, 3, 4, 3, 4, 3]})
    >>> round(adjusted_difference(scores).value, 9)
    1.0
    """
    complete, excluded_n = _complete(scores)
    refused = _not_comparable(complete, name="adjusted_difference", unit="scale points")
    if refused is not None:
        return refused
    fit = _sound(fit_common_slope(complete, groups=_GROUPS), complete, name="adjusted_difference", unit="scale points")
    if isinstance(fit, NotEstimable):
        return fit
    participants, comparison = _split(complete)
    lo, hi = fit.limits(PARTICIPANTS)
    difference, mean_comparison = fit.value(PARTICIPANTS), fit.value("intercept")
    extra = {
        "se": fit.se(PARTICIPANTS),
        "df": fit.df_of(PARTICIPANTS),
        "t": difference / fit.se(PARTICIPANTS),
        "sigma": math.sqrt(fit.residual_ss / fit.residual_df),
        "hc3_se": fit.hc3_se(PARTICIPANTS),
        "hc3_lo": fit.hc3_limits(PARTICIPANTS)[0],
        "hc3_hi": fit.hc3_limits(PARTICIPANTS)[1],
        "mean_participants": mean_comparison + difference,
        "mean_comparison": mean_comparison,
    }
    sd = pooled_sd(_column(participants, "pre"), _column(comparison, "pre"))
    if sd > 0:
        factor = hedges_j(len(complete) - 2) / sd
        extra |= {"g": difference * factor, "g_lo": lo * factor, "g_hi": hi * factor}
    control_sd = float(_column(comparison, "pre").std(ddof=1))
    if control_sd > 1e-9:
        extra |= {"glass": difference / control_sd, "glass_lo": lo / control_sd, "glass_hi": hi / control_sd}
    lin = fit_own_slopes(complete, groups=_GROUPS)
    if lin is not None and not _explains_all(lin, complete):
        f = (fit.residual_ss - lin.residual_ss) / (lin.residual_ss / lin.residual_df)
        lin_lo, lin_hi = lin.limits(PARTICIPANTS)
        extra |= {
            "parallel_slopes_p": 2 * float(t_distribution.sf(math.sqrt(max(f, 0.0)), lin.residual_df)),
            "lin_difference": lin.value(PARTICIPANTS),
            "lin_lo": lin_lo,
            "lin_hi": lin_hi,
        }
    return Estimate(
        name="adjusted_difference",
        unit="scale points",
        value=difference,
        lo=lo,
        hi=hi,
        n=len(participants),
        unit_of_analysis="person",
        method="analysis of covariance on the score before, HC2 errors, t interval",
        n_excluded=excluded_n,
        excluded_reason=INCOMPLETE_PAIR if excluded_n else "",
        n_comparator=len(comparison),
        p_value=fit.p_value(PARTICIPANTS),
        extra=extra,
    )


@measure
def change_score_difference(scores: pd.DataFrame) -> Estimate | NotEstimable:
    """Difference of the two groups' mean changes (difference in differences), by Welch's t.

    Parameters
    ----------
    scores : DataFrame
        As in `adjusted_difference`.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``scale points``, participants minus comparison. ``extra``: ``df``, ``t``, ``change_participants``,
        ``change_comparison``.

    Raises
    ------
    ValueError
        When a person stands in more than one row, or for another group.

    *Not estimable when* one group is absent, a group has fewer than 6 complete pairs, or within a group everyone
    changed by the same amount: how far such changes spread is then not known.

    Notes
    -----
    ``d̄_p − d̄_c ± t_ν √(s_p²/n_p + s_c²/n_c)`` with Welch's ν. Assumes that without the programme both groups would
    have changed alike.

    References
    ----------
    Welch BL (1947). https://doi.org/10.1093/biomet/34.1-2.28
    Lord FM (1967). https://doi.org/10.1037/h0025105

    Examples
    --------
    Participants gain 2 on average, the others 1:

    >>> scores = pd.DataFrame({"person_id": range(12), "group": ["comparison"] * 6 + ["participants"] * 6,
    ...     "pre": 1, "post": [1, 2, 3, 1, 2, 3] + [2, 3, 4, 2, 3, 4]})
    >>> change_score_difference(scores).value
    1.0
    """
    complete, excluded_n = _complete(scores)
    name, unit = "change_score_difference", "scale points"
    refused = _not_comparable(complete, name=name, unit=unit)
    if refused is not None:
        return refused
    gains = [_column(part, "post") - _column(part, "pre") for part in _split(complete)]
    among = complete[["pre", "post"]].to_numpy(dtype=float)
    still = [is_constant(gain, among=among) for gain in gains]
    if any(still):
        reason = SAME_CHANGE if all(still) else SAME_CHANGE_IN_GROUP
        return NotEstimable(name=name, unit=unit, reason=reason, n=gains[0].size)
    test = ttest_ind(*gains, equal_var=False)
    interval = test.confidence_interval()
    return Estimate(
        name=name,
        unit=unit,
        value=float(gains[0].mean() - gains[1].mean()),
        lo=float(interval.low),
        hi=float(interval.high),
        n=gains[0].size,
        unit_of_analysis="person",
        method="difference of mean changes, Welch t interval",
        n_excluded=excluded_n,
        excluded_reason=INCOMPLETE_PAIR if excluded_n else "",
        n_comparator=gains[1].size,
        p_value=float(test.pvalue),
        extra={
            "df": float(test.df),
            "t": float(test.statistic),
            "change_participants": float(gains[0].mean()),
            "change_comparison": float(gains[1].mean()),
        },
    )


@measure
def baseline_difference(scores: pd.DataFrame) -> Estimate | NotEstimable:
    """How far the two groups lay apart before, in standard deviations.

    Parameters
    ----------
    scores : DataFrame
        As in `adjusted_difference`; the people compared are those with a score at both times, as there.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``g``, participants minus comparison. Above 0.25 either way, adjustment extrapolates. ``extra``:
        ``mean_participants``, ``mean_comparison``.

    Raises
    ------
    ValueError
        When a person stands in more than one row, or for another group.

    *Not estimable when* one group is absent, a group has fewer than 6 complete pairs, or within both groups all scores
    before are the same.

    Notes
    -----
    ``g = J(n−2) (x̄_p − x̄_c) / s_pooled``; limits from the noncentrality of the two-sample t.

    References
    ----------
    Hedges LV (1981). https://doi.org/10.3102/10769986006002107

    Examples
    --------
    One point apart, pooled variance 0.8, J(10) = 0.9228:

    >>> scores = pd.DataFrame({"person_id": range(12), "group": ["comparison"] * 6 + ["participants"] * 6,
    ...     "pre": [1, 2, 3, 1, 2, 3] + [2, 3, 4, 2, 3, 4], "post": 3})
    >>> round(baseline_difference(scores).value, 4)
    1.0317
    """
    complete, excluded_n = _complete(scores)
    refused = _not_comparable(complete, name="baseline_difference", unit="g")
    if refused is not None:
        return refused
    pre_p, pre_c = (_column(part, "pre") for part in _split(complete))
    if pooled_sd(pre_p, pre_c) == 0:
        return NotEstimable(name="baseline_difference", unit="g", reason=NO_VARIATION, n=pre_p.size)
    g, lo, hi = two_group_g(pre_p, pre_c)
    return Estimate(
        name="baseline_difference",
        unit="g",
        value=g,
        lo=lo,
        hi=hi,
        n=pre_p.size,
        unit_of_analysis="person",
        method="Hedges' g of the scores before, noncentral t interval",
        n_excluded=excluded_n,
        excluded_reason=INCOMPLETE_PAIR if excluded_n else "",
        n_comparator=pre_c.size,
        extra={"mean_participants": float(pre_p.mean()), "mean_comparison": float(pre_c.mean())},
    )


@measure
def slope_difference(scores: pd.DataFrame) -> Estimate | NotEstimable:
    """Whether those who start lower gain more than regression to the mean explains.

    Parameters
    ----------
    scores : DataFrame
        As in `adjusted_difference`.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``points per point``: slope of after on before among participants minus that in the comparison group.
        Negative: each point lower at the start brings the participant that much more. ``extra``: ``se``, ``df``.

    Raises
    ------
    ValueError
        When a person stands in more than one row, or for another group.

    *Not estimable when* one group is absent, a group has fewer than 6 complete pairs, a group's scores before do not
    vary, one person alone determines a part of the fit, or nothing is left to explain.

    Notes
    -----
    The interaction in ``post = a + b pre + δ [participant] + γ pre [participant] + e``, errors and degrees of freedom
    as in `adjusted_difference`. Regression to the mean is in both groups alike and so not in γ, provided they were
    chosen alike.

    References
    ----------
    Lin W (2013). https://doi.org/10.1214/12-AOAS583

    Examples
    --------
    Among participants the slope is 0, in the comparison group 1:

    >>> scores = pd.DataFrame({"person_id": range(12), "group": ["comparison"] * 6 + ["participants"] * 6,
    ...     "pre": [1, 1, 2, 2, 3, 3] * 2, "post": [1, 2, 2, 3, 3, 4] + [3, 4, 3, 4, 3, 4]})
    >>> round(slope_difference(scores).value, 9)
    -1.0
    """
    complete, excluded_n = _complete(scores)
    name, unit = "slope_difference", "points per point"
    refused = _not_comparable(complete, name=name, unit=unit)
    if refused is not None:
        return refused
    fit = _sound(fit_own_slopes(complete, groups=_GROUPS), complete, name=name, unit=unit)
    if isinstance(fit, NotEstimable):
        return fit
    term = f"pre:{PARTICIPANTS}"
    lo, hi = fit.limits(term)
    participants, comparison = _split(complete)
    return Estimate(
        name=name,
        unit=unit,
        value=fit.value(term),
        lo=lo,
        hi=hi,
        n=len(participants),
        unit_of_analysis="person",
        method="interaction of group and score before, HC2 errors, t interval",
        n_excluded=excluded_n,
        excluded_reason=INCOMPLETE_PAIR if excluded_n else "",
        n_comparator=len(comparison),
        p_value=fit.p_value(term),
        extra={"se": fit.se(term), "df": fit.df_of(term)},
    )


def _complete(scores: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    check_rows(scores, _COLUMNS, key=["person_id"])
    whole = np.flatnonzero(~np.isnan(before_and_after(scores)).any(axis=1))
    return scores[list(_COLUMNS)].iloc[whole], len(scores) - whole.size


def _split(complete: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    inside = (complete["group"] == PARTICIPANTS).to_numpy()
    return complete[inside], complete[~inside]


def _column(frame: pd.DataFrame, name: str) -> Floats:
    return frame[name].to_numpy(dtype=float)


def _not_comparable(complete: pd.DataFrame, *, name: str, unit: str) -> NotEstimable | None:
    sizes = [len(part) for part in _split(complete)]
    if min(sizes) == 0:
        return NotEstimable(name=name, unit=unit, reason=ONE_GROUP, n=sizes[0])
    if min(sizes) < LEAST_PAIRS:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_IN_GROUP, n=sizes[0], values={"least": LEAST_PAIRS})
    return None


def _sound(fit: Fit | None, complete: pd.DataFrame, *, name: str, unit: str) -> Fit | NotEstimable:
    """The fit, or why there is none."""
    n = len(_split(complete)[0])
    if fit is not None and not _explains_all(fit, complete):
        return fit
    if fit is not None:
        return NotEstimable(name=name, unit=unit, reason=PERFECT_FIT, n=n)
    pre = [_column(part, "pre") for part in (complete, *_split(complete))]
    if is_constant(pre[0], among=pre[0]):
        return NotEstimable(name=name, unit=unit, reason=SAME_BASELINE, n=n)
    if any(is_constant(part, among=pre[0]) for part in pre):
        return NotEstimable(name=name, unit=unit, reason=NO_VARIATION, n=n)
    return NotEstimable(name=name, unit=unit, reason=LEVERAGE, n=n)


def _explains_all(fit: Fit, complete: pd.DataFrame) -> bool:
    return math.sqrt(fit.residual_ss / len(complete)) <= 1e-9 * float(np.abs(complete["post"]).max())
