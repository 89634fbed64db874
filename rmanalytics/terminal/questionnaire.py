"""A questionnaire written from the scales of a programme: CSV for a survey tool, or a Word file.

Unit: one item. Item ids go with it, for they are what the export must carry; keys and directions do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rmanalytics.errors import InputError, Problem, unknown
from rmanalytics.language.translator import LANGUAGES, filled, translator
from rmanalytics.programme.instruments import Instrument, Item
from rmanalytics.programme.programme import Programme
from rmanalytics.run import export

INSTALL_OFFICE = "run: pip install 'rmanalytics[office]'"
COLUMNS = ("item", "scale", "text", "value", "label")
A4, MARGIN = (210, 297), 20
"""Width and height of a page, and its margins, in mm."""
SPELT = {"en": "en-GB", "de": "de-DE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """The scales that one side is asked, in the order of the programme's outcomes."""

    title: str
    language: str
    scales: tuple[Instrument, ...]
    guesses: bool = False

    def text_of(self, item: Item) -> str:
        """The question as it is put: in the form's language, else in English; of oneself, or of a junior."""
        text = text_of(item, self.language)
        tr = translator(self.language if self.language in LANGUAGES else "en")
        return tr("What do you think the junior named to you answers: “{text}”", text=text) if self.guesses else text


def asked_of(programme: Programme, *, side: str, scales: Sequence[str] = (), guesses: bool = False) -> Questionnaire:
    """Choose the scales: those of a side's outcomes, or those named; for ``guesses`` those of the juniors.

    Raises
    ------
    UnknownNameError
        RM-E-130 for a scale that is not there, with the nearest ones.
    InputError
        RM-E-005 for a scale that comes without its items, or a side without outcomes.
    """
    side = "mentor" if guesses else side
    names = tuple(scales) or tuple(dict.fromkeys(o.instrument for o in programme.outcomes if o.side == side))
    if not names:
        raise _refused(
            "outcomes.side",
            filled("no outcome is declared for {side}", side=side),
            filled("declare one, or name scales by --scale"),
        )
    for name in names:
        if name not in programme.instruments:
            raise unknown("scale", name, sorted(programme.instruments))
        if not programme.instruments[name].items:
            rule = filled('the instrument "{name}" comes without its items, for it is licensed', name=name)
            remedy = filled("fill its items into a file of your own and name that under [instruments]")
            raise _refused("instruments", rule, remedy)
    language = programme.language.partition("-")[0]
    chosen = tuple(programme.instruments[n] for n in names)
    return Questionnaire(title=programme.name, language=language, scales=chosen, guesses=guesses)


def answers_of(scale: Instrument, language: str) -> list[tuple[int, str]]:
    """Each answer of a scale with its label, empty where it has none."""
    values = range(scale.scale_min, scale.scale_max + 1)
    labels = scale.labels.get(language) or scale.labels.get("en") or ("",) * len(values)
    return list(zip(values, labels, strict=True))


def as_rows(asked: Questionnaire) -> list[dict[str, Any]]:
    """One row an item and answer: ``item, scale, text, value, label``; the order of rows is that of the form."""
    rows = (
        (item.id, scale.name, asked.text_of(item), *answer)
        for scale in asked.scales
        for item in scale.items
        for answer in answers_of(scale, asked.language)
    )
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def as_csv(asked: Questionnaire) -> str:
    """The rows as CSV."""
    return export.as_csv(as_rows(asked), COLUMNS)


def text_of(item: Item, language: str) -> str:
    """A question in a language, else in English."""
    return item.text.get(language) or item.text.get("en", "")


def write_docx(asked: Questionnaire, path: Path) -> None:
    """Write a Word file: a table a scale, one row an item with a box for each answer.

    Raises
    ------
    InputError
        RM-E-120 where the extra ``office`` is not installed.
    """
    made = new_document(path.name, asked.language, ", or name a .csv file")
    made.add_heading(asked.title, level=1)
    for scale in asked.scales:
        answers = answers_of(scale, asked.language)
        table = made.add_table(rows=1, cols=2 + len(answers), style="Table Grid")
        for cell, text in zip(table.rows[0].cells[2:], answers, strict=True):
            cell.text = text[1] or str(text[0])
        for item in scale.items:
            cells = table.add_row().cells
            cells[0].text, cells[1].text = item.id, asked.text_of(item)
            for cell in cells[2:]:
                cell.text = "☐"
        made.add_paragraph()
    made.save(str(path))


def new_document(name: str, language: str, otherwise: str = "") -> Any:
    """An empty Word file on A4 in a language, as its spelling is checked; a refusal says what to do otherwise.

    Raises
    ------
    InputError
        RM-E-120 where the extra ``office`` is not installed.
    """
    try:
        from docx import Document  # noqa: PLC0415  (an extra)
        from docx.oxml.ns import qn  # noqa: PLC0415
        from docx.shared import Mm  # noqa: PLC0415
    except ModuleNotFoundError:
        rule = filled("a Word file is asked for, and the extra that writes it is not installed")
        problem = Problem(code="RM-E-120", file=name, rule=rule, remedy=INSTALL_OFFICE + otherwise)
        raise InputError((problem,)) from None
    made = Document()
    page = made.sections[0]
    page.page_width, page.page_height = map(Mm, A4)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(MARGIN)
    for one in made.styles.element.iter(qn("w:lang")):
        one.set(qn("w:val"), SPELT.get(language, language))
    return made


def _refused(column: str, rule: str, remedy: str) -> InputError:
    return InputError((Problem(code="RM-E-005", file="programme.toml", column=column, rule=rule, remedy=remedy),))
