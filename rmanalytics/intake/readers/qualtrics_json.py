"""What Qualtrics writes as JSON: the definition of a survey (``.qsf``, or its response schema), and responses.

Unit: one file, read as data. The definition says what was asked, and which text stands behind a number of the export.
Schema and responses are read by the vendor's description of them, no sample seen; a ``.qsf`` by public ones.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.files import read_inside
from rmanalytics.intake.readers.raw import Raw, words_of
from rmanalytics.intake.values import clean
from rmanalytics.language.translator import key

SUFFIXES = (".json", ".qsf")
SIZE_LIMIT_BYTES = 200_000_000
_TAGS = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer that can be given: the number of the export, and its texts in the survey's languages."""

    number: str
    texts: tuple[str, ...]
    left_out: bool = False
    """Whether the survey's owner keeps it out of analysis, as *not applicable*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What one column of an export asked.

    Parameters
    ----------
    names : tuple of str
        Its import id and its name in exports.
    texts : tuple of str
        What was asked, the most exact first: the row of a grid before the question above it.
    answers : tuple of Answer
        From the first to the last; none where it was answered freely.
    """

    names: tuple[str, ...]
    texts: tuple[str, ...]
    answers: tuple[Answer, ...] = field(default=())

    def said(self) -> dict[str, tuple[str, ...]]:
        """Number or text as a cell has it, in small letters, to number and texts of the answer; none if left out."""
        told = [(one, () if one.left_out else (one.number, *one.texts)) for one in self.answers]
        known = {text.casefold(): said for one, said in told for text in one.texts}
        return known | {one.number.casefold(): said for one, said in told}


def questions_in(data: bytes) -> tuple[Question, ...]:
    """The questions that a definition describes; none where the file is none.

    Examples
    --------
    >>> one = {"type": "number", "description": "Sure?", "oneOf": [{"const": 1, "label": "yes"}]}
    >>> schema = {"properties": {"values": {"properties": {"QID1": one | {"exportTag": "Q1"}}}}}
    >>> questions_in(json.dumps(schema).encode())[0].names
    ('QID1', 'Q1')
    """
    found = _loaded(data)
    if not isinstance(found, dict):
        return ()
    found = found["result"] if isinstance(found.get("result"), dict) else found
    try:
        if "SurveyElements" in found:
            return tuple(_of_qsf(found["SurveyElements"]))
        return tuple(_of_schema(found["properties"]["values"]["properties"]))
    except (KeyError, TypeError, AttributeError):
        return ()


def responses_in(folder: Path, name: str) -> Raw:
    """Responses that were exported as JSON, with import ids as headers.

    Raises
    ------
    InputError
        RM-E-010 where the file holds no responses, RM-E-012 where there is none.
    """
    data = read_inside(folder, name, SIZE_LIMIT_BYTES)
    given = responses_of(data)
    if given is None:
        raise _refused("RM-E-010", name, key("this is no export of responses from Qualtrics"), key("export it as CSV"))
    if not given:
        raise _refused("RM-E-012", name, key("the file has no rows"), key("export it again with its rows"))
    heads = list(dict.fromkeys(head for row in given for head in row))
    return Raw(
        name=name,
        digest=hashlib.sha256(data).hexdigest(),
        heads=[heads],
        columns=[words_of([_cell(row.get(head)) for row in given]) for head in heads],
        rows=np.arange(1, len(given) + 1, dtype=np.int64),
        problems=(),
    )


def responses_of(data: bytes) -> list[dict[str, object]] | None:
    """The values of each response; None where the file holds none."""
    found = _loaded(data)
    given = found.get("responses") if isinstance(found, dict) else None
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        return None
    if not all(isinstance(one.get("values"), dict) for one in given):
        return None
    return [{"ResponseId": one.get("responseId"), **one["values"]} for one in given]


