"""LimeSurvey CSV: codes or full texts as headers, or both; ``question[subquestion]``; answer codes or full answers.

An anonymised survey has the same day in every response, 1 January 1980: it says that somebody answered, and not when.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

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

_SUBMITTED = (
    "submitdate",
    "Date submitted",
    "Datum Abgeschickt",
    "Date de soumission",
    "Date de soumission de la réponse",
)
_META = (
    *_SUBMITTED,
    *("id", "Response ID", "Antwort ID", "lastpage", "Last page", "Letzte Seite", "startlanguage", "Start language"),
    *("Start-Sprache", "seed", "Zufallsstartwert", "startdate", "Date started", "Datum gestartet", "datestamp"),
    *("Date last action", "Datum letzte Aktivität", "ipaddr", "refurl"),
)
_CODE = re.compile(r"[A-Za-z]{1,4}0*([0-9]{1,3})")
NO_DAY = "1980-01-01"
_OWN = re.compile(r"(id|submitdate|lastpage|startlanguage|seed|startdate|datestamp|ipaddr|refurl|token)\. .+")
_LED = re.compile(r"([\w\[\]]{1,40})\. +(.+)", re.DOTALL)


def read(asked: Asked) -> Iterator[Reading]:
    """One reading a file."""
    for reference in asked.files:
        for given in open_raw(asked.programme.folder, reference, header_row=int(asked.text("header_row", "1"))):
            raw = replace(given, heads=[[_code(text) for text in head] for head in given.heads])
            submitted = raw.at(*_SUBMITTED)
            done = [submitted is None or bool(text.strip()) for text in raw.texts(submitted)]
            who, person = who_answered(asked, raw, "token", "Access code", "Zugangscode", "Zugangsschlüssel")
            names = names_of(raw, without={raw.at(name) for name in _META} | who)
            led = {number: [found for found in map(_LED.fullmatch, texts) if found] for number, texts in names.items()}
            questions = {
                number: (*texts, *(part for found in led[number] for part in found.groups()))
                for number, texts in names.items()
            }
            days = [
                "" if day.startswith(NO_DAY) else day
                for day in raw.texts(column_of(asked, raw, "answered_at", *_SUBMITTED))
            ]
            responses = Responses(
                raw=raw,
                fates=usual_fates(raw, done, keep_unfinished=bool(asked.given.get("keep_unfinished"))),
                questions=questions,
                person=person,
                answered_at=iso(asked, raw.name, ["" if day.startswith(NO_DAY) else day for day in days]),
                round_id=texts_of(asked, raw, "round_id"),
                wave=texts_of(asked, raw, "wave"),
                codes=_CODE,
            )
            yield read_responses(asked, responses)


def _code(head: str) -> str:
    """The code alone of a column that LimeSurvey adds, where it writes code and text.

    Examples
    --------
    >>> _code("submitdate. Date submitted"), _code("G1Q1[SQ001]. How sure are you? [One]")
    ('submitdate', 'G1Q1[SQ001]. How sure are you? [One]')
    """
    found = _OWN.fullmatch(head.strip())
    return found[1] if found else head


KIND = Kind(
    about="LimeSurvey, responses as CSV or Excel",
    tables=SURVEY,
    read=read,
    keys={**KEYS, "dates": DATES},
    sample="src/results-survey926142.csv of TobiasAubert/SportundUmwelt (no licence stated), built anew by its facts",
)
