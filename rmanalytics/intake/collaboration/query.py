"""The expression that counts collaboration events by pair and wave, in Ibis: the same for DuckDB and for Spark.

Unit: one event, then one group of rows with the same ids and wave, then one pair of people at one wave. Rows are
grouped by their ids as they stand, and people looked up for the few groups, not for the many rows. Every group gets a
key: the pair and wave that it counts for, or a number below zero that says why it counts for none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time

import ibis
import ibis.expr.types as ir

from rmanalytics.intake.collaboration.parquet_files import TEXT
from rmanalytics.programme.declaration import DIRECTED, SPARK, Events

MISSING, OUTSIDE, OTHER_KIND, UNKNOWN, SELF, LISTED, WEAK = range(-1, -8, -1)
"""Keys of rows that count for no tie: an empty cell, outside of all windows, a kind that is not counted, a person who
is not in people, a person with herself or himself, a mailing list, a pair with too few events."""

PLACE = "int32"
POSITIVE_BITS = 63


def weighted_pairs(
    events: ir.Table,
    people: ir.Table,
    plan: Events,
    *,
    kinds: Mapping[str, str],
    people_n: int,
    most_number: int | None,
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
    most_number : int or None
        Largest ``number``; None where there is none.

    Returns
    -------
    Table
        ``key, events``, with ids of events ``rows``, with *least_events* above 1 ``pairs``. A key from 0 is
        ``(wave × people_n + source) × people_n + target``, with the smaller code first where direction does not count,
        and stands once; a key below 0 is a reason, and may stand in several rows.
    """
    text = TEXT in (kinds["source_id"], kinds["target_id"])
    once = "event_id" in kinds
    bits = 0 if text else _bits(most_number, len(plan.waves))
    rows = _placed(_listed(events, plan, kinds), plan, kinds)
    ordered = plan.direction != DIRECTED and (kinds["source_id"] == TEXT) == (kinds["target_id"] == TEXT)
    rows = _packed(rows, bits, ordered=ordered) if bits else _bare(rows, ordered=ordered)
    if once and text:  # Two spellings may be one person, whose rows of one event count once: look people up first.
        counted = _counted(_keyed(rows, people, plan, kinds, people_n), once=True)
    else:
        counted = _counted(rows, once=once)
        counted = _keyed(_unpacked(counted, bits) if bits else counted, people, plan, kinds, people_n)
        # Text may spell one person in two ways; on Spark, reasons are summed up before they are sent.
        counted = _summed(counted) if text or plan.engine == SPARK else counted
    return _reported(counted, plan.least_events)


def _placed(rows: ir.Table, plan: Events, kinds: Mapping[str, str]) -> ir.Table:
    """Raw ids with the place where a row counts: its wave, its wave and as many more (a list), or a reason below 0."""
    waves = [
        ((rows.at >= _moment(rows.at, first)) & (rows.at < _moment(rows.at, end)), _place(number))
        for number, (_, first, end) in enumerate(plan.windows)
    ]
    rows = rows.mutate(place=ibis.cases(*waves, (rows.at.isnull(), _place(MISSING)), else_=_place(OUTSIDE)))
    if plan.kinds:
        counts = rows.kind.strip().isin(plan.kinds).fill_null(False)  # noqa: FBT003
        rows = rows.mutate(place=ibis.ifelse((rows.place == OUTSIDE) | counts, rows.place, _place(OTHER_KIND)))
    if plan.most_recipients is not None:
        listed = rows.listed.notnull() & (rows.place >= 0)
        rows = rows.mutate(place=ibis.ifelse(listed, rows.place + len(plan.waves), rows.place).cast(PLACE))
    ids = {column: _raw(rows[column], kinds[column]) for column in ("source_id", "target_id")}
    return rows.select(*(("event_id",) if "event_id" in kinds else ()), place=rows.place, **ids)


def _bare(rows: ir.Table, *, ordered: bool) -> ir.Table:
    """Rows that count for no pair lose their ids, so that all of a reason make one group.

    With *ordered*, the smaller raw id comes first.
    """
    source, target = rows.source_id, rows.target_id
    missing = source.isnull() | target.isnull()
    ids = (ibis.least(source, target), ibis.greatest(source, target)) if ordered else (source, target)
    place = ibis.ifelse((rows.place >= 0) & missing, _place(MISSING), rows.place)
    rows = rows.mutate(place=place, source_id=ids[0], target_id=ids[1])
    counts = rows.place >= 0
    return rows.mutate(**{column: ibis.ifelse(counts, rows[column], None) for column in ("source_id", "target_id")})


def _packed(rows: ir.Table, bits: int, *, ordered: bool) -> ir.Table:
    """Place and ids as one number ``group``, which groups in less memory; an id that is too large for it is nobody's.

    With *ordered*, the smaller id comes first. The larger one is what the smaller leaves of both: one choice a row,
    not two. DuckDB knows the ranges of all parts, and leaves out its checks for overflow.
    """
    source, target, place = rows.source_id, rows.target_id, rows.place.cast("int64")
    mask = (1 << bits) - 1
    both = source * (1 << bits) + target
    if ordered:
        both = ibis.ifelse(source < target, source, target) * mask + source + target
    group = ibis.cases(
        (rows.place < 0, place),
        ((source | target).between(0, mask), place * (1 << 2 * bits) + both),
        (source.isnull() | target.isnull(), _key(MISSING)),
        else_=_key(UNKNOWN),
    )
    return rows.select(*(column for column in rows.columns if column == "event_id"), group=group)


def _bits(most_number: int | None, waves_n: int) -> int:
    """Bits of each id where place and both ids fit into one positive whole number; 0 where they do not.

    Examples
    --------
    >>> _bits(99_999, 4), _bits(10**17, 4), _bits(None, 4)
    (17, 0, 0)
    """
    bits = 0 if most_number is None else max(most_number.bit_length(), 1)
    return bits if 2 * bits + (2 * waves_n).bit_length() <= POSITIVE_BITS else 0


def _unpacked(counted: ir.Table, bits: int) -> ir.Table:
    group, mask = counted.group, (1 << bits) - 1
    ids = {"source_id": (group >> bits) & mask, "target_id": group & mask}
    return counted.select(
        *(column for column in counted.columns if column != "group"),
        place=ibis.ifelse(group < 0, group, group >> 2 * bits),
        **{column: ibis.ifelse(group < 0, None, number) for column, number in ids.items()},
    )


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


def _counted(rows: ir.Table, *, once: bool) -> ir.Table:
    """Rows and events of each group; with ids of events, several rows of one event are one event of the group."""
    by = [column for column in rows.columns if column != "event_id"]
    if not once:
        return rows.group_by(by).agg(events=rows.count())
    single = rows.group_by(*by, "event_id").agg(rows=rows.count())
    times = ibis.ifelse(single.event_id.isnull(), single.rows, ibis.literal(1, "int64"))
    return single.group_by(by).agg(events=_sum(times), rows=_sum(single.rows))


def _reported(counted: ir.Table, least_events: int) -> ir.Table:
    """Pairs with enough events, and all other pairs together as one more reason.

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
