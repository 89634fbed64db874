"""Our own HTML read back: what a block says, and its tables, so that nobody has to copy from a page.

It reads what the templates of this room write, not HTML at large.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pandas as pd

from rmanalytics.language.translator import MINUS

_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.][0-9]+)?")
_SAID = ("p", "h4")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.tables: list[tuple[list[str], list[list[str]]]] = []
        self._text: list[str] | None = None
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in ("svg", "style"):
            self._hidden += 1
        elif tag == "table":
            self.tables.append(([], []))
        elif tag == "tr" and self.tables:
            self.tables[-1][1].append([])
        elif tag in ("td", "th", *_SAID):
            self._text = []
        elif self._text is not None and tag == "br":
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("svg", "style"):
            self._hidden -= 1
        elif tag in ("td", "th", *_SAID) and self._text is not None:
            text, self._text = " ".join("".join(self._text).split()), None
            if tag in _SAID:
                self.said += [text] if text else []
            elif tag == "th" and not self.tables[-1][1][1:]:
                self.tables[-1][0].append(text)
            else:
                self.tables[-1][1][-1].append(text)

    def handle_data(self, data: str) -> None:
        if self._text is not None and not self._hidden:
            self._text.append(data)


def read_back(html: str, *, separators: str = ".,") -> tuple[list[str], list[pd.DataFrame]]:
    """Titles and paragraphs, and the tables, of a block's HTML.

    Parameters
    ----------
    html : str
        What our templates wrote.
    separators : str
        Decimal and thousands mark of its numbers.

    Returns
    -------
    tuple of list of str and list of DataFrame
        Texts in reading order; tables with the heads as columns, a column of plain numbers as numbers.

    Examples
    --------
    >>> said, tables = read_back('<p>Up.</p><table><thead><tr><th>n</th></tr></thead><tr><td>12</td></tr></table>')
    >>> said, tables[0]["n"].tolist()
    (['Up.'], [12])
    """
    reader = _Reader()
    reader.feed(html)
    found = []
    for heads, rows in reader.tables:
        frame = pd.DataFrame([row for row in rows if row], columns=heads)
        found.append(
            pd.DataFrame({i: _numbers(frame.iloc[:, i], separators) for i in range(len(heads))}).set_axis(heads, axis=1)
        )
    return reader.said, found


def _numbers(column: pd.Series[str], separators: str) -> pd.Series[float] | pd.Series[str]:
    """The column as numbers where every cell is one."""
    marks = {ord(MINUS): "-", ord(separators[1]): "", ord(separators[0]): "."}
    plain = column.str.replace(r"\s", "", regex=True).str.translate(marks)
    if not len(plain) or not plain.str.fullmatch(_NUMBER).all():
        return column
    numbers: pd.Series[float] = pd.to_numeric(plain)
    return numbers
