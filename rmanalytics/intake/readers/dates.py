"""Days and moments with slashes or hyphens, as ISO: one order of day and month for a whole column."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rmanalytics.intake.readers.kind import Asked
from rmanalytics.language.translator import filled, inside, key
from rmanalytics.programme.strict_toml import Key

MONTH_FIRST, DAY_FIRST = "month_first", "day_first"
DATES = Key(
    str,
    check=lambda value: (
        None
        if value in (MONTH_FIRST, DAY_FIRST)
        else filled("must be {month_first} or {day_first}", month_first=MONTH_FIRST, day_first=DAY_FIRST)
    ),
)
_SLASHED = re.compile(
    r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4}|[0-9]{2})"
    r"(?:,? +([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?"
    r" *([AaPp])?\.?[Mm]?\.?(?: +(?:[A-Z]{2,5}|GMT[+-][0-9:]+))?)?"
)


def iso(asked: Asked, file: str, texts: Iterable[str]) -> list[str]:
    """Dates with slashes, or hyphens and the year last, as ISO; others as they are, for the intake reads those.

    Which of the first two numbers is the month is declared (``dates``), or told by a day above 12 in the column.

    Raises
    ------
    InputError
        RM-E-151 where it cannot be told.
    """
    texts = [text.strip() for text in texts]
    found = [_SLASHED.fullmatch(text) for text in texts]
    there = [match for match in found if match]
    if not there:
        return texts
    declared = asked.text("dates")
    first, second = any(int(m[1]) > 12 for m in there), any(int(m[2]) > 12 for m in there)
    two_digits = any(len(m[3]) == 2 for m in there)
    if (not declared and first == second) or two_digits:
        rule = key("years have two digits") if two_digits else key("day and month cannot be told apart")
        how = (
            key("export them with four")
            if two_digits
            else filled(
                'add dates = "{month_first}" or dates = "{day_first}"', month_first=MONTH_FIRST, day_first=DAY_FIRST
            )
        )
        raise asked.refused("dates", filled("in the dates of {file} {rule}", file=file, rule=inside(rule)), how)
    month_first = declared == MONTH_FIRST if declared else second
    return [_iso(match, month_first=month_first) if match else text for match, text in zip(found, texts, strict=True)]


def _iso(match: re.Match[str], *, month_first: bool) -> str:
    month, day = (match[1], match[2]) if month_first else (match[2], match[1])
    made = f"{match[3]}-{int(month):02d}-{int(day):02d}"
    if match[4] is None:
        return made
    hour = int(match[4])
    if match[7]:
        hour = hour % 12 + 12 * (match[7].lower() == "p")
    return f"{made} {hour:02d}:{match[5]}:{match[6] or '00'}"
