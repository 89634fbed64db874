"""Commit, then reveal: the list of a lot as a receipt, and the draw from it by a seed that comes later.

Unit: one round. Nothing of the user's is edited.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rmanalytics.errors import InputError, Problem
from rmanalytics.evaluation.lots.drawn import SideLot, groups_of, groups_text, private_half, sizes_of
from rmanalytics.evaluation.lots.volunteers import facts, promised, volunteers
from rmanalytics.evaluation.verdicts.declared import FILE
from rmanalytics.language.translator import filled
from rmanalytics.lot.balanced import CANDIDATES, accepted, by_hash, draw, is_balanced
from rmanalytics.lot.redraws import REDRAWS, packed, redraw, stream_of
from rmanalytics.lot.sizes import LEAST_BITS, START, Sizes, bits, counted, plain_seed, sizes
from rmanalytics.receipts.chain import FOLDER, Receipt, append, canonical, erased_of, keyed, read_chain
from rmanalytics.receipts.sheet import sheet
from rmanalytics.results import SIDES

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Programme, Round

MONTHS = (
    ("january", "januar", "jänner"),
    ("february", "februar"),
    ("march", "märz"),
    ("april",),
    ("may", "mai"),
    ("june", "juni"),
    ("july", "juli"),
    ("august",),
    ("september",),
    ("october", "oktober"),
    ("november",),
    ("december", "dezember"),
)


def commit(
    bundle: Bundle,
    round_: Round,
    *,
    key: bytes,
    now: datetime,
    package: Mapping[str, str],
    seed_from: str = "",
    simulated: bool = False,
) -> Receipt:
    """Freeze the list of a round's lot: volunteers, lot numbers, facts, group sizes.

    Parameters
    ----------
    bundle, round_ : Bundle, Round
    key : bytes
        Of the receipts; lot numbers follow from it.
    now : datetime
        With its zone.
    package : mapping
        ``version`` and ``digest`` of rmanalytics.
    seed_from : str
        Where the seed will come from; a day in it must lie after the commitment.
    simulated : bool
        Whether the simulator writes it.

    Raises
    ------
    InputError
        RM-E-170 without places or volunteers, or with more promises than places; RM-E-172 for a seed of the past;
        RM-E-174 where a list is there already and another would follow today.
    """
    rule = bundle.programme.draw
    if rule.places is None:
        raise refused("RM-E-170", "draw.places", filled("no lot is declared"), filled("add places = 34 under [draw]"))
    refuse_known(seed_from, now)
    public: dict[str, Any] = {"sides": {}, "accepted": {}}
    private: dict[str, Any] = {}
    came = volunteers(bundle, round_, on=min(now.date(), round_.start))
    if not all(came.values()):
        rule_ = filled("on one side nobody volunteered who has a possible partner")
        raise refused("RM-E-170", "invitations", rule_, filled("record answers in invitations.csv"))
    for side in SIDES:
        entries = _entries(bundle, round_, side, came[side], key)
        certain = sum(one["certain"] for one in entries)
        if certain > rule.places:
            said = filled("more people were promised a place than there are places")
            raise refused("RM-E-170", "draw.places", said, filled("raise the places of this round"))
        own = sizes(len(entries), certain=certain, places=rule.places, wait=rule.wait, reserve=rule.reserve)
        half = min(own.start, own.wait + own.not_drawn)
        public["sides"][side] = {**own.as_dict(), "chance": f"{own.start} of {own.drawn_from}"}
        public["accepted"][side] = accepted(half) if is_balanced(half) else CANDIDATES
        private[side] = entries
    public |= {"candidates": CANDIDATES, "balance_by": " ".join(rule.balance_by), "seed_from": seed_from}
    public["entries"] = keyed(key, canonical(private))
    return held_or_written(
        bundle.programme,
        round_,
        public,
        {"private": private, "now": now, "package": package, "simulated": simulated},
    )


def refuse_known(seed_from: str, now: datetime) -> None:
    """RM-E-172 where a seed could be known by now."""
    day = day_in(seed_from)
    if day is not None and day <= now.date():
        remedy = filled("name one that is drawn after today, so that nobody can know it yet")
        raise refused("RM-E-172", "seed", filled("the source of the seed does not lie after the list"), remedy)


def held_or_written(
    programme: Programme, round_: Round, public: Mapping[str, Any], write: Mapping[str, Any]
) -> Receipt:
    """The list that is there where nothing has changed; else a new one, unless one of its kind was committed before."""
    lists = [one for one in read_chain(programme.folder) if one.round_id == round_.id and one.kind == "list"]
    before = [one for one in lists if _kind(one.content) == _kind(public)]
    if before and erased_of(read_chain(programme.folder), before[-1].digest) is None:
        held = {name: value for name, value in before[-1].content.items() if name != "seed_from"}
        if held == {name: value for name, value in public.items() if name != "seed_from"}:
            return before[-1]
        people = private_half(programme, before[-1]) or {}
        rows = {side: len(entries) for side, entries in people.items()}
        now = {side: len(entries) for side, entries in write["private"].items()}
        if "sides" not in public:
            rule = filled(
                "the list or its arms have changed since it was committed ({sides} then, {now} now)",
                sides=_sides(rows),
                now=_sides(now),
            )
            raise refused(
                "RM-E-174", "draw --list", rule, filled("draw from the list as it is: --seed, without --list")
            )
        rule = filled(
            "the list has changed since it was committed (people then {sides}, now {now})",
            sides=_sides(rows),
            now=_sides(now),
        )
        remedy = filled("draw from the list as it is with --seed; who came later joins the reserve")
        raise refused("RM-E-174", "invitations", rule, remedy)
    return written(programme, round_, "list", public, **write)


def written(programme: Programme, round_: Round, kind: str, content: Mapping[str, Any], **write: Any) -> Receipt:
    """Append a receipt of a round and lay its sheet beside it."""
    receipt = append(programme.folder, round_id=round_.id, kind=kind, content=content, **write)
    page = (programme.folder / FOLDER / receipt.name).with_suffix(".html")
    page.write_text(sheet(receipt), encoding="utf-8")
    return receipt


def _kind(content: Mapping[str, Any]) -> tuple[bool, str | None]:
    return "sides" in content, content.get("of")


def _sides(counts: Mapping[str, int]) -> str:
    return " and ".join(f"{n} of side {side}" if side in SIDES else f"{n} entries" for side, n in counts.items())


def _entries(bundle: Bundle, round_: Round, side: str, people: list[str], key: bytes) -> list[dict[str, Any]]:
    waited = promised(bundle, round_, side)
    known = facts(bundle, round_, people, bundle.programme.draw.balance_by)
    numbered = sorted(people, key=lambda one: keyed(key, f"{round_.id}|{side}|{one}".encode()))
    return [
        {"lot": n, "id": one, "certain": int(one in waited), "facts": known[one]}
        for n, one in enumerate(numbered, start=1)
    ]


def reveal(
    programme: Programme,
    round_: Round,
    *,
    seed: str,
    key: bytes,
    now: datetime,
    package: Mapping[str, str],
    again: str = "",
    simulated: bool = False,
    redraws: int = REDRAWS,
) -> Receipt:
    """Draw from the committed list by a seed.

    Parameters
    ----------
    programme, round_, key, now, package, simulated
        As in `commit`.
    seed : str
        At least 20 bits: six numbers of a lotto, or eight dice.
    again : str
        Why the lot is drawn another time.
    redraws : int
        How often the lot is drawn again for the test by redraws; kept with the receipt.

    Raises
    ------
    InputError
        RM-E-171 without a list, RM-E-172 for a seed before its day, RM-E-173 for a second draw without a reason,
        RM-E-174 where the list is not the one committed, RM-E-175 for a seed that is easy to guess.
    """
    seed = plain_seed(seed)
    listed, entries = to_draw_from(programme, round_, "sides", seed=seed, key=key, now=now, again=again)
    content: dict[str, Any] = {"list": listed.digest, "seed": seed, "reason": again, "sides": {}, "groups": {}}
    content["seed_from"] = listed.content["seed_from"]
    private: dict[str, Any] = {"redraws": {}}
    for side, rows in entries.items():
        own = sizes_of(listed, side)
        groups = drawn_groups(seed, side, own, _facts_of(rows), _certain(rows))
        content["sides"][side] = {**counted(groups), "chance": listed.content["sides"][side]["chance"]}
        content["groups"][side] = groups_text(groups)
        bank = redraws_of(seed, side, groups, dict(_facts_of(rows)), redraws)
        if bank:
            private["redraws"][side] = bank
    content["redraws_n"] = redraws
    content["redraws"] = keyed(key, canonical(private))
    receipt = written(
        programme, round_, "draw", content, private=private, now=now, package=package, simulated=simulated
    )
    hand_out(programme, round_, receipt)
    return receipt


def to_draw_from(
    programme: Programme,
    round_: Round,
    what: str,
    *,
    of: str | None = None,
    seed: str,
    key: bytes,
    now: datetime,
    again: str,
) -> tuple[Receipt, dict[str, Any]]:
    """The committed list of people (``sides``) or of other entries (``arms``, ``of`` a kind) to be drawn from."""
    chain = [one for one in read_chain(programme.folder) if one.round_id == round_.id and what in one.content]
    lists = [one for one in chain if one.kind == "list" and of in (None, one.content.get("of"))]
    last = lists[-1].content.get("of") if lists else None
    draws = [one for one in chain if one.kind == "draw" and one.content.get("of") == last]
    if not lists:
        remedy = filled("commit the list first: rmanalytics draw PROGRAMME --round {id}", id=round_.id)
        raise refused("RM-E-171", "seed", filled("there is no list to draw from"), remedy)
    if bits(seed) < LEAST_BITS:
        rule = filled("the seed is too easy to guess: it holds fewer than {least_bits} bits", least_bits=LEAST_BITS)
        raise refused("RM-E-175", "seed", rule, filled("give six numbers of a lotto, or eight dice"))
    if draws and not again:
        rule = filled("the lot of {id} was drawn on {written}", id=round_.id, written=f"{draws[-1].written:%Y-%m-%d}")
        remedy = filled('a lot is drawn once; where it must be, add --again "reason", and the round is at most level 4')
        raise refused("RM-E-173", "seed", rule, remedy)
    day = day_in(lists[-1].content.get("seed_from", ""))
    if day is not None and now.date() < day:
        raise refused(
            "RM-E-172",
            "seed",
            filled("the source of the seed has not been drawn yet"),
            filled("wait until {day}", day=day),
        )
    entries, gone = private_half(programme, lists[-1]), erased_of(read_chain(programme.folder), lists[-1].digest)
    if gone is not None and what == "sides":
        rule = filled("somebody on the list was erased before the lot was drawn")
        raise refused("RM-E-174", "list", rule, filled("commit the list again, without --seed"))
    committed = lists[-1].content["entries"] if gone is None else gone.content["private"]
    if entries is None or keyed(key, canonical(entries)) != committed:
        remedy = filled("restore {folder}/private/{name} from a backup", folder=FOLDER, name=lists[-1].name)
        raise refused(
            "RM-E-174", "list", filled("the list is not the one that was committed, or it is missing"), remedy
        )
    return lists[-1], entries


def redraws_of(
    seed: str, side: str, groups: Mapping[int, str], known: Mapping[int, tuple[int, ...]], redraws: int
) -> dict[str, str]:
    """The redraws that a draw's receipt keeps, from a stream of random numbers that follows from the seed."""
    lots = sorted(lot for lot, group in groups.items() if group in (START, "wait", "not_drawn"))
    start = sum(groups[lot] == START for lot in lots)
    if not 0 < start < len(lots):
        return {}
    return packed(redraw(lots, start, known, stream_of(seed, side), redraws=redraws), lots)


