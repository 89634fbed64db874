"""Between tables: every id must be known where it is used, and a tandem must be what a tandem is.

Unit: one row that names a person or a tandem. Ids are matched as text; where a spreadsheet changed them in a way that
can be told against *people*, that is said instead of a plain "unknown".
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np
import pandas as pd

from rmanalytics.intake.erased import STAND_IN
from rmanalytics.intake.sheet import EXCLUDED, QUARANTINED, Sheet, note
from rmanalytics.intake.words import among
from rmanalytics.language.translator import filled, inside, key

SPELLINGS: dict[str, Callable[[str], str]] = {
    key("capitals"): str.casefold,
    key("the width of letters and digits"): lambda text: unicodedata.normalize("NFKC", text).casefold(),
    key("leading zeros"): lambda text: re.sub(r"(?<![0-9])0+(?=[0-9])", "", text),
    key("capitals and leading zeros"): lambda text: re.sub(r"(?<![0-9])0+(?=[0-9])", "", text.casefold()),
    key("hyphens, dots and the like"): lambda text: re.sub(r"[\W_]", "", text).casefold(),
    key("letters before or after the number"): lambda text: "".join(re.findall(r"[0-9]+", text)).lstrip("0") or text,
}
"""Changes of spelling under which two ids may be one, the mildest first."""
BOLD = ("hyphens, dots and the like", "letters before or after the number")
"""Changes that say something only where they explain most of the unknown ids, and not one or two."""
LEAST_ALIKE = 3
_DECIMAL_ID = re.compile(r"([0-9]+)[.,]0+")


def link_people(sheet: Sheet, people: Sheet) -> Sheet:
    """Hold the person ids of a table against *people*; unknown ones quarantine the row."""
    known = people.frame["person_id"][people.live]
    away = people.frame["person_id"][~people.live]
    for column in sheet.table.columns:
        if column.person:
            sheet = _link(
                sheet,
                column.name,
                known,
                away,
                code="RM-Q-048",
                rule=key("the person is not in people"),
                remedy=key("add the person to people, or correct the id"),
                home="people",
            )
    return sheet


def link_tandems(sheet: Sheet, tandems: Sheet) -> Sheet:
    """Hold the tandem ids of a table against *tandems*; those of undeclared rounds exclude the row."""
    known = tandems.frame["tandem_id"][tandems.live]
    elsewhere = tandems.frame["tandem_id"][tandems.fate == EXCLUDED]
    elsewhere = elsewhere[~among(elsewhere, known)]
    for column in sheet.table.columns:
        if column.tandem:
            sheet = note(
                sheet,
                "RM-W-092",
                sheet.live & among(sheet.frame[column.name], elsewhere),
                key("rows of rounds that programme.toml does not declare were left out"),
                key("declare the round under [[rounds]] if it belongs to the programme"),
                column=column.name,
                excludes=True,
            )
            sheet = _link(
                sheet,
                column.name,
                known,
                tandems.frame["tandem_id"][tandems.fate == QUARANTINED],
                code="RM-Q-049",
                rule=key("the tandem is not in tandems"),
                remedy=key("add the tandem to tandems, or correct the id"),
                home="tandems",
            )
    return sheet


def _link(
    sheet: Sheet, column: str, home_ids: pd.Series, away: pd.Series, *, code: str, rule: str, remedy: str, home: str
) -> Sheet:
    ids = sheet.frame[column]
    unknown = sheet.present(column) & ~among(ids, home_ids)
    if unknown.any():
        unknown &= ~ids.str.fullmatch(STAND_IN).fillna(value=False).to_numpy(dtype=bool)
    if not unknown.any():
        return sheet
    known = set(home_ids)
    texts = ids[unknown].unique()
    decimal = {text: found.group(1) for text in texts if (found := _DECIMAL_ID.fullmatch(text))}
    mended = {text: plain for text, plain in decimal.items() if plain in known}
    if mended:
        floats = ids.isin(mended).to_numpy() & unknown
        sheet = note(
            sheet,
            "RM-N-077",
            floats,
            key("ids that a spreadsheet wrapped or wrote as decimal numbers were read as ids"),
            key("nothing to do; export ids as text"),
            column=column,
        )
        sheet = replace(sheet, frame=sheet.frame.assign(**{column: ids.where(~floats, ids.map(mended))}))
        unknown &= ~floats
    unknown_ids = {text for text in texts if text not in mended and text not in known}
    change, respelt = _respelling(unknown_ids, known)
    alike = ids.isin(respelt).to_numpy() & unknown
    sheet = note(
        sheet,
        "RM-E-035",
        alike,
        filled(
            "{alike} of {every} ids that are not in {home} are there but for {change}",
            alike=len(respelt),
            every=len(unknown_ids),
            home=home,
            change=inside(change),
        ),
        filled("write the ids as in {home}; export them as text in both files", home=home),
        column=column,
    )
    held = among(ids, away) & unknown & ~alike
    sheet = note(
        sheet,
        code,
        held,
        filled("the id's own row in {home} cannot be used", home=home),
        filled("see the notes on {home}: with that row mended, this one counts again", home=home),
        column=column,
    )
    return note(sheet, code, unknown & ~alike & ~held, rule, remedy, column=column)


def _respelling(unknown: set[str], known: set[str]) -> tuple[str, set[str]]:
    """The change of spelling that turns most unknown ids into known ones, each into one alone, and those ids."""
    best: tuple[str, set[str]] = ("", set())
    for change, fold in SPELLINGS.items():
        homes = Counter(map(fold, known))
        found = {text for text in unknown if homes.get(fold(text)) == 1}
        bold = change in BOLD and (len(found) < LEAST_ALIKE or 2 * len(found) < len(unknown))
        if len(found) > len(best[1]) and not bold:
            best = change, found
    return best


def check_tandems(tandems: Sheet, *, allow_two: bool) -> Sheet:
    """Refuse tandems of one person, a person in two tandems of a round, and roles that change between rounds."""
    frame = tandems.frame
    pair = tandems.present("mentor_id") & tandems.present("mentee_id")
    alone = pair & (frame["mentor_id"] == frame["mentee_id"]).to_numpy()
    tandems = note(
        tandems, "RM-E-032", alone, key("mentor and mentee are the same person"), key("correct one of the two ids")
    )
    people = pd.concat(
        [
            frame.loc[pair & ~alone, ["round_id", name]].set_axis(["round_id", "person_id"], axis=1).assign(side=side)
            for name, side in (("mentor_id", "mentor"), ("mentee_id", "mentee"))
        ]
    )
    if not allow_two:
        where = np.zeros(len(frame), dtype=bool)
        where[people.index[people.duplicated(["round_id", "person_id"], keep=False)]] = True
        tandems = note(
            tandems,
            "RM-E-033",
            where,
            key("a person of this tandem stands in two tandems of the round"),
            key("correct the ids, or set allow_two_tandems = true under [pairing]"),
        )
    sides = people.groupby("person_id")["side"].nunique()
    swapped = int((sides > 1).sum())
    if swapped:
        tandems = note(
            tandems,
            "RM-E-034",
            pair,
            filled("people who are mentor in one tandem and mentee in another: {swapped}", swapped=swapped),
            key("check whether the columns mentor_id and mentee_id are swapped in one of the rounds"),
            counts_rows=False,
        )
    return tandems


def check_comparison(comparison: Sheet, tandems: Sheet, *, drawn: Collection[str] = ()) -> Sheet:
    """Refuse people who are participants and comparison in the same round; where a lot was drawn, count them.

    Parameters
    ----------
    comparison, tandems : Sheet
    drawn : collection of str
        Rounds with the receipt of a draw: there people count where the lot put them.
    """
    frame = tandems.frame[tandems.live]
    participants = {
        pair for name in ("mentor_id", "mentee_id") for pair in zip(frame["round_id"], frame[name], strict=True)
    }
    there = zip(comparison.frame["round_id"], comparison.frame["person_id"], strict=True)
    where = np.fromiter((pair in participants for pair in there), dtype=bool) & comparison.live
    by_lot = comparison.frame["round_id"].isin(list(drawn)).to_numpy()
    comparison = note(
        comparison,
        "RM-W-103",
        where & by_lot,
        key("people whom the lot did not let start are in a tandem of the round; they count where the lot put them"),
        key("nothing to do: the report counts them"),
    )
    return note(
        comparison,
        "RM-E-039",
        where & ~by_lot,
        key("the person is in a tandem of the same round and cannot serve it as comparison"),
        key("take the person out of the comparison of this round"),
    )
