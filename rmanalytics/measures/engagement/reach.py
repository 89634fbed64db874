r"""Reach: who takes part, of all who could have?

Unit: the person. Participants are part of the pool of those eligible, so the two shares are not independent: the
interval of their ratio takes the overlap into account, and has no width where everybody takes part.

References
----------
Katz D, Baptista J, Azen SP, Pike MC (1978). https://doi.org/10.2307/2530610
Wilson EB (1927). https://doi.org/10.1080/01621459.1927.10502953
"""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LEAST_PEOPLE, Z, check_rows
from rmanalytics.measures.stats.proportions import wilson_share
from rmanalytics.results import Curve, Estimate, NotEstimable

STAGES = ("eligible", "invited", "volunteered", "matched", "started", "finished")
NOT_KNOWN = "not known"
GROUP_NOT_KNOWN = "of no known group"

TOO_FEW_TAKE_PART = "fewer than {least} participants"
NOBODY_IN_POOL = "nobody of this group was eligible"
NOBODY_TAKES_PART = "nobody of this group takes part"
EVERYBODY_TAKES_PART = "everybody who was eligible takes part"
ONE_GROUP_ALONE = "everybody who was eligible is of this group"
THE_SAME_PEOPLE = "the participants are all of this group, and nobody else is"

THE_POOL = "all who were eligible"
RATIO_METHOD = "ratio of two shares, interval on the log scale (Katz) for participants who are part of the pool"
COMPOSITION_METHOD = (
    "shares with Wilson intervals; ratio to the share in the pool with interval on the log scale (Katz), participants "
    "being part of the pool"
)
FLOW_METHOD = "people who came to each recorded stage, with Wilson intervals of the share of the stage before"


@measure
def composition(people: pd.DataFrame, *, attribute: str) -> Curve | NotEstimable:
    r"""Who the participants are, group by group, beside the pool of those who were eligible.

    Parameters
    ----------
    people : DataFrame
        The pool: ``person_id`` (each once), ``participant`` (1 or 0) and the attribute.
    attribute : str
        Column of groups (talent group, unit, location, generation); a missing one is the group `NOT_KNOWN`.

    Returns
    -------
    Curve or NotEstimable
        ``composition``, unit ``share``, outcome the attribute; points ``group`` (text), ``participants_n, pool_n``,
        ``share, share_lo, share_hi`` (Wilson, among participants), ``pool_share``, and the representation ``ratio`` of
        the two with ``lo`` and ``hi``, as `representation_ratio` gives them, and missing where it gives none.

    Raises
    ------
    ValueError
        When a column is missing, a person stands twice, or ``participant`` is not 0 or 1.

    Notes
    -----
    *Not estimable when* there are fewer than six participants. Ratios of many groups are looked at together: one of
    twenty intervals misses 1 by chance alone.

    References
    ----------
    Wilson EB (1927). https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    Six of ten participants are trainees, and 20 of 100 people in the pool:

    >>> people = pd.DataFrame({"person_id": range(100), "participant": [1] * 10 + [0] * 90,
    ...                        "talent_group": ["trainee"] * 6 + ["none"] * 4 + ["trainee"] * 14 + ["none"] * 76})
    >>> points = composition(people, attribute="talent_group").points
    >>> points[["group", "share", "pool_share", "ratio"]].round(2).to_numpy().tolist()
    [['none', 0.4, 0.8, 0.5], ['trainee', 0.6, 0.2, 3.0]]
    """
    taking_part = _participants(people, attribute)
    n, pool = int(taking_part.sum()), len(people)
    if n < LEAST_PEOPLE:
        values = {"least": LEAST_PEOPLE}
        return NotEstimable(
            name="composition", unit="share", reason=TOO_FEW_TAKE_PART, n=n, values=values, outcome=attribute
        )
    label = people[attribute].astype("str").fillna(NOT_KNOWN)
    counts = pd.DataFrame({"group": label, "participants_n": taking_part, "pool_n": 1}).groupby("group").sum()
    rows = []
    for group, a, b in counts.itertuples():
        share = wilson_share(int(a), n, name="composition", unit_of_analysis="person")
        ratio, lo, hi = _ratio(int(a), n, int(b), pool)
        limits = (share.lo, share.hi) if isinstance(share, Estimate) else (np.nan, np.nan)
        rows.append((str(group), int(a), int(b), a / n, *limits, b / pool, ratio, lo, hi))
    columns = ["group", "participants_n", "pool_n", "share", "share_lo", "share_hi", "pool_share", "ratio", "lo", "hi"]
    return Curve(
        name="composition",
        unit="share",
        points=pd.DataFrame(rows, columns=columns).astype({"share_lo": "float64", "share_hi": "float64"}),
        n=n,
        unit_of_analysis="person",
        method=COMPOSITION_METHOD,
        outcome=attribute,
    )


