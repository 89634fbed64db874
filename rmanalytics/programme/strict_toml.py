"""Strict TOML: unknown, missing, misplaced or mistyped keys are problems that name the nearest valid key."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rmanalytics.errors import InputError, Problem
from rmanalytics.language.translator import either, filled, inside, key

MOST_BYTES = 1_000_000
MOST_DOTS = 12
"""Deepest dotted key; the parser needs time in proportion to the square of the depth."""
_TEXTS = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"""|\Z|\\)|\'\'\'(?:[^\']|\'(?!\'\'))*+(?:\'\'\'|\Z)'
    r'|"(?:[^"\\\n]|\\[^\n])*+"?|\'[^\'\n]*+\'?|#[^\n]*+',
    re.DOTALL,
)
"""Texts and comments, closed or not, each read once."""
_DOTTED = re.compile(r"[^=\[\]{},\n]+")
_HIDDEN = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
"""Signs that a reader does not see and that change what a terminal or a log shows: control, direction, line ends."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key: type, whether it must be there, a check that returns what is wrong (or nothing), bounds for editors."""

    kind: type | tuple[type, ...]
    required: bool = False
    check: Callable[[Any], str | None] | None = None
    bounds: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block:
    """A table of keys (``many=False``) or an array of such tables (``many=True``).

    A key of earlier forms stands in ``retired``, with the rule and the remedy that its refusal (RM-E-140) gives.
    """

    keys: Mapping[str, Key | Block]
    many: bool = False
    required: bool = False
    retired: Mapping[str, tuple[str, str]] = field(default_factory=dict)


_TYPE_WORDS = {
    str: key("a text"),
    int: key("a whole number"),
    float: key("a number"),
    bool: key("true or false"),
    date: key("a date"),
    list: key("a list"),
    dict: key("a table"),
}


def read_strict(path: Path, block: Block) -> dict[str, Any]:
    """Read a TOML file and hold it against its declaration.

    Raises
    ------
    InputError
        Every problem of the file in one go (RM-E-001 missing file, 002 not TOML, 003 unknown or misplaced key,
        004 missing key, 005 wrong type or value, 140 a key of earlier forms).
    """
    try:
        if path.exists() and not path.is_file():
            raise _unreadable(
                path.name, key("this is a folder, not a file") if path.is_dir() else key("this is no regular file")
            )
        if path.stat().st_size > MOST_BYTES:
            raise _unreadable(path.name, filled("the file is larger than {most} MB", most=MOST_BYTES // 1_000_000))
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        remedy = candidates_remedy(path.parent, path.name)
        problem = Problem(code="RM-E-001", file=path.name, rule=key("the file does not exist"), remedy=remedy)
        raise InputError((problem,)) from None
    except (OSError, ValueError):
        raise _unreadable(path.name, key("the file cannot be read as UTF-8 text")) from None
    deep = _too_deep(text)
    if deep:
        rule = filled("a key has more than {most_dots} dots", most_dots=MOST_DOTS)
        remedy = key("write the declared keys; none is nested so deep")
        raise InputError((Problem(code="RM-E-002", file=path.name, lines=(deep,), rule=rule, remedy=remedy),))
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        line = str(error).rpartition("at line ")[2].split(",")[0]
        problem = Problem(
            code="RM-E-002",
            file=path.name,
            lines=(int(line),) if line.isdigit() else (),
            rule=key("this is not valid TOML"),
            remedy=key("look for a missing quote, bracket or equals sign on this line or the one before"),
        )
        raise InputError((problem,)) from None
    problems = check_block(data, block, path.name)
    if problems:
        raise InputError(tuple(problems))
    return data


def _too_deep(text: str) -> int:
    """Line of the first key that is nested too deep to be parsed in reasonable time; 0 where there is none."""
    bare = _TEXTS.sub(lambda found: '""' + "\n" * found[0].count("\n"), text)
    for found in _DOTTED.finditer(bare):
        if found[0].count(".") > MOST_DOTS:
            return bare.count("\n", 0, found.start()) + 1
    return 0


def check_block(
    data: Mapping[str, Any], block: Block, file: str, at: str = "", root: Block | None = None
) -> list[Problem]:
    """Hold a parsed table against its declaration; returns every problem.

    Parameters
    ----------
    data : mapping
        The parsed table.
    block : Block
        Its declaration.
    file, at : str
        File name, and where in it the table stands (``rounds[1]``; empty for the file itself).
    root : Block, optional
        Declaration of the whole file, in which the right place of a misplaced key is looked up; ``block`` by default.
    """
    root = root or block
    problems = []
    for name, value in data.items():
        where = f"{at}.{name}" if at else name
        where = where if where.isprintable() and len(where) <= 80 else f"{at}.?"
        if name not in block.keys:
            problems.append(_unknown(where, value, block, root, file))
            continue
        declared = block.keys[name]
        if isinstance(declared, Block):
            problems += _check_nested(value, declared, file, where, root)
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
                    rule=filled('the key "{where}" is missing', where=where),
                    remedy=_add_remedy(name, declared, at),
                )
            )
    return problems


