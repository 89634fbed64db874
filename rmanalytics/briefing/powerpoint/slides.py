"""One slide: its title, pictures, sentences, tiles and source, in the order in which they are read."""

from __future__ import annotations

import base64
import io
from typing import Any

from rmanalytics.briefing.powerpoint.charts import bars, chart_of
from rmanalytics.briefing.powerpoint.tables import table
from rmanalytics.briefing.powerpoint.texts import SOFT, WIDE, box, described, inch, write
from rmanalytics.briefing.slide import Slide
from rmanalytics.briefing.told import Told


def fill(page: Any, slide: Slide, number: int, told: Told) -> None:
    """One slide, in reading order: title, pictures, words, verdict and source."""
    tr = told.tr
    for shape in list(page.placeholders):
        if shape != page.shapes.title:
            shape.element.getparent().remove(shape.element)
    title = page.shapes.title
    title.left, title.top, title.width, title.height = (inch(x) for x in (0.6, 0.62, WIDE - 1.2, 1.15))
    size = 28 if len(slide.title) <= 95 else 24
    write(title.text_frame, [slide.title], size=size, bold=True, font="Georgia", told=told)
    box(page, (0.6, 0.28, 9, 0.34), [f"{number}   {slide.section}"], size=12, colour=SOFT, told=told)
    lines = 0.3 * sum(1 + len(text) // 125 for text in slide.says)
    bottom = (5.9 if slide.tiles else 6.75) - lines
    pictures(page, slide, (0.6, 1.85, WIDE - 1.2, bottom - 1.92), told)
    _words(page, slide, told)
    if slide.tiles:
        each = (WIDE - 1.2) / len(slide.tiles)
        for i, (value, what) in enumerate(slide.tiles):
            box(page, (0.6 + i * each, 5.95, each - 0.1, 0.8), [value, what], size=12, first=20, told=told)
    if slide.says:
        box(page, (0.6, bottom, WIDE - 1.2, lines), slide.says, size=13, told=told)
    level = tr("level {level} of 5", level=slide.level) if slide.level else ""
    verdict = told.word(slide.verdict) if slide.verdict else ""
    foot = " · ".join(part for part in (slide.source, verdict, level, slide.evidence) if part)
    box(page, (0.6, 6.92, WIDE - 1.2, 0.36), [foot], size=10, colour=SOFT, told=told)
    if logo := told.document.get("look", {}).get("logo"):
        picture = page.shapes.add_picture(io.BytesIO(base64.b64decode(logo)), 0, inch(0.22), height=inch(0.36))
        picture.left = inch(WIDE - 0.6) - picture.width
        described(picture, told.document["company"])
    page.notes_slide.notes_text_frame.text = slide.notes


def _words(page: Any, slide: Slide, told: Told) -> None:
    """Sentences and decisions."""
    if slide.sentences:
        top = 1.95
        for one in slide.sentences:
            until = told.tr("valid until {until}", until=one["until"])
            box(
                page,
                (0.6, top, WIDE - 1.2, 1.0),
                [told.tr.quoted(one["text"]), f"{one['id']} · {until}"],
                size=11,
                first=18,
                heavy=False,
                told=told,
            )
            top += 1.15
    if slide.points:
        each, (top, size) = (WIDE - 1.2) / len(slide.points), (4.5, 11) if slide.figures else (2.2, 13)
        for i, (head, *texts) in enumerate(slide.points, start=1):
            place = (0.6 + (i - 1) * each, top, each - 0.35, 2.0)
            numbered = f"{i}. {head}" if len(slide.points) > 1 else head
            box(page, place, [numbered, *texts], size=size, first=size + 4, told=told)


def pictures(page: Any, slide: Slide, place: tuple[float, float, float, float], told: Told) -> None:
    """Set the pictures of a slide into their place, beside or beneath each other, each with title and note."""
    left, top, width, height = place
    n = len(slide.figures)
    if not n:
        return
    if slide.points:
        height = 2.2
    cells: list[tuple[float, float, float, float]]
    if slide.stacked:
        cells = [(left, top + i * height / n, width, height / n - 0.1) for i in range(n)]
    elif n == 3:
        half, low = (width - 0.4) / 2, height / 2
        cells = [(left, top, half, low - 0.1), (left + half + 0.4, top, half, low - 0.1), (left, top + low, width, low)]
    else:
        each = (width - 0.4 * (n - 1)) / n
        cells = [(left + i * (each + 0.4), top, each, height) for i in range(n)]
    for figure, (x, y, w, h) in zip(slide.figures, cells, strict=True):
        box(page, (x, y, w, 0.3), [figure.title], size=13 if len(figure.title) <= 9 * w else 11, bold=True, told=told)
        low = 0.0 if not figure.note else 0.26 if len(figure.note) <= 12 * w else 0.44
        inner = (x, y + 0.32, w, h - 0.32 - low)
        if low:
            box(page, (x, y + h - low, w, low), [figure.note], size=10, colour=SOFT, told=told)
        if figure.kind in ("table", "matrix", "ladder"):
            table(page, figure, inner, told)
        elif figure.kind == "bars":
            bars(page, figure, inner, told)
        else:
            chart_of(page, figure, inner)
