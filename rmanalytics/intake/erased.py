"""People who were erased: a list of keyed digests, and what becomes of rows of exports that still name them.

Unit: one person. The list lies in the programme's folder and beside its key, so that one lost list brings nobody back;
without the key nothing is read. A tandem stays for the other one's sake, with ``erased-1`` in place of an id.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rmanalytics.errors import InputError, Problem
from rmanalytics.language.translator import filled, key, plural
from rmanalytics.programme.keys import key_folder, key_of

if TYPE_CHECKING:
    from rmanalytics.programme.programme import Programme

NAME, KEY, OPEN = "erased.json", "erasure.key", "erasure-open.json"
STAND_IN = r"erased-[0-9]+"
"""What stands in place of somebody erased, in memory and in files that name somebody else too."""
STAY = (("tandems", "mentor_id"), ("tandems", "mentee_id"), ("positions", "manager_id"))
"""Columns whose row tells of somebody else: it stays, with the stand-in in it."""
ROWS_LEFT_OUT = key("rows of people who were erased were left out")
NEXT_EXPORT = key("nothing to do; leave them out of the next export")
_DECIMALS = re.compile(r"(?<=[0-9])[.,]0+$")


@dataclass(frozen=True)
class Erased:
    """The list as the door applies it.

    Parameters
    ----------
    key : bytes
        Of the digests.
    people : tuple of mapping
        ``digests`` of each person's ids, and ``on``, the day of the erasure.
    """

    key: bytes
    people: tuple[Mapping[str, Any], ...]

    def __post_init__(self) -> None:
        numbers = {digest: n for n, one in enumerate(self.people, start=1) for digest in one["digests"]}
        object.__setattr__(self, "_numbers", numbers)

    def stand_in(self, *names: str) -> str:
        """What stands for a person with one of these ids; empty for somebody who is not on the list.

        Examples
        --------
        >>> one = Erased(b"key", ({"digests": [digest_of(b"key", "4711")], "on": "2026-11-29"},))
        >>> one.stand_in("4711"), one.stand_in("4711.0"), one.stand_in("4712")
        ('erased-1', 'erased-1', '')
        """
        for name in names:
            for form in (name, _DECIMALS.sub("", name)):
                number = self._numbers.get(digest_of(self.key, form))  # type: ignore[attr-defined]
                if number is not None:
                    return f"erased-{number}"
        return ""


def digest_of(secret: bytes, name: str) -> str:
    """Digest of an id by which nobody without the key can find out whose it is; capitals make no difference."""
    return hmac.new(secret, name.casefold().encode(), hashlib.sha256).hexdigest()


def list_of(programme: Programme) -> Erased | None:
    """The people erased from a programme; None where there are none.

    Raises
    ------
    InputError
        RM-E-201 where the list is there and cannot be applied: its key is missing or another, or it is damaged.
    """
    lists = [_read(path) for path in places(programme)]
    people: list[Mapping[str, Any]] = []
    for one in sorted(lists, key=lambda read: -len(read["people"])):
        known = {digest for person in people for digest in person["digests"]}
        people += [person for person in one["people"] if known.isdisjoint(person["digests"])]
    if not people:
        return None
    secret = key_of(programme.id, KEY, make=False) if programme.id else None
    if secret is None or any(one["key"] not in ("", mark_of(secret)) for one in lists):
        raise _refused(
            key("people were erased, and the key of their list is not there"),
            filled("restore {key} from a backup", key=KEY),
        )
    return Erased(secret, tuple(people))


def places(programme: Programme) -> tuple[Path, ...]:
    """Where the list lies: in the programme's folder, and beside the key."""
    return (programme.folder / NAME, *((key_folder(programme.id) / NAME,) if programme.id else ()))


def mark_of(secret: bytes) -> str:
    """By what a list names its key."""
    return hashlib.sha256(secret).hexdigest()[:16]


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if all(isinstance(one["digests"], list) and one["on"] for one in found["people"]) and found["key"]:
            return found
    except FileNotFoundError:
        return {"key": "", "people": []}
    except (OSError, ValueError, TypeError, KeyError):
        pass
    raise _refused(key("the list of people who were erased is damaged"), key("restore it from a backup"))


def _refused(rule: str, remedy: str) -> InputError:
    return InputError((Problem(code="RM-E-201", file=NAME, rule=rule, remedy=remedy),))


def add(programme: Programme, people: Iterable[Iterable[str]], on: date) -> Erased:
    """Put people, each with all her or his ids, on the list, where they are not yet; it is whole at every moment.

    Raises
    ------
    InputError
        RM-E-201 as in `list_of`.
    """
    known = list_of(programme)
    secret = key_of(programme.id, KEY, make=True) or b""
    lines = [dict(one) for one in known.people] if known else []
    for names in people:
        digests = {digest_of(secret, name) for name in names}
        mine = next((one for one in lines if not digests.isdisjoint(one["digests"])), None)
        if mine is None:
            mine = {"digests": [], "on": on.isoformat()}
            lines.append(mine)
        mine["digests"] = sorted(digests | set(mine["digests"]))
    for path in reversed(places(programme)):
        _write(path, {"key": mark_of(secret), "people": lines})
    return Erased(secret, tuple(lines))


def _write(path: Path, document: Mapping[str, Any]) -> None:
    part = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps(document, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def open_file(programme: Programme) -> Path:
    """Where the names of those lie whose erasure has begun and is not finished: beside the key."""
    return key_folder(programme.id) / OPEN


def begin(programme: Programme, people: Iterable[Iterable[str]], on: date) -> None:
    """Keep the names of those who are erased until the erasure is finished."""
    path = open_file(programme)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(path, {"on": on.isoformat(), "people": [sorted(one) for one in people]})


def unfinished(programme: Programme) -> tuple[str, tuple[frozenset[str], ...]]:
    """The day of an erasure that was stopped, and the names of its people; nothing where none was."""
    path = open_file(programme) if programme.id else None
    if path is None or not path.is_file():
        return "", ()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return str(found["on"]), tuple(frozenset(map(str, one)) for one in found["people"])
    except (OSError, ValueError, TypeError, KeyError):
        raise _refused(
            key("the names of an erasure that was stopped are damaged"), filled("delete {open}, erase again", open=OPEN)
        ) from None


def told_unfinished(programme: Programme) -> tuple[str, ...]:
    """That an erasure was stopped, for `status`: how many people, never who."""
    day, people = unfinished(programme)
    if not people:
        return ()
    left = plural(
        "the erasure of {n} person, begun on {day}, is not finished: rmanalytics erase PROGRAMME finishes it",
        "the erasure of {n} people, begun on {day}, is not finished: rmanalytics erase PROGRAMME finishes it",
    )
    return (filled(left, n=len(people), day=day),)


def told(erased: Erased | None) -> Iterator[Problem]:
    """How many were erased; never who."""
    if erased is not None:
        rule = filled("people who were erased: {n}; no figure rests on them", n=len(erased.people))
        yield Problem(code="RM-W-206", file=NAME, rule=rule, remedy=key("nothing to do"))
