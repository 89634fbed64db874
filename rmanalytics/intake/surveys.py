"""Survey answers: numbers, labels and missing codes read against the scale of the item's instrument.

Unit: one answer of one person to one item. An answer never becomes another one: what is neither on the scale, nor a
label of it, nor a declared way of not answering, is quarantined or refused.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rmanalytics.intake.marks import NOTHING_TO_DO, mask
from rmanalytics.intake.sheet import LARGEST_QUARANTINE_SHARE, Sheet, note
from rmanalytics.intake.values import clean
from rmanalytics.intake.words import Words
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.instruments import Instrument, Item
from rmanalytics.programme.programme import Programme

MISSING_NUMBERS = frozenset({-9, -99, -999, 99, 999})
"""Numbers for "not answered", where they lie outside the scale."""
LEAST_OUTSIDE = 3
"""Fewest answers off the scale that speak for another scale and not for a slip."""
LEAST_ANSWERING = 10
BEYOND_CHANCE = -1.645
MISSING_WORDS = frozenset(
    {
        "keine angabe",
        "keine antwort",
        "k.a.",
        "k. a.",
        "k.a",
        "ka",
        "weiss nicht",
        "weiß nicht",
        "nicht beantwortet",
        "no answer",
        "not answered",
        "no response",
        "don't know",
        "dont know",
        "do not know",
        "prefer not to say",
        "not applicable",
        "n/a",
        "na",
        "null",
        "none",
        "nan",
        "-",
        "–",
        "—",
        ".",
    }
)

_NUMBER = re.compile(r"[+-]?[0-9]{1,6}(?:[.,][0-9]{1,6})?")
_LED_BY_NUMBER = re.compile(r"([+-]?[0-9]{1,4})\s*[-–—=:.)(]+\s*(.+?)\)?")


@dataclass(frozen=True, slots=True)
class _Scale:
    name: str
    least: int
    most: int
    labels: dict[str, int]
    shown: tuple[str, ...]


def exclude_unknown_items(sheet: Sheet, items: Words, programme: Programme) -> Sheet:
    """Leave out answers to items that no instrument of the programme has."""
    known, _ = _canonical_items(items, programme)
    unknown = mask(bool(text.strip()) and item is None for text, item in zip(items.texts, known, strict=True))
    return note(
        sheet,
        "RM-W-091",
        items.rows_with(unknown),
        key("answers to items that no instrument of this programme has were left out"),
        key("describe the instrument in a TOML file and name that under [instruments], or correct the item ids"),
        column="item",
        excludes=True,
    )


def read_answer_values(sheet: Sheet, items: Words, values: Words, programme: Programme) -> tuple[Sheet, Any, Any]:
    """Items as their instruments write them, and answers as numbers on the items' scales.

    Returns
    -------
    tuple
        The sheet with its findings, the column of items (str), the column of answers (float, NaN where not answered).
    """
    known, respelt = _canonical_items(items, programme)
    live = sheet.live
    rule, remedy = key("capitals of item ids were levelled"), NOTHING_TO_DO
    sheet = note(sheet, "RM-N-078", items.rows_with(respelt) & live, rule, remedy, column="item")
    for column, words in (("item", items), ("value", values)):
        spaced = mask(clean(text) != text for text in words.texts)
        rule, remedy = key("spaces or invisible characters were taken out of the cells"), NOTHING_TO_DO
        sheet = note(sheet, "RM-N-067", words.rows_with(spaced) & live, rule, remedy, column=column)
    empty = items.rows_with(mask(item is None for item in known)) & live
    sheet = note(sheet, "RM-Q-040", empty, key("the cell is empty"), key("fill it, or take the row out"), column="item")
    answers = np.full(len(live), np.nan)
    texts = [clean(text).replace("’", "'") for text in values.texts]
    answering = live & ~empty
    names = [
        next((n for n, i in programme.instruments.items() if item in i.item_ids), "") if item else "" for item in known
    ]
    for name, instrument in programme.instruments.items():
        ours = answering & items.rows_with(mask(found == name for found in names))
        if ours.any():
            sheet, read = _read_scale(sheet, _scale(name, instrument), texts, values.codes, ours)
            answers[ours] = read[values.codes[ours]]
    sheet = _refuse_other_scales(sheet, items.codes, known)
    held = np.array([np.nan if item is None else item for item in known] or [np.nan], dtype=object)
    codes = items.codes if len(items.texts) else np.zeros(len(live), dtype=np.int32)
    return sheet, pd.array(held, dtype="str").take(codes), answers


def warn_reversed(answers: Sheet, programme: Programme) -> Sheet:
    """Warn of an item that runs against the others of its scale, as when an export has turned it round already.

    Its correlation with the sum of the others, keyed as declared, lies below 0 beyond chance (one-sided 95% by
    Fisher's z, `LEAST_ANSWERING` people or more); of a scale the item that runs against it most is named.
    """
    frame = answers.frame
    live = answers.live & frame["wave"].isin(("pre", "post")).to_numpy() & frame["value"].notna().to_numpy()
    mine = frame[live]
    asked, names = pd.factorize(mine["item"])
    people = ["round_id", "wave", "person_id" if "person_id" in frame else "response"]
    sheets = mine.groupby(people, sort=False).ngroup().to_numpy()
    values = mine["value"].to_numpy(dtype=np.float64)
    for name, instrument in programme.instruments.items():
        for subscale in instrument.subscales or ("",):
            items = instrument.items_of(subscale)
            place = pd.Index([item.id for item in items]).get_indexer(names)[asked]
            if len(items) <= 2 or not (place >= 0).any():
                continue
            whole = _whole_sheets(sheets[place >= 0], place[place >= 0], values[place >= 0], len(items))
            worst = _runs_against(whole, items, instrument)
            if worst:
                answers = note(
                    answers,
                    "RM-W-100",
                    live & (frame["item"] == worst).to_numpy(),
                    filled(
                        'item "{item}" of "{name}" runs against the other items of its scale', item=worst, name=name
                    ),
                    key("check whether the export has turned it round already, or whether its reverse key is declared"),
                    column="item",
                )
    return answers


def _whole_sheets(
    sheets: NDArray[np.integer], items: NDArray[np.integer], values: NDArray[np.float64], width: int
) -> NDArray[np.float64]:
    """One row a sheet that holds every item, one column an item; of several answers to one the first."""
    _, rows = np.unique(sheets, return_inverse=True)
    found = np.full((rows.max() + 1, width), np.nan)
    found[rows[::-1], items[::-1]] = values[::-1]
    return found[~np.isnan(found).any(axis=1)]


def _runs_against(whole: NDArray[np.float64], items: tuple[Item, ...], instrument: Instrument) -> str:
    """Id of the item that runs against the rest of its scale most; empty where none does beyond chance."""
    if len(whole) < LEAST_ANSWERING:
        return ""
    ends = instrument.scale_min + instrument.scale_max
    keyed = np.where([item.reverse for item in items], ends - whole, whole)
    rest = keyed.sum(axis=1, keepdims=True) - keyed
    around, beside = keyed - keyed.mean(axis=0), rest - rest.mean(axis=0)
    spread = np.sqrt((around**2).sum(axis=0) * (beside**2).sum(axis=0))
    r = np.divide((around * beside).sum(axis=0), spread, out=np.zeros(len(items)), where=spread > 0)
    at = int(r.argmin())
    return items[at].id if np.arctanh(max(r[at], -0.999)) * np.sqrt(len(whole) - 3) < BEYOND_CHANCE else ""


def _refuse_other_scales(sheet: Sheet, items: NDArray[np.int32], known: list[str | None]) -> Sheet:
    """Refuse an item of which so many answers lie off the scale that it was asked on another one."""
    off = np.zeros(len(items), dtype=bool)
    for found in sheet.findings:
        if found.code == "RM-Q-014":
            off[found.positions] = True
    outside = np.bincount(items[off], minlength=len(known))
    answered = np.bincount(items[sheet.live | off], minlength=len(known))
    other = (outside >= LEAST_OUTSIDE) & (outside > LARGEST_QUARANTINE_SHARE * answered)
    for position in np.flatnonzero(other):
        sheet = note(
            sheet,
            "RM-E-055",
            off & (items == position),
            filled(
                'more than {most} per cent of the answers to item "{item}" lie off its scale',
                most=round(100 * LARGEST_QUARANTINE_SHARE),
                item=known[position],
            ),
            key("correct the answers; an item that was asked on another scale needs an instrument of its own"),
            column="value",
        )
    return sheet


def _canonical_items(items: Words, programme: Programme) -> tuple[list[str | None], NDArray[np.bool_]]:
    """For each distinct text the item id it stands for, and where the spelling was levelled."""
    ids = [item for instrument in programme.instruments.values() for item in instrument.item_ids]
    exact, small = set(ids), {item.casefold(): item for item in ids}
    cleaned = [clean(text) for text in items.texts]
    known = [text if text in exact else small.get(text.casefold()) for text in cleaned]
    respelt = mask(item is not None and item != text for item, text in zip(known, cleaned, strict=True))
    return known, respelt


def _scale(name: str, instrument: Instrument) -> _Scale:
    labels: dict[str, int] = {}
    twice = set()
    shown = []
    for texts in instrument.labels.values():
        for step, text in enumerate(map(str, texts), start=instrument.scale_min):
            if labels.setdefault(clean(text).casefold(), step) != step:
                twice.add(clean(text).casefold())
            shown.append(text)
    certain = {text: step for text, step in labels.items() if text and text not in twice}
    return _Scale(name, instrument.scale_min, instrument.scale_max, certain, tuple(shown))


def instrument_labels(instrument: Instrument) -> frozenset[str]:
    """The answer labels of an instrument in all languages, in small letters."""
    return frozenset(_scale("", instrument).labels)


def _read_scale(
    sheet: Sheet,
    scale: _Scale,
    texts: list[str],
    codes: NDArray[np.int32],
    ours: NDArray[np.bool_],
) -> tuple[Sheet, NDArray[np.float64]]:
    """The sheet with what was found in the answers of one instrument, and the number each distinct text stands for."""
    counted = np.bincount(codes[ours], minlength=len(texts)) > 0
    read = [_answer(text, scale) if used else ("", np.nan) for text, used in zip(texts, counted, strict=True)]
    tags = np.array([tag for tag, _ in read], dtype=object)
    unknown = [text for text, tag in zip(texts, tags, strict=True) if tag == "unknown"]
    for tag, code, rule, remedy in (
        (
            "label",
            "RM-N-073",
            filled('answer labels of the instrument "{name}" were read as numbers', name=scale.name),
            NOTHING_TO_DO,
        ),
        ("missing", "RM-N-072", key("codes and words for no answer were read as not answered"), NOTHING_TO_DO),
        ("decimal", "RM-N-079", key("whole numbers with decimal zeros were read as whole numbers"), NOTHING_TO_DO),
        (
            "outside",
            "RM-Q-014",
            filled(
                'value outside {least} to {most} (scale of the instrument "{name}")',
                least=scale.least,
                most=scale.most,
                name=scale.name,
            ),
            key("correct the rows, or give the instrument's file the scale that was asked, with its labels"),
        ),
        (
            "broken",
            "RM-Q-046",
            key("the answer is not a whole number"),
            key("correct the rows; averages are no answers"),
        ),
        (
            "unknown",
            "RM-E-030",
            filled('the text is no answer label of the instrument "{name}"', name=scale.name),
            _label_remedy(unknown, scale),
        ),
    ):
        marked = tags == tag
        if marked.any():
            sheet = note(sheet, code, marked[codes] & ours, rule, remedy, column="value")
    return sheet, np.array([value for _, value in read])


def _answer(text: str, scale: _Scale) -> tuple[str, float]:
    """What a text is ("" a number on the scale) and the number it stands for."""
    small = text.casefold()
    if not text:
        return "", np.nan
    if small in scale.labels:
        return "label", float(scale.labels[small])
    number = text.replace("\N{MINUS SIGN}", "-")
    if _NUMBER.fullmatch(number):
        value = float(number.replace(",", "."))
        if value == int(value) and scale.least <= value <= scale.most:
            return "" if number.lstrip("+-").isdigit() else "decimal", value
        if value in MISSING_NUMBERS:
            return "missing", np.nan
        return ("broken" if scale.least <= value <= scale.most else "outside"), np.nan
    if small in MISSING_WORDS:
        return "missing", np.nan
    led = _LED_BY_NUMBER.fullmatch(small)
    if led and scale.labels.get(led.group(2).strip()) == int(led.group(1)):
        return "label", float(led.group(1))
    return "unknown", np.nan


def _label_remedy(unknown: list[str], scale: _Scale) -> str:
    """The nearest label of the instrument; the text itself is never repeated."""
    small = {label.casefold(): label for label in scale.shown}
    for text in sorted(unknown):
        near = difflib.get_close_matches(text[:200].casefold(), small, n=1, cutoff=0.6)
        if near:
            return filled(
                'write the number or a label of the instrument; the nearest is "{label}"', label=small[near[0]]
            )
    remedy = filled(
        "write the numbers {least} to {most} or the instrument's labels", least=scale.least, most=scale.most
    )
    listed = ", ".join(dict.fromkeys(scale.shown))
    return filled("{remedy}: {labels}", remedy=remedy, labels=listed) if listed else remedy
