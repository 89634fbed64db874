"""Collaboration events for tests: random ones with everything that exports hold, and a count of them row by row."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import folders
import pyarrow as pa
import pyarrow.parquet as pq
from folders import write_minimal

from rmanalytics.errors import Problem
from rmanalytics.intake.collaboration.query import LISTED, MISSING, OTHER_KIND, OUTSIDE, SELF, UNKNOWN, WEAK
from rmanalytics.intake.collaboration.ties import EventTies, read_events
from rmanalytics.programme.declaration import DIRECTED, Events

Row = dict[str, Any]

TEXT_IDS = [f"P{n:03d}" for n in range(30)] + ["0012", "77", "Zoë-1", "a/b:c.d"]
NUMBER_IDS = [str(n) for n in range(100, 140)]
SPOILT = ("{} ", "\t{}", "\N{NO-BREAK SPACE}{}", "{}\N{SOFT HYPHEN}", "'{}", '="{}"')


def random_events(seed: int, rows_n: int, *, numbers: bool = False, event_ids: bool = False) -> list[Row]:
    """Events over three years with empty cells, unknown people, selves, lists, spoilt ids and repeated rows."""
    draw = random.Random(seed)
    known: list[Any] = [int(name) for name in NUMBER_IDS] if numbers else list(TEXT_IDS)
    strangers: list[Any] = [5, 0] if numbers else ["X1", "x p", "P0001"]
    rows: list[Row] = []
    while len(rows) < rows_n:
        source = draw.choice(known)
        at = moment("2024-07-01") + timedelta(seconds=draw.randrange(2 * 365 * 86_400), microseconds=draw.randrange(9))
        kind = draw.choice(("mail", "meeting", " mail ", "chat", None))
        many = draw.random() < 0.05
        for target in draw.sample(known, 12 if many else draw.choice((1, 1, 1, 2, 3))):
            rows.append(
                {"source_id": source, "target_id": target, "at": at, "kind": kind, "event_id": f"e{len(rows) // 3}"}
            )
            row = rows[-1]
            if draw.random() < 0.02:
                row[draw.choice(("source_id", "target_id", "at", "event_id"))] = None
            if draw.random() < 0.02:
                row["target_id"] = draw.choice(strangers)
            if draw.random() < 0.02:
                row["target_id"] = row["source_id"]
            if draw.random() < 0.05:
                rows.append(dict(row))
            if draw.random() < 0.05:
                rows.append(row | {"source_id": row["target_id"], "target_id": row["source_id"]})
            if not numbers and isinstance(row["source_id"], str) and draw.random() < 0.05:
                row["source_id"] = draw.choice(SPOILT).format(row["source_id"])
    if not event_ids:
        for row in rows:
            del row["event_id"]
    return rows


def write_events(path: Path, rows: Sequence[Row], *, unit: str = "us", zone: str | None = None) -> Path:
    """Write rows as one Parquet file; ids that are whole numbers stay such."""
    columns: dict[str, pa.Array] = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        if name == "at":
            columns[name] = (
                pa.array(values, pa.timestamp("us")).cast(pa.timestamp(unit), safe=False).cast(pa.timestamp(unit, zone))
            )
        else:
            whole = any(isinstance(value, int) for value in values)
            columns[name] = pa.array(values, pa.int64() if whole else pa.string())
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path, row_group_size=500)
    return path


def counted_by_hand(rows: Sequence[Row], plan: Events, people: Sequence[str]) -> tuple[dict[Any, int], Counter[int]]:
    """Ties with their weights and rows by reason, counted row by row in plain Python."""
    known = set(people)
    lists = _lists(rows, plan)
    reasons: Counter[int] = Counter()
    pairs: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        source, target = _mended(row["source_id"]), _mended(row["target_id"])
        waves = [n for n, (_, first, end) in enumerate(plan.windows) if row["at"] and first <= row["at"].date() < end]
        if row["at"] is not None and not waves:
            reasons[OUTSIDE] += 1
        elif plan.kinds and (row["kind"] or "").strip() not in plan.kinds:
            reasons[OTHER_KIND] += 1
        elif not source or not target or row["at"] is None:
            reasons[MISSING] += 1
        elif source not in known or target not in known:
            reasons[UNKNOWN] += 1
        elif source == target:
            reasons[SELF] += 1
        elif _event(row) in lists:
            reasons[LISTED] += 1
        else:
            pair = (source, target) if plan.direction == DIRECTED else tuple(sorted((source, target)))
            pairs[plan.waves[waves[0]].isoformat(), *pair].append(row)
    ties = {}
    for key, found in pairs.items():
        named = {row["event_id"] for row in found if row.get("event_id")}
        events = len(named) + sum(not row.get("event_id") for row in found)
        if events < plan.least_events:
            reasons[WEAK] += len(found)
            continue
        ties[key] = events
        if plan.direction != DIRECTED:
            ties[key[0], key[2], key[1]] = events
    return ties, reasons


def _lists(rows: Sequence[Row], plan: Events) -> set[Any]:
    reached: dict[Any, set[Any]] = defaultdict(set)
    for row in rows:
        if _event(row) is not None and row["target_id"] is not None:
            reached[_event(row)].add(row["target_id"])
    most = plan.most_recipients
    return set() if most is None else {event for event, targets in reached.items() if len(targets) > most}


def _event(row: Row) -> Any:
    if "event_id" in row:
        return row["event_id"]
    parts = (row["source_id"], row["at"], row["kind"])
    return None if None in parts else parts


def _mended(value: Any) -> str:
    text = "" if value is None else str(value).strip().strip("\N{NO-BREAK SPACE}\N{SOFT HYPHEN}")
    return re.sub(r"""^="|^'|"$""", "", text)


def ties_of(read: EventTies) -> dict[Any, int]:
    """Ties as `counted_by_hand` gives them."""
    days = read.ties["wave_date"].dt.strftime("%Y-%m-%d")
    keys = zip(days, read.ties["source_id"], read.ties["target_id"], strict=True)
    return dict(zip(keys, read.ties["weight"].astype(int).tolist(), strict=True))


def read_all(folder: Path, plan: Events, people: Sequence[str]) -> EventTies:
    """Read, and hold the account's sum."""
    read = read_events(folder, plan, people)
    account = read.account
    assert account.used + account.quarantined + account.excluded == account.rows
    return read


