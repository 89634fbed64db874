"""Receipts of a simulated programme: written on the simulated day, marked as simulated, with a key from the seed.

Unit: one round.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

from rmanalytics.evaluation.verdicts.freeze import freeze
from rmanalytics.programme.programme import read_programme

SIMULATED = {"version": "simulated", "digest": "simulated"}


def write_receipts(folder: Path, tables: tuple[str, ...], *, seed: int) -> None:
    """Write the receipts of every round: plan and comparison list, on the day after the last match."""
    programme = read_programme(folder, tables)
    compared = pd.read_csv(folder / "comparison.csv", dtype=str)
    matched = pd.read_csv(folder / "tandems.csv", dtype=str)[["round_id", "matched_date"]]
    days = pd.concat([matched, compared[["round_id", "matched_date"]]]).dropna()
    key = hashlib.sha256(f"simulated {seed}".encode()).digest()
    for one in programme.rounds:
        last = days.loc[days["round_id"] == one.id, "matched_date"].max()
        day = datetime.fromisoformat(last) + timedelta(days=1, hours=9)
        mine = compared[compared["round_id"] == one.id]
        expected = len(mine) + 2 * int((matched["round_id"] == one.id).sum())
        freeze(
            programme,
            one,
            compared=mine,
            state={"post_answered": 0, "post_expected": expected},
            files={},
            key=key,
            now=day.replace(tzinfo=UTC),
            package=SIMULATED,
            simulated=True,
        )
