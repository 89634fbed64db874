"""Marks on texts: what is wrong with, or was done to, the distinct texts of a column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rmanalytics.language.translator import key

NOTHING_TO_DO = key("nothing to do")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A code, the texts of a column that it concerns, the rule and the remedy; never the texts themselves."""

    code: str
    texts: NDArray[np.bool_]
    rule: str
    remedy: str


def mask(truths: Iterable[object]) -> NDArray[np.bool_]:
    """A mask from an iterable of truth values.

    Examples
    --------
    >>> mask(word == "a" for word in ("a", "b")).tolist()
    [True, False]
    """
    return np.fromiter((bool(truth) for truth in truths), dtype=bool)
