"""What a report was made from: ``manifest.json``, and whether it still holds.

Digests of inputs are keyed: without the key of the reports folder nobody can test a guess about a small file.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import platform
import secrets
from collections.abc import Iterable, Mapping
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rmanalytics import __version__
from rmanalytics.errors import InputError
from rmanalytics.intake.collaboration.parquet_files import event_digest, find_events
from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.programme import FILE_NAME, Programme
from rmanalytics.run.lock import refuse

NAME = "manifest.json"
PACKAGES = (
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "statsmodels",
    "plotly",
    "papermill",
    "nbconvert",
    "IPython",
    "duckdb",
    "ibis-framework",
    "numba",
    "pyspark",
)
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
            remedy = "delete .state/key; every report is then made anew by the next call of due"
            raise refuse(state.parent, "RM-E-094", "the key of the reports folder is damaged", remedy) from None
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


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Versions of this package, of Python and of the packages that compute or draw."""
    found = {"rmanalytics": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


def notebook_digests(paths: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of each notebook by its name; one that is missing has an empty digest."""
    return {path.stem: file_digest(path) if path.is_file() else "" for path in paths}


def build(
    done: Mapping[str, Any], *, round_id: str, key: bytes, notebooks: Iterable[Path], made_on: date, headline: str
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
    notebooks : iterable of Path
        The notebooks that were run.
    made_on : date
        The day of the run.
    headline : str
        The report's first sentence, for the list of reports.
    """
    return {
        "headline": headline,
        "parameters": {"programme": done["programme"], "round": round_id},
        "generated_at": made_on.isoformat(),
        "seed": done["seed"],
        "figures": done["figures"],
        "chapters": done["chapters"],
        "inputs": {name: keyed(key, digest) for name, digest in sorted(done["digests"].items())},
        "notebooks": notebook_digests(notebooks),
        "versions": versions(),
    }


def read(folder: Path) -> dict[str, Any] | None:
    """The manifest of a published round, None where there is none that can be read."""
    try:
        data = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) and isinstance(data.get("inputs"), dict) else None


def still_holds(manifest: Mapping[str, Any], programme: Programme, *, key: bytes, notebooks: Iterable[Path]) -> bool:
    """Whether a report would come out the same: same inputs, notebooks and versions."""
    if manifest.get("versions") != versions() or manifest.get("notebooks") != notebook_digests(notebooks):
        return False
    inputs: Mapping[str, str] = manifest["inputs"]
    names = set(inputs) | {name for name in _expected(programme) if (programme.folder / name).is_file()}
    return all(_same(programme.folder / name, inputs.get(name), key) for name in names)


def _expected(programme: Programme) -> set[str]:
    """File names that a programme's tables would be read from."""
    given = (programme.tables.get(table, (f"{table}.csv",)) for table in TABLES)
    return {FILE_NAME}.union(*given, _event_files(programme))


def _event_files(programme: Programme) -> set[str]:
    if programme.events is None:
        return set()
    try:
        return {name for name, _ in find_events(programme.folder, programme.events.files)}
    except InputError:
        return set()


def _same(path: Path, known: str | None, key: bytes) -> bool:
    if known is None:
        return False
    try:
        return hmac.compare_digest(keyed(key, event_digest(path)), known)
    except OSError:
        return False