def _loaded(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _of_qsf(elements: Iterable[Mapping[str, Any]]) -> Iterator[Question]:
    """The questions of a ``.qsf`` that are not in its trash."""
    every = list(elements)
    blocks = [
        block for element in every if element["Element"] == "BL" for block in _in_order(element["Payload"]).values()
    ]
    trash = {
        one.get("QuestionID")
        for block in blocks
        if block.get("Type") == "Trash"
        for one in block.get("BlockElements", ())
    }
    for element in every:
        if element["Element"] == "SQ" and element["PrimaryAttribute"] not in trash:
            yield from _columns(element["PrimaryAttribute"], element["Payload"])


def _columns(number: str, asked: Mapping[str, Any]) -> Iterator[Question]:
    """One question as the columns that it has in an export: a grid has one for each row."""
    tag = str(asked.get("DataExportTag", number))
    told = [asked, *(one for one in _in_order(asked.get("Language")).values() if isinstance(one, dict))]
    texts = _texts(one.get("QuestionText") for one in told)
    rows, grid = _in_order(asked.get("Choices")), _in_order(asked.get("Answers"))
    if not grid:
        yield Question(names=(number, tag), texts=texts, answers=_answers(asked, told, "Choices"))
        return
    answers, tags = _answers(asked, told, "Answers"), _in_order(asked.get("ChoiceDataExportTags"))
    for row in rows:
        said = _texts(_in_order(one.get("Choices")).get(row, {}).get("Display") for one in told)
        names = (f"{number}_{row}", f"{tag}_{row}", *([str(tags[row])] if tags.get(row) else []))
        yield Question(
            names=names, texts=(*said, *(f"{t} - {s}" for t, s in zip(texts, said, strict=False))), answers=answers
        )


def _answers(asked: Mapping[str, Any], told: Iterable[Mapping[str, Any]], where: str) -> tuple[Answer, ...]:
    """The answers in order, each with its number, its texts and its name."""
    order = [str(one) for one in asked.get(where.removesuffix("s") + "Order") or _in_order(asked.get(where))]
    recodes, named = _in_order(asked.get("RecodeValues")), _in_order(asked.get("VariableNaming"))
    out = _in_order(asked.get("AnalyzeChoices"))
    given = [_in_order(one.get(where)) for one in told]
    return tuple(
        Answer(
            number=str(recodes.get(one, one)),
            texts=_texts([*(texts.get(one, {}).get("Display") for texts in given), named.get(one)]),
            left_out=str(out.get(one, "")).casefold() == "no",
        )
        for one in order
        if one in given[0]
    )


def _of_schema(values: Mapping[str, Any]) -> Iterator[Question]:
    """The questions of a schema of responses; what is no question is left."""
    for number, one in values.items():
        if one.get("dataType", "question") == "question":
            able = one.get("oneOf") or one.get("items", {}).get("oneOf") or ()
            answers = (Answer(number=_cell(a["const"]), texts=_texts([a.get("label")])) for a in able if "const" in a)
            names = tuple(dict.fromkeys((number, str(one.get("exportTag") or number))))
            yield Question(names=names, texts=_texts([one.get("description")]), answers=tuple(answers))


def _in_order(given: Any) -> dict[str, Any]:
    """What Qualtrics writes as an object, or as a list where its names count up from 0; nothing for ``false``."""
    if isinstance(given, dict):
        return given
    return {str(n): one for n, one in enumerate(given)} if isinstance(given, list) else {}


def _texts(given: Iterable[Any]) -> tuple[str, ...]:
    """Texts without markup, each once."""
    plain = [clean(html.unescape(_TAGS.sub(" ", str(text)))) for text in given if text is not None]
    return tuple(dict.fromkeys(text for text in plain if text))


def _cell(value: object) -> str:
    """A value as a CSV would write it."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ",".join(map(_cell, value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _refused(code: str, name: str, rule: str, remedy: str) -> InputError:
    return InputError((Problem(code=code, file=name, rule=rule, remedy=remedy),))
