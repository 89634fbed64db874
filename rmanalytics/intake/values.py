"""From cell texts to typed values, one distinct text at a time, by the declared kind of the column.

Unit: one distinct text of one column. A text that does not fit is marked with a code and a rule; the mark, never the
text, goes into a message. The format of dates and decimals is decided for a whole column, never cell by cell.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmanalytics.intake.dates import read_dates
from rmanalytics.intake.marks import NOTHING_TO_DO, Mark, mask
from rmanalytics.intake.schema import Column
from rmanalytics.intake.words import VISIBLE, Texts, arrow_texts, matching, objects, some
from rmanalytics.language.translator import filled, key

ID_LENGTH = 64
NO_VALUE = frozenset({"null", "na", "n/a", "nan", "none", "nat", "-", "–", "—", "."})
"""Words that database exports write for a missing date, number or choice; in a text they stay text."""

_ID = re.compile(rf"[^\W_][\w.:/\-]{{0,{ID_LENGTH - 1}}}")
_CODE = re.compile(rf"[\w.\-]{{1,{ID_LENGTH}}}")
_FLOAT_ID = re.compile(r"([0-9]+)[.,]0+")
_SCIENTIFIC_ID = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+")
_WRAPPED_ID = re.compile(r'="([^"]*)"|\'(.*)')
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_DOT = re.compile(r"[+-]?(?:[0-9]{0,15}\.[0-9]{1,15}|[0-9]{1,15}\.)")
_COMMA = re.compile(r"[+-]?[0-9]{0,15},[0-9]{1,15}")
_SCIENTIFIC = re.compile(r"[+-]?(?:[0-9]{1,15}(?:[.,][0-9]{0,15})?|[.,][0-9]{1,15})[eE][+-]?[0-9]{1,3}")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}([.,][0-9]{3})+")
_FORMAT_SIGNS = ("Cc", "Cf")

_USUAL = {
    "id": rf"^[A-Za-z0-9][A-Za-z0-9_.:/\-]{{0,{ID_LENGTH - 1}}}$",
    "text": f"^{VISIBLE}+( {VISIBLE}+)*$",
    "code": rf"^[A-Za-z0-9_.\-]{{1,{ID_LENGTH}}}$",
}
"""Texts that need no look at them one by one: they are their own value, and nothing is to be said of them."""
_UNUSUAL_ID = r"^([0-9]+[.,]0+|[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+|[nN][uU][lL][lL])$"
_NUMERIC_ID = r"^[0-9]+([.,][0-9]+)?([eE]\+?[0-9]+)?$"
FORMULA_SIGN = "#|(?i:err:)"
"""What no failed formula is without: looked for first, for the pattern of one takes a millisecond to compile."""
FAILED_FORMULA = r"(?i)^\s*(#(N/[A-Z]|NV|NA|GETTING_DATA|¡?[\p{L}/0]+[!?])|Err:[0-9]{3})\s*$"
"""An error that a spreadsheet shows in place of a formula's value, whatever the language (#REF!, #WERT!, #N/A)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Values of the distinct texts of a column, which of them are missing, and what was marked.

    ``values`` is an object array of str (ids, texts, codes, choices), an array of datetime64[s] or of float.
    """

    values: NDArray[Any]
    missing: NDArray[np.bool_]
    marks: tuple[Mark, ...] = field(default=())


def clean(text: str) -> str:
    """Composed letters, single spaces, no invisible or control characters.

    Examples
    --------
    >>> clean("  Sales\N{NO-BREAK SPACE} North\N{SOFT HYPHEN} ")
    'Sales North'
    """
    if text.isascii() and text.isprintable() and "  " not in text and text == text.strip():
        return text
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    visible = "".join(c for c in spaced if unicodedata.category(c) not in _FORMAT_SIGNS)
    return " ".join(visible.split())


def read_words(
    texts: Sequence[str] | Texts,
    used: NDArray[np.bool_],
    column: Column,
    *,
    delimiter: str,
    latest: date,
    timezone: str = "UTC",
) -> Reading:
    """Read the distinct texts of one column.

    Parameters
    ----------
    texts : sequence of str
        Distinct cell texts.
    used : array of bool
        Texts that stand in a row that counts; only these decide on the column's format and only these are marked.
    column : Column
        Declaration.
    delimiter : str
        The file's separator: ``;`` hints at decimal commas.
    latest : date
        Last plausible day.
    timezone : str
        Where the programme's days begin.
    """
    texts = arrow_texts(texts)
    usual = _usual(texts, column)
    places = np.flatnonzero(~usual)
    seen = some(texts, places)
    words = [clean(text) for text in seen]
    cleaned = Mark(
        code="RM-N-067",
        texts=mask(word != text for word, text in zip(words, seen, strict=True)) & used[places],
        rule=key("spaces or invisible characters were taken out of the cells"),
        remedy=NOTHING_TO_DO,
    )
    if column.kind == "id":
        numeric = 2 * (matching(texts, _NUMERIC_ID) & used).sum() > used.sum()
        reading = _read_ids(words, used[places], column, alone=not (usual & used).any(), numeric=bool(numeric))
    else:
        reading = _read(words, used[places], column, delimiter=delimiter, latest=latest, timezone=timezone)
    reading = replace(reading, marks=(cleaned, *reading.marks))
    return _laid_out(reading, objects(texts), places) if usual.any() else reading


def _usual(texts: Texts, column: Column) -> NDArray[np.bool_]:
    if column.kind not in _USUAL:
        return np.zeros(len(texts), dtype=bool)
    usual = matching(texts, _USUAL[column.kind])
    return usual & ~matching(texts, _UNUSUAL_ID) if column.kind == "id" else usual


def _laid_out(reading: Reading, values: NDArray[Any], places: NDArray[np.int64]) -> Reading:
    """A reading of the texts at some places, over all of them; the others are their own values."""

    def over_all(marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        every = np.zeros(len(values), dtype=bool)
        every[places] = marked
        return every

    values[places] = reading.values
    marks = tuple(replace(mark, texts=over_all(mark.texts)) for mark in reading.marks)
    return Reading(values=values, missing=over_all(reading.missing), marks=marks)


def _read(
    words: list[str], used: NDArray[np.bool_], column: Column, *, delimiter: str, latest: date, timezone: str
) -> Reading:
    if column.kind == "text":
        return Reading(values=_objects(words), missing=mask(not word for word in words))
    if column.kind == "code":
        return _read_codes(words, used)
    if column.kind == "choice":
        return _read_choices(words, used, column)
    if column.kind == "date":
        return _read_days(words, used, column, latest, timezone)
    return _read_numbers(words, used, column, delimiter)


def _objects(words: Sequence[str]) -> NDArray[Any]:
    values = np.empty(len(words), dtype=object)
    values[:] = words
    return values


def _without_value(words: list[str], used: NDArray[np.bool_], column: Column) -> tuple[NDArray[np.bool_], list[Mark]]:
    """Which words stand for no value: the empty one, and what databases write in its place."""
    empty = mask(not word for word in words)
    spelt = mask(word.casefold() in NO_VALUE and word.casefold() not in column.choices for word in words)
    note = Mark(
        code="RM-N-080",
        texts=spelt & used,
        rule=key("a word for no value (such as NULL or NA) was read as an empty cell"),
        remedy=key("nothing to do; an empty cell says the same"),
    )
    return empty | spelt, [note]


def _read_ids(words: list[str], used: NDArray[np.bool_], column: Column, *, alone: bool, numeric: bool) -> Reading:
    """Ids; decimal zeros are taken off where all of them have such, so only when these words stand ``alone``.

    Scientific notation has cost digits where most ids of the column are ``numeric``; among tokens of letters and digits
    it is a token that looks like a number.
    """
    missing = mask(not word or (not column.filled and word.casefold() == "null") for word in words)
    present = used & ~missing
    marks = []
    unwrapped = [_unwrap(word) for word in words]
    floats = mask(_FLOAT_ID.fullmatch(word) for word in unwrapped)
    all_floats = alone and bool(present.any()) and bool(floats[present].all())
    ids = [word.replace(",", ".").partition(".")[0] for word in unwrapped] if all_floats else unwrapped
    changed = mask(new != old for new, old in zip(ids, words, strict=True)) & present
    marks.append(
        Mark(
            code="RM-N-077",
            texts=changed,
            rule=key("ids that a spreadsheet wrapped or wrote as decimal numbers were read as ids"),
            remedy=key("nothing to do; export ids as text"),
        )
    )
    scientific = mask(numeric and _SCIENTIFIC_ID.fullmatch(word) for word in ids) & present
    marks.append(
        Mark(
            code="RM-E-036",
            texts=scientific,
            rule=key("the ids are in scientific notation, so their digits may be lost"),
            remedy=key("export the column as text"),
        )
    )
    wrong = mask(not _ID.fullmatch(word) for word in ids) & present & ~scientific
    marks.append(
        Mark(
            code="RM-Q-041",
            texts=wrong,
            rule=filled(
                "an id has letters, digits and _ - . : / only, no spaces, at most {most} characters", most=ID_LENGTH
            ),
            remedy=key("use personnel numbers or tokens, neither names nor e-mail addresses"),
        )
    )
    return Reading(values=_objects(ids), missing=missing, marks=tuple(marks))


def _unwrap(word: str) -> str:
    wrapped = _WRAPPED_ID.fullmatch(word)
    return (wrapped.group(1) or wrapped.group(2) or "").strip() if wrapped else word


def _read_codes(words: list[str], used: NDArray[np.bool_]) -> Reading:
    missing = mask(not word for word in words)
    wrong = mask(not _CODE.fullmatch(word) for word in words) & used & ~missing
    rule = filled("a code has letters, digits and _ - . only, at most {most} characters", most=ID_LENGTH)
    mark = Mark(code="RM-Q-041", texts=wrong, rule=rule, remedy=key("use short codes without spaces"))
    return Reading(values=_objects(words), missing=missing, marks=(mark,))


def _read_choices(words: list[str], used: NDArray[np.bool_], column: Column) -> Reading:
    missing, marks = _without_value(words, used, column)
    spelt = [re.sub(r"[\s\-]+", "_", word.casefold()) for word in words]
    known = mask(word in column.choices for word in spelt)
    missing &= ~known
    respelt = mask(new != old for new, old in zip(spelt, words, strict=True)) & known & used
    marks.append(
        Mark(
            code="RM-N-078",
            texts=respelt,
            rule=key("capitals, spaces and hyphens of a choice were levelled"),
            remedy=NOTHING_TO_DO,
        )
    )
    marks.append(
        Mark(
            code="RM-Q-042",
            texts=~known & ~missing & used,
            rule=filled("the cell is none of the choices {choices}", choices=", ".join(column.choices)),
            remedy=key("write one of the choices, in this spelling"),
        )
    )
    return Reading(values=_objects(spelt), missing=missing, marks=tuple(marks))


def _read_days(words: list[str], used: NDArray[np.bool_], column: Column, latest: date, timezone: str) -> Reading:
    missing, marks = _without_value(words, used, column)
    present = used & ~missing
    days, open_end, more = read_dates(
        words, present, since=column.since, latest=latest, time=column.time, timezone=timezone
    )
    return Reading(values=days, missing=missing | open_end, marks=(*marks, *more))


def _read_numbers(words: list[str], used: NDArray[np.bool_], column: Column, delimiter: str) -> Reading:
    missing, marks = _without_value(words, used, column)
    present = used & ~missing
    plain = [word.replace("\N{MINUS SIGN}", "-") for word in words]
    whole, dot, comma = (mask(form.fullmatch(word) for word in plain) for form in (_WHOLE, _DOT, _COMMA))
    thousands = mask(_THOUSANDS.fullmatch(word) for word in plain)
    scientific = mask(_SCIENTIFIC.fullmatch(word) for word in plain)
    dot |= scientific & mask("." in word for word in plain)
    comma |= scientific & mask("," in word for word in plain)
    marks += _decimal_marks(present, dot, comma, thousands, delimiter)
    values = np.full(len(words), np.nan)
    readable = whole | dot | comma | scientific
    for position in np.flatnonzero(readable):
        values[position] = float(plain[position].replace(",", "."))
    readable &= np.isfinite(values)
    marks.append(
        Mark(
            code="RM-Q-046",
            texts=present & ~readable & ~thousands,
            rule=key("the cell is not a number"),
            remedy=key("write digits only, without units or thousands separators"),
        )
    )
    if column.kind == "whole":
        broken = readable & (values != np.floor(values))
        marks.append(
            Mark(
                code="RM-Q-046",
                texts=present & broken,
                rule=key("the cell is not a whole number"),
                remedy=key("write a whole number"),
            )
        )
        marks.append(
            Mark(
                code="RM-E-036",
                texts=present & scientific,
                rule=key("whole numbers are in scientific notation, so their digits may be lost"),
                remedy=key("export the column as numbers without exponent"),
            )
        )
        marks.append(
            Mark(
                code="RM-N-079",
                texts=present & (dot | comma) & ~broken & ~scientific,
                rule=key("whole numbers with decimal zeros were read as whole numbers"),
                remedy=NOTHING_TO_DO,
            )
        )
    marks.append(bounds_mark(values, present, column.least, column.most))
    return Reading(values=values, missing=missing, marks=tuple(marks))


def _decimal_marks(
    present: NDArray[np.bool_],
    dot: NDArray[np.bool_],
    comma: NDArray[np.bool_],
    thousands: NDArray[np.bool_],
    delimiter: str,
) -> list[Mark]:
    """Decimal signs of a whole column: commas are read only if every cell agrees and none may mean thousands."""
    remedy = key("export the numbers with a decimal point and without thousands separators")
    grouped = present & thousands & ~dot & ~comma
    if (present & dot).any() and (present & comma).any():
        few = comma if (present & comma).sum() <= (present & dot).sum() else dot
        return [
            Mark(
                code="RM-E-028",
                texts=present & few,
                rule=key("the column mixes decimal commas and decimal points"),
                remedy=remedy,
            )
        ]
    signed = present & comma if (present & comma).any() else present & dot
    local = bool((present & comma).any()) or delimiter == ";"
    if grouped.any() or (local and signed.any() and thousands[signed].all()):
        rule = key("the numbers may hold thousands separators")
        return [Mark(code="RM-E-028", texts=grouped | signed & thousands, rule=rule, remedy=remedy)]
    rule = key("decimal commas were read as decimal points")
    return [Mark(code="RM-N-068", texts=present & comma, rule=rule, remedy=NOTHING_TO_DO)]


def bounds_mark(
    values: NDArray[np.float64], present: NDArray[np.bool_], least: float | None, most: float | None
) -> Mark:
    """Mark of the values outside declared bounds."""
    low = -np.inf if least is None else least
    high = np.inf if most is None else most
    outside = present & ((values < low) | (values > high))
    if least is not None and most is not None:
        rule = filled("value outside {least} to {most}", least=f"{least:g}", most=f"{most:g}")
    elif least is not None:
        rule = filled("value below {least}", least=f"{least:g}")
    else:
        rule = filled("value above {most}", most=f"{high:g}")
    return Mark(code="RM-Q-014", texts=outside, rule=rule, remedy=key("correct the value, or leave the cell empty"))
