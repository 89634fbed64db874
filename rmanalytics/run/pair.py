"""Pairing those who start: a proposal in a file, changes that are audited anew, and an approval by a person.

Unit: one round. Writes the private hand-outs beside the receipts, a page, and the receipt of what was approved.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from rmanalytics.evaluation.lots.drawing import refused, written
from rmanalytics.evaluation.lots.drawn import lot_of
from rmanalytics.evaluation.lots.proposal import CHANGED, Pair, Proposal, changed, field_of, propose, stale, topics_met
from rmanalytics.intake.bundle import Bundle, read_bundle
from rmanalytics.language.translator import filled, key, plural, translator
from rmanalytics.lot.sizes import CERTAIN
from rmanalytics.programme.programme import Round
from rmanalytics.receipts.chain import FOLDER, Receipt
from rmanalytics.report.html.pairs_page import pairs_page
from rmanalytics.run.declare import package

ALTERNATIVES = ("alternative_1", "alternative_2", "alternative_3")
COLUMNS = ("tandem_id", "mentor_id", "mentee_id", "status", "points", "reasons", *ALTERNATIVES, "by", "why")
APPROVED = key("yes")


def propose_pairs(folder: Path, round_id: str, *, now: datetime) -> Proposal:
    """Make the proposal of a round anew and lay it beside the receipts.

    Raises
    ------
    InputError
        RM-E-170 where nobody starts, RM-E-190 where tandems of the round were approved before.
    """
    bundle = read_bundle(folder)
    round_ = bundle.programme.round(round_id)
    if any((folder / FOLDER).glob(f"{round_.id}-pairs-*.json")):
        remedy = filled("change tandems.csv by hand where something must change")
        raise refused("RM-E-190", "pair", filled("the tandems of the round were approved already"), remedy)
    return _kept(bundle, propose(bundle, round_, on=_on(bundle, round_, now)))


def change_pairs(
    folder: Path,
    round_id: str,
    *,
    now: datetime,
    swap: tuple[str, str] | None = None,
    put: tuple[str, str] | None = None,
    part: str = "",
    by: str = "",
    why: str = "",
) -> Proposal:
    """Exchange the juniors of two tandems, pair two people, or take a tandem apart; each change is audited anew.

    Raises
    ------
    InputError
        RM-E-171 without a proposal, RM-E-176 where it is stale, RM-E-179 where a rule forbids a pair or a tandem is
        not there.
    """
    bundle = read_bundle(folder)
    round_ = bundle.programme.round(round_id)
    held, on = _held(bundle, round_), _on(bundle, round_, now)
    rows = {one.tandem_id: one for one in held.pairs}
    unknown = [name for name in (*(swap or ()), part) if name and name not in rows]
    if unknown:
        raise refused(
            "RM-E-179",
            "pair",
            filled("there is no tandem {value} in the proposal", value=unknown[0]),
            filled("look into the proposal"),
        )
    wanted: dict[str, tuple[str, str]] = {}
    if swap:
        one, two = (rows[name] for name in swap)
        wanted = {swap[0]: (two.mentor_id, one.mentee_id), swap[1]: (one.mentor_id, two.mentee_id)}
    elif put:
        freed = [one.tandem_id for one in held.pairs if put[0] == one.mentor_id or put[1] == one.mentee_id]
        wanted = dict.fromkeys(freed, ("", ""))
        numbers = [int(one.tandem_id.rpartition("-")[2]) for one in held.pairs]
        wanted[freed[0] if freed else f"{round_.id}-{max(numbers, default=0) + 1:02d}"] = put
    elif part:
        wanted = {part: ("", "")}
    return _kept(bundle, changed(bundle, held, round_, wanted, on=on, by=by, why=why))


def approve_pairs(
    folder: Path, round_id: str, *, now: datetime, who: str, terminal: bool, ask: Callable[[str], str]
) -> Receipt | None:
    """Write the rows of tandems.csv and their receipt, once a person at a terminal has said yes; else None.

    Parameters
    ----------
    who : str
        Role or initials.
    terminal : bool
        Whether a person can answer.
    ask : callable
        Shows a text and returns the answer.

    Raises
    ------
    InputError
        RM-E-171 without a proposal, RM-E-176 where it is stale, RM-E-177 without a terminal.
    """
    bundle = read_bundle(folder)
    round_ = bundle.programme.round(round_id)
    held, on = _held(bundle, round_), _on(bundle, round_, now)
    old = stale(bundle, round_, held, on=on)
    if old:
        rule = filled("something has changed since the proposal, and a rule forbids today: {join}", join=", ".join(old))
        raise refused("RM-E-176", "pair", rule, filled("propose anew, or change these tandems"))
    if not terminal:
        remedy = filled("call it at a terminal, so that a person decides")
        raise refused("RM-E-177", "pair", filled("an approval needs a person at a terminal, not a pipe"), remedy)
    tr = translator(bundle.programme.language)
    pairs = [
        (one.tandem_id, tr("{junior} and {senior}", junior=one.mentor_id, senior=one.mentee_id)) for one in held.pairs
    ]
    named, yes = "\n".join(f"  {name}: {pair}" for name, pair in pairs), tr(APPROVED)
    asked = plural("Approve this tandem? Type {yes}: ", "Approve these {n} tandems? Type {yes}: ")
    if ask(f"{named}\n{tr(asked, n=len(pairs), yes=yes)}").strip().casefold() != yes.casefold():
        return None
    lot = lot_of(bundle, round_)
    waited = set() if lot is None else {person for own in lot.sides.values() for person in own.people(CERTAIN)}
    lines = ["round_id,tandem_id,mentor_id,mentee_id,assignment,matched_date"]
    for one in held.pairs:
        how = "matched" if lot is None else "waiting_list" if {one.mentor_id, one.mentee_id} & waited else "random"
        lines.append(f"{round_.id},{one.tandem_id},{one.mentor_id},{one.mentee_id},{how},{now.date()}")
    place = folder / FOLDER / "private" / f"{round_.id}-tandems.csv"
    place.write_text("\n".join(lines) + "\n", encoding="utf-8")
    place.chmod(0o600)
    by_hand = sum(one.status == CHANGED for one in held.pairs)
    field = field_of(bundle, round_, [p.mentee_id for p in held.pairs], [p.mentor_id for p in held.pairs], on=on)
    met, by_lot = topics_met(field, held.pairs)
    content = {"n": len(held.pairs), "as_proposed": len(held.pairs) - by_hand, "changed": by_hand, "who": who}
    content |= {"topics_met": met, "topics_by_lot": by_lot}
    return written(bundle.programme, round_, "pairs", content, now=now, package=package())


def file_of(folder: Path, round_id: str) -> Path:
    """Where the proposal of a round lies."""
    return folder / FOLDER / "private" / f"{round_id}-proposal.csv"


def _on(bundle: Bundle, round_: Round, now: datetime) -> date:
    return min(bundle.programme.today(now), round_.start)


def _kept(bundle: Bundle, proposal: Proposal) -> Proposal:
    folder = bundle.programme.folder
    place = file_of(folder, proposal.round_id)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with place.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(COLUMNS)
        for one in proposal.pairs:
            others = [*one.alternatives, "", "", ""][: len(ALTERNATIVES)]
            head = [one.tandem_id, one.mentor_id, one.mentee_id, one.status, one.points, one.reasons]
            writer.writerow([*head, *others, one.by, one.why])
    place.chmod(0o600)
    page = place.with_name(f"{proposal.round_id}-pairs.html")
    page.write_text(pairs_page(proposal, bundle.programme.language), encoding="utf-8")
    page.chmod(0o600)
    return proposal


def _held(bundle: Bundle, round_: Round) -> Proposal:
    place = file_of(bundle.programme.folder, round_.id)
    if not place.is_file():
        remedy = filled("make one: rmanalytics pair PROGRAMME --round {id}", id=round_.id)
        raise refused("RM-E-171", "pair", filled("there is no proposal yet"), remedy)
    with place.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    pairs = []
    for row in rows:
        plain = {name: row[name] for name in COLUMNS if name not in ("points", *ALTERNATIVES)}
        others = tuple(row[name] for name in ALTERNATIVES if row[name])
        pairs.append(Pair(points=int(row["points"]), alternatives=others, **plain))
    return Proposal(round_id=round_.id, pairs=tuple(pairs))
