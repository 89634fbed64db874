"""Dates of a column: one format for the whole column, ISO unless every cell agrees on another.

Unit: one distinct text. Days are never guessed: where day and month could be swapped, the column is refused.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from rmanalytics.intake.marks import NOTHING_TO_DO, Mark, mask
from rmanalytics.language.translator import filled, key

OPEN_END = (date(9999, 12, 31), date(9999, 1, 1), date(2999, 12, 31))
_EXCEL_ZERO = date(1899, 12, 30)

_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]{1,9})?)?"
    r"(Z| ?[+-][0-9]{2}:?[0-9]{2})?)?"
)
_ZONE = re.compile(r"(?:Z|[+-][0-9]{2}:?[0-9]{2})$")
DAY_LENGTH = len("2026-03-31")
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?: ([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?")
_YEAR_FIRST = re.compile(r"([0-9]{4})([/.\-])([0-9]{1,2})\2([0-9]{1,2})")
_COMPACT = re.compile(r"((?:19|20|99)[0-9]{2})([01][0-9])([0-3][0-9])")
_SERIAL = re.compile(r"([1-9][0-9]{4}|2958465)(?:[.,][0-9]+)?")
_UNSURE = re.compile(r"[0-9]{1,4}[/.\-][0-9]{1,2}[/.\-][0-9]{1,4}(?: .*)?")

_FORMATS = ("iso", "dotted", "compact", "serial", "unsure")
_NAMES = {"dotted": "dd.mm.yyyy", "compact": "yyyymmdd"}
_Parts = tuple[str, str, str, str]


def read_dates(
    words: list[str], present: NDArray[np.bool_], *, since: int, latest: date, time: bool, timezone: str = "UTC"
) -> tuple[NDArray[Any], NDArray[np.bool_], tuple[Mark, ...]]:
    """Read the distinct texts of a date column.

    Parameters
    ----------
    words : list of str
        Distinct texts, cleaned.
    present : array of bool
        Texts that count and are not empty.
    since : int
        Earliest year.
    latest : date
        Last plausible day.
    time : bool
        Whether the time of day is kept.
    timezone : str
        Where the days begin: moments with a zone of their own are converted to it.

    Returns
    -------
    tuple
        Days as datetime64[s] (NaT where unreadable), which texts mean an open end, and marks.
    """
    home = ZoneInfo(timezone)
    parsed = [_parse(word, home) for word in words]
    moments = mask(_ISO.fullmatch(word) and len(word) > DAY_LENGTH for word in words)
    zoned = moments & mask(_ZONE.search(word) for word in words)
    formats = np.array([form for form, _ in parsed], dtype=object)
    days = np.full(len(words), np.datetime64("NaT"), dtype="datetime64[s]")
    impossible = np.zeros(len(words), dtype=bool)
    open_end = np.zeros(len(words), dtype=bool)
    for position, (form, parts) in enumerate(parsed):
        if parts is None:
            continue
        day = _day(form, parts)
        if day is None:
            impossible[position] = True
        elif day in OPEN_END:
            open_end[position] = True
        else:
            days[position] = np.datetime64(f"{day.isoformat()}T{parts[3] if time else '00:00:00'}", "s")
    settled = present & ~open_end
    marks = [
        Mark(
            code="RM-N-071",
            texts=present & open_end,
            rule=key("31.12.9999 and its like were read as an open end"),
            remedy=key("nothing to do; an empty cell says the same"),
        ),
        Mark(
            code="RM-Q-043",
            texts=settled & (formats == ""),
            rule=key("the cell is not a date"),
            remedy=key("write days as 2026-03-31"),
        ),
        *_zone_marks(settled & moments, settled & zoned, timezone),
        *_format_marks(formats, settled, parsed),
        Mark(
            code="RM-Q-044",
            texts=settled & impossible,
            rule=key("there is no such day in the calendar"),
            remedy=key("correct the day"),
        ),
    ]
    outside = settled & ((days < np.datetime64(f"{since:04d}-01-01")) | (days > np.datetime64(latest.isoformat())))
    marks.append(
        Mark(
            code="RM-Q-045",
            texts=outside,
            rule=filled("the day lies before {since} or more than two years after data_until", since=str(since)),
            remedy=key("correct the year; leave an end that has not happened empty"),
        )
    )
    return days, open_end, tuple(marks)


def _zone_marks(moments: NDArray[np.bool_], zoned: NDArray[np.bool_], timezone: str) -> list[Mark]:
    """Moments with a zone were converted; with some that have none beside them, nobody knows when those were."""
    if zoned.any() and (moments & ~zoned).any():
        rule = key("some moments of the column have a time zone and others have none")
        return [
            Mark(code="RM-E-025", texts=moments & ~zoned, rule=rule, remedy=key("export all moments with their zone"))
        ]
    told = key("moments with a time zone were converted to {zone} (programme.timezone), which may change the day")
    rule = filled(told, zone=timezone)
    return [Mark(code="RM-N-082", texts=zoned, rule=rule, remedy=key("nothing to do, if that is where the days begin"))]


def _format_marks(
    formats: NDArray[Any], settled: NDArray[np.bool_], parsed: list[tuple[str, _Parts | None]]
) -> list[Mark]:
    remedy = key("export the column as ISO dates such as 2026-03-31")
    year_first = settled & (formats == "year first")
    formats = np.where(formats == "year first", "iso", formats)
    counts = {form: int((settled & (formats == form)).sum()) for form in _FORMATS}
    there = [form for form in _FORMATS if counts[form]]
    if len(there) > 1:
        usual = max(there, key=lambda form: counts[form])
        few = settled & (formats != usual) & (formats != "")
        rule = key("the column mixes date formats, so day and month may be swapped")
        return [Mark(code="RM-E-025", texts=few, rule=rule, remedy=remedy)]
    if there == ["unsure"]:
        rule = key("day, month and year cannot be told apart in this date format")
        return [Mark(code="RM-E-026", texts=settled & (formats == "unsure"), rule=rule, remedy=remedy)]
    if there == ["dotted"]:
        swapped = settled & mask(
            form == "dotted" and parts is not None and int(parts[1]) > 12 >= int(parts[2]) for form, parts in parsed
        )
        if swapped.any():
            rule = key("the month comes first in some of these dates, so day and month may be swapped in all")
            return [Mark(code="RM-E-026", texts=swapped, rule=rule, remedy=remedy)]
    if there == ["serial"]:
        rule = key("spreadsheet day numbers were read as dates")
        return [Mark(code="RM-N-070", texts=settled & (formats == "serial"), rule=rule, remedy=NOTHING_TO_DO)]
    if there and there[0] in _NAMES:
        rule = filled("all dates of the column are {form} and were read so", form=_NAMES[there[0]])
        return [Mark(code="RM-N-069", texts=settled & (formats == there[0]), rule=rule, remedy=NOTHING_TO_DO)]
    rule = key("dates with the year first but not quite in ISO form were read as year, month, day")
    return [Mark(code="RM-N-069", texts=year_first, rule=rule, remedy=NOTHING_TO_DO)]


def _parse(word: str, home: ZoneInfo) -> tuple[str, _Parts | None]:
    """Format of a text, and its year, month, day and time at home (day number as year for serials)."""
    if found := _ISO.fullmatch(word):
        year, month, day, hour, minute, second, zone = found.groups()
        time = _time(hour, minute, second)
        if zone:
            try:
                moment = datetime.fromisoformat(f"{year}-{month}-{day}T{time}{zone.strip()}").astimezone(home)
            except (ValueError, OverflowError):
                return "iso", (year, month, "00", time)
            year, month, day, time = moment.strftime("%Y %m %d %H:%M:%S").split()
        return "iso", (year, month, day, time)
    if found := _DOTTED.fullmatch(word):
        day, month, year, hour, minute, second = found.groups()
        return "dotted", (year, month, day, _time(hour, minute, second))
    if found := _YEAR_FIRST.fullmatch(word):
        year, _, month, day = found.groups()
        return "year first", (year, month, day, "00:00:00")
    if found := _COMPACT.fullmatch(word):
        year, month, day = found.groups()
        return "compact", (year, month, day, "00:00:00")
    if found := _SERIAL.fullmatch(word):
        return "serial", (found.group(1), "", "", "00:00:00")
    return ("unsure", None) if _UNSURE.fullmatch(word) else ("", None)


def _time(hour: str | None, minute: str | None, second: str | None) -> str:
    return f"{int(hour or 0):02d}:{minute or '00'}:{second or '00'}"


def _day(form: str, parts: _Parts) -> date | None:
    year, month, day, time = parts
    if time[:2] > "23" or time[3:5] > "59" or time[6:8] > "59":
        return None
    try:
        if form == "serial":
            return _EXCEL_ZERO + timedelta(days=int(year))
        return date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        return None
