"""Collaboration events become ties: counted as by hand, whatever the order, the types and the spelling of ids."""

from __future__ import annotations

import hashlib
import random
import stat
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import folders
import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from event_tools import NUMBER_IDS, TEXT_IDS, counted_by_hand, moment, random_events, read_all, ties_of, write_events
from folders import write_minimal

from rmanalytics.errors import InputError
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.intake.collaboration import engines, parquet_files, query
from rmanalytics.intake.collaboration import ties as event_ties
from rmanalytics.intake.collaboration.ties import read_events
from rmanalytics.intake.schema import TABLES, Column
from rmanalytics.intake.values import read_words
from rmanalytics.programme.declaration import DIRECTED, UNDIRECTED, Events
from rmanalytics.programme.programme import read_programme

WAVES = (date(2024, 12, 31), date(2025, 6, 30), date(2025, 12, 31), date(2026, 6, 30))
PEOPLE = ["A", "B", "C", "D"]


def plan_of(**rules) -> Events:
    return Events(**{"files": ("events",), "waves": WAVES, "outsiders": True} | rules)


def few(*pairs: tuple, at: str = "2026-05-04T09:00", **columns) -> list[dict]:
    rows = [{"source_id": s, "target_id": t, "at": moment(at), "kind": "mail"} for s, t in pairs]
    return [row | {name: values[n] for name, values in columns.items()} for n, row in enumerate(rows)]


def weights(folder: Path, **rules) -> dict:
    read = read_all(folder, plan_of(waves=(WAVES[-1],), **rules), PEOPLE)
    return {key[1:]: weight for key, weight in ties_of(read).items()}


def refusal(folder: Path, plan: Events, people=PEOPLE) -> list[str]:
    with pytest.raises(InputError) as refused:
        read_events(folder, plan, people)
    return [problem.code for problem in refused.value.refused]


RULES = {
    "undirected": {},
    "directed": {"direction": DIRECTED},
    "two events": {"least_events": 2},
    "lists": {"most_recipients": 8, "direction": DIRECTED},
    "kinds": {"kinds": ("mail", "chat"), "least_events": 2, "most_recipients": 8},
    "short windows": {"days": 30},
}


@pytest.mark.parametrize("numbers", [False, True], ids=["text", "numbers"])
@pytest.mark.parametrize("event_ids", [False, True], ids=["rows", "event ids"])
@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_the_ties_and_every_reason_are_those_counted_by_hand(tmp_path, rules, event_ids, numbers):
    rows = random_events(7, 4000, numbers=numbers, event_ids=event_ids)
    people = NUMBER_IDS if numbers else TEXT_IDS
    plan = plan_of(**rules)
    write_events(tmp_path / "events" / "a.parquet", rows)
    read = read_all(tmp_path, plan, people)
    ties, reasons = counted_by_hand(rows, plan, people)
    assert ties_of(read) == ties
    files = parquet_files.look_into(tmp_path, plan.files)
    assert Counter(dict(engines.count_events(files, plan, sorted(people)).rows)) == reasons
    assert read.account.rows == len(rows)
    assert read.account.quarantined == reasons[query.MISSING]


def test_neither_the_order_of_rows_nor_the_number_of_files_matters(tmp_path):
    rows = random_events(8, 3000)
    write_events(tmp_path / "events" / "a.parquet", rows)
    first = read_all(tmp_path, plan_of(), TEXT_IDS)
    random.Random(1).shuffle(rows)
    for part in range(3):
        write_events(tmp_path / "more" / f"sub{part}" / "part.parquet", rows[part::3])
    (tmp_path / "more" / "_SUCCESS").write_text("", encoding="utf-8")
    second = read_all(tmp_path, plan_of(files=("more",)), list(reversed(TEXT_IDS)))
    pd.testing.assert_frame_equal(first.ties, second.ties)
    assert sorted(second.digests) == [f"more/sub{part}/part.parquet" for part in range(3)]


