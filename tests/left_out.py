"""People left out of a programme one by one, after all its rounds were released: what was told has to stay as it is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from rmanalytics.evaluation import open_study
from rmanalytics.intake.bundle import Bundle
from rmanalytics.release import gate
from rmanalytics.release.catalogue import catalogue
from rmanalytics.release.figures import Gate

KEY = bytes(range(32))
OF_TIES = ("ties", "ties_change", "ei_index")
COLUMNS = ("person_id", "mentor_id", "mentee_id", "leader_id", "source_id", "target_id", "matched_to")


def without(bundle: Bundle, person: str) -> Bundle:
    """A programme's data as if a person had never been there."""

    def left(table: pd.DataFrame) -> pd.DataFrame:
        return table[~table[[name for name in COLUMNS if name in table]].eq(person).any(axis=1)]

    return replace(bundle, tables={name: left(table) for name, table in bundle.tables.items()})


def changed_by_leaving_out(folder: Path, last: str, of: str) -> tuple[int, list[str]]:
    """How many people of a round were left out, and whose absence changed what another round repeats of it.

    Ties are only there for the first of them: they tell nothing of single people, and take most of the time.
    """
    bundle = open_study(folder, last).bundle
    rounds = [one for one in bundle.programme.rounds if one.id in (of, last)]
    about: dict[str, Any] = {"catalogue": catalogue(), "key": KEY, "currency": bundle.programme.currency}
    first = Gate(**about)
    told = {entry["id"]: entry for entry in gate.figures_of(bundle, rounds, first)}
    kept = [name for name, entry in told.items() if entry.get("round") != last]
    assert len(kept) > 12
    tandems = bundle.table("tandems").query("round_id == @of")
    people = sorted({*tandems["mentor_id"], *tandems["mentee_id"]})
    quick = replace(bundle, tables={name: table for name, table in bundle.tables.items() if name != "ties"})
    changed = []
    for number, person in enumerate(people):
        less = without(quick if number else bundle, person)
        assert len(less.table("people")) < len(bundle.table("people"))
        again = Gate(**about, known=told, known_sums=first.sums)
        found = {entry["id"]: entry for entry in gate.figures_of(less, rounds, again)}
        there = [name for name in kept if not number or told[name]["row"] not in OF_TIES]
        same = all(told[name] == entry for name, entry in found.items() if name in told) and set(found) <= set(told)
        if not same or json.dumps([found.get(n) for n in there]) != json.dumps([told[n] for n in there]):
            changed.append(person)
    return len(people), changed
