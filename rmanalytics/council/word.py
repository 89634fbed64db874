"""The pack as a Word file, to be commented on and kept with the agreement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

from rmanalytics.council.content import Blank, Pack, Table
from rmanalytics.terminal.questionnaire import new_document

LINE = "_" * 40
MANY, SMALL = 4, 7.5
"""Columns beyond which a table is set smaller, in points."""
FONT = "Arial"
"""One that is on every machine, or another of the same widths."""
MARGIN = 18 * 36_000
"""Left and right, in the units of such files: 18 mm."""
LETTERS = 90
"""Letters of a row that a page has room for."""


def write_word(pack: Pack, path: Path) -> None:
    """Write the pack as docx.

    Raises
    ------
    InputError
        RM-E-120 where the extra ``office`` is not installed.
    """
    made = new_document(path.name, pack.language)
    about = made.core_properties
    about.title, about.author, about.language, about.comments = pack.title, "", pack.language, ""
    about.created = about.modified = datetime.combine(pack.made, time())
    made.sections[0].left_margin = made.sections[0].right_margin = MARGIN
    made.styles["Normal"].font.name = FONT
    _number_pages(made)
    _hyphenate(made)
    made.add_heading(pack.title, level=0)
    made.add_paragraph(pack.about)
    for section in pack.sections:
        heading = made.add_heading(section.title, level=1)
        heading.paragraph_format.page_break_before = section.signed
        for part in section.parts:
            if isinstance(part, Table):
                _add_table(made, part)
            else:
                made.add_paragraph(f"{LINE}\n{part.label}" if isinstance(part, Blank) else part)
    made.save(str(path))


def _add_table(made: Any, part: Table) -> None:
    if part.title:
        made.add_paragraph().add_run(part.title).bold = True
    rows = [part.head, *part.rows] if any(part.head) else list(part.rows)
    table = made.add_table(rows=len(rows), cols=len(part.head), style="Table Grid")
    table.autofit = False
    _pad_less(table)
    page = made.sections[0]
    widths = _widths(rows, page.page_width - page.left_margin - page.right_margin)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for cells, row in zip(table.rows, rows, strict=True):
        _mark_row(cells, "w:cantSplit")
        for cell, text, width in zip(cells.cells, row, widths, strict=True):
            cell.text, cell.width = text, width
            _set_small(cell, few=len(row) <= MANY)
    if any(part.head):
        _mark_row(table.rows[0], "w:tblHeader")
        for cell in table.rows[0].cells:
            for run in cell.paragraphs[0].runs:
                run.bold = True
    made.add_paragraph()


def _widths(rows: Sequence[Sequence[str]], whole: int) -> list[int]:
    """Widths of columns: each its longest word, and of what is left by the root of its longest text."""
    columns = [*zip(*rows, strict=True)]
    words = [max((len(word) for text in column for word in text.split()), default=1) + 1 for column in columns]
    texts = [max(map(len, column)) ** 0.5 for column in columns]
    letters = max(sum(words), LETTERS)
    left = (1 - sum(words) / letters) / sum(texts)
    return [int(whole * (word / letters + left * text)) for word, text in zip(words, texts, strict=True)]


def _set_small(cell: Any, *, few: bool) -> None:
    from docx.shared import Pt  # noqa: PLC0415  (an extra)

    if not few:
        for run in cell.paragraphs[0].runs:
            run.font.size = Pt(SMALL)


def _pad_less(table: Any) -> None:
    """Less room beside the text of a cell, so that long words stay whole."""
    from docx.oxml import OxmlElement  # noqa: PLC0415  (an extra)
    from docx.oxml.ns import qn  # noqa: PLC0415

    room = OxmlElement("w:tblCellMar")
    for side in ("w:left", "w:right"):
        edge = OxmlElement(side)
        edge.set(qn("w:w"), "45")
        edge.set(qn("w:type"), "dxa")
        room.append(edge)
    table._tbl.tblPr.insert_element_before(room, "w:tblLook")


def _hyphenate(made: Any) -> None:
    from docx.oxml import OxmlElement  # noqa: PLC0415  (an extra)
    from docx.oxml.ns import qn  # noqa: PLC0415

    # Word reads its settings in one order only: this one follows the tab stops.
    made.settings.element.find(qn("w:defaultTabStop")).addnext(OxmlElement("w:autoHyphenation"))


def _mark_row(row: Any, name: str) -> None:
    """A row that stays on one page, or a head that is repeated on each."""
    from docx.oxml import OxmlElement  # noqa: PLC0415  (an extra)

    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _number_pages(made: Any) -> None:
    from docx.oxml import OxmlElement  # noqa: PLC0415  (an extra)
    from docx.oxml.ns import qn  # noqa: PLC0415

    number = OxmlElement("w:fldSimple")
    number.set(qn("w:instr"), "PAGE")
    made.sections[0].footer.paragraphs[0]._p.append(number)
