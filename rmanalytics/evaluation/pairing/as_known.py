"""Tables as the audit wants them: as known on a day, and each tandem with its own first and last day.

Unit: one tandem. Its own days run from the match to its end, that of its round, or the day that one of the two left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import pandas as pd

from rmanalytics.intake import schema
from rmanalytics.intake.bundle import Bundle
from rmanalytics.measures.pairing.breach_days import SIDE_IDS
from rmanalytics.measures.rows import among
from rmanalytics.programme.programme import Programme

ID = "tandem_id"
Tables = Mapping[str, pd.DataFrame]


def tables_of(bundle: Bundle, names: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Tables by name; one that was not supplied has its columns and no rows."""
    kinds = {"date": "datetime64[s]", "whole": "float64", "number": "float64"}
    return {
        name: bundle.table(name)
        if bundle.has(name)
        else pd.DataFrame({c.name: pd.Series(dtype=kinds.get(c.kind, "str")) for c in schema.TABLES[name].columns})
        for name in names
    }


def as_known(tables: Tables, on: date, programme: Programme) -> Tables:
    """The tables as they could be known on a day before the data end."""
    if on >= programme.data_until:
        return tables
    day = pd.Timestamp(on)
    people, positions, tandems = tables["people"], tables["positions"], tables["tandems"]
    held = (positions["start_date"] <= day) & ~(positions["end_date"] < day)
    tandems = tandems[tandems["matched_date"] <= day]
    applications = tables["applications"]
    return {
        **tables,
        "people": people.assign(exit_date=people["exit_date"].where(people["exit_date"] <= day)),
        "positions": positions[held].assign(end_date=positions["end_date"].where(positions["end_date"] < day)),
        "tandems": tandems.assign(ended_date=tandems["ended_date"].where(tandems["ended_date"] <= day)),
        "applications": applications[applications["applied_date"] <= day],
    }


def near(tables: Tables, first: date, last: date, *plans: pd.DataFrame) -> Tables:
    """The tables without what cannot matter: people in no tandem, positions that do not reach into the audit."""
    people, positions = tables["people"], tables["positions"]
    pairs = pd.concat([frame[side] for frame in (tables["tandems"], *plans) for side in SIDE_IDS])
    reach = (positions["start_date"] <= pd.Timestamp(last)) & ~(positions["end_date"] < pd.Timestamp(first))
    return {**tables, "people": people[among(people["person_id"], pairs)], "positions": positions[reach]}


def with_ends(tandems: pd.DataFrame, people: pd.DataFrame, programme: Programme) -> pd.DataFrame:
    """All tandems with ``own_first`` and ``own_last``: to their end, that of the round, or the day that one left."""
    over = tandems["round_id"].map({r.id: pd.Timestamp(r.end) for r in programme.rounds}).astype("datetime64[s]")
    ends = [tandems["ended_date"].fillna(over), *(_days_of(tandems[side], people, "exit_date") for side in SIDE_IDS)]
    return tandems.assign(own_first=tandems["matched_date"], own_last=pd.concat(ends, axis=1).min(axis=1))


def within(tandems: pd.DataFrame, first: date, last: date) -> pd.DataFrame:
    """The same with their own days cut to those of the audit."""
    begin, end = pd.Timestamp(first), pd.Timestamp(last)
    return tandems.assign(
        own_first=tandems["own_first"].where(tandems["own_first"] > begin, begin),
        own_last=tandems["own_last"].where(tandems["own_last"] < end, end),
    ).reset_index(drop=True)


def paired(tandems: pd.DataFrame) -> pd.DataFrame:
    """Tandems as the measures want them: their own days as first and last day together."""
    return tandems[[ID, *SIDE_IDS]].assign(matched_date=tandems["own_first"], ended_date=tandems["own_last"])


def employed(tandems: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Tandems with their own days cut to those on which both are employed."""
    hired = [_days_of(tandems[side], people, "hire_date") for side in SIDE_IDS]
    left = [_days_of(tandems[side], people, "exit_date") for side in SIDE_IDS]
    return tandems.assign(
        own_first=pd.concat([tandems["own_first"], *hired], axis=1).max(axis=1),
        own_last=pd.concat([tandems["own_last"], *left], axis=1).min(axis=1),
    )


def not_planned(tandems: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    """Tandems that are no plan: a planned pair that was matched in its round since is the plan itself."""
    key = ["round_id", *SIDE_IDS]
    carried_out = tandems[key].merge(plan[key].drop_duplicates().assign(planned=True), on=key, how="left")
    return tandems[carried_out["planned"].isna().to_numpy()]


def serving(comparison: pd.DataFrame, programme: Programme, first: date, last: date) -> pd.DataFrame:
    """Who serves as comparison in rounds that reach into the audit, with ``first_date`` and ``last_date`` of each."""
    reach = {r.id: r for r in programme.rounds if r.start <= last and r.end >= first}
    mine = comparison[comparison["round_id"].isin(reach)]
    days = {
        "first_date": mine["round_id"].map({name: pd.Timestamp(r.start) for name, r in reach.items()}),
        "last_date": mine["round_id"].map({name: pd.Timestamp(r.end) for name, r in reach.items()}),
    }
    return mine.assign(**{name: day.astype("datetime64[s]") for name, day in days.items()})


def _days_of(ids: pd.Series, people: pd.DataFrame, column: str) -> pd.Series:
    """A date of each person; missing where the person is not known."""
    days = people.set_index("person_id")[column].reindex(ids)
    return pd.Series(days.to_numpy(), index=ids.index)
