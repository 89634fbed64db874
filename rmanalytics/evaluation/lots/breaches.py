"""Whether a lot held: every way in which a list, a draw or what became of it is not as it was fixed, by name.

Unit: one breach of one side. Counts are for the report, ids for the analyst alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.lots.dealt import OF, PERSON, SOURCE, UNIT, ArmsLot, arms_lots, dealt_again, young_on
from rmanalytics.evaluation.lots.drawing import day_in, recomputed
from rmanalytics.evaluation.lots.drawn import ARMS, COMPARED, Lot, SideLot, lot_of, private_half
from rmanalytics.evaluation.survey.exposure_response import units_at
from rmanalytics.evaluation.verdicts.declared import changes, frozen, in_time
from rmanalytics.evaluation.verdicts.gates import LATE
from rmanalytics.intake.erased import STAND_IN
from rmanalytics.language.translator import key
from rmanalytics.lot.sizes import CERTAIN, RESERVE, START, WAIT
from rmanalytics.receipts.chain import Receipt, broken, canonical, erased_of, key_of, keyed, receipts_of
from rmanalytics.results import SIDES

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Programme, Round

BROKEN = key("the chain of receipts is broken: a receipt is damaged, missing, changed or out of place")
OTHER_KEY = key("the key of the receipts is another, so nobody can check whether the list is the one that was fixed")
CHANGED = key("the list or the draw was changed: drawn again from the receipts, other people start")
TOO_LATE = key("the list was not written before the draw")
DRAWN_AGAIN = key("the lot was drawn more than once")
NO_SOURCE = key("nobody said beforehand where the seed would come from, and the list was laid down nowhere")
SOURCE_KNOWN = key("the seed could be known when the list was written")
CLOCK = key("the computer's clock went back between two receipts")
NOT_COMPARED = key("people whom the lot did not let start are missing in comparison.csv")
NO_PRIVATE = key("the private half of the list is missing or damaged, so nobody knows whom the lot put where")
NO_TANDEM = key("drawn to start, but in no tandem")
SERVED = key("not drawn to start, but in a tandem")
SWAPPED = key("swapped: one who was drawn has no tandem, and one who was not has one")
OUTSIDE = key("in a tandem without having been on the list")
OWED = key("promised a place in the next round, and owed it still")
NOT_DUE = key("promised a place in the next round, which is not due yet")
PLAN_CHANGED = key("the plan in programme.toml is not the one that was recorded")
OTHERWISE = key("treated otherwise than the lot decided; counted where the lot put them")
UNASKED = key("under 35 and employed when the sample was drawn, but not on its list")
TYPED = key("said to be random in tandems.csv; there is no receipt of a lot")
LOWERING = (BROKEN, CHANGED, OTHER_KEY, TOO_LATE, DRAWN_AGAIN, NO_SOURCE, SOURCE_KNOWN, CLOCK, NOT_COMPARED, NO_PRIVATE)
"""What keeps a lot from level 5; the rest is counted and changes no level, for everybody counts where drawn."""
FEW_NUMBERS, MOSTLY = 9, 0.8
"""Of fewer numbers nobody tells the key; by chance half of them rise, under their own key all but changed ones."""


@dataclass(frozen=True, kw_only=True)
class Breach:
    """One breach: its rule, the side (empty for the round), how many people, and who (for the analyst)."""

    rule: str
    side: str = ""
    n: int = 1
    people: tuple[str, ...] = ()

    @property
    def lowers(self) -> bool:
        """Whether it keeps the round from evidence level 5."""
        return self.rule in LOWERING


def breaches(bundle: Bundle, round_: Round) -> tuple[Breach, ...]:
    """Every breach of a round's lot, found once for each bundle."""
    kept = ("breaches_of_lot", round_.id)
    if kept not in bundle.kept:
        bundle.kept[kept] = tuple(_found(bundle, round_))
    found: tuple[Breach, ...] = bundle.kept[kept]
    return found


def why_not_five(bundle: Bundle, round_: Round, side: str) -> str:
    """The first breach that keeps a side, or a lot of other entries, from level 5; empty where none does."""
    own = [one for one in breaches(bundle, round_) if one.lowers and one.side in ("", side)]
    return min(own, key=lambda one: LOWERING.index(one.rule)).rule if own else ""


def held(bundle: Bundle, rounds: Sequence[str], of: str) -> str:
    """What keeps the lots of some rounds over other entries from level 5; empty where all held."""
    found = (why_not_five(bundle, bundle.programme.round(name), OF[of]) for name in rounds)
    return next(filter(None, found), "")


