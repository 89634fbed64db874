"""The same expression on a real local Spark gives the same rows as on DuckDB, and leaves nothing behind."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from event_tools import NUMBER_IDS, TEXT_IDS, counted_by_hand, random_events, read_all, ties_of, write_events

from rmanalytics.errors import InputError
from rmanalytics.intake.collaboration import engines
from rmanalytics.intake.collaboration.ties import read_events
from rmanalytics.programme.declaration import DIRECTED, SPARK, Events

WAVES = (date(2024, 12, 31), date(2025, 6, 30), date(2025, 12, 31), date(2026, 6, 30))
PLAN = Events(files=("events",), waves=WAVES, outsiders=True, engine=SPARK, spark="local[2]")
CASES = {
    "text ids, event ids, a time zone, all rules": (
        {"kinds": ("mail", "chat"), "least_events": 2, "most_recipients": 8},
        {"numbers": False, "event_ids": True},
        {"unit": "ms", "zone": "Europe/Zurich"},
    ),
    "numbers, directed, nanoseconds": (
        {"direction": DIRECTED, "most_recipients": 8},
        {"numbers": True, "event_ids": False},
        {"unit": "ns"},
    ),
}


def java_processes() -> set[str]:
    """Process numbers of this process's children, where the system shows them."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    return set(children.read_text(encoding="utf-8").split()) if children.is_file() else set()


@pytest.mark.slow
@pytest.mark.parametrize(("rules", "rows", "types"), CASES.values(), ids=CASES)
def test_spark_and_duckdb_agree_row_by_row_and_with_a_count_by_hand(tmp_path, spark_scratch, rules, rows, types):
    drawn = random_events(11, 3000, **rows)
    people = NUMBER_IDS if rows.get("numbers") else TEXT_IDS
    for part in range(2):
        write_events(tmp_path / "events" / f"part[{part}].parquet", drawn[part::2], **types)
    plan = replace(PLAN, **rules)
    threads, children = threading.active_count(), java_processes()
    on_spark = read_all(tmp_path, plan, people)
    on_duckdb = read_all(tmp_path, replace(plan, engine="duckdb"), people)
    pd.testing.assert_frame_equal(on_spark.ties, on_duckdb.ties)
    assert on_spark.account == on_duckdb.account
    assert on_spark.problems == on_duckdb.problems
    assert on_spark.digests == on_duckdb.digests
    assert ties_of(on_spark) == counted_by_hand(drawn, plan, people)[0]
    assert java_processes() <= children
    assert threading.active_count() <= threads + 1, "py4j keeps one daemon thread for its finalisers"


@pytest.mark.slow
def test_what_spark_cannot_read_is_refused_without_a_trace_of_it(tmp_path, spark_scratch):
    path = write_events(tmp_path / "events" / "a.parquet", random_events(3, 2000))
    data = bytearray(path.read_bytes())
    data[4:3000] = b"\xff" * 2996
    path.write_bytes(data)
    with pytest.raises(InputError) as refused:
        read_events(tmp_path, PLAN, TEXT_IDS)
    assert [problem.code for problem in refused.value.refused] == ["RM-E-119"]


@pytest.mark.parametrize(("lacking", "told"), [("java", "install Java"), ("pyspark", "rmanalytics[spark]")])
def test_without_java_or_pyspark_the_remedy_is_told(tmp_path, monkeypatch, lacking, told):
    write_events(tmp_path / "events" / "a.parquet", random_events(3, 50))
    monkeypatch.setattr(engines.shutil, "which", lambda *_, **__: None if lacking == "java" else "java")
    for module in ("pyspark", "pyspark.sql", "pyspark.errors", "py4j", "py4j.protocol"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError) as refused:
        read_events(tmp_path, PLAN, TEXT_IDS)
    assert [problem.code for problem in refused.value.refused] == ["RM-E-117"]
    assert told in str(refused.value)
