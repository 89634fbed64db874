"""The bundle: types, absent tables, several files, limits, digests, and what a file system can do."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

import folders
import numpy as np
import pandas as pd
import pytest
from folders import PROGRAMME, csv_text, read, spoilt, write_minimal

from rmanalytics.errors import InputError
from rmanalytics.evaluation import open_study
from rmanalytics.intake import files, grid
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.intake.schema import TABLES

EXAMPLES = Path(__file__).parents[2] / "data"
ONLY_PEOPLE = dict.fromkeys(set(folders.TABLES) - {"people"})


def test_types_are_those_of_the_declared_kinds(tmp_path):
    bundle = read_bundle(write_minimal(tmp_path))
    for name, frame in bundle.tables.items():
        assert list(frame.columns) == [column.name for column in TABLES[name].columns]
        for column in TABLES[name].columns:
            kind = str(frame[column.name].dtype)
            if column.kind == "date":
                assert kind == "datetime64[s]"
            elif column.kind == "whole":
                assert kind == ("int64" if column.filled else "float64")
            else:
                assert kind == ("float64" if column.kind == "number" else "str")


def test_optional_column_that_is_absent_is_there_and_all_missing(tmp_path):
    people = read_bundle(write_minimal(tmp_path)).table("people")
    assert people["talent_group"].isna().all()
    assert people["rehired_from"].isna().all()


def test_people_alone_are_enough(tmp_path):
    bundle = read_bundle(write_minimal(tmp_path, **ONLY_PEOPLE))
    assert set(bundle.tables) == {"people"}
    assert bundle.has("people")
    assert not bundle.has("people", "tandems")
    with pytest.raises(KeyError):
        bundle.table("tandems")


def test_a_table_given_out_can_be_changed_without_harm(tmp_path):
    bundle = read_bundle(write_minimal(tmp_path))
    given_out = bundle.table("people")
    given_out["birth_year"] = 1900.0
    given_out.loc[0, "person_id"] = "X"
    assert bundle.table("people")["birth_year"].min() > 1900
    assert bundle.table("people")["person_id"][0] == "P001"


def test_order_of_columns_and_quoting_do_not_matter(tmp_path):
    rows = folders.tandems()
    turned = "".join(",".join(f'"{cell}"' for cell in reversed(row)) + "\r\n" for row in rows)
    plain = read_bundle(write_minimal(tmp_path / "a")).table("tandems")
    other = read_bundle(write_minimal(tmp_path / "b", tandems=turned)).table("tandems")
    pd.testing.assert_frame_equal(plain, other)


def test_semicolons_commas_dots_and_windows_letters_give_the_same_table(tmp_path):
    rows = spoilt(folders.positions(), (1, "unit", "Vertrieb Süd"))
    plain = read_bundle(write_minimal(tmp_path / "a", positions=rows)).table("positions")
    dotted = folders.column_of(rows, "start_date", lambda day: ".".join(reversed(str(day).split("-"))))
    excel = ("sep=;\r\n" + csv_text(dotted, ";").replace("\n", "\r\n")).encode("cp1252")
    other = read_bundle(write_minimal(tmp_path / "b", positions=excel)).table("positions")
    pd.testing.assert_frame_equal(plain, other)


def test_several_files_make_one_table_and_keep_their_own_accounts(tmp_path):
    rows = folders.answers()
    text = PROGRAMME + '\n[tables]\nanswers = ["survey/a.csv", "survey/b.csv"]\n'
    folder = write_minimal(tmp_path, programme=text, answers=None)
    (folder / "survey").mkdir()
    (folder / "survey" / "a.csv").write_text(csv_text(rows[:100]), encoding="utf-8")
    (folder / "survey" / "b.csv").write_text(
        csv_text([rows[0], *rows[100:], [*rows[-1][:4], 9, rows[-1][5]]]), encoding="utf-8"
    )
    bundle, problems = read(folder)
    assert bundle is not None
    accounts = {account.file: account for account in bundle.accounts if account.table == "answers"}
    assert (accounts["survey/a.csv"].rows, accounts["survey/b.csv"].rows) == (99, 46)
    assert accounts["survey/b.csv"].quarantined == 1
    assert [(p.file, p.rows) for p in problems] == [("survey/b.csv", (47,))]
    whole = read_bundle(write_minimal(tmp_path / "whole")).table("answers")
    pd.testing.assert_frame_equal(bundle.table("answers"), whole)


def test_key_may_not_repeat_over_several_files(tmp_path):
    text = PROGRAMME + '\n[tables]\ncosts = ["costs.csv", "more.csv"]\n'
    folder = write_minimal(tmp_path, programme=text)
    (folder / "more.csv").write_text(csv_text(spoilt(folders.costs()[:2], (1, "quantity", 7))), encoding="utf-8")
    _, problems = read(folder)
    assert [(p.code, p.file) for p in problems] == [("RM-E-031", "costs.csv"), ("RM-E-031", "more.csv")]


def test_problems_of_all_files_come_at_once(tmp_path):
    folder = write_minimal(
        tmp_path,
        people=spoilt(folders.people(), (1, "hire_date", "01.05.2020")),
        costs=b"",
        branding=folders.branding()[:1],
        tandems=spoilt(folders.tandems(), (1, "mentee_id", "P001")),
    )
    with pytest.raises(InputError) as caught:
        read_bundle(folder)
    assert {p.code for p in caught.value.refused} == {"RM-E-025", "RM-E-011", "RM-E-012", "RM-E-032"}
    assert str(caught.value).count("Nothing was published.") == 1


def test_digests_are_those_of_every_file_read(tmp_path):
    folder = write_minimal(tmp_path)
    digests = read_bundle(folder).digests
    assert set(digests) == {"programme.toml", "confidence.toml", *(f"{name}.csv" for name in folders.TABLES)}
    for name, digest in digests.items():
        assert digest == hashlib.sha256((folder / name).read_bytes()).hexdigest()


def test_line_break_in_a_cell_moves_the_line_and_not_the_row(tmp_path):
    rows = spoilt(folders.positions(), (3, "unit", "Sales\nNorth\nEast"), (9, "level", 120))
    bundle, problems = read(write_minimal(tmp_path, positions=rows))
    assert bundle is not None
    assert bundle.table("positions")["unit"][2] == "Sales North East"
    assert "positions.csv, row 10 (line 12 in the file)" in next(str(p) for p in problems if p.code == "RM-Q-014")


def test_na_and_formulas_are_text_in_a_text(tmp_path):
    cells = ("NA", "None", "null", "=HYPERLINK(1)", "<script>", "{{7*7}}", "+1")
    rows = spoilt(folders.positions(), *((n, "unit", cell) for n, cell in enumerate(cells, start=1)))
    bundle, problems = read(write_minimal(tmp_path, positions=rows))
    assert problems == ()
    assert bundle is not None
    assert tuple(bundle.table("positions")["unit"][: len(cells)]) == cells


def test_leading_zeros_stay(tmp_path):
    people = folders.column_of(folders.people(), "person_id", lambda p: str(p).replace("P", "00"))
    bundle = read_bundle(write_minimal(tmp_path, **{**ONLY_PEOPLE, "people": people}))
    assert bundle.table("people")["person_id"][0] == "00001"


def test_five_percent_are_quarantined_and_more_are_refused(tmp_path):
    people = folders.people() + [[f"X{n:03d}", 1980, "2020-01-01", "", ""] for n in range(46)]
    few = spoilt(people, *((n, "hire_date", "") for n in range(90, 95)))
    many = spoilt(people, *((n, "hire_date", "") for n in range(90, 96)))
    bundle, _ = read(write_minimal(tmp_path / "a", **{**ONLY_PEOPLE, "people": few}))
    assert bundle is not None
    assert bundle.accounts[0].quarantined == 5
    bundle, problems = read(write_minimal(tmp_path / "b", **{**ONLY_PEOPLE, "people": many}))
    assert bundle is None
    assert problems[0].code == "RM-E-040"
    assert "6 of 100 rows cannot be used, more than 5%" in problems[0].rule


def test_roles_swapped_are_counted_and_no_row_is_named(tmp_path):
    tandems = [*folders.tandems(), ["2026H1", "T50", "P011", "P022", "volunteer", "2026-01-20"]]
    text = PROGRAMME + "\n[pairing]\nallow_two_tandems = true\n"
    _, problems = read(write_minimal(tmp_path, programme=text, tandems=tandems))
    swapped = next(p for p in problems if p.code == "RM-E-034")
    assert swapped.rows == ()
    assert swapped.row_count == 0
    assert swapped.rule.endswith(": 1")


def test_two_tandems_of_a_person_are_read_where_the_programme_allows_them(tmp_path):
    tandems = [*folders.tandems(), ["2026H1", "T50", "P001", "P060", "volunteer", "2026-01-20"]]
    text = PROGRAMME + "\n[pairing]\nallow_two_tandems = true\n"
    assert read_bundle(write_minimal(tmp_path, programme=text, tandems=tandems)).problems == ()


def test_meetings_of_undeclared_rounds_are_excluded_and_not_quarantined(tmp_path):
    tandems = [*folders.tandems(), *(["2024H2", f"S{n}", "P021", "P022", "volunteer", "2024-08-20"] for n in range(9))]
    meetings = [*folders.meetings(), *([f"S{n}", 1, "2024-09-01", "2024-09-01", "held", 60] for n in range(9))]
    bundle, _ = read(write_minimal(tmp_path, tandems=tandems, meetings=meetings))
    assert bundle is not None
    account = next(a for a in bundle.accounts if a.table == "meetings")
    assert (account.used, account.quarantined, account.excluded) == (21, 0, 9)


def test_unknown_id_that_a_quarantined_person_left_is_quarantined(tmp_path):
    people = spoilt(folders.people(), (50, "hire_date", "2025-02-29"))
    bundle, _ = read(write_minimal(tmp_path, people=people))
    assert bundle is not None
    gone = people[50][0]
    assert gone not in set(bundle.table("positions")["person_id"])
    assert gone not in set(bundle.table("ties")["source_id"]) | set(bundle.table("ties")["target_id"])


def test_table_file_in_capitals_is_told_as_a_candidate(tmp_path):
    folder = write_minimal(tmp_path)
    (folder / "people.csv").rename(folder / "People.csv")
    with pytest.raises(InputError, match=r"rename People\.csv to people\.csv"):
        read_bundle(folder)


def test_file_without_permission_is_refused(tmp_path, monkeypatch):
    folder = write_minimal(tmp_path)
    real = Path.read_bytes

    def denied(path: Path) -> bytes:
        if path.name == "costs.csv":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", denied)
    _, problems = read(folder)
    assert [p.code for p in problems] == ["RM-E-002"]
    assert str(tmp_path) not in str(problems[0])


def test_file_beyond_a_limit_is_refused(tmp_path, monkeypatch):
    folder = write_minimal(tmp_path)
    monkeypatch.setattr(files, "SIZE_LIMIT_BYTES", 4000)
    assert {(p.code, p.file) for p in read(folder)[1]} >= {("RM-E-008", "answers.csv")}
    monkeypatch.undo()
    monkeypatch.setattr(grid, "ROW_LIMIT", 100)
    assert {p.code for p in read(folder)[1]} == {"RM-E-008"}


def test_row_order_does_not_matter(tmp_path):
    rows = folders.answers()
    turned = [rows[0], *reversed(rows[1:])]
    key = ["wave", "person_id", "item"]
    plain, other = (
        read_bundle(write_minimal(tmp_path / name, answers=answers))
        .table("answers")
        .sort_values(key, ignore_index=True)
        for name, answers in (("a", rows), ("b", turned))
    )
    pd.testing.assert_frame_equal(plain, other)


@pytest.mark.parametrize("name", ["example", "example_small"])
def test_example_reads_without_problems(name):
    bundle = read_bundle(EXAMPLES / name)
    assert bundle.problems == ()
    assert all(account.used == account.rows for account in bundle.accounts)


@pytest.mark.slow
def test_a_million_answers_are_read(tmp_path):
    people_n, rng = 100_000, np.random.default_rng(1)
    people = [folders.people()[0], *([f"P{n:06d}", 1960 + n % 40, "2015-03-01", "", ""] for n in range(people_n))]
    values = rng.integers(1, 6, size=(people_n, 10))
    waves = [("pre", "2026-02-01", i) for i in folders.ITEMS] + [("post", "2026-07-01", i) for i in folders.ITEMS]
    waves += [("pulse", "2026-04-01", i) for i in folders.ITEMS] + [("then", "2026-07-01", folders.ITEMS[0])]
    lines = ["round_id,wave,person_id,item,value,answered_at\n"]
    lines += [
        f"2026H1,{wave},P{n:06d},{item},{values[n, column]},{day}\n"
        for column, (wave, day, item) in enumerate(waves)
        for n in range(people_n)
    ]
    folder = write_minimal(tmp_path, **{**ONLY_PEOPLE, "people": people, "answers": "".join(lines)})
    bundle = read_bundle(folder)
    assert len(bundle.table("answers")) == 1_000_000
    assert bundle.table("answers")["value"].sum() == values.sum()


@pytest.mark.parametrize("absent", ["duckdb", "ibis", "sqlglot"])
def test_declared_events_without_their_extra_are_refused_with_the_line_that_installs_it(tmp_path, monkeypatch, absent):
    events = '\n[network.events]\nfiles = "events"\nwaves = [2026-06-30]\n'
    folder = write_minimal(tmp_path, programme=PROGRAMME + events)
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(InputError, match=r"pip install 'rmanalytics\[events\]'") as refused:
        read_bundle(folder)
    assert [problem.code for problem in refused.value.refused] == ["RM-E-117"]
    assert "ties" not in read_bundle(folder, only=("people",)).tables


def shuffled(folder: Path, source: Path) -> Path:
    """A copy of a programme's folder with the rows of every table in another order."""
    shutil.copytree(source, folder)
    for path in folder.glob("*.csv"):
        header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        order = np.random.default_rng(len(rows)).permutation(len(rows))
        path.write_text(header + "".join(rows[i] for i in order), encoding="utf-8")
    return folder


def test_rows_in_another_order_give_the_same_tables(tmp_path):
    one, other = (
        read_bundle(EXAMPLES / "example_small"),
        read_bundle(shuffled(tmp_path / "p", EXAMPLES / "example_small")),
    )
    assert one.accounts == other.accounts
    for name, frame in one.tables.items():
        pd.testing.assert_frame_equal(frame, other.tables[name])


@pytest.mark.slow
def test_rows_in_another_order_give_the_same_figures_to_the_last_bit(tmp_path):
    folder = shuffled(tmp_path / "p", EXAMPLES / "example_small")
    one, other = (open_study(path, "2026H1") for path in (EXAMPLES / "example_small", folder))
    pd.testing.assert_frame_equal(one.results.to_frame(), other.results.to_frame(), check_exact=True)
    assert [str(answer) for answer in one.ledger] == [str(answer) for answer in other.ledger]
