"""Watch: which tandems may need a call now, and whether anybody may be coming to harm.

Unit: the tandem. The early warning looks at dates and counts alone, never at what was said, and nothing that becomes
known after the day that is asked about counts. Both are for the programme team, who may know which tandem it is.

References
----------
Wilson EB (1927). https://doi.org/10.1080/01621459.1927.10502953
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.engagement.course import CALLED_OFF
from rmanalytics.measures.rows import check_rows
from rmanalytics.measures.stats.proportions import wilson_share
from rmanalytics.results import Curve, Estimate

ON_TRACK = "on track"
CHECK_IN = "check in"
AT_RISK = "at risk"
STATES = (ON_TRACK, CHECK_IN, AT_RISK)

UNMET_LONG_DAYS, UNMET_DAYS = 42, 21
SILENT_LONG_DAYS, SILENT_DAYS = 63, 42
BEHIND_LONG, BEHIND = 2, 1

NOT_MET_SIX_WEEKS = "not met more than six weeks after the match"
TWO_BEHIND = "two meetings or more behind the plan"
SILENT_NINE_WEEKS = "no meeting for more than nine weeks"
NOT_MET_THREE_WEEKS = "not met more than three weeks after the match"
ONE_BEHIND = "one meeting behind the plan"
SILENT_SIX_WEEKS = "no meeting for more than six weeks"
NO_NEXT_DATE = "no date for the next meeting"
ALL_HELD = "all planned meetings held"
AS_PLANNED = "meetings as planned"

ENDED_SOON = "ended before half of the planned meetings"
JUNIOR_LOW = "the junior's score lies below the threshold"
SENIOR_LOW = "the senior's score lies below the threshold"
FAR_APART = "the scores of the two sides lie far apart"
ONE_SIDED = "one side called off most meetings"

LEAST_CALLED_OFF, ONE_SIDED_SHARE = 3, 0.75


def early_warning(tandems: pd.DataFrame, meetings: pd.DataFrame, *, on: date) -> pd.DataFrame:
    """State of each tandem on a day in the middle of the round, with the one reason that weighs most.

    Parameters
    ----------
    tandems : DataFrame
        ``tandem_id`` (each once), ``matched_date`` and optionally ``ended_date``.
    meetings : DataFrame
        ``tandem_id, number`` (one row each, the planned ones included), ``planned_date``, ``held_date`` (missing: not
        held) and optionally ``status`` (a ``cancelled`` or ``missed`` meeting is no date to look forward to).
    on : date
        The day.

    Returns
    -------
    DataFrame
        ``tandem_id, state, reason``, one row for each tandem matched by then that has not ended, in the order given.

        *at risk*: `NOT_MET_SIX_WEEKS`, `TWO_BEHIND`, `SILENT_NINE_WEEKS`; *check in*: `NOT_MET_THREE_WEEKS`,
        `ONE_BEHIND`, `SILENT_SIX_WEEKS`, `NO_NEXT_DATE`; else *on track*. The first that holds is the reason.

    Raises
    ------
    ValueError
        When a column or a tandem's id is missing, or a tandem or a meeting stands twice.

    Notes
    -----
    Behind the plan: meetings whose planned day has passed minus meetings held. Silent: days since the last meeting,
    with some planned ones still to come. The limits are conventions for six meetings in half a year, not estimates.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> tandems = pd.DataFrame({"tandem_id": ["a", "b"], "matched_date": day(["2026-01-01"] * 2)})
    >>> meetings = pd.DataFrame({"tandem_id": ["a", "a", "b"], "number": [1, 2, 1],
    ...     "planned_date": day(["2026-01-20", "2026-03-01", "2026-01-20"]),
    ...     "held_date": day(["2026-01-21", None, None])})
    >>> early_warning(tandems, meetings, on=date(2026, 2, 20)).to_numpy().tolist()
    [['a', 'on track', 'meetings as planned'], ['b', 'at risk', 'not met more than six weeks after the match']]
    """
    check_rows(tandems, ["tandem_id", "matched_date"], key=["tandem_id"])
    check_rows(meetings, ["tandem_id", "number", "planned_date", "held_date"], key=["tandem_id", "number"])
    today = pd.Timestamp(on)
    running = tandems["matched_date"] <= today
    if "ended_date" in tandems:
        running &= ~(tandems["ended_date"] <= today)
    listed = tandems.loc[running, ["tandem_id", "matched_date"]].reset_index(drop=True)
    facts = _facts(meetings, today).reindex(listed["tandem_id"]).reset_index(drop=True)
    planned, held, due, coming = (facts[c].fillna(0) for c in ("planned", "held", "due", "coming"))
    waited = (today - listed["matched_date"]).dt.days
    silent = (today - facts["last_held"]).dt.days
    unmet, unfinished = held == 0, held < planned
    behind = due - held
    rules = (
        (AT_RISK, NOT_MET_SIX_WEEKS, unmet & (waited > UNMET_LONG_DAYS)),
        (AT_RISK, TWO_BEHIND, behind >= BEHIND_LONG),
        (AT_RISK, SILENT_NINE_WEEKS, unfinished & (silent > SILENT_LONG_DAYS)),
        (CHECK_IN, NOT_MET_THREE_WEEKS, unmet & (waited > UNMET_DAYS)),
        (CHECK_IN, ONE_BEHIND, behind >= BEHIND),
        (CHECK_IN, SILENT_SIX_WEEKS, unfinished & (silent > SILENT_DAYS)),
        (ON_TRACK, ALL_HELD, ~unfinished & ~unmet),
        (CHECK_IN, NO_NEXT_DATE, coming == 0),
    )
    conditions = [condition.to_numpy() for _, _, condition in rules]
    state = np.select(conditions, [state for state, _, _ in rules], ON_TRACK)
    reason = np.select(conditions, [reason for _, reason, _ in rules], AS_PLANNED)
    return pd.DataFrame({"tandem_id": listed["tandem_id"], "state": state, "reason": reason}).astype(
        {"state": "str", "reason": "str"}
    )


@measure
def harm_signs(
    course: pd.DataFrame,
    scores: pd.DataFrame,
    *,
    least_score: float,
    most_apart: float,
    meetings: pd.DataFrame | None = None,
) -> Curve:
    """How many tandems show a sign that somebody may be coming to harm.

    Parameters
    ----------
    course : DataFrame
        ``tandem_id, planned, held, end_reason`` as `tandem_course.tandem_course` makes them.
    scores : DataFrame
        ``tandem_id, side`` (one row each; ``mentor`` is the junior), ``score`` on a scale where low is bad, such as the
        safety felt in the tandem; a missing score is not known.
    least_score : float
        A score below it is a sign; declared before the data are seen.
    most_apart : float
        Two sides further apart than this are a sign.
    meetings : DataFrame, optional
        ``tandem_id, status, called_off_by``, where it is recorded who called a meeting off.

    Returns
    -------
    Curve
        ``harm_signs``, unit ``count``; points ``sign`` (text), ``tandems_n`` with the sign, ``known_n`` of which it is
        known, ``share, lo, hi`` (Wilson; missing where it is known of none).

    Raises
    ------
    ValueError
        When a column is missing, or a tandem or a side of it stands twice.

    Notes
    -----
    One side called off most meetings: `ONE_SIDED_SHARE` or more of at least `LEAST_CALLED_OFF` whose caller is stated.
    A sign is a reason to ask, not a finding, and a small count must not leave the programme team.

    Examples
    --------
    >>> course = pd.DataFrame({"tandem_id": ["a", "b"], "planned": 6, "held": [1, 6], "end_reason": ["no_fit", ""]})
    >>> scores = pd.DataFrame({"tandem_id": ["a", "b", "b"], "score": [2, 4, 5],
    ...                        "side": ["mentor", "mentor", "mentee"]})
    >>> points = harm_signs(course, scores, least_score=2.5, most_apart=1.5).points
    >>> points[["tandems_n", "known_n"]].to_numpy().tolist()
    [[1, 2], [1, 2], [0, 1], [0, 1]]
    """
    check_rows(course, ["tandem_id", "planned", "held", "end_reason"], key=["tandem_id"])
    check_rows(scores, ["tandem_id", "side", "score"], key=["tandem_id", "side"])
    own = scores[scores["tandem_id"].isin(course["tandem_id"])]
    junior, senior = (
        own[own["side"] == side].set_index("tandem_id")["score"].dropna().astype("float64")
        for side in ("mentor", "mentee")
    )
    apart = (junior - senior).dropna().abs()
    soon = (course["end_reason"].fillna("") != "") & (2 * course["held"] < course["planned"])
    signs = [
        (ENDED_SOON, int(soon.sum()), len(course)),
        (JUNIOR_LOW, int((junior < least_score).sum()), len(junior)),
        (SENIOR_LOW, int((senior < least_score).sum()), len(senior)),
        (FAR_APART, int((apart > most_apart).sum()), len(apart)),
    ]
    if meetings is not None:
        signs.append((ONE_SIDED, *_one_sided(meetings[meetings["tandem_id"].isin(course["tandem_id"])])))
    points = pd.DataFrame(signs, columns=["sign", "tandems_n", "known_n"])
    shares = [wilson_share(count, n, name="harm_signs", unit_of_analysis="tandem") for _, count, n in signs]
    for column, attribute in (("share", "value"), ("lo", "lo"), ("hi", "hi")):
        points[column] = [getattr(s, attribute) if isinstance(s, Estimate) else np.nan for s in shares]
    return Curve(
        name="harm_signs",
        unit="count",
        points=points,
        n=len(course),
        unit_of_analysis="tandem",
        method="tandems with a sign that somebody may be coming to harm, Wilson intervals",
    )


def _facts(meetings: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """What is known on a day of each tandem: meetings planned, due, held and still to come, and the last one held."""
    happened = meetings["held_date"] <= today
    status = meetings["status"] if "status" in meetings else pd.Series("", index=meetings.index)
    marked = pd.DataFrame(
        {
            "tandem_id": meetings["tandem_id"],
            "planned": 1,
            "held": happened.astype("int64"),
            "due": (meetings["planned_date"] <= today).astype("int64"),
            "coming": ((meetings["planned_date"] > today) & ~happened & ~status.isin(CALLED_OFF)).astype("int64"),
            "last_held": meetings["held_date"].where(happened),
        }
    )
    sums = {column: (column, "sum") for column in ("planned", "held", "due", "coming")}
    return pd.DataFrame(marked.groupby("tandem_id").agg(**sums, last_held=("last_held", "max")))


def _one_sided(meetings: pd.DataFrame) -> tuple[int, int]:
    """Tandems of which one side called off most meetings, and tandems with enough such meetings to tell."""
    off = meetings[meetings["status"].isin(CALLED_OFF) & meetings["called_off_by"].isin(("mentor", "mentee"))]
    by_mentor = off.assign(mentor=off["called_off_by"] == "mentor").groupby("tandem_id")["mentor"]
    total, mentors = by_mentor.size(), by_mentor.sum()
    enough = total >= LEAST_CALLED_OFF
    most = np.maximum(mentors, total - mentors)
    return int((enough & (most >= ONE_SIDED_SHARE * total)).sum()), int(enough.sum())
