"""Between tables: every id must be known where it is used, and a tandem must be what a tandem is.

Unit: one row that names a person or a tandem. Ids are matched as text; where a spreadsheet changed them in a way that
can be told against *people*, that is said instead of a plain "unknown".
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from rmanalytics.intake.sheet import EXCLUDED, Sheet, note
from rmanalytics.intake.words import among

_DECIMAL_ID = re.compile(r"([0-9]+)[.,]0+")


def link_people(sheet: Sheet, people: Sheet) -> Sheet:
    """Hold the person ids of a table against *people*; unknown ones quarantine the row."""
    known = people.frame["person_id"][people.live]
    for column in sheet.table.columns:
        if column.person:
            sheet = _link(
                sheet,
                column.name,
                known,
                code="RM-Q-048",
                rule="the person is not in people, or the row there was quarantined",
                remedy="add the person to people, or correct the id",
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
                "rows of rounds that programme.toml does not declare were left out",
                "declare the round under [[rounds]] if it belongs to the programme",
                column=column.name,
                excludes=True,
            )
            sheet = _link(
                sheet,
                column.name,
                known,
                code="RM-Q-049",
                rule="the tandem is not in tandems, or the row there was quarantined",
                remedy="add the tandem to tandems, or correct the id",
                home="tandems",
            )
    return sheet


def _link(sheet: Sheet, column: str, home_ids: pd.Series, *, code: str, rule: str, remedy: str, home: str) -> Sheet:
    ids = sheet.frame[column]
    unknown = sheet.present(column) & ~among(ids, home_ids)
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
            "ids that a spreadsheet wrapped or wrote as decimal numbers were read as ids",
            "nothing to do; export ids as text",
            column=column,
        )
        sheet = replace(sheet, frame=sheet.frame.assign(**{column: ids.where(~floats, ids.map(mended))}))
        unknown &= ~floats
    bare = {text.lstrip("0") for text in known if text.isdigit()}
    zeros = {text for text in texts if text.isdigit() and text not in known and text.lstrip("0") in bare}
    lost = ids.isin(zeros).to_numpy() & unknown
    sheet = note(
        sheet,
        "RM-E-035",
        lost,
        f"the id and that in {home} differ in leading zeros only",
        "export ids as text in both files, with their leading zeros",
        column=column,
    )
    return note(sheet, code, unknown & ~lost, rule, remedy, column=column)


def check_tandems(tandems: Sheet, *, allow_two: bool) -> Sheet:
    """Refuse tandems of one person, a person in two tandems of a round, and roles that change between rounds."""
    frame = tandems.frame
    pair = tandems.present("mentor_id") & tandems.present("mentee_id")
    alone = pair & (frame["mentor_id"] == frame["mentee_id"]).to_numpy()
    tandems = note(tandems, "RM-E-032", alone, "mentor and mentee are the same person", "correct one of the two ids")
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
            "a person of this tandem stands in two tandems of the round",
            "correct the ids, or set allow_two_tandems = true under [pairing]",
        )
    sides = people.groupby("person_id")["side"].nunique()
    swapped = int((sides > 1).sum())
    if swapped:
        tandems = note(
            tandems,
            "RM-E-034",
            pair,
            f"people who are mentor in one tandem and mentee in another: {swapped}",
            "check whether the columns mentor_id and mentee_id are swapped in one of the rounds",
            counts_rows=False,
        )
    return tandems


def check_comparison(comparison: Sheet, tandems: Sheet) -> Sheet:
    """Refuse people who are participants and comparison in the same round."""
    frame = tandems.frame[tandems.live]
    participants = {
        pair for name in ("mentor_id", "mentee_id") for pair in zip(frame["round_id"], frame[name], strict=True)
    }
    there = zip(comparison.frame["round_id"], comparison.frame["person_id"], strict=True)
    where = np.fromiter((pair in participants for pair in there), dtype=bool) & comparison.live
    return note(
        comparison,
        "RM-E-039",
        where,
        "the person is in a tandem of the same round and cannot serve it as comparison",
        "take the person out of the comparison of this round",
    )
