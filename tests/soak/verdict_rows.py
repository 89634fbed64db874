"""What verdicts do in worlds of known truth: the page docs/verdicts-calibration.md, from its table beside it."""

from __future__ import annotations

import csv
import math
import os
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

import pytest
from filelock import FileLock

PAGE = "RMANALYTICS_CALIBRATION"
NAME = "verdicts-calibration"
HEADER = """\
# Calibration of verdicts

Written by `make soak`. Every row invents programmes whose truth is known, judges them by the rules of the ledger, and
counts. *Naive*: how often one reads the wrong word from the plain estimate and its 95 % interval; *found*: the same by
the rules; *off*: by the rules without the gate that the row is about. A world counts only where the naive reading is
fooled in 15 of 100 programmes and where switching the gate off gives the failure back. A row holds where the share
found keeps its bound within two standard errors of chance. Invented scores of 34 against 34 people a round; nothing
here uses the simulator of the examples.

"""


@dataclass(frozen=True, kw_only=True)
class Told:
    """One line: a rule in a world, how often what was counted happened in so many programmes, and its bound."""

    shard: str
    world: str
    counted: str
    draws: int
    found: float
    bound: str = ""
    naive: str = "–"
    off: str = "–"
    on: str = ""


def holds(rate: float, draws: int, bound: str) -> bool:
    """Whether a share keeps a bound such as ``≤ .025`` or ``≥ .70`` within two standard errors."""
    side, limit = bound.split()
    error = 2 * math.sqrt(float(limit) * (1 - float(limit)) / draws)
    return rate <= float(limit) + error if side == "≤" else rate >= float(limit) - error


def tell(row: Told) -> None:
    """Hold a row to its bound, and write it where ``make soak`` says so, also where it fails."""
    target = os.environ.get(PAGE)
    if target:
        _write(Path(target).parent, row)
    if row.bound and not holds(row.found, row.draws, row.bound):
        pytest.fail(f"{row.world}: {row.counted} {row.found:.3f} of {row.draws}, bound {row.bound}")


def _write(folder: Path, row: Told) -> None:
    table, names = folder / f"{NAME}.csv", [field.name for field in fields(Told)]
    with FileLock(folder / f".{NAME}.lock"):
        rows: dict[tuple[str, ...], dict[str, str]] = {}
        if table.exists():
            with table.open(encoding="utf-8", newline="") as lines:
                rows = {(one["shard"], one["world"], one["counted"]): one for one in csv.DictReader(lines)}
        today = date.today().isoformat()  # noqa: DTZ011
        new = {name: str(getattr(row, name)) for name in names} | {"found": f"{row.found:.3f}", "on": today}
        rows[row.shard, row.world, row.counted] = new
        with table.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows.values())
        (folder / f"{NAME}.md").write_text(_page(list(rows.values())), encoding="utf-8")


def _page(rows: list[dict[str, str]]) -> str:
    parts = [HEADER.rstrip("\n")]
    for shard in dict.fromkeys(row["shard"] for row in rows):
        parts += [f"\n## {shard}\n", "| world | counted | programmes | naive | found | off | bound | on |"]
        parts.append("|---|---|---:|---:|---:|---:|---|---|")
        columns = ("world", "counted", "draws", "naive", "found", "off", "bound", "on")
        parts += [f"| {' | '.join(row[name] for name in columns)} |" for row in rows if row["shard"] == shard]
    return "\n".join(parts) + "\n"
