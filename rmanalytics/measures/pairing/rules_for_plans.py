"""Planned tandems: are their people known, there, and free for the days of the round?

Unit: the planned tandem. What makes a pair unfit (chain, competition, who is the junior) is asked of planned tandems as
of running ones; here stands what only a plan can get wrong.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from rmanalytics.measures.pairing.breach_days import SIDE_IDS, breach_rows, day_number, day_numbers, paired_days
from rmanalytics.measures.pairing.competition import TWO_TANDEMS, double_breaches
from rmanalytics.measures.rows import among, check_rows

UNKNOWN_PERSON = "one of the two is not known"
NOT_EMPLOYED = "one of the two is not employed on some day"
TWO_PLANNED = "one of the two stands in another planned tandem at the same time"
ALREADY_PAIRED = "one of the two stands in a tandem that runs at the same time"
IN_COMPARISON = "one of the two serves as comparison at the same time"
PLANNED_RULES = (UNKNOWN_PERSON, NOT_EMPLOYED, TWO_PLANNED, ALREADY_PAIRED, IN_COMPARISON)


def unknown_people(tandems: pd.DataFrame, people: pd.DataFrame, *, start: date, end: date) -> pd.DataFrame:
    """Planned tandems of which at least one side is not in the table of people.

    Parameters
    ----------
    tandems : DataFrame
        ``tandem_id`` (each once), ``mentor_id``, ``mentee_id`` and optionally ``matched_date`` and ``ended_date``:
        first and last day on which the two are to be paired (missing: from the start, to the end).
    people : DataFrame
        ``person_id`` (each once).
    start, end : date
        First and last day of the audit, both included.

    Returns
    -------
    DataFrame
        ``tandem_id, rule, first_date, last_date, days``, one row a tandem: all days on which the two are to be paired.

    Raises
    ------
    ValueError
        When a column or a key is missing or stands twice, or the audit ends before it starts.

    Examples
    --------
    >>> tandems = pd.DataFrame({"tandem_id": ["t1", "t2"], "mentor_id": ["a", "x"], "mentee_id": ["b", "b"]})
    >>> people = pd.DataFrame({"person_id": ["a", "b"]})
    >>> unknown_people(tandems, people, start=date(2026, 1, 1), end=date(2026, 1, 31))["tandem_id"].tolist()
    ['t2']
    """
    paired = paired_days(tandems, start, end)
    check_rows(people, ["person_id"], key=["person_id"])
    known = [among(paired[side], people["person_id"]) for side in SIDE_IDS]
    return breach_rows(paired, paired[~(known[0] & known[1])], UNKNOWN_PERSON)


def absent_people(tandems: pd.DataFrame, people: pd.DataFrame, *, start: date, end: date) -> pd.DataFrame:
    """Planned tandems of which a side has left, leaves or has not yet come, with the days on which that holds.

    Parameters
    ----------
    tandems, start, end
        As in `unknown_people`.
    people : DataFrame
        ``person_id`` (each once), ``hire_date``, ``exit_date``: first and last day of employment.

    Returns
    -------
    DataFrame
        Columns as in `unknown_people`. People who are not in the table are none of its business.

    Raises
    ------
    ValueError
        As `unknown_people`.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> people = pd.DataFrame({"person_id": ["a", "b"], "hire_date": day(["2026-01-04", "2000-01-01"]),
    ...                        "exit_date": day([None, "2026-01-30"])})
    >>> tandems = pd.DataFrame({"tandem_id": ["t1"], "mentor_id": ["a"], "mentee_id": ["b"]})
    >>> absent_people(tandems, people, start=date(2026, 1, 1), end=date(2026, 1, 31))["days"].item()
    4
    """
    paired = paired_days(tandems, start, end)
    check_rows(people, ["person_id", "hire_date", "exit_date"], key=["person_id"])
    own = people[among(people["person_id"], pd.concat([paired[side] for side in SIDE_IDS]))]
    employed = pd.DataFrame(
        {
            "person_id": own["person_id"],
            "from": day_numbers(own["hire_date"], day_number(start)),
            "to": day_numbers(own["exit_date"], day_number(end)),
        }
    )
    stretches = []
    for side in SIDE_IDS:
        there = paired.merge(employed, left_on=side, right_on="person_id", validate="many_to_one")
        before = there.assign(last=np.minimum(there["last"], there["from"] - 1))
        after = there.assign(first=np.maximum(there["first"], there["to"] + 1))
        stretches += [before, after]
    return breach_rows(paired, pd.concat(stretches, ignore_index=True), NOT_EMPLOYED)


def double_plans(tandems: pd.DataFrame, *, start: date, end: date) -> pd.DataFrame:
    """Planned tandems of which a side stands in another planned one on the same day; both are listed.

    Parameters
    ----------
    tandems, start, end
        As in `unknown_people`.

    Returns
    -------
    DataFrame
        Columns as in `unknown_people`.

    Raises
    ------
    ValueError
        When a column or a tandem's id is missing, a tandem stands twice, or the audit ends before it starts.

    Examples
    --------
    >>> tandems = pd.DataFrame({"tandem_id": ["t1", "t2", "t3"], "mentor_id": ["a", "a", "d"],
    ...                         "mentee_id": ["b", "c", "e"]})
    >>> double_plans(tandems, start=date(2026, 1, 1), end=date(2026, 1, 31))["tandem_id"].tolist()
    ['t1', 't2']
    """
    found = double_breaches(tandems, start=start, end=end)
    return found.assign(rule=found["rule"].replace(TWO_TANDEMS, TWO_PLANNED))


def already_paired(tandems: pd.DataFrame, running: pd.DataFrame, *, start: date, end: date) -> pd.DataFrame:
    """Planned tandems of which a side stands in a tandem that runs on the same day.

    Parameters
    ----------
    tandems, start, end
        As in `unknown_people`.
    running : DataFrame
        ``tandem_id, mentor_id, mentee_id, matched_date, ended_date`` of tandems that are no plan. One without an
        ``ended_date`` counts to the end of the audit, so give it the last day of its round.

    Returns
    -------
    DataFrame
        Columns as in `unknown_people`.

    Raises
    ------
    ValueError
        When a column or a tandem's id is missing, a tandem stands twice in one of the two tables, or the audit ends
        before it starts.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> running = pd.DataFrame({"tandem_id": ["t0"], "mentor_id": ["a"], "mentee_id": ["c"],
    ...     "matched_date": day(["2025-07-01"]), "ended_date": day(["2026-01-02"])})
    >>> tandems = pd.DataFrame({"tandem_id": ["t1"], "mentor_id": ["a"], "mentee_id": ["b"]})
    >>> already_paired(tandems, running, start=date(2026, 1, 1), end=date(2026, 1, 31))["days"].item()
    2
    """
    check_rows(running, ["tandem_id", "mentor_id", "mentee_id", "matched_date", "ended_date"], key=["tandem_id"])
    paired, others = paired_days(tandems, start, end), paired_days(running, start, end)
    others = others[others["first"] <= others["last"]]
    busy = pd.concat([others[[side, "first", "last"]].rename(columns={side: "person_id"}) for side in SIDE_IDS])
    return breach_rows(paired, _meeting(paired, busy), ALREADY_PAIRED)


def in_comparison(tandems: pd.DataFrame, serving: pd.DataFrame, *, start: date, end: date) -> pd.DataFrame:
    """Planned tandems of which a side serves as comparison on the same day.

    Parameters
    ----------
    tandems, start, end
        As in `unknown_people`.
    serving : DataFrame
        ``person_id, first_date`` (each pair once), ``last_date``: days on which a person serves, such as a round's.

    Returns
    -------
    DataFrame
        Columns as in `unknown_people`.

    Raises
    ------
    ValueError
        When a column or a key is missing or stands twice, or the audit ends before it starts.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> serving = pd.DataFrame({"person_id": ["b"], "first_date": day(["2026-01-31"]),
    ...                         "last_date": day(["2026-06-30"])})
    >>> tandems = pd.DataFrame({"tandem_id": ["t1"], "mentor_id": ["a"], "mentee_id": ["b"]})
    >>> in_comparison(tandems, serving, start=date(2026, 1, 1), end=date(2026, 1, 31))["days"].item()
    1
    """
    check_rows(serving, ["person_id", "first_date", "last_date"], key=["person_id", "first_date"])
    paired = paired_days(tandems, start, end)
    busy = pd.DataFrame(
        {
            "person_id": serving["person_id"],
            "first": day_numbers(serving["first_date"], day_number(start)),
            "last": day_numbers(serving["last_date"], day_number(end)),
        }
    )
    return breach_rows(paired, _meeting(paired, busy), IN_COMPARISON)


def _meeting(paired: pd.DataFrame, busy: pd.DataFrame) -> pd.DataFrame:
    """Days on which a tandem's own days and those of one of its people meet."""
    united = _united(busy)
    both = pd.concat(
        [paired.merge(united, left_on=side, right_on="person_id", suffixes=("", "_busy")) for side in SIDE_IDS],
        ignore_index=True,
    )
    return pd.DataFrame(
        {
            "tandem_id": both["tandem_id"],
            "first": both[["first", "first_busy"]].max(axis=1),
            "last": both[["last", "last_busy"]].min(axis=1),
        }
    )


def _united(busy: pd.DataFrame) -> pd.DataFrame:
    """The same days of each person in stretches that do not touch, so that one id in many rows stays cheap."""
    ordered = busy.sort_values(["person_id", "first"])
    reach = ordered.groupby("person_id")["last"].cummax().groupby(ordered["person_id"]).shift()
    stretch = (~(ordered["first"] <= reach + 1)).cumsum()
    return ordered.groupby(stretch).agg(person_id=("person_id", "first"), first=("first", "min"), last=("last", "max"))
