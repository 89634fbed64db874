"""The chain of receipts: canonical JSON, SHA-256, each naming the digest of the one before.

Unit: one receipt, two files: a public half without id, answer or guessable digest, and, where people are listed, a
private half. Trusted: SHA-256 and whoever keeps an anchor; not trusted: this machine's clock and files.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rmanalytics.errors import InputError, Problem
from rmanalytics.language.translator import filled
from rmanalytics.programme import keys

if TYPE_CHECKING:
    from rmanalytics.programme.programme import Programme

FOLDER = "receipts"
KINDS = ("declared", "comparison", "list", "draw", "pairs", "anchor", "erased")
RESTORE = filled("restore the folder receipts from a backup")
_NAME = re.compile(r"([0-9]{4}H[12])-([a-z]+)-([0-9]{1,4})\.json")
_KEYS = {"content", "kind", "number", "package", "previous", "round", "sequence", "simulated", "written", "zone"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One receipt as read, its digest computed from its bytes.

    Parameters
    ----------
    name : str
        File name, such as ``2026H2-declared-1.json``.
    round_id, kind, number, sequence : str, str, int, int
        Round, kind, number of its kind in the round, place in the chain (the first is 1).
    written : datetime
        In UTC.
    digest : str
        64 hex digits.
    simulated : bool
        Written by the simulator: counts in a simulated programme alone.
    content : mapping
        What it fixes.
    whole : bool
        Whether no receipt of the chain is damaged, missing or changed; else nothing rests on any of them.
    """

    name: str
    round_id: str
    kind: str
    number: int
    sequence: int
    written: datetime
    digest: str
    simulated: bool
    content: Mapping[str, Any]
    whole: bool = True


