"""What changed since the last report of a programme: rows, columns, declaration, code.

Unit: one programme. The manifest of a report holds the shape of what it was made from; no cell, and of the declaration
keyed digests alone.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rmanalytics import shipped
from rmanalytics.language.translator import filled
from rmanalytics.programme.programme import FILE_NAME
from rmanalytics.run import cells, manifest
from rmanalytics.run.code import code_of
from rmanalytics.run.lock import STATE
from rmanalytics.run.publish import place_of

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """The last report, the day it was made, and in words what changed since; nothing where all is the same."""

    round_id: str
    made_on: str
    changes: tuple[str, ...]


def shape_of(bundle: Bundle) -> dict[str, Any]:
    """Rows by file, columns by table, and a digest of each key of ``programme.toml``."""
    declared = tomllib.loads((bundle.programme.folder / FILE_NAME).read_text("utf-8-sig"))
    digests = {name: hashlib.sha256(json.dumps(value, default=str).encode()) for name, value in _keys(declared)}
    return {
        "rows": {account.file: account.rows for account in bundle.accounts},
        "columns": {name: list(columns) for name, columns in bundle.headed.items()},
        "declaration": {name: digest.hexdigest() for name, digest in digests.items()},
    }


def _keys(declared: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each key of the first two levels with its value; a list of tables is one value."""
    for name, value in declared.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", of) for inner, of in value.items())
        else:
            yield name, value


def since_report(bundle: Bundle, reports: Path) -> Since | None:
    """What changed since the newest report of the programme; None where there is none that tells.

    Parameters
    ----------
    bundle : Bundle
        The tables as they are now.
    reports : Path
        Folder of the reports.
    """
    state, own = reports / STATE, bundle.programme
    found = [made for one in own.rounds if (made := manifest.read(place_of(reports, one.id))) is not None]
    found = [made for made in found if made.get("parameters", {}).get("programme") == own.name]
    if not found or not (state / "key").exists():
        return None
    made = max(found, key=lambda one: (str(one.get("generated_at")), one["parameters"]["round"]))
    told = tuple(_changes(made, bundle, manifest.read_key(state)))
    return Since(round_id=made["parameters"]["round"], made_on=str(made.get("generated_at")), changes=told)


def _changes(made: Mapping[str, Any], bundle: Bundle, key: bytes) -> Iterator[str]:
    then, now = made.get("shape"), shape_of(bundle)
    then = then if isinstance(then, dict) else {}
    rows: Mapping[str, int] = then.get("rows", {})
    for file in sorted({*rows, *now["rows"]}) if then else ():
        before, after = rows.get(file), now["rows"].get(file)
        if before is None:
            yield filled("{file} is new: {rows} rows", file=file, rows=after)
        elif after is None:
            yield filled("{file} is gone; it had {rows} rows", file=file, rows=before)
        elif before != after:
            yield filled("{file}: {before} rows then, {after} now", file=file, before=before, after=after)
    columns: Mapping[str, list[str]] = then.get("columns", {})
    for table in sorted({*columns} & {*now["columns"]}):
        had, has = set(columns[table]), set(now["columns"][table])
        if new := sorted(has - had):
            yield filled("{table}: new columns: {columns}", table=table, columns=", ".join(new))
        if gone := sorted(had - has):
            yield filled("{table}: columns that are gone: {columns}", table=table, columns=", ".join(gone))
    told = {name for name in {*rows, *now["rows"]} if rows.get(name) != now["rows"].get(name)} | {FILE_NAME}
    read = {**bundle.digests, **manifest.key_digest(bundle.programme)}
    for file in manifest.changed_inputs(made, read, key=key):
        if not then or file not in told:
            yield filled("{file}: other content", file=file)
    declared = {name: manifest.keyed(key, digest) for name, digest in now["declaration"].items()}
    before_keys: Mapping[str, str] = then.get("declaration", {})
    other = sorted(n for n in {*before_keys, *declared} if then and before_keys.get(n) != declared.get(n))
    if other:
        yield filled("{file}: {keys}", file=FILE_NAME, keys=", ".join(other))
    code = code_of(cells.notebooks(shipped.notebooks()))
    yield from code.differs(made.get("code"))
