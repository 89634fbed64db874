"""The numbers of a report for machines: ``results.json`` and ``results.csv``.

Unit: one number, a row of `rmanalytics.results.to_frame`.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from rmanalytics.programme.declaration import SCHEMA
from rmanalytics.results import COLUMNS, Results, rows_of

SIGNIFICANT_DIGITS = 8
"""Of every fraction that is published: what lies beyond depends on the processor and on the number of threads."""
_LIVE = ("=", "+", "-", "@", "\t", "\r", "\n")


def results_document(study: Any, *, generated_at: date) -> dict[str, Any]:
    """Everything that ``results.json`` holds.

    Parameters
    ----------
    study : Study
        An opened study of one round.
    generated_at : date
        The day of the run.
    """
    return {
        "schema": SCHEMA,
        "programme": study.programme.name,
        "round": study.round.id,
        "language": study.programme.language,
        "generated_at": generated_at.isoformat(),
        "scales": {name: [i.scale_min, i.scale_max] for name, i in study.programme.instruments.items()},
        "results": rows(study.results),
        "ledger": [answer_dict(answer) for answer in study.ledger],
    }


def rows(results: Results) -> list[dict[str, Any]]:
    """The tidy rows of `Results.to_frame`; what is missing is None, never NaN."""
    return [{name: plain(row.get(name)) for name in COLUMNS} for result in results for row in rows_of(result)]


def answer_dict(answer: Any) -> dict[str, Any]:
    """One answer of the ledger of claims as plain values; its results are one row each, or None."""
    claim = answer.claim
    names = ("id", "group", "type", "kirkpatrick", "direction", "unit", "estimand", "null", "smallest_effect", "target")
    told = ("verdict", "role", "recorded", "evidence", "look", "bound", "mark", "target", "p_value", "reason")
    return {
        "claim": {name: getattr(claim, name) for name in names}
        | {"title": dict(claim.title), "needs": dict(claim.needs)},
        **{name: plain(getattr(answer, name)) for name in told},
        "result": _row(answer.result),
        "this_round": _row(answer.this_round),
        "rounds": list(answer.rounds),
        **{name: _numbers(getattr(answer, name)) for name in ("repeated", "size", "standardised")},
        "gates": [
            {name: plain(getattr(gate, name)) for name in ("name", "passed", "reason", "lowers_to")}
            | {"values": {key: plain(value) for key, value in gate.values.items()}}
            for gate in answer.gates
        ],
        "values": {key: plain(value) for key, value in answer.values.items()},
        "unmeasured": {key: plain(value) for key, value in answer.unmeasured.items()},
        "specifications": [
            {name: plain(getattr(way, name)) for name in ("value", "lo", "hi")} | {"choices": list(way.choices)}
            for way in answer.specifications
        ],
    }


def _row(result: Any) -> dict[str, Any] | None:
    return None if result is None else rows(Results([result]))[0]


def _numbers(numbers: tuple[float, ...] | None) -> list[Any] | None:
    return None if numbers is None else [plain(x) for x in numbers]


def plain(value: Any) -> Any:
    """A JSON value: numpy scalars become Python's, dates ISO text, a missing number None; a few digits of a fraction.

    Examples
    --------
    >>> plain(2 / 3), plain(1e9 / 3), plain(3.0)
    (0.66666667, 333333330, 3)
    """
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, date):
        return value.isoformat()[:10]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        value = value if value.is_integer() else float(f"{value:.{SIGNIFICANT_DIGITS}g}")
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value if isinstance(value, (int, str)) else str(value)


def as_json(document: Mapping[str, Any]) -> str:
    r"""Strict JSON, each entry of a list on a line of its own.

    Examples
    --------
    >>> as_json({"round": "2026H1", "results": [{"n": 1}, {"n": 2}]})
    '{\n"round": "2026H1",\n"results": [\n{"n": 1},\n{"n": 2}\n]\n}\n'
    """

    def text(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)

    def block(value: Any) -> str:
        return "[\n" + ",\n".join(map(text, value)) + "\n]" if isinstance(value, list) else text(value)

    return "{\n" + ",\n".join(f"{text(key)}: {block(value)}" for key, value in document.items()) + "\n}\n"


def as_csv(table: Iterable[Mapping[str, Any]], columns: Sequence[str] = COLUMNS) -> str:
    r"""A CSV that a spreadsheet opens without running anything.

    A text cell that starts with ``= + - @``, tab or a line end gets a leading apostrophe; numbers stay numbers.

    Examples
    --------
    >>> as_csv([{"a": "=1+1", "b": -1.5}], ["a", "b"])
    "a,b\r\n'=1+1,-1.5\r\n"
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in table:
        writer.writerow([_safe(row.get(column)) for column in columns])
    return out.getvalue()


def _safe(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_LIVE):
        return f"'{value}"
    return value
