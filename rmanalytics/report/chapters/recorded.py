"""What was recorded before the answers: the plan of each round, its changes, the lists and lots, where digests lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.verdicts.declared import changes, frozen, in_time
from rmanalytics.language.translator import Translator, key, translator
from rmanalytics.receipts.chain import Receipt, broken, receipts_of
from rmanalytics.report.html.blocks import Block, folded, language_of, told
from rmanalytics.report.html.markup import table, text
from rmanalytics.report.words import verdicts, wording
from rmanalytics.report.words.lookup import outcome_title

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

KINDS = {
    "declared": key("the plan"),
    "comparison": key("who is compared"),
    "list": key("the list of the lot"),
    "draw": key("the draw"),
    "pairs": key("the tandems approved"),
    "erased": key("people erased"),
}
NOTHING = key("Nothing was declared before the answers: nothing counts as shown.")
OWN_CLOCK = key("by this computer's own clock")
WAYS = {"up": key("rises"), "down": key("falls"), "primary": key("primary claim"), "key": key("key claim")}
OF_A_CLAIM = {
    "role": key("role"),
    "direction": key("claimed way"),
    "instrument": key("scale"),
    "instrument_digest": key("questions or keys of the scale (digest)"),
    "side": key("side"),
    "smallest_effect": key("smallest effect that matters"),
    "horizon_days": key("days followed"),
    "metric": key("metric"),
    "target": key("target"),
}
MATTERS = key("matters from {least} on")


def recorded(study: Study) -> Block:
    """The round's plan and when it was recorded; every change; every receipt up to this round."""
    tr = translator(language_of(study))
    held = {one.id for one in study.programme.rounds if one.end <= study.round.end}
    receipts = [one for one in receipts_of(study.programme) if one.round_id in held]
    plans = [one for one in receipts if one.kind == "declared"]
    own = [one for one in plans if one.round_id == study.round.id]
    laid = laid_down(receipts)
    said = [tr(verdicts.BROKEN)] if broken(study.programme.folder) else []
    said += [tr("Invented: the simulator wrote these receipts.")] if study.programme.simulated and receipts else []
    said += [_declared(one, study, laid, tr) for one in own] or [tr(NOTHING)]
    block = told(*said)
    if own:
        block.append(_plan(study, own[-1], tr))
    block += _changes(study, plans, tr)
    rows = [
        [wording.round_name(one.round_id), tr(KINDS[one.kind]), tr.value(one.written.date()), laid.get(one.digest, "–")]
        for one in receipts
        if one.kind in KINDS
    ]
    heads = [text(tr("round")), text(tr("what")), text(tr("recorded on")), text(tr("laid down in"))]
    return block + (folded(tr("All receipts"), table(heads, rows)) if rows else [])


def laid_down(receipts: Sequence[Receipt]) -> dict[str, str]:
    """Where somebody else keeps a digest, by digest."""
    return {str(one.content["of"]): str(one.content["where"]) for one in receipts if one.kind == "anchor"}


def vouched(laid: Mapping[str, str], tr: Translator, *digests: str) -> str:
    """Who can vouch for the day of a receipt: a place where one of some digests is kept, else this computer alone."""
    where = next((laid[digest] for digest in digests if digest in laid), "")
    return tr("laid down in: {where}", where=where) if where else tr(OWN_CLOCK)


def _declared(one: Receipt, study: Study, laid: dict[str, str], tr: Translator) -> str:
    """When the plan was recorded, what was in by then, and who else can vouch for the day."""
    state = one.content["state"]
    primary = next((c for c in claims() if c.id == study.programme.declared.primary), None)
    timely = primary is not None and in_time(one, study.bundle, study.round, primary)
    values = {
        "day": one.written.date(),
        "n": state.get("post_answered", 0),
        "of": state.get("post_expected", 0),
        "where": vouched(laid, tr, one.digest),
    }
    if timely and not values["of"]:
        return tr("Declared on {day}, before anybody was to answer after the round; {where}.", **values)
    if timely:
        return tr("Declared on {day}, when {n} of {of} answers after the round were in; {where}.", **values)
    return tr(
        "Declared on {day}, after {n} of {of} answers after the round: nothing counts as shown; {where}.", **values
    )


def _plan(study: Study, one: Receipt, tr: Translator) -> Markup:
    rows = []
    for claim in claims():
        own = one.content["claims"].get(claim.id)
        if own:
            told_ = [tr(WAYS[own[name]]) for name in ("role", "direction") if own.get(name) in WAYS]
            if own.get("instrument") in study.programme.instruments:
                told_.append(outcome_title(study, own["instrument"], tr))
            if own.get("smallest_effect"):
                told_.append(tr(MATTERS, least=tr.value(float(own["smallest_effect"]))))
            rows.append([tr.pick(claim.title), ", ".join(told_)])
    return table([text(tr("claim")), text(tr("what was declared"))], rows)


def _changes(study: Study, plans: list[Receipt], tr: Translator) -> Block:
    """Every change of a plan, none folded away: those with a receipt, and what differs from programme.toml today."""
    rows = []
    for receipt, where, old, new in changes(plans, frozen(study.programme, study.round)):
        cells = [tr("today"), tr("in programme.toml, without a receipt")]
        if receipt is not None:
            cells = [tr.value(receipt.written.date()), receipt.content["reason"] or tr("plan of a new round")]
        what, was, now = _in_words(where, old, new, tr)
        rows.append([cells[0], what, f"{was or '–'} → {now or '–'}", cells[1]])
    if not rows:
        return told(tr("No plan was changed.")) if plans else []
    heads = [text(tr("changed on")), text(tr("what")), text(tr("from → to")), text(tr("reason"))]
    return [*told(tr("Every change of a plan; what was and what is are both shown.")), table(heads, rows)]


def _in_words(where: str, old: str, new: str, tr: Translator) -> tuple[str, str, str]:
    """What changed, from what and to what: in the reader's words where a claim is concerned, else as it is written."""
    kind, _, rest = where.partition(".")
    claim, _, name = rest.partition(".")
    if kind != "claims" or name not in OF_A_CLAIM:
        return where, old, new
    was, now = (tr(WAYS[value]) if value in WAYS else wording.side_label(value, tr) for value in (old, new))
    return f"{claim}: {tr(OF_A_CLAIM[name])}", was, now
