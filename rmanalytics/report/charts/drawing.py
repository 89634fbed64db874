"""The strokes of a chart as plain mappings: colours, lines, labels, axes. Nothing here imports a plotting library."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from babel.numbers import get_decimal_symbol, get_group_symbol

from rmanalytics.language.translator import MINUS, NBSP, Translator
from rmanalytics.report.words.wording import bare, digits_of
from rmanalytics.results import Curve, Estimate

PART, COMP, WARN = "#0b5fa5", "#8a939d", "#b4480c"
INK, SOFT, LINE, CLEAR = "#1b1f24", "#5b6470", "#e3e6ea", "rgba(255,255,255,0)"
TONES = {"part": PART, "comp": COMP, "warn": WARN, "soft": SOFT}
TEXT_TONES = {"part": PART, "comp": SOFT, "warn": WARN, "soft": SOFT}
BANDS = {"part": "rgba(11,95,165,0.13)", "comp": "rgba(138,147,157,0.22)"}
FAINT = {"part": "rgba(11,95,165,0.42)", "comp": "rgba(110,118,128,0.55)"}
FONT = '"Source Sans 3", Seravek, "Segoe UI", "Noto Sans", system-ui, sans-serif'
MONTH_DAYS = 30.4375
_LABEL_CHARS = 27

Stroke = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a dot-and-interval chart.

    Parameters
    ----------
    label, text : str
        Words at the left; the number beside the interval.
    value, lo, hi : float
        As drawn; both limits None where there is no interval.
    tone : str
        ``part``, ``comp`` or ``warn``.
    strong, diamond : bool
        Label in bold; a pooled value drawn as a diamond.
    own : tuple of two floats or None
        The participants' and the comparison group's own change, drawn faintly below.
    limits : tuple of two floats or None
        The limits before rounding, which tell whether a reference lies between them; else those drawn.
    """

    label: str
    value: float
    lo: float | None
    hi: float | None
    text: str
    tone: str = "part"
    strong: bool = False
    diamond: bool = False
    own: tuple[float | None, float | None] = (None, None)
    limits: tuple[float, float] | None = None

    def holds(self, reference: float | None) -> bool:
        """Whether the interval holds the reference, so that the dot is hollow."""
        lo, hi = (self.lo, self.hi) if self.limits is None else self.limits
        return reference is not None and lo is not None and hi is not None and lo <= reference <= hi


def row(
    estimate: Estimate,
    label: str,
    tr: Translator,
    *,
    tone: str = "part",
    strong: bool = False,
    diamond: bool = False,
    own: tuple[float | None, float | None] = (None, None),
) -> Row:
    """A line for an estimate, in per cent where it is a share, rounded to what is drawn."""
    digits = digits_of(estimate)
    scale = 100 if estimate.unit == "share" else 1
    interval = estimate.lo is not None and estimate.hi is not None
    return Row(
        label=label,
        value=round(estimate.value * scale, digits),
        lo=round((estimate.lo or 0.0) * scale, digits) if interval else None,
        hi=round((estimate.hi or 0.0) * scale, digits) if interval else None,
        text=bare(estimate.value, estimate.unit, digits, tr),
        tone=tone,
        strong=strong,
        diamond=diamond,
        own=(_rounded(own[0], digits), _rounded(own[1], digits)),
        limits=(estimate.lo * scale, estimate.hi * scale)
        if estimate.lo is not None and estimate.hi is not None
        else None,
    )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def safe(text: str) -> str:
    """Text for a chart, where tags would be read as markup."""
    return html.escape(text, quote=False)


def wrapped(text: str, chars: int = _LABEL_CHARS) -> str:
    """Text in lines of at most so many characters."""
    return "<br>".join(safe(part) for part in textwrap.wrap(text, chars, break_long_words=False)) or NBSP


def rewrapped(markup: str, chars: int) -> str:
    """A wrapped label in lines of another length.

    Examples
    --------
    >>> rewrapped("<b>one<br>two</b>", 20), rewrapped("one two<br>three", 7)
    ('<b>one two</b>', 'one two<br>three')
    """
    strong = markup.startswith("<b>")
    plain = html.unescape(markup.removeprefix("<b>").removesuffix("</b>").replace("<br>", " "))
    return f"<b>{wrapped(plain, chars)}</b>" if strong else wrapped(plain, chars)


def bold(text: str) -> str:
    """The same in bold."""
    return f"<b>{wrapped(text)}</b>"


def tone_of(group: str) -> str:
    """Participants in the strong hue, anybody else grey."""
    return "part" if group == "participants" else "comp"


