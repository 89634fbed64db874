"""Collaboration events are counted by pair and wave: one expression, run by an embedded DuckDB or by Spark.

Unit: one event, that is one row of the Parquet files; after the expression one pair of people at one wave. Every row
gets a key: the pair and wave that it counts for, or a number below zero that says why it counts for none. Counting
rows by key then gives the ties and the account of all rows in one pass. Ibis, DuckDB and Spark are imported here alone.
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
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rmanalytics.declaration import DIRECTED, SPARK, Events
from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.event_files import TEXT, EventFiles

MISSING, OUTSIDE, OTHER_KIND, UNKNOWN, SELF, LISTED, WEAK = range(-1, -8, -1)
"""Keys of rows that count for no tie: an empty cell, outside of all windows, a kind that is not counted, a person who
is not in people, a person with herself or himself, a mailing list, a pair with too few events."""

PLACE = "int16"
SIGNED_BITS = 64
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
        with engine(files, plan, _codes(ids), label) as (read, table, people):
            expression = weighted_pairs(table, people, plan, kinds=files.kinds, people_n=len(ids))
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
        if int(keys.max(initial=0)).bit_length() + width < SIGNED_BITS:
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


def weighted_pairs(
    events: ir.Table, people: ir.Table, plan: Events, *, kinds: Mapping[str, str], people_n: int
) -> ir.Table:
    """The expression: events to pairs with their number of events, every other row counted by its reason.

    Parameters
    ----------
    events : Table
        ``source_id, target_id, at`` and, where they are there, ``kind, event_id``.
    people : Table
        ``id`` (text), ``number`` (the id as a whole number, where it is one), ``code`` (0, 1, …).
    plan : Events
        Rules.
    kinds : mapping of str to str
        What each column holds.
    people_n : int
        Number of codes.

    Returns
    -------
    Table
        ``key, events, rows, pairs``. A key from 0 is ``(wave × people_n + source) × people_n + target``, with the
        smaller code first where direction does not count; a key below 0 is a reason.
    """
    text = TEXT in (kinds["source_id"], kinds["target_id"])
    once = "event_id" in kinds
    rows = _placed(_listed(events, plan, kinds), plan, kinds)
    if once and text:  # Two spellings may be one person, whose rows of one event count once: look people up first.
        counted = _counted(_keyed(rows, people, plan, kinds, people_n), ("key",), once=True)
    else:
        counted = _keyed(_counted(rows, ("place", "source_id", "target_id"), once=once), people, plan, kinds, people_n)
        if text:
            counted = _summed(counted)
    return _reported(counted, plan.least_events)


def _placed(rows: ir.Table, plan: Events, kinds: Mapping[str, str]) -> ir.Table:
    """Raw ids with the place where a row counts: its wave, its wave and as many more (a list), or a reason below zero.

    Rows that count for none lose their ids, so that they make one group. Where direction does not count, the smaller
    raw id comes first.
    """
    waves = [
        ((rows.at >= _moment(rows.at, first)) & (rows.at < _moment(rows.at, end)), _place(number))
        for number, (_, first, end) in enumerate(plan.windows)
    ]
    rows = rows.mutate(wave=ibis.cases(*waves))
    reasons = [(rows.at.notnull() & rows.wave.isnull(), _place(OUTSIDE))]
    if plan.kinds:
        reasons.append((~rows.kind.strip().isin(plan.kinds).fill_null(False), _place(OTHER_KIND)))  # noqa: FBT003
    reasons.append((rows.at.isnull() | rows.source_id.isnull() | rows.target_id.isnull(), _place(MISSING)))
    if plan.most_recipients is not None:
        reasons.append((rows.listed.notnull(), (rows.wave + len(plan.waves)).cast(PLACE)))
    rows = rows.mutate(place=ibis.cases(*reasons, else_=rows.wave))
    source, target = (_raw(rows[column], kinds[column]) for column in ("source_id", "target_id"))
    if plan.direction != DIRECTED and source.type() == target.type():
        source, target = ibis.least(source, target), ibis.greatest(source, target)
    counts = rows.place >= 0
    ids = {"source_id": ibis.ifelse(counts, source, None), "target_id": ibis.ifelse(counts, target, None)}
    return rows.select("place", *(("event_id",) if "event_id" in kinds else ()), **ids)


def _place(number: int) -> ir.Scalar:
    return ibis.literal(number, PLACE)


def _raw(column: ir.Column, kind: str) -> ir.Column:
    return column if kind == TEXT else column.cast("int64")


def _keyed(rows: ir.Table, people: ir.Table, plan: Events, kinds: Mapping[str, str], people_n: int) -> ir.Table:
    """Look the people up, and give every row its key; ids and place are gone."""
    kept = [column for column in rows.columns if column not in {"place", "source_id", "target_id"}]
    for column in ("source_id", "target_id"):
        rows = _coded(rows, people, column, text=kinds[column] == TEXT)
    source, target = rows.source_id_code, rows.target_id_code
    pair = (
        (source, target) if plan.direction == DIRECTED else (ibis.least(source, target), ibis.greatest(source, target))
    )
    place = rows.place.cast("int64")
    reasons = [
        (place < 0, place),
        (rows.source_id_empty | rows.target_id_empty, _key(MISSING)),
        (source.isnull() | target.isnull(), _key(UNKNOWN)),
        (source == target, _key(SELF)),
    ]
    if plan.most_recipients is not None:
        reasons.append((place >= len(plan.waves), _key(LISTED)))
    return rows.select(*kept, key=ibis.cases(*reasons, else_=(place * people_n + pair[0]) * people_n + pair[1]))


def _key(reason: int) -> ir.Scalar:
    return ibis.literal(reason, "int64")


def _listed(events: ir.Table, plan: Events, kinds: Mapping[str, str]) -> ir.Table:
    """Mark events that reach more people than ``most_recipients``; the people are told apart by their raw ids."""
    if plan.most_recipients is None:
        return events
    one = ("event_id",) if "event_id" in kinds else tuple(c for c in ("source_id", "at", "kind") if c in kinds)
    reached = events.select(*one, "target_id").distinct().group_by(*one).agg(recipients=ibis._.target_id.count())
    large = reached.filter(reached.recipients > plan.most_recipients)
    large = large.select(**{f"list_{column}": large[column] for column in one}, listed=ibis.literal(1, "int64"))
    return events.left_join(large, [events[column] == large[f"list_{column}"] for column in one])


def _coded(rows: ir.Table, people: ir.Table, column: str, *, text: bool) -> ir.Table:
    """Add the code of a person column (null where unknown) and whether the cell is empty.

    A text that is no id as it stands is cleaned by the rules of the CSV files and looked up again.
    """
    code, empty = f"{column}_code", f"{column}_empty"
    if not text:
        numbers = people.select(**{f"{column}_number": people.number, code: people.code})
        found = rows.left_join(numbers, rows[column] == numbers[f"{column}_number"])
        return found.mutate(**{empty: found[column].isnull()})
    plain = people.select(**{f"{column}_as_is": people.id, f"{column}_first": people.code})
    again = people.select(**{f"{column}_mended": people.id, f"{column}_second": people.code})
    rows = rows.left_join(plain, rows[column] == plain[f"{column}_as_is"])
    cleaned = ibis.ifelse(rows[f"{column}_first"].isnull(), _clean(rows[column]), ibis.null("string"))
    rows = rows.mutate(**{f"{column}_clean": cleaned})
    rows = rows.left_join(again, rows[f"{column}_clean"] == again[f"{column}_mended"])
    unknown = rows[f"{column}_first"].isnull()
    return rows.mutate(
        **{
            code: ibis.coalesce(rows[f"{column}_first"], rows[f"{column}_second"]),
            empty: unknown & (rows[column].isnull() | (rows[f"{column}_clean"] == "").fill_null(False)),  # noqa: FBT003
        }
    )


def _clean(text: ir.StringValue) -> ir.StringValue:
    """An id without spaces and invisible characters, without a spreadsheet's wrapping and decimal zeros."""
    ends = text.re_replace(r"^[\p{Z}\p{Cc}\p{Cf}]+|[\p{Z}\p{Cc}\p{Cf}]+$", "")
    bare = ends.re_replace(r"\p{Cf}+", "").re_replace(r"""^="|^'|"$""", "")
    zeros = bare.re_search(r"^[0-9]+[.,]0+$")
    return ibis.ifelse(zeros, bare.re_replace(r"[.,]0+$", ""), bare)


