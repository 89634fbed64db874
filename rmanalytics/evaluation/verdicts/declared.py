"""The declared plan as it counts: what is frozen, which rounds it covers, and whether it was recorded in time.

Unit: one claim of the plan. A plan counts from its receipt; what it says stands in ``programme.toml``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from rmanalytics.errors import InputError, Problem
from rmanalytics.evaluation.claims import Claim, claims
from rmanalytics.language.translator import filled
from rmanalytics.programme.declared_plan import MOST_KEYS
from rmanalytics.programme.lots import DrawRule, PairingRule
from rmanalytics.receipts.chain import Receipt, receipts_of

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Programme, Round

FILE = "programme.toml"
OF_A_CLAIM = ("role", "direction", "instrument", "instrument_digest", "side", "smallest_effect")
"""What makes a claim another one when it changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One claim of the plan, as it counts in a round.

    Parameters
    ----------
    claim, role : Claim, str
        The claim's row with what is declared of it put in; ``primary`` or ``key``.
    rounds : tuple of str
        Rounds whose people count, in order, the present one last.
    in_time : bool
        Whether the receipt of every one of them was written before the answers came.
    looks_before : int
        Looks spent on the claim as it was declared before a change.
    changed : str
        Round of the latest change; empty without one.
    """

    claim: Claim
    role: str
    rounds: tuple[str, ...]
    in_time: bool
    looks_before: int = 0
    changed: str = ""


def check_plan(programme: Programme) -> None:
    """Hold ``[declare]`` against the rows of the claims.

    Raises
    ------
    InputError
        RM-E-141: more than four keys, a claim twice, a claim that cannot be planned, an instrument whose direction
        contradicts the claim.
    """
    found = [
        Problem(code="RM-E-141", file=FILE, column=f"declare.{key}" if key else "declare", rule=rule, remedy=remedy)
        for key, rule, remedy in _senseless(programme)
    ]
    if found:
        raise InputError(tuple(found))


def _senseless(programme: Programme) -> Iterator[tuple[str, str, str]]:
    plan = programme.declared
    known = {claim.id: claim for claim in claims()}
    if len(plan.keys) > MOST_KEYS:
        yield "keys", f"a plan has at most {MOST_KEYS} key claims", "keep those that matter most; the rest is explored"
    for claim in sorted({one for one in plan.planned if plan.planned.count(one) > 1}):
        yield "keys", f"claim {claim} is declared twice", "name each claim once"
    if plan.keys and not plan.primary:
        yield "primary", "there are key claims, but no primary one", 'add primary = "…"'
    for claim in dict.fromkeys(plan.planned):
        if known[claim].type != "comparison":
            remedy = filled("give it a target instead, and plan a comparison")
            yield (
                "primary" if plan.primary == claim else "keys",
                f"claim {claim} compares nobody, so nothing can be shown",
                remedy,
            )
    if plan.primary == "M8":
        yield "primary", "M8 may be a key claim only", "name another primary claim"
    for outcome in programme.outcomes:
        instrument, row = programme.instruments.get(outcome.instrument), known.get(outcome.claim)
        way = plan.claims.get(outcome.claim, {}).get("direction", row.direction if row else "")
        if instrument is not None and row is not None and way != instrument.direction:
            rule = filled(
                "claim {claim} is declared {way}, its instrument {direction}",
                claim=outcome.claim,
                way=way,
                direction=instrument.direction,
            )
            yield outcome.claim, rule, "name another instrument, or correct the direction"


def frozen(programme: Programme, round_: Round | None = None) -> dict[str, Any]:
    """Everything of the plan and the analysis that a receipt fixes: whole numbers and text.

    Returns
    -------
    dict
        ``claims`` (by id: `OF_A_CLAIM`, ``items``, ``horizon_days``, ``metric``, ``target``), ``rules`` (what the
        evaluation reads from ``programme.toml``), ``note``, ``lot_document``.
    """
    plan = programme.declared
    by_claim = {outcome.claim: outcome for outcome in programme.outcomes}
    content: dict[str, Any] = {}
    for claim in claims():
        own = plan.claims.get(claim.id, {})
        if not (plan.role(claim.id) or own):
            continue
        row = {"role": plan.role(claim.id), **_in_force(claim, own)}
        outcome = by_claim.get(claim.id)
        if outcome is not None and outcome.instrument in programme.instruments:
            instrument = programme.instruments[outcome.instrument]
            row |= {"instrument": instrument.name, "side": outcome.side, "items": " ".join(instrument.item_ids)}
            row["instrument_digest"] = instrument.digest
        content[claim.id] = {name: text_of(value) for name, value in sorted(row.items())}
    rules = {
        "generations": "; ".join(f"{g.name} {g.first}-{g.last}" for g in programme.generations),
        "k": programme.k,
        "seed": programme.seed,
        "tie_kind": programme.tie_kind,
        "top_levels": programme.top_levels,
        "topics": " ".join(programme.topics),
        "value": text_of(programme.value),
        "wordings": "; ".join(f"{w.earlier} > {w.today}: {text_of(dict(w.items))}" for w in programme.wordings),
    }
    if round_ is not None:
        rules["planned_meetings"] = round_.planned_meetings
    if programme.draw != DrawRule():
        rules["draw"] = text_of(programme.draw)
    if programme.pairing != PairingRule():
        rules["pairing"] = text_of(programme.pairing)
    if programme.linkage is not None:
        rules["linkage"] = text_of(programme.linkage)
    return {"claims": content, "rules": rules, "note": plan.note, "lot_document": plan.lot_document}


def _in_force(claim: Claim, own: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"direction": claim.direction, "side": claim.side}
    row |= {"smallest_effect": claim.smallest_effect, "target": claim.target}
    return {name: value for name, value in {**row, **own}.items() if value not in (None, "")}


def changes(receipts: Sequence[Receipt], plan: Mapping[str, Any]) -> list[tuple[Receipt | None, str, str, str]]:
    """What changed in a round's plan: the receipt that says so (None: none yet does), key, old value, new value.

    Parameters
    ----------
    receipts : sequence of Receipt
        Of the plan, of one round, in order.
    plan : mapping
        As it is today (`frozen`).
    """
    held = [(one, {key: one.content.get(key, "") for key in plan}) for one in receipts]
    steps = [*held, (None, plan)]
    pairs = [(later[0], differences(before[1], later[1])) for before, later in pairwise(steps)]
    return [(receipt, *change) for receipt, found in pairs for change in found]


def text_of(value: Any) -> Any:
    """A value of the plan as a receipt may hold it: whole numbers stay, all else becomes text.

    Examples
    --------
    >>> text_of(0.2), text_of(365)
    ('0.2', 365)
    """
    return value if isinstance(value, int) and not isinstance(value, bool) else str(value)


def differences(before: Mapping[str, Any], now: Mapping[str, Any], at: str = "") -> list[tuple[str, str, str]]:
    """Keys that two frozen plans do not share, with the old and the new value; empty text where there is none.

    Examples
    --------
    >>> differences({"k": 5, "seed": 1}, {"k": 6, "seed": 1})
    [('k', '5', '6')]
    """
    found = []
    for key in sorted({*before, *now}):
        old, new = before.get(key, ""), now.get(key, "")
        where = f"{at}.{key}" if at else key
        if isinstance(old, Mapping) or isinstance(new, Mapping):
            found += differences(old or {}, new or {}, where)
        elif old != new:
            found.append((where, str(old), str(new)))
    return found


def first_answer(bundle: Bundle, round_: Round) -> date | None:
    """The day of the round's first post answer, as far as answers carry their day."""
    if not bundle.has("answers"):
        return None
    answers = bundle.table("answers")
    mine = answers[(answers["round_id"] == round_.id) & (answers["wave"] == "post")]
    if "answered_at" not in mine or not mine["answered_at"].notna().any():
        return None
    day: date = pd.Timestamp(mine["answered_at"].min()).date()
    return day


