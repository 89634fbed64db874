"""Words of the programme team at the door: none of them names a person of the data, or a unit.

Unit: one text of ``[leadership]``. What a text may say of figures is checked where ``programme.toml`` is read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

import pandas as pd

from rmanalytics.errors import Problem
from rmanalytics.intake.door import Door
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import key
from rmanalytics.programme.leadership import Leadership
from rmanalytics.programme.programme import FILE_NAME

LEAST_ID, LEAST_BEGUN = 3, 5
"""Signs from which on an id is looked for, and a unit's name also at the beginning of a longer word."""
WHOM_TO_ASK = ("leadership.contact", "leadership.owner")
_FIGURE = re.compile(r"\{[^{}]*\}")
_EDGE = ".,;:!?()[]\"'„“”‚‘’«»"


def check_telling(own: Leadership, tables: Mapping[str, pd.DataFrame], door: Door) -> Iterator[Problem]:
    """Texts of the team that hold an id or a name of the data, or the name of a unit.

    Whom to ask (``contact``, ``owner``) may be a unit: it says nothing of those who took part.

    Parameters
    ----------
    own : Leadership
        The texts.
    tables : mapping of str to DataFrame
        Tables of the programme, as far as they were read.
    door : Door
        What stands for the ids, addresses and names of the exports.

    Yields
    ------
    Problem
        RM-E-205.
    """
    if not own.texts:
        return
    ids = {one.casefold() for one in _values(tables, "id")}
    names = [one for one in door.aliases if " " in one]
    units = set(_values(tables, "text", "unit"))
    for column, text in own.texts:
        plain = _FIGURE.sub(" ", text)
        told = None
        if _names_somebody(plain, ids, names, door):
            told = key("the text names a person or an id"), key("name a role, or nobody")
        elif column not in WHOM_TO_ASK and any(_holds(plain, unit) for unit in units):
            told = key("the text names a unit"), key("say it without the unit: nothing outside is said of a unit")
        if told:
            yield Problem(code="RM-E-205", file=FILE_NAME, column=column, rule=told[0], remedy=told[1])


def _values(tables: Mapping[str, pd.DataFrame], kind: str, name: str = "") -> Iterator[str]:
    """Values of columns of a kind, of one name where it is given."""
    for table, data in tables.items():
        for column in TABLES[table].columns:
            if column.kind == kind and name in ("", column.name) and column.name in data:
                yield from (str(value) for value in data[column.name].dropna().unique())


def _names_somebody(text: str, ids: Collection[str], names: Iterable[str], door: Door) -> bool:
    """Whether a word of a text is an id, or stands for one at the door; or a name of several words is in it."""
    words = {part.strip(_EDGE) for word in text.split() for part in (word, *re.split(r"[/,;:()]", word))}
    long = sorted(word for word in words if len(word) >= LEAST_ID)
    if any(one.casefold() in ids for one in (*long, *door.names(long))):
        return True
    small = text.casefold()
    return any(name in small and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", small) for name in names)


def _holds(text: str, unit: str) -> bool:
    """Whether a text names a unit: a short name as it is written, a longer one in any letters, also in compounds.

    Examples
    --------
    >>> _holds("Das Vertriebsteam fehlte", "Vertrieb"), _holds("It is so", "IT"), _holds("IT fell back", "IT")
    (True, False, True)
    """
    end = "" if len(unit) >= LEAST_BEGUN else r"(?!\w)"
    short = len(unit) < LEAST_ID + 1
    return re.search(rf"(?<!\w){re.escape(unit)}{end}", text, 0 if short else re.IGNORECASE) is not None