def _moment(at: ir.Column, day: date) -> ir.Scalar:
    """Midnight (UTC) of a day, in the type of the column."""
    kind = at.type()
    if kind.is_date():
        return ibis.literal(day)
    midnight = datetime.combine(day, time(), tzinfo=UTC)
    if kind.is_integer():  # Spark reads time stamps of nanoseconds as whole numbers.
        return ibis.literal(int(midnight.timestamp()) * 10**9, "int64")
    return ibis.literal(midnight if kind.timezone else midnight.replace(tzinfo=None))


def _counted(rows: ir.Table, by: tuple[str, ...], *, once: bool) -> ir.Table:
    """Rows and events of each group; with ids of events, several rows of one event are one event of the group."""
    if not once:
        return rows.group_by(by).agg(events=rows.count())
    single = rows.group_by(*by, "event_id").agg(rows=rows.count())
    times = ibis.ifelse(single.event_id.isnull(), single.rows, ibis.literal(1, "int64"))
    return single.group_by(by).agg(events=_sum(times), rows=_sum(single.rows))


def _reported(counted: ir.Table, least_events: int) -> ir.Table:
    """Pairs with enough events, and one row for each reason and for all other pairs together.

    Both parts ask for ``told``, never for the key alone: an engine that could move a filter on the key below the
    counting would count everything twice.
    """
    if least_events == 1:
        return counted
    told = ibis.ifelse(counted.key < 0, ibis.literal(0, "int64"), counted.events)
    strong = counted.filter(told >= least_events).mutate(pairs=ibis.literal(1, "int64"))
    rest = counted.filter(told < least_events)
    rest = rest.mutate(key=ibis.ifelse(rest.key < 0, rest.key, ibis.literal(WEAK, "int64")))
    summed = _summed(rest.mutate(pairs=ibis.literal(1, "int64")))
    return strong.select(*summed.columns).union(summed)


