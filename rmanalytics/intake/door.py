"""The door: personal ids become pseudonyms before anything is kept, by a key that stays on this machine.

Unit: one id. HMAC-SHA-256 under the programme's key, written as letters and digits that no reader takes for a number;
the same id gives the same pseudonym as long as the key is there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.erased import STAND_IN, Erased, list_of
from rmanalytics.intake.values import clean
from rmanalytics.language.translator import filled
from rmanalytics.programme.keys import key_of
from rmanalytics.programme.programme import Programme
from rmanalytics.programme.sources import AS_GIVEN, KEYED

KEY_FILE = "pseudonyms.key"
LEAST_LENGTH, LEAST_RUNS, MOST_OTHERS = 8, 3, 0.95
_RUNS = re.compile(r"[0-9]+|[^\W\d_]+")
LENGTH = 20
"""Characters beside the leading letter: 100 bits, in which no two people of any company meet."""
_OURS = re.compile(rf"{STAND_IN}|p[a-z2-7]{{{LENGTH}}}")
"""What is a pseudonym of ours already: lists that we hand out come back as files."""


@dataclass(frozen=True)
class Door:
    """What happens to ids at the door.

    Parameters
    ----------
    key : bytes or None
        Key of the pseudonyms; None where ids pass as they are.
    aliases : mapping of str to str
        E-mail addresses or names, in small letters, to the id of the same person.
    declared : bool
        Whether ids are declared to be pseudonyms already, and must look like such.
    met : dict of str to str
        Pseudonym to id, where somebody asks who it is, or events hold ids; else None.
    erased : Erased, optional
        People who were erased: a stand-in goes on in place of their ids.
    """

    key: bytes | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    declared: bool = False
    met: dict[str, str] | None = None
    erased: Erased | None = None

    @property
    def open(self) -> bool:
        """Whether every id passes as it is."""
        return self.key is None and not self.aliases and self.erased is None

    def names(self, ids: Iterable[str]) -> list[str]:
        """What goes on in place of the ids; empty ones stay empty.

        Examples
        --------
        >>> door = Door(b"key", {"anna@example.org": "4711"})
        >>> one, same, other = door.names(["4711", "Anna@Example.org", "4712"])
        >>> one == same, one == other, one[0], len(one)
        (True, False, 'p', 21)
        """
        named = [self.aliases.get(clean(given).casefold(), given) for given in ids] if self.aliases else list(ids)
        found = named if self.key is None else [self.pseudonym(given) if given else given for given in named]
        if self.met is not None and self.key is not None:
            self.met.update(pair for pair in zip(found, named, strict=True) if pair[0] != pair[1])
        if self.erased is None:
            return found
        return [self.erased.stand_in(*ids) or ids[1] for ids in zip(named, found, strict=True)]

    def column(self, ids: pd.Series[str]) -> pd.Series[str]:
        """`names` of a whole column, each id once."""
        codes, distinct = pd.factorize(ids)
        return pd.Series(pd.array([*self.names(distinct), None], dtype="str").take(codes), index=ids.index)

    def given(self, names: Sequence[str]) -> Sequence[str]:
        """The ids for which pseudonyms stand, where they were met; else as they are."""
        return [self.met.get(name, name) for name in names] if self.met else names

    def pseudonym(self, given: str) -> str:
        """The pseudonym of an id; one of ours, and a stand-in of somebody erased, stays.

        Examples
        --------
        >>> door = Door(b"key")
        >>> door.pseudonym(door.pseudonym("4711")) == door.pseudonym("4711")
        True
        """
        if _OURS.fullmatch(given):
            return given
        folded = given.casefold() if "@" in given or " " in given else given
        digest = hmac.new(self.key or b"", folded.encode(), hashlib.sha256).digest()
        return "p" + base64.b32encode(digest).decode().lower()[:LENGTH]


def door_of(programme: Programme, aliases: Mapping[str, str], met: dict[str, str] | None) -> Door:
    """The door of a programme; its key is made on the first call.

    Raises
    ------
    InputError
        RM-E-144 when others may read the key, RM-E-198 where receipts name people by a key that is lost, RM-E-201 where
        the list of people who were erased cannot be applied.
    """
    ids = programme.sources.ids
    named = any((programme.folder / "receipts" / "private").glob("*.json"))
    key = key_of(programme.id, KEY_FILE, make=not named) if ids == KEYED else None
    if ids == KEYED and key is None:
        rule = filled("receipts name people by a key of the pseudonyms that is not there")
        remedy = filled("put {file} back from a backup, or read the data on the account that keeps it", file=KEY_FILE)
        raise InputError((Problem(code="RM-E-198", file=KEY_FILE, rule=rule, remedy=remedy),))
    declared = ids == AS_GIVEN and not programme.simulated
    met = {} if met is None and key and programme.events else met  # events are counted under the ids that they hold
    return Door(key=key, aliases=aliases, declared=declared, met=met, erased=list_of(programme))


def unlike_pseudonyms(ids: Iterable[str]) -> bool:
    """Whether ids look like staff numbers, names or initials with a year, and not like tokens of a machine.

    A token has eight characters or more, in which letters and digits take turns; one in twenty may be another.

    Examples
    --------
    >>> [unlike_pseudonyms([one]) for one in ("4711", "mueller1975", "9f3a1c07b2")]
    [True, True, False]
    """
    given = list(ids)
    tokens = sum(len(one) >= LEAST_LENGTH and len(_RUNS.findall(one)) >= LEAST_RUNS for one in given)
    return bool(given) and tokens < MOST_OTHERS * len(given)
