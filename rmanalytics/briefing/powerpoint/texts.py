"""Texts on a slide, in inches and points, in the briefing's language; what a shape is called when it is read aloud."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rmanalytics.briefing.told import Told

WIDE, HIGH = 13.333, 7.5
PART, COMP, AGAINST, LIGHT, INK, SOFT = "0072B2", "767676", "C24E00", "9CC5E0", "1B1F24", "555E69"


def inch(value: float) -> int:
    """Inches in the file's own unit."""
    from pptx.util import Inches  # noqa: PLC0415

    return int(Inches(value))


def write(
    frame: Any,
    texts: Sequence[str],
    *,
    size: int,
    told: Told,
    first: int = 0,
    bold: bool = False,
    heavy: bool = True,
    font: str = "",
    colour: str = INK,
) -> None:
    """Fill a frame of text, a paragraph a text; ``first`` is the size in points of the first, bold if heavy."""
    from pptx.dml.color import RGBColor  # noqa: PLC0415
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN  # noqa: PLC0415
    from pptx.util import Pt  # noqa: PLC0415

    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    for i, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.LEFT
        run = paragraph.add_run()
        run.text = text
        run.font.size, run.font.bold = Pt(first if first and i == 0 else size), bold or bool(heavy and first and i != 1)
        run.font.color.rgb = RGBColor.from_string(colour)
        run._r.get_or_add_rPr().set("lang", {"en": "en-GB", "de": "de-DE"}.get(told.tr.language, told.tr.language))
        if font:
            run.font.name = font


def box(page: Any, place: tuple[float, float, float, float], texts: Sequence[str], **look: Any) -> None:
    """Add a text at left, top, width and height in inches; ``look`` as `write` has it."""
    write(page.shapes.add_textbox(*(inch(x) for x in place)).text_frame, texts, **look)


def described(shape: Any, text: str) -> None:
    """Give a shape its alt text."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", text)
