"""The JSON Schema of ``programme.toml``, made from its declaration, so that editors complete and check the file.

``python -m rmanalytics.terminal.json_schema`` prints it; docs/programme.schema.json holds it.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from typing import Any

from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.declaration import declared_keys
from rmanalytics.programme.strict_toml import Block, Key

_TYPES: dict[type, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    date: {"type": "string", "format": "date"},
    list: {"type": "array"},
    dict: {"type": "object"},
}


def json_schema() -> dict[str, Any]:
    """The schema as JSON values.

    Examples
    --------
    >>> json_schema()["properties"]["rounds"]["items"]["required"]
    ['id', 'start', 'end']
    """
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "programme.toml of rmanalytics",
        **_block(declared_keys(tuple(TABLES))),
    }


def _block(block: Block) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "object",
        "properties": {name: _of(declared) for name, declared in block.keys.items()},
        "additionalProperties": False,
    }
    required = [name for name, declared in block.keys.items() if declared.required]
    return made | ({"required": required} if required else {})


def _of(declared: Key | Block) -> dict[str, Any]:
    if isinstance(declared, Block):
        made = _block(declared)
        return {"type": "array", "items": made} if declared.many else made
    kinds = declared.kind if isinstance(declared.kind, tuple) else (declared.kind,)
    if len(kinds) == 1:
        return {**_TYPES[kinds[0]], **declared.bounds}
    return {"anyOf": [_TYPES[kind] for kind in kinds], **declared.bounds}


def as_text() -> str:
    """The schema as it stands in the file."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_text())
