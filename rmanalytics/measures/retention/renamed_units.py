"""Renamed units: a unit that gets a new name moves nobody, though every row of its people changes.

Unit: one spell of one person in one unit.
"""

from __future__ import annotations

import pandas as pd

from rmanalytics.measures.rows import check_columns

TOGETHER_DAYS = 31
HALF = 0.5
FEWEST = 3
"""Fewest people who change together: in a unit of two, one person who moves is half of it."""


def without_renames(positions: pd.DataFrame) -> pd.DataFrame:
    """Positions in which a unit carries its later name from the start, where it was only renamed.

    Parameters
    ----------
    positions : DataFrame
        ``person_id, start_date, end_date, unit`` and whatever else; one row a person and spell.

    Returns
    -------
    DataFrame
        The same rows, units of an earlier name given the later one.

    Raises
    ------
    ValueError
        When a column is missing.

    Notes
    -----
    Half of a unit's people, and at least three, who change from one unit text to the same other one within 31 days
    have not moved: the text has. Who stays under the old text is carried along. Names are followed in order of time, so
    that a unit may be renamed twice.

    Examples
    --------
    Three of four people of ``IT`` are of ``Digital`` from 1 March on:

    >>> start = pd.to_datetime(["2025-01-01"] * 4 + ["2026-03-01"] * 3)
    >>> positions = pd.DataFrame({"person_id": [*"abcd", *"abc"], "unit": ["IT"] * 4 + ["Digital"] * 3,
    ...     "start_date": start, "end_date": pd.to_datetime(["2026-02-28"] * 3 + [None] * 4)})
    >>> set(without_renames(positions)["unit"])
    {'Digital'}
    """
    check_columns(positions, ("person_id", "start_date", "end_date", "unit"))
    held = positions[["person_id", "start_date", "unit"]].sort_values(["person_id", "start_date"], kind="stable")
    held = held.assign(earlier=held.groupby("person_id", sort=False)["unit"].shift())
    changed = held[held["earlier"].notna() & held["unit"].notna() & (held["earlier"] != held["unit"])]
    pairs = changed.groupby(["earlier", "unit"])["person_id"].transform("nunique") >= FEWEST
    unit = positions["unit"].copy()
    for (earlier, later), rows in _by_time(changed[pairs]):
        day = _renamed(rows, positions[positions["unit"] == earlier])
        if day is not None:
            last = day + pd.Timedelta(days=TOGETHER_DAYS)
            unit[(unit == earlier) & (positions["start_date"] <= last)] = later
    return positions.assign(unit=unit)


def _by_time(changed: pd.DataFrame) -> list[tuple[tuple[str, str], pd.DataFrame]]:
    """Changes by pair of names, the earliest first."""
    found = [
        ((str(a), str(b)), rows.sort_values("start_date")) for (a, b), rows in changed.groupby(["earlier", "unit"])
    ]
    return sorted(found, key=lambda pair: (pair[1]["start_date"].iloc[0], pair[0]))


def _renamed(rows: pd.DataFrame, there: pd.DataFrame) -> pd.Timestamp | None:
    """First day of 31 in which half of the people of a unit took the same other name; None where there is none."""
    days = rows["start_date"].to_numpy()
    for at, day in enumerate(days):
        together = rows["person_id"].iloc[at : int(days.searchsorted(day + pd.Timedelta(days=TOGETHER_DAYS), "left"))]
        before = there[(there["start_date"] < day) & ~(there["end_date"] < day - pd.Timedelta(days=1))]
        size = before["person_id"].nunique()
        if together.nunique() >= max(FEWEST, HALF * size):
            return pd.Timestamp(day)
    return None
