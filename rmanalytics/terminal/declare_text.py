"""Receipts for a terminal: what was fixed, when, and the digest to lay down elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from rmanalytics.receipts.chain import FOLDER, Receipt, shown

CLOCK = "By this computer's own clock. Give the digest to somebody who keeps it, and note where with --anchor."
WHOM = "; whom to ask is known once tandems are approved"


def as_text(receipts: Sequence[Receipt]) -> str:
    """Each receipt with its digest; for a plan what was fixed and how many answers were in."""
    lines = []
    for one in receipts:
        lines += [f"{FOLDER}/{one.name}, written {one.written:%Y-%m-%d %H:%M} UTC", f"  {shown(one.digest)}"]
        if one.kind == "declared":
            for claim, row in one.content["claims"].items():
                told = ", ".join(f"{name} {value}" for name, value in row.items() if name != "items")
                lines.append(f"  {claim}: {told}")
            state = one.content["state"]
            whom = f" of {state['post_expected']} people" if state["post_expected"] else WHOM
            lines.append(f"  post answers in: {state['post_answered']}{whom}")
        elif one.kind == "comparison":
            lines.append("  " + "; ".join(f"{n} {what}" for what, n in one.content["people"].items()))
    sheets = f"A sheet for the works council lies beside each receipt ({FOLDER}/*.html)."
    return "\n".join([*lines, sheets, CLOCK])


def verified(receipt: Receipt | None) -> str:
    """Whether a digest is that of a receipt."""
    if receipt is None:
        return "No: no receipt of this programme has that digest."
    return f"Yes: {FOLDER}/{receipt.name}, written {receipt.written:%Y-%m-%d %H:%M} UTC; the chain is whole."