@lru_cache(maxsize=64)
def drawn_groups(
    seed: str,
    side: str,
    own: Sizes,
    known: tuple[tuple[int, tuple[int, ...]], ...],
    certain: tuple[int, ...],
) -> Mapping[int, str]:
    """The groups that a seed gives, kept, for a check asks for them again."""
    return draw(by_hash(seed, side), own, dict(known), certain)


def recomputed(programme: Programme, lot_list: Receipt, lot_draw: Receipt, side: str, own: SideLot) -> bool:
    """Whether the committed facts and the seed give the groups of the draw's receipt once more."""
    rows = (private_half(programme, lot_list) or {}).get(side, [])
    if not all("facts" in one for one in rows):  # somebody was erased; what was computed before stands in a receipt
        gone = erased_of(read_chain(programme.folder), lot_list.digest)
        groups = groups_of(lot_draw.content["groups"][side])
        return gone is not None and gone.content["recomputed"] == 1 and dict(own.groups) == groups
    known, certain = _facts_of(rows), _certain(rows)
    try:
        again = drawn_groups(lot_draw.content["seed"], side, sizes_of(lot_list, side), known, certain)
    except (ValueError, IndexError, KeyError):
        return False
    return dict(again) == dict(own.groups) == groups_of(lot_draw.content["groups"][side])


