"""What every measure shares: the unit of analysis, the least number, where an interval ends, what "no variation" means.

Unit: the person. One row a person, or the measure refuses: a person counted twice makes an interval too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import ndtri

Floats = npt.NDArray[np.float64]

LEAST_PEOPLE = LEAST_PAIRS = 6
"""Fewest people, tandems or complete pairs for any interval (per group, where there are two): with five, no pattern of
signs is rarer than 1 in 16."""
LOWER, UPPER = LIMITS = (0.025, 0.975)
"""Where an interval of `results.CONFIDENCE` ends, as shares of a distribution."""
Z = float(ndtri(UPPER))
"""The same in standard errors of a normal distribution."""

TOO_FEW_PAIRS = "fewer than {least} complete pairs"
TOO_FEW_IN_GROUP = "fewer than {least} complete pairs in one of the groups"
ONE_GROUP = "complete pairs in one group only"
SAME_CHANGE = "every complete pair changed by the same amount"
NO_VARIATION = "no variation in the scores"
ALL_THE_SAME = "no variation: every value is the same"
INCOMPLETE_PAIR = "without a score at both times"

_RELATIVE_NOISE = 1e-9


def check_rows(frame: pd.DataFrame, columns: Sequence[str], *, key: Sequence[str]) -> None:
    """Refuse a frame that lacks a column, a filled key, or one row for each key.

    Parameters
    ----------
    frame : DataFrame
        What a measure was given.
    columns : sequence of str
        Columns that it needs, the key included.
    key : sequence of str
        Columns that name the unit of analysis.

    Raises
    ------
    ValueError
        Without any cell value in the message.

    Examples
    --------
    >>> check_rows(pd.DataFrame({"person_id": ["a", "a"]}), ["person_id"], key=["person_id"])
    Traceback (most recent call last):
    ValueError: the unit of analysis stands in more than one row: person_id
    """
    check_columns(frame, columns)
    names = ", ".join(key)
    if any(frame[column].isna().any() for column in key):
        raise ValueError(f"a row without its unit of analysis: {names}")
    if frame.duplicated(list(key)).any() if len(key) > 1 else not frame[key[0]].is_unique:
        raise ValueError(f"the unit of analysis stands in more than one row: {names}")


def before_and_after(scores: pd.DataFrame) -> Floats:
    """Columns ``pre`` and ``post`` side by side; NaN where there is no score.

    Examples
    --------
    >>> before_and_after(pd.DataFrame({"person_id": ["a"], "pre": [1], "post": [2]})).tolist()
    [[1.0, 2.0]]
    """
    columns = [scores[wave].to_numpy(dtype=np.float64, na_value=np.nan) for wave in ("pre", "post")]
    return np.column_stack(columns)


def complete_pairs(scores: pd.DataFrame) -> tuple[Floats, int]:
    """Scores before and after (two columns) of everybody who has both, and how many have not; one row a person.

    Examples
    --------
    >>> complete_pairs(pd.DataFrame({"person_id": ["a", "b"], "pre": [1, 2], "post": [2, None]}))[1]
    1
    """
    check_rows(scores, ["person_id", "pre", "post"], key=["person_id"])
    both = before_and_after(scores)
    whole = ~np.isnan(both).any(axis=1)
    return both[whole], int((~whole).sum())


def check_columns(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse a frame that lacks a column, with a `ValueError` that names it."""
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise ValueError(f"missing columns: {', '.join(missing)}")


def full_rank(design: Floats) -> bool:
    """Whether there are as many rows as columns, and no column is nothing or the sum of others, but for rounding.

    Examples
    --------
    >>> full_rank(np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]))
    False
    """
    largest = np.abs(design).max(axis=0, initial=0.0)
    if len(design) < design.shape[1] or not largest.all():
        return False
    return bool(np.linalg.matrix_rank(design / largest, tol=1e-8) == design.shape[1])


def is_constant(values: Floats, *, among: Floats) -> bool:
    """Whether values differ by no more than the rounding of the numbers they came from.

    Examples
    --------
    >>> scores = np.array([0.1 + 0.2, 0.3])
    >>> is_constant(scores, among=scores)
    True
    """
    return float(np.ptp(values)) <= noise(among)


def noise(among: Floats) -> float:
    """The largest difference that is rounding alone, for numbers of this size."""
    return _RELATIVE_NOISE * float(np.max(np.abs(among)))


def places(ids: pd.Index, values: pd.Series[Any]) -> npt.NDArray[np.int64]:
    """Position of each value in the ids, -1 where it is not there.

    Examples
    --------
    >>> places(pd.Index(["a", "b"]), pd.Series(["b", "z", None])).tolist()
    [1, -1, -1]
    """
    if all(isinstance(data.dtype, pd.StringDtype) and data.dtype.storage == "pyarrow" for data in (ids, values)):
        # pandas would look up Python objects one by one
        found = pc.index_in(_arrow(values.array), value_set=_arrow(ids.array), skip_nulls=True)
        return np.asarray(found.fill_null(-1), dtype=np.int64)
    return ids.get_indexer(pd.Index(values)).astype(np.int64)


def _arrow(values: object) -> pa.Array:
    found = pa.array(values)
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def among(values: pd.Series[Any], ids: pd.Series[Any] | pd.Index) -> npt.NDArray[np.bool_]:
    """Which values are among the ids; a missing value is not.

    Examples
    --------
    >>> among(pd.Series(["a", None, "c"], dtype="str"), pd.Series(["a", "b"], dtype="str")).tolist()
    [True, False, False]
    """
    return np.asarray(places(pd.Index(ids).unique(), values) >= 0, dtype=np.bool_)
