"""Our own HTML read back: what a block says, and its tables, so that nobody has to copy from a page.

It reads what the templates of this room write, not HTML at large.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pandas as pd

from rmanalytics.language.translator import MINUS

_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.][0-9]+)?")
_SAID = ("p", "h1", "h2", "h3")
_HIDDEN = ("svg", "style", "script")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.items: list[str | tuple[list[str], list[list[str]]]] = []
        self.tables: list[tuple[list[str], list[list[str]]]] = []
        self._text: list[str] | None = None
        self._hidden = self._aside = 0
        self._after_span = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN or self._aside:
            self._hidden += tag in _HIDDEN
            self._aside += tag == "span"
        elif tag == "span" and ("class", "keys") in attrs:
            self._aside = 1
        elif tag == "span" and self._after_span and self._text is not None:
            self._text.append(", ")
        elif tag == "table":
            self.tables.append(([], []))
            self.items.append(self.tables[-1])
        elif tag == "tr" and self.tables:
            self.tables[-1][1].append([])
        elif tag in ("td", "th", *_SAID):
            self._text = []
        elif self._text is not None and tag == "br":
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden -= 1
        elif tag == "span":
            self._aside -= self._aside > 0
            self._after_span = True
        elif tag in ("td", "th", *_SAID) and self._text is not None:
            text, self._text = " ".join("".join(self._text).removesuffix("¶").split()), None
            if tag in _SAID:
                self.items += [text] if text else []
            elif not self.tables[-1][1][1:] and (tag == "th" or self.tables[-1][0]):
                self.tables[-1][0].append(text)
            else:
                self.tables[-1][1][-1].append(text)

    def handle_data(self, data: str) -> None:
        self._after_span = False
        if self._text is not None and not (self._hidden or self._aside):
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
    items = in_order(html, separators=separators)
    return [item for item in items if isinstance(item, str)], [item for item in items if not isinstance(item, str)]


def in_order(html: str, *, separators: str = ".,") -> list[str | pd.DataFrame]:
    """The same texts and tables as `read_back`, as they follow one another."""
    reader = _Reader()
    reader.feed(html)
    return [item if isinstance(item, str) else _frame(*item, separators) for item in reader.items]


def _frame(heads: list[str], rows: list[list[str]], separators: str) -> pd.DataFrame:
    wide = [[*row, *[None] * (len(heads) - len(row))] for row in rows if row]  # a cell may reach over several columns
    frame = pd.DataFrame(wide, columns=heads)
    typed = {i: _numbers(frame.iloc[:, i], separators) for i in range(len(heads))}
    return pd.DataFrame(typed).set_axis(heads, axis=1)


def _numbers(column: pd.Series[str], separators: str) -> pd.Series[float] | pd.Series[str]:
    """The column as numbers where every cell is one."""
    found = [number_of(cell, separators) if isinstance(cell, str) else None for cell in column]
    return pd.Series(found) if found and None not in found else column


def number_of(text: str, separators: str = ".,") -> float | int | None:
    """The number that a cell is, None where it is none.

    Examples
    --------
    >>> number_of("1,204"), number_of("−0.5"), number_of("12%")
    (1204, -0.5, None)
    """
    marks = {ord(MINUS): "-", ord(separators[1]): "", ord(separators[0]): "."}
    plain = re.sub(r"\s", "", text).translate(marks)
    if not _NUMBER.fullmatch(plain):
        return None
    return float(plain) if "." in plain else int(plain)
