"""Lots for a terminal: who is drawn from with which chance, what the lot decided, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence

from rmanalytics.evaluation.lots.dealt import OF
from rmanalytics.lot.sizes import GROUPS
from rmanalytics.receipts.chain import FOLDER, Receipt, shown

CLOCK = "By this computer's own clock. Give the digest to somebody who keeps it, and note where with --anchor."
FROM = 'Say where the seed will come from: --seed-from "Swiss Lotto of 5 December 2026", or dice thrown by others.'
UNDECLARED = "Nothing is declared for this round, and without that nothing will count as shown:"


def as_text(receipt: Receipt, *, declared: bool = True) -> str:
    """A list or a draw: its digest, groups and chances, and the next step; ``declared``: whether the plan is frozen."""
    lines = [f"{FOLDER}/{receipt.name}, written {receipt.written:%Y-%m-%d %H:%M} UTC", f"  {shown(receipt.digest)}"]
    content = receipt.content
    for side, own in content.get("sides", {}).items():
        told = ", ".join(f"{name.replace('_', ' ')} {own[name]}" for name in GROUPS if own[name])
        lines.append(f"  {side}: {told}; chance to start: {own['chance']}")
        if own["start"] == sum(own[name] for name in GROUPS) - own["certain"]:
            lines.append(f"  {side}: there are places for all who volunteered, so everybody starts without a lot")
    if receipt.kind == "list" and "arms" in content:
        arms = content["arms"]
        lines.append(f"  {content['entries_n']} entries; chance of each arm ({', '.join(arms)}): 1 of {len(arms)}")
        if not content["of"]:
            lines.append(f"  The list is headed by none of {', '.join(OF)}: the evaluation reads nothing of it.")
    if receipt.kind == "list":
        source = content["seed_from"]
        lines += [] if declared else [f"{UNDECLARED} rmanalytics declare PROGRAMME --round {receipt.round_id}"]
        lines.append(f"The seed will come from: {source}." if source else FROM)
        lines.append(f'Next, once it is there: rmanalytics draw PROGRAMME --round {receipt.round_id} --seed "…"')
        return "\n".join([*lines, CLOCK])
    if "arms" in content:
        lines += [f"  {arm}: {n}" for arm, n in content["people"].items()]
        where = f"{FOLDER}/private/{receipt.round_id}-arms-{receipt.number}.csv"
        return "\n".join([*lines, f"Which entry got which arm stands in {where}.", CLOCK])
    hand_out = f"{FOLDER}/private/{receipt.round_id}-comparison.csv"
    lines += [
        f"The rows of those who do not start lie in {hand_out}. Add them to comparison.csv, or name the file:",
        f'  [tables] comparison = ["comparison.csv", "{hand_out}"]',
        f"Next: rmanalytics pair PROGRAMME --round {receipt.round_id}",
    ]
    return "\n".join([*lines, CLOCK])


def verified(findings: Sequence[str], erased: Sequence[str] = ()) -> str:
    """Whether drawing again gave the same; where somebody was erased since, whether it did before."""
    if findings:
        return "\n".join(["No:", *(f"  {one}" for one in (*findings, *erased))])
    if erased:
        return "\n".join(
            ["Yes: the chain is whole; of people erased since, the lot numbers and groups are left:", *erased]
        )
    return "Yes: the chain is whole, and drawn again from the list and the seed everybody is where the receipts say."
