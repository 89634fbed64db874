"""iCalendar: meetings of tandems by their times and status; subject, text, place and attendees' names are never kept.

Unit: one date of one event. Repetitions are expanded by dateutil's rules; a date that was moved or cancelled replaces
the one that it stands for. A tandem is known by both its people among organiser and attendees, or by its id in the
subject.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from dateutil.rrule import rrulestr
from icalendar import Calendar

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.files import SIZE_LIMIT_BYTES, read_inside
from rmanalytics.intake.readers.kind import Asked, Kind, Reading, Tally
from rmanalytics.intake.readers.raw import grid_of
from rmanalytics.language.translator import filled, key

MOST_DATES = 500
"""Dates of one repeated event that are looked at; nobody repeats a meeting oftener within the data's time."""
_MAILTO = re.compile("^mailto:", re.IGNORECASE)
_WHO = ("ORGANIZER", "ATTENDEE")
_ANEW = key("export the calendar again as .ics")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Date:
    tandem: str
    planned: datetime
    held: datetime
    minutes: int
    cancelled: bool
    line: int


def read(asked: Asked) -> Iterator[Reading]:
    """One reading of all calendars together."""
    home = ZoneInfo(asked.programme.timezone)
    until = datetime.combine(asked.programme.data_until, datetime.max.time(), home)
    tandems = _tandems(asked)
    dates: list[_Date] = []
    seen: set[tuple[str, datetime]] = set()
    tallies, digests, problems = [], {}, []
    for file in asked.files:
        data = read_inside(asked.programme.folder, file, SIZE_LIMIT_BYTES)
        digests[file] = hashlib.sha256(data).hexdigest()
        events = _events(file, data)
        counts = {"used": 0, key("other events"): 0, key("repeated"): 0}
        for uid, parts in events.items():
            try:
                tandem = _tandem(asked, parts, tandems)
                found = list(_dates(parts, tandem, home, until)) if tandem else []
            except (ValueError, TypeError, AttributeError, OverflowError):
                rule = filled("days, times or repetition of event {n} cannot be read", n=str(parts[0]["X-PLACE"]))
                raise InputError((Problem(code="RM-E-010", file=file, rule=rule, remedy=_ANEW),)) from None
            fresh = [one for one in found if (uid, one.planned) not in seen]
            seen.update((uid, one.planned) for one in fresh)
            dates += fresh
            counts["used" if fresh else "repeated" if found else "other events"] += len(parts)
        tallies.append(Tally(reader=asked.name, kind="ical", file=file, rows=sum(counts.values()), counts=counts))
        if counts["other events"]:
            told = key("events of no tandem were left out: {count}")
            known = key("nothing to do; a tandem is known by both e-mail addresses or by its id in the subject")
            rule = filled(told, count=str(counts["other events"]))
            problems.append(Problem(code="RM-W-158", file=file, rule=rule, remedy=known))
    if not dates:
        none = key("no event belongs to a tandem")
        remedy = key(
            "declare [pseudonyms.aliases], by which addresses become ids, or write the tandem's id in the subject"
        )
        raise InputError((Problem(code="RM-E-156", file=asked.files[0], rule=none, remedy=remedy), *problems))
    held = key("a calendar says what was planned: meetings that were not cancelled count as held")
    remedy = key("cancel meetings in the calendar that did not take place")
    problems.append(Problem(code="RM-W-159", file=asked.files[0], rule=filled(held), remedy=remedy))
    yield Reading(
        grids={"meetings": _grid(asked.files[0], dates)},
        tallies=tuple(tallies),
        problems=tuple(problems),
        digests=digests,
    )


def _tandems(asked: Asked) -> dict[frozenset[str], list[tuple[str, date]]]:
    """The two of each tandem to its ids, and the day from which on it is that tandem."""
    sheet = asked.sheets.get("tandems")
    found: dict[frozenset[str], list[tuple[str, date]]] = {}
    if sheet is None:
        return found
    frame = sheet.frame[sheet.live]
    columns = (frame[c] for c in ("tandem_id", "mentor_id", "mentee_id", "matched_date"))
    for tandem, mentor, mentee, day in zip(*columns, strict=True):
        found.setdefault(frozenset((mentor, mentee)), []).append((tandem, date.min if pd.isna(day) else day.date()))
    return {pair: sorted(ids, key=lambda one: one[1]) for pair, ids in found.items()}


def _events(file: str, data: bytes) -> dict[str, list[Any]]:
    """The events of a calendar by their id, the whole series first."""
    try:
        calendars = Calendar.from_ical(data, multiple=True)
        events = [event for calendar in calendars for event in calendar.walk("VEVENT") if "DTSTART" in event]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        rule = key("this is no calendar (iCalendar)")
        raise InputError((Problem(code="RM-E-010", file=file, rule=rule, remedy=_ANEW),)) from None
    found: dict[str, list[Any]] = {}
    for number, event in enumerate(events, start=1):
        event["X-PLACE"] = number
        found.setdefault(str(event.get("UID", f"no. {number}")), []).append(event)
    return {uid: sorted(parts, key=lambda e: "RECURRENCE-ID" in e) for uid, parts in found.items()}


