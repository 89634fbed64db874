"""Collaboration events to ties: pandas, polars, DuckDB, Spark and ours, Parquet to Parquet, each in its own process.

Everybody counts the events of unordered pairs by half-year. Ours does so through the intake's own expression, with
everything that the others leave out: people looked up by their ids, selves, unknown ids and empty cells told apart,
every row accounted for. Another row lets plain SQL look people up as well. The bound is one look at the columns.
Ours with a limit is held against plain SQL with the limit that DuckDB has in ours.
polars and PySpark belong to the extras ``bench`` and ``spark``; whatever is not installed is left out of the table.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.page import machine, spread, write_section

ROWS = 10_000_000
PEOPLE = 100_000
WAVES = (date(2024, 12, 31), date(2025, 6, 30), date(2025, 12, 31), date(2026, 6, 30))
HALF_YEAR = """\
CASE WHEN {at} < TIMESTAMP '2025-01-01' THEN 4049 WHEN {at} < TIMESTAMP '2025-07-01' THEN 4050
     WHEN {at} < TIMESTAMP '2026-01-01' THEN 4051 ELSE 4052 END"""
PAIRS = f"""\
SELECT least(source_id, target_id) AS source_id, greatest(source_id, target_id) AS target_id,
       {HALF_YEAR.format(at="e.at")} AS half, count(*) AS weight
FROM {{events}} AS e WHERE source_id <> target_id GROUP BY 1, 2, 3"""
KNOWN_PAIRS = f"""\
SELECT least(s.code, t.code) AS source_id, greatest(s.code, t.code) AS target_id,
       {HALF_YEAR.format(at="e.at")} AS half, count(*) AS weight
FROM {{events}} AS e JOIN people AS s ON e.source_id = s.number JOIN people AS t ON e.target_id = t.number
WHERE e.at IS NOT NULL AND s.code <> t.code GROUP BY 1, 2, 3"""
SEED = 1
UNLIMITED_MB = 16_000
CHUNK = 2_000_000


def make_events(path: Path, rows_n: int) -> None:
    """Events over two years: everybody has some 40 people to meet, the near ones often; one in 200 is a self."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(SEED)
    start = np.datetime64("2024-07-01", "us")
    writer = None
    for done in range(0, rows_n, CHUNK):
        n = min(CHUNK, rows_n - done)
        source = rng.integers(PEOPLE, size=n)
        target = (source + np.floor(20 * rng.random(n) ** 2).astype(np.int64) * 7 + (rng.random(n) > 0.005)) % PEOPLE
        turn = rng.random(n) < 0.5
        source, target = np.where(turn, target, source), np.where(turn, source, target)
        at = start + (rng.random(n) * 730 * 86_400e6).astype("timedelta64[us]")
        table = pa.table({"source_id": source, "target_id": target, "at": at})
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table, row_group_size=500_000)
    if writer is not None:
        writer.close()


def with_pandas(events: Path, out: Path, memory_mb: int) -> None:  # noqa: ARG001
    import pandas as pd

    frame = pd.read_parquet(events)
    frame = frame[frame["source_id"] != frame["target_id"]]
    low, high = np.minimum(frame["source_id"], frame["target_id"]), np.maximum(frame["source_id"], frame["target_id"])
    half = frame["at"].dt.year * 2 + (frame["at"].dt.month > 6)
    pairs = pd.DataFrame({"source_id": low, "target_id": high, "half": half})
    pairs.groupby(["source_id", "target_id", "half"], sort=False).size().rename("weight").reset_index().to_parquet(out)


def with_polars(events: Path, out: Path, memory_mb: int) -> None:  # noqa: ARG001
    import polars as pl

    low, high = pl.min_horizontal("source_id", "target_id"), pl.max_horizontal("source_id", "target_id")
    half = pl.col("at").dt.year() * 2 + (pl.col("at").dt.month() > 6)
    pairs = (
        pl.scan_parquet(events)
        .filter(pl.col("source_id") != pl.col("target_id"))
        .group_by(low.alias("source_id"), high.alias("target_id"), half.alias("half"))
        .agg(pl.len().alias("weight"))
    )
    pairs.sink_parquet(out, engine="streaming")


def _duckdb(spill: str, memory_mb: int) -> Any:
    import duckdb

    settings = {"threads": 2, "temp_directory": spill, "preserve_insertion_order": False}
    return duckdb.connect(config=settings | ({"memory_limit": f"{memory_mb}MB"} if memory_mb else {}))


def with_sql(events: Path, out: Path, memory_mb: int) -> None:
    with tempfile.TemporaryDirectory(dir=out.parent) as spill, _duckdb(spill, memory_mb) as connection:
        connection.execute(f"COPY ({PAIRS.format(events=repr(str(events)))}) TO '{out}' (FORMAT parquet)").fetchall()


