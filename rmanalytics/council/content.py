"""The pack as plain data: sections of paragraphs, tables and lines to fill; its digest, and what changed since another.

Unit: one pack in one language. The same content becomes a page and a Word file, so that both say the same.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from typing import NamedTuple

from rmanalytics.language.translator import LANGUAGES
from rmanalytics.receipts.chain import canonical

Lines = Sequence[tuple[str, Sequence[str]]]
"""Title of a section and one of its lines, as cells: what a digest is made of and two packs are compared by."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what it is about, heads and rows, all of them texts."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Blank:
    """A line that people fill in by hand."""

    label: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section; ``declared`` says whether it follows from the declaration, and so counts in the digest."""

    title: str
    parts: tuple[str | Table | Blank, ...]
    declared: bool = True

    @property
    def signed(self) -> bool:
        """Whether several people fill it in by hand, on a page of its own."""
        return sum(isinstance(part, Blank) for part in self.parts) > 1

    def lines(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Its lines as cells; a row of a titled table begins with that title."""
        for part in self.parts:
            if isinstance(part, Table):
                yield from ((self.title, (part.title, *row) if part.title else row) for row in part.rows)
            else:
                yield self.title, (part if isinstance(part, str) else part.label,)


@dataclass(frozen=True, kw_only=True)
class Pack:
    """A pack in one language.

    Parameters
    ----------
    language, title, about : str
        Language, heading, and one line beneath it.
    made, digest : date, str
        The day, and the digest of what follows from the declaration, the same in every language.
    sections : tuple of Section
        In their order.
    """

    language: str
    title: str
    about: str
    made: date
    digest: str
    sections: tuple[Section, ...] = field(repr=False)

    @property
    def lines(self) -> list[tuple[str, tuple[str, ...]]]:
        """All lines that follow from the declaration."""
        return [line for section in self.sections if section.declared for line in section.lines()]

    @property
    def tables(self) -> dict[str, Table]:
        """Its tables by section and title."""
        found = ((s.title, part) for s in self.sections for part in s.parts if isinstance(part, Table))
        return {f"{title}: {part.title}" if part.title else title: part for title, part in found}

    @property
    def text(self) -> str:
        """All of it as plain text."""
        parts = (f"{section.title}\n" + "\n".join(map(_plain, section.parts)) for section in self.sections)
        return "\n\n".join((f"{self.title}\n{self.about}", *parts))


def _plain(part: str | Table | Blank) -> str:
    if isinstance(part, Table):
        head = [part.title] if part.title else []
        return "\n".join([*head, *("  " + " | ".join(cells) for cells in (part.head, *part.rows))])
    return part if isinstance(part, str) else f"{part.label}: ____________"


def digest(lines: Mapping[str, Lines]) -> str:
    """SHA-256 over the lines of a pack in every language, 64 hex digits."""
    return hashlib.sha256(
        canonical({name: [[t, *cells] for t, cells in own] for name, own in lines.items()})
    ).hexdigest()


class Change(NamedTuple):
    """A line that is another one now: its section, what was signed, what stands there today; empty where none does."""

    section: str
    signed: str
    now: str


ALIKE = 0.6
"""How much of two lines is the same (of 1) where they are told as one change."""


def changes(signed: Lines, now: Lines) -> tuple[Change, ...]:
    """What changed between two packs of one language, section by section; where a line stands does not matter.

    Lines that are alike are told as one change, and a table that came or went as a whole by its title alone.

    Examples
    --------
    >>> changes([("Purpose", ("from k = 5 people",))], [("Purpose", ("from k = 7 people",))])
    (Change(section='Purpose', signed='from k = 5 people', now='from k = 7 people'),)
    """
    before, after = _by_section(signed, now), _by_section(now, signed)
    found = []
    for title in dict.fromkeys((*after, *before)):
        own, old = after.get(title, []), before.get(title, [])
        gone = [text for text in old if text not in own]
        for text in (text for text in own if text not in old):
            near = max(gone, key=lambda one: _alike(one, text), default="")
            near = near if _alike(near, text) >= ALIKE else ""
            gone = [one for one in gone if one != near]
            found.append(Change(title, near, text))
            found += changes(_rows(signed, title, near), _rows(now, title, text)) if near else ()
        found += [Change(title, text, "") for text in gone]
    return tuple(found)


def _by_section(lines: Lines, others: Lines) -> dict[str, list[str]]:
    """Lines as texts by section; rows under a heading that the other pack lacks there are told by it, once."""
    heads = Counter((title, cells[0]) for title, cells in lines)
    known = {(title, cells[0]) for title, cells in others}
    found: dict[str, dict[str, None]] = {}
    for title, cells in lines:
        whole = heads[title, cells[0]] > 1 and (title, cells[0]) not in known
        found.setdefault(title, {})[cells[0] if whole else " | ".join(cells)] = None
    return {title: list(texts) for title, texts in found.items()}


def _rows(lines: Lines, title: str, head: str) -> Lines:
    """The rows under a heading, without it."""
    return [(title, cells[1:]) for section, cells in lines if section == title and cells[0] == head and cells[1:]]


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() if one else 0.0


def as_json(packs: Mapping[str, Pack]) -> str:
    """The file that a later pack is compared with: day, digest, and the lines in every language."""
    one = next(iter(packs.values()))
    told = {name: [[title, *cells] for title, cells in pack.lines] for name, pack in packs.items()}
    document = {"made": one.made.isoformat(), "digest": one.digest, "lines": told}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def read_json(text: str) -> tuple[date, str, dict[str, Lines]] | None:
    """Day, digest and lines of such a file; None where it is none, or is no longer as it was written."""
    try:
        document = json.loads(text)
        lines: dict[str, Lines] = {
            name: [(one[0], tuple(one[1:])) for one in own] for name, own in document["lines"].items()
        }
        made, own = date.fromisoformat(document["made"]), digest(lines)
        whole = own == document["digest"] and set(lines) == set(LANGUAGES)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None
    return (made, own, lines) if whole else None