def _found(bundle: Bundle, round_: Round) -> Iterator[Breach]:
    receipts = receipts_of(bundle.programme)
    draws = [one for one in receipts if one.round_id == round_.id and one.kind == "draw"]
    damaged = broken(bundle.programme.folder)
    if damaged:
        yield Breach(rule=BROKEN, n=len(damaged))
    if draws and any(late.written < early.written for early, late in pairwise(receipts)):
        yield Breach(rule=CLOCK)
    yield from _of_volunteers(bundle, round_, receipts)
    lots = arms_lots(bundle, round_)
    for of in sorted({one.content.get("of", "") for one in draws if ARMS in one.content} & OF.keys() - lots.keys()):
        yield Breach(rule=NO_PRIVATE, side=OF[of])
    for of, lot in lots.items():
        yield from _receipts(bundle.programme, lot, receipts, OF[of], [] if dealt_again(lot) else [OF[of]])
        yield from _as_dealt(bundle, round_, lot)


def _of_volunteers(bundle: Bundle, round_: Round, receipts: tuple[Receipt, ...]) -> Iterator[Breach]:
    programme, lot = bundle.programme, lot_of(bundle, round_)
    if not any(one.round_id == round_.id and one.kind == "draw" and "sides" in one.content for one in receipts):
        yield from _typed(bundle, round_)
        return
    if lot is None:
        yield Breach(rule=NO_PRIVATE)
        return
    yield from _plan(bundle, round_, receipts)
    changed = [
        side
        for side, own in lot.sides.items()
        if lot.listed and not recomputed(programme, lot.listed, lot.draw, side, own)
    ]
    yield from _receipts(programme, lot, receipts, "", changed)
    for side, own in lot.sides.items():
        yield from _people(bundle, round_, side, own)
        yield from _promises(bundle, round_, side, own)


def _as_dealt(bundle: Bundle, round_: Round, lot: ArmsLot) -> Iterator[Breach]:
    """Entries that were not treated as the lot decided, and people whom its list left out."""
    arm, day = lot.of_entry, pd.Timestamp(lot.draw.written.date())
    if lot.of == SOURCE and bundle.has("branding"):
        rows = bundle.table("branding")
        rows = rows[(rows["date"] >= day) & (rows["date"] <= pd.Timestamp(round_.end)) & rows["source"].isin(arm)]
        shown = rows["exposed"].map({"yes": True, "no": False})
        other = shown.notna() & (shown != (rows["source"].map(arm) == 0))
        if other.any():
            yield Breach(rule=OTHERWISE, side=OF[SOURCE], n=int(rows.loc[other, "source"].nunique()))
    if lot.of == UNIT and bundle.has("tandems", "positions"):
        home = units_at(bundle, day).set_index("person_id")["unit"].map(arm)
        mine = bundle.table("tandems")
        mine = mine[mine["round_id"] == round_.id]
        early = [name for name in mine["mentee_id"] if home.get(name, 0) > 0]
        if early:
            yield Breach(rule=OTHERWISE, side=OF[UNIT], n=len(early), people=tuple(early))
    if lot.of == PERSON:
        missing = sorted(young_on(bundle, day) - set(arm))
        if missing:
            yield Breach(rule=UNASKED, side=OF[PERSON], n=len(missing), people=tuple(missing))


def _typed(bundle: Bundle, round_: Round) -> Iterator[Breach]:
    if bundle.has("tandems"):
        tandems = bundle.table("tandems")
        typed = int(((tandems["round_id"] == round_.id) & (tandems["assignment"] == "random")).sum())
        if typed:
            yield Breach(rule=TYPED, n=typed)


def _plan(bundle: Bundle, round_: Round, receipts: tuple[Receipt, ...]) -> Iterator[Breach]:
    """Whether the plan was recorded in time, and is still the one that was recorded."""
    programme = bundle.programme
    own = [one for one in receipts if one.round_id == round_.id and one.kind == "declared"]
    primary = next((claim for claim in claims() if claim.id == programme.declared.primary), None)
    if primary is None:
        return
    if not any(in_time(one, bundle, round_, primary) for one in own):
        yield Breach(rule=LATE)
    changed = [where for receipt, where, _, _ in changes(own[-1:], frozen(programme, round_)) if receipt is None]
    if changed:
        yield Breach(rule=PLAN_CHANGED, n=len(changed))


