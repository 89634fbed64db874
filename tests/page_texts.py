"""What a reader sees or hears of a page of the report, for tests of its words."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any


def strings(value: Any) -> Iterator[str]:
    """Every text within nested mappings and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def texts(page: str) -> Iterator[str]:
    """What a reader sees or hears: text between tags, attributes that are read out, labels of charts."""
    for bundle in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL):
        layout = json.loads(bundle)
        for annotation in layout.get("layout", {}).get("annotations", []):
            yield annotation.get("text", "")
        for axis in ("xaxis", "yaxis"):
            yield from strings(layout.get("layout", {}).get(axis, {}).get("ticktext", []))
        yield layout.get("layout", {}).get("meta", {}).get("alt", "")
    page = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    yield from map(html.unescape, re.findall(r'(?:alt|title|aria-label)="([^"]*)"', page))
    for text in re.split(r"<[^>]+>", page):
        yield re.sub(r"\s+", " ", html.unescape(text)).strip()
