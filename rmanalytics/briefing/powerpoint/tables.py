"""Matrices, ladders and lists as native tables, their cells shaded as on the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rmanalytics.briefing.figures import Figure
from rmanalytics.briefing.powerpoint.texts import INK, LIGHT, SOFT, described, inch, write
from rmanalytics.briefing.told import Told


def table(page: Any, figure: Figure, place: tuple[float, float, float, float], told: Told) -> None:
    """Add a table; a ladder's chips are one text a rung, a matrix' cells are shaded."""
    from pptx.dml.color import RGBColor  # noqa: PLC0415

    rows: list[Sequence[Any]] = [figure.head, *figure.rows]
    x, y, w, _ = place
    shape = page.shapes.add_table(len(rows), len(figure.head), *(inch(v) for v in (x, y, w, 0.36 * len(rows))))
    described(shape, figure.title)
    wide: tuple[float, ...] | None = {3: (0.06, 0.3, 0.64)}.get(len(figure.head) if figure.kind == "ladder" else 0)
    if figure.kind == "table":
        rest = 0.64 / max(len(figure.head) - 1, 1)
        wide = (0.31, 0.2, 0.49) if figure.id == "open" else (0.36, *(rest for _ in figure.head[1:]))
    for j, part in enumerate(wide or ()):
        shape.table.columns[j].width = int(inch(w) * part)
    rungs = ("FFFFFF", "E0EEF6", "EEF6FA", "F6F8FA", "FFFFFF") if figure.kind == "ladder" else ()
    shades = {"more": LIGHT, "even": "EEF1F4", "fewer": "FFFFFF"}
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            chips = figure.kind == "ladder" and i > 0 and j == 2
            text, shade = (
                ("; ".join(t for t, _ in cell), "") if chips else cell if isinstance(cell, tuple) else (cell, "")
            )
            box = shape.table.cell(i, j)
            box.fill.solid()
            box.fill.fore_color.rgb = RGBColor.from_string(shades.get(shade, rungs[i - 1] if i and rungs else "FFFFFF"))
            write(
                box.text_frame, [text], size=12, bold=i == 0 or bool(shade), told=told, colour=SOFT if i == 0 else INK
            )
            box.margin_left = box.margin_right = inch(0.06)
            box.margin_top = box.margin_bottom = inch(0.03)
