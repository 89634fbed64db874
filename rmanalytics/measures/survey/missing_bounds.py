"""How far those who did not answer after could move the adjusted difference: its bounds, without any assumption on why.

Unit: the person with a score before. Nothing is imputed: a bound says what could be, not what is.

References
----------
Horowitz JL, Manski CF (2000). https://doi.org/10.1080/01621459.2000.10473902
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.rows import Floats, check_rows
from rmanalytics.measures.survey.ancova import adjusted_difference
from rmanalytics.measures.survey.attrition import NO_SCORE_BEFORE
from rmanalytics.results import COMPARISON, PARTICIPANTS, Estimate, NotEstimable

ENDS_OF_SCALE = "analysis of covariance with missing scores at an end of the scale, HC2 errors, t interval"


@measure
def adjusted_difference_at_lowest(
    scores: pd.DataFrame, *, scale_min: float, scale_max: float
) -> Estimate | NotEstimable:
    """The lowest that the adjusted difference could be, whatever those would have answered who did not.

    Parameters
    ----------
    scores : DataFrame
        As in `rmanalytics.measures.survey.ancova.adjusted_difference`.
    scale_min, scale_max : float
        Ends of the scale, from the instrument.

    Returns
    -------
    Estimate or NotEstimable
        As `rmanalytics.measures.survey.ancova.adjusted_difference` with every missing score after set to the end of the
        scale that pulls the difference down. ``extra`` also: ``filled_n`` (people whose score after was set).

    Raises
    ------
    ValueError
        As in `rmanalytics.measures.survey.ancova.adjusted_difference`, and when a score lies beyond the scale.

    *Not estimable when* `rmanalytics.measures.survey.ancova.adjusted_difference` is not, without the filling or with
    it.

    Notes
    -----
    The difference is a weighted sum of the scores after, so each missing one goes to the end that its own weight tells:
    for participants as a rule the lower, for the comparison group the upper. No other scores give a lower difference.
    The lower limit here and the upper one of `adjusted_difference_at_highest` enclose chance and silence together.

    References
    ----------
    Horowitz JL, Manski CF (2000). https://doi.org/10.1080/01621459.2000.10473902

    Examples
    --------
    Without drop-outs it is the adjusted difference; with one participant silent on a scale of 1 to 5 it falls:

    >>> scores = pd.DataFrame({"person_id": range(14), "group": ["comparison"] * 7 + ["participants"] * 7,
    ...     "pre": [1, 2, 3, 1, 2, 3, 2] * 2, "post": [1, 2, 3, 2, 3, 2, 2] + [2, 3, 4, 3, 4, 3, 3]})
    >>> round(adjusted_difference_at_lowest(scores, scale_min=1, scale_max=5).value, 9)
    1.0
    >>> scores["post"] = scores["post"].where(scores["person_id"] < 13)
    >>> round(adjusted_difference_at_lowest(scores, scale_min=1, scale_max=5).value, 4)
    0.7143
    """
    return _at_scale_ends(scores, scale_min, scale_max, name="adjusted_difference_at_lowest", sign=-1)


@measure
def adjusted_difference_at_highest(
    scores: pd.DataFrame, *, scale_min: float, scale_max: float
) -> Estimate | NotEstimable:
    """The highest that the adjusted difference could be, whatever those would have answered who did not.

    Parameters
    ----------
    scores, scale_min, scale_max
        As in `adjusted_difference_at_lowest`.

    Returns
    -------
    Estimate or NotEstimable
        As in `adjusted_difference_at_lowest`, the missing scores pulling the difference up.

    Raises
    ------
    ValueError
        As in `adjusted_difference_at_lowest`.

    *Not estimable when* `adjusted_difference_at_lowest` is not.

    Notes
    -----
    As in `adjusted_difference_at_lowest`.

    References
    ----------
    Horowitz JL, Manski CF (2000). https://doi.org/10.1080/01621459.2000.10473902

    Examples
    --------
    >>> scores = pd.DataFrame({"person_id": range(14), "group": ["comparison"] * 7 + ["participants"] * 7,
    ...     "pre": [1, 2, 3, 1, 2, 3, 2] * 2, "post": [1, 2, 3, 2, 3, 2, 2] + [2, 3, 4, 3, 4, 3, None]})
    >>> round(adjusted_difference_at_highest(scores, scale_min=1, scale_max=5).value, 4)
    1.2857
    """
    return _at_scale_ends(scores, scale_min, scale_max, name="adjusted_difference_at_highest", sign=1)


def _check_groups(scores: pd.DataFrame) -> None:
    check_rows(scores, ["person_id", "group", "pre", "post"], key=["person_id"])


def _at_scale_ends(
    scores: pd.DataFrame, scale_min: float, scale_max: float, *, name: str, sign: int
) -> Estimate | NotEstimable:
    _check_groups(scores)
    values = scores[["pre", "post"]].to_numpy(dtype=np.float64)
    room = 1e-9 * max(abs(scale_min), abs(scale_max))
    if (values < scale_min - room).any() or (values > scale_max + room).any():
        raise ValueError("a score lies beyond the ends of the scale")
    ends = dict.fromkeys((PARTICIPANTS, COMPARISON), (scale_min, scale_max))
    return _filled(scores, ends, name=name, sign=sign, method=ENDS_OF_SCALE)


def _filled(
    scores: pd.DataFrame, ends: dict[str, tuple[float, float]], *, name: str, sign: int, method: str
) -> Estimate | NotEstimable:
    """The adjusted difference with each missing score after at the end that moves it in the direction of the sign."""
    observed = adjusted_difference(scores)
    if isinstance(observed, NotEstimable):
        return replace(observed, name=name)
    started = scores[scores["pre"].notna()]
    silent = started["post"].isna().to_numpy()
    upper = _pull(started) * sign > 0
    lowest, highest = (started["group"].map({g: end[i] for g, end in ends.items()}) for i in (0, 1))
    post = started["post"].where(~silent, highest.where(upper, lowest))
    found = adjusted_difference(started.assign(post=post))
    if isinstance(found, NotEstimable):
        return replace(found, name=name)
    unseen = len(scores) - len(started)
    return replace(
        found,
        name=name,
        method=method,
        n_excluded=unseen,
        excluded_reason=NO_SCORE_BEFORE if unseen else "",
        extra={**found.extra, "filled_n": float(silent.sum())},
    )


def _pull(started: pd.DataFrame) -> Floats:
    """What the group leaves unexplained by the score before: the weight of each score after, up to a constant."""
    pre: Floats = started["pre"].to_numpy(dtype=np.float64)
    around = pre - pre.mean()
    inside = np.asarray(started["group"] == PARTICIPANTS, dtype=np.float64)
    inside -= inside.mean()
    slope = float(around @ inside) / float(around @ around)
    return np.asarray(inside - slope * around, dtype=np.float64)
