"""Some tables of a programme's folder, for a question that needs no more: an audit reads no answers and no ties.

Unit: one table. What is read is checked as `read_bundle` checks it; what is not asked for is not opened.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from types import MappingProxyType

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.bundle import (
    _ORDER,
    REQUIRED,
    Bundle,
    _check,
    _digest_settings,
    _finished,
    _read_table,
)
from rmanalytics.intake.schema import TABLES
from rmanalytics.intake.sheet import Sheet, accounts, problems
from rmanalytics.programme import read_programme


def read_excerpt(folder: Path, tables: Collection[str]) -> Bundle:
    """Read and check some tables of a programme's folder; *people* is always among them.

    Parameters
    ----------
    folder : Path
        The programme's folder.
    tables : collection of str
        Names of tables; one that was not supplied is absent from the bundle.

    Returns
    -------
    Bundle
        As `read_bundle` gives it, with these tables alone.

    Raises
    ------
    InputError
        Every problem of these tables' files, when at least one of them refuses the input.
    """
    folder = Path(folder)
    programme = read_programme(folder, tuple(TABLES))
    digests = _digest_settings(programme)
    found: list[Problem] = []
    sheets: dict[str, Sheet] = {}
    for name in _ORDER:
        if name not in tables and name not in REQUIRED:
            continue
        read = _read_table(programme, TABLES[name])
        digests.update(read.digests)
        found += read.problems
        if read.sheet is not None:
            sheets[name] = _check(read.sheet, sheets, programme)
    for sheet in sheets.values():
        found += problems(sheet)
    if any(problem.effect == "refused" for problem in found):
        raise InputError(tuple(found))
    return Bundle(
        programme=programme,
        tables=MappingProxyType({name: _finished(sheets[name]) for name in TABLES if name in sheets}),
        accounts=tuple(account for name in TABLES if name in sheets for account in accounts(sheets[name])),
        problems=tuple(found),
        digests=MappingProxyType(digests),
    )
