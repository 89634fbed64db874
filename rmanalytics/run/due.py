"""Which rounds want a report: closed ones whose report is missing or no longer holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from rmanalytics.errors import InputError, Problem
from rmanalytics.programme.programme import FILE_NAME, Programme
from rmanalytics.run import manifest


def closed_rounds(programme: Programme, *, today: date) -> list[str]:
    """Ids of the rounds that are over and whose data are complete, in order of time.

    Examples
    --------
    A round that ends on 30 June is closed from 1 July on, if the exports reach 30 June.
    """
    return [r.id for r in programme.rounds if r.end < today and r.end <= programme.data_until]


def latest_closed(programme: Programme, *, today: date) -> str:
    """Id of the last closed round.

    Raises
    ------
    InputError
        RM-E-093 when no round is closed yet.
    """
    closed = closed_rounds(programme, today=today)
    if not closed:
        rule = "no round is closed yet: each ends after data_until or has not ended"
        remedy = "wait for the round to end and set data_until, or name the round with --round"
        raise InputError((Problem(code="RM-E-093", file=FILE_NAME, column="rounds", rule=rule, remedy=remedy),))
    return closed[-1]


def due_rounds(programme: Programme, reports: Path, *, key: bytes, notebooks: Sequence[Path], today: date) -> list[str]:
    """Closed rounds without a report, or with one whose inputs, notebooks or versions have changed.

    Parameters
    ----------
    programme : Programme
        The programme.
    reports : Path
        Its reports folder.
    key : bytes
        The key of that folder.
    notebooks : sequence of Path
        The notebooks that a report is made of.
    today : date
        The day of the run.
    """
    found = []
    for round_id in closed_rounds(programme, today=today):
        made = manifest.read(reports / round_id)
        if made is None or not manifest.still_holds(made, programme, key=key, notebooks=notebooks):
            found.append(round_id)
    return found
