"""LimeSurvey CSV: codes or full texts as headers, ``question[subquestion]``; answer codes or full answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rmanalytics.intake.readers.dates import DATES, iso
from rmanalytics.intake.readers.kind import Asked, Kind, Reading
from rmanalytics.intake.readers.raw import open_raw
from rmanalytics.intake.readers.survey import (
    KEYS,
    SURVEY,
    Responses,
    column_of,
    names_of,
    read_responses,
    texts_of,
    usual_fates,
    who_answered,
)

_SUBMITTED = ("submitdate", "Date submitted", "Datum Abgeschickt", "Date de soumission")
_META = (
    *_SUBMITTED,
    *("id", "Response ID", "Antwort ID", "lastpage", "Last page", "Letzte Seite", "startlanguage", "Start language"),
    *("Start-Sprache", "seed", "Zufallsstartwert", "startdate", "Date started", "Datum gestartet", "datestamp"),
    *("Date last action", "Datum letzte Aktivität", "ipaddr", "refurl"),
)
_CODE = re.compile(r"[A-Za-z]{1,4}0*([0-9]{1,3})")
_LED = re.compile(r"([\w\[\]]{1,40})\. +(.+)", re.DOTALL)


def read(asked: Asked) -> Iterator[Reading]:
    """One reading a file."""
    for reference in asked.files:
        for raw in open_raw(asked.programme.folder, reference, header_row=int(asked.text("header_row", "1"))):
            submitted = raw.at(*_SUBMITTED)
            done = [submitted is None or bool(text.strip()) for text in raw.texts(submitted)]
            who, person = who_answered(asked, raw, "token", "Access code", "Zugangscode", "Zugangsschlüssel")
            names = names_of(raw, without={raw.at(name) for name in _META} | who)
            led = {number: [found for found in map(_LED.fullmatch, given) if found] for number, given in names.items()}
            questions = {
                number: (*given, *(part for found in led[number] for part in found.groups()))
                for number, given in names.items()
            }
            responses = Responses(
                raw=raw,
                fates=usual_fates(raw, done, keep_unfinished=bool(asked.given.get("keep_unfinished"))),
                questions=questions,
                person=person,
                answered_at=iso(asked, raw.name, raw.texts(column_of(asked, raw, "answered_at", *_SUBMITTED))),
                round_id=texts_of(asked, raw, "round_id"),
                wave=texts_of(asked, raw, "wave"),
                codes=_CODE,
            )
            yield read_responses(asked, responses)


KIND = Kind(about="LimeSurvey, responses as CSV or Excel", tables=SURVEY, read=read, keys={**KEYS, "dates": DATES})
