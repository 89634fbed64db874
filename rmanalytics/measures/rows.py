"""Guards that every measure of people shares: the unit of analysis, the least number, what "no variation" means.

Unit: the person. One row a person, or the measure refuses: a person counted twice makes an interval too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

LEAST_PAIRS = 6
"""Fewest complete pairs for any interval (per group, where there are two)."""

TOO_FEW_PAIRS = "fewer than {least} complete pairs"
TOO_FEW_IN_GROUP = "fewer than {least} complete pairs in one of the groups"
ONE_GROUP = "complete pairs in one group only"
SAME_CHANGE = "every complete pair changed by the same amount"
NO_VARIATION = "no variation in the scores"
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
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise ValueError(f"missing columns: {', '.join(missing)}")
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
