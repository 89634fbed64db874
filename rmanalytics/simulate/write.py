"""Writing a simulated programme: the exports as CSV, ``programme.toml``, a README of columns and ``truth.json``.

Unit: one file. Comma, UTF-8, ISO dates, one line an entry, the same bytes on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rmanalytics.programme.declaration import SCHEMA
from rmanalytics.programme.declared_plan import DEFAULT_OUTCOMES
from rmanalytics.programme.programme import DEFAULT_GENERATIONS
from rmanalytics.simulate.delivery import TOPICS
from rmanalytics.simulate.lots import BALANCE_BY
from rmanalytics.simulate.planted import PLANNED_MEETINGS, Calendar, Days, Ints

ROWS = {
    "people": "one person",
    "positions": "one person in one position, from a day to a day",
    "tandems": "one tandem",
    "comparison": "one person who serves a round as comparison",
    "invitations": "one person of one side who was asked to take part in a round, or came forward unasked",
    "meetings": "one planned meeting of a tandem",
    "goals": "one goal of one person",
    "costs": "one cost item of a round",
    "upward": "one rater's answer on one leader to one item at one wave",
    "applications": "one application for a vacancy",
    "projects": "one project role of one person",
    "initiatives": "one change that came out of a tandem",
    "wishes": "one wish of one person on one side in a round",
    "alumni": "one former employee",
    "branding": "one metric on one day, for people who saw the programme mentioned or did not",
    "answers": "one person's answer to one item at one wave",
    "guesses": "what one person thinks that another one answers to one item at one wave",
    "ties": "one tie from one person to another at one wave",
}
PLAN = ("M1", "M3", "J1", "J3", "J7")
"""The primary claim and the keys of a simulated programme."""
MOST_ROWS = 19_000_000
"""A longer table is written in parts, for the intake refuses files of more than 20 million rows."""


def iso(days: Days) -> pd.Series:
    """Days as ISO text, missing where there is none.

    Examples
    --------
    >>> iso(np.array(["2026-01-31", "NaT"], dtype="datetime64[D]")).tolist()
    ['2026-01-31', nan]
    """
    flat = np.asarray(days).ravel()
    codes, distinct = pd.factorize(flat.astype("datetime64[s]"))
    words = pd.Series(np.datetime_as_string(distinct.astype("datetime64[D]")), dtype="str")
    return words.reindex(pd.Index(codes)).reset_index(drop=True)


def words(codes: Ints, names: tuple[str, ...]) -> pd.Series:
    """Names of codes, missing where the code is negative or the name is empty.

    Examples
    --------
    >>> words(np.array([1, -1]), ("a", "b")).tolist()
    ['b', nan]
    """
    series = pd.Series(pd.array([name or None for name in names], dtype="str"))
    return series.reindex(pd.Index(np.asarray(codes).ravel())).reset_index(drop=True)


def person_ids(count: int) -> pd.Series:
    """Ids of all people by number, long enough to be of one length.

    Examples
    --------
    >>> person_ids(2).tolist()
    ['P0001', 'P0002']
    """
    width = max(4, len(str(count)))
    return pd.Series([f"P{number:0{width}d}" for number in range(1, count + 1)], dtype="str")


def write_table(folder: Path, table: str, part: str, columns: Mapping[str, Any]) -> list[str]:
    """Write one table (or one part of it) and return the names of its files."""
    frame = pd.DataFrame(dict(columns))
    stem = f"{table}_{part}" if part else table
    if len(frame) <= MOST_ROWS:
        names, pieces = [f"{stem}.csv"], [frame]
    else:
        pieces = [frame[at : at + MOST_ROWS] for at in range(0, len(frame), MOST_ROWS)]
        names = [f"{stem}_{number}.csv" for number in range(1, len(pieces) + 1)]
    for name, piece in zip(names, pieces, strict=True):
        piece.to_csv(folder / name, index=False, lineterminator="\n", encoding="utf-8")
    return names


def write_programme(
    folder: Path,
    dates: Calendar,
    files: Mapping[str, list[str]],
    *,
    seed: int,
    employees: int,
    places: int | None = None,
) -> None:
    """Write ``programme.toml``: rounds, generations, file names, outcomes."""
    lines = [
        "[programme]",
        f"schema = {SCHEMA}",
        'id = "simulated"',
        "simulated = true",
        'name = "Reverse mentoring (simulated)"',
        f'company = "An invented company of {employees:,} people"',
        f"records_from = {dates.months[0]}",
        f"data_until = {dates.data_until}",
        'language = "en"',
        'currency = "CHF"',
        "k = 5",
        f"seed = {seed}",
    ]
    for span in dates.rounds:
        lines += ["", "[[rounds]]", f'id = "{span.id}"', f"start = {span.start}", f"end = {span.end}"]
        lines += [f"planned_meetings = {PLANNED_MEETINGS}"]
    for band in DEFAULT_GENERATIONS:
        lines += ["", "[[generations]]", f'name = "{band.name}"', f"from = {band.first}", f"to = {band.last}"]
    named = {table: names for table, names in files.items() if names != [f"{table}.csv"]}
    if named:
        lines += ["", "[tables]"]
        for table, names in named.items():
            lines += [f"{table} = [", *(f'  "{name}",' for name in names), "]"]
    for outcome in DEFAULT_OUTCOMES:
        lines += ["", "[[outcomes]]", f'claim = "{outcome.claim}"', f'instrument = "{outcome.instrument}"']
        lines += [f'side = "{outcome.side}"']
    lines += ["", "[declare]", f'primary = "{PLAN[0]}"', "keys = [" + ", ".join(f'"{key}"' for key in PLAN[1:]) + "]"]
    if places is not None:
        named_facts = ", ".join(f'"{name}"' for name in BALANCE_BY)
        lines += ["", "[draw]", f"places = {places}", f"balance_by = [{named_facts}]"]
    lines += ["", "[meetings]", "topics = [", *(f'  "{topic}",' for topic in TOPICS), "]"]
    lines += ["", "[value]", "training_cost = [1800, 2400, 3200]", "training_gain = 0.25", "training_gain_se = 0.08"]
    lines += ['training_source = "invented for the example"', "worth = 600", "replacement_cost = [15000, 30000, 60000]"]
    lines += ["", "[leadership]", 'owner = "People Analytics"']
    lines += ["", "[pairing]", "allow_two_tandems = false", "", "[network]", 'tie_kind = "advice"']
    _write_text(folder / "programme.toml", "\n".join(lines) + "\n")


def write_readme(folder: Path, files: Mapping[str, list[str]], arguments: Mapping[str, int]) -> None:
    """Write ``README.md``: what each file holds, and its columns."""
    given = ", ".join(f"{name} {value}" for name, value in arguments.items())
    lines = [
        "# A simulated programme",
        "",
        f"Nobody here is real. Made by `rmanalytics.simulate.simulate` ({given}); the same arguments write the same",
        "bytes again. `truth.json` holds what was planted. What each column means: `data/README.md` of the project.",
        "",
        "| file | one row is | columns |",
        "|---|---|---|",
    ]
    for table, names in files.items():
        shown = f"`{names[0]}`" + (f" to `{names[-1]}`" if len(names) > 1 else "")
        with (folder / names[0]).open(encoding="utf-8") as opened:
            header = opened.readline().strip().replace(",", ", ")
        lines.append(f"| {shown} | {ROWS[table]} | {header} |")
    _write_text(folder / "README.md", "\n".join(lines) + "\n")


def write_truth(folder: Path, truth: Mapping[str, Any]) -> None:
    """Write ``truth.json``."""
    _write_text(folder / "truth.json", json.dumps(truth, indent=2, ensure_ascii=False) + "\n")


def plain(value: Any) -> Any:
    """A value as JSON knows it; numbers rounded to six decimals, days as text.

    Examples
    --------
    >>> plain({"a": np.float64(0.1234567), "b": [np.int64(2)]})
    {'a': 0.123457, 'b': [2]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, np.datetime64):
        return str(value)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return round(float(value), 6)
    return value


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
