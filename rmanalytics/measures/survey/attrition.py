"""Who did not answer after: whether those who stayed started where those who went did.

Unit: the person with a score before. `rmanalytics.measures.survey.missing_bounds` says how far the silent could move
the difference; the analysis under a milder assumption (missing at random) is
`rmanalytics.measures.stats.mixed_model.mixed_difference`.

References
----------
Hedges LV (1981). https://doi.org/10.3102/10769986006002107
Manski CF (1990). https://www.jstor.org/stable/2006592
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LEAST_PAIRS, NO_VARIATION, before_and_after, check_rows, noise
from rmanalytics.measures.stats.effect_sizes import pooled_sd, two_group_g
from rmanalytics.measures.stats.proportions import share_difference
from rmanalytics.results import COMPARISON, PARTICIPANTS, Estimate, NotEstimable

NOBODY_LEFT = "nobody with a score before lacks one after"
TOO_FEW_STAYED_OR_LEFT = "fewer than {least} people who answered after, or fewer than {least} who did not"
NO_SCORE_BEFORE = "without a score before"


@measure
def completer_difference(scores: pd.DataFrame) -> Estimate | NotEstimable:
    """How far the start of those who answered after lies from the start of those who did not.

    Parameters
    ----------
    scores : DataFrame
        ``person_id``, ``pre``, ``post`` (scale points, NaN where there is no score), one row a person.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``g``, people with both scores minus people with the first only. ``extra``: ``mean_completers``,
        ``mean_pre_only``.

    Raises
    ------
    ValueError
        When a person stands in more than one row.

    *Not estimable when* nobody went, fewer than 6 stayed or went, or the scores before do not vary.

    Notes
    -----
    ``J(n−2) (x̄_stayed − x̄_went) / s_pooled``; limits from the noncentral t.

    References
    ----------
    Hedges LV (1981). https://doi.org/10.3102/10769986006002107

    Examples
    --------
    Those who stayed started one point higher; pooled variance 0.8, J(10) = 0.9228:

    >>> scores = pd.DataFrame({"person_id": range(12), "pre": [1, 2, 3, 1, 2, 3] + [2, 3, 4, 2, 3, 4],
    ...                        "post": [None] * 6 + [3.0] * 6})
    >>> round(completer_difference(scores).value, 4)
    1.0317
    """
    check_rows(scores, ["person_id", "pre", "post"], key=["person_id"])
    pairs = before_and_after(scores)
    started = pairs[~np.isnan(pairs[:, 0])]
    answered = ~np.isnan(started[:, 1])
    stayed, went = started[answered, 0], started[~answered, 0]
    name, unit = "completer_difference", "g"
    if not went.size:
        return NotEstimable(name=name, unit=unit, reason=NOBODY_LEFT, n=stayed.size)
    if min(stayed.size, went.size) < LEAST_PAIRS:
        reason, values = TOO_FEW_STAYED_OR_LEFT, {"least": LEAST_PAIRS}
        return NotEstimable(name=name, unit=unit, reason=reason, n=stayed.size, values=values)
    if pooled_sd(stayed, went) == 0:
        return NotEstimable(name=name, unit=unit, reason=NO_VARIATION, n=stayed.size)
    g, lo, hi = two_group_g(stayed, went)
    unseen = len(scores) - len(started)
    return Estimate(
        name=name,
        unit=unit,
        value=g,
        lo=lo,
        hi=hi,
        n=stayed.size,
        unit_of_analysis="person",
        method="Hedges' g of the scores before, noncentral t interval",
        n_excluded=unseen,
        excluded_reason=NO_SCORE_BEFORE if unseen else "",
        n_comparator=went.size,
        extra={"mean_completers": float(stayed.mean()), "mean_pre_only": float(went.mean())},
    )


@measure
def completer_difference_by_group(scores: pd.DataFrame) -> tuple[Estimate | NotEstimable, Estimate | NotEstimable]:
    """`completer_difference` within participants and within the comparison group.

    Parameters
    ----------
    scores : DataFrame
        ``person_id``, ``group`` (``participants`` or ``comparison``), ``pre``, ``post`` (scale points, NaN where there
        is no score), one row a person.

    Returns
    -------
    tuple of Estimate or NotEstimable
        Participants, then comparison; ``group`` says which. Two groups that lose different people are no longer the
        groups that were compared before.

    Raises
    ------
    ValueError
        When a person stands in more than one row, or for another group.

    Notes
    -----
    As in `completer_difference`.

    References
    ----------
    Hedges LV (1981). https://doi.org/10.3102/10769986006002107

    Examples
    --------
    >>> scores = pd.DataFrame({"person_id": range(12), "group": "participants",
    ...     "pre": [1, 2, 3, 1, 2, 3] + [2, 3, 4, 2, 3, 4], "post": [None] * 6 + [3.0] * 6})
    >>> participants, comparison = completer_difference_by_group(scores)
    >>> round(participants.value, 4), comparison.because
    (1.0317, 'nobody with a score before lacks one after')
    """
    _check_groups(scores)
    first, second = (
        replace(completer_difference(scores[scores["group"] == group]), group=group)
        for group in (PARTICIPANTS, COMPARISON)
    )
    return first, second


@measure
def answered_share_difference(scores: pd.DataFrame) -> Estimate | NotEstimable:
    """How much more often participants than the comparison group answered after.

    Parameters
    ----------
    scores : DataFrame
        As in `completer_difference_by_group`.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``share``, participants minus comparison, of the people with a score before, with Newcombe's interval;
        ``comparator`` left empty. ``extra``: ``share``, ``share_comparator``, ``fisher_p``.

    Raises
    ------
    ValueError
        As in `completer_difference_by_group`.

    *Not estimable when* nobody has a score before in one of the groups.

    Notes
    -----
    As in `rmanalytics.measures.stats.proportions.share_difference`.

    References
    ----------
    Newcombe RG (1998). https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I

    Examples
    --------
    >>> scores = pd.DataFrame({"person_id": range(8), "group": ["participants"] * 4 + ["comparison"] * 4, "pre": 1.0,
    ...                        "post": [2, 2, 2, None, 2, 2, None, None]})
    >>> answered_share_difference(scores).value
    0.25
    """
    _check_groups(scores)
    parts = [_rises(scores[scores["group"] == group]) for group in (PARTICIPANTS, COMPARISON)]
    counts = [(started - silent, started) for _, silent, started, _ in parts]
    found = share_difference(
        *counts[0], *counts[1], name="answered_share_difference", unit_of_analysis="person", comparator=""
    )
    unseen = sum(part[3] for part in parts)
    if isinstance(found, NotEstimable) or not unseen:
        return found
    return replace(found, n_excluded=unseen, excluded_reason=NO_SCORE_BEFORE)


def _rises(scores: pd.DataFrame) -> tuple[int, int, int, int]:
    """People who rose, who did not answer after, who started, and who have no score before."""
    check_rows(scores, ["person_id", "pre", "post"], key=["person_id"])
    pairs = before_and_after(scores)
    started = pairs[~np.isnan(pairs[:, 0])]
    both = started[~np.isnan(started[:, 1])]
    rose = int((both[:, 1] - both[:, 0] > noise(both)).sum()) if len(both) else 0
    return rose, len(started) - len(both), len(started), len(scores) - len(started)


def _check_groups(scores: pd.DataFrame) -> None:
    check_rows(scores, ["person_id", "group", "pre", "post"], key=["person_id"])
