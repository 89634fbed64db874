"""One table while it is being checked: its typed rows, where each comes from, and what becomes of it.

Unit: one row of one table. A row is used, quarantined or excluded; every finding is kept with its rows, and at the end
each file's rows are accounted for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rmanalytics.errors import LISTED, Problem
from rmanalytics.intake.schema import Table
from rmanalytics.language.translator import filled, inside, key

USED, QUARANTINED, EXCLUDED = 0, 1, 2
LARGEST_QUARANTINE_SHARE = 0.05
MOST_TANDEMS_HIT = 3
ERASED = "RM-W-206"
"""Rows of people who were erased: a file with no other rows is an empty one, not a wrong one."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """What became of the rows of one file; ``used + quarantined + excluded == rows``."""

    table: str
    file: str
    rows: int
    used: int
    quarantined: int
    excluded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A code, the positions of the rows it concerns, and the words for it.

    ``excludes`` takes the rows out of the table without counting them as bad; ``counts_rows`` is False where a
    message gives no rows because they would point at single people.
    """

    code: str
    positions: NDArray[np.int64]
    rule: str
    remedy: str
    column: str = ""
    excludes: bool = False
    counts_rows: bool = True


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The rows of one table, over all its files.

    Parameters
    ----------
    table : Table
        Declaration.
    frame : DataFrame
        Canonical columns, typed, all rows.
    files : tuple of str
        Files in order.
    file_of, rows, lines : array of int
        For each row its file, and row and line there.
    fate : array of int
        USED, QUARANTINED or EXCLUDED.
    headers : mapping of str to str
        Canonical column to header in the (first) file.
    findings : tuple of Finding
        Everything found so far.
    """

    table: Table
    frame: pd.DataFrame
    files: tuple[str, ...]
    file_of: NDArray[np.int64]
    rows: NDArray[np.int64]
    lines: NDArray[np.int64]
    fate: NDArray[np.int8]
    headers: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def live(self) -> NDArray[np.bool_]:
        """Rows that are still used."""
        live: NDArray[np.bool_] = self.fate == USED
        return live

    def present(self, column: str) -> NDArray[np.bool_]:
        """Used rows with a value in a column."""
        return self.live & self.frame[column].notna().to_numpy(dtype=bool)


def note(
    sheet: Sheet,
    code: str,
    where: NDArray[np.bool_],
    rule: str,
    remedy: str,
    *,
    column: str = "",
    excludes: bool = False,
    counts_rows: bool = True,
) -> Sheet:
    """The sheet with one more finding; rows that are excluded already are left out of it."""
    positions = np.flatnonzero(where & (sheet.fate != EXCLUDED))
    if not len(positions):
        return sheet
    found = Finding(
        code=code,
        positions=positions,
        rule=rule,
        remedy=remedy,
        column=sheet.headers.get(column, column),
        excludes=excludes,
        counts_rows=counts_rows,
    )
    fate = sheet.fate.copy()
    if excludes:
        fate[positions] = EXCLUDED
    elif code.startswith("RM-Q-"):
        fate[positions] = QUARANTINED
    return replace(sheet, fate=fate, findings=(*sheet.findings, found))


def order_of(*keys: NDArray[np.integer]) -> NDArray[np.intp] | None:
    """The stable order of rows by their keys, the first of them first; None where they are in it already.

    Examples
    --------
    >>> order_of(np.array([0, 0, 1]), np.array([2, 5, 1])) is None
    True
    >>> order_of(np.array([0, 0, 1]), np.array([5, 2, 1]))
    array([1, 0, 2])
    """
    steps = [np.sign(np.diff(one)) for one in keys]
    first = steps[0]
    for step in steps[1:]:
        first = np.where(first == 0, step, first)
    return np.lexsort(keys[::-1]) if (first < 0).any() else None


def stack(sheets: Sequence[Sheet]) -> Sheet:
    """One sheet from the sheets of several files of a table."""
    if len(sheets) == 1:
        return sheets[0]
    findings: list[Finding] = []
    offset = 0
    for sheet in sheets:
        findings += [replace(found, positions=found.positions + offset) for found in sheet.findings]
        offset += len(sheet.frame)
    return Sheet(
        table=sheets[0].table,
        frame=pd.concat([sheet.frame for sheet in sheets], ignore_index=True),
        files=tuple(file for sheet in sheets for file in sheet.files),
        file_of=np.concatenate([sheet.file_of + number for number, sheet in enumerate(sheets)]),
        rows=np.concatenate([sheet.rows for sheet in sheets]),
        lines=np.concatenate([sheet.lines for sheet in sheets]),
        fate=np.concatenate([sheet.fate for sheet in sheets]),
        headers=sheets[0].headers,
        findings=tuple(findings),
    )


def accounts(sheet: Sheet) -> tuple[Account, ...]:
    """Rows of every file of a sheet, by what became of them."""
    found = []
    for number, file in enumerate(sheet.files):
        counts = np.bincount(sheet.fate[sheet.file_of == number], minlength=3)
        found.append(
            Account(
                table=sheet.table.name,
                file=file,
                rows=int(counts.sum()),
                used=int(counts[USED]),
                quarantined=int(counts[QUARANTINED]),
                excluded=int(counts[EXCLUDED]),
            )
        )
    return tuple(found)


def problems(sheet: Sheet) -> tuple[Problem, ...]:
    """All findings as problems, file by file; quarantine becomes refusal where too many rows are hit."""
    found = []
    for number, file in enumerate(sheet.files):
        in_file = sheet.file_of == number
        refusal = _too_many(sheet, in_file)
        for finding in sheet.findings:
            positions = finding.positions[in_file[finding.positions]]
            if not len(positions):
                continue
            rows = sheet.rows[positions]  # a response of a survey is one row and several answers
            positions = positions[np.concatenate([[True], rows[1:] != rows[:-1]])]
            code, rule = finding.code, finding.rule
            if refusal and code.startswith("RM-Q-"):
                code, rule = (
                    code.replace("-Q-", "-E-"),
                    filled("{rule} ({refusal})", rule=inside(rule), refusal=refusal),
                )
            shown = positions[:LISTED] if finding.counts_rows else positions[:0]
            found.append(
                Problem(
                    code=code,
                    file=file,
                    rule=rule,
                    remedy=finding.remedy,
                    column=finding.column,
                    rows=tuple(int(n) for n in sheet.rows[shown]),
                    lines=tuple(int(n) for n in sheet.lines[shown]),
                    row_count=len(positions) if finding.counts_rows else 0,
                )
            )
        erased = sum(int(in_file[one.positions].sum()) for one in sheet.findings if one.code == ERASED)
        if (sheet.fate[in_file] == USED).any() or erased == in_file.sum():
            continue
        if not any(p.effect == "refused" and p.file == file for p in found):
            rule = key("no row of the file can be used")
            remedy = key("see the notes on this file, or take it out of the programme")
            found.append(Problem(code="RM-E-037", file=file, rule=rule, remedy=remedy))
    return tuple(found)


def _too_many(sheet: Sheet, in_file: NDArray[np.bool_]) -> str:
    """Why so many rows are quarantined that the file is refused; empty where they are few."""
    bad = in_file & (sheet.fate == QUARANTINED)
    counted = int((in_file & (sheet.fate != EXCLUDED)).sum())
    if bad.sum() > LARGEST_QUARANTINE_SHARE * counted:
        told = key("{n} of {counted} rows cannot be used, more than {share}")
        return filled(told, n=str(int(bad.sum())), counted=str(counted), share=f"{LARGEST_QUARANTINE_SHARE:.0%}")
    if "tandem_id" in sheet.frame.columns:
        hit = sheet.frame["tandem_id"].to_numpy()[bad]
        tandems = len({tandem for tandem in hit if isinstance(tandem, str)}) + sum(
            not isinstance(tandem, str) for tandem in hit
        )
        if tandems > MOST_TANDEMS_HIT:
            return filled("rows of more than {n} tandems cannot be used", n=str(MOST_TANDEMS_HIT))
    return ""
