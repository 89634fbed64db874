"""docs/data.md says what the schema declares."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rmanalytics.intake.readers.kinds import KINDS, kind_named
from rmanalytics.intake.schema import TABLES, need_of, rule_of
from rmanalytics.programme.declaration import declared_keys

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
CLAIM = re.compile(r"[PTMJC][0-9]")
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_page_has_the_tables_of_the_schema_in_order():
    assert list(SECTIONS) == list(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_page_has_the_columns_and_rules_of_a_table(name):
    table, text = TABLES[name], SECTIONS[name]
    rows = [tuple(cell.strip(" `") for cell in line.split("|")[1:-1]) for line in text.splitlines() if "| `" in line]
    assert [row[:3] for row in rows] == [(c.name, need_of(c), rule_of(c)) for c in table.columns]
    assert all(len(row[3]) > 2 for row in rows)
    assert f"One row: {table.row}." in text
    if table.key:
        assert "May not repeat: " + ", ".join(f"`{name}`" for name in table.key) in text
    for first, second in table.order:
        assert f"`{first}` not after `{second}`" in text


def test_page_says_what_each_reader_was_tried_on() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", PAGE.partition("| tried on |")[2], re.MULTILINE))
    assert {kind: rows[kind] for kind in KINDS} == {kind: kind_named(kind).sample for kind in KINDS}


def test_page_has_every_key_of_the_programme_file():

    for name, block in declared_keys(()).keys.items():
        named = getattr(block, "keys", None) or ("",)
        keys = [key for key in named if not CLAIM.fullmatch(key)]  # claims are shown by one of them
        for key in keys:
            assert f"`{name}.{key}`".replace(".`", "`") in PAGE
