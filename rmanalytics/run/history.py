"""The history of runs: one line a run and round, only ever added to, in ``.state/history.jsonl``."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rmanalytics.language.translator import key

NAME = "history.jsonl"
FAILED, PUBLISHED, NOTHING = key("failed"), key("published"), key("nothing due")
FREE_TRIES = 3
"""Failures in a row after which the next try waits: 1, 2, 4, 7, 7 … days, less an hour so that a nightly call fits."""
LONGEST_DAYS = 7


def append(state: Path, line: Mapping[str, Any]) -> None:
    """Add a line; what a run that was killed left of its own line is closed first, so that no line is lost."""
    handle = os.open(state / NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(handle).st_size
        os.lseek(handle, max(size - 1, 0), os.SEEK_SET)
        cut = size > 0 and os.read(handle, 1) != b"\n"
        os.write(handle, b"\n" * cut + json.dumps(line, ensure_ascii=False).encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)


def read(state: Path) -> list[dict[str, Any]]:
    """Every whole line, the oldest first; empty where there is no history."""
    try:
        lines = (state / NAME).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict):
            found.append(told)
    return found


def failures(lines: Sequence[Mapping[str, Any]], round_id: str, of: str) -> list[Mapping[str, Any]]:
    """The last failures in a row of a round with the same inputs and code, the oldest first."""
    found: list[Mapping[str, Any]] = []
    for line in reversed([line for line in lines if line.get("round") == round_id]):
        if line.get("outcome") != FAILED or line.get("of") != of:
            break
        found.insert(0, line)
    return found


def next_try(failed: Sequence[Mapping[str, Any]]) -> datetime | None:
    """When a round that failed so often is tried again; None for at once."""
    if len(failed) < FREE_TRIES:
        return None
    days = min(2 ** (len(failed) - FREE_TRIES), LONGEST_DAYS)
    try:
        return datetime.fromisoformat(str(failed[-1].get("at"))) + timedelta(days=days, hours=-1)
    except ValueError:
        return None
