"""What a report was made from: ``manifest.json``, and whether it still holds.

Digests of inputs are keyed: without the key of the reports folder nobody can test a guess about a small file.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from rmanalytics.errors import InputError
from rmanalytics.intake.collaboration.parquet_files import event_digest, find_events
from rmanalytics.intake.erased import NAME as ERASED
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import filled
from rmanalytics.programme.keys import key_folder
from rmanalytics.programme.programme import FILE_NAME, Programme
from rmanalytics.programme.sources import KEYED
from rmanalytics.run.code import Code, file_digest
from rmanalytics.run.lock import refuse

NAME = "manifest.json"
KEY_BYTES = 32


def read_key(state: Path) -> bytes:
    """The key of a reports folder, made at the first run, readable by its owner alone.

    Raises
    ------
    InputError
        RM-E-094 when the key is there but cannot be used: a new one would make every report look out of date.
    """
    path = state / "key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        if len(key) != KEY_BYTES:
            remedy = filled("delete .state/key; every report is then made anew by the next call of due")
            raise refuse(state.parent, "RM-E-094", filled("the key of the reports folder is damaged"), remedy) from None
        return key
    with os.fdopen(handle, "wb") as file:
        key = secrets.token_bytes(KEY_BYTES)
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


def keyed(key: bytes, digest: str) -> str:
    """A digest that only the holder of the key can compute: HMAC-SHA256 of a file's SHA-256."""
    return hmac.new(key, digest.encode(), hashlib.sha256).hexdigest()


def build(
    done: Mapping[str, Any],
    *,
    round_id: str,
    key: bytes,
    code: Code,
    made_on: date,
    headline: str,
    files: Iterable[Path],
) -> dict[str, Any]:
    """The manifest of a report that was just made.

    Parameters
    ----------
    done : mapping
        What `rmanalytics.run.worker.make_pages` returned.
    round_id : str
        The round.
    key : bytes
        Key of the reports folder.
    code : Code
        What made the report.
    made_on : date
        The day of the run.
    headline : str
        The report's first sentence, for the list of reports.
    files : iterable of Path
        The report's other files.
    """
    declared = {name: keyed(key, digest) for name, digest in done["shape"]["declaration"].items()}
    facts = {
        "headline": headline,
        "parameters": {"programme": done["programme"], "round": round_id},
        "generated_at": made_on.isoformat(),
        "seed": done["seed"],
        "figures": done["figures"],
        "chapters": done["chapters"],
        "inputs": {name: keyed(key, digest) for name, digest in sorted(done["digests"].items())},
        "shape": done["shape"] | {"declaration": declared},
        "code": code.as_dict(),
        "files": {path.name: keyed(key, file_digest(path)) for path in sorted(files)},
    }
    return facts | {"seal": _seal(facts, key)}


def _seal(facts: Mapping[str, Any], key: bytes) -> str:
    """A digest of everything else in the manifest, by which a change of it is noticed."""
    told = {name: value for name, value in facts.items() if name != "seal"}
    return keyed(key, json.dumps(told, sort_keys=True, ensure_ascii=True))


def read(folder: Path) -> dict[str, Any] | None:
    """The manifest of a published round, None where there is none that can be read."""
    try:
        data = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) and isinstance(data.get("inputs"), dict) else None


def damage(folder: Path, made: Mapping[str, Any] | None, *, key: bytes) -> tuple[str, ...]:
    """What is missing from a published report, or is no longer as it was published; empty where it is whole."""
    if made is None:
        return (filled("{name} is missing or cannot be read", name=NAME),)
    files = made.get("files")
    if not isinstance(files, dict) or made.get("seal") != _seal(made, key):
        return (filled("{name} has changed", name=NAME),)
    missing = [filled("{name} is missing", name=name) for name in files if not (folder / name).is_file()]
    return (*missing, *(filled("{name} has changed", name=n) for n, d in files.items() if _changed(folder / n, d, key)))


def _changed(path: Path, known: str, key: bytes) -> bool:
    return path.is_file() and not hmac.compare_digest(keyed(key, _digest(path)), known)


def changed_inputs(made: Mapping[str, Any], now: Mapping[str, str], *, key: bytes) -> tuple[str, ...]:
    """Names of the input files that are new, gone or other than those a report was made from.

    Parameters
    ----------
    made : mapping
        The report's manifest.
    now : mapping of str to str
        What `input_digests` gives.
    key : bytes
        Key of the reports folder.
    """
    inputs: Mapping[str, str] = made["inputs"]
    present = {name: keyed(key, digest) for name, digest in now.items() if digest}
    return tuple(name for name in sorted({*inputs, *present}) if inputs.get(name) != present.get(name))


def input_digests(programme: Programme) -> dict[str, str]:
    """Digest of every file that a programme is read from, by its name; empty for a table that is not there."""
    return {name: _digest(programme.folder / name) for name in sorted(_expected(programme))}


def key_digest(programme: Programme) -> dict[str, str]:
    """Digest of the key of the pseudonyms, by its file's name: with another one every report is due again."""
    if programme.sources.ids != KEYED:
        return {}
    from rmanalytics.intake.door import KEY_FILE  # noqa: PLC0415  (loads pandas)

    return {KEY_FILE: _digest(key_folder(programme.id) / KEY_FILE)}


def rests_on(programme: Programme) -> dict[str, str]:
    """Digests of all that a programme's reports rest on beside code: its files, and the key of its pseudonyms."""
    return input_digests(programme) | key_digest(programme)


def fingerprint(now: Mapping[str, str], code: Code, *, key: bytes) -> str:
    """A short keyed digest of everything that a report of a programme depends on: inputs as they are now, and code."""
    return keyed(key, json.dumps([dict(now), code.as_dict()], sort_keys=True))[:16]


def _expected(programme: Programme) -> set[str]:
    """File names that a programme's tables would be read from."""
    usual = {f"{table}.csv" for table in TABLES if table not in programme.tables}
    return {FILE_NAME, ERASED, *programme.instrument_files, *programme.source_files, *usual, *_event_files(programme)}


def _event_files(programme: Programme) -> set[str]:
    if programme.events is None:
        return set()
    try:
        return {name for name, _ in find_events(programme.folder, programme.events.files)}
    except InputError:
        return set()


def _digest(path: Path) -> str:
    """Digest of a file; empty where there is none that can be read."""
    try:
        return event_digest(path)
    except OSError:
        return ""
