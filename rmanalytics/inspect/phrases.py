"""No sentence of its own: every word outside belongs to a phrase that the program has, or to a name of the release.

Phrases are handed in, as ids are: texts with gaps in braces, whatever their language. Plain Python alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_GAP = re.compile(r"\{[^{}]*\}")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_IDS = re.compile(
    r"RM-\d{4}H[12]-\w+-[0-9a-f]{4}|RM-\d{4}H[12]|\d{4}\s?H[12]|[QH][1-4]\s?\d{4}|\d{4}[QH][1-4]|\b[A-Z]\d{1,2}\b"
)
"""Evidence, rounds, quarters, and ids of claims."""
_TAGS = re.compile(r"<[^<>]{0,200}>")
_CODED = ("topic", "metric")
MONTHS = tuple(
    re.findall(
        r"\w+",
        "January February March April May June July August September October November December "
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    )
)
_DAY = re.compile(rf"\b(\d{{1,2}})\.?\s({'|'.join(dict.fromkeys(MONTHS))})(?:\s(\d{{4}}))?\b")


class Phrases:
    """What may be said outside: phrases of the program, names and words of the release.

    Parameters
    ----------
    texts : iterable of str
        Phrases in every language.
    document : mapping
        The release, for its names, sentences, days and the team's own words.
    days : iterable of str
        Days beside it, on which figures were struck.

    Attributes
    ----------
    unfounded : bool
        Whether a sentence of the release is itself of no phrase.
    """

    def __init__(self, texts: Iterable[str], document: Mapping[str, Any], days: Iterable[str] = ()) -> None:
        self._pieces: dict[str, set[tuple[str, ...]]] = {}
        self._strings, self._days = set(_strings(document)), set(_days(document, days))
        self._add(*texts, *_of(document), *MONTHS)
        said = [text for one in document["sentences"] for text in one["text"].values()]
        self.unfounded = any(self.strange(text) for text in said)
        self._add(*said, *document["decisions"], *document.get("answers", {}).values())
        self._add(*(str(document.get(name, "")) for name in ("contact", "owner")))
        self._units = {words(str(entry["of"])) for entry in document["entries"] if "of" in entry}

    def _add(self, *texts: str) -> None:
        for piece in (words(literal.replace("RM-", "")) for text in texts for literal in _GAP.split(text)):
            if piece:
                self._pieces.setdefault(piece[0], set()).add(piece)

    def strange(self, text: str, *, units: bool = False) -> bool:
        """Whether a text has a word that is of no phrase and no name, or a day that is none of the release's.

        Names of units and generations count as names where a table of splits may stand, ``units``.
        """
        plain = unicodedata.normalize("NFKC", _TAGS.sub(" ", text))
        if any(not self._known(found.groups("")) for found in _DAY.finditer(plain)):
            return True
        said, reached = words(_IDS.sub(" ", plain)), {0}
        for at in range(len(said)):
            if at in reached:
                own = self._pieces.get(said[at], set())
                reached |= {at + len(p) for p in (own | self._units if units else own) if said[at : at + len(p)] == p}
        return len(said) not in reached

    def repeated(self, facts: object) -> bool:
        """Whether every string of a file is one of the release."""
        return self._strings >= set(_strings(facts))

    def _known(self, day: tuple[str, ...]) -> bool:
        month = MONTHS.index(day[1]) % 12 + 1
        return any((int(day[0]), month, day[2] or one[2]) == one for one in self._days)


def words(text: str) -> tuple[str, ...]:
    """The words of a text in small letters, without digits and signs.

    Examples
    --------
    >>> words("People’s scores rose by 0.2 points (n = 30)")
    ('people’s', 'scores', 'rose', 'by', 'points', 'n')
    """
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _of(document: Mapping[str, Any]) -> Iterator[str]:
    """Names; a code of the programme as it is written out."""
    yield from (str(document[name]) for name in ("programme", "company", "currency"))
    yield from (text for kind in ("scales", "claims") for texts in document[kind].values() for text in texts.values())
    for entry in document["entries"]:
        yield from (str(entry[name]).replace("_", " ") for name in _CODED if name in entry)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _strings(one)


def _days(document: Mapping[str, Any], days: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    told = [*days]
    told += [one[end] for one in document["rounds"] for end in ("start", "end")]
    told += [str(document[name]) for name in ("data_until", "valid_until")]
    told += [str(one["valid_until"]) for one in document["sentences"]]
    told += [str(e[end]) for e in document["entries"] for end in ("date", "since") if end in e]
    team = [*document["decisions"], *document.get("answers", {}).values()]
    team += [str(document.get(name, "")) for name in ("contact", "owner")]
    told += re.findall(r"\d{4}-\d{2}-\d{2}", " ".join(team))
    told += [coming["end"]] if (coming := document.get("next")) else []
    told += [asked["by"]] if (asked := document.get("decide")) else []
    yield from ((int(day[8:]), int(day[5:7]), day[:4]) for day in told)
