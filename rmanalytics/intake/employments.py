"""People who come twice: several employments of one person, and the one that counts on a day.

Unit: one employment. Everywhere else a person has one row; which employment that is, the question's day decides.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rmanalytics.intake.sheet import Sheet, note
from rmanalytics.language.translator import key


def check_employments(people: Sheet) -> Sheet:
    """Refuse employments of one person that overlap or tell two births; note the people who have several."""
    rows = people.frame.loc[people.live, ["person_id", "hire_date", "exit_date", "birth_year"]]
    rows = rows[~rows.duplicated(["person_id", "hire_date"], keep=False)]  # those contradict each other already
    rows = rows[rows["person_id"].duplicated(keep=False)].sort_values(["person_id", "hire_date"], kind="stable")
    if not len(rows):
        return people
    again = (rows["person_id"] == rows["person_id"].shift()).to_numpy()
    over = again & ~(rows["exit_date"].shift() <= rows["hire_date"]).to_numpy()
    births = rows.groupby("person_id")["birth_year"].transform("nunique").to_numpy() > 1
    for wrong, rule, remedy in (
        (
            over,
            key("an employment of this person begins before the earlier one has ended"),
            key("correct the days, or delete one row"),
        ),
        (
            births,
            key("two rows of one person give different birth years"),
            key("give all rows of the person the right year of birth"),
        ),
    ):
        where = np.zeros(len(people.fate), dtype=bool)
        where[rows.index[wrong]] = True
        people = note(people, "RM-E-031", where, rule, remedy)
    where = np.zeros(len(people.fate), dtype=bool)
    where[rows.index[again & ~over]] = True
    rule = key("people who left and came back count as one person with several employments")
    return note(people, "RM-N-083", where & people.live, rule, key("nothing to do"), column="hire_date")


def employed_by(people: pd.DataFrame, day: pd.Timestamp, starts: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row a person: of the employments begun by a day the latest, else the first.

    Parameters
    ----------
    people : DataFrame
        One row an employment: ``person_id``, ``hire_date`` and whatever else; in order of both.
    day : Timestamp
        The day asked about.
    starts : DataFrame, optional
        ``person_id``, ``start_date``: a day of their own for some people, the earliest where there are several.

    Examples
    --------
    >>> days = pd.to_datetime(["2019-01-01", "2025-01-01"])
    >>> people = pd.DataFrame({"person_id": "a", "hire_date": days})
    >>> [employed_by(people, pd.Timestamp(day)).index.tolist() for day in ("2018-01-01", "2024-05-01", "2026-01-01")]
    [[0], [0], [1]]
    """
    days = pd.Series(day, index=people.index, dtype="datetime64[s]")
    if starts is not None:
        own = people["person_id"].map(starts.groupby("person_id")["start_date"].min())
        days = own.astype("datetime64[s]").fillna(day)
    begun = (people["hire_date"] <= days).to_numpy()
    latest = people[begun].drop_duplicates("person_id", keep="last")
    later = people[~begun & ~people["person_id"].isin(latest["person_id"]).to_numpy()].drop_duplicates("person_id")
    return pd.concat([latest, later]).sort_index()
