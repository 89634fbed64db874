"""Competition: may the two speak openly, or do they want the same post?

Unit: the tandem. Nobody is paired with somebody of the same unit on a neighbouring level, nor with an applicant for the
same vacancy, and nobody stands in two tandems at once. Each rule is audited on every day on which the two are paired,
so a conflict that arises in the course of the round is found as well as one that was there when they were matched.

All three audits return what `while_paired.paired_chain_days` returns: a dated list for the analyst, of which others see
counts.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from rmanalytics.measures.pairing.breach_days import breach_rows, day_number, day_numbers, paired_days
from rmanalytics.measures.rows import among, check_rows

SAME_UNIT = "both in one unit on the same or neighbouring levels"
SAME_VACANCY = "both have applied for the same vacancy"
TWO_TANDEMS = "one of the two stands in another tandem at the same time"

LEVELS_APART = 1
"""Levels that are neighbours: at most this many apart, the same level included."""


def unit_breaches(tandems: pd.DataFrame, positions: pd.DataFrame, *, start: date, end: date) -> pd.DataFrame:
    """Tandems whose two sides work in one unit, at most one level apart, with the days on which that held.

    Parameters
    ----------
    tandems : DataFrame
        ``tandem_id`` (each once), ``mentor_id``, ``mentee_id`` and optionally ``matched_date`` and ``ended_date``:
        first and last day on which the two are paired (missing: from the start, to the end of the audit).
    positions : DataFrame
        ``person_id, start_date, end_date, unit, level``, from a day to a day, both included; a missing end is open.
        Somebody with two positions on a day is in both units.
    start, end : date
        First and last day of the audit, both included.

    Returns
    -------
    DataFrame
        ``tandem_id, rule, first_date, last_date, days``, one row a tandem in breach: first and last such day and their
        number. Empty when no breach was found.

    Raises
    ------
    ValueError
        When a column or a tandem's id is missing, a tandem stands twice, or the audit ends before it starts.

    Notes
    -----
    A position without a unit or a level competes with nobody; days without any position are in
    `while_paired.paired_chain_days`. The work grows with the positions of those who are paired, not with the company.

    Examples
    --------
    The mentor joins the mentee's unit, one level below, for the last three days of January:

    >>> day = pd.to_datetime
    >>> positions = pd.DataFrame({"person_id": ["junior", "junior", "senior"], "unit": ["IT", "Sales", "Sales"],
    ...     "level": [3, 3, 4], "start_date": day(["2020-01-01", "2026-01-29", "2020-01-01"]),
    ...     "end_date": day(["2026-01-28", None, None])})
    >>> tandems = pd.DataFrame({"tandem_id": ["t1"], "mentor_id": ["junior"], "mentee_id": ["senior"]})
    >>> unit_breaches(tandems, positions, start=date(2026, 1, 1), end=date(2026, 1, 31))["days"].item()
    3
    """
    paired = paired_days(tandems, start, end)
    check_rows(positions, ["person_id", "start_date", "end_date", "unit", "level"], key=["person_id", "start_date"])
    known = positions[positions["unit"].notna() & positions["level"].notna()]
    held = pd.DataFrame(
        {
            "person_id": known["person_id"],
            "unit": known["unit"],
            "level": known["level"].astype("float64"),
            "from": day_numbers(known["start_date"], day_number(start)),
            "to": day_numbers(known["end_date"], day_number(end)),
        }
    )
    held = held[among(held["person_id"], pd.concat([paired["mentor_id"], paired["mentee_id"]]))]
    both = paired.merge(held, left_on="mentor_id", right_on="person_id").merge(
        held, left_on=["mentee_id", "unit"], right_on=["person_id", "unit"], suffixes=("", "_mentee")
    )
    both = both[(both["level"] - both["level_mentee"]).abs() <= LEVELS_APART]
    stretches = pd.DataFrame(
        {
            "tandem_id": both["tandem_id"],
            "first": both[["first", "from", "from_mentee"]].max(axis=1),
            "last": both[["last", "to", "to_mentee"]].min(axis=1),
        }
    )
    return breach_rows(paired, stretches, SAME_UNIT)


def vacancy_breaches(tandems: pd.DataFrame, applications: pd.DataFrame, *, start: date, end: date) -> pd.DataFrame:
    """Tandems whose two sides have applied for one vacancy, before the round or while they are paired.

    Parameters
    ----------
    tandems, start, end
        As in `unit_breaches`.
    applications : DataFrame
        ``vacancy_id, person_id`` (each pair once), ``applied_date``. Leave out vacancies that were filled before the
        round, if that is known: an application counts from its day on, whenever that was.

    Returns
    -------
    DataFrame
        Columns as in `unit_breaches`, one row a tandem: from the first day on which both were applicants and paired to
        the last on which they were paired, for nothing says when the vacancy was filled.

    Raises
    ------
    ValueError
        When a column or a tandem's id is missing, a tandem stands twice, or the audit ends before it starts.

    Notes
    -----
    Applications after the last day together are none of the tandem's business. The work grows with the applications of
    those who are paired.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> tandems = pd.DataFrame({"tandem_id": ["t1"], "mentor_id": ["a"], "mentee_id": ["b"]})
    >>> applications = pd.DataFrame({"vacancy_id": ["v", "v"], "person_id": ["a", "b"],
    ...                              "applied_date": day(["2025-12-01", "2026-01-30"])})
    >>> vacancy_breaches(tandems, applications, start=date(2026, 1, 1), end=date(2026, 1, 31))["days"].item()
    2
    """
    paired = paired_days(tandems, start, end)
    check_rows(applications, ["vacancy_id", "person_id", "applied_date"], key=["vacancy_id", "person_id"])
    dated = applications[applications["applied_date"].notna()]
    own = dated[["vacancy_id", "person_id"]].assign(on=day_numbers(dated["applied_date"], 0))
    both = paired.merge(own, left_on="mentor_id", right_on="person_id").merge(
        own, left_on=["mentee_id", "vacancy_id"], right_on=["person_id", "vacancy_id"], suffixes=("", "_mentee")
    )
    stretches = pd.DataFrame(
        {
            "tandem_id": both["tandem_id"],
            "first": both[["first", "on", "on_mentee"]].max(axis=1),
            "last": both["last"],
        }
    )
    return breach_rows(paired, stretches, SAME_VACANCY)


def double_breaches(tandems: pd.DataFrame, *, start: date, end: date) -> pd.DataFrame:
    """Tandems of which one side stands in another tandem on the same day, on either side of it.

    Not to be asked where the programme allows two tandems.

    Parameters
    ----------
    tandems, start, end
        As in `unit_breaches`. Give the tandems of all rounds that reach into the audit: a tandem without an
        ``ended_date`` counts to the end of the audit, so give those of an earlier round the last day of that round.

    Returns
    -------
    DataFrame
        Columns as in `unit_breaches`, one row for each tandem of a conflict: both are listed.

    Raises
    ------
    ValueError
        When a column or a tandem's id is missing, a tandem stands twice, or the audit ends before it starts.

    Notes
    -----
    One sweep over the first and last days of all tandems of a person, n log n in the number of tandems.

    Examples
    --------
    The second tandem starts on the last day of the first:

    >>> tandems = pd.DataFrame({"tandem_id": ["t1", "t2"], "mentor_id": ["a", "a"], "mentee_id": ["b", "c"],
    ...     "matched_date": pd.to_datetime(["2026-01-01", "2026-01-20"]),
    ...     "ended_date": pd.to_datetime(["2026-01-20", None])})
    >>> found = double_breaches(tandems, start=date(2026, 1, 1), end=date(2026, 1, 31))
    >>> found[["tandem_id", "days"]].to_numpy().tolist()
    [['t1', 1], ['t2', 1]]
    """
    paired = paired_days(tandems, start, end)
    paired = paired[paired["first"] <= paired["last"]]
    sides = [
        paired[["tandem_id", side, "first", "last"]].set_axis(["tandem_id", "person_id", "first", "last"], axis=1)
        for side in ("mentor_id", "mentee_id")
    ]
    own = pd.concat(sides, ignore_index=True).dropna(subset=["person_id"]).drop_duplicates()
    both = own.merge(_crowded_days(own), on="person_id")
    stretches = pd.DataFrame(
        {
            "tandem_id": both["tandem_id"],
            "first": both[["first", "from"]].max(axis=1),
            "last": both[["last", "to"]].min(axis=1),
        }
    )
    return breach_rows(paired, stretches, TWO_TANDEMS)


def _crowded_days(own: pd.DataFrame) -> pd.DataFrame:
    """Stretches of days, ``from`` … ``to``, on which a person stands in two tandems or more."""
    steps = pd.concat(
        [
            pd.DataFrame({"person_id": own["person_id"], "day": own["first"], "step": 1}),
            pd.DataFrame({"person_id": own["person_id"], "day": own["last"] + 1, "step": -1}),
        ]
    )
    steps = steps.groupby(["person_id", "day"]).sum().reset_index()
    # everybody's steps add up to 0, so the running sum starts afresh with each person
    crowded = steps["step"].cumsum() >= 2
    before = crowded.shift(fill_value=False)
    return pd.DataFrame(
        {
            "person_id": steps.loc[crowded & ~before, "person_id"].to_numpy(),
            "from": steps.loc[crowded & ~before, "day"].to_numpy(),
            "to": steps.loc[~crowded & before, "day"].to_numpy() - 1,
        }
    )
