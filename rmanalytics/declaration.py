"""The keys of ``programme.toml``: their types, and what a value must look like by itself."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from rmanalytics.strict_toml import Block, Key

ROUND_ID = re.compile(r"[0-9]{4}H[12]")
LEAST_K = 5
LANGUAGES = ("en", "de")
SIDES = ("mentor", "mentee")
_OUTCOME_CLAIM = re.compile(r"[MJTC][1-9]")


def _round_id(value: str) -> str | None:
    return None if ROUND_ID.fullmatch(value) else "must look like 2026H1 (a year, H, and 1 or 2)"


def _plain_file(value: str) -> str | None:
    path = Path(value)
    plain = value.isprintable() and not set(value) & set('\\:*?"<>|') and value == value.strip() != ""
    inside = plain and path.as_posix() == value and not path.is_absolute() and ".." not in path.parts
    return None if inside else "must name a file inside the programme's folder"


def _file_names(value: str | list[Any]) -> str | None:
    names = [value] if isinstance(value, str) else value
    if not names or not all(isinstance(name, str) for name in names):
        return "must be a file name or a list of file names"
    return next((wrong for wrong in map(_plain_file, names) if wrong), None)


def _codes(values: list[Any]) -> str | None:
    return None if all(isinstance(value, str) and value for value in values) else "must be a list of codes"


def _range(values: list[Any]) -> str | None:
    numbers = len(values) == 3 and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    if not numbers or not 0 <= values[0] <= values[1] <= values[2]:
        return "must be three numbers: lowest, most likely, highest"
    return None


def _positive(value: float) -> str | None:
    return None if value > 0 else "must be above 0"


def _claim(value: str) -> str | None:
    return None if _OUTCOME_CLAIM.fullmatch(value) else "must be a claim such as M1"


def _one_of(choices: tuple[str, ...]) -> Key:
    return Key(
        str, required=True, check=lambda value: None if value in choices else "must be one of " + ", ".join(choices)
    )


def declared_keys(table_names: tuple[str, ...]) -> Block:
    """Every key that the file may have; only these tables may be given file names."""
    return Block(
        {
            "programme": Block(
                {
                    "name": Key(str, required=True),
                    "company": Key(str, required=True),
                    "data_until": Key(date, required=True),
                    "records_from": Key(date),
                    "language": Key(str, check=_one_of(LANGUAGES).check),
                    "currency": Key(str),
                    "k": Key(int, check=lambda v: None if v >= LEAST_K else f"must be {LEAST_K} or more"),
                    "seed": Key(int, check=lambda v: None if v >= 0 else "must not be negative"),
                },
                required=True,
            ),
            "rounds": Block(
                {
                    "id": Key(str, required=True, check=_round_id),
                    "start": Key(date, required=True),
                    "end": Key(date, required=True),
                    "planned_meetings": Key(int, check=lambda v: None if 1 <= v <= 60 else "must be 1 to 60"),
                },
                many=True,
                required=True,
            ),
            "generations": Block(
                {"name": Key(str, required=True), "from": Key(int, required=True), "to": Key(int, required=True)},
                many=True,
            ),
            "tables": Block({name: Key((str, list), check=_file_names) for name in table_names}),
            "instruments": Block({"files": Key(list, required=True, check=_file_names)}),
            "outcomes": Block(
                {
                    "claim": Key(str, required=True, check=_claim),
                    "instrument": Key(str, required=True),
                    "side": _one_of(SIDES),
                    "primary": Key(bool),
                },
                many=True,
            ),
            "pairing": Block({"allow_two_tandems": Key(bool)}),
            "wordings": Block(
                {
                    "earlier": Key(str, required=True),
                    "today": Key(str, required=True),
                    "items": Key(dict, required=True),
                },
                many=True,
            ),
            "value": Block(
                {
                    "training_cost": Key(list, check=_range),
                    "training_gain": Key(float),
                    "training_gain_se": Key(float, check=_positive),
                    "training_source": Key(str),
                    "worth": Key(float, check=_positive),
                    "replacement_cost": Key(list, check=_range),
                }
            ),
            "meetings": Block({"topics": Key(list, check=_codes)}),
            "network": Block(
                {
                    "tie_kind": Key(str),
                    "top_levels": Key(int, check=lambda v: None if v >= 1 else "must be 1 or more"),
                }
            ),
        }
    )
