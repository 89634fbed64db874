"""A programme's folder, read whole: every table checked, typed and linked, every problem of every file in one go.

Unit: one programme. The order of the tables matters: people first, then tandems, then what refers to them.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake import erased
from rmanalytics.intake.coded_answers import Linked, check_codes, link_answers, refuse_two_ways
from rmanalytics.intake.collaboration.parquet_files import event_digest
from rmanalytics.intake.door import Door, door_of
from rmanalytics.intake.employments import check_employments, employed_by
from rmanalytics.intake.grid import Grid
from rmanalytics.intake.linkage import check_comparison, check_tandems, link_people, link_tandems
from rmanalytics.intake.readers.kind import Reading, Tally
from rmanalytics.intake.readers.kinds import aliases_of, check_readers, readings
from rmanalytics.intake.records import read_sheet
from rmanalytics.intake.rules import check_repeats, check_rows
from rmanalytics.intake.schema import TABLES, Table, with_covariates
from rmanalytics.intake.sheet import QUARANTINED, Account, Sheet, accounts, order_of, problems, stack
from rmanalytics.intake.tables import open_table
from rmanalytics.intake.telling import check_telling
from rmanalytics.intake.unread import unread
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.programme import FILE_NAME, Programme, read_programme
from rmanalytics.programme.sources import check_sources, split_sheet
from rmanalytics.programme.subgroups import CONDITIONS, covariates_of

REQUIRED = ("people",)
HOMES = ("people", "tandems")
"""Tables whose ids the others name."""
RECEIPTS = "receipts"
EVENT_LIBRARIES = ("duckdb", "ibis", "sqlglot")
INSTALL_EVENTS = "run: pip install 'rmanalytics[events]'"
SHORT = 100_000
"""Rows of a table whose texts are kept as Python objects, which are quick to ask for; a longer one would be heavy."""
TRIES = 3
PAUSE_SECONDS = 0.5
Stamp = tuple[int, int, int]
_ORDER = ("people", "tandems", *(name for name in TABLES if name not in ("people", "tandems")))


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Everything a programme supplied, checked.

    Parameters
    ----------
    programme : Programme
        What ``programme.toml`` says.
    tables : mapping of str to DataFrame
        Canonical columns, typed: ids, texts, codes and choices str (NaN missing), dates datetime64[s], numbers float64,
        whole numbers that are always there int64. A table that was not supplied is absent.
    accounts : tuple of Account
        What became of the rows, one for each file.
    problems : tuple of Problem
        What was quarantined, normalised or warned of.
    digests : mapping of str to str
        File name to SHA-256 of its bytes, for every file that was read; for very large files of events see
        `rmanalytics.intake.collaboration.parquet_files.event_digest`.
    linked : Linked or None
        Who answered under a code, where there are such answers; the answers themselves stand in the table *answers*.
    employments : DataFrame or None
        Every row of people, where somebody has more than one; the table *people* holds the latest of each.
    tallies : tuple of Tally
        What declared readers made of the rows of their files.
    headed : mapping of str to tuple of str
        Table to the columns that its (first) file has; the others are in the table too, and empty.
    """

    programme: Programme
    tables: Mapping[str, pd.DataFrame]
    accounts: tuple[Account, ...]
    problems: tuple[Problem, ...]
    digests: Mapping[str, str]
    linked: Linked | None = None
    employments: pd.DataFrame | None = None
    tallies: tuple[Tally, ...] = ()
    headed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kept: dict[tuple[Any, ...], Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was found in the tables and is asked for again, by who found it."""

    def has(self, *names: str) -> bool:
        """Whether all the tables named were supplied."""
        return all(name in self.tables for name in names)

    def table(self, name: str) -> pd.DataFrame:
        """One table.

        Raises
        ------
        KeyError
            When the table was not supplied.
        """
        return self.tables[name].copy(deep=False)

    def people_on(self, day: date, starts: pd.DataFrame | None = None) -> pd.DataFrame:
        """One row a person: for whoever has several employments the one that the day, or her or his own, belongs to."""
        if self.employments is None:
            return self.table("people")
        return employed_by(self.employments, pd.Timestamp(day), starts).reset_index(drop=True)


@dataclass(frozen=True, kw_only=True)
class _Read:
    sheet: Sheet | None
    problems: tuple[Problem, ...]
    digests: Mapping[str, str]
    refused: bool = False


def read_bundle(folder: Path, *, only: Collection[str] | None = None, met: dict[str, str] | None = None) -> Bundle:
    """Read and check a programme's folder.

    Parameters
    ----------
    folder : Path
        Holds ``programme.toml``, ``people.csv`` and whatever other tables there are.
    only : collection of str, optional
        Tables to read beside *people*, for a question that needs no more; what is not asked for is not opened.
        By default everything.
    met : dict, optional
        Filled with the pseudonyms that were given and the ids that they stand for, for `rmanalytics.run.identify`.

    Returns
    -------
    Bundle
        Typed tables, with an account of every row.

    Raises
    ------
    InputError
        Every problem of every file, when at least one of them refuses the input; RM-E-098 when files keep changing.

    Notes
    -----
    What is read is what was digested: a folder that changes while it is read is read again, and refused after the third
    time. At the end every file that was read still has the content that it was read with.
    """
    changed: list[str] = []
    for number in range(TRIES):
        time.sleep(PAUSE_SECONDS * bool(number))
        before = stamps_of(folder)
        refused, bundle = None, None
        try:
            bundle = _read_once(Path(folder), only, met)
        except InputError as error:
            refused = error
        after = stamps_of(folder)
        changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
        changed = [name for name in changed if refused or (bundle and name in bundle.digests)]
        changed += [] if bundle is None or changed else _other_content(bundle)
        if not changed:
            break
    if changed:
        rule, remedy = key("the file changed while it was read"), key("wait until its export is done, then call again")
        raise InputError(tuple(Problem(code="RM-E-098", file=n, rule=rule, remedy=remedy) for n in changed))
    if bundle is None:
        raise refused or ValueError("nothing was read")
    return bundle


def stamps_of(folder: Path) -> dict[str, Stamp]:
    """Name to size, time of change and number of every file in a folder, by which most changes are noticed."""
    found = {}
    for path in Path(folder).rglob("*"):
        with contextlib.suppress(OSError):  # gone meanwhile
            state = path.stat()
            if path.is_file():
                found[path.relative_to(folder).as_posix()] = (state.st_size, state.st_mtime_ns, state.st_ino)
    return found


def _other_content(bundle: Bundle) -> list[str]:
    """Files whose content is no longer what was read; a stamp alone misses a change within a tick of the clock."""
    found = []
    for name, digest in bundle.digests.items():
        try:
            same = event_digest(bundle.programme.folder / name) == digest
        except OSError:
            same = False
        found += [] if same else [name]
    return found


def _read_once(folder: Path, only: Collection[str] | None, met: dict[str, str] | None) -> Bundle:
    """Read a folder as it lies there; whether it changed meanwhile is for `read_bundle` to see."""
    programme = read_programme(folder, tuple(TABLES))
    _refuse_if_any([*_wrong_sources(programme), *check_readers(programme)])
    door = door_of(programme, aliases_of(programme), met)
    given: dict[str, tuple[Reading, ...]] = {}
    digests = _digest_settings(programme)
    found: list[Problem] = [*erased.told(door.erased), *unread(programme, RECEIPTS)] if only is None else []
    events_wanted = programme.events is not None and (only is None or "ties" in only)
    if events_wanted and not all(map(find_spec, EVENT_LIBRARIES)):
        rule, remedy = key("events are declared, and the extra that counts them is not installed"), INSTALL_EVENTS
        found.append(Problem(code="RM-E-117", file="events", rule=rule, remedy=remedy))
    sheets: dict[str, Sheet] = {}
    refused: set[str] = set()
    for name in (name for name in _ORDER if only is None or name in {*only, *REQUIRED, *_with_codes(only)}):
        table = with_covariates(TABLES[name], covariates_of(programme.subgroups))
        read = _read_table(programme, table, sheets, door, given)
        digests.update(read.digests)
        found += read.problems
        if read.sheet is not None:
            sheets[name] = _check(read.sheet, {n: s for n, s in sheets.items() if n not in refused}, programme)
        if name in HOMES and (read.refused or (name in sheets and _too_many_lost(sheets[name]))):
            refused.add(name)
    for reading in (one for several in given.values() for one in several):
        found += reading.problems
        digests.update(reading.digests)
    for sheet in sheets.values():
        found += problems(sheet)
    found += _therefore(programme, sheets, refused)
    counted = [account for name in TABLES if name in sheets for account in accounts(sheets[name])]
    _refuse_if_any(found, counted)
    tables = {name: _finished(sheets[name]) for name in TABLES if name in sheets}
    every = tables["people"]
    tables["people"] = every.drop_duplicates("person_id", keep="last").reset_index(drop=True)
    _refuse_if_any([*found, *check_telling(programme.leadership, tables, door)], counted)
    linked = _link(programme, tables)
    if programme.events is not None and events_wanted:
        from rmanalytics.intake.collaboration.ties import read_events  # noqa: PLC0415  (loads DuckDB: only where there are events)

        events = read_events(programme.folder, programme.events, door.given(tables["people"]["person_id"].tolist()))
        ends = {end: door.column(events.ties[end]) for end in ("source_id", "target_id")}
        tables["ties"] = _with_events(tables.get("ties"), events.ties.assign(**ends), ", ".join(programme.events.files))
        digests.update(events.digests)
        found += events.problems
        counted.append(events.account)
    return Bundle(
        programme=programme,
        tables=MappingProxyType({name: _quick_texts(table) for name, table in tables.items()}),
        accounts=tuple(counted),
        problems=tuple(found),
        digests=MappingProxyType(digests),
        linked=linked,
        employments=every if len(every) > len(tables["people"]) else None,
        tallies=tuple(tally for several in given.values() for one in several for tally in one.tallies),
        headed=MappingProxyType({name: tuple(sheet.headers) for name, sheet in sheets.items()}),
    )


def _quick_texts(table: pd.DataFrame) -> pd.DataFrame:
    """The same table, its texts Python's own where it is short: each call on Arrow's costs more than the rows do."""
    if len(table) > SHORT:
        return table
    texts = pd.StringDtype("python", na_value=np.nan)
    of_text = {name: texts for name, dtype in table.dtypes.items() if isinstance(dtype, pd.StringDtype)}
    return table.astype(of_text).set_axis(pd.Index(list(table.columns), dtype=texts), axis=1)


def _with_codes(only: Collection[str]) -> tuple[str, ...]:
    """Answers under codes are answers: whoever asks for those gets both."""
    return ("coded_answers",) if "answers" in only else ()


def _link(programme: Programme, tables: dict[str, pd.DataFrame]) -> Linked | None:
    """Put answers under codes among the answers, linked; the codes end here."""
    coded = tables.pop("coded_answers", None)
    if coded is None or programme.linkage is None:
        return None
    file = programme.tables.get("coded_answers", ("coded_answers.csv",))[0]
    refuse_two_ways(coded, tables.get("answers"), file)
    answers, linked = link_answers(coded, programme.linkage, tables["people"]["person_id"].tolist())
    tables["answers"] = in_order(pd.concat([tables.get("answers"), answers], ignore_index=True), TABLES["answers"])
    return linked


def _wrong_sources(programme: Programme) -> Iterator[Problem]:
    own = covariates_of(programme.subgroups)
    for name in {*own} & {column.name for column in TABLES["people"].columns}:
        rule: str = filled('no subgroup may be chosen by "{name}" of people', name=name)
        remedy: str = filled("use one of {n}, or a column of your own", n=", ".join(CONDITIONS))
        yield Problem(code="RM-E-005", file=FILE_NAME, column="subgroups.where", rule=rule, remedy=remedy)
    columns = {name: tuple(c.name for c in with_covariates(table, own).columns) for name, table in TABLES.items()}
    for where, rule, remedy in check_sources(programme.sources, columns, programme.id):
        yield Problem(code="RM-E-005", file=FILE_NAME, column=where, rule=rule, remedy=remedy)


def _too_many_lost(sheet: Sheet) -> bool:
    """Whether a table is refused for rows that cannot be used, so that its ids are not known either."""
    return bool((sheet.fate == QUARANTINED).any()) and any(p.effect == "refused" for p in problems(sheet))


def _therefore(programme: Programme, sheets: Mapping[str, Sheet], refused: Collection[str]) -> Iterator[Problem]:
    """What a refused home of ids leaves unchecked: one consequence, beside its cause, instead of every id unknown."""
    for home in refused:
        names = [
            name
            for name, sheet in sheets.items()
            if name != home and any(c.person if home == "people" else c.tandem for c in sheet.table.columns)
        ]
        if names:
            file = programme.tables.get(home, (f"{home}.csv",))[0]
            rule = filled("therefore {n} tables cannot be linked: {n2}", n=len(names), n2=", ".join(names))
            yield Problem(
                code="RM-E-082",
                file=file,
                rule=rule,
                remedy=filled("mend {home}; the other tables may be right", home=home),
            )


def _refuse_if_any(found: list[Problem], counted: Sequence[Account] = ()) -> None:
    if any(problem.effect == "refused" for problem in found):
        raise InputError(tuple(found), tuple(counted))


def _with_events(ties: pd.DataFrame | None, events: pd.DataFrame, file: str) -> pd.DataFrame:
    """Ties of both sources; a wave of one kind of tie comes from one of them alone."""
    if ties is None:
        return events
    wave = ["wave_date", "kind"]
    if len(ties[wave].drop_duplicates().merge(events[wave].drop_duplicates(), on=wave)):
        rule = key("a wave of this kind of tie is in the table ties as well")
        remedy = key("give each wave from one source, or name the kind under [network.events] otherwise")
        raise InputError((Problem(code="RM-E-116", file=file, rule=rule, remedy=remedy),))
    return in_order(pd.concat([ties, events]), TABLES["ties"])


def _check(sheet: Sheet, sheets: Mapping[str, Sheet], programme: Programme) -> Sheet:
    """All rules of one table, given the tables read before it."""
    people, tandems = sheets.get("people"), sheets.get("tandems")
    name = sheet.table.name
    if people is not None and name != "people":
        sheet = link_people(sheet, people)
    if tandems is not None:
        sheet = link_tandems(sheet, tandems)
    sheet = check_repeats(check_rows(sheet, programme, tandems))
    if name == "coded_answers":
        sheet = check_codes(sheet, programme)
    if name == "people":
        sheet = check_employments(sheet)
    if name == "tandems":
        sheet = check_tandems(sheet, allow_two=programme.allow_two_tandems)
    if name == "comparison" and tandems is not None:
        drawn = [one.id for one in programme.rounds if any((programme.folder / RECEIPTS).glob(f"{one.id}-draw-*.json"))]
        sheet = check_comparison(sheet, tandems, drawn=drawn)
    return sheet


def _read_table(
    programme: Programme,
    table: Table,
    before: Mapping[str, Sheet],
    door: Door,
    given: dict[str, tuple[Reading, ...]],
) -> _Read:
    """Read all files of one table, and what readers give of it; a table without either is absent."""
    declared, usual = programme.tables.get(table.name), f"{table.name}.csv"
    sheets: list[Sheet] = []
    found: list[Problem] = []
    digests: dict[str, str] = {}
    failed = False

    def add(grids: Callable[[], Iterator[Grid]]) -> None:
        nonlocal failed
        try:
            for grid in grids():
                found.extend(grid.problems)
                part, warned = read_sheet(grid, table, programme, door)
                found.extend(warned)
                sheets.append(part)
        except InputError as error:
            found.extend(error.problems)
            failed = True

    def of_file(name: str) -> Iterator[Grid]:
        for opened in open_table(programme, table, name):
            digests[split_sheet(name)[0]] = opened.digest
            yield opened.grid

    for reading in readings(programme, table.name, before, door, given):
        if isinstance(reading, InputError):
            found += reading.problems
            failed = True
        else:
            add(partial(iter, (reading.grids[table.name],)))
    needed = table.name in REQUIRED and not sheets and not failed
    there = usual not in programme.source_files and (programme.folder / usual).exists()
    for name in declared or ((usual,) if needed or there else ()):
        add(partial(of_file, name))
    if not sheets and not failed:
        return _Read(sheet=None, problems=(), digests={})
    sheet = stack(sheets) if sheets and not failed else None
    if failed:
        found += [problem for part in sheets for problem in problems(part)]
    return _Read(sheet=sheet, problems=tuple(found), digests=digests, refused=failed)


def _finished(sheet: Sheet) -> pd.DataFrame:
    """The used rows, in an order that does not depend on that of the files: by key, else by all columns."""
    frame = in_order(sheet.frame if sheet.live.all() else sheet.frame[sheet.live], sheet.table)
    whole = {c.name: "int64" for c in sheet.table.columns if c.kind == "whole" and c.filled}
    dates = [c.name for c in sheet.table.columns if c.kind == "date" and c.time]
    return frame.astype(whole).assign(**{name: frame[name].dt.floor("D").astype("datetime64[s]") for name in dates})


def in_order(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The rows by the table's key, else by all its columns, missing values first; numbered anew.

    Examples
    --------
    >>> frame = pd.DataFrame({"vacancy_id": ["v", "v"], "person_id": ["b", "a"], "applied_date": pd.NaT})
    >>> in_order(frame, TABLES["applications"])["person_id"].tolist()
    ['a', 'b']
    """
    by = list(table.key) or [column.name for column in table.columns]
    order = order_of(*(pd.factorize(frame[name], sort=True)[0] for name in by))
    return (frame if order is None else frame.take(order)).reset_index(drop=True)


def _digest_settings(programme: Programme) -> dict[str, str]:
    names = (FILE_NAME, *programme.instrument_files, *(n for n in (erased.NAME,) if (programme.folder / n).is_file()))
    return {name: hashlib.sha256((programme.folder / name).read_bytes()).hexdigest() for name in names}
