"""What a release may hold, by a list of the stranger's own: rows, their fields, splits, least numbers and grids.

Plain Python alone. Who changes the gate's catalogue has to change this list too, or nothing is published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_ABOUT = {"id", "row", "evidence", "round", "rounds", "side", "group", "claim", "scale", "unit", "n", "scale_ends"}
_CLAIM = {"verdict", "role", "direction", "n_comparator", "comparator", "level", "recorded"}
ROWS: dict[str, tuple[int, frozenset[str]]] = {
    "scale_after": (5, frozenset({"value", "when", "split", "of"})),
    "scale_change": (10, frozenset({"value", "when", "split", "of"})),
    "difference": (10, frozenset({"value", "n_comparator"})),
    "verdict": (25, frozenset(_CLAIM)),
    "effect": (25, frozenset({*_CLAIM, "lo", "hi", "near_end", "middle"})),
    "placebo": (100, frozenset({"metric", "lo", "hi", "n_comparator"})),
    "silent": (25, frozenset({"verdict"})),
    "worthwhile": (0, frozenset({"value"})),
    "info": (0, frozenset({"gathered", "needed"})),
    "account": (0, frozenset({"what", "value"})),
    "audit": (0, frozenset({"verdict"})),
    "ties": (60, frozenset({"value", "date", "bands"})),
    "ties_change": (60, frozenset({"lo", "hi", "date", "since", "bands"})),
    "ei_index": (200, frozenset({"value", "date"})),
    "brand": (30, frozenset({"value", "metric", "mention", "quarter"})),
    "key_figures": (0, frozenset({"value", "metric", "quarter"})),
    "money": (0, frozenset({"what", "lo", "hi"})),
    "tandems": (0, frozenset({"value"})),
    "places": (0, frozenset({"value"})),
    "people": (0, frozenset({"value"})),
    "delivery": (20, frozenset({"value", "what"})),
    "topics": (20, frozenset({"value", "topic"})),
    "answered": (25, frozenset({"value"})),
    "reach": (25, frozenset({"value"})),
    "staying": (25, frozenset({"value", "months"})),
    "moving_up": (25, frozenset({"value", "months"})),
    "goals": (10, frozenset({"value"})),
    "upward": (10, frozenset({"value"})),
    "new_ties": (25, frozenset({"value"})),
    "would_accept": (25, frozenset({"value"})),
    "pulse": (25, frozenset({"value"})),
}
"""By row: the fewest people, and its fields beside those that every row may have."""
_HEADER = re.compile(
    "schema|catalogue|blur|programme|company|simulated|languages?|rounds?|data_until|valid_until|currency|chain_broken"
    "|planned_meetings|scales|claims|decisions|answers|contact|owner|decide|look|next|changes|entries|sentences"
)
_SPLITS = {None, "unit", "generation"}
_TO_FIVE = {"tandems", "people"}
_WHOLE = {"money", "account", "info", "places"}
_ENTRY_ID = re.compile(r"RM-\d{4}H[12]-\w+-[0-9a-f]{4}")


def untold(document: Mapping[str, Any]) -> Iterator[str]:
    """What in a release has no place in one; the row, never the number."""
    if not all(_HEADER.fullmatch(name) for name in document):
        yield "it has a member that no release has"
    for entry in document["entries"]:
        row = str(entry.get("row"))
        if row not in ROWS:
            yield "an entry is of no row of the catalogue"
            continue
        least, own = ROWS[row]
        if set(entry) - own - _ABOUT or entry.get("split") not in _SPLITS or ("of" in entry) != ("split" in entry):
            yield f"an entry of the row {row} says or splits what that row does not"
        if any(n % 5 or n < least for name in ("n", "n_comparator") if (n := entry.get(name)) is not None):
            yield f"an entry of the row {row} rests on too few, or counts them too finely"
        if not all(
            _coarse(row, entry, float(entry[name]))
            for name in ("value", "lo", "hi", "near_end", "middle")
            if name in entry
        ):
            yield f"an entry of the row {row} is told too finely"
        if not _ENTRY_ID.fullmatch(str(entry.get("evidence"))):
            yield f"an entry of the row {row} has no evidence"


def _coarse(row: str, entry: Mapping[str, Any], value: float) -> bool:
    """Whether a number lies on its row's grid."""
    if row == "key_figures":
        return True
    if row == "worthwhile":
        return len(f"{value:g}") <= 5
    step = 5.0 if row in _TO_FIVE else 1.0 if row in _WHOLE or entry.get("unit") == "days" else 0.1
    if entry.get("unit") in ("share", "index", "rate ratio", "ratio"):
        step = 0.05
    if row in ("scale_after", "scale_change") and "n" in entry:
        low, high = entry["scale_ends"]
        step = max(0.1, {5: 0.5}.get(entry["n"], 0.1) * min(1.0, (high - low) / 4))
    return abs(value / step - round(value / step)) < 1e-6
