"""A workbook with one sheet a table: sheets are known by the table's name, or by the name declared for it."""

from __future__ import annotations

from collections.abc import Iterator

from rmanalytics.intake.files import SIZE_LIMIT_BYTES, read_inside
from rmanalytics.intake.headers import clean_header
from rmanalytics.intake.readers.kind import TEXTS, Asked, Kind, Reading, Tally
from rmanalytics.intake.schema import TABLES
from rmanalytics.intake.tables import open_table
from rmanalytics.language.translator import filled


def read(asked: Asked) -> Iterator[Reading]:
    """One reading a sheet."""
    from rmanalytics.intake.workbooks.cells import Workbook  # noqa: PLC0415  (loads calamine: only where there is one)

    declared = asked.texts("sheets")
    for table in declared:
        if table not in TABLES:
            raise asked.refused(
                f"sheets.{table}",
                filled('there is no table "{table}"', table=table),
                filled("use one of: {names}", names=", ".join(TABLES)),
            )
    for file in asked.files:
        sheets = Workbook(file, read_inside(asked.programme.folder, file, SIZE_LIMIT_BYTES)).sheets
        named = {clean_header(sheet): sheet for sheet in sheets}
        tables = {table: declared.get(table) or named[table] for table in TABLES if table in declared or table in named}
        if not tables:
            how = filled(
                'name them under [readers.{reader}.sheets], such as people = "{sheet}"',
                reader=asked.name,
                sheet=(sheets or ("Sheet1",))[0],
            )
            raise asked.refused("sheets", filled("no sheet of {file} has the name of a table", file=file), how)
        for table, sheet in tables.items():
            for opened in open_table(asked.programme, TABLES[table], f"{file}#{sheet}"):
                rows = len(opened.grid.rows)
                tally = Tally(
                    reader=asked.name, kind="workbook", file=opened.grid.name, rows=rows, counts={"used": rows}
                )
                yield Reading(grids={table: opened.grid}, tallies=(tally,), digests={file: opened.digest})


KIND = Kind(
    about="a workbook with one sheet a table", tables=tuple(TABLES), read=read, keys={"sheets": TEXTS}, sample="any"
)
