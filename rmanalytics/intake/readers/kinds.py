"""The kinds of exports that can be read, and the declared readers of a programme."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from importlib import import_module

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.door import Door
from rmanalytics.intake.readers.kind import NO_SAMPLE, Asked, Kind, Reading
from rmanalytics.intake.readers.raw import open_raw
from rmanalytics.intake.sheet import Sheet
from rmanalytics.intake.values import clean
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.programme import FILE_NAME, Programme
from rmanalytics.programme.strict_toml import check_block

KINDS = (
    "forms",
    "ical",
    "limesurvey",
    "platform",
    "qualtrics",
    "snapshots",
    "spells",
    "surveymonkey",
    "viva",
    "wide",
    "workbook",
)
"""Each is a module of this room, loaded where a programme declares it."""


def kind_named(name: str) -> Kind:
    """A kind of export.

    Examples
    --------
    >>> kind_named("qualtrics").tables
    ('answers', 'coded_answers')
    """
    kind: Kind = import_module(f"{__package__}.{name}").KIND
    return kind


def sample_of(kind: str) -> str:
    """That nobody has seen a file of a kind but its maker's description of it; empty where somebody has."""
    return NO_SAMPLE if kind_named(kind).sample == NO_SAMPLE else ""


def check_readers(programme: Programme) -> tuple[Problem, ...]:
    """Every problem of the declared readers, and of the columns that they name."""
    found: list[Problem] = []
    for name, given in programme.sources.readers.items():
        where = f"readers.{name}"
        if given["kind"] not in KINDS:
            near = difflib.get_close_matches(str(given["kind"]), KINDS, n=1, cutoff=0.5)
            remedy = (
                filled('did you mean "{n}"', n=near[0])
                if near
                else filled("use one of: {names}", names=", ".join(KINDS))
            )
            rule = key("there is no such kind of reader")
            found.append(Problem(code="RM-E-005", file=FILE_NAME, column=f"{where}.kind", rule=rule, remedy=remedy))
        else:
            found += check_block(given, kind_named(str(given["kind"])).block, FILE_NAME, where)
    return tuple(found)


def readings(
    programme: Programme, table: str, sheets: Mapping[str, Sheet], door: Door, kept: dict[str, tuple[Reading, ...]]
) -> Iterator[Reading | InputError]:
    """What the readers give that may fill a table; each reads its files once, for all its tables.

    Parameters
    ----------
    programme : Programme
        With its declared readers.
    table : str
        The table.
    sheets : mapping of str to Sheet
        The tables that were read before.
    door : Door
        For readers that must know who somebody is.
    kept : dict
        What readers gave before, by their names.

    Yields
    ------
    Reading or InputError
        Why a reader could not read is given as well, once.
    """
    for name, given in programme.sources.readers.items():
        kind = kind_named(str(given["kind"]))
        if table not in kind.tables:
            continue
        if name not in kept:
            kept[name] = ()
            asked = Asked(name=name, given=given, programme=programme, sheets=sheets, door=door)
            try:
                kept[name] = tuple(kind.read(asked))
            except InputError as error:
                yield error
        yield from (reading for reading in kept[name] if table in reading.grids)


def aliases_of(programme: Programme) -> dict[str, str]:
    """E-mail addresses or names to ids, from the list that ``[pseudonyms.aliases]`` declares.

    Raises
    ------
    InputError
        RM-E-013 for a missing column, RM-E-157 where one alias belongs to two ids.
    """
    given = programme.sources.aliases
    found: dict[str, str] = {}
    if not given:
        return found
    rule, remedy = key("the column is missing"), key("correct its header under [pseudonyms.aliases]")
    every = [
        raw
        for file in given["files"]
        for raw in open_raw(programme.folder, file, header_row=programme.sources.of_file(file).get("header_row", 1))
    ]
    for raw in every:
        columns = [raw.at(given[name]) for name in ("id", "alias")]
        for name, number in zip(("id", "alias"), columns, strict=True):
            if number is None:
                raise InputError(
                    (Problem(code="RM-E-013", file=raw.name, rule=rule, remedy=remedy, column=given[name]),)
                )
        for row, person, alias in zip(raw.rows, *(map(clean, raw.texts(n)) for n in columns), strict=True):
            folded = alias.casefold()
            if folded and person and found.setdefault(folded, person) != person:
                twice = key("an e-mail address or name belongs to two ids")
                mend = key("give each person an alias of her or his own, such as the e-mail address")
                raise InputError(
                    (Problem(code="RM-E-157", file=raw.name, rule=twice, remedy=mend, rows=(int(row),), row_count=1),)
                )
    return found
