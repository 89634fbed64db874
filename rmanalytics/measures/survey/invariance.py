"""Measurement invariance: whether a questionnaire measures the same before and after, and in both groups.

Unit: the person who answered every item. It never judges a claim: it stands beside the figures of its scale.

References
----------
Meredith W (1993). https://doi.org/10.1007/BF02294825
Putnick DL, Bornstein MH (2016). https://doi.org/10.1016/j.dr.2016.06.004
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import chdtrc, chndtr

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LIMITS, Floats, check_rows, is_constant
from rmanalytics.measures.stats.one_factor_model import STEPS, FactorFit, Moments, fit_one_factor, independence_chi2
from rmanalytics.results import GROUPS, Curve, NotEstimable

WAVES = ("pre", "post")
LEAST_ITEMS = 4
LEAST_SPARE = 8
"""People of a group beyond the number of its variables, at the least."""
TOO_FEW_ITEMS = "fewer than {least} items"
TOO_FEW_PEOPLE = "{n} complete answers; a model of so many items takes {least}"
TOO_FEW_PEOPLE_IN_GROUP = "{n} complete answers in one of the groups; a model of so many items takes {least}"
ITEM_WITHOUT_VARIATION = "an item that all answered alike"
ITEMS_REPEAT = "an item that follows from the others"
IMPROPER = "the model of one factor leaves an item less than no variance of its own (Heywood case)"
NOT_REACHED = "the model of one factor finds no best fit"
METHOD = (
    "one factor by maximum likelihood, configural, metric and scalar; likelihood-ratio tests with Swain's correction"
)
UNIT = "chi-square"
AGAINST = ("difference_chi2", "difference_df", "difference_p_value", "cfi_change")


@measure
def invariance_over_waves(answers: pd.DataFrame) -> Curve | NotEstimable:
    r"""Whether the items of a scale measure the same before and after: configural, metric and scalar invariance.

    Parameters
    ----------
    answers : DataFrame
        ``person_id``, ``wave`` (``pre`` or ``post``; others are passed over), then one column an item.

    Returns
    -------
    Curve or NotEstimable
        Unit ``chi-square``. Points ``step`` (``configural``: one factor a wave; ``metric``: equal loadings;
        ``scalar``: equal intercepts too), ``chi2`` and ``df``, uncorrected; ``p_value`` of the model as a whole,
        corrected; ``cfi``, ``rmsea`` with ``rmsea_lo`` and ``rmsea_hi`` (95 %), ``srmr``; then against the step
        before, NaN in the first: ``difference_chi2`` (corrected), ``difference_df``, ``difference_p_value`` and
        ``cfi_change``.

    Raises
    ------
    ValueError
        When a person stands in more than one row of a wave.

    *Not estimable when* there are fewer than four items, fewer people answered all of them at both waves than twice
    the items and eight, everybody answered an item alike, an item follows from the others, the likelihood has no
    maximum, or an item has no variance of its own there (Heywood case).

    Notes
    -----
    Residuals of an item go together over waves. With n people, P variables and df of the covariances,
    :math:`Q = (\sqrt{1 + 4P(P+1) - 8\,df} - 1)/2`, a step's chi-square is multiplied by
        :math:`(1 - 1/n)(1 - (P(2P^2+3P-1) - Q(2Q^2+3Q-1))/(12\,df\,n))` (Swain 1975); a difference by the factor of the
    step before. ``cfi`` compares with items that do not go together at all, over waves neither. Answers on five points
    are treated as numbers.

    References
    ----------
    Widaman KF, Ferrer E, Conger RD (2010). https://doi.org/10.1111/j.1750-8606.2009.00110.x
    Herzog W, Boomsma A (2009). https://doi.org/10.1080/10705510802561279

    Examples
    --------
    >>> few = pd.DataFrame({"person_id": list("abc"), "wave": "pre", "x": [1, 2, 3], "y": [1, 3, 2]})
    >>> print(invariance_over_waves(few))
    invariance over waves: not estimable, fewer than 4 items (n = 0).
    """
    check_rows(answers, ["person_id", "wave"], key=["person_id", "wave"])
    items = [column for column in answers.columns if column not in {"person_id", "wave"}]
    x, wave = answers[items].to_numpy(dtype=float), answers["wave"].to_numpy(dtype=object)
    before, after = (np.flatnonzero(wave == each) for each in WAVES)
    person = pd.factorize(answers["person_id"])[0]
    _, first, second = np.intersect1d(person[before], person[after], assume_unique=True, return_indices=True)
    x = np.hstack([x[before[first]], x[after[second]]])
    x = x[~np.isnan(x).any(axis=1)]
    return _stepped([x], waves=2, name="invariance_over_waves", few=TOO_FEW_PEOPLE)


@measure
def invariance_between_groups(answers: pd.DataFrame) -> Curve | NotEstimable:
    """Whether the items of a scale measure the same among participants and comparison people at one time.

    Parameters
    ----------
    answers : DataFrame
        ``person_id``, ``group`` (``participants`` or ``comparison``), then one column an item.

    Returns
    -------
    Curve or NotEstimable
        As `invariance_over_waves`, whose steps hold between the groups here.

    Raises
    ------
    ValueError
        When a person stands in more than one row.

    *Not estimable when* there are fewer than four items, fewer people of a group answered all of them than the items
    and eight, and as in `invariance_over_waves`.

    Notes
    -----
    As `invariance_over_waves`; Swain's factor is that of one group, of its df and the mean number of people.

    References
    ----------
    Jöreskog KG (1971). https://doi.org/10.1007/BF02291366

    Examples
    --------
    >>> few = pd.DataFrame({"person_id": list("abc"), "group": "comparison", "x": [1, 2, 3], "y": [1, 3, 2]})
    >>> print(invariance_between_groups(few))
    invariance between groups: not estimable, fewer than 4 items (n = 3).
    """
    check_rows(answers, ["person_id", "group"], key=["person_id"])
    items = [column for column in answers.columns if column not in {"person_id", "group"}]
    x, group = answers[items].to_numpy(dtype=float), answers["group"].to_numpy(dtype=object)
    whole = ~np.isnan(x).any(axis=1)
    groups = [x[whole & (group == each)] for each in GROUPS]
    return _stepped(groups, waves=1, name="invariance_between_groups", few=TOO_FEW_PEOPLE_IN_GROUP)


def _stepped(groups: Sequence[Floats], *, waves: int, name: str, few: str) -> Curve | NotEstimable:
    n = sum(len(x) for x in groups)
    refused = _refused(groups, waves, few)
    if refused is not None:
        reason, values = refused
        return NotEstimable(name=name, unit=UNIT, reason=reason, n=n, values=values)
    moments = [Moments.of(x) for x in groups]
    fits: list[FactorFit] = []
    for step in STEPS:
        fit = fit_one_factor(moments, waves=waves, step=step)
        if fit is None or not fit.proper:
            return NotEstimable(name=name, unit=UNIT, reason=NOT_REACHED if fit is None else IMPROPER, n=n)
        fits.append(fit)
    points = pd.DataFrame(list(_rows(fits, moments)))
    return Curve(name=name, unit=UNIT, points=points, n=n, unit_of_analysis="person", method=METHOD)


def _rows(fits: Sequence[FactorFit], moments: Sequence[Moments]) -> Iterator[dict[str, str | float]]:
    """Each step by itself, and against the one before."""
    n, groups_n, variables_n = sum(m.n for m in moments), len(moments), len(moments[0].mean)
    factors = [swain_factor(variables_n, fit.covariance_df / groups_n, n / groups_n) for fit in fits]
    before: dict[str, float] = {}
    for i, (step, fit, factor) in enumerate(zip(STEPS, fits, factors, strict=True)):
        own = {"chi2": fit.chi2, "df": fit.df, "p_value": float(chdtrc(fit.df, factor * fit.chi2))}
        own |= fit_indices(fit, moments)
        against = dict.fromkeys(AGAINST, math.nan)
        if before:
            more, df = max(own["chi2"] - before["chi2"], 0.0) * factors[i - 1], own["df"] - before["df"]
            values = (more, df, float(chdtrc(df, more)), own["cfi"] - before["cfi"])
            against = dict(zip(AGAINST, values, strict=True))
        yield {"step": step, **own, **against}
        before = own


def _refused(groups: Sequence[Floats], waves: int, few: str) -> tuple[str, dict[str, int]] | None:
    """Why these answers carry no model of one factor, if they do not."""
    variables_n, fewest = groups[0].shape[1], min(len(x) for x in groups)
    if variables_n < LEAST_ITEMS * waves:
        return TOO_FEW_ITEMS, {"least": LEAST_ITEMS}
    if fewest < variables_n + LEAST_SPARE:
        return few, {"n": fewest, "least": variables_n + LEAST_SPARE}
    if any(is_constant(column, among=x) for x in groups for column in x.T):
        return ITEM_WITHOUT_VARIATION, {}
    if any(np.linalg.eigvalsh(np.corrcoef(x.T))[0] < 1e-6 for x in groups):
        return ITEMS_REPEAT, {}
    return None


def swain_factor(variables_n: int, df: float, n: float) -> float:
    """What a chi-square of so few people is multiplied by, so that it keeps to its distribution (Swain 1975).

    Examples
    --------
    >>> round(swain_factor(10, 29, 34), 3)
    0.843
    """
    p = variables_n
    q = (math.sqrt(1 + 4 * p * (p + 1) - 8 * df) - 1) / 2
    correction = (p * (2 * p**2 + 3 * p - 1) - q * (2 * q**2 + 3 * q - 1)) / (12 * df * n)
    return (1 - 1 / n) * (1 - correction)


def fit_indices(fit: FactorFit, groups: Sequence[Moments]) -> dict[str, float]:
    """CFI, RMSEA with its limits and SRMR of a fit, from the uncorrected chi-square as everywhere."""
    n = sum(group.n for group in groups)
    excess = max(fit.chi2 - fit.df, 0.0)
    alone, alone_df = independence_chi2(groups)
    worst = max(alone - alone_df, excess)
    scale = len(groups) / (n * fit.df)
    lo, hi = noncentral_limits(fit.chi2, fit.df, LIMITS)
    residuals = 0.0
    for group, covariance, mean in zip(groups, fit.covariances, fit.means, strict=True):
        sd = np.sqrt(np.diag(group.covariance))
        lower = np.tril((group.covariance - covariance) / np.outer(sd, sd))
        off = (group.mean - mean) / sd
        size = len(sd)
        residuals += group.n / n * math.sqrt(((lower**2).sum() + (off**2).sum()) / (size * (size + 1) / 2 + size))
    return {
        "cfi": 1 - excess / worst if worst > 0 else 1.0,
        "rmsea": math.sqrt(excess * scale),
        "rmsea_lo": math.sqrt(lo * scale),
        "rmsea_hi": math.sqrt(hi * scale),
        "srmr": residuals,
    }


def noncentral_limits(value: float, df: int, at: tuple[float, float]) -> tuple[float, float]:
    """Between which noncentralities a chi-square lies, 0 where it is below the central distribution's quantile."""

    def limit(share: float) -> float:
        if chdtrc(df, value) >= 1 - share:
            return 0.0
        return float(brentq(lambda excess: chndtr(value, df, excess) - share, 1e-9, 10 * value + 10 * df))

    lower, upper = at
    return limit(upper), limit(lower)
