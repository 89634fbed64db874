"""Subgroups that a programme declares for its analysts: ``[[subgroups]]`` in ``programme.toml``, and own covariates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from rmanalytics.language.translator import filled, key
from rmanalytics.programme.strict_toml import Block, Key
from rmanalytics.results import SIDES

HELD = ("unit", "level", "job_family", "location")
CONDITIONS = (*HELD, "generation", "talent_group")
"""What a subgroup may be chosen by beside own covariates."""
_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredSubgroup:
    """A subgroup by name: side (empty for that of the primary outcome), and column to the values that are in it."""

    name: str
    where: Mapping[str, tuple[str | int, ...]]
    side: str = ""


def subgroups_of(data: Iterable[Mapping[str, Any]]) -> tuple[DeclaredSubgroup, ...]:
    """The subgroups that ``[[subgroups]]`` declares, in their order."""

    def values(of: Mapping[str, Any]) -> Mapping[str, tuple[str | int, ...]]:
        return MappingProxyType({name: tuple(v) if isinstance(v, list) else (v,) for name, v in of.items()})

    return tuple(DeclaredSubgroup(name=g["name"], side=g.get("side", ""), where=values(g["where"])) for g in data)


def covariates_of(subgroups: Iterable[DeclaredSubgroup]) -> tuple[str, ...]:
    """Columns of *people* that are read only because a subgroup names them, such as ``gender``."""
    return tuple(dict.fromkeys(name for group in subgroups for name in group.where if name not in CONDITIONS))


def check_subgroups(subgroups: Iterable[DeclaredSubgroup]) -> Iterator[tuple[str, str, str]]:
    """What single keys cannot show: key, rule and remedy of each problem."""
    names = [group.name for group in subgroups]
    if len(set(names)) < len(names):
        yield "subgroups.name", key("two subgroups have one name"), key("give each its own name")


def _conditions(value: Mapping[str, Any]) -> str | None:
    def right(given: object) -> bool:
        several = given if isinstance(given, list) else [given]
        return bool(several) and all(type(one) in (str, int) and one != "" for one in several)

    if not value or not all(_COLUMN.fullmatch(name) and right(given) for name, given in value.items()):
        return key('must name columns with their values, such as { unit = "Sales", gender = ["f", "d"] }')
    return None


SUBGROUPS = Block(
    {
        "name": Key(
            str,
            required=True,
            check=lambda value: (
                None if value.strip() and value.isprintable() and len(value) <= 60 else key("must be 1 to 60 signs")
            ),
        ),
        "side": Key(
            str,
            check=lambda value: None if value in SIDES else filled("must be one of {names}", names=", ".join(SIDES)),
            bounds={"enum": list(SIDES)},
        ),
        "where": Key(dict, required=True, check=_conditions),
    },
    many=True,
)
