"""Who a pseudonym is: for the one person who may ask, at a terminal, with a record of every question; and a new key."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from rmanalytics.errors import InputError, Problem, unknown
from rmanalytics.intake.bundle import RECEIPTS, read_bundle
from rmanalytics.intake.door import KEY_FILE
from rmanalytics.intake.erased import list_of
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import filled, translator
from rmanalytics.programme.keys import key_folder, key_of
from rmanalytics.programme.programme import FILE_NAME, read_programme
from rmanalytics.programme.sources import KEYED

RECORD = "identify.log"


def told(programme: Path, pseudonyms: Iterable[str], *, terminal: bool) -> str:
    """What the command says: whose the pseudonyms are, or without any, that there is a new key."""
    asked = list(pseudonyms)
    return "\n".join(identify(programme, asked, terminal=terminal)) if asked else new_key(programme, terminal=terminal)


def identify(programme: Path, pseudonyms: Iterable[str], *, terminal: bool) -> list[str]:
    """Pseudonym and id, one line each; each question is written down beside the key before it is answered.

    Parameters
    ----------
    programme : Path
        The programme's folder, with the exports that hold the ids.
    pseudonyms : iterable of str
        What is asked for.
    terminal : bool
        Whether a person reads the answer; into a file or another program it never goes.

    Raises
    ------
    InputError
        RM-E-158 without a terminal, or where the programme's ids are no pseudonyms of ours.
    UnknownNameError
        RM-E-130 for a pseudonym that nobody has, or that of somebody who was erased.
    """
    if not terminal:
        raise _refused(
            "identify", filled("ids are shown at a terminal alone"), filled("call it by hand, without a pipe or a file")
        )
    met: dict[str, str] = {}
    bundle = read_bundle(programme, met=met)
    if not met:
        raise _refused(
            FILE_NAME, filled("its ids do not become pseudonyms"), filled("look the ids up as they stand in its tables")
        )
    asked = list(pseudonyms)
    gone = list_of(bundle.programme)
    wrong = [one for one in asked if one not in met or (gone is not None and gone.stand_in(one, met[one]))]
    if wrong:
        raise unknown("pseudonym", wrong[0], ())
    _record(bundle.programme.id, " ".join(asked))
    return [f"{one}  {met[one]}" for one in asked]


def new_key(folder: Path, *, terminal: bool) -> str:
    """Put a new key of the pseudonyms in the place of the old one, which is gone; what was done, in a sentence.

    Everybody has another pseudonym from then on, evaluations that were kept count no more, and every report is due
    again. Receipts hold pseudonyms and are never rewritten: with people in them the key stays.

    Raises
    ------
    InputError
        RM-E-158 without a terminal, or without a key; RM-E-198 where receipts name people.
    """
    if not terminal:
        raise _refused(
            "identify",
            filled("a key is changed at a terminal alone"),
            filled("call it by hand, without a pipe or a file"),
        )
    programme = read_programme(folder, tuple(TABLES))
    key = key_folder(programme.id) / KEY_FILE
    if programme.sources.ids != KEYED or not key.is_file():
        raise _refused(FILE_NAME, filled("its ids do not become pseudonyms"), filled("nothing to do: there is no key"))
    if any((folder / RECEIPTS / "private").glob("*.json")):
        rule = filled("receipts name people by the present key, and with another one no list or lot would find them")
        remedy = filled("keep the key; a programme that begins anew gets a new programme.id, and a key with it")
        raise InputError((Problem(code="RM-E-198", file=RECEIPTS, rule=rule, remedy=remedy),))
    _record(programme.id, "a new key")
    key.unlink()
    key_of(programme.id, KEY_FILE, make=True)
    tr = translator(programme.language)
    return tr("There is a new key: everybody has another pseudonym, and every report is due again (rmanalytics due).")


def _record(programme_id: str, what: str) -> None:
    record = key_folder(programme_id) / RECORD
    with os.fdopen(os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
        file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {os.getuid()} {what}\n")


def _refused(file: str, rule: str, remedy: str) -> InputError:
    return InputError((Problem(code="RM-E-158", file=file, rule=rule, remedy=remedy),))