def _receipts(
    programme: Programme, lot: Lot | ArmsLot, receipts: tuple[Receipt, ...], of: str, changed: list[str]
) -> Iterator[Breach]:
    """What the receipts of a lot alone show; ``changed``: of what, drawn again, they do not give the same."""
    listed = lot.listed
    if listed is None or listed.sequence > lot.draw.sequence:
        yield Breach(rule=TOO_LATE, side=of)
        return
    if lot.draws > 1:
        yield Breach(rule=DRAWN_AGAIN, side=of, n=lot.draws)
    anchored = any(
        one.kind == "anchor" and one.content.get("of") == listed.digest and one.sequence < lot.draw.sequence
        for one in receipts
    )
    source = str(listed.content.get("seed_from", ""))
    day = day_in(source)
    if not source and not anchored:
        yield Breach(rule=NO_SOURCE, side=of)
    elif day is not None and not listed.written.date() < day <= lot.draw.written.date():
        yield Breach(rule=SOURCE_KNOWN, side=of)
    secret = key_of(programme.id, make=False) if not programme.simulated and programme.id else None
    gone = erased_of(receipts, listed.digest)
    committed = listed.content["entries"] if gone is None else gone.content["private"]
    half, bank = private_half(programme, listed) or {}, private_half(programme, lot.draw)
    if secret is not None:
        as_fixed = keyed(secret, canonical(half)) == committed
        kept = lot.draw.content.get("redraws")
        as_kept = bank is None or kept is None or keyed(secret, canonical(bank)) == kept
        if not as_fixed and not _numbered_by(secret, listed.round_id, half):
            yield Breach(rule=OTHER_KEY, side=of)
        elif not (as_fixed and as_kept):
            changed = changed or [of]
    yield from (Breach(rule=CHANGED, side=side) for side in changed)


def _numbered_by(secret: bytes, round_id: str, half: Mapping[str, Any]) -> bool:
    """Whether lot numbers mostly rise with the digests of a key, as they do under the key that gave them."""
    rising = []
    for side, rows in half.items():
        own = [one for one in sorted(rows, key=lambda one: one["lot"]) if "id" in one]
        digests = [keyed(secret, f"{round_id}|{side}|{one['id']}".encode()) for one in own]
        rising += [low < high for low, high in pairwise(digests)]
    return len(rising) < FEW_NUMBERS or sum(rising) > MOSTLY * len(rising)


def came_late(bundle: Bundle, round_: Round, side: str) -> set[str]:
    """Who volunteered after the list of a round was closed: they stand by."""
    lot = lot_of(bundle, round_)
    if lot is None or lot.listed is None or not bundle.has("invitations"):
        return set()
    table = bundle.table("invitations")
    mine = (table["round_id"] == round_.id) & (table["side"] == side) & (table["answer"] == "volunteered")
    late = table["answered_date"] > pd.Timestamp(lot.listed.written.date())
    return set(table.loc[mine & late, "person_id"])


def _people(bundle: Bundle, round_: Round, side: str, own: SideLot) -> Iterator[Breach]:
    """What became of those on the list."""
    known = set(bundle.table("people")["person_id"])
    paired: set[str] = set()
    if bundle.has("tandems"):
        tandems = bundle.table("tandems")
        paired = set(tandems.loc[tandems["round_id"] == round_.id, f"{side}_id"])
    absent = [one for one in own.people(START) if one not in paired]
    served = [one for one in own.people(*COMPARED) if one in paired]
    outside = {one for one in paired if not re.fullmatch(STAND_IN, one)} - set(own.ids.values())
    outside -= came_late(bundle, round_, side)
    compared: set[str] = set()
    if bundle.has("comparison"):
        table = bundle.table("comparison")
        compared = set(table.loc[(table["round_id"] == round_.id) & (table["side"] == side), "person_id"])
    missing = [one for one in own.people(*COMPARED) if one not in compared and one in known]
    swapped = min(len(absent), len(served))
    for rule, people in ((NO_TANDEM, absent), (SERVED, served), (OUTSIDE, sorted(outside)), (NOT_COMPARED, missing)):
        if people and (paired or rule == NOT_COMPARED):
            yield Breach(rule=rule, side=side, n=len(people), people=tuple(people))
    if swapped and paired:
        yield Breach(rule=SWAPPED, side=side, n=swapped, people=(*absent, *served))


def _promises(bundle: Bundle, round_: Round, side: str, own: SideLot) -> Iterator[Breach]:
    """Whether those who waited were served: in the next round, or in this one though not drawn."""
    waiting = own.people(WAIT)
    later = [one for one in bundle.programme.rounds if one.start > round_.start]
    people = bundle.table("people").set_index("person_id")["exit_date"]
    if not waiting:
        return
    if not later or later[0].end > bundle.programme.data_until or not bundle.has("tandems"):
        yield Breach(rule=NOT_DUE, side=side, n=len(waiting))
        return
    tandems = bundle.table("tandems")
    served = tandems["round_id"].isin([round_.id, later[0].id])
    ids = tandems.loc[served, [f"{one}_id" for one in SIDES]]
    placed = set(ids.to_numpy().ravel())
    left = {one for one in waiting if one in people.index and people[one] <= pd.Timestamp(later[0].end)}
    owed = [one for one in waiting if one not in placed and one not in left]
    if owed:
        yield Breach(rule=OWED, side=side, n=len(owed), people=tuple(owed))


def described(own: SideLot) -> dict[str, int]:
    """People by group of the lot, those who start for certain and the reserve among them."""
    return {group: len(own.people(group)) for group in (CERTAIN, START, *COMPARED, RESERVE)}
