"""What a lot decided in a round, read from its receipts: who was on the list, and where the lot put them.

Unit: one lot number of one side.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rmanalytics.lot.sizes import GROUPS, NOT_DRAWN, START, WAIT, Sizes
from rmanalytics.receipts.chain import FOLDER, Receipt, receipts_of

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Programme, Round

COMPARED = (WAIT, NOT_DRAWN)
ARMS = "arms"
"""Stands for a side where the entries of a list are no volunteers."""


@dataclass(frozen=True, kw_only=True)
class SideLot:
    """One side of a lot.

    Parameters
    ----------
    ids : mapping of lot number to str
        Those erased since are absent.
    groups : mapping of lot number to str
        Group by lot number, as the draw's receipt holds it.
    sizes : Sizes
    facts : mapping of lot number to whole numbers
    bank : mapping of str to str
        Redraws by lot number; empty where they can be repeated without facts.
    """

    ids: Mapping[int, str]
    groups: Mapping[int, str]
    sizes: Sizes
    facts: Mapping[int, tuple[int, ...]]
    bank: Mapping[str, str] = field(default_factory=dict)

    def people(self, *groups: str) -> list[str]:
        """Ids of some groups, in order of lot number."""
        return [self.ids[lot] for lot, group in sorted(self.groups.items()) if group in groups and lot in self.ids]

    @property
    def compared(self) -> list[int]:
        """Lot numbers of those whom the lot decided about and who did not stand by."""
        return sorted(lot for lot, group in self.groups.items() if group in (START, *COMPARED))


@dataclass(frozen=True, kw_only=True)
class Lot:
    """The lot of a round: its last draw, the list that it was drawn from, and each side."""

    round_id: str
    draw: Receipt
    listed: Receipt | None
    draws: int
    sides: Mapping[str, SideLot]


def lot_of(bundle: Bundle, round_: Round) -> Lot | None:
    """The lot of a round as it counts; None where none was drawn or its private half is not there."""
    key = ("lot_of", round_.id)
    if key not in bundle.kept:
        bundle.kept[key] = read_lot(bundle.programme, round_.id)
    found: Lot | None = bundle.kept[key]
    return found


def read_lot(programme: Programme, round_id: str) -> Lot | None:
    """`lot_of` without a bundle."""
    own = [one for one in receipts_of(programme) if one.round_id == round_id]
    draws = [one for one in own if one.kind == "draw" and "sides" in one.content]
    if not draws:
        return None
    last = draws[-1]
    listed = next((one for one in own if one.digest == last.content.get("list")), None)
    of_list = private_half(programme, listed) if listed else None
    of_draw = private_half(programme, last) or {}
    if of_list is None:
        return None
    sides = {}
    for side, entries in of_list.items():
        groups = groups_of(last.content["groups"][side])
        sides[side] = SideLot(
            ids={int(one["lot"]): str(one["id"]) for one in entries if one.get("id")},
            groups=groups,
            sizes=sizes_of(last, side),
            facts={int(one["lot"]): tuple(map(int, one["facts"])) for one in entries if "facts" in one},
            bank=of_draw.get("redraws", {}).get(side, {}),
        )
    return Lot(round_id=round_id, draw=last, listed=listed, draws=len(draws), sides=sides)


def private_half(programme: Programme, receipt: Receipt | None) -> dict[str, Any] | None:
    """The private half of a receipt; None where it is not there or has not the form in which one is written."""
    if receipt is None:
        return None
    path = programme.folder / FOLDER / "private" / receipt.name
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if _as_written(found, receipt) else None


def _as_written(half: Any, receipt: Receipt) -> bool:
    """Whether a half has the form of its receipt: of a list its sides with rows, of a draw redraws by lot number."""
    if not isinstance(half, dict):
        return False
    if receipt.kind != "list":
        banks, signs = half.get("redraws", {}), 2 * -(-int(receipt.content.get("redraws_n", 0)) // 8)
        return isinstance(banks, dict) and all(_is_bank(one, signs) for one in banks.values())
    sides = receipt.content.get("sides")
    rows = [one for own in half.values() if isinstance(own, list) for one in own]
    return (
        half.keys() == (sides.keys() if sides else {ARMS})
        and all(isinstance(own, list) for own in half.values())
        and all(_is_row(one, volunteer=bool(sides)) for one in rows)
    )


def _is_row(one: Any, *, volunteer: bool) -> bool:
    """A row of a list: of somebody erased since, lot number alone and whether she or he was certain."""
    if not (isinstance(one, dict) and type(one.get("lot")) is int and isinstance(one.get("id", ""), str)):
        return False
    facts = one.get("facts", [])
    whole = isinstance(facts, list) and all(type(fact) is int for fact in facts)
    return whole and (not volunteer or type(one.get("certain")) is int)


def _is_bank(one: Any, signs: int) -> bool:
    rows = one.values() if isinstance(one, dict) else [None]
    return all(isinstance(row, str) and re.fullmatch(f"[0-9a-f]{{{signs}}}", row) for row in rows)


def groups_of(text: Mapping[str, str]) -> dict[int, str]:
    """Group by lot number from lot numbers by group.

    Examples
    --------
    >>> groups_of({"start": "2 7", "wait": "1"})
    {2: 'start', 7: 'start', 1: 'wait'}
    """
    return {int(lot): group for group, lots in text.items() if group in GROUPS for lot in lots.split()}


def groups_text(groups: Mapping[int, str]) -> dict[str, str]:
    """Lot numbers by group, as a receipt holds them.

    Examples
    --------
    >>> groups_text({2: "start", 1: "wait", 7: "start"})
    {'start': '2 7', 'wait': '1'}
    """
    by_group = {name: sorted(lot for lot, group in groups.items() if group == name) for name in GROUPS}
    return {name: " ".join(map(str, lots)) for name, lots in by_group.items() if lots}


def sizes_of(receipt: Receipt, side: str) -> Sizes:
    """Group sizes of a side as the receipt of a list or a draw holds them."""
    return Sizes(**{name: receipt.content["sides"][side][name] for name in GROUPS})
