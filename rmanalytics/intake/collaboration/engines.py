"""Collaboration events are counted by pair and wave: one expression, run by an embedded DuckDB or by Spark.

Unit: one pair of people at one wave, or one reason to leave rows out. The expression is in `event_pairs`; here it is
run, and its result taken apart. Ibis, DuckDB and Spark are imported in these two files alone.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import unicodedata
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.collaboration.parquet_files import EventFiles
from rmanalytics.intake.collaboration.query import POSITIVE_BITS, WEAK, weighted_pairs
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.declaration import SPARK, Events

KEPT_MB, KEPT_SHARE = 300, 0.3
"""Of the declared memory this much, or this share if that is less, is left to what DuckDB does not count: Python, the
libraries, the result."""
BROADCAST = "256MB"
LOCAL_PARTITIONS = "16"
TOO_SMALL = "give more memory by memory_mb under [network.events], or leave more room for temporary files"


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Kept pairs with their events, and for each other key its rows, pairs and repeated rows."""

    keys: NDArray[np.int64]
    events: NDArray[np.int64]
    rows: Mapping[int, int]
    weak_pairs: int
    repeats: int


def count_events(files: EventFiles, plan: Events, ids: Sequence[str]) -> Counts:
    """Run the expression on the declared engine and take its result apart.

    Parameters
    ----------
    files : EventFiles
        Files whose footers were checked.
    plan : Events
        Rules and engine.
    ids : sequence of str
        Known people in order; a person's place is her or his code.
    """
    found = _Found()
    label = ", ".join(plan.files)
    engine = _spark if plan.engine == SPARK else _duckdb
    with warnings.catch_warnings():
        # Of Ibis and PySpark, about names of pandas and DuckDB that will go: nothing a reader could do about.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        codes = _codes(ids)
        most_number = pc.max(codes["number"]).as_py()
        with engine(files, plan, codes, label) as (read, table, people):
            expression = weighted_pairs(
                table, people, plan, kinds=files.kinds, people_n=len(ids), most_number=most_number
            )
            for batch in read(expression):
                columns = dict(zip(batch.schema.names, batch.columns, strict=True))
                found.add(**{name: column.to_numpy(zero_copy_only=False) for name, column in columns.items()})
    return found.counts()


class _Found:
    """The result, batch by batch; no batch is kept but for its pairs."""

    def __init__(self) -> None:
        self.keys: list[NDArray[np.int64]] = []
        self.events: list[NDArray[np.int64]] = []
        self.rows: dict[int, int] = {}
        self.weak = self.repeats = 0

    def add(
        self,
        key: NDArray[np.int64],
        events: NDArray[np.int64],
        rows: NDArray[np.int64] | None = None,
        pairs: NDArray[np.int64] | None = None,
    ) -> None:
        kept = key >= 0
        self.keys.append(key[kept])
        self.events.append(events[kept])
        if rows is not None:
            self.repeats += int(rows[kept].sum() - self.events[-1].sum())
        if pairs is not None:
            self.weak += int(pairs[key == WEAK].sum())
        reasons, left_n = key[~kept], (events if rows is None else rows)[~kept]
        for reason in np.unique(reasons).tolist():
            self.rows[reason] = self.rows.get(reason, 0) + int(left_n[reasons == reason].sum())

    def counts(self) -> Counts:
        """Everything in order of keys. Key and events share one number where they fit, which sorts fastest."""
        keys, events = _joined(self.keys), _joined(self.events)
        width = int(events.max(initial=0)).bit_length()
        if int(keys.max(initial=0)).bit_length() + width <= POSITIVE_BITS:
            keys <<= width
            keys |= events
            keys.sort()
            np.bitwise_and(keys, (1 << width) - 1, out=events)
            keys >>= width
        else:
            order = np.argsort(keys)
            keys, events = keys[order], events[order]
        return Counts(keys=keys, events=events, rows=self.rows, weak_pairs=self.weak, repeats=self.repeats)


