"""Charts of slides: the numbers that a chart keeps are those, in the same order, that its own description says.

Plain Python alone. A description is read as running text, so its numbers are held against the release as well.
"""

from __future__ import annotations

import html
import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator

_FRAME = re.compile(r"<p:graphicFrame>.*?</p:graphicFrame>", re.DOTALL)
_SERIES = re.compile(r"<c:ser>.*?</c:ser>", re.DOTALL)
_KEPT = re.compile(r"<c:(val|xVal)>(.*?)</c:\1>", re.DOTALL)
_VALUE = re.compile(r"<c:v>([^<]*)</c:v>")


def unlike(data: bytes, numbers: Callable[[str], Iterator[float]]) -> bool:
    """Whether a chart of a presentation keeps other numbers than its description says, or the same in another order."""
    package = zipfile.ZipFile(io.BytesIO(data))
    for name in (one for one in package.namelist() if re.fullmatch(r"ppt/slides/slide\d+\.xml", one)):
        folder, own = posixpath.split(name)
        links = package.read(f"{folder}/_rels/{own}.rels").decode("utf-8")
        parts = {
            _of(link, "Id"): posixpath.normpath(posixpath.join(folder, _of(link, "Target")))
            for link in re.findall(r"<Relationship [^>]*>", links)
        }
        for frame in _FRAME.findall(package.read(name).decode("utf-8")):
            chart = re.search(r'<c:chart [^>]*r:id="([^"]+)"', frame)
            if chart and not _as_said(package.read(parts[chart[1]]).decode("utf-8"), _of(frame, "descr"), numbers):
                return True
    return False


def _of(markup: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', markup)
    return html.unescape(found[1]) if found else ""


def _as_said(chart: str, description: str, numbers: Callable[[str], Iterator[float]]) -> bool:
    """Whether the kept numbers stand in a description in their order, per cent or not; a line at 0 is nobody's."""
    bars = "<c:scatterChart>" in chart
    kept = [
        float(value)
        for series in _SERIES.findall(chart)
        for _, block in _KEPT.findall(series)
        if (own := _VALUE.findall(block)) and not (bars and set(map(float, own)) == {0.0})
        for value in own
    ]
    said = iter(list(numbers(description)))
    return all(any(abs(one - number) < 1e-6 or abs(one - 100 * number) < 1e-6 for one in said) for number in kept)
