"""The slides as PowerPoint: native, editable charts, tables and texts, alt text and notes; the same bytes every time.

An interval is an XY series of its two ends, so that its workbook holds these and nothing else; matrix and ladder are
tables. Needs python-pptx (the extra office).
"""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from rmanalytics.briefing.figures import Figure
from rmanalytics.briefing.slide import Slide
from rmanalytics.briefing.told import Told
from rmanalytics.errors import InputError, Problem
from rmanalytics.language.translator import filled

WIDE, HIGH = 13.333, 7.5
PART, COMP, AGAINST, LIGHT, INK, SOFT = "0072B2", "767676", "C24E00", "9CC5E0", "1B1F24", "555E69"
COLOURS = {"solid": PART, "light": LIGHT, "outlined": COMP, "dotted": COMP, "hatched": AGAINST, "grey": COMP}
STAMP = (2020, 1, 1, 0, 0, 0)
_DATES = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")
_TEMPLATE = (b"presentationml.template.main+xml", b"presentationml.presentation.main+xml")
"""What a template calls itself, and what a presentation does."""
_LEFT_OUT = ("docProps/thumbnail.jpeg", "ppt/printerSettings/")


def available() -> bool:
    """Whether PowerPoint files can be written here."""
    return find_spec("pptx") is not None


def presentation(
    told: Told, slides: Sequence[Slide], template: bytes = b"", dressed: Callable[[str], str] = str
) -> bytes:
    """A PowerPoint file of the slides.

    Parameters
    ----------
    told : Told
        For the language, the title and the imprint.
    slides : sequence of Slide
    template : bytes
        The company's .potx or .pptx: its master, size and fonts; its own slides are left out.
    dressed : callable
        Puts a part's text into the company's colours and typeface.

    Raises
    ------
    InputError
        RM-E-186 for a template that cannot be opened, or has no layout with a title.
    """
    deck = _opened(template)
    own_size = deck.slide_width, deck.slide_height
    if not template:
        own_size = deck.slide_width, deck.slide_height = _inch(WIDE), _inch(HIGH)
    titled = [one for one in deck.slide_layouts if 1 in [p.placeholder_format.type for p in one.placeholders]]
    if not titled:
        raise _refused(filled("the template has no layout with a title"))
    layout = min(titled, key=lambda one: abs(len(one.placeholders) - 4))
    for number, slide in enumerate(slides, start=1):
        page = deck.slides.add_slide(layout)
        _slide(page, slide, number, told)
        _fitted(page, own_size[0] / _inch(WIDE), own_size[1] / _inch(HIGH))
    for page in (deck.slide_master, *deck.slide_layouts, deck.notes_master):
        for shape in list(page.placeholders):
            if shape.placeholder_format.type in (13, 15, 16):  # number, footer, date: they carry the template's own
                shape.element.getparent().remove(shape.element)
    core = deck.core_properties
    core.title, core.author, core.language = told.document["programme"], "", told.tr.language
    core.last_modified_by, core.comments, core.subject = "", "", told.round_id
    core.keywords = core.category = core.content_status = core.version = ""
    made = io.BytesIO()
    deck.save(made)
    return repacked(made.getvalue(), dressed)


def _opened(template: bytes) -> Any:
    """A presentation to fill: a template without its slides, else an empty one."""
    from pptx import Presentation  # noqa: PLC0415  (an extra)

    if not template:
        return Presentation()
    try:
        made = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(template)) as old, zipfile.ZipFile(made, "w") as new:
            for name in old.namelist():
                part = old.read(name)
                new.writestr(name, part.replace(*_TEMPLATE) if name == "[Content_Types].xml" else part)
        deck = Presentation(made)
    except (zipfile.BadZipFile, ValueError, KeyError) as error:
        raise _refused(filled("the template cannot be opened as PowerPoint")) from error
    listed = deck.slides._sldIdLst
    for one in list(listed):
        deck.part.drop_rel(one.rId)
        listed.remove(one)
    return deck


