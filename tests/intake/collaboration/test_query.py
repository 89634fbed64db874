"""Events are counted by their raw ids first: whatever the numbers, gaps and types, the ties are as counted by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from event_tools import NUMBER_IDS, counted_by_hand, moment, random_events, read_all, ties_of, write_events

from rmanalytics.intake.collaboration import engines, parquet_files, query
from rmanalytics.programme.declaration import DIRECTED, UNDIRECTED, Events

WAVES = (date(2024, 12, 31), date(2025, 6, 30), date(2025, 12, 31), date(2026, 6, 30))
NUMBERS = {
    "short, counted as one number": 1,
    "of sixteen digits, counted as they stand": 10**13 + 7,
}


@pytest.mark.parametrize("event_ids", [False, True], ids=["rows", "event ids"])
@pytest.mark.parametrize("direction", [DIRECTED, UNDIRECTED])
@pytest.mark.parametrize("factor", NUMBERS.values(), ids=NUMBERS)
def test_numbers_of_any_length_below_zero_and_in_gaps_are_counted_as_by_hand(tmp_path, factor, direction, event_ids):
    rows = random_events(9, 3000, numbers=True, event_ids=event_ids)
    strangers = iter([-1, -(2**63), 2**63 - 1, 255, 256, 0, 128, -100] * 9)
    for row in rows:
        for column in ("source_id", "target_id"):
            row[column] = None if row[column] is None else row[column] * factor
    for row in rows[::50]:
        row["target_id"] = next(strangers)
    rows[1] |= {"source_id": -1, "target_id": -1}
    people = [str(int(name) * factor) for name in NUMBER_IDS if name not in {"105", "128"}]
    plan = Events(
        files=("events",), outsiders=True, waves=WAVES, direction=direction, most_recipients=8, least_events=2
    )
    write_events(tmp_path / "events" / "a.parquet", rows)
    ties, reasons = counted_by_hand(rows, plan, people)
    assert ties_of(read_all(tmp_path, plan, people)) == ties
    files = parquet_files.look_into(tmp_path, plan.files)
    assert Counter(dict(engines.count_events(files, plan, sorted(people)).rows)) == reasons


@pytest.mark.parametrize("direction", [DIRECTED, UNDIRECTED])
def test_one_side_in_text_and_the_other_in_numbers_is_one_network(tmp_path, direction):
    (tmp_path / "events").mkdir()
    source_id = ["1", "2", "2", "'2", "1", "x", "2", "02", "1,0"]
    target_id = pa.array([2, 1, 1, 1, 1, 1, None, 1, 2], pa.int16())
    table = pa.table({"source_id": source_id, "target_id": target_id, "at": [moment("2026-05-04")] * 9})
    pq.write_table(table, tmp_path / "events" / "a.parquet")
    plan = Events(files=("events",), outsiders=True, waves=(WAVES[-1],), direction=direction)
    files = parquet_files.look_into(tmp_path, plan.files)
    counts = engines.count_events(files, plan, ["1", "2"])
    assert dict(counts.rows) == {query.MISSING: 1, query.UNKNOWN: 2, query.SELF: 1}
    both = dict(zip(counts.keys.tolist(), counts.events.tolist(), strict=True))
    assert both == ({1: 2, 2: 3} if direction == DIRECTED else {1: 5})


def test_pairs_are_in_order_even_where_key_and_events_do_not_fit_into_one_number():
    found = engines._Found()
    found.add(key=np.array([2**62, 5, -4, -4]), events=np.array([3, 2, 1, 6]))
    found.add(key=np.array([7, query.WEAK]), events=np.array([9, 4]), pairs=np.array([1, 3]))
    counts = found.counts()
    assert (counts.keys.tolist(), counts.events.tolist()) == ([5, 7, 2**62], [2, 9, 3])
    assert (counts.rows, counts.weak_pairs) == ({query.UNKNOWN: 7, query.WEAK: 4}, 3)
