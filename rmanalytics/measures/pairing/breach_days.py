"""What the audits of pairing share: days as numbers, the days on which two are a tandem, and rows of the dated list.

Unit: the tandem.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmanalytics.measures.rows import check_rows

SIDE_IDS = ("mentor_id", "mentee_id")
BREACH_COLUMNS = ("tandem_id", "rule", "first_date", "last_date", "days")
_KINDS = ("str", "str", "datetime64[s]", "datetime64[s]", "int64")
NO_BREACH = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in zip(BREACH_COLUMNS, _KINDS, strict=True)})

Indices = npt.NDArray[np.int64]


def paired_days(tandems: pd.DataFrame, start: date, end: date) -> pd.DataFrame:
    """Each tandem with the first and last day of the audit on which the two are paired."""
    check_rows(tandems, ["tandem_id", *SIDE_IDS], key=["tandem_id"])
    first_day, last_day = day_number(start), day_number(end)
    if last_day < first_day:
        raise ValueError("the audit ends before it starts")
    first, last = np.full(len(tandems), first_day), np.full(len(tandems), last_day)
    if "matched_date" in tandems:
        first = np.maximum(first, day_numbers(tandems["matched_date"], first_day))
    if "ended_date" in tandems:
        last = np.minimum(last, day_numbers(tandems["ended_date"], last_day))
    return tandems[["tandem_id", *SIDE_IDS]].assign(first=first, last=last)


def breach_rows(paired: pd.DataFrame, stretches: pd.DataFrame, rule: str) -> pd.DataFrame:
    """One row a tandem: first and last day of its stretches, and the days in any of them, each day once."""
    ordered = stretches[stretches["first"] <= stretches["last"]]
    if not len(ordered):
        return NO_BREACH.assign(tandem_id=paired["tandem_id"].iloc[:0].to_numpy())
    ordered = ordered.sort_values(["tandem_id", "first"])
    reach = ordered.groupby("tandem_id")["last"].cummax()
    counted = reach.groupby(ordered["tandem_id"]).shift().fillna(-np.inf)
    new = (ordered["last"] - np.maximum(counted, ordered["first"] - 1)).clip(lower=0).astype("int64")
    found = (
        ordered.assign(days=new)
        .groupby("tandem_id", as_index=False)
        .agg(first_date=("first", "min"), last_date=("last", "max"), days=("days", "sum"))
    )
    found = paired[["tandem_id"]].merge(found, on="tandem_id")
    for column in ("first_date", "last_date"):
        found[column] = found[column].to_numpy(dtype="int64").astype("datetime64[D]").astype("datetime64[s]")
    return found.assign(rule=pd.Series([rule] * len(found), dtype="str"))[list(BREACH_COLUMNS)]


def day_number(day: date) -> int:
    """Days since 1970."""
    return int(np.datetime64(day, "D").astype(np.int64))


def day_numbers(dates: pd.Series, missing: int) -> Indices:
    """Days since 1970; a missing date becomes the number given."""
    days = dates.to_numpy(dtype="datetime64[D]").astype(np.int64)
    return np.where(dates.isna().to_numpy(), missing, days)