def line(x: Sequence[float | None], y: Sequence[float | None], colour: str, width: float) -> Stroke:
    """A line; None breaks it."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": list(x),
        "y": list(y),
        "line": {"color": colour, "width": width},
        "cliponaxis": False,
    }


def broken(pairs: Sequence[tuple[float, float]]) -> list[float | None]:
    """Pairs one after the other with a break between them."""
    return [v for a, b in pairs for v in (a, b, None)]


def segments(pieces: Sequence[tuple[float | None, float | None, float]], colour: str, *, width: float = 2.4) -> Stroke:
    """Level pieces from x to x at y; a piece without limits is not drawn."""
    known = [(lo, hi, y) for lo, hi, y in pieces if lo is not None and hi is not None]
    xs = broken([(lo, hi) for lo, hi, _ in known])
    return line(xs, broken([(y, y) for _, _, y in known]), colour, width) | {"hoverinfo": "skip"}


def points(x: Sequence[float], y: Sequence[float], marker: Stroke, hover: Sequence[str] = ()) -> Stroke:
    """Dots, with what they say when touched."""
    said: Stroke = {"hovertext": list(hover), "hoverinfo": "text"} if hover else {"hoverinfo": "skip"}
    base: Stroke = {"type": "scatter", "mode": "markers", "x": list(x), "y": list(y), "cliponaxis": False}
    return base | {"marker": {"opacity": 1} | marker} | said


def words_at(x: Sequence[float], y: Sequence[float], texts: Sequence[str], place: str = "middle right") -> Stroke:
    """Words at places of the chart."""
    gap = NBSP * 3 if place == "middle right" else ""
    return {
        "type": "scatter",
        "mode": "text",
        "x": list(x),
        "y": list(y),
        "text": [gap + safe(text) for text in texts],
        "textposition": place,
        "textfont": {"size": 12.5, "color": INK},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def diamond(of: Row, y: float) -> Stroke:
    """A pooled value: as wide as its interval."""
    lo, hi = (of.value, of.value) if of.lo is None or of.hi is None else (of.lo, of.hi)
    shape = line([lo, of.value, hi, of.value, lo], [y, round(y + 0.24, 2), y, round(y - 0.24, 2), y], TONES[of.tone], 1)
    return shape | {"fill": "toself", "fillcolor": TONES[of.tone], "hoverinfo": "skip"}


def note(x: float, y: float, text: str, colour: str, *, size: float = 13) -> Stroke:
    """Words on the chart, without an arrow; ``text`` is markup."""
    return {"x": x, "y": y, "text": text, "showarrow": False, "font": {"size": size, "color": colour}}


def upright(x: float, colour: str) -> Stroke:
    """A line over the whole height."""
    return {
        "type": "line",
        "layer": "between",
        "xref": "x",
        "yref": "paper",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "line": {"color": colour, "width": 1},
    }


def level(y: float, colour: str) -> Stroke:
    """A line over the whole width."""
    return {
        "type": "line",
        "layer": "between",
        "xref": "paper",
        "yref": "y",
        "x0": 0,
        "x1": 1,
        "y0": y,
        "y1": y,
        "line": {"color": colour, "width": 1},
    }


def axis() -> Stroke:
    """An axis with hairlines and small grey numbers, fixed so that a phone scrolls over it."""
    return {
        "gridcolor": LINE,
        "gridwidth": 1,
        "zeroline": False,
        "fixedrange": True,
        "tickfont": {"size": 12, "color": SOFT},
        "showline": False,
        "ticks": "",
    }


def plain_axis() -> Stroke:
    """An axis of words, without lines."""
    return axis() | {"showgrid": False, "tickfont": {"size": 12.5, "color": INK}}


def no_axis(low: float, high: float) -> Stroke:
    """An axis that is not shown."""
    return {"visible": False, "range": [low, high], "fixedrange": True}


def padded(ends: Sequence[float]) -> list[float]:
    """A range that holds all ends, with room for the numbers at the right."""
    low, high = min(ends), max(ends)
    width = (high - low) or 1.0
    return [low - 0.04 * width, high + 0.17 * width]


def separators(tr: Translator) -> str:
    """Decimal and thousands marks of the language, as charts want them."""
    return get_decimal_symbol(tr.locale) + get_group_symbol(tr.locale)


def marks(days: float) -> list[int]:
    """Months at which a curve is read: a dozen at most."""
    months = max(math.floor(days / MONTH_DAYS), 1)
    step = next((s for s in (1, 2, 3, 6, 12) if months / s <= 12), 24)
    return list(range(0, months + 1, step))


def read_at(curve: Curve, months: Sequence[int]) -> list[tuple[int, float, float | None, float | None, int | None]]:
    """A survival curve at months: month, share, limits, number still followed; rounded to tenths of a per cent."""
    found = []
    table = curve.points.sort_values("time_days")
    for month in months:
        day = month * MONTH_DAYS
        before = table[table["time_days"] <= day + 1e-9]
        now = before.iloc[-1] if len(before) else table.iloc[0]
        after = table[table["time_days"] >= day - 1e-9]
        at_risk = int(after.iloc[0]["at_risk_n"]) if len(after) else None
        limits = [None if math.isnan(float(now[c])) else round(float(now[c]), 3) for c in ("lo", "hi")]
        found.append((month, round(float(now["survival"]), 3), limits[0], limits[1], at_risk))
    return found


def said(of: Row, tr: Translator) -> str:
    """What a dot says when touched."""
    limits = "" if of.lo is None or of.hi is None else f" ({tr.value(of.lo)} {tr('to')} {tr.value(of.hi)})"
    return safe(
        f"{of.label}: {of.text}{limits}".replace("-", MINUS) if of.value < 0 else f"{of.label}: {of.text}{limits}"
    )
