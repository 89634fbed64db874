"""More than two waves: how much further participants have come than the others, at each wave after the first.

Unit: the person. One model of all waves uses everyone with at least one score, which assumes that who is missing
depends on the scores seen only (missing at random), and that any two waves of a person are equally alike. A
retrospective pretest ("then") is not a wave: leave it out.

References
----------
Laird NM, Ware JH (1982). https://doi.org/10.2307/2529876
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LEAST_PAIRS, Floats, check_rows
from rmanalytics.measures.stats.mixed_model import (
    NOBODY_TWICE,
    PERFECT_FIT,
    TOO_FEW_AT_A_WAVE,
    difference_of_changes,
    fit_waves,
)
from rmanalytics.results import PARTICIPANTS, Estimate, NotEstimable

WITHOUT_A_COMPARED = "without a score at the waves compared"


@measure
def wave_differences(scores: pd.DataFrame, *, reference: str = "pre") -> tuple[Estimate | NotEstimable, ...]:
    """Difference of the two groups' changes from the reference wave, for each other wave.

    Parameters
    ----------
    scores : DataFrame
        ``person_id``, ``group`` (``participants`` or ``comparison``), ``wave``, ``score`` (scale points, NaN where
        there is no score), one row a person and wave.
    reference : str
        The wave that changes are counted from.

    Returns
    -------
    tuple of Estimate or NotEstimable
        One a wave other than the reference, named ``wave_difference``, the wave as its ``group``; in the order of the
        categories where ``wave`` is categorical, of the alphabet otherwise; empty where there is no other wave. Unit
        ``scale points``, participants minus comparison; ``n`` counts people with at least one score. ``extra``: ``se``,
        ``df``, ``var_person``, ``var_residual``, ``icc``, ``complete_n`` (people with a score at the reference and at
        this wave).

    Raises
    ------
    ValueError
        When a person stands twice in a wave, in two groups, or in another group.

    *Not estimable when* a group has fewer than 6 scores at the reference or at this wave, nobody has a score at both,
    or nothing is left to explain. A wave with fewer than 6 scores of a group is left out of the model of the others.

    Notes
    -----
    ``score = a + Σ b_w [wave w] + c [participant] + Σ δ_w [wave w][participant] + person + e``, restricted maximum
    likelihood, t of each δ_w with Satterthwaite's degrees of freedom. The residual variance is that of all waves
    together. With complete scores of N people at K waves and a positive variance between people, δ_w is the plain
    difference of mean changes and its squared error ``2 MSE (1/n + 1/n')``, with the ``(N − 2)(K − 1)`` degrees of
    freedom of the split-plot analysis of variance. With two waves it is
    `rmanalytics.measures.stats.mixed_model.mixed_difference`.

    References
    ----------
    Laird NM, Ware JH (1982). https://doi.org/10.2307/2529876
    Kuznetsova A, Brockhoff PB, Christensen RHB (2017). https://doi.org/10.18637/jss.v082.i13

    Examples
    --------
    From ``pre`` the others gain 1 at ``post`` and 1 at ``follow_up``; participants gain 2 and 4:

    >>> waves = {"pre": [1, 3, 5, 2, 4, 6] * 2, "post": [2, 4, 6, 2, 5, 8] + [3, 5, 7, 3, 6, 9],
    ...          "follow_up": [2, 4, 6, 3, 4, 8] + [5, 7, 9, 6, 7, 11]}
    >>> people = pd.DataFrame({"person_id": range(12), "group": ["comparison"] * 6 + ["participants"] * 6} | waves)
    >>> scores = people.melt(["person_id", "group"], var_name="wave", value_name="score")
    >>> [(found.group, round(found.value, 9)) for found in wave_differences(scores)]
    [('follow_up', 3.0), ('post', 1.0)]
    """
    check_rows(scores, ["person_id", "group", "wave", "score"], key=["person_id", "wave"])
    if scores[["person_id", "group"]].drop_duplicates()["person_id"].duplicated().any():
        raise ValueError("a person stands in both groups")
    later = _later_waves(scores["wave"], reference)
    table, is_participant = _people_by_waves(scores, [reference, *later])
    reasons = _reasons(table, is_participant)
    compared = [0, *(w for w, reason in enumerate(reasons, start=1) if reason != TOO_FEW_AT_A_WAVE)]
    found: dict[int, Estimate] = {}
    if not all(reasons):
        found = _fitted(table[:, compared], is_participant, compared)
    n = int((is_participant & ~np.isnan(table).all(axis=1)).sum())
    return tuple(
        replace(found[w], group=wave)
        if w in found and not reason
        else NotEstimable(
            name="wave_difference",
            unit="scale points",
            reason=reason or PERFECT_FIT,
            n=n,
            values={"least": LEAST_PAIRS} if reason == TOO_FEW_AT_A_WAVE else {},
            group=wave,
        )
        for w, (wave, reason) in enumerate(zip(later, reasons, strict=True), start=1)
    )


def _later_waves(waves: pd.Series[str], reference: str) -> list[str]:
    """Waves other than the reference, in the order of their categories or of the alphabet."""
    seen = set(waves)
    order = waves.cat.categories if isinstance(waves.dtype, pd.CategoricalDtype) else sorted(seen)
    return [str(wave) for wave in order if wave in seen and wave != reference]


def _people_by_waves(scores: pd.DataFrame, waves: list[str]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Scores of each person (rows) at each wave (columns), and who of them is a participant."""
    person, people = pd.factorize(scores["person_id"], sort=True)
    table: Floats = np.full((len(people), len(waves)), np.nan)
    table[person, scores["wave"].map({wave: w for w, wave in enumerate(waves)}).to_numpy(dtype=np.int64)] = scores[
        "score"
    ].to_numpy(dtype=np.float64)
    is_participant = np.zeros(len(people), dtype=np.bool_)
    is_participant[person] = (scores["group"] == PARTICIPANTS).to_numpy()
    return table, is_participant


def _reasons(table: Floats, is_participant: npt.NDArray[np.bool_]) -> list[str]:
    """Why each later wave cannot be compared with the first; empty where it can."""
    seen = ~np.isnan(table)
    fewest = np.minimum(seen[is_participant].sum(axis=0), seen[~is_participant].sum(axis=0)).tolist()
    both = (seen & seen[:, :1]).sum(axis=0).tolist()
    return [
        TOO_FEW_AT_A_WAVE if min(fewest[0], fewest[w]) < LEAST_PAIRS else "" if both[w] else NOBODY_TWICE
        for w in range(1, table.shape[1])
    ]


def _fitted(table: Floats, is_participant: npt.NDArray[np.bool_], compared: list[int]) -> dict[int, Estimate]:
    """The term of each wave compared, by its number; none where nothing is left to explain."""
    seen = ~np.isnan(table).all(axis=1)
    used, inside = table[seen], is_participant[seen]
    fit = fit_waves(used, inside)
    if fit is None:
        return {}
    unseen = len(table) - len(used)
    return {
        w: replace(
            difference_of_changes(fit, used, inside, wave=column, name="wave_difference"),
            n_excluded=unseen,
            excluded_reason=WITHOUT_A_COMPARED if unseen else "",
        )
        for column, w in enumerate(compared)
        if column
    }
