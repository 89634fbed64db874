"""The distinct texts of a column, and questions asked of all of them at once.

Unit: one distinct text. Patterns here are those of RE2, which needs time in proportion to the text whatever the
pattern; what is not settled by a pattern is looked at text by text in Python.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

VISIBLE = "[!-~]"
Texts: TypeAlias = pa.StringArray


@dataclass(frozen=True, eq=False)
class Words:
    """One column: a code for each row, and the distinct texts that the codes stand for."""

    codes: NDArray[np.int32]
    distinct: Texts

    @classmethod
    def of(cls, codes: NDArray[np.int32], texts: Sequence[str]) -> Words:
        """Words from texts as Python has them."""
        return cls(codes, arrow_texts(texts))

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The distinct texts."""
        return tuple(self.distinct.to_pylist())

    def below(self, rows: int) -> Words:
        """The column without its first rows, and without the texts that stood in those alone.

        Examples
        --------
        >>> Words.of(np.array([0, 1, 1], dtype=np.int32), ("head", "a")).below(1).texts
        ('a',)
        """
        codes = self.codes[rows:]
        left = np.setdiff1d(self.codes[:rows], codes)
        if not len(left):
            return Words(codes, self.distinct)
        stays = np.ones(len(self.distinct), dtype=bool)
        stays[left] = False
        place = (np.cumsum(stays) - 1).astype(np.int32)
        return Words(place[codes], self.distinct.filter(pa.array(stays)))

    def rows_with(self, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Mask of the rows whose text is marked."""
        if not marked.any():
            return np.zeros(len(self.codes), dtype=bool)
        return marked[self.codes]


def arrow_texts(texts: Sequence[str] | Texts) -> Texts:
    """Texts as an Arrow array."""
    return pa.array(texts, pa.string())


def matching(texts: Texts, pattern: str) -> NDArray[np.bool_]:
    """Mask of the texts in which a pattern (RE2) is found.

    Examples
    --------
    >>> matching(arrow_texts(["P1", "Total"]), "[0-9]").tolist()
    [True, False]
    """
    found: NDArray[np.bool_] = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
    return found


def ascii_only(texts: Texts) -> NDArray[np.bool_]:
    """Mask of the texts without a letter beyond ASCII."""
    found: NDArray[np.bool_] = pc.string_is_ascii(texts).to_numpy(zero_copy_only=False)
    return found


def lengths(texts: Texts) -> NDArray[np.int32]:
    """Characters of each text."""
    found: NDArray[np.int32] = pc.utf8_length(texts).to_numpy(zero_copy_only=False)
    return found


def longest(texts: Texts) -> int:
    """Bytes of the longest text in UTF-8, never fewer than its characters."""
    return int(pc.max(pc.binary_length(texts)).as_py() or 0)


def empty(texts: Texts) -> NDArray[np.bool_]:
    """Mask of the texts that hold nothing but white space."""
    return settled(texts, ~matching(texts, VISIBLE), lambda text: not text.strip())


def settled(texts: Texts, candidates: NDArray[np.bool_], true_of: Callable[[str], object]) -> NDArray[np.bool_]:
    """Mask of the candidates of which something is true; it is asked of no other text.

    Examples
    --------
    >>> settled(arrow_texts(["a", "b", "a"]), np.array([True, True, False]), lambda text: text == "a").tolist()
    [True, False, False]
    """
    found = np.zeros(len(texts), dtype=bool)
    places = np.flatnonzero(candidates)
    found[places] = [bool(true_of(text)) for text in some(texts, places)]
    return found


def some(texts: Texts, places: NDArray[np.int64]) -> list[str]:
    """The texts at some places."""
    chosen: list[str] = texts.take(pa.array(places)).to_pylist()
    return chosen


def objects(texts: Texts) -> NDArray[Any]:
    """The texts as an object array."""
    values: NDArray[Any] = texts.to_numpy(zero_copy_only=False)
    return values.copy() if not values.flags.writeable else values


def among(ids: pd.Series, known: pd.Series) -> NDArray[np.bool_]:
    """Mask of the ids that are among the known ones; a missing id is not.

    Examples
    --------
    >>> among(pd.Series(["a", None], dtype="str"), pd.Series(["a", "b"], dtype="str")).tolist()
    [True, False]
    """
    wanted = pa.array(known.dropna(), pa.large_string())
    found: NDArray[np.bool_] = pc.is_in(pa.array(ids, pa.large_string()), value_set=wanted).to_numpy(
        zero_copy_only=False
    )
    return found
