"""Lots for a terminal: who is drawn from with which chance, what the lot decided, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence

from rmanalytics.evaluation.lots.dealt import OF
from rmanalytics.language.translator import key, translator
from rmanalytics.lot.sizes import GROUPS
from rmanalytics.receipts.chain import FOLDER, Receipt
from rmanalytics.terminal.declare_text import clock, head

_SIDES = {"mentee": key("Seniors"), "mentor": key("Juniors")}
_GROUPS = {
    "certain": key("start first, promised last time: {n}"),
    "start": key("start: {n}"),
    "wait": key("wait: {n}"),
    "reserve": key("stand by: {n}"),
    "not_drawn": key("not drawn: {n}"),
}


def as_text(receipt: Receipt, *, declared: bool = True, language: str = "en") -> str:
    """A list or a draw: its digest, groups and chances, and the next step; ``declared``: whether the plan is frozen."""
    tr, content, round_id = translator(language), receipt.content, receipt.round_id
    lines = head(receipt, tr)
    for side, own in content.get("sides", {}).items():
        told = ", ".join(tr(_GROUPS[name], n=own[name]) for name in GROUPS if own[name])
        start, of = own["chance"].split(" of ")
        chance = tr("chance to start: {start} of {of}", start=start, of=of)
        lines.append(f"  {tr(_SIDES[side])}: {told}; {chance}")
        if own["start"] == sum(own[name] for name in GROUPS) - own["certain"]:
            lines.append(f"    {tr('there are places for all who volunteered, so everybody starts without a lot')}")
    if receipt.kind == "list" and "arms" in content:
        arms = content["arms"]
        counts = {"n": content["entries_n"], "arms": ", ".join(arms), "of": len(arms)}
        lines.append("  " + tr("{n} entries; chance of each arm ({arms}): 1 of {of}", **counts))
        if not content["of"]:
            names = ", ".join(OF)
            lines.append(
                "  " + tr("The list is headed by none of {names}: the evaluation reads nothing of it.", names=names)
            )
    if receipt.kind == "list":
        if not declared:
            undeclared = tr("Nothing is declared for this round, and without that nothing will count as shown:")
            lines.append(f"{undeclared} rmanalytics declare PROGRAMME --round {round_id}")
        source = content["seed_from"]
        lines.append(
            tr("The seed will come from: {source}.", source=source)
            if source
            else tr(
                "Say where the seed will come from: --seed-from {example}, or dice thrown by others.",
                example='"Swiss Lotto of 5 December 2026"',
            )
        )
        lines.append(f'{tr("Next, once it is there:")} rmanalytics draw PROGRAMME --round {round_id} --seed "…"')
        return "\n".join([*lines, clock(tr)])
    if "arms" in content:
        lines += [f"  {arm}: {n}" for arm, n in content["people"].items()]
        where = f"{FOLDER}/private/{round_id}-arms-{receipt.number}.csv"
        return "\n".join([*lines, tr("Which entry got which arm stands in {where}.", where=where), clock(tr)])
    hand_out = f"{FOLDER}/private/{round_id}-comparison.csv"
    lines += [
        tr(
            "The rows of those who do not start lie in {file}. Add them to comparison.csv, or name the file:",
            file=hand_out,
        ),
        f'  [tables] comparison = ["comparison.csv", "{hand_out}"]',
        f"{tr('Next:')} rmanalytics pair PROGRAMME --round {round_id}",
    ]
    return "\n".join([*lines, clock(tr)])


def verified(findings: Sequence[str], erased: Sequence[str] = (), *, language: str = "en") -> str:
    """Whether drawing again gave the same; where somebody was erased since, whether it did before."""
    tr = translator(language)
    if findings:
        return "\n".join([tr("No:"), *(f"  {tr(one)}" for one in (*findings, *erased))])
    if erased:
        told = tr("Yes: the chain is whole; of people erased since, the lot numbers and groups are left:")
        return "\n".join([told, *map(tr, erased)])
    return tr(
        "Yes: the chain is whole, and drawn again from the list and the seed everybody is where the receipts say."
    )


def key_lost(language: str) -> str:
    """That digests of data cannot be checked without the key of the receipts."""
    tr = translator(language)
    return tr("The key of the receipts is missing: whether the lists are those committed can no longer be checked.")
