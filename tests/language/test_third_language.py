"""A third language is one catalogue: the report's blocks and the briefing in one that nobody speaks, a third longer.

It is made here from the German catalogue and the texts that stand beside what they describe: each letter outside braces
is another one, so that a plain letter left on a page is a text that no catalogue has.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import page_examples
import page_texts
import pytest
import release_worlds
import report_examples as examples
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from rmanalytics.briefing.render import render
from rmanalytics.evaluation.claims import claims
from rmanalytics.language import translator as language
from rmanalytics.programme.instruments import read_shipped, shipped
from rmanalytics.programme.programme import DEFAULT_GENERATIONS
from rmanalytics.report import page

PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
OTHER = "áƀçđéƒğĥíĵķĺɱñöþɋŕšŧúṽŵẋýžÁɃÇĐÉƑĞĤÍĴĶĹṀÑÖÞɊŔŠŦÚṼŴẊÝŽ"
KEPT = re.compile(r"(\{[^}]*\}|<[^>]+>|&\w+;)")
WORD = re.compile(r"[A-Za-z]{3,}")


def turned(text: str) -> str:
    """Every letter another one, and a third longer; what is filled in and marked up stays."""
    parts = KEPT.split(text)
    longer = " éöáñíšŧé" * (len(text) // 27) + " éöáñíšŧé"[: len(text) % 27 // 3]
    made = "".join(part if KEPT.fullmatch(part) else part.translate(str.maketrans(PLAIN, OTHER)) for part in parts)
    return made + longer.rstrip()


def texts_beside() -> Iterator[str]:
    """English texts of claims and instruments."""
    for claim in claims():
        yield from (claim.title["en"], claim.needs["en"])
    for name in shipped():
        instrument = read_shipped(name)
        yield from (titles["en"] for titles in (instrument.title, *instrument.subscales.values()))
        yield from (item.text["en"] for item in instrument.items)


@pytest.fixture(scope="module")
def third(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The language, named as French is, so that numbers and dates have a form."""
    folder = tmp_path_factory.mktemp("language")
    shutil.copy(language.CATALOGUES / "de.po", folder)
    made = Catalog(locale="fr")
    with (language.CATALOGUES / "de.po").open("rb") as file:
        for message in list(read_po(file))[1:]:
            both = isinstance(message.id, tuple)
            made.add(message.id, tuple(map(turned, message.string)) if both else turned(str(message.string)))
    for text in texts_beside():
        made.add(text, turned(text))
    with (folder / "fr.po").open("wb") as file:
        write_po(file, made)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(language, "CATALOGUES", folder)
        patch.setattr(language, "LANGUAGES", (*language.LANGUAGES, "fr"))
        yield "fr"
    language.translator.cache_clear()


@pytest.fixture(scope="module")
def report(third: str) -> str:
    study = examples.full(third)
    return page.assemble(page_examples.chapters(study), study)


@pytest.fixture(scope="module")
def briefing(third: str) -> dict[str, str]:
    """The pages of a release, by name."""
    verdicts = ("shown", "points_for", "points_against", "could_not")
    document = release_worlds.release(*verdicts, broken=True, languages=("en", third))
    made = render(document, [third], ["html"])
    return {name: data.decode("utf-8") for name, data in made if name.endswith(f".{third}.html")}


def own_words(third: str) -> re.Pattern[str]:
    """What the made-up programmes bring in their own words, ids, and the months of the language."""
    months = [name for form in Locale(third).months["format"].values() for name in form.values()]
    scales = [name for scale in release_worlds.SCALES.values() for name in scale]
    own = {word for one in DEFAULT_GENERATIONS for word in one.name.split()} | {
        "Programm Brücke",
        "Bridge",
        "Example Works",
        "Ai assistants",
    }
    own |= {"Example Ltd", "Sales", "Finance", "CHF", "made by hand", "without both scores", "Part", *months, *scales}
    own |= {title for _, title, _ in page_examples.BLOCKS}
    return re.compile("|".join([r"RM-[\w-]+", *map(re.escape, sorted(own, key=len, reverse=True))]), re.IGNORECASE)


def plain_in(text: str, own: re.Pattern[str]) -> set[str]:
    read = (re.sub(r"\s*<br>\s*", " ", one) for one in page_texts.texts(text))
    return {one for one in read if WORD.search(re.sub(r"<\w+>|</\w+>", "", own.sub("", one)))}


def test_no_text_of_the_report_is_outside_the_catalogue(report: str, third: str) -> None:
    assert plain_in(report, own_words(third)) == set()


def test_no_text_of_the_briefing_is_outside_the_catalogue(briefing: dict[str, str], third: str) -> None:
    own = own_words(third)
    assert {name: plain_in(text, own) for name, text in briefing.items() if plain_in(text, own)} == {}
    assert {name.partition(".")[0] for name in briefing} >= {"briefing", "slides", "team"}


@pytest.mark.browser
@pytest.mark.slow
def test_nothing_is_wider_than_a_telephone(
    report: str, briefing: dict[str, str], browser_path: str, tmp_path: Path
) -> None:
    from playwright.sync_api import sync_playwright

    wider: dict[str, list[str]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        tab = browser.new_context(viewport={"width": 390, "height": 844}, bypass_csp=True).new_page()
        for name, text in {"report.fr.html": report, **briefing}.items():
            (tmp_path / Path(name).name).write_text(text, encoding="utf-8")
            tab.goto((tmp_path / Path(name).name).as_uri())
            tab.evaluate("() => document.querySelectorAll('details').forEach(part => { part.open = true })")
            found = tab.evaluate(page_examples.WIDER)
            page_wide = tab.evaluate("document.documentElement.scrollWidth")
            if found or page_wide > 390:
                wider[name] = [str(page_wide), *found]
        browser.close()
    assert wider == {}
