"""Intervals, columns and lines as native charts, each number its own label.

An interval is an XY series of its two ends, so that its workbook holds these and nothing else.
"""

from __future__ import annotations

from typing import Any

from rmanalytics.briefing.figures import Figure, Line
from rmanalytics.briefing.powerpoint.texts import AGAINST, COMP, INK, LIGHT, PART, box, described, inch
from rmanalytics.briefing.told import Told
from rmanalytics.language.translator import MINUS

COLOURS = {"solid": PART, "light": LIGHT, "outlined": COMP, "dotted": COMP, "hatched": AGAINST, "grey": COMP}


def _alt(figure: Figure) -> str:
    if figure.kind == "bars":
        rows = "; ".join(f"{bar.label}: {bar.text or bar.note}" for bar in figure.bars)
        return f"{figure.title}. {rows}"
    rows = "; ".join(f"{line.name}: {', '.join(f'{p.at} {p.text}' for p in line.points)}" for line in figure.lines)
    return f"{figure.title}. {rows}"


def _written(figure: Figure) -> str:
    """How an axis writes its numbers: thousands apart, decimals as its steps have, a true minus."""
    step = figure.ticks[1][0] - figure.ticks[0][0] if len(figure.ticks) > 1 else 1.0
    form = "0%" if figure.unit == "share" else "#,##0" if step >= 1 else "0.0" if step >= 0.1 else "0.00"
    return f"{form};{MINUS}{form}"


def bars(page: Any, figure: Figure, place: tuple[float, float, float, float], told: Told) -> None:
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
    if not figure.ticks:
        _rows(page, figure, place, each, told)
        return
    zero = data.add_series("0")
    zero.add_data_point(0, 0)
    zero.add_data_point(0, n)
    frame = page.shapes.add_chart(
        XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, *(inch(v) for v in (left, y, right - left, tall + 0.35)), data
    )
    described(frame, _alt(figure))
    chart = frame.chart
    chart.has_legend = chart.has_title = False
    across, down = chart.category_axis, chart.value_axis
    across.minimum_scale, across.maximum_scale = figure.low, figure.high
    across.has_major_gridlines = down.has_major_gridlines = False
    across.tick_labels.font.size = Pt(10)
    across.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    across.tick_labels.number_format, across.tick_labels.number_format_is_linked = _written(figure), False
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
        elif one is not None and one.style == "hatched":
            _striped(line)
        series.format.line._get_or_add_ln().set("cap", "flat")
    _rows(page, figure, place, each, told)


def _striped(line: Any) -> None:
    """Narrow stripes along a thick line, so that what points against is told without its colour."""
    from lxml import etree  # noqa: PLC0415

    space = "http://schemas.openxmlformats.org/drawingml/2006/main"
    stripes = etree.fromstring(f'<a:custDash xmlns:a="{space}"><a:ds d="40000" sp="20000"/></a:custDash>')
    line._get_or_add_ln().append(stripes)


def _rows(page: Any, figure: Figure, place: tuple[float, float, float, float], each: float, told: Told) -> None:
    """What stands left and right of the bars: a row's name, its ends and verdict; all names in one size."""
    x, y, w, _ = place
    right, names = x + 0.68 * w, [f"{bar.head}: {bar.label}" if bar.head else bar.label for bar in figure.bars]
    size = 12 if max(map(len, names)) <= 3 * w else 11
    for i, bar in enumerate(figure.bars):
        at = y + i * each + each / 2 - 0.12
        strong = bar.style != "light"
        box(page, (x, at, 0.3 * w - 0.1, 0.26), [names[i]], size=size, bold=strong and not bar.note, told=told)
        text = " · ".join(part for part in (bar.text, bar.note) if part)
        box(page, (right + 0.12, at, x + w - right - 0.12, 0.26), [text], size=12, told=told)


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
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = _written(figure), False
    axis.maximum_scale = figure.high if figure.kind == "lines" else figure.high * 1.15
    if figure.kind == "lines":
        axis.major_unit = figure.ticks[1][0] - figure.ticks[0][0] if len(figure.ticks) > 1 else None


