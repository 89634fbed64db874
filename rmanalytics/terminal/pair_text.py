"""A proposal of tandems for a terminal: each pair with its reasons, who is in the way, and what comes next."""

from __future__ import annotations

from rmanalytics.evaluation.lots.proposal import PROPOSED, Proposal
from rmanalytics.language.translator import plural, translator
from rmanalytics.receipts.chain import FOLDER, Receipt, shown

TOLD = 100
"""Tandems told at a terminal; of more the page and the file tell the others."""


def as_text(proposal: Proposal, language: str = "en") -> str:
    """Proposed tandems in two lines each, and where the whole of it lies."""
    tr, lines = translator(language), []
    for one in proposal.pairs[:TOLD]:
        pair = tr("{junior} and {senior}", junior=one.mentor_id, senior=one.mentee_id)
        points = tr("{n} of 100 points", n=one.points)
        by = one.by or tr("somebody unnamed (--by WHO, --why REASON)")
        by_hand = "" if one.status == PROPOSED else f", {tr('changed by {by}', by=by)}"
        lines += [f"{one.tandem_id}  {pair}: {points}{by_hand}", f"    {one.reasons}"]
    if len(proposal.pairs) > TOLD:
        lines.append(tr("… and {n} tandems more", n=len(proposal.pairs) - TOLD))
    lines += [tr("In the way: {what}", what=one) for one in proposal.in_the_way]
    place = f"{FOLDER}/private/{proposal.round_id}"
    total = plural("{n} tandem, {total} points.", "{n} tandems, {total} points.")
    lines += [
        tr(total, n=len(proposal.pairs), total=proposal.total),
        tr(
            "To read, with alternatives: {page}; as a table: {file}.",
            page=f"{place}-pairs.html",
            file=f"{place}-proposal.csv",
        ),
        tr("Nothing is decided: --swap, --put or --part, then --approve at a terminal."),
    ]
    return "\n".join(lines)


def approved(receipt: Receipt | None, language: str = "en") -> str:
    """What an approval wrote, or that nothing was approved."""
    tr = translator(language)
    if receipt is None:
        return tr("Nothing was approved.")
    counts = {name: receipt.content[name] for name in ("n", "as_proposed", "changed")}
    said = plural(
        "{n} tandem approved: {as_proposed} as proposed, {changed} changed.",
        "{n} tandems approved: {as_proposed} as proposed, {changed} changed.",
    )
    file = f"{FOLDER}/private/{receipt.round_id}-tandems.csv"
    where = tr("Their rows lie in {file}; add them to tandems.csv. Consent of both stays their own.", file=file)
    return f"{tr(said, **counts)} {where}\n{shown(receipt.digest)}"
