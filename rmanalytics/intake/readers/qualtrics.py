"""Qualtrics CSV: names, texts and import ids above the responses, or the older two header rows; choices or recodes.

Beside it the survey's definition may lie (``definition = "survey.qsf"``): it says what was asked in every language, and
which text a number stands for, so that recodes of any kind are read. Responses as JSON are read too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from rmanalytics.intake.files import read_inside
from rmanalytics.intake.readers.dates import DATES, iso
from rmanalytics.intake.readers.kind import Asked, Kind, Reading
from rmanalytics.intake.readers.qualtrics_json import (
    SIZE_LIMIT_BYTES,
    SUFFIXES,
    Question,
    questions_in,
    responses_in,
)
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
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.strict_toml import Key

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
    folder, row = asked.programme.folder, int(asked.text("header_row", "1"))
    asks, digests = _definition(asked)
    for reference in asked.files:
        if Path(reference).suffix.lower() in SUFFIXES:
            yield _read(asked, responses_in(folder, reference), asks, digests)
            continue
        for raw in open_raw(folder, reference, header_row=row, header_rows=2):
            yield _read(asked, _headed(raw), asks, digests)


def _definition(asked: Asked) -> tuple[tuple[Question, ...], dict[str, str]]:
    """The questions of the survey's definition, and its digest; nothing where none is declared."""
    name = asked.text("definition")
    if not name:
        return (), {}
    data = read_inside(asked.programme.folder, name, SIZE_LIMIT_BYTES)
    asks = questions_in(data)
    if not asks:
        rule = filled("{file} is no definition of a Qualtrics survey", file=name)
        how = key("in Qualtrics, export the survey itself (Tools, Import/Export, Export Survey), or take the line out")
        raise asked.refused("definition", rule, how)
    return asks, {name: hashlib.sha256(data).hexdigest()}


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


def asked_in(heads: list[list[str]], asks: tuple[Question, ...]) -> dict[int, Question]:
    """Column number to what it asked, by its import id, else by its name."""
    known = {name: one for one in reversed(asks) for name in reversed(one.names)}
    names = [[import_id(head[number]) for head in reversed(heads)] for number in range(len(heads[0]))]
    found = {number: next((known[n] for n in given if n in known), None) for number, given in enumerate(names)}
    return {number: one for number, one in found.items() if one is not None}


def _read(asked: Asked, raw: Raw, asks: tuple[Question, ...], digests: Mapping[str, str]) -> Reading:
    defined = asked_in(raw.heads, asks)
    if asks and not defined:
        rule = filled("the definition has none of the questions of {file}", file=raw.name)
        raise asked.refused("definition", rule, key("name the definition of this survey, or take the line out"))
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
    named = names_of(raw, without=meta | who)
    responses = Responses(
        raw=raw,
        fates=fates,
        questions={n: (*names, *(defined[n].texts if n in defined else ())) for n, names in named.items()},
        person=person,
        answered_at=iso(asked, raw.name, raw.texts(column_of(asked, raw, "answered_at", "RecordedDate", "EndDate"))),
        round_id=texts_of(asked, raw, "round_id"),
        wave=texts_of(asked, raw, "wave"),
        answers={number: question.said() for number, question in defined.items()},
    )
    reading = read_responses(asked, responses)
    return replace(reading, digests={**reading.digests, **digests})


KIND = Kind(
    about="Qualtrics, responses as CSV or JSON, and the survey's definition",
    tables=SURVEY,
    read=read,
    keys={**KEYS, "dates": DATES, "definition": Key(str)},
    sample="inst/extdata/sample.csv of ropensci/qualtRics (MIT)",
)
