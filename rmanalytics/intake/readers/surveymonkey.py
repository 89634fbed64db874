"""SurveyMonkey: two header rows, the question in the first and its rows in the second."""

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

_META = (
    *("Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name"),
    *("Last Name", "Custom Data 1", "Date Created", "Date Modified"),
)


def read(asked: Asked) -> Iterator[Reading]:
    """One reading a file."""
    for reference in asked.files:
        opened = open_raw(
            asked.programme.folder, reference, header_row=int(asked.text("header_row", "1")), header_rows=2
        )
        for raw in opened:
            who, person = who_answered(asked, raw, "Custom Data 1")
            questions = {
                number: tuple(reversed(names))
                for number, names in names_of(raw, without={raw.at(name) for name in _META} | who).items()
            }
            responses = Responses(
                raw=raw,
                fates=usual_fates(raw, [True] * len(raw.rows), keep_unfinished=True),
                questions=questions,
                person=person,
                answered_at=iso(
                    asked, raw.name, raw.texts(column_of(asked, raw, "answered_at", "End Date", "Date Modified"))
                ),
                round_id=texts_of(asked, raw, "round_id"),
                wave=texts_of(asked, raw, "wave"),
            )
            yield read_responses(asked, responses)


KIND = Kind(
    about="SurveyMonkey, all responses as CSV or Excel",
    tables=SURVEY,
    read=read,
    keys={**KEYS, "dates": DATES},
    sample="star-wars-survey/StarWars.csv of fivethirtyeight/data (CC BY 4.0), built anew by its facts",
)