def moment(text: str) -> datetime:
    """A time stamp, without a time zone."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).replace(tzinfo=None)


PEOPLE = [*folders.MENTORS, *folders.MENTEES]
EVENTS = '\n[network.events]\nfiles = "events"\noutsiders = true\n'
WAVES = "waves = [2025-12-31, 2026-06-30]\n"


def declared(folder: Path, more: str, **tables: None) -> None:
    named = folders.PROGRAMME.replace("[programme]\n", '[programme]\nid = "test"\nsimulated = true\n')
    write_minimal(folder, programme=named + more, **tables)


def change(folder: Path, old: str, new: str) -> None:
    path = folder / "programme.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def met(*days: str) -> list[dict[str, object]]:
    return [
        {"source_id": a, "target_id": b, "at": datetime.fromisoformat(day)}
        for day in days
        for a, b in zip(PEOPLE, PEOPLE[3:], strict=False)
    ]


def events(folder: Path, *days: str, toml: str = EVENTS + WAVES) -> None:
    declared(folder, toml)
    (folder / "events").mkdir()
    if days:
        write_events(folder / "events" / "a.parquet", met(*days))


def write_anew(folder: Path, _: Problem) -> None:
    for path in (folder / "events").iterdir():
        path.unlink()
    write_events(folder / "events" / "a.parquet", met("2025-09-01", "2026-05-04"))
