"""Who a pseudonym is: for the one person who may ask, at a terminal, with a record of every question."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from rmanalytics.errors import InputError, Problem, unknown
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.intake.erased import list_of
from rmanalytics.programme.keys import key_folder
from rmanalytics.programme.programme import FILE_NAME

RECORD = "identify.log"


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
        raise _refused("identify", "ids are shown at a terminal alone", "call it by hand, without a pipe or a file")
    met: dict[str, str] = {}
    bundle = read_bundle(programme, met=met)
    if not met:
        raise _refused(FILE_NAME, "its ids do not become pseudonyms", "look the ids up as they stand in its tables")
    asked = list(pseudonyms)
    gone = list_of(bundle.programme)
    wrong = [one for one in asked if one not in met or (gone is not None and gone.stand_in(one, met[one]))]
    if wrong:
        raise unknown("pseudonym", wrong[0], ())
    record = key_folder(bundle.programme.id) / RECORD
    with os.fdopen(os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
        file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {os.getuid()} {' '.join(asked)}\n")
    return [f"{one}  {met[one]}" for one in asked]


def _refused(file: str, rule: str, remedy: str) -> InputError:
    return InputError((Problem(code="RM-E-158", file=file, rule=rule, remedy=remedy),))
