"""The briefing as it is seen: by axe, in grey, on paper, by keyboard; its numbers read back out of every format."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from release_worlds import release

from rmanalytics.briefing.render import render
from rmanalytics.inspect.containers import pieces
from rmanalytics.inspect.numbers import Released, numbers_in
from rmanalytics.inspect.pdf_words import as_printed, runs, unsaid
from rmanalytics.inspect.verify import verify
from rmanalytics.run.brief import pdf_text
from rmanalytics.run.browser import printed

PAGES = ("briefing", "slides", "team", "facts")
WORLDS = {"whole": ("shown", "points_against", "could_not"), "nothing": ("too_few",) * 4}
DOCUMENT = release(*WORLDS["whole"], broken=True)
CHART = {"c": "http://schemas.openxmlformats.org/drawingml/2006/chart"}
SHEET = "xl/worksheets/sheet1.xml"
GREY = """() => [...document.querySelectorAll(".row .pic rect")].map(one => {
  const look = getComputedStyle(one);
  return [one.getAttribute("fill"), one.getAttribute("stroke-dasharray"), one.getAttribute("stroke")].join(" ");
})"""
UNNAMED = """() => [...document.querySelectorAll('[role="img"]')].filter(one => !(one.getAttribute("aria-label")
  && one.parentElement.querySelector("details table"))).length"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Briefings of two worlds, in English and German, with the list of rounds."""
    root = tmp_path_factory.mktemp("seen")
    for world, verdicts in WORLDS.items():
        absent = () if world == "whole" else ("scale_after", "scale_change", "delivery", "brand", "ties", "tandems")
        document = DOCUMENT if world == "whole" else release(*verdicts, absent=absent)
        for name, data in render(document, ["en", "de"], ["html", "facts", "pptx"], listed=["2026H1", "2025H2"]):
            (root / world / name).parent.mkdir(parents=True, exist_ok=True)
            (root / world / name).write_bytes(data)
    return root