def test_the_ties_are_canonical_and_in_order(tmp_path):
    write_events(tmp_path / "events" / "a.parquet", few(("B", "A"), ("A", "B"), ("C", "A")))
    ties = read_all(tmp_path, plan_of(waves=(WAVES[-1],), kind="talk"), PEOPLE).ties
    assert ties["source_id"].tolist() == ["A", "A", "B", "C"]
    assert ties["weight"].tolist() == [2.0, 1.0, 2.0, 1.0]
    assert ties.dtypes.astype(str).to_dict() == {
        "wave_date": "datetime64[s]",
        "source_id": "str",
        "target_id": "str",
        "kind": "str",
        "weight": "float64",
    }
    assert set(ties["kind"]) == {"talk"}


def test_direction_counts_only_where_it_is_declared(tmp_path):
    write_events(tmp_path / "events" / "a.parquet", few(("A", "B"), ("B", "A"), ("A", "B"), ("A", "C")))
    assert weights(tmp_path, direction=DIRECTED) == {("A", "B"): 2, ("B", "A"): 1, ("A", "C"): 1}
    assert weights(tmp_path, direction=UNDIRECTED) == {
        ("A", "B"): 3,
        ("B", "A"): 3,
        ("A", "C"): 1,
        ("C", "A"): 1,
    }


def test_rows_of_one_event_count_once_and_rows_without_an_event_each(tmp_path):
    rows = few(*[("A", "B")] * 3, ("B", "A"), ("A", "B"), ("A", "B"), event_id=["1", "1", "2", "1", None, None])
    write_events(tmp_path / "events" / "a.parquet", rows)
    assert weights(tmp_path)["A", "B"] == 4
    assert weights(tmp_path, direction=DIRECTED) == {("A", "B"): 4, ("B", "A"): 1}
    assert weights(tmp_path, least_events=4)["A", "B"] == 4
    read = read_all(tmp_path, plan_of(waves=(WAVES[-1],)), PEOPLE)
    assert (read.account.used, read.account.excluded) == (4, 2)
    assert [(p.code, p.row_count) for p in read.problems] == [("RM-N-125", 2)]


def test_a_list_is_told_by_its_recipients_with_strangers_among_them(tmp_path):
    rows = few(*[("A", target) for target in ("B", "C", "S1", "S2")], ("A", "D"))
    rows[-1]["at"] = moment("2026-05-04T09:01")
    write_events(tmp_path / "events" / "a.parquet", rows)
    assert set(weights(tmp_path, most_recipients=4)) == {("A", "B"), ("A", "C"), ("A", "D")} | {
        ("B", "A"),
        ("C", "A"),
        ("D", "A"),
    }
    assert weights(tmp_path, most_recipients=3, direction=DIRECTED) == {("A", "D"): 1}


SPELT = (
    "007",
    " 007",
    "007\u200b",
    "'007",
    '="007"',
    "\ufeff007 ",
    "7",
    "0 07",
    "Zoë",
    "Zoe\u0308",
    "zoë",
    "\u00a0",
    "",
    "x@y",
)


@pytest.mark.parametrize("spelt", SPELT)
def test_an_id_is_read_as_in_a_csv_file(tmp_path, spelt):
    column = Column(name="person_id", kind="id")
    reading = read_words([spelt], np.array([True]), column, delimiter=",", latest=date(2028, 1, 1))
    meant = str(reading.values[0])  # noqa: PD011
    write_events(tmp_path / "events" / "a.parquet", few((spelt, "B"), *[("A", "B")] * 30))
    read = read_all(tmp_path, plan_of(waves=(WAVES[-1],), direction=DIRECTED), ["A", "B", "007", "Zoë"])
    assert (meant in set(read.ties["source_id"])) == (meant in {"007", "Zoë"})
    assert read.account.quarantined == int(reading.missing[0])


