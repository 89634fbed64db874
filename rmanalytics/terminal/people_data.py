"""What the command line does and says of people's data themselves: the log of use."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import plural
from rmanalytics.programme.programme import read_programme
from rmanalytics.run import use

NOTED = ("declare", "draw", "pair", "identify")
"""Commands that read people's data and do not go through the front door, which writes the line of the others."""
NEVER_UNSEEN = ("identify",)
"""Commands that do nothing where the log of use cannot be written."""
_LINES = plural("{n} line", "{n} lines")
_SHOWN = ("n", "at", "by", "command", "round", "outcome", "data")


def noted(given: argparse.Namespace) -> AbstractContextManager[object]:
    """The log of use around a command."""
    if given.command not in NOTED:
        return nullcontext()
    must = given.command in NEVER_UNSEEN
    return use.used(given.programme, given.command, getattr(given, "round", None) or "", must=must)


def logs(folders: Sequence[Path], *, verify: bool, as_json: bool) -> tuple[str, bool]:
    """The logs of use of some programmes, or whether they are as they were written: what is said, and that."""
    found = [_log(folder, verify=verify) for folder in folders]
    whole = all(one for _, _, one in found)
    if as_json:
        return json.dumps({"programmes": [document for _, document, _ in found]}, ensure_ascii=False, indent=1), whole
    return "\n".join(text for text, _, _ in found), whole


def _log(folder: Path, *, verify: bool) -> tuple[str, dict[str, Any], bool]:
    """Text, the same for a machine, and whether the log is whole or was not asked for that."""
    programme = read_programme(folder, tuple(TABLES))
    lines = use.read(programme)
    if not verify:
        shown = []
        for one in lines:
            n, at, by, command, round_id, outcome, data = (str(one.get(name, "")) for name in _SHOWN)
            shown.append(f"{n}  {at}  account {by}  {f'{command} {round_id}'.rstrip()}  {outcome}  data {data[:12]}")
        return "\n".join([f"{programme.name}:", *(shown or ["  no use yet"])]), {"log": lines}, True
    broken, anchored = use.broken(programme), use.anchored(programme)
    told = [f"{programme.name}, {use.NAME}, {one}" for one in broken]
    if not broken:
        told = [f"{programme.name}: the log of use is as it was written ({_LINES.format(n=len(lines))})"]
    if not anchored and lines:
        told.append("  This account has written no line of it, so that a cut end would not be seen from here.")
    return "\n".join(told), {"lines": len(lines), "broken": broken, "anchored": anchored}, not broken
