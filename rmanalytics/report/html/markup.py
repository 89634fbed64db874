"""HTML from templates, always escaped: nothing that came from a file is ever taken for markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rmanalytics.containment import CODE
from rmanalytics.language.translator import Translator

_FOLDER = Path(__file__).with_name("templates")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **context: Any) -> Markup:
    """A template filled with its context."""
    return Markup(_environment().get_template(template).render(**context))  # noqa: S704  (escaped by the template)


def stylesheet(name: str) -> Markup:
    """One of our own style sheets, to stand inside the page."""
    return Markup((_FOLDER / name).read_text(encoding="utf-8"))  # noqa: S704  (our own file)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table: its head with the unit, whether it holds numbers, whether phones leave it out."""

    head: str
    numeric: bool = False
    wide_only: bool = False


def text(head: str, *, wide_only: bool = False) -> Column:
    """A column of words."""
    return Column(head=head, wide_only=wide_only)


def numbers(head: str, *, wide_only: bool = False) -> Column:
    """A column of numbers, set right."""
    return Column(head=head, numeric=True, wide_only=wide_only)


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Markup:
    """A table set like a journal's.

    Parameters
    ----------
    columns : sequence of Column
        Heads.
    rows : sequence of sequences of str
        Cells; plain text is escaped, `Markup` is not.

    Raises
    ------
    ValueError
        When a row has another number of cells than there are columns.
    """
    if any(len(row) != len(columns) for row in rows):
        raise ValueError("a row has another number of cells than the table has columns")
    return render("table.html", columns=columns, rows=rows)


def details(summary: str, content: Markup) -> Markup:
    """Folded content under a line that says what it is."""
    return render("details.html", summary=summary, content=content)


def paragraph(sentence: str, *, kind: str = "") -> Markup:
    """A sentence; ``kind`` is its class: ``absent``, ``note``, ``caution``."""
    return Markup('<p class="{}">{}</p>').format(kind, sentence) if kind else Markup("<p>{}</p>").format(sentence)


def failed_part(tr: Translator) -> Markup:
    """What stands in place of a part of the report that could not be made."""
    return paragraph(tr("This part could not be made: the computation failed ({code}).", code=CODE), kind="absent")
