"""The two people of a tandem: how alike they are, how far apart, and whose start tells whose end.

Unit: the tandem with what is needed of both. The sides are told apart throughout, ``mentor`` (junior) and ``mentee``
(senior), except where a measure asks whether telling them apart matters.

References
----------
Kenny DA, Kashy DA, Cook WL (2006). Dyadic data analysis. Guilford.
Shrout PE, Fleiss JL (1979). https://doi.org/10.1037/0033-2909.86.2.420
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import chi2, ttest_rel
from scipy.stats import f as f_distribution
from scipy.stats import t as t_distribution

from rmanalytics.containment import measure
from rmanalytics.measures.network.nulls.permutation_null import p_of
from rmanalytics.measures.rows import (
    LEAST_PAIRS,
    NO_VARIATION,
    UPPER,
    Floats,
    Z,
    check_rows,
    full_rank,
    is_constant,
    noise,
)
from rmanalytics.results import SIDES, Curve, Estimate, NotEstimable

TOO_FEW_TANDEMS = "fewer than {least} tandems with answers of both"
SAME_GAP = "the two sides lie the same distance apart in every tandem"
NO_SLOPES = "the scores before do not tell the two sides apart"
TOO_FEW_LEFT = "fewer than {least} tandems with all four scores"
NOTHING_LEFT = "the scores before determine every score after"
ONE_SIDE = "without answers of both"

EXCHANGES = 1_999
_SIDES = SIDES[::-1]
_WAVES = ("mentor_pre", "mentee_pre", "mentor_post", "mentee_post")


@measure
def dyadic_icc(tandems: pd.DataFrame) -> Estimate | NotEstimable:
    """How alike the two of a tandem answer, compared with two people of different tandems.

    Parameters
    ----------
    tandems : DataFrame
        ``tandem_id``, ``mentor``, ``mentee`` (scale points, NaN where not answered), one row a tandem.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``icc``: 1 where the two always agree, 0 where they are no more alike than strangers, negative where one
        answers high when the other answers low. Two-sided p-value of 0. ``extra``: ``f``, ``msb``, ``msw``.

    Raises
    ------
    ValueError
        When a tandem stands in more than one row.

    *Not estimable when* fewer than 6 tandems have answers of both, or the answers do not vary.

    Notes
    -----
    ``(MSB − MSW) / (MSB + MSW)`` from the analysis of variance between and within tandems; limits from
    ``F = MSB/MSW`` with n − 1 and n degrees of freedom. A difference between the sides lowers it: it is agreement.

    References
    ----------
    Kenny DA, Kashy DA, Cook WL (2006). Dyadic data analysis. Guilford.

    Examples
    --------
    Tandem means 1 to 6, the two always one point apart: MSB is 7, MSW is 0.5.

    >>> tandems = pd.DataFrame({"tandem_id": list("abcdef"), "mentor": [0.5, 2.5, 2.5, 4.5, 4.5, 6.5],
    ...                         "mentee": [1.5, 1.5, 3.5, 3.5, 5.5, 5.5]})
    >>> round(dyadic_icc(tandems).value, 4)
    0.8667
    """
    x, excluded_n = _both(tandems, _SIDES)
    n, name, unit = len(x), "dyadic_icc", "icc"
    if n < LEAST_PAIRS:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_TANDEMS, n=n, values={"least": LEAST_PAIRS})
    if is_constant(x.ravel(), among=x.ravel()):
        return NotEstimable(name=name, unit=unit, reason=NO_VARIATION, n=n)
    msb = 2 * float(x.mean(axis=1).var(ddof=1))
    msw = float((x[:, 0] - x[:, 1]) @ (x[:, 0] - x[:, 1])) / (2 * n)
    if is_constant(x[:, 0] - x[:, 1], among=x.ravel()) or msb <= 0:
        return NotEstimable(name=name, unit=unit, reason=SAME_GAP, n=n)
    f = msb / msw
    f_lo = f / float(f_distribution.ppf(UPPER, n - 1, n))
    f_hi = f * float(f_distribution.ppf(UPPER, n, n - 1))
    tails = float(f_distribution.sf(f, n - 1, n)), float(f_distribution.cdf(f, n - 1, n))
    return Estimate(
        name=name,
        unit=unit,
        value=(f - 1) / (f + 1),
        lo=(f_lo - 1) / (f_lo + 1),
        hi=(f_hi - 1) / (f_hi + 1),
        n=n,
        unit_of_analysis="tandem",
        method="pairwise intraclass correlation by analysis of variance, F interval",
        n_excluded=excluded_n,
        excluded_reason=ONE_SIDE if excluded_n else "",
        p_value=min(1.0, 2 * min(tails)),
        extra={"f": f, "msb": msb, "msw": msw},
    )


@measure
def side_difference(tandems: pd.DataFrame) -> Estimate | NotEstimable:
    """Mean distance between the two of a tandem, mentor minus mentee.

    Parameters
    ----------
    tandems : DataFrame
        As in `dyadic_icc`.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``scale points``; 0 is eye level. ``extra``: ``mean_mentor``, ``mean_mentee``, ``df``.

    Raises
    ------
    ValueError
        When a tandem stands in more than one row.

    *Not estimable when* fewer than 6 tandems have answers of both, or all lie the same distance apart.

    Notes
    -----
    Paired t interval over tandems.

    References
    ----------
    Student (1908). https://doi.org/10.2307/2331554

    Examples
    --------
    >>> tandems = pd.DataFrame({"tandem_id": list("abcdef"), "mentor": [2, 3, 4, 2, 3, 4],
    ...                         "mentee": [1, 3, 3, 3, 3, 1]})
    >>> round(side_difference(tandems).value, 4)
    0.6667
    """
    x, excluded_n = _both(tandems, _SIDES)
    n, name, unit = len(x), "side_difference", "scale points"
    if n < LEAST_PAIRS:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_TANDEMS, n=n, values={"least": LEAST_PAIRS})
    if is_constant(x[:, 0] - x[:, 1], among=x.ravel()):
        return NotEstimable(name=name, unit=unit, reason=SAME_GAP, n=n)
    test = ttest_rel(x[:, 0], x[:, 1])
    interval = test.confidence_interval()
    return Estimate(
        name=name,
        unit=unit,
        value=float((x[:, 0] - x[:, 1]).mean()),
        lo=float(interval.low),
        hi=float(interval.high),
        n=n,
        unit_of_analysis="tandem",
        method="paired t interval within tandems",
        n_excluded=excluded_n,
        excluded_reason=ONE_SIDE if excluded_n else "",
        p_value=float(test.pvalue),
        extra={"mean_mentor": float(x[:, 0].mean()), "mean_mentee": float(x[:, 1].mean()), "df": float(test.df)},
    )


@measure
def actor_partner(tandems: pd.DataFrame) -> Curve | NotEstimable:
    """Whether a person's score after goes with their own start, with their partner's, or with both (APIM).

    Parameters
    ----------
    tandems : DataFrame
        ``tandem_id``, ``mentor_pre``, ``mentor_post``, ``mentee_pre``, ``mentee_post`` (scale points, NaN where
        there is no score), one row a tandem.

    Returns
    -------
    Curve or NotEstimable
        Points ``side``, ``term`` (``own start``, ``partner's start``), ``value`` (points per point), ``se``, ``lo``,
        ``hi``, ``df``, ``p_value``: four rows.

    Raises
    ------
    ValueError
        When a tandem stands in more than one row.

    *Not estimable when* fewer than 6 tandems have all four scores, the two starts do not vary apart from each other, or
    nothing is left to explain.

    Notes
    -----
    ``post_s = a_s + b_s own pre + c_s partner's pre + e_s`` for both sides at once, with a residual spread of each side
    and a correlation within the tandem. Both equations have the same two regressors, so generalised least squares is
    least squares of each equation, whatever the correlation (Zellner), and t with n − 3 degrees of freedom is exact.

    References
    ----------
    Kashy DA, Kenny DA (2000). In: Handbook of research methods in social and personality psychology. Cambridge.
    Zellner A (1962). https://doi.org/10.1080/01621459.1962.10480664

    Examples
    --------
    >>> own, other = np.array([1, 2, 3, 1, 2, 3, 2]), np.array([1, 1, 2, 2, 3, 3, 2])
    >>> noise = np.array([0.01, -0.01, 0, 0, -0.01, 0.01, 0])
    >>> tandems = pd.DataFrame({"tandem_id": range(7), "mentor_pre": own, "mentee_pre": other,
    ...     "mentor_post": own + noise, "mentee_post": own - noise})
    >>> actor_partner(tandems).points["value"].round(1).abs().tolist()
    [1.0, 0.0, 0.0, 1.0]
    """
    x, _ = _both(tandems, _WAVES)
    n, name, unit = len(x), "actor_partner", "points per point"
    refused = _no_regression(x, name=name, unit=unit)
    if refused is not None:
        return refused
    design = np.column_stack([np.ones(n), x[:, :2] - x[:, :2].mean(axis=0)])
    inverse = np.linalg.inv(design.T @ design)
    quantile = float(t_distribution.ppf(UPPER, n - 3))
    rows = []
    for i, side in enumerate(_SIDES):
        b = inverse @ design.T @ x[:, 2 + i]
        residual = x[:, 2 + i] - design @ b
        for term, column in (("own start", 1 + i), ("partner's start", 2 - i)):
            se = math.sqrt(float(residual @ residual) / (n - 3) * float(inverse[column, column]))
            value = float(b[column])
            rows.append(
                {
                    "side": side,
                    "term": term,
                    "value": value,
                    "se": se,
                    "lo": value - quantile * se,
                    "hi": value + quantile * se,
                    "df": float(n - 3),
                    "p_value": 2 * float(t_distribution.sf(abs(value) / se, n - 3)),
                }
            )
    return Curve(
        name=name,
        unit=unit,
        points=pd.DataFrame(rows),
        n=n,
        unit_of_analysis="tandem",
        method="actor-partner interdependence model of distinguishable sides",
    )


@measure
def rest_correlation(tandems: pd.DataFrame) -> Estimate | NotEstimable:
    """How alike the two of a tandem still are once both starts are held: the residual correlation of the APIM (rho).

    Parameters
    ----------
    tandems : DataFrame
        As in `actor_partner`.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``r``, Fisher's interval; ``extra``: ``df`` (tandems less 4).

    Raises
    ------
    ValueError
        When a tandem stands in more than one row.

    *Not estimable when* `actor_partner` is not, fewer than 6 degrees of freedom are left, or what is left of one side
    determines the other.

    Notes
    -----
    ``r = e₁'e₂ / (|e₁| |e₂|)``, the partial correlation of both scores after with both starts held; ``tanh(atanh r ±
    1.96 / √(n − 5))`` (two held).

    References
    ----------
    Fisher RA (1924). Metron 3:329-332.
    Kenny DA, Kashy DA, Cook WL (2006). Dyadic data analysis. Guilford.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> own, other, shared = rng.normal(size=(3, 40))
    >>> rest_correlation(pd.DataFrame({"tandem_id": range(40), "mentor_pre": own, "mentee_pre": other,
    ...     "mentor_post": own + shared, "mentee_post": other + shared + 0.1 * rng.normal(size=40)})).value > 0.9
    True
    """
    x, excluded_n = _both(tandems, _WAVES)
    n, name, unit = len(x), "rest_correlation", "r"
    refused = _no_regression(x, name=name, unit=unit)
    if refused is not None:
        return refused
    if n - 4 < LEAST_PAIRS:
        values = {"least": LEAST_PAIRS + 4}
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_LEFT, n=n, values=values)
    design = np.column_stack([np.ones(n), x[:, :2]])
    left = x[:, 2:] - design @ np.linalg.lstsq(design, x[:, 2:])[0]
    value = float(np.corrcoef(left.T)[0, 1])
    if abs(value) > 1 - 1e-9:
        return NotEstimable(name=name, unit=unit, reason=NOTHING_LEFT, n=n)
    lo, hi = np.tanh(math.atanh(value) + Z / math.sqrt(n - 5) * np.array([-1, 1]))
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=float(lo),
        hi=float(hi),
        n=n,
        unit_of_analysis="tandem",
        method="residual correlation of the actor-partner model, Fisher's interval",
        n_excluded=excluded_n,
        excluded_reason=ONE_SIDE if excluded_n else "",
        extra={"df": float(n - 4)},
    )


@measure
def sides_alike(tandems: pd.DataFrame, *, rng: np.random.Generator, seed: int) -> Estimate | NotEstimable:
    """Whether it matters which of the two is the mentor: likelihood ratio of telling the sides apart.

    Parameters
    ----------
    tandems : DataFrame
        As in `actor_partner`.
    rng, seed : Generator, int
        Source of the exchanges that are drawn where not all can be counted, and the seed it was made from.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``chi2`` with 4 degrees of freedom, without interval; a small p-value says that means, slopes or spreads
        differ between the sides. ``extra``: ``df``, ``asymptotic_p``.

    Raises
    ------
    ValueError
        When a tandem stands in more than one row.

    *Not estimable when* `actor_partner` is not, or what is left of one side determines the other.

    Notes
    -----
    Maximum likelihood. Sides alike: sum and difference of the two regress on sum and difference of the starts, apart
    from each other. Sides told apart: two equations with a free covariance. Where the sides are alike, exchanging
    the two of a tandem changes nothing, which gives the p-value: all exchanges of up to 11 tandems, draws of more. The
    chi-square of the ratio rejects 45, 18, 8 and 9 of 100 rounds of 6, 10, 20 and 34 tandems without any difference.

    References
    ----------
    Kenny DA, Kashy DA, Cook WL (2006). Dyadic data analysis. Guilford.

    Examples
    --------
    >>> own, other = np.array([1, 2, 3, 1, 2, 3, 2]), np.array([1, 1, 2, 2, 3, 3, 2])
    >>> noise = np.array([0.1, -0.1, 0, 0, -0.1, 0.1, 0.2])
    >>> tandems = pd.DataFrame({"tandem_id": range(7), "mentor_pre": own, "mentee_pre": other,
    ...     "mentor_post": own + noise, "mentee_post": 9 * own - noise[::-1]})
    >>> sides_alike(tandems, rng=np.random.default_rng(1), seed=1).p_value
    0.015625
    """
    x, excluded_n = _both(tandems, _WAVES)
    n, name, unit = len(x), "sides_alike", "chi2"
    refused = _no_regression(x, name=name, unit=unit)
    if refused is not None:
        return refused
    design = np.column_stack([np.ones(n), x[:, :2]])
    residual = x[:, 2:] - design @ np.linalg.lstsq(design, x[:, 2:])[0]
    if float(np.linalg.det(np.corrcoef(residual.T))) < 1e-12:
        return NotEstimable(name=name, unit=unit, reason=NOTHING_LEFT, n=n)
    apart = n * math.log(float(np.linalg.det(residual.T @ residual / n)))
    total, gap = x @ np.kron(np.eye(2), [[1], [1]]) / math.sqrt(2), x @ np.kron(np.eye(2), [[1], [-1]]) / math.sqrt(2)
    alike = 0.0
    for y, columns in ((total[:, 1], np.column_stack([np.ones(n), total[:, 0]])), (gap[:, 1], gap[:, :1])):
        left = y - columns @ np.linalg.lstsq(columns, y)[0]
        alike += n * math.log(float(left @ left) / n)
    ratio = max(0.0, alike - apart)
    # exchanging the two of a tandem leaves the likelihood of alike sides as it is
    exact = 2**n <= 2 * EXCHANGES + 2
    swapped = _every_way(n) if exact else rng.integers(2, size=(EXCHANGES, n)).astype(bool)
    exchanged = np.where(swapped[:, :, None], x[:, [1, 0, 3, 2]], x)
    centred = exchanged - exchanged.mean(axis=1, keepdims=True)
    cross = np.einsum("dni,dnj->dij", centred, centred)
    left = np.linalg.det(cross) / np.linalg.det(cross[:, :2, :2]) / n**2
    others = alike - n * np.log(np.maximum(left, 1e-300))
    p, mc_se = p_of(int((others >= ratio - 1e-9 * max(1.0, ratio)).sum()), len(swapped), exact=exact)
    return Estimate(
        name=name,
        unit=unit,
        value=ratio,
        lo=None,
        hi=None,
        n=n,
        unit_of_analysis="tandem",
        method="likelihood ratio of distinguishable sides, the two exchanged within tandems",
        n_excluded=excluded_n,
        excluded_reason=ONE_SIDE if excluded_n else "",
        p_value=p,
        draws=len(swapped),
        seed=None if exact else seed,
        mc_se=mc_se,
        extra={"df": 4.0, "asymptotic_p": float(chi2.sf(ratio, 4))},
    )


def _every_way(n: int) -> npt.NDArray[np.bool_]:
    """Every way to exchange, or not, the two of n tandems, one a row."""
    return np.asarray((np.arange(2**n)[:, None] >> np.arange(n)) % 2 == 1)


def _both(tandems: pd.DataFrame, columns: tuple[str, ...]) -> tuple[Floats, int]:
    check_rows(tandems, ["tandem_id", *columns], key=["tandem_id"])
    x: Floats = tandems[list(columns)].dropna().to_numpy(dtype=np.float64)
    return x, len(tandems) - len(x)


def _no_regression(x: Floats, *, name: str, unit: str) -> NotEstimable | None:
    n = len(x)
    if n < LEAST_PAIRS:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_TANDEMS, n=n, values={"least": LEAST_PAIRS})
    if any(is_constant(x[:, i], among=x.ravel()) for i in range(4)):
        return NotEstimable(name=name, unit=unit, reason=NO_VARIATION, n=n)
    starts = x[:, :2] - x[:, :2].mean(axis=0)
    if not full_rank(starts):
        return NotEstimable(name=name, unit=unit, reason=NO_SLOPES, n=n)
    design = np.column_stack([np.ones(n), starts])
    residual = x[:, 2:] - design @ np.linalg.lstsq(design, x[:, 2:])[0]
    if np.abs(residual).max(axis=0).min() <= noise(x):
        return NotEstimable(name=name, unit=unit, reason=NOTHING_LEFT, n=n)
    return None