def in_time(receipt: Receipt, bundle: Bundle, round_: Round, claim: Claim) -> bool:
    """Whether a receipt was written before a claim's answers came.

    For records and networks before the round's last day. Where answers have no day, the counts in the receipt decide.
    Where the chain is broken, no receipt is in time.
    """
    if not receipt.whole:
        return False
    last = datetime.combine(round_.end, time.min, tzinfo=UTC)
    if claim.least not in ("scale", "composed"):
        return receipt.written < last
    if int(receipt.content.get("state", {}).get("post_answered", 0)):
        return False
    day = first_answer(bundle, round_)
    return receipt.written.date() < day if day is not None else receipt.written < last


def planned_claims(bundle: Bundle, round_: Round, receipts: Sequence[Receipt] | None = None) -> dict[str, Planned]:
    """The claims of the plan, and the rounds whose people count for each.

    Parameters
    ----------
    bundle, round_ : Bundle, Round
        The programme's data and the present round.
    receipts : sequence of Receipt, optional
        The chain; read from the programme's folder unless given.

    Notes
    -----
    Where the present round's receipt is in time, the rounds count whose receipts were in time and fixed the claim as
    it is today; looks at the claim as it was before stay spent. Else every round held counts, and nothing is in time.
    """
    programme = bundle.programme
    chain = receipts_of(programme) if receipts is None else receipts
    now = frozen(programme)["claims"]
    held = [one for one in programme.rounds if one.end <= round_.end]
    rows = {claim.id: claim for claim in claims()}
    found = {}
    for claim, role in ((claim, programme.declared.role(claim)) for claim in programme.declared.planned):
        fixed = {one.id: _fixed(chain, bundle, one, rows[claim]) for one in held}
        same = [name for name, row in fixed.items() if row is not None and _alike(row, now[claim])]
        spent = [name for name, row in fixed.items() if row is not None and row.get("role") and name not in same]
        covered = round_.id in same
        found[claim] = Planned(
            claim=rows[claim],
            role=role,
            rounds=tuple(same) if covered else tuple(one.id for one in held),
            in_time=covered,
            looks_before=len(spent) if covered else 0,
            changed=same[0] if covered and spent else "",
        )
    return found


def _fixed(chain: Sequence[Receipt], bundle: Bundle, round_: Round, claim: Claim) -> Mapping[str, Any] | None:
    """What the last receipt of a round that was in time fixed of a claim; empty where it left it out."""
    own = [one for one in chain if one.kind == "declared" and one.round_id == round_.id]
    timely = [one for one in own if in_time(one, bundle, round_, claim)]
    return timely[-1].content["claims"].get(claim.id, {}) if timely else None


def _alike(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return all(before.get(name) == now.get(name) for name in OF_A_CLAIM)
