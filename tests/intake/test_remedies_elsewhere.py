"""Remedies of what is wrong outside the tables: rounds, races, engines, keys, the list of the erased. Each is tried."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import folders
import pytest
from event_tools import EVENTS, WAVES, change, events, write_anew, write_events
from folders import PROGRAMME, read, write_minimal

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake import bundle, erased, tables
from rmanalytics.intake.collaboration import engines
from rmanalytics.intake.collaboration import ties as event_ties
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import translator
from rmanalytics.programme.keys import key_folder
from rmanalytics.programme.programme import read_programme

EXTRAS = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"][
    "optional-dependencies"
]
NAMED = PROGRAMME.replace("[programme]\n", '[programme]\nid = "test"\nsimulated = true\n')
Patch = pytest.MonkeyPatch


def refused(folder: Path) -> Problem:
    """The one thing that is refused; its message is German too."""
    _, problems = read(folder)
    (one,) = (p for p in problems if p.effect == "refused" and p.code != "RM-E-082")
    tr = translator("de")
    assert tr(one.rule) != one.rule
    assert tr(one.remedy) != one.remedy
    return one


def good(folder: Path) -> bool:
    found, problems = read(folder)
    assert found is not None, [str(problem) for problem in problems]
    return True


def test_006_the_round_that_is_named_is_there(tmp_path: Path) -> None:
    programme = read_programme(write_minimal(tmp_path), tuple(TABLES))
    with pytest.raises(InputError, match="RM-E-006") as error:
        programme.round("2026-H1")
    named = re.search(r"did you mean (\w+)", error.value.problems[0].remedy)
    assert named is not None
    assert programme.round(named[1]).id == folders.ROUND


def test_098_once_the_export_is_done_the_folder_is_read(tmp_path: Path) -> None:
    folder, real = write_minimal(tmp_path), tables.open_source

    def growing(where: Path, name: str) -> object:
        source = real(where, name)
        with (folder / "people.csv").open("a", encoding="utf-8") as file:
            file.write(f"P9{next(count):02},1990,2020-01-01,,\n")
        return source

    count = iter(range(99))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "PAUSE_SECONDS", 0)
        patch.setattr(tables, "open_source", growing)
        found = refused(folder)
    assert (found.code, "call again" in found.remedy) == ("RM-E-098", True)
    assert good(folder)


def test_099_the_environment_names_the_same_spark(tmp_path: Path, monkeypatch: Patch) -> None:
    far = "spark://far.example:7077"
    events(tmp_path, "2025-09-01", "2026-05-04", toml=f'{EVENTS}{WAVES}engine = "spark"\nspark = "{far}"\n')
    monkeypatch.setattr(engines.shutil, "which", lambda *_, **__: None)  # nothing is to be sent
    found = refused(tmp_path)
    assert found.code == "RM-E-099"
    monkeypatch.setenv(re.findall(r"RM[A-Z_]+", found.remedy)[0], far)
    assert refused(tmp_path).code == "RM-E-117"


def test_114_once_the_export_is_done_the_events_are_read(tmp_path: Path) -> None:
    events(tmp_path, "2025-09-01", "2026-05-04")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_ties, "stamp_of", lambda path: (0, 0, 0))
        found = refused(tmp_path)
    assert (found.code, "call again" in found.remedy) == ("RM-E-114", True)
    assert good(tmp_path)


@pytest.mark.parametrize("absent", ["duckdb", "ibis", "sqlglot", "pyspark"])
def test_117_the_extra_that_is_named_holds_what_is_absent(tmp_path: Path, absent: str, monkeypatch: Patch) -> None:
    spark = 'engine = "spark"\nspark = "local[1]"\n' if absent == "pyspark" else ""
    events(tmp_path, "2025-09-01", "2026-05-04", toml=f"{EVENTS}{WAVES}{spark}")
    monkeypatch.setattr(engines.shutil, "which", lambda *_, **__: "java")
    for module in [absent, *(["pyspark.sql", "pyspark.errors", "py4j", "py4j.protocol"] if spark else [])]:
        monkeypatch.setitem(sys.modules, module, None)
    found = refused(tmp_path)
    assert found.code == "RM-E-117"
    (extra,) = re.findall(r"rmanalytics\[(\w+)\]", found.remedy)
    assert any(one.startswith(absent) for one in EXTRAS[extra])


def test_118_more_memory_is_given_where_it_says(tmp_path: Path, monkeypatch: Patch) -> None:
    events(tmp_path, "2025-09-01", "2026-05-04", toml=f"{EVENTS}{WAVES}memory_mb = 256\n")
    real = engines.ibis.duckdb.connect

    def poor(*given: object, memory_limit: str, **more: object) -> object:
        if int(memory_limit.removesuffix("MB")) < 256:
            raise engines.duckdb.OutOfMemoryException("a name may stand here")
        return real(*given, memory_limit=memory_limit, **more)

    monkeypatch.setattr(engines.ibis.duckdb, "connect", poor)
    found = refused(tmp_path)
    assert (found.code, "memory_mb under [network.events]" in found.remedy) == ("RM-E-118", True)
    change(tmp_path, "memory_mb = 256", "memory_mb = 1024")
    assert good(tmp_path)


def test_119_the_files_are_written_again(tmp_path: Path) -> None:
    events(tmp_path)
    path = write_events(
        tmp_path / "events" / "a.parquet",
        [{"source_id": f"P{n:03}", "target_id": "P001", "at": datetime(2026, 5, 4, tzinfo=UTC)} for n in range(2, 900)],
    )
    data = bytearray(path.read_bytes())
    data[4:1500] = b"\xff" * 1496
    path.write_bytes(data)
    found = refused(tmp_path)
    assert (found.code, "write the Parquet files again" in found.remedy) == ("RM-E-119", True)
    write_anew(tmp_path, found)
    assert good(tmp_path)


OLD = '\n[[families]]\nname = "a"\nclaims = ["M1"]\n'


@pytest.mark.parametrize(
    ("more", "mend"),
    [
        (OLD, lambda text: text.replace(OLD, '\n[declare]\nprimary = "M1"\nkeys = ["J1"]\n')),
        (
            '\n[[outcomes]]\nclaim = "M1"\ninstrument = "confidence"\nside = "mentee"\nprimary = true\n',
            lambda text: text.replace("primary = true\n", '[declare]\nprimary = "M1"\n'),
        ),
    ],
    ids=["families", "primary beside the outcome"],
)
def test_140_the_plan_is_written_where_it_says(tmp_path: Path, more: str, mend: Callable[[str], str]) -> None:
    toml = re.sub(r"\n(\[\[outcomes\]\]|\[declare\])\n(.+\n)*", "\n", NAMED) + more
    folder = write_minimal(tmp_path, programme=toml)
    found = refused(folder)
    assert (found.code, "under [declare]" in found.remedy) == ("RM-E-140", True)
    (folder / "programme.toml").write_text(mend(toml), encoding="utf-8")
    assert good(folder)


def test_144_the_rights_of_others_are_taken_away(tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = write_minimal(tmp_path / "p", programme=f'{NAMED}\n[pseudonyms]\nids = "keyed"\n')
    assert good(folder)
    (path,) = key_folder("test").glob("*.key")
    path.chmod(0o644)
    found = refused(folder)
    mode = re.search(r"chmod (\d+)", found.remedy)
    assert mode is not None
    assert found.code == "RM-E-144"
    path.chmod(int(mode[1], 8))
    assert good(folder)


def test_198_the_key_that_receipts_name_people_by_is_put_back(tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = write_minimal(tmp_path / "p", programme=f'{NAMED}\n[pseudonyms]\nids = "keyed"\n')
    assert good(folder)
    (path,) = key_folder("test").glob("*.key")
    backup = path.read_bytes()
    (folder / "receipts" / "private").mkdir(parents=True)
    (folder / "receipts" / "private" / "2026H1-comparison-1.json").write_text("{}", encoding="utf-8")
    path.unlink()
    found = refused(folder)
    assert (found.code, re.findall(r"\w+\.key", found.remedy)) == ("RM-E-198", [path.name])
    assert not path.exists()
    path.write_bytes(backup)
    path.chmod(0o600)
    assert good(folder)


def test_201_what_is_named_is_restored_from_a_backup(tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = write_minimal(tmp_path / "p", programme=NAMED)
    erased.add(read_programme(folder, tuple(TABLES)), [["P060"]], datetime.now(UTC).date())
    backup = {path: path.read_bytes() for path in (*key_folder("test").iterdir(), folder / erased.NAME)}
    (key_folder("test") / erased.KEY).unlink()
    found = refused(folder)
    assert found.code == "RM-E-201"
    named = key_folder("test") / re.findall(r"\w+\.key", found.remedy)[0]
    named.write_bytes(backup[named])
    named.chmod(0o600)
    assert good(folder)
    (folder / erased.NAME).write_text("{", encoding="utf-8")
    found = refused(folder)
    assert (found.code, "from a backup" in found.remedy) == ("RM-E-201", True)
    (folder / found.file).write_bytes(backup[folder / found.file])
    assert good(folder)