def canonical(document: Mapping[str, Any]) -> bytes:
    r"""UTF-8, sorted keys, no spaces, whole numbers and text only.

    Raises
    ------
    TypeError
        For a number that is not whole.

    Examples
    --------
    >>> canonical({"b": 1, "a": ["ü"]})
    b'{"a":["\xc3\xbc"],"b":1}'
    """
    _refuse_fractions(document)
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _refuse_fractions(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a receipt holds whole numbers and text only")
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ():
        _refuse_fractions(inner)


def shown(digest: str) -> str:
    """A digest in sixteen groups of four.

    Examples
    --------
    >>> shown("0123456789abcdef" * 4)[:19]
    '0123 4567 89ab cdef'
    """
    return " ".join(digest[at : at + 4] for at in range(0, 64, 4))


def keyed(key: bytes, data: bytes) -> str:
    """HMAC-SHA-256 of data, so that nobody without the key can guess what was in them."""
    return hmac.new(key, data, hashlib.sha256).hexdigest()


def key_of(programme_id: str, *, make: bool) -> bytes | None:
    """The programme's key for data digests, from the user's own folder; made on the first receipt.

    Returns
    -------
    bytes or None
        None where it is lost and may not be made: receipts still chain, data digests can no longer be checked.

    Raises
    ------
    InputError
        RM-E-144 when others may read it.
    """
    return keys.key_of(programme_id, "receipts.key", make=make)


def read_chain(folder: Path) -> tuple[Receipt, ...]:
    """All receipts of a programme's folder in their order, the chain verified.

    Raises
    ------
    InputError
        RM-E-142 when one is damaged, missing or changed.
    """
    found, wrong = _walked(folder)
    if wrong:
        raise InputError(wrong[:1])
    return found


def broken(folder: Path) -> tuple[Problem, ...]:
    """What is damaged, missing or changed in a programme's chain; empty where it is whole."""
    return _walked(folder)[1]


def _walked(folder: Path) -> tuple[tuple[Receipt, ...], tuple[Problem, ...]]:
    """The receipts that can be read, in their order, and what breaks the chain."""
    read: list[tuple[Receipt, str]] = []
    wrong: list[Problem] = []
    for path in sorted((folder / FOLDER).glob("*.json")):
        try:
            read.append(_read(path))
        except InputError as error:
            wrong += error.problems
    read.sort(key=lambda one: one[0].sequence)
    before = ""
    for place_in_chain, (receipt, previous) in enumerate(read, start=1):
        if receipt.sequence != place_in_chain or previous != before:
            rule = filled("the chain of receipts is broken: one is missing, changed or out of place")
            wrong += _refused("RM-E-142", f"{FOLDER}/{receipt.name}", rule, RESTORE).problems
            break
        before = receipt.digest
    return tuple(replace(receipt, whole=not wrong) for receipt, _ in read), tuple(wrong)


def _read(path: Path) -> tuple[Receipt, str]:
    name = f"{FOLDER}/{path.name}"
    matched = _NAME.fullmatch(path.name)
    try:
        data = path.read_bytes()
        document = json.loads(data)
        whole = set(document) == _KEYS and canonical(document) == data and matched is not None
        whole = whole and path.stem == f"{document['round']}-{document['kind']}-{document['number']}"
        written = datetime.strptime(document["written"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        whole = False
    if not whole:
        rule = filled("the receipt is damaged: it is not the file that was written")
        raise _refused("RM-E-142", name, rule, RESTORE)
    receipt = Receipt(
        name=path.name,
        round_id=document["round"],
        kind=document["kind"],
        number=document["number"],
        sequence=document["sequence"],
        written=written,
        digest=hashlib.sha256(data).hexdigest(),
        simulated=document["simulated"] == 1,
        content=document["content"],
    )
    return receipt, document["previous"]


def erased_of(chain: Iterable[Receipt], digest: str) -> Receipt | None:
    """The receipt of the last erasure from the private half of a receipt, which it gives the digest of; else None."""
    return next((one for one in reversed([*chain]) if one.kind == "erased" and one.content["of"] == digest), None)


def append(
    folder: Path,
    *,
    round_id: str,
    kind: str,
    content: Mapping[str, Any],
    now: datetime,
    package: Mapping[str, str],
    private: Mapping[str, Any] | None = None,
    simulated: bool = False,
) -> Receipt:
    """Write the next receipt of the chain; created exclusively, read-only.

    Parameters
    ----------
    folder : Path
        The programme's folder.
    round_id, kind : str
        Round, and one of `KINDS`.
    content : mapping
        Public half: whole numbers and text.
    now : datetime
        With its zone.
    package : mapping
        ``version`` and ``digest`` of rmanalytics.
    private : mapping, optional
        Private half, mode 600.
    simulated : bool
        Whether the simulator writes it.

    Returns
    -------
    Receipt
        As it was read back.

    Raises
    ------
    InputError
        RM-E-142 when the chain is broken, or another receipt was written meanwhile.
    """
    chain = read_chain(folder)
    number = 1 + sum(one.round_id == round_id and one.kind == kind for one in chain)
    document = {
        "content": dict(content),
        "kind": kind,
        "number": number,
        "package": dict(package),
        "previous": chain[-1].digest if chain else "",
        "round": round_id,
        "sequence": len(chain) + 1,
        "simulated": int(simulated),
        "written": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "zone": now.isoformat(timespec="seconds"),
    }
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    path = place / f"{round_id}-{kind}-{number}.json"
    if private is not None:
        (place / "private").mkdir(exist_ok=True, mode=0o700)
        _create(place / "private" / path.name, canonical(private), 0o600)
    _create(path, canonical(document), 0o444)
    return _read(path)[0]


def _create(path: Path, data: bytes, mode: int) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
    except FileExistsError:
        rule = filled("a receipt of this name is there already")
        raise _refused("RM-E-142", f"{FOLDER}/{path.name}", rule, filled("run the command again")) from None


def package_digest(files: Iterable[tuple[str, bytes]]) -> str:
    """One digest of the package's own files, by name and content."""
    total = hashlib.sha256()
    for name, data in sorted(files):
        total.update(f"{name}\0{hashlib.sha256(data).hexdigest()}\n".encode())
    return total.hexdigest()


def _refused(code: str, file: str, rule: str, remedy: str) -> InputError:
    return InputError((Problem(code=code, file=file, rule=rule, remedy=remedy),))


def receipts_of(programme: Programme) -> tuple[Receipt, ...]:
    """The receipts that count: simulated ones in a simulated programme alone.

    Where the chain is broken, those that can be read, none of them ``whole``.
    """
    return tuple(one for one in _walked(programme.folder)[0] if programme.simulated or not one.simulated)