def candidates_remedy(folder: Path, name: str) -> str:
    """What to do about a missing file: names the files of the folder that may be the one meant."""
    wanted = Path(name)
    there = sorted(p.name for p in (folder / wanted.parent).glob("*") if p.is_file() and not p.name.startswith("."))
    by_small = {p.lower(): p for p in there}
    near = difflib.get_close_matches(wanted.name.lower(), by_small, n=3, cutoff=0.6)
    if near:
        found = either(*(by_small[small] for small in near))
        return filled("rename {found} to {name}, if that is the file meant", found=found, name=wanted.name)
    alike = [p for p in there if Path(p).suffix.lower() == wanted.suffix.lower()][:5]
    remedy = filled("put {name} into the folder, or name another one", name=wanted.name)
    return filled("{remedy} (there are: {names})", remedy=remedy, names=", ".join(alike)) if alike else remedy


def _unreadable(name: str, rule: str) -> InputError:
    remedy = key("save it as plain UTF-8 text and check who may read it")
    return InputError((Problem(code="RM-E-002", file=name, rule=rule, remedy=remedy),))


def _add_remedy(name: str, declared: Key | Block, at: str) -> str:
    if isinstance(declared, Block):
        full = f"{at}.{name}" if at else name
        return (
            filled("add a table [[{full}]]", full=full) if declared.many else filled("add a table [{full}]", full=full)
        )
    return (
        filled('add "{name}" under [{at}]', name=name, at=at)
        if at
        else filled('add "{name}" at the top of the file', name=name)
    )


def _check_nested(value: Any, declared: Block, file: str, where: str, root: Block) -> list[Problem]:
    if not declared.many:
        if isinstance(value, dict):
            return check_block(value, declared, file, where, root)
        return [_mistyped(where, filled("must be a table [{where}]", where=where), file)]
    if not (isinstance(value, list) and all(isinstance(entry, dict) for entry in value)):
        return [_mistyped(where, filled("must be a list of tables [[{where}]]", where=where), file)]
    problems = []
    for number, entry in enumerate(value, start=1):
        problems += check_block(entry, declared, file, f"{where}[{number}]", root)
    return problems


def _check_value(value: Any, declared: Key, file: str, where: str) -> list[Problem]:
    kinds = declared.kind if isinstance(declared.kind, tuple) else (declared.kind,)
    right = isinstance(value, kinds) or (float in kinds and isinstance(value, int))
    if isinstance(value, bool) and bool not in kinds:
        right = False
    if isinstance(value, datetime) and datetime not in kinds:
        right = False
    if any(unicodedata.category(sign) in _HIDDEN for text in _texts_of(value) for sign in text):
        return [
            _mistyped(where, key("holds signs that cannot be seen (control characters or changes of direction)"), file)
        ]
    if not right:
        return [
            _mistyped(
                where, filled("must be {kind}", kind=either(*(_TYPE_WORDS.get(k, k.__name__) for k in kinds))), file
            )
        ]
    wrong = declared.check(value) if declared.check else None
    return [_mistyped(where, wrong, file)] if wrong else []


def _texts_of(value: Any) -> Iterator[str]:
    """Every text in a value, keys of tables included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from _texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_of(inner)


def _mistyped(where: str, rule: str, file: str) -> Problem:
    return Problem(
        code="RM-E-005",
        file=file,
        column=where,
        rule=filled('the key "{where}" {rule}', where=where, rule=inside(rule)),
        remedy=key("correct the value"),
    )


def _unknown(where: str, value: Any, block: Block, root: Block, file: str) -> Problem:
    name = where.rpartition(".")[2]
    if name in block.retired:
        rule, remedy = block.retired[name]
        return Problem(code="RM-E-140", file=file, column=where, rule=rule, remedy=remedy)
    tables = isinstance(value, dict) or (isinstance(value, list) and any(isinstance(entry, dict) for entry in value))
    homes = _homes(name, root, "", tables=tables)
    if homes:
        rule, remedy = (
            filled('the key "{where}" stands in the wrong place', where=where),
            filled("move it {where}", where=either(*homes)),
        )
    else:
        rule = filled('there is no key "{where}"', where=where)
        near = difflib.get_close_matches(name, block.keys, n=1, cutoff=0.5)
        remedy = (
            filled('did you mean "{n}"', n=near[0])
            if near
            else filled("use one of: {names}", names=", ".join(sorted(block.keys)))
        )
    return Problem(code="RM-E-003", file=file, column=where, rule=rule, remedy=remedy)


def _homes(name: str, block: Block, at: str, *, tables: bool) -> list[str]:
    """Every place of a declaration where a key (or a table) of this name belongs, in words."""
    found = []
    for own, declared in block.keys.items():
        inner = f"{at}.{own}" if at else own
        if own == name and isinstance(declared, Block) == tables:
            found.append(filled("under {table}", table=f"[{at}]") if at else key("to the top of the file"))
        if isinstance(declared, Block):
            found += _homes(name, declared, inner, tables=tables)
    return found