def _facts_of(rows: list[dict[str, Any]]) -> tuple[tuple[int, tuple[int, ...]], ...]:
    return tuple((int(one["lot"]), tuple(map(int, one["facts"]))) for one in rows)


def _certain(rows: list[dict[str, Any]]) -> tuple[int, ...]:
    return tuple(int(one["lot"]) for one in rows if one["certain"])


def hand_out(programme: Programme, round_: Round, receipt: Receipt) -> None:
    """Write the rows of comparison.csv that follow from a draw, for a person to put into place."""
    listed = next(one for one in read_chain(programme.folder) if one.digest == receipt.content["list"])
    day = receipt.written.date()
    lines = ["round_id,person_id,side,kind,matched_date"]
    for side, entries in (private_half(programme, listed) or {}).items():
        groups = groups_of(receipt.content["groups"][side])
        kinds = {"wait": "waiting_list", "not_drawn": "not_drawn"}
        known = [one for one in entries if "id" in one and groups[one["lot"]] in kinds]
        rows = sorted((one["id"], kinds[groups[one["lot"]]]) for one in known)
        lines += [f"{round_.id},{person},{side},{kind},{day}" for person, kind in rows]
    place = programme.folder / FOLDER / "private" / f"{round_.id}-comparison.csv"
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")
    place.chmod(0o600)


def day_in(text: str) -> date | None:
    """The day that a text names, in ISO or in words; None without one.

    Examples
    --------
    >>> str(day_in("Swiss Lotto of 5 December 2026")), str(day_in("Lotto vom 5. Dezember 2026")), day_in("dice")
    ('2026-12-05', '2026-12-05', None)
    """
    iso = re.search(r"\b(\d{4})-(\d{2})-(\d{2})\b", text)
    spelt = re.search(r"\b(\d{1,2})\.? ([A-Za-zä]+) (\d{4})\b", text)
    dotted = re.search(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b", text)
    try:
        if iso:
            return date(*map(int, iso.groups()))
        if dotted:
            return date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
        month = next((n for n, names in enumerate(MONTHS, 1) if spelt and spelt[2].lower() in names), 0)
        return date(int(spelt[3]), month, int(spelt[1])) if spelt and month else None
    except ValueError:
        return None


def refused(code: str, column: str, rule: str, remedy: str) -> InputError:
    """One problem of a lot."""
    return InputError((Problem(code=code, file=FILE, column=column, rule=rule, remedy=remedy),))
