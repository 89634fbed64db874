"""A wrong figure outside is struck: by a note beside the release, never by another number."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from rmanalytics.briefing.told import NAME, NOTES
from rmanalytics.errors import InputError, Problem
from rmanalytics.language.translator import filled
from rmanalytics.run import outside
from rmanalytics.run.lock import OUTSIDE, Access, locked, prepare
from rmanalytics.run.publish import write_whole

WRONG = "withdrawn: wrong"


def strike(reports: Path, ids: Sequence[str], *, on: date) -> tuple[list[str], list[str]]:
    """Strike figures wherever they were released, and withdraw the sentences that say them.

    Parameters
    ----------
    reports : Path
        The reports folder.
    ids : sequence of str
        Ids, or evidence ids, of figures as the team's page lists them.
    on : date
        The day that the notes give.

    Returns
    -------
    rounds, off : list of str
        Rounds whose outside was rendered again, and ids of sentences that have to come off every page.

    Raises
    ------
    InputError
        RM-E-181 where nothing was released, RM-E-187 for a figure that never was.
    """
    released = (path for path in sorted((reports / OUTSIDE).glob(f"*/{NAME}")) if path.parent.name != outside.INTERIM)
    found = {path.parent: json.loads(path.read_bytes()) for path in released}
    if not found:
        raise outside.unreleased()
    known = {name: e["id"] for one in found.values() for e in one["entries"] for name in (e["id"], e["evidence"])}
    if strange := [name for name in ids if name not in known]:
        near = difflib.get_close_matches(strange[0], known, n=1)
        remedy = (
            filled("did you mean {value}", value=near[0])
            if near
            else filled("take the id or the evidence from the team's page")
        )
        raise InputError((Problem(code="RM-E-187", file=NAME, rule=filled("there is no such figure"), remedy=remedy),))
    struck = {known[name] for name in ids}
    with locked(prepare(reports)):
        rounds = [place for place, one in found.items() if struck & {entry["id"] for entry in one["entries"]}]
        for place in rounds:
            access = Access(group=place.stat().st_gid)
            notes = json.loads(text) if (text := _read(place / NOTES)) else []
            notes += [{"id": name, "date": on.isoformat(), "note": WRONG} for name in sorted(struck - _ids(notes))]
            write_whole(place / NOTES, json.dumps(notes, indent=1) + "\n", access)
            staged = outside.staged(reports, place.name, (place / NAME).read_bytes(), (), salt="")
            outside.finished(reports, place.name, staged, on=on, access=access)
        off = outside.withdraw(reports, struck, on=on)
    return [place.name for place in rounds], off


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _ids(notes: Sequence[dict[str, str]]) -> set[str]:
    return {note["id"] for note in notes}
