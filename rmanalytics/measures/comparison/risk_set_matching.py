"""Comparison people by risk-set matching: who was most like each participant on the day of the match, and took no part?

Unit: the person. Whoever has not taken part up to that day may be chosen, those included who will take part later:
leaving them out would choose by the future. They stop being a comparison on the day of their own match (``stop_date``).

References
----------
Li YP, Propert KJ, Rosenbaum PR (2001). Balanced risk set matching. https://doi.org/10.1198/016214501753208573
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmanalytics.measures.rows import Floats, check_rows

LEVEL_AND_UNIT, LEVEL, NEIGHBOUR = "level and unit", "level", "neighbouring level"
LEVELS_APART = 1
"""A comparison person never stands further from the participant than this many levels."""

_COLUMNS = ["person_id", "matched_to", "matched_date", "stop_date", "exact_on"]

Indices = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def risk_set_matches(
    participants: pd.DataFrame,
    people: pd.DataFrame,
    positions: pd.DataFrame,
    involved: pd.DataFrame,
    *,
    rng: np.random.Generator,
    each: int = 1,
) -> pd.DataFrame:
    r"""Comparison people for participants, chosen on what was known on the day of each match.

    Parameters
    ----------
    participants : DataFrame
        ``person_id`` (each once), ``matched_date``.
    people : DataFrame
        ``person_id`` (each once), ``birth_year, hire_date, exit_date`` (missing: still employed).
    positions : DataFrame
        ``person_id, start_date, end_date`` (missing: open), ``unit, level``; of several on a day the highest counts.
    involved : DataFrame
        ``person_id, matched_date`` of everybody who ever takes part, on either side and in any round, all rows; those
        of *participants* need not be repeated.
    rng : Generator
        Decides between people who are equally near, and who chooses first on a day.
    each : int
        Comparison people for each participant; the second is chosen when all of the day have their first.

    Returns
    -------
    DataFrame
        ``person_id`` (comparison, each once), ``matched_to`` (participant), ``matched_date`` (origin of both spells),
        ``stop_date`` (the comparison person's own first match after it; missing: never) and ``exact_on``:
        `LEVEL_AND_UNIT`, `LEVEL` or `NEIGHBOUR`. A participant for whom nobody was left within one level, or who had no
        position on the day, is not in it: the difference in rows counts them.

    Raises
    ------
    ValueError
        When a column or key is missing, a participant or person stands twice, or a participant is not in *people*.

    Notes
    -----
    A candidate on day t is employed with a position on t (hire_date ≤ t < exit_date), has not been matched on or before
    t, and was not chosen before. Same level and unit where possible, else same level, else a neighbouring level; among
    those the smallest :math:`\sqrt{(\Delta hire/s_h)^2 + (\Delta birth/s_b)^2}`, with the standard deviations of all
    candidates of the day; an unknown birth year counts as one standard deviation away. Days go in order; on a day
    whoever has fewest exact candidates chooses first. Nearest-neighbour matching without replacement balances what it
    matches on, and nothing else: show the balance before and after.

    References
    ----------
    Li YP, Propert KJ, Rosenbaum PR (2001). https://doi.org/10.1198/016214501753208573

    Examples
    --------
    "b" and "c" share the participant's level and unit; "c" was hired nearer to them.

    >>> day = pd.to_datetime
    >>> people = pd.DataFrame({"person_id": ["a", "b", "c"], "birth_year": [1998, 1998, 1997],
    ...     "hire_date": day(["2023-01-01", "2015-01-01", "2022-12-01"]), "exit_date": day([None] * 3)})
    >>> positions = pd.DataFrame({"person_id": ["a", "b", "c"], "unit": "IT", "level": 2,
    ...     "start_date": day(["2023-01-01"] * 3), "end_date": day([None] * 3)})
    >>> taking_part = pd.DataFrame({"person_id": ["a"], "matched_date": day(["2026-01-15"])})
    >>> found = risk_set_matches(taking_part, people, positions, taking_part, rng=np.random.default_rng(1))
    >>> found[["person_id", "matched_to", "exact_on"]].to_numpy().tolist()
    [['c', 'a', 'level and unit']]
    """
    check_rows(participants, ["person_id", "matched_date"], key=["person_id"])
    check_rows(people, ["person_id", "birth_year", "hire_date", "exit_date"], key=["person_id"])
    check_rows(positions, ["person_id", "start_date", "end_date", "unit", "level"], key=["person_id", "start_date"])
    if not participants["person_id"].isin(people["person_id"]).all() or participants["matched_date"].isna().any():
        raise ValueError("a participant is not among the people, or has no matched_date")
    matches = [table[["person_id", "matched_date"]].dropna() for table in (involved, participants)]
    company = _Company.of(people, positions, pd.concat(matches, ignore_index=True), rng)
    chosen: list[tuple[int, int, np.datetime64, str]] = []
    free = np.ones(len(company.ids), dtype=bool)
    numbers = company.ids.get_indexer(pd.Index(participants["person_id"]))
    days = participants["matched_date"].to_numpy(dtype="datetime64[D]")
    for day in np.unique(days):
        today = _Day.of(company, day, free)
        mine = np.sort(numbers[days == day])
        exact_n = np.array([today.exact_n(int(person)) for person in mine])
        order = mine[np.lexsort((rng.permutation(len(mine)), exact_n))]
        for _ in range(each):
            for person in order:
                found = today.choose(int(person))
                if found is not None:
                    free[found[0]] = today.free[found[0]] = False
                    chosen.append((found[0], int(person), day, found[1]))
    return _table(chosen, company)


@dataclass(frozen=True, kw_only=True)
class _Company:
    """People by number, in the order of their ids, and their positions, the highest of a person last."""

    ids: pd.Index
    hired: Floats
    gone: Floats
    born: Floats
    first_match: Floats
    matches: pd.DataFrame
    priority: Indices
    holder: Indices
    start: Floats
    end: Floats
    unit: Indices
    level: Floats

    @classmethod
    def of(
        cls, people: pd.DataFrame, positions: pd.DataFrame, involved: pd.DataFrame, rng: np.random.Generator
    ) -> _Company:
        ordered = people.sort_values("person_id", ignore_index=True)
        ids = pd.Index(ordered["person_id"])
        held = positions[positions["level"].notna() & positions["person_id"].isin(ids)]
        held = held.sort_values(["person_id", "level", "start_date"], ignore_index=True)
        matches = pd.DataFrame(
            {"number": ids.get_indexer(pd.Index(involved["person_id"])), "day": _days(involved["matched_date"], np.inf)}
        )
        matches = matches[matches["number"] >= 0]
        first = np.full(len(ids), np.inf)
        np.minimum.at(first, matches["number"].to_numpy(), matches["day"].to_numpy())
        return cls(
            ids=ids,
            hired=_days(ordered["hire_date"], np.inf),
            gone=_days(ordered["exit_date"], np.inf),
            born=ordered["birth_year"].to_numpy(dtype="float64", na_value=np.nan),
            first_match=first,
            matches=matches,
            priority=rng.permutation(len(ids)).astype(np.int64),
            holder=ids.get_indexer(pd.Index(held["person_id"])).astype(np.int64),
            start=_days(held["start_date"], np.inf),
            end=_days(held["end_date"], np.inf),
            unit=pd.factorize(held["unit"], sort=True)[0].astype(np.int64),
            level=held["level"].to_numpy(dtype="float64"),
        )


@dataclass(frozen=True, kw_only=True)
class _Day:
    """One day: everybody's level and unit, and the candidates in the order of level and unit."""

    company: _Company
    level: Floats
    unit: Indices
    free: Bools
    order: Indices
    keys: Floats
    units_n: int
    spread: tuple[float, float]

    @classmethod
    def of(cls, company: _Company, day: np.datetime64, free: Bools) -> _Day:
        today = float(day.astype(np.int64))
        held = np.flatnonzero((company.start <= today) & (today <= company.end))
        level = np.full(len(company.ids), np.nan)
        unit = np.full(len(company.ids), -1, dtype=np.int64)
        # the last assignment wins: the highest level
        level[company.holder[held]], unit[company.holder[held]] = company.level[held], company.unit[held]
        employed = (company.hired <= today) & (today < company.gone) & ~np.isnan(level)
        candidates = free & employed & (company.first_match > today)
        units_n = int(company.unit.max(initial=0)) + 2
        key: Floats = np.asarray(level * units_n + unit + 1, dtype=np.float64)
        chosen = np.flatnonzero(candidates)
        order = chosen[np.argsort(key[chosen], kind="stable")]
        return cls(
            company=company,
            level=level,
            unit=unit,
            free=candidates,
            order=order,
            keys=key[order],
            units_n=units_n,
            spread=(_spread(company.hired[order]), _spread(company.born[order])),
        )

    def exact_n(self, person: int) -> int:
        """How many candidates share the person's level and unit."""
        return len(self._between(self.level[person], self.unit[person], self.unit[person]))

    def choose(self, person: int) -> tuple[int, str] | None:
        """The nearest candidate, and what they share with the person."""
        level, unit, last = self.level[person], int(self.unit[person]), self.units_n - 2
        if np.isnan(level):
            return None
        own = self._between(level, unit, unit) if unit >= 0 else self.order[:0]
        tiers = [(LEVEL_AND_UNIT, [own]), (LEVEL, [self._between(level, -1, last)])]
        near = [self._between(level + step, -1, last) for step in range(-LEVELS_APART, LEVELS_APART + 1) if step]
        for shared, ranges in [*tiers, (NEIGHBOUR, near)]:
            found = np.concatenate(ranges)
            found = found[self.free[found]]
            if len(found):
                return self._nearest(person, found), shared
        return None

    def _between(self, level: float, first: int, last: int) -> Indices:
        """Candidates of a level in units first to last."""
        if np.isnan(level):
            return self.order[:0]
        lo = np.searchsorted(self.keys, level * self.units_n + first + 1, side="left")
        hi = np.searchsorted(self.keys, level * self.units_n + last + 1, side="right")
        return self.order[lo:hi]

    def _nearest(self, person: int, found: Indices) -> int:
        company = self.company
        hired = (company.hired[found] - company.hired[person]) / self.spread[0]
        born = (company.born[found] - company.born[person]) / self.spread[1]
        distance = np.hypot(hired, np.where(np.isnan(born), 1.0, born))
        return int(found[np.lexsort((company.priority[found], distance))[0]])


def _table(chosen: list[tuple[int, int, np.datetime64, str]], company: _Company) -> pd.DataFrame:
    """The choices with ids instead of numbers, and with each comparison person's own match to come."""
    numbers = [row[0] for row in chosen]
    later = company.matches.groupby("number")["day"].min().reindex(numbers).to_numpy(dtype="float64", na_value=np.nan)
    stop = np.where(np.isfinite(later), later, 0).astype("int64").astype("datetime64[D]").astype("datetime64[s]")
    return pd.DataFrame(
        {
            "person_id": company.ids[numbers],
            "matched_to": company.ids[[row[1] for row in chosen]],
            "matched_date": np.array([row[2] for row in chosen], dtype="datetime64[D]").astype("datetime64[s]"),
            "stop_date": pd.Series(stop).where(np.isfinite(later)),
            "exact_on": pd.Series([row[3] for row in chosen], dtype="str"),
        },
        columns=_COLUMNS,
    )


def _spread(values: Floats) -> float:
    """Standard deviation of what is known; 1 where nothing varies."""
    known = values[np.isfinite(values)]
    return float(known.std()) or 1.0 if len(known) else 1.0


def _days(dates: pd.Series, missing: float) -> Floats:
    """Days since 1970; a missing date becomes the number given."""
    days = dates.to_numpy(dtype="datetime64[D]").astype(np.int64).astype(np.float64)
    return np.where(dates.isna().to_numpy(), missing, days)
