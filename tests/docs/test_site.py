"""The pages that ``make docs`` makes: no warning, nothing fetched from anywhere, and a search that works offline."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from conftest import find_browser
from run_tools import ROOT

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href", "object": "data"}
ELSEWHERE = re.compile(r"^\s*(?:\w+:)?//", re.IGNORECASE)
OF_STYLES = re.compile(r"(?:url\(|@import)\s*[\"']?(?:\w+:)?//")


class Loads(HTMLParser):
    """What a page fetches by itself from another place."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        address = own.get(LOADED.get(tag, "")) or ""
        if ELSEWHERE.match(address) and own.get("rel") != "canonical":
            self.found.append(f"{tag} {address}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-d", str(made / "trees")]
    run = subprocess.run(
        [*command, str(ROOT / "docs"), str(made / "html")], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    return made / "html"


def test_every_page_is_made_and_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    assert {page for page in pages if not (site / page).is_file()} == set()
    fetched = []
    for path in site.rglob("*.html"):
        loads = Loads()
        loads.feed(path.read_text(encoding="utf-8"))
        fetched += [f"{path.name}: {found}" for found in loads.found]
    assert fetched == []
    assert 'lang="de"' in (site / "de" / "index.html").read_text(encoding="utf-8").partition("<head>")[0]
    assert [path.name for path in site.rglob("*.css") if OF_STYLES.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.browser
def test_the_search_finds_a_word_in_a_browser_without_any_network(site: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto((site / "search.html").as_uri() + "?q=guessing")
        expect(page.locator("#search-results li").first).to_be_visible()
        browser.close()
    assert [address for address in asked if not address.startswith("file:")] == []
