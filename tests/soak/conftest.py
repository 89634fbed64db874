"""Collects what the calibration tests find; ``make soak`` has it written to docs/calibration.md.

The page is written where ``RMANALYTICS_CALIBRATION`` names a file and no test was picked by ``-k``, also where a row
fails: then it shows which. Rows reach the page through the reports of their tests, so that they may run side by side.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from soak.bands import Row, as_property, page, row

PAGE = "RMANALYTICS_CALIBRATION"
NAME = "calibration"
ORDER = ("Survey: change", "Survey", "Shares", "Staying", "The bridge", "The plan")

_found: list[tuple[str, Row, float]] = []
_started = time.monotonic()


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
            _found.append((report.nodeid, Row(**value), seconds))
            seconds = -1.0


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the page, in the process that started the run."""
    target = os.environ.get(PAGE)
    if target and _found and not hasattr(session.config, "workerinput") and not session.config.option.keyword:
        ordered = [(found, seconds) for _, found, seconds in _in_order(_found)]
        minutes = (time.monotonic() - _started) / 60
        Path(target).write_text(page(ordered, on=date.today(), minutes=minutes), encoding="utf-8")  # noqa: DTZ011


def _in_order(found: list[tuple[str, Row, float]]) -> list[tuple[str, Row, float]]:
    """Family by family, test by test, whichever process was first; rows of a test stay together."""

    def place(entry: tuple[str, Row, float]) -> tuple[int, str]:
        starts = [entry[1].family.startswith(word) for word in ORDER]
        return starts.index(True) if True in starts else len(ORDER), entry[0]

    return sorted(found, key=place)
