"""Other lots by the same receipts: which arm an offer, a unit or a person gets.

Unit: one entry of a list. Every entry has the same chance of every arm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from rmanalytics.evaluation.lots.dealt import PERSON, UNIT, YOUNG, deal, young_on
from rmanalytics.evaluation.lots.drawing import held_or_written, refuse_known, refused, to_draw_from, written
from rmanalytics.evaluation.lots.drawn import ARMS
from rmanalytics.evaluation.survey.exposure_response import units_at
from rmanalytics.language.translator import filled
from rmanalytics.lot.balanced import by_hash
from rmanalytics.lot.sizes import plain_seed
from rmanalytics.receipts.chain import FOLDER, Receipt, canonical, keyed

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Programme, Round

LEAST_ARMS, NAMED = 2, 5


def refuse_outside(bundle: Bundle, of: str, ids: Sequence[str], now: datetime) -> None:
    """RM-E-170 where people on a list are not under `YOUNG` and employed, or units have nobody today; by row alone."""
    day = pd.Timestamp(now.date())
    if of == PERSON:
        inside, rule = young_on(bundle, day), filled("people are no employees under {young} today", young=YOUNG)
    elif of == UNIT and bundle.has("positions"):
        inside, rule = set(units_at(bundle, day)["unit"].dropna()), filled("units have no employees today")
    else:
        return
    rows = [n for n, one in enumerate(ids, start=2) if one not in inside]
    if rows:
        named = ", ".join(map(str, rows[:NAMED])) + (", …" if len(rows) > NAMED else "")
        raise refused(
            "RM-E-170",
            "draw --list",
            filled("{n} {rule} (row {named})", n=len(rows), rule=rule, named=named),
            filled("strike these rows"),
        )


def commit_arms(
    programme: Programme,
    round_: Round,
    ids: Sequence[str],
    arms: Sequence[str],
    *,
    of: str = "",
    key: bytes,
    now: datetime,
    package: Mapping[str, str],
    seed_from: str = "",
    simulated: bool = False,
) -> Receipt:
    """Freeze a list whose entries, which are ``of`` a kind (`OF`), are dealt out to arms in equal parts.

    Raises
    ------
    InputError
        RM-E-170 for fewer than two arms, fewer entries than arms, or an entry that stands twice; RM-E-174 where
        another list of the same kind is there already.
    """
    refuse_known(seed_from, now)
    wrong = ""
    if len(set(arms)) < LEAST_ARMS or len(set(arms)) < len(arms):
        wrong = filled("there are not two different arms")
    elif len(ids) < len(arms):
        wrong = filled("there are fewer entries than arms")
    elif len(set(ids)) < len(ids):
        wrong = filled("an entry stands twice")
    if wrong:
        raise refused(
            "RM-E-170", "draw --list", wrong, filled("give a CSV with one row an entry, and --arms first,second")
        )
    numbered = sorted(ids, key=lambda one: keyed(key, f"{round_.id}|{ARMS}|{one}".encode()))
    private = {ARMS: [{"lot": n, "id": one} for n, one in enumerate(numbered, start=1)]}
    public = {
        ARMS: list(arms),
        "of": of,
        "entries_n": len(ids),
        "seed_from": seed_from,
        "entries": keyed(key, canonical(private)),
    }
    write: dict[str, Any] = {"private": private, "now": now, "package": package, "simulated": simulated}
    return held_or_written(programme, round_, public, write)


def reveal_arms(
    programme: Programme,
    round_: Round,
    *,
    seed: str,
    of: str | None = None,
    key: bytes,
    now: datetime,
    package: Mapping[str, str],
    again: str = "",
    simulated: bool = False,
) -> Receipt:
    """Draw the arms of the list last committed (``of`` a kind), and write which entry got which.

    Raises
    ------
    InputError
        RM-E-171 to RM-E-175 as in `rmanalytics.evaluation.lots.drawing.reveal`.
    """
    seed = plain_seed(seed)
    listed, entries = to_draw_from(programme, round_, ARMS, of=of, seed=seed, key=key, now=now, again=again)
    rows = entries[ARMS]
    dealt = deal(by_hash(seed, ARMS), [int(one["lot"]) for one in rows], listed.content[ARMS])
    content: dict[str, Any] = {
        "list": listed.digest,
        "seed": seed,
        "reason": again,
        "seed_from": listed.content["seed_from"],
        "of": listed.content["of"],
        "order": listed.content[ARMS],
    }
    content[ARMS] = {
        arm: " ".join(str(lot) for lot in sorted(dealt) if dealt[lot] == arm) for arm in listed.content[ARMS]
    }
    content["people"] = dict(sorted(Counter(dealt.values()).items()))
    receipt = written(programme, round_, "draw", content, now=now, package=package, simulated=simulated)
    known = sorted((one for one in rows if "id" in one), key=lambda one: str(one["id"]))
    lines = [f"{one['id']},{dealt[int(one['lot'])]}" for one in known]
    place = programme.folder / FOLDER / "private" / f"{round_.id}-arms-{receipt.number}.csv"
    place.write_text("\n".join(["entry,arm", *lines]) + "\n", encoding="utf-8")
    place.chmod(0o600)
    return receipt