def _outlined(series: Any) -> None:
    """Columns of what was planned: an outline over the column of what was."""
    from pptx.dml.color import RGBColor  # noqa: PLC0415
    from pptx.util import Pt  # noqa: PLC0415

    series.format.fill.background()
    series.format.line.color.rgb, series.format.line.width = RGBColor.from_string(INK), Pt(1)


def _places(figure: Figure) -> list[str]:
    """The places on the axis below, quarters in order of time."""
    names = list(dict.fromkeys(point.at for line in figure.lines for point in line.points))
    if figure.unit in ("share", "key figure") and figure.kind == "lines":
        names.sort(key=lambda name: (name[-4:], name[:2]))
    return names


def _beside(line: Line, begun: dict[str, float]) -> Any:
    """Where the first number of a line stands: above or below, so that two that begin alike stay apart."""
    from pptx.enum.chart import XL_LABEL_POSITION  # noqa: PLC0415

    others = [value for style, value in begun.items() if style != line.style]
    own = begun[line.style]
    above = not others or own > others[0] or (own == others[0] and line.style == "participants")
    return XL_LABEL_POSITION.ABOVE if above else XL_LABEL_POSITION.BELOW


def _lined(series: Any, colour: str) -> None:
    """A line and its dots: solid for the participants, dashed with hollow dots for those compared."""
    from pptx.dml.color import RGBColor  # noqa: PLC0415
    from pptx.enum.chart import XL_MARKER_STYLE  # noqa: PLC0415
    from pptx.enum.dml import MSO_LINE  # noqa: PLC0415
    from pptx.util import Pt  # noqa: PLC0415

    series.smooth = False
    series.format.line.color.rgb, series.format.line.width = RGBColor.from_string(colour), Pt(2.25)
    series.format.line.dash_style = MSO_LINE.SOLID if colour == PART else MSO_LINE.DASH
    dot = series.marker
    dot.style, dot.size = XL_MARKER_STYLE.CIRCLE, 8
    dot.format.fill.solid()
    dot.format.fill.fore_color.rgb = RGBColor.from_string(colour if colour == PART else "FFFFFF")
    dot.format.line.color.rgb, dot.format.line.dash_style = RGBColor.from_string(colour), MSO_LINE.SOLID


def chart_of(page: Any, figure: Figure, place: tuple[float, float, float, float]) -> None:
    """Columns and lines as native charts over categories, each number its own label."""
    from pptx.chart.data import CategoryChartData  # noqa: PLC0415
    from pptx.dml.color import RGBColor  # noqa: PLC0415
    from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION  # noqa: PLC0415
    from pptx.util import Pt  # noqa: PLC0415

    names = _places(figure)
    data = CategoryChartData(number_format="0%" if figure.unit == "share" else "General")
    data.categories = names
    for line in figure.lines:
        values = {point.at: point.value for point in line.points}
        data.add_series(line.name, [values.get(name) for name in names])
    kind = XL_CHART_TYPE.COLUMN_CLUSTERED if figure.kind == "columns" else XL_CHART_TYPE.LINE_MARKERS
    frame = page.shapes.add_chart(kind, *(inch(v) for v in place), data)
    described(frame, _alt(figure))
    chart, many = frame.chart, len(figure.lines) > 1
    chart.has_title, chart.has_legend = False, many
    chart.font.size = Pt(11)
    if many:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    _value_axis(chart, figure)
    begun = {line.style: line.points[0].value for line in figure.lines}
    if figure.kind == "columns":
        chart.plots[0].gap_width, chart.plots[0].overlap = 70 if len(names) > 2 else 300, 100
    for line, series in zip(figure.lines, chart.plots[0].series, strict=True):
        if line.style == "planned":
            _outlined(series)
            continue
        colour = PART if line.style == "participants" else COMP
        if figure.kind == "lines":
            _lined(series, colour)
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
                if figure.kind == "lines":
                    label.position = XL_LABEL_POSITION.RIGHT if i else _beside(line, begun)
