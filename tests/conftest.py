"""Shared fixtures, and the rule on what may be skipped where.

Browser tests are skipped, saying so, where no browser is found. With ``RMANALYTICS_REQUIRE_BROWSER=1`` or ``CI=true``
such a skip is a failure; with ``CI=true`` a golden test may not be skipped either where the golden folder is there.
Tests that start a Spark are skipped where PySpark or Java is missing; with ``RMANALYTICS_REQUIRE_SPARK=1`` that is a
failure.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
os.environ["HOME"] = os.environ.get("RMANALYTICS_TEST_HOME") or tempfile.mkdtemp(prefix="rmanalytics-home-")
os.environ["RMANALYTICS_TEST_HOME"] = os.environ["HOME"]

from golden_data import FOLDER as GOLDEN_FOLDER

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
NO_SPARK = "no PySpark (make spark) or no Java on this machine"
NO_BROWSER = "no Chromium, Chrome or Edge on this machine (name one with RMANALYTICS_BROWSER)"


def find_browser() -> str | None:
    """Path of a browser: the one named by ``RMANALYTICS_BROWSER``, else the first on the search path."""
    named = os.environ.get("RMANALYTICS_BROWSER")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, BROWSERS)), None)


def may_not_skip(item: pytest.Item, reason: str) -> bool:
    """Whether a skip of this test is a failure on this machine."""
    in_ci = os.environ.get("CI") == "true"
    if NO_SPARK in reason:
        return os.environ.get("RMANALYTICS_REQUIRE_SPARK") == "1"
    if item.get_closest_marker("browser"):
        return in_ci or os.environ.get("RMANALYTICS_REQUIRE_BROWSER") == "1"
    golden = item.get_closest_marker("golden") is not None or "golden case" in reason
    return golden and in_ci and GOLDEN_FOLDER.is_dir()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with most slow tests first, then those with most tests: no core waits at the end for a long file.

    The process that hands out files keeps this order with ``--no-loadscope-reorder``; its own would count tests alone.
    """
    tests = Counter(item.path for item in items)
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: (-slow[item.path], -tests[item.path]))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip browser tests where there is no browser."""
    if item.get_closest_marker("browser") and find_browser() is None:
        pytest.skip(NO_BROWSER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip that is not allowed here into a failure that says why."""
    report = yield
    if report.skipped and call.excinfo is not None and not hasattr(report, "wasxfail"):
        reason = str(call.excinfo.value)
        if may_not_skip(item, reason):
            report.outcome = "failed"
            report.longrepr = f"This test may not be skipped here: {reason}"
    return report


@pytest.fixture
def spark_scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path, None, None]:
    """A folder for a Spark's temporary files, which must be empty again afterwards; skipped where there is no Spark."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    if find_spec("pyspark") is None or java is None:
        pytest.skip(NO_SPARK)
    for name in ("scratch", "here"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    monkeypatch.chdir(tmp_path / "here")
    yield tmp_path / "scratch"
    assert sorted(path.name for name in ("scratch", "here") for path in (tmp_path / name).iterdir()) == []


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Path of the browser that browser tests drive."""
    found = find_browser()
    if found is None:
        pytest.skip(NO_BROWSER)
    return found
