"""Three measures of one change, side by side: the true pretest, the retrospective one ("then"), an objective task.

Unit: the person. People who learn what they did not know judge their former selves by a new yardstick: asked afterwards
how they were before, they answer lower than they did at the time. No one of the measures replaces another, whichever of
them shows more.

References
----------
Howard GS, Ralph KM, Gulanick NA, et al. (1979). https://doi.org/10.1177/014662167900300101
Schwartz CE, Sprangers MAG (1999). https://doi.org/10.1016/S0277-9536(99)00045-7
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.rows import check_rows
from rmanalytics.measures.survey.paired_change import paired_change, paired_g_av
from rmanalytics.results import Estimate, NotEstimable

NOT_ALL = "without every score that is compared"

_ANSWERS = ("pre", "then", "post")
_TASK = ("task_pre", "task_post")
_CONTRASTS = (
    ("change_from_pretest", "scale points", "pre", "post"),
    ("change_from_then_test", "scale points", "then", "post"),
    ("response_shift", "scale points", "pre", "then"),
    ("task_change", "task points", "task_pre", "task_post"),
)


@measure
def then_test(scores: pd.DataFrame) -> tuple[Estimate | NotEstimable, ...]:
    """Change since the true pretest, change since the retrospective one, and the shift between the two.

    Parameters
    ----------
    scores : DataFrame
        ``person_id``, ``pre`` (answered before), ``then`` (answered afterwards, about before), ``post`` (answered
        afterwards), scale points, NaN where there is no score; one row a person.

    Returns
    -------
    tuple of Estimate or NotEstimable
        ``change_from_pretest`` (post − pre), ``change_from_then_test`` (post − then) and ``response_shift``
        (then − pre: negative where people judge their former selves lower than they did at the time), unit ``scale
        points``, all of the same people. ``extra`` as in `rmanalytics.measures.survey.paired_change.paired_change`,
        and ``g_av``, ``g_av_lo``, ``g_av_hi``.

    Raises
    ------
    ValueError
        When a person stands in more than one row.

    *Not estimable when* fewer than 6 people have all three scores; one of the three alone, when everyone has the same
    difference.

    Notes
    -----
    Paired t intervals. The first is the second plus the third. A shift can as well be the wish to have learnt
    something; only `then_test_with_task` says more.

    References
    ----------
    Howard GS, Ralph KM, Gulanick NA, et al. (1979). https://doi.org/10.1177/014662167900300101

    Examples
    --------
    People rise by 1 since the pretest, and by 2 from where they now think they were:

    >>> scores = pd.DataFrame({"person_id": list("abcdef"), "pre": [2, 3, 3, 2, 3, 3], "then": [1, 2, 3, 1, 1, 2],
    ...                        "post": [3, 4, 3, 4, 4, 4]})
    >>> [found.value for found in then_test(scores)]
    [1.0, 2.0, -1.0]
    """
    return _contrasts(scores, _ANSWERS, _CONTRASTS[:3])


@measure
def then_test_with_task(scores: pd.DataFrame) -> tuple[Estimate | NotEstimable, ...]:
    """As `then_test`, with the change in an objective task beside it, of the same people.

    Parameters
    ----------
    scores : DataFrame
        As in `then_test`, and ``task_pre``, ``task_post`` (points in a task that is not a self-report).

    Returns
    -------
    tuple of Estimate or NotEstimable
        The three of `then_test` and ``task_change`` (unit ``task points``), of the people who have all five scores.
        Compare them by ``g_av``.

    Raises
    ------
    ValueError
        When a person stands in more than one row.

    *Not estimable when* fewer than 6 people have all five scores; one of the four alone, when everyone has the same
    difference.

    Notes
    -----
    A task that rises while post − pre does not speaks for a shift of the yardstick; a task that stands still while
    post − then rises speaks against the retrospective answers.

    References
    ----------
    Howard GS, Ralph KM, Gulanick NA, et al. (1979). https://doi.org/10.1177/014662167900300101

    Examples
    --------
    >>> scores = pd.DataFrame({"person_id": list("abcdef"), "pre": [2, 3, 3, 2, 3, 3], "then": [1, 2, 3, 1, 1, 2],
    ...     "post": [3, 4, 3, 4, 4, 4], "task_pre": [10, 12, 11, 9, 8, 10], "task_post": [15, 18, 14, 13, 15, 15]})
    >>> then_test_with_task(scores)[3].value
    5.0
    """
    return _contrasts(scores, (*_ANSWERS, *_TASK), _CONTRASTS)


def _contrasts(
    scores: pd.DataFrame, needed: Sequence[str], contrasts: Sequence[tuple[str, str, str, str]]
) -> tuple[Estimate | NotEstimable, ...]:
    check_rows(scores, ["person_id", *needed], key=["person_id"])
    complete = scores[["person_id", *needed]].dropna()
    excluded_n = len(scores) - len(complete)
    return tuple(_contrast(complete, *contrast, excluded_n=excluded_n) for contrast in contrasts)


def _contrast(
    complete: pd.DataFrame, name: str, unit: str, first: str, second: str, *, excluded_n: int
) -> Estimate | NotEstimable:
    pairs = complete[["person_id", first, second]].set_axis(["person_id", "pre", "post"], axis=1)
    change, g = paired_change(pairs), paired_g_av(pairs)
    if isinstance(change, NotEstimable):
        return replace(change, name=name, unit=unit)
    extra = dict(change.extra)
    if isinstance(g, Estimate) and g.lo is not None and g.hi is not None:
        extra |= {"g_av": g.value, "g_av_lo": g.lo, "g_av_hi": g.hi}
    return replace(
        change,
        name=name,
        unit=unit,
        n_excluded=excluded_n,
        excluded_reason=NOT_ALL if excluded_n else "",
        extra=extra,
    )
