"""What the tests of chapters share: a study made of results by hand, a block as text, its figures, two real rounds."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import report_examples as examples
from markupsafe import Markup

from rmanalytics.evaluation import open_study
from rmanalytics.report.charts.figures import as_bundle
from rmanalytics.results import NotEstimable, Result, Results

DATA = Path(__file__).parents[1] / "data"
FAMILIES = ("engagement", "pairing", "reach", "retention", "value")


@cache
def real(folder: str) -> Any:
    """A round of the example data: ``example`` (34 tandems) or ``example_small`` (5)."""
    return open_study(DATA / folder, "2026H1")


def study(language: str = "en", **families: list[Result]) -> Any:
    """A study with these results in its families, and none in the others."""
    found = {family: Results(families.get(family, [])) for family in FAMILIES}
    return SimpleNamespace(
        programme=examples.programme(language), round=examples.programme(language).rounds[-1], **found
    )


def text(block: list[Any]) -> str:
    """All words of a block's HTML, blanks as single ones."""
    html = " ".join(str(piece) for piece in block if isinstance(piece, Markup))
    return re.sub(r"\s+", " ", Markup(re.sub(r"<[^>]+>", " ", html)).unescape()).strip()


def figures(block: list[Any]) -> dict[str, dict[str, Any]]:
    """The figures of a block by their id, as a notebook keeps them; none is binary, unnamed or finer than drawn."""
    found = {}
    for piece in block:
        if isinstance(piece, Markup):
            continue
        made = as_bundle(piece)
        meta = made["layout"]["meta"]
        assert meta["alt"].endswith(".")
        assert "bdata" not in json.dumps(made, allow_nan=False)
        for trace in made["data"]:
            numbers = [v for axis in ("x", "y", "z") for v in flat(trace.get(axis, [])) if isinstance(v, float)]
            assert all(round(v, 4) == v for v in numbers)
        assert meta["id"] not in found
        found[meta["id"]] = made
    return found


def flat(value: Any) -> list[Any]:
    return [leaf for part in value for leaf in flat(part)] if isinstance(value, list | tuple) else [value]


def words(figure: dict[str, Any]) -> list[str]:
    """Everything that a figure says."""
    said = [str(v) for trace in figure["data"] for key in ("text", "hovertext") for v in flat(trace.get(key, []))]
    return said + [str(note["text"]) for note in figure["layout"].get("annotations", [])]


def refused(name: str, reason: str, **about: Any) -> NotEstimable:
    return NotEstimable(**({"name": name, "unit": "share", "reason": reason, "n": 3} | about))