def with_sql_of_known_people(events: Path, out: Path, memory_mb: int) -> None:
    with tempfile.TemporaryDirectory(dir=out.parent) as spill, _duckdb(spill, memory_mb) as connection:
        connection.execute(f"CREATE TEMP TABLE people AS SELECT range AS number, range AS code FROM range({PEOPLE})")
        connection.execute(
            f"COPY ({KNOWN_PAIRS.format(events=repr(str(events)))}) TO '{out}' (FORMAT parquet)"
        ).fetchall()


def with_scan(events: Path, out: Path, memory_mb: int) -> None:
    with tempfile.TemporaryDirectory(dir=out.parent) as spill, _duckdb(spill, memory_mb) as connection:
        connection.execute(f"SELECT sum(source_id), sum(target_id), max(e.at) FROM '{events}' AS e").fetchall()


def with_ours(events: Path, out: Path, memory_mb: int) -> None:
    """The intake's count, and its result written as the others write theirs."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from rmanalytics.intake.collaboration.engines import count_events
    from rmanalytics.intake.collaboration.parquet_files import look_into
    from rmanalytics.programme.declaration import Events

    # An event goes to the first window that holds it, so windows of 184 days give whole half-years.
    plan = Events(files=(events.name,), waves=WAVES, days=184, threads=2, memory_mb=memory_mb or UNLIMITED_MB)
    counts = count_events(look_into(events.parent, plan.files), plan, [str(n) for n in range(PEOPLE)])
    rest, high = np.divmod(counts.keys, PEOPLE)
    wave, low = np.divmod(rest, PEOPLE)
    half = np.array([day.year * 2 + (day.month > 6) for day in WAVES])[wave]
    pq.write_table(pa.table({"source_id": low, "target_id": high, "half": half, "weight": counts.events}), out)


def with_spark(events: Path, out: Path, memory_mb: int) -> None:  # noqa: ARG001
    """Spark's own SQL; the start of Spark counts, for whoever calls it waits for that."""
    from pyspark.sql import SparkSession

    with tempfile.TemporaryDirectory(dir=out.parent) as scratch:
        builder = SparkSession.builder.master("local[2]").config("spark.local.dir", scratch)
        builder = builder.config("spark.ui.enabled", "false").config("spark.log.level", "ERROR")
        session = builder.config("spark.sql.shuffle.partitions", "16").config("spark.driver.memory", "3g").getOrCreate()
        session.read.parquet(str(events)).createOrReplaceTempView("events")
        session.sql(PAIRS.format(events="events")).write.parquet(str(out))
        session.stop()


@dataclass(frozen=True)
class Way:
    """One way to count: what it is called, what does it, the package it needs, and how much memory it may take."""

    title: str
    work: Callable[[Path, Path, int], None]
    needs: str = "duckdb"
    memory_mb: int = 0
    warm: bool = True
    rows: bool = True
    most_rows: int = 10**12
    inside: bool = True
    """Whether it works inside the process that is measured: Spark's own are not seen by it."""


WAYS = {
    "scan": Way("bound: one look at the columns (DuckDB)", with_scan, rows=False),
    "pandas": Way("pandas", with_pandas, needs="pandas", most_rows=20_000_000),
    "polars": Way("polars, streaming", with_polars, needs="polars"),
    "sql": Way("DuckDB, plain SQL", with_sql),
    "known": Way("DuckDB, plain SQL, people looked up as ours does", with_sql_of_known_people),
    "ours": Way("rmanalytics (Ibis on DuckDB), all rules and the account", with_ours),
    "sql_1gb": Way("DuckDB, plain SQL, its limit 700 MB", with_sql, memory_mb=700),
    "ours_1gb": Way("rmanalytics, memory_mb 1000, of which it gives DuckDB 700", with_ours, memory_mb=1000),
    "spark": Way(
        "Spark local[2], plain SQL, its start included", with_spark, needs="pyspark", warm=False, inside=False
    ),
}


@dataclass
class Seen:
    """Seconds, seconds of processor and peak memory of each run of a way."""

    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    peak_mb: list[float] = field(default_factory=list)


