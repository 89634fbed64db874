"""A proposal of tandems for a terminal: each pair with its reasons, who is in the way, and what comes next."""

from __future__ import annotations

from rmanalytics.evaluation.lots.proposal import PROPOSED, Proposal
from rmanalytics.receipts.chain import FOLDER, Receipt, shown

UNNAMED = "somebody unnamed (--by WHO, --why REASON)"


def as_text(proposal: Proposal) -> str:
    """Every proposed tandem in two lines, and where the whole of it lies."""
    lines = []
    for one in proposal.pairs:
        by_hand = "" if one.status == PROPOSED else f", changed by {one.by or UNNAMED}"
        lines += [
            f"{one.tandem_id}  {one.mentor_id} and {one.mentee_id}: {one.points} of 100{by_hand}",
            f"    {one.reasons}",
        ]
    lines += [f"In the way: {one}" for one in proposal.in_the_way]
    place = f"{FOLDER}/private/{proposal.round_id}"
    lines += [
        f"{len(proposal.pairs)} tandems, {proposal.total} points. With alternatives: {place}-proposal.csv",
        f"and {place}-pairs.html. Nothing is decided: --swap, --put or --part, then --approve at a terminal.",
    ]
    return "\n".join(lines)


def approved(receipt: Receipt | None) -> str:
    """What an approval wrote, or that nothing was approved."""
    if receipt is None:
        return "Nothing was approved."
    rows = f"{FOLDER}/private/{receipt.round_id}-tandems.csv"
    said = "{n} tandems approved: {as_proposed} as proposed, {changed} changed.".format(**receipt.content)
    where = f"Their rows lie in {rows}; add them to tandems.csv. Consent of both stays their own."
    return f"{said} {where}\n{shown(receipt.digest)}"
