"""The pack as a Word file, to be commented on and kept with the agreement."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from typing import Any

from rmanalytics.council.content import Blank, Pack, Table
from rmanalytics.terminal.questionnaire import new_document

LINE = "_" * 40


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
    _number_pages(made)
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
    for cells, row in zip(table.rows, rows, strict=True):
        _mark_row(cells, "w:cantSplit")
        for cell, text in zip(cells.cells, row, strict=True):
            cell.text = text
    if any(part.head):
        _mark_row(table.rows[0], "w:tblHeader")
        for cell in table.rows[0].cells:
            for run in cell.paragraphs[0].runs:
                run.bold = True
    made.add_paragraph()


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