def _tandem(asked: Asked, parts: list[Any], tandems: dict[frozenset[str], list[tuple[str, date]]]) -> str:
    """The tandem whose two people take part, or whose id the subject or a category holds; empty where there is none."""
    ids = {tandem: tandem for known in tandems.values() for tandem, _ in known}
    for event in parts:
        labels = " ".join(str(event.get(name, "")) for name in ("SUMMARY", "X-TANDEM-ID"))
        named = [tandem for word in labels.replace(",", " ").split() if (tandem := ids.get(word.strip("()[]:;.#")))]
        if named:
            return named[0]
        who = {str(one) for name in _WHO for one in _listed(event.get(name))}
        people = set(asked.door.names(_MAILTO.sub("", address).strip() for address in who))
        for pair, known in tandems.items():
            if pair <= people:
                day = _moment(event["DTSTART"].dt, ZoneInfo(asked.programme.timezone)).date()
                begun = [tandem for tandem, matched in known if matched <= day]
                return begun[-1] if begun else known[0][0]
    return ""


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _moment(value: date | datetime, home: ZoneInfo) -> datetime:
    """A moment with its zone; without one it is the programme's own."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, datetime.min.time())
    moment: datetime = value if value.tzinfo else value.replace(tzinfo=home)
    return moment.astimezone(home)


def _dates(parts: list[Any], tandem: str, home: ZoneInfo, until: datetime) -> Iterator[_Date]:
    """All dates of an event up to the end of the data."""
    moved = {_moment(e["RECURRENCE-ID"].dt, home): e for e in parts if "RECURRENCE-ID" in e}
    for event in (e for e in parts if "RECURRENCE-ID" not in e):
        for start in _starts(event, home, until):
            yield _date(moved.pop(start, event), tandem, start, home)
    for planned, event in moved.items():  # the series itself is not in the export
        yield _date(event, tandem, planned, home)


def _starts(event: Any, home: ZoneInfo, until: datetime) -> list[datetime]:
    """The first moments of an event's dates up to the end of the data."""
    value = event["DTSTART"].dt
    start = value if isinstance(value, datetime) else datetime.combine(value, datetime.min.time())
    moments = [start]
    if "RRULE" in event:
        naive = start.replace(tzinfo=None)
        for rule in _listed(event["RRULE"]):
            dates = rrulestr(_naive(f"RRULE:{rule.to_ical().decode()}"), dtstart=naive)
            last = until.astimezone(start.tzinfo or home).replace(tzinfo=None)
            for number, found in enumerate(dates):
                if found > last or number >= MOST_DATES:
                    break
                moments.append(found.replace(tzinfo=start.tzinfo))
    moments += [_like(one.dt, start) for extra in _listed(event.get("RDATE")) for one in extra.dts]
    out = {_moment(_like(one.dt, start), home) for extra in _listed(event.get("EXDATE")) for one in extra.dts}
    found = sorted({_moment(moment, home) for moment in moments} - out)
    return [moment for moment in found if moment <= until]


def _naive(rule: str) -> str:
    """A rule whose end has no zone, as its start has none."""
    parts = [part.removesuffix("Z") if part.startswith("UNTIL=") else part for part in rule.split(";")]
    return ";".join(parts)


def _like(value: Any, start: datetime) -> datetime:
    if not isinstance(value, datetime):
        value = datetime.combine(value, start.time())
    found: datetime = value if value.tzinfo else value.replace(tzinfo=start.tzinfo)
    return found


def _date(event: Any, tandem: str, planned: datetime, home: ZoneInfo) -> _Date:
    held = planned if "RECURRENCE-ID" not in event else _moment(event["DTSTART"].dt, home)
    if "DURATION" in event:
        length = event["DURATION"].dt
    elif "DTEND" in event:
        length = _moment(event["DTEND"].dt, home) - _moment(event["DTSTART"].dt, home)
    else:
        length = timedelta()
    return _Date(
        tandem=tandem,
        planned=planned,
        held=held,
        minutes=int(length.total_seconds() // 60),
        cancelled=str(event.get("STATUS", "")).upper() == "CANCELLED",
        line=int(event["X-PLACE"]),
    )


def _grid(name: str, dates: list[_Date]) -> Any:
    """The meetings of each tandem, numbered in order of time."""
    ordered = sorted(dates, key=lambda one: (one.tandem, one.planned.astimezone(UTC)))
    count: dict[str, int] = {}
    columns: dict[str, list[str]] = {
        c: [] for c in ("tandem_id", "number", "planned_date", "held_date", "status", "minutes")
    }
    for one in ordered:
        count[one.tandem] = count.get(one.tandem, 0) + 1
        row = (
            one.tandem,
            str(count[one.tandem]),
            one.planned.date().isoformat(),
            "" if one.cancelled else one.held.date().isoformat(),
            "cancelled" if one.cancelled else "held",
            "" if one.cancelled or not one.minutes else str(one.minutes),
        )
        for column, text in zip(columns.values(), row, strict=True):
            column.append(text)
    return grid_of(name, columns, [one.line for one in ordered])


KIND = Kind(
    about="calendars (iCalendar), times and status alone",
    tables=("meetings",),
    read=read,
    sample="alarm_google_future.ics of collective/icalendar (BSD-2-Clause), built anew by its facts",
)
