"""A file of planned tandems: read by the declaration of the tandems table, of which only three columns are needed.

Unit: one planned tandem. Whether its people are known, free and well paired is for the audit to say, row by row; here
only what cannot be read as a tandem is refused or kept out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.bundle import Bundle
from rmanalytics.intake.files import open_source
from rmanalytics.intake.grid import read_grid
from rmanalytics.intake.linkage import link_people
from rmanalytics.intake.records import read_sheet
from rmanalytics.intake.rules import check_repeats, check_rows
from rmanalytics.intake.schema import TABLES, Table
from rmanalytics.intake.sheet import Account, Sheet, accounts, note, problems
from rmanalytics.language.translator import key
from rmanalytics.programme.programme import Round

NEEDED = ("tandem_id", "mentor_id", "mentee_id")
_UNKNOWN_PERSON = "RM-Q-048"

PLANNED = Table(
    name="planned",
    row="one planned tandem",
    key=("tandem_id",),
    order=TABLES["tandems"].order,
    columns=tuple(
        replace(column, required=column.name in NEEDED, filled=column.name in NEEDED)
        for column in TABLES["tandems"].columns
    ),
)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """Planned tandems, what became of the file's rows, and what was normalised, kept out or warned of."""

    tandems: pd.DataFrame
    account: Account
    problems: tuple[Problem, ...]


def read_planned(file: Path, bundle: Bundle, round_: Round) -> Planned:
    """Read a file of planned tandems of one round.

    Parameters
    ----------
    file : Path
        CSV with the columns of the tandems table; ``tandem_id, mentor_id, mentee_id`` are needed.
    bundle : Bundle
        The programme, whose *people* tell ids that a spreadsheet has changed.
    round_ : Round
        The round; rows that name another one are left out.

    Returns
    -------
    Planned
        All columns of the tandems table, typed; ``round_id`` is that of the round. Ids that are not in *people* are
        kept.

    Raises
    ------
    InputError
        Every problem of the file, when at least one of them refuses it.
    """
    known = tuple(column.name for column in PLANNED.columns)
    source = open_source(file.parent, file.name)
    grid = read_grid(source, known, PLANNED.required_columns)
    sheet, warned = read_sheet(grid, PLANNED, bundle.programme)
    sheet = _leave_out_other_rounds(sheet, round_)
    sheet = _mend_ids(sheet, bundle)
    sheet = check_repeats(check_rows(sheet, bundle.programme, None))
    alone = sheet.present("mentor_id") & (sheet.frame["mentor_id"] == sheet.frame["mentee_id"]).to_numpy()
    sheet = note(
        sheet, "RM-E-032", alone, key("mentor and mentee are the same person"), key("correct one of the two ids")
    )
    found = (*source.problems, *grid.problems, *warned, *problems(sheet))
    if any(problem.effect == "refused" for problem in found):
        raise InputError(found)
    tandems = sheet.frame[sheet.live].reset_index(drop=True)
    tandems = tandems.assign(round_id=pd.Series([round_.id] * len(tandems), dtype="str"))
    return Planned(tandems=tandems, account=accounts(sheet)[0], problems=found)


def _leave_out_other_rounds(sheet: Sheet, round_: Round) -> Sheet:
    other = sheet.present("round_id") & (sheet.frame["round_id"] != round_.id).to_numpy()
    return note(
        sheet,
        "RM-W-097",
        other,
        key("planned tandems of another round than the one asked for were left out"),
        key("name their round with --round, or empty round_id"),
        column="round_id",
        excludes=True,
    )


def _mend_ids(sheet: Sheet, bundle: Bundle) -> Sheet:
    """Ids as *people* has them where a spreadsheet changed them; unknown ones stay, for the audit lists them."""
    people = bundle.table("people")
    rows = np.arange(len(people), dtype=np.int64)
    everybody = Sheet(
        table=TABLES["people"],
        frame=people,
        files=("people",),
        file_of=np.zeros(len(people), dtype=np.int64),
        rows=rows,
        lines=rows,
        fate=np.zeros(len(people), dtype=np.int8),
    )
    linked = link_people(sheet, everybody)
    kept = tuple(found for found in linked.findings if found.code != _UNKNOWN_PERSON)
    return replace(linked, fate=sheet.fate, findings=kept)
