"""The pack as a Word file, to be commented on and kept with the agreement."""

from __future__ import annotations

from pathlib import Path

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
    made = new_document(path.name)
    about = made.core_properties
    about.title, about.author, about.language, about.comments = pack.title, "", pack.language, ""
    made.add_heading(pack.title, level=0)
    made.add_paragraph(pack.about)
    for section in pack.sections:
        made.add_heading(section.title, level=1)
        for part in section.parts:
            if isinstance(part, Table):
                _add_table(made, part)
            else:
                made.add_paragraph(f"{LINE}\n{part.label}" if isinstance(part, Blank) else part)
    made.save(str(path))


def _add_table(made: object, part: Table) -> None:
    if part.title:
        made.add_paragraph().add_run(part.title).bold = True  # type: ignore[attr-defined]
    rows = [part.head, *part.rows] if any(part.head) else list(part.rows)
    table = made.add_table(rows=len(rows), cols=len(part.head), style="Table Grid")  # type: ignore[attr-defined]
    for cells, row in zip(table.rows, rows, strict=True):
        for cell, text in zip(cells.cells, row, strict=True):
            cell.text = text
    for cell in table.rows[0].cells if any(part.head) else ():
        for run in cell.paragraphs[0].runs:
            run.bold = True
    made.add_paragraph()  # type: ignore[attr-defined]
