"""Takes the pictures of finished reports in the docs: ``python tests/gallery.py REPORTS ROUND [LANGUAGE]``.

Reports are made from ``data/example``; with ``de`` from a German copy. It needs Chromium, Chrome or Edge.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from conftest import find_browser
from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
WIDE, PHONE = (1280, 800), (390, 760)
PICTURES = {
    "report": ("inside/{round}/report.html", (1280, 860), ""),
    "gallery-survey": ("inside/{round}/report.html", WIDE, "#c-03_survey_change"),
    "gallery-network": ("inside/{round}/report.html", WIDE, "#c-05_network"),
    "gallery-phone": ("inside/{round}/report.html", PHONE, ""),
    "gallery-dark": ("inside/{round}/report.html", WIDE, "#c-03_survey_change"),
    "gallery-briefing": ("outside/{round}/briefing.en.html", (1000, 890), ""),
    "gallery-slide": ("outside/{round}/slides.en.html", WIDE, "#s2"),
    "gallery-report-de": ("inside/{round}/report.html", (1280, 860), ""),
    "gallery-slide-de": ("outside/{round}/slides.de.html", WIDE, "#s2"),
    "gallery-facts": ("outside/{round}/facts.en.html", (1280, 560), ""),
}
"""File, width and height in pixels, and what is scrolled to."""


def take(page: Page, reports: Path, round_id: str, name: str) -> None:
    """One picture, as a reader's first look at the place."""
    file, (width, height), place = PICTURES[name]
    page.set_viewport_size({"width": width, "height": height})
    page.goto((reports / file.format(round=round_id)).resolve().as_uri())
    if place:
        page.evaluate("place => document.querySelector(place).scrollIntoView({behavior: 'instant'})", place)
        page.locator(f"{place} svg:visible").first.wait_for()
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        german = sys.argv[3:] == ["de"]
        for picture in (name for name in PICTURES if name.endswith("-de") is german):
            scheme: Any = "dark" if picture.endswith("dark") else "light"
            take(browser.new_page(color_scheme=scheme), Path(sys.argv[1]), sys.argv[2], picture)
        browser.close()
