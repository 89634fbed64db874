"""Whole programmes at the edges: every size, every table in every state, put together so that each pair occurs."""

from __future__ import annotations

import inspect
import itertools
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
from block_tools import text
from folders import read

from rmanalytics.evaluation.study import Study
from rmanalytics.intake.schema import TABLES
from rmanalytics.report.show import BLOCKS, Show, maker
from rmanalytics.simulate import simulate

Tables = dict[str, pd.DataFrame]
Case = Mapping[str, str]
LAST = "2026H1"
SIZE = "tandems in a round"
AS_IT_IS = "as it is"
EMPLOYEES = {3: 60, 5: 70, 6: 80, 8: 120, 12: 160, 34: 500, 100: 1500, 300: 4500}
ONE_ROW, EQUAL, NONE, ALL, ABSENT, EMPTY, MIXED = "one row", "all equal", "none", "all", "absent", "empty", "mixed"

EVENTS: dict[str, Mapping[str, tuple[str, str]]] = {
    "people": {"exit_date": ("", "2026-03-31"), "exit_reason": ("", "voluntary"), "birth_year": ("", "1970")},
    "positions": {"manager_id": ("", "P0001"), "level": ("1", "6"), "unit": ("All", "One")},
    "tandems": {
        "ended_date": ("", "2026-06-30"),
        "end_reason": ("", "moved"),
        "mentee_consent_date": ("", "2026-01-01"),
    },
    "comparison": {"matched_date": ("", "2026-02-01")},
    "invitations": {"answered_date": ("", "2026-01-10"), "answer": ("declined", "volunteered")},
    "meetings": {"held_date": ("", "2026-05-05"), "status": ("cancelled", "held"), "topic_code": ("", "mobile_work")},
    "answers": {"value": ("", "1")},
    "goals": {"attained": ("", "2")},
    "upward": {"value": ("", "5")},
    "ties": {"weight": ("0", "1")},
    "alumni": {"involved_from": ("", "2025-10-01"), "rehire_date": ("", "2026-09-30")},
    "applications": {"vacancy_id": ("V1", "V2")},
    "projects": {"role": ("member", "lead")},
    "initiatives": {"status": ("rejected", "adopted")},
    "costs": {"quantity": ("0", "1"), "low": ("", "0"), "high": ("", "100000")},
    "branding": {"numerator": ("0", "")},
}
"""Of each table the columns that tell what happened: their cells where it happened nowhere, and everywhere."""
SAME_AS = {"branding": {"numerator": "denominator"}, "meetings": {"held_date": "planned_date"}}
"""Columns that hold what another does where it happened everywhere."""
STATES = (AS_IT_IS, ABSENT, ONE_ROW, EQUAL, NONE, ALL)
FACTORS: dict[str, tuple[str, ...]] = {
    SIZE: tuple(map(str, EMPLOYEES)),
    **{table: STATES if table != "people" else tuple(s for s in STATES if s != ABSENT) for table in EVENTS},
    "currency": (AS_IT_IS, "EUR"),
    "meetings of the round": (AS_IT_IS, NONE),
    "who left in the round": (AS_IT_IS, ALL),
    "language": ("en", "en", "de"),
}


def alone(size: int = 6) -> Iterator[Case]:
    """One thing at a time, all else as it is."""
    more = dict.fromkeys(EVENTS, (EMPTY,)) | {"currency": (MIXED,)}
    for name, states in FACTORS.items():
        for state in dict.fromkeys((*states, *more.get(name, ()))):
            if state not in {AS_IT_IS, "en"}:
                yield {SIZE: str(size), name: state}


@cache
def pairs(seed: int = 1) -> tuple[Case, ...]:
    """Cases in which every two states of two things occur together: greedy, each the best of some drawn at random."""
    rng = np.random.default_rng(seed)
    names = list(FACTORS)
    open_pairs = {
        frozenset({(a, x), (b, y)})
        for a, b in itertools.combinations(names, 2)
        for x, y in itertools.product(set(FACTORS[a]), set(FACTORS[b]))
    }
    cases: list[Case] = []
    while open_pairs:
        first = dict(sorted(min(open_pairs, key=sorted)))
        case = _best(first, open_pairs, rng)
        open_pairs -= _pairs_of(case)
        cases.append(case)
    return tuple(cases)


def _best(first: Case, missing: set[frozenset[tuple[str, str]]], rng: np.random.Generator) -> Case:
    case = dict(first)
    for name in rng.permutation([name for name in FACTORS if name not in first]):
        gain = {
            state: sum(frozenset({(name, state), other}) in missing for other in case.items())
            for state in rng.permutation(sorted(set(FACTORS[name])))
        }
        case[str(name)] = str(max(gain, key=lambda state: gain[state]))
    return case


def _pairs_of(case: Case) -> set[frozenset[tuple[str, str]]]:
    return {frozenset(two) for two in itertools.combinations(case.items(), 2)}


