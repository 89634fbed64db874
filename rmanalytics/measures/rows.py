"""What every measure shares: the unit of analysis, the least number, where an interval ends, what "no variation" means.

Unit: the person. One row a person, or the measure refuses: a person counted twice makes an interval too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import ndtri

from rmanalytics.results import GROUPS

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
SAME_CHANGE_IN_GROUP = "in one of the groups every complete pair changed by the same amount"
NO_VARIATION = "no variation in the scores"
ALL_THE_SAME = "no variation: every value is the same"
INCOMPLETE_PAIR = "without a score at both times"

_RELATIVE_NOISE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What the cells of a column may be: one of some words, or numbers within bounds."""

    choices: tuple[str, ...] = ()
    least: float = -np.inf
    most: float = np.inf
    whole: bool = False
    empty: bool = False

    @property
    def words(self) -> str:
        """The rule in words."""
        if self.choices:
            return " or ".join(self.choices)
        bounds = f"from {self.least:g}" + (f" to {self.most:g}" if self.most < np.inf else "")
        return f"{'whole ' * self.whole}numbers {bounds}"

    def holds(self, cells: pd.Series[Any]) -> bool:
        """Whether every cell keeps to the rule."""
        if self.choices:
            return bool(cells.isin(self.choices).all())
        numbers = cells.to_numpy(dtype=np.float64, na_value=np.nan)
        numbers = numbers[~np.isnan(numbers)] if self.empty else numbers
        within = (numbers >= self.least) & (numbers <= self.most)
        return bool((within & ((numbers == np.rint(numbers)) | (not self.whole))).all())


YES_NO = Rule(least=0, most=1, whole=True)
RULES = {
    "group": Rule(choices=GROUPS),
    "event": YES_NO,
    "participant": YES_NO,
    **dict.fromkeys(("eligible", "invited", "volunteered", "matched", "started", "finished"), YES_NO),
    "time_days": Rule(least=0),
    "weight": Rule(least=0),
    "attained": Rule(least=-2, most=2, whole=True, empty=True),
    "planned": Rule(least=0, whole=True),
    "held": Rule(least=0, whole=True),
    "roles_n": Rule(least=0, whole=True),
    "followed_days": Rule(least=0),
    "yes": Rule(least=0, whole=True),
    "n": Rule(least=0, whole=True),
    "yes_comparison": Rule(least=0, whole=True),
    "n_comparison": Rule(least=0, whole=True),
}
"""The rule of a column wherever a measure asks for it by this name: declared once, held by `check_rows`; what intake
lets through keeps to it (a test compares them)."""


def check_rows(frame: pd.DataFrame, columns: Sequence[str], *, key: Sequence[str]) -> None:
    """Refuse a frame that lacks a column, a filled key, or one row for each key, or breaks the rule of a column.

    Parameters
    ----------
    frame : DataFrame
        What a measure was given.
    columns : sequence of str
        Columns that it needs, each by its rule, if it has one in `RULES`.
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
    check_columns(frame, [*columns, *key])
    for column in columns:
        if column in RULES and not RULES[column].holds(frame[column]):
            raise ValueError(f"{column}: {RULES[column].words}")
    names = ", ".join(key)
    if not key:
        return
    if any(frame[column].isna().any() for column in key):
        raise ValueError(f"a row without its unit of analysis: {names}")
    if frame.duplicated(list(key)).any() if len(key) > 1 else not frame[key[0]].is_unique:
        raise ValueError(f"the unit of analysis stands in more than one row: {names}")


def check_parts(part: npt.ArrayLike, whole: npt.ArrayLike) -> None:
    """Refuse counts that do not lie within 0 and their total, with a `ValueError`; a missing one does not.

    Examples
    --------
    >>> check_parts([0, 3], [2, 2])
    Traceback (most recent call last):
    ValueError: a count must lie within 0 and its total
    """
    counts, totals = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    if not ((counts >= 0) & (counts <= totals)).all():
        raise ValueError("a count must lie within 0 and its total")


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


def drawn_limits(drawn: Floats, value: float) -> tuple[float, float]:
    """Where the middle 95% of draws end, reaching out to the value where skewed draws lie beside it.

    Examples
    --------
    >>> drawn_limits(np.array([2.0, 2.0, 3.0]), 1.5)[0]
    1.5
    """
    lo, hi = np.quantile(drawn, LIMITS)
    return min(float(lo), value), max(float(hi), value)


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


def looked_up(keys: pd.Series[Any], values: pd.Series[Any]) -> pd.Series[Any]:
    """What stands in ``values`` under each key, missing where nothing does; of their type also where they are none.

    `Series.map` gives numbers, or fails, where it is to look up in nothing.

    Examples
    --------
    >>> looked_up(pd.Series(["a", "z"]), pd.Series([], index=[], dtype="datetime64[s]")).dtype
    dtype('<M8[s]')
    """
    return values.reindex(keys).set_axis(keys.index)


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
