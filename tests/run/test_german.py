"""The German report of both examples holds no English (sources of the catalogue, stop-words), and no *1 Tage*."""

from __future__ import annotations

import csv
import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest
from page_texts import strings, texts
from run_tools import call

from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import translator

DATA = Path(__file__).resolve().parents[2] / "data"
ENGLISH = frozenset(
    re.findall(
        r"\w+",
        "the of and with is are were for from by that this which not each between people than least fewer errors "
        "interval before after without whose their they who has have been does did on to or as no there be it",
    )
)
WORD = r"[A-Za-zäöüß']+"
BRACES = re.compile(r"{\w+}")
AFTER_NUMBER = re.compile(rf"{{n}} ({WORD})")


def own_words(folder: Path) -> set[str]:
    """What the programme brings in its own words: its declaration, its receipts, its tables, and their names."""
    found = set(strings(tomllib.loads((folder / "programme.toml").read_text(encoding="utf-8"))))
    for receipt in folder.glob("receipts/*-declared-*.json"):
        found.add(json.loads(receipt.read_text(encoding="utf-8"))["content"]["reason"])
    for name in ("positions", "costs", "branding"):
        with (folder / f"{name}.csv").open(encoding="utf-8-sig") as file:
            found |= {cell for row in csv.reader(file) for cell in row}
    return {text.replace("_", " ") for text in found} | found | set(TABLES) | {f"{name}.csv" for name in TABLES}


def english_in(read: set[str], own: set[str]) -> list[str]:
    """Texts that are an English source of the catalogue, filled or not, or that hold an English stop-word."""
    catalogue = translator("de").texts
    german = {form for entry in catalogue.values() for form in ([entry] if isinstance(entry, str) else entry)}
    sources = [text for text in catalogue if text not in german]
    whole = set(sources) | {text[:1].upper() + text[1:] for text in sources}
    # A text is an English one filled when it holds the words between the braces, in their order.
    split = [BRACES.split(text) for text in sources if len(BRACES.sub("", text)) > 12]
    filled = [(max(one, key=len), re.compile(".+?".join(map(re.escape, one)))) for one in split if len(one) > 1]
    phrases = sorted((text for text in own if " " in text), key=len, reverse=True)
    found = []
    for text in sorted(read - own - german):
        rest = text
        for phrase in phrases:
            rest = rest.replace(phrase, "")
        plain = text.replace("\u00a0", " ")
        again = any(longest in plain and pattern.fullmatch(plain) for longest, pattern in filled)
        if text in whole or ENGLISH & set(re.findall(WORD, rest)) or again:
            found.append(text)
    return found


def ones_as_several(read: set[str]) -> list[str]:
    """Texts in which a single thing stands in the plural, by the words that the catalogue has after a number."""
    forms = [entry for entry in translator("de").texts.values() if not isinstance(entry, str) and entry[0] != entry[1]]
    after = [{word for form in side for word in AFTER_NUMBER.findall(form)} for side in zip(*forms, strict=True)]
    words = after[1] - after[0]
    several = re.compile(rf"(?<![\w.,’−-])1\s(?:{'|'.join(map(re.escape, sorted(words)))})\b")
    return sorted(text for text in read if several.search(text))


def test_one_thing_in_the_plural_is_found() -> None:
    page = {"1 Tandems, wie geplant", "nach 1 Tage", "1 Tandem", "21 Tandems", "0,1 Tage", "1 von 34 Tandems"}
    assert ones_as_several(page) == ["1 Tandems, wie geplant", "nach 1 Tage"]


def test_english_in_a_german_page_is_found() -> None:
    page = {"Vergleichsgruppe", "comparison group", "0.42 scale points", "rose, as planned"}
    english = sorted(page - {"Vergleichsgruppe"})
    assert english_in(page, own=set()) == english


@pytest.mark.slow
@pytest.mark.parametrize("example", ["example_small", "example"])
def test_a_german_report_holds_no_english(example: str, tmp_path: Path) -> None:
    folder = tmp_path / "programme"
    shutil.copytree(DATA / example, folder)
    declared = folder / "programme.toml"
    declared.write_text(declared.read_text(encoding="utf-8").replace('"en"', '"de"'), encoding="utf-8")
    done = call("report", "programme", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    pages = [path.read_text(encoding="utf-8") for path in tmp_path.glob("reports/inside/**/*.html")]
    read = {text for page in pages for text in texts(page) if text}
    assert len(read) > 500
    assert english_in(read, own_words(folder)) == []
    assert ones_as_several(read) == []
