"""The catalogue of figures that may leave the analyst's room: a closed list, read from ``catalogue.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure that may be told: of whom, by which rule, from how many people on, and to whom."""

    id: str
    question: str
    unit: str
    population: str
    split: tuple[str, ...]
    rule: str
    least_n: int
    shown: str
    picture: str
    audience: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """A version of the catalogue: its rows by id, without those that a programme leaves out."""

    version: int
    valid_from: date
    rows: Mapping[str, Row]

    def least(self, row: str) -> int | None:
        """From how many people on a row is told; None where the programme leaves it out."""
        return self.rows[row].least_n if row in self.rows else None

    def enough(self, row: str, n: int, tandems: int | None = None) -> bool:
        """Whether a set is large enough for a row, by membership alone.

        Examples
        --------
        >>> catalogue().enough("scale_after", 5, 4), catalogue().enough("scale_after", 5)
        (False, True)
        """
        least = self.least(row)
        return least is not None and min(n, n if tandems is None else tandems) >= least

    def without(self, left_out: Collection[str]) -> Catalogue:
        """The catalogue of a programme that leaves rows out."""
        kept = {name: row for name, row in self.rows.items() if name not in left_out}
        return Catalogue(version=self.version, valid_from=self.valid_from, rows=MappingProxyType(kept))


@cache
def catalogue() -> Catalogue:
    """The catalogue, whole."""
    data = tomllib.loads((files(__package__) / "catalogue.toml").read_text(encoding="utf-8"))
    rows = {row["id"]: Row(**{**row, "split": tuple(row["split"])}) for row in data["rows"]}
    return Catalogue(version=data["version"], valid_from=data["valid_from"], rows=MappingProxyType(rows))
