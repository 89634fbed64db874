"""The report in a real browser: from the file alone, every chart drawn, nothing asked for, no overflow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from page_examples import ALL_DRAWN, DRAW_ALL

from rmanalytics.run.due import latest_closed
from rmanalytics.run.make import Target, make_reports
from rmanalytics.run.progress import Progress

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EXAMPLE = Path(__file__).resolve().parents[2] / "data" / "example"
WIDTHS = (1400, 390, 320)
OUTSIDE = "../../outside/2026H1"
PAGES = (
    "report.html",
    "../index.html",
    *(f"{OUTSIDE}/{page}.en.html" for page in ("briefing", "slides", "team", "facts")),
)
BEYOND_THE_COLUMN = """[...document.querySelectorAll("main table")].filter(t => !t.closest(".scroll")
  && t.getBoundingClientRect().right > t.closest("main").getBoundingClientRect().right + 1).map(t => t.className)"""
CUT = """[...document.querySelectorAll(".frame text, .frame span, .frame p, .frame td")].filter(
  e => !e.closest(".scroll") && e.getBoundingClientRect().right > e.closest(".frame").getBoundingClientRect().right + 1
).map(e => e.textContent)"""
"""A slide hides what stands beyond its frame, so that the page is no wider for it."""
WIDER = "*{letter-spacing:.08em !important}"
"""As a browser on another machine may draw it: text a good deal wider."""
PATIENCE = 300_000
DRAWN = """() => [...document.querySelectorAll('.chart')].map(chart => {
  const box = chart.getBoundingClientRect();
  const drawn = ['.trace path', '.point', '.heatmaplayer image', '.shapelayer path', 'path.js-line'];
  const marks = chart.querySelectorAll(drawn.map(part => 'svg.main-svg ' + part).join(','));
  const svg = chart.querySelectorAll('svg.main-svg').length;
  return {svg: svg, marks: marks.length, width: box.width, height: box.height};
})"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published report of the example's last closed round."""
    reports = tmp_path_factory.mktemp("browser") / "reports"
    with Progress() as progress:
        made = make_reports(
            [Target(programme=EXAMPLE, reports=reports)],
            lambda programme, *_: [latest_closed(programme, today=date(2026, 11, 1))],
            deadline=600,
            progress=progress,
        )
    assert [one.error for one in made] == [None]
    assert made[0].folder is not None
    return made[0].folder


@pytest.fixture(scope="module")
def browser(browser_path: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        yield opened
        opened.close()


def opened(browser: Any, page_file: Path, width: int) -> tuple[Any, list[str], list[str]]:
    """A page opened from its file at a width; what it asked for outside, and what the console complained of."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.set_default_timeout(PATIENCE)
    outside: list[str] = []
    complaints: list[str] = []

    def route(asked: Any) -> None:
        if asked.request.url.startswith(("file:", "data:", "blob:")):
            asked.continue_()
        else:
            outside.append(asked.request.url)
            asked.abort()

    page.route("**/*", route)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(page_file.as_uri(), wait_until="load")
    for part in page.query_selector_all("details"):
        part.evaluate("part => { part.open = true }")
    page.evaluate(DRAW_ALL)
    page.wait_for_function(ALL_DRAWN)
    return page, outside, complaints


@pytest.mark.parametrize("width", WIDTHS)
def test_every_chart_is_drawn_and_nothing_is_asked_for(browser, folder, width):
    page, outside, complaints = opened(browser, folder / "report.html", width)
    assert outside == []
    assert complaints == []
    charts = page.evaluate(DRAWN)
    assert len(charts) >= 1
    assert [
        chart for chart in charts if not (chart["svg"] and chart["marks"] and chart["width"] and chart["height"])
    ] == []
    page.close()


@pytest.mark.parametrize("width", [1280, *WIDTHS])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_over_the_side(browser, folder, width, name):
    page, outside, complaints = opened(browser, folder / name, width)
    assert (outside, complaints) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(BEYOND_THE_COLUMN) == []
    assert page.evaluate(CUT) == []
    page.add_style_tag(content=WIDER)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_every_link_of_the_report_leads_somewhere(browser, folder):
    page, _, _ = opened(browser, folder / "report.html", 1400)
    targets = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))")
    dead = [
        target
        for target in targets
        if not (page.evaluate("t => document.getElementById(t) !== null", target[1:])
                if target.startswith("#") else (folder / target).exists())
    ]  # fmt: skip
    assert dead == []
    page.close()
