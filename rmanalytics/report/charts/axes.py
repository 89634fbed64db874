"""From the numbers of a figure to places on paper: axes with their ranges and ticks, panels, margins.

Lengths are pixels from the upper left corner.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any


class Axis:
    """One axis: where a value stands, and its ticks.

    Parameters
    ----------
    look : mapping
        The axis as the figure declares it.
    across : bool
        From left to right; else from the foot to the top.
    ends, other : tuple of float
        Pixels of its two ends, and of the ends of the axis that it is read with.
    values : list of float
        What is drawn along it, for a range that is not declared.
    separators : str
        Decimal and thousands mark.
    """

    def __init__(
        self,
        look: Mapping[str, Any],
        *,
        across: bool,
        ends: tuple[float, float],
        other: tuple[float, float],
        values: list[float],
        separators: str,
    ) -> None:
        self.look, self.across, self.ends, self.other = look, across, ends, other
        low, high = look.get("range") or (min(values, default=0.0), max(values, default=1.0))
        if look.get("autorange") == "reversed":
            low, high = high, low
        self._low, self._high = float(low), float(high)
        self._separators = separators

    def at(self, value: float) -> float:
        """The pixel of a value."""
        number = math.log10(value) if self.look.get("type") == "log" else float(value)
        return self.ends[0] + (number - self._low) / ((self._high - self._low) or 1) * (self.ends[1] - self.ends[0])

    @property
    def ticks(self) -> Iterator[tuple[float, str]]:
        """Pixels and words of the ticks; none where the axis is not shown."""
        if self.look.get("visible", True) is False:
            return
        if self.look.get("tickvals") is not None:
            texts = self.look.get("ticktext") or [self._word(value, 1) for value in self.look["tickvals"]]
            yield from ((self.at(value), str(text)) for value, text in zip(self.look["tickvals"], texts, strict=True))
            return
        low, high = sorted((self._low, self._high))
        step = _step(high - low, int(self.look.get("nticks", 6)))
        for i in range(math.ceil(low / step), math.floor(high / step) + 1):
            yield self.at(i * step), self._word(i * step, step)

    def _word(self, value: float, step: float) -> str:
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        text = f"{abs(value):,.{digits}f}".translate({ord("."): self._separators[0], ord(","): self._separators[1:]})
        return ("\u2212" if value < -step / 2 else "") + text + str(self.look.get("ticksuffix", ""))


class Plot:
    """A figure on paper.

    Parameters
    ----------
    figure : mapping
        Its data and layout.
    width, top : int
        Its width, and what is kept free above it for a title.
    """

    def __init__(self, figure: Mapping[str, Any], *, width: int, top: int) -> None:
        layout = figure["layout"]
        margin = {"l": 8, "r": 8, "t": 8, "b": 30} | dict(layout.get("margin", {}))
        height = int(layout.get("height", 300))
        self._figure, self._layout = figure, layout
        self.left, self.right = float(margin["l"]), float(width - margin["r"])
        self.top, self.bottom = top + float(margin["t"]), top + float(height - margin["b"])

    def of(self, trace: Mapping[str, Any], along: str) -> Axis:
        """The axis that a trace is drawn along."""
        return self._axes[trace.get(f"{along}axis", along)]

    @property
    def axes(self) -> list[Axis]:
        """All axes."""
        return list(self._axes.values())

    def places(self, trace: Mapping[str, Any]) -> list[tuple[float, float] | None]:
        """Pixels of a trace's points; None where it breaks."""
        across, up = self.of(trace, "x"), self.of(trace, "y")
        pairs = zip(trace["x"], trace["y"], strict=True)
        return [None if x is None or y is None else (across.at(x), up.at(y)) for x, y in pairs]

    def place(self, x: float, y: float, xref: str, yref: str) -> tuple[float, float]:
        """The pixel of a place given in an axis's numbers, or in parts of the paper."""
        left = self.left + x * (self.right - self.left) if xref == "paper" else self._axes[xref].at(x)
        down = self.bottom - y * (self.bottom - self.top) if yref == "paper" else self._axes[yref].at(y)
        return left, down

    @cached_property
    def _axes(self) -> dict[str, Axis]:
        names = [key for key in self._layout if key.startswith(("xaxis", "yaxis"))] or []
        known = {
            name.replace("axis", ""): self._layout[name]
            for name in dict.fromkeys((*names, "xaxis", "yaxis"))
            if name in self._layout
        }
        known = {"x": {}, "y": {}} | known
        spans = {name: self._span(name, look) for name, look in known.items()}
        separators = self._layout.get("separators", ".,")
        made = {}
        for name, look in known.items():
            partner = look.get("anchor") or ("y" if name[0] == "x" else "x") + name[1:]
            made[name] = Axis(
                look,
                across=name[0] == "x",
                ends=spans[name],
                other=spans[partner if partner in spans else ("y" if name[0] == "x" else "x")],
                values=list(self._values(name)),
                separators=separators,
            )
        return made

    def _span(self, name: str, look: Mapping[str, Any]) -> tuple[float, float]:
        low, high = look.get("domain") or (0, 1)
        if name[0] == "x":
            return self.left + low * (self.right - self.left), self.left + high * (self.right - self.left)
        return self.bottom - low * (self.bottom - self.top), self.bottom - high * (self.bottom - self.top)

    def _values(self, name: str) -> Iterator[float]:
        """What is drawn along an axis; cells reach half a step to either side, bars start at zero."""
        for trace in self._figure["data"]:
            if trace.get(f"{name[0]}axis", name[0]) != name:
                continue
            spare = 0.5 if trace["type"] == "heatmap" else 0.0
            along = name[0] == ("x" if trace.get("orientation") == "h" else "y")
            if trace["type"] == "bar" and along:
                yield 0.0
            for value in trace[name[0]]:
                if value is not None:
                    yield value - spare
                    yield value + spare


def _step(width: float, most: int) -> float:
    """The step of 1, 2 or 5 times a power of ten that gives at most so many ticks."""
    rough = (width or 1.0) / max(most, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(size * power for size in (1, 2, 5, 10) if size * power >= rough - 1e-12)
