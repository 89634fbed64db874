"""The notebooks in a real JupyterLab: a choice holds in the next chapter, charts are drawn, tables sort, links save."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import laid

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE = 90_000
EARLIER = "2025\xa0H2"
OPTIONS = ("--no-browser", "--allow-root", "--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True")
NEVER = "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"
COUNTS = """() => ({
  drawn: [...document.querySelectorAll('.js-plotly-plot')].filter(chart => chart.querySelector(
    'svg.main-svg :is(.point, .trace path, .heatmaplayer image, .shapelayer path, path.js-line)')).length,
  charts: document.querySelectorAll('.js-plotly-plot').length,
  svg: document.querySelectorAll('a[download$=".svg"]').length,
  sorted: document.querySelectorAll('table.dataTable').length,
  errors: document.querySelectorAll('[data-mime-type*="error"], [data-mime-type*="stderr"]').length,
})"""
FIRST_COLUMN = "() => [...document.querySelector('table.dataTable tbody').rows].map(row => row.cells[0].textContent)"
TURNED = f"""before => {{
  const other = () => JSON.stringify(({FIRST_COLUMN})()) !== JSON.stringify(before);
  if (!other()) document.querySelector('table.dataTable thead th').click();
  return other();
}}"""
"""Clicks a head until its rows stand in another order: one click may be too early, or give the order that was there."""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """The address of a JupyterLab on a desk with a programme that is not the example."""
    laid(tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", *OPTIONS, NEVER, f"--port={port}", str(tmp_path)]
    at_home = {name: str(tmp_path / "home") for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    with (tmp_path / "lab.log").open("wb") as log:
        server = subprocess.Popen(command, env=os.environ | at_home, cwd=tmp_path, stdout=log, stderr=log)
        try:
            yield _answering(f"http://127.0.0.1:{port}", server)
        finally:
            server.terminate()
            server.wait(60)


def _answering(address: str, server: subprocess.Popen[bytes]) -> str:
    for _ in range(PATIENCE // 200):
        try:
            with urllib.request.urlopen(f"{address}/api", timeout=10):
                return address
        except (urllib.error.URLError, ConnectionError):
            assert server.poll() is None, "JupyterLab ended"
            time.sleep(0.2)
    raise AssertionError("JupyterLab does not answer")


def run_all(page: Any, lab: str, name: str, until: str) -> None:
    page.goto(f"{lab}/lab/tree/notebooks/{name}.ipynb?reset")
    page.get_by_text("| Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.locator(until).first.wait_for()
    page.wait_for_function("![...document.querySelectorAll('.jp-InputPrompt')].some(p => p.textContent.includes('*'))")


def test_a_choice_holds_in_the_next_chapter_and_everything_is_saved_without_code(lab: str, browser_path: str) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(PATIENCE)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        run_all(page, lab, "00_start", ".widget-dropdown select")
        for menu, label in ((0, "Acme\xa0mentoring\xa0(acme)"), (1, EARLIER)):
            page.locator(".widget-dropdown select").nth(menu).select_option(label=label)
        page.locator(".jp-OutputArea-output h3", has_text=EARLIER).wait_for()
        run_all(page, lab, "02_engagement", "a[download$='.svg']")
        said = page.locator(".rma .kicker", has_text="Acme mentoring").all_text_contents()
        assert EARLIER in said[0]
        page.wait_for_function(f"() => {{ const c = ({COUNTS})(); return c.drawn === c.svg && c.sorted }}")
        found = page.evaluate(COUNTS)
        assert (found["errors"], found["charts"]) == (0, found["svg"])
        assert found["charts"] > 1
        _sorts_and_filters(page)
        for end, begins in (("png", b"\x89PNG"), ("svg", b"<svg"), ("xlsx", b"PK")):
            with page.expect_download() as saving:
                page.locator(f"a[download$='.{end}']").first.click()
            assert saving.value.suggested_filename.endswith(f".{end}")
            assert Path(saving.value.path()).read_bytes().startswith(begins)
        browser.close()
    assert [url for url in asked if not url.startswith((lab, lab.replace("http", "ws"), "blob:", "data:"))] == []


def _sorts_and_filters(page: Any) -> None:
    """Clicks on a head turn a table round, and a word in its filter leaves the rows that say it."""
    page.evaluate("document.querySelectorAll('details').forEach(folded => folded.open = true)")
    before = page.evaluate(FIRST_COLUMN)
    page.wait_for_function(TURNED, arg=before, polling=500)
    assert sorted(page.evaluate(FIRST_COLUMN)) == sorted(before)
    page.locator(".dt-search input").first.fill(before[0])
    page.wait_for_function("n => document.querySelector('table.dataTable tbody').rows.length < n", arg=len(before))
    assert before[0] in page.evaluate(FIRST_COLUMN)
