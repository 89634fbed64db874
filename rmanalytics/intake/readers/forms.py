"""Microsoft Forms and Google Forms: one sheet, one row a response, the questions as headers."""

from __future__ import annotations

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

ANSWERED = (
    *("Completion time", "Fertigstellungszeit", "Abschlusszeit", "Heure de fin", "Timestamp", "Zeitstempel"),
    "Horodateur",
)
_META = (
    *ANSWERED,
    *("ID", "Start time", "Startzeit", "Heure de début", "Last modified time", "Uhrzeit der letzten Änderung"),
    *("Email", "E-Mail", "Email Address", "E-Mail-Adresse", "Adresse de messagerie", "Name", "Nom", "Username"),
    *("Total points", "Gesamtpunktzahl", "Quiz feedback", "Score", "Punktzahl"),
)


def read(asked: Asked) -> Iterator[Reading]:
    """One reading a sheet."""
    for reference in asked.files:
        for raw in open_raw(asked.programme.folder, reference, header_row=int(asked.text("header_row", "1"))):
            who, person = who_answered(asked, raw)
            responses = Responses(
                raw=raw,
                fates=usual_fates(raw, [True] * len(raw.rows), keep_unfinished=True),
                questions=names_of(raw, without={raw.at(name) for name in _META} | who),
                person=person,
                answered_at=iso(asked, raw.name, raw.texts(column_of(asked, raw, "answered_at", *ANSWERED))),
                round_id=texts_of(asked, raw, "round_id"),
                wave=texts_of(asked, raw, "wave"),
            )
            yield read_responses(asked, responses)


KIND = Kind(
    about="Microsoft Forms or Google Forms, responses as Excel or CSV",
    tables=SURVEY,
    read=read,
    keys={**KEYS, "dates": DATES},
    sample="the header of a form's export in bin/add_attachments.py of acl-org/acl-anthology (Apache-2.0)",
)
