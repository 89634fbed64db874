"""What a programme's tables leave unanswered: each absent table, column or scale, with the claims that it costs.

Unit: one thing that is lacking. Read from what each claim says that it needs; nothing is computed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from rmanalytics.evaluation.claims import Claim, claims
from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.programme import FILE_NAME, Programme

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle

_NEED = re.compile(r"(\w+\.(?:csv|toml))(?::([^;]*))?")
_KEY = re.compile(r"\w+\.\w+")
_WORD = re.compile(r"\w+")
_BOTH_GROUPS = re.compile(r"both\sgroups")
WAVES = ("pre", "post", "pulse")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A file that is not there, or a column, a scale or a key that it does not have, and the claims that need it.

    Parameters
    ----------
    file : str
        ``positions.csv`` for the table positions, ``programme.toml``, or empty for what no file can give.
    part : str
        The column or key; of answers the scale, with the wave that is lacking; empty where the whole table is.
    claims : tuple of str
        Ids of the claims that cannot be answered without it.
    """

    file: str
    part: str
    claims: tuple[str, ...]


def lacking(bundle: Bundle) -> tuple[Lack, ...]:
    """What is lacking, the one that costs most claims first.

    Parameters
    ----------
    bundle : Bundle
        The tables as they were read.

    Returns
    -------
    tuple of Lack
        A claim stands at everything that it lacks.
    """
    costs: dict[tuple[str, str], list[str]] = {}
    for claim in claims():
        for thing in dict.fromkeys(_lacks(claim, bundle)):
            costs.setdefault(thing, []).append(claim.id)
    found = [Lack(file=file, part=part, claims=tuple(ids)) for (file, part), ids in costs.items()]
    return tuple(sorted(found, key=lambda lack: -len(lack.claims)))


def _lacks(claim: Claim, bundle: Bundle) -> Iterator[tuple[str, str]]:
    """Files and their parts that a claim needs and that are not there."""
    for part in (one for one in claims() if one.id in claim.parts):
        yield from _lacks(part, bundle)
    needs, _, _ = claim.needs["en"].partition("; better ")
    wanted = dict(_NEED.findall(needs))
    if not wanted:
        yield "", ""
    if _BOTH_GROUPS.search(needs):
        wanted.setdefault("comparison.csv", "")
    if not bundle.has("tandems") and claim.id not in WITHOUT_TANDEMS:
        yield "tandems.csv", ""
    for file, said in wanted.items():
        table = file.removesuffix(".csv")
        if file == FILE_NAME:
            yield from ((file, name) for name in _KEY.findall(said) if not _declared(bundle.programme, name))
        elif not bundle.has(table):
            yield file, ""
        elif table == "answers":
            yield from _scales(claim, said, bundle)
        else:
            headed, words = bundle.headed.get(table, ()), _WORD.findall(said)
            columns = [column.name for column in TABLES[table].columns if headed and column.name not in headed]
            yield from ((file, name) for name in columns if name in words)


def _declared(programme: Programme, name: str) -> bool:
    """Whether ``programme.toml`` holds a key."""
    block, _, inner = name.partition(".")
    declared = tomllib.loads((programme.folder / FILE_NAME).read_text("utf-8-sig"))
    return inner in declared.get(block, {})


def _scales(claim: Claim, said: str, bundle: Bundle) -> Iterator[tuple[str, str]]:
    """The scale of a claim, and the waves that it is needed in, where the answers do not have them."""
    programme, answers = bundle.programme, bundle.table("answers")
    declared = [outcome.instrument for outcome in programme.outcomes if outcome.claim == claim.id]
    named = declared or [name for one in claim.outcome for name in one.split(".") if name in programme.instruments]
    items = {item.id for name in named for item in programme.instruments[name].items}
    waves = [wave for wave in WAVES if wave in _WORD.findall(said)]
    if not named:
        there = set(answers["wave"])
        yield from (("answers.csv", wave) for wave in waves if wave not in there)
        return
    there = set(answers.loc[answers["item"].isin(items), "wave"])
    if not there:
        yield "answers.csv", named[0]
    else:
        yield from (("answers.csv", f"{named[0]}, {wave}") for wave in waves if wave not in there)


WITHOUT_TANDEMS = frozenset({"C1", "C6", "C7", "C9"})
"""Claims about the company that speak of no tandem."""


def most_gained(lacks: Sequence[Lack], most: int = 3) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The few files that let most claims be answered, each with the claims that it adds to the ones before it.

    Examples
    --------
    >>> lacks = [Lack(file="a.csv", part="", claims=("A1", "A2")), Lack(file="b.csv", part="", claims=("A2", "A3"))]
    >>> most_gained(lacks)
    (('a.csv', ('A1',)), ('b.csv', ('A2', 'A3')))
    """
    needed: dict[str, set[str]] = {}
    for lack in lacks:
        for claim in lack.claims:
            needed.setdefault(claim, set()).add(lack.file)

    def gained(files: Iterable[str]) -> tuple[str, ...]:
        return tuple(claim for claim, missing in needed.items() if missing <= set(files))

    files = sorted({lack.file for lack in lacks if lack.file})
    left = list(max(combinations(files, min(most, len(files))), key=lambda chosen: len(gained(list(chosen)))))
    taken: list[str] = []
    told: list[tuple[str, tuple[str, ...]]] = []
    while left:
        best = max(left, key=lambda file: len(gained([*taken, file])))
        new = tuple(claim for claim in gained([*taken, best]) if claim not in gained(taken))
        left.remove(best)
        taken.append(best)
        told.append((best, new))
    return tuple(told)
