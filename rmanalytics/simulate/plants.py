"""What fools a naive figure, planted into an invented programme's tables: each by a number, each off at 0.

Unit: one programme. Nothing of it is an effect of the programme; the tables are read as they were written and written
again, so that a programme without any of it is the same to the byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from rmanalytics.programme.instruments import read_shipped
from rmanalytics.simulate.planted import SCALES, Bools, Calendar, stream

_REVERSED = {item.id: item.reverse for scale in SCALES for item in read_shipped(scale.instrument).items}
_DIGITAL, _TASKS = (read_shipped(name).item_ids for name in ("digital_fitness", "digital_task"))
_OF_SIDE = {
    side: tuple(i for s in SCALES if s.side == side for i in read_shipped(s.instrument).item_ids)
    for side in ("mentee", "mentor")
}
_DOWN = read_shipped("technology_anxiety").item_ids
Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plants:
    """How much of each is planted; 0 leaves it out.

    Parameters
    ----------
    branding_drift : float
        Share by which everybody accepts more offers each year while the mention spreads and does nothing itself.
    unit_shocks : float
        SD of what a half-year does to the answers of everybody in a unit, in points.
    ceiling : float
        Points by which digital fitness lies higher at every wave.
    silent_losers : float
        Share of the mentees, those who rose least, who do not answer after.
    fewest_ties : float
        Share of the juniors' comparison people, those with the fewest ties before, who are not on the list.
    demand : float
        Points by which mentees answer more as hoped for after the round; tasks stay.
    yes_saying : float
        Points by which people of tandems tick higher after the round, whichever way an item is asked.
    able_units : float
        Points of learning climate by which units with more tandems (by SD) lie higher at every pulse.
    late_lists : float
        Share of the waiting, those who rose most, struck off a list that is written after the round.
    renamed_units : float
        Share of the largest unit's people whose unit is called otherwise from the middle of the last round on.
    contamination : float
        Points of digital fitness that those who wait gain as well.
    uneven_rounds : float
        SD between rounds of the gain in digital fitness, in points.
    unserved : float
        Share of the waiting with a place in a later round who are not on the list, so that who waits is not served.
    """

    branding_drift: float = 0.0
    unit_shocks: float = 0.0
    ceiling: float = 0.0
    silent_losers: float = 0.0
    fewest_ties: float = 0.0
    demand: float = 0.0
    yes_saying: float = 0.0
    able_units: float = 0.0
    late_lists: float = 0.0
    renamed_units: float = 0.0
    contamination: float = 0.0
    uneven_rounds: float = 0.0
    unserved: float = 0.0

    def tell(self) -> dict[str, float]:
        """What ``truth.json`` says: every plant with its size."""
        return asdict(self)


NAMES = tuple(field.name for field in fields(Plants))


def plant(folder: Path, files: Mapping[str, Sequence[str]], dates: Calendar, plants: Plants, *, seed: int) -> None:
    """Write the tables of a programme again with what is planted; without anything planted nothing is touched."""
    if plants == Plants():
        return
    wanted = ("answers", "branding", "comparison", "positions", "tandems", "ties")
    tables: Tables = {
        name: pd.concat([_read(folder / file).assign(_file=file) for file in files[name]], ignore_index=True)
        for name in wanted
    }
    for number, name in enumerate(NAMES):
        if size := getattr(plants, name):
            globals()[f"_{name}"](_World(tables, dates, stream(seed, "plants", number)), size)
    for frame in tables.values():
        for file, rows in frame.groupby("_file"):
            rows.drop(columns="_file").to_csv(folder / str(file), index=False, lineterminator="\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _World:
    tables: Tables
    dates: Calendar
    rng: np.random.Generator


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _move(answers: pd.DataFrame, at: Bools, by: npt.ArrayLike, rng: np.random.Generator, *, keyed: bool = True) -> None:
    """Answers moved by points, on the scale's own direction or as they are ticked, cut to 1 to 5, rounded at random."""
    rows = np.flatnonzero(at & (answers["value"] != "").to_numpy() & answers["item"].isin(list(_REVERSED)).to_numpy())
    points = np.broadcast_to(by, len(answers))[rows]
    if keyed:
        points = np.where(answers["item"].iloc[rows].map(_REVERSED), -points, points)
    moved = np.clip(answers["value"].iloc[rows].astype(float) + points, 1, 5)
    values = np.clip(np.floor(moved + rng.random(rows.size)), 1, 5).astype(int).astype(str)
    answers.loc[answers.index[rows], "value"] = values


