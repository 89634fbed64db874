"""Receipts checked by somebody else: the chain, the private halves, and every lot drawn once more.

Unit: one programme's folder. Shares no code with what wrote the receipts, so one mistake cannot hide itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from hmac import new
from itertools import pairwise
from math import comb
from pathlib import Path
from typing import Any

CANDIDATES, SHARE, LEAST = 10_000, 100, 1_000
LEAST_ROWS, MOST_BY_CHANCE = 10, 0.8
STEPS = ("reserve", "surplus", "halve", "start", "wait")


def findings(folder: Path, key: bytes | None = None, round_id: str = "") -> list[str]:
    """What is wrong with the receipts of a folder, in words; empty where all is as it was written.

    Parameters
    ----------
    folder : Path
        The programme's folder.
    key : bytes, optional
        Of the receipts; without it private halves are held against the draw alone.
    round_id : str, optional
        Only the lots of this round; the chain is always checked.
    """
    return list(_findings(folder / "receipts", key, round_id))


def _findings(place: Path, key: bytes | None, round_id: str) -> Iterator[str]:
    read = []
    for path in sorted(place.glob("*.json")):
        raw = path.read_bytes()
        try:
            document = json.loads(raw)
            same = _plain(document) == raw
        except ValueError:
            same = False
        if not same:
            yield f"{path.name}: not the file that was written"
            continue
        read.append((document, sha256(raw).hexdigest(), path.name))
    read.sort(key=lambda one: int(one[0]["sequence"]))
    previous, clock = "", ""
    for at, (document, digest, name) in enumerate(read, start=1):
        if document["sequence"] != at or document["previous"] != previous:
            yield f"{name}: the chain is broken before it"
        if document["written"] < clock:
            yield f"{name}: written before the receipt that it follows, by this computer's clock"
        previous, clock = digest, document["written"]
    gone = {one["content"]["of"]: one["content"] for one, _, _ in read if one["kind"] == "erased"}
    lists = {digest: (one, name, gone.get(digest, {})) for one, digest, name in read if one["kind"] == "list"}
    if key is not None and _other_key(place, key, lists.values()):
        yield "the key of the receipts is not the one that they were written with, so private halves are not checked"
        key = None
    for document, _, name in read:
        mine = document["kind"] == "draw" and round_id in ("", document["round"])
        if mine:
            yield from _draw(place, key, document["content"], name, lists)


def erased(folder: Path, round_id: str) -> list[str]:
    """The erasures from private halves of a round: how many people, from what, when; never who."""
    found = []
    for path in sorted((folder / "receipts").glob(f"{round_id}-erased-*.json")):
        one = json.loads(path.read_bytes())
        same = "all was equal" if one["content"]["recomputed"] == 1 else "not all was equal"
        when = f"on {one['written'][:10]}: {one['content']['n']}"
        found.append(f"{path.name}: people erased from a private half {when}; drawn again before, {same}")
    return found


def _plain(document: Any) -> bytes:
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


List = tuple[dict[str, Any], str, dict[str, Any]]
"""A list's receipt, its name, and what the receipt of the last erasure from its private half says."""


def _draw(place: Path, key: bytes | None, content: dict[str, Any], name: str, lists: dict[str, List]) -> Iterator[str]:
    if content["list"] not in lists:
        yield f"{name}: its list is not among the receipts"
        return
    listed, list_name, later = lists[content["list"]]
    private = place / "private" / list_name
    if not private.is_file():
        yield f"{list_name}: its private half is missing, so the lot cannot be drawn again"
        return
    entries, sides = _read(private), listed["content"].get("sides", ["arms"])
    if entries is None or set(entries) != set(sides) or not _rows(entries, facts=sides != ["arms"] and not later):
        yield f"{list_name}: its private half is not a file that was written, so the lot cannot be drawn again"
        return
    yield from _halves(place, key, content, name, lists[content["list"]])
    if "arms" in content:
        turn = _order(content["seed"], "arms", "arms", range(len(listed["content"]["arms"])))
        people = _order(content["seed"], "arms", "entries", sorted(one["lot"] for one in entries["arms"]))
        for at, arm in enumerate(listed["content"]["arms"]):
            got = [lot for n, lot in enumerate(people) if turn[n % len(turn)] == at]
            if " ".join(map(str, sorted(got))) != content["arms"][arm]:
                yield f"{name}: drawn again, arm {at + 1} is not what the receipt says"
        return
    for side, rows in () if later else entries.items():  # of people erased, no facts are left
        again = draw(content["seed"], side, listed["content"]["sides"][side], rows)
        told = {int(lot): group for group, lots in content["groups"][side].items() for lot in lots.split()}
        if again != told:
            yield f"{name}: drawn again, side {side} is not what the receipt says"


