"""How many people changed by more than the scale's own unreliability explains. Counts only; never a list of names.

Unit: the person with a score at both times. The comparison group gives the test-retest correlation and what practice
alone does, so without one nothing here is estimable.

References
----------
Jacobson NS, Truax P (1991). https://doi.org/10.1037/0022-006X.59.1.12
Chelune GJ et al. (1993). https://doi.org/10.1037/0894-4105.7.1.41
Maassen GH (2004). https://doi.org/10.1017/S1355617704106097
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.rows import (
    INCOMPLETE_PAIR,
    LEAST_PAIRS,
    LOWER,
    NO_VARIATION,
    ONE_GROUP,
    TOO_FEW_IN_GROUP,
    Floats,
    Z,
    before_and_after,
    check_rows,
    is_constant,
)
from rmanalytics.measures.stats.proportions import wilson_share
from rmanalytics.measures.survey.scoring import correlation
from rmanalytics.programme.instruments import Instrument
from rmanalytics.results import PARTICIPANTS, Curve, Estimate, NotEstimable

THRESHOLD = Z
EXPECTED_SHARE = LOWER
"""Share that passes the threshold in each direction if nobody changed."""
NOT_STABLE = "the comparison group's scores before and after do not go together"


@dataclass(frozen=True, kw_only=True)
class _Yardstick:
    pre: Floats
    change: Floats
    error: float
    error_two_spreads: float
    practice: float
    retest_r: float
    excluded_n: int


def difference_error(sd_pre: float, reliability: float) -> float:
    """Standard error of the difference of two scores of one unchanged person (Jacobson and Truax).

    Parameters
    ----------
    sd_pre : float
        Standard deviation of the scores before (scale points).
    reliability : float
        Test-retest correlation.

    Returns
    -------
    float
        Scale points.

    Notes
    -----
    ``√2 · s₁ √(1 − r)``.

    References
    ----------
    Jacobson NS, Truax P (1991). https://doi.org/10.1037/0022-006X.59.1.12

    Examples
    --------
    Their example, from 32.5 to 47.5 with s = 7.5 and r = 0.80, is a reliable change of 3.16:

    >>> round((47.5 - 32.5) / difference_error(7.5, 0.80), 2)
    3.16
    """
    return math.sqrt(2) * sd_pre * math.sqrt(1 - reliability)


def difference_error_two_spreads(sd_pre: float, sd_post: float, reliability: float) -> float:
    """As `difference_error`, the spread being allowed to differ before and after (Maassen).

    Parameters
    ----------
    sd_pre, sd_post : float
        Standard deviations of the scores (scale points).
    reliability : float
        Test-retest correlation.

    Returns
    -------
    float
        Scale points.

    Notes
    -----
    ``√((s₁² + s₂²)(1 − r))``.

    References
    ----------
    Maassen GH (2004). https://doi.org/10.1017/S1355617704106097

    Examples
    --------
    >>> difference_error_two_spreads(3.0, 4.0, 0.0)
    5.0
    """
    return math.sqrt((sd_pre**2 + sd_post**2) * (1 - reliability))


def clinical_cut_off(mean_low: float, sd_low: float, mean_high: float, sd_high: float) -> float:
    """The score at which a person belongs to either of two norm groups with equal chance (cut-off c).

    Parameters
    ----------
    mean_low, sd_low : float
        Norms of the lower group (scale points).
    mean_high, sd_high : float
        Norms of the higher group.

    Returns
    -------
    float
        Scale points.

    Notes
    -----
    ``(s_low m_high + s_high m_low) / (s_low + s_high)``.

    References
    ----------
    Jacobson NS, Truax P (1991). https://doi.org/10.1037/0022-006X.59.1.12

    Examples
    --------
    >>> clinical_cut_off(40, 7.5, 60, 7.5)
    50.0
    """
    return (sd_low * mean_high + sd_high * mean_low) / (sd_low + sd_high)


@measure
def reliable_rise_share(scores: pd.DataFrame) -> Estimate | NotEstimable:
    """Share of participants whose score rose by more than practice and unreliability explain.

    Parameters
    ----------
    scores : DataFrame
        ``person_id``, ``group`` (``participants`` or ``comparison``), ``pre``, ``post`` (scale points, NaN where there
        is no score), one row a person.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``share`` of the participants, with the Wilson interval; 2.5% are expected if nobody changed. ``extra``:
        ``count``, ``expected_share``, ``least_change`` (smallest reliable rise), ``practice``, ``retest_r``, ``error``.

    Raises
    ------
    ValueError
        When a person stands in more than one row, or for another group.

    *Not estimable when* one group is absent, a group has fewer than 6 complete pairs, scores do not vary, or the
    comparison group's scores before and after do not go together (no positive test-retest correlation).

    Notes
    -----
    ``(post − pre − practice) / (√2 s₁ √(1 − r)) > 1.96``: practice is the comparison group's mean change, r its
    correlation of pre and post, s₁ the participants' standard deviation before. The interval takes these as known.

    References
    ----------
    Jacobson NS, Truax P (1991). https://doi.org/10.1037/0022-006X.59.1.12
    Chelune GJ et al. (1993). https://doi.org/10.1037/0894-4105.7.1.41

    Examples
    --------
    One participant of six rises by three points, the others and the comparison group by nothing on average:

    >>> scores = pd.DataFrame({"person_id": range(12), "group": ["participants"] * 6 + ["comparison"] * 6,
    ...     "pre": [1, 2, 3, 1, 2, 3] * 2, "post": [4, 2, 3, 1, 2, 3] + [1, 2, 3, 1.1, 1.9, 3]})
    >>> round(reliable_rise_share(scores).value, 4)
    0.1667
    """
    return _beyond(scores, sign=1.0, name="reliable_rise_share")


@measure
def reliable_fall_share(scores: pd.DataFrame) -> Estimate | NotEstimable:
    """Share of participants whose score fell by more than practice and unreliability explain.

    Parameters
    ----------
    scores : DataFrame
        As in `reliable_rise_share`.

    Returns
    -------
    Estimate or NotEstimable
        As in `reliable_rise_share`, in the other direction.

    Raises
    ------
    ValueError
        As in `reliable_rise_share`.

    *Not estimable when* `reliable_rise_share` is not.

    Notes
    -----
    As in `reliable_rise_share`, ``< −1.96``.

    References
    ----------
    Chelune GJ et al. (1993). https://doi.org/10.1037/0894-4105.7.1.41

    Examples
    --------
    >>> scores = pd.DataFrame({"person_id": range(12), "group": ["participants"] * 6 + ["comparison"] * 6,
    ...     "pre": [1, 2, 3, 1, 2, 3] * 2, "post": [4, 2, 3, 1, 2, 3] + [1, 2, 3, 1.1, 1.9, 3]})
    >>> reliable_fall_share(scores).value
    0.0
    """
    return _beyond(scores, sign=-1.0, name="reliable_fall_share")


@measure
def reliable_change_variants(scores: pd.DataFrame) -> Curve | NotEstimable:
    """The same counts by three yardsticks, to see whether the choice matters.

    Parameters
    ----------
    scores : DataFrame
        As in `reliable_rise_share`.

    Returns
    -------
    Curve or NotEstimable
        Points ``variant`` (``practice-adjusted``, ``Jacobson-Truax``, ``Maassen``), ``rose_n``, ``fell_n``, ``same_n``,
        ``least_change`` (scale points beyond practice).

    Raises
    ------
    ValueError
        As in `reliable_rise_share`.

    *Not estimable when* `reliable_rise_share` is not.

    Notes
    -----
    Jacobson-Truax takes no practice off; Maassen takes none off and lets the spread differ before and after.

    References
    ----------
    Maassen GH (2004). https://doi.org/10.1017/S1355617704106097

    Examples
    --------
    >>> scores = pd.DataFrame({"person_id": range(12), "group": ["participants"] * 6 + ["comparison"] * 6,
    ...     "pre": [1, 2, 3, 1, 2, 3] * 2, "post": [4, 2, 3, 1, 2, 3] + [1, 2, 3, 1.1, 1.9, 3]})
    >>> reliable_change_variants(scores).points["rose_n"].tolist()
    [1, 1, 1]
    """
    yardstick = _yardstick(scores, name="reliable_change_variants")
    if isinstance(yardstick, NotEstimable):
        return yardstick
    rows = []
    for variant, practice, error in (
        ("practice-adjusted", yardstick.practice, yardstick.error),
        ("Jacobson-Truax", 0.0, yardstick.error),
        ("Maassen", 0.0, yardstick.error_two_spreads),
    ):
        index = (yardstick.change - practice) / error
        rose, fell = int((index > THRESHOLD).sum()), int((index < -THRESHOLD).sum())
        rows.append(
            {
                "variant": variant,
                "rose_n": rose,
                "fell_n": fell,
                "same_n": index.size - rose - fell,
                "least_change": THRESHOLD * error,
            }
        )
    return Curve(
        name="reliable_change_variants",
        unit="people",
        points=pd.DataFrame(rows),
        n=yardstick.change.size,
        unit_of_analysis="person",
        method="reliable change index by three yardsticks",
    )


@measure
def rise_out_of_reach_share(scores: pd.DataFrame, instrument: Instrument) -> Estimate | NotEstimable:
    """Share of participants who started so high that no rise on this scale could be a reliable one.

    Parameters
    ----------
    scores : DataFrame
        As in `reliable_rise_share`.
    instrument : Instrument
        Gives the highest score.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``share`` of the participants, with the Wilson interval.

    Raises
    ------
    ValueError
        As in `reliable_rise_share`.

    *Not estimable when* `reliable_rise_share` is not.

    Notes
    -----
    ``pre > scale_max − least_change`` with the smallest reliable rise of `reliable_rise_share`.

    References
    ----------
    Jacobson NS, Truax P (1991). https://doi.org/10.1037/0022-006X.59.1.12

    Examples
    --------
    On a scale that ends at 3, nobody who starts at 3 can rise at all; that is two of these six:

    >>> three = Instrument(name="three", title={}, version="1", scale_min=1, scale_max=3, labels={}, items=(),
    ...     subscales={}, direction="up", min_answered_share=0.8, same_items=True, source="", licence="")
    >>> scores = pd.DataFrame({"person_id": range(12), "group": ["participants"] * 6 + ["comparison"] * 6,
    ...     "pre": [1, 2, 3, 1, 2, 3] * 2, "post": [2, 3, 3, 1, 2, 3] + [1, 2, 3, 1.1, 1.9, 3]})
    >>> round(rise_out_of_reach_share(scores, three).value, 4)
    0.3333
    """
    yardstick = _yardstick(scores, name="rise_out_of_reach_share")
    if isinstance(yardstick, NotEstimable):
        return yardstick
    least = yardstick.practice + THRESHOLD * yardstick.error
    return wilson_share(
        int((yardstick.pre > instrument.scale_max - least).sum()),
        yardstick.pre.size,
        name="rise_out_of_reach_share",
        unit_of_analysis="person",
        n_excluded=yardstick.excluded_n,
        excluded_reason=INCOMPLETE_PAIR if yardstick.excluded_n else "",
    )


def _beyond(scores: pd.DataFrame, *, sign: float, name: str) -> Estimate | NotEstimable:
    yardstick = _yardstick(scores, name=name)
    if isinstance(yardstick, NotEstimable):
        return yardstick
    index = sign * (yardstick.change - yardstick.practice) / yardstick.error
    share = wilson_share(int((index > THRESHOLD).sum()), index.size, name=name, unit_of_analysis="person")
    if isinstance(share, NotEstimable):
        return share
    return Estimate(
        name=name,
        unit="share",
        value=share.value,
        lo=share.lo,
        hi=share.hi,
        n=share.n,
        unit_of_analysis="person",
        method="practice-adjusted reliable change index, Wilson score interval",
        n_excluded=yardstick.excluded_n,
        excluded_reason=INCOMPLETE_PAIR if yardstick.excluded_n else "",
        extra={
            "count": share.extra["count"],
            "expected_share": EXPECTED_SHARE,
            "least_change": sign * yardstick.practice + THRESHOLD * yardstick.error,
            "practice": yardstick.practice,
            "retest_r": yardstick.retest_r,
            "error": yardstick.error,
        },
    )


def _yardstick(scores: pd.DataFrame, *, name: str) -> _Yardstick | NotEstimable:
    check_rows(scores, ["person_id", "group", "pre", "post"], key=["person_id"])
    both, of_participants = before_and_after(scores), (scores["group"] == PARTICIPANTS).to_numpy()
    whole = ~np.isnan(both).any(axis=1)
    inside, outside = both[of_participants & whole], both[~of_participants & whole]
    n = len(inside)
    if not n or not len(outside):
        return NotEstimable(name=name, unit="share", reason=ONE_GROUP, n=n)
    if min(n, len(outside)) < LEAST_PAIRS:
        return NotEstimable(name=name, unit="share", reason=TOO_FEW_IN_GROUP, n=n, values={"least": LEAST_PAIRS})
    series = (inside[:, 0], outside[:, 0], outside[:, 1])
    if any(is_constant(x, among=np.concatenate([inside, outside]).ravel()) for x in series):
        return NotEstimable(name=name, unit="share", reason=NO_VARIATION, n=n)
    r = correlation(outside[:, 0], outside[:, 1])
    if not 0 < r < 1 - 1e-9:
        return NotEstimable(name=name, unit="share", reason=NOT_STABLE if r <= 0 else NO_VARIATION, n=n)
    sd_pre, sd_post = (float(inside[:, i].std(ddof=1)) for i in (0, 1))
    return _Yardstick(
        pre=inside[:, 0],
        change=inside[:, 1] - inside[:, 0],
        error=difference_error(sd_pre, r),
        error_two_spreads=difference_error_two_spreads(sd_pre, sd_post, r),
        practice=float((outside[:, 1] - outside[:, 0]).mean()),
        retest_r=r,
        excluded_n=int(of_participants.sum()) - n,
    )