def _summed(counted: ir.Table) -> ir.Table:
    """Everything summed up by key."""
    return counted.group_by("key").agg(**{name: _sum(counted[name]) for name in counted.columns if name != "key"})


def _sum(column: ir.IntegerColumn) -> ir.IntegerColumn:
    """A sum of counts in 64 bits: DuckDB's has 128, which Ibis does not know of, and would make all columns so."""
    return column.sum().cast("float64").cast("int64")


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
    """An embedded DuckDB within the declared memory, with a private folder to spill into."""
    settings: dict[str, Any] = {
        "memory_limit": f"{plan.memory_mb}MB",
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
        raise _refused("RM-E-118", label, "the memory does not suffice for the events", TOO_SMALL) from None
    except (duckdb.Error, pa.ArrowException, OSError):
        raise _unreadable(label) from None


def _literal_glob(path: Path) -> str:
    """A path in which DuckDB sees no pattern."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path.absolute()))


@contextmanager
def _spark(files: EventFiles, plan: Events, codes: pa.Table, label: str) -> Iterator[Any]:
    """A Spark session of our own, gone with all its files and processes at the end."""
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java", path=str(Path(home) / "bin") if home else None):
        raise _refused("RM-E-117", label, "Spark needs Java, and there is none", "install Java 17, or set JAVA_HOME")
    try:
        from py4j.protocol import Py4JError  # noqa: PLC0415  (an extra)
        from pyspark.errors import PySparkException  # noqa: PLC0415
        from pyspark.sql import SparkSession  # noqa: PLC0415
    except ImportError:
        remedy = "install the extra: pip install 'rmanalytics[spark]', or make spark"
        raise _refused("RM-E-117", label, "the engine is Spark, which is not installed", remedy) from None
    if SparkSession.getActiveSession() is not None:
        rule, remedy = "another Spark session is open in this process", "stop it, or call rmanalytics in a new process"
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
    remedy = "write the Parquet files again; with Spark, check that every machine of it sees them"
    return _refused("RM-E-119", label, "the events cannot be read to their end", remedy)


def _refused(code: str, name: str, rule: str, remedy: str) -> InputError:
    return InputError((Problem(code=code, file=name, rule=rule, remedy=remedy),))
