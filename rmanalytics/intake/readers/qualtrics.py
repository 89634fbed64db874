"""Qualtrics CSV: names, texts and import ids above the responses, or the older two header rows; choices or recodes."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rmanalytics.intake.readers.dates import DATES, iso
from rmanalytics.intake.readers.kind import Asked, Kind, Reading
from rmanalytics.intake.readers.raw import Raw, open_raw
from rmanalytics.intake.readers.survey import (
    KEYS,
    PREVIEW,
    SURVEY,
    Responses,
    column_of,
    names_of,
    read_responses,
    texts_of,
    usual_fates,
    who_answered,
)

_PREVIEWS = frozenset({"1", "2", "8", "9", "12", "17"})
"""Status codes of previews, tests and spam (Qualtrics, Export response data: 0 IP address, 4 imported, 16 offline)."""
_PREVIEW_WORDS = ("preview", "test", "spam", "vorschau", "aperçu")
_META = [
    "startdate",
    "enddate",
    "status",
    "ipaddress",
    "progress",
    "duration_(in_seconds)",
    "finished",
    "recordeddate",
    "responseid",
    "recipientlastname",
    "recipientfirstname",
    "recipientemail",
    "externalreference",
    "locationlatitude",
    "locationlongitude",
    "distributionchannel",
    "userlanguage",
    "responseset",
]
_DONE = frozenset({"1", "true", "wahr", "vrai", "yes", "ja"})


def read(asked: Asked) -> Iterator[Reading]:
    """One reading a file."""
    for reference in asked.files:
        row = int(asked.text("header_row", "1"))
        for raw in open_raw(asked.programme.folder, reference, header_row=row, header_rows=2):
            yield _read(asked, _headed(raw))


def _headed(raw: Raw) -> Raw:
    """The import ids as a third header row, where the file has them."""
    first = [words.texts[int(words.codes[0])] for words in raw.columns]
    if not any("ImportId" in text for text in first):
        return raw
    below = raw.rows > raw.rows[0]
    body = raw.kept(below)
    return Raw(
        name=raw.name,
        digest=raw.digest,
        heads=[*raw.heads, [import_id(text) for text in first]],
        columns=body.columns,
        rows=body.rows,
        problems=raw.problems,
    )


def import_id(text: str) -> str:
    """The id in a cell of the third header row.

    Examples
    --------
    >>> import_id('{"ImportId":"QID1"}'), import_id("QID1")
    ('QID1', 'QID1')
    """
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return str(found.get("ImportId", "")) if isinstance(found, dict) else text


def _read(asked: Asked, raw: Raw) -> Reading:
    status = [text.strip().casefold() for text in raw.texts(raw.at("Status", "Response Type"))]
    finished = [text.strip().casefold() for text in raw.texts(raw.at("Finished"))]
    known = raw.at("Finished") is not None
    fates = usual_fates(
        raw, [not known or text in _DONE for text in finished], keep_unfinished=bool(asked.given.get("keep_unfinished"))
    )
    fates = [
        PREVIEW if fate != "empty" and (s in _PREVIEWS or any(word in s for word in _PREVIEW_WORDS)) else fate
        for fate, s in zip(fates, status, strict=True)
    ]
    who, person = who_answered(asked, raw, "ExternalReference", "ExternalDataReference")
    meta = {raw.at(name) for name in _META}
    responses = Responses(
        raw=raw,
        fates=fates,
        questions=names_of(raw, without=meta | who),
        person=person,
        answered_at=iso(asked, raw.name, raw.texts(column_of(asked, raw, "answered_at", "RecordedDate", "EndDate"))),
        round_id=texts_of(asked, raw, "round_id"),
        wave=texts_of(asked, raw, "wave"),
    )
    return read_responses(asked, responses)


KIND = Kind(
    about="Qualtrics, responses as CSV",
    tables=SURVEY,
    read=read,
    keys={**KEYS, "dates": DATES},
    sample="inst/extdata/sample.csv of ropensci/qualtRics (MIT)",
)