@pytest.fixture(scope="module")
def browser(browser_path: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def paper(folder: Path, browser: Any, browser_path: str) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RMANALYTICS_BROWSER", browser_path)
        assert printed([folder / "whole" / f"{name}.de.html" for name in ("briefing", "slides")])
    return folder / "whole"


@pytest.mark.browser
@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_axe_finds_nothing_at_either_width(folder: Path, browser: Any, world: str, language: str) -> None:
    from axe_playwright_python.base import AXE_SCRIPT

    tab = browser.new_context(viewport={"width": 390, "height": 800}, bypass_csp=True).new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    pages = [f"{name}.{language}.html" for name in PAGES] + ["index.html"] * (language == "en")
    for name in pages:
        tab.goto((folder / world / name).as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        tab.evaluate(AXE_SCRIPT)
        for width in (390, 1280):
            tab.set_viewport_size({"width": width, "height": 800})
            found = tab.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
            told = [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found["violations"]]
            assert told == [], (name, width)
            assert {"color-contrast", "html-has-lang"} <= {one["id"] for one in found["passes"]}
        assert tab.evaluate(UNNAMED) == 0, name
    assert [url for url in asked if not url.startswith("file:")] == []
    tab.context.close()


@pytest.mark.browser
def test_verdicts_differ_without_colour_and_the_first_screen_holds_the_answer(folder: Path, browser: Any) -> None:
    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    tab.goto((folder / "whole" / "slides.en.html").as_uri())
    looks = {look for look in tab.evaluate(GREY) if look.strip()}
    assert len({re.sub(r"#\w+", "", look) for look in looks}) >= 3
    signs = tab.evaluate("() => [...document.querySelectorAll('.v svg')].map(one => one.innerHTML)")
    words = tab.evaluate("() => [...document.querySelectorAll('.v')].map(one => one.textContent.trim())")
    by_word = dict(zip(words, signs, strict=True))
    assert len(set(by_word.values())) == len(by_word) >= 4
    tab.goto((folder / "whole" / "briefing.en.html").as_uri())
    assert tab.evaluate("document.querySelector('.b2').getBoundingClientRect().bottom") <= 800
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.matches('a, button, summary, [tabindex]')")
    tab.close()


@pytest.mark.browser
def test_paper_is_a_page_and_one_of_questions_and_a_page_a_slide_and_says_released_numbers(paper: Path) -> None:
    from pypdf import PdfReader

    allowed = Released(DOCUMENT)
    slides = len(re.findall(r'<section class="slide"', (paper / "slides.de.html").read_text(encoding="utf-8")))
    for name, pages in (("briefing", 2), ("slides", slides)):
        reader = PdfReader(paper / f"{name}.de.pdf")
        assert len(reader.pages) == pages
        assert reader.trailer["/Root"]["/Lang"] == "de"
        assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
        assert reader.metadata is not None
        assert reader.metadata.title
        for page in reader.pages:
            for line in page.extract_text().splitlines():
                assert not allowed.strange("axis", line), line
    said = pdf_text((paper / "slides.de.pdf").read_bytes())
    register = {one["id"]: one | {"state": "valid"} for one in DOCUMENT["sentences"]}
    answers = verify(said or "", register, today=date(2026, 12, 1), names=("Bridge",))
    assert {one.id for one in answers if one.valid} == set(register)
    assert pdf_text(b"%PDF-1.7") is None


@pytest.mark.browser
def test_the_stranger_reads_paper_as_others_do_and_finds_one_of_another_release(paper: Path, folder: Path) -> None:
    for name in ("briefing", "slides"):
        data = (paper / f"{name}.de.pdf").read_bytes()
        drawn = runs(data)
        assert Counter(re.findall(r"\w", " ".join(drawn))) == Counter(re.findall(r"\w", pdf_text(data) or ""))
        pages = len(re.findall(rb"/Type /Page\b", data))
        for world in WORLDS:
            markup = as_printed((folder / world / f"{name}.de.html").read_text(encoding="utf-8")).encode()
            said = [one.text for one in pieces("page.html", markup) if one.where in ("text", "axis", "word")]
            assert unsaid(drawn, said, pages=pages) is (world != "whole")
            assert unsaid([*drawn[:9], "7", *drawn[9:]], said, pages=pages)


def numbers(text: str) -> set[float]:
    return set(numbers_in(text))


def test_page_and_slides_say_the_same_numbers_of_each_figure(folder: Path) -> None:
    """Tables beside the pictures against the charts of the slides, their caches and their workbooks."""
    page = (folder / "whole" / "slides.en.html").read_text(encoding="utf-8")
    figures = {
        found[1]: numbers(re.sub(r"<[^>]+>", " ", " ".join(re.findall(r"<td[^>]*>(.*?)</td>", found[2]))))
        for found in re.finditer(r'data-figure="([^"]+)">(.*?)</figure>', page, re.DOTALL)
    }
    known = {"strip-M1", "averages-M1", "tandems", "meetings", "effects", "cost-round", "trend-applications"}
    assert known <= set(figures)
    every = {number for found in figures.values() for number in found}
    charts = dict(charts_of((folder / "whole" / "slides.en.pptx").read_bytes()))
    assert len(charts) >= 2 * 6
    every |= {number / 100 for number in every}  # a workbook holds a share as a part of one
    rows = {half / 2 for half in range(42)}
    for name, values in charts.items():
        assert values, name
        assert {value for value in values if not any(abs(value - one) < 1e-6 for one in every)} <= rows, name


def charts_of(data: bytes) -> Iterator[tuple[str, set[float]]]:
    """The numbers of each chart and of each workbook behind one; shares as percentages."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            if re.fullmatch(r"ppt/charts/chart\d+\.xml", name):
                root = ET.fromstring(package.read(name))
                scale = 100 if "0%" in {one.text for one in root.findall(".//c:numCache/c:formatCode", CHART)} else 1
                yield name, {scale * float(v.text or 0) for v in root.findall(".//c:numCache//c:v", CHART)}
            elif name.endswith(".xlsx"):
                with zipfile.ZipFile(io.BytesIO(package.read(name))) as book:
                    cells = re.findall(r"<v>([^<]+)</v>", book.read(SHEET).decode())
                    texts = book.read("xl/sharedStrings.xml").decode().count("<si>")
                yield name, {float(cell) for cell in cells} - set(map(float, range(texts)))
