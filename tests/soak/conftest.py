"""Collects what the calibration tests find; ``make soak`` has it written to docs/calibration.csv and calibration.md.

They are written where ``RMANALYTICS_CALIBRATION`` names a page, also where a row fails: then it shows which. A run of
some tests takes the place of their rows alone, each row bearing the day on which it was found and the digest of its
code (`soak.shards`).
Rows reach the page through the reports of their tests, so that they may run side by side.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from soak.bands import Row, Told, as_property, merged, page, read_rows, row, write_rows
from soak.shards import digest

PAGE = "RMANALYTICS_CALIBRATION"
NAME = "calibration"
ORDER = ("Survey: change", "Survey", "Shares", "Staying", "The bridge", "The plan", "The lot")

_found: list[tuple[str, Told]] = []


@pytest.fixture
def calibrated(record_property: Callable[[str, object], None], request: pytest.FixtureRequest) -> Callable[..., None]:
    """Note how often something held, and hold it to its band (or to what is known of it)."""

    def note(held: Sequence[bool], *, expected: float | None = None, allowed: str = "", **about: object) -> None:
        found = row(held, family=request.module.FAMILY, **about)
        record_property(NAME, as_property(found))
        found.check(expected, allowed)

    return note


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the rows of a test that ran, with the seconds that it took."""
    if report.when != "call":
        return
    seconds = report.duration
    for name, value in report.user_properties:
        if name == NAME:
            code = digest(report.nodeid.split("::")[0])
            told = Told(row=Row(**value), seconds=seconds, on=date.today(), code=code)  # noqa: DTZ011
            _found.append((report.nodeid, told))
            seconds = -1.0


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write table and page, in the process that started the run."""
    target = os.environ.get(PAGE)
    if not target or not _found or hasattr(session.config, "workerinput"):
        return
    written = Path(target)
    table = written.with_suffix(".csv")
    whole = not session.config.option.keyword and not any("::" in name for name in session.config.args)
    earlier = read_rows(table) if table.exists() else []
    found = [told for _, told in sorted(_found, key=lambda entry: entry[0])]
    rows = sorted(merged(earlier, found, whole=whole), key=_place)
    write_rows(table, rows)
    written.write_text(page(rows), encoding="utf-8")


def _place(told: Told) -> int:
    """Family by family; within a family the order stays."""
    starts = [told.row.family.startswith(word) for word in ORDER]
    return starts.index(True) if True in starts else len(ORDER)