def child(name: str, events: Path, out: Path) -> None:
    """Run one way in this process and print what it took; imports are paid before, on a few rows."""
    way = WAYS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if way.warm:
            few = events.with_name("few.parquet")
            way.work(few, out, way.memory_mb)
        before, start = _processor(), time.perf_counter()
        way.work(events, out, way.memory_mb)
    took = time.perf_counter() - start
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps([took, _processor() - before, max(peaks) / (1024 if sys.platform != "darwin" else 1024**2)]))


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(folder: Path, runs: int, rows_n: int, ways: Sequence[str]) -> dict[str, Seen]:
    """Every way that is installed, in turns; stops where one of them gives other rows."""
    events = folder / "events.parquet"
    seen: dict[str, Seen] = {}
    for run in range(runs):
        for name, way in ((name, WAYS[name]) for name in ways):
            if find_spec(way.needs) is None or rows_n > way.most_rows:
                continue
            out = folder / "out"
            command = [sys.executable, "-m", "benchmarks.events", "--child", name, str(events), str(out)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"{name} failed: {done.stderr[-2000:]}")
            took = json.loads(done.stdout.splitlines()[-1])
            one = seen.setdefault(name, Seen())
            for values, value in zip((one.seconds, one.processor, one.peak_mb), took, strict=True):
                values.append(value)
            print(f"{name}: {took[0]:.1f} s, {took[1]:.1f} s of processor, {took[2]:.0f} MB", flush=True)
            if way.rows and run == 0:
                agree(folder, out, name)
            _remove(out)
    return seen


def agree(folder: Path, out: Path, name: str) -> None:
    """The rows of every way must be those of the first one, in any order."""
    import duckdb

    source = f"{out}/*.parquet" if out.is_dir() else str(out)
    columns = "source_id::BIGINT, target_id::BIGINT, half::BIGINT, weight::BIGINT"
    asked = f"SELECT count(*), sum(weight)::BIGINT, sum(hash({columns}))::VARCHAR FROM read_parquet('{source}')"
    with duckdb.connect() as connection:
        found = list(connection.execute(asked).fetchall()[0])
    first = folder / "rows.json"
    if not first.is_file():
        first.write_text(json.dumps(found), encoding="utf-8")
    if json.loads(first.read_text(encoding="utf-8")) != found:
        raise ValueError(f"{name} gives other rows")


def _remove(out: Path) -> None:
    if out.is_dir():
        shutil.rmtree(out)
    else:
        out.unlink(missing_ok=True)


def table(seen: dict[str, Seen]) -> str:
    """The comparison as a Markdown table; ratios are to plain SQL with the same limit, medians of runs."""
    lines = [
        "| way | seconds | seconds of processor | ÷ plain SQL | ÷ plain SQL, processor | peak memory, MB |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in seen.items():
        base = seen.get("sql_1gb" if WAYS[name].memory_mb else "sql")
        ratios = [
            f"{statistics.median(mine) / statistics.median(theirs):.2f}" if theirs else "–"
            for mine, theirs in (
                (one.seconds, base and base.seconds),
                (one.processor, base and base.processor),
            )
        ]
        cells = [spread(one.seconds), spread(one.processor), *ratios, f"{max(one.peak_mb):,.0f}"]
        if not WAYS[name].inside:
            cells = [cells[0], "–", cells[2], "–", "–"]
        lines.append(f"| {WAYS[name].title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the section of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.events", description=__doc__)
    parser.add_argument("--runs", type=int, default=1, help="timed runs of everything (default 1)")
    parser.add_argument("--rows", type=int, default=ROWS, help="number of events (default 10 million)")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS), help="which to measure (default all)")
    parser.add_argument("--child", nargs=3, metavar=("WAY", "EVENTS", "OUT"), help=argparse.SUPPRESS)
    # Called with all others by benchmarks.run: what only they know is left to them.
    given, _ = parser.parse_known_args(arguments)
    if given.child:
        child(given.child[0], Path(given.child[1]), Path(given.child[2]))
        return 0
    runs = min(max(given.runs, 1), 3)
    with tempfile.TemporaryDirectory(prefix="rmanalytics-") as name:
        folder = Path(name)
        make_events(folder / "events.parquet", given.rows)
        make_events(folder / "few.parquet", 1000)
        size = (folder / "events.parquet").stat().st_size / 1e6
        seen = measure(folder, runs, given.rows, given.ways)
        pairs = json.loads((folder / "rows.json").read_text(encoding="utf-8"))[0]
    missing = [way.title for way in WAYS.values() if find_spec(way.needs) is None]
    left_out = f" Not installed here: {'; '.join(missing)}." if missing else ""
    text = f"""\
{given.rows:,} events ({size:,.0f} MB of Parquet) of {PEOPLE:,} people to {pairs:,} pairs by half-year, two threads;
{runs} run(s) in turns, each in a process of its own, imports not counted. All give the same rows: the run stops where
they do not.{left_out}

{table(seen)}

Measured {machine("duckdb", "ibis-framework", "pyarrow", "pandas")}.
Again: `make bench` or `python -m benchmarks.events --rows {given.rows}`.
"""
    print(text)
    suffix = "" if given.rows == ROWS else f"-{given.rows}"
    write_section(f"events{suffix}", f"Events to ties, {given.rows:,} events", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
