"""What a question about a programme gave, printed as the command line prints it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, repr=False)
class Told:
    """What a question about a programme gave; it prints as the command line prints it.

    Parameters
    ----------
    result : object
        The thing itself: a bundle, a plan, an audit, the reports made.
    document : mapping
        The same as plain values, what ``--json`` prints.
    words, frames : callable
        Write its ``text``, and its ``tables`` by name, when they are asked for.

    Examples
    --------
    >>> Told(result=[], document={}, words=lambda: "Nothing is due.")
    Nothing is due.
    """

    result: Any
    document: Mapping[str, Any]
    words: Callable[[], str]
    frames: Callable[[], Mapping[str, pd.DataFrame]] = dict

    @cached_property
    def text(self) -> str:
        """In words."""
        return self.words()

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Its tables by name."""
        return self.frames()

    @property
    def table(self) -> pd.DataFrame:
        """The first table."""
        return next(iter(self.tables.values()))

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self.text)}</pre>"
