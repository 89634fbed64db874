"""Receipts for a terminal: what was fixed, when, and the digest to lay down elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from rmanalytics.evaluation.verdicts.freeze import titles
from rmanalytics.language.translator import Translator, translator
from rmanalytics.receipts.chain import FOLDER, Receipt, shown
from rmanalytics.receipts.declared_words import rows_of


def clock(tr: Translator) -> str:
    """Whose clock it was, and what to do with the digest."""
    return tr("By this computer's own clock. Give the digest to somebody who keeps it, and note where with --anchor.")


def head(receipt: Receipt, tr: Translator) -> list[str]:
    """Which receipt, when it was written, and its digest."""
    at = f"{receipt.written:%Y-%m-%d %H:%M} UTC"
    return [tr("{file}, written {at}", file=f"{FOLDER}/{receipt.name}", at=at), f"  {shown(receipt.digest)}"]


def as_text(receipts: Sequence[Receipt], language: str = "en") -> str:
    """Each receipt with its digest; for a plan what was fixed and how many answers were in."""
    tr, lines = translator(language), []
    for one in receipts:
        lines += head(one, tr)
        if one.kind == "declared":
            own = {
                claim: {name: value for name, value in row.items() if name not in ("items", "instrument_digest")}
                for claim, row in one.content["claims"].items()
            }
            named = titles()
            spoken = language if language in named else "en"
            lines += [f"  {claim}: {told}" for claim, told in rows_of({"claims": own}, spoken, named[spoken])]
            state = one.content["state"]
            known = {"n": int(state["post_answered"]), "of": int(state["post_expected"])}
            lines.append(
                "  "
                + (
                    tr("post answers in: {n} of {of} people", **known)
                    if known["of"]
                    else tr("post answers in: {n}; whom to ask is known once tandems are approved", **known)
                )
            )
        elif one.kind == "comparison":
            lines.append("  " + "; ".join(f"{n} {what}" for what, n in one.content["people"].items()))
    sheets = tr("A sheet for the works council lies beside each receipt ({files}).", files=f"{FOLDER}/*.html")
    return "\n".join([*lines, sheets, clock(tr)])


def verified(receipt: Receipt | None, language: str = "en") -> str:
    """Whether a digest is that of a receipt."""
    tr = translator(language)
    if receipt is None:
        return tr("No: no receipt of this programme has that digest.")
    return tr(
        "Yes: {file}, written {at}; the chain is whole.",
        file=f"{FOLDER}/{receipt.name}",
        at=f"{receipt.written:%Y-%m-%d %H:%M} UTC",
    )
