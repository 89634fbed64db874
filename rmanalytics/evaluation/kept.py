"""Evaluations that are kept: what a round gave is computed once, and read again while all that it rests on is the same.

Unit: one round, one file. Its key is made of the content of every input, of the declaration (comments apart), receipts,
pseudonyms, code and versions; whatever cannot be read, or has another key, is computed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rmanalytics.evaluation.claims import Answer, Claim
from rmanalytics.evaluation.verdicts.evidence import Gate
from rmanalytics.evaluation.verdicts.sensitivity import Specification
from rmanalytics.language.translator import Plural
from rmanalytics.programme.programme import FILE_NAME
from rmanalytics.receipts.chain import FOLDER as RECEIPTS
from rmanalytics.results import Curve, Estimate, NotEstimable, Results

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle

FOLDER = "evaluations"
KINDS: dict[str, type[Any]] = {
    one.__name__: one for one in (Estimate, NotEstimable, Curve, Answer, Claim, Gate, Specification)
}
PLAIN = (str, bool, int, float, type(None))
TEXTS = ("mode.string_storage", "python")
"""Hundreds of small tables are made: what each call on Arrow's texts costs is more than they save."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was computed for one round: results by family and, once it was asked for, the ledger.

    Parameters
    ----------
    families : mapping of str to Results
    ledger : tuple of Answer or None
    """

    families: Mapping[str, Results]
    ledger: tuple[Answer, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The folder of kept evaluations, readable by its owner alone.

    Parameters
    ----------
    folder : Path
        Made when something is first kept.
    code : str
        Digest of the package and of the versions of what it depends on.
    """

    folder: Path
    code: str

    def read(self, bundle: Bundle, round_id: str) -> Kept | None:
        """What is kept for a round with these very inputs; None where nothing is, or it is damaged."""
        try:
            head, body = (self.folder / f"{round_id}.json").read_bytes().split(b"\n", 1)
            if head.decode() != f"{self._key(bundle)} {hashlib.sha256(body).hexdigest()}":
                return None
            document = json.loads(body)
            families = {name: Results(_decoded(items)) for name, items in document["families"].items()}
            return Kept(families=families, ledger=_decoded(document["ledger"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, bundle: Bundle, round_id: str, kept: Kept) -> None:
        """Keep a round's evaluation; nothing where that fails: a full disk, a kind of result that is new."""
        part = self.folder / f".{round_id}-{os.getpid()}.part"
        with contextlib.suppress(OSError, TypeError):
            families = {name: _encoded(tuple(found)) for name, found in kept.families.items()}
            body = json.dumps({"families": families, "ledger": _encoded(kept.ledger)}, separators=(",", ":")).encode()
            head = f"{self._key(bundle)} {hashlib.sha256(body).hexdigest()}\n".encode()
            self.folder.mkdir(mode=0o700, exist_ok=True)
            try:
                with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                    file.write(head + body)
                part.replace(self.folder / f"{round_id}.json")
            finally:
                part.unlink(missing_ok=True)

    def _key(self, bundle: Bundle) -> str:
        """Digest of everything that an evaluation rests on."""
        if ("key", self.code) not in bundle.kept:
            folder, instruments = bundle.programme.folder, set(bundle.programme.instrument_files)
            declared = {
                name: tomllib.loads((folder / name).read_text("utf-8-sig"))
                for name in (FILE_NAME, *sorted(instruments))
                if name.endswith(".toml")
            }
            read = {name: digest for name, digest in bundle.digests.items() if name not in declared}
            receipts = {
                path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                for path in sorted((folder / RECEIPTS).glob("*.json"))
            }
            people = hashlib.sha256("\n".join(bundle.tables["people"]["person_id"]).encode()).hexdigest()
            rests = [declared, read, receipts, people, self.code]
            text = json.dumps(rests, sort_keys=True, default=str)
            bundle.kept["key", self.code] = hashlib.sha256(text.encode()).hexdigest()
        return str(bundle.kept["key", self.code])


def _encoded(value: Any) -> Any:
    """A result as JSON that gives back the very same one: numbers to the last bit, types and order."""
    if isinstance(value, Plural):
        return {"plural": [value.one, str(value)]}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, tuple | list):
        return {"tuple": [_encoded(item) for item in value]}
    if isinstance(value, Mapping):
        return {"mapping": [[name, _encoded(item)] for name, item in value.items()]}
    if isinstance(value, pd.DataFrame):
        columns = [[name, str(value[name].dtype), _cells(value[name])] for name in value]
        return {"table": [columns, _encoded(value.attrs)]}
    if is_dataclass(value) and KINDS.get(type(value).__name__) is type(value):
        of = {field.name: _encoded(getattr(value, field.name)) for field in fields(value)}
        return {type(value).__name__: of}
    raise TypeError(f"a {type(value).__name__} cannot be kept")


def _cells(column: pd.Series[Any]) -> list[Any]:
    return [None if isinstance(cell, float) and math.isnan(cell) else _encoded(cell) for cell in column.tolist()]


def _decoded(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, of),) = value.items()
    if kind == "plural":
        return Plural(*of)
    if kind == "tuple":
        return tuple(_decoded(item) for item in of)
    if kind == "mapping":
        return {name: _decoded(item) for name, item in of}
    if kind == "table":
        columns, attributes = of
        with pd.option_context(*TEXTS):
            table = pd.DataFrame({name: pd.Series(cells, dtype=dtype) for name, dtype, cells in columns})
        table.attrs = _decoded(attributes)
        return table
    return KINDS[kind](**{name: _decoded(item) for name, item in of.items()})
