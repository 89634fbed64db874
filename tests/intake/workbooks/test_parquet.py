"""Tables as Parquet: the same cells as from CSV whatever their types, what is refused, and `init`'s look at them."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from folders import PROGRAMME, TABLES, csv_text, read, write_minimal

from rmanalytics.errors import InputError
from rmanalytics.intake.look.files import look_at
from rmanalytics.intake.look.kinds import people_known, recognise
from rmanalytics.intake.workbooks import parquet
from rmanalytics.intake.workbooks.parquet import parquet_cells


def packed(table: pa.Table) -> bytes:
    made = io.BytesIO()
    pq.write_table(table, made)
    return made.getvalue()


def texts(values: pa.Array) -> list[str]:
    _, (words,) = parquet_cells("f.parquet", packed(pa.table({"a": values})))
    return [words.texts[code] for code in words.codes]


def test_a_programme_in_parquet_is_read_like_its_csv(tmp_path: Path) -> None:
    """Days as time stamps, numbers as numbers, codes as categories: what a warehouse and pandas write."""
    csv = write_minimal(tmp_path / "csv")
    named = "".join(f'{name} = "{name}.parquet"\n' for name in TABLES)
    typed = write_minimal(
        tmp_path / "parquet", programme=PROGRAMME + "\n[tables]\n" + named, **dict.fromkeys(TABLES, None)
    )
    for name in TABLES:
        table = pd.read_csv(csv / f"{name}.csv", dtype={"value": float})
        for column in table:
            if "date" in str(column):
                table[column] = pd.to_datetime(table[column])
            elif pd.api.types.is_string_dtype(table[column]) and table[column].nunique() < 5:
                table[column] = table[column].astype("category")
        table.to_parquet(typed / f"{name}.parquet")
    (one, _), (two, problems) = read(csv), read(typed)
    assert one is not None, problems
    assert two is not None, problems
    assert set(one.tables) == set(two.tables)
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, two.tables[name])
    assert set(two.digests) >= {f"{name}.parquet" for name in TABLES}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array(["007", None, "x"]), ["007", "", "x"]),
        (pa.array([7, None, 7], pa.int64()), ["7", "", "7"]),
        (pa.array([3.0, float("nan"), 0.1 + 0.2]), ["3", "", "0.30000000000000004"]),
        (pa.array([Decimal("1.50"), None]), ["1.50", ""]),
        (pa.array([True, None]), ["true", ""]),
        (pa.array([pd.Timestamp("2026-01-31"), None]), ["2026-01-31", ""]),
        (
            pa.array([pd.Timestamp("2026-01-31"), pd.Timestamp("2026-02-01 08:30:01.5")]),
            ["2026-01-31T00:00:00", "2026-02-01T08:30:01"],
        ),
        (pa.array([pd.Timestamp("2026-01-31 01:00", tz="Europe/Berlin")]), ["2026-01-31T00:00:00Z"]),
        (pa.array([None, None]), ["", ""]),
        (pa.array(["a", None, "a"]).dictionary_encode(), ["a", "", "a"]),
    ],
)
def test_a_value_is_the_text_that_a_csv_would_hold(values: pa.Array, expected: list[str]) -> None:
    assert texts(values) == expected


@pytest.mark.parametrize("values", [[b"\x80\x04."], [["a", "b"]], [{"a": 1}]])
def test_objects_bytes_and_lists_are_no_cells(values: list[object]) -> None:
    with pytest.raises(InputError) as refused:
        texts(pa.array(values))
    (problem,) = refused.value.problems
    assert (problem.code, problem.column) == ("RM-E-112", "a")


def test_a_damaged_file_and_one_without_rows_are_refused() -> None:
    whole = packed(pa.table({"a": ["x"] * 1000}))
    for data, code in [
        (whole[:-30], "RM-E-010"),
        (whole[:4] + b"\0" * 40 + whole[44:], "RM-E-010"),
        (packed(pa.table({"a": pa.array([], pa.string())})), "RM-E-012"),
    ]:
        with pytest.raises(InputError) as refused:
            parquet_cells("f.parquet", data)
        assert refused.value.problems[0].code == code


def test_sizes_are_judged_before_anything_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen bytes of text, once in the file by its dictionary, unpack to what the footer says."""
    monkeypatch.setattr(parquet, "SIZE_LIMIT_BYTES", 100)
    monkeypatch.setattr(pq.ParquetFile, "read", lambda _: pytest.fail("it was unpacked"))
    with pytest.raises(InputError) as refused:
        parquet_cells("f.parquet", packed(pa.table({"a": [f"{n}" for n in range(100)]})))
    assert refused.value.problems[0].code == "RM-E-008"


def test_init_sees_a_table_in_parquet(tmp_path: Path) -> None:
    frame = pd.read_csv(io.StringIO(csv_text(TABLES["people"]())))
    frame["hire_date"] = pd.to_datetime(frame["hire_date"])
    frame.rename(columns={"person_id": "Personalnummer", "hire_date": "Eintritt"}).to_parquet(tmp_path / "hr.parquet")
    (one,) = look_at(tmp_path)
    recognise(one, people_known([one]))
    assert (one.seems, one.rows) == ("people", len(frame))


def test_an_spss_file_is_refused_with_what_to_do_in_spss(tmp_path: Path) -> None:
    folder = write_minimal(tmp_path, programme=PROGRAMME + '\n[tables]\ncosts = "costs.sav"\n', costs=None)
    (folder / "costs.sav").write_bytes(b"$FL2@(#) SPSS DATA FILE")
    _, problems = read(folder)
    (refused,) = [p for p in problems if p.code == "RM-E-010"]
    assert "SPSS" in refused.rule
    assert "value labels" in refused.remedy