@measure
def representation_ratio(people: pd.DataFrame, *, attribute: str, group: str) -> Estimate | NotEstimable:
    r"""How many times as large a group's share is among participants as in the pool of those eligible.

    Parameters
    ----------
    people, attribute
        As in `composition`.
    group : str
        Which group of the attribute.

    Returns
    -------
    Estimate or NotEstimable
        ``representation_ratio``, unit ``ratio``, outcome the attribute, group the group; ``extra``: ``share``,
        ``pool_share``, ``participants_n``, ``pool_n`` (of the group).

    Raises
    ------
    ValueError
        As in `composition`.

    Notes
    -----
    *Not estimable when* there are fewer than six participants, nobody of the group was eligible or takes part,
    everybody in the pool takes part or is of the group, or group and participants are the same people.

    With a of n participants and b of N people in the pool, p = a/n, q = b/N and
    p₀ = (b−a)/(N−n) among those who do not take part:
    :math:`\ln(p/q) \pm 1.96\sqrt{(1/p - n/(Nq))^2\, p(1-p)/n + ((N-n)/(Nq))^2\, p_0(1-p_0)/(N-n)}`, the delta method
    of Katz for two shares of which one is part of the other.

    References
    ----------
    Katz D, Baptista J, Azen SP, Pike MC (1978). https://doi.org/10.2307/2530610

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": range(100), "participant": [1] * 10 + [0] * 90,
    ...                        "talent_group": ["trainee"] * 6 + ["none"] * 4 + ["trainee"] * 14 + ["none"] * 76})
    >>> result = representation_ratio(people, attribute="talent_group", group="trainee")
    >>> round(result.value, 4), round(result.lo, 2), round(result.hi, 2)
    (3.0, 1.84, 4.89)
    """
    taking_part = _participants(people, attribute)
    own = people[attribute].astype("str").fillna(NOT_KNOWN) == group
    a, n, b, pool = int((taking_part & own).sum()), int(taking_part.sum()), int(own.sum()), len(people)
    refusals = (
        (n < LEAST_PEOPLE, TOO_FEW_TAKE_PART),
        (b == 0, NOBODY_IN_POOL),
        (a == 0, NOBODY_TAKES_PART),
        (n == pool, EVERYBODY_TAKES_PART),
        (b == pool, ONE_GROUP_ALONE),
        (a == n == b, THE_SAME_PEOPLE),
    )
    for refused, reason in refusals:
        if refused:
            values = {"least": LEAST_PEOPLE} if reason == TOO_FEW_TAKE_PART else {}
            return NotEstimable(
                name="representation_ratio",
                unit="ratio",
                reason=reason,
                n=n,
                values=values,
                outcome=attribute,
                group=group,
            )
    ratio, lo, hi = _ratio(a, n, b, pool)
    return Estimate(
        name="representation_ratio",
        unit="ratio",
        value=ratio,
        lo=lo,
        hi=hi,
        n=n,
        unit_of_analysis="person",
        method=RATIO_METHOD,
        comparator=THE_POOL,
        n_comparator=pool,
        outcome=attribute,
        group=group,
        extra={"share": a / n, "pool_share": b / pool, "participants_n": float(a), "pool_n": float(b)},
    )


