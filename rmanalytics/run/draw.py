"""Drawing the lot of a round: first the list, then the seed.

Unit: one round. Writes receipts, their sheets and a hand-out, nothing else of the programme's.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any

from rmanalytics.evaluation.lots.arms import commit_arms, refuse_outside, reveal_arms
from rmanalytics.evaluation.lots.dealt import OF, PERSON, UNIT
from rmanalytics.evaluation.lots.drawing import commit, refused, reveal, written
from rmanalytics.inspect.receipts import findings
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.intake.door import door_of
from rmanalytics.intake.files import open_source
from rmanalytics.intake.readers.kinds import aliases_of
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import filled
from rmanalytics.programme.programme import Programme, Round, read_programme
from rmanalytics.receipts.chain import FOLDER, Receipt, key_of, read_chain
from rmanalytics.run.declare import package as own_package


def draw(
    folder: Path,
    round_id: str,
    *,
    now: datetime,
    seed: str = "",
    seed_from: str = "",
    again: str = "",
    anchor: str = "",
) -> Receipt:
    """Commit the list of a round, or draw from it where a seed is given; the receipt that now holds.

    Called again without a seed, it gives the list that is there, or its draw.

    Parameters
    ----------
    folder, round_id : Path, str
        The programme's folder and its round.
    now : datetime
        With its zone.
    seed, seed_from : str
        The seed; where it will come from.
    again : str
        Why the lot is drawn another time.
    anchor : str
        Where the digest was laid down outside.

    Raises
    ------
    InputError
        RM-E-142 for a broken chain, RM-E-145 without an id of the programme, RM-E-170 to RM-E-175 as in `commit` and
        `reveal`, RM-E-178 where the key of the receipts is missing.
    """
    programme, round_, key, package = _opened(folder, round_id)
    if seed:
        found = reveal(programme, round_, seed=seed, key=key, now=now, package=package, again=again)
    else:
        bundle = read_bundle(folder)
        listed = commit(bundle, round_, key=key, now=now, package=package, seed_from=seed_from)
        found = _held(programme, listed, seed_from)
    if anchor:
        written(programme, round_, "anchor", {"of": found.digest, "where": anchor}, now=now, package=package)
    return found


def _held(programme: Programme, listed: Receipt, seed_from: str) -> Receipt:
    """A list; the last draw from it, where it was drawn already.

    Raises
    ------
    InputError
        RM-E-174 where another source of the seed is named than when the list was committed.
    """
    source = listed.content["seed_from"]
    if seed_from and source != seed_from:
        rule = filled(
            "the list was committed on {written} with {value}",
            written=f"{listed.written:%Y-%m-%d}",
            value=source or "no source of the seed",
        )
        remedy = filled(
            "a source named later counts for nothing; before the draw lay the digest down with others: --anchor"
        )
        raise refused("RM-E-174", "seed-from", rule, remedy)
    drawn = [one for one in read_chain(programme.folder) if one.kind == "draw" and one.content["list"] == listed.digest]
    return drawn[-1] if drawn else listed


def draw_arms(
    folder: Path,
    round_id: str,
    entries: Path | None,
    arms: str,
    *,
    now: datetime,
    seed: str = "",
    seed_from: str = "",
    again: str = "",
    anchor: str = "",
) -> Receipt:
    """Commit a list of offers, units or people, or draw from it which arm each of them gets.

    Parameters
    ----------
    folder, round_id, now, seed, seed_from, again, anchor
        As in `draw`.
    entries : Path or None
        CSV whose first column is drawn, one row an entry; its head says what the entries are
        (`rmanalytics.evaluation.lots.dealt.OF`). With a seed it says which list, where several are committed.
    arms : str
        Names with commas between them, such as ``mention,none``; not needed with a seed.

    Raises
    ------
    InputError
        As `draw`; RM-E-170 for a list without entries or arms, or with people or units that do not belong on it.
    """
    programme, round_, key, package = _opened(folder, round_id)
    head, ids = (None, []) if entries is None else first_column(entries)
    of = head if head is None or head in OF else ""
    if seed:
        found = reveal_arms(programme, round_, seed=seed, of=of, key=key, now=now, package=package, again=again)
    else:
        ids = door_of(programme, aliases_of(programme), None).names(ids) if of == PERSON else ids
        named = [name for name in (part.strip() for part in arms.split(",")) if name]
        given: dict[str, Any] = {"of": of or "", "key": key, "now": now, "package": package, "seed_from": seed_from}
        if of in (PERSON, UNIT):
            refuse_outside(read_bundle(folder, only=("positions",)), of, ids, now)
        found = _held(programme, commit_arms(programme, round_, ids, named, **given), seed_from)
    if anchor:
        written(programme, round_, "anchor", {"of": found.digest, "where": anchor}, now=now, package=package)
    return found


def first_column(file: Path) -> tuple[str, list[str]]:
    """The head of the first column of a CSV file, and its entries.

    Raises
    ------
    InputError
        As `open_source`.
    """
    source = open_source(file.parent, file.name)
    text = source.data[source.skip :].decode(source.encoding)
    delimiter = max(",;\t", key=text.lstrip().partition("\n")[0].count)
    rows = [row[0].strip() for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    return rows[0], [entry for entry in rows[1:] if entry]


def verify(folder: Path, round_id: str) -> list[str]:
    """What is wrong with the receipts and the lots of a round, by code that did not write them; empty where nothing is.

    Raises
    ------
    InputError
        RM-E-171 where no list was committed.
    """
    programme = read_programme(folder, tuple(TABLES))
    programme.round(round_id)
    if not any((folder / FOLDER).glob(f"{round_id}-list-*.json")):
        remedy = filled("commit one: rmanalytics draw PROGRAMME --round {round_id}", round_id=round_id)
        raise refused("RM-E-171", "draw", filled("there is no list of this round"), remedy)
    key = key_of(programme.id, make=False) if programme.id and not programme.simulated else None
    return findings(folder, key, round_id)


def key_lost(folder: Path) -> bool:
    """Whether the key of the receipts is not there, so that digests of data can no longer be checked."""
    programme = read_programme(folder, tuple(TABLES))
    return not programme.simulated and (not programme.id or key_of(programme.id, make=False) is None)


def _opened(folder: Path, round_id: str) -> tuple[Programme, Round, bytes, dict[str, str]]:
    programme = read_programme(folder, tuple(TABLES))
    round_ = programme.round(round_id)
    if not programme.id:
        raise refused(
            "RM-E-145", "programme.id", filled("the programme has no id"), filled('add id = "…" under [programme]')
        )
    key = key_of(programme.id, make=not read_chain(folder))
    if key is None:
        rule = filled("the key of the receipts is missing, so that lot numbers and lists cannot be made or checked")
        remedy = filled("restore receipts.key of {id} from a backup", id=programme.id)
        raise refused("RM-E-178", "programme.id", rule, remedy)
    return programme, round_, key, own_package()