def _in(frame: pd.DataFrame, pairs: pd.DataFrame) -> Bools:
    """Rows whose round and person stand among some pairs of the two."""
    wanted = pd.MultiIndex.from_frame(pairs.iloc[:, :2])
    return np.asarray(pd.MultiIndex.from_frame(frame[["round_id", "person_id"]]).isin(wanted))


def _taking_part(tables: Tables, side: str) -> pd.DataFrame:
    return tables["tandems"][["round_id", f"{side}_id"]]


def _compared(tables: Tables, side: str) -> pd.DataFrame:
    listed = tables["comparison"]
    return listed.loc[listed["side"] == side, ["round_id", "person_id"]]


def _after(tables: Tables, items: Sequence[str], people: pd.DataFrame) -> Bools:
    answers = tables["answers"]
    return np.asarray((answers["wave"] == "post") & answers["item"].isin(list(items)) & _in(answers, people))


def _rise(tables: Tables, people: pd.DataFrame) -> pd.DataFrame:
    """``round_id, person_id, rise`` in digital fitness of people who answered before and after."""
    answers = tables["answers"]
    rows = answers[answers["item"].isin(_DIGITAL) & answers["wave"].isin(["pre", "post"]) & (answers["value"] != "")]
    rows = rows[_in(rows, people)]
    value = rows["value"].astype(float)
    keyed = value.where(~rows["item"].map(_REVERSED).astype(bool), 6 - value)
    means = keyed.groupby([rows["round_id"], rows["person_id"], rows["wave"]]).mean().unstack()  # noqa: PD010  (a series)
    return (means["post"] - means["pre"]).dropna().rename("rise").reset_index()


def _outermost(found: pd.DataFrame, column: str, share: float, *, least: bool) -> pd.DataFrame:
    """That share of each round's people with the least (or most) of something."""
    rank = found.groupby("round_id")[column].rank(method="first", ascending=least, pct=True)
    return found[rank <= share]


def _struck_off(tables: Tables, people: pd.DataFrame, side: str) -> None:
    listed = tables["comparison"]
    tables["comparison"] = listed[~((listed["side"] == side) & _in(listed, people))]


def _unit_on(tables: Tables, day: str) -> pd.Series:
    held = tables["positions"]
    now = held[(held["start_date"] <= day) & ((held["end_date"] == "") | (held["end_date"] >= day))]
    return now.drop_duplicates("person_id").set_index("person_id")["unit"]


def _branding_drift(world: _World, size: float) -> None:
    table, start = world.tables["branding"], str(world.dates.rounds[0].start)
    offers = (table["metric"] == "offer_acceptance") & (table["date"] >= start)
    months = sorted(set(table.loc[offers, "date"]))
    for number, month in enumerate(months):
        mine = table[offers & (table["date"] == month)]
        whole, seen = int(mine["denominator"].astype(int).sum()), (number + 1) / (len(months) + 1)
        exposed = world.rng.binomial(whole, seen)
        for at, of in (
            (mine.index[mine["exposed"] == "yes"], exposed),
            (mine.index[mine["exposed"] == "no"], whole - exposed),
        ):
            accepted = world.rng.binomial(of, min(0.5 + size * number / 12, 0.95))
            table.loc[at, ["numerator", "denominator"]] = [str(accepted), str(max(of, 1))]


def _unit_shocks(world: _World, size: float) -> None:
    answers = world.tables["answers"]
    for span in world.dates.rounds:
        unit = answers["person_id"].map(_unit_on(world.tables, str(span.start)))
        shocks = {name: size * world.rng.standard_normal() for name in sorted(set(unit.dropna()))}
        at = (answers["round_id"] == span.id) & (answers["wave"] == "post")
        _move(answers, at.to_numpy(), unit.map(shocks).fillna(0.0).to_numpy(dtype=float), world.rng)


def _ceiling(world: _World, size: float) -> None:
    answers = world.tables["answers"]
    _move(answers, answers["item"].isin(_DIGITAL).to_numpy(), size, world.rng)


