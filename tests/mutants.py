"""Exports spoilt at random: operators over cells, rows, columns, files, encodings and declarations of a folder."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Rng = np.random.Generator
Rows = list[list[str]]
CANARY = "Zq7Kanari"
"""Stands in every invented cell: no message, page or log may hold it."""


@dataclass(frozen=True)
class Mutant:
    """What was done to which file, and whether it may change nothing."""

    operator: str
    file: str
    neutral: bool


def _cells(change: Callable[[str, Rng], str], share: float = 0.0) -> Callable[[Rows, Rng], Rows]:
    """An operator on one cell, or on a share of the cells of one column."""

    def apply(rows: Rows, rng: Rng) -> Rows:
        column = int(rng.integers(len(rows[0])))
        count = max(1, round(share * (len(rows) - 1)))
        for at in rng.choice(np.arange(1, len(rows)), min(count, len(rows) - 1), replace=False):
            rows[at][column] = change(rows[at][column], rng)
        return rows

    return apply


def _drop_rows(rows: Rows, rng: Rng) -> Rows:
    kept = rng.random(len(rows) - 1) < rng.choice([0.1, 0.5, 0.95])
    return [rows[0], *(row for row, keep in zip(rows[1:], kept, strict=True) if keep)]


def _repeat_rows(rows: Rows, rng: Rng) -> Rows:
    return [*rows, *(list(rows[i]) for i in rng.integers(1, len(rows), 5))]


def _swap_columns(rows: Rows, rng: Rng) -> Rows:
    a, b = rng.choice(len(rows[0]), 2, replace=False)
    for row in rows[1:]:
        row[a], row[b] = row[b], row[a]
    return rows


def _one_value(rows: Rows, rng: Rng) -> Rows:
    column = int(rng.integers(len(rows[0])))
    for row in rows[1:]:
        row[column] = rows[1][column]
    return rows


def _drop_column(rows: Rows, rng: Rng) -> Rows:
    column = int(rng.integers(len(rows[0])))
    return [row[:column] + row[column + 1 :] for row in rows]


def _shuffle_rows(rows: Rows, rng: Rng) -> Rows:
    return [rows[0], *(rows[i] for i in 1 + rng.permutation(len(rows) - 1))]


def _shuffle_columns(rows: Rows, rng: Rng) -> Rows:
    order = rng.permutation(len(rows[0]))
    return [[row[i] for i in order] for row in rows]


def _from_elsewhere(rows: Rows, rng: Rng) -> Rows:
    column, (a, b) = int(rng.integers(len(rows[0]))), rng.integers(1, len(rows), 2)
    rows[a][column] = rows[b][column]
    return rows


TABLE_OPERATORS: dict[str, Callable[[Rows, Rng], Rows]] = {
    "empty a cell": _cells(lambda _c, _r: ""),
    "empty half a column": _cells(lambda _c, _r: "", 0.5),
    "empty a column": _cells(lambda _c, _r: "", 1.0),
    "a word in a cell": _cells(lambda _c, _r: CANARY),
    "words in a column": _cells(lambda _c, rng: f"{CANARY}{rng.integers(9)}", 0.3),
    "markup in a cell": _cells(lambda _c, _r: f"<script>{CANARY}</script>"),
    "formula in a cell": _cells(lambda _c, _r: f'=HYPERLINK("{CANARY}")'),
    "failed formula": _cells(lambda _c, _r: "#REF!"),
    "line break in a cell": _cells(lambda c, _r: f"{c}\n{CANARY}"),
    "spaces around": _cells(lambda c, _r: f"  {c} ", 0.2),
    "capitals": _cells(lambda c, _r: c.upper(), 0.2),
    "small letters": _cells(lambda c, _r: c.lower(), 1.0),
    "huge number": _cells(lambda _c, _r: "9" * 14),
    "negative number": _cells(lambda c, _r: f"-{c}"),
    "decimal comma": _cells(lambda c, _r: c.replace(".", ","), 1.0),
    "other day": _cells(lambda _c, rng: f"20{rng.integers(10, 40)}-0{rng.integers(1, 9)}-1{rng.integers(9)}", 0.1),
    "dotted days": _cells(lambda c, _r: re.sub(r"^(\d{4})-(\d\d)-(\d\d)$", r"\3.\2.\1", c), 1.0),
    "no value": _cells(lambda _c, rng: str(rng.choice(["NA", "null", "-", "99", "n/a"])), 0.1),
    "another cell of the column": _from_elsewhere,
    "drop rows": _drop_rows,
    "keep one row": lambda rows, rng: [rows[0], rows[int(rng.integers(1, len(rows)))]],
    "repeat rows": _repeat_rows,
    "header again": lambda rows, _rng: [*rows, list(rows[0])],
    "total row": lambda rows, _rng: [*rows, ["Total", *["1"] * (len(rows[0]) - 1)]],
    "empty rows": lambda rows, _rng: [*rows, [""] * len(rows[0]), [""] * len(rows[0])],
    "swap two columns": _swap_columns,
    "one value in a column": _one_value,
    "drop a column": _drop_column,
    "a column more": lambda rows, _rng: [[*row, CANARY] for row in rows],
    "a column twice": lambda rows, _rng: [[*row, row[0]] for row in rows],
    "rename a column": lambda rows, _rng: [[f"{CANARY} x", *rows[0][1:]], *rows[1:]],
}
NEUTRAL_TABLE = {"shuffle rows": _shuffle_rows, "shuffle columns": _shuffle_columns}


def _changed(data: bytes, rng: Rng) -> bytes:
    at = int(rng.integers(len(data)))
    return data[:at] + bytes([int(rng.integers(1, 256))]) + data[at + 1 :]


NEUTRAL_BYTES: dict[str, Callable[[bytes], bytes]] = {
    "byte-order mark": lambda data: b"\xef\xbb\xbf" + data,
    "Windows line ends": lambda data: data.replace(b"\n", b"\r\n"),
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "no last line end": lambda data: data.rstrip(b"\n"),
    "every cell quoted": lambda data: _written(_read(data), quoting=csv.QUOTE_ALL),
    "semicolons": lambda data: _written(_read(data), delimiter=";"),
    "tabs": lambda data: _written(_read(data), delimiter="\t"),
}
BYTES: dict[str, Callable[[bytes, Rng], bytes]] = {
    "cut off": lambda data, rng: data[: int(rng.integers(len(data) // 2, len(data)))],
    "a byte changed": _changed,
    "empty file": lambda _data, _rng: b"",
    "header alone": lambda data, _rng: data.split(b"\n")[0] + b"\n",
    "NUL": lambda data, _rng: data[:50] + b"\0" + data[50:],
    "packed": lambda _data, _rng: b"\x1f\x8bxx",
}
DECLARATIONS: dict[str, tuple[str, str]] = {
    "larger k": (r"\[programme\]", "[programme]\nk = 6"),
    "another seed": (r"seed = \d+", "seed = 77"),
    "German": (r"\[programme\]", '[programme]\nlanguage = "de"'),
    "data end earlier": (r"data_until = \S+", "data_until = 2026-03-31"),
    "fewer planned meetings": (r"planned_meetings = \d+", "planned_meetings = 2"),
    "unknown key": (r"\[programme\]", "[programme]\nkompany = 'x'"),
    "no TOML": (r"\[programme\]", "[programme"),
    "one round less": (r"\[\[rounds\]\]\n(?:\w+ = .*\n)+", ""),
    "another top level": (r"\[programme\]", "[network]\ntop_levels = 1\n\n[programme]"),
}


def _read(data: bytes) -> Rows:
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))


def _written(rows: Rows, *, delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")


def mutate(source: Path, folder: Path, seed: int, *, neutral: bool | None = None) -> Mutant:
    """Copy a programme's folder and spoil it in one way, drawn by the seed."""
    rng = np.random.default_rng(seed)
    shutil.copytree(source, folder)
    tables = sorted(path.name for path in folder.glob("*.csv"))
    harmless = bool(rng.random() < 0.15) if neutral is None else neutral
    if not harmless and rng.random() < 0.12:
        name = str(rng.choice(list(DECLARATIONS)))
        path = folder / "programme.toml"
        old, new = DECLARATIONS[name]
        path.write_text(re.sub(old, new, path.read_text(encoding="utf-8"), count=1), encoding="utf-8")
        return Mutant(name, path.name, neutral=False)
    path = folder / str(rng.choice(tables))
    if not harmless and rng.random() < 0.05:
        path.unlink()
        return Mutant("no such file", path.name, neutral=False)
    by_bytes, by_table = (NEUTRAL_BYTES, NEUTRAL_TABLE) if harmless else (BYTES, TABLE_OPERATORS)
    name = str(rng.choice([*by_bytes, *by_table]))
    data = path.read_bytes()
    if name in by_bytes:
        path.write_bytes(by_bytes[name](data) if harmless else by_bytes[name](data, rng))  # type: ignore[call-arg]
    else:
        path.write_bytes(_written(by_table[name](_read(data), rng)))
    return Mutant(name, path.name, neutral=harmless)
