"""The briefing: every verdict has its title, every file the same numbers, and only the release is opened."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from pptx import Presentation
from pptx.util import Inches
from release_worlds import VERDICTS, release

from rmanalytics.briefing import figures, titles
from rmanalytics.briefing.deck import deck
from rmanalytics.briefing.render import render
from rmanalytics.briefing.told import Told, read
from rmanalytics.errors import InputError
from rmanalytics.inspect.outside import scan
from rmanalytics.language.translator import LANGUAGES, translator
from rmanalytics.release.gate import evidence

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = {
    "en": r"\braises\b|because of|thanks to|\bproves?\b|significant|no effect",
    "de": r"bewirkt|wegen des|dank des|beweist|signifikant|keine Wirkung",
}
WORLDS = [
    {"absent": (), "rounds": 4},
    {"absent": ("delivery", "brand", "ties", "money"), "rounds": 1},
    {"absent": ("tandems", "delivery", "scale_after", "scale_change"), "rounds": 4},
]
WATCH = """
import sys, runpy
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
sys.argv = ["briefing", *sys.argv[1:]]
try:
    runpy.run_module("rmanalytics.briefing", run_name="__main__")
except SystemExit:
    pass
print("\\n".join(path for path in opened if "/programme/" in path))
"""


def told_of(*verdicts: str, language: str = "en", **about) -> Told:
    return Told(release(*verdicts, **about), translator(language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_has_a_short_title_that_says_no_more_than_it_may(verdict: str, language: str) -> None:
    for world in WORLDS:
        for sized in (True, False):
            told = told_of(verdict, verdict, verdict, language=language, sized=sized, **world)
            for slide in deck(told):
                assert 0 < len(slide.title) <= 110, slide.title
                assert not re.search(FORBIDDEN[language[:2]], slide.title), slide.title
            sentences = [one["text"][language] for one in told.document["sentences"] if one["claim"] == "M1"]
            assert bool(sentences) == (verdict == "shown" and sized)
            assert ("0.2" in titles.headline(told).replace(",", ".")) == (
                sized and verdict in ("shown", "points_against")
            )


def test_a_slide_goes_for_lack_of_data_never_for_its_verdict_and_ten_are_never_passed() -> None:
    every = {verdict: len(deck(told_of(verdict, verdict, verdict))) for verdict in VERDICTS[:5]}
    assert len(set(every.values())) == 1
    assert max(every.values()) <= 10
    assert len(deck(told_of("shown", absent=("brand", "ties", "money")))) < every["shown"]


def test_what_points_against_and_a_broken_rule_stand_on_the_one_page() -> None:
    files = dict(render(release("points_against", "shown", broken=True), ["en"], ["html"]))
    page = files["briefing.en.html"].decode()
    assert "Points against:" in page
    assert "down by at least 0.2" in page.replace("\u00a0", " ")
    assert page.index("Rule broken") < page.index("<h1>")


def test_a_broken_chain_is_called_broken_outside_too_and_not_a_plan_made_late(tmp_path) -> None:
    for verdict in ("could_not", "too_few"):
        document = release(verdict, verdict) | {"chain_broken": True}
        for entry in document["entries"]:
            entry.update({"recorded": False} if "recorded" in entry else {})
        files = {name: data.decode() for name, data in render(document, ["en", "de"], ["html", "facts"])}
        for language, said in (("en", "chain of receipts is broken"), ("de", "Kette der Belege ist unterbrochen")):
            for name in (f"briefing.{language}.html", f"facts.{language}.html"):
                assert said in files[name], (verdict, name)
        assert "Restore the chain of receipts" in files["slides.en.html"]
        assert "before the answers came" not in "".join(files.values())
        place = tmp_path / verdict
        for name, text in {**files, "released.json": json.dumps(document)}.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text, encoding="utf-8")
        assert scan(place) == []
    for name in ("facts.en.html", "briefing.en.html"):
        assert "chain of receipts" not in dict(render(release("shown"), ["en"], ["html", "facts"]))[name].decode()


@pytest.mark.parametrize(("brand", "said"), [("shown", "shown"), ("-shown", "nothing may be said about the employer")])
def test_what_a_mention_cannot_move_stands_beneath_the_claim_and_silences_it(brand: str, said: str, tmp_path) -> None:
    told = told_of("shown", brand=brand)
    slide = next(one for one in deck(told) if one.section == "Employer brand")
    bars = slide.figures[-1].bars
    assert said in slide.title
    assert (bars[-1].style, bars[-1].label) == ("outlined", "Day shift: cannot move")
    (tmp_path / "released.json").write_text(json.dumps(told.document), encoding="utf-8")
    for name, data in render(told.document, ["en"], ["html"]):
        (tmp_path / name).write_bytes(data)
    assert scan(tmp_path) == []


@pytest.mark.parametrize(("field", "value", "verdict"), [("near_end", 0.9, "shown"), ("near_end", 0.2, "not_shown")])
def test_a_false_release_stops_the_briefing(tmp_path, field: str, value: float, verdict: str) -> None:
    document = release(verdict)
    entry = next(e for e in document["entries"] if e["id"].startswith("effect.M1.all"))
    entry[field] = value
    (tmp_path / "released.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match="RM-E-182"):
        read(tmp_path / "released.json")


def test_a_false_sentence_stops_the_briefing(tmp_path) -> None:
    document = release("shown")
    document["sentences"][-1]["text"]["en"] = "Digital fitness rose by at least 0.4 points."
    (tmp_path / "released.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match="RM-E-182"):
        read(tmp_path / "released.json")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole briefing, rendered by its own process, which tells what it opened."""
    folder = tmp_path_factory.mktemp("outside") / "programme"
    folder.mkdir()
    (folder / "people.csv").write_text("person_id\nP0001\n", encoding="utf-8")
    (folder / "released.json").write_text(json.dumps(release("shown", "points_against", "could_not")), encoding="utf-8")
    command = [
        sys.executable,
        "-c",
        WATCH,
        str(folder / "released.json"),
        str(folder / "out"),
        "--languages",
        "en,de,de-CH",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    lines = done.stdout.splitlines()
    opened = {line for line in lines if line.startswith("/")}
    assert {path for path in opened if not path.startswith(f"{folder}/out")} == {str(folder / "released.json")}
    (folder / "out" / "released.json").write_bytes((folder / "released.json").read_bytes())
    return folder / "out"


def test_the_same_release_gives_the_same_bytes(bundle: Path) -> None:
    document = read(bundle / "released.json")
    for name, data in render(document, ["en", "de", "de-CH"]):
        assert (bundle / name).read_bytes() == data, name
    pages = dict(render(document, ["de"], ["html", "facts"]))
    for _ in range(18):
        assert dict(render(document, ["de"], ["html", "facts"])) == pages


@pytest.mark.parametrize(("locale", "zone", "seed"), [("de_CH.UTF-8", "Pacific/Auckland", "1"), ("C", "UTC", "77")])
def test_neither_locale_nor_clock_nor_hash_seed_has_a_say(
    bundle: Path, tmp_path: Path, locale: str, zone: str, seed: str
) -> None:
    command = [sys.executable, "-m", "rmanalytics.briefing", str(bundle / "released.json"), str(tmp_path)]
    around = os.environ | {"LC_ALL": locale, "LANG": locale, "TZ": zone, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"}
    subprocess.run([*command, "--languages", "de"], cwd=ROOT, env=around, check=True, capture_output=True)
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert len(made) > 10
    assert all((tmp_path / path).read_bytes() == (bundle / path).read_bytes() for path in made)


@pytest.mark.parametrize("value", [170.0, 0.0, -20.0, 0.5])
def test_a_series_that_never_moves_is_drawn_as_it_is_and_lets_the_briefing_out(tmp_path: Path, value: float) -> None:
    document = release("could_not")
    for entry in document["entries"]:
        if entry["row"] == "key_figures":
            entry["value"] = value
    (tmp_path / "released.json").write_text(json.dumps(document), encoding="utf-8")
    made = dict(render(read(tmp_path / "released.json"), ["en"], ["html", "figures"]))
    assert "figures/trend-applications.en.svg" in made
    for name, data in made.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert scan(tmp_path, canaries=[]) == []


def test_a_stranger_finds_nothing_in_an_honest_briefing(bundle: Path) -> None:
    assert scan(bundle, canaries=[f"P{n:04d}" for n in range(3000)]) == []


def test_slides_are_native_and_editable_and_say_the_released_numbers(bundle: Path) -> None:
    with zipfile.ZipFile(bundle / "slides.en.pptx") as package:
        names = package.namelist()
        charts = [package.read(name).decode() for name in names if re.match(r"ppt/charts/chart\d+\.xml", name)]
        books = [name for name in names if name.endswith(".xlsx")]
        notes = [package.read(name).decode() for name in names if name.startswith("ppt/notesSlides/notes")]
        slides = [package.read(name).decode() for name in names if re.match(r"ppt/slides/slide\d+\.xml", name)]
    assert (len(charts), len(charts)) == (len(books), sum(slide.count("<c:chart ") for slide in slides))
    assert any("<c:scatterChart>" in chart and "<c:v>0.2</c:v>" in chart for chart in charts)
    assert len(notes) == len(slides)
    assert all(re.search(r'<p:cNvPr[^>]*descr="[^"]', slide) for slide in slides if "<c:chart " in slide)
    assert not any(name.startswith("docProps/thumbnail") for name in names)


def test_figures_stand_alone_and_are_valid(bundle: Path) -> None:
    from xml.etree import ElementTree as ET

    drawn = sorted((bundle / "figures").glob("*.en.svg"))
    assert len(drawn) >= 6
    assert all(ET.fromstring(path.read_text(encoding="utf-8")).tag.endswith("svg") for path in drawn)


def test_a_presentation_opens_with_its_slides(bundle: Path) -> None:
    shown = Presentation(BytesIO((bundle / "slides.de.pptx").read_bytes()))
    assert len(shown.slides) == len(deck(told_of("shown", "points_against", "could_not", language="de")))
    assert "Digitale Fitness" in shown.slides[1].shapes.title.text


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "de"])
def test_pages_fit_their_width_and_slides_their_frame(bundle: Path, browser_path: str, language: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for width in (390, 1280):
            page = browser.new_page(viewport={"width": width, "height": 800})
            for name in ("briefing", "slides", "team", "facts"):
                page.goto((bundle / f"{name}.{language}.html").as_uri())
                assert page.evaluate("document.documentElement.scrollWidth") <= width, name
                if name == "slides" and width == 1280:
                    over = (
                        "[...document.querySelectorAll('.in')].filter(f => f.scrollHeight > f.clientHeight + 1 || "
                        "[...f.querySelectorAll('.body *, .dec *')].some(c => c.getBoundingClientRect().bottom > "
                        "f.querySelector('footer').getBoundingClientRect().top + 1)).length"
                    )
                    assert page.evaluate(over) == 0
            page.close()
        browser.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_line_says_where_its_axis_does_not_begin_at_0_and_what_an_enps_runs_over(language: str, tmp_path) -> None:
    document, tr = release("shown", absent=("brand", "key_figures")), translator(language)
    for metric, values in (("enps", (-12.0, 18.0)), ("applications", (160.0, 170.0)), ("time_to_hire", (20.0, 60.0))):
        for quarter, value in zip(("2025Q4", "2026Q1"), values, strict=True):
            told = {"row": "key_figures", "metric": metric, "quarter": quarter, "value": value, "unit": "key figure"}
            entry = {"id": f"key_figures.{metric}.{quarter}", **told}
            document["entries"].append(entry | {"evidence": evidence("2026H1", entry)})
    notes = {one.id: (one.note, one.low) for one in figures.brand(Told(document, tr))}
    begins = tr("The axis does not begin at 0.")
    assert (begins, True) == (notes["trend-applications"][0], notes["trend-applications"][1] > 0)
    assert notes["trend-time_to_hire"] == ("", 0)
    assert notes["trend-enps"][0] == tr(figures.ENPS)
    (tmp_path / "released.json").write_text(json.dumps(document), encoding="utf-8")
    for name, data in render(document, [language], ["html", "pptx"]):
        (tmp_path / name).write_bytes(data)
    assert scan(tmp_path) == []
    slides = Presentation(tmp_path / f"slides.{language}.pptx").slides
    texts = [shape.text_frame.text for slide in slides for shape in slide.shapes if shape.has_text_frame]
    assert any(text.endswith(tr(figures.ENPS)) and len(text) > len(tr(figures.ENPS)) for text in texts)
    assert begins in texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_too_few_people_is_said_to_take_the_same_wherever_it_stands(language: str) -> None:
    told = told_of("too_few", "too_few", language=language)
    by = {slide.section: slide for slide in deck(told)}
    takes = told.tr(titles.NEEDS)
    assert takes[1:] in by[told.tr("What changed")].points[0][1]
    rows = by[told.tr("What we may not say")].figures[0].rows
    assert {row[-1] for row in rows if row[1] != told.word("described")} == {takes}


def test_the_decisions_stand_below_all_open_claims_where_both_share_a_slide() -> None:
    document = release("not_shown", "not_shown", "could_not", "not_shown", brand="could_not")
    data = dict(render(document, ["en"], ["pptx"]))["slides.en.pptx"]
    last = Presentation(BytesIO(data)).slides[9]
    (table,) = (shape for shape in last.shapes if shape.has_table)
    decided = [shape for shape in last.shapes if shape.has_text_frame and shape.text_frame.text.startswith("1. ")]
    assert len(list(table.table.rows)) == 6
    assert all(table.top + table.height <= shape.top for shape in decided)
    assert decided


def test_a_line_that_needs_two_has_the_room_of_two_above_the_tiles() -> None:
    document = release("shown", broken=True)
    data = dict(render(document, ["de"], ["pptx"]))["slides.de.pptx"]
    first = Presentation(BytesIO(data)).slides[0]
    (says,) = (s for s in first.shapes if s.has_text_frame and s.text_frame.text.startswith("Regel verletzt"))
    needed = sum(1 + (len(line.text) > 125) for line in says.text_frame.paragraphs)
    assert needed > len(says.text_frame.paragraphs)
    assert says.height > (needed - 0.5) * Inches(0.3)


def test_where_several_claims_point_against_the_title_counts_them_all() -> None:
    for verdicts, said in (
        (("points_against", "points_against"), "2 claims point"),
        (("points_against",), "points the"),
    ):
        both = next(s for s in deck(told_of(*verdicts, "shown")) if s.section == "What seniors and juniors got")
        assert said in both.title