@measure
def meant_share(mentors: pd.DataFrame, *, meant: Collection[str]) -> Estimate | NotEstimable:
    """Share of the mentors who come from the groups that the programme is meant for.

    Parameters
    ----------
    mentors : DataFrame
        ``person_id`` (each once), ``talent_group`` (missing: not known).
    meant : collection of str
        The groups.

    Returns
    -------
    Estimate or NotEstimable
        ``meant_share``, unit ``share``, Wilson interval. Mentors of unknown group are left out and counted.

    Raises
    ------
    ValueError
        When a column is missing or a person stands twice.

    Notes
    -----
    *Not estimable when* the group of nobody is known.

    References
    ----------
    Wilson EB (1927). https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> mentors = pd.DataFrame({"person_id": range(4), "talent_group": ["trainee", "trainee", "none", None]})
    >>> found = meant_share(mentors, meant=["trainee"])
    >>> round(found.value, 4), found.n_excluded
    (0.6667, 1)
    """
    check_rows(mentors, ["person_id", "talent_group"], key=["person_id"])
    known = mentors["talent_group"].dropna()
    left = len(mentors) - len(known)
    return wilson_share(
        int(known.isin(set(meant)).sum()),
        len(known),
        name="meant_share",
        unit_of_analysis="mentor",
        n_excluded=left,
        excluded_reason=GROUP_NOT_KNOWN if left else "",
    )


@measure
def recruitment_flow(people: pd.DataFrame) -> Curve:
    """How many came to each stage, from being eligible to having finished, as far as that was recorded.

    Parameters
    ----------
    people : DataFrame
        ``person_id`` (each once) and a column of 1 and 0 for each of `STAGES` that was recorded: whether the person
        came to it. Stages without a column are left out.

    Returns
    -------
    Curve
        ``recruitment_flow``, unit ``count``; points ``stage`` (text), ``n``, ``before_n`` (who came to the recorded
        stage before), ``both_n`` (of them, who came to this one too), ``share`` of the two and its limits ``lo``,
        ``hi`` (missing at the first stage). People who came to a stage without the one before, such as volunteers
        whom nobody invited, are in ``n`` and not in ``share``.

    Raises
    ------
    ValueError
        When no stage has a column, a person stands twice, or a mark is not 0 or 1.

    References
    ----------
    Wilson EB (1927). https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": range(10), "eligible": 1, "volunteered": [1] * 5 + [0] * 5,
    ...                        "matched": [1] * 4 + [0] * 6})
    >>> recruitment_flow(people).points[["stage", "n", "share"]].to_numpy().tolist()[1:]
    [['volunteered', 5, 0.5], ['matched', 4, 0.8]]
    """
    known = [stage for stage in STAGES if stage in people.columns]
    if not known:
        raise ValueError("no column of a stage")
    check_rows(people, ["person_id", *known], key=["person_id"])
    rows: list[tuple[object, ...]] = []
    for before, stage in zip(["", *known], known, strict=False):
        came = people[stage].to_numpy() == 1
        earlier = people[before].to_numpy() == 1 if before else np.zeros(len(people), dtype=bool)
        both, n_before = int((came & earlier).sum()), int(earlier.sum())
        share = wilson_share(both, n_before, name="recruitment_flow", unit_of_analysis="person")
        numbers = (share.value, share.lo, share.hi) if isinstance(share, Estimate) else (math.nan,) * 3
        rows.append((stage, int(came.sum()), n_before, both, *(math.nan if x is None else x for x in numbers)))
    return Curve(
        name="recruitment_flow",
        unit="count",
        points=pd.DataFrame(rows, columns=["stage", "n", "before_n", "both_n", "share", "lo", "hi"]),
        n=len(people),
        unit_of_analysis="person",
        method=FLOW_METHOD,
    )


def _participants(people: pd.DataFrame, attribute: str) -> pd.Series:
    check_rows(people, ["person_id", "participant", attribute], key=["person_id"])
    return people["participant"].astype("bool")


def _ratio(a: int, n: int, b: int, pool: int) -> tuple[float, float, float]:
    """Ratio of a/n to b/pool, and its limits, missing where the logarithm or the spread does not exist."""
    ratio = a * pool / (n * b)
    if a == 0 or n == pool:
        return ratio, math.nan, math.nan
    p, q, p_rest = a / n, b / pool, (b - a) / (pool - n)
    own = (1 / p - n / (pool * q)) ** 2 * p * (1 - p) / n
    rest = ((pool - n) / (pool * q)) ** 2 * p_rest * (1 - p_rest) / (pool - n)
    reach = Z * math.sqrt(own + rest)
    if reach == 0:
        return ratio, math.nan, math.nan
    return ratio, ratio * math.exp(-reach), ratio * math.exp(reach)
