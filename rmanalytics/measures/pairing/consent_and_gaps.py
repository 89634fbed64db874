"""Pairing: did both agree before they met, and is the mentor the junior?

Unit: the tandem. Both agree before the first meeting, and nobody meets after the tandem has ended. What must not hold
between the two on any day while they are paired stands in `while_paired` and `competition`.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from rmanalytics.measures.pairing.breach_days import BREACH_COLUMNS
from rmanalytics.measures.rows import check_rows

NO_CONSENT = {"mentor": "no consent of the mentor recorded", "mentee": "no consent of the mentee recorded"}
LATE_CONSENT = {
    "mentor": "a meeting before the consent of the mentor",
    "mentee": "a meeting before the consent of the mentee",
}
MET_AFTER_END = "a meeting after the tandem had ended"
CONSENT_RULES = (*NO_CONSENT.values(), *LATE_CONSENT.values(), MET_AFTER_END)


def consent_breaches(tandems: pd.DataFrame, meetings: pd.DataFrame) -> pd.DataFrame:
    """Tandems that met without the consent of both, or after the tandem had ended.

    Parameters
    ----------
    tandems : DataFrame
        ``tandem_id`` (each once), ``mentor_consent_date``, ``mentee_consent_date`` (missing: none recorded) and
        optionally ``ended_date``.
    meetings : DataFrame
        ``tandem_id, held_date``; rows without a held date are meetings that did not take place.

    Returns
    -------
    DataFrame
        ``tandem_id, rule, first_date, last_date, days``, one row a tandem and rule, each rule named in `CONSENT_RULES`.
        The dates are the first and last meeting in breach, ``days`` the number of days with one. A missing consent is
        listed even if no meeting was held yet: then without dates, 0 days.

    Raises
    ------
    ValueError
        When a column or a tandem's id is missing, or a tandem stands twice.

    Notes
    -----
    A consent of the day of the first meeting is in time; a meeting on the last day of the tandem is within it. Meetings
    of tandems that are not in *tandems* are not looked at.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> tandems = pd.DataFrame({"tandem_id": ["t1"], "mentor_consent_date": day(["2026-01-01"]),
    ...                         "mentee_consent_date": day(["2026-01-20"])})
    >>> meetings = pd.DataFrame({"tandem_id": ["t1", "t1"], "held_date": day(["2026-01-15", "2026-02-15"])})
    >>> consent_breaches(tandems, meetings)[["rule", "days"]].to_numpy().tolist()
    [['a meeting before the consent of the mentee', 1]]
    """
    check_rows(tandems, ["tandem_id", "mentor_consent_date", "mentee_consent_date"], key=["tandem_id"])
    held = meetings.loc[meetings["held_date"].notna(), ["tandem_id", "held_date"]].drop_duplicates()
    joined = held.merge(tandems, on="tandem_id", validate="many_to_one")
    tables = []
    for side in ("mentor", "mentee"):
        consent = f"{side}_consent_date"
        without = tandems.loc[tandems[consent].isna(), "tandem_id"]
        tables.append(_met(held, NO_CONSENT[side]).merge(without, on="tandem_id", how="right"))
        tables[-1] = tables[-1].assign(rule=NO_CONSENT[side], days=tables[-1]["days"].fillna(0).astype("int64"))
        tables.append(_met(joined[joined["held_date"] < joined[consent]], LATE_CONSENT[side]))
    if "ended_date" in tandems:
        tables.append(_met(joined[joined["held_date"] > joined["ended_date"]], MET_AFTER_END))
    return pd.concat(tables, ignore_index=True)[list(BREACH_COLUMNS)]


def pair_gaps(tandems: pd.DataFrame, people: pd.DataFrame, positions: pd.DataFrame, *, on: date) -> pd.DataFrame:
    """By how much the mentee is older, stands higher and has been there longer: is the mentor the junior?

    Parameters
    ----------
    tandems : DataFrame
        ``tandem_id`` (each once), ``mentor_id``, ``mentee_id``.
    people : DataFrame
        ``person_id`` (each once), ``birth_year``, ``hire_date``.
    positions : DataFrame
        ``person_id, start_date, end_date, level``; a larger number is a higher level.
    on : date
        The day that the level is of, such as the first of the round.

    Returns
    -------
    DataFrame
        ``tandem_id, age_gap_years, level_gap, tenure_gap_days``, one row a tandem, mentee minus mentor: positive where
        the mentor is the junior. Missing where a side's figure is not known.

    Raises
    ------
    ValueError
        When a column or key is missing or a key stands twice.

    Notes
    -----
    Ages are differences of birth years; of several positions on the day, the highest level counts.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> people = pd.DataFrame({"person_id": ["a", "b"], "birth_year": [2000, 1970],
    ...                        "hire_date": day(["2025-01-01", "2000-01-01"])})
    >>> positions = pd.DataFrame({"person_id": ["a", "b"], "level": [1, 6], "end_date": day([None, None]),
    ...                           "start_date": day(["2025-01-01", "2000-01-01"])})
    >>> tandems = pd.DataFrame({"tandem_id": ["t1"], "mentor_id": ["a"], "mentee_id": ["b"]})
    >>> pair_gaps(tandems, people, positions, on=date(2026, 1, 1)).to_numpy().tolist()
    [['t1', 30.0, 5.0, 9132.0]]
    """
    check_rows(tandems, ["tandem_id", "mentor_id", "mentee_id"], key=["tandem_id"])
    check_rows(people, ["person_id", "birth_year", "hire_date"], key=["person_id"])
    check_rows(positions, ["person_id", "start_date", "end_date", "level"], key=["person_id", "start_date"])
    today = pd.Timestamp(on)
    now = positions[(positions["start_date"] <= today) & ~(positions["end_date"] < today)]
    facts = people[["person_id", "birth_year", "hire_date"]].merge(
        now.groupby("person_id")["level"].max().reset_index(), on="person_id", how="left"
    )
    pairs = tandems[["tandem_id", "mentor_id", "mentee_id"]]
    for side in ("mentor", "mentee"):
        renamed = facts.rename(columns={c: f"{side}_id" if c == "person_id" else f"{side}_{c}" for c in facts})
        pairs = pairs.merge(renamed, on=f"{side}_id", how="left", validate="many_to_one")
    return pd.DataFrame(
        {
            "tandem_id": pairs["tandem_id"],
            "age_gap_years": (pairs["mentor_birth_year"] - pairs["mentee_birth_year"]).astype("float64"),
            "level_gap": (pairs["mentee_level"] - pairs["mentor_level"]).astype("float64"),
            "tenure_gap_days": (pairs["mentor_hire_date"] - pairs["mentee_hire_date"]).dt.days.astype("float64"),
        }
    )


def _met(held: pd.DataFrame, rule: str) -> pd.DataFrame:
    """First and last meeting and number of days, one row a tandem."""
    table = held.groupby("tandem_id")["held_date"].agg(first_date="min", last_date="max", days="size").reset_index()
    return table.assign(rule=pd.Series([rule] * len(table), dtype="str"))
