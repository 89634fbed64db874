"""Cadence: how often the tandems met, how long they went without meeting, and how long a meeting took.

Unit: the tandem. Meetings of one tandem are alike, so intervals come from drawing tandems, never meetings.

References
----------
Field CA, Welsh AH (2007). Bootstrapping clustered data. https://doi.org/10.1111/j.1467-9868.2007.00593.x
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.engagement.delivery import TOO_FEW
from rmanalytics.measures.rows import ALL_THE_SAME, LEAST_PEOPLE, Floats, drawn_limits, is_constant
from rmanalytics.results import Estimate, NotEstimable

TOO_FEW_WITH_GAP = "fewer than {least} tandems with two meetings or more"
MEDIAN_METHOD = "median, percentile interval from drawing tandems with replacement"

_MOST_CELLS = 4_000_000


def meeting_gaps(meetings: pd.DataFrame) -> pd.DataFrame:
    """Days between one meeting and the next that was held, tandem by tandem.

    Parameters
    ----------
    meetings : DataFrame
        ``tandem_id, held_date`` (missing: not held).

    Returns
    -------
    DataFrame
        ``tandem_id, held_date, gap_days``, one row for each meeting but the first of a tandem, by day.

    Examples
    --------
    >>> meetings = pd.DataFrame({"tandem_id": ["a", "a", "b"],
    ...                          "held_date": pd.to_datetime(["2026-02-15", "2026-02-01", "2026-02-01"])})
    >>> meeting_gaps(meetings)["gap_days"].tolist()
    [14]
    """
    held = meetings.loc[meetings["held_date"].notna(), ["tandem_id", "held_date"]]
    held = held.sort_values(["tandem_id", "held_date"], ignore_index=True)
    gaps = held.groupby("tandem_id")["held_date"].diff().dt.days
    kept = held.assign(gap_days=gaps)[gaps.notna()].astype({"gap_days": "int64"})
    return pd.DataFrame(kept.reset_index(drop=True))


@measure
def cadence(
    meetings: pd.DataFrame, *, rng: np.random.Generator, seed: int, draws: int = 2_000
) -> Estimate | NotEstimable:
    """Median days between two meetings of a tandem.

    Parameters
    ----------
    meetings : DataFrame
        ``tandem_id, held_date`` (missing: not held).
    rng : Generator
        Source of the draws.
    seed : int
        The seed it was made from, for the record.
    draws : int
        Number of bootstrap samples of tandems.

    Returns
    -------
    Estimate or NotEstimable
        ``cadence``, unit ``days``; ``extra``: ``values``, the number of gaps.

    Notes
    -----
    *Not estimable when* fewer than six tandems have met twice. The median of all gaps; whole tandems are drawn with
    replacement, and the limits are the 2.5 and 97.5% points of the medians.

    References
    ----------
    Field CA, Welsh AH (2007). https://doi.org/10.1111/j.1467-9868.2007.00593.x

    Examples
    --------
    >>> days = ["2026-02-01", "2026-02-15", "2026-02-01", "2026-03-01"] * 3
    >>> meetings = pd.DataFrame({"tandem_id": sorted(list("abcdef") * 2), "held_date": pd.to_datetime(days)})
    >>> result = cadence(meetings, rng=np.random.default_rng(1), seed=1)
    >>> result.value, result.lo, result.hi
    (21.0, 14.0, 28.0)
    """
    gaps = meeting_gaps(meetings).rename(columns={"gap_days": "value"})
    return _median(gaps, name="cadence", unit="days", few=TOO_FEW_WITH_GAP, rng=rng, seed=seed, draws=draws)


@measure
def longest_gap(
    meetings: pd.DataFrame, *, rng: np.random.Generator, seed: int, draws: int = 2_000
) -> Estimate | NotEstimable:
    """Median over tandems of the longest time between two of their meetings.

    Parameters
    ----------
    meetings, rng, seed, draws
        As in `cadence`.

    Returns
    -------
    Estimate or NotEstimable
        ``longest_gap``, unit ``days``; as `cadence` otherwise.

    Notes
    -----
    *Not estimable when* fewer than six tandems have met twice. One value a tandem.

    References
    ----------
    Efron B, Tibshirani RJ (1993). An Introduction to the Bootstrap. https://doi.org/10.1201/9780429246593

    Examples
    --------
    >>> days = ["2026-02-01", "2026-02-15", "2026-02-01", "2026-03-01"] * 3
    >>> meetings = pd.DataFrame({"tandem_id": sorted(list("abcdef") * 2), "held_date": pd.to_datetime(days)})
    >>> longest_gap(meetings, rng=np.random.default_rng(1), seed=1).value
    21.0
    """
    longest = meeting_gaps(meetings).groupby("tandem_id")["gap_days"].max().rename("value").reset_index()
    return _median(longest, name="longest_gap", unit="days", few=TOO_FEW_WITH_GAP, rng=rng, seed=seed, draws=draws)


@measure
def meeting_minutes(
    meetings: pd.DataFrame, *, rng: np.random.Generator, seed: int, draws: int = 2_000
) -> Estimate | NotEstimable:
    """Median minutes of a meeting that was held.

    Parameters
    ----------
    meetings : DataFrame
        ``tandem_id, held_date, minutes`` (missing: not recorded).
    rng, seed, draws
        As in `cadence`.

    Returns
    -------
    Estimate or NotEstimable
        ``meeting_minutes``, unit ``minutes``; as `cadence` otherwise.

    Notes
    -----
    *Not estimable when* fewer than six tandems have a meeting with recorded minutes.

    References
    ----------
    Field CA, Welsh AH (2007). https://doi.org/10.1111/j.1467-9868.2007.00593.x

    Examples
    --------
    >>> meetings = pd.DataFrame({"tandem_id": list("abcdef"), "minutes": [45, 60, 60, 60, 60, 90],
    ...                          "held_date": pd.to_datetime(["2026-02-01"] * 6)})
    >>> meeting_minutes(meetings, rng=np.random.default_rng(1), seed=1).value
    60.0
    """
    held = meetings[meetings["held_date"].notna() & meetings["minutes"].notna()].rename(columns={"minutes": "value"})
    return _median(held, name="meeting_minutes", unit="minutes", few=TOO_FEW, rng=rng, seed=seed, draws=draws)


def _median(
    values: pd.DataFrame,
    *,
    name: str,
    unit: str,
    few: str,
    rng: np.random.Generator,
    seed: int,
    draws: int,
) -> Estimate | NotEstimable:
    """Median of ``value`` with whole tandems (``tandem_id``) drawn with replacement."""
    codes, tandems = pd.factorize(values["tandem_id"])
    n = len(tandems)
    if n < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=few, n=n, values={"least": LEAST_PEOPLE})
    numbers = values["value"].to_numpy(dtype="float64")
    order = np.argsort(numbers, kind="stable")
    numbers, codes = numbers[order], codes[order]
    if is_constant(numbers, among=numbers):
        return NotEstimable(name=name, unit=unit, reason=ALL_THE_SAME, n=n)
    medians, chunk = [], max(1, _MOST_CELLS // len(numbers))
    for first in range(0, draws, chunk):
        size = min(chunk, draws - first)
        times = rng.multinomial(n, np.full(n, 1 / n), size=size)
        medians.append(_weighted_medians(numbers, times[:, codes]))
    value = float(np.median(numbers))
    lo, hi = drawn_limits(np.concatenate(medians), value)
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=lo,
        hi=hi,
        n=n,
        unit_of_analysis="tandem",
        method=MEDIAN_METHOD,
        draws=draws,
        seed=seed,
        extra={"values": float(len(numbers))},
        exact=bool(lo == hi),  # a coarse scale: nearly every draw has the same median
    )


def _weighted_medians(ordered: Floats, times: npt.NDArray[np.int64]) -> Floats:
    """For each row of ``times``: the median of the ordered numbers, each taken so many times."""
    cumulated = np.cumsum(times, axis=1)
    total = cumulated[:, -1:]
    lower = (cumulated < (total + 1) // 2).sum(axis=1)
    upper = (cumulated < total // 2 + 1).sum(axis=1)
    return np.asarray((ordered[lower] + ordered[upper]) / 2)