def test_ids_that_a_spreadsheet_wrote_as_decimal_numbers_are_read_where_people_has_them(tmp_path):
    write_events(tmp_path / "events" / "a.parquet", few(("12.0", "B"), ("13,00", "B"), ("1.5", "B")))
    read = read_all(tmp_path, plan_of(waves=(WAVES[-1],), direction=DIRECTED), ["12", "13", "1", "B"])
    assert read.ties["source_id"].tolist() == ["12", "13"]


def test_a_number_is_not_an_id_with_leading_zeros(tmp_path):
    write_events(tmp_path / "events" / "a.parquet", few((7, "B"), (8, "B"), (12345678901234567, "B")))
    read = read_all(tmp_path, plan_of(waves=(WAVES[-1],), direction=DIRECTED), ["007", "8", "B", "12345678901234567"])
    assert read.ties["source_id"].tolist() == ["12345678901234567", "8"]


EDGES = ("2026-01-01T00:00:00", "2026-06-30T23:59:59", "2025-12-31T23:59:59", "2026-07-01T00:00:00")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Zurich"])
def test_a_window_holds_its_first_and_its_last_moment_in_utc(tmp_path, unit, zone):
    rows = [
        few(pair, at=at)[0] for pair, at in zip((("A", "B"), ("A", "C"), ("B", "C"), ("B", "D")), EDGES, strict=True)
    ]
    write_events(tmp_path / "events" / "a.parquet", rows, unit=unit, zone=zone)
    assert weights(tmp_path, direction=DIRECTED) == {("A", "B"): 1, ("A", "C"): 1}


def test_a_day_is_enough_and_dictionaries_are_text(tmp_path):
    (tmp_path / "events").mkdir()
    table = pa.table(
        {
            "source_id": pa.array(["A", "B"]).dictionary_encode(),
            "target_id": pa.array(["B", "C"], pa.large_string()),
            "at": pa.array([date(2026, 6, 30), date(2026, 7, 1)]),
        }
    )
    pq.write_table(table, tmp_path / "events" / "a.parquet")
    assert weights(tmp_path, direction=DIRECTED) == {("A", "B"): 1}


def test_columns_that_events_do_not_have_are_not_read(tmp_path):
    rows = few(("A", "B"), subject=["a secret"])
    write_events(tmp_path / "events" / "kind=chat" / "a.parquet", rows)
    assert weights(tmp_path, kinds=("mail",), direction=DIRECTED) == {("A", "B"): 1}


@pytest.mark.parametrize("name", ["ev[1]", "e{v}", "50 % of ü's"])
def test_signs_of_patterns_in_names_are_only_signs(tmp_path, name):
    write_events(tmp_path / name / "a[0-9].parquet", few(("A", "B")))
    write_events(tmp_path / "ev1" / "a1.parquet", few(("C", "D")))
    assert set(weights(tmp_path, files=(name,), direction=DIRECTED)) == {("A", "B")}


def table_with(**columns) -> pa.Table:
    usual = {"source_id": ["A"], "target_id": ["B"], "at": [moment("2026-05-04")]}
    return pa.table({name: value for name, value in (usual | columns).items() if value is not None})


def _write(folder: Path, table: pa.Table, name: str = "a.parquet") -> None:
    (folder / "events").mkdir(exist_ok=True)
    pq.write_table(table, folder / "events" / name)


BAD_TABLES = {
    "source missing": (table_with(source_id=None, kind=["mail"]), "RM-E-013"),
    "time missing": (table_with(at=None, kind=["mail"]), "RM-E-013"),
    "kind missing": (table_with(), "RM-E-013"),
    "time as text": (table_with(at=["2026-05-04"], kind=["mail"]), "RM-E-112"),
    "time as number": (table_with(at=[1_700_000_000], kind=["mail"]), "RM-E-112"),
    "ids as decimals": (table_with(source_id=[1.0], kind=["mail"]), "RM-E-112"),
    "ids as bytes": (table_with(source_id=[b"A"], kind=["mail"]), "RM-E-112"),
    "ids nested": (table_with(source_id=[["A"]], kind=["mail"]), "RM-E-112"),
    "kind as number": (table_with(kind=[1]), "RM-E-112"),
    "no rows": (table_with(kind=["mail"]).slice(0, 0), "RM-E-012"),
}


