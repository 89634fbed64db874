"""What the sheet of a receipt would say in the names of a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rmanalytics.receipts.chain import Receipt
from rmanalytics.receipts.declared_words import rows_of
from rmanalytics.receipts.lot_words import lot_words


def unworded(receipt: Receipt) -> set[str]:
    """Names of what a receipt holds that reach its sheet without words of either language."""
    if lot_words(receipt, "en"):
        return set()
    told = {
        label
        for part in (receipt.content, receipt.content.get("state", {}))
        for language in ("de", "en")
        for label, _ in rows_of(part, language, {})
    }
    return told & _names(receipt.content) - {"files", "state", *receipt.content.get("claims", {})}


def _names(content: Any) -> set[str]:
    if not isinstance(content, Mapping):
        return set()
    return set(content) | {name for value in content.values() for name in _names(value)}
