"""Engagement: did the tandems meet as planned, how soon, and did they complete?

Unit: the tandem, never the meeting: the meetings of one tandem are alike. Denominators are all tandems matched, so an
early end counts as an outcome and deletes nobody.

References
----------
McCullagh P, Nelder JA (1989). Generalized Linear Models, ch. 4. https://doi.org/10.1201/9780203753736
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import bdtr, expit, logit, stdtrit, xlogy

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LEAST_PEOPLE, LOWER, UPPER, Floats, check_parts, check_rows
from rmanalytics.measures.stats.proportions import wilson_share
from rmanalytics.results import Estimate, NotEstimable

TOO_FEW = "fewer than {least} tandems"
ALL_ALIKE = "all tandems held the same share of their planned meetings"
SAME_COUNT = "all tandems held the same number of meetings"
TOO_MANY_UNMET = "too many tandems have not met for an upper limit of the median"
NOTHING_PLANNED = "no meeting planned"
NO_MATCH_DATE = "no match date"

_TOLERANCE = 1e-10
_MOST_STEPS = 100
_FURTHEST_LOG_ODDS = 15.0


@dataclass(frozen=True, kw_only=True)
class QuasiBinomialFit:
    """A fitted share model: coefficients on the log-odds scale, with standard errors for the spread that there is."""

    coefficients: Floats
    standard_errors: Floats
    dispersion: float
    df: int
    deviance: float


def fit_quasi_binomial(held: Floats, planned: Floats, design: Floats) -> QuasiBinomialFit:
    r"""Fit the log-odds of k of n by least squares, the spread between units taken from the data.

    Parameters
    ----------
    held, planned : array of float, shape (units,)
        k and n of each unit, n above 0.
    design : array of float, shape (units, coefficients)
        Columns of the linear predictor, the constant included.

    Returns
    -------
    QuasiBinomialFit
        ``dispersion`` is Pearson's :math:`X^2 / (units - coefficients)`; 1 where meetings come about independently.

    Raises
    ------
    ValueError
        When k is not within 0 and n, there are no more units than coefficients, or the fit does not converge (a share
        of 0 or 1 in one of the groups).

    References
    ----------
    Wedderburn RWM (1974). https://doi.org/10.1093/biomet/61.3.439

    Examples
    --------
    Two units, 1 of 4 and 3 of 4: the share is one half, its log-odds 0.

    >>> fit = fit_quasi_binomial(np.array([1.0, 3.0]), np.array([4.0, 4.0]), np.ones((2, 1)))
    >>> abs(round(float(fit.coefficients[0]), 6)), round(fit.dispersion, 6)
    (0.0, 2.0)
    """
    check_parts(held, planned)
    df = len(held) - design.shape[1]
    if df <= 0:
        raise ValueError("there must be more units than coefficients")
    predictor = logit((held + 0.5) / (planned + 1))
    deviance = math.inf
    for _ in range(_MOST_STEPS):
        share = expit(predictor)
        weight = planned * share * (1 - share)
        working = predictor + (held - planned * share) / weight
        information = design.T @ (design * weight[:, None])
        coefficients: Floats = np.linalg.solve(information, design.T @ (weight * working))
        predictor = design @ coefficients
        if np.abs(predictor).max() > _FURTHEST_LOG_ODDS:
            raise ValueError("the fit does not converge: a share is 0 or 1 in one of the groups")
        before, deviance = deviance, _deviance(held, planned, expit(predictor))
        if abs(before - deviance) <= _TOLERANCE * (abs(deviance) + 0.1):
            break
    else:
        raise ValueError("the fit does not converge")
    share = expit(predictor)
    weight = planned * share * (1 - share)
    dispersion = float(np.sum((held - planned * share) ** 2 / weight)) / df
    covariance = dispersion * np.linalg.inv(design.T @ (design * weight[:, None]))
    return QuasiBinomialFit(
        coefficients=coefficients,
        standard_errors=np.sqrt(np.diag(covariance)),
        dispersion=dispersion,
        df=df,
        deviance=deviance,
    )


@measure
def held_share(tandems: pd.DataFrame) -> Estimate | NotEstimable:
    r"""Share of the planned meetings that were held, with the tandem as the unit.

    Parameters
    ----------
    tandems : DataFrame
        ``tandem_id`` (each once), ``planned`` and ``held``: numbers of meetings, 0 ≤ held ≤ planned. Every tandem
        matched, the ones that ended early included.

    Returns
    -------
    Estimate or NotEstimable
        ``held_share``, unit ``share``; ``extra`` holds ``dispersion`` (1 if meetings came about independently), ``df``,
        ``log_odds``, ``se_log_odds``, ``planned`` and ``held``.

    Raises
    ------
    ValueError
        When a tandem stands twice, a number is missing, or held does not lie within 0 and planned.

    Notes
    -----
    *Not estimable when* there are fewer than six tandems, or all held the same share (as when everything was held):
    the spread between tandems is what the interval is made of. Tandems without a planned meeting are excluded.
    Quasi-binomial model, :math:`\hat p = \sum k_i / \sum n_i`, dispersion
    :math:`\hat\phi = X^2/(m-1)`, limits :math:`\mathrm{expit}(\mathrm{logit}\,\hat p \pm t_{.975, m-1}
    \sqrt{\hat\phi / (\hat p (1 - \hat p) \sum n_i)})` for m tandems.

    References
    ----------
    McCullagh P, Nelder JA (1989). https://doi.org/10.1201/9780203753736

    Examples
    --------
    >>> frame = pd.DataFrame({"tandem_id": list("abcdef"), "planned": [6] * 6, "held": [6, 6, 5, 4, 6, 0]})
    >>> result = held_share(frame)
    >>> result.value, round(result.extra["dispersion"], 3)
    (0.75, 4.889)
    """
    used, excluded = _planned(tandems)
    name, unit, n = "held_share", "share", len(used)
    if n < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW, n=n, values={"least": LEAST_PEOPLE})
    held, planned = (used[column].to_numpy(dtype="float64") for column in ("held", "planned"))
    if (held * planned.sum() == planned * held.sum()).all():
        return NotEstimable(name=name, unit=unit, reason=ALL_ALIKE, n=n)
    fit = fit_quasi_binomial(held, planned, np.ones((n, 1)))
    log_odds, se = float(fit.coefficients[0]), float(fit.standard_errors[0])
    half = float(stdtrit(fit.df, UPPER)) * se
    return Estimate(
        name=name,
        unit=unit,
        value=float(held.sum() / planned.sum()),
        lo=float(expit(log_odds - half)),
        hi=float(expit(log_odds + half)),
        n=n,
        unit_of_analysis="tandem",
        method="quasi-binomial model with Pearson dispersion, t interval on the log-odds scale",
        n_excluded=excluded,
        excluded_reason=NOTHING_PLANNED if excluded else "",
        extra={
            "dispersion": fit.dispersion,
            "df": float(fit.df),
            "log_odds": log_odds,
            "se_log_odds": se,
            "planned": float(planned.sum()),
            "held": float(held.sum()),
        },
    )


@measure
def completion_share(tandems: pd.DataFrame) -> Estimate | NotEstimable:
    """Share of the tandems matched that held every planned meeting.

    Parameters
    ----------
    tandems : DataFrame
        As in `held_share`.

    Returns
    -------
    Estimate or NotEstimable
        ``completion_share``, unit ``share``, Wilson interval.

    Raises
    ------
    ValueError
        As in `held_share`.

    Notes
    -----
    *Not estimable when* no tandem had a meeting planned. Tandems without a planned meeting are excluded.

    References
    ----------
    Wilson EB (1927). https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> frame = pd.DataFrame({"tandem_id": list("abcdef"), "planned": [6] * 6, "held": [6, 6, 6, 4, 6, 0]})
    >>> round(completion_share(frame).value, 4)
    0.6667
    """
    used, excluded = _planned(tandems)
    return wilson_share(
        completed_tandems(tandems),
        len(used),
        name="completion_share",
        unit_of_analysis="tandem",
        n_excluded=excluded,
        excluded_reason=NOTHING_PLANNED if excluded else "",
    )


def completed_tandems(tandems: pd.DataFrame) -> int:
    """Number of tandems that held every planned meeting, of which there was at least one.

    Examples
    --------
    >>> completed_tandems(pd.DataFrame({"tandem_id": ["a", "b", "c"], "planned": [6, 6, 0], "held": [6, 5, 0]}))
    1
    """
    used, _ = _planned(tandems)
    return int((used["held"] == used["planned"]).sum())


@measure
def held_mean(tandems: pd.DataFrame) -> Estimate | NotEstimable:
    r"""Mean number of meetings that a tandem held.

    Parameters
    ----------
    tandems : DataFrame
        As in `held_share`; tandems without a planned meeting count with what they held.

    Returns
    -------
    Estimate or NotEstimable
        ``held_mean``, unit ``meetings``; ``extra`` holds ``sd`` and ``df``.

    Raises
    ------
    ValueError
        As in `held_share`.

    Notes
    -----
    *Not estimable when* there are fewer than six tandems, or all held the same number.
    :math:`\bar x \pm t_{.975, m-1}\, s/\sqrt m`.

    References
    ----------
    Student (1908). https://doi.org/10.1093/biomet/6.1.1

    Examples
    --------
    >>> frame = pd.DataFrame({"tandem_id": list("abcdef"), "planned": [6] * 6, "held": [6, 6, 5, 4, 6, 0]})
    >>> result = held_mean(frame)
    >>> result.value, round(result.extra["sd"], 4)
    (4.5, 2.3452)
    """
    _planned(tandems)
    name, unit, n = "held_mean", "meetings", len(tandems)
    if n < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW, n=n, values={"least": LEAST_PEOPLE})
    held = tandems["held"].to_numpy(dtype="float64")
    sd = float(held.std(ddof=1))
    if sd == 0:
        return NotEstimable(name=name, unit=unit, reason=SAME_COUNT, n=n)
    mean, half = float(held.mean()), float(stdtrit(n - 1, UPPER)) * sd / math.sqrt(n)
    return Estimate(
        name=name,
        unit=unit,
        value=mean,
        lo=mean - half,
        hi=mean + half,
        n=n,
        unit_of_analysis="tandem",
        method="mean with t interval",
        extra={"sd": sd, "df": float(n - 1)},
    )


@measure
def first_meeting_delay(tandems: pd.DataFrame) -> Estimate | NotEstimable:
    r"""Median days from the match to the first meeting, among all tandems matched.

    Parameters
    ----------
    tandems : DataFrame
        ``tandem_id`` (each once), ``matched_date`` and ``first_held_date`` (missing: they have not met).

    Returns
    -------
    Estimate or NotEstimable
        ``first_meeting_delay``, unit ``days``; ``extra`` holds ``level_exact`` (what the interval really covers, never
        less than 95%), ``rank_lo``, ``rank_hi`` and ``not_met``.

    Raises
    ------
    ValueError
        When a column or a tandem's id is missing, or a tandem stands twice.

    Notes
    -----
    *Not estimable when* there are fewer than six tandems, or so many have not met that the median or its upper limit
    lies among them. A tandem that has not met counts as waiting longer than all that have. Limits are the order
    statistics :math:`x_{(r)}, x_{(m+1-r)}` with the largest r for which :math:`P(B \le r - 1) \le 0.025`, B
    binomial(m, ½).

    References
    ----------
    David HA, Nagaraja HN (2003). Order Statistics, 7.1. https://doi.org/10.1002/0471722162

    Examples
    --------
    >>> frame = pd.DataFrame({"tandem_id": list("abcdef"), "matched_date": pd.to_datetime(["2026-01-01"] * 6),
    ...                       "first_held_date": pd.to_datetime([f"2026-01-{d:02d}" for d in (3, 4, 8, 9, 11, 31)])})
    >>> result = first_meeting_delay(frame)
    >>> result.value, result.lo, result.hi
    (7.5, 2.0, 30.0)
    """
    check_rows(tandems, ["tandem_id", "matched_date", "first_held_date"], key=["tandem_id"])
    dated = tandems[tandems["matched_date"].notna()]
    name, unit, n = "first_meeting_delay", "days", len(dated)
    if n < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW, n=n, values={"least": LEAST_PEOPLE})
    days = (dated["first_held_date"] - dated["matched_date"]).dt.days.to_numpy(dtype="float64")
    waits = np.sort(np.where(np.isnan(days), np.inf, days))
    ranks = np.arange(1, n // 2 + 1)
    rank = int(ranks[bdtr(ranks - 1, n, 0.5) <= LOWER][-1])
    lo, hi = waits[rank - 1], waits[n - rank]
    if not np.isfinite(hi):
        return NotEstimable(name=name, unit=unit, reason=TOO_MANY_UNMET, n=n)
    excluded = len(tandems) - n
    return Estimate(
        name=name,
        unit=unit,
        value=float((waits[(n - 1) // 2] + waits[n // 2]) / 2),
        lo=float(lo),
        hi=float(hi),
        n=n,
        unit_of_analysis="tandem",
        method="median with exact interval from order statistics, tandems that have not met counted as waiting longest",
        n_excluded=excluded,
        excluded_reason=NO_MATCH_DATE if excluded else "",
        extra={
            "level_exact": float(1 - 2 * bdtr(rank - 1, n, 0.5)),
            "rank_lo": float(rank),
            "rank_hi": float(n + 1 - rank),
            "not_met": float(np.isinf(waits).sum()),
        },
    )


def _planned(tandems: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The tandems with a planned meeting, and how many have none."""
    check_rows(tandems, ["tandem_id", "planned", "held"], key=["tandem_id"])
    check_parts(tandems["held"], tandems["planned"])
    used = tandems[tandems["planned"] > 0]
    return used, len(tandems) - len(used)


def _deviance(held: Floats, planned: Floats, share: Floats) -> float:
    missed = planned - held
    return float(2 * np.sum(xlogy(held, held / (planned * share)) + xlogy(missed, missed / (planned * (1 - share)))))
