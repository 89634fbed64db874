"""From a grid of texts to a sheet of typed rows: columns matched by name, cells read by their declared kind.

Unit: one file of one table. Only declared columns are read; what else a file holds is counted by name and left behind.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.door import Door, unlike_pseudonyms
from rmanalytics.intake.erased import NEXT_EXPORT, ROWS_LEFT_OUT, STAND_IN, STAY
from rmanalytics.intake.grid import Grid
from rmanalytics.intake.marks import NOTHING_TO_DO, mask
from rmanalytics.intake.schema import Column, Table
from rmanalytics.intake.sheet import ERASED, Sheet, note
from rmanalytics.intake.surveys import exclude_unknown_items, read_answer_values
from rmanalytics.intake.values import FAILED_FORMULA, FORMULA_SIGN, Reading, clean, read_words
from rmanalytics.intake.words import Words, matching, settled
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.declaration import ROUND_ID
from rmanalytics.programme.programme import Programme

FUTURE_YEARS = 2
TOTAL_WORDS = frozenset(
    {
        "total",
        "totals",
        "grand total",
        "sub total",
        "subtotal",
        "sum",
        "average",
        "mean",
        "count",
        "gesamt",
        "gesamtergebnis",
        "gesamtsumme",
        "summe",
        "zwischensumme",
        "ergebnis",
        "mittelwert",
        "durchschnitt",
        "anzahl",
        "insgesamt",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    grid: Grid
    programme: Programme
    latest: date
    door: Door


def read_sheet(
    grid: Grid, table: Table, programme: Programme, door: Door | None = None
) -> tuple[Sheet, tuple[Problem, ...]]:
    """Read the rows of one file by the declaration of its table.

    Parameters
    ----------
    grid : Grid
        The parsed file.
    table : Table
        Declaration.
    programme : Programme
        Rounds, instruments and the last day of the data.
    door : Door, optional
        What becomes of ids of people; they stay as they are unless given.

    Returns
    -------
    tuple
        The sheet, and problems of whole columns (normalised or warned).

    Raises
    ------
    InputError
        RM-E-013 for every missing column.
    """
    warned = _match_columns(grid, table, programme)
    latest = _years_after(programme.data_until, FUTURE_YEARS)
    setting = _Setting(grid=grid, programme=programme, latest=latest, door=door or Door())
    rows_n = len(grid.rows)
    sheet = Sheet(
        table=table,
        frame=pd.DataFrame(index=pd.RangeIndex(rows_n)),
        files=(grid.name,),
        file_of=np.zeros(rows_n, dtype=np.int64),
        rows=grid.rows,
        lines=grid.lines,
        fate=np.zeros(rows_n, dtype=np.int8),
        headers={c.name: grid.headers[c.name] for c in table.columns if c.name in grid.headers},
    )
    sheet = note(sheet, "RM-N-066", grid.blank, key("empty rows were left out"), NOTHING_TO_DO, excludes=True)
    sheet = _leave_out_headers(sheet, grid)
    sheet = _refuse_failed_formulas(sheet, grid)
    sheet = _refuse_totals(sheet, grid)
    sheet = _exclude_other_rounds(sheet, setting)
    sheet = _leave_out_erased(sheet, setting)
    survey = {"item", "value"} <= set(sheet.headers)
    if survey:
        sheet = exclude_unknown_items(sheet, grid.columns["item"], programme)
    read: dict[str, Any] = {}
    for column in table.columns:
        if survey and column.name in ("item", "value"):
            continue
        sheet, read[column.name] = _read_column(sheet, column, setting)
    if survey:
        sheet, read["item"], read["value"] = read_answer_values(
            sheet, grid.columns["item"], grid.columns["value"], programme
        )
    frame = pd.DataFrame({column.name: read[column.name] for column in table.columns})
    for column in table.columns:
        if column.person_if is not None:
            beside, value = column.person_if
            where = (frame[beside] == value) & frame[column.name].notna()
            frame.loc[where, column.name] = setting.door.column(frame.loc[where, column.name])
    return replace(sheet, frame=frame), warned


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=min(day.year + years, 9998))
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _match_columns(grid: Grid, table: Table, programme: Programme) -> tuple[Problem, ...]:
    names = tuple(column.name for column in table.columns)
    unknown = [header for header in grid.headers if header not in names]
    missing = [name for name in table.required_columns if name not in grid.headers]
    if missing:
        raise InputError(tuple(_missing_column(name, unknown, grid, table, programme) for name in missing))
    if not unknown:
        return ()
    rule = key("a column that the table does not have was left out")
    remedy = key("nothing to do; leave it out of the export")
    return tuple(
        Problem(code="RM-W-090", file=grid.name, rule=rule, remedy=remedy, column=grid.headers[header])
        for header in unknown
    )


def _missing_column(name: str, unknown: list[str], grid: Grid, table: Table, programme: Programme) -> Problem:
    near = difflib.get_close_matches(name, unknown, n=1, cutoff=0.6)
    items = {item.casefold() for instrument in programme.instruments.values() for item in instrument.item_ids}
    if near and not grid.headers[near[0]].startswith("no. "):
        remedy = filled('rename "{n}" to "{name}", if that is the column meant', n=grid.headers[near[0]], name=name)
    elif name in ("item", "value") and items & set(unknown):
        turned = key(
            "turn it round, one row for each person, wave and item; or take it out of [tables] and add {lines}"
        )
        lines = f'[readers.before] kind = "wide", files = "{grid.name}", columns = {{ person_id = "person_id" }}'
        remedy = filled(turned, lines=f'{lines}; [pseudonyms] ids = "keyed", and programme.id')
    else:
        remedy = filled("add it; the table needs {columns}", columns=", ".join(table.required_columns))
    return Problem(code="RM-E-013", file=grid.name, rule=key("the column is missing"), remedy=remedy, column=name)


def _leave_out_headers(sheet: Sheet, grid: Grid) -> Sheet:
    """Leave out the header where it comes again, as when two files were put together; refuse another order of columns.

    A row is a header when most of its cells are names of columns of the file.
    """
    named, placed = np.zeros(len(sheet.fate), dtype=np.int64), np.zeros(len(sheet.fate), dtype=np.int64)
    spelt = {header: re.escape(header).replace("_", r"[\s_.\-]+") for header in grid.columns}
    for header, words in grid.columns.items():
        named += words.rows_with(matching(words.distinct, rf"(?i)^\s*({'|'.join(spelt.values())})\s*$"))
        placed += words.rows_with(matching(words.distinct, rf"(?i)^\s*{spelt[header]}\s*$"))
    several = max(2, (len(grid.columns) + 1) // 2)
    again = (named >= several) & (placed == named)
    sheet = note(
        sheet,
        "RM-N-081",
        again,
        key("the header comes again among the rows, as when files are put together, and was left out"),
        NOTHING_TO_DO,
        excludes=True,
    )
    return note(
        sheet,
        "RM-E-024",
        (named >= several) & ~again,
        key("a header with another order of columns stands among the rows, which would be read under wrong names"),
        key("keep the files apart and name both under [tables]"),
    )


def _refuse_failed_formulas(sheet: Sheet, grid: Grid) -> Sheet:
    """Refuse cells in which a spreadsheet shows that a formula failed: that is no missing value."""
    for column in sheet.table.columns:
        if column.name in grid.columns:
            words = grid.columns[column.name]
            if not matching(words.distinct, FORMULA_SIGN).any():
                continue
            sheet = note(
                sheet,
                "RM-E-081",
                words.rows_with(matching(words.distinct, FAILED_FORMULA)),
                key("a formula of the spreadsheet failed here, so the value is not known"),
                key("mend the formula and export again; leave the cell empty where there is no value"),
                column=column.name,
            )
    return sheet


def _refuse_totals(sheet: Sheet, grid: Grid) -> Sheet:
    """Refuse rows that are a total or another footer of a spreadsheet."""
    first = next(iter(grid.columns.values()))
    named = [grid.columns[c.name] for c in sheet.table.columns if c.kind in ("id", "code") and c.name in grid.columns]
    where = np.zeros(len(sheet.fate), dtype=bool)
    for words in (first, *named):
        lettered = ~matching(words.distinct, "[0-9]")
        totals = settled(words.distinct, lettered, lambda text: clean(text).casefold().rstrip(":. ") in TOTAL_WORDS)
        where |= words.rows_with(totals)
    if grid.leave_out_totals:
        rule = key("rows of totals were left out, as declared")
        return note(sheet, "RM-N-153", where, rule, NOTHING_TO_DO, excludes=True)
    rule = key("the row is a total or a footer, not a record")
    remedy = filled(
        'delete the rows below the data, or add leave_out_totals = true under [files."{file}"]', file=grid.name
    )
    return note(sheet, "RM-E-027", where, rule, remedy, excludes=True)


def _exclude_other_rounds(sheet: Sheet, setting: _Setting) -> Sheet:
    """Leave out rows of rounds that the programme does not declare; refuse what is no round id."""
    if "round_id" not in sheet.headers:
        return sheet
    words = setting.grid.columns["round_id"]
    texts = [clean(text) for text in words.texts]
    declared = {declared.id for declared in setting.programme.rounds}
    malformed = mask(bool(text) and not ROUND_ID.fullmatch(text) for text in texts)
    other = mask(bool(text) and text not in declared for text in texts) & ~malformed
    sheet = note(
        sheet,
        "RM-E-029",
        words.rows_with(malformed),
        key("a round id looks like 2026H1 (a year, H, and 1 or 2)"),
        key("correct the id, or take the rows out"),
        column="round_id",
    )
    return note(
        sheet,
        "RM-W-092",
        words.rows_with(other),
        key("rows of rounds that programme.toml does not declare were left out"),
        key("declare the round under [[rounds]] if it belongs to the programme"),
        column="round_id",
        excludes=True,
    )


def _leave_out_erased(sheet: Sheet, setting: _Setting) -> Sheet:
    """Leave out the rows of people who were erased, but those that tell of somebody else too."""
    where = np.zeros(len(sheet.fate), dtype=bool)
    for column in sheet.table.columns if setting.door.erased else ():
        named = column.personal or column.person_if is not None
        stays = (sheet.table.name, column.name) in STAY or not column.filled
        if named and not stays and column.name in setting.grid.columns:
            words = setting.grid.columns[column.name]
            ids = setting.door.names(map(clean, words.texts))
            where |= words.rows_with(mask(re.fullmatch(STAND_IN, one) is not None for one in ids))
    return note(sheet, ERASED, where, ROWS_LEFT_OUT, NEXT_EXPORT, excludes=True, counts_rows=False)


def _read_column(sheet: Sheet, column: Column, setting: _Setting) -> tuple[Sheet, Any]:
    """Typed values of all rows of one column; all missing where the file does not have it."""
    words = setting.grid.columns.get(column.name)
    if words is None or not len(words.distinct):
        words = Words.of(np.zeros(len(sheet.fate), dtype=np.int32), ("",))
    counted = np.bincount(words.codes[sheet.live], minlength=len(words.distinct)) > 0
    reading = read_words(
        words.distinct,
        counted,
        column,
        delimiter=setting.grid.delimiter,
        latest=setting.latest,
        timezone=setting.programme.timezone,
    )
    if column.personal:
        sheet, reading = _through(sheet, column, reading, setting.door)
    live = sheet.live
    for marked in reading.marks:
        if marked.texts.any():
            where = words.rows_with(marked.texts) & live
            sheet = note(sheet, marked.code, where, marked.rule, marked.remedy, column=column.name)
    if column.filled:
        sheet = note(
            sheet,
            "RM-Q-040",
            words.rows_with(reading.missing) & live,
            key("the cell is empty"),
            key("fill it, or take the row out"),
            column=column.name,
        )
    return sheet, spread(reading.values, reading.missing, words.codes)


def _through(sheet: Sheet, column: Column, reading: Reading, door: Door) -> tuple[Sheet, Reading]:
    """Ids of people through the door: pseudonyms in their place, or a look at whether they are such already."""
    given = reading.values  # noqa: PD011  (an array, not a frame)
    there = np.flatnonzero(~reading.missing)
    if door.declared and unlike_pseudonyms(str(given[place]) for place in there):
        rule = key("the ids are declared to be pseudonyms, and look like staff numbers or names")
        remedy = key(
            'declare ids = "keyed" under [pseudonyms], and programme.id; they become pseudonyms when they are read'
        )
        sheet = note(sheet, "RM-E-155", sheet.live, rule, remedy, column=column.name, counts_rows=False)
    if door.open:
        return sheet, reading
    values, missing = given.copy(), reading.missing
    values[there] = door.names(str(given[place]) for place in there)
    same = values == given
    marks = tuple(replace(mark, texts=mark.texts & same) if mark.code == "RM-Q-041" else mark for mark in reading.marks)
    if door.erased and not column.filled and (sheet.table.name, column.name) not in STAY:
        missing = missing | mask(re.fullmatch(STAND_IN, str(one)) is not None for one in values)
    return sheet, replace(reading, values=values, missing=missing, marks=marks)


def spread(values: NDArray[Any], missing: NDArray[np.bool_], codes: NDArray[np.int32]) -> Any:
    """Values of the distinct texts, laid out over the rows, with the missing ones missing."""
    held = values.copy()
    if held.dtype == object:
        held[missing] = np.nan
        return pd.array(held, dtype="str").take(codes)
    held[missing] = np.datetime64("NaT") if held.dtype.kind == "M" else np.nan
    return held[codes]