def _other_key(place: Path, key: bytes, lists: Iterable[tuple[dict[str, Any], str, Any]]) -> bool:
    """Whether the lot numbers of the lists stand in an order that is not the key's; one changed row does not tell."""
    rising = []
    for document, name, _ in lists:
        private = place / "private" / name
        half = _read(private) or {}
        for side, rows in half.items() if _rows(half, facts=False) else ():
            told = [one for one in sorted(rows, key=lambda one: int(one["lot"])) if "id" in one]
            words = [f"{document['round']}|{side}|{one['id']}".encode() for one in told]
            order = [new(key, word, sha256).digest() for word in words]
            rising += [one < other for one, other in pairwise(order)]
    return len(rising) >= LEAST_ROWS and sum(rising) < MOST_BY_CHANCE * len(rising)


def _read(private: Path) -> dict[str, Any] | None:
    """A private half; None where it is not there or cannot be read."""
    try:
        found = json.loads(private.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _rows(entries: dict[str, Any], *, facts: bool) -> bool:
    """Whether a list is made of rows as they were written; after an erasure some have no facts."""
    rows = [row for own in entries.values() for row in (own if isinstance(own, list) else [None])]
    return all(
        isinstance(row, dict)
        and isinstance(row.get("lot"), int)
        and isinstance(row.get("id", ""), str)
        and (not facts or ("certain" in row and _whole(row.get("facts"))))
        for row in rows
    )


def _whole(facts: object) -> bool:
    return isinstance(facts, list) and all(isinstance(one, int) for one in facts)


def _keyed(key: bytes, private: Path) -> str:
    return new(key, _plain(_read(private)), sha256).hexdigest()


def _halves(place: Path, key: bytes | None, content: dict[str, Any], name: str, of_list: List) -> Iterator[str]:
    """Whether the private halves are those that receipts give the digests of; after an erasure, that of its receipt."""
    listed, list_name, later = of_list
    if later and later["recomputed"] != 1:
        yield f"{list_name}: when somebody was erased, what was drawn again was not what the receipts say"
    if key is None:
        return
    if _keyed(key, place / "private" / list_name) != later.get("private", listed["content"]["entries"]):
        yield f"{list_name}: the private half is not the one that was committed"
    bank = place / "private" / name
    if bank.is_file() and "redraws" in content and _keyed(key, bank) != content["redraws"]:
        yield f"{name}: the redraws are not those that were kept"


def _order(seed: str, side: str, step: str, among: Sequence[int], candidate: int = 0) -> list[int]:
    head = f"{seed}|{side}|{step}|{candidate}|"
    return sorted(among, key=lambda lot: sha256(f"{head}{lot}".encode()).digest())


def draw(seed: str, side: str, sizes: dict[str, Any], rows: Sequence[dict[str, Any]]) -> dict[int, str]:
    """Draw one side again: lot number to group."""
    drawn = {one["lot"]: "certain" for one in rows if one["certain"]}
    facts = {one["lot"]: one["facts"] for one in rows}

    def first(step: str, count: int, among: Sequence[int], candidate: int = 0) -> list[int]:
        return _order(seed, side, step, among, candidate)[:count]

    def left() -> list[int]:
        return [lot for lot in sorted(facts) if lot not in drawn]

    drawn |= dict.fromkeys(first(STEPS[0], sizes["reserve"], left()), "reserve")
    starts, others = sizes["start"], sizes["wait"] + sizes["not_drawn"]
    half = min(starts, others)
    more = len(left()) - 2 * half
    drawn |= dict.fromkeys(first(STEPS[1], more, left()), "start" if starts > others else "not_drawn")
    people = left()
    one = first(STEPS[2], half, people)
    if 8 <= half <= 150:
        one = _balanced(
            [first(STEPS[2], half, people, a) for a in range(CANDIDATES)], [facts[lot] for lot in people], people
        )
    begin = first(STEPS[3], 1, [0, 1]) == [0]
    drawn |= {lot: "start" if (lot in one) is begin else "not_drawn" for lot in people}
    compared = sorted(lot for lot, group in drawn.items() if group == "not_drawn")
    return drawn | dict.fromkeys(first(STEPS[4], sizes["wait"], compared), "wait")


def _balanced(halves: list[list[int]], facts: list[list[int]], people: list[int]) -> list[int]:
    n, p = len(facts), len(facts[0])
    total = [sum(row[j] for row in facts) for j in range(p)]
    at = dict(zip(people, facts, strict=True))
    table = [
        [n * sum(row[i] * row[j] for row in facts) - total[i] * total[j] for j in range(p)]
        + [int(i == j) for j in range(p)]
        for i in range(p)
    ]
    divisor, used = 1, []
    for k in range(p):
        pivot = table[k][k]
        if pivot == 0:
            continue
        table = [
            row if i == k else [(pivot * a - row[k] * b) // divisor for a, b in zip(row, table[k], strict=True)]
            for i, row in enumerate(table)
        ]
        divisor = pivot
        used.append(k)

    def apart(half: list[int]) -> int:
        d = [2 * sum(at[lot][j] for lot in half) - total[j] for j in used]
        return sum(d[m] * d[o] * table[i][p + j] for m, i in enumerate(used) for o, j in enumerate(used))

    size = [apart(half) for half in halves]
    wanted = max(SHARE, -(-CANDIDATES * LEAST // (comb(n, n // 2) // 2)))
    limit = sorted(size)[wanted - 1]
    return halves[next(a for a, one in enumerate(size) if one <= limit)]
