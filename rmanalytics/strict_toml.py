"""Strict TOML: unknown, missing, misplaced or mistyped keys are problems that name the nearest valid key."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rmanalytics.errors import InputError, Problem


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its type, whether it must be there, and a check that returns what is wrong (or nothing)."""

    kind: type | tuple[type, ...]
    required: bool = False
    check: Callable[[Any], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A table of keys (``many=False``) or an array of such tables (``many=True``)."""

    keys: Mapping[str, Key | Block]
    many: bool = False
    required: bool = False


_TYPE_WORDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    date: "a date",
    list: "a list",
    dict: "a table",
}


def read_strict(path: Path, block: Block) -> dict[str, Any]:
    """Read a TOML file and hold it against its declaration.

    Raises
    ------
    InputError
        Every problem of the file in one go (RM-E-001 missing file, 002 not TOML, 003 unknown key, 004 missing key,
        005 wrong type or value).
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        problem = Problem(code="RM-E-001", file=path.name, rule="the file does not exist", remedy=_missing_remedy(path))
        raise InputError((problem,)) from error
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(
            code="RM-E-002",
            file=path.name,
            rule="the file cannot be read as UTF-8 text",
            remedy="save it as plain UTF-8 text and check who may read it",
        )
        raise InputError((problem,)) from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = str(error).rpartition("at line ")[2].split(",")[0]
        where = (int(line),) if line.isdigit() else ()
        problem = Problem(
            code="RM-E-002",
            file=path.name,
            rows=where,
            rule="this is not valid TOML",
            remedy="look for a missing quote, bracket or equals sign on this line or the one before",
        )
        raise InputError((problem,)) from error
    problems = check_block(data, block, path.name)
    if problems:
        raise InputError(tuple(problems))
    return data


def check_block(data: Mapping[str, Any], block: Block, file: str, at: str = "") -> list[Problem]:
    """Hold a parsed table against its declaration; returns every problem."""
    problems = []
    for name, value in data.items():
        where = f"{at}.{name}" if at else name
        if name not in block.keys:
            problems.append(_unknown(name, where, block, file, value))
            continue
        declared = block.keys[name]
        if isinstance(declared, Block):
            problems += _check_nested(value, declared, file, where)
        else:
            problems += _check_value(value, declared, file, where)
    for name, declared in block.keys.items():
        if declared.required and name not in data:
            where = f"{at}.{name}" if at else name
            problems.append(
                Problem(
                    code="RM-E-004",
                    file=file,
                    column=where,
                    rule=f'the key "{where}" is missing',
                    remedy=f'add "{name}" under [{at}]' if at else f'add "{name}"',
                )
            )
    return problems


def _check_nested(value: Any, declared: Block, file: str, where: str) -> list[Problem]:
    if not declared.many:
        if isinstance(value, dict):
            return check_block(value, declared, file, where)
        return [_mistyped(where, f"must be a table [{where}]", file)]
    if not (isinstance(value, list) and all(isinstance(entry, dict) for entry in value)):
        return [_mistyped(where, f"must be a list of tables [[{where}]]", file)]
    problems = []
    for number, entry in enumerate(value, start=1):
        problems += check_block(entry, declared, file, f"{where}[{number}]")
    return problems


def _check_value(value: Any, declared: Key, file: str, where: str) -> list[Problem]:
    kinds = declared.kind if isinstance(declared.kind, tuple) else (declared.kind,)
    right = isinstance(value, kinds) or (float in kinds and isinstance(value, int))
    if isinstance(value, bool) and bool not in kinds:
        right = False
    if isinstance(value, datetime) and datetime not in kinds:
        right = False
    if not right:
        return [_mistyped(where, "must be " + " or ".join(_TYPE_WORDS.get(k, k.__name__) for k in kinds), file)]
    wrong = declared.check(value) if declared.check else None
    return [_mistyped(where, wrong, file)] if wrong else []


def _mistyped(where: str, rule: str, file: str) -> Problem:
    return Problem(
        code="RM-E-005", file=file, column=where, rule=f'the key "{where}" {rule}', remedy="correct the value"
    )


def _unknown(name: str, where: str, block: Block, file: str, value: Any) -> Problem:
    near = difflib.get_close_matches(name, block.keys, n=1, cutoff=0.5)
    home = [outer for outer, inner in block.keys.items() if isinstance(inner, Block) and name in inner.keys]
    if home and not isinstance(value, dict):
        rule, remedy = f'the key "{where}" stands in the wrong place', f'move it under "{home[0]}"'
    else:
        rule = f'there is no key "{where}"'
        remedy = f'did you mean "{near[0]}"?' if near else "use one of: " + ", ".join(sorted(block.keys))
        remedy = remedy.rstrip("?") if near else remedy
    return Problem(code="RM-E-003", file=file, column=where, rule=rule, remedy=remedy)


def _missing_remedy(path: Path) -> str:
    there = sorted(p.name for p in path.parent.glob(f"*{path.suffix}")) if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, there, n=1, cutoff=0.4)
    if near:
        return f"rename {near[0]} to {path.name}, if that is the file meant"
    return f"put {path.name} into the folder, or name another folder"
