"""An older ``programme.toml`` in today's form: a step for each change, the comments left as they are."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from rmanalytics.errors import InputError, Problem
from rmanalytics.language.translator import filled
from rmanalytics.programme.declaration import SCHEMA

Step = Callable[[str], tuple[str, list[str]]]
_HEAD = re.compile(r"^[ \t]*\[[ \t]*programme[ \t]*\][^\n]*\n?", re.MULTILINE)
_NUMBER = re.compile(r"^([ \t]*schema[ \t]*=[ \t]*)[0-9_]+", re.MULTILINE)


def _unnumbered(text: str) -> tuple[str, list[str]]:
    """From files without a number: every key means what it meant."""
    return text, []


STEPS: tuple[Step, ...] = (_unnumbered,)
"""What each form changes in the one before it; the first leads from files without a number to form 1."""


def migrated(text: str, steps: tuple[Step, ...] = STEPS) -> tuple[str, list[str]]:
    r"""The text in the newest form, and what was changed, in words.

    Parameters
    ----------
    text : str
        Content of ``programme.toml``; valid TOML with a table ``[programme]``.
    steps : tuple of callable
        One for each form, from the oldest.

    Examples
    --------
    >>> migrated('[programme]\nname = "Ours"\n')
    ('[programme]\nschema = 1\nname = "Ours"\n', ['[programme] says its form: schema = 1'])
    """
    form = tomllib.loads(text)["programme"].get("schema", 0)
    changes: list[str] = []
    for step in steps[form:]:
        text, told = step(text)
        changes += told
    if form >= len(steps):
        return text, []
    line = f"schema = {len(steps)}"
    head = _HEAD.search(text)
    if form:
        text = _NUMBER.sub(rf"\g<1>{len(steps)}", text, count=1)
    elif head:
        text = f"{text[: head.end()].rstrip()}\n{line}\n{text[head.end() :]}"
    else:
        raise ValueError("the table [programme] is not written as [programme]")
    return text, [*changes, f"[programme] says its form: {line}"]


def migrate(path: Path) -> list[str]:
    """Rewrite a programme's file in today's form; the old one stays beside it with the ending ``.old``.

    Parameters
    ----------
    path : Path
        ``programme.toml``.

    Returns
    -------
    list of str
        What was changed; empty where nothing had to be, and then nothing is written.

    Raises
    ------
    InputError
        RM-E-001 no such file, RM-E-002 not TOML, RM-E-004 no ``[programme]``, RM-E-005 of a newer form.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        head = tomllib.loads(text).get("programme")
    except FileNotFoundError:
        raise _refused("RM-E-001", filled("the file does not exist"), filled("name the folder that holds it")) from None
    except (OSError, ValueError, RecursionError):
        raise _refused(
            "RM-E-002", filled("this is not valid TOML"), filled("rmanalytics check names the line")
        ) from None
    if not isinstance(head, dict) or not _HEAD.search(text):
        raise _refused(
            "RM-E-004", filled('the table "[programme]" is missing'), filled("add it at the top of the file")
        )
    form = head.get("schema", 0)
    if type(form) is not int or not 0 <= form <= SCHEMA:
        rule = filled('the key "programme.schema" is no form up to {schema}', schema=SCHEMA)
        raise _refused("RM-E-005", rule, filled("install a newer rmanalytics, or correct it"))
    after, changes = migrated(text)
    if changes:
        path.with_suffix(".toml.old").write_text(text, encoding="utf-8")
        new = path.with_suffix(".toml.new")
        new.write_text(after, encoding="utf-8")
        new.replace(path)
    return changes


def _refused(code: str, rule: str, remedy: str) -> InputError:
    return InputError((Problem(code=code, file="programme.toml", rule=rule, remedy=remedy),))
