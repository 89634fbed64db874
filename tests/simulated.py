"""The simulated example programmes as tests read them: tables with dates, people on a day, scores of the survey."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.instruments import read_shipped, shipped
from rmanalytics.programme.programme import Programme, read_programme

DATA = Path(__file__).parents[1] / "data"
EXAMPLES = {
    "example": {"seed": 34, "rounds": 4, "tandems": 34, "employees": 1200},
    "example_small": {"seed": 5, "rounds": 2, "tandems": 5, "employees": 70},
}
INSTRUMENTS = [read_shipped(name) for name in shipped()]
REVERSE = {item.id: item.reverse for instrument in INSTRUMENTS for item in instrument.items}
BOUNDS = {item: (i.scale_min, i.scale_max) for i in INSTRUMENTS for item in i.item_ids}
SIMULATED = [name for name in TABLES if name not in ("network_survey", "wishes", "coded_answers")]
"""Tables that the simulator writes: all answer its network survey, nobody wishes anything, answers stand under ids."""
BESIDE = ("upward", "alumni", "applications", "projects", "initiatives")


def table(folder: Path, name: str) -> pd.DataFrame:
    """All files of one table, dates as dates and everything else as pandas reads it."""
    frames = []
    for path in sorted([*folder.glob(f"{name}.csv"), *folder.glob(f"{name}_*.csv")]):
        dates = [c.name for c in TABLES[name].columns if c.kind == "date"]
        frame = pd.read_csv(path, keep_default_na=False, na_values=[""])
        frames.append(frame.assign(**{d: pd.to_datetime(frame[d], format="%Y-%m-%d") for d in dates if d in frame}))
    return pd.concat(frames, ignore_index=True)


@cache
def big_example() -> Mapping[str, Any]:
    """All tables of the big example, and its truth."""
    folder = DATA / "example"
    return {**{name: table(folder, name) for name in SIMULATED}, "truth": truth_of(folder)}


def truth_of(folder: Path) -> dict[str, Any]:
    truth: dict[str, Any] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return truth


def programme(folder: Path) -> Programme:
    return read_programme(folder, tuple(TABLES))


def on_day(positions: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    return positions[(positions["start_date"] <= day) & ~(positions["end_date"] < day)]


def digital(big: Mapping[str, Any], items: str = "df") -> pd.DataFrame:
    """Mean digital fitness (or share of tasks solved) of each person and wave, with the group."""
    answers = big["answers"]
    mine = answers[answers["item"].str.startswith(items) & (answers["wave"] != "pulse")]
    keyed = mine.assign(keyed=mine["value"].where(~mine["item"].map(REVERSE), 6 - mine["value"]))
    wide = keyed.pivot_table("keyed", ["round_id", "person_id"], "wave", aggfunc="mean").reset_index()
    taking_part = set(zip(big["tandems"]["round_id"], big["tandems"]["mentee_id"], strict=True))
    inside = [pair in taking_part for pair in zip(wide["round_id"], wide["person_id"], strict=True)]
    return wide.assign(group=np.where(inside, "participants", "comparison"))
