"""Surveys of any tool: one row a response and one column a question."""

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
from rmanalytics.programme.strict_toml import Key


def read(asked: Asked) -> Iterator[Reading]:
    """One reading a file or sheet."""
    for reference in asked.files:
        header_row, labels = int(asked.text("header_row", "1")), bool(asked.given.get("labels", True))
        for raw in open_raw(asked.programme.folder, reference, header_row=header_row, labels=labels):
            who, person = who_answered(asked, raw, "person_id")
            meta = who | {column_of(asked, raw, name, name) for name in ("round_id", "wave", "answered_at")}
            answered = column_of(asked, raw, "answered_at", "answered_at")
            responses = Responses(
                raw=raw,
                fates=usual_fates(raw, [True] * len(raw.rows), keep_unfinished=True),
                questions=names_of(raw, without=meta),
                person=person,
                answered_at=iso(asked, raw.name, raw.texts(answered)),
                round_id=texts_of(asked, raw, "round_id", "round_id"),
                wave=texts_of(asked, raw, "wave", "wave"),
            )
            yield read_responses(asked, responses)


KIND = Kind(
    about="any survey with one column a question, also SPSS's .sav",
    tables=SURVEY,
    read=read,
    keys={**KEYS, "dates": DATES, "labels": Key(bool)},
    sample="any",
)