def write(case: Case, folder: Path, bases: Path) -> Path:
    """Write the programme of a case, an edited copy of a simulated one of its size, which is kept in ``bases``."""
    size = int(case[SIZE])
    base = bases / f"tandems_{size}"
    if not base.exists():
        simulate(base, seed=size, rounds=2, tandems=size, employees=EMPLOYEES[size])
    shutil.copytree(base, folder)
    tables = {name: _read(folder, name) for name in EVENTS if any(folder.glob(f"{name}*.csv"))}
    if case.get("who left in the round") == ALL:
        tandems = tables["tandems"]
        gone = {*tandems["mentor_id"], *tandems["mentee_id"]}
        leaves = tables["people"]["person_id"].isin(gone)
        tables["people"].loc[leaves, ["exit_date", "exit_reason"]] = ["2026-05-20", "voluntary"]
    if case.get("meetings of the round") == NONE:
        tables["meetings"] = tables["meetings"][~tables["meetings"]["tandem_id"].str.startswith(LAST)]
    for name in EVENTS:
        if name in tables and (state := case.get(name, AS_IT_IS)) != AS_IT_IS:
            tables[name] = CHANGES[state](tables[name], name)
    if case.get("currency") == MIXED:
        tables["costs"].loc[tables["costs"].index[-1], "currency"] = "EUR"
    elif "costs" in tables and case.get("currency") == "EUR":
        tables["costs"] = tables["costs"].assign(currency="EUR")
    _link(tables, {name for name in EVENTS if case.get(name) == EMPTY})
    _declare(folder, tables, case)
    return folder


def _read(folder: Path, name: str) -> pd.DataFrame:
    files = sorted([*folder.glob(f"{name}.csv"), *folder.glob(f"{name}_*.csv")])
    frame = pd.concat([pd.read_csv(path, dtype=str, keep_default_na=False) for path in files], ignore_index=True)
    for path in files:
        path.unlink()
    return frame


def _equal(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Every cell as in the last row, but for keys, people, tandems, days and what belongs to a day."""
    by_kind = {c.name for c in TABLES[name].columns if c.kind in ("id", "date") or c.tandem}
    kept = by_kind | {"round_id", "status", "exit_reason", *TABLES[name].key}
    cells = {column: frame[column].iloc[-1] for column in frame.columns if column not in kept}
    return frame.assign(**cells | ({"value": "1"} if name == "answers" else {}))


def _events(frame: pd.DataFrame, name: str, *, place: int) -> pd.DataFrame:
    cells = {c: both[place] for c, both in EVENTS[name].items() if c in frame.columns}
    changed = frame.assign(**cells)
    if place == 1:
        changed = changed.assign(**{c: frame[other] for c, other in SAME_AS.get(name, {}).items()})
    if name == "people" and place == 1:
        changed["exit_date"] = changed[["hire_date", "exit_date"]].max(axis=1)
    return changed.drop_duplicates(["vacancy_id", "person_id"]) if name == "applications" else changed


CHANGES: Mapping[str, Callable[[pd.DataFrame, str], pd.DataFrame]] = {
    ABSENT: lambda frame, _: frame.iloc[:0],
    EMPTY: lambda frame, _: frame.iloc[:0],
    ONE_ROW: lambda frame, _: frame.iloc[-1:],
    EQUAL: _equal,
    NONE: partial(_events, place=0),
    ALL: partial(_events, place=1),
}


def _link(tables: Tables, empty: set[str]) -> None:
    """Take out rows of people and tandems that are no longer there, and tables without rows but those named."""
    for name in ("people", "tandems", *EVENTS):
        frame, columns = tables.get(name), TABLES[name].columns
        if frame is None:
            continue
        for column in columns:
            home = "people" if column.person else "tandems" if column.tandem else ""
            if home in tables and column.name in frame.columns:
                known = tables[home]["person_id" if column.person else "tandem_id"]
                unknown = ~frame[column.name].isin(known) & frame[column.name].ne("")
                if column.filled:
                    frame = frame[~unknown]
                else:
                    frame = frame.assign(**{column.name: frame[column.name].mask(unknown, "")})
            elif home:
                frame = frame.iloc[:0]
        tables[name] = frame
        if frame.empty and name not in empty:
            del tables[name]


def _declare(folder: Path, tables: Tables, case: Case) -> None:
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    path = folder / "programme.toml"
    declared = path.read_text(encoding="utf-8").replace('language = "en"', f'language = "{case.get("language", "en")}"')
    declared = declared.replace("CHF", "EUR") if case.get("currency") == "EUR" else declared
    path.write_text(re.sub(r"\[tables\]\n(?:\w+ = \[\n(?: .*\n)*\]\n)+", "", declared), encoding="utf-8")


def told(case: Case, folder: Path) -> tuple[str, list[str]]:
    """What becomes of a programme: ``refused`` or ``shown``, and every figure that failed, with its trace."""
    bundle, problems = read(folder)
    if bundle is None:
        assert problems, case
        return "refused", []
    study = Study(bundle, LAST)
    assert len(study.ledger) > 30, case
    for name in BLOCKS:
        by_side = "side" in inspect.signature(maker(name)).parameters
        for options in ({"side": "mentee"}, {"side": "mentor"}) if by_side else ({},):
            shown = getattr(Show(study), name)(**options)
            assert text(shown._block) or not shown._block, (case, name)
    return "shown", [f"{fault.figure} {fault.part}\n{fault.trace}" for fault in study.faults]