def _refused(rule: str) -> InputError:
    remedy = filled("save it anew in PowerPoint as .potx, with a title on one layout at least")
    return InputError((Problem(code="RM-E-186", file="template", rule=rule, remedy=remedy),))


def _fitted(page: Any, across: float, down: float) -> None:
    """Bring the marks of a slide to the size of the template's."""
    if across != 1 or down != 1:
        for shape in page.shapes:
            shape.left, shape.width = round(shape.left * across), round(shape.width * across)
            shape.top, shape.height = round(shape.top * down), round(shape.height * down)


def repacked(data: bytes, dressed: Callable[[str], str] = str) -> bytes:
    """A package with its parts in order of their names, at one time, without a clock's or a machine's trace."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            if name.startswith(_LEFT_OUT):
                continue
            part = old.read(name)
            if name.endswith(".xlsx"):
                part = repacked(part, dressed)
            elif name == "docProps/core.xml":
                part = _DATES.sub(rb"\g<1>2020-01-01T00:00:00Z\g<3>", part)
            elif name in ("_rels/.rels", "[Content_Types].xml"):
                part = re.sub(rb'<Relationship [^>]*thumbnail[^>]*/>|<Default Extension="jpeg"[^>]*/>', b"", part)
            if name.endswith(".xml"):
                part = dressed(part.decode()).encode()
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(info, part)
    return out.getvalue()


def _inch(value: float) -> int:
    from pptx.util import Inches  # noqa: PLC0415

    return int(Inches(value))


def _slide(page: Any, slide: Slide, number: int, told: Told) -> None:
    """One slide, in reading order: title, pictures, words, verdict and source."""
    tr = told.tr
    for shape in list(page.placeholders):
        if shape != page.shapes.title:
            shape.element.getparent().remove(shape.element)
    title = page.shapes.title
    title.left, title.top, title.width, title.height = (_inch(x) for x in (0.6, 0.62, WIDE - 1.2, 1.15))
    size = 28 if len(slide.title) <= 95 else 24
    _write(title.text_frame, [slide.title], size=size, bold=True, font="Georgia", told=told)
    _box(page, (0.6, 0.28, 9, 0.34), [f"{number}   {slide.section}"], size=12, colour=SOFT, told=told)
    lines = 0.3 * sum(1 + len(text) // 125 for text in slide.says)
    bottom = (5.9 if slide.tiles else 6.75) - lines
    _figures(page, slide, (0.6, 1.85, WIDE - 1.2, bottom - 1.92), told)
    _words(page, slide, told)
    if slide.tiles:
        each = (WIDE - 1.2) / len(slide.tiles)
        for i, (value, what) in enumerate(slide.tiles):
            _box(page, (0.6 + i * each, 5.95, each - 0.1, 0.8), [value, what], size=12, first=20, told=told)
    if slide.says:
        _box(page, (0.6, bottom, WIDE - 1.2, lines), slide.says, size=13, told=told)
    level = tr("level {level} of 5", level=slide.level) if slide.level else ""
    verdict = told.word(slide.verdict) if slide.verdict else ""
    foot = " · ".join(part for part in (slide.source, verdict, level, slide.evidence) if part)
    _box(page, (0.6, 6.92, WIDE - 1.2, 0.36), [foot], size=10, colour=SOFT, told=told)
    if logo := told.document.get("look", {}).get("logo"):
        picture = page.shapes.add_picture(io.BytesIO(base64.b64decode(logo)), 0, _inch(0.22), height=_inch(0.36))
        picture.left = _inch(WIDE - 0.6) - picture.width
        _described(picture, told.document["company"])
    page.notes_slide.notes_text_frame.text = slide.notes


def _write(
    frame: Any,
    texts: Sequence[str],
    *,
    size: int,
    told: Told,
    first: int = 0,
    bold: bool = False,
    font: str = "",
    colour: str = INK,
) -> None:
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
        run.font.size, run.font.bold = Pt(first if first and i == 0 else size), bold or bool(first and i != 1)
        run.font.color.rgb = RGBColor.from_string(colour)
        run._r.get_or_add_rPr().set("lang", {"en": "en-GB", "de": "de-DE"}.get(told.tr.language, told.tr.language))
        if font:
            run.font.name = font


def _box(page: Any, place: tuple[float, float, float, float], texts: Sequence[str], **look: Any) -> None:
    _write(page.shapes.add_textbox(*(_inch(x) for x in place)).text_frame, texts, **look)


def _words(page: Any, slide: Slide, told: Told) -> None:
    """Sentences and decisions."""
    if slide.sentences:
        top = 1.95
        for one in slide.sentences:
            until = told.tr("valid until {until}", until=one["until"])
            _box(
                page,
                (0.6, top, WIDE - 1.2, 1.0),
                [told.tr.quoted(one["text"]), f"{one['id']} · {until}"],
                size=11,
                first=18,
                told=told,
            )
            top += 1.15
    if slide.points:
        each, (top, size) = (WIDE - 1.2) / len(slide.points), (4.5, 11) if slide.figures else (2.2, 13)
        for i, (head, *texts) in enumerate(slide.points, start=1):
            place = (0.6 + (i - 1) * each, top, each - 0.35, 2.0)
            numbered = f"{i}. {head}" if len(slide.points) > 1 else head
            _box(page, place, [numbered, *texts], size=size, first=size + 4, told=told)


def _figures(page: Any, slide: Slide, place: tuple[float, float, float, float], told: Told) -> None:
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
        _box(page, (x, y, w, 0.3), [figure.title], size=13 if len(figure.title) <= 9 * w else 11, bold=True, told=told)
        low = 0.0 if not figure.note else 0.26 if len(figure.note) <= 12 * w else 0.44
        inner = (x, y + 0.32, w, h - 0.32 - low)
        if low:
            _box(page, (x, y + h - low, w, low), [figure.note], size=10, colour=SOFT, told=told)
        if figure.kind in ("table", "matrix", "ladder"):
            _table(page, figure, inner, told)
        elif figure.kind == "bars":
            _bars(page, figure, inner, told)
        else:
            _chart(page, figure, inner)


def _described(shape: Any, text: str) -> None:
    shape._element.xpath(".//p:cNvPr")[0].set("descr", text)


def _alt(figure: Figure) -> str:
    if figure.kind == "bars":
        rows = "; ".join(f"{bar.label}: {bar.text or bar.note}" for bar in figure.bars)
        return f"{figure.title}. {rows}"
    rows = "; ".join(f"{line.name}: {', '.join(f'{p.at} {p.text}' for p in line.points)}" for line in figure.lines)
    return f"{figure.title}. {rows}"


def _table(page: Any, figure: Figure, place: tuple[float, float, float, float], told: Told) -> None:
    from pptx.dml.color import RGBColor  # noqa: PLC0415

    rows: list[Sequence[Any]] = [figure.head, *figure.rows]
    x, y, w, _ = place
    shape = page.shapes.add_table(len(rows), len(figure.head), *(_inch(v) for v in (x, y, w, 0.36 * len(rows))))
    _described(shape, figure.title)
    wide: tuple[float, ...] | None = {3: (0.06, 0.3, 0.64)}.get(len(figure.head) if figure.kind == "ladder" else 0)
    if figure.kind == "table":
        rest = 0.64 / max(len(figure.head) - 1, 1)
        wide = (0.31, 0.2, 0.49) if figure.id == "open" else (0.36, *(rest for _ in figure.head[1:]))
    for j, part in enumerate(wide or ()):
        shape.table.columns[j].width = int(_inch(w) * part)
    shades = {"more": LIGHT, "even": "EEF1F4", "fewer": "FFFFFF"}
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            chips = figure.kind == "ladder" and i > 0 and j == 2
            text, shade = (
                ("; ".join(t for t, _ in cell), "") if chips else cell if isinstance(cell, tuple) else (cell, "")
            )
            box = shape.table.cell(i, j)
            box.fill.solid()
            box.fill.fore_color.rgb = RGBColor.from_string(shades.get(shade, "FFFFFF"))
            _write(
                box.text_frame, [text], size=12, bold=i == 0 or bool(shade), told=told, colour=SOFT if i == 0 else INK
            )
            box.margin_left = box.margin_right = _inch(0.06)
            box.margin_top = box.margin_bottom = _inch(0.03)


def _bars(page: Any, figure: Figure, place: tuple[float, float, float, float], told: Told) -> None:
    """Intervals as XY series of two points each, thick and flat; labels and ends as text beside their row."""
    from pptx.chart.data import XyChartData  # noqa: PLC0415
    from pptx.dml.color import RGBColor  # noqa: PLC0415
    from pptx.enum.chart import XL_CHART_TYPE, XL_MARKER_STYLE, XL_TICK_LABEL_POSITION  # noqa: PLC0415
    from pptx.enum.dml import MSO_LINE  # noqa: PLC0415
    from pptx.util import Pt  # noqa: PLC0415

    x, y, w, h = place
    n = len(figure.bars)
    tall = min(h - 0.4, 0.46 * n)
    each = tall / n
    left, right = x + 0.3 * w, x + 0.68 * w
    data = XyChartData(number_format="General")
    for i, bar in enumerate(figure.bars):
        if bar.lo is not None and bar.hi is not None:
            series = data.add_series(bar.label)
            series.add_data_point(bar.lo, n - i - 0.5)
            series.add_data_point(bar.hi, n - i - 0.5)
    zero = data.add_series("0")
    zero.add_data_point(0, 0)
    zero.add_data_point(0, n)
    frame = page.shapes.add_chart(
        XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, *(_inch(v) for v in (left, y, right - left, tall + 0.35)), data
    )
    _described(frame, _alt(figure))
    chart = frame.chart
    chart.has_legend = chart.has_title = False
    across, down = chart.category_axis, chart.value_axis
    across.minimum_scale, across.maximum_scale = figure.low, figure.high
    across.has_major_gridlines = down.has_major_gridlines = False
    across.tick_labels.font.size = Pt(10)
    across.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    across.visible = bool(figure.ticks)
    if len(figure.ticks) > 1:
        across.major_unit = figure.ticks[1][0] - figure.ticks[0][0]
    down.minimum_scale, down.maximum_scale, down.visible = 0, n, False
    _plot_fills(chart, tall / (tall + 0.35))
    styles = [bar for bar in figure.bars if bar.lo is not None]
    for series, one in zip(chart.plots[0].series, [*styles, None], strict=True):
        series.smooth = False
        series.marker.style = XL_MARKER_STYLE.NONE
        line = series.format.line
        line.color.rgb = RGBColor.from_string(INK if one is None else COLOURS[one.style])
        line.width = Pt(1 if one is None else 12 if one.style in ("solid", "grey", "light", "hatched") else 5)
        if one is not None and one.style == "dotted":
            line.dash_style = MSO_LINE.ROUND_DOT
        series.format.line._get_or_add_ln().set("cap", "flat")
    for i, bar in enumerate(figure.bars):
        at = y + i * each + each / 2 - 0.12
        strong = bar.style != "light"
        label = f"{bar.head}: {bar.label}" if bar.head else bar.label
        size = 12 if len(label) <= 3 * w else 10
        _box(page, (x, at, 0.3 * w - 0.1, 0.26), [label], size=size, bold=strong and not bar.note, told=told)
        text = " · ".join(part for part in (bar.text, bar.note) if part)
        _box(page, (right + 0.12, at, x + w - right - 0.12, 0.26), [text], size=12, told=told)


def _plot_fills(chart: Any, share: float) -> None:
    """Let the plot fill its frame but for the axis, so that rows of text beside it meet their bars."""
    from lxml import etree  # noqa: PLC0415

    area = chart._chartSpace.chart.plotArea
    for old in area.findall("{*}layout"):
        area.remove(old)
    space = "http://schemas.openxmlformats.org/drawingml/2006/chart"
    layout = etree.fromstring(
        f'<c:layout xmlns:c="{space}"><c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/>'
        f'<c:yMode val="edge"/><c:x val="0.04"/><c:y val="0"/><c:w val="0.92"/><c:h val="{share:.4f}"/>'
        "</c:manualLayout></c:layout>"
    )
    area.insert(0, layout)


def _value_axis(chart: Any, figure: Figure) -> None:
    """The axis of the numbers: columns stand on 0 and need none, lines have the ends and steps of their figure."""
    axis = chart.value_axis
    axis.minimum_scale, axis.has_major_gridlines = figure.low, figure.kind == "lines"
    axis.visible = figure.kind == "lines"
    if figure.unit == "share":
        axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = "0%", False
    axis.maximum_scale = figure.high if figure.kind == "lines" else figure.high * 1.15
    if figure.kind == "lines":
        axis.major_unit = figure.ticks[1][0] - figure.ticks[0][0] if len(figure.ticks) > 1 else None


def _outlined(series: Any) -> None:
    """Columns of what was planned: an outline over the column of what was."""
    from pptx.dml.color import RGBColor  # noqa: PLC0415
    from pptx.util import Pt  # noqa: PLC0415

    series.format.fill.background()
    series.format.line.color.rgb, series.format.line.width = RGBColor.from_string(INK), Pt(1)


def _chart(page: Any, figure: Figure, place: tuple[float, float, float, float]) -> None:
    """Columns and lines as native charts over categories, each number its own label."""
    from pptx.chart.data import CategoryChartData  # noqa: PLC0415
    from pptx.dml.color import RGBColor  # noqa: PLC0415
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION  # noqa: PLC0415
    from pptx.util import Pt  # noqa: PLC0415

    names = list(dict.fromkeys(point.at for line in figure.lines for point in line.points))
    if figure.unit in ("share", "key figure") and figure.kind == "lines":
        names.sort(key=lambda name: (name[-4:], name[:2]))
    data = CategoryChartData(number_format="0%" if figure.unit == "share" else "General")
    data.categories = names
    for line in figure.lines:
        values = {point.at: point.value for point in line.points}
        data.add_series(line.name, [values.get(name) for name in names])
    kind = XL_CHART_TYPE.COLUMN_CLUSTERED if figure.kind == "columns" else XL_CHART_TYPE.LINE_MARKERS
    frame = page.shapes.add_chart(kind, *(_inch(v) for v in place), data)
    _described(frame, _alt(figure))
    chart, many = frame.chart, len(figure.lines) > 1
    chart.has_title, chart.has_legend = False, many
    chart.font.size = Pt(11)
    if many:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    _value_axis(chart, figure)
    if figure.kind == "columns":
        chart.plots[0].gap_width, chart.plots[0].overlap = 70 if len(names) > 2 else 300, 100
    for line, series in zip(figure.lines, chart.plots[0].series, strict=True):
        if line.style == "planned":
            _outlined(series)
            continue
        colour = PART if line.style == "participants" else COMP
        if figure.kind == "lines":
            series.smooth = False
            series.format.line.color.rgb, series.format.line.width = RGBColor.from_string(colour), Pt(2.25)
            series.marker.format.fill.solid()
            series.marker.format.fill.fore_color.rgb = RGBColor.from_string(colour if colour == PART else "FFFFFF")
            series.marker.format.line.color.rgb = RGBColor.from_string(colour)
        for i, name in enumerate(names):
            point = next((one for one in line.points if one.at == name), None)
            if point is None:
                continue
            if figure.kind == "columns":
                fill = series.points[i].format.fill
                fill.solid()
                fill.fore_color.rgb = RGBColor.from_string(PART if point.strong else LIGHT)
            if figure.kind == "columns" or len(names) == 2 or i == len(names) - 1:
                label = series.points[i].data_label
                label.has_text_frame = True
                label.text_frame.text = point.text
                label.text_frame.paragraphs[0].runs[0].font.size = Pt(12)