def _silent_losers(world: _World, size: float) -> None:
    losers = _outermost(_rise(world.tables, _taking_part(world.tables, "mentee")), "rise", size, least=True)
    world.tables["answers"] = world.tables["answers"][~_after(world.tables, (*_OF_SIDE["mentee"], *_TASKS), losers)]


def _fewest_ties(world: _World, size: float) -> None:
    ties, listed = world.tables["ties"], _compared(world.tables, "mentor")
    for number, span in enumerate(world.dates.rounds):
        before = ties[(ties["wave_date"] == str(world.dates.wave_dates[number])) & (ties["kind"] == "advice")]
        mine = listed[listed["round_id"] == span.id]
        named = mine.assign(ties=mine["person_id"].map(before["target_id"].value_counts()).fillna(0))
        _struck_off(world.tables, _outermost(named, "ties", size, least=True), "mentor")


def _demand(world: _World, size: float) -> None:
    at = _after(world.tables, _OF_SIDE["mentee"], _taking_part(world.tables, "mentee"))
    hoped = np.where(world.tables["answers"]["item"].isin(_DOWN), -size, size)
    _move(world.tables["answers"], at, hoped, world.rng)


def _yes_saying(world: _World, size: float) -> None:
    for side, items in _OF_SIDE.items():
        _move(
            world.tables["answers"],
            _after(world.tables, items, _taking_part(world.tables, side)),
            size,
            world.rng,
            keyed=False,
        )


def _able_units(world: _World, size: float) -> None:
    unit = _unit_on(world.tables, str(world.dates.rounds[-1].start))
    counts = world.tables["tandems"]["mentee_id"].map(unit).value_counts().reindex(sorted(set(unit)), fill_value=0)
    ability = size * (counts - counts.mean()) / (counts.std() or 1.0)
    answers = world.tables["answers"]
    at = (answers["wave"] == "pulse") & answers["item"].isin(read_shipped("learning_climate").item_ids)
    by = answers["person_id"].map(unit).map(ability).fillna(0.0).to_numpy(dtype=float)
    _move(answers, at.to_numpy(), by, world.rng)


def _late_lists(world: _World, size: float) -> None:
    _struck_off(
        world.tables,
        _outermost(_rise(world.tables, _compared(world.tables, "mentee")), "rise", size, least=False),
        "mentee",
    )
    listed = world.tables["comparison"]
    ends = {span.id: str(span.end) for span in world.dates.rounds}
    mine = listed["side"] == "mentee"
    world.tables["comparison"] = listed.assign(
        matched_date=listed["matched_date"].where(~mine, listed["round_id"].map(ends))
    )


def _renamed_units(world: _World, size: float) -> None:
    span, held = world.dates.rounds[-1], world.tables["positions"]
    day = span.start + (span.end - span.start) // 2
    now = held[(held["start_date"] < str(day)) & ((held["end_date"] == "") | (held["end_date"] >= str(day)))]
    mine = now[now["unit"] == now["unit"].value_counts().index[0]]
    mine = mine[world.rng.random(len(mine)) < size]
    later = mine.assign(start_date=str(day), unit=mine["unit"] + " 2")
    held.loc[mine.index, "end_date"] = str(day - np.timedelta64(1, "D"))
    world.tables["positions"] = pd.concat([held, later], ignore_index=True).sort_values(["person_id", "start_date"])


def _contamination(world: _World, size: float) -> None:
    _move(world.tables["answers"], _after(world.tables, _DIGITAL, _compared(world.tables, "mentee")), size, world.rng)


def _uneven_rounds(world: _World, size: float) -> None:
    gains = {span.id: size * world.rng.standard_normal() for span in world.dates.rounds}
    by = world.tables["answers"]["round_id"].map(gains).to_numpy(dtype=float)
    _move(world.tables["answers"], _after(world.tables, _DIGITAL, _taking_part(world.tables, "mentee")), by, world.rng)


def _unserved(world: _World, size: float) -> None:
    placed = set(world.tables["tandems"]["mentee_id"])
    waiting = _compared(world.tables, "mentee")
    later = waiting[waiting["person_id"].isin(placed)]
    _struck_off(world.tables, later[world.rng.random(len(later)) < size], "mentee")
