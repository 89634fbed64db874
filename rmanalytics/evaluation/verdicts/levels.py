"""The evidence level of a comparison: from its design and its receipts, never from the estimate.

Unit: one claim over the rounds that count. Scale: Maryland Scientific Methods Scale, 1 to 5.
"""

from __future__ import annotations

from dataclasses import dataclass

from rmanalytics.evaluation.claims import Claim
from rmanalytics.language.translator import key

EVEN, UNEVEN = 0.05, 0.01
"""Omnibus p from which groups count as alike, and below which a waiting list no longer does."""
SERVED = 0.8
SILENT, DIFFERENTLY_SILENT = 0.4, 0.1

ALONE = key("participants only")
NO_BEFORE = key("there is no value before")
BROKEN = key("the chain of receipts is broken, so no list counts as recorded")
NOT_LISTED = key("who is compared was not recorded before the round's first outcome")
UNLIKE = key("the groups differed before the round (p = {p})")
UNKNOWN_BALANCE = key("how alike the groups were is not known")
ADJUSTED = key("before and after of both groups, recorded beforehand")
WAITING = key("a waiting list whose people volunteered and were served")
PROVISIONAL = key("a waiting list; provisional, for the places promised are not due yet")
ELSEWHERE = key("a lot drawn elsewhere, as the plan says")
LOT = key("the tool drew the lot")
CODED = key("under codes people named their group themselves, which nobody can check")
CODED_MOST = 3
CONTROLLED = key("a series before and after, beside a control series")
CAPPED = key("the claim cannot be known better")
SILENCE = key("too many did not answer, or the groups answered differently")


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How a comparison came about.

    Parameters
    ----------
    compared, before : bool
        Whether there is a comparison group, and a value before.
    listed : bool
        Whether the comparison people were listed by receipt before each round's first outcome.
    p : float or None
        Omnibus p of all values before.
    drawn, elsewhere : bool
        Whether the tool drew the lot; whether the plan names the document of a lot drawn elsewhere.
    waiting : bool
        Whether all compared people volunteered before the list was recorded.
    served : float or None
        Share of those still employed who were offered a place within two rounds; None until that date has passed.
    silent, silent_p : float, float or None
        Largest share of a group that did not answer; Fisher's p between the groups.
    chosen : bool
        Whether the people themselves chose to be exposed.
    coded : bool
        Whether people named their group themselves, under codes.
    lot_breach : str
        What keeps a lot that was drawn from the highest level; empty where it held.
    broken : bool
        Whether the chain of receipts is broken, so that no list counts as recorded.
    """

    compared: bool
    before: bool = False
    listed: bool = False
    p: float | None = None
    drawn: bool = False
    elsewhere: bool = False
    waiting: bool = False
    served: float | None = None
    silent: float = 0.0
    silent_p: float | None = None
    chosen: bool = False
    coded: bool = False
    lot_breach: str = ""
    broken: bool = False


def evidence_level(design: Design, claim: Claim) -> tuple[int, str]:
    """Level 1 to 5 and the reason for it, a template with ``p``.

    Examples
    --------
    >>> from rmanalytics.evaluation.claims import claims
    >>> m1 = next(claim for claim in claims() if claim.id == "M1")
    >>> evidence_level(Design(compared=True, before=True, listed=True, p=0.4), m1)[0]
    3
    """
    level, reason = _by_design(design)
    if level > 1 and (design.silent > SILENT or (design.silent_p is not None and design.silent_p < DIFFERENTLY_SILENT)):
        level, reason = level - 1, SILENCE
    cap = claim.cap_by_lot if design.drawn and claim.cap_by_lot else claim.cap
    most = min(5 if cap is None else cap, 2 if design.chosen and not design.drawn else 5)
    if design.coded and min(level, most) > CODED_MOST:
        return CODED_MOST, CODED
    return (most, CAPPED) if level > most else (level, reason)


def _by_design(design: Design) -> tuple[int, str]:
    if not design.compared or design.drawn:
        if not design.compared:
            return 1, ALONE
        return (4, design.lot_breach) if design.lot_breach else (5, LOT)
    if not design.before:
        return 2, NO_BEFORE
    if design.elsewhere or (design.listed and design.waiting and (design.served is None or design.served >= SERVED)):
        if design.p is not None and design.p < UNEVEN:
            return 3, UNLIKE
        return 4, ELSEWHERE if design.elsewhere else PROVISIONAL if design.served is None else WAITING
    if not design.listed:
        return 2, BROKEN if design.broken else NOT_LISTED
    if design.p is None:
        return 2, UNKNOWN_BALANCE
    return (3, ADJUSTED) if design.p >= EVEN else (2, UNLIKE)
