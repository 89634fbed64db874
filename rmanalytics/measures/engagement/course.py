"""The course of the tandems: how far they came, why they ended, and which meetings were called off.

Unit: the tandem. A tandem that ended early is an outcome and deletes nobody; one that is still going is followed up to
the meeting that it has come to.

References
----------
Kaplan EL, Meier P (1958). https://doi.org/10.1080/01621459.1958.10501452
Aalen OO, Johansen S (1978). https://www.jstor.org/stable/4615704
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.engagement.delivery import ALL_ALIKE, TOO_FEW, held_share
from rmanalytics.measures.retention.kaplan_meier import survival_curve
from rmanalytics.measures.retention.risk_sets import cumulative_incidence
from rmanalytics.measures.rows import LEAST_PEOPLE, check_parts, check_rows, looked_up
from rmanalytics.results import Curve, Estimate, NotEstimable

NOT_STATED = "not stated"
CALLED_OFF = ("cancelled", "missed")

NEVER_CANCELLED = "the same share of planned meetings was called off in all tandems"

SURVIVAL_METHOD = (
    "Kaplan-Meier by number of the meeting, tandems still going counted up to their last one, log-log interval"
)
ENDING_METHOD = "Aalen-Johansen by number of the meeting, reasons for ending competing, complementary log-log interval"


def tandem_course(tandems: pd.DataFrame, meetings: pd.DataFrame, *, planned: int, until: date) -> pd.DataFrame:
    """How many of its planned meetings each tandem has held up to a day, and why it ended if it did.

    Parameters
    ----------
    tandems : DataFrame
        ``tandem_id`` (each once), ``ended_date``, ``end_reason``.
    meetings : DataFrame
        ``tandem_id, number, held_date`` (missing: not held).
    planned : int
        Meetings that each tandem plans; further ones are not counted.
    until : date
        Last day that is known, such as the last of the round, or today in the middle of it.

    Returns
    -------
    DataFrame
        ``tandem_id, planned, held, end_reason``, one row a tandem; ``end_reason`` is `NOT_STATED` where a tandem ended
        by then without one, and empty where it has not ended or ended after its last planned meeting.

    Raises
    ------
    ValueError
        When a column or a tandem's id is missing, or a tandem stands twice.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> tandems = pd.DataFrame({"tandem_id": ["a", "b"], "ended_date": day(["2026-03-01", None]),
    ...                         "end_reason": ["no_time", None]})
    >>> meetings = pd.DataFrame({"tandem_id": ["a", "b", "b"], "number": [1, 1, 2],
    ...                          "held_date": day(["2026-02-01", "2026-02-01", None])})
    >>> course = tandem_course(tandems, meetings, planned=6, until=date(2026, 6, 30))
    >>> course[["held", "end_reason"]].to_numpy().tolist()
    [[1, 'no_time'], [1, '']]
    """
    check_rows(tandems, ["tandem_id", "ended_date", "end_reason"], key=["tandem_id"])
    check_rows(meetings, ["tandem_id", "number", "held_date"], key=["tandem_id", "number"])
    today = pd.Timestamp(until)
    held = meetings[(meetings["held_date"] <= today) & (meetings["number"] <= planned)].groupby("tandem_id").size()
    course = pd.DataFrame({"tandem_id": tandems["tandem_id"], "planned": planned})
    course["held"] = looked_up(tandems["tandem_id"], held).fillna(0).astype("int64")
    ended = (tandems["ended_date"] <= today) & (course["held"] < planned)
    course["end_reason"] = tandems["end_reason"].fillna(NOT_STATED).where(ended, "").astype("str")
    return course


@measure
def tandem_survival(course: pd.DataFrame) -> Curve | NotEstimable:
    r"""Share of the tandems that reach each meeting: the survival of the tandem, counted in meetings.

    Parameters
    ----------
    course : DataFrame
        ``tandem_id, planned, held, end_reason`` as `tandem_course` makes them.

    Returns
    -------
    Curve or NotEstimable
        ``tandem_survival``, unit ``share``; points ``number, survival, lo, hi, at_risk_n, ended_n`` for the meetings 0
        (1 by definition) to the last planned one. ``ended_n`` is the number of tandems that ended before that meeting,
        ``at_risk_n`` those that had come to the one before and are known to have come further or not. The limits are
        missing where no tandem is left.

    Raises
    ------
    ValueError
        When a tandem stands twice or held does not lie within 0 and planned.

    Notes
    -----
    *Not estimable when* there are fewer than six tandems. A tandem that ended after h meetings fails at meeting h + 1;
    one that is still going after h is followed up to h. :math:`\hat S(k) = \prod_{j \le k} (1 - d_j / n_j)`. A
    tandem that never ended and never met tells nothing and is followed up to 0.

    References
    ----------
    Kaplan EL, Meier P (1958). https://doi.org/10.1080/01621459.1958.10501452

    Examples
    --------
    Six tandems: one ends before the first meeting, one after the second; one has met once so far and goes on. Of four
    known to have held two or to have ended then, one ends: 5/6 × 3/4.

    >>> course = pd.DataFrame({"tandem_id": list("abcdef"), "planned": 3, "held": [0, 2, 1, 3, 3, 3],
    ...                        "end_reason": ["no_time", "no_fit", "", "", "", ""]})
    >>> tandem_survival(course).points["survival"].round(4).tolist()
    [1.0, 0.8333, 0.8333, 0.625]
    """
    spells = _spells(course)
    curve = survival_curve(spells)
    if isinstance(curve, NotEstimable):
        return _too_few("tandem_survival", "share", len(spells))
    points = _by_number(curve.points, course, {"survival": 1.0}).rename(columns={"events_n": "ended_n"})
    return Curve(
        name="tandem_survival",
        unit="share",
        points=points[["number", "survival", "lo", "hi", "at_risk_n", "ended_n"]],
        n=len(spells),
        unit_of_analysis="tandem",
        method=SURVIVAL_METHOD,
    )


@measure
def ending_incidence(course: pd.DataFrame) -> Curve | NotEstimable:
    r"""Share of the tandems that have ended for each reason before each meeting, the other reasons competing.

    Parameters
    ----------
    course : DataFrame
        As in `tandem_survival`.

    Returns
    -------
    Curve or NotEstimable
        ``ending_incidence``, unit ``share``; points ``reason`` (text), ``number, incidence, lo, hi, ended_n`` for every
        reason that occurs, meetings 0 to the last planned one. The reasons' shares and `tandem_survival` add up to 1.

    Raises
    ------
    ValueError
        As in `tandem_survival`.

    Notes
    -----
    *Not estimable when* there are fewer than six tandems. See `events.cumulative_incidence`. Without a tandem that
    ended the curve has no points.

    References
    ----------
    Aalen OO, Johansen S (1978). https://www.jstor.org/stable/4615704

    Examples
    --------
    Of six tandems one ends after one meeting for lack of time, another after two for lack of fit:

    >>> course = pd.DataFrame({"tandem_id": list("abcdef"), "planned": 3, "held": [1, 2, 3, 3, 3, 3],
    ...                        "end_reason": ["no_time", "no_fit", "", "", "", ""]})
    >>> last = ending_incidence(course).points.query("number == 3")
    >>> last[["reason", "incidence"]].round(4).to_numpy().tolist()
    [['no_fit', 0.1667], ['no_time', 0.1667]]
    """
    spells = _spells(course)
    if len(spells) < LEAST_PEOPLE:
        return _too_few("ending_incidence", "share", len(spells))
    tables = [pd.DataFrame({c: [] for c in ("reason", "number", "incidence", "lo", "hi", "ended_n")})]
    for reason in sorted(set(spells["exit_reason"]) - {""}):
        curve = cumulative_incidence(spells, reasons=(reason,))
        points = _by_number(curve.points, course, {"incidence": 0.0}) if isinstance(curve, Curve) else tables[0]
        points = points.rename(columns={"events_n": "ended_n"}).assign(reason=reason)
        tables.append(points[tables[0].columns])
    return Curve(
        name="ending_incidence",
        unit="share",
        points=pd.concat(tables[1:] or tables, ignore_index=True),
        n=len(spells),
        unit_of_analysis="tandem",
        method=ENDING_METHOD,
    )


@measure
def cancelled_share(meetings: pd.DataFrame) -> Estimate | NotEstimable:
    """Share of the planned meetings that were called off or missed, with the tandem as the unit.

    Parameters
    ----------
    meetings : DataFrame
        ``tandem_id, number`` (one row each), ``status``: ``cancelled`` and ``missed`` count; ``moved`` does not.

    Returns
    -------
    Estimate or NotEstimable
        ``cancelled_share``, unit ``share``; ``extra``: ``dispersion``, ``df``, ``planned``, ``cancelled``.

    Raises
    ------
    ValueError
        When a column is missing or a meeting stands twice.

    Notes
    -----
    *Not estimable when* there are fewer than six tandems, or the share is the same in all of them. The model is that of
    `engagement.held_share`.

    References
    ----------
    McCullagh P, Nelder JA (1989). https://doi.org/10.1201/9780203753736

    Examples
    --------
    >>> meetings = pd.DataFrame({"tandem_id": list("aabbccddeeff"), "number": [1, 2] * 6,
    ...                          "status": ["cancelled"] * 3 + ["held"] * 9})
    >>> cancelled_share(meetings).value
    0.25
    """
    check_rows(meetings, ["tandem_id", "number", "status"], key=["tandem_id", "number"])
    off = meetings.assign(held=meetings["status"].isin(CALLED_OFF).astype("int64"), planned=1)
    result = held_share(off.groupby("tandem_id", as_index=False)[["planned", "held"]].sum())
    if isinstance(result, NotEstimable):
        reason = NEVER_CANCELLED if result.reason == ALL_ALIKE else result.reason
        return NotEstimable(name="cancelled_share", unit="share", reason=reason, n=result.n, values=result.values)
    kept = {key: result.extra[key] for key in ("dispersion", "df", "planned")}
    return replace(result, name="cancelled_share", extra=kept | {"cancelled": result.extra["held"]})


@measure
def cancellations(meetings: pd.DataFrame) -> Curve:
    """Meetings that did not take place as planned, by what became of them and by who called them off.

    Parameters
    ----------
    meetings : DataFrame
        ``tandem_id, number`` (one row each), ``status`` (``cancelled``, ``moved``, ``missed``; others are left out) and
        optionally ``called_off_by`` (``mentor``, ``mentee`` or another word; missing: not stated).

    Returns
    -------
    Curve
        ``cancellations``, unit ``count``; points ``status`` and ``called_off_by`` (text), ``meetings_n, tandems_n``.

    Raises
    ------
    ValueError
        When a column is missing or a meeting stands twice.

    Examples
    --------
    >>> meetings = pd.DataFrame({"tandem_id": ["a", "a", "b"], "number": [1, 2, 1],
    ...                          "status": ["cancelled", "cancelled", "held"]})
    >>> cancellations(meetings).points.to_numpy().tolist()
    [['cancelled', 'not stated', 2, 1]]
    """
    check_rows(meetings, ["tandem_id", "number", "status"], key=["tandem_id", "number"])
    side = meetings["called_off_by"].fillna(NOT_STATED) if "called_off_by" in meetings else NOT_STATED
    off = meetings.assign(called_off_by=side)[meetings["status"].isin((*CALLED_OFF, "moved"))]
    points = off.groupby(["status", "called_off_by"])["tandem_id"].agg(meetings_n="size", tandems_n="nunique")
    return Curve(
        name="cancellations",
        unit="count",
        points=points.reset_index(),
        n=int(meetings["tandem_id"].nunique()),
        unit_of_analysis="tandem",
        method="meetings that did not take place as planned, by status and by who called them off",
    )


def _spells(course: pd.DataFrame) -> pd.DataFrame:
    """The course as spells: time is the number of a meeting, the event that it was not reached."""
    check_rows(course, ["tandem_id", "planned", "held", "end_reason"], key=["tandem_id"])
    check_parts(course["held"], course["planned"])
    reason = course["end_reason"].fillna("").where(course["held"] < course["planned"], "")
    ended = (reason != "").astype("int64")
    return pd.DataFrame(
        {
            "person_id": course["tandem_id"],
            "time_days": course["held"] + ended,
            "event": ended,
            "exit_reason": reason,
        }
    )


def _by_number(points: pd.DataFrame, course: pd.DataFrame, start: dict[str, float]) -> pd.DataFrame:
    """A step function at the meetings 0 to the last planned one; before the first step it is at its start."""
    numbers = pd.RangeIndex(int(course["planned"].max()) + 1, name="number")
    steps = points[points["time_days"] > 0].astype({"time_days": "int64"}).set_index("time_days")
    filled = steps.reindex(numbers)
    values = [*start, "lo", "hi"]
    filled.loc[0, values] = next(iter(start.values()))
    # a gap in the steps is a meeting at which nothing ended; the limits stay missing where they were undefined
    last_step = filled["events_n"].notna().cumsum()
    filled[values] = filled.groupby(last_step)[values].transform("first")
    filled["at_risk_n"] = filled["at_risk_n"].bfill().fillna(0).astype("int64")
    filled["events_n"] = filled["events_n"].fillna(0).astype("int64")
    return filled.reset_index()


def _too_few(name: str, unit: str, n: int) -> NotEstimable:
    return NotEstimable(name=name, unit=unit, reason=TOO_FEW, n=n, values={"least": LEAST_PEOPLE})
