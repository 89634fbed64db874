"""Pages: one file, nothing from outside, charts drawn in a real browser, readable on a phone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import report_examples as examples
from page_examples import ALL_DRAWN, BLOCKS, DRAW_ALL, chapters

from rmanalytics.report import page
from rmanalytics.report.charts.figures import plotly_js


@pytest.fixture(scope="module")
def full() -> str:
    study = examples.full()
    return page.assemble(chapters(study), study)


def test_the_page_asks_for_nothing_outside_and_says_so(full: str) -> None:
    assert page.POLICY in full.replace("&#39;", "'")
    without = full.replace(plotly_js(), "")
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!#|data:)", without)
    assert "url(" not in without
    assert "@import" not in without


def test_plotly_stands_in_the_page_once_and_only_with_charts(full: str) -> None:
    assert full.count(plotly_js()) == 1
    study = examples.empty()
    assert plotly_js() not in page.assemble(chapters(study), study)


def test_one_headline_one_style_and_no_anchor_signs(full: str) -> None:
    assert full.count("<h1") == 1
    assert "rma-style" not in full
    assert "anchor-link" not in full
    assert full.index("<h1") < full.index("<h2")


def test_contents_lead_to_every_chapter_and_part(full: str) -> None:
    targets = re.findall(r'<a href="#([^"]+)"', full)
    assert len(targets) == 2 * len(BLOCKS)
    assert all(full.count(f'id="{target}"') == 1 for target in targets)


def test_a_page_without_a_first_screen_gets_its_headline() -> None:
    study = examples.full()
    made = page.assemble(chapters(study)[1:], study)
    assert made.count("<h1") == 1
    assert page.headline_of(made).startswith("After 1 round it is shown that digital fitness of the seniors rises more")


def test_the_language_is_declared() -> None:
    study = examples.full("de")
    assert '<html lang="de">' in page.assemble(chapters(study), study)


def test_a_figure_cannot_end_its_script_and_reads_back_the_same() -> None:
    stroke = {"type": "scatter", "x": [1], "y": [2], "line": {}, "name": "</script><b>&"}
    bundle = {"data": [stroke], "layout": {"meta": {"id": "x", "alt": 'a "b" <c>'}}}
    html = page.figure_html(bundle)
    assert html.count("</script>") == 1
    body = re.search(r'<script type="application/json">(.*?)</script>', html)
    assert body is not None
    assert json.loads(body[1]) == bundle
    assert 'aria-label="a &#34;b&#34; &lt;c&gt;"' in html


def test_a_number_that_is_not_one_is_refused_in_a_figure() -> None:
    with pytest.raises(ValueError, match="JSON"):
        page.figure_html({"data": [{"x": [float("nan")]}], "layout": {}})


def test_hostile_words_in_the_programme_are_escaped() -> None:
    study = examples.full()
    object.__setattr__(study.programme, "name", "<script>alert(1)</script>{{7*7}}")
    made = page.assemble(chapters(study), study)
    assert "<script>alert(1)" not in made
    assert "{{7*7}}" in made


def test_the_index_lists_reports_and_failures() -> None:
    entries = [
        {
            "round": "2026H1",
            "folder": "2026H1",
            "programme": "P",
            "generated_at": "2026-10-01",
            "headline": "It rose",
            "failed": None,
        },
        {
            "round": "2025H2",
            "folder": None,
            "failed": {"code": "RM-E-014", "at": "2026-01-05T10:00", "cause": "a <b> rule"},
        },
    ]
    made = page.index_page(entries, language="en")
    assert '<a href="2026H1/report.html">' in made
    assert "It rose" in made
    assert "RM-E-014" in made
    assert "a &lt;b&gt; rule" in made


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_chart_is_drawn_in_a_browser_under_the_policy(
    tmp_path: Path, browser_path: str, width: int, language: str
) -> None:
    from playwright.sync_api import sync_playwright

    study = examples.full(language)
    file = tmp_path / "report.html"
    file.write_text(page.assemble(chapters(study), study), encoding="utf-8")
    complaints: list[str] = []
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": width, "height": 900})
        tab.set_default_timeout(300_000)
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(file.as_uri())
        charts = tab.locator(".chart").count()
        assert width > 520 or not tab.evaluate("'Plotly' in window")  # no chart stands on a phone's first screen
        tab.evaluate(DRAW_ALL)
        tab.wait_for_function(ALL_DRAWN)
        assert tab.locator(".chart .main-svg").count() >= charts
        assert tab.locator(".chart .still:visible").count() == 0
        assert charts > 5
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        tab.evaluate("document.body.style.letterSpacing = '.08em'")  # as a browser elsewhere may draw it
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        browser.close()
    assert complaints == []
    assert asked == [file.as_uri()]