@pytest.mark.parametrize(("table", "code"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_a_table_of_another_shape_is_refused(tmp_path, table, code):
    _write(tmp_path, table)
    assert refusal(tmp_path, plan_of(kinds=("mail",))) == [code]


def test_every_file_is_named_that_is_not_what_it_should_be(tmp_path):
    _write(tmp_path, table_with())
    _write(tmp_path, table_with(source_id=[1]), "b.parquet")
    (tmp_path / "events" / "c.parquet").write_bytes(b"PAR1 not at all PAR1")
    (tmp_path / "events" / "d.csv").write_text("source_id,target_id,at\n", encoding="utf-8")
    (tmp_path / "events" / "e.parquet").write_bytes(b"")
    assert refusal(tmp_path, plan_of()) == ["RM-E-113", "RM-E-010", "RM-E-010", "RM-E-010"]


def test_damaged_pages_are_refused_without_a_trace_of_their_content(tmp_path):
    path = write_events(tmp_path / "events" / "a.parquet", random_events(3, 2000))
    data = bytearray(path.read_bytes())
    data[4:3000] = b"\xff" * 2996
    path.write_bytes(data)
    assert refusal(tmp_path, plan_of()) == ["RM-E-119"]


def test_what_is_not_there_not_inside_or_twice_is_refused(tmp_path):
    folder = tmp_path / "programme"
    outside = write_events(tmp_path / "outside.parquet", few(("A", "B")))
    inside = write_events(folder / "events" / "a.parquet", few(("A", "B")))
    (folder / "empty").mkdir()
    (folder / "links").mkdir()
    (folder / "links" / "a.parquet").symlink_to(outside)
    (folder / "again").symlink_to(inside)
    assert refusal(folder, plan_of(files=("event",))) == ["RM-E-001"]
    assert refusal(folder, plan_of(files=("empty",))) == ["RM-E-110"]
    assert refusal(folder, plan_of(files=("links",))) == ["RM-E-009"]
    assert refusal(folder, plan_of(files=("events", "again"))) == ["RM-E-111"]


def test_too_many_unknown_people_refuse_the_events_unless_outsiders_are_declared(tmp_path):
    write_events(tmp_path / "events" / "a.parquet", few(*[("A", "B")] * 20, ("A", "X")))
    one_wave = {"waves": (WAVES[-1],), "outsiders": False}
    read = read_all(tmp_path, plan_of(**one_wave), PEOPLE)
    assert ([p.code for p in read.problems], read.account.quarantined) == (["RM-Q-048"], 1)
    write_events(tmp_path / "events" / "a.parquet", few(*[("A", "B")] * 18, ("A", "X")))
    assert refusal(tmp_path, plan_of(**one_wave)) == ["RM-E-048"]
    open_ = read_all(tmp_path, plan_of(waves=(WAVES[-1],)), PEOPLE)
    assert ([p.code for p in open_.problems], open_.account.excluded) == (["RM-N-124"], 1)


def test_a_wave_without_ties_and_events_without_ties_are_refused(tmp_path):
    write_events(tmp_path / "events" / "a.parquet", few(("A", "B")))
    assert refusal(tmp_path, plan_of(waves=WAVES[2:])) == ["RM-E-115"]
    assert refusal(tmp_path, plan_of(waves=(WAVES[-1],), least_events=2)) == ["RM-E-037"]


def test_a_change_while_reading_is_refused(tmp_path, monkeypatch):
    write_events(tmp_path / "events" / "a.parquet", few(("A", "B")))
    monkeypatch.setattr(event_ties, "stamp_of", lambda path: (0, 0, 0))
    assert refusal(tmp_path, plan_of(waves=(WAVES[-1],))) == ["RM-E-114"]


def test_the_engine_gets_its_memory_and_a_private_folder_that_is_gone_afterwards(tmp_path, monkeypatch):
    seen = {}
    connect = ibis.duckdb.connect

    def watched(**settings):
        seen.update(settings, mode=stat.S_IMODE(Path(settings["temp_directory"]).stat().st_mode))
        connection = connect(**settings)
        names = ("memory_limit", "threads", "temp_directory")
        seen["says"] = [connection.con.sql(f"SELECT current_setting('{name}')").fetchone()[0] for name in names]
        return connection

    monkeypatch.setattr(ibis.duckdb, "connect", watched)
    write_events(tmp_path / "events" / "a.parquet", few(("A", "B")))
    weights(tmp_path, memory_mb=300, threads=1)
    assert seen["says"] == ["200.2 MiB", 1, seen["temp_directory"]]
    assert seen["mode"] == 0o700
    assert not Path(seen["temp_directory"]).exists()


@pytest.mark.slow
def test_more_pairs_than_the_memory_holds_are_spilt_to_disk(tmp_path):
    rng = np.random.default_rng(1)
    ends = rng.integers(3000, size=(2, 6_000_000))
    at = np.full(6_000_000, np.datetime64("2026-05-04", "us"))
    (tmp_path / "events").mkdir()
    pq.write_table(pa.table({"source_id": ends[0], "target_id": ends[1], "at": at}), tmp_path / "events" / "a.parquet")
    plan = plan_of(waves=(WAVES[-1],), memory_mb=200, threads=2, direction=DIRECTED)
    read = read_all(tmp_path, plan, [str(n) for n in range(3000)])
    other = ends[:, ends[0] != ends[1]]
    assert read.ties["weight"].sum() == other.shape[1]
    assert len(read.ties) == len(np.unique(other[0] * 3000 + other[1]))


def test_too_little_memory_is_told_and_not_a_crash(tmp_path, monkeypatch):
    def poor(*_):
        raise engines.duckdb.OutOfMemoryException("a name may stand here")

    write_events(tmp_path / "events" / "a.parquet", few(("A", "B")))
    monkeypatch.setattr(engines, "weighted_pairs", poor)
    monkeypatch.setattr(engines, "weighted_pairs", lambda *_, **__: poor())
    assert refusal(tmp_path, plan_of(waves=(WAVES[-1],))) == ["RM-E-118"]


def test_a_small_file_has_the_digest_of_its_bytes_and_a_large_one_of_its_footer_and_samples(tmp_path, monkeypatch):
    path = write_events(tmp_path / "a.parquet", random_events(4, 2000))
    assert parquet_files.event_digest(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(parquet_files, "WHOLE_DIGEST_BYTES", 1000)
    first = parquet_files.event_digest(path)
    assert first.startswith("sampled-")
    assert parquet_files.event_digest(path) == first
    write_events(path, random_events(5, 2000))
    assert parquet_files.event_digest(path) != first


EVENTS_TOML = '\n[network.events]\nfiles = "events"\nwaves = [2025-12-31, 2026-06-30]\noutsiders = true\n'


def programme_with(folder: Path, extra: str = "", toml: str = EVENTS_TOML) -> Path:
    write_minimal(folder)
    path = folder / "programme.toml"
    path.write_text(path.read_text(encoding="utf-8") + toml + extra, encoding="utf-8")
    people = [*folders.MENTORS, *folders.MENTEES]
    rows = [
        few((a, b), at=at)[0] for at in ("2025-09-01", "2026-05-04") for a, b in zip(people, people[3:], strict=False)
    ]
    write_events(folder / "events" / "a.parquet", rows)
    return folder


def test_the_bundle_holds_ties_of_both_sources_with_accounts_and_digests(tmp_path):
    folder = programme_with(tmp_path)
    bundle = read_bundle(folder)
    ties = bundle.table("ties")
    assert set(ties["kind"]) == {"advice", "collaboration"}
    assert list(ties.columns) == [column.name for column in TABLES["ties"].columns]
    assert (
        ties.dtypes.astype(str).to_dict()
        == read_bundle(folder, only=("ties",)).table("ties").dtypes.astype(str).to_dict()
    )
    account = bundle.accounts[-1]
    assert (account.table, account.file, account.rows, account.used) == ("events", "events", 22, 22)
    assert bundle.digests["events/a.parquet"] == hashlib.sha256((folder / "events/a.parquet").read_bytes()).hexdigest()
    assert not read_bundle(folder, only=("tandems",)).has("ties")


def test_events_alone_are_ties(tmp_path):
    folder = programme_with(tmp_path)
    (folder / "ties.csv").unlink()
    assert set(read_bundle(folder).table("ties")["kind"]) == {"collaboration"}


def test_a_wave_of_one_kind_from_two_sources_is_refused(tmp_path):
    folder = programme_with(tmp_path, 'kind = "advice"\n', EVENTS_TOML.replace("2026-06-30", "2026-07-15"))
    with pytest.raises(InputError) as refused:
        read_bundle(folder)
    waves = {row[0] for row in folders.TABLES["ties"]()[1:]}
    assert [problem.code for problem in refused.value.refused] == ["RM-E-116"], waves


def test_a_file_of_events_in_the_folder_itself_is_not_called_unread(tmp_path):
    folder = programme_with(tmp_path, toml=EVENTS_TOML.replace('"events"', '"calls.parquet"'))
    (folder / "events" / "a.parquet").rename(folder / "calls.parquet")
    assert "RM-W-093" not in {problem.code for problem in read_bundle(folder).problems}


WRONG_KEYS = {
    "unknown key": ("colour = 1", "RM-E-003"),
    "outside": ('files = "../events"', "RM-E-005"),
    "absolute": ('files = ["/events"]', "RM-E-005"),
    "waves as text": ('waves = ["2026-06-30"]', "RM-E-005"),
    "no wave": ("waves = []", "RM-E-005"),
    "very early wave": ("waves = [0001-01-01]", "RM-E-005"),
    "waves not in order": ("waves = [2026-06-30, 2025-12-31]", "RM-E-005"),
    "windows that overlap": ("days = 182", "RM-E-005"),
    "wave after the data": ("waves = [2026-12-31]", "RM-E-005"),
    "engine": ('engine = "polars"', "RM-E-005"),
    "spark without address": ('engine = "spark"', "RM-E-005"),
    "address with a secret": ('spark = "spark://me:secret@host:7077"', "RM-E-005"),
    "no memory": ("memory_mb = 10", "RM-E-005"),
    "no events": ("least_events = 0", "RM-E-005"),
    "direction": ('direction = "both"', "RM-E-005"),
    "kind": ('kind = "two words"', "RM-E-005"),
    "file twice": ('files = ["events", "events"]', "RM-E-005"),
}


@pytest.mark.parametrize(("line", "code"), WRONG_KEYS.values(), ids=WRONG_KEYS)
def test_a_wrong_key_is_refused(tmp_path, line, code):
    key = line.partition(" ")[0]
    lines = [given for given in EVENTS_TOML.splitlines() if not given.startswith(f"{key} =")]
    write_minimal(tmp_path)
    path = tmp_path / "programme.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\n".join([*lines, line, ""]), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_programme(tmp_path, tuple(TABLES))
    assert [problem.code for problem in refused.value.refused] == [code]
    assert "secret" not in str(refused.value)


def test_a_programme_without_events_loads_no_engine(tmp_path):
    write_minimal(tmp_path)
    code = (
        "import sys; from pathlib import Path; from rmanalytics.intake.bundle import read_bundle\n"
        f"read_bundle(Path({str(tmp_path)!r}))\n"
        "print(sorted({'ibis', 'duckdb', 'pyspark', 'sqlglot'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
