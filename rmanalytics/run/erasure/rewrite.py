"""People taken out of a file that tells of others too: rows of a table, private halves of receipts, notebooks, logs."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from rmanalytics.receipts.chain import canonical

StandIn = Callable[[str], str]
"""Gives what stands for an id of somebody erased, and nothing for any other text."""
HAND_OUT = {"person_id": False, "entry": False, "mentor_id": True, "mentee_id": True}
"""Columns of handed-out lists that hold ids, and whether a row stays for somebody else's sake."""
WORD = "erased"
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_CUT = re.compile("[,;\t|]")


def table(data: bytes, stand_in: StandIn, columns: Mapping[str, bool] = MappingProxyType(HAND_OUT)) -> bytes:
    r"""A CSV file without the rows of some people; a row that tells of somebody else keeps the stand-in.

    ``columns`` are headers of ids, in small letters, and whether a row stays. Every other line stays to the byte.

    Examples
    --------
    >>> gone = lambda text: "erased-1" if text == "P1" else ""
    >>> table(b"person_id;value\r\nP1;3\r\nP2;4\r\n", gone)
    b'person_id;value\r\nP2;4\r\n'
    >>> table(b"tandem_id,mentor_id,mentee_id\nT1,P1,P2\n", gone)
    b'tandem_id,mentor_id,mentee_id\nT1,erased-1,P2\n'
    """
    code = next((code for mark, code in _MARKS.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(code)
    except UnicodeDecodeError:
        code = "latin-1"
        text = data.decode(code)
    lines = list(io.StringIO(text, newline=""))
    head = next((line for line in lines if any(one in columns for one in map(_head, _CUT.split(line)))), "")
    delimiter = max(",;\t|", key=head.count)
    kept: list[str] = []
    header: list[str] = []
    reader, before = csv.reader(iter(lines), delimiter=delimiter), 0
    for row in reader:
        raw, before = "".join(lines[before : reader.line_num]), reader.line_num
        header = header or (row if any(_head(one) in columns for one in row) else [])
        ids = {n: columns[name] for n, name in enumerate(map(_head, header[: len(row)])) if name in columns}
        named = {n: found for n in ids if (found := stand_in(row[n].strip()))}
        if all(ids[n] for n in named):
            spans = _cells(raw, delimiter) if named else []
            for n, (start, end) in reversed([*enumerate(spans)]):
                if n in named:
                    raw = raw[:start] + raw[start:end].replace(row[n].strip(), named[n]) + raw[end:]
            kept.append(raw)
    return "".join(kept).encode(code)


def _cells(raw: str, delimiter: str) -> list[tuple[int, int]]:
    """Where each cell of a row begins and ends."""
    cell = re.compile(rf'[ ]*"(?:[^"]|"")*"[^{re.escape(delimiter)}\r\n]*|[^{re.escape(delimiter)}\r\n]*')
    spans, at = [], 0
    while found := cell.match(raw, at):
        spans.append(found.span())
        at = found.end() + 1
        if raw[found.end() : at] != delimiter:
            break
    return spans


def _head(text: str) -> str:
    return text.strip('\ufeff" \r\n').casefold()


def private_half(data: bytes, stand_in: StandIn) -> tuple[bytes, int]:
    """The private half of a receipt without ids and facts of some people, and how many; lot numbers stay.

    Of one that is damaged nobody is taken out: whoever stands in it is found there afterwards.
    """
    gone = 0
    try:
        document: Any = json.loads(data, parse_float=str)  # none that was written holds a fraction
    except ValueError:
        return data, gone
    for side, entries in document.items() if isinstance(document, dict) else ():
        if not isinstance(entries, list):
            continue
        kept: list[Any] = []
        for one in entries:
            if isinstance(one, str):
                if stand_in(one):
                    gone += 1
                else:
                    kept.append(one)
            elif isinstance(one, dict) and stand_in(str(one.get("id", ""))):
                gone += 1
                kept.append({name: value for name, value in one.items() if name not in ("id", "facts")})
            else:
                kept.append(one)
        document[side] = kept
    return canonical(document), gone


def text(data: bytes, names: Iterable[str]) -> bytes:
    """A text with a word in place of every name."""
    found = data.decode("utf-8", "surrogateescape")
    for name in sorted(names, key=len, reverse=True):
        found = re.sub(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", WORD, found, flags=re.IGNORECASE)
    return found.encode("utf-8", "surrogateescape")


def notebook(data: bytes, names: Iterable[str]) -> bytes:
    """A notebook without any output, and with a word in place of every name that its cells hold."""
    document = json.loads(data)
    for cell in document.get("cells", []):
        if cell.get("cell_type") == "code":
            cell |= {"outputs": [], "execution_count": None}
        cell.pop("attachments", None)
    document.get("metadata", {}).pop("widgets", None)
    return text(json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n", names)