def _joined(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """All parts as one; the list is empty afterwards."""
    joined = np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
    parts.clear()
    return joined


def _codes(ids: Sequence[str]) -> pa.Table:
    """Every spelling of an id with its code: composed and decomposed letters, and the number it is, if it is one."""
    spelt = [(text, code) for code, name in enumerate(ids) for text in {name, unicodedata.normalize("NFD", name)}]
    plain = (text.isdecimal() and text.isascii() and len(text) < 19 for text, _ in spelt)
    numbers = [int(t) if ok and str(int(t)) == t else None for ok, (t, _) in zip(plain, spelt, strict=True)]
    columns = [
        pa.array([t for t, _ in spelt]),
        pa.array(numbers, pa.int64()),
        pa.array([c for _, c in spelt], pa.int64()),
    ]
    return pa.table(columns, names=["id", "number", "code"])


@contextmanager
def _duckdb(files: EventFiles, plan: Events, codes: pa.Table, label: str) -> Iterator[Any]:
    """An embedded DuckDB within its share of the declared memory, with a private folder to spill into."""
    settings: dict[str, Any] = {
        "memory_limit": f"{plan.memory_mb - min(KEPT_MB, int(KEPT_SHARE * plan.memory_mb))}MB",
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if plan.threads is not None:
        settings["threads"] = plan.threads
    try:
        with tempfile.TemporaryDirectory(prefix="rmanalytics-") as spill:
            connection = ibis.duckdb.connect(temp_directory=spill, **settings)
            try:
                connection.raw_sql("SET TimeZone = 'UTC'")
                paths = [_literal_glob(path) for path in files.paths]
                events = connection.read_parquet(paths, union_by_name=True, hive_partitioning=False)
                connection.con.register("codes", codes)
                connection.raw_sql("CREATE TEMP TABLE people AS FROM codes")
                yield connection.to_pyarrow_batches, events.select(*files.kinds), connection.table("people")
            finally:
                connection.disconnect()
    except duckdb.OutOfMemoryException:
        raise _refused("RM-E-118", label, key("the memory does not suffice for the events"), TOO_SMALL) from None
    except (duckdb.Error, pa.ArrowException, OSError):
        raise _unreadable(label) from None


def _literal_glob(path: Path) -> str:
    """A path in which DuckDB sees no pattern."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path.absolute()))


SPARK_ENVIRONMENT = "RMANALYTICS_SPARK"
"""Names the Spark of another machine a second time: whoever edits a programme alone cannot send rows there."""


@contextmanager
def _spark(files: EventFiles, plan: Events, codes: pa.Table, label: str) -> Iterator[Any]:
    """A Spark session of our own, gone with all its files and processes at the end."""
    if not plan.spark.startswith("local") and os.environ.get(SPARK_ENVIRONMENT) != plan.spark:
        rule = key("the rows would leave this machine, to a Spark that the programme alone names")
        raise _refused(
            "RM-E-099",
            label,
            rule,
            filled("set {spark_environment} to the same address, if they may", spark_environment=SPARK_ENVIRONMENT),
        )
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java", path=str(Path(home) / "bin") if home else None):
        raise _refused(
            "RM-E-117", label, key("Spark needs Java, and there is none"), key("install Java 17, or set JAVA_HOME")
        )
    try:
        from py4j.protocol import Py4JError  # noqa: PLC0415  (an extra)
        from pyspark.errors import PySparkException  # noqa: PLC0415
        from pyspark.sql import SparkSession  # noqa: PLC0415
    except ImportError:
        remedy = key("install the extra: pip install 'rmanalytics[spark]', or make spark")
        raise _refused("RM-E-117", label, key("the engine is Spark, which is not installed"), remedy) from None
    if SparkSession.getActiveSession() is not None:
        rule, remedy = (
            key("another Spark session is open in this process"),
            key("stop it, or call rmanalytics in a new process"),
        )
        raise _refused("RM-E-117", label, rule, remedy)
    try:
        with tempfile.TemporaryDirectory(prefix="rmanalytics-") as scratch:
            builder = SparkSession.builder.master(plan.spark).appName("rmanalytics events")
            for name, value in _spark_settings(plan, scratch).items():
                builder = builder.config(name, value)
            session = builder.getOrCreate()
            try:
                session.read.parquet(*map(_literal_uri, files.paths)).createOrReplaceTempView("events")
                session.createDataFrame(codes).createOrReplaceTempView("people")
                connection = ibis.pyspark.connect(session)
                events, people = connection.table("events").select(*files.kinds), connection.table("people")
                yield lambda found: session.sql(connection.compile(found)).toArrow().to_batches(), events, people
            finally:
                _stop(session)
    except (PySparkException, Py4JError):
        raise _unreadable(label) from None


def _spark_settings(plan: Events, scratch: str) -> dict[str, str]:
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.legacy.parquet.nanosAsLong": "true",
        "spark.sql.autoBroadcastJoinThreshold": BROADCAST,
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(Path(scratch) / "warehouse"),
        "spark.local.dir": scratch,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.driver.memory": f"{plan.memory_mb}m",
        "spark.driver.maxResultSize": "0",
    }
    if plan.spark.startswith("local"):
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        settings |= {"spark.sql.shuffle.partitions": LOCAL_PARTITIONS}
    return settings


def _literal_uri(path: Path) -> str:
    """An address in which Spark sees no pattern: it reads its sources as patterns, with a backslash before signs."""
    return "".join(f"\\{sign}" if sign in "*?[]{}\\" else sign for sign in str(path.absolute()))


def _stop(session: Any) -> None:
    """Stop the session and the Java process behind it, which PySpark would keep until Python ends."""
    gateway = session.sparkContext._gateway
    session.stop()
    gateway.shutdown()
    process = getattr(gateway, "proc", None)
    if process is not None:
        process.stdin.close()
        process.wait(timeout=60)
    context = type(session.sparkContext)
    context._gateway = context._jvm = None


def _unreadable(label: str) -> InputError:
    remedy = key("write the Parquet files again; with Spark, check that every machine of it sees them")
    return _refused("RM-E-119", label, key("the events cannot be read to their end"), remedy)


def _refused(code: str, name: str, rule: str, remedy: str) -> InputError:
    return InputError((Problem(code=code, file=name, rule=rule, remedy=remedy),))
