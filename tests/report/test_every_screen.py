"""The page on every screen, by keyboard and read aloud: axe finds nothing, nothing is wider than the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import report_examples as examples
from page_examples import WIDER, chapters

from rmanalytics.language.translator import translator
from rmanalytics.report import page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WIDTHS = (390, 768, 1280)
FONTS = ("letter-spacing:.08em !important", "font-family:'DejaVu Sans',Verdana,sans-serif !important")
"""As a browser elsewhere may draw it: text a good deal wider."""
LOOKED_AT = {
    "color-contrast",
    "heading-order",
    "landmark-unique",
    "region",
    "skip-link",
    "svg-img-alt",
    "td-headers-attr",
}
UNREACHED = """() => [...document.querySelectorAll(".scroll")].filter(e => e.scrollWidth > e.clientWidth
  && !(e.tabIndex === 0 && e.getAttribute("role") === "region" && e.getAttribute("aria-label"))).length"""


@pytest.fixture(scope="module")
def browser(browser_path: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module", params=["en", "de"])
def tab(request: pytest.FixtureRequest, browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The page of all blocks, opened once a language, with everything unfolded."""
    study = examples.full(request.param)
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(page.assemble(chapters(study), study), encoding="utf-8")
    opened = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True).new_page()
    opened.set_default_timeout(300_000)
    opened.goto(file.as_uri())
    opened.evaluate("() => document.querySelectorAll('details').forEach(part => { part.open = true })")
    yield opened
    opened.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(tab: Any, width: int) -> None:
    from axe_playwright_python.base import AXE_SCRIPT

    tab.set_viewport_size({"width": width, "height": 900})
    if not tab.evaluate("'axe' in window"):
        tab.evaluate(AXE_SCRIPT)
    assert tab.evaluate("[...document.querySelectorAll('table')].filter(one => !one.caption).length") == 0
    assert tab.locator("figure > figcaption + .chart").count() == tab.locator(".chart").count() > 5
    for scheme in ("light", "dark") if width == max(WIDTHS) else ("light",):
        tab.emulate_media(color_scheme=scheme)
        paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(23, 23, 23)"}[scheme]
        found = tab.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        assert [(one["id"], [node["html"][:300] for node in one["nodes"][:3]]) for one in found["violations"]] == []
        assert {one["id"] for one in found["passes"]} >= LOOKED_AT
    tab.emulate_media(color_scheme="light")


def test_every_printed_page_says_that_it_is_restricted_and_no_number_is_hidden(tab: Any) -> None:
    from pypdf import PdfReader

    said = translator(tab.evaluate("document.documentElement.lang"))(page.RESTRICTED)
    pages = PdfReader(BytesIO(tab.pdf(prefer_css_page_size=True))).pages
    assert len(pages) > 10
    assert [number for number, one in enumerate(pages) if said not in one.extract_text()] == []
    assert not re.search(r"(?i)fewer than 5\b|weniger als 5\b", tab.inner_text("main"))


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_page_whatever_the_font(tab: Any, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 900})
    for look in FONTS:
        style = tab.add_style_tag(content=f"*{{{look}}}")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.evaluate(WIDER) == []
        tab.wait_for_function(f"({UNREACHED})() === 0")
        style.evaluate("style => style.remove()")
