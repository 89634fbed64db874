"""What every kind of reader shares: what it is asked, what it gives, and the account of the rows of its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.door import Door
from rmanalytics.intake.grid import Grid
from rmanalytics.intake.sheet import Sheet
from rmanalytics.language.translator import key
from rmanalytics.programme.programme import FILE_NAME, Programme
from rmanalytics.programme.strict_toml import Block, Key

NO_SAMPLE = key("from the vendor's documentation, no sample seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of the rows of one file in a reader's hands, before they are the rows of a table.

    ``rows`` are those below the headers; the counts add up to them.
    """

    reader: str
    kind: str
    file: str
    rows: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader made of one file: a grid for each table, the file's account and problems, its digest."""

    grids: Mapping[str, Grid]
    tallies: tuple[Tally, ...]
    problems: tuple[Problem, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A declared reader, the programme, and the tables that were read before."""

    name: str
    given: Mapping[str, object]
    programme: Programme
    sheets: Mapping[str, Sheet] = field(default_factory=dict)
    door: Door = field(default_factory=Door)

    @property
    def files(self) -> tuple[str, ...]:
        """Its files, patterns filled in."""
        return self.given["files"]  # type: ignore[return-value]

    def texts(self, option: str) -> dict[str, str]:
        """An option that gives texts by name."""
        return dict(self.given.get(option, {}))  # type: ignore[call-overload,no-any-return]

    def header(self, column: str, *usual: str) -> tuple[str, ...]:
        """The headers that a column may have: the declared one, else the usual ones."""
        declared = self.texts("columns").get(column)
        return (declared,) if declared else usual

    def text(self, option: str, default: str = "") -> str:
        """An option that is one text."""
        return str(self.given.get(option, default))

    def refused(self, option: str, rule: str, remedy: str) -> InputError:
        """The refusal of what is declared."""
        where = f"readers.{self.name}.{option}"
        return InputError((Problem(code="RM-E-151", file=FILE_NAME, column=where, rule=rule, remedy=remedy),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of export.

    Parameters
    ----------
    about : str
        What it reads, for people.
    tables : tuple of str
        The tables that it gives.
    read : callable
        From what is asked to one reading a file.
    keys : mapping
        Its own options beside ``kind``, ``files``, ``columns`` and ``constants``.
    sample : str
        The file of others that it was tried on, or `NO_SAMPLE`.
    """

    about: str
    tables: tuple[str, ...]
    read: Callable[[Asked], Iterator[Reading]]
    keys: Mapping[str, Key | Block] = field(default_factory=dict)
    sample: str = NO_SAMPLE

    @property
    def block(self) -> Block:
        """Everything that its declaration may hold."""
        return Block(
            {
                "kind": Key(str, required=True),
                "files": Key((str, list, tuple), required=True),
                "columns": Key(dict, check=_texts),
                "constants": Key(dict, check=_texts),
                "header_row": Key(int, check=lambda value: None if 1 <= value <= 1000 else key("must be 1 to 1000")),
                **self.keys,
            }
        )


def _texts(value: dict[str, object]) -> str | None:
    return (
        None if all(isinstance(text, str) and text for text in value.values()) else key("must give a text to each name")
    )


TEXTS = Key(dict, check=_texts)
