"""Receipts of a simulated programme: written on the simulated day, marked as simulated, with a key from the seed.

Unit: one round. The first round's plan is amended once, so that an example shows what a change looks like.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from rmanalytics.evaluation.verdicts.freeze import freeze
from rmanalytics.programme.programme import read_programme
from rmanalytics.simulate.lots import PACKAGE, write_lot
from rmanalytics.simulate.programme_side import Intake

AMENDED = "the works council asks for {key} as a key claim"


def write_receipts(
    folder: Path, tables: tuple[str, ...], *, seed: int, drawn: Mapping[str, Intake], ids: pd.Series
) -> None:
    """Write the receipts of every round: plan and comparison list, on the day after the last match.

    Where a lot was drawn the plan comes before the answers, then the list, the draw, and the comparison list.
    """
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
        given: dict[str, Any] = {
            "compared": mine,
            "state": {"post_answered": 0, "post_expected": expected},
            "files": {},
            "key": key,
        }
        given |= {"package": PACKAGE, "simulated": True}
        now = day.replace(tzinfo=UTC)
        plan = programme.declared
        intake = drawn.get(one.id)
        if intake is not None and intake.lot is not None:
            early = datetime.combine(one.start, time(9), tzinfo=UTC) - timedelta(days=5)
            freeze(programme, one, now=early, **{**given, "compared": None})
            write_lot(programme, one, intake.lot, (intake.mentors, intake.mentor_facts), ids=ids, key=key)
        elif one == programme.rounds[0]:
            first = replace(programme, declared=replace(plan, keys=plan.keys[:-1]))
            freeze(first, one, now=now, **given)
            now += timedelta(days=7)
        freeze(programme, one, now=now, amend=AMENDED.format(key=plan.keys[-1]), **given)
