"""Where the tables come from: file names and patterns, sheets of workbooks, columns under other names, readers.

Unit: one programme's declaration. Which tables and columns there are is for the intake to say.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from rmanalytics.language.translator import filled, inside, key
from rmanalytics.programme.strict_toml import Block, Key

WORKBOOKS = (".xlsx", ".xlsm", ".ods")
PARQUET = ".parquet"
SPSS = (".sav", ".zsav")
SHEET_MARK = "#"
KEYED, AS_GIVEN = "keyed", "as_given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What ``programme.toml`` says of the files beyond their names.

    Parameters
    ----------
    columns : mapping of table to mapping of column to tuple of str
        The headers that a column of a table may have in the files.
    values : mapping of column, or table and column with a dot, to mapping of str to str
        What a cell says, to what the table says.
    files : mapping of file name or pattern to mapping
        ``header_row``, ``leave_out_totals`` and ``constants`` of the files that fit.
    readers : mapping of name to mapping
        Declared readers, their files found.
    ids : str
        ``keyed``: ids become pseudonyms at the door; ``as_given``: they are such already; empty where nothing is said.
    aliases : mapping
        ``files``, ``id`` and ``alias``: a list in which an e-mail address or a name stands beside the id.
    """

    columns: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    readers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    ids: str = ""
    aliases: Mapping[str, Any] = field(default_factory=dict)

    def of_file(self, name: str) -> Mapping[str, Any]:
        """What is declared for a file, the more exact name last."""
        found: dict[str, Any] = {}
        for pattern in sorted(self.files, key=lambda given: (given == name, len(given))):
            if fnmatchcase(name, pattern):
                found |= self.files[pattern]
        return found


def split_sheet(reference: str) -> tuple[str, str]:
    """File and sheet of a reference; the sheet is empty where none is named.

    Examples
    --------
    >>> split_sheet("hr.xlsx#Personal"), split_sheet("a#b.csv")
    (('hr.xlsx', 'Personal'), ('a#b.csv', ''))
    """
    for suffix in WORKBOOKS:
        file, mark, sheet = reference.partition(suffix + SHEET_MARK)
        if mark:
            return file + suffix, sheet
    return reference, ""


def found_files(folder: Path, given: str | list[str]) -> tuple[str, ...]:
    """References with their patterns filled in from the folder, each file once; a pattern that fits nothing stays.

    Sheets have patterns too (``hr.xlsx#*``), filled in when the workbook is opened.
    """
    found: dict[str, None] = {}
    for reference in [given] if isinstance(given, str) else given:
        file, sheet = split_sheet(reference)
        fits = sorted(p.relative_to(folder).as_posix() for p in folder.glob(file)) if set(file) & set("*?") else [file]
        kept = [name for name in fits if not Path(name).name.startswith((".", "~"))]
        found |= dict.fromkeys(f"{name}{SHEET_MARK}{sheet}" if sheet else name for name in kept or [file])
    return tuple(found)


def sources_of(folder: Path, data: Mapping[str, Any]) -> Sources:
    """The sources that a checked ``programme.toml`` declares."""
    values: dict[str, Mapping[str, str]] = {}
    for name, inner in data.get("values", {}).items():
        if inner and all(isinstance(value, dict) for value in inner.values()):
            values |= {f"{name}.{column}": words for column, words in inner.items()}
        else:
            values[name] = inner
    pseudonyms = data.get("pseudonyms", {})
    aliases = pseudonyms.get("aliases", {})
    return Sources(
        columns={
            table: {column: (names,) if isinstance(names, str) else tuple(names) for column, names in columns.items()}
            for table, columns in data.get("columns", {}).items()
        },
        values=values,
        files=data.get("files", {}),
        readers={
            name: {**given, "files": found_files(folder, given["files"])}
            for name, given in data.get("readers", {}).items()
        },
        ids=pseudonyms.get("ids", AS_GIVEN if data["programme"].get("simulated") else ""),
        aliases={**aliases, "files": found_files(folder, aliases["files"])} if aliases else {},
    )


