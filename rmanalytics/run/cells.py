"""The chapters of a report: which notebooks, in what order, and how an executed one becomes HTML.

Unit: one notebook, one chapter. Code and parameters are never shown.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rmanalytics.errors import NOTHING_PUBLISHED, RunError

ORDER = (
    "06_round_report",
    "02_engagement",
    "03_survey_change",
    "04_retention",
    "05_network",
    "08_branding",
    "07_across_rounds",
    "01_data_check",
)
PLOTLY = "application/vnd.plotly.v1+json"
_HIDDEN = {"parameters", "injected-parameters", "hide"}
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t#]*$")
_FENCE = re.compile(r"^\s*(```|~~~)")

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One chapter: its name (the notebook's), title and HTML; figures are counted so that none is lost unseen."""

    name: str
    title: str
    html: str
    figures: int


def notebooks(folder: Path) -> tuple[Path, ...]:
    """The report's notebooks in the order of its chapters."""
    return tuple(folder / f"{name}.ipynb" for name in ORDER)


def render(
    node: Any, *, name: str, translate: Translate, markdown: Callable[[str], str], figure: Callable[[Any], str]
) -> Chapter:
    """Turn an executed notebook into a chapter.

    Parameters
    ----------
    node : NotebookNode
        The executed notebook.
    name : str
        The notebook's name without ending.
    translate : callable
        Text of a heading or paragraph to the programme's language, by exact match.
    markdown : callable
        Markdown source to HTML.
    figure : callable
        A plotly figure's mimetype bundle to HTML.

    Raises
    ------
    RunError
        RM-X-005 when a cell shows something that a page cannot hold, so that nothing is dropped silently.
    """
    parts: list[str] = []
    title = ""
    figures = 0
    number = 0
    for cell in node.cells:
        tags = set(cell.metadata.get("tags", []))
        number += "injected-parameters" not in tags
        if _HIDDEN & tags:
            continue
        if cell.cell_type == "markdown":
            source, first = _translated(cell.source, translate)
            title = title or first
            parts.append(markdown(source))
        elif cell.cell_type == "code":
            for output in cell.outputs:
                figures += PLOTLY in output["data"]
                parts.append(_shown(output["data"], figure, f"notebook {name}, cell {number}"))
    return Chapter(name=name, title=title or name, html="\n".join(parts), figures=figures)


def _shown(data: Mapping[str, Any], figure: Callable[[Any], str], where: str) -> str:
    if PLOTLY in data:
        return figure(data[PLOTLY])
    if "text/html" in data:
        return str(data["text/html"])
    if set(data) == {"text/plain"}:
        return f"<pre>{html.escape(str(data['text/plain']))}</pre>"
    raise RunError("RM-X-005", f"{where}: shows something that a page cannot hold. {NOTHING_PUBLISHED}")


def _translated(source: str, translate: Translate) -> tuple[str, str]:
    """Markdown with headings one level lower, headings and paragraphs translated; and the first title."""
    title = ""
    blocks: list[str] = []
    fenced = False
    paragraph: list[str] = []

    def close() -> None:
        if paragraph:
            blocks.append(translate("\n".join(paragraph)))
            paragraph.clear()

    for line in source.splitlines():
        if _FENCE.match(line):
            close()
            fenced = not fenced
        heading = None if fenced else _HEADING.match(line)
        if heading:
            close()
            text = translate(heading[2])
            title = title or (text if len(heading[1]) == 1 else "")
            blocks.append(f"{'#' * min(len(heading[1]) + 1, 6)} {text}")
        elif fenced or _FENCE.match(line) or not line.strip():
            close()
            blocks.append(line)
        else:
            paragraph.append(line)
    close()
    return "\n".join(blocks), title
