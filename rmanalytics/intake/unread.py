"""What lies in a programme's folder and is not read, and what to do with it."""

from __future__ import annotations

import difflib
from pathlib import Path

from rmanalytics.errors import Problem
from rmanalytics.intake.erased import NAME as ERASED
from rmanalytics.intake.files import TEXT_SUFFIXES
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.programme import FILE_NAME, Programme
from rmanalytics.programme.sources import PARQUET, WORKBOOKS

OWN_FILES = ("README.md", "truth.json", "log-of-use.jsonl", ERASED)
"""What the program itself writes beside the tables."""
PACKED = (".gz", ".zip", ".bz2", ".xz", ".7z", ".zst", ".tar")


def unread(programme: Programme, *own: str) -> list[Problem]:
    """What lies in a programme's folder and is not read, each once, with what to do; ``own`` is ours too."""
    named = set(programme.source_files)
    named |= set(programme.events.files) if programme.events else set()
    read = named | set(programme.instrument_files) | {f"{name}.csv" for name in TABLES if name not in programme.tables}
    read |= {Path(name).parts[0] for name in read} | {FILE_NAME, *OWN_FILES, *own}
    try:
        there = sorted(programme.folder.iterdir())
    except OSError:
        return []
    rule = key("the file was not read, for it is no table's file")
    return [
        Problem(code="RM-W-093", file=path.name, rule=rule, remedy=_use_of(path))
        for path in there
        if path.name not in read and not path.name.startswith((".", "~")) and (path.is_file() or any(path.iterdir()))
    ]


def _use_of(path: Path) -> str:
    """What to do with a file that is not read."""
    if path.is_dir():
        return key("name the files in it under [tables] or [network.events] if they belong to the programme")
    kind = path.suffix.lower()
    stem = path.name.partition(".")[0].lower()
    near = difflib.get_close_matches(stem, TABLES, n=1, cutoff=0.7)
    when = filled('if it is the table "{table}"', table=near[0]) if near else filled("if it belongs to the programme")
    if kind in PACKED:
        return filled("{when}, unpack it and name the CSV under [tables]", when=when)
    if kind == ".ics":
        return filled("{when}, name it under [readers]", when=when)
    if kind not in (*TEXT_SUFFIXES, *WORKBOOKS, PARQUET):
        return filled(
            "{when}, export it as CSV and name that under [tables]; else take it out of the folder", when=when
        )
    if near:
        return filled("{when}, save it as {table}.csv or name it under [tables]", when=when, table=near[0])
    return filled("{when}, name it under [tables] or [readers]", when=when)