def check_sources(
    sources: Sources, tables: Mapping[str, tuple[str, ...]], programme_id: str
) -> Iterator[tuple[str, str, str]]:
    """What single keys cannot show: key, rule and remedy of each problem.

    Parameters
    ----------
    sources : Sources
        What is declared.
    tables : mapping of table to tuple of str
        The tables that there are, and their columns.
    programme_id : str
        ``programme.id``.
    """
    every = {column for columns in tables.values() for column in columns}
    for table, columns in sources.columns.items():
        yield from _known(f"columns.{table}", table, tables, key("table"))
        for column in columns if table in tables else ():
            yield from _known(f"columns.{table}.{column}", column, tables[table], key("column"))
        taken = [header for headers in columns.values() for header in headers]
        for header in sorted({h for h in taken if taken.count(h) > 1}):
            yield (
                f"columns.{table}",
                filled('the header "{header}" is given to two columns', header=header),
                key("give each column its own"),
            )
    for name in sources.values:
        table, dot, column = name.partition(".")
        if dot:
            yield from _known(f"values.{table}", table, tables, key("table"))
        if not dot or table in tables:
            yield from _known(f"values.{name}", column or table, tables.get(table, ()) if dot else every, key("column"))
    for file, given in sources.files.items():
        for column in given.get("constants", {}):
            yield from _known(f"files.{file}.constants", column, every, key("column"))
    if sources.readers and not sources.ids:
        remedy = filled(
            'add [pseudonyms] ids = "{keyed}", or "{as_given}" where the ids are pseudonyms already',
            keyed=KEYED,
            as_given=AS_GIVEN,
        )
        yield "pseudonyms.ids", key("readers are declared, and nothing is said of the ids that they find"), remedy
    if sources.ids == KEYED and not programme_id:
        yield (
            "programme.id",
            key("pseudonyms need the programme's id, by which their key is kept"),
            key("add programme.id"),
        )


def _known(where: str, name: str, known: Any, what: str) -> Iterator[tuple[str, str, str]]:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        remedy = (
            filled('did you mean "{n}"', n=near[0])
            if near
            else filled("use one of: {names}", names=", ".join(sorted(known)))
        )
        yield where, filled('there is no {what} "{name}"', what=inside(what), name=name), remedy


def _texts(value: Any, depth: int, *, lists: bool = False) -> bool:
    """Whether a table holds texts at a depth and nothing else."""
    if depth:
        return isinstance(value, dict) and all(_texts(inner, depth - 1, lists=lists) for inner in value.values())
    if lists and isinstance(value, list):
        return bool(value) and all(isinstance(inner, str) and inner for inner in value)
    return isinstance(value, str) and bool(value or not lists)


def _columns(value: dict[str, Any]) -> str | None:
    right = _texts(value, 2, lists=True)
    return None if right else key('must give each column its header, such as person_id = "Personalnummer"')


def _values(value: dict[str, Any]) -> str | None:
    right = all(_texts(inner, 1) or _texts(inner, 2) for inner in value.values())
    return None if right else key('must be texts, such as "Eigenkündigung" = "voluntary"')


def _files(value: dict[str, Any]) -> str | None:
    known = {"header_row": int, "leave_out_totals": bool, "constants": dict}
    for given in value.values():
        wrong = not isinstance(given, dict) or any(
            name not in known or type(inner) is not known[name] for name, inner in given.items()
        )
        if wrong or not _texts(given.get("constants", {}), 1) or not 1 <= given.get("header_row", 1) <= 1000:
            return key(
                "may hold header_row (a number), leave_out_totals (true or false) and constants (texts) of each file"
            )
    return None


def _readers(value: dict[str, Any]) -> str | None:
    for given in value.values():
        files = given.get("files") if isinstance(given, dict) else None
        names: list[Any] = files if isinstance(files, list) else [files]
        if not names or not all(isinstance(name, str) for name in names) or not isinstance(given.get("kind"), str):
            return key("must name the kind and the files of each reader")
        if any(Path(name).is_absolute() or ".." in Path(name).parts or not name.isprintable() for name in names):
            return key("must name files inside the programme's folder")
    return None


SOURCE_KEYS: Mapping[str, Key | Block] = {
    "columns": Key(dict, check=_columns),
    "values": Key(dict, check=_values),
    "files": Key(dict, check=_files),
    "readers": Key(dict, check=_readers),
    "pseudonyms": Block(
        {
            "ids": Key(
                str,
                required=True,
                check=lambda value: (
                    None
                    if value in (KEYED, AS_GIVEN)
                    else filled('must be "{keyed}" or "{as_given}"', keyed=KEYED, as_given=AS_GIVEN)
                ),
                bounds={"enum": [KEYED, AS_GIVEN]},
            ),
            "aliases": Block(
                {
                    "files": Key((str, list), required=True),
                    "id": Key(str, required=True),
                    "alias": Key(str, required=True),
                }
            ),
        }
    ),
}
