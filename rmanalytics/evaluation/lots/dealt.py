"""What a lot of other entries than volunteers decided, read from its receipts: which arm an offer, unit or person got.

Unit: one entry of a list. The head of the list says what its entries are: ``unit`` (of the company; arms in the order
in which they enter, a round each), ``source`` (of counts of the employer brand: offers, advertisements), ``person_id``
(a sample, asked in the first arm).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rmanalytics.evaluation.lots.drawn import ARMS, private_half
from rmanalytics.language.translator import key
from rmanalytics.lot.balanced import Order, by_hash
from rmanalytics.receipts.chain import Receipt, receipts_of

if TYPE_CHECKING:
    import pandas as pd

    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Programme, Round

FEWEST_ENTRIES = 6
"""In the arms compared, as for people: fewer are drawn but not evaluated by lot."""
YOUNG = 35
"""Years of age below which people belong on the list of a sample."""
UNIT, SOURCE, PERSON = "unit", "source", "person_id"
OF = {UNIT: key("units"), SOURCE: key("offers"), PERSON: key("people to be asked")}
"""What an entry is, by the head of the list; of anything else the evaluation reads nothing."""


@dataclass(frozen=True, kw_only=True)
class ArmsLot:
    """A lot of other entries than volunteers, as it counts.

    Parameters
    ----------
    of : str
        What its entries are; a name of `OF`.
    listed, draw : Receipt
        Of the list, which may be missing, and of its last draw.
    draws : int
        How often it was drawn.
    entries : mapping of lot number to str
        Those erased since are absent.
    arm : mapping of lot number to int
        Which arm each lot number got, 0 for the first.
    """

    of: str
    listed: Receipt | None
    draw: Receipt
    draws: int
    entries: Mapping[int, str]
    arm: Mapping[int, int]

    @property
    def of_entry(self) -> dict[str, int]:
        """Arm by entry."""
        return {entry: self.arm[lot] for lot, entry in self.entries.items()}

    def evaluated(self, *, entered: int = 1) -> bool:
        """Whether enough entries are in the first arms, and in the others."""
        first = sum(arm < entered for arm in self.arm.values())
        return min(first, len(self.arm) - first) >= FEWEST_ENTRIES


def arms_lots(bundle: Bundle, round_: Round) -> dict[str, ArmsLot]:
    """The lots of a round that are not about its volunteers, by what their entries are; each as last drawn."""
    kept = ("arms_lots", round_.id)
    if kept not in bundle.kept:
        bundle.kept[kept] = _read(bundle.programme, round_.id)
    found: dict[str, ArmsLot] = bundle.kept[kept]
    return found


def _read(programme: Programme, round_id: str) -> dict[str, ArmsLot]:
    own = [one for one in receipts_of(programme) if one.round_id == round_id and ARMS in one.content]
    found: dict[str, ArmsLot] = {}
    for draw in (one for one in own if one.kind == "draw"):
        of, listed = draw.content.get("of", ""), next((one for one in own if one.digest == draw.content["list"]), None)
        entries = private_half(programme, listed)
        if of not in OF or entries is None:
            continue
        found[of] = ArmsLot(
            of=of,
            listed=listed,
            draw=draw,
            draws=sum(one.kind == "draw" and one.content.get("of") == of for one in own),
            entries={int(one["lot"]): str(one["id"]) for one in entries[ARMS] if one.get("id")},
            arm={int(n): at for at, arm in enumerate(draw.content["order"]) for n in draw.content[ARMS][arm].split()},
        )
    return found


def young_on(bundle: Bundle, day: pd.Timestamp) -> set[str]:
    """Ids of the people under `YOUNG` who are employed on a day: whom a sample is drawn from."""
    people = bundle.people_on(day.date())
    young = people[(day.year - people["birth_year"] < YOUNG) & people["hire_date"].le(day)]
    return set(young.loc[~(young["exit_date"] < day), "person_id"])


def units_lot(bundle: Bundle, first: Round, round_: Round) -> tuple[ArmsLot, int] | None:
    """The lot by which units entered between two pulses, and how many arms have entered by the later one.

    None where none was drawn after the first pulse, or too few units have entered or wait.
    """
    order = bundle.programme.rounds
    for at, one in enumerate(order[order.index(first) : order.index(round_) + 1], start=order.index(first)):
        lot = arms_lots(bundle, one).get(UNIT)
        if lot is not None and first.end < lot.draw.written.date():
            entered = order.index(round_) - at + 1
            return (lot, entered) if lot.evaluated(entered=entered) else None
    return None


def dealt_again(lot: ArmsLot) -> bool:
    """Whether the seed and the committed list give every entry its arm once more."""
    if lot.listed is None or lot.listed.content["entries_n"] != len(lot.arm):
        return False
    names = lot.listed.content[ARMS]
    dealt = deal(by_hash(lot.draw.content["seed"], ARMS), list(lot.arm), names)
    return {n: names.index(arm) for n, arm in dealt.items()} == dict(lot.arm)


def deal(order: Order, lots: Sequence[int], arms: Sequence[str]) -> dict[int, str]:
    """Arms by lot number: entries in one order, arms in another, dealt out in turn.

    Examples
    --------
    >>> from collections import Counter
    >>> sorted(Counter(deal(by_hash("7 12", "arms"), [1, 2, 3, 4], ["a", "b"]).values()).items())
    [('a', 2), ('b', 2)]
    """
    turn = order("arms", 0, range(len(arms)))
    return {lot: arms[turn[n % len(arms)]] for n, lot in enumerate(order("entries", 0, sorted(lots)))}
